"""The format of a catalogue entry: which keys a table may have, what each must be, and the value it becomes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from delist.rules import lists
from delist.rules.lists import ListEntry, Zone
from delist.rules.moments import Period, parse_period
from delist.rules.wording import CLAIMS, FIELDS

Table = Mapping[str, Any]


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


def _texts(value: Any) -> str | None:
    right = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return None if right else "must be a list of texts"


def _period(value: Any) -> str | None:
    try:
        parse_period(value)
    except (ValueError, TypeError):
        return "must be an ISO 8601 duration such as P6M, P14D or PT24H"
    return None


def _one_of(choices: type[StrEnum]) -> Key:
    names = [str(choice) for choice in choices]
    return Key(lambda value: None if value in names else f"must be one of {', '.join(names)}", choices)


def _some_of(names: tuple[str, ...]) -> Key:
    def check(value: Any) -> str | None:
        if _texts(value) is None and all(item in names for item in value):
            return None
        return f"must be a list of some of {', '.join(names)}"

    return Key(check, tuple)


TEXT, FLAG, DAY, COUNT = Key(_text), Key(_flag), Key(_day), Key(_count)
TEXTS, PERIOD = Key(_texts, tuple), Key(_period, parse_period)

WINDOW = {
    "after": PERIOD,
    "from": _one_of(lists.Origin),
    "kind": _one_of(lists.WindowKind),
    "basis": _one_of(lists.Basis),
    "source": TEXT,
    "seen": DAY,
    "confidence": _one_of(lists.Confidence),
}
SOURCE = {"url": TEXT, "checked": DAY, "confidence": _one_of(lists.Confidence), "says": TEXT}
REMOVAL = {
    "mode": _one_of(lists.Mode),
    "url": TEXT,
    "mail": TEXT,
    "fields": _some_of(FIELDS),
    "fields_seen": DAY,
    "wants_text": FLAG,
    "language": TEXT,
    "confirmation": TEXT,
}
MAIL = {"from": TEXTS, "subject": TEXT, "link_hosts": TEXTS, "valid": PERIOD}


def _table(keys: Mapping[str, Key], required: tuple[str, ...] = ()) -> Key:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be a table"
        return "; ".join(problems(value, keys, required)) or None

    return Key(check, lambda value: read(value, keys))


def _tables(keys: Mapping[str, Key], required: tuple[str, ...]) -> Key:
    one = _table(keys, required)

    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be a list of tables"
        return "; ".join(filter(None, map(one.check, value))) or None

    return Key(check, lambda value: tuple(map(one.read, value)))


LIST = {
    "name": TEXT,
    "operator": TEXT,
    "kind": _one_of(lists.ListKind),
    "scope": _one_of(lists.Scope),
    "who": _one_of(lists.Who),
    "default": FLAG,
    "about": TEXT,
    "advice": TEXTS,
    "removal": _table(REMOVAL),
    "waits_for": TEXTS,
    "confirm_within": PERIOD,
    "effect_within": PERIOD,
    "answer_within": PERIOD,
    "lead": PERIOD,
    "wants": _some_of(CLAIMS),
    "requires": _some_of(("contact", *CLAIMS)),
    "reopens": _some_of(("ptr",)),
    "mail": _table(MAIL),
    "windows": _tables(WINDOW, ("after", "kind", "basis", "source")),
    "sources": _tables(SOURCE, ("url", "checked", "confidence")),
    "closed": DAY,
    "off": FLAG,
}


def _answers(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "must be a table of codes"
    wrong = [code for code, means in value.items() if not _is_answer(means)]
    return f"{wrong[0]} must be a list key, turned-away, allow, ignore, or {{ list, who }}" if wrong else None


def _is_answer(means: Any) -> bool:
    if isinstance(means, dict):
        return _text(means.get("list")) is None and not any(problems(means, ANSWER))
    return _text(means) is None


ANSWER = {"list": TEXT, "who": _one_of(lists.Who)}
ZONE = {
    "answers": Key(_answers),
    "ipv6": FLAG,
    "test": Key(lambda value: None if value is False or isinstance(value, dict) else "must be false or a table"),
    "keyed": TEXT,
    "terms": _table({"commercial": FLAG, "queries_per_day": COUNT, "register": FLAG, "source": TEXT}),
    "closed": DAY,
    "died": TEXT,
    "list": TEXT,
    "off": FLAG,
}


def problems(table: Table, keys: Mapping[str, Key], required: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is wrong with a table, one phrase a problem, unknown keys with the nearest known one."""
    for name, value in table.items():
        if name not in keys:
            near = get_close_matches(name, keys, 1)
            yield f"{name!r} is no key here" + (f" (did you mean {near[0]!r}?)" if near else "")
        elif wrong := keys[name].check(value):
            yield f"{name} {wrong}" if not wrong.startswith("'") else f"{name}: {wrong}"
    yield from (f"{name!r} is missing" for name in required if name not in table)


