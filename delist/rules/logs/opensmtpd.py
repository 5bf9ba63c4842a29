"""Delivery attempts in OpenSMTPD's log, as it writes them since 6.0 and as it did before."""

import re

from delist.rules.logs import prefix
from delist.rules.logs.values import Attempt, Status

_STATUSES = {"PermFail": Status.BOUNCED, "TempFail": Status.DEFERRED, "Ok": Status.SENT}
_NEW = re.compile(r"\w{1,32} mta (?:event=)?delivery ", re.ASCII)
_OLD = re.compile(r"relay: (PermFail|TempFail|Ok) for (\w{8,32}): ", re.ASCII)
_RESULT = re.compile(r' result="(PermFail|TempFail|Ok)" stat="')
_FIELDS = {
    name: re.compile(rf'[ ,]{name}=(?:"([^"]{{0,400}})"|<([^>]{{0,600}})>|([^,"<]{{1,400}}?)(?=, |$| \w+=))')
    for name in ("evpid", "to", "source", "relay")
}
_LONGEST_FACTS = 4096
_NAMED = re.compile(r"\(([^)\s]{1,255})\)")


def parse(line: str) -> Attempt | None:
    """Return the attempt that the line tells of, or None if it tells of none."""
    head = prefix.read(line)
    if head is None:
        return None
    if old := _OLD.match(line, head.end):
        facts, _, reply = line[old.end() - 2 :].partition(", stat=")
        return _attempt(head, _STATUSES[old[1]], old[2], facts, reply.strip())
    result = _RESULT.search(line, head.end) if _NEW.match(line, head.end) else None
    if result is None:
        return None
    facts = line[head.end : result.start()]
    reply = line[result.end() :].strip().removesuffix('"')
    return _attempt(head, _STATUSES[result[1]], _field(facts, "evpid"), facts, reply)


def _attempt(head: prefix.Head, status: Status, envelope: str, facts: str, reply: str) -> Attempt:
    facts = facts[:_LONGEST_FACTS]
    relay = _field(facts, "relay")
    named = _NAMED.search(relay)
    name = named[1] if named else relay.partition(" [")[0]
    return Attempt(
        status, head.stamp, head.host, head.tag, envelope, _field(facts, "to"), name.lower(), reply, _source(facts)
    )


def _source(facts: str) -> str:
    source = _field(facts, "source")
    return "" if source == "-" else source.strip("[]")


def _field(facts: str, name: str) -> str:
    found = _FIELDS[name].search(facts)
    return next((text for text in found.groups() if text), "") if found else ""
