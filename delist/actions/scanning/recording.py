"""Brings refusals of a log into the case file: listing episodes, and a relisting where the log names the list twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from delist.actions.desk import Desk, case_for, entry_of, keep, settle
from delist.actions.meanings import Meanings
from delist.actions.scanning.found import Changed
from delist.actions.scanning.groups import Group
from delist.rules import lifecycle
from delist.rules.history import Event
from delist.rules.lifecycle import Request
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.rules.looks import move_for
from delist.rules.moments import Moment, moment_of
from delist.rules.replies.values import Fault, Subtype
from delist.rules.triage import Burst, Spell, relisted, spells
from delist.store import reads, scans, writes
from delist.store.reads import CaseRow
from delist.store.rows import instant_text

# The grounds that mean being on a list; a missing PTR record is mended, and a rate limit goes by itself.
_ON_A_LIST = frozenset({Subtype.LISTED, Subtype.DYNAMIC_POLICY})
_RECEIVERS_KEPT = 50

Receivers = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a log says of one address on one list: when it was refused, by whom since when (UTC), in which words.

    `pointing` are receivers whose replies name no list, but point to this one; there may be only such.
    """

    address: str
    list: str
    bursts: tuple[Burst, ...]
    receivers: Receivers
    sample: str
    pointing: Receivers

    @property
    def all_receivers(self) -> Receivers:
        """Everybody whose accepted delivery after that says that the address is off the list."""
        return {**self.pointing, **self.receivers}


def refusals(groups: Iterable[Group], meanings: Meanings) -> list[Refusals]:
    """Return what groups say of lists that they name; a receiver who asks a dead list, or a list wrongly, says nothing.

    Receivers that only point to a list come with it, but make no listing of their own.
    """
    named: dict[tuple[str, str], list[Group]] = {}
    pointing: dict[tuple[str, str], list[Group]] = {}
    for group in groups:
        if group.address is None or group.fault is Fault.RECEIVER or not _is_on_a_list(group):
            continue
        meaning = meanings.of(group.key)
        if meaning.names is not None:
            named.setdefault((group.address, meaning.names), []).append(group)
        for key in meaning.points - {meaning.names}:
            pointing.setdefault((group.address, key), []).append(group)
    return [_refusals(pair, named.get(pair, ()), pointing.get(pair, ())) for pair in {**named, **pointing}]


def _is_on_a_list(group: Group) -> bool:
    # A reputation that only delays comes and goes by the hour.
    return group.subtype in _ON_A_LIST or (group.subtype is Subtype.REPUTATION and group.bounced > 0)


def _refusals(pair: tuple[str, str], found: Sequence[Group], pointing: Sequence[Group]) -> Refusals:
    bursts = tuple(chain.from_iterable(group.times.bursts() for group in found))
    sample = found[0].sample if found else ""
    return Refusals(*pair, bursts, _receivers(found), sample, _receivers(pointing))


