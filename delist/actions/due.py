"""What is due: read the short way, straight from the file, or brought up to date first where something changed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from delist import migrate
from delist.errors import OutsideFailed, SetupError
from delist.rules.addresses import Cover, covered_by
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment
from delist.rules.reminders import Kind, Reminder, horizon, most_urgent, reminders_of
from delist.rules.windows import Case
from delist.store import agenda
from delist.store.version import Age, age_of
from delist.tools import Tools

# Reminders of which the answer is a request.
_TO_ASK = (Kind.LISTED, Kind.RELISTED)


@dataclass(frozen=True, slots=True)
class Agenda:
    """The reminders for a moment, most urgent first, and whether there are any records at all."""

    moment: Moment
    reminders: tuple[Reminder, ...]
    is_new: bool = False


def due(tools: Tools, on: Moment | None = None, within: int = 0) -> Agenda:
    """Return the reminders due at a moment (default: now), and those of so many days after it.

    Nothing is created by asking. Where settings, zone or catalogue have changed since the moments of next
    attention were stored, they are computed anew in one transaction before answering.
    """
    moment = on or tools.this_moment()
    age = age_of(tools.database)
    if age in (Age.MISSING, Age.EMPTY):
        return Agenda(moment, (), is_new=True)
    if age is Age.OLDER:
        migrate.make_ready(tools.database, tools.now(), shared=tools.places.shared)
    with agenda.opened(tools.database) as connection:
        if agenda.is_empty(connection):
            return Agenda(moment, (), is_new=True)
        fresh = agenda.fingerprint(connection) == tools.fingerprint
        if fresh:
            cases = agenda.due_cases(connection, tools.catalogue.get, horizon(moment, within, tools.zone))
            return agenda_of(tools, moment, within, cases)
    return _after_change(tools, moment, within)


def _after_change(tools: Tools, moment: Moment, within: int) -> Agenda:
    """Bring every moment up to date and answer, in one transaction: another user's settings may differ from ours."""
    # Imported late: the usual way to this module's answer does without SQLAlchemy.
    from delist.actions.desk import writing
    from delist.store import attention
    from delist.store.engine import driver

    try:
        with writing(tools) as desk:
            attention.refresh_all(desk.tx, desk.basis)
            until = horizon(moment, within, tools.zone)
            cases = list(agenda.due_cases(driver(desk.tx), tools.catalogue.get, until))
    except (SetupError, OutsideFailed):
        # Not ours to write, or no room: the answer is right all the same, only slower.
        with agenda.opened(tools.database) as connection:
            return agenda_of(tools, moment, within, agenda.all_cases(connection, tools.catalogue.get))
    return agenda_of(tools, moment, within, cases)


def agenda_of(tools: Tools, moment: Moment, within: int, cases: Iterable[Case]) -> Agenda:
    """Return the reminders that some cases call for at a moment and in so many days after it."""
    until = horizon(moment, within, tools.zone)
    found: list[Reminder] = []
    standing = _Standing()
    for case in cases:
        standing.add(case)
        found += (reminder for reminder in reminders_of(case, tools.policy) if reminder.due_at <= until)
    told = [_told(tools, each, standing) if each.kind in _TO_ASK else each for each in found]
    return Agenda(moment, tuple(most_urgent(told, moment, tools.zone)))


class _Standing:
    """The listings and open requests among some cases, by list: there may be thousands of each."""

    def __init__(self) -> None:
        self._held: dict[str, list[str]] = {}
        self._lists: dict[str, ListEntry] = {}
        self._covers: dict[str, Cover] = {}

    def add(self, case: Case) -> None:
        """Count a case in, if it is listed or asked about."""
        is_there = case.episode is not None or any(request.is_open for request in case.requests)
        if is_there and not case.retired:
            self._lists[case.list.key] = case.list
            self._held.setdefault(case.list.key, []).append(covered_by(case.address, case.list.scope))

    def first(self, entry: ListEntry, address: str) -> tuple[str, ...]:
        """Return the names of the lists that hold an address and for which this list waits."""
        before = (self._lists[key] for key in entry.waits_for if key in self._lists)
        return tuple(each.name for each in before if self._cover(each.key).meeting(covered_by(address, each.scope)))

    def _cover(self, key: str) -> Cover:
        if key not in self._covers:
            self._covers[key] = Cover(self._held[key])
        return self._covers[key]


def _told(tools: Tools, reminder: Reminder, standing: _Standing) -> Reminder:
    """Return a reminder to ask with what must come first, as far as that is due too, and who reads it."""
    address = reminder.case.address
    after = standing.first(reminder.case.list, address)
    return replace(reminder, after=after, by_provider=tools.settings.role_of(address) == "provider")
