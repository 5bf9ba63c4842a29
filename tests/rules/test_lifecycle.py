"""The life of a request: the table of moves, repeated facts, corrections, and the history it is the fold of."""

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.errors import NotAllowed
from delist.rules.history import Entry, Event, last_valid, moment_from, moment_to, still_valid, told
from delist.rules.lifecycle import (
    AMENDABLE,
    MOVES,
    VERBS,
    Request,
    State,
    already_holds,
    applied,
    attempts,
    coherent,
    confirmation_of,
    move,
    replay,
    time_to_effect,
)
from delist.rules.moments import Moment
from tests.builders import TOKYO, a_request, an_entry, moment

STEPS = (Event.CONFIRMED, Event.CLEARED, Event.REFUSED, Event.RELISTED, Event.WITHDRAWN, Event.APPEALED)
FACTS = {
    State.SUBMITTED: {},
    State.CONFIRMED: {"confirmed": moment("2021-05-02 11:00")},
    State.CLEARED: {"confirmed": moment("2021-05-02 11:00"), "cleared": moment("2021-05-02 12:40")},
    State.REFUSED: {"refused": moment("2021-05-03 10:00")},
    State.RELISTED: {
        "confirmed": moment("2021-05-02 11:00"),
        "cleared": moment("2021-05-02 12:40"),
        "relisted": moment("2021-11-02"),
    },
    State.WITHDRAWN: {"withdrawn": moment("2021-05-04")},
    State.UNDONE: {},
}


def in_state(state: State, **changes: Any) -> Request:
    return a_request(state=state, **{**FACTS[state], **changes})


def step(request: Request, event: Event, when: str = "2022-01-01", **detail: Any) -> Request:
    return move(request, an_entry(event, when, **detail), has_confirmation=True)


@pytest.mark.parametrize(("state", "event", "after"), [(*pair, after) for pair, after in MOVES.items()])
def test_a_request_moves_by_the_table(state: State, event: Event, after: State) -> None:
    moved = move(in_state(state), an_entry(event, "2022-01-01"), has_confirmation=False)
    assert moved.state is after


@pytest.mark.parametrize(("state", "event"), [pair for pair in product(State, Event) if pair not in MOVES])
def test_whatever_the_table_does_not_name_is_refused_with_the_state_in_one_sentence(state: State, event: Event) -> None:
    with pytest.raises(NotAllowed, match=f"^request 1 is {state} and cannot be {event}: ") as refusal:
        move(in_state(state), an_entry(event, "2022-01-01"), has_confirmation=False)
    assert "\n" not in str(refusal.value)


def test_the_table_is_the_one_of_the_contract() -> None:
    may_become = {state: {str(event) for (start, event) in MOVES if start is state} for state in State}
    assert may_become == {
        State.SUBMITTED: {"confirmed", "cleared", "refused", "relisted", "withdrawn"},
        State.CONFIRMED: {"cleared", "refused", "relisted", "withdrawn"},
        State.CLEARED: {"relisted", "withdrawn"},
        State.REFUSED: {"appealed", "withdrawn"},
        State.RELISTED: set(),
        State.WITHDRAWN: set(),
        State.UNDONE: set(),
    }


