"""Finds the logs that files, folders, patterns and pipes stand for, and puts them into the order of their writing."""

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from delist.errors import DelistError, NotFound
from delist.maillog.journal import MAGIC as JOURNAL
from delist.maillog.journal import reading_file
from delist.maillog.opening import filled, open_file, opened, unreadable
from delist.maillog.rotation import in_order, is_copy, is_named_as_mail_log
from delist.maillog.unpacking import check_packing, packing
from delist.maillog.values import Kind, Source, Trouble
from delist.rules.logs.dialects import sniff

STDIN = "-"
# So many files stay open from the beginning, so that a rotation meanwhile moves nothing; others wait for their turn.
_HELD_OPEN = 200
_HEAD = 1 << 12
_SAMPLE = 1 << 16
_NUL_RUN = re.compile(rb"\0{8,}")
_A_COPY = "it was left out: what it has of mail stands in the mail log beside it too"


class Found(NamedTuple):
    """The logs in order of writing, oldest first, and what was left out and why."""

    sources: tuple[Source, ...]
    left_out: tuple[Trouble, ...]


def find(words: Sequence[str]) -> Found:
    """Return the logs that files, folders, patterns and "-" stand for; each file once, however it was named.

    A folder stands for the files in it, and in folders below, that are named as mail logs are or that read like one.
    Raises NotFound, OutsideFailed and SetupError for what was named itself.
    """
    paths, left_out = _expanded(words)
    sources: list[Source] = []
    looked_at = count()
    for log in in_order(paths):
        found: list[Source] = []
        for path in log:
            try:
                found.append(look(path, next(looked_at) < _HELD_OPEN))
            except DelistError as error:
                if path in words:
                    raise
                left_out.append(Trouble(path, f"it was left out: {error}", failed=True))
        kept, more = once(found, sources)
        sources += kept
        left_out += more
    return Found(tuple(sources), tuple(left_out))


def paths_of(words: Sequence[str]) -> list[str]:
    """Return the files that files, folders and patterns stand for, unopened; raises as `find` does."""
    return _expanded(words)[0]


def close(sources: Iterable[Source]) -> None:
    """Close the files that are held open."""
    for source in sources:
        if source.fd > 2:
            os.close(source.fd)


def _expanded(words: Sequence[str]) -> tuple[list[str], list[Trouble]]:
    paths: list[str] = []
    left_out: list[Trouble] = []
    for word in words:
        if word == STDIN or not os.path.isdir(word):
            paths += _named(word)
            continue
        inside, others = _in_folder(word)
        paths += inside
        left_out += others
    return paths, left_out


def _named(word: str) -> list[str]:
    if word == STDIN:
        return [word]
    try:
        os.stat(word)
    except OSError as error:
        if found := [path for path in sorted(glob.glob(word)) if not os.path.isdir(path)]:
            return found
        raise unreadable(word, error) from None
    return [word]


def _in_folder(folder: str) -> tuple[list[str], list[Trouble]]:
    try:
        os.listdir(folder)
    except OSError as error:
        raise unreadable(folder, error) from None
    files = list(_files_below(folder))
    is_mail_log_there = any(map(is_named_as_mail_log, files))
    found: list[str] = []
    left_out = []
    for path in files:
        named = is_named_as_mail_log(path)
        why = "" if named else _A_COPY if is_mail_log_there and is_copy(path) else _no_mail_log(path)
        if why:
            left_out.append(Trouble(path, why))
        else:
            found.append(path)
    if not found:
        raise NotFound(f"there is no mail log in {folder}")
    return found, left_out


def _files_below(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(place, name)
            if not name.startswith(".") and os.path.isfile(path):
                yield path


def _no_mail_log(path: str) -> str:
    """Return why a file of a folder is no mail log, "" if it reads like one."""
    try:
        source = look(path)
        try:
            sample = first_bytes(source, _SAMPLE)
        finally:
            close([source])
    except DelistError as error:
        return f"it was left out: {error}"
    if is_binary(sample):
        return "it was left out: it is no text"
    return "" if sniff(sample) else "it was left out: it does not read like a mail log"


def first_bytes(source: Source, size: int) -> bytes:
    """Return the first bytes of a log, unpacked."""
    with opened(source) as readable:
        return filled(readable, size)


def is_binary(sample: bytes) -> bool:
    """Whether bytes are no text. Runs of zeros are what a crash leaves in a log, and single ones occur."""
    text = _NUL_RUN.sub(b"", sample)
    return text.count(0) * 20 > len(text)


def look(path: str, is_held: bool = True) -> Source:
    """Return what a path stands for, held open if it is to be; raises NotFound, OutsideFailed and SetupError."""
    if path == STDIN:
        return Source(STDIN, Kind.PIPE, 0)
    fd = open_file(path)
    try:
        found = _of_open(path, fd)
    except OSError as error:
        os.close(fd)
        raise unreadable(path, error) from None
    if is_held or not found.is_file:
        return found
    os.close(fd)
    return replace(found, fd=-1)


def _of_open(path: str, fd: int) -> Source:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        return Source(path, Kind.PIPE, fd)
    head = os.pread(fd, _HEAD, 0)
    if head.startswith(JOURNAL):
        os.close(fd)
        return reading_file(path)
    kind = packing(head) or Kind.PLAIN
    check_packing(kind, path)
    return Source(path, kind, fd, status.st_size, status.st_mtime, status.st_dev, status.st_ino)


def once(log: Sequence[Source], others: Sequence[Source] = ()) -> tuple[list[Source], list[Trouble]]:
    """Return the files of one log without those that are there twice: by another name, or as a copy in the making."""
    kept: list[Source] = []
    left_out = []
    inodes = {(source.device, source.inode) for source in others if source.inode}
    heads: dict[bytes, str] = {}
    for source in sorted(log, key=lambda source: (source.kind is not Kind.PLAIN, -source.size)):
        why = ""
        if source.is_file and (source.device, source.inode) in inodes:
            why = "it was left out: it is the same file as another"
        elif source.size and source.is_file:
            why = _why_left_out(source, heads)
        if why:
            left_out.append(Trouble(source.path, why))
            close([source])
            continue
        inodes.add((source.device, source.inode))
        kept.append(source)
    return sorted(kept, key=log.index), left_out


def _why_left_out(source: Source, heads: dict[bytes, str]) -> str:
    head = first_bytes(source, _HEAD)
    if is_binary(head):
        return "it was left out: it is no text"
    # A copy that is still being made has less than a whole beginning.
    first = next(
        (path for other, path in heads.items() if head and (other.startswith(head) or head.startswith(other))), ""
    )
    if not first:
        heads[head or source.path.encode()] = source.path
    return f"it was left out: it is a copy of {first}" if first else ""
