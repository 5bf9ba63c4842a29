"""What mails of lists say: of which list, about which address, which link, what was decided."""

import pytest

from delist.rules.lists import Said
from delist.rules.mails.reading import addresses_in
from delist.rules.mails.values import Author, Kind
from tests.rules.mails.samples import LINK, a_decision, a_letter, of


def keys(reading: object) -> list[str]:
    return [entry.key for entry in reading.lists]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("[203.0.113.7]", "203.0.113.7"),
        ("203.0.113.7/32.", "203.0.113.7"),
        ("203[.]0[.]113[.]7", "203.0.113.7"),
        ("203.0.113(dot)7", "203.0.113.7"),
        ("(203.0.113.7)", "203.0.113.7"),
        ("203.0.113.7:", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("2001:DB8:0:0:0:0:0:25", "2001:db8::25"),
        ("[2001:db8::25]", "2001:db8::25"),
        ("2001:db8::25/128", "2001:db8::25"),
        ("2001:0db8::0025:", "2001:db8::25"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001[:]db8::25", "2001:db8::25"),
    ],
)
def test_an_address_is_found_in_whatever_spelling(written: str, address: str) -> None:
    assert addresses_in(f"about {written} at 10:25:30, version 1.2") == (address,)


@pytest.mark.parametrize("text", ["10.0.0.1 is private", "at 10:25", "1.2.3", "300.1.1.1", "a.203.0.113.7x", ""])
def test_what_is_no_public_address_is_none(text: str) -> None:
    assert addresses_in(text) == ()


@pytest.mark.parametrize("prefix", ["", "Re: ", "AW: RE: ", "[ext] "])
def test_the_mail_with_the_link_is_known_by_its_subject_whatever_stands_before(prefix: str) -> None:
    found = of(a_letter(subject=f"{prefix}Spamhaus removal verification for [2001:DB8::25]"))
    assert (found.kind, found.links, found.named.subject) == (Kind.LINK, (LINK,), ("2001:db8::25",))
    assert keys(found) == ["spamhaus-pbl"]  # the text names it


def test_lists_that_write_alike_are_all_possible_where_the_mail_names_none() -> None:
    found = of(a_letter(texts=(f"open {LINK}",)))
    assert keys(found) == ["spamhaus-css", "spamhaus-pbl", "spamhaus-xbl"]


def test_the_link_is_the_secret_one_at_the_list_and_not_a_page_for_all() -> None:
    page = "https://www.spamhaus.org/faq/"
    found = of(a_letter(links=(page, LINK, "mailto:noreply@spamhaus.org")))
    assert (found.links, found.foreign) == ((LINK,), ())


def test_a_short_token_is_a_link_to_open_in_a_mail_of_that_shape() -> None:
    assert of(a_letter(links=("https://check.spamhaus.org/v/a1b2",))).links == ("https://check.spamhaus.org/v/a1b2",)


def test_a_mail_of_a_list_in_a_shape_that_is_not_known_is_to_be_read() -> None:
    found = of(a_letter(subject="News about 203.0.113.7", links=("https://www.spamhaus.org/news/",)))
    assert (found.kind, found.is_from_list) == (Kind.OTHER, True)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Not qualified for mitigation\n203.0.113.7", Kind.DECISION, Said.NOT_QUALIFIED),
        ("203.0.113.7: NOT QUALIFIED\nFOR MITIGATION.", Kind.DECISION, Said.NOT_QUALIFIED),
        ("Your address 203.0.113.7 does not qualify for mitigation", Kind.DECISION, Said.NOT_QUALIFIED),
        ("Conditionally mitigated 203.0.113.7", Kind.DECISION, Said.MITIGATED),
        ("We look into 203.0.113.7", Kind.OTHER, None),
    ],
)
def test_a_decision_is_known_by_its_phrase(text: str, kind: Kind, said: Said | None) -> None:
    found = of(a_decision(text))
    assert (found.kind, found.said_of("203.0.113.7")) == (kind, said)


def test_of_several_decisions_each_address_has_the_one_above_it() -> None:
    found = of(a_decision("Conditionally mitigated\n203.0.113.7\n\nNot qualified for mitigation\n203.0.113.8\n"))
    assert found.said_of("203.0.113.7") is Said.MITIGATED
    assert found.said_of("203.0.113.8") is Said.NOT_QUALIFIED
    assert found.said_of("203.0.113.9") is None


def test_the_two_lists_of_microsoft_are_told_apart_by_name_and_by_what_is_said() -> None:
    author = Author("Microsoft Office 365 Delisting Service", "no-reply@messaging.microsoft.com")
    link = "https://sender.office.com/Delist?token=Q2hlY2sgdGhpcyBvdXQ"
    assert keys(of(a_letter(authors=(author,), subject="Confirm", texts=("x",), links=(link,)))) == ["microsoft-365"]
    assert keys(of(a_decision("not qualified for mitigation"))) == ["microsoft-consumer"]


def test_a_forward_by_a_person_is_told_from_the_mail_itself() -> None:
    text = "---------- Forwarded message ---------\nFrom: Spamhaus <noreply@spamhaus.org>\n" + LINK
    found = of(a_letter(authors=(Author("Ann", "ann@shop.example"),), subject="Fwd: x", texts=(text,)))
    assert (found.is_forward, found.is_from_list) == (True, False)


def test_a_mail_of_somebody_else_about_something_else_is_of_no_list() -> None:
    found = of(a_letter(authors=(Author("Ann", "ann@shop.example"),), subject="lunch", texts=("at one?",), links=()))
    assert (found.lists, found.kind) == ((), Kind.OTHER)
