"""A name server with faults: on loopback it answers, refuses, forges, loses, delays and dies as a test tells it."""

import hashlib
import heapq
import ipaddress
import itertools
import random
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from types import TracebackType
from typing import Literal, NamedTuple, Self

import dns.message
import dns.name
import dns.rdata
import dns.rdatatype
from dns.rcode import Rcode

QR, AA, TC, RD, RA = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080
OPCODE = 0x7800
REASON = "Listed, see https://lookup.example/?ip=$"
BATCH = 64  # packets taken from a socket before the delayed replies get their turn

Source = Literal["server", "other address", "other port"]


class Record(NamedTuple):
    """A resource record; without an owner it belongs to the name that was asked."""

    kind: str
    text: str
    ttl: int = 60
    owner: str = ""


@dataclass(frozen=True)
class Query:
    """What was asked: `name` in lower case and without the zone, `question` as it shall stand in the reply."""

    zone: str
    name: str
    qtype: str
    tcp: bool
    id: int
    flags: int
    question: bytes


@dataclass(frozen=True)
class Reply:
    """A packet to send after so many seconds, from that socket; without a wire a TCP connection is closed."""

    wire: bytes
    after: float = 0.0
    source: Source = "server"


Behaviour = Callable[[Query], Sequence[Reply]]


def reply(
    query: Query,
    rcode: Rcode = Rcode.NOERROR,
    answer: Sequence[Record] = (),
    authority: Sequence[Record] = (),
    *,
    flags: int = RA,
) -> Reply:
    """Return the reply to a query, packed by hand: building a message costs many times as much."""
    bits = QR | query.flags & RD | flags | rcode
    head = struct.pack("!6H", query.id, bits, 1, len(answer), len(authority), 0)
    return Reply(b"".join([head, query.question, *map(_packed, answer), *map(_packed, authority)]))


@lru_cache(maxsize=8192)
def _packed(record: Record) -> bytes:
    # 0xC00C points at the name in the question, in whatever case it was asked.
    owner = _name(record.owner) if record.owner else b"\xc0\x0c"
    kind = dns.rdatatype.from_text(record.kind)
    data = dns.rdata.from_text("IN", kind, record.text).to_wire() or b""
    return owner + struct.pack("!HHIH", kind, 1, record.ttl, len(data)) + data


def _name(text: str) -> bytes:
    return dns.name.from_text(text).to_wire() or b""


def _parsed(wire: bytes, zones: Mapping[str, object], *, lower: bool, tcp: bool) -> tuple[str, Query] | None:
    """Return the whole name that was asked and the query, None if it is no plain question."""
    try:
        ident, flags, questions, answers, authorities, _ = struct.unpack_from("!6H", wire)
        labels, end = _labels(wire)
        qtype, qclass = struct.unpack_from("!HH", wire, end - 4)
        full = ".".join(label.decode("ascii") for label in labels).lower()
    except (struct.error, IndexError, UnicodeDecodeError):
        return None
    if flags & (QR | OPCODE) or (questions, answers, authorities, qclass) != (1, 0, 0, 1):
        return None
    zone = _zone_of(full, zones)
    name = full.removesuffix(zone).removesuffix(".") if zone else full
    question = wire[12:end].lower() if lower and wire[12:end].isascii() else wire[12:end]
    return full, Query(zone, name, dns.rdatatype.to_text(qtype), tcp, ident, flags, question)


def _labels(wire: bytes) -> tuple[list[bytes], int]:
    """Return the labels of the question and where it ends."""
    labels, at = [], 12
    while size := wire[at]:
        if size > 63:
            raise IndexError("a question has nothing to point at")
        labels.append(wire[at + 1 : at + 1 + size])
        at += 1 + size
    return labels, at + 5


def _zone_of(name: str, zones: Mapping[str, object]) -> str:
    """Return the longest of the zones that the name is in, or nothing."""
    while name and name not in zones:
        name = name.partition(".")[2]
    return name


def _soa(zone: str, ttl: int = 60) -> Record:
    return Record("SOA", f"ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 {ttl}", ttl, zone)


def _listing(query: Query, codes: Sequence[str], reason: str, ttl: int = 60, flags: int = RA) -> Reply:
    """Return the listing in the type that was asked; an empty answer for any other type."""
    texts = {"A": codes, "TXT": [f'"{reason}"'] if reason else []}.get(query.qtype, ())
    records = [Record(query.qtype, text, ttl) for text in texts]
    return reply(query, answer=records, authority=[] if records else [_soa(query.zone)], flags=flags)


def _nxdomain(query: Query, ttl: int = 60, flags: int = RA) -> Reply:
    return reply(query, Rcode.NXDOMAIN, authority=[_soa(query.zone, ttl)], flags=flags)


def _reversed(address: str) -> str:
    pointer = ipaddress.ip_address(address).reverse_pointer
    return pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


