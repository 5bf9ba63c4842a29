"""Cuts what is read into stretches of whole lines, in one buffer that is filled again and again."""

from collections.abc import Iterator
from typing import NamedTuple

from delist.maillog.unpacking import ReadInto

SIZE = 1 << 20
# A line that is longer is cut there; what follows up to its end is passed over.
LONGEST_LINE = SIZE


class Chunk(NamedTuple):
    """Whole lines: `buffer[:end]`, good until the next one is asked for. `size` counts what was read up to its end.

    `is_cut`: it is the beginning of a single line that is too long; its end is what the next one begins with.
    """

    buffer: bytearray
    end: int
    size: int
    is_cut: bool

    @property
    def lines(self) -> int:
        """Return how many lines end in it, with its own end or that of the log."""
        return self.lines_from(0)

    def lines_from(self, start: int) -> int:
        """Return how many lines end behind a place in it."""
        is_last = self.buffer[self.end - 1] != 10 and not self.is_cut
        return self.buffer.count(b"\n", start, self.end) + is_last


def chunks(source: ReadInto, size: int = SIZE, keeps_torn: bool = False) -> Iterator[Chunk]:
    """Give everything that is read in stretches of whole lines.

    A last line without its end is given too, unless `keeps_torn`: then it is left for whoever reads on.
    """
    buffer = bytearray(2 * size)
    with memoryview(buffer) as view:
        held, total, is_passing_over = 0, 0, False
        while got := source.readinto(view[held : held + size]):
            total, start, end = total + got, 0, held + got
            if is_passing_over:
                start = buffer.find(b"\n", 0, end)
                is_passing_over = start < 0
                start = end if is_passing_over else start
                view[: end - start] = view[start:end]
                end -= start
            whole = buffer.rfind(b"\n", 0, end) + 1
            if whole:
                yield Chunk(buffer, whole, total - (end - whole), False)
                view[: end - whole] = view[whole:end]
            held = end - whole
            if held > size:
                yield Chunk(buffer, held, total, True)
                held, is_passing_over = 0, True
        if held and not keeps_torn:
            yield Chunk(buffer, held, total, False)
