"""Bad input of every kind gives one sentence, its exit code, and leaves everything as it was."""

import json
import os
import sqlite3
import string
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from delist.cli import app
from delist.tools import Tools
from tests.conftest import Outcome, Run

A, B = "203.0.113.7", "203.0.113.8"
# Bad input leaves no trace, so that the home of a test serves all its examples.
fed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def built(*words: object, stdin: bytes = b"") -> Outcome:
    """Run a command line whose tools are built from the environment: config.toml and lists.toml are read anew."""
    found = CliRunner().invoke(app, [str(word) for word in words], input=stdin)
    return Outcome(found.exit_code, found.stdout, found.stderr)


def one_sentence(outcome: Outcome, *codes: int) -> None:
    """Check that a command ended with one printable sentence on stderr and one of these exit codes."""
    assert outcome.code in codes, (outcome.code, outcome.err)
    assert outcome.out == ""
    assert outcome.err.startswith("delist: ")
    assert outcome.err.endswith("\n")
    assert outcome.err[:-1].isprintable(), outcome.err
    assert "Traceback" not in outcome.err


def state(tools: Tools) -> dict[str, bytes]:
    """Return the names of all files of the home, with the content of each."""
    home = tools.places.config.parent
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.fixture
def one(run: Run) -> Run:
    """A database with one confirmed request."""
    assert run("submit", A, "--on", "2021-05-02", "--confirmed").code == 0
    return run


# What was typed.


