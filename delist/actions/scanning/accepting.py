"""What accepted deliveries say: that an address is off a list, once a receiver that refused it takes its mail again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from delist.actions.desk import Desk, entry_of
from delist.actions.scanning.found import Changed
from delist.actions.scanning.recording import Refusals, case_at, tell
from delist.rules.lifecycle import Request, State, confirmation_of
from delist.rules.listings import Seen, Sighting, SightingSource, episodes, standing
from delist.rules.lists import WindowKind
from delist.rules.moments import moment_of, start_of
from delist.rules.windows import Case, windows_of
from delist.store import reads, scans
from delist.store.reads import CaseRow
from delist.store.where import Where

Pair = tuple[str, str]

_JUST_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A delivery that would say something: the first to one of these receivers from an instant (UTC) on.

    `by_request` says that a request waits for it, or a window of a cleared one.
    """

    address: str
    list: str
    receivers: frozenset[str]
    after: datetime
    by_request: bool = False


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
    told = {(case.address, case.list): _of_case(desk, case, refused) for case in _cases(desk, refused)}
    new = awaited_anew(each for pair, each in refused.items() if pair not in told)
    return [*(each for each in told.values() if each is not None and each.receivers), *new]


def awaited_anew(found: Iterable[Refusals]) -> list[Awaited]:
    """Return which accepted deliveries matter for addresses and lists of which nothing is on record."""
    named = (each for each in found if each.bursts)
    return [Awaited(each.address, each.list, each.all_receivers, _after_last(each, None)) for each in named]


def _cases(desk: Desk, refused: Iterable[Pair]) -> Iterable[CaseRow]:
    """Return the cases that are waited for, that are listed, or that this log is about; also of retired addresses."""
    waiting = [each.address for state in _LIVING for each in reads.requests(desk.tx, Where(state=state.value))]
    listed = [address for address, *_ in reads.listed_now(desk.tx)]
    return reads.cases_at(desk.tx, sorted({*waiting, *listed, *(address for address, _ in refused)}))


_LIVING = (State.SUBMITTED, State.CONFIRMED, State.CLEARED)


def _of_case(desk: Desk, case: CaseRow, refused: Mapping[Pair, Refusals]) -> Awaited | None:
    found = refused.get((case.address, case.list))
    after = None if case.retired else _after(desk, case, found)
    if after is None:
        return None
    receivers = frozenset(scans.receivers_of(desk.tx, case.id)) | (found.all_receivers if found else frozenset())
    return Awaited(case.address, case.list, receivers, after, _is_waited_for(reads.latest(desk.tx, case.id)))


def _is_waited_for(request: Request | None) -> bool:
    return request is not None and request.state in _LIVING


def _after(desk: Desk, case: CaseRow, found: Refusals | None) -> datetime | None:
    """Return from when on an accepted delivery says something about a case, None if it says nothing."""
    zone, request = desk.tools.zone, reads.latest(desk.tx, case.id)
    if request is not None and request.is_open:
        start = confirmation_of(request, entry_of(desk, case).has_confirmation)
        return start.earliest(zone) if start else None
    sightings = reads.sightings(desk.tx, case.id)
    if request is not None and request.state is State.CLEARED:
        return _window_end(desk, case, request, sightings)
    return _last_refusal(desk, sightings, found)


def _last_refusal(desk: Desk, sightings: list[Sighting], found: Refusals | None) -> datetime | None:
    """Return the end of a listing that stands and that only logs know: what DNS says, DNS has to take back."""
    if any(each.source is not SightingSource.LOG for each in sightings if each.seen is Seen.LISTED):
        return None
    whole = standing(episodes(sightings))
    known = whole.last.latest(desk.tools.zone) + _JUST_AFTER if whole else None
    return _after_last(found, known) if found and found.bursts else known


def _after_last(found: Refusals, known: datetime | None) -> datetime:
    last = max(burst.last for burst in found.bursts) + _JUST_AFTER
    return max(last, known) if known else last


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
    ours = (each for each in found if each.address == wanted.address)
    fitting = [each for each in ours if each.receiver in wanted.receivers and each.at >= wanted.after]
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
    """Whether just this is on record, or was taken back by hand."""
    seen = [*reads.sightings(desk.tx, case.id), *scans.taken_back(desk.tx, case.id)]
    return any(each.seen is Seen.CLEAR and each.moment.at == at for each in seen)
