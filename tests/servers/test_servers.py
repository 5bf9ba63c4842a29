"""The servers of the tests do what they claim, seen through dnspython."""

import ipaddress
import itertools
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest
from dns.message import Message, QueryMessage
from dns.rcode import Rcode
from dns.rdtypes.ANY.SOA import SOA

from tests.servers.faults import (
    Alias,
    Behaviour,
    DanglingAlias,
    Dies,
    Empties,
    FaultServer,
    Flaky,
    FormErrs,
    Garbage,
    Lists,
    ListsTheWorld,
    NoData,
    OtherAddress,
    OtherId,
    OtherQuestion,
    Parked,
    Referral,
    Refuses,
    RewritesNxdomain,
    ServFails,
    Silent,
    Slow,
    Truncates,
    TruncatesAndNoTcp,
    TurnsAway,
)
from tests.servers.nsd import Nsd, needs_nsd
from tests.servers.rbldnsd import Dataset, Rbldnsd, blocklist, may_skip, needs_rbldnsd

ZONE = "bl.example"
LISTED = "203.0.113.7"
CLEAN = "203.0.113.8"
HEALTHY = Lists({LISTED: ["127.0.0.4", "127.0.0.11"], "2001:db8::7": "127.0.0.3"})


def name_of(address: str, zone: str = ZONE) -> str:
    """Return the name under which a zone is asked about an address."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    return pointer.replace("in-addr.arpa", zone).replace("ip6.arpa", zone)


def ask(
    server: FaultServer | Nsd | Rbldnsd, name: str, kind: str = "A", *, tcp: bool = False, patience: float = 2.0
) -> Message:
    """Return the answer to one question; dnspython checks id, question and address of what arrives."""
    host, port = server.address
    query = dns.message.make_query(name, kind)
    if tcp:
        return dns.query.tcp(query, host, port=port, timeout=patience)
    return dns.query.udp(query, host, port=port, timeout=patience, ignore_unexpected=True, ignore_errors=True)


def texts(answer: Message, kind: str = "A") -> list[str]:
    """Return the sorted data of one type in the answer section."""
    wanted = dns.rdatatype.from_text(kind)
    return sorted(data.to_text() for rrset in answer.answer if rrset.rdtype == wanted for data in rrset)


def soa_of(answer: Message) -> tuple[int, int]:
    """Return TTL and minimum of the SOA in the authority section."""
    (rrset,) = answer.authority
    return rrset.ttl, cast(SOA, rrset[0]).minimum


Serve = Callable[[Behaviour], FaultServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve the zone with one behaviour, on IPv4."""
    with FaultServer({}) as server:

        def behave(behaviour: Behaviour) -> FaultServer:
            server.behaviours[ZONE] = behaviour
            return server

        yield behave


# The real one.


def a_real_one(folder: Path, text: str, **options: bool) -> Rbldnsd:
    return Rbldnsd(folder, {ZONE: [Dataset(text)]}, ttl=30, **options)


@needs_rbldnsd
@pytest.mark.parametrize("ipv6", [False, True])
def test_rbldnsd_has_codes_reasons_ranges_and_exclusions(tmp_path: Path, ipv6: bool) -> None:
    tmp_path.chmod(0o700)
    listed = {
        "203.0.113.0/24": "127.0.0.2",
        LISTED: ["127.0.0.4", "127.255.255.254"],
        "203.0.113.9": None,
        "198.51.100.1-198.51.100.4": "127.0.0.10",
        "2001:db8::/48": "127.0.0.2",
        "2001:db8::7": ["127.0.0.3", "127.0.0.4", "127.0.0.11"],
        "2001:db8::9": None,
    }
    expected = {
        CLEAN: ["127.0.0.2"],
        LISTED: ["127.0.0.4", "127.255.255.254"],
        "203.0.113.9": [],
        "198.51.100.4": ["127.0.0.10"],
        "198.51.100.5": [],
        "2001:db8::8": ["127.0.0.2"],
        "2001:db8::7": ["127.0.0.11", "127.0.0.3", "127.0.0.4"],
        "2001:db8::9": [],
        "127.0.0.2": ["127.0.0.2"],
        "127.0.0.1": [],
        "::ffff:7f00:2": ["127.0.0.2"],
        "::ffff:7f00:1": [],
    }
    with a_real_one(tmp_path, blocklist(listed, ipv6=True), ipv6=ipv6) as server:
        assert server.nameserver == ("[::1]:" if ipv6 else "127.0.0.1:") + str(server.address[1])
        assert {address: texts(ask(server, name_of(address))) for address in expected} == expected
        reasons = texts(ask(server, name_of(LISTED), "TXT"), "TXT")
        assert reasons == [f'"Listed, see https://lookup.example/?ip={LISTED}"']


