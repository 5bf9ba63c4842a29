"""What the records say of a case that a text is written for: since when it is listed, and how it was refused."""

from collections.abc import Mapping

from delist.actions.desk import Desk
from delist.rules.history import told
from delist.rules.listings import Seen, SightingSource
from delist.rules.lists import ListEntry
from delist.store import reads
from delist.store.reads import CaseRow


def of_case(desk: Desk | None, entry: ListEntry, address: str) -> dict[str, str]:
    """Return since which local day an address is listed, and the words of the latest refusal in that time, as details.

    Of a listing that is over nothing is told: what was refused then is not refused now.
    """
    case = _case(desk, entry, address)
    if desk is None or case is None:
        return {}
    standing = [each.started for each in reads.listings(desk.tx, case.id) if each.ended is None]
    if not standing:
        return {}
    since = min(standing, key=lambda moment: moment.order)
    refused = [
        each.reason
        for each in reads.sightings(desk.tx, case.id)
        if each.source is SightingSource.LOG and each.seen is Seen.LISTED and not each.until.is_before(since)
    ]
    found: Mapping[str, str | None] = {"since": since.on.isoformat(), "error": refused[-1] if refused else None}
    return {name: value for name, value in found.items() if value}


def seen_clear(desk: Desk | None, entry: ListEntry, address: str) -> str | None:
    """Return a sentence if the last that was seen of the case is that the address is off the list."""
    case = _case(desk, entry, address)
    if desk is None or case is None or any(each.ended is None for each in reads.listings(desk.tx, case.id)):
        return None
    clear = [each.until for each in reads.sightings(desk.tx, case.id) if each.seen is Seen.CLEAR and each.code is None]
    return f"{address} was last seen off {entry.name}, {told(clear[-1])}: look before you ask" if clear else None


def _case(desk: Desk | None, entry: ListEntry, address: str) -> CaseRow | None:
    known = reads.address(desk.tx, address) if desk else None
    return reads.case(desk.tx, known.id, entry.key) if desk and known else None
