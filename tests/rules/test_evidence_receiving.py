"""What an address and its domain do with mail that comes in: MX, bounces, port 25, and what the SBL stops."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.evidence.receiving import bounces, mx, port25, sbl
from delist.rules.evidence.values import Call, Looked, Outcome, Port

A, B, SIX = "203.0.113.7", "203.0.113.8", "2001:db8::25"
HERE, ELSEWHERE = "198.51.100.1", "192.0.2.1"
HOLDS, FAILS, UNKNOWN = Outcome.HOLDS, Outcome.FAILS, Outcome.UNKNOWN
LOST = Looked(failure="timeout")
NONE = Looked()
D = "example.jp"


def found(*records: str) -> Looked:
    """What a look-up finds."""
    return Looked(records)


# --- MX -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hosts", "addresses", "outcome", "host"),
    [
        (found("mx1.example.jp"), {"mx1.example.jp": found(A)}, HOLDS, "mx1.example.jp"),
        (found("mx1", "mx2"), {"mx1": found(A), "mx2": found(B)}, HOLDS, "mx1"),
        (found("mx1", "mx2"), {"mx1": NONE, "mx2": found(B)}, HOLDS, "mx2"),
        (found("mx1", "mx2"), {"mx1": LOST, "mx2": found(B)}, HOLDS, "mx2"),
        (found("mx1", "mx2"), {"mx1": NONE, "mx2": LOST}, UNKNOWN, None),
        (found("mx1", "mx2"), {"mx1": NONE}, UNKNOWN, None),
        (found("mx1", "mx2"), {"mx1": NONE, "mx2": NONE}, FAILS, None),
        (found("mx1"), {}, UNKNOWN, None),
        # RFC 5321, 5.1: without an MX record the domain itself takes its mail, but only then.
        (NONE, {D: found(A)}, HOLDS, D),
        (NONE, {D: NONE}, FAILS, None),
        (NONE, {D: LOST}, UNKNOWN, None),
        (NONE, {}, UNKNOWN, None),
        (found("mx1"), {"mx1": NONE, D: found(A)}, FAILS, None),
        (LOST, {D: found(A)}, UNKNOWN, None),
        # RFC 7505: a null MX says that no mail is taken, whatever address there is.
        (found("."), {D: found(A)}, FAILS, None),
        (found(""), {D: found(A)}, FAILS, None),
        (found(".", "mx1"), {"mx1": found(A)}, FAILS, None),
    ],
)
def test_a_domain_takes_mail_if_its_mx_leads_to_an_address(
    hosts: Looked, addresses: dict[str, Looked], outcome: Outcome, host: str | None
) -> None:
    judged = mx(D, hosts, addresses)
    assert (judged.claim, judged.outcome) == ("mx", outcome)
    assert judged.facts == ({"domain": D, "host": host} if host else {})
    assert bool(judged.mend) is (outcome is FAILS)
    # Where bounces go is never known better than whether mail is taken.
    elsewhere = bounces(HERE, D, hosts, addresses)
    assert elsewhere.claim == "bounces"
    assert (elsewhere.outcome, elsewhere.outcome is HOLDS) in [(outcome, outcome is HOLDS), (UNKNOWN, False)]


@pytest.mark.parametrize("domain", [None, ""])
def test_without_a_domain_nothing_is_known(domain: str | None) -> None:
    assert mx(domain, NONE, {}).outcome is UNKNOWN
    assert bounces(A, domain, NONE, {}).outcome is UNKNOWN


# --- bounces --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "hosts", "addresses", "outcome", "host", "here"),
    [
        (A, found("mx1"), {"mx1": found(B)}, HOLDS, "mx1", "no"),
        (A, found("mx1"), {"mx1": found(A)}, HOLDS, "mx1", "yes"),
        (A, found("mx1"), {"mx1": found(B, A)}, HOLDS, "mx1", "yes"),
        (A, NONE, {D: found(A)}, HOLDS, D, "yes"),
        (A, NONE, {D: found(B)}, HOLDS, D, "no"),
        (SIX, found("mx1"), {"mx1": found(B, "2001:0DB8:0::25")}, HOLDS, "mx1", "yes"),
        (SIX, found("mx1"), {"mx1": found(B, "2001:db8::2:5")}, HOLDS, "mx1", "no"),
        # Of equal hosts any is called, and a second choice is one.
        (A, found("mx1", "mx2"), {"mx1": found(B), "mx2": found(A)}, HOLDS, "mx2", "yes"),
        (A, found("mx1", "mx2"), {"mx1": LOST, "mx2": found(A)}, HOLDS, "mx2", "yes"),
        (A, found("mx1", "mx2"), {"mx1": found(A), "mx2": LOST}, HOLDS, "mx1", "yes"),
        (A, found("mx1", "mx2"), {"mx1": NONE, "mx2": found(B)}, HOLDS, "mx2", "no"),
        # What could not be looked up may be this very address.
        (A, found("mx1", "mx2"), {"mx1": LOST, "mx2": found(B)}, UNKNOWN, None, None),
        (A, found("mx1", "mx2"), {"mx1": found(B), "mx2": LOST}, UNKNOWN, None, None),
        (A, found("mx1", "mx2"), {"mx1": found(B)}, UNKNOWN, None, None),
        (A, found("."), {}, FAILS, None, None),
    ],
)
def test_where_bounces_go_is_told_only_when_it_was_seen(
    address: str, hosts: Looked, addresses: dict[str, Looked], outcome: Outcome, host: str | None, here: str | None
) -> None:
    judged = bounces(address, D, hosts, addresses)
    assert (judged.outcome, judged.facts.get("host"), judged.facts.get("here")) == (outcome, host, here)
    if here:
        assert ("this very address" in judged.value) is (here == "yes")
        assert judged.facts["domain"] == D


names = st.lists(st.sampled_from(["mx1", "mx2", "mx3", "."]), unique=True).map(lambda each: Looked(tuple(each)))
looks = st.just(LOST) | st.lists(st.sampled_from([A, B, SIX]), unique=True).map(lambda each: Looked(tuple(each)))


@given(names | st.just(LOST), st.dictionaries(st.sampled_from(["mx1", "mx2", "mx3", D]), looks))
def test_bounces_go_elsewhere_only_if_every_host_was_seen_to_be_elsewhere(
    hosts: Looked, addresses: dict[str, Looked]
) -> None:
    judged = bounces(A, D, hosts, addresses)
    takers = [addresses.get(host, LOST) for host in hosts.records or (D,)]
    if judged.facts.get("here") == "no":
        assert not any(A in taker.records or taker.failure for taker in takers)
    if judged.outcome is HOLDS:
        assert addresses[judged.facts["host"]].records
        assert "." not in hosts.records
        assert hosts.failure is None
        assert (judged.facts["here"] == "yes") is any(A in taker.records for taker in takers)
    if judged.outcome is FAILS:
        assert "." in hosts.records or not any(taker.records or taker.failure for taker in takers)


# --- port 25 --------------------------------------------------------------------------------------


def called(port: Port, source: str | None = HERE, banner: str | None = None, seconds: float = 5.0) -> Call:
    """A call as it came out."""
    return Call(port, source, banner, seconds)


def control(port: Port, source: str | None = HERE) -> tuple[str, Call]:
    """A call to somebody else's mail host."""
    return "mx.example.net", called(port, source)


