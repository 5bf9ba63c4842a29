"""Looks at a log here and there before it is read: who speaks in it, when, and where it can be divided."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from delist.rules.logs import prefix, stamps
from delist.rules.logs.dialects import DIALECTS, Dialect, sniff
from delist.rules.logs.years import Sample

# So much of a log's beginning is listened to closely, and then a little every so often.
_SMALL = 1 << 20
_HEAD = 1 << 16
_SNIFF = 1 << 11
_LOOK = 1 << 12
# In a short log lines may lie weeks apart: it is looked at more closely.
_CLOSEST = 1 << 9
_MOST_SAMPLES, _MOST_SNIFFS = 512, 128
# In files up to this size each day is looked for that can tell the year: in larger ones a day is large, too.
_SEARCHED = 1 << 26
_STAMP_LONGEST = 64
_STAMP = re.compile(prefix.STAMP)
# What the journal prints as JSON has its time behind the cursor.
_ENTRY = re.compile(r'"__REALTIME_TIMESTAMP" ?: ?"(\d{10})(\d{6})"', re.ASCII)


class Piece(NamedTuple):
    """A stretch of a file that begins and ends with whole lines."""

    start: int
    end: int


@dataclass(frozen=True)
class Survey:
    """What was seen of a log: its dialects, times of some of its lines, and the pieces it can be read in."""

    dialects: tuple[Dialect, ...]
    samples: tuple[Sample, ...]
    pieces: tuple[Piece, ...]


def survey(fd: int, start: int, end: int, piece: int) -> Survey:
    """Look at a plain file between two offsets; the pieces have about so many bytes."""
    samples: dict[int, stamps.Stamp] = {}
    listener = Listener()
    _hear_beginning(listener, fd, start, end)
    step = max(_CLOSEST, -(-(end - start) // _MOST_SAMPLES))
    listens_every = max(1, (end - start) // step // _MOST_SNIFFS)
    for number, (position, text) in enumerate(_looks(fd, start, end, step)):
        if stamp := stamp_of(text):
            samples[position] = stamp
        if number % listens_every == 0:
            listener.listen(text[:_SNIFF])
    if end - start <= _SEARCHED and any(stamp.year is None for stamp in samples.values()):
        samples.update(_leap_days(fd, start, end))
    dialects = listener.dialects()
    whole = any(dialect.ordered for dialect in dialects)
    pieces = (Piece(start, end),) if whole else tuple(_pieces(fd, start, end, piece))
    return Survey(dialects, tuple(Sample(*each) for each in sorted(samples.items())), pieces)


class Listener:
    """Hears which dialects are spoken in a log, from samples of it."""

    def __init__(self) -> None:
        self._heard: set[Dialect] = set()
        self._size, self._next = 0, 0

    def hear(self, text: bytearray, end: int) -> tuple[Dialect, ...]:
        """Listen to the next stretch of a log, `text[:end]`, and return the dialects to be looked for in it."""
        if self._size < _SMALL or self._size >= self._next:
            self._next = self._size + _SMALL
            self.listen(bytes(text[: min(end, _HEAD)]))
            for place in range(_HEAD, end, _HEAD):
                self.listen(bytes(text[place : min(place + _SNIFF, end)]))
        self._size += end
        return self.dialects()

    def listen(self, sample: bytes) -> None:
        """Hear a sample."""
        self._heard.update(sniff(sample, self._unheard()))

    def _unheard(self) -> Iterator[Dialect]:
        """Give the dialects that matter if they are heard, too."""
        has_own = any(not _takes_all(dialect) for dialect in self._heard)
        return (each for each in DIALECTS if each not in self._heard and not (has_own and _takes_all(each)))

    def dialects(self) -> tuple[Dialect, ...]:
        """Return what to look for. What takes every line as its own is looked for only where nothing else was heard."""
        found = [dialect for dialect in DIALECTS if dialect in self._heard] or DIALECTS
        return tuple(dialect for dialect in found if not _takes_all(dialect)) or tuple(found)


def _takes_all(dialect: Dialect) -> bool:
    return any(telling.match(b"-") for telling in dialect.tellings)


def stamp_of(line: bytes) -> stamps.Stamp | None:
    """Return the time that a line (or what begins with one) states, None if it states none at its beginning."""
    text = line[: prefix.LONGEST].partition(b"\n")[0].lstrip(b"\0").decode("latin-1")
    if text.startswith("{"):
        entry = _ENTRY.search(text)
        return stamps.parse(f"{entry[1]}.{entry[2]}") if entry else None
    head = prefix.read(prefix.plain(text))
    if head is not None and head.stamp:
        return stamps.parse(head.stamp)
    found = _STAMP.match(text, 0, _STAMP_LONGEST)
    return stamps.parse(found[0]) if found else None


def _hear_beginning(listener: Listener, fd: int, start: int, end: int) -> None:
    listener.listen(os.pread(fd, min(_HEAD, end - start), start))
    for place in range(start + _HEAD, min(end, start + _SMALL), _HEAD):
        listener.listen(os.pread(fd, min(_SNIFF, end - place), place))


def _looks(fd: int, start: int, end: int, step: int) -> Iterator[tuple[int, bytes]]:
    """Give places where lines begin, and what stands there, at each step; the last line's is among them."""
    for position in (*range(start, end, step), max(start, end - _LOOK)):
        text = os.pread(fd, min(_LOOK, end - position), position)
        skipped = 0 if position == start else text.find(b"\n") + 1
        if skipped or position == start:
            yield position + skipped, text[skipped:]
    last = text.rfind(b"\n", 0, -1) + 1
    if last:
        yield position + last, text[last:]


def _leap_days(fd: int, start: int, end: int) -> Iterator[tuple[int, stamps.Stamp]]:
    """Give lines of 29 February: they tell more of the year than those of all other days."""
    for position in range(start, end, _SMALL):
        text = os.pread(fd, min(_SMALL + _LOOK, end - position), position)
        found = text.find(b"Feb 29 ")
        line = text.rfind(b"\n", 0, max(found, 0)) + 1
        if found >= 0 and (stamp := stamp_of(text[line : line + _LOOK])):
            yield position + line, stamp


def _pieces(fd: int, start: int, end: int, size: int) -> Iterator[Piece]:
    while end - start > size:
        bound = _line_after(fd, start + size, end)
        yield Piece(start, bound)
        start = bound
    if start < end:
        yield Piece(start, end)


def _line_after(fd: int, position: int, end: int) -> int:
    """Return where the first line begins that begins at a position or behind it, the end if there is none."""
    position -= 1
    while position < end:
        text = os.pread(fd, min(_HEAD, end - position), position)
        newline = text.find(b"\n")
        if newline >= 0:
            return position + newline + 1
        if not text:
            break
        position += len(text)
    return end
