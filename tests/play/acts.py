"""The acts of the play: what happens outside, what runs by itself, and the two things that a person does by hand."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.play.stage import ADDRESS, Stage, clock

FIRST_LINK = "https://check.spamhaus.org/removal/?token=Wispelwey-the-first"
SECOND_LINK = "https://check.spamhaus.org/removal/?token=Wispelwey-the-second"


def play(stage: Stage) -> Iterator[str]:
    """Play it all; yields a line for each thing that has happened as it should."""
    for act in (bounces, first_removal, half_a_year, second_removal, quiet_nights):
        yield from act(stage)


def bounces(stage: Stage) -> Iterator[str]:
    """The mail log tells of refusals; nobody is looking, but the nightly run is."""
    night(stage, "2021-04-26 05:20")
    assert stage.done[-1].out == "", "a quiet night is not quiet"
    yield "26 April 2021: a quiet night, nothing is said"
    stage.list_address(listed=True)
    stage.refuse("2021-04-27 09:12", names_the_list=False)
    stage.refuse("2021-04-27 18:40", names_the_list=True)
    night(stage, "2021-04-28 05:20")
    [reminder] = due(stage, "2021-04-28 08:00")
    assert (reminder["kind"], reminder["list"]) == ("listed", "spamhaus-pbl")
    # The relay sends from the very address that is listed: the pager is told, and it is told why.
    assert stage.relay.mails == []
    [asked] = stage.pager.asked
    told = asked.value["message"]
    assert ADDRESS in told
    assert "listed" in told.splitlines()[0]
    yield "28 April: the log names the Spamhaus PBL; the pager is told, since mail would leave from the listed address"


def first_removal(stage: Stage) -> Iterator[str]:
    """A person pastes the text into the form and opens the link; all the rest comes by itself."""
    text = stage("text", ADDRESS)
    assert text.out.startswith(f"Please exclude {ADDRESS}")
    stage("submit", ADDRESS, at="2021-05-02 10:00")
    yield "2 May, 10:00: the form is sent, with the text that delist wrote"
    stage.post_verification("2021-05-02 10:01", FIRST_LINK)
    night(stage, "2021-05-02 10:05")
    record = show(stage, 1)
    assert record["state"] == "submitted"
    assert clock("2021-05-02 10:01") == instant(record["link_received_at"])
    assert record["link_trust"] == "genuine"
    assert FIRST_LINK not in "".join(done.out + done.err for done in stage.done)
    assert any("link" in asked.value["message"] for asked in stage.pager.asked[1:])
    assert stage("link", 1).out.strip() == FIRST_LINK
    yield "10:05: the verification mail is in, genuine by its signature; the link waits for a person"
    stage("confirm", 1, at="2021-05-02 12:05")
    stage.accept("2021-05-02 13:45")
    stage.list_address(listed=False)
    night(stage, "2021-05-03 05:20")
    record = show(stage, 1)
    assert (record["state"], record["time_to_effect"]) == ("cleared", "PT1H40M")
    # The address is off the list: mail arrives again.
    assert [kept.to for kept in stage.relay.mails] == [("hanako@example.jp",)]
    assert all(kept.is_secured and kept.user for kept in stage.relay.mails)
    yield "3 May: the log has seen the first delivery, 1 h 40 min after the link; told by mail again"


def half_a_year(stage: Stage) -> Iterator[str]:
    """Nothing for months; then the window is near, and is told at each stage once."""
    sent = len(stage.relay.mails)
    for at in ("2021-06-15 05:20", "2021-10-18 05:20"):
        night(stage, at)
    assert len(stage.relay.mails) == sent
    stages = ("2021-10-19 05:20", "2021-10-20 05:20", "2021-10-26 05:20", "2021-10-27 05:20", "2021-11-01 05:20")
    for at in stages:
        night(stage, at)
    subjects = [str(kept.mail["subject"]) for kept in stage.relay.mails[sent:]]
    assert len(subjects) == 3, subjects
    assert all("exclusion ends" in subject for subject in subjects)
    calendar = stage("calendar", at="2021-11-01 08:00").out
    assert "DTSTART;VALUE=DATE:20211102" in calendar
    yield "19 October to 1 November: the window of 2 November is told two weeks, one week and one day ahead"


def second_removal(stage: Stage) -> Iterator[str]:
    """The address is back, to the day; the same once more."""
    before = len(stage.pager.asked)
    stage.list_address(listed=True)
    night(stage, "2021-11-02 05:20")
    assert show(stage, 1)["state"] == "relisted"
    assert "listed again" in stage.pager.asked[before].value["message"]
    yield "2 November: listed again, exactly six months later, and told at once"
    stage("submit", ADDRESS, at="2021-11-02 09:00")
    stage.post_verification("2021-11-02 09:01", SECOND_LINK)
    night(stage, "2021-11-02 09:05")
    assert stage("link", 2).out.strip() == SECOND_LINK
    stage("confirm", 2, at="2021-11-02 09:10")
    stage.list_address(listed=False)
    night(stage, "2021-11-03 05:20")
    record = show(stage, 2)
    assert (record["state"], record["attempt"]) == ("cleared", 2)
    assert [window["on"] for window in record["windows"]] == ["2022-05-02", "2022-11-02"]
    calendar = stage("calendar", at="2021-11-03 08:00").out
    assert calendar.count("STATUS:CANCELLED") >= 1
    assert "DTSTART;VALUE=DATE:20220502" in calendar
    yield "3 November: the second request is cleared; its windows are in the calendar, the old ones are cancelled"


def quiet_nights(stage: Stage) -> Iterator[str]:
    """Nothing happens any more, and nothing is said."""
    sent, asked = len(stage.relay.mails), len(stage.pager.asked)
    night(stage, "2021-11-04 05:20")
    night(stage, "2022-01-15 05:20")
    assert (len(stage.relay.mails), len(stage.pager.asked)) == (sent, asked)
    assert stage.done[-1].out == ""
    told = json.loads(stage("status", "--json", at="2022-01-15 08:00").out)
    assert (told["listed"], told["waiting"]) == ([], [])
    yield "January 2022: quiet again"


def night(stage: Stage, at: str) -> None:
    """Let the nightly run do all it does, as of a local time."""
    stage("run", at=at)


def due(stage: Stage, at: str) -> list[dict[str, Any]]:
    """Return the reminders that are due at a local time."""
    reminders: list[dict[str, Any]] = stage("due", "--json", at=at).value["reminders"]
    return reminders


def show(stage: Stage, number: int) -> dict[str, Any]:
    """Return a request."""
    record: dict[str, Any] = stage("show", number, "--json").value
    return record


def instant(text: str) -> datetime:
    """Return the instant of a JSON field."""
    return datetime.fromisoformat(text)
