"""Brings refusals of a log into the case file: listing episodes, and a relisting where the log names the list twice."""

from collections.abc import Iterable, Sequence
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
from delist.rules.listings import Look, Seen, Sighting, SightingSource
from delist.rules.looks import move_for
from delist.rules.moments import Moment, moment_of
from delist.rules.replies.values import Fault, Subtype
from delist.rules.triage import ENOUGH, SETTLING, Burst, Spell, spells
from delist.store import checks, reads, scans, writes
from delist.store.reads import CaseRow

# The grounds that mean being on a list; a missing PTR record is mended, and a rate limit goes by itself.
_ON_A_LIST = frozenset({Subtype.LISTED, Subtype.DYNAMIC_POLICY})
# What a waiting look from a log has in the place of answer codes, so that no DNS look is taken for its second.
_FROM_LOG = ("log",)
_RECEIVERS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a log says of one address on one list: when it was refused, by whom, in which words.

    `pointing` are receivers whose replies name no list, but point to this one; there may be only such.
    """

    address: str
    list: str
    bursts: tuple[Burst, ...]
    receivers: tuple[str, ...]
    sample: str
    pointing: tuple[str, ...] = ()

    @property
    def all_receivers(self) -> frozenset[str]:
        """Everybody whose first accepted delivery says that the address is off the list."""
        return frozenset(self.receivers) | frozenset(self.pointing)


def refusals(groups: Iterable[tuple[Group, str | None]], meanings: Meanings) -> list[Refusals]:
    """Return what groups, each with the list that explains it, say of lists that they name.

    A receiver who asks a dead list, or a list wrongly, says nothing, and what another list explains is told with that
    one. Receivers that only point to a list come with it, but make no listing of their own.
    """
    named: dict[tuple[str, str], list[Group]] = {}
    pointing: dict[tuple[str, str], dict[str, None]] = {}
    for group, cause in groups:
        if group.address is None or group.fault is Fault.RECEIVER:
            continue
        meaning = meanings.of(group.key)
        if meaning.names is not None and cause in (None, meaning.names) and _is_on_a_list(group):
            named.setdefault((group.address, meaning.names), []).append(group)
        for key in meaning.points:
            pointing.setdefault((group.address, key), {}).update(dict.fromkeys(group.receivers))
    return [_refusals(pair, named.get(pair, ()), pointing.get(pair, ())) for pair in {**named, **pointing}]


def _is_on_a_list(group: Group) -> bool:
    # A reputation that only delays comes and goes by the hour.
    return group.subtype in _ON_A_LIST or (group.subtype is Subtype.REPUTATION and group.bounced > 0)


def _refusals(pair: tuple[str, str], found: Sequence[Group], pointing: Iterable[str]) -> Refusals:
    bursts = tuple(chain.from_iterable(group.times.bursts() for group in found))
    receivers = dict.fromkeys(chain.from_iterable(group.receivers for group in found))
    rest = tuple(receiver for receiver in pointing if receiver not in receivers)
    return Refusals(*pair, bursts, tuple(receivers), found[0].sample if found else "", rest)


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
    told = [_keep(desk, found, spell) for spell in spells(found.bursts, clears_of(desk, sightings))]
    return [changed for changed in told if changed is not None]


def _heard_of(desk: Desk, case: CaseRow | None, found: Refusals) -> None:
    """Keep who refused with a text that only points to a list, if the case is known: they may accept again."""
    if case is not None and (new := _new_receivers(desk, case, found)):
        entry = desk.entry(Event.NOTED, desk.now, {"receivers": sorted(new)[:_RECEIVERS_KEPT]})
        writes.add_entry(desk.tx, entry, case.address_id, case.id)


def clears_of(desk: Desk, sightings: Iterable[Sighting]) -> list[datetime]:
    """Return the instants at which an address was seen off a list, a bare day at its end, in order."""
    clear = [each for each in sightings if each.seen is Seen.CLEAR and each.code is None]
    ends = {moment.latest(desk.tools.zone) for each in clear for moment in (each.moment, each.until)}
    return sorted(ends)


def _keep(desk: Desk, found: Refusals, spell: Spell) -> Changed | None:
    case = case_at(desk, found.address, found.list)
    sightings = reads.sightings(desk.tx, case.id) if case else []
    if case is not None and _is_taken_back(desk, case, spell):
        return None
    if not _is_enough(desk, found, spell, sightings):
        return None
    own = [each for each in sightings if _is_of(each, spell, desk)]
    begins = next((each for each in own if _covers(each, spell.first, desk)), None)
    if begins is None:
        return _begun(desk, found, spell, is_first=not own)
    if not any(_covers(each, spell.last, desk) for each in own):
        writes.extend_sighting(desk.tx, begins.uid, _moment(desk, spell.last), None, None)
    elif case is not None and not _new_receivers(desk, case, found):
        return None
    return _again(desk, found, spell)


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


def _is_taken_back(desk: Desk, case: CaseRow, spell: Spell) -> bool:
    return any(_covers(each, spell.first, desk) for each in scans.taken_back(desk.tx, case.id))


def _is_enough(desk: Desk, found: Refusals, spell: Spell, sightings: Iterable[Sighting]) -> bool:
    """Whether a time on the list may be recorded: after a clear look only once the log has named it twice."""
    zone, after = desk.tools.zone, spell.after
    if after is None or spell.lines >= ENOUGH:
        return True
    if any(each.seen is Seen.LISTED and each.until.latest(zone) > after for each in sightings):
        return True
    first = checks.looks_at(desk.tx, [found.address]).get((found.address, found.list))
    if first is None:
        look = Look(Seen.LISTED, _FROM_LOG, None, found.sample, spell.first, spell.first, None)
        writes.save_look(desk.tx, found.address, found.list, look)
        return False
    return first.codes == _FROM_LOG and first.at >= after + SETTLING and first.at != spell.first


def _begun(desk: Desk, found: Refusals, spell: Spell, is_first: bool) -> Changed:
    """Keep that the address was on the list from the first refusal on, and the move of the request, if it makes one."""
    case = case_for(desk, found.address, found.list)
    moment, until = _moment(desk, _start(desk, found, spell)), _moment(desk, spell.last)
    moved = tell(desk, case, Seen.LISTED, moment, _detail(found, spell), until)
    return Changed(found.address, found.list, Seen.LISTED, moment, until, moved, is_first)


def _start(desk: Desk, found: Refusals, spell: Spell) -> datetime:
    """Return the first refusal: that of an earlier scan, if it waited for a second one, which has come."""
    first = checks.looks_at(desk.tx, [found.address]).get((found.address, found.list))
    if first is None or first.codes != _FROM_LOG:
        return spell.first
    writes.drop_look(desk.tx, found.address, found.list)
    return min(first.at, spell.first) if spell.after and first.at > spell.after else spell.first


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
    receivers = sorted(found.receivers)[:_RECEIVERS_KEPT]
    pointing = sorted(found.pointing)[: _RECEIVERS_KEPT - len(receivers)]
    return {"reason": found.sample, "lines": spell.lines, "receivers": [*receivers, *pointing]}


def _new_receivers(desk: Desk, case: CaseRow, found: Refusals) -> frozenset[str]:
    known = scans.receivers_of(desk.tx, case.id)
    return frozenset() if len(known) >= _RECEIVERS_KEPT else found.all_receivers - known


def _again(desk: Desk, found: Refusals, spell: Spell) -> Changed:
    """Keep that more refusals came, and from whom; the history gains a line only if these are new."""
    case = case_for(desk, found.address, found.list)
    moment, until = _moment(desk, spell.first), _moment(desk, spell.last)
    if _new_receivers(desk, case, found):
        entry = desk.entry(Event.SIGHTED, until, {"verdict": str(Seen.LISTED), **_detail(found, spell)})
        writes.add_entry(desk.tx, entry, case.address_id, case.id)
    settle(desk, case)
    return Changed(found.address, found.list, Seen.LISTED, moment, until, None, is_new=False)
