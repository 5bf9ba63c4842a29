"""What a scan reads: logs, queues, pipes, the journal, whole bounce messages; from the beginning, or what is new."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from delist.actions.scanning.wish import AHEAD, Wish, one_name_each
from delist.bounces.files import is_mail, messages
from delist.bounces.values import Bounce, Refusal
from delist.errors import UsageError
from delist.maillog import following, host, sources
from delist.maillog.cursors import Cursor, Plan, plan, read_so_far
from delist.maillog.rotation import place
from delist.maillog.scanning import Reached, Scan
from delist.maillog.spooling import spooled
from delist.maillog.values import Accepted, Counted, Event, Kind, Source, Tally, Trouble, Wanted
from delist.rules.addresses import canonical
from delist.rules.evidence.traffic import Stretch
from delist.rules.logs.values import Status
from delist.rules.replies.reader import Reader
from delist.tools import Tools

T = TypeVar("T")


class Logs:
    """The logs of one scan. `told` is what to know before; `left_out` says of files that were found why not they.

    `before` are the places up to which logs were read, by log, if only what is new is wanted.
    """

    def __init__(self, tools: Tools, wish: Wish, before: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._tools, self._wish = tools, wish
        self._names = tools.catalogue.names()
        self._mail = [Path(word) for word in wish.files if _is_mail(word)]
        words = [word for word in wish.files if not _is_mail(word)]
        found = host.find_here() if not wish.files else sources.find(words) if words else sources.Found((), ())
        self.left_out = found.left_out
        self.told = [] if wish.files else [f"reading {', '.join(source.path for source in found.sources)}"]
        named = tuple(map(spooled, found.sources)) if wish.record else found.sources
        self._plan = _plan(named, before, tools.now())
        self._reached: Mapping[int, Reached] = {}
        self._counted: Mapping[int, Counted] = {}
        self.tally = Tally()

    def close(self) -> None:
        """Close what is held open."""
        sources.close(self._plan.sources)

    def read(self) -> Iterator[Event | Trouble]:
        """Yield refusals in the order of the logs, then those of bounce messages, and what could not be read."""
        for found in self._scan_refusals(is_numbered=True):
            if not isinstance(found, Accepted):
                yield found
        yield from self._of_messages()

    def condensed(self, condensing: Callable[[], Callable[[Event], T | None]]) -> Iterator[T | Trouble]:
        """Yield the same, refusals as what they are condensed to: by processes that read, each by one of its own."""
        # How many lines were read before is kept for the next time, and recorded.
        is_numbered = self._wish.new or self._wish.record
        yield from self._scan_refusals(is_numbered).condensed(condensing)
        condense = condensing()
        for found in self._of_messages():
            if isinstance(found, Trouble):
                yield found
            elif (condensed := condense(found)) is not None:
                yield condensed

    def _scan_refusals(self, is_numbered: bool) -> Scan:
        wish = self._wish
        of_host = wish.is_of_host if wish.host else None
        wanted = Wanted(self._names, self._tools.zone, wish.since, numbered=is_numbered)
        # Where nothing is kept, they need not be counted.
        scan = self._scan(replace(wanted, deliveries=wish.record, of_host=of_host))
        self.tally, self._reached, self._counted = scan.tally, scan.reached, scan.counted
        return scan

    def _of_messages(self) -> Iterator[Event | Trouble]:
        reader = Reader(self._names)
        for path in self._mail:
            yield from self._messages(path, reader)

    def follow(self) -> Iterator[Event | Trouble]:
        """Yield refusals as they are written, from now on, until somebody stops it; raises UsageError for a pipe."""
        wanted, tools = Wanted(self._names, self._tools.zone), self._tools
        journals = [source for source in self._plan.sources if source.kind is Kind.JOURNAL]
        others = [source for source in self._plan.sources if source.kind is not Kind.JOURNAL]
        if self._mail or (journals and (others or len(journals) > 1)) or any(s.kind is not Kind.PLAIN for s in others):
            raise UsageError("--follow reads logs that grow, or the journal: no pipe, no compressed file, no message")
        live = dict.fromkeys(place(source.path).log for source in others)
        found = (
            following.follow_journal(journals[0], wanted, tools.now())
            if journals
            else following.follow([following.From(path) for path in live], wanted, tools.now, tools.wait)
        )
        return (each for each in found if not isinstance(each, Accepted))

    def _scan(self, wanted: Wanted) -> Scan:
        return Scan(self._plan.sources, wanted, self._tools.now(), self._wish.log_ends)

    def accepted(self, after: Mapping[str, Collection[datetime]]) -> Iterator[Accepted]:
        """Read the logs once more, and yield the first deliveries that receivers accepted after these instants."""
        relays = {relay: tuple(sorted(instants)) for relay, instants in after.items()}
        for found in self._scan(Wanted(self._names, self._tools.zone, relays=relays, refusals=False, numbered=False)):
            if isinstance(found, Accepted):
                yield found

    def places(self) -> dict[str, dict[str, Any]]:
        """Return how far each log was read, by log, to be kept together with what was found."""
        found: dict[str, list[dict[str, Any]]] = {}
        for cursor in read_so_far(self._plan, self._reached):
            found.setdefault(cursor.path, []).append(asdict(cursor))
        return {log: {"files": files} for log, files in found.items()}

    def stretches(self, uid: str, at: datetime) -> list[Stretch]:
        """Return what each log tells of the deliveries of each host, for a scan at a UTC instant.

        A log that tells of none was read all the same. Nothing is told of a log of the future.
        """
        names, latest = self._hosts(), at + AHEAD
        return [
            self._stretch(self._plan.sources[number], host, each._replace(ended=ended), uid, at)
            for number, each in self._counted.items()
            if each.last <= latest
            for host, ended in _by_host(each.ended, names, self._wish.host or "").items()
        ]

    def _hosts(self) -> dict[str, str]:
        """Return whose deliveries are counted under which name: that was given, else "" unless several hosts logged."""
        logged = {name for each in self._counted.values() for name, _ in each.ended}
        names = one_name_each(name for name in logged if name)
        if self._wish.host or len(set(names.values())) <= 1:
            return dict.fromkeys(logged, self._wish.host or "")
        return {"": "", **names}

    def _stretch(self, source: Source, host: str, counted: Counted, uid: str, at: datetime) -> Stretch:
        is_new = self._wish.new and (source.is_file or source.kind is Kind.JOURNAL)
        log = place(source.path).log if source.is_file else source.path
        ended = counted.ended
        figures = (ended[host, Status.SENT], ended[host, Status.DEFERRED], ended[host, Status.BOUNCED])
        return Stretch(host, log, counted.first, counted.last, *figures, uid, at, is_new)

    def _messages(self, path: Path, reader: Reader) -> Iterator[Event | Trouble]:
        # Imported late: its patterns take as long as all else that a scan of logs begins with.
        from delist.bounces.reading import read

        try:
            for number, data in enumerate(messages(path), 1):
                bounce = read(data)
                self.tally.add(len(data), data.count(b"\n"), 0)
                for refusal in bounce.recipients if bounce else ():
                    self.tally.attempts[refusal.action.value] += 1
                    yield from self._event(path, number, bounce, refusal, reader) if bounce else ()
        except OSError as error:
            yield Trouble(str(path), error.strerror or "it cannot be read")

    def _event(self, path: Path, number: int, bounce: Bounce, refusal: Refusal, reader: Reader) -> Iterator[Event]:
        reading = reader.read(refusal.reply, refusal.relay)
        since = self._wish.since
        if not reading.block or (since is not None and bounce.at is not None and bounce.at < since):
            return
        self.tally.saw(bounce.at)
        yield Event(
            file=str(path),
            line=number,
            queue_id=refusal.queue_id or bounce.message_id,
            recipient=refusal.recipient,
            relay=refusal.relay,
            status=refusal.action,
            at=bounce.at,
            local=None,
            reading=reading,
            reply=refusal.reply,
            host=bounce.reporting_mta,
            instance="",
            address=reading.address or _address(refusal.address),
        )


def _plan(named: tuple[Source, ...], before: Mapping[str, Mapping[str, Any]] | None, now: datetime) -> Plan:
    if before is None:
        return Plan(named, {}, ())
    known = [Cursor(**file) for kept in before.values() for file in kept["files"]]
    return plan(named, known, now.timestamp())


def _by_host(
    ended: Mapping[tuple[str, str], int], names: Mapping[str, str], other: str
) -> dict[str, Counter[tuple[str, str]]]:
    """Return what was counted of each host under its name, nothing of another one if nothing was counted."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for (name, status), count in ended.items():
        found.setdefault(names[name], Counter())[names[name], status] += count
    return found or {other: Counter()}


def _is_mail(word: str) -> bool:
    """Whether a word names a message, an mbox or a Maildir rather than a log."""
    path = Path(word)
    if path.is_dir():
        return (path / "cur").is_dir() and (path / "new").is_dir()
    try:
        with path.open("rb") as file:
            return path.is_file() and is_mail(file.read(4096))
    except OSError:
        return False


def _address(text: str) -> str | None:
    try:
        return canonical(text)
    except UsageError:
        return None
