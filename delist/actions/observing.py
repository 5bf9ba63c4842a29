"""What a person saw on a list's look-up page: kept as a sighting, and moving a request where the table allows."""

from dataclasses import dataclass

from delist.actions.asking import check_scope
from delist.actions.desk import Desk, case_for, entry_of, keep, see, settle, writing
from delist.actions.moves import keep_urls, refuse_future
from delist.rules import addresses as ip
from delist.rules import lifecycle
from delist.rules.history import Event
from delist.rules.lifecycle import Request
from delist.rules.listings import Seen, SightingSource
from delist.rules.lists import ListEntry
from delist.rules.looks import move_for
from delist.rules.moments import Moment
from delist.rules.secrets import conceal
from delist.store import reads, writes
from delist.store.reads import CaseRow
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Observed:
    """What was recorded, and the request that it moved, if it did."""

    address: str
    list: ListEntry
    seen: Seen
    moment: Moment
    moved: Request | None
    is_new: bool


def observe(tools: Tools, address: str, key: str, seen: Seen, on: Moment | None, reason: str | None) -> Observed:
    """Record that somebody looked an address up on a list by hand and saw it listed or clear.

    Clear makes a confirmed request cleared (a submitted one, on lists without a confirmation step), and windows
    before that day are survived; listed makes a cleared request relisted. The same look is recorded once.
    """
    refuse_future(tools, on)
    canonical = ip.canonical(address)
    entry = tools.catalogue.find(key)
    check_scope(entry, canonical)
    with writing(tools) as desk:
        case = case_for(desk, canonical, entry.key)
        moment = on or desk.now
        if on is not None and any(s.seen is seen and s.moment == moment for s in reads.sightings(desk.tx, case.id)):
            return Observed(canonical, entry, seen, moment, None, False)
        text, urls = conceal(reason) if reason else (None, [])
        moved = _moved(desk, case, seen, moment, text)
        keep_urls(desk, case, moved.number if moved else None, urls)
        settle(desk, case, moved)
        return Observed(canonical, entry, seen, moment, moved, True)


def _moved(desk: Desk, case: CaseRow, seen: Seen, moment: Moment, reason: str | None) -> Request | None:
    request, has_confirmation = reads.latest(desk.tx, case.id), entry_of(desk, case).has_confirmation
    event = move_for(request, seen, moment, has_confirmation)
    if request is None or event is None:
        entry = desk.entry(Event.SIGHTED, moment, {"verdict": str(seen), "reason": reason})
        writes.add_entry(desk.tx, entry, case.address_id, case.id)
        see(desk, case, seen, moment, SightingSource.HAND, entry.uid, reason)
        return None
    entry = desk.entry(event, moment, {"observed": True, "reason": reason})
    after = lifecycle.move(request, entry, has_confirmation)
    keep(desk, case, after, entry)
    see(desk, case, seen, moment, SightingSource.HAND, entry.uid, reason)
    return after
