"""Reads an export of delist line by line into what an import takes in; what is wrong with a line becomes a value."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from delist.actions.exporting import FORMAT
from delist.actions.incoming import (
    Header,
    Incoming,
    IncomingAddress,
    IncomingCase,
    Item,
    Look,
    Problem,
    Recorded,
    Secret,
    Tombstone,
    folded,
)
from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules.claims import check_recorded
from delist.rules.history import Entry, Event, Source, Trust
from delist.rules.lifecycle import AMENDABLE, Request, State
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.rules.moments import FIRST_YEAR, LAST_YEAR, Moment, parse_day
from delist.rules.secrets import conceal
from delist.store.reads import Draft

_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LARGEST = 2**53
# A number has twelve digits at most; a header that claims more is not believed.
_LAST_NUMBER = 10**11


def items(numbered: Iterable[tuple[int, str]], hosts: Collection[str] = ()) -> Iterator[Item]:
    """Yield what each numbered line of an export holds, or the problem with it; blank lines are passed over.

    Links to tickets at these hosts are cut out of what claims say, as they are where a text is written.
    """
    decoder = json.JSONDecoder(object_hook=partial(_without_links, hosts))
    for number, line in numbered:
        if line.strip():
            yield _item(number, line, decoder)


def _without_links(hosts: Collection[str], value: dict[str, Any]) -> dict[str, Any]:
    is_claim = "basis" in value and isinstance(value.get("detail"), str)
    return {**value, "detail": conceal(value["detail"], hosts=hosts)[0]} if is_claim else value


def _item(number: int, line: str, decoder: json.JSONDecoder) -> Item:
    try:
        # A hook costs time, and JSON can spell a word in two ways.
        value = decoder.decode(line) if '"basis"' in line or "\\u" in line else json.loads(line)
        if "\\u" in line:
            # JSON can spell half a character, which no file can hold.
            json.dumps(value, ensure_ascii=False).encode()
        reader = _READERS.get(value["type"])
        if reader is None:
            return Problem(number, f"there is no type {value['type']!r}")
        return reader(number, value)
    except UsageError as error:
        return Problem(number, str(error))
    except json.JSONDecodeError as error:
        return Problem(number, f"no JSON: {error.msg}")
    except KeyError as error:
        return Problem(number, f"{error.args[0]} is missing")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return Problem(number, f"not as delist writes it: {error}")


def _header(number: int, value: Mapping[str, Any]) -> Item:
    if value["format"] != FORMAT:
        return Problem(number, f"this is format {value['format']}, and this delist reads format {FORMAT}")
    return Header(min(_whole(value["last_number"]), _LAST_NUMBER))


def _request(number: int, value: Mapping[str, Any]) -> Item:
    history = tuple(map(_recorded, value["history"]))
    entries = tuple(entry for entry, _ in history)
    if not entries or entries[0].event is not Event.SUBMITTED:
        return Problem(number, "the history does not begin with a submission")
    first = entries[0].moment
    batch = value.get("batch")
    blank = Request(
        _whole(value["number"]),
        _uid(value["uid"]),
        ip.canonical(value["address"]),
        _key(value["list"]),
        State.SUBMITTED,
        first,
        first,
        batch=None if batch is None else _whole(batch),
    )
    request, looks = folded(blank, entries), tuple(map(_look, value["sightings"]))
    return Incoming(number, request, history, _text(value["text"]), _secrets(value), looks)


def _recorded(value: Mapping[str, Any]) -> Recorded:
    detail = value["detail"]
    if not isinstance(detail, dict):
        raise TypeError("a detail must be an object")
    event = _EVENTS[value["event"]]
    if detail or event in _NEED_DETAIL:
        check_detail(event, detail)
    entry = Entry(
        _uid(value["uid"]),
        event,
        _moment(value["on"], value["at"]),
        _instant(value["recorded_at"]),
        _word(value["by"]),
        _SOURCES[value["source"]],
        detail,
    )
    return entry, _whole(value["seq"])


_NEED_DETAIL = frozenset({Event.UNDONE, Event.ACKNOWLEDGED, Event.SNOOZED, Event.MAILED})


def check_detail(event: Event, detail: Mapping[str, Any]) -> None:
    """Raise an error if a detail is not what this event keeps: others would be met long after the import."""
    for name in ("reference", "template", "text", "reason", "verdict"):
        _text(detail.get(name))
    for text in (detail.get("contact") or {}).values():
        _text(text)
    _claims(detail.get("claims"))
    if event in (Event.ACKNOWLEDGED, Event.SNOOZED):
        _word(detail["kind"])
        _word(detail.get("ref", ""))
    if event is Event.SNOOZED:
        _instant(detail["until"])
    elif event is Event.UNDONE:
        _uid(detail["of"])
    elif event is Event.MAILED:
        _uid(detail["mail"])
        _word(detail["kind"])
        Trust(detail["trust"])
        _text(detail.get("said"))
        if detail.get("expires_at") is not None:
            _instant(detail["expires_at"])
    elif event is Event.AMENDED:
        for name, change in detail.items():
            _check_change(name, change)


def _claims(claims: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the claims of a text; exports before there were any have none."""
    if claims is None:
        return ()
    check_recorded(claims)
    return tuple(claims)


