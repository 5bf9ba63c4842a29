"""Blocklists are asked by DNS: what goes out, what comes back, and what a bad network does; dnspython is the judge."""

import ipaddress
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.reversename
import dns.rrset
import pytest
from dns.message import Message
from dns.rcode import Rcode
from dns.rdtypes.IN.A import A as ARecord
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delist.errors import SetupError, UsageError
from delist.lookup import PATIENCE, Session, parse_nameserver, system_nameservers, wire
from delist.lookup.engine import LARGEST_TOTAL
from delist.lookup.lanes import Lane
from delist.rules.dnsbl import Answer, Failure
from tests.servers.faults import (
    Alias,
    Behaviour,
    DanglingAlias,
    Empties,
    Fails,
    FaultServer,
    Flaky,
    FormErrs,
    Garbage,
    Lists,
    NoData,
    OtherAddress,
    OtherId,
    OtherQuestion,
    Query,
    Referral,
    Refuses,
    Reply,
    ServFails,
    Silent,
    Slow,
    Truncates,
    TruncatesAndNoTcp,
)
from tests.servers.rbldnsd import Dataset, Rbldnsd, blocklist, needs_rbldnsd

ZONE = "bl.example"
LISTED, CLEAN, SIX, MAPPED = "203.0.113.7", "203.0.113.8", "2001:db8::7", "::ffff:7f00:2"
CODES = ("127.0.0.4", "127.0.0.11")
HEALTHY = Lists({LISTED: CODES, SIX: "127.0.0.3"}, negative_ttl=30)
FOUND, NOTHING = Answer(CODES, ttl=60), Answer(ttl=30)
# Records of other names, types or classes: neither yes nor no.
UNUSABLE = Answer(failure=Failure.UNUSABLE)


def asked_for(address: str) -> bytes:
    return wire.name_of(wire.packed(address))


def read(labels: bytes) -> dns.name.Name:
    return dns.name.from_wire(labels + b"\0", 0)[0]


def host(number: int) -> str:
    """Return the address of that number: of the loopback net, as the networks of documents are too small."""
    return str(ipaddress.ip_address("127.16.0.0") + number)


# What goes out.


@settings(max_examples=100, deadline=None)
@given(st.ip_addresses().filter(lambda address: not getattr(address, "ipv4_mapped", None)).map(str))
@example("0.0.0.0")
@example("255.255.255.255")
@example("2001:db8::25")
@example("::")
def test_an_address_is_asked_for_backwards_in_octets_or_nibbles(address: str) -> None:
    pointer = dns.reversename.from_address(address)
    suffix = "ip6.arpa." if ":" in address else "in-addr.arpa."
    assert read(asked_for(address)) == pointer.relativize(dns.name.from_text(suffix)).concatenate(dns.name.root)


def test_a_mapped_address_keeps_its_thirty_two_nibbles() -> None:
    name = read(asked_for(MAPPED))
    assert str(name) == "2.0.0.0.0.0.f.7.f.f.f.f." + "0." * 20
    assert len(name.labels) == 33


@dataclass
class Records:
    """The inner behaviour; keeps each query as it was seen, and when, in seconds."""

    inner: Behaviour = HEALTHY
    queries: list[Query] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __call__(self, query: Query) -> Sequence[Reply]:
        self.queries.append(query)
        self.times.append(time.monotonic())
        return self.inner(query)


@pytest.mark.parametrize("address", [LISTED, "2001:db8::25", MAPPED])
@pytest.mark.parametrize("kind", [wire.A, wire.TXT])
def test_a_question_is_one_that_dnspython_would_ask(address: str, kind: int) -> None:
    message = b"\x12\x34" + wire.HEADER + asked_for(address) + wire.ending(wire.labels(ZONE), kind)
    query = dns.message.from_wire(message)
    expected = read(asked_for(address)).relativize(dns.name.root).concatenate(dns.name.from_text(ZONE))
    (question,) = query.question
    assert (query.id, query.flags, query.opcode()) == (0x1234, dns.flags.RD, dns.opcode.QUERY)
    assert (question.name, question.rdtype, question.rdclass) == (expected, kind, dns.rdataclass.IN)
    assert (query.answer, query.authority, query.additional) == ([], [], [])


def test_the_case_of_letters_is_left_to_chance_and_nothing_else_changes() -> None:
    name = wire.labels("4a-letters.and-9-digits.example") + b"\x02@["
    seen = {wire.mixed_case(name) for _ in range(50)}
    assert {each.lower() for each in seen} == {name.lower()}
    assert len(seen) > 40
    letters = [at for at, octet in enumerate(name) if chr(octet).isalpha()]
    assert all(len({each[at] for each in seen}) == 2 for at in letters)


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".example", "bücher.example", ".".join(["a" * 60] * 3)])
def test_what_is_no_domain_name_is_refused(name: str) -> None:
    with Session([("127.0.0.1", 53)]) as session, pytest.raises(ValueError, match=r"domain name|ascii"):
        session.door(name)


# What comes back.

NAME = read(asked_for(LISTED)).relativize(dns.name.root).concatenate(dns.name.from_text(ZONE))
OTHER = dns.name.from_text(f"other.{ZONE}")
SOA = f"ns.{ZONE}. hostmaster.{ZONE}. 1 3600 600 86400"

Rows = Sequence[tuple[dns.name.Name, int, str, str]]


