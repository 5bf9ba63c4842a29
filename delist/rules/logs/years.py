"""Which year a log's stamps are of, and at which instant: from where the log ends, and from the order of its lines."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

from delist.rules.logs import stamps
from delist.rules.logs.stamps import FIRST_YEAR, Stamp

# Clocks differ, and lines of several hosts or of the night when clocks go back are out of order: less than this back
# in time is no other year, and a stamp this much after the log's end may stand.
SLACK = timedelta(days=1)
_YEAR = timedelta(days=366)
# In how many years before the end a 29 February must have been (1896 to 1904 had none).
_LEAP_SEARCH = 10

# "Nov 17 00:03:12": by its hour, and what follows.
_COMMON = 15
_MINUTES = re.compile(r":([0-5]\d):([0-5]\d)", re.ASCII)
_WITHIN_HOUR = timedelta(minutes=59, seconds=59)
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class When(NamedTuple):
    """A line's time: the UTC instant, and the clock in the operator's zone (naive), which a stamp without an offset
    shows as written."""

    at: datetime
    local: datetime


class Sample(NamedTuple):
    """The stamp of the line at a position of the log (a byte offset or a line number, growing through the log)."""

    position: int
    stamp: Stamp


Span: TypeAlias = tuple[datetime, datetime]


@dataclass(frozen=True)
class Years:
    """The years of a log: `when` says when the line at a position was written."""

    zone: tzinfo
    ends: datetime
    positions: tuple[int, ...]
    anchors: tuple[datetime, ...]

    @cached_property
    def days(self) -> tuple[str, ...]:
        """The day of each anchor, as stamps of the common shape have it."""
        return tuple(f"{_MONTHS[local.month]} {local.day:2}" for local in self.anchors)

    def when(self, position: int, stamp: Stamp) -> When | None:
        """Return when the line at the position was written; None if its day exists in no year that is possible."""
        if stamp.year is not None:
            return instant(stamp, stamp.year, self.zone)
        year = self._year(position, stamp)
        return None if year is None else instant(stamp, year, self.zone)

    def _year(self, position: int, stamp: Stamp) -> int | None:
        if not self.anchors:
            return _latest_year(stamp, self.ends)
        after = bisect_left(self.positions, position)
        anchor = self.anchors[min(after, len(self.anchors) - 1)]
        year = anchor.year
        if stamp.day == anchor.day and stamp.month == anchor.month:
            pass  # as nearly always
        elif after == len(self.anchors):
            year += _of_leap_year(anchor) - _in_leap_year(stamp) > SLACK
        else:
            year -= _turns(_in_leap_year(stamp), _of_leap_year(anchor))
        return _with_leap_day(stamp, year)


def span_of(samples: Sequence[Sample], known: Years) -> Span | None:
    """Return the UTC instants of the first and the last of samples in the log's order, None if they tell none."""
    ends = [known.when(*each) for each in (*samples[:1], *samples[-1:])]
    told = sorted(each.at for each in ends if each is not None)
    return (told[0], told[-1]) if len(told) == len(ends) == 2 else None


class Hours:
    """Says the same as `Years.when`, sooner, of stamps of the common shape ("Nov 17 00:03:12"): what was found for the
    beginning of an hour holds for all of it, if no clock was changed meanwhile."""

    def __init__(self, known: Years) -> None:
        self._years = known
        self._begins: dict[tuple[int, str], When | None] = {}

    def when(self, position: int, text: str) -> When | None:
        """Return when the line at the position was written, None if only `Years.when` can tell."""
        known, day = self._years, text[:6]
        if len(text) != _COMMON or text[6] != " " or not known.days:
            return None
        after = min(bisect_left(known.positions, position), len(known.days) - 1)
        if known.days[after] != day:
            return None
        key = known.anchors[after].year, text[:9]
        if key not in self._begins:
            self._begins[key] = self._begin(position, text[:9])
        begin, passed = self._begins[key], _since_full_hour(text[9:])
        return None if begin is None or passed is None else When(begin.at + passed, begin.local + passed)

    def _begin(self, position: int, hour: str) -> When | None:
        """Return when an hour began, None if it did not take sixty minutes."""
        begin, end = (
            stamp and self._years.when(position, stamp)
            for stamp in (stamps.parse(f"{hour}:00:00"), stamps.parse(f"{hour}:59:59"))
        )
        return begin if begin and end and end.at - begin.at == end.local - begin.local == _WITHIN_HOUR else None


