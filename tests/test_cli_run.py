"""`delist run`: steps by themselves, one run at a time, quiet if nothing happened, and an exit code that tells."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delist import settings
from delist.actions import steps
from delist.actions.running import nightly, parts
from delist.actions.running.values import Busy, Came, Ended, Part, worst
from delist.actions.running.values import Outcome as StepEnded
from delist.errors import DelistError, NotAllowed, NotFound, OutsideFailed, SetupError, UsageError
from delist.maillog import host
from delist.rules.moments import Moment
from delist.show import running
from delist.store import locks
from delist.tools import Tools
from tests.builders import TOKYO
from tests.conftest import NOW, Outcome, Run, at, fine, refused
from tests.servers.faults import FaultServer, Silent
from tests.test_cli_check import ONE, Desk, declared, desk, listing, server

__all__ = ["desk", "server"]

A = "203.0.113.7"
PBL_REFUSAL = (
    "2026-11-24T01:00:0{0}+00:00 mx postfix/smtp[1]: 4ABC{0}: to=<someone@example.net>, relay=mx.example.net"
    "[198.51.100.9]:25, delay=1, delays=0/0/0/0, dsn=5.7.1, status=bounced (host mx.example.net[198.51.100.9] said:"
    " 550 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using Spamhaus PBL"
    " (in reply to RCPT TO command))\n"
)


@pytest.fixture
def tools(tools: Tools) -> Tools:
    """Tools of somebody who asks no list unless a test says so."""
    return replace(tools, settings=replace(tools.settings, check="none"))


def fails(error: Exception) -> Callable[[Tools], Came | None]:
    def does(tools: Tools) -> Came | None:
        raise error

    return does


def comes(is_news: bool = True, **counts: int) -> Callable[[Tools], Came | None]:
    return lambda tools: Came(counts, is_news)


def outcomes(tools: Tools, *parts: Part) -> list[StepEnded]:
    found = list(nightly.run(tools, None, parts))
    assert all(isinstance(each, StepEnded) for each in found)
    return [each for each in found if isinstance(each, StepEnded)]


def rows(tools: Tools, kind: str = "run") -> list[tuple[str, str | None, dict[str, Any]]]:
    """What is kept of runs of a kind: when they began and ended, and what they came to."""
    with closing(sqlite3.connect(tools.database)) as connection:
        sql = "SELECT started_at, finished_at, detail FROM runs WHERE kind = ? ORDER BY id"
        return [(began, ended, json.loads(detail)) for began, ended, detail in connection.execute(sql, (kind,))]


# Each step by itself.


def test_a_step_that_fails_stops_no_other(tools: Tools) -> None:
    parts = (
        Part("scan", fails(OutsideFailed("the log is gone"))),
        Part("mail", fails(ValueError("surprise"))),
        Part("check", comes(addresses=2)),
        Part("notify", lambda tools: None),
    )
    found = outcomes(tools, *parts)
    assert [each.ended for each in found] == [Ended.FAILED, Ended.BUG, Ended.DONE, Ended.SKIPPED]
    assert [each.exit_code for each in found] == [6, 1, 0, 0]
    lines = [running.line(each, TOKYO) for each in found]
    assert lines[0] == "scan: FAILED: the log is gone"
    assert lines[1] is not None
    assert lines[1].startswith("mail: FAILED: a bug in delist (ValueError: surprise)")
    assert lines[2:] == ["check: 2 addresses", None]


def test_a_step_that_did_half_says_both(tools: Tools) -> None:
    [found] = outcomes(
        tools, Part("scan", lambda tools: Came({"refusals": 3}, True, OutsideFailed("a log is damaged")))
    )
    assert running.line(found, TOKYO) == "scan: FAILED: a log is damaged (3 refusals)"


@pytest.mark.parametrize(
    ("codes", "code"),
    [((), 0), ((0, 0), 0), ((6, 3), 3), ((3, 1, 6), 1), ((6, 5), 6), ((2, 4), 4), ((0, 5), 5)],
)
def test_the_exit_code_is_the_worst(codes: tuple[int, ...], code: int) -> None:
    assert worst(codes) == code


@pytest.mark.parametrize(
    "error", [UsageError("a"), SetupError("b"), NotFound("c"), NotAllowed("d"), OutsideFailed("e")]
)
def test_a_failed_step_that_did_not_say_so_itself_is_kept_as_failed(tools: Tools, error: DelistError) -> None:
    outcomes(tools, Part("mail", fails(error)))
    [(began, ended, detail)] = rows(tools, "mail")
    assert (began, ended, detail["why"]) == ("2026-11-24T03:00:00Z", "2026-11-24T03:00:00Z", str(error))


def test_a_failed_step_that_said_so_itself_is_kept_once(tools: Tools) -> None:
    def does(tools: Tools) -> Came:
        steps.note(tools, "mail", tools.now(), {}, OutsideFailed("hung up"))
        return Came({}, True, OutsideFailed("hung up"))

    outcomes(tools, Part("mail", does))
    assert [detail["why"] for _, _, detail in rows(tools, "mail")] == ["hung up"]


def test_what_is_kept_of_a_failure_names_no_address(tools: Tools) -> None:
    outcomes(tools, Part("check", fails(OutsideFailed(f"{A} and 2001:db8::25 cannot be asked"))))
    kept = json.dumps([rows(tools, "check"), rows(tools)])
    assert A not in kept
    assert "2001:db8" not in kept


def test_a_missing_file_of_the_system_is_a_failure_outside(tools: Tools) -> None:
    [found] = outcomes(tools, Part("mail", lambda tools: Came({"read": len(Path("/no/such").read_text())}, True)))
    assert (found.exit_code, running.line(found, TOKYO)) == (6, "mail: FAILED: /no/such: No such file or directory")


def test_a_line_tells_no_secret(tools: Tools) -> None:
    link = "https://check.example.org/confirm?token=SECRETSECRETSECRET"
    for error in (OutsideFailed(f"cannot read {link}"), ValueError(link)):
        [found] = outcomes(tools, Part("mail", fails(error)))
        assert "SECRET" not in (running.line(found, TOKYO) or "")


def test_a_check_that_fails_before_it_begins_loses_nothing_of_the_one_before(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Silent()
    desk = nightly_desk(desk)
    fine(desk("address", "add", A))
    desk("run")
    before = rows(desk.tools, "check")[-1][2]["told"]
    assert before[ONE]
    outcomes(desk.tools, Part("check", fails(SetupError("no name server"))))
    assert rows(desk.tools, "check")[-1][2]["told"] == before


# The run as a whole.


@pytest.fixture(autouse=True)
def no_logs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No log and no journal of the host on which the tests run is read."""
    monkeypatch.setattr(host, "PLACES", ())
    monkeypatch.setattr("shutil.which", lambda name, **_: None)


