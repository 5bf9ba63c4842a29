"""The zones of a run, each with its health: its test points, asked where everything else is asked too."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from delist.actions.checking.plan import Target
from delist.lookup import Door, Session, wire
from delist.lookup.lanes import Lane
from delist.rules.dnsbl import Answer, Health, health_of, points_of

Questions = dict[Lane, list[tuple[object, bytes]]]

CHANCES = 2
# Troubles of the way to a zone, not of the zone: through another name server it may be fine.
_OF_THE_WAY = ("unreachable:", "NXDOMAIN is rewritten", "REFUSED")


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
    def points(self) -> int:
        """How many test points it has."""
        return sum(point is not None for point in points_of(self.target.zone, self.version))


def opened(session: Session, targets: Sequence[Target], versions: Iterable[int]) -> list[Gate]:
    """Return a gate for each zone and IP version, its health tested through the first name server, or where that
    cannot tell through the first other that can.
    """
    wanted = [(t, version) for version in versions for t in targets if version == 4 or t.zone.ipv6]
    gates = _tested(session, wanted, 0)
    failed = [place for place, gate in enumerate(gates) if gate.health.trouble.startswith(_OF_THE_WAY)]
    others = range(1, len(session.servers)) if failed else ()
    second = [gate for server in others for gate in _gates(session, [wanted[place] for place in failed], server)]
    _test(session, second)
    for turn, gate in reversed(list(enumerate(second))):
        if gate.health.is_good:
            gates[failed[turn % len(failed)]] = gate
    return gates


def _tested(session: Session, wanted: Sequence[tuple[Target, int]], server: int) -> list[Gate]:
    gates = _gates(session, wanted, server)
    _test(session, gates)
    return gates


def _gates(session: Session, wanted: Sequence[tuple[Target, int]], server: int) -> list[Gate]:
    doors: dict[str, Door] = {}
    for target, _ in wanted:
        if target.zone.name not in doors:
            doors[target.zone.name] = session.door(target.asked_as, server, target.per_second)
    return [Gate(target, version, doors[target.zone.name], Health()) for target, version in wanted]


def _test(session: Session, gates: Sequence[Gate]) -> None:
    if not gates:
        return
    questions = point_questions(gates)
    for server in {gate.door.server for gate in gates}:
        # A name that cannot exist (RFC 6761, section 6.4): an address for it is the resolver's invention.
        control = session.door("invalid", session.servers.index(server)).addresses
        questions[control] = [(server, wire.labels(secrets.token_hex(8)))]
    answers = {tag: answer for _, tag, answer in session.ask(questions)}
    for gate in gates:
        gate.rewrites = bool(answers[gate.door.server].codes)
    judge(gates, answers)


def point_questions(gates: Iterable[Gate]) -> Questions:
    """Return the test points of some zones as questions, to be asked alone or beside others."""
    questions: Questions = {}
    for gate in gates:
        for place, point in enumerate(points_of(gate.target.zone, gate.version)):
            if point is not None:
                asked = (gate, place), wire.name_of(wire.packed(point))
                questions.setdefault(gate.door.addresses, []).append(asked)
    return questions


def judge(gates: Iterable[Gate], answers: Mapping[object, Answer]) -> None:
    """Note whether zones can be believed after their test points were answered."""
    for gate in gates:
        listed, clear = (answers.get((gate, place)) for place in (0, 1))
        gate.health = health_of(gate.target.zone, listed, clear, gate.rewrites)
        gate.chances = CHANCES if gate.health.is_good else max(gate.chances - 1, 0)
