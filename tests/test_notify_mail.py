"""A mail goes by a real relay on loopback, or by a program; what came of it is told rightly at every step."""

import re
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Event

import pytest

from delist.notify import Message, Outcome, Sent, mail
from delist.notify import Relay as Way
from tests.servers.relay import (
    HOST,
    Answers,
    Drips,
    Fault,
    Hangs,
    HangsUp,
    Relay,
    Says,
    Security,
    write_authority,
)

AT = datetime(2026, 11, 30, 3, 4, 5, tzinfo=UTC)
PASSWORD = "corréct horse-ñ"
# Seconds: plenty for what ends by itself, and as few as can be for what does not.
PLENTY, FEW = 30.0, 0.3
# As few as can be if the conversation must come to its end before.
ENOUGH = 2.0
GO_AHEAD = b"354 go ahead\r\n"
BROKEN = [HangsUp(), Hangs(), Drips(), Says(), Says(b"250-\n", again=True), Says(b"999 what\r\n")]
A_MESSAGE = Message(
    uid="0b7c1a52-6a0e-4a53-9c5e-0d0b6a5f3a11",
    sender="delist@example.org",
    to="hanako@example.jp",
    subject="[delist] 203.0.113.7: exclusion ends 2021-11-02",
    text="Look from that day on.\n",
    at=AT,
    list_id="notices.delist.example.org",
)


@pytest.fixture(autouse=True)
def _trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


def way_to(relay: Relay, *, password: str | None = None, host: str = HOST, seconds: float = PLENTY) -> Way:
    """Return how the relay is reached, logging in if it wants that."""
    user, right = relay.login or ("", "")
    return Way(host, relay.port, relay.security, user, right if password is None else password, seconds)


def the_mail(relay: Relay) -> EmailMessage:
    """Return the one mail that the relay has kept."""
    [kept] = relay.mails
    return kept.mail


def text_of(found: EmailMessage, kind: str = "plain") -> str:
    """Return the text of a mail, decoded."""
    part = found.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


# --- what is sent ---------------------------------------------------------------------------------


def test_a_mail_arrives_with_the_headers_that_keep_robots_silent(relay: Relay) -> None:
    assert mail.sent_by_relay(A_MESSAGE, way_to(relay)) == Sent(Outcome.SENT)
    [kept] = relay.mails
    assert (kept.sender, kept.to) == ("delist@example.org", ("hanako@example.jp",))
    found = kept.mail
    assert dict(found.items()) == {
        "Message-ID": "<0b7c1a52-6a0e-4a53-9c5e-0d0b6a5f3a11@example.org>",
        "List-Id": "<notices.delist.example.org>",
        "From": "delist@example.org",
        "To": "hanako@example.jp",
        "Subject": "[delist] 203.0.113.7: exclusion ends 2021-11-02",
        "Date": "Mon, 30 Nov 2026 03:04:05 +0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
    }
    assert text_of(found) == "Look from that day on.\n"
    assert found.defects == []
    assert relay.heard[-1] == "QUIT"


@pytest.mark.parametrize(
    "text",
    [
        "こんにちは。203.0.113.7 の除外は終わります。\n" * 40,
        "Grüße an alle, und noch mehr Grüße\n",
        "a very long line " * 400 + "\n",
        "長い行" * 2000 + "\n",
        ".\n..\n.hidden dots\n\nQUIT\n.\n",
        "From here on\n",
        "no line end",
        "\ttabs\n  and blanks at the end   \n",
    ],
)
def test_any_text_arrives_as_it_was_in_lines_that_every_relay_takes(relay: Relay, text: str) -> None:
    html = f"<pre>{text}</pre>\n"
    assert mail.sent_by_relay(replace(A_MESSAGE, text=text, html=html), way_to(relay)).why is None
    found = the_mail(relay)
    assert found.get_content_type() == "multipart/alternative"
    assert text_of(found) == text.rstrip("\n") + "\n"
    assert text_of(found, "html") == html
    raw = relay.mails[0].raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)


