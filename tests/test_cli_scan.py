"""What `delist scan` and `delist explain` say and record, of logs and messages that were written for it."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from delist.settings import Settings
from delist.show.scans import report
from delist.tools import Tools
from tests.conftest import Outcome, Run, at, fine, refused

DATA = Path(__file__).parent / "data"
STORY = DATA / "logs" / "story.log"
WEB = "203.0.113.57"
PBL = "spamhaus-pbl"
ENDS = ("--log-ends", "2021-11-03")


def lines_of(found: Outcome) -> list[dict[str, Any]]:
    """The objects of a command that prints one a line."""
    assert found.code == 0, found.err
    return [json.loads(line) for line in found.out.splitlines()]


def groups(run: Run, *words: object) -> dict[str, dict[str, Any]]:
    """The groups of a scan by reply key."""
    return {each["list"]: each for each in lines_of(run("scan", *words, "--json"))}


# --- the story ----------------------------------------------------------------------------------


@pytest.fixture
def asked(run: Run) -> Run:
    """The request of the story, sent and confirmed."""
    fine(run("submit", WEB, "--on", "2021-05-02T10:00"))
    fine(run("confirm", 1, "--on", "2021-05-02T12:05"))
    return run


def test_differently_worded_replies_of_the_same_days_have_one_cause(run: Run) -> None:
    found = groups(run, STORY, *ENDS)
    assert len(found) >= 8
    assert {each["cause"] for each in found.values()} == {PBL}
    pbl = found[PBL]
    assert (pbl["address"], pbl["first_seen"], pbl["last_seen"]) == (
        WEB,
        "2020-04-09T08:20:06Z",
        "2021-11-02T01:45:02Z",
    )
    assert (pbl["lines"], pbl["deliveries"], pbl["bounced"], pbl["deferred"]) == (7, 7, 7, 0)
    assert "Spamhaus PBL" in pbl["sample"]


def test_people_read_of_one_cause_once_with_the_way_out(run: Run) -> None:
    found = run("scan", STORY, *ENDS)
    assert found.code == 0
    assert found.out.count(f"{WEB}: Spamhaus PBL") == 1
    assert found.out.count(f"next: `delist text {WEB} -l {PBL}`, then https://check.spamhaus.org/") == 1
    assert f"not recorded yet: `delist address add {WEB}`" in found.err


def test_a_scan_records_nothing_unless_told(run: Run) -> None:
    run("scan", STORY, *ENDS)
    assert fine(run("status", "--json"))["addresses"] == 0


def test_a_recorded_scan_makes_the_listing_due_and_opens_no_request(run: Run) -> None:
    found = run("scan", STORY, *ENDS, "--record")
    assert found.code == 0
    due = fine(run("due", "--json"))["reminders"]
    assert {(each["kind"], each["address"], each["request"]) for each in due} == {("listed", WEB, None)}
    assert PBL in {each["list"] for each in due}
    shown = fine(run("show", WEB, "--json"))
    assert (shown["requests"], shown["drafts"]) == ([], [])
    assert {listing["source"] for listing in shown["listings"]} == {"log"}


def test_the_first_accepted_delivery_clears_the_request_with_its_time_to_effect(asked: Run) -> None:
    found = asked("scan", STORY, *ENDS, "--since", "2021-04-01", "--record")
    assert "cleared since 2021-05-02 13:45 +09:00, 1 h 40 min after the confirmation" in found.err
    record = fine(asked("show", 1, "--json"))
    assert record["time_to_effect"] == "PT1H40M"
    assert [entry["source"] for entry in record["history"]] == ["hand", "hand", "log", "log"]


def test_half_a_year_later_the_log_tells_that_it_is_listed_again(asked: Run) -> None:
    asked("scan", STORY, *ENDS, "--record")
    record = fine(asked("show", 1, "--json"))
    assert (record["state"], record["relisted_at"]) == ("relisted", "2021-11-02T00:30:02Z")
    assert record["cleared_at"] == "2021-05-02T04:45:00Z"
    [due] = fine(asked("due", "--json"))["reminders"]
    assert (due["kind"], due["request"]) == ("relisted", 1)


def test_whatever_is_scanned_again_is_not_recorded_twice(asked: Run, tools: Tools) -> None:
    asked("scan", STORY, *ENDS, "--record")
    before = asked("export").out
    again = asked("scan", STORY, *ENDS, "--record", with_tools=at(tools, datetime(2026, 11, 25, tzinfo=UTC)))
    assert "nothing new to record" in again.err
    assert asked("export").out == before


def dated(log: Path) -> list[str]:
    """The lines of the story's log as a server with ISO 8601 stamps would have written them."""
    lines, year, before = [], 2020, 0
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
        moment = datetime.strptime(f"2020 {line[:15]}", "%Y %b %d %H:%M:%S")
        year += moment.month < before
        before = moment.month
        lines.append(f"{moment.replace(year=year).isoformat()}+09:00 {line[16:]}")
    return lines


