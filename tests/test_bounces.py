"""Whole bounce messages: who was refused in which words, found in files and folders of mail, whatever the bytes are."""

import json
import mailbox
import random
import time
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.bounces.files import MOST, is_mail, messages
from delist.bounces.markup import plain
from delist.bounces.mime import message
from delist.bounces.reading import read
from delist.bounces.values import Bounce, Refusal
from delist.rules.logs.values import Status
from delist.rules.replies.reader import Reader
from tests.builders import CATALOGUE

CORPUS = Path(__file__).parent / "data" / "bounces"
EXPECTED: dict[str, dict[str, Any] | None] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
BOUNCES = sorted(name for name, expected in EXPECTED.items() if expected)
HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@out.shop.example\nTo: news@shop.example\nSubject: failure notice\n"


@cache
def bounce(name: str) -> Bounce | None:
    return read((CORPUS / name).read_bytes())


@cache
def reader() -> Reader:
    return Reader(CATALOGUE.names())


def told(name: str) -> list[tuple[dict[str, Any], Refusal]]:
    expected, found = EXPECTED[name], bounce(name)
    assert expected is not None
    assert found is not None
    return list(zip(expected["recipients"], found.recipients, strict=True))


def only(data: bytes) -> Refusal:
    found = read(data)
    assert found is not None
    assert len(found.recipients) == 1
    return found.recipients[0]


def test_every_sample_has_an_expectation_and_every_expectation_a_sample() -> None:
    assert {path.name for path in CORPUS.iterdir()} - {"expected.json"} == set(EXPECTED)
    assert len(EXPECTED) >= 45


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_tells_of_its_recipients(name: str) -> None:
    expected, found = EXPECTED[name], bounce(name)
    wanted = [(each["recipient"], each["status"]) for each in expected["recipients"]] if expected else []
    assert [(each.recipient, each.action.value) for each in (found.recipients if found else ())] == wanted


@pytest.mark.parametrize("name", BOUNCES)
def test_a_reply_holds_the_words_of_the_remote_server(name: str) -> None:
    for expected, refusal in told(name):
        assert all(words in refusal.reply for words in expected["has"]), refusal.reply
        assert not expected.get("exact") or refusal.reply == expected["has"][0]


@pytest.mark.parametrize("name", BOUNCES)
def test_a_reply_is_one_line_without_what_was_returned(name: str) -> None:
    for _, refusal in told(name):
        assert refusal.reply == " ".join(refusal.reply.split())
        assert "198.51.100.99" not in refusal.reply


@pytest.mark.parametrize("name", BOUNCES)
def test_a_report_names_server_and_queue_id_where_it_can(name: str) -> None:
    for expected, refusal in told(name):
        for field in ("relay", "queue_id", "address"):
            assert getattr(refusal, field) == expected.get(field, getattr(refusal, field))


@pytest.mark.parametrize("name", BOUNCES)
def test_a_reply_is_read_as_what_it_is(name: str) -> None:
    for expected, refusal in told(name):
        reading = reader().read(refusal.reply, refusal.relay)
        assert (reading.block, reading.list) == (expected["reading"]["block"], expected["reading"]["list"])
        if reading.block:
            assert (reading.subtype, reading.address) == (
                expected["reading"]["subtype"],
                expected["reading"]["address"],
            )


@pytest.mark.parametrize("name", [name for name in BOUNCES if "at" in (EXPECTED[name] or {})])
def test_the_last_attempt_counts_and_else_the_day_of_the_bounce(name: str) -> None:
    expected, found = EXPECTED[name], bounce(name)
    assert expected is not None
    assert found is not None
    assert found.at == datetime.fromisoformat(expected["at"])
    assert found.at.tzinfo is UTC


def test_a_bounce_has_its_own_id_and_the_server_that_wrote_it() -> None:
    found = bounce("postfix-zen.eml")
    assert found is not None
    assert (found.message_id, found.reporting_mta) == ("<bounce.1@mx.example.org>", "out.shop.example")


