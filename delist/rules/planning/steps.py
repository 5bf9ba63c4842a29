"""All that stands, made into steps: what one case has to wait for depends on the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from delist.rules.addresses import Cover, covered_by, order
from delist.rules.asking import same_scope
from delist.rules.lifecycle import Request, State
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment, moment_of
from delist.rules.planning.deciding import do, mends, needs, who
from delist.rules.planning.ordering import in_order
from delist.rules.planning.values import Asker, Do, Listed, Step
from delist.rules.reminders import Policy, Reminder, Status, most_urgent, reminders_of, status_of
from delist.rules.windows import Case


def is_standing(case: Case) -> bool:
    """Whether something is to be done about a case: it is listed, a request is open, or it was relisted since."""
    if case.retired:
        return False
    if case.episode is not None or any(request.is_open for request in case.requests):
        return True
    latest = case.latest
    if latest is None or latest.state is not State.RELISTED or latest.relisted is None:
        return False
    return case.last_clear is None or case.last_clear.on < latest.relisted.on


class By(StrEnum):
    """What is one step: all of one list (for one address), what is alike (for many), or each entry by itself."""

    LIST = "list"
    LIKENESS = "likeness"
    ENTRY = "entry"


def steps(listed: Iterable[Listed], policy: Policy, now: datetime, by: By = By.LIKENESS) -> tuple[Step, ...]:
    """Return what is to be done about all that stands, as steps in the order in which to take them.

    No step comes before one that it has to wait for. What does not stand is left out.
    """
    found = [one for one in listed if is_standing(one.case)]
    scene = _Scene(found, policy, now)
    groups: dict[tuple[object, ...], list[tuple[Listed, _Decided]]] = {}
    for one in found:
        decided = scene.decide(one)
        likeness = {By.LIST: (), By.LIKENESS: decided.sameness, By.ENTRY: (one.case.address,)}[by]
        groups.setdefault((one.case.list.key, *likeness), []).append((one, decided))
    return tuple(in_order(scene.step(group) for group in groups.values()))


@dataclass(frozen=True, slots=True)
class _Decided:
    who: Asker
    do: Do
    after: tuple[str, ...]
    request: Request | None
    next: Reminder | None

    @property
    def sameness(self) -> tuple[object, ...]:
        is_refused = self.request is not None and self.request.state is State.REFUSED
        return self.who, self.do, self.after, self.next.kind if self.next else None, is_refused


class _Scene:
    """All that stands at once: what one case has to wait for depends on the others."""

    def __init__(self, found: Sequence[Listed], policy: Policy, now: datetime) -> None:
        self._policy, self._moment = policy, moment_of(now, policy.zone)
        self._lists = {one.case.list.key: one.case.list for one in found}
        self._open: dict[str, list[Case]] = {}
        blocking = {key for entry in self._lists.values() for key in entry.waits_for}
        covered: dict[str, list[str]] = {key: [] for key in blocking if key in self._lists}
        for one in found:
            case = one.case
            if case.list.key in covered:
                covered[case.list.key].append(covered_by(case.address, case.list.scope))
            if case.list.takes_networks and any(request.is_open for request in case.requests):
                self._open.setdefault(case.list.key, []).append(case)
        self._blockers = {key: Cover(addresses) for key, addresses in covered.items()}

    def decide(self, one: Listed) -> _Decided:
        case = one.case
        asker, after = who(one), self._after(case)
        asked = self._asked(case)
        if asked is None:
            return _Decided(asker, do(case.list, asker, after), after, case.latest, None)
        request = next(request for request in reversed(asked.requests) if request.is_open)
        awaited = [each for each in reminders_of(asked, self._policy) if each.request is request]
        upcoming = most_urgent(awaited, self._moment, self._policy.zone)
        return _Decided(asker, Do.ASKED, after, request, upcoming[0] if upcoming else None)

    def _asked(self, case: Case) -> Case | None:
        """Return the case with the open request that stands for this one too: its own, or of the same scope."""
        if any(request.is_open for request in case.requests):
            return case
        others = self._open.get(case.list.key, ())
        return next((other for other in others if same_scope(case.list, case.address, other.address)), None)

    def _after(self, case: Case) -> tuple[str, ...]:
        found = []
        for key in case.list.waits_for:
            if key not in self._blockers or self._waits(self._lists[key], case.list.key, frozenset()):
                continue
            if self._blockers[key].meets(covered_by(case.address, self._lists[key].scope)):
                found.append(key)
        return tuple(found)

    def _waits(self, entry: ListEntry, key: str, seen: frozenset[str]) -> bool:
        """Whether a list is, or waits for, another: two that wait for each other wait for nothing."""
        if entry.key == key:
            return True
        nexts = (self._lists[each] for each in entry.waits_for if each in self._lists and each not in seen)
        return any(self._waits(each, key, seen | {entry.key}) for each in nexts)

    def step(self, group: Sequence[tuple[Listed, _Decided]]) -> Step:
        group = sorted(group, key=lambda pair: (pair[1].do is not Do.ASKED, order(pair[0].case.address)))
        first, decided = group[0]
        entry, members = first.case.list, [one for one, _ in group]
        cases = [one.case for one in members]
        episodes = [case.episode for case in cases if case.episode]
        last = max((episode.last for episode in episodes), key=lambda moment: moment.order, default=None)
        is_asking = decided.do in (Do.ASK, Do.LETTER, Do.WAIT_FOR)
        numbers = {decided.request.number for _, decided in group if decided.request}
        following = decided.next
        return Step(
            list=entry,
            who=decided.who,
            do=decided.do,
            entries=tuple(case.address for case in cases),
            addresses=len(frozenset().union(*(one.concerns for one in members))),
            sending=sum(one.known.sends for one in members),
            codes=tuple(sorted({code for case in cases for code in case.codes})),
            since=min((episode.started for episode in episodes), key=lambda started: started.order, default=None),
            after=decided.after,
            mend=tuple(mends(entry, members)) if is_asking else (),
            needs=needs(entry, decided.who, members) if is_asking else (),
            expires=entry.expires,
            expires_on=self._gone(entry, last) if last else None,
            request=decided.request if len(numbers) == 1 else None,
            next=following,
            was_refused=any(one.was_refused for one in members),
            is_due=following is not None and self._is_due(following),
        )

    def _gone(self, entry: ListEntry, last: Moment) -> date | None:
        zone = self._policy.zone
        return entry.expires.after(last.latest(zone)).astimezone(zone).date() if entry.expires else None

    def _is_due(self, reminder: Reminder) -> bool:
        return status_of(reminder, self._moment, self._policy.zone) is not Status.UPCOMING
