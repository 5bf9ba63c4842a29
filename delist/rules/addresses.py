"""Addresses and networks: one spelling, what may be recorded, what a list's scope makes of them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network

from delist.errors import UsageError

# What no blocklist outside can list, by the IANA special-purpose address registries (looked up 2026-11). The
# documentation networks (RFC 5737, 3849, 9637) are not among them: examples and trials run as they are printed.
_NEVER_LISTED = (
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "a private address, shared by a carrier"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.168.0.0/16", "a private address"),
    ("198.18.0.0/15", "a private address, for benchmarks"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("::/8", "a reserved address"),
    ("100::/64", "a reserved address, for discarding"),
    ("fc00::/7", "a private address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a private address"),
    ("ff00::/8", "a multicast address"),
)
_PLAIN_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_NAMED = {"::/128": "an unspecified address", "::1/128": "a loopback address"}
# NAT64 (RFC 6052) lies inside ::/8 and is routed.
_ROUTED = ip_network("64:ff9b::/96")


def canonical(text: str) -> str:
    """Return the one spelling of a public address or network (RFC 5952); raises UsageError.

    An IPv4-mapped IPv6 address becomes IPv4, a /32 or /128 network becomes its address.
    """
    bare = text.strip()
    if _PLAIN_IPV4.fullmatch(bare):
        # Most addresses there are; a network of one costs ten times as much.
        return _plain_ipv4(bare)
    network = _network(bare)
    _refuse_private(network, bare)
    return spelled(network)


def _plain_ipv4(text: str) -> str:
    if text[: text.index(".")] in _FIRST_OCTETS:
        _refuse_private(IPv4Network(text), text)
    return text


def spelled(network: IPv4Network | IPv6Network) -> str:
    """Return how a network is written: a single address without its prefix length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


@lru_cache(maxsize=4096)
def network_of(address: str) -> IPv4Network | IPv6Network:
    """Return a canonical address or network as a network."""
    return ip_network(address)


def is_network(address: str) -> bool:
    """Whether a canonical spelling names more than one address."""
    return "/" in address


def _network(text: str) -> IPv4Network | IPv6Network:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        network = ip_network(bare)
    except ValueError:
        raise UsageError(_why_malformed(bare)) from None
    first = network.network_address
    if isinstance(first, IPv6Address) and first.ipv4_mapped and network.prefixlen >= 96:
        return IPv4Network((first.ipv4_mapped, network.prefixlen - 96))
    if isinstance(first, IPv6Address) and first.scope_id:
        raise UsageError(f"{text} has a zone id: it is an address of one link only")
    return network


def _why_malformed(text: str) -> str:
    host, slash, _ = text.partition("/")
    try:
        ip_address(host)
    except ValueError:
        looks_like_name = any(letter.isalpha() for letter in text) and ":" not in text
        hint = "give its IP address, not a host name" if looks_like_name else "write it as 203.0.113.7 or 2001:db8::25"
        return f"{text!r} is no IP address: {hint}"
    if slash:
        try:
            whole = ip_network(text, strict=False)
        except ValueError:
            return f"{text!r} is no network: the prefix length is wrong"
        return f"{text} has host bits set: the network is {whole}"
    return f"{text!r} is no IP address"


def _refuse_private(network: IPv4Network | IPv6Network, text: str) -> None:
    kind = _NAMED.get(str(network)) or _never_listed(network)
    if kind:
        raise UsageError(f"{text} is {kind}: no blocklist outside can list it")


def _never_listed(network: IPv4Network | IPv6Network) -> str | None:
    first = int(network.network_address)
    last = first | ((1 << (network.max_prefixlen - network.prefixlen)) - 1)
    for version, low, high, kind in _RANGES:
        if version == network.version and low <= last and first <= high and not _inside(network, _ROUTED):
            return kind if low <= first and last <= high else f"a network that holds {kind}"
    return None


def _range(text: str, kind: str) -> tuple[int, int, int, str]:
    network = ip_network(text)
    return network.version, int(network[0]), int(network[-1]), kind


