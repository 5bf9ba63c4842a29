"""Everything that only SQLite needs: opening a file, locks, what its errors mean, copies that are whole."""

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from delist.errors import DelistError, OutsideFailed, SetupError

# Stamped into the file's header: another program's database is refused, not upgraded. ("dlst")
APPLICATION_ID = 0x646C7374

# How long a writer waits for the others. Eight at once on a slow disk need some seconds; an hour-long
# import holds the lock longer, and then it is right to say so.
BUSY_SECONDS = 30


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open a database for reading and writing; without `create` a missing file is an error and stays missing."""
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA trusted_schema=OFF")
    # EXTRA syncs the folder too once the journal is gone: with FULL, a power cut may bring the journal back
    # and roll back what was acknowledged.
    connection.execute("PRAGMA synchronous=EXTRA")
    # What `address forget` destroys is overwritten, not only unlinked.
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA foreign_keys=ON")
    # Without it, INSERT OR REPLACE deletes a row without asking the triggers that keep history append-only.
    connection.execute("PRAGMA recursive_triggers=ON")
    return connection


def create_file(path: Path, shared: bool) -> None:
    """Make an empty file that only its owner (or, on a shared place, the group) can read, if there is none."""
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o660 if shared else 0o600)
        try:
            if shared:
                let_group_write(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _not_created(path, error) from None


def let_group_write(handle: int) -> None:
    """Let the group write to a file of ours: the umask of root's shell takes that away, and the timer could not."""
    found = os.fstat(handle)
    if found.st_uid == os.geteuid() and found.st_mode & 0o777 != 0o660:
        os.fchmod(handle, 0o660)


def make_folder(folder: Path) -> None:
    """Make a folder for the database or its copies, if there is none; in one that a group shares, for the group too."""
    try:
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if is_new and folder.stat().st_mode & stat.S_ISGID and folder.parent.stat().st_mode & stat.S_IWGRP:
            folder.chmod(stat.S_ISGID | 0o770)
    except OSError as error:
        raise _not_created(folder, error) from None


def _not_created(path: Path, error: OSError) -> DelistError:
    kind = OutsideFailed if error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT) else SetupError
    return kind(f"cannot create {path}: {error.strerror}")


def is_there(path: Path) -> bool:
    """Whether there is such a file; raises SetupError where this user may not know.

    Path.exists answers no, or fails, as the version of Python likes: a database out of reach is none of either.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise _not_opened(path, error.strerror or str(error)) from None
    return True


def _not_opened(path: Path, why: str) -> SetupError:
    advice = "ask whoever runs delist here for access (or use --database, DELIST_HOME)"
    return SetupError(f"cannot open {path}: {why[:1].lower()}{why[1:]}: {advice}")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a sentence about the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise meaning(error, path) from error


def meaning(error: BaseException, path: Path) -> DelistError:
    """Return what an error of SQLite means for the operator."""
    name = str(getattr(error, "sqlite_errorname", "") or "")
    if name.startswith("SQLITE_CANTOPEN") and is_there(path) and not os.access(path, os.R_OK):
        return _not_opened(path, os.strerror(errno.EACCES))
    for prefix, kind, sentence in _MEANINGS:
        if name.startswith(prefix):
            return kind(sentence.format(path=path, seconds=BUSY_SECONDS))
    return SetupError(f"the database {path} cannot be used: {error}")


_MEANINGS = (
    ("SQLITE_FULL", OutsideFailed, "the disk of {path} is full: nothing was recorded"),
    ("SQLITE_IOERR", OutsideFailed, "reading or writing {path} failed: nothing was recorded"),
    ("SQLITE_BUSY", SetupError, "another process has kept {path} locked for {seconds} seconds: try again"),
    ("SQLITE_READONLY", SetupError, "{path} is not writable for this user: nothing was recorded"),
    ("SQLITE_CANTOPEN", SetupError, "{path} cannot be opened"),
    ("SQLITE_NOTADB", SetupError, "{path} is no database: restore a backup, `delist db restore FILE`"),
    ("SQLITE_CORRUPT", SetupError, "{path} is damaged: restore a backup, `delist db restore FILE`"),
)


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database whole to a new file, checked and on disk before it bears its name; raises OutsideFailed."""
    part = target.with_name(target.name + ".part")
    try:
        with closing(connect(part, create=True)) as copied:
            fill(copied, source)
            # A copy that is not whole is worse than none: somebody would rely on it.
            if (found := copied.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise OutsideFailed(f"the copy {target} is not whole ({found}): nothing was changed")
        os.chmod(part, 0o600)
        _sync(part)
        os.replace(part, target)
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise OutsideFailed(f"cannot copy the database to {target}: {error}: nothing was changed") from error
    finally:
        for leftover in (part, part.with_name(part.name + "-journal")):
            leftover.unlink(missing_ok=True)


def fill(target: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Write a database over another, in one transaction; waits for others no longer than a writer does."""
    until = time.monotonic() + BUSY_SECONDS

    def give_up(status: int, _remaining: int, _total: int) -> None:
        # sqlite3 itself would try for ever.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise SetupError(f"another process has kept the database locked for {BUSY_SECONDS} seconds: try again")

    source.backup(target, progress=give_up, sleep=0.05)


_OBJECTS = "SELECT type, name, sql FROM {}.sqlite_master WHERE name NOT LIKE 'sqlite@_%' ESCAPE '@' AND sql IS NOT NULL"


def replace_contents(connection: sqlite3.Connection, schema: str) -> None:
    """Set the tables of an attached database in the place of a connection's own, within its transaction."""
    for kind, name, _ in list(connection.execute(_OBJECTS.format("main"))):
        if kind == "table":
            connection.execute(f'DROP TABLE main."{name}"')
    # Triggers last: they would meddle with the rows that are copied.
    order = ("table", "index", "view", "trigger")
    found = sorted(connection.execute(_OBJECTS.format(schema)), key=lambda each: order.index(each[0]))
    for kind, name, sql in found:
        connection.execute(sql)
        if kind == "table":
            connection.execute(f'INSERT INTO main."{name}" SELECT * FROM {schema}."{name}"')
    _copy_sequences(connection, schema)
    for pragma in ("application_id", "user_version"):
        value = connection.execute(f"PRAGMA {schema}.{pragma}").fetchone()[0]
        connection.execute(f"PRAGMA main.{pragma}={value}")


def _copy_sequences(connection: sqlite3.Connection, schema: str) -> None:
    # Numbers are never used again, not even those of records that are forgotten.
    if connection.execute(f"SELECT 1 FROM {schema}.sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        connection.execute("DELETE FROM main.sqlite_sequence")
        connection.execute(f"INSERT INTO main.sqlite_sequence SELECT * FROM {schema}.sqlite_sequence")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