@pytest.mark.parametrize(
    ("date", "at"),
    [
        (b"Mon, 04 May 2026 10:00:05 +0200", datetime(2026, 5, 4, 8, 0, 5, tzinfo=UTC)),
        (b"Mon, 04 May 2026 10:00:05 -0000", datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)),
        (b"Fri, 31 Dec 9999 23:00:00 -1400", None),
        (b"yesterday", None),
        (b"", None),
    ],
)
def test_a_date_that_cannot_be_read_is_none(date: bytes, at: datetime | None) -> None:
    found = read(HEAD + b"Date: " + date + b"\n\n<user@example.com>:\nRemote host said: 550 no\n")
    assert found is not None
    assert found.at == at


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("Action: failed\nStatus: 4.4.7", Status.BOUNCED),
        ("Action: delayed\nStatus: 5.0.0", Status.DEFERRED),
        ("Action: Failed (gave up)", Status.BOUNCED),
        ("Status: 4.2.0", Status.DEFERRED),
        ("Diagnostic-Code: smtp; 550 no", Status.BOUNCED),
        ("Action: delivered\nStatus: 2.0.0", None),
        ("Action: expanded", None),
        ("Status: 2.1.5", None),
    ],
)
def test_an_action_says_how_it_ended_and_else_the_code_does(status: str, action: Status | None) -> None:
    body = f"\nReporting-MTA: dns; out.shop.example\n\nFinal-Recipient: rfc822; user@example.com\n{status}\n"
    found = read(HEAD + b"Content-Type: message/delivery-status\n" + body.encode())
    assert (found.recipients[0].action if found else None) == action


@pytest.mark.parametrize(
    ("diagnostic", "reply"),
    [
        ("smtp; 550 5.7.1 no", "550 5.7.1 no"),
        ("SMTP;550-5.7.1 no\n 550 5.7.1 way", "550-5.7.1 no 550 5.7.1 way"),
        ("x-unix; 550 no", "550 no"),
        ("550 5.7.1 Refused; client blocked", "550 5.7.1 Refused; client blocked"),
        ("X-Postfix; host mx.example.com[198.51.100.7] said: 550 no (in reply to RCPT TO command)", "550 no"),
        ("smtp; 550 =?utf-8?q?gesperrt=21?=", "550 gesperrt!"),
        ("smtp; 550 =?utf-8?b?Z2V?=", "550 ge"),
        ("smtp; 554 mx.example.com; score too low", "554 mx.example.com; score too low"),
    ],
)
def test_a_diagnostic_is_freed_of_its_type_and_of_what_the_reporter_adds(diagnostic: str, reply: str) -> None:
    body = f"\nFinal-Recipient: rfc822; user@example.com\nAction: failed\nDiagnostic-Code: {diagnostic}\n"
    assert only(HEAD + b"Content-Type: message/delivery-status\n" + body.encode()).reply == reply


@pytest.mark.parametrize(
    ("told", "reply"),
    [
        ("Remote host said: 550-a\n550 b\nGiving up on 198.51.100.7.", "550-a 550 b"),
        ("host mx.example.com[198.51.100.7] said: 450 4.7.1 wait,\n    now", "450 4.7.1 wait, now"),
        ("198.51.100.7 does not like recipient.\nIn 500 days: 550 5.1.1 no", "550 5.1.1 no"),
        ("Reason: the number 12.550 and\n550 no", "550 no"),
        ("554: 5.7.1 no", "554 5.7.1 no"),
        ("The reply was\n\n550 5.7.1 no, not from here at all\n\nWrite to somebody, extension 550 a.", None),
    ],
)
def test_the_remote_server_speaks_from_its_code_to_the_end_of_the_paragraph(told: str, reply: str | None) -> None:
    refusal = only(HEAD + f"\n<user@example.com>:\n{told}\n".encode())
    assert refusal.reply == (reply or "550 5.7.1 no, not from here at all")


@pytest.mark.parametrize(
    "head",
    ["<u@example.com>:", "u@example.com", '"Some One" <u@example.com>', "Some One <u@example.com>:", "* u@example.com"],
)
def test_a_recipient_begins_a_line_in_many_ways(head: str) -> None:
    second = head.replace("u@", "v@")
    body = f"\nNot delivered:\n\n{head}\n   550 5.7.1 first\n{second}\n   550 5.1.1 second\n"
    found = read(HEAD + body.encode())
    assert found is not None
    assert [(each.recipient, each.reply) for each in found.recipients] == [
        ("u@example.com", "550 5.7.1 first"),
        ("v@example.com", "550 5.1.1 second"),
    ]


