"""Turns answers into what each list tells of each address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from delist.actions.checking.gates import Gate
from delist.actions.checking.grid import STRIDE, Grid
from delist.actions.checking.plan import Plan
from delist.rules.dnsbl import (
    NO_IPV6,
    NO_NETWORKS,
    Answer,
    Failure,
    Finding,
    Health,
    Verdict,
    decode,
    of_network,
    together,
)
from delist.rules.terms import TERMS


@dataclass(frozen=True, slots=True)
class Told:
    """What one list says of one address: the finding, whether it was asked at all, and which name server answered."""

    finding: Finding
    asked: bool = True
    nameserver: str | None = None


def _left_out(key: str, why: str) -> Told:
    return Told(Finding(key, Verdict.UNKNOWN, (), why), asked=False)


# What was not asked is not known: silence without a question must never read as clear.
_UNASKED = Answer(failure=Failure.TIMEOUT)


class Telling:
    """Turns answers into what each list tells; equal answers, which most are, are turned once."""

    def __init__(self, plan: Plan, gates: Sequence[Gate], was: Mapping[Gate, Health]) -> None:
        """`was` is the health of the zones that were bad when the round began, and so not asked."""
        self._plan = plan
        self._gates = {version: [gate for gate in gates if gate.version == version] for version in (4, 6)}
        self._was = was
        self._known: dict[tuple[object, ...], tuple[Told, ...]] = {}
        self._special = any(gate.target.only is not None for gate in gates)

    def of(self, grid: Grid) -> list[tuple[Told, ...]]:
        """Return what each list tells of each address."""
        answers = {version: [grid.answers.get(gate, {}) for gate in self._gates[version]] for version in (4, 6)}
        told = []
        for place, address in enumerate(grid.addresses):
            version, first = grid.versions[place], STRIDE * place
            turns, is_whole = grid.turns.get(place, (1, True))
            rows = [[found.get(first + turn) for found in answers[version]] for turn in range(turns)]
            if place in grid.turns or self._special:
                told.append(self._told(version, address, rows, is_whole))
                continue
            key = (version, *map(id, rows[0]))
            if (known := self._known.get(key)) is None:
                known = self._known[key] = self._told(version, address, rows, is_whole)
            told.append(known)
        return told

    def _told(
        self, version: int, address: str, rows: Sequence[Sequence[Answer | None]], is_whole: bool
    ) -> tuple[Told, ...]:
        found: dict[str, list[Told]] = {}
        for place, gate in enumerate(self._gates[version]):
            for turns in zip(*(self._findings(gate, row[place]) for row in rows), strict=True):
                key = turns[0].finding.list
                if key in gate.target.lists and gate.target.concerns(address, key):
                    whole = of_network([told.finding for told in turns], is_whole) if len(rows) > 1 else None
                    asked = all(told.asked for told in turns)
                    both = Told(whole, asked, turns[0].nameserver) if whole else turns[0]
                    found.setdefault(key, []).append(both)
        lists = [key for key in self._plan.entries if key in found or self._is_left_out(key)]
        return (*(self._of_list(key, found.get(key), "/" in address) for key in lists), *self._never(address))

    def _never(self, address: str) -> Iterable[Told]:
        """Yield the lists that the plan does not ask."""
        return (
            _left_out(each.entry.key, each.why)
            for each in self._plan.not_asked
            if each.only is None or address in each.only
        )

    def _is_left_out(self, key: str) -> bool:
        """Whether a list is asked in this run, but cannot be about such an address."""
        return any(key in target.lists and target.only is None for target in self._plan.targets)

    def _of_list(self, key: str, found: list[Told] | None, is_network: bool) -> Told:
        if not found:
            return _left_out(key, NO_IPV6)
        if is_network and not self._plan.entries[key].takes_networks:
            return _left_out(key, NO_NETWORKS)
        if not any(each.finding.verdict is Verdict.LISTED for each in found):
            # Part of the answer is missing: what there is cannot be all clear.
            if why := self._plan.partly.get(key):
                return _left_out(key, why)
            if unasked := [each for each in found if not each.asked]:
                return unasked[0]
        if len(found) == 1:
            return found[0]
        asked = [each for each in found if each.asked]
        return Told(together(each.finding for each in asked), True, asked[0].nameserver)

    def _findings(self, gate: Gate, answer: Answer | None) -> tuple[Told, ...]:
        if answer is not None and answer.failure is Failure.VOLUME:
            lists = decode(Answer(), gate.target.zone, gate.health)
            return tuple(_left_out(each.list, TERMS) for each in lists)
        # One that is good again was not asked in this round.
        found = decode(answer or _UNASKED, gate.target.zone, self._was.get(gate, gate.health))
        return tuple(Told(finding, True, gate.door.nameserver) for finding in found)
