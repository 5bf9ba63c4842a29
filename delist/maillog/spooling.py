"""Keeps what comes through a pipe in a file without a name, so that it can be read twice; nothing of it stays."""

import os
import shutil
import tempfile
from dataclasses import replace

from delist.errors import OutsideFailed
from delist.maillog.unpacking import MAGIC_SIZE, check_packing, packing
from delist.maillog.values import Kind, Source


def spooled(source: Source) -> Source:
    """Return the log that comes through a pipe as a file, after all of it has come; another one as it is.

    Raises OutsideFailed if the disk does not hold it.
    """
    if source.kind is not Kind.PIPE:
        return source
    try:
        with tempfile.TemporaryFile() as file, os.fdopen(source.fd, "rb", closefd=False) as pipe:
            shutil.copyfileobj(pipe, file, 1 << 20)
            file.flush()
            fd = os.dup(file.fileno())
    except OSError as error:
        raise OutsideFailed(f"keeping what came from {source.path} failed: {error.strerror}") from None
    kind = packing(os.pread(fd, MAGIC_SIZE, 0)) or Kind.PLAIN
    check_packing(kind, source.path)
    return replace(source, kind=kind, fd=fd, size=os.fstat(fd).st_size)
