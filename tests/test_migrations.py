"""The schema: what the migrations build is what the table definitions say, and an upgrade loses nothing."""

import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from delist import migrate
from delist.actions.submitting import Submission, submit
from delist.store import sqlite, version
from delist.store.engine import engine_for, migrating_engine, reading, writing
from delist.store.tables import metadata
from delist.tools import Tools
from tests.conftest import NOW, Run

ROOT = Path(__file__).parent.parent
FORK = multiprocessing.get_context("fork")

Schema = dict[tuple[str, str], tuple[list[str], list[str]]]
Records = dict[str, list[tuple[Any, ...]]]


def schema_of(connection: sqlite3.Connection) -> Schema:
    """Everything that has a definition, by kind and name: its lines in order, and its named constraints in any order.

    The order of constraints means nothing, and SQLAlchemy writes another one for a reflected table.
    """
    found = {}
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        lines = [line.strip().rstrip(",") for line in sql.splitlines() if line.strip()]
        named = sorted(line for line in lines if line.startswith("CONSTRAINT"))
        found[kind, name] = ([line for line in lines if line not in named], named)
    return found


def records_of(path: Path) -> Records:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return version.revision(connection)


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)] and not broken


def copies_of(path: Path) -> list[Path]:
    return sorted((path.parent / "backups").iterdir()) if (path.parent / "backups").exists() else []


def scripts(connection: Any = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


# --- models and migrations agree ---------------------------------------------------------------


def test_there_is_one_head_and_the_program_names_it() -> None:
    assert ScriptDirectory.from_config(scripts()).get_heads() == [version.SCHEMA]


def test_revisions_are_one_line_and_are_named_by_a_number_and_words() -> None:
    names = [script.revision for script in ScriptDirectory.from_config(scripts()).walk_revisions()][::-1]
    assert [name[:5] for name in names] == [f"{number:04d}_" for number in range(1, len(names) + 1)]
    assert sorted(file.stem for file in (ROOT / "migrations" / "versions").glob("*.py")) == names


def test_alembic_sees_no_difference_between_tables_and_migrations(migrated: Path) -> None:
    with reading(engine_for(migrated), migrated) as tx:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(tx, opts=options), metadata) == []


def test_the_migrated_schema_is_that_of_the_table_definitions(migrated: Path) -> None:
    """Alembic's comparison does not see STRICT, CHECK, AUTOINCREMENT and the WHERE of an index."""
    with closing(sqlite3.connect(migrated)) as connection:
        ours = schema_of(connection)
    del ours["table", "alembic_version"]
    # The table of AUTOINCREMENT is SQLite's own; triggers are no part of the table definitions.
    ours = {key: text for key, text in ours.items() if key[0] != "trigger" and key[1] != "sqlite_sequence"}
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in metadata.sorted_tables:
            connection.execute(str(CreateTable(table).compile(dialect=dialect.dialect())))
            for index in table.indexes:
                connection.execute(str(CreateIndex(index).compile(dialect=dialect.dialect())))
        defined = schema_of(connection)
    del defined["table", "sqlite_sequence"]
    assert ours == defined


def test_every_table_of_ours_is_strict(migrated: Path) -> None:
    with closing(sqlite3.connect(migrated)) as connection:
        loose = {row[1] for row in connection.execute("PRAGMA table_list") if row[1] in metadata.tables and not row[5]}
        assert loose == set()
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value"):
            connection.execute("INSERT INTO tombstones VALUES (1, 'uid', 'at', 'by', 'seven', 0)")


def test_each_revision_goes_down_and_up_again(tmp_path: Path) -> None:
    path = tmp_path / "delist.db"
    migrate.make_ready(path, NOW)
    schemas: dict[str, Schema] = {}

    def walk(step: Callable[[Config, str], None], target: str) -> Schema:
        with writing(migrating_engine(path), path) as tx:
            step(scripts(tx), target)
        with closing(sqlite3.connect(path)) as connection:
            return schema_of(connection)

    names = [script.revision for script in ScriptDirectory.from_config(scripts()).walk_revisions()][::-1]
    with closing(sqlite3.connect(path)) as connection:
        newest = schema_of(connection)
    for name in ["base", *names][::-1]:
        schemas[name] = walk(command.downgrade, name)
    assert set(schemas["base"]) <= {("table", "alembic_version"), ("table", "sqlite_sequence")}
    for name in names:
        assert walk(command.upgrade, name) == schemas[name]
    assert schemas[names[-1]] == newest
    assert version.age_of(path) is version.Age.CURRENT