def _receivers(groups: Iterable[Group]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for group in groups:
        for receiver, since in group.refused_since.items():
            found[receiver] = min(since, found.get(receiver, since))
    return found


def record(desk: Desk, found: Refusals) -> list[Changed]:
    """Keep what a log says of one address on one list; what is on record already is not recorded again."""
    known = reads.address(desk.tx, found.address)
    if known is not None and known.retired_on is not None:
        return []
    case = reads.case(desk.tx, known.id, found.list) if known else None
    if not found.bursts:
        _heard_of(desk, case, found)
        return []
    sightings = reads.sightings(desk.tx, case.id) if case else []
    bursts = _not_taken_back(desk, case, found.bursts)
    told = [_keep(desk, found, spell) for spell in spells(bursts, clears_of(desk, sightings))]
    return [changed for changed in told if changed is not None]


def _heard_of(desk: Desk, case: CaseRow | None, found: Refusals) -> None:
    """Keep who refused with a text that only points to a list, if the case is known: they may accept again."""
    if case is not None and (new := _new_receivers(desk, case, found)):
        moment = _moment(desk, min(found.pointing[receiver] for receiver in new))
        writes.add_entry(desk.tx, desk.entry(Event.NOTED, moment, _who(found)), case.address_id, case.id)


def clears_of(desk: Desk, sightings: Iterable[Sighting]) -> list[datetime]:
    """Return the instants at which an address was seen off a list, a bare day at its end, in order."""
    clear = [each for each in sightings if each.seen is Seen.CLEAR and each.code is None]
    ends = {moment.latest(desk.tools.zone) for each in clear for moment in (each.moment, each.until)}
    return sorted(ends)


def _not_taken_back(desk: Desk, case: CaseRow | None, bursts: Sequence[Burst]) -> list[Burst]:
    """Return the refusals but those that were recorded from a log before, and that a person has taken back."""
    undone = [each for each in scans.taken_back(desk.tx, case.id) if each.seen is Seen.LISTED] if case else []
    return [burst for burst in bursts if not any(_covers(each, burst.last, desk) for each in undone)]


def _keep(desk: Desk, found: Refusals, spell: Spell) -> Changed | None:
    case = case_at(desk, found.address, found.list)
    sightings = reads.sightings(desk.tx, case.id) if case else []
    since = _since(desk, found, spell, sightings)
    if since is None:
        return None
    own = [each for each in sightings if _is_of(each, spell, desk)]
    begins = next((each for each in own if _covers(each, spell.first, desk)), None)
    if case is None or begins is None:
        return _begun(desk, found, spell._replace(first=since), is_first=not own)
    if not any(_covers(each, spell.last, desk) for each in own):
        writes.extend_sighting(desk.tx, begins.uid, _moment(desk, spell.last), None, None)
    elif not _new_receivers(desk, case, found):
        return None
    return _again(desk, case, found, spell)


def case_at(desk: Desk, address: str, key: str) -> CaseRow | None:
    """Return the case of an address on a list, None if nothing is on record of it."""
    known = reads.address(desk.tx, address)
    return reads.case(desk.tx, known.id, key) if known else None


def _moment(desk: Desk, at: datetime) -> Moment:
    return moment_of(at, desk.tools.zone)


def _is_of(sighting: Sighting, spell: Spell, desk: Desk) -> bool:
    """Whether a sighting is a log's, of the same time on the list."""
    if sighting.seen is not Seen.LISTED or sighting.source is not SightingSource.LOG:
        return False
    return spell.after is None or sighting.moment.latest(desk.tools.zone) > spell.after


def _covers(sighting: Sighting, at: datetime, desk: Desk) -> bool:
    zone = desk.tools.zone
    return sighting.moment.earliest(zone) <= at <= sighting.until.latest(zone)


def _since(desk: Desk, found: Refusals, spell: Spell, sightings: Iterable[Sighting]) -> datetime | None:
    """Return since when refusals mean a time on the list: after a clear look only once the log has named it twice.

    A single one waits for the second, in this reading of the log or in a later one.
    """
    zone, after = desk.tools.zone, spell.after
    if after is None or any(each.seen is Seen.LISTED and each.until.latest(zone) > after for each in sightings):
        return spell.first
    once = scans.refused_once(desk.tx, found.address, found.list)
    since = relisted(once if once is not None and once > after else None, spell)
    scans.wait_for_second(desk.tx, found.address, found.list, spell.last if since is None else None)
    return since


def _begun(desk: Desk, found: Refusals, spell: Spell, is_first: bool) -> Changed:
    """Keep that the address was on the list from the first refusal on, and the move of the request, if it makes one."""
    case = case_for(desk, found.address, found.list)
    moment, until = _moment(desk, spell.first), _moment(desk, spell.last)
    moved = tell(desk, case, Seen.LISTED, moment, _detail(found, spell), until)
    return Changed(found.address, found.list, Seen.LISTED, moment, until, moved, is_first)


def tell(
    desk: Desk, case: CaseRow, seen: Seen, moment: Moment, detail: dict[str, Any], until: Moment | None = None
) -> Request | None:
    """Keep what a log says of a case, until when if it goes on; return the request that this moved, if it did."""
    request, has_step = reads.latest(desk.tx, case.id), entry_of(desk, case).has_confirmation
    event = move_for(request, seen, moment, has_step)
    entry = desk.entry(event or Event.SIGHTED, moment, {"verdict": str(seen), **detail})
    moved = None
    if event is not None and request is not None:
        moved = lifecycle.move(request, entry, has_step)
        keep(desk, case, moved, entry)
    else:
        writes.add_entry(desk.tx, entry, case.address_id, case.id)
    last = until if until != moment else None
    source, reason = SightingSource.LOG, detail.get("reason")
    writes.add_sighting(
        desk.tx, case.id, Sighting(desk.uid(), seen, moment, source, reason=reason, event_uid=entry.uid, last=last)
    )
    settle(desk, case, moved)
    return moved


def _detail(found: Refusals, spell: Spell) -> dict[str, Any]:
    return {"reason": found.sample, "lines": spell.lines, **_who(found)}


def _who(found: Refusals) -> dict[str, Any]:
    """Return who refused since when, as history keeps it."""
    kinds = {"receivers": found.receivers, "pointing": found.pointing}
    return {kind: _kept(who) for kind, who in kinds.items() if who}


def _kept(receivers: Receivers) -> dict[str, str]:
    return {name: instant_text(since) for name, since in sorted(receivers.items())[:_RECEIVERS_KEPT]}


def _new_receivers(desk: Desk, case: CaseRow, found: Refusals) -> frozenset[str]:
    known = scans.receivers_of(desk.tx, case.id)
    return frozenset() if len(known) >= _RECEIVERS_KEPT else frozenset(found.all_receivers) - known.keys()


def _again(desk: Desk, case: CaseRow, found: Refusals, spell: Spell) -> Changed:
    """Keep that more refusals came, and from whom; the history gains a line only if these are new."""
    moment, until = _moment(desk, spell.first), _moment(desk, spell.last)
    if _new_receivers(desk, case, found):
        entry = desk.entry(Event.SIGHTED, until, {"verdict": str(Seen.LISTED), **_detail(found, spell)})
        writes.add_entry(desk.tx, entry, case.address_id, case.id)
    settle(desk, case)
    return Changed(found.address, found.list, Seen.LISTED, moment, until, None, is_new=False)
