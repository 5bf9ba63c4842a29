"""Which lists may be asked at all through these name servers: their zones' test points, without any address."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from delist.actions.checking.gates import opened
from delist.actions.checking.plan import NotAsked, everything, without_spent
from delist.actions.checking.volume import count_asked, left_today
from delist.lookup import Session, parse_nameserver, system_nameservers
from delist.rules.dnsbl import Health
from delist.rules.lists import ListEntry, Zone
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Probed:
    """One zone of a list for one IP version, and whether it can be believed when asked through that name server."""

    entry: ListEntry
    zone: Zone
    version: int
    health: Health
    nameserver: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What can be asked and what cannot: by health, and by terms or for want of a zone."""

    probed: tuple[Probed, ...]
    not_asked: tuple[NotAsked, ...]


def probe(tools: Tools, keys: Sequence[str], nameservers: Sequence[str]) -> Probe:
    """Ask the test points of every living list's zones (or of the named lists'), as far as their terms allow it."""
    what = everything(tools, keys)
    what = without_spent(what, left_today(tools, what))
    servers = [parse_nameserver(text) for text in nameservers or tools.settings.dns.nameservers]
    with Session(servers or system_nameservers(), tools.settings.dns.queries_per_second) as session:
        gates = opened(session, what.targets, (4, 6))
        zones = {target.asked_as: target.zone.name for target in what.targets}
        counts = Counter({zones[door.zone]: door.asked for door in session.doors if door.zone in zones})
    count_asked(tools, what.targets, counts)
    found = [
        Probed(what.entries[key], gate.target.zone, gate.version, gate.health, gate.door.nameserver)
        for gate in gates
        for key in gate.target.lists
    ]
    found.sort(key=lambda each: (each.entry.key, each.zone.name, each.version))
    return Probe(tuple(found), what.not_asked)