def test_the_nightly_scan_of_a_growing_log_tells_the_same_as_one_scan(asked: Run, tmp_path: Path) -> None:
    whole = dated(STORY)
    log = tmp_path / "mail.log"
    for end in range(10, len(whole) + 10, 10):
        log.write_text("".join(whole[:end]), encoding="utf-8")
        assert asked("scan", log, "--new", "--record").code == 0
    record = fine(asked("show", 1, "--json"))
    assert (record["state"], record["time_to_effect"]) == ("relisted", "PT1H40M")
    listings = fine(asked("show", WEB, "--json"))["listings"]
    [first, second] = (each for each in listings if each["list"] == PBL)
    assert (first["started_at"], second["started_at"]) == ("2020-04-09T08:20:06Z", "2021-11-02T00:30:02Z")


def test_a_trial_tells_what_would_be_recorded_and_keeps_nothing(asked: Run) -> None:
    before = asked("export").out
    found = asked("scan", STORY, *ENDS, "--record", "--dry-run")
    assert "would record: " in found.err
    assert asked("export").out == before


# --- one log, many wishes -----------------------------------------------------------------------


def line(at: str, reply: str, *, status: str = "bounced", number: int = 1, **about: str) -> str:
    """A line of Postfix's log."""
    host, relay = about.get("host", "mx1"), about.get("relay", "mx.example.org")
    instance, to = about.get("instance", "postfix"), about.get("to", f"someone{number}@example.org")
    said = f"host {relay}[192.0.2.90] said: {reply} (in reply to RCPT TO command)" if status != "sent" else reply
    return (
        f"{at} {host} {instance}/smtp[99]: {number:010X}: to=<{to}>, relay={relay}[192.0.2.90]:25,"
        f" delay=1, delays=0/0/1/0, dsn=5.7.1, status={status} ({said})\n"
    )


def spamcop(address: str) -> str:
    """A refusal that names SpamCop."""
    return f"554 5.7.1 Service unavailable; Client host [{address}] blocked using bl.spamcop.net"


NAMELESS = "550 5.7.1 Your IP address is blacklisted"
A, B = "203.0.113.25", "203.0.113.26"


@pytest.fixture
def log(tmp_path: Path) -> Callable[..., Path]:
    """Write a log of some lines."""

    def write(*lines: str, name: str = "mail.log") -> Path:
        path = tmp_path / name
        path.write_text("".join(lines), encoding="utf-8")
        return path

    return write


def test_retries_of_a_message_are_lines_and_one_delivery(run: Run, log: Callable[..., Path]) -> None:
    tries = [line(f"2026-11-20T0{hour}:00:00Z", spamcop(A), status="deferred") for hour in range(5)]
    found = groups(run, log(*tries, line("2026-11-20T09:00:00Z", spamcop(A), number=2)))["spamcop"]
    assert (found["lines"], found["deliveries"], found["deferred"], found["bounced"]) == (6, 2, 5, 1)


def test_after_six_days_an_id_is_another_message(run: Run, log: Callable[..., Path]) -> None:
    days = [line(f"2026-11-{day:02}T00:00:00Z", spamcop(A)) for day in (1, 3, 20)]
    assert groups(run, log(*days))["spamcop"]["deliveries"] == 2


def test_an_unnamed_address_is_the_one_that_its_instance_sends_from(run: Run, log: Callable[..., Path]) -> None:
    path = log(
        line("2026-11-20T00:00:00Z", NAMELESS, instance="out-b"),
        line("2026-11-20T01:00:00Z", spamcop(A), instance="out-a"),
        line("2026-11-20T02:00:00Z", spamcop(B), instance="out-b"),
        line("2026-11-20T03:00:00Z", NAMELESS, instance="out-c"),
    )
    found = lines_of(run("scan", path, "--json"))
    assert {(each["address"], each["list"]) for each in found} == {
        (B, "unknown"),
        (A, "spamcop"),
        (B, "spamcop"),
        (None, "unknown"),
    }


def test_the_settings_say_from_where_an_instance_sends(run: Run, tools: Tools, log: Callable[..., Path]) -> None:
    path = log(line("2026-11-20T00:00:00Z", NAMELESS, instance="out-b", host="mx1"))
    for name in ("out-b", "mx1", "mx1/out-b"):
        told = replace(tools, settings=Settings(instances={name: B}))
        [found] = lines_of(run("scan", path, "--json", "--events", with_tools=told))
        assert found["address"] == B
    [found] = lines_of(run("scan", path, "--json", "--own", A))
    assert found["address"] == A


