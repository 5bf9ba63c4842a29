"""What one can ask of the database file itself."""

from dataclasses import dataclass
from pathlib import Path

from delist import migrate
from delist.errors import NotFound
from delist.store import health
from delist.store.version import Age, age_of
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """Where the database is and how it does."""

    path: Path
    age: Age
    schema: str | None
    size: int
    whole: str | None
    counts: dict[str, int]
    copies: tuple[Path, ...]


def status(tools: Tools) -> DatabaseStatus:
    """Return how the database does: its schema, size, integrity, what it holds, and the copies beside it."""
    path = tools.database
    age = age_of(path)
    folder = migrate.backups_of(path)
    copies = tuple(sorted(folder.glob(f"{path.stem}-*.db"), key=lambda file: file.stat().st_mtime))
    if age in (Age.MISSING, Age.EMPTY):
        return DatabaseStatus(path, age, None, 0, None, {}, copies)
    found = health.look(path)
    return DatabaseStatus(path, age, found.schema, path.stat().st_size, found.whole, found.counts, copies)


def upgrade(tools: Tools) -> tuple[Age, Path | None]:
    """Bring the database to the newest schema; returns how old it was, and the copy made before."""
    age = age_of(tools.database)
    if age is Age.CURRENT:
        return age, None
    return age, migrate.make_ready(tools.database, tools.now(), shared=tools.places.shared)


def check_backup(file: Path) -> None:
    """Raise NotFound if there is no such file."""
    if not file.is_file():
        raise NotFound(f"there is no file {file}")


def backup(tools: Tools, target: Path | None) -> Path:
    """Copy the database whole and checked; returns the copy."""
    return migrate.backup(tools.database, tools.now(), target)


def restore(tools: Tools, file: Path) -> Path | None:
    """Put a copy in the place of the database; returns where the replaced one is kept."""
    return migrate.restore(tools.database, file, tools.now(), shared=tools.places.shared)
