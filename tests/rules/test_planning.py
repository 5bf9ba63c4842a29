"""What to ask first: who may ask, what comes first, what is left alone, and in which order."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.addresses import Cover, Positions, covered_by, order, overlap
from delist.rules.asking import same_scope
from delist.rules.evidence.values import Judged, Outcome
from delist.rules.lifecycle import State
from delist.rules.listings import Episode, SightingSource
from delist.rules.lists import ListKind, Mode, Removal, Scope, Who
from delist.rules.moments import Period
from delist.rules.planning.steps import By, is_standing, steps
from delist.rules.planning.values import Asker, Do, Known, Listed, Step
from delist.rules.reminders import Kind
from delist.rules.windows import Case
from delist.rules.wording import Facts
from tests.builders import CATALOGUE, POLICY, a_case, a_list, a_request, moment

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
A = "203.0.113.7"


def listed(key: str, address: str = A, code: str | None = None, on: str = "2026-11-20", **changes: Any) -> Listed:
    """Return a standing listing on a list of the catalogue."""
    seen = moment(on)
    episode = Episode(f"uid-{key}-{address}", code, SightingSource.CHECK, seen, seen)
    entry = changes.pop("entry", None) or CATALOGUE.get(key)
    requests = changes.pop("requests", ())
    case = Case(address, entry, requests, episode=episode, codes=(code,) if code else ())
    return Listed(case, **changes)


def planned(*found: Listed, by: By = By.LIST) -> list[Step]:
    """Return the steps, checked to be as many as there must be."""
    return list(steps(found, POLICY, NOW, by))


def told(*found: Listed) -> list[tuple[str, str, str]]:
    """Return list, who and what of each step, in order."""
    return [(step.list.key, str(step.who), str(step.do)) for step in planned(*found)]


def test_sbl_comes_first_and_all_of_spamhaus_waits_for_it() -> None:
    found = [listed(key) for key in ("spamhaus-pbl", "uceprotect-2", "spamhaus-sbl")]
    found.append(listed("spamcop", on="2026-11-23"))
    assert told(*found) == [
        ("spamhaus-sbl", "provider", "letter"),
        ("uceprotect-2", "provider", "letter"),
        ("spamhaus-pbl", "you", "wait-for"),
        ("spamcop", "you", "wait"),
    ]
    first, range_, policy, cop = planned(*found)
    assert (first.after, policy.after) == ((), ("spamhaus-sbl",))
    assert (str(cop.expires), cop.expires_on) == ("PT24H", date(2026, 11, 24))
    assert range_.expires_on == date(2026, 11, 27)


def test_who_answers_for_the_network_asks_what_others_leave_to_the_provider() -> None:
    ours = Known(role="provider")
    found = [listed(key, known=ours) for key in ("uceprotect-2", "spamhaus-sbl")]
    found.append(listed("spamhaus-pbl", code="127.0.0.10", known=ours))
    assert told(*found) == [
        ("spamhaus-sbl", "you", "ask"),
        ("spamhaus-pbl", "you", "wait-for"),
        # There is nowhere to ask: it goes once the neighbours are clean.
        ("uceprotect-2", "you", "wait"),
    ]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("127.0.0.11",), (Asker.YOU, Do.ASK)),
        (("127.0.0.10",), (Asker.PROVIDER, Do.LETTER)),
        (("127.0.0.10", "127.0.0.11"), (Asker.PROVIDER, Do.LETTER)),
        ((), (Asker.YOU, Do.ASK)),
    ],
)
def test_a_code_says_whose_entry_it_is(codes: tuple[str, ...], expected: tuple[Asker, Do]) -> None:
    one = listed("spamhaus-pbl")
    [step] = planned(replace(one, case=replace(one.case, codes=codes)))
    assert (step.who, step.do) == expected
    assert step.codes == codes


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("psbl", (Asker.ANYONE, Do.ASK)),
        ("uceprotect-1", (Asker.NOBODY, Do.WAIT)),
        ("uceprotect-3", (Asker.NOBODY, Do.NOTHING)),
        ("sorbs", (Asker.NOBODY, Do.TELL_RECEIVER)),
        ("dnswl", (Asker.NOBODY, Do.NOTHING)),
        # Six days are long where asking takes a quarter of an hour; 24 hours are not where it takes as long.
        ("abusix", (Asker.YOU, Do.ASK)),
        ("spamcop", (Asker.YOU, Do.WAIT)),
        ("no-such-list", (Asker.NOBODY, Do.NOTHING)),
    ],
)
def test_what_is_to_be_done_about_a_list(key: str, expected: tuple[Asker, Do]) -> None:
    [step] = planned(listed(key, on="2026-11-23"))
    assert (step.who, step.do) == expected


def stood(key: str, first: str, last: str, **changes: Any) -> Listed:
    """Return a listing that was first and last seen then."""
    one = listed(key, on=first, **changes)
    assert one.case.episode is not None
    return replace(one, case=replace(one.case, episode=replace(one.case.episode, last=moment(last))))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        # NOW is 12:00 on 24 November in Tokyo, and SpamCop's listings last 24 hours.
        ("2026-11-24 11:00", "2026-11-24 11:00", Do.WAIT),
        ("2026-11-22 12:00", "2026-11-23 12:00", Do.WAIT),
        ("2026-11-23 11:59", "2026-11-23 11:59", Do.ASK),
        ("2026-11-22 11:59", "2026-11-23 12:00", Do.ASK),
        ("2026-11-01", "2026-11-24", Do.ASK),
        ("2026-11-23", "2026-11-24", Do.WAIT),
    ],
)
def test_what_stays_longer_than_its_time_is_asked_about(first: str, last: str, expected: Do) -> None:
    assert [step.do for step in planned(stood("spamcop", first, last))] == [expected]


def test_of_several_the_last_to_go_counts() -> None:
    found = [stood("uceprotect-1", "2026-11-20", day) for day in ("2026-11-22", "2026-11-23")]
    found[0] = replace(found[0], case=replace(found[0].case, address="203.0.113.8"))
    assert [step.expires_on for step in planned(*found)] == [date(2026, 11, 30)]


@pytest.mark.parametrize(("last", "expected"), [("2026-11-17 11:59", True), ("2026-11-17 12:00", False)])
def test_what_should_be_gone_is_told_by_the_instant(last: str, expected: bool) -> None:
    [step] = planned(stood("uceprotect-1", last, last))
    assert (step.is_over, step.expires_on) == (expected, date(2026, 11, 24))


def test_a_list_that_is_switched_off_is_left_out_of_all_that_can_be_done() -> None:
    for key in ("spamhaus-pbl", "spamcop", "sorbs"):
        [step] = planned(listed(key, entry=replace(CATALOGUE.get(key), off=True)))
        assert (step.who, step.do) == (Asker.NOBODY, Do.NOTHING)


def test_what_does_harm_comes_before_what_the_same_operator_lists_by_policy() -> None:
    for key in ("spamhaus-xbl", "spamhaus-css", "spamhaus-bcl"):
        found = [listed("spamhaus-pbl"), listed(key), listed("barracuda")]
        shown = [step.list.key for step in planned(*found)]
        assert shown.index(key) < shown.index("spamhaus-pbl")
        held = [step.list.key for step in planned(*found, listed("spamhaus-sbl"))]
        assert held.index(key) < held.index("spamhaus-pbl")
    # Those who wait for another list do not keep others of the same operator from being asked now.
    apart = [listed("spamhaus-sbl", "198.51.100.0/24"), listed("spamhaus-xbl", "198.51.100.9"), listed("spamhaus-pbl")]
    assert [step.list.key for step in planned(*apart)] == ["spamhaus-sbl", "spamhaus-pbl", "spamhaus-xbl"]


def test_what_most_receivers_ask_comes_first_however_it_is_called() -> None:
    found = [listed(key, entry=a_list(key, default=key == "z")) for key in ("a", "z")]
    assert [step.list.key for step in planned(*found)] == ["z", "a"]


def test_what_is_begun_and_due_comes_before_what_can_be_asked_and_what_is_not_due_after_it() -> None:
    found = [listed("barracuda")]
    for key, sent in (("proofpoint", "2026-11-24 11:59"), ("nordspam", "2026-11-01 11:00")):
        found.append(listed(key, requests=(a_request(list=key, submitted=moment(sent)),)))
    assert [(step.list.key, step.is_due) for step in planned(*found)] == [
        ("nordspam", True),
        ("barracuda", False),
        ("proofpoint", False),
    ]


def test_a_listing_that_only_a_refusal_tells_of_holds_nothing_up() -> None:
    """As for `text`: what was refused once and is on no list by any look is no reason to wait."""
    refused = a_request(list="spamhaus-sbl", state=State.REFUSED, refused=moment("2026-11-23"))
    told_of = listed("spamhaus-sbl", requests=(refused,))
    found = [replace(told_of, case=replace(told_of.case, episode=None)), listed("spamhaus-pbl")]
    assert {step.list.key: step.do for step in planned(*found)} == {"spamhaus-sbl": Do.LETTER, "spamhaus-pbl": Do.ASK}


def test_of_a_64_one_is_asked_for() -> None:
    found = [listed("spamhaus-css", each) for each in ("2001:db8::5", "2001:db8::7", "2001:db8:1::7")]
    assert [step.targets for step in planned(*found)] == [("2001:db8::5", "2001:db8:1::7")]


def test_refusals_are_counted_and_the_providers_apart() -> None:
    def refused(address: str, template: str | None) -> Listed:
        request = a_request(
            address=address, template=template, state=State.REFUSED, refused=moment("2026-11-23"), number=hash(address)
        )
        return listed("spamhaus-pbl", address, "127.0.0.10", requests=(request,))

    letters = [refused(f"203.0.113.{n}", "provider-letter.ja") for n in (1, 2)]
    [step] = planned(*letters, refused("203.0.113.3", "spamhaus-pbl"))
    assert (step.refused, step.by_provider) == (3, 2)
    assert len(planned(*letters, refused("203.0.113.3", "spamhaus-pbl"), by=By.LIKENESS)) == 2


def test_an_open_request_is_not_asked_again() -> None:
    request = a_request(submitted=moment("2026-11-24 11:00"))
    [step] = planned(listed("spamhaus-pbl", requests=(request,)))
    assert (step.do, step.request, step.is_due) == (Do.ASKED, request, True)
    assert step.next is not None
    assert step.next.kind is Kind.CONFIRM


def test_an_open_request_stands_for_its_whole_scope() -> None:
    one, other = "2001:db8::5", "2001:db8::7"
    request = a_request(list="spamhaus-css", address=one, submitted=moment("2026-11-24 11:00"))
    found = [listed("spamhaus-css", one, requests=(request,)), listed("spamhaus-css", other)]
    assert [(step.do, step.entries) for step in planned(*found)] == [(Do.ASKED, (one, other))]
    assert [step.do for step in planned(*found, by=By.ENTRY)] == [Do.ASKED, Do.ASKED]
    far = listed("spamhaus-css", "2001:db8:1::7")
    assert Do.ASK in [step.do for step in planned(*found, far, by=By.ENTRY)]


def test_a_range_holds_up_what_lies_in_it_and_nothing_else() -> None:
    found = [listed("spamhaus-sbl", "203.0.113.0/24"), listed("spamhaus-pbl"), listed("spamhaus-pbl", "198.51.100.1")]
    shown = {step.entries: step.do for step in planned(*found, by=By.LIKENESS)}
    assert shown == {("203.0.113.0/24",): Do.LETTER, (A,): Do.WAIT_FOR, ("198.51.100.1",): Do.ASK}


def test_what_can_be_asked_comes_by_what_is_at_stake() -> None:
    """Refused mail first, then the lists most ask; of these the policy list, which wants nothing mended."""
    found = [listed(key) for key in ("barracuda", "nordspam", "spamhaus-pbl")]
    found.append(listed("proofpoint", was_refused=True))
    assert [step.list.key for step in planned(*found)] == ["proofpoint", "spamhaus-pbl", "barracuda", "nordspam"]


def test_the_provider_gets_its_letter_after_what_you_can_ask_unless_it_holds_that_up() -> None:
    free = [listed("uceprotect-2"), listed("barracuda")]
    assert [step.list.key for step in planned(*free)] == ["barracuda", "uceprotect-2"]
    held = [*free, listed("spamhaus-sbl"), listed("spamhaus-pbl")]
    assert [step.list.key for step in planned(*held)] == ["spamhaus-sbl", "uceprotect-2", "barracuda", "spamhaus-pbl"]


def test_what_fails_is_to_be_mended_where_the_list_wants_it() -> None:
    failed = (
        Judged("ptr-name", Outcome.FAILS, "generic", "DNS", "name it"),
        Judged("mx", Outcome.FAILS, "none", "DNS"),
    )
    css, pbl = (listed(key, known=Known(failed=failed)) for key in ("spamhaus-css", "spamhaus-pbl"))
    assert [(each.claim, each.entries) for each in planned(css)[0].mend] == [("cause", 1), ("ptr-name", 1)]
    assert [each.claim for each in planned(pbl)[0].mend] == ["ptr-name", "mx"]
    assert planned(listed("spamcop", known=Known(failed=failed)))[0].mend == ()


def test_a_cause_that_is_told_need_not_be_found() -> None:
    facts = Facts(name="Hanako", email="hanako@example.org", cause="a stolen password, changed")
    [step] = planned(listed("spamhaus-css", known=Known(facts=facts)))
    assert (step.mend, step.needs) == ((), ())
    assert planned(listed("spamhaus-css"))[0].needs == ("name", "email", "cause")
    assert planned(listed("spamhaus-sbl"))[0].needs == ("name", "email")


def test_what_is_alike_is_one_step() -> None:
    found = [listed("spamhaus-pbl", f"203.0.113.{n}", "127.0.0.10", concerns=frozenset({n})) for n in range(1, 9)]
    found[0] = replace(found[0], known=Known(sends=True))
    [step] = planned(*found, by=By.LIKENESS)
    assert (step.addresses, step.sending, len(step.entries)) == (8, 1, 8)
    assert len(planned(*found, by=By.ENTRY)) == 8


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (a_case(), False),
        (a_case(a_request()), True),
        (a_case(a_request(), retired=True), False),
        (a_case(a_request(state=State.CLEARED, cleared=moment("2021-05-03"))), False),
        (a_case(a_request(state=State.RELISTED, relisted=moment("2021-11-02"))), True),
        (a_case(a_request(state=State.REFUSED, refused=moment("2021-05-03"))), True),
        (a_case(a_request(state=State.REFUSED, refused=moment("2021-05-03")), last_clear=moment("2021-05-04")), False),
        (a_case(a_request(state=State.REFUSED, refused=moment("2021-05-03")), last_clear=moment("2021-05-03")), False),
        (a_case(a_request(state=State.REFUSED, refused=moment("2021-05-03")), last_clear=moment("2021-05-02")), True),
        (a_case(a_request(state=State.WITHDRAWN, refused=moment("2021-05-03"))), False),
        (
            a_case(
                a_request(state=State.RELISTED, relisted=moment("2021-11-02")), last_clear=moment("2021-11-03 10:00")
            ),
            False,
        ),
    ],
)
def test_what_stands(case: Case, expected: bool) -> None:
    assert is_standing(case) is expected


# --- laws --------------------------------------------------------------------------------------

_KEYS = [f"l{n}" for n in range(6)]
_ADDRESSES = ["203.0.113.7", "203.0.113.8", "203.0.113.0/24", "2001:db8::5", "2001:db8::7", "2001:db8::/48"]
_OPEN = a_request(submitted=moment("2026-11-24 11:00"))


@st.composite
def scenes(draw: st.DrawFn) -> list[Listed]:
    """Lists of two operators that wait for each other in any way, and what stands on them."""
    some = st.sampled_from
    entries = [
        a_list(
            key,
            kind=draw(some(ListKind)),
            who=draw(some(Who)),
            scope=draw(some(Scope)),
            default=draw(st.booleans()),
            removal=Removal(draw(some(Mode)), "https://example.org/", wants_text=draw(st.booleans())),
            # The catalogue takes no lists that wait for each other.
            waits_for=tuple(draw(st.lists(some(_KEYS[:place]), max_size=3, unique=True))) if place else (),
            operator=draw(some(["One", "Other"])),
            wants=draw(some([(), ("cause",)])),
            effect_within=draw(st.sampled_from([None, Period(seconds=3600)])),
            closed=draw(st.sampled_from([None, None, None, date(2024, 6, 5)])),
        )
        for place, key in enumerate(_KEYS)
    ]
    pairs = draw(st.lists(st.tuples(some(entries), some(_ADDRESSES)), unique_by=lambda p: (p[0].key, p[1])))
    return [
        listed(
            entry.key,
            address,
            entry=entry,
            requests=draw(some([(), (), (replace(_OPEN, list=entry.key, address=address),)])),
            known=Known(role=draw(some(["owner", "provider"]))),
            was_refused=draw(st.booleans()),
        )
        for entry, address in pairs
    ]


@given(scenes(), st.sampled_from(By))
def test_every_listing_is_in_one_step_and_none_comes_before_one_it_waits_for(found: list[Listed], by: By) -> None:
    whole = steps(found, POLICY, NOW, by)
    shown = [(step.list.key, address) for step in whole for address in step.entries]
    assert sorted(shown) == sorted((one.case.list.key, one.case.address) for one in found)
    places: dict[str, list[int]] = {}
    for place, step in enumerate(whole):
        places.setdefault(step.list.key, []).append(place)
    for place, step in enumerate(whole):
        for key in step.after:
            assert max(places[key]) < place


@given(scenes())
def test_nothing_is_asked_while_a_list_that_comes_first_holds_the_same_scope(found: list[Listed]) -> None:
    for step in steps(found, POLICY, NOW, By.ENTRY):
        [address] = step.entries
        first = [one.case for one in found if one.case.list.key in step.list.waits_for]
        held = {case.list.key for case in first if same_scope(case.list, case.address, address)}
        assert set(step.after) <= held
        if step.do in (Do.ASK, Do.LETTER):
            assert step.after == ()


_NETS = st.builds(
    lambda n, width: str(covered(n, width)), st.integers(0, 255), st.sampled_from([24, 25, 28, 30, 31, 32])
)


def covered(number: int, width: int) -> str:
    """Return a network around 203.0.113.NUMBER as it is written."""
    last = number >> (32 - width) << (32 - width) if width < 32 else number
    return f"203.0.113.{last}/{width}" if width < 32 else f"203.0.113.{last}"


@given(st.lists(_NETS), _NETS)
def test_a_cover_meets_what_one_of_its_addresses_meets(nets: list[str], one: str) -> None:
    found = Cover(nets).meeting(one)
    assert (found is not None) is any(overlap(net, one) for net in nets)
    assert found is None or (found in nets and overlap(found, one))


@given(st.sets(_NETS), _NETS)
def test_places_are_those_that_overlap_the_inner_ones_first(nets: set[str], one: str) -> None:
    ordered = sorted(nets, key=order)
    overlapping = {place for place, net in enumerate(ordered) if overlap(net, one)}
    found = Positions(ordered).meeting(one)
    assert found <= overlapping
    assert bool(found) is bool(overlapping)
    assert covered_by(one, "range") == one
