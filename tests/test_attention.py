"""The stored moment of next attention is what the rule says, and a row is what its history says, whatever happens."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from delist.actions import addresses, answers, moves, observing, spreadsheet, submitting
from delist.actions.answers import Note, Which
from delist.actions.desk import settle, writing
from delist.actions.due import due
from delist.actions.exporting import export
from delist.actions.importing import take_in, take_in_export
from delist.actions.submitting import Submission
from delist.errors import DelistError
from delist.rules.history import Event
from delist.rules.lifecycle import replay
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.rules.moments import Moment, moment_of
from delist.rules.reminders import next_attention, reminders_of
from delist.store import agenda, casefiles, reads, where, writes
from delist.store.engine import run_with
from delist.store.rows import instant_text
from delist.store.where import Where
from delist.tools import Tools
from tests.conftest import at

ADDRESSES = ("203.0.113.7", "203.0.113.8", "198.51.100.25", "2001:db8::25", "2001:db8:0:1::9")
LISTS = ("spamhaus-pbl", "spamcop", "abusix-policy", "nordspam", "barracuda", "t-online")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


class World:
    """Somebody who does something at random, while time goes by."""

    def __init__(self, tools: Tools, seed: int) -> None:
        self.random = Random(seed)
        self.now = FIRST
        self._tools = tools
        self.done: dict[str, int] = {}

    @property
    def tools(self) -> Tools:
        return at(self._tools, self.now)

    def step(self) -> None:
        self.now += timedelta(hours=self.random.choice((1, 5, 30, 24 * 20, 24 * 45)))
        deed = self.random.choice((self.submit, *(self.move,) * 3, self.observe, *(self.other,) * 3))
        try:
            deed()
        except DelistError:
            return
        self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1

    def moment(self) -> Moment:
        earlier = self.now - timedelta(hours=self.random.choice((0, 0, 2, 24 * 10)))
        moment = moment_of(earlier, self.tools.zone)
        return self.random.choice((moment, Moment(moment.on)))

    def address(self) -> str:
        return self.random.choice(ADDRESSES)

    def number(self) -> int:
        return self.random.randint(1, 12)

    def submit(self) -> None:
        confirmed = self.moment() if self.random.random() < 0.3 else None
        said = Submission(on=self.moment(), list=self.random.choice(LISTS), text="as sent", confirmed=confirmed)
        submitting.submit(self.tools, [self.address()], said)

    def move(self) -> None:
        event = self.random.choice(
            (Event.CONFIRMED, Event.CLEARED, Event.CLEARED, Event.RELISTED, Event.RELISTED, Event.REFUSED)
        )
        moves.advance(self.tools, [self.number()], event, self.moment())

    def observe(self) -> None:
        seen = self.random.choice((Seen.LISTED, Seen.CLEAR))
        observing.observe(self.tools, self.address(), self.random.choice(LISTS), seen, self.moment(), None)

    def look_again(self) -> None:
        """A check finds what it found before, or that one of several codes went."""
        with writing(self.tools) as desk:
            case = self.random.choice(reads.cases_at(desk.tx, ADDRESSES) or [None])
            seen = reads.sightings(desk.tx, case.id) if case else []
            if case is None or not seen:
                return
            if self.random.random() < 0.8:
                writes.extend_sighting(desk.tx, self.random.choice(seen).uid, self.moment(), None, "127.0.0.1:53")
            else:
                gone = Sighting(desk.uid(), Seen.CLEAR, self.moment(), SightingSource.CHECK, "127.0.0.2")
                writes.add_sighting(desk.tx, case.id, gone)
            settle(desk, case)

    def other(self) -> None:
        which = self.random.randrange(10)
        tools, address, number = self.tools, self.address(), self.number()
        if which == 0:
            moves.undo(tools, number)
        elif which == 1:
            moves.undo_at(tools, address, self.random.choice(LISTS))
        elif which == 2:
            moves.amend(tools, number, {"confirmed": self.moment()}, {})
        elif which == 3:
            answers.acknowledge(tools, [Which(self.random.choice((address, str(number))))])
        elif which == 4:
            answers.snooze(tools, [Which(address)], self.now.date() + timedelta(days=self.random.randint(2, 40)))
        elif which == 5:
            addresses.change(tools, [address], {"site": self.random.choice(("tokyo", "osaka", ""))})
        elif which == 6:
            answers.note(tools, [number], Note(answered=True, ptr_changed=self.random.random() < 0.5))
        elif which == 7:
            addresses.retire(tools, [address])
        elif which == 8:
            self.look_again()
        else:
            moves.advance(tools, [number], Event.WITHDRAWN, None)


def stored(tools: Tools) -> dict[tuple[str, str], str | None]:
    """Return the stored moment of every case."""
    sql = "SELECT a.address, c.list_key, c.next_at FROM cases c JOIN addresses a ON a.id = c.address_id"
    with agenda.opened(tools.database) as connection:
        return {(address, key): next_at for address, key, next_at in connection.execute(sql)}


def computed(tools: Tools) -> dict[tuple[str, str], str | None]:
    """Return the moment of every case as the rule computes it now."""
    with agenda.opened(tools.database) as connection:
        cases = list(agenda.all_cases(connection, tools.catalogue.get))
    moments = {(case.address, case.list.key): next_attention(case, tools.policy) for case in cases}
    return {key: instant_text(moment) if moment else None for key, moment in moments.items()}


@pytest.mark.parametrize("seed", range(24))
def test_stored_moments_agree_with_the_rule_over_random_histories(tools: Tools, seed: int) -> None:
    world = World(tools, seed)
    for _ in range(60):
        world.step()
        assert stored(world.tools) == computed(world.tools), (seed, world.done)
    assert sum(world.done.values()) > 5, world.done
    for days in (-300, -30, 0, 30, 400):
        moment = Moment(world.now.date() + timedelta(days=days))
        with agenda.opened(tools.database) as connection:
            whole = list(agenda.all_cases(connection, tools.catalogue.get))
        until = moment.latest(tools.zone)
        expected = {r.id for case in whole for r in reminders_of(case, tools.policy) if r.due_at <= until}
        assert {reminder.id for reminder in due(world.tools, moment).reminders} == expected


@pytest.mark.parametrize("seed", range(100, 106))
def test_a_row_is_what_its_history_says(tools: Tools, seed: int) -> None:
    world = World(tools, seed)
    for _ in range(60):
        world.step()
    with writing(world.tools) as desk:
        found = list(reads.requests(desk.tx, Where()))
        assert found
        for request in found:
            assert replay(request, reads.history(desk.tx, request.number)) == request


@pytest.mark.parametrize("seed", range(200, 206))
def test_an_import_computes_the_same_moments(tools: Tools, seed: int) -> None:
    world = World(tools, seed)
    for _ in range(60):
        world.step()
    other = at(tools, world.now)
    elsewhere = tools.database.with_name("elsewhere.db")
    copied = replace(other, database=elsewhere)
    take_in_export(copied, [line + "\n" for line in export(world.tools)])
    assert stored(copied) == computed(copied)
    assert {k: v for k, v in stored(copied).items() if v} == {k: v for k, v in stored(world.tools).items() if v}


def test_an_own_interval_counts_for_the_whole_list_from_the_third_request_on(tools: Tools) -> None:
    for third, address in enumerate(("203.0.113.7", "198.51.100.25", "192.0.2.9"), 1):
        start = date(2025, 1, third)
        said = Submission(on=Moment(start), list="barracuda", text="x")
        [each] = submitting.submit(tools, [address], said)
        moves.advance(tools, [each.request.number], Event.CLEARED, Moment(start + timedelta(days=1)))
        moves.advance(tools, [each.request.number], Event.RELISTED, Moment(start + timedelta(days=100)))
        [other] = submitting.submit(
            tools, [f"2001:db8::{third}"], Submission(on=Moment(date(2026, 6, 1)), list="barracuda")
        )
        with writing(tools) as desk:
            run = run_with(desk.tx)
            own = [
                case.own for _, case in casefiles.cases(run, tools.catalogue.get, where.OF_LIST, {"list": "barracuda"})
            ]
        assert other.is_new
        strangers = [each for each in own if each is not None and each.address != address]
        assert bool(len(strangers) >= third) is (third == 3)
        assert stored(tools) == computed(tools)


def test_a_change_of_settings_is_answered_at_once_and_kept(tools: Tools) -> None:
    submitting.submit(tools, ["203.0.113.7"], Submission(on=Moment(date(2026, 11, 1)), text="x"))
    moved = replace(tools, zone=ZoneInfo("Pacific/Kiritimati"))
    assert stored(tools) == computed(tools) != computed(moved)
    due(moved)
    assert stored(moved) == computed(moved)


@pytest.mark.parametrize("seed", range(300, 306))
def test_an_import_into_records_of_ones_own_keeps_every_moment_right(tools: Tools, seed: int) -> None:
    here, there = World(tools, seed), World(replace(tools, database=tools.database.with_name("there.db")), seed + 50)
    for world in (here, there):
        for _ in range(60):
            world.step()
    late = at(tools, max(here.now, there.now))
    take_in_export(late, [line + "\n" for line in export(there.tools)])
    assert stored(late) == computed(late)


def test_an_imported_relisting_counts_for_the_neighbours_on_record(tools: Tools) -> None:
    lines = ["ip,list,submitted,confirmed,cleared,relisted\n"]
    said = Submission(on=Moment(date(2026, 5, 1)), confirmed=Moment(date(2026, 5, 1)), text="x")
    submitting.submit(tools, ["203.0.113.7", "203.0.113.8"], said)
    moves.advance(tools, [1, 2], Event.CLEARED, Moment(date(2026, 5, 2)))
    before = stored(tools)
    lines.append("203.0.113.8,spamhaus-pbl,2020-01-05,2020-01-05,2020-01-06,2020-03-05\n")
    take_in(tools, spreadsheet.items(tools, lines))
    assert stored(tools) == computed(tools)
    assert stored(tools) != before


def test_a_retired_address_stays_retired_whatever_is_recorded_of_its_requests(tools: Tools) -> None:
    said = Submission(on=Moment(date(2026, 1, 1)), confirmed=Moment(date(2026, 1, 1)), text="x")
    submitting.submit(tools, ["203.0.113.7"], said)
    moves.advance(tools, [1], Event.CLEARED, Moment(date(2026, 1, 2)))
    addresses.retire(tools, ["203.0.113.7"])
    moves.advance(tools, [1], Event.RELISTED, Moment(date(2026, 4, 1)))
    [known] = addresses.listed(tools)
    assert known.retired_on is not None
    assert due(tools, Moment(date(2026, 12, 1))).reminders == ()


def test_a_window_is_survived_by_the_latest_look_that_found_the_address_clear(tools: Tools) -> None:
    said = Submission(on=Moment(date(2025, 5, 2)), confirmed=Moment(date(2025, 5, 2)), text="x")
    submitting.submit(tools, ["203.0.113.7"], said)
    moves.advance(tools, [1], Event.CLEARED, Moment(date(2025, 5, 3)))

    def windows() -> list[date | None]:
        return [each.window_on for each in due(tools, Moment(date(2026, 11, 24))).reminders]

    assert windows() == [date(2025, 11, 2), date(2026, 5, 2)]
    for seen_on, left in ((date(2025, 11, 2), 2), (date(2025, 11, 3), 1), (date(2025, 6, 1), 1), (date(2026, 5, 3), 0)):
        with writing(tools) as desk:
            [case] = reads.cases_at(desk.tx, ["203.0.113.7"])
            [clear] = reads.sightings(desk.tx, case.id)
            writes.extend_sighting(desk.tx, clear.uid, Moment(seen_on), None, None)
            settle(desk, case)
        assert len(windows()) == left, seen_on
        assert stored(tools) == computed(tools)


def test_a_code_that_went_does_not_survive_a_window(tools: Tools) -> None:
    said = Submission(on=Moment(date(2025, 5, 2)), confirmed=Moment(date(2025, 5, 2)), text="x")
    submitting.submit(tools, ["203.0.113.7"], said)
    moves.advance(tools, [1], Event.CLEARED, Moment(date(2025, 5, 3)))
    with writing(tools) as desk:
        [case] = reads.cases_at(desk.tx, ["203.0.113.7"])
        gone = Sighting(desk.uid(), Seen.CLEAR, Moment(date(2026, 11, 1)), SightingSource.CHECK, "127.0.0.10")
        writes.add_sighting(desk.tx, case.id, gone)
        settle(desk, case)
    assert len(due(tools, Moment(date(2026, 11, 24))).reminders) == 2
    assert stored(tools) == computed(tools)
