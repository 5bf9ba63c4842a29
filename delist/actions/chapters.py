"""What is told of one list in a report: how the case went, what is to come, what the log said, the texts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from delist.actions.desk import Desk
from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules.expiry import is_left_alone
from delist.rules.history import Entry, Marks, Source, still_valid
from delist.rules.lifecycle import Request, State
from delist.rules.listings import Seen, Sighting
from delist.rules.lists import ListKind
from delist.rules.moments import Moment
from delist.rules.planning.steps import is_standing
from delist.rules.reminders import Kind, Reminder, reminders_of
from delist.rules.secrets import conceal
from delist.rules.timeline import Step, steps_of
from delist.rules.windows import Case
from delist.store import casefiles, plans, reads, where
from delist.store.engine import run_with
from delist.store.reads import KnownAddress

# What may be an address in a text; the terms of an SPF record (ip4:203.0.113.7) are public anyway.
_ADDRESS = re.compile(r"(?<![\w:.])[0-9A-Fa-f]+[.:][0-9A-Fa-f:.]*[0-9A-Fa-f:](?:/[0-9]{1,3})?(?!\w)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a log says: a reply as it stood there, recipients cut out; when it came, and in at least how many lines."""

    text: str
    first: Moment
    last: Moment
    lines: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who refused, by host name, and since when (UTC); whether a reply of theirs named the list."""

    name: str
    since: datetime
    names_list: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """The text of a request; None if it names other addresses that are on record, which are not told."""

    request: Request
    text: str | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is told of one list: all steps in order, what is to come, the log's lines, and the texts if wished for.

    `network` is the one through which the address is on the list, where the entry is not that of the address itself;
    then nothing is told that could name a neighbour.
    """

    case: Case
    steps: tuple[Step, ...]
    expected: tuple[Reminder, ...]
    samples: tuple[Sample, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    texts: tuple[Sent, ...] = ()
    network: str | None = None

    @property
    def was_refused(self) -> bool:
        """Whether a receiver named the list in a refusal."""
        return any(each.names_list for each in self.receivers)

    @property
    def counts(self) -> bool:
        """Whether the list stands in the way of mail: not one that is closed, nor an allow list, nor a provider's."""
        return self.case.list.closed is None and self.case.list.kind in (ListKind.BLOCK, ListKind.RECEIVER)


def chapters_of(desk: Desk, known: KnownAddress, with_notes: bool, with_texts: bool) -> Iterator[Chapter]:
    """Yield a chapter for each list on which something is on record of an address itself."""
    for case_id, case in _cases(desk, where.OF_ADDRESS, {"address": known.id}):
        valid, sightings = _valid_entries(desk, case_id), reads.sightings(desk.tx, case_id)
        if found := steps_of(valid, sightings, with_notes=with_notes):
            from_log = [entry for _, entry in valid if entry.source is Source.LOG]
            yield Chapter(
                case=case,
                steps=found,
                expected=_expected(desk, case),
                samples=_samples(from_log, sightings),
                receivers=_receivers(from_log),
                texts=tuple(_texts(desk, case)) if with_texts else (),
            )


def covering(desk: Desk, known: KnownAddress) -> Iterator[Chapter]:
    """Yield a chapter for each network on a list that holds an address, a neighbour's too if its list lists all of it.

    Nothing is told that could name a neighbour; of neighbours only what stands, once for each list.
    """
    which = plans.around(known.address)
    own = {case.list.key for _, case in _cases(desk, where.OF_ADDRESS, {"address": known.id}) if case.episode}
    for case_id, case in _cases(desk, which.near, which.params):
        network = ip.covered_by(case.address, case.list.scope)
        if case.address == known.address or case.retired or not ip.contains(network, known.address):
            continue
        if not ip.is_network(case.address):
            if not is_standing(case) or case.list.key in own:
                continue
            own.add(case.list.key)
        if found := steps_of(_valid_entries(desk, case_id), reads.sightings(desk.tx, case_id)):
            bare = tuple(replace(step, reason=None) for step in found)
            yield Chapter(case, bare, _expected(desk, case), network=network)


def _cases(desk: Desk, condition: str, params: Mapping[str, Any]) -> Iterator[tuple[int, Case]]:
    return casefiles.cases(run_with(desk.tx), desk.tools.catalogue.get, condition, params)


def _valid_entries(desk: Desk, case_id: int) -> list[tuple[int | None, Entry]]:
    """Return the history of a case without what was taken back, each line with the number of its request."""
    entries = reads.case_entries(desk.tx, case_id)
    uids = {entry.uid for entry in still_valid(entry for _, entry in entries)}
    return [(number, entry) for number, entry in entries if entry.uid in uids]


def _texts(desk: Desk, case: Case) -> Iterator[Sent]:
    hosts = desk.tools.catalogue.link_hosts
    for request in case.requests:
        text = reads.text_of(desk.tx, request.number)
        if text is not None and request.state is not State.UNDONE:
            yield Sent(request, None if _names_others(desk, case, text) else conceal(text, hosts=hosts)[0])


def _names_others(desk: Desk, case: Case, text: str) -> bool:
    """Whether a text names an address on record beside that of the case: it was sent for several at once."""
    for word in dict.fromkeys(_ADDRESS.findall(text)):
        try:
            named = ip.canonical(word)
        except UsageError:
            continue
        if not ip.overlap(named, case.address) and reads.address(desk.tx, named) is not None:
            return True
    return False


def _expected(desk: Desk, case: Case) -> tuple[Reminder, ...]:
    """Return what is to come of a case, whether or not somebody has put off being reminded of it.

    Of a closed list nothing is; removal is not to be requested while a listing may still go by itself.
    """
    if case.list.closed:
        return ()
    awake = [replace(request, marks=_awake(request.marks)) for request in case.requests]
    bare = replace(case, marks=_awake(case.marks), requests=tuple(awake))
    now, zone = desk.now.latest(desk.tools.zone), desk.tools.zone
    held = (Kind.LISTED, Kind.RELISTED) if is_left_alone(case.list, case.episode, now, zone) else ()
    found = [each for each in reminders_of(bare, desk.tools.policy) if each.kind not in held]
    return tuple(sorted(found, key=lambda each: each.window_on or each.due_at.astimezone(zone).date()))


def _awake(marks: Marks) -> Marks:
    # What is renewed year by year counts on from the last time.
    renewed = frozenset((kind, ref) for kind, ref in marks.acknowledged if kind == Kind.KEEP_ALIVE)
    return replace(marks, snoozed=(), acknowledged=renewed)


def _samples(entries: Iterable[Entry], sightings: Iterable[Sighting]) -> tuple[Sample, ...]:
    """Return what the log said, each wording once, in order of the first time it came."""
    ends = {sighting.event_uid: sighting.until for sighting in sightings}
    found: dict[str, Sample] = {}
    for entry in entries:
        text = conceal(str(entry.detail.get("reason") or ""))[0]
        if not text or entry.detail.get("verdict") == Seen.CLEAR:
            continue
        last = max(entry.moment, ends.get(entry.uid, entry.moment), key=lambda moment: moment.order)
        new = Sample(text, entry.moment, last, int(entry.detail.get("lines") or 1))
        found[text] = _both(found[text], new) if text in found else new
    return tuple(sorted(found.values(), key=lambda sample: sample.first.order))


def _both(one: Sample, other: Sample) -> Sample:
    first = min(one.first, other.first, key=lambda moment: moment.order)
    last = max(one.last, other.last, key=lambda moment: moment.order)
    # A later scan may have read the same lines again.
    return Sample(one.text, first, last, max(one.lines, other.lines))


def _receivers(entries: Iterable[Entry]) -> tuple[Receiver, ...]:
    """Return who refused, in order of the first time."""
    since: dict[str, datetime] = {}
    naming: set[str] = set()
    for entry in entries:
        for kind in ("receivers", "pointing"):
            for name, text in entry.detail.get(kind, {}).items():
                at = datetime.fromisoformat(text)
                since[name] = min(at, since.get(name, at))
        naming.update(entry.detail.get("receivers", ()))
    ordered = sorted(since, key=lambda name: (since[name], name))
    return tuple(Receiver(name, since[name], name in naming) for name in ordered)
