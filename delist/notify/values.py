"""What is sent, by which relay, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What is known of a message that was to be sent. Unsure: it may have arrived, and nobody can tell."""

    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending; `why` is an English clause that has no password, link or channel, None if it was sent."""

    outcome: Outcome
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one address. `uid` becomes its Message-ID, at the sender's domain; `at` is an instant in UTC.

    `sender` and `to` are bare mail addresses, `list_id` is a name such as notices.delist.example.org, `in_reply_to` and
    `references` are Message-IDs with their angle brackets. Without `html` the mail is plain text.
    """

    uid: str
    sender: str
    to: str
    subject: str
    text: str
    at: datetime
    list_id: str
    html: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server: `security` is tls (from the first octet), starttls (required) or none; `user` may be empty.

    `seconds` is the time for the whole conversation with it. Without a port it is the usual one. The password stays
    out of what is printed of this value.
    """

    host: str
    port: int | None
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 30.0
