"""One round of a run: addresses asked at every zone that can be believed, and then whether it still can."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from delist.actions.checking.gates import Gate, Point, Questions, judge, opened, point_questions, points_for
from delist.actions.checking.grid import STRIDE, Evidence, Grid
from delist.actions.checking.plan import Plan
from delist.actions.checking.telling import Telling, Told
from delist.lookup import Session, wire
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


class Last(NamedTuple):
    """A test point that is asked once more at the end, as the tag of its question."""

    point: Point


class Text(NamedTuple):
    """The reason of a listing, by zone and place, as the tag of its question."""

    gate: Gate
    place: int


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
    # Zones that were done with before others had answered at all, and what they said at their end.
    _early: list[Gate] = field(default_factory=list)
    _ended: dict[object, Answer] = field(default_factory=dict)

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
        texts = self._ask_again(grid, asked)
        told = Telling(self.plan, self.gates, was).of(grid)
        return Looked(addresses, told, self._reasons(grid, texts), grid.evidence_of)

    def _open(self, grid: Grid) -> list[Gate]:
        """Test every zone; those that are good are asked about the addresses, and whatever follows, while others are
        still silent.
        """
        begun: dict[tuple[Lane, int], Gate] = {}
        missing: Counter[Gate] = Counter()

        def follow(gate: Gate) -> None:
            questions = grid.questions_for(gate)
            begun[gate.door.addresses, gate.version], missing[gate] = gate, len(questions)
            grid.answers_of(gate)
            gate.door.addresses.add(questions)

        def take(lane: Lane, tag: Any, answer: Answer) -> None:
            if isinstance(tag, Last | Text):
                self._ended[tag] = answer
                return
            gate = begun[lane, tag[0]]
            grid.answers[gate][tag[1]] = answer
            missing[gate] -= 1
            self.tick(1)
            # Where there is a daily limit, what is left for the end is known only then.
            if not missing[gate] and gate.target.group not in self.left:
                self._end_early(grid, gate)

        self.gates = opened(self.session, self.plan.targets, self.versions, follow, take)
        self._is_open = True
        return [gate for gate in self.gates if gate.health.is_good]

    def _end_early(self, grid: Grid, gate: Gate) -> None:
        gate.door.addresses.add((Last(point), wire.name_of(wire.packed(point.address))) for point in gate.points)
        gate.door.texts.add((Text(gate, place), name) for (_, place), name in grid.listed([gate]).items())
        self._early.append(gate)

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

    def _ask_again(self, grid: Grid, gates: Sequence[Gate]) -> dict[Text, Answer]:
        """Ask the test points again, also of zones that were good before, and for the reasons of listings."""
        rest = [gate for gate in gates if gate not in self._early]
        again = [gate for gate in self.gates if gate.chances and not gate.health.is_good]
        self._permit(at_the_end=True)
        questions = point_questions([*rest, *again])
        for (gate, place), name in grid.listed(rest).items():
            questions.setdefault(gate.door.texts, []).append((Text(gate, place), name))
        answers = {**self._ended, **{tag: answer for _, tag, answer in self.session.ask(questions)}}
        judge([*rest, *again], answers)
        judge(self._early, {tag.point: answer for tag, answer in self._ended.items() if isinstance(tag, Last)})
        self._early, self._ended = [], {}
        return {tag: answer for tag, answer in answers.items() if isinstance(tag, Text)}

    def _permit(self, at_the_end: bool) -> None:
        """Let zones with a daily limit be asked what is left of it; test points at the end are kept back for it."""
        kept: Counter[str] = Counter()
        if not at_the_end:
            for target in self.plan.targets:
                kept[target.group] += sum(len(points) for points in points_for(target, self.versions))
        self.session.permit({group: left - self.asked_of(group) - kept[group] for group, left in self.left.items()})

    def _reasons(self, grid: Grid, texts: Mapping[Text, Answer]) -> dict[tuple[int, str], str]:
        """Return the reasons of listings by place and list."""
        found: dict[tuple[int, str], str] = {}
        for (gate, place), answer in texts.items():
            if answer.codes and gate.health.is_good:
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
