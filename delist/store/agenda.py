"""The short way to what is due: one file, a few indexed reads, and no SQLAlchemy.

The statements are those of `casefiles`, which the transactions use too; only who runs them differs.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from delist.rules.windows import Case
from delist.store import casefiles, sqlite, where
from delist.store.casefiles import EntryOf
from delist.store.rows import instant_text

_FINGERPRINT = "SELECT value FROM meta WHERE key = 'fingerprint'"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database of the current schema to read one state of it."""
    with sqlite.told(path), closing(sqlite.connect(path)) as connection:
        connection.execute("BEGIN")
        yield connection


def fingerprint(connection: sqlite3.Connection) -> str | None:
    """Return from what the stored moments of next attention were computed."""
    found = connection.execute(_FINGERPRINT).fetchone()
    return found[0] if found else None


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether no case was ever recorded."""
    return connection.execute("SELECT 1 FROM cases LIMIT 1").fetchone() is None


def due_cases(connection: sqlite3.Connection, entry_of: EntryOf, until: datetime) -> Iterator[Case]:
    """Yield the cases whose next attention has come by an instant; what is not due is not read."""
    params = {"until": instant_text(until)}
    for _, case in casefiles.cases(connection.execute, entry_of, where.DUE, params):
        yield case


def all_cases(connection: sqlite3.Connection, entry_of: EntryOf) -> Iterator[Case]:
    """Yield every case: the long way, for a database that this user may read but not bring up to date."""
    for _, case in casefiles.cases(connection.execute, entry_of, where.ALL, {}):
        yield case
