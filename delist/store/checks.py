"""Reads for checks: what wants a look, looks that wait for a second one, runs, and how often zones were asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from delist.rules.listings import Look
from delist.store import rows
from delist.store.engine import Tx, run_with


@dataclass(frozen=True, slots=True)
class Run:
    """A long piece of work: what was asked (as a digest), how far it came, and what it found so far."""

    id: int
    uid: str
    kind: str
    digest: str
    started_at: datetime
    finished_at: datetime | None
    position: int
    total: int
    detail: Mapping[str, Any]


def looks_at(tx: Tx, addresses: Sequence[str]) -> dict[tuple[str, str], Look]:
    """Return by (address, list) the waiting looks of many canonical addresses, recorded or not."""
    where = "k.address IN (SELECT value FROM json_each(:addresses))"
    sql = f"SELECT k.address, k.list_key, {rows.LOOK} FROM looks k WHERE {where}"
    found = run_with(tx)(sql, {"addresses": json.dumps(list(addresses))})
    return {(address, key): rows.look(row) for address, key, *row in found}


# Each begins at the few rows of a small index, not at the cases.
_UNSETTLED = (
    "SELECT case_id FROM requests WHERE state IN ('submitted', 'confirmed')"
    " UNION SELECT case_id FROM listings WHERE ended_on IS NULL AND undone = 0"
)
# Of recorded addresses only, whether or not they have a case on the list.
_LOOKED_AT = "looks k CROSS JOIN addresses a ON a.address = k.address"
_CLEARED_LAST = (
    "EXISTS (SELECT 1 FROM requests r WHERE r.case_id = c.id AND r.state = 'cleared'"
    " AND NOT EXISTS (SELECT 1 FROM requests later WHERE later.case_id = c.id AND later.state != 'undone'"
    " AND (later.submitted_on, coalesce(later.submitted_at, '~'), later.number)"
    " > (r.submitted_on, coalesce(r.submitted_at, '~'), r.number)))"
)


def addresses_concerned(tx: Tx, until: datetime) -> list[str]:
    """Return the addresses, in numerical order, with an open request or listing, a look that waits, or a case that
    wants attention by an instant; none that is retired. The stored attention must be up to date, see `attention`.
    """
    sql = (
        "SELECT o.address FROM addresses o WHERE o.retired_on IS NULL AND o.id IN (SELECT address_id FROM cases"
        f" WHERE id IN ({_UNSETTLED} UNION SELECT id FROM cases WHERE next_at <= :until)"
        f" UNION SELECT a.id FROM {_LOOKED_AT}) ORDER BY o.sort"
    )
    return [row[0] for row in run_with(tx)(sql, {"until": rows.instant_text(until)})]


def lists_of(tx: Tx, addresses: Sequence[str] | None = None) -> dict[str, list[str]]:
    """Return by recorded address (of these, else of all) the lists on which it has an open request or listing, a
    look that waits, or a latest request that was cleared: what is to be asked whether or not it is by default.
    """
    where = "" if addresses is None else " AND a.address IN (SELECT value FROM json_each(:addresses))"
    sql = (
        "SELECT a.address, c.list_key, a.sort FROM cases c JOIN addresses a ON a.id = c.address_id"
        f" WHERE (c.id IN ({_UNSETTLED}) OR {_CLEARED_LAST}){where}"
        f" UNION SELECT a.address, k.list_key, a.sort FROM {_LOOKED_AT} WHERE TRUE{where} ORDER BY 3, 2"
    )
    found: dict[str, list[str]] = {}
    for address_text, key, _ in run_with(tx)(sql, {"addresses": json.dumps(list(addresses or ()))}):
        found.setdefault(address_text, []).append(key)
    return found


def last_run(tx: Tx, kind: str, finished: bool | None = None) -> Run | None:
    """Return the newest run of a kind; `finished` True or False asks for one that has ended, or has not."""
    state = {None: "", True: " AND finished_at IS NOT NULL", False: " AND finished_at IS NULL"}[finished]
    return _newest_run(tx, f"kind = :kind{state}", kind=kind)


def unfinished_run(tx: Tx, kind: str, digest: str) -> Run | None:
    """Return the newest run of a kind that asked just this, if it has not ended."""
    newest = "id = (SELECT max(id) FROM runs WHERE kind = :kind AND digest = :digest)"
    return _newest_run(tx, f"{newest} AND finished_at IS NULL", kind=kind, digest=digest)


def _newest_run(tx: Tx, where: str, **params: str) -> Run | None:
    columns = "id, uid, kind, digest, started_at, finished_at, position, total, detail"
    sql = f"SELECT {columns} FROM runs WHERE {where} ORDER BY id DESC LIMIT 1"
    for run_id, uid, kind, digest, started_at, finished_at, position, total, detail in run_with(tx)(sql, params):
        started = datetime.fromisoformat(started_at)
        finished = datetime.fromisoformat(finished_at) if finished_at else None
        return Run(run_id, uid, kind, digest, started, finished, position, total, json.loads(detail))
    return None


def asked(tx: Tx, day: date) -> dict[str, int]:
    """Return how many queries went to each zone on a UTC day."""
    found = run_with(tx)("SELECT zone, queries FROM asked WHERE on_day = :day", {"day": day.isoformat()})
    return {row[0]: row[1] for row in found}
