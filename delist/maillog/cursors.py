"""Where the next reading of a growing, rotating log goes on: known by what was read, whatever its file is called now.

A log is a family of files: the live one and those it was rotated to. Each file is known again by the digest of its
beginning and of what stands before the place where reading stopped, so that it may have been renamed, copied and
truncated, or compressed meanwhile. What is not known again is new.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from delist.errors import DelistError
from delist.maillog.opening import filled, held_open, opened
from delist.maillog.rotation import in_order, place
from delist.maillog.scanning import Reached
from delist.maillog.sources import close, first_bytes, look, once
from delist.maillog.tasks import HEAD
from delist.maillog.values import Kind, Source

# A file that stood beside the log when it was read for the first time, and was not asked for.
PASSED_OVER = -1
# Digests of files that are gone are kept for a while: during a rotation a file may be seen under neither name.
_MOST_KEPT = 100
# A rotated file that nobody has written for so many seconds gets no end for its last line any more.
_QUIET = 600.0


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a file of the log at `path` was read: `offset` and `lines` count unpacked bytes and whole lines.

    `head` is the digest of its first `head_size` bytes, `tail` of the `tail_size` before the offset. Device, inode,
    size on disk and time are those of the file when it was read. A journal has only its `journal` cursor.
    """

    path: str
    offset: int = 0
    lines: int = 0
    head_size: int = 0
    head: str = ""
    tail_size: int = 0
    tail: str = ""
    device: int = 0
    inode: int = 0
    size: int = 0
    modified: float = 0.0
    journal: str = ""


class Plan(NamedTuple):
    """What is to be read, in order; which cursor each source goes on from, if any; the cursors that stay."""

    sources: tuple[Source, ...]
    went_on: Mapping[int, Cursor]
    kept: tuple[Cursor, ...]


def plan(named: Sequence[Source], known: Iterable[Cursor], now: float) -> Plan:
    """Return where to read on in the named logs and in what they were rotated to; `now` in seconds.

    A log that is not known yet is read as far as it was named; the files beside it are remembered as passed over.
    """
    cursors: dict[str, list[Cursor]] = {}
    for cursor in known:
        cursors.setdefault(cursor.path, []).append(cursor)
    steps: list[_Step] = []
    kept: list[Cursor] = []
    for log, sources in _logs(named).items():
        own = cursors.pop(log, [])
        if not sources[0].is_file:
            steps += [_after(source, own) for source in sources]
            continue
        more, stay = _again(log, sources, own) if own else _first_time(log, sources)
        steps += [step._replace(source=replace(step.source, keeps_torn=_may_grow(step.source, now))) for step in more]
        # Without its own line a log that was empty would look like one that nobody has read yet.
        kept += [Cursor(log), *stay]
    kept += [cursor for own in cursors.values() for cursor in own]
    went_on = {position: step.cursor for position, step in enumerate(steps) if step.cursor is not None}
    return Plan(tuple(step.source for step in steps), went_on, tuple(kept))


def read_so_far(plan: Plan, reached: Mapping[int, Reached]) -> tuple[Cursor, ...]:
    """Return the cursors after a scan of the plan's sources, to be kept together with what the scan has found."""
    found = [_cursor(plan.sources[at], plan.went_on.get(at), each) for at, each in sorted(reached.items())]
    return (*plan.kept, *(cursor for cursor in found if cursor is not None))


class _Step(NamedTuple):
    source: Source
    cursor: Cursor | None


def _logs(named: Sequence[Source]) -> dict[str, list[Source]]:
    logs: dict[str, list[Source]] = {}
    for source in named:
        logs.setdefault(place(source.path).log if source.is_file else source.path, []).append(source)
    return logs


def _after(source: Source, own: Sequence[Cursor]) -> _Step:
    """Go on in the journal behind its cursor; what comes through a pipe is always new."""
    cursor = next((each for each in own if each.journal), None)
    if source.kind is not Kind.JOURNAL or cursor is None:
        return _Step(source, None)
    program, *options = source.command
    return _Step(replace(source, command=(program, f"--after-cursor={cursor.journal}", *options)), cursor)


def _first_time(log: str, named: Sequence[Source]) -> tuple[list[_Step], list[Cursor]]:
    passed_over = []
    for source in _beside(log, named):
        if head := first_bytes(source, HEAD):
            passed_over.append(Cursor(log, PASSED_OVER, 0, len(head), _digest(head)))
        close([source])
    return [_Step(source, None) for source in named], passed_over