@dataclass(frozen=True)
class Lists:
    """A healthy blocklist of addresses and their codes, with the test points of RFC 5782; TTLs in seconds.

    A refusal among the codes makes a mixture. Others are NXDOMAIN with a SOA. It answers like a resolver, unless
    `authoritative`. `$` in the reason becomes the address.
    """

    listed: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    test_points: bool = True
    ttl: int = 60
    negative_ttl: int = 60
    reason: str = REASON
    authoritative: bool = False

    @cached_property
    def _found(self) -> dict[str, tuple[str, Sequence[str]]]:
        points = {"127.0.0.2": "127.0.0.2", "::ffff:7f00:2": "127.0.0.2"} if self.test_points else {}
        every: dict[str, str | Sequence[str]] = {**points, **self.listed}
        return {_reversed(each): (each, [codes] if isinstance(codes, str) else codes) for each, codes in every.items()}

    def __call__(self, query: Query) -> Sequence[Reply]:
        flags = RA | AA if self.authoritative else RA
        if found := self._found.get(query.name):
            address, codes = found
            return [_listing(query, codes, self.reason.replace("$", address), self.ttl, flags)]
        if not query.name:
            return [reply(query, authority=[_soa(query.zone, self.negative_ttl)], flags=flags)]
        return [_nxdomain(query, self.negative_ttl, flags)]


@dataclass(frozen=True)
class Silent:
    """Answers nothing at all; over TCP it leaves the connection open."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        return []


@dataclass(frozen=True)
class Fails:
    """Answers every query with this code of failure."""

    rcode: Rcode

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [reply(query, self.rcode)]


Refuses = partial(Fails, Rcode.REFUSED)
ServFails = partial(Fails, Rcode.SERVFAIL)
FormErrs = partial(Fails, Rcode.FORMERR)


@dataclass(frozen=True)
class Empties:
    """A dead list: NXDOMAIN for everything, its test points too."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [_nxdomain(query)]


@dataclass(frozen=True)
class ListsTheWorld:
    """A dead list the other way: everything is listed, with this code."""

    code: str = "127.0.0.2"
    reason: str = "This list is closed"

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [_listing(query, [self.code], self.reason)]


@dataclass(frozen=True)
class TurnsAway(ListsTheWorld):
    """Refuses us in its own words: the same code for everything."""

    code: str = "127.255.255.254"
    reason: str = "Query refused, see https://lookup.example/refused"


@dataclass(frozen=True)
class Parked:
    """A domain that has been sold: every name has the address of the buyer's page, and no text."""

    address: str = "203.0.113.80"

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [_listing(query, [self.address], "")]


@dataclass(frozen=True)
class NoData:
    """Like the inner behaviour, but NOERROR without an answer where that says NXDOMAIN."""

    inner: Behaviour = Lists()

    def __call__(self, query: Query) -> Sequence[Reply]:
        nodata = reply(query, authority=[_soa(query.zone)])
        return [nodata if _rcode(each) == Rcode.NXDOMAIN else each for each in self.inner(query)]


@dataclass(frozen=True)
class Referral:
    """NOERROR with name servers to ask instead, and nothing else."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [reply(query, authority=[Record("NS", f"ns.{query.zone}.", owner=query.zone)], flags=0)]


@dataclass(frozen=True)
class Truncates:
    """Over UDP nothing but "truncated", over TCP the inner behaviour."""

    inner: Behaviour

    def __call__(self, query: Query) -> Sequence[Reply]:
        return self.inner(query) if query.tcp else [reply(query, flags=RA | TC)]


@dataclass(frozen=True)
class TruncatesAndNoTcp:
    """Over UDP nothing but "truncated"; over TCP the connection is closed without an answer."""

    inner: Behaviour

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [Reply(b"")] if query.tcp else [reply(query, flags=RA | TC)]


@dataclass(frozen=True)
class Alias:
    """What the inner behaviour answers stands at another name; a CNAME before it, in the same message, leads there."""

    inner: Behaviour

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [self._moved(query, each) for each in self.inner(query)]

    def _moved(self, query: Query, inner: Reply) -> Reply:
        target = f"listed.{query.zone}"
        found = dns.message.from_wire(inner.wire).answer
        records = [Record(query.qtype, data.to_text(), rrset.ttl, target) for rrset in found for data in rrset]
        return reply(query, answer=[Record("CNAME", f"{target}."), *records]) if records else inner


@dataclass(frozen=True)
class DanglingAlias:
    """A CNAME that leads to a name of which nothing is said."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [reply(query, answer=[Record("CNAME", f"nowhere.{query.zone}.")])]


def _forged(query: Query) -> Reply:
    return _listing(query, ["127.0.0.2"], "forged")


