"""The order of asking: asked already, another list first, not yours to ask, nobody to ask."""

from dataclasses import replace
from datetime import date

import pytest

from delist.rules.asking import Standing, advice, objections, same_scope
from delist.rules.lifecycle import Request, State
from delist.rules.lists import ListEntry, Mode, Removal, Scope, Who
from tests.builders import CATALOGUE, PBL, a_list, a_request, moment

SBL, CSS, DROP = (CATALOGUE.get(f"spamhaus-{tail}") for tail in ("sbl", "css", "drop"))
FIRST = a_list("first", name="First", scope=Scope.NETWORK)
AFTER = a_list("after", name="After", waits_for=("first",))
ADDRESS = "203.0.113.7"


def test_nothing_speaks_against_a_first_request() -> None:
    assert objections(PBL, ADDRESS, "owner", []) == []


@pytest.mark.parametrize(
    ("entry", "state", "worked"),
    [
        (PBL, State.SUBMITTED, "if it was confirmed, `delist confirm 7`"),
        (PBL, State.CONFIRMED, "if it worked, `delist cleared 7`"),
        (a_list("spamhaus-pbl"), State.SUBMITTED, "if it worked, `delist cleared 7`"),
    ],
)
def test_an_open_request_speaks_against_another_and_says_the_way_on(
    entry: ListEntry, state: State, worked: str
) -> None:
    standing = Standing(ADDRESS, PBL, a_request(state=state, number=7, submitted=moment("2021-05-02")))
    assert objections(entry, ADDRESS, "owner", [standing]) == [
        f"request 7 for 203.0.113.7 is still {state} (sent 2021-05-02): {worked};"
        " if it is listed again, `delist relisted 7`"
    ]


@pytest.mark.parametrize(
    "standing",
    [
        Standing("203.0.113.8", PBL, a_request(address="203.0.113.8")),
        Standing(ADDRESS, CSS, a_request(list="spamhaus-css")),
        Standing(ADDRESS, PBL),
    ],
    ids=["another address", "another list", "a mere listing"],
)
def test_what_concerns_another_case_does_not_speak_against_it(standing: Standing) -> None:
    assert objections(PBL, ADDRESS, "owner", [standing]) == []


def test_a_list_of_prefixes_takes_two_addresses_of_one_64_as_the_same_case() -> None:
    request = a_request(address="2001:db8::25", list="spamhaus-css")
    (found,) = objections(CSS, "2001:db8::99", "owner", [Standing("2001:db8::25", CSS, request)])
    assert found.startswith("request 1 for 2001:db8::25 is still submitted")
    assert objections(CSS, "2001:db8:0:1::99", "owner", [Standing("2001:db8::25", CSS, request)]) == []


@pytest.mark.parametrize("request_", [None, a_request(list="first")], ids=["listed", "asked"])
@pytest.mark.parametrize("where", [ADDRESS, "203.0.113.0/24"])
def test_a_list_that_must_be_settled_first_speaks_against_it(where: str, request_: Request | None) -> None:
    assert objections(AFTER, ADDRESS, "owner", [Standing(where, FIRST, request_)]) == [
        f"First comes first: {where} is on it"
    ]


def test_a_list_that_must_be_settled_first_is_named_once() -> None:
    standing = [Standing(ADDRESS, FIRST), Standing("203.0.113.0/24", FIRST)]
    assert len(objections(AFTER, ADDRESS, "owner", standing)) == 1


def test_other_lists_and_other_networks_need_not_be_settled_first() -> None:
    standing = [Standing("198.51.100.0/24", FIRST), Standing(ADDRESS, a_list("third"))]
    assert objections(AFTER, ADDRESS, "owner", standing) == []


@pytest.mark.parametrize("key", ["spamhaus-pbl", "spamhaus-css", "spamhaus-xbl"])
def test_an_sbl_entry_holds_the_other_lists_of_spamhaus_up(key: str) -> None:
    (found,) = objections(CATALOGUE.get(key), ADDRESS, "owner", [Standing("203.0.113.0/24", SBL)])
    assert found == "Spamhaus SBL comes first: 203.0.113.0/24 is on it"


@pytest.mark.parametrize("entry", [a_list(who=Who.PROVIDER), a_list(removal=Removal(mode=Mode.PROVIDER)), SBL])
def test_some_lists_hear_only_the_provider(entry: ListEntry) -> None:
    assert objections(entry, ADDRESS, "owner", []) == [f"{entry.name} listens only to the provider of the address"]
    assert objections(entry, ADDRESS, "provider", []) == []


KEPT = Standing(ADDRESS, PBL, None, "127.0.0.10")
OURS = Standing(ADDRESS, PBL, None, "127.0.0.11")


