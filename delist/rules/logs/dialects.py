"""The dialects of mail logs: which of them a sample speaks, where its tellings stand in a buffer, how to read them.

For a reader of large files: `sniff` a sample once, ask `candidates` for the bounds of the lines worth reading in each
buffer, and give each line to the dialects' readers. A line that no reader understands tells of no attempt.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from delist.rules.logs.values import Attempt

Buffer: TypeAlias = bytes | bytearray
Feed: TypeAlias = Callable[[str], tuple[Attempt, ...]]
Relays: TypeAlias = Collection[str]


@dataclass(frozen=True)
class Dialect:
    """How one mail system tells of delivery attempts.

    `mark` is found in any sample of the dialect. `tellings` find what stands in a line that tells of a refusal; where
    a dialect's lines are many, each begins with a literal, since a pattern that does not is a dozen times slower.
    `accepted` makes the pattern of what stands in a line of a delivery that one of the relays accepted, if
    `accepted_word` stands there too; where it is None, `tellings` find those lines as well.

    `reader` makes a function from a line to the attempts it tells of, accepted ones too; each file wants a new one.
    `ordered`: all candidates of a file must go to one reader, in their order, since an attempt may take several lines.
    """

    name: str
    mark: re.Pattern[bytes]
    tellings: tuple[re.Pattern[bytes], ...]
    reader: Callable[[], Feed]
    accepted: Callable[[Relays], re.Pattern[bytes]] | None = None
    accepted_word: bytes = b""
    ordered: bool = False


def sniff(sample: bytes, among: Iterable[Dialect] | None = None) -> tuple[Dialect, ...]:
    """Return the dialects that occur in a sample of whole lines, none at all if it is no mail log that is known.

    Only those are looked for that are named, all if none is.
    """
    return tuple(dialect for dialect in (DIALECTS if among is None else among) if dialect.mark.search(sample))


def candidates(buffer: Buffer, end: int, dialects: Collection[Dialect]) -> Iterator[tuple[int, int]]:
    """Give the bounds of each line of `buffer[:end]` that may tell of a refusal, in order, without its line end.

    `buffer[:end]` should hold whole lines; the buffer must keep its size meanwhile.
    """
    patterns = [pattern for dialect in dialects for pattern in dialect.tellings]
    if len(patterns) == 1:
        return _lines(buffer, end, patterns[0])
    return iter(sorted({bounds for pattern in patterns for bounds in _lines(buffer, end, pattern)}))


def accepted(buffer: Buffer, end: int, dialects: Collection[Dialect], relays: Relays) -> Iterator[tuple[int, int]]:
    """Give the bounds of each line of `buffer[:end]` that may tell of a delivery which one of the relays accepted.

    Relays are host names as in `Attempt.relay`.
    """
    lines = {
        bounds
        for dialect in dialects
        if dialect.accepted is not None and relays
        for bounds in _lines(buffer, end, dialect.accepted(relays))
        if buffer.find(dialect.accepted_word, *bounds) >= 0
    }
    return iter(sorted(lines))


def _lines(buffer: Buffer, end: int, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    stop = -1
    for found in pattern.finditer(buffer, 0, end):
        at = found.start()
        if at >= stop:  # a line may hold the words twice
            start = buffer.rfind(b"\n", 0, at) + 1
            stop = buffer.find(b"\n", at, end)
            stop = end if stop < 0 else stop
            yield start, stop


def _each(parse: Callable[[str], Attempt | None]) -> Feed:
    def read(line: str) -> tuple[Attempt, ...]:
        attempt = parse(line)
        return () if attempt is None else (attempt,)

    return read


def _named(before: bytes, after: bytes) -> Callable[[Relays], re.Pattern[bytes]]:
    def pattern(relays: Relays) -> re.Pattern[bytes]:
        names = b"|".join(re.escape(relay.encode("utf-8", "replace")) for relay in sorted(relays))
        return re.compile(before + b"(?i:" + names + b")" + after)

    return pattern


# What reads a dialect is imported when it is spoken: most logs speak but one.


def _postfix() -> Feed:
    from delist.rules.logs import postfix

    return _each(postfix.parse)


def _exim() -> Feed:
    from delist.rules.logs import exim

    return _each(exim.parse)


def _sendmail() -> Feed:
    from delist.rules.logs import sendmail

    return sendmail.parse


def _qmail() -> Feed:
    from delist.rules.logs import qmail

    return qmail.Deliveries()


def _opensmtpd() -> Feed:
    from delist.rules.logs import opensmtpd

    return _each(opensmtpd.parse)


def _zonemta() -> Feed:
    from delist.rules.logs import zonemta

    return _each(zonemta.parse)


def _queue() -> Feed:
    from delist.rules.logs import queue

    return queue.Listing()


def _queue_json() -> Feed:
    from delist.rules.logs import queue

    return queue.parse


def _exchange() -> Feed:
    from delist.rules.logs import exchange

    return exchange.parse


def _exchange_notice() -> Feed:
    from delist.rules.logs import exchange

    return exchange.Notice()


def _wrapped() -> Feed:
    """Read the journal's lines: what they wrap may be of any dialect that syslog carries."""
    from delist.rules.logs.journal import unwrap

    readers = [dialect.reader() for dialect in (POSTFIX, EXIM, SENDMAIL, QMAIL, OPENSMTPD, ZONEMTA)]

    def read(line: str) -> tuple[Attempt, ...]:
        if not any(word in line for word in _WORDS) or (inner := unwrap(line)) is None:
            return ()
        return next((attempts for reader in readers if (attempts := reader(inner))), ())

    return read


