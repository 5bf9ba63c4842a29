"""What this machine is: the addresses of its interfaces, and whether somebody sets its clock."""

import ctypes
import sys
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


# From linux/timex.h: what the kernel says of a clock that nobody sets, and more than its answer takes.
_STA_UNSYNC = 0x40
_TIMEX = 256
# The answer begins with an int and four longs; then comes the status.
_STATUS_AT = 5 * ctypes.sizeof(ctypes.c_long)


def clock_is_set() -> bool | None:
    """Return whether something keeps the clock right (NTP or the like), None where that cannot be told."""
    if not sys.platform.startswith("linux"):
        return None
    answer = ctypes.create_string_buffer(_TIMEX)
    try:
        # With nothing to change, as here, everybody may ask.
        if ctypes.CDLL(None).adjtimex(answer) < 0:
            return None
    except (OSError, AttributeError):
        return None
    return not ctypes.c_int.from_buffer(answer, _STATUS_AT).value & _STA_UNSYNC
