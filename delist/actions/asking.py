"""Whom a request is for: the list that is meant, whether it lists such an address, and what speaks against asking."""

from delist.actions.desk import Desk
from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules import asking
from delist.rules.asking import Addressee, Standing
from delist.rules.lists import DEFAULT_LIST, ListEntry, Scope
from delist.store import reads


def chosen_list(desk: Desk | None, address: str) -> str:
    """Return the list meant without -l: the one draft's, else the one the address is known to be on, else the PBL."""
    known = reads.address(desk.tx, address) if desk else None
    if desk is None or known is None:
        return DEFAULT_LIST
    for keys in (reads.drafted_lists(desk.tx, known.id), reads.listed_on(desk.tx, known.id)):
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise UsageError(f"{address} could be meant for {' or '.join(keys)}: name the list with -l")
    return DEFAULT_LIST


def check_scope(entry: ListEntry, address: str) -> None:
    """Raise UsageError if a network is given to a list of single addresses."""
    is_prefix = entry.scope is Scope.PREFIX and "." in address
    if ip.is_network(address) and (is_prefix or not entry.takes_networks):
        raise UsageError(f"{entry.name} lists single addresses and {address} is a network: name the address")


def objections(desk: Desk, entry: ListEntry, address: str, whom: Addressee = Addressee.LIST) -> list[str]:
    """Return what speaks against asking this list for this address now, be it through somebody else."""
    role = desk.tools.settings.role_of(address)
    return asking.objections(entry, address, role, standing(desk, entry, address), whom)


def addressee(desk: Desk, entry: ListEntry, address: str) -> Addressee:
    """Return to whom a text for this list goes: the list itself, or who must act in its place."""
    return asking.addressee(entry, address, desk.tools.settings.role_of(address), standing(desk, entry, address))


def standing(desk: Desk, entry: ListEntry, address: str) -> list[Standing]:
    """Return the listings and open requests that may stand between an address and a request to a list."""
    keys = (entry.key, *entry.waits_for)
    get = desk.tools.catalogue.get
    found: list[Standing] = []
    for key in keys:
        found += [
            Standing(at, get(key)) for at in reads.listed_addresses(desk.tx, key, address, get(key).takes_networks)
        ]
        found += [
            Standing(request.address, get(key), request)
            for request in reads.open_requests(desk.tx, key, address, get(key).takes_networks)
        ]
    return [*found, *_codes(desk, entry, address)] if any(each.list.key == entry.key for each in found) else found


def _codes(desk: Desk, entry: ListEntry, address: str) -> list[Standing]:
    """Return the codes of the standing listing of the very case."""
    known = reads.address(desk.tx, address)
    case = reads.case(desk.tx, known.id, entry.key) if known else None
    found = [each for each in reads.listings(desk.tx, case.id) if each.ended is None] if case else []
    return [Standing(address, entry, None, each.code) for each in found if each.code]
