"""Brings what was found into the case file: changes only, and states only by the rule of two equal looks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from delist.actions.checking.looking import Looked
from delist.actions.checking.telling import Told
from delist.actions.desk import Desk, case_for, keep, settle
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
    """What came of some looks: states that flipped, looks that wait, and what waits no longer."""

    changed: tuple[Changed, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    settled: frozenset["Pair"] = frozenset()


Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Times:
    """When looking began and when it had ended (UTC): the answers came in between."""

    begun: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class _Find:
    """One finding with the case it belongs to, None where there is none yet, and the look that waits for it."""

    address: str
    list: str
    case: CaseRow | None
    first: Look | None
    look: Look
    is_fresh: bool
    # When the answer has run out for certain; the look itself tells when it may have run out.
    expired: datetime


def record(desk: Desk, looked: Looked, times: Times, once: bool, only: Collection[Pair] | None = None) -> Recorded:
    """Keep what looks found, of these addresses and lists if `only` they matter.

    Retired addresses are only looked at. An address is recorded, and its case opened, once a listing flips: not by
    a first look, which waits, nor by a clear one. Anything that could not be told is no news.
    """
    cases = {(case.address, case.list): case for case in reads.cases_at(desk.tx, looked.addresses)}
    retired, firsts = reads.retired(desk.tx, looked.addresses), checks.looks_at(desk.tx, looked.addresses)
    finds = []
    for place, told in _worth_keeping(looked, {address for address, _ in (*cases, *firsts)}):
        address, pair = looked.addresses[place], (looked.addresses[place], told.finding.list)
        if address in retired or (only is not None and pair not in only):
            continue
        if told.finding.verdict is Verdict.LISTED or pair in cases or pair in firsts:
            finds.append(_find(looked, place, told, cases.get(pair), firsts.get(pair), times))
    return _keep_all(desk, finds, once)


def _worth_keeping(looked: Looked, known: Collection[str]) -> Iterator[tuple[int, Told]]:
    """Yield what may change a record: listings, and whatever is told of addresses of which something is known."""
    seen: dict[int, tuple[Told, ...]] = {}
    for place, row in enumerate(looked.told):
        # Most rows are one and the same.
        if id(row) not in seen:
            seen[id(row)] = tuple(told for told in row if told.finding.verdict in _SEEN)
        is_known = looked.addresses[place] in known
        for told in seen[id(row)]:
            if is_known or told.finding.verdict is Verdict.LISTED:
                yield place, told


def _find(looked: Looked, place: int, told: Told, case: CaseRow | None, first: Look | None, times: Times) -> _Find:
    address, key = looked.addresses[place], told.finding.list
    evidence = looked.evidence_of(place, key)
    holds = timedelta(seconds=evidence.ttl)
    look = Look(
        verdict=_SEEN[told.finding.verdict],
        codes=told.finding.codes,
        answer=evidence.answer or None,
        reason=looked.reasons.get((place, key)) if told.finding.codes else None,
        at=times.begun,
        expires=times.begun + holds,
        nameserver=told.nameserver,
    )
    return _Find(address, key, case, first, look, evidence.authoritative, times.ended + holds)


def _keep_all(desk: Desk, finds: Sequence[_Find], once: bool) -> Recorded:
    touched: list[int] = []
    changed: list[Changed] = []
    waiting: list[Waiting] = []
    settled: set[Pair] = set()
    for find, standing in _standings(desk, finds):
        found = change(standing, find.look, desk.tools.zone, is_fresh=find.is_fresh, once=once)
        if found.waits:
            writes.save_look(desk.tx, find.address, find.list, replace(find.look, expires=find.expired))
            waiting.append(Waiting(find.address, find.list, find.expired))
            continue
        settled.add((find.address, find.list))
        if found.drops:
            writes.drop_look(desk.tx, find.address, find.list)
        case = find.case or (case_for(desk, find.address, find.list) if found.flips else None)
        if case is None:
            continue
        moved = _keep(desk, case, find.look, found, standing)
        if found.flips:
            changed.append(_changed(find, found, moved, desk))
        if moved is not None:
            settle(desk, case, moved)
        elif found.sees or found.extends:
            touched.append(case.id)
    attention.revisit(desk.tx, desk.basis, touched, marks=False)
    return Recorded(tuple(changed), tuple(waiting), frozenset(settled))


def _standings(desk: Desk, finds: Sequence[_Find]) -> Iterator[tuple[_Find, Standing]]:
    """Yield each finding with how its case stands; one without a case stands as an unknown one."""
    sightings = reads.latest_sightings(desk.tx, [find.case.id for find in finds if find.case])
    for find in finds:
        seen: Iterable[Sighting] = sightings[find.case.id] if find.case else ()
        request = reads.latest(desk.tx, find.case.id) if find.case else None
        entry = desk.tools.catalogue.get(find.list)
        yield find, Standing(known_of(seen), request, entry.has_confirmation, find.first)


def _keep(desk: Desk, case: CaseRow, look: Look, found: Change, standing: Standing) -> Request | None:
    """Keep sightings, the history entry of a flip, and the move of the request, which is returned."""
    moment = moment_of(found.at, desk.tools.zone)
    for uid in found.extends:
        again = moment_of(look.at, desk.tools.zone)
        writes.extend_sighting(desk.tx, uid, again, look.answer, look.nameserver, look.reason)
    moved, entry = None, None
    if found.flips:
        detail = {"verdict": str(look.verdict), "answer": look.answer, "reason": look.reason}
        kept = {**detail, "nameserver": look.nameserver}
        entry = desk.entry(found.event or Event.SIGHTED, moment, kept)
        if found.event is not None and standing.request is not None:
            moved = lifecycle.move(standing.request, entry, standing.has_confirmation)
            keep(desk, case, moved, entry)
        else:
            writes.add_entry(desk.tx, entry, case.address_id, case.id)
    for seen, code in found.sees:
        writes.add_sighting(desk.tx, case.id, _sighting(desk, look, seen, code, moment, entry))
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
    return Changed(find.address, find.list, look.verdict, look.codes, look.reason, moment, moved)
