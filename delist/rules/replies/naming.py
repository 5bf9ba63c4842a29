"""Whom a reply names: the zones, sites and makers in it, and which of them counts."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from delist.rules.replies.names import spamhaus_record
from delist.rules.replies.values import Subtype

# Neither the domain of a mail address nor its local part is a host that a reply points to.
_NAME = re.compile(r"[\w@.-]+", re.ASCII)

# How vague a key is beside others of its operator: 0 for one list, more for what stands for several.
_VAGUE = {
    "spamhaus-sbl-xbl": 1,
    "sorbs": 1,
    "uceprotect-1": 1,
    "abusix": 1,
    "spamhaus-zen": 2,
    "spamhaus": 3,
    "microsoft": 3,
}
_RECEIVERS = frozenset(
    (
        *("aol", "apple", "att", "comcast", "cox", "fasthosts", "free-fr", "gmx", "godaddy", "ionos", "kpn", "mailru"),
        *("mimecast", "netease", "orange", "qq", "rackspace", "spectrum", "t-online", "verizon", "webde", "yahoo"),
    )
)
# The platform is GMX's, whoever uses it: these words tell whose brand refuses.
_PLATFORM = "gmx"
_BRANDS = re.compile(r"(?<![\w-])(?:(?P<webde>web\.de)|(?P<ionos>ionos|1and1|kundenserver|perfora))(?![\w-])")


# By how a receiver signs what it says, where no host of it is named.
_SIGNED = re.compile(
    r"(?P<google>\bgsmtp$|- gsmtp\b)|\baup#(?:(?P<spectrum>(?:in?|out|o)?-?\d{4}\b)|(?P<cox>[a-z]{3}))"
)
_GOOGLE = {Subtype.RDNS: "google-ptr", Subtype.DYNAMIC_POLICY: "google-notauthorized"}


class Found(NamedTuple):
    """A name that a reply holds: its key, where it stands, on what grounds it lists, whether it is a dead list's.

    `aside` are names that the text does not say, but a code that stands for them.
    """

    key: str
    at: int
    subtype: Subtype | None = None
    dead: bool = False
    aside: bool = False


def is_receiver(key: str) -> bool:
    """Whether a key stands for a receiver's own refusal, which counts less than a list that is named."""
    return key in _RECEIVERS or key.startswith(("microsoft", "google"))


def label(zone: str) -> str:
    """Return the word by which a zone is noticed: the longest of its registered name."""
    labels = zone.split(".")
    second = labels[-2] if len(labels) > 1 else zone
    if len(labels) > 2 and second in ("co", "com", "org", "net", "ac", "me", "or"):
        second = labels[-3]
    return max(second.split("-"), key=len)


def hosts_in(text: str) -> list[str]:
    """Return the names of hosts that a tidied text holds."""
    return [name.strip(".-") for name in _NAME.findall(text) if "." in name and "@" not in name]


def around(labels: Iterable[str], text: str) -> list[tuple[int, str]]:
    """Return the names of hosts, and where they stand, in those words of a tidied text that hold one of some labels."""
    parts: dict[int, int] = {}
    for word in labels:
        at = text.find(word)
        while at >= 0:
            end = text.find(" ", at)
            stop = end if end > 0 else len(text)
            parts[text.rfind(" ", 0, at) + 1] = stop
            at = text.find(word, stop)
    names = []
    for start in sorted(parts):
        for found in _NAME.finditer(text, start, parts[start]):
            name = found[0]
            if "." in name and "@" not in name:
                names.append((found.start(), name.strip(".-")))
    return names


def longest(host: str, known: Mapping[str, str]) -> str | None:
    """Return the longest suffix of a host name that is known."""
    while host not in known:
        _, dot, host = host.partition(".")
        if not dot:
            return None
    return host


def ranked(found: Iterable[Found], text: str) -> list[Found]:
    """Return the names by what they tell: lists before receivers, the operator that comes first in the text, and of
    one operator the more precise name."""
    names = _with_reasons(list(found), text)
    if len(names) == 1:
        return names
    first: dict[str, int] = {}
    for name in names:
        family = _family(name.key)
        first[family] = min(name.at, first.get(family, name.at))

    def order(name: Found) -> tuple[bool, bool, int, int, int]:
        return name.aside, is_receiver(name.key), first[_family(name.key)], _VAGUE.get(name.key, 0), name.at

    return sorted(names, key=order)


def _with_reasons(found: list[Found], text: str) -> list[Found]:
    """Add what the reason says beside the zone: the number of an SBL record, a page of the CBL for the XBL."""
    if not any(name.key.startswith("spamhaus") for name in found):
        return found
    if "sbl" in text and spamhaus_record(text):
        found.append(Found("spamhaus-sbl", 0))
    if any(name.key == "cbl" for name in found):
        found.append(Found("spamhaus-xbl", 0))
    return found


def signed(subtype: Subtype, text: str) -> str | None:
    """Return the key of the receiver that signed a refusal with what is only its own, None if it did not."""
    found = _SIGNED.search(text)
    if found is None or found.lastgroup != "google":
        return found and found.lastgroup
    return _GOOGLE.get(subtype, "google-unsolicited-ip" if "unsolicited" in text else "google-ip-reputation")


def _family(key: str) -> str:
    return "spamhaus" if key == "cbl" else key.partition("-")[0]


def brand(key: str, text: str, receiver: str) -> str:
    """Return whose brand of a shared mail platform it is that refuses."""
    if key != _PLATFORM:
        return key
    found = _BRANDS.search(text) or _BRANDS.search(receiver)
    return found.lastgroup or key if found else key
