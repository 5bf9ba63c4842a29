"""What was acknowledged is on the disk: after SIGKILL, beside other writers, on a full disk, and after a restore."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from delist import migrate
from delist.actions.moves import advance
from delist.actions.submitting import Submission, submit
from delist.rules.history import Event
from delist.store import sqlite, version
from delist.tools import Tools
from tests.conftest import NOW, Outcome, Run

# Children are forked, never while a connection is open here: SQLite's locks do not survive a fork.
FORK = multiprocessing.get_context("fork")
LETTER = "Please remove our address from your list.\n" * 36


def is_whole(path: Path) -> bool:
    """Opened as the program does, so that a transaction that was cut off is taken back first."""
    with closing(sqlite.connect(path)) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)] and not broken


def rows(path: Path, select: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(select).fetchall()


def addresses_in(path: Path) -> set[str]:
    joined = "addresses JOIN cases ON address_id = addresses.id JOIN requests ON requests.case_id = cases.id"
    found = rows(path, f"SELECT address FROM {joined}")
    return {row[0] for row in found}


def refusal(done: Outcome, code: int) -> str:
    """The sentence of a command that failed, which must be one and nothing else."""
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done
    assert done.err.startswith("delist: ")
    return done.err


# --- SIGKILL -----------------------------------------------------------------------------------


def seconds(work: Callable[..., None], *given: Any) -> float:
    """How long a child takes for some work when nobody kills it: kills are spread over that time."""
    started = time.monotonic()
    child = FORK.Process(target=work, args=given)
    child.start()
    child.join()
    assert child.exitcode == 0
    return time.monotonic() - started


def kill_after(delay: float, work: Callable[..., None], *given: Any) -> None:
    """Start some work in a child and kill it after so many seconds."""
    child = FORK.Process(target=work, args=given)
    child.start()
    child.join(delay)
    child.kill()
    child.join()


def _work(tools: Tools, acknowledged: Path, first: int, end: int) -> None:
    """Submit and confirm, on and on; each number is acknowledged before the next is begun."""
    handle = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(first, end):
        [done] = submit(tools, [f"2001:db8::{number >> 16:x}:{number & 0xFFFF:x}"], Submission(text=LETTER))
        os.write(handle, f"{done.request.number} submitted\n".encode())
        advance(tools, [done.request.number], Event.CONFIRMED, None)
        os.write(handle, f"{done.request.number} confirmed\n".encode())


def test_a_process_killed_at_any_moment_loses_nothing_it_acknowledged(tools: Tools, tmp_path: Path) -> None:
    path, acknowledged = tools.database, tmp_path / "acknowledged"
    journal = path.with_name(path.name + "-journal")
    chance = random.Random(1)
    takes = seconds(_work, tools, acknowledged, 0, 5) / 5
    cut_off = 0
    for kill in range(1, 251):
        kill_after(chance.uniform(0, takes * 2.5), _work, tools, acknowledged, kill * 1000, kill * 1000 + 1000)
        cut_off += journal.exists() and journal.stat().st_size > 0
        assert is_whole(path), f"after kill {kill}"
        said = acknowledged.read_text().splitlines()
        states = dict(rows(path, "SELECT number, state FROM requests"))
        lost = [line for line in said if int(line.split()[0]) not in states]
        undone = [line for line in said if line.endswith("confirmed") and states[int(line.split()[0])] != "confirmed"]
        assert (lost, undone) == ([], [])
        # At most the one record that was under way is there without having been acknowledged.
        assert len(states) <= sum(line.endswith("submitted") for line in said) + kill
    # Each record is whole: with its text, and one history entry for each fact.
    assert rows(path, "SELECT count(*) FROM requests LEFT JOIN texts USING (number) WHERE text IS NULL") == [(0,)]
    confirmed = sum(state == "confirmed" for state in states.values())
    facts = dict(rows(path, "SELECT event, count(*) FROM events WHERE number IS NOT NULL GROUP BY event"))
    assert facts == {"submitted": len(states), "confirmed": confirmed}
    # Otherwise the kills all fell between the writes, and this has shown nothing.
    assert cut_off > 10
    assert len(said) > 100


def _first_use(tools: Tools) -> None:
    submit(tools, ["203.0.113.7"], Submission())


def test_a_first_use_killed_at_any_moment_harms_no_later_one(tools: Tools, tmp_path: Path) -> None:
    chance = random.Random(2)
    ages = set()
    takes = seconds(_first_use, replace(tools, database=tmp_path / "measured.db"))
    for number in range(40):
        fresh = replace(tools, database=tmp_path / f"first-{number}" / "delist.db")
        kill_after(chance.uniform(0, takes * 1.2), _first_use, fresh)
        ages.add(version.age_of(fresh.database))
        submit(fresh, ["203.0.113.8"], Submission())
        assert is_whole(fresh.database)
        assert migrate.backups_of(fresh.database).exists() is False
    assert ages > {version.Age.CURRENT}


def _past(path: Path, requests: int) -> Path:
    """A spreadsheet of past requests."""
    lines = [f"2001:db8::{number:x},spamhaus-pbl,2021-04-19,2021-04-19,,,a note" for number in range(1, requests + 1)]
    path.write_text("\n".join(["ip,list,submitted,confirmed,cleared,relisted,note", *lines]) + "\n")
    return path


@pytest.mark.parametrize("number", [1000, 5000])
def test_an_import_killed_at_any_moment_is_kept_whole_or_not_at_all(
    tools: Tools, run: Run, tmp_path: Path, number: int
) -> None:
    """Also where worker processes read a large file: they end with the process that was killed."""
    assert run("import", _past(tmp_path / "past.csv", number)).code == 0
    export = tmp_path / "records.jsonl"
    assert run("export", "-o", export).code == 0
    chance = random.Random(4)
    found = set()
    takes = 3.0
    for kill in range(9):
        database = tmp_path / f"killed-{kill}.db"
        words = [sys.executable, "-m", "delist", "--database", str(database), "import", str(export)]
        started = time.monotonic()
        program = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            # The first is left alone, to see how long it takes.
            program.wait(chance.uniform(0.2, 1) * takes if kill else 60)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        takes = takes if kill else time.monotonic() - started
        try:
            assert _ends(program.pid), "worker processes outlive the program"
        finally:
            if _alive(program.pid):
                os.killpg(program.pid, signal.SIGKILL)
        if database.exists() and version.age_of(database) is version.Age.CURRENT:
            assert is_whole(database)
            [(there,)] = rows(database, "SELECT count(*) FROM requests")
            assert there in (0, number)
            found.add(there)
    assert number in found


def _alive(group: int) -> bool:
    """Whether a process of a group still runs; one that has ended and waits to be collected does not."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = status.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            return True
    return False