def read(table: Table, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return the values of a table that has no problems."""
    return {name: keys[name].read(value) for name, value in table.items() if name in keys}


def list_problems(key: str, table: Table, whole: Table) -> Iterator[str]:
    """Yield what is wrong with a list's table; `whole` is it merged over the shipped one."""
    yield from problems(table, LIST)
    yield from (f"{name!r} is missing" for name in ("name", "operator", "kind") if name not in whole)
    if not all((part.isalnum() and part.isascii() and part.islower()) or part.isdigit() for part in key.split("-")):
        yield "the key must be lower-case letters and digits, joined by '-'"
    for window in whole.get("windows", ()) if isinstance(whole.get("windows"), list) else ():
        yield from _window_problems(window)


def _window_problems(window: Any) -> Iterator[str]:
    if not isinstance(window, dict) or any(problems(window, WINDOW)) or "after" not in window:
        return
    after, kind = parse_period(window["after"]), window.get("kind")
    if kind != lists.WindowKind.EXPECTED_CLEAR and not (after.months or after.days):
        yield f"a window of kind {kind} must be a day or longer"
    if window.get("from") == lists.Origin.LISTED and kind != lists.WindowKind.EXPECTED_CLEAR:
        yield "only expected-clear counts from listed"


def zone_problems(whole: Table) -> Iterator[str]:
    """Yield what is wrong with a zone's table, merged over the shipped one."""
    return problems(whole, ZONE, ("answers",))


def list_entry(key: str, table: Table) -> ListEntry:
    """Return the entry of a table that has no problems."""
    values = read(table, LIST)
    values.pop("off", None)
    removal = lists.Removal(**values.pop("removal", {}))
    mail = values.pop("mail", {})
    shape = lists.MailShape(
        mail.get("from", ()), mail.get("subject", ""), mail.get("link_hosts", ()), mail.get("valid")
    )
    windows = tuple(_window(window) for window in values.pop("windows", ()))
    sources = tuple(lists.FactSource(**source) for source in values.pop("sources", ()))
    if removal.mode in (lists.Mode.FORM_MAIL, lists.Mode.FORM_MAIL_BUTTON):
        values.setdefault("confirm_within", Period(seconds=3600))
    return ListEntry(key, removal=removal, mail=shape, windows=windows, sources=sources, **values)


def _window(values: dict[str, Any]) -> lists.WindowRule:
    origin = values.pop("from", lists.Origin.CONFIRMED)
    return lists.WindowRule(origin=origin, **values)


def unknown_entry(key: str) -> ListEntry:
    """Return an entry for a key that records name but the catalogue no longer knows."""
    return ListEntry(key, key, "unknown", lists.ListKind.INFO, about="No longer in the catalogue.")


def zone(name: str, table: Table) -> Zone:
    """Return the zone of a table that has no problems."""
    answers = {code: _answer(value) for code, value in table.get("answers", {}).items()}
    test = table.get("test", {})
    return Zone(
        name=name,
        answers=answers,
        ipv6=table.get("ipv6", False),
        test=None if test is False else test,
        keyed=table.get("keyed"),
        terms=table.get("terms", {}),
        closed=table.get("closed"),
        died=table.get("died", ""),
        list_key=table.get("list"),
    )


def _answer(value: Any) -> lists.ZoneAnswer:
    if isinstance(value, dict):
        who = value.get("who")
        return lists.ZoneAnswer(value["list"], lists.Who(who) if who else None)
    return lists.ZoneAnswer(value)