BAD_ADDRESSES = [
    *("mx.example.org", "localhost", "203.0.113", "203.0.113.256", "203.0.113.007", "203.0.113.7.1", "0x7f.0.0.1"),
    *("203.0.113.7/33", "203.0.113.7/24", "203.0.113.7/", "203.0.113.7/x", "203.0.113.7:25", "[203.0.113.7"),
    *("2001:db8::g", "2001:db8:::1", "2001:db8::1/129", "2001:db8::1/64", "2001:db8::25%eth0", "fe80::1%eth0"),
    *("10.0.0.1", "172.16.0.1", "192.168.0.1", "127.0.0.1", "127.0.0.0/8", "169.254.1.1", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "0.0.0.0", "0.0.0.0/0", "100.64.0.1", "::", "::1", "::/0", "fe80::1", "fc00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "", " ", "203.0.113.7 203.0.113.8", "２０３.0.113.7", "a\nb", "\x1b[31m"),
    *("x" * 5000, "é", "*", "../etc/passwd"),
]


@pytest.mark.parametrize("bad", BAD_ADDRESSES)
def test_a_bad_address_is_wrong_usage_everywhere(one: Run, tools: Tools, bad: str) -> None:
    before = state(tools)
    for words in (
        *(("submit", B, bad), ("text", bad), ("observe", bad, "pbl", "listed"), ("address", "add", B, bad)),
        *(("requests", "--address", bad), ("confirm", "1", bad), ("show", bad)),
    ):
        outcome = one(*words)
        assert outcome.code == 2, (words, outcome)
        one_sentence(outcome, 2)
    assert state(tools) == before


@pytest.mark.parametrize("kind", ["10.0.0.1", "127.0.0.1", "169.254.1.1", "224.0.0.1", "fe80::1", "ff02::1", "::1"])
def test_an_address_that_no_list_can_hold_is_named_with_the_reason(run: Run, kind: str) -> None:
    outcome = run("submit", kind)
    assert kind in outcome.err
    assert any(word in outcome.err for word in ("private", "loopback", "link-local", "multicast"))


def test_a_host_name_is_told_to_be_one(run: Run) -> None:
    assert "host name" in run("submit", "mx.example.org").err


@pytest.mark.parametrize("good", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "8.8.8.8"])
def test_documentation_ranges_and_public_addresses_are_allowed(run: Run, good: str) -> None:
    assert run("submit", good).code == 0


BAD_MOMENTS = [
    *("yesterday", "2021", "2021-05", "2021-5-2", "2021-02-30", "2021-13-01", "2021-00-10", "02.05.2021", "20210502"),
    *("2021-05-02T", "2021-05-02T25:00", "2021-05-02T10", "2021-05-02T10:00+99:00", "2021-05-02T10:00:61"),
    *("2021-05-02T10:00 Tokyo", "0001-01-01", "9999-12-31", "1989-12-31", "-1", "", " ", "２０２１-05-02"),
    *("2021-05-02\n2021-05-03", "2021-W17-7", "1620000000", "x" * 3000),
]


@pytest.mark.parametrize("bad", BAD_MOMENTS)
def test_a_bad_day_is_wrong_usage_everywhere(one: Run, tools: Tools, bad: str) -> None:
    before = state(tools)
    for words in (
        *(("submit", B, f"--on={bad}"), ("cleared", 1, f"--on={bad}"), ("due", f"--on={bad}")),
        *(("cleared", 1, f"--confirmed-on={bad}"), ("amend", 1, f"--confirmed-on={bad}"), ("status", f"--on={bad}")),
        *(
            ("observe", A, "pbl", "clear", f"--on={bad}"),
            ("snooze", 1, f"--until={bad}"),
            ("note", 1, "-m", "x", f"--on={bad}"),
        ),
    ):
        outcome = one(*words)
        assert outcome.code == 2, (words, outcome)
        one_sentence(outcome, 2)
    assert state(tools) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nonsense",), 2),
        (("due", "--nonsense"), 2),
        (("due", "--on"), 2),
        (("due", "extra"), 2),
        (("submit",), 2),
        (("confirm",), 2),
        (("confirm", "1", "--state", "asleep", "--yes"), 2),
        (("confirm", "--batch", "many", "--yes"), 2),
        (("due", "--within", "soon"), 2),
        (("text", A, "--port25", "ajar"), 2),
        (("note", "1"), 2),
        (("amend", "1"), 2),
        (("observe", A, "pbl", "perhaps"), 2),
        (("address", "nonsense"), 2),
        (("submit", A, "-l", "spamhouse"), 4),
        (("text", B, "-l", ""), 4),
        (("lists", "nonsense"), 4),
        (("observe", A, "nonsense", "listed"), 4),
        (("confirm", "99"), 4),
        (("show", "99"), 4),
        (("undo", "99"), 4),
        (("amend", "99", "--reference", "x"), 4),
        (("note", "99", "-m", "x"), 4),
        (("ack", "99"), 4),
        (("link", "99"), 4),
        (("confirm", "192.0.2.1"), 4),
        (("show", "192.0.2.1"), 4),
        (("import", "missing.csv"), 4),
        (("submit", A, "--text", "missing.txt"), 4),
        (("address", "import", "missing.csv"), 4),
        (("db", "restore", "missing.db", "--yes"), 4),
        (("appeal", "1"), 5),
        (("ack", "1", "--kind", "relisted"), 5),
        (("amend", "1", "--cleared-on", "2021-05-05"), 5),
        (("confirm", "1", "--on", "2021-05-09"), 5),
        (("export", "-o", "missing/folder/file"), 6),
        (("due", "--database", "postgresql://db.example.org/delist"), 3),
        (("due", "--database", "sqlite://"), 3),
    ],
)
def test_each_kind_of_bad_input_has_its_exit_code(one: Run, tools: Tools, words: tuple[str, ...], code: int) -> None:
    before = state(tools)
    one_sentence(one(*words), code)
    assert state(tools) == before


@pytest.mark.parametrize(
    ("words", "near"),
    [(("lists", "spamhaus-pbk"), "spamhaus-pbl"), (("submit", A, "-l", "barracudda"), "barracuda")],
)
def test_an_unknown_list_is_named_with_the_nearest_key(run: Run, words: tuple[str, ...], near: str) -> None:
    assert f"{near}" in run(*words).err


HUGE = "99999999999999999999"


@pytest.mark.parametrize(
    "words",
    [
        *(("show", HUGE), ("undo", HUGE), ("ack", HUGE), ("snooze", HUGE, "--until", "1d"), ("confirm", HUGE)),
        *(("amend", HUGE, "--reference", "x"), ("link", HUGE), ("note", HUGE, "-m", "x"), ("confirm", f"1-{HUGE}")),
        *(
            ("confirm", "--batch", HUGE, "--yes"),
            ("show", "9" * 5000),
            ("ack", "9" * 5000),
            ("confirm", "999999999999"),
        ),
        *(("due", "--within", "9" * 5000), ("snooze", 1, "--until", "9" * 5000 + "d"), ("ack", "²"), ("show", "²")),
        *(("ack", "٣"), ("snooze", 1, "--until", "²d"), ("due", "--within", "²d"), ("confirm", "²")),
    ],
)
def test_a_number_out_of_all_bounds_is_no_bug(one: Run, tools: Tools, words: tuple[object, ...]) -> None:
    before = state(tools)
    one_sentence(one(*words), 2, 4)
    assert state(tools) == before