def test_where_nothing_is_set_up_a_run_is_silent_and_fine(run: Run, tools: Tools) -> None:
    assert run("run") == (found := run("run"))
    assert (found.code, found.out, found.err) == (0, "", "")
    document = fine(run("run", "--json"))
    assert [step["ended"] for step in document["steps"]] == ["skipped"] * len(document["steps"])
    assert {"scan", "check", "notify"} <= {step["step"] for step in document["steps"]}
    assert (document["exit_code"], document["already_running"]) == (0, None)
    assert [ended is not None for _, ended, _ in rows(tools)] == [True] * 3


def test_the_first_run_makes_the_database(run: Run, tools: Tools) -> None:
    tools.database.unlink()
    assert run("run").code == 0
    assert len(rows(tools)) == 1


def test_a_database_of_another_program_ends_it_at_once(run: Run, tools: Tools) -> None:
    tools.database.unlink()
    with closing(sqlite3.connect(tools.database)) as other:
        other.execute("CREATE TABLE theirs (a)")
    found = run("run")
    assert (found.code, found.out) == (3, "")
    assert "another program" in found.err


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This host's mail log."""
    path = tmp_path / "var" / "mail.log"
    path.parent.mkdir()
    monkeypatch.setattr(host, "PLACES", (str(tmp_path / "var" / "mail.log*").lstrip("/"),))
    return path


