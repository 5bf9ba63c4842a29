"""Unpacks compressed logs piece by piece; what can be read of a broken one is given before its trouble is told."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast

from delist.errors import SetupError
from delist.maillog.values import Kind

_PIECE = 1 << 17
# What damaged data may ask for; `xz -9` asks for a quarter of it.
_MOST_MEMORY = 1 << 28
_MAGIC = {
    b"\x1f\x8b": Kind.GZIP,
    b"BZh": Kind.BZIP2,
    b"\xfd7zXZ\x00": Kind.XZ,
    b"\x28\xb5\x2f\xfd": Kind.ZSTD,
}
MAGIC_SIZE = max(map(len, _MAGIC))
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
_SAYS_ZSTD = "{path} is compressed with zstd, which Python reads from 3.14 on: pip install 'delist[logs]'"


class ReadInto(Protocol):
    """What fills buffers: a file, a pipe, or what unpacks them. `trouble` says why it ended early, "" if it did not."""

    trouble: str

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of a buffer; return how many bytes, 0 at the end."""


def packing(head: bytes) -> Kind | None:
    """Return how bytes that begin so are compressed, None if they are not."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


class _Gzip:
    """zlib's decompressor with the face of the other three."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._was_full = False

    def decompress(self, data: bytes, limit: int) -> bytes:
        found = self._inner.decompress(self._inner.unconsumed_tail + data, limit)
        self._was_full = len(found) == limit
        return found

    @property
    def needs_input(self) -> bool:
        # zlib may have taken all input and still hold output that found no room.
        return not (self._inner.unconsumed_tail or self._was_full)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def check_packing(kind: Kind, path: str) -> None:
    """Raise SetupError if nothing here unpacks files of that kind."""
    if kind is Kind.ZSTD:
        _zstd(path)


def _zstd(path: str) -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        try:
            from backports import zstd  # type: ignore[import-not-found, import-untyped, no-redef, unused-ignore]
        except ImportError:
            raise SetupError(_SAYS_ZSTD.format(path=path)) from None
    return zstd


def _maker(kind: Kind, path: str) -> tuple[Callable[[], Any], tuple[type[Exception], ...]]:
    if kind is Kind.GZIP:
        return _Gzip, (zlib.error,)
    if kind is Kind.BZIP2:
        return bz2.BZ2Decompressor, (OSError, ValueError)
    if kind is Kind.XZ:
        return partial(lzma.LZMADecompressor, memlimit=_MOST_MEMORY), (lzma.LZMAError,)
    zstd = _zstd(path)
    return zstd.ZstdDecompressor, (cast(type[Exception], zstd.ZstdError),)


class Unpacked:
    """The unpacked bytes of a compressed file, whose members may follow one another."""

    def __init__(self, packed: ReadInto, kind: Kind, path: str) -> None:
        self.trouble = ""
        self._packed = packed
        self._make, self._errors = _maker(kind, path)
        self._current: Any = None
        self._begun = False
        self._piece = memoryview(bytearray(_PIECE))
        self._ended = False

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of a buffer; return how many bytes, 0 at the end."""
        while not self._ended:
            try:
                found = self._step(len(view))
            except self._errors as error:
                self._end(f"its compressed data is damaged ({error})")
                return 0
            if found:
                view[: len(found)] = found
                return len(found)
        return 0

    def _step(self, limit: int) -> bytes:
        current = self._current
        if current is not None and current.eof:
            return self._next_member(bytes(current.unused_data), limit)
        if current is not None and not current.needs_input:
            return cast(bytes, current.decompress(b"", limit))
        data = self._more()
        if data:
            if current is None:
                return self._next_member(data, limit)
            return cast(bytes, current.decompress(data, limit))
        unfinished = "it ends in the middle of its compressed data" if current is not None else ""
        self._end(self._packed.trouble or unfinished)
        return b""

    def _next_member(self, data: bytes, limit: int) -> bytes:
        """Begin what follows a member that has ended: another one, nothing, zeros of a tape, or something strange."""
        self._current = None
        data = data or self._more()
        if self._begun and not data.strip(b"\0"):
            self._ended = not data
            return b""
        if self._begun and len(data) >= MAGIC_SIZE and packing(data) is None:
            self._end("something follows its compressed data, which was not read")
            return b""
        self._current, self._begun = self._make(), True
        return cast(bytes, self._current.decompress(data, limit))

    def _more(self) -> bytes:
        return bytes(self._piece[: self._packed.readinto(self._piece)])

    def _end(self, why: str) -> None:
        self._ended, self.trouble = True, why
