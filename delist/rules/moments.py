"""When something happened: a local day, and the instant if it is known; and periods to count from it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from delist.errors import UsageError

# DNS blocklists exist since 1997; what lies outside is a typing error, and keeps month arithmetic in range.
FIRST_YEAR, LAST_YEAR = 1990, 2199

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_PERIOD = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?",
    re.ASCII,
)


class Moment(NamedTuple):
    """A fact's time: its day in the operator's zone (fixed when recorded), and its UTC instant or None."""

    on: date
    at: datetime | None = None

    def earliest(self, zone: ZoneInfo) -> datetime:
        """The UTC instant before which the fact cannot have happened."""
        return self.at or start_of(self.on, zone)

    def latest(self, zone: ZoneInfo) -> datetime:
        """The UTC instant by which the fact has happened: a bare day counts to its end."""
        return self.at or end_of(self.on, zone)

    def is_before(self, other: "Moment") -> bool:
        """Whether this is certainly earlier: a day is never before or after an instant of that day."""
        if self.at is not None and other.at is not None:
            return self.at < other.at
        return self.on < other.on

    @property
    def order(self) -> tuple[date, datetime]:
        """A key to sort by: within a day the instants in order, then the facts of which only the day is known."""
        return self.on, self.at or datetime.max.replace(tzinfo=UTC)


def moment_of(at: datetime, zone: ZoneInfo) -> Moment:
    """Return the moment of a UTC instant, its day taken in the zone."""
    return Moment(at.astimezone(zone).date(), at)


@lru_cache(maxsize=4096)
def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first UTC instant of a local day, also where its midnight does not exist."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last whole UTC second of a local day, which has 23 to 25 hours."""
    return start_of(day + timedelta(days=1), zone) - timedelta(seconds=1)


def parse_day(text: str) -> date:
    """Return the day written as YYYY-MM-DD; raises UsageError."""
    text = text.strip()
    if _DAY.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise UsageError(f"there is no day {text} in the calendar") from None
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
        raise UsageError(f"{text} is no likely day: give a year from {FIRST_YEAR} to {LAST_YEAR}")
    raise UsageError(f"{text!r} is no day: write it as 2021-05-02")


def parse_moment(text: str, zone: ZoneInfo) -> Moment:
    """Return the moment of a day (2021-05-02) or an instant (2021-05-02T10:00+09:00); raises UsageError.

    An instant without an offset is read in the zone. Fractions of a second are dropped.
    """
    found = _INSTANT.fullmatch(text.strip())
    if not found:
        try:
            return Moment(parse_day(text))
        except UsageError as error:
            if _DAY.fullmatch(text.strip()):
                raise
            hint = "write a day as 2021-05-02 or an instant as 2021-05-02T10:00+09:00"
            raise UsageError(f"{text!r} is no moment: {hint}") from error
    day, clock, offset = found.groups()
    parse_day(day)
    try:
        at = datetime.fromisoformat(f"{day}T{clock.partition('.')[0]}{offset or ''}")
    except ValueError:
        raise UsageError(f"{text!r} is no moment: there is no such time of day or offset") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return moment_of(at.astimezone(UTC), zone)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as calendars count it: whole months, whole days, seconds."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        day = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (self.days, "D")) if n)
        clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return f"P{day}" + (f"T{clock}" if clock else "") if day or clock else "P0D"

    @property
    def length(self) -> timedelta:
        """About how long it is, for comparing: a month counts as 30 days."""
        return timedelta(days=self.months * 30 + self.days, seconds=self.seconds)

    def times(self, count: int) -> "Period":
        """Return the period `count` times over: to be added to the first day, never to a result."""
        return Period(self.months * count, self.days * count, self.seconds * count)

    def after_day(self, day: date) -> date:
        """Return the day this much later, clamped to the month's last day; the clock part is ignored."""
        return _later(day, self.months, self.days)

    def after(self, at: datetime) -> datetime:
        """Return the instant this much later, months and days by the calendar in UTC."""
        if not self.months:
            return at + timedelta(days=self.days, seconds=self.seconds)
        return at + relativedelta(months=self.months, days=self.days, seconds=self.seconds)


@lru_cache(maxsize=16384)
def _later(day: date, months: int, days: int) -> date:
    return day + relativedelta(months=months, days=days)


def parse_period(text: str) -> Period:
    """Return the period of an ISO 8601 duration of whole units (P6M, PT24H), a century at most; raises ValueError."""
    found = _PERIOD.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no ISO 8601 duration such as P6M, P14D or PT24H")
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    period = Period(years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)
    if period.months > 1200 or period.days > 36525 or period.seconds > 36525 * 86400:
        raise ValueError(f"{text!r} is longer than a century")
    return period


def period_between(first: date, last: date) -> Period:
    """Return the interval in whole months if the day of the month matches or both are month ends, else in days."""
    months = (last.year - first.year) * 12 + last.month - first.month
    both_end = is_month_end(first) and is_month_end(last)
    if months > 0 and (first.day == last.day or both_end):
        return Period(months=months)
    return Period(days=(last - first).days)


def is_month_end(day: date) -> bool:
    """Whether the next day is in another month."""
    return (day + timedelta(days=1)).month != day.month


def elapsed(first: Moment, last: Moment) -> Period:
    """Return the time between two facts: to the second if both instants are known, else in days."""
    if first.at is not None and last.at is not None:
        span = max(last.at - first.at, timedelta())
        return Period(days=span.days, seconds=span.seconds)
    return Period(days=max((last.on - first.on).days, 0))
