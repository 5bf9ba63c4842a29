"""The values of reading mail logs: what is wanted, what was found, and what went wrong."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from delist.rules.logs.values import Status
from delist.rules.replies.values import Names, Reading


class Kind(StrEnum):
    """How the bytes of a log are had."""

    PLAIN = "plain"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    PIPE = "pipe"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Source:
    """One log to be read. `path` is how people call it; `fd` an open file, -1 where it is opened when its turn comes.

    `size` are the bytes as they lie on disk. Reading begins at `start`, with so many `lines` before it (of unpacked
    bytes). `modified` is the file's time in seconds, None for what has none; `command` gives a journal. With
    `keeps_torn`, a last line that has no end yet is left for the next time.
    """

    path: str
    kind: Kind
    fd: int = -1
    size: int = 0
    modified: float | None = None
    device: int = 0
    inode: int = 0
    start: int = 0
    lines: int = 0
    command: tuple[str, ...] = ()
    keeps_torn: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it lies in a folder, so that it may grow and be rotated; what came through a pipe does not."""
        return self.inode != 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: blocks from `since` on, unless `refusals` are not wanted; and accepted deliveries.

    `names` are what replies may name, `zone` is the zone of stamps that have none. Of each host of `relays`, in lower
    case, the first delivery at or after each of its UTC instants (in order) is given. With `everything`, deferred and
    bounced attempts that are no blocks are events too. Where lines are not `numbered` nobody counts them, which is a
    fifth of the work: what is told of a line then has its byte offset in place of its number. With `deliveries`, how
    those that other servers took or refused have ended is counted, of the hosts `of_host` if it is given.
    """

    names: Names
    zone: ZoneInfo
    since: datetime | None = None
    relays: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    refusals: bool = True
    everything: bool = False
    numbered: bool = True
    deliveries: bool = False
    of_host: Callable[[str], bool] | None = None


class Event(NamedTuple):
    """One line that tells how a delivery attempt of ours ended: when, where it stands, and what its reply says.

    `line` is its number, counted from 1, or its byte offset where lines are not numbered.

    `at` is a UTC instant, None if the line tells no time; `local` what the log's
    own clock showed. `address` is ours,
    in canonical form: as the reply names it, else as the line does; None if neither does.
    """

    file: str
    line: int
    queue_id: str
    recipient: str
    relay: str
    status: Status
    at: datetime | None
    local: datetime | None
    reading: Reading
    reply: str
    host: str
    instance: str
    address: str | None


class Accepted(NamedTuple):
    """The first delivery that a relay accepted since an instant it was asked about, from one host and instance.

    `address` is ours, in canonical form, where the line names it; `peer` is the relay's IP address, "" if not named.
    """

    at: datetime
    relay: str
    instance: str
    host: str
    address: str | None
    file: str
    line: int
    peer: str = ""


class Trouble(NamedTuple):
    """What could not be read, and why, as a sentence without its file; reading went on with the rest.

    Of what was left out, `failed` says that it could not be read; otherwise it is none of the logs that were meant.
    """

    file: str
    why: str
    failed: bool = False


class Counted(NamedTuple):
    """What was read of a log: from its first line to its last (UTC), how deliveries ended, by the host that logged."""

    first: datetime
    last: datetime
    ended: Counter[tuple[str, str]]


class Firsts:
    """Which accepted deliveries are the first ones since the instants that were asked about."""

    def __init__(self, relays: Mapping[str, tuple[datetime, ...]]) -> None:
        self._relays = relays
        self._told: dict[tuple[str, str, str, str | None, bool], int] = {}

    def is_first(self, found: Accepted) -> bool:
        """Whether a delivery is the first one since some instant; then no later one is."""
        key = (found.relay, found.instance, found.host, found.address, ":" in found.peer)
        passed = bisect_right(self._relays.get(found.relay, ()), found.at)
        if passed <= self._told.get(key, 0):
            return False
        self._told[key] = passed
        return True


@dataclass(slots=True)
class Tally:
    """What was read so far. `size` are unpacked bytes, `lines` are 0 where nobody wants them numbered; `candidates` are
    the lines that looked like attempts of ours.

    `unparsed` were no attempts after all, `cut` were longer than a line may be; `undecodable` are those of the lines
    that were read whole which are no UTF-8. `attempts` are failed ones, `deliveries` (where they are wanted) what other
    servers took or refused, by the host that logged it and how it ended.
    """

    size: int = 0
    lines: int = 0
    candidates: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    unparsed: int = 0
    cut: int = 0
    undecodable: int = 0
    blocks: int = 0
    first: datetime | None = None
    last: datetime | None = None
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, size: int, lines: int, cut: int) -> None:
        """Count a stretch of whole lines."""
        self.size += size
        self.lines += lines
        self.cut += cut

    def saw(self, at: datetime | None) -> None:
        """Count the instant of a line."""
        if at is not None:
            self.first = at if self.first is None or at < self.first else self.first
            self.last = at if self.last is None or at > self.last else self.last

    def merge(self, other: "Tally") -> None:
        """Add what another process counted."""
        self.add(other.size, other.lines, other.cut)
        self.candidates += other.candidates
        self.attempts.update(other.attempts)
        self.unparsed += other.unparsed
        self.undecodable += other.undecodable
        self.blocks += other.blocks
        self.deliveries.update(other.deliveries)
        self.saw(other.first)
        self.saw(other.last)