def test_a_line_of_a_reply_that_begins_with_an_address_is_no_recipient() -> None:
    body = "\n<u@example.com>:\nRemote host said: 550 5.7.1\n<news@other.example>: Sender address rejected\n"
    assert only(HEAD + body.encode()).reply == "550 5.7.1 <news@other.example>: Sender address rejected"


def test_the_text_counts_where_it_has_more_of_the_same_reply() -> None:
    text = "<user@example.com>: host mx.example.com[198.51.100.7] said: 550-5.7.1 first 550 5.7.1 second"
    status = "Final-Recipient: rfc822; user@example.com\nAction: failed\nDiagnostic-Code: smtp; 550-5.7.1 first"
    parts = f"--b\n\n{text}\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
    found = only(HEAD + f"Content-Type: multipart/report; boundary=b\n\n{parts}".encode())
    assert (found.reply, found.relay) == ("550-5.7.1 first 550 5.7.1 second", "mx.example.com")


def test_the_report_counts_where_the_text_tells_of_another_reply() -> None:
    text = "<user@example.com>: 451 4.7.1 this was said before, at great length, and then no more"
    status = "Final-Recipient: rfc822; user@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 5.7.1 no"
    parts = f"--b\n\n{text}\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
    assert only(HEAD + f"Content-Type: multipart/report; boundary=b\n\n{parts}".encode()).reply == "550 5.7.1 no"


@pytest.mark.parametrize("count", [1, 2, 50, 2000])
def test_as_many_recipients_as_a_report_has(count: int) -> None:
    groups = "\n".join(
        f"Final-Recipient: rfc822; u{n}@example.com\nAction: failed\nStatus: 5.0.0\n" for n in range(count)
    )
    found = read(HEAD + f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n{groups}".encode())
    assert found is not None
    assert [each.recipient for each in found.recipients] == [f"u{n}@example.com" for n in range(count)]


def test_recipients_of_the_header_count_though_the_text_names_fewer() -> None:
    head = HEAD + b"X-Failed-Recipients: a@example.com,\n b@example.com, A@example.com\n"
    found = read(head + b"\nNot delivered:\n\n  a@example.com\n    550 5.7.1 first\n")
    assert found is not None
    assert [each.recipient for each in found.recipients] == ["a@example.com", "b@example.com"]


def test_recipients_keep_their_order_though_one_is_told_of_twice() -> None:
    found = read(HEAD + b"\n<a@x.example>:\n550 a\n\n<b@x.example>:\n550 b\n\n<A@x.example>:\n550 c\n")
    assert found is not None
    assert [each.recipient for each in found.recipients] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    ("text", "recipient"),
    [("Not delivered to <user@example.com>.", "user@example.com"), ("Not delivered.", "other@example.com"), (None, "")],
)
def test_a_report_that_names_nobody_is_about_whom_the_rest_names(text: str | None, recipient: str) -> None:
    status = "Reporting-MTA: dns; x.example\n\nAction: failed\nDiagnostic-Code: smtp; 550 5.7.1 no\n"
    original = "--b\nContent-Type: message/rfc822\n\nTo: other@example.com\n\nx\n" if text else ""
    parts = f"--b\n\n{text}\n--b\nContent-Type: message/delivery-status\n\n{status}{original}--b--\n"
    found = only(HEAD + f"Content-Type: multipart/report; boundary=b\n\n{parts}".encode())
    assert (found.recipient, found.reply) == (recipient, "550 5.7.1 no")


@pytest.mark.parametrize(("name", "host"), [("postfix-text-only.eml", "out.shop.example"), ("yahoo.eml", "")])
def test_a_text_names_who_wrote_it(name: str, host: str) -> None:
    found = bounce(name)
    assert found is not None
    assert found.reporting_mta == host


