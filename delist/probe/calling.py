"""Calls TCP port 25 of an address, once and politely, and says what came of it."""

import errno
import re
import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import NamedTuple

from delist.errors import UsageError
from delist.rules.evidence.values import Call, Port

# Seconds after the connect in which a greeting is waited for.
GREETING = 2.0
# Octets: a reply line has no more (RFC 5321, 4.5.3.1.5), nor is more of a greeting read than that of some lines.
LINE, MOST = 512, 2048
# The last line of a greeting has no hyphen after its code (RFC 5321, 4.2.1).
_LAST = re.compile(rb"^\d{3}(?: [^\n]*)?\r?\n", re.MULTILINE)
# From linux/in.h and linux/in6.h; 3.11's socket does not name them.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
# What firewalls say by ICMP, as type and code: protocol or port unreachable, and prohibited (RFC 1812, 5.2.7.1;
# RFC 4443, 3.1).
_FORBIDS = {(4, 3, code) for code in (2, 3, 9, 10, 13)} | {(6, 1, code) for code in (1, 4, 5, 6)}

Address = IPv4Address | IPv6Address


def call(address: str, seconds: float = 5.0, port: int = 25) -> Call:
    """Return what a TCP port does when it is called, after at most so many seconds, and two more for a greeting.

    Closed: the address itself refused, by a reset or by ICMP. Filtered: nothing answered, or a firewall on the way
    refused (then `seconds` is 0). Unreachable: there is no way out from here, or a router knows no way on or no such
    host, which tells nothing of the port. `banner` is the first line, of at most 512 octets, what cannot be printed
    escaped. Raises UsageError for what is no IP address, and nothing for what a network does.
    """
    where = _parsed(address)
    try:
        with socket.socket(_family(where), socket.SOCK_STREAM) as caller:
            _wish_for_reports(caller, where)
            caller.settimeout(seconds)
            error = caller.connect_ex((str(where), port))
            source = _source(caller) or _would_be_source(where, port)
            if error in _OPEN:
                return Call(Port.OPEN, source, _converse(caller, monotonic() + GREETING), seconds)
            return _refused(error, _report(caller), where, source, seconds)
    except OSError:
        # The system has no such family, or no socket left.
        return Call(Port.UNREACHABLE, None, None, seconds)


def _parsed(address: str) -> Address:
    try:
        where = ip_address(address)
    except ValueError:
        raise UsageError(f"{address!r} is no IP address: write it as 203.0.113.7 or 2001:db8::25") from None
    return (where.ipv4_mapped or where) if isinstance(where, IPv6Address) else where


def _family(where: Address) -> socket.AddressFamily:
    return socket.AF_INET if where.version == 4 else socket.AF_INET6


# --- what came of the connect ---------------------------------------------------------------------


# A reset after the handshake is one of an open port.
_OPEN = frozenset({0, errno.ECONNRESET, errno.EPIPE})
_SILENT = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS, errno.ETIMEDOUT})


class _Report(NamedTuple):
    """An ICMP message about a call: its type and code, and who sent it."""

    kind: int
    code: int
    sender: Address


def _refused(error: int, report: _Report | None, where: Address, source: str | None, seconds: float) -> Call:
    if error in _SILENT:
        return Call(Port.FILTERED, source, None, seconds)
    if report is None:
        return Call(Port.CLOSED if error == errno.ECONNREFUSED else Port.UNREACHABLE, source, None, seconds)
    if (where.version, report.kind, report.code) not in _FORBIDS:
        return Call(Port.UNREACHABLE, source, None, seconds)
    if report.sender == where:
        return Call(Port.CLOSED, source, None, seconds)
    return Call(Port.FILTERED, source, None, 0.0)


def _wish_for_reports(caller: socket.socket, where: Address) -> None:
    """Have the system keep the ICMP messages of a call: an error number alone does not tell who refused."""
    if sys.platform != "linux":
        return
    if where.version == 4:
        caller.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        caller.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)


def _report(caller: socket.socket) -> _Report | None:
    if sys.platform != "linux":
        return None
    # With a time limit Python waits for a report that is not there.
    caller.setblocking(False)
    try:
        _, messages, _, _ = caller.recvmsg(0, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, data in messages:
        if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
            return _read_report(data)
    return None


def _read_report(data: bytes) -> _Report | None:
    """Read linux/errqueue.h: sock_extended_err, and behind it the socket address of the sender."""
    kind, code = data[5], data[6]
    (family,) = struct.unpack_from("=H", data, 16)
    if family == socket.AF_INET:
        return _Report(kind, code, IPv4Address(data[20:24]))
    if family == socket.AF_INET6:
        return _Report(kind, code, IPv6Address(data[24:40]))
    return None


# --- where the call goes out ----------------------------------------------------------------------


def _source(caller: socket.socket) -> str | None:
    own = ip_address(caller.getsockname()[0].partition("%")[0])
    return None if own.is_unspecified else str(own)


def _would_be_source(where: Address, port: int) -> str | None:
    # A UDP socket that is connected sends nothing.
    try:
        with socket.socket(_family(where), socket.SOCK_DGRAM) as silent:
            silent.connect((str(where), port))
            return _source(silent)
    except OSError:
        return None


# --- what an open port says -----------------------------------------------------------------------


def _converse(caller: socket.socket, until: float) -> str | None:
    """Return the first line of the greeting, if one comes, and take leave."""
    heard = _hear(caller, until)
    # Who speaks before the greeting is over is taken for a spammer (postscreen calls it PREGREET): hang up instead.
    if _LAST.search(heard):
        _quit(caller, until)
    first = heard.lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r")[:LINE]
    return _printable(first.decode("utf-8", "backslashreplace")) or None


def _hear(caller: socket.socket, until: float) -> bytes:
    heard = b""
    while len(heard) < MOST and not _LAST.search(heard):
        fresh = _receive(caller, MOST - len(heard), until)
        if not fresh:
            break
        heard += fresh
    return heard


def _receive(caller: socket.socket, most: int, until: float) -> bytes:
    left = until - monotonic()
    if left <= 0:
        return b""
    caller.settimeout(left)
    try:
        return caller.recv(most)
    except OSError:
        return b""


def _quit(caller: socket.socket, until: float) -> None:
    try:
        caller.sendall(b"QUIT\r\n")
        caller.shutdown(socket.SHUT_WR)
    except OSError:
        return
    # A socket that is closed with something unread resets the connection.
    while _receive(caller, 4096, until):
        pass


def _printable(text: str) -> str:
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return shown[:LINE].strip()
