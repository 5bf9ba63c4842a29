"""What a log line says: each mail system's tellings, and all that is none of ours."""

import string
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.logs import journal, jsonpairs, prefix, qmail, stamps
from delist.rules.logs.dialects import (
    DIALECTS,
    EXCHANGE,
    EXCHANGE_NOTICE,
    EXIM,
    JOURNAL,
    OPENSMTPD,
    POSTFIX,
    QMAIL,
    QUEUE,
    QUEUE_JSON,
    SENDMAIL,
    ZONEMTA,
    Dialect,
    accepted,
    candidates,
    sniff,
)
from delist.rules.logs.masks import masked
from delist.rules.logs.values import Attempt, Status

LISTED = "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org"
POSTFIX_BODY = (
    "4F2A1C0D9E: to=<ann@example.org>, relay=mx.example.org[192.0.2.25]:25, delay=1.2, delays=0.1/0.01/0.5/0.6, "
    f"dsn=5.7.1, status=bounced (host mx.example.org[192.0.2.25] said: {LISTED} (in reply to RCPT TO command))"
)
EXIM_FACTS = (
    "R=dnslookup T=remote_smtp H=MX.example.org [192.0.2.25] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes: "
    "SMTP error from remote mail server after pipelined RCPT TO:<ann@example.org>:"
)


