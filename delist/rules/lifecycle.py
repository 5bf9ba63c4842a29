"""The life of a removal request: a table of moves, and the request as the fold of its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from delist.errors import NotAllowed
from delist.rules.moments import Moment, Period, elapsed


class State(StrEnum):
    """Where a request stands. `undone` is a submission that was taken back: it never happened."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    REFUSED = "refused"
    RELISTED = "relisted"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


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
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    NOTED = "noted"
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


OPEN = frozenset({State.SUBMITTED, State.CONFIRMED})

MOVES: Mapping[tuple[State, Event], State] = {
    (State.SUBMITTED, Event.CONFIRMED): State.CONFIRMED,
    (State.SUBMITTED, Event.CLEARED): State.CLEARED,
    (State.SUBMITTED, Event.REFUSED): State.REFUSED,
    (State.SUBMITTED, Event.RELISTED): State.RELISTED,
    (State.SUBMITTED, Event.WITHDRAWN): State.WITHDRAWN,
    (State.CONFIRMED, Event.CLEARED): State.CLEARED,
    (State.CONFIRMED, Event.REFUSED): State.REFUSED,
    (State.CONFIRMED, Event.RELISTED): State.RELISTED,
    (State.CONFIRMED, Event.WITHDRAWN): State.WITHDRAWN,
    (State.CLEARED, Event.RELISTED): State.RELISTED,
    (State.CLEARED, Event.WITHDRAWN): State.WITHDRAWN,
    (State.REFUSED, Event.APPEALED): State.SUBMITTED,
    (State.REFUSED, Event.WITHDRAWN): State.WITHDRAWN,
}

# The command that records each move, for sentences.
VERBS = {
    Event.CONFIRMED: "confirm",
    Event.CLEARED: "cleared",
    Event.REFUSED: "refused",
    Event.RELISTED: "relisted",
    Event.WITHDRAWN: "withdraw",
    Event.APPEALED: "appeal",
}
# Where a move leaves its moment in the request.
_MOMENT_OF = {
    Event.CONFIRMED: "confirmed",
    Event.CLEARED: "cleared",
    Event.REFUSED: "refused",
    Event.RELISTED: "relisted",
    Event.WITHDRAWN: "withdrawn",
}
AMENDABLE = ("submitted", "confirmed", "cleared", "refused", "relisted", "withdrawn")
_DESCRIPTIONS = ("reference", "name", "email")


class Entry(NamedTuple):
    """One line of history: what happened when, when it was recorded, by whom, from what."""

    uid: str
    event: Event
    moment: Moment
    recorded_at: datetime
    by: str
    source: Source
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person said about reminders: acknowledged and snoozed ones, an answer seen, a PTR that changed."""

    acknowledged: frozenset[tuple[str, str]] = frozenset()
    snoozed: tuple[tuple[str, str, datetime], ...] = ()
    answered: Moment | None = None
    ptr_changed: Moment | None = None

    def snoozed_until(self, kind: str, ref: str) -> datetime | None:
        """Return until when that reminder sleeps: the last word counts."""
        found = [until for name, which, until in self.snoozed if (name, which) == (kind, ref)]
        return found[-1] if found else None


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Request:
    """One removal request as its history leaves it."""

    number: int
    uid: str
    address: str
    list: str
    state: State
    submitted: Moment
    # The last time somebody was asked: the submission, or the appeal after a refusal.
    asked: Moment
    confirmed: Moment | None = None
    cleared: Moment | None = None
    refused: Moment | None = None
    relisted: Moment | None = None
    withdrawn: Moment | None = None
    reference: str | None = None
    name: str | None = None
    email: str | None = None
    template: str | None = None
    batch: int | None = None
    marks: Marks = NO_MARKS

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited: submitted or confirmed."""
        return self.state in OPEN

    @property
    def closed(self) -> Moment | None:
        """When it ended: withdrawn, relisted or refused; None while it lives."""
        if self.state in (State.WITHDRAWN, State.RELISTED, State.REFUSED):
            return self.withdrawn or self.relisted or self.refused
        return None


def confirmation_of(request: Request, has_confirmation: bool) -> Moment | None:
    """Return the moment from which windows count: the last step, or the submission where there is none."""
    return request.confirmed or (None if has_confirmation else request.asked)


def time_to_effect(request: Request, has_confirmation: bool) -> Period | None:
    """Return the time from the confirmation to being seen off the list, None while either is unknown."""
    start = confirmation_of(request, has_confirmation)
    return elapsed(start, request.cleared) if start and request.cleared else None


def attempts(requests: Iterable[Request]) -> dict[int, int]:
    """Return the attempt of each request of a case, in order of submission; undone ones are none."""
    real = sorted((r for r in requests if r.state is not State.UNDONE), key=by_submission)
    return {request.number: position for position, request in enumerate(real, 1)}


def by_submission(request: Request) -> tuple[date, datetime, int]:
    """A key that sorts the requests of a case as attempts."""
    return *request.submitted.order, request.number


def move(request: Request, entry: Entry, has_confirmation: bool) -> Request:
    """Return the request after a move of the table; raises NotAllowed with what is possible instead."""
    target = MOVES.get((request.state, entry.event))
    if target is None:
        raise NotAllowed(_refusal(request, entry.event, has_confirmation))
    if entry.event is Event.APPEALED and request.refused and entry.moment.is_before(request.refused):
        raise NotAllowed(
            f"request {request.number} cannot be appealed on {told(entry.moment)}"
            f" before it was refused on {told(request.refused)}"
        )
    skips_step = has_confirmation and request.confirmed is None and entry.event is Event.CLEARED
    if skips_step:
        number = request.number
        raise NotAllowed(
            f"request {number} is submitted, not confirmed: say when it was confirmed,"
            f" `delist cleared {number} --confirmed-on DAY`"
        )
    return coherent(applied(request, entry))


