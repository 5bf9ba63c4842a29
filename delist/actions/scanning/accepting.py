"""What accepted deliveries say: that an address is off a list, once a receiver that refused it takes its mail again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from delist.actions.desk import Desk, entry_of
from delist.actions.scanning.found import Changed
from delist.actions.scanning.recording import Receivers, Refusals, case_at, tell
from delist.rules.lifecycle import Request, State, confirmation_of
from delist.rules.listings import Seen, Sighting, SightingSource, episodes, standing
from delist.rules.lists import WindowKind
from delist.rules.moments import Moment, moment_of, start_of
from delist.rules.windows import Case, windows_of
from delist.store import reads, scans
from delist.store.reads import CaseRow
from delist.store.where import Where

Pair = tuple[str, str]

_JUST_AFTER = timedelta(seconds=1)
_LIVING = (State.SUBMITTED, State.CONFIRMED, State.CLEARED)


@dataclass(frozen=True, slots=True)
class Awaited:
    """Deliveries that would say something: to one of these receivers, each from its instant (UTC) on.

    `by_request` says that a request waits for it, or a window of a cleared one; `taken_back` are deliveries that were
    recorded before, and that a person has taken back.
    """

    address: str
    list: str
    receivers: Receivers
    by_request: bool = False
    taken_back: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that was accepted: by whom, when (UTC), and from which of our addresses, if that is known."""

    receiver: str
    at: datetime
    address: str | None


def awaited(desk: Desk, found: Iterable[Refusals]) -> list[Awaited]:
    """Return which accepted deliveries matter: for requests that wait, for listings that only logs know (as they will
    be once these refusals are recorded), and for windows whose day has come.
    """
    refused = {(each.address, each.list): each for each in found}
    cases = _cases(desk, refused)
    told = [_of_case(desk, case, refused.get((case.address, case.list))) for case in cases]
    known = {(case.address, case.list) for case in cases}
    new = awaited_anew(each for pair, each in refused.items() if pair not in known)
    return [*(each for each in told if each is not None and each.receivers), *new]


def awaited_anew(found: Iterable[Refusals]) -> list[Awaited]:
    """Return which accepted deliveries matter for addresses and lists of which nothing is on record."""
    named = (each for each in found if each.bursts)
    return [Awaited(each.address, each.list, _from(each.all_receivers, _end_of(each))) for each in named]


def _cases(desk: Desk, refused: Iterable[Pair]) -> list[CaseRow]:
    """Return the cases that are waited for, that are listed, or that this log is about; also of retired addresses."""
    waiting = [each.address for state in _LIVING for each in reads.requests(desk.tx, Where(state=state.value))]
    listed = [address for address, *_ in reads.listed_now(desk.tx)]
    return reads.cases_at(desk.tx, sorted({*waiting, *listed, *(address for address, _ in refused)}))


def _of_case(desk: Desk, case: CaseRow, found: Refusals | None) -> Awaited | None:
    request = reads.latest(desk.tx, case.id)
    after = None if case.retired else _after(desk, case, request, found)
    if after is None:
        return None
    # A window is survived only where the list was named (design, windows); a request clears with whom it concerned.
    is_window = request is not None and request.state is State.CLEARED
    known = scans.receivers_of(desk.tx, case.id, pointing=not is_window)
    fresh = {} if found is None else found.receivers if is_window else found.all_receivers
    receivers = {name: min(fresh.get(name, since), since) for name, since in {**fresh, **known}.items()}
    by_request = request is not None and request.state in _LIVING
    undone = (each.moment.at for each in scans.taken_back(desk.tx, case.id) if each.seen is Seen.CLEAR)
    return Awaited(case.address, case.list, _from(receivers, after), by_request, frozenset(filter(None, undone)))


def _from(receivers: Receivers, after: datetime) -> dict[str, datetime]:
    """Return from when on each receiver's accepted delivery counts: it must have refused before."""
    return {name: max(after, since + _JUST_AFTER) for name, since in receivers.items()}


