"""Names are looked up at the name servers that were given, and nowhere else; every failure is an answer in words."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from dns.rcode import Rcode
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.probe.names import Names
from delist.rules.evidence.values import Looked
from tests.servers.faults import (
    Behaviour,
    DanglingAlias,
    Dies,
    Fails,
    FaultServer,
    Garbage,
    ListsTheWorld,
    OtherAddress,
    OtherId,
    OtherQuestion,
    Query,
    Record,
    Referral,
    Refuses,
    Reply,
    ServFails,
    Silent,
    Slow,
    Truncates,
    TruncatesAndNoTcp,
    reply,
)
from tests.servers.nsd import Nsd, needs_nsd

FOUR, SIX = "192.0.2.7", "2001:db8::7"
LONG = " ".join(f'"{letter * 250}"' for letter in "abcdefghijkl")
ZONES = {
    "a.example": f"""
@ MX 20 Second
@ MX 10 first.B.example.
@ MX 10 also
@ TXT "v=spf1 " "-all"
@ TXT "another"
long TXT {LONG}
utf8 TXT "b\\195\\188cher"
latin TXT "b\\252cher"
null MX 0 .
host A 192.0.2.9
host A 192.0.2.10
host AAAA 2001:DB8:0::9
alias CNAME host
far CNAME host.b.example.
nowhere CNAME nowhere.b.example.
there-and-back CNAME and-back
and-back CNAME there-and-back
odd\\.name A 192.0.2.11
_dmarc TXT "v=DMARC1; p=none"
*.wild TXT "wild"
"""
    + "\n".join(f"chain{number} CNAME chain{number + 1}" for number in range(6))
    + "\nchain6 A 192.0.2.12",
    "b.example": "host A 192.0.2.20\nfirst A 192.0.2.21",
    "2.0.192.in-addr.arpa": "7 PTR Mail.A.Example.\n7 PTR also.a.example.\n8 CNAME 8.customer.a.example.",
    "customer.a.example": "8 PTR customer.example.",
    "8.b.d.0.1.0.0.2.ip6.arpa": f"{'.'.join('7' + '0' * 23)} PTR six.a.example.",
}


@pytest.fixture(scope="module")
def nsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nsd]:
    """A name server that has the zones."""
    with Nsd(tmp_path_factory.mktemp("names"), ZONES) as running:
        yield running


@pytest.fixture(scope="module")
def names(nsd: Nsd) -> Names:
    """What asks it."""
    return Names([nsd.address], 2)


# --- what is there ---------------------------------------------------------------------------------


@needs_nsd
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.example", ("another", "v=spf1 -all")),
        ("A.Example.", ("another", "v=spf1 -all")),
        ("long.a.example", ("".join(letter * 250 for letter in "abcdefghijkl"),)),
        ("utf8.a.example", ("b\u00fccher",)),
        ("latin.a.example", ("b\u00fccher",)),
        ("_dmarc.a.example", ("v=DMARC1; p=none",)),
        ("anything.wild.a.example", ("wild",)),
        ("host.a.example", ()),
        ("none.a.example", ()),
    ],
)
def test_texts(names: Names, name: str, expected: tuple[str, ...]) -> None:
    assert names.txt(name) == Looked(expected)


@needs_nsd
@pytest.mark.parametrize(
    ("name", "like", "expected"),
    [
        ("host.a.example", FOUR, ("192.0.2.9", "192.0.2.10")),
        ("host.a.example", SIX, ("2001:db8::9",)),
        ("HOST.a.example.", FOUR, ("192.0.2.9", "192.0.2.10")),
        ("host.b.example", SIX, ()),
        ("none.b.example", FOUR, ()),
        ("alias.a.example", FOUR, ("192.0.2.9", "192.0.2.10")),
        ("far.a.example", FOUR, ("192.0.2.20",)),
        ("nowhere.a.example", FOUR, ()),
        ("chain0.a.example", FOUR, ("192.0.2.12",)),
        (r"odd\.name.a.example", FOUR, ("192.0.2.11",)),
        ("odd.name.a.example", FOUR, ()),
    ],
)
def test_addresses_of_the_family_that_is_wanted(names: Names, name: str, like: str, expected: tuple[str, ...]) -> None:
    assert names.addresses(name, like) == Looked(expected)


@needs_nsd
def test_mail_hosts_stand_in_order_of_preference(names: Names) -> None:
    assert names.mx("a.example") == Looked(("also.a.example", "first.b.example", "second.a.example"))
    assert names.mx("null.a.example") == Looked((".",))
    assert names.mx("host.a.example") == names.mx("none.a.example") == Looked()


@needs_nsd
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (FOUR, ("also.a.example", "mail.a.example")),
        (SIX, ("six.a.example",)),
        ("2001:db8:0:0::7", ("six.a.example",)),
        ("192.0.2.8", ("customer.example",)),
        ("192.0.2.99", ()),
    ],
)
def test_names_of_an_address(names: Names, address: str, expected: tuple[str, ...]) -> None:
    assert names.ptr(address) == Looked(expected)


def test_a_mapped_address_is_asked_for_where_ipv6_is() -> None:
    with FaultServer({"ip6.arpa": ListsTheWorld(), "in-addr.arpa": ListsTheWorld()}) as server:
        Names([server.address], 2).ptr("::ffff:192.0.2.7")
        assert [asked[0] for asked in server.asked] == ["ip6.arpa"]


# --- what goes wrong -------------------------------------------------------------------------------


def zone(behaviour: Behaviour, patience: float = 0.4) -> Looked:
    """What is told of the texts of a name whose zone behaves so."""
    with FaultServer({"a.example": behaviour}) as server:
        return Names([server.address], patience).txt("x.a.example")


def alias(query: Query) -> list[Reply]:
    """Lead from each name to a new one, for ever."""
    return [reply(query, answer=[Record("CNAME", f"x{query.name[:30]}.a.example.")])]


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        (Silent(), "no answer within 0.4 seconds"),
        (Garbage(), "no answer within 0.4 seconds"),
        (ServFails(), "SERVFAIL"),
        (Refuses(), "REFUSED"),
        (Fails(Rcode.NOTIMP), "NOTIMP"),
        (Fails(Rcode.YXDOMAIN), "the answer cannot be read"),
        (Referral(), "the name server only names others to ask"),
        (TruncatesAndNoTcp(ListsTheWorld()), "the answer broke off"),
        (alias, "its aliases lead nowhere"),
    ],
)
def test_a_failure_is_told_in_a_few_words(behaviour: Behaviour, failure: str) -> None:
    assert zone(behaviour) == Looked(failure=failure)


@needs_nsd
def test_a_name_in_nobodys_zone_and_aliases_in_a_circle(names: Names) -> None:
    assert names.txt("x.refused.test") == Looked(failure="REFUSED")
    assert names.txt("there-and-back.a.example") == Looked(failure="its aliases lead nowhere")


def test_a_name_server_that_refuses_connections() -> None:
    with FaultServer({"a.example": Truncates(ListsTheWorld())}, tcp=False) as server:
        failure = "the answer broke off, connection refused"
        assert Names([server.address], 0.4).txt("a.example") == Looked(failure=failure)


@pytest.mark.parametrize(
    "behaviour",
    [
        Truncates(ListsTheWorld()),
        OtherId(ListsTheWorld()),
        OtherQuestion(ListsTheWorld()),
        OtherAddress(ListsTheWorld()),
    ],
)
def test_the_true_answer_is_taken(behaviour: Behaviour) -> None:
    assert zone(behaviour) == Looked(("This list is closed",))


def test_an_alias_of_which_the_name_server_knows_no_more_is_followed() -> None:
    def asked(query: Query) -> list[Reply]:
        return [*(ListsTheWorld()(query) if query.name == "nowhere" else DanglingAlias()(query))]

    assert zone(asked) == Looked(("This list is closed",))


def test_a_lost_question_is_asked_again_and_a_late_answer_is_heard() -> None:
    once: Behaviour = Dies(Silent(), after=1, then=ListsTheWorld())
    assert zone(once, 1.0) == zone(Slow(ListsTheWorld(), 0.8), 1.0) == Looked(("This list is closed",))


@pytest.mark.parametrize("first", [Silent(), ServFails(), Refuses(), Garbage()])
def test_the_next_name_server_is_asked_if_the_first_does_not_tell(first: Behaviour) -> None:
    with FaultServer({"a.example": first}) as one, FaultServer({"a.example": ListsTheWorld()}) as two:
        names = Names([one.address, two.address], 1.0)
        assert names.txt("a.example") == Looked(("This list is closed",))
        assert names.nameserver == one.nameserver
        assert one.asked


def test_the_second_is_not_asked_if_the_first_has_told() -> None:
    with FaultServer({"a.example": ListsTheWorld()}) as one, FaultServer({"a.example": Silent()}) as two:
        assert Names([one.address, two.address], 1.0).txt("a.example").records
        assert two.asked == []


@pytest.mark.parametrize("behaviour", [Silent(), alias, Slow(alias, 0.2), Slow(ServFails(), 5), Truncates(Silent())])
@pytest.mark.parametrize("count", [1, 3])
def test_no_look_up_takes_longer_than_its_patience(behaviour: Behaviour, count: int) -> None:
    with FaultServer({"a.example": behaviour}) as server:
        begun = time.monotonic()
        assert Names([server.address] * count, 0.6).txt("x.a.example").failure
        assert time.monotonic() - begun < 1.3


def test_a_shorter_patience_holds_for_one_look_up_and_a_longer_one_does_not() -> None:
    with FaultServer({"a.example": Silent()}) as server:
        names = Names([server.address], 0.5)
        assert names.within(0.2).txt("a.example").failure == "no answer within 0.2 seconds"
        assert names.within(60).txt("a.example").failure == "no answer within 0.5 seconds"
        assert names.within(-1).txt("a.example").failure == "no answer within 0.0 seconds"


def test_a_name_server_over_ipv6() -> None:
    with FaultServer({"a.example": ListsTheWorld()}, ipv6=True) as server:
        names = Names([server.address], 1)
        assert names.txt("a.example").records
        assert names.nameserver == server.nameserver
        assert names.nameserver.startswith("[::1]:")


def test_without_a_name_server_nothing_is_told() -> None:
    assert Names([], 1).txt("a.example") == Looked(failure="there is no name server to ask")


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("a..example", "a part of the name is empty"),
        (".a.example", "a part of the name is empty"),
        (f"{'a' * 64}.example", "a part of the name is longer than 63 characters"),
        (".".join(["a" * 60] * 5), "the name is longer than 253 characters"),
        ("b\u00fccher.example", "the name is not in ASCII: write it as xn--..."),
        ("", "there is no name to look up"),
        (".", "there is no name to look up"),
        ("@", "there is no name to look up"),
        ("a\\", "the name has a stray backslash"),
        ("a\\300.example", "the name has a stray backslash"),
    ],
)
def test_a_name_that_cannot_be_is_not_asked_for(name: str, failure: str) -> None:
    with FaultServer({}) as server:
        names = Names([server.address], 1)
        assert names.txt(name) == names.mx(name) == names.addresses(name, FOUR) == Looked(failure=failure)
        assert server.asked == []


def test_a_name_in_ascii_form_is_asked_for() -> None:
    with FaultServer({"xn--bcher-kva.example": ListsTheWorld()}) as server:
        assert Names([server.address], 1).txt("xn--bcher-kva.example").records


@pytest.fixture(scope="module")
def world() -> Iterator[FaultServer]:
    """A server with two zones."""
    with FaultServer({"example": ListsTheWorld(), "com": ServFails()}) as server:
        yield server


@settings(deadline=None)
@given(name=st.one_of(st.text(max_size=30), st.text('a.\\@"$;( \t\0', max_size=80).map(lambda text: f"{text}.example")))
def test_no_name_makes_it_raise(world: FaultServer, name: str) -> None:
    names = Names([world.address], 1)
    for found in (names.txt(name), names.mx(name), names.addresses(name, SIX)):
        assert not (found.failure and found.records)


# --- how it asks -----------------------------------------------------------------------------------


def test_a_name_is_absolute_whatever_domain_the_system_is_in() -> None:
    with FaultServer({}) as server:
        Names([server.address], 1).txt("host")
        assert [name for _, name, _, _ in server.asked] == ["host"]


def test_nothing_is_remembered() -> None:
    with FaultServer({"a.example": ListsTheWorld()}) as server:
        names = Names([server.address], 1)
        assert names.txt("a.example") == names.txt("a.example")
        assert len(server.asked) == 2


def test_many_threads_may_ask_at_once() -> None:
    with FaultServer({"a.example": Slow(Echo(), 0.3)}) as server, ThreadPoolExecutor(32) as pool:
        names = Names([server.address], 3)
        wanted = [f"n{number}.a.example" for number in range(32)]
        begun = time.monotonic()
        found = list(pool.map(partial(_text_of, names), wanted))
        assert time.monotonic() - begun < 1.5
    assert found == [f"n{number}" for number in range(32)]


def _text_of(names: Names, name: str) -> str | None:
    looked = names.txt(name)
    return looked.failure or looked.records[0]


class Echo:
    """Says which name was asked."""

    def __call__(self, query: Query) -> list[Reply]:
        return [reply(query, answer=[Record("TXT", query.name)])]


_WATCHED = """
import json, sys
seen = []
def watch(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname", "socket.bind"):
        seen.append([event, [part for part in args if isinstance(part, (str, tuple))]])
    if event == "open" and "resolv" in str(args[0]):
        seen.append([event, str(args[0])])
from delist.probe.names import Names
sys.addaudithook(watch)
names = Names([(sys.argv[1], int(sys.argv[2]))], 1.0)
found = [names.txt("a.example"), names.mx("b.example"), names.addresses("host", "192.0.2.7"), names.ptr("192.0.2.7")]
print(json.dumps([seen, [each.failure for each in found]]))
"""


def test_nobody_but_the_given_name_server_is_asked() -> None:
    """Python itself tells of each packet and each connection of a process of its own."""
    with FaultServer({"a.example": Truncates(ListsTheWorld()), "b.example": ServFails()}) as server:
        words = [sys.executable, "-c", _WATCHED, *map(str, server.address)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        seen, failures = json.loads(done.stdout)
        assert failures == [None, "SERVFAIL", "REFUSED", "REFUSED"]
        assert {event for event, _ in seen} == {"socket.sendto", "socket.connect"}
        assert {tuple(args[0]) for _, args in seen} == {server.address}
