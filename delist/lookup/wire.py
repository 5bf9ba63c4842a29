"""DNS messages as bytes: the few that a blocklist look-up sends, and any that may come back (RFC 1035, RFC 5782)."""

import os
import socket
from collections.abc import Iterable
from struct import Struct

from delist.rules.dnsbl import Answer, Failure

A, TXT = 1, 16
_CNAME, _SOA, _NS = 5, 6, 2
_IN = 1
# Standard query, recursion desired, one question (RFC 1035, 4.1.1); the id stands before it.
HEADER = bytes.fromhex("0100 0001 0000 0000 0000")
HEADER_SIZE = 12
NXDOMAIN, REFUSED, SERVFAIL = 3, 5, 2
_FAILURES = {1: Failure.FORMERR, SERVFAIL: Failure.SERVFAIL, 4: Failure.NOTIMP, REFUSED: Failure.REFUSED}

_OCTETS = tuple(bytes([len(text)]) + text for text in (str(number).encode() for number in range(256)))
_NIBBLES = tuple(f"\x01{number & 15:x}\x01{number >> 4:x}".encode() for number in range(256))
_RECORD = Struct("!HHIH")
_COUNTS = Struct("!HHHH")


def name_of(address: bytes) -> bytes:
    """Return the labels that ask for an address of 4 or 16 octets: these, or 32 nibbles, backwards (RFC 5782, 2.4)."""
    if len(address) == 4:
        return _OCTETS[address[3]] + _OCTETS[address[2]] + _OCTETS[address[1]] + _OCTETS[address[0]]
    return b"".join(_NIBBLES[octet] for octet in reversed(address))


def packed(address: str) -> bytes:
    """Return an address as octets; an IPv4-mapped IPv6 address keeps its sixteen."""
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def labels(name: str) -> bytes:
    """Return a domain name as labels, without the root; raises ValueError for what is no name."""
    parts = [part.encode("ascii") for part in name.rstrip(".").split(".")]
    if not all(0 < len(part) < 64 for part in parts) or sum(len(part) + 1 for part in parts) > 180:
        raise ValueError(f"{name!r} is no domain name to ask for")
    return b"".join(bytes([len(part)]) + part for part in parts)


def mixed_case(name: bytes) -> bytes:
    """Return labels with the case of each letter left to chance: whoever forges an answer has to guess it too."""
    chance = os.urandom(len(name))
    return bytes(
        octet ^ 0x20 if chance[at] & 1 and (65 <= octet <= 90 or 97 <= octet <= 122) else octet
        for at, octet in enumerate(name)
    )


def ending(zone: bytes, kind: int) -> bytes:
    """Return what follows the address in a question: the zone's labels, the root, type and class."""
    return zone + b"\0" + kind.to_bytes(2) + _IN.to_bytes(2)


def is_reply(data: bytes) -> bool:
    """Whether a message can be the answer to a query of ours: a response to a standard query, at least a header."""
    return len(data) >= HEADER_SIZE and data[2] & 0xF8 == 0x80


def is_truncated(data: bytes) -> bool:
    """Whether a reply says that it did not fit."""
    return bool(data[2] & 0x02)


def failure_of(data: bytes) -> Failure | None:
    """Return how a server failed by its response code, None for NOERROR and NXDOMAIN."""
    code = data[3] & 15
    return None if code in (0, NXDOMAIN) else _FAILURES.get(code, Failure.OTHER)


def parse(data: bytes, after_question: int) -> Answer:
    """Return what a reply to our question says: addresses or texts, sorted, with the TTL in seconds."""
    if len(data) < HEADER_SIZE:
        return Answer(failure=Failure.MALFORMED)
    if failure := failure_of(data):
        return Answer(failure=failure)
    try:
        return _Reader(data, after_question).answer()
    except (IndexError, ValueError):
        return Answer(failure=Failure.MALFORMED)


