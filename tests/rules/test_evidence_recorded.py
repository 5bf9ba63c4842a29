"""What records say of an address: static, who refused it, how much bounced; no delivery is counted twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.evidence.recorded import Refused, refusals, static
from delist.rules.evidence.traffic import Figures, Stretch, counted, figures, hosts_of, traffic
from delist.rules.evidence.values import Outcome
from delist.rules.moments import moment_of
from tests.builders import TOKYO

A = "203.0.113.7"
HOLDS, FAILS, UNKNOWN = Outcome.HOLDS, Outcome.FAILS, Outcome.UNKNOWN
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(("told", "outcome"), [(True, HOLDS), (False, FAILS), (None, UNKNOWN)])
def test_static_is_what_somebody_says_and_is_called_so(told: bool | None, outcome: Outcome) -> None:
    judged = static(told)
    assert (judged.outcome, judged.how) == (outcome, "as [[senders]] says")
    assert "no look-up tells it" in judged.value
    assert ("asserted" in judged.value) is (told is not None)
    assert bool(judged.mend) is (outcome is FAILS)


# --- figures --------------------------------------------------------------------------------------


def stretch(first: float, last: float, sent: int = 100, scanned: float = 0, is_new: bool = False, **of: str) -> Stretch:
    """A stretch by days before now, scanned as many days ago."""
    of_which = of.get("host", ""), of.get("log", "/var/log/mail.log"), NOW - first * DAY, NOW - last * DAY
    return Stretch(*of_which, sent, 7, 1, f"scan {scanned}", NOW - scanned * DAY, is_new)


def summed(*stretches: Stretch) -> int:
    """What is counted as sent."""
    found = figures(stretches)
    return found.sent if found else 0


def test_a_stretch_that_a_later_scan_covers_is_counted_once() -> None:
    early, late = stretch(9, 5, 400, scanned=5), stretch(9, 1, 800, scanned=1)
    assert counted([early, late]) == counted([late, early]) == (late,)


def test_of_stretches_that_overlap_in_part_the_smaller_is_left_out() -> None:
    assert summed(stretch(9, 4, 500), stretch(5, 3, 200, scanned=3), stretch(2, 1, 50, scanned=1)) == 550


def test_another_log_of_the_same_days_may_be_a_copy() -> None:
    assert summed(stretch(9, 4, 500), stretch(9, 4, 300, log="/backup/mail.log")) == 500


def test_files_of_one_log_that_one_scan_read_touch_and_are_summed() -> None:
    assert summed(stretch(9, 5), stretch(5, 1)) == 200
    # What another scan read up to the same second may be the same line.
    assert summed(stretch(9, 5, 100, scanned=5), stretch(5, 1, 101)) == 101


def test_what_scans_found_new_is_summed_though_lines_of_a_log_are_out_of_order() -> None:
    by_seconds = 5 / 86_400
    runs = [stretch(3, 2, scanned=2, is_new=True), stretch(2 + by_seconds, 1, scanned=1, is_new=True)]
    assert summed(*runs) == 200
    # A log that was written anew is read anew.
    assert summed(stretch(3, 2, scanned=2, is_new=True), stretch(3, 1, 300, scanned=1, is_new=True)) == 300


@st.composite
def scanned(draw: st.DrawFn) -> tuple[list[int], list[Stretch]]:
    """Days of lines of one log, in order, and what scans of pieces of it kept: whole ones, and what was new."""
    lines = sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=40)))
    places = st.integers(0, len(lines))
    kept = []
    pairs = draw(st.lists(st.tuples(places, places), max_size=6))
    pieces = [(min(pair), max(pair), False) for pair in pairs]
    ends = [0, *sorted(draw(st.lists(places, max_size=6)))]
    fresh = [(start, end, True) for start, end in pairwise(ends)]
    for number, (start, end, is_new) in enumerate([*pieces, *fresh]):
        if end > start:
            kept.append(stretch(30 - lines[start], 30 - lines[end - 1], end - start, number / 100, is_new))
    return lines, draw(st.permutations(kept))


@given(scanned())
def test_no_figure_is_larger_than_what_the_log_has(found: tuple[list[int], list[Stretch]]) -> None:
    lines, kept = found
    assert summed(*kept) <= len(lines)
    # Everything that was read at least once as a whole is no less than its largest piece.
    assert summed(*kept) >= max((each.sent for each in kept), default=0)


def of(bounced: int, deliveries: int, has_gaps: bool = False) -> Figures:
    """Figures of the ten days before now."""
    return Figures(deliveries - bounced, 7, bounced, NOW - 10 * DAY, NOW, has_gaps)


@pytest.mark.parametrize(
    ("bounced", "deliveries", "outcome", "said"),
    [
        (0, 100, HOLDS, "0 bounced (0.0 %)"),
        (3, 1000, HOLDS, "3 bounced (0.3 %)"),
        (49, 1000, HOLDS, "(4.9 %)"),
        (50, 1000, FAILS, "(5.0 %)"),
        (100, 100, FAILS, "(100.0 %)"),
        (99, 99, UNKNOWN, "too few to tell"),
        (0, 0, UNKNOWN, "too few to tell"),
    ],
)
def test_too_many_bounces_fail_and_too_few_deliveries_tell_nothing(
    bounced: int, deliveries: int, outcome: Outcome, said: str
) -> None:
    judged = traffic(of(bounced, deliveries), "mail log of this host", is_shared=False, zone=TOKYO)
    assert (judged.outcome, bool(judged.mend), bool(judged.facts)) == (
        outcome,
        outcome is FAILS,
        outcome is not UNKNOWN,
    )
    assert said in judged.value
    assert f"{deliveries} deliveries to other servers in the mail log of this host: {bounced} bounced" in judged.value


def test_the_value_says_whose_deliveries_and_of_when() -> None:
    judged = traffic(of(3, 1000, has_gaps=True), "mail log of mx2", is_shared=True, zone=TOKYO)
    assert judged.value == (
        "1000 deliveries to other servers in the mail log of mx2, whichever of its addresses they went out from: "
        "3 bounced (0.3 %), 7 deferred attempts, from 2026-11-14T03:00:00Z to 2026-11-24T03:00:00Z, "
        "with days that were not read"
    )
    assert dict(judged.facts) == {
        "deliveries": "1000",
        "bounced": "3",
        "rate": "0.3",
        "from": "2026-11-14",
        "to": "2026-11-24",
        "whose": "mail log of mx2",
    }


def test_without_figures_nothing_is_known_and_the_way_to_them_is_told() -> None:
    judged = traffic(None, "mail log of this host", is_shared=True, zone=TOKYO)
    assert (judged.outcome, "`delist scan --record`" in judged.value) == (UNKNOWN, True)


def test_a_gap_of_more_than_a_day_is_told() -> None:
    sums = [figures([stretch(9, 5), stretch(last, 1, scanned=1)]) for last in (4.5, 3)]
    assert [found.has_gaps for found in sums if found] == [False, True]


@pytest.mark.parametrize(
    ("names", "hosts", "chosen"),
    [
        ((), ("",), ("",)),
        ((), ("mx2",), ("mx2",)),
        ((), ("", "mx2"), ()),
        (("mx2",), ("", "mx2"), ("mx2",)),
        (("mx1",), ("", "mx2"), ("",)),
        (("mx1",), ("mx2",), ()),
        (("mx1",), (), ()),
    ],
)
def test_figures_are_those_of_the_host_from_which_the_address_sends(
    names: tuple[str, ...], hosts: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    assert hosts_of(names, hosts) == chosen


# --- refusals -------------------------------------------------------------------------------------


def refused(is_over: bool, key: str = "spamhaus-pbl", receivers: tuple[str, ...] = ("a.example",)) -> Refused:
    """Refusals of twelve to ten days before now."""
    first, last = (moment_of(NOW - days * DAY, TOKYO) for days in (12, 10))
    return Refused(key, first, last, receivers, is_over)


def test_a_refusal_that_is_not_over_fails_with_first_last_and_receivers() -> None:
    names = tuple(f"{letter}.example" for letter in "abcdefghi")
    judged = refusals(A, [refused(False, receivers=names)], None, NOW)
    assert judged.outcome is FAILS
    assert judged.value == (
        "2026-11-12T03:00:00Z to 2026-11-14T03:00:00Z by 9 receivers: a.example, b.example, c.example and 6 more, "
        "for spamhaus-pbl"
    )
    assert judged.mend == f"`delist plan {A}` says whom to ask"
    assert dict(judged.facts) == {"first": "2026-11-12", "last": "2026-11-14", "receivers": ", ".join(names)}


def test_one_that_stands_beside_one_that_is_over_is_named() -> None:
    judged = refusals(A, [refused(True), refused(False, "barracuda", ("a.example", "b.example"))], NOW, NOW)
    assert (judged.outcome, judged.value.partition(" by ")[2]) == (
        FAILS,
        "2 receivers: a.example, b.example, for spamhaus-pbl, barracuda; not over: barracuda",
    )
    assert refusals(A, [refused(True), refused(True, "barracuda")], None, NOW).outcome is HOLDS


@pytest.mark.parametrize(
    ("read", "outcome"), [(None, UNKNOWN), (8 * DAY, UNKNOWN), (7 * DAY, HOLDS), (timedelta(0), HOLDS)]
)
def test_nothing_on_record_says_something_only_if_a_log_was_read_lately(
    read: timedelta | None, outcome: Outcome
) -> None:
    judged = refusals(A, [], None if read is None else NOW - read, NOW)
    assert (judged.outcome, dict(judged.facts)) == (outcome, {})
