"""Writes what an import takes in, in batches: which uids, numbers and cases are known here, and what that changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from delist.actions.desk import Desk
from delist.actions.incoming import (
    Header,
    IncomingAddress,
    IncomingCase,
    IncomingMail,
    Item,
    Outcome,
    Problem,
    Recorded,
    Secret,
    Tombstone,
)
from delist.actions.preparing import Ready
from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules import lifecycle
from delist.rules.lifecycle import State
from delist.rules.windows import can_count, observation_of
from delist.store import attention, bulk, casefiles, mails, reads, writes
from delist.store.engine import run_with
from delist.store.rows import instant_text
from delist.store.where import Where

# So many lines are looked up and written at once; so many are told in a dry run.
_BATCH = 2000
_PREVIEW = 50


@dataclass(slots=True)
class _Known:
    """Which uids (of requests, of entries beside them) and numbers of a batch are taken."""

    uids: set[str]
    numbers: set[int]
    entries: set[str]


@dataclass(slots=True)
class _NewCase:
    """A case that this batch opens; it is whole if one request is all that the batch tells of it."""

    address_id: int
    key: str
    told: int = 0
    next_at: str | None = None


class Intake:
    """One import: what is known already, what waits to be written, which numbers are free."""

    def __init__(self, desk: Desk, outcome: Outcome) -> None:
        self._desk = desk
        self._outcome = outcome
        self._batch = bulk.Batch(desk.tx)
        self._addresses: dict[str, int] = {}
        self._cases: dict[tuple[int, str], int] = {}
        self._retired: set[int] = set()
        for address, address_id, retired_on, key, case_id in bulk.case_ids(desk.tx):
            self._addresses[address] = address_id
            if retired_on is not None:
                self._retired.add(address_id)
            if key is not None:
                self._cases[address_id, key] = case_id
        self._next_address = bulk.highest(desk.tx, "addresses")
        self._next_case = bulk.highest(desk.tx, "cases")
        self._last_event = bulk.highest(desk.tx, "events")
        # Numbers up to here were given out, though some may be forgotten: they are not given to another request.
        self._given = self._last_number = bulk.highest(desk.tx, "requests", "number")
        self._new_cases: dict[int, _NewCase] = {}
        # Cases that got something after they were written, or beside their requests: computed at the end.
        self._revisit: set[int] = set()
        self._lists: set[str] = set()
        # Requests that are on record already: what the file knows beyond that is taken in at the end.
        self._grown: list[Ready] = []
        self._batches: dict[int, int] = {}

    def run(self, items: Iterable[Ready | Item]) -> None:
        """Write all that a file brings, and what follows from it."""
        stream = iter(items)
        while chunk := list(islice(stream, _BATCH)):
            self._chunk(chunk)
        self._settle()

    def _chunk(self, chunk: list[Ready | Item]) -> None:
        try:
            self._take(chunk)
        except UsageError as error:
            lines = [item.line for item in chunk if not isinstance(item, Header)]
            raise UsageError(f"line {lines[0]} to {lines[-1]}: {error}: nothing was imported") from None

    def _take(self, chunk: list[Ready | Item]) -> None:
        known = self._known(chunk)
        for item in chunk:
            if isinstance(item, Ready):
                self._request(item, known)
            elif isinstance(item, Problem):
                self._outcome.problems.append(item)
            elif isinstance(item, IncomingAddress):
                self._address(item, known)
            elif isinstance(item, IncomingMail):
                self._mail(item)
            elif isinstance(item, Header):
                self._last_number = max(self._last_number, item.last_number)
            elif isinstance(item, Tombstone):
                self._tombstone(item)
        self._flush()

    def _known(self, chunk: list[Ready | Item]) -> _Known:
        requests = [item for item in chunk if isinstance(item, Ready)]
        places = [item for item in chunk if isinstance(item, IncomingAddress)]
        beside = [entry.uid for item in places for entry, _ in item.history]
        beside += [entry.uid for item in places for case in item.cases for entry, _ in case.history]
        tx = self._desk.tx
        return _Known(
            bulk.known(tx, "requests", "uid", (item.uid for item in requests)),
            bulk.known(tx, "requests", "number", (item.number for item in requests if item.number)),
            bulk.known(tx, "events", "uid", beside),
        )

    def _flush(self) -> None:
        """Write the batch, its new cases with their next attention."""
        for case_id, new in self._new_cases.items():
            is_whole = new.told <= 1 and new.address_id not in self._retired
            self._batch.cases.append((case_id, new.address_id, new.key, new.next_at if is_whole else None))
            if not is_whole:
                self._revisit.add(case_id)
        self._new_cases.clear()
        self._batch.flush()

    def _request(self, item: Ready, known: _Known) -> None:
        if item.uid in known.uids or self._is_same(item):
            self._outcome.known += 1
            self._grown.append(item)
            return
        known.uids.add(item.uid)
        number = self._number(item.number, known)
        address_id, case_id = self._case(item.address, item.key)
        self._write(item, number, address_id, case_id)
        if item.observation:
            self._lists.add(item.key)
        new = self._new_cases.get(case_id)
        if new is None:
            self._revisit.add(case_id)
        else:
            new.told += 1
            new.next_at = item.next_at
        self._outcome.requests += 1
        if len(self._outcome.preview) < _PREVIEW:
            self._outcome.preview.append(f"line {item.line}: {item.address} on {item.key}, {item.state}")

    def _write(self, item: Ready, number: int, address_id: int, case_id: int) -> None:
        """Let the rows of a request wait, with the ids they have here (the columns are those of `bulk`)."""
        batch = self._batch
        sent_with = self._batch_here(item.batch, number) if item.batch else None
        batch.requests.append((number, item.uid, case_id, sent_with, *item.row[4:]))
        batch.events += [(self._place(row[0]), row[1], address_id, case_id, number, *row[5:]) for row in item.events]
        if item.text is not None:
            batch.texts.append((number, item.text))
        batch.secrets += [(uid, address_id, number, url, at, mail) for uid, url, at, mail in item.secrets]
        batch.sightings += [(row[0], case_id, *row[2:]) for row in item.looks]
        batch.listings += [(row[0], case_id, *row[2:]) for row in item.episodes]
        if item.observation:
            batch.observations.append((number, address_id, item.key, *item.observation))

    def _batch_here(self, batch: int, number: int) -> int:
        """Return the label of a batch here: its own, or, where that was given out, its first request's number."""
        return batch if batch > self._given else self._batches.setdefault(batch, number)

    def _number(self, wanted: int, known: _Known) -> int:
        if wanted > self._given and wanted not in known.numbers:
            known.numbers.add(wanted)
            self._last_number = max(self._last_number, wanted)
            return wanted
        self._last_number += 1
        known.numbers.add(self._last_number)
        if wanted:
            self._outcome.renumbered[wanted] = self._last_number
        return self._last_number

    def _is_same(self, item: Ready) -> bool:
        """Whether a line of a spreadsheet tells a request that is on record: same case, same day of submission."""
        if item.number or item.address not in self._addresses:
            return False
        case_id = self._cases.get((self._addresses[item.address], item.key))
        if case_id is None:
            return False
        self._flush()
        of_day = reads.requests(self._desk.tx, Where(case=case_id, submitted_on=date.fromisoformat(item.submitted_on)))
        return any(request.state is not State.UNDONE for request in of_day)

    def _case(self, address: str, key: str) -> tuple[int, int]:
        address_id = self._addresses.get(address)
        if address_id is None:
            address_id = self._new_address(self._desk.uid(), address, {}, self._desk.at, None)
        case_id = self._cases.get((address_id, key))
        if case_id is None:
            self._next_case = case_id = self._next_case + 1
            self._cases[address_id, key] = case_id
            self._new_cases[case_id] = _NewCase(address_id, key)
            self._lists.add(key)
        return address_id, case_id

    def _new_address(
        self, uid: str, address: str, about: Mapping[str, str | None], at: datetime, retired_on: str | None
    ) -> int:
        self._next_address += 1
        self._addresses[address] = self._next_address
        if retired_on:
            self._retired.add(self._next_address)
        described = (about.get("site"), about.get("domain"), about.get("label"), about.get("owner"))
        place = (ip.order(address), ip.neighbourhood(address))
        row = (self._next_address, uid, address, *place, *described, instant_text(at), retired_on)
        self._batch.addresses.append(row)
        self._outcome.addresses += 1
        return self._next_address

    def _address(self, item: IncomingAddress, known: _Known) -> None:
        address_id = self._addresses.get(item.address)
        if address_id is None:
            address_id = self._new_address(item.uid, item.address, item.about, item.added_at, item.retired_on)
        self._entries(item.history, address_id, None, known)
        self._secrets(item.secrets, address_id)
        for case in item.cases:
            self._case_beside_requests(item.address, case, known)

    def _case_beside_requests(self, address: str, case: IncomingCase, known: _Known) -> None:
        address_id, case_id = self._case(address, case.list)
        self._revisit.add(case_id)
        self._flush()
        tx = self._desk.tx
        if case.draft is not None and reads.draft(tx, case_id) is None:
            writes.save_draft(tx, case_id, case.draft)
        self._entries(case.history, address_id, case_id, known)
        self._see(case_id, [bulk.sighting_values(sighting, undone, case_id) for sighting, undone in case.looks])

    def _see(self, case_id: int, looks: Sequence[bulk.Values]) -> int:
        """Let new sightings of a case wait, and known ones become as in the file; returns how many changes that is."""
        seen = bulk.known(self._desk.tx, "sightings", "uid", (row[0] for row in looks))
        new = [(row[0], case_id, *row[2:]) for row in looks if row[0] not in seen]
        self._batch.sightings += new
        return len(new) + bulk.follow(self._desk.tx, [row for row in looks if row[0] in seen])

    def _place(self, seq: int | None) -> int | None:
        """Return an entry's place after all that was recorded here, in the order of the file's own recording."""
        return None if seq is None else self._last_event + seq

    def _entries(self, history: tuple[Recorded, ...], address_id: int, case_id: int | None, known: _Known) -> None:
        new = [(entry, self._place(seq)) for entry, seq in history if entry.uid not in known.entries]
        known.entries.update(entry.uid for entry, _ in new)
        self._batch.events += [bulk.event_values(entry, seq, address_id, case_id, None) for entry, seq in new]

    def _secrets(self, secrets: tuple[Secret, ...], address_id: int) -> None:
        known = bulk.known(self._desk.tx, "secrets", "uid", (secret[0] for secret in secrets)) if secrets else set()
        for uid, url, at, mail in secrets:
            if uid not in known:
                self._batch.secrets.append((uid, address_id, None, url, instant_text(at), mail))

    def _mail(self, item: IncomingMail) -> None:
        """Keep a mail that was not taken in here, neither from the file nor by itself."""
        self._flush()
        tx, mail = self._desk.tx, item.mail
        if mails.is_kept(tx, mail.uid, mail.key):
            return
        request = reads.request_by_uid(tx, item.request) if item.request else None
        address_id = self._addresses.get(mail.address) if mail.address else None
        mails.add(tx, replace(mail, number=request.number if request else None), address_id)
        self._outcome.mails += 1

    def _grow(self, item: Ready) -> None:
        """Take in the entries of a known request that are not on record; a spreadsheet's row is only compared."""
        tx = self._desk.tx
        request = reads.request_by_uid(tx, item.uid)
        if request is None:
            self._compare(item)
            return
        known = bulk.known(tx, "events", "uid", (row[1] for row in item.events))
        new = [row for row in item.events if row[1] not in known]
        case = reads.case_of(tx, request.number)
        if case is None or not (new or item.looks):
            return
        if self._see(case.id, item.looks):
            self._revisit.add(case.id)
        if not new:
            return
        self._batch.events += [(None, row[1], case.address_id, case.id, request.number, *row[5:]) for row in new]
        self._batch.flush()
        grown = lifecycle.replay(request, reads.history(tx, request.number))
        writes.save_request(tx, grown)
        entry = self._desk.tools.catalogue.get(case.list)
        writes.save_observation(tx, grown.number, case.address_id, observation_of(grown, entry.has_confirmation))
        self._revisit.add(case.id)
        self._lists.add(case.list)
        self._outcome.entries += len(new)

    def _compare(self, item: Ready) -> None:
        """Say where a row of a spreadsheet knows more of a request than is on record."""
        case_id = self._cases[self._addresses[item.address], item.key]
        which = Where(case=case_id, submitted_on=date.fromisoformat(item.submitted_on))
        for request in reads.requests(self._desk.tx, which):
            missing = [row[5] for row in item.events if getattr(request, row[5], row) is None]
            if missing:
                told = f"line {item.line}: request {request.number} is on record, but not that it was {missing[0]}"
                self._outcome.warnings.append(f"{told}: record it by hand")

    def _tombstone(self, item: Tombstone) -> None:
        if not bulk.known(self._desk.tx, "tombstones", "uid", [item.values["uid"]]):
            writes.add_tombstone(self._desk.tx, item.values)

    def _settle(self) -> None:
        """Bring up to date what no single batch could: cases told in pieces, and own observations that count."""
        desk = self._desk
        for item in self._grown:
            self._grow(item)
        self._batch.flush()
        if not self._outcome.problems:
            bulk.keep_number(desk.tx, "requests", self._last_number)
        attention.revisit(desk.tx, desk.basis, sorted(self._revisit))
        for key in sorted(self._lists):
            entry = desk.tools.catalogue.get(key)
            if any(can_count(each, entry) for each in casefiles.observations(run_with(desk.tx), key)):
                attention.refresh_list(desk.tx, desk.basis, key)
