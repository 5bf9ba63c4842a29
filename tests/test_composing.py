"""From random knowledge to a text, for every list: nothing is stated that nobody said and nobody measured."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delist.actions.composing import Basis, Wish, compose
from delist.errors import NotAllowed, UsageError
from delist.rules.asking import Addressee
from delist.rules.claims import ClaimBasis
from delist.rules.evidence.values import Judged, Measured, Outcome
from delist.rules.lists import ListEntry
from delist.rules.wording import CLAIMS, DETAILS, Facts
from delist.tools import Tools
from tests.builders import CATALOGUE

A, B = "203.0.113.7", "203.0.113.8"
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
WRITTEN = [entry for entry in CATALOGUE.all() if entry.removal.wants_text or (entry.wants and entry.can_be_asked)]
# What a measurement of each claim comes to, each value found in no other place.
FACTS = {
    "ptr": ("name",),
    "helo": ("name",),
    "spf": ("domain", "record", "result"),
    "dkim": ("names", "keys"),
    "dmarc": ("name", "record", "policy"),
    "bounces": ("domain", "host"),
    "port25": ("source",),
}


def said(claim: str) -> str:
    return f"said-{claim}-z"


def measured(claim: str, outcome: Outcome, variant: str) -> Measured:
    facts = {name: f"seen-{claim}-{name}-{variant}-z" for name in FACTS[claim]}
    facts |= {"here": "no"} if claim == "bounces" else {"state": "closed"} if claim == "port25" else {}
    return Measured(Judged(claim, outcome, f"value-{claim}-z", "looked", "mend it", facts), AT, "127.0.0.1:53")


@st.composite
def known(draw: st.DrawFn, address: str = A) -> Basis:
    """Draw what somebody says of an address and what was measured; outcomes that hold are the most."""
    # Most of it is known, or most lists would want more.
    unsaid = draw(st.sets(st.sampled_from(CLAIMS), max_size=5)) | {"static", "port25"}
    told = {name: said(name) for name in CLAIMS if name not in unsaid}
    facts = Facts(
        name=draw(st.sampled_from(["said-name-z"] * 5 + [None])),
        email=draw(st.sampled_from(["said-email-z"] * 5 + [None])),
        domain=draw(st.sampled_from([None, "said-domain-z"])),
        static=draw(st.sampled_from([None, True, False])),
        port25=draw(st.sampled_from([None, "closed", "open"])),
        **told,
    )
    mostly = st.sampled_from([Outcome.HOLDS] * 6 + [Outcome.UNKNOWN, Outcome.FAILS])
    looks = draw(st.dictionaries(st.sampled_from(sorted(FACTS)), mostly))
    variant = draw(st.sampled_from(["one", "two"]))
    details = {name: f"said-{name}-z" for name in draw(st.sets(st.sampled_from(sorted(DETAILS))))}
    seen = {claim: measured(claim, outcome, variant) for claim, outcome in looks.items()}
    return Basis(address, facts, seen, details)


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.key)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    one=known(),
    other=st.none() | known(B),
    omit=st.sets(st.sampled_from(CLAIMS), max_size=3),
    whom=st.sampled_from([Addressee.LIST, Addressee.LIST, Addressee.PROVIDER]),
)
def test_no_text_states_what_was_neither_measured_nor_said(
    tools: Tools, entry: ListEntry, one: Basis, other: Basis | None, omit: set[str], whom: Addressee
) -> None:
    bases = [one] if other is None else [one, other]
    try:
        letter = compose(tools, entry, bases, Wish(omit=tuple(sorted(omit))), whom)
    except (NotAllowed, UsageError):
        return
    text = f"{letter.subject}\n{letter.text}"
    claims = {claim.name: claim for claim in letter.claims}
    for claim in CLAIMS:
        found = claims.get(claim)
        is_stated = found is not None and found.stated
        is_measured = found is not None and found.basis is ClaimBasis.MEASURED
        # A form may ask for what the list does not want to be argued with.
        whole = "\n".join(filter(None, (text, *letter.fields.values()))) if claim in entry.wants else text
        for basis in bases:
            assert not is_stated or holds(basis, claim, is_measured)
            for value in values_of(basis, claim):
                assert is_measured or value not in whole, (claim, value)
        # What is said of the bounces stands beside where they go.
        may_be_said = is_stated and (not is_measured or claim == "bounces")
        assert may_be_said or said(claim) not in whole, claim
        assert claim not in omit or not is_stated


def values_of(basis: Basis, claim: str) -> list[str]:
    return [f"seen-{claim}-{name}-{each}-z" for name in FACTS.get(claim, ()) for each in ("one", "two")]


def holds(basis: Basis, claim: str, is_measured: bool) -> bool:
    """Whether a claim may be stated of an address: it was measured and holds, or somebody says so and none denies."""
    seen = basis.measured.get(claim)
    if is_measured:
        return seen is not None and seen.outcome is Outcome.HOLDS
    value: Mapping[str, object] = {name: getattr(basis.facts, name) for name in CLAIMS}
    return value[claim] not in (None, False, "open") and (seen is None or seen.outcome is not Outcome.FAILS)


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.key)
def test_what_fails_stops_each_text_unless_it_is_left_out(tools: Tools, entry: ListEntry) -> None:
    words = {name: said(name) for name in (*CLAIMS, "name", "email", "domain") if name not in ("static", "port25")}
    facts = Facts(**words)  # type: ignore[arg-type]
    for claim in set(entry.wants) & set(FACTS):
        basis = Basis(A, replace(facts, port25="closed"), {claim: measured(claim, Outcome.FAILS, "one")})
        with pytest.raises(NotAllowed, match=f"{claim} fails: value-{claim}-z; mend it"):
            compose(tools, entry, [basis], Wish())
        if claim not in entry.requires:
            assert said(claim) not in compose(tools, entry, [basis], Wish(omit=(claim,))).text
