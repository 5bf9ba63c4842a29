"""What lines and entries of ZoneMTA tell."""

import pytest

from delist.rules.logs.dialects import ZONEMTA, accepted
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import attempt, attempts


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