# How a byte that is no UTF-8 comes in from a terminal of another encoding.
LATIN1 = "M\udcfcller"


@pytest.mark.parametrize(
    "words",
    [
        *(("note", 1, "-m", LATIN1), ("submit", B, "--reference", LATIN1), ("amend", 1, "--name", LATIN1)),
        *(("address", "add", B, "--label", LATIN1), ("observe", B, "pbl", "listed", "--reason", LATIN1)),
        *(("init", "--name", LATIN1), ("submit", LATIN1), ("confirm", "--site", LATIN1, "--yes"), ("lists", LATIN1)),
        *(("text", B, "--name", LATIN1, "--email", "m@example.org", "--purpose", "x"), ("import", LATIN1)),
        *(("requests", "--site", LATIN1, "--address", LATIN1), ("address", "list", "--site", LATIN1)),
    ],
)
def test_what_is_no_utf_8_is_no_bug_and_leaves_nothing_half_written(
    one: Run, tools: Tools, words: tuple[object, ...]
) -> None:
    before = state(tools)
    outcome = one(*words)
    assert outcome.code != 1, outcome.err
    if outcome.code != 0:
        assert outcome.err.startswith("delist: ")
        assert state(tools) == before


@pytest.mark.parametrize(
    "words", [("confirm", "-"), ("submit", B, "--text", "-"), ("import", "-"), ("address", "import", "-")]
)
def test_standard_input_that_is_no_utf_8_is_wrong_usage(one: Run, tools: Tools, words: tuple[str, ...]) -> None:
    before = state(tools)
    one_sentence(built(*words, stdin=b"ip,submitted\n203.0.113.9,2021-05-02\n\xff\xfe\n"), 2)
    assert state(tools) == before


@pytest.mark.parametrize("words", [("import",), ("address", "import"), ("submit", B, "--text")])
@pytest.mark.parametrize("name", ["two\nlines.csv", "\x1b[31mred.csv", "missing.csv"])
def test_the_name_of_a_missing_file_stays_on_one_line(one: Run, words: tuple[str, ...], name: str) -> None:
    one_sentence(one(*words, name), 4)


@pytest.mark.parametrize("words", [("import",), ("address", "import"), ("submit", B, "--text")])
def test_a_folder_is_no_file(one: Run, tools: Tools, tmp_path: Path, words: tuple[str, ...]) -> None:
    before = state(tools)
    one_sentence(one(*words, tmp_path), 2, 3, 4)
    assert state(tools) == before


# The machine.


def broken() -> datetime:
    """Fail like a program with a bug."""
    raise RuntimeError("no\nclock")


def test_a_bug_is_one_line_that_says_how_to_report_it(run: Run, tools: Tools) -> None:
    outcome = run("requests", with_tools=replace(tools, now=broken))
    one_sentence(outcome, 1)
    assert "bug" in outcome.err
    assert "--debug" in outcome.err


@pytest.mark.parametrize("words", [("requests", "--debug"), ("--debug", "requests")])
def test_a_bug_shows_its_traceback_on_request(tools: Tools, words: tuple[str, ...]) -> None:
    with pytest.raises(RuntimeError, match="clock"):
        CliRunner().invoke(app, list(words), obj=replace(tools, now=broken), catch_exceptions=False)


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.commit()
    connection.close()


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
    connection.commit()
    connection.close()


def text_file(path: Path) -> None:
    path.write_text("no database at all, " * 100, encoding="utf-8")


