"""What `delist check` leaves in the case file: asked through its command line, answered by servers on loopback."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delist import catalogue, settings
from delist.actions.checking.outcome import Wish
from delist.actions.checking.run import begin
from delist.settings import Use
from delist.tools import Tools
from tests.builders import TOKYO
from tests.conftest import NOW, Outcome, Run, fine, refused
from tests.servers.faults import (
    Behaviour,
    Dies,
    Empties,
    FaultServer,
    FormErrs,
    Lists,
    ListsTheWorld,
    Parked,
    Query,
    Record,
    Refuses,
    Reply,
    RewritesNxdomain,
    ServFails,
    Silent,
    TurnsAway,
    reply,
)
from tests.servers.rbldnsd import Dataset, Rbldnsd, blocklist, needs_rbldnsd

A, B, C, D = "203.0.113.7", "203.0.113.8", "203.0.113.9", "203.0.113.10"
PBL, ZEN, OTHER, BL = "spamhaus-pbl", "zen.example", "example", "bl.example"
OURS, PROVIDERS = "127.0.0.11", "127.0.0.10"
DECLARED = """
[zones."zen.spamhaus.org"]
off = true

[zones."zen.example"]
ipv6 = true

[zones."zen.example".answers]
"127.0.0.2" = "spamhaus-sbl"
"127.0.0.10" = { list = "spamhaus-pbl", who = "provider" }
"127.0.0.11" = "spamhaus-pbl"

[lists.example]
name = "Example"
operator = "Example"
kind = "block"

[zones."bl.example"]
answers = { "127.0.0.2" = "example" }
"""
FACTS = ("--name", "Hanako Example", "--email", "hanako@example.org", "--purpose", "order confirmations of a shop")


@dataclass
class Clock:
    """A clock that a test sets, and that moves when the program waits."""

    at: datetime = NOW
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += timedelta(seconds=round(seconds))

    def set(self, text: str) -> None:
        """Set it to a local time in Tokyo."""
        self.at = datetime.fromisoformat(text).replace(tzinfo=TOKYO).astimezone(UTC)

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Desk:
    """A person at a command line, with a clock, and a name server to ask."""

    run_: Run
    tools: Tools
    clock: Clock
    nameserver: str

    def __call__(self, *words: object) -> Outcome:
        return self.run_(*words, with_tools=self.tools)

    def done(self, *words: object) -> Any:
        return fine(self(*words))

    def check(self, *words: object) -> Outcome:
        return self("check", *words, "--nameserver", self.nameserver)

    def found(self, *words: object) -> list[dict[str, Any]]:
        """The lines of a check that succeeds."""
        outcome = self.check(*words, "--json")
        assert outcome.code == 0, outcome.err
        return [json.loads(line) for line in outcome.out.splitlines()]

    def due(self, on: str | None = None) -> list[tuple[str, str]]:
        """The kinds and addresses of what is due."""
        words = ("--on", on) if on else ()
        return [(each["kind"], each["address"]) for each in self.done("due", "--json", *words)["reminders"]]

    def state(self, number: int = 1) -> str:
        return str(self.done("show", number, "--json")["state"])

    def kept(self) -> list[str]:
        """Everything that an export has, without its first line, which has the time."""
        return self("export").out.splitlines()[1:]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.tools.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def sightings(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT verdict, code, undone FROM sightings ORDER BY id")

    def using(self, use: Use) -> "Desk":
        return replace(self, tools=replace(self.tools, settings=replace(self.tools.settings, use=use)))


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(run: Run, tools: Tools, home: Path) -> MakeDesk:
    """Make a desk whose catalogue has the declared lists."""

    def make(nameserver: str, declared: str = DECLARED) -> Desk:
        (home / "lists.toml").write_text(declared)
        clock = Clock()
        own = catalogue.load(home / "lists.toml")
        return Desk(run, replace(tools, catalogue=own, now=clock, wait=clock.wait), clock, nameserver)

    return make


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve both zones, healthy and empty."""
    with FaultServer({ZEN: Lists(), BL: Lists()}) as server:
        yield server


@pytest.fixture
def desk(make_desk: MakeDesk, server: FaultServer) -> Desk:
    return make_desk(server.nameserver)


def listing(*addresses: str, code: str = OURS, **options: Any) -> Lists:
    return Lists(dict.fromkeys(addresses, code), **options)


def questions(server: FaultServer, zone: str, kind: str = "A") -> list[str]:
    """The names that were asked for in a zone, without its test points."""
    found = [name for at, name, qtype, _ in server.asked if (at, qtype) == (zone, kind)]
    return [name for name in found if not name.endswith(f".0.0.127.{zone}") and ".f.f.f.f.0." not in name]


def asked_for(server: FaultServer, zone: str) -> list[str]:
    """The IPv4 addresses that were asked for in a zone."""
    names = [name.removesuffix(f".{zone}").split(".") for name in questions(server, zone)]
    return [".".join(reversed(labels)) for labels in names]


def confirmed(desk: Desk, address: str = A, key: str = PBL) -> None:
    desk.done("submit", address, "-l", key)
    desk.done("confirm", address, "-l", key)


def stop_after_one_part(desk: Desk, *addresses: str) -> None:
    """Ask the PBL about addresses, and be stopped before anything but the first part is done."""
    for _ in begin(desk.tools, Wish(addresses, ("pbl",), (desk.nameserver,))).parts():
        break


# The story.


