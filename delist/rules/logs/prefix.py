"""What stands before a mail system's own words in a log line: container, syslog priority, stamp, host and program."""

import re
from typing import NamedTuple

# Longer beginnings are no log line's: a bound keeps work on torn or binary files linear.
LONGEST = 512

_MONTH_STAMP = r"(?:\d{4} )?[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: \d{4}(?= ))?"
_ISO_STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d)(?![^\s|]))?"
STAMP = rf"(?:{_MONTH_STAMP}|{_ISO_STAMP}|@[0-9a-f]{{24}}|\d{{10}}(?:\.\d{{1,9}})?)"
# docker compose names the container, grep in several files the file.
BEFORE = r"(?:[^\s|]{1,100} *\| ?|[^\s:|]{1,200}:(?:\d{1,9}:)?(?=[A-Z@<\d]))?"

_HEAD = re.compile(
    BEFORE + r"(?:<\d{1,3}>(?:1 )?)?"  # syslog priority, RFC 5424 with its version
    r"(?:[A-Z][a-z]{2} (?=\d{4}-|[A-Z]))?"  # journalctl -o short-full and OpenWrt name the day of the week
    rf"(?:(?P<stamp>{STAMP}) +)?"
    r"(?:[A-Z]{3,5} (?=\S+ \S+\[\d+\]))?"  # and the zone
    r"(?:std(?:out|err) [FP] )?"  # Kubernetes
    rf"(?:{STAMP} +)?"
    r"(?:<[\w.]{1,40}> )?"  # FreeBSD's syslogd -v
    r"(?:(?P<host>[^\s\[\]|]{1,255}) +)??"
    r"(?:[a-z]{2,8}\d?[.:](?:debug|info|notice|warn|warning|err|error|crit) +)?"  # the syslogd of BusyBox, AIX
    r"(?P<tag>[^\s\[\]:|]{1,100})"
    r"(?:\[\d{1,10}\]:?|:| (?:\d{1,10}|-) [\w.-]{1,32} (?:-|\[[^\]]{0,200}\]))"
    r"(?: \[ID \d{1,10} [\w.]{1,40}\])?(?: |$)",  # Solaris
)
_COLOUR = re.compile(r"\x1b\[[\d;]{0,20}m")
# Images that write the level where the host stands have no host to tell.
_LEVELS = frozenset(("DEBUG", "INFO", "NOTICE", "WARNING", "WARN", "ERROR", "CRIT", "ALERT", "EMERG"))


class Head(NamedTuple):
    """What a line's beginning says; "" where it says nothing. `end` is where the program's own words start."""

    stamp: str
    host: str
    tag: str
    end: int


def read(line: str, end: int = LONGEST) -> Head | None:
    """Return what the line's beginning says, looking no further than `end`, or None if it is no syslog line's."""
    found = _HEAD.match(line, 0, min(end, LONGEST))
    if found is None:
        return None
    host = found["host"] or ""
    return Head(found["stamp"] or "", "" if host in _LEVELS else host, found["tag"], found.end())


def plain(line: str) -> str:
    """Return the line without the colours of a container's log."""
    return _COLOUR.sub("", line) if "\x1b" in line else line