class _Reader:
    """Reads one reply; raises IndexError or ValueError where the bytes are no message."""

    def __init__(self, data: bytes, after_question: int) -> None:
        self._data = data
        self._at = after_question
        self._kind = int.from_bytes(data[after_question - 4 : after_question - 2])
        self._addresses: dict[bytes, list[tuple[str, int]]] = {}
        self._texts: dict[bytes, list[tuple[str, int]]] = {}
        self._aliases: dict[bytes, tuple[bytes, int]] = {}

    def answer(self) -> Answer:
        _, answers, authorities, _ = _COUNTS.unpack_from(self._data, 4)
        for _ in range(answers):
            self._record()
        authoritative = bool(self._data[2] & 0x04)
        owner, ttls = self._end_of_aliases()
        found = (self._addresses if self._kind == A else self._texts).get(owner, [])
        if found and self._data[3] & 15 == NXDOMAIN:
            return Answer(failure=Failure.MALFORMED)  # It has the name, and there is no such name.
        if found:
            least = min([ttl for _, ttl in found] + ttls)
            return Answer(_sorted((text for text, _ in found), self._kind), ttl=least, authoritative=authoritative)
        if self._aliases:
            return Answer(failure=Failure.DANGLING)
        if answers:
            # Records of other names, types or classes: this says neither yes nor no.
            return Answer(failure=Failure.UNUSABLE)
        ttl, is_referral = self._authority(authorities)
        if is_referral and not authoritative and self._data[3] & 15 == 0:
            return Answer(failure=Failure.REFERRAL)
        return Answer(ttl=ttl, authoritative=authoritative)

    def _record(self) -> None:
        owner = self._name()
        kind, of, ttl, size = self._head()
        start = self._at
        if self._at + size > len(self._data):
            raise IndexError
        if of == _IN and kind == A:
            if size != 4:
                raise ValueError
            text = ".".join(map(str, self._data[start : start + 4]))
            self._addresses.setdefault(owner, []).append((text, ttl))
        elif of == _IN and kind == TXT:
            self._texts.setdefault(owner, []).append((self._strings(start, size), ttl))
        elif of == _IN and kind == _CNAME:
            self._aliases[owner] = (self._name(), ttl)
        self._at = start + size

    def _head(self) -> tuple[int, int, int, int]:
        if self._at + 10 > len(self._data):
            raise IndexError
        kind, of, ttl, size = _RECORD.unpack_from(self._data, self._at)
        self._at += 10
        # RFC 2181, section 8: a TTL with the highest bit set counts as zero.
        return kind, of, 0 if ttl >> 31 else ttl, size

    def _strings(self, start: int, size: int) -> str:
        parts, at = [], start
        while at < start + size:
            length = self._data[at]
            parts.append(self._data[at + 1 : min(at + 1 + length, start + size)])
            at += 1 + length
        return b"".join(parts).decode("utf-8", "replace")

    def _end_of_aliases(self) -> tuple[bytes, list[int]]:
        """Return the name at the end of the chain that begins at the question, and the TTLs on the way."""
        end = self._at
        self._at = HEADER_SIZE
        owner, ttls = self._name(), []
        self._at = end
        for _ in range(len(self._aliases)):
            if owner in self._aliases:
                owner, ttl = self._aliases[owner]
                ttls.append(ttl)
        return owner, ttls

    def _authority(self, count: int) -> tuple[int, bool]:
        """Return how long an empty answer holds (RFC 2308, section 5), and whether this only points elsewhere."""
        has_ns = has_soa = False
        ttl = 0
        for _ in range(count):
            self._name()
            kind, _, found, size = self._head()
            start = self._at
            if kind == _SOA:
                has_soa = True
                self._name()
                self._name()
                minimum = int.from_bytes(self._data[self._at + 16 : self._at + 20])
                ttl = min(found, minimum)
            has_ns = has_ns or kind == _NS
            self._at = start + size
            if self._at > len(self._data):
                raise IndexError
        return ttl, has_ns and not has_soa

    def _name(self) -> bytes:
        """Read a name, compressed or not, in lower case, and go on behind it."""
        parts: list[bytes] = []
        at, jumped = self._at, False
        for _ in range(128):
            length = self._data[at]
            if length >= 0xC0:
                target = (length & 0x3F) << 8 | self._data[at + 1]
                if not jumped:
                    self._at = at + 2
                jumped = True
                if target >= at:
                    raise ValueError
                at = target
            elif length > 63:
                raise ValueError
            else:
                at += 1 + length
                if not length:
                    if not jumped:
                        self._at = at
                    return b"".join(parts).lower()
                # With its length: a dot inside a label is no border between two.
                parts.append(self._data[at - length - 1 : at])
        raise ValueError


def _sorted(texts: Iterable[str], kind: int) -> tuple[str, ...]:
    """Answers have no order of their own: addresses go by number, texts by letter."""
    return tuple(sorted(set(texts), key=socket.inet_aton if kind == A else None))
