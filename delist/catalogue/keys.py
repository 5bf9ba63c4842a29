"""What the keys of a catalogue entry may hold: the check of each, how its value is read, what is wrong with a table."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from delist.rules.moments import parse_period

Table = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table: its check (None when right, else what is wrong) and how its value is read."""

    check: Callable[[Any], str | None]
    read: Callable[[Any], Any] = lambda value: value


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "must be a text"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _day(value: Any) -> str | None:
    return None if type(value) is date else "must be a date such as 2021-05-02, without quotes"


def _count(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "must be a whole number"


def _rate(value: Any) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and value > 0 and math.isfinite(value) else "must be a number above zero"


def _page(value: Any) -> str | None:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return "must be the address of a page, https://..."
    return only_placeholder(value, "{address}")


def only_placeholder(value: str, allowed: str, needed: bool = False) -> str | None:
    """Return what is wrong with the placeholders of a text: another than the allowed one, or that one is missing."""
    found = _PLACEHOLDER.findall(value)
    if other := next((each for each in found if each != allowed), None):
        return f"may hold {allowed} and no other placeholder: {other!r}"
    return f"must hold {allowed}" if needed and not found else None


def _texts(value: Any) -> str | None:
    right = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return None if right else "must be a list of texts"


def _period(value: Any) -> str | None:
    try:
        parse_period(value)
    except (ValueError, TypeError):
        return "must be an ISO 8601 duration such as P6M, P14D or PT24H"
    return None


def one_of(choices: type[StrEnum]) -> Key:
    names = [str(choice) for choice in choices]
    return Key(lambda value: None if value in names else f"must be one of {', '.join(names)}", choices)


def some_of(names: tuple[str, ...]) -> Key:
    def check(value: Any) -> str | None:
        if _texts(value) is None and all(item in names for item in value):
            return None
        return f"must be a list of some of {', '.join(names)}"

    return Key(check, tuple)


TEXT, FLAG, DAY, COUNT = Key(_text), Key(_flag), Key(_day), Key(_count)
RATE, PAGE = Key(_rate, float), Key(_page)
TEXTS, PERIOD = Key(_texts, tuple), Key(_period, parse_period)


def table(keys: Mapping[str, Key], required: tuple[str, ...] = ()) -> Key:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be a table"
        return "; ".join(problems(value, keys, required)) or None

    return Key(check, lambda value: read(value, keys))


def chosen(one: Key) -> Key:
    """Return the check of a table whose keys are free, all of one kind."""

    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be a table"
        return next((f"{name!r} {wrong}" for name, each in value.items() if (wrong := one.check(each))), None)

    return Key(check, lambda value: {name: one.read(each) for name, each in value.items()})


def tables(keys: Mapping[str, Key], required: tuple[str, ...]) -> Key:
    one = table(keys, required)

    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be a list of tables"
        return "; ".join(filter(None, map(one.check, value))) or None

    return Key(check, lambda value: tuple(map(one.read, value)))


def problems(found: Table, keys: Mapping[str, Key], required: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is wrong with a table, one phrase a problem, unknown keys with the nearest known one."""
    for name, value in found.items():
        if name not in keys:
            near = get_close_matches(name, keys, 1)
            yield f"{name!r} is no key here" + (f" (did you mean {near[0]!r}?)" if near else "")
        elif wrong := keys[name].check(value):
            yield f"{name} {wrong}" if not wrong.startswith("'") else f"{name}: {wrong}"
    yield from (f"{name!r} is missing" for name in required if name not in found)


def read(found: Table, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return the values of a table that has no problems."""
    return {name: keys[name].read(value) for name, value in found.items() if name in keys}
