"""Reads logs as they are written, over rotations, until somebody stops it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from delist.maillog import tasks
from delist.maillog.chunks import chunks
from delist.maillog.dating import Dating
from delist.maillog.finding import Finder
from delist.maillog.opening import Stretch, open_file
from delist.maillog.survey import Listener
from delist.maillog.tasks import Done, Task
from delist.maillog.values import Accepted, Event, Source, Trouble, Wanted
from delist.rules.logs.years import years
from delist.rules.replies.reader import Reader

POLL = 0.5
_HEARD = 1 << 20
# By so many bytes before the place where reading goes on a file is known to be the same.
_KNOWN_BY = 1 << 12


class From(NamedTuple):
    """A log to be followed from an offset on, with so many lines before it; from its present end on without one."""

    path: str
    offset: int | None = None
    lines: int = 0


def follow(
    logs: Sequence[From], wanted: Wanted, now: Callable[[], datetime], wait: Callable[[float], None]
) -> Iterator[Event | Accepted | Trouble]:
    """Give what is written to the logs from now on, until a KeyboardInterrupt; raises NotFound and OutsideFailed.

    A log that was renamed is read to its end before the new one is begun; one that was truncated is begun again.
    """
    replies = Reader(wanted.names)
    followed = [_Followed(log, wanted, replies, now) for log in logs]
    try:
        while True:
            for each in followed:
                yield from each.news()
            wait(POLL)
    except KeyboardInterrupt:
        return
    finally:
        for each in followed:
            each.close()


def follow_journal(journal: Source, wanted: Wanted, now: datetime) -> Iterator[Event | Accepted | Trouble]:
    """Give what is written to the journal from now on, until a KeyboardInterrupt."""
    program, *options = journal.command
    source = replace(journal, command=(program, "--follow", "--lines=0", *options))
    task = Task(0, 0, None, (), None, now)
    try:
        for told in tasks.run(task, [source], wanted, Reader(wanted.names)):
            if not isinstance(told, Done):
                yield told
    except KeyboardInterrupt:
        return


class _Followed:
    """One log that grows: the open file, and how far it was read."""

    def __init__(self, log: From, wanted: Wanted, replies: Reader, now: Callable[[], datetime]) -> None:
        self._path, self._wanted, self._replies, self._now = log.path, wanted, replies, now
        self._finder, self._listener = Finder(wanted, replies), Listener()
        self._fd = open_file(log.path)
        if log.offset is None:
            self._begin(*_end_of_lines(self._fd))
        else:
            self._begin(log.offset, log.lines)
        head = bytearray(os.pread(self._fd, _HEARD, max(0, self._at - _HEARD)))
        self._listener.hear(head, len(head))

    def _begin(self, at: int, lines: int) -> None:
        self._at = at
        self._finder = Finder(self._wanted, self._replies)
        self._finder.tally.lines = lines
        self._known_by = os.pread(self._fd, min(at, _KNOWN_BY), max(0, at - _KNOWN_BY))

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def news(self) -> Iterator[Event | Accepted | Trouble]:
        """Give what came since the last time."""
        following = self._following()
        yield from self._more()
        if following is not None:
            # Whoever writes has opened the new file by now: nothing comes to the old one any more.
            os.close(self._fd)
            self._fd = following
            self._begin(0, 0)
            yield from self._more()

    def _following(self) -> int | None:
        """Return the file that has taken this one's place, once something was written to it."""
        with suppress(OSError):
            there, here = os.stat(self._path), os.fstat(self._fd)
            if there.st_size and (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
                return os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return None

    def _more(self) -> Iterator[Event | Accepted | Trouble]:
        if self._was_truncated():
            yield Trouble(self._path, "it was truncated: it is read again from its beginning")
            self._begin(0, 0)
        start, size = self._at, os.fstat(self._fd).st_size
        if size <= start:
            return
        dating = Dating(self._wanted, self._path, years((), self._now(), self._wanted.zone))
        for chunk in chunks(Stretch(self._fd, start, size), keeps_torn=True):
            self._at = start + chunk.size
            dialects = self._listener.hear(chunk.buffer, chunk.end)
            for hit in self._finder.hits(chunk, self._at - chunk.end, dialects):
                if found := dating.event(hit):
                    yield found
        self._known_by = os.pread(self._fd, min(self._at, _KNOWN_BY), max(0, self._at - _KNOWN_BY))

    def _was_truncated(self) -> bool:
        before = os.pread(self._fd, len(self._known_by), max(0, self._at - len(self._known_by)))
        return before != self._known_by


def _end_of_lines(fd: int) -> tuple[int, int]:
    """Return where the last line that has an end ends, and how many lines that are."""
    at = end = lines = 0
    while text := os.pread(fd, _HEARD, at):
        lines += text.count(b"\n")
        end = at + text.rfind(b"\n") + 1 if b"\n" in text else end
        at += len(text)
    return end, lines