@pytest.mark.parametrize(
    ("state", "event", "possible"),
    [
        (State.SUBMITTED, Event.APPEALED, "possible: confirm, refused, relisted, withdraw, undo"),
        (State.CONFIRMED, Event.APPEALED, "possible: cleared, refused, relisted, withdraw, undo"),
        (State.CLEARED, Event.CONFIRMED, "possible: relisted, withdraw, undo"),
        (State.REFUSED, Event.CLEARED, "possible: withdraw, appeal, undo"),
        (State.RELISTED, Event.CLEARED, "a new attempt is a new `delist submit`"),
        (State.WITHDRAWN, Event.APPEALED, "a new attempt is a new `delist submit`"),
    ],
)
def test_a_refused_move_says_what_is_possible(state: State, event: Event, possible: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        step(in_state(state), event)
    named = str(refusal.value).rpartition("possible: ")[2].split(", ")
    if "possible: " in possible:
        assert set(named) == set(possible.removeprefix("possible: ").split(", "))
    else:
        assert possible in str(refusal.value)


def test_a_submitted_request_is_not_cleared_before_its_confirmation_where_there_is_such_a_step() -> None:
    with pytest.raises(NotAllowed, match="`delist cleared 1 --confirmed-on DAY`"):
        step(in_state(State.SUBMITTED), Event.CLEARED)


def test_a_submitted_request_is_cleared_at_once_where_no_step_follows() -> None:
    cleared = move(in_state(State.SUBMITTED), an_entry(Event.CLEARED, "2021-05-03"), has_confirmation=False)
    assert cleared.state is State.CLEARED
    assert cleared.confirmed is None


def test_a_denied_ticket_may_be_recorded_after_the_click() -> None:
    refused = step(in_state(State.CONFIRMED), Event.REFUSED)
    assert refused.state is State.REFUSED
    assert refused.confirmed is not None


def test_a_refused_request_may_be_appealed_under_the_same_number_and_reference() -> None:
    refused = in_state(State.REFUSED, reference="ST123")
    appealed = step(refused, Event.APPEALED, "2021-06-01")
    assert (appealed.number, appealed.state, appealed.reference) == (1, State.SUBMITTED, "ST123")
    assert appealed.asked == moment("2021-06-01")
    assert appealed.submitted == refused.submitted
    assert appealed.refused is None


def test_an_appeal_needs_its_own_confirmation() -> None:
    refused = step(in_state(State.CONFIRMED), Event.REFUSED, "2021-05-03")
    appealed = step(refused, Event.APPEALED, "2021-06-01")
    assert appealed.confirmed is None
    with pytest.raises(NotAllowed, match="not confirmed"):
        step(appealed, Event.CLEARED, "2021-06-02")
    assert step(appealed, Event.CONFIRMED, "2021-06-02").confirmed == moment("2021-06-02")


def test_an_appeal_may_bring_a_new_reference() -> None:
    assert step(in_state(State.REFUSED), Event.APPEALED, reference="ST456").reference == "ST456"


def test_nobody_appeals_before_the_refusal() -> None:
    with pytest.raises(NotAllowed, match="before it was refused on 2021-05-03T01:00:00Z"):
        step(in_state(State.REFUSED), Event.APPEALED, "2021-05-02")


@pytest.mark.parametrize(
    ("state", "event", "when", "says"),
    [
        (State.SUBMITTED, Event.CONFIRMED, "2021-05-01", "cannot be confirmed on 2021-05-01 before it was submitted"),
        (State.SUBMITTED, Event.CONFIRMED, "2021-05-02 09:59", "before it was submitted on 2021-05-02T01:00:00Z"),
        (State.SUBMITTED, Event.WITHDRAWN, "2021-05-01", "cannot be withdrawn"),
        (State.CONFIRMED, Event.CLEARED, "2021-05-02 10:30", "before it was confirmed on 2021-05-02T02:00:00Z"),
        (State.CLEARED, Event.RELISTED, "2021-05-02 12:00", "before it was cleared on 2021-05-02T03:40:00Z"),
        (State.CLEARED, Event.WITHDRAWN, "2021-05-01", "cannot be withdrawn"),
    ],
)
def test_nothing_happens_before_what_led_to_it(state: State, event: Event, when: str, says: str) -> None:
    with pytest.raises(NotAllowed, match=says):
        step(in_state(state), event, when)


def test_what_was_never_appealed_is_not_called_so() -> None:
    request = in_state(State.SUBMITTED, asked=moment("2021-05-02 10:00"))
    assert request.asked == request.submitted
    with pytest.raises(NotAllowed, match="before it was submitted"):
        step(request, Event.CONFIRMED, "2021-05-01")


@pytest.mark.parametrize("when", ["2021-05-02", "2021-05-02 10:00", "2021-05-02 23:59"])
def test_confirming_on_the_day_of_the_submission_is_fine(when: str) -> None:
    assert step(in_state(State.SUBMITTED), Event.CONFIRMED, when).confirmed == moment(when)


def test_a_bare_day_in_between_does_not_hide_that_two_instants_are_in_the_wrong_order() -> None:
    confirmed = step(in_state(State.SUBMITTED), Event.CONFIRMED, "2021-05-02")
    with pytest.raises(NotAllowed, match="before it was submitted on 2021-05-02T01:00:00Z"):
        step(confirmed, Event.CLEARED, "2021-05-02 09:00")


@pytest.mark.parametrize(
    ("state", "event", "when"),
    [
        (State.CONFIRMED, Event.CONFIRMED, "2021-05-02"),
        (State.CONFIRMED, Event.CONFIRMED, None),
        (State.CONFIRMED, Event.CONFIRMED, "2021-05-02 11:30"),
        (State.CLEARED, Event.CONFIRMED, "2021-05-02"),
        (State.CLEARED, Event.CLEARED, None),
        (State.CLEARED, Event.CLEARED, "2021-05-02"),
        (State.REFUSED, Event.REFUSED, "2021-05-03"),
        (State.RELISTED, Event.RELISTED, None),
        (State.RELISTED, Event.RELISTED, "2021-11-02"),
        (State.WITHDRAWN, Event.WITHDRAWN, None),
    ],
)
def test_the_same_fact_again_already_holds(state: State, event: Event, when: str | None) -> None:
    assert already_holds(in_state(state), event, moment(when) if when else None)


@pytest.mark.parametrize(
    ("state", "event", "when"),
    [
        (State.SUBMITTED, Event.CONFIRMED, None),
        (State.SUBMITTED, Event.CONFIRMED, "2021-05-02"),
        (State.CONFIRMED, Event.CLEARED, None),
        (State.CLEARED, Event.RELISTED, None),
        (State.CLEARED, Event.CLEARED, "2021-12-01"),
        (State.REFUSED, Event.APPEALED, None),
    ],
)
def test_a_new_fact_does_not_hold_yet(state: State, event: Event, when: str | None) -> None:
    assert not already_holds(in_state(state), event, moment(when) if when else None)


@pytest.mark.parametrize(
    ("state", "event", "when"),
    [
        (State.CONFIRMED, Event.CONFIRMED, "2021-05-03"),
        (State.CLEARED, Event.CONFIRMED, "2021-05-03"),
        (State.CLEARED, Event.CLEARED, "2021-05-01"),
        (State.RELISTED, Event.RELISTED, "2021-11-03"),
    ],
)
def test_another_day_for_a_recorded_fact_is_refused_and_names_amend(state: State, event: Event, when: str) -> None:
    with pytest.raises(NotAllowed, match=f"`delist amend 1 --{event}-on {when}`"):
        already_holds(in_state(state), event, moment(when))


def test_cleared_no_longer_holds_once_the_address_is_listed_again() -> None:
    relisted = in_state(State.RELISTED)
    assert not already_holds(relisted, Event.CLEARED, None)


def test_the_same_appeal_again_already_holds() -> None:
    appealed = step(in_state(State.REFUSED), Event.APPEALED, "2021-06-01")
    assert already_holds(appealed, Event.APPEALED, moment("2021-06-01"))


@pytest.mark.parametrize("state", list(State))
def test_only_submitted_and_confirmed_requests_are_open(state: State) -> None:
    assert in_state(state).is_open is (state in ("submitted", "confirmed"))


@pytest.mark.parametrize(
    ("state", "closed"),
    [
        (State.SUBMITTED, None),
        (State.CONFIRMED, None),
        (State.CLEARED, None),
        (State.REFUSED, "2021-05-03 10:00"),
        (State.RELISTED, "2021-11-02"),
        (State.WITHDRAWN, "2021-05-04"),
    ],
)
def test_a_request_closes_when_it_is_refused_relisted_or_withdrawn(state: State, closed: str | None) -> None:
    assert in_state(state).closed == (moment(closed) if closed else None)


def test_a_request_given_up_after_a_refusal_closes_when_it_is_given_up() -> None:
    assert step(in_state(State.REFUSED), Event.WITHDRAWN, "2021-06-01").closed == moment("2021-06-01")


def test_the_confirmation_is_the_last_step_or_the_submission_where_there_is_none() -> None:
    assert confirmation_of(in_state(State.CONFIRMED), True) == moment("2021-05-02 11:00")
    assert confirmation_of(in_state(State.SUBMITTED), True) is None
    assert confirmation_of(in_state(State.SUBMITTED), False) == moment("2021-05-02 10:00")


def test_without_a_confirmation_step_an_appeal_is_the_confirmation_date() -> None:
    appealed = step(in_state(State.REFUSED), Event.APPEALED, "2021-06-01")
    assert confirmation_of(appealed, False) == moment("2021-06-01")


def test_the_time_to_effect_counts_from_the_confirmation() -> None:
    assert str(time_to_effect(in_state(State.CLEARED), True)) == "PT1H40M"
    assert time_to_effect(in_state(State.CONFIRMED), True) is None


def test_attempts_are_counted_in_order_of_submission_without_those_taken_back() -> None:
    later = a_request(number=1, submitted=moment("2021-11-02"))
    first = a_request(number=2, submitted=moment("2021-05-02 10:00"))
    same_day = a_request(number=3, submitted=moment("2021-05-02"))
    undone = a_request(number=4, submitted=moment("2021-01-01"), state=State.UNDONE)
    assert attempts([later, first, same_day, undone]) == {2: 1, 3: 2, 1: 3}


@pytest.mark.parametrize("kept", [moment("2021-05-02"), moment("2021-05-02 23:30"), None])
def test_a_moment_survives_in_the_detail_of_a_history(kept: Moment | None) -> None:
    assert moment_from(moment_to(kept)) == kept


def test_a_moment_is_told_as_it_is_typed() -> None:
    assert told(moment("2021-05-02")) == "2021-05-02"
    assert told(moment("2021-05-02 10:00")) == "2021-05-02T01:00:00Z"


# Random histories: what a person may record in any order, some days apart and sometimes not in order of time.


def _entry(event: Event, minutes: int, with_time: bool, detail: dict[str, Any]) -> Entry:
    local = datetime(2021, 5, 2, 10, tzinfo=TOKYO) + timedelta(minutes=minutes)
    return an_entry(event, moment(local.strftime("%Y-%m-%d %H:%M" if with_time else "%Y-%m-%d")), **detail)


def _amendment(name: str, days: int) -> dict[str, Any]:
    return {name: {"from": None, "to": moment_to(Moment(date(2021, 5, 2) + timedelta(days=days)))}}


DETAILS: dict[Event, st.SearchStrategy[dict[str, Any]]] = {
    Event.ACKNOWLEDGED: st.sampled_from([{"kind": "relisted"}, {"kind": "exclusion-ends", "ref": "2021-11-02"}]),
    Event.SNOOZED: st.sampled_from([{"kind": "verify", "until": f"2021-06-0{day}T00:00:00Z"} for day in (1, 2)]),
    Event.NOTED: st.sampled_from([{"text": "x"}, {"answered": True}, {"ptr_changed": True}]),
    Event.AMENDED: st.builds(_amendment, st.sampled_from(AMENDABLE), st.integers(0, 300))
    | st.sampled_from([{"reference": {"from": None, "to": "ST1"}}, {"email": {"from": None, "to": "a@example.com"}}]),
    **{event: st.sampled_from([{}, {"reference": "ST2"}]) for event in STEPS},
}
TOLD = st.sampled_from([*STEPS, *STEPS, *DETAILS]).flatmap(
    lambda event: st.tuples(st.just(event), st.integers(0, 10_000), st.booleans(), DETAILS[event])
)
BORN: dict[str, Any] = {
    "reference": "ST0",
    "contact": {"name": "Jo", "email": "jo@example.com"},
    "template": "spamhaus-pbl.en",
}


def _recorded(request: Request, entry: Entry, has_confirmation: bool) -> Request | None:
    """Return the request after an entry, None if the rules refuse it."""
    try:
        if entry.event in STEPS:
            return move(request, entry, has_confirmation)
        after = applied(request, entry)
        if entry.event is Event.AMENDED:
            name = next(iter(entry.detail))
            return coherent(after) if name not in AMENDABLE or getattr(request, name) else None
        return after
    except NotAllowed:
        return None


@given(st.lists(TOLD, max_size=10), st.booleans())
def test_every_sequence_of_events_moves_by_the_table_or_is_refused_and_history_only_grows(
    told_events: list[tuple[Event, int, bool, dict[str, Any]]], has_confirmation: bool
) -> None:
    born = an_entry(Event.SUBMITTED, **BORN)
    history = [born]
    request = replay(a_request(), history)
    for position, (event, minutes, with_time, detail) in enumerate(told_events):
        entry = _entry(event, 5000 * position + minutes, with_time, detail)
        after = _recorded(request, entry, has_confirmation)
        allowed = event not in STEPS or (request.state, event) in MOVES
        assert after is None or allowed
        if after is None:
            continue
        assert after.state is MOVES.get((request.state, event), request.state)
        before, history = history, [*history, entry]
        assert history[: len(before)] == before
        request = after
        assert request == replay(a_request(), history)
    assert coherent(request) == request


@given(st.lists(TOLD | st.just(None), max_size=14), st.booleans())
def test_undo_by_replay_gives_the_request_as_it_was_before(
    told_events: list[tuple[Event, int, bool, dict[str, Any]] | None], has_confirmation: bool
) -> None:
    history = [an_entry(Event.SUBMITTED, **BORN)]
    past = [replay(a_request(), history)]
    for position, each in enumerate(told_events):
        if each is None and len(past) > 1:
            last = last_valid(history)
            assert last is not None
            history.append(an_entry(Event.UNDONE, of=last.uid))
            past.pop()
        elif each is not None:
            event, minutes, with_time, detail = each
            entry = _entry(event, 5000 * position + minutes, with_time, detail)
            after = _recorded(past[-1], entry, has_confirmation)
            if after is None:
                continue
            history.append(entry)
            past.append(after)
        assert replay(a_request(), history) == past[-1]
    assert len(still_valid(history)) == len(past)


def test_a_submission_that_was_taken_back_never_happened() -> None:
    born = an_entry(Event.SUBMITTED, **BORN)
    history = [born, an_entry(Event.UNDONE, of=born.uid)]
    undone = replay(a_request(), history)
    assert undone.state is State.UNDONE
    assert last_valid(history) is None
    with pytest.raises(NotAllowed, match="is undone"):
        step(undone, Event.CONFIRMED)


def test_what_was_taken_back_may_be_recorded_again() -> None:
    born, wrong, right = (
        an_entry(Event.SUBMITTED),
        an_entry(Event.CONFIRMED, "2021-05-03"),
        an_entry(Event.CONFIRMED, "2021-05-02"),
    )
    history = [born, wrong, an_entry(Event.UNDONE, of=wrong.uid), right]
    assert replay(a_request(), history).confirmed == moment("2021-05-02")
    assert [entry.uid for entry in still_valid(history)] == [born.uid, right.uid]


def test_a_submission_brings_what_it_was_sent_with() -> None:
    request = replay(a_request(batch=4), [an_entry(Event.SUBMITTED, "2021-05-02 10:00", **BORN)])
    assert (request.reference, request.name, request.email) == ("ST0", "Jo", "jo@example.com")
    assert (request.template, request.batch, request.state) == ("spamhaus-pbl.en", 4, State.SUBMITTED)
    assert request.submitted == request.asked == moment("2021-05-02 10:00")


def test_correcting_the_submission_corrects_when_was_asked_unless_an_appeal_followed() -> None:
    change = an_entry(Event.AMENDED, "2021-12-01", **_amendment("submitted", -2))
    earlier = moment("2021-04-30")
    plain = applied(in_state(State.SUBMITTED), change)
    assert (plain.submitted, plain.asked) == (earlier, earlier)
    appealed = applied(step(in_state(State.REFUSED), Event.APPEALED, "2021-06-01"), change)
    assert (appealed.submitted, appealed.asked) == (earlier, moment("2021-06-01"))


def test_a_correction_that_turns_the_order_around_is_contradictory() -> None:
    late = applied(in_state(State.CLEARED), an_entry(Event.AMENDED, **_amendment("confirmed", 30)))
    with pytest.raises(NotAllowed, match="cannot be cleared"):
        coherent(late)


def test_what_is_said_about_reminders_is_kept_and_the_last_snooze_counts() -> None:
    request = in_state(State.CONFIRMED)
    for entry in (
        an_entry(Event.SNOOZED, kind="verify", until="2021-06-02T00:00:00Z"),
        an_entry(Event.SNOOZED, kind="verify", until="2021-06-01T00:00:00Z"),
        an_entry(Event.ACKNOWLEDGED, kind="exclusion-ends", ref="2021-11-02"),
        an_entry(Event.NOTED, "2021-05-05", answered=True),
        an_entry(Event.NOTED, "2021-05-06", ptr_changed=True),
    ):
        request = applied(request, entry)
    assert request.state is State.CONFIRMED
    assert request.marks.snoozed_until("verify", "") == datetime.fromisoformat("2021-06-01T00:00:00Z")
    assert request.marks.snoozed_until("confirm", "") is None
    assert request.marks.acknowledged == {("exclusion-ends", "2021-11-02")}
    assert (request.marks.answered, request.marks.ptr_changed) == (moment("2021-05-05"), moment("2021-05-06"))


def test_a_plain_note_changes_nothing_about_the_request() -> None:
    request = in_state(State.CONFIRMED)
    assert applied(request, an_entry(Event.NOTED, text="called them")) == request


def test_every_move_has_a_command_that_records_it() -> None:
    assert {event for _, event in MOVES} == set(VERBS) == set(STEPS)
