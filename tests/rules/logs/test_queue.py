"""What listings of Postfix's queue tell."""

from delist.rules.logs.dialects import QUEUE, QUEUE_JSON
from delist.rules.logs.values import Status
from tests.rules.logs.lines import LISTING, attempts


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
