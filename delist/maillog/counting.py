"""Counts what was handed to other servers, and how that ended: of every delivery, not only of refusals."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from delist.maillog.chunks import Chunk
from delist.rules.logs import prefix
from delist.rules.logs.dialects import EXIM, JOURNAL, OPENSMTPD, POSTFIX, QMAIL, SENDMAIL, ZONEMTA, Dialect, Feed
from delist.rules.logs.journal import unwrap
from delist.rules.logs.values import Attempt, Status

# A filter behind the queue, in a network of this host's own (RFC 1918, RFC 4193), listens on none of the ports on which
# servers take mail. Old versions of Postfix tell no port.
_FILTER = (
    rb"(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[fF][cCdD][0-9A-Fa-f]{2}:)[0-9A-Fa-f.:]{1,43}+\]"
    rb":(?!(?:25|465|587),)"
)
# What smtp(8) of Postfix says of one recipient; what looks so inside of a recipient's quotes is none. It begins with a
# literal: a pattern that does not is a dozen times slower. Nothing is longer than what Postfix writes there, or a line
# that begins again and again would take for ever (a path has 256 octets, RFC 5321, 4.5.3.1.3).
_POSTFIX = re.compile(
    rb"/smtp(?:\[\d{1,10}\]:| \d{1,10} [\w.-]{1,32} (?:-|\[[^\]\n]{0,200}\])) \w{5,40}: "
    rb"to=<[^>\n]{0,500}+>, (?:orig_to=<[^>\n]{0,500}+>, )?"
    rb"relay=[^,\[\n]{1,255}+\[(?!127\.|::1\]|" + _FILTER + rb")[0-9A-Fa-f.:]{2,45}+\][^,\n]{0,20}+, "
    rb"(?:conn_use=\d{1,9}+, )?delay=[^,\n]{1,20}+, (?:delays=[^,\n]{1,80}+, )?(?:dsn=[^,\n]{1,20}+, )?"
    rb"status=(sent|bounced|deferred|SOFTBOUNCE)"
)
_WORDS = {
    b"sent": Status.SENT,
    b"bounced": Status.BOUNCED,
    b"deferred": Status.DEFERRED,
    b"SOFTBOUNCE": Status.DEFERRED,
}
# Which lines of the others tell of attempts, accepted ones too.
_TELLINGS = {
    EXIM: re.compile(rb" (?:=>|->|>>|\*\*|==) "),
    SENDMAIL: re.compile(rb", stat="),
    QMAIL: re.compile(rb"delivery \d{1,12}: "),
    OPENSMTPD: re.compile(rb' result="(?:Ok|PermFail|TempFail)"|relay: (?:Ok|PermFail|TempFail) for '),
    ZONEMTA: re.compile(rb' (?:ACCEPTED|REJECTED|DEFERRED)(?:\[| from=)|"action" ?: ?"(?:ACC|REJ|DEF)'),
}
_INNER = (EXIM, SENDMAIL, QMAIL, OPENSMTPD, ZONEMTA)
_ENTRY = re.compile(rb'"MESSAGE"')
# So many heads of lines are kept in mind.
_MOST_HEADS = 10_000
_HERE = ("localhost", "localhost.localdomain")


class Deliveries:
    """Counts in the stretches of one log, which it is given in order, by the host that logged and how attempts ended.

    An attempt counts, for each recipient, if a server that is not on this host took it or refused it; what never
    reached one, and what goes to a mailbox or a filter here, does not. With `of_host`, only what such a host logged.
    Where a line names no host, that is "". Dialects that do not tell of accepted deliveries (Exchange, queues) are not
    counted at all.
    """

    def __init__(self, of_host: Callable[[str], bool] | None) -> None:
        self.ended: Counter[tuple[str, str]] = Counter()
        self._of_host = of_host
        self._heads = _Heads()
        self._feeds: dict[str, Feed] = {}

    def count(self, chunk: Chunk, dialects: tuple[Dialect, ...]) -> None:
        """Count what a stretch has, in which these dialects are spoken."""
        if POSTFIX in dialects:
            self.ended.update(self._of_postfix(chunk.buffer, chunk.end))
        if JOURNAL in dialects:
            self.ended.update(self._of_journal(chunk))
        for dialect in dialects:
            if dialect in _TELLINGS:
                lines = _lines(chunk, _TELLINGS[dialect])
                self.ended.update(self._told(attempt for line in lines for attempt in self._feed(dialect)(line)))

    def _of_postfix(self, buffer: bytes | bytearray, end: int) -> Counter[tuple[str, str]]:
        host_of = self._heads.host_of
        found = ((host_of(buffer, each.start()), each[1]) for each in _POSTFIX.finditer(buffer, 0, end))
        ended: Counter[tuple[str, str]] = Counter()
        for (host, word), count in Counter(found).items():
            if host is not None and self._is_wanted(host):
                ended[host, _WORDS[word]] += count
        return ended

    def _of_journal(self, chunk: Chunk) -> Iterator[tuple[str, str]]:
        for line in _lines(chunk, _ENTRY):
            inner = unwrap(line)
            if inner is None:
                continue
            if "/smtp[" in inner:
                data = inner.encode()
                yield from self._of_postfix(data, len(data)).elements()
                continue
            found = (attempts for dialect in _INNER if (attempts := self._feed(dialect)(inner)))
            yield from self._told(next(found, ()))

    def _told(self, attempts: Iterator[Attempt] | tuple[Attempt, ...]) -> Iterator[tuple[str, Status]]:
        for each in attempts:
            if _is_away(each) and self._is_wanted(each.host):
                yield each.host, each.status

    def _is_wanted(self, host: str) -> bool:
        return self._of_host is None or self._of_host(host)

    def _feed(self, dialect: Dialect) -> Feed:
        if dialect.name not in self._feeds:
            self._feeds[dialect.name] = dialect.reader()
        return self._feeds[dialect.name]


def _lines(chunk: Chunk, telling: re.Pattern[bytes]) -> Iterator[str]:
    buffer, end, stop = chunk.buffer, chunk.end, -1
    for found in telling.finditer(buffer, 0, end):
        if found.start() >= stop:  # a line may hold the words twice
            start = buffer.rfind(b"\n", 0, found.start()) + 1
            stop = buffer.find(b"\n", found.start(), end)
            stop = end if stop < 0 else stop
            yield buffer[start:stop].decode("latin-1")


class _Heads:
    """Tells which host logged the line that a match of `_POSTFIX` begins, where nothing else stands before it."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes], str | None] = {}

    def host_of(self, buffer: bytes | bytearray, place: int) -> str | None:
        """Return the host, "" if the line names none; None if it is no line of smtp(8), but quotes one.

        Whatever a server replies, or a sender writes into a header, may look like such a line. Heads are read once for
        each host, since they differ in the digits of their stamps alone.
        """
        start = max(buffer.rfind(b"\n", max(0, place - prefix.LONGEST), place) + 1, place - prefix.LONGEST)
        before = bytes(buffer[start:place])
        host = before[before.rfind(b" ", 0, max(before.rfind(b" "), 0)) + 1 :]
        key = before.translate(None, b"0123456789"), host
        try:
            return self._known[key]
        except KeyError:
            found = _read_host(before)
        # Some write a word between host and program: then the digits of the host are not in the key.
        if found in (None, "", host.decode("latin-1")):
            if len(self._known) >= _MOST_HEADS:
                self._known.clear()
            self._known[key] = found
        return found


def _read_host(before: bytes) -> str | None:
    text = prefix.plain(before.decode("latin-1") + "/smtp[1]: ")
    head = prefix.read(text)
    return head.host if head and head.end == len(text) else None


def _is_away(attempt: Attempt) -> bool:
    """Whether another host's server has answered an attempt."""
    relay, peer = attempt.relay, attempt.peer
    return bool(relay or peer) and relay not in _HERE and not _is_loopback(peer or relay)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