def test_addresses_that_are_not_ours_are_told_apart_and_not_recorded(run: Run, log: Callable[..., Path]) -> None:
    path = log(line("2026-11-20T00:00:00Z", spamcop(A)), line("2026-11-20T01:00:00Z", spamcop(B), number=2))
    assert run("scan", path, "--own", "203.0.113.99", "--exit-code").code == 0
    found = run("scan", path, "--own", "203.0.113.24/32", "--own", A, "--record")
    assert found.code == 0
    assert f"not among your own addresses: {B}" in found.err
    assert f"{B} (not among your own addresses): SpamCop" in found.out
    assert "1 refusal of your address in 1 group" in found.out
    both = {each["address"]: each["own"] for each in lines_of(run("scan", path, "--own", A, "--json"))}
    assert both == {A: True, B: False}
    assert [each["address"] for each in fine(run("address", "list", "--json"))["addresses"]] == [A]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--since", "2026-11-20T10:00+09:00"), [2, 3]),
        (("--receiver", "mx.example.net"), [3]),
        (("--receiver", "example.net"), [3]),
        (("--receiver", "ample.net"), []),
        (("--host", "mx1"), [1, 2]),
        (("--host", "mx2.example.com"), [3]),
    ],
)
def test_a_scan_can_be_narrowed(
    run: Run, log: Callable[..., Path], options: tuple[str, ...], expected: list[int]
) -> None:
    path = log(
        line("2026-11-20T00:00:00Z", spamcop(A)),
        line("2026-11-20T01:00:00Z", spamcop(A), number=2),
        line("2026-11-20T02:00:00Z", spamcop(A), number=3, relay="mx.example.net", host="mx2"),
    )
    assert [each["line"] for each in lines_of(run("scan", path, "--events", "--json", *options))] == expected


def test_every_field_of_an_event_and_a_group_is_there(run: Run, log: Callable[..., Path]) -> None:
    path = log(line("2026-11-20T00:00:00Z", spamcop(A)))
    [event] = lines_of(run("scan", path, "--events", "--json"))
    assert event == {
        "file": str(path),
        "line": 1,
        "queue_id": "0000000001",
        "recipient": "someone1@example.org",
        "address": A,
        "list": "spamcop",
        "subtype": "listed",
        "status": "bounced",
        "at": "2026-11-20T00:00:00Z",
        "receiver": "mx.example.org",
    }
    [group] = lines_of(run("scan", path, "--json"))
    assert group == {
        "address": A,
        "list": "spamcop",
        "subtype": "listed",
        "first_seen": "2026-11-20T00:00:00Z",
        "last_seen": "2026-11-20T00:00:00Z",
        "lines": 1,
        "deliveries": 1,
        "bounced": 1,
        "deferred": 0,
        "receivers": ["mx.example.org"],
        "sample": spamcop(A),
        "cause": "spamcop",
        "fault": "sender",
        "own": True,
    }


def test_a_scan_can_tell_by_its_exit_code(run: Run, log: Callable[..., Path]) -> None:
    assert run("scan", log(line("2026-11-20T00:00:00Z", spamcop(A))), "--exit-code").code == 10
    assert run("scan", log(line("2026-11-20T00:00:00Z", "550 5.1.1 user unknown")), "--exit-code").code == 0


def test_a_combined_zone_is_not_recorded_and_that_is_told(run: Run, log: Callable[..., Path]) -> None:
    reply = f"554 5.7.1 Client host [{A}] blocked using zen.spamhaus.org"
    found = run("scan", log(line("2026-11-20T00:00:00Z", reply)), "--record")
    assert f"not recorded: {A} on spamhaus-zen, since which of its lists is meant is not known" in found.err


def test_a_host_that_logged_nothing_is_told(run: Run, log: Callable[..., Path]) -> None:
    found = run("scan", log(line("2026-11-20T00:00:00Z", spamcop(A))), "--host", "relay1")
    assert "none of 1 refusal was logged by a host relay1" in found.err


def test_nothing_on_standard_input_is_no_good_news(run: Run) -> None:
    refused_after = run("scan", "-", "--host", "mx2", stdin="")
    assert refused_after.code == 6
    assert "nothing came on standard input" in refused_after.err


def test_a_mail_log_that_may_not_be_read_is_no_success(tmp_path: Path, run: Run) -> None:
    (tmp_path / "mail.log").write_text(line("2026-11-20T00:00:00Z", spamcop(A)), encoding="utf-8")
    (tmp_path / "mail.log.1").symlink_to(tmp_path / "loop")
    (tmp_path / "loop").symlink_to(tmp_path / "mail.log.1")
    found = run("scan", f"{tmp_path}/mail.log*", "--json")
    assert (found.code, json.loads(found.out)["lines"]) == (6, 1)


