"""What a check does at its limits: stopped runs, daily volumes, slow paces, unusable answers, records that fail."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from delist.actions.checking.outcome import Wish
from delist.actions.checking.run import begin
from delist.store import sqlite
from delist.tools import Tools
from tests.conftest import NOW, Outcome, Run, fine, refused
from tests.servers.faults import (
    Behaviour,
    Dies,
    Empties,
    FaultServer,
    Lists,
    Query,
    Record,
    Reply,
    ServFails,
    Silent,
    Truncates,
    reply,
)
from tests.test_check_records import TellsTheName
from tests.test_cli_check import (
    CODE,
    ONE,
    SIX,
    TWO,
    ZONES,
    A,
    B,
    Desk,
    Selective,
    addresses,
    changes,
    declared,
    listing,
    metrics,
    names,
    plugin,
)

MANY = [f"203.0.113.{last}" for last in range(20, 60)]
SIXES = [f"2001:db8::{last:x}" for last in range(1, 41)]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve all our zones, healthy and empty."""
    with FaultServer(dict.fromkeys(ZONES, Lists())) as server:
        yield server


@pytest.fixture
def desk(run: Run, tools: Tools, home: Path, server: FaultServer) -> Desk:
    """Somebody for whom `one` and `two` are asked by default."""
    return Desk(run, tools, home, server.nameserver).declaring(declared("one", "two"))


def last_line(outcome: Outcome) -> str:
    return outcome.out.splitlines()[-1]


def rows(desk: Desk, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(desk.tools.database)) as connection:
        return connection.execute(sql).fetchall()


def stop_after_one_part(desk: Desk, *asked: str, dry_run: bool = False) -> None:
    """Ask `one`, and be stopped before anything but the first part is done."""
    moving = replace(desk.tools, now=desk.clock, wait=desk.clock.wait)
    for _ in begin(moving, Wish(asked, ("one",), (desk.nameserver,), dry_run=dry_run)).parts():
        break


# A run that was stopped.

SOME = MANY[:6]