def test_new_lines_of_the_log_are_recorded_and_told_once(run: Run, log: Path) -> None:
    log.write_text("".join(PBL_REFUSAL.format(second) for second in (1, 2)))
    first = run("run")
    assert (first.code, first.err) == (0, "")
    assert first.out == "scan: 2 refusals, 1 change of the records\n"
    assert run("run").out == ""
    with log.open("a") as more:
        more.write(PBL_REFUSAL.format(3))
    assert run("run").out.startswith("scan: 1 refusal")
    [due] = fine(run("due", "--json"))["reminders"]
    assert (due["kind"], due["address"], due["list"]) == ("listed", A, "spamhaus-pbl")


def test_quiet_leaves_only_failures(run: Run, log: Path) -> None:
    log.write_text(PBL_REFUSAL.format(1))
    assert run("run", "--quiet").out == ""
    log.unlink()
    assert run("run", "--quiet").out.startswith("scan: FAILED: ")


def test_a_log_that_was_read_and_is_gone_is_a_failure_until_an_empty_one_says_that_this_is_right(
    run: Run, log: Path
) -> None:
    log.write_text(PBL_REFUSAL.format(1))
    assert run("run").code == 0
    log.unlink()
    gone = run("run")
    assert (gone.code, gone.out.startswith("scan: FAILED: ")) == (6, True)
    log.touch()
    assert run("run") == Outcome(0, "", "")


def test_a_rotated_log_is_not_gone(run: Run, log: Path) -> None:
    log.write_text(PBL_REFUSAL.format(1))
    run("run")
    log.rename(log.with_name("mail.log.1"))
    assert (run("run").code, run("run").out) == (0, "")


def nightly_desk(desk: Desk, more: str = "") -> Desk:
    return desk.configured(f'[run]\ncheck = "all"\n[dns]\nnameservers = ["{desk.nameserver}"]\n{more}')