@pytest.mark.parametrize("standing", [[KEPT], [OURS, KEPT], [KEPT, OURS], [Standing(ADDRESS, PBL), KEPT, KEPT]])
def test_an_entry_that_the_provider_keeps_is_for_the_provider_to_ask_about(standing: list[Standing]) -> None:
    assert objections(PBL, ADDRESS, "owner", standing) == [
        "Spamhaus PBL keeps the entry of 203.0.113.7 for the provider (127.0.0.10): ask the provider first"
    ]


@pytest.mark.parametrize(
    ("role", "standing"),
    [
        ("provider", KEPT),
        ("owner", OURS),
        ("owner", replace(KEPT, code="127.0.0.4")),
        ("owner", replace(KEPT, address="203.0.113.8")),
        ("owner", replace(KEPT, list=CSS)),
    ],
    ids=["the provider itself", "our own entry", "nobody's code", "another address", "another list"],
)
def test_other_entries_and_other_people_are_not_sent_to_the_provider(role: str, standing: Standing) -> None:
    assert objections(PBL, ADDRESS, role, [standing]) == []


@pytest.mark.parametrize("entry", [a_list(who=Who.PROVIDER), a_list(who=Who.NOBODY)])
def test_whom_to_ask_is_said_once(entry: ListEntry) -> None:
    assert len(objections(entry, ADDRESS, "owner", [replace(KEPT, list=entry)])) == 1


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (a_list(who=Who.NOBODY), "Example takes no requests"),
        (a_list(removal=Removal(mode=Mode.WAIT)), "wait until the listing expires"),
        (a_list(who=Who.NOBODY, removal=Removal(mode=Mode.NONE)), "there is no way to ask"),
        (a_list(removal=Removal(mode=Mode.NONE)), "there is no way to ask"),
        (a_list(closed=date(2024, 6, 5), who=Who.NOBODY), "Example was closed on 2024-06-05"),
        (a_list(closed=date(2024, 6, 5), who=Who.PROVIDER), "Example was closed on 2024-06-05"),
    ],
    ids=["nobody", "wait", "nobody, no way", "no way", "dead", "dead, once for providers"],
)
def test_a_list_that_takes_no_requests_says_what_to_do_instead_in_one_sentence(entry: ListEntry, says: str) -> None:
    (found,) = objections(entry, ADDRESS, "owner", [])
    assert says in found


@pytest.mark.parametrize("entry", CATALOGUE.all(), ids=lambda entry: entry.key)
def test_each_shipped_list_can_be_asked_by_somebody_or_says_that_it_cannot(entry: ListEntry) -> None:
    assert entry.can_be_asked == (objections(entry, ADDRESS, "provider", []) == [])


def test_all_that_speaks_against_a_request_is_said_at_once() -> None:
    asked = Standing(ADDRESS, DROP, a_request(list="spamhaus-drop"))
    found = objections(DROP, ADDRESS, "owner", [asked, Standing(ADDRESS, SBL)])
    assert len(found) == 3


@pytest.mark.parametrize(
    ("scope", "one", "other", "same"),
    [
        (Scope.ADDRESS, "203.0.113.7", "203.0.113.7", True),
        (Scope.ADDRESS, "203.0.113.7", "203.0.113.8", False),
        (Scope.NETWORK, "203.0.113.7", "203.0.113.0/24", True),
        (Scope.NETWORK, "203.0.113.0/24", "203.0.113.7", True),
        (Scope.PREFIX, "2001:db8::1", "2001:db8::2", True),
        (Scope.PREFIX, "2001:db8::1", "2001:db8:0:1::1", False),
        (Scope.ADDRESS, "2001:db8::1", "2001:db8::2", False),
        (Scope.PREFIX, "203.0.113.7", "203.0.113.8", False),
        (Scope.ADDRESS, "203.0.113.7", "2001:db8::1", False),
    ],
)
def test_the_scope_of_a_list_says_whether_two_addresses_are_one(scope: Scope, one: str, other: str, same: bool) -> None:
    assert same_scope(a_list(scope=scope), one, other) is same


@pytest.mark.parametrize(
    ("removal", "says"),
    [
        (Removal(mode=Mode.ACCOUNT, url="https://example.org/"), "log in there: https://example.org/"),
        (Removal(mode=Mode.SELF_REQUEST), "ask from the listed address itself"),
        (Removal(mode=Mode.PROVIDER), "ask your provider"),
        (Removal(mode=Mode.FORM, url="https://example.org/"), "use its form: https://example.org/"),
    ],
)
def test_advice_is_a_few_words_and_where_to_go(removal: Removal, says: str) -> None:
    assert advice(a_list(removal=removal)) == says
