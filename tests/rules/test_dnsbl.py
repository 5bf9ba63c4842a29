"""What answers of blocklists mean: listed, clear, turned away or unknown, and when a zone can be believed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.dnsbl import (
    Answer,
    Failure,
    Finding,
    Health,
    Verdict,
    asked_for,
    decode,
    health_of,
    is_refusal,
    lists_of,
    of_network,
    points_of,
    together,
)
from delist.rules.lists import NO_TEST, Points, Who, Zone, ZoneAnswer
from tests.builders import CATALOGUE

# Like a large combined zone: four lists, one of them with two codes, beside codes that are no listings.
ZONE = Zone(
    "bl.example",
    {
        "127.0.0.2": ZoneAnswer("ex-spam"),
        "127.0.0.3": ZoneAnswer("ex-hosts"),
        "127.0.0.10": ZoneAnswer("ex-policy", Who.PROVIDER),
        "127.0.0.11": ZoneAnswer("ex-policy", Who.OWNER),
        "127.0.0.20": ZoneAnswer("ignore"),
        "127.0.0.30": ZoneAnswer("allow"),
        "127.0.0.40": ZoneAnswer("turned-away"),
        "127.0.1.255": ZoneAnswer("ex-bits"),
    },
)
LISTS = ("ex-spam", "ex-hosts", "ex-policy", "ex-bits")
GOOD = Health()
LISTED, CLEAR, TURNED_AWAY, UNKNOWN = Verdict.LISTED, Verdict.CLEAR, Verdict.TURNED_AWAY, Verdict.UNKNOWN


def said(*codes: str, failure: Failure | None = None) -> Answer:
    return Answer(codes, failure, ttl=60)


NOTHING = said()


def verdicts(answer: Answer, zone: Zone = ZONE, health: Health = GOOD) -> dict[str, Verdict]:
    """Return the verdict of each list; fails if one list has two findings."""
    findings = decode(answer, zone, health)
    assert [finding.list for finding in findings] == list(lists_of(zone))
    return {finding.list: finding.verdict for finding in findings}


def the_only(answer: Answer, zone: Zone = ZONE, health: Health = GOOD) -> tuple[Verdict, str | None]:
    """Return verdict and reason where all lists of the zone have the same, without codes."""
    findings = decode(answer, zone, health)
    ((verdict, why, codes, who),) = {(each.verdict, each.why, each.codes, each.who) for each in findings}
    assert (codes, who) == ((), None)
    return verdict, why


# What codes mean.


@pytest.mark.parametrize(
    ("codes", "listed"),
    [
        (["127.0.0.2"], {"ex-spam": ("127.0.0.2",)}),
        (["127.0.0.11"], {"ex-policy": ("127.0.0.11",)}),
        (["127.0.1.255"], {"ex-bits": ("127.0.1.255",)}),
        (["127.0.0.2", "127.0.0.3"], {"ex-spam": ("127.0.0.2",), "ex-hosts": ("127.0.0.3",)}),
        (["127.0.0.10", "127.0.0.11"], {"ex-policy": ("127.0.0.10", "127.0.0.11")}),
        (["127.0.0.2", "127.0.0.20"], {"ex-spam": ("127.0.0.2",)}),
        (["127.0.0.2", "127.0.0.30"], {"ex-spam": ("127.0.0.2",)}),
        (["127.0.0.20"], {}),
        (["127.0.0.30"], {}),
        (["127.0.0.20", "127.0.0.30"], {}),
        ([], {}),
    ],
)
def test_a_code_lists_on_its_list_alone_and_the_others_are_clear(
    codes: list[str], listed: dict[str, tuple[str, ...]]
) -> None:
    findings = decode(said(*codes), ZONE, GOOD)
    assert [finding.list for finding in findings] == list(LISTS)
    assert {finding.list: finding.codes for finding in findings if finding.verdict is LISTED} == listed
    assert {finding.list for finding in findings if finding.verdict is CLEAR} == set(LISTS) - set(listed)
    assert all(finding.why is None for finding in findings)


@pytest.mark.parametrize(
    ("codes", "who"),
    [
        (["127.0.0.10"], Who.PROVIDER),
        (["127.0.0.11"], Who.OWNER),
        (["127.0.0.10", "127.0.0.11"], Who.PROVIDER),
    ],
)
def test_a_code_that_the_provider_keeps_decides_who_has_to_ask(codes: list[str], who: Who) -> None:
    found = {finding.list: finding for finding in decode(said(*codes), ZONE, GOOD)}
    assert found["ex-policy"].who is who
    assert [found[key].who for key in LISTS if key != "ex-policy"] == [None] * 3


@pytest.mark.parametrize("code", [f"127.255.255.{last}" for last in (*range(6), 249, 250, 251, 252, 253, 254, 255)])
def test_every_refusal_code_turns_away_from_all_lists_of_the_zone(code: str) -> None:
    verdict, why = the_only(said(code))
    assert verdict is TURNED_AWAY
    assert why
    assert why.startswith(f"{code}: ")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("127.255.255.250", "disabled"),
        ("127.255.255.251", "key"),
        ("127.255.255.252", "mistyped"),
        ("127.255.255.254", "public resolver"),
        ("127.255.255.255", "too many queries"),
        ("127.0.0.40", "will not answer"),
    ],
)
def test_a_refusal_says_what_it_means(code: str, reason: str) -> None:
    assert reason in (the_only(said(code))[1] or "")


@pytest.mark.parametrize(
    ("codes", "verdict", "why"),
    [
        # A mixture with a refusal, in either order.
        (["127.0.0.2", "127.255.255.254"], UNKNOWN, "a refusal beside other answers"),
        (["127.255.255.254", "127.0.0.2"], UNKNOWN, "a refusal beside other answers"),
        (["127.0.0.20", "127.255.255.254"], UNKNOWN, "a refusal beside other answers"),
        (["127.0.0.2", "127.0.0.40"], UNKNOWN, "a refusal beside other answers"),
        (["127.0.0.99", "127.255.255.254"], UNKNOWN, "a refusal beside other answers"),
        (["127.255.255.254", "203.0.113.80"], UNKNOWN, "a refusal beside other answers"),
        (["127.255.255.254", "127.255.255.255"], TURNED_AWAY, "127.255.255.254: "),
        # Outside 127/8: a zone that was sold, or a resolver that has an answer for everything.
        (["203.0.113.80"], UNKNOWN, "hijacked: 203.0.113.80"),
        (["128.0.0.2"], UNKNOWN, "hijacked: 128.0.0.2"),
        (["12.7.0.2"], UNKNOWN, "hijacked: 12.7.0.2"),
        (["0.0.0.0"], UNKNOWN, "hijacked: 0.0.0.0"),
        (["127.0.0.2", "203.0.113.80"], UNKNOWN, "hijacked: 203.0.113.80"),
        # No code that is known.
        (["127.0.0.1"], UNKNOWN, "127.0.0.1 is no known code"),
        (["127.0.0.99"], UNKNOWN, "127.0.0.99 is no known code"),
        (["127.255.254.1"], UNKNOWN, "127.255.254.1 is no known code"),
        (["127.0.0.20", "127.0.0.99"], UNKNOWN, "127.0.0.99 is no known code"),
    ],
)
def test_what_is_no_listing_and_not_silence_says_nothing_about_the_address(
    codes: list[str], verdict: Verdict, why: str
) -> None:
    found, reason = the_only(said(*codes))
    assert found is verdict
    assert why in (reason or "")


def test_an_unknown_code_beside_a_listing_leaves_the_listing_and_clears_nothing() -> None:
    findings = {finding.list: finding for finding in decode(said("127.0.0.2", "127.0.0.99"), ZONE, GOOD)}
    assert (findings["ex-spam"].verdict, findings["ex-spam"].codes) == (LISTED, ("127.0.0.2",))
    assert {findings[key].verdict for key in LISTS[1:]} == {UNKNOWN}


@pytest.mark.parametrize("failure", list(Failure))
def test_a_failure_is_unknown_and_refused_is_turned_away(failure: Failure) -> None:
    expected = (TURNED_AWAY, "REFUSED") if failure is Failure.REFUSED else (UNKNOWN, failure.value)
    assert the_only(said(failure=failure)) == expected


@pytest.mark.parametrize("answer", [NOTHING, said("127.0.0.2"), said("203.0.113.80"), said(failure=Failure.TIMEOUT)])
@pytest.mark.parametrize("verdict", [UNKNOWN, TURNED_AWAY])
def test_trouble_makes_everything_unknown_whatever_the_answer_looks_like(answer: Answer, verdict: Verdict) -> None:
    assert the_only(answer, health=Health("dead-empty: it is", verdict)) == (verdict, "dead-empty: it is")


def test_without_a_clear_point_a_listing_counts_and_silence_does_not() -> None:
    half = Health(silence_counts=False)
    verdict, why = the_only(NOTHING, health=half)
    assert verdict is UNKNOWN
    assert "cannot be tested" in (why or "")
    assert verdicts(said("127.0.0.2"), health=half)["ex-spam"] is LISTED
    # A known code of something else proves that the zone is alive and knows the address.
    assert verdicts(said("127.0.0.2"), health=half)["ex-hosts"] is CLEAR


def test_the_provider_kept_code_of_the_shipped_catalogue_is_a_listing_for_the_provider() -> None:
    zen = next(zone for zone in CATALOGUE.zones.values() if zone.name == "zen.spamhaus.org")
    found = {finding.list: finding for finding in decode(said("127.0.0.10"), zen, GOOD)}
    assert (found["spamhaus-pbl"].verdict, found["spamhaus-pbl"].who) == (LISTED, Who.PROVIDER)
    assert {finding.verdict for key, finding in found.items() if key != "spamhaus-pbl"} == {CLEAR}


# Refusals, lists, points, networks.


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("127.255.255.1", False),  # the entry says that it is a listing
        ("127.255.255.2", False),  # the entry says that it is ignored
        ("127.255.255.3", True),
        ("127.255.255.254", True),
        ("127.0.0.1", True),  # as SURBL does with its bit 1
        ("127.0.0.2", False),
        ("127.255.25.5", False),
        ("27.255.255.254", False),
    ],
)
def test_an_entry_has_the_last_word_on_what_is_a_refusal(code: str, expected: bool) -> None:
    answers = {"127.255.255.1": "ex-odd", "127.255.255.2": "ignore", "127.0.0.1": "turned-away", "127.0.0.2": "ex-odd"}
    zone = Zone("odd.example", {each: ZoneAnswer(means) for each, means in answers.items()})
    assert is_refusal(zone, code) is expected
    assert verdicts(said("127.255.255.1"), zone) == {"ex-odd": LISTED}
    assert verdicts(said("127.255.255.2"), zone) == {"ex-odd": CLEAR}


def test_a_zone_answers_for_each_of_its_lists_once() -> None:
    assert lists_of(ZONE) == LISTS
    assert lists_of(Zone("allow.example", {"127.0.0.2": ZoneAnswer("allow")})) == ()
    assert decode(said("127.0.0.2"), Zone("empty.example"), GOOD) == ()


def test_the_points_are_those_of_the_rfc_unless_the_entry_says_otherwise() -> None:
    assert (points_of(ZONE, 4), points_of(ZONE, 6)) == (("127.0.0.2", "127.0.0.1"), ("::ffff:7f00:2", "::ffff:7f00:1"))
    assert points_of(replace(ZONE, points=NO_TEST), 4) == (None, None)
    other = replace(ZONE, points=Points(listed="127.0.0.3", clear6=None))
    assert (points_of(other, 4), points_of(other, 6)) == (("127.0.0.3", "127.0.0.1"), ("::ffff:7f00:2", None))


@pytest.mark.parametrize(
    ("address", "ends", "count", "is_whole"),
    [
        ("203.0.113.7", ("203.0.113.7", "203.0.113.7"), 1, True),
        ("2001:db8::25", ("2001:db8::25", "2001:db8::25"), 1, True),
        ("203.0.113.6/31", ("203.0.113.6", "203.0.113.7"), 2, True),
        ("203.0.113.0/24", ("203.0.113.0", "203.0.113.255"), 256, True),
        ("203.0.112.0/23", ("203.0.112.0", "203.0.113.255"), 2, False),
        ("2001:db8::/127", ("2001:db8::", "2001:db8::1"), 2, True),
        ("2001:db8:0:1::/64", ("2001:db8:0:1::", "2001:db8:0:1:ffff:ffff:ffff:ffff"), 2, True),
        ("2001:db8::/48", ("2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff"), 2, False),
    ],
)
def test_a_small_network_is_asked_whole_and_a_large_one_at_its_ends(
    address: str, ends: tuple[str, str], count: int, is_whole: bool
) -> None:
    asked, whole = asked_for(address)
    assert (asked[0], asked[-1], len(asked), whole) == (*ends, count, is_whole)


# Health.

LISTS_IT, LISTS_NOT, TIMEOUT = said("127.0.0.2"), NOTHING, said(failure=Failure.TIMEOUT)
SERVFAIL, REFUSED = said(failure=Failure.SERVFAIL), said(failure=Failure.REFUSED)
PAGE = said("203.0.113.99")


@pytest.mark.parametrize(
    ("listed", "clear", "silence_counts"),
    [
        (LISTS_IT, LISTS_NOT, True),
        (said("127.0.0.99"), LISTS_NOT, True),  # its listed point may have a code of its own
        (None, None, True),
        (LISTS_IT, None, False),
        (None, LISTS_NOT, False),
    ],
)
def test_a_zone_whose_points_answer_rightly_is_believed(
    listed: Answer | None, clear: Answer | None, silence_counts: bool
) -> None:
    health = health_of(ZONE, listed, clear)
    assert health.is_good
    assert health.silence_counts is silence_counts


@pytest.mark.parametrize(
    ("listed", "clear", "why"),
    [
        (LISTS_NOT, LISTS_NOT, "dead-empty"),
        (LISTS_NOT, None, "dead-empty"),
        (LISTS_IT, LISTS_IT, "lists-the-world"),
        (None, LISTS_IT, "lists-the-world"),
        (LISTS_NOT, LISTS_IT, "lists-the-world"),
        (LISTS_IT, said("127.0.0.20"), "lists-the-world"),
        (TIMEOUT, TIMEOUT, "unreachable: timeout"),
        (LISTS_IT, TIMEOUT, "unreachable: timeout"),
        (TIMEOUT, LISTS_NOT, "unreachable: timeout"),
        (TIMEOUT, None, "unreachable: timeout"),
        (LISTS_IT, SERVFAIL, "unreachable: SERVFAIL"),
        (SERVFAIL, LISTS_NOT, "unreachable: SERVFAIL"),
        (said(failure=Failure.MALFORMED), LISTS_NOT, "unreachable: an answer that is no DNS message"),
        (PAGE, PAGE, "hijacked: 203.0.113.99"),
        (PAGE, LISTS_NOT, "hijacked: 203.0.113.99"),
        (PAGE, None, "hijacked: 203.0.113.99"),
        (LISTS_IT, PAGE, "NXDOMAIN is rewritten by the resolver: 203.0.113.99"),
    ],
)
def test_a_zone_whose_points_answer_wrongly_is_not_believed_and_the_reason_is_named(
    listed: Answer | None, clear: Answer | None, why: str
) -> None:
    health = health_of(ZONE, listed, clear)
    assert not health.is_good
    assert health.verdict is UNKNOWN
    assert health.trouble.startswith(why)


@pytest.mark.parametrize(("listed", "clear"), [(PAGE, PAGE), (PAGE, None), (LISTS_IT, PAGE), (None, PAGE)])
def test_a_resolver_that_answers_for_names_that_cannot_exist_gets_the_blame(
    listed: Answer | None, clear: Answer | None
) -> None:
    assert health_of(ZONE, listed, clear, rewrites=True).trouble.startswith("NXDOMAIN is rewritten")


@pytest.mark.parametrize("refusal", [REFUSED, said("127.255.255.254"), said("127.0.0.40")])
@pytest.mark.parametrize("other", [LISTS_IT, LISTS_NOT, TIMEOUT, PAGE, None])
def test_a_zone_that_refuses_one_of_its_points_has_turned_us_away(refusal: Answer, other: Answer | None) -> None:
    for health in (health_of(ZONE, refusal, other), health_of(ZONE, other, refusal)):
        assert (health.is_good, health.verdict) == (False, TURNED_AWAY)
        assert health.trouble.startswith(refusal.codes[0] if refusal.codes else "REFUSED")
        assert the_only(NOTHING, health=health) == (TURNED_AWAY, health.trouble)


# Several zones of one list; both ends of a network.


def finding(verdict: Verdict, *codes: str, why: str | None = None, who: Who | None = None) -> Finding:
    return Finding("ex-spam", verdict, codes, why, who)


YES, YES_TOO = finding(LISTED, "127.0.0.2"), finding(LISTED, "127.0.0.3")
NO, NOT_KNOWN, AWAY = finding(CLEAR), finding(UNKNOWN, why="timeout"), finding(TURNED_AWAY, why="REFUSED")


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([NO], NO),
        ([NO, NO], NO),
        ([YES, NO], YES),
        ([NO, NOT_KNOWN, AWAY, YES], YES),
        ([NO, NOT_KNOWN], NOT_KNOWN),
        ([NO, AWAY], AWAY),
        ([NO, AWAY, NOT_KNOWN], NOT_KNOWN),
        ([YES, YES], YES),
        ([YES, NO, YES_TOO], finding(LISTED, "127.0.0.2", "127.0.0.3")),
        ([YES, finding(LISTED, "127.0.0.3", who=Who.PROVIDER)], finding(LISTED, "127.0.0.2", "127.0.0.3")),
    ],
)
def test_several_zones_list_if_one_does_and_are_clear_if_all_are(
    findings: Sequence[Finding], expected: Finding
) -> None:
    found = together(findings)
    assert (found.verdict, found.codes, found.why) == (expected.verdict, expected.codes, expected.why)
    assert together(reversed(findings)).verdict is expected.verdict
    provided = any(each.who is Who.PROVIDER for each in findings)
    assert (found.who is Who.PROVIDER) is (together(reversed(findings)).who is Who.PROVIDER) is provided


@pytest.mark.parametrize(
    ("first", "last", "verdict", "codes"),
    [
        (YES, YES, LISTED, ("127.0.0.2",)),
        (finding(LISTED, "127.0.0.2", "127.0.0.3"), YES_TOO, LISTED, ("127.0.0.3",)),
        (YES, YES_TOO, UNKNOWN, ()),
        (YES, NO, UNKNOWN, ()),
        (NO, NO, CLEAR, ()),
        (YES, NOT_KNOWN, UNKNOWN, ()),
        (NO, NOT_KNOWN, UNKNOWN, ()),
        (NO, AWAY, TURNED_AWAY, ()),
        (AWAY, AWAY, TURNED_AWAY, ()),
    ],
)
def test_a_network_is_listed_or_clear_only_if_both_its_ends_are(
    first: Finding, last: Finding, verdict: Verdict, codes: tuple[str, ...]
) -> None:
    for found in (of_network([first, last], True), of_network([last, first], True)):
        assert (found.verdict, found.codes) == (verdict, codes)
        assert (found.why is None) is (verdict in (LISTED, CLEAR))


def test_a_network_is_not_clear_if_only_its_ends_were_asked() -> None:
    found = of_network([NO, NO], False)
    assert (found.verdict, found.codes) == (UNKNOWN, ())
    assert "between were not asked" in str(found.why)
    assert of_network([YES, YES], False).verdict is LISTED


def test_one_listed_address_among_many_makes_a_network_neither_listed_nor_clear() -> None:
    found = of_network([NO, NO, YES, NO], True)
    assert (found.verdict, found.why) == (UNKNOWN, "only a part of the network is listed: 1 of 4 addresses")


def test_who_has_to_ask_for_a_network_goes_with_the_code_that_both_ends_have() -> None:
    both = finding(LISTED, "127.0.0.10", "127.0.0.11", who=Who.PROVIDER)
    owner = finding(LISTED, "127.0.0.11", who=Who.OWNER)
    assert of_network([both, owner], True).who is of_network([owner, both], True).who


# Laws.

KNOWN = list(ZONE.answers)
codes_anywhere = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from([f"127.255.255.{last}" for last in range(256)]),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(network="127.0.0.0/24").map(str),
)
code_sets = st.lists(codes_anywhere, max_size=4, unique=True).map(tuple)
failures = st.sampled_from(list(Failure))
answers = st.builds(Answer, codes=code_sets) | st.builds(lambda failure: Answer(failure=failure), failures)
points = st.none() | answers | st.just(LISTS_IT) | st.just(LISTS_NOT)
healths = st.builds(health_of, st.just(ZONE), points, points, st.booleans())
LAW = settings(max_examples=200, deadline=None)


@LAW
@given(answers, healths)
def test_clear_needs_a_healthy_zone_and_silence_or_nothing_but_known_codes(answer: Answer, health: Health) -> None:
    if CLEAR in verdicts(answer, health=health).values():
        assert health.is_good
        assert answer.failure is None
        assert set(answer.codes) <= set(KNOWN)
        assert answer.codes or health.silence_counts


@LAW
@given(answers, healths)
def test_listed_needs_a_code_that_the_zone_says_is_of_that_list(answer: Answer, health: Health) -> None:
    for each in decode(answer, ZONE, health):
        assert (each.verdict is LISTED) is bool(each.codes)
        assert set(each.codes) <= set(answer.codes)
        assert {ZONE.answers[code].means for code in each.codes} <= {each.list}


@LAW
@given(code_sets, failures, healths)
def test_a_failure_never_lists_or_clears_even_with_codes_beside_it(
    codes: tuple[str, ...], failure: Failure, health: Health
) -> None:
    found = set(verdicts(Answer(codes, failure), health=health).values())
    assert len(found) == 1
    assert found <= {UNKNOWN, TURNED_AWAY}


@LAW
@given(answers, healths)
def test_a_zone_in_trouble_never_lists_or_clears(answer: Answer, health: Health) -> None:
    if not health.is_good:
        assert the_only(answer, health=health) == (health.verdict, health.trouble)
        assert health.verdict in (UNKNOWN, TURNED_AWAY)


@LAW
@given(answers, healths)
def test_what_is_not_listed_or_clear_has_a_reason_and_the_others_have_none(answer: Answer, health: Health) -> None:
    for each in decode(answer, ZONE, health):
        assert bool(each.why) is (each.verdict in (UNKNOWN, TURNED_AWAY))


@LAW
@given(answers, answers)
def test_no_zone_is_healthy_unless_it_lists_its_one_point_and_not_the_other(listed: Answer, clear: Answer) -> None:
    if health_of(ZONE, listed, clear).is_good:
        assert listed.codes
        assert all(code.startswith("127.") and not is_refusal(ZONE, code) for code in listed.codes)
        assert clear == replace(NOTHING, ttl=clear.ttl)


@LAW
@given(st.permutations(["127.0.0.2", "127.0.0.10", "127.0.0.11", "127.255.255.254", "203.0.113.80"]), st.integers(1, 5))
def test_the_order_of_the_codes_never_matters(codes: list[str], count: int) -> None:
    one, other = tuple(codes[:count]), tuple(sorted(codes[:count]))
    assert verdicts(Answer(one)) == verdicts(Answer(other))