def test_what_no_mail_can_hold_is_left_out(relay: Relay) -> None:
    message = replace(A_MESSAGE, subject="an \x1b[31manswer\r\nBcc: mallory@example.com", text="a\x00b\x1b\ud800c\n")
    assert mail.sent_by_relay(message, way_to(relay)).why is None
    found = the_mail(relay)
    assert found["Subject"] == "an [31manswer Bcc: mallory@example.com"
    assert "Bcc" not in found
    assert text_of(found) == "ab?c\n"


def test_a_subject_in_another_script_arrives_whole(relay: Relay) -> None:
    subject = "[delist] 203.0.113.7 の除外期間は 2021-11-02 に終わります。" * 5
    assert mail.sent_by_relay(replace(A_MESSAGE, subject=subject), way_to(relay)).why is None
    assert the_mail(relay)["Subject"] == subject
    head = relay.mails[0].raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("length", [45, 60, 69, 70, 75, 80, 150])
def test_the_first_line_of_a_subject_is_never_empty(relay: Relay, length: int) -> None:
    subject = ("[delist] 203.0.113.7: exclusion ends 2021-11-02, in 14 days " + "and more " * 20)[:length].strip()
    assert mail.sent_by_relay(replace(A_MESSAGE, subject=subject), way_to(relay)).why is None
    assert the_mail(relay)["Subject"] == subject
    head = relay.mails[0].raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert sum(line.startswith(b"Subject: [delist] 203.0.113.7:") for line in head) == 1
    assert max(map(len, head)) <= 78


def test_mails_of_a_case_are_a_thread_however_long_their_names_are(relay: Relay) -> None:
    domain = ".".join(["a-long-label-of-a-domain"] * 9) + ".example.org"
    ids = tuple(f"<{number:064x}@{domain}>" for number in range(5))
    message = replace(A_MESSAGE, sender=f"delist@{domain}", in_reply_to=ids[-1:], references=ids)
    assert mail.sent_by_relay(message, way_to(relay)).why is None
    found = the_mail(relay)
    assert found["References"].split() == list(ids)
    assert found["In-Reply-To"] == ids[-1]
    assert found["Message-ID"] == f"<{A_MESSAGE.uid}@{domain}>"
    assert b"=?" not in relay.mails[0].raw


def test_a_name_that_is_no_message_id_cannot_add_a_header(relay: Relay) -> None:
    message = replace(A_MESSAGE, uid="1>\r\nBcc: <x", list_id="<a b>\r\nX: y", references=("<a@b>\r\nBcc: c", "<d@e>"))
    assert mail.sent_by_relay(message, way_to(relay)).why is None
    found = the_mail(relay)
    assert found["Message-ID"] == "<1Bccx@example.org>"
    assert found["List-Id"] == "<abXy>"
    assert found["References"] == "<d@e>"
    assert "Bcc" not in found
    assert "X" not in found


@pytest.mark.parametrize(
    ("to", "arrives_as"),
    [("花子@例え.jp", "花子@xn--r8jz45g.jp"), ("hanako@例え.jp", "hanako@xn--r8jz45g.jp")],
)
def test_only_a_local_part_outside_ascii_asks_for_smtputf8(relay: Relay, to: str, arrives_as: str) -> None:
    assert mail.sent_by_relay(replace(A_MESSAGE, to=to), way_to(relay)).why is None
    [kept] = relay.mails
    assert kept.to == (arrives_as,)
    assert ("SMTPUTF8" in kept.options) is (not arrives_as.isascii())
    assert str(kept.mail["To"]) == arrives_as


def test_a_relay_without_smtputf8_cannot_take_such_an_address() -> None:
    with Relay(international=False) as relay:
        sent = mail.sent_by_relay(replace(A_MESSAGE, to="花子@example.jp"), way_to(relay))
    assert sent == Sent(Outcome.FAILED, "the relay takes no address with letters outside ASCII")