def test_each_line_is_told_with_its_place(run: Run, log: Callable[..., Path]) -> None:
    path = log("Nov 20 00:00:00 mx1 kernel: something\n", line("2026-11-20T00:00:00Z", spamcop(A)))
    assert run("scan", path, "--events").out.startswith(f"{path}:2: 2026-11-20 09:00 +09:00  {A}  spamcop")


def test_a_damaged_log_is_read_as_far_as_it_goes_and_told(run: Run, tmp_path: Path) -> None:
    whole = gzip.compress(line("2026-11-20T00:00:00Z", spamcop(A)).encode() * 3000, mtime=0)
    path = tmp_path / "mail.log.1.gz"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    found = run("scan", path, "--json")
    assert found.code == 6
    assert json.loads(found.out)["lines"] > 100
    assert str(path) in found.err


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("nowhere.log",), 4, "there is no file nowhere.log"),
        (("--follow", "--record", "x"), 2, "--follow and --record do not go together"),
        (("--dry-run", "x"), 2, "--dry-run is for --record"),
        (("--new", "--since", "2026-11-01", "x"), 2, "--new and --since do not go together"),
        (("--new", "--receiver", "example.org", "x"), 2, "--new and --receiver do not go together"),
        (("--new", "--record", "--own", "203.0.113.7", "x"), 2, "write them to [own] addresses"),
        (("--log-ends", "2030-01-01", "x"), 2, "is in the future"),
        (("--since", "yesterday", "x"), 2, "yesterday"),
        (("--own", "10.0.0.1", "x"), 2, "private address"),
        (("--own", "mx1", "x"), 2, "'mx1' is no IP address"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(run: Run, words: tuple[str, ...], code: int, part: str) -> None:
    refused(run("scan", *words), code, part)


# --- what is recorded ---------------------------------------------------------------------------


def test_recipients_are_masked_in_what_is_stored(run: Run, log: Callable[..., Path]) -> None:
    reply = f"554 5.7.1 <jane.doe@example.org>: Client host [{A}] blocked using bl.spamcop.net"
    path = log(line("2026-11-20T00:00:00Z", reply, to="jane.doe@example.org"))
    assert run("scan", path, "--record").code == 0
    kept = run("export", "--with-secrets").out
    assert "bl.spamcop.net" in kept
    assert "jane.doe" not in kept


def test_one_refusal_after_a_clearing_is_no_relisting_but_two_are_also_in_two_nights(
    run: Run, log: Callable[..., Path]
) -> None:
    fine(run("submit", A, "-l", "spamcop", "--on", "2026-11-01"))
    fine(run("cleared", 1, "--on", "2026-11-02T00:00Z"))
    lines = [line("2026-11-10T00:00:00Z", spamcop(A))]
    assert run("scan", log(*lines), "--new", "--record").code == 0
    assert fine(run("show", 1, "--json"))["state"] == "cleared"
    # The same line again is no second one.
    assert run("scan", log(*lines), "--record").code == 0
    assert fine(run("show", 1, "--json"))["state"] == "cleared"
    lines.append(line("2026-11-11T00:00:00Z", spamcop(A), number=2))
    assert run("scan", log(*lines), "--new", "--record").code == 0
    record = fine(run("show", 1, "--json"))
    assert (record["state"], record["relisted_at"]) == ("relisted", "2026-11-10T00:00:00Z")


def test_refusals_within_a_day_of_the_clearing_are_none(run: Run, log: Callable[..., Path]) -> None:
    fine(run("submit", A, "-l", "spamcop", "--on", "2026-11-01"))
    fine(run("cleared", 1, "--on", "2026-11-02T00:00Z"))
    early = [line(f"2026-11-02T{hour:02}:00:00Z", spamcop(A), number=hour) for hour in (1, 12, 23)]
    assert "nothing new to record" in run("scan", log(*early), "--record").err
    assert fine(run("show", 1, "--json"))["state"] == "cleared"


def test_a_listing_that_only_the_log_knows_ends_with_an_accepted_delivery(run: Run, log: Callable[..., Path]) -> None:
    path = log(
        line("2026-11-01T00:00:00Z", spamcop(A)),
        line("2026-11-02T00:00:00Z", "250 ok", status="sent", relay="mx.example.com"),
        line("2026-11-03T00:00:00Z", "250 ok", status="sent"),
    )
    run("scan", path, "--record")
    [listing] = fine(run("show", A, "--json"))["listings"]
    assert listing["ended_at"] == "2026-11-03T00:00:00Z"
    assert fine(run("due", "--json"))["reminders"] == []


@pytest.mark.parametrize(("source", "ended"), [("hand", "2026-11-03T00:00:00Z"), ("check", None)])
def test_what_a_check_has_seen_no_delivery_takes_back(
    run: Run, tools: Tools, log: Callable[..., Path], source: str, ended: str | None
) -> None:
    fine(run("observe", A, "spamcop", "listed", "--on", "2026-11-01"))
    with closing(sqlite3.connect(tools.database)) as connection, connection:
        connection.execute("UPDATE sightings SET source = ?", [source])
    path = log(line("2026-11-02T00:00:00Z", spamcop(A)), line("2026-11-03T00:00:00Z", "250 ok", status="sent"))
    run("scan", path, "--record")
    assert [each["ended_at"] for each in fine(run("show", A, "--json"))["listings"]] == [ended]


def relay_of(text: str, peer: str) -> str:
    """A line of Postfix's log, with another address of the receiver."""
    return text.replace("[192.0.2.90]", f"[{peer}]")


@pytest.fixture
def waiting(run: Run) -> Run:
    """A request to SpamCop, sent on 1 November 2026 at ten (UTC)."""
    fine(run("submit", A, "-l", "spamcop", "--on", "2026-11-01T10:00Z"))
    return run


BEFORE = line("2026-10-31T00:00:00Z", spamcop(A))
ACCEPTED = line("2026-11-02T00:00:00Z", "250 ok", status="sent")
NO_NAME = "450 4.7.1 Client host rejected: cannot find your hostname, [203.0.113.25]"


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([BEFORE, ACCEPTED], "cleared"),
        # Only whoever had refused before says something by accepting.
        ([ACCEPTED, line("2026-11-02T08:00:00Z", spamcop(A))], "submitted"),
        ([line("2026-10-31T00:00:00Z", spamcop(A), relay="mx.example.net"), ACCEPTED], "submitted"),
        ([BEFORE, line("2026-11-01T09:00:00Z", "250 ok", status="sent")], "submitted"),
        # It was sent from an address of the other kind, which nobody had refused.
        ([BEFORE, relay_of(ACCEPTED, "2001:db8::25")], "submitted"),
        # A missing PTR record is no listing, and its end no clearing.
        ([line("2026-10-31T00:00:00Z", NO_NAME), ACCEPTED], "submitted"),
        # What a log says of next year has not happened.
        ([BEFORE, ACCEPTED.replace("2026-", "2027-")], "submitted"),
        # Another instance, from which nobody knows who sends.
        ([BEFORE, ACCEPTED.replace("postfix/", "other/")], "submitted"),
    ],
)
def test_a_delivery_clears_only_if_it_says_so(
    waiting: Run, log: Callable[..., Path], lines: list[str], state: str
) -> None:
    assert waiting("scan", log(*lines), "--record").code == 0
    assert fine(waiting("show", 1, "--json"))["state"] == state


