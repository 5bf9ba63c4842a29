"""Reads one piece of a log after another and tells what is in it: the work that processes share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from delist.errors import DelistError
from delist.maillog.chunks import Chunk, chunks
from delist.maillog.dating import Dating, Held, Sampler, is_without_year
from delist.maillog.finding import Finder, Line
from delist.maillog.journal import last_cursor
from delist.maillog.opening import opened
from delist.maillog.survey import Listener
from delist.maillog.values import Accepted, Event, Kind, Source, Tally, Trouble, Wanted
from delist.rules.logs.dialects import Dialect
from delist.rules.logs.years import Span, Years, span_of, years
from delist.rules.replies.reader import Reader

# By so many bytes of its beginning a log is known again.
HEAD = 1 << 12
# So many lines are read at once, or as many as one stretch has.
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of a plain file with its dialects and years, or a whole log that is read but once (`years` is None).

    `source` is the source's place among all. A log read once ends at `ends`.
    """

    source: int
    start: int
    end: int | None
    dialects: tuple[Dialect, ...]
    years: Years | None
    ends: datetime


class Done(NamedTuple):
    """The last word about a task: what was counted, and up to which byte of the log whole lines were read.

    `head` is what the log begins with, if the task begins there; `cursor` is where a journal goes on. `is_whole` if
    nothing could not be read; `span` are the times (UTC) of the first and the last line of a log that is read once.
    """

    tally: Tally
    reached: int
    head: bytes
    cursor: str
    is_whole: bool = True
    span: Span | None = None


Told: TypeAlias = Event | Accepted | Trouble | Done
# Makes for each task what makes less of its events: something small, or None of those that are not wanted.
Condensing: TypeAlias = Callable[[], Callable[[Event], Any]]


def run(
    task: Task, sources: Sequence[Source], wanted: Wanted, replies: Reader, condensing: Condensing | None = None
) -> Iterator[Any]:
    """Give what a piece has, with lines counted from its beginning; whatever fails is told as a Trouble.

    That is everything that is Told, but what `condensing` makes of events in their place.
    """
    source = sources[task.source]
    reached, head, cursor, finder = task.start, b"", "", Finder(wanted, replies)
    work = (
        _Whole(task, source, wanted, finder) if task.years is None else _Piece(task, task.years, source, wanted, finder)
    )
    condense = condensing() if condensing else _as_it_is
    trouble: str | None = None
    try:
        with opened(source, task.start, task.end) as readable:
            for chunk in chunks(readable, keeps_torn=source.keeps_torn):
                head = head or bytes(chunk.buffer[: min(chunk.end, HEAD)])
                reached = task.start + chunk.size
                yield from _condensed(work.read(chunk, reached - chunk.end), finder.tally, condense)
                cursor = last_cursor(chunk, cursor) if source.kind is Kind.JOURNAL else ""
            trouble = readable.trouble
    except DelistError as error:
        trouble = str(error)
    except OSError as error:
        trouble = error.strerror or str(error)
    yield from _condensed(work.rest(), finder.tally, condense)
    if trouble:
        yield Trouble(source.path, trouble)
    yield Done(finder.tally, reached, b"" if task.start else head, cursor, not trouble, work.span())


def _as_it_is(event: Event) -> Event:
    return event


def _condensed(found: Iterable[Told], tally: Tally, condense: Callable[[Event], Any]) -> Iterator[Any]:
    for each in found:
        if isinstance(each, Event):
            tally.saw(each.at)
            if (kept := condense(each)) is not None:
                yield kept
        else:
            yield each


class _Piece:
    """A piece of a plain file, of which dialects and years are known."""

    def __init__(self, task: Task, known: Years, source: Source, wanted: Wanted, finder: Finder) -> None:
        self._dialects, self._finder = task.dialects, finder
        self._dating = Dating(wanted, source.path, known)
        self._found: list[Line] = []

    def read(self, chunk: Chunk, position: int) -> Iterator[Told]:
        """Give what was found so far, once that is enough, after taking in a stretch that begins at an offset."""
        self._found += self._finder.find(chunk, position, self._dialects)
        if len(self._found) >= _AT_ONCE:
            yield from self.rest()

    def rest(self) -> Iterator[Told]:
        """Give what had to wait."""
        found, self._found = self._found, []
        for hit in self._finder.read(found, self._dialects):
            event = self._dating.event(hit)
            if event is not None:
                yield event

    def span(self) -> Span | None:
        """Return nothing: whoever divided the file knows."""
        return None


class _Whole:
    """A log that is read but once: what has no year waits until its end, and so does all that follows it."""

    def __init__(self, task: Task, source: Source, wanted: Wanted, finder: Finder) -> None:
        self._task, self._source, self._wanted, self._finder = task, source, wanted, finder
        self._listener, self._sampler, self._held = Listener(), Sampler(), Held()
        self._dating = Dating(wanted, source.path, years((), task.ends, wanted.zone))

    def read(self, chunk: Chunk, position: int) -> Iterator[Told]:
        """Give what a stretch has that begins at an offset, as far as it needs not wait."""
        self._sampler.look(chunk, position)
        for hit in self._finder.hits(chunk, position, self._listener.hear(chunk.buffer, chunk.end)):
            if self._held or is_without_year(hit):
                self._held.add(hit)
            elif found := self._dating.event(hit):
                yield found

    def rest(self) -> Iterator[Told]:
        """Give what had to wait."""
        known = self._known()
        dating = Dating(self._wanted, self._source.path, known)
        for hit in self._held.release():
            found = dating.event(hit)
            if found is not None:
                yield found

    def span(self) -> Span | None:
        """Return the times of the first and the last line that tell one."""
        return span_of(self._sampler.samples(), self._known()) if self._wanted.deliveries else None

    def _known(self) -> Years:
        return years(self._sampler.samples(), self._task.ends, self._wanted.zone)
