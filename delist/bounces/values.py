"""What a bounce message says, as values: which recipients were refused, by whom, and in which words."""

from datetime import datetime
from typing import NamedTuple

from delist.rules.logs.values import Status


class Refusal(NamedTuple):
    """One recipient whom a message did not reach.

    `action` is BOUNCED or DEFERRED. `reply` is what the remote server said, on one line as a mail log joins it; the
    reporting server's own words where no remote one spoke. `relay` is the remote server's host name in lower case, ""
    if none is named. `queue_id` is the reporting server's; `address` our sending address where the report has a field
    for it, as written, else "".
    """

    recipient: str
    action: Status
    reply: str
    relay: str = ""
    queue_id: str = ""
    address: str = ""


class Bounce(NamedTuple):
    """One bounce message. `at` (UTC) is when the last attempt was made, else when it was written, None if untold.

    `message_id` is that of the bounce itself, `reporting_mta` the server that wrote it, in lower case; both may be "".
    """

    message_id: str
    at: datetime | None
    reporting_mta: str
    recipients: tuple[Refusal, ...]
