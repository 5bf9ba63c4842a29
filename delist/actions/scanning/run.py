"""Runs a scan: reads the logs, gathers refusals, tells what stands behind them, and records it if that is wanted."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import date, timedelta
from functools import partial

from delist.actions.meanings import Meanings
from delist.actions.scanning.condensing import Condensing
from delist.actions.scanning.found import Found, Summary, is_undecided
from delist.actions.scanning.groups import Group, Groups, Line, Refusal
from delist.actions.scanning.logs import Logs
from delist.actions.scanning.wish import AHEAD, Own, Wish
from delist.errors import DelistError
from delist.maillog.values import Event, Trouble
from delist.rules.addresses import order
from delist.rules.replies.values import Fault
from delist.rules.triage import STILL_LISTED, Refused, causes
from delist.store.glance import Glance, glance
from delist.store.version import Age, age_of
from delist.tools import Tools


class Scan:
    """One scan. Iterate over it, or let it gather, to read the logs; then `summary` holds what it came to."""

    def __init__(self, tools: Tools, wish: Wish) -> None:
        self.tools, self.wish = tools, wish
        self.summary = Summary()
        self._known = _glance(tools, wish)
        self.logs = Logs(tools, wish, self._known.places if wish.new else None)
        self._own = Own(tools, wish, self._known.addresses)
        self._meanings = Meanings(tools.catalogue)
        self._groups = Groups()
        # Our addresses in refusals that are in no group, since they tell no time.
        self._undated: set[str] = set()

    def __iter__(self) -> Iterator[Refusal]:
        """Yield each line that tells of a refusal of an own address, as it is read; then sum up, and record."""
        condense = self._condensing()()
        with self._failure_kept(), closing(self.logs):
            for found in self.logs.follow() if self.wish.follow else self.logs.read():
                if isinstance(found, Trouble):
                    self.summary.troubles.append(found)
                elif (line := condense(found)) is not None:
                    self._add(line)
                    yield _refusal(found, line)
            self._conclude()

    def gather(self) -> None:
        """Read the logs, sum up, and record, where nobody wants to see each line: processes then send little."""
        with self._failure_kept(), closing(self.logs):
            for found in self.logs.condensed(self._condensing()):
                if isinstance(found, Trouble):
                    self.summary.troubles.append(found)
                else:
                    self._add(found)
            self._conclude()

    @contextmanager
    def _failure_kept(self) -> Iterator[None]:
        """Keep that a scan which was to record has failed, for whoever asks later how the last one ended."""
        began = self.tools.now()
        try:
            yield
        except DelistError as error:
            if self.wish.record and not self.wish.dry_run:
                from delist.actions import steps

                with suppress(DelistError):
                    steps.note(self.tools, "scan", began, {}, error)
            raise

    def _condensing(self) -> Callable[[], Condensing]:
        return partial(Condensing, self.wish, self._own, self._meanings, self.tools.now() + AHEAD)

    def _is_own(self, address: str | None) -> bool:
        return address is None or self._own.covers(address)

    def _add(self, line: Line) -> None:
        if line.at is not None:
            address = line.key[0]
            self._groups.add(line, line.at, is_named=address is not None and self._own.covers(address))
            return
        self.summary.undated += 1
        if line.key[0] is not None:
            self._undated.add(line.key[0])

    def _conclude(self) -> None:
        self.summary.tally = self.logs.tally
        groups = self._groups.whole(self._known.instances)
        self._sum_up(groups)
        self.summary.troubles += [each for each in self.logs.left_out if each.failed]
        self.summary.undecided = tuple(found for found in self.summary.groups if is_undecided(found, self._meanings))
        if self.wish.record or self.wish.new:
            self._keep()
        self._tell_addresses(groups)

    def _sum_up(self, groups: Sequence[Group]) -> None:
        zone, ours = self.tools.zone, [group for group in groups if group.fault is Fault.SENDER]
        told = [Refused(group.address, group.key, group.times.days(zone)) for group in ours]
        meanings = {group.key: self._meanings.of(group.key) for group in ours}
        causes_ = causes(told, meanings, self._listed({group.address for group in ours if group.address}))
        explained = {id(group): cause for group, cause in zip(ours, causes_, strict=True)}
        self.summary.groups = [
            Found(group, cause, self._meanings.behind(cause or group.key), self._is_own(group.address))
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
        named = {*self._groups.addresses(), *self._undated}
        foreign = {address for address in named if not self._own.covers(address)}
        ours = {group.address for group in groups if group.address} - foreign
        self.summary.foreign = tuple(sorted(foreign, key=order))
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


def _refusal(found: Event, line: Line) -> Refusal:
    address, _, key, subtype = line.key
    return Refusal(
        *(found.file, found.line, address, key, subtype, found.status, found.at),
        *(found.queue_id, found.recipient, found.relay),
    )
