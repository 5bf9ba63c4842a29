"""Gathers refusals into groups, own address by list by grounds, in memory that does not grow with the log."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from delist.rules.logs.values import Status
from delist.rules.replies.values import Fault, Subtype
from delist.rules.triage import Burst

# A message is tried for five days or so, and retries are the same delivery; after that its id may be another's.
_FORGET = timedelta(days=6).total_seconds()
_HOUR = 3600
# So many receivers are named of a group; the others are only counted.
_RECEIVERS = 1000

Where = tuple[str, str]


class Times:
    """When refusals came, an hour in twenty bytes."""

    def __init__(self) -> None:
        self._first, self._last, self._lines = array("d"), array("d"), array("L")

    def add(self, at: float) -> None:
        """Take in one refusal, by its UTC timestamp."""
        if self._last and at // _HOUR == self._first[-1] // _HOUR:
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
        """Yield the refusals of each hour."""
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
    first: datetime
    last: datetime
    sample: str
    lines: int = 0
    deliveries: int = 0
    bounced: int = 0
    deferred: int = 0
    receivers: dict[str, int] = field(default_factory=dict)
    more_receivers: int = 0
    times: Times = field(default_factory=Times)
    # The line that was counted last: it may tell of several recipients.
    line: tuple[str, int] = ("", 0)

    def take(self, other: "Group") -> None:
        """Take in another group of the same address, key and grounds."""
        if other.first < self.first:
            self.first, self.sample = other.first, other.sample
        self.last = max(self.last, other.last)
        self.lines += other.lines
        self.deliveries += other.deliveries
        self.bounced += other.bounced
        self.deferred += other.deferred
        self.more_receivers += other.more_receivers
        for receiver, lines in other.receivers.items():
            self.receivers[receiver] = self.receivers.get(receiver, 0) + lines
        self.times.take(other.times)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line (or message) that tells of a refusal of an own address, None if that is not known.

    `at` is UTC, None where the line tells no time; `where` is the host and the instance that logged it, `receiver` the
    server that refused.
    """

    file: str
    line: int
    where: Where
    address: str | None
    key: str
    subtype: Subtype
    fault: Fault
    status: Status
    at: datetime | None
    queue_id: str
    recipient: str
    receiver: str
    reply: str


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


_Key = tuple[str | None, Where | None, str, Subtype]


class Groups:
    """What was found so far. `masked` takes recipients' local parts out of a text that is kept."""

    def __init__(self, masked: Callable[[str], str]) -> None:
        self._masked = masked
        self._groups: dict[_Key, Group] = {}
        self._deliveries = _Deliveries()
        # Which addresses replies have named, by the host and instance that logged them: two are as many as matter.
        self._named: dict[Where, set[str]] = {}

    def add(self, found: Refusal, moment: datetime) -> None:
        """Take in one refusal, of a moment (UTC)."""
        if found.address is not None:
            self._learn(found.where, found.address)
        key = found.address, None if found.address else found.where, found.key, found.subtype
        group = self._groups.get(key) or self._new(key, found, moment)
        at = moment.timestamp()
        group.first, group.last = min(group.first, moment), max(group.last, moment)
        if group.line != (line := (found.file, found.line)):
            group.line = line
            group.lines += 1
            group.bounced += found.status is Status.BOUNCED
            group.deferred += found.status is Status.DEFERRED
        group.deliveries += self._deliveries.is_new(hash((key, found.queue_id, found.recipient)), at)
        group.times.add(at)
        if found.receiver:
            self._count_receiver(group, found.receiver)

    def _new(self, key: _Key, found: Refusal, moment: datetime) -> Group:
        sample = self._masked(found.reply)
        group = Group(found.address, found.key, found.subtype, found.fault, moment, moment, sample)
        self._groups[key] = group
        return group

    def _count_receiver(self, group: Group, receiver: str) -> None:
        if receiver in group.receivers or len(group.receivers) < _RECEIVERS:
            group.receivers[receiver] = group.receivers.get(receiver, 0) + 1
        else:
            group.more_receivers += 1

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

    def _address_of(self, where: Where) -> str | None:
        named = self.named(where)
        return next(iter(named)) if len(named) == 1 else None

    def whole(self) -> list[Group]:
        """Return the groups, those without an address with what was learned of their instance; by first refusal."""
        found: dict[_Key, Group] = {}
        for (address, where, key, subtype), group in self._groups.items():
            known = address or (self._address_of(where) if where else None)
            group.address = known
            whole = found.setdefault((known, None, key, subtype), group)
            if whole is not group:
                whole.take(group)
        return sorted(found.values(), key=lambda group: (group.first, group.address or "", group.key))
