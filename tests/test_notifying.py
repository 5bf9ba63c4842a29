"""Notices: claimed before they are sent, told once to each person, never twice silently and never lost."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert

from delist.actions import steps
from delist.actions.addresses import forget
from delist.actions.desk import case_for, writing
from delist.actions.notifying import lock, run, trying
from delist.actions.notifying import run as notify_run
from delist.actions.notifying.run import Told
from delist.actions.notifying.sending import Parcel
from delist.actions.scanning.recording import tell
from delist.errors import NotFound, OutsideFailed, SetupError
from delist.notify.values import Outcome, Sent
from delist.rules.history import Source
from delist.rules.listings import Seen
from delist.rules.lists import ListKind
from delist.rules.moments import moment_of
from delist.rules.notices.values import Part, Written
from delist.rules.wording import Facts
from delist.settings import Login, Notify
from delist.show.notices import message
from delist.store import notices, reads, tables
from delist.store.engine import Tx
from delist.tools import Tools, new_uid
from tests import letters
from tests.conftest import NOW, Run, at, fine

HANAKO, TARO = "hanako@example.jp", "taro@example.jp"
SENT = Sent(Outcome.SENT)
FAILED = Sent(Outcome.FAILED, "the relay answered 554")
UNSURE = Sent(Outcome.UNSURE, "no answer within 30 s")
ADDRESS = "203.0.113.7"


class Outside:
    """The world outside: keeps what was sent to whom, and answers as it is told."""

    def __init__(self, **answers: Sent) -> None:
        self.answers = {name.replace("_at_", "@").replace("_", "."): sent for name, sent in answers.items()}
        self.sent: list[tuple[str, Parcel]] = []

    def __call__(self, parcel: Parcel, name: str) -> Sent:
        self.sent.append((name, parcel))
        return self.answers.get(name, SENT)

    @property
    def texts(self) -> dict[str, str]:
        return {name: parcel.written.text for name, parcel in self.sent}

    def to(self, name: str) -> list[Parcel]:
        return [parcel for whom, parcel in self.sent if whom == name]


def notified(tools: Tools, outside: Outside | None = None, on: datetime = NOW) -> Outside:
    found = outside or Outside()
    told(tools, found, on)
    return found


def told(tools: Tools, outside: Callable[[Parcel, str], Sent], on: datetime = NOW) -> Told:
    return run.notify(at(tools, on), lambda digest: message.written(digest, tools.zone), outside)


def with_notify(tools: Tools, **values: Any) -> Tools:
    return replace(tools, settings=replace(tools.settings, notify=Notify(**{"to": (TARO,), "timeout": 2.0, **values})))


@pytest.fixture
def tools(tools: Tools) -> Tools:
    # A relay elsewhere: nothing is known of the addresses from which it sends.
    settings = replace(tools.settings, smtp=Login("mail.example.jp"))
    return with_notify(replace(tools, settings=settings))


@pytest.fixture
def listed(run: Run, tools: Tools) -> Tools:
    assert run("observe", ADDRESS, "spamhaus-css", "listed", "--on", "2026-11-24", with_tools=tools).code == 0
    return tools


def rows(tools: Tools, select: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(tools.database)) as connection:
        return connection.execute(select).fetchall()


def states(tools: Tools) -> list[str]:
    return [row[0] for row in rows(tools, "SELECT state FROM notices ORDER BY id")]


def found(tools: Tools, address: str, seen: Seen, on: datetime = NOW, source: Source = Source.CHECK) -> None:
    """Record that delist itself found an address listed or clear."""
    with writing(at(tools, on)) as desk:
        desk = replace(desk, source=source)
        tell(desk, case_for(desk, address, "spamhaus-css"), seen, moment_of(on, tools.zone), {})


def add_mail(tools: Tools, address: str | None, **values: Any) -> None:
    """Keep a mail as if it had been taken in."""
    uid = new_uid(NOW)
    row = {
        "uid": uid, "message_key": uid, "list_key": "spamhaus-pbl", "number": None, "kind": "link", "trust": "genuine",
        "why": "signed", "said": None, "sender": "pbl@spamhaus.org", "subject": "Removal", "text": "",
        "received_at": NOW, "expires_at": None, "kept_at": NOW, "source": "file", **values,
    }  # fmt: skip
    with writing(tools) as desk:
        known = reads.address(desk.tx, address) if address else None
        desk.tx.execute(insert(tables.mails).values(address_id=known.id if known else None, **row))


# --- once --------------------------------------------------------------------------------------


def test_what_is_due_is_told_once_however_often_notify_runs(listed: Tools) -> None:
    outside = Outside()
    for _ in range(10):
        notified(listed, outside)
    [(name, parcel)] = outside.sent
    assert name == TARO
    assert f"{ADDRESS}  spamhaus-css  listed since 2026-11-24" in parcel.written.text
    assert parcel.written.subject == f"[delist] {ADDRESS}: listed since 2026-11-24 (spamhaus-css)"
    assert states(listed) == ["sent"]


def test_the_next_stage_is_told_a_week_later(listed: Tools) -> None:
    outside = Outside()
    for days in range(60):
        notified(listed, outside, NOW + timedelta(days=days))
    assert len(outside.sent) == 8


def test_put_off_it_is_told_anew_on_that_day(listed: Tools, run: Run) -> None:
    outside = notified(listed)
    assert run("snooze", ADDRESS, "--until", "2026-11-27", with_tools=listed).code == 0
    assert len(notified(listed, outside, NOW + timedelta(days=2)).sent) == 1
    assert len(notified(listed, outside, NOW + timedelta(days=3)).sent) == 2


def test_nothing_to_tell_sends_nothing_and_is_kept_as_a_step(tools: Tools) -> None:
    assert notified(tools).sent == []
    [(detail,)] = rows(tools, "SELECT detail FROM runs WHERE kind = 'notify'")
    assert '"sent":0' in detail


def test_nothing_is_created_where_nothing_is_recorded(tools: Tools) -> None:
    tools.database.unlink()
    assert notified(tools).sent == []
    assert list(tools.database.parent.glob("delist.db*")) == []


def test_an_address_that_was_forgotten_leaves_no_claim(listed: Tools) -> None:
    notified(listed)
    forget(listed, ADDRESS)
    assert rows(listed, "SELECT * FROM told") == []


# --- persons -----------------------------------------------------------------------------------


def test_each_person_gets_one_message_with_sections_by_site(tools: Tools, run: Run) -> None:
    tools = with_notify(tools, owners={"Hanako": (HANAKO, "pager")}, channels={"pager": "json://localhost"})
    addresses = {"203.0.113.1": ("Hanako", "osaka"), "203.0.113.2": ("Hanako", "tokyo"), "203.0.113.3": (None, "kobe"),
                 "203.0.113.4": ("jiro@example.jp", None)}  # fmt: skip
    for address, (owner, site) in addresses.items():
        run("observe", address, "spamhaus-css", "listed", "--on", "2026-11-24", with_tools=tools)
        words = [each for name, value in (("--owner", owner), ("--site", site)) if value for each in (name, value)]
        assert run("address", "set", address, *words, with_tools=tools).code == 0
    outside = notified(tools)
    assert sorted(name for name, _ in outside.sent) == [HANAKO, "jiro@example.jp", "pager", TARO]
    text = outside.texts[HANAKO]
    assert text.index("Site osaka") < text.index("203.0.113.1") < text.index("Site tokyo") < text.index("203.0.113.2")
    assert "203.0.113.3" not in text
    assert "203.0.113.3" in outside.texts[TARO]
    assert "203.0.113.4" in outside.texts["jiro@example.jp"]


def test_a_title_in_letters_of_two_columns_is_underlined_whole(listed: Tools, run: Run) -> None:
    run("address", "set", ADDRESS, "--site", "東京A", with_tools=listed)
    [parcel] = notified(listed).to(TARO)
    assert parcel.written.text.startswith(f"Site 東京A\n{'-' * 10}\n")


def test_the_markup_tells_fields_and_commands_apart(listed: Tools) -> None:
    [parcel] = notified(listed).to(TARO)
    assert f"<li><b>due · {ADDRESS} · spamhaus-css</b>: listed since" in parcel.written.html
    assert f"<code>delist text {ADDRESS} -l spamhaus-css</code>" in parcel.written.html
    assert "`" not in parcel.written.html
    assert "prefers-color-scheme: dark" in parcel.written.html


def test_many_equal_reminders_fold_into_one_line(tools: Tools, run: Run) -> None:
    for number in range(1, 8):
        run("observe", f"203.0.113.{number}", "spamhaus-css", "listed", "--on", "2026-11-24", with_tools=tools)
    [parcel] = notified(tools).to(TARO)
    assert "7 addresses  spamhaus-css" in parcel.written.text
    assert "203.0.113.4" not in parcel.written.text
    assert parcel.written.subject == "[delist] 7 things to do"


def test_nobody_named_is_a_wrong_configuration_that_says_what_to_set(listed: Tools) -> None:
    with pytest.raises(SetupError, match=r"\[notify\] to"):
        notified(with_notify(listed, to=()))
    assert states(listed) == []


def test_what_concerns_nobody_is_said_and_keeps_nobody_from_being_told_of_theirs(listed: Tools, run: Run) -> None:
    tools = with_notify(listed, to=(), owners={"Hanako": (HANAKO,)})
    run("observe", "203.0.113.99", "spamhaus-css", "listed", "--on", "2026-11-24", with_tools=tools)
    run("address", "set", "203.0.113.99", "--owner", "Hanako", with_tools=tools)
    outside = Outside()
    error = notify_run.failure(told(tools, outside))
    [parcel] = outside.to(HANAKO)
    assert "203.0.113.99" in parcel.written.text
    assert ADDRESS not in parcel.written.text
    assert isinstance(error, SetupError)
    assert str(error).startswith(f"nobody is named who could be told of {ADDRESS}: set [notify] to")
    # Whoever is named later is told of it then.
    later = notified(with_notify(tools, to=(TARO,), owners={"Hanako": (HANAKO,)}))
    assert [name for name, _ in later.sent] == [TARO]
    assert ADDRESS in later.texts[TARO]


def test_a_trouble_of_which_nobody_could_be_told_is_none_any_more_once_it_is_over(listed: Tools, run: Run) -> None:
    run("address", "set", ADDRESS, "--owner", "Hanako", with_tools=listed)
    tools = with_notify(listed, to=(), owners={"Hanako": (HANAKO,)})
    steps.note(tools, "mail", NOW, {}, OutsideFailed("the server hung up"))
    error = notify_run.failure(told(tools, Outside()))
    assert str(error).startswith("nobody is named who could be told of what delist does by itself")
    steps.note(tools, "mail", NOW, {})
    assert notify_run.failure(told(tools, Outside())) is None


def test_the_contact_is_told_where_nobody_else_is_named(listed: Tools) -> None:
    settings = replace(listed.settings, contact=Facts(email=HANAKO), notify=Notify())
    assert [name for name, _ in notified(replace(listed, settings=settings)).sent] == [HANAKO]


def test_a_sender_that_is_missing_is_said_before_anything_is_claimed(listed: Tools) -> None:
    with pytest.raises(SetupError, match=r"\[notify\] from"):
        run.notify(listed, lambda digest: message.written(digest, listed.zone))
    assert states(listed) == []


# --- what has changed --------------------------------------------------------------------------


def test_what_delist_found_is_told_and_what_a_person_recorded_is_not(tools: Tools, run: Run) -> None:
    notified(tools)
    found(tools, ADDRESS, Seen.CLEAR)
    run("observe", "203.0.113.8", "spamhaus-css", "clear", with_tools=tools)
    [parcel] = notified(tools).to(TARO)
    assert f"{ADDRESS}  spamhaus-css  seen off the list" in parcel.written.text
    assert "203.0.113.8" not in parcel.written.text
    assert notified(tools).sent == []


def test_a_listing_that_a_reminder_tells_is_not_told_twice(tools: Tools) -> None:
    notified(tools)
    found(tools, ADDRESS, Seen.LISTED)
    [parcel] = notified(tools).to(TARO)
    assert parcel.written.text.count(ADDRESS + "  ") == 1
    assert "Changed" not in parcel.written.text
    assert len(rows(tools, "SELECT key FROM told")) == 2


def test_a_clearing_found_by_a_check_is_told_with_its_request(tools: Tools, run: Run) -> None:
    sent_on = "2026-11-23T10:00"
    run("submit", ADDRESS, "-l", "spamhaus-css", "--on", sent_on, "--confirmed", sent_on, with_tools=tools)
    notified(tools)
    found(tools, ADDRESS, Seen.CLEAR, source=Source.LOG)
    [parcel] = notified(tools).to(TARO)
    assert f"{ADDRESS}  spamhaus-css  cleared, 2026-11-24 12:00 +09:00 (request 1)" in parcel.written.text
    assert parcel.written.subject == f"[delist] {ADDRESS}: cleared on spamhaus-css"


def test_what_was_taken_back_is_not_told(tools: Tools, run: Run) -> None:
    sent_on = "2026-11-23T10:00"
    run("submit", ADDRESS, "-l", "spamhaus-css", "--on", sent_on, "--confirmed", sent_on, with_tools=tools)
    notified(tools)
    found(tools, ADDRESS, Seen.CLEAR)
    assert run("undo", 1, with_tools=tools).code == 0
    assert "cleared" not in str(notified(tools).texts)


@pytest.mark.parametrize("fails", [True, False])
def test_a_change_is_told_however_long_nobody_could_be(listed: Tools, fails: bool) -> None:
    notified(listed)
    found(listed, ADDRESS, Seen.CLEAR, NOW + timedelta(hours=1))
    if fails:
        for days in range(1, 50, 12):
            notified(listed, Outside(taro_at_example_jp=FAILED), NOW + timedelta(days=days))
    outside = notified(listed, on=NOW + timedelta(days=60))
    assert "seen off the list" in outside.texts[TARO]
    assert "seen off the list" not in notified(listed, on=NOW + timedelta(days=60, hours=1)).texts.get(TARO, "")


def test_a_rehearsal_of_a_later_day_does_not_hide_what_happens_today(tools: Tools) -> None:
    notified(tools, on=NOW + timedelta(days=90))
    found(tools, ADDRESS, Seen.LISTED)
    found(tools, ADDRESS, Seen.CLEAR)
    assert "seen off the list" in notified(tools, on=NOW + timedelta(hours=1)).texts[TARO]


def test_what_happened_long_before_the_first_notice_is_no_news(tools: Tools) -> None:
    found(tools, ADDRESS, Seen.CLEAR, NOW - timedelta(days=2))
    found(tools, "203.0.113.8", Seen.CLEAR, NOW - timedelta(hours=20))
    [parcel] = notified(tools).to(TARO)
    assert ADDRESS + "  " not in parcel.written.text
    assert "203.0.113.8" in parcel.written.text


# --- mails -------------------------------------------------------------------------------------


def test_a_mail_that_pretends_is_told_with_a_warning_and_without_its_links(tools: Tools, run: Run) -> None:
    run("address", "add", ADDRESS, with_tools=tools)
    link = "https://spamhaus.example.net/verify?token=abcdefghijklmnop"
    add_mail(tools, ADDRESS, trust="rejected", why="foreign-sender", subject=f"Act now {link}\x1b[31m")
    [parcel] = notified(tools).to(TARO)
    assert "a mail that is not what it seems" in parcel.written.text
    assert "REJECTED: its sender is not the list's" in parcel.written.text
    assert "https://spamhaus.example.net/***" in parcel.written.text
    for part in ("token", "abcdefghijklmnop", "\x1b"):
        assert part not in parcel.written.text + parcel.written.html + parcel.written.subject


def test_an_unverified_decision_is_told_and_says_so(tools: Tools, run: Run) -> None:
    run("submit", ADDRESS, "--on", "2026-11-24T10:00", with_tools=tools)
    add_mail(tools, ADDRESS, number=1, kind="decision", trust="unverified", why="no-result", said="not-qualified")
    [parcel] = notified(tools).to(TARO)
    assert "a mail says not qualified" in parcel.written.text
    assert "UNVERIFIED: it has no signature" in parcel.written.text
    assert "it has changed nothing by itself" in parcel.written.text
    assert notified(tools).sent == []


def test_the_subject_of_a_link_begins_with_the_link_and_says_that_it_is_unverified(tools: Tools, run: Run) -> None:
    run("submit", ADDRESS, "--on", "2026-11-24T10:00", with_tools=tools)
    letter = letters.pbl(ADDRESS, "https://check.spamhaus.org/removal/?token=abcdefgh").decode()
    run("mail", "-", "--on", "2026-11-24T11:00", with_tools=tools, stdin=letter)
    [parcel] = notified(tools).to(TARO)
    told = "a link came by mail, UNVERIFIED, 2026-11-24 11:00 +09:00 (spamhaus-pbl)"
    assert parcel.written.subject == f"[delist] {ADDRESS}: {told}"


def test_the_subject_of_an_unverified_mail_without_a_request_says_so_too(tools: Tools, run: Run) -> None:
    run("address", "add", ADDRESS, with_tools=tools)
    add_mail(tools, ADDRESS, trust="unverified", why="no-result")
    [parcel] = notified(tools).to(TARO)
    assert parcel.written.subject == f"[delist] {ADDRESS}: a link has come by mail, UNVERIFIED"


def test_a_forged_mail_about_nobody_and_a_receipt_are_not_told(tools: Tools) -> None:
    add_mail(tools, None, trust="rejected", why="foreign-sender")
    add_mail(tools, None, kind="receipt")
    assert notified(tools).sent == []


def test_a_flood_of_forged_mails_is_one_line(tools: Tools, run: Run) -> None:
    run("address", "add", ADDRESS, with_tools=tools)
    for _ in range(200):
        add_mail(tools, ADDRESS, trust="rejected", why="foreign-sender")
    [parcel] = notified(tools).to(TARO)
    assert "200 times: a mail that is not what it seems" in parcel.written.text


# --- troubles ----------------------------------------------------------------------------------


def test_a_trouble_is_told_when_it_begins_and_when_it_ends(tools: Tools) -> None:
    outside = Outside()
    for day, error in enumerate((None, "cannot read /var/log/mail.log", "still not", None, None)):
        on = NOW + timedelta(days=day)
        steps.note(at(tools, on), "scan", on, {}, OutsideFailed(error) if error else None)
        notified(tools, outside, on)
    begun, ended = outside.to(TARO)
    assert (
        "reading the mail log fails since 2026-11-25 12:00 +09:00\n    cannot read /var/log/mail.log"
        in begun.written.text
    )
    assert "reading the mail log works again since 2026-11-27 12:00 +09:00" in ended.written.text


def test_a_trouble_that_ended_before_anybody_heard_of_it_is_not_told(tools: Tools) -> None:
    steps.note(tools, "mail", NOW, {}, OutsideFailed("timed out"))
    steps.note(tools, "mail", NOW, {})
    assert notified(tools).sent == []


def test_notices_that_could_not_be_sent_are_a_trouble_too(listed: Tools) -> None:
    outside = Outside(taro_at_example_jp=FAILED)
    assert run.failure(told(listed, outside)) is not None
    outside.answers.clear()
    text = notified(listed, outside, NOW + timedelta(hours=1)).to(TARO)[-1].written.text
    assert "sending notices fails since" in text
    assert "the relay answered 554" in text


# --- what fails, and what is unsure ------------------------------------------------------------


def test_what_certainly_was_not_sent_is_told_by_the_next_run_without_a_mark(listed: Tools) -> None:
    outside = Outside(taro_at_example_jp=FAILED)
    assert [each.why for each in told(listed, outside).failed] == ["the relay answered 554"]
    outside.answers.clear()
    again = notified(listed, outside).to(TARO)[-1]
    assert ADDRESS in again.written.text
    assert "Perhaps" not in again.written.text
    assert states(listed) == ["failed", "sent"]


def test_what_may_have_been_sent_is_told_once_more_and_says_so(listed: Tools) -> None:
    outside = Outside(taro_at_example_jp=UNSURE)
    assert told(listed, outside).failed[0].outcome is Outcome.UNSURE
    outside.answers.clear()
    for _ in range(3):
        notified(listed, outside, NOW + timedelta(hours=1))
    first, again, works_again = outside.to(TARO)
    assert "Perhaps told before" not in first.written.text
    assert ADDRESS not in works_again.written.text
    assert again.written.subject == "[delist] sending notices fails; perhaps told before: 1"
    assert "Perhaps told before\n" in again.written.text
    assert "The sending of 2026-11-24 12:00 +09:00 was cut short" in again.written.text
    assert ADDRESS in again.written.text
    assert states(listed) == ["unsure", "sent", "sent"]


def test_what_was_perhaps_told_before_is_told_by_site_too(tools: Tools, run: Run) -> None:
    for address, site in (("203.0.113.1", "osaka"), ("203.0.113.2", "tokyo"), ("203.0.113.3", "osaka")):
        run("observe", address, "spamhaus-css", "listed", "--on", "2026-11-24", with_tools=tools)
        run("address", "set", address, "--site", site, with_tools=tools)
    outside = Outside(taro_at_example_jp=UNSURE)
    notified(tools, outside)
    outside.answers.clear()
    text = notified(tools, outside).to(TARO)[-1].written.text
    places = [text.index(part) for part in (
        "Perhaps told before: site osaka", "was cut short", "203.0.113.1", "203.0.113.3",
        "Perhaps told before: site tokyo", "203.0.113.2",
    )]  # fmt: skip
    assert places == sorted(places)
    assert text.count("was cut short") == 1


def test_a_message_of_repetitions_alone_says_so_in_its_subject(listed: Tools) -> None:
    outside = Outside(taro_at_example_jp=UNSURE)
    notified(listed, outside)
    # The failure of that run has ended before anybody heard of it.
    steps.note(listed, "notify", NOW, {})
    outside.answers.clear()
    subject = notified(listed, outside).to(TARO)[-1].written.subject
    assert subject == f"[delist] perhaps told before: {ADDRESS}: listed since 2026-11-24 (spamhaus-css)"


def test_a_run_that_is_cut_off_leaves_it_unsure_and_the_next_one_tells_it_again(listed: Tools) -> None:
    class Killed(BaseException):
        pass

    def killed(_parcel: Parcel, _name: str) -> Sent:
        raise Killed

    with pytest.raises(Killed):
        told(listed, killed)
    assert states(listed) == ["sending"]
    outside = Outside()
    [cut] = told(listed, outside, NOW + timedelta(days=1)).cut_off
    assert (cut.recipient, cut.claimed_at) == (TARO, NOW)
    assert "Perhaps told before" in outside.texts[TARO]
    assert states(listed) == ["unsure", "sent"]
    assert told(listed, outside, NOW + timedelta(days=1)).cut_off == ()


def test_one_that_was_told_of_a_change_unsurely_is_told_again_a_year_later(tools: Tools) -> None:
    notified(tools)
    found(tools, ADDRESS, Seen.CLEAR)
    notified(tools, Outside(taro_at_example_jp=UNSURE))
    outside = notified(tools, on=NOW + timedelta(days=365))
    assert "Perhaps told before" in outside.texts[TARO]
    assert f"{ADDRESS}  spamhaus-css  seen off the list" in outside.texts[TARO]


def test_one_that_fails_keeps_nobody_else_from_being_told(tools: Tools, run: Run) -> None:
    tools = with_notify(tools, to=(TARO, HANAKO, "pager"), channels={"pager": "json://localhost"})
    run("observe", ADDRESS, "spamhaus-css", "listed", with_tools=tools)
    came = told(tools, Outside(taro_at_example_jp=FAILED, pager=UNSURE))
    assert {each.digest.recipient: each.outcome for each in came.deliveries} == {
        TARO: Outcome.FAILED,
        HANAKO: Outcome.SENT,
        "pager": Outcome.UNSURE,
    }


def test_an_error_of_the_channel_is_told_and_no_bug(listed: Tools) -> None:
    def refuses(_parcel: Parcel, _name: str) -> Sent:
        raise SetupError("the extra is missing")

    [failed] = told(listed, refuses).failed
    assert (failed.outcome, failed.why) == (Outcome.FAILED, "the extra is missing")


# --- the way round -----------------------------------------------------------------------------


def test_a_mail_that_failed_goes_the_second_way_and_says_why(listed: Tools) -> None:
    tools = with_notify(listed, second=("pager",), channels={"pager": "json://localhost"})
    outside = Outside(taro_at_example_jp=FAILED)
    came = told(tools, outside)
    assert [(each.channel, each.outcome) for each in came.deliveries] == [
        ("mail", Outcome.FAILED),
        ("pager", Outcome.SENT),
    ]
    assert outside.texts["pager"].startswith(
        f"This is for {TARO} and came this way instead: mail to them failed, the relay answered 554."
    )
    outside.answers.clear()
    steps.note(tools, "notify", NOW, {})
    assert len(notified(tools, outside).sent) == 2


def test_what_stops_a_run_loses_nothing_of_what_had_begun(listed: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = tuple(f"person{number}@example.jp" for number in range(20))
    outside, may_end = Outside(), threading.Event()
    end, signals = notices.end, [SystemExit(143)]

    def first_is_stopped(tx: Tx, uid: str, state: str, at: datetime, why: str | None) -> None:
        if signals:
            raise signals.pop()
        may_end.set()
        end(tx, uid, state, at, why)

    def slow(parcel: Parcel, name: str) -> Sent:
        came = outside(parcel, name)
        if name != everybody[0]:
            may_end.wait(30)
        return came

    monkeypatch.setattr(notices, "end", first_is_stopped)
    with pytest.raises(SystemExit):
        told(with_notify(listed, to=everybody), slow)
    begun = len(outside.sent)
    assert begun < 10
    assert (states(listed).count("sent"), states(listed).count("failed")) == (begun, 20 - begun)
    notified(with_notify(listed, to=everybody), outside)
    assert sorted(name for name, _ in outside.sent) == sorted(everybody)
    assert not any("Perhaps" in parcel.written.text for _, parcel in outside.sent)


def test_a_database_that_is_locked_for_a_while_forgets_nothing_that_was_sent(
    listed: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, locked = notices.end, [SetupError("locked")]

    def locked_once(tx: Tx, uid: str, state: str, at: datetime, why: str | None) -> None:
        if locked:
            raise locked.pop()
        end(tx, uid, state, at, why)

    monkeypatch.setattr(notices, "end", locked_once)
    both_begun = threading.Barrier(2)

    def sent(parcel: Parcel, name: str) -> Sent:
        both_begun.wait(30)
        return SENT

    with pytest.raises(SetupError, match="locked"):
        told(with_notify(listed, to=(TARO, HANAKO)), sent)
    assert states(listed) == ["sent", "sent"]


def test_a_rehearsal_says_what_would_keep_the_real_one_from_sending(listed: Tools) -> None:
    write = partial(message.written, zone=listed.zone)
    for does in (partial(run.rehearsed, listed, write), partial(run.notify, listed, write)):
        with pytest.raises(SetupError, match="need a sender"):
            does()


def test_of_several_second_ways_one_that_works_is_enough(listed: Tools) -> None:
    channels = dict.fromkeys(("pager", "chat"), "json://localhost")
    tools = listed_relay(listed, second=("pager", "chat"), channels=channels)
    [delivery] = told(tools, Outside(pager=FAILED)).deliveries
    assert delivery.outcome is Outcome.SENT


def test_nobody_is_told_of_changes_of_an_address_that_was_given_up(listed: Tools, run: Run) -> None:
    found(listed, ADDRESS, Seen.CLEAR)
    fine(run("address", "retire", ADDRESS, with_tools=listed))
    assert notified(listed).sent == []


def test_where_the_second_way_fails_mail_is_tried_after_all(listed: Tools) -> None:
    tools = listed_relay(listed, second=("pager",), channels={"pager": "json://localhost"})
    outside = Outside(pager=FAILED)
    came = told(tools, outside)
    assert [(each.channel, each.outcome) for each in came.deliveries] == [
        ("pager", Outcome.FAILED),
        ("mail", Outcome.SENT),
    ]
    assert outside.texts[TARO].startswith("WARNING")
    assert "came this way instead" not in outside.texts[TARO]


def test_a_mail_that_may_have_arrived_does_not_go_the_second_way(listed: Tools) -> None:
    tools = with_notify(listed, second=("pager",), channels={"pager": "json://localhost"})
    assert [name for name, _ in notified(tools, Outside(taro_at_example_jp=UNSURE)).sent] == [TARO]


def listed_relay(tools: Tools, **values: Any) -> Tools:
    return with_notify(tools, sends_from=(ADDRESS,), **values)


def test_a_listed_relay_is_said_first_and_the_second_way_is_taken(listed: Tools) -> None:
    tools = listed_relay(listed, second=("pager",), channels={"pager": "json://localhost"})
    outside = Outside()
    came = told(tools, outside)
    assert [name for name, _ in outside.sent] == ["pager"]
    first, second = outside.texts["pager"].splitlines()[:3:2]
    assert first.startswith(
        f"WARNING: the relay of these notices sends from {ADDRESS}, which is listed on Spamhaus CSS"
    )
    assert second == f"This is for {TARO} and came this way instead."
    assert [(each.address, each.list) for each in came.relay] == [(ADDRESS, "Spamhaus CSS")]
    assert notified(tools).sent == []


def test_without_a_second_way_a_listed_relay_is_used_and_the_mail_says_so(listed: Tools) -> None:
    outside = notified(listed_relay(listed))
    assert outside.texts[TARO].startswith("WARNING")


def test_a_list_that_blocks_nobody_does_not_hold_the_relay(tools: Tools, run: Run) -> None:
    fine(run("observe", ADDRESS, "dnswl", "listed", with_tools=tools))
    assert tools.catalogue.get("dnswl").kind is ListKind.ALLOW
    assert told(listed_relay(tools), Outside()).relay == ()


def test_a_network_that_is_listed_holds_the_relay(tools: Tools, run: Run) -> None:
    run("observe", "203.0.113.0/24", "spamhaus-sbl", "listed", with_tools=tools)
    [relay] = told(listed_relay(tools), Outside()).relay
    assert relay.list == "Spamhaus SBL"


def test_a_relay_here_sends_from_the_addresses_of_this_host_and_ones_own(
    listed: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delist.machine.own_addresses", lambda: ["203.0.113.99"])
    settings = replace(listed.settings, own=(ADDRESS, "198.51.100.0/24"), smtp=Login("127.0.0.1"))
    assert [each.address for each in told(replace(listed, settings=settings), Outside()).relay] == [ADDRESS]
    elsewhere = replace(settings, smtp=Login("192.0.2.25"))
    assert told(replace(listed, settings=elsewhere), Outside()).relay == ()


# --- two at once, and time ---------------------------------------------------------------------


def test_a_second_process_waits_for_the_first_and_says_so_when_it_takes_too_long(listed: Tools) -> None:
    handle = os.open(listed.database.with_name("delist.db.notify"), os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(SetupError, match="another process has been sending"):
            notified(with_notify(listed, timeout=0.2))
    finally:
        os.close(handle)
    assert len(notified(listed).sent) == 1


def test_two_at_once_tell_everything_once(listed: Tools) -> None:
    outside = Outside()
    begun = threading.Event()

    def slow(parcel: Parcel, name: str) -> Sent:
        begun.set()
        time.sleep(0.3)
        return outside(parcel, name)

    first = threading.Thread(target=told, args=(listed, slow))
    first.start()
    begun.wait()
    told(listed, outside)
    first.join()
    assert len(outside.sent) == 1


def test_one_that_hangs_keeps_nobody_else_waiting(tools: Tools, run: Run) -> None:
    tools = with_notify(tools, to=(TARO, HANAKO))
    run("observe", ADDRESS, "spamhaus-css", "listed", with_tools=tools)
    hanako_was_told = threading.Event()

    def send(_parcel: Parcel, name: str) -> Sent:
        if name == HANAKO:
            hanako_was_told.set()
            return SENT
        # Ends only if the other is sent meanwhile.
        assert hanako_was_told.wait(20)
        return UNSURE

    assert len(told(tools, send).failed) == 1


def test_nothing_is_open_while_it_is_sent(listed: Tools) -> None:
    def send(_parcel: Parcel, _name: str) -> Sent:
        with closing(sqlite3.connect(listed.database, timeout=0, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        return SENT

    assert told(listed, send).failed == ()


# --- rehearsing, trying ------------------------------------------------------------------------


@pytest.mark.parametrize(("second", "end"), [(SENT, "554; it was told another way"), (FAILED, "554")])
def test_a_notice_that_fails_is_one_however_many_ways_were_tried(listed: Tools, second: Sent, end: str) -> None:
    tools = with_notify(listed, second=("pager",), channels={"pager": "json://127.0.0.1:9/"})
    error = notify_run.failure(told(tools, Outside(taro_at_example_jp=FAILED, pager=second)))
    assert str(error) == f"a notice could not be sent: the relay answered {end}"


def test_a_rehearsal_after_a_crash_tells_what_would_be_repeated_and_leaves_it_so(listed: Tools) -> None:
    tools = with_notify(listed, sender="delist@example.jp")
    notified(tools)
    with closing(sqlite3.connect(tools.database)) as connection:
        connection.execute("UPDATE notices SET state = 'sending', ended_at = NULL")
        connection.commit()
    write = partial(message.written, zone=tools.zone)
    came = run.rehearsed(tools, write)
    assert [each.repeats for each in came.deliveries] == [1]
    assert [each.state for each in came.cut_off] == ["unsure"]
    assert states(tools) == ["sending"]
    # While somebody is sending, it is not cut off.
    with lock.only_one(tools, 1):
        assert run.rehearsed(tools, write).deliveries == ()


def test_a_rehearsal_tells_what_would_be_sent_and_keeps_nothing(listed: Tools) -> None:
    tables = ("notices", "told", "runs")
    tools = with_notify(listed, sender="delist@example.jp")
    came = run.rehearsed(tools, lambda digest: message.written(digest, listed.zone))
    [only] = came.deliveries
    assert (only.digest.recipient, only.outcome, only.count(Part.REMINDERS)) == (TARO, None, 1)
    assert [rows(listed, f"SELECT count(*) FROM {table}") for table in tables] == [[(0,)]] * 3
    assert len(notified(listed).sent) == 1


def test_a_trial_goes_to_everybody_and_claims_nothing(listed: Tools) -> None:
    tools = with_notify(listed, owners={"Hanako": (HANAKO,)}, second=("pager",), channels={"pager": "json://localhost"})
    outside = Outside()
    came = trying.tried(tools, Written("s", "t", "h"), None, outside)
    assert [each.digest.recipient for each in came.deliveries] == [TARO, HANAKO, "pager"]
    assert states(tools) == []


def test_a_trial_to_one_names_a_channel_that_is_close(tools: Tools) -> None:
    tools = with_notify(tools, channels={"pager": "json://localhost"})
    with pytest.raises(NotFound, match="did you mean 'pager'"):
        trying.tried(tools, Written("s", "t", "h"), "pagr", Outside())
    outside = Outside()
    trying.tried(tools, Written("s", "t", "h"), "jiro@example.org", outside)
    assert [name for name, _ in outside.sent] == ["jiro@example.org"]
