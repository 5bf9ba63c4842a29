"""What a file brings to an import: requests, addresses, tombstones, and the lines that cannot be taken in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from delist.errors import NotAllowed, UsageError
from delist.rules import lifecycle
from delist.rules.history import Entry
from delist.rules.lifecycle import Request
from delist.rules.listings import Sighting
from delist.store.mails import KeptMail
from delist.store.reads import Draft

# A uid, a link, when it was kept, and the uid of the mail that brought it, if one did.
Secret = tuple[str, str, datetime, str | None]
# A history entry, and its place in the order of recording (None: after all others).
Recorded = tuple[Entry, int | None]
# A sighting, and whether it was taken back.
Look = tuple[Sighting, bool]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request of a file; number 0 leaves the choice to the database."""

    line: int
    request: Request
    history: tuple[Recorded, ...]
    text: str | None = None
    secrets: tuple[Secret, ...] = ()
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingCase:
    """What a file knows of a case beside its requests."""

    list: str
    draft: Draft | None
    history: tuple[Recorded, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class IncomingAddress:
    """One address of a file, with what is known of its cases beside their requests."""

    line: int
    uid: str
    address: str
    about: Mapping[str, str | None]
    added_at: datetime
    retired_on: str | None
    history: tuple[Recorded, ...]
    cases: tuple[IncomingCase, ...]
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail that was taken in where the file comes from; `request` is the uid of the one that it is about."""

    line: int
    mail: KeptMail
    request: str | None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What was forgotten where the file comes from."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of an export."""

    last_number: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be taken in, and why."""

    line: int
    why: str


Item = Incoming | IncomingAddress | IncomingMail | Tombstone | Header | Problem


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do."""

    requests: int = 0
    addresses: int = 0
    known: int = 0
    entries: int = 0
    mails: int = 0
    warnings: list[str] = field(default_factory=list)
    renumbered: dict[int, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    preview: list[str] = field(default_factory=list)


def folded(blank: Request, history: tuple[Entry, ...]) -> Request:
    """Return the request that a history leaves; raises UsageError if the history cannot have happened so."""
    try:
        return lifecycle.coherent(lifecycle.replay(blank, history))
    except NotAllowed as error:
        raise UsageError(str(error).replace("request 0 ", "the request ")) from None
