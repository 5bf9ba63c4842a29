"""What happens to a request after its submission: the moves of the table, taking back, correcting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from delist.actions.desk import Desk, entry_of, keep, see, settle, writing
from delist.errors import NotAllowed, NotFound, UsageError
from delist.rules import lifecycle
from delist.rules.history import Entry, Event, last_valid, moment_to, still_valid, told
from delist.rules.lifecycle import MOVES, Request, State
from delist.rules.listings import Seen, SightingSource
from delist.rules.moments import Moment
from delist.rules.secrets import conceal
from delist.store import attention, reads, writes
from delist.store.reads import CaseRow, Draft
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Moved:
    """A request after a command, and whether anything changed."""

    request: Request
    changed: bool


def fits(tools: Tools, event: Event) -> Callable[[Request], bool]:
    """Return whether a move is possible for a request: which of several an address alone means."""

    def possible(request: Request) -> bool:
        if (request.state, event) not in MOVES:
            return event is Event.CLEARED and request.state is State.CLEARED
        needs = tools.catalogue.get(request.list).has_confirmation and request.confirmed is None
        return not (event is Event.CLEARED and needs)

    return possible


def advance(
    tools: Tools,
    numbers: list[int],
    event: Event,
    on: Moment | None,
    *,
    reference: str | None = None,
    confirmed_on: Moment | None = None,
) -> list[Moved]:
    """Record what happened to requests, all or none; repeating a recorded fact changes nothing.

    `confirmed_on` first records the confirmation date, for `cleared`. Raises NotFound, NotAllowed, UsageError.
    """
    refuse_future(tools, on, confirmed_on)
    with writing(tools) as desk:
        moved = []
        for number in numbers:
            if confirmed_on is not None:
                _advance_one(desk, number, Event.CONFIRMED, confirmed_on, None)
            moved.append(_advance_one(desk, number, event, on, reference))
        return moved


def refuse_future(tools: Tools, *moments: Moment | None) -> None:
    """Raise UsageError if something is said to have happened after now."""
    now = tools.this_moment()
    for moment in moments:
        if moment is not None and now.is_before(moment):
            raise UsageError(f"{told(moment)} is in the future: that cannot have happened yet")


def found(desk: Desk, number: int) -> tuple[Request, CaseRow]:
    """Return a request and its case; raises NotFound."""
    request, case = reads.request(desk.tx, number), reads.case_of(desk.tx, number)
    if request is None or case is None:
        raise NotFound(f"there is no request {number}")
    return request, case


def _advance_one(desk: Desk, number: int, event: Event, on: Moment | None, reference: str | None) -> Moved:
    request, case = found(desk, number)
    if lifecycle.already_holds(request, event, on):
        return Moved(request, False)
    moment = on or desk.now
    if event is Event.CLEARED and request.state is State.CLEARED:
        return _seen_again(desk, case, request, moment)
    text, urls = conceal(reference, strict=True) if reference else (None, [])
    entry = desk.entry(event, moment, {"reference": text})
    after = lifecycle.move(request, entry, entry_of(desk, case).has_confirmation)
    keep(desk, case, after, entry)
    keep_urls(desk, case, number, urls)
    if event in SHOWS:
        see(desk, case, SHOWS[event], moment, SightingSource.TOLD, entry.uid)
    settle(desk, case, after)
    return Moved(after, True)


# What a move says about the listing itself.
SHOWS: Mapping[Event, Seen] = {Event.CLEARED: Seen.CLEAR, Event.RELISTED: Seen.LISTED}


def keep_urls(desk: Desk, case: CaseRow, number: int | None, urls: list[str]) -> None:
    """Keep the secret links that were cut out of a text."""
    for url in urls:
        writes.add_secret(desk.tx, desk.uid(), case.address_id, number, url, desk.at)


def _seen_again(desk: Desk, case: CaseRow, request: Request, moment: Moment) -> Moved:
    if any(known.seen is Seen.CLEAR and known.moment == moment for known in reads.sightings(desk.tx, case.id)):
        return Moved(request, False)
    entry = desk.entry(Event.SIGHTED, moment, {"verdict": str(Seen.CLEAR)})
    keep(desk, case, request, entry)
    see(desk, case, Seen.CLEAR, moment, SightingSource.TOLD, entry.uid)
    settle(desk, case)
    return Moved(request, True)


def amend(tools: Tools, number: int, moments: Mapping[str, Moment], texts: Mapping[str, str]) -> Moved:
    """Correct recorded values of a request; the history keeps both. Raises NotFound, NotAllowed, UsageError."""
    refuse_future(tools, *moments.values())
    with writing(tools) as desk:
        request, case = found(desk, number)
        urls: list[str] = []
        detail: dict[str, object] = {}
        for name, moment in moments.items():
            if (old := getattr(request, name)) is None:
                raise NotAllowed(f"request {number} has no {name} date to amend: it is {request.state}")
            detail |= {name: {"from": moment_to(old), "to": moment_to(moment)}} if old != moment else {}
        for name, text in texts.items():
            masked, cut = conceal(text, strict=name == "reference")
            urls += cut
            old = getattr(request, name)
            detail |= {name: {"from": old, "to": masked or None}} if old != (masked or None) or cut else {}
        if not detail:
            return Moved(request, False)
        entry = desk.entry(Event.AMENDED, desk.now, detail)
        after = lifecycle.coherent(lifecycle.applied(request, entry))
        keep(desk, case, after, entry)
        keep_urls(desk, case, number, urls)
        _align_sightings(desk, case, after)
        settle(desk, case, after)
        return Moved(after, True)


def undo(tools: Tools, number: int) -> tuple[Entry, Request | None]:
    """Take back the last entry of a request; both stay in the history. Raises NotFound, NotAllowed."""
    with writing(tools) as desk:
        request, case = found(desk, number)
        return _undo_request(desk, case, request)


def _undo_request(desk: Desk, case: CaseRow, request: Request) -> tuple[Entry, Request]:
    history = reads.history(desk.tx, request.number)
    last = last_valid(history)
    if last is None:
        raise NotAllowed(f"request {request.number} has nothing left to undo")
    entry = desk.entry(Event.UNDONE, desk.now, {"of": last.uid, "event": str(last.event)})
    after = lifecycle.replay(request, [*history, entry])
    keep(desk, case, after, entry)
    writes.undo_sightings(desk.tx, last.uid)
    if after.state is State.UNDONE:
        _redraft(desk, case, request)
    _align_sightings(desk, case, after)
    settle(desk, case, after)
    return last, after


def _redraft(desk: Desk, case: CaseRow, request: Request) -> None:
    """Make the text of a submission that was taken back the draft again, unless there is a newer one."""
    text = reads.text_of(desk.tx, request.number)
    if text is not None and reads.draft(desk.tx, case.id) is None:
        sent = next(entry for entry in reads.history(desk.tx, request.number) if entry.event is Event.SUBMITTED)
        claims = tuple(sent.detail.get("claims") or ())
        draft = Draft(text, request.template or "", request.name, request.email, desk.at, claims)
        writes.save_draft(desk.tx, case.id, draft)


def _align_sightings(desk: Desk, case: CaseRow, request: Request) -> None:
    """Let the looks that moves stand for say what the corrected request says."""
    sightings = reads.sightings(desk.tx, case.id)
    for entry in still_valid(reads.history(desk.tx, request.number)):
        wanted: Moment | None = getattr(request, str(entry.event)) if entry.event in SHOWS else None
        known = [sighting for sighting in sightings if sighting.event_uid == entry.uid]
        if wanted is None or all(sighting.moment == wanted for sighting in known):
            continue
        # One for each code, where answers told them.
        writes.undo_sightings(desk.tx, entry.uid)
        for sighting in known:
            writes.add_sighting(desk.tx, case.id, replace(sighting, uid=desk.uid(), moment=wanted))


def undo_at(tools: Tools, address: str, key: str | None) -> tuple[Entry, Request | None]:
    """Take back what was last recorded for an address (on a list): of a request, or an observation, or an answer."""
    with writing(tools) as desk:
        case = _case_with_history(desk, address, key)
        entries = reads.case_entries(desk.tx, case.id)
        valid = {entry.uid for entry in still_valid(entry for _, entry in entries) if entry.event is not Event.MAILED}
        last = next(((number, entry) for number, entry in reversed(entries) if entry.uid in valid), None)
        if last is None:
            raise NotAllowed(f"{case.address} on {case.list} has nothing left to undo")
        number, entry = last
        if number is not None:
            return _undo_request(desk, case, found(desk, number)[0])
        undone = desk.entry(Event.UNDONE, desk.now, {"of": entry.uid, "event": str(entry.event)})
        writes.add_entry(desk.tx, undone, case.address_id, case.id)
        writes.undo_sightings(desk.tx, entry.uid)
        attention.refold_marks(desk.tx, case.id)
        settle(desk, case)
        return entry, None


def _case_with_history(desk: Desk, address: str, key: str | None) -> CaseRow:
    known = reads.address(desk.tx, address)
    if known is None:
        raise NotFound(f"{address} is not recorded")
    wanted = desk.tools.catalogue.find(key).key if key is not None else None
    cases = [
        case
        for case in reads.cases_of(desk.tx, known.id)
        if wanted in (None, case.list) and reads.case_entries(desk.tx, case.id)
    ]
    if not cases:
        raise NotFound(f"nothing is recorded for {address}" + (f" on {wanted}" if wanted else ""))
    if len(cases) > 1:
        raise UsageError(f"{address} has cases on {', '.join(case.list for case in cases)}: name one with -l")
    return cases[0]
