"""Gives what was found its instant; where a log tells its years only by its end, that waits until the end."""

import pickle
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

from delist.errors import UsageError
from delist.maillog.chunks import Chunk
from delist.maillog.finding import Hit
from delist.maillog.survey import stamp_of
from delist.maillog.values import Accepted, Event, Firsts, Wanted
from delist.rules.addresses import canonical
from delist.rules.logs import stamps
from delist.rules.logs.prefix import LONGEST
from delist.rules.logs.years import Hours, Sample, When, Years

# Where years are to be told a log is looked at more closely, and its beginning more so: in a short one lines may lie
# weeks apart.
_SAMPLE_EVERY, _CLOSER, _CLOSEST = 1 << 16, 1 << 14, 1 << 9
_BEGINNING = 1 << 20
# Within so many bytes of a line its day stands, if no container's name is longer.
_DAY_WITHIN = 64
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# So many are held in memory until the log has ended; more wait in a temporary file.
_MOST_HELD = 2000


class Dating:
    """Makes events of hits, with the years of a log."""

    def __init__(self, wanted: Wanted, file: str, found: Years) -> None:
        self._wanted, self._file, self._years, self._hours = wanted, file, found, Hours(found)
        self._firsts = Firsts(wanted.relays)

    def event(self, hit: Hit) -> Event | Accepted | None:
        """Return what a hit is, None if it is before what is wanted, or no first one."""
        when = self._hours.when(hit.position, hit.attempt.stamp) or self._by_stamp(hit)
        if hit.reading is None:
            return self._accepted(hit, when)
        if when is not None and self._wanted.since is not None and when.at < self._wanted.since:
            return None
        at, local = when or (None, None)
        attempt, reading = hit.attempt, hit.reading
        address = reading.address or _canonical(attempt.address)
        return Event(
            *(self._file, hit.line, attempt.queue_id, attempt.recipient, attempt.relay, attempt.status, at, local),
            *(reading, attempt.reply, attempt.host, attempt.instance, address),
        )

    def _by_stamp(self, hit: Hit) -> When | None:
        """Return when a hit was, with what the log's own clock showed."""
        stamp = stamps.parse(hit.attempt.stamp)
        when = stamp and self._years.when(hit.position, stamp)
        if stamp is None or when is None or stamp.offset is None:
            return when
        return When(when.at, (when.at + stamp.offset).replace(tzinfo=None))

    def _accepted(self, hit: Hit, when: When | None) -> Accepted | None:
        if when is None:
            return None
        attempt = hit.attempt
        address = _canonical(attempt.address)
        where = attempt.relay, attempt.instance, attempt.host, address, self._file, hit.line
        found = Accepted(when.at, *where, attempt.peer)
        return found if self._firsts.is_first(found) else None


def _canonical(address: str) -> str | None:
    if not address:
        return None
    try:
        return canonical(address)
    except UsageError:
        return None


class Sampler:
    """Collects the times of a log that is read but once: the first line of each day, and the last line seen."""

    def __init__(self) -> None:
        self._kept: list[Sample] = []
        self._last: Sample | None = None
        # How lines of the day begin that was seen last, "" if that is not known.
        self._day = b""

    def look(self, chunk: Chunk, position: int) -> None:
        """Look at some lines of a stretch that begins at a byte offset of the log."""
        self._look_at(chunk, position, 0)
        is_dated = self._last is not None and self._last.stamp.year is not None
        step = _SAMPLE_EVERY if is_dated else _CLOSEST if position < _BEGINNING else _CLOSER
        places = {*range(step, chunk.end, step)}
        if not is_dated:
            # It tells more of the year than all other days.
            places.add(max(chunk.buffer.find(b"Feb 29 ", 0, chunk.end), 0))
        for place in sorted(places):
            self._look_at(chunk, position, place)
        self._add(chunk, position, chunk.buffer.rfind(b"\n", 0, chunk.end - 1) + 1)

    def _look_at(self, chunk: Chunk, position: int, place: int) -> None:
        """Look at the line of a place, closely only if it may be of another day than the line before."""
        start = chunk.buffer.rfind(b"\n", 0, place) + 1
        if not self._day or chunk.buffer.find(self._day, start, min(start + _DAY_WITHIN, chunk.end)) < 0:
            self._add(chunk, position, start)

    def _add(self, chunk: Chunk, position: int, start: int) -> None:
        self.add(position + start, stamp_of(bytes(chunk.buffer[start : min(start + LONGEST, chunk.end)])))

    def add(self, position: int, stamp: stamps.Stamp | None) -> None:
        """Add the time of a line."""
        if stamp is None or (self._last is not None and position <= self._last.position):
            return
        self._last = Sample(position, stamp)
        if not self._kept or self._kept[-1].stamp[:3] != stamp[:3]:
            self._kept.append(self._last)
            self._day = b"" if stamp.year else f"{_MONTHS[stamp.month - 1]} {stamp.day:2} ".encode()

    def samples(self) -> list[Sample]:
        """Return the samples in the order of the log."""
        is_new = self._last is not None and (not self._kept or self._kept[-1] is not self._last)
        return [*self._kept, self._last] if is_new and self._last else self._kept


class Held:
    """Hits that wait for the end of their log: the first in memory, the others in a temporary file."""

    def __init__(self) -> None:
        self._hits: list[Hit] = []
        self._spool: IO[bytes] | None = None

    def __bool__(self) -> bool:
        return bool(self._hits) or self._spool is not None

    def add(self, hit: Hit) -> None:
        """Keep a hit."""
        self._hits.append(hit)
        if len(self._hits) > _MOST_HELD:
            if self._spool is None:
                self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - it lives until all were given back
            pickle.dump(self._hits, self._spool)
            self._hits = []

    def release(self) -> Iterator[Hit]:
        """Give all hits, in the order of their coming, and forget them."""
        if self._spool is not None:
            with self._spool as spool:
                size = spool.tell()
                spool.seek(0)
                while spool.tell() < size:
                    yield from pickle.load(spool)  # noqa: S301 - this process wrote it
        yield from self._hits
        self._hits, self._spool = [], None


def is_without_year(hit: Hit) -> bool:
    """Whether a hit's stamp leaves its year open."""
    stamp = stamps.parse(hit.attempt.stamp)
    return stamp is not None and stamp.year is None


def instant_of(seconds: float) -> datetime:
    """Return the UTC instant of a file's time."""
    return datetime.fromtimestamp(seconds, UTC)