@needs_rbldnsd
def test_the_checker_tells_the_story_from_zone_files_that_change(make_desk: MakeDesk, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with Rbldnsd(tmp_path, {ZEN: [Dataset(blocklist({A: OURS, B: OURS}))]}) as server:
        desk = make_desk(server.nameserver)
        for address in (A, B):
            desk.done("address", "add", address, "--site", "tokyo")
        desk.clock.set("2021-05-02 09:00")
        assert len(desk.found("-l", "pbl")) == 2
        assert desk.due() == [("listed", A), ("listed", B)]
        desk.clock.set("2021-05-02 10:00")
        desk.done("submit", A)
        desk.clock.set("2021-05-02 12:05")
        desk.done("confirm", A)
        desk.clock.set("2021-05-02 12:30")
        desk.found("-l", "pbl")
        assert desk.state() == "confirmed"
        server.rewrite(ZEN, blocklist({B: OURS}))
        desk.clock.set("2021-05-02 13:45")
        told = desk.check("-l", "pbl")
        assert (told.code, "request 1" in told.out) == (0, True)
        record = desk.done("show", 1, "--json")
        assert (record["state"], record["time_to_effect"]) == ("cleared", "PT1H40M")
        assert record["cleared_at"] == "2021-05-02T04:45:00Z"
        assert record["history"][-1]["source"] == "check"

        desk.clock.set("2021-05-10 09:00")
        confirmed(desk, B)
        server.rewrite(ZEN, blocklist({}))
        desk.clock.set("2021-05-10 11:00")
        desk.found("-l", "pbl")
        assert desk.state(2) == "cleared"
        windows = desk.done("show", 2, "--json")["windows"]
        assert [window["on"] for window in windows] == ["2021-11-10", "2022-05-10"]

        server.rewrite(ZEN, blocklist({A: OURS}))
        desk.clock.set("2021-10-02 05:00")
        desk.found("-l", "pbl")
        record = desk.done("show", 1, "--json")
        assert (record["state"], record["relisted_on"]) == ("relisted", "2021-10-02")
        assert desk.due("2021-10-02") == [("exclusion-ends", B), ("relisted", A)]
        windows = desk.done("show", 2, "--json")["windows"]
        assert [(window["on"], window["after"]) for window in windows] == [
            ("2021-10-10", "P5M"),
            ("2021-11-10", "P6M"),
            ("2022-05-10", "P1Y"),
        ]


# What could not be told changes nothing.

UNTOLD: list[Behaviour] = [
    TurnsAway(),
    TurnsAway(code="127.255.255.255"),
    Refuses(),
    ServFails(),
    FormErrs(),
    Empties(),
    ListsTheWorld(OURS),
    Parked(),
    RewritesNxdomain(listing(A)),
    Lists({A: "127.0.0.99", B: [OURS, "127.255.255.254"], C: "203.0.113.80", D: "127.0.0.99"}),
]


@pytest.fixture
def cases(desk: Desk) -> Desk:
    """One address listed, one with a confirmed request, one with a cleared one, one seen clear."""
    desk.done("observe", A, PBL, "listed")
    desk.done("observe", B, PBL, "listed")
    confirmed(desk, B)
    confirmed(desk, C)
    desk.done("cleared", C)
    desk.done("observe", D, PBL, "clear")
    desk.clock.later(days=1)
    return desk


@pytest.mark.parametrize("behaviour", UNTOLD, ids=lambda each: type(each).__name__)
def test_what_could_not_be_told_leaves_every_case_as_it_was(
    cases: Desk, server: FaultServer, behaviour: Behaviour
) -> None:
    server.behaviours[ZEN] = behaviour
    before = cases.kept()
    for words in ((), ("--once",)):
        failed = cases.check("-l", "pbl", *words)
        assert (failed.code, failed.err.count("\n")) == (6, 1), failed.err
        assert failed.err.startswith("delist: no list could tell anything")
        assert cases.check("-l", "pbl", "--exit-code", *words).code == 11
    assert cases.kept() == before
    assert cases.rows("SELECT * FROM looks") == []


def test_silence_leaves_every_case_as_it_was(cases: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = Silent()
    before = cases.kept()
    assert cases.check("-l", "pbl", "--once", "--exit-code").code == 11
    assert cases.kept() == before


@pytest.mark.parametrize("then", [Empties(), ListsTheWorld(OURS), TurnsAway()], ids=lambda each: type(each).__name__)
def test_a_zone_that_dies_in_the_middle_is_not_believed(cases: Desk, server: FaultServer, then: Behaviour) -> None:
    server.behaviours[ZEN] = Dies(listing(A, B), after=3, then=then)
    before = cases.kept()
    assert cases.check("-l", "pbl", "--once", "--exit-code").code == 11
    assert cases.kept() == before


def test_a_listing_besides_counts_more_than_a_list_that_cannot_tell(cases: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = Refuses()
    both = ("-l", "pbl", "-l", OTHER, A)
    assert cases.check(*both).code == 0
    assert cases.check(*both, "--exit-code").code == 11
    server.behaviours[BL] = listing(A, code="127.0.0.2")
    assert cases.check(*both, "--exit-code").code == 10


# Two equal answers.


def test_the_second_look_comes_in_the_same_run_once_the_first_answer_has_run_out(
    desk: Desk, server: FaultServer
) -> None:
    confirmed(desk)
    server.behaviours[ZEN] = Lists(negative_ttl=120)
    outcome = desk.check(A, "-l", "pbl")
    assert outcome.code == 0
    assert "asking again" in outcome.err
    assert len(desk.clock.waits) == 1
    assert 120 <= desk.clock.waits[0] <= 125
    assert asked_for(server, ZEN) == [A, A]
    assert desk.state() == "cleared"


def test_an_answer_that_holds_longer_than_five_minutes_leaves_it_to_the_next_run(
    desk: Desk, server: FaultServer
) -> None:
    confirmed(desk)
    server.behaviours[ZEN] = Lists(negative_ttl=301)
    outcome = desk.check(A, "-l", "pbl")
    assert (desk.clock.waits, desk.state()) == ([], "confirmed")
    assert "1 finding not recorded yet" in outcome.err
    first = desk.clock.at
    desk.clock.later(hours=1)
    desk.found(A, "-l", "pbl")
    record = desk.done("show", 1, "--json")
    assert (record["state"], record["cleared_at"]) == ("cleared", first.isoformat().replace("+00:00", "Z"))


def test_what_differs_the_second_time_changes_nothing(desk: Desk, server: FaultServer) -> None:
    confirmed(desk)
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl", "--once")
    server.asked.clear()
    server.behaviours[ZEN] = Dies(Lists(), after=5, then=listing(A))
    outcome = desk.check(A, "-l", "pbl")
    assert asked_for(server, ZEN) == [A, A]
    assert (desk.clock.waits != [], desk.state()) == (True, "confirmed")
    assert desk.sightings() == [("listed", OURS, 0)]
    assert "asking again" in outcome.err
    assert desk.rows("SELECT * FROM looks") == []
    assert "not recorded yet" not in outcome.err


@pytest.mark.parametrize("ttl", [0, 1, 300])
def test_any_answer_that_holds_up_to_five_minutes_is_asked_for_again(desk: Desk, server: FaultServer, ttl: int) -> None:
    confirmed(desk)
    server.behaviours[ZEN] = Lists(negative_ttl=ttl)
    desk.found(A, "-l", "pbl")
    assert (len(desk.clock.waits), desk.state()) == (1, "cleared")


def test_a_second_look_at_one_list_says_nothing_of_another_that_was_not_asked_wholly(
    make_desk: MakeDesk, server: FaultServer
) -> None:
    in_both_zones = DECLARED.replace('"127.0.0.11" =', '"127.0.0.20" = "example"\n"127.0.0.11" =')
    desk = make_desk(server.nameserver, in_both_zones)
    server.behaviours[BL] = listing(A, code="127.0.0.2")
    desk.found(A, "-l", OTHER)
    server.behaviours[ZEN] = listing(A)
    desk.clock.later(hours=1)
    desk.found(A, "-l", "pbl", "-l", OTHER)
    assert [each[:2] for each in desk.sightings()] == [("listed", "127.0.0.2"), ("listed", OURS)]
    assert desk.rows("SELECT verdict FROM looks") == []


def test_a_run_that_is_killed_while_it_waits_has_kept_the_first_look(desk: Desk, server: FaultServer) -> None:
    confirmed(desk)
    desk.clock.later(hours=1)
    first = desk.clock.at
    stop_after_one_part(desk, A)
    assert desk.state() == "confirmed"
    desk.clock.later(hours=1)
    desk.found(A, "-l", "pbl", "--no-wait")
    assert desk.done("show", 1, "--json")["cleared_at"] == first.isoformat().replace("+00:00", "Z")


def test_once_trusts_one_look(desk: Desk, server: FaultServer) -> None:
    confirmed(desk)
    desk.found(A, "-l", "pbl", "--once")
    assert (desk.clock.waits, asked_for(server, ZEN), desk.state()) == ([], [A], "cleared")


def test_no_wait_leaves_it_to_the_next_run(desk: Desk) -> None:
    confirmed(desk)
    assert "next run" in desk.check(A, "-l", "pbl", "--no-wait").err
    assert (desk.clock.waits, desk.state()) == ([], "confirmed")
    desk.found(A, "-l", "pbl", "--no-wait")
    assert desk.state() == "confirmed", "the same answer from a cache is no second one"
    desk.clock.later(minutes=5)
    desk.found(A, "-l", "pbl", "--no-wait")
    assert (desk.clock.waits, desk.state()) == ([], "cleared")


def test_the_zones_own_server_never_answers_from_a_cache(desk: Desk, server: FaultServer) -> None:
    confirmed(desk)
    server.behaviours[ZEN] = Lists(authoritative=True)
    for _ in range(2):
        desk.found(A, "-l", "pbl", "--no-wait")
    assert desk.state() == "cleared"


def test_a_dry_run_leaves_the_database_as_it_was(desk: Desk, server: FaultServer) -> None:
    confirmed(desk)
    server.behaviours[ZEN] = listing(B)
    before = desk.tools.database.read_bytes()
    found = desk.found(A, B, "-l", "pbl", "--dry-run")
    assert [line["verdict"] for line in found] == ["clear", "listed"]
    assert desk.tools.database.read_bytes() == before


def test_a_dry_run_makes_no_database(desk: Desk, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "delist.db"
    elsewhere = replace(desk, tools=replace(desk.tools, database=nowhere))
    assert len(elsewhere.found(A, "-l", "pbl", "--dry-run")) == 1
    assert not nowhere.parent.exists()


@dataclass
class SlowResolver:
    """A resolver that takes its time to find something out, by a test's clock, and then answers from its cache."""

    clock: Clock
    takes: int
    inner: Callable[[int], Behaviour]
    ttl: int
    fetched: int = 0
    until: datetime = NOW - timedelta(days=999)

    def __call__(self, query: Query) -> Sequence[Reply]:
        if query.name.startswith("7."):
            if self.clock.at > self.until:
                self.clock.later(seconds=self.takes)
                self.fetched += 1
                self.until = self.clock.at + timedelta(seconds=self.ttl)
            return self.inner(int((self.until - self.clock.at).total_seconds()))(query)
        return Lists()(query)


@pytest.mark.parametrize("takes", [0, 100])
def test_an_answer_that_took_long_is_not_its_own_second_one(desk: Desk, server: FaultServer, takes: int) -> None:
    resolver = SlowResolver(desk.clock, takes, lambda left: listing(A, ttl=left), ttl=120)
    server.behaviours[ZEN] = resolver
    desk.found(A, "-l", "pbl")
    assert asked_for(server, ZEN) == [A, A]
    assert (resolver.fetched, desk.due()) == (2, [("listed", A)])


# Windows.


def test_a_listing_that_expires_by_itself_is_expected_clear_after_the_last_look(
    make_desk: MakeDesk, server: FaultServer
) -> None:
    window = '{ after = "P7D", from = "listed", kind = "expected-clear", basis = "stated", source = "its page" }'
    desk = make_desk(server.nameserver, DECLARED.replace('kind = "block"', f'kind = "block"\nwindows = [{window}]'))
    server.behaviours[BL] = listing(A, code="127.0.0.2")
    for day in (1, 4, 7):
        desk.clock.set(f"2026-11-0{day} 10:00")
        desk.found(A, "-l", OTHER)
    assert ("expected-clear", A) not in desk.due("2026-11-13")
    assert ("expected-clear", A) in desk.due("2026-11-14")


@pytest.mark.parametrize(("day", "is_survived"), [("2021-11-02", False), ("2021-11-03", True)])
def test_a_window_is_survived_by_a_clear_check_after_its_day(desk: Desk, day: str, is_survived: bool) -> None:
    desk.clock.set("2021-05-02 10:00")
    confirmed(desk)
    desk.done("cleared", 1)
    desk.clock.set(f"{day} 10:00")
    assert desk.due() == [("exclusion-ends", A)]
    desk.found(A, "-l", "pbl")
    assert desk.due() == ([] if is_survived else [("exclusion-ends", A)])
    windows = desk.done("show", 1, "--json")["windows"]
    assert [window["survived"] for window in windows] == [is_survived, False]


def test_later_clear_checks_survive_later_windows(desk: Desk) -> None:
    desk.clock.set("2021-05-02 10:00")
    confirmed(desk)
    desk.done("cleared", 1)
    for day in ("2021-11-01", "2021-11-02", "2021-11-03", "2022-05-04"):
        desk.clock.set(f"{day} 10:00")
        desk.found(A, "-l", "pbl")
    assert [window["survived"] for window in desk.done("show", 1, "--json")["windows"]] == [True, True]
    assert len(desk.rows("SELECT 1 FROM sightings WHERE source = 'check'")) == 1


# Addresses.


@pytest.mark.parametrize("address", [A, "2001:db8::7"])
def test_a_listed_address_that_was_never_recorded_is(desk: Desk, server: FaultServer, address: str) -> None:
    server.behaviours[ZEN] = listing(address)
    desk.found(address, B, "2001:db8::8", "-l", "pbl")
    assert desk.due() == [("listed", address)]
    assert desk.rows("SELECT address FROM addresses") == [(address,)]
    assert desk.rows("SELECT list_key FROM cases") == [(PBL,)]


def test_what_a_check_records_says_that_it_came_from_a_check(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl")
    assert desk.rows("SELECT event, source FROM events ORDER BY id") == [("added", "check"), ("sighted", "check")]


def test_clear_addresses_that_were_never_recorded_are_not(desk: Desk) -> None:
    before = desk.kept()
    assert {line["verdict"] for line in desk.found(A, B, "-l", "pbl", "-l", OTHER)} == {"clear"}
    assert desk.kept() == before
    assert desk.rows("SELECT address FROM addresses") == []


def test_one_listed_look_alone_is_no_listing(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl", "--no-wait")
    server.behaviours[ZEN] = Lists()
    desk.clock.later(hours=1)
    desk.found(A, "-l", "pbl", "--no-wait")
    assert desk.sightings() == []
    assert desk.due() == []
    assert desk.rows("SELECT * FROM looks") == []


@pytest.mark.parametrize("address", [A, "2001:db8::7"])
def test_an_address_is_recorded_by_the_second_equal_look_with_the_first_ones_moment(
    desk: Desk, server: FaultServer, address: str
) -> None:
    server.behaviours[ZEN] = listing(address)
    before, first = desk.kept(), desk.clock.at
    desk.found(address, "-l", "pbl", "--no-wait")
    assert desk.rows("SELECT address, list_key FROM looks") == [(address, PBL)]
    assert desk.kept() == before
    assert desk.done("address", "list", "--json")["addresses"] == []
    refused(desk("show", address), 4, address)
    assert desk.due() == []
    desk.clock.later(hours=2)
    [line] = desk.found(address, "-l", "pbl", "--no-wait")
    assert line["verdict"] == "listed"
    assert desk.rows("SELECT * FROM looks") == []
    assert [each["address"] for each in desk.done("address", "list", "--json")["addresses"]] == [address]
    [episode] = desk.done("show", address, "--json")["listings"]
    assert episode["started_at"] == first.isoformat().replace("+00:00", "Z")
    assert episode["last_seen_at"] == (first + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


def test_a_first_look_opens_no_case_of_a_recorded_address_on_another_list(desk: Desk, server: FaultServer) -> None:
    desk.done("observe", A, PBL, "clear")
    server.behaviours[BL] = listing(A, code="127.0.0.2")
    before = desk.kept()
    desk.found(A, "-l", OTHER, "--no-wait")
    assert (desk.kept(), desk.rows("SELECT list_key FROM cases")) == (before, [(PBL,)])
    assert desk.rows("SELECT address, list_key FROM looks") == [(A, OTHER)]
    desk.clock.later(hours=1)
    desk.found(A, "-l", OTHER, "--no-wait")
    assert desk.due() == [("listed", A)]


def test_what_could_not_be_told_leaves_a_look_waiting(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl", "--no-wait")
    waiting = desk.rows("SELECT * FROM looks")
    for behaviour in (Refuses(), ListsTheWorld(OURS)):
        server.behaviours[ZEN] = behaviour
        desk.clock.later(hours=1)
        assert desk.check(A, "-l", "pbl", "--no-wait").code == 6
    assert desk.rows("SELECT * FROM looks") == waiting


def test_a_forgotten_address_is_not_recorded_by_the_next_look_alone(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl", "--no-wait")
    desk.done("address", "forget", A, "--yes")
    desk.clock.later(hours=1)
    desk.found(A, "-l", "pbl", "--no-wait")
    assert desk.rows("SELECT address FROM addresses") == []


def test_a_retired_address_is_asked_about_when_named_and_stays_retired(desk: Desk, server: FaultServer) -> None:
    desk.done("address", "add", A)
    desk.done("address", "retire", A)
    desk.done("address", "add", B)
    server.behaviours[ZEN] = listing(A)
    before = desk.kept()
    assert [line["verdict"] for line in desk.found(A, "-l", "pbl", "--once")] == ["listed"]
    desk.found(A, "-l", "pbl", "--no-wait")
    assert (desk.kept(), desk.rows("SELECT * FROM looks")) == (before, [])
    assert [line["address"] for line in desk.found("-l", "pbl")] == [B]


def test_a_retired_address_with_a_case_is_not_moved(desk: Desk, server: FaultServer) -> None:
    confirmed(desk)
    desk.done("cleared", 1)
    desk.done("address", "retire", A)
    server.behaviours[ZEN] = listing(A)
    before = desk.kept()
    desk.clock.later(days=1)
    desk.found(A, "-l", "pbl", "--once")
    assert desk.kept() == before


# Several lists in a zone, several zones of a list.


def test_lists_of_cases_that_share_a_zone_are_all_asked(make_desk: MakeDesk, server: FaultServer) -> None:
    heads = "".join(f'[lists.{key}]\nname = "{key}"\noperator = "Two"\nkind = "block"\n' for key in ("one", "two"))
    answers = '[zones."two.example"]\nanswers = { "127.0.0.2" = "one", "127.0.0.3" = "two" }\n'
    desk = make_desk(server.nameserver, f"{DECLARED}\n{heads}{answers}")
    server.behaviours["two.example"] = Lists({A: "127.0.0.2", B: "127.0.0.3"})
    for address, key in ((A, "one"), (A, "two"), (B, "two")):
        desk.done("observe", address, key, "listed")
    told = [(line["address"], line["list"], line["verdict"]) for line in desk.found("--no-wait")]
    told = [line for line in told if line[1] in ("one", "two")]
    assert told == [(A, "one", "listed"), (A, "two", "clear"), (B, "two", "listed")]


def test_a_reason_is_told_of_the_list_that_has_the_listing_only(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    found = {line["list"]: line for line in desk.found(A, "-l", "pbl", "-l", "sbl")}
    assert f"ip={A}" in found[PBL]["reason"]
    assert (found["spamhaus-sbl"]["verdict"], found["spamhaus-sbl"]["reason"]) == ("clear", None)


TWO_ZONES = DECLARED + '\n[zones."second.example"]\nanswers = { "127.0.0.2" = "example" }\n'


@pytest.mark.parametrize("second", [Refuses(), ServFails(), Empties()], ids=lambda each: type(each).__name__)
def test_a_list_of_two_zones_is_clear_only_if_both_say_so(
    make_desk: MakeDesk, server: FaultServer, second: Behaviour
) -> None:
    desk = make_desk(server.nameserver, TWO_ZONES)
    server.behaviours["second.example"] = second
    desk.done("submit", A, "-l", OTHER)
    assert desk.check(A, "-l", OTHER, "--once", "--exit-code").code == 11
    assert desk.state() == "submitted"
    server.behaviours["second.example"] = Lists()
    desk.found(A, "-l", OTHER, "--once")
    assert desk.state() == "cleared"


@pytest.mark.parametrize("terms", ["commercial = false", "queries_per_day = 1"])
def test_a_list_of_which_one_zone_was_not_asked_is_not_clear(
    make_desk: MakeDesk, server: FaultServer, terms: str
) -> None:
    desk = make_desk(server.nameserver, f'{TWO_ZONES}[zones."second.example".terms]\n{terms}\n')
    server.behaviours["second.example"] = Lists()
    desk.done("submit", A, "-l", OTHER)
    [line] = map(json.loads, desk.check(A, "-l", OTHER, "--once", "--json").out.splitlines())
    assert (line["verdict"], desk.state()) == ("unknown", "submitted")
    server.behaviours[BL] = listing(A, code="127.0.0.2")
    [line] = desk.found(A, "-l", OTHER, "--once")
    assert line["verdict"] == "listed"


# Whom to ask.


def codes_of(desk: Desk, address: str) -> list[str | None]:
    return [each["code"] for each in desk.done("show", address, "--json")["listings"]]


def test_of_an_entry_that_the_provider_keeps_the_text_is_for_the_provider(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A, code=PROVIDERS)
    [line] = desk.found(A, "-l", "pbl")
    assert (line["codes"], line["who"]) == ([PROVIDERS], "provider")
    assert codes_of(desk, A) == [PROVIDERS]
    assert "send it to: your provider" in desk("text", A, "-l", "pbl", *FACTS).err
    assert desk("text", A, "-l", "pbl", *FACTS, "--anyway").code == 0


def test_an_entry_of_the_lists_own_stops_nothing(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl")
    assert codes_of(desk, A) == [OURS]
    assert desk("text", A, "-l", "pbl", *FACTS).code == 0


# Findings are changes.


@pytest.mark.parametrize("listed", [True, False])
def test_ten_equal_runs_leave_one_sighting_and_ten_runs(desk: Desk, server: FaultServer, listed: bool) -> None:
    server.behaviours[ZEN] = listing(A) if listed else Lists()
    desk.done("observe", A, PBL, "listed" if listed else "clear")
    begun = desk.clock.at + timedelta(days=1)
    for _ in range(10):
        desk.clock.later(days=1)
        desk.found(A, "-l", "pbl")
    [(verdict, code, seen_at, last_at)] = desk.rows(
        "SELECT verdict, code, seen_at, last_at FROM sightings WHERE source = 'check'"
    )
    assert (verdict, code) == (("listed", OURS) if listed else ("clear", None))
    assert datetime.fromisoformat(seen_at) == begun
    assert datetime.fromisoformat(last_at) - begun >= timedelta(days=9)
    assert desk.rows("SELECT kind, count(*), count(finished_at) FROM runs GROUP BY 1") == [("check", 10, 10)]


def test_the_raw_answer_the_reason_and_the_resolver_are_kept(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(A)
    desk.found(A, "-l", "pbl")
    [(answer, reason, nameserver)] = desk.rows("SELECT answer, reason, nameserver FROM sightings")
    assert (answer, nameserver) == (OURS, server.nameserver)
    assert f"ip={A}" in reason


def test_a_listing_has_a_start_and_an_end(desk: Desk, server: FaultServer) -> None:
    for listed in (True, False, True):
        server.behaviours[ZEN] = listing(A) if listed else Lists()
        desk.clock.later(days=1)
        desk.found(A, "-l", "pbl")
    days = desk.rows("SELECT started_on, ended_on FROM listings ORDER BY id")
    assert days == [("2026-11-25", "2026-11-26"), ("2026-11-27", None)]


def test_what_a_check_cleared_can_be_undone_and_is_cleared_again_by_two_looks(desk: Desk) -> None:
    confirmed(desk)
    desk.found(A, "-l", "pbl")
    assert desk.state() == "cleared"
    desk.done("undo", 1)
    assert desk.state() == "confirmed"
    desk.clock.later(hours=1)
    again = desk.clock.at
    desk.found(A, "-l", "pbl", "--no-wait")
    assert desk.state() == "confirmed"
    desk.clock.later(hours=1)
    desk.found(A, "-l", "pbl", "--no-wait")
    record = desk.done("show", 1, "--json")
    assert (record["state"], record["cleared_at"]) == ("cleared", again.isoformat().replace("+00:00", "Z"))


# Terms.

LIMITED = DECLARED + '\n[zones."bl.example".terms]\nqueries_per_day = 5\n'
NOT_FOR_TRADE = DECLARED + '\n[zones."bl.example".terms]\ncommercial = false\n'
KEY = "SeCrEt4KeY26charactersLong"
KEYED = DECLARED.replace('[zones."bl.example"]\n', '[zones."bl.example"]\nkeyed = "{key}.bl.dq.example"\n')


def test_a_zone_is_asked_no_more_on_a_day_than_its_terms_allow(make_desk: MakeDesk, server: FaultServer) -> None:
    desk = make_desk(server.nameserver, LIMITED)
    [first] = desk.found(A, "-l", OTHER)
    assert (first["asked"], first["verdict"]) == (True, "clear")
    for hour in (1, 2, 20):
        desk.clock.at = NOW + timedelta(hours=hour)
        [line] = desk.found(B, "-l", OTHER)
        assert (line["asked"], line["why"], line["verdict"]) == (False, "terms", "unknown")
        assert asked_for(server, BL) == [A]
    desk.clock.at = NOW + timedelta(hours=21)
    [line] = desk.found(C, "-l", OTHER)
    assert (line["asked"], line["verdict"]) == (True, "clear")


@pytest.mark.parametrize("listed", [False, True])
def test_test_points_and_reasons_count_as_questions_of_the_day(
    make_desk: MakeDesk, server: FaultServer, listed: bool
) -> None:
    server.behaviours[BL] = listing(A, code="127.0.0.2") if listed else Lists()
    desk = make_desk(server.nameserver, LIMITED)
    for address in (A, B, C):
        desk.found(address, "-l", OTHER, "--no-wait")
    assert len([zone for zone, *_ in server.asked if zone == BL]) <= 5


def test_what_was_agreed_counts_before_the_terms(make_desk: MakeDesk, server: FaultServer) -> None:
    desk = make_desk(server.nameserver, LIMITED).using(Use(queries_per_day={OTHER: 1000}))
    for address in (A, B, C):
        [line] = desk.found(address, "-l", OTHER)
        assert line["asked"]
    assert asked_for(server, BL) == [A, B, C]


def test_a_zone_whose_terms_forbid_it_is_not_asked_at_all(make_desk: MakeDesk, server: FaultServer) -> None:
    server.behaviours[BL] = listing(A, code="127.0.0.2")
    desk = make_desk(server.nameserver, NOT_FOR_TRADE)
    assert desk.check(A, "-l", OTHER, "--exit-code").code == 0
    [line] = desk.found(A, "-l", OTHER)
    assert (line["asked"], line["why"], line["verdict"], line["nameserver"]) == (False, "terms", "unknown", None)
    assert "by hand" in desk.check(A, "-l", OTHER).err
    assert [zone for zone, *_ in server.asked if zone == BL] == []
    assert desk.rows("SELECT * FROM sightings") == []


@pytest.mark.parametrize("use", [Use(commercial=False), Use(registered=frozenset({OTHER}))])
def test_a_declared_use_that_the_terms_allow_lets_it_be_asked(
    make_desk: MakeDesk, server: FaultServer, use: Use
) -> None:
    desk = make_desk(server.nameserver, NOT_FOR_TRADE).using(use)
    [line] = desk.found(A, "-l", OTHER)
    assert (line["asked"], line["verdict"]) == (True, "clear")
    assert asked_for(server, BL) == [A]


@pytest.mark.parametrize("use", [Use(commercial=True), Use(registered=frozenset({PBL})), Use(keys={OTHER: KEY})])
def test_other_declarations_do_not(make_desk: MakeDesk, server: FaultServer, use: Use) -> None:
    desk = make_desk(server.nameserver, NOT_FOR_TRADE).using(use)
    [line] = desk.found(A, "-l", OTHER)
    assert (line["asked"], line["why"]) == (False, "terms")


# Keys.


@dataclass(frozen=True)
class TellsTheName:
    """A list whose reasons hold the name that was asked for: as asked, in lower case, or with the key as given."""

    inner: Behaviour
    how: str
    key: str

    def __call__(self, query: Query) -> list[Reply]:
        if query.qtype != "TXT":
            return list(self.inner(query))
        asked = query.question[:-4].decode("latin-1")
        name = "".join(letter if letter.isalnum() or letter == "-" else "." for letter in asked)
        told = {"as asked": name, "lower": name.lower(), "as given": name.lower().replace(self.key.lower(), self.key)}
        return [reply(query, answer=[Record("TXT", f'"see {told[self.how]} for help"')])]


def keyed_desk(make_desk: MakeDesk, server: FaultServer, key: str = KEY) -> tuple[Desk, str]:
    """A desk that asks a zone with a key, and the zone's name at the server."""
    config = make_desk(server.nameserver, KEYED)
    path = config.tools.places.config
    path.write_text(f'[use.keys]\nexample = "{key}"\n')
    return replace(config, tools=replace(config.tools, settings=settings.read(path))), f"{key.lower()}.bl.dq.example"


def told_by(desk: Desk) -> str:
    """Everything that a keyed check leaves: what it prints in each form, the export, and the database's bytes."""
    told = []
    forms: tuple[tuple[str, ...], ...] = (
        (),
        ("--json",),
        ("--verbose",),
        ("--changes",),
        ("--format", "nagios"),
        ("--format", "prometheus"),
    )
    for words in forms:
        desk.clock.later(hours=1)
        outcome = desk.check(A, B, "-l", OTHER, *words)
        told += [outcome.out, outcome.err]
    for words in (("show", A), ("export",), ("lists", OTHER), ("lists", "--probe", "--nameserver", desk.nameserver)):
        outcome = desk(*words)
        told += [outcome.out, outcome.err]
    files = [path for path in desk.tools.database.parent.glob("delist.db*") if path.is_file()]
    return "\n".join([*told, *(path.read_bytes().decode("latin-1") for path in files)])


@pytest.mark.parametrize("key", [KEY, "abc123"])
@pytest.mark.parametrize("how", ["as asked", "lower", "as given"])
def test_a_key_is_asked_with_and_told_nowhere(make_desk: MakeDesk, server: FaultServer, how: str, key: str) -> None:
    desk, zone = keyed_desk(make_desk, server, key)
    server.behaviours[zone] = TellsTheName(listing(A, code="127.0.0.2"), how, key)
    told = told_by(desk).lower()
    assert asked_for(server, zone)[:2] == [A, B]
    assert questions(server, BL) == []
    assert "for help" in told, "the reason is told"
    assert key.lower() not in told


@pytest.mark.parametrize("behaviour", [Silent(), Refuses(), TurnsAway("127.255.255.251")])
def test_a_key_is_told_nowhere_when_the_zone_fails(
    make_desk: MakeDesk, server: FaultServer, behaviour: Behaviour
) -> None:
    desk, zone = keyed_desk(make_desk, server)
    server.behaviours[zone] = behaviour
    failed = desk.check(A, "-l", OTHER)
    assert failed.code == 6
    as_json = desk.check(A, "-l", OTHER, "--json") if not isinstance(behaviour, Silent) else failed
    for outcome in (failed, as_json):
        assert KEY.lower() not in (outcome.out + outcome.err).lower()
    assert KEY.lower().encode() not in desk.tools.database.read_bytes().lower()


def test_a_key_is_not_in_a_traceback(make_desk: MakeDesk, server: FaultServer, home: Path) -> None:
    _, zone = keyed_desk(make_desk, server)
    server.behaviours[zone] = Lists()
    (home / "delist.db").write_bytes(b"no database" * 100)
    words = ("--debug", "check", A, "-l", OTHER, "--nameserver", server.nameserver)
    outcome = subprocess.run([sys.executable, "-m", "delist", *words], capture_output=True, text=True, check=False)
    assert outcome.returncode != 0
    assert "Traceback" in outcome.stderr
    assert KEY.lower() not in (outcome.stdout + outcome.stderr).lower()


# Runs that are stopped.

MANY = [f"203.0.113.{last}" for last in range(20, 26)]


@pytest.fixture
def stopped(desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A run over six addresses, two at a time, that was stopped after two of which one is listed."""
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 2)
    server.behaviours[ZEN] = listing(MANY[0])
    stop_after_one_part(desk, *MANY)
    assert asked_for(server, ZEN) == MANY[:2]
    server.asked.clear()
    return desk


def test_a_stopped_run_goes_on_where_it_was(stopped: Desk, server: FaultServer) -> None:
    outcome = stopped.check(*MANY, "-l", "pbl", "--resume", "--exit-code", "--no-wait")
    assert asked_for(server, ZEN) == [MANY[0], *MANY[2:]]
    assert outcome.code == 10
    assert "going on after 2 of 6 addresses" in outcome.err
    # What the first part had found is told again, with its way out, but counted once.
    assert MANY[0] in outcome.out
    assert outcome.out.splitlines()[-1] == "6 addresses, 1 list: 1 listed, 5 clear"
    assert stopped.rows("SELECT position, total, finished_at IS NULL FROM runs") == [(6, 6, 0)]


def test_a_stopped_run_tells_its_listings_again_whatever_kind_of_address_is_left(
    desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part that is left may hold only IPv6 addresses, and the one that is done IPv4."""
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 2)
    mixed = [*MANY[:2], "2001:db8::20", "2001:db8::21"]
    server.behaviours[ZEN] = listing(MANY[0])
    stop_after_one_part(desk, *mixed)
    outcome = desk.check(*mixed, "-l", "pbl", "--resume", "--exit-code", "--no-wait")
    assert (outcome.code, MANY[0] in outcome.out) == (10, True)
    assert outcome.out.splitlines()[-1] == "4 addresses, 1 list: 1 listed, 3 clear"


def test_a_run_that_breaks_in_the_middle_goes_on_with_resume(
    desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 2)
    server.behaviours[ZEN] = listing(MANY[3])

    def breaking() -> datetime:
        if len(asked_for(server, ZEN)) >= 4:
            raise RuntimeError("the clock broke")
        return desk.clock()

    broken = replace(desk, tools=replace(desk.tools, now=breaking))
    assert broken.check(*MANY, "-l", "pbl").code == 1
    [(position,)] = desk.rows("SELECT position FROM runs")
    assert 0 < position < 6
    server.asked.clear()
    assert desk.check(*MANY, "-l", "pbl", "--resume", "--exit-code", "--no-wait").code == 10
    assert set(asked_for(server, ZEN)) == {*MANY[position:], *(MANY[3:4] if position > 3 else [])}


def test_a_run_that_was_followed_by_a_whole_one_is_no_longer_gone_on_with(stopped: Desk, server: FaultServer) -> None:
    assert stopped.check(*MANY, "-l", "pbl", "--no-wait").code == 0
    server.asked.clear()
    outcome = stopped.check(*MANY, "-l", "pbl", "--resume", "--no-wait")
    assert "beginning anew" in outcome.err
    assert asked_for(server, ZEN) == MANY


def test_without_resume_a_stopped_run_is_named_and_all_are_asked(stopped: Desk, server: FaultServer) -> None:
    outcome = stopped.check(*MANY, "-l", "pbl", "--no-wait")
    assert "stopped after 2 of 6 addresses: --resume goes on" in outcome.err
    assert asked_for(server, ZEN) == MANY


@pytest.mark.parametrize(
    "words",
    [
        (*MANY[:5], "-l", "pbl"),
        (*MANY, "-l", "sbl"),
        (*MANY, "-l", "pbl", "-l", "sbl"),
        (*MANY, "-l", "pbl", "-l", OTHER),
    ],
)
def test_a_run_that_asks_something_else_does_not_go_on(
    stopped: Desk, server: FaultServer, words: tuple[str, ...]
) -> None:
    outcome = stopped.check(*words, "--resume", "--no-wait", "--json")
    told = [json.loads(line) for line in outcome.out.splitlines()]
    keys = [word for at, word in enumerate(words) if words[at - 1] == "-l"]
    addresses = [word for word in words if word in MANY]
    assert len(told) == len(keys) * len(addresses), outcome.err
    assert asked_for(server, ZEN) == addresses


def test_a_run_that_was_stopped_two_days_ago_is_not_gone_on_with(stopped: Desk, server: FaultServer) -> None:
    stopped.clock.later(days=2)
    assert "beginning anew" in stopped.check(*MANY, "-l", "pbl", "--resume", "--no-wait").err
    assert asked_for(server, ZEN) == MANY


def test_a_finished_run_is_not_gone_on_with(stopped: Desk, server: FaultServer) -> None:
    stopped.check(*MANY, "-l", "pbl", "--resume", "--no-wait")
    server.asked.clear()
    stopped.check(*MANY, "-l", "pbl", "--resume", "--no-wait")
    assert asked_for(server, ZEN) == MANY


# Several at once.


def test_two_processes_at_once_leave_one_case_and_one_episode(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ZEN] = listing(*MANY, ttl=1)
    words = ["check", *MANY, "-l", "pbl", "--nameserver", server.nameserver, "--exit-code"]
    command = [sys.executable, "-m", "delist", *words]
    pair = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate(timeout=30)[1] for process in pair]
    assert [process.returncode for process in pair] == [10, 10], errors
    for table in ("addresses", "cases", "listings", "sightings"):
        assert desk.rows(f"SELECT count(*) FROM {table}") == [(len(MANY),)]
    assert desk.rows("SELECT count(*), count(finished_at) FROM runs") == [(2, 2)]
    assert desk.rows("SELECT count(*) FROM looks") == [(0,)]
