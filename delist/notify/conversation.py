"""Talks SMTP with a relay: greeting, TLS, login, one message; says at every end what is known."""

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

from delist.notify.composing import Written
from delist.notify.deadline import Deadline
from delist.notify.reasons import clause
from delist.notify.values import Outcome, Relay, Sent

_PORTS = {"tls": 465, "starttls": 587, "none": 25}
# RFC 5321, 4.5.3.1.5 allows 512 octets a line; some servers write more. None writes so many lines.
_LINE, _LINES = 4096, 200
_STATUS = re.compile(rb"[2-5]\d\d[ -]|[2-5]\d\d$")
# Seconds in which a server may take leave once it has the message.
_FAREWELL = 2.0


class Gone(Exception):
    """The conversation ended before its purpose; the text says what the relay did, as in `hung up`."""


class _Client(smtplib.SMTP):
    """An SMTP connection that is already there, and on which no answer is endless."""

    sock: socket.socket

    def __init__(self, connection: socket.socket, host: str) -> None:
        # Without a name it asks DNS for its own, for which there is no time limit.
        super().__init__(local_hostname=_own_name(connection))
        self.sock = connection
        # The name that STARTTLS expects in the certificate.
        self._host = host

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = self.sock.makefile("rb")
        said = []
        for _ in range(_LINES):
            line = self.file.readline(_LINE)
            if not line:
                raise smtplib.SMTPServerDisconnected
            if not line.endswith(b"\n") or not _STATUS.match(line.rstrip()):
                raise Gone("answered what is no SMTP")
            said.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(said)
        raise Gone("gave an answer without end")


def _own_name(connection: socket.socket) -> str:
    """Return the host's full name, or its address as RFC 5321, 4.1.4 writes it."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    own = ip_address(connection.getsockname()[0].partition("%")[0])
    return f"[{own}]" if own.version == 4 else f"[IPv6:{own}]"


@contextmanager
def connected(relay: Relay, deadline: Deadline) -> Iterator[_Client]:
    """Give a connection that is secured and logged in as the relay's settings say; raises Gone."""
    port = relay.port or _PORTS[relay.security]
    with _explained(relay, deadline):
        connection = deadline.connect(relay.host, port)
        try:
            if relay.security == "tls":
                connection = ssl.create_default_context().wrap_socket(connection, server_hostname=relay.host)
            client = _Client(connection, relay.host)
        except BaseException:
            connection.close()
            raise
    try:
        with _explained(relay, deadline):
            _greet(client, relay)
        yield client
    finally:
        client.close()


def _greet(client: _Client, relay: Relay) -> None:
    _expect(client.getreply(), 220, "greeted with")
    client.ehlo_or_helo_if_needed()
    if relay.security == "starttls":
        if not client.has_extn("starttls"):
            raise Gone("offers no STARTTLS")
        client.starttls(context=ssl.create_default_context())
        client.ehlo_or_helo_if_needed()
    if relay.user:
        _log_in(client, relay)


def _log_in(client: _Client, relay: Relay) -> None:
    """Log in with PLAIN or LOGIN; smtplib's own login cannot send a password with letters outside ASCII."""
    if not _keeps_secrets(client):
        raise Gone("would get the password in the clear: set security to tls or starttls")
    offered = client.esmtp_features.get("auth", "").upper().split()
    user, password = relay.user.encode(), relay.password.encode()
    if "PLAIN" in offered:
        code, _ = client.docmd("AUTH", "PLAIN " + _coded(b"\0" + user + b"\0" + password))
    elif "LOGIN" in offered:
        code, _ = client.docmd("AUTH", "LOGIN")
        for each in (user, password):
            if code == 334:
                code, _ = client.docmd(_coded(each))
    else:
        raise Gone("offers no login by PLAIN or LOGIN")
    # 503: it knows us already (RFC 4954, 4).
    if code not in (235, 503):
        # What it says of it may repeat what it was told.
        raise Gone(f"refused the login ({code})")


