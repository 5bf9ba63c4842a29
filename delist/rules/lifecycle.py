"""The life of a removal request: a table of moves, and the request as the fold of its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from delist.errors import NotAllowed
from delist.rules.history import NO_MARKS, Entry, Event, Marks, marked, moment_from, still_valid, told
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
    else:
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


def replay(blank: Request, history: Iterable[Entry]) -> Request:
    """Return the request that a history leaves; `blank` gives its number, uid, address, list and batch."""
    entries = list(history)
    valid = still_valid(entries)
    # A mail that came may outlast the submission that was taken back.
    sent = next((entry for entry in valid if entry.event is Event.SUBMITTED), None)
    values = _born(blank, sent or entries[0])
    for entry in valid:
        if entry is not sent:
            _apply(values, entry)
    if sent is None:
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
