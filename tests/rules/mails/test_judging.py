"""How far mails are trusted: genuine, altered, forged, look-alike, foreign link, no result at all."""

import pytest

from delist.rules.history import Trust
from delist.rules.mails.judging import Checks, judge
from delist.rules.mails.values import Author, Judgement, Kind, Letter, Outcome, Result, Why
from tests.rules.mails.samples import LINK, SIGNED, a_decision, a_letter, a_signature, of

GENUINE = Judgement(Trust.GENUINE, Why.SIGNED, "spamhaus.org")
MX = "mx.shop.example"


def judged(letter: Letter, *signatures: object, trusted: tuple[str, ...] = ()) -> Judgement:
    return judge(letter, of(letter), Checks(signatures, trusted))  # type: ignore[arg-type]


def rejected(why: Why, found: Judgement) -> bool:
    return (found.trust, found.why) == (Trust.REJECTED, why)


def unverified(why: Why, found: Judgement) -> bool:
    return (found.trust, found.why) == (Trust.UNVERIFIED, why)


def told(*results: tuple[str, str, str], by: str = MX) -> Letter:
    return a_letter(results=tuple(Result(by, *each) for each in results))


def test_a_signature_of_the_list_that_covers_all_makes_a_mail_genuine() -> None:
    assert judged(a_letter(), a_signature()) == GENUINE


def test_a_subdomain_of_the_list_may_sign_and_a_second_signature_that_failed_does_no_harm() -> None:
    found = judged(a_letter(), a_signature(Outcome.FAIL), a_signature(domain="mail.spamhaus.org"))
    assert found == Judgement(Trust.GENUINE, Why.SIGNED, "mail.spamhaus.org")


@pytest.mark.parametrize("domain", ["spamhaus.org.example", "xspamhaus.org", "org", "shop.example"])
def test_a_signature_of_another_domain_says_nothing_about_the_list(domain: str) -> None:
    assert unverified(Why.NO_RESULT, judged(a_letter(), a_signature(domain=domain)))


def test_without_signature_and_trusted_header_a_mail_is_unverified() -> None:
    assert unverified(Why.NO_RESULT, judged(a_letter()))


def test_a_key_that_could_not_be_asked_for_leaves_it_open() -> None:
    assert unverified(Why.KEY_UNREACHABLE, judged(a_letter(), a_signature(Outcome.UNKNOWN)))


@pytest.mark.parametrize("missing", ["from", "subject", "content-type"])
def test_a_signature_that_leaves_out_what_is_shown_verifies_nothing(missing: str) -> None:
    assert unverified(Why.PARTLY_SIGNED, judged(a_letter(), a_signature(headers=SIGNED - {missing})))


def test_a_mail_without_content_type_needs_none_signed() -> None:
    assert judged(a_letter(has_type=False), a_signature(headers=SIGNED - {"content-type"})) == GENUINE


def test_a_signature_of_a_part_or_a_mail_that_was_cut_is_not_whole() -> None:
    assert unverified(Why.NOT_WHOLE, judged(a_letter(), a_signature(is_whole=False)))
    assert unverified(Why.NOT_WHOLE, judged(a_letter(is_whole=False), a_signature()))


def test_a_signature_that_failed_rejects() -> None:
    assert rejected(Why.SIGNATURE_FAILED, judged(a_letter(), a_signature(Outcome.FAIL)))


def test_headers_that_can_be_read_in_several_ways_reject() -> None:
    assert rejected(Why.SIGNATURE_FAILED, judged(a_letter(), a_signature(Outcome.FAIL, domain="")))


@pytest.mark.parametrize(
    "author",
    [
        Author("Spamhaus", "noreply@spamhaus-removal.example"),
        Author("noreply@spamhaus.org", "x@shop.example"),
        Author("Spamhaus", "noreply@spamhaus.org.example"),
        Author("", "noreply@xn--spmhaus-5fg.org"),
    ],
)
def test_a_look_alike_is_rejected_even_if_its_own_domain_signed_it(author: Author) -> None:
    letter = a_letter(authors=(author,))
    found = judged(letter, a_signature(domain=author.domain))
    assert found == Judgement(Trust.REJECTED, Why.FOREIGN_SENDER, author.domain)


def test_several_authors_or_headers_that_stand_twice_are_rejected() -> None:
    two = (Author("", "noreply@spamhaus.org"), Author("", "x@shop.example"))
    assert rejected(Why.MALFORMED, judged(a_letter(authors=two), a_signature()))
    assert rejected(Why.MALFORMED, judged(a_letter(twice=("subject",)), a_signature()))