def reply_of(
    answer: Rows = (), authority: Rows = (), *, kind: str = "A", rcode: Rcode = Rcode.NOERROR, aa: bool = False
) -> Message:
    """Return a reply about LISTED; rows are owner, TTL, type and text."""
    query = dns.message.make_query(NAME, kind)
    message = dns.message.make_response(query, recursion_available=True)
    message.set_rcode(rcode)
    message.flags |= dns.flags.AA if aa else 0
    for section, rows in ((message.answer, answer), (message.authority, authority)):
        section.extend(dns.rrset.from_text(owner, ttl, "IN", kind, text) for owner, ttl, kind, text in rows)
    return message


def end_of_question(message: bytes) -> int:
    return dns.name.from_wire(message, 12)[1] + 12 + 4


def meaning(message: Message | bytes) -> Answer:
    data = message.to_wire() if isinstance(message, Message) else message
    return wire.parse(data, end_of_question(data))


def plain(message: Message) -> bytes:
    """Return the message without compressed names."""
    sections = [row for section in (message.answer, message.authority) for row in section]
    head = message.to_wire()[: end_of_question(message.to_wire())]
    return head + b"".join(_plain(rrset) for rrset in sections)


def _plain(rrset: dns.rrset.RRset) -> bytes:
    parts = []
    for rdata in rrset:
        data = rdata.to_wire() or b""
        head = rrset.rdtype.to_bytes(2) + rrset.rdclass.to_bytes(2) + rrset.ttl.to_bytes(4)
        parts.append((rrset.name.to_wire() or b"") + head + len(data).to_bytes(2) + data)
    return b"".join(parts)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (reply_of([(NAME, 60, "A", "127.0.0.2")]), Answer(("127.0.0.2",), ttl=60)),
        (reply_of([(NAME, 60, "A", "127.0.0.2")], aa=True), Answer(("127.0.0.2",), ttl=60, authoritative=True)),
        (
            reply_of([(NAME, 60, "A", "127.0.0.11"), (NAME, 50, "A", "127.0.0.9"), (NAME, 70, "A", "127.0.0.2")]),
            Answer(("127.0.0.2", "127.0.0.9", "127.0.0.11"), ttl=50),
        ),
        # NXDOMAIN and no data: how long it holds is the lesser of the SOA's TTL and its minimum (RFC 2308).
        (reply_of((), [(OTHER, 300, "SOA", f"{SOA} 60")], rcode=Rcode.NXDOMAIN), Answer(ttl=60)),
        (reply_of((), [(OTHER, 60, "SOA", f"{SOA} 300")], rcode=Rcode.NXDOMAIN, aa=True), Answer((), None, 60, True)),
        (reply_of((), [(OTHER, 60, "SOA", f"{SOA} 300")]), Answer(ttl=60)),
        (reply_of(rcode=Rcode.NXDOMAIN), NOTHING),
        (reply_of(), NOTHING),
        # Aliases: what stands at their end counts, for as long as the shortest of them.
        (
            reply_of([(NAME, 90, "CNAME", f"other.{ZONE}."), (OTHER, 60, "A", "127.0.0.2")]),
            Answer(("127.0.0.2",), ttl=60),
        ),
        (
            reply_of(
                [
                    (OTHER, 60, "A", "127.0.0.2"),
                    (dns.name.from_text("mid.example"), 20, "CNAME", f"other.{ZONE}."),
                    (NAME, 90, "CNAME", "MID.example."),
                ]
            ),
            Answer(("127.0.0.2",), ttl=20),
        ),
        (reply_of([(NAME, 90, "CNAME", f"other.{ZONE}.")]), Answer(failure=Failure.DANGLING)),
        (
            reply_of([(NAME, 9, "CNAME", f"other.{ZONE}."), (OTHER, 9, "CNAME", NAME.to_text())]),
            Answer(failure=Failure.DANGLING),
        ),
        (
            reply_of([(NAME, 9, "CNAME", f"other.{ZONE}."), (dns.name.from_text("mid.example"), 9, "A", "127.0.0.2")]),
            Answer(failure=Failure.DANGLING),
        ),
        # Other names, other types, other sections.
        (reply_of([(OTHER, 60, "A", "127.0.0.2")]), UNUSABLE),
        (reply_of([(OTHER, 60, "A", "127.0.0.2"), (NAME, 50, "A", "127.0.0.3")]), Answer(("127.0.0.3",), ttl=50)),
        (reply_of([(NAME, 60, "AAAA", "::ffff:7f00:2")]), UNUSABLE),
        (reply_of([(NAME, 60, "TXT", '"127.0.0.2"')]), UNUSABLE),
        (reply_of([(NAME, 60, "A", "127.0.0.2")], kind="TXT"), UNUSABLE),
        (reply_of((), [(NAME, 60, "A", "127.0.0.2")]), NOTHING),
        # Elsewhere.
        (reply_of((), [(OTHER, 60, "NS", "ns.example.")]), Answer(failure=Failure.REFERRAL)),
        (reply_of((), [(OTHER, 60, "NS", "ns.example."), (OTHER, 60, "SOA", f"{SOA} 60")]), Answer(ttl=60)),
        (reply_of((), [(OTHER, 60, "NS", "ns.example.")], rcode=Rcode.NXDOMAIN), NOTHING),
        # Failures, whatever stands beside them.
        (reply_of([(NAME, 60, "A", "127.0.0.2")], rcode=Rcode.SERVFAIL), Answer(failure=Failure.SERVFAIL)),
        (reply_of(rcode=Rcode.REFUSED), Answer(failure=Failure.REFUSED)),
        (reply_of(rcode=Rcode.FORMERR), Answer(failure=Failure.FORMERR)),
        (reply_of(rcode=Rcode.NOTIMP), Answer(failure=Failure.NOTIMP)),
        (reply_of(rcode=Rcode.NOTAUTH), Answer(failure=Failure.OTHER)),
    ],
)
def test_a_reply_means_what_stands_at_the_end_of_the_name_that_was_asked(message: Message, expected: Answer) -> None:
    whole = replace(expected, ttl=0) if expected is NOTHING else expected
    assert meaning(message) == whole
    assert meaning(plain(message)) == whole