def test_a_recipient_that_is_told_of_twice_counts_once() -> None:
    group = "Final-Recipient: rfc822; {}\nAction: failed\nStatus: 5.0.0\n\n"
    body = group.format("user@example.com") + group.format("User@Example.COM")
    only(HEAD + b"Content-Type: message/delivery-status\n\n" + body.encode())


@pytest.mark.parametrize(
    "charset", ["utf-8", "x-none", "zip", "rot13", "punycode", "idna", "unicode_escape", "\xff", ""]
)
def test_no_charset_stands_in_the_way(charset: str) -> None:
    body = "\n<user@example.com>:\nRemote host said: 550 5.7.1 zur\u00fcck\n".encode()
    assert only(HEAD + f"Content-Type: text/plain; charset={charset}\n".encode() + body).reply == "550 5.7.1 zurück"


def test_japanese_is_read_where_nobody_says_that_it_is() -> None:
    body = "\n<user@example.com>:\nRemote host said: 550 宛先不明\n".encode("iso-2022-jp")
    assert only(HEAD + body).reply == "550 宛先不明"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a<b>b</b> c</p><p>d</p>", "ab c\n\nd"),
        ("&lt;user@example.com&gt; &#39;x&#39;&nbsp;y", "<user@example.com> 'x' y"),
        ("to <user@example.com>: <br>no", "to <user@example.com>:\nno"),
        ("<style>p { }</style>a<!-- b --><script>c</script>", "a"),
        ("<!-- never closed", "<!-- never closed"),
        ("a < b", "a < b"),
    ],
)
def test_html_becomes_what_people_see(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("name", "count"),
    [("bounce.eml", 1), ("box", 3), ("Maildir", 3), ("folder", 4), ("empty", 0)],
)
def test_messages_are_found_in_files_boxes_and_folders(tmp_path: Path, name: str, count: int) -> None:
    first, second, third = ((CORPUS / name).read_bytes() for name in ("postfix-zen.eml", "yahoo.eml", "courier.eml"))
    (tmp_path / "bounce.eml").write_bytes(first)
    _mbox(tmp_path / "box", first, second, third)
    _maildir(tmp_path / "Maildir", first, second, third)
    folder = tmp_path / "folder" / "inner"
    folder.mkdir(parents=True)
    _mbox(folder / "box", second, third)
    (folder / "one.eml").write_bytes(first)
    (tmp_path / "folder" / "two").write_bytes(second)
    (tmp_path / "empty").mkdir()
    found = [read(data) for data in messages(tmp_path / name)]
    assert len(found) == count
    assert all(found)


def _mbox(path: Path, *mails: bytes) -> None:
    with closing(mailbox.mbox(path)) as box:
        for mail in mails:
            box.add(mail)


def _maildir(path: Path, *mails: bytes) -> None:
    with closing(mailbox.Maildir(path)) as box:
        for mail in mails:
            box.add(mail)
    read_already = next((path / "new").iterdir())
    read_already.rename(path / "cur" / f"{read_already.name}:2,S")
    (path / "tmp" / "arriving").write_bytes(mails[0])
    (path / "dovecot-uidlist").write_text("3 V1 N1\n")


def test_what_moves_while_a_folder_is_read_is_left_out(tmp_path: Path) -> None:
    _maildir(tmp_path / "Maildir", *[b"Subject: a\n\n"] * 3)
    found = messages(tmp_path / "Maildir")
    next(found)
    for waiting in (tmp_path / "Maildir" / "new").iterdir():
        waiting.unlink()
    assert list(found) == []


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(messages(tmp_path / "none"))


def test_what_an_mbox_quotes_begins_no_message(tmp_path: Path) -> None:
    body = b"From here on:\nFrom nobody at all\n>From x\n\nFrom here nothing.\n"
    (tmp_path / "box").write_bytes(b"From MAILER-DAEMON Mon May  4 10:00:05 2026\nSubject: a\n\n" + body)
    assert [data.count(b"From") for data in messages(tmp_path / "box")] == [4]


