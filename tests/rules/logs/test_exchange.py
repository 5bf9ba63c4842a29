"""What notices and tracking logs of Exchange tell."""

import pytest

from delist.rules.logs.dialects import EXCHANGE, EXCHANGE_NOTICE
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import attempts, postfix


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