def test_alembic_in_a_checkout_builds_the_same_schema_as_the_program(tmp_path: Path, migrated: Path) -> None:
    path = tmp_path / "by-hand.db"
    words = [sys.executable, "-m", "alembic", "-x", f"database={path}", "upgrade", "head"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite3.connect(path)) as byhand, closing(sqlite3.connect(migrated)) as own:
        assert schema_of(byhand) == schema_of(own)
    assert version.age_of(path) is version.Age.CURRENT


def test_migrating_with_foreign_keys_on_is_refused(tmp_path: Path, migrated: Path) -> None:
    path = Path(shutil.copy(migrated, tmp_path / "delist.db"))
    with pytest.raises(RuntimeError, match="foreign keys must be off"), writing(engine_for(path), path) as tx:
        command.upgrade(scripts(tx), "head")


def test_a_percent_sign_and_a_question_mark_in_the_path_do_no_harm(tools: Tools, run: Run, tmp_path: Path) -> None:
    odd = tmp_path / "100% my?#records" / "de list.db"
    assert run("submit", "203.0.113.7", with_tools=replace(tools, database=odd)).code == 0
    assert odd.is_file()
    assert is_whole(odd)


def walked(path: Path, step: Callable[[Config, str], None], target: str) -> None:
    """Move a database to another revision."""
    with writing(migrating_engine(path), path) as tx:
        step(scripts(tx), target)


# --- history is append-only --------------------------------------------------------------------


