"""Fixtures: every test has a home of its own, a clock that stands, and a migrated database that was made once."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from delist import catalogue, migrate, settings
from delist.cli import app
from delist.settings import Measuring, Settings
from delist.tools import Tools
from tests import hidden
from tests.builders import TOKYO
from tests.servers import guard

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def only_this_host() -> Iterator[None]:
    """Nothing that tests do in this process goes anywhere but to this host."""
    with guard.nobody_is_called() as strayed:
        yield
    assert strayed == []


@pytest.fixture(scope="session", autouse=True)
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hidden.Watch]:
    """No link, key or password stands in anything that the program prints or writes, whatever a test is about."""
    with hidden.nothing_is_told(tmp_path_factory.getbasetemp()) as watch:
        yield watch
    assert watch.told == []


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that belongs to the test alone: nothing of the person who runs the tests is read or written."""
    for name in ("DELIST_DATABASE_URL", "SUDO_USER", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DELIST_HOME", str(tmp_path / "delist"))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    return tmp_path / "delist"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "delist.db"
    migrate.make_ready(path, NOW)
    return path


@pytest.fixture
def tools(home: Path, migrated: Path) -> Tools:
    """Tools whose clock stands at NOW, in Tokyo, on an empty database; move the clock with `at`."""
    where = settings.places({"DELIST_HOME": str(home)})
    home.mkdir()
    shutil.copy(migrated, where.database)
    return Tools(
        now=lambda: NOW,
        by="tester",
        zone=TOKYO,
        # Nobody is to be called by a test that does not say so: most addresses here belong to no one.
        settings=Settings(evidence=Measuring(measure=False)),
        places=where,
        database=where.database,
        catalogue=catalogue.load(),
    )


def at(tools: Tools, moment: datetime) -> Tools:
    """Return the tools with the clock standing elsewhere."""
    return replace(tools, now=lambda: moment)


@dataclass(frozen=True)
class Outcome:
    """What a command line left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(tools: Tools, watch: hidden.Watch) -> Run:
    """Run a command line in this process: `run("confirm", 1, "--on", "2021-05-02")`."""

    def invoke(*words: object, stdin: str | None = None, with_tools: Tools | None = None) -> Outcome:
        found = CliRunner().invoke(app, [str(word) for word in words], input=stdin, obj=with_tools or tools)
        watch.look(words, found.stdout, found.stderr)
        return Outcome(found.exit_code, found.stdout, found.stderr)

    return invoke


def fine(outcome: Outcome) -> Any:
    """Return the JSON of a command that must succeed, None if it printed none."""
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out) if outcome.out.startswith("{") else None


def refused(outcome: Outcome, code: int, *parts: str) -> None:
    """Check that a command was refused with one sentence that has these parts."""
    assert outcome.code == code, outcome.err or outcome.out
    assert outcome.out == ""
    assert outcome.err.startswith("delist: ")
    assert outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err
