"""When a log line was written: what stamps say, and which year they leave open."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delist.rules.logs.stamps import Stamp, parse
from delist.rules.logs.years import SLACK, Hours, Sample, When, instant, years
from tests.builders import TOKYO

BERLIN = ZoneInfo("Europe/Berlin")
EAST = timedelta(hours=9)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(text: str) -> Stamp:
    stamp = parse(text)
    assert stamp is not None, text
    return stamp


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("Feb 29 00:14:50", Stamp(None, 2, 29, 0, 14, 50)),
        ("Mar  1 00:14:50", Stamp(None, 3, 1, 0, 14, 50)),
        ("Mar 1 00:14:50", Stamp(None, 3, 1, 0, 14, 50)),
        ("Mar 01 00:14:50.123456", Stamp(None, 3, 1, 0, 14, 50, 123456)),
        ("Mar  1 2025 00:14:50", Stamp(2025, 3, 1, 0, 14, 50)),
        ("2025 Mar  1 00:14:50", Stamp(2025, 3, 1, 0, 14, 50)),
        ("Thu Nov 20 10:00:02", Stamp(None, 11, 20, 10, 0, 2)),
        ("Dec 31 23:59:60", Stamp(None, 12, 31, 23, 59, 59)),
        ("2025-12-08T07:00:05", Stamp(2025, 12, 8, 7, 0, 5)),
        ("2025-12-08 07:00:05", Stamp(2025, 12, 8, 7, 0, 5)),
        ("2025-12-08T07:00:05Z", Stamp(2025, 12, 8, 7, 0, 5, 0, timedelta(0))),
        ("2025-12-08T07:00:05+09:00", Stamp(2025, 12, 8, 7, 0, 5, 0, EAST)),
        ("2025-12-08T07:00:05+0900", Stamp(2025, 12, 8, 7, 0, 5, 0, EAST)),
        ("2025-12-08T07:00:05.5-03:30", Stamp(2025, 12, 8, 7, 0, 5, 500000, timedelta(hours=-3, minutes=-30))),
        ("2025-12-08T07:00:05.123456789Z", Stamp(2025, 12, 8, 7, 0, 5, 123456, timedelta(0))),
        ("2025-12-08 07:00:05,123", Stamp(2025, 12, 8, 7, 0, 5, 123000)),
        ("2025-11-20 10:00:02.123 +0900", Stamp(2025, 11, 20, 10, 0, 2, 123000, EAST)),
        ("2024-02-29T00:00:00Z", Stamp(2024, 2, 29, 0, 0, 0, 0, timedelta(0))),
        ("@400000003f01e4c20b3a5c64", Stamp(2003, 7, 1, 19, 44, 56, 188374, timedelta(0))),
        ("2003-07-01 21:46:00.188374116", Stamp(2003, 7, 1, 21, 46, 0, 188374)),
        ("1763600402.123456", Stamp(2025, 11, 20, 1, 0, 2, 123456, timedelta(0))),
        ("1763600402", Stamp(2025, 11, 20, 1, 0, 2, 0, timedelta(0))),
        ("11/20/2025 1:00:02 AM", Stamp(2025, 11, 20, 1, 0, 2)),
        ("11/20/2025 12:00:02 AM", Stamp(2025, 11, 20, 0, 0, 2)),
        ("11/20/2025 12:30:02 PM", Stamp(2025, 11, 20, 12, 30, 2)),
        ("11/20/2025, 01:00:02 pm", Stamp(2025, 11, 20, 13, 0, 2)),
        ("11/20/2025 13:00:02", Stamp(2025, 11, 20, 13, 0, 2)),
        ("Thu, 20 Nov 2025 10:00:02 +0900", Stamp(2025, 11, 20, 10, 0, 2, 0, EAST)),
        ("Thu, 20 Nov 2025 10:00:02 +0000 (UTC)", Stamp(2025, 11, 20, 10, 0, 2, 0, timedelta(0))),
    ],
)
def test_stamps_of_all_shapes_are_read(text: str, stamp: Stamp) -> None:
    assert parse(text) == stamp


@pytest.mark.parametrize(
    "text",
    [
        *("", "Feb 30 00:00:00", "Feb 29 2025 00:00:00", "2025-02-29T00:00:00Z", "Foo 12 00:00:00", "Jan 0 00:00:00"),
        *("Jan 32 00:00:00", "Jan 1 24:00:00", "Jan 1 00:60:00", "Jan 1 00:00:61", "20/11/2025 10:00:00", "Jan 1"),
        *("11/20/2025 13:00:02 PM", "11/20/2025 0:00:02 AM", "@4000", "@ffffffffffffffff00000000", "1763600402123"),
        *(
            "@400000003f01e4c2ffffffff",
            "0001-01-01T00:00:00Z",
            "9999-12-31 23:59:59",
            "２０２５-12-08T07:00:05",
            "000000001",
        ),
    ],
)
def test_what_is_no_time_of_the_calendar_is_none(text: str) -> None:
    assert parse(text) is None


@given(
    st.text(max_size=40)
    | st.from_regex(r"[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*")
)
@settings(max_examples=200)
def test_whatever_is_read_has_an_instant_in_some_year(text: str) -> None:
    stamp = parse(text)
    if stamp is not None:
        assert instant(stamp, stamp.year or 2000, BERLIN) is not None


@given(st.integers(631_152_000, 7_258_118_399), st.integers(0, 999_999))
@settings(max_examples=100)
def test_all_ways_to_write_an_instant_mean_the_same_one(seconds: int, micro: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=micro)
    ways = [
        at.isoformat(),
        at.astimezone(TOKYO).isoformat(),
        at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        f"{seconds}.{micro:06}",
        f"@{(1 << 62) + 10 + seconds:016x}{micro * 1000:08x}",
        at.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M:%S.%f +0900"),
    ]
    found = {instant(stamp, stamp.year or 0, BERLIN) for stamp in map(parse, ways) if stamp}
    assert {when.at for when in found if when} == {at}


def dated(texts: list[str], ends: str, zone: ZoneInfo = TOKYO) -> list[str]:
    """The local time of each line of a log that ends at an instant, all lines sampled."""
    stamps = [told(text) for text in texts]
    found = years([Sample(place, stamp) for place, stamp in enumerate(stamps)], utc(ends), zone)
    whens = [found.when(place, stamp) for place, stamp in enumerate(stamps)]
    return [when.local.isoformat() if when else "" for when in whens]


@pytest.mark.parametrize(
    ("texts", "ends", "locals_"),
    [
        (["Nov 20 10:00:00", "Nov 24 10:00:00"], "2025-11-24T02:00", ["2025-11-20T10:00:00", "2025-11-24T10:00:00"]),
        # A New Year lies between, before or after the end of the log.
        (["Dec 31 23:59:59", "Jan  1 00:00:01"], "2026-01-01T02:00", ["2025-12-31T23:59:59", "2026-01-01T00:00:01"]),
        (["Dec 31 23:00:00"], "2026-01-01T02:00", ["2025-12-31T23:00:00"]),
        (["Dec 31 23:59:59", "Jan  1 00:00:01"], "2026-06-01T02:00", ["2025-12-31T23:59:59", "2026-01-01T00:00:01"]),
        # The local day decides: it is New Year in Tokyo at 15:00 of 31 December.
        (["Jan  1 00:00:01"], "2025-12-31T15:00:01", ["2026-01-01T00:00:01"]),
        # A clock is ahead by less than a day, and by more.
        (["Nov 25 09:00:00"], "2025-11-24T02:00", ["2025-11-25T09:00:00"]),
        (["Jan  1 00:30:00"], "2025-12-31T02:00", ["2026-01-01T00:30:00"]),
        (["Nov 26 12:00:00"], "2025-11-24T02:00", ["2024-11-26T12:00:00"]),
        # Small disorder is no New Year, also around one.
        (["Nov 24 10:00:05", "Nov 24 10:00:00", "Nov 24 09:01:00"], "2025-11-24T02:00",
        ["2025-11-24T10:00:05", "2025-11-24T10:00:00", "2025-11-24T09:01:00"]),
        (["Dec 31 23:59:58", "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01"], "2026-03-01T00:00",
        ["2025-12-31T23:59:58", "2026-01-01T00:00:00", "2025-12-31T23:59:59", "2026-01-01T00:00:01"]),
        # A log longer than a year, and one of three years.
        (["Oct  1 00:00:00", "Mar  1 00:00:00", "Oct  2 00:00:00", "Nov  1 00:00:00"], "2025-11-24T02:00",
        ["2024-10-01T00:00:00", "2025-03-01T00:00:00", "2025-10-02T00:00:00", "2025-11-01T00:00:00"]),
        (["Jul  1 00:00:00", "Jun  1 00:00:00", "May  1 00:00:00", "Apr  1 00:00:00"], "2025-11-24T02:00",
        ["2022-07-01T00:00:00", "2023-06-01T00:00:00", "2024-05-01T00:00:00", "2025-04-01T00:00:00"]),
    ],
)  # fmt: skip
def test_years_follow_from_the_end_and_the_order_of_the_lines(texts: list[str], ends: str, locals_: list[str]) -> None:
    assert dated(texts, ends) == locals_


@pytest.mark.parametrize(
    ("ends", "year"),
    [
        ("2024-02-29T01:00", 2024),
        ("2024-11-24T00:00", 2024),
        ("2025-03-02T00:00", 2024),
        ("2026-11-24T00:00", 2024),
        ("2028-02-27T00:00", 2024),
        ("2028-02-28T16:00", 2028),
        ("2028-03-05T00:00", 2028),
    ],
)
def test_a_29_february_is_of_the_latest_leap_year_before_the_end_and_so_are_its_neighbours(
    ends: str, year: int
) -> None:
    texts = ["Feb 28 23:50:02", "Feb 29 00:14:50", "Feb 29 23:59:59"]
    assert [text[:4] for text in dated(texts, ends)] == [str(year)] * 3
    assert [text[:4] for text in dated(["Dec 31 00:00:00", "Feb 29 00:00:00", "Feb 29 01:00:00"], ends)] == [
        str(year - 1),
        str(year),
        str(year),
    ]


def test_lines_after_a_29_february_are_of_its_year_though_the_files_time_is_later() -> None:
    assert dated(["Feb 29 00:14:50", "Mar  1 00:00:00", "Jan  2 00:00:00"], "2026-11-24T00:00") == [
        "2024-02-29T00:14:50",
        "2024-03-01T00:00:00",
        "2025-01-02T00:00:00",
    ]


def test_leap_days_that_contradict_each_other_still_find_a_year_each() -> None:
    assert dated(["Feb 29 00:00:00", "Mar 1 00:00:00", "Feb 28 00:00:00", "Feb 29 00:00:00"], "2024-03-01T00:00") == [
        "2020-02-29T00:00:00",
        "2023-03-01T00:00:00",
        "2024-02-28T00:00:00",
        "2024-02-29T00:00:00",
    ]


def test_lines_between_behind_and_without_samples_find_their_year() -> None:
    found = years(
        [Sample(100, told("Dec 30 00:00:00")), Sample(200, told("Jan  2 00:00:00"))], utc("2026-01-03T00:00"), TOKYO
    )
    asked = [(50, "Dec 29 00:00:00"), (150, "Dec 31 23:00:00"), (150, "Jan  1 01:00:00"), (250, "Jan  2 05:00:00")]
    whens = [found.when(position, told(text)) for position, text in asked]
    assert [when.local.year for when in whens if when] == [2025, 2025, 2026, 2026]
    late = years([Sample(100, told("Dec 30 00:00:00"))], utc("2026-01-03T00:00"), TOKYO)
    behind = [late.when(300, told(text)) for text in ("Dec 31 00:00:00", "Jan  2 00:00:00", "Dec 29 23:59:00")]
    assert [when.local.year for when in behind if when] == [2025, 2026, 2025]
    none = years([], utc("2026-01-03T00:00"), TOKYO)
    alone = [none.when(0, told(text)) for text in ("Jan  3 00:00:00", "Jan  5 00:00:00", "Feb 29 00:00:00")]
    assert [when.local.year for when in alone if when] == [2026, 2025, 2024]


def test_stamps_with_a_year_stand_and_bound_those_before_them() -> None:
    texts = ["Dec 31 00:00:00", "Jan  2 00:00:00", "2023-01-03T00:00:00+09:00", "Jan  4 00:00:00", "Nov  1 00:00:00"]
    assert dated(texts, "2025-11-24T00:00") == [
        "2022-12-31T00:00:00",
        "2023-01-02T00:00:00",
        "2023-01-03T00:00:00",
        "2025-01-04T00:00:00",
        "2025-11-01T00:00:00",
    ]


@pytest.mark.parametrize(
    ("text", "at", "local"),
    [
        ("Jul  1 12:00:00", "2025-07-01T10:00:00", "2025-07-01T12:00:00"),
        ("Jan  1 12:00:00", "2025-01-01T11:00:00", "2025-01-01T12:00:00"),
        # Clocks show this hour twice: the first is meant. The other does not exist: as if clocks had not gone forward.
        ("2025-10-26 02:30:00", "2025-10-26T00:30:00", "2025-10-26T02:30:00"),
        ("2025-03-30 02:30:00", "2025-03-30T01:30:00", "2025-03-30T02:30:00"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30:00", "2025-10-26T02:30:00"),
        ("2025-07-01T12:00:00+09:00", "2025-07-01T03:00:00", "2025-07-01T05:00:00"),
        ("2025-07-01T12:00:00.25Z", "2025-07-01T12:00:00.250000", "2025-07-01T14:00:00.250000"),
    ],
)
def test_instants_follow_the_operators_zone_where_the_stamp_has_no_offset(text: str, at: str, local: str) -> None:
    when = years([], utc("2025-12-31T00:00"), BERLIN).when(0, told(text))
    assert when is not None
    assert (when.at, when.local) == (utc(at), datetime.fromisoformat(local))


ENDS = st.datetimes(datetime(1996, 1, 1), datetime(2150, 12, 31), timezones=st.just(UTC))
GAPS = st.lists(st.timedeltas(timedelta(0), timedelta(days=363)), max_size=30)


@given(ENDS, GAPS)
@settings(max_examples=200)
def test_any_log_in_order_whose_end_is_known_gets_its_times_back(ends: datetime, gaps: list[timedelta]) -> None:
    times, at = [], ends.astimezone(BERLIN).replace(tzinfo=None, microsecond=0)
    for gap in gaps:
        at = (at - gap).replace(microsecond=0)
        times.append(at)
    times = [time for time in reversed(times) if time.year > 1990]
    texts = [time.strftime("%b %e %H:%M:%S") for time in times]
    ends = ends if not gaps or gaps[0] < timedelta(days=300) else times[-1].replace(tzinfo=BERLIN) if times else ends
    assert dated(texts, ends.astimezone(UTC).replace(tzinfo=None).isoformat(), BERLIN) == [t.isoformat() for t in times]


STAMPS = st.builds(
    Stamp,
    st.none() | st.integers(1990, 2199),
    st.integers(1, 12),
    st.integers(1, 28) | st.just(29),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(0, 999_999),
    st.none() | st.just(EAST),
)


@given(st.lists(STAMPS, max_size=12), ENDS)
@settings(max_examples=200)
def test_no_stamps_raise_in_whatever_order_and_none_without_a_year_is_after_the_end(
    stamps: list[Stamp], ends: datetime
) -> None:
    found = years([Sample(place, stamp) for place, stamp in enumerate(stamps)], ends, TOKYO)
    bare = all(stamp.year is None for stamp in stamps)
    for place, stamp in enumerate(stamps):
        when = found.when(place, stamp)
        if bare and when is not None:
            assert when.at <= ends + 2 * SLACK


# --- the quick way ------------------------------------------------------------------------------

# Where clocks change within an hour, at a full hour, and not at all.
QUICK_ZONES = ("Australia/Lord_Howe", "America/St_Johns", "Europe/Berlin", "Asia/Tokyo", "UTC")
# Around their changes; those of Newfoundland were one minute after midnight.
QUICK_TIMES = st.one_of(
    st.datetimes(datetime(2004, 1, 1), datetime(2026, 12, 31)),
    *(
        st.datetimes(change - timedelta(hours=3), change + timedelta(hours=3))
        for change in (
            datetime(2026, 10, 4, 2),
            datetime(2026, 4, 5, 2),
            datetime(2005, 10, 30, 0, 1),
            datetime(2026, 3, 29, 2),
            datetime(2026, 10, 25, 3),
        )
    ),
)


@example("Australia/Lord_Howe", [datetime(2026, 10, 4, 2), datetime(2026, 10, 4, 2, 45)], 0)
@example("America/St_Johns", [datetime(2005, 10, 30, 0, 0, 30), datetime(2005, 10, 30, 0, 30)], 0)
@example("UTC", [datetime(2024, 10, 30, 0, 0, 30), datetime(2025, 3, 1), datetime(2025, 10, 30, 0, 0, 40)], 0)
@given(zone=st.sampled_from(QUICK_ZONES), times=st.lists(QUICK_TIMES, min_size=1, max_size=8), shift=st.integers(-2, 2))
def test_the_quick_way_to_an_instant_leads_where_the_long_one_does(
    zone: str, times: list[datetime], shift: int
) -> None:
    times.sort()
    texts = [f"{each:%b} {each.day:2} {each:%H:%M:%S}" for each in times]
    read = [parse(text) for text in texts]
    known = years(
        [Sample(10 * at, stamp) for at, stamp in enumerate(read) if stamp],
        times[-1].replace(tzinfo=UTC) + timedelta(days=1),
        ZoneInfo(zone),
    )
    hours = Hours(known)
    for at, (text, stamp) in enumerate(zip(texts, read, strict=True)):
        if stamp and (quick := hours.when(10 * at + shift, text)):
            assert quick == known.when(10 * at + shift, stamp)


def test_the_quick_way_is_for_common_stamps_of_the_day_of_a_sample_and_for_whole_hours() -> None:
    known = years([Sample(0, told("Nov 17 10:00:00"))], datetime(2026, 11, 18, tzinfo=UTC), UTC)
    at = datetime(2026, 11, 17, 10, 59, 59)
    assert Hours(known).when(5, "Nov 17 10:59:59") == When(at.replace(tzinfo=UTC), at)
    for text in (
        "Nov 18 10:00:00",
        "Nov  17 1:00:00",
        "2026-11-17T10:00:00Z",
        "Nov 17 10:00:60",
        "Nov 17 10:00:6x",
        "Nov 17 25:00:00",
    ):
        assert Hours(known).when(5, text) is None
    first = years([Sample(0, told("Nov  1 10:00:00"))], datetime(2026, 11, 18, tzinfo=UTC), UTC)
    assert Hours(first).when(5, "Nov  17 1:00:00") is None
    assert Hours(years((), datetime(2026, 11, 18, tzinfo=UTC), UTC)).when(0, "Nov 17 10:00:00") is None
