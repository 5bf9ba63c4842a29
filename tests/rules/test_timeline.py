"""The timeline of a case: moves and looks in order, as they were last corrected."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from delist.rules.asking import Addressee
from delist.rules.history import Event, moment_to
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.rules.timeline import steps_of, told_to
from tests.builders import a_list, a_request, an_entry, moment

FOUND = Sighting("1", Seen.LISTED, moment("2026-11-01 10:00"), SightingSource.CHECK, code="127.0.0.4", reason="spam")


def test_the_codes_of_one_answer_are_one_step() -> None:
    entry = an_entry(Event.SIGHTED, "2026-11-01 10:00")
    looks = [replace(FOUND, event_uid=entry.uid), replace(FOUND, uid="2", event_uid=entry.uid, code="127.0.0.9")]
    [step] = steps_of([(None, entry)], looks)
    assert (step.seen, step.codes, step.reason, step.until) == (Seen.LISTED, ("127.0.0.4", "127.0.0.9"), "spam", None)


def test_a_look_that_left_no_line_of_history_is_a_step() -> None:
    again = replace(FOUND, last=moment("2026-11-03 10:00"))
    [step] = steps_of([], [again])
    assert (step.event, step.request, step.until) == (Event.SIGHTED, None, moment("2026-11-03 10:00"))


def test_a_move_stands_at_the_moment_to_which_it_was_corrected_last() -> None:
    def change(old: str, new: str) -> dict[str, Any]:
        return {"confirmed": {"from": moment_to(moment(old)), "to": moment_to(moment(new))}}

    entries = [
        (1, an_entry(Event.SUBMITTED, "2026-11-01")),
        (1, an_entry(Event.CONFIRMED, "2026-11-03")),
        (2, an_entry(Event.CONFIRMED, "2026-11-09")),
        (1, an_entry(Event.AMENDED, **change("2026-11-03", "2026-11-04"))),
        (1, an_entry(Event.AMENDED, reference={"from": None, "to": "4711"}, **change("2026-11-04", "2026-11-02"))),
    ]
    assert [(step.event, step.request, str(step.moment.on)) for step in steps_of(entries, [])] == [
        (Event.SUBMITTED, 1, "2026-11-01"),
        (Event.CONFIRMED, 1, "2026-11-02"),
        (Event.CONFIRMED, 2, "2026-11-09"),
    ]


def test_what_is_said_about_reminders_is_not_told_and_notes_only_if_wished_for() -> None:
    entries = [
        (1, an_entry(Event.SNOOZED, kind="verify", until="2026-11-20T00:00:00Z")),
        (1, an_entry(Event.NOTED, text="slow to pay")),
        (1, an_entry(Event.NOTED, text="by phone", answered=True)),
    ]
    [step] = steps_of(entries, [])
    assert (step.answered, step.note) == (True, None)
    assert [step.note for step in steps_of(entries, [], with_notes=True)] == ["slow to pay", "by phone"]


def test_a_link_in_a_reason_is_masked() -> None:
    [step] = steps_of([], [replace(FOUND, reason="see https://list.example/why?token=8Zk2mQ4rT7xW1pL9")])
    assert step.reason == "see https://list.example/***"


@pytest.mark.parametrize(
    ("template", "closed", "whom"),
    [
        (None, None, Addressee.LIST),
        (None, date(2021, 5, 3), Addressee.LIST),
        (None, date(2021, 5, 2), Addressee.RECEIVER),
        ("example.en", date(2021, 5, 2), Addressee.RECEIVER),
        ("receiver-note.en", None, Addressee.RECEIVER),
        ("provider-letter.en", None, Addressee.PROVIDER),
        ("provider-letter.en", date(2021, 5, 2), Addressee.PROVIDER),
    ],
)
def test_who_was_written_to(template: str | None, closed: date | None, whom: Addressee) -> None:
    request = a_request(template=template, submitted=moment("2021-05-02 10:00"))
    assert told_to(request, a_list(closed=closed)) is whom
