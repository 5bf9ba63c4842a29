"""How matters stand, in a few factual sentences: which lists since when, what was asked, what is awaited."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from delist.actions.reporting import Report
from delist.rules.lifecycle import Request, State, attempts, time_to_effect
from delist.rules.listings import Episode
from delist.rules.lists import Origin, Who
from delist.rules.moments import Moment, moment_of
from delist.rules.reminders import Kind, Reminder
from delist.rules.windows import Case
from delist.show.words import many, span, when

_NAMED = 4


class Line(NamedTuple):
    """How it stands with one list, in short."""

    name: str
    now: str
    asked: str
    awaited: str


def sentences(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Yield the sentences that sum a report up."""
    if not report.chapters:
        yield f"Nothing is on record of {report.known.address} on any list."
        return
    cases = [chapter.case for chapter in report.chapters]
    yield _listed(report.known.address, cases, zone)
    yield _asked(cases, zone)
    yield from _awaited(report, zone)


def _listed(address: str, cases: Sequence[Case], zone: ZoneInfo) -> str:
    listed = [(case, case.episode) for case in cases if case.episode]
    if len(listed) == 1:
        case, episode = listed[0]
        return f"{address} is on {case.list.name}, {_since(episode, zone)}."
    if listed:
        told = [f"{case.list.name} since {episode.started.on}" for case, episode in listed]
        return f"{address} is on {len(told)} lists: {_joined(told)}."
    # That nobody has looked is no good news.
    unseen = [case for case in cases if case.last_clear is None]
    if len(cases) == 1:
        name, clear = cases[0].list.name, cases[0].last_clear
        return (
            f"Whether {address} is on {name} now is not on record."
            if clear is None
            else f"{address} is not on {name}, by the last look of {when(clear, zone)}."
        )
    if unseen:
        return f"{address} is not known to be on a list now; for {len(unseen)} of {len(cases)} no look is on record."
    return f"{address} is on none of these {len(cases)} lists, by the last look at each."


def _since(episode: Episode, zone: ZoneInfo) -> str:
    last = f", last seen {when(episode.last, zone)}" if episode.last != episode.started else ""
    return f"since {when(episode.started, zone)}{last}"


def _joined(parts: Sequence[str]) -> str:
    """Return what is told of lists in a row: of the first few, and how many more there are."""
    rest = len(parts) - _NAMED
    return "; ".join(parts[:_NAMED]) + (f"; and {many(rest, 'other list')}" if rest > 0 else "")


def _asked(cases: Sequence[Case], zone: ZoneInfo) -> str:
    found = [(case, case.latest) for case in cases if case.latest]
    if not found:
        return "No removal has been requested yet."
    if len(found) == 1:
        case, request = found[0]
        return f"Removal from {case.list.name} was requested on {_request(request, case, lambda at: when(at, zone))}."
    told = [f"{case.list.name} on {_request(request, case, lambda at: str(at.on))}" for case, request in found]
    return f"Removal was requested from {many(len(told), 'list')}: {_joined(told)}."


# How exactly a time is told: where there are several lists, the day is enough.
_Tell = Callable[[Moment], str]


def _request(request: Request, case: Case, tell: _Tell) -> str:
    """Return when removal was last requested, which attempt it was, and what came of it."""
    attempt = attempts(case.requests)[request.number]
    told = ", ".join(filter(None, (f"attempt {attempt}" if attempt > 1 else "", *_outcome(request, case, tell))))
    return f"{tell(request.submitted)} ({told})"


def _outcome(request: Request, case: Case, tell: _Tell) -> Iterator[str]:
    state, has_step = request.state, case.list.has_confirmation
    if request.asked != request.submitted:
        yield f"asked again {tell(request.asked)} after a refusal"
    if state is State.SUBMITTED:
        yield "not confirmed yet" if has_step else "no outcome yet"
    if request.confirmed and state in (State.CONFIRMED, State.CLEARED):
        yield f"confirmed {tell(request.confirmed)}"
    if state is State.CLEARED and request.cleared:
        effect = time_to_effect(request, has_step)
        yield f"off the list {tell(request.cleared)}" + (f", {span(effect)} later" if effect else "")
    if state in _ENDS and request.closed:
        yield f"{_ENDS[state]} {tell(request.closed)}"


_ENDS = {State.REFUSED: "refused", State.RELISTED: "listed again", State.WITHDRAWN: "withdrawn"}


