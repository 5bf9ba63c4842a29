"""What lines of qmail-send tell together."""

import pytest

from delist.rules.logs import qmail
from delist.rules.logs.dialects import QMAIL
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import attempt, attempts


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
