"""Keeps one mail: its row without links, the entries of the histories it belongs to, and its links where only `link`
shows them.
"""

from dataclasses import replace
from typing import Any

from delist.actions.desk import Desk, keep, settle
from delist.actions.mailing.values import Taken
from delist.actions.moves import found
from delist.rules import lifecycle
from delist.rules.history import Entry, Event, Source, Trust
from delist.rules.lifecycle import Request
from delist.rules.mails.masking import masked_text
from delist.rules.moments import moment_of
from delist.store import mails, reads, writes
from delist.store.mails import KeptMail
from delist.store.rows import instant_text


def keep_mail(desk: Desk, taken: Taken) -> str:
    """Keep a mail that was not taken in before; returns its uid. No state of any request changes."""
    desk = replace(desk, source=Source.MAIL)
    row = _row(desk, taken)
    mails.add(desk.tx, row, taken.decided.address_id)
    for request in taken.decided.match.requests:
        _about_request(desk, taken, row, request)
    for number in taken.decided.match.between:
        _about_either(desk, taken, row, number)
    if not taken.decided.match.requests and taken.decided.address_id is not None:
        _about_address(desk, taken, row, taken.decided.address_id)
    return row.uid


def _row(desk: Desk, taken: Taken) -> KeptMail:
    decided, letter = taken.decided, taken.post.letter
    requests = decided.match.requests
    return KeptMail(
        uid=desk.uid(),
        key=taken.key,
        address=decided.address,
        list=decided.list,
        number=requests[0].number if len(requests) == 1 else None,
        kind=str(taken.reading.kind),
        trust=str(taken.judgement.trust),
        why=str(taken.judgement.why),
        said=str(decided.said) if decided.said else None,
        sender=taken.sender,
        subject=taken.subject,
        text=masked_text(letter.texts[0] if letter.texts else "", letter.links),
        received_at=taken.received_at,
        expires_at=decided.expires_at,
        kept_at=desk.at,
        source=taken.post.source,
    )


def _entry(desk: Desk, taken: Taken, row: KeptMail, said: str | None) -> Entry:
    detail: dict[str, Any] = {
        "mail": row.uid,
        "kind": row.kind,
        "trust": row.trust,
        "why": row.why,
        "about": taken.judgement.about or None,
        "said": said,
        "expires_at": instant_text(row.expires_at) if row.expires_at else None,
        "subject": row.subject or None,
    }
    return desk.entry(Event.MAILED, moment_of(row.received_at, desk.tools.zone), detail)


def _about_request(desk: Desk, taken: Taken, row: KeptMail, request: Request) -> None:
    before, case = found(desk, request.number)
    said = taken.reading.said_of(request.address)
    entry = _entry(desk, taken, row, str(said) if said else None)
    keep(desk, case, lifecycle.applied(before, entry), entry)
    _keep_links(desk, taken, row, case.address_id, request.number)
    settle(desk, case)


def _about_either(desk: Desk, taken: Taken, row: KeptMail, number: int) -> None:
    """Keep the links of a mail with each of the requests that it may be about: the page behind may tell which it is."""
    _, case = found(desk, number)
    _keep_links(desk, taken, row, case.address_id, number)
    if taken.decided.address_id is None:
        writes.add_entry(desk.tx, _entry(desk, taken, row, row.said), case.address_id, case.id)


def _about_address(desk: Desk, taken: Taken, row: KeptMail, address_id: int) -> None:
    case = reads.case(desk.tx, address_id, row.list) if row.list else None
    entry = _entry(desk, taken, row, row.said)
    writes.add_entry(desk.tx, entry, address_id, case.id if case else None)
    if not taken.decided.match.between:
        _keep_links(desk, taken, row, address_id, None)


def _keep_links(desk: Desk, taken: Taken, row: KeptMail, address_id: int, number: int | None) -> None:
    """Keep the links of a mail that is not another's: what a look-alike leads to must not be opened."""
    if taken.judgement.trust is Trust.REJECTED:
        return
    for link in taken.reading.links:
        writes.add_secret(desk.tx, desk.uid(), address_id, number, link, desk.at, row.uid)
