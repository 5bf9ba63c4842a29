"""Compares what `delist scan` finds in labelled logs with the labels, through the command itself.

The labels are for evaluation only and stand outside the checkout: `python -m tests.bench.logs [FOLDER]`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parent.parent.parent
LABELLED = ROOT.parent / "shared" / "data" / "logs-dev"
_EVENT = ("line", "queue_id", "rcpt", "list", "subtype", "status", "ip", "time")
_GROUP = ("ip", "list", "subtype", "first_seen", "last_seen", "lines", "deliveries", "bounced", "deferred")


def scanned(log: Path, zone: str, *options: str) -> list[dict[str, Any]]:
    """Return the objects that `delist scan --json` prints of a log, with a configuration of its own."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "config.toml").write_text(f'timezone = "{zone}"\n')
        command = [sys.executable, "-m", "delist", "scan", str(log), "--json", *options]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={"DELIST_HOME": home, "PATH": "/usr/bin:/bin"}
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _local(instant: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def events_of(log: Path, zone: str) -> list[dict[str, Any]]:
    """Return what is found line by line, in the words of the labels."""
    place = ZoneInfo(zone)
    return [
        {**each, "rcpt": each["recipient"], "ip": each["address"], "time": _local(each["at"], place)}
        for each in scanned(log, zone, "--events")
    ]


def groups_of(log: Path, zone: str) -> list[dict[str, Any]]:
    """Return the groups that are found, in the words of the labels."""
    place = ZoneInfo(zone)
    return [
        {
            **each,
            "ip": each["address"],
            "first_seen": _local(each["first_seen"], place),
            "last_seen": _local(each["last_seen"], place),
        }
        for each in scanned(log, zone)
    ]


def _rows(found: Iterable[Mapping[str, Any]], fields: tuple[str, ...]) -> set[tuple[Any, ...]]:
    return {tuple(each[name] for name in fields) for each in found}


def compare(log: Path, expected: Mapping[str, Any], zone: str) -> bool:
    """Print how a log compares with its labels, and return whether they are equal."""
    equal = True
    for what, fields, found in (("events", _EVENT, events_of(log, zone)), ("groups", _GROUP, groups_of(log, zone))):
        got, wanted = _rows(found, fields), _rows(expected[what], fields)
        print(f"{log.name:40} {what}: {len(wanted)} labelled, {len(got & wanted)} equal, {len(got - wanted)} more")
        for row in sorted(wanted - got, key=str):
            print("  missing", row)
        for row in sorted(got - wanted, key=str):
            print("  more   ", row)
        equal = equal and got == wanted
    return equal


def main() -> int:
    """Compare all labelled logs of a folder; the exit code says whether all are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=LABELLED)
    parser.add_argument("--zone", default="Asia/Tokyo", help="the zone of stamps without an offset")
    given = parser.parse_args()
    if not (given.folder / "expected.json").exists():
        print(f"no labelled logs in {given.folder}")
        return 0
    labels = json.loads((given.folder / "expected.json").read_text(encoding="utf-8"))
    differ = [name for name, label in labels.items() if not compare(given.folder / name, label, given.zone)]
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
