"""Which dialects a sample speaks, where the lines worth reading are, and that any text is read in linear time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.logs import prefix, stamps
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
from tests.rules.logs.lines import LISTING, SENDMAIL_FACTS, exim, journal_line, postfix, sendmail

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