def attempts(dialect: Dialect, lines: str | Sequence[str]) -> list[Attempt]:
    """What a fresh reader tells of the candidates among the lines, as a reader of files asks it."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    buffer = bytearray(text.encode())
    read = dialect.reader()
    return [
        told for start, stop in candidates(buffer, len(buffer), [dialect]) for told in read(buffer[start:stop].decode())
    ]


def attempt(dialect: Dialect, lines: str | Sequence[str]) -> Attempt:
    (told,) = attempts(dialect, lines)
    return told


# Postfix


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


def postfix(facts: str, agent: str = "smtp", queue_id: str = "4F2A1C0D9E") -> str:
    return f"Feb 29 00:14:50 mx1 postfix/{agent}[1370]: {queue_id}: {facts}"


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


# Exim


@pytest.mark.parametrize(
    ("head", "stamp", "host", "instance"),
    [
        ("2025-11-20 10:00:02 ", "2025-11-20 10:00:02", "", ""),
        ("2025-11-20 10:00:02.123 +0900 ", "2025-11-20 10:00:02.123 +0900", "", ""),
        ("2025-11-20 10:00:02 +0900 [4711] ", "2025-11-20 10:00:02 +0900", "", ""),
        ("2025-11-20 10:00:02 [4711] ", "2025-11-20 10:00:02", "", ""),
        ("Nov 20 10:00:02 mx1 exim[4711]: 2025-11-20 10:00:02 ", "2025-11-20 10:00:02", "mx1", "exim"),
        ("Nov 20 10:00:02 mx1 exim[4711]: [1\\2] 2025-11-20 10:00:02 ", "2025-11-20 10:00:02", "mx1", "exim"),
        ("Nov 20 10:00:02 mx1 exim4[4711]: ", "Nov 20 10:00:02", "mx1", "exim4"),
        ("2025-11-20T10:00:02+09:00 mx1 exim[4711]: 2025-11-20 10:00:02 ", "2025-11-20T10:00:02+09:00", "mx1", "exim"),
        ("exim-1  | 2025-11-20 10:00:02 ", "2025-11-20 10:00:02", "", ""),
    ],
)
@pytest.mark.parametrize("message", ["1vrkvf-PIPuBH-AX", "1v2uon-LpaFz1HA2qM-pjZz"])
def test_an_exim_line_is_read_however_it_reached_the_file(
    head: str, stamp: str, host: str, instance: str, message: str
) -> None:
    told = attempt(
        EXIM, f"{head}{message} ** ann@example.org {EXIM_FACTS} 550-blocked at zen\\n550 see https://x.test/a"
    )
    assert told == Attempt(
        *(Status.BOUNCED, stamp, host, instance, message, "ann@example.org", "mx.example.org"),
        "550-blocked at zen 550 see https://x.test/a",
    )


def exim(text: str) -> str:
    return f"2025-11-20 10:00:02 1vrkvf-PIPuBH-AX {text}"


@pytest.mark.parametrize(
    ("text", "status", "recipient", "relay", "reply", "address"),
    [
        (f"== ann@example.org R=d T=s defer (-45) I=[203.0.113.9]:25 {EXIM_FACTS.partition('smtp ')[2]} 421 4.7.0 wait",
        Status.DEFERRED, "ann@example.org", "mx.example.org", "421 4.7.0 wait", "203.0.113.9"),
        ("** ann@example.org <list@example.com> F=<news@example.com> R=d T=s H=mx.example.org [192.0.2.25]: "
         "SMTP error from remote mail server after initial connection: 554-no\\n554 listed",
        Status.BOUNCED, "ann@example.org", "mx.example.org", "554-no 554 listed", ""),
        ("** ann@example.org R=d T=s: host mx.example.org [192.0.2.25]: SMTP error from remote mailer after "
         "RCPT TO:<ann@example.org>: 550 blocked: see x: retry timeout exceeded",
        Status.BOUNCED, "ann@example.org", "mx.example.org", "550 blocked: see x", ""),
        ('** "ann lee"@example.org R=d T=s H=mx.example.org [2001:db8::5]: SMTP error from remote mail server after '
         'RCPT TO:<"a: lee"@example.org>: 550 no',
        Status.BOUNCED, '"ann lee"@example.org', "mx.example.org", "550 no", ""),
        ("== ann@example.org R=d T=s defer (-44): SMTP error from remote mail server after "
         "RCPT TO:<ann@example.org>: host mx.example.org [192.0.2.25]: 450 4.3.2 wait",
         Status.DEFERRED, "ann@example.org", "mx.example.org", "450 4.3.2 wait", ""),
        ("** ann@example.org: Unrouteable address", Status.BOUNCED, "ann@example.org", "", "", ""),
        ("== ann@example.org R=d T=s defer (-53): retry time not reached for any host for 'example.org'",
        Status.DEFERRED, "ann@example.org", "", "", ""),
        ("== ann@example.org R=d T=s defer (110) H=mx.example.org [192.0.2.25]: Connection timed out",
        Status.DEFERRED, "ann@example.org", "mx.example.org", "", ""),
    ],
)  # fmt: skip
def test_of_exim_the_reply_alone_is_kept(
    text: str, status: Status, recipient: str, relay: str, reply: str, address: str
) -> None:
    told = attempt(EXIM, exim(text))
    assert (told.status, told.recipient, told.relay, told.reply, told.address) == (
        *(status, recipient, relay, reply, address),
    )


@pytest.mark.parametrize(
    "line",
    [
        exim('<= news@example.com H=app [10.0.0.8] T="** sale == now" for ann@example.org'),
        exim("Completed ** == "),
        exim("=> ann <ann@example.com> R=local_user T=local_delivery"),
        exim("=> /dev/null <a@example.com> R=x T=** file"),
        "2025-11-20 10:00:02 H=bad.example [198.51.100.1] F=<a@b.example> rejected RCPT <c@example.com>: 203.0.113.9 "
        "is in a black list ** == ",
        exim("H=bad.example [198.51.100.1] rejected after DATA: spam ** x == y"),
        exim("H=mx.example.org [192.0.2.25]: SMTP error from remote mail server after initial connection: 554 no ** "),
    ],
)
def test_what_exim_said_to_others_arrivals_and_mailboxes_are_no_attempts(line: str) -> None:
    assert attempts(EXIM, line) == []
    assert EXIM.reader()(line) == ()


@pytest.mark.parametrize("flag", ["=>", "->", ">>"])
def test_accepted_deliveries_of_exim_are_found_for_their_relays(flag: str) -> None:
    line = exim(f'{flag} ann@example.org R=d T=s H=mx.example.org [192.0.2.25] C="250 2.0.0 Ok: queued as 1"')
    buffer = f"{line}\n{line.replace('mx.', 'my.')}\n".encode()
    ((start, stop),) = accepted(buffer, len(buffer), [EXIM], ["mx.example.org"])
    told = EXIM.reader()(buffer[start:stop].decode())[0]
    assert (told.status, told.relay, told.reply) == (Status.SENT, "mx.example.org", "250 2.0.0 Ok: queued as 1")


# sendmail


def sendmail(facts: str, tag: str = "sm-mta[123]") -> str:
    return f"Nov 20 10:00:02 mx1 {tag}: 5AK102abc012345: {facts}"


SENDMAIL_FACTS = (
    "to=<ann@example.org>, ctladdr=<news@example.com> (1/1), delay=00:00:02, xdelay=00:00:02, mailer=esmtp, "
    "pri=120310, relay=MX.example.org. [192.0.2.25], "
)


@pytest.mark.parametrize(
    ("end", "status", "reply"),
    [
        (
            "dsn=4.7.1, stat=Deferred: 421 4.7.0 [203.0.113.9] deferred",
            Status.DEFERRED,
            "421 4.7.0 [203.0.113.9] deferred",
        ),
        ("dsn=4.0.0, stat=Deferred: Connection timed out with mx.example.org.", Status.DEFERRED, ""),
        ("dsn=4.0.0, stat=Deferred: mx.example.org.: No route to host", Status.DEFERRED, ""),
        ("dsn=4.0.0, stat=Deferred", Status.DEFERRED, ""),
        ("dsn=4.7.1, stat=451 4.7.1 try later", Status.DEFERRED, "451 4.7.1 try later"),
        ("dsn=5.1.1, stat=User unknown", Status.BOUNCED, ""),
        ("dsn=5.0.0, stat=Service unavailable", Status.BOUNCED, ""),
        ("dsn=5.7.1, stat=Service unavailable; blocked by x", Status.BOUNCED, "Service unavailable; blocked by x"),
        (
            "dsn=5.7.1, reply=550 5.7.1 blocked by list, stat=Service unavailable",
            Status.BOUNCED,
            "550 5.7.1 blocked by list",
        ),
        ("dsn=5.7.1, stat=554 5.7.1 blocked", Status.BOUNCED, "554 5.7.1 blocked"),
        ("dsn=2.0.0, stat=Sent (Ok: queued as 1)", Status.SENT, "Ok: queued as 1"),
    ],
)
def test_of_sendmail_the_reply_in_stat_or_reply_is_kept(end: str, status: Status, reply: str) -> None:
    assert SENDMAIL.reader()(sendmail(SENDMAIL_FACTS + end)) == (
        Attempt(
            *(status, "Nov 20 10:00:02", "mx1", "sm-mta", "5AK102abc012345", "ann@example.org", "mx.example.org"), reply
        ),
    )


def test_a_line_of_sendmail_tells_of_each_recipient() -> None:
    line = sendmail(
        "to=<ann@example.org>,<\"b, c\"@example.org>,<d@example.org>, delay=1+00:00:02, mailer=esmtp, pri=1, "
        "relay=mx.example.org. [IPv6:2001:db8::5], dsn=4.0.0, stat=Deferred: 450 wait", "sendmail[9]"
    )  # fmt: skip
    assert [told.recipient for told in attempts(SENDMAIL, line)] == [
        "ann@example.org",
        '"b, c"@example.org',
        "d@example.org",
    ]


@pytest.mark.parametrize(
    "line",
    [
        sendmail("ruleset=check_relay, arg1=[198.51.100.1], relay=[198.51.100.1], reject=553 blocked, stat=x"),
        sendmail("from=<a@b.example>, size=1, nrcpts=1, stat=Deferred, relay=x [198.51.100.1]"),
        sendmail("Milter: to=<a@b.example>, delay=1, reject=550 5.7.1 blocked, stat=x"),
        sendmail("5AK102abc012346: DSN: Service unavailable, stat=Deferred"),
        sendmail("to=<a@b.example>, delay=00:00:00, mailer=esmtp, pri=1, stat=queued"),
        sendmail("lost input channel from x, stat=Deferred"),
    ],
)
def test_what_sendmail_said_to_others_and_companions_are_no_attempts(line: str) -> None:
    assert attempts(SENDMAIL, line) == []
    assert SENDMAIL.reader()(line) == ()


def test_accepted_deliveries_of_sendmail_are_found_for_their_relays() -> None:
    buffer = (
        sendmail(SENDMAIL_FACTS + "dsn=2.0.0, stat=Sent (ok)") + "\n" + sendmail(SENDMAIL_FACTS + "stat=x")
    ).encode()
    assert len(list(accepted(buffer, len(buffer), [SENDMAIL], ["mx.example.org"]))) == 1


# qmail


@pytest.mark.parametrize(
    ("head", "stamp", "host", "tag"),
    [
        ("@40000000691e8f1c075bcd15 ", "@40000000691e8f1c075bcd15", "", ""),
        ("2025-11-20 10:00:02.123456789 ", "2025-11-20 10:00:02.123456789", "", ""),
        ("Nov 20 10:00:02 mx1 qmail: 1763600402.123456 ", "1763600402.123456", "mx1", "qmail"),
        ("Nov 20 10:00:02 mx1 qmail-send[12]: ", "Nov 20 10:00:02", "mx1", "qmail-send"),
        ("", "", "", ""),
    ],
)
def test_a_delivery_of_qmail_is_put_together_from_its_lines(head: str, stamp: str, host: str, tag: str) -> None:
    lines = [
        f"{head}new msg 161214",
        f"{head}starting delivery 5: msg 161214 to remote ann@example.org",
        f"{head}starting delivery 6: msg 161214 to remote bob@example.org",
        f"{head}status: local 0/10 remote 2/20",
        f"{head}delivery 5: failure: 192.0.2.25_does_not_like_recipient./Remote_host_said:_550-5.7.1_blocked_by/"
        "550_5.7.1_https://x.test/q/Giving_up_on_192.0.2.25./",
    ]
    assert attempt(QMAIL, lines) == Attempt(
        *(Status.BOUNCED, stamp, host, tag, "161214", "ann@example.org", "192.0.2.25"),
        "550-5.7.1 blocked by 550 5.7.1 https://x.test/q",
    )


@pytest.mark.parametrize(
    ("report", "status", "relay", "reply"),
    [
        (
            "deferral: Connected_to_192.0.2.25_but_greeting_failed./Remote_host_said:_554_no_service/",
            Status.DEFERRED,
            "192.0.2.25",
            "554 no service",
        ),
        (
            "failure: Connected_to_192.0.2.25_but_sender_was_rejected./Remote_host_said:_550_listed/",
            Status.BOUNCED,
            "192.0.2.25",
            "550 listed",
        ),
        (
            "failure: 192.0.2.25_failed_after_I_sent_the_message./Remote_host_said:_554_5.7.1_listed/",
            Status.BOUNCED,
            "192.0.2.25",
            "554 5.7.1 listed",
        ),
        ("deferral: Sorry,_I_wasn't_able_to_establish_an_SMTP_connection._(#4.4.1)/", Status.DEFERRED, "", ""),
        ("success: 192.0.2.25_accepted_message./Remote_host_said:_250_ok_1/", Status.SENT, "192.0.2.25", "250 ok 1"),
        (
            "success: (ann@example.org)_192.0.2.25_accepted_message./Remote_host_said:_250_ok/",
            Status.SENT,
            "192.0.2.25",
            "250 ok",
        ),
    ],
)
def test_what_qmail_reports_is_read_back_into_a_reply(report: str, status: Status, relay: str, reply: str) -> None:
    told = attempt(QMAIL, ["starting delivery 5: msg 1 to remote ann@example.org", f"delivery 5: {report}"])
    assert (told.status, told.recipient, told.relay, told.reply) == (status, "ann@example.org", relay, reply)


def test_qmail_deliveries_into_mailboxes_are_no_attempts() -> None:
    lines = ["starting delivery 5: msg 1 to local ann@example.org", "delivery 5: deferral: Temporary_error_on_maildir/"]
    assert attempts(QMAIL, lines) == []
    assert attempts(QMAIL, ["delivery 9: success: did_0+0+1/"]) == []


def test_a_delivery_whose_beginning_is_in_an_older_file_has_no_recipient() -> None:
    told = attempt(QMAIL, "delivery 5: failure: 192.0.2.25_does_not_like_recipient./Remote_host_said:_550_x/")
    assert (told.recipient, told.queue_id, told.reply) == ("", "", "550 x")


def test_a_torn_log_of_qmail_does_not_grow_the_memory() -> None:
    read = qmail.Deliveries()
    for number in range(20_000):
        read(f"starting delivery {number}: msg 1 to remote ann@example.org")
    assert len(read._begun) <= 4096


# OpenSMTPD


@pytest.mark.parametrize(
    "line",
    [
        'Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 mta delivery evpid=7077717e797a776e from=<news@example.com> '
        'to=<ann@example.org> rcpt=<-> source="203.0.113.9" relay="192.0.2.25 (MX.example.org)" delay=1s '
        'result="PermFail" stat="550 5.7.1 "blocked" by list"',
        'Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 mta event=delivery evpid=7077717e797a776e from=<a@example.com> '
        'to=<ann@example.org> rcpt=<-> source="203.0.113.9" relay="192.0.2.25 (mx.example.org)" delay=1s '
        'result="PermFail" stat="550 5.7.1 "blocked" by list"',
        "Nov 20 10:00:02 mx1 smtpd[9]: relay: PermFail for 7077717e797a776e: session=8f4864084ecc48f4, "
        "from=<news@example.com>, to=<ann@example.org>, rcpt=<->, source=203.0.113.9, "
        'relay=mx.example.org [192.0.2.25], delay=1s, stat=550 5.7.1 "blocked" by list',
    ],
)  # fmt: skip
def test_old_and_new_lines_of_opensmtpd_say_the_same(line: str) -> None:
    assert attempt(OPENSMTPD, line) == Attempt(
        *(Status.BOUNCED, "Nov 20 10:00:02", "mx1", "smtpd", "7077717e797a776e", "ann@example.org", "mx.example.org"),
        *('550 5.7.1 "blocked" by list', "203.0.113.9"),
    )


def test_temporary_failures_of_opensmtpd_are_deferred_and_its_own_refusals_nothing() -> None:
    line = (
        'Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 mta delivery evpid=7077717e797a776e from=<> to=<a@b.example> '
        'rcpt=<-> source="-" relay="192.0.2.25 (192.0.2.25)" delay=1s result="TempFail" stat="421 wait"'
    )  # fmt: skip
    told = attempt(OPENSMTPD, line)
    assert (told.status, told.relay, told.reply, told.address) == (Status.DEFERRED, "192.0.2.25", "421 wait", "")
    own = (
        'Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 smtp failed-command address=198.51.100.1 '
        'command="RCPT TO:<a@b.example>" result="550 Invalid recipient" result="PermFail" stat="x"'
    )  # fmt: skip
    assert attempts(OPENSMTPD, own) == []


def test_accepted_deliveries_of_opensmtpd_are_found_for_their_relays() -> None:
    line = (
        b'Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 mta delivery evpid=7077717e797a776e from=<> to=<a@b.example> '
        b'rcpt=<-> source="203.0.113.9" relay="192.0.2.25 (MX.example.org)" delay=1s result="Ok" stat="250 ok"'
    )  # fmt: skip
    assert list(accepted(line, len(line), [OPENSMTPD], ["mx.example.org"])) == [(0, len(line))]
    assert OPENSMTPD.reader()(line.decode())[0].status is Status.SENT


# ZoneMTA


@pytest.mark.parametrize(
    ("line", "stamp", "host", "address"),
    [
        ("Nov 20 10:00:02 mx1 zonemta[7]: (Sender/default/7) id=abc 1763600402aa.001 REJECTED[blacklist] "
         "from=news@example.com[v@example.com] to=ann@example.org src=203.0.113.9 mx=MX.example.org[192.0.2.25] "
         "id=<1@example.com> (550 5.7.1 blocked (by) list)", "Nov 20 10:00:02", "mx1", "203.0.113.9"),
        ("info Sender/default/7 1763600402aa.001 REJECTED[blacklist] from=news@example.com to=ann@example.org "
         "mx=mx.example.org[192.0.2.25] (550 5.7.1 blocked (by) list)", "", "", ""),
        ("2025-11-20T10:00:02.123Z info Sender/default/7 1763600402aa.001 REJECTED[blacklist] from=<> "
         "to=ann@example.org src=203.0.113.9 mx=mx.example.org[192.0.2.25] id=<1> (550 5.7.1 blocked (by) list)",
        "2025-11-20T10:00:02.123Z", "", "203.0.113.9"),
        ('{"id":"1763600402aa","seq":"001","action":"REJECTED","category":"blacklist","from":"news@example.com",'
         '"to":"ann@example.org","mx":"mx.example.org","host":"192.0.2.25","ip":"203.0.113.9",'
         '"response":"550 5.7.1 blocked (by) list","time":1763600402123}', "1763600402.123", "", "203.0.113.9"),
    ],
)  # fmt: skip
def test_lines_and_entries_of_zonemta_are_read(line: str, stamp: str, host: str, address: str) -> None:
    told = attempt(ZONEMTA, line)
    assert told._replace(instance="") == Attempt(
        *(Status.BOUNCED, stamp, host, "", "1763600402aa", "ann@example.org", "mx.example.org"),
        *("550 5.7.1 blocked (by) list", address),
    )


def test_deferred_and_accepted_lines_of_zonemta_are_told_apart() -> None:
    base = "17636aa.001 {} from=<> to=a@b.example src=203.0.113.9 mx=mx.example.org[192.0.2.25] id=<1> (250 ok)"
    assert attempt(ZONEMTA, base.format("DEFERRED[other]")).status is Status.DEFERRED
    line = base.format("ACCEPTED").encode()
    assert list(accepted(line, len(line), [ZONEMTA], ["mx.example.org"])) == [(0, len(line))]
    assert ZONEMTA.reader()(line.decode())[0].status is Status.SENT
    assert attempts(ZONEMTA, "17636aa.001 DROP[x] REJECTED[y] from=<> (z)") == []


# The journal, the queue


def journal_line(identifier: str, message: str, **more: str) -> str:
    fields = {"__REALTIME_TIMESTAMP": "1763600402123456", "_HOSTNAME": "mx1", "SYSLOG_PID": "7", **more}
    pairs = ", ".join(f'"{name}" : "{value}"' for name, value in fields.items())
    return f'{{ {pairs}, "SYSLOG_IDENTIFIER" : "{identifier}", "MESSAGE" : {message} }}'


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    "message",
    [quoted(POSTFIX_BODY), str(list(POSTFIX_BODY.encode())), str(list(POSTFIX_BODY.encode())).replace(" ", "")],
)
def test_a_line_in_the_journals_json_is_read_as_text_and_as_bytes(message: str) -> None:
    assert attempt(JOURNAL, journal_line("postfix-out/smtp", message)) == Attempt(
        *(Status.BOUNCED, "1763600402.123456", "mx1", "postfix-out", "4F2A1C0D9E", "ann@example.org", "mx.example.org"),
        LISTED,
    )


def test_the_journal_wraps_every_system_that_syslog_carries() -> None:
    lines = [
        journal_line("exim", quoted(f"1vrkvf-PIPuBH-AX ** ann@example.org {EXIM_FACTS} 550-no\\n550 listed")),
        journal_line("sm-mta", quoted("5AK102abc012345: " + SENDMAIL_FACTS + "stat=Deferred: 450 wait")),
        journal_line("qmail", quoted("starting delivery 5: msg 1 to remote ann@example.org")),
        journal_line(
            "qmail", quoted("delivery 5: failure: 192.0.2.25_does_not_like_recipient./Remote_host_said:_550_no/")
        ),
        journal_line(
            "postfix/smtpd", quoted("NOQUEUE: reject: RCPT from x[198.51.100.1]: 554 blocked; status=bounced")
        ),
        journal_line("kernel", quoted("nothing")),
    ]
    assert [told.reply for told in attempts(JOURNAL, lines)] == ["550-no 550 listed", "450 wait", "550 no"]


@pytest.mark.parametrize(
    "line",
    ["", "{}", '{"MESSAGE":"x"}', journal_line("a", '""'), journal_line("a", "null"), '"__REALTIME_TIMESTAMP":"1"'],
)
def test_what_is_no_entry_of_the_journal_is_not_unwrapped(line: str) -> None:
    assert journal.unwrap(line) is None


def test_pairs_of_json_come_in_order_with_escapes_undone() -> None:
    line = r'{"a":"x\"\\\n\u00e9\ud83d\ude00","b" : 12,"c":null,"d":[{"e":"f"}],"g":[104, 105],"h":true,"torn":"x'
    assert list(jsonpairs.read(line)) == [
        *(("a", 'x"\\\né😀'), ("b", "12"), ("c", ""), ("e", "f"), ("g", "hi"), ("h", "true")),
    ]


LISTING = """\
-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
4F2A1C0D9E*    1234 Thu Nov 20 10:00:02  news@example.com
                                         now@example.org

