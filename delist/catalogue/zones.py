"""The format of a zone's entry: what may stand in it, and the value it becomes."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from delist.catalogue.keys import (
    COUNT,
    DAY,
    FLAG,
    RATE,
    TEXT,
    Key,
    Table,
    one_of,
    only_placeholder,
    problems,
    read,
    table,
)
from delist.rules import lists
from delist.rules.lists import NO_TEST, Points, Terms, Zone

ANSWER = {"list": TEXT, "who": one_of(lists.Who)}
TERMS = {"commercial": FLAG, "queries_per_day": COUNT, "queries_per_second": RATE, "register": FLAG, "source": TEXT}


def _answers(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "must be a table of codes"
    return next(filter(None, (_answer_problem(code, means) for code, means in value.items())), None)


def _answer_problem(code: str, means: Any) -> str | None:
    if not _is_address(IPv4Address, code) or not code.startswith("127."):
        return f"may hold only codes in 127.0.0.0/8, such as 127.0.0.2: {code!r}"
    right = isinstance(means, dict) and "list" in means and not any(problems(means, ANSWER))
    if right or TEXT.check(means) is None:
        return None
    return f"{code} must be a list key, turned-away, allow, ignore, or {{ list, who }}"


def _is_address(family: type[IPv4Address] | type[IPv6Address], text: Any) -> bool:
    try:
        return isinstance(text, str) and bool(family(text).packed)
    except ValueError:
        return False


def _point(family: type[IPv4Address] | type[IPv6Address]) -> Key:
    wrong = f"must be an IPv{4 if family is IPv4Address else 6} address, or false where the zone has no such point"
    return Key(
        lambda value: None if value is False or _is_address(family, value) else wrong,
        lambda value: None if value is False else value,
    )


POINTS = {
    "listed": _point(IPv4Address),
    "clear": _point(IPv4Address),
    "listed6": _point(IPv6Address),
    "clear6": _point(IPv6Address),
}
_POINTS = table(POINTS)


def _test(value: Any) -> str | None:
    if value is False or isinstance(value, dict):
        return None if value is False else _POINTS.check(value)
    return "must be false or a table of listed, clear, listed6, clear6"


def _keyed(value: Any) -> str | None:
    return TEXT.check(value) or only_placeholder(value, "{key}", needed=True)


ZONE = {
    "answers": Key(_answers),
    "ipv6": FLAG,
    "test": Key(_test, lambda value: Points(**_POINTS.read(value)) if value is not False else NO_TEST),
    "keyed": Key(_keyed),
    "terms": Key(table(TERMS).check, lambda value: Terms(**table(TERMS).read(value))),
    "closed": DAY,
    "died": TEXT,
    "list": TEXT,
    "reply": TEXT,
    "off": FLAG,
}


def zone_problems(
    found: Table, whole: Table, keys: Collection[str], replies: Collection[str] | None = None
) -> Iterator[str]:
    """Yield what is wrong with a zone's table; `whole` is it merged over the shipped one, `keys` are all lists.

    `replies` are the keys of the reply tables; None: the key that replies know the zone by is not looked at.
    """
    yield from problems(whole, ZONE, ("answers",))
    reply = found.get("reply")
    if replies is not None and isinstance(reply, str) and reply not in {*keys, *replies}:
        near = get_close_matches(reply, [*keys, *replies], 1)
        yield f"reply names {reply!r}, which is no key of a list or reply" + (
            f" (did you mean {near[0]!r}?)" if near else ""
        )
    for key in dict.fromkeys(_lists_named(found)):
        if key not in keys:
            near = get_close_matches(key, [*keys, *lists.NO_LISTING], 1)
            yield f"{key!r} is no list of the catalogue" + (f" (did you mean {near[0]!r}?)" if near else "")


def _lists_named(found: Table) -> Iterator[str]:
    answers = found.get("answers")
    for means in (*(answers.values() if isinstance(answers, dict) else ()), found.get("list")):
        key = means.get("list") if isinstance(means, dict) else means
        if isinstance(key, str) and key not in lists.NO_LISTING:
            yield key


def zone(name: str, found: Table) -> Zone:
    """Return the zone of a table that has no problems."""
    values: Mapping[str, Any] = read(found, ZONE)
    kept = {key: values[key] for key in ("ipv6", "keyed", "terms", "closed", "died") if key in values}
    answers = {code: _answer(means) for code, means in values["answers"].items()}
    points, list_key, reply_key = values.get("test", lists.POINTS), values.get("list"), values.get("reply")
    return Zone(name, answers, points=points, list_key=list_key, reply_key=reply_key, **kept)


def _answer(value: Any) -> lists.ZoneAnswer:
    if isinstance(value, dict):
        who = value.get("who")
        return lists.ZoneAnswer(value["list"], lists.Who(who) if who else None)
    return lists.ZoneAnswer(value)
