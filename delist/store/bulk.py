"""Many rows at once: export reads them streaming, import writes them in batches straight through the driver."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Table, exc

from delist.errors import UsageError
from delist.rules.history import Entry
from delist.rules.lifecycle import Request
from delist.rules.listings import Episode, Sighting
from delist.rules.moments import Moment
from delist.store import rows, tables
from delist.store.engine import Tx, driver, run_with
from delist.store.rows import instant_text

Values = tuple[Any, ...]

_MOMENTS = ("submitted", "asked", "confirmed", "cleared", "refused", "relisted", "withdrawn")
REQUEST_COLUMNS = (
    *("number", "uid", "case_id", "batch", "state"),
    *(f"{name}_{part}" for name in _MOMENTS for part in ("on", "at")),
    *("reference", "contact_name", "contact_email", "template", "marks"),
)
EVENT_COLUMNS = (
    *("id", "uid", "address_id", "case_id", "number", "event", "happened_on", "happened_at"),
    *("recorded_at", "by", "source", "detail"),
)


def insert_statement(table: Table, columns: Sequence[str]) -> str:
    """Return the statement that inserts tuples of these columns."""
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})"


class Batch:
    """Rows waiting to be written; `flush` writes them parents first."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.addresses: list[Values] = []
        self.cases: list[Values] = []
        self.requests: list[Values] = []
        self.texts: list[Values] = []
        self.events: list[Values] = []
        self.sightings: list[Values] = []
        self.listings: list[Values] = []
        self.observations: list[Values] = []
        self.secrets: list[Values] = []

    def flush(self) -> None:
        """Write what waits."""
        try:
            self._write()
        except exc.IntegrityError:
            raise UsageError("a uid is given to several things, or something else here has it") from None

    def _write(self) -> None:
        for statement, waiting in (
            (ADDRESSES, self.addresses),
            (CASES, self.cases),
            (REQUESTS, self.requests),
            (TEXTS, self.texts),
            (EVENTS, self.events),
            (SIGHTINGS, self.sightings),
            (LISTINGS, self.listings),
            (OBSERVATIONS, self.observations),
            (SECRETS, self.secrets),
        ):
            if waiting:
                self._tx.exec_driver_sql(statement, waiting)
                waiting.clear()


ADDRESSES = insert_statement(
    tables.addresses,
    ("id", "uid", "address", "sort", "net", "site", "domain", "label", "owner", "added_at", "retired_on"),
)
CASES = insert_statement(tables.cases, ("id", "address_id", "list_key", "next_at"))
REQUESTS = insert_statement(tables.requests, REQUEST_COLUMNS)
TEXTS = insert_statement(tables.texts, ("number", "text"))
EVENTS = insert_statement(tables.events, EVENT_COLUMNS)
SIGHTINGS = insert_statement(
    tables.sightings,
    (
        *("uid", "case_id", "verdict", "seen_on", "seen_at", "last_on", "last_at", "source", "code", "reason"),
        *("answer", "nameserver", "event_uid", "undone"),
    ),
)
# A bare day sorts behind the instants of that day, as a moment's `order` does.
SEEN_AGAIN = (
    "UPDATE sightings SET last_on = ?1, last_at = ?2, answer = coalesce(?3, answer),"
    " nameserver = coalesce(?4, nameserver), reason = coalesce(?5, reason)"
    " WHERE uid = ?6 AND (seen_on, coalesce(seen_at, '~')) < (?1, coalesce(?2, '~'))"
    " AND (last_on IS NULL OR (last_on, coalesce(last_at, '~')) < (?1, coalesce(?2, '~')))"
)
TAKEN_BACK = "UPDATE sightings SET undone = 1 WHERE uid = ? AND undone = 0"
_LISTING_COLUMNS = (
    *("uid", "case_id", "code", "source", "reason"),
    *(f"{name}_{part}" for name in ("started", "last", "ended") for part in ("on", "at")),
)
LISTINGS = insert_statement(tables.listings, _LISTING_COLUMNS)
EPISODE_AGAIN = (
    f"UPDATE listings SET {', '.join(f'{column} = ?' for column in _LISTING_COLUMNS[2:])}, undone = 0 WHERE uid = ?"
)
OBSERVATIONS = insert_statement(tables.observations, ("number", "address_id", "list_key", "after", "days"))
SECRETS = insert_statement(tables.secrets, ("uid", "address_id", "number", "url", "kept_at", "mail_uid"))
LOOKS = insert_statement(
    tables.looks,
    ("address", "list_key", "verdict", "codes", "answer", "reason", "looked_at", "expires_at", "nameserver"),
).replace("INSERT INTO", "INSERT OR REPLACE INTO")


