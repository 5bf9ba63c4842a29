"""Brings what was found into the case file: changes only, and states only by the rule of two equal looks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from delist.actions.checking.looking import Looked, Told
from delist.actions.desk import Desk, case_for, entry_of, keep, settle
from delist.rules import lifecycle
from delist.rules.dnsbl import Verdict
from delist.rules.history import Entry, Event
from delist.rules.lifecycle import Request
from delist.rules.listings import Look, Seen, Sighting, SightingSource
from delist.rules.looks import Change, Standing, change, known_of
from delist.rules.moments import Moment, moment_of
from delist.store import attention, checks, reads, writes
from delist.store.reads import CaseRow

_SEEN = {Verdict.LISTED: Seen.LISTED, Verdict.CLEAR: Seen.CLEAR}


@dataclass(frozen=True, slots=True)
class Changed:
    """A state that flipped: of the listing, and of the request that it moved, if it did."""

    address: str
    list: str
    seen: Seen
    codes: tuple[str, ...]
    reason: str | None
    moment: Moment
    request: Request | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A look that would flip a state, and waits for a second one: its answer runs out at `expires` (UTC)."""

    address: str
    list: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of some looks."""

    changed: tuple[Changed, ...] = ()
    waiting: tuple[Waiting, ...] = ()


Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Times:
    """When looking began and when it had ended (UTC): the answers came in between."""

    begun: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class _Find:
    """One finding with the case it belongs to."""

    case: CaseRow
    look: Look
    is_fresh: bool
    # When the answer has run out for certain; the look itself tells when it may have run out.
    expired: datetime


def record(desk: Desk, looked: Looked, times: Times, once: bool, only: Collection[Pair] | None = None) -> Recorded:
    """Keep what looks found, of these addresses and lists if `only` they matter.

    Retired addresses are only looked at; a clear look of an address without a case is no news, and neither is
    anything that could not be told.
    """
    known: dict[str, dict[str, CaseRow]] = {}
    for case in reads.cases_at(desk.tx, looked.addresses):
        known.setdefault(case.address, {})[case.list] = case
    finds = []
    for place, told in _worth_keeping(looked, known):
        address, key = looked.addresses[place], told.finding.list
        if only is not None and (address, key) not in only:
            continue
        found = known.get(address, {}).get(key) or _new_case(desk, address, told)
        if found is not None and not found.retired:
            finds.append(_find(looked, place, told, found, times))
    return _keep_all(desk, finds, once)


def _worth_keeping(looked: Looked, known: Mapping[str, object]) -> Iterator[tuple[int, Told]]:
    """Yield what may change a record: listings, and whatever is told of an address that has a case."""
    seen: dict[int, tuple[Told, ...]] = {}
    for place, row in enumerate(looked.told):
        # Most rows are one and the same.
        if id(row) not in seen:
            seen[id(row)] = tuple(told for told in row if told.finding.verdict in _SEEN)
        is_known = looked.addresses[place] in known
        for told in seen[id(row)]:
            if is_known or told.finding.verdict is Verdict.LISTED:
                yield place, told


def _new_case(desk: Desk, address: str, told: Told) -> CaseRow | None:
    """Open the case of a listing, unless the address was retired; a clear look opens none."""
    if told.finding.verdict is not Verdict.LISTED:
        return None
    recorded = reads.address(desk.tx, address)
    if recorded is not None and recorded.retired_on is not None:
        return None
    return case_for(desk, address, told.finding.list)


def _find(looked: Looked, place: int, told: Told, case: CaseRow, times: Times) -> _Find:
    evidence = looked.evidence_of(place, told.finding.list)
    holds = timedelta(seconds=evidence.ttl)
    look = Look(
        verdict=_SEEN[told.finding.verdict],
        codes=told.finding.codes,
        answer=evidence.answer or None,
        reason=looked.reasons.get((place, told.finding.list)) if told.finding.codes else None,
        at=times.begun,
        expires=times.begun + holds,
        nameserver=told.nameserver,
    )
    return _Find(case, look, evidence.authoritative, times.ended + holds)


def _keep_all(desk: Desk, finds: Sequence[_Find], once: bool) -> Recorded:
    ids = [find.case.id for find in finds]
    sightings, firsts = reads.latest_sightings(desk.tx, ids), checks.looks_of(desk.tx, ids)
    touched: list[int] = []
    changed: list[Changed] = []
    waiting: list[Waiting] = []
    for find in finds:
        entry = entry_of(desk, find.case)
        request, first = reads.latest(desk.tx, find.case.id), firsts.get(find.case.id)
        standing = Standing(known_of(sightings[find.case.id]), request, entry.has_confirmation, first)
        found = change(standing, find.look, desk.tools.zone, is_fresh=find.is_fresh, once=once)
        if found.waits:
            writes.save_look(desk.tx, find.case.id, replace(find.look, expires=find.expired))
            waiting.append(Waiting(find.case.address, find.case.list, find.expired))
            continue
        if found.drops:
            writes.drop_look(desk.tx, find.case.id)
        moved = _keep(desk, find, found, request)
        if found.flips:
            changed.append(_changed(find, found, moved, desk))
        if moved is not None:
            settle(desk, find.case, moved)
        elif found.sees or found.extends:
            touched.append(find.case.id)
    attention.revisit(desk.tx, desk.basis, touched, marks=False)
    return Recorded(tuple(changed), tuple(waiting))


def _keep(desk: Desk, find: _Find, found: Change, request: Request | None) -> Request | None:
    """Keep sightings, the history entry of a flip, and the move of the request, which is returned."""
    look, moment = find.look, moment_of(found.at, desk.tools.zone)
    for uid in found.extends:
        again = moment_of(look.at, desk.tools.zone)
        writes.extend_sighting(desk.tx, uid, again, look.answer, look.nameserver, look.reason)
    moved, entry = None, None
    if found.flips:
        detail = {"verdict": str(look.verdict), "answer": look.answer, "reason": look.reason}
        kept = {**detail, "nameserver": look.nameserver}
        entry = desk.entry(found.event or Event.SIGHTED, moment, kept)
        if found.event is not None and request is not None:
            moved = lifecycle.move(request, entry, entry_of(desk, find.case).has_confirmation)
            keep(desk, find.case, moved, entry)
        else:
            writes.add_entry(desk.tx, entry, find.case.address_id, find.case.id)
    for seen, code in found.sees:
        writes.add_sighting(desk.tx, find.case.id, _sighting(desk, look, seen, code, moment, entry))
    return moved


def _sighting(desk: Desk, look: Look, seen: Seen, code: str | None, moment: Moment, entry: Entry | None) -> Sighting:
    again = moment_of(look.at, desk.tools.zone)
    return Sighting(
        uid=desk.uid(),
        seen=seen,
        moment=moment,
        source=SightingSource.CHECK,
        code=code,
        reason=look.reason if seen is Seen.LISTED else None,
        event_uid=entry.uid if entry else None,
        last=again if again != moment else None,
        answer=look.answer,
        nameserver=look.nameserver,
    )


def _changed(find: _Find, found: Change, moved: Request | None, desk: Desk) -> Changed:
    look, moment = find.look, moment_of(found.at, desk.tools.zone)
    return Changed(find.case.address, find.case.list, look.verdict, look.codes, look.reason, moment, moved)