3xKqLm0VzFz1Rt     99 Sat Feb  9 10:00:02  MAILER-DAEMON
(host mx.example.org[192.0.2.25] said: 450 4.7.1 [203.0.113.9] listed (in reply to RCPT TO command))
                                         ann@example.org
                                         bob@example.org
      (connect to mx.example.net[192.0.2.26]:25: Connection timed out)
                                         cat@example.net

-- 3 Kbytes in 2 Requests.
"""


def test_the_queue_tells_why_each_recipient_waits_and_since_when() -> None:
    told = attempts(QUEUE, LISTING)
    assert [(one.recipient, one.relay, one.reply) for one in told] == [
        ("ann@example.org", "mx.example.org", "450 4.7.1 [203.0.113.9] listed"),
        ("bob@example.org", "mx.example.org", "450 4.7.1 [203.0.113.9] listed"),
        ("cat@example.net", "", ""),
    ]
    assert {one[:5] for one in told} == {(Status.DEFERRED, "Feb  9 10:00:02", "", "", "3xKqLm0VzFz1Rt")}


def test_the_queue_in_json_tells_of_each_recipient_of_a_line() -> None:
    line = (
        '{"queue_name": "deferred", "queue_id": "4F2A1C0D9E", "arrival_time": 1763600402, "message_size": 99, '
        '"forced_expire": false, "sender": "news@example.com", "recipients": [{"address": "ann@example.org", '
        '"delay_reason": "host mx.example.org[192.0.2.25] refused to talk to me: 554 listed"}, '
        '{"address": "new@example.org"}, {"address": "bob@example.org", "delay_reason": "lost connection"}]}'
    )
    told = attempts(QUEUE_JSON, line)
    assert [(one.queue_id, one.stamp, one.recipient, one.relay, one.reply) for one in told] == [
        ("4F2A1C0D9E", "1763600402", "ann@example.org", "mx.example.org", "554 listed"),
        ("4F2A1C0D9E", "1763600402", "bob@example.org", "", ""),
    ]


# Exchange


def test_a_notice_of_exchange_names_the_recipient_the_server_and_its_words() -> None:
    lines = """\
