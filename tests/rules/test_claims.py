"""Which claims a text states, on what basis, and what stops it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.claims import (
    Claim,
    ClaimBasis,
    check_recorded,
    claims_of,
    completed,
    failures,
    recorded,
    to_measure,
)
from delist.rules.evidence.values import MEASURED, Judged, Measured, Outcome
from delist.rules.wording import CLAIMS, NO_FACTS, Facts
from tests.builders import PBL, a_list

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FACTS = {
    "ptr": {"name": "mail.example.org"},
    "helo": {"name": "mail.example.org"},
    "spf": {"domain": "example.org", "record": "v=spf1 -all", "result": "pass"},
    "dkim": {"names": "s1._domainkey.example.org", "keys": "rsa 2048"},
    "dmarc": {"name": "_dmarc.example.org", "record": "v=DMARC1; p=none", "policy": "none"},
    "bounces": {"domain": "example.org", "host": "mx.example.net", "here": "no"},
    "port25": {"state": "closed", "source": "198.51.100.20"},
}
ALL = a_list(wants=CLAIMS)


def measured(claim: str, outcome: Outcome = Outcome.HOLDS, **facts: str) -> Measured:
    mend = f"mend {claim}" if outcome is Outcome.FAILS else None
    told = {**FACTS.get(claim, {}), **facts} if outcome is Outcome.HOLDS else {}
    return Measured(Judged(claim, outcome, f"{claim} was seen", "looked", mend, told), AT, "127.0.0.1:53")


def one(claim: str, value: str | bool | None, found: Measured | None, omit: tuple[str, ...] = ()) -> Claim:
    facts = replace(NO_FACTS, **{claim: value})  # type: ignore[arg-type]
    [told] = claims_of(a_list(wants=(claim,)), facts, omit, measured={claim: found} if found else {})
    return told


@pytest.mark.parametrize("claim", sorted(FACTS))
@pytest.mark.parametrize("value", [None, "as somebody says"])
def test_what_holds_is_stated_as_measured_whatever_somebody_says(claim: str, value: str | None) -> None:
    found = one(claim, value, measured(claim))
    assert (found.stated, found.basis, found.measured) == (True, ClaimBasis.MEASURED, measured(claim))
    assert found.detail.startswith(f"{claim} was seen")


def test_what_becomes_of_the_bounces_is_said_beside_where_they_go() -> None:
    assert one("bounces", "read daily", measured("bounces")).detail == "bounces was seen; as you say: read daily"
    assert one("bounces", None, measured("bounces")).detail == "bounces was seen"


@pytest.mark.parametrize("claim", sorted(FACTS))
def test_what_could_not_be_told_is_never_stated_as_measured(claim: str) -> None:
    unknown = measured(claim, Outcome.UNKNOWN)
    said, silent = one(claim, "words", unknown), one(claim, None, unknown)
    assert (said.stated, said.basis, said.detail) == (True, ClaimBasis.ASSERTED, "words")
    assert (silent.stated, silent.basis) == (False, ClaimBasis.OMITTED)
    assert silent.detail == f"could not be told ({claim} was seen): --{claim} or [[senders]] {claim}"


@pytest.mark.parametrize("claim", sorted(FACTS))
@pytest.mark.parametrize("value", [None, "as somebody says"])
def test_what_fails_is_not_stated_and_stops_the_text(claim: str, value: str | None) -> None:
    found = one(claim, value, measured(claim, Outcome.FAILS))
    assert not found.stated
    [told] = failures([found])
    assert told == f"{claim} fails: {claim} was seen; mend {claim}, or --omit {claim}"
    assert failures([found], ["contact", claim]) == [f"{claim} fails: {claim} was seen; mend {claim}"]


def test_what_was_left_out_on_purpose_stops_nothing() -> None:
    found = one("spf", "v=spf1 -all", measured("spf", Outcome.FAILS), omit=("spf",))
    assert (found.stated, found.detail, failures([found])) == (False, "omitted as asked", [])


@pytest.mark.parametrize("basis", [ClaimBasis.MEASURED, ClaimBasis.ASSERTED])
def test_a_closed_port_and_bounces_at_this_very_address_contradict_each_other(basis: ClaimBasis) -> None:
    found = {"bounces": measured("bounces", here="yes")}
    if basis is ClaimBasis.MEASURED:
        found["port25"] = measured("port25")
    claims = claims_of(ALL, Facts(port25="closed"), measured=found)
    [told] = failures(claims)
    assert told.startswith("port25 and bounces contradict each other: mail to example.org goes to this very address")
    assert ("was found closed" in told) == (basis is ClaimBasis.MEASURED)
    for left_out in ("port25", "bounces"):
        assert failures(claims_of(ALL, Facts(port25="closed"), [left_out], measured=found)) == []


def test_a_closed_port_and_bounces_elsewhere_do_not() -> None:
    found = {"bounces": measured("bounces"), "port25": measured("port25")}
    assert failures(claims_of(ALL, NO_FACTS, measured=found)) == []


def test_what_a_list_wants_is_measured_in_the_order_of_evidence_and_nothing_else() -> None:
    assert to_measure(PBL, NO_FACTS) == ("ptr", "ptr-name", "spf", "bounces", "port25")
    assert to_measure(PBL, NO_FACTS, ["ptr", "bounces"]) == ("spf", "port25")
    assert to_measure(PBL, Facts(port25="open"), ["ptr", "spf"]) == ("bounces",)
    assert to_measure(a_list(wants=("static", "purpose", "cause")), NO_FACTS) == ()
    assert set(to_measure(ALL, NO_FACTS)) <= set(MEASURED)


def test_measured_values_stand_whatever_was_said_but_for_what_becomes_of_the_bounces() -> None:
    found = completed(Facts(bounces="read daily", spf="words"), {claim: measured(claim) for claim in FACTS})
    assert found == Facts(
        ptr="mail.example.org",
        helo="mail.example.org",
        spf="v=spf1 -all",
        dkim="s1._domainkey.example.org",
        dmarc="v=DMARC1; p=none",
        port25="closed",
        bounces="read daily",
    )
    for outcome in (Outcome.FAILS, Outcome.UNKNOWN):
        assert completed(NO_FACTS, {claim: measured(claim, outcome) for claim in FACTS}) == NO_FACTS


def test_a_claim_is_kept_with_its_measurement_only_where_it_stands_on_one() -> None:
    assert recorded(one("spf", None, measured("spf"))) == {
        "claim": "spf",
        "stated": True,
        "basis": "measured",
        "detail": "spf was seen",
        "measured_at": "2026-11-24T03:00:00Z",
        "how": "looked",
        "nameserver": "127.0.0.1:53",
    }
    for claim in (
        one("spf", "words", measured("spf", Outcome.UNKNOWN)),
        one("spf", None, measured("spf", Outcome.UNKNOWN)),
        one("spf", "words", None),
    ):
        kept = recorded(claim)
        assert (kept["measured_at"], kept["how"], kept["nameserver"]) == (None, None, None)


VALUES = st.builds(
    Facts,
    static=st.none() | st.booleans(),
    port25=st.sampled_from([None, "open", "closed"]),
    **{name: st.sampled_from([None, "words"]) for name in CLAIMS if name not in ("static", "port25")},
)
LOOKS = st.dictionaries(st.sampled_from(sorted(FACTS)), st.sampled_from(Outcome))


@given(VALUES, LOOKS, st.sets(st.sampled_from(CLAIMS)))
def test_a_claim_is_stated_only_if_it_was_measured_or_said_and_says_which(
    facts: Facts, looks: dict[str, Outcome], omit: set[str]
) -> None:
    found = {claim: measured(claim, outcome) for claim, outcome in looks.items()}
    for claim in claims_of(ALL, facts, omit, measured=found):
        outcome = looks.get(claim.name)
        said = getattr(facts, claim.name)
        if claim.name in omit or (claim.name, said) in (("port25", "open"), ("static", False)):
            assert not claim.stated
        elif outcome is Outcome.FAILS:
            assert not claim.stated
            assert failures([claim])
        else:
            right = ClaimBasis.MEASURED if outcome is Outcome.HOLDS else ClaimBasis.ASSERTED
            assert claim.basis is (right if claim.stated else ClaimBasis.OMITTED)
            assert claim.stated == (outcome is Outcome.HOLDS or said is not None)


# --- what is kept of claims ------------------------------------------------------------------------


def kept(**changed: Any) -> dict[str, Any]:
    """A measured claim as it is kept."""
    return {**recorded(one("ptr", None, measured("ptr"))), **changed}


def changed(field: str, *values: Any) -> list[Any]:
    """Claims of a text, one measured claim with each of these values in a field."""
    return [[kept(**{field: value})] for value in values]


OMITTED = {"basis": "omitted", "stated": False, "measured_at": None, "how": None, "nameserver": None}


def test_what_is_kept_of_claims_is_taken_back() -> None:
    found = {name: measured(name) for name in FACTS}
    facts = Facts(static=True, purpose="news", cause="a script was closed")
    claims = claims_of(ALL, facts, ("dmarc",), measured=found)
    check_recorded([recorded(claim) for claim in claims])
    check_recorded([])


def test_claims_without_the_later_fields_are_taken_back() -> None:
    old = kept()
    del old["how"], old["nameserver"]
    check_recorded([old, kept(claim="spf", measured_at="2026-11-24T12:00:00.5+09:00", how=None)])


@pytest.mark.parametrize(
    "wrong",
    [
        *(0, False, {}, "", None, kept(), (), [5], ["ptr"], [[]]),
        *([{key: value for key, value in kept().items() if key != missing}] for missing in list(kept())[:5]),
        [kept(more=1)],
        *changed("claim", "zzz\nforged", "mx", None, 5, [], {}),
        *changed("stated", False, None, 1, "yes"),
        *changed("basis", "omitted", "dreamt", None, [], 1),
        [kept(basis="omitted", stated=True)],
        [kept(basis="omitted", stated=False)],
        [kept(**OMITTED | {"how": "looked"})],
        [kept(**OMITTED | {"nameserver": "127.0.0.1:53"})],
        [kept(**OMITTED | {"stated": True})],
        [kept(basis="asserted")],
        *changed("detail", None, 5, [], "x" * 100_001),
        *changed("how", 5, "x" * 1001),
        *changed("nameserver", 5, "x" * 1001),
        *changed("measured_at", "garbage", "", None, 5, "2026-11-24", "2026-11-24T03:00:00", "20261124T030000Z"),
        *changed("measured_at", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30T00:00:00Z"),
        [kept(), kept()],
        [kept()] * 50_000,
    ],
)
def test_what_a_text_would_not_keep_of_its_claims_is_refused(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        check_recorded(wrong)


@pytest.mark.parametrize("basis", ["asserted", "omitted"])
def test_a_claim_that_was_not_measured_is_taken_back(basis: str) -> None:
    check_recorded([kept(**OMITTED | {"basis": basis, "stated": basis == "asserted"})])
