"""What checking keeps and asks of the store: sightings seen again, waiting looks, runs, counts, who is concerned."""

import ipaddress
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from delist.actions import addresses, moves, observing, submitting
from delist.actions.desk import Desk, settle, writing
from delist.actions.submitting import Submission
from delist.errors import DelistError
from delist.rules.history import Event
from delist.rules.listings import Look, Seen, Sighting, SightingSource
from delist.rules.moments import Moment
from delist.store import casefiles, checks, reads, where, writes
from delist.store.engine import run_with
from delist.store.where import Where
from delist.tools import Tools
from tests.builders import moment
from tests.conftest import NOW, Run, fine

A, B, C, D = "203.0.113.7", "203.0.113.8", "198.51.100.25", "2001:db8::25"
LATER = NOW + timedelta(minutes=5)
LOOK = Look(Seen.LISTED, ("127.0.0.2", "127.0.0.10"), "127.0.0.2 127.0.0.10", "see example.org", NOW, LATER, "[::1]:53")


@pytest.fixture
def desk(tools: Tools) -> Iterator[Desk]:
    """A writing desk on an empty database."""
    with writing(tools) as opened:
        yield opened


def a_case(desk: Desk, address: str = A, key: str = "spamhaus-pbl") -> int:
    known = reads.address(desk.tx, address)
    address_id = known.id if known else writes.add_address(desk.tx, desk.uid(), address, NOW)
    return writes.add_case(desk.tx, address_id, key)


def a_sighting(desk: Desk, case_id: int, when: str = "2026-11-01 10:00", seen: Seen = Seen.LISTED) -> Sighting:
    found = Sighting(
        desk.uid(), seen, moment(when), SightingSource.CHECK, "127.0.0.2", "spam", None, None, "127.0.0.2", "[::1]:53"
    )
    writes.add_sighting(desk.tx, case_id, found)
    return found


# --- sightings that are seen again -------------------------------------------------------------


def test_a_sighting_comes_back_as_it_was_kept(desk: Desk) -> None:
    case_id = a_case(desk)
    found = a_sighting(desk, case_id)
    assert reads.sightings(desk.tx, case_id) == [found]


@pytest.mark.parametrize(
    ("looks", "last"),
    [
        (["2026-11-02 10:00"], "2026-11-02 10:00"),
        (["2026-11-02 10:00", "2026-11-09 10:00"], "2026-11-09 10:00"),
        (["2026-11-09 10:00", "2026-11-02 10:00"], "2026-11-09 10:00"),
        (["2026-11-01 10:00"], None),
        (["2026-10-01 10:00"], None),
        (["2026-11-01"], "2026-11-01"),
        (["2026-11-02", "2026-11-02 10:00"], "2026-11-02"),
        (["2026-11-02 10:00", "2026-11-02"], "2026-11-02"),
    ],
)
def test_the_latest_look_moves_forward_only(desk: Desk, looks: list[str], last: str | None) -> None:
    case_id = a_case(desk)
    uid = a_sighting(desk, case_id).uid
    for when in looks:
        before = reads.sightings(desk.tx, case_id)
        moved = writes.extend_sighting(desk.tx, uid, moment(when), None, None)
        assert moved == (reads.sightings(desk.tx, case_id) != before)
    [found] = reads.sightings(desk.tx, case_id)
    assert found.last == (moment(last) if last else None)


def test_a_later_look_brings_its_answer_and_what_it_does_not_say_stays(desk: Desk) -> None:
    case_id = a_case(desk)
    uid = a_sighting(desk, case_id).uid
    writes.extend_sighting(desk.tx, uid, moment("2026-11-02 10:00"), "127.0.0.2 127.0.0.3", "127.0.0.1:53", "more spam")
    writes.extend_sighting(desk.tx, uid, moment("2026-11-03 10:00"), None, None)
    writes.extend_sighting(desk.tx, uid, moment("2026-11-01 12:00"), "127.0.0.9", "127.0.0.9:53", "old")
    [found] = reads.sightings(desk.tx, case_id)
    assert (found.answer, found.nameserver, found.reason) == ("127.0.0.2 127.0.0.3", "127.0.0.1:53", "more spam")
    assert (found.moment, found.last) == (moment("2026-11-01 10:00"), moment("2026-11-03 10:00"))


