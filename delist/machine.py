"""What this machine is: the addresses of its interfaces."""

from collections.abc import Iterator
from ipaddress import ip_address

from delist.errors import UsageError
from delist.rules.addresses import canonical, order


def own_addresses() -> list[str]:
    """Return this host's addresses that a blocklist outside can list, in numerical order."""
    found = set()
    for text in _of_interfaces():
        try:
            found.add(canonical(text))
        except UsageError:
            continue
    return sorted(found, key=order)


def all_addresses() -> list[str]:
    """Return every address of this host's interfaces, private ones and loopback too, in numerical order."""
    return sorted({str(ip_address(text)) for text in _of_interfaces()}, key=order)


def _of_interfaces() -> Iterator[str]:
    import ifaddr

    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            text = each.ip if isinstance(each.ip, str) else each.ip[0]
            yield text.partition("%")[0]