@needs_rbldnsd
def test_rbldnsd_answers_as_an_authority_in_the_letters_of_the_question(tmp_path: Path) -> None:
    with a_real_one(tmp_path, blocklist({LISTED: "127.0.0.2"})) as server:
        name = name_of(LISTED, "bL.eXample")
        found, missing = ask(server, name), ask(server, name_of(CLEAN))
        assert str(found.question[0].name) == f"{name}."
        assert found.answer[0].ttl == 30
        assert found.flags & dns.flags.AA
        assert (missing.rcode(), soa_of(missing)) == (Rcode.NXDOMAIN, (30, 30))
        assert ask(server, "elsewhere.example").rcode() == Rcode.REFUSED


@needs_rbldnsd
def test_a_rewritten_zone_is_served_at_once_even_within_a_second(tmp_path: Path) -> None:
    zones = {
        ZONE: [Dataset(blocklist({}))],
        "sub.bl.example": [Dataset(f"{LISTED}\n", "ip4set"), Dataset("", "ip4set")],
    }
    with Rbldnsd(tmp_path, zones) as server:
        for last in range(1, 9):
            server.rewrite(ZONE, blocklist({f"192.0.2.{last}": "127.0.0.2"}))
            seen = [other for other in range(1, 9) if texts(ask(server, name_of(f"192.0.2.{other}")))]
            assert seen == [last]
        server.rewrite("sub.bl.example", f"{LISTED} :127.0.0.9\n", dataset=1)
        assert texts(ask(server, name_of(LISTED, "sub.bl.example"))) == ["127.0.0.2", "127.0.0.9"]


@needs_rbldnsd
def test_a_zone_may_list_the_world_or_have_no_test_points(tmp_path: Path) -> None:
    listed = {"0.0.0.0/0": "127.0.0.2", "::/0": "127.0.0.2"}
    zones = {
        "world.example": [Dataset(blocklist(listed, test_points=False))],
        "dead.example": [Dataset(blocklist({}, test_points=False))],
    }
    with Rbldnsd(tmp_path, zones) as server:
        for address in ("127.0.0.1", CLEAN, "2001:db8::1"):
            assert texts(ask(server, name_of(address, "world.example"))) == ["127.0.0.2"]
        assert ask(server, name_of("127.0.0.2", "dead.example")).rcode() == Rcode.NXDOMAIN


@needs_rbldnsd
def test_a_line_that_rbldnsd_does_not_understand_is_no_silent_gap(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"bl\.example\.0\(1\): invalid address"):
        Rbldnsd(tmp_path, {ZONE: [Dataset("203.0.113.999\n", "ip4set")]})
    with a_real_one(tmp_path, blocklist({})) as server, pytest.raises(ValueError, match="invalid address"):
        server.rewrite(ZONE, blocklist({"nonsense": "127.0.0.2"}))


@needs_rbldnsd
def test_a_stopped_rbldnsd_is_gone(tmp_path: Path) -> None:
    with a_real_one(tmp_path, blocklist({})) as server:
        assert ask(server, ZONE, "SOA").rcode() == Rcode.NOERROR
        server.stop()
        with pytest.raises(dns.exception.Timeout):
            ask(server, ZONE, "SOA", patience=0.1)


@pytest.mark.parametrize(
    ("program", "environment", "expected"),
    [
        ("/usr/sbin/rbldnsd", {}, False),
        (None, {}, True),
        (None, {"CI": ""}, True),
        (None, {"CI": "true"}, False),
        (None, {"DELIST_CI_REQUIRES_SERVERS": "1"}, False),
    ],
)
def test_a_missing_rbldnsd_is_skipped_only_where_nobody_promised_it(
    program: str | None, environment: dict[str, str], expected: bool
) -> None:
    assert may_skip(program, environment) == expected


