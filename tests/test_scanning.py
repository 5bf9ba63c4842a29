"""Groups are the same whoever gathers them: this process of whole events, or several, each of its pieces of a log."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist import tools as outside
from delist.actions.meanings import Meanings
from delist.actions.scanning.condensing import Condensing
from delist.actions.scanning.groups import Group, Groups, Line
from delist.actions.scanning.run import Scan as ScanAction
from delist.actions.scanning.wish import Own, Wish
from delist.maillog.scanning import PIECE, Scan
from delist.maillog.sources import find
from delist.maillog.values import Event, Trouble, Wanted
from delist.tools import Tools
from tests.bench import biglog
from tests.rules.test_logs_corpus import ends, expected, order

LOGS = Path(__file__).parent / "data" / "logs"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
OURS = ("203.0.113.25", "203.0.113.26", "2001:db8::25")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """Tools without any settings or records."""
    return outside.build({"DELIST_HOME": str(tmp_path_factory.mktemp("home")), "TZ": "Asia/Tokyo"})


def told(group: Group) -> tuple[Any, ...]:
    """All that a group says."""
    counted = (group.lines, group.deliveries, group.bounced, group.deferred, group.receivers, group.more_receivers)
    times = tuple(group.times.bursts())
    return (group.address, group.key, group.subtype, group.fault, group.sample, group.first, group.last, counted, times)


def grouped(lines: Iterable[Line | Trouble | None]) -> tuple[list[tuple[Any, ...]], list[Any], int]:
    """Groups of lines, what they have learned of instances, and how many lines tell no time."""
    groups, undated = Groups(), 0
    for line in lines:
        assert not isinstance(line, Trouble)
        if line is not None and line.at is not None:
            groups.add(line, line.at)
        undated += line is not None and line.at is None
    instances = sorted((where, sorted(named)) for where, named in groups.instances())
    return [told(group) for group in groups.whole()], instances, undated


class Gathering(NamedTuple):
    """A log that is read for groups, in pieces of about so many bytes."""

    paths: list[Path]
    tools: Tools
    wish: Wish
    ends: datetime | None = None

    def scan(self, processes: int, piece: int = PIECE) -> Scan:
        """A scan of the log."""
        wanted = Wanted(self.tools.catalogue.names(), self.tools.zone, self.wish.since)
        return Scan(find([str(path) for path in self.paths]).sources, wanted, NOW, self.ends, processes, piece, 0)

    def condensing(self) -> Callable[[], Condensing]:
        """What makes what condenses events."""
        return partial(
            Condensing,
            self.wish,
            Own(self.tools, self.wish, ()),
            Meanings(self.tools.catalogue),
            datetime.max.replace(tzinfo=UTC),
        )

    def here(self) -> tuple[list[tuple[Any, ...]], list[Any], int]:
        """What this process gathers of whole events."""
        condense = self.condensing()()
        return grouped(condense(event) for event in self.scan(1) if isinstance(event, Event))

    def there(self, piece: int) -> tuple[list[tuple[Any, ...]], list[Any], int]:
        """What processes gather of pieces."""
        return grouped(self.scan(2, piece).condensed(self.condensing()))


class Try(NamedTuple):
    """A refused attempt: which message, who wrote it, which of our addresses the reply names, how long after."""

    number: int
    host: str
    instance: str
    address: int | None
    receiver: str
    status: str
    hours: int
    said: str


TRIES = st.lists(
    st.builds(
        Try,
        st.integers(1, 6),
        st.sampled_from(["mx1", "mx2.example.org"]),
        st.sampled_from(["postfix", "out-2"]),
        st.sampled_from([0, 1, 2, None]),
        st.sampled_from(["mx.example.net", "mx1.example.com", "none"]),
        st.sampled_from(["bounced", "deferred"]),
        st.integers(0, 200),
        st.sampled_from(["zen.spamhaus.org", "bl.spamcop.net"]),
    ),
    max_size=40,
)


def log_of(tries: Iterable[Try]) -> Iterator[str]:
    """The lines of Postfix that tell of the attempts, over several years if they are many."""
    at = datetime(2026, 1, 5, 8, 30)
    for each in tries:
        at += timedelta(hours=each.hours, minutes=7)
        named = f"Client host [{OURS[each.address]}]" if each.address is not None else "Client"
        yield (
            f"{at:%b} {at.day:>2} {at:%H:%M:%S} {each.host} {each.instance}/smtp[9]: {each.number:010X}: "
            f"to=<a{each.number}@example.org>, relay={each.receiver}[192.0.2.9]:25, delay=1, delays=0/0/1/0, "
            f"dsn=5.7.1, status={each.status} (host {each.receiver}[192.0.2.9] said: 554 5.7.1 {named} blocked using "
            f"{each.said} for a{each.number}@example.org (in reply to RCPT TO command))\n"
        )


@settings(max_examples=100, deadline=None)
@given(
    tries=TRIES,
    piece=st.integers(300, 3000),
    host=st.sampled_from([None, "mx1", "mx2"]),
    receiver=st.sampled_from([None, "example.com"]),
    own=st.sampled_from([(), ("203.0.113.25",), ("203.0.113.0/24",)]),
)
def test_pieces_that_processes_gather_make_the_same_groups_as_whole_events(
    quiet: Tools,
    tmp_path_factory: pytest.TempPathFactory,
    tries: list[Try],
    piece: int,
    host: str | None,
    receiver: str | None,
    own: tuple[str, ...],
) -> None:
    log = tmp_path_factory.mktemp("log") / "mail.log"
    log.write_text("".join(log_of(tries)))
    os.utime(log, (NOW.timestamp(), NOW.timestamp()))
    gathering = Gathering([log], quiet, Wish(host=host, receiver=receiver, own=own))
    assert gathering.there(piece) == gathering.here()


@pytest.mark.parametrize("path", sorted(LOGS.glob("*.log")), ids=lambda path: path.stem)
def test_the_logs_of_the_corpus_make_the_same_groups_in_pieces(quiet: Tools, path: Path) -> None:
    gathering = Gathering([path], quiet, Wish(), NOW)
    assert gathering.there(1 << 11) == gathering.here()


@pytest.mark.parametrize("path", sorted(LOGS.glob("*.log")), ids=lambda path: path.stem)
def test_the_groups_of_the_corpus_are_those_that_an_administrator_sees(quiet: Tools, path: Path) -> None:
    wish = expected(path.stem)
    zone = ZoneInfo(wish["zone"])
    own = Wish(own=tuple(wish["own"]))
    there, _, undated = Gathering([path], replace(quiet, zone=zone), own, ends(wish, zone)).there(1 << 11)
    found = [
        {
            "address": address,
            "list": key,
            "subtype": str(subtype),
            "first_seen": second(first),
            "last_seen": second(last),
            "lines": lines,
            "deliveries": deliveries,
            "bounced": bounced,
            "deferred": deferred,
        }
        for address, key, subtype, _, _, first, last, (lines, deliveries, bounced, deferred, *_), _ in there
    ]
    # What tells no time is in no group.
    dated = [group for group in wish["groups"] if group["first_seen"]]
    assert (sorted(found, key=order), undated > 0) == (sorted(dated, key=order), dated != wish["groups"])


def second(at: datetime) -> str:
    """An instant as expectations write it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("path", sorted(LOGS.glob("*.log")), ids=lambda path: path.stem)
