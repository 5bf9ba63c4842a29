"""Which files are one log that was rotated, and in which order they were written; by their names alone."""

import os.path
import re
from collections.abc import Iterable
from typing import NamedTuple

from delist.maillog.unpacking import SUFFIXES

# mail.log.1, mainlog.01, mail.log-20211102, mail.log-20211102-1635811201, mail.log.2021-11-02; and, where the suffix
# is kept at the end (logrotate's "extension"), mail-20211102.log and mail.1.log.
_ROTATED = re.compile(
    r"(?P<base>.+?)"
    r"(?:[.-](?P<day>(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))(?P<time>[.T_-]?\d{2,12})?"
    r"|\.(?P<number>\d{1,4})|[.-](?P<epoch>1\d{9}))"
    r"(?P<extension>\.log)?"
)
_NAMES = re.compile(r"(?:mail\.log|maillog|mail|(?:exim_?)?main\.?log|exim_main\.log|zone-?mta\.log)(?:\.log)?")
# What syslog writes beside a mail log would be counted a second time: excerpts of it, and logs of everything.
_COPIES = frozenset(("mail.info", "mail.warn", "mail.err", "syslog", "messages", "daemon.log", "user.log", "debug"))


class Place(NamedTuple):
    """Where a file stands in its rotated log: `log` is the live file's path; later files have greater `order`."""

    log: str
    order: tuple[int, int, str]


def place(path: str) -> Place:
    """Return the log a file belongs to and its place there; the live file stands last."""
    folder, name = os.path.split(path)
    name = unpacked_name(name)
    found = _ROTATED.fullmatch(name)
    if found is None:
        return Place(os.path.join(folder, name), (3, 0, ""))
    log = os.path.join(folder, found["base"] + (found["extension"] or ""))
    if found["number"]:
        return Place(log, (0, -int(found["number"]), ""))
    if found["epoch"]:
        return Place(log, (2, int(found["epoch"]), ""))
    return Place(log, (1, int(found["day"].replace("-", "")), found["time"] or ""))


def unpacked_name(name: str) -> str:
    """Return a file's name without what a compressor added."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def in_order(paths: Iterable[str]) -> list[list[str]]:
    """Return the files as logs, in the order in which these were named first; each log's oldest file first.

    A file and its compressed copy stand together, the plain one first.
    """
    logs: dict[str, set[str]] = {}
    for path in paths:
        logs.setdefault(place(path).log, set()).add(path)
    return [sorted(files, key=lambda path: (place(path).order, path)) for files in logs.values()]


def is_named_as_mail_log(path: str) -> bool:
    """Whether a file, or what it was rotated from, has the name of a mail log."""
    return not is_copy(path) and _NAMES.fullmatch(os.path.basename(place(path).log)) is not None


def is_copy(path: str) -> bool:
    """Whether a file, or what it was rotated from, has the name of a log whose mail lines stand in a mail log too."""
    return os.path.basename(place(path).log) in _COPIES