def test_the_first_delivery_counts_whatever_order_the_files_come_in(waiting: Run, log: Callable[..., Path]) -> None:
    later = log(line("2026-11-04T00:00:00Z", "250 ok", status="sent", number=2), name="a.log")
    earlier = log(BEFORE, ACCEPTED, name="b.log")
    waiting("scan", later, earlier, "--record")
    assert fine(waiting("show", 1, "--json"))["cleared_at"] == "2026-11-02T00:00:00Z"


def test_another_hosts_deliveries_clear_nothing(waiting: Run, log: Callable[..., Path]) -> None:
    path = log(BEFORE, ACCEPTED.replace(" mx1 ", " mx2 "))
    waiting("scan", path, "--record", "--host", "mx1", "--own", A)
    assert fine(waiting("show", 1, "--json"))["state"] == "submitted"


def test_a_bare_day_of_confirmation_waits_for_the_end_of_its_refusals(run: Run, log: Callable[..., Path]) -> None:
    fine(run("submit", A, "-l", "spamcop", "--on", "2026-11-02"))
    path = log(
        line("2026-11-01T00:00:00Z", spamcop(A)),
        line("2026-11-01T16:00:00Z", "250 ok", status="sent"),
        line("2026-11-02T05:00:00Z", spamcop(A), number=2),
        line("2026-11-02T08:00:00Z", "250 ok", status="sent", number=3),
    )
    run("scan", path, "--record")
    assert fine(run("show", 1, "--json"))["cleared_at"] == "2026-11-02T08:00:00Z"


