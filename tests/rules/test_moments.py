"""Days, instants and periods: local days in every zone, months that clamp and never chain."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.errors import UsageError
from delist.rules.moments import (
    FIRST_YEAR,
    LAST_YEAR,
    Moment,
    Period,
    elapsed,
    end_of,
    is_month_end,
    moment_of,
    parse_day,
    parse_moment,
    parse_period,
    period_between,
    start_of,
)
from tests.builders import TOKYO, moment

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Tokyo",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "America/Havana",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    )
]
DAYS = st.dates(date(1996, 1, 1), date(2150, 12, 31))
RECORDABLE = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
INSTANTS = st.datetimes(datetime(1996, 1, 1), datetime(2150, 12, 31), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "period", "later"),
    [
        ("2021-05-02", "P6M", "2021-11-02"),
        ("2021-08-31", "P6M", "2022-02-28"),
        ("2023-08-31", "P6M", "2024-02-29"),
        ("2021-08-31", "P1M", "2021-09-30"),
        ("2021-08-30", "P6M", "2022-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2096-02-29", "P4Y", "2100-02-28"),
        ("2024-02-29", "P6M", "2024-08-29"),
        ("2021-12-31", "P2M", "2022-02-28"),
        ("2021-12-31", "P14D", "2022-01-14"),
        ("2021-01-30", "P1M1D", "2021-03-01"),
        ("2021-05-02", "P2W", "2021-05-16"),
        ("2021-05-02", "PT24H", "2021-05-02"),
    ],
)
def test_months_are_counted_by_the_calendar_and_clamped_to_the_last_day(first: str, period: str, later: str) -> None:
    assert parse_period(period).after_day(date.fromisoformat(first)) == date.fromisoformat(later)


def test_a_period_several_times_over_is_counted_from_the_first_day() -> None:
    month = parse_period("P1M")
    days = [month.times(count).after_day(date(2021, 8, 31)) for count in range(1, 8)]
    assert days[0] == date(2021, 9, 30)
    assert days[1] == date(2021, 10, 31)
    assert days[5] == date(2022, 2, 28)
    assert days[6] == date(2022, 3, 31)


def test_every_part_of_a_period_is_multiplied() -> None:
    assert Period(months=1, days=2, seconds=3).times(4) == Period(months=4, days=8, seconds=12)


@given(DAYS, st.integers(1, 36), st.integers(1, 12))
def test_counting_months_from_the_first_day_never_chains(first: date, months: int, count: int) -> None:
    later = Period(months=months).times(count).after_day(first)
    assert (later.year - first.year) * 12 + later.month - first.month == months * count
    assert later.day == first.day or (later.day < first.day and is_month_end(later))


@given(DAYS, st.integers(0, 60), st.integers(0, 800))
def test_a_later_first_day_never_gives_an_earlier_day(first: date, months: int, days: int) -> None:
    period = Period(months=months, days=days)
    assert period.after_day(first) <= period.after_day(first + timedelta(days=1))
    assert period.after_day(first) >= first


@pytest.mark.parametrize(
    ("at", "period", "later"),
    [
        ("2021-05-02T01:00", "PT1H", "2021-05-02T02:00"),
        ("2021-05-02T23:30", "PT24H", "2021-05-03T23:30"),
        ("2021-08-31T23:30", "P6M", "2022-02-28T23:30"),
        ("2021-08-31T23:30", "P6MT1H", "2022-03-01T00:30"),
        ("2021-05-02T01:00", "P2D", "2021-05-04T01:00"),
    ],
)
def test_a_period_counts_from_an_instant_too(at: str, period: str, later: str) -> None:
    assert parse_period(period).after(utc(at)) == utc(later)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P6M", Period(months=6)),
        ("P1Y", Period(months=12)),
        ("P1Y6M", Period(months=18)),
        ("P2W", Period(days=14)),
        ("P14D", Period(days=14)),
        ("PT24H", Period(seconds=86400)),
        ("PT90M", Period(seconds=5400)),
        ("P1DT12H", Period(days=1, seconds=43200)),
        ("P0D", Period()),
    ],
)
def test_a_duration_is_read_as_iso_8601_writes_it(text: str, period: Period) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "6M", "p6m", "P6", "P-6M", "P1.5M", " P6M", "P6M\n", "P6M1Y", "P٦M", "PT1D", "14d"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as P6M"):
        parse_period(text)


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period(), "P0D"),
        (Period(months=18), "P1Y6M"),
        (Period(days=14), "P14D"),
        (Period(seconds=3600), "PT1H"),
        (Period(seconds=6000), "PT1H40M"),
        (Period(days=1, seconds=61), "P1DT1M1S"),
    ],
)
def test_a_period_is_written_in_the_largest_units(period: Period, text: str) -> None:
    assert str(period) == text


@given(st.builds(Period, st.integers(0, 1200), st.integers(0, 36500), st.integers(0, 10**7)))
def test_a_period_reads_back_as_it_was_written(period: Period) -> None:
    assert parse_period(str(period)) == period


@given(st.text(max_size=20) | st.from_regex(r"P(\d{1,5}[YMWD]){0,3}(T\d{0,6}[HMS])?", fullmatch=True), RECORDABLE)
def test_every_duration_that_is_accepted_can_be_counted_from_every_day_on_record(text: str, day: date) -> None:
    try:
        period = parse_period(text)
    except ValueError:
        return
    assert period.after_day(day) >= day
    assert period.after(start_of(day, TOKYO)) >= start_of(day, TOKYO)


@pytest.mark.parametrize("text", ["P9999Y", "P99999M", "P9000Y"])
def test_a_duration_that_leaves_the_calendar_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_period(text)


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("2021-05-02", "2021-11-02", "P6M"),
        ("2021-05-02", "2022-05-02", "P1Y"),
        ("2021-08-31", "2022-02-28", "P6M"),
        ("2021-04-30", "2021-10-31", "P6M"),
        ("2021-02-28", "2021-08-31", "P6M"),
        ("2024-02-29", "2025-02-28", "P1Y"),
        ("2021-08-30", "2022-02-28", "P182D"),
        ("2021-05-02", "2021-11-01", "P183D"),
        ("2021-05-31", "2021-05-31", "P0D"),
        ("2021-05-02", "2021-05-30", "P28D"),
    ],
)
def test_an_interval_is_whole_months_where_the_days_match_and_days_else(first: str, last: str, period: str) -> None:
    assert str(period_between(date.fromisoformat(first), date.fromisoformat(last))) == period


@given(DAYS, st.integers(1, 1500))
def test_an_interval_leads_back_to_its_last_day_or_from_month_end_to_month_end(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = period_between(first, last).after_day(first)
    assert found == last or (is_month_end(first) and is_month_end(last) and found.month == last.month)


@pytest.mark.parametrize(("day", "end"), [("2024-02-28", False), ("2024-02-29", True), ("2021-12-31", True)])
def test_a_month_ends_on_its_last_day(day: str, end: bool) -> None:
    assert is_month_end(date.fromisoformat(day)) is end


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00", "2018-11-05T01:59:59"),
        ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00", "2022-03-27T20:59:59"),
        ("America/Havana", "2021-11-07", "2021-11-07T04:00:00", "2021-11-08T04:59:59"),
        ("Europe/Berlin", "2021-03-28", "2021-03-27T23:00:00", "2021-03-28T21:59:59"),
        ("Europe/Berlin", "2021-10-31", "2021-10-30T22:00:00", "2021-10-31T22:59:59"),
        ("Pacific/Kiritimati", "2021-05-02", "2021-05-01T10:00:00", "2021-05-02T09:59:59"),
        ("Pacific/Pago_Pago", "2021-05-02", "2021-05-02T11:00:00", "2021-05-03T10:59:59"),
    ],
)
def test_a_day_starts_and_ends_where_its_zone_says_even_without_a_midnight(
    zone: str, day: str, start: str, end: str
) -> None:
    where, when = ZoneInfo(zone), date.fromisoformat(day)
    assert start_of(when, where) == utc(start)
    assert end_of(when, where) == utc(end)


@given(DAYS, st.sampled_from(ZONES))
def test_the_second_before_a_day_belongs_to_the_day_before(day: date, zone: ZoneInfo) -> None:
    start = start_of(day, zone)
    assert start.tzinfo is UTC
    assert start.astimezone(zone).date() == day
    assert (start - timedelta(seconds=1)).astimezone(zone).date() < day
    assert end_of(day, zone).astimezone(zone).date() == day


@given(INSTANTS, st.sampled_from(ZONES))
def test_an_instant_lies_within_its_local_day(at: datetime, zone: ZoneInfo) -> None:
    on = moment_of(at, zone).on
    assert start_of(on, zone) <= at < end_of(on, zone) + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Asia/Tokyo", "2021-05-02"), ("Pacific/Kiritimati", "2021-05-03"), ("Pacific/Pago_Pago", "2021-05-02")],
)
def test_a_confirmation_late_in_the_evening_counts_for_the_local_day(zone: str, day: str) -> None:
    late = utc("2021-05-02T14:55")
    assert moment_of(late, ZoneInfo(zone)) == Moment(date.fromisoformat(day), late)


def test_a_bare_day_reaches_from_its_start_to_its_end() -> None:
    day = Moment(date(2021, 5, 2))
    assert day.earliest(TOKYO) == utc("2021-05-01T15:00:00")
    assert day.latest(TOKYO) == utc("2021-05-02T14:59:59")


def test_an_instant_is_its_own_earliest_and_latest() -> None:
    at = moment("2021-05-02 10:00")
    assert at.earliest(TOKYO) == at.latest(TOKYO) == utc("2021-05-02T01:00")


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ("2021-05-01", "2021-05-02", True),
        ("2021-05-02", "2021-05-02", False),
        ("2021-05-02", "2021-05-02 10:00", False),
        ("2021-05-02 10:00", "2021-05-02", False),
        ("2021-05-02 10:00", "2021-05-02 10:01", True),
        ("2021-05-02 10:01", "2021-05-02 10:00", False),
        ("2021-05-02 10:00", "2021-05-02 10:00", False),
        ("2021-05-01 23:59", "2021-05-02", True),
        ("2021-05-03", "2021-05-02 10:00", False),
    ],
)
def test_a_day_is_never_before_or_after_an_instant_of_that_day(one: str, other: str, before: bool) -> None:
    assert moment(one).is_before(moment(other)) is before


def test_instants_compare_as_instants_whatever_zone_their_days_were_taken_in() -> None:
    early, late = utc("2021-05-02T10:00"), utc("2021-05-02T11:00")
    assert moment_of(early, ZoneInfo("Pacific/Kiritimati")).is_before(moment_of(late, ZoneInfo("Pacific/Pago_Pago")))


def test_moments_sort_by_day_then_instant_then_the_bare_day() -> None:
    told = ["2021-05-03", "2021-05-02", "2021-05-02 10:01", "2021-05-02 10:00", "2021-05-01"]
    ordered = sorted(map(moment, told), key=lambda each: each.order)
    assert ordered == [moment(text) for text in reversed(told)]


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        ("2021-05-02 10:00", "2021-05-02 11:40", "PT1H40M"),
        ("2021-05-02 10:00", "2021-05-04 10:00", "P2D"),
        ("2021-05-02", "2021-05-04 11:40", "P2D"),
        ("2021-05-02 10:00", "2021-05-02", "P0D"),
    ],
)
def test_time_elapses_to_the_second_only_between_two_instants(first: str, last: str, span: str) -> None:
    assert str(elapsed(moment(first), moment(last))) == span


def test_a_day_is_read_as_it_is_written() -> None:
    assert parse_day(" 2024-02-29 ") == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2023-02-29", "no day 2023-02-29 in the calendar"),
        ("2021-13-01", "in the calendar"),
        ("2021-5-2", "write it as 2021-05-02"),
        ("20210502", "write it as 2021-05-02"),
        ("02.05.2021", "write it as 2021-05-02"),
        ("tomorrow", "write it as 2021-05-02"),
        ("", "write it as 2021-05-02"),
        ("٢٠٢١-٠٥-٠٢", "write it as 2021-05-02"),
        ("1989-12-31", "1990 to 2199"),
        ("2200-01-01", "1990 to 2199"),
        ("0000-01-01", "in the calendar"),
    ],
)
def test_what_is_no_day_is_refused_with_the_way_to_write_it(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_day(text)


@pytest.mark.parametrize(
    ("text", "on", "at"),
    [
        ("2021-05-02", "2021-05-02", None),
        ("2021-05-02T10:00+09:00", "2021-05-02", "2021-05-02T01:00"),
        ("2021-05-02T10:00", "2021-05-02", "2021-05-02T01:00"),
        ("2021-05-02 10:00:30", "2021-05-02", "2021-05-02T01:00:30"),
        ("2021-05-02T10:00:30.999Z", "2021-05-02", "2021-05-02T10:00:30"),
        ("2021-05-02T23:30Z", "2021-05-03", "2021-05-02T23:30"),
        ("2021-05-02T10:00 -0500", "2021-05-03", "2021-05-02T15:00"),
    ],
)
def test_a_moment_is_a_day_or_an_instant_by_default_in_the_zone(text: str, on: str, at: str | None) -> None:
    assert parse_moment(text, TOKYO) == Moment(date.fromisoformat(on), utc(at) if at else None)


def test_a_local_time_that_the_clocks_skip_still_falls_on_its_day() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    assert parse_moment("2018-11-04T00:30", sao_paulo) == Moment(date(2018, 11, 4), utc("2018-11-04T03:30"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2021-05-02T25:00", "no such time of day"),
        ("2021-05-02T10:60", "no such time of day"),
        ("2021-05-02T10:00+99:00", "no such time of day or offset"),
        ("2021-02-30T10:00", "in the calendar"),
        ("2300-05-02T10:00", "no likely day"),
        ("2300-05-02", "no likely day"),
        ("2021-05-02T10", "write a day as 2021-05-02 or an instant"),
        ("yesterday", "write a day as 2021-05-02 or an instant"),
        ("", "write a day as 2021-05-02 or an instant"),
    ],
)
def test_what_is_no_moment_is_refused_with_the_way_to_write_it(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_moment(text, TOKYO)


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z)?", fullmatch=True))
def test_any_text_is_a_moment_with_a_day_in_the_zone_or_a_usage_error(text: str) -> None:
    try:
        found = parse_moment(text, TOKYO)
    except UsageError:
        return
    assert found.at is None or found == moment_of(found.at, TOKYO)
