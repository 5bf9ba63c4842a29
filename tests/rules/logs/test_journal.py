"""What entries of the journal's JSON wrap, and how JSON is read."""

import pytest

from delist.rules.logs import journal, jsonpairs
from delist.rules.logs.dialects import JOURNAL
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import (
    EXIM_FACTS,
    LISTED,
    POSTFIX_BODY,
    SENDMAIL_FACTS,
    attempt,
    attempts,
    journal_line,
    quoted,
)


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
