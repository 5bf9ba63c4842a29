"""What lines of Postfix tell."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.logs.dialects import POSTFIX, accepted, candidates
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import LISTED, POSTFIX_BODY, attempt, attempts, postfix


@pytest.mark.parametrize(
    ("head", "stamp", "host", "instance"),
    [
        ("Feb 29 00:14:50 mx1 postfix/smtp[1370]: ", "Feb 29 00:14:50", "mx1", "postfix"),
        ("Mar  1 00:14:50 mx1 postfix/smtp[1370]: ", "Mar  1 00:14:50", "mx1", "postfix"),
        ("Mar 1 00:14:50 mx1 postfix/smtp[1370]: ", "Mar 1 00:14:50", "mx1", "postfix"),
        ("Mar  1 00:14:50.123456 mx1 postfix/smtp[7]: ", "Mar  1 00:14:50.123456", "mx1", "postfix"),
        ("Mar 01 2025 00:14:50 mx1 postfix/smtp[7]: ", "Mar 01 2025 00:14:50", "mx1", "postfix"),
        ("2025-12-08T07:00:05+09:00 mx1 postfix-out/smtp[8]: ", "2025-12-08T07:00:05+09:00", "mx1", "postfix-out"),
        ("2025-12-08T07:00:05.123456+09:00 mx1 s1-2/smtp[8]: ", "2025-12-08T07:00:05.123456+09:00", "mx1", "s1-2"),
        ("2025-12-08T07:00:05Z mx1 postfix/relay/smtp[8]: ", "2025-12-08T07:00:05Z", "mx1", "postfix/relay"),
        ("2025-12-08T07:00:05+0900 mx1 postfix/smtp[8]: ", "2025-12-08T07:00:05+0900", "mx1", "postfix"),
        ("2025-12-08 07:00:05 mx1 postfix/lmtp[8]: ", "2025-12-08 07:00:05", "mx1", "postfix"),
        ("postfix-1  | Dec  8 07:00:05 a1b2c3 postfix/smtp[8]: ", "Dec  8 07:00:05", "a1b2c3", "postfix"),
        ("\x1b[36mpostfix-1  | \x1b[0mDec  8 07:00:05 a1b2 postfix/smtp[8]: ", "Dec  8 07:00:05", "a1b2", "postfix"),
        (
            "mail | 2025-12-08T07:00:05.123456789Z Dec  8 07:00:05 a1 postfix/smtp[8]: ",
            "2025-12-08T07:00:05.123456789Z",
            "a1",
            "postfix",
        ),
        (
            "2025-12-08T07:00:05.123456789Z stdout F Dec  8 07:00:05 pod postfix/smtp[8]: ",
            "2025-12-08T07:00:05.123456789Z",
            "pod",
            "postfix",
        ),
        ("2025-12-08T07:00:05.1+00:00 INFO    postfix/smtp[8]: ", "2025-12-08T07:00:05.1+00:00", "", "postfix"),
        ("Mon 2025-12-08 07:00:05 JST mx1 postfix/smtp[8]: ", "2025-12-08 07:00:05", "mx1", "postfix"),
        ("<22>Dec  8 07:00:05 mx1 postfix/smtp[8]: ", "Dec  8 07:00:05", "mx1", "postfix"),
        ("<22>1 2025-12-08T07:00:05+09:00 mx1 postfix/smtp 8 - - ", "2025-12-08T07:00:05+09:00", "mx1", "postfix"),
        ("Dec  8 07:00:05 mx1 postfix/smtp[8]: [ID 197553 mail.info] ", "Dec  8 07:00:05", "mx1", "postfix"),
        ("Dec  8 07:00:05 <mail.info> mx1 postfix/smtp[8]: ", "Dec  8 07:00:05", "mx1", "postfix"),
        ("2025 Dec  8 07:00:05 mx1 postfix/smtp[8]: ", "2025 Dec  8 07:00:05", "mx1", "postfix"),
        ("Dec  8 07:00:05 mx1 mail.info postfix/smtp[8]: ", "Dec  8 07:00:05", "mx1", "postfix"),
        ("/var/log/mail.log.1:Dec  8 07:00:05 mx1 postfix/smtp[8]: ", "Dec  8 07:00:05", "mx1", "postfix"),
        ("postfix-1  | postfix/smtp[8]: ", "", "", "postfix"),
    ],
)
def test_a_postfix_line_is_read_however_it_reached_the_file(head: str, stamp: str, host: str, instance: str) -> None:
    told = attempt(POSTFIX, head + POSTFIX_BODY)
    assert told == Attempt(
        Status.BOUNCED, stamp, host, instance, "4F2A1C0D9E", "ann@example.org", "mx.example.org", LISTED
    )


@pytest.mark.parametrize(
    ("said", "relay", "reply"),
    [
        (f"host mx9.example.org[192.0.2.9] said: {LISTED} (in reply to RCPT TO command)", "mx9.example.org", LISTED),
        (f"host mx9.example.org[192.0.2.9]:25 said: {LISTED}", "mx9.example.org", LISTED),
        (
            "host mx.example.org[2001:db8::5] said: 550 no (mail (in reply to end of DATA command)",
            "mx.example.org",
            "550 no (mail",
        ),
        (f"host mx9.example.org[192.0.2.9] refused to talk to me: {LISTED}", "mx9.example.org", LISTED),
        (
            "delivery temporarily suspended: host mx9.example.org[192.0.2.9] refused to talk to me: 554 listed",
            "mx9.example.org",
            "554 listed",
        ),
        ("SASL authentication failed; server o.example[192.0.2.7] said: 535 5.7.8 no", "o.example", "535 5.7.8 no"),
        ("lost connection with mx9.example.org[192.0.2.9] while receiving the initial server greeting", "", ""),
        ("conversation with mx9.example.org[192.0.2.9] timed out while sending RCPT TO", "", ""),
        ("connect to mx9.example.org[192.0.2.9]:25: Connection timed out", "", ""),
        ("delivery temporarily suspended: connect to mx9.example.org[192.0.2.9]:25: Connection refused", "", ""),
        ("Host or domain name not found. Name service error for name=example.org type=MX: Host not found", "", ""),
        ("mail for example.org loops back to myself", "", ""),
    ],
)
def test_of_postfix_the_reply_alone_is_kept_and_who_spoke(said: str, relay: str, reply: str) -> None:
    told = attempt(POSTFIX, postfix(f"to=<ann@example.org>, relay=none, delay=1, dsn=4.0.0, status=deferred ({said})"))
    assert (told.status, told.relay, told.reply) == (Status.DEFERRED, relay, reply)


@pytest.mark.parametrize(
    ("recipient", "written"),
    [
        ("ann@example.org", "to=<ann@example.org>"),
        ("ann@example.org", "to=<ann@example.org>, orig_to=<root>"),
        ('"ann lee, x"@example.org', 'to=<"ann lee, x"@example.org>'),
        ('"a>b"@example.org', 'to=<"a>b"@example.org>, orig_to=<"a, b"@example.org>'),
        ("", "to=<>"),
        (
            '"x>, orig_to=<y>, relay=z[w], status=sent (ok)"@example.org',
            'to=<"x>, orig_to=<y>, relay=z[w], status=sent (ok)"@example.org>, orig_to=<a>',
        ),
    ],
)
def test_of_postfix_the_final_recipient_is_kept_in_whatever_way_it_is_written(recipient: str, written: str) -> None:
    line = postfix(f"{written}, relay=MX.Example.org[192.0.2.25]:25, conn_use=2, delay=1, status=bounced (host a[b] s)")
    assert (attempt(POSTFIX, line).recipient, attempt(POSTFIX, line).relay) == (recipient, "mx.example.org")


@pytest.mark.parametrize("queue_id", ["4F2A1", "4F2A1C0D9E", "3xKqLm0VzFz1Rt", "4bZx7Q2Jkqz2xBd"])
def test_short_and_long_queue_ids_are_known(queue_id: str) -> None:
    assert attempt(POSTFIX, postfix(POSTFIX_BODY.partition(": ")[2], queue_id=queue_id)).queue_id == queue_id


def test_a_refusal_under_soft_bounce_is_deferred_since_the_message_stays() -> None:
    line = postfix(
        f"to=<a@b.example>, relay=mx[192.0.2.1]:25, dsn=5.7.1, status=SOFTBOUNCE (host mx[x] said: {LISTED})"
    )
    assert (attempt(POSTFIX, line).status, attempt(POSTFIX, line).reply) == (Status.DEFERRED, LISTED)


def test_a_line_that_syslog_cut_is_read_as_far_as_it_goes() -> None:
    line = postfix(
        "to=<a@b.example>, relay=mx[192.0.2.1]:25, status=bounced (host mx[192.0.2.1] said: 550 listed at zen"
    )
    assert attempt(POSTFIX, line).reply == "550 listed at zen"


@pytest.mark.parametrize("agent", ["smtp", "lmtp", "error", "retry", "relay", "qmgr"])
def test_agents_that_tell_of_other_servers_are_heard(agent: str) -> None:
    assert attempts(POSTFIX, postfix("to=<a@b.example>, relay=none, delay=3, status=deferred (x)", agent))


@pytest.mark.parametrize(
    "line",
    [
        postfix('to=<ann@example.org>, relay=local, delay=1, status=bounced (unknown user: "ann")', "local"),
        postfix("to=<ann@example.org>, relay=dovecot, delay=1, status=deferred (temporary failure)", "pipe"),
        postfix("to=<ann@example.org>, relay=virtual, delay=1, status=bounced (unknown user)", "virtual"),
        postfix("from=<news@example.com>, status=expired, returned to sender", "qmgr"),
        postfix("from=<news@example.com>, status=force-expired, returned to sender", "qmgr"),
        postfix("sender non-delivery notification: ADA1EE20F3 status=bounced", "bounce"),
        postfix("host mx.example.org[192.0.2.25] said: 450 4.7.1 blocked (in reply to RCPT TO command)"),
        postfix(
            "reject: RCPT from c.example[198.51.100.1]: 554 5.7.1 blocked; from=<a> to=<b> status=bounced", "smtpd"
        ).replace("4F2A1C0D9E", "NOQUEUE"),
        postfix(
            "warning: header Subject: x: to=<a@b.example>, relay=y[z], status=bounced (host y[z] said: 550 blocked)"
        ).replace("/smtp[", "/cleanup["),
        postfix("milter-reject: END-OF-MESSAGE from c[198.51.100.1]: 5.7.1 status=bounced; to=<b>", "cleanup"),
        "Feb 29 00:14:50 mx1 postfix/postscreen[9]: NOQUEUE: reject: to=<a>, relay=b, status=deferred (",
        postfix("to=<ann@example.org>, relay=mx[192.0.2.1]:25, status=undeliverable (host mx[192.0.2.1] said: 550 x)"),
        "status=bounced",
        ": to=<x>, relay=y, status=bounced (z)",
    ],
)
def test_what_postfix_said_to_others_and_companions_are_no_attempts(line: str) -> None:
    assert attempts(POSTFIX, line) == []
    assert POSTFIX.reader()(line) == ()


def test_sent_lines_are_no_candidates_but_found_for_their_relays() -> None:
    lines = [
        postfix(f"to=<a{number}@b.example>, relay={relay}[192.0.2.1]:25, dsn={dsn}, status={status} ({said})")
        for number, (relay, dsn, status, said) in enumerate(
            [
                ("MX1.gmx.example", "2.0.0", "sent", "250 Ok: queued as 1"),
                ("mx2.gmx.example", "2.0.0", "sent", "250 Ok: queued as 2"),
                ("mx1.gmx.example.net", "2.0.0", "sent", "250 Ok"),
                ("mx1.gmx.example", "4.0.0", "deferred", "host mx1.gmx.example[192.0.2.1] said: 450 wait"),
                ("mx1xgmx.example", "2.0.0", "sent", "250 Ok"),
            ]
        )
    ]
    buffer = "\n".join(lines).encode()
    found = [buffer[a:b].decode() for a, b in accepted(buffer, len(buffer), [POSTFIX], {"mx1.gmx.example"})]
    assert found == lines[:1]
    assert POSTFIX.reader()(found[0])[0].reply == "250 Ok: queued as 1"
    assert POSTFIX.reader()(found[0])[0].status is Status.SENT
    assert list(accepted(buffer, len(buffer), [POSTFIX], set())) == []
    assert [buffer[a:b].decode() for a, b in candidates(buffer, len(buffer), [POSTFIX])] == lines[3:4]


@given(st.integers(0, 400), st.text(string.printable, max_size=40))
@settings(max_examples=150)
def test_a_torn_line_raises_nothing_and_invents_no_reply(cut: int, tail: str) -> None:
    whole = "Feb 29 00:14:50 mx1 postfix/smtp[1370]: " + POSTFIX_BODY
    for told in POSTFIX.reader()(whole[:cut]):
        assert whole.find(told.reply) >= 0
    POSTFIX.reader()(whole[:cut] + tail)
