"""One sender of notices at a time: whoever holds the lock knows that nobody else is sending."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from delist.errors import SetupError
from delist.store import locks, sqlite
from delist.tools import Tools

_LOOK = 0.1


@contextmanager
def only_one(tools: Tools, seconds: float) -> Iterator[None]:
    """Hold the lock on sending; raises SetupError where another process has kept it for so many seconds.

    The lock goes with the process that holds it, however that ends.
    """
    path = _path(tools)
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660 if tools.places.shared else 0o600)
    except OSError as error:
        raise SetupError(f"cannot open {path}: {error.strerror}: no notice was sent") from None
    try:
        if tools.places.shared:
            sqlite.let_group_write(handle)
        _wait(tools, handle, seconds)
        yield
    finally:
        os.close(handle)


def is_held(tools: Tools) -> bool:
    """Whether somebody is sending notices now."""
    return locks.holder(_path(tools)) is not None


def _path(tools: Tools) -> Path:
    return tools.database.with_name(f"{tools.database.name}.notify")


def _wait(tools: Tools, handle: int, seconds: float) -> None:
    until = monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= until:
                raise SetupError(
                    f"another process has been sending notices for {seconds:.0f} seconds: try again when it has ended"
                ) from None
            tools.wait(_LOOK)
        else:
            return