def test_a_name_that_exists_and_does_not_is_no_listing() -> None:
    answer = meaning(reply_of([(NAME, 60, "A", "127.0.0.2")], rcode=Rcode.NXDOMAIN))
    assert answer.codes == ()
    assert answer.failure is not None


def test_a_record_of_another_class_does_not_count() -> None:
    data = bytearray(reply_of([(NAME, 60, "A", "127.0.0.2")]).to_wire())
    at = len(data) - 4 - 2 - 4 - 2
    assert data[at : at + 2] == b"\0\1"
    data[at + 1] = 3
    assert meaning(bytes(data)) == UNUSABLE


def test_a_dot_inside_a_label_is_no_border_between_labels() -> None:
    foreign = dns.name.from_text(r"7\.113.0.203." + ZONE)
    assert meaning(reply_of([(foreign, 60, "A", "127.0.0.2")])).codes == ()


@pytest.mark.parametrize("size", [0, 3, 5, 16])
def test_an_address_of_the_wrong_size_is_no_silence(size: int) -> None:
    good = reply_of([(NAME, 60, "A", "127.0.0.2")]).to_wire()
    assert meaning(good[:-6] + size.to_bytes(2) + bytes(size)) == Answer(failure=Failure.MALFORMED)


@pytest.mark.parametrize("section", ["answer", "authority"])
def test_a_reply_that_ends_too_early_is_malformed_wherever_it_is_cut(section: str) -> None:
    rows = [(NAME, 60, "A", "127.0.0.2")] if section == "answer" else []
    soa = [(OTHER, 300, "SOA", f"{SOA} 60")] if section == "authority" else []
    data = reply_of(rows, soa).to_wire()
    uncut = [size for size in range(end_of_question(data), len(data)) if meaning(data[:size]).failure is None]
    assert uncut == []


def test_a_ttl_with_the_highest_bit_set_is_none() -> None:
    data = reply_of([(NAME, 60, "A", "127.0.0.2")]).to_wire()
    assert meaning(data[:-10] + b"\xff\0\0\0" + data[-6:]) == Answer(("127.0.0.2",), ttl=0)


texts = st.lists(st.lists(st.text(max_size=40).map(str.encode), min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(texts)
@example([[b"Listed, see ", b"https://lookup.example/?ip=203.0.113.7"]])
@example([[b"1..2.3"]])
@example([["²...".encode()]])
def test_the_strings_of_a_text_are_joined_and_texts_are_sorted(strings: list[list[bytes]]) -> None:
    message = reply_of(kind="TXT")
    datas = [b"".join(len(each).to_bytes(1) + each for each in parts) for parts in strings]
    rdatas = [dns.rdata.from_wire("IN", "TXT", data, 0, len(data)) for data in datas]
    message.answer.append(dns.rrset.from_rdata_list(NAME, 60, rdatas))
    assert meaning(message) == Answer(tuple(sorted({b"".join(parts).decode() for parts in strings})), ttl=60)


def judged(data: bytes) -> set[str] | None:
    """Return the addresses that dnspython finds for the question, aliases followed; None if it cannot read it."""
    try:
        message = dns.message.from_wire(data, ignore_trailing=True)
        assert isinstance(message, dns.message.QueryMessage)
        chain = message.resolve_chaining()
    except (dns.exception.DNSException, AssertionError, ValueError):
        return None
    return {cast(ARecord, rdata).address for rdata in chain.answer or ()}


GOOD = [
    reply_of([(NAME, 60, "A", "127.0.0.2"), (NAME, 60, "A", "127.0.0.11")]).to_wire(),
    reply_of([(NAME, 90, "CNAME", f"other.{ZONE}."), (OTHER, 60, "A", "127.0.0.2")]).to_wire(),
    reply_of([(OTHER, 60, "A", "127.0.0.2"), (NAME, 60, "AAAA", "::1")]).to_wire(),
    reply_of((), [(OTHER, 300, "SOA", f"{SOA} 60")], rcode=Rcode.NXDOMAIN).to_wire(),
    reply_of((), [(OTHER, 60, "NS", "ns.example.")]).to_wire(),
]
QUESTION_END = end_of_question(GOOD[0])
mutations = st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), min_size=1, max_size=6)


def mutated(data: bytes, changes: Iterable[tuple[int, int]], cut: int) -> bytes:
    """Return the reply with octets changed; the question stays, as the engine would not take another."""
    fresh = bytearray(data[: max(QUESTION_END, len(data) - cut)])
    for at, octet in changes:
        place = 2 + at % (len(fresh) - 2)
        if place in (2, 3) or 5 < place < 12 or place >= QUESTION_END:
            fresh[place] = octet
    return bytes(fresh)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GOOD), mutations, st.integers(0, 30) | st.just(0))
def test_a_damaged_reply_never_raises_and_never_says_more_than_dnspython_reads(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    fresh = mutated(data, changes, cut)
    answer = wire.parse(fresh, QUESTION_END)
    assert not (answer.codes and answer.failure)
    if (expected := judged(fresh)) is not None and answer.codes:
        assert set(answer.codes) <= expected


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_behind_the_question_never_raise_or_say_more_than_dnspython_reads(tail: bytes) -> None:
    data = GOOD[0][:6] + tail[:6].ljust(6, b"\0") + GOOD[0][12:QUESTION_END] + tail[6:]
    answer = wire.parse(data, QUESTION_END)
    if (expected := judged(data)) is not None and answer.codes:
        assert set(answer.codes) <= expected


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 90))
def test_random_bytes_are_no_message_and_never_raise(data: bytes, after: int) -> None:
    assert isinstance(wire.parse(data, after), Answer)


