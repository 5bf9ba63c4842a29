"""What `delist check` and `lists --probe` say, to people, scripts and monitoring, of lists that answer or do not."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from delist import catalogue, settings
from delist import tools as tools_module
from delist.settings import Use
from delist.tools import Tools
from tests.builders import CATALOGUE
from tests.conftest import NOW, Outcome, Run, fine, refused
from tests.servers.faults import (
    Alias,
    Behaviour,
    DanglingAlias,
    Dies,
    Empties,
    FaultServer,
    FormErrs,
    Lists,
    ListsTheWorld,
    NoData,
    OtherAddress,
    OtherId,
    OtherQuestion,
    Parked,
    Query,
    Referral,
    Refuses,
    Reply,
    RewritesNxdomain,
    ServFails,
    Silent,
    Slow,
    Truncates,
    TruncatesAndNoTcp,
    TurnsAway,
)
from tests.servers.rbldnsd import Dataset, Rbldnsd, blocklist, needs_rbldnsd

ROOT = Path(__file__).parent.parent
A, B, C, D = "203.0.113.7", "203.0.113.8", "203.0.113.9", "203.0.113.10"
SIX, SIX_NAME = "2001:db8::25", ".".join(reversed(f"20010db8{'0' * 22}25"))
ONE, TWO, ZEN, MILD, RANGE = "one.example", "two.example", "zen.example", "mild.example", "range.example"
ZONES = (ONE, TWO, ZEN, MILD, RANGE)
CODE = "127.0.0.2"
OURS = """
[lists.one]
name = "One"
operator = "Example"
kind = "block"
look_up = "https://one.example/look?ip={address}"
removal = { mode = "form", url = "https://one.example/remove", wants_text = true }

[zones."one.example"]
ipv6 = true
answers = { "127.0.0.2" = "one", "127.0.0.3" = { list = "one", who = "provider" } }

[lists.two]
name = "Two"
operator = "Example"
kind = "block"
removal = { mode = "wait", url = "https://two.example/faq" }

[zones."two.example"]
answers = { "127.0.0.2" = "two" }

[lists.zen-policy]
name = "Zen policy"
operator = "Example"
kind = "block"

[lists.zen-spam]
name = "Zen spam"
operator = "Example"
kind = "block"

[zones."zen.example"]
ipv6 = true

[zones."zen.example".answers]
"127.0.0.2" = "zen-spam"
"127.0.0.3" = "zen-spam"
"127.0.0.10" = "zen-policy"
"127.0.0.20" = "allow"
"127.0.0.30" = "ignore"
"127.0.0.40" = "turned-away"
"127.255.255.200" = "ignore"

[lists.mild]
name = "Mild"
operator = "Example"
kind = "score"

[zones."mild.example"]
answers = { "127.0.0.2" = "mild" }

[lists.range]
name = "Range"
operator = "Example"
kind = "block"
scope = "range"

[zones."range.example"]
ipv6 = true
answers = { "127.0.0.2" = "range", "127.0.0.3" = "range" }
"""
FIELDS = ["address", "list", "verdict", "codes", "reason", "asked", "nameserver", "at", "why", "who"]


def declared(*default: str, more: str = "") -> str:
    """Return a lists.toml with our lists, of which these are asked by default, and none of the shipped ones."""
    none = "".join(f"[lists.{entry.key}]\ndefault = false\n\n" for entry in CATALOGUE.all() if entry.default)
    ours = OURS
    for key in default:
        ours = ours.replace(f"[lists.{key}]\n", f"[lists.{key}]\ndefault = true\n")
    return none + ours + more


# Reading all of the catalogue takes longer than most tests here; a catalogue never changes.
_LOADED: dict[str, catalogue.Catalogue] = {}


@dataclass
class Clock:
    """A clock that stands, unless the program waits."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=round(seconds))

    def later(self) -> None:
        """Let enough time pass for every answer to run out."""
        self.at += timedelta(minutes=10)


