"""What a DNS look changes: one look alone flips no state, a second equal one does, and history only grows."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules import lifecycle
from delist.rules.history import Event
from delist.rules.lifecycle import Request, State
from delist.rules.listings import Look, Seen, Sighting, SightingSource, episodes
from delist.rules.looks import Change, Known, Standing, change, is_second, known_of, move_for
from delist.rules.moments import moment_of
from tests.builders import TOKYO, a_request, an_entry, moment

LISTED, CLEAR = Seen.LISTED, Seen.CLEAR
A, B = "127.0.0.10", "127.0.0.11"
BEGIN = datetime(2021, 5, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(count: float) -> datetime:
    return BEGIN + count * HOUR


def a_look(*codes: str, at: float = 0, ttl: float = 60) -> Look:
    """A look so many hours after the beginning: listed with these codes, clear without any."""
    moment_ = hours(at)
    verdict = LISTED if codes else CLEAR
    return Look(verdict, codes, " ".join(codes) or None, None, moment_, moment_ + timedelta(seconds=ttl), "ns")


def saw(seen: Seen, at: float, code: str | None = None, source: SightingSource = SightingSource.HAND) -> Sighting:
    return Sighting(f"{seen}/{code}/{at}/{source}", seen, moment_of(hours(at), TOKYO), source, code)


def checked(seen: Seen, at: float, code: str | None = None) -> Sighting:
    return saw(seen, at, code, SightingSource.CHECK)


CONFIRMED = a_request(state=State.CONFIRMED, confirmed=moment_of(hours(0), TOKYO))
SUBMITTED = a_request(submitted=moment_of(hours(0), TOKYO))
CLEARED = replace(CONFIRMED, state=State.CLEARED, cleared=moment_of(hours(2), TOKYO))


@dataclass
class Records:
    """The records of one case, and what looks and people make of them: as the actions do it, without a database."""

    request: Request | None = None
    has_confirmation: bool = True
    sightings: list[Sighting] = field(default_factory=list)
    first: Look | None = None

    def look(self, look: Look, is_fresh: bool = True, once: bool = False) -> Change:
        standing = Standing(known_of(self.sightings), self.request, self.has_confirmation, self.first)
        found = change(standing, look, TOKYO, is_fresh=is_fresh, once=once)
        if found.waits:
            self.first = look
            return found
        if found.drops:
            self.first = None
        self.sightings = [self._again(each, look, found) for each in self.sightings]
        if found.event is not None and self.request is not None:
            entry = an_entry(found.event, moment_of(found.at, TOKYO))
            self.request = lifecycle.move(self.request, entry, self.has_confirmation)
        for seen, code in found.sees:
            self.sightings.append(self._new(look, seen, code, found))
        return found

    def _again(self, sighting: Sighting, look: Look, found: Change) -> Sighting:
        again = moment_of(look.at, TOKYO)
        is_later = again.order > sighting.until.order
        return replace(sighting, last=again) if sighting.uid in found.extends and is_later else sighting

    def _new(self, look: Look, seen: Seen, code: str | None, found: Change) -> Sighting:
        begun, again = moment_of(found.at, TOKYO), moment_of(look.at, TOKYO)
        last = again if again != begun else None
        return Sighting(f"{len(self.sightings)}", seen, begun, SightingSource.CHECK, code, last=last)

    def see(self, sighting: Sighting) -> None:
        self.sightings.append(replace(sighting, uid=f"{len(self.sightings)}"))

    @property
    def state(self) -> tuple[object, ...]:
        return tuple(self.sightings), self.request, self.first

    @property
    def spans(self) -> list[tuple[Seen, str | None, float, float]]:
        """What was seen, with the hours of the first and the latest look."""
        return [(s.seen, s.code, _hours(s.moment.at), _hours(s.until.at)) for s in self.sightings]


def _hours(at: datetime | None) -> float:
    assert at is not None
    return (at - BEGIN) / HOUR


# What is known.


@pytest.mark.parametrize(
    ("sightings", "seen", "codes"),
    [
        ([], None, set()),
        ([checked(LISTED, 0, A)], LISTED, {A}),
        ([checked(LISTED, 0, A), checked(LISTED, 0, B)], LISTED, {A, B}),
        ([saw(LISTED, 0)], LISTED, {None}),
        ([saw(LISTED, 0), checked(LISTED, 1, A)], LISTED, {None, A}),
        ([checked(LISTED, 0, A), saw(CLEAR, 1)], CLEAR, set()),
        ([checked(LISTED, 0, A), checked(LISTED, 0, B), checked(CLEAR, 1, A)], LISTED, {B}),
        ([checked(LISTED, 0, A), checked(CLEAR, 1, A)], CLEAR, set()),
        ([saw(CLEAR, 0)], CLEAR, set()),
        ([checked(LISTED, 0, A), checked(CLEAR, 1), checked(LISTED, 2, B)], LISTED, {B}),
    ],
)
def test_a_case_stands_as_its_latest_sightings_say(
    sightings: list[Sighting], seen: Seen | None, codes: set[str | None]
) -> None:
    known = known_of(sightings)
    assert (known.seen, set(known.codes)) == (seen, codes)


@pytest.mark.parametrize(
    ("sightings", "extendable"),
    [
        ([checked(LISTED, 0, A), checked(LISTED, 1, B)], {(LISTED, A): 0, (LISTED, B): 1}),
        ([checked(LISTED, 0, A), checked(CLEAR, 1)], {(CLEAR, None): 1}),
        ([checked(LISTED, 0, A), checked(LISTED, 0, B), checked(CLEAR, 1, A)], {(LISTED, B): 1}),
        ([saw(LISTED, 0), saw(CLEAR, 1)], {}),
        ([saw(LISTED, 0, A, SightingSource.LOG)], {}),
        ([checked(LISTED, 0, A), checked(CLEAR, 1), checked(LISTED, 2, A)], {(LISTED, A): 2}),
        ([checked(CLEAR, 0), saw(CLEAR, 1)], {(CLEAR, None): 0}),
    ],
)
def test_only_dns_looks_that_still_hold_are_extended(
    sightings: list[Sighting], extendable: dict[tuple[Seen, str | None], int]
) -> None:
    known = known_of(sightings)
    assert known.extendable == {key: sightings[place].uid for key, place in extendable.items()}


@pytest.mark.parametrize(
    "sightings",
    [
        [checked(CLEAR, 0), saw(LISTED, 1), saw(CLEAR, 2)],
        [checked(LISTED, 0, A), saw(CLEAR, 1), saw(LISTED, 2, A, SightingSource.LOG)],
    ],
)
def test_a_look_is_not_extended_over_what_was_seen_otherwise_in_between(sightings: list[Sighting]) -> None:
    assert known_of(sightings).extendable == {}


def test_the_latest_moment_counts_repeated_looks() -> None:
    repeated = replace(checked(LISTED, 0, A), last=moment_of(hours(5), TOKYO))
    assert known_of([repeated, saw(LISTED, 3)]).latest == moment_of(hours(5), TOKYO)
    assert known_of([]).latest is None


# What a look means for a request.


@pytest.mark.parametrize(
    ("request_", "seen", "at", "has_confirmation", "event"),
    [
        (None, LISTED, 1, True, None),
        (None, CLEAR, 1, True, None),
        (CONFIRMED, CLEAR, 1, True, Event.CLEARED),
        (CONFIRMED, CLEAR, 0, True, Event.CLEARED),
        (CONFIRMED, CLEAR, -1, True, None),
        (CONFIRMED, LISTED, 1, True, None),
        (SUBMITTED, CLEAR, 1, True, None),
        (SUBMITTED, CLEAR, 1, False, Event.CLEARED),
        (SUBMITTED, CLEAR, -1, False, None),
        (SUBMITTED, LISTED, 1, False, None),
        (CLEARED, LISTED, 3, True, Event.RELISTED),
        (CLEARED, LISTED, 2, True, Event.RELISTED),
        (CLEARED, LISTED, 1, True, None),
        (CLEARED, CLEAR, 3, True, None),
        *[
            (replace(CONFIRMED, state=state), seen, 5, True, None)
            for state in (State.REFUSED, State.RELISTED, State.WITHDRAWN, State.UNDONE)
            for seen in (LISTED, CLEAR)
        ],
    ],
)
def test_clear_clears_what_is_confirmed_and_listed_relists_what_was_cleared(
    request_: Request | None, seen: Seen, at: float, has_confirmation: bool, event: Event | None
) -> None:
    assert move_for(request_, seen, moment_of(hours(at), TOKYO), has_confirmation) is event


@pytest.mark.parametrize(("day", "event"), [("2021-05-01", None), ("2021-05-02", Event.CLEARED)])
def test_of_a_confirmation_of_which_only_the_day_is_known_the_day_counts(day: str, event: Event | None) -> None:
    confirmed = replace(CONFIRMED, confirmed=moment("2021-05-02"))
    assert move_for(confirmed, CLEAR, moment(f"{day} 10:00"), True) is event


# Whether a look is a second one.


@pytest.mark.parametrize(
    ("look", "is_fresh", "expected"),
    [
        (a_look(A, at=1, ttl=60), False, True),
        (a_look(A, at=0.01, ttl=24), False, False),
        (a_look(A, at=0.01, ttl=25), False, False),
        (a_look(A, at=0.01, ttl=26), False, True),
        (a_look(A, at=0.01, ttl=24), True, True),
        (a_look(B, at=1), True, False),
        (a_look(A, B, at=1), True, False),
        (a_look(at=1), True, False),
    ],
)
def test_a_second_look_is_an_equal_answer_and_not_the_first_one_from_a_cache(
    look: Look, is_fresh: bool, expected: bool
) -> None:
    standing = Standing(known_of([]), None, True, a_look(A))
    assert is_second(standing, look, is_fresh, TOKYO) is expected


def test_without_a_first_look_there_is_no_second() -> None:
    assert not is_second(Standing(known_of([]), None, True, None), a_look(A), True, TOKYO)


def test_the_order_of_codes_does_not_matter() -> None:
    assert is_second(Standing(known_of([]), None, True, a_look(A, B)), a_look(B, A, at=1), True, TOKYO)


@pytest.mark.parametrize(("at", "is_void"), [(-1, False), (0.5, True)])
def test_what_was_seen_by_hand_in_between_makes_the_first_look_void(at: float, is_void: bool) -> None:
    standing = Standing(known_of([saw(CLEAR, at)]), None, True, a_look(A))
    assert is_second(standing, a_look(A, at=1), True, TOKYO) is not is_void


# What changes.


def test_nothing_is_known_and_a_listing_waits_until_a_second_look_says_the_same() -> None:
    records = Records()
    first = records.look(a_look(A, B))
    assert (first.waits, first.flips, first.sees, records.sightings) == (True, False, (), [])
    second = records.look(a_look(A, B, at=1))
    assert (second.waits, second.flips, second.drops, second.event) == (False, True, True, None)
    assert second.at == hours(0)
    assert records.spans == [(LISTED, A, 0, 1), (LISTED, B, 0, 1)]
    assert records.first is None


def test_a_cached_answer_waits_on() -> None:
    records = Records()
    for at in (0, 0.25, 0.5):
        cached = replace(a_look(A, at=at), expires=hours(1))
        assert records.look(cached, is_fresh=False).waits
    assert records.look(a_look(A, at=1.1), is_fresh=False).flips


def test_looks_that_differ_each_wait_for_their_own_second_one() -> None:
    records = Records()
    for codes in ((A,), (A, B), (B,), (A,)):
        assert records.look(a_look(*codes, at=len(codes))).waits
    assert records.sightings == []


def test_a_look_that_says_what_is_known_drops_the_one_that_waited() -> None:
    records = Records(sightings=[checked(LISTED, 0, A)])
    assert records.look(a_look(at=1)).waits
    again = records.look(a_look(A, at=2))
    assert (again.drops, again.flips) == (True, False)
    assert records.look(a_look(at=3)).waits
    assert records.spans == [(LISTED, A, 0, 2)]


def test_once_trusts_one_look() -> None:
    records = Records()
    found = records.look(a_look(A), is_fresh=False, once=True)
    assert (found.flips, found.waits) == (True, False)
    assert records.spans == [(LISTED, A, 0, 0)]
    assert records.look(a_look(at=1), is_fresh=False, once=True).flips
    assert records.spans == [(LISTED, A, 0, 0), (CLEAR, None, 1, 1)]


@pytest.mark.parametrize("sightings", [[], [checked(LISTED, -1, A)], [saw(CLEAR, -1)], [checked(CLEAR, -1)]])
def test_two_clear_looks_clear_a_confirmed_request_at_the_first_ones_moment(sightings: list[Sighting]) -> None:
    records = Records(CONFIRMED, sightings=sightings)
    assert records.look(a_look(at=1)).waits
    found = records.look(a_look(at=2))
    assert (found.event, found.at) == (Event.CLEARED, hours(1))
    assert records.request is not None
    assert (records.request.state, records.request.cleared) == (State.CLEARED, moment_of(hours(1), TOKYO))


def test_a_first_look_before_the_confirmation_clears_at_the_moment_of_the_second() -> None:
    records = Records(CONFIRMED, sightings=[checked(LISTED, -9, A)])
    assert records.look(a_look(at=-1)).waits
    found = records.look(a_look(at=1))
    assert (found.event, found.at) == (Event.CLEARED, hours(1))


def test_looks_before_the_confirmation_clear_nothing() -> None:
    records = Records(CONFIRMED, sightings=[checked(LISTED, -9, A)])
    records.look(a_look(at=-3))
    assert records.look(a_look(at=-2)).event is None
    assert records.request == CONFIRMED
    assert records.spans[1:] == [(CLEAR, None, -3, -2)]


@pytest.mark.parametrize(("has_confirmation", "state"), [(True, State.SUBMITTED), (False, State.CLEARED)])
def test_a_submission_counts_only_where_no_confirmation_is_needed(has_confirmation: bool, state: State) -> None:
    records = Records(SUBMITTED, has_confirmation, [checked(LISTED, -1, A)])
    records.look(a_look(at=1))
    assert records.look(a_look(at=2)).flips
    assert records.request is not None
    assert records.request.state is state
    assert records.spans[1:] == [(CLEAR, None, 1, 2)]


def test_two_listed_looks_relist_a_cleared_request_at_the_first_ones_moment() -> None:
    records = Records(CLEARED, sightings=[checked(CLEAR, 2)])
    assert records.look(a_look(A, at=3)).waits
    found = records.look(a_look(A, at=4))
    assert (found.event, found.at) == (Event.RELISTED, hours(3))
    assert records.request is not None
    assert records.request.relisted == moment_of(hours(3), TOKYO)


def test_listed_looks_before_it_was_cleared_relist_nothing() -> None:
    records = Records(CLEARED, sightings=[saw(CLEAR, -9)])
    records.look(a_look(A, at=0))
    assert records.look(a_look(A, at=1)).event is None
    assert records.request == CLEARED


def test_a_request_that_ended_is_moved_by_nothing() -> None:
    withdrawn = replace(CONFIRMED, state=State.WITHDRAWN, withdrawn=moment_of(hours(1), TOKYO))
    records = Records(withdrawn, sightings=[checked(LISTED, 0, A)])
    for at in (2, 3):
        records.look(a_look(at=at))
    for at in (4, 5):
        records.look(a_look(A, at=at))
    assert records.request == withdrawn
    assert [seen for seen, *_ in records.spans] == [LISTED, CLEAR, LISTED]


def test_listed_again_with_the_same_codes_extends() -> None:
    records = Records(sightings=[checked(LISTED, 0, A), checked(LISTED, 0, B)])
    for at in range(1, 9):
        found = records.look(a_look(B, A, at=at), is_fresh=False)
        assert (found.flips, found.sees, found.waits) == (False, (), False)
    assert records.spans == [(LISTED, A, 0, 8), (LISTED, B, 0, 8)]


def test_a_code_that_went_while_another_stands_ends_alone() -> None:
    records = Records(sightings=[checked(LISTED, 0, A), checked(LISTED, 0, B)])
    assert records.look(a_look(B, at=1)).waits
    assert records.look(a_look(B, at=2)).flips
    assert records.spans == [(LISTED, A, 0, 0), (LISTED, B, 0, 2), (CLEAR, A, 1, 2)]
    ended = {episode.code: episode.ended for episode in episodes(records.sightings)}
    assert ended == {A: moment_of(hours(1), TOKYO), B: None}


def test_a_code_that_came_back_is_a_sighting_of_its_own() -> None:
    records = Records(sightings=[checked(LISTED, 0, A), checked(LISTED, 0, B), checked(CLEAR, 1, A)])
    records.look(a_look(A, B, at=2))
    assert records.look(a_look(A, B, at=3)).flips
    assert records.spans[1:] == [(LISTED, B, 0, 3), (CLEAR, A, 1, 1), (LISTED, A, 2, 3)]


@pytest.mark.parametrize("source", [SightingSource.HAND, SightingSource.TOLD])
def test_a_listing_known_without_a_code_gets_one(source: SightingSource) -> None:
    records = Records(sightings=[saw(LISTED, 0, None, source)])
    assert records.look(a_look(A, at=1)).waits
    assert records.look(a_look(A, at=2)).flips
    assert records.look(a_look(A, at=3)).extends
    assert records.spans == [(LISTED, None, 0, 0), (LISTED, A, 1, 3)]
    for at in (4, 5):
        records.look(a_look(at=at))
    assert all(episode.ended == moment_of(hours(4), TOKYO) for episode in episodes(records.sightings))


def test_clear_after_clear_told_by_hand_is_one_sighting_that_then_is_extended() -> None:
    records = Records(sightings=[saw(LISTED, 0), saw(CLEAR, 1)])
    found = [records.look(a_look(at=at)) for at in (2, 3, 4)]
    assert [(each.flips, len(each.sees), len(each.extends)) for each in found] == [
        (False, 1, 0),
        (False, 0, 1),
        (False, 0, 1),
    ]
    assert records.spans[2:] == [(CLEAR, None, 2, 4)]


@pytest.mark.parametrize("once", [False, True])
def test_clear_is_no_news_of_an_address_of_which_nothing_is_known(once: bool) -> None:
    records = Records()
    for at in range(3):
        assert records.look(a_look(at=at), once=once) == Change(hours(at))
    assert records.state == ((), None, None)


def test_a_first_listed_look_is_dropped_by_a_clear_one() -> None:
    records = Records()
    records.look(a_look(A))
    assert records.look(a_look(at=1)).drops
    assert records.look(a_look(A, at=2)).waits
    assert records.sightings == []


def test_an_undone_clearing_is_seen_again_by_two_looks() -> None:
    records = Records(CONFIRMED, sightings=[checked(LISTED, -1, A), checked(CLEAR, 1)])
    assert records.look(a_look(at=5)).waits
    assert records.look(a_look(at=6)).event is Event.CLEARED


# Laws.

CODES = st.sampled_from([(), (A,), (B,), (A, B)])
REQUESTS = st.sampled_from([None, SUBMITTED, CONFIRMED, CLEARED])
HANDS = st.sampled_from([saw(LISTED, 0), saw(CLEAR, 0), saw(CLEAR, 0, A), saw(LISTED, 0, A, SightingSource.LOG)])
STEPS = st.lists(st.one_of(CODES, HANDS), max_size=25)


def run(records: Records, step: tuple[str, ...] | Sighting, at: float) -> Change | None:
    if isinstance(step, Sighting):
        records.see(replace(step, moment=moment_of(hours(at), TOKYO)))
        return None
    return records.look(a_look(*step, at=at))


@given(REQUESTS, st.booleans(), st.lists(CODES, max_size=25))
@settings(max_examples=200)
def test_no_look_flips_a_state_unless_the_one_before_said_the_same(
    request_: Request | None, has_confirmation: bool, looks: list[tuple[str, ...]]
) -> None:
    records = Records(request_, has_confirmation)
    for at, codes in enumerate(looks):
        before = records.request, known_of(records.sightings)
        found = records.look(a_look(*codes, at=at))
        flipped = records.request != before[0] or _stands(known_of(records.sightings)) != _stands(before[1])
        if flipped or found.flips:
            assert at > 0
            assert looks[at - 1] == codes


def _stands(known: Known) -> tuple[object, ...]:
    return known.seen, known.codes


@given(st.lists(CODES, max_size=25))
def test_two_equal_looks_bring_the_records_to_what_they_say(looks: list[tuple[str, ...]]) -> None:
    records = Records()
    for at, codes in enumerate(looks):
        records.look(a_look(*codes, at=at))
    for codes in ((A, B), (B,), ()):
        for turn in range(2):
            records.look(a_look(*codes, at=len(looks) + turn))
        looks += [codes] * 2
        known = known_of(records.sightings)
        assert known.seen is (LISTED if codes else CLEAR)
        assert sorted(map(str, known.codes)) == sorted(codes)


@given(REQUESTS, STEPS)
@settings(max_examples=200)
def test_episodes_never_end_before_they_start(
    request_: Request | None, steps: list[tuple[str, ...] | Sighting]
) -> None:
    records = Records(request_)
    for at, step in enumerate(steps):
        run(records, step, at)
    for episode in episodes(records.sightings):
        assert not episode.last.is_before(episode.started)
        assert episode.ended is None or not episode.ended.is_before(episode.last)


@given(REQUESTS, STEPS)
@settings(max_examples=200)
def test_history_only_grows(request_: Request | None, steps: list[tuple[str, ...] | Sighting]) -> None:
    records = Records(request_)
    for at, step in enumerate(steps):
        before = list(records.sightings)
        run(records, step, at)
        assert len(records.sightings) >= len(before)
        for old, new in zip(before, records.sightings, strict=False):
            assert replace(new, last=old.last) == old
            assert not new.until.is_before(old.until)


@given(REQUESTS, STEPS)
@settings(max_examples=200)
def test_what_was_seen_over_a_time_was_seen_otherwise_at_no_moment_of_it(
    request_: Request | None, steps: list[tuple[str, ...] | Sighting]
) -> None:
    records = Records(request_)
    for at, step in enumerate(steps):
        run(records, step, at)
    for each in records.sightings:
        other = [s for s in records.sightings if s.seen is not each.seen and _is_about_the_same(s, each)]
        assert not [s for s in other if each.moment.order < s.moment.order < each.until.order]


def _is_about_the_same(one: Sighting, other: Sighting) -> bool:
    """Whether one of two opposite sightings takes back the other."""
    if one.seen is CLEAR:
        return one.code in (None, other.code)
    return other.code in (None, one.code)


@given(REQUESTS, st.booleans(), STEPS, CODES)
@settings(max_examples=200)
def test_the_same_look_twice_changes_nothing_the_second_time(
    request_: Request | None, has_confirmation: bool, steps: list[tuple[str, ...] | Sighting], codes: tuple[str, ...]
) -> None:
    records = Records(request_, has_confirmation)
    for at, step in enumerate(steps):
        run(records, step, at)
    look = a_look(*codes, at=len(steps))
    records.look(look, is_fresh=False)
    after = records.state
    assert not records.look(look, is_fresh=False).flips
    assert records.state == after


@given(st.lists(CODES, min_size=1, max_size=25))
def test_answers_from_one_cache_entry_never_flip_a_state(looks: list[tuple[str, ...]]) -> None:
    records = Records(CONFIRMED, sightings=[checked(LISTED, -1, A)])
    for at, codes in enumerate(looks):
        look = replace(a_look(*codes, at=at), expires=hours(30))
        assert not records.look(look, is_fresh=False).flips
    assert records.request == CONFIRMED
