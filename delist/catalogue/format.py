"""The format of a list's entry: which keys its table may have, what each must be, and the value it becomes."""

from collections.abc import Iterator
from typing import Any

from delist.catalogue.keys import (
    COUNT,
    DAY,
    FLAG,
    PAGE,
    PERIOD,
    TEXT,
    TEXTS,
    Table,
    chosen,
    one_of,
    problems,
    read,
    some_of,
    table,
    tables,
)
from delist.rules import lists
from delist.rules.lists import ListEntry
from delist.rules.moments import Period, parse_period
from delist.rules.wording import CLAIMS, FIELDS

WINDOW = {
    "after": PERIOD,
    "from": one_of(lists.Origin),
    "kind": one_of(lists.WindowKind),
    "basis": one_of(lists.Basis),
    "source": TEXT,
    "seen": DAY,
    "confidence": one_of(lists.Confidence),
}
SOURCE = {"url": TEXT, "checked": DAY, "confidence": one_of(lists.Confidence), "says": TEXT}
REMOVAL = {
    "mode": one_of(lists.Mode),
    "url": TEXT,
    "mail": TEXT,
    "fields": some_of(FIELDS),
    "fields_seen": DAY,
    "labels": table(dict.fromkeys(FIELDS, TEXT)),
    "limit": COUNT,
    "many": FLAG,
    "wants_text": FLAG,
    "language": TEXT,
    "confirmation": TEXT,
}
MAIL = {
    "from": TEXTS,
    "name": TEXT,
    "subject": TEXT,
    "link_hosts": TEXTS,
    "valid": PERIOD,
    "says": chosen(one_of(lists.Said)),
}


LIST = {
    "name": TEXT,
    "operator": TEXT,
    "kind": one_of(lists.ListKind),
    "scope": one_of(lists.Scope),
    "who": one_of(lists.Who),
    "default": FLAG,
    "about": TEXT,
    "advice": TEXTS,
    "removal": table(REMOVAL),
    "look_up": PAGE,
    "waits_for": TEXTS,
    "confirm_within": PERIOD,
    "effect_within": PERIOD,
    "answer_within": PERIOD,
    "lead": PERIOD,
    "wants": some_of(CLAIMS),
    "requires": some_of(("contact", *CLAIMS)),
    "reopens": some_of(("ptr",)),
    "mail": table(MAIL),
    "windows": tables(WINDOW, ("after", "kind", "basis", "source")),
    "sources": tables(SOURCE, ("url", "checked", "confidence")),
    "closed": DAY,
    "off": FLAG,
}


def list_problems(key: str, found: Table, whole: Table) -> Iterator[str]:
    """Yield what is wrong with a list's table; `whole` is it merged over the shipped one."""
    yield from problems(found, LIST)
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


def list_entry(key: str, found: Table) -> ListEntry:
    """Return the entry of a table that has no problems."""
    values = read(found, LIST)
    removal = lists.Removal(**values.pop("removal", {}))
    mail = values.pop("mail", {})
    shape = lists.MailShape(senders=mail.pop("from", ()), **mail)
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