_RANGES = tuple(_range(text, kind) for text, kind in _NEVER_LISTED)
# Most addresses begin otherwise, and need no closer look.
_FIRST_OCTETS = frozenset(
    str(octet) for version, low, high, _ in _RANGES if version == 4 for octet in range(low >> 24, (high >> 24) + 1)
)


def _inside(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and int(inner.network_address) >> (outer.max_prefixlen - outer.prefixlen)
        == int(outer.network_address) >> (outer.max_prefixlen - outer.prefixlen)
    )


def contains(outer: str, inner: str) -> bool:
    """Whether a canonical network (or address) covers another."""
    return _inside(network_of(inner), network_of(outer))


def overlap(one: str, other: str) -> bool:
    """Whether two canonical addresses or networks share an address."""
    return contains(one, other) or contains(other, one)


def collapsed(addresses: Iterable[str]) -> list[str]:
    """Return the fewest addresses and networks that are exactly these, numerically, IPv4 first."""
    networks = [network_of(each) for each in addresses]
    four = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    six = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    return [*map(spelled, four), *map(spelled, six)]


def order(address: str) -> bytes:
    """Return a key that sorts addresses numerically, IPv4 first, a network before what it holds."""
    if "." in address and "/" not in address:
        return bytes((4, *map(int, address.split(".")), 32))
    network = network_of(address)
    return bytes([network.version]) + network.network_address.packed + bytes([network.prefixlen])


def neighbourhood(address: str) -> str:
    """Return the network whose addresses share a fate where no site is named: the /24 or the /48."""
    if "." in address and "/" not in address:
        return address.rpartition(".")[0] + ".0/24"
    network = network_of(address)
    width = 24 if network.version == 4 else 48
    return str(network if network.prefixlen <= width else network.supernet(new_prefix=width))


def covered_by(address: str, scope: str) -> str:
    """Return what a list of that scope lists for an address: itself, or the covering /64 (IPv6, scope prefix)."""
    if scope != "prefix" or ":" not in address:
        return address
    network = network_of(address)
    return str(network.supernet(new_prefix=64)) if network.prefixlen > 64 else address


Bound = tuple[int, int]


def bounds(address: str) -> tuple[Bound, Bound]:
    """Return the first and the last address that a canonical spelling names, as (version, number), to compare."""
    if "." in address and "/" not in address:
        # Most addresses there are.
        alone = (4, int.from_bytes(map(int, address.split("."))))
        return alone, alone
    network = network_of(address)
    return (network.version, int(network.network_address)), (network.version, int(network.broadcast_address))


class Cover:
    """Canonical addresses and networks as one set, which can be large."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._first: list[Bound] = []
        self._last: list[Bound] = []
        self._names: list[str] = []
        # Of those that begin alike the widest first.
        found = ((*bounds(address), address) for address in addresses)
        for first, last, name in sorted(found, key=lambda each: (each[0], -each[1][1])):
            if self._last and first <= self._last[-1]:
                # Networks nest: what begins inside one ends inside it.
                continue
            self._first.append(first)
            self._last.append(last)
            self._names.append(name)

    def meeting(self, address: str) -> str | None:
        """Return a member, none of which lies in another, that shares an address with this one; None if none does."""
        first, last = bounds(address)
        place = bisect_right(self._first, last)
        return self._names[place - 1] if place > 0 and self._last[place - 1] >= first else None


class Positions:
    """Where canonical addresses and networks stand among others, given in order, each once."""

    def __init__(self, ordered: Iterable[str]) -> None:
        found = [bounds(address) for address in ordered]
        self._first = [first for first, _ in found]
        self._wide = {place: (first, last) for place, (first, last) in enumerate(found) if first != last}

    def meeting(self, address: str) -> frozenset[int]:
        """Return the places of those that lie in an address or network, else of the networks that hold it."""
        first, last = bounds(address)
        inside = range(bisect_left(self._first, first), bisect_right(self._first, last))
        found = [place for place in inside if place not in self._wide or self._wide[place][1] <= last]
        return frozenset(found or (place for place, (low, high) in self._wide.items() if low <= first and last <= high))
