"""One round of a run: addresses asked at every zone that can be believed, and then whether it still can."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delist.actions.checking.gates import Gate, Questions, judge, opened, point_questions, points_for
from delist.actions.checking.grid import STRIDE, Evidence, Grid
from delist.actions.checking.plan import Plan
from delist.actions.checking.telling import Telling, Told
from delist.lookup import Session
from delist.lookup.lanes import Lane
from delist.rules.dnsbl import (
    Answer,
    Verdict,
    decode,
)

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out about some addresses: what each list tells of each, in the order of the plan."""

    addresses: Sequence[str]
    told: Sequence[tuple[Told, ...]]
    reasons: Mapping[tuple[int, str], str]
    evidence_of: Callable[[int, str], Evidence]


@dataclass(slots=True)
class Round:
    """What a run asks with: its plan, how often each zone may still be asked today, and the zones as they stand."""

    session: Session
    plan: Plan
    versions: Sequence[int]
    left: Mapping[str, int] = field(default_factory=dict)
    tick: Callable[[int], None] = lambda count: None
    gates: list[Gate] = field(default_factory=list)
    _is_open: bool = False

    def look(self, addresses: Sequence[str]) -> Looked:
        """Ask every list about some addresses, its zones' test points before (the first time) and again at the end.

        What a zone answered while it went bad is not believed. A listing's reason (TXT) is asked for where there is
        one; what may contain a key is cut.
        """
        grid = Grid(addresses, self.plan)
        self._permit(at_the_end=False)
        good = [gate for gate in self.gates if gate.health.is_good] if self._is_open else self._open(grid)
        was = {gate: gate.health for gate in self.gates if gate not in good}
        asked = self._ask_addresses(grid, good)
        listed = grid.listed(asked)
        texts = self._ask_again(asked, listed)
        told = Telling(self.plan, self.gates, was).of(grid)
        return Looked(addresses, told, self._reasons(grid, listed, texts), grid.evidence_of)

    def _open(self, grid: Grid) -> list[Gate]:
        """Test every zone; those that are good are asked about the addresses while others are still silent."""
        rows: dict[tuple[Lane, int], dict[int, Answer]] = {}

        def follow(gate: Gate) -> None:
            rows[gate.door.addresses, gate.version] = grid.answers_of(gate)
            gate.door.addresses.add(grid.questions_for(gate))

        def take(lane: Lane, tag: Any, answer: Answer) -> None:
            rows[lane, tag[0]][tag[1]] = answer
            self.tick(1)

        self.gates = opened(self.session, self.plan.targets, self.versions, follow, take)
        self._is_open = True
        return [gate for gate in self.gates if gate.health.is_good]

    def asked_of(self, group: str) -> int:
        """Return how many questions went to the zones of a group in this run, through whichever name server."""
        names = {target.asked_as for target in self.plan.targets if target.group == group}
        return sum(door.asked for door in self.session.doors if door.zone in names)

    def _ask_addresses(self, grid: Grid, gates: Iterable[Gate]) -> list[Gate]:
        """Ask those zones that were not yet, as far as they may be asked; returns all that were asked."""
        questions: Questions = {}
        rows: dict[tuple[Lane, int], dict[int, Answer]] = {}
        for gate in gates:
            if gate not in grid.answers:
                questions.setdefault(gate.door.addresses, []).extend(grid.questions_for(gate))
                rows[gate.door.addresses, gate.version] = grid.answers_of(gate)
        count = 0
        for lane, tag, answer in self.session.ask(questions):
            version, place = tag
            rows[lane, version][place] = answer
            count += 1
            if not count & 4095:
                self.tick(4096)
        self.tick(count & 4095)
        return [gate for gate in gates if gate in grid.answers]

    def _ask_again(self, gates: Sequence[Gate], listed: Mapping[tuple[Gate, int], bytes]) -> Mapping[object, Answer]:
        """Ask the test points again, also of zones that were good before, and for the reasons of listings."""
        tested = [*gates, *(gate for gate in self.gates if gate.chances and not gate.health.is_good)]
        self._permit(at_the_end=True)
        questions = point_questions(tested)
        for (gate, place), name in listed.items():
            questions.setdefault(gate.door.texts, []).append(((gate, "text", place), name))
        answers = {tag: answer for _, tag, answer in self.session.ask(questions)}
        judge(tested, answers)
        return answers

    def _permit(self, at_the_end: bool) -> None:
        """Let zones with a daily limit be asked what is left of it; test points at the end are kept back for it."""
        kept: Counter[str] = Counter()
        if not at_the_end:
            for target in self.plan.targets:
                kept[target.group] += sum(len(points) for points in points_for(target, self.versions))
        self.session.permit({group: left - self.asked_of(group) - kept[group] for group, left in self.left.items()})

    def _reasons(
        self, grid: Grid, listed: Iterable[tuple[Gate, int]], answers: Mapping[object, Answer]
    ) -> dict[tuple[int, str], str]:
        """Return the reasons of listings by place and list."""
        found: dict[tuple[int, str], str] = {}
        for gate, place in listed:
            answer = answers.get((gate, "text", place))
            if answer and answer.codes and gate.health.is_good:
                text = _plain(" / ".join(answer.codes), gate)
                for finding in decode(grid.answers[gate][place], gate.target.zone, gate.health):
                    if finding.verdict is Verdict.LISTED:
                        found.setdefault((place // STRIDE, finding.list), text)
        return found


def _plain(text: str, gate: Gate) -> str:
    """Return a TXT record as one line of a sentence's length, without characters that steer terminals, or a key."""
    if gate.target.key:
        # Servers repeat the name that they were asked for, in the letters in which it came.
        text = re.sub(re.escape(gate.target.key), "***", text, flags=re.IGNORECASE)
    text = re.sub(re.escape(gate.target.zone.name), gate.target.zone.name, text, flags=re.IGNORECASE)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"
