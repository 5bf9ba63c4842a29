"""The format of a reply's entry: what may stand in it, and the value it becomes."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any

from delist.catalogue.format import SOURCE
from delist.catalogue.keys import FLAG, TEXT, TEXTS, Key, Table, problems, read, tables
from delist.rules import lists
from delist.rules.lists import ListEntry, ReplyEntry


def _key_or_keys(value: Any) -> str | None:
    return None if TEXT.check(value) is None or TEXTS.check(value) is None else "must be a list key or a list of them"


def _keys(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


REPLY = {
    "name": TEXT,
    "request_at": Key(_key_or_keys, _keys),
    "inferred": FLAG,
    "behind": TEXTS,
    "about": TEXT,
    "sources": tables(SOURCE, ("url", "checked", "confidence")),
    "off": FLAG,
}


def reply_problems(key: str, found: Table, whole: Table, keys: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with a reply's table; `whole` is it merged over the shipped one, `keys` are all lists."""
    yield from problems(found, REPLY)
    if "name" not in whole and key not in keys:
        yield "'name' is missing"
    if not all(part.isalnum() and part.isascii() and part == part.lower() for part in key.split("-")):
        yield "the key must be lower-case letters and digits, joined by '-'"
    if REPLY["request_at"].check(found.get("request_at", "-")) is None:
        yield from _unknown((name for name in _keys(found.get("request_at", ()))), keys)
    if TEXTS.check(found.get("behind", [])) is None:
        operators = {key.partition("-")[0] for key in keys}
        yield from _unknown((name for name in found.get("behind", ())), {*keys, *operators})


def _unknown(names: Iterator[str], known: Collection[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            yield f"{name!r} is no list of the catalogue" + (f" (did you mean {near[0]!r}?)" if near else "")


def reply_entry(key: str, found: Table, of_list: ListEntry | None) -> ReplyEntry:
    """Return the entry of a table that has no problems; what it does not say is the list's of that key, if any."""
    values = read(found, REPLY)
    values.pop("off", None)
    sources = tuple(lists.FactSource(**source) for source in values.pop("sources", ()))
    if of_list is not None:
        values = {**_as_list(of_list), **values}
        sources = sources or of_list.sources
    return ReplyEntry(key, sources=sources, **values)


def _as_list(entry: ListEntry) -> dict[str, Any]:
    where = (entry.key,) if entry.can_be_asked else ()
    return {"name": entry.name, "request_at": where, "about": entry.about}
