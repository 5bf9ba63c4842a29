"""Tells at a glance which lines of Postfix need not be read: nine of ten replies hold no word that a block has."""

import re
from collections.abc import Iterator

from delist.rules.logs.dialects import POSTFIX
from delist.rules.logs.values import Status
from delist.rules.replies.reader import WHO, Reader
from delist.rules.replies.tidy import LIMIT

# By its first letter; deliveries and what is written otherwise are read in full.
LETTERS = {ord("b"): Status.BOUNCED, ord("d"): Status.DEFERRED}
_LETTER_AT = len(b"status=")
_RECIPIENT, _SAID, _REFUSED = b": to=<", b" said: ", b" refused to talk to me: "
[_TELLING] = POSTFIX.tellings
_APART = bytes((code if chr(code).isalnum() else 32) if code < 128 else code for code in range(256)).lower()
_FOUR = re.compile(rb"\d\.\d{1,3}\.\d{1,3}\.\d")


class Glance:
    """What a reader of replies looks at first, asked of bytes: a fifth of the work of reading a line.

    Its words are the reader's own; what it asks must stay as wide as what `Reader.read` asks.
    """

    def __init__(self, replies: Reader) -> None:
        self._telling = _bytes(replies.telling)
        self._common = _bytes(replies.common)
        self._who = _bytes(WHO)
        self._any = self._telling | self._common

    def candidates(self, buffer: bytearray, end: int, ordinary: dict[int, int]) -> Iterator[tuple[int, int]]:
        """Give the bounds of each line of `buffer[:end]` that has to be read, in order, without its line end.

        Attempts whose reply surely is no block are counted in `ordinary`, by the first letter of how they ended.
        """
        stop = -1
        for found in _TELLING.finditer(buffer, 0, end):
            at = found.start()
            if at < stop:  # a line may hold the words twice
                continue
            start, stop = buffer.rfind(b"\n", 0, at) + 1, buffer.find(b"\n", at, end)
            stop = end if stop < 0 else stop
            letter = buffer[at + _LETTER_AT]
            if letter in ordinary and self._is_ordinary(buffer, start, at, stop):
                ordinary[letter] += 1
            else:
                yield start, stop

    def _is_ordinary(self, buffer: bytearray, start: int, at: int, stop: int) -> bool:
        """Whether a line, which says at a place how an attempt ended, surely tells of one whose reply is no block."""
        said = buffer.find(_SAID, at, stop)
        refused = buffer.find(_REFUSED, at, stop if said < 0 else said)
        begin = said if refused < 0 else refused
        if begin < 0 or stop - begin > LIMIT or not 0 < buffer.find(_RECIPIENT, start, at) < at - len(_RECIPIENT):
            return False
        return buffer[at - 2 : at] == b", " and not self.may_be_block(bytes(buffer[begin + len(_SAID) : stop]))

    def may_be_block(self, reply: bytes) -> bool:
        """Whether the reader may find a block in a reply or in a part of it that ends at ends of words."""
        if not reply.isascii() or b"\0" in reply:
            return True
        words = reply.translate(_APART).split()
        if self._any.isdisjoint(words):
            return False
        if not self._telling.isdisjoint(words):
            return True
        return _FOUR.search(reply) is not None or b"::" in reply or not self._who.isdisjoint(words)


def _bytes(words: frozenset[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words if word.isascii())