@pytest.mark.parametrize(
    ("call", "other", "outcome", "value"),
    [
        (called(Port.CLOSED), None, HOLDS, "closed: the call was refused"),
        (called(Port.CLOSED), control(Port.OPEN), HOLDS, "closed: the call was refused"),
        # A network that lets no call out may refuse instead of keeping silent.
        (
            called(Port.CLOSED),
            control(Port.CLOSED),
            UNKNOWN,
            "the call was refused, there or on the way out of here: mx.example.net took no call either",
        ),
        (
            called(Port.CLOSED),
            control(Port.FILTERED),
            UNKNOWN,
            "the call was refused, there or on the way out of here: mx.example.net took no call either",
        ),
        (called(Port.CLOSED), control(Port.OPEN, ELSEWHERE), HOLDS, "closed: the call was refused"),
        (called(Port.CLOSED), control(Port.CLOSED, ELSEWHERE), HOLDS, "closed: the call was refused"),
        (called(Port.CLOSED), control(Port.UNREACHABLE), HOLDS, "closed: the call was refused"),
        (called(Port.CLOSED), control(Port.UNREACHABLE, None), HOLDS, "closed: the call was refused"),
        (
            called(Port.FILTERED),
            control(Port.OPEN),
            HOLDS,
            "filtered: no answer within 5 seconds, while mx.example.net took a call from here",
        ),
        (
            called(Port.FILTERED, seconds=0.0),
            control(Port.OPEN),
            HOLDS,
            "filtered: a firewall on the way refused the call, while mx.example.net took a call from here",
        ),
        (
            called(Port.FILTERED),
            None,
            UNKNOWN,
            "no answer within 5 seconds: filtered there, or calls to port 25 do not get out of here",
        ),
        (
            called(Port.FILTERED, seconds=0.0),
            control(Port.FILTERED),
            UNKNOWN,
            "a firewall on the way refused the call: filtered there, or calls to port 25 do not get out of here",
        ),
        (called(Port.OPEN), None, FAILS, "open; it says nothing"),
        (called(Port.OPEN, banner="220 mail"), None, FAILS, "open; it says '220 mail'"),
        (called(Port.UNREACHABLE), control(Port.OPEN), UNKNOWN, f"there is no way to {A} from here"),
        (called(Port.UNREACHABLE, None), control(Port.OPEN), UNKNOWN, f"there is no way to {A} from here"),
        (called(Port.CLOSED, None), control(Port.OPEN), UNKNOWN, f"there is no way to {A} from here"),
    ],
)
def test_what_a_call_to_port_25_tells(call: Call, other: tuple[str, Call] | None, outcome: Outcome, value: str) -> None:
    judged = port25(A, call, other, [HERE, "127.0.0.1"])
    assert (judged.claim, judged.outcome, judged.value) == ("port25", outcome, value)
    assert bool(judged.mend) is (outcome is FAILS)


