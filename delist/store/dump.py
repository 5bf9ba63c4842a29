"""The statements of an export: each reads its rows once, in an order in which they can be read along with others."""

from collections.abc import Iterable

from delist.store import rows
from delist.store.engine import Tx, run_with
from delist.store.rows import Row

# All in the order of addresses, then lists, so that each can be read along with the others, once.
_BY_CASE = "ORDER BY a.sort, c.list_key"
_JOINED = "JOIN cases c ON c.id = x.case_id JOIN addresses a ON a.id = c.address_id"
CASES = f"SELECT a.id, c.id, c.list_key FROM cases c JOIN addresses a ON a.id = c.address_id {_BY_CASE}"
DRAFT = ("text", "template", "name", "email", "written_at", "claims")
DRAFTS = (
    "SELECT c.id, x.text, x.template, x.contact_name, x.contact_email, x.written_at, x.claims"
    f" FROM drafts x {_JOINED} {_BY_CASE}"
)
OF_ADDRESSES = (
    f"SELECT a.id, e.id, {rows.ENTRY} FROM events e JOIN addresses a ON a.id = e.address_id"
    " WHERE e.case_id IS NULL ORDER BY a.sort, e.id"
)
OF_CASES = (
    f"SELECT c.id, e.id, {rows.ENTRY} FROM events e {_JOINED.replace('x.', 'e.')}"
    f" WHERE e.number IS NULL {_BY_CASE}, e.id"
)
SIGHTING = (
    *("uid", "verdict", "on", "at", "source", "code", "reason", "event"),
    *("last_on", "last_at", "answer", "nameserver", "undone"),
)
BESIDE = (
    f"SELECT c.id, {rows.SIGHTING}, s.undone FROM sightings s {_JOINED.replace('x.', 's.')}"
    " WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.uid = s.event_uid AND e.number IS NOT NULL)"
    f" {_BY_CASE}, s.id"
)
SIGHTINGS_OF_REQUESTS = (
    f"SELECT e.number, {rows.SIGHTING}, s.undone FROM sightings s"
    " JOIN events e ON e.uid = s.event_uid AND e.number IS NOT NULL ORDER BY e.number, s.id"
)
SECRETS_OF_ADDRESSES = (
    "SELECT a.id, x.uid, x.url, x.kept_at, x.mail_uid FROM secrets x JOIN addresses a ON a.id = x.address_id"
    " WHERE x.number IS NULL ORDER BY a.sort, x.id"
)
SECRETS_OF_REQUESTS = (
    "SELECT number, uid, url, kept_at, mail_uid FROM secrets WHERE number IS NOT NULL ORDER BY number, id"
)
# Numbers may be others elsewhere: the request is named by its uid.
MAIL = (
    *("uid", "key", "address", "list", "request", "kind", "trust", "why", "said", "sender", "subject", "text"),
    *("received_at", "expires_at", "kept_at", "source"),
)
MAILS = (
    "SELECT m.uid, m.message_key, a.address, m.list_key, r.uid, m.kind, m.trust, m.why, m.said, m.sender, m.subject,"
    " m.text, m.received_at, m.expires_at, m.kept_at, m.source FROM mails m"
    " LEFT JOIN addresses a ON a.id = m.address_id LEFT JOIN requests r ON r.number = m.number ORDER BY m.id"
)


REQUESTS = (
    f"SELECT {rows.REQUEST}, t.text FROM requests r JOIN cases c ON c.id = r.case_id"
    " JOIN addresses a ON a.id = c.address_id LEFT JOIN texts t ON t.number = r.number ORDER BY r.number"
)
EVENTS = f"SELECT e.number, e.id, {rows.ENTRY} FROM events e WHERE e.number IS NOT NULL ORDER BY e.number, e.id"
TOMBSTONE = ("uid", "forgotten_at", "by", "requests", "events")
TOMBSTONES = 'SELECT uid, forgotten_at, "by", requests, events FROM tombstones ORDER BY id'


def stream(tx: Tx, sql: str) -> Iterable[Row]:
    """Return the rows of a statement, read as they are asked for."""
    return run_with(tx)(sql, {})
