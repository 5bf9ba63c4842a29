"""`delist notify` as a person uses it: a real relay and a real web service on loopback, and what is printed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from delist.rules.notices.values import Digest, Item, Place
from delist.rules.reminders import Kind, Reminder
from delist.settings import Login, Notify
from delist.show.notices import message
from delist.tools import Tools
from tests.builders import a_case, a_request, moment
from tests.conftest import NOW, Run, fine, refused
from tests.servers import webhook
from tests.servers.relay import Answers, Hangs, HangsUp, Relay, write_authority
from tests.servers.webhook import Webhook

TARO, HANAKO = "taro@example.jp", "hanako@example.jp"
PASSWORD = "a-password-nobody-sees"
ADDRESS = "203.0.113.7"


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
    with Relay("starttls", ("delist", PASSWORD)) as running:
        yield running


@pytest.fixture
def service() -> Iterator[Webhook]:
    with Webhook() as running:
        yield running


@pytest.fixture
def tools(tools: Tools, relay: Relay, service: Webhook) -> Tools:
    login = Login("localhost", relay.port, "starttls", "delist", PASSWORD)
    channels = {"pager": f"json://127.0.0.1:{service.port}/key-of-the-pager"}
    told = Notify(
        (TARO,), "delist@example.org", sends_from=("198.51.100.1",), owners={"Hanako": (HANAKO,)},
        channels=channels, timeout=20.0,
    )  # fmt: skip
    return replace(tools, settings=replace(tools.settings, smtp=login, notify=told))


@pytest.fixture
def story(tools: Tools, run: Run) -> Run:
    """Two cleared requests of May 2021, whose windows come in November."""
    for address in (ADDRESS, "203.0.113.8"):
        fine(run("submit", address, "--on", "2021-05-02T10:00", "--confirmed", "2021-05-02"))
        fine(run("cleared", address, "--on", "2021-05-02T13:45"))
    fine(run("address", "set", "203.0.113.8", "--owner", "Hanako", "--site", "tokyo"))
    return run


def with_notify(tools: Tools, **values: Any) -> Tools:
    return replace(tools, settings=replace(tools.settings, notify=replace(tools.settings.notify, **values)))


def mail_to(relay: Relay, recipient: str) -> EmailMessage:
    [found] = [kept.mail for kept in relay.mails if kept.to == (recipient,)]
    return found


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_each_person_gets_a_mail_at_the_lead_and_no_second_one(story: Run, relay: Relay) -> None:
    told = story("notify", "--on", "2021-10-19")
    assert (told.code, told.err) == (0, "")
    assert sorted(told.out.splitlines()) == [f"told {HANAKO}: 1 reminder", f"told {TARO}: 1 reminder"]
    again = story("notify", "--on", "2021-10-19")
    assert (again.code, again.out, again.err) == (0, "", "")
    assert len(relay.mails) == 2
    assert all(kept.is_secured and kept.user == "delist" for kept in relay.mails)


def test_the_mail_says_what_to_do_in_text_and_html_with_the_headers_of_a_machine(story: Run, relay: Relay) -> None:
    story("notify", "--on", "2021-10-19")
    mail = mail_to(relay, TARO)
    assert mail["Subject"] == f"[delist] {ADDRESS}: exclusion ends 2021-11-02, in 14 days (spamhaus-pbl)"
    assert mail["From"] == "delist@example.org"
    assert "notices.delist.example.org" in mail["List-Id"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["In-Reply-To"] == mail["References"]
    assert f"{ADDRESS}  spamhaus-pbl  exclusion ends 2021-11-02, in 14 days (6 months, observed)" in text_of(mail)
    assert '<time datetime="2021-11-02">2021-11-02</time>' in text_of(mail, "html")


def test_mails_about_one_case_belong_to_one_thread(story: Run, relay: Relay) -> None:
    for day in ("2021-10-19", "2021-10-26", "2021-11-01", "2021-11-02"):
        assert story("notify", "--on", day).code == 0
    threads = {kept.mail["References"] for kept in relay.mails if kept.to == (TARO,)}
    others = {kept.mail["References"] for kept in relay.mails if kept.to == (HANAKO,)}
    assert len(relay.mails) == 8
    assert len(threads) == len(others) == 1
    assert threads != others
    assert len({kept.mail["Message-ID"] for kept in relay.mails}) == 8


def test_a_rehearsal_prints_the_messages_and_sends_nothing(story: Run, relay: Relay) -> None:
    told = story("notify", "--dry-run", "--on", "2021-10-19")
    assert told.out.startswith(f"To: {HANAKO}\nSubject: [delist] 203.0.113.8: exclusion ends") or told.out.startswith(
        f"To: {TARO}\n"
    )
    assert relay.heard == []
    document = fine(story("notify", "--dry-run", "--json", "--on", "2021-10-19"))
    assert [each["outcome"] for each in document["messages"]] == [None, None]
    assert all("exclusion ends" in each["text"] for each in document["messages"])
    assert fine(story("due", "--json", "--on", "2021-10-19"))["reminders"]


def test_json_has_every_field_of_every_message(story: Run) -> None:
    document = fine(story("notify", "--json", "--on", "2021-10-19"))
    assert list(document) == ["today", "messages", "cut_off", "relay_listed", "unreached"]
    message = next(each for each in document["messages"] if each["recipient"] == TARO)
    message.pop("uid")
    assert message == {
        "recipient": TARO, "channel": "mail", "outcome": "sent", "why": None,
        "subject": f"[delist] {ADDRESS}: exclusion ends 2021-11-02, in 14 days (spamhaus-pbl)", "reminders": 1,
        "changes": 0, "mails": 0, "troubles": 0, "repeated": 0, "text": None,
    }  # fmt: skip
    assert fine(story("notify", "--json", "--on", "2021-10-19"))["messages"] == []


def test_a_relay_that_refuses_is_exit_six_and_the_next_run_tells_it(story: Run, relay: Relay) -> None:
    relay.faults["."] = Answers("451 4.3.0 try later")
    told = story("notify", "--on", "2021-10-19")
    assert (told.code, told.out) == (6, "")
    assert f"could not tell {TARO}" in told.err
    relay.faults.clear()
    again = story("notify", "--on", "2021-10-20")
    assert (again.code, again.err) == (0, "")
    assert f"told {TARO}: 1 reminder, 1 trouble" in again.out
    assert "sending notices fails since" in text_of(mail_to(relay, TARO))


def test_a_connection_that_breaks_after_the_message_leaves_it_unsure_and_it_is_told_openly(
    story: Run, relay: Relay
) -> None:
    relay.faults["."] = HangsUp(is_kept=True)
    told = story("notify", "--on", "2021-10-19")
    assert told.code == 6
    assert f"cannot say whether this reached {TARO}" in told.err
    relay.faults.clear()
    relay.mails.clear()
    again = story("notify", "--on", "2021-10-20")
    assert again.code == 0
    assert f"told {TARO}: 1 reminder, 1 trouble (1 perhaps told before)" in again.out
    assert "Perhaps told before" in text_of(mail_to(relay, TARO))
    assert "The sending of 2021-10-19 23:59 +09:00 was cut short" in text_of(mail_to(relay, TARO))


def test_a_web_service_that_hangs_delays_only_itself(story: Run, tools: Tools, relay: Relay, service: Webhook) -> None:
    service.behaviour = webhook.Hangs()
    both = with_notify(tools, to=("pager", TARO), timeout=3.0)
    told = story("notify", "--on", "2021-10-19", with_tools=both)
    assert told.code == 6
    assert f"told {TARO}: 1 reminder" in told.out
    assert "pager" in told.err
    assert len(relay.mails) == 2


def test_a_relay_that_hangs_delays_only_itself(story: Run, tools: Tools, relay: Relay, service: Webhook) -> None:
    relay.faults["MAIL"] = Hangs()
    both = with_notify(tools, to=("pager", TARO), timeout=3.0)
    told = story("notify", "--on", "2021-10-19", with_tools=both)
    assert told.code == 6
    assert "told pager: 1 reminder" in told.out
    assert len(service.asked) == 1


def test_a_listed_relay_is_said_on_stderr_and_the_pager_is_told_instead(
    story: Run, tools: Tools, relay: Relay, service: Webhook
) -> None:
    listed = with_notify(tools, second=("pager",), sends_from=(ADDRESS,))
    fine(story("observe", ADDRESS, "spamhaus-css", "listed", "--on", "2021-10-18"))
    told = story("notify", "--on", "2021-10-19", with_tools=listed)
    assert told.code == 0
    assert f"warning: the relay sends from {ADDRESS}, which is listed on Spamhaus CSS" in told.err
    assert f"told {TARO} through pager: 2 reminders" in told.out
    assert relay.mails == []
    assert all("WARNING: the relay of these notices" in json.dumps(each.value) for each in service.asked)


def test_a_trial_says_what_came_of_each_and_claims_nothing(story: Run, relay: Relay, service: Webhook) -> None:
    told = story("notify", "--test")
    assert told.code == 0
    assert sorted(told.out.splitlines()) == sorted(f"told {name}: a test" for name in (TARO, HANAKO, "pager"))
    assert (len(relay.mails), len(service.asked)) == (2, 1)
    assert "Nothing is to be done" in text_of(mail_to(relay, TARO))
    relay.mails.clear()
    assert story("notify", "--test", "jiro@example.jp").out == "told jiro@example.jp: a test\n"
    refused(story("notify", "--test", "pagr"), 4, "did you mean 'pager'")
    assert len(story("notify", "--on", "2021-10-19").out.splitlines()) == 2


def test_no_password_and_no_channel_is_ever_shown(story: Run, tools: Tools, relay: Relay, service: Webhook) -> None:
    relay.faults["RCPT"] = Answers(f"550 5.7.1 {PASSWORD} is wrong, see https://example.net/?key=abcdef")
    service.behaviour = webhook.Replies(500, b"key-of-the-pager")
    everybody = with_notify(tools, to=("pager", TARO))
    for words in (("--on", "2021-10-19"), ("--test",), ("--json", "--on", "2021-10-19"), ("--dry-run",)):
        told = story("notify", *words, with_tools=everybody)
        for secret in (PASSWORD, "key-of-the-pager", "key=abcdef"):
            assert secret not in told.out + told.err, words
    assert PASSWORD not in repr(everybody)
    assert "key-of-the-pager" not in repr(everybody)


def test_what_cannot_be_meant_is_refused(story: Run, tools: Tools) -> None:
    refused(story("notify", TARO), 2, "--test")
    refused(story("notify", "--test", "--dry-run"), 2, "choose one")
    refused(story("notify", with_tools=with_notify(tools, to=(), owners={})), 3, "[notify] to")


def test_a_digest_of_thousands_stays_a_mail(tools: Tools) -> None:
    request = a_request()
    items = []
    for number in range(3000):
        address = f"198.51.{number // 250}.{number % 250 + 1}"
        site = f"<site & {number}>"
        case = a_case(request, address=address, site=site)
        reminder = Reminder(f"r{number}", Kind.RELISTED, case, request, NOW)
        items.append(Item(reminder.id, reminder, Place(number, "uid", address, site, None), "spamhaus-pbl"))
    written = message.written(Digest(TARO, tuple(items), moment("2026-11-24")), tools.zone)
    assert written.subject == "[delist] 3000 things to do"
    assert max(len(part.encode()) for part in (written.text, written.html)) < 100_000
    told = written.text.count("listed again")
    assert told > 50
    assert f"and {3000 - told:,} entries more: `delist due`" in written.text
    assert "<site &" not in written.html