@pytest.mark.parametrize(
    ("port", "of_control", "source_of_control"),
    list(product(Port, [None, *Port], [HERE, ELSEWHERE, None, SIX])),
)
def test_silence_holds_only_beside_a_call_that_went_the_same_way_and_was_taken(
    port: Port, of_control: Port | None, source_of_control: str | None
) -> None:
    other = control(of_control, source_of_control) if of_control else None
    judged = port25(A, called(port), other, [HERE])
    got_out = of_control is Port.OPEN and source_of_control == HERE
    assert judged.facts.get("control") == ("mx.example.net" if got_out and port in ("closed", "filtered") else None)
    assert judged.facts["state"] == port.value
    held_back = of_control in (Port.CLOSED, Port.FILTERED) and source_of_control == HERE
    if port is Port.FILTERED:
        assert (judged.outcome is HOLDS) is got_out
    if port is Port.CLOSED:
        assert (judged.outcome is HOLDS) is not held_back
    if judged.outcome is HOLDS:
        assert port in (Port.CLOSED, Port.FILTERED)
        assert (judged.facts["source"], judged.how) == (HERE, f"TCP connect to port 25 from {HERE}")


@pytest.mark.parametrize("port", [Port.CLOSED, Port.FILTERED, Port.OPEN])
@pytest.mark.parametrize(
    ("address", "source", "local"),
    [
        (A, A, [HERE]),
        (A, A, []),
        (A, HERE, [HERE, A]),
        (A, HERE, ["10.0.0.1", "fe80::1", "::1", A]),
        (SIX, SIX, []),
        (SIX, "2001:db8::1", ["2001:0DB8::0025"]),
    ],
)
def test_a_look_from_the_host_itself_tells_nothing_whatever_it_saw(
    port: Port, address: str, source: str, local: list[str]
) -> None:
    judged = port25(address, called(port, source), control(Port.OPEN, source), local)
    assert judged.outcome is UNKNOWN
    assert judged.value == f"{port.value}, but seen from the host itself, which is no look from outside"
    assert judged.mend is None


sources = st.sampled_from([HERE, ELSEWHERE, A, SIX, None])
calls = st.builds(Call, st.sampled_from(Port), sources, st.none() | st.text(max_size=5), st.sampled_from([0.0, 5.0]))


@given(
    st.sampled_from([A, SIX]),
    calls,
    st.none() | st.tuples(st.just("mx.example.net"), calls),
    st.lists(st.sampled_from([HERE, A, SIX, "127.0.0.1"])),
)
def test_the_claim_never_holds_for_a_port_that_was_not_seen_shut_from_outside(
    address: str, call: Call, other: tuple[str, Call] | None, local: list[str]
) -> None:
    judged = port25(address, call, other, local)
    outside = call.source is not None and address not in (*local, call.source)
    if judged.outcome is HOLDS:
        assert outside
        assert call.port in (Port.CLOSED, Port.FILTERED)
        assert judged.facts["source"] == call.source
    assert (judged.outcome is FAILS) is (outside and call.port is Port.OPEN)
    assert set(judged.facts) <= {"state", "source", "control"}


# --- the SBL, and the order -----------------------------------------------------------------------


@pytest.mark.parametrize(("listed", "outcome"), [(True, FAILS), (False, HOLDS), (None, UNKNOWN)])
def test_the_sbl_comes_first_and_not_knowing_is_not_clear(listed: bool | None, outcome: Outcome) -> None:
    judged = sbl("203.0.113.7", listed, "a look-up in zen.spamhaus.org")
    assert (judged.claim, judged.outcome, judged.how) == ("sbl", outcome, "a look-up in zen.spamhaus.org")
    assert bool(judged.mend) is (outcome is FAILS)