def test_lists_are_asked_and_a_listing_is_told_once(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(A)
    desk = nightly_desk(desk)
    fine(desk("address", "add", A))
    first = desk("run")
    assert (first.code, first.out) == (0, "check: 1 address, 2 lists, 1 clear, 1 listed, 1 change of the records\n")
    desk.clock.later()
    assert desk("run").out == ""
    assert [each["list"] for each in fine(desk("due", "--json"))["reminders"]] == ["one"]


def test_only_what_is_due_is_asked_unless_all_is_wanted(desk: Desk, server: FaultServer) -> None:
    fine(desk("address", "add", A))
    for check in ("due", "none"):
        desk = desk.configured(f'[run]\ncheck = "{check}"\n[dns]\nnameservers = ["{desk.nameserver}"]\n')
        assert desk("run").code == 0
    assert server.asked == []


def test_an_address_that_was_refused_is_asked_about_in_the_same_night(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = listing(A)
    for setting, is_asked in (("none", False), ("due", True)):
        desk = desk.configured(f'[run]\ncheck = "{setting}"\n[dns]\nnameservers = ["{desk.nameserver}"]\n')
        came = parts.check({A}, replace(desk.tools, now=desk.clock, wait=desk.clock.wait))
        assert (came is not None) is is_asked
    assert came is not None
    assert (came.counts["addresses"], came.counts["listed"], came.is_news) == (1, 1, True)
    assert [each["list"] for each in fine(desk("due", "--json"))["reminders"]] == ["one"]
    asked = len(server.asked)
    fine(desk("address", "retire", A))
    assert parts.check({A}, desk.tools) is None
    assert len(server.asked) == asked


def test_where_no_list_can_tell_the_check_fails_and_says_why(desk: Desk, server: FaultServer) -> None:
    server.behaviours |= dict.fromkeys([*server.behaviours, "invalid"], Silent())
    desk = nightly_desk(desk)
    fine(desk("address", "add", A))
    found = desk("run")
    assert (found.code, found.err) == (6, "")
    assert found.out.startswith("check: FAILED: no list could tell anything: unreachable: timeout")
    assert rows(desk.tools, "check")[-1][2]["why"].startswith("no list could tell anything")
    assert rows(desk.tools)[-1][2]["why"].startswith("check: no list could tell")


def test_that_no_list_may_be_asked_is_no_failure(desk: Desk, server: FaultServer) -> None:
    barred = '[zones."two.example".terms]\nregister = true\n'
    desk = nightly_desk(desk.declaring(declared("two", more=barred)))
    fine(desk("address", "add", A))
    assert (desk("run").code, server.asked) == (0, [])
    assert [step["ended"] for step in fine(desk("run", "--json"))["steps"] if step["step"] == "check"] == ["skipped"]


def test_notices_go_out_and_are_told(run: Run, tools: Tools, tmp_path: Path) -> None:
    program, kept = tmp_path / "sendmail", tmp_path / "sent"
    program.write_text(f'#!/bin/sh\ncat >> "{kept}"\n')
    program.chmod(0o755)
    config = tools.places.config
    config.write_text(
        f'[contact]\nemail = "postmaster@example.org"\n[smtp]\nsendmail = "{program}"\n[run]\ncheck = "none"\n'
    )
    tools = replace(tools, settings=settings.read(config))
    fine(run("submit", A, "--on", "2026-11-20T10:00", with_tools=tools))
    found = run("run", with_tools=tools)
    assert (found.code, found.out) == (0, "notify: 1 notice sent, 1 reminder\n")
    assert A in kept.read_text()
    assert run("run", with_tools=tools).out == ""
    program.write_text("#!/bin/sh\nexit 75\n")
    later = at(tools, NOW + timedelta(days=8))
    failed = run("run", with_tools=later)
    assert (failed.code, failed.out.startswith("notify: FAILED: a notice could not be sent")) == (6, True)


def test_it_can_be_rehearsed_for_another_day(run: Run, tools: Tools, log: Path) -> None:
    log.write_text("".join(f"Nov  2 01:45:0{n} " + PBL_REFUSAL.format(n).split(" ", 1)[1] for n in (1, 2)))
    assert run("run", "--on", "2021-11-03").out.startswith("scan: 2 refusals")
    [(began, _, _)] = rows(tools)
    assert began == "2021-11-03T14:59:59Z"
    [due] = fine(run("due", "--on", "2021-11-03", "--json"))["reminders"]
    assert due["due_on"] == "2021-11-02"


# Never two at once.


def test_a_second_run_does_nothing_and_says_nothing(run: Run, tools: Tools) -> None:
    since = (NOW - timedelta(hours=5)).isoformat()
    with locks.held(nightly.lock_of(tools.database), f"4711 {since}\n"):
        found = run("run")
        assert (found.code, found.out, found.err) == (0, "", "")
        document = fine(run("run", "--json"))
    assert document["steps"] == []
    assert document["already_running"] == {"pid": 4711, "since": "2026-11-23T22:00:00Z"}
    assert rows(tools) == []


def test_a_second_run_warns_once_the_first_takes_more_than_six_hours(run: Run, tools: Tools) -> None:
    since = (NOW - timedelta(hours=7)).isoformat()
    with locks.held(nightly.lock_of(tools.database), f"4711 {since}\n"):
        found = run("run", "--quiet")
    assert (found.code, found.out) == (0, "")
    assert found.err == (
        "warning: a run has been going on since 2026-11-24 05:00 +09:00 (process 4711): this one did nothing;"
        " look what it waits for\n"
    )


@pytest.mark.parametrize(
    "words",
    ["", "nonsense", "12 nonsense", "x 2026-11-24T03:00:00+00:00", "1 9999-99-99", "1 0001-01-01T00:00:00+14:00"],
)
def test_a_lock_with_any_words_in_it_is_a_lock(tools: Tools, words: str) -> None:
    with locks.held(nightly.lock_of(tools.database), words):
        [found] = nightly.run(tools, None, ())
    assert isinstance(found, Busy)
    assert not found.is_long


@pytest.fixture
def silent() -> Iterator[FaultServer]:
    with FaultServer({"": Silent()}) as server:
        yield server


def started(home: Path, silent: FaultServer) -> "subprocess.Popen[str]":
    """A run of a process of its own, in the middle of asking a name server that does not answer."""
    (home / "config.toml").write_text(f'[run]\ncheck = "all"\n[dns]\nnameservers = ["{silent.nameserver}"]\n')
    words = [sys.executable, "-m", "delist", "run"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home)
    until = time.monotonic() + 60
    while not silent.asked and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=lambda each: str(each)
)
def test_a_run_that_is_stopped_lets_the_next_one_begin_and_shows_as_cut_off(
    run: Run, tools: Tools, home: Path, silent: FaultServer, number: int, code: int
) -> None:
    fine(run("address", "add", A))
    process = started(home, silent)
    assert locks.holder(nightly.lock_of(tools.database))
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in out + err
    assert locks.holder(nightly.lock_of(tools.database)) is None
    [(_, ended, _)] = rows(tools)
    assert ended is None
    assert ": cut off" in next(line for line in run("status").out.splitlines() if line.startswith("  run "))
    assert run("run").code == 0
    assert [each[1] is not None for each in rows(tools)] == [False, True]


def test_two_processes_at_once_make_one_run(run: Run, tools: Tools, home: Path, silent: FaultServer) -> None:
    fine(run("address", "add", A))
    process = started(home, silent)
    second = subprocess.run([sys.executable, "-m", "delist", "run"], capture_output=True, text=True)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert process.poll() is None
    process.terminate()
    process.communicate()
    assert len(rows(tools)) == 1


def test_the_lock_file_of_a_shared_database_is_the_groups_too(tools: Tools) -> None:
    path = nightly.lock_of(tools.database)
    before = os.umask(0o022)
    try:
        with locks.held(path, "1\n", shared=True):
            assert path.stat().st_mode & 0o777 == 0o660
    finally:
        os.umask(before)


def test_a_lock_that_cannot_be_made_is_a_wrong_set_up(tools: Tools) -> None:
    nightly.lock_of(tools.database).mkdir()
    with pytest.raises(SetupError, match="Is a directory"):
        list(nightly.run(tools, None, ()))


@pytest.mark.parametrize("words", [("run",), ("notify",), ("notify", "--test"), ("mail", "-")])
def test_nothing_is_done_as_of_a_moment_to_come(run: Run, words: tuple[str, ...]) -> None:
    refused(run(*words, "--on", "2026-11-25", stdin="Subject: x\n\n"), 2, "2026-11-25 is in the future")


def test_what_is_done_as_of_today_is_done_now(tools: Tools) -> None:
    assert tools.as_of(Moment(date(2026, 11, 24))).now() == NOW
    assert tools.as_of(Moment(date(2026, 11, 23))).now() == datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)
    assert tools.as_of(Moment(date(2026, 11, 25))).now() == datetime(2026, 11, 25, 14, 59, 59, tzinfo=UTC)


def test_a_lock_that_takes_no_words_is_a_failure_outside(tools: Tools) -> None:
    nightly.lock_of(tools.database).symlink_to("/dev/full")
    with pytest.raises(OutsideFailed, match="cannot write"):
        list(nightly.run(tools, None, ()))
