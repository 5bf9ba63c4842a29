"""Mail in files and folders: single messages, mboxes, Maildirs and folders of messages, told apart by content."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

# As much of one message as is read: reports stand before the message that they return.
MOST = 8 * 1024 * 1024
_LINE = 64 * 1024
_DEEPEST = 12
_ENVELOPE = re.compile(rb"From \S.{0,300}?\d{4}[\s+-]|From \S{1,300}\s|From -? ")
# Other lines that begin so stand in mails.
_SEPARATOR = re.compile(rb"From [^\n]{0,300}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\n]{1,30}\d:\d\d")
# What mail servers keep beside the messages of a Maildir.
_BESIDE = re.compile(r"dovecot|maildir|subscriptions|courier|\.")
_HEADER = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_MAIL_HEADERS = re.compile(
    rb"^(?:return-path|received|from|to|subject|date|message-id|mime-version|content-type|delivered-to|x-failed-recipients"
    rb"|auto-submitted|reporting-mta|final-recipient)[ \t]*:",
    re.I | re.M,
)


def is_mail(head: bytes) -> bool:
    """Whether a file that begins with these bytes (4 KiB do) is a message or an mbox rather than a log."""
    lines = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n")
    if _ENVELOPE.match(lines[0]):
        return True
    if lines[0].strip().isdigit():
        del lines[0]
    first = next(iter(lines), b"")
    return bool(_HEADER.match(first)) and len(_MAIL_HEADERS.findall(b"\n".join(lines).replace(b"\r", b"\n"))) >= 2


def messages(path: Path) -> Iterator[bytes]:
    """Yield the messages at a path, each at most its first 8 MiB; a folder's in order of name. Raises OSError.

    A file is one message or an mbox, a folder is a Maildir or holds files and folders of these.
    """
    yield from _folder(path, _DEEPEST) if path.is_dir() else _file(path)


def _folder(path: Path, depth: int) -> Iterator[bytes]:
    maildir = (path / "cur").is_dir() and (path / "new").is_dir()
    for entry in sorted(path.iterdir()):
        if maildir and (entry.name == "tmp" or (_BESIDE.match(entry.name) and entry.is_file())):
            # Messages in tmp are still being delivered.
            continue
        # A mail reader moves messages from new to cur at any moment.
        with suppress(FileNotFoundError):
            if entry.is_file():
                yield from _file(entry)
            elif depth and entry.is_dir() and not entry.is_symlink():
                yield from _folder(entry, depth - 1)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if file.peek(64).lstrip().startswith(b"From "):
            yield from _mbox(file)
        else:
            yield file.read(MOST)


def _mbox(file: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of an mbox; one begins where an envelope line follows an empty line or the beginning."""
    kept = bytearray()
    begun, free = False, True
    while line := file.readline(_LINE):
        if free and (_SEPARATOR.match(line) or (not begun and line.startswith(b"From "))):
            if kept:
                yield bytes(kept)
            kept, begun = bytearray(), True
        elif begun and len(kept) < MOST:
            kept += line
        free = not line.strip() and line.endswith(b"\n")
    if kept:
        yield bytes(kept)