@dataclass
class Desk:
    """A person at a command line, and a name server to ask."""

    run_: Run
    tools: Tools
    home: Path
    nameserver: str
    clock: Clock = field(default_factory=Clock)

    def __call__(self, *words: object, stdin: str | None = None) -> Outcome:
        moving = replace(self.tools, now=self.clock, wait=self.clock.wait)
        return self.run_(*words, stdin=stdin, with_tools=moving)

    def check(self, *words: object, stdin: str | None = None) -> Outcome:
        return self("check", *words, "--nameserver", self.nameserver, stdin=stdin)

    def lines(self, *words: object, code: int = 0, stdin: str | None = None) -> list[dict[str, Any]]:
        """The JSON lines of a check that ends with a code."""
        outcome = self.check(*words, "--json", stdin=stdin)
        assert outcome.code == code, outcome.err or outcome.out
        return [json.loads(line) for line in outcome.out.splitlines()]

    def verdicts(self, *words: object) -> dict[tuple[str, str], str]:
        """What is found, by address and list; nothing is recorded."""
        outcome = self.check(*words, "--json", "--dry-run")
        assert outcome.code in (0, 6), outcome.err
        found = [json.loads(line) for line in outcome.out.splitlines()]
        return {(line["address"], line["list"]): line["verdict"] for line in found}

    def declaring(self, text: str) -> "Desk":
        (self.home / "lists.toml").write_text(text)
        if text not in _LOADED:
            _LOADED[text] = catalogue.load(self.home / "lists.toml")
        return replace(self, tools=replace(self.tools, catalogue=_LOADED[text]))

    def configured(self, text: str) -> "Desk":
        (self.home / "config.toml").write_text(text)
        return replace(self, tools=replace(self.tools, settings=settings.read(self.home / "config.toml")))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve all our zones, healthy and empty."""
    with FaultServer(dict.fromkeys(ZONES, Lists())) as server:
        yield server


@pytest.fixture
def desk(run: Run, tools: Tools, home: Path, server: FaultServer) -> Desk:
    """Somebody for whom `one` and `two` are asked by default."""
    return Desk(run, tools, home, server.nameserver).declaring(declared("one", "two"))


def listing(*addresses: str, code: str | Sequence[str] = CODE, **options: Any) -> Lists:
    return Lists(dict.fromkeys(addresses, code), **options)


def names(server: FaultServer, zone: str, kind: str = "A") -> list[str]:
    """The names that were asked for in a zone, without the zone."""
    return [name.removesuffix(f".{zone}") for at, name, qtype, _ in server.asked if (at, qtype) == (zone, kind)]


def addresses(server: FaultServer, zone: str) -> list[str]:
    """The IPv4 addresses that were asked for in a zone, without its test points."""
    found = [".".join(reversed(name.split("."))) for name in names(server, zone) if name.count(".") == 3]
    return [address for address in found if not address.startswith("127.")]


# What a list answers, and what it means.


@dataclass(frozen=True)
class Selective:
    """One behaviour for the test points, another one for everything else."""

    points: Behaviour
    rest: Behaviour

    def __call__(self, query: Query) -> Sequence[Reply]:
        is_point = query.name.endswith(".0.0.127")
        return (self.points if is_point else self.rest)(query)


UNTOLD: Mapping[str, tuple[Behaviour, str, str]] = {
    **{
        f"refused {last}": (TurnsAway(f"127.255.255.{last}"), "turned-away", f"127.255.255.{last}")
        for last in (249, 250, 251, 252, 254, 255)
    },
    "refused for the address only": (listing(A, code="127.255.255.254"), "turned-away", "127.255.255.254"),
    "parked": (Parked(), "unknown", "hijacked"),
    "outside 127/8 for the address only": (listing(A, code="203.0.113.80"), "unknown", "hijacked"),
    "SERVFAIL": (ServFails(), "unknown", "SERVFAIL"),
    "SERVFAIL for the address only": (Selective(Lists(), ServFails()), "unknown", "SERVFAIL"),
    "REFUSED": (Refuses(), "turned-away", "REFUSED"),
    "REFUSED for the address only": (Selective(Lists(), Refuses()), "turned-away", "REFUSED"),
    "FORMERR": (FormErrs(), "unknown", "FORMERR"),
    "127.0.0.1": (listing(A, code="127.0.0.1"), "unknown", "127.0.0.1"),
    "unknown code": (listing(A, code="127.0.0.77"), "unknown", "127.0.0.77"),
    "a refusal, then a listing": (listing(A, code=["127.255.255.254", CODE]), "unknown", "refusal"),
    "a listing, then a refusal": (listing(A, code=[CODE, "127.255.255.254"]), "unknown", "refusal"),
    "a listing beside an address outside": (listing(A, code=[CODE, "203.0.113.80"]), "unknown", "hijacked"),
    "NOERROR without answer, from a dead list": (NoData(Empties()), "unknown", "dead-empty"),
    "dead and empty": (Empties(), "unknown", "dead-empty"),
    "lists the world": (ListsTheWorld(), "unknown", "lists-the-world"),
    "lists the world with another code": (ListsTheWorld("127.0.0.1"), "unknown", "lists-the-world"),
    "truncated and no TCP": (TruncatesAndNoTcp(listing(A)), "unknown", "truncated"),
    "alias to nowhere": (DanglingAlias(), "unknown", "alias"),
    "referral": (Referral(), "unknown", "referral"),
    "NXDOMAIN rewritten in the zone": (RewritesNxdomain(listing(A)), "unknown", "NXDOMAIN is rewritten"),
    "listed, and no test points": (listing(A, test_points=False), "unknown", "dead-empty"),
}


@pytest.mark.parametrize(("behaviour", "verdict", "why"), UNTOLD.values(), ids=UNTOLD)
def test_what_says_nothing_is_neither_listed_nor_clear(
    desk: Desk, server: FaultServer, behaviour: Behaviour, verdict: str, why: str
) -> None:
    server.behaviours[ONE] = behaviour
    untold = desk.check(A, "-l", "one", "--json")
    [line] = map(json.loads, untold.out.splitlines())
    assert (line["verdict"], line["codes"], line["asked"]) == (verdict, [], True)
    assert why in line["why"]
    assert (untold.code, untold.err.count("\n")) == (6, 1)
    assert untold.err.startswith("delist: no list could tell anything: ")
    told = desk.check(A, "-l", "one", "--exit-code", "--verbose")
    assert (told.code, told.err) == (11, "")
    assert why in told.out
    assert re.search(rf"^{re.escape(A)} +one +{verdict} ", told.out, re.MULTILINE)
    assert told.out.splitlines()[-1] == f"1 address, 1 list: 1 {verdict}"
    assert not re.search(r"\b(clear|OK)\b", told.out)
    plugin = desk.check(A, "-l", "one", "--format", "nagios")
    assert (plugin.code, plugin.out.partition(" - ")[0]) == (3, "DNSBL UNKNOWN")


TOLD: Mapping[str, tuple[Behaviour, str]] = {
    "healthy": (Lists(), "clear"),
    "listed": (listing(A), "listed"),
    "another is listed": (listing(B), "clear"),
    "NOERROR without answer": (NoData(), "clear"),
    "truncated over UDP, clear over TCP": (Truncates(Lists()), "clear"),
    "truncated over UDP, listed over TCP": (Truncates(listing(A)), "listed"),
    "alias to a listing": (Alias(listing(A)), "listed"),
    "forged listing with another id": (OtherId(Lists()), "clear"),
    "forged listing of another question": (OtherQuestion(Lists()), "clear"),
    "forged listings from elsewhere": (OtherAddress(Lists()), "clear"),
    "forged, and listed indeed": (OtherId(listing(A, code="127.0.0.3")), "listed"),
    "the zone's own server": (listing(A, authoritative=True), "listed"),
}


@pytest.mark.parametrize(("behaviour", "verdict"), TOLD.values(), ids=TOLD)
def test_a_right_answer_is_told_whatever_comes_with_it(
    desk: Desk, server: FaultServer, behaviour: Behaviour, verdict: str
) -> None:
    server.behaviours[ONE] = behaviour
    [line] = desk.lines(A, "-l", "one")
    assert (line["verdict"], line["asked"], line["why"]) == (verdict, True, None)
    told = desk.check(A, "-l", "one", "--exit-code", "--verbose")
    assert told.code == {"listed": 10, "clear": 0}[verdict]
    assert re.search(rf"^{re.escape(A)} +one +{verdict}", told.out, re.MULTILINE)
    state, code = {"listed": ("CRITICAL", 2), "clear": ("OK", 0)}[verdict]
    plugin = desk.check(A, "-l", "one", "--format", "nagios")
    assert (plugin.code, plugin.out.partition(" - ")[0]) == (code, f"DNSBL {state}")
    if isinstance(behaviour, OtherId) and verdict == "listed":
        assert (line["codes"], line["reason"]) == (["127.0.0.3"], f"Listed, see https://lookup.example/?ip={A}")


@pytest.mark.parametrize(
    ("codes", "policy", "spam"),
    [
        (["127.0.0.10"], "listed", "clear"),
        (["127.0.0.3"], "clear", "listed"),
        (["127.0.0.10", "127.0.0.3"], "listed", "listed"),
        (["127.0.0.20"], "clear", "clear"),
        (["127.0.0.30"], "clear", "clear"),
        (["127.255.255.200"], "clear", "clear"),
        (["127.0.0.20", "127.0.0.10"], "listed", "clear"),
        (["127.0.0.40"], "turned-away", "turned-away"),
        (["127.0.0.40", "127.0.0.10"], "unknown", "unknown"),
        (["127.0.0.10", "127.0.0.99"], "listed", "unknown"),
    ],
)
def test_each_code_of_a_zone_is_a_finding_of_its_own_list(
    desk: Desk, server: FaultServer, codes: list[str], policy: str, spam: str
) -> None:
    server.behaviours[ZEN] = listing(A, code=codes)
    found = desk.verdicts(A, "-l", "zen-policy", "-l", "zen-spam")
    assert found == {(A, "zen-policy"): policy, (A, "zen-spam"): spam}


def test_a_zone_of_several_lists_is_asked_once_and_its_test_points_before_and_after(
    desk: Desk, server: FaultServer
) -> None:
    desk.lines(A, B, "-l", "zen-policy", "-l", "zen-spam")
    asked = [".".join(reversed(name.split("."))) for name in names(server, ZEN)]
    points = {"127.0.0.1", "127.0.0.2"}
    assert (set(asked[:2]), set(asked[2:4]), set(asked[4:])) == (points, {A, B}, points)
    assert len(asked) == 6


def test_an_ipv6_address_is_asked_for_with_32_nibbles(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(SIX)
    [line] = desk.lines(f"{SIX}/128", "-l", "one", "--dry-run")
    assert (line["address"], line["verdict"], line["reason"]) == (
        SIX,
        "listed",
        f"Listed, see https://lookup.example/?ip={SIX}",
    )
    points = {".".join(reversed(f"{'0' * 20}ffff7f00000{last}")) for last in (1, 2)}
    assert Counter(names(server, ONE)) == Counter({SIX_NAME: 1, **dict.fromkeys(points, 2)})
    assert names(server, ONE, "TXT") == [SIX_NAME]
    assert SIX_NAME.count(".") == 31


def test_an_ipv4_only_list_is_not_asked_about_an_ipv6_address(desk: Desk, server: FaultServer) -> None:
    found = {line["list"]: line for line in desk.lines(SIX)}
    assert (found["one"]["verdict"], found["one"]["asked"]) == ("clear", True)
    two = found["two"]
    assert (two["verdict"], two["asked"], two["nameserver"], "IPv6" in two["why"]) == ("unknown", False, None, True)
    assert names(server, TWO) == []
    assert desk.check(SIX, "--exit-code").code == 0
    alone = desk.check(SIX, "-l", "two")
    assert (alone.code, "clear" in alone.out) == (2, False)
    assert "IPv6" in alone.err


def test_a_resolver_that_invents_addresses_is_named_and_not_believed(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: Parked("203.0.113.99"), "invalid": Parked("203.0.113.99"), TWO: Lists()}
    found = {line["list"]: line for line in desk.lines(A)}
    assert (found["one"]["verdict"], "NXDOMAIN is rewritten" in found["one"]["why"]) == ("unknown", True)
    assert found["two"]["verdict"] == "clear"


@needs_rbldnsd
def test_a_real_server_tells_ranges_exclusions_and_ipv6(desk: Desk, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    listed = {
        "203.0.113.0/25": CODE,
        "203.0.113.9": None,
        "198.51.100.10-198.51.100.20": CODE,
        "2001:db8:1::/48": CODE,
        "2001:db8:1:5::/64": None,
    }
    with Rbldnsd(tmp_path, {ONE: [Dataset(blocklist(listed, ipv6=True))]}) as real:
        desk.nameserver = real.nameserver
        inside = ["203.0.113.0", "203.0.113.127", "198.51.100.10", "198.51.100.20", "2001:db8:1::1"]
        outside = ["203.0.113.9", "203.0.113.128", "198.51.100.9", "198.51.100.21", "2001:db8:1:5::1", "2001:db8:2::1"]
        found = desk.verdicts(*inside, *outside, "-l", "one")
    assert found == {**{(a, "one"): "listed" for a in inside}, **{(a, "one"): "clear" for a in outside}}


# A network that loses, delays, dies.


@pytest.mark.parametrize("loss", [0.01, 0.1, 0.3])
def test_loss_never_makes_a_wrong_verdict(desk: Desk, loss: float) -> None:
    asked = [f"203.0.113.{last}" for last in range(1, 61)]
    listed = {zone: asked[turn :: turn + 2] for turn, zone in enumerate(ZONES)}
    lists = {"one": ONE, "two": TWO, "zen-spam": ZEN, "mild": MILD, "range": RANGE}
    with FaultServer({zone: listing(*of) for zone, of in listed.items()}, seed=5, loss=loss) as lossy:
        desk.nameserver = lossy.nameserver
        found = desk.verdicts(*asked, *(word for key in lists for word in ("-l", key)))
        assert lossy.lost > 600 * loss / 2
    right = {(a, key): "listed" if a in listed[zone] else "clear" for key, zone in lists.items() for a in asked}
    assert found.keys() == right.keys()
    told = {which: verdict for which, verdict in found.items() if verdict != "unknown"}
    assert told.items() <= right.items()
    assert len(told) >= (300 if loss < 0.3 else 200)


def test_a_name_server_that_takes_three_seconds_is_heard(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: Slow(listing(A), 3), TWO: Slow(Lists(), 3)}
    lines = {line["list"]: line for line in desk.lines(A, "--dry-run")}
    assert (lines["one"]["verdict"], lines["two"]["verdict"]) == ("listed", "clear")
    assert lines["one"]["reason"]


@pytest.mark.parametrize(
    ("then", "why"),
    [(Empties(), "dead-empty"), (ListsTheWorld(), "lists-the-world"), (TurnsAway(), "127.255.255.254"),
     (Parked(), "hijacked"), (ServFails(), "SERVFAIL"), (Silent(), "timeout")],
    ids=lambda each: type(each).__name__ if not isinstance(each, str) else "",
)  # fmt: skip
def test_a_zone_that_dies_in_the_middle_says_nothing_false(
    desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch, then: Behaviour, why: str
) -> None:
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 8)
    asked = [f"203.0.113.{last}" for last in range(1, 17 if isinstance(then, Silent) else 33)]
    # Of a chunk of eight two are listed: test points, addresses, test points and two reasons; then three of the next.
    server.behaviours[ONE] = Dies(listing(*asked[::4]), after=2 + 8 + 2 + 2 + 3, then=then)
    server.behaviours[TWO] = listing(*asked[1::4])
    outcome = desk.check(*asked, "-l", "one", "-l", "two", "--json", "--dry-run", "--exit-code")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 10
    ones, twos = ([line for line in lines if line["list"] == key] for key in ("one", "two"))
    assert [line["verdict"] for line in ones[:8]] == ["listed", "clear", "clear", "clear"] * 2
    assert {line["verdict"] for line in ones[8:]} <= {"unknown", "turned-away"}
    assert all(why in line["why"] for line in ones[8:])
    assert [line["verdict"] for line in twos] == ["clear", "listed", "clear", "clear"] * (len(asked) // 4)
    # A zone that has died is not asked on.
    assert set(addresses(server, ONE)) == set(asked[:16])


@dataclass
class Ill:
    """A healthy, empty list that is another one from behind its second pair of test points to its third."""

    then: Behaviour
    points: int = 0

    def __call__(self, query: Query) -> Sequence[Reply]:
        is_point = query.name.endswith(".0.0.127")
        self.points += is_point
        is_ill = self.points in (5, 6) or (self.points == 4 and not is_point)
        return (self.then if is_ill else Lists())(query)


@pytest.mark.parametrize("then", [Empties(), ListsTheWorld(), Parked()], ids=lambda each: type(each).__name__)
def test_a_zone_that_recovers_is_believed_again_once_its_test_points_say_so(
    desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch, then: Behaviour
) -> None:
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 8)
    asked = [f"203.0.113.{last}" for last in range(1, 33)]
    server.behaviours[ONE] = Ill(then)
    lines = desk.lines(*asked, "-l", "one", "--dry-run")
    assert {line["verdict"] for line in lines[:8]} == {"clear"}
    # In the second chunk it answered wrongly; in the third it is only tested, at the end, and in the fourth asked.
    assert [(line["verdict"], line["asked"]) for line in lines[8:24]] == [("unknown", True)] * 16
    assert "terms" not in {line["why"] for line in lines}
    assert {line["verdict"] for line in lines[24:]} == {"clear"}


def test_one_address_over_all_lists_ends_in_time_with_every_server_silent(desk: Desk, server: FaultServer) -> None:
    desk.tools = replace(desk.tools, catalogue=CATALOGUE)
    desk.tools = replace(desk.tools, settings=replace(desk.tools.settings, use=Use(commercial=False)))
    zones = {zone.name for entry in CATALOGUE.all() for zone in CATALOGUE.zones_of(entry.key)}
    server.behaviours = {"": Silent(), **dict.fromkeys([*zones, "invalid"], Silent())}
    begun = time.monotonic()
    outcome = desk.check(A, "--json")
    assert time.monotonic() - begun < 15
    assert outcome.code == 6
    assert outcome.err.startswith("delist: no list could tell anything: unreachable: timeout")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    default = {entry.key for entry in CATALOGUE.all() if entry.default}
    assert {line["list"] for line in lines} >= default
    assert {line["verdict"] for line in lines} == {"unknown"}
    assert {line["why"] for line in lines if line["asked"]} == {"unreachable: timeout"}
    assert sum(line["asked"] for line in lines) > 10


def test_silence_is_told_as_unknown_and_counts_for_the_exit_code(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: Silent(), TWO: Silent()}
    outcome = desk.check(A, "--exit-code")
    assert outcome.code == 11
    assert outcome.out.splitlines()[-1] == "1 address, 2 lists: 2 unknown"
    assert re.findall(rf"^{re.escape(A)} +(one|two) +unknown +- +unreachable: timeout", outcome.out, re.MULTILINE) == [
        "one",
        "two",
    ]


def test_the_second_name_server_is_asked_where_the_first_is_silent(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(A)
    with FaultServer({ONE: Silent(), TWO: listing(A), "invalid": Empties()}) as first:
        both = ("--nameserver", first.nameserver, "--nameserver", server.nameserver)
        outcome = desk("check", A, "--json", "--dry-run", *both)
    lines = {line["list"]: line for line in map(json.loads, outcome.out.splitlines())}
    assert (lines["one"]["verdict"], lines["one"]["nameserver"]) == ("listed", server.nameserver)
    assert (lines["two"]["verdict"], lines["two"]["nameserver"]) == ("listed", first.nameserver)
    # Test points and addresses went the same way.
    assert addresses(first, ONE) == []
    assert addresses(first, TWO) == [A]
    assert addresses(server, TWO) == []
    assert len(names(server, ONE)) == 2 + 1 + 2
    assert len(names(first, TWO)) == 2 + 1 + 2


def test_the_configured_name_servers_are_asked_unless_others_are_named(desk: Desk, server: FaultServer) -> None:
    with FaultServer({ONE: listing(A), TWO: Lists()}) as other:
        desk = desk.configured(f'[dns]\nnameservers = ["{other.nameserver}"]\n')
        [line] = map(json.loads, desk("check", A, "-l", "one", "--json", "--no-wait").out.splitlines())
        assert (line["verdict"], line["nameserver"]) == ("listed", other.nameserver)
        [line] = desk.lines(A, "-l", "one")
        assert (line["verdict"], line["nameserver"]) == ("clear", server.nameserver)


# Having asked nobody is no answer.


@pytest.mark.parametrize(
    ("words", "code", "parts"),
    [
        ((A, "-l", ""), 4, ("list",)),
        ((A, "-l", "no-such"), 4, ("no-such",)),
        ((A, "-l", "twoo"), 4, ("two",)),
        ((A, "-l", "one", "-l", "no-such"), 4, ("no-such",)),
        (("--due",), 2, ("no address is recorded",)),
        (("-",), 2, ("standard input",)),
        (("-f", "-"), 2, ("names no address",)),
        (("10.0.0.1",), 2, ("10.0.0.1", "private")),
        (("127.0.0.2",), 2, ("loopback",)),
        (("fe80::1",), 2, ("link-local",)),
        (("224.0.0.1",), 2, ("multicast",)),
        (("mail.example.org",), 2, ("host name",)),
        (("203.0.113.7/24",), 2, ("203.0.113.0/24",)),
        ((A, "10.0.0.1"), 2, ("private",)),
        (("--expand", "203.0.113.0/24", "--limit", "255"), 2, ("256", "--limit")),
        (("--expand", "2001:db8::/64"), 2, ("--limit",)),
        ((A, "-l", "t-online"), 2, ("no DNS zone",)),
        ((A, "--nameserver", "127.0.0.1:99999"), 2, ("port",)),
        (("-f", "missing.txt"), 4, ("missing.txt",)),
    ],
    ids=lambda each: " ".join(map(str, each)) if isinstance(each, tuple) else str(each),
)
def test_what_cannot_be_asked_is_an_error(
    desk: Desk, server: FaultServer, words: tuple[str, ...], code: int, parts: tuple[str, ...]
) -> None:
    refused(desk.check(*words, stdin=""), code, *parts)
    assert server.asked == []


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but words\n"])
def test_a_file_without_an_address_is_an_error(desk: Desk, tmp_path: Path, text: str) -> None:
    (tmp_path / "addresses").write_text(text)
    refused(desk.check("-f", tmp_path / "addresses"), 2, "no address")
    refused(desk.check("-f", "-", stdin=text), 2, "no address")


def test_no_list_by_default_is_an_error(desk: Desk, server: FaultServer) -> None:
    off = "".join(f"[lists.{entry.key}]\noff = true\n\n" for entry in CATALOGUE.all() if entry.default)
    for text in (declared(), off):
        desk = desk.declaring(text)
        refused(desk.check(A), 2, "no list is asked by default")
        refused(desk.check(A, "--exit-code"), 2, "no list is asked by default")
        plugin = desk.check(A, "--format", "nagios")
        assert (plugin.code, plugin.out.startswith("DNSBL UNKNOWN - no list")) == (3, True)
    assert server.asked == []


def test_due_with_nothing_due_asks_nobody_and_does_not_say_clear(desk: Desk, server: FaultServer) -> None:
    fine(desk("address", "add", A))
    outcome = desk.check("--due")
    assert ("clear" in outcome.out, server.asked) == (False, [])
    plugin = desk.check("--due", "--format", "nagios")
    assert "terms" not in plugin.out
    assert desk.check("--due", "--changes") == Outcome(0, "", "")


def test_due_asks_about_addresses_with_a_case_only(desk: Desk, server: FaultServer) -> None:
    for address in (A, B):
        fine(desk("address", "add", address))
    fine(desk("submit", A, "-l", "one"))
    assert {line["address"] for line in desk.lines("--due", "--dry-run")} == {A}
    assert addresses(server, ONE) == [A]


# Terms.

TERMED = '[zones."two.example".terms]\nregister = true\n\n[zones."mild.example".terms]\ncommercial = false\n'


@pytest.fixture
def barred(desk: Desk) -> Desk:
    """Somebody who may not ask `two` and `mild`, which are asked by default as `one` is."""
    return desk.declaring(declared("one", "two", "mild", more=TERMED))


def test_one_line_says_what_was_not_asked_and_where_to_look(barred: Desk, server: FaultServer) -> None:
    outcome = barred.check(A, "--exit-code")
    assert outcome.code == 0
    [told] = outcome.err.splitlines()
    assert all(part in told for part in ("two", "mild", f"delist check --by-hand {A}", "registered", "commercial"))
    summary = "1 address, 1 list: 1 clear; 2 lists not asked, or not about all, for the terms of use"
    assert outcome.out.splitlines()[-1] == summary
    assert names(server, TWO) == names(server, MILD) == []


def test_what_was_not_asked_stands_in_the_json(barred: Desk) -> None:
    found = {line["list"]: line for line in barred.lines(A)}
    assert set(found) == {"one", "two", "mild"}
    for key in ("two", "mild"):
        line = found[key]
        assert (line["verdict"], line["asked"], line["why"], line["nameserver"]) == ("unknown", False, "terms", None)


def test_a_declared_use_lets_them_be_asked(barred: Desk) -> None:
    barred = barred.configured('[use]\ncommercial = false\nregistered = ["two"]\n')
    outcome = barred.check(A)
    assert outcome == Outcome(0, "1 address, 3 lists: 3 clear\n", "")


def test_where_no_list_may_be_asked_nothing_reads_as_clear(barred: Desk) -> None:
    outcome = barred.check(A, "-l", "two")
    assert ("clear" in outcome.out, "two" in outcome.err) == (False, True)
    plugin = barred.check(A, "-l", "two", "--format", "nagios")
    assert (plugin.code, plugin.out.partition(" - ")[0]) == (3, "DNSBL UNKNOWN")


def test_by_hand_prints_pages_and_how_to_record_it_and_asks_nobody(barred: Desk, server: FaultServer) -> None:
    outcome = barred.check("--by-hand", A, "-l", "one", "-l", "two")
    assert (outcome.code, outcome.err, server.asked) == (0, "", [])
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["one", f"https://one.example/look?ip={A}"] in lines
    assert ["two", "https://two.example/faq"] in lines
    assert f"delist observe {A} LIST listed|clear" in outcome.out
    every = barred.check("--by-hand", A)
    assert "https://one.example/look" in every.out


def test_by_hand_escapes_an_ipv6_address(barred: Desk) -> None:
    assert "https://one.example/look?ip=2001%3Adb8%3A%3A25" in barred.check("--by-hand", SIX, "-l", "one").out


@pytest.mark.parametrize("words", [(), (A, B), (A, "-l", "no-such")])
def test_by_hand_is_about_one_address(desk: Desk, words: tuple[str, ...]) -> None:
    refused(desk.check("--by-hand", *words), 4 if "no-such" in words else 2)


@pytest.mark.parametrize("words", [("--json",), ("--format", "nagios"), ("--format", "prometheus"), ("--changes",)])
def test_by_hand_does_not_pretend_to_be_a_check(desk: Desk, words: tuple[str, ...]) -> None:
    """It prints pages for people: what asks for another form is refused, or gets JSON."""
    outcome = desk.check("--by-hand", A, "-l", "one", *words)
    assert outcome.code in (2, 3) or json.loads(outcome.out)


# lists --probe.


def probe(desk: Desk, *words: object) -> Outcome:
    return desk("lists", "--probe", *words, "--nameserver", desk.nameserver)


def test_probe_tells_health_and_terms_in_json(barred: Desk, server: FaultServer) -> None:
    server.behaviours |= {ZEN: Empties(), RANGE: TurnsAway()}
    found = fine(probe(barred, "--json"))["probes"]
    ours = [each for each in found if each["list"] in ("one", "two", "mild", "range", "zen-policy", "zen-spam")]
    assert all(
        list(each) == ["list", "zone", "version", "trusted", "verdict", "why", "asked", "nameserver"] for each in found
    )
    told = {(each["list"], each["version"]): (each["trusted"], each["verdict"], each["why"]) for each in ours}
    for version in (4, 6):
        assert told["one", version] == (True, None, None)
        assert told["zen-policy", version][:2] == told["zen-spam", version][:2] == (False, "unknown")
        assert told["zen-spam", version][2].startswith("dead-empty")
        assert told["range", version][:2] == (False, "turned-away")
        assert "127.255.255.254" in told["range", version][2]
    for key in ("two", "mild"):
        assert told[key, None] == (False, "unknown", "terms")
    assert {each["nameserver"] for each in ours if each["asked"]} == {barred.nameserver}
    # Test points only, once for several lists of a zone.
    assert sorted(Counter(names(server, ZEN)).values()) == [1, 1, 1, 1]


def test_probe_tells_health_and_terms_to_people(barred: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = ListsTheWorld()
    outcome = probe(barred, "one")
    assert outcome.code == 0
    assert re.search(r"^one +one\.example +IPv4 +lists-the-world", outcome.out, re.MULTILINE)
    assert re.search(r"^two .*not asked, terms: after registering the resolver", probe(barred, "two").out, re.M)
    server.behaviours[ONE] = Lists()
    assert re.search(r"^one +one\.example +IPv6 +right answers +127\.0\.0\.1:", probe(barred, "one").out, re.M)


def test_a_name_server_without_a_probe_is_refused(desk: Desk) -> None:
    refused(desk("lists", "--nameserver", desk.nameserver), 2, "--probe")
    refused(probe(desk, "no-such"), 4, "no-such")


# For people.


def test_what_is_clear_is_only_counted(desk: Desk) -> None:
    assert desk.check(A, B) == Outcome(0, "2 addresses, 2 lists: 4 clear\n", "")


def test_what_is_not_clear_comes_with_its_reason_and_the_way_out(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: listing(A), TWO: listing(B)}
    outcome = desk.check(A, B, C, "--dry-run")
    lines = outcome.out.splitlines()
    rows = [line.split(maxsplit=4) for line in lines[:3]]
    assert rows == [
        ["ADDRESS", "LIST", "VERDICT", "CODE", "REASON"],
        [A, "one", "listed", CODE, f"Listed, see https://lookup.example/?ip={A}"],
        [B, "two", "listed", CODE, f"Listed, see https://lookup.example/?ip={B}"],
    ]
    assert f"delist text {A} -l one" in outcome.out
    assert "https://one.example/remove" in outcome.out
    assert "two: wait until the listing expires: https://two.example/faq" in lines
    assert lines[-1] == "3 addresses, 2 lists: 2 listed, 4 clear"
    assert C not in outcome.out


def test_an_entry_of_the_providers_says_so(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(A, code="127.0.0.3")
    assert "one: the entry is the provider's (127.0.0.3): ask the provider first" in desk.check(A, "--dry-run").out
    assert {line["list"]: line["who"] for line in desk.lines(A, "--dry-run")} == {"one": "provider", "two": None}


def test_verbose_tells_everything(desk: Desk, server: FaultServer) -> None:
    server.behaviours[TWO] = TurnsAway()
    outcome = desk.check(A, SIX, "--verbose")
    rows = {tuple(line.split()[:3]) for line in outcome.out.splitlines()}
    assert rows >= {(A, "one", "clear"), (SIX, "one", "clear"), (A, "two", "turned-away"), (SIX, "two", "unknown")}


def test_findings_are_grouped_by_site(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(A, B, C)
    for address, site in ((A, "tokyo"), (B, "osaka")):
        fine(desk("address", "add", address, "--site", site))
    lines = desk.check(A, B, C, "--dry-run").out.splitlines()
    heads = [line for line in lines if line.startswith(("site ", "without"))]
    assert heads == ["without a site", "site osaka", "site tokyo"]
    assert lines[lines.index("site osaka") + 2].startswith(B)
    assert lines[lines.index("site tokyo") + 2].startswith(A)


@pytest.mark.parametrize(("count", "is_folded"), [(5, False), (6, True)])
def test_many_equal_listings_are_folded(desk: Desk, server: FaultServer, count: int, is_folded: bool) -> None:
    server.behaviours |= {ONE: listing(*(f"203.0.113.{n}" for n in range(1, count + 1)))}
    outcome = desk.check("--expand", "203.0.113.0/28", "--dry-run")
    rows = [line for line in outcome.out.splitlines() if " listed " in line and line[0].isdigit()][:count]
    if is_folded:
        assert rows[0].startswith(f"{count} addresses, 203.0.113.1 to 203.0.113.{count} ")
        assert "--verbose" in rows[0]
    else:
        assert [row.split()[0] for row in rows] == [f"203.0.113.{n}" for n in range(1, count + 1)]
    each = desk.check("--expand", "203.0.113.0/28", "--dry-run", "--verbose").out
    assert all(re.search(rf"^203\.0\.113\.{n} +one +listed", each, re.MULTILINE) for n in range(1, count + 1))


def test_what_a_zone_cannot_tell_of_many_is_one_line(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Empties()
    outcome = desk.check("--expand", "203.0.113.0/24")
    [line] = [line for line in outcome.out.splitlines() if "dead-empty" in line]
    assert line.startswith("256 addresses, 203.0.113.0 to 203.0.113.255 ")
    assert len(outcome.out.splitlines()) < 6
    assert outcome.out.splitlines()[-1] == "256 addresses, 2 lists: 256 clear, 256 unknown"


def test_quiet_leaves_the_result(barred: Desk, server: FaultServer) -> None:
    loud, quiet = barred.check(A), barred.check(A, "--quiet")
    assert (loud.out, bool(loud.err)) == (quiet.out, True)
    assert quiet.err == ""


# Only what changed.


def changes(desk: Desk, *words: object) -> list[str]:
    """The lines of a check that prints only changes, and nothing on stderr, a while after the last one."""
    desk.clock.later()
    outcome = desk.check("--changes", *words)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out.splitlines()


def test_changes_are_told_once_and_otherwise_nothing(desk: Desk, server: FaultServer) -> None:
    for address in (A, B):
        fine(desk("address", "add", address))
    assert changes(desk) == []
    server.behaviours[ONE] = listing(A)
    [line] = changes(desk)
    assert line.startswith(f"{A} on one: listed ({CODE}) since 2026-11-24 12:20 +09:00: Listed, see ")
    assert changes(desk) == []
    server.behaviours[ONE] = Lists()
    [line] = changes(desk)
    assert line.startswith(f"{A} on one: off the list since ")
    assert changes(desk) == []


def test_changes_of_requests_are_told(desk: Desk, server: FaultServer) -> None:
    fine(desk("submit", A, "-l", "one"))
    [line] = changes(desk)
    assert ("request 1" in line, "cleared" in line) == (True, True)
    server.behaviours[ONE] = listing(A)
    [line] = changes(desk)
    assert ("request 1" in line, "relisted" in line, CODE in line) == (True, True, True)
    assert changes(desk) == []


@pytest.mark.parametrize("behaviour", [Empties(), TurnsAway(), Refuses(), ListsTheWorld()])
def test_a_zone_that_cannot_tell_any_more_is_told_once_and_when_it_can_again(
    desk: Desk, server: FaultServer, behaviour: Behaviour
) -> None:
    fine(desk("address", "add", A))
    assert changes(desk) == []
    server.behaviours[TWO] = behaviour
    [line] = changes(desk)
    assert line.startswith("two.example cannot tell: ")
    assert changes(desk) == []
    server.behaviours[TWO] = Lists()
    assert changes(desk) == ["two.example can be asked again"]
    assert changes(desk) == []


def test_a_check_of_one_list_in_between_hides_no_change(desk: Desk, server: FaultServer) -> None:
    fine(desk("address", "add", A))
    assert changes(desk) == []
    server.behaviours[TWO] = Empties()
    assert changes(desk, "-l", "one") == []
    [line] = changes(desk)
    assert line.startswith("two.example cannot tell: ")


def test_changes_say_nothing_about_terms_own_addresses_or_pace(barred: Desk) -> None:
    """Cron mails whatever is printed, and none of this is news."""
    slow = TERMED + '\n[zones."one.example".terms]\nqueries_per_second = 50\n'
    barred = barred.declaring(declared("one", "two", "mild", more=slow)).configured(f'[own]\naddresses = ["{A}"]\n')
    assert barred.check("--changes") == Outcome(0, "", "")


def test_changes_in_json(desk: Desk, server: FaultServer) -> None:
    fine(desk("submit", A, "-l", "one"))
    desk.clock.later()
    server.behaviours[TWO] = listing(B)
    outcome = desk.check(A, B, "--changes", "--json")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert all(
        list(line)
        == ["address", "list", "zone", "change", "codes", "reason", "since_on", "since_at", "request", "time_to_effect"]
        for line in lines
    )
    assert {(line["address"], line["list"], line["change"], line["request"]) for line in lines} == {
        (A, "one", "cleared", 1),
        (B, "two", "listed", None),
    }
    [cleared] = [line for line in lines if line["change"] == "cleared"]
    assert (cleared["since_at"], cleared["time_to_effect"]) == ("2026-11-24T03:10:00Z", "PT10M")
    desk.clock.later()
    assert desk.check(A, B, "--changes", "--json") == Outcome(0, "", "")


# For scripts.


def test_json_has_a_line_for_each_address_and_list(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: listing(B, reason="Gelistet für ü\x1b[31m, siehe $"), TWO: Refuses()}
    outcome = desk.check(A, B, "--json", "--dry-run")
    assert outcome.out.isascii()
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert [(line["address"], line["list"]) for line in lines] == [(A, "one"), (A, "two"), (B, "one"), (B, "two")]
    assert all(list(line) == FIELDS for line in lines)
    assert lines[0] == {
        "address": A,
        "list": "one",
        "verdict": "clear",
        "codes": [],
        "reason": None,
        "asked": True,
        "nameserver": desk.nameserver,
        "at": "2026-11-24T03:00:00Z",
        "why": None,
        "who": None,
    }
    assert (lines[2]["verdict"], lines[2]["codes"]) == ("listed", [CODE])
    assert "\x1b" not in lines[2]["reason"]
    assert lines[2]["reason"].endswith(f"siehe {B}")
    assert (lines[3]["verdict"], lines[3]["why"], lines[3]["reason"]) == ("turned-away", "REFUSED", None)


@pytest.mark.parametrize(
    ("words", "expected"),
    [((), {"one", "two"}), (("-l", "two"), {"two"}), (("-l", "zen-policy"), {"zen-policy"}), (("-l", "ONE"), {"one"}),
     (("-l", "mild", "-l", "two", "-l", "mild"), {"mild", "two"})],
)  # fmt: skip
def test_list_restricts_what_is_asked_and_told(
    desk: Desk, server: FaultServer, words: tuple[str, ...], expected: set[str]
) -> None:
    lines = desk.lines(A, *words)
    assert sorted(line["list"] for line in lines) == sorted(expected)
    zones = {"one": ONE, "two": TWO, "mild": MILD, "zen-policy": ZEN}
    assert {zone for zone, *_ in server.asked} - {""} == {zones[key] for key in expected}


def test_an_address_is_told_in_one_spelling_and_asked_once(desk: Desk, server: FaultServer) -> None:
    spellings = ("2001:0DB8:0:0::25", "2001:db8::25/128", f"::ffff:{A}", f"{A}/32", A, SIX)
    lines = desk.lines(*spellings, "-l", "one")
    assert [line["address"] for line in lines] == [SIX, A]
    assert addresses(server, ONE) == [A]


def test_a_small_network_is_asked_whole_of_lists_that_have_networks(desk: Desk, server: FaultServer) -> None:
    """Its first and last address are what a list leaves out most often."""
    whole, inside = [f"203.0.113.{end}" for end in range(256)], [f"198.51.100.{end}" for end in range(1, 255)]
    server.behaviours |= {RANGE: listing(*whole, *inside, "2001:db8:1::"), ONE: listing("203.0.113.0")}
    lines = desk.lines("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "-l", "range", "-l", "one", "--dry-run")
    found = {(line["address"], line["list"]): line for line in lines}
    assert found["203.0.113.0/24", "range"]["verdict"] == "listed"
    assert (found["198.51.100.0/24", "range"]["verdict"], "part" in found["198.51.100.0/24", "range"]["why"]) == (
        "unknown",
        True,
    )
    assert found["192.0.2.0/24", "range"]["verdict"] == "clear"
    for network in ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"):
        line = found[network, "one"]
        assert (line["verdict"], line["asked"], "networks" in line["why"]) == ("unknown", False, True)
    assert addresses(server, ONE) == []
    assert sorted(addresses(server, RANGE)) == sorted(
        f"{net}.{end}" for net in ("203.0.113", "198.51.100", "192.0.2") for end in range(256)
    )


def test_a_large_network_is_never_clear_by_its_ends(desk: Desk, server: FaultServer) -> None:
    """A request for it must not be cleared by what was not asked."""
    assert desk("submit", "203.0.112.0/23", "-l", "range").code == 0
    server.behaviours[RANGE] = listing("203.0.112.9")
    [line] = map(json.loads, desk.check("203.0.112.0/23", "-l", "range", "--once", "--json").out.splitlines())
    assert (line["verdict"], "between were not asked" in line["why"]) == ("unknown", True)
    assert [each["state"] for each in fine(desk("requests", "--json"))["requests"]] == ["submitted"]


def test_a_network_on_lists_without_networks_asks_nobody(desk: Desk, server: FaultServer) -> None:
    outcome = desk.check("203.0.113.0/24", "-l", "one")
    assert (outcome.code, "--expand" in outcome.err, "clear" in outcome.out) == (2, True, False)
    assert addresses(server, ONE) == []


def test_expand_asks_about_every_address_up_to_a_limit(desk: Desk, server: FaultServer) -> None:
    lines = desk.lines("--expand", "203.0.113.0/29", "2001:db8::/126", A, "--limit", "12", "-l", "one")
    assert [line["address"] for line in lines] == [
        *(f"203.0.113.{last}" for last in range(8)),
        "2001:db8::",
        *(f"2001:db8::{last}" for last in range(1, 4)),
    ]
    assert {line["verdict"] for line in lines} == {"clear"}
    refused(desk.check("--expand", "203.0.113.0/29", "2001:db8::/126", "--limit", "11"), 2, "11")


def test_addresses_come_from_a_file_or_standard_input(desk: Desk, tmp_path: Path) -> None:
    text = f"# relays\n{A}   # the first\n\n{B} {C}\n  2001:DB8::25\n"
    path = tmp_path / "relays.txt"
    path.write_text(text)
    expected = [A, B, C, SIX]
    assert [line["address"] for line in desk.lines("-f", path, "-l", "one")] == expected
    assert [line["address"] for line in desk.lines("-f", "-", "-l", "one", stdin=text)] == expected
    assert [line["address"] for line in desk.lines("-", "-l", "one", stdin=f"{A}\n{B}\n")] == [A, B]
    assert [line["address"] for line in desk.lines(D, "-f", path, "-l", "one")] == [D, *expected]


def test_standard_input_may_have_comments_however_it_is_named(desk: Desk) -> None:
    assert [line["address"] for line in desk.lines("-", "-l", "one", stdin=f"# relays\n{A} # first\n")] == [A]


# For monitoring.

# Monitoring Plugins' guidelines: 'label'=value[UOM];[warn];[crit];[min];[max], with ranges as [@]start:end.
_NUMBER, _RANGE = r"-?\d+(?:\.\d+)?", r"(?:@?(?:(?:~|-?\d+(?:\.\d+)?):)?(?:-?\d+(?:\.\d+)?)?)?"
PERFDATA = re.compile(rf"([^=' ]+)=({_NUMBER})(s|us|ms|%|B|KB|MB|TB|c)?(?:;{_RANGE}(?:;{_RANGE}(?:;(?:{_NUMBER})?(?:;(?:{_NUMBER})?)?)?)?)?")  # fmt: skip  # noqa: E501


def plugin(desk: Desk, *words: object) -> tuple[str, dict[str, str], str]:
    """The state, the performance data and the text of a plugin's line."""
    outcome = desk.check(*words, "--format", "nagios")
    assert outcome.out.count("\n") == 1
    text, bar, data = outcome.out.rstrip("\n").partition(" | ")
    assert text.count("|") == 0
    found = re.fullmatch(r"DNSBL (OK|WARNING|CRITICAL|UNKNOWN) - (.+)", text)
    assert found, text
    assert outcome.code == ["OK", "WARNING", "CRITICAL", "UNKNOWN"].index(found[1])
    parsed = [PERFDATA.fullmatch(each) for each in data.split()] if bar else []
    assert all(parsed), data
    return found[1], {each[1]: each[2] for each in parsed if each}, found[2]


