"""Calendars are read by two programs that had no part in writing them, and both find the same in them."""

from datetime import date
from typing import Any

import vobject  # type: ignore[import-untyped]
from ical.calendar_stream import IcsCalendarStream

from tests.conftest import Run

SITE = 'Büro, "Tōkyō"; 東京'


def told(run: Run) -> str:
    """A calendar of a renewed window, one that was not confirmed yet, a listing, a network, an IPv6 address."""
    for words in (
        ("submit", "203.0.113.7", "--on", "2026-05-02T10:00", "--confirmed", "2026-05-02T10:10"),
        ("cleared", "1", "--on", "2026-05-02T12:00"),
        ("address", "set", "203.0.113.7", "--site", SITE),
        ("submit", "2001:db8::25", "--on", "2026-11-20T10:00"),
        ("observe", "203.0.113.0/24", "spamhaus-sbl", "listed", "--on", "2026-11-01"),
    ):
        assert run(*words).code == 0
    assert run("calendar").code == 0
    assert run("relisted", "1", "--on", "2026-11-02").code == 0
    assert run("submit", "203.0.113.7", "--on", "2026-11-03T10:00", "--confirmed", "2026-11-03T10:10").code == 0
    return run("calendar").out.replace("\n", "\r\n")


def by_vobject(text: str) -> dict[str, tuple[Any, ...]]:
    """What vobject finds, by UID."""
    found = vobject.readOne(text)
    parts = [*found.contents.get("vevent", []), *found.contents.get("vtodo", [])]
    assert len(parts) + len(found.contents.get("vtimezone", [])) == len(list(found.components()))
    return {
        part.uid.value: (
            part.summary.value,
            part.status.value if hasattr(part, "status") else None,
            int(part.sequence.value),
            part.dtstart.value if hasattr(part, "dtstart") else None,
        )
        for part in parts
    }


def by_ical(text: str) -> dict[str, tuple[Any, ...]]:
    """What ical finds, by UID."""
    found: Any = IcsCalendarStream.calendar_from_ics(text)
    return {
        str(part.uid): (
            part.summary,
            str(part.status.value) if part.status else None,
            part.sequence,
            part.dtstart,
        )
        for part in (*found.events, *found.todos)
    }


def test_two_readers_find_the_same_events_and_tasks(run: Run) -> None:
    text = told(run)
    one, other = by_vobject(text), by_ical(text)
    assert one == other
    assert len(one) >= 10
    events = {uid: row for uid, row in one.items() if uid.endswith("-event@delist")}
    days = sorted(str(row[3]) for row in events.values() if row[1] != "CANCELLED")
    assert days == ["2027-05-03", "2027-05-20", "2027-11-03", "2027-11-20"]
    assert [row[2] for row in events.values() if row[1] == "CANCELLED"] == [1, 1]
    assert all(type(row[3]) is date for row in events.values())


def test_words_that_mean_something_are_read_as_they_were_written_and_every_live_date_has_an_alarm(run: Run) -> None:
    """Of a site with a comma ical makes two: it splits before it undoes the escapes."""
    found = vobject.readOne(told(run))
    ours = [each for each in found.contents["vtodo"] if "203.0.113.7" in each.summary.value]
    assert ours
    assert {each.categories.value[0] for each in ours} == {SITE}
    live = [each for each in found.components() if each.name != "VTIMEZONE" and each.status.value != "CANCELLED"]
    assert len(live) >= 8
    assert all(len(each.contents["valarm"]) == 1 for each in live if each.status.value != "COMPLETED")
