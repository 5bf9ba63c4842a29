"""Which request a mail is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delist.rules.history import Trust
from delist.rules.lifecycle import Request, State
from delist.rules.mails.matching import NO_MATCH, Candidate, Match, match
from delist.rules.mails.values import Author, Judgement, Letter, Why
from tests.builders import CATALOGUE, TOKYO, a_request, moment
from tests.rules.mails.samples import a_decision, a_letter, of

LATER = datetime(2021, 5, 2, 1, 5, tzinfo=UTC)
GENUINE = Judgement(Trust.GENUINE, Why.SIGNED)


def asked(number: int = 1, **changes: Any) -> Candidate:
    request = a_request(number=number, **changes)
    return Candidate(request, CATALOGUE.get(request.list))


def found(letter: Letter, *candidates: Candidate, at: datetime = LATER, judgement: Judgement = GENUINE) -> Match:
    return match(of(letter), judgement, at, candidates, TOKYO)


def numbers(*args: Any, **more: Any) -> list[int]:
    return [request.number for request in found(*args, **more).requests]


def ended(number: int, state: State, day: str = "2021-04-01") -> Candidate:
    return asked(number, state=state, submitted=moment(day))


def test_a_mail_is_about_the_open_request_of_its_address() -> None:
    assert numbers(a_letter(), asked(1), asked(2, address="203.0.113.8")) == [1]


@pytest.mark.parametrize("trust", [Trust.GENUINE, Trust.UNVERIFIED])
def test_one_that_is_not_verified_is_matched_too_but_a_rejected_one_matches_nothing(trust: Trust) -> None:
    assert numbers(a_letter(), asked(), judgement=Judgement(trust, Why.NO_RESULT)) == [1]
    assert found(a_letter(), asked(), judgement=Judgement(Trust.REJECTED, Why.FOREIGN_LINK)) == NO_MATCH


def test_the_subject_counts_before_the_text() -> None:
    letter = a_letter(texts=("203.0.113.8 and 203.0.113.7",))
    assert numbers(letter, asked(1), asked(2, address="203.0.113.8")) == [1]


@pytest.mark.parametrize(
    ("list_key", "of_request", "named", "is_it"),
    [
        ("spamhaus-css", "2001:db8::25", "2001:db8::99", True),
        ("spamhaus-css", "2001:db8::25", "2001:db8:0:1::1", False),
        ("spamhaus-sbl", "203.0.113.0/24", "203.0.113.7", True),
        ("spamhaus-pbl", "2001:db8::25", "2001:db8::99", False),
        ("spamhaus-pbl", "203.0.113.7", "203.0.113.70", False),
    ],
)
def test_what_a_list_lists_decides_whether_an_address_is_meant(
    list_key: str, of_request: str, named: str, is_it: bool
) -> None:
    letter = a_letter(subject=f"Spamhaus removal verification for {named}", texts=(list_key[-3:].upper(),))
    assert numbers(letter, asked(list=list_key, address=of_request)) == [1] * is_it


def test_a_mail_that_came_before_the_request_is_not_about_it_but_ten_minutes_are_given() -> None:
    sent = datetime(2021, 5, 2, 1, 0, tzinfo=UTC)
    assert numbers(a_letter(), asked(), at=sent - timedelta(minutes=9)) == [1]
    assert numbers(a_letter(), asked(), at=sent - timedelta(minutes=11)) == []


def test_a_link_is_never_about_a_request_that_has_ended() -> None:
    assert numbers(a_letter(), ended(1, State.CLEARED)) == []
    assert numbers(a_letter(), ended(1, State.CLEARED), asked(2)) == [2]


@pytest.mark.parametrize("state", [State.CLEARED, State.REFUSED])
def test_a_decision_may_be_about_the_latest_that_has_ended(state: State) -> None:
    letter = a_decision("203.0.113.7: not qualified for mitigation")
    consumer = {"list": "microsoft-consumer"}
    old = asked(1, state=state, submitted=moment("2021-03-01"), **consumer)
    new = asked(2, state=state, submitted=moment("2021-04-01"), **consumer)
    assert numbers(letter, new, old) == [2]
    assert numbers(letter, new, old, asked(3, **consumer)) == [3]
    assert numbers(letter, asked(4, state=State.RELISTED, **consumer)) == []


def test_a_reference_in_the_subject_names_the_request() -> None:
    letter = a_decision("not qualified for mitigation", "RE: [#SRX1510000000ID] Support")
    named = asked(1, list="microsoft-consumer", reference="srx1510000000id")
    assert numbers(letter, named, asked(2, list="microsoft-consumer", address="203.0.113.9")) == [1]


def test_a_mail_without_address_is_about_the_only_open_request() -> None:
    letter = a_letter(subject="Spamhaus removal verification for you", texts=("PBL",))
    assert numbers(letter, asked(1)) == [1]
    assert found(letter, asked(1), asked(2, address="203.0.113.9")).between == (1, 2)


def test_a_mail_of_the_list_about_something_else_is_about_no_request_though_one_waits() -> None:
    letter = a_letter(subject="Our newsletter", texts=("Read on",), links=("https://www.spamhaus.org/news",))
    assert found(letter, asked(1)) == NO_MATCH


def test_a_mail_about_another_address_is_not_about_the_one_that_waits() -> None:
    assert found(a_letter(), asked(1, address="203.0.113.9")) == NO_MATCH


def test_where_two_lists_write_alike_and_both_were_asked_it_is_left_open() -> None:
    letter = a_letter(texts=("open it",))
    both = asked(1), asked(2, list="spamhaus-xbl")
    assert found(letter, *both) == Match((), (1, 2))
    confirmed = Candidate(replace(both[0].request, state=State.CONFIRMED), both[0].list)
    assert numbers(letter, confirmed, both[1]) == [2]


def test_one_decision_may_answer_for_several_requests() -> None:
    letter = a_decision("Not qualified for mitigation\n203.0.113.7\n203.0.113.8")
    consumer = {"list": "microsoft-consumer"}
    assert numbers(letter, asked(1, **consumer), asked(2, address="203.0.113.8", **consumer)) == [1, 2]


def test_a_request_that_was_taken_back_or_withdrawn_is_none() -> None:
    gone: list[Request] = [asked(1, state=State.UNDONE).request, asked(2, state=State.WITHDRAWN).request]
    assert found(a_letter(), *(Candidate(each, CATALOGUE.get(each.list)) for each in gone)) == NO_MATCH


def test_where_a_mail_names_no_address_the_one_in_its_link_counts() -> None:
    author = Author("Microsoft Office 365 Delisting Service", "no-reply@messaging.microsoft.com")
    link = "https://sender.office.com/Delist?ip=203.0.113.8&token=Q2hlY2sgdGhpcyBvdXQ"
    letter = a_letter(authors=(author,), subject="Confirm your request", texts=("Confirm it.",), links=(link,))
    first, second = asked(1, list="microsoft-365"), asked(2, list="microsoft-365", address="203.0.113.8")
    assert numbers(letter, first, second) == [2]
    assert found(letter, first) == NO_MATCH


def test_a_link_in_a_mail_that_names_two_addresses_is_left_open() -> None:
    letter = a_letter(subject="Spamhaus removal verification", texts=("PBL: 203.0.113.7 and 203.0.113.8",))
    assert found(letter, asked(1), asked(2, address="203.0.113.8")) == Match((), (1, 2))


def test_a_mail_of_an_operator_that_names_none_of_its_lists_is_left_open_though_it_is_no_link() -> None:
    letter = a_decision("We have looked at 203.0.113.7")
    lists = ("microsoft-consumer", "microsoft-365")
    assert found(letter, *(asked(number, list=key) for number, key in enumerate(lists, 1))) == Match((), (1, 2))


def test_of_two_open_requests_of_a_case_a_link_is_that_of_the_one_that_is_not_confirmed() -> None:
    confirmed = asked(2, state=State.CONFIRMED, submitted=moment("2021-05-02"))
    assert numbers(a_letter(), asked(1, submitted=moment("2021-05-01")), confirmed) == [1]


def test_the_addresses_that_a_mail_names_count_before_a_reference_of_a_few_letters_or_of_another_request() -> None:
    consumer = {"list": "microsoft-consumer"}
    letter = a_decision("203.0.113.7: not qualified for mitigation", "Re: SRX1510000000ID of 12")
    short = asked(2, address="203.0.113.8", reference="12", **consumer)
    assert numbers(letter, asked(1, **consumer), short) == [1]
    assert numbers(a_decision("not qualified for mitigation", "Re: 12"), asked(1, **consumer), short) == []
    batch = {"reference": "SRX1510000000ID", **consumer}
    assert numbers(letter, asked(1, **batch), asked(2, address="203.0.113.8", **batch)) == [1]


def test_of_the_requests_that_a_decision_names_those_that_are_open_are_meant() -> None:
    letter = a_decision("Not qualified for mitigation\n203.0.113.7\n203.0.113.8")
    consumer = {"list": "microsoft-consumer"}
    cleared = asked(1, state=State.CLEARED, submitted=moment("2021-04-01"), **consumer)
    assert numbers(letter, cleared, asked(2, address="203.0.113.8", **consumer)) == [2]
