"""Opens a log, whatever it is, as bytes to be read: a stretch of a file, a pipe, a journal, unpacked if need be."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from delist.errors import DelistError, NotFound, OutsideFailed
from delist.maillog.unpacking import MAGIC_SIZE, ReadInto, Unpacked, packing
from delist.maillog.values import Kind, Source

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)


class Stretch:
    """The bytes of an open file between two offsets; other readers of the same file do not disturb it."""

    def __init__(self, fd: int, start: int, end: int | None = None) -> None:
        self.trouble = ""
        self.at = start
        self._fd, self._end = fd, end

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of a buffer; return how many bytes, 0 at the end."""
        wanted = view if self._end is None else view[: max(0, self._end - self.at)]
        if not wanted:
            return 0
        try:
            got = os.preadv(self._fd, [wanted], self.at)
        except OSError as error:
            self.trouble = str(error.strerror)
            return 0
        if not got and self._end is not None:
            self.trouble = "it was made shorter while it was read"
        self.at += got
        return got


class Flow:
    """The bytes of a pipe, after those that were looked at already."""

    def __init__(self, fd: int, seen: bytes = b"") -> None:
        self.trouble = ""
        self._fd, self._seen = fd, seen

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of a buffer; return how many bytes, 0 at the end."""
        if self._seen:
            got = min(len(view), len(self._seen))
            view[:got], self._seen = self._seen[:got], self._seen[got:]
            return got
        try:
            return os.readv(self._fd, [view])
        except OSError as error:
            self.trouble = str(error.strerror)
            return 0


def open_file(path: str) -> int:
    """Return an open file; raises NotFound and OutsideFailed."""
    try:
        return os.open(path, _FLAGS)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: str, error: OSError) -> DelistError:
    """Return the sentence for a file that cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound(f"there is no file {path}")
    if isinstance(error, PermissionError):
        return OutsideFailed(f"{path} may not be read: mail logs are often for the group adm or root only")
    return OutsideFailed(f"{path} cannot be read: {error.strerror}")


@contextmanager
def opened(source: Source, start: int = 0, end: int | None = None) -> Iterator[ReadInto]:
    """Give what reads a source, unpacked, from an offset on; raises NotFound and OutsideFailed.

    Unpacked logs are passed over up to `start`; plain files end at `end`, or at their present end.
    """
    if source.kind is Kind.JOURNAL:
        with _journal(source) as journal:
            yield journal
        return
    with held_open(source) as fd:
        yield _of(source, fd, start, end)


@contextmanager
def held_open(source: Source) -> Iterator[int]:
    """Give the open file of a source, opened for this time if it is not held open."""
    if source.fd >= 0:
        yield source.fd
        return
    fd = open_file(source.path)
    try:
        yield fd
    finally:
        os.close(fd)


def _of(source: Source, fd: int, start: int, end: int | None) -> ReadInto:
    if source.kind is Kind.PIPE:
        return _of_pipe(source, fd)
    if source.kind is Kind.PLAIN:
        return Stretch(fd, start, os.fstat(fd).st_size if end is None else end)
    unpacked = Unpacked(Stretch(fd, 0), source.kind, source.path)
    pass_over(unpacked, start)
    return unpacked


def _of_pipe(source: Source, fd: int) -> ReadInto:
    head = b""
    while len(head) < MAGIC_SIZE and (more := os.read(fd, MAGIC_SIZE - len(head))):
        head += more
    kind = packing(head)
    flow = Flow(fd, head)
    return flow if kind is None else Unpacked(flow, kind, source.path)


def pass_over(source: ReadInto, size: int) -> int:
    """Read so many bytes and forget them; return how many there were."""
    left = size
    with memoryview(bytearray(min(size, 1 << 18))) as view:
        while left and (got := source.readinto(view[:left])):
            left -= got
    return size - left


def filled(source: ReadInto, size: int) -> bytes:
    """Return the next bytes, so many if there are."""
    buffer, got = bytearray(size), 0
    with memoryview(buffer) as view:
        while got < size and (more := source.readinto(view[got:])):
            got += more
    return bytes(buffer[:got])


class _Journal(Flow):
    """The bytes that journalctl prints, and why it ended."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
        assert process.stdout is not None
        super().__init__(process.stdout.fileno())
        self._process, self._said = process, said

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of a buffer; return how many bytes, 0 at the end."""
        got = super().readinto(view)
        if not got and not self.trouble and self._process.wait():
            self._said.seek(0)
            said = self._said.read(4096).decode(errors="replace").strip().splitlines()
            self.trouble = said[-1] if said else f"journalctl ended with {self._process.returncode}"
        return got


@contextmanager
def _journal(source: Source) -> Iterator[ReadInto]:
    # What it complains about goes to a file: nobody reads a second pipe meanwhile.
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(source.command, stdout=subprocess.PIPE, stderr=said, stdin=subprocess.DEVNULL)
        except OSError as error:
            raise OutsideFailed(f"{source.command[0]} cannot be started: {error.strerror}") from None
        try:
            yield _Journal(process, said)
        finally:
            process.kill()
            process.communicate()
