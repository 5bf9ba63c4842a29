"""One round of a run: addresses asked at every zone that can be believed, and then whether it still can."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delist.actions.checking.gates import Gate, Question, Questions, judge, opened, point_questions
from delist.actions.checking.plan import Plan
from delist.lookup import Session, wire
from delist.lookup.lanes import Lane
from delist.rules.dnsbl import (
    LARGEST_ASKED_WHOLE,
    NO_IPV6,
    NO_NETWORKS,
    Answer,
    Failure,
    Finding,
    Health,
    Verdict,
    asked_for,
    decode,
    of_network,
    together,
)
from delist.rules.terms import TERMS

_LONGEST_REASON = 300
# The questions about one address or network have numbers from so many times its place on.
_STRIDE = LARGEST_ASKED_WHOLE


@dataclass(frozen=True, slots=True)
class Told:
    """What one list says of one address: the finding, whether it was asked at all, and which name server answered."""

    finding: Finding
    asked: bool = True
    nameserver: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers behind a finding: as they came, how many seconds they hold, whether from the zone's own server."""

    answer: str
    ttl: int
    authoritative: bool


def _left_out(key: str, why: str) -> Told:
    return Told(Finding(key, Verdict.UNKNOWN, (), why), asked=False)


# What was not asked is not known: silence without a question must never read as clear.
_UNASKED = Answer(failure=Failure.TIMEOUT)


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
    # Questions that a zone was not asked yet, but will be; and the zones of which this run knows.
    _promised: Counter[str] = field(default_factory=Counter)
    _known: list[Gate] = field(default_factory=list)

    def look(self, addresses: Sequence[str]) -> Looked:
        """Ask every list about some addresses, its zones' test points before (the first time) and again at the end.

        What a zone answered while it went bad is not believed. A listing's reason (TXT) is asked for where there is
        one; what may contain a key is cut.
        """
        grid = _Grid(addresses, self.plan)
        self._promised.clear()
        good = [gate for gate in self.gates if gate.health.is_good] if self._is_open else self._open(grid)
        was = {gate: gate.health for gate in self.gates if gate not in good}
        asked = self._ask_addresses(grid, good)
        listed = grid.listed(asked)
        texts = self._ask_again(asked, listed)
        told = _Telling(self, was).of(grid)
        return Looked(addresses, told, self._reasons(grid, listed, texts), grid.evidence_of)

    def _open(self, grid: "_Grid") -> list[Gate]:
        """Test every zone; those that are good are asked about the addresses while others are still silent."""
        rows: dict[tuple[Lane, int], dict[int, Answer]] = {}

        def follow(gate: Gate) -> None:
            self._known.append(gate)
            if questions := self._allowed(gate, grid):
                rows[gate.door.addresses, gate.version] = grid.answers_of(gate)
                gate.door.addresses.add(questions)

        def take(lane: Lane, tag: Any, answer: Answer) -> None:
            rows[lane, tag[0]][tag[1]] = answer
            self.tick(1)

        self.gates = opened(self.session, self.plan.targets, self.versions, follow, take)
        self._is_open = True
        self._known = [gate for gate in self.gates if gate.health.is_good]
        return self._known

    def _allowed(self, gate: Gate, grid: "_Grid") -> list[Question]:
        """Return the questions to a zone, as many as it may be asked today beside its test points at the end."""
        questions, group = grid.questions_for(gate), gate.target.group
        if group not in self.left:
            return questions
        at_the_end = sum(len(other.points) for other in self._known if other.target.group == group)
        room = self.left[group] - self.asked_of(group) - self._promised[group] - at_the_end
        allowed = questions[: max(room, 0)]
        self._promised[group] += len(allowed)
        return allowed

    def asked_of(self, group: str) -> int:
        """Return how many questions went to the zones of a group in this run, through whichever name server."""
        names = {target.asked_as for target in self.plan.targets if target.group == group}
        return sum(door.asked for door in self.session.doors if door.zone in names)

    def _ask_addresses(self, grid: "_Grid", gates: Iterable[Gate]) -> list[Gate]:
        """Ask those zones that were not yet, as far as they may be asked; returns all that were asked."""
        questions: Questions = {}
        rows: dict[tuple[Lane, int], dict[int, Answer]] = {}
        for gate in gates:
            if gate not in grid.answers and (allowed := self._allowed(gate, grid)):
                questions.setdefault(gate.door.addresses, []).extend(allowed)
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
        questions = point_questions(tested)
        self._promised.clear()
        for (gate, place), name in listed.items():
            if self._has_left(gate.target.group, len(listed)):
                questions.setdefault(gate.door.texts, []).append(((gate, "text", place), name))
        answers = {tag: answer for _, tag, answer in self.session.ask(questions)}
        judge(tested, answers)
        return answers

    def _has_left(self, group: str, count: int) -> bool:
        at_the_end = sum(len(gate.points) for gate in self._known if gate.target.group == group)
        return group not in self.left or self.asked_of(group) + at_the_end + count <= self.left[group]

    def _reasons(
        self, grid: "_Grid", listed: Iterable[tuple[Gate, int]], answers: Mapping[object, Answer]
    ) -> dict[tuple[int, str], str]:
        """Return the reasons of listings by place and list."""
        found: dict[tuple[int, str], str] = {}
        for gate, place in listed:
            answer = answers.get((gate, "text", place))
            if answer and answer.codes and gate.health.is_good:
                text = _plain(" / ".join(answer.codes), gate)
                for finding in decode(grid.answers[gate][place], gate.target.zone, gate.health):
                    if finding.verdict is Verdict.LISTED:
                        found.setdefault((place // _STRIDE, finding.list), text)
        return found


def _plain(text: str, gate: Gate) -> str:
    """Return a TXT record as one line of a sentence's length, without characters that steer terminals, or a key."""
    if gate.target.key:
        # Servers repeat the name that they were asked for, in the letters in which it came.
        text = re.sub(re.escape(gate.target.key), "***", text, flags=re.IGNORECASE)
    text = re.sub(re.escape(gate.target.zone.name), gate.target.zone.name, text, flags=re.IGNORECASE)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


class _Grid:
    """The questions about some addresses, and their answers by zone. A network has several: see `asked_for`."""

    def __init__(self, addresses: Sequence[str], plan: Plan) -> None:
        self.addresses = addresses
        self._networks = {place for place, address in enumerate(addresses) if "/" in address}
        self._plan = plan
        self.answers: dict[Gate, dict[int, Answer]] = {}
        self._names: dict[int, list[tuple[tuple[int, int], bytes]]] = {4: [], 6: []}
        self.turns: dict[int, tuple[int, bool]] = {}
        self.versions: list[int] = []
        for place, address in enumerate(addresses):
            version = 6 if ":" in address else 4
            self.versions.append(version)
            if place not in self._networks:
                self._names[version].append(((version, _STRIDE * place), wire.name_of(wire.packed(address))))
                continue
            ends, is_whole = asked_for(address)
            self.turns[place] = len(ends), is_whole
            for turn, end in enumerate(ends):
                self._names[version].append(((version, _STRIDE * place + turn), wire.name_of(wire.packed(end))))

    def answers_of(self, gate: Gate) -> dict[int, Answer]:
        """Return where the answers of a zone go, by place."""
        return self.answers.setdefault(gate, {})

    def questions_for(self, gate: Gate) -> list[Question]:
        """Return the questions for a zone: about all addresses of its IP version, or those it is asked for; about
        networks only where one of its lists has networks.
        """
        names, target = self._names[gate.version], gate.target
        takes_networks = any(self._plan.entries[key].takes_networks for key in gate.target.lists)
        if target.only is None and (takes_networks or not self._networks):
            return list(names)
        return [
            (tag, name)
            for tag, name in names
            if target.concerns(self.addresses[tag[1] // _STRIDE])
            and (takes_networks or tag[1] // _STRIDE not in self._networks)
        ]

    def listed(self, gates: Iterable[Gate]) -> dict[tuple[Gate, int], bytes]:
        """Return, by zone and place, the names that look listed so far."""
        names = {tag[1]: name for found in self._names.values() for tag, name in found}
        return {
            (gate, place): names[place]
            for gate in gates
            for place, answer in self.answers[gate].items()
            if answer.codes and any(f.verdict is Verdict.LISTED for f in decode(answer, gate.target.zone, gate.health))
        }

    def evidence_of(self, place: int, key: str) -> Evidence:
        """Return the answers about an address that a list's finding comes from."""
        found = [
            answer
            for gate, answers in self.answers.items()
            if key in gate.target.lists
            for turn in range(self.turns.get(place, (1, True))[0])
            if (answer := answers.get(_STRIDE * place + turn)) is not None
        ]
        codes = dict.fromkeys(code for answer in found for code in answer.codes)
        ttl = max((answer.ttl for answer in found), default=0)
        return Evidence(" ".join(codes), ttl, bool(found) and all(answer.authoritative for answer in found))


class _Telling:
    """Turns answers into what each list tells; equal answers, which most are, are turned once."""

    def __init__(self, asking: Round, was: Mapping[Gate, Health]) -> None:
        """`was` is the health of the zones that were bad when the round began, and so not asked."""
        self._plan = asking.plan
        self._gates = {version: [gate for gate in asking.gates if gate.version == version] for version in (4, 6)}
        self._was = was
        self._known: dict[tuple[object, ...], tuple[Told, ...]] = {}
        self._special = any(gate.target.only is not None for gate in asking.gates)

    def of(self, grid: _Grid) -> list[tuple[Told, ...]]:
        """Return what each list tells of each address."""
        answers = {version: [grid.answers.get(gate, {}) for gate in self._gates[version]] for version in (4, 6)}
        told = []
        for place, address in enumerate(grid.addresses):
            version, first = grid.versions[place], _STRIDE * place
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
        if answer is None and gate not in self._was and gate.target.per_day is not None:
            # It was asked as often as it may be.
            lists = decode(Answer(), gate.target.zone, gate.health)
            return tuple(_left_out(each.list, TERMS) for each in lists)
        # One that is good again was not asked in this round.
        found = decode(answer or _UNASKED, gate.target.zone, self._was.get(gate, gate.health))
        return tuple(Told(finding, True, gate.door.nameserver) for finding in found)
