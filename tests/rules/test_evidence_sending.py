"""What a domain publishes about its mail: SPF, DKIM keys and DMARC, as they are judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.evidence.sending import SHORTEST_RSA, dkim, dmarc, spf, tags
from delist.rules.evidence.values import Key, Looked, Outcome, Spf

A, V6, DOMAIN = "203.0.113.7", "2001:db8::7", "example.org"
RECORD = f"v=spf1 ip4:{A} -all"
HOLDS, FAILS, UNKNOWN = Outcome.HOLDS, Outcome.FAILS, Outcome.UNKNOWN


def test_spf_holds_only_if_it_passes_and_says_of_which_record() -> None:
    found = spf(A, DOMAIN, Spf("pass", RECORD))
    assert (found.outcome, found.mend) == (HOLDS, None)
    assert found.value == f"{DOMAIN} publishes '{RECORD}'; it evaluates to pass for {A}"
    assert found.facts == {"domain": DOMAIN, "record": RECORD, "result": "pass"}


@pytest.mark.parametrize(
    ("result", "record", "value", "mend"),
    [
        ("none", None, "example.org publishes no SPF record", f"v=spf1 ip4:{A} -all"),
        ("fail", "v=spf1 -all", "it evaluates to fail for 203.0.113.7 (why)", f"add ip4:{A} to the SPF record"),
        ("softfail", "v=spf1 ~all", "it evaluates to softfail", f"add ip4:{A}"),
        ("neutral", "v=spf1 ?all", "it evaluates to neutral", f"add ip4:{A}"),
        ("permerror", "v=spf1 foo", "it evaluates to permerror", "mend the SPF record of example.org: why"),
        ("permerror", None, "SPF of example.org evaluates to permerror for 203.0.113.7 (why)", "mend the SPF record"),
    ],
)
def test_spf_that_does_not_pass_fails_with_what_to_mend(result: str, record: str | None, value: str, mend: str) -> None:
    found = spf(A, DOMAIN, Spf(result, record, "why"))
    assert found.outcome is FAILS
    assert value in found.value
    assert mend in str(found.mend)


def test_an_ipv6_address_is_added_as_such() -> None:
    assert f"ip6:{V6}" in str(spf(V6, DOMAIN, Spf("fail", RECORD)).mend)


def test_spf_that_could_not_be_looked_up_or_has_no_domain_is_unknown() -> None:
    assert spf(A, DOMAIN, Spf("temperror", None, "SERVFAIL")).outcome is UNKNOWN
    assert spf(A, None, None).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("keys", "outcome", "part"),
    [
        ([Key("s1._domainkey.example.org", "rsa", 2048)], HOLDS, "(rsa 2048 bits)"),
        ([Key("s1", "ed25519", 256), Key("s2", "rsa", 1024)], HOLDS, "s1, s2 (ed25519 256, rsa 1024 bits)"),
        ([Key("s1", "rsa", SHORTEST_RSA - 1)], FAILS, "fewer than 1024"),
        ([Key("s1", "rsa", 2048), Key("s2", problem="it is revoked")], FAILS, "s2: it is revoked"),
        ([Key("s1", failure="SERVFAIL"), Key("s2", problem="it is revoked")], FAILS, "s2"),
        ([Key("s1", "rsa", 2048), Key("s2", failure="SERVFAIL")], UNKNOWN, "s2 could not be looked up: SERVFAIL"),
        ([], UNKNOWN, "no selector is known"),
    ],
)
def test_dkim_holds_if_each_key_can_be_used(keys: list[Key], outcome: Outcome, part: str) -> None:
    found = dkim(keys)
    assert found.outcome is outcome
    assert part in found.value
    assert (found.mend is not None) == (outcome is FAILS)


P = "v=DMARC1; p=reject; rua=mailto:d@example.org"


@pytest.mark.parametrize(
    ("tree", "outcome", "part"),
    [
        ([("_dmarc.a.example.org", (P,))], HOLDS, "_dmarc.a.example.org publishes"),
        ([("_dmarc.a.example.org", ()), ("_dmarc.example.org", (P,))], HOLDS, "_dmarc.example.org publishes"),
        ([("_dmarc.example.org", ("v=spf1 -all", P))], HOLDS, "p=reject"),
        ([("_dmarc.example.org", ("V=DMARC1; p=none",)), ("_dmarc.org", ())], FAILS, "no DMARC record"),
        ([("_dmarc.example.org", (P, "v=DMARC1; p=none"))], FAILS, "has 2 DMARC records"),
        ([("_dmarc.example.org", ("v=DMARC1",))], FAILS, "without a policy"),
        ([("_dmarc.example.org", ("v=DMARC1; p=often",))], FAILS, "without a policy"),
        ([("_dmarc.example.org", ("v=DMARC10; p=none",))], FAILS, "no DMARC record"),
        ([("_dmarc.example.org", ()), ("_dmarc.org", ())], FAILS, "example.org publishes no DMARC record"),
    ],
)
def test_dmarc_is_the_first_record_up_the_tree(
    tree: list[tuple[str, tuple[str, ...]]], outcome: Outcome, part: str
) -> None:
    found = dmarc(DOMAIN, [(name, Looked(records)) for name, records in tree])
    assert found.outcome is outcome
    assert part in found.value
    assert (found.mend is not None) == (outcome is FAILS)


def test_dmarc_is_unknown_where_a_look_up_fails_before_a_record_is_found() -> None:
    failed = Looked(failure="SERVFAIL")
    assert dmarc(DOMAIN, [("_dmarc.example.org", failed), ("_dmarc.org", Looked((P,)))]).outcome is UNKNOWN
    assert dmarc(DOMAIN, [("_dmarc.example.org", Looked((P,))), ("_dmarc.org", failed)]).outcome is HOLDS
    assert dmarc(None, []).outcome is UNKNOWN


@given(st.text(max_size=60))
def test_no_record_is_too_odd_to_be_read(text: str) -> None:
    assert all(name and name.isascii() for name in tags(text))
    dmarc(DOMAIN, [("_dmarc.example.org", Looked((f"v=DMARC1;{text}",)))])
