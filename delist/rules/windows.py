"""Windows: the days at which relisting is stated or was observed, one's own observations among them."""

from dataclasses import dataclass
from datetime import date, timedelta

from delist.rules.history import NO_MARKS, Marks
from delist.rules.lifecycle import Request, State, by_submission, confirmation_of
from delist.rules.listings import Episode
from delist.rules.lists import Basis, ListEntry, Origin, WindowKind, WindowRule
from delist.rules.moments import Moment, Period, period_between

# An own interval is an observation only from this length on; and this many requests make it count for the whole list.
SHORTEST_OBSERVATION = timedelta(days=30)
ENOUGH_FOR_THE_LIST = 3


@dataclass(frozen=True, slots=True)
class Observation:
    """An interval of one's own after which a cleared request was found relisted."""

    number: int
    address: str
    list: str
    after: Period
    days: int


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of one address on one list, as far as reminders depend on it."""

    address: str
    list: ListEntry
    requests: tuple[Request, ...] = ()
    site: str | None = None
    owner: str | None = None
    retired: bool = False
    marks: Marks = NO_MARKS
    episode: Episode | None = None
    last_clear: Moment | None = None
    own: Observation | None = None
    # Those of the standing listing, where answers told them.
    codes: tuple[str, ...] = ()

    @property
    def latest(self) -> Request | None:
        """The last attempt, by submission."""
        if len(self.requests) == 1 and self.requests[0].state is not State.UNDONE:
            return self.requests[0]
        real = [request for request in self.requests if request.state is not State.UNDONE]
        return max(real, key=by_submission, default=None)


@dataclass(frozen=True, slots=True)
class Window:
    """A window of one request: its day, from which day it counts, its rule, and what became of it."""

    on: date
    origin: date
    rule: WindowRule
    provisional: bool
    survived: bool


def observation_of(request: Request, has_confirmation: bool) -> Observation | None:
    """Return the interval a request has shown: cleared, then relisted after 30 days or more; None else."""
    start = confirmation_of(request, has_confirmation)
    if request.state is not State.RELISTED or not (request.cleared and request.relisted and start):
        return None
    span = request.relisted.on - start.on
    if span < SHORTEST_OBSERVATION:
        return None
    after = period_between(start.on, request.relisted.on)
    return Observation(request.number, request.address, request.list, after, span.days)


def can_count(observation: Observation, entry: ListEntry) -> bool:
    """Whether an interval could come before every shipped window of its list, whatever the first day is."""
    shipped = [rule.after for rule in entry.windows if rule.kind is not WindowKind.EXPECTED_CLEAR]
    # An interval in months may be three days shorter from another first day than it was when seen.
    return all(observation.days - 3 < after.months * 31 + after.days for after in shipped)


def windows_of(request: Request, case: Case) -> tuple[Window, ...]:
    """Return the windows of a request in order of day, counted from its confirmation date.

    Until it is confirmed they run from the submission, provisionally. An own observation adds one if its
    day comes before that of every shipped window.
    """
    start = confirmation_of(request, case.list.has_confirmation)
    provisional = start is None
    rules = [rule for rule in case.list.windows if rule.kind is not WindowKind.EXPECTED_CLEAR]
    origin = (start or request.asked).on
    found = [
        _window(rule, request.asked.on if rule.origin is Origin.SUBMITTED else origin, provisional, case)
        for rule in rules
    ]
    if case.own is not None:
        own = _window(_own_rule(case.own), origin, provisional, case)
        if all(own.on < window.on for window in found):
            found.append(own)
    return tuple(sorted(found, key=lambda window: window.on))


def _window(rule: WindowRule, origin: date, provisional: bool, case: Case) -> Window:
    on = rule.after.after_day(origin)
    survived = rule.kind is WindowKind.EXCLUSION_ENDS and case.last_clear is not None and case.last_clear.on > on
    return Window(on, origin, rule, provisional, survived)


def _own_rule(own: Observation) -> WindowRule:
    return WindowRule(own.after, WindowKind.EXCLUSION_ENDS, Basis.OBSERVED, f"own observation, request {own.number}")


def lead_days(start: date, window_on: date, lead: Period) -> int:
    """Return how many days ahead to remind: the lead, never more than a quarter of the window."""
    wanted = (lead.after_day(start) - start).days
    return min(wanted, (window_on - start).days // 4)
