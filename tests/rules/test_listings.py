"""Listing episodes as the fold of what was seen: when one opens, goes on, and ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.listings import Seen, Sighting, SightingSource, episodes, last_clear, standing
from delist.rules.moments import moment_of
from tests.builders import TOKYO, moment


def saw(seen: str, when: str, code: str | None = None, reason: str | None = None, uid: str = "") -> Sighting:
    return Sighting(uid or f"{when}/{code}/{seen}", Seen(seen), moment(when), SightingSource.HAND, code, reason)


def until(sighting: Sighting, when: str) -> Sighting:
    """The sighting, seen again until then."""
    return replace(sighting, last=moment(when))


def told(*sightings: Sighting) -> list[tuple[str, str, str | None]]:
    """First day, last day and day of the end of each episode."""
    return [
        (e.started.on.isoformat(), e.last.on.isoformat(), e.ended.on.isoformat() if e.ended else None)
        for e in episodes(sightings)
    ]


def test_the_first_sighting_opens_an_episode_that_goes_on_until_a_clear_look() -> None:
    sightings = (saw("listed", "2021-11-02"), saw("listed", "2021-11-05"), saw("clear", "2021-11-09"))
    assert told(*sightings[:1]) == [("2021-11-02", "2021-11-02", None)]
    assert told(*sightings[:2]) == [("2021-11-02", "2021-11-05", None)]
    assert told(*sightings) == [("2021-11-02", "2021-11-05", "2021-11-09")]


def test_a_listing_after_a_clear_look_is_a_new_episode() -> None:
    found = told(saw("listed", "2021-05-01"), saw("clear", "2021-05-02"), saw("listed", "2021-11-02"))
    assert found == [("2021-05-01", "2021-05-01", "2021-05-02"), ("2021-11-02", "2021-11-02", None)]


def test_looks_at_an_address_that_was_never_listed_make_no_episode() -> None:
    assert told() == []
    assert told(saw("clear", "2021-05-02"), saw("clear", "2021-05-03")) == []


def test_the_first_clear_look_ends_an_episode_and_later_ones_change_nothing() -> None:
    found = told(saw("listed", "2021-05-01"), saw("clear", "2021-05-02"), saw("clear", "2021-05-09"))
    assert found == [("2021-05-01", "2021-05-01", "2021-05-02")]


def test_each_code_is_an_episode_of_its_own_and_one_clear_look_ends_them_all() -> None:
    sightings = (
        saw("listed", "2021-05-01", "127.0.0.2"),
        saw("listed", "2021-05-02", "127.0.0.3"),
        saw("listed", "2021-05-03", "127.0.0.2"),
    )
    assert told(*sightings) == [("2021-05-01", "2021-05-03", None), ("2021-05-02", "2021-05-02", None)]
    ended = [end for _, _, end in told(*sightings, saw("clear", "2021-05-04"))]
    assert ended == ["2021-05-04", "2021-05-04"]


def test_sightings_may_be_recorded_in_any_order() -> None:
    sightings = (
        saw("listed", "2021-05-01 10:00"),
        saw("clear", "2021-05-01 12:00"),
        saw("listed", "2021-05-02"),
        saw("clear", "2021-05-03"),
    )
    wanted = episodes(sightings)
    assert len(wanted) == 2
    assert all(episodes(order) == wanted for order in permutations(sightings))


def test_within_a_day_the_order_of_recording_counts_where_only_the_day_is_known() -> None:
    recorded = (saw("listed", "2021-05-01 09:00"), saw("clear", "2021-05-01"), saw("listed", "2021-05-01 18:00"))
    assert [episode.ended is None for episode in episodes(recorded)] == [False, True]
    assert standing(episodes(recorded)) is not None
    assert standing(episodes([saw("listed", "2021-05-01 18:00"), saw("clear", "2021-05-01")])) is None


def test_an_episode_is_called_after_the_sighting_that_opened_it() -> None:
    later, first = saw("listed", "2021-11-05", uid="later"), saw("listed", "2021-11-02", "127.0.0.2", uid="first")
    (found, other) = episodes([later, first])
    assert (found.uid, found.code, found.source) == ("first", "127.0.0.2", SightingSource.HAND)
    assert other.uid == "later"


def test_the_latest_reason_counts_and_silence_does_not_forget_it() -> None:
    sightings = [saw("listed", "2021-11-02", reason="policy"), saw("listed", "2021-11-03")]
    assert episodes(sightings)[0].reason == "policy"
    assert episodes([*sightings, saw("listed", "2021-11-04", reason="spam")])[0].reason == "spam"


@pytest.mark.parametrize(
    ("looks", "latest"),
    [
        ([], None),
        (["2021-05-02", "2021-11-03", "2021-06-01"], "2021-11-03"),
        (["2021-05-02 10:00", "2021-05-02 09:00"], "2021-05-02 10:00"),
        (["2021-05-02", "2021-05-02 10:00"], "2021-05-02"),
    ],
)
def test_the_last_clear_look_is_the_latest_not_the_one_recorded_last(looks: list[str], latest: str | None) -> None:
    sightings = [saw("clear", when) for when in looks] + [saw("listed", "2022-01-01")]
    assert last_clear(sightings) == (moment(latest) if latest else None)


def test_what_stands_of_a_case_is_one_episode_from_the_first_start_to_the_latest_sighting() -> None:
    found = standing(
        episodes(
            [
                saw("listed", "2021-01-01", "127.0.0.2"),
                saw("clear", "2021-02-01"),
                saw("listed", "2021-05-02", "127.0.0.3"),
                saw("listed", "2021-05-01", "127.0.0.2", uid="first"),
                saw("listed", "2021-05-09", "127.0.0.3"),
            ]
        )
    )
    assert found is not None
    assert (found.uid, found.started, found.last) == ("first", moment("2021-05-01"), moment("2021-05-09"))


def test_nothing_stands_once_all_is_clear() -> None:
    assert standing(episodes([saw("listed", "2021-05-01"), saw("clear", "2021-05-02")])) is None
    assert standing([]) is None


def test_a_sighting_that_was_seen_again_reaches_to_the_latest_look() -> None:
    once = saw("listed", "2021-05-01 10:00")
    assert once.until == once.moment
    assert until(once, "2021-05-09 10:00").until == moment("2021-05-09 10:00")
    # A correction may have moved the first look behind the latest.
    assert until(once, "2021-04-30").until == once.moment


def test_an_episode_lasts_until_the_latest_look_that_found_the_same() -> None:
    seen = until(saw("listed", "2021-05-01"), "2021-05-09")
    assert told(seen) == [("2021-05-01", "2021-05-09", None)]
    assert told(seen, saw("listed", "2021-05-03")) == [("2021-05-01", "2021-05-09", None)]
    assert told(seen, saw("clear", "2021-05-10")) == [("2021-05-01", "2021-05-09", "2021-05-10")]


def test_a_clear_look_with_a_code_ends_only_the_episode_of_that_code() -> None:
    sightings = [
        saw("listed", "2021-05-01", "127.0.0.2"),
        saw("listed", "2021-05-02", "127.0.0.3"),
        saw("listed", "2021-05-03"),
        saw("clear", "2021-05-04", "127.0.0.3"),
        saw("clear", "2021-05-05", "127.0.0.9"),
    ]
    ended = {episode.code: episode.ended for episode in episodes(sightings)}
    assert ended == {"127.0.0.2": None, "127.0.0.3": moment("2021-05-04"), None: None}


def test_a_listing_told_later_of_a_day_between_two_clear_looks_does_not_stand() -> None:
    """A mail log is read after the check: the bounce is older than the look that found the address clear."""
    clear = until(saw("clear", "2021-05-01"), "2021-05-09")
    assert told(clear, saw("listed", "2021-05-05")) == [("2021-05-05", "2021-05-05", "2021-05-09")]
    assert told(clear, saw("listed", "2021-05-10")) == [("2021-05-10", "2021-05-10", None)]


def test_a_clear_look_told_later_of_a_day_between_two_listed_looks_makes_two_episodes() -> None:
    uid = "01990000-0000-7000-8000-000000000001"
    listed = until(saw("listed", "2021-05-01", uid=uid), "2021-05-09")
    first, second = episodes([listed, saw("clear", "2021-05-05")])
    assert (first.uid, first.last, first.ended) == (uid, moment("2021-05-01"), moment("2021-05-05"))
    assert (second.started, second.last, second.ended) == (moment("2021-05-09"), moment("2021-05-09"), None)
    assert second.uid != uid
    assert str(UUID(second.uid)) == second.uid


def test_the_last_clear_look_is_the_latest_that_found_the_same() -> None:
    seen = [until(saw("clear", "2021-05-02"), "2021-11-03"), saw("clear", "2021-06-01")]
    assert last_clear(seen) == moment("2021-11-03")


def test_a_code_that_went_is_no_clear_look_while_another_may_stand() -> None:
    assert last_clear([saw("clear", "2021-05-02"), saw("clear", "2021-06-01", "127.0.0.2")]) == moment("2021-05-02")
    assert last_clear([until(saw("clear", "2021-06-01", "127.0.0.2"), "2021-07-01")]) is None


_FIRST = datetime(2021, 5, 1, tzinfo=UTC)
_CODES = st.sampled_from([None, "127.0.0.2", "127.0.0.3"])
_TOLD = st.tuples(st.sampled_from(list(Seen)), _CODES, st.integers(0, 90), st.none() | st.integers(0, 40))


def _sightings(drawn: list[tuple[Seen, str | None, int, int | None]]) -> list[Sighting]:
    """No two looks at one instant: each has a second of its own."""
    found = []
    for place, (seen, code, hours, again) in enumerate(drawn):
        first = _FIRST + timedelta(hours=hours, seconds=place)
        last = None if again is None else moment_of(first + timedelta(hours=again, seconds=60), TOKYO)
        uid = f"00000000-0000-7000-8000-{place:012d}"
        found.append(Sighting(uid, seen, moment_of(first, TOKYO), SightingSource.CHECK, code, last=last))
    return found


_SIGHTINGS = st.lists(_TOLD, max_size=12).map(_sightings)


@given(_SIGHTINGS)
def test_every_listed_look_lies_in_one_episode_and_no_clear_look_does(sightings: list[Sighting]) -> None:
    found = episodes(sightings)
    for sighting in sightings:
        for when in (sighting.moment.order, sighting.until.order):
            around = [e for e in found if e.started.order <= when <= e.last.order and sighting.code in (None, e.code)]
            if sighting.seen is Seen.LISTED:
                assert len([e for e in around if e.code == sighting.code]) == 1
            else:
                assert around == []
    for episode in found:
        assert episode.ended is None or episode.last.order < episode.ended.order
    assert len({episode.uid for episode in found}) == len(found)


@given(_SIGHTINGS)
def test_a_code_stands_if_the_latest_look_that_concerns_it_found_it(sightings: list[Sighting]) -> None:
    running = {episode.code for episode in episodes(sightings) if episode.ended is None}
    for code in (None, "127.0.0.2", "127.0.0.3"):
        listed = [s for s in sightings if s.seen is Seen.LISTED and s.code == code]
        cleared = [s for s in sightings if s.seen is Seen.CLEAR and s.code in (None, code)]
        latest = max(listed + cleared, key=lambda s: s.until.order, default=None)
        assert (code in running) == (latest is not None and latest.seen is Seen.LISTED)


@given(_SIGHTINGS)
def test_the_order_of_recording_does_not_matter_where_instants_are_known(sightings: list[Sighting]) -> None:
    assert episodes(sightings) == episodes(sightings[::-1])