@dataclass(frozen=True)
class OtherId:
    """Over UDP first a forged listing with another id, then, after `gap` seconds, the inner behaviour."""

    inner: Behaviour
    gap: float = 0.05

    def __call__(self, query: Query) -> Sequence[Reply]:
        return _after(self.inner, query, self.gap, [_forged(replace(query, id=query.id ^ 1))])


@dataclass(frozen=True)
class OtherQuestion:
    """Over UDP first a forged listing of another name with the right id, then, after `gap` seconds, the inner one."""

    inner: Behaviour
    gap: float = 0.05

    def __call__(self, query: Query) -> Sequence[Reply]:
        question = _name(f"other.{query.zone}") + query.question[-4:]
        return _after(self.inner, query, self.gap, [_forged(replace(query, question=question))])


@dataclass(frozen=True)
class OtherAddress:
    """Over UDP first forged listings from 127.0.0.99 (not on IPv6) and from another port, then the inner behaviour."""

    inner: Behaviour
    gap: float = 0.05

    def __call__(self, query: Query) -> Sequence[Reply]:
        sources: tuple[Source, Source] = ("other address", "other port")
        return _after(self.inner, query, self.gap, [replace(_forged(query), source=source) for source in sources])


def _after(inner: Behaviour, query: Query, gap: float, forged: Sequence[Reply]) -> Sequence[Reply]:
    return inner(query) if query.tcp else [*forged, *Slow(inner, gap)(query)]


@dataclass(frozen=True)
class Slow:
    """The inner behaviour, so many seconds later; other queries don't wait."""

    inner: Behaviour
    seconds: float

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [replace(each, after=each.after + self.seconds) for each in self.inner(query)]


@dataclass(frozen=True)
class RewritesNxdomain:
    """A resolver that sells NXDOMAIN: A queries get the address of its search page instead, others nothing."""

    inner: Behaviour
    to: str = "203.0.113.99"

    def __call__(self, query: Query) -> Sequence[Reply]:
        page = _listing(query, [self.to], "")
        return [page if _rcode(each) == Rcode.NXDOMAIN else each for each in self.inner(query)]


def _rcode(answer: Reply) -> int:
    return answer.wire[3] & 15 if answer.wire else Rcode.NOERROR


@dataclass(frozen=True)
class Dies:
    """The inner behaviour for so many queries, then the other one for ever."""

    inner: Behaviour
    after: int
    then: Behaviour = Silent()
    _asked: Counter[str] = field(default_factory=Counter, init=False, repr=False, compare=False)

    def __call__(self, query: Query) -> Sequence[Reply]:
        self._asked[""] += 1
        return self.inner(query) if self._asked[""] <= self.after else self.then(query)


@dataclass(frozen=True)
class Garbage:
    """Random bytes behind the right id, the same ones for the same seed and order of queries."""

    seed: int = 1

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(self.seed)

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [Reply(query.id.to_bytes(2) + self._random.randbytes(self._random.randint(0, 200)))]


@dataclass(frozen=True)
class Flaky:
    """SERVFAIL for the first so many times that each question is asked, then the inner behaviour."""

    inner: Behaviour
    failures: int = 1
    _asked: Counter[tuple[str, str]] = field(default_factory=Counter, init=False, repr=False, compare=False)

    def __call__(self, query: Query) -> Sequence[Reply]:
        question = (query.name, query.qtype)
        self._asked[question] += 1
        return self.inner(query) if self._asked[question] > self.failures else [reply(query, Rcode.SERVFAIL)]


