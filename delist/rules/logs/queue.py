"""What waits in Postfix's queue and why: the listings of `postqueue -p` and `postqueue -j`."""

import re

from delist.rules.logs import jsonpairs, postfix
from delist.rules.logs.values import Attempt, Status

_MESSAGE = re.compile(
    r" {0,8}(\w{5,40})[*!#]? {1,20}\d{1,15} [A-Z][a-z]{2} ([A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d) {1,4}\S", re.ASCII
)


class Listing:
    """Reads the lines of `postqueue -p` in turn: a message, why it waits, and the recipients that wait for that."""

    def __init__(self) -> None:
        self._queue_id = self._arrived = self._reason = ""

    def __call__(self, line: str) -> tuple[Attempt, ...]:
        """Return the deferred attempt of the recipient in the line, if any, with the time at which its message came."""
        if found := _MESSAGE.match(line):
            self._queue_id, self._arrived, self._reason = found[1], found[2], ""
            return ()
        text = line.strip()
        if not text or not self._queue_id or text.startswith("-"):
            return ()
        if text.startswith("("):
            self._reason = text[1:].removesuffix(")")
            return ()
        if not self._reason or (" " in text and not text.startswith('"')):
            return ()
        return (_attempt(self._queue_id, self._arrived, text, self._reason),)


def parse(line: str) -> tuple[Attempt, ...]:
    """Return the deferred attempts in a line of `postqueue -j`, with the time at which the message came."""
    if not line.startswith("{"):
        return ()
    queue_id = arrived = recipient = ""
    attempts = []
    for name, value in jsonpairs.read(line):
        if name == "queue_id":
            queue_id = value
        elif name == "arrival_time":
            arrived = value
        elif name == "address":
            recipient = value
        elif name == "delay_reason" and queue_id and recipient and value:
            attempts.append(_attempt(queue_id, arrived, recipient, value))
            recipient = ""
    return tuple(attempts)


def _attempt(queue_id: str, arrived: str, recipient: str, reason: str) -> Attempt:
    relay, reply = postfix.told("", reason)
    return Attempt(Status.DEFERRED, arrived, "", "", queue_id, recipient, relay.lower(), reply)
