"""How long `delist due` takes from the shell, beside `khal list`, `todo list` and a bare interpreter."""

import argparse
import sys
import venv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.bench import common
from tests.bench.common import PBL, at_most, child, ratio, timed

SIZE, DUE = 200, 10
# Seven, so that what is due (every twentieth) is not always on the same one.
LISTS = (PBL, PBL, "barracuda", PBL, "microsoft-consumer", PBL, PBL)

_KHAL = """\
[calendars]
[[work]]
path = {folder}/events
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""
_TODOMAN = """\
path = "{folder}/todos/*"
cache_path = "{folder}/todoman.sqlite3"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
"""
_ITEM = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//delist//bench//EN
BEGIN:{kind}
UID:{uid}
DTSTAMP:20210502T010000Z
SUMMARY:Look whether {address} is listed again
DESCRIPTION:The exclusion ends; the text is ready.
{times}
END:{kind}
END:VCALENDAR
"""


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin(f"delist due: {SIZE} requests, {DUE} due; khal: {SIZE} events, {DUE} today; todoman: {SIZE} items")
    with common.workplace(options.folder) as folder:
        now = datetime.now(UTC).replace(microsecond=0)
        common.build(common.ready(folder, now), SIZE, DUE, LISTS)
        _write_calendars(folder, now)
        commands = _commands(folder, options.peers or _peers(folder / "peers"))
        for words in commands.values():
            child(words, folder)
        _check(commands, folder)
        sides = {name: partial(_run, words, folder) for name, words in commands.items()}
        found = common.interleaved(sides, options.rounds)
    common.show_times(found)
    print()
    common.show_ratio("delist due / khal list", ratio(found, "delist due", "khal list"), at_most(1.0))
    common.show_ratio("delist due / todo list", ratio(found, "delist due", "todo list"), at_most(1.3))
    common.show_ratio("delist due / python -c pass", ratio(found, "delist due", "python -c pass"))


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 21)
    parser.add_argument("--peers", type=Path, help="a virtual environment with khal and todoman; else one is made")
    return parser.parse_args()


def _peers(folder: Path) -> Path:
    with common.announced("installing khal and todoman"):
        venv.create(folder, with_pip=True)
        common.install(folder, "khal", "todoman")
    return folder


def _commands(folder: Path, peers: Path) -> dict[str, Sequence[str]]:
    return {
        "delist due": [common.console_script(), "due"],
        "khal list": [str(peers / "bin" / "khal"), "-c", str(folder / "khal.conf"), "list"],
        "todo list": [str(peers / "bin" / "todo"), "-c", str(folder / "todoman.py"), "list"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }


def _write_calendars(folder: Path, now: datetime) -> None:
    (folder / "khal.conf").write_text(_KHAL.format(folder=folder))
    (folder / "todoman.py").write_text(_TODOMAN.format(folder=folder))
    for kind, place in (("VEVENT", folder / "events"), ("VTODO", folder / "todos" / "work")):
        place.mkdir(parents=True)
        for position in range(SIZE):
            (place / f"{position}.ics").write_text(_item(kind, position, now))


def _item(kind: str, position: int, now: datetime) -> str:
    # The first are today, the others in the half year after next week.
    days = 0 if position < DUE else 7 + position % 180
    start = (now + timedelta(days=days)).replace(hour=position % 20, minute=0, second=0)
    begins, ends = f"{start:%Y%m%dT%H%M%SZ}", f"{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}"
    times = f"DTSTART:{begins}\nDTEND:{ends}" if kind == "VEVENT" else f"DUE:{begins}"
    uid = f"{kind.lower()}-{position}@example.net"
    return _ITEM.format(kind=kind, uid=uid, address=common.address(position), times=times)


def _check(commands: dict[str, Sequence[str]], folder: Path) -> None:
    """Stop if a side does not print what it is measured for."""
    wanted = {"delist due": DUE, "khal list": DUE, "todo list": SIZE}
    for name, count in wanted.items():
        # People see equal reminders folded; here each is to be counted.
        each = ["--each"] if name == "delist due" else []
        printed = child([*commands[name], *each], folder)
        told = {common.address(position) for position in range(SIZE)} & set(printed.split())
        if len(told) != count:
            sys.exit(f"{name} told {len(told)} of {count} addresses:\n{printed}")


def _run(words: Sequence[str], folder: Path) -> float:
    return timed(partial(child, words, folder))


if __name__ == "__main__":
    main()