@pytest.fixture
def filed(tools: Tools, run: Run, tmp_path: Path) -> Path:
    """The test's database with rows in every table that has children, and in the children."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Please remove our address.\n")
    link = "https://www.example.org/confirm?token=abc123"
    for words in (
        ("submit", "203.0.113.7", "--on", "2020-04-01T10:00", "--text", letter, "--reference", link),
        ("confirm", "1", "--on", "2020-04-01T10:30"),
        ("cleared", "1", "--on", "2020-04-02"),
        ("relisted", "1", "--on", "2020-10-01"),
        ("submit", "203.0.113.7", "--on", "2020-10-02T10:00", "--text", letter),
        ("submit", "203.0.113.8", "--on", "2020-10-02T10:00", "--text", letter),
        ("observe", "203.0.113.9", "spamcop", "listed"),
        ("text", "203.0.113.9", "-l", "pbl", "--name", "A. Tester", "--email", "a@example.org", "--purpose", "mail"),
    ):
        done = run(*words)
        assert done.code == 0, (words, done)
    have = {name for name, rows in records_of(tools.database).items() if rows}
    assert have >= {"addresses", "cases", "requests", "texts", "events", "sightings", "listings", "observations"}
    assert have >= {"drafts", "secrets"}
    return tools.database


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET detail = '{}'",
        "UPDATE events SET happened_on = '2001-01-01' WHERE id = 1",
        "DELETE FROM events WHERE id = 1",
        "DELETE FROM events",
        "UPDATE texts SET text = 'other'",
        "DELETE FROM texts WHERE number = 1",
        "DELETE FROM texts",
    ],
)
def test_history_and_sent_texts_are_append_only(filed: Path, change: str) -> None:
    before = records_of(filed)
    with closing(sqlite3.connect(filed)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(change)
        connection.commit()
    assert records_of(filed) == before


@pytest.mark.parametrize(
    "change",
    [
        "INSERT OR REPLACE INTO texts VALUES (1, 'other')",
        "INSERT OR REPLACE INTO events SELECT id, uid, address_id, case_id, number, event, happened_on, happened_at,"
        " recorded_at, 'somebody else', source, detail FROM events WHERE id = 1",
    ],
)
def test_replacing_a_row_is_no_way_round_append_only(filed: Path, change: str) -> None:
    """REPLACE deletes without the DELETE triggers unless recursive triggers are on."""
    before = records_of(filed)
    with closing(sqlite.connect(filed)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(change)
    assert records_of(filed) == before


def test_forgetting_an_address_is_the_one_way_through(filed: Path, run: Run) -> None:
    done = run("address", "forget", "203.0.113.7", "--yes")
    assert done.code == 0, done
    after = records_of(filed)
    with closing(sqlite3.connect(filed)) as connection:
        assert "203.0.113.7" not in "\n".join(connection.iterdump())
    assert b"203.0.113.7" not in filed.read_bytes()
    assert len(after["tombstones"]) == 1
    # The way is closed again behind it, and the others' records are still there.
    assert after["forgetting"] == []
    assert [row[0] for row in after["texts"]] == [3]
    assert is_whole(filed)


# --- the revisions of ours ---------------------------------------------------------------------


NEW = (
    *("looks", "runs", "asked", "cursors", "instances", "refused_once", "evidence", "traffic"),
    *("mails", "notices", "told", "calendar"),
)


@pytest.fixture
def first(filed: Path) -> Path:
    """A database of the first schema, with records; one sighting was taken back, and one id is free."""
    walked(filed, command.downgrade, "0001_case_file")
    columns = "id, uid, case_id, verdict, seen_on, seen_at, source, code, reason, event_uid, undone"
    with closing(sqlite3.connect(filed)) as connection, connection:
        assert ", ".join(row[1] for row in connection.execute("PRAGMA table_info(sightings)")) == columns
        case = connection.execute("SELECT min(case_id) FROM sightings").fetchone()[0]
        seen = (90, "uid-90", case, "listed", "2021-05-02", None, "log", "127.0.0.2", "spam", None, 1)
        connection.execute("INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", seen)
    assert len(records_of(filed)["sightings"]) >= 4
    return filed


def test_what_checking_needs_is_added_to_an_existing_database_and_every_row_is_kept(first: Path, run: Run) -> None:
    before = records_of(first)
    done = run("requests", "--json")
    assert done.code == 0, done
    after = records_of(first)
    assert [after.pop(table) for table in NEW] == [[]] * len(NEW)
    old = [(*row[:6], None, None, *row[6:9], None, None, *row[9:]) for row in before["sightings"]]
    drafts, secrets = ([(*row, None) for row in before[table]] for table in ("drafts", "secrets"))
    changed = {"sightings": sorted(old, key=repr), "drafts": drafts, "alembic_version": [(version.SCHEMA,)]}
    changed["secrets"] = secrets
    assert (len(drafts), len(secrets)) == (1, 1)
    assert after == before | changed
    assert is_whole(first)
    [copy] = copies_of(first)
    assert (revision_of(copy), is_whole(copy), records_of(copy)) == ("0001_case_file", True, before)
    with closing(sqlite3.connect(first)) as connection:
        assert {name for _, name in schema_of(connection)} >= {"events_stay", "texts_stay", "ix_sightings_case_id"}


def test_a_look_that_waits_needs_no_address_on_record(migrated: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(migrated, tmp_path / "delist.db"))
    with closing(sqlite.connect(path)) as connection:
        at = "2026-11-24T03:00:00Z"
        row = ("192.0.2.1", "spamcop", "listed", "127.0.0.2", None, None, at, at)
        connection.execute("INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)
        with pytest.raises(sqlite3.IntegrityError, match=r"looks\.address, looks\.list_key"):
            connection.execute("INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)
        connection.execute("INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", (row[0], "psbl", *row[2:]))
    assert is_whole(path)


def test_the_answers_are_the_same_after_the_upgrade_for_checking(filed: Path, run: Run) -> None:
    questions = [("due", "--json"), ("requests", "--json"), ("show", "203.0.113.7", "--json"), ("lists", "pbl")]
    before = [run(*words) for words in questions]
    walked(filed, command.downgrade, "0001_case_file")
    assert [run(*words) for words in questions] == before


# --- files that are not for us -----------------------------------------------------------------


def _text(path: Path, _: Path) -> None:
    path.write_text("address,submitted\n203.0.113.7,2021-04-19\n" * 200)


def _short_text(path: Path, _: Path) -> None:
    path.write_text("hello\n")


def _other_id(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 305419896")


def _other_id_and_tables(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA application_id = 305419896; CREATE TABLE events (id INTEGER);")


def _other_tables(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE events (id INTEGER);")


def _other_tables_in_wal(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE events (id INTEGER);")


def _our_id_without_a_revision(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")


def _half(path: Path, migrated: Path) -> None:
    path.write_bytes(migrated.read_bytes()[: migrated.stat().st_size // 2])


def _one_page(path: Path, migrated: Path) -> None:
    path.write_bytes(migrated.read_bytes()[:4096])


def _half_a_header(path: Path, migrated: Path) -> None:
    path.write_bytes(migrated.read_bytes()[:50])


def _newer(path: Path, migrated: Path) -> None:
    shutil.copy(migrated, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")


def _newer_with_other_tables(path: Path, migrated: Path) -> None:
    shutil.copy(migrated, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0100_all_new'")
        connection.execute("ALTER TABLE cases RENAME TO affairs")


@pytest.mark.parametrize(
    "make",
    [
        *(_text, _short_text, _other_id, _other_id_and_tables, _other_tables, _other_tables_in_wal),
        *(_our_id_without_a_revision, _half, _one_page, _half_a_header, _newer, _newer_with_other_tables),
    ],
)
def test_a_foreign_damaged_or_newer_file_is_refused_untouched(
    tools: Tools, run: Run, tmp_path: Path, migrated: Path, make: Callable[[Path, Path], None]
) -> None:
    path = tmp_path / "other" / "records.db"
    path.parent.mkdir()
    make(path, migrated)
    before = path.read_bytes()
    theirs = replace(tools, database=path)
    for words in (
        *(("due",), ("due", "--json"), ("status",), ("requests",), ("show", "203.0.113.7"), ("export",)),
        *(("submit", "203.0.113.7"), ("confirm", "1"), ("address", "add", "203.0.113.7"), ("text", "203.0.113.7")),
        *(("db", "status"), ("db", "upgrade"), ("db", "backup")),
    ):
        done = run(*words, with_tools=theirs)
        assert (done.code, done.out) == (3, ""), (words, done)
        assert done.err.startswith("delist: "), words
        assert done.err.count("\n") == 1, words
        assert str(path) in done.err, words
        assert path.read_bytes() == before, words
        assert [file.name for file in path.parent.iterdir()] == ["records.db"], words


def test_what_is_refused_says_why(tools: Tools, run: Run, tmp_path: Path, migrated: Path) -> None:
    path = tmp_path / "records.db"
    theirs = replace(tools, database=path)
    for make, sentence in ((_newer, "is of a newer delist"), (_other_tables, "is a database of another program")):
        path.unlink(missing_ok=True)
        make(path, migrated)
        assert sentence in run("due", with_tools=theirs).err


def test_a_folder_in_the_place_of_the_database_is_refused(tools: Tools, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "records.db"
    folder.mkdir()
    for words in (("due",), ("submit", "203.0.113.7"), ("db", "status"), ("db", "backup")):
        done = run(*words, with_tools=replace(tools, database=folder))
        assert (done.code, done.out, done.err.count("\n")) == (3, "", 1), (words, done)
    assert list(folder.iterdir()) == []


def _as_nobody(tools: Tools, run: Run, words: list[tuple[str, ...]], answers: Any) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    answers.put([run(*each, with_tools=tools) for each in words])


@pytest.mark.parametrize(("folder", "file"), [(0o000, 0o644), (0o755, 0o000)], ids=["folder", "file"])
def test_a_database_that_this_user_may_not_read_is_refused_with_what_to_do(
    tools: Tools, run: Run, migrated: Path, folder: int, file: int
) -> None:
    """The child gives up root's rights, to which no permission applies."""
    with TemporaryDirectory() as place:
        path = Path(place) / "delist" / "delist.db"
        path.parent.mkdir()
        shutil.copy(migrated, path)
        path.chmod(file)
        Path(place).chmod(0o755)
        words = [("due",), ("requests",), ("status",), ("submit", "203.0.113.7"), ("db", "status"), ("db", "backup")]
        # What is imported late is imported now: a child without rights may not reach it.
        assert [run(*each).code for each in words] == [0] * len(words)
        path.parent.chmod(folder)
        answers = FORK.Queue()
        child = FORK.Process(target=_as_nobody, args=(replace(tools, database=path), run, words, answers))
        child.start()
        found = answers.get(timeout=30)
        child.join(10)
        path.parent.chmod(0o755)
    advice = "permission denied: ask whoever runs delist here for access (or use --database, DELIST_HOME)"
    assert {(done.code, done.out, done.err) for done in found} == {(3, "", f"delist: cannot open {path}: {advice}\n")}


