"""Keeps this process from calling anybody but this host."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

_CALLS = ("socket.connect", "socket.sendto", "socket.sendmsg")


@contextmanager
def nobody_is_called() -> Iterator[list[str]]:
    """Refuse every call to another host while this lasts; gives those that were tried."""
    strayed: list[str] = []
    # A hook stays for the life of the process.
    is_over: list[bool] = []

    def look(event: str, args: tuple[Any, ...]) -> None:
        if event in _CALLS and not is_over and not _is_here(args[1]):
            strayed.append(f"{event} {args[1]}")
            raise PermissionError(f"this calls {args[1]}")

    sys.addaudithook(look)
    try:
        yield strayed
    finally:
        is_over.append(True)


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).partition("%")[0]
    # The system itself refuses to call the broadcast address.
    return host in ("", "localhost", "0.0.0.0", "::", "255.255.255.255") or ip_address(host).is_loopback
