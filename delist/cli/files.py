"""Files that a command writes for its operator."""

import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from delist.errors import OutsideFailed, UsageError

OWNER_ONLY = 0o600
BY_UMASK = 0o666


@dataclass(frozen=True, slots=True)
class Written:
    """How many lines were written, and what is to be said if something was there before."""

    lines: int
    remark: str


def write_whole(name: str, lines: Iterable[str], mode: int = OWNER_ONLY) -> Written:
    """Write lines to a file whole or not at all; raises OutsideFailed, UsageError for an empty name.

    A file of that name is replaced, where a link leads if it is one. What is no file (a device, a pipe, the output
    that is open already) is written to as it stands. `mode` is that of the file, less the umask.
    """
    if not name:
        raise UsageError("name a file to write to, or - for the standard output")
    try:
        there = _stat(name)
        is_straight = there is not None and (_open_output(there) is not None or not stat.S_ISREG(there.st_mode))
        target = Path(os.path.realpath(name))
        with _straight(name, there) if is_straight and there else _replacing(target, mode) as file:
            count = 0
            for line in lines:
                file.write(line + "\n")
                count += 1
    except OSError as error:
        raise OutsideFailed(f"cannot write {name}: {error.strerror}") from None
    return Written(count, ", replaced" if there and not is_straight else "")


def write_out(text: str) -> None:
    """Write a page to the standard output in UTF-8, all of it; raises OSError."""
    sys.stdout.flush()
    # Beneath the buffer, which would try again at the end what has failed; there a write may take a part only.
    raw, rest = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer), text.encode()
    while rest:
        rest = rest[raw.write(rest) :]


def _stat(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)
    except FileNotFoundError:
        return None


def _open_output(there: os.stat_result) -> int | None:
    """Return which of the outputs that are open already a file is: /dev/stdout may well be one on a disk."""
    for number in (1, 2):
        try:
            if os.path.samestat(os.fstat(number), there):
                return number
        except OSError:
            continue
    return None


@contextmanager
def _straight(name: str, there: os.stat_result) -> Iterator[TextIO]:
    number = _open_output(there)
    with os.fdopen(
        os.open(name, os.O_WRONLY | os.O_NOCTTY) if number is None else os.dup(number), "w", encoding="utf-8"
    ) as file:
        yield file


@contextmanager
def _replacing(target: Path, mode: int) -> Iterator[TextIO]:
    # Under a name that nobody can know before, or what lies there may be a trap.
    part = target.with_name(f".delist-{secrets.token_hex(8)}")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w", encoding="utf-8") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
