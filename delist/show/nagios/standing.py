"""How things stand, for monitoring systems: whether the nightly run runs, whether a step failed, what is overdue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from delist.actions.steps import RUN, Step
from delist.actions.views import Status
from delist.rules.reminders import Status as Due
from delist.rules.reminders import status_of
from delist.show.lately import age, sentence
from delist.show.nagios.form import CRITICAL, OK, WARNING, line
from delist.show.words import many

SERVICE = "DELIST"
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """How old the nightly run may be before that is a warning, and before it is critical."""

    warning: timedelta
    critical: timedelta


def told(status: Status, limits: Limits, zone: ZoneInfo) -> tuple[int, str]:
    """Return the state (0 to 2) and the line."""
    at = status.moment.latest(zone)
    found = [*_nightly(status, limits, at), *_troubles(status, at), *_overdue(status, zone)]
    state = max((state for state, _ in found), default=OK)
    text = "; ".join(text for _, text in found if text) or "nothing is to be done"
    return state, line(SERVICE, state, text, _data(status, limits, at, zone))


def _nightly(status: Status, limits: Limits, at: datetime) -> Iterator[tuple[int, str]]:
    step = status.lately.nightly
    if step is None:
        yield CRITICAL, "the nightly run has never run"
        return
    far = at - step.started_at
    if far < -_AHEAD:
        # Rehearsed with --on, or recorded by a wrong clock: it would hide for as long that none has run.
        yield WARNING, f"{_name(step)} was last recorded for a time that comes in {age(-far)}"
        return
    state = CRITICAL if far > limits.critical else WARNING if far > limits.warning else OK
    what = f"the nightly run was {age(far)} ago" if step.kind == RUN else f"last was {step.kind}, {age(far)} ago"
    yield state, what


def _troubles(status: Status, at: datetime) -> Iterator[tuple[int, str]]:
    step = status.lately.nightly
    if step is not None and status.lately.is_cut_off(step, at):
        yield WARNING, f"{_name(step)} was cut off, or hangs"
    for each in status.lately.failed:
        yield WARNING, f"{_name(each)} failed: {sentence(each.why or '')}"
    if status.lately.unsure:
        yield WARNING, f"{many(status.lately.unsure, 'notice')} may not have been sent"


def _name(step: Step) -> str:
    return "the nightly run" if step.kind == RUN else step.kind


def _overdue(status: Status, zone: ZoneInfo) -> Iterator[tuple[int, str]]:
    overdue = _count(status, zone, Due.OVERDUE)
    if overdue:
        yield WARNING, f"{many(overdue, 'reminder')} overdue"


def _count(status: Status, zone: ZoneInfo, wanted: Due) -> int:
    return sum(status_of(reminder, status.moment, zone) is wanted for reminder in status.reminders)


def _data(status: Status, limits: Limits, at: datetime, zone: ZoneInfo) -> str:
    step = status.lately.nightly
    # U: the plugin could not tell.
    seconds = f"{max(int((at - step.started_at).total_seconds()), 0)}s" if step else "U"
    ages = f"{int(limits.warning.total_seconds())};{int(limits.critical.total_seconds())}"
    due, overdue = _count(status, zone, Due.DUE), _count(status, zone, Due.OVERDUE)
    return (
        f"age={seconds};{ages};0 listed={len(status.listed)};;;0 due={due};;;0 overdue={overdue};0;;0"
        f" waiting={len(status.waiting)};;;0"
    )
