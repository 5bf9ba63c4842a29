"""Which claims a request text may state, what a form cannot do without, and what goes into its fields."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.errors import UsageError
from delist.rules.claims import ClaimBasis, claims_of
from delist.rules.lists import ListEntry, Removal
from delist.rules.wording import (
    CLAIMS,
    FIELDS,
    GIVEN_BY,
    NO_FACTS,
    Facts,
    check_omit,
    check_required,
    form_fields,
    missing,
)
from tests.builders import CATALOGUE, PBL, a_list

FULL = Facts(
    name="Jo",
    email="jo@example.com",
    domain="example.com",
    static=True,
    ptr="mail.example.com",
    helo="mx.example.com",
    spf="v=spf1 ip4:203.0.113.7 -all",
    port25="closed",
    bounces="bounces@example.net",
    purpose="mail of a web form",
)
ALL = a_list(wants=CLAIMS)


def test_a_list_gets_the_claims_that_it_wants_in_its_order() -> None:
    entry = a_list(wants=("spf", "static", "purpose"))
    assert [claim.name for claim in claims_of(entry, FULL)] == ["spf", "static", "purpose"]
    assert claims_of(a_list(), FULL) == ()


def test_what_is_known_is_asserted_in_the_words_it_was_given() -> None:
    static, spf = claims_of(a_list(wants=("static", "spf")), FULL)
    assert (static.stated, static.basis, static.detail) == (True, ClaimBasis.ASSERTED, "yes")
    assert (spf.stated, spf.basis, spf.detail) == (True, ClaimBasis.ASSERTED, "v=spf1 ip4:203.0.113.7 -all")


@pytest.mark.parametrize("name", CLAIMS)
def test_what_is_not_known_is_left_out_and_told_how_to_give(name: str) -> None:
    (claim,) = claims_of(a_list(wants=(name,)), NO_FACTS)
    assert (claim.stated, claim.basis) == (False, ClaimBasis.OMITTED)
    assert claim.detail == f"not known: --{name} or [[senders]] {name}"


@pytest.mark.parametrize("name", ["static", "spf", "port25", "bounces", "purpose"])
def test_what_is_to_be_omitted_is_not_stated(name: str) -> None:
    found = {claim.name: claim for claim in claims_of(ALL, FULL, omit=[name])}
    assert (found[name].stated, found[name].detail) == (False, "omitted as asked")
    assert all(claim.stated for other, claim in found.items() if other != name and getattr(FULL, other) is not None)


@pytest.mark.parametrize(("changes", "name"), [({"port25": "open"}, "port25"), ({"static": False}, "static")])
def test_what_speaks_against_a_removal_is_never_stated(changes: dict[str, object], name: str) -> None:
    facts = replace(FULL, **changes)  # type: ignore[arg-type]
    (claim,) = claims_of(a_list(wants=(name,)), facts)
    assert (claim.stated, claim.basis) == (False, ClaimBasis.OMITTED)
    assert "no argument for a removal" in claim.detail


FACTS = st.builds(
    Facts,
    **{
        field.name: st.none() | (st.booleans() if field.name == "static" else st.sampled_from(["a", "open", "closed"]))
        for field in fields(Facts)
    },
)


@given(FACTS, st.sets(st.sampled_from(CLAIMS)))
def test_a_claim_is_stated_only_if_it_is_known_and_nobody_left_it_out(facts: Facts, omit: set[str]) -> None:
    for claim in claims_of(ALL, facts, omit):
        known = getattr(facts, claim.name)
        assert not claim.stated or (known is not None and claim.name not in omit)
        assert claim.stated == (claim.basis is not ClaimBasis.OMITTED)
        assert claim.detail


def test_the_pbl_requires_contact_and_purpose_each_told_with_how_to_give_it() -> None:
    assert missing(PBL, NO_FACTS) == [
        "name (--name or [contact] name)",
        "email (--email or [contact] email)",
        "purpose (--purpose or [[senders]] purpose)",
    ]


@pytest.mark.parametrize("name", ["name", "email", "purpose"])
@pytest.mark.parametrize("blank", ["", None])
def test_only_what_is_missing_is_asked_for_and_an_empty_text_is_not_given(name: str, blank: str | None) -> None:
    (told,) = missing(PBL, replace(FULL, **{name: blank}))  # type: ignore[arg-type]
    assert told.startswith(f"{name} (--{name} or ")


def test_a_form_that_requires_nothing_is_content_with_nothing() -> None:
    assert not missing(a_list(), NO_FACTS)
    assert not missing(PBL, Facts(name="Jo", email="jo@example.com", purpose="mail of a web form"))


def test_what_a_form_requires_cannot_be_omitted() -> None:
    with pytest.raises(UsageError, match="requires purpose: it cannot be omitted"):
        check_required(PBL, ["purpose", "spf"])
    check_required(PBL, ["spf"])


def test_only_claims_can_be_omitted() -> None:
    check_omit(CLAIMS)
    with pytest.raises(UsageError, match="there is no claim 'name' to omit: claims are static, ptr"):
        check_omit(["spf", "name"])


def test_the_own_facts_are_completed_from_others_and_win_over_them() -> None:
    own = Facts(purpose="a newsletter", static=False)
    both = own.over(FULL)
    assert (both.purpose, both.static, both.ptr) == ("a newsletter", False, "mail.example.com")


@given(FACTS, FACTS, FACTS)
def test_facts_are_completed_in_any_grouping(one: Facts, two: Facts, three: Facts) -> None:
    assert one.over(two).over(three) == one.over(two.over(three))
    assert one.over(NO_FACTS) == one == NO_FACTS.over(one)


def test_each_field_of_a_form_gets_what_is_known_and_none_where_only_a_person_knows() -> None:
    entry = a_list(removal=Removal(fields=FIELDS))
    found = form_fields(entry, FULL, ["203.0.113.7", "203.0.113.8"], "Please remove it.", {"phone": "+1 555 0100"})
    assert tuple(found) == FIELDS
    assert {name: value for name, value in found.items() if value is not None} == {
        "name": "Jo",
        "email": "jo@example.com",
        "phone": "+1 555 0100",
        "ip": "203.0.113.7, 203.0.113.8",
        "domain": "example.com",
        "sender-domain": "example.com",
        "hostname": "mx.example.com",
        "rdns": "mail.example.com",
        "reason": "Please remove it.",
        # A form that has a field for the reason too wants here the kind of mail.
        "use-case": "mail of a web form",
    }


def test_where_a_form_asks_only_for_the_use_case_the_text_goes_there() -> None:
    entry = a_list(removal=Removal(fields=("use-case",)))
    assert form_fields(entry, FULL, ["203.0.113.7"], "Please.", {}) == {"use-case": "Please."}


def test_a_prefix_that_was_told_stands_for_the_address() -> None:
    entry = a_list(removal=Removal(fields=("ip", "prefix")))
    found = form_fields(entry, FULL, ["2001:db8::7"], "Please.", {"prefix": "2001:db8::/56"})
    assert found == {"ip": "2001:db8::7", "prefix": "2001:db8::/56"}


def test_a_form_has_only_its_own_fields() -> None:
    assert list(form_fields(PBL, FULL, ["203.0.113.7"], "text", {"phone": "1"})) == ["name", "email", "reason"]


def test_the_host_name_is_the_helo_or_else_the_ptr() -> None:
    entry = a_list(removal=Removal(fields=("hostname",)))
    found = form_fields(entry, replace(FULL, helo=None), ["203.0.113.7"], "", {})
    assert found == {"hostname": "mail.example.com"}


@pytest.mark.parametrize("entry", CATALOGUE.all(), ids=lambda entry: entry.key)
def test_what_each_shipped_list_requires_can_be_given(entry: ListEntry) -> None:
    every = replace(FULL, dkim="s1", dmarc="p=reject", cause="a stolen password, changed")
    assert not missing(entry, every)
    needed = {name for need in entry.requires for name in (("name", "email") if need == "contact" else (need,))}
    assert needed <= set(GIVEN_BY)
