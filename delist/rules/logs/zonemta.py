"""Delivery attempts in ZoneMTA's log: its plain lines, and the entries of its remote log kept as JSON lines."""

import re

from delist.rules.logs import jsonpairs, prefix
from delist.rules.logs.values import Attempt, Status

_STATUSES = {"REJECTED": Status.BOUNCED, "DEFERRED": Status.DEFERRED, "ACCEPTED": Status.SENT}
_BODY = re.compile(
    r"(\w{6,40})\.\w{1,10} (REJECTED|DEFERRED|ACCEPTED)(?:\[\w{0,40}\])? from=",
    re.ASCII,
)
_BEGINNING = re.compile(rf"{prefix.BEFORE}({prefix.STAMP})", re.ASCII)


def parse(line: str) -> Attempt | None:
    """Return the attempt that the line tells of, or None if it tells of none."""
    if line.startswith("{"):
        return _entry(dict(jsonpairs.read(line)))
    found = _BODY.search(line, 0, 4 * prefix.LONGEST)
    if found is None:
        return None
    to_at = line.find(" to=", found.end())
    mx_at = line.find(" mx=", to_at)
    if to_at < 0 or mx_at < 0:
        return None
    head = prefix.read(line, found.start())
    stamp, host, tag = head[:3] if head else (_stamp(line), "", "")
    recipient, _, source = line[to_at + 4 : mx_at].partition(" src=")
    relay, _, rest = line[mx_at + 4 :].partition(" ")
    reply = f" {rest}".partition(" (")[2].rstrip().removesuffix(")")
    return Attempt(_STATUSES[found[2]], stamp, host, tag, found[1], recipient, _host(relay), reply, source)


def _stamp(line: str) -> str:
    found = _BEGINNING.match(line)
    return found[1] if found else ""


def _host(mx: str) -> str:
    return mx.partition("[")[0].lower()


def _entry(entry: dict[str, str]) -> Attempt | None:
    status = _STATUSES.get(entry.get("action", ""))
    if status is None or not entry.get("id"):
        return None
    stamp = next((entry[name] for name in ("time", "timestamp", "@timestamp", "created") if entry.get(name)), "")
    if stamp.isdecimal() and len(stamp) == len("1763600402123"):
        stamp = f"{stamp[:-3]}.{stamp[-3:]}"  # milliseconds, as JavaScript counts
    relay, address = entry.get("mx", ""), entry.get("ip", "")
    return Attempt(
        status, stamp, "", "", entry["id"], entry.get("to", ""), _host(relay), entry.get("response", ""), address
    )