def test_only_the_sighting_that_is_meant_is_extended(desk: Desk) -> None:
    case_id = a_case(desk)
    first, second = a_sighting(desk, case_id), a_sighting(desk, case_id)
    writes.extend_sighting(desk.tx, second.uid, moment("2026-11-02 10:00"), None, None)
    assert reads.sightings(desk.tx, case_id)[0] == first
    assert not writes.extend_sighting(desk.tx, "nobody", moment("2026-11-02 10:00"), None, None)


def test_a_listing_episode_keeps_until_when_it_was_seen(tools: Tools, run: Run) -> None:
    with writing(tools) as desk:
        case_id = a_case(desk)
        uid = a_sighting(desk, case_id).uid
        writes.extend_sighting(desk.tx, uid, moment("2026-11-09 10:00"), None, None)
        [case] = reads.cases_at(desk.tx, [A])
        settle(desk, case)
        [episode] = reads.listings(desk.tx, case_id)
        assert (episode.started, episode.last) == (moment("2026-11-01 10:00"), moment("2026-11-09 10:00"))
    [listing] = fine(run("show", A, "--json"))["listings"]
    assert (listing["started_at"], listing["last_seen_at"]) == ("2026-11-01T01:00:00Z", "2026-11-09T01:00:00Z")


# --- looks, runs, counts -----------------------------------------------------------------------


@pytest.mark.parametrize("look", [LOOK, Look(Seen.CLEAR, (), None, None, NOW, LATER, None)])
def test_a_waiting_look_comes_back_as_it_was_kept(desk: Desk, look: Look) -> None:
    tx = desk.tx
    assert checks.looks_at(tx, [A]).get((A, "spamcop")) is None
    writes.save_look(tx, A, "spamcop", LOOK)
    writes.save_look(tx, A, "spamcop", look)
    assert checks.looks_at(tx, [A]).get((A, "spamcop")) == look
    assert checks.looks_at(tx, [A, B]) == {(A, "spamcop"): look}
    writes.drop_look(tx, B, "spamcop")
    writes.drop_look(tx, A, "barracuda")
    assert checks.looks_at(tx, [A]).get((A, "spamcop")) == look
    writes.drop_look(tx, A, "spamcop")
    assert checks.looks_at(tx, [A, B]) == {}


def test_looks_wait_for_each_address_and_list_apart(desk: Desk) -> None:
    clear = Look(Seen.CLEAR, (), None, None, NOW, LATER, None)
    kept = {(A, "spamcop"): LOOK, (A, "barracuda"): clear, (D, "spamcop"): clear}
    for (address, key), look in kept.items():
        writes.save_look(desk.tx, address, key, look)
    assert checks.looks_at(desk.tx, [D, A, B]) == kept
    assert checks.looks_at(desk.tx, [A, A]) == {pair: look for pair, look in kept.items() if pair[0] == A}
    assert checks.looks_at(desk.tx, []) == {}


def test_a_waiting_look_concerns_recorded_addresses_only_with_a_case_or_without(desk: Desk) -> None:
    a_case(desk, A, "spamcop")
    a_case(desk, B, "spamcop")
    for address, key in ((A, "spamcop"), (A, "barracuda"), (C, "spamcop"), (D, "barracuda")):
        writes.save_look(desk.tx, address, key, LOOK)
    writes.add_address(desk.tx, desk.uid(), C, NOW)
    assert checks.addresses_concerned(desk.tx, NOW) == [C, A]
    assert checks.lists_of(desk.tx) == {C: ["spamcop"], A: ["barracuda", "spamcop"]}
    assert checks.lists_of(desk.tx, [A, B, D]) == {A: ["barracuda", "spamcop"]}


def test_forgetting_an_address_takes_its_waiting_looks_along(tools: Tools, run: Run) -> None:
    with writing(tools) as desk:
        a_case(desk, A)
        for address, key in ((A, "spamhaus-pbl"), (A, "spamcop"), (B, "spamcop"), (D, "spamcop")):
            writes.save_look(desk.tx, address, key, LOOK)
    assert run("address", "forget", A, "--yes").code == 0
    assert run("address", "forget", "2001:DB8:0::25", "--yes").code == 0
    with closing(sqlite3.connect(tools.database)) as connection:
        assert connection.execute("SELECT address, list_key FROM looks").fetchall() == [(B, "spamcop")]
        assert connection.execute("SELECT count(*) FROM tombstones").fetchall() == [(1,)], "only A was on record"
    assert A.encode() not in tools.database.read_bytes()
    assert D.encode() not in tools.database.read_bytes()
    assert run("address", "forget", D, "--yes").code == 4