@pytest.mark.parametrize("to", ["", "hanako", "a@b@c", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "a b@c", "a@" + "x" * 64, "@c"])
def test_what_is_no_address_is_not_tried(relay: Relay, to: str) -> None:
    sent = mail.sent_by_relay(replace(A_MESSAGE, to=to), way_to(relay))
    assert sent == Sent(Outcome.FAILED, "a mail address is malformed")
    assert relay.heard == []


# --- security -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_it_logs_in_by_every_kind_of_security(security: Security, mechanism: str) -> None:
    with Relay(security, login=("hanakö", PASSWORD), mechanisms=[mechanism]) as relay:
        assert mail.sent_by_relay(A_MESSAGE, way_to(relay)) == Sent(Outcome.SENT)
        assert mail.answers(way_to(relay)) is None
    [kept] = relay.mails
    assert (kept.user, kept.is_secured) == ("hanakö", security != "none")


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_wrong_password_is_told_without_it(security: Security) -> None:
    with Relay(security, login=("hanako", PASSWORD)) as relay:
        way = way_to(relay, password="wrong-secret")
        sent = mail.sent_by_relay(A_MESSAGE, way)
        assert sent == Sent(Outcome.FAILED, "the relay refused the login (535)")
        assert mail.answers(way) == sent.why
        assert "wrong-secret" not in repr(way)
    assert relay.mails == []


def test_a_relay_that_wants_a_login_says_so_itself() -> None:
    with Relay("starttls", login=("hanako", PASSWORD)) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, replace(way_to(relay), user=""))
    assert sent == Sent(Outcome.FAILED, "the relay refused the sender: 530 5.7.0 Authentication required")


def test_a_relay_that_knows_no_login_is_told() -> None:
    with Relay("tls") as relay:
        sent = mail.sent_by_relay(A_MESSAGE, replace(way_to(relay), user="hanako", password=PASSWORD))
    assert sent == Sent(Outcome.FAILED, "the relay offers no login by PLAIN or LOGIN")


def test_a_password_goes_in_the_clear_to_this_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with Relay(login=("hanako", PASSWORD)) as relay:
        # Elsewhere is nobody whom tests may call: this connection only says that it leads there.
        monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.25", 25))
        sent = mail.sent_by_relay(A_MESSAGE, way_to(relay))
    assert sent.outcome is Outcome.FAILED
    assert sent.why == "the relay would get the password in the clear: set security to tls or starttls"
    assert "AUTH" not in relay.heard


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_must_hold(security: Security, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Relay(security, names=["elsewhere.example"], login=("hanako", PASSWORD)) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, way_to(relay))
        assert sent.outcome is Outcome.FAILED
        assert sent.why is not None
        assert sent.why.startswith("the relay has a certificate that does not hold: IP address mismatch")
    (tmp_path / "nobody.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nobody.pem"))
    with Relay(security, login=("hanako", PASSWORD)) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, way_to(relay))
        assert sent.why == "the relay has a certificate that does not hold: unable to get local issuer certificate"
        assert "AUTH" not in relay.heard
        assert relay.mails == []


def test_starttls_is_never_left_out(relay: Relay) -> None:
    sent = mail.sent_by_relay(A_MESSAGE, replace(way_to(relay), security="starttls"))
    assert sent == Sent(Outcome.FAILED, "the relay offers no STARTTLS")
    assert relay.mails == []


@pytest.mark.parametrize(("security", "spoken"), [("tls", "none"), ("none", "tls"), ("starttls", "tls")])
def test_the_wrong_kind_of_security_fails_in_time(security: Security, spoken: Security) -> None:
    with Relay(spoken) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, replace(way_to(relay, seconds=1.0), security=security))
    assert sent.outcome is Outcome.FAILED
    assert relay.mails == []


# --- what came of it ------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"])
def test_a_relay_that_fails_before_it_has_the_message_cannot_have_taken_it(step: str, fault: Fault) -> None:
    with Relay("starttls", login=("hanako", PASSWORD), faults={step: fault}) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, way_to(relay, seconds=FEW))
    assert sent.outcome is Outcome.FAILED
    assert relay.mails == []