def request_values(request: Request, case_id: int) -> Values:
    """Return a request as a tuple of REQUEST_COLUMNS."""
    return (
        request.number,
        request.uid,
        case_id,
        request.batch,
        request.state.value,
        *_pair(request.submitted),
        *_pair(request.asked),
        *_pair(request.confirmed),
        *_pair(request.cleared),
        *_pair(request.refused),
        *_pair(request.relisted),
        *_pair(request.withdrawn),
        request.reference,
        request.name,
        request.email,
        request.template,
        rows.marks_text(request.marks),
    )


def event_values(entry: Entry, seq: int | None, address_id: int, case_id: int | None, number: int | None) -> Values:
    """Return a history entry as a tuple of EVENT_COLUMNS; `seq` None leaves its place to the database."""
    return (
        seq,
        entry.uid,
        address_id,
        case_id,
        number,
        entry.event.value,
        *_pair(entry.moment),
        instant_text(entry.recorded_at),
        entry.by,
        entry.source.value,
        rows.detail_text(entry.detail),
    )


def sighting_values(sighting: Sighting, undone: bool, case_id: int) -> Values:
    """Return a sighting as a tuple of its columns."""
    when = (*_pair(sighting.moment), *_pair(sighting.last))
    said = (sighting.source.value, sighting.code, sighting.reason, sighting.answer, sighting.nameserver)
    return (sighting.uid, case_id, sighting.seen.value, *when, *said, sighting.event_uid, int(undone))


def again_values(uid: str, moment: Moment, answer: str | None, nameserver: str | None, reason: str | None) -> Values:
    """Return a later look that found the same as SEEN_AGAIN takes it."""
    return (*_pair(moment), answer, nameserver, reason, uid)


def follow(tx: Tx, sightings: Sequence[Values]) -> int:
    """Let known sightings become what they are elsewhere: seen later, or taken back; returns how many changes."""
    again, gone, changed = [], [], 0
    for uid, _, _, _, _, last_on, last_at, _, _, reason, answer, nameserver, _, undone in sightings:
        if last_on is not None:
            again.append((last_on, last_at, answer, nameserver, reason, uid))
        if undone:
            gone.append((uid,))
    for statement, values in ((SEEN_AGAIN, again), (TAKEN_BACK, gone)):
        changed += driver(tx).executemany(statement, values).rowcount if values else 0
    return changed


def episode_values(episode: Episode, case_id: int) -> Values:
    """Return a listing episode as a tuple of its columns."""
    kept = (episode.uid, case_id, episode.code, episode.source.value, episode.reason)
    return (*kept, *_pair(episode.started), *_pair(episode.last), *_pair(episode.ended))


def _pair(moment: Moment | None) -> tuple[str | None, str | None]:
    if moment is None:
        return None, None
    return moment.on.isoformat(), instant_text(moment.at) if moment.at else None


def known(tx: Tx, table: str, column: str, wanted: Iterable[Any]) -> set[Any]:
    """Return which of some values a column of a table holds already."""
    values = list(wanted)
    found: set[Any] = set()
    for start in range(0, len(values), 500):
        part = values[start : start + 500]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT {column} FROM {table} WHERE {column} IN ({marks})"
        found.update(row[0] for row in tx.exec_driver_sql(sql, tuple(part)))
    return found


def highest(tx: Tx, table: str, column: str = "id") -> int:
    """Return the highest number that a table has given out."""
    top = tx.exec_driver_sql(f"SELECT max({column}) FROM {table}").scalar() or 0
    given = tx.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar() or 0
    return max(int(top), int(given))


def keep_number(tx: Tx, table: str, last: int) -> None:
    """Let a table give out only numbers above `last` from now on."""
    if highest(tx, table, "number") < last:
        tx.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        tx.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def case_ids(tx: Tx) -> Iterator[rows.Row]:
    """Yield (address, address id, retired on, list, case id) for every case; an address without has None for both."""
    sql = (
        "SELECT a.address, a.id, a.retired_on, c.list_key, c.id"
        " FROM addresses a LEFT JOIN cases c ON c.address_id = a.id"
    )
    yield from run_with(tx)(sql, {})
