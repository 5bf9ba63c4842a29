"""What a log line's stamp says: as much of a time as was written, often without its year."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# A log of mail is younger than mail's blocklists; what lies outside is no time but a number.
FIRST_YEAR, LAST_YEAR = 1990, 2199

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_CLOCK = r"(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
_OFFSET = r"\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_TRADITIONAL = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(?:(\d{4}) )?([A-Z][a-z]{2}) {1,2}(\d{1,2})(?: (\d{4}))? " + _CLOCK + r"(?: (\d{4}))?",
    re.ASCII,
)
_ISO = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)[T ]{_CLOCK}{_OFFSET}", re.ASCII)
_AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}),? {_CLOCK}(?: ([AP]M))?", re.ASCII | re.IGNORECASE)
_HEADER = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, )?(\d{{1,2}}) ([A-Z][a-z]{{2}}) (\d{{4}}) {_CLOCK}{_OFFSET}(?: \([\w ]+\))?", re.ASCII
)
_TAI64N = re.compile(r"@([0-9a-f]{16})([0-9a-f]{8})?", re.ASCII)
_EPOCH = re.compile(r"(\d{9,10})(?:\.(\d{1,9}))?", re.ASCII)
# daemontools counts from 1970 plus these ten seconds and knows no later leap seconds: cr.yp.to/libtai/tai64.html
_TAI_EPOCH = (1 << 62) + 10


class Stamp(NamedTuple):
    """A time as a line states it: `year` is None where none is written, `offset` None for a local time.

    The day exists in some year: 29 February without a year is one.
    """

    year: int | None
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int = 0
    offset: timedelta | None = None


def parse(stamp: str) -> Stamp | None:
    """Return what the stamp says, or None if it is no time of the calendar."""
    stamp = stamp.strip()
    for pattern, read in _SHAPES:
        if found := pattern.fullmatch(stamp):
            return read(*found.groups())
    return None


def _traditional(first: str | None, month: str, day: str, later: str | None, *clock: str | None) -> Stamp | None:
    year = first or later or clock[4]
    return _stamp(int(year) if year else None, _MONTHS.get(month.lower(), 0), int(day), clock[:4])


def _iso(year: str, month: str, day: str, *clock: str | None) -> Stamp | None:
    return _stamp(int(year), int(month), int(day), clock[:4], clock[4])


def _american(month: str, day: str, year: str, *clock: str | None) -> Stamp | None:
    stamp = _stamp(int(year), int(month), int(day), clock[:4])
    half = (clock[4] or "").upper()
    if stamp is None or not half:
        return stamp
    if not 1 <= stamp.hour <= 12:
        return None
    return stamp._replace(hour=stamp.hour % 12 + (12 if half == "PM" else 0))


def _header(day: str, month: str, year: str, *clock: str | None) -> Stamp | None:
    return _stamp(int(year), _MONTHS.get(month.lower(), 0), int(day), clock[:4], clock[4])


def _tai64n(seconds: str, nanoseconds: str | None) -> Stamp | None:
    return _since_epoch(int(seconds, 16) - _TAI_EPOCH, int(nanoseconds or "0", 16) // 1000)


def _epoch(seconds: str, fraction: str | None) -> Stamp | None:
    return _since_epoch(int(seconds), _microseconds(fraction))


_SHAPES = (
    (_TRADITIONAL, _traditional),
    (_ISO, _iso),
    (_TAI64N, _tai64n),
    (_EPOCH, _epoch),
    (_AMERICAN, _american),
    (_HEADER, _header),
)


def _since_epoch(seconds: int, microsecond: int) -> Stamp | None:
    if not 0 <= seconds < 1 << 33 or microsecond > 999_999:
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    stamp = Stamp(*at.timetuple()[:6], microsecond, timedelta(0))
    return stamp if FIRST_YEAR <= at.year <= LAST_YEAR else None


def _stamp(
    year: int | None, month: int, day: int, clock: tuple[str | None, ...], offset: str | None = None
) -> Stamp | None:
    hour, minute, second = int(clock[0] or 0), int(clock[1] or 0), int(clock[2] or 0)
    second = 59 if second == 60 else second  # a leap second
    try:
        datetime(2000 if year is None else year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return None
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return Stamp(year, month, day, hour, minute, second, _microseconds(clock[3]), _offset(offset))


def _microseconds(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text in ("Z", "UTC", "GMT"):
        return timedelta(0)
    # More than a day is no zone's, but must not raise: it is taken as written, up to a day.
    minutes = min(int(text[1:3]) * 60 + int(text[-2:]), 24 * 60 - 1)
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)
