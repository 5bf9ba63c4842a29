"""Files that a command writes for its operator."""

import os
from collections.abc import Iterable
from pathlib import Path

from delist.errors import OutsideFailed


def write_whole(path: Path, lines: Iterable[str]) -> int:
    """Write lines to a file whole or not at all, readable for its owner only; returns how many. Raises OutsideFailed.

    A file of that name is replaced.
    """
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            for line in lines:
                file.write(line + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise OutsideFailed(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return count
