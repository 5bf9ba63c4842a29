"""Mails of lists: keep them once, and read what they may be about and what they brought."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from delist.rules.lifecycle import Request
from delist.store import reads
from delist.store.engine import Tx, driver, run_with
from delist.store.rows import Row, instant_text
from delist.store.where import Where

PURPOSE = "mail"


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as it is kept, links cut out; `address`, `list` and `number` are None where it is about none of them.

    `key` is its Message-ID or a digest; codes are those of `rules.mails`; instants are UTC.
    """

    uid: str
    key: str
    address: str | None
    list: str | None
    number: int | None
    kind: str
    trust: str
    why: str
    said: str | None
    sender: str
    subject: str
    text: str
    received_at: datetime
    expires_at: datetime | None
    kept_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A link as it is kept, and what is known of the mail that brought it; all None where none did.

    `others` are the numbers of the other requests that the mail may be about, as far as it says.
    """

    url: str
    received_at: datetime | None = None
    expires_at: datetime | None = None
    trust: str | None = None
    subject: str | None = None
    others: tuple[int, ...] = ()


_COLUMNS = (
    "m.uid, m.message_key, a.address, m.list_key, m.number, m.kind, m.trust, m.why, m.said, m.sender, m.subject,"
    " m.text, m.received_at, m.expires_at, m.kept_at, m.source"
)
_FROM = "FROM mails m LEFT JOIN addresses a ON a.id = m.address_id"
# The same mail may be about several requests: their histories name it.
_NAMED_BY = "SELECT json_extract(e.detail, '$.mail') FROM events e WHERE e.event = 'mailed' AND e.number IN"
_OF_NUMBER = f"m.number = :number OR m.uid IN ({_NAMED_BY} (:number))"
_CASES = "SELECT id FROM cases WHERE address_id = :address"
# One of several requests may be meant: then the entry is that of the case.
_OF_ADDRESS = (
    f"m.address_id = :address OR m.uid IN ({_NAMED_BY} (SELECT number FROM requests WHERE case_id IN ({_CASES})))"
    " OR m.uid IN (SELECT json_extract(e.detail, '$.mail') FROM events e"
    f" WHERE e.event = 'mailed' AND e.number IS NULL AND e.case_id IN ({_CASES}))"
)
NAMES = tuple(field.name for field in fields(KeptMail))


def _mail(row: Row) -> KeptMail:
    values = dict(zip(NAMES, row, strict=True))
    for name in ("received_at", "expires_at", "kept_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return KeptMail(**values)


def by_key(tx: Tx, key: str) -> KeptMail | None:
    """Return the mail of a Message-ID (or digest), None if it was not kept."""
    found = run_with(tx)(f"SELECT {_COLUMNS} {_FROM} WHERE m.message_key = :key", {"key": key})
    return next(map(_mail, found), None)


def is_kept(tx: Tx, uid: str, key: str) -> bool:
    """Whether a mail is kept, under this uid or with this Message-ID."""
    return any(run_with(tx)("SELECT 1 FROM mails WHERE uid = :uid OR message_key = :key", {"uid": uid, "key": key}))


def of_request(tx: Tx, number: int) -> list[KeptMail]:
    """Return the mails about a request, in the order in which they came."""
    return _mails(tx, _OF_NUMBER, {"number": number})


def of_address(tx: Tx, address_id: int) -> list[KeptMail]:
    """Return the mails about an address and its requests, in the order in which they came."""
    return _mails(tx, _OF_ADDRESS, {"address": address_id})


def _mails(tx: Tx, where: str, params: Mapping[str, Any]) -> list[KeptMail]:
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY m.received_at, m.id"
    return list(map(_mail, run_with(tx)(sql, params)))


def unclaimed(tx: Tx, address_id: int, since: datetime) -> list[KeptMail]:
    """Return the mails about an address that came since then (UTC) and are about no request, nor one of several."""
    where = (
        "m.address_id = :address AND m.number IS NULL AND m.received_at >= :since"
        " AND NOT EXISTS (SELECT 1 FROM secrets s WHERE s.mail_uid = m.uid AND s.number IS NOT NULL)"
        f" AND m.uid NOT IN ({_NAMED_BY}"
        " (SELECT r.number FROM requests r JOIN cases c ON c.id = r.case_id WHERE c.address_id = :address))"
    )
    return _mails(tx, where, {"address": address_id, "since": instant_text(since)})


def claim(tx: Tx, uid: str, number: int, key: str) -> None:
    """Let a mail, and the links that it brought, be those of a request."""
    run = run_with(tx)
    values = {"number": number, "list": key, "uid": uid}
    run("UPDATE mails SET number = :number, list_key = :list WHERE uid = :uid", values)
    run("UPDATE secrets SET number = :number WHERE mail_uid = :uid", values)


_INSERT = (
    "INSERT INTO mails (uid, message_key, address_id, list_key, number, kind, trust, why, said, sender, subject, text,"
    " received_at, expires_at, kept_at, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def add(tx: Tx, mail: KeptMail, address_id: int | None) -> None:
    """Keep a mail."""
    about = (mail.uid, mail.key, address_id, mail.list, mail.number)
    said = (mail.kind, mail.trust, mail.why, mail.said, mail.sender, mail.subject, mail.text)
    ends = instant_text(mail.expires_at) if mail.expires_at else None
    times = (instant_text(mail.received_at), ends, instant_text(mail.kept_at))
    driver(tx).execute(_INSERT, (*about, *said, *times, mail.source))


def links(tx: Tx, number: int | None, address_id: int | None) -> list[KeptLink]:
    """Return the links kept for a request, and for an address beside its requests: those of the newest mail first."""
    sql = (
        "SELECT s.url, m.received_at, m.expires_at, m.trust, m.subject, (SELECT json_group_array(o.number)"
        " FROM secrets o WHERE o.mail_uid = s.mail_uid AND o.url = s.url AND o.number <> s.number) FROM secrets s"
        " LEFT JOIN mails m ON m.uid = s.mail_uid"
        " WHERE s.number = :number OR (s.number IS NULL AND s.address_id = :address)"
        " ORDER BY m.received_at IS NULL, m.received_at DESC, s.id"
    )
    found: dict[str, KeptLink] = {}
    for url, received, expires, trust, subject, others in run_with(tx)(sql, {"number": number, "address": address_id}):
        numbers = tuple(sorted(json.loads(others)))
        found.setdefault(url, KeptLink(url, _instant(received), _instant(expires), trust, subject, numbers))
    return list(found.values())


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def may_be_meant(tx: Tx, key: str, address: str, wide: bool) -> list[Request]:
    """Return the requests to a list that a mail naming an address may be about: its own, and open ones that meet it."""
    own = reads.requests(tx, Where(list=key, address=address))
    beside = reads.open_requests(tx, key, address, wide)
    return list({each.number: each for each in (*own, *beside)}.values())


def open_on(tx: Tx, key: str) -> list[Request]:
    """Return at most two of the open requests to a list: whether there is one, and only one."""
    sql = (
        "SELECT r.number FROM requests r JOIN cases c ON c.id = r.case_id"
        " WHERE r.state IN ('submitted', 'confirmed') AND +c.list_key = :list LIMIT 2"
    )
    return numbered(tx, [row[0] for row in run_with(tx)(sql, {"list": key})])


def numbered(tx: Tx, numbers: Sequence[int]) -> list[Request]:
    """Return requests by number; those that are not there are left out."""
    return [found for number in numbers if (found := reads.request(tx, number)) is not None]


def references(tx: Tx) -> dict[str, list[int]]:
    """Return the references of requests in small letters, with the numbers of the requests that have each."""
    sql = (
        "SELECT lower(trim(reference)), number FROM requests"
        " WHERE reference IS NOT NULL AND length(reference) >= 4 AND state IN ('submitted', 'confirmed', 'cleared',"
        " 'refused')"
    )
    found: dict[str, list[int]] = {}
    for reference, number in run_with(tx)(sql, {}):
        found.setdefault(reference, []).append(number)
    return found


def recorded(tx: Tx, addresses: Iterable[str]) -> list[str]:
    """Return those of some canonical addresses that are recorded, in their order."""
    wanted = list(addresses)
    sql = "SELECT address FROM addresses WHERE address IN (SELECT value FROM json_each(:addresses))"
    found = {row[0] for row in run_with(tx)(sql, {"addresses": json.dumps(wanted)})}
    return [address for address in wanted if address in found]


def is_own_notice(tx: Tx, key: str) -> bool:
    """Whether a Message-ID is that of a notice which was sent from here."""
    uid = key.partition("@")[0]
    return any(run_with(tx)("SELECT 1 FROM notices WHERE uid = :uid", {"uid": uid}))


def place(tx: Tx, log: str) -> dict[str, Any] | None:
    """Return how far a mailbox was read, None if it never was."""
    sql = "SELECT place FROM cursors WHERE host = '' AND log = :log AND purpose = :purpose"
    return next((json.loads(row[0]) for row in run_with(tx)(sql, {"log": log, "purpose": PURPOSE})), None)


def of_history(tx: Tx, address_id: int) -> list[str]:
    """Return the uids of the mails that the whole history of an address names."""
    sql = "SELECT DISTINCT json_extract(detail, '$.mail') FROM events WHERE address_id = :address AND event = 'mailed'"
    return [row[0] for row in run_with(tx)(sql, {"address": address_id}) if row[0]]