@pytest.mark.parametrize("copies", [1, 2])
def test_one_refusal_told_twice_is_no_relisting(run: Run, log: Callable[..., Path], copies: int) -> None:
    fine(run("submit", A, "-l", "spamcop", "--on", "2026-11-01"))
    fine(run("cleared", 1, "--on", "2026-11-02T00:00Z"))
    twice = [line("2026-11-10T00:00:00Z", spamcop(A), to=to) for to in ("a@example.org", "b@example.org")]
    files = [log(*twice, name=f"{number}.log") for number in range(copies)]
    run("scan", *files, "--record")
    assert fine(run("show", 1, "--json"))["state"] == "cleared"


def test_refusals_months_apart_date_the_relisting_at_the_second(run: Run, log: Callable[..., Path]) -> None:
    fine(run("submit", A, "-l", "spamcop", "--on", "2025-05-02"))
    fine(run("cleared", 1, "--on", "2025-05-03T00:00Z"))
    path = log(line("2025-06-10T00:00:00Z", spamcop(A)), line("2026-06-10T00:00:00Z", spamcop(A), number=2))
    run("scan", path, "--record")
    assert fine(run("show", 1, "--json"))["relisted_at"] == "2026-06-10T00:00:00Z"


def test_what_was_taken_back_does_not_come_again_but_what_follows_does(waiting: Run, log: Callable[..., Path]) -> None:
    lines = [BEFORE, ACCEPTED]
    waiting("scan", log(*lines), "--record")
    assert waiting("undo", 1).code == 0
    waiting("scan", log(*lines), "--record")
    assert fine(waiting("show", 1, "--json"))["state"] == "submitted"
    lines.append(line("2026-11-05T00:00:00Z", "250 ok", status="sent", number=3))
    waiting("scan", log(*lines), "--record")
    assert fine(waiting("show", 1, "--json"))["cleared_at"] == "2026-11-05T00:00:00Z"


def test_a_reply_about_an_inner_address_is_about_nobody_of_ours(run: Run, log: Callable[..., Path]) -> None:
    inner = "554 5.7.1 Client host [10.0.0.7] blocked using bl.spamcop.net"
    found = lines_of(
        run("scan", log(line("2026-11-01T00:00:00Z", spamcop(A)), line("2026-11-02T00:00:00Z", inner)), "--json")
    )
    assert sorted(each["address"] or "" for each in found) == ["", A]


def test_the_address_to_write_to_stays_in_a_sample(run: Run, log: Callable[..., Path]) -> None:
    reply = f"554 IP={A} - bad reputation. Ask tobr@rx.t-online.de, not <someone1@example.org> (NOWL)"
    [found] = lines_of(run("scan", log(line("2026-11-01T00:00:00Z", reply, relay="mx00.t-online.de")), "--json"))
    assert found["sample"] == reply.replace("someone1", "...")


