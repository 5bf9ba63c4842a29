"""Asks the given name servers for the key of a signature, within a time limit that all questions share."""

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

_PAYLOAD = 1232
# A key may be meant for other hashes alone.
_SHA256 = re.compile(r"(?:^|;)\s*h\s*=\s*(?![^;]*sha256)[^;]*\S", re.I)


class Unreachable(Exception):
    """No name server said within the time whether there is a key."""


class Keys:
    """The keys of signatures, asked for over UDP, and over TCP where an answer is too long for that."""

    def __init__(self, nameservers: Sequence[tuple[str, int]], seconds: float) -> None:
        self._nameservers = tuple(nameservers)
        self._until = time.monotonic() + seconds
        self._known: dict[str, bytes | None] = {}

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self._until - time.monotonic()

    def record(self, name: bytes, timeout: float = 0.0) -> bytes | None:
        """Return the key record of a name, None if there is none that can be used; raises Unreachable.

        A name that cannot be asked for raises what dnspython or Python does. dkimpy gives a timeout of its own, which
        does not count here.
        """
        text = name.decode("ascii")
        if text not in self._known:
            self._known[text] = self._asked(text)
        return self._known[text]

    def _asked(self, name: str) -> bytes | None:
        import dns.exception
        import dns.message
        import dns.rcode

        query = dns.message.make_query(name, "TXT", use_edns=0, payload=_PAYLOAD)
        # A packet may be lost: everybody is asked twice, each time with an equal share of what is left.
        turns = self._nameservers * 2
        for number, (host, port) in enumerate(turns):
            with suppress(dns.exception.DNSException, OSError, EOFError, ValueError):
                answer = _answer(query, host, port, self.left / (len(turns) - number))
                if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                    return _record(answer)
        raise Unreachable


def _answer(query: Any, host: str, port: int, seconds: float) -> Any:
    import dns.message
    import dns.query

    until = time.monotonic() + seconds
    try:
        return dns.query.udp(
            query, host, seconds, port, ignore_unexpected=True, raise_on_truncation=True, ignore_errors=True
        )
    except dns.message.Truncated:
        return dns.query.tcp(query, host, max(0.0, until - time.monotonic()), port)


def _record(answer: Any) -> bytes | None:
    """Return the one key record in an answer, behind its aliases; of several it is left open which would count."""
    import dns.rdatatype

    texts = [
        b"".join(data.strings)
        for rrset in answer.answer
        if rrset.rdtype == dns.rdatatype.TXT
        for data in rrset
        if b"p=" in b"".join(data.strings)
    ]
    usable = len(texts) == 1 and not _SHA256.search(texts[0].decode("latin-1"))
    return texts[0] if usable else None
