"""The calendar: what is told of every window and task, kept so that what changes or goes is told too."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum

from delist import calendar as writer
from delist.actions.desk import Desk, snapshot, writing
from delist.actions.due import agenda_of
from delist.rules.dates import AHEAD, Date, Part, Told, Words, dates, is_shown, retold
from delist.rules.moments import Moment, moment_of
from delist.rules.reminders import Reminder
from delist.rules.windows import Case
from delist.store import calendar as kept
from delist.store import casefiles, where
from delist.store.engine import run_with
from delist.store.version import Age, age_of
from delist.tools import Tools

# Windows are told however far they are; no window is longer than a century.
_FAR = 366 * 100

Tell = Callable[[Reminder], Words]


class Only(StrEnum):
    """Which part of a calendar is wanted."""

    EVENTS = "events"
    TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a calendar is to hold: as of which moment (None: now), of one site, only events or tasks (None: all)."""

    on: Moment | None = None
    site: str | None = None
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar as iCalendar text, what it holds, and whether nothing is recorded yet."""

    text: str
    told: tuple[Told, ...]
    is_new: bool = False


def calendar(tools: Tools, wish: Wish, tell: Tell, name: str) -> Calendar:
    """Return the calendar of that name, and keep what it tells; `tell` puts reminders into words.

    All is kept as told whatever part is wanted, so that the parts agree; a look ahead keeps nothing. Nothing is
    created where nothing is recorded yet. Raises SetupError without the library that writes calendars.
    """
    writer.make_sure()
    if age_of(tools.database) in (Age.MISSING, Age.EMPTY):
        return Calendar(writer.written((), name), (), is_new=True)
    with _place_of(tools, wish.on) as place, writing(place.as_of(wish.on)) as desk:
        told = _tell(desk, wish.on, tell)
        shown = tuple(each for each in told if is_shown(each, desk.at) and _is_wanted(each.date, wish))
    return Calendar(writer.written(shown, name), shown, is_new=not told)


def _place_of(tools: Tools, on: Moment | None) -> AbstractContextManager[Tools]:
    """Return where what is told is kept: of a look ahead nowhere, since it would stand as told on a day to come."""
    is_ahead = on is not None and tools.as_of(on).now() > tools.now()
    return snapshot(tools) if is_ahead else nullcontext(tools)


def _tell(desk: Desk, on: Moment | None, tell: Tell) -> list[Told]:
    run, entry_of = run_with(desk.tx), desk.tools.catalogue.get
    cases = [case for _, case in casefiles.cases(run, entry_of, where.ALL, {})]
    before, zone = kept.told(desk.tx), desk.tools.zone
    found = [each for reminder in _reminders(desk, on, cases) for each in dates(reminder, tell(reminder), zone)]
    by_place = {(case.address, case.list.key): case for case in cases}
    told = retold(before, found, by_place, desk.at, zone)
    kept.save(desk.tx, (each for each in told if before.get(each.date.uid) is not each))
    return told


def _reminders(desk: Desk, on: Moment | None, cases: list[Case]) -> Iterator[Reminder]:
    agenda = agenda_of(desk.tools, on or moment_of(desk.at, desk.tools.zone), _FAR, cases)
    for reminder in agenda.reminders:
        if reminder.window_on is not None or reminder.due_at <= desk.at + AHEAD:
            yield reminder


def _is_wanted(date: Date, wish: Wish) -> bool:
    if wish.site is not None and date.site != wish.site:
        return False
    return wish.only is None or date.part is (Part.EVENT if wish.only is Only.EVENTS else Part.TASK)
