"""Reads an export of delist line by line into what an import takes in; what is wrong with a line becomes a value."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from delist.actions import jsonfields as fields
from delist.actions.exporting import FORMAT
from delist.actions.incoming import (
    Header,
    Incoming,
    IncomingAddress,
    IncomingCase,
    IncomingMail,
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
from delist.rules.lists import Said
from delist.rules.mails.masking import masked_text
from delist.rules.mails.values import Kind, Why
from delist.rules.secrets import conceal
from delist.store.mails import KeptMail
from delist.store.reads import Draft

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
    return Header(min(fields.whole(value["last_number"]), _LAST_NUMBER))


def _request(number: int, value: Mapping[str, Any]) -> Item:
    history = tuple(map(_recorded, value["history"]))
    entries = tuple(entry for entry, _ in history)
    if not entries or entries[0].event is not Event.SUBMITTED:
        return Problem(number, "the history does not begin with a submission")
    first = entries[0].moment
    batch = value.get("batch")
    blank = Request(
        fields.whole(value["number"]),
        fields.uid(value["uid"]),
        ip.canonical(value["address"]),
        fields.key(value["list"]),
        State.SUBMITTED,
        first,
        first,
        batch=None if batch is None else fields.whole(batch),
    )
    request, looks = folded(blank, entries), tuple(map(_look, value["sightings"]))
    return Incoming(number, request, history, fields.text(value["text"]), _secrets(value), looks)


def _recorded(value: Mapping[str, Any]) -> Recorded:
    detail = value["detail"]
    if not isinstance(detail, dict):
        raise TypeError("a detail must be an object")
    event = _EVENTS[value["event"]]
    if detail or event in _NEED_DETAIL:
        check_detail(event, detail)
    entry = Entry(
        fields.uid(value["uid"]),
        event,
        fields.moment(value["on"], value["at"]),
        fields.instant(value["recorded_at"]),
        fields.word(value["by"]),
        _SOURCES[value["source"]],
        detail,
    )
    return entry, fields.whole(value["seq"])


_NEED_DETAIL = frozenset({Event.UNDONE, Event.ACKNOWLEDGED, Event.SNOOZED, Event.MAILED})


def check_detail(event: Event, detail: Mapping[str, Any]) -> None:
    """Raise an error if a detail is not what this event keeps: others would be met long after the import."""
    for name in ("reference", "template", "text", "reason", "verdict"):
        fields.text(detail.get(name))
    for text in (detail.get("contact") or {}).values():
        fields.text(text)
    _claims(detail.get("claims"))
    if event in (Event.ACKNOWLEDGED, Event.SNOOZED):
        fields.word(detail["kind"])
        fields.word(detail.get("ref", ""))
    if event is Event.SNOOZED:
        fields.instant(detail["until"])
    elif event is Event.UNDONE:
        fields.uid(detail["of"])
    elif event is Event.MAILED:
        fields.uid(detail["mail"])
        fields.word(detail["kind"])
        Trust(detail["trust"])
        fields.text(detail.get("subject"))
        fields.text(detail.get("about"))
        Why(detail.get("why") or Why.NO_RESULT)
        if detail.get("said") is not None:
            Said(detail["said"])
        if detail.get("expires_at") is not None:
            fields.instant(detail["expires_at"])
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
            fields.moment(kept["on"], kept.get("at"))
    else:
        fields.text(change["from"])
        fields.text(change["to"])


_EVENTS = {event.value: event for event in Event}
_SOURCES = {source.value: source for source in Source}


def _address(number: int, value: Mapping[str, Any]) -> Item:
    retired = value["retired_on"]
    return IncomingAddress(
        line=number,
        uid=fields.uid(value["uid"]),
        address=ip.canonical(value["address"]),
        about={name: fields.text(value[name]) for name in ("site", "domain", "label", "owner")},
        added_at=fields.instant(value["added_at"]),
        retired_on=None if retired is None else fields.day(retired).isoformat(),
        history=tuple(map(_recorded, value["history"])),
        cases=tuple(map(_case, value["cases"])),
        secrets=_secrets(value),
    )


def _case(value: Mapping[str, Any]) -> IncomingCase:
    draft = value["draft"]
    return IncomingCase(
        fields.key(value["list"]),
        None if draft is None else _draft(draft),
        tuple(map(_recorded, value["history"])),
        tuple(map(_look, value["sightings"])),
    )


def _draft(value: Mapping[str, Any]) -> Draft:
    name, email = fields.text(value["name"]), fields.text(value["email"])
    claims = _claims(value.get("claims"))
    return Draft(
        fields.word(value["text"]),
        fields.word(value["template"]),
        name,
        email,
        fields.instant(value["written_at"]),
        claims,
    )


def _look(value: Mapping[str, Any]) -> Look:
    event = value["event"]
    sighting = Sighting(
        fields.uid(value["uid"]),
        Seen(value["verdict"]),
        fields.moment(value["on"], value["at"]),
        SightingSource(value["source"]),
        fields.text(value["code"]),
        fields.text(value["reason"]),
        None if event is None else fields.uid(event),
        # Exports of the first schema tell of each sighting only once.
        None if (last_on := value.get("last_on")) is None else fields.moment(last_on, value.get("last_at")),
        fields.text(value.get("answer")),
        fields.text(value.get("nameserver")),
    )
    return sighting, bool(value["undone"])


def _secrets(value: Mapping[str, Any]) -> tuple[Secret, ...]:
    return tuple(map(_secret, value.get("secrets") or ()))


def _secret(value: Mapping[str, Any]) -> Secret:
    # Exports before there were mails name none.
    mail = value.get("mail")
    return (
        fields.uid(value["uid"]),
        fields.word(value["url"]),
        fields.instant(value["kept_at"]),
        None if mail is None else fields.uid(mail),
    )


def _mail(number: int, value: Mapping[str, Any]) -> Item:
    address, key, request, expires = (value[name] for name in ("address", "list", "request", "expires_at"))
    mail = KeptMail(
        uid=fields.uid(value["uid"]),
        key=fields.word(value["key"]),
        address=None if address is None else ip.canonical(address),
        list=None if key is None else fields.key(key),
        number=None,
        kind=Kind(value["kind"]),
        trust=Trust(value["trust"]),
        why=Why(value["why"]),
        said=None if value["said"] is None else Said(value["said"]),
        sender=masked_text(fields.word(value["sender"])),
        subject=masked_text(fields.word(value["subject"])),
        text=masked_text(fields.word(value["text"])),
        received_at=fields.instant(value["received_at"]),
        expires_at=None if expires is None else fields.instant(expires),
        kept_at=fields.instant(value["kept_at"]),
        source=fields.word(value["source"]),
    )
    return IncomingMail(number, mail, None if request is None else fields.uid(request))


def _tombstone(number: int, value: Mapping[str, Any]) -> Item:
    return Tombstone(
        number,
        {
            "uid": fields.uid(value["uid"]),
            "forgotten_at": fields.instant(value["forgotten_at"]),
            "by": fields.word(value["by"]),
            "requests": fields.whole(value["requests"]),
            "events": fields.whole(value["events"]),
        },
    )


_READERS: Mapping[str, Callable[[int, Mapping[str, Any]], Item]] = {
    "delist": _header,
    "request": _request,
    "address": _address,
    "mail": _mail,
    "tombstone": _tombstone,
}
