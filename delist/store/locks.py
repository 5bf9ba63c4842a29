"""Locks between processes, beside the database: the death of whoever holds one gives it back."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from delist.errors import OutsideFailed, SetupError
from delist.store import sqlite

_MOST = 200


@contextmanager
def held(path: Path, words: str, shared: bool = False) -> Iterator[str | None]:
    """Hold a lock for as long as the block lasts, and leave words in its file for others to read.

    Gives None, or, where another process holds it, the words that that one left. Raises SetupError where no file can
    be made, OutsideFailed where it takes no words.
    """
    sqlite.make_folder(path.parent)
    try:
        # Never unlinked: a second process may have it open already, and would then lock what nobody else sees.
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660 if shared else 0o600)
    except OSError as error:
        raise SetupError(f"cannot open {path}: {error.strerror}") from None
    with os.fdopen(handle, "r+b", buffering=0) as file:
        if shared:
            sqlite.let_group_write(file.fileno())
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield file.read(_MOST).decode(errors="replace").strip()
            return
        try:
            file.truncate(0)
            file.write(words.encode())
        except OSError as error:
            raise OutsideFailed(f"cannot write {path}: {error.strerror}") from None
        yield None


def is_free(path: Path) -> bool:
    """Whether nobody holds a lock, as far as that can be told."""
    try:
        path.open("rb").close()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return holder(path) is None


def holder(path: Path) -> str | None:
    """Return the words of whoever holds a lock now, None if nobody does, or it cannot be told."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read(_MOST).decode(errors="replace").strip()
    except OSError:
        return None
    return None
