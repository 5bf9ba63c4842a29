"""How long `delist import` takes for an export, beside bare `executemany` of the same rows into the same schema."""

import argparse
import gc
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from delist.rules import addresses as ip
from delist.store.bulk import Batch
from delist.store.engine import engine_for, writing
from delist.store.sqlite import connect
from tests.bench import common
from tests.bench.common import at_least, child, ratio, timed

DELIST = "delist import FILE"
STORE = "store.bulk (SQLAlchemy), rows at hand"
READY = "executemany, rows at hand"
SCRIPT = "executemany, rows made by json.loads from FILE"

# Parents first.
_TABLES = ("addresses", "cases", "requests", "texts", "events", "sightings")
Rows = dict[str, list[tuple[Any, ...]]]


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin(f"importing {options.size:,} requests with their texts (1.5 kB) and five history entries each")
    with common.workplace(options.folder) as folder, nullcontext(options.keep or folder / "kept") as keep:
        source = common.kept(keep, options.size, options.due)
        file = folder / "export.jsonl"
        with common.announced("exporting"):
            child([common.console_script(), "export", "-o", str(file)], source.places.database.parent.parent)
        empty = common.ready(folder / "empty").database
        rows, counts = _rows(source.database)
        # What stands here for good is no work for the garbage collector while the sides run.
        gc.freeze()
        calls: dict[str, Callable[[Path], object]] = {
            DELIST: lambda home: child([common.console_script(), "import", str(file)], home),
            STORE: partial(_insert_through_store, rows),
            READY: partial(_insert_ready, rows),
            SCRIPT: partial(_insert_from, file),
        }
        sides = {name: partial(_into_empty, call, empty, folder / "target", counts) for name, call in calls.items()}
        found = common.interleaved(sides, options.rounds, warm=False)
    common.show_times(found, options.size)
    print()
    common.show_ratio(f"rate: {STORE} / {READY}", ratio(found, READY, STORE), at_least(0.65))
    common.show_ratio(f"rate: {DELIST} / {SCRIPT}", ratio(found, SCRIPT, DELIST), at_least(0.65))
    common.show_ratio(f"rate: {DELIST} / {READY}", ratio(found, READY, DELIST))


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 3)
    parser.add_argument("--size", type=int, default=100_000, help="requests in the export")
    parser.add_argument("--due", type=int, default=100, help="how many of them are due")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the database there, or export the one there")
    return parser.parse_args()


def _rows(database: Path) -> tuple[Rows, Mapping[str, int]]:
    with closing(connect(database)) as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}
    return rows, {table: len(found) for table, found in rows.items()}


def _into_empty(call: Callable[[Path], object], empty: Path, home: Path, counts: Mapping[str, int]) -> float:
    """Return how long a call takes to fill an empty database; stops everything if rows are missing."""
    shutil.rmtree(home, ignore_errors=True)
    database = home / "delist" / "delist.db"
    database.parent.mkdir(parents=True)
    shutil.copy(empty, database)
    taken = timed(lambda: call(home))
    with closing(connect(database)) as connection:
        found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES}
    if found != counts:
        sys.exit(f"there should be {counts} rows and there are {found}")
    return taken


def _insert_ready(rows: Rows, home: Path) -> None:
    with closing(connect(home / "delist" / "delist.db")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _insert(connection, rows)
        connection.execute("COMMIT")


def _insert_through_store(rows: Rows, home: Path) -> None:
    """Write as an import does, once its rows are made: in batches, through SQLAlchemy, in one transaction."""
    path = home / "delist" / "delist.db"
    with writing(engine_for(path), path) as tx:
        batch = Batch(tx)
        for table, waiting in rows.items():
            for start in range(0, len(waiting), 2000):
                part = waiting[start : start + 2000]
                getattr(batch, table).extend(_AS_STORED.get(table, list)(part))
                batch.flush()


# The writer leaves out what is not known yet: the marks of a case, the id of a sighting.
_AS_STORED: Mapping[str, Callable[[list[tuple[Any, ...]]], list[tuple[Any, ...]]]] = {
    "cases": lambda part: [row[:4] for row in part],
    "sightings": lambda part: [row[1:] for row in part],
}


def _insert(connection: sqlite3.Connection, rows: Rows) -> None:
    for table, waiting in rows.items():
        if waiting:
            marks = ", ".join("?" * len(waiting[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", waiting)


def _insert_from(file: Path, home: Path) -> None:
    """Do what the simplest script would do: trust every line, and leave what is due next to others."""
    addresses: dict[str, int] = {}
    cases: dict[tuple[str, str], int] = {}
    with closing(connect(home / "delist" / "delist.db")) as connection, file.open(encoding="utf-8") as lines:
        connection.execute("BEGIN IMMEDIATE")
        while part := list(islice(lines, 2000)):
            rows: Rows = {table: [] for table in _TABLES}
            for line in part:
                value = json.loads(line)
                if value["type"] == "address":
                    _read_address(rows, addresses, value)
                elif value["type"] == "request":
                    _read_request(rows, addresses, cases, value)
            _insert(connection, rows)
        connection.execute("COMMIT")


def _read_address(rows: Rows, addresses: dict[str, int], value: Any) -> None:
    at = value["address"]
    address_id = addresses[at] = len(addresses) + 1
    about = (value["site"], value["domain"], value["label"], value["owner"], value["added_at"], value["retired_on"])
    rows["addresses"].append((address_id, value["uid"], at, ip.order(at), ip.neighbourhood(at), *about))
    rows["events"] += _events(value["history"], address_id, None, None)


_SEEN = (
    *("verdict", "on", "at", "last_on", "last_at", "source", "code", "reason", "answer", "nameserver"),
    *("event", "undone"),
)
_MOMENTS = ("submitted", "submitted", "confirmed", "cleared", "refused", "relisted", "withdrawn")


def _read_request(rows: Rows, addresses: dict[str, int], cases: dict[tuple[str, str], int], value: Any) -> None:
    number, at, history = value["number"], value["address"], value["history"]
    address_id = addresses[at]
    case_id = cases.get((at, value["list"]))
    if case_id is None:
        case_id = cases[at, value["list"]] = len(cases) + 1
        rows["cases"].append((case_id, address_id, value["list"], None, None))
    when = {entry["event"]: (entry["on"], entry["at"]) for entry in history}
    moments = [part for name in _MOMENTS for part in when.get(name, (None, None))]
    detail = history[0]["detail"]
    contact = detail.get("contact") or {}
    sent = (detail.get("reference"), contact.get("name"), contact.get("email"), detail.get("template"), None)
    rows["requests"].append((number, value["uid"], case_id, value["batch"], value["state"], *moments, *sent))
    rows["events"] += _events(history, address_id, case_id, number)
    rows["sightings"] += [(None, seen["uid"], case_id, *(seen[name] for name in _SEEN)) for seen in value["sightings"]]
    if value["text"] is not None:
        rows["texts"].append((number, value["text"]))


def _events(
    history: Iterable[Any], address_id: int, case_id: int | None, number: int | None
) -> Iterator[tuple[Any, ...]]:
    place = (address_id, case_id, number)
    for entry in history:
        detail = json.dumps(entry["detail"], separators=(",", ":"))
        told = (entry["event"], entry["on"], entry["at"], entry["recorded_at"], entry["by"], entry["source"], detail)
        yield (None, entry["uid"], *place, *told)


if __name__ == "__main__":
    main()
