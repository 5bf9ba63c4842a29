"""`delist notify` is killed a hundred times at random: nothing is lost, and nothing is told twice silently."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from delist.actions.desk import case_for, writing
from delist.actions.due import due
from delist.actions.scanning.recording import tell
from delist.actions.submitting import Submission, submit
from delist.rules.history import Source
from delist.rules.listings import Seen
from delist.rules.moments import Moment, moment_of
from delist.rules.notices.stages import key_of, stage_of
from delist.rules.notices.values import base_of
from delist.store import writes
from delist.tools import Tools
from tests.conftest import at
from tests.servers.relay import Relay

KILLS = 100
PERSONS = 6
BEGIN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
MARK = "Perhaps told before"

CONFIG = """
timezone = "Asia/Tokyo"
[evidence]
measure = false
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
[notify]
to = ["everybody@example.jp"]
from = "delist@example.jp"
sends_from = ["192.0.2.1"]
timeout = 20
"""


class Mail(NamedTuple):
    """A mail that arrived: which notice it is, for whom, and what it says."""

    uid: str
    to: str
    text: str


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


def person(number: int) -> str:
    return f"person{number % PERSONS}@example.jp"


def own(tools: Tools, address: str, owner: str, on: datetime) -> None:
    """Record an address of somebody."""
    with writing(at(tools, on)) as desk:
        case = case_for(desk, address, "spamhaus-css")
        # A site of its own: alike ones would fold, and their addresses not all stand in the mail.
        writes.change_address(desk.tx, case.address_id, owner=owner, site=f"site of {address}")


def found(tools: Tools, address: str, seen: Seen, on: datetime) -> None:
    """Record that delist itself has found an address listed or clear."""
    with writing(at(tools, on)) as desk:
        desk = replace(desk, source=Source.CHECK)
        tell(desk, case_for(desk, address, "spamhaus-css"), seen, moment_of(on, tools.zone), {})


def prepare(tools: Tools, port: int) -> None:
    """Cases with windows in the days to come, of several persons."""
    (tools.database.parent / "config.toml").write_text(CONFIG.format(port=port))
    for number in range(24):
        address, on = f"203.0.113.{number + 1}", BEGIN - timedelta(days=180 - 3 * number)
        own(tools, address, person(number), on)
        moment = moment_of(on, tools.zone)
        submit(at(tools, on), [address], Submission(on=moment, confirmed=moment))


def meanwhile(tools: Tools, day: int) -> None:
    """What happens on a day: an address is listed, another is found clear."""
    on = BEGIN + timedelta(days=day, hours=-1)
    for net, seen in ((1, Seen.LISTED), (2, Seen.CLEAR)):
        address = f"198.51.100.{day + 1}" if net == 1 else f"192.0.2.{day + 100}"
        own(tools, address, person(day + net), on)
        found(tools, address, seen, on)


def started(day: int) -> subprocess.Popen[str]:
    on = (BEGIN + timedelta(days=day)).isoformat()
    words = [sys.executable, "-m", "delist", "notify", "--on", on]
    folder = Path(__file__).parent.parent
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=folder)


def finished(day: int) -> str:
    """Run without being killed; returns what was printed."""
    process = started(day)
    printed, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    return printed


def killed(day: int, delay: float, relay: Relay, at_relay: bool) -> None:
    """Start and kill after some seconds: from the start on, or from when the relay first hears of it."""
    heard = len(relay.heard)
    process = started(day)
    if at_relay:
        while process.poll() is None and len(relay.heard) == heard:
            time.sleep(0.001)
    with suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    process.kill()
    process.communicate()


def rows(tools: Tools, select: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(tools.database)) as connection:
        return connection.execute(select).fetchall()


def mails(relay: Relay) -> list[Mail]:
    got = []
    for kept in relay.mails:
        uid = str(kept.mail["Message-ID"]).strip("<>").partition("@")[0]
        part = kept.mail.get_body(("plain",))
        assert part is not None
        got.append(Mail(uid, kept.to[0], part.get_content()))
    return got


def test_killed_a_hundred_times_it_loses_nothing_and_doubles_nothing_silently(tools: Tools, relay: Relay) -> None:
    prepare(tools, relay.port)
    begun = time.monotonic()
    assert "told " in finished(0)
    takes = time.monotonic() - begun
    chance = random.Random(6)
    for kill in range(1, KILLS + 1):
        if kill % 2:
            meanwhile(tools, kill)
        at_relay = kill % 2 == 0
        killed(kill, chance.uniform(0, 0.08) if at_relay else chance.uniform(0.2, 1.1) * takes, relay, at_relay)
    last = KILLS + 1
    finished(last)
    assert finished(last) == ""
    _reconcile(tools, mails(relay), BEGIN + timedelta(days=last))


def _reconcile(tools: Tools, got: list[Mail], on: datetime) -> None:
    notices = {uid: (recipient, state) for uid, recipient, state in rows(
        tools, "SELECT uid, recipient, state FROM notices"
    )}  # fmt: skip
    claims: dict[str, list[tuple[str, str]]] = {}
    for uid, key, address in rows(
        tools,
        "SELECT n.uid, t.key, coalesce(a.address, '') FROM told t JOIN notices n ON n.id = t.notice_id"
        " LEFT JOIN addresses a ON a.id = t.address_id ORDER BY n.id",
    ):
        claims.setdefault(uid, []).append((key, address))

    # Claims and mails agree: what came is claimed, and what is said to be sent has come, once.
    assert len({mail.uid for mail in got}) == len(got)
    assert {mail.uid: mail.to for mail in got}.items() <= {uid: each[0] for uid, each in notices.items()}.items()
    states = {state for _, state in notices.values()}
    assert states == {"sent", "unsure"}
    came = {mail.uid for mail in got}
    assert {uid for uid, (_, state) in notices.items() if state == "sent"} <= came
    # Otherwise the kills all fell before or after the sending, and this has shown nothing.
    unsure = {uid for uid, (_, state) in notices.items() if state == "unsure"}
    assert len(unsure & came) > 5
    assert len(unsure - came) > 5

    told: dict[tuple[str, str], list[str]] = {}
    for mail in got:
        openly = mail.text.partition(MARK)[2]
        for key, address in claims[mail.uid]:
            told.setdefault((mail.to, base_of(key)), []).append(key)
            assert address in mail.text
            if "~" in key:
                assert address in openly, (mail.uid, key)
    # Told twice it is told openly, each time after another notice that was cut short.
    for (_, base), keys in told.items():
        assert keys.count(base) <= 1
        assert len(set(keys)) == len(keys)

    _nothing_is_lost(tools, told, on)


def _nothing_is_lost(tools: Tools, told: dict[tuple[str, str], list[str]], on: datetime) -> None:
    moment: Moment = moment_of(on, tools.zone)
    pending = due(tools, moment).reminders
    assert len(pending) > 60
    for reminder in pending:
        stage = stage_of(reminder, moment, tools.zone)
        assert stage is not None
        assert (reminder.case.owner, key_of(reminder, stage, tools.zone)) in told
    changes = rows(
        tools,
        "SELECT a.owner, e.uid FROM events e JOIN addresses a ON a.id = e.address_id"
        " WHERE e.event = 'sighted' AND e.source = 'check'",
    )
    assert len(changes) == KILLS
    for owner, uid in changes:
        assert (owner, f"change/{uid}") in told