def _coded(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _keeps_secrets(client: _Client) -> bool:
    if isinstance(client.sock, ssl.SSLSocket):
        return True
    return ip_address(client.sock.getpeername()[0].partition("%")[0]).is_loopback


# --- one message ----------------------------------------------------------------------------------


def deliver(client: _Client, mail: Written, relay: Relay, deadline: Deadline) -> Sent:
    """Send one message; raises Gone while it cannot have arrived."""
    with _explained(relay, deadline):
        _address(client, mail, relay)
        client.send(_quoted(mail.data))
    try:
        with _explained(relay, deadline):
            # A message without its last line is thrown away (RFC 5321, 4.1.1.4); behind this, it may be kept.
            client.send(b".\r\n")
            code, said = client.getreply()
    except Gone as gone:
        return Sent(Outcome.UNSURE, f"the relay got the whole message and then {gone}")
    if code >= 400:
        why = _refused("the message", code, said, relay)
        return Sent(Outcome.FAILED, f"the relay {why}")
    if code >= 300:
        return Sent(Outcome.UNSURE, f"the relay got the whole message and then answered {code}")
    return Sent(Outcome.SENT)


def _address(client: _Client, mail: Written, relay: Relay) -> None:
    """Say from whom and to whom, until the server asks for the message."""
    if mail.international and not client.has_extn("smtputf8"):
        raise Gone("takes no address with letters outside ASCII")
    options = [f"SIZE={len(mail.data)}"] if client.has_extn("size") else []
    if mail.international:
        client.command_encoding = "utf-8"
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    for what, command in (
        ("the sender", " ".join([f"MAIL FROM:<{mail.sender}>", *options])),
        ("the recipient", f"RCPT TO:<{mail.to}>"),
        ("a message", "DATA"),
    ):
        code, said = client.docmd(command)
        if code >= 400:
            raise Gone(_refused(what, code, said, relay))
        if (code >= 300) != (command == "DATA"):
            raise Gone(f"answered {code} to {what}")


def _quoted(data: bytes) -> bytes:
    # A line that begins with a dot gains one (RFC 5321, 4.5.2).
    return re.sub(rb"(?m)^\.", b"..", data)


def take_leave(client: _Client, deadline: Deadline) -> None:
    """End politely, whatever the server makes of it."""
    deadline.hasten(_FAREWELL)
    with suppress(OSError, Gone, smtplib.SMTPException):
        client.docmd("QUIT")


# --- what went wrong ------------------------------------------------------------------------------


def _refused(what: str, code: int, said: bytes, relay: Relay) -> str:
    return f"refused {what}: {code} {clause(said, relay.password)}".rstrip()


def _expect(reply: tuple[int, bytes], code: int, what: str) -> None:
    if reply[0] != code:
        raise Gone(f"{what} {reply[0]} {clause(reply[1])}".rstrip())


_HUNG_UP = (
    smtplib.SMTPServerDisconnected,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    BrokenPipeError,
    ConnectionAbortedError,
    ConnectionResetError,
)


@contextmanager
def _explained(relay: Relay, deadline: Deadline) -> Iterator[None]:
    """Turn what goes wrong in here into Gone, with a clause that holds no secret."""
    try:
        yield
    except Gone:
        raise
    except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
        # Not chained: such errors quote what was sent, and that may be the password.
        raise Gone(_why(error, relay, deadline)) from None


def _why(error: Exception, relay: Relay, deadline: Deadline) -> str:
    if deadline.is_over or isinstance(error, TimeoutError):
        return f"took longer than {relay.seconds:g} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that does not hold: {clause(error.verify_message)}"
    if isinstance(error, _HUNG_UP):
        return "hung up"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answered {error.smtp_code}"
    if isinstance(error, ssl.SSLError):
        return f"speaks no TLS that we do: {clause(error.reason or 'no reason given')}"
    if isinstance(error, OSError):
        return f"cannot be reached: {clause(error.strerror or str(error))}"
    return "answered what is no SMTP"
