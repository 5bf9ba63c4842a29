"""Runs a scan: reads the logs, gathers refusals, tells what stands behind them, and records it if that is wanted."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, nullcontext
from datetime import date, timedelta

from delist.actions.meanings import Meanings
from delist.actions.scanning.found import Found, Summary
from delist.actions.scanning.groups import Group, Groups, Refusal, Where
from delist.actions.scanning.logs import Logs
from delist.actions.scanning.wish import Own, Wish
from delist.maillog.values import Event, Trouble
from delist.rules.addresses import order
from delist.rules.logs.masks import masked
from delist.rules.replies.values import UNKNOWN, Fault, Subtype
from delist.rules.triage import STILL_LISTED, Refused, causes
from delist.store.glance import Glance, glance
from delist.store.version import Age, age_of
from delist.tools import Tools


class Scan:
    """One scan. Iterate over it to read the logs; afterwards `summary` holds what it came to."""

    def __init__(self, tools: Tools, wish: Wish) -> None:
        self.tools, self.wish = tools, wish
        self.summary = Summary()
        self._known = _glance(tools, wish)
        self.logs = Logs(tools, wish, self._known.places if wish.new else None)
        self._own = Own(tools, wish, self._known.addresses)
        self._meanings = Meanings(tools.catalogue)
        self._groups = Groups(masked)
        self._foreign: dict[str, None] = {}

    def __iter__(self) -> Iterator[Refusal]:
        """Yield each line that tells of a refusal of an own address, as it is read; then sum up, and record."""
        with closing(self.logs):
            for found in self.logs.follow() if self.wish.follow else self.logs.read():
                if isinstance(found, Trouble):
                    self.summary.troubles.append(found)
                elif isinstance(found, Event) and self._is_wanted(found):
                    yield self._take(found)
            self.summary.tally = self.logs.tally
            groups = self._groups.whole()
            self._sum_up(groups)
            if self.wish.record or self.wish.new:
                self._keep()
            self._tell_addresses(groups)

    def _is_wanted(self, found: Event) -> bool:
        host, receiver = self.wish.host, self.wish.receiver
        if host and found.host and not _is_same_host(found.host, host):
            return False
        return receiver is None or found.relay == receiver or found.relay.endswith(f".{receiver}")

    def _take(self, found: Event) -> Refusal:
        where = found.host or self.wish.host or "", found.instance
        refusal = _refusal(found, where, found.address or self._own.of(*where))
        if refusal.address is not None and not self._own.covers(refusal.address):
            self._foreign[refusal.address] = None
        if refusal.at is None:
            self.summary.undated += 1
        else:
            self._groups.add(refusal, refusal.at)
        return refusal

    def _sum_up(self, groups: Sequence[Group]) -> None:
        zone, ours = self.tools.zone, [group for group in groups if group.fault is Fault.SENDER]
        told = [Refused(group.address, group.key, group.times.days(zone)) for group in ours]
        meanings = {group.key: self._meanings.of(group.key) for group in ours}
        causes_ = causes(told, meanings, self._listed({group.address for group in ours if group.address}))
        explained = {id(group): cause for group, cause in zip(ours, causes_, strict=True)}
        self.summary.groups = [
            Found(group, cause, self._meanings.behind(cause or group.key))
            for group in groups
            for cause in (explained.get(id(group)),)
        ]

    def _listed(self, addresses: Collection[str]) -> list[Refused]:
        """Return the listings on record of some addresses on lists by which everybody can refuse."""
        today = self.tools.this_moment().on
        return [
            Refused(each.address, each.list, _days(each.first, each.last or today))
            for each in self._known.listings
            if each.address in addresses and self._meanings.of(each.list).shared
        ]

    def _keep(self) -> None:
        # Imported late: whoever only reads logs does without SQLAlchemy.
        from delist.actions.desk import snapshot
        from delist.actions.scanning.keeping import Keeping

        with snapshot(self.tools) if self.wish.dry_run else nullcontext(self.tools) as tools:
            keeping = Keeping(tools, self.wish, self.logs, self._groups, self._own, self._meanings)
            keeping.keep(self.summary)

    def _tell_addresses(self, groups: Sequence[Group]) -> None:
        ours = {group.address for group in groups if group.address} - self._foreign.keys()
        self.summary.foreign = tuple(sorted(self._foreign, key=order))
        self.summary.unrecorded = tuple(sorted(ours - _glance(self.tools, self.wish).addresses, key=order))


def _glance(tools: Tools, wish: Wish) -> Glance:
    age = age_of(tools.database)
    if age in (Age.MISSING, Age.EMPTY):
        return Glance()
    if age is Age.OLDER:
        from delist import migrate

        migrate.make_ready(tools.database, tools.now(), shared=tools.places.shared)
    return glance(tools.database, wish.host or "", wish.purpose)


def _days(first: date, last: date) -> list[date]:
    """Return days from the first to the last, so close to one another that the address was listed in between."""
    return [*(first + timedelta(days) for days in range(0, (last - first).days, STILL_LISTED.days)), last]


def _refusal(found: Event, where: Where, address: str | None) -> Refusal:
    read = found.reading
    return Refusal(
        file=found.file,
        line=found.line,
        where=where,
        address=address,
        key=read.list or UNKNOWN,
        subtype=read.subtype or Subtype.OTHER,
        fault=read.fault or Fault.SENDER,
        status=found.status,
        at=found.at,
        queue_id=found.queue_id,
        recipient=found.recipient,
        receiver=found.relay,
        reply=found.reply,
    )


def _is_same_host(one: str, other: str) -> bool:
    """Whether two names are a host's: the full one and the first label of it are."""
    short = "." not in one or "." not in other
    return one.lower() == other.lower() or (short and one.partition(".")[0].lower() == other.partition(".")[0].lower())
