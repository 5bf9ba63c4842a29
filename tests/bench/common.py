"""What the speed commands share: records to measure on, runs that alternate, and the lines that are printed."""

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from delist import migrate, tools
from delist.actions.desk import writing
from delist.rules import addresses as ip
from delist.rules.history import Entry, Event, Source
from delist.rules.lifecycle import Request, State, replay
from delist.rules.moments import moment_of
from delist.store import attention, bulk
from delist.store.rows import instant_text
from delist.store.version import SCHEMA
from delist.tools import Tools, new_uid

# The moment at which databases that may be kept are looked at: what is due in them never changes.
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PBL = "spamhaus-pbl"
_SLICE = 2000


def environment(home: Path) -> dict[str, str]:
    """Return what a child process sees: a home of its own, and nothing that keeps Python from writing bytecode."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "DELIST_HOME": str(home / "delist"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
    }


def tools_in(home: Path, at: datetime = AT) -> Tools:
    """Return the tools that a child process in that home has, but with a clock that stands."""
    return replace(tools.build(environment(home)), now=lambda: at)


def ready(home: Path, at: datetime = AT) -> Tools:
    """Return tools on a new, empty database."""
    found = tools_in(home, at)
    migrate.make_ready(found.database, at)
    return found


def console_script() -> str:
    """Return the installed `delist` of the interpreter that runs this."""
    script = Path(sysconfig.get_path("scripts")) / "delist"
    if not script.exists():
        sys.exit(f"there is no {script}: install delist for this interpreter, `{sys.executable} -m pip install -e .`")
    return str(script)


def address(position: int) -> str:
    """Return an address for documentation: some IPv4, then as many IPv6 as anyone wants, 256 to a /48."""
    networks = ("192.0.2", "198.51.100", "203.0.113")
    if position < 250 * len(networks):
        return f"{networks[position // 250]}.{position % 250 + 1}"
    return ip.canonical(f"2001:db8:{position >> 8:x}:{position & 255:x}::25")


def letter(about: str) -> str:
    """Return a request text of 1.5 kB."""
    line = f"We ask for the removal of {about}: it has a name of its own and sends what people have asked for.\n"
    return (line * 20)[:1500]


def build(tools: Tools, size: int, due: int, keys: Sequence[str] = (PBL,)) -> None:
    """Fill an empty database with requests of five history entries each, so many of them due now, evenly spread.

    The rest are cleared and wait for their window, none of them due within two weeks. The moments of next attention
    are computed by the rule.
    """
    with writing(tools) as desk:
        batch = bulk.Batch(desk.tx)
        for position in range(size):
            # The reminder of a PBL window is due six months after the first day, less 14 days.
            is_due = (position + 1) * due // size > position * due // size
            days = 176 + position % 7 if is_due else 2 + 148 * (size - 1 - position) // size
            asked = tools.now() - timedelta(days=days, hours=position % 24)
            _add(batch, tools, position, keys[position % len(keys)], asked, is_due)
            if position % _SLICE == 0:
                batch.flush()
        batch.flush()
        attention.refresh_all(desk.tx, desk.basis)


def _add(batch: bulk.Batch, tools: Tools, position: int, key: str, asked: datetime, is_due: bool) -> None:
    number, at = position + 1, address(position)
    history = _history(tools, key, asked, is_due)
    first = history[0].moment
    blank = Request(number, new_uid(asked), at, key, State.SUBMITTED, first, first)
    added = _entry(tools, Event.ADDED, asked, {})
    place = (at, ip.order(at), ip.neighbourhood(at))
    batch.addresses.append((number, new_uid(asked), *place, None, None, None, None, instant_text(asked), None))
    batch.cases.append((number, number, key, None))
    batch.requests.append(bulk.request_values(replay(blank, history), number))
    batch.texts.append((number, letter(at)))
    batch.events.append(bulk.event_values(added, None, number, None, None))
    batch.events += [bulk.event_values(entry, None, number, number, number) for entry in history]
    for entry in history:
        if entry.event is Event.CLEARED:
            when = (entry.moment.on.isoformat(), instant_text(entry.recorded_at))
            told = ("told", None, None, None, None, entry.uid, 0)
            batch.sightings.append((new_uid(asked), number, "clear", *when, None, None, *told))


_CONTACT = {"contact": {"name": "Postmaster", "email": "postmaster@example.net"}, "template": PBL}
_NOTE = {"text": "The list wrote back; the ticket stays with the one who looks after this server."}


def _history(tools: Tools, key: str, asked: datetime, is_due: bool) -> list[Entry]:
    """Return five entries: confirmed, cleared; on a list without windows, what is due is not yet cleared."""
    has_confirmation = tools.catalogue.get(key).has_confirmation
    steps: list[tuple[Event, Mapping[str, object]]] = [
        (Event.SUBMITTED, _CONTACT),
        (Event.CONFIRMED, {}) if has_confirmation else (Event.NOTED, _NOTE),
        (Event.NOTED, _NOTE),
        (Event.NOTED, _NOTE) if is_due and key != PBL else (Event.CLEARED, {}),
        (Event.NOTED, _NOTE),
    ]
    return [_entry(tools, event, asked + timedelta(hours=5 * n), detail) for n, (event, detail) in enumerate(steps)]


def _entry(tools: Tools, event: Event, at: datetime, detail: Mapping[str, object]) -> Entry:
    return Entry(new_uid(at), event, moment_of(at, tools.zone), at, tools.by, Source.HAND, detail)


def kept(folder: Path, size: int, due: int) -> Tools:
    """Return tools on a database of so many requests, made in a folder unless it is there already."""
    home = folder / f"{SCHEMA}-{size}-{due}"
    if not home.exists():
        part = home.with_suffix(".part")
        with announced(f"making a database of {size:,} requests"):
            build(ready(part), size, due)
        part.rename(home)
    return tools_in(home)


@contextmanager
def announced(what: str) -> Iterator[None]:
    """Say on stderr what takes long, and how long it took."""
    print(f"{what} ...", end="", file=sys.stderr, flush=True)
    start = time.perf_counter()
    yield
    print(f" {time.perf_counter() - start:.1f} s", file=sys.stderr)


@contextmanager
def workplace(folder: Path | None) -> Iterator[Path]:
    """Give a new folder, in the named one or among the temporary files, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="delist-bench-", dir=folder) as made:
        yield Path(made)


