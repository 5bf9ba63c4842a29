"""What the value of a setting must be, by its kind, and how it is read."""

import math
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, ip_address
from typing import Any
from zoneinfo import ZoneInfo

from delist.errors import UsageError
from delist.rules import saying
from delist.rules.addresses import canonical, is_network
from delist.rules.moments import parse_period

DNS_PORT = 53
# Kinds of facts, and a fact of that kind.
_SAID = {"mail address": "email", "host name": "domain", "words": "purpose", "line": "name"}
_CHOICES = {
    "owner | provider": ("owner", "provider"),
    "closed | open": ("closed", "open"),
    "tls | starttls | none": ("tls", "starttls", "none"),
    "due | all | none": ("due", "all", "none"),
}
# Told to nobody, not even where it is wrong.
SECRET = frozenset({"key", "secret"})
# A key becomes a label of every name that is asked for (RFC 1035, section 2.3.4).
_KEY = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)
_HOST_AND_PORT = re.compile(
    r"\[([^\[\]]+)\](?::(\d{1,5}))?|([^:\[\]]+)(?::(\d{1,5}))?|([^\[\]]*:[^\[\]]*:[^\[\]]*)", re.ASCII
)


def wrong(kind: str, value: Any) -> str | None:
    """Return what is wrong with a value of a kind, None if it is right. A key's value is never told."""
    if kind in _CHOICES:
        return None if value in _CHOICES[kind] else f"must be {' or '.join(_CHOICES[kind])}"
    if kind in _CHECKS:
        return _CHECKS[kind](value)
    if kind in _ITEMS:
        return _wrong_items(kind, value)
    if not isinstance(value, str):
        return "must be a text"
    if not value.strip():
        return "is empty"
    if kind in _SAID:
        return saying.wrong(_SAID[kind], value)
    try:
        _TEXTS[kind](value)
    except (ValueError, KeyError, OSError, UsageError) as error:
        return f"is wrong: {error}" if kind != "zone" else f"names no time zone: {value!r}"
    return None


def read(kind: str, value: Any) -> Any:
    """Return the value of a setting that has nothing wrong, as its kind is read."""
    if kind in _ITEMS:
        return tuple(dict.fromkeys(map(_ITEMS[kind], value)))
    return _TEXTS.get(kind, lambda same: same)(value)


def nameserver(text: str) -> str:
    """Return HOST:PORT or [IPv6]:PORT of a name server's address, port 53 where none is named; raises UsageError."""
    found = _HOST_AND_PORT.fullmatch(text.strip())
    bracketed, its_port, plain, port, bare = found.groups() if found else (None,) * 5
    number = int(its_port or port or DNS_PORT)
    try:
        host = ip_address(bracketed or plain or bare or "")
    except ValueError:
        raise UsageError(f"{text!r} is no address of a name server: {_EXAMPLES}") from None
    if not 0 < number < 65536 or (bracketed and isinstance(host, IPv4Address)):
        raise UsageError(f"{text!r} is no address of a name server: {_EXAMPLES}")
    return f"{host}:{number}" if isinstance(host, IPv4Address) else f"[{host}]:{number}"


_EXAMPLES = "write it as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53"


def _one_address(text: str) -> str:
    found = canonical(text)
    if is_network(found):
        raise UsageError(f"{found} is a network: name one address")
    return found


def _wrong_items(kind: str, value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        return "must be a list of texts"
    for item in value:
        try:
            _ITEMS[kind](item)
        except UsageError as error:
            return f"is wrong: {error}"
    return None


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _count(value: Any) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return None if right else "must be a whole number above zero"


def _port(value: Any) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536
    return None if right else "must be a port, 1 to 65535"


def _secret(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() and value.isprintable() else "must be a text of one line"


def _host(text: str) -> str:
    """Return the name or address of a server; raises UsageError. What was given may be a URL with a password in it."""
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        pass
    if text != "localhost" and saying.wrong("domain", text):
        raise UsageError("it must be a host's name or address alone, as in mail.example.org")
    return text.lower()


def _recipient(text: str) -> str:
    """Return a mail address or the name of a channel; raises UsageError. A channel's URL is a secret."""
    if "://" in text:
        raise UsageError("a URL stands in [notify.channels], under a name which is written here")
    if "@" in text and (found := saying.wrong("email", text)):
        raise UsageError(f"{text!r} {found}")
    return text.strip()


def _number(value: Any) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and value > 0 and math.isfinite(value) else "must be a number above zero"


def _key(value: Any) -> str | None:
    is_key = isinstance(value, str) and _KEY.fullmatch(value)
    return None if is_key else "must be the key as the operator gave it: a text of at most 63 letters, digits and '-'"


_CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    "flag": _flag,
    "count": _count,
    "number": _number,
    "key": _key,
    "port": _port,
    "secret": _secret,
}
_TEXTS: Mapping[str, Callable[[Any], Any]] = {
    "text": str,
    "zone": ZoneInfo,
    "period": parse_period,
    "network": canonical,
    "address": _one_address,
    "host": _host,
    "path": str,
    "number": float,
}
_ITEMS: Mapping[str, Callable[[str], str]] = {
    "list keys": str,
    "selectors": str,
    "nameservers": nameserver,
    "addresses": canonical,
    "names": str,
    "paths": str,
    "recipients": _recipient,
}