@pytest.mark.parametrize("whole", [b"", b"\n", b"From ", b"From x", b"\x00" * 100, b"From x\n\n" * 50])
def test_broken_boxes_are_gone_through(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "box").write_bytes(whole)
    assert not any(read(data) for data in messages(tmp_path / "box"))


def test_of_a_huge_message_the_beginning_is_read(tmp_path: Path) -> None:
    mail = (CORPUS / "postfix-zen.eml").read_bytes() + b"x" * (3 * MOST)
    (tmp_path / "one").write_bytes(mail)
    (tmp_path / "box").write_bytes(
        b"From a Mon May  4 10:00:05 2026\n" + mail + b"\n\nFrom b Mon May  4 10:00:05 2026\n" + mail
    )
    for name, count in (("one", 1), ("box", 2)):
        found = list(messages(tmp_path / name))
        assert [len(data) <= MOST + 64 * 1024 for data in found] == [True] * count
        assert all(read(data) == bounce("postfix-zen.eml") for data in found)


@pytest.mark.parametrize(
    ("head", "mail"),
    [
        (b"From MAILER-DAEMON Mon May  4 10:00:05 2026\nReceived: x\n", True),
        (b"Return-Path: <>\r\nFrom: a@example.com\r\n\r\nText", True),
        (b"\xef\xbb\xbf\nSubject: a\nTo: b@example.com\n\n", True),
        (b"1234\nSubject: a\nTo: b@example.com\n\n", True),
        (b"May  4 10:00:05 out postfix/smtp[1]: 4F2A11C0DE: to=<user@example.com>, status=sent (250 ok)\n", False),
        (b"2026-05-04T10:00:05+02:00 out postfix/smtp[1]: 4F2A11C0DE: status=sent\n", False),
        (b'{"MESSAGE": "4F2A11C0DE: to=<user@example.com>"}\n', False),
        (b"550 5.7.1 no\n", False),
        (b"", False),
    ],
)
def test_mail_is_told_from_logs(head: bytes, mail: bool) -> None:
    assert is_mail(head) is mail


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_sample_is_known_as_mail(name: str) -> None:
    assert is_mail((CORPUS / name).read_bytes()[:4096])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_line_ends_do_not_matter(name: str) -> None:
    data = (CORPUS / name).read_bytes().replace(b"\r\n", b"\n")
    assert read(data) == read(data.replace(b"\n", b"\r\n")) == bounce(name)


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_that_is_forwarded_says_the_same(name: str) -> None:
    inner = (CORPUS / name).read_bytes().replace(b"\r\n", b"\n")
    head = b"From: kim@shop.example\nTo: admin@shop.example\nSubject: Fwd: look\n"
    forward = (
        head
        + b"Content-Type: multipart/mixed; boundary=fw0\n\n--fw0\n\nLook.\n--fw0\nContent-Type: message/rfc822\n\n"
        + inner
        + b"\n--fw0--\n"
    )
    expected, found = bounce(name), read(forward)
    assert found is not None
    assert expected is not None
    assert found.recipients == expected.recipients


@given(st.binary(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read(data: bytes) -> None:
    read(data)
    read(HEAD + b"\n" + data)
    is_mail(data)


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    b"Final-Recipient: rfc822; u@x.example\n",
                    b"Action: failed\n",
                    b"Diagnostic-Code: smtp; 550 no\n",
                    b"\n",
                ),
                *(
                    b"<u@x.example>:\n",
                    b"Remote host said: ",
                    b"550 5.7.1 no\n",
                    b"550-",
                    b">>> RCPT TO:<u@x.example>\n",
                ),
                *(
                    b"<<< 550 no\n",
                    b"--b\n",
                    b"--b--\n",
                    b"Content-Type: multipart/mixed; boundary=b\n",
                    b"From: \xff\n",
                ),
                *(
                    b"Content-Type: message/rfc822\n",
                    b"Content-Type: text/html\n",
                    b"Content-Transfer-Encoding: base64\n",
                ),
                *(
                    b"Subject: Fwd: =?utf-8?b?eA?=\n",
                    b"---------- Forwarded message\n",
                    b"> ",
                    b"<!--",
                    b"\x1b$B",
                    b"\x00",
                ),
            ]
        ),
        max_size=60,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_order_of_pieces_is_read(pieces: list[bytes]) -> None:
    found = read(HEAD + b"".join(pieces))
    for refusal in found.recipients if found else ():
        assert refusal.recipient
        assert refusal.action is not Status.SENT


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_damaged_sample_is_read(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    chance = random.Random(name)
    for _ in range(30):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 5, 30))):
            at, other = chance.randrange(len(damaged)), chance.randrange(len(damaged))
            damaged[at : at + chance.randrange(40)] = damaged[other : other + chance.randrange(40)] or b"\xff"
        read(bytes(damaged))