@pytest.mark.parametrize(
    ("one", "mild", "state"),
    [
        (Lists(), Lists(), "OK"),
        (Lists(), listing(A), "WARNING"),
        (listing(A), Lists(), "CRITICAL"),
        (listing(A), listing(A), "CRITICAL"),
        (listing(A), Refuses(), "CRITICAL"),
        (Refuses(), Lists(), "UNKNOWN"),
        (Empties(), listing(A), "UNKNOWN"),
        (Empties(), Refuses(), "UNKNOWN"),
    ],
)
def test_a_plugin_has_four_states(desk: Desk, server: FaultServer, one: Behaviour, mild: Behaviour, state: str) -> None:
    server.behaviours |= {ONE: one, MILD: mild}
    found, data, text = plugin(desk, A, "-l", "one", "-l", "mild", "--dry-run")
    assert found == state
    listed, mildly = isinstance(one, Lists) and bool(one.listed), isinstance(mild, Lists) and bool(mild.listed)
    assert (data["listed"], data["mild"]) == (str(int(listed)), str(int(mildly)))
    assert (f"{A} on one ({CODE})" in text, f"{A} on mild ({CODE})" in text) == (listed, mildly)
    untold = sum(not isinstance(each, Lists) for each in (one, mild))
    assert (data["unknown"], data["clear"]) == (str(untold), str(2 - untold - listed - mildly))
    assert float(data["time"]) >= 0


