"""Which zones a check asks, and which lists it does not ask, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from delist.errors import SetupError, UsageError
from delist.lookup import wire
from delist.rules.dnsbl import lists_of
from delist.rules.lists import ListEntry, Zone
from delist.rules.terms import TERMS, Declared, barred, daily_limit
from delist.settings import Use
from delist.tools import Tools

# Two test points, an address, and the test points again.
_LEAST = 5


@dataclass(frozen=True, slots=True)
class Target:
    """One zone to ask: under which name (a key in it is a secret), how often, and for which lists.

    A pace and a daily volume are an operator's, for all its zones that have one: these are a `group`. `only` are the
    addresses for which each list wants it asked, None for all.
    """

    zone: Zone
    asked_as: str = field(repr=False)
    key: str | None = field(repr=False)
    lists: tuple[str, ...]
    per_second: float | None
    per_day: int | None
    group: str
    only: Mapping[str, frozenset[str]] | None = None

    def concerns(self, address: str, key: str | None = None) -> bool:
        """Whether the zone is asked about an address, for a list or for any."""
        if self.only is None:
            return True
        return any(address in addresses for of, addresses in self.only.items() if key in (None, of))


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A list that is not asked: `why` for scripts, and the reason in words.

    `only` are the addresses that it concerns, None for all.
    """

    entry: ListEntry
    why: str
    reason: str
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask, the lists that are told about, and those that are not asked.

    `partly` are lists of which not every zone is asked, with the reason: such a list can be listed, but not clear.
    """

    targets: tuple[Target, ...]
    entries: Mapping[str, ListEntry]
    not_asked: tuple[NotAsked, ...]
    partly: Mapping[str, str] = field(default_factory=dict)


def plan(tools: Tools, keys: Sequence[str], concerned: Mapping[str, Sequence[str]]) -> Plan:
    """Return what to ask: the named lists; else the catalogue's default ones, and for addresses with a case its list.

    `concerned` names the lists of recorded cases by address. Raises NotFound for an unknown list, UsageError if
    none of the named ones can be asked at all.
    """
    if keys:
        return _named(tools, [tools.catalogue.find(key) for key in keys])
    wanted = [entry for entry in tools.catalogue.all() if entry.default and entry.closed is None]
    if not wanted:
        raise UsageError("no list is asked by default any more: name one with --list")
    usual = _plan(tools, wanted, None)
    return _with_cases(tools, usual, concerned)


def everything(tools: Tools, keys: Sequence[str]) -> Plan:
    """Return the plan for the named lists, without any for every living list that has a zone."""
    if keys:
        return _named(tools, [tools.catalogue.find(key) for key in keys])
    entries = [entry for entry in tools.catalogue.all() if any(map(lists_of, _living(tools, entry)))]
    return _plan(tools, entries, None)


def _living(tools: Tools, entry: ListEntry) -> list[Zone]:
    return [zone for zone in tools.catalogue.zones_of(entry.key) if zone.closed is None and entry.closed is None]


def _named(tools: Tools, entries: Sequence[ListEntry]) -> Plan:
    only = tuple(dict.fromkeys(entry.key for entry in entries))
    found = _plan(tools, [tools.catalogue.get(key) for key in only], frozenset(only))
    if not found.targets and all(each.why != TERMS for each in found.not_asked):
        raise UsageError("nothing can be asked: " + "; ".join(each.reason for each in found.not_asked))
    return found


def _with_cases(tools: Tools, usual: Plan, concerned: Mapping[str, Sequence[str]]) -> Plan:
    """Add the zones of lists that are asked for some addresses only: those that have a case there."""
    addresses: dict[str, frozenset[str]] = {}
    for address, keys in concerned.items():
        for key in set(keys) - set(usual.entries):
            addresses[key] = addresses.get(key, frozenset()) | {address}
    targets: dict[str, Target] = {}
    entries, left, partly = dict(usual.entries), list(usual.not_asked), dict(usual.partly)
    for key, only in sorted(addresses.items()):
        found = _plan(tools, [tools.catalogue.get(key)], frozenset([key]))
        for target in found.targets:
            targets[target.zone.name] = _joined(targets.get(target.zone.name), replace(target, only={key: only}))
        left += [replace(each, only=only) for each in found.not_asked if each.why == TERMS]
        entries[key], partly = tools.catalogue.get(key), {**partly, **found.partly}
    return Plan((*usual.targets, *targets.values()), entries, tuple(left), partly)


def _joined(one: Target | None, other: Target) -> Target:
    """Return a target that asks one zone for the lists and addresses of both."""
    if one is None:
        return other
    return replace(other, lists=(*one.lists, *other.lists), only={**(one.only or {}), **(other.only or {})})


def without_spent(what: Plan, left: Mapping[str, int]) -> Plan:
    """Return the plan without zones that were asked as often today as their terms allow: `left` by group."""
    targets = [target for target in what.targets if left.get(target.group, _LEAST) >= _LEAST]
    asked = {key for target in targets for key in target.lists}
    spent = {key: target for target in what.targets if target not in targets for key in target.lists}
    not_asked = [
        NotAsked(
            what.entries[key],
            TERMS,
            "asked as often as allowed today",
            None if target.only is None else target.only[key],
        )
        for key, target in spent.items()
        if key not in asked
    ]
    entries = {key: entry for key, entry in what.entries.items() if key in asked or key not in spent}
    partly = {**what.partly, **{key: TERMS for key in spent if key in asked}}
    return Plan(tuple(targets), entries, (*what.not_asked, *not_asked), partly)


def _plan(tools: Tools, wanted: Iterable[ListEntry], only: frozenset[str] | None) -> Plan:
    """`only` restricts the lists that are told about; None: all that the asked zones answer for."""
    targets: dict[str, Target] = {}
    entries: dict[str, ListEntry] = {}
    not_asked: list[NotAsked] = []
    for entry in wanted:
        entries[entry.key] = entry
        zones = [zone for zone in _living(tools, entry) if entry.key in lists_of(zone)]
        allowed = [zone for zone in zones if not barred(zone, declared(tools.settings.use, zone))]
        for zone in allowed:
            lists = tuple(key for key in lists_of(zone) if only is None or key in only)
            targets[zone.name] = _target(tools.settings.use, zone, lists)
        if not allowed:
            not_asked.append(_not_asked(tools, entry, zones))
    for target in targets.values():
        entries.update((key, tools.catalogue.get(key)) for key in target.lists)
    return Plan(tuple(targets.values()), entries, tuple(not_asked), _partly(tools, targets))


def _partly(tools: Tools, targets: Mapping[str, Target]) -> dict[str, str]:
    """Return the lists that have a living zone beside those that are asked, and why that one is not."""
    found = {}
    for key in {key for target in targets.values() for key in target.lists}:
        others = [zone for zone in _living(tools, tools.catalogue.get(key)) if key in lists_of(zone)]
        missing = [zone for zone in others if zone.name not in targets]
        if missing:
            is_barred = barred(missing[0], declared(tools.settings.use, missing[0]))
            found[key] = TERMS if is_barred else f"{missing[0].name} was not asked"
    return found


def _not_asked(tools: Tools, entry: ListEntry, zones: Sequence[Zone]) -> NotAsked:
    if zones:
        return NotAsked(entry, TERMS, barred(zones[0], declared(tools.settings.use, zones[0])))
    if entry.closed:
        return NotAsked(entry, "closed", f"{entry.key} was closed on {entry.closed}")
    if _living(tools, entry):
        return NotAsked(entry, "codes", f"what the answers of {entry.key} mean is not known")
    page = entry.removal.url
    return NotAsked(entry, "no zone", f"{entry.key} has no DNS zone" + (f" (look by hand: {page})" if page else ""))


def operator_of(zone: Zone) -> str:
    """Return the name under which a key is kept: the operator, as the keys of its lists begin."""
    return next(iter(lists_of(zone)), zone.list_key or "").partition("-")[0]


def declared(use: Use, zone: Zone) -> Declared:
    """Return what the operator has declared that bears on a zone."""
    lists = lists_of(zone)
    volumes = [use.queries_per_day[key] for key in lists if key in use.queries_per_day]
    return Declared(
        commercial=use.commercial is not False,
        registered=any(key in use.registered for key in lists),
        has_key=zone.keyed is not None and operator_of(zone) in use.keys,
        per_day=max(volumes, default=None),
    )


def _target(use: Use, zone: Zone, lists: tuple[str, ...]) -> Target:
    key = use.keys.get(operator_of(zone)) if zone.keyed else None
    name = zone.keyed.format(key=key) if zone.keyed and key else zone.name
    try:
        wire.labels(name)
    except ValueError:
        what = (
            f"the key in [use.keys] {operator_of(zone)} cannot stand in a domain name"
            if key
            else f"{name!r} is no zone"
        )
        raise SetupError(what) from None
    limit, pace = daily_limit(zone, declared(use, zone)), zone.terms.queries_per_second
    group = zone.name if limit is None and pace is None else operator_of(zone)
    return Target(zone, name, key, lists, pace, limit, group)