@pytest.mark.parametrize(
    "fault",
    [
        HangsUp(),
        HangsUp(is_kept=False),
        Hangs(),
        Drips(),
        Says(),
        Says(b"x", again=True),
        Answers("354 more", keeps=True),
    ],
)
def test_a_relay_that_fails_once_it_has_the_message_leaves_it_unsure(relay: Relay, fault: Fault) -> None:
    relay.faults["."] = fault
    sent = mail.sent_by_relay(A_MESSAGE, way_to(relay, seconds=ENOUGH))
    assert len(relay.mails) == fault.is_kept
    assert sent.outcome is Outcome.UNSURE
    assert sent.why is not None
    assert sent.why.startswith("the relay got the whole message and then ")


@pytest.mark.parametrize("fault", [HangsUp(GO_AHEAD), Hangs(GO_AHEAD)])
@pytest.mark.parametrize(("lines", "outcome"), [(1, Outcome.UNSURE), (150_000, Outcome.FAILED)])
def test_only_a_message_that_is_on_its_way_whole_is_unsure(fault: Fault, lines: int, outcome: Outcome) -> None:
    """What the sockets between us can hold is gone with its last line before anybody notices."""
    with Relay(faults={"DATA": fault}) as relay:
        sent = mail.sent_by_relay(replace(A_MESSAGE, text=(70 * "x" + "\n") * lines), way_to(relay, seconds=ENOUGH))
    assert sent.outcome is outcome
    assert relay.mails == []


@pytest.mark.parametrize("code", ["421", "451", "550", "571"])
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "."])
def test_a_refusal_is_a_failure_at_every_step(step: str, code: str) -> None:
    with Relay("starttls", login=("hanako", PASSWORD), faults={step: Answers(f"{code} 5.7.1 no")}) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, way_to(relay))
    assert sent.outcome is Outcome.FAILED
    # Without EHLO there is no STARTTLS, and what a relay answers to HELO is its own affair.
    assert sent.why is not None
    assert code in sent.why or step == "EHLO"
    assert relay.mails == []


@pytest.mark.parametrize("fault", [HangsUp(), Hangs(), Drips(), Says(), Answers("421 going down")])
def test_what_happens_at_the_farewell_does_not_matter(relay: Relay, fault: Fault) -> None:
    relay.faults["QUIT"] = fault
    assert mail.sent_by_relay(A_MESSAGE, way_to(relay)) == Sent(Outcome.SENT)
    assert len(relay.mails) == 1


def test_the_answer_of_a_relay_is_told_without_links_and_passwords() -> None:
    answer = f"550 5.7.1 Blocked {PASSWORD}, see https://lists.example/?t=s3cret or www.lists.example " + "x" * 400
    with Relay("tls", login=("hanako", PASSWORD), faults={"RCPT": Answers(answer)}) as relay:
        sent = mail.sent_by_relay(A_MESSAGE, way_to(relay))
    assert sent.why is not None
    assert sent.why.startswith("the relay refused the recipient: 550 5.7.1 Blocked ***, see [link] or [link] xxx")
    assert len(sent.why) < 200


def test_a_message_that_is_too_big_is_refused_before_it_is_sent() -> None:
    with Relay(most=10_000) as relay:
        sent = mail.sent_by_relay(replace(A_MESSAGE, text="x\n" * 10_000), way_to(relay))
        assert "DATA" not in relay.heard
    assert sent.outcome is Outcome.FAILED
    assert sent.why is not None
    assert sent.why.startswith("the relay refused the sender: 552 ")


def test_a_relay_that_is_not_there_is_told() -> None:
    with Relay() as relay:
        way = way_to(relay)
    assert mail.sent_by_relay(A_MESSAGE, way) == Sent(Outcome.FAILED, "the relay cannot be reached: Connection refused")
    assert mail.answers(way) == "the relay cannot be reached: Connection refused"


def test_an_unknown_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = mail.answers(Way("relay.example.org", 587, "starttls"))
    assert found == "the relay cannot be reached: Name or service not known"


def test_a_name_that_is_not_resolved_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait() and [])
    found = mail.answers(Way("relay.example.org", 587, "starttls", seconds=FEW))
    is_over.set()
    assert found == "the relay took longer than 0.3 seconds"


