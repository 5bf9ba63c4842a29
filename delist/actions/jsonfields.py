"""The fields of an export's lines: each is what delist writes there, or an error says why not."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from delist.rules.moments import FIRST_YEAR, LAST_YEAR, Moment, parse_day

_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LARGEST = 2**53


def uid(value: Any) -> str:
    """Return a uid; raises ValueError."""
    if not isinstance(value, str) or not _UID.fullmatch(value):
        raise ValueError(f"{value!r} is no uid")
    return value


def key(value: Any) -> str:
    """Return the key of a list; raises ValueError."""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"{value!r} is no list key")
    return value


def whole(value: Any) -> int:
    """Return a whole number that a database can hold; raises ValueError."""
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError(f"{value!r} is no whole number")
    return value


def word(value: Any) -> str:
    """Return a text; raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def text(value: Any) -> str | None:
    """Return a text or None; raises TypeError."""
    return None if value is None else word(value)


@lru_cache(maxsize=8192)
def day(value: str) -> date:
    """Return a day; raises UsageError."""
    return parse_day(value)


def instant(value: str) -> datetime:
    """Return an instant with its offset, of a likely year; raises ValueError."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None or not FIRST_YEAR - 1 <= at.year <= LAST_YEAR + 1:
        raise ValueError(f"{value} has no offset, or is no likely year")
    return at


def moment(on: str, at: str | None) -> Moment:
    """Return a moment of its day and, if that is known, its instant."""
    return Moment(day(on), None if at is None else instant(at))