def _awaited(report: Report, zone: ZoneInfo) -> Iterator[str]:
    found = [(chapter.case.list.name, chapter.expected[0]) for chapter in report.chapters if chapter.expected]
    if len(found) == 1:
        name, reminder = found[0]
        yield f"Next for {name}: {expectation(reminder, report.moment, zone)}."
    elif found:
        yield f"Next: {_joined([f'{name} ({_short(reminder, zone)})' for name, reminder in found])}."


def standing(case: Case, zone: ZoneInfo) -> str:
    """Return whether the address is on a list now, as far as anybody looked."""
    if case.episode:
        return f"listed {_since(case.episode, zone)}"
    return f"clear, last seen so {when(case.last_clear, zone)}" if case.last_clear else "no look on record"


def overview(report: Report, zone: ZoneInfo) -> Iterator[Line]:
    """Yield a line for each list, where there are several: days only."""
    if len(report.chapters) > 1:
        for chapter in report.chapters:
            case = chapter.case
            upcoming = _short(chapter.expected[0], zone) if chapter.expected else "-"
            yield Line(case.list.name, _now(case), _requested(case), upcoming)


def _now(case: Case) -> str:
    if case.episode:
        return f"listed since {case.episode.started.on}"
    return f"clear on {case.last_clear.on}" if case.last_clear else "no look on record"


def _requested(case: Case) -> str:
    request = case.latest
    if request is None:
        return "-"
    attempt = attempts(case.requests)[request.number]
    return f"{request.submitted.on}, " + (f"attempt {attempt}, " if attempt > 1 else "") + str(request.state)


def _short(reminder: Reminder, zone: ZoneInfo) -> str:
    day = reminder.window_on or reminder.due_at.astimezone(zone).date()
    return _SHORT[reminder.kind].format(day=day)


_SHORT = {
    Kind.LISTED: "to be requested",
    Kind.RELISTED: "to be requested",
    Kind.CONFIRM: "to be confirmed",
    Kind.ANSWER: "answer by {day}",
    Kind.VERIFY: "effect by {day}",
    Kind.EXCLUSION_ENDS: "exclusion may end {day}",
    Kind.EXPECTED_CLEAR: "expiry by {day}",
    Kind.KEEP_ALIVE: "to be renewed by {day}",
}


def expectation(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    """Return what is to come, and by when; what should have come by now is told as such."""
    day = reminder.window_on or reminder.due_at.astimezone(zone).date()
    is_past = day < moment.on if reminder.window_on else reminder.due_at < moment.latest(zone)
    present, past = _EXPECTATIONS[reminder.kind]
    return (past if is_past else present).format(
        by=reminder.window_on or when(moment_of(reminder.due_at, zone), zone),
        operator=reminder.case.list.operator,
        window=_window(reminder),
        who=_WHO.get(reminder.case.list.who, ""),
    )


# What is said of each kind while its time has not come, and after that.
_ASK = "removal is to be requested{who}"
_CONFIRM = "the last step of the request is still to be done"
_EXPECTATIONS: Mapping[Kind, tuple[str, str]] = {
    Kind.LISTED: (_ASK, _ASK),
    Kind.RELISTED: (_ASK, _ASK),
    Kind.CONFIRM: (_CONFIRM, _CONFIRM),
    Kind.ANSWER: (
        "an answer of {operator} is expected by {by}",
        "an answer of {operator} was expected by {by}; none is on record",
    ),
    Kind.VERIFY: (
        "removal is expected to take effect by {by}",
        "removal was expected to take effect by {by}; that has not been seen yet",
    ),
    Kind.EXCLUSION_ENDS: (
        "the exclusion may end on {by}{window}",
        "the exclusion may have ended on {by}{window}; no look since then is on record",
    ),
    Kind.EXPECTED_CLEAR: (
        "the listing should expire by itself by {by}{window}",
        "the listing should have expired by itself by {by}{window}; no look since then is on record",
    ),
    Kind.KEEP_ALIVE: (
        "to be renewed by {by}{window}",
        "to be renewed since {by}{window}",
    ),
}
_WHO = {Who.PROVIDER: " by the provider of the address", Who.ANYONE: "; anybody may do so"}


def _window(reminder: Reminder) -> str:
    rule = reminder.window
    if rule is None:
        return ""
    if reminder.kind is Kind.EXPECTED_CLEAR:
        return f" ({span(rule.after)} after it was last seen)"
    has_step = reminder.case.list.has_confirmation and rule.origin is not Origin.SUBMITTED
    after = "confirmation" if has_step else "request"
    unsure = ", which is not confirmed yet" if reminder.provisional else ""
    return f" ({span(rule.after)} after the {'request' if unsure else after}{unsure}; {rule.basis})"