def parser(what: str, rounds: int) -> argparse.ArgumentParser:
    """Return the options that all have."""
    found = argparse.ArgumentParser(description=what, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    found.add_argument("--rounds", type=int, default=rounds, help="how often each side runs")
    found.add_argument("--folder", type=Path, help="work in a new folder there: on the disk that is to be measured")
    return found


def begin(title: str) -> None:
    """Print what is measured, and on what; children of this process will write bytecode."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    load = os.getloadavg()[0]
    print(title)
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} CPUs, load {load:.1f}"
    )


def child(words: Sequence[str], home: Path) -> str:
    """Run a command to its end and return what it printed; stop everything if it failed."""
    done = subprocess.run(words, env=environment(home), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def install(environment: Path, *packages: str) -> None:
    """Install packages into a virtual environment."""
    words = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]
    if done := subprocess.run(words, check=False).returncode:
        sys.exit(f"pip ended with {done}: name an environment that has {' and '.join(packages)} with --peers DIR")


def timed(call: Callable[[], object]) -> float:
    """Return how many seconds a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


Times = dict[str, list[float]]


def interleaved(sides: Mapping[str, Callable[[], float]], rounds: int, warm: bool = True) -> Times:
    """Run the sides in turn (A B A B ...), each returning the seconds that count; a first round may not count."""
    if warm:
        for side in sides.values():
            side()
    found: Times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(side())
    return found


def show_times(found: Times, count: int = 0) -> None:
    """Print a line a side: the median, the fastest and the slowest run; with a count, how many a second that is."""
    rounds = len(next(iter(found.values())))
    rate = f"{'a second':>12}" if count else ""
    print(f"\n{f'{rounds} runs each, in turn':<58}{'median':>12}{'fastest':>12}{'slowest':>12}{rate}")
    for name, seconds in found.items():
        middle = median(seconds)
        rate = f"{count / middle:>12,.0f}" if count else ""
        print(f"{name:<82}{_time(middle):>12}{_time(min(seconds)):>12}{_time(max(seconds)):>12}{rate}")


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio must be."""

    limit: float
    is_ceiling: bool = True

    def __str__(self) -> str:
        return f"{'at most' if self.is_ceiling else 'at least'} {self.limit}"

    def judge(self, value: float) -> str:
        """Return whether a value keeps it, in a word."""
        keeps = value <= self.limit if self.is_ceiling else value >= self.limit
        return "kept" if keeps else "MISSED"


def at_most(limit: float) -> Target:
    """Return a ceiling."""
    return Target(limit)


def at_least(limit: float) -> Target:
    """Return a floor."""
    return Target(limit, is_ceiling=False)


def show_ratio(name: str, value: float, target: Target | None = None) -> None:
    """Print a ratio, with its target and whether it keeps it; without one it is for information."""
    judged = f"{target!s:>18}   {target.judge(value)}" if target else ""
    print(f"{name:<82}{value:>12.3f}{judged}")


def ratio(found: Times, side: str, other: str) -> float:
    """Return the ratio of two sides' medians."""
    return median(found[side]) / median(found[other])
