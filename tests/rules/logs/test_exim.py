"""What lines of Exim's main log tell."""

import pytest

from delist.rules.logs.dialects import EXIM, accepted
from delist.rules.logs.values import Attempt, Status
from tests.rules.logs.lines import EXIM_FACTS, attempt, attempts, exim


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