@pytest.mark.parametrize(
    "link",
    [
        "https://check.spamhaus.org.example/removal?token=3f9c1c2a7be1",
        "https://check.spamhaus.org@evil.example/?t=1",
        "https://evil.example\\@check.spamhaus.org/?t=1",
        "https://check.spamhaus.org\\.evil.example/?t=1",
        "https://sp\u0430mhaus.org/?t=1",
        "https://xn--spmhaus-5fg.org/?t=1",
        "https://spamhaus.org%2eevil.example/?t=1",
        "//evil.example/?t=1",
        "https:/\\evil.example/?t=1",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://[2001:db8::1]/?t=1",
        "https:///x?y",
    ],
)
@pytest.mark.parametrize("beside", [(), (LINK,)], ids=["alone", "beside the right one"])
def test_a_link_that_leads_elsewhere_rejects_signed_or_not(link: str, beside: tuple[str, ...]) -> None:
    letter = a_letter(links=(*beside, link))
    assert of(letter).kind is Kind.LINK
    assert rejected(Why.FOREIGN_LINK, judged(letter))
    assert rejected(Why.FOREIGN_LINK, judged(letter, a_signature()))


@pytest.mark.parametrize("link", ["http://check.spamhaus.org:8080/?t=1", "HTTPS://CHECK.SPAMHAUS.ORG./?t=1"])
def test_a_port_small_or_large_letters_and_a_last_dot_are_no_trick(link: str) -> None:
    assert judged(a_letter(links=(link,)), a_signature()) == GENUINE


def test_a_page_of_somebody_else_at_the_foot_of_a_signed_mail_is_no_trick_but_in_an_unsigned_one() -> None:
    letter = a_letter(links=(LINK, "https://social.example/spamhaus"))
    assert judged(letter, a_signature()) == GENUINE
    assert rejected(Why.FOREIGN_LINK, judged(letter))
    # With nothing to open at the list itself, whoever looks for the link opens the other one.
    assert rejected(Why.FOREIGN_LINK, judged(a_letter(links=("https://social.example/spamhaus",)), a_signature()))


def test_links_of_a_mail_that_has_none_to_open_do_not_matter() -> None:
    letter = a_decision("not qualified for mitigation", results=(Result(MX, "dkim", "pass", "microsoft.com"),))
    assert judged(letter, trusted=(MX,)).trust is Trust.GENUINE


@pytest.mark.parametrize("results", [[("dkim", "pass", "spamhaus.org")], [("dmarc", "pass", "spamhaus.org")]])
def test_what_a_trusted_server_found_counts_in_whatever_letters_its_name_is_written(
    results: list[tuple[str, str, str]],
) -> None:
    letter = told(*results, by="MX.Shop.Example")
    assert judged(letter, trusted=(MX,)) == Judgement(Trust.GENUINE, Why.TRUSTED_HEADER, "spamhaus.org")
    # And it is enough where a signature cannot be verified here any more.
    assert judged(letter, a_signature(Outcome.FAIL), trusted=(MX,)).trust is Trust.GENUINE


def test_what_an_untrusted_server_wrote_counts_for_nothing() -> None:
    letter = told(("dkim", "pass", "spamhaus.org"), by="mx.evil.example")
    assert unverified(Why.NO_RESULT, judged(letter, trusted=(MX,)))
    assert unverified(Why.NO_RESULT, judged(told(("dkim", "pass", "spamhaus.org"))))


@pytest.mark.parametrize(
    "results",
    [
        [("dkim", "fail", "spamhaus.org")],
        [("dmarc", "fail", "spamhaus.org")],
        [("dkim", "none", ""), ("dkim", "pass", "spamhaus.org")],
        [("dkim", "pass", "spamhaus.org"), ("dmarc", "fail", "spamhaus.org")],
    ],
)
def test_a_failure_or_a_contradiction_of_trusted_headers_rejects(results: list[tuple[str, str, str]]) -> None:
    assert rejected(Why.SIGNATURE_FAILED, judged(told(*results), trusted=(MX,)))


@pytest.mark.parametrize("results", [[("spf", "pass", "spamhaus.org")], [("dkim", "pass", "shop.example")]])
def test_a_path_that_was_right_or_another_signer_says_nothing_of_the_author(
    results: list[tuple[str, str, str]],
) -> None:
    assert unverified(Why.NO_RESULT, judged(told(*results), trusted=(MX,)))


def test_a_forward_is_rejected_as_one() -> None:
    text = "Begin forwarded message:\nFrom: noreply@spamhaus.org\n" + LINK
    letter = a_letter(authors=(Author("Ann", "ann@shop.example"),), subject="Fwd: x", texts=(text,))
    assert rejected(Why.FORWARDED, judged(letter, a_signature(domain="shop.example")))