def _check_change(name: str, change: Mapping[str, Any]) -> None:
    if name in AMENDABLE:
        for kept in (change["from"], change["to"]):
            _moment(kept["on"], kept.get("at"))
    else:
        _text(change["from"])
        _text(change["to"])


_EVENTS = {event.value: event for event in Event}
_SOURCES = {source.value: source for source in Source}


def _address(number: int, value: Mapping[str, Any]) -> Item:
    retired = value["retired_on"]
    return IncomingAddress(
        line=number,
        uid=_uid(value["uid"]),
        address=ip.canonical(value["address"]),
        about={name: _text(value[name]) for name in ("site", "domain", "label", "owner")},
        added_at=_instant(value["added_at"]),
        retired_on=None if retired is None else _day(retired).isoformat(),
        history=tuple(map(_recorded, value["history"])),
        cases=tuple(map(_case, value["cases"])),
        secrets=_secrets(value),
    )


def _case(value: Mapping[str, Any]) -> IncomingCase:
    draft = value["draft"]
    return IncomingCase(
        _key(value["list"]),
        None if draft is None else _draft(draft),
        tuple(map(_recorded, value["history"])),
        tuple(map(_look, value["sightings"])),
    )


def _draft(value: Mapping[str, Any]) -> Draft:
    name, email = _text(value["name"]), _text(value["email"])
    claims = _claims(value.get("claims"))
    return Draft(_word(value["text"]), _word(value["template"]), name, email, _instant(value["written_at"]), claims)


def _look(value: Mapping[str, Any]) -> Look:
    event = value["event"]
    sighting = Sighting(
        _uid(value["uid"]),
        Seen(value["verdict"]),
        _moment(value["on"], value["at"]),
        SightingSource(value["source"]),
        _text(value["code"]),
        _text(value["reason"]),
        None if event is None else _uid(event),
        # Exports of the first schema tell of each sighting only once.
        None if (last_on := value.get("last_on")) is None else _moment(last_on, value.get("last_at")),
        _text(value.get("answer")),
        _text(value.get("nameserver")),
    )
    return sighting, bool(value["undone"])


def _secrets(value: Mapping[str, Any]) -> tuple[Secret, ...]:
    return tuple((_uid(s["uid"]), _word(s["url"]), _instant(s["kept_at"])) for s in value.get("secrets") or ())


def _tombstone(number: int, value: Mapping[str, Any]) -> Item:
    return Tombstone(
        number,
        {
            "uid": _uid(value["uid"]),
            "forgotten_at": _instant(value["forgotten_at"]),
            "by": _word(value["by"]),
            "requests": _whole(value["requests"]),
            "events": _whole(value["events"]),
        },
    )


_READERS: Mapping[str, Callable[[int, Mapping[str, Any]], Item]] = {
    "delist": _header,
    "request": _request,
    "address": _address,
    "tombstone": _tombstone,
}


def _uid(value: Any) -> str:
    if not isinstance(value, str) or not _UID.fullmatch(value):
        raise ValueError(f"{value!r} is no uid")
    return value


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"{value!r} is no list key")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _text(value: Any) -> str | None:
    return None if value is None else _word(value)


@lru_cache(maxsize=8192)
def _day(value: str) -> date:
    return parse_day(value)


def _instant(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None or not FIRST_YEAR - 1 <= at.year <= LAST_YEAR + 1:
        raise ValueError(f"{value} has no offset, or is no likely year")
    return at


def _moment(on: str, at: str | None) -> Moment:
    return Moment(_day(on), None if at is None else _instant(at))