@lru_cache(3600)
def _since_full_hour(text: str) -> timedelta | None:
    found = _MINUTES.fullmatch(text)
    return timedelta(minutes=int(found[1]), seconds=int(found[2])) if found else None


def years(samples: Iterable[Sample], ends: datetime, zone: tzinfo) -> Years:
    """Return the years of a log that ends at the UTC instant `ends`, in the operator's zone.

    The samples are in the log's order; one for each buffer is enough, if each 29 February is among them: it moves
    the whole log to the latest years that have one. Between two samples lies less than a year.
    """
    end = ends.astimezone(zone).replace(tzinfo=None)
    known: list[tuple[int, datetime]] = []
    run: list[Sample] = []
    limit = end
    for sample in reversed(list(samples)):
        if sample.stamp.year is None:
            run.append(sample)
            continue
        known += _dated(run, limit)
        run = []
        if when := instant(sample.stamp, sample.stamp.year, zone):
            limit = when.local
            known.append((sample.position, limit))
    known += _dated(run, limit)
    known.reverse()
    return Years(zone, end, tuple(position for position, _ in known), tuple(local for _, local in known))


def instant(stamp: Stamp, year: int, zone: tzinfo) -> When | None:
    """Return the stamp's time in the year; a time that clocks show twice is the first, None if there is no such day."""
    try:
        local = _naive(stamp, year)
        if stamp.offset is None:
            return When(local.replace(tzinfo=zone).astimezone(UTC), local)
        at = (local - stamp.offset).replace(tzinfo=UTC)
        return When(at, at.astimezone(zone).replace(tzinfo=None))
    except (ValueError, OverflowError):
        return None


def _dated(run: list[Sample], end: datetime) -> list[tuple[int, datetime]]:
    """Date samples without a year, the last one first, so that none is after the end."""
    turns = _turns_before(run)
    year = _last_year(run, turns, end)
    dated = []
    for sample, turn in zip(run, turns, strict=True):
        own = _with_leap_day(sample.stamp, year - turn)
        if own is not None:
            dated.append((sample.position, _naive(sample.stamp, own)))
    return dated


def _turns_before(run: list[Sample]) -> list[int]:
    """For each sample, the last one first: how many New Years lie between it and the last one."""
    turns, turn, later = [], 0, None
    for sample in run:
        time = _in_leap_year(sample.stamp)
        turn += 0 if later is None else _turns(time, later)
        turns.append(turn)
        later = time
    return turns


def _turns(earlier: datetime, later: datetime) -> int:
    """Whether a New Year lies between two lines that follow each other: -1 if they are out of order around one."""
    if earlier - later > SLACK:
        return 1
    return -1 if later - earlier > _YEAR - SLACK else 0


def _last_year(run: list[Sample], turns: list[int], end: datetime) -> int:
    """The latest year of the last sample with which no sample is after the end and each 29 February exists."""
    if not run:
        return end.year
    limit = end + SLACK
    back, latest = max((-turn, _in_leap_year(sample.stamp)) for sample, turn in zip(run, turns, strict=True))
    fitting = range(limit.year - back - (latest > _of_leap_year(limit)), end.year - _LEAP_SEARCH, -1)
    leap_days = [turn for sample, turn in zip(run, turns, strict=True) if _is_leap_day(sample.stamp)]
    leap = (year for year in fitting if all(_is_leap(year - turn) for turn in leap_days))
    return next(leap, fitting[0] if fitting else end.year)


def _latest_year(stamp: Stamp, end: datetime) -> int | None:
    limit = end + SLACK
    year = limit.year if _in_leap_year(stamp) <= _of_leap_year(limit) else limit.year - 1
    return _with_leap_day(stamp, year)


def _with_leap_day(stamp: Stamp, year: int) -> int | None:
    """The year, or the latest one before it in which the stamp's day exists."""
    if not _is_leap_day(stamp):
        return year if year >= FIRST_YEAR else None
    return next((own for own in range(year, max(year - _LEAP_SEARCH, FIRST_YEAR - 1), -1) if _is_leap(own)), None)


def _is_leap_day(stamp: Stamp) -> bool:
    return stamp.day == 29 and stamp.month == 2


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _in_leap_year(stamp: Stamp) -> datetime:
    return _naive(stamp, 2000)


def _of_leap_year(local: datetime) -> datetime:
    return local.replace(year=2000)


def _naive(stamp: Stamp, year: int) -> datetime:
    return datetime(year, *stamp[1:7])  # noqa: DTZ001
