"""Reads mail logs from their beginning to their end: events in the order of the log, and what was counted."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from delist.errors import DelistError
from delist.maillog import tasks, workers
from delist.maillog.dating import instant_of
from delist.maillog.opening import held_open
from delist.maillog.rotation import place
from delist.maillog.sources import first_bytes
from delist.maillog.survey import stamp_of, survey
from delist.maillog.tasks import Condensing, Done, Task
from delist.maillog.values import Accepted, Counted, Event, Kind, Source, Tally, Trouble, Wanted
from delist.rules.logs.years import Span, span_of, years
from delist.rules.replies.reader import Reader

T = TypeVar("T")
# One process is as fast for less than that: so long takes what several need to begin.
ENOUGH = 8 << 20
PIECE = 8 << 20
# So many times its size is what a compressed log unpacks to.
_PACKED = 8
_BEGINNING = 1 << 12


class Reached(NamedTuple):
    """The offset behind the last whole line that was read, the lines before it, and a journal's cursor.

    `head` is what the log begins with, if reading began there.
    """

    offset: int
    lines: int
    head: bytes
    cursor: str


@dataclass(slots=True)
class Scan:
    """Mail logs that are read; iterate over it once. `tally` counts what was read so far.

    `reached` has, for the place of each source that was read to its end, how far that was; `counted`, where deliveries
    are wanted, what each had that was read as a whole and tells when it begins and ends.
    """

    sources: Sequence[Source]
    wanted: Wanted
    now: datetime
    log_ends: datetime | None = None
    processes: int = 2
    piece: int = PIECE
    enough: int = ENOUGH
    tally: Tally = field(default_factory=Tally)
    reached: dict[int, Reached] = field(default_factory=dict)
    counted: dict[int, Counted] = field(default_factory=dict)
    _spans: dict[int, Span | None] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Event | Accepted | Trouble]:
        """Give events, accepted deliveries and troubles, in the order of the log.

        Of accepted deliveries the first ones of each piece of a log: pieces and logs may be out of order.
        """
        for each, before in self._told(None):
            if isinstance(each, Event):
                yield each._replace(line=each.line + before)
            elif isinstance(each, Trouble):
                yield each
            else:
                yield each._replace(line=each.line + before)

    def condensed(self, condensing: Callable[[], Callable[[Event], T | None]]) -> Iterator[T | Trouble]:
        """Give what is made of events where they are read, which processes need not send whole; and troubles.

        For each piece of a log one is made that condenses its events, in their order. Their lines are those of the
        piece. What becomes None is left out.
        """
        return (each for each, _ in self._told(condensing) if not isinstance(each, Accepted))

    def _told(self, condensing: Condensing | None) -> Iterator[tuple[Any, int]]:
        """Give what is told of all pieces, each with the number of lines before its piece."""
        work = list(self._tasks())
        replies = Reader(self.wanted.names)

        def run(number: int) -> Iterator[Any]:
            return tasks.run(work[number], self.sources, self.wanted, replies, condensing)

        position, lines = 0, {task.source: self.sources[task.source].lines for task in reversed(work)}
        for each in workers.in_order(run, len(work), self.processes if self._is_large() else 1):
            if isinstance(each, Done):
                self._done(work[position], each, lines)
                position += 1
            else:
                yield each, lines[work[position].source]

    def _done(self, task: Task, done: Done, lines: dict[int, int]) -> None:
        """Count a piece; behind one that fell short, since the file was truncated meanwhile, nothing was reached."""
        self.tally.merge(done.tally)
        self._count(task.source, done)
        lines[task.source] += done.tally.lines
        before = self.reached.get(task.source)
        if before is None or before.offset == task.start:
            head = before.head if before else done.head
            self.reached[task.source] = Reached(done.reached, lines[task.source], head, done.cursor)

    def _count(self, source: int, done: Done) -> None:
        """Count the deliveries of a piece: none of a log of which a piece could not be read."""
        span = (done.span or self._spans.get(source)) if done.is_whole else None
        self._spans[source] = span
        if span is None:
            self.counted.pop(source, None)
        elif self.wanted.deliveries:
            before = self.counted.get(source)
            self.counted[source] = Counted(*span, done.tally.deliveries + (before.ended if before else Counter()))

    def _is_large(self) -> bool:
        sizes = (source.size * (1 if source.kind is Kind.PLAIN else _PACKED) - source.start for source in self.sources)
        return sum(sizes) >= self.enough

    def _tasks(self) -> Iterator[Task]:
        """Give the tasks; logs are looked at from the last to the first, since each ends where the next begins."""
        found: list[list[Task]] = []
        after: tuple[str, datetime] | None = None
        for position in reversed(range(len(self.sources))):
            source = self.sources[position]
            log = place(source.path).log
            ends = self._ends(source)
            if after is not None and after[0] == log:
                ends = after[1] if self.log_ends else min(ends, after[1])
            one, begins = self._of_source(position, source, ends)
            after = None if source.kind in (Kind.PIPE, Kind.JOURNAL) else (log, begins or ends)
            found.append(one)
        for one in reversed(found):
            yield from one

    def _ends(self, source: Source) -> datetime:
        if self.log_ends is not None:
            return self.log_ends
        return self.now if source.modified is None else instant_of(source.modified)

    def _of_source(self, position: int, source: Source, ends: datetime) -> tuple[list[Task], datetime | None]:
        """Return the tasks of a log, and when it begins, None where that is not known before it was read."""
        whole = Task(position, source.start, None, (), None, ends)
        try:
            if source.kind is not Kind.PLAIN:
                return [whole], _begins(source, ends, self.wanted.zone)
            with held_open(source) as fd:
                seen = survey(fd, source.start, os.fstat(fd).st_size, self.piece)
        except (DelistError, OSError):
            # Whoever reads it will be told.
            return [whole], None
        known = years(seen.samples, ends, self.wanted.zone)
        self._spans[position] = span_of(seen.samples, known)
        first = known.when(*seen.samples[0]) if seen.samples else None
        whole = replace(whole, dialects=seen.dialects, years=known)
        pieces = [replace(whole, start=start, end=end) for start, end in seen.pieces]
        return pieces, first.at if first else None


def _begins(source: Source, ends: datetime, zone: ZoneInfo) -> datetime | None:
    if source.kind in (Kind.PIPE, Kind.JOURNAL):
        return None
    stamp = stamp_of(first_bytes(source, _BEGINNING))
    when = None if stamp is None else years((), ends, zone).when(0, stamp)
    return when.at if when else None