@pytest.mark.parametrize("kind", ["info", "score", "allow", "block", "receiver", "provider"])
def test_lists_that_only_inform_are_a_warning(desk: Desk, server: FaultServer, kind: str) -> None:
    server.behaviours[MILD] = listing(A)
    desk = desk.declaring(declared().replace('kind = "score"', f'kind = "{kind}"'))
    state, _, _ = plugin(desk, A, "-l", "mild", "--dry-run")
    assert state == ("WARNING" if kind in ("info", "score", "allow") else "CRITICAL")


def test_a_plugin_names_some_of_many_and_keeps_to_its_line(desk: Desk, server: FaultServer) -> None:
    asked = [f"203.0.113.{last}" for last in range(1, 41)]
    server.behaviours[ONE] = listing(*asked, reason="a | b")
    state, data, text = plugin(desk, *asked, "-l", "one", "--dry-run")
    assert (state, data["listed"]) == ("CRITICAL", "40")
    assert text.endswith("and 35 more")


@pytest.mark.parametrize(
    ("words", "part"),
    [((A, "-l", "no-such"), "no-such"), (("10.0.0.1",), "private"), (("--due",), "no address is recorded"),
     (("a|b",), "a/b"), ((A, "--changes"), "--format nagios"), (("-f", "no\nfile"), "file"),
     ((A, "--nameserver", "x y"), "x y")],
)  # fmt: skip
def test_what_a_plugin_cannot_do_is_unknown(desk: Desk, words: tuple[str, ...], part: str) -> None:
    state, data, text = plugin(desk, *words)
    assert (state, data) == ("UNKNOWN", {})
    assert part in text


