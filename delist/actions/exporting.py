"""`export`: everything on record as JSON Lines, one object an address, a request, a tombstone; streaming."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from delist import __version__
from delist.actions.desk import Desk, reading, snapshot
from delist.rules.lifecycle import Request
from delist.rules.secrets import conceal
from delist.store import bulk, casefiles, dump, reads, rows
from delist.store.rows import Row, instant_text
from delist.tools import Tools

FORMAT = 1


def export(tools: Tools, with_secrets: bool = False) -> Iterator[str]:
    """Yield the lines of an export: a header first, then addresses, then requests in order of number.

    Links and ticket addresses are left out unless `with_secrets`.
    """
    with snapshot(tools) as copied, reading(copied) as desk:
        if desk is None:
            yield _line(_header(None, tools, with_secrets))
            return
        yield _line(_header(desk, tools, with_secrets))
        yield from map(_line, _addresses(desk, with_secrets))
        yield from map(_line, _requests(desk, with_secrets))
        yield from map(_line, _mails(desk))
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
    histories = casefiles.Following(dump.stream(desk.tx, dump.OF_ADDRESSES))
    cases = casefiles.Following(_cases(desk, with_secrets))
    secrets = casefiles.Following(dump.stream(desk.tx, dump.SECRETS_OF_ADDRESSES) if with_secrets else ())
    for known in reads.addresses(desk.tx):
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
            "history": [entry_line(row[1:]) for row in histories.of(known.id)],
            "cases": [case for _, case in cases.of(known.id)],
            "secrets": [secret_line(row[1:]) for row in secrets.of(known.id)],
        }


def _cases(desk: Desk, with_secrets: bool) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield, by address, what is known of each case beside its requests, if anything is."""
    drafts = casefiles.Following(dump.stream(desk.tx, dump.DRAFTS))
    histories = casefiles.Following(dump.stream(desk.tx, dump.OF_CASES))
    looks = casefiles.Following(dump.stream(desk.tx, dump.BESIDE))
    for address_id, case_id, key in dump.stream(desk.tx, dump.CASES):
        case = {
            "list": key,
            "draft": next((_draft(desk, row[1:], with_secrets) for row in drafts.of(case_id)), None),
            "history": [entry_line(row[1:]) for row in histories.of(case_id)],
            "sightings": [sighting_line(row[1:]) for row in looks.of(case_id)],
        }
        if case["draft"] or case["history"] or case["sightings"]:
            yield address_id, case


def _draft(desk: Desk, row: Row, with_secrets: bool) -> dict[str, Any]:
    draft = dict(zip(dump.DRAFT, row, strict=True))
    draft["claims"] = json.loads(draft["claims"] or "[]")
    if with_secrets:
        return draft
    return {**draft, "text": _without_links(desk, draft["text"]), "claims": _masked(desk, draft["claims"])}


def _masked(desk: Desk, claims: Any) -> list[Any]:
    """Return claims without links to tickets; what was taken in before claims were looked at may be none."""
    return [
        {**each, "detail": _without_links(desk, each["detail"])}
        if isinstance(each, dict) and isinstance(each.get("detail"), str)
        else each
        for each in claims
    ]


def secret_line(row: Row) -> dict[str, Any]:
    """Return a secret as an export with secrets holds it."""
    return dict(zip(("uid", "url", "kept_at", "mail"), row, strict=True))


def sighting_line(row: Row) -> dict[str, Any]:
    """Return a sighting as an export holds it."""
    return dict(zip(dump.SIGHTING, row, strict=True))


def _requests(desk: Desk, with_secrets: bool) -> Iterator[dict[str, Any]]:
    histories = groupby(dump.stream(desk.tx, dump.EVENTS), key=lambda row: row[0])
    looks = casefiles.Following(dump.stream(desk.tx, dump.SIGHTINGS_OF_REQUESTS))
    secrets = casefiles.Following(dump.stream(desk.tx, dump.SECRETS_OF_REQUESTS) if with_secrets else ())
    for row, (number, history) in zip(dump.stream(desk.tx, dump.REQUESTS), histories, strict=True):
        yield {
            "type": "request",
            **_request(rows.request(row[:-1])),
            "text": row[-1] if with_secrets else _without_links(desk, row[-1]),
            "history": [_entry(desk, row, with_secrets) for row in history],
            "sightings": [sighting_line(look[1:]) for look in looks.of(number)],
            "secrets": [secret_line(row[1:]) for row in secrets.of(number)],
        }


def _without_links(desk: Desk, text: str | None) -> str | None:
    """Return a text without the links to tickets of a list in it."""
    return None if text is None else conceal(text, hosts=desk.tools.catalogue.link_hosts)[0]


def _request(request: Request) -> dict[str, Any]:
    return {
        "number": request.number,
        "uid": request.uid,
        "batch": request.batch,
        "address": request.address,
        "list": request.list,
        "state": request.state.value,
    }


def _entry(desk: Desk, row: Row, with_secrets: bool) -> dict[str, Any]:
    line = entry_line(row[1:])
    claims = line["detail"].get("claims")
    if isinstance(claims, list) and not with_secrets:
        line["detail"]["claims"] = _masked(desk, claims)
    return line


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


def _mails(desk: Desk) -> Iterator[dict[str, Any]]:
    """Yield the mails that were taken in: their links were cut out when they were kept."""
    for row in dump.stream(desk.tx, dump.MAILS):
        yield {"type": "mail", **dict(zip(dump.MAIL, row, strict=True))}


def _tombstones(desk: Desk) -> Iterator[dict[str, Any]]:
    for row in dump.stream(desk.tx, dump.TOMBSTONES):
        yield {"type": "tombstone", **dict(zip(dump.TOMBSTONE, row, strict=True))}
