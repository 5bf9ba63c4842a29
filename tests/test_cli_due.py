"""What `delist due` answers: which reminders, in which order, for which moment, and how scripts and people see them."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from delist import tools as tools_module
from delist.tools import Tools
from tests.conftest import NOW, Run, at, fine

A, B = "203.0.113.7", "203.0.113.8"
NOTHING: list[Any] = []


def due(run: Run, on: str, *words: object, with_tools: Tools | None = None) -> list[dict[str, Any]]:
    """Return the reminders due at a moment."""
    found = fine(run("due", "--on", on, *words, "--json", with_tools=with_tools))["reminders"]
    assert isinstance(found, list)
    return found


def kinds(run: Run, on: str, *words: object, with_tools: Tools | None = None) -> list[str]:
    """Return the kinds of the reminders due at a moment."""
    return [reminder["kind"] for reminder in due(run, on, *words, with_tools=with_tools)]


def windows(run: Run, on: str, *words: object, with_tools: Tools | None = None) -> list[str | None]:
    """Return the days of the windows of the reminders due at a moment."""
    return [reminder["window_on"] for reminder in due(run, on, *words, with_tools=with_tools)]


def rebuilt() -> Tools:
    """Return tools that have read config.toml and lists.toml anew; the clock still stands."""
    return replace(tools_module.build(os.environ), now=lambda: NOW)


def cleared(run: Run, address: str = A, day: str = "2021-05-02", key: str = "pbl") -> None:
    """Record a request that was submitted, confirmed and cleared on one day."""
    fine(run("submit", address, "-l", key, "--on", day, "--confirmed", day))
    fine(run("cleared", address, "-l", key, "--on", day))


# The shape.


def test_a_reminder_is_printed_as_the_contract_says(run: Run) -> None:
    fine(run("address", "add", A, "--site", "osaka", "--owner", "noc@example.org"))
    cleared(run)
    uid = fine(run("requests", "--json"))["requests"][0]["uid"]
    document = fine(run("due", "--on", "2021-10-19", "--json"))
    reminder = document["reminders"][0]
    source, action = reminder["window"].pop("source"), reminder.pop("action")
    assert document == {
        "today": "2021-10-19",
        "reminders": [
            {
                "id": f"{uid}/exclusion-ends/2021-11-02",
                "kind": "exclusion-ends",
                "status": "due",
                "request": 1,
                "address": A,
                "list": "spamhaus-pbl",
                "site": "osaka",
                "owner": "noc@example.org",
                "due_on": "2021-10-19",
                "due_at": "2021-10-18T15:00:00Z",
                "window_on": "2021-11-02",
                "days_left": 14,
                "provisional": False,
                "window": {"after": "P6M", "basis": "observed"},
                "mail": None,
            }
        ],
    }
    assert "2021-11-02" in source
    assert "https://check.spamhaus.org/" in action
    assert "nothing can be filed while the exclusion holds" in action


KEYS = [
    *("id", "kind", "status", "request", "address", "list", "site", "owner", "due_on", "due_at", "window_on"),
    *("days_left", "provisional", "window", "action", "mail"),
]


def test_every_kind_of_reminder_has_every_field(run: Run) -> None:
    fine(run("submit", "203.0.113.1", "--on", "2021-05-02"))
    fine(run("submit", "203.0.113.2", "-l", "microsoft-consumer", "--on", "2021-05-02"))
    fine(run("submit", "203.0.113.3", "--on", "2021-05-02", "--confirmed"))
    cleared(run, "203.0.113.4", "2020-11-02")
    fine(run("observe", "203.0.113.5", "uceprotect-1", "listed", "--on", "2021-05-02"))
    cleared(run, "203.0.113.6", "2020-05-20", "t-online")
    cleared(run, "203.0.113.7", "2021-05-02")
    fine(run("relisted", "203.0.113.7", "--on", "2021-05-10"))
    fine(run("observe", "203.0.113.8", "barracuda", "listed", "--on", "2021-05-02"))
    found = due(run, "2021-05-15")
    assert {reminder["kind"] for reminder in found} == {
        *("confirm", "answer", "verify", "exclusion-ends", "expected-clear", "keep-alive", "relisted", "listed")
    }
    for reminder in found:
        assert list(reminder) == KEYS
        assert reminder["action"]
        assert (reminder["window_on"] is None) == (reminder["days_left"] is None)
        assert (reminder["status"] == "overdue") <= (reminder["window_on"] is not None)
        assert (reminder["request"] is None) == (reminder["kind"] in ("listed", "expected-clear"))
    assert len({reminder["id"] for reminder in found}) == len(found)


def test_the_id_of_a_reminder_stays_the_same(run: Run) -> None:
    cleared(run)
    first = [reminder["id"] for reminder in due(run, "2021-10-19")]
    fine(run("address", "set", A, "--site", "osaka"))
    fine(run("note", 1, "-m", "hello"))
    assert [reminder["id"] for reminder in due(run, "2021-10-30")] == first


@pytest.mark.parametrize(
    ("on", "status", "left"),
    [
        ("2021-10-19", "due", 14),
        ("2021-11-01", "due", 1),
        ("2021-11-02", "overdue", 0),
        ("2021-11-05", "overdue", -3),
    ],
)
def test_days_left_count_to_the_window_and_its_day_makes_it_overdue(run: Run, on: str, status: str, left: int) -> None:
    cleared(run)
    assert [(r["status"], r["days_left"]) for r in due(run, on)] == [(status, left)]


def test_an_overdue_window_stays_beside_the_later_one(run: Run) -> None:
    cleared(run)
    found = due(run, "2022-04-20")
    assert [(r["window_on"], r["status"]) for r in found] == [("2021-11-02", "overdue"), ("2022-05-02", "due")]


# When each kind is due.


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2021-05-02T10:59:59+09:00", []),
        ("2021-05-02T11:00+09:00", ["confirm"]),
        ("2021-05-02T02:00Z", ["confirm"]),
        ("2021-05-02", ["confirm"]),
        ("2021-05-01", []),
    ],
)
def test_an_unconfirmed_submission_is_chased_after_an_hour(run: Run, on: str, expected: list[str]) -> None:
    fine(run("submit", A, "--on", "2021-05-02T10:00+09:00"))
    assert kinds(run, on) == expected


@pytest.mark.parametrize("move", ["confirm", "refused", "withdraw"])
def test_the_confirm_reminder_goes_with_any_outcome(run: Run, move: str) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run(move, 1, "--on", "2021-05-02"))
    assert "confirm" not in kinds(run, "2021-05-03")


def test_an_unconfirmed_request_has_its_windows_provisionally(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    found = due(run, "2021-10-19")
    assert [(r["kind"], r["provisional"]) for r in found] == [("confirm", False), ("exclusion-ends", True)]


@pytest.mark.parametrize(("on", "expected"), [("2021-05-03T09:59+09:00", []), ("2021-05-03T10:00+09:00", ["verify"])])
def test_a_confirmed_request_is_to_be_verified_after_a_day(run: Run, on: str, expected: list[str]) -> None:
    fine(run("submit", A, "--on", "2021-05-02T09:00+09:00", "--confirmed", "2021-05-02T10:00+09:00"))
    assert kinds(run, on) == expected


def test_a_list_without_a_confirmation_step_is_never_chased_for_one(run: Run) -> None:
    fine(run("submit", A, "-l", "barracuda", "--on", "2021-05-02"))
    assert kinds(run, "2021-06-02") == ["verify"]


def test_a_list_that_answers_is_chased_for_its_answer_and_then_verified(run: Run) -> None:
    fine(run("submit", A, "-l", "microsoft-consumer", "--on", "2021-05-02T10:00+09:00"))
    assert kinds(run, "2021-05-04T09:59+09:00") == []
    assert kinds(run, "2021-05-04T10:00+09:00") == ["answer"]
    fine(run("note", 1, "--answered", "--on", "2021-05-04"))
    assert "answer" not in kinds(run, "2021-05-30")
    assert kinds(run, "2021-05-30") == ["verify"]


def test_a_listing_without_a_request_is_due_at_once(run: Run) -> None:
    fine(run("observe", A, "barracuda", "listed", "--on", "2021-05-02T10:00+09:00"))
    assert kinds(run, "2021-05-02T09:59+09:00") == []
    found = due(run, "2021-05-02T10:00+09:00")
    assert [(r["kind"], r["request"]) for r in found] == [("listed", None)]


@pytest.mark.parametrize(
    "words",
    [
        ("submit", A, "-l", "barracuda", "--on", "2021-05-03"),
        ("observe", A, "barracuda", "clear", "--on", "2021-05-03"),
        ("ack", A),
    ],
)
def test_the_listed_reminder_goes_away(run: Run, words: tuple[str, ...]) -> None:
    fine(run("observe", A, "barracuda", "listed", "--on", "2021-05-02"))
    fine(run(*words))
    assert "listed" not in kinds(run, "2021-05-03")


@pytest.mark.parametrize("key", ["uceprotect-1", "uceprotect-3"])
def test_nobody_is_told_to_ask_a_list_that_nobody_can_ask(run: Run, key: str) -> None:
    fine(run("observe", A, key, "listed", "--on", "2021-05-02"))
    assert "listed" not in kinds(run, "2030-01-01")


def test_a_listing_that_expires_counts_from_its_latest_sighting(run: Run) -> None:
    fine(run("observe", A, "uceprotect-1", "listed", "--on", "2021-05-02T10:00Z"))
    assert kinds(run, "2021-05-09T10:00Z") == ["expected-clear"]
    fine(run("observe", A, "uceprotect-1", "listed", "--on", "2021-05-05T10:00Z"))
    assert kinds(run, "2021-05-12T09:59Z") == []
    assert kinds(run, "2021-05-12T10:00Z") == ["expected-clear"]
    fine(run("observe", A, "uceprotect-1", "clear", "--on", "2021-05-13"))
    assert kinds(run, "2021-06-01") == []


def test_a_case_is_kept_alive_every_year_counted_from_the_first_day(run: Run) -> None:
    cleared(run, A, "2020-02-29", "t-online")
    assert windows(run, "2021-02-28") == ["2021-02-28"]
    fine(run("ack", 1, "--kind", "keep-alive"))
    assert windows(run, "2022-02-28") == ["2022-02-28"]
    for _ in range(3):
        fine(run("ack", 1, "--kind", "keep-alive"))
    assert windows(run, "2024-12-31", "--within", "100d") == ["2025-02-28"]


def test_a_changed_ptr_reopens_a_case_where_the_list_says_so(run: Run) -> None:
    cleared(run, A, "2021-05-02", "abusix-policy")
    cleared(run, B, "2021-05-02", "pbl")
    outcome = run("note", "1", "2", "--ptr-changed", "--on", "2021-06-01")
    assert "spamhaus-pbl" in outcome.err
    assert [(r["kind"], r["request"]) for r in due(run, "2021-06-01")] == [("keep-alive", 1)]


def test_a_relisting_demands_a_new_request_and_nothing_else(run: Run) -> None:
    cleared(run)
    fine(run("relisted", 1, "--on", "2021-11-02"))
    assert kinds(run, "2021-11-02") == ["relisted"]
    fine(run("submit", A, "--on", "2021-11-02"))
    assert kinds(run, "2021-11-02T12:00Z") == []


@pytest.mark.parametrize(
    ("seen", "expected"),
    [("2021-11-01", ["2021-11-02"]), ("2021-11-02", ["2021-11-02"]), ("2021-11-03", []), ("2022-04-01", [])],
)
def test_a_window_is_survived_by_a_clear_look_later_than_its_day(run: Run, seen: str, expected: list[str]) -> None:
    cleared(run)
    fine(run("observe", A, "pbl", "clear", "--on", seen))
    assert windows(run, "2022-04-01") == expected


def test_the_windows_of_a_cleared_request_end_with_the_next_submission(run: Run) -> None:
    cleared(run)
    fine(run("submit", A, "--on", "2021-10-20", "--confirmed"))
    fine(run("cleared", 2, "--on", "2021-10-20"))
    assert windows(run, "2022-04-10") == ["2022-04-20"]


def test_a_withdrawn_request_reminds_of_nothing(run: Run) -> None:
    cleared(run)
    fine(run("withdraw", 1))
    assert due(run, "2030-01-01") == NOTHING


def test_a_retired_address_reminds_of_nothing_until_it_is_taken_up_again(run: Run) -> None:
    cleared(run)
    fine(run("address", "retire", A))
    assert due(run, "2030-01-01") == NOTHING
    fine(run("address", "add", A))
    assert len(due(run, "2030-01-01")) == 2


# Order.


def test_the_order_is_status_then_day_then_address_then_list(run: Run) -> None:
    cleared(run, "203.0.113.20", "2021-05-02")
    cleared(run, "203.0.113.3", "2021-05-12")
    cleared(run, "203.0.113.100", "2020-10-20")
    cleared(run, "2001:db8::25", "2021-05-02")
    for address, key in (("203.0.113.9", "spamrats"), ("203.0.113.9", "barracuda"), ("198.51.100.1", "psbl")):
        fine(run("observe", address, key, "listed", "--on", "2021-10-17"))
    found = due(run, "2021-10-20", "--within", "20d")
    assert [(r["status"], r["due_on"], r["address"], r["list"]) for r in found] == [
        ("overdue", "2021-04-06", "203.0.113.100", "spamhaus-pbl"),
        ("overdue", "2021-10-06", "203.0.113.100", "spamhaus-pbl"),
        ("due", "2021-10-17", "198.51.100.1", "psbl"),
        ("due", "2021-10-17", "203.0.113.9", "barracuda"),
        ("due", "2021-10-17", "203.0.113.9", "spamrats"),
        ("due", "2021-10-19", "203.0.113.20", "spamhaus-pbl"),
        ("due", "2021-10-19", "2001:db8::25", "spamhaus-pbl"),
        ("upcoming", "2021-10-29", "203.0.113.3", "spamhaus-pbl"),
    ]


# The moment.


def test_without_on_the_answer_is_for_now(run: Run, tools: Tools) -> None:
    cleared(run)
    early = at(tools, datetime(2021, 10, 18, 14, 59, 59, tzinfo=UTC))
    late = at(tools, datetime(2021, 10, 18, 15, 0, 0, tzinfo=UTC))
    assert fine(run("due", "--json", with_tools=early)) == {"today": "2021-10-18", "reminders": []}
    assert fine(run("due", "--json", with_tools=late))["today"] == "2021-10-19"
    assert len(fine(run("due", "--json", with_tools=late))["reminders"]) == 1


@pytest.mark.parametrize(
    ("on", "count"), [("2021-10-13", 0), ("2021-10-18", 0), ("2021-10-19", 1), ("2022-04-18", 2), ("2199-12-31", 2)]
)
def test_due_answers_for_the_past_and_the_future(run: Run, on: str, count: int) -> None:
    cleared(run)
    document = fine(run("due", "--on", on, "--json"))
    assert document["today"] == on
    assert len(document["reminders"]) == count


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ("0d", []),
        ("5d", []),
        ("6d", [("upcoming", 20)]),
        ("6", [("upcoming", 20)]),
        ("365d", [("upcoming", 20), ("upcoming", 201)]),
    ],
)
def test_within_shows_what_comes(run: Run, within: str, expected: list[tuple[str, int]]) -> None:
    cleared(run)
    assert [(r["status"], r["days_left"]) for r in due(run, "2021-10-13", "--within", within)] == expected


@pytest.mark.parametrize("words", [("--within", "soon"), ("--within", "-3d"), ("--within", "9999d"), ("--on", "soon")])
def test_a_wrong_moment_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    outcome = run("due", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("delist: ")


@pytest.mark.parametrize(
    ("on", "words", "code"),
    [
        ("2021-10-13", (), 0),
        ("2021-10-13", ("--exit-code",), 0),
        ("2021-10-13", ("--exit-code", "--within", "30d"), 0),
        ("2021-10-19", (), 0),
        ("2021-10-19", ("--exit-code",), 10),
        ("2021-11-03", ("--exit-code",), 10),
        ("2021-10-19", ("--exit-code", "--json"), 10),
    ],
)
def test_exit_code_counts_due_and_overdue(run: Run, on: str, words: tuple[str, ...], code: int) -> None:
    cleared(run)
    assert run("due", "--on", on, *words).code == code


# What people see.


@pytest.mark.parametrize("words", [(), ("--quiet",), ("--each",), ("--exit-code",)])
def test_nothing_due_prints_nothing_at_all(run: Run, words: tuple[str, ...]) -> None:
    cleared(run)
    outcome = run("due", "--on", "2021-10-13", *words)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


@pytest.mark.parametrize("make", ["empty", "missing", "zero bytes"])
def test_an_empty_database_says_so_on_stderr_with_its_path(run: Run, tools: Tools, make: str) -> None:
    if make != "empty":
        tools.database.unlink()
    if make == "zero bytes":
        tools.database.touch()
    outcome = run("due", "--exit-code")
    assert (outcome.code, outcome.out) == (0, "")
    assert str(tools.database) in outcome.err
    document = fine(run("due", "--json"))
    assert document == {"today": "2026-11-24", "reminders": []}
    assert run("due", "--quiet").err == ""
    assert tools.database.exists() == (make != "missing")


def test_a_reminder_says_what_is_due_and_what_to_do(run: Run) -> None:
    cleared(run)
    text = run("due", "--on", "2021-10-19").out
    for part in ("due", A, "spamhaus-pbl", "2021-11-02", "in 14 days", "6 months", "observed", "request 1"):
        assert part in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def many(run: Run, count: int, site: str | None = None, net: str = "203.0.113") -> None:
    addresses = [f"{net}.{host}" for host in range(1, count + 1)]
    fine(run("submit", *addresses, "--on", "2021-05-02", "--confirmed"))
    fine(run("cleared", "-l", "pbl", "--state", "confirmed", "--on", "2021-05-02", "--yes"))
    if site:
        fine(run("address", "set", *addresses, "--site", site))


@pytest.mark.parametrize(("count", "words", "lines"), [(5, (), 10), (6, (), 2), (40, (), 2), (6, ("--each",), 12)])
def test_more_than_five_equal_reminders_fold(run: Run, count: int, words: tuple[str, ...], lines: int) -> None:
    many(run, count)
    outcome = run("due", "--on", "2021-10-19", *words)
    assert len(outcome.out.splitlines()) == lines
    assert ("due --each" in outcome.out) == (lines == 2)
    assert (f"{count} addresses" in outcome.out) == (lines == 2)
    assert len(due(run, "2021-10-19")) == count


def test_only_equal_reminders_fold(run: Run) -> None:
    many(run, 6, "osaka")
    many(run, 6, "tokyo", "198.51.100")
    text = run("due", "--on", "2021-10-19").out
    assert len(text.splitlines()) == 4
    assert "osaka" in text
    assert "tokyo" in text
    fine(run("amend", 1, "--confirmed-on", "2021-05-03", "--cleared-on", "2021-05-03"))
    assert len(run("due", "--on", "2021-10-20").out.splitlines()) == 14


# Settings, lists, sites and own observations may change at any time: the answer follows at once.


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("config", "first"),
    [
        ("", "2021-10-19"),
        ('[reminders]\nlead = "P20D"\n', "2021-10-13"),
        ('[reminders]\nlead = "P2D"\n', "2021-10-31"),
        ('[reminders]\nlead = "P1M"\n', "2021-10-02"),
        ('[reminders]\nlead = "P300D"\n', "2021-09-17"),
        ('[reminders]\nlead = "P300D"\n[reminders.leads]\nspamhaus-pbl = "P2D"\n', "2021-10-31"),
        ('[reminders.leads]\nbarracuda = "P2D"\n', "2021-10-19"),
    ],
)
def test_a_changed_lead_is_answered_at_once(run: Run, tools: Tools, config: str, first: str) -> None:
    cleared(run)
    assert windows(run, "2021-10-19") == ["2021-11-02"]
    write(tools.places.config, config)
    changed = rebuilt()
    assert [r["due_on"] for r in due(run, "2021-11-02", with_tools=changed)] == [first]
    before = f"{first[:8]}{int(first[8:]) - 1:02}"
    assert due(run, before, with_tools=changed) == NOTHING
    assert windows(run, first, with_tools=changed) == ["2021-11-02"]
    assert windows(run, "2021-10-19") == ["2021-11-02"]


@pytest.mark.parametrize(
    ("zone", "due_at"),
    [
        ("Asia/Tokyo", "2021-10-18T15:00:00Z"),
        ("UTC", "2021-10-19T00:00:00Z"),
        ("America/New_York", "2021-10-19T04:00:00Z"),
        ("Pacific/Kiritimati", "2021-10-18T10:00:00Z"),
        ("Pacific/Niue", "2021-10-19T11:00:00Z"),
    ],
)
def test_a_changed_time_zone_is_answered_at_once(run: Run, tools: Tools, zone: str, due_at: str) -> None:
    cleared(run)
    assert windows(run, "2021-10-19") == ["2021-11-02"]
    write(tools.places.config, f'timezone = "{zone}"\n')
    changed = rebuilt()
    moment = datetime.fromisoformat(due_at)
    assert [r["due_at"] for r in due(run, due_at, with_tools=changed)] == [due_at]
    early = moment.replace(second=0, minute=0).timestamp() - 1
    assert due(run, datetime.fromtimestamp(early, UTC).isoformat(), with_tools=changed) == NOTHING


def test_a_changed_catalogue_is_answered_at_once(run: Run, tools: Tools) -> None:
    cleared(run)
    assert due(run, "2021-07-20") == NOTHING
    write(
        tools.places.lists,
        "[[lists.spamhaus-pbl.windows]]\nafter = 'P3M'\nkind = 'exclusion-ends'\nbasis = 'stated'\nsource = 'x'\n",
    )
    assert windows(run, "2021-07-20", with_tools=rebuilt()) == ["2021-08-02"]
    assert windows(run, "2022-07-20", with_tools=rebuilt()) == ["2021-08-02"]
    tools.places.lists.unlink()
    assert windows(run, "2022-07-20", with_tools=rebuilt()) == ["2021-11-02", "2022-05-02"]


def test_records_of_a_list_that_was_switched_off_stay_readable(run: Run, tools: Tools) -> None:
    cleared(run)
    write(tools.places.lists, "[lists.spamhaus-pbl]\noff = true\n")
    assert windows(run, "2021-10-19", with_tools=rebuilt()) == ["2021-11-02"]
    assert fine(run("requests", "--json", with_tools=rebuilt()))["requests"][0]["list"] == "spamhaus-pbl"


def observe_three_months(run: Run, address: str) -> None:
    cleared(run, address, "2020-05-02")
    fine(run("relisted", address, "--on", "2020-08-02"))


def test_an_own_observation_counts_for_the_network_at_once(run: Run) -> None:
    cleared(run, A)
    cleared(run, "198.51.100.1")
    assert due(run, "2021-07-20") == NOTHING
    observe_three_months(run, B)
    assert [(r["address"], r["window_on"]) for r in due(run, "2021-07-20") if r["kind"] == "exclusion-ends"] == [
        (A, "2021-08-02")
    ]
    found = next(r for r in due(run, "2021-07-20") if r["kind"] == "exclusion-ends")
    assert (found["window"]["after"], found["window"]["basis"]) == ("P3M", "observed")


def test_an_own_observation_follows_the_site(run: Run) -> None:
    cleared(run, "198.51.100.1")
    observe_three_months(run, A)
    fine(run("address", "set", A, "--site", "osaka"))
    assert "exclusion-ends" not in kinds(run, "2021-07-20")
    fine(run("address", "set", "198.51.100.1", "--site", "osaka"))
    assert "exclusion-ends" in kinds(run, "2021-07-20")
    fine(run("address", "set", "198.51.100.1", "--site", ""))
    assert "exclusion-ends" not in kinds(run, "2021-07-20")


def test_three_own_observations_count_for_the_whole_list(run: Run) -> None:
    cleared(run, "192.0.2.1")
    for address in ("203.0.113.1", "198.51.100.1"):
        observe_three_months(run, address)
    assert "exclusion-ends" not in kinds(run, "2021-07-20")
    observe_three_months(run, "2001:db8::1")
    assert "exclusion-ends" in kinds(run, "2021-07-20")
    fine(run("undo", "2001:db8::1"))
    assert [r for r in due(run, "2021-07-20") if r["address"] == "192.0.2.1"] == NOTHING


@pytest.mark.parametrize("relisted_on", ["2020-05-31", "2021-01-02"])
def test_a_short_interval_or_one_beyond_the_shipped_window_adds_none(run: Run, relisted_on: str) -> None:
    cleared(run, A, "2021-05-02")
    cleared(run, B, "2020-05-02")
    fine(run("relisted", B, "--on", relisted_on))
    found = [window for window in windows(run, "2023-01-01") if window]
    assert found == ["2021-11-02", "2022-05-02"]


def test_a_relisting_that_was_never_cleared_is_no_observation(run: Run) -> None:
    cleared(run, A, "2021-05-02")
    fine(run("submit", B, "--on", "2020-05-02", "--confirmed"))
    fine(run("relisted", B, "--on", "2020-08-02"))
    assert "exclusion-ends" not in kinds(run, "2021-07-20")


def test_what_changed_is_written_down_so_that_later_records_agree(run: Run, tools: Tools) -> None:
    cleared(run, A)
    write(tools.places.config, '[reminders]\nlead = "P20D"\n')
    changed = rebuilt()
    fine(run("submit", B, "--on", "2021-05-02", "--confirmed", with_tools=changed))
    fine(run("cleared", 2, "--on", "2021-05-02", with_tools=changed))
    assert [r["address"] for r in due(run, "2021-10-13", with_tools=changed)] == [A, B]


def test_what_goes_by_itself_is_left_alone_in_due_as_in_plan(run: Run) -> None:
    fine(run("observe", A, "spamcop", "listed", "--on", "2026-11-23"))
    told = {each["kind"]: each["action"] for each in due(run, "2026-11-24")}
    assert told["listed"].startswith("leave it alone, it goes by itself by 2026-11-24 23:59 +09:00")
    later = {each["kind"]: each["action"] for each in due(run, "2026-11-26")}
    assert "then `delist submit" in later["listed"]


def test_no_text_is_promised_while_an_answer_is_awaited(run: Run) -> None:
    fine(run("submit", A, "-l", "pbl", "--on", "2021-05-02", "--confirmed", "2021-05-02"))
    [window] = [each for each in due(run, "2021-11-02") if each["kind"] == "exclusion-ends"]
    assert "delist text" not in window["action"]
    fine(run("cleared", A, "-l", "pbl", "--on", "2021-05-02"))
    [window] = [each for each in due(run, "2021-11-02") if each["kind"] == "exclusion-ends"]
    assert "`delist text" in window["action"]


def test_no_command_names_a_list_that_was_switched_off(run: Run, tools: Tools) -> None:
    cleared(run)
    fine(run("observe", A, "spamcop", "listed", "--on", "2021-05-02"))
    write(tools.places.lists, "[lists.spamhaus-pbl]\noff = true\n[lists.spamcop]\noff = true\n")
    found = due(run, "2021-11-03", with_tools=rebuilt())
    assert {each["kind"] for each in found} == {"exclusion-ends", "expected-clear"}
    assert all(each["action"].startswith("nothing: you have switched the list off") for each in found)


def test_what_waits_for_another_list_is_not_asked_before_that(run: Run) -> None:
    for key in ("spamhaus-sbl", "spamhaus-pbl", "spamhaus-css"):
        fine(run("observe", A, key, "listed", "--on", "2021-05-02"))
    actions = {each["list"]: each["action"] for each in due(run, "2021-05-03")}
    for key in ("spamhaus-pbl", "spamhaus-css"):
        assert actions[key] == f"not yet: first Spamhaus SBL must be gone; `delist plan {A}` has the order"
    letter = f"`delist text {A} -l spamhaus-sbl` writes the letter"
    assert actions["spamhaus-sbl"].startswith(f"only the provider of the address can ask: {letter}")


def test_a_provider_is_not_sent_to_the_provider(run: Run, tools: Tools) -> None:
    write(tools.places.config, '[[senders]]\naddress = "203.0.113.0/24"\nrole = "provider"\n')
    for key in ("spamhaus-sbl", "uceprotect-2"):
        fine(run("observe", A, key, "listed", "--on", "2021-05-02"))
    actions = {each["list"]: each["action"] for each in due(run, "2021-05-03", with_tools=rebuilt())}
    assert actions["spamhaus-sbl"].startswith("ask at https://")
    assert actions["uceprotect-2"].startswith("nothing can be filed")


def test_a_window_that_has_come_says_to_look_now(run: Run) -> None:
    cleared(run)
    [before] = [each for each in due(run, "2021-10-30") if each["kind"] == "exclusion-ends"]
    [after] = [each for each in due(run, "2021-11-03") if each["kind"] == "exclusion-ends"]
    assert "from that day on look" in before["action"]
    assert " now and record it: " in after["action"]
    assert "nothing can be filed" not in after["action"]


def test_a_network_that_must_be_settled_first_holds_its_addresses_and_no_others(run: Run) -> None:
    other = "198.51.100.7"
    fine(run("observe", "203.0.113.0/24", "spamhaus-sbl", "listed", "--on", "2021-05-02"))
    for address in (A, other):
        fine(run("observe", address, "spamhaus-pbl", "listed", "--on", "2021-05-02"))
    found = {each["address"]: each["action"] for each in due(run, "2021-05-03") if each["list"] == "spamhaus-pbl"}
    assert found[A].startswith("not yet: first Spamhaus SBL must be gone")
    assert found[other].startswith("ask at ")