@pytest.mark.parametrize("spoil", [foreign, newer, text_file])
@pytest.mark.parametrize("words", [("due",), ("requests",), ("submit", A), ("confirm", "1"), ("status",), ("export",)])
def test_a_database_that_is_not_ours_is_refused_untouched(
    run: Run, tools: Tools, spoil: Any, words: tuple[str, ...]
) -> None:
    if spoil is not newer:
        tools.database.unlink()
    spoil(tools.database)
    before = state(tools)
    outcome = run(*words)
    one_sentence(outcome, 3)
    assert str(tools.database) in outcome.err
    assert state(tools) == before


@pytest.mark.parametrize("words", [("due",), ("submit", A), ("requests",)])
def test_a_folder_is_no_database(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    one_sentence(run(*words, "--database", tmp_path), 3)


@pytest.mark.parametrize("url", ["postgresql://db.example.org/x", "mysql://x", "sqlite://", "http://example.org"])
def test_another_database_url_is_refused_with_its_scheme(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DELIST_DATABASE_URL", url)
    outcome = built("due")
    one_sentence(outcome, 3)
    assert url.partition(":")[0] in outcome.err


def test_the_password_of_a_database_url_is_not_repeated(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELIST_DATABASE_URL", "postgresql://user:swordfish@db.example.org/x")
    assert "swordfish" not in built("due").err


# The configuration.


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("timezone = ", ["config.toml"]),
        ("timezone = 5", ["timezone"]),
        ('timezone = "Asia/Tokio"', ["Asia/Tokio"]),
        ('timezone = "../../etc/passwd"', ["timezone"]),
        ('timezon = "Asia/Tokyo"', ["timezon", "timezone"]),
        ('[contact]\nnam = "x"', ["nam", "name"]),
        ('[contacts]\nname = "x"', ["contacts", "contact"]),
        ("contact = 5", ["contact"]),
        ("[contact]\nname = 5", ["name"]),
        ('[contact]\nname = " "', ["name"]),
        ("[[senders]]\npurpose = 'x'", ["address"]),
        ('[[senders]]\naddress = "mx.example.org"', ["mx.example.org"]),
        ('[[senders]]\naddress = "10.0.0.1"', ["10.0.0.1"]),
        ('[[senders]]\naddress = "203.0.113.7"\nport25 = "ajar"', ["port25"]),
        ('[[senders]]\naddress = "203.0.113.7"\nstatic = "yes"', ["static"]),
        ('[[senders]]\naddress = "203.0.113.7"\nrole = "boss"', ["role"]),
        ('[senders]\naddress = "203.0.113.7"', ["senders"]),
        ("[[senders]]\naddress = ['203.0.113.7']", ["address"]),
        ('[reminders]\nlead = "14d"', ["lead"]),
        ("[reminders]\nlead = 14", ["lead"]),
        ('[reminders]\nlede = "P14D"', ["lede", "lead"]),
        ('[reminders.leads]\nspamhaus-pbl = "soon"', ["spamhaus-pbl"]),
        ("[reminders]\nleads = 5", ["leads"]),
        ("reminders = 5", ["reminders"]),
        ('timezone = "X/Y"\n[contact]\nname = 5\n[reminders]\nlead = "x"', ["X/Y", "name", "lead"]),
        ("a = " + "[" * 2000, ["config.toml"]),
    ],
)
def test_a_wrong_config_is_one_sentence_with_all_its_problems(tools: Tools, text: str, parts: list[str]) -> None:
    tools.places.config.write_text(text, encoding="utf-8")
    before = state(tools)
    for words in (("due",), ("submit", A), ("status",)):
        outcome = built(*words)
        one_sentence(outcome, 3)
        for part in parts:
            assert part in outcome.err
    assert state(tools) == before


@pytest.mark.parametrize("data", [b"\xff\xfe", b"timezone = \x00", b"timezone = 'M\xfcnchen'"])
def test_a_config_that_is_no_text_is_one_sentence(tools: Tools, data: bytes) -> None:
    tools.places.config.write_bytes(data)
    one_sentence(built("due"), 3)


def test_a_folder_in_the_place_of_a_file_is_one_sentence(tools: Tools) -> None:
    tools.places.config.mkdir()
    one_sentence(built("due"), 3)
    tools.places.config.rmdir()
    tools.places.lists.mkdir()
    one_sentence(built("lists"), 3)


@pytest.mark.parametrize("lead", ["P9999Y", "P99999M", "P99999W", "P999999D", "PT999999H", "P0D"])
def test_a_lead_of_any_length_is_capped_or_refused(one: Run, tools: Tools, lead: str) -> None:
    tools.places.config.write_text(f'[reminders]\nlead = "{lead}"\n', encoding="utf-8")
    outcome = built("due", "--on", "2021-11-02", "--json")
    if outcome.code == 0:
        assert [r["window_on"] for r in json.loads(outcome.out)["reminders"]] == ["2021-11-02", None]
    else:
        one_sentence(outcome, 3)


LISTS = [
    ("[lists.x]\nname = 'X'", ["operator", "kind"]),
    ("[lists.x]\nname = 'X'\noperator = 'X'\nkind = 'bloc'", ["kind"]),
    ("[lists.x]\nname = 'X'\noperator = 'X'\nkind = 'block'\nscop = 'address'", ["scop", "scope"]),
    ("[lists.X_y]\nname = 'X'\noperator = 'X'\nkind = 'block'", ["X_y"]),
    ("[lists.spamhaus-pbl]\nconfirm_within = '1 hour'", ["confirm_within"]),
    ("[lists.spamhaus-pbl]\nclosed = 'yesterday'", ["closed"]),
    ("[lists.spamhaus-pbl]\nwindows = 5", ["windows"]),
    ("[[lists.spamhaus-pbl.windows]]\nafter = 'P3M'", ["kind"]),
    (
        "[[lists.spamhaus-pbl.windows]]\nafter = 'PT1H'\nkind = 'exclusion-ends'\nbasis = 'stated'\nsource = 'x'",
        ["day"],
    ),
    ("[lists.spamhaus-pbl.removal]\nmode = 'pigeon'", ["mode"]),
    ("[lists.spamhaus-pbl]\noff = 'yes'", ["off"]),
    ("[lists]\nspamhaus-pbl = 5", ["spamhaus-pbl"]),
    ("lists = 5", ["lists"]),
    ("zones = 5", ["zones"]),
    ("[list.x]\nname = 'X'", ["list"]),
    ("[zones]\n'zen.spamhaus.org' = 5", ["zen.spamhaus.org"]),
    ("[zones.'x.example.org']\nipv6 = true", ["answers"]),
    ("[zones.'x.example.org']\nanswers = 5", ["answers"]),
    ("[zones.'x.example.org']\nanswers = { '127.0.0.2' = 5 }", ["answers"]),
    ("[zones.'x.example.org']\nanswers = { '127.0.0.2' = { who = 'owner' } }", ["answers"]),
    ("[zones.'x.example.org']\nanswers = { '127.0.0.2' = { list = 'barracuda', who = 'boss' } }", ["answers"]),
    ("[lists", ["lists.toml"]),
    ("a = " + "[" * 2000, ["lists.toml"]),
]


@pytest.mark.parametrize(("text", "parts"), LISTS)
def test_wrong_lists_are_one_sentence(one: Run, tools: Tools, text: str, parts: list[str]) -> None:
    tools.places.lists.write_text(text, encoding="utf-8")
    before = state(tools)
    for words in (("lists",), ("lists", "pbl"), ("due",), ("submit", B)):
        outcome = built(*words)
        one_sentence(outcome, 3)
        for part in parts:
            assert part in outcome.err, (words, outcome.err)
    assert state(tools) == before


def test_an_own_list_is_used_and_merged_over_the_shipped_ones(one: Run, tools: Tools) -> None:
    tools.places.lists.write_text(
        "[lists.house]\nname = 'House'\noperator = 'Us'\nkind = 'block'\n"
        "[lists.spamhaus-pbl.removal]\nurl = 'https://forms.example.org/'\n",
        encoding="utf-8",
    )
    assert json.loads(built("lists", "house", "--json").out)["name"] == "House"
    removal = json.loads(built("lists", "pbl", "--json").out)["removal"]
    assert (removal["url"], removal["mode"]) == ("https://forms.example.org/", "form-mail")


@pytest.mark.parametrize("after", ["P9999Y", "P99999M", "P99999W"])
def test_a_window_beyond_all_calendars_is_refused(one: Run, tools: Tools, after: str) -> None:
    tools.places.lists.write_text(
        f"[[lists.spamhaus-pbl.windows]]\nafter = '{after}'\nkind = 'exclusion-ends'\nbasis = 'stated'\nsource = 'x'\n",
        encoding="utf-8",
    )
    one_sentence(built("due"), 3)


# What nobody thought of.


_WORDS = st.text(max_size=30) | st.text(string.digits + "abcdef:./-%[] ", max_size=40)
_MOMENTS = st.text(max_size=20) | st.from_regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:?[0-9]{2})?)?", fullmatch=True
)


