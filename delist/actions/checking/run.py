"""One check from the first question to the last record; no transaction is open while it waits for an answer."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

from delist.actions.checking.looking import Looked, Round
from delist.actions.checking.outcome import Part, Pause, Summary, Wish
from delist.actions.checking.plan import Plan, Target, plan, without_spent
from delist.actions.checking.recording import Pair, Recorded, Times, Waiting, record
from delist.actions.checking.volume import count_asked, left_after, left_today
from delist.actions.checking.whom import Whom, whom
from delist.actions.desk import reading, writing
from delist.errors import DelistError, OutsideFailed, SetupError
from delist.lookup import Session, parse_nameserver, system_nameservers
from delist.rules.history import Source
from delist.rules.lists import ListEntry
from delist.store import checks, writes
from delist.store.checks import Run as RunRow
from delist.store.engine import Tx
from delist.tools import Tools

# So many addresses at most are asked between two looks at the zones' health, and kept in one transaction. Where the
# pace is slow, fewer: whoever stops a run loses no more than about so many seconds of it.
CHUNK, SMALLEST_CHUNK = 4096, 16
_SECONDS = 20
KIND = "check"
# A second look is waited for no longer than this; where the first one's answer holds longer, the next run takes it.
LONGEST_WAIT = timedelta(minutes=5)
_RESUMABLE = timedelta(days=1)
# Seconds: clocks are read to whole ones, and two answers must differ by more than that to be told apart.
_MARGIN = 3


class Run:
    """One check, ready to go: iterate over `parts`, and then read its `summary`."""

    def __init__(
        self,
        tools: Tools,
        wish: Wish,
        about: Whom,
        what: Plan,
        servers: Sequence[tuple[str, int]],
        left: dict[str, int],
    ) -> None:
        self.tools, self.wish, self.about, self.plan = tools, wish, about, what
        self.summary = Summary()
        self.begun_at = tools.now()
        self.stopped: RunRow | None = None
        self.first = 0
        self._servers, self._left = servers, left
        self._row: int | None = None
        # What is known of zones from earlier runs: their troubles when last asked, and as last told as changes.
        self._seen: Mapping[str, str] = {}
        self._told: Mapping[str, str] = {}
        self._counted: dict[int, int] = {}
        # Why nothing can be recorded any more, if so: the run goes on all the same, and says so at its end.
        self.failure: DelistError | None = None
        self._find_stopped()

    @property
    def digest(self) -> str:
        """What is asked, in a few letters: a stopped run is the same only if all of this is."""
        zones = [(target.zone.name, target.lists, _told_only(target)) for target in self.plan.targets]
        return hashlib.sha256(repr((self.about.addresses, zones)).encode()).hexdigest()[:32]

    def _find_stopped(self) -> None:
        """Look up what earlier runs left: one that asked the same and was stopped, and the troubles of the last."""
        with reading(self.tools) as desk:
            found = None if desk is None else checks.unfinished_run(desk.tx, KIND, self.digest)
            last = None if desk is None else checks.last_run(desk.tx, KIND, finished=True)
        if last is not None:
            self._seen, self._told = last.detail.get("zones", {}), last.detail.get("told", {})
        if found and found.position and found.position < found.total and found.started_at > self.begun_at - _RESUMABLE:
            self.stopped = found
            if self.wish.resume:
                self._row, self.first = found.id, found.position
                self.summary.verdicts.update(found.detail.get("verdicts", {}))
                self.summary.addresses = found.position
                self.summary.unasked = found.detail.get("unasked", 0)
                self.summary.lists.update(found.detail.get("lists", ()))
                self.summary.left_out.update({(key, why): count for key, why, count in found.detail.get("left", ())})

    def changed_troubles(self) -> list[tuple[str, str]]:
        """Return (zone, trouble) for zones that cannot be believed and of which that was not told yet as a change;
        without a trouble: for those of which it was, and that can be believed again.
        """
        now = self.summary.troubles
        zones = [target.zone.name for target in self.plan.targets]
        return [(zone, now.get(zone, "")) for zone in zones if bool(self._told.get(zone)) != (zone in now)]

    def parts(self, tick: Any = None) -> Iterator[Part | Pause]:
        """Yield what is found, some addresses at a time; every part is kept before it is yielded."""
        per_second = self.tools.settings.dns.queries_per_second
        with Session(self._servers, per_second) as session:
            # Of all addresses: of those that a stopped run is done with, some are asked again.
            versions = sorted({6 if ":" in address else 4 for address in self.about.addresses})
            asking = Round(session, self.plan, versions, self._left, tick or (lambda count: None))
            try:
                yield from self._all_parts(asking)
                self._finish(asking)
            finally:
                # Also of a run that is stopped in the middle of a part.
                count_asked(self.tools, self.plan.targets, self._newly_asked(asking))

    def _all_parts(self, asking: Round) -> Iterator[Part | Pause]:
        addresses, waiting = self.about.addresses, list[Waiting]()
        for some in _cut(self._unsettled(addresses[: self.first]), self._size()):
            part = replace(self._part(asking, some, None), retold=True)
            waiting += part.recorded.waiting
            yield part
        done = self.first
        for some in _cut(addresses[self.first :], self._size()):
            done += len(some)
            part = self._part(asking, some, done)
            waiting += part.recorded.waiting
            yield part
        yield from self._second_looks(asking, waiting)

    def _size(self) -> int:
        """Return how many addresses to ask in one part: what the slowest pace allows in some seconds."""
        paces = [target.per_second for target in self.plan.targets if target.per_second]
        if per_second := self.tools.settings.dns.queries_per_second:
            paces.append(per_second * len(self._servers) / max(len(self.plan.targets), 1))
        return min([CHUNK, *(max(SMALLEST_CHUNK, int(pace * _SECONDS)) for pace in paces)])

    def _unsettled(self, addresses: Sequence[str]) -> list[str]:
        """Return those addresses of which a stopped run found something: they are asked again, to be told whole."""
        with reading(self.tools) as desk:
            if desk is None or not addresses:
                return []
            known = {*checks.lists_of(desk.tx, addresses), *(at for at, _ in checks.looks_at(desk.tx, addresses))}
        return [address for address in addresses if address in known]

    def _part(
        self, asking: Round, addresses: Sequence[str], position: int | None, again: set[Pair] | None = None
    ) -> Part:
        begun = self.tools.now()
        looked = asking.look(addresses)
        times = Times(begun, self.tools.now())
        if position is not None:
            self._add_up(asking, looked)
        recorded = Recorded()
        if not self.wish.dry_run and self.failure is None:
            try:
                recorded = self._keep(asking, looked, times, position, again)
            except (OutsideFailed, SetupError) as error:
                self.failure = error
        self.summary.changed += recorded.changed
        return Part(looked, begun, recorded, again is not None)

    def _add_up(self, asking: Round, looked: Looked) -> None:
        rows = Counter(map(id, looked.told))
        by_id = {id(row): row for row in looked.told}
        for row_id, count in rows.items():
            for told in by_id[row_id]:
                if told.asked:
                    self.summary.verdicts[told.finding.verdict] += count
                    self.summary.lists.add(told.finding.list)
                    if told.finding.why:
                        self.summary.whys[told.finding.why] = None
                else:
                    self.summary.left_out[told.finding.list, told.finding.why or ""] += count
            self.summary.unasked += 0 if any(told.asked for told in by_id[row_id]) else count
        self.summary.addresses += len(looked.addresses)
        for gate in asking.gates:
            if gate.health.trouble:
                self.summary.troubles[gate.target.zone.name] = gate.health.trouble

    def _keep(
        self, asking: Round, looked: Looked, times: Times, position: int | None, again: set[Pair] | None
    ) -> Recorded:
        with writing(self.tools) as plain:
            desk = replace(plain, source=Source.CHECK)
            recorded = record(desk, looked, times, self.wish.once, again)
            if self._row is None:
                total = len(self.about.addresses)
                self._row = writes.add_run(desk.tx, desk.uid(), KIND, self.digest, self.begun_at, total)
            if position is not None:
                writes.save_run(desk.tx, self._row, position, self._detail(asking))
            self._count(desk.tx, asking, times.ended.astimezone(UTC).date())
        return recorded

    def _count(self, tx: Tx, asking: Round, day: date) -> None:
        """Count what was asked, and look how much others have asked meanwhile."""
        writes.add_asked(tx, day, self._newly_asked(asking))
        left = left_after(checks.asked(tx, day), self.plan)
        for group, count in left.items():
            self._left[group] = count + asking.asked_of(group)

    def _newly_asked(self, asking: Round) -> dict[str, int]:
        zones = {target.asked_as: target.zone.name for target in self.plan.targets}
        counts: Counter[str] = Counter()
        for door in asking.session.doors:
            if door.zone in zones:
                counts[zones[door.zone]] += door.asked - self._counted.get(id(door), 0)
                self._counted[id(door)] = door.asked
        return counts

    def _detail(self, asking: Round) -> Mapping[str, Any]:
        """Return what to keep of a run: its counts, and the troubles of zones, of those too that it did not ask."""
        zones = {gate.target.zone.name: self.summary.troubles.get(gate.target.zone.name, "") for gate in asking.gates}
        told = {**self._told, **zones} if self.wish.changes else self._told
        summary = self.summary
        return {
            "verdicts": dict(summary.verdicts),
            "lists": sorted(summary.lists),
            "unasked": summary.unasked,
            "left": [[*key, count] for key, count in sorted(summary.left_out.items())],
            "zones": {**self._seen, **zones},
            "told": dict(told),
            # A check that failed leaves out nothing of what it had found before.
            "why": self._why(),
        }

    def _why(self) -> str | None:
        """Return what the run failed with, None if it did not."""
        if self.failure:
            return str(self.failure)
        nothing_told = self.summary.nothing_told
        return f"no list could tell anything: {self.summary.why_nothing}" if nothing_told else None

    def _second_looks(self, asking: Round, waiting: Sequence[Waiting]) -> Iterator[Part | Pause]:
        """Look again at what would flip a state, once the first answers have run out."""
        now = self.tools.now()
        soon = [each for each in waiting if each.expires - now <= LONGEST_WAIT]
        self.summary.waiting = len(waiting)
        if not soon or not self.wish.wait:
            return
        seconds = max((max(each.expires for each in soon) - now).total_seconds(), 0) + _MARGIN
        yield Pause(seconds, len(soon))
        self.tools.wait(seconds)
        again = _narrowed(asking, soon)
        addresses = list(dict.fromkeys(each.address for each in soon))
        pairs = {(each.address, each.list) for each in soon}
        for some in _cut(addresses, self._size()):
            part = self._part(again, some, None, pairs)
            self.summary.waiting -= len(pairs & part.recorded.settled)
            yield part

    def _finish(self, asking: Round) -> None:
        """Record that the run is over."""
        if self._row is None:
            return
        try:
            self._record_end(asking)
        except (OutsideFailed, SetupError) as error:
            self.failure = self.failure or error

    def _record_end(self, asking: Round) -> None:
        with writing(self.tools) as desk:
            total = len(self.about.addresses)
            if self._row is not None:
                writes.save_run(desk.tx, self._row, total, self._detail(asking), self.tools.now())
            self._count(desk.tx, asking, desk.at.astimezone(UTC).date())


def _cut(addresses: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (addresses[start : start + size] for start in range(0, len(addresses), size))


def _told_only(target: Target) -> list[tuple[str, list[str]]] | None:
    return None if target.only is None else sorted((key, sorted(only)) for key, only in target.only.items())


def _narrowed(asking: Round, waiting: Sequence[Waiting]) -> Round:
    """Return a round that asks each zone only about the addresses with a finding that waits there."""
    gates = []
    for gate in asking.gates:
        wanted = {
            key: frozenset(each.address for each in waiting if each.list == key)
            for key in gate.target.lists
            if any(each.list == key for each in waiting)
        }
        if wanted:
            gates.append(replace(gate, target=replace(gate.target, only=wanted)))
    return replace(asking, gates=gates)


def begin(tools: Tools, wish: Wish) -> Run:
    """Return a check that is ready to go. Nothing is asked yet, and nothing written.

    Raises UsageError for no addresses or no lists, NotFound for an unknown list, SetupError without name servers.
    """
    about = whom(tools, wish.addresses, wish.site, wish.due, wish.limit)
    what = plan(tools, wish.lists, about.concerned)
    left = left_today(tools, what)
    named = [parse_nameserver(text) for text in wish.nameservers or tools.settings.dns.nameservers]
    return Run(tools, wish, about, without_spent(what, left), named or system_nameservers(), left)


def by_hand(tools: Tools, keys: Sequence[str]) -> list[ListEntry]:
    """Return the lists to look at by hand: the named ones, else those that are asked by default."""
    if keys:
        return [tools.catalogue.find(key) for key in keys]
    return [entry for entry in tools.catalogue.all() if entry.default and entry.closed is None]