def test_a_run_is_kept_with_how_far_it_came(desk: Desk) -> None:
    tx = desk.tx
    assert checks.last_run(tx, "check") is None
    first = writes.add_run(tx, desk.uid(), "check", "abc", NOW, 100)
    begun = checks.last_run(tx, "check")
    assert begun is not None
    assert (begun.id, begun.position, begun.total, begun.detail) == (first, 0, 100, {})
    assert (begun.started_at, begun.finished_at) == (NOW, None)
    writes.save_run(tx, first, 40, {"listed": 3, "why": "é"})
    halfway = checks.unfinished_run(tx, "check", "abc")
    assert halfway is not None
    assert (halfway.position, halfway.detail) == (40, {"listed": 3, "why": "é"})
    writes.save_run(tx, first, 100, {}, LATER)
    assert checks.unfinished_run(tx, "check", "abc") is None
    ended = checks.last_run(tx, "check", finished=True)
    assert ended is not None
    assert (ended.finished_at, ended.uid) == (LATER, begun.uid)


def test_the_newest_run_of_a_kind_is_found_by_whether_it_has_ended_and_what_it_asked(desk: Desk) -> None:
    tx = desk.tx
    told = (("check", "a"), ("check", "b"), ("check", "a"), ("check", "b"), ("scan", "a"))
    one, _, three, four, scan = (writes.add_run(tx, desk.uid(), kind, digest, NOW, 1) for kind, digest in told)
    writes.save_run(tx, one, 1, {}, LATER)
    writes.save_run(tx, four, 1, {}, LATER)

    def number(run: checks.Run | None) -> int | None:
        return run.id if run else None

    assert [number(checks.last_run(tx, "check", ended)) for ended in (None, True, False)] == [four, four, three]
    assert [number(checks.unfinished_run(tx, "check", digest)) for digest in "abc"] == [three, None, None]
    assert number(checks.last_run(tx, "scan")) == scan
    assert checks.last_run(tx, "mail") is None


def test_queries_are_counted_by_zone_and_day(desk: Desk) -> None:
    today, yesterday = date(2026, 11, 24), date(2026, 11, 23)
    writes.add_asked(desk.tx, yesterday, {"bl.example.org": 5})
    writes.add_asked(desk.tx, today, {"bl.example.org": 7, "dnsbl.example.net": 1, "idle.example.net": 0})
    writes.add_asked(desk.tx, today, {"bl.example.org": 2})
    writes.add_asked(desk.tx, today, {})
    assert checks.asked(desk.tx, today) == {"bl.example.org": 9, "dnsbl.example.net": 1}
    assert checks.asked(desk.tx, yesterday) == {"bl.example.org": 5}
    assert checks.asked(desk.tx, date(2026, 11, 25)) == {}


# --- many cases at once ------------------------------------------------------------------------


def test_the_cases_of_many_addresses_are_found_and_retired_ones_are_told_apart(desk: Desk) -> None:
    for known, key in ((D, "spamhaus-pbl"), (B, "spamhaus-pbl"), (A, "spamcop"), (A, "spamhaus-pbl"), (C, "spamcop")):
        a_case(desk, known, key)
    address = reads.address(desk.tx, B)
    assert address is not None
    writes.change_address(desk.tx, address.id, retired_on=date(2026, 11, 1))
    strangers = [str(ipaddress.ip_address("192.0.2.0") + number) for number in range(256)] * 16
    found = reads.cases_at(desk.tx, [*strangers, D, B, A, A])
    assert [(case.address, case.list, case.retired) for case in found] == [
        *((A, "spamcop", False), (A, "spamhaus-pbl", False), (B, "spamhaus-pbl", True), (D, "spamhaus-pbl", False))
    ]
    assert reads.cases_at(desk.tx, []) == []


def test_sightings_of_many_cases_come_in_the_order_of_recording_without_those_taken_back(desk: Desk) -> None:
    one, two, three, other = (a_case(desk, address) for address in (A, B, C, D))
    late, early = a_sighting(desk, one, "2026-11-09 10:00"), a_sighting(desk, one, "2026-11-01 10:00")
    only = a_sighting(desk, two)
    gone = Sighting(desk.uid(), Seen.CLEAR, moment("2026-11-02"), SightingSource.HAND, event_uid="taken-back")
    writes.add_sighting(desk.tx, two, gone)
    writes.undo_sightings(desk.tx, "taken-back")
    a_sighting(desk, other)
    assert reads.latest_sightings(desk.tx, [two, one, three]) == {one: [late, early], two: [only], three: []}
    assert reads.latest_sightings(desk.tx, []) == {}


