"""A mail relay on loopback: a real aiosmtpd that keeps what it takes, and fails at whatever step a test names."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
# It warns of every login that it remembers the name by an attribute of its own that will go.
logging.getLogger("mail.log").setLevel(logging.ERROR)
Security = Literal["none", "starttls", "tls"]
# Where a fault may strike, in the order of a conversation: in place of the command's answer, "." in place of the one
# to the whole message.
STEPS = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT")


@dataclass(frozen=True)
class Answers:
    """Gives this answer; a message so answered is kept if the answer is no refusal, or if that is said."""

    text: str
    keeps: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether a message with this answer is kept."""
        return self.keeps or self.text[:1] == "2"


@dataclass(frozen=True)
class HangsUp:
    """Closes the connection, after these octets; at "." by default when it has the message."""

    saying: bytes = b""
    is_kept: bool = True


@dataclass(frozen=True)
class Hangs:
    """Says nothing any more, after these octets, and reads nothing."""

    saying: bytes = b""
    is_kept: bool = True


@dataclass(frozen=True)
class Drips:
    """Sends one octet of an answer that never ends, again and again after so many seconds."""

    every: float = 0.05
    is_kept: bool = True


@dataclass(frozen=True)
class Says:
    """Writes these octets as they are: nonsense, half an answer; with `again` as fast as they are read."""

    octets: bytes = b"\x16\x03\x01\x00\xff<html>\xe2\x28 502\r\n"
    again: bool = False
    is_kept: bool = True


Fault = Answers | HangsUp | Hangs | Drips | Says


@dataclass(frozen=True)
class Kept:
    """A message that the relay took: its envelope, its octets, who had logged in and whether it came encrypted."""

    sender: str
    to: tuple[str, ...]
    raw: bytes
    user: str | None
    is_secured: bool
    options: tuple[str, ...] = ()

    @property
    def mail(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.raw, policy=default)


@cache
def authority() -> trustme.CA:
    """Return the authority that vouches for the servers of this test run."""
    return trustme.CA()


def write_authority(folder: Path) -> Path:
    """Write the authority's certificate into a folder; a program trusts it whose SSL_CERT_FILE is that path."""
    path = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return path


@dataclass
class Relay:
    """A running relay; a context manager, or `stop()` it.

    With `login`, a name and a password, it takes mail only from whom has logged in. `names` are those of its
    certificate. `faults` maps a step of STEPS to what happens there, and may be changed at any time; `mails` is what
    it has taken, `heard` the commands it was given, without what was said to AUTH.
    """

    security: Security = "none"
    login: tuple[str, str] | None = None
    mechanisms: Sequence[str] = ("PLAIN", "LOGIN")
    names: Sequence[str] = (HOST, "localhost")
    international: bool = True
    most: int = 2**25
    faults: dict[str, Fault] = field(default_factory=dict)
    mails: list[Kept] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert set(self.faults) <= set(STEPS)
        self._context = _server_context(self.names) if self.security != "none" else None
        self._connections: set[_Protocol] = set()
        self._loop = asyncio.new_event_loop()
        implicit = self._context if self.security == "tls" else None
        starting = self._loop.create_server(lambda: _Protocol(self), HOST, 0, ssl=implicit)
        self._server = self._loop.run_until_complete(starting)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server and its connections; once it is ended, do nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Transports tell of their end in the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what the protocol asks of it -------------------------------------------------------------

    def smtp_options(self) -> dict[str, Any]:
        """Return how aiosmtpd is to behave."""
        return {
            "hostname": "relay.example.org",
            "enable_SMTPUTF8": self.international,
            "data_size_limit": self.most,
            "tls_context": self._context if self.security == "starttls" else None,
            "require_starttls": self.security == "starttls",
            # aiosmtpd counts only STARTTLS as encrypted.
            "auth_require_tls": self.security == "starttls",
            "auth_exclude_mechanism": {"PLAIN", "LOGIN"} - set(self.mechanisms if self.login else ()),
            "authenticator": self._admit,
        }

    def _admit(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        named = data.login.decode(), data.password.decode()
        # Not handled: aiosmtpd is to answer itself.
        return AuthResult(success=named == self.login, handled=False, auth_data=named[0])

    async def handle_DATA(self, server: "_Protocol", session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message, unless the fault of this step says otherwise, and answer."""
        fault = self.faults.get(".")
        if fault is None or fault.is_kept:
            self._keep(server, session, envelope)
        if isinstance(fault, Answers):
            return fault.text
        if fault is not None:
            await server.fail(fault)
        return "250 2.0.0 Taken"

    def _keep(self, server: "_Protocol", session: Session, envelope: Envelope) -> None:
        user = session.auth_data if session.authenticated else None
        is_secured = self.security == "tls" or session.ssl is not None
        raw, options = bytes(envelope.original_content or b""), tuple(envelope.mail_options)
        to = tuple(str(each) for each in envelope.rcpt_tos)
        self.mails.append(Kept(str(envelope.mail_from), to, raw, user, is_secured, options))


def _server_context(names: Sequence[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*names).configure_cert(context)
    return context


class _Protocol(SMTP):
    """One connection of the relay: aiosmtpd, with a fault in place of an answer where one is set."""

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay, **relay.smtp_options())
        self._relay = relay
        self._is_greeting = True
        # Asked for as a parameter it warns, which pytest takes for an error.
        self._auth_required = relay.login is not None
        methods: Mapping[str, Callable[[str | None], Awaitable[None]]] = self._smtp_methods
        self._smtp_methods = {name: self._with_faults(name, method) for name, method in methods.items()}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._relay._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._relay._connections.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """End the connection at once."""
        for transport in (self.transport, self._original_transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    async def push(self, status: Any) -> None:
        greets, self._is_greeting = self._is_greeting, False
        fault = self._relay.faults.get("CONNECT") if greets else None
        await (self.fail(fault) if fault else super().push(status))

    def _with_faults(
        self, name: str, method: Callable[[str | None], Awaitable[None]]
    ) -> Callable[[str | None], Awaitable[None]]:
        async def answer(argument: str | None) -> None:
            self._relay.heard.append(name if name == "AUTH" or not argument else f"{name} {argument}")
            fault = self._relay.faults.get("EHLO" if name == "HELO" else name)
            await (self.fail(fault) if fault else method(argument))

        return answer

    async def fail(self, fault: Fault) -> None:
        """Do what the fault says; of an answer and of octets the conversation goes on."""
        match fault:
            case Answers(text):
                await super().push(text)
            case HangsUp(saying):
                await self._write(saying)
                assert self.transport is not None
                self.transport.close()
                await asyncio.Event().wait()
            case Hangs(saying):
                await self._write(saying)
                await asyncio.Event().wait()
            case Drips(every):
                await self._write(b"250-")
                while True:
                    await self._write(b"x")
                    await asyncio.sleep(every)
            case Says(octets, again):
                await self._write(octets)
                while again:
                    await self._write(octets)
                    await asyncio.sleep(0)

    async def _write(self, octets: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()