def _again(log: str, named: Sequence[Source], own: Sequence[Cursor]) -> tuple[list[_Step], list[Cursor]]:
    family = _in_order([*named, *_beside(log, named)])
    found = {source.path: _match(source, own) for source in family}
    best = _best(family, found)
    steps: list[_Step] = []
    kept = [each for each in own if each.head and each not in {match.cursor for match in found.values()}]
    kept = sorted(kept, key=lambda cursor: cursor.modified)[-_MOST_KEPT:]
    asked = {source.path for source in named}
    for source in family:
        cursor, goes_on = found[source.path]
        if cursor is None or (cursor.offset == PASSED_OVER and source.path in asked):
            steps.append(_Step(source, None))
        elif source.path != best[cursor]:
            close([source])
        elif goes_on and cursor.offset != PASSED_OVER:
            steps.append(_Step(replace(source, start=cursor.offset, lines=cursor.lines), cursor))
        else:
            kept.append(cursor)
            close([source])
    return steps, kept


def _beside(log: str, named: Sequence[Source]) -> list[Source]:
    """Return the other files of a log, each content once, held open."""
    folder = os.path.dirname(log)
    names = {source.path for source in named}
    paths = [os.path.join(folder, name) for name in os.listdir(folder or ".")]
    beside = []
    for path in paths:
        if path not in names and place(path).log == log and os.path.isfile(path):
            with suppress(DelistError):
                beside.append(look(path))
    return beside


def _in_order(family: Sequence[Source]) -> list[Source]:
    paths = [path for log in in_order(source.path for source in family) for path in log]
    return once(sorted(family, key=lambda source: paths.index(source.path)))[0]


class _Match(NamedTuple):
    """The cursor of a file's content; whether there is more than was read."""

    cursor: Cursor | None
    goes_on: bool


def _match(source: Source, own: Sequence[Cursor]) -> _Match:
    head = first_bytes(source, HEAD)
    for cursor in sorted(own, key=lambda cursor: -cursor.offset):
        is_known = cursor.head_size and _digest(head[: cursor.head_size]) == cursor.head
        if is_known and (goes_on := _goes_on(source, cursor)) is not None:
            return _Match(cursor, goes_on)
    return _Match(None, True)


def _goes_on(source: Source, cursor: Cursor) -> bool | None:
    """Whether there may be more than was read; None if what was read before the offset is something else."""
    if cursor.offset == PASSED_OVER:
        return False
    as_it_was = (cursor.device, cursor.inode, cursor.size, cursor.modified)
    if source.kind is not Kind.PLAIN and as_it_was == (source.device, source.inode, source.size, source.modified):
        return False
    with opened(source, cursor.offset - cursor.tail_size) as readable:
        tail = filled(readable, cursor.tail_size)
    if len(tail) < cursor.tail_size or (source.kind is Kind.PLAIN and source.size < cursor.offset):
        # A copy that is still being made, or that was made before the last lines were written.
        return False
    return True if _digest(tail) == cursor.tail or not cursor.tail_size else None


def _best(family: Sequence[Source], found: Mapping[str, _Match]) -> dict[Cursor, str]:
    """Return which file goes on from a cursor where copies of it lie about: the longest plain one."""
    best: dict[Cursor, str] = {}
    for source in sorted(family, key=lambda source: (source.kind is Kind.PLAIN, source.size)):
        cursor, goes_on = found[source.path]
        if cursor is not None and (goes_on or cursor not in best):
            best[cursor] = source.path
    return best


def _may_grow(source: Source, now: float) -> bool:
    """Whether a last line without an end may get it: that of a compressed file, or one at rest, does not."""
    is_live = place(source.path).log == source.path
    return source.kind is Kind.PLAIN and (is_live or now - (source.modified or now) < _QUIET)


def _cursor(source: Source, before: Cursor | None, reached: Reached) -> Cursor | None:
    if source.kind is Kind.JOURNAL:
        journal = reached.cursor or (before.journal if before else "")
        return Cursor(source.path, journal=journal) if journal else None
    if not source.is_file or not reached.offset:
        return None
    head = (len(reached.head), _digest(reached.head)) if reached.head else None
    if head is None:
        head = (before.head_size, before.head) if before else (0, "")
    return Cursor(
        *(place(source.path).log, reached.offset, reached.lines, *head, *_tail(source, reached.offset, head)),
        *(source.device, source.inode, source.size, source.modified or 0.0),
    )


def _tail(source: Source, offset: int, head: tuple[int, str]) -> tuple[int, str]:
    """Return the size and digest of what stands before the offset; nothing if the file was truncated meanwhile."""
    if source.kind is not Kind.PLAIN:
        return 0, ""
    with held_open(source) as fd:
        tail = os.pread(fd, min(HEAD, offset), max(0, offset - HEAD))
        is_same = _digest(os.pread(fd, head[0], 0)) == head[1]
    return (len(tail), _digest(tail)) if is_same and len(tail) == min(HEAD, offset) else (0, "")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
