"""`import`: takes in an export of delist, or a spreadsheet of past requests, in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from delist.actions.desk import Desk, writing
from delist.errors import NotAllowed, UsageError
from delist.rules import addresses as ip
from delist.rules import lifecycle
from delist.rules.lifecycle import Entry, Request
from delist.rules.listings import Sighting, episodes
from delist.rules.reminders import observation_of
from delist.store import attention, bulk, reads, writes
from delist.store.reads import Draft
from delist.store.rows import instant_text
from delist.tools import Tools

# So many lines are looked up and written at once.
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request of a file, ready to be recorded; `number` 0 leaves the choice to the database."""

    line: int
    request: Request
    history: tuple[Entry, ...]
    text: str | None = None
    secrets: tuple[tuple[str, str, datetime], ...] = ()
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingAddress:
    """One address of a file, with what is known of its cases beside their requests."""

    line: int
    uid: str
    address: str
    about: Mapping[str, str | None]
    added_at: datetime
    retired_on: str | None
    history: tuple[Entry, ...]
    cases: tuple["IncomingCase", ...]
    secrets: tuple[tuple[str, str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingCase:
    """What a file knows of a case beside its requests."""

    list: str
    draft: Draft | None
    history: tuple[Entry, ...]
    sightings: tuple[tuple[Sighting, bool], ...]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What was forgotten where the file comes from."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of an export."""

    last_number: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be taken in, and why."""

    line: int
    why: str


Item = Incoming | IncomingAddress | Tombstone | Header | Problem


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do."""

    requests: int = 0
    addresses: int = 0
    known: int = 0
    renumbered: dict[int, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    preview: list[str] = field(default_factory=list)


class _DryRun(Exception):
    pass


def take_in(tools: Tools, items: Iterable[Item], *, dry_run: bool = False, skip_bad: bool = False) -> Outcome:
    """Record what a file holds: all or none, or with `skip_bad` all but the bad lines. A known uid is skipped.

    A taken number is replaced by a new one; the outcome tells which. Raises UsageError that names the bad lines.
    """
    outcome = Outcome()
    try:
        with writing(tools) as desk:
            _Import(desk, outcome).run(items)
            if outcome.problems and not skip_bad and not dry_run:
                raise UsageError(_named(outcome.problems))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return outcome


def _named(problems: list[Problem]) -> str:
    told = "; ".join(f"line {problem.line}: {problem.why}" for problem in problems[:10])
    more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
    return f"nothing was imported: {told}{more} (--skip-bad takes in the others)"


class _Import:
    """One import: what is known already, what waits to be written, which numbers are free."""

    def __init__(self, desk: Desk, outcome: Outcome) -> None:
        self._desk = desk
        self._outcome = outcome
        self._batch = bulk.Batch(desk.tx)
        self._addresses: dict[str, int] = {}
        self._cases: dict[tuple[int, str], int] = {}
        for address, address_id, key, case_id in bulk.case_ids(desk.tx):
            self._addresses[address] = address_id
            if key is not None:
                self._cases[address_id, key] = case_id
        self._next_address = bulk.highest(desk.tx, "addresses")
        self._first_case = self._next_case = bulk.highest(desk.tx, "cases")
        self._last_number = bulk.highest(desk.tx, "requests", "number")
        self._old_cases: set[int] = set()
        self._seen_cases: set[int] = set()
        self._observed: set[str] = set()
        self._batches: dict[int, int] = {}

    def run(self, items: Iterable[Item]) -> None:
        stream = iter(items)
        while chunk := list(islice(stream, _BATCH)):
            self._chunk(chunk)
        self._settle()

    def _chunk(self, chunk: list[Item]) -> None:
        known = self._known(chunk)
        for item in chunk:
            if isinstance(item, Incoming):
                self._request(item, known)
            elif isinstance(item, Problem):
                self._outcome.problems.append(item)
            elif isinstance(item, IncomingAddress):
                self._address(item)
            elif isinstance(item, Header):
                self._last_number = max(self._last_number, item.last_number)
            else:
                self._tombstone(item)
        self._batch.flush()

    def _known(self, chunk: list[Item]) -> "_Known":
        requests = [item.request for item in chunk if isinstance(item, Incoming)]
        tx = self._desk.tx
        return _Known(
            bulk.known(tx, "requests", "uid", (request.uid for request in requests)),
            bulk.known(tx, "requests", "number", (request.number for request in requests if request.number)),
        )

    def _request(self, item: Incoming, known: "_Known") -> None:
        request = item.request
        if request.uid in known.uids or self._is_same(item):
            self._outcome.known += 1
            return
        known.uids.add(request.uid)
        number = self._number(request.number, known)
        address_id, case_id = self._case(request.address, request.list)
        request = replace(request, number=number, batch=self._batches.get(request.batch or 0, request.batch))
        batch = self._batch
        batch.requests.append(bulk.request_values(request, case_id))
        batch.events += [bulk.event_values(entry, address_id, case_id, number) for entry in item.history]
        if item.text is not None:
            batch.texts.append((number, item.text))
        for uid, url, at in item.secrets:
            batch.secrets.append((uid, address_id, number, url, instant_text(at)))
        for sighting in item.sightings:
            self._sighting(case_id, sighting, False)
        self._observation(request, address_id)
        self._outcome.requests += 1
        if len(self._outcome.preview) < 50:
            self._outcome.preview.append(f"line {item.line}: {request.address} on {request.list}, {request.state}")

    def _number(self, wanted: int, known: "_Known") -> int:
        if wanted and wanted not in known.numbers:
            known.numbers.add(wanted)
            self._last_number = max(self._last_number, wanted)
            return wanted
        self._last_number += 1
        known.numbers.add(self._last_number)
        if wanted:
            self._outcome.renumbered[wanted] = self._last_number
            self._batches[wanted] = self._last_number
        return self._last_number

    def _is_same(self, item: Incoming) -> bool:
        """Whether a line of a spreadsheet tells a request that is on record: same case, same day of submission."""
        if item.request.number or item.request.address not in self._addresses:
            return False
        case_id = self._cases.get((self._addresses[item.request.address], item.request.list))
        if case_id is None:
            return False
        self._batch.flush()
        where, params = (
            "c.id = :case AND r.submitted_on = :day",
            {"case": case_id, "day": item.request.submitted.on.isoformat()},
        )
        return next(reads.requests(self._desk.tx, where, params), None) is not None

    def _case(self, address: str, key: str) -> tuple[int, int]:
        address_id = self._addresses.get(address)
        if address_id is None:
            address_id = self._new_address(self._desk.uid(), address, {}, self._desk.at, None)
        case_id = self._cases.get((address_id, key))
        if case_id is None:
            self._next_case = case_id = self._next_case + 1
            self._cases[address_id, key] = case_id
            self._batch.cases.append((case_id, address_id, key, None))
        elif case_id <= self._first_case:
            self._old_cases.add(case_id)
        return address_id, case_id

    def _new_address(
        self, uid: str, address: str, about: Mapping[str, str | None], at: datetime, retired_on: str | None
    ) -> int:
        self._next_address += 1
        self._addresses[address] = self._next_address
        described = (about.get("site"), about.get("domain"), about.get("label"), about.get("owner"))
        place = (ip.order(address), ip.neighbourhood(address))
        self._batch.addresses.append(
            (self._next_address, uid, address, *place, *described, instant_text(at), retired_on)
        )
        self._outcome.addresses += 1
        return self._next_address

    def _address(self, item: IncomingAddress) -> None:
        address_id = self._addresses.get(item.address)
        if address_id is None:
            address_id = self._new_address(item.uid, item.address, item.about, item.added_at, item.retired_on)
        self._batch.flush()
        self._entries(item.history, address_id, None)
        self._secrets(item.secrets, address_id)
        for case in item.cases:
            self._case_beside_requests(item.address, case)

    def _case_beside_requests(self, address: str, case: IncomingCase) -> None:
        address_id, case_id = self._case(address, case.list)
        self._batch.flush()
        tx = self._desk.tx
        if case.draft is not None and reads.draft(tx, case_id) is None:
            writes.save_draft(tx, case_id, case.draft)
        self._entries(case.history, address_id, case_id)
        known = bulk.known(tx, "sightings", "uid", (sighting.uid for sighting, _ in case.sightings))
        for sighting, undone in case.sightings:
            if sighting.uid not in known:
                self._sighting(case_id, sighting, undone)

    def _entries(self, history: tuple[Entry, ...], address_id: int, case_id: int | None) -> None:
        known = bulk.known(self._desk.tx, "events", "uid", (entry.uid for entry in history))
        new = [entry for entry in history if entry.uid not in known]
        self._batch.events += [bulk.event_values(entry, address_id, case_id, None) for entry in new]
        if new and case_id is not None:
            self._seen_cases.add(case_id)

    def _secrets(self, secrets: tuple[tuple[str, str, datetime], ...], address_id: int) -> None:
        known = bulk.known(self._desk.tx, "secrets", "uid", (uid for uid, _, _ in secrets))
        for uid, url, at in secrets:
            if uid not in known:
                self._batch.secrets.append((uid, address_id, None, url, instant_text(at)))

    def _sighting(self, case_id: int, sighting: Sighting, undone: bool) -> None:
        moment, at = sighting.moment, sighting.moment.at
        when = (moment.on.isoformat(), instant_text(at) if at else None)
        kept = (sighting.source.value, sighting.code, sighting.reason, sighting.event_uid, int(undone))
        self._batch.sightings.append((sighting.uid, case_id, sighting.seen.value, *when, *kept))
        self._seen_cases.add(case_id)

    def _observation(self, request: Request, address_id: int) -> None:
        if request.relisted is None:
            return
        entry = self._desk.tools.catalogue.get(request.list)
        found = observation_of(request, entry.has_confirmation)
        if found:
            row = (request.number, address_id, request.list, str(found.after), found.days)
            self._batch.observations.append(row)
            self._observed.add(request.list)

    def _tombstone(self, item: Tombstone) -> None:
        if not bulk.known(self._desk.tx, "tombstones", "uid", [item.values["uid"]]):
            writes.add_tombstone(self._desk.tx, item.values)

    def _settle(self) -> None:
        """Bring listing episodes, answers and next attention up to date for all that came in."""
        desk = self._desk
        for case_id in sorted(self._seen_cases):
            writes.save_episodes(desk.tx, case_id, episodes(reads.sightings(desk.tx, case_id)))
            attention.refold_marks(desk.tx, case_id)
        attention.refresh_after(desk.tx, desk.basis, self._first_case)
        for case_id in sorted(self._old_cases | {case for case in self._seen_cases if case <= self._first_case}):
            attention.refresh_case(desk.tx, desk.basis, case_id)
        for key in sorted(self._observed):
            attention.refresh_list(desk.tx, desk.basis, key)


@dataclass(slots=True)
class _Known:
    uids: set[str]
    numbers: set[int]


def folded(blank: Request, history: tuple[Entry, ...]) -> Request:
    """Return the request that a history leaves; raises UsageError if the history cannot have happened so."""
    try:
        return lifecycle.coherent(lifecycle.replay(blank, history))
    except NotAllowed as error:
        raise UsageError(str(error).replace("request 0 ", "the request ")) from None
