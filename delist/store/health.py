"""How a database file does: whether it is whole, its schema, and how much it holds."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from delist.store import sqlite
from delist.store.rows import instant_text
from delist.store.version import revision

_TABLES = ("addresses", "cases", "requests", "events", "sightings", "listings", "drafts", "tombstones")


@dataclass(frozen=True, slots=True)
class Health:
    """What SQLite says of a database: `whole` is "ok" or what is wrong."""

    schema: str
    whole: str
    counts: dict[str, int]


def look(path: Path) -> Health:
    """Return how a database of ours does, also one of an older schema; raises SetupError if it cannot be read."""
    with sqlite.told(path), closing(sqlite.connect(path)) as connection:
        whole = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        have = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {name: _count(connection, name) for name in _TABLES if name in have}
        return Health(revision(connection), whole, counts)


def quick(path: Path) -> str:
    """Return "ok" or the first thing that is wrong with a database, indexes left out; raises SetupError."""
    with sqlite.told(path), closing(sqlite.connect(path)) as connection:
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


def recorded_after(path: Path, at: datetime) -> tuple[int, datetime | None]:
    """Return how many history entries say that they were recorded after a UTC instant, and the latest of these."""
    sql = "SELECT count(*), max(recorded_at) FROM events WHERE recorded_at > ?"
    with sqlite.told(path), closing(sqlite.connect(path)) as connection:
        count, latest = connection.execute(sql, (instant_text(at),)).fetchone()
    return int(count), datetime.fromisoformat(latest) if latest else None


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
