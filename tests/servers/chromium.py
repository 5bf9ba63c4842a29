"""A real Chromium, to print pages and to take pictures of them; it has no network at all."""

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.namespaces import namespace_words
from tests.servers.rbldnsd import may_skip

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
# From poppler-utils: what was printed, as text and as pictures.
READER, PAINTER = shutil.which("pdftotext"), shutil.which("pdftoppm")
needs_chromium = pytest.mark.skipif(
    may_skip(PROGRAM and READER and PAINTER, os.environ),
    reason="chromium or poppler-utils is not installed: apt-get install chromium poppler-utils",
)


class Chromium:
    """Chromium with a folder for its profile and what it makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def printed(self, page: Path) -> list[str]:
        """Return the text of each sheet of paper on which a page is printed."""
        self._run(page, "--no-pdf-header-footer", f"--print-to-pdf={self._pdf}")
        words = [str(READER), "-layout", str(self._pdf), "-"]
        done = subprocess.run(words, check=True, capture_output=True, encoding="utf-8")
        return done.stdout.removesuffix("\f").split("\f")

    def sheets(self) -> list[Path]:
        """Return pictures of the sheets of what was printed last, 25 points to the inch."""
        subprocess.run(
            [str(PAINTER), "-png", "-gray", "-r", "25", str(self._pdf), str(self._folder / "sheet")], check=True
        )
        return sorted(self._folder.glob("sheet-*.png"))

    def window(self, page: Path, width: int, height: int) -> Path:
        """Return a picture of a page in a window of that size, half as wide and high."""
        picture = self._folder / f"window-{width}.png"
        shape = ("--hide-scrollbars", "--force-device-scale-factor=0.5", f"--window-size={width},{height}")
        self._run(page, *shape, f"--screenshot={picture}")
        return picture

    def understood(self, page: Path) -> str:
        """Return a page as Chromium understood it, as HTML."""
        return self._run(page, "--dump-dom")

    @property
    def _pdf(self) -> Path:
        return self._folder / "printed.pdf"

    def _run(self, page: Path, *words: str) -> str:
        profile = f"--user-data-dir={self._folder / 'profile'}"
        # It is run by root in containers, where its own sandbox cannot be.
        command = [*namespace_words(), str(PROGRAM), "--headless", "--no-sandbox", "--disable-gpu", profile]
        done = subprocess.run([*command, *words, str(page)], capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout


def blank_edge(picture: Path, wide: int) -> bool:
    """Tell whether a strip at the right edge of a picture, so many points wide, is white from top to bottom."""
    rows = list(_rows(picture.read_bytes(), wide))
    return all(byte == 255 for row in rows for byte in row)


def _rows(png: bytes, wide: int) -> Iterator[bytes]:
    """Yield the last points of each row of a PNG of eight bits a colour, not interlaced (RFC 2083)."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    assert (depth, interlaced) == (8, 0)
    size = {0: 1, 2: 3, 6: 4}[colour]
    data, length = zlib.decompress(b"".join(_chunks(png))), width * size
    above = bytes(length)
    for start in range(0, height * (length + 1), length + 1):
        above = _unfiltered(data[start], data[start + 1 : start + 1 + length], above, size)
        yield above[-wide * size :]


def _chunks(png: bytes) -> Iterator[bytes]:
    place = 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        if kind == b"IDAT":
            yield png[place + 8 : place + 8 + length]
        place += length + 12


def _unfiltered(kind: int, row: bytes, above: bytes, size: int) -> bytes:
    found = bytearray(row)
    for place, byte in enumerate(row):
        left, corner = (found[place - size], above[place - size]) if place >= size else (0, 0)
        up = above[place]
        guesses = (0, left, up, (left + up) // 2, _nearest(left, up, corner))
        found[place] = (byte + guesses[kind]) & 255
    return bytes(found)


def _nearest(left: int, up: int, corner: int) -> int:
    aim = left + up - corner
    return min((left, up, corner), key=lambda each: abs(aim - each))
