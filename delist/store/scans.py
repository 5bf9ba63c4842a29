"""Reads and writes for scans: how far each log was read, and what refusals of a case said before."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from delist.rules.history import Source
from delist.rules.listings import Sighting, SightingSource
from delist.store import rows
from delist.store.engine import Tx, driver, run_with


def save_cursors(tx: Tx, host: str, purpose: str, places: Mapping[str, Mapping[str, Any]], at: datetime) -> None:
    """Keep how far logs were read, in the place of what was kept before; other logs' places stand."""
    driver(tx).executemany(
        "INSERT OR REPLACE INTO cursors (host, log, purpose, place, saved_at) VALUES (?, ?, ?, ?, ?)",
        [(host, log, purpose, rows.detail_text(place), rows.instant_text(at)) for log, place in places.items()],
    )


def receivers_of(tx: Tx, case_id: int, pointing: bool = True) -> dict[str, datetime]:
    """Return since when (UTC) each receiver, by host name, refused for a case, as scans recorded it.

    Unless `pointing`, without those whose replies named no list.
    """
    sql = (
        "SELECT e.detail FROM events e WHERE e.case_id = :case AND e.number IS NULL AND e.source = :log"
        " UNION ALL SELECT e.detail FROM events e JOIN requests r ON r.number = e.number"
        " WHERE r.case_id = :case AND e.source = :log"
    )
    found: dict[str, datetime] = {}
    for (text,) in run_with(tx)(sql, {"case": case_id, "log": Source.LOG.value}):
        detail = json.loads(text)
        for kind in ("receivers", *(("pointing",) if pointing else ())):
            for receiver, since in detail.get(kind, {}).items():
                at = datetime.fromisoformat(since)
                found[receiver] = min(at, found.get(receiver, at))
    return found


def refused_once(tx: Tx, address: str, key: str) -> datetime | None:
    """Return the refusal of an address on a list that waits for a second one (UTC)."""
    sql = "SELECT refused_at FROM refused_once WHERE address = :address AND list_key = :list"
    found = run_with(tx)(sql, {"address": address, "list": key})
    return next((datetime.fromisoformat(row[0]) for row in found), None)


def wait_for_second(tx: Tx, address: str, key: str, at: datetime | None) -> None:
    """Keep a refusal that waits for a second one, or, with None, that none waits any more."""
    driver(tx).execute("DELETE FROM refused_once WHERE address = ? AND list_key = ?", (address, key))
    if at is not None:
        driver(tx).execute("INSERT INTO refused_once VALUES (?, ?, ?)", (address, key, rows.instant_text(at)))


def taken_back(tx: Tx, case_id: int) -> list[Sighting]:
    """Return what logs said of a case and a person has taken back: reading the log again must not bring it back."""
    sql = f"SELECT {rows.SIGHTING} FROM sightings s WHERE s.case_id = :case AND s.undone = 1 AND s.source = :log"
    return list(map(rows.sighting, run_with(tx)(sql, {"case": case_id, "log": SightingSource.LOG.value})))


def instances(tx: Tx) -> dict[tuple[str, str], str | None]:
    """Return by host and instance the address it sends from, None where replies have named several."""
    found = run_with(tx)("SELECT host, instance, address FROM instances", {})
    return {(host, instance): address for host, instance, address in found}


def save_instances(tx: Tx, found: Mapping[tuple[str, str], str | None]) -> None:
    """Keep from which addresses instances send."""
    driver(tx).executemany(
        "INSERT OR REPLACE INTO instances (host, instance, address) VALUES (?, ?, ?)",
        [(host, instance, address) for (host, instance), address in found.items()],
    )