def test_a_relay_is_tried_at_each_of_its_addresses(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    with Relay() as ended:
        pass
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, port)) for port in (ended.port, relay.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert mail.sent_by_relay(A_MESSAGE, way_to(relay)) == Sent(Outcome.SENT)


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "STARTTLS", "AUTH"])
@pytest.mark.parametrize("fault", [HangsUp(), Hangs(), Drips(), Says(), Answers("454 not now")])
def test_asking_whether_a_relay_answers_finds_what_is_wrong(step: str, fault: Fault) -> None:
    with Relay("starttls", login=("hanako", PASSWORD), faults={step: fault}) as relay:
        found = mail.answers(way_to(relay, seconds=FEW))
    assert found is not None
    assert found.startswith("the relay ")
    assert relay.mails == []


# --- the local program ----------------------------------------------------------------------------


def a_program(folder: Path, *lines: str) -> Path:
    """Write a program of the shell that stands in for sendmail."""
    path = folder / "sendmail"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_local_program_gets_the_mail_and_its_envelope(tmp_path: Path) -> None:
    program = a_program(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/words', f"cat > {tmp_path}/mail")
    message = replace(A_MESSAGE, to="-x@example.jp", text="Grüße\n.\nEnde\n", html="<p>Grüße</p>\n")
    assert mail.sent_by_program(message, program, PLENTY) == Sent(Outcome.SENT)
    words = (tmp_path / "words").read_text().splitlines()
    assert words == ["-i", "-f", "delist@example.org", "--", "-x@example.jp"]
    raw = (tmp_path / "mail").read_bytes()
    assert b"\r" not in raw
    found = message_from_bytes(raw, policy=default)
    assert text_of(found) == "Grüße\n.\nEnde\n"
    assert found["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("lines", "outcome", "why"),
    [
        (["cat > /dev/null", "exit 75"], Outcome.FAILED, "PROGRAM ended with 75"),
        (
            ["echo 'queue is full: https://x.example/?k=1' >&2", "exit 1"],
            Outcome.FAILED,
            "PROGRAM ended with 1: queue is full: [link]",
        ),
        (["exit 0"], Outcome.SENT, None),
        (["kill -9 $$"], Outcome.UNSURE, "PROGRAM was ended by signal 9"),
    ],
)
def test_how_the_program_ends_is_told(tmp_path: Path, lines: list[str], outcome: Outcome, why: str | None) -> None:
    program = a_program(tmp_path, *lines)
    sent = mail.sent_by_program(replace(A_MESSAGE, text="x\n" * 100_000), program, PLENTY)
    assert sent == Sent(outcome, why and why.replace("PROGRAM", str(program)))


@pytest.mark.parametrize(
    "lines", [["sleep 100"], ["cat > /dev/null", "sleep 100 & wait"], ["trap '' TERM INT HUP", "sleep 100"]]
)
def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, lines: list[str]) -> None:
    program = a_program(tmp_path, *lines)
    sent = mail.sent_by_program(replace(A_MESSAGE, text="x\n" * 100_000), program, FEW)
    assert sent == Sent(Outcome.UNSURE, f"{program} took longer than 0.3 seconds and was ended")


def test_a_program_that_leaves_somebody_behind_is_not_waited_for(tmp_path: Path) -> None:
    program = a_program(tmp_path, "cat > /dev/null", "sleep 20 &")
    assert mail.sent_by_program(A_MESSAGE, program, 10.0) == Sent(Outcome.SENT)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "sendmail"
    assert mail.sent_by_program(A_MESSAGE, missing, PLENTY) == Sent(
        Outcome.FAILED, f"{missing} cannot be run: No such file or directory"
    )
    missing.write_text("")
    assert mail.sent_by_program(A_MESSAGE, missing, PLENTY).why == f"{missing} cannot be run: Permission denied"
    assert mail.sent_by_program(replace(A_MESSAGE, to="x"), missing, PLENTY).why == "a mail address is malformed"
