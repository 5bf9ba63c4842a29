"""Plans what to ask first, from what is on record: nobody is asked, and nothing is measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from delist.actions.desk import Desk, reading
from delist.errors import NotFound, UsageError
from delist.rules import addresses as ip
from delist.rules.addresses import Positions
from delist.rules.evidence.values import Judged
from delist.rules.moments import Moment
from delist.rules.planning.steps import By, is_standing, steps
from delist.rules.planning.values import Known, Listed, Step
from delist.store import plans, reads
from delist.store.engine import run_with
from delist.store.plans import Around
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do first about an address, a network or a site of so many `addresses`, and how good that knowledge is.

    A network on record is none of the addresses. `evidence_at` is the oldest measurement of theirs (UTC), `measured`
    how many were measured, `looked` when anything was last seen of them on a list or off one; `is_given_up` is whether
    all was, `retired_on` the local day of that for a single address.
    """

    address: str | None
    site: str | None
    network: str | None
    moment: Moment
    addresses: int
    steps: tuple[Step, ...]
    measured: int = 0
    evidence_at: datetime | None = None
    is_stale: bool = False
    looked: Moment | None = None
    is_given_up: bool = False
    retired_on: date | None = None


def plan(tools: Tools, address: str | None, site: str | None, each: bool = False, on: Moment | None = None) -> Plan:
    """Return the steps for an address, a network or a site, in order; with `each` one for each entry by itself.

    They are those of a moment (default: now), from the records as they stand.

    Raises NotFound if nothing is on record of it, UsageError for what is neither an address nor a network.
    """
    if (address is None) == (site is None):
        raise UsageError("name an address, a network, or a site with --site")
    canonical = ip.canonical(address) if address is not None else None
    name = canonical or f"site {site}"
    moment = on or tools.this_moment()
    at = moment.latest(tools.zone)
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"nothing is known of {name}: nothing is recorded yet in {tools.database}")
        which = plans.around(canonical) if canonical else plans.of_site(site or "")
        known = plans.meant(run_with(desk.tx), which)
        members = [each for each, is_retired in known if not is_retired]
        is_single = canonical is not None and not ip.is_network(canonical)
        if not members and canonical and not known:
            members = [canonical]
        listed = list(_listed(desk, which, members, canonical if is_single else None))
        if not listed and not known:
            raise NotFound(_unknown(name, canonical))
        count, oldest = plans.measured(run_with(desk.tx), which)
        return Plan(
            address=canonical if is_single else None,
            site=site,
            network=None if is_single else canonical,
            moment=moment,
            addresses=sum(not ip.is_network(each) for each in members),
            steps=steps(listed, tools.policy, at, _by(is_single, each)),
            measured=count,
            evidence_at=oldest,
            is_stale=oldest is not None and tools.settings.evidence.fresh.after(oldest) <= at,
            looked=plans.last_look(run_with(desk.tx), which),
            is_given_up=not members,
            retired_on=_given_up(desk, canonical) if is_single and not members else None,
        )


def _by(is_single: bool, each: bool) -> By:
    return By.ENTRY if each else By.LIST if is_single else By.LIKENESS


def _unknown(name: str, canonical: str | None) -> str:
    if canonical is None:
        return f"there is no address of {name} on record: `delist address list` shows what is"
    return f"nothing is known of {name}: `delist check {name}` asks the lists, `delist address add {name}` records it"


def _given_up(desk: Desk, canonical: str | None) -> date | None:
    known = reads.address(desk.tx, canonical) if canonical else None
    return known.retired_on if known else None


def _listed(desk: Desk, which: Around, members: Sequence[str], single: str | None) -> Iterator[Listed]:
    """Yield what stands of these addresses, and the entries of networks that cover them.

    For a single address all is judged by what is known of it, whoever else the entry covers.
    """
    run = run_with(desk.tx)
    places, own = Positions(members), set(members)
    single_ones = frozenset(place for place, member in enumerate(members) if not ip.is_network(member))
    knowing = _Knowing(desk, plans.sending(run, which), plans.failing(run, which))
    refused = plans.refused(run, which)
    for case_id, case in plans.standing(run, desk.tools.catalogue.get, which):
        if not is_standing(case):
            continue
        covers = ip.covered_by(case.address, case.list.scope)
        # An address of others in a network of ours concerns none of ours.
        concerns = places.meeting(covers) if case.address in own or ip.is_network(covers) else ()
        if concerns:
            known = knowing.of(single or case.address)
            yield Listed(case, known, case_id in refused, single_ones & concerns)


class _Knowing:
    """What is known of addresses beside their cases, put together once for each."""

    def __init__(self, desk: Desk, sending: set[str], failing: dict[str, list[Judged]]) -> None:
        self._settings, self._sending, self._failing = desk.tools.settings, sending, failing
        self._facts = {id(each): each.facts.over(self._settings.contact) for each in self._settings.senders}
        self._known: dict[str, Known] = {}

    def of(self, address: str) -> Known:
        if address not in self._known:
            self._known[address] = self._of(address)
        return self._known[address]

    def _of(self, address: str) -> Known:
        sender = self._settings.sender_of(address)
        sends = address in self._sending or (sender is not None and sender.address == address)
        facts = self._facts[id(sender)] if sender else self._settings.contact
        return Known(sender.role if sender else "owner", facts, tuple(self._failing.get(address, ())), sends)
