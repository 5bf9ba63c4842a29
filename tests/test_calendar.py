"""`delist calendar`, as calendar programs see it: two independent readers, and one that imports again and again."""

import sys
import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from delist import calendar as writer
from delist import catalogue
from delist.actions.calendar import Wish, calendar
from delist.rules.dates import Told, Words, dates
from delist.rules.reminders import Kind, Reminder
from delist.show.calendar import words_of
from delist.tools import Tools
from tests import rfc5545
from tests.builders import TOKYO, a_case
from tests.conftest import NOW, Run, at, fine, refused
from tests.rfc5545 import Component
from tests.test_cli_status import mailed

A, B, C = "203.0.113.7", "203.0.113.8", "2001:db8::1"


def written(run: Run, *words: object, with_tools: Tools | None = None) -> Component:
    """Return the calendar that is printed, which both readers must take."""
    found = run("calendar", *words, with_tools=with_tools)
    assert found.code == 0, found.err
    # What the runner gives has its line ends translated.
    octets = found.out.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    calendar = rfc5545.parse(octets)
    other = IcsCalendarStream.calendar_from_ics(octets.decode())
    assert {*(event.uid for event in other.events), *(task.uid for task in other.todos)} == {
        each["UID"] for each in calendar.inside if each.has("UID")
    }
    return calendar


class Client:
    """A calendar program: it keeps of each uid what came with the highest SEQUENCE, and forgets nothing by itself."""

    def __init__(self) -> None:
        self.kept: dict[str, Component] = {}

    def read(self, calendar: Component) -> "Client":
        """Import a calendar."""
        for each in calendar.inside:
            if not each.has("UID"):
                continue
            known = self.kept.get(each["UID"])
            if known is not None:
                assert int(each["SEQUENCE"]) >= int(known["SEQUENCE"])
                if each["SEQUENCE"] == known["SEQUENCE"]:
                    assert each == known
            self.kept[each["UID"]] = each
        return self

    def days(self) -> list[date]:
        """Return the days of the windows that stand in it."""
        live = [each for each in self.kept.values() if each.name == "VEVENT" and each["STATUS"] != "CANCELLED"]
        return sorted(rfc5545.day(each["DTSTART"]) for each in live)

    def tasks(self, status: str = "NEEDS-ACTION") -> list[str]:
        """Return what the tasks in a state are about."""
        found = [each for each in self.kept.values() if each.name == "VTODO" and each["STATUS"] == status]
        return sorted(each["SUMMARY"].partition(": ")[2] for each in found)