def test_an_empty_file_is_a_new_database(tools: Tools, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.touch()
    assert run("submit", "203.0.113.7", with_tools=replace(tools, database=path)).code == 0
    assert version.age_of(path) is version.Age.CURRENT
    assert copies_of(path) == []


# --- an upgrade --------------------------------------------------------------------------------

# The newest revision, and the name of one after it.
TODAY = version.SCHEMA
TOMORROW = f"{int(TODAY[:4]) + 1:04d}_tomorrow"

# Rebuilds a parent table, which with foreign keys on would take its children along, and fills the new column.
_NEXT = '''"""A revision of tomorrow."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from alembic import op

revision = "{tomorrow}"
down_revision = "{today}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("addresses", recreate="always") as batch:
        batch.add_column(sa.Column("country", sa.Text(), nullable=True))
    op.execute("UPDATE addresses SET country = 'jp'")
    {half_way}
    op.create_table("countries", sa.Column("code", sa.Text(), primary_key=True), sqlite_strict=True)
    op.execute("INSERT INTO countries SELECT DISTINCT country FROM addresses")


def downgrade() -> None:
    op.drop_table("countries")
    with op.batch_alter_table("addresses", recreate="always") as batch:
        batch.drop_column("country")
'''

Tomorrow = Callable[..., None]


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tomorrow:
    """Make this program one revision newer than the databases at hand: `tomorrow(half_way="raise ...")`."""

    def begin(half_way: str = "") -> None:
        shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
        text = _NEXT.replace("{today}", TODAY).replace("{tomorrow}", TOMORROW)
        file = tmp_path / "migrations" / "versions" / f"{TOMORROW}.py"
        file.write_text(text.replace("{half_way}", half_way or "pass"))
        monkeypatch.setattr(migrate, "folder", lambda name: tmp_path / name)
        monkeypatch.setattr(version, "SCHEMA", TOMORROW)

    return begin


def upgraded(before: Records) -> Records:
    """What the records are after the revision of tomorrow."""
    addresses = sorted([(*row, "jp") for row in before["addresses"]], key=repr)
    new = {"addresses": addresses, "countries": [("jp",)], "alembic_version": [(TOMORROW,)]}
    return before | new


@pytest.mark.parametrize("words", [("due",), ("requests", "--json"), ("show", "203.0.113.7"), ("db", "upgrade")])
def test_an_older_database_is_upgraded_by_any_command_after_one_whole_copy(
    filed: Path, run: Run, tomorrow: Tomorrow, words: tuple[str, ...]
) -> None:
    before = records_of(filed)
    tomorrow()
    done = run(*words)
    assert done.code == 0, done
    assert "Traceback" not in done.err
    after = records_of(filed)
    # What reminders were computed from may be noted again; nothing else may differ.
    assert {**after, "meta": []} == {**upgraded(before), "meta": []}
    assert is_whole(filed)
    [copy] = copies_of(filed)
    assert (revision_of(copy), is_whole(copy), records_of(copy)) == (TODAY, True, before)
    assert copy.stat().st_mode & 0o077 == 0
    assert TODAY[:4] in copy.name


def test_a_second_command_after_an_upgrade_makes_no_second_copy(filed: Path, run: Run, tomorrow: Tomorrow) -> None:
    tomorrow()
    assert [run("requests").code, run("submit", "203.0.113.20").code, run("db", "upgrade").code] == [0, 0, 0]
    assert len(copies_of(filed)) == 1


def test_the_triggers_still_stand_after_an_upgrade(filed: Path, run: Run, tomorrow: Tomorrow) -> None:
    tomorrow()
    assert run("db", "upgrade").code == 0
    with closing(sqlite3.connect(filed)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM events")


def test_an_older_copy_may_be_restored_and_is_upgraded_at_next_use(filed: Path, run: Run, tomorrow: Tomorrow) -> None:
    before = records_of(filed)
    tomorrow()
    assert run("db", "upgrade").code == 0
    [copy] = copies_of(filed)
    assert run("submit", "203.0.113.20").code == 0
    assert run("db", "restore", copy, "--yes").code == 0
    assert run("requests").code == 0
    assert {**records_of(filed), "meta": []} == {**upgraded(before), "meta": []}


@pytest.mark.parametrize(
    ("half_way", "why"),
    [
        ("raise RuntimeError('the power went off')", "the power went off"),
        ("op.execute('SELECT * FROM nowhere')", "nowhere"),
        ("op.execute('DELETE FROM addresses')", "rows point to nothing"),
    ],
)
def test_an_upgrade_that_fails_half_way_leaves_the_old_file_whole(
    filed: Path, run: Run, tomorrow: Tomorrow, half_way: str, why: str
) -> None:
    before = records_of(filed)
    tomorrow(half_way)
    failed = run("submit", "203.0.113.20")
    assert (failed.code != 0, failed.out, failed.err.count("\n")) == (True, "", 1)
    assert why in failed.err
    assert (revision_of(filed), is_whole(filed), records_of(filed)) == (TODAY, True, before)
    assert [file.name for file in filed.parent.glob("*-journal")] == []


def test_the_old_program_goes_on_after_an_upgrade_that_failed(
    filed: Path, tools: Tools, run: Run, tomorrow: Tomorrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow("raise RuntimeError('the power went off')")
    assert run("submit", "203.0.113.20").code == 1
    monkeypatch.setattr(version, "SCHEMA", TODAY)
    assert run("submit", "203.0.113.20").code == 0
    assert is_whole(filed)


def _make_ready(path: Path) -> None:
    migrate.make_ready(path, NOW)


def test_an_upgrade_killed_half_way_leaves_the_old_file_whole(
    filed: Path, run: Run, tomorrow: Tomorrow, tmp_path: Path
) -> None:
    before = records_of(filed)
    marker = tmp_path / "half-way"
    tomorrow(f"Path({str(marker)!r}).touch() if not Path({str(marker)!r}).exists() else None; time.sleep(WAIT)")
    revision = tmp_path / "migrations" / "versions" / f"{TOMORROW}.py"
    text = revision.read_text()
    revision.write_text(text.replace("WAIT", "60"))
    child = FORK.Process(target=_make_ready, args=(filed,))
    child.start()
    until = time.monotonic() + 20
    while not marker.exists():
        assert time.monotonic() < until
        assert child.is_alive()
        time.sleep(0.005)
    child.kill()
    child.join()
    assert records_of(filed) == before
    assert is_whole(filed)
    revision.write_text(text.replace("WAIT", "0"))
    assert run("requests").code == 0
    assert {**records_of(filed), "meta": []} == {**upgraded(before), "meta": []}


def test_an_upgrade_killed_at_any_moment_is_done_or_not_begun(filed: Path, tomorrow: Tomorrow, tmp_path: Path) -> None:
    before = records_of(filed)
    tomorrow()
    found = set()
    started = time.monotonic()
    undisturbed = FORK.Process(target=_make_ready, args=(Path(shutil.copy(filed, tmp_path / "measured.db")),))
    undisturbed.start()
    undisturbed.join()
    takes = time.monotonic() - started
    chance = random.Random(7)
    for number in range(40):
        path = Path(shutil.copy(filed, tmp_path / f"killed-{number}.db"))
        child = FORK.Process(target=_make_ready, args=(path,))
        child.start()
        child.join(chance.uniform(0, takes * 1.3))
        child.kill()
        child.join()
        after = records_of(path)
        assert after in (before, upgraded(before))
        assert is_whole(path)
        found.add(revision_of(path))
        _make_ready(path)
        assert records_of(path) == upgraded(before)
    # Otherwise the moments were badly chosen and this has shown nothing.
    assert found == {TODAY, TOMORROW}
    for copy in (tmp_path / "backups").iterdir():
        assert (copy.suffix, is_whole(copy), records_of(copy)) == (".db", True, before)


def _submit_at_once(tools: Tools, address: str, start: Any) -> None:
    start.wait()
    submit(tools, [address], Submission())


def test_six_processes_at_an_upgrade_all_succeed_with_one_copy(filed: Path, tools: Tools, tomorrow: Tomorrow) -> None:
    before = records_of(filed)
    tomorrow()
    start = FORK.Barrier(6)
    addresses = [f"198.51.100.{number}" for number in range(1, 7)]
    children = [FORK.Process(target=_submit_at_once, args=(tools, address, start)) for address in addresses]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * 6
    after = records_of(filed)
    assert {row[2] for row in after["addresses"]} == {*(row[2] for row in before["addresses"]), *addresses}
    assert len(after["requests"]) == len(before["requests"]) + 6
    assert set(before["events"]) < set(after["events"])
    assert (revision_of(filed), is_whole(filed)) == (TOMORROW, True)
    [copy] = copies_of(filed)
    assert (is_whole(copy), records_of(copy)) == (True, before)


def _write_slowly(path: Path, holding: Any) -> None:
    with closing(sqlite.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        holding.set()
        time.sleep(0.3)
        writer.execute("INSERT INTO meta VALUES ('note', 'written just before')")
        writer.execute("COMMIT")


def test_an_upgrade_waits_for_a_writer_and_copies_what_it_wrote(filed: Path, tomorrow: Tomorrow) -> None:
    """The copy is made under the write lock: what others wrote a moment before is in it."""
    tomorrow()
    holding = FORK.Event()
    writer = FORK.Process(target=_write_slowly, args=(filed, holding))
    writer.start()
    assert holding.wait(10)
    _make_ready(filed)
    writer.join(10)
    assert writer.exitcode == 0
    [copy] = copies_of(filed)
    for file in (copy, filed):
        assert ("note", "written just before") in records_of(file)["meta"]
