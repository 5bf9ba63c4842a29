"""Which name servers to ask: those that are named, else the system's."""

import socket
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from delist.errors import SetupError, UsageError

SYSTEM = Path("/etc/resolv.conf")
PORT = 53
# More are not asked by the system's own resolver either (resolv.conf(5), MAXNS).
_MOST = 3


def parse_nameserver(text: str) -> tuple[str, int]:
    """Return host and port of `HOST[:PORT]`, `[IPv6]:PORT` or a bare IPv6 address; raises UsageError."""
    host, port = _parts(text.strip())
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(f"{text!r} is no name server: {port!r} is no port")
    try:
        if ":" in host or host.replace(".", "").isdigit():
            ip_address(host.partition("%")[0])  # getaddrinfo takes 192.0.2 for 192.0.0.2.
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
    except (OSError, ValueError):
        raise UsageError(
            f"{text!r} is no name server: write it as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53"
        ) from None
    numeric = str(found[0][4][0]).partition("%")[0]
    # A link-local address means something only together with its interface.
    _, percent, interface = host.partition("%")
    return numeric + percent + interface, int(port)


def _parts(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, end, rest = text[1:].partition("]")
        is_whole = end and rest[:1] in ("", ":")
        return host if is_whole else text, rest[1:] or str(PORT)
    if text.count(":") > 1:
        return text, str(PORT)
    host, _, port = text.partition(":")
    return host, port or str(PORT)


def system_nameservers(path: Path = SYSTEM) -> list[tuple[str, int]]:
    """Return the name servers that this system asks; raises SetupError if it names none."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise SetupError(f"cannot read {path} ({error.strerror}): name a name server with --nameserver") from None
    named = [words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"]
    if not named:
        raise SetupError(f"{path} names no name server: name one with --nameserver, or [dns] nameservers")
    usable = []
    for text in named:
        with suppress(UsageError):
            usable.append(parse_nameserver(text))
    if not usable:
        raise SetupError(f"{path} names no name server that can be asked ({', '.join(named)}): use --nameserver")
    return usable[:_MOST]
