"""All that stands, made into steps: what one case has to wait for depends on the others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from delist.rules.addresses import Cover, covered_by, order
from delist.rules.asking import Addressee, Standing, addressee_of, held
from delist.rules.expiry import gone_by, is_left_alone
from delist.rules.lifecycle import Request, State
from delist.rules.lists import Scope
from delist.rules.moments import moment_of
from delist.rules.planning.deciding import do, mends, needs, who
from delist.rules.planning.ordering import in_order
from delist.rules.planning.values import Asker, Do, Listed, Step
from delist.rules.reminders import Policy, Reminder, Status, most_urgent, reminders_of, status_of
from delist.rules.windows import Case


def is_standing(case: Case) -> bool:
    """Whether something is to be done about a case: listed, asked, or refused or relisted and not seen off it since."""
    if case.retired:
        return False
    if case.episode is not None or any(request.is_open for request in case.requests):
        return True
    latest = case.latest
    if latest is None or latest.state not in (State.REFUSED, State.RELISTED):
        return False
    ended = latest.refused if latest.state is State.REFUSED else latest.relisted
    return ended is not None and (case.last_clear is None or case.last_clear.is_before(ended))


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
    def refused_by(self) -> Addressee | None:
        """Who refused the last request, None if nobody did."""
        is_refused = self.request is not None and self.request.state is State.REFUSED
        return addressee_of(self.request.template) if self.request and is_refused else None

    @property
    def sameness(self) -> tuple[object, ...]:
        return self.who, self.do, self.after, self.next.kind if self.next else None, self.refused_by


class _Near:
    """Cases by what they cover on a list, to find one that shares an address with another."""

    def __init__(self) -> None:
        self._cases: dict[str, Case] = {}

    def add(self, case: Case) -> None:
        self._cases.setdefault(covered_by(case.address, case.list.scope), case)

    @cached_property
    def _cover(self) -> Cover:
        return Cover(self._cases)

    def to(self, address: str) -> Case | None:
        """Return a case that the list would take for one with this address, None if there is none."""
        scope = next((case.list.scope for case in self._cases.values()), Scope.ADDRESS)
        found = self._cover.meeting(covered_by(address, scope))
        return self._cases[found] if found else None


class _Scene:
    """All that stands at once: what one case has to wait for depends on the others."""

    def __init__(self, found: Sequence[Listed], policy: Policy, now: datetime) -> None:
        self._policy, self._now, self._moment = policy, now, moment_of(now, policy.zone)
        self._listed: dict[str, _Near] = {key: _Near() for one in found for key in one.case.list.waits_for}
        self._open: dict[str, _Near] = {}
        for case in (one.case for one in found):
            is_open = any(request.is_open for request in case.requests)
            if is_open:
                self._open.setdefault(case.list.key, _Near()).add(case)
            if case.list.key in self._listed and (is_open or case.episode is not None):
                self._listed[case.list.key].add(case)

    def decide(self, one: Listed) -> _Decided:
        case, role = one.case, one.known.role
        asked = self._asked(case)
        holds = held(case.list, case.address, role, self._standing(case, asked))
        after = tuple(each.list.key for each in holds.first)
        asker = who(case.list, role, holds.is_providers)
        if asked is None or not holds.asked:
            is_alone = is_left_alone(case.list, case.episode, self._now, self._policy.zone)
            return _Decided(asker, do(case.list, asker, after, is_alone), after, case.latest, None)
        request = holds.asked[-1]
        awaited = [each for each in reminders_of(asked, self._policy) if each.request is request]
        upcoming = most_urgent(awaited, self._moment, self._policy.zone)
        return _Decided(asker, Do.ASKED, after, request, upcoming[0] if upcoming else None)

    def _asked(self, case: Case) -> Case | None:
        """Return the case with the open request that may stand for this one too: its own, or of the same scope."""
        if any(request.is_open for request in case.requests):
            return case
        near = self._open.get(case.list.key)
        return near.to(case.address) if near else None

    def _standing(self, case: Case, asked: Case | None) -> Iterator[Standing]:
        """Yield what stands near a case, for the rule to judge: of each list one that may hold it up."""
        for code in case.codes:
            yield Standing(case.address, case.list, None, code)
        for request in asked.requests if asked else ():
            if asked and request.is_open:
                yield Standing(asked.address, asked.list, request)
        for key in case.list.waits_for:
            if found := self._listed[key].to(case.address):
                yield Standing(found.address, found.list)

    def step(self, group: Sequence[tuple[Listed, _Decided]]) -> Step:
        group = sorted(group, key=lambda pair: (pair[1].do is not Do.ASKED, order(pair[0].case.address)))
        first, decided = group[0]
        entry, members = first.case.list, [one for one, _ in group]
        cases = [one.case for one in members]
        episodes = [case.episode for case in cases if case.episode]
        last = max((episode.last for episode in episodes), key=lambda moment: moment.order, default=None)
        is_asking = decided.do in (Do.ASK, Do.LETTER, Do.WAIT_FOR)
        numbers = {decided.request.number for _, decided in group if decided.request}
        refusals = [decided.refused_by for _, decided in group if decided.refused_by]
        following, zone = decided.next, self._policy.zone
        gone = gone_by(entry, last, zone) if last else None
        step = Step(
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
            expires_on=gone.astimezone(zone).date() if gone else None,
            is_over=gone is not None and gone < self._now,
            request=decided.request if len(numbers) == 1 else None,
            next=following,
            was_refused=any(one.was_refused for one in members),
            is_due=following is not None and self._is_due(following),
            refused=len(refusals),
            by_provider=refusals.count(Addressee.PROVIDER),
        )
        return replace(step, mend=(), needs=()) if step.is_own else step

    def _is_due(self, reminder: Reminder) -> bool:
        return status_of(reminder, self._moment, self._policy.zone) is not Status.UPCOMING
