"""What asks a name server: its socket, the lanes of zones through it, and the questions that are on their way."""

import os
import socket
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from delist.errors import SetupError
from delist.lookup import wire
from delist.rules.dnsbl import Failure

# A server's receive buffer holds some 250 small messages by default (Linux, net.core.rmem_default); a burst that
# does not fit is lost, and each loss costs a timeout. So begin with less, and grow with what comes back.
FIRST_WINDOW, LARGEST_WINDOW, SMALLEST_WINDOW = 32, 128, 4
FIRST_THRESHOLD = 64
# Seconds. The first wait is a guess; then round-trip times tell (RFC 6298, with a floor for resolvers that recurse).
FIRST_WAIT, SHORTEST_WAIT, LONGEST_WAIT = 0.3, 0.1, 3.4

Item = tuple[Any, bytes]


@dataclass(slots=True, eq=False)
class Flight:
    """A question on its way: for which lane and what, its bytes, when it was first and last sent, how often."""

    lane: "Lane"
    tag: Any
    # The name may hold a key.
    question: bytes = field(repr=False)
    first: float
    sent: float
    tries: int = 1


@dataclass(slots=True, eq=False)
class Pace:
    """How often zones may be asked: the least time in seconds between two questions, 0 for no limit, and when the
    next one may go out; and how many may go out at all, repeated ones too, None for no limit.
    """

    gap: float = 0.0
    next_at: float = 0.0
    left: int | None = None

    @property
    def is_spent(self) -> bool:
        """Whether no more questions may go out."""
        return self.left is not None and self.left <= 0


@dataclass(slots=True, eq=False)
class Lane:
    """One zone, one type of record, one name server: how many questions it bears at once, and how long it takes.

    Lanes of one zone share a pace; `asked` counts the questions that were sent, repeated ones too.
    """

    server: "Server"
    zone: bytes = field(repr=False)
    kind: int = wire.A
    pace: Pace = field(default_factory=Pace)
    ending: bytes = field(default=b"", repr=False)
    window: float = FIRST_WINDOW
    threshold: float = FIRST_THRESHOLD
    flying: int = 0
    wait: float = FIRST_WAIT
    smooth: float = 0.0
    spread: float = 0.0
    cut_at: float = 0.0
    measured_at: float = 0.0
    silence: int = 0
    last_failure: Failure = Failure.TIMEOUT
    asked: int = 0
    feed: Iterator[Item] | None = None
    sent: deque[tuple[bytes, Flight]] = field(default_factory=deque)

    def begin(self, feed: Iterator[Item]) -> None:
        """Take questions; the letters of the zone's name get a new case that is hard to guess."""
        self.feed, self.silence = feed, 0
        self.respell()

    def add(self, items: Iterable[Item]) -> None:
        """Take more questions, while it is being run."""
        self.feed = iter(items) if self.feed is None else chain(self.feed, items)

    def respell(self) -> None:
        """Write the zone's name in letters whose case is left to chance, where the server keeps it."""
        self.ending = wire.ending(wire.mixed_case(self.zone) if self.server.keeps_case else self.zone, self.kind)

    def answered(self, flight: Flight, now: float) -> None:
        """Learn from an answer; a question sent twice tells no round-trip time (Karn), unless nothing else does."""
        self.silence = 0
        if flight.tries == 1:
            if self.window < LARGEST_WINDOW:
                self.window += 1 if self.window < self.threshold else 1 / self.window
            # One of those that came together tells enough (RFC 6298, section 3: once a round trip).
            if now != self.measured_at:
                self.measured_at = now
                self._measure(now - flight.first)
        elif not self.smooth and now - flight.first > self.wait:
            self.wait = min((now - flight.first) * 1.25, LONGEST_WAIT)

    def _measure(self, took: float) -> None:
        if self.smooth:
            self.spread += (abs(took - self.smooth) - self.spread) / 4
            self.smooth += (took - self.smooth) / 8
        else:
            self.smooth, self.spread = took, took / 2
        wanted = self.smooth + 4 * self.spread
        self.wait = SHORTEST_WAIT if wanted < SHORTEST_WAIT else min(wanted, LONGEST_WAIT)

    def ready_at(self) -> float:
        """Return when the paces of the zone and of the server allow the next question, 0 if there are none."""
        return max(self.pace.next_at, self.server.pace.next_at)

    def goes_out(self, now: float, count: int = 1) -> None:
        """Count questions that go out, and begin the gap after them."""
        self.asked += count
        if self.pace.left is not None:
            self.pace.left -= count
        for pace in (self.pace, self.server.pace):
            if pace.gap:
                pace.next_at = now + pace.gap

    def lost(self, now: float) -> None:
        """Send less at once, but only once for a burst that was lost."""
        if now - self.cut_at > self.wait:
            self.cut_at = now
            self.window = self.threshold = max(SMALLEST_WINDOW, self.window / 2)


class Server:
    """One name server: a socket that hears nobody else, and what is on its way to it.

    The port is the system's choice and new for each server object; ids come from the system's randomness. A
    connected socket takes datagrams from that address and port only, and reports that a port is closed.
    """

    def __init__(self, host: str, port: int, gap: float = 0.0) -> None:
        self.name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.address = socket.getaddrinfo(host, port, self.family, socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0][4]
        self.pace = Pace(gap)
        self.keeps_case = True
        self.flights: dict[bytes, Flight] = {}
        self.again: list[tuple[float, bytes, Flight]] = []
        self.refusals = 0
        self.has_answered = False
        self.other_letters = 0
        self._ids: list[bytes] = []
        self.trouble = ""
        try:
            self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        except OSError as error:
            raise SetupError(f"cannot ask {self.name}: {error.strerror}") from None
        self.socket.setblocking(False)
        try:
            self.socket.connect(self.address)
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def new_id(self) -> bytes:
        """Return an id that nothing on its way has."""
        while True:
            if not self._ids:
                chance = os.urandom(1024)
                self._ids = [chance[at : at + 2] for at in range(0, 1024, 2)]
            if (found := self._ids.pop()) not in self.flights:
                return found

    def close(self) -> None:
        """Give the port back."""
        self.socket.close()
