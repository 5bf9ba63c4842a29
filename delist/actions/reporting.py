"""What a report to a customer or a provider tells of an address: gathered from the records, nobody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from delist.actions.addresses import recorded
from delist.actions.chapters import Chapter, chapters_of, covering
from delist.actions.desk import Desk, reading
from delist.errors import NotFound
from delist.rules import addresses as ip
from delist.rules.evidence.values import MEASURED
from delist.rules.moments import Moment
from delist.rules.planning.steps import By, steps
from delist.rules.planning.values import Known, Listed
from delist.rules.secrets import conceal
from delist.store import evidence
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

    Nothing secret is in it: links are masked, references left out; site and label only with the notes.
    """
    canonical = ip.canonical(address)
    wanted = dict.fromkeys(tools.catalogue.find(key).key for key in wish.lists)
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"{canonical} is not recorded: nothing is recorded yet in {tools.database}")
        known = recorded(desk, canonical)
        found = [*chapters_of(desk, known, wish.with_notes, wish.with_texts), *covering(desk, known)]
        chapters = [each for each in found if not wanted or each.case.list.key in wanted]
        told = {each.case.list.key for each in chapters}
        if missing := [key for key in wanted if key not in told]:
            raise NotFound(f"nothing is recorded for {canonical} on {', '.join(missing)}")
        measured = evidence.of_address(desk.tx, known.id)
    contact = tools.settings.contact
    kept = tuple(_without_links(measured[claim]) for claim in MEASURED if claim in measured)
    shown = known if wish.with_notes else replace(known, site=None, label=None)
    return Report(shown, desk.now, contact.name, contact.email, _ordered(desk, chapters), kept)


def _ordered(desk: Desk, chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """Return first what stands, in the order in which a plan has it; then the lists that most receivers ask."""
    role = desk.tools.settings.role_of
    listed = [Listed(each.case, Known(role(each.case.address)), each.was_refused) for each in chapters]
    plan = steps(listed, desk.tools.policy, desk.now.latest(desk.tools.zone), By.ENTRY)
    places = {(step.list.key, entry): place for place, step in enumerate(plan) for entry in step.entries}

    def place(chapter: Chapter) -> tuple[object, ...]:
        case, entry = chapter.case, chapter.case.list
        standing = places.get((entry.key, case.address), len(places))
        is_unlisted = case.episode is None and standing == len(places)
        return entry.closed is not None, not chapter.counts, is_unlisted, standing, not entry.default, entry.key

    return tuple(sorted(chapters, key=place))


def _without_links(kept: Kept) -> Kept:
    judged = kept.measured.judged
    shown = replace(judged, value=conceal(judged.value)[0], how=conceal(judged.how)[0])
    return replace(kept, measured=replace(kept.measured, judged=shown))