@fed
@given(word=_WORDS)
@example("-")
@example("--")
@example("\x85")
def test_any_word_as_an_address_is_taken_or_refused(one: Run, word: str) -> None:
    outcome = one("requests", f"--address={word}")
    if outcome.code != 0:
        one_sentence(outcome, 2)


@fed
@given(word=_WORDS | st.from_regex(r"[0-9]{1,30}(-[0-9]{1,30})?", fullmatch=True))
def test_any_word_as_a_ref_is_taken_or_refused(one: Run, word: str) -> None:
    for command in ("confirm", "show", "link"):
        outcome = one(command, "--", word)
        if outcome.code != 0:
            one_sentence(outcome, 2, 4, 5)


@fed
@given(word=_MOMENTS)
def test_any_word_as_a_moment_is_taken_or_refused(one: Run, word: str) -> None:
    outcome = one("due", f"--on={word}", "--json")
    if outcome.code != 0:
        one_sentence(outcome, 2)
    else:
        assert json.loads(outcome.out)["today"][:2] in ("19", "20", "21", "22")


@fed
@given(lead=st.text(max_size=12) | st.from_regex(r"P([0-9]{1,6}[YMWD]){0,3}(T([0-9]{1,6}[HMS]){0,3})?", fullmatch=True))
def test_any_period_as_a_lead_is_taken_or_refused(one: Run, tools: Tools, lead: str) -> None:
    tools.places.config.write_text(f"[reminders]\nlead = {json.dumps(lead)}\n", encoding="utf-8")
    outcome = built("due", "--on", "2021-11-02", "--json")
    if outcome.code != 0:
        one_sentence(outcome, 3)


