"""Windows and the eight kinds of reminder: when each is due, when it goes away, and how urgent it is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from delist.errors import NotAllowed
from delist.rules.history import Event, Marks, Trust
from delist.rules.lifecycle import Request, State, applied, move
from delist.rules.listings import Episode, SightingSource
from delist.rules.lists import Basis, ListEntry, Mode, Origin, Removal, Who, WindowKind, WindowRule
from delist.rules.moments import Moment, Period, end_of, moment_of, parse_period, period_between, start_of
from delist.rules.reminders import (
    ACKNOWLEDGEABLE,
    Kind,
    Policy,
    Reminder,
    Status,
    horizon,
    link_of,
    most_urgent,
    next_attention,
    reminders_of,
    status_of,
)
from delist.rules.windows import Case, Observation, can_count, lead_days, observation_of, windows_of
from tests.builders import CATALOGUE, PBL, POLICY, TOKYO, a_case, a_list, a_request, an_entry, moment

CONFIRMED = a_request(state=State.CONFIRMED, confirmed=moment("2021-05-02 11:00"))
CLEARED = replace(CONFIRMED, state=State.CLEARED, cleared=moment("2021-05-02 12:40"))
RELISTED = replace(CLEARED, state=State.RELISTED, relisted=moment("2021-11-02"))
REFUSED = a_request(state=State.REFUSED, refused=moment("2021-05-03 10:00"))
WITHDRAWN = replace(CLEARED, state=State.WITHDRAWN, withdrawn=moment("2021-06-01"))
UNDONE = a_request(state=State.UNDONE)
SECOND = a_request(number=2, uid="00000000-0000-7000-8000-000000000002", submitted=moment("2021-11-02 12:00"))
PLAIN = a_list()
SPAMCOP = CATALOGUE.get("spamcop")
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in ("Asia/Tokyo", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Kiritimati", "Pacific/Pago_Pago")
    ]
)


def utc(local: str) -> datetime:
    """The instant of a local time in Tokyo."""
    return datetime.fromisoformat(local).replace(tzinfo=TOKYO).astimezone(UTC)


def a_window(after: str, kind: WindowKind = WindowKind.EXCLUSION_ENDS, origin: Origin = Origin.CONFIRMED) -> WindowRule:
    return WindowRule(parse_period(after), kind, Basis.STATED, "a page", origin)


def an_episode(started: str = "2021-11-02", last: str | None = None, uid: str = "e1") -> Episode:
    begun = moment(started)
    return Episode(uid, None, SightingSource.HAND, begun, moment(last) if last else begun)


def of_kind(kind: Kind, case: Case, policy: Policy = POLICY) -> list[Reminder]:
    return [reminder for reminder in reminders_of(case, policy) if reminder.kind is kind]


def the_one(kind: Kind, case: Case, policy: Policy = POLICY) -> Reminder:
    (found,) = of_kind(kind, case, policy)
    return found


def kinds(reminders: Iterable[Reminder]) -> list[Kind]:
    return sorted(reminder.kind for reminder in reminders)


def snoozed(request: Request, *untils: str) -> Request:
    """The request with the reminder of its first window put off, one time after another."""
    for until in untils:
        request = applied(request, an_entry(Event.SNOOZED, kind="exclusion-ends", ref="2021-11-02", until=until))
    return request


def due_at(case: Case, when: str, policy: Policy = POLICY) -> list[Kind]:
    """What is due or overdue at a moment."""
    now = moment(when)
    found = reminders_of(case, policy)
    return kinds(reminder for reminder in found if status_of(reminder, now, policy.zone) is not Status.UPCOMING)


# The story of the article, as the rules tell it.


def test_the_story_of_the_article() -> None:
    assert due_at(a_case(a_request()), "2021-05-02 12:00") == [Kind.CONFIRM]
    held = a_case(CLEARED)
    assert due_at(held, "2021-10-13") == []
    assert due_at(held, "2021-10-19") == [Kind.EXCLUSION_ENDS]
    first, _ = of_kind(Kind.EXCLUSION_ENDS, held)
    assert (first.window_on, first.window and first.window.basis) == (date(2021, 11, 2), Basis.OBSERVED)
    again = a_case(RELISTED, episode=an_episode())
    assert kinds(reminders_of(again, POLICY)) == [Kind.RELISTED]
    second = replace(SECOND, state=State.CONFIRMED, confirmed=moment("2021-11-02"))
    windows = windows_of(second, a_case(RELISTED, second))
    assert [window.on for window in windows] == [date(2022, 5, 2), date(2022, 11, 2)]


# Windows.


@pytest.mark.parametrize(
    ("confirmed", "days"),
    [
        ("2021-05-02 11:00", ["2021-11-02", "2022-05-02"]),
        ("2021-08-31", ["2022-02-28", "2022-08-31"]),
        ("2023-08-31", ["2024-02-29", "2024-08-31"]),
        ("2024-02-29", ["2024-08-29", "2025-02-28"]),
        ("2021-05-02 23:59", ["2021-11-02", "2022-05-02"]),
        ("2021-05-03 00:01", ["2021-11-03", "2022-05-03"]),
    ],
)
def test_windows_count_in_calendar_months_from_the_confirmation(confirmed: str, days: list[str]) -> None:
    request = a_request(state=State.CONFIRMED, submitted=moment("2021-01-01"), confirmed=moment(confirmed))
    assert [window.on.isoformat() for window in windows_of(request, a_case(request))] == days


def test_a_confirmation_late_in_the_evening_counts_for_the_day_of_the_operators_zone() -> None:
    late = datetime(2021, 5, 2, 10, 30, tzinfo=UTC)
    days = {}
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo"):
        confirmed = moment_of(late, ZoneInfo(name))
        request = a_request(state=State.CONFIRMED, confirmed=confirmed)
        days[name] = windows_of(request, a_case(request))[0].on
    assert days == {
        "Pacific/Kiritimati": date(2021, 11, 3),
        "Pacific/Pago_Pago": date(2021, 11, 1),
        "Asia/Tokyo": date(2021, 11, 2),
    }


def test_until_it_is_confirmed_windows_run_provisionally_from_the_submission() -> None:
    request = a_request(submitted=moment("2021-05-01 10:00"))
    assert [(w.on, w.provisional) for w in windows_of(request, a_case(request))] == [
        (date(2021, 11, 1), True),
        (date(2022, 5, 1), True),
    ]
    confirmed = replace(request, state=State.CONFIRMED, confirmed=moment("2021-05-02"))
    assert [(w.on, w.provisional) for w in windows_of(confirmed, a_case(confirmed))] == [
        (date(2021, 11, 2), False),
        (date(2022, 5, 2), False),
    ]


def test_without_a_confirmation_step_the_submission_is_the_confirmation_date() -> None:
    request = a_request(submitted=moment("2021-05-01 10:00"))
    (window,) = windows_of(request, a_case(request, list=a_list(windows=(a_window("P6M"),))))
    assert (window.on, window.provisional) == (date(2021, 11, 1), False)


def test_a_window_may_count_from_the_submission() -> None:
    entry = a_list(confirm_within=parse_period("PT1H"), windows=(a_window("P6M", origin=Origin.SUBMITTED),))
    request = replace(CONFIRMED, submitted=moment("2021-04-20"), asked=moment("2021-04-20"))
    (window,) = windows_of(request, a_case(request, list=entry))
    assert window.on == date(2021, 10, 20)


def test_after_an_appeal_windows_run_from_the_appeal() -> None:
    appealed = a_request(asked=moment("2021-06-01"))
    assert windows_of(appealed, a_case(appealed))[0].on == date(2021, 12, 1)


def test_an_expiry_is_no_window_of_a_request() -> None:
    request = a_request(list="spamcop")
    assert windows_of(request, a_case(request, list=SPAMCOP)) == ()


@pytest.mark.parametrize(("seen", "survived"), [(None, 0), ("2021-11-02", 0), ("2021-11-03", 1), ("2022-05-03", 2)])
def test_a_window_is_survived_by_a_clear_look_later_than_its_day(seen: str | None, survived: int) -> None:
    case = a_case(CLEARED, last_clear=moment(seen) if seen else None)
    assert [window.survived for window in windows_of(CLEARED, case)] == [True] * survived + [False] * (2 - survived)
    assert len(of_kind(Kind.EXCLUSION_ENDS, case)) == 2 - survived


# Own observations.


def own(after: str, days: int = 0) -> Observation:
    return Observation(9, "203.0.113.9", "spamhaus-pbl", parse_period(after), days)


def test_a_cleared_request_that_came_back_after_thirty_days_is_an_observation() -> None:
    found = observation_of(RELISTED, True)
    assert found == Observation(1, "203.0.113.7", "spamhaus-pbl", Period(months=6), 184)


@pytest.mark.parametrize(
    ("relisted", "after"),
    [
        ("2021-05-31", None),
        ("2021-06-01", "P30D"),
        ("2021-06-02", "P1M"),
        ("2021-10-20", "P171D"),
        ("2022-05-02", "P1Y"),
    ],
)
def test_an_observation_is_thirty_days_or_longer_and_whole_months_where_the_days_match(
    relisted: str, after: str | None
) -> None:
    found = observation_of(replace(RELISTED, relisted=moment(relisted)), True)
    assert (str(found.after) if found else None) == after


@pytest.mark.parametrize(
    "request_",
    [
        replace(RELISTED, cleared=None),
        replace(RELISTED, confirmed=None),
        CLEARED,
        WITHDRAWN,
        replace(RELISTED, state=State.UNDONE),
    ],
    ids=["never cleared", "never confirmed", "not relisted", "given up", "undone"],
)
def test_what_was_not_cleared_or_not_relisted_shows_no_interval(request_: Request) -> None:
    assert observation_of(request_, True) is None


def test_without_a_confirmation_step_an_observation_counts_from_the_submission() -> None:
    found = observation_of(replace(RELISTED, confirmed=None, submitted=moment("2021-05-01")), False)
    assert found is not None
    assert found.days == 184
    appealed = observation_of(replace(RELISTED, confirmed=None, asked=moment("2021-05-10")), False)
    assert appealed is not None
    assert appealed.days == 176


@pytest.mark.parametrize(
    ("observed", "days"),
    [
        ("P4M", ["2021-09-02", "2021-11-02", "2022-05-02"]),
        ("P183D", ["2021-11-01", "2021-11-02", "2022-05-02"]),
        ("P184D", ["2021-11-02", "2022-05-02"]),
        ("P6M", ["2021-11-02", "2022-05-02"]),
        ("P9M", ["2021-11-02", "2022-05-02"]),
    ],
)
def test_an_own_observation_adds_a_window_if_it_is_earlier_than_every_shipped_one(
    observed: str, days: list[str]
) -> None:
    found = windows_of(CLEARED, a_case(CLEARED, own=own(observed)))
    assert [window.on.isoformat() for window in found] == days


def test_an_own_window_says_that_it_was_observed_and_on_which_request() -> None:
    first = windows_of(CLEARED, a_case(CLEARED, own=own("P4M")))[0]
    assert first.rule.basis is Basis.OBSERVED
    assert "request 9" in first.rule.source


def test_an_own_observation_is_the_only_window_of_a_list_that_ships_none() -> None:
    request = a_request()
    (window,) = windows_of(request, a_case(request, list=PLAIN, own=own("P9M")))
    assert window.on == date(2022, 2, 2)


def test_whether_an_observation_is_earlier_depends_on_the_request() -> None:
    """Half a year is 181 days from the last of August and 184 from the second of May."""
    august = a_request(state=State.CONFIRMED, submitted=moment("2021-08-31"), confirmed=moment("2021-08-31"))
    assert len(windows_of(august, a_case(august, own=own("P182D")))) == 2
    assert len(windows_of(CLEARED, a_case(CLEARED, own=own("P182D")))) == 3


LENGTHS = st.builds(Period, st.integers(0, 24), st.integers(0, 40)).filter(lambda length: length.months or length.days)
DAYS = st.dates(date(1996, 1, 1), date(2150, 1, 1))


@given(seen=DAYS, length=LENGTHS, first=DAYS, shipped=LENGTHS)
@example(seen=date(2021, 5, 2), length=Period(months=6), first=date(2021, 8, 31), shipped=Period(days=182))
def test_an_observation_that_adds_a_window_to_any_request_can_count(
    seen: date, length: Period, first: date, shipped: Period
) -> None:
    last = length.after_day(seen)
    shown = Observation(9, "203.0.113.9", "example", period_between(seen, last), (last - seen).days)
    entry = a_list(windows=(WindowRule(shipped, WindowKind.EXCLUSION_ENDS, Basis.STATED, "a page"),))
    request = a_request(submitted=Moment(first))
    added = len(windows_of(request, a_case(request, list=entry, own=shown))) == 2
    assert can_count(shown, entry) or not added


def test_an_own_window_reminds_like_a_shipped_one() -> None:
    reminders = of_kind(Kind.EXCLUSION_ENDS, a_case(CLEARED, own=own("P4M")))
    assert [reminder.ref for reminder in reminders] == ["2021-09-02", "2021-11-02", "2022-05-02"]
    assert reminders[0].due_at == utc("2021-08-19")


# Lead.


@pytest.mark.parametrize(
    ("window", "lead", "days"),
    [
        ("P6M", "P14D", 14),
        ("P1M", "P14D", 7),
        ("P30D", "P14D", 7),
        ("P3D", "P14D", 0),
        ("P1D", "P14D", 0),
        ("P6M", "P1M", 31),
        ("P6M", "P1Y", 46),
        ("P6M", "P0D", 0),
    ],
)
def test_the_lead_is_never_more_than_a_quarter_of_the_window(window: str, lead: str, days: int) -> None:
    start = date(2021, 5, 2)
    assert lead_days(start, parse_period(window).after_day(start), parse_period(lead)) == days


def test_the_lead_for_a_list_is_the_operators_then_the_catalogues_then_the_default() -> None:
    entry = a_list(lead=Period(days=20))
    policy = Policy(TOKYO, Period(days=10), {"example": Period()})
    assert policy.lead_of(entry) == Period()
    assert replace(policy, leads={}).lead_of(entry) == Period(days=20)
    assert replace(policy, leads={}).lead_of(a_list()) == Period(days=10)
    assert Policy(TOKYO).lead_of(a_list()) == Period(days=14)


@given(
    DAYS,
    st.builds(Period, st.integers(0, 36), st.integers(0, 800)).filter(lambda period: period.months or period.days),
    st.builds(Period, st.integers(0, 24), st.integers(0, 800)),
    ZONES,
    st.booleans(),
)
def test_a_window_lies_after_its_confirmation_and_its_lead_never_reaches_back_to_it(
    day: date, after: Period, lead: Period, zone: ZoneInfo, recurs: bool
) -> None:
    kind = WindowKind.KEEP_ALIVE if recurs else WindowKind.EXCLUSION_ENDS
    entry = a_list(windows=(WindowRule(after, kind, Basis.STATED, "a page"),))
    request = a_request(state=State.CONFIRMED, submitted=Moment(day), confirmed=Moment(day))
    case = a_case(request, list=entry)
    (window,) = windows_of(request, case)
    assert window.on > day
    policy = Policy(zone, lead)
    (reminder,) = [each for each in reminders_of(case, policy) if each.window_on]
    assert end_of(day, zone) < reminder.due_at <= start_of(window.on, zone)
    assert reminder.due_at.astimezone(zone).date() >= window.on - (window.on - day) / 4


def test_a_window_that_counts_from_the_submission_is_never_told_after_its_day() -> None:
    """It may end before the mailed link was opened: the link came late."""
    entry = a_list(confirm_within=parse_period("PT1H"), windows=(a_window("P10D", origin=Origin.SUBMITTED),))
    request = a_request(state=State.CONFIRMED, submitted=moment("2021-05-02"), confirmed=moment("2021-05-22"))
    reminder = the_one(Kind.EXCLUSION_ENDS, a_case(request, list=entry))
    assert reminder.window_on == date(2021, 5, 12)
    assert reminder.due_at <= utc("2021-05-12")


# Each kind: when it is due, and when it goes away.


def test_confirm_is_due_when_the_mail_should_have_been_answered() -> None:
    assert the_one(Kind.CONFIRM, a_case(a_request())).due_at == utc("2021-05-02 11:00")


def test_confirm_counts_a_bare_day_to_its_end() -> None:
    sent = a_request(submitted=moment("2021-05-02"))
    assert the_one(Kind.CONFIRM, a_case(sent)).due_at == utc("2021-05-03 00:59:59")


def test_confirm_counts_from_the_appeal() -> None:
    appealed = a_request(asked=moment("2021-06-01 10:00"))
    assert the_one(Kind.CONFIRM, a_case(appealed)).due_at == utc("2021-06-01 11:00")


@pytest.mark.parametrize("request_", [CONFIRMED, CLEARED, REFUSED, WITHDRAWN, RELISTED, UNDONE], ids=lambda r: r.state)
def test_confirm_goes_away_with_whatever_happens(request_: Request) -> None:
    assert of_kind(Kind.CONFIRM, a_case(request_)) == []


def test_nobody_is_asked_to_confirm_where_there_is_no_such_step() -> None:
    assert of_kind(Kind.CONFIRM, a_case(a_request(), list=PLAIN)) == []


BY_HAND = a_list(answer_within=parse_period("P3D"))


def test_answer_is_due_when_a_list_should_have_answered() -> None:
    case = a_case(a_request(), list=BY_HAND)
    assert the_one(Kind.ANSWER, case).due_at == utc("2021-05-05 10:00")
    assert of_kind(Kind.VERIFY, case) == []


@pytest.mark.parametrize("request_", [CLEARED, REFUSED, WITHDRAWN, RELISTED, UNDONE], ids=lambda r: r.state)
def test_answer_goes_away_with_any_outcome(request_: Request) -> None:
    assert of_kind(Kind.ANSWER, a_case(request_, list=BY_HAND)) == []


def test_an_answer_on_record_leaves_only_the_look_whether_it_took() -> None:
    answered = a_request(marks=Marks(answered=moment("2021-05-04 10:00")))
    case = a_case(answered, list=BY_HAND)
    assert of_kind(Kind.ANSWER, case) == []
    assert the_one(Kind.VERIFY, case).due_at == utc("2021-05-06 10:00")


def test_an_answer_from_before_the_appeal_does_not_count() -> None:
    marks = Marks(answered=moment("2021-05-03 10:00"))
    appealed = a_request(asked=moment("2021-06-01 10:00"), marks=marks)
    assert the_one(Kind.ANSWER, a_case(appealed, list=BY_HAND)).due_at == utc("2021-06-04 10:00")


def test_verify_is_due_when_a_confirmed_removal_should_show() -> None:
    assert the_one(Kind.VERIFY, a_case(CONFIRMED)).due_at == utc("2021-05-03 11:00")


def test_verify_chases_a_submission_where_nothing_else_follows_it() -> None:
    assert the_one(Kind.VERIFY, a_case(a_request(), list=PLAIN)).due_at == utc("2021-05-04 10:00")


def test_verify_waits_for_the_confirmation() -> None:
    assert of_kind(Kind.VERIFY, a_case(a_request())) == []


@pytest.mark.parametrize("request_", [CLEARED, RELISTED, REFUSED, WITHDRAWN, UNDONE], ids=lambda r: r.state)
def test_verify_goes_away_once_it_is_known_how_it_went(request_: Request) -> None:
    assert of_kind(Kind.VERIFY, a_case(request_)) == []


@pytest.mark.parametrize("request_", [CONFIRMED, CLEARED], ids=lambda r: r.state)
def test_each_window_reminds_a_lead_ahead(request_: Request) -> None:
    found = of_kind(Kind.EXCLUSION_ENDS, a_case(request_))
    assert [(reminder.window_on, reminder.due_at) for reminder in found] == [
        (date(2021, 11, 2), utc("2021-10-19")),
        (date(2022, 5, 2), utc("2022-04-18")),
    ]
    assert [reminder.window and reminder.window.basis for reminder in found] == [Basis.OBSERVED, Basis.STATED]
    assert len({reminder.id for reminder in found}) == 2


def test_the_lead_ends_where_the_local_day_begins_even_if_it_has_no_midnight() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    request = a_request(state=State.CONFIRMED, submitted=moment("2018-05-18"), confirmed=moment("2018-05-18"))
    first = of_kind(Kind.EXCLUSION_ENDS, a_case(request), Policy(sao_paulo))[0]
    assert first.window_on == date(2018, 11, 18)
    assert first.due_at == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert status_of(first, Moment(date(2018, 11, 3)), sao_paulo) is Status.UPCOMING
    assert status_of(first, Moment(date(2018, 11, 4)), sao_paulo) is Status.DUE


def test_a_forgotten_confirmation_does_not_lose_the_window() -> None:
    found = of_kind(Kind.EXCLUSION_ENDS, a_case(a_request()))
    assert [(reminder.window_on, reminder.provisional) for reminder in found] == [
        (date(2021, 11, 2), True),
        (date(2022, 5, 2), True),
    ]
    assert not any(reminder.provisional for reminder in of_kind(Kind.EXCLUSION_ENDS, a_case(CONFIRMED)))


def test_an_overdue_window_stays_beside_the_later_one() -> None:
    case = a_case(CLEARED)
    now = moment("2022-04-20")
    found = of_kind(Kind.EXCLUSION_ENDS, case)
    assert [status_of(reminder, now, TOKYO) for reminder in found] == [Status.OVERDUE, Status.DUE]


def test_an_acknowledged_window_goes_away_alone() -> None:
    seen = applied(CLEARED, an_entry(Event.ACKNOWLEDGED, kind="exclusion-ends", ref="2021-11-02"))
    assert [reminder.ref for reminder in of_kind(Kind.EXCLUSION_ENDS, a_case(seen))] == ["2022-05-02"]


@pytest.mark.parametrize("request_", [REFUSED, WITHDRAWN, RELISTED, UNDONE], ids=lambda r: r.state)
def test_windows_go_away_with_the_exclusion(request_: Request) -> None:
    assert of_kind(Kind.EXCLUSION_ENDS, a_case(request_)) == []


def test_windows_go_away_with_a_newer_request() -> None:
    case = a_case(CLEARED, SECOND)
    assert {reminder.request for reminder in of_kind(Kind.EXCLUSION_ENDS, case)} == {SECOND}


def test_a_newer_request_that_was_taken_back_gives_the_windows_back() -> None:
    case = a_case(CLEARED, replace(SECOND, state=State.UNDONE))
    assert {reminder.request for reminder in of_kind(Kind.EXCLUSION_ENDS, case)} == {CLEARED}


def test_expected_clear_is_due_when_the_last_sighting_should_have_expired() -> None:
    case = a_case(list=SPAMCOP, episode=an_episode("2021-11-01 09:00", "2021-11-02 10:00"))
    found = the_one(Kind.EXPECTED_CLEAR, case)
    assert found.due_at == utc("2021-11-03 10:00")
    assert (found.request, found.window_on) == (None, None)


def test_expected_clear_goes_away_when_seen_clear() -> None:
    over = replace(an_episode("2021-11-01"), ended=moment("2021-11-02"))
    assert of_kind(Kind.EXPECTED_CLEAR, a_case(list=SPAMCOP, episode=over)) == []
    assert of_kind(Kind.EXPECTED_CLEAR, a_case(list=SPAMCOP)) == []


def test_what_does_not_expire_by_itself_is_not_expected_to() -> None:
    assert of_kind(Kind.EXPECTED_CLEAR, a_case(episode=an_episode())) == []


YEARLY = a_list(windows=(a_window("P1Y", WindowKind.KEEP_ALIVE),), reopens=("ptr",))


@pytest.mark.parametrize("request_", [CONFIRMED, CLEARED], ids=lambda r: r.state)
def test_keep_alive_is_due_ahead_of_the_day_on_which_a_case_would_open_again(request_: Request) -> None:
    found = the_one(Kind.KEEP_ALIVE, a_case(request_, list=YEARLY))
    assert (found.window_on, found.due_at) == (date(2022, 5, 2), utc("2022-04-18"))


def test_keep_alive_comes_again_each_time_counted_from_the_first_day() -> None:
    leap = a_request(state=State.CONFIRMED, submitted=moment("2024-02-29"), confirmed=moment("2024-02-29"))
    days = []
    for _ in range(4):
        found = the_one(Kind.KEEP_ALIVE, a_case(leap, list=YEARLY))
        days.append(found.ref)
        leap = applied(leap, an_entry(Event.ACKNOWLEDGED, kind="keep-alive", ref=found.ref))
    assert days == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_keep_alive_stays_until_somebody_acts_however_long_it_takes() -> None:
    found = the_one(Kind.KEEP_ALIVE, a_case(CLEARED, list=YEARLY, last_clear=moment("2024-01-01")))
    assert status_of(found, moment("2024-01-02"), TOKYO) is Status.OVERDUE


def test_keep_alive_never_comes_earlier_than_a_quarter_of_its_period_at_any_time() -> None:
    monthly = a_list(windows=(a_window("P1M", WindowKind.KEEP_ALIVE),))
    request = applied(CLEARED, an_entry(Event.ACKNOWLEDGED, kind="keep-alive", ref="2021-06-02"))
    found = the_one(Kind.KEEP_ALIVE, a_case(request, list=monthly))
    assert found.window_on == date(2021, 7, 2)
    assert found.due_at == utc("2021-06-25")


def test_keep_alive_runs_from_the_submission_where_that_is_the_confirmation_date() -> None:
    found = the_one(Kind.KEEP_ALIVE, a_case(a_request(), list=YEARLY))
    assert (found.window_on, found.provisional) == (date(2022, 5, 2), False)


def test_keep_alive_runs_provisionally_until_somebody_confirms() -> None:
    found = the_one(Kind.KEEP_ALIVE, a_case(a_request(), list=replace(YEARLY, confirm_within=Period(seconds=3600))))
    assert (found.window_on, found.provisional) == (date(2022, 5, 2), True)


def test_a_changed_ptr_is_told_at_once_where_it_reopens_a_case() -> None:
    changed = applied(CLEARED, an_entry(Event.NOTED, "2021-07-01 09:00", ptr_changed=True))
    told = [reminder for reminder in of_kind(Kind.KEEP_ALIVE, a_case(changed, list=YEARLY)) if not reminder.window]
    assert [reminder.due_at for reminder in told] == [utc("2021-07-01 09:00")]
    assert of_kind(Kind.KEEP_ALIVE, a_case(changed)) == []


def test_a_changed_ptr_goes_away_when_acknowledged_until_it_changes_again() -> None:
    changed = applied(CLEARED, an_entry(Event.NOTED, "2021-07-01 09:00", ptr_changed=True))
    entry = a_list(reopens=("ptr",))
    ref = the_one(Kind.KEEP_ALIVE, a_case(changed, list=entry)).ref
    seen = applied(changed, an_entry(Event.ACKNOWLEDGED, kind="keep-alive", ref=ref))
    assert of_kind(Kind.KEEP_ALIVE, a_case(seen, list=entry)) == []
    again = applied(seen, an_entry(Event.NOTED, "2021-08-01 09:00", ptr_changed=True))
    assert the_one(Kind.KEEP_ALIVE, a_case(again, list=entry)).due_at == utc("2021-08-01 09:00")


@pytest.mark.parametrize("request_", [REFUSED, WITHDRAWN, RELISTED, UNDONE], ids=lambda r: r.state)
def test_nothing_is_kept_alive_that_has_ended(request_: Request) -> None:
    assert of_kind(Kind.KEEP_ALIVE, a_case(request_, list=YEARLY)) == []


@pytest.mark.parametrize(("relisted", "due"), [("2021-11-02", "2021-11-02 00:00"), ("2021-11-02 08:00",) * 2])
def test_relisted_is_due_at_once(relisted: str, due: str) -> None:
    case = a_case(replace(RELISTED, relisted=moment(relisted)))
    assert the_one(Kind.RELISTED, case).due_at == utc(due)


def test_relisted_goes_away_with_a_new_request_or_when_acknowledged() -> None:
    assert of_kind(Kind.RELISTED, a_case(RELISTED, SECOND)) == []
    seen = applied(RELISTED, an_entry(Event.ACKNOWLEDGED, kind="relisted"))
    assert of_kind(Kind.RELISTED, a_case(seen)) == []


def test_relisted_is_not_silenced_by_a_clear_look() -> None:
    assert kinds(reminders_of(a_case(RELISTED, last_clear=moment("2021-11-05")), POLICY)) == [Kind.RELISTED]


@pytest.mark.parametrize(("started", "due"), [("2021-11-02", "2021-11-02 00:00"), ("2021-11-02 08:00",) * 2])
def test_listed_is_due_at_once_and_belongs_to_no_request(started: str, due: str) -> None:
    found = the_one(Kind.LISTED, a_case(episode=an_episode(started)))
    assert (found.due_at, found.request) == (utc(due), None)


@pytest.mark.parametrize("request_", [a_request(), CONFIRMED], ids=lambda r: r.state)
def test_listed_waits_while_a_request_is_open(request_: Request) -> None:
    assert of_kind(Kind.LISTED, a_case(request_, episode=an_episode())) == []


@pytest.mark.parametrize("request_", [REFUSED, WITHDRAWN, CLEARED, UNDONE], ids=lambda r: r.state)
def test_listed_stands_where_no_request_is_open(request_: Request) -> None:
    assert len(of_kind(Kind.LISTED, a_case(request_, episode=an_episode()))) == 1


def test_listed_goes_away_when_seen_clear_or_acknowledged() -> None:
    over = replace(an_episode(), ended=moment("2021-11-03"))
    assert reminders_of(a_case(episode=over), POLICY) == ()
    marks = Marks(acknowledged=frozenset({("listed", "e1")}))
    assert of_kind(Kind.LISTED, a_case(episode=an_episode(), marks=marks)) == []
    assert len(of_kind(Kind.LISTED, a_case(episode=an_episode(uid="e2"), marks=marks))) == 1


@pytest.mark.parametrize("started", ["2021-10-30", "2021-11-02", "2021-11-02 08:00", "2021-12-01"])
def test_listed_never_stands_beside_relisted(started: str) -> None:
    case = a_case(RELISTED, episode=an_episode(started))
    assert kinds(reminders_of(case, POLICY)) == [Kind.RELISTED]


def test_listed_stands_for_a_new_listing_after_relisted_was_acknowledged() -> None:
    seen = applied(RELISTED, an_entry(Event.ACKNOWLEDGED, kind="relisted"))
    assert reminders_of(a_case(seen, episode=an_episode("2021-11-02")), POLICY) == ()
    assert kinds(reminders_of(a_case(seen, episode=an_episode("2021-12-01")), POLICY)) == [Kind.LISTED]


@pytest.mark.parametrize(
    "entry",
    [
        a_list(who=Who.NOBODY),
        a_list(removal=Removal(mode=Mode.NONE)),
        a_list(removal=Removal(mode=Mode.WAIT)),
        a_list(closed=date(2024, 6, 5)),
        *(entry for entry in CATALOGUE.all() if not entry.can_be_asked),
    ],
    ids=lambda entry: f"{entry.key}-{entry.who}-{entry.removal.mode}",
)
def test_listed_never_asks_for_what_nobody_can_do(entry: ListEntry) -> None:
    assert of_kind(Kind.LISTED, a_case(list=entry, episode=an_episode())) == []


# Status, order, snoozing.


@pytest.mark.parametrize(
    ("when", "status"),
    [
        ("2021-10-18", Status.UPCOMING),
        ("2021-10-18 23:59", Status.UPCOMING),
        ("2021-10-19 00:00", Status.DUE),
        ("2021-10-19", Status.DUE),
        ("2021-11-01 23:59", Status.DUE),
        ("2021-11-02 00:00", Status.OVERDUE),
        ("2021-11-02", Status.OVERDUE),
        ("2031-01-01", Status.OVERDUE),
    ],
)
def test_a_window_is_upcoming_then_due_then_overdue_from_its_day_on(when: str, status: Status) -> None:
    first = of_kind(Kind.EXCLUSION_ENDS, a_case(CLEARED))[0]
    assert status_of(first, moment(when), TOKYO) is status


@pytest.mark.parametrize(
    ("when", "status"),
    [("2021-05-01", Status.UPCOMING), ("2021-05-02 10:59", Status.UPCOMING), ("2021-05-02", Status.DUE)],
)
def test_a_bare_day_answers_for_its_end(when: str, status: Status) -> None:
    assert status_of(the_one(Kind.CONFIRM, a_case(a_request())), moment(when), TOKYO) is status


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        (Kind.CONFIRM, a_case(a_request())),
        (Kind.ANSWER, a_case(a_request(), list=BY_HAND)),
        (Kind.VERIFY, a_case(CONFIRMED)),
        (Kind.EXPECTED_CLEAR, a_case(list=SPAMCOP, episode=an_episode())),
        (Kind.RELISTED, a_case(RELISTED)),
        (Kind.LISTED, a_case(episode=an_episode())),
    ],
)
def test_what_has_no_window_is_never_overdue(kind: Kind, case: Case) -> None:
    assert status_of(the_one(kind, case), moment("2099-01-01"), TOKYO) is Status.DUE


@pytest.mark.parametrize("kind", list(Kind))
def test_only_what_does_not_end_by_what_happens_can_be_acknowledged(kind: Kind) -> None:
    assert (kind in ACKNOWLEDGEABLE) is (kind in ("listed", "exclusion-ends", "keep-alive", "relisted"))


def test_a_snoozed_reminder_sleeps_until_its_day_and_comes_back_the_same() -> None:
    asleep = snoozed(CLEARED, "2021-10-25T15:00:00Z")
    before, after = (of_kind(Kind.EXCLUSION_ENDS, a_case(request)) for request in (CLEARED, asleep))
    assert after[0].due_at == utc("2021-10-26")
    assert replace(after[0], due_at=before[0].due_at, case=before[0].case, request=CLEARED) == before[0]
    assert after[1].due_at == before[1].due_at


def test_a_reminder_snoozed_past_its_window_wakes_up_overdue() -> None:
    asleep = snoozed(CLEARED, "2021-11-30T15:00:00Z")
    first = of_kind(Kind.EXCLUSION_ENDS, a_case(asleep))[0]
    assert status_of(first, moment("2021-11-30"), TOKYO) is Status.UPCOMING
    assert status_of(first, moment("2021-12-01"), TOKYO) is Status.OVERDUE


def test_a_snooze_never_wakes_a_reminder_earlier() -> None:
    asleep = snoozed(CLEARED, "2021-06-01T00:00:00Z")
    assert of_kind(Kind.EXCLUSION_ENDS, a_case(asleep))[0].due_at == utc("2021-10-19")


def test_the_last_snooze_counts() -> None:
    asleep = snoozed(CLEARED, "2021-12-24T15:00:00Z", "2021-10-20T15:00:00Z")
    assert of_kind(Kind.EXCLUSION_ENDS, a_case(asleep))[0].due_at == utc("2021-10-21")


def test_a_listing_can_be_snoozed_without_a_request() -> None:
    marks = Marks(snoozed=(("listed", "e1", utc("2021-11-20")), ("expected-clear", "e1", utc("2021-11-21"))))
    case = a_case(list=SPAMCOP, episode=an_episode(), marks=marks)
    assert {reminder.kind: reminder.due_at for reminder in reminders_of(case, POLICY)} == {
        Kind.LISTED: utc("2021-11-20"),
        Kind.EXPECTED_CLEAR: utc("2021-11-21"),
    }


def test_the_most_urgent_come_first_overdue_then_due_then_upcoming() -> None:
    late, soon = of_kind(Kind.EXCLUSION_ENDS, a_case(CLEARED))
    verify = the_one(Kind.VERIFY, a_case(CONFIRMED))
    listed = the_one(Kind.LISTED, a_case(episode=an_episode("2021-11-01")))
    assert most_urgent([soon, listed, verify, late], moment("2021-11-02"), TOKYO) == [late, verify, listed, soon]


@pytest.mark.parametrize(("days", "seen"), [(0, False), (1, True), (30, True)])
def test_so_many_days_ahead_are_whole_days(days: int, seen: bool) -> None:
    first = of_kind(Kind.EXCLUSION_ENDS, a_case(CLEARED))[0]
    assert (first.due_at <= horizon(moment("2021-10-18 10:00"), days, TOKYO)) is seen


def test_a_retired_address_is_left_in_peace() -> None:
    case = a_case(RELISTED, episode=an_episode("2021-12-01"), retired=True)
    assert reminders_of(case, POLICY) == ()
    assert next_attention(case, POLICY) is None


@pytest.mark.parametrize("request_", [REFUSED, WITHDRAWN, UNDONE], ids=lambda r: r.state)
def test_an_ended_request_demands_nothing(request_: Request) -> None:
    assert reminders_of(a_case(request_), POLICY) == ()


_FACTS = st.lists(
    st.tuples(
        st.sampled_from(["confirmed", "cleared", "refused", "appealed", "relisted", "withdrawn", "noted"]).map(Event),
        st.integers(0, 200),
    ),
    max_size=6,
)


def _lived(facts: list[tuple[Event, int]]) -> Request:
    """A request after those facts that the table allows, each some days after the one before."""
    request, day = a_request(submitted=moment("2021-05-02")), date(2021, 5, 2)
    for event, days in facts:
        entry = an_entry(event, Moment(day + timedelta(days=days)), answered=True, ptr_changed=True)
        if event is Event.NOTED:
            request = applied(request, entry)
            continue
        try:
            request = move(request, entry, has_confirmation=False)
        except NotAllowed:
            continue
        day += timedelta(days=days)
    return request


@given(
    _FACTS,
    st.sampled_from([PBL, PLAIN, BY_HAND, YEARLY, SPAMCOP]),
    st.none() | st.integers(0, 500),
    st.none() | st.integers(0, 500),
    ZONES,
    st.integers(0, 1200),
)
def test_the_next_attention_is_the_first_moment_at_which_anything_is_due(
    facts: list[tuple[Event, int]],
    entry: ListEntry,
    listed: int | None,
    clear: int | None,
    zone: ZoneInfo,
    later: int,
) -> None:
    first = date(2021, 5, 2)
    case = a_case(
        _lived(facts),
        list=entry,
        episode=None if listed is None else an_episode((first + timedelta(days=listed)).isoformat()),
        last_clear=None if clear is None else Moment(first + timedelta(days=clear)),
    )
    policy = Policy(zone)
    now = Moment(first + timedelta(days=later))
    reminders = reminders_of(case, policy)
    statuses = [status_of(reminder, now, zone) for reminder in reminders]
    attention = next_attention(case, policy)
    assert any(status is not Status.UPCOMING for status in statuses) == (
        attention is not None and attention <= now.latest(zone)
    )
    assert len({reminder.id for reminder in reminders}) == len(reminders)
    windows = [r for r in reminders if r.window_on]
    assert all(r.window_on and r.due_at <= start_of(r.window_on, zone) for r in windows)


# --- what came by mail ---------------------------------------------------------------------------

CAME = datetime(2021, 5, 2, 1, 5, tzinfo=UTC)


def mailed(request: Request, **changes: Any) -> Request:
    """Return a request after a mail of its list came, five minutes after it was sent."""
    detail = {"mail": "x", "kind": "link", "trust": "genuine", **changes.pop("detail", {})}
    return applied(request, an_entry(Event.MAILED, moment_of(changes.pop("at", CAME), TOKYO), **detail))


def test_a_link_that_came_is_due_at_once_and_no_later_than_the_reminder_to_confirm() -> None:
    (first, *_) = reminders_of(a_case(mailed(a_request())), POLICY)
    assert (first.kind, first.due_at) == (Kind.CONFIRM, CAME)
    late = mailed(a_request(), at=CAME + timedelta(days=1))
    (first, *_) = reminders_of(a_case(late), POLICY)
    assert first.due_at == datetime(2021, 5, 2, 2, 0, tzinfo=UTC)


def test_a_link_counts_from_ten_minutes_before_the_request_and_not_from_an_earlier_asking() -> None:
    sent = datetime(2021, 5, 2, 1, 0, tzinfo=UTC)
    for minutes, counts in ((9, True), (11, False)):
        request = mailed(a_request(), at=sent - timedelta(minutes=minutes))
        assert (link_of(request, TOKYO) is not None) == counts
    appealed = replace(mailed(a_request()), asked=moment("2021-05-09 10:00"))
    assert link_of(appealed, TOKYO) is None


def test_a_genuine_decision_wants_an_answer_until_one_is_noted_and_an_unverified_one_does_not() -> None:
    said = {"kind": "decision", "said": "not-qualified"}
    consumer = CATALOGUE.get("microsoft-consumer")
    request = mailed(a_request(list=consumer.key), detail=said)
    (found,) = [each for each in reminders_of(a_case(request, list=consumer), POLICY) if each.kind is Kind.ANSWER]
    assert (found.due_at, found.ref) == (CAME, "2021-05-02T01:05:00Z")
    answered = applied(request, an_entry(Event.NOTED, "2021-05-02 11:00", answered=True))
    assert Kind.ANSWER not in {each.kind for each in reminders_of(a_case(answered, list=consumer), POLICY)}
    unsure = mailed(a_request(list=consumer.key), detail={**said, "trust": "unverified"})
    (found,) = [each for each in reminders_of(a_case(unsure, list=consumer), POLICY) if each.kind is Kind.ANSWER]
    assert (found.ref, found.due_at > CAME) == ("", True)


def test_what_nobody_can_verify_or_was_rejected_does_not_take_the_place_of_a_genuine_mail() -> None:
    request = mailed(a_request())
    for trust in ("unverified", "rejected"):
        request = mailed(request, at=CAME + timedelta(hours=1), detail={"trust": trust})
    assert request.marks.link is not None
    assert (request.marks.link.at, request.marks.link.trust) == (CAME, Trust.GENUINE)
