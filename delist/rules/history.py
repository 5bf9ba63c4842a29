"""History: what happened when, who recorded it, what was taken back, and what people said about reminders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from delist.rules.moments import Moment


class Event(StrEnum):
    """What a history entry says happened."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    REFUSED = "refused"
    RELISTED = "relisted"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"
    SIGHTED = "sighted"
    MEASURED = "measured"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    NOTED = "noted"
    MAILED = "mailed"
    AMENDED = "amended"
    UNDONE = "undone"
    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"


class Source(StrEnum):
    """From what an entry was recorded."""

    HAND = "hand"
    CHECK = "check"
    LOG = "log"
    MAIL = "mail"
    IMPORT = "import"


class Entry(NamedTuple):
    """One line of history: what happened when, when it was recorded, by whom, from what."""

    uid: str
    event: Event
    moment: Moment
    recorded_at: datetime
    by: str
    source: Source
    detail: Mapping[str, Any]


class Trust(StrEnum):
    """What is known of a mail's sender: verified to be the list's, no result at all, or found to be another's."""

    GENUINE = "genuine"
    UNVERIFIED = "unverified"
    REJECTED = "rejected"


class Mailed(NamedTuple):
    """What a mail of the list brought a request: a link, or a decision (`said`, a code); instants in UTC."""

    at: datetime
    trust: Trust
    expires: datetime | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What was said about reminders: acknowledged and snoozed ones, an answer seen, a PTR that changed; and the
    latest link and decision that came by mail.
    """

    acknowledged: frozenset[tuple[str, str]] = frozenset()
    snoozed: tuple[tuple[str, str, datetime], ...] = ()
    answered: Moment | None = None
    ptr_changed: Moment | None = None
    link: Mailed | None = None
    decision: Mailed | None = None

    def snoozed_until(self, kind: str, ref: str) -> datetime | None:
        """Return until when that reminder sleeps: the last word counts."""
        found = [until for name, which, until in self.snoozed if (name, which) == (kind, ref)]
        return found[-1] if found else None


NO_MARKS = Marks()


def marked(marks: Marks, entry: Entry) -> Marks:
    """Return the marks after an entry; the same object if it says nothing about reminders."""
    change = _MARKS.get(entry.event)
    return change(marks, entry) if change else marks


def _acknowledged(marks: Marks, entry: Entry) -> Marks:
    key = (entry.detail["kind"], entry.detail.get("ref", ""))
    return replace(marks, acknowledged=marks.acknowledged | {key})


def _snoozed(marks: Marks, entry: Entry) -> Marks:
    until = datetime.fromisoformat(entry.detail["until"])
    return replace(marks, snoozed=(*marks.snoozed, (entry.detail["kind"], entry.detail.get("ref", ""), until)))


def _noted(marks: Marks, entry: Entry) -> Marks:
    if entry.detail.get("answered"):
        marks = replace(marks, answered=entry.moment)
    if entry.detail.get("ptr_changed"):
        marks = replace(marks, ptr_changed=entry.moment)
    return marks


def _mailed(marks: Marks, entry: Entry) -> Marks:
    kind = entry.detail["kind"]
    if kind not in ("link", "decision") or entry.moment.at is None:
        return marks
    expires = entry.detail.get("expires_at")
    mail = Mailed(
        entry.moment.at,
        Trust(entry.detail["trust"]),
        datetime.fromisoformat(expires) if expires else None,
        entry.detail.get("said"),
    )
    known: Mailed | None = getattr(marks, kind)
    # Anybody can send a mail that nobody can verify: it does not take the place of one that was.
    if mail.trust is Trust.REJECTED or (known and known.trust is Trust.GENUINE and mail.trust is not Trust.GENUINE):
        return marks
    return replace(marks, link=mail) if kind == "link" else replace(marks, decision=mail)


_MARKS = {
    Event.ACKNOWLEDGED: _acknowledged,
    Event.SNOOZED: _snoozed,
    Event.NOTED: _noted,
    Event.MAILED: _mailed,
}


def told(moment: Moment) -> str:
    """Return a moment as it is written on the command line."""
    return moment.at.isoformat().replace("+00:00", "Z") if moment.at else moment.on.isoformat()


def moment_to(moment: Moment | None) -> dict[str, str | None] | None:
    """Return a moment as history keeps it in a detail."""
    return None if moment is None else {"on": moment.on.isoformat(), "at": told(moment) if moment.at else None}


def moment_from(kept: Mapping[str, str | None] | None) -> Moment | None:
    """Return the moment that a detail of the history keeps."""
    if kept is None:
        return None
    at = kept.get("at")
    return Moment(date.fromisoformat(str(kept["on"])), datetime.fromisoformat(at) if at else None)


def still_valid(history: Iterable[Entry]) -> list[Entry]:
    """Return the entries that were not taken back, without the taking back itself."""
    entries = list(history)
    undone = {entry.detail["of"] for entry in entries if entry.event is Event.UNDONE}
    return [entry for entry in entries if entry.event is not Event.UNDONE and entry.uid not in undone]


def last_valid(history: Iterable[Entry]) -> Entry | None:
    """Return the entry that `undo` takes back, None if nothing is left; that a mail came is nobody's doing."""
    valid = [entry for entry in still_valid(history) if entry.event is not Event.MAILED]
    return valid[-1] if valid else None
