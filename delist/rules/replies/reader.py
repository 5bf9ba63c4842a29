"""Reads what a receiver's server said: whether it refuses our address, because of which list, whose fault it is."""

import re
from collections.abc import Iterable, Iterator

from delist.rules.replies import hosts
from delist.rules.replies.beside import BESIDE
from delist.rules.replies.languages import FOREIGN
from delist.rules.replies.names import NAMES
from delist.rules.replies.naming import HOST, Found, brand, is_receiver, label, longest, ranked
from delist.rules.replies.ordinary import ROWS, WORDS
from delist.rules.replies.providers import PROVIDERS
from delist.rules.replies.rows import Row, Table
from delist.rules.replies.tidy import LIMIT, tidied
from delist.rules.replies.values import NOBODY, UNKNOWN, Fault, Names, Reading, Subtype, Topic
from delist.rules.replies.webmail import WEBMAIL
from delist.rules.replies.whom import refused
from delist.rules.replies.wordings import WORDINGS

# In the order in which they are tried: what only quotes a list comes before whom a reply names, an everyday refusal
# before the wordings that name nobody.
BESIDE_TABLE = Table(BESIDE)
CODES = Table(WEBMAIL, PROVIDERS, NAMES)
ORDINARY = Table(ROWS)
WORDING = Table(WORDINGS, FOREIGN)

_FAULTS = {
    Topic.QUERY_ERROR: Fault.RECEIVER,
    Topic.DOMAIN: Fault.SENDER,
    Topic.HELO: Fault.SENDER,
    Topic.AUTHENTICATION: Fault.SENDER,
}
_NO_BLOCK = {topic: Reading(False, topic, fault=_FAULTS.get(topic)) for topic in Topic}
_TOPICS = {word: (rank, topic) for rank, (topic, words) in enumerate(WORDS.items()) for word in words.split()}
_NO_TOPIC = (len(WORDS), Topic.OTHER)

# ASCII letters become lower case, all else of ASCII parts words.
_APART = str.maketrans({chr(n): chr(n).lower() if chr(n).isalnum() else " " for n in range(128)})
# Of whom a refusal of the address speaks; without one of these, or an address, common words are no sign of it.
_WHO = frozenset(
    (
        "ip",
        "ips",
        "ipv4",
        "ipv6",
        "client",
        "clients",
        "server",
        "servers",
        "host",
        "hosts",
        "mta",
        "mtas",
        "network",
        "connection",
    )
)
# Words that stand between letters of other scripts.
_LATIN = re.compile(r"[a-z0-9]{1,40}")
_DOMAIN_LISTS = frozenset(("dbl", "surbl", "uribl", "rhsbl", "returnc"))
_FOUR = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_ASKED = re.compile(r"(?:using|list(?:ed)? (?:at|in|by|on)|rbl|dnsbl|by) $")
_BAD_REPUTATION = re.compile(r"(?:poor|bad|low|negative) (?:\w+ )?reputation")
_SLOWED = re.compile(r"rate[ -]?limit|throttl")


