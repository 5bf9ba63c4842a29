"""Addresses and networks: one spelling, what may be recorded, what a list's scope makes of them."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from delist.errors import UsageError

# RFC 5737, RFC 3849 and RFC 9637: allowed, so that examples and trials can be run as they are printed.
_DOCUMENTATION = tuple(
    ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
# RFC 6598 (shared by carriers) and RFC 1122 ("this network"): `ipaddress` calls the first neither private nor global.
_NEVER_PUBLIC = (ip_network("100.64.0.0/10"), ip_network("0.0.0.0/8"))


def canonical(text: str) -> str:
    """Return the one spelling of a public address or network (RFC 5952); raises UsageError.

    An IPv4-mapped IPv6 address becomes IPv4, a /32 or /128 network becomes its address.
    """
    network = _network(text.strip())
    _refuse_private(network, text.strip())
    return spelled(network)


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
    if any(_inside(network, known) for known in _DOCUMENTATION):
        return
    kind = _private_kind(network)
    if kind:
        raise UsageError(f"{text} is {kind}: no blocklist outside can list it")


def _private_kind(network: IPv4Network | IPv6Network) -> str | None:
    tests = (
        ("a loopback address", network.is_loopback),
        ("a link-local address", network.is_link_local),
        ("a multicast address", network.is_multicast),
        ("an unspecified address", network.is_unspecified or network.prefixlen == 0),
        ("a reserved address", network.is_reserved),
        ("a private address", network.is_private or any(_inside(network, own) for own in _NEVER_PUBLIC)),
    )
    return next((kind for kind, holds in tests if holds), None)


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


def order(address: str) -> bytes:
    """Return a key that sorts addresses numerically, IPv4 first, a network before what it holds."""
    network = network_of(address)
    return bytes([network.version]) + network.network_address.packed + bytes([network.prefixlen])


def neighbourhood(address: str) -> str:
    """Return the network whose addresses share a fate where no site is named: the /24 or the /48."""
    network = network_of(address)
    width = 24 if network.version == 4 else 48
    return str(network if network.prefixlen <= width else network.supernet(new_prefix=width))


def covered_by(address: str, scope: str) -> str:
    """Return what a list of that scope lists for an address: itself, or the covering /64 (IPv6, scope prefix)."""
    network = network_of(address)
    if scope == "prefix" and network.version == 6 and network.prefixlen > 64:
        return str(network.supernet(new_prefix=64))
    return address
