"""What a report to a customer or a provider tells of an address: gathered from the records, nobody is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from delist.actions.addresses import recorded
from delist.actions.desk import Desk, reading
from delist.errors import NotFound
from delist.rules import addresses as ip
from delist.rules.evidence.values import MEASURED
from delist.rules.history import Entry, Marks, Source, still_valid
from delist.rules.lifecycle import State
from delist.rules.listings import Seen, Sighting
from delist.rules.moments import Moment
from delist.rules.reminders import Kind, Reminder, reminders_of
from delist.rules.secrets import conceal
from delist.rules.timeline import Step, steps_of
from delist.rules.windows import Case
from delist.store import casefiles, evidence, reads, where
from delist.store.engine import run_with
from delist.store.evidence import Kept
from delist.store.reads import KnownAddress
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Wish:
    """What a report is to tell: of which lists (none: all on record), with the notes, with the texts as sent."""

    lists: tuple[str, ...] = ()
    with_notes: bool = False
    with_texts: bool = False


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
class Chapter:
    """What is told of one list: all steps in order, what is to come, the log's lines, and the texts if wished for."""

    case: Case
    steps: tuple[Step, ...]
    expected: tuple[Reminder, ...]
    samples: tuple[Sample, ...]
    receivers: tuple[Receiver, ...]
    texts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report on an address: as of which moment, made by whom, list by list, and what was last measured."""

    known: KnownAddress
    moment: Moment
    name: str | None
    email: str | None
    chapters: tuple[Chapter, ...]
    evidence: tuple[Kept, ...]


def report(tools: Tools, address: str, wish: Wish) -> Report:
    """Return what is on record of an address; raises NotFound if it is not recorded, or has nothing on a list named.

    Nothing secret is in it: links are masked, references left out.
    """
    canonical = ip.canonical(address)
    wanted = dict.fromkeys(tools.catalogue.find(key).key for key in wish.lists)
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"{canonical} is not recorded: nothing is recorded yet in {tools.database}")
        known = recorded(desk, canonical)
        chapters = [each for each in _chapters(desk, known, wish) if not wanted or each.case.list.key in wanted]
        told = {each.case.list.key for each in chapters}
        if missing := [key for key in wanted if key not in told]:
            raise NotFound(f"nothing is recorded for {canonical} on {', '.join(missing)}")
        measured = evidence.of_address(desk.tx, known.id)
    contact = tools.settings.contact
    kept = tuple(_without_links(measured[claim]) for claim in MEASURED if claim in measured)
    return Report(known, desk.now, contact.name, contact.email, tuple(sorted(chapters, key=_place)), kept)


def _place(chapter: Chapter) -> tuple[bool, bool, str]:
    """A key that puts first what is listed now, then what was asked."""
    case = chapter.case
    return case.episode is None, case.latest is None, case.list.key


def _without_links(kept: Kept) -> Kept:
    judged = kept.measured.judged
    shown = replace(judged, value=conceal(judged.value)[0], how=conceal(judged.how)[0])
    return replace(kept, measured=replace(kept.measured, judged=shown))


def _chapters(desk: Desk, known: KnownAddress, wish: Wish) -> Iterator[Chapter]:
    cases = casefiles.cases(run_with(desk.tx), desk.tools.catalogue.get, where.OF_ADDRESS, {"address": known.id})
    for case_id, case in cases:
        entries = reads.case_entries(desk.tx, case_id)
        uids = {entry.uid for entry in still_valid(entry for _, entry in entries)}
        valid = [(number, entry) for number, entry in entries if entry.uid in uids]
        sightings = reads.sightings(desk.tx, case_id)
        if steps := steps_of(valid, sightings, with_notes=wish.with_notes):
            from_log = [entry for _, entry in valid if entry.source is Source.LOG]
            yield Chapter(
                case=case,
                steps=steps,
                expected=_expected(desk, case),
                samples=_samples(from_log, sightings),
                receivers=_receivers(from_log),
                texts=tuple(_texts(desk, case)) if wish.with_texts else (),
            )


def _texts(desk: Desk, case: Case) -> Iterator[tuple[int, str]]:
    hosts = desk.tools.catalogue.link_hosts
    for request in case.requests:
        text = reads.text_of(desk.tx, request.number)
        if text is not None and request.state is not State.UNDONE:
            yield request.number, conceal(text, hosts=hosts)[0]


def _expected(desk: Desk, case: Case) -> tuple[Reminder, ...]:
    """Return what is to come of a case, whether or not somebody has put off being reminded of it."""
    awake = [replace(request, marks=_awake(request.marks)) for request in case.requests]
    bare = replace(case, marks=_awake(case.marks), requests=tuple(awake))
    found = reminders_of(bare, desk.tools.policy)
    return tuple(sorted(found, key=lambda each: each.window_on or each.due_at.astimezone(desk.tools.zone).date()))


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