_LINES = st.lists(
    st.sampled_from(
        [
            *('timezone = "UTC"', "[contact]", 'name = "N"', "[[senders]]", 'address = "203.0.113.7"', "[reminders]"),
            *('lead = "P1M"', "leads = 1", "[reminders.leads]", 'x = "P1D"', "static = true", "= ", "name = 5", "[["),
            *(
                'port25 = "open"',
                'role = ["owner"]',
                "[senders]",
                "contact = []",
                "[contact.name]",
                "a.b.c = 1979-05-27",
            ),
        ]
    ),
    max_size=8,
)


@fed
@given(data=st.binary(max_size=60) | _LINES.map(lambda lines: "\n".join(lines).encode()))
def test_any_config_is_taken_or_refused(one: Run, tools: Tools, data: bytes) -> None:
    tools.places.config.write_bytes(data)
    outcome = built("due", "--on", "2021-05-10", "--json")
    if outcome.code != 0:
        one_sentence(outcome, 3)


_LIST_LINES = st.lists(
    st.sampled_from(
        [
            *("[lists.house]", "name = 'H'", "operator = 'O'", "kind = 'block'", "kind = []", "[lists.spamhaus-pbl]"),
            *("[lists.spamhaus-pbl.removal]", "mode = 'form'", "mode = {}", "fields = ['name']", "fields = [1]"),
            *(
                "[[lists.spamhaus-pbl.windows]]",
                "after = 'P1M'",
                "after = 5",
                "kind = 'keep-alive'",
                "basis = 'stated'",
            ),
            *("source = 'x'", "off = true", "[zones.'zen.spamhaus.org']", "answers = {'127.0.0.2' = 'x'}", "test = 5"),
            *("[zones]", "[lists]", "closed = 2021-05-02", "closed = 2021-05-02T10:00:00", "waits_for = ['x']"),
            *(
                "terms = {commercial = 5}",
                "test = false",
                "[lists.'']",
                "answers = {x = {list = 1}}",
                "[lists.house.mail]",
            ),
        ]
    ),
    max_size=8,
)


