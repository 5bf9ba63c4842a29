"""What reply keys mean for the lists of the catalogue: which they name, and which may stand behind them."""

import re
from dataclasses import dataclass

from delist.catalogue import Catalogue
from delist.rules.lists import ListEntry, ListKind
from delist.rules.replies.values import UNKNOWN
from delist.rules.triage import Meaning

_MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Behind:
    """What the catalogue knows of a reply key: its name for people, the list it is or names, those to ask, what to do.

    `inferred` says that the reply itself does not name the list to ask.
    """

    key: str
    name: str
    entry: ListEntry | None
    points: tuple[ListEntry, ...] = ()
    inferred: bool = False
    about: str = ""


class Meanings:
    """Answers by reply key, from the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._keys = frozenset(catalogue.keys())
        self._known: dict[str, Meaning] = {}
        self._contacts: dict[str, frozenset[str]] = {}

    def of(self, key: str) -> Meaning:
        """Return what a reply key means."""
        if key not in self._known:
            self._known[key] = self._meaning(key)
        return self._known[key]

    def _meaning(self, key: str) -> Meaning:
        reply = self._catalogue.reply(key)
        points = frozenset(reply.request_at) if reply else frozenset()
        names = next(iter(points)) if reply and len(points) == 1 and not reply.inferred else None
        if key in self._keys:
            points, names = points | {key}, key
        shared = names is not None and self._catalogue.get(names).kind is ListKind.BLOCK
        return Meaning(names, points, self._all_of(reply.behind if reply else ()), key == UNKNOWN, shared)

    def _all_of(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return the list keys that names stand for: lists, or operators with all of theirs."""
        return frozenset(key for key in self._keys for name in names if key == name or key.startswith(f"{name}-"))

    def contacts(self, key: str) -> frozenset[str]:
        """Return the mail addresses to which one writes about a reply key."""
        if key not in self._contacts:
            self._contacts[key] = self._contacts_of(key)
        return self._contacts[key]

    def _contacts_of(self, key: str) -> frozenset[str]:
        behind = self.behind(key)
        entries = [*filter(None, [behind.entry]), *behind.points]
        texts = [behind.about, *(text for entry in entries for text in (entry.removal.mail or "", *entry.advice))]
        return frozenset(found.lower() for text in texts for found in _MAIL_ADDRESS.findall(text))

    def behind(self, key: str) -> Behind:
        """Return what to tell a person of a reply key."""
        reply, named = self._catalogue.reply(key), self.of(key).names
        entry = self._catalogue.get(named) if named else None
        if reply is None:
            return Behind(key, entry.name if entry else key, entry)
        points = tuple(self._catalogue.get(each) for each in reply.request_at)
        name = reply.name or (entry.name if entry else key)
        return Behind(key, name, entry, points, reply.inferred, reply.about)