def _refusal(request: Request, event: Event, has_confirmation: bool) -> str:
    verbs = [VERBS[ev] for (state, ev) in MOVES if state is request.state]
    if has_confirmation and request.confirmed is None:
        verbs = [verb for verb in verbs if verb != "cleared"]
    rest = f"possible: {', '.join(verbs)}, undo" if verbs else "it has ended; a new attempt is a new `delist submit`"
    return f"request {request.number} is {request.state} and cannot be {event}: {rest}"


def already_holds(request: Request, event: Event, moment: Moment | None) -> bool:
    """Whether the fact is on record, so that repeating it changes nothing; raises NotAllowed for another day."""
    recorded = _recorded(request, event)
    if recorded is None:
        return False
    if moment is not None and moment.on == recorded.on:
        return True
    if request.state in _ENDS and MOVES.get((State.CONFIRMED, event)) is not request.state:
        return False  # it was so, but is no more: the table says what is possible now
    if moment is None:
        return True
    is_later_sighting = event is Event.CLEARED and recorded.is_before(moment)
    if is_later_sighting:
        return False
    raise NotAllowed(
        f"request {request.number} was {event} on {recorded.on}, not {moment.on}:"
        f" to correct it, `delist amend {request.number} --{event}-on {moment.on}`"
    )


_ENDS = frozenset({State.REFUSED, State.RELISTED, State.WITHDRAWN})


def _recorded(request: Request, event: Event) -> Moment | None:
    """Return when something is on record as having happened."""
    if event is Event.APPEALED:
        return request.asked if request.asked != request.submitted else None
    found: Moment | None = getattr(request, _MOMENT_OF[event]) if event in _MOMENT_OF else None
    return found


_Values = dict[str, Any]
_FIELDS = tuple(each.name for each in fields(Request))


def applied(request: Request, entry: Entry) -> Request:
    """Return the request after an entry that is already part of its history."""
    values = {name: getattr(request, name) for name in _FIELDS}
    _apply(values, entry)
    return Request(**values)


def _apply(values: _Values, entry: Entry) -> None:
    """Let an entry change the values of a request."""
    if entry.event in _MOMENT_OF:
        values["state"] = MOVES.get((values["state"], entry.event), values["state"])
        values[_MOMENT_OF[entry.event]] = entry.moment
        values["reference"] = entry.detail.get("reference", values["reference"])
    elif entry.event is Event.APPEALED:
        values.update(state=State.SUBMITTED, asked=entry.moment, refused=None, confirmed=None)
        values["reference"] = entry.detail.get("reference", values["reference"])
    elif entry.event is Event.AMENDED:
        _amend(values, entry.detail)
    elif entry.event in _MARKS:
        values["marks"] = marked(values["marks"], entry)


def _amend(values: _Values, detail: Mapping[str, Any]) -> None:
    for name, change in detail.items():
        if name in AMENDABLE:
            moment = moment_from(change["to"])
            if name == "submitted" and values["asked"] == values["submitted"]:
                values["asked"] = moment
            values[name] = moment
        elif name in _DESCRIPTIONS:
            values[name] = change["to"]


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


_MARKS = {Event.ACKNOWLEDGED: _acknowledged, Event.SNOOZED: _snoozed, Event.NOTED: _noted}


def coherent(request: Request) -> Request:
    """Return the request if its moments can have happened in this order; raises NotAllowed."""
    appealed = request.asked if request.asked != request.submitted else None
    known = [("submitted", request.submitted)]
    for name in ("appealed", "confirmed", "cleared", "relisted", "refused", "withdrawn"):
        later: Moment | None = appealed if name == "appealed" else getattr(request, name)
        if later is None:
            continue
        # With all of them, not only the last: between two instants of a day a bare day would hide the order.
        for before, earlier in known:
            if later.is_before(earlier):
                raise NotAllowed(
                    f"request {request.number} cannot be {name} on {told(later)}"
                    f" before it was {before} on {told(earlier)}"
                )
        known.append((name, later))
    return request


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


def replay(blank: Request, history: Iterable[Entry]) -> Request:
    """Return the request that a history leaves; `blank` gives its number, uid, address, list and batch."""
    entries = list(history)
    valid = still_valid(entries)
    values = _born(blank, (valid or entries)[0])
    for entry in valid[1:]:
        _apply(values, entry)
    if not valid:
        values["state"] = State.UNDONE
    return Request(**values)


def _born(blank: Request, entry: Entry) -> _Values:
    contact = entry.detail.get("contact") or {}
    return {
        "number": blank.number,
        "uid": blank.uid,
        "address": blank.address,
        "list": blank.list,
        "batch": blank.batch,
        "state": State.SUBMITTED,
        "submitted": entry.moment,
        "asked": entry.moment,
        "reference": entry.detail.get("reference"),
        "name": contact.get("name"),
        "email": contact.get("email"),
        "template": entry.detail.get("template"),
        "marks": NO_MARKS,
    }


def last_valid(history: Iterable[Entry]) -> Entry | None:
    """Return the entry that `undo` takes back, None if nothing is left."""
    valid = still_valid(history)
    return valid[-1] if valid else None