@fed
@given(data=st.binary(max_size=60) | _LIST_LINES.map(lambda lines: "\n".join(lines).encode()))
def test_any_lists_are_taken_or_refused(one: Run, tools: Tools, data: bytes) -> None:
    tools.places.lists.write_bytes(data)
    for words in (("lists", "--json"), ("due", "--on", "2021-05-10", "--json"), ("lists", "pbl")):
        outcome = built(*words)
        if outcome.code != 0:
            one_sentence(outcome, 3, 4)


_CELLS = st.sampled_from(
    [
        *(
            "",
            A,
            B,
            "2001:db8::1",
            "203.0.113.0/24",
            "mx.example.org",
            "pbl",
            "barracuda",
            "sbl",
            "nolist",
            "2021-05-02",
        ),
        *(
            "2021-11-02T10:00+09:00",
            "2021-02-30",
            "2027-01-01",
            '"',
            '""',
            '"a ""b"" c"',
            "'",
            "x" * 300,
            "\x00",
            "é",
            ";",
        ),
    ]
)
_ROWS = st.lists(st.lists(_CELLS, max_size=8).map(",".join), max_size=6)
_CSV = st.tuples(st.sampled_from(["ip,submitted", "ip,list,submitted,confirmed,cleared,relisted,note"]), _ROWS)


@fed
@given(
    data=_CSV.map(lambda found: "\r\n".join([found[0], *found[1]]).encode()) | st.binary(max_size=80),
    skip=st.booleans(),
)
def test_any_csv_is_taken_or_refused(one: Run, tools: Tools, tmp_path: Path, data: bytes, skip: bool) -> None:
    file = tmp_path / "requests.csv"
    file.write_bytes(data)
    before = state(tools)
    outcome = one("import", file, *(["--skip-bad"] if skip else []))
    if outcome.code != 0:
        one_sentence(outcome, 2)
        assert state(tools) == before
    assert one("due", "--on", "2199-12-31", "--json").code == 0


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(
        [
            *(
                "2021-05-02",
                "0001-01-01",
                "9999-12-31",
                "2021-05-02T01:00:00Z",
                "2021-05-02T01:00:00",
                "\ud800",
                "\x00",
            ),
            *(
                "submitted",
                "confirmed",
                "undone",
                "snoozed",
                "noted",
                A,
                "spamhaus-pbl",
                "00000000-0000-7000-8000-000000000001",
            ),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["on", "at", "to", "kind", "x"]), inner, max_size=2)
    ),
    max_leaves=3,
)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in places_in(each, (*path, key)))]


def changed(lines: list[str], row: int, place: int, value: Any) -> str:
    """Return the lines with one value of one line replaced."""
    row %= len(lines)
    document = json.loads(lines[row])
    paths = places_in(document)[1:]
    *way, last = paths[place % len(paths)]
    inner = document
    for key in way:
        inner = inner[key]
    inner[last] = value
    return "\n".join([*lines[:row], json.dumps(document), *lines[row + 1 :]])


@pytest.fixture
def exported(run: Run) -> list[str]:
    """The lines of an export of a small database that holds something of everything; the database is then emptied."""
    for words in (
        *(
            ("submit", A, "--on", "2021-05-02", "--confirmed", "--reference", "https://t.example.org/?t=abc"),
            ("cleared", 1, "--on", "2021-05-04"),
        ),
        *(("amend", 1, "--confirmed-on", "2021-05-03"), ("snooze", 1, "--until", "30d", "--window", "2022-05-03")),
        *(
            ("ack", 1, "--window", "2021-11-03"),
            ("note", 1, "-m", "x"),
            ("observe", B, "barracuda", "listed"),
            ("ack", B),
        ),
        *(
            ("submit", B, "-l", "barracuda"),
            ("undo", 2),
            ("submit", "192.0.2.1"),
            ("address", "forget", "192.0.2.1", "--yes"),
        ),
    ):
        assert run(*words).code == 0, words
    lines = run("export", "--with-secrets").out.splitlines()
    for address in (A, B):
        assert run("address", "forget", address, "--yes").code == 0
    return lines


