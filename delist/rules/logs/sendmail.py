"""Delivery attempts in sendmail's log: one line tells of all recipients that share a delivery."""

import re

from delist.rules.logs import prefix
from delist.rules.logs.values import Attempt, Status

_BODY = re.compile(r"(\w{8,20}): to=", re.ASCII)
_RELAY = re.compile(r", relay=([^,]{1,300})")
_CODE = re.compile(r"[245]\d\d(?:[ -]|$)")
# What our own sendmail says of a delivery, where the other side's words are not kept.
_OWN = re.compile(
    r"(?:user unknown|service unavailable|data format error|unknown mailer error \d{1,3}|)$"
    r"|(?:[\w.-]{1,255}: )?(?:host unknown|connection |name server|operation timed out|no route |network is )"
    r"|(?:remote protocol|i/o error|local configuration|can't )",
    re.IGNORECASE,
)
_DEFERRED = "Deferred"
_LONGEST_LIST = 16_384


def parse(line: str) -> tuple[Attempt, ...]:
    """Return the attempts that the line tells of, one for each recipient."""
    head = prefix.read(line)
    body = _BODY.match(line, head.end) if head else None
    if head is None or body is None:
        return ()
    stat_at = line.find(", stat=", body.end())
    fields_at = _fields_at(line, body.end())
    if stat_at < 0 or fields_at < 0 or ", ruleset=" in line[fields_at:stat_at]:
        return ()
    status, reply = _told(line[fields_at:stat_at], line[stat_at + 7 :].strip())
    relay = _relay(line[fields_at:stat_at])
    if status is None:
        return ()
    return tuple(
        Attempt(status, head.stamp, head.host, head.tag, body[1], recipient, relay, reply)
        for recipient in _recipients(line[body.end() : fields_at])
    )


def _fields_at(line: str, start: int) -> int:
    """Where the recipients end: at the first of the fields that follow them."""
    limit = start + _LONGEST_LIST
    ends = (line.find(name, start, limit) for name in (", ctladdr=", ", delay="))
    return min((at for at in ends if at >= 0), default=-1)


def _recipients(text: str) -> list[str]:
    return [name.strip().strip("<>") for name in re.split(r",(?=<)|(?<=>),", text) if name.strip()]


def _relay(fields: str) -> str:
    found = _RELAY.search(fields)
    name = found[1].partition(" [")[0] if found else ""
    return "" if name.startswith("[") else name.rstrip(".").lower()


def _told(fields: str, stat: str) -> tuple[Status | None, str]:
    """Return how it ended and what the other side said; since 8.16 the words stand in a field of their own."""
    if stat.startswith(("Sent", "queued", "Please try")):
        return (Status.SENT, stat[4:].strip(" ()")) if stat.startswith("Sent") else (None, "")
    status = Status.DEFERRED if stat.startswith(_DEFERRED) or ", dsn=4." in fields else Status.BOUNCED
    said = stat.removeprefix(_DEFERRED).lstrip(": ")
    _, found, reply = fields.partition(", reply=")
    if found and _CODE.match(reply):
        return status, reply
    return status, "" if _OWN.match(said) else said
