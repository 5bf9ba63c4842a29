"""Which address a reply names as the one it refuses."""

import re
from ipaddress import ip_address

from delist.errors import UsageError
from delist.rules.addresses import canonical

# Most addresses are of this kind, public by their first numbers; the others are looked at more closely.
_PLAIN = re.compile(
    r"(?!(?:0|10|127|22[4-9]|2[3-5]\d|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.(?:0\.0|168)|198\.1[89]"
    r"|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.)(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}",
    re.ASCII,
)
_IPV4 = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?:ipv6:)?([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:]|\.\w)")
_NIBBLES = re.compile(r"(?<![\w.])(?:[0-9a-f]\.){32}")
# A name goes on after four numbers: they are turned round in a query name, and say nothing in the name of a host.
_GOES_ON = re.compile(r"\.(?!(?:html?|php|aspx?)\b)[a-z][\w-]{0,60}")
_QUERY_NAME = re.compile(
    r"\.(?:in-addr\.arpa|[\w.-]*(?:bl|zen|spam|list|reputation|rats|sorbs|abuse|cbl|rep|psbl)[\w.-]*\.[a-z]+)"
)
# Words without one of which no address is another's.
BESIDE_OURS = frozenset(
    (
        *("returnc", "dns", "resolver", "version", "connect", "connecting", "connection", "connections", "connected"),
        *("conversation", "handshake", "session", "called", "127", "netblock", "giving"),
    )
)
# Whose address stands after these words: the receiver's resolver, the receiver itself, a version.
_NOT_OURS = re.compile(
    r"(?:returnc/\w{1,8}/|dns ip:? ?|resolver:? ?(?:ip )?\[?|version ?|\b(?:connect\w{0,30}|conversation|handshake"
    r"|session) (?:to|with) \S{1,60}\[|\bby host \S{1,60}\[|called: ?|\bfrom server |127\.0\.0\.\d+ ?-> ?"
    r"|netblock \[?|giving up on |\bconnected to )$"
)
_SAYS = re.compile(
    r"\]?\)? (?:said|reason|does not like|but )\b|\]?\)?: [245]\d\d[ -]|\](?::25)? (?:said|refused to talk)|\]:25\b"
)
# Yahoo numbers its deferrals like this.
_YAHOO = "4.16."


def refused(words: frozenset[str], text: str) -> str | None:
    """Return the address that a tidied reply refuses, in canonical form; None if it names none or masks it.

    `words` are those of the reply, as far as they are known.
    """
    others = not BESIDE_OURS.isdisjoint(words) or "by host " in text or "from server " in text
    for found in _IPV4.finditer(text):
        if (address := _read_ipv4(text, found, others)) is not None:
            return address
    if text.count(":") >= 2:
        for found in _IPV6.finditer(text):
            if not _is_other(text, found, others) and (address := _public(found[1])) is not None:
                return address
    return _from_nibbles(text)


def _read_ipv4(text: str, found: re.Match[str], others: bool) -> str | None:
    start, end = found.span()
    if start and text[start - 1] in "0123456789.":
        return None
    if found[0].startswith(_YAHOO) or _is_other(text, found, others):
        return None
    if text.startswith(".", end) and _GOES_ON.match(text, end):
        if not _QUERY_NAME.match(text, end):
            return None
        return _public(".".join(reversed(found[0].split("."))))
    return _public(found[0])


def _is_other(text: str, found: re.Match[str], others: bool) -> bool:
    start, end = found.span()
    return bool((others and _NOT_OURS.search(text[max(0, start - 80) : start])) or _SAYS.match(text, end))


def _public(text: str) -> str | None:
    if _PLAIN.fullmatch(text):
        return text
    try:
        return canonical(text)
    except UsageError:
        return None


def _from_nibbles(text: str) -> str | None:
    found = _NIBBLES.search(text) if text.count(".") > 31 else None
    if not found:
        return None
    digits = found[0].replace(".", "")[::-1]
    return _public(str(ip_address(int(digits, 16).to_bytes(16))))
