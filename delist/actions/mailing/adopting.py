"""Gives a new request the mails that came before it was recorded: a list can answer a form within seconds."""

from dataclasses import replace

from delist.actions.desk import Desk, entry_of, keep
from delist.rules import lifecycle
from delist.rules.history import Event, Source, Trust
from delist.rules.lifecycle import Request
from delist.rules.lists import ListEntry
from delist.rules.mails.shapes import is_at
from delist.rules.moments import moment_of
from delist.rules.reminders import EARLIEST_MAIL
from delist.store import mails
from delist.store.mails import KeptMail
from delist.store.reads import CaseRow
from delist.store.rows import instant_text


def adopt(desk: Desk, case: CaseRow, request: Request) -> Request:
    """Return a request that was just recorded with the mails about its address and list that wait for one."""
    since = request.submitted.earliest(desk.tools.zone) - EARLIEST_MAIL
    for mail in mails.unclaimed(desk.tx, case.address_id, since):
        if mail.trust != Trust.REJECTED and _is_of(mail, entry_of(desk, case)):
            request = _given(desk, case, request, mail)
    return request


def _is_of(mail: KeptMail, entry: ListEntry) -> bool:
    """Whether a mail is of a list: by what it said, or, where several lists write alike, by who wrote it."""
    if mail.list is not None:
        return mail.list == entry.key
    return is_at(mail.sender.rpartition("@")[2].rstrip(">"), entry.mail.senders)


def _given(desk: Desk, case: CaseRow, request: Request, mail: KeptMail) -> Request:
    mails.claim(desk.tx, mail.uid, request.number, case.list)
    expires = instant_text(mail.expires_at) if mail.expires_at else None
    detail = {
        "mail": mail.uid,
        "kind": mail.kind,
        "trust": mail.trust,
        "why": mail.why,
        "said": mail.said,
        "expires_at": expires,
        "subject": mail.subject or None,
    }
    by_mail = replace(desk, source=Source.MAIL)
    entry = by_mail.entry(Event.MAILED, moment_of(mail.received_at, desk.tools.zone), detail)
    after = lifecycle.applied(request, entry)
    keep(desk, case, after, entry)
    return after
