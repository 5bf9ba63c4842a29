"""One command's transaction: opens the database, keeps history, and leaves reminders right behind every change."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from delist import migrate
from delist.rules.history import Entry, Event, Source
from delist.rules.lifecycle import Request
from delist.rules.listings import Seen, Sighting, SightingSource, episodes
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment, moment_of
from delist.rules.windows import can_count, observation_of
from delist.store import attention, casefiles, reads, sqlite, where, writes
from delist.store.attention import Basis
from delist.store.engine import Tx, engine_for, run_with
from delist.store.engine import reading as reading_tx
from delist.store.engine import writing as writing_tx
from delist.store.reads import CaseRow, KnownAddress
from delist.store.version import Age, age_of
from delist.tools import Tools, new_uid


@dataclass(frozen=True, slots=True)
class Desk:
    """What one command works with: its transaction, the tools, the instant at which it records, and from what."""

    tx: Tx
    tools: Tools
    at: datetime
    source: Source = Source.HAND

    @property
    def now(self) -> Moment:
        """The moment of recording."""
        return moment_of(self.at, self.tools.zone)

    @property
    def basis(self) -> Basis:
        """What stored moments of next attention depend on."""
        return Basis(self.tools.catalogue.get, self.tools.policy, self.tools.fingerprint)

    def uid(self) -> str:
        """Return a new uid."""
        return new_uid(self.at)

    def entry(self, event: Event, moment: Moment, detail: dict[str, Any] | None = None) -> Entry:
        """Return a history entry of this command, by this person."""
        kept = {key: value for key, value in (detail or {}).items() if value is not None}
        return Entry(self.uid(), event, moment, self.at, self.tools.by, self.source, kept)


@contextmanager
def writing(tools: Tools) -> Iterator[Desk]:
    """Open the database to write, creating or upgrading it first: all of the block is kept, or none."""
    at = tools.now()
    ensure_current(tools, at)
    with writing_tx(engine_for(tools.database), tools.database) as tx:
        desk = Desk(tx, tools, at)
        attention.claim(tx, desk.basis)
        yield desk


@contextmanager
def reading(tools: Tools) -> Iterator[Desk | None]:
    """Open the database to read one state of it; None if there is none yet, which is then not created."""
    at = tools.now()
    if age_of(tools.database) in (Age.MISSING, Age.EMPTY):
        yield None
        return
    ensure_current(tools, at)
    with reading_tx(engine_for(tools.database), tools.database) as tx:
        yield Desk(tx, tools, at)


@contextmanager
def snapshot(tools: Tools) -> Iterator[Tools]:
    """Give tools that work on a private copy of the database, which is gone afterwards.

    For what takes long, or may be undone: whoever reads the database itself keeps everybody from writing.
    """
    with TemporaryDirectory(prefix="delist-") as folder:
        copied = replace(tools, database=Path(folder) / "delist.db")
        if age_of(tools.database) not in (Age.MISSING, Age.EMPTY):
            with sqlite.told(tools.database), closing(sqlite.connect(tools.database)) as source:
                sqlite.copy(source, copied.database)
        yield copied


def ensure_current(tools: Tools, at: datetime) -> None:
    """Create or upgrade the database if it is not of the newest schema."""
    if age_of(tools.database) is not Age.CURRENT:
        migrate.make_ready(tools.database, at, shared=tools.places.shared)


def known_address(desk: Desk, address: str) -> KnownAddress:
    """Return a recorded address, recording it if it is new or was retired."""
    known = reads.address(desk.tx, address)
    if known is None:
        address_id = writes.add_address(desk.tx, desk.uid(), address, desk.at)
        writes.add_entry(desk.tx, desk.entry(Event.ADDED, desk.now), address_id)
    elif known.retired_on is not None:
        writes.change_address(desk.tx, known.id, retired_on=None)
        writes.add_entry(desk.tx, desk.entry(Event.ADDED, desk.now, {"retired": False}), known.id)
        refresh_address(desk, known.id)
    else:
        return known
    found = reads.address(desk.tx, address)
    if found is None:
        raise RuntimeError(f"{address} was recorded and is not there")
    return found


def case_for(desk: Desk, address: str, key: str) -> CaseRow:
    """Return the case of an address on a list, opening it if it is new."""
    known = known_address(desk, address)
    return reads.case(desk.tx, known.id, key) or CaseRow(
        writes.add_case(desk.tx, known.id, key), known.id, known.address, key, None
    )


def keep(desk: Desk, case: CaseRow, request: Request, entry: Entry) -> None:
    """Append an entry to a request's history and keep what the request has become."""
    writes.add_entry(desk.tx, entry, case.address_id, case.id, request.number)
    writes.save_request(desk.tx, request)


def see(
    desk: Desk,
    case: CaseRow,
    seen: Seen,
    moment: Moment,
    source: SightingSource,
    event_uid: str,
    reason: str | None = None,
) -> None:
    """Keep what was seen of a case, with the history entry it belongs to."""
    sighting = Sighting(desk.uid(), seen, moment, source, reason=reason, event_uid=event_uid)
    writes.add_sighting(desk.tx, case.id, sighting)


def settle(desk: Desk, case: CaseRow, request: Request | None = None) -> None:
    """After changes to a case: bring its listing episodes, own observations and next attention up to date."""
    writes.save_episodes(desk.tx, case.id, episodes(reads.sightings(desk.tx, case.id)))
    if request is not None and _observed(desk, case, request):
        return
    attention.refresh_case(desk.tx, desk.basis, case.id)


def _observed(desk: Desk, case: CaseRow, request: Request) -> bool:
    """Keep the interval that a request has shown; where that changes other cases, refresh all that are concerned."""
    run, entry = run_with(desk.tx), entry_of(desk, case)
    before = casefiles.Observations(run).of_list(case.list)
    known = casefiles.observation_by(run, request.number)
    found = observation_of(request, entry.has_confirmation)
    if not writes.save_observation(desk.tx, request.number, case.address_id, found):
        return False
    if not any(can_count(each, entry) for each in (known, found) if each):
        return False
    if casefiles.Observations(run).of_list(case.list) != before:
        attention.refresh_list(desk.tx, desk.basis, case.list)
    else:
        address = reads.address(desk.tx, case.address)
        if address is not None:
            attention.refresh_around(desk.tx, desk.basis, case.list, address.site, address.net)
    return True


def refresh_address(desk: Desk, address_id: int) -> None:
    """Compute the next attention of all cases of an address anew."""
    attention.refresh(desk.tx, desk.basis, where.OF_ADDRESS, {"address": address_id})


def entry_of(desk: Desk, case: CaseRow) -> ListEntry:
    """Return the catalogue entry of a case's list."""
    return desk.tools.catalogue.get(case.list)
