"""Reads each log of the corpus and compares what is found with what an administrator sees in it.

Beside NAME.log stands NAME.expected.json: the zone of stamps that have none, the day the log ends, our addresses, each
line that tells of a refusal of our address, and the groups that they make. What an expected event leaves out (a
non-delivery text has no queue id) is not compared.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from delist import catalogue
from delist.maillog.scanning import PIECE, Scan
from delist.maillog.sources import find
from delist.maillog.values import Accepted, Event, Wanted
from delist.rules.addresses import canonical

LOGS = Path(__file__).parents[1] / "data" / "logs"
NAMES = sorted({path.name.partition(".")[0] for path in LOGS.iterdir()})
FIELDS = ("line", "queue_id", "recipient", "status", "list", "subtype", "address", "at")
OPTIONAL = {"queue_id", "at"}
NOW = datetime(2026, 11, 24, tzinfo=UTC)
FEWEST = 24

Row = dict[str, Any]


@cache
def expected(name: str) -> Row:
    """Return what is expected of a log."""
    found: Row = json.loads((LOGS / f"{name}.expected.json").read_text(encoding="utf-8"))
    return found


@cache
def refusals(name: str) -> tuple[Event, ...]:
    """Return what a scan finds in a log, in its order."""
    return told(LOGS / f"{name}.log", name)


def told(path: Path, name: str, piece: int = PIECE) -> tuple[Event, ...]:
    """Return what a scan finds in a file that holds a log of the corpus, read in pieces of about so many bytes."""
    wish = expected(name)
    zone = ZoneInfo(wish["zone"])
    found = find([str(path)])
    assert not found.left_out
    wanted = Wanted(catalogue.load().names(), zone)
    all_told = list(Scan(found.sources, wanted, NOW, ends(wish, zone), processes=1, piece=piece))
    assert all(isinstance(each, Event) for each in all_told), all_told
    return tuple(each for each in all_told if isinstance(each, Event))


def ends(wish: Row, zone: ZoneInfo) -> datetime | None:
    """Return the last second of the day on which a log without years ends."""
    if wish["log_ends"] is None:
        return None
    night = datetime.combine(date.fromisoformat(wish["log_ends"]) + timedelta(days=1), time(), zone)
    return night.astimezone(UTC) - timedelta(seconds=1)


def row(event: Event) -> Row:
    """Return an event as expectations write it."""
    at = None if event.at is None else event.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    read = event.reading
    return {
        "line": event.line,
        "queue_id": event.queue_id,
        "recipient": event.recipient,
        "status": event.status.value,
        "list": read.list,
        "subtype": read.subtype and read.subtype.value,
        "address": event.address,
        "at": at,
    }


def groups(rows: Iterable[Row]) -> list[Row]:
    """Return what rows with an own address come to, by address, list and grounds."""
    found: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for each in rows:
        found[each["address"], each["list"], each["subtype"]].append(each)
    return [{**dict(zip(("address", "list", "subtype"), key, strict=True)), **sums(found[key])} for key in found]


def sums(rows: Iterable[Row]) -> Row:
    """Return the figures of one group: log lines, not attempts, and deliveries, not retries."""
    rows = list(rows)
    times = [each["at"] for each in rows if each.get("at")]
    lines = {status: {each["line"] for each in rows if each["status"] == status} for status in ("bounced", "deferred")}
    return {
        "first_seen": min(times, default=None),
        "last_seen": max(times, default=None),
        "lines": len(lines["bounced"] | lines["deferred"]),
        "deliveries": len({(each.get("queue_id"), each["recipient"]) for each in rows}),
        **{status: len(found) for status, found in lines.items()},
    }


def of_ours(events: Iterable[Event], own: list[str]) -> dict[int, str | None]:
    """Return the own address of each line: as named, else the only one, else the one that its instance has shown."""
    events = list(events)
    shown: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in events:
        if each.address:
            shown[each.host, each.instance].add(each.address)
    only = own[0] if len(own) == 1 else None
    return {each.line: each.address or only or alone(shown, each) for each in events}


def alone(shown: Mapping[tuple[str, str], set[str]], event: Event) -> str | None:
    """Return the one address that an event's instance has shown, None if it is not one."""
    found = shown[event.host, event.instance]
    return next(iter(found)) if len(found) == 1 else None


def order(found: Row) -> tuple[str, ...]:
    """Return by what groups are put in order to be compared."""
    return (found["address"] or "", found["list"], found["subtype"])


@pytest.mark.parametrize("name", NAMES)
def test_every_log_has_an_expectation_and_every_expectation_a_log(name: str) -> None:
    beside = {path.name for path in LOGS.iterdir() if path.name.partition(".")[0] == name}
    assert beside == {f"{name}.log", f"{name}.expected.json"}


def test_there_are_enough_logs() -> None:
    assert len(NAMES) >= FEWEST


@pytest.mark.parametrize("name", NAMES)
def test_an_expectation_is_well_formed(name: str) -> None:
    wish = expected(name)
    assert set(wish) == {"note", "zone", "log_ends", "own", "events", "groups"}
    lines = (LOGS / f"{name}.log").read_bytes().count(b"\n") + 1
    for each in wish["events"]:
        assert set(FIELDS) - OPTIONAL <= set(each) <= set(FIELDS)
        assert 1 <= each["line"] <= lines
    for address in [*wish["own"], *(each["address"] for each in wish["events"] if each["address"])]:
        assert canonical(address) == address


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_that_refuse_our_address_are_found_and_no_others(name: str) -> None:
    wish = expected(name)["events"]
    found = [row(each) for each in refusals(name)]
    left_out = {(each["line"], each["recipient"]): OPTIONAL - set(each) for each in wish}
    compared = [
        {field: each[field] for field in each if field not in left_out.get((each["line"], each["recipient"]), ())}
        for each in found
    ]
    assert compared == wish


@pytest.mark.parametrize("name", NAMES)
def test_groups_count_lines_and_deliveries_of_each_own_address(name: str) -> None:
    wish, found = expected(name), refusals(name)
    ours = of_ours(found, wish["own"])
    compared = groups({**row(each), "address": ours[each.line]} for each in found)
    assert sorted(compared, key=order) == sorted(wish["groups"], key=order)


@pytest.mark.parametrize("name", NAMES)
def test_a_log_read_in_small_pieces_tells_the_same(name: str) -> None:
    assert told(LOGS / f"{name}.log", name, piece=1 << 11) == refusals(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_packed_log_that_can_be_read_but_once_tells_the_same(name: str, tmp_path: Path) -> None:
    packed = tmp_path / "mail.log.gz"
    packed.write_bytes(gzip.compress((LOGS / f"{name}.log").read_bytes()))
    assert told(packed, name) == tuple(each._replace(file=str(packed)) for each in refusals(name))


def test_google_takes_the_first_mail_an_hour_and_forty_minutes_after_the_story_s_confirmation() -> None:
    zone = ZoneInfo(expected("story")["zone"])
    confirmed = datetime(2021, 5, 2, 12, 5, tzinfo=zone).astimezone(UTC)
    wanted = Wanted(catalogue.load().names(), zone, relays={"gmail-smtp-in.l.google.com": (confirmed,)})
    sources = find([str(LOGS / "story.log")]).sources
    taken = [each for each in Scan(sources, wanted, NOW, ends(expected("story"), zone)) if isinstance(each, Accepted)]
    assert [each.at - confirmed for each in taken] == [timedelta(hours=1, minutes=40)]
