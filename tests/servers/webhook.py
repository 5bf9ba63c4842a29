"""A web service on loopback that keeps what is posted to it, and fails as a test tells it."""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Replies:
    """Answers with this status and body."""

    status: int = 200
    body: bytes = b"{}"


@dataclass(frozen=True)
class Hangs:
    """Takes the request and says nothing."""


@dataclass(frozen=True)
class HangsUp:
    """Takes the request and closes the connection without a word."""


@dataclass(frozen=True)
class Drips:
    """Sends a header of its answer octet by octet, one in so many seconds, without end."""

    every: float = 0.05


@dataclass(frozen=True)
class Says:
    """Writes these octets in place of an answer."""

    octets: bytes = b"\x00\xff250 OK this is no HTTP\r\n\r\n"


Behaviour = Replies | Hangs | HangsUp | Drips | Says


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        """The JSON of its body."""
        return json.loads(self.body)


@dataclass
class Webhook:
    """A running service; a context manager, or `stop()` it. `behaviour` may be changed at any time, `asked` is kept."""

    behaviour: Behaviour = field(default_factory=Replies)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_over = threading.Event()
        self._server = _Server((HOST, 0), self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, path: str = "hook") -> str:
        """Return the URL by which Apprise posts JSON to it."""
        return f"json://{HOST}:{self.port}/{path}"

    def stop(self) -> None:
        """End the service; whoever waits for an answer is hung up on. Once it is ended, do nothing."""
        if self.is_over.is_set():
            return
        self.is_over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], webhook: Webhook) -> None:
        self.webhook = webhook
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that is killed while it is answered is what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        webhook = self.server.webhook
        webhook.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        self.close_connection = True
        with suppress(OSError):
            self._behave(webhook)

    def _behave(self, webhook: Webhook) -> None:
        match webhook.behaviour:
            case Replies(status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            case Hangs():
                webhook.is_over.wait()
            case Drips(every):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not webhook.is_over.wait(every):
                    self.wfile.write(b"x")
            case Says(octets):
                self.wfile.write(octets)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the requests are kept."""
