"""`delist status`: what was done lately, and the line for monitoring systems."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delist.actions import steps
from delist.actions.desk import case_for, keep, writing
from delist.actions.running.nightly import lock_of
from delist.actions.steps import RUN, STEPS
from delist.errors import OutsideFailed
from delist.rules.history import Event
from delist.rules.lifecycle import applied
from delist.rules.moments import moment_of
from delist.settings import Inbox, Notify, Settings
from delist.store import locks, reads, tables, writes
from delist.store.where import Where
from delist.tools import Tools
from tests.conftest import NOW, Run, at, fine, refused

A, B = "203.0.113.7", "203.0.113.8"


def done(tools: Tools, kind: str, before: timedelta, why: str | None = None, **counts: int) -> None:
    """Have something done so long before now, and end at once."""
    error = OutsideFailed(why) if why else None
    steps.note(at(tools, NOW - before), kind, NOW - before, counts, error)


def begun(tools: Tools, kind: str, before: timedelta) -> None:
    """Have something begin so long before now, and be cut off."""
    with writing(tools) as desk:
        writes.add_run(desk.tx, desk.uid(), kind, "", NOW - before, 0)


def a_notice(tools: Tools, uid: str, state: str, claimed: datetime) -> None:
    """Have a message stand in a state."""
    row = {"uid": uid, "recipient": "hanako@example.jp", "channel": "mail", "state": state, "claimed_at": claimed}
    with writing(tools) as desk:
        desk.tx.execute(tables.notices.insert().values(**row))


def last_runs(run: Run, with_tools: Tools | None = None) -> list[str]:
    """Return the lines of the block of last runs."""
    lines = run("status", with_tools=with_tools).out.splitlines()
    if "Last runs" not in lines:
        return []
    begin = lines.index("Last runs") + 1
    return [line.strip() for line in lines[begin : lines.index("", begin)]]


def plugin(run: Run, *words: object, with_tools: Tools | None = None) -> tuple[int, str]:
    """Return the state and the line for monitoring systems."""
    found = run("status", "--format", "nagios", *words, with_tools=with_tools)
    assert found.out.count("\n") == 1
    assert found.err == ""
    return found.code, found.out.strip()


# --- the block of last runs


def test_each_step_is_told_with_its_age_its_time_and_what_it_came_to(run: Run, tools: Tools) -> None:
    done(tools, "scan", timedelta(hours=3), refusals=1204, changed=2)
    done(tools, "mail", timedelta(minutes=20))
    done(tools, "notify", timedelta(days=4), "the relay did not answer", sent=1)
    assert last_runs(run) == [
        "scan    3 h ago, 2026-11-24 09:00 +09:00: changed 2, refusals 1,204",
        "mail    20 min ago, 2026-11-24 11:40 +09:00: nothing new",
        "notify  4 days ago, 2026-11-20 12:00 +09:00: FAILED: the relay did not answer (sent 1)",
        "never   run, check",
    ]


def test_scripts_read_every_step_and_null_for_one_that_was_never_done(run: Run, tools: Tools) -> None:
    done(tools, "scan", timedelta(hours=30), "no space left", refusals=3)
    found = fine(run("status", "--json"))
    assert set(found["runs"]) == {RUN, *STEPS}
    assert found["runs"]["mail"] is None
    assert found["runs"]["scan"] == {
        "started_at": "2026-11-22T21:00:00Z",
        "ended_at": "2026-11-22T21:00:00Z",
        "age": "P1DT6H",
        "cut_off": False,
        "failed": "no space left",
        "counts": {"refusals": 3},
    }
    assert found["last_check"] is None
    assert found["unsure_notices"] == 0


def test_what_never_ran_is_not_told_unless_it_is_configured_or_something_else_ran(run: Run, tools: Tools) -> None:
    fine(run("submit", A))
    assert last_runs(run) == []
    settings = Settings(inbox=Inbox(path="/var/mail/lists"), notify=Notify(to=("hanako@example.jp",)))
    assert last_runs(run, replace(tools, settings=settings)) == ["never   mail, notify"]


def test_scripts_read_null_for_every_step_of_a_database_that_is_not_there(run: Run, tools: Tools) -> None:
    elsewhere = replace(tools, database=tools.database.with_name("none.db"))
    found = fine(run("status", "--json", with_tools=elsewhere))
    assert found["runs"] == dict.fromkeys((RUN, *STEPS))


def test_steps_that_ran_are_told_although_nothing_is_recorded_yet(run: Run, tools: Tools) -> None:
    done(tools, "scan", timedelta(hours=1))
    assert last_runs(run)[0].startswith("scan    60 min ago")


@pytest.mark.parametrize(("hours", "expected"), [(1, "has not ended yet"), (7, "cut off")])
def test_what_has_not_ended_goes_on_or_was_cut_off(run: Run, tools: Tools, hours: int, expected: str) -> None:
    begun(tools, RUN, timedelta(hours=hours))
    with locks.held(lock_of(tools.database), "1 x"):
        assert last_runs(run)[0].endswith(f": {expected}")
        assert fine(run("status", "--json"))["runs"][RUN]["cut_off"] is (hours == 7)
    # Nobody is running.
    assert last_runs(run)[0].endswith(": cut off")


def test_messages_of_which_nobody_knows_whether_they_were_sent_are_counted(run: Run, tools: Tools) -> None:
    fine(run("submit", A))
    a_notice(tools, "one", "unsure", NOW)
    a_notice(tools, "two", "sending", NOW - timedelta(hours=8))
    a_notice(tools, "three", "sending", NOW)
    a_notice(tools, "four", "sent", NOW - timedelta(days=1))
    assert last_runs(run) == ["2 notices may not have been sent"]
    assert fine(run("status", "--json"))["unsure_notices"] == 2


def test_no_link_and_no_address_of_a_failure_is_shown(run: Run, tools: Tools) -> None:
    link = "https://www.spamhaus.org/x?token=0123456789abcdef0123"
    done(tools, "mail", timedelta(hours=1), f"203.0.113.9 did not take {link}")
    for words in (("status",), ("status", "--json"), ("status", "--format", "nagios")):
        found = run(*words)
        assert "0123456789" not in found.out
        assert "203.0.113.9" not in found.out


def test_a_link_that_waits_is_told_with_its_command_and_that_nobody_vouches_for_it(run: Run, tools: Tools) -> None:
    fine(run("submit", A, "--on", "2026-11-24T10:00"))
    mailed(tools, "unverified")
    [line] = [line for line in run("status").out.splitlines() if "submitted" in line]
    assert line.endswith(
        "; a link came 2026-11-24 11:00 +09:00, to be used by 2026-11-24 13:00 +09:00, unverified: `delist link 1`"
    )
    # At that very instant, as everywhere else.
    later = at(tools, NOW + timedelta(hours=1))
    assert ", expired 2026-11-24 13:00 +09:00, unverified" in run("status", with_tools=later).out
    fine(run("confirm", 1))
    assert "a link came" not in run("status").out


def mailed(tools: Tools, trust: str) -> None:
    """Have a mail bring request 1 a link an hour before now, good for two hours."""
    came = NOW - timedelta(hours=1)
    expires = (came + timedelta(hours=2)).isoformat()
    with writing(tools) as desk:
        [request] = reads.requests(desk.tx, Where(number=1))
        detail = {"kind": "link", "trust": trust, "expires_at": expires}
        entry = desk.entry(Event.MAILED, moment_of(came, tools.zone), detail)
        keep(desk, case_for(desk, A, request.list), applied(request, entry), entry)


# --- what a scan leaves


def test_a_scan_that_records_is_told_with_what_it_found(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    reply = f"554 5.7.1 Service unavailable; Client host [{A}] blocked using pbl.spamhaus.org (in reply to RCPT TO)"
    log.write_text(
        "2026-11-24T02:00:00+00:00 mx postfix/smtp[7]: 4BcDeF12gHz1: to=<x@example.org>,"
        " relay=mx.example.org[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=5.7.1,"
        f" status=bounced (host mx.example.org[198.51.100.1] said: {reply})\n"
    )
    assert run("scan", "--record", "--dry-run", log).code == 0
    assert last_runs(run) == []
    assert run("scan", "--record", log).code == 0
    [line, *_] = last_runs(run)
    assert line.startswith("scan")
    assert "refusals 1" in line


def test_a_scan_that_could_not_record_is_told_as_failed(
    run: Run, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "mail.log"
    log.write_text("2026-11-24T02:00:00+00:00 mx postfix/qmgr[7]: 4ABC: removed\n")

    def full(*_: Any) -> None:
        raise OutsideFailed("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("delist.store.traffic.save", full)
        refused(run("scan", "--record", log), 6, "the disk is full")
    assert last_runs(run)[0].endswith("FAILED: the disk is full")


# --- for monitoring systems


def test_all_is_well_after_a_run_of_this_night(run: Run, tools: Tools) -> None:
    done(tools, RUN, timedelta(hours=3))
    assert plugin(run) == (
        0,
        "DELIST OK - the nightly run was 3 h ago"
        " | age=10800s;93600;180000;0 listed=0;;;0 due=0;;;0 overdue=0;0;;0 waiting=0;;;0",
    )


@pytest.mark.parametrize(("hours", "state"), [(26, 0), (27, 1), (50, 1), (51, 2)])
def test_an_old_run_is_a_warning_and_a_very_old_one_is_critical(run: Run, tools: Tools, hours: int, state: int) -> None:
    done(tools, RUN, timedelta(hours=hours))
    assert plugin(run)[0] == state


def test_the_limits_can_be_chosen(run: Run, tools: Tools) -> None:
    done(tools, RUN, timedelta(hours=3))
    assert plugin(run, "--warning", "90m", "--critical", "2d")[0] == 1
    assert plugin(run, "--warning", "90m", "--critical", "2h")[0] == 2
    assert "age=10800s;5400;7200;0" in plugin(run, "--warning", "90m", "--critical", "2h")[1]


def test_a_run_that_never_ran_is_critical(run: Run, tools: Tools) -> None:
    state, line = plugin(run)
    assert (state, "has never run" in line, "age=U;" in line) == (2, True, True)
    elsewhere = replace(tools, database=tools.database.with_name("none.db"))
    assert plugin(run, with_tools=elsewhere)[0] == 2
    assert not elsewhere.database.exists()


def test_without_a_nightly_run_the_newest_step_counts(run: Run, tools: Tools) -> None:
    done(tools, "check", timedelta(hours=60))
    done(tools, "notify", timedelta(hours=1))
    assert plugin(run) == (0, plugin(run)[1])
    assert "last was notify, 60 min ago" in plugin(run)[1]


def test_a_run_that_was_cut_off_is_a_warning_but_not_one_that_goes_on(run: Run, tools: Tools) -> None:
    begun(tools, RUN, timedelta(hours=1))
    with locks.held(lock_of(tools.database), "1 x"):
        assert plugin(run)[0] == 0
        state, line = plugin(run, with_tools=at(tools, NOW + timedelta(hours=6)))
        assert (state, "was cut off, or hangs" in line) == (1, True)
    assert "was cut off, or hangs" in plugin(run)[1]


def test_a_run_of_a_time_to_come_hides_nothing(run: Run, tools: Tools) -> None:
    done(tools, RUN, -timedelta(minutes=2))
    assert plugin(run)[0] == 0
    done(tools, RUN, -timedelta(days=90))
    assert plugin(run)[0] == 1
    assert "the nightly run was last recorded for a time that comes in 90 days" in plugin(run)[1]


def test_a_step_that_failed_is_a_warning_until_it_succeeds(run: Run, tools: Tools) -> None:
    done(tools, RUN, timedelta(hours=3))
    done(tools, "notify", timedelta(hours=2), "the relay | did not answer")
    state, line = plugin(run)
    assert (state, "notify failed: the relay / did not answer" in line) == (1, True)
    assert line.count("|") == 1
    done(tools, "notify", timedelta(hours=1))
    assert plugin(run)[0] == 0


def test_a_failure_before_the_last_nightly_run_is_over(run: Run, tools: Tools) -> None:
    done(tools, "scan", timedelta(days=20), "no such file")
    done(tools, RUN, timedelta(hours=3))
    assert plugin(run)[0] == 0


def test_a_run_that_failed_as_a_whole_says_why(run: Run, tools: Tools) -> None:
    done(tools, RUN, timedelta(hours=3), "check: every list was silent")
    assert plugin(run)[0] == 1
    assert "the nightly run failed: check: every list was silent" in plugin(run)[1]


def test_what_is_overdue_is_a_warning_and_what_is_due_is_counted(run: Run, tools: Tools) -> None:
    done(tools, RUN, timedelta(hours=3))
    fine(run("observe", A, "spamhaus-pbl", "listed"))
    assert plugin(run)[0] == 0
    assert "listed=1;;;0 due=1;;;0 overdue=0;0;;0 waiting=0;;;0" in plugin(run)[1]
    fine(run("submit", B, "--on", "2026-05-02", "--confirmed", "2026-05-02"))
    state, line = plugin(run)
    assert (state, "1 reminder overdue" in line, "waiting=1;" in line) == (1, True, True)


def test_messages_that_may_not_have_been_sent_are_a_warning(run: Run, tools: Tools) -> None:
    done(tools, RUN, timedelta(hours=3))
    a_notice(tools, "one", "unsure", NOW)
    assert plugin(run)[0] == 1
    assert "1 notice may not have been sent" in plugin(run)[1]


@pytest.mark.parametrize(
    "words",
    [("--warning", "soon"), ("--warning", "3d", "--critical", "1h"), ("--json",), ("--on", "2026-13-01"), ("--nope",)],
)
def test_what_cannot_be_told_is_one_line_and_unknown(run: Run, words: tuple[str, ...]) -> None:
    found = run("status", "--format", "nagios", *words)
    assert (found.code, found.err) == (3, "")
    assert found.out.startswith("DELIST UNKNOWN - ")
    assert found.out.count("\n") == 1


def test_a_database_that_cannot_be_read_is_unknown(run: Run, tools: Tools) -> None:
    broken = replace(tools, database=tools.database.with_name("broken.db"))
    broken.database.write_bytes(b"no database" * 100)
    state, line = plugin(run, with_tools=broken)
    assert (state, line.startswith("DELIST UNKNOWN - ")) == (3, True)


def test_limits_without_the_plugin_are_refused(run: Run) -> None:
    refused(run("status", "--warning", "3h"), 2, "--format nagios")