# Questions and answers, over the wire.


@dataclass(frozen=True)
class Got:
    """One answer: of which zone, for which address, after how many seconds."""

    zone: str
    address: str
    answer: Answer
    after: float


def answers(
    session: Session, zones: Iterable[str], addresses: Sequence[str], patience: float = PATIENCE, kind: str = "A"
) -> list[Got]:
    """Ask zones about addresses; fails unless every question got exactly one answer. In the order of the answers."""
    asked: dict[Lane, list[tuple[tuple[str, str], bytes]]] = {}
    for zone in zones:
        door = session.door(zone)
        lane = door.addresses if kind == "A" else door.texts
        asked[lane] = [((zone, address), asked_for(address)) for address in addresses]
    begun = time.monotonic()
    got = [
        Got(zone, address, answer, time.monotonic() - begun)
        for _, (zone, address), answer in session.ask(asked, patience)
    ]
    wanted = Counter(tag for tagged in asked.values() for tag, _ in tagged)
    assert Counter((each.zone, each.address) for each in got) == wanted
    return got


def found(
    server: FaultServer | Rbldnsd, addresses: Sequence[str] = (LISTED, CLEAN), *, kind: str = "A", zone: str = ZONE
) -> list[Answer]:
    """Return the answers of one zone, in the order of the addresses."""
    with Session([server.address]) as session:
        by_address = {got.address: got.answer for got in answers(session, [zone], addresses, kind=kind)}
    return [by_address[address] for address in addresses]