def test_a_folder_stands_for_what_reads_like_a_mail_log(run: Run, tmp_path: Path) -> None:
    day = line("2026-11-01T00:00:00Z", spamcop(A))
    for name in ("mail.log", "relay.txt", "syslog"):
        (tmp_path / name).write_text(day.replace("0000000001", f"{len(name):010}"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing of mail\n", encoding="utf-8")
    [found] = lines_of(run("scan", tmp_path, "--json"))
    assert found["deliveries"] == 2


def test_an_instance_is_remembered_from_night_to_night(run: Run, log: Callable[..., Path]) -> None:
    run("scan", log(line("2026-11-01T00:00:00Z", spamcop(A), instance="out-a"), name="1.log"), "--record")
    path = log(line("2026-11-02T00:00:00Z", "554 5.7.1 your IP is listed by bl.spamcop.net", instance="out-a"))
    [found] = lines_of(run("scan", path, "--record", "--json"))
    assert found["address"] == A


def test_lines_of_the_future_are_in_no_group(run: Run, log: Callable[..., Path]) -> None:
    found = run("scan", log(line("2099-01-01T00:00:00Z", spamcop(A))), "--record")
    assert "1 line without a time, or with one in the future" in found.err
    assert fine(run("status", "--json"))["addresses"] == 0


@pytest.mark.parametrize("options", [(), ("--events",)])
def test_a_line_of_the_future_before_others_of_its_group_is_left_out(
    run: Run, log: Callable[..., Path], options: tuple[str, ...]
) -> None:
    path = log(line("2099-01-01T00:00:00Z", spamcop(A)), line("2026-11-01T00:00:00Z", spamcop(A), number=2))
    found = run("scan", path, "--record", *options)
    assert found.code == 0
    [listing] = fine(run("show", A, "--json"))["listings"]
    assert listing["started_at"] == listing["last_seen_at"] == "2026-11-01T00:00:00Z"


def test_a_relisting_that_was_taken_back_does_not_come_again(run: Run, log: Callable[..., Path]) -> None:
    fine(run("submit", A, "-l", "spamcop", "--on", "2026-11-01"))
    fine(run("cleared", 1, "--on", "2026-11-02T00:00Z"))
    path = log(*(line(f"2026-11-{day}T00:00:00Z", spamcop(A), number=day) for day in (10, 11)))
    for state, then in (("relisted", "undo"), ("cleared", "show")):
        run("scan", path, "--record")
        assert fine(run("show", 1, "--json"))["state"] == state
        assert run(then, 1).code == 0


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(("is_named", "survived"), [(True, True), (False, False)])
def test_a_window_is_survived_only_by_whom_had_named_the_list(
    run: Run, log: Callable[..., Path], is_named: bool, survived: bool, apart: bool
) -> None:
    fine(run("submit", A, "--on", "2026-04-01"))
    fine(run("confirm", 1, "--on", "2026-04-01"))
    fine(run("cleared", 1, "--on", "2026-04-02"))
    named = f"550 5.7.1 Mail from IP {A} was rejected due to listing in Spamhaus PBL"
    pointing = f"550-5.7.1 [{A}] not authorized to send https://support.google.com/mail/?p=NotAuthorizedError"
    before = line("2026-03-01T00:00:00Z", named if is_named else pointing)
    after = line("2026-11-01T00:00:00Z", "250 ok", status="sent", number=2)
    for lines in ([before], [after]) if apart else ([before, after],):
        assert run("scan", log(*lines), "--record").code == 0
    first, *_ = fine(run("show", 1, "--json"))["windows"]
    assert (first["on"], first["survived"]) == ("2026-10-01", survived)


def test_what_is_recorded_is_whole_though_nobody_reads_to_the_end(tmp_path: Path, log: Callable[..., Path]) -> None:
    path = log(*(line(f"2026-11-{day:02}T00:00:00Z", spamcop(A), number=day) for day in range(1, 21)))
    home = tmp_path / "piped"
    home.mkdir()
    scan = f"'{sys.executable}' -m delist scan '{path}' --record --events"
    environment = {"DELIST_HOME": str(home), "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    subprocess.run(["bash", "-c", f"{scan} 2>/dev/null | head -1"], env=environment, check=True, capture_output=True)
    with closing(sqlite3.connect(home / "delist.db")) as connection:
        assert connection.execute("SELECT last_at FROM listings").fetchall() == [("2026-11-20T00:00:00Z",)]


def test_a_receiver_on_a_dead_list_opens_no_case(run: Run, log: Callable[..., Path]) -> None:
    reply = f"554 5.7.1 Service unavailable; Client host [{A}] blocked using dnsbl.sorbs.net"
    found = run("scan", log(line("2026-11-20T00:00:00Z", reply)), "--record", "--json")
    assert json.loads(found.out)["fault"] == "receiver"
    assert fine(run("status", "--json"))["addresses"] == 0


def test_a_retired_address_is_only_shown(run: Run, log: Callable[..., Path]) -> None:
    fine(run("address", "add", A))
    assert run("address", "retire", A).code == 0
    found = run("scan", log(line("2026-11-20T00:00:00Z", spamcop(A))), "--record")
    assert A in found.out
    assert fine(run("show", A, "--json"))["listings"] == []


def test_standard_input_is_read_twice_if_it_has_to_be(run: Run, tmp_path: Path) -> None:
    text = "".join(dated(STORY))
    home = tmp_path / "piped"
    home.mkdir()
    (home / "config.toml").write_text('timezone = "Asia/Tokyo"\n')
    command = [sys.executable, "-m", "delist", "scan", "-", "--record"]
    environment = {"DELIST_HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, input=text.encode(), capture_output=True, env=environment, check=True)
    assert b"off the list since" in done.stderr or b"refused 2020-04-09" in done.stderr


def test_bounce_messages_are_read_like_a_log(run: Run) -> None:
    [found] = lines_of(run("scan", DATA / "bounces" / "postfix-zen.eml", "--json"))
    assert (found["list"].startswith("spamhaus"), found["bounced"]) == (True, 1)


# --- explain ------------------------------------------------------------------------------------


def test_a_reply_is_explained_in_three_lines(run: Run) -> None:
    found = run("explain", spamcop(A))
    assert found.code == 0
    assert [text.partition(":")[0] for text in found.out.splitlines()] == ["means", "fault", "next"]
    assert f"{A} is listed: SpamCop" in found.out


def test_every_line_gets_its_object_in_order(run: Run) -> None:
    texts = [
        spamcop(A),
        "",
        "550 5.1.1 User unknown",
        "one\u2028line \x0b\x0c\x1c with all \x85 ends but one",
        NAMELESS,
    ]
    found = lines_of(run("explain", "--lines", "--json", stdin="".join(f"{text}\n" for text in texts)))
    assert [each["text"] for each in found] == texts
    assert [each["list"] for each in found] == ["spamcop", None, None, None, "unknown"]
    fields = ["text", "block", "subtype", "list", "request_at", "address", "fault", "next", "topic"]
    assert all(list(each) == fields for each in found)
    assert found[0]["request_at"] == "spamcop" or found[0]["request_at"] is None


@pytest.mark.parametrize(
    ("reply", "key", "place"),
    [
        ("550 5.7.1 Client host [203.0.113.7] blocked using zen.spamhaus.org; Listed by PBL", PBL, PBL),
        (
            "550 5.7.1 messages from [203.0.113.7] weren't sent, part of their network is on our block list (S3140)",
            "microsoft-s3140",
            "microsoft-consumer",
        ),
        ("550-5.7.1 not authorized https://support.google.com/mail/?p=NotAuthorizedError", "google-notauthorized", PBL),
        ("554 Client host [203.0.113.7] blocked using zen.spamhaus.org", "spamhaus-zen", None),
    ],
)
def test_a_reply_says_where_to_ask(run: Run, reply: str, key: str, place: str | None) -> None:
    [found] = lines_of(run("explain", reply, "--json"))
    assert (found["list"], found["request_at"]) == (key, place)


def test_a_receivers_own_fault_is_told(run: Run) -> None:
    reply = "554 Client host [203.0.113.7] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.1/"
    [found] = lines_of(run("explain", reply, "--json"))
    assert (found["block"], found["list"], found["fault"]) == (False, None, "receiver")
    assert "not your address" not in run("explain", reply).out


def test_of_a_pasted_line_of_a_log_the_reply_is_explained(run: Run) -> None:
    [found] = lines_of(run("explain", line("Nov 20 10:00:00", NAMELESS).strip(), "--json"))
    assert (found["text"], found["list"], found["address"]) == (NAMELESS, "unknown", None)
    assert lines_of(run("explain", "--json", stdin=line("Nov 20 10:00:00", NAMELESS))) == [found]


def test_a_bounce_message_is_explained_by_what_the_receiver_said(run: Run) -> None:
    [found] = lines_of(run("explain", DATA / "bounces" / "postfix-zen.eml", "--json"))
    assert found["list"].startswith("spamhaus")
    whole = (DATA / "bounces" / "postfix-zen.eml").read_text(encoding="utf-8")
    assert lines_of(run("explain", "--json", stdin=whole)) == [found]


OURS = (
    "Nov 22 12:00:01 mx1 postfix/smtpd[301]: NOQUEUE: reject: RCPT from unknown[192.0.2.5]: 554 5.7.1 Service"
    " unavailable; Client host [192.0.2.5] blocked using zen.spamhaus.org; from=<a@example.net> to=<b@example.com>"
)


def test_what_an_ordinary_message_quotes_is_no_refusal(run: Run) -> None:
    [found] = lines_of(run("explain", DATA / "bounces" / "not-ordinary.eml", "--json"))
    assert (found["text"], found["block"], found["list"]) == ("", False, None)


@pytest.mark.parametrize(
    ("words", "stdin", "code", "part"),
    [
        (("--lines", "text"), "", 2, "--lines reads standard input"),
        ((), "", 2, "standard input is empty"),
        (("nowhere/bounce.eml",), "", 4, "there is no file nowhere/bounce.eml"),
        (("bounce.eml", "other.eml"), "", 4, "there is no file bounce.eml"),
        (("/tmp",), "", 2, "/tmp is a folder"),
        (("Nov 22 12:00:01 mx1 postfix/qmgr[3]: 0A1B2C3D4E: removed",), "", 2, "tells of no delivery that failed"),
        ((OURS,), "", 2, "it is what your own server said to others"),
        (("",), "", 2, "the reply is empty"),
    ],
)
def test_nothing_to_explain_is_told(run: Run, words: tuple[str, ...], stdin: str, code: int, part: str) -> None:
    refused(run("explain", *words, stdin=stdin), code, part)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 byte"),
        (9_999, "9,999 bytes"),
        (10_000, "10 kB"),
        (123_456, "123 kB"),
        (999_400, "999 kB"),
        (999_600, "1 MB"),
        (1_004_812_816, "1 GB"),
        (1_234_000_000, "1.23 GB"),
        (5 * 10**15, "5,000 TB"),
    ],
)
def test_how_much_was_read_is_said_in_three_figures(count: int, said: str) -> None:
    assert report.size(count) == said