@given(st.integers(min_value=0))
@settings(max_examples=100, deadline=None)
def test_a_bounce_that_is_cut_off_after_its_report_says_the_same(cut: int) -> None:
    data = (CORPUS / "postfix-zen.eml").read_bytes()
    told = data.index(b"Content-Description: Undelivered Message")
    assert read(data[: told + cut % (len(data) - told)]) == bounce("postfix-zen.eml")


def _nested_parts() -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))


def _many_parts() -> bytes:
    part = b"--b\nContent-Type: message/rfc822\n\nFrom: x\n\n550 x\n"
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + part * 20_000


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nested parts": _nested_parts,
    "nested messages": lambda: b"Content-Type: message/rfc822\n\n" * 20_000,
    "many parts": _many_parts,
    "stray boundaries": lambda: b"Content-Type: multipart/mixed; boundary=-\n\n" + b"-" * 1_000_000,
    "one line": lambda: b"\n" + b"550 a " * 200_000,
    "dashes": lambda: b"\n" + b"-" * 1_000_000,
    "stars": lambda: b"\n" + b"* " * 500_000,
    "names": lambda: b"\n<u@x.example>: host " + b"a." * 500_000,
    "addresses": lambda: b"\n" + b"".join(b"<u%d@x.example>:\n550 no\n\n" % n for n in range(40_000)),
    "one address": lambda: b"\n" + b"<u@x.example>:\n550 no\n\n" * 40_000,
    "heard": lambda: b"\n" + b">>> RCPT TO:<u@x.example>\n<<< 550 no\n" * 30_000,
    "tags": lambda: b"Content-Type: text/html\n\n" + b"<a <!-- <style" * 70_000,
    "entities": lambda: b"Content-Type: text/html\n\n" + b"&#&lt" * 200_000,
    "folded": lambda: b"X: a\n" + b" a\n" * 300_000,
    "headers": lambda: b"X: a\n" * 200_000,
    "words": lambda: b"X-Failed-Recipients: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\n",
    "fields": lambda: (
        b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; u@x\nAction: failed\n\n" * 20_000
    ),
    "base64": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"QUJD" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_little(name: str) -> None:
    data = HEAD + HOSTILE[name]()
    begin = time.process_time()
    read(data)
    assert time.process_time() - begin < 5


def test_a_message_of_fifty_megabytes_is_not_copied() -> None:
    sample = (CORPUS / "postfix-zen.eml").read_bytes()
    end = sample.rindex(b"--=_b0--")
    data = sample[:end] + b"x" * 50_000_000 + b"\n" + sample[end:]
    tracemalloc.start()
    try:
        assert read(data) == bounce("postfix-zen.eml")
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_a_mail_without_headers_or_body_has_neither() -> None:
    assert message(b"").headers == {}
    assert message(b"\n\ntext").text() == "text"
    assert message(b"A: b").headers == {"a": "b"}


@pytest.mark.parametrize("field", ["Final-Recipient: x{blanks}y", "Subject: Re{blanks}x"], ids=["recipient", "subject"])
def test_a_run_of_blanks_in_a_field_is_read_in_a_time_that_grows_with_its_length(field: str) -> None:
    def took(count: int) -> float:
        begun = time.process_time()
        read(f"{field.format(blanks=' ' * count)}\nFrom: MAILER-DAEMON@example.org\n\ntext\n".encode())
        return time.process_time() - begun

    # Quadratic, the second would take 256 times as long.
    assert min(took(64_000) for _ in range(3)) < 64 * max(min(took(4_000) for _ in range(3)), 0.002)
