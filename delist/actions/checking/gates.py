"""The zones of a run, each with its health: its test points, asked where everything else is asked too."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from delist.actions.checking.plan import Target
from delist.lookup import Door, Session, wire
from delist.lookup.lanes import Lane
from delist.rules.dnsbl import Answer, Health, health_of, points_of

Question = tuple[Any, bytes]
Questions = dict[Lane, list[Question]]

CHANCES = 2
_UNTESTED = "not tested yet"


@dataclass(slots=True, eq=False)
class Gate:
    """One zone, for addresses of one IP version: where it is asked, and whether it can be believed.

    One that was good and goes bad is tested again, so many times: an answer may have been lost.
    """

    target: Target
    version: int
    door: Door
    health: Health
    rewrites: bool = False
    chances: int = 0

    @property
    def points(self) -> tuple["Point", ...]:
        """Its test points: the one that it must list, and the one that it must not, where it has them."""
        listed, clear = points_of(self.target.zone, self.version)
        found = ((True, listed), (False, clear))
        return tuple(Point(self, is_listed, address) for is_listed, address in found if address)


class Point(NamedTuple):
    """A test point of a zone, as the tag of its question."""

    gate: Gate
    is_listed: bool
    address: str


Follow = Callable[[Gate], None]
Take = Callable[[Lane, Any, Answer], None]


def points_for(target: Target, versions: Iterable[int]) -> Iterator[list[str]]:
    """Yield the test points of a zone for each IP version that it is asked for."""
    for version in versions:
        if version == 4 or target.zone.ipv6:
            yield [point for point in points_of(target.zone, version) if point]


def gates_for(
    session: Session, targets: Sequence[Target], versions: Iterable[int], server: int = 0, only: Collection[Gate] = ()
) -> list[Gate]:
    """Return a gate for each zone and IP version through one name server, untested; `only` names those wanted."""
    wanted = [(t, version) for version in versions for t in targets if version == 4 or t.zone.ipv6]
    if only:
        named = {(gate.target.zone.name, gate.version) for gate in only}
        wanted = [(target, version) for target, version in wanted if (target.zone.name, version) in named]
    doors: dict[str, Door] = {}
    for target, _ in wanted:
        if target.zone.name not in doors:
            doors[target.zone.name] = session.door(target.asked_as, server, target.per_second, target.group)
    return [Gate(target, version, doors[target.zone.name], Health(_UNTESTED)) for target, version in wanted]


def opened(
    session: Session,
    targets: Sequence[Target],
    versions: Sequence[int],
    follow: Follow = lambda gate: None,
    take: Take = lambda lane, tag, answer: None,
) -> list[Gate]:
    """Return the gates of some zones, each tested through the first name server, or where that cannot tell through
    the first other that can.

    As soon as a zone is found good `follow` may add questions to its lanes, and `take`, which gets their answers,
    more: nobody waits for the zones that are silent.
    """
    gates = gates_for(session, targets, versions)
    _test(session, gates, follow, take)
    others = range(1, len(session.servers))
    failed = [gate for gate in gates if gate.health.of_the_way]
    if not failed or not others:
        return gates
    second = [gate for server in others for gate in gates_for(session, targets, versions, server, failed)]
    _test(session, second, lambda gate: None, take)
    better: dict[tuple[str, int], Gate] = {}
    for gate in second:
        if gate.health.is_good:
            better.setdefault((gate.target.zone.name, gate.version), gate)
    return [better.get((gate.target.zone.name, gate.version), gate) for gate in gates]


def _test(session: Session, gates: Sequence[Gate], follow: Follow, take: Take) -> None:
    """Ask test points, and note the health of each zone as soon as its own are answered."""
    questions: Questions = {}
    for server in {gate.door.server for gate in gates}:
        # A name that cannot exist (RFC 6761, section 6.4): an address for it is the resolver's invention.
        control = session.door("invalid", session.servers.index(server)).addresses
        questions[control] = [(server, wire.labels(secrets.token_hex(8)))]
    questions.update(point_questions(gates))
    answers: dict[object, Answer] = {}
    for gate in gates:
        questions.setdefault(gate.door.addresses, [])
        questions.setdefault(gate.door.texts, [])
    asking = session.ask(questions)
    for gate in gates:
        if not gate.points:
            _found(gate, answers, follow)
    for lane, tag, answer in asking:
        if isinstance(tag, Point):
            answers[tag] = answer
            if all(point in answers for point in tag.gate.points):
                _found(tag.gate, answers, follow)
        elif tag is lane.server:
            answers[tag] = answer
        else:
            take(lane, tag, answer)
    for gate in gates:
        gate.rewrites = bool(answers[gate.door.server].codes)
    judge(gates, answers)


def _found(gate: Gate, answers: Mapping[object, Answer], follow: Follow) -> None:
    judge([gate], answers)
    if gate.health.is_good:
        follow(gate)


def point_questions(gates: Iterable[Gate]) -> Questions:
    """Return the test points of some zones as questions, to be asked alone or beside others."""
    questions: Questions = {}
    for gate in gates:
        for point in gate.points:
            asked = point, wire.name_of(wire.packed(point.address))
            questions.setdefault(gate.door.addresses, []).append(asked)
    return questions


def judge(gates: Iterable[Gate], answers: Mapping[object, Answer]) -> None:
    """Note whether zones can be believed after their test points were answered."""
    for gate in gates:
        found = {point.is_listed: answers.get(point) for point in gate.points}
        gate.health = health_of(gate.target.zone, found.get(True), found.get(False), gate.rewrites)
        gate.chances = CHANCES if gate.health.is_good else max(gate.chances - 1, 0)
