"""`export`: everything on record as JSON Lines, one object an address, a request, a tombstone; streaming."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from delist import __version__
from delist.actions.desk import Desk, reading
from delist.rules.lifecycle import Request
from delist.store import bulk, casefiles, reads, rows
from delist.store.rows import Row, instant_text
from delist.tools import Tools

FORMAT = 1


def export(tools: Tools, with_secrets: bool = False) -> Iterator[str]:
    """Yield the lines of an export: a header first, then addresses, then requests in order of number.

    Links and ticket addresses are left out unless `with_secrets`.
    """
    with reading(tools) as desk:
        if desk is None:
            yield _line(_header(None, tools, with_secrets))
            return
        yield _line(_header(desk, tools, with_secrets))
        yield from map(_line, _addresses(desk, with_secrets))
        yield from map(_line, _requests(desk, with_secrets))
        yield from map(_line, _tombstones(desk))


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _header(desk: Desk | None, tools: Tools, with_secrets: bool) -> dict[str, Any]:
    last = bulk.highest(desk.tx, "requests", "number") if desk else 0
    return {
        "type": "delist",
        "format": FORMAT,
        "version": __version__,
        "exported_at": instant_text(desk.at if desk else tools.now()),
        "with_secrets": with_secrets,
        "last_number": last,
    }


def _addresses(desk: Desk, with_secrets: bool) -> Iterator[dict[str, Any]]:
    for known in reads.addresses(desk.tx):
        cases = (_case(desk, case) for case in reads.cases_of(desk.tx, known.id))
        yield {
            "type": "address",
            "uid": known.uid,
            "address": known.address,
            "site": known.site,
            "domain": known.domain,
            "label": known.label,
            "owner": known.owner,
            "added_at": instant_text(known.added_at),
            "retired_on": known.retired_on.isoformat() if known.retired_on else None,
            "history": list(map(entry_line, reads.run_with(desk.tx)(_OF_ADDRESS, {"address": known.id}))),
            "cases": [case for case in cases if case["draft"] or case["history"] or case["sightings"]],
            "secrets": _secrets(desk, "number IS NULL AND address_id = :id", known.id) if with_secrets else [],
        }


def _case(desk: Desk, case: reads.CaseRow) -> dict[str, Any]:
    """Return what is known of a case beside its requests."""
    draft = reads.draft(desk.tx, case.id)
    return {
        "list": case.list,
        "draft": _draft(draft) if draft else None,
        "history": list(map(entry_line, reads.run_with(desk.tx)(_OF_CASE, {"case": case.id}))),
        "sightings": list(map(sighting_line, reads.run_with(desk.tx)(_BESIDE, {"case": case.id}))),
    }


def _draft(draft: reads.Draft) -> dict[str, Any]:
    return {
        "text": draft.text,
        "template": draft.template,
        "name": draft.name,
        "email": draft.email,
        "written_at": instant_text(draft.written_at),
    }


_OF_ADDRESS = (
    f"SELECT e.id, {rows.ENTRY} FROM events e"  # noqa: S608
    " WHERE e.address_id = :address AND e.case_id IS NULL ORDER BY e.id"
)
_OF_CASE = (
    f"SELECT e.id, {rows.ENTRY} FROM events e"  # noqa: S608
    " WHERE e.case_id = :case AND e.number IS NULL ORDER BY e.id"
)
_SIGHTING = ("uid", "verdict", "on", "at", "source", "code", "reason", "event", "undone")
_BESIDE = (
    f"SELECT {rows.SIGHTING}, s.undone FROM sightings s WHERE s.case_id = :case AND NOT EXISTS"  # noqa: S608
    " (SELECT 1 FROM events e WHERE e.uid = s.event_uid AND e.number IS NOT NULL) ORDER BY s.id"
)
_OF_REQUESTS = (
    f"SELECT e.number, {rows.SIGHTING}, s.undone FROM sightings s"  # noqa: S608
    " JOIN events e ON e.uid = s.event_uid AND e.number IS NOT NULL ORDER BY e.number, s.id"
)


def sighting_line(row: Row) -> dict[str, Any]:
    """Return a sighting as an export holds it."""
    return dict(zip(_SIGHTING, row, strict=True))


def _secrets(desk: Desk, where: str, value: int) -> list[dict[str, Any]]:
    sql = f"SELECT uid, url, kept_at FROM secrets WHERE {where} ORDER BY id"  # noqa: S608
    return [
        dict(zip(("uid", "url", "kept_at"), row, strict=True)) for row in reads.run_with(desk.tx)(sql, {"id": value})
    ]


_ALL_REQUESTS = (
    f"SELECT {rows.REQUEST}, t.text FROM requests r JOIN cases c ON c.id = r.case_id"  # noqa: S608
    " JOIN addresses a ON a.id = c.address_id LEFT JOIN texts t ON t.number = r.number ORDER BY r.number"
)
_ALL_EVENTS = f"SELECT e.number, e.id, {rows.ENTRY} FROM events e WHERE e.number IS NOT NULL ORDER BY e.number, e.id"  # noqa: S608


def _requests(desk: Desk, with_secrets: bool) -> Iterator[dict[str, Any]]:
    histories = groupby(bulk.stream(desk.tx, _ALL_EVENTS), key=lambda row: row[0])
    looks = casefiles.Following(bulk.stream(desk.tx, _OF_REQUESTS))
    for row, (number, history) in zip(bulk.stream(desk.tx, _ALL_REQUESTS), histories, strict=True):
        yield {
            "type": "request",
            **_request(rows.request(row[:-1])),
            "text": row[-1],
            "history": _history(history),
            "sightings": [sighting_line(look[1:]) for look in looks.of(number)],
            "secrets": _secrets(desk, "number = :id", number) if with_secrets else [],
        }


def _request(request: Request) -> dict[str, Any]:
    return {
        "number": request.number,
        "uid": request.uid,
        "batch": request.batch,
        "address": request.address,
        "list": request.list,
        "state": request.state.value,
    }


def _history(found: Iterable[Row]) -> list[dict[str, Any]]:
    return [entry_line(row[1:]) for row in found]


def entry_line(row: Row) -> dict[str, Any]:
    """Return a history entry as an export holds it; `seq` is its place in the order of recording."""
    seq, *rest = row
    entry = rows.entry(rest)
    return {
        "seq": seq,
        "uid": entry.uid,
        "event": entry.event.value,
        "on": entry.moment.on.isoformat(),
        "at": instant_text(entry.moment.at) if entry.moment.at else None,
        "recorded_at": instant_text(entry.recorded_at),
        "by": entry.by,
        "source": entry.source.value,
        "detail": dict(entry.detail),
    }


def _tombstones(desk: Desk) -> Iterator[dict[str, Any]]:
    names = ("uid", "forgotten_at", "by", "requests", "events")
    sql = 'SELECT uid, forgotten_at, "by", requests, events FROM tombstones ORDER BY id'
    for row in reads.run_with(desk.tx)(sql, {}):
        yield {"type": "tombstone", **dict(zip(names, row, strict=True))}
