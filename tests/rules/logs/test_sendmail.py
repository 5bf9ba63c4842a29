"""What lines of sendmail tell."""

import pytest

from delist.rules.logs.dialects import SENDMAIL, accepted
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import SENDMAIL_FACTS, attempts, sendmail


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