def test_a_scan_that_gathers_sums_up_as_one_that_gives_each_line(quiet: Tools, path: Path) -> None:
    wish = Wish(files=(str(path),), log_ends=datetime.combine(date(2026, 11, 24), time(), UTC), own=("192.0.2.0/24",))
    each, gathered = ScanAction(quiet, wish), ScanAction(quiet, wish)
    count = sum(1 for _ in each)
    gathered.gather()
    assert [told(found.group) for found in gathered.summary.groups] == [
        told(found.group) for found in each.summary.groups
    ]
    assert count >= sum(found.group.lines for found in each.summary.groups)
    for field in ("troubles", "unrecorded", "foreign", "undated"):
        assert getattr(gathered.summary, field) == getattr(each.summary, field)
    # Lines are numbered only for whoever sees their numbers.
    assert each.summary.tally.lines == len(path.read_bytes().removesuffix(b"\n").split(b"\n"))
    assert gathered.summary.tally == replace(each.summary.tally, lines=0)


def test_groups_have_what_was_planted(quiet: Tools, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    planted = biglog.make(log, 20_000)
    groups, _, undated = Gathering([log], quiet, Wish()).there(1 << 16)
    found = {f"{address} {key}": counted[0] for address, key, *_, counted, _ in groups}
    wish: dict[str, int] = {}
    for name, count in planted.blocks.items():
        key = name.rpartition(" ")[0]
        wish[key] = wish.get(key, 0) + count
    assert (found, undated) == (wish, 0)
    assert all(counted[0] == counted[1] == counted[2] + counted[3] for *_, counted, _ in groups)


@pytest.mark.parametrize(("addresses", "known"), [([0], OURS[0]), ([0, 1], None), ([0, 0], OURS[0]), ([], None)])
def test_a_refusal_that_names_no_address_is_of_the_only_one_that_its_instance_has_shown(
    quiet: Tools, tmp_path: Path, addresses: list[int], known: str | None
) -> None:
    log = tmp_path / "mail.log"
    one = Try(1, "mx1", "postfix", None, "mx.example.net", "bounced", 1, "zen.spamhaus.org")
    other = Try(1, "mx1", "out-2", 2, "mx.example.net", "bounced", 1, "zen.spamhaus.org")
    log.write_text("".join(log_of([one, other, *(one._replace(address=each) for each in addresses)])))
    groups, _, _ = Gathering([log], quiet, Wish()).there(300)
    found = {address: counted[0] for address, *_, counted, _ in groups if address != OURS[2]}
    apart: dict[str | None, int] = {None: 1, **{OURS[each]: 1 for each in addresses}}
    assert found == ({known: 1 + len(addresses)} if known else apart)


def test_receivers_beyond_those_that_are_named_are_counted(quiet: Tools, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    one = Try(1, "mx1", "postfix", 0, "mx.example.net", "bounced", 0, "zen.spamhaus.org")
    log.write_text("".join(log_of(one._replace(receiver=f"mx{n % 1100}.example.net") for n in range(2200))))
    gathering = Gathering([log], quiet, Wish())
    [[*_, (lines, _, _, _, receivers, more), _]], _, _ = gathering.there(1 << 16)
    assert (lines, len(receivers), more) == (2200, 1000, 200)
    assert gathering.there(1 << 16) == gathering.here()
