"""Looks names up in DNS through the name servers that it is given, and no others; whatever goes wrong is an answer."""

import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from time import monotonic
from typing import Any

import dns.exception
import dns.inet
import dns.message
import dns.name
import dns.nameserver
import dns.query
import dns.rdatatype
import dns.resolver

from delist.rules.evidence.values import Looked

# What passes everywhere without being cut into pieces; longer answers come over TCP.
_PAYLOAD = 1232
# An alias that leads on more often leads nowhere.
_MOST_ALIASES = 8
# A question is asked once more after these shares of the time that there is: packets get lost.
_ROUNDS = (0.25, 0.25, 0.5)
_WRONG = {
    dns.name.EmptyLabel: "a part of the name is empty",
    dns.name.LabelTooLong: "a part of the name is longer than 63 characters",
    dns.name.NameTooLong: "the name is longer than 253 characters",
    dns.name.BadEscape: "the name has a stray backslash",
    dns.message.ChainTooLong: "its aliases lead nowhere",
}
_Read = Callable[[list[Any]], Iterable[str]]


class Names:
    """Name servers to ask, in their order, each look-up for at most `patience` seconds. Threads may share it.

    Names are absolute, with a final dot or without, and in ASCII. Nothing is remembered: each look-up is asked.
    """

    def __init__(self, nameservers: Sequence[tuple[str, int]], patience: float) -> None:
        self._servers = tuple(nameservers)
        self._patience = patience
        # Without a configuration it knows neither the system's name servers nor its search list.
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [_Patient(host, port) for host, port in self._servers]
        self._resolver.timeout = patience / max(len(self._servers), 1)
        self._resolver.use_edns(0, 0, _PAYLOAD)

    @property
    def nameserver(self) -> str:
        """The name server that is asked first, HOST:PORT or [IPv6]:PORT."""
        host, port = self._servers[0]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def within(self, seconds: float) -> "Names":
        """Return the same name servers, asked for no longer than so many seconds a look-up."""
        return self if seconds >= self._patience else Names(self._servers, max(seconds, 0.0))

    def ptr(self, address: str) -> Looked:
        """Return the names that an address has by its PTR records: in lower case, without a final dot, sorted."""
        # dnspython would ask in-addr.arpa about an IPv4-mapped address.
        pointer = ip_address(address).reverse_pointer
        return self._look(pointer, "PTR", lambda found: sorted({_text(each.target) for each in found}))

    def addresses(self, name: str, like: str) -> Looked:
        """Return the addresses of a name, sorted: those of the family of the address that they shall be `like`."""
        kind = "AAAA" if ip_address(like).version == 6 else "A"
        return self._look(name, kind, lambda found: map(str, sorted({ip_address(each.address) for each in found})))

    def mx(self, domain: str) -> Looked:
        """Return the hosts that take a domain's mail, the most preferred first; a null MX (RFC 7505) is a dot."""
        return self._look(domain, "MX", lambda found: [host for _, host in sorted(map(_preference, found))])

    def txt(self, name: str) -> Looked:
        """Return the texts of a name, sorted, the strings of each joined; what is no UTF-8 is read as Latin-1."""
        return self._look(name, "TXT", lambda found: sorted(_decoded(b"".join(each.strings)) for each in found))

    def _look(self, name: str, kind: str, read: _Read) -> Looked:
        try:
            return Looked(tuple(read(self._records(_absolute(name), kind))))
        except dns.resolver.NXDOMAIN:
            return Looked()
        except dns.exception.Timeout:
            return Looked(failure=f"no answer within {self._patience:.1f} seconds")
        except dns.resolver.NoNameservers as error:
            told = [_told(each[3]) for each in error.kwargs["errors"]]
            return Looked(failure=", ".join(dict.fromkeys(told)) or "there is no name server to ask")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Looked(failure=_told(error))

    def _records(self, name: dns.name.Name, kind: str) -> list[Any]:
        until = monotonic() + self._patience
        for _ in range(_MOST_ALIASES + 1):
            left = until - monotonic()
            answer = self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False, lifetime=left)
            if answer.rrset is not None:
                return list(answer.rrset)
            if _refers(answer.response):
                raise ValueError("the name server only names others to ask")
            if answer.canonical_name == name:
                return []
            # A name server that has the alias need not have what it leads to.
            name = answer.canonical_name
        raise ValueError("its aliases lead nowhere")


class _Patient(dns.nameserver.Do53Nameserver):
    """A name server that is asked again while its answer to the first question is still waited for."""

    def query(
        self,
        request: dns.message.QueryMessage,
        timeout: float,
        source: str | None,
        source_port: int,
        max_size: bool,
        one_rr_per_rrset: bool = False,
        ignore_trailing: bool = False,
    ) -> dns.message.Message:
        """Return the answer over UDP, over TCP if `max_size`; raises what dns.query does."""
        if max_size:
            return super().query(request, timeout, source, source_port, max_size, one_rr_per_rrset, ignore_trailing)
        with socket.socket(dns.inet.af_for_address(self.address), socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            for share in _ROUNDS:
                with suppress(dns.exception.Timeout):
                    return self._ask(request, timeout * share, sock)
        raise dns.exception.Timeout

    def _ask(self, request: dns.message.Message, seconds: float, sock: socket.socket) -> dns.message.Message:
        return dns.query.udp(
            request,
            self.address,
            seconds,
            self.port,
            ignore_unexpected=True,
            raise_on_truncation=True,
            sock=sock,
            ignore_errors=True,
        )


def _absolute(name: str) -> dns.name.Name:
    """Return the name; raises ValueError or what dns.name does for one that cannot be asked for."""
    if not name.isascii():
        raise ValueError("the name is not in ASCII: write it as xn--...")
    if name in ("", ".", "@"):
        raise ValueError("there is no name to look up")
    return dns.name.from_text(name)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _preference(record: Any) -> tuple[int, str]:
    return record.preference, _text(record.exchange)


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _refers(response: dns.message.Message) -> bool:
    kinds = {each.rdtype for each in response.authority}
    return dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds


def _told(error: object) -> str:
    """Say in a few words what a name server did, or what is wrong with a name."""
    if isinstance(error, str):
        return error
    if isinstance(error, dns.exception.Timeout):
        return "no answer"
    if isinstance(error, dns.message.Truncated | EOFError):
        return "the answer broke off"
    if isinstance(error, OSError):
        return (error.strerror or "no connection").lower()
    if isinstance(error, ValueError):
        return str(error)
    return next((words for kind, words in _WRONG.items() if isinstance(error, kind)), "the answer cannot be read")
