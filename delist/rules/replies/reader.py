"""Reads what a receiver's server said: whether it refuses our address, because of which list, whose fault it is."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from delist.rules.replies import grounds, hosts
from delist.rules.replies.beside import BESIDE
from delist.rules.replies.languages import FOREIGN
from delist.rules.replies.names import NAMES
from delist.rules.replies.naming import Found, around, brand, hosts_in, is_receiver, label, longest, ranked, signed
from delist.rules.replies.ordinary import ROWS as ORDINARY
from delist.rules.replies.ordinary import WORDS
from delist.rules.replies.providers import PROVIDERS
from delist.rules.replies.rows import Row, Tables
from delist.rules.replies.tidy import LIMIT, tidied
from delist.rules.replies.values import NOBODY, UNKNOWN, Fault, Names, Reading, Subtype, Topic
from delist.rules.replies.webmail import WEBMAIL
from delist.rules.replies.whom import BESIDE_OURS, refused
from delist.rules.replies.wordings import WORDINGS

# In the order in which they are tried: what only quotes a list comes before whom a reply names, an everyday refusal
# before the wordings that name nobody.
TABLES = Tables(
    beside=BESIDE,
    codes=(*WEBMAIL, *PROVIDERS, *NAMES),
    ordinary=ORDINARY,
    worded=(*WORDINGS, *FOREIGN),
    receivers=grounds.RECEIVERS,
    grounds=grounds.GROUNDS,
)
_BESIDE, _CODES, _ORDINARY = TABLES.of("beside"), TABLES.of("codes"), TABLES.of("ordinary")
_WORDED, _GROUNDS, _RECEIVERS = TABLES.of("worded"), TABLES.of("grounds"), TABLES.of("receivers")

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
WHO = frozenset(
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
# That a mail address stands in a text, as a word for the tables.
_AT = frozenset("@")
_DOMAIN_LISTS = frozenset(("dbl", "surbl", "uribl", "rhsbl", "returnc"))
_FOUR = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_PLAIN = (None, Subtype.LISTED, Subtype.OTHER)
_VAGUE = (*_PLAIN, Subtype.REPUTATION)
# Rows that only name a list, by its key.
_AGAIN: dict[str, int] = {}
for _number, _row in enumerate(TABLES.rows):
    if _CODES >> _number & 1 and _row.subtype is Subtype.LISTED and not _row.also:
        _AGAIN[_row.key] = _AGAIN.get(_row.key, 0) | 1 << _number
_ASKED = re.compile(r"(?:using|list(?:ed)? (?:at|in|by|on)|rbl|dnsbl|by) $")
_SLOWED = re.compile(r"rate[ -]?limit|throttl")


class Reader:
    """Reads replies, given the names of the catalogue.

    `telling` are words of which one alone makes a reply worth a closer look, `common` those that do beside one of WHO
    or an address.
    """

    def __init__(self, names: Names) -> None:
        self._zones = {**hosts.LISTS, **names.zones}
        self._dead = names.dead
        living = {key for zone, key in names.zones.items() if zone not in names.dead}
        gone = set(names.zones.values()) - living
        # An operator is not dead because one of its zones is.
        self._dead_keys = {key for key in gone if not any(other.startswith(f"{key}-") for other in living)}
        self._labels = frozenset(map(label, self._zones)) | hosts.LABELS
        self.telling = self._labels | TABLES.telling("codes", "worded") | _DOMAIN_LISTS
        self.common = TABLES.common("codes", "worded") - self.telling
        self._words = self.telling | self.common | WHO | TABLES.words | frozenset(_TOPICS) | BESIDE_OURS
        self._parts = tuple(word for word in self._words if not word.isascii())

    def read(self, text: str, receiver: str = "") -> Reading:
        """Return what a reply says. `receiver` is the host that said it, where known: it only tells brands apart."""
        text = text[:LIMIT]
        words = self._words_of(text)
        if not self.telling.isdisjoint(words):
            return self._closely(words, tidied(text.lower()), receiver.lower())
        # Few name an address; of the others only those that speak of one, or of a host, and refuse it.
        speaks_of_it = not WHO.isdisjoint(words) and not self.common.isdisjoint(words)
        if speaks_of_it or _FOUR.search(text) or "::" in text:
            return self._closely(words, tidied(text.lower()), receiver.lower())
        return _ordinary(words)

    def _words_of(self, text: str) -> frozenset[str]:
        words = self._words.intersection(text.translate(_APART).split())
        if "@" in text:
            words |= _AT
        if text.isascii():
            return words
        low = text.lower()
        parts = (part for part in self._parts if part in low)
        return words.union(parts, self._words.intersection(_LATIN.findall(low)))

    def _closely(self, words: frozenset[str], text: str, receiver: str) -> Reading:
        rows = TABLES.of_words(words)
        if (early := rows & _BESIDE) and (beside := TABLES.first(early, text)):
            return _naming(_NO_BLOCK[beside.topic], words, text)
        found = self._hosts(words, text)
        if codes := rows & _CODES:
            found += _codes(codes, found, text)
        if found:
            return self._block(ranked(found, text), _Said(words, rows, text), receiver)
        if (common := rows & _ORDINARY) and (ordinary := TABLES.first(common, text)):
            return _naming(_NO_BLOCK[ordinary.topic], words, text)
        worded = TABLES.first(rows & _WORDED, text)
        return _worded(worded, _Said(words, rows, text)) if worded else _naming(_ordinary(words), words, text)

    def _hosts(self, words: frozenset[str], text: str) -> list[Found]:
        """Return the lists whose zones or sites a reply names, as they come."""
        labels = self._labels & words
        if not labels:
            return []
        found: list[Found] = []
        for at, host in around(labels, text):
            zone = longest(host, self._zones)
            if zone:
                found.append(Found(self._zones[zone], at, hosts.kind(host), zone in self._dead))
                if zone in hosts.BESIDE:
                    found += [Found(key, at) for key in hosts.BESIDE[zone]]
            elif _ASKED.search(text, max(0, at - 40), at):
                found += [Found(part, at) for part in host.split(".") if part in hosts.LABELS]
        return found

    def _block(self, found: list[Found], said: "_Said", receiver: str) -> Reading:
        first = found[0]
        keys = [first.key] if len(found) == 1 else list(dict.fromkeys([name.key for name in found]))
        key = brand(first.key, said.text, receiver)
        stated = first.subtype or next((name.subtype for name in found if name.key == first.key and name.subtype), None)
        subtype, address = _grounds(stated, first.key, said), refused(said.words, said.text)
        if first.dead or key in self._dead_keys:
            return Reading(True, Topic.DEAD_LIST, subtype, key, address, Fault.RECEIVER, tuple(keys[1:]))
        return Reading(True, Topic.ADDRESS, subtype, key, address, Fault.SENDER, tuple(keys[1:]))


class _Said(NamedTuple):
    """A reply: the known words that it holds, the rows to be tried because of them, its tidied text."""

    words: frozenset[str]
    rows: int
    text: str


def _codes(rows: int, known: list[Found], text: str) -> list[Found]:
    """Return whom rows name. Those that could but say again what is known already are tried only beside others, where
    it matters which name comes first."""
    again = 0
    for name in known:
        again |= _AGAIN.get(name.key, 0)
    matches = list(TABLES.matches(rows & ~again, text))
    if matches and (more := rows & again):
        matches += TABLES.matches(more, text)
    found = []
    for row, at in matches:
        found.append(Found(row.key, at, row.subtype))
        found += [Found(key, at, aside=True) for key in row.also]
    return found


def _grounds(stated: Subtype | None, key: str, said: _Said) -> Subtype:
    """Return on what grounds a name refuses: what the text says, else what its row or zone states."""
    of_receiver = is_receiver(key)
    if of_receiver and stated in _VAGUE and (rows := said.rows & _RECEIVERS) and TABLES.first(rows, said.text):
        return Subtype.RDNS
    if stated in _PLAIN and (rows := said.rows & _GROUNDS) and (row := TABLES.first(rows, said.text)):
        return row.subtype or Subtype.LISTED
    if stated is None and of_receiver:
        worded = TABLES.first(said.rows & _WORDED, said.text)
        stated = worded.subtype if worded else None
        if stated is Subtype.OTHER:
            return Subtype.LISTED
    return stated or Subtype.LISTED


def _worded(row: Row, said: _Said) -> Reading:
    """Return the block that a wording says, with the receiver's key where its host or product stands in the text."""
    key, text = row.key, said.text
    subtype = row.subtype or Subtype.OTHER
    if key in (UNKNOWN, NOBODY):
        zones = (longest(host, hosts.RECEIVERS) for host in hosts_in(text))
        key = next((hosts.RECEIVERS[zone] for zone in zones if zone), None) or signed(subtype, text) or key
    if subtype is Subtype.REPUTATION and _SLOWED.search(text):
        subtype = Subtype.RATELIMIT
    return Reading(True, Topic.ADDRESS, subtype, key, refused(said.words, text), Fault.SENDER)


def _ordinary(words: Iterable[str]) -> Reading:
    _, topic = min([_TOPICS[word] for word in words if word in _TOPICS], default=_NO_TOPIC)
    return _NO_BLOCK[topic]


def _naming(reading: Reading, words: frozenset[str], text: str) -> Reading:
    """Return a reading with the address that the text names."""
    address = refused(words, text)
    return reading._replace(address=address) if address else reading
