"""Which addresses a check is about: named ones, those of a file, the recorded ones, or this host's own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from delist import machine
from delist.actions.desk import Desk, reading, writing
from delist.errors import NotFound, UsageError
from delist.rules import addresses as ip
from delist.rules.lifecycle import OPEN
from delist.store import attention, checks, reads
from delist.store.where import Where
from delist.tools import Tools

LARGEST_EXPANSION = 65_536


@dataclass(frozen=True, slots=True)
class Whom:
    """The addresses in the order in which they are asked, and what is on record of them: sites, the lists that
    concern them, open requests by address and list. `told` says where they come from.
    """

    addresses: tuple[str, ...]
    sites: dict[str, str]
    concerned: dict[str, list[str]]
    told: str = ""
    open_requests: dict[tuple[str, str], int] = field(default_factory=dict)


def named(words: Iterable[str], expand: bool, limit: int = LARGEST_EXPANSION) -> tuple[str, ...]:
    """Return the addresses and networks that words name, each once; networks as all their addresses if `expand`.

    Raises UsageError for what is no public address, or if that makes more than `limit`.
    """
    found: dict[str, None] = {}
    for word in words:
        canonical = ip.canonical(word)
        if not expand or not ip.is_network(canonical):
            found[canonical] = None
            continue
        count = ip.network_of(canonical).num_addresses
        if count + len(found) > limit:
            raise UsageError(f"{canonical} has {count:,} addresses: more than {limit:,} need a larger --limit")
        found.update((str(address), None) for address in ip.network_of(canonical))
    return tuple(found)


def whom(tools: Tools, given: tuple[str, ...], site: str | None, due: bool, limit: int | None = None) -> Whom:
    """Return whom to ask about: the given addresses, else the recorded ones (of a site; `due`: with an open case or
    a window near), else the configured own ones, else this host's; networks as all their addresses if there is a
    `limit`. Raises UsageError if there are none, or more than that.
    """
    found, told = _chosen(tools, given, site, due)
    return _whom(tools, found if limit is None else named(found, True, limit), told)


def _chosen(tools: Tools, given: tuple[str, ...], site: str | None, due: bool) -> tuple[tuple[str, ...], str]:
    if given:
        return given, ""
    with reading(tools) as desk:
        known = [] if desk is None else [a for a in reads.addresses(desk.tx, site) if a.retired_on is None]
    recorded = tuple(each.address for each in known)
    if site is not None and not recorded:
        raise NotFound(f"no address of a site {site!r} is recorded: `delist address list` shows what is")
    if due and not recorded:
        raise UsageError("no address is recorded: --due has none to pick from")
    if due:
        concerned = set(_concerned(tools))
        return tuple(address for address in recorded if address in concerned), ""
    if recorded:
        return recorded, ""
    if tools.settings.own:
        return tools.settings.own, f"no address is recorded: asking about {_some(tools.settings.own)}"
    own = tuple(machine.own_addresses())
    if not own:
        raise UsageError("there is nothing to ask about: no address is recorded, and this host has no public one")
    return own, f"no address is recorded: asking about this host's own, {_some(own)}"


def _some(addresses: Sequence[str]) -> str:
    return ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if len(addresses) > 3 else "")


def _whom(tools: Tools, addresses: tuple[str, ...], told: str) -> Whom:
    with reading(tools) as desk:
        if desk is None:
            return Whom(addresses, {}, {}, told)
        wanted = set(addresses)
        sites = {a.address: a.site for a in reads.addresses(desk.tx) if a.site and a.address in wanted}
        waiting = [each for state in OPEN for each in reads.requests(desk.tx, Where(state=state.value))]
        numbers = {(each.address, each.list): each.number for each in waiting if each.address in wanted}
        return Whom(addresses, sites, checks.lists_of(desk.tx, addresses), told, numbers)


def _concerned(tools: Tools) -> list[str]:
    """Return the addresses that want a look, after bringing their stored moments up to date where settings changed."""
    with reading(tools) as desk:
        if desk is None or attention.fingerprint(desk.tx) == tools.fingerprint:
            return [] if desk is None else _until_now(desk)
    with writing(tools) as desk:
        attention.refresh_all(desk.tx, desk.basis)
        return _until_now(desk)


def _until_now(desk: Desk) -> list[str]:
    return checks.addresses_concerned(desk.tx, desk.at)


def lines_of(text: str) -> Iterator[str]:
    """Yield the words of a file of addresses: what follows a # on a line is a comment."""
    for line in text.removeprefix("\ufeff").splitlines():
        yield from line.partition("#")[0].split()


def first_wrong(text: str) -> tuple[int, str] | None:
    """Return the first line of a file of addresses that has something else, and what is wrong with it."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        for word in lines_of(line):
            try:
                ip.canonical(word)
            except UsageError as error:
                return number, str(error)
    return None