def test_a_window_is_an_all_day_event_that_keeps_nobody_busy_and_rings_at_the_lead(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-05-02T10:00", "--confirmed", "2026-05-02"))
    [event, _] = written(run, "--only", "events").inside
    assert event.properties["DTSTART"] == [({"VALUE": "DATE"}, "20261102")]
    assert event.properties["DTEND"] == [({"VALUE": "DATE"}, "20261103")]
    assert (event["TRANSP"], event["STATUS"], event["SEQUENCE"]) == ("TRANSPARENT", "CONFIRMED", "0")
    assert event["SUMMARY"] == f"{A} on Spamhaus PBL: exclusion ends (6 months, observed)"
    assert event["URL"] == "https://check.spamhaus.org/"
    assert "delist relisted 1" in event["DESCRIPTION"]
    assert "6 months after the confirmation, 2026-05-02" in event["DESCRIPTION"]
    [alarm] = event.inside
    assert rfc5545.duration(alarm["TRIGGER"]) == timedelta(days=-14, hours=9)


def test_the_windows_of_one_request_have_titles_that_tell_them_apart(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-05-02T10:00", "--confirmed", "2026-05-02"))
    titles = [event["SUMMARY"].partition(": ")[2] for event in written(run, "--only", "events").inside]
    assert titles == ["exclusion ends (6 months, observed)", "exclusion ends (1 year, stated)"]


def test_the_task_of_a_window_runs_from_the_lead_to_its_day(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-05-02", "--confirmed", "2026-05-02"))
    task = next(x for x in written(run, "--only", "tasks").inside if "exclusion" in x["SUMMARY"])
    assert (task["DTSTART"], task["DUE"]) == ("20261019", "20261102")
    assert "TZID" not in str(task.properties)


def test_other_reminders_are_tasks_due_at_an_instant_in_utc(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-24T10:00"))
    task = next(x for x in written(run).inside if "confirm" in x["SUMMARY"])
    assert task.properties["DUE"] == [({}, "20261124T020000Z")]
    assert task.all("VALARM")[0]["TRIGGER"] in ("P0D", "PT0S")


def test_a_day_that_nobody_has_confirmed_yet_is_tentative(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-24"))
    event = written(run, "--only", "events").inside[0]
    assert event["STATUS"] == "TENTATIVE"
    assert "not confirmed yet" in event["SUMMARY"]


def test_a_site_with_letters_that_mean_something_survives_and_lines_are_folded_by_octets(run: Run) -> None:
    site = '東京データセンター, "第一"; \\ ' * 6
    fine(run("address", "add", A, "--site", site.strip()))
    fine(run("submit", A, "--on", "2026-11-24"))
    found = written(run, "--site", site.strip())
    [(_, categories)] = found.inside[0].properties["CATEGORIES"]
    assert categories.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\") == " ".join(site.split())
    assert found["X-WR-CALNAME"].startswith("delist 東京")


def test_nothing_recorded_is_an_empty_calendar_and_a_word_beside_it(run: Run, tools: Tools) -> None:
    found = run("calendar")
    assert found.err == f"nothing is to be told yet from {tools.database}\n"
    assert not [each for each in written(run).inside if each.has("UID")]
    elsewhere = replace(tools, database=tools.database.with_name("none.db"))
    assert not [each for each in written(run, with_tools=elsewhere).inside if each.has("UID")]
    assert not elsewhere.database.exists()


def test_twice_the_same_records_are_twice_the_same_octets(run: Run, tools: Tools) -> None:
    fine(run("submit", A, B, C, "--on", "2026-11-20", "--confirmed", "2026-11-20"))
    first = run("calendar").out
    later = at(tools, NOW + timedelta(days=3))
    assert run("calendar", with_tools=later).out == first
    written(run, "--only", "events", "--site", "none")
    assert run("calendar").out == first


def test_a_program_that_reads_it_again_follows_the_whole_story(run: Run, tools: Tools) -> None:
    client = Client()
    fine(run("submit", A, "--on", "2021-05-02T10:00"))
    client.read(written(run, "--on", "2021-05-02T12:00"))
    assert client.days() == [date(2021, 11, 2), date(2022, 5, 2)]
    assert "confirm the request" in client.tasks()
    fine(run("confirm", 1, "--on", "2021-05-03"))
    client.read(written(run, "--on", "2021-05-03"))
    assert client.days() == [date(2021, 11, 3), date(2022, 5, 3)]
    assert client.tasks("COMPLETED") == ["confirm the request"]
    fine(run("amend", 1, "--confirmed-on", "2021-05-02"))
    client.read(written(run, "--on", "2021-05-04"))
    assert client.days() == [date(2021, 11, 2), date(2022, 5, 2)]
    fine(run("cleared", 1, "--on", "2021-05-04"))
    client.read(written(run, "--on", "2021-05-05"))
    assert client.tasks("COMPLETED") == ["confirm the request", "see whether it is cleared"]
    fine(run("relisted", 1, "--on", "2021-11-02"))
    client.read(written(run, "--on", "2021-11-02"))
    assert (client.days(), client.tasks()) == ([], ["listed again"])
    fine(run("submit", A, "--on", "2021-11-03", "--confirmed", "2021-11-03"))
    client.read(written(run, "--on", "2021-11-03"))
    assert client.days() == [date(2022, 5, 3), date(2022, 11, 3)]
    assert "listed again" in client.tasks("COMPLETED")


def test_what_is_taken_back_comes_back(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-24T10:00"))
    client = Client().read(written(run))
    fine(run("confirm", 1))
    client.read(written(run))
    assert "confirm the request" in client.tasks("COMPLETED")
    fine(run("undo", 1))
    client.read(written(run))
    assert "confirm the request" in client.tasks()
    fine(run("undo", 1))
    client.read(written(run))
    assert (client.days(), client.tasks()) == ([], [])


def test_an_acknowledged_window_is_cancelled_and_so_is_all_of_a_retired_address(run: Run) -> None:
    fine(run("submit", A, B, "--on", "2026-05-02", "--confirmed", "2026-05-02"))
    client = Client().read(written(run))
    assert len(client.days()) == 4
    fine(run("ack", 1, "--kind", "exclusion-ends"))
    assert len(client.read(written(run)).days()) == 3
    fine(run("address", "retire", B))
    assert client.read(written(run)).days() == [date(2027, 5, 2)]


def test_what_was_cancelled_is_told_for_a_year_and_then_left_out(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-20"))
    written(run)
    fine(run("withdraw", 1))
    assert {each["STATUS"] for each in written(run).inside} == {"CANCELLED"}
    assert [each for each in written(run, "--on", "2028-11-20").inside if each.has("UID")]
    assert not [each for each in written(run, "--on", "2028-11-30").inside if each.has("UID")]


def test_a_forgotten_address_leaves_nothing_to_be_told(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-20"))
    fine(run("submit", B, "--on", "2026-11-20"))
    written(run)
    assert run("address", "forget", A, "--yes").code == 0
    found = run("calendar").out
    assert A not in found
    assert B in found


def test_a_site_and_a_part_are_selected_without_cancelling_the_rest(run: Run) -> None:
    fine(run("address", "add", A, "--site", "tokyo"))
    fine(run("submit", A, B, "--on", "2026-11-20", "--confirmed", "2026-11-20"))
    tokyo = written(run, "--site", "tokyo", "--only", "events")
    assert {each["SUMMARY"].partition(" ")[0] for each in tokyo.inside} == {A}
    assert {each.name for each in tokyo.inside} == {"VEVENT"}
    assert {each["STATUS"] for each in written(run, "--only", "events").inside} == {"CONFIRMED"}


def test_it_is_written_to_a_file_whole_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    fine(run("submit", A, "--on", "2026-11-20", "--confirmed", "2026-11-20"))
    file = tmp_path / "delist.ics"
    found = run("calendar", "-o", file)
    assert (found.code, found.out) == (0, "")
    assert found.err == f"the calendar is in {file}: 5 dates\n"
    rfc5545.parse(file.read_bytes())
    assert file.stat().st_mode & 0o777 == 0o600
    fine(run("confirm", 1))
    fine(run("cleared", 1))
    assert run("calendar", "-o", file).err == f"the calendar is in {file}, replaced: 4 dates, 1 completed\n"


def test_a_missing_library_is_named_and_nothing_is_kept_as_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fine(run("submit", A, "--on", "2026-11-20"))
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "icalendar", None)
        refused(run("calendar"), 3, "pip install 'delist[calendar]'")
    assert {each["SEQUENCE"] for each in written(run).inside} == {"0"}


def test_a_look_ahead_leaves_nothing_told(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-24T10:00"))
    before = written(run)
    fine(run("address", "set", A, "--site", "tokyo"))
    ahead = written(run, "--on", "2028-01-01")
    assert {each["SEQUENCE"] for each in ahead.inside} == {"1"}
    fine(run("address", "set", A, "--site", ""))
    assert written(run) == before


def test_a_link_that_came_is_what_the_task_names_without_the_link(run: Run, tools: Tools) -> None:
    def task() -> Component:
        return next(each for each in written(run, "--only", "tasks").inside if "confirm the" in each["SUMMARY"])

    fine(run("submit", A, "--on", "2026-11-24T10:00"))
    assert "Open the link in the mail that arrives at once" in task()["DESCRIPTION"]
    mailed(tools, "unverified")
    assert "`delist link 1` shows the link" in task()["DESCRIPTION"]
    assert "before 2026-11-24 13:00 +09:00" in task()["DESCRIPTION"]
    assert task()["SEQUENCE"] == "1"


def test_what_must_come_first_is_said_in_the_task(run: Run) -> None:
    fine(run("observe", A, "spamhaus-sbl", "listed"))
    fine(run("observe", A, "spamhaus-css", "listed"))
    task = next(x for x in written(run).inside if "CSS: listed" in x["SUMMARY"])
    assert "first Spamhaus SBL must be gone" in task["DESCRIPTION"]


def test_what_would_break_a_line_is_left_out_of_it(run: Run) -> None:
    fine(run("address", "add", A, "--site", "a\x07b\nBEGIN:VEVENT"))
    fine(run("submit", A, "--on", "2026-11-20"))
    assert {each["CATEGORIES"] for each in written(run).inside} == {"a b BEGIN:VEVENT"}


def test_a_link_typed_as_a_site_is_masked(run: Run) -> None:
    secret = "https://www.spamhaus.org/pbl/removal/verify?token=0123456789abcdef0123"
    fine(run("address", "add", A, "--site", secret))
    fine(run("submit", A, "--on", "2026-11-20"))
    assert "0123456789abcdef" not in run("calendar").out.replace("\r\n ", "").replace("\n ", "")


def test_several_at_once_agree_on_what_was_told(run: Run, tools: Tools) -> None:
    fine(run("submit", A, B, C, "--on", "2026-11-20"))
    found: list[str] = []

    def write() -> None:
        found.append(calendar(tools, Wish(), lambda r: words_of(r, tools.zone), "delist").text)

    for step in ("submitted", "confirmed"):
        threads = [threading.Thread(target=write) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(found) == 6, step
        assert len(set(found)) == 1
        found.clear()
        fine(run("confirm", "1-3", "--on", "2026-11-20"))
    sequences = {each["SEQUENCE"] for each in written(run).inside if each.name == "VEVENT"}
    assert sequences == {"1"}


_LINE = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=120)


def test_a_page_that_is_no_address_of_one_is_left_out(run: Run, tools: Tools) -> None:
    tools.places.lists.write_text('[lists.spamhaus-pbl]\nremoval = { url = "ask in the office\\nX-EVIL:1" }\n')
    odd = replace(tools, catalogue=catalogue.load(tools.places.lists))
    fine(run("submit", A, "--on", "2026-11-20", with_tools=odd))
    for each in written(run, with_tools=odd).inside:
        assert not each.has("URL")
        assert not each.has("X-EVIL")


@given(_LINE, st.lists(_LINE, min_size=1, max_size=3), _LINE.filter(str.strip))
def test_any_printable_words_come_back_as_they_were(summary: str, lines: list[str], category: str) -> None:
    said = Words(summary, "\n".join(lines), "https://check.spamhaus.org/", category)
    reminder = Reminder("uid/verify", Kind.VERIFY, a_case(), None, NOW)
    told = [Told(each, 0, NOW, None) for each in dates(reminder, said, TOKYO)]
    octets = writer.written(told, category).encode()
    [task] = rfc5545.parse(octets).inside
    assert (task["SUMMARY"], task["DESCRIPTION"], task["CATEGORIES"]) == (summary, said.description, category)
    [other] = IcsCalendarStream.calendar_from_ics(octets.decode()).todos
    assert (other.summary, other.description) == (summary, said.description)
