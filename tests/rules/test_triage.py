"""Which listing stands behind several refusals, and what refusals tell of the times on a list."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.triage import SETTLING, Burst, Meaning, Refused, causes, relisted, spells

PBL, CSS, CONSUMER = "spamhaus-pbl", "spamhaus-css", "microsoft-consumer"
MEANINGS = {
    PBL: Meaning(PBL, frozenset({PBL}), shared=True),
    CSS: Meaning(CSS, frozenset({CSS}), shared=True),
    "google-notauthorized": Meaning(None, frozenset({PBL})),
    "spamhaus-zen": Meaning(None, frozenset({PBL, CSS})),
    "proofpoint": Meaning("proofpoint", frozenset({"proofpoint"}), frozenset({PBL, CSS})),
    "microsoft-s3140": Meaning(CONSUMER, frozenset({CONSUMER})),
    "unknown": Meaning(anything=True),
    "none": Meaning(),
}
ONE, OTHER = "203.0.113.7", "203.0.113.8"


def refused(key: str, *days: int, address: str | None = ONE) -> Refused:
    """Refusals with one reply key on some days, counted from 1 April 2021 on."""
    return Refused(address, key, [date(2021, 3, 31) + timedelta(days=day) for day in days])


def told(*groups: Refused) -> list[str | None]:
    """The causes of some groups."""
    return causes(groups, MEANINGS)


def test_nine_texts_of_the_same_days_are_one_cause() -> None:
    keys = ("google-notauthorized", "proofpoint", "spamhaus-zen", "unknown")
    assert told(refused(PBL, 5, 6), *(refused(key, 6) for key in keys)) == [PBL] * 5


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([refused("google-notauthorized", 5)], [None]),
        ([refused("proofpoint", 5)], ["proofpoint"]),
        ([refused("microsoft-s3140", 5), refused("unknown", 5)], [CONSUMER, None]),
        ([refused(PBL, 5), refused("none", 5)], [PBL, None]),
        ([refused(PBL, 5), refused("proofpoint", 8)], [PBL, PBL]),
        ([refused(PBL, 5), refused("proofpoint", 9)], [PBL, "proofpoint"]),
        ([refused(PBL, 5), refused("proofpoint", 1)], [PBL, "proofpoint"]),
        ([refused(PBL, 1, 20), refused("proofpoint", 22, 28)], [PBL, PBL]),
        # Named at the beginning and at the end of a month, an address was listed in between.
        ([refused(PBL, 1, 30), refused("proofpoint", 15)], [PBL, PBL]),
        ([refused(PBL, 1, 33), refused("proofpoint", 15)], [PBL, "proofpoint"]),
        ([refused(PBL, 5), refused("unknown", 5, address=OTHER)], [PBL, None]),
        ([refused(PBL, 5), refused("unknown", 5, address=None)], [PBL, None]),
        ([refused(PBL, 5), refused(CSS, 5), refused("spamhaus-zen", 5)], [PBL, CSS, None]),
        ([refused(PBL, 5), refused("microsoft-s3140", 5), refused("google-notauthorized", 5)], [PBL, CONSUMER, PBL]),
        ([refused(PBL, 5), refused(CSS, 5)], [PBL, CSS]),
    ],
)
def test_a_reply_is_explained_by_the_one_list_that_others_name_in_the_same_days(
    groups: list[Refused], expected: list[str | None]
) -> None:
    assert told(*groups) == expected


START = datetime(2021, 5, 1, 10, tzinfo=UTC)


def burst(hours: float, until: float | None = None, lines: int = 1) -> Burst:
    """Refusals so many hours after the start."""
    return Burst(START + timedelta(hours=hours), START + timedelta(hours=hours if until is None else until), lines)


def at(hours: float) -> datetime:
    """An instant so many hours after the start."""
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("bursts", "clears", "expected"),
    [
        ([], [], []),
        ([burst(0)], [], [(0, 0, 1, None)]),
        ([burst(0, 1, 3), burst(50, 51, 2)], [], [(0, 51, 5, None)]),
        ([burst(50), burst(0)], [], [(0, 50, 2, None)]),
        # What comes within a day of a clear look is what receivers still have in their caches.
        ([burst(0), burst(10), burst(33.9)], [at(10)], [(0, 10, 2, None)]),
        ([burst(0), burst(34)], [at(10)], [(0, 0, 1, None), (34, 34, 1, 10)]),
        ([burst(0), burst(100), burst(101)], [at(10)], [(0, 0, 1, None), (100, 101, 2, 10)]),
        ([burst(33.5, 34.5, 9)], [at(10)], [(34.5, 34.5, 1, 10)]),
        # A clear look in the middle of an hour.
        ([burst(0, 0.9, 4)], [at(0.5)], [(0, 0, 1, None)]),
        (
            [burst(5), burst(100), burst(300)],
            [at(10), at(200)],
            [(5, 5, 1, None), (100, 100, 1, 10), (300, 300, 1, 200)],
        ),
    ],
)
def test_clear_looks_part_the_times_on_a_list(
    bursts: list[Burst], clears: list[datetime], expected: list[tuple[float, float, int, float | None]]
) -> None:
    found = [(s.first, s.last, s.lines, s.after) for s in spells(bursts, clears)]
    assert found == [(at(f), at(u), lines, None if a is None else at(a)) for f, u, lines, a in expected]


HOURS = st.integers(0, 24 * 400)
BURSTS = st.lists(st.builds(lambda hour, more: burst(hour, hour + more / 4, more + 1), HOURS, st.integers(0, 3)))


@given(BURSTS, st.lists(HOURS, max_size=6))
@settings(max_examples=200)
def test_no_time_on_a_list_spans_a_clear_look_or_begins_within_a_day_of_one(
    bursts: list[Burst], hours: list[int]
) -> None:
    clears = sorted({at(hour) for hour in hours})
    found = spells(bursts, clears)
    for spell in found:
        assert spell.first <= spell.last
        assert not any(spell.first <= clear < spell.last for clear in clears)
        assert spell.after is None or spell.first >= spell.after + SETTLING
        assert spell.after == max((clear for clear in clears if clear < spell.first), default=None)
    assert sum(spell.lines for spell in found) <= sum(each.lines for each in bursts) + len(bursts)
    assert len({spell.after for spell in found}) == len(found)


@pytest.mark.parametrize(
    ("once", "bursts", "expected"),
    [
        (None, [burst(100)], None),
        # The same instant is the same refusal: another recipient, or a copy of the log.
        (None, [burst(100, lines=5), burst(100)], None),
        (100, [burst(100)], None),
        (None, [burst(100), burst(101)], 100),
        (None, [burst(100, 100.25, 2)], 100),
        (100, [burst(150)], 100),
        # A week apart, they say nothing of the time between.
        (None, [burst(100), burst(100 + 168)], 100),
        (None, [burst(100), burst(101 + 168)], 101 + 168),
        (100, [burst(101 + 168)], 101 + 168),
        (None, [burst(100), burst(400), burst(401)], 400),
    ],
)
def test_two_refusals_at_different_instants_are_a_relisting(
    once: float | None, bursts: list[Burst], expected: float | None
) -> None:
    [spell] = spells(bursts, [at(1)])
    assert relisted(None if once is None else at(once), spell) == (None if expected is None else at(expected))
