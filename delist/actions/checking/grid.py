"""The questions about some addresses, by zone, and the answers as they came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from delist.actions.checking.gates import Gate, Question
from delist.actions.checking.plan import Plan
from delist.lookup import wire
from delist.rules.dnsbl import LARGEST_ASKED_WHOLE, Answer, Verdict, asked_for, decode

# The questions about one address or network have numbers from so many times its place on.
STRIDE = LARGEST_ASKED_WHOLE


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers behind a finding: as they came, how many seconds they hold, whether from the zone's own server."""

    answer: str
    ttl: int
    authoritative: bool


class Grid:
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
                self._names[version].append(((version, STRIDE * place), wire.name_of(wire.packed(address))))
                continue
            ends, is_whole = asked_for(address)
            self.turns[place] = len(ends), is_whole
            for turn, end in enumerate(ends):
                self._names[version].append(((version, STRIDE * place + turn), wire.name_of(wire.packed(end))))

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
            if target.concerns(self.addresses[tag[1] // STRIDE])
            and (takes_networks or tag[1] // STRIDE not in self._networks)
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
            if (answer := answers.get(STRIDE * place + turn)) is not None
        ]
        codes = dict.fromkeys(code for answer in found for code in answer.codes)
        ttl = max((answer.ttl for answer in found), default=0)
        return Evidence(" ".join(codes), ttl, bool(found) and all(answer.authoritative for answer in found))
