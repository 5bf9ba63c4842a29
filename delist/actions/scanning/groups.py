"""Gathers refusals into groups, own address by list by grounds, in memory that does not grow with the log."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from delist.rules.logs.values import Status
from delist.rules.replies.values import Fault, Subtype
from delist.rules.triage import Burst

# A message is tried for five days or so, and retries are the same delivery; after that its id may be another's.
_FORGET = timedelta(days=6).total_seconds()
_CLOSE = 600
# So many receivers are named of a group; the others are only counted.
_RECEIVERS = 1000

# The host and the instance that logged something.
Where: TypeAlias = tuple[str, str]
# What makes a group: our address, who logged it if the address is not known, the reply key, the grounds.
Key: TypeAlias = tuple[str | None, Where | None, str, Subtype]


class Beginning(NamedTuple):
    """What a group has from the first refusal in it: whose fault it is, and a sample without recipients' names."""

    fault: Fault
    sample: str


class Line(NamedTuple):
    """What counts of one refusal, small enough to be sent from one process to another.

    `at` is a UTC timestamp, None where the log tells no time. `delivery` is the same number for the retries of one
    message to one recipient. With `is_more` its line of the log was counted before: it tells of several recipients.
    `beginning` comes with the first refusal of a group, and may come again.
    """

    key: Key
    where: Where
    at: float | None
    delivery: int
    status: Status
    receiver: str
    is_more: bool
    beginning: Beginning | None


class Times:
    """When refusals came, ten minutes in twenty bytes."""

    def __init__(self) -> None:
        self._first, self._last, self._lines = array("d"), array("d"), array("L")

    def add(self, at: float) -> None:
        """Take in one refusal, by its UTC timestamp."""
        if self._last and at // _CLOSE == self._first[-1] // _CLOSE:
            self._first[-1] = min(self._first[-1], at)
            self._last[-1] = max(self._last[-1], at)
            self._lines[-1] += 1
            return
        self._first.append(at)
        self._last.append(at)
        self._lines.append(1)

    def take(self, other: "Times") -> None:
        """Take in what another one holds."""
        self._first += other._first
        self._last += other._last
        self._lines += other._lines

    def bursts(self) -> Iterator[Burst]:
        """Yield the refusals of each ten minutes."""
        for first, last, lines in zip(self._first, self._last, self._lines, strict=True):
            yield Burst(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC), lines)

    def days(self, zone: ZoneInfo) -> list[date]:
        """Return the local days with refusals, in order."""
        return sorted({burst.last.astimezone(zone).date() for burst in self.bursts()})


@dataclass(slots=True)
class Group:
    """Refusals of one own address (None: not known) with one reply key on the same grounds."""

    address: str | None
    key: str
    subtype: Subtype
    fault: Fault
    sample: str
    # UTC timestamps.
    began: float
    ended: float
    lines: int = 0
    deliveries: int = 0
    bounced: int = 0
    deferred: int = 0
    receivers: dict[str, int] = field(default_factory=dict)
    more_receivers: int = 0
    # Since when each of the receivers has refused.
    since: dict[str, float] = field(default_factory=dict)
    times: Times = field(default_factory=Times)

    @property
    def first(self) -> datetime:
        """The first refusal (UTC)."""
        return datetime.fromtimestamp(self.began, UTC)

    @property
    def last(self) -> datetime:
        """The latest refusal (UTC)."""
        return datetime.fromtimestamp(self.ended, UTC)

    @property
    def refused_since(self) -> dict[str, datetime]:
        """Since when (UTC) each receiver has refused."""
        return {receiver: datetime.fromtimestamp(at, UTC) for receiver, at in self.since.items()}

    def count_receiver(self, receiver: str, at: float, lines: int = 1) -> None:
        """Count so many lines of a receiver, the first of them at a UTC timestamp."""
        if receiver in self.receivers or len(self.receivers) < _RECEIVERS:
            self.receivers[receiver] = self.receivers.get(receiver, 0) + lines
            self.since[receiver] = min(at, self.since.get(receiver, at))
        else:
            self.more_receivers += lines

    def take(self, other: "Group") -> None:
        """Take in another group of the same address, key and grounds."""
        if other.began < self.began:
            self.began, self.sample = other.began, other.sample
        self.ended = max(self.ended, other.ended)
        self.lines += other.lines
        self.deliveries += other.deliveries
        self.bounced += other.bounced
        self.deferred += other.deferred
        self.more_receivers += other.more_receivers
        for receiver, lines in other.receivers.items():
            self.count_receiver(receiver, other.since[receiver], lines)
        self.times.take(other.times)


