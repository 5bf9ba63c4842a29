"""A time limit for a whole conversation: however slowly the other side speaks, the connection ends on time."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread, Timer
from time import monotonic
from types import TracebackType
from typing import Self

_Found = Sequence[tuple[socket.AddressFamily, tuple[object, ...]]]


class Deadline:
    """So many seconds from its making; a context manager. At its end the connection made here is shut down.

    A limit for each read does not do: a server that sends an octet a second holds us for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds
        self._connection: socket.socket | None = None
        self._timer = self._timed(seconds)

    @property
    def left(self) -> float:
        """The seconds that are left, at least a thousandth: zero would be no limit to a socket."""
        return max(self._until - monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        """Whether the time has run out."""
        return monotonic() >= self._until

    def hasten(self, seconds: float) -> None:
        """Leave the conversation so many seconds at most from now on."""
        self._until = min(self._until, monotonic() + seconds)
        self._timer.cancel()
        self._timer = self._timed(self.left)
        self._timer.start()

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to a host, tried address by address; raises OSError."""
        found = self._addresses(host, port)
        failure = OSError("its name has no address")
        for number, (family, address) in enumerate(found):
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                # An address that never answers leaves some time for the next.
                connection.settimeout(self.left / (len(found) - number))
                connection.connect(address)
                connection.settimeout(self.left)
                # A copy, since TLS takes the socket over, and shutting a TLS socket down first stops to encrypt.
                self._connection = connection.dup()
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure

    def _addresses(self, host: str, port: int) -> _Found:
        """Resolve a name within the time: getaddrinfo itself knows no limit."""
        found: list[_Found | OSError] = []

        def resolve() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.append([(family, address) for family, _, _, _, address in answers])
            except (OSError, UnicodeError) as error:
                found.append(error if isinstance(error, OSError) else OSError("its name is malformed"))

        asking = Thread(target=resolve, daemon=True)
        asking.start()
        asking.join(self.left)
        if not found:
            raise TimeoutError("its name was not resolved in time")
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]

    def _timed(self, seconds: float) -> Timer:
        timer = Timer(seconds, self._cut)
        timer.daemon = True
        return timer

    def _cut(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._connection is not None:
            self._connection.close()