@settings(parent=fed, max_examples=80)
@given(row=st.integers(0, 20), place=st.integers(0, 400), value=_VALUES)
def test_any_export_is_taken_or_refused_and_what_is_taken_can_be_read(
    run: Run, tools: Tools, exported: list[str], tmp_path: Path, row: int, place: int, value: Any
) -> None:
    original = tools.database.read_bytes()
    file = tmp_path / "export.jsonl"
    file.write_text(changed(exported, row, place, value), encoding="utf-8")
    before = state(tools)
    outcome = run("import", file)
    if outcome.code != 0:
        one_sentence(outcome, 2)
        assert "line " in outcome.err or "neither" in outcome.err
        assert state(tools) == before
    for words in (("due", "--on", "2199-12-31"), ("requests",), ("export",)):
        found = run(*words)
        assert found.code == 0, (words, found.err)
    tools.database.write_bytes(original)


@fed
@given(data=st.binary(max_size=80) | st.text('{}[]":,\\ntype1delist\n', max_size=60).map(str.encode))
def test_any_bytes_are_no_export(run: Run, tools: Tools, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(data)
    before = state(tools)
    one_sentence(run("import", file), 2)
    assert state(tools) == before


@pytest.mark.parametrize(
    "line", ["[" * 100000, '{"type": ' + "[" * 100000, '{"type": ' + "9" * 5000 + "}", '{"type": NaN}']
)
def test_json_that_would_break_a_parser_is_a_bad_line(run: Run, tools: Tools, line: str) -> None:
    before = state(tools)
    one_sentence(run("import", "-", stdin=line), 2)
    assert state(tools) == before


# init.


@fed
@given(name=st.text(max_size=12), email=st.text(max_size=12), domain=st.text(max_size=12))
def test_the_config_that_init_writes_can_be_read(run: Run, tools: Tools, name: str, email: str, domain: str) -> None:
    tools.places.config.unlink(missing_ok=True)
    outcome = run("init", f"--name={name}", f"--email={email}", "--address", A, f"--domain={domain}")
    if outcome.code != 0:
        one_sentence(outcome, 2)
        assert not tools.places.config.exists()
    else:
        assert built("due").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--timezone", "Asia/Tokio"), 2),
        (("--timezone", ""), 2),
        (("--address", "mx.example.org"), 2),
        (("--domain", "example.org"), 2),
    ],
)
def test_init_with_a_wrong_answer_writes_nothing(run: Run, tools: Tools, words: tuple[str, ...], code: int) -> None:
    before = state(tools)
    one_sentence(run("init", *words), code)
    assert state(tools) == before


def test_init_leaves_an_existing_config_alone(run: Run, tools: Tools) -> None:
    tools.places.config.write_text("# mine\n", encoding="utf-8")
    one_sentence(run("init", "--name", "N"), 5)
    assert tools.places.config.read_text(encoding="utf-8") == "# mine\n"
    assert os.listdir(tools.places.config.parent).count("config.toml") == 1


def test_a_closed_output_keeps_nothing_from_being_recorded(run: Run, tools: Tools) -> None:
    command = f"{sys.executable} -m delist submit 203.0.113.98 --database {tools.database} >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert "203.0.113.98" in run("requests").out


def test_a_text_on_standard_input_that_is_no_utf_8_is_wrong_usage(tools: Tools) -> None:
    words = ["submit", "203.0.113.7", "--text", "-", "--database", str(tools.database)]
    found = subprocess.run(
        [sys.executable, "-m", "delist", *words], input=b"caf\xe9\n", capture_output=True, check=False
    )
    assert (found.returncode, found.stderr) == (2, b"delist: standard input is no UTF-8 text\n")


def test_a_claim_that_the_list_does_not_ask_for_is_named(run: Run) -> None:
    facts = ("--name", "Hanako", "--email", "hanako@example.org", "--purpose", "a shop", "--dkim", "example.org, s1")
    assert "left out: dkim (spamhaus-pbl does not ask for it)" in run("text", "203.0.113.7", *facts).err


def test_a_list_that_is_switched_off_says_so(run: Run, home: Path) -> None:
    (home / "lists.toml").write_text("[lists.spamcop]\noff = true\n")
    found = subprocess.run([sys.executable, "-m", "delist", "lists", "spamcop"], capture_output=True, check=False)
    assert found.returncode == 4
    assert b"the list spamcop is switched off in " in found.stderr
