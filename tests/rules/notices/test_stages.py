"""At which times a reminder is told: once a stage, weekly once it is late, monthly after eight weeks."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.moments import Moment, moment_of
from delist.rules.notices.stages import key_of, stage_of
from delist.rules.reminders import Kind, Reminder
from tests.builders import TOKYO, a_case, a_request

DUE = date(2021, 10, 19)
WINDOW = date(2021, 11, 2)


def at_start(day: date) -> datetime:
    return datetime.combine(day, time(), TOKYO).astimezone(UTC)


def a_reminder(due_on: date = DUE, window_on: date | None = WINDOW) -> Reminder:
    request = a_request()
    kind = Kind.VERIFY if window_on is None else Kind.EXCLUSION_ENDS
    return Reminder("uid/kind", kind, a_case(request), request, at_start(due_on), window_on=window_on)


def stage(reminder: Reminder, day: date) -> str | None:
    return stage_of(reminder, Moment(day), TOKYO)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2021-10-18", None),
        ("2021-10-19", "lead"),
        ("2021-10-25", "lead"),
        ("2021-10-26", "week"),
        ("2021-10-31", "week"),
        ("2021-11-01", "day"),
        ("2021-11-02", "overdue-w0"),
        ("2021-11-08", "overdue-w0"),
        ("2021-11-09", "overdue-w1"),
        ("2021-12-21", "overdue-w7"),
        ("2021-12-28", "overdue-w7"),
        ("2022-01-01", "overdue-w7"),
        ("2022-01-02", "overdue-m2"),
        ("2022-02-01", "overdue-m2"),
        ("2022-02-02", "overdue-m3"),
        ("2023-11-02", "overdue-m24"),
    ],
)
def test_a_window_is_told_at_its_lead_a_week_and_a_day_before_then_weekly_then_monthly(
    day: str, expected: str | None
) -> None:
    assert stage(a_reminder(), date.fromisoformat(day)) == expected


@pytest.mark.parametrize(
    ("days_after", "expected"),
    [(-1, None), (0, "due"), (6, "due"), (7, "due-w1"), (55, "due-w7"), (58, "due-w7"), (61, "due-m2"), (92, "due-m3")],
)
def test_what_has_no_window_is_told_when_due_then_weekly_then_monthly(days_after: int, expected: str | None) -> None:
    assert stage(a_reminder(window_on=None), DUE + timedelta(days=days_after)) == expected


@pytest.mark.parametrize(
    ("lead", "stages"),
    [
        (0, ["overdue-w0"]),
        (1, ["lead", "overdue-w0"]),
        (2, ["lead", "day", "overdue-w0"]),
        (7, ["lead", "day", "overdue-w0"]),
        (8, ["lead", "week", "day", "overdue-w0"]),
    ],
)
def test_a_short_lead_has_no_stage_of_its_own_beside_the_day(lead: int, stages: list[str]) -> None:
    reminder = a_reminder(WINDOW - timedelta(days=lead))
    days = [WINDOW - timedelta(days=lead - each) for each in range(lead + 1)]
    assert list(dict.fromkeys(stage(reminder, day) for day in days)) == stages


def test_only_the_present_stage_counts_what_was_missed_is_not_made_up_for() -> None:
    assert stage(a_reminder(), date(2021, 11, 30)) == "overdue-w4"


def test_what_was_put_off_beyond_its_day_is_told_weekly_from_then_on() -> None:
    put_off = replace(a_reminder(), due_at=at_start(date(2021, 11, 20)))
    assert stage(put_off, date(2021, 11, 19)) is None
    assert stage(put_off, date(2021, 11, 20)) == "overdue-w0"
    assert stage(put_off, date(2021, 11, 27)) == "overdue-w1"


def test_what_is_due_on_another_day_than_before_is_told_anew() -> None:
    before, after = a_reminder(window_on=None), a_reminder(DUE - timedelta(days=3), None)
    assert key_of(before, "due", TOKYO) != key_of(after, "due", TOKYO)
    later_that_day = replace(before, due_at=before.due_at + timedelta(hours=5))
    assert key_of(before, "due", TOKYO) == key_of(later_that_day, "due", TOKYO)


def test_a_reminder_due_in_the_afternoon_has_no_stage_in_the_morning() -> None:
    reminder = replace(a_reminder(window_on=None), due_at=at_start(DUE) + timedelta(hours=15))
    morning = moment_of(at_start(DUE) + timedelta(hours=9), TOKYO)
    assert stage_of(reminder, morning, TOKYO) is None
    assert stage_of(reminder, Moment(DUE), TOKYO) == "due"


days = st.dates(date(2021, 1, 1), date(2024, 12, 31))


@given(days, st.none() | st.integers(0, 60), st.integers(1, 10))
def test_looked_at_every_day_for_two_years_it_is_told_once_a_stage_and_ever_more_rarely(
    due_on: date, lead: int | None, looks_a_day: int
) -> None:
    window_on = None if lead is None else due_on + timedelta(days=lead)
    reminder = a_reminder(due_on, window_on)
    told: dict[str, date] = {}
    order: list[str] = []
    for each in range(-3, 730):
        for _ in range(looks_a_day):
            day = due_on + timedelta(days=each)
            found = stage(reminder, day)
            if found is not None and (not order or order[-1] != found):
                order.append(found)
            if found is not None:
                told.setdefault(key_of(reminder, found, TOKYO), day)
    # No stage comes back once it is over: as many messages as stages, however often anybody looks.
    assert len(order) == len(set(order)) == len(told)
    late = window_on or due_on
    after = [day for day in told.values() if day >= late]
    assert all(later - earlier >= timedelta(days=7) for earlier, later in itertools.pairwise(after))
    much_later = [day for day in after if day >= late + timedelta(weeks=8)]
    assert all(later - earlier >= timedelta(days=28) for earlier, later in itertools.pairwise(much_later))
    assert len(after) >= 8 + 20
