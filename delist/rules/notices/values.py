"""What a notice is made of: reminders, changes, mails and troubles, as items that are told once each to each person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from delist.rules.history import Event, Trust
from delist.rules.listings import Seen
from delist.rules.mails.values import Kind, Why
from delist.rules.moments import Moment
from delist.rules.reminders import Reminder


class Place(NamedTuple):
    """A recorded address, as far as notices need it."""

    id: int
    uid: str
    address: str
    site: str | None
    owner: str | None


class Change(NamedTuple):
    """Something that delist itself found to have happened: cleared, relisted, or seen listed or clear."""

    uid: str
    event: Event
    moment: Moment
    place: Place
    list: str
    number: int | None
    seen: Seen | None


class News(NamedTuple):
    """A mail that was taken in; `expires` is when its link ends (UTC), `said` the code of what it says."""

    uid: str
    kind: Kind
    trust: Trust
    why: Why
    said: str | None
    received: datetime
    expires: datetime | None
    subject: str
    sender: str
    place: Place | None
    list: str | None
    number: int | None


class Trouble(NamedTuple):
    """A step that fails again and again (`ended` is None), or did until then; `why` is the sentence of the first."""

    step: str
    uid: str
    began: datetime
    why: str
    ended: datetime | None = None


class Repeat(NamedTuple):
    """The notice that may have told an item before: its sending, begun then (UTC), was cut short."""

    uid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell, under a key that each person is told once; `also` are keys of what is told with it."""

    key: str
    what: Reminder | Change | News | Trouble
    place: Place | None = None
    list: str | None = None
    also: tuple[str, ...] = ()
    repeat: Repeat | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that telling this claims."""
        return (self.key, *self.also)


class Listed(NamedTuple):
    """An address from which the relay sends, on a list (its name)."""

    address: str
    list: str


class Detour(NamedTuple):
    """Why a person is not told directly: what the mail failed with, None where it was not tried."""

    why: str | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person is told in one message, most urgent first; `names` are those of the lists by key."""

    recipient: str
    items: tuple[Item, ...]
    moment: Moment
    names: Mapping[str, str] = field(default_factory=dict)
    relay: tuple[Listed, ...] = ()
    detour: Detour | None = None


class Written(NamedTuple):
    """A message as it is read: its subject, plain text and HTML."""

    subject: str
    text: str
    html: str


class Part(StrEnum):
    """What kinds of things a message tells, and how they are counted."""

    REMINDERS = "reminders"
    CHANGES = "changes"
    MAILS = "mails"
    TROUBLES = "troubles"


def part_of(item: Item) -> Part:
    """Return which kind of thing an item is."""
    return next(part for kind, part in _PARTS if isinstance(item.what, kind))


_PARTS = ((Reminder, Part.REMINDERS), (Change, Part.CHANGES), (News, Part.MAILS), (Trouble, Part.TROUBLES))


def repeated_key(key: str, uid: str) -> str:
    """Return the key under which something is told once more after the notice of that uid was cut short."""
    return f"{base_of(key)}~{uid}"


def base_of(key: str) -> str:
    """Return the key of an item itself, of one under which it is told once more."""
    return key.partition("~")[0]
