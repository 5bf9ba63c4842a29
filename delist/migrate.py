"""Brings a database to the newest schema: a verified copy first, then one transaction; Alembic is imported late."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from delist.errors import OutsideFailed, SetupError
from delist.resources import folder
from delist.store import sqlite
from delist.store.version import Age, age_of, revision


def make_ready(path: Path, at: datetime, *, shared: bool = False) -> Path | None:
    """Create or upgrade a database so that it has the newest schema; returns the copy made before an upgrade.

    Of several processes at once one does it, under the write lock; the others wait and find it done.
    Raises SetupError for a newer or foreign file, OutsideFailed for a full disk; the file is then as it was.
    """
    if age_of(path) is Age.MISSING:
        sqlite.create_file(path, shared)
    with sqlite.told(path):
        return _upgrade(path, at)


def _upgrade(path: Path, at: datetime) -> Path | None:
    from delist.store.engine import migrating_engine, writing

    with writing(migrating_engine(path), path) as tx:
        raw = tx.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            raise SetupError(f"{path} is not opened through sqlite3")
        age = age_of(path, raw)
        if age is Age.CURRENT:
            return None
        backup = _backup(path, at, f"before-{revision(raw)}-upgrade") if age is Age.OLDER else None
        _run_revisions(tx)
    return backup


def _run_revisions(tx: object) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def backup(path: Path, at: datetime, target: Path | None = None) -> Path:
    """Copy a database whole, checked, to a file (default: its `backups` folder); returns the copy."""
    if age_of(path) is Age.MISSING:
        raise SetupError(f"there is no database {path} to back up")
    return _backup(path, at, "backup", target)


def _backup(path: Path, at: datetime, why: str, target: Path | None = None) -> Path:
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    copy = target or free_name(backups_of(path) / f"{path.stem}-{stamp}-{why}.db")
    if target is not None and target.exists():
        raise SetupError(f"{target} exists already: name another file")
    sqlite.make_folder(copy.parent)
    # A second connection: the first may hold the write lock, which does not keep readers out.
    with sqlite.told(path), closing(sqlite.connect(path)) as source:
        sqlite.copy(source, copy)
    return copy


def restore(path: Path, source: Path, at: datetime, *, shared: bool = False) -> Path | None:
    """Put a backup in the place of the database; returns where the replaced file is kept.

    The backup is checked first: ours, whole, not newer than this program. An older one is upgraded at next use.
    If anything fails, the database stays as it was.
    """
    if path.exists() and path.samefile(source):
        raise SetupError(f"{source} is the database itself: name a copy")
    with sqlite.told(source), closing(sqlite.connect(source)) as opened:
        if age_of(source, opened) is Age.EMPTY:
            raise SetupError(f"{source} is empty: it is no backup of delist")
        if (found := opened.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise SetupError(f"{source} is damaged ({found}): it was not restored")
        if _is_damaged(path):
            return _replace_damaged(path, opened, at)
        sqlite.create_file(path, shared)
        return _replace(path, source, at)


def _is_damaged(path: Path) -> bool:
    """Whether a file is there that SQLite cannot read."""
    if not path.exists():
        return False
    try:
        with closing(sqlite.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone()[0] != "ok")
    except sqlite3.DatabaseError as error:
        return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def _replace_damaged(path: Path, source: sqlite3.Connection, at: datetime) -> Path:
    """Keep a damaged file byte by byte, and set a copy in its place in one step."""
    kept = free_name(backups_of(path) / f"{path.stem}-{at:%Y%m%dT%H%M%SZ}-damaged.db")
    fresh = free_name(path.with_name(path.name + ".restored"))
    sqlite.make_folder(kept.parent)
    sqlite.copy(source, fresh)
    try:
        os.link(path, kept)
        os.replace(fresh, path)
    except OSError as error:
        raise OutsideFailed(f"cannot put {fresh} in the place of {path}: {error.strerror}") from None
    return kept


def _replace(path: Path, source: Path, at: datetime) -> Path | None:
    """Copy what is there and set the backup in its place, under one lock: what another process records in between
    would be in neither. Not by renaming: a process that has the file open must see the restored records too.
    """
    with sqlite.told(path), closing(sqlite.connect(path)) as target:
        target.execute("PRAGMA foreign_keys=OFF")
        target.execute("ATTACH DATABASE ? AS restored", (str(source.absolute()),))
        target.execute("BEGIN IMMEDIATE")
        try:
            kept = None if age_of(path, target) is Age.EMPTY else _backup(path, at, "replaced")
            sqlite.replace_contents(target, "restored")
        except BaseException:
            target.execute("ROLLBACK")
            raise
        target.execute("COMMIT")
        return kept


def backups_of(path: Path) -> Path:
    """Return the folder in which copies of a database are kept."""
    return path.parent / "backups"


def free_name(wanted: Path) -> Path:
    """Return a file name that is not taken, near the wanted one."""
    return next(name for name in _names(wanted) if not name.exists())


def _names(wanted: Path) -> Iterable[Path]:
    yield wanted
    for number in range(2, 10_000):
        yield wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