@pytest.mark.parametrize(
    "words", [("--no-such",), ("--limit", "0"), ("--limit", "many"), ("--list",)], ids=lambda each: " ".join(each)
)
def test_a_mistyped_option_is_no_alarm_of_a_plugin(desk: Desk, words: tuple[str, ...]) -> None:
    """To a monitoring system exit code 2 says CRITICAL and 1 WARNING."""
    assert desk("check", A, "--format", "nagios", *words).code == 3


@pytest.mark.parametrize("config", ["timezone = 'Mars/Olympus'\n", "[dns\n", "[dns]\nnameserver = ['127.0.0.1']\n"])
def test_a_broken_config_is_unknown_to_a_plugin(run: Run, home: Path, config: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(config)
    words = [sys.executable, "-m", "delist", "check", A, "--format", "nagios", "--nameserver", "127.0.0.1:9"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (3, "", 1)
    assert done.stdout.startswith("DNSBL UNKNOWN - ")
    assert "config.toml" in done.stdout


def test_a_secret_in_what_a_plugin_repeats_is_concealed(desk: Desk) -> None:
    link = "https://check.spamhaus.example/confirm?token=0123456789abcdef0123456789abcdef"
    plain = desk.check(link).err
    assert "0123456789abcdef" not in plain
    assert "0123456789abcdef" not in desk.check(link, "--format", "nagios").out


def metrics(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """The samples of an exposition, by name and values of labels."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_metrics_tell_listings_counts_and_health(barred: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: listing(A), ZEN: Empties()}
    fine(barred("address", "add", A, "--site", 'to"kyo\\'))
    words = ("-l", "one", "-l", "two", "-l", "zen-spam", "--dry-run")
    outcome = barred.check(A, B, *words, "--format", "prometheus")
    assert outcome.code == 0
    found = metrics(outcome.out)
    assert found["delist_listing"] == {(A, "one", 'to"kyo\\'): 1}
    assert found["delist_address_listed"] == {(A, 'to"kyo\\'): 1, (B, ""): 0}
    assert found["delist_findings"] == {("one", "listed"): 1, ("one", "clear"): 1, ("zen-spam", "unknown"): 2}
    assert found["delist_zone_trusted"] == {(ONE,): 1, (ZEN,): 0}
    assert found["delist_not_asked"] == {("two", "terms"): 2}
    assert found["delist_check_timestamp_seconds"] == {(): NOW.timestamp()}
    for family in text_string_to_metric_families(outcome.out):
        assert family.documentation


def test_metrics_are_written_to_a_file_in_one_step(desk: Desk, server: FaultServer, tmp_path: Path) -> None:
    folder = tmp_path / "textfiles"
    folder.mkdir()
    path = folder / "delist.prom"
    path.write_text("old\n")
    before = path.stat().st_ino
    outcome = desk.check(A, "--format", "prometheus", "--out", path)
    assert outcome == Outcome(0, "", "")
    assert metrics(path.read_text())["delist_findings"] == {("one", "clear"): 1, ("two", "clear"): 1}
    # Another file took its place, and nothing is left beside it.
    assert path.stat().st_ino != before
    assert list(folder.iterdir()) == [path]
    server.behaviours |= {ONE: Empties(), TWO: Empties()}
    assert desk.check(A, "--format", "prometheus", "--out", path).code == 6
    assert metrics(path.read_text())["delist_zone_trusted"] == {(ONE,): 0, (TWO,): 0}
    assert desk.check(A, "--format", "prometheus", "--out", tmp_path / "no" / "file").code == 4


# Options that do not go together.

PAIRS = [
    ("--changes", "--dry-run"),
    ("--resume", "--dry-run"),
    ("--once", "--dry-run"),
    ("--no-wait", "--dry-run"),
    ("--once", "--no-wait"),
    ("--due", A),
    ("--due", "-f -"),
    ("--site tokyo", A),
    ("--verbose", "--json"),
    ("--verbose", "--changes"),
    ("--format prometheus", "--json"),
    ("--format prometheus", "--changes"),
    ("--format prometheus", "--verbose"),
    ("--format prometheus", "--no-wait"),
    ("--limit 5", ""),
    ("--out metrics", ""),
    ("--out metrics", "--json"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_options_that_do_not_go_together_are_refused(desk: Desk, server: FaultServer, one: str, other: str) -> None:
    outcome = desk.check(*one.split(), *other.split(), stdin=A)
    named = {"-f -": "ADDRESS", A: "ADDRESS"}.get(other, other)
    refused(outcome, 2, one.split()[0], named if one != "--out metrics" else "--format prometheus")
    assert server.asked == []


@pytest.mark.parametrize("other", ["--json", "--changes", "--verbose", "--no-wait", "--out metrics"])
def test_a_plugin_says_it_as_unknown(desk: Desk, server: FaultServer, other: str) -> None:
    state, _, text = plugin(desk, A, *other.split())
    assert (state, other.split()[0] in text, server.asked) == ("UNKNOWN", True, [])


# Without an address.


def test_a_site_picks_among_recorded_addresses(desk: Desk, server: FaultServer) -> None:
    for address, site in ((A, "tokyo"), (B, "osaka"), (C, "osaka")):
        fine(desk("address", "add", address, "--site", site))
    fine(desk("submit", C, "-l", "one"))
    assert {line["address"] for line in desk.lines("--site", "osaka", "--dry-run")} == {B, C}
    assert {line["address"] for line in desk.lines("--site", "osaka", "--due", "--dry-run")} == {C}
    assert desk.check("--site", "tokyo", "--due").out.startswith("0 addresses")
    refused(desk.check("--site", "kyoto"), 4, "kyoto")


def test_recorded_addresses_are_asked_about_and_retired_ones_not(desk: Desk, server: FaultServer) -> None:
    for address in (A, B, SIX):
        fine(desk("address", "add", address))
    fine(desk("address", "retire", B))
    desk = desk.configured(f'[own]\naddresses = ["{D}"]\n')
    outcome = desk.check("--json", "-l", "one")
    assert {json.loads(line)["address"] for line in outcome.out.splitlines()} == {A, SIX}
    assert outcome.err == ""


def test_own_addresses_are_asked_about_where_none_is_recorded(desk: Desk, server: FaultServer) -> None:
    desk = desk.configured(f'[own]\naddresses = ["{D}", "2001:0db8::25"]\n')
    outcome = desk.check("--json", "-l", "one")
    assert [json.loads(line)["address"] for line in outcome.out.splitlines()] == [D, SIX]
    assert outcome.err == f"no address is recorded: asking about {D}, {SIX}\n"


def _namespace() -> list[str] | None:
    """Return the words before a command that give it a network of its own, None where that is not allowed."""
    for words in (["unshare", "-rn"], ["unshare", "-n"]):
        if (
            shutil.which("unshare")
            and shutil.which("ip")
            and not subprocess.run([*words, "true"], check=False, capture_output=True).returncode
        ):
            return words
    return None


InNamespace = Callable[..., dict[str, Any]]
_SCRIPT = """
import json, subprocess, sys
from tests.servers.faults import FaultServer, Lists
addresses, zone, program, words = json.loads(sys.argv[1])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for address in addresses:
    subprocess.run(["ip", "addr", "add", address, "dev", "lo"], check=True)
with FaultServer({zone: Lists({"203.0.113.7": "127.0.0.2"})}) as server:
    asking = [*words, "--nameserver", server.nameserver] if "--nameserver" not in words and addresses else words
    done = subprocess.run([program, *asking], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print(json.dumps({"code": done.returncode, "out": done.stdout, "err": done.stderr, "asked": server.asked}))
"""


@pytest.fixture
def in_namespace(home: Path) -> InNamespace:
    """Run the installed program on a host that has these addresses and no others, with one zone to ask."""
    prefix = _namespace()
    if prefix is None:
        # A skipped test looks like a passed one.
        assert not os.environ.get("CI"), "no network namespace can be made here"
        pytest.skip("no network namespace can be made here: unshare -rn")
    program = Path(sys.executable).parent / "delist"
    assert program.exists(), "delist is not installed beside this Python: pip install -e ."

    def invoke(addresses: Sequence[str], zone: str, *words: str) -> dict[str, Any]:
        what = json.dumps([list(addresses), zone, str(program), words])
        done = subprocess.run(
            [*prefix, sys.executable, "-c", _SCRIPT, what], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return invoke


def test_this_hosts_own_addresses_are_asked_about_at_last(in_namespace: InNamespace, home: Path) -> None:
    home.mkdir()
    (home / "lists.toml").write_text(declared("one"))
    found = in_namespace([f"{A}/32", "10.1.2.3/32"], ONE, "check", "--json", "--no-wait")
    assert found["err"] == f"no address is recorded: asking about this host's own, {A}\n"
    [line] = map(json.loads, found["out"].splitlines())
    assert (found["code"], line["address"], line["verdict"]) == (0, A, "listed")
    assert {name for _, name, kind, _ in found["asked"] if kind == "TXT"} == {f"7.113.0.203.{ONE}"}


def test_a_host_without_a_public_address_has_nothing_to_ask_about(in_namespace: InNamespace, home: Path) -> None:
    found = in_namespace([], ONE, "check")
    assert (found["code"], found["out"], found["asked"]) == (2, "", [])
    assert found["err"].startswith("delist: there is nothing to ask about: no address is recorded")
    assert not home.exists()


def test_rebuilt_tools_read_the_same_files(desk: Desk, server: FaultServer) -> None:
    """What a person has is config.toml and lists.toml in their home; nothing else was needed here."""
    desk = desk.configured(f'[dns]\nnameservers = ["{server.nameserver}"]\n')
    built = tools_module.build(os.environ)
    outcome = desk.run_("check", A, with_tools=built)
    assert outcome == Outcome(0, "1 address, 2 lists: 2 clear\n", "")