# The faulty one.


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize("ipv6", [False, True])
def test_a_healthy_list_answers_over_udp_and_tcp_on_both_families(ipv6: bool, tcp: bool) -> None:
    healthy = Lists(HEALTHY.listed, ttl=7, negative_ttl=9)
    with FaultServer({ZONE: healthy}, ipv6=ipv6) as server:
        found = ask(server, name_of(LISTED), tcp=tcp)
        assert texts(found) == ["127.0.0.11", "127.0.0.4"]
        assert [rrset.ttl for rrset in found.answer] == [7]
        assert found.flags == dns.flags.QR | dns.flags.RD | dns.flags.RA
        assert texts(ask(server, name_of("2001:db8::7"), tcp=tcp)) == ["127.0.0.3"]
        assert LISTED in texts(ask(server, name_of(LISTED), "TXT", tcp=tcp), "TXT")[0]
        missing = ask(server, name_of(CLEAN), tcp=tcp)
        assert (missing.rcode(), soa_of(missing)) == (Rcode.NXDOMAIN, (9, 9))
        assert server.nameserver.startswith("[::1]:" if ipv6 else "127.0.0.1:")
        assert server.asked[0] == (ZONE, name_of(LISTED), "A", "tcp" if tcp else "udp")


@pytest.mark.parametrize(
    ("points", "address", "expected"),
    [
        (True, "127.0.0.2", ["127.0.0.2"]),
        (True, "127.0.0.1", []),
        (True, "::ffff:7f00:2", ["127.0.0.2"]),
        (True, "::ffff:7f00:1", []),
        (False, "127.0.0.2", []),
    ],
)
def test_the_test_points_are_there_unless_switched_off(
    serve: Serve, points: bool, address: str, expected: list[str]
) -> None:
    assert texts(ask(serve(Lists(test_points=points)), name_of(address))) == expected


def test_an_authority_says_so(serve: Serve) -> None:
    assert ask(serve(Lists(authoritative=True)), name_of(CLEAN)).flags & dns.flags.AA


@pytest.mark.parametrize(
    ("behaviour", "rcode", "expected"),
    [
        (Refuses(), Rcode.REFUSED, []),
        (ServFails(), Rcode.SERVFAIL, []),
        (FormErrs(), Rcode.FORMERR, []),
        (Empties(), Rcode.NXDOMAIN, []),
        (ListsTheWorld("127.0.0.6"), Rcode.NOERROR, ["127.0.0.6"]),
        (TurnsAway(), Rcode.NOERROR, ["127.255.255.254"]),
        (TurnsAway(code="127.255.255.255"), Rcode.NOERROR, ["127.255.255.255"]),
        (Parked("203.0.113.1"), Rcode.NOERROR, ["203.0.113.1"]),
        (Referral(), Rcode.NOERROR, []),
        (DanglingAlias(), Rcode.NOERROR, []),
    ],
)
def test_some_say_the_same_about_everything(
    serve: Serve, behaviour: Behaviour, rcode: Rcode, expected: list[str]
) -> None:
    for address in ("127.0.0.2", "127.0.0.1", LISTED, "2001:db8::7"):
        answer = ask(serve(behaviour), name_of(address))
        assert (answer.rcode(), texts(answer)) == (rcode, expected)


def test_a_silent_zone_times_out_while_the_others_answer(serve: Serve) -> None:
    server = serve(Silent())
    server.behaviours["other.example"] = HEALTHY
    for tcp in (False, True):
        with pytest.raises(dns.exception.Timeout):
            ask(server, name_of(LISTED), tcp=tcp, patience=0.1)
    assert texts(ask(server, name_of(LISTED, "other.example")))
    assert [transport for _, _, _, transport in server.asked] == ["udp", "tcp", "udp"]


