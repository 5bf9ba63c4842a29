"""Delivery attempts in Exim's main log, in its own file or through syslog."""

import re

from delist.rules.logs import prefix
from delist.rules.logs.values import Attempt, Status

# "<=" is an arrival, "*>" a delivery that -N suppressed.
_STATUSES = {"**": Status.BOUNCED, "==": Status.DEFERRED, "=>": Status.SENT, "->": Status.SENT, ">>": Status.SENT}
_HEAD = re.compile(
    # Through syslog a long line comes in parts, of which the first has it all but the end of the reply.
    prefix.BEFORE + r"(?:\[1[\\/]\d{1,3}\] )?"
    rf"(?:(?P<stamp>{prefix.STAMP}) )?(?:\[\d{{1,10}}\] )?(?P<id>\w{{6}}-\w{{6,11}}-\w{{2,4}}) "
    r"(?P<flag>\*\*|==|=>|->|>>) (?P<recipient>\"(?:[^\"\\]|\\.){1,320}\"@[^\s:]{1,255}|[^\s]{1,600})",
    re.ASCII,
)
_HOST = re.compile(r" H=(\S{1,255}) \[([^\]\s]{1,50})\]")
# Before 4.83 the host stood in the words of the error, before or behind the command.
_OLD_HOST = re.compile(r": host (\S{1,255}) \[([^\]\s]{1,50})\](?::\d{1,5})?: ")
_INTERFACE = re.compile(r" I=\[([^\]\s]{1,50})\]")
_REFUSED = re.compile(r"(?:SMTP|LMTP) error from remote mail(?: server|er) after ")
_CODE = re.compile(r": (?=\d{3}(?:[ -]|$|\\n))")
_GAVE_UP = ": retry timeout exceeded"
_CONFIRMATION = re.compile(r' C="((?:[^"\\]|\\.){0,2000})')


def parse(line: str) -> Attempt | None:
    """Return the attempt that the line tells of, or None if it tells of none."""
    start, stamp, host, instance = _start(line)
    found = _HEAD.match(line, start)
    if found is None:
        return None
    status = _STATUSES[found["flag"]]
    refused = _REFUSED.search(line, found.end())
    facts = line[found.end() : refused.start() if refused else len(line)]
    relay = _HOST.search(facts) or _OLD_HOST.search(line, found.end())
    if status is Status.SENT and relay is None:
        return None  # a mailbox, file or command of ours
    reply = _confirmation(facts) if status is Status.SENT else _reply(line, refused.end()) if refused else ""
    interface = _INTERFACE.search(facts)
    return Attempt(
        status,
        _better(stamp, found["stamp"] or ""),
        host,
        instance,
        found["id"],
        found["recipient"].removesuffix(":").strip("<>"),
        relay[1].lower() if relay else "",
        reply,
        interface[1] if interface else "",
        relay[2] if status is Status.SENT and relay else "",
    )


def _start(line: str) -> tuple[int, str, str, str]:
    """Return where Exim's own words begin, and what syslog says before them."""
    if _HEAD.match(line):
        return 0, "", "", ""
    head = prefix.read(line)
    return (0, "", "", "") if head is None else (head.end, head.stamp, head.host, head.tag)


def _better(outer: str, inner: str) -> str:
    """Of syslog's stamp and Exim's own, the one that says more: traditional ones have no year."""
    return outer if outer[:4].isdecimal() or not inner else inner


def _reply(line: str, start: int) -> str:
    found = _CODE.search(line, start)
    if found is None:
        return line[start:].partition(": ")[2].strip()
    # Exim writes the line ends of a reply as backslash and n.
    return line[found.end() :].replace("\\n", " ").strip().removesuffix(_GAVE_UP)


def _confirmation(facts: str) -> str:
    found = _CONFIRMATION.search(facts)
    return found[1].replace("\\n", " ") if found else ""
