"""The story this tool began with, run through its commands."""

import json
from typing import Any

import pytest

from tests.conftest import Run

ADDRESS = "203.0.113.7"


def due(run: Run, on: str) -> list[dict[str, Any]]:
    found = run("due", "--json", "--on", on)
    assert found.code == 0, found.err
    reminders: list[dict[str, Any]] = json.loads(found.out)["reminders"]
    return reminders


def done(run: Run, *words: object) -> None:
    found = run(*words)
    assert found.code == 0, found.err


@pytest.fixture
def first_attempt(run: Run) -> Run:
    done(run, "submit", ADDRESS, "--on", "2021-05-02T10:00")
    done(run, "confirm", 1, "--on", "2021-05-02T12:05")
    done(run, "cleared", 1, "--on", "2021-05-02T13:45")
    return run


def test_two_hours_after_an_unconfirmed_submission_the_confirmation_is_due(run: Run) -> None:
    done(run, "submit", ADDRESS, "--on", "2021-05-02T10:00")
    assert due(run, "2021-05-02T10:30") == []
    [reminder] = due(run, "2021-05-02T12:00")
    assert (reminder["kind"], reminder["status"], reminder["request"]) == ("confirm", "due", 1)
    assert reminder["due_at"] == "2021-05-02T02:00:00Z"


def test_mail_flowed_again_after_an_hour_and_forty_minutes(first_attempt: Run) -> None:
    record = json.loads(first_attempt("show", 1, "--json").out)
    assert record["time_to_effect"] == "PT1H40M"
    assert record["state"] == "cleared"


def test_nothing_is_due_on_the_thirteenth_of_october(first_attempt: Run) -> None:
    found = first_attempt("due", "--on", "2021-10-13")
    assert (found.code, found.out, found.err) == (0, "", "")


def test_the_six_month_window_is_announced_two_weeks_ahead(first_attempt: Run) -> None:
    assert due(first_attempt, "2021-10-18") == []
    [reminder] = due(first_attempt, "2021-10-19")
    assert reminder["kind"] == "exclusion-ends"
    assert reminder["status"] == "due"
    assert (reminder["due_on"], reminder["window_on"], reminder["days_left"]) == ("2021-10-19", "2021-11-02", 14)
    assert (reminder["window"]["after"], reminder["window"]["basis"]) == ("P6M", "observed")
    assert reminder["provisional"] is False


def test_a_relisting_demands_a_new_request_and_nothing_else(first_attempt: Run) -> None:
    done(first_attempt, "relisted", 1, "--on", "2021-11-02")
    for day in ("2021-11-02", "2022-05-02", "2026-11-24"):
        [reminder] = due(first_attempt, day)
        assert (reminder["kind"], reminder["request"]) == ("relisted", 1)


def test_the_second_attempt_has_windows_of_its_own(first_attempt: Run) -> None:
    done(first_attempt, "relisted", 1, "--on", "2021-11-02")
    done(first_attempt, "submit", ADDRESS, "--on", "2021-11-02T09:00")
    done(first_attempt, "confirm", ADDRESS, "--on", "2021-11-02T09:10")
    first, second = json.loads(first_attempt("requests", "--json").out)["requests"]
    assert (first["attempt"], first["state"], first["closed_on"]) == (1, "relisted", "2021-11-02")
    assert (second["attempt"], second["state"]) == (2, "confirmed")
    assert [window["on"] for window in second["windows"]] == ["2022-05-02", "2022-11-02"]
    assert [window["basis"] for window in second["windows"]] == ["observed", "stated"]
    kinds = {reminder["kind"] for reminder in due(first_attempt, "2021-11-03T09:00")}
    assert "relisted" not in kinds
