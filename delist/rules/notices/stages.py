"""Stages: at which times a reminder is told anew, and the key under which it is told once."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from delist.rules.moments import Moment, Period
from delist.rules.reminders import Reminder

_WEEK, _DAY = timedelta(days=7), timedelta(days=1)
# From here on, told by the month.
WEEKS = 8


def stage_of(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str | None:
    """Return the stage that a reminder is in at a moment, None while it is not due.

    With a window: `lead`, `week`, `day`, then `overdue-w0` to `overdue-w7` and `overdue-m2` onwards. Without one:
    `due`, then `due-w1` to `due-w7` and `due-m2` onwards. A stage nobody was told of in time is not made up for.
    """
    if reminder.due_at > moment.latest(zone):
        return None
    due_on, today = _due_on(reminder, zone), moment.on
    if reminder.window_on is None:
        late = _lateness(due_on, today)
        return "due" if late == "w0" else f"due-{late}"
    if today >= reminder.window_on:
        # What was put off beyond its day is told weekly from then on.
        return f"overdue-{_lateness(max(reminder.window_on, due_on), today)}"
    for name, before in (("day", _DAY), ("week", _WEEK)):
        if due_on < reminder.window_on - before <= today:
            return name
    return "lead"


def key_of(reminder: Reminder, stage: str, zone: ZoneInfo) -> str:
    """Return under which key a stage of a reminder is told: put off, or due earlier than it was, it is told anew."""
    return f"{reminder.id}/{_due_on(reminder, zone)}/{stage}"


def _due_on(reminder: Reminder, zone: ZoneInfo) -> date:
    return reminder.due_at.astimezone(zone).date()


def _lateness(since: date, today: date) -> str:
    """Return the week, or after eight the month, that has begun since a day."""
    months = (today.year - since.year) * 12 + today.month - since.month
    if Period(months=months).after_day(since) > today:
        months -= 1
    weeks = (today - since).days // 7
    # Two months are longer than eight weeks: until they are over, the last week goes on.
    return f"m{months}" if weeks >= WEEKS and months >= 2 else f"w{min(max(weeks, 0), WEEKS - 1)}"