class FaultServer:
    """A server on loopback, UDP and TCP on one port, whose zones behave as told; a context manager.

    `behaviours` may be changed while it runs; names in no zone are refused. `asked` has what arrived, in order: zone,
    name in lower case, type, "udp" or "tcp". `loss` is the share of queries, and of answers, that vanish over UDP: the
    nth packet about a name has a fate that depends on the seed alone, so a run can be repeated. `lost` counts them,
    `malformed` what was no plain question and got no answer.
    With `case="lower"` the question comes back in lower case; with `tcp=False` connections are refused.
    """

    def __init__(
        self,
        behaviours: Mapping[str, Behaviour],
        *,
        seed: int = 1,
        loss: float = 0.0,
        ipv6: bool = False,
        case: Literal["keep", "lower"] = "keep",
        tcp: bool = True,
    ) -> None:
        self.behaviours = dict(behaviours)
        self.asked: list[tuple[str, str, str, str]] = []
        self.lost = 0
        self.malformed = 0
        self._loss, self._seed, self._lower, self._tcp = loss, seed, case == "lower", tcp
        self._host, self._family = ("::1", socket.AF_INET6) if ipv6 else ("127.0.0.1", socket.AF_INET)
        self._packets: Counter[str] = Counter()
        self._later: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._udp: dict[Source, socket.socket] = {}
        self._thread = threading.Thread(target=self._serve, name="fault server", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Return where it listens: host and port."""
        return self._host, self._port

    @property
    def nameserver(self) -> str:
        """Return where it listens as one writes it on a command line: 127.0.0.1:PORT or [::1]:PORT."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    def __enter__(self) -> Self:
        self._listen()
        self._wake, wakes = socket.socketpair()
        self._selector.register(wakes, selectors.EVENT_READ, partial(setattr, self, "_stopping", True))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wake.send(b"!")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            self._close(key.fileobj)
        for sock in (self._wake, *self._udp.values()):
            sock.close()
        self._selector.close()

    def _listen(self) -> None:
        """Bind UDP and TCP to one free port, and the sockets that forged replies come from."""
        for attempt in itertools.count():
            self._udp["server"] = server = self._bound(socket.SOCK_DGRAM, self._host, 0)
            self._port = int(server.getsockname()[1])
            try:
                listener = self._bound(socket.SOCK_STREAM, self._host, self._port) if self._tcp else None
                break
            except OSError:
                server.close()
                if attempt == 9:
                    raise
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._selector.register(server, selectors.EVENT_READ, partial(self._hear, server))
        if listener:
            listener.listen(128)
            self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))
        self._udp["other port"] = self._bound(socket.SOCK_DGRAM, self._host, 0)
        # ::1 is all that IPv6 has on loopback.
        elsewhere = (self._host, 0) if ":" in self._host else ("127.0.0.99", self._port)
        self._udp["other address"] = self._bound(socket.SOCK_DGRAM, *elsewhere)

    def _bound(self, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
        sock = socket.socket(self._family, kind)
        sock.setblocking(False)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        return sock

    def _serve(self) -> None:
        while not self._stopping:
            wait = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
            for key, _ in self._selector.select(wait):
                key.data()
            while self._later and self._later[0][0] <= time.monotonic():
                heapq.heappop(self._later)[2]()

    def _hear(self, server: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                wire, client = server.recvfrom(65535)
            except BlockingIOError:
                return
            self._answer_udp(wire, client)

    def _answer_udp(self, wire: bytes, client: tuple[str, int]) -> None:
        if (parsed := self._understood(wire, tcp=False)) is None:
            return
        about = f"{parsed[0]} {parsed[1].qtype}"
        if self._is_lost(f"query {about}"):
            return
        for answer in self._replies(*parsed):
            if not self._is_lost(f"answer {about}"):
                self._send(answer.after, partial(self._udp[answer.source].sendto, answer.wire, client))

    def _understood(self, wire: bytes, *, tcp: bool) -> tuple[str, Query] | None:
        parsed = _parsed(wire, self.behaviours, lower=self._lower, tcp=tcp)
        self.malformed += parsed is None
        return parsed

    def _replies(self, full: str, query: Query) -> list[Reply]:
        self.asked.append((query.zone, full, query.qtype, "tcp" if query.tcp else "udp"))
        behaviour = self.behaviours.get(query.zone)
        return list(behaviour(query)) if behaviour else [reply(query, Rcode.REFUSED)]

    def _is_lost(self, what: str) -> bool:
        if not self._loss:
            return False
        self._packets[what] += 1
        fate = hashlib.blake2b(f"{self._seed} {what} {self._packets[what]}".encode(), digest_size=8).digest()
        lost = int.from_bytes(fate) < self._loss * 2**64
        self.lost += lost
        return lost

    def _send(self, after: float, send: Callable[[], object]) -> None:
        if after:
            later: Callable[[], object] = partial(_quietly, send)
            heapq.heappush(self._later, (time.monotonic() + after, next(self._order), later))
        else:
            _quietly(send)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, partial(self._read, connection, bytearray()))

    def _read(self, connection: socket.socket, heard: bytearray) -> None:
        try:
            fresh = connection.recv(65535)
        except OSError:
            fresh = b""
        heard += fresh
        if not fresh:
            self._close(connection)
        while len(heard) >= 2 and len(heard) >= (end := 2 + int.from_bytes(heard[:2])):
            self._answer_tcp(bytes(heard[2:end]), connection)
            del heard[:end]

    def _answer_tcp(self, wire: bytes, connection: socket.socket) -> None:
        parsed = self._understood(wire, tcp=True)
        for answer in self._replies(*parsed) if parsed else [Reply(b"")]:
            framed = len(answer.wire).to_bytes(2) + answer.wire
            hang_up, send = partial(self._close, connection), partial(connection.sendall, framed)
            self._send(answer.after, send if answer.wire else hang_up)

    def _close(self, sock: object) -> None:
        assert isinstance(sock, socket.socket)
        with suppress(KeyError, ValueError):
            self._selector.unregister(sock)
        sock.close()


def _quietly(send: Callable[[], object]) -> None:
    """Send; a client that has gone is none of our business."""
    with suppress(OSError):
        send()
