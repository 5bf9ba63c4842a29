"""Mail in files and folders: a message, an mbox, a Maildir, a folder of messages; each as a letter with its time."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from pathlib import Path
from typing import BinaryIO

from delist.errors import NotFound
from delist.mail.heads import head
from delist.mail.letters import MOST, letter
from delist.mail.values import Arrived, Wanted

_LINE = 64 * 1024
_DEEPEST = 12
# How often a Maildir is looked through for a message that a mail reader has just given another name.
_LOOKS = 3
# Other lines that begin so stand in mails.
_SEPARATOR = re.compile(rb"From [^\n]{0,300}?\b((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\n]{1,30}\d:\d\d[^\n]{0,40})")
_OFFSET = re.compile(rb"[+-]\d{4}\b")
_ESCAPED = re.compile(rb">+From ")
# What is read: bytes, whether they are all, and when they arrived.
_Read = tuple[bytes, bool, datetime | None]


def messages(path: Path, zone: tzinfo = UTC, wanted: Wanted = lambda _: True) -> Iterator[Arrived]:
    """Yield the mails at a path; a Maildir's new ones and then the others, a folder's in order of name.

    `zone` is the one in which the envelope lines of an mbox tell the time; of a mail that is not `wanted` by its
    headers no more is made. Raises NotFound, and OSError for what cannot be read.
    """
    if not path.exists():
        raise NotFound(f"there is no {path}")
    for source, (raw, is_whole, at) in _folder(path, zone, _DEEPEST) if path.is_dir() else _file(path, zone):
        if raw.strip() and wanted(letter(raw[: head(raw).body])):
            yield Arrived(letter(raw, is_whole), raw, at, str(source))


def _folder(path: Path, zone: tzinfo, depth: int) -> Iterator[tuple[Path, _Read]]:
    if (path / "cur").is_dir() and (path / "new").is_dir():
        yield from _maildir(path)
        return
    for entry in sorted(path.iterdir()):
        if entry.name.startswith("."):
            continue
        with suppress(FileNotFoundError):
            if entry.is_file():
                yield from _file(entry, zone)
            elif depth and entry.is_dir() and not entry.is_symlink():
                yield from _folder(entry, zone, depth - 1)


def _maildir(path: Path) -> Iterator[tuple[Path, _Read]]:
    """Yield the messages of a Maildir once each, whatever a mail reader does with them meanwhile.

    It moves them from new to cur, so that new is looked through first, and marks them by a new name behind the colon.
    """
    seen: set[str] = set()
    for folder in ("new", "cur"):
        for name in sorted(each.name for each in (path / folder).iterdir() if not each.name.startswith(".")):
            unique = name.partition(":")[0]
            if unique not in seen and (found := _moving(path, path / folder / name)):
                seen.add(unique)
                yield found


def _moving(box: Path, file: Path) -> tuple[Path, _Read] | None:
    """Return a message that may have been moved since it was seen, None if it is gone or no file."""
    unique = file.name.partition(":")[0]
    for _ in range(_LOOKS):
        with suppress(FileNotFoundError, IsADirectoryError), file.open("rb") as opened:
            return file, (*_cut(opened.read(MOST + 1)), _written(opened))
        if (now := _named(box, unique)) is None:
            return None
        file = now
    return None


def _named(box: Path, unique: str) -> Path | None:
    every = (each for folder in ("new", "cur") for each in (box / folder).iterdir())
    return next((each for each in every if each.name.partition(":")[0] == unique), None)


def _written(file: BinaryIO) -> datetime:
    return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)


def _cut(raw: bytes) -> tuple[bytes, bool]:
    return raw[:MOST], len(raw) <= MOST


def _file(path: Path, zone: tzinfo) -> Iterator[tuple[Path, _Read]]:
    with path.open("rb") as file:
        if _SEPARATOR.match(file.peek(400).lstrip()):
            yield from ((path, read) for read in _mbox(file, zone))
        else:
            yield path, (*_cut(file.read(MOST + 1)), None)


def _mbox(file: BinaryIO, zone: tzinfo) -> Iterator[_Read]:
    """Yield the messages of an mbox; one begins where an envelope line follows an empty line or the beginning."""
    kept = bytearray()
    begun: bytes | None = None
    free = begins = True
    while line := file.readline(_LINE):
        if free and (match := _SEPARATOR.match(line)):
            if begun is not None:
                yield *_cut(bytes(kept)), _time(begun, zone)
            kept, begun = bytearray(), match[1]
        elif len(kept) <= MOST:
            # Whoever wrote the mbox put a mark before what would look like an envelope line.
            kept += line[1:] if begins and _ESCAPED.match(line) else line
        begins = line.endswith(b"\n")
        free = begins and not line.strip()
    if begun is not None:
        yield *_cut(bytes(kept)), _time(begun, zone)


def _time(envelope: bytes, zone: tzinfo) -> datetime | None:
    """Return the time of an envelope line, which may name its offset, None if it is none."""
    try:
        parts = parsedate_tz(envelope.decode("latin-1"))
        if parts is None:
            return None
        own = timezone(timedelta(seconds=parts[9] or 0)) if _OFFSET.search(envelope) else zone
        return datetime(*parts[:6], tzinfo=own).astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None
