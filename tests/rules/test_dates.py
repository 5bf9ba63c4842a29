"""What a calendar tells of a reminder, and what becomes of what was told: nothing vanishes, numbers only rise."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.dates import CANCELLED, Date, Ending, How, Part, Told, Words, dates, is_shown, retold
from delist.rules.history import Marks
from delist.rules.lifecycle import Request, State
from delist.rules.reminders import Kind, Reminder, reminders_of
from delist.rules.windows import Case
from tests.builders import POLICY, TOKYO, a_case, a_request, moment

AT = datetime(2021, 5, 3, tzinfo=UTC)
WORDS = Words("203.0.113.7 on Spamhaus PBL", "Look.", "https://check.spamhaus.org/")


def told_of(case: Case) -> list[Date]:
    """Return what a calendar tells of a case."""
    return [each for reminder in reminders_of(case, POLICY) for each in dates(reminder, WORDS, TOKYO)]


def of_kind(case: Case, kind: Kind, part: Part = Part.TASK) -> Date:
    """Return the first date of a kind that is told of a case."""
    return next(each for each in told_of(case) if (each.kind, each.part) == (kind, part))


def again(before: list[Told], case: Case, at: datetime = AT) -> list[Told]:
    """Return what is told of a case after what was told before."""
    found = {each.date.uid: each for each in before}
    return retold(found, told_of(case), {(case.address, case.list.key): case}, at, TOKYO)


def ending(case: Case, kind: Kind, after: Case, part: Part = Part.TASK) -> Ending | None:
    """Return how the date of a kind ended once the records of a case are others."""
    return next(
        each.ending for each in again(again([], case), after) if (each.date.kind, each.date.part) == (kind, part)
    )


CONFIRMED = a_request(state=State.CONFIRMED, confirmed=moment("2021-05-02"))
CLEARED = replace(CONFIRMED, state=State.CLEARED, cleared=moment("2021-05-03"))
RELISTED = replace(CLEARED, state=State.RELISTED, relisted=moment("2021-11-02"))


def test_a_window_is_a_day_and_a_task_from_the_lead_on() -> None:
    event, task = (of_kind(a_case(CLEARED), Kind.EXCLUSION_ENDS, part) for part in Part)
    for each in (event, task):
        assert (each.day, each.begins, each.due_at) == (date(2021, 11, 2), date(2021, 10, 19), None)
        # Nine o'clock, fourteen days before.
        assert each.alarm == timedelta(days=-14, hours=9)
    assert event.uid == f"{CLEARED.uid}-exclusion-ends-P6M-observed-event@delist"
    assert task.uid == f"{CLEARED.uid}-exclusion-ends-P6M-observed-task@delist"


def test_what_has_no_window_is_a_task_due_at_an_instant() -> None:
    [task] = (each for each in told_of(a_case(a_request())) if each.kind is Kind.CONFIRM)
    assert (task.part, task.due_at, task.begins) == (Part.TASK, datetime(2021, 5, 2, 2, tzinfo=UTC), None)
    assert (task.day, task.alarm) == (date(2021, 5, 2), timedelta())


def test_a_window_put_off_past_its_day_begins_no_earlier_and_rings_when_it_was_put_off_to() -> None:
    until = datetime(2021, 11, 20, tzinfo=UTC)
    marks = Marks(snoozed=((str(Kind.EXCLUSION_ENDS), "2021-11-02", until),))
    found = of_kind(a_case(replace(CLEARED, marks=marks)), Kind.EXCLUSION_ENDS)
    assert (found.day, found.begins, found.alarm) == (date(2021, 11, 2), None, timedelta(days=18, hours=9))


def test_what_is_told_first_has_the_number_nought_and_the_same_again_stays_as_it_is() -> None:
    first = again([], a_case(CLEARED))
    assert {(each.sequence, each.changed_at, each.ending) for each in first} == {(0, AT, None)}
    assert again(first, a_case(CLEARED), AT + timedelta(days=9)) == first


def test_a_confirmation_moves_the_provisional_days_under_their_uids() -> None:
    sent = a_case(a_request(submitted=moment("2021-05-02 10:00")))
    later = a_case(replace(CONFIRMED, confirmed=moment("2021-05-04")))
    before, after = again([], sent), again(again([], sent), later, AT + timedelta(days=1))
    moved = {each.date.uid: each for each in after if each.date.kind is Kind.EXCLUSION_ENDS}
    assert set(moved) == {each.date.uid for each in before if each.date.kind is Kind.EXCLUSION_ENDS}
    assert {each.date.day for each in moved.values()} == {date(2021, 11, 4), date(2022, 5, 4)}
    assert {(each.sequence, each.changed_at) for each in moved.values()} == {(1, AT + timedelta(days=1))}


def test_a_new_request_cancels_the_windows_of_the_one_before_it() -> None:
    second = a_request(number=2, uid="00000000-0000-7000-8000-000000000002", submitted=moment("2021-11-03"))
    after = again(again([], a_case(CLEARED)), a_case(RELISTED, second))
    old = [each for each in after if each.date.subject == CLEARED.uid]
    assert {(each.sequence, each.ending) for each in old} == {(1, CANCELLED)}
    assert len(old) == 4
    assert all(each.ending is None and each.sequence == 0 for each in after if each.date.subject == second.uid)


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        (Kind.CONFIRM, a_request(), CONFIRMED, datetime(2021, 5, 1, 15, tzinfo=UTC)),
        (Kind.VERIFY, CONFIRMED, CLEARED, datetime(2021, 5, 2, 15, tzinfo=UTC)),
        (Kind.CONFIRM, a_request(), replace(CLEARED, confirmed=None), None),
        (Kind.CONFIRM, a_request(), a_request(state=State.WITHDRAWN, withdrawn=moment("2021-05-03")), None),
        (Kind.VERIFY, CONFIRMED, replace(CONFIRMED, state=State.RELISTED, relisted=moment("2021-05-03")), None),
        (Kind.CONFIRM, a_request(), a_request(state=State.UNDONE), None),
    ],
)
def test_a_task_is_completed_by_its_deed_and_by_nothing_else(
    kind: Kind, before: Request, after: Request, expected: datetime | None
) -> None:
    found = ending(a_case(before), kind, a_case(after))
    assert found == (Ending(How.COMPLETED, expected) if expected else CANCELLED)


def test_what_was_listed_again_is_completed_by_the_next_request() -> None:
    second = a_request(number=2, uid="00000000-0000-7000-8000-000000000002", submitted=moment("2021-11-03"))
    found = ending(a_case(RELISTED), Kind.RELISTED, a_case(RELISTED, second))
    assert found == Ending(How.COMPLETED, datetime(2021, 11, 2, 15, tzinfo=UTC))


def test_a_window_that_was_acknowledged_or_survived_is_cancelled() -> None:
    marks = Marks(acknowledged=frozenset({(str(Kind.EXCLUSION_ENDS), "2021-11-02")}))
    acknowledged = a_case(replace(CLEARED, marks=marks))
    survived = a_case(CLEARED, last_clear=moment("2021-11-03"))
    for case in (acknowledged, survived):
        for part in Part:
            assert ending(a_case(CLEARED), Kind.EXCLUSION_ENDS, case, part) == CANCELLED


def test_what_is_told_of_a_retired_address_is_cancelled_but_what_was_done_stays_done() -> None:
    before = again(again([], a_case(a_request())), a_case(CONFIRMED))
    after = again(before, a_case(CONFIRMED, retired=True))
    assert {each.date.kind: each.ending and each.ending.how for each in after} == {
        Kind.CONFIRM: How.COMPLETED,
        Kind.VERIFY: How.CANCELLED,
        Kind.EXCLUSION_ENDS: How.CANCELLED,
    }


def test_what_comes_back_is_told_with_a_higher_number() -> None:
    once = again([], a_case(a_request()))
    done = again(once, a_case(CONFIRMED))
    back = again(done, a_case(a_request()))
    numbers = [next(x.sequence for x in told if x.date.kind is Kind.CONFIRM) for told in (once, done, back)]
    assert numbers == [0, 1, 2]
    assert next(x.ending for x in back if x.date.kind is Kind.CONFIRM) is None


def test_a_clock_set_back_makes_no_newer_telling_look_older() -> None:
    first = again([], a_case(a_request()))
    for each in again(first, a_case(CONFIRMED), AT - timedelta(days=3)):
        assert each.changed_at >= AT or each.sequence == 0


def test_what_ended_is_shown_for_a_year_after_its_day_or_after_it_ended() -> None:
    ended = [each for each in again(again([], a_case(CLEARED)), a_case()) if each.date.day == date(2021, 11, 2)]
    for each in ended:
        assert is_shown(each, datetime(2022, 11, 2, tzinfo=UTC))
        assert not is_shown(each, datetime(2022, 11, 10, tzinfo=UTC))
        late = replace(each, changed_at=datetime(2025, 1, 1, tzinfo=UTC))
        assert is_shown(late, datetime(2025, 12, 31, tzinfo=UTC))
        assert is_shown(replace(each, ending=None), datetime(2030, 1, 1, tzinfo=UTC))


def test_two_dates_never_share_a_uid() -> None:
    twice = told_of(a_case(CLEARED)) * 2
    case = a_case(CLEARED)
    found = retold({}, twice, {(case.address, case.list.key): case}, AT, TOKYO)
    uids = [each.date.uid for each in found]
    assert len(uids) == len(set(uids)) == 8


_DAYS = st.dates(date(2021, 5, 2), date(2022, 6, 1)).map(lambda day: moment(day.isoformat()))
_STATES = st.sampled_from([a_request(), CONFIRMED, CLEARED, RELISTED, a_request(state=State.UNDONE)])


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    """A case as any history may leave it."""
    first = draw(_STATES)
    second = a_request(number=2, uid="00000000-0000-7000-8000-000000000002", submitted=draw(_DAYS))
    acknowledged = draw(st.frozensets(st.sampled_from([(str(kind), "2021-11-02") for kind in Kind]), max_size=2))
    first = replace(first, marks=Marks(acknowledged=acknowledged))
    requests = draw(st.sampled_from([(), (first,), (first, second)]))
    changes = {
        "retired": draw(st.booleans()),
        "last_clear": draw(st.none() | _DAYS),
        "site": draw(st.sampled_from([None, "a"])),
    }
    return a_case(*requests, **changes)


@given(st.lists(_cases(), min_size=1, max_size=6))
def test_whatever_happens_nothing_told_vanishes_and_no_number_falls(history: list[Case]) -> None:
    before: dict[str, Told] = {}
    for step, case in enumerate(history):
        after = again(list(before.values()), case, AT + timedelta(days=step))
        by_uid = {each.date.uid: each for each in after}
        assert len(by_uid) == len(after)
        assert before.keys() <= by_uid.keys()
        current = {each.uid for each in told_of(case)}
        for uid, each in by_uid.items():
            last = before.get(uid)
            assert (each.ending is None) == (uid in current)
            if last is not None:
                is_same = (last.date, last.ending) == (each.date, each.ending)
                assert each.sequence == last.sequence + (not is_same)
                assert each.changed_at >= last.changed_at
        before = by_uid


def test_the_subject_is_the_request_or_the_listing() -> None:
    reminder = Reminder("some-uid/listed/ref", Kind.LISTED, a_case(), None, AT)
    [found] = dates(reminder, WORDS, TOKYO)
    assert (found.subject, found.uid) == ("some-uid", "some-uid-listed--task@delist")