def test_names_in_no_zone_are_refused_and_the_longest_zone_counts(serve: Serve) -> None:
    server = serve(Empties())
    server.behaviours["sub.bl.example"] = HEALTHY
    assert ask(server, "elsewhere.example").rcode() == Rcode.REFUSED
    assert texts(ask(server, name_of(LISTED, "sub.bl.example")))
    assert [zone for zone, _, _, _ in server.asked] == ["", "sub.bl.example"]


def test_nodata_is_no_error_and_no_answer_but_a_soa(serve: Serve) -> None:
    server = serve(NoData(HEALTHY))
    missing = ask(server, name_of(CLEAN))
    assert (missing.rcode(), missing.answer, soa_of(missing)) == (Rcode.NOERROR, [], (60, 60))
    assert texts(ask(server, name_of(LISTED)))


def test_a_referral_names_servers_and_an_alias_leads_elsewhere(serve: Serve) -> None:
    referral = ask(serve(Referral()), name_of(LISTED))
    assert [rrset.rdtype for rrset in referral.authority] == [dns.rdatatype.NS]
    dangling = ask(serve(DanglingAlias()), name_of(LISTED))
    assert [rrset.rdtype for rrset in dangling.answer] == [dns.rdatatype.CNAME]
    alias = ask(serve(Alias(HEALTHY)), name_of(LISTED))
    assert [rrset.rdtype for rrset in alias.answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]
    assert cast(QueryMessage, alias).resolve_chaining().canonical_name == alias.answer[1].name
    assert ask(serve(Alias(HEALTHY)), name_of(CLEAN)).rcode() == Rcode.NXDOMAIN


def test_truncation_leads_to_tcp_which_may_hang_up(serve: Serve) -> None:
    server = serve(Truncates(HEALTHY))
    short = ask(server, name_of(LISTED))
    assert (bool(short.flags & dns.flags.TC), short.answer) == (True, [])
    assert texts(ask(server, name_of(LISTED), tcp=True)) == ["127.0.0.11", "127.0.0.4"]
    server = serve(TruncatesAndNoTcp(HEALTHY))
    assert ask(server, name_of(LISTED)).flags & dns.flags.TC
    with pytest.raises(EOFError):
        ask(server, name_of(LISTED), tcp=True)


def test_a_server_may_have_no_tcp_at_all() -> None:
    with FaultServer({ZONE: HEALTHY}, tcp=False) as server, pytest.raises(ConnectionRefusedError):
        ask(server, name_of(LISTED), tcp=True)


def test_one_connection_carries_several_questions(serve: Serve) -> None:
    server = serve(HEALTHY)
    with socket.create_connection(server.address, timeout=2) as connection:
        queries = [dns.message.make_query(name_of(address), "A") for address in (LISTED, CLEAN)]
        wires = [query.to_wire() for query in queries]
        connection.sendall(b"".join(len(wire).to_bytes(2) + wire for wire in wires))
        answers = [dns.query.receive_tcp(connection)[0] for _ in queries]
    assert [answer.id for answer in answers] == [query.id for query in queries]
    assert [answer.rcode() for answer in answers] == [Rcode.NOERROR, Rcode.NXDOMAIN]


