"""What a reply means: of a text, of each line of a text, or of a whole bounce message."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from delist.actions.meanings import Behind, Meanings
from delist.bounces.files import is_mail
from delist.bounces.reading import read
from delist.errors import UsageError
from delist.rules.logs import prefix
from delist.rules.logs.dialects import sniff
from delist.rules.replies.reader import Reader
from delist.rules.replies.values import Reading
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Explained:
    """A reply as it was given, what it says, and what the catalogue knows of what it names (None if it is no block).

    `request_at` is the list at which to ask, if the reply names or points to just one that can be asked.
    """

    text: str
    reading: Reading
    behind: Behind | None

    @property
    def request_at(self) -> str | None:
        """The list at which to ask for removal."""
        if self.behind is None or self.reading.fault != "sender":
            return None
        named = [self.behind.entry] if self.behind.entry else list(self.behind.points)
        return named[0].key if len(named) == 1 and named[0].can_be_asked else None


def explain(tools: Tools, texts: Iterable[str]) -> Iterator[Explained]:
    """Yield what each reply means, in order."""
    reader, meanings = Reader(tools.catalogue.names()), Meanings(tools.catalogue)
    for text in texts:
        reading = reader.read(text)
        behind = meanings.behind(reading.list) if reading.list is not None else None
        yield Explained(text, reading, behind)


def replies_in(data: bytes) -> list[str]:
    """Return the replies of receivers in a bounce message or in a line of a log; any other text is one reply itself.

    Of another message it is an empty one.
    """
    bounce = read(data)
    if bounce is not None and (found := dict.fromkeys(each.reply for each in bounce.recipients if each.reply)):
        return list(found)
    if is_mail(data[:_HEAD]):
        # What an ordinary message quotes is nobody's refusal.
        return [""]
    return reply_of(data.decode(errors="replace").strip())


def reply_of(text: str) -> list[str]:
    """Return what the receiver said in a line of a log, of each recipient; any other text is one reply itself.

    Raises UsageError for a line of a log that holds no reply of a receiver.
    """
    if "\n" not in text:
        for dialect in sniff(text.encode()):
            found = dict.fromkeys(attempt.reply for attempt in dialect.reader()(text) if attempt.reply)
            if found:
                return list(found)
        head = prefix.read(text)
        if head is not None and head.stamp and sniff(text.encode()):
            raise UsageError(f"this line of a log holds no reply of a receiver: {_why_none(text)}")
    return [text]


def _why_none(text: str) -> str:
    if _OURS.search(text):
        return "it is what your own server said to others"
    return "it tells of no delivery that failed"


_HEAD = 4096
_OURS = re.compile(
    r"NOQUEUE|milter-reject|postscreen|dnsblog|rejected (?:RCPT|MAIL|after DATA|EHLO|connection)|ruleset="
)