def test_more_cases_than_a_statement_has_variables_are_no_matter(desk: Desk) -> None:
    case_id = a_case(desk)
    seen = a_sighting(desk, case_id)
    writes.save_look(desk.tx, A, "spamcop", LOOK)
    many = [case_id, *range(10_000, 300_000)]
    assert reads.latest_sightings(desk.tx, many)[case_id] == [seen]
    assert checks.looks_at(desk.tx, [A, *map(str, many)]) == {(A, "spamcop"): LOOK}


def _something_of_everything(tools: Tools, seed: int) -> None:
    random = Random(seed)
    for number in range(40):
        address = f"203.0.113.{random.randint(1, 20)}" if random.random() < 0.8 else f"2001:db8::{random.randint(1, 9)}"
        key = random.choice(("spamhaus-pbl", "barracuda", "spamcop"))
        on = Moment(date(2024, 1, 1) + timedelta(days=10 * number))
        deed = random.randrange(6)
        try:
            if deed < 2:
                submitting.submit(tools, [address], Submission(on=on, list=key, text="x", confirmed=on))
            elif deed == 2:
                event = random.choice((Event.CLEARED, Event.RELISTED, Event.WITHDRAWN))
                moves.advance(tools, [random.randint(1, 12)], event, on)
            elif deed == 3:
                observing.observe(tools, address, key, random.choice((Seen.LISTED, Seen.CLEAR)), on, None)
            elif deed == 4:
                moves.undo(tools, random.randint(1, 12))
            else:
                addresses.retire(tools, [address])
        except DelistError:
            continue
    with writing(tools) as desk:
        joined = "SELECT a.address, c.list_key FROM cases c JOIN addresses a ON a.id = c.address_id WHERE c.id % 7 = 3"
        for address, key in list(run_with(desk.tx)(joined, {})):
            writes.save_look(desk.tx, address, key, LOOK)
        # One list without a case, and one address without a record.
        writes.save_look(desk.tx, f"203.0.113.{random.randint(1, 20)}", "psbl", LOOK)
        writes.save_look(desk.tx, "198.51.100.1", "psbl", LOOK)


@pytest.mark.parametrize("seed", range(12))
def test_addresses_are_concerned_and_lists_are_asked_as_the_records_say(tools: Tools, seed: int) -> None:
    _something_of_everything(tools, seed)
    until = datetime(2025, 1, 1, tzinfo=UTC)
    with writing(tools) as desk:
        tx = desk.tx
        whole = dict(casefiles.cases(run_with(tx), tools.catalogue.get, where.ALL, {}))
        known = {each.address: each.retired_on is not None for each in reads.addresses(tx)}
        waiting = set(checks.looks_at(tx, list(known)))
        next_at = {row[0]: row[1] for row in run_with(tx)("SELECT id, next_at FROM cases", {})}
        unsettled = {
            case_id
            for case_id, case in whole.items()
            if case.episode or any(request.is_open for request in case.requests)
        }
        pressing = {case_id for case_id, at in next_at.items() if at and datetime.fromisoformat(at) <= until}
        lasting = {
            case_id
            for case_id in whole
            if (last := reads.latest(tx, case_id)) is not None and last.state.value == "cleared"
        }
        named = {whole[case_id].address for case_id in unsettled | pressing} | {address for address, _ in waiting}
        concerned = {address for address in named if not known[address]}
        ordered = sorted(concerned, key=lambda text: (ipaddress.ip_address(text).version, ipaddress.ip_address(text)))
        assert checks.addresses_concerned(tx, until) == ordered
        lists: dict[str, set[str]] = {}
        pairs = {(whole[case_id].address, whole[case_id].list.key) for case_id in unsettled | lasting}
        for address, key in pairs | waiting:
            lists.setdefault(address, set()).add(key)
        assert {address: set(keys) for address, keys in checks.lists_of(tx).items()} == lists
        some = sorted(lists)[::2]
        assert {address: set(keys) for address, keys in checks.lists_of(tx, some).items()} == {
            address: lists[address] for address in some
        }
        assert checks.lists_of(tx, []) == {}
        assert concerned
        assert lasting or list(reads.requests(tx, Where(state="cleared"))) == []
