"""Writes a message as the octets that go out: ASCII only, short lines, headers that keep answering robots silent."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from delist.notify.reasons import writable
from delist.notify.values import Message

# Quoted local parts are left out: nobody is told there.
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>()\[\],:;@\\\"]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9_.-]+|\[[A-Za-z0-9.:-]+\]")
_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_WIDTH = 77
_NO_NAME = re.compile(r"[^A-Za-z0-9._=+-]")


class Unwritable(ValueError):
    """The message cannot be written; the text says why, as a clause."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message as octets, lines ending in CRLF, and its envelope; `international` if it takes SMTPUTF8."""

    data: bytes
    sender: str
    to: str
    international: bool


def written(message: Message) -> Written:
    """Return the message as it goes out; raises Unwritable if an address is none."""
    sender, to = _envelope(message.sender), _envelope(message.to)
    international = not (sender + to).isascii()
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit", utf8=international))
    mail["From"], mail["To"] = sender, to
    # A header that is given a line break is an error, and a subject may come from somebody's answer.
    subject = " ".join(writable(message.subject).split())
    folded = _folded(subject)
    if folded is None:
        mail["Subject"] = subject
    mail["Date"] = format_datetime(message.at)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(writable(message.text))
    if message.html is not None:
        mail.add_alternative(writable(message.html), subtype="html")
    lines = [*_identities(message, sender), *([folded] if folded else [])]
    first = "".join(f"{line}\r\n" for line in lines)
    return Written(first.encode("ascii") + bytes(mail), sender, to, international)


def _envelope(address: str) -> str:
    """Return a bare address with its domain in ASCII; only a local part may need SMTPUTF8 then."""
    local, _, domain = address.rpartition("@")
    try:
        named = domain if domain.startswith("[") else domain.encode("idna").decode("ascii")
    except UnicodeError:
        named = ""
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(named)):
        raise Unwritable("a mail address is malformed")
    return f"{local}@{named}"


def _folded(subject: str) -> str | None:
    """Return the header of a subject of short words in ASCII, folded; None for another, which is to be encoded.

    EmailMessage leaves the first line empty where the text fits on the second one: filters that read a line see no
    subject then, and parsers keep a space before it.
    """
    words = subject.split(" ")
    if not subject.isascii() or "=?" in subject or len(max(words, key=len)) > _WIDTH - len("Subject: "):
        return None
    return "\r\n ".join(textwrap.wrap(f"Subject: {subject}", _WIDTH, break_on_hyphens=False))


def _identities(message: Message, sender: str) -> Iterator[str]:
    """Yield the headers of names between angle brackets.

    EmailMessage writes a Message-ID that is longer than a line as an encoded word, which no reader threads by.
    """
    domain = sender.rpartition("@")[2]
    yield f"Message-ID: <{_NO_NAME.sub('', message.uid)}@{domain}>"
    yield f"List-Id: <{_NO_NAME.sub('', message.list_id)}>"
    for name, ids in (("In-Reply-To", message.in_reply_to), ("References", message.references)):
        if known := [each for each in ids if _ID.fullmatch(each)]:
            yield f"{name}: " + "\r\n ".join(known)
