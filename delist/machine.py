"""What this machine is: the public addresses of its interfaces."""

from delist.errors import UsageError
from delist.rules.addresses import canonical, order


def own_addresses() -> list[str]:
    """Return this host's addresses that a blocklist outside can list, in numerical order."""
    import ifaddr

    found = set()
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            text = each.ip if isinstance(each.ip, str) else each.ip[0]
            try:
                found.add(canonical(text))
            except UsageError:
                continue
    return sorted(found, key=order)
