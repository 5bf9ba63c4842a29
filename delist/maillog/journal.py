"""The mail logs of systemd's journal, as journalctl prints them."""

import glob
import os
import re
from collections.abc import Sequence

from delist.maillog.chunks import Chunk
from delist.maillog.values import Kind, Source

MAGIC = b"LPKSHHRH"
_FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,_SOURCE_REALTIME_TIMESTAMP"
# What logs as "mail" (facility 2), and mail systems that do not.
_IDENTIFIERS = ("exim", "exim4", "sendmail", "sm-mta", "opensmtpd", "smtpd", "qmail-send", "qmail", "zone-mta")
NAME = "journal"
_PLACES = ("var/log/journal/*/system.journal", "run/log/journal/*/system.journal")
_CURSOR = re.compile(rb'"__CURSOR" ?: ?"([^"\\]{1,500})"')


def reading_journal(
    program: str = "journalctl", options: Sequence[str] = (), name: str = NAME, after: str = ""
) -> Source:
    """Return the mail logs of this host's journal as a source, from behind a cursor on if one is given.

    `options` may name other journals: `--file` or `--directory`.
    """
    reading = ["--output=json", f"--output-fields={_FIELDS}", "--no-pager", "--quiet"]
    if after:
        reading.append(f"--after-cursor={after}")
    matches = ["SYSLOG_FACILITY=2", "+", *(f"SYSLOG_IDENTIFIER={each}" for each in _IDENTIFIERS)]
    return Source(name, Kind.JOURNAL, command=(program, *options, *reading, *matches))


def reading_file(path: str) -> Source:
    """Return a journal's file as a source."""
    return reading_journal(options=(f"--file={path}",), name=path)


def is_readable(root: str = "/") -> bool | None:
    """Whether this user may read the whole journal, None if there is none.

    To others journalctl shows their own lines, and says nothing of the rest.
    """
    found = [path for place in _PLACES for path in glob.glob(os.path.join(root, place))]
    return any(os.access(path, os.R_OK) for path in found) if found else None


def last_cursor(chunk: Chunk, before: str) -> str:
    """Return the cursor of the last entry in a stretch of the journal, or the one before where it has none."""
    begin = chunk.buffer.rfind(b'"__CURSOR"', 0, chunk.end)
    found = _CURSOR.match(chunk.buffer, begin, chunk.end) if begin >= 0 else None
    return found[1].decode("latin-1") if found else before
