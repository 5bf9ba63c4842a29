"""Export and import: a round trip loses nothing but secrets, and a spreadsheet is taken in whole or not at all."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from delist.actions.desk import settle, writing
from delist.rules.listings import Look, Seen
from delist.rules.moments import Moment
from delist.store import reads, writes
from delist.tools import Tools
from tests.builders import moment
from tests.conftest import NOW, Run, fine, refused

A, B, C, D = "203.0.113.7", "203.0.113.8", "198.51.100.9", "2001:db8::25"
TOKEN = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
LINK = f"https://tickets.example.org/t/{TOKEN}"
FACTS = ("--name", "Hanako", "--email", "h@example.org", "--purpose", "mail of a shop: „Grüße“ 注文")


def requests(run: Run, *words: object) -> list[Any]:
    """Return the requests on record."""
    found = fine(run("requests", "--json", *words))["requests"]
    assert isinstance(found, list)
    return found


RICH: list[tuple[object, ...]] = [
    ("address", "add", A, "--site", "osaka", "--domain", "example.org", "--label", "web", "--owner", "noc"),
    ("address", "set", A, "--label", "web, old"),
    ("text", A, *FACTS, "--static"),
    ("submit", A, "--on", "2021-05-02T10:00+09:00", "--reference", f"see {LINK}"),
    ("confirm", 1, "--on", "2021-05-02T10:05+09:00"),
    ("cleared", 1, "--on", "2021-05-02"),
    ("cleared", 1, "--on", "2021-06-02"),
    ("amend", 1, "--confirmed-on", "2021-05-03", "--cleared-on", "2021-05-03"),
    ("relisted", 1, "--on", "2021-08-03"),
    ("submit", A, "--on", "2021-08-04", "--confirmed"),
    ("cleared", 2, "--on", "2021-08-05"),
    ("snooze", 2, "--until", "30d", "--window", "2022-02-04"),
    ("ack", 2, "--window", "2022-08-04"),
    ("submit", B, C, "-l", "microsoft-consumer", "--on", "2021-05-02", "--reference", "SR1"),
    ("refused", 3, "--on", "2021-05-03"),
    ("appeal", 3, "--on", "2021-05-04", "--reference", "SR2"),
    ("note", 3, "--answered", "--on", "2021-05-05"),
    ("withdraw", 4, "--on", "2021-05-06"),
    ("note", 4, "-m", f"they wrote\n{LINK}2"),
    ("submit", D, "-l", "css", "--on", "2021-05-02", "--text", "-"),
    ("undo", 5),
    ("submit", B, "-l", "abusix-policy", "--on", "2021-05-02"),
    ("note", 6, "--ptr-changed", "--on", "2021-06-01"),
    ("observe", C, "barracuda", "listed", "--on", "2021-05-02", "--reason", "no PTR"),
    ("ack", C, "-l", "barracuda"),
    ("observe", C, "spamcop", "listed", "--on", "2021-05-02T10:00Z"),
    ("observe", C, "spamcop", "clear", "--on", "2021-05-04"),
    ("undo", C, "-l", "spamcop"),
    ("observe", "203.0.113.0/24", "sbl", "listed", "--on", "2021-05-02"),
    ("text", C, "-l", "barracuda", *FACTS, "--cause", "a script was closed"),
    ("submit", "192.0.2.66", "--on", "2021-05-02"),
    ("address", "forget", "192.0.2.66", "--yes"),
    ("address", "retire", "203.0.113.0/24"),
]


# Made once, copied for each test.
_made: list[bytes] = []


@pytest.fixture
def rich(run: Run, tools: Tools) -> Run:
    """A database that holds something of everything; its last number was forgotten."""
    if not _made:
        for words in RICH:
            outcome = run(*words, stdin="as sent\n")
            assert outcome.code == 0, (words, outcome.err)
        _made.append(tools.database.read_bytes())
    tools.database.write_bytes(_made[0])
    return run


@pytest.fixture
def other(tmp_path: Path, migrated: Path) -> Path:
    """Another database, empty."""
    path = tmp_path / "other.db"
    shutil.copy(migrated, path)
    return path


def exported(run: Run, *words: object) -> list[dict[str, Any]]:
    """Return the lines of an export but for its header."""
    outcome = run("export", *words)
    assert outcome.code == 0
    return [json.loads(line) for line in outcome.out.splitlines()][1:]


def moved(run: Run, other: Path, *words: object) -> Any:
    """Export everything and import it into another database; returns what the import said."""
    text = run("export", *words).out
    return fine(run("import", "-", "--json", "--database", other, stdin=text))


# Round trips.


def test_a_round_trip_with_secrets_loses_nothing(rich: Run, other: Path) -> None:
    moved(rich, other, "--with-secrets")
    assert exported(rich, "--with-secrets", "--database", other) == exported(rich, "--with-secrets")


def test_a_round_trip_without_secrets_loses_only_them(rich: Run, other: Path) -> None:
    moved(rich, other)
    assert exported(rich, "--database", other) == exported(rich)
    outcome = rich("link", 1, "--database", other)
    assert outcome.code == 4
    assert rich("link", 1).out == f"{LINK}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("requests", "--json"),
        *(("show", number, "--json") for number in (1, 2, 3, 4, 5, 6)),
        *(("show", address, "--json") for address in (A, B, C, D, "203.0.113.0/24")),
        *(("due", "--on", day, "--json") for day in ("2021-05-10", "2021-12-01", "2026-11-24", "2027-01-10")),
        ("due", "--within", "3000d", "--json"),
        ("address", "list", "--json"),
        ("lists", "pbl", "--json"),
        ("link", 1, "--json"),
        ("link", 4, "--json"),
    ],
)
def test_every_question_has_the_same_answer_after_a_round_trip(
    rich: Run, other: Path, words: tuple[object, ...]
) -> None:
    moved(rich, other, "--with-secrets")
    assert fine(rich(*words, "--database", other)) == fine(rich(*words))


@pytest.mark.parametrize("words", [(C, "-l", "barracuda"), (A,), (2,), (3,)])
def test_undo_takes_back_the_same_after_a_round_trip(rich: Run, other: Path, words: tuple[object, ...]) -> None:
    moved(rich, other)
    here, there = fine(rich("undo", *words, "--json")), fine(rich("undo", *words, "--json", "--database", other))
    assert there["undone"] == here["undone"]
    assert there["request"] == here["request"]


def test_undo_takes_back_a_look_that_came_after_a_submission_after_a_round_trip(run: Run, other: Path) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run("observe", A, "pbl", "listed", "--on", "2021-05-03"))
    moved(run, other)
    assert fine(run("undo", A, "--json", "--database", other))["undone"]["event"] == "sighted"


def test_numbers_go_on_after_the_last_ever_given_out(rich: Run, other: Path) -> None:
    moved(rich, other)
    here = fine(rich("submit", "192.0.2.1", "--json"))["requests"][0]["number"]
    there = fine(rich("submit", "192.0.2.1", "--json", "--database", other))["requests"][0]["number"]
    assert there == here == 8


def test_an_export_has_no_secret_unless_asked(rich: Run) -> None:
    assert TOKEN not in rich("export").out
    assert rich("export", "--with-secrets").out.count(TOKEN) == 2


def test_an_export_is_one_ascii_object_a_line(rich: Run) -> None:
    outcome = rich("export")
    assert outcome.out.isascii()
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert (lines[0]["type"], lines[0]["exported_at"]) == ("delist", "2026-11-24T03:00:00Z")
    assert [line["number"] for line in lines if line["type"] == "request"] == [1, 2, 3, 4, 5, 6]
    assert [line["type"] for line in lines].count("tombstone") == 1


def test_an_export_goes_to_a_file_of_its_owner(rich: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    outcome = rich("export", "--output", file)
    assert (outcome.code, outcome.out) == (0, "")
    assert file.read_text(encoding="ascii") == rich("export").out
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("all")] == ["all.jsonl"]


@pytest.mark.parametrize("missing", [True, False])
def test_an_export_of_nothing_can_be_imported(run: Run, tools: Tools, other: Path, missing: bool) -> None:
    if missing:
        tools.database.unlink()
    assert moved(run, other)["requests"] == 0
    assert requests(run, "--database", other) == []


# Into a database that is not empty.


def test_importing_the_same_twice_adds_nothing(rich: Run) -> None:
    before = exported(rich, "--with-secrets")
    text = rich("export", "--with-secrets").out
    found = fine(rich("import", "-", "--json", stdin=text))
    assert (found["requests"], found["addresses"], found["known"], found["renumbered"]) == (0, 0, 6, [])
    assert exported(rich, "--with-secrets") == before


def test_a_taken_number_is_renumbered_and_the_map_is_printed(run: Run, other: Path) -> None:
    fine(run("submit", A, B, "--on", "2021-05-02"))
    fine(run("submit", "192.0.2.1", "192.0.2.2", "192.0.2.3", "--on", "2021-05-02", "--database", other))
    text = run("export").out
    found = fine(run("import", "-", "--json", "--database", other, stdin=text))
    assert found == {
        "dry_run": False,
        "requests": 2,
        "addresses": 2,
        "known": 0,
        "entries": 0,
        "mails": 0,
        "bad": [],
        "renumbered": [{"from": 1, "to": 4}, {"from": 2, "to": 5}],
    }
    there = requests(run, "--database", other)
    assert [(r["number"], r["address"], r["batch"]) for r in there] == [
        *((1, "192.0.2.1", 1), (2, "192.0.2.2", 1), (3, "192.0.2.3", 1), (4, A, 4), (5, B, 4))
    ]
    assert [r["uid"] for r in there[3:]] == [r["uid"] for r in requests(run)]


def test_the_map_is_printed_for_people_too(run: Run, other: Path) -> None:
    fine(run("submit", A))
    fine(run("submit", B, "--database", other))
    outcome = run("import", "-", "--database", other, stdin=run("export").out)
    assert any("1" in line and "2" in line and "number" in line for line in outcome.out.splitlines())


def test_a_renumbered_request_is_found_by_its_new_number_with_all_it_has(run: Run, other: Path) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed", "--reference", LINK, "--text", "-", stdin="as sent"))
    fine(run("submit", B, "--on", "2021-05-02", "--database", other))
    moved(run, other, "--with-secrets")
    here, there = fine(run("show", 1, "--json")), fine(run("show", 2, "--json", "--database", other))
    assert there == {**here, "number": 2}
    assert run("link", 2, "--database", other).out == f"{LINK}\n"
    due = fine(run("due", "--on", "2021-10-19", "--json", "--database", other))["reminders"]
    assert [r["request"] for r in due if r["address"] == A] == [2, 2]


def test_a_number_that_was_forgotten_here_is_not_given_to_another_request(run: Run, other: Path) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run("submit", B, "--database", other))
    fine(run("address", "forget", B, "--yes", "--database", other))
    moved(run, other)
    assert [r["number"] for r in requests(run, "--database", other)] == [2]


def test_new_requests_of_a_known_case_are_joined_to_it(run: Run, other: Path) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed"))
    moved(run, other)
    fine(run("submit", A, "--on", "2021-11-02", "--confirmed"))
    found = moved(run, other)
    assert (found["requests"], found["known"]) == (1, 1)
    assert [(r["number"], r["attempt"]) for r in requests(run, "--database", other)] == [(1, 1), (2, 2)]
    windows = [
        r["window_on"] for r in fine(run("due", "--on", "2022-05-01", "--json", "--database", other))["reminders"]
    ]
    assert windows == [None, None, "2022-05-02"]


def test_what_is_known_of_an_address_here_is_kept(run: Run, other: Path) -> None:
    fine(run("address", "add", A, "--site", "there", "--owner", "noc"))
    fine(run("address", "add", A, "--site", "here", "--database", other))
    moved(run, other)
    found = fine(run("address", "list", "--json", "--database", other))["addresses"]
    assert [x["site"] for x in found] == ["here"]


def test_a_dry_run_of_an_export_tells_the_map_and_does_nothing(run: Run, other: Path) -> None:
    fine(run("submit", A))
    fine(run("submit", B, "--database", other))
    before = exported(run, "--database", other)
    found = fine(run("import", "-", "--dry-run", "--json", "--database", other, stdin=run("export").out))
    assert (found["dry_run"], found["requests"], found["renumbered"]) == (True, 1, [{"from": 1, "to": 2}])
    assert exported(run, "--database", other) == before


# Lines that are not as delist writes them.


def lines_with(lines: list[dict[str, Any]], kind: str, change: Any) -> str:
    """Return an export whose first line of a kind was changed by a function."""
    copies = json.loads(json.dumps(lines))
    change(next(line for line in copies if line["type"] == kind))
    return "\n".join(json.dumps(line) for line in copies)


def set_at(*path: Any) -> Any:
    """Return a function that puts the last word at the path of the others."""
    *way, last, value = path

    def change(line: Any) -> None:
        for key in way:
            line = line[key]
        line[last] = value

    return change


def entry_with(event: str, **detail: Any) -> Any:
    """Return a function that makes the last entry of a request another one."""

    def change(line: Any) -> None:
        line["history"][-1] |= {"event": event, "detail": detail}

    return change


WRONG_LINES = {
    "unknown type": ("request", set_at("type", "ticket")),
    "a newer format": ("delist", set_at("format", 99)),
    "no uid": ("request", set_at("uid", "1")),
    "a private address": ("request", set_at("address", "10.0.0.1")),
    "a host name": ("address", set_at("address", "mx.example.org")),
    "no list key": ("request", set_at("list", "Not A Key")),
    "a number of text": ("request", set_at("number", "7")),
    "a number below zero": ("request", set_at("number", -1)),
    "a number beyond the database": ("request", set_at("number", 2**63)),
    "no history": ("request", set_at("history", [])),
    "an impossible history": ("request", set_at("history", 1, "on", "2020-01-01")),
    "an unknown event": ("request", set_at("history", 0, "event", "teleported")),
    "an unknown source": ("request", set_at("history", 0, "source", "dream")),
    "no day": ("request", set_at("history", 0, "on", "2021-02-30")),
    "a day before its submission": ("request", set_at("history", 1, "on", "0001-01-01")),
    "an instant without offset": ("request", set_at("history", 0, "recorded_at", "2021-05-02T10:00:00")),
    "an amended instant without offset": (
        "request",
        entry_with("amended", confirmed={"to": {"on": "2021-05-03", "at": "2021-05-03T10:00:00"}}),
    ),
    "an amendment to nothing": ("request", entry_with("amended", confirmed=5)),
    "a snooze without offset": ("request", entry_with("snoozed", kind="verify", until="2026-12-24T00:00:00")),
    "a snooze of nothing": ("request", entry_with("snoozed", until="2026-12-24T00:00:00Z")),
    "an undoing of nothing": ("request", entry_with("undone")),
    "a reference that is no text": ("request", set_at("history", 0, "detail", {"reference": {"a": 1}})),
    "a contact that is no text": ("request", set_at("history", 0, "detail", {"contact": {"name": [1]}})),
    "a text that is no text": ("request", set_at("text", 5)),
    "half a character": ("request", set_at("text", "\ud800")),
    "half a character in the history": ("request", set_at("history", 0, "by", "\ud800")),
    "half a character in a site": ("address", set_at("site", "\ud800")),
    "a look that takes back nothing": ("address", set_at("cases", 0, "history", 0, "event", "undone")),
    "an acknowledgement of nothing": ("address", set_at("cases", 0, "history", 0, "event", "acknowledged")),
    "a kind that is no text": (
        "address",
        lambda line: line["cases"][0]["history"][0].update(event="acknowledged", detail={"kind": [], "ref": ""}),
    ),
    "a secret that is no text": ("request", set_at("secrets", [{"uid": "x", "url": 1, "kept_at": "x"}])),
    "an unknown verdict": ("address", set_at("cases", 0, "sightings", 0, "verdict", "maybe")),
    "claims that are none": ("request", set_at("history", 0, "detail", {"claims": 0})),
    "a claim that says nothing": ("request", set_at("history", 0, "detail", {"claims": [{"claim": "ptr"}]})),
    "a retirement that is no day": ("address", set_at("retired_on", "soon")),
}


def small(run: Run) -> list[dict[str, Any]]:
    """Return the export of a small database, which is then moved out of the way."""
    fine(run("observe", A, "pbl", "listed", "--on", "2021-05-01"))
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed"))
    fine(run("cleared", 1, "--on", "2021-05-03"))
    return [json.loads(line) for line in run("export", "--with-secrets").out.splitlines()]


@pytest.mark.parametrize("name", WRONG_LINES)
def test_a_wrong_line_is_named_and_nothing_is_imported(run: Run, other: Path, name: str) -> None:
    lines = small(run)
    kind, change = WRONG_LINES[name]

    fine(run("address", "add", D, "--database", other))
    before = exported(run, "--database", other)
    number = [line["type"] for line in lines].index(kind) + 1
    refused(run("import", "-", "--database", other, stdin=lines_with(lines, kind, change)), 2, f"line {number}")
    assert exported(run, "--database", other) == before


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_beyond_all_calendars_is_refused_or_can_be_read(run: Run, other: Path, day: str) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    lines = [json.loads(line) for line in run("export").out.splitlines()]
    text = lines_with(lines, "request", set_at("history", 0, "on", day))
    outcome = run("import", "-", "--database", other, stdin=text)
    assert outcome.code in (0, 2), outcome.err
    for words in (
        ("due", "--on", "2199-12-31"),
        ("requests",),
        ("show", A),
        ("status",),
        ("confirm", "--yes", "-l", "pbl"),
    ):
        assert run(*words, "--database", other).code in (0, 4), words


def test_uids_that_are_taken_by_something_else_are_no_bug(run: Run, other: Path) -> None:
    lines = small(run)
    fine(run("import", "-", "--database", other, stdin="\n".join(map(json.dumps, lines))))
    before = exported(run, "--database", other)
    new = "00000000-0000-7000-8000-000000000001"
    for kind, change in (
        ("request", set_at("uid", new)),
        ("address", set_at("address", B)),
    ):
        outcome = run("import", "-", "--database", other, stdin=lines_with(lines, kind, change))
        assert outcome.code in (0, 2), outcome.err
        if outcome.code == 2:
            assert "line " in outcome.err
            assert exported(run, "--database", other) == before


def test_skip_bad_takes_in_the_other_lines_of_an_export(run: Run, other: Path) -> None:
    fine(run("submit", A, B, C, "--on", "2021-05-02"))
    lines = run("export").out.splitlines()
    bad = next(n for n, line in enumerate(lines) if '"number":2' in line)
    lines[bad] = "{broken"
    text = "\n".join(lines)
    refused(run("import", "-", "--database", other, stdin=text), 2, f"line {bad + 1}")
    outcome = run("import", "-", "--skip-bad", "--json", "--database", other, stdin=text)
    assert [each["line"] for each in fine(outcome)["bad"]] == [bad + 1]
    assert f"line {bad + 1}" in outcome.err
    assert [r["number"] for r in requests(run, "--database", other)] == [1, 3]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "hello", "[]", "<html>", "address;submitted\n", "ip,day\n203.0.113.7,x\n"]
)
def test_what_is_neither_export_nor_csv_is_refused(run: Run, text: str) -> None:
    refused(run("import", "-", stdin=text), 2)


# Spreadsheets.


CSV = """ip,list,submitted,confirmed,cleared,relisted,note
203.0.113.7,spamhaus-pbl,2021-05-02,2021-05-02,2021-05-02T11:40+09:00,2021-11-02,"the article, in short"
203.0.113.7,pbl,2021-11-02,2021-11-02,2021-11-02,,
203.0.113.8,barracuda,2022-01-31,,2022-02-01,,
2001:DB8::25,css,2022-03-01,,,,
203.0.113.0/24,sbl,2022-03-01,,,,
"""


def test_past_requests_come_from_a_spreadsheet(run: Run) -> None:
    found = fine(run("import", "-", "--json", stdin=CSV))
    counts = {"requests": 5, "addresses": 4, "known": 0, "entries": 0, "mails": 0}
    assert found == {"dry_run": False, **counts, "renumbered": [], "bad": []}
    facts = [
        (r["number"], r["address"], r["list"], r["attempt"], r["state"], r["submitted_on"], r["cleared_on"])
        for r in requests(run)
    ]
    assert facts == [
        (1, A, "spamhaus-pbl", 1, "relisted", "2021-05-02", "2021-05-02"),
        (2, A, "spamhaus-pbl", 2, "cleared", "2021-11-02", "2021-11-02"),
        (3, B, "barracuda", 1, "cleared", "2022-01-31", "2022-02-01"),
        (4, D, "spamhaus-css", 1, "submitted", "2022-03-01", None),
        (5, "203.0.113.0/24", "spamhaus-sbl", 1, "submitted", "2022-03-01", None),
    ]
    history = fine(run("show", 1, "--json"))["history"]
    assert [(e["event"], e["source"]) for e in history] == [
        (event, "import") for event in ("submitted", "confirmed", "cleared", "relisted", "noted")
    ]
    assert history[-1]["detail"] == {"text": "the article, in short"}


def test_an_imported_request_is_reminded_of_like_one_recorded_by_hand(run: Run) -> None:
    fine(run("import", "-", stdin=CSV))
    found = fine(run("due", "--on", "2022-04-20", "--json"))["reminders"]
    assert [(r["request"], r["window_on"]) for r in found if r["kind"] == "exclusion-ends"] == [(2, "2022-05-02")]


def test_an_imported_interval_is_an_own_observation(run: Run) -> None:
    text = "ip,submitted,confirmed,cleared,relisted\n203.0.113.7,2020-05-02,2020-05-02,2020-05-02,2020-08-02\n"
    fine(run("submit", B, "--on", "2021-05-02", "--confirmed"))
    fine(run("cleared", 1, "--on", "2021-05-02"))
    fine(run("import", "-", stdin=text))
    assert [own["request"] for own in fine(run("lists", "pbl", "--json"))["own"]] == [2]
    found = fine(run("due", "--on", "2021-07-20", "--json"))["reminders"]
    assert [r["window_on"] for r in found if r["address"] == B] == ["2021-08-02"]


def test_importing_the_same_spreadsheet_twice_adds_nothing(run: Run) -> None:
    fine(run("import", "-", stdin=CSV))
    before = exported(run)
    found = fine(run("import", "-", "--json", stdin=CSV))
    assert (found["requests"], found["addresses"], found["known"]) == (0, 0, 5)
    assert exported(run) == before


def test_a_line_written_twice_is_taken_in_once(run: Run) -> None:
    line = "203.0.113.7,2021-05-02\n"
    found = fine(run("import", "-", "--json", stdin=f"ip,submitted\n{line}{line}"))
    assert (found["requests"], found["known"]) == (1, 1)


def test_a_request_that_was_taken_back_is_not_known(run: Run) -> None:
    text = "ip,submitted\n203.0.113.7,2021-05-02\n"
    fine(run("import", "-", stdin=text))
    fine(run("undo", 1))
    assert fine(run("import", "-", "--json", stdin=text))["requests"] == 1


def test_a_request_recorded_by_hand_is_known(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02T10:00+09:00"))
    found = fine(run("import", "-", "--json", stdin="ip,submitted\n203.0.113.7,2021-05-02\n"))
    assert (found["requests"], found["known"]) == (0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "ip,submitted\n203.0.113.7,2021-05-02\n",
        "\ufeffip,submitted\r\n203.0.113.7,2021-05-02\r\n",
        '"IP","Submitted"\n"203.0.113.7"," 2021-05-02 "\n',
        "submitted,note,ip\n2021-05-02,,203.0.113.7\n\n,,\n",
        "ip,submitted,list\n203.0.113.7,2021-05-02\n",
        "ip,submitted\n203.0.113.7,2021-05-02,,\n",
        "\n\nip,submitted\n203.0.113.7,2021-05-02",
    ],
)
@pytest.mark.parametrize("how", ["file", "-"])
def test_spreadsheets_are_written_in_many_ways(run: Run, tmp_path: Path, text: str, how: str) -> None:
    file = tmp_path / "past requests.csv"
    file.write_bytes(text.encode())
    assert fine(run("import", file if how == "file" else how, "--json", stdin=text))["requests"] == 1
    record = requests(run)[0]
    assert (record["address"], record["list"], record["submitted_on"]) == (A, "spamhaus-pbl", "2021-05-02")


BAD_ROWS = {
    "host": "mx.example.org,pbl,2021-05-02,,,,",
    "private": "10.0.0.1,pbl,2021-05-02,,,,",
    "network": "203.0.113.0/24,pbl,2021-05-02,,,,",
    "no address": ",pbl,2021-05-02,,,,",
    "no list": "203.0.113.9,nolist,2021-05-02,,,,",
    "no day": "203.0.113.9,pbl,,,,,",
    "bad day": "203.0.113.9,pbl,02.05.2021,,,,",
    "future": "203.0.113.9,pbl,2026-11-25,,,,",
    "order": "203.0.113.9,pbl,2021-05-02,2021-05-01,,,",
    "cleared, not confirmed": "203.0.113.9,pbl,2021-05-02,,2021-05-03,,",
    "too many cells": "203.0.113.9,pbl,2021-05-02,,,,note,more",
    "quotes": '203.0.113.9,pbl,2021-05-02,,,,"x"y',
}
GOOD = ("203.0.113.7,pbl,2021-05-02,,,,", "203.0.113.8,pbl,2021-05-02,,,,")
HEADER = "ip,list,submitted,confirmed,cleared,relisted,note"


def with_bad(row: str) -> str:
    """Return a spreadsheet whose third line is bad."""
    return "\n".join([HEADER, GOOD[0], row, GOOD[1], ""])


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_line_is_named_and_nothing_is_imported(run: Run, name: str) -> None:
    outcome = run("import", "-", stdin=with_bad(BAD_ROWS[name]))
    refused(outcome, 2, "line 3")
    assert "request 0" not in outcome.err
    assert requests(run) == []
    assert fine(run("address", "list", "--json")) == {"addresses": []}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_skip_bad_takes_in_all_other_lines_and_names_the_bad_one(run: Run, name: str) -> None:
    outcome = run("import", "-", "--skip-bad", "--json", stdin=with_bad(BAD_ROWS[name]))
    found = fine(outcome)
    assert (found["requests"], [bad["line"] for bad in found["bad"]]) == (2, [3])
    assert "line 3" in outcome.err
    assert [r["address"] for r in requests(run)] == [A, B]


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_dry_run_names_the_bad_line_and_does_nothing(run: Run, name: str) -> None:
    outcome = run("import", "-", "--dry-run", "--skip-bad", "--json", stdin=with_bad(BAD_ROWS[name]))
    found = fine(outcome)
    assert (found["dry_run"], found["requests"], [bad["line"] for bad in found["bad"]]) == (True, 2, [3])
    assert "line 3" in outcome.err
    assert requests(run) == []


def test_all_bad_lines_are_named_at_once(run: Run) -> None:
    text = "\n".join([HEADER, *BAD_ROWS.values()])
    outcome = run("import", "-", stdin=text)
    refused(outcome, 2, *(f"line {number}:" for number in range(2, 10)))


@pytest.mark.parametrize("before", ["\n", "\n\n\r\n"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_lines_are_counted_as_an_editor_counts_them(run: Run, before: str, kind: str) -> None:
    blank = before.count("\n")
    text = f"{HEADER}\n{BAD_ROWS['host']}\n" if kind == "csv" else '{"type":"tombstone"}\n{broken\n'
    refused(run("import", "-", stdin=before + text), 2, f"line {blank + 2}:")


def test_a_dry_run_shows_what_it_would_do(run: Run) -> None:
    outcome = run("import", "-", "--dry-run", stdin=CSV)
    assert outcome.code == 0
    assert "would" in outcome.out
    for number, part in ((2, A), (4, "barracuda"), (5, D)):
        assert any(line.startswith(f"line {number}:") and part in line for line in outcome.out.splitlines())
    assert requests(run) == []


@pytest.mark.parametrize(
    ("header", "part"), [("ip,submitted,phone", "phone"), ("ip,submitted,submited", "submited"), ("ip,submitted,", "")]
)
def test_a_wrong_column_is_named(run: Run, header: str, part: str) -> None:
    refused(run("import", "-", stdin=f"{header}\n203.0.113.7,2021-05-02,x\n"), 2, part)


def test_a_link_in_a_note_is_kept_apart(run: Run) -> None:
    fine(run("import", "-", stdin=f"ip,submitted,note\n203.0.113.7,2021-05-02,see {LINK}\n"))
    assert TOKEN not in run("show", 1, "--json").out
    assert run("link", 1).out == f"{LINK}\n"


def test_a_dry_run_of_a_spreadsheet_does_not_repeat_a_link(run: Run) -> None:
    outcome = run("import", "-", "--dry-run", stdin=f"ip,submitted,note\n203.0.113.7,2021-05-02,see {LINK}\n")
    assert outcome.code == 0
    assert TOKEN not in outcome.out + outcome.err


def test_an_export_that_has_grown_brings_its_new_entries(run: Run, other: Path) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run("import", "-", "--database", other, stdin=run("export").out))
    fine(run("confirm", 1, "--on", "2021-05-02"))
    fine(run("cleared", 1, "--on", "2021-05-03"))
    grown = run("export").out
    told = run("import", "-", "--database", other, stdin=grown)
    assert "1 known already with 2 further entries" in told.out
    assert run("export", "--database", other).out.splitlines()[1:] == grown.splitlines()[1:]
    assert (
        run("due", "--json", "--on", "2021-10-19", "--database", other).out
        == run("due", "--json", "--on", "2021-10-19").out
    )
    assert "further" not in run("import", "-", "--database", other, stdin=grown).out


def test_a_spreadsheet_that_knows_more_than_is_on_record_says_so(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    told = run("import", "-", stdin=f"ip,submitted,confirmed\n{A},2021-05-02,2021-05-03\n")
    assert told.code == 0
    assert "line 2: request 1 is on record, but not that it was confirmed" in told.err


def test_numbers_are_not_used_up_by_lines_that_were_skipped(run: Run, other: Path) -> None:
    fine(run("submit", A))
    header, address, request = run("export").out.splitlines()
    run("import", "-", "--skip-bad", "--database", other, stdin="\n".join((header, address, request[:20])))
    told = run("import", "-", "--database", other, stdin="\n".join((header, address, request)))
    assert "taken" not in told.out


# Sightings that were seen again.


def see_again(tools: Tools, address: str, key: str, when: Moment) -> None:
    """Let the first sighting of a case be found again by a check."""
    with writing(tools) as desk:
        [case] = [case for case in reads.cases_at(desk.tx, [address]) if case.list == key]
        [first, *_] = reads.sightings(desk.tx, case.id)
        assert writes.extend_sighting(desk.tx, first.uid, when, "127.0.0.2 127.0.0.10", "127.0.0.1:53", "no PTR")
        settle(desk, case)


def sightings(run: Run, *words: object) -> list[Any]:
    """Return every sighting of an export."""
    found = []
    for line in exported(run, *words):
        for case in [line, *line.get("cases", ())]:
            found += case.get("sightings", ())
    return found


@pytest.fixture
def again(rich: Run, tools: Tools) -> Run:
    """The rich database, with a sighting of a request and one beside requests that were seen again."""
    see_again(tools, C, "barracuda", moment("2021-06-09 10:00"))
    see_again(tools, A, "spamhaus-pbl", moment("2021-06-09"))
    return rich


def test_a_round_trip_keeps_until_when_and_how_a_sighting_was_seen(again: Run, other: Path) -> None:
    told = [(seen["last_on"], seen["last_at"]) for seen in sightings(again) if seen["last_on"]]
    assert sorted(told, key=repr) == [("2021-06-09", "2021-06-09T01:00:00Z"), ("2021-06-09", None)]
    moved(again, other, "--with-secrets")
    assert exported(again, "--database", other) == exported(again)
    assert {seen["answer"] for seen in sightings(again, "--database", other)} == {None, "127.0.0.2 127.0.0.10"}
    assert {seen["nameserver"] for seen in sightings(again, "--database", other)} == {None, "127.0.0.1:53"}
    for words in (("show", C, "--json"), ("due", "--on", "2021-12-01", "--json")):
        assert fine(again(*words, "--database", other)) == fine(again(*words))


def test_an_export_of_the_first_schema_can_still_be_imported(rich: Run, other: Path) -> None:
    lines = [json.loads(line) for line in rich("export").out.splitlines()]
    for line in lines:
        for case in [line, *line.get("cases", ())]:
            for seen in case.get("sightings", ()):
                for name in ("last_on", "last_at", "answer", "nameserver"):
                    assert seen.pop(name) is None
    fine(rich("import", "-", "--json", "--database", other, stdin="".join(f"{json.dumps(line)}\n" for line in lines)))
    assert exported(rich, "--database", other) == exported(rich)


def test_a_known_sighting_that_was_seen_later_elsewhere_is_extended(rich: Run, tools: Tools, other: Path) -> None:
    moved(rich, other, "--with-secrets")
    see_again(tools, C, "barracuda", moment("2021-06-09 10:00"))
    see_again(tools, A, "spamhaus-pbl", moment("2026-11-20 10:00"))
    moved(rich, other, "--with-secrets")
    assert sightings(rich, "--database", other) == sightings(rich)
    for words in (("show", C, "--json"), ("show", A, "--json"), ("due", "--on", "2022-07-30", "--json")):
        assert fine(rich(*words, "--database", other)) == fine(rich(*words))


def test_a_known_sighting_that_was_seen_later_here_stays_so(again: Run, tools: Tools, other: Path) -> None:
    moved(again, other)
    there = again("export", "--database", other).out
    see_again(tools, C, "barracuda", moment("2021-07-09 10:00"))
    before = sightings(again)
    fine(again("import", "-", "--json", stdin=there))
    assert sightings(again) == before


@pytest.mark.parametrize(
    "words", [("undo", 1), ("undo", C, "-l", "barracuda"), ("amend", 1, "--cleared-on", "2021-05-04")]
)
def test_a_sighting_that_was_taken_back_elsewhere_is_taken_back_here(
    run: Run, other: Path, words: tuple[object, ...]
) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed"))
    fine(run("cleared", 1, "--on", "2021-05-03"))
    fine(run("observe", C, "barracuda", "listed", "--on", "2021-05-02"))
    moved(run, other)
    fine(run(*words))
    moved(run, other)
    assert sightings(run, "--database", other) == sightings(run)
    for question in (("due", "--json"), ("show", A, "--json"), ("show", C, "--json")):
        assert fine(run(*question, "--database", other)) == fine(run(*question))


def test_what_only_checking_needs_is_not_exported(rich: Run, tools: Tools) -> None:
    before = exported(rich, "--with-secrets")
    with writing(tools) as desk:
        [case, *_] = reads.cases_at(desk.tx, [A])
        writes.save_look(desk.tx, case.address, case.list, Look(Seen.CLEAR, (), None, None, NOW, NOW, None))
        writes.add_run(desk.tx, desk.uid(), "check", "digest", NOW, 3)
        writes.add_asked(desk.tx, NOW.date(), {"bl.example.org": 3})
    assert exported(rich, "--with-secrets") == before


def test_a_time_of_the_latest_look_that_is_none_is_refused(again: Run, other: Path) -> None:
    text = again("export").out.replace('"last_on":"2021-06-09"', '"last_on":"soon"')
    refused(again("import", "-", "--database", other, stdin=text), 2, "soon", "line")


# Claims.

TICKET = "https://check.spamhaus.org/verify?token=SECRET"
CLAIM = {
    "claim": "cause",
    "stated": True,
    "basis": "asserted",
    "detail": f"a script was closed, see {TICKET} and https://example.org/aup?page=2",
    "measured_at": None,
    "how": None,
    "nameserver": None,
}
BARE = "a script was closed, see https://check.spamhaus.org/*** and https://example.org/aup?page=2"


def with_claims(run: Run, *claims: Any) -> list[dict[str, Any]]:
    """An export in which the first request and a draft have claims."""
    fine(run("text", B, *FACTS))
    lines = small(run)
    for line in lines:
        if line["type"] == "request":
            line["history"][0]["detail"]["claims"] = list(claims)
        elif line.get("address") == B:
            line["cases"][0]["draft"]["claims"] = list(claims)
    return lines


def claims_in(lines: list[dict[str, Any]]) -> list[Any]:
    """The claims of the drafts and requests of an export."""
    drafts = [case["draft"]["claims"] for line in lines for case in line.get("cases", ()) if case["draft"]]
    return drafts + [line["history"][0]["detail"]["claims"] for line in lines if line["type"] == "request"]


@pytest.mark.parametrize("is_spelled", [False, True])
def test_a_link_in_a_claim_is_cut_out_when_it_is_taken_in(run: Run, other: Path, is_spelled: bool) -> None:
    text = "\n".join(map(json.dumps, with_claims(run, CLAIM)))
    text = text.replace('"basis"', '"\\u0062asis"') if is_spelled else text
    fine(run("import", "-", "--database", other, stdin=text))
    found = claims_in(exported(run, "--with-secrets", "--database", other))
    assert [[each["detail"] for each in claims] for claims in found] == [[BARE], [BARE]]
    assert found == [[{**CLAIM, "detail": BARE}]] * 2


def test_an_export_tells_no_link_that_claims_hold_unless_asked(run: Run, tools: Tools) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run("text", B, *FACTS))
    with closing(sqlite3.connect(tools.database)) as connection, connection:
        connection.execute("DROP TRIGGER events_are_kept")
        connection.execute("UPDATE events SET detail = ? WHERE event = 'submitted'", [json.dumps({"claims": [CLAIM]})])
        connection.execute("UPDATE drafts SET claims = ?", [json.dumps([CLAIM, 5, {"detail": None}])])
    (draft, request) = claims_in(exported(run))
    assert (draft, request) == ([{**CLAIM, "detail": BARE}, 5, {"detail": None}], [{**CLAIM, "detail": BARE}])
    assert claims_in(exported(run, "--with-secrets"))[1] == [CLAIM]


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (0, None),
        ({"claim": 1}, None),
        ([5, {"claim": "ptr", "stated": True, "basis": "asserted"}], "  ptr      as was said: \n"),
        (
            [{"claim": "ptr", "stated": True, "measured_at": "garbage", "detail": "x"}],
            "  ptr      measured garbage: x\n",
        ),
        ([{"claim": "zzz\nforged", "stated": False, "detail": "x"}], "  zzz forged left out: x\n"),
        ([{"measured_at": "0001-01-01T00:00:00+14:00"}], "           measured 0001-01-01T00:00:00+14:00: \n"),
        ([{"measured_at": 5, "detail": ["x"]}], "           measured 5: ['x']\n"),
    ],
)
def test_bad_claims_that_are_on_record_are_shown_as_they_are(run: Run, tools: Tools, claims: Any, told: str) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    with closing(sqlite3.connect(tools.database)) as connection, connection:
        connection.execute("DROP TRIGGER events_are_kept")
        connection.execute("UPDATE events SET detail = ? WHERE event = 'submitted'", [json.dumps({"claims": claims})])
    assert isinstance(fine(run("show", 1, "--json"))["claims"], list)
    shown = run("show", 1)
    assert shown.code == 0
    assert ("Claims of the text" in shown.out) is (told is not None)
    assert told is None or told in shown.out
    assert run("export").code == 0
