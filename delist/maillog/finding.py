"""Finds delivery attempts in stretches of a log, and reads what was replied."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from delist.maillog.chunks import LONGEST_LINE, Chunk
from delist.maillog.glancing import LETTERS, Glance
from delist.maillog.values import Tally, Wanted
from delist.rules.logs.dialects import POSTFIX, Dialect, Feed, accepted, candidates
from delist.rules.logs.values import Attempt, Status
from delist.rules.replies.reader import Reader
from delist.rules.replies.values import Reading, Topic

# What comes behind so many bytes of a line is not read: replies are some hundred bytes long.
LONGEST_READ = 1 << 16
# A line that has to be read: its byte offset, its number (or that offset where lines are not numbered), its text.
Line: TypeAlias = tuple[int, int, str]
_NOTHING = Reading(False, Topic.OTHER)


class Hit(NamedTuple):
    """An attempt that is wanted, at a byte offset of the log; accepted without reading.

    Its `line` is counted from 1, or is that offset where lines are not numbered.
    """

    position: int
    line: int
    attempt: Attempt
    reading: Reading | None


class Finder:
    """Finds what is wanted in the stretches of one log, which it is given in order."""

    def __init__(self, wanted: Wanted, replies: Reader) -> None:
        self.tally = Tally()
        self._wanted, self._reply = wanted, replies.read
        self._relays = frozenset(wanted.relays)
        self._feeds: dict[str, Feed] = {}
        is_quick = wanted.refusals and not wanted.everything and not wanted.relays
        self._glance = Glance(replies) if is_quick else None
        self._count_deliveries = self._counting() if wanted.deliveries else None

    def _counting(self) -> Callable[[Chunk, tuple[Dialect, ...]], None]:
        # Imported late: most scans count nothing.
        from delist.maillog.counting import Deliveries

        found = Deliveries(self._wanted.of_host)
        self.tally.deliveries = found.ended
        return found.count

    def hits(self, chunk: Chunk, position: int, dialects: tuple[Dialect, ...]) -> Iterator[Hit]:
        """Give the hits of a stretch that begins at a byte offset of the log, and count what it has."""
        return self.read(self.find(chunk, position, dialects), dialects)

    def find(self, chunk: Chunk, position: int, dialects: tuple[Dialect, ...]) -> list[Line]:
        """Return the lines of a stretch that have to be read, and count what it has.

        What finds lines and what reads them push each other out of the processor's caches: many are found first.
        """
        tally, buffer, counted, line = self.tally, chunk.buffer, 0, self.tally.lines + 1
        if self._count_deliveries:
            self._count_deliveries(chunk, dialects)
        ordinary, is_numbered = dict.fromkeys(LETTERS, 0), self._wanted.numbered
        found: list[Line] = []
        for start, stop in self._bounds(chunk, dialects, ordinary):
            if is_numbered:
                line += buffer.count(b"\n", counted, start)
                counted = start
            found.append((position + start, line if is_numbered else position + start, self._text(buffer, start, stop)))
        line += chunk.lines_from(counted) if is_numbered else 0
        self._count(ordinary)
        tally.candidates += len(found)
        tally.add(chunk.end, line - 1 - tally.lines, chunk.is_cut)
        return found

    def read(self, lines: Iterable[Line], dialects: tuple[Dialect, ...]) -> Iterator[Hit]:
        """Give the hits among lines that were found in stretches of these dialects."""
        feeds = [self._feed(dialect) for dialect in dialects]
        # Dialects in which several lines tell of one attempt look at lines that tell of none.
        is_chatty = any(dialect.ordered for dialect in dialects)
        for position, line, text in lines:
            for feed in feeds:
                if attempts := feed(text):
                    break
            else:
                self.tally.unparsed += not is_chatty
                continue
            for attempt in attempts:
                if (reading := self._read(attempt)) is not _NOTHING:
                    yield Hit(position, line, attempt, reading)

    def _count(self, ordinary: dict[int, int]) -> None:
        for letter, count in ordinary.items():
            self.tally.candidates += count
            if count:
                self.tally.attempts[LETTERS[letter]] += count

    def _feed(self, dialect: Dialect) -> Feed:
        if dialect.name not in self._feeds:
            self._feeds[dialect.name] = dialect.reader()
        return self._feeds[dialect.name]

    def _bounds(
        self, chunk: Chunk, dialects: tuple[Dialect, ...], ordinary: dict[int, int]
    ) -> Iterator[tuple[int, int]]:
        if self._glance is not None and dialects == (POSTFIX,):
            return self._glance.candidates(chunk.buffer, chunk.end, ordinary)
        # Dialects that have no pattern of their own for accepted deliveries tell of them where they tell of refusals.
        both = [dialect for dialect in dialects if self._wanted.refusals or dialect.accepted is None]
        found = candidates(chunk.buffer, chunk.end, both)
        if not self._relays:
            return found
        return iter(sorted({*found, *accepted(chunk.buffer, chunk.end, dialects, self._relays)}))

    def _text(self, buffer: bytearray, start: int, stop: int) -> str:
        """Return a line as text: of bytes that are no UTF-8 each is a letter, zeros that a crash left are gone."""
        if stop - start > LONGEST_READ:
            # One that is longer than a stretch was counted when it was cut.
            self.tally.cut += stop - start <= LONGEST_LINE
            stop = start + LONGEST_READ
        line = buffer[start:stop]
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self.tally.undecodable += 1
            text = line.decode("latin-1")
        return text.replace("\0", "").rstrip("\r") if "\0" in text or text.endswith("\r") else text

    def _read(self, attempt: Attempt) -> Reading | None:
        """Return what was replied, None for a delivery that is wanted, _NOTHING if the attempt is not."""
        status = attempt.status
        if status is Status.SENT:
            return None if attempt.relay in self._relays else _NOTHING
        if not self._wanted.refusals:
            return _NOTHING
        self.tally.attempts[status] += 1
        reading = self._reply(attempt.reply, attempt.relay)
        if reading.block:
            self.tally.blocks += 1
            return reading
        return reading if self._wanted.everything else _NOTHING