@pytest.fixture
def stopped(desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A run over six addresses, two at a time, that was stopped after two of which the first is listed."""
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 2)
    server.behaviours[ONE] = listing(SOME[0])
    stop_after_one_part(desk, *SOME)
    return desk


def test_resume_tells_the_listings_of_the_stopped_part_with_their_way_out(stopped: Desk) -> None:
    outcome = stopped.check(*SOME, "-l", "one", "--resume", "--no-wait")
    assert outcome.code == 0
    assert re.search(rf"^{re.escape(SOME[0])} +one +listed ", outcome.out, re.MULTILINE)
    assert f"one: delist text {SOME[0]} -l one, then https://one.example/remove" in outcome.out.splitlines()
    assert last_line(outcome) == "6 addresses, 1 list: 1 listed, 5 clear"


def test_resume_tells_the_listings_of_the_stopped_part_to_scripts(stopped: Desk) -> None:
    lines = stopped.lines(*SOME, "-l", "one", "--resume", "--no-wait")
    assert [line["address"] for line in lines] == [SOME[0], *SOME[2:]]
    assert [line["verdict"] for line in lines] == ["listed", *["clear"] * 4]


def test_resume_takes_the_second_looks_of_the_stopped_part_too(stopped: Desk) -> None:
    begun = stopped.clock.at
    outcome = stopped.check(*SOME, "-l", "one", "--resume")
    assert outcome.code == 0
    assert "1 finding would change the records" in outcome.err
    assert stopped.clock.at > begun
    assert re.search(rf"^{re.escape(SOME[0])} on one: listed \({CODE}\) since ", outcome.out, re.MULTILINE)
    assert outcome.out.count("6 addresses, 1 list: 1 listed, 5 clear") == 1
    assert rows(stopped, "SELECT count(*) FROM looks") == [(0,)]


def test_a_resumed_run_counts_the_listings_of_the_stopped_part_for_its_exit_code(stopped: Desk) -> None:
    assert stopped.check(*SOME, "-l", "one", "--resume", "--no-wait", "--exit-code").code == 10


def test_resume_counts_the_addresses_of_the_stopped_part_that_nobody_was_asked_about(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 1)
    moving = replace(desk.tools, now=desk.clock, wait=desk.clock.wait)
    for _ in begin(moving, Wish((SIX, A, B), ("two",), (desk.nameserver,))).parts():
        break
    outcome = desk.check(SIX, A, B, "-l", "two", "--resume")
    assert "going on after 1 of 3 addresses" in outcome.err
    assert last_line(outcome) == "3 addresses, 1 list: 2 clear; 1 address not asked about at all"


def test_resume_is_not_for_what_tells_the_whole(stopped: Desk, server: FaultServer) -> None:
    server.asked.clear()
    state, _, text = plugin(stopped, *SOME, "-l", "one", "--resume")
    assert (state, "--resume" in text) == ("UNKNOWN", True)
    outcome = stopped.check(*SOME, "-l", "one", "--resume", "--format", "prometheus")
    refused(outcome, 2, "--format prometheus", "--resume")
    assert server.asked == []


@pytest.mark.parametrize("words", [(), ("--json",), ("--changes",), ("--format", "nagios"), ("--once",)])
def test_a_whole_run_of_any_kind_after_the_stopped_one_ends_it(
    stopped: Desk, server: FaultServer, words: tuple[str, ...]
) -> None:
    stopped.check(*SOME, "-l", "one", *words)
    server.asked.clear()
    outcome = stopped.check(*SOME, "-l", "one", "--resume", "--no-wait")
    assert "no stopped run asked the same" in outcome.err
    assert addresses(server, ONE) == SOME


# More addresses than a list may be asked about in a day.

LIMIT = 20
THIS, THAT = "this.op.example", "that.op.example"
FITTING = LIMIT - 4
LIMITED = f'[zones."one.example".terms]\nqueries_per_day = {LIMIT}\n'
# The operator is the first word of a key.
TOGETHER = "".join(
    f'[lists.op-{key}]\nname = "{key}"\noperator = "Op"\nkind = "block"\ndefault = true\n\n'
    f'[zones."{zone}"]\nanswers = {{ "{CODE}" = "op-{key}" }}\n\n'
    f'[zones."{zone}".terms]\nqueries_per_day = {LIMIT}\n\n'
    for key, zone in (("this", THIS), ("that", THAT))
)


@pytest.fixture
def limited(desk: Desk) -> Desk:
    """Somebody who may ask `one` twenty times a day, test points and all."""
    return desk.declaring(declared("one", more=LIMITED))


def arrived(*servers: FaultServer, zones: Sequence[str] = (ONE,)) -> int:
    """How many questions to some zones arrived anywhere."""
    return sum(zone in zones for server in servers for zone, *_ in server.asked)


def counted(desk: Desk) -> int:
    """How many questions of this day are on record."""
    [(count,)] = rows(desk, "SELECT coalesce(sum(queries), 0) FROM asked")
    assert isinstance(count, int)
    return count


def test_as_many_are_asked_as_fit_and_the_rest_is_told_to_scripts(limited: Desk, server: FaultServer) -> None:
    lines = limited.lines(*MANY)
    assert addresses(server, ONE) == MANY[:FITTING]
    assert arrived(server) == counted(limited) == LIMIT
    told, left = lines[:FITTING], lines[FITTING:]
    assert [line["address"] for line in lines] == MANY
    assert {(line["verdict"], line["asked"], line["why"]) for line in told} == {("clear", True, None)}
    assert {(line["verdict"], line["asked"], line["why"]) for line in left} == {("unknown", False, "terms")}
    assert {line["nameserver"] for line in left} == {None}


def test_the_rest_is_told_to_people(limited: Desk) -> None:
    outcome = limited.check(*MANY)
    summary = (
        f"40 addresses, 1 list: {FITTING} clear; 1 list not asked, or not about all, for the terms of use;"
        f" {40 - FITTING} addresses not asked about at all"
    )
    assert outcome.out.splitlines() == [summary]
    [told] = outcome.err.splitlines()
    assert f"one (as often as allowed today, {40 - FITTING} left out)" in told


def test_the_rest_is_told_to_monitoring(limited: Desk) -> None:
    outcome = limited.check(*MANY, "--format", "prometheus", "--dry-run")
    found = metrics(outcome.out)
    assert found["delist_not_asked"] == {("one", "terms"): 40 - FITTING}
    assert found["delist_findings"] == {("one", "clear"): FITTING}
    assert set(found["delist_address_listed"]) == {(address, "") for address in MANY[:FITTING]}


def test_a_plugin_says_that_some_were_not_asked_about(limited: Desk) -> None:
    state, data, text = plugin(limited, *MANY)
    assert (state, data["not_asked"].partition(";")[0]) == ("UNKNOWN", "1")
    assert f"no list was asked about {40 - FITTING} (terms)" in text


def test_what_was_left_out_is_asked_on_the_next_day(limited: Desk, server: FaultServer) -> None:
    limited.check(*MANY)
    server.asked.clear()
    assert {line["asked"] for line in limited.lines(*MANY[FITTING:][:FITTING])} == {False}
    assert arrived(server) == 0
    limited.clock.at = NOW + timedelta(days=1)
    assert {line["verdict"] for line in limited.lines(*MANY[FITTING:][:FITTING])} == {"clear"}


Way = Callable[[Desk, FaultServer], object]


def _twice(desk: Desk, server: FaultServer) -> None:
    for _ in range(2):
        desk.check(*MANY)


def _listed(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(*MANY)
    desk.check(*MANY)


def _few_listed(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(*MANY[:3])
    desk.check(*MANY[:8])


def _both_versions(desk: Desk, server: FaultServer) -> None:
    desk.check(*MANY[:20], *SIXES[:20])


def _dry_runs(desk: Desk, server: FaultServer) -> None:
    for _ in range(3):
        desk.check(*MANY[:8], "--dry-run")


def _probes(desk: Desk, server: FaultServer) -> None:
    for _ in range(4):
        desk("lists", "--probe", "one", "--nameserver", server.nameserver)
    desk.check(*MANY)


def _interrupted(desk: Desk, server: FaultServer) -> None:
    for _ in range(3):
        stop_after_one_part(desk, *MANY[:10])


def _interrupted_dry_runs(desk: Desk, server: FaultServer) -> None:
    for _ in range(3):
        stop_after_one_part(desk, *MANY[:10], dry_run=True)


def _cut_off(desk: Desk, server: FaultServer) -> None:
    """Control-C while answers come in."""

    def ticking(count: int) -> None:
        raise KeyboardInterrupt

    for dry_run in (False, True, False):
        run = begin(desk.tools, Wish(tuple(MANY[:4]), ("one",), (desk.nameserver,), dry_run=dry_run))
        with suppress(KeyboardInterrupt):
            list(run.parts(ticking))


def _going_bad(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Dies(Lists(), after=2 + FITTING, then=Empties())
    with pytest.MonkeyPatch.context() as small:
        small.setattr("delist.actions.checking.run.CHUNK", FITTING)
        desk.check(*MANY)


def _odd(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Selective(Lists(), Empties())
    desk.check(*MANY, "--once")


def _truncated(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Truncates(listing(*MANY[:3]))
    desk.check(*MANY)


def _failing(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Selective(Lists(), ServFails())
    desk.check(*MANY)


WAYS: dict[str, Way] = {
    "a second run": _twice,
    "reasons of many": _listed,
    "reasons of few": _few_listed,
    "both IP versions": _both_versions,
    "dry runs": _dry_runs,
    "probes": _probes,
    "stopped runs": _interrupted,
    "stopped dry runs": _interrupted_dry_runs,
    "runs cut off by Control-C": _cut_off,
    "a list that goes bad": _going_bad,
    "a list that answers oddly": _odd,
    "failures that may pass": _failing,
    "answers that need a second question over TCP": _truncated,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_list_is_never_asked_more_often_than_it_may_be(limited: Desk, server: FaultServer, way: Way) -> None:
    way(limited, server)
    assert LIMIT // 2 < arrived(server) <= LIMIT
    assert counted(limited) == arrived(server)


@pytest.mark.parametrize("listed", [0, 3, 40])
def test_zones_of_one_operator_share_the_daily_volume(desk: Desk, server: FaultServer, listed: int) -> None:
    server.behaviours |= {THIS: listing(*MANY[:listed]), THAT: listing(*MANY[:listed])}
    both = desk.declaring(declared(more=TOGETHER))
    lines = both.lines(*MANY, "--no-wait")
    count = arrived(server, zones=(THIS, THAT))
    assert LIMIT // 2 < count <= LIMIT
    assert counted(both) == count
    left = [line for line in lines if not line["asked"]]
    assert {(line["why"], line["verdict"]) for line in left} == {("terms", "unknown")}
    assert len(lines) - len(left) == len(addresses(server, THIS)) + len(addresses(server, THAT)) > 0


@pytest.mark.parametrize("first", [Silent(), Empties()], ids=["silent", "empty"])
def test_a_first_name_server_that_cannot_tell_counts_for_the_daily_volume(
    limited: Desk, server: FaultServer, first: Behaviour
) -> None:
    with FaultServer({ONE: first, "invalid": Empties()}) as bad:
        limited("check", *MANY, "--nameserver", bad.nameserver, "--nameserver", server.nameserver)
        assert arrived(bad) > 0
        assert arrived(bad, server) <= LIMIT
    assert counted(limited) <= LIMIT


@pytest.mark.parametrize("seed", range(1, 4))
def test_questions_that_are_lost_and_repeated_count_for_the_daily_volume(limited: Desk, seed: int) -> None:
    with FaultServer({ONE: Lists(), "invalid": Empties()}, seed=seed, loss=0.3) as lossy:
        lines = limited("check", *MANY, "--nameserver", lossy.nameserver, "--json").out.splitlines()
        assert arrived(lossy) <= LIMIT
    assert counted(limited) <= LIMIT
    assert len(lines) == len(MANY)


# Addresses of which nobody told anything.


def test_metrics_have_no_sample_for_an_address_of_which_no_list_told_anything(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Selective(Lists(), OnlyAAAA())
    found = metrics(desk.check(A, SIX, "--format", "prometheus", "--dry-run").out)
    # `two` tells of IPv4 alone.
    assert found["delist_address_listed"] == {(A, ""): 0}
    assert found["delist_address_untold"] == {(A, ""): 1, (SIX, ""): 1}
    [(key, why)] = found["delist_not_asked"]
    assert (key, "IPv6" in why) == ("two", True)


def test_metrics_of_a_silenced_list_show_no_nought(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: Empties(), TWO: Empties()}
    outcome = desk.check(A, B, "--format", "prometheus")
    assert outcome.code == 6
    found = metrics(outcome.out)
    assert "delist_address_listed" not in found
    assert found["delist_address_untold"] == {(A, ""): 2, (B, ""): 2}


def test_a_plugin_does_not_call_an_address_ok_about_which_nobody_was_asked(desk: Desk, server: FaultServer) -> None:
    state, data, text = plugin(desk, A, SIX, "-l", "two")
    assert (state, "no list was asked about 1" in text, "IPv6" in text) == ("UNKNOWN", True, True)
    assert data["clear"].partition(";")[0] == "1"
    assert plugin(desk, A, "-l", "two")[0] == "OK"
    # A listing counts more.
    server.behaviours[TWO] = listing(A)
    assert plugin(desk, A, SIX, "-l", "two", "--dry-run")[0] == "CRITICAL"


def test_the_summary_counts_lists_that_were_asked_and_addresses_that_nobody_was_asked_about(desk: Desk) -> None:
    told = last_line(desk.check(A, SIX, "-l", "two"))
    assert told == "2 addresses, 1 list: 1 clear; 1 address not asked about at all"
    assert last_line(desk.check(SIX)) == "1 address, 1 list: 1 clear"
    assert last_line(desk.check(A, SIX)) == "2 addresses, 2 lists: 3 clear"


# Answers that have no address.


@dataclass(frozen=True)
class OnlyAAAA:
    """An IPv6 address where one for IPv4 was asked for."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [reply(query, answer=[Record("AAAA", "2001:db8::2")])]


@dataclass(frozen=True)
class OtherOwner:
    """The record of another name."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        return [reply(query, answer=[Record("A", CODE, owner=f"other.{query.zone}.")])]


@dataclass(frozen=True)
class ClassChaos:
    """A record of another class than the Internet's."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        whole = reply(query, answer=[Record("A", CODE)]).wire
        # Behind the question: a pointer to the name and the type, of two octets each, then the class.
        at = 12 + len(query.question) + 4
        return [Reply(whole[:at] + b"\0\3" + whole[at + 2 :])]


@pytest.mark.parametrize("odd", [OnlyAAAA(), OtherOwner(), ClassChaos()], ids=lambda each: type(each).__name__)
def test_an_answer_without_an_address_is_not_clear_and_clears_no_request(
    desk: Desk, server: FaultServer, odd: Behaviour
) -> None:
    fine(desk("submit", A, "-l", "one"))
    server.behaviours[ONE] = Selective(Lists(), odd)
    for words in ((), ("--no-wait",), ("--once",)):
        desk.clock.later()
        [line] = desk.lines(A, "-l", "one", *words, code=6)
        assert (line["verdict"], line["asked"], line["codes"]) == ("unknown", True, [])
        assert line["why"]
    assert fine(desk("show", 1, "--json"))["state"] in ("submitted", "confirmed")
    server.behaviours[ONE] = Lists()
    desk.clock.later()
    desk.lines(A, "-l", "one", "--once")
    assert fine(desk("show", 1, "--json"))["state"] == "cleared"


# Only changes.


def test_a_list_that_cannot_tell_from_the_first_run_on_is_told_once(desk: Desk, server: FaultServer) -> None:
    fine(desk("address", "add", A))
    server.behaviours[TWO] = Empties()
    [line] = changes(desk)
    assert line.startswith("two.example cannot tell: ")
    assert changes(desk) == []
    server.behaviours[TWO] = Lists()
    assert changes(desk) == ["two.example can be asked again"]
    assert changes(desk) == []


@pytest.mark.parametrize("words", [(), ("--json",), ("--format", "nagios"), ("--format", "prometheus")])
def test_a_persons_check_in_between_swallows_no_news(desk: Desk, server: FaultServer, words: tuple[str, ...]) -> None:
    fine(desk("address", "add", A))
    assert changes(desk) == []
    server.behaviours[TWO] = Empties()
    desk.clock.later()
    assert desk.check(*words).code in (0, 3)
    [line] = changes(desk)
    assert line.startswith("two.example cannot tell: ")
    server.behaviours[TWO] = Lists()
    desk.clock.later()
    assert desk.check(*words).code == 0
    assert changes(desk) == ["two.example can be asked again"]
    assert changes(desk) == []


def test_a_list_that_cannot_tell_from_the_first_run_on_is_told_to_scripts(desk: Desk, server: FaultServer) -> None:
    server.behaviours[TWO] = Empties()
    outcome = desk.check(A, "--changes", "--json")
    [line] = map(json.loads, outcome.out.splitlines())
    assert (line["zone"], line["change"]) == (TWO, "cannot-tell")
    assert line["reason"].startswith("dead-empty")
    assert desk.check(A, "--changes", "--json").out == ""


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_change_is_told_as_soon_as_it_is_recorded(
    desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Whatever ends the run: the next one does not tell it again."""
    monkeypatch.setattr("delist.actions.checking.run.CHUNK", 1)
    server.behaviours[ONE] = listing(A, B)
    assert desk.check(A, B, "-l", "one", "--no-wait").code == 0
    desk.clock.later()
    server.asked.clear()

    def breaking() -> datetime:
        if B in addresses(server, ONE):
            raise RuntimeError("the clock broke")
        return desk.clock()

    tools = replace(desk.tools, now=breaking, wait=desk.clock.wait)
    named = ("check", A, B, "-l", "one", "--changes", "--nameserver", desk.nameserver, *words)
    outcome = desk.run_(*named, with_tools=tools)
    assert outcome.code == 1
    [line] = outcome.out.splitlines()
    assert A in line
    assert rows(desk, "SELECT count(*) FROM listings") == [(1,)]
    # The other one's change is the next run's news.
    [line] = changes(desk, A, B, "-l", "one", *words)
    assert B in line


def test_quiet_changes_say_in_one_sentence_that_nothing_could_be_told(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= {ONE: Empties(), TWO: Empties()}
    assert desk.check(A, "--changes", "--exit-code").code == 11
    outcome = desk.check(A, "--changes", "--exit-code")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (11, "", 1)
    assert "no list could tell anything: dead-empty" in outcome.err
    # What one list still tells is not nothing.
    server.behaviours[ONE] = Lists()
    desk.check(A, "--changes")
    assert desk.check(A, "--changes", "--exit-code") == Outcome(11, "", "")


# A slow pace.


def asking(desk: Desk, count: int, *keys: str) -> int:
    """How many addresses a run over so many asks in one part."""
    given = tuple(f"2001:db8::{at:x}" for at in range(count))
    return begin(desk.tools, Wish(given, keys, (desk.nameserver,)))._size()


@pytest.mark.parametrize(
    ("config", "terms", "most"),
    [
        ("[dns]\nqueries_per_second = 20\n", "", 20 * 30),
        ("[dns]\nqueries_per_second = 1\n", "", 30),
        ("", "queries_per_second = 5\n", 5 * 30),
        ("", "queries_per_second = 0.1\n", 16),
        ("[dns]\nqueries_per_second = 1000\n", "queries_per_second = 2\n", 2 * 30),
    ],
)
def test_a_slow_pace_makes_parts_of_some_seconds(desk: Desk, config: str, terms: str, most: int) -> None:
    more = f'[zones."one.example".terms]\n{terms}' if terms else ""
    slow = desk.declaring(declared("one", "two", more=more)).configured(config)
    assert 1 <= asking(slow, 5000, "one") <= most
    assert asking(desk, 5000, "one") > 1000


def test_a_run_at_a_slow_pace_that_is_stopped_soon_has_kept_its_position(
    desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delist.actions.checking.run._SECONDS", 0.4)
    slow = desk.declaring(declared("one", more='[zones."one.example".terms]\nqueries_per_second = 50\n'))
    stop_after_one_part(slow, *MANY)
    [(position, total)] = rows(slow, "SELECT position, total FROM runs")
    assert (0 < int(str(position)) < 40, total) == (True, 40)
    assert len(addresses(server, ONE)) == position


# Records that fail.


@dataclass(frozen=True)
class Spoils:
    """The inner behaviour; but when an address is asked for, the database has become something else."""

    inner: Behaviour
    path: Path

    def __call__(self, query: Query) -> Sequence[Reply]:
        if not query.name.endswith(".0.0.127"):
            self.path.write_bytes(b"no database" * 1000)
        return self.inner(query)


@dataclass(frozen=True)
class Locks:
    """The inner behaviour; but when an address is asked for, another program keeps the database to itself."""

    inner: Behaviour
    other: sqlite3.Connection

    def __call__(self, query: Query) -> Sequence[Reply]:
        if not query.name.endswith(".0.0.127") and not self.other.in_transaction:
            self.other.execute("BEGIN EXCLUSIVE")
        return self.inner(query)


@pytest.fixture(params=["spoilt", "locked"])
def unwritable(
    request: pytest.FixtureRequest, desk: Desk, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """Somebody with a listed address, whose database fails in the middle of each run."""
    assert desk.check(B, "-l", "one").code == 0
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    if request.param == "spoilt":
        server.behaviours[ONE] = Spoils(listing(A), desk.tools.database)
        yield desk
        return
    connection = sqlite3.connect(desk.tools.database, check_same_thread=False, isolation_level=None)
    with closing(connection) as other:
        server.behaviours[ONE] = Locks(listing(A), other)
        yield desk


FORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "people": ((), rf"(?m)^{re.escape(A)} +one +listed "),
    "scripts": (("--json",), rf'"address": "{re.escape(A)}", "list": "one", "verdict": "listed"'),
    "metrics": (("--format", "prometheus"), rf'delist_listing{{address="{re.escape(A)}",list="one",site=""}} 1.0'),
}


@pytest.mark.parametrize(("words", "told"), FORMS.values(), ids=FORMS)
def test_what_was_found_is_told_where_it_cannot_be_recorded(
    unwritable: Desk, words: tuple[str, ...], told: str
) -> None:
    outcome = unwritable.check(A, B, "-l", "one", *words)
    assert outcome.code in (3, 6)
    assert re.search(told, outcome.out)
    [sentence] = [line for line in outcome.err.splitlines() if line.startswith("delist: ")]
    assert "what was found is told above" in sentence


def test_a_plugin_is_critical_also_where_nothing_can_be_recorded(unwritable: Desk) -> None:
    outcome = unwritable.check(A, B, "-l", "one", "--format", "nagios")
    assert (outcome.code, outcome.out.count("\n")) == (2, 1)
    assert outcome.out.startswith(f"DNSBL CRITICAL - listed: {A} on one")


# The way out, and the moment of a change.


def test_the_way_out_of_a_listing_with_an_open_request_is_to_wait_for_it(desk: Desk, server: FaultServer) -> None:
    fine(desk("submit", A, "-l", "one"))
    server.behaviours[ONE] = listing(A, B)
    assert f"one: request 1 for {A} is open" in desk.check(A, "--dry-run").out.splitlines()
    assert f"one: delist text {B} -l one, then https://one.example/remove" in desk.check(B, "--dry-run").out
    fine(desk("withdraw", 1))
    assert f"one: delist text {A} -l one" in desk.check(A, "--dry-run").out


@pytest.mark.parametrize(("days", "is_first"), [(1, True), (6, True), (8, False), (200, False)])
def test_two_equal_looks_far_apart_flip_with_the_second_ones_moment(
    desk: Desk, server: FaultServer, days: int, is_first: bool
) -> None:
    server.behaviours[ONE] = listing(A)
    first = desk.clock.at
    desk.lines(A, "-l", "one", "--no-wait")
    desk.clock.at += timedelta(days=days)
    outcome = desk.check(A, "-l", "one", "--changes", "--json", "--no-wait")
    [line] = map(json.loads, outcome.out.splitlines())
    moment = first if is_first else desk.clock.at
    assert (line["change"], line["since_at"]) == ("listed", moment.isoformat().replace("+00:00", "Z"))


# Many silent lists.


def a_list(key: str) -> str:
    return (
        f'[lists.{key}]\nname = "{key}"\noperator = "{key}"\nkind = "block"\ndefault = true\n\n'
        f'[zones."{key}.test"]\nanswers = {{ "{CODE}" = "{key}" }}\n\n'
    )


@pytest.mark.parametrize(("silent", "good"), [(300, 1), (130, 10)])
def test_good_lists_are_told_beside_hundreds_of_silent_ones_and_in_time(
    desk: Desk, server: FaultServer, silent: int, good: int
) -> None:
    dead, alive = [f"dead-{at}" for at in range(silent)], [f"good-{at}" for at in range(good)]
    many = desk.declaring(declared(more="".join(map(a_list, [*dead, *alive]))))
    server.behaviours = {f"{key}.test": Silent() for key in dead} | {f"{key}.test": listing(A) for key in alive}
    server.behaviours["invalid"] = Empties()
    begun = time.monotonic()
    outcome = many.check(A, "--json", "--dry-run")
    assert time.monotonic() - begun < 15
    assert outcome.code == 0
    found = {line["list"]: line["verdict"] for line in map(json.loads, outcome.out.splitlines())}
    assert found == {**dict.fromkeys(dead, "unknown"), **dict.fromkeys(alive, "listed")}


# Which addresses.


def test_expand_makes_addresses_of_own_and_of_recorded_networks(desk: Desk) -> None:
    own = desk.configured('[own]\naddresses = ["203.0.113.0/30"]\n')
    words = ("--expand", "-l", "one", "--dry-run")
    assert [line["address"] for line in own.lines(*words)] == [f"203.0.113.{last}" for last in range(4)]
    refused(own.check(*words, "--limit", "3"), 2, "3")
    fine(own("address", "add", "198.51.100.8/31"))
    assert [line["address"] for line in own.lines(*words)] == ["198.51.100.8", "198.51.100.9"]


@pytest.mark.parametrize(("line", "wrong"), [(3, "mail.example.org"), (2, "203.0.113.300"), (4, "10.1.2.3")])
def test_a_wrong_word_of_a_file_is_named_with_its_line(
    desk: Desk, server: FaultServer, tmp_path: Path, line: int, wrong: str
) -> None:
    lines = [A, B, "", "# the end"]
    lines[line - 1] = f"{A} {wrong}  # a comment"
    path = tmp_path / "relays.txt"
    path.write_text("\ufeff" + "\n".join(lines) + "\n")
    refused(desk.check("-f", path), 2, f"{path}, line {line}: ", wrong)
    assert server.asked == []


def test_a_byte_order_mark_is_no_part_of_an_address(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "relays.txt"
    path.write_bytes(b"\xef\xbb\xbf" + f"{A}\r\n{B}\r\n".encode())
    assert [line["address"] for line in desk.lines("-f", path, "-l", "one", "--dry-run")] == [A, B]
    assert [line["address"] for line in desk.lines("-", "-l", "one", stdin=f"\ufeff{A}\n")] == [A]


def test_by_hand_names_every_list_also_those_without_a_page(desk: Desk) -> None:
    many = desk.declaring(declared("one", "two", "mild", "zen-spam"))
    rows_of = {line.split()[0]: line for line in many.check("--by-hand", A).out.splitlines() if line}
    assert {"one", "two", "mild", "zen-spam"} <= set(rows_of)
    assert "no page is known: search for Mild" in rows_of["mild"]
    told = json.loads(many.check("--by-hand", A, "--json").out)
    pages = {page["list"]: page["url"] for page in told["pages"]}
    assert (pages["one"], pages["two"], pages["mild"]) == (
        f"https://one.example/look?ip={A}",
        "https://two.example/faq",
        None,
    )


@pytest.mark.parametrize("words", [("--json",), ("--verbose",), ()])
def test_a_reader_that_has_seen_enough_is_no_failure(
    desk: Desk, server: FaultServer, home: Path, words: tuple[str, ...]
) -> None:
    """As with `| head -1`: nobody reads any more, long before everything is printed."""
    network = "203.0.112.0/21"
    asked = ["check", network, "--expand", "-l", "one", "--dry-run", "--nameserver", server.nameserver, *words]
    reads, writes = os.pipe()
    os.close(reads)
    with open(writes, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "delist", *asked], stdout=closed, stderr=subprocess.PIPE, text=True, timeout=30
        )
    assert (done.returncode, done.stderr) == (0, "")


# Reasons.


@pytest.mark.parametrize("address", [A, SIX])
def test_a_reason_that_repeats_the_name_is_the_same_in_each_run(desk: Desk, server: FaultServer, address: str) -> None:
    """The letters of a zone are asked in a case left to chance, against forgers; that is nobody's news."""
    server.behaviours[ONE] = TellsTheName(listing(address), "as asked", "")
    reasons = {line["reason"] for _ in range(4) for line in desk.lines(address, "-l", "one", "--dry-run")}
    assert len(reasons) == 1
    assert ".one.example" in reasons.pop()
    assert names(server, ONE, "TXT")