class Reader:
    """Reads replies, given the names of the catalogue."""

    def __init__(self, names: Names) -> None:
        self._zones = {**hosts.LISTS, **names.zones}
        self._dead = names.dead
        living = {key for zone, key in names.zones.items() if zone not in names.dead}
        gone = set(names.zones.values()) - living
        # An operator is not dead because one of its zones is.
        self._dead_keys = {key for key in gone if not any(other.startswith(f"{key}-") for other in living)}
        self._labels = frozenset(map(label, self._zones)) | hosts.LABELS
        self._telling = self._labels | CODES.telling | WORDING.telling | _DOMAIN_LISTS
        self._common = (CODES.common | WORDING.common) - self._telling
        tables = BESIDE_TABLE.words | ORDINARY.words | frozenset(_TOPICS)
        self._words = self._telling | self._common | _WHO | tables
        self._parts = tuple(word for word in self._words if not word.isascii())

    def read(self, text: str, receiver: str = "") -> Reading:
        """Return what a reply says. `receiver` is the host that said it, where known: it only tells brands apart."""
        text = text[:LIMIT]
        words = self._words_of(text)
        if not self._telling.isdisjoint(words):
            return self._closely(words, tidied(text.lower()), receiver.lower())
        # Few name an address; of the others only those that speak of one, or of a host, and refuse it.
        speaks_of_it = not _WHO.isdisjoint(words) and not self._common.isdisjoint(words)
        if speaks_of_it or _FOUR.search(text) or "::" in text:
            return self._closely(words, tidied(text.lower()), receiver.lower())
        return _ordinary(words)

    def _words_of(self, text: str) -> frozenset[str]:
        words = self._words.intersection(text.translate(_APART).split())
        if text.isascii():
            return words
        low = text.lower()
        parts = (part for part in self._parts if part in low)
        return words.union(parts, self._words.intersection(_LATIN.findall(low)))

    def _closely(self, words: frozenset[str], text: str, receiver: str) -> Reading:
        if beside := BESIDE_TABLE.first(words, text):
            return _naming(_NO_BLOCK[beside.topic], text)
        if found := [*self._hosts(words, text), *_codes(words, text)]:
            return self._block(ranked(found, text), words, text, receiver)
        if ordinary := ORDINARY.first(words, text):
            return _naming(_NO_BLOCK[ordinary.topic], text)
        worded = WORDING.first(words, text)
        return _worded(worded, text) if worded else _naming(_ordinary(words), text)

    def _hosts(self, words: frozenset[str], text: str) -> Iterator[Found]:
        """Yield the lists whose zones or sites a reply names, as they come."""
        if self._labels.isdisjoint(words):
            return
        for host in HOST.finditer(text):
            zone, at = longest(host[0], self._zones), host.start()
            if zone:
                yield Found(self._zones[zone], at, hosts.SUBTYPES.get(zone), zone in self._dead)
                yield from (Found(key, at) for key in hosts.BESIDE.get(zone, ()))
            elif _ASKED.search(text, max(0, at - 40), at):
                yield from (Found(part, at) for part in host[0].split(".") if part in hosts.LABELS)

    def _block(self, found: list[Found], words: frozenset[str], text: str, receiver: str) -> Reading:
        keys = list(dict.fromkeys(name.key for name in found))
        key = brand(keys[0], text, receiver)
        dead = found[0].dead or key in self._dead_keys
        stated = next((name.subtype for name in found if name.key == keys[0] and name.subtype), None)
        subtype = _grounds(stated, keys[0], words, text)
        topic, fault = (Topic.DEAD_LIST, Fault.RECEIVER) if dead else (Topic.ADDRESS, Fault.SENDER)
        return Reading(True, topic, subtype, key, refused(text), fault, tuple(keys[1:]))


def _codes(words: Iterable[str], text: str) -> Iterator[Found]:
    for row, at in CODES.matches(words, text):
        yield Found(row.key, at, row.subtype)
        yield from (Found(key, at, aside=True) for key in row.also)


def _grounds(stated: Subtype | None, key: str, words: Iterable[str], text: str) -> Subtype:
    """Return on what grounds a name refuses: what its row or zone states, else what the text says."""
    if stated in (None, Subtype.LISTED) and _BAD_REPUTATION.search(text):
        return Subtype.REPUTATION
    if stated is None and is_receiver(key):
        worded = WORDING.first(words, text)
        stated = worded.subtype if worded else None
        if stated is Subtype.OTHER:
            return Subtype.LISTED
    return stated or Subtype.LISTED


def _worded(row: Row, text: str) -> Reading:
    """Return the block that a wording says, with the receiver's key where its host or product stands in the text."""
    key = row.key
    if key in (UNKNOWN, NOBODY):
        zones = (longest(host, hosts.RECEIVERS) for host in HOST.findall(text))
        key = next((hosts.RECEIVERS[zone] for zone in zones if zone), key)
    subtype = row.subtype or Subtype.OTHER
    if subtype is Subtype.REPUTATION and _SLOWED.search(text):
        subtype = Subtype.RATELIMIT
    return Reading(True, Topic.ADDRESS, subtype, key, refused(text), Fault.SENDER)


def _ordinary(words: Iterable[str]) -> Reading:
    _, topic = min((_TOPICS.get(word, _NO_TOPIC) for word in words), default=_NO_TOPIC)
    return _NO_BLOCK[topic]


def _naming(reading: Reading, text: str) -> Reading:
    """Return a reading with the address that the text names."""
    address = refused(text)
    return reading._replace(address=address) if address else reading
