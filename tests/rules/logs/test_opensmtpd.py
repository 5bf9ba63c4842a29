"""What lines of OpenSMTPD tell."""

import pytest

from delist.rules.logs.dialects import OPENSMTPD, accepted
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import attempt, attempts


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
