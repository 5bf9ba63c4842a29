"""What a calendar tells: the days of windows, what is to be done by when, and what became of what was told before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from delist.rules.addresses import order
from delist.rules.lifecycle import Request, State, by_submission
from delist.rules.moments import Moment
from delist.rules.reminders import Kind, Reminder
from delist.rules.windows import Case

# What has no window is told if it is due within this time.
AHEAD = timedelta(days=366)
# What was cancelled is repeated for so long, for calendars that are read but now and then.
REPEATED = timedelta(days=366)
_ALARM = time(9)


class Part(StrEnum):
    """As what a date is told: a day in the calendar, or a task."""

    EVENT = "event"
    TASK = "task"


class Words(NamedTuple):
    """What is said of a date; the page where something can be done and the site, each None if there is none."""

    summary: str
    description: str
    url: str | None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """One event or task.

    `subject` is the uid of the request or listing episode that it is about. `day` is the local day of a window, and
    then `due_at` is None; else `due_at` is the UTC instant of a task. `begins` is the local day from which on there is
    something to do, None if that is not before `day`; `alarm` counts from the begin of `day`, or from `due_at`.
    """

    uid: str
    part: Part
    kind: Kind
    subject: str
    address: str
    list: str
    site: str | None
    day: date
    due_at: datetime | None
    begins: date | None
    alarm: timedelta
    provisional: bool
    words: Words


class How(StrEnum):
    """How a date ended: what it asks for was done, or it does not matter any more."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Ending(NamedTuple):
    """How a date ended, and at which UTC instant it was done."""

    how: How
    at: datetime | None = None


CANCELLED = Ending(How.CANCELLED)


@dataclass(frozen=True, slots=True)
class Told:
    """A date as it was told last: the how manieth telling (from 0), since when (UTC), and how it ended, if it did."""

    date: Date
    sequence: int
    changed_at: datetime
    ending: Ending | None = None


def dates(reminder: Reminder, words: Words, zone: ZoneInfo) -> tuple[Date, ...]:
    """Return what a calendar tells of a reminder: of a window its day and a task, of others a task."""
    if reminder.window_on is None:
        return (_task(reminder, words, zone),)
    return tuple(_of_window(reminder, reminder.window_on, words, zone, part) for part in Part)


def _of_window(reminder: Reminder, day: date, words: Words, zone: ZoneInfo, part: Part) -> Date:
    begins = reminder.due_at.astimezone(zone).date()
    alarm = datetime.combine(begins, _ALARM) - datetime.combine(day, time())
    first = begins if begins < day else None
    return _date(reminder, part, day, None, first, alarm, words)


def _task(reminder: Reminder, words: Words, zone: ZoneInfo) -> Date:
    day = reminder.due_at.astimezone(zone).date()
    return _date(reminder, Part.TASK, day, reminder.due_at, None, timedelta(), words)


def _date(
    reminder: Reminder,
    part: Part,
    day: date,
    due_at: datetime | None,
    begins: date | None,
    alarm: timedelta,
    words: Words,
) -> Date:
    subject, case = reminder.id.partition("/")[0], reminder.case
    # Without the day: a confirmation that is corrected, or comes at last, moves the date that was told.
    rule = f"{reminder.window.after}-{reminder.window.basis}" if reminder.window else ""
    return Date(
        uid=f"{subject}-{reminder.kind}-{rule}-{part}@delist",
        part=part,
        kind=reminder.kind,
        subject=subject,
        address=case.address,
        list=case.list.key,
        site=case.site,
        day=day,
        due_at=due_at,
        begins=begins,
        alarm=alarm,
        provisional=reminder.provisional,
        words=words,
    )


def distinct(found: Iterable[Date]) -> list[Date]:
    """Return dates in order of day, address and list, those that would share a uid numbered by their days."""
    ordered = sorted(found, key=_order)
    seen: dict[str, int] = {}
    for place, each in enumerate(ordered):
        seen[each.uid] = count = seen.get(each.uid, 0) + 1
        if count > 1:
            ordered[place] = replace(each, uid=each.uid.replace("@delist", f"-{count}@delist"))
    return ordered


def _order(each: Date) -> tuple[date, bytes, str, str]:
    return each.day, order(each.address), each.list, each.uid


def retold(
    before: Mapping[str, Told], now: Iterable[Date], cases: Mapping[tuple[str, str], Case], at: datetime, zone: ZoneInfo
) -> list[Told]:
    """Return everything that was ever told or is to be told at a UTC instant, in order of day, address and list.

    What differs from the last telling is told anew. Nothing is left out: what is gone has ended.
    """
    found = {each.uid: each for each in distinct(now)}
    told = [_again(before.get(uid), each, None, at) for uid, each in found.items()]
    for uid, last in before.items():
        if uid not in found:
            case = cases.get((last.date.address, last.date.list))
            told.append(_again(last, last.date, ending_of(last.date, case, zone), at))
    return sorted(told, key=lambda each: _order(each.date))


def _again(last: Told | None, each: Date, ending: Ending | None, at: datetime) -> Told:
    if last is None:
        return Told(each, 0, at, ending)
    if (last.date, last.ending) == (each, ending):
        return last
    # A clock that was set back, or a look at an earlier moment, must not make the newer telling look older.
    return Told(each, last.sequence + 1, max(at, last.changed_at), ending)


def is_shown(told: Told, at: datetime) -> bool:
    """Whether a date belongs into a calendar written at a UTC instant: it lives, or ended not too long ago."""
    if told.ending is None:
        return True
    last = max(told.date.day, told.changed_at.date())
    return at.date() <= last + REPEATED


def ending_of(gone: Date, case: Case | None, zone: ZoneInfo) -> Ending:
    """Return how a date ended that is not to be told any more: done, if the records say that a task was done."""
    if gone.part is Part.EVENT or case is None:
        return CANCELLED
    request = next((each for each in case.requests if each.uid == gone.subject), None)
    done = _listing_done(gone, case, zone) if request is None else _request_done(gone.kind, request, case, zone)
    return Ending(How.COMPLETED, done.earliest(zone)) if done else CANCELLED


def _listing_done(gone: Date, case: Case, zone: ZoneInfo) -> Moment | None:
    """Return when somebody was asked about a listing that wanted it."""
    if gone.kind is not Kind.LISTED or gone.due_at is None:
        return None
    asked = [each.submitted for each in _sent(case) if each.submitted.latest(zone) >= gone.due_at]
    return asked[0] if asked else None


def _request_done(kind: Kind, request: Request, case: Case, zone: ZoneInfo) -> Moment | None:
    if request.state is State.UNDONE:
        return None
    if kind is Kind.CONFIRM:
        return request.confirmed
    if kind is Kind.VERIFY:
        return request.cleared
    if kind is Kind.ANSWER:
        return request.marks.answered or request.confirmed or request.refused or request.cleared
    if kind is Kind.RELISTED and request.relisted is not None:
        later = [each.submitted for each in _sent(case) if by_submission(each) > by_submission(request)]
        return later[0] if later else None
    return None


def _sent(case: Case) -> list[Request]:
    return sorted((each for each in case.requests if each.state is not State.UNDONE), key=by_submission)