class Refusal(NamedTuple):
    """One line (or message) that tells of a refusal of an own address, None if that is not known.

    `at` is UTC, None where the line tells no time; `receiver` is the server that refused.
    """

    file: str
    line: int
    address: str | None
    key: str
    subtype: Subtype
    status: Status
    at: datetime | None
    queue_id: str
    recipient: str
    receiver: str


class _Deliveries:
    """Which deliveries were seen lately: a retry of one is no other; forgotten six days of log time later."""

    def __init__(self) -> None:
        self._since = 0.0
        self._now: dict[int, float] = {}
        self._before: dict[int, float] = {}

    def is_new(self, delivery: int, at: float) -> bool:
        """Whether a delivery was not seen within six days of this time."""
        if abs(at - self._since) > _FORGET:
            self._before, self._now, self._since = self._now, {}, at
        last = self._now.get(delivery) or self._before.get(delivery)
        self._now[delivery] = at
        return last is None or abs(at - last) > _FORGET


class Groups:
    """What was found so far."""

    def __init__(self) -> None:
        self._groups: dict[Key, Group] = {}
        self._deliveries = _Deliveries()
        # Which addresses replies have named, by the host and instance that logged them: two are as many as matter.
        self._named: dict[Where, set[str]] = {}

    def add(self, line: Line, at: float, is_named: bool = True) -> None:
        """Take in one refusal, by its UTC timestamp; `is_named` if its address tells from where its instance sends."""
        key, where, _, delivery, status, receiver, is_more, beginning = line
        if key[0] is not None and is_named:
            self._learn(where, key[0])
        group = self._groups.get(key)
        if group is None:
            assert beginning is not None
            group = self._groups[key] = Group(key[0], key[2], key[3], *beginning, at, at)
        if at < group.began:
            group.began = at
        if at > group.ended:
            group.ended = at
        if not is_more:
            group.lines += 1
            group.bounced += status is Status.BOUNCED
            group.deferred += status is Status.DEFERRED
        group.deliveries += self._deliveries.is_new(delivery, at)
        group.times.add(at)
        if receiver:
            group.count_receiver(receiver, at)

    def _learn(self, where: Where, address: str) -> None:
        named = self._named.setdefault(where, set())
        if len(named) < 2:
            named.add(address)

    def instances(self) -> Iterator[tuple[Where, frozenset[str]]]:
        """Yield by host and instance the addresses that replies have named, two at most."""
        yield from ((where, frozenset(named)) for where, named in self._named.items())

    def named(self, where: Where) -> frozenset[str]:
        """Return the addresses that replies to an instance have named, two at most."""
        return frozenset(self._named.get(where, ()))

    def _address_of(self, where: Where, before: str | None) -> str | None:
        named = self.named(where) or frozenset(filter(None, [before]))
        return next(iter(named)) if len(named) == 1 else None

    def addresses(self) -> Iterator[str]:
        """Yield the addresses of groups, as they were found."""
        return (address for address, *_ in self._groups if address is not None)

    def whole(self, known_before: Mapping[Where, str | None] | None = None) -> list[Group]:
        """Return the groups, those without an address with what was learned of their instance; by first refusal.

        `known_before` is what earlier scans have learned of instances.
        """
        before = known_before or {}
        found: dict[Key, Group] = {}
        for (address, where, key, subtype), group in self._groups.items():
            known = address or (self._address_of(where, before.get(where)) if where else None)
            group.address = known
            whole = found.setdefault((known, None, key, subtype), group)
            if whole is not group:
                whole.take(group)
        return sorted(found.values(), key=lambda group: (group.began, group.address or "", group.key))
