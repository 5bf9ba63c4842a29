"""Delivery attempts in Postfix's log, however it reached the file: syslog, journal, container, several instances."""

import re

from delist.rules.logs import prefix
from delist.rules.logs.values import Attempt, Status

# Agents that speak with other servers, and those that tell of a suspended delivery. What local, virtual and pipe say
# is our own word, no receiver's.
_AGENTS = frozenset(("smtp", "lmtp", "error", "retry", "relay", "qmgr"))
# With soft_bounce the refusal is final in its words, but the message stays in the queue.
_STATUSES = {
    "bounced": Status.BOUNCED,
    "deferred": Status.DEFERRED,
    "sent": Status.SENT,
    "SOFTBOUNCE": Status.DEFERRED,
}
# The common shapes; all others go through prefix.read.
_HEAD = re.compile(
    r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) "
    r"(\S{1,255}) (\S{1,100})/(\w{1,20})\[\d{1,10}\]: (\w{5,40})"
)
_QUEUE_ID = re.compile(r"\w{5,40}", re.ASCII)
# Senders choose recipients: what looks like Postfix's words inside of quotes is not.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"(?=@)')
_SUSPENDED = "delivery temporarily suspended: "
_COMMAND = " (in reply to "
_SPOKE = re.compile(
    r"(?:host |(?:SASL )?authentication failed; server )([^\s\[\]]{1,255})\[[^\]]{1,100}\](?::\d{1,5})? "
    r"(?:said|refused to talk to me): ",
    re.IGNORECASE,
)


def parse(line: str) -> Attempt | None:
    """Return the attempt that the line tells of, or None if it tells of none."""
    at = line.find(": to=<")
    if at < 0 or (head := _head(line, at)) is None:
        return None
    stamp, host, instance, agent, queue_id = head
    quoted = _QUOTED.match(line, at + 6)
    relay_at = line.find(">, relay=", quoted.end() if quoted else at)
    status_at = line.find(", status=", relay_at)
    if agent not in _AGENTS or relay_at < 0 or status_at < 0:
        return None
    word, _, said = line[status_at + 9 :].partition(" (")
    status = _STATUSES.get(word)
    if status is None:
        return None
    orig_at = line.find(">, orig_to=<", quoted.end() if quoted else at, relay_at)
    recipient = line[at + 6 : relay_at if orig_at < 0 else orig_at]
    relay, _, peer = line[relay_at + 9 : line.find(",", relay_at + 9)].partition("[")
    relay = "" if relay == "none" else relay
    said = said.rstrip().removesuffix(")")
    if status is Status.SENT:
        peer = peer.partition("]")[0]
        return Attempt(status, stamp, host, instance, queue_id, recipient, relay.lower(), said, "", peer)
    relay, reply = told(relay, said)
    return Attempt(status, stamp, host, instance, queue_id, recipient, relay.lower(), reply)


def _head(line: str, at: int) -> tuple[str, str, str, str, str] | None:
    if at > prefix.LONGEST:
        return None
    if found := _HEAD.fullmatch(line, 0, at):
        return found.groups()  # type: ignore[return-value]
    return _odd_head(prefix.plain(line[:at]))


def _odd_head(text: str) -> tuple[str, str, str, str, str] | None:
    head = prefix.read(text)
    if head is None or _QUEUE_ID.fullmatch(text, head.end) is None:
        return None
    instance, slash, agent = head.tag.rpartition("/")
    return (head.stamp, head.host, instance, agent, text[head.end :]) if slash else None


def told(relay: str, said: str) -> tuple[str, str]:
    """Return who spoke, and the words without those that Postfix puts around them; "" if nobody did."""
    start = len(_SUSPENDED) if said.startswith(_SUSPENDED) else 0
    spoke = _SPOKE.match(said, start)
    if spoke is None:
        return relay, ""
    stop = said.rfind(_COMMAND, spoke.end())
    return relay or spoke[1], said[spoke.end() :] if stop < 0 else said[spoke.end() : stop]
