"""How long recording a submission takes, beside the same inserts and look-ups written for sqlite3 by hand."""

import argparse
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, nullcontext
from functools import partial
from itertools import count
from pathlib import Path

from delist.actions.submitting import Submission, submit
from delist.rules import addresses as ip
from delist.store.rows import instant_text
from delist.store.sqlite import connect
from delist.tools import Tools, new_uid
from tests.bench import common
from tests.bench.common import PBL, at_most, ratio, timed

_MEMORY_DISK = Path("/dev/shm")
_SBL = "spamhaus-sbl"


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin("recording a submission: an unknown address, one list, a text of 1.5 kB")
    with ExitStack() as stack:
        folder = stack.enter_context(common.workplace(options.folder))
        keep = stack.enter_context(nullcontext(options.keep) if options.keep else common.workplace(options.folder))
        places = {}
        for size in sorted({options.small, options.size}):
            places[f"on disk, {size:,} requests"] = _copied(common.kept(keep, size, options.due), folder / str(size))
        if _MEMORY_DISK.is_dir():
            shelf = stack.enter_context(common.workplace(_MEMORY_DISK))
            small = common.kept(keep, options.small, options.due)
            places[f"in memory (tmpfs), {options.small:,} requests"] = _copied(small, shelf)
        # Or the first runs wait for the copies to reach the disk.
        os.sync()
        found = common.interleaved(_sides(places), options.rounds)
    common.show_times(found)
    print()
    for where in places:
        target = at_most(3.0) if "disk" in where else None
        common.show_ratio(f"delist / sqlite3, {where}", ratio(found, f"delist, {where}", f"sqlite3, {where}"), target)


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 101)
    parser.add_argument("--size", type=int, default=1_000_000, help="requests in the large database")
    parser.add_argument("--small", type=int, default=1_000, help="requests in the small database")
    parser.add_argument("--due", type=int, default=100, help="how many are due in each")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep databases there, and copy those that are there")
    return parser.parse_args()


def _copied(tools: Tools, home: Path) -> Tools:
    copy = common.tools_in(home)
    copy.database.parent.mkdir(parents=True)
    shutil.copy(tools.database, copy.database)
    return copy


def _sides(places: dict[str, Tools]) -> dict[str, Callable[[], float]]:
    """Return both sides for each place; they write into the same file, which grows for both alike."""
    positions = count(4_000_000)
    found: dict[str, Callable[[], float]] = {}
    for where, tools in places.items():
        found[f"delist, {where}"] = partial(_through_delist, tools, positions)
        found[f"sqlite3, {where}"] = partial(_by_hand, tools, positions)
    return found


def _through_delist(tools: Tools, positions: Iterator[int]) -> float:
    address = common.address(next(positions))
    submission = Submission(list=PBL, text=common.letter(address))
    return timed(lambda: submit(tools, [address], submission))


def _by_hand(tools: Tools, positions: Iterator[int]) -> float:
    address = common.address(next(positions))
    at = tools.now()
    values: dict[str, object] = {
        **{name: new_uid(at) for name in ("address_uid", "added_uid", "request_uid", "submitted_uid")},
        "address": address,
        "sort": ip.order(address),
        "net": ip.neighbourhood(address),
        "list": PBL,
        "waits_for": _SBL,
        "on": at.date().isoformat(),
        "at": instant_text(at),
        "by": tools.by,
        "text": common.letter(address),
    }
    return timed(lambda: _record(tools.database, values))


def _record(path: Path, values: dict[str, object]) -> None:
    # The same pragmas: the connection is opened by what opens it for delist.
    with closing(connect(path)) as connection:
        for statement in (*_OPENING, *_ADDRESS):
            _run(connection, statement, values)
        values["address_id"] = _run(connection, _ADD_ADDRESS, values).lastrowid
        for statement in (_ADD_ADDED, _CASE):
            _run(connection, statement, values)
        values["case_id"] = _run(connection, _ADD_CASE, values).lastrowid
        for statement in _STANDING:
            _run(connection, statement, values)
        values["number"] = _run(connection, _ADD_REQUEST, values).lastrowid
        for statement in _REST:
            _run(connection, statement, values)


def _run(connection: sqlite3.Connection, statement: str, values: dict[str, object]) -> sqlite3.Cursor:
    found = connection.execute(statement, values)
    if statement.startswith("SELECT"):
        found.fetchall()
    return found


_OPENING = (
    "PRAGMA application_id",
    "SELECT version_num FROM alembic_version",
    "BEGIN IMMEDIATE",
    "SELECT value FROM meta WHERE key = 'fingerprint'",
)
_ADDRESS = ("SELECT * FROM addresses WHERE address = :address",)
_ADD_ADDRESS = (
    "INSERT INTO addresses (uid, address, sort, net, added_at) VALUES (:address_uid, :address, :sort, :net, :at)"
)
_ADD_ADDED = (
    'INSERT INTO events (uid, address_id, event, happened_on, happened_at, recorded_at, "by", source, detail)'
    " VALUES (:added_uid, :address_id, 'added', :on, :at, :at, :by, 'hand', '{}')"
)
_CASE = "SELECT * FROM cases WHERE address_id = :address_id AND list_key = :list"
_ADD_CASE = "INSERT INTO cases (address_id, list_key) VALUES (:address_id, :list)"
# Is it listed, is a request open: this address on this list, and what must be settled before.
_STANDING = (
    "SELECT l.* FROM listings l WHERE l.case_id = :case_id AND l.ended_on IS NULL AND l.undone = 0",
    "SELECT r.* FROM requests r WHERE r.case_id = :case_id AND r.state IN ('submitted', 'confirmed')",
    "SELECT a.address FROM cases c JOIN listings l ON l.case_id = c.id JOIN addresses a ON a.id = c.address_id"
    " WHERE c.list_key = :waits_for AND l.ended_on IS NULL AND l.undone = 0",
    "SELECT r.*, a.address FROM cases c JOIN requests r ON r.case_id = c.id JOIN addresses a ON a.id = c.address_id"
    " WHERE c.list_key = :waits_for AND r.state IN ('submitted', 'confirmed')",
)
_ADD_REQUEST = (
    "INSERT INTO requests (uid, case_id, state, submitted_on, submitted_at, asked_on, asked_at)"
    " VALUES (:request_uid, :case_id, 'submitted', :on, :at, :on, :at)"
)
_REST = (
    'INSERT INTO events (uid, address_id, case_id, number, event, happened_on, happened_at, recorded_at, "by", source,'
    " detail) VALUES (:submitted_uid, :address_id, :case_id, :number, 'submitted', :on, :at, :at, :by, 'hand', '{}')",
    "INSERT INTO texts (number, text) VALUES (:number, :text)",
    "DELETE FROM drafts WHERE case_id = :case_id",
    "SELECT * FROM sightings WHERE case_id = :case_id AND undone = 0",
    "SELECT uid FROM listings WHERE case_id = :case_id",
    "SELECT * FROM observations WHERE number = :number",
    "SELECT * FROM observations WHERE list_key = :list ORDER BY days, number LIMIT 3",
    "UPDATE cases SET next_at = :at WHERE id = :case_id",
    "COMMIT",
)


if __name__ == "__main__":
    main()
