"""Listing episodes as the fold of what was seen: when one opens, goes on, and ends."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.listings import Seen, Sighting, SightingSource, episodes, last_clear, standing
from tests.builders import moment


def saw(seen: str, when: str, code: str | None = None, reason: str | None = None, uid: str = "") -> Sighting:
    return Sighting(uid or f"{when}/{code}/{seen}", Seen(seen), moment(when), SightingSource.HAND, code, reason)


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


_SIGHTINGS = st.lists(
    st.builds(
        saw,
        st.sampled_from(["listed", "listed", "clear"]),
        st.integers(1, 28).map("2021-05-{:02}".format) | st.integers(0, 23).map("2021-05-07 {:02}:00".format),
        st.sampled_from([None, "127.0.0.2", "127.0.0.3"]),
    ),
    max_size=12,
    unique_by=lambda sighting: sighting.moment,
)


@given(_SIGHTINGS)
def test_every_listed_look_lies_in_an_episode_and_no_clear_look_does(sightings: list[Sighting]) -> None:
    # Within a day the order of recording counts where only the day is known; told by instants it is plain.
    sightings = [sighting for sighting in sightings if sighting.moment.at is not None]
    found = episodes(sightings)
    for sighting in sightings:
        when = sighting.moment.order
        around = [e for e in found if e.started.order <= when <= e.last.order and e.code == sighting.code]
        assert len(around) == 1 or sighting.seen is Seen.CLEAR
        within = [e for e in found if e.started.order < when <= e.last.order]
        assert not within or sighting.seen is Seen.LISTED
    is_listed = bool(sightings) and max(sightings, key=lambda s: s.moment.order).seen is Seen.LISTED
    assert (standing(found) is not None) == is_listed
