"""Asks again over TCP what did not fit into a datagram (RFC 7766), beside everything else that is on its way."""

import os
import select
import socket
from collections import deque
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from delist.lookup import wire
from delist.rules.dnsbl import Failure

AT_ONCE = 32


class Asked(Protocol):
    """What a call needs to know of a question."""

    question: bytes


Of = TypeVar("Of", bound=Asked)
Done = tuple[Of, "bytes | Failure", int]


@dataclass(slots=True, eq=False)
class Call(Generic[Of]):
    """One connection for one question: what is not sent yet, and what came so far."""

    asked: Of
    until: float
    connection: socket.socket
    id: bytes
    unsent: bytes
    received: bytes = b""


class Calls(Generic[Of]):
    """The connections that are open, and the questions that wait for one. Times are seconds of a monotonic clock."""

    def __init__(self, poll: "select.poll") -> None:
        self._poll = poll
        self._open: dict[int, Call[Of]] = {}
        self._waiting: deque[tuple[Of, int, Any, float]] = deque()
        self._ended: list[Done[Of]] = []

    def call(self, asked: Of, family: int, address: Any, until: float) -> None:
        """Ask a server a question over TCP, as soon as there is a free connection; given up at `until`."""
        self._waiting.append((asked, family, address, until))
        self._connect()

    def _connect(self) -> None:
        while self._waiting and len(self._open) < AT_ONCE:
            asked, family, address, until = self._waiting.popleft()
            try:
                connection = socket.socket(family, socket.SOCK_STREAM)
            except OSError:
                self._ended.append((asked, Failure.TRUNCATED, 0))
                continue
            connection.setblocking(False)
            key = os.urandom(2)
            message = key + wire.HEADER + asked.question
            call = Call(asked, until, connection, key, len(message).to_bytes(2) + message)
            try:
                connection.connect(address)
            except BlockingIOError:
                pass
            except OSError:
                connection.close()
                self._ended.append((asked, Failure.TRUNCATED, 0))
                continue
            self._open[connection.fileno()] = call
            self._poll.register(connection, select.POLLOUT)

    def ready(self, fd: int) -> None:
        """Go on with a connection that can be written to or read from."""
        call = self._open.get(fd)
        if call is None:
            return
        try:
            if call.unsent:
                call.unsent = call.unsent[call.connection.send(call.unsent) :]
                if not call.unsent:
                    self._poll.modify(fd, select.POLLIN)
                return
            data = call.connection.recv(65537)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        call.received += data
        size = int.from_bytes(call.received[:2]) if len(call.received) > 1 else 65536
        if not data or len(call.received) >= size + 2:
            self._end(fd, call, call.received[2 : size + 2] if len(call.received) >= size + 2 else b"")

    def _end(self, fd: int, call: Call[Of], data: bytes) -> None:
        del self._open[fd]
        self._poll.unregister(fd)
        call.connection.close()
        question = call.asked.question
        is_ours = wire.is_reply(data) and data[:2] == call.id and data[4:6] == b"\0\1"
        is_answer = is_ours and data.startswith(question, wire.HEADER_SIZE)
        result: bytes | Failure = data if is_answer and not wire.is_truncated(data) else Failure.TRUNCATED
        self._ended.append((call.asked, result, wire.HEADER_SIZE + len(question)))
        self._connect()

    def ended(self, now: float) -> list[Done[Of]]:
        """Return what has been answered or given up since the last look."""
        for fd, call in list(self._open.items()):
            if call.until <= now:
                self._end(fd, call, b"")
        while self._waiting and self._waiting[0][3] <= now:
            self._ended.append((self._waiting.popleft()[0], Failure.TRUNCATED, 0))
        ended, self._ended = self._ended, []
        return ended

    def next_deadline(self) -> float | None:
        """Return when the first of them is given up, None if there are none."""
        if self._ended:
            return 0.0
        return min((call.until for call in self._open.values()), default=None)

    def close(self) -> None:
        """Drop every connection."""
        for call in self._open.values():
            call.connection.close()
        self._open.clear()
