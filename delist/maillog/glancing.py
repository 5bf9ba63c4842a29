"""Tells at a glance which lines of Postfix need not be read: nine of ten replies hold no word that a block has."""

import re
from collections.abc import Iterator

from delist.rules.logs.values import Status
from delist.rules.replies.reader import WHO, Reader
from delist.rules.replies.tidy import LIMIT

# By its first letter; deliveries and what is written otherwise are read in full.
LETTERS = {ord("b"): Status.BOUNCED, ord("d"): Status.DEFERRED}
_LETTER_AT = len(b", status=")
_RELAY, _COMMAND = b">, relay=", b" (in reply to "
# What `POSTFIX.tellings` find, with what a server said up to the end of the line, where one said something.
_TELLING = re.compile(
    rb", status=(?:SOFTBOUNCE|(?:bounced|deferred)"
    rb"(?: \((?:delivery temporarily suspended: )?host [^\s\[\]]{1,255}+\[[^\]\n]{1,100}+\](?::\d{1,5})? "
    rb"(?:said|refused to talk to me): ([^\n]*+))?)"
)
# Letters become lower case, all else of ASCII parts words.
_APART = bytes((code if chr(code).isalnum() else 32) if code < 128 else code for code in range(256)).lower()
# A little wider than the reader's: what begins with a literal is found sooner.
_FOUR = re.compile(rb"\.\d{1,3}\.\d{1,3}\.\d")


class Glance:
    """What a reader of replies looks at first, asked of bytes: a tenth of the work of reading a line.

    Its words are the reader's own; what it asks must stay as wide as what `Reader.read` asks.
    """

    def __init__(self, replies: Reader) -> None:
        self._telling = _bytes(replies.telling)
        self._common = _bytes(replies.common)
        self._who = _bytes(WHO)
        self._looked_for = self._telling | self._common | self._who

    def candidates(self, buffer: bytearray, end: int, ordinary: dict[int, int]) -> Iterator[tuple[int, int]]:
        """Give the bounds of each line of `buffer[:end]` that has to be read, in order, without its line end.

        Attempts whose reply surely is no block are counted in `ordinary`, by the first letter of how they ended.
        """
        stop, letter_at, relay = -1, _LETTER_AT, _RELAY
        find, rfind, may_be_block = buffer.find, buffer.rfind, self.may_be_block
        for found in _TELLING.finditer(buffer, 0, end):
            at, reply = found.start(), found[1]
            if at < stop:  # a line may hold the words twice
                continue
            start = rfind(b"\n", 0, at) + 1
            # Senders choose recipients: inside of quotes there may be a telling that is none.
            if reply and not may_be_block(reply) and find(relay, start, at) > 0 and find(b'"', start, at) < 0:
                ordinary[buffer[at + letter_at]] += 1
                continue
            stop = find(b"\n", at, end)
            stop = end if stop < 0 else stop
            yield start, stop

    def may_be_block(self, reply: bytes) -> bool:
        """Whether the reader may find a block in what a server said, up to the end of its line.

        The command of ours that it answers, which Postfix adds, is no part of it. The reader passes over zeros, and
        cuts what is too long, perhaps amid a word.
        """
        said = reply.rfind(_COMMAND)
        apart = (reply if said < 0 else reply[:said]).translate(_APART)
        if not apart.isascii() or len(apart) > LIMIT or b"\0" in reply:
            return True
        words = self._looked_for.intersection(apart.split())
        if not words or not self._telling.isdisjoint(words):
            return bool(words)
        # Without any of its words no row is tried, whatever address is named.
        if self._common.isdisjoint(words):
            return False
        return not self._who.isdisjoint(words) or _FOUR.search(reply) is not None or b"::" in reply


def _bytes(words: frozenset[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words if word.isascii())