Diagnostic information for administrators:
Generating server: EX01.example.com<br>
Receiving server: mx.example.org (192.0.2.25)
ann@example.org (ann@example.org)<br>
Remote Server returned '550 5.7.606 Access denied, banned sending IP [203.0.113.9]. To request removal'</p>
11/20/2025 1:00:02 AM - Server at MX2.example.org (192.0.2.25) returned '451 4.7.650 rate limited'
> bob@example.org
> mx3.example.org
> Remote server returned "550 no"
"""
    banned, limited, quoted_text = attempts(EXCHANGE_NOTICE, lines)
    assert banned == Attempt(
        *(Status.BOUNCED, "", "EX01.example.com", "", "", "ann@example.org", "mx.example.org"),
        "550 5.7.606 Access denied, banned sending IP [203.0.113.9]. To request removal",
    )
    assert limited == Attempt(
        *(Status.DEFERRED, "11/20/2025 1:00:02 AM", "EX01.example.com", "", "", "ann@example.org", "mx2.example.org"),
        "451 4.7.650 rate limited",
    )
    assert quoted_text[5:8] == ("bob@example.org", "mx3.example.org", "550 no")


def test_a_notice_quoted_in_a_log_line_is_no_refusal_of_ours() -> None:
    line = postfix("warning: header Subject: Remote Server returned '550 5.7.606 no'").replace("/smtp[", "/cleanup[")
    assert attempts(EXCHANGE_NOTICE, line) == []


def tracking(event: str, recipients: str, status: str, network_id: str = "8d1,") -> str:
    return (
        f"2025-11-20T10:00:02.123Z,10.0.0.5,EX01,192.0.2.25,mx.example.org,ctx,Out,SMTP,{event},77,<1@example.com>,"
        f'{network_id}{recipients},{status},99,2,,,"Subject, with comma",news@example.com,news@example.com,,Out,,,,'
    )


@pytest.mark.parametrize("network_id", ["8d1,", ""])
def test_a_tracking_log_of_exchange_tells_of_each_recipient(network_id: str) -> None:
    status = (
        '"[{LED=550 5.7.1 blocked, see ""x""};{MSG=};{FQDN=mx.example.org};{IP=192.0.2.25};{LRT=}];'
        '[{LED=450 4.7.0 wait};{MSG=};{FQDN=mx.example.org};{IP=192.0.2.25};{LRT=}]"'
    )
    told = attempts(EXCHANGE, tracking("FAIL", "ann@example.org;bob@example.org", status, network_id))
    assert [(one.queue_id, one.stamp, one.recipient, one.relay, one.reply) for one in told] == [
        ("77", "2025-11-20T10:00:02.123Z", "ann@example.org", "mx.example.org", '550 5.7.1 blocked, see "x"'),
        ("77", "2025-11-20T10:00:02.123Z", "bob@example.org", "mx.example.org", "450 4.7.0 wait"),
    ]
    assert attempts(EXCHANGE, tracking("RECEIVE", "ann@example.org", "x,FAIL,y", network_id)) == []


# All dialects


SAMPLES = {
    POSTFIX: postfix("removed", "qmgr"),
    EXIM: exim("Completed"),
    SENDMAIL: sendmail(SENDMAIL_FACTS + "stat=Sent"),
    QMAIL: "@40000000691e8f1c075bcd15 starting delivery 5: msg 1 to remote ann@example.org",
    OPENSMTPD: "Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 smtp connected address=198.51.100.1 host=x",
    ZONEMTA: "info Sender/default/7 1763600402aa.001 ACCEPTED from=<> to=a@b.example",
    JOURNAL: journal_line("postfix/qmgr", '"4F2A1C0D9E: removed"'),
    QUEUE: LISTING,
    QUEUE_JSON: '{"queue_name": "deferred", "queue_id": "4F2A1C0D9E"}',
    EXCHANGE: "#Log-type: Message Tracking Log",
    EXCHANGE_NOTICE: "Remote Server returned '550 5.7.606 no'",
}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_each_dialect_is_known_by_a_sample_and_no_other_takes_it_for_its_own(dialect: Dialect) -> None:
    assert sniff(SAMPLES[dialect].encode()) == (dialect,)


def test_a_sample_of_something_else_is_no_dialect_and_several_may_occur_in_one() -> None:
    assert sniff(b"Nov 20 10:00:02 mx1 sshd[9]: Accepted publickey for root") == ()
    assert sniff("\n".join((SAMPLES[POSTFIX], SAMPLES[EXIM])).encode()) == (POSTFIX, EXIM)


def test_candidates_of_several_dialects_come_in_order_once_each_and_only_before_the_end() -> None:
    lines = [
        exim("== a ** b"),
        postfix("to=<a>, relay=b[c], status=bounced (status=deferred)"),
        "nothing",
        exim("** a"),
        postfix("status=deferred"),
    ]
    buffer = bytearray("\n".join(lines).encode())
    end = len(buffer) - len(lines[-1]) - 1
    assert [buffer[a:b].decode() for a, b in candidates(buffer, end, [POSTFIX, EXIM])] == [*lines[:2], lines[3]]
    assert [buffer[a:b].decode() for a, b in candidates(buffer, end, [POSTFIX])] == lines[1:2]
    assert list(candidates(bytearray(), 0, DIALECTS)) == []


WORDS = [
    *(": to=<", ">, relay=", ", status=", "bounced", " (", "host a[b] said: ", " ** ", " == ", "1vrkvf-PIPuBH-AX"),
    *(", stat=", "Deferred: ", ", delay=", "delivery 5: ", "failure: ", "starting delivery 5: msg 1 to remote a"),
    *('result="PermFail" stat="', "smtpd[1]: ", "8f4864084ecc48f4 mta delivery ", " REJECTED[x] from=", " to=", " mx="),
    *('{"', '"MESSAGE":', '"action":"REJECTED"', '"', "\\", "[1,2", "(", ")", "<", ">", "@", "%40", ",FAIL,", "{LED="),
    *(
        "Nov 20 10:00:02 mx1 postfix/smtp[1]: ",
        "4F2A1C0D9E",
        "\0",
        "\r",
        "\udcff",
        "é",
        "\u2028",
        "\x1b[0m",
        "returned '",
    ),
]
TEXTS = st.one_of(st.text(st.characters(), max_size=200), st.lists(st.sampled_from(WORDS), max_size=25).map("".join))


@given(TEXTS)
@settings(max_examples=200)
def test_no_text_raises(text: str) -> None:
    for dialect in DIALECTS:
        for told in dialect.reader()(text):
            assert all(isinstance(part, str) for part in told)
    raw = text.encode("utf-8", "surrogatepass")
    found = sniff(raw)
    bounds = [*candidates(raw, len(raw), found or DIALECTS), *accepted(raw, len(raw), DIALECTS, ["a", "é"])]
    assert all(0 <= start <= stop <= len(raw) and b"\n" not in raw[start:stop] for start, stop in bounds)
    assert isinstance(masked(text, "ann@example.org"), str)
    stamps.parse(text)
    prefix.read(text)


@given(st.lists(TEXTS, max_size=6))
@settings(max_examples=100)
def test_readers_with_a_memory_survive_any_lines(lines: list[str]) -> None:
    for dialect in DIALECTS:
        read = dialect.reader()
        for line in lines:
            read(line)


@given(st.integers(0, 400), st.text(string.printable, max_size=40))
@settings(max_examples=150)
def test_a_torn_line_raises_nothing_and_invents_no_reply(cut: int, tail: str) -> None:
    whole = "Feb 29 00:14:50 mx1 postfix/smtp[1370]: " + POSTFIX_BODY
    for told in POSTFIX.reader()(whole[:cut]):
        assert whole.find(told.reply) >= 0
    POSTFIX.reader()(whole[:cut] + tail)


def _took(work: object, *arguments: object) -> float:
    start = time.perf_counter()
    work(*arguments)  # type: ignore[operator]
    return time.perf_counter() - start


HEADS = [
    *(
        "",
        "Nov 20 10:00:02 mx1 postfix/smtp[1]: 4F2A1C0D9E: to=<",
        exim("** "),
        sendmail("to="),
        '{"MESSAGE":"x","a":"',
    ),
    *(
        "delivery 5: failure: ",
        "Nov 20 10:00:02 mx1 smtpd[9]: 8f4864084ecc48f4 mta delivery ",
        "aaaaaa.001 REJECTED[x] from=",
    ),
]
REPEATED = [
    *(
        "a",
        "<",
        ">, orig_to=<",
        ">, relay=",
        ", status=bounced (",
        " (in reply to ",
        " H=a [b]",
        "a@",
        '"',
        '\\"',
        '"a":"',
    ),
    *(
        "delivery 5: ",
        "Remote_host_said:_",
        "/550_",
        "[1,",
        "{LED=",
        ',"',
        "a.b ",
        " to=",
        "1vrkvf-PIPuBH-AX ** ",
        "%40",
        "a-",
    ),
    *("host a[b] said: ", '"MESSAGE"', " mx=", 'relay="1.2 (', "server at a", ", stat=", "x: to=<", "Nov 20 10:00:02 "),
]


@pytest.mark.parametrize("repeated", REPEATED)
def test_a_line_of_megabytes_is_read_in_a_time_that_grows_with_its_length(repeated: str) -> None:
    text = repeated * (200_000 // len(repeated))
    for head in HEADS:
        for dialect in DIALECTS:
            assert _took(dialect.reader(), head + text) < 0.6, (dialect.name, head)
            short = (head + text)[:2000]
            assert min(_took(dialect.reader(), short) for _ in range(3)) < 0.01, (dialect.name, head)
    assert _took(masked, text) < 1.0
    raw = text.encode()
    assert _took(sniff, raw) < 1.0
    assert _took(lambda: list(candidates(raw, len(raw), DIALECTS))) < 1.0
    assert _took(lambda: list(accepted(raw, len(raw), DIALECTS, ["a", "mx.example.org"]))) < 1.0


# What is kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 <ann.lee@example.org>: rejected", "550 <...@example.org>: rejected"),
        ("550 ann+tag@example.org unknown", "550 ...@example.org unknown"),
        (
            "to=<ann@example.org>, orig_to=<root@example.com>, relay=mx",
            "to=<...@example.org>, orig_to=<...@example.com>, relay=mx",
        ),
        ("to=ann@example.org src=203.0.113.9", "to=...@example.org src=203.0.113.9"),
        ('<"ann lee"@example.org> no', "<...@example.org> no"),
        ('"ann@home"@example.org no', "...@example.org no"),
        ("<SRS0=ab1=cd=example.net=ann@fwd.example> x", "<...@fwd.example> x"),
        ("SRS0=ab1=cd=example.net=ann@fwd.example x", "...@fwd.example x"),
        ("<bounce-1-ann=example.org@lists.example>", "<...@lists.example>"),
        (
            "see https://x.test/why?ip=203.0.113.9&email=ann%40example.org&x=1",
            "see https://x.test/why?ip=203.0.113.9&email=...%40example.org&x=1",
        ),
        ("see https://x.test/why?r=ann@example.org", "see https://x.test/why?r=...@example.org"),
        ("<mailto:ann@example.org>", "<...@example.org>"),
        ("RCPT TO:<ann@example.org>: 550", "RCPT TO:<...@example.org>: 550"),
        ("用户@例え.example no", "...@例え.example no"),
        ("ann@[192.0.2.1]", "...@[192.0.2.1]"),
        (
            "550 5.7.1 [203.0.113.9] see https://x.test/q/203.0.113.9 - gsmtp",
            "550 5.7.1 [203.0.113.9] see https://x.test/q/203.0.113.9 - gsmtp",
        ),
        ("a@b.example;c@d.example,e@f.example", "...@b.example;...@d.example,...@f.example"),
    ],
)
def test_local_parts_are_cut_and_domains_are_kept(text: str, kept: str) -> None:
    assert masked(text) == kept
    assert masked(kept) == kept


def test_a_known_recipients_name_is_cut_where_it_stands_alone_too() -> None:
    assert (
        masked("550 no such user: ann.lee (ann.leeward)", "ann.lee@example.org")
        == "550 no such user: ... (ann.leeward)"
    )
    assert masked("550 spam blocked by mail host", "mail@example.org") == "550 spam blocked by mail host"


@given(
    st.text(string.ascii_letters + string.digits + "._+-=", min_size=1, max_size=30).filter(
        lambda text: text.strip(".")
    ),
    st.sampled_from(
        ["<{}@example.org>", "to=<{}@example.org>", "for {}@example.org;", "x={}%40example.org", '"{}"@example.org']
    ),
)
@settings(max_examples=200)
def test_no_local_part_is_ever_kept(local: str, shape: str) -> None:
    assert f"{local}@example.org" not in masked(shape.format(local)).replace("...", "\0") or local == "..."
    assert "@example.org" in masked(shape.format(local)) or "%40example.org" in masked(shape.format(local))
