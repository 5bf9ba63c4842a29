"""Delivery attempts in qmail-send's log: one line begins a delivery, another ends it."""

import re
from typing import NamedTuple

from delist.rules.logs import prefix
from delist.rules.logs.values import Attempt, Status

# Far more than qmail delivers at the same time; a torn log must not grow the memory.
_MOST = 4096
_BEGIN = re.compile(r"starting delivery (\d{1,12}): msg (\d{1,20}) to (local|remote) (.{1,1000})", re.ASCII)
_END = re.compile(r"delivery (\d{1,12}): (success|failure|deferral): ?", re.ASCII)
_STATUSES = {"success": Status.SENT, "failure": Status.BOUNCED, "deferral": Status.DEFERRED}
_STAMPED = re.compile(rf"{prefix.BEFORE}({prefix.STAMP}) *", re.ASCII)
_SERVER = re.compile(
    r"(?:\([^)]{1,320}\)_)?(?:Connected_to_)?([0-9A-Fa-f.:]{3,45})_(?:does|failed|but|accepted)", re.ASCII
)
_SAID = "Remote_host_said:_"
_NEW_LINE = re.compile(r"/(?=\d{3}[_-])")


class _Begun(NamedTuple):
    message: str
    recipient: str


class Deliveries:
    """Reads a file's lines in turn and remembers the deliveries that have begun."""

    def __init__(self) -> None:
        self._begun: dict[str, _Begun] = {}

    def __call__(self, line: str) -> tuple[Attempt, ...]:
        """Return the attempt that the line ends, if any; one whose beginning was not seen has no recipient.

        `relay` is the server's address, since qmail writes no names.
        """
        at = line.find("delivery ", 0, prefix.LONGEST)
        if at < 0:
            return ()
        if begun := _BEGIN.match(line, max(at - len("starting "), 0)):
            self._remember(begun)
            return ()
        found = _END.match(line, at)
        begun_before = self._begun.pop(found[1], None) if found else None
        if found is None or (begun_before and not begun_before.recipient):
            return ()
        stamp, host, tag = _stamp(line[:at])
        message, recipient = begun_before or ("", "")
        relay, reply = _told(line[found.end() :].strip())
        if found[2] == "success" and not relay:
            return ()  # a mailbox of ours
        return (Attempt(_STATUSES[found[2]], stamp, host, tag, message, recipient, relay.lower(), reply),)

    def _remember(self, begun: re.Match[str]) -> None:
        if len(self._begun) >= _MOST:
            del self._begun[next(iter(self._begun))]
        self._begun[begun[1]] = _Begun(begun[2], begun[4].strip() if begun[3] == "remote" else "")


def _stamp(text: str) -> tuple[str, str, str]:
    if found := _STAMPED.fullmatch(text):
        return found[1], "", ""
    head = prefix.read(text)
    if head is None:
        return "", "", ""
    inner = _STAMPED.fullmatch(text, head.end)
    return inner[1] if inner else head.stamp, head.host, head.tag


def _told(report: str) -> tuple[str, str]:
    """Return the server's address and its words; qmail writes blanks as underscores and line ends as slashes."""
    server = _SERVER.match(report)
    _, found, said = report.partition(_SAID)
    reply = _NEW_LINE.sub(" ", said.partition("/Giving_up_on_")[0].rstrip("/")).replace("_", " ") if found else ""
    return server[1] if server else "", reply.strip()