Serve = Callable[[Behaviour], FaultServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve the zone with one behaviour, on IPv4."""
    with FaultServer({}) as server:

        def behave(behaviour: Behaviour) -> FaultServer:
            server.behaviours[ZONE] = behaviour
            return server

        yield behave


@pytest.mark.parametrize("ipv6", [False, True])
def test_a_healthy_list_is_heard_on_both_families(ipv6: bool) -> None:
    with FaultServer({ZONE: HEALTHY}, ipv6=ipv6) as server, Session([server.address]) as session:
        asked = [LISTED, CLEAN, SIX, MAPPED, "127.0.0.1"]
        got = {each.address: each.answer for each in answers(session, [ZONE], asked)}
        assert got == {
            LISTED: FOUND,
            CLEAN: NOTHING,
            SIX: Answer(("127.0.0.3",), ttl=60),
            MAPPED: Answer(("127.0.0.2",), ttl=60),
            "127.0.0.1": NOTHING,
        }
        assert session.door(ZONE).nameserver == server.nameserver
        assert {transport for *_, transport in server.asked} == {"udp"}


def test_reasons_are_asked_for_beside_codes(serve: Serve) -> None:
    server = serve(HEALTHY)
    reason, none = found(server, kind="TXT")
    assert reason.codes == (f"Listed, see https://lookup.example/?ip={LISTED}",)
    assert none == NOTHING
    with Session([server.address]) as session:
        door = session.door(ZONE)
        asked = {lane: [("only", asked_for(LISTED))] for lane in (door.addresses, door.texts)}
        both = {lane: answer.codes for lane, _, answer in session.ask(asked)}
        assert both == {door.addresses: CODES, door.texts: reason.codes}
        assert door.asked == 2


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (HEALTHY, [FOUND, NOTHING]),
        (replace(HEALTHY, authoritative=True), [Answer(CODES, None, 60, True), Answer((), None, 30, True)]),
        (NoData(HEALTHY), [FOUND, Answer(ttl=60)]),
        (Empties(), [Answer(ttl=60)] * 2),
        (Truncates(HEALTHY), [FOUND, NOTHING]),
        (TruncatesAndNoTcp(HEALTHY), [Answer(failure=Failure.TRUNCATED)] * 2),
        (Truncates(ServFails()), [Answer(failure=Failure.SERVFAIL)] * 2),
        (Alias(HEALTHY), [FOUND, NOTHING]),
        (DanglingAlias(), [Answer(failure=Failure.DANGLING)] * 2),
        (Referral(), [Answer(failure=Failure.REFERRAL)] * 2),
        (Refuses(), [Answer(failure=Failure.REFUSED)] * 2),
        (FormErrs(), [Answer(failure=Failure.FORMERR)] * 2),
        (Fails(Rcode.NOTIMP), [Answer(failure=Failure.NOTIMP)] * 2),
        (Fails(Rcode.NOTAUTH), [Answer(failure=Failure.OTHER)] * 2),
        (OtherId(HEALTHY), [FOUND, NOTHING]),
        (OtherQuestion(HEALTHY), [FOUND, NOTHING]),
        (OtherAddress(HEALTHY), [FOUND, NOTHING]),
        (Flaky(HEALTHY, failures=2), [FOUND, NOTHING]),
    ],
)
def test_the_true_answer_is_found_whatever_the_server_does(
    serve: Serve, behaviour: Behaviour, expected: list[Answer]
) -> None:
    assert found(serve(behaviour)) == expected


def test_the_reply_of_a_forger_is_ignored_even_if_no_other_comes(serve: Serve) -> None:
    for behaviour in (OtherId(Silent()), OtherQuestion(Silent()), OtherAddress(Silent())):
        server = serve(behaviour)
        with Session([server.address]) as session:
            got = answers(session, [ZONE], [LISTED, CLEAN], patience=0.4)
        assert {each.answer for each in got} == {Answer(failure=Failure.TIMEOUT)}


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (lambda query: b"", Failure.REFUSED),  # nothing but a header
        (lambda query: query.question.replace(b"\x03113", b"\x03114"), None),
        (lambda query: query.question[:-3] + b"\x10" + query.question[-2:], None),
        (lambda query: query.question[:-1] + b"\x03", None),
    ],
)
def test_a_refusal_must_be_one_of_the_question_that_was_asked(
    serve: Serve, change: Callable[[Query], bytes], failure: Failure | None
) -> None:
    def refuses(query: Query) -> Sequence[Reply]:
        question = change(query)
        head = query.id.to_bytes(2) + b"\x81\x85" + bool(question).to_bytes(2) + bytes(6)
        return [Reply(head + question), *Slow(HEALTHY, 0.05)(query)]

    assert found(serve(refuses), [LISTED]) == [Answer(failure=failure) if failure else FOUND]


def test_a_reply_that_is_a_query_or_a_notification_is_ignored(serve: Serve) -> None:
    def odd(query: Query) -> Sequence[Reply]:
        (true,) = HEALTHY(query)
        wrong = [true.wire[:2] + bytes([flags]) + true.wire[3:] for flags in (0x01, 0xA1, 0x91)]
        forged = [each[:-4] + bytes([127, 0, 0, 2]) for each in wrong]
        return [*map(Reply, forged), replace(true, after=0.05)]

    assert found(serve(odd), [LISTED]) == [FOUND]


def test_servfail_is_asked_again_twice_and_then_believed(serve: Serve) -> None:
    server = serve(ServFails())
    assert found(server, [LISTED]) == [Answer(failure=Failure.SERVFAIL)]
    assert len(server.asked) == 3
    assert found(serve(Flaky(HEALTHY, failures=3)), [LISTED]) == [Answer(failure=Failure.SERVFAIL)]


def test_garbage_is_never_an_answer(serve: Serve) -> None:
    server = serve(Garbage(seed=7))
    addresses = [LISTED, CLEAN, *map(host, range(20))]
    with Session([server.address]) as session:
        got = answers(session, [ZONE], addresses, patience=1.0)
    assert all(each.answer.failure and not each.answer.codes for each in got)


def test_without_tcp_what_is_truncated_stays_unknown() -> None:
    with FaultServer({ZONE: Truncates(HEALTHY)}, tcp=False) as server:
        assert found(server) == [Answer(failure=Failure.TRUNCATED)] * 2


def test_many_truncated_answers_come_over_tcp_and_all_are_true(serve: Serve) -> None:
    server = serve(Truncates(Lists({host(number): "127.0.0.2" for number in range(0, 150, 3)})))
    got = found(server, [host(number) for number in range(150)])
    assert [bool(answer.codes) for answer in got] == [number % 3 == 0 for number in range(150)]
    assert not any(answer.failure for answer in got)
    assert sum(transport == "tcp" for *_, transport in server.asked) == 150


def over_tcp(inner: Behaviour, change: Callable[[Query], Query]) -> Behaviour:
    """Return a zone that truncates, and answers over TCP as if something else had been asked."""
    return lambda query: inner(change(query)) if query.tcp else Truncates(inner)(query)


@pytest.mark.parametrize(
    "change",
    [
        lambda query: replace(query, id=query.id ^ 1),
        lambda query: replace(query, question=query.question.replace(b"\x03113", b"\x03114")),
    ],
)
def test_over_tcp_too_an_answer_must_be_one_to_the_question(serve: Serve, change: Callable[[Query], Query]) -> None:
    assert found(serve(over_tcp(HEALTHY, change)), [LISTED]) == [Answer(failure=Failure.TRUNCATED)]


def test_a_server_that_hangs_over_tcp_takes_no_more_than_the_patience(serve: Serve) -> None:
    server = serve(Slow(Truncates(Silent()), 0.6))
    with Session([server.address]) as session:
        (got,) = answers(session, [ZONE], [LISTED], patience=0.8)
    assert got.answer == Answer(failure=Failure.TRUNCATED)
    assert got.after < 0.8 + 0.35


@pytest.mark.parametrize("behaviour", [HEALTHY, Truncates(HEALTHY), Flaky(HEALTHY)])
def test_a_server_that_writes_names_in_small_letters_is_understood(behaviour: Behaviour) -> None:
    with FaultServer({"letters.bl.example": behaviour}, case="lower") as server:
        addresses = [LISTED, CLEAN, SIX, *map(host, range(40))]
        got = found(server, addresses, zone="letters.bl.example")
        assert got[:3] == [FOUND, NOTHING, Answer(("127.0.0.3",), ttl=60)]
        assert got[3:] == [NOTHING] * 40


def test_letters_that_are_kept_are_asked_for_in_a_new_case_each_time() -> None:
    zone = "letters-that-are-many.bl.example"
    records = Records()
    with FaultServer({zone: records}) as server:
        for _ in range(5):
            found(server, [LISTED], zone=zone)
    assert len({query.question for query in records.queries}) == 5
    assert len({query.question.lower() for query in records.queries}) == 1


# Time.


def test_a_server_that_takes_three_seconds_is_heard_and_silence_ends(serve: Serve) -> None:
    server = serve(Slow(HEALTHY, 3.0))
    server.behaviours |= {"silent.example": Silent(), "quick.example": HEALTHY}
    with Session([server.address]) as session:
        got = answers(session, ["silent.example", ZONE, "quick.example"], [LISTED, CLEAN])
    by_zone: dict[str, list[Got]] = {}
    for each in got:
        by_zone.setdefault(each.zone, []).append(each)
    assert list(by_zone) == ["quick.example", ZONE, "silent.example"]
    for zone in ("quick.example", ZONE):
        assert {each.address: each.answer for each in by_zone[zone]} == {LISTED: FOUND, CLEAN: NOTHING}
    assert {each.answer for each in by_zone["silent.example"]} == {Answer(failure=Failure.TIMEOUT)}
    assert got[-1].after < PATIENCE + 1
    assert by_zone["silent.example"][0].after >= PATIENCE - 0.1


@pytest.mark.parametrize("dead", [1, 10])
def test_silent_zones_hold_no_good_one_up(dead: int) -> None:
    zones = [f"dead-{number}.example" for number in range(dead)]
    addresses = [host(number) for number in range(60)]
    with FaultServer({ZONE: HEALTHY, **dict.fromkeys(zones, Silent())}) as server, Session([server.address]) as session:
        got = answers(session, [*zones, ZONE], addresses, patience=1.0)
    assert [each.zone for each in got[: len(addresses)]] == [ZONE] * len(addresses)
    assert {each.answer for each in got if each.zone == ZONE} == {NOTHING}
    assert {each.answer for each in got if each.zone != ZONE} == {Answer(failure=Failure.TIMEOUT)}


def test_a_zone_that_is_silent_is_given_up_as_a_whole(serve: Serve) -> None:
    server = serve(Silent())
    with Session([server.address]) as session:
        got = answers(session, [ZONE], [host(number) for number in range(5000)], patience=0.5)
    assert {each.answer for each in got} == {Answer(failure=Failure.TIMEOUT)}
    assert got[-1].after < 2
    assert len(server.asked) < 500


def test_a_zone_that_fails_for_every_name_is_done_in_seconds_too(serve: Serve) -> None:
    server = serve(ServFails())
    with Session([server.address]) as session:
        got = answers(session, [ZONE], [host(number) for number in range(64)])
    assert {each.answer for each in got} == {Answer(failure=Failure.SERVFAIL)}
    # Three questions for one name are under a second; many names together are not much more.
    assert got[-1].after < 2.5


@pytest.mark.parametrize("ipv6", [False, True])
def test_a_port_where_nobody_listens_is_unreachable_at_once(ipv6: bool) -> None:
    family, address = (socket.AF_INET6, "::1") if ipv6 else (socket.AF_INET, "127.0.0.1")
    with socket.socket(family, socket.SOCK_DGRAM) as taken:
        taken.bind((address, 0))
        port = int(taken.getsockname()[1])
    with Session([(address, port)]) as session:
        (one,) = answers(session, [ZONE], [LISTED])
        many = answers(session, [ZONE, "other.example"], [host(number) for number in range(1000)])
    assert {each.answer for each in (one, *many)} == {Answer(failure=Failure.UNREACHABLE)}
    assert one.after < 2
    assert many[-1].after < 1


def test_an_address_that_cannot_be_sent_to_is_unreachable() -> None:
    # Without leave to broadcast, the system refuses to send there.
    with Session([("255.255.255.255", 53)]) as session:
        got = answers(session, [ZONE], [LISTED, CLEAN])
    assert {each.answer for each in got} == {Answer(failure=Failure.UNREACHABLE)}
    assert got[-1].after < 1


def test_a_dead_name_server_beside_a_good_one_takes_nothing_from_it() -> None:
    with FaultServer({ZONE: Silent()}) as dead, FaultServer({ZONE: HEALTHY}) as good:
        with Session([dead.address, good.address]) as session:
            doors = [session.door(ZONE, server) for server in (0, 1)]
            asked = {door.addresses: [(door, asked_for(LISTED))] for door in doors}
            got = [(tag.nameserver, answer) for _, tag, answer in session.ask(asked, 0.5)]
        assert got == [(good.nameserver, FOUND), (dead.nameserver, Answer(failure=Failure.TIMEOUT))]


def test_an_answer_that_waits_while_the_caller_is_busy_is_not_lost(serve: Serve) -> None:
    server = serve(HEALTHY)
    with Session([server.address]) as session:
        asked = {session.door(zone).addresses: [(zone, asked_for(LISTED))] for zone in (ZONE, "quick.example")}
        server.behaviours |= {ZONE: Slow(HEALTHY, 0.1), "quick.example": HEALTHY}
        got = {}
        for _, zone, answer in session.ask(asked, patience=0.5):
            got[zone] = answer
            time.sleep(0.7)
    assert got == {"quick.example": FOUND, ZONE: FOUND}


# Loss.


@pytest.mark.parametrize(("loss", "names", "given_up"), [(0.01, 400, 0), (0.1, 400, 0), (0.3, 120, 5)])
def test_loss_costs_time_and_never_a_true_answer(loss: float, names: int, given_up: int) -> None:
    zones = {
        f"bl{turn}.example": Lists({host(number): f"127.0.0.{turn + 2}" for number in range(turn, names, 3)})
        for turn in range(3)
    }
    with FaultServer(zones, loss=loss, seed=5) as server, Session([server.address]) as session:
        got = answers(session, zones, [host(number) for number in range(names)])
        assert server.lost > 5
    failed = [each for each in got if each.answer.failure]
    assert {each.answer.failure for each in failed} <= {Failure.TIMEOUT}
    assert len(failed) <= given_up
    expected = {(zone, address): codes for zone, lists in zones.items() for address, codes in lists.listed.items()}
    for each in got:
        if not each.answer.failure:
            code = expected.get((each.zone, each.address))
            assert each.answer.codes == ((code,) if code else ())


# Pace, ids, ports, bounds.


def questions(count: int) -> Iterator[tuple[int, bytes]]:
    """Yield so many questions, tagged with their number."""
    return ((number, asked_for(host(number))) for number in range(count))


def gaps(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("whose", ["zone", "server"])
def test_questions_keep_the_pace_of_a_zone_or_a_name_server(serve: Serve, whose: str) -> None:
    records = Records()
    server = serve(records)
    rate = 50.0
    with Session([server.address], per_second=rate if whose == "server" else None) as session:
        doors = [session.door(ZONE, per_second=rate if whose == "zone" else None)]
        asked = {door.addresses: questions(25) for door in doors}
        assert len(list(session.ask(asked))) == 25
    # The server's thread may be late for one, so that the next seems early: ten in a row tell.
    assert sorted(gaps(records.times))[12] > 0.8 / rate
    assert all(later - earlier > 7 / rate for earlier, later in zip(records.times, records.times[10:], strict=False))


@pytest.mark.parametrize("behaviour", [Silent(), ServFails()])
def test_questions_that_are_asked_again_keep_the_pace_too(serve: Serve, behaviour: Behaviour) -> None:
    records = Records(behaviour)
    server = serve(records)
    rate = 20.0
    with Session([server.address]) as session:
        door = session.door(ZONE, per_second=rate)
        asked = {door.addresses: questions(20)}
        assert len(list(session.ask(asked, patience=1.5))) == 20
    took = records.times[-1] - records.times[0]
    assert len(records.times) <= took * rate * 1.1 + 2


def test_codes_and_reasons_of_a_zone_share_its_pace(serve: Serve) -> None:
    records = Records()
    server = serve(records)
    rate = 50.0
    with Session([server.address]) as session:
        door = session.door(ZONE, per_second=rate)
        lanes = (door.addresses, door.texts)
        asked = {lane: questions(12) for lane in lanes}
        assert len(list(session.ask(asked))) == 24
    took = records.times[-1] - records.times[0]
    assert len(records.times) <= took * rate * 1.1 + 2


def test_ids_and_ports_cannot_be_guessed_from_those_before(serve: Serve) -> None:
    records = Records()
    server = serve(records)
    with Session([server.address]) as session, Session([server.address]) as other:
        answers(session, [ZONE], [host(number) for number in range(500)])
        ports = {each.servers[0].socket.getsockname()[1] for each in (session, other)}
    ids = [query.id for query in records.queries]
    assert len(ports) == 2
    # Of 500 ids that chance chose, two are equal; of two that follow each other, hardly any differ by one.
    assert len(set(ids)) > 480
    assert sum(abs(step) < 8 for step in gaps(ids)) < 10
    assert max(ids) > 60_000
    assert min(ids) < 5_000


def test_ever_so_many_questions_are_never_on_their_way_at_once() -> None:
    taken = 0

    def feed(count: int) -> Iterator[tuple[int, bytes]]:
        nonlocal taken
        for number in range(count):
            taken += 1
            yield number, asked_for(host(number))

    nothing = {f"bl{turn}.example": Lists(test_points=False) for turn in range(20)}
    with FaultServer(nothing) as server, Session([server.address]) as session:
        asked = {session.door(zone).addresses: feed(1000) for zone in nothing}
        most, seen, answered = 0, set(), 0
        for lane, number, answer in session.ask(asked):
            answered += 1
            seen.add((lane.zone, number))
            most = max(most, len(session.servers[0].flights))
            assert answer.failure is None
            assert taken - answered <= 2 * LARGEST_TOTAL
    assert len(seen) == answered == taken == 20_000
    # A receive buffer of Linux's usual size holds some 250.
    assert 0 < most <= LARGEST_TOTAL <= 250


def test_one_may_stop_in_the_middle_and_ask_again(serve: Serve) -> None:
    first = Lists({host(number): "127.0.0.2" for number in range(200)})
    second = Lists({host(number): "127.0.0.3" for number in range(100, 300)})
    server = serve(first)
    with Session([server.address]) as session:
        lane = session.door(ZONE).addresses
        for turn in range(5):
            server.behaviours[ZONE] = Slow(first, 0.02 * turn)
            for count, _ in enumerate(session.ask({lane: questions(200)})):
                if count == 20:
                    break
            assert session.servers[0].flights == {}
            server.behaviours[ZONE] = second
            got = [(number, answer.codes) for _, number, answer in session.ask({lane: questions(90)})]
            assert sorted(got) == [(number, ()) for number in range(90)]


def test_no_questions_have_no_answers(serve: Serve) -> None:
    server = serve(HEALTHY)
    with Session([server.address]) as session:
        assert list(session.ask({})) == []
        assert list(session.ask({session.door(ZONE).addresses: []})) == []
    assert server.asked == []


def test_the_sockets_of_a_session_are_closed_at_its_end() -> None:
    with Session([("127.0.0.1", 53), ("::1", 53)]) as session:
        sockets = [server.socket for server in session.servers]
        assert all(each.fileno() >= 0 for each in sockets)
    assert all(each.fileno() == -1 for each in sockets)


# A real list.

REAL: Mapping[str, str | Sequence[str] | None] = {
    "203.0.113.0/24": "127.0.0.2",
    "203.0.113.64-203.0.113.95": "127.0.0.3",
    "203.0.113.128/25": None,
    LISTED: ["127.0.0.4", "127.0.0.11", "127.0.1.255"],
    "198.51.100.16/28": "127.255.255.254",
    "2001:db8::/48": "127.0.0.2",
    "2001:db8:0:1::/64": None,
    SIX: ["127.0.0.3", "127.0.0.10"],
}


@pytest.fixture(params=[False, True], ids=["ipv4", "ipv6"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rbldnsd]:
    """A real list on loopback, over IPv4 and over IPv6."""
    text = blocklist(REAL, ipv6=True)
    with Rbldnsd(tmp_path, {ZONE: [Dataset(text)]}, ttl=30, ipv6=bool(request.param)) as server:
        yield server


@needs_rbldnsd
def test_a_real_list_has_codes_ranges_and_exclusions(real: Rbldnsd) -> None:
    expected = {
        LISTED: ("127.0.0.4", "127.0.0.11", "127.0.1.255"),
        CLEAN: ("127.0.0.2",),
        "203.0.113.200": (),
        "198.51.100.17": ("127.255.255.254",),
        "192.0.2.1": (),
        SIX: ("127.0.0.3", "127.0.0.10"),
        "2001:db8::8": ("127.0.0.2",),
        "2001:db8:0:1::8": (),
        "127.0.0.2": ("127.0.0.2",),
        "127.0.0.1": (),
        MAPPED: ("127.0.0.2",),
        "::ffff:7f00:1": (),
    }
    got = dict(zip(expected, found(real, list(expected)), strict=True))
    assert {address: answer.codes for address, answer in got.items()} == expected
    assert {(answer.ttl, answer.authoritative, answer.failure) for answer in got.values()} == {(30, True, None)}
    assert found(real, [LISTED], kind="TXT")[0].codes == (f"Listed, see https://lookup.example/?ip={LISTED}",)
    assert found(real, [LISTED], zone="elsewhere.example") == [Answer(failure=Failure.REFUSED)]


def resolved(resolver: dns.resolver.Resolver, address: str) -> tuple[str, ...]:
    """Return what dnspython's resolver finds for an address, sorted by number."""
    name = f"{read(asked_for(address)).relativize(dns.name.root)}.{ZONE}."
    try:
        addresses = [cast(ARecord, rdata).address for rdata in resolver.resolve(name, "A")]
    except dns.resolver.NXDOMAIN:
        return ()
    return tuple(sorted(addresses, key=lambda text: ipaddress.ip_address(text).packed))


@needs_rbldnsd
def test_three_hundred_answers_are_those_of_dnspython(real: Rbldnsd) -> None:
    chance = random.Random(11)
    nets = [*["203.0.113.0/24"] * 5, "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/120", "2001:db8:0:1::/64"]
    networks = [ipaddress.ip_network(each) for each in nets]
    picked = [chance.choice(networks) for _ in range(300)]
    addresses = [str(net[chance.randrange(min(net.num_addresses, 1 << 32))]) for net in picked]
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [real.address[0]], real.address[1]
    expected = {address: resolved(resolver, address) for address in addresses}
    assert 0 < sum(bool(codes) for codes in expected.values()) < len(expected)
    with Session([real.address]) as session:
        got = answers(session, [ZONE], list(expected))
    assert {each.address: each.answer.codes for each in got} == expected


# Which name servers.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        (" 192.0.2.53 ", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("192.0.2.53:65535", ("192.0.2.53", 65535)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
        ("[2001:db8::53]", ("2001:db8::53", 53)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("::1", ("::1", 53)),
        ("[2001:DB8:0::53]:53", ("2001:db8::53", 53)),
    ],
)
def test_a_name_server_may_have_a_port_and_a_bare_one_is_53(text: str, expected: tuple[str, int]) -> None:
    assert parse_nameserver(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ":53",
        "[]:53",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "192.0.2.53:dns",
        "192.0.2.53:-1",
        "192.0.2.53:５３",
        "192.0.2.530",
        "192.0.2",  # the system would take it for 192.0.0.2
        "53",
        "[2001:db8::53",
        "[2001:db8::53]x",
        "[2001:db8::53]5353",
        "2001:db8:::53",
        "a\0b",
        "\udcff",
        "x" * 70,
    ],
)
def test_what_is_no_name_server_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_nameserver(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


def resolv_conf(folder: Path, *lines: str) -> Path:
    path = folder / "resolv.conf"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["nameserver 192.0.2.53"], ["192.0.2.53"]),
        (
            ["# nameserver 192.0.2.1", ";nameserver 192.0.2.2", "search example.com", "nameserver\t192.0.2.53 # ours"],
            ["192.0.2.53"],
        ),
        (["nameserver 192.0.2.53", "nameserver 2001:db8::53", "options rotate"], ["192.0.2.53", "2001:db8::53"]),
        ([f"nameserver 192.0.2.{last}" for last in range(1, 6)], ["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        (["nameserver", "nameserver 192.0.2.53"], ["192.0.2.53"]),
    ],
)
def test_the_systems_name_servers_are_those_of_its_file(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    assert system_nameservers(resolv_conf(tmp_path, *lines)) == [(each, 53) for each in expected]


@pytest.mark.parametrize("lines", [[], ["search example.com"], ["# nameserver 192.0.2.53"], ["nameserver"]])
def test_a_system_without_name_servers_is_told_how_to_name_one(tmp_path: Path, lines: list[str]) -> None:
    path = resolv_conf(tmp_path, *lines)
    with pytest.raises(SetupError, match="--nameserver") as caught:
        system_nameservers(path)
    assert str(path) in str(caught.value)


def test_a_file_of_the_system_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"nothing\.conf.*--nameserver"):
        system_nameservers(tmp_path / "nothing.conf")


def test_a_line_of_the_system_that_is_no_address_is_the_setups_fault(tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        system_nameservers(resolv_conf(tmp_path, "nameserver 192.0.2.53:53:53:53"))