def _ends(group: int, within: float = 5) -> bool:
    """Whether all processes of a group are gone before long."""
    until = time.monotonic() + within
    while _alive(group):
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)
    return True


# --- several at once ---------------------------------------------------------------------------


def _submit_many(tools: Tools, writer: int, acknowledged: Path, start: Any) -> None:
    start.wait()
    with acknowledged.open("w") as said:
        for number in range(12):
            # Every second one goes to the one address that all of them write to.
            address = f"2001:db8:{writer + 1}::{number:x}" if number % 2 else "203.0.113.7"
            [done] = submit(tools, [address], Submission())
            advance(tools, [done.request.number], Event.CONFIRMED, None)
            said.write(f"{done.request.number}\n")
            said.flush()


def test_eight_writers_at_once_lose_nothing_and_none_is_refused(tools: Tools, tmp_path: Path) -> None:
    start = FORK.Barrier(8)
    logs = [tmp_path / f"writer-{number}" for number in range(8)]
    writers = [FORK.Process(target=_submit_many, args=(tools, n, log, start)) for n, log in enumerate(logs)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 8
    numbers = sorted(int(line) for log in logs for line in log.read_text().split())
    assert numbers == list(range(1, 97))
    assert is_whole(tools.database)
    assert rows(tools.database, "SELECT count(*), min(state), max(state) FROM requests") == [
        (96, "confirmed", "confirmed")
    ]
    assert rows(tools.database, "SELECT count(*) FROM events WHERE number IS NOT NULL") == [(192,)]
    # The shared address was recorded once, as one case.
    assert rows(tools.database, "SELECT count(*) FROM addresses") == [(1 + 8 * 6,)]
    assert rows(tools.database, "SELECT count(*) FROM cases") == [(1 + 8 * 6,)]


def _programs(words: list[list[str]]) -> list[subprocess.CompletedProcess[str]]:
    """Start several programs at once and wait for them all."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "delist", *each],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in words
    ]
    found = []
    for program in started:
        out, err = program.communicate(timeout=120)
        found.append(subprocess.CompletedProcess(program.args, program.returncode, out, err))
    return found


def test_six_processes_at_first_use_all_succeed(home: Path) -> None:
    addresses = [f"203.0.113.{number}" for number in range(1, 7)]
    done = _programs([["submit", address, "-l", "pbl"] for address in addresses])
    assert [each.returncode for each in done] == [0] * 6, [each.stderr for each in done]
    assert "Traceback" not in "".join(each.stderr for each in done)
    assert addresses_in(home / "delist.db") == set(addresses)
    assert rows(home / "delist.db", "SELECT count(*) FROM requests") == [(6,)]
    assert is_whole(home / "delist.db")
    assert sorted(file.name for file in home.iterdir()) == ["delist.db"]
    assert (home / "delist.db").stat().st_mode & 0o077 == 0


# --- a full disk -------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
        why = done.stderr.strip() if done.returncode else ""
    except OSError as error:
        why = str(error)
    if why:
        why = f"a small disk of memory cannot be mounted here: {why}"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    try:
        yield place
    finally:
        # Lazily: a test that failed may still hold a file open.
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def there(tools: Tools, disk: Path, migrated: Path) -> Tools:
    """Tools whose database is on the small disk, with one request."""
    database = disk / "home" / "delist.db"
    database.parent.mkdir()
    shutil.copy(migrated, database)
    moved = replace(tools, database=database)
    submit(moved, ["203.0.113.1"], Submission(text=LETTER))
    return moved


def fill(disk: Path, leave: int = 0) -> None:
    """Write until nothing more fits, but for so many bytes."""
    with (disk / "filler").open("ab", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                continue
        filler.truncate(max(0, filler.tell() - leave))


def empty(disk: Path) -> None:
    (disk / "filler").unlink()


@pytest.mark.parametrize("kilobytes", [0, 8, 32, 64, 128, 512])
def test_on_a_full_disk_a_record_is_kept_whole_or_refused_whole(
    there: Tools, run: Run, disk: Path, tmp_path: Path, kilobytes: int
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("x" * 40_000)
    words = ("submit", "203.0.113.7", "--text", letter)
    before = there.database.read_bytes()
    fill(disk, leave=kilobytes * 1024)
    done = run(*words, with_tools=there)
    if done.code == 0:
        assert kilobytes > 0
        assert addresses_in(there.database) == {"203.0.113.1", "203.0.113.7"}
    else:
        assert kilobytes < 512
        assert str(there.database) in refusal(done, 6)
        assert there.database.read_bytes() == before
    assert is_whole(there.database)
    empty(disk)
    assert run("submit", "203.0.113.8", "--text", letter, with_tools=there).code == 0
    assert {"203.0.113.1", "203.0.113.8"} <= addresses_in(there.database)


def test_a_disk_that_fills_up_keeps_all_that_was_acknowledged(there: Tools, run: Run, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("x" * 20_000)
    said = {"203.0.113.1"}
    for number in range(2, 200):
        done = run("submit", f"203.0.113.{number}", "--text", letter, with_tools=there)
        if done.code:
            refusal(done, 6)
            break
        said.add(f"203.0.113.{number}")
    else:
        pytest.fail("the disk never became full")
    assert addresses_in(there.database) == said
    assert is_whole(there.database)


@pytest.mark.parametrize("made", ["nothing", "the folder", "an empty file"])
def test_a_first_use_on_a_full_disk_is_refused_and_works_later(tools: Tools, run: Run, disk: Path, made: str) -> None:
    there = replace(tools, database=disk / "home" / "delist.db")
    if made != "nothing":
        there.database.parent.mkdir()
    if made == "an empty file":
        there.database.touch()
    fill(disk)
    refusal(run("submit", "203.0.113.7", with_tools=there), 6)
    empty(disk)
    assert run("submit", "203.0.113.7", with_tools=there).code == 0
    assert is_whole(there.database)


def test_a_backup_on_a_full_disk_is_refused_and_leaves_nothing(there: Tools, run: Run, disk: Path) -> None:
    before = there.database.read_bytes()
    fill(disk, leave=30_000)
    refusal(run("db", "backup", with_tools=there), 6)
    copies = migrate.backups_of(there.database)
    assert not copies.exists() or list(copies.iterdir()) == []
    assert there.database.read_bytes() == before


def test_a_backup_to_a_full_disk_is_refused_and_leaves_nothing(tools: Tools, run: Run, disk: Path) -> None:
    before = tools.database.read_bytes()
    fill(disk, leave=30_000)
    refusal(run("db", "backup", "-o", disk / "copy.db"), 6)
    assert [file.name for file in disk.iterdir()] == ["filler"]
    assert tools.database.read_bytes() == before


def test_an_upgrade_on_a_full_disk_is_refused_and_the_file_is_as_it_was(
    there: Tools, run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = there.database.read_bytes()
    fill(disk, leave=30_000)
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(version, "SCHEMA", "9000_tomorrow")
        for words in (("submit", "203.0.113.7"), ("due",), ("db", "upgrade")):
            refusal(run(*words, with_tools=there), 6)
    assert there.database.read_bytes() == before
    assert list(migrate.backups_of(there.database).iterdir()) == []


def test_a_restore_on_a_full_disk_is_refused_and_the_file_is_as_it_was(
    there: Tools, tools: Tools, run: Run, disk: Path, tmp_path: Path
) -> None:
    assert run("db", "backup", "-o", tmp_path / "copy.db", with_tools=tools).code == 0
    before = there.database.read_bytes()
    fill(disk, leave=30_000)
    refusal(run("db", "restore", tmp_path / "copy.db", "--yes", with_tools=there), 6)
    assert there.database.read_bytes() == before
    assert addresses_in(there.database) == {"203.0.113.1"}


def test_a_damaged_database_stays_where_it_is_if_the_disk_is_too_full_to_restore(
    there: Tools, tools: Tools, run: Run, disk: Path, tmp_path: Path
) -> None:
    assert run("db", "backup", "-o", tmp_path / "copy.db", with_tools=tools).code == 0
    damaged = damage(there.database)
    fill(disk, leave=30_000)
    refusal(run("db", "restore", tmp_path / "copy.db", "--yes", with_tools=there), 6)
    assert there.database.read_bytes() == damaged


def test_an_export_to_a_full_disk_is_refused_and_the_last_one_stays(there: Tools, run: Run, disk: Path) -> None:
    assert run("export", "-o", disk / "records.jsonl", with_tools=there).code == 0
    last = (disk / "records.jsonl").read_bytes()
    before = there.database.read_bytes()
    fill(disk)
    refusal(run("export", "-o", disk / "records.jsonl", with_tools=there), 6)
    refusal(run("export", "-o", disk / "another.jsonl", with_tools=there), 6)
    assert sorted(file.name for file in disk.iterdir()) == ["filler", "home", "records.jsonl"]
    assert (disk / "records.jsonl").read_bytes() == last
    assert there.database.read_bytes() == before


def test_an_import_on_a_full_disk_takes_in_nothing(there: Tools, run: Run, disk: Path, tmp_path: Path) -> None:
    table = _past(tmp_path / "past.csv", 3000)
    before = there.database.read_bytes()
    fill(disk, leave=200_000)
    refusal(run("import", table, with_tools=there), 6)
    # What was written out before the disk was full is taken back at the latest when the file is opened.
    assert is_whole(there.database)
    assert there.database.read_bytes() == before


@pytest.mark.parametrize("words", [("export",), ("requests",), ("requests", "--json"), ("lists",), ("--version",)])
def test_output_that_cannot_be_written_is_exit_6(words: tuple[str, ...], tools: Tools) -> None:
    submit(tools, ["203.0.113.7"], Submission())
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "delist", *words], stdout=full, stderr=subprocess.PIPE, text=True)
    refusal(Outcome(done.returncode, "", done.stderr), 6)


# --- a copy, and putting it back ---------------------------------------------------------------


@pytest.fixture
def copy(tools: Tools, run: Run) -> Path:
    """A copy with request 1; request 2 was recorded after it."""
    assert run("submit", "203.0.113.1", "--on", "2021-04-19").code == 0
    done = run("db", "backup")
    assert done.code == 0
    assert run("submit", "203.0.113.2", "--on", "2021-04-20").code == 0
    return Path(done.out.strip())


def kept_by(done: Outcome) -> Path:
    """Where the replaced file is, as `db restore` says."""
    return Path(done.out.strip().rpartition("kept as ")[2])


def damage(path: Path) -> bytes:
    """Overwrite the second half of a database; returns what it is then."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * (path.stat().st_size // 2))
    return path.read_bytes()


def spoil_header(path: Path) -> bytes:
    """Overwrite the first page of a database; returns what it is then."""
    with path.open("r+b") as file:
        file.write(b"\xa5" * 4096)
    return path.read_bytes()


def test_a_backup_is_a_whole_database_for_its_owner_alone(copy: Path, tools: Tools) -> None:
    assert copy.parent == migrate.backups_of(tools.database)
    assert is_whole(copy)
    assert addresses_in(copy) == {"203.0.113.1"}
    assert copy.stat().st_mode & 0o077 == 0
    assert version.age_of(copy) is version.Age.CURRENT


def test_two_backups_in_the_same_second_are_two_files(copy: Path, run: Run) -> None:
    second = run("db", "backup")
    assert second.code == 0
    assert Path(second.out.strip()) != copy
    assert addresses_in(copy) == {"203.0.113.1"}


def test_a_backup_overwrites_no_file(copy: Path, run: Run, tmp_path: Path) -> None:
    taken = tmp_path / "taken.db"
    taken.write_text("mine")
    assert "exists already" in refusal(run("db", "backup", "-o", taken), 3)
    assert taken.read_text() == "mine"


def test_without_a_database_there_is_nothing_to_back_up(tools: Tools, run: Run, tmp_path: Path) -> None:
    missing = replace(tools, database=tmp_path / "none" / "delist.db")
    refusal(run("db", "backup", with_tools=missing), 3)
    assert not missing.database.parent.exists()


def test_a_restore_brings_the_records_back_and_keeps_the_replaced_file(copy: Path, tools: Tools, run: Run) -> None:
    before = addresses_in(tools.database)
    done = run("db", "restore", copy, "--yes")
    assert done.code == 0, done
    assert addresses_in(tools.database) == {"203.0.113.1"}
    assert is_whole(tools.database)
    kept = kept_by(done)
    assert (addresses_in(kept), is_whole(kept)) == (before, True)
    assert addresses_in(copy) == {"203.0.113.1"}
    # And back again.
    assert run("db", "restore", kept, "--yes").code == 0
    assert addresses_in(tools.database) == before


def test_a_restore_asks_before_it_replaces(copy: Path, tools: Tools, run: Run) -> None:
    before = tools.database.read_bytes()
    assert "--yes" in refusal(run("db", "restore", copy), 2)
    assert tools.database.read_bytes() == before


def test_a_restore_where_there_is_no_database_needs_no_question(copy: Path, tools: Tools, run: Run) -> None:
    tools.database.unlink()
    done = run("db", "restore", copy)
    assert done.code == 0, done
    assert addresses_in(tools.database) == {"203.0.113.1"}
    assert tools.database.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", [damage, spoil_header])
def test_a_damaged_database_is_named_as_such_and_left_as_it_is(
    copy: Path, tools: Tools, run: Run, harm: Callable[[Path], bytes]
) -> None:
    damaged = harm(tools.database)
    for words in (("requests",), ("submit", "203.0.113.9"), ("export",), ("db", "backup")):
        assert "restore" in refusal(run(*words), 3), words
        assert tools.database.read_bytes() == damaged


@pytest.mark.parametrize("harm", [damage, spoil_header])
def test_a_damaged_database_is_replaced_by_a_copy_and_kept(
    copy: Path, tools: Tools, run: Run, harm: Callable[[Path], bytes]
) -> None:
    damaged = harm(tools.database)
    done = run("db", "restore", copy, "--yes")
    assert done.code == 0, done
    assert addresses_in(tools.database) == {"203.0.113.1"}
    assert is_whole(tools.database)
    assert kept_by(done).read_bytes() == damaged
    assert run("submit", "203.0.113.9").code == 0


def test_a_file_that_became_text_is_replaced_by_a_copy_and_kept(copy: Path, tools: Tools, run: Run) -> None:
    tools.database.write_text("somebody redirected output here\n")
    done = run("db", "restore", copy, "--yes")
    assert done.code == 0, done
    assert addresses_in(tools.database) == {"203.0.113.1"}
    assert kept_by(done).read_text() == "somebody redirected output here\n"


def _text(path: Path, _: Path) -> None:
    path.write_text("no database\n" * 100)


def _empty(path: Path, _: Path) -> None:
    path.touch()


def _foreign(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE requests (number INTEGER)")


def _newer(path: Path, copy: Path) -> None:
    shutil.copy(copy, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")


def _damaged(path: Path, copy: Path) -> None:
    shutil.copy(copy, path)
    damage(path)


def _cut(path: Path, copy: Path) -> None:
    path.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


@pytest.mark.parametrize("make", [_text, _empty, _foreign, _newer, _damaged, _cut])
def test_what_is_no_good_copy_is_not_restored(
    copy: Path, tools: Tools, run: Run, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    offered = tmp_path / "offered.db"
    make(offered, copy)
    before, theirs = tools.database.read_bytes(), offered.read_bytes()
    assert str(offered) in refusal(run("db", "restore", offered, "--yes"), 3)
    assert tools.database.read_bytes() == before
    assert offered.read_bytes() == theirs
    assert list(migrate.backups_of(tools.database).iterdir()) == [copy]


def test_a_copy_that_is_not_there_is_not_restored(tools: Tools, run: Run, tmp_path: Path) -> None:
    before = tools.database.read_bytes()
    refusal(run("db", "restore", tmp_path / "nowhere.db", "--yes"), 4)
    assert tools.database.read_bytes() == before


def test_restoring_the_database_onto_itself_ends_and_loses_nothing(copy: Path, tools: Tools) -> None:
    before = addresses_in(tools.database)
    words = [sys.executable, "-m", "delist", "db", "restore", str(tools.database), "--yes"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    assert done.returncode in (0, 2, 3)
    assert addresses_in(tools.database) == before
    assert is_whole(tools.database)


def _restore(tools: Tools, copy: Path) -> None:
    migrate.restore(tools.database, copy, NOW)


def test_a_restore_killed_at_any_moment_leaves_the_old_records_or_the_new(copy: Path, tools: Tools) -> None:
    chance = random.Random(3)
    found = []
    takes = seconds(_restore, tools, copy)
    for _ in range(30):
        submit(tools, ["203.0.113.2"], Submission())
        old = rows(tools.database, "SELECT count(*) FROM requests")
        kill_after(chance.uniform(0, takes * 1.3), _restore, tools, copy)
        assert is_whole(tools.database)
        now = rows(tools.database, "SELECT count(*) FROM requests")
        assert now in (old, [(1,)])
        found.append(now == [(1,)])
    assert len(set(found)) == 2


def _hold(path: Path, holding: Any, free: Any) -> None:
    with closing(sqlite.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        holding.set()
        free.wait(30)


def test_a_backup_does_not_wait_for_a_writer(copy: Path, tools: Tools, run: Run) -> None:
    holding, free = FORK.Event(), FORK.Event()
    writer = FORK.Process(target=_hold, args=(tools.database, holding, free))
    writer.start()
    try:
        assert holding.wait(10)
        started = time.monotonic()
        done = run("db", "backup")
        assert done.code == 0
        assert time.monotonic() - started < 5
    finally:
        free.set()
        writer.join(10)
    assert addresses_in(Path(done.out.strip())) == {"203.0.113.1", "203.0.113.2"}


def test_a_restore_does_not_wait_for_a_writer_for_ever(
    copy: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 1)
    before = addresses_in(tools.database)
    holding, free = FORK.Event(), FORK.Event()
    writer = FORK.Process(target=_hold, args=(tools.database, holding, free))
    writer.start()
    assert holding.wait(10)
    restore = FORK.Process(target=_restore, args=(tools, copy))
    restore.start()
    restore.join(8)
    ended = restore.exitcode
    restore.kill()
    free.set()
    writer.join(10)
    assert ended == 1
    assert addresses_in(tools.database) == before


def test_status_says_whether_the_file_is_whole(copy: Path, tools: Tools, run: Run) -> None:
    found = json.loads(run("db", "status", "--json").out)
    assert str(tools.database) in json.dumps(found)
    assert version.SCHEMA in json.dumps(found)