# In one of these every telling line has its say; without them a line of the journal need not be unwrapped.
_WORDS = (
    "status=",
    "stat=",
    "delivery ",
    " ** ",
    " == ",
    "> ",
    "ED[",
    "ACCEPTED",
    '"MESSAGE":[',
    '"MESSAGE": [',
    '"MESSAGE" : [',
)
_EVERY_LINE = re.compile(rb"[^\n]+")

POSTFIX = Dialect(
    "postfix",
    re.compile(
        rb"/(?:smtpd?|lmtp|error|retry|qmgr|cleanup|bounce|local|virtual|pipe|master|pickup|anvil|postscreen|scache)"
        rb"(?:\[\d{1,10}\]:| \d{1,10} )"
    ),
    (re.compile(rb", status=(?:bounced|deferred|SOFTBOUNCE)"),),
    reader=_postfix,
    accepted=_named(rb"relay=", rb"\["),
    accepted_word=b" status=sent",
)
EXIM = Dialect(
    "exim",
    # The dash stands first, since a pattern that begins with a literal is searched for a dozen times faster.
    re.compile(rb"-(?<=\w{6}-)\w{6,11}-\w{2,4} (?:<=|=>|->|>>|\*\*|==|Completed)"),
    (re.compile(rb" \*\* "), re.compile(rb" == ")),
    reader=_exim,
    accepted=_named(rb" H=", rb" \["),
    accepted_word=b"> ",
)
SENDMAIL = Dialect(
    "sendmail",
    re.compile(rb", mailer=[\w-]{1,40}, pri=\d|, nrcpts=\d{1,6}, msgid="),
    (re.compile(rb", stat=(?!Sent|queued)"),),
    reader=_sendmail,
    accepted=_named(rb", relay=", rb"\.? \["),
    accepted_word=b", stat=Sent",
)
QMAIL = Dialect(
    "qmail",
    re.compile(rb"delivery \d{1,12}: (?:msg \d|success: |failure: |deferral: )"),
    (re.compile(rb"delivery \d{1,12}: "),),
    reader=_qmail,
    ordered=True,
)
OPENSMTPD = Dialect(
    "opensmtpd",
    re.compile(rb"smtpd\[\d{1,10}\]: (?:[0-9a-f]{16} (?:smtp|mta|mda) |relay: \w{2,10} for )"),
    (re.compile(rb'result="(?:Perm|Temp)Fail"'), re.compile(rb"relay: (?:Perm|Temp)Fail for ")),
    reader=_opensmtpd,
    accepted=_named(rb'relay="[^" ]{1,45} \(', rb"\)"),
    accepted_word=b'result="Ok"',
)
ZONEMTA = Dialect(
    "zonemta",
    re.compile(
        rb'\.\w{1,10} (?:REJECTED|DEFERRED)\[|\.\w{1,10} ACCEPTED from=|"action" ?: ?"(?:REJECTED|DEFERRED|ACC)'
    ),
    (re.compile(rb" REJECTED\["), re.compile(rb" DEFERRED\["), re.compile(rb'"action" ?: ?"(?:REJ|DEF)')),
    reader=_zonemta,
    accepted=_named(rb'mx(?:=|" ?: ?")', rb'["\[]'),
    accepted_word=b"ACCEPTED",
)
JOURNAL = Dialect(
    "journal",
    re.compile(rb'"__REALTIME_TIMESTAMP" ?:'),
    (re.compile(rb'"MESSAGE"'),),
    reader=_wrapped,
    ordered=True,
)
QUEUE = Dialect(
    "queue",
    re.compile(
        rb"(?m)^ {0,8}-Queue ID-"
        rb"|^ {0,8}\w{5,40}[*!#]? {1,20}\d{1,15} [A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d "
    ),
    (_EVERY_LINE,),
    reader=_queue,
    ordered=True,
)
QUEUE_JSON = Dialect(
    "queue-json",
    re.compile(rb'"queue_name" ?: ?"'),
    (re.compile(rb'"delay_reason"'),),
    reader=_queue_json,
)
EXCHANGE = Dialect(
    "exchange",
    re.compile(rb"#Log-type: Message Tracking Log|#Fields: date-time,client-ip,"),
    (re.compile(rb",FAIL,"), re.compile(rb",DEFER,")),
    reader=_exchange,
)
EXCHANGE_NOTICE = Dialect(
    "exchange-notice",
    re.compile(
        rb"(?i:Generating server:|remote server returned |server at [^\s]{1,255}(?: \([^)\s]{1,60}\))? returned )"
    ),
    (_EVERY_LINE,),
    reader=_exchange_notice,
    ordered=True,
)

DIALECTS = (
    POSTFIX,
    EXIM,
    SENDMAIL,
    QMAIL,
    OPENSMTPD,
    ZONEMTA,
    JOURNAL,
    QUEUE,
    QUEUE_JSON,
    EXCHANGE,
    EXCHANGE_NOTICE,
)