def packets(server: FaultServer, query: Message, count: int) -> list[tuple[bytes, tuple[str, int]]]:
    """Return the packets that follow one question, as they arrive, and where they came from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.sendto(query.to_wire(), server.address)
        return [sock.recvfrom(4096) for _ in range(count)]


def test_a_forged_listing_precedes_the_truth_with_one_thing_wrong(serve: Serve) -> None:
    query = dns.message.make_query(name_of(CLEAN), "A")
    wrong: dict[str, list[list[str]]] = {}
    for behaviour in (OtherId(Lists()), OtherQuestion(Lists()), OtherAddress(Lists())):
        server = serve(behaviour)
        *forged, (truth, source) = packets(server, query, 3 if isinstance(behaviour, OtherAddress) else 2)
        assert source == server.address
        assert query.is_response(dns.message.from_wire(truth))
        assert dns.message.from_wire(truth).rcode() == Rcode.NXDOMAIN
        messages = [(dns.message.from_wire(wire), origin) for wire, origin in forged]
        assert all(texts(message) == ["127.0.0.2"] for message, _ in messages)
        wrong[type(behaviour).__name__] = [_wrong(server, query, *each) for each in messages]
    assert wrong == {
        "OtherId": [["id"]],
        "OtherQuestion": [["question"]],
        "OtherAddress": [["address"], ["port"]],
    }


def _wrong(server: FaultServer, query: Message, answer: Message, source: tuple[str, int]) -> list[str]:
    parts = {
        "id": answer.id == query.id,
        "question": answer.question == query.question,
        "address": source[0] == server.address[0],
        "port": source[1] == server.address[1],
    }
    return [part for part, right in parts.items() if not right]


def test_a_slow_zone_takes_its_time_and_holds_nobody_up(serve: Serve) -> None:
    server = serve(Slow(HEALTHY, 0.3))
    server.behaviours["quick.example"] = HEALTHY
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        begun = time.monotonic()
        for zone in (ZONE, "quick.example"):
            sock.sendto(dns.message.make_query(name_of(LISTED, zone), "A").to_wire(), server.address)
        arrived = [str(dns.message.from_wire(sock.recv(4096)).question[0].name) for _ in range(2)]
        assert arrived == [f"{name_of(LISTED, zone)}." for zone in ("quick.example", ZONE)]
        assert time.monotonic() - begun >= 0.3


def test_a_rewriting_resolver_has_an_address_for_every_missing_name(serve: Serve) -> None:
    server = serve(RewritesNxdomain(HEALTHY))
    assert texts(ask(server, name_of(CLEAN))) == ["203.0.113.99"]
    assert ask(server, name_of(CLEAN), "TXT").rcode() == Rcode.NOERROR
    assert texts(ask(server, name_of(LISTED))) == ["127.0.0.11", "127.0.0.4"]


@pytest.mark.parametrize(
    ("then", "expected"), [(Empties(), []), (ListsTheWorld(), ["127.0.0.2"]), (TurnsAway(), ["127.255.255.254"])]
)
def test_a_zone_may_die_in_the_middle(serve: Serve, then: Behaviour, expected: list[str]) -> None:
    server = serve(Dies(HEALTHY, after=2, then=then))
    answers = [texts(ask(server, name_of(LISTED))) for _ in range(4)]
    assert answers == [["127.0.0.11", "127.0.0.4"]] * 2 + [expected] * 2


def test_a_flaky_zone_fails_first_for_each_question(serve: Serve) -> None:
    server = serve(Flaky(HEALTHY, failures=2))
    for address, last in ((LISTED, Rcode.NOERROR), (CLEAN, Rcode.NXDOMAIN)):
        codes = [ask(server, name_of(address)).rcode() for _ in range(3)]
        assert codes == [Rcode.SERVFAIL, Rcode.SERVFAIL, last]


def test_garbage_has_the_right_id_and_nothing_else(serve: Serve) -> None:
    query = dns.message.make_query(name_of(LISTED), "A")
    rows = []
    for _ in range(2):
        server = serve(Garbage(seed=5))
        rows.append([packets(server, query, 1)[0][0] for _ in range(20)])
    assert rows[0] == rows[1]
    assert len(set(rows[0])) == 20
    assert all(wire[:2] == query.id.to_bytes(2) for wire in rows[0])
    for wire in rows[0]:
        with suppress(dns.exception.DNSException):
            assert not query.is_response(dns.message.from_wire(wire))


@pytest.mark.parametrize(
    ("case", "expected"), [("keep", "7.113.0.203.bL.eXamPle."), ("lower", "7.113.0.203.bl.example.")]
)
def test_letters_of_the_question_are_kept_or_lowered_and_never_matter(case: str, expected: str) -> None:
    query = dns.message.make_query("7.113.0.203.bL.eXamPle", "A")
    with FaultServer({ZONE: HEALTHY}, case="lower" if case == "lower" else "keep") as server:
        ((wire, _),) = packets(server, query, 1)
        answer = dns.message.from_wire(wire)
        assert [str(answer.question[0].name), str(answer.answer[0].name)] == [expected, expected]
        assert server.asked == [(ZONE, name_of(LISTED), "A", "udp")]


def test_edns_and_malformed_packets_do_no_harm(serve: Serve) -> None:
    server = serve(HEALTHY)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = dns.message.make_response(dns.message.make_query(ZONE, "A")).to_wire()
        head, tail = answer[:2] + bytes.fromhex("0100 0001 0000 0000 0000"), bytes.fromhex("00 0001 0001")
        pointing, overlong = head + b"\xc0\x0c" + tail, head + b"\x41" + b"a" * 0x41 + tail
        for wire in (b"", b"\0", bytes(12), answer, pointing, overlong, b"\xff" * 40):
            sock.sendto(wire, server.address)
    query = dns.message.make_query(name_of(LISTED), "A", use_edns=0, payload=1232)
    assert texts(dns.query.udp(query, server.address[0], port=server.address[1], timeout=2))
    assert server.malformed == 7


def fates(seed: int, names: list[str]) -> list[bool]:
    """Return which of the questions were answered, all asked at once."""
    with (
        FaultServer({ZONE: HEALTHY}, seed=seed, loss=0.3) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        sock.settimeout(0.05)
        for number, name in enumerate(names):
            query = dns.message.make_query(name, "A", id=number)
            sock.sendto(query.to_wire(), server.address)
        answered: set[int] = set()
        deadline = time.monotonic() + 10
        while len(answered) + server.lost < len(names) and time.monotonic() < deadline:
            with suppress(TimeoutError):
                answered.add(int.from_bytes(sock.recv(4096)[:2]))
        assert len(answered) + server.lost == len(names)
        assert len(names) > len(server.asked) > len(answered)
        return [number in answered for number in range(len(names))]


def test_loss_takes_its_share_and_depends_on_the_seed_alone() -> None:
    names = [name_of(f"192.0.2.{last}") for last in range(200)]
    first, again, backwards, other = fates(1, names), fates(1, names), fates(1, names[::-1]), fates(2, names)
    assert first == again == backwards[::-1] != other
    assert 0.35 < sum(first) / len(first) < 0.63  # 0.7 * 0.7 = 0.49, and four standard deviations


def test_nothing_is_lost_over_tcp() -> None:
    with FaultServer({ZONE: HEALTHY}, loss=1.0) as server:
        assert texts(ask(server, name_of(LISTED), tcp=True))
        with pytest.raises(dns.exception.Timeout):
            ask(server, name_of(LISTED), patience=0.1)


def test_thousands_of_answers_take_a_second_or_two(serve: Serve) -> None:
    server = serve(Lists({f"192.0.2.{last}": "127.0.0.2" for last in range(0, 256, 2)}))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        wires = [dns.message.make_query(name_of(f"192.0.2.{last}"), "A").to_wire() for last in range(256)]
        begun = time.process_time()
        for wire in itertools.islice(itertools.cycle(wires), 4096):
            sock.sendto(wire, server.address)
            sock.recv(4096)
        # Processor time of both sides, so that a busy machine does not matter.
        assert time.process_time() - begun < 4096 / 3000
    assert len(server.asked) == 4096


@needs_nsd
@pytest.mark.parametrize("ipv6", [False, True])
def test_nsd_serves_its_zones_over_udp_and_tcp_and_no_others(tmp_path: Path, ipv6: bool) -> None:
    with Nsd(
        tmp_path, {"a.example": "@ A 203.0.113.1\nh CNAME h.b.example.", "b.example": "h A 203.0.113.2"}, ipv6=ipv6
    ) as nsd:
        assert nsd.nameserver == (f"[::1]:{nsd.address[1]}" if ipv6 else f"127.0.0.1:{nsd.address[1]}")
        for tcp in (False, True):
            assert texts(ask(nsd, "a.example", tcp=tcp)) == ["203.0.113.1"]
            assert texts(ask(nsd, "h.a.example", tcp=tcp)) == ["203.0.113.2"]
            assert ask(nsd, "none.a.example", tcp=tcp).rcode() == Rcode.NXDOMAIN
            assert ask(nsd, "c.example", tcp=tcp).rcode() == Rcode.REFUSED


@needs_nsd
def test_nsd_complains_of_a_zone_that_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"b\.example.*zone:5"):
        Nsd(tmp_path, {"a.example": "@ A 203.0.113.1", "b.example": "@ A nothing"})
