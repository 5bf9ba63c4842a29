"""Which schema a database file has: nothing yet, ours, an older or a newer one, or another program's."""

import sqlite3
from enum import Enum
from pathlib import Path

from delist.errors import SetupError
from delist.store import sqlite

# The newest revision under migrations/; a test holds it equal to the single head.
SCHEMA = "0007_loop"


class Age(Enum):
    """How a file's schema stands to this program."""

    MISSING = "missing"
    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"


def age_of(path: Path, connection: sqlite3.Connection | None = None) -> Age:
    """Return how old a file's schema is; raises SetupError for a newer one and for another program's file."""
    if connection is not None:
        return _age(path, connection)
    if not sqlite.is_there(path):
        return Age.MISSING
    with sqlite.told(path):
        connection = sqlite.connect(path)
        try:
            return _age(path, connection)
        finally:
            connection.close()


def _age(path: Path, connection: sqlite3.Connection) -> Age:
    with sqlite.told(path):
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != sqlite.APPLICATION_ID:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if application or tables:
                raise SetupError(f"{path} is a database of another program: it was left untouched")
            return Age.EMPTY
        found = revision(connection)
    if found == SCHEMA:
        return Age.CURRENT
    if found[:4] < SCHEMA[:4]:
        return Age.OLDER
    raise SetupError(f"{path} is of a newer delist ({found}, this one knows {SCHEMA}): it was left untouched")


def revision(connection: sqlite3.Connection) -> str:
    """Return the name of the revision that a database of ours has."""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else "0000"
