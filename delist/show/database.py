"""The database file as lines and as JSON."""

from pathlib import Path
from typing import Any

from delist.actions.databases import DatabaseStatus
from delist.store.version import SCHEMA, Age


def lines(status: DatabaseStatus) -> list[str]:
    """Return how the database does, for people."""
    if status.age in (Age.MISSING, Age.EMPTY):
        told = [f"{status.path}: nothing is recorded yet"]
    else:
        counts = ", ".join(f"{count} {name}" for name, count in status.counts.items())
        age = "current" if status.age is Age.CURRENT else f"older than {SCHEMA}: the next command upgrades it"
        told = [
            f"{status.path}: {status.size} bytes",
            f"schema {status.schema}, {age}",
            f"integrity: {status.whole}",
            counts,
        ]
    newest = f"{len(status.copies)} copies, the newest {status.copies[-1]}" if status.copies else "no copies yet"
    return [*told, newest]


def as_json(status: DatabaseStatus) -> dict[str, Any]:
    """Return how the database does, for scripts."""
    return {
        "database": str(status.path),
        "age": status.age.value,
        "schema": status.schema,
        "known_schema": SCHEMA,
        "size": status.size,
        "integrity": status.whole,
        "counts": status.counts,
        "backups": [str(copy) for copy in status.copies],
    }


def upgraded(path: Path, age: Age, copy: Path | None) -> str:
    """Return the line that says what an upgrade did."""
    if age is Age.CURRENT:
        return f"{path} has the newest schema already"
    return f"{path} now has schema {SCHEMA}" + (f"; the copy made before is {copy}" if copy else "")