def _after(desk: Desk, case: CaseRow, request: Request | None, found: Refusals | None) -> datetime | None:
    """Return from when on an accepted delivery says something about a case, None if it says nothing."""
    if request is not None and request.is_open:
        start = confirmation_of(request, entry_of(desk, case).has_confirmation)
        return None if start is None else _after_start(desk, start, found)
    sightings = reads.sightings(desk.tx, case.id)
    if request is not None and request.state is State.CLEARED:
        return _window_end(desk, case, request, sightings)
    return _last_refusal(desk, sightings, found)


def _after_start(desk: Desk, start: Moment, found: Refusals | None) -> datetime:
    """Return the instant of a confirmation; of one of which only the day is known, what follows its last refusal."""
    begin, end = start.earliest(desk.tools.zone), start.latest(desk.tools.zone)
    refused = [burst.last for burst in found.bursts if begin <= burst.last <= end] if found else []
    return max(refused) + _JUST_AFTER if refused and start.at is None else begin


def _last_refusal(desk: Desk, sightings: list[Sighting], found: Refusals | None) -> datetime | None:
    """Return the end of a listing that stands and that no check has seen: what DNS says, DNS has to take back."""
    found_open = [episode for episode in episodes(sightings) if episode.ended is None]
    if any(episode.source is SightingSource.CHECK for episode in found_open):
        return None
    whole = standing(found_open)
    known = [whole.last.latest(desk.tools.zone) + _JUST_AFTER] if whole else []
    return max([*known, *([_end_of(found)] if found and found.bursts else [])], default=None)


def _end_of(found: Refusals) -> datetime:
    return max(burst.last for burst in found.bursts) + _JUST_AFTER


def _window_end(desk: Desk, case: CaseRow, request: Request, sightings: list[Sighting]) -> datetime | None:
    """Return the day after the latest window that has come and that nothing has yet shown survived."""
    clears = [each.until for each in sightings if each.seen is Seen.CLEAR and each.code is None]
    last = max(clears, key=lambda moment: moment.order, default=None)
    whole = Case(case.address, entry_of(desk, case), (request,), last_clear=last)
    come = [w.on for w in windows_of(request, whole) if w.rule.kind is WindowKind.EXCLUSION_ENDS and not w.survived]
    past = [day for day in come if day < desk.now.on]
    return start_of(past[-1] + timedelta(days=1), desk.tools.zone) if past else None


def first_of(wanted: Awaited, found: Iterable[Accepted]) -> Accepted | None:
    """Return the first accepted delivery that says what is awaited."""
    fitting = [
        each
        for each in found
        if each.address == wanted.address and each.at not in wanted.taken_back
        if (since := wanted.receivers.get(each.receiver)) is not None and each.at >= since
    ]
    return min(fitting, key=lambda each: each.at, default=None)


def clear(desk: Desk, wanted: Awaited, found: Accepted) -> Changed | None:
    """Keep that an address is off a list, from its first accepted delivery on, and the move of the request."""
    case = case_at(desk, wanted.address, wanted.list)
    if case is None or _is_known(desk, case, found.at):
        return None
    moment = moment_of(found.at, desk.tools.zone)
    moved = tell(desk, case, Seen.CLEAR, moment, {"reason": f"accepted by {found.receiver}"})
    return Changed(wanted.address, wanted.list, Seen.CLEAR, moment, None, moved)


def _is_known(desk: Desk, case: CaseRow, at: datetime) -> bool:
    seen = reads.sightings(desk.tx, case.id)
    return any(each.seen is Seen.CLEAR and each.moment.at == at for each in seen)


def instants_of(wanted: Iterable[Awaited]) -> Mapping[str, set[datetime]]:
    """Return for each receiver the instants from which on its first accepted delivery says something."""
    after: dict[str, set[datetime]] = {}
    for each in wanted:
        for receiver, since in each.receivers.items():
            # Behind each that a person has taken back, the next one counts.
            after.setdefault(receiver, set()).update((since, *(undone + _JUST_AFTER for undone in each.taken_back)))
    return after
