"""The value of a log line that tells of a delivery attempt."""

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """How a delivery attempt ended, as the log says; a deferred one may carry a 5xx reply (refused at the greeting)."""

    SENT = "sent"
    BOUNCED = "bounced"
    DEFERRED = "deferred"


class Attempt(NamedTuple):
    """One delivery attempt to one recipient, as one line tells it.

    `stamp` is the line's time as written (see stamps), `host` the host that logged it and `instance` the name of the
    mail system's instance ("postfix", "server1-2", "" where the log has none). `relay` is the host name of the
    receiving server in lower case, "" if none was reached. `reply` is what that server said, without the words that
    the log puts around it. `address` is our sending address where the line itself names it, as written, else "".
    `peer` is the IP address of the server that accepted, where an accepting line of Postfix or Exim names it.
    """

    status: Status
    stamp: str
    host: str
    instance: str
    queue_id: str
    recipient: str
    relay: str
    reply: str
    address: str = ""
    peer: str = ""
