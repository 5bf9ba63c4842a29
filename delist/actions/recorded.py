"""Judges those claims about an address for which nobody is asked: from the settings, records and scanned logs."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial

from delist.actions.desk import Desk
from delist.actions.scanning.wish import is_same_host
from delist.rules import addresses as ip
from delist.rules.evidence import receiving, recorded
from delist.rules.evidence.recorded import Refused
from delist.rules.evidence.traffic import PERIOD, Stretch, figures, hosts_of, of_no_host, traffic
from delist.rules.evidence.values import Judged
from delist.rules.listings import Seen, SightingSource
from delist.rules.wording import Facts
from delist.store import reads, scans
from delist.store import traffic as kept_traffic
from delist.store.reads import CaseRow
from delist.tools import Tools

SBL = "spamhaus-sbl"
# In the order in which operators look.
RECORDED = ("sbl", "refusals", "static", "traffic")
# So long the answer of a list tells something of today.
_LOOK_IS_GOOD = timedelta(days=7)


def judge(desk: Desk | None, tools: Tools, address: str, facts: Facts, wanted: Collection[str]) -> list[Judged]:
    """Judge the wanted claims that come from records, in their order; `desk` is None if there is no database yet."""
    hosts = _Hosts(desk, tools, address)
    known: Mapping[str, Callable[[], Judged]] = {
        "sbl": partial(_sbl, desk, address),
        "refusals": partial(_refusals, desk, address, hosts),
        "static": partial(recorded.static, facts.static),
        "traffic": hosts.traffic,
    }
    return [known[claim]() for claim in RECORDED if claim in wanted]


def _sbl(desk: Desk | None, address: str) -> Judged:
    """Judge by what is on record whether an address is on the SBL: nothing is asked."""
    how = "what checks, logs and people have recorded of the SBL"
    if desk is None:
        return receiving.sbl(address, None, how)
    if any(ip.overlap(each, address) for each in reads.listed_addresses(desk.tx, SBL, address, wide=True)):
        return receiving.sbl(address, listed=True, how=how)
    known = reads.address(desk.tx, address)
    case = reads.case(desk.tx, known.id, SBL) if known else None
    seen = reads.sightings(desk.tx, case.id) if case else []
    since = desk.now.on - _LOOK_IS_GOOD
    is_clear = any(each.seen is Seen.CLEAR and each.until.on >= since for each in seen[-1:])
    return receiving.sbl(address, False if is_clear else None, how)


def _refusals(desk: Desk | None, address: str, hosts: "_Hosts") -> Judged:
    known = reads.address(desk.tx, address) if desk else None
    cases = reads.cases_of(desk.tx, known.id) if desk and known else []
    found = [each for case in cases if desk and (each := _refused(desk, case)) is not None]
    return recorded.refusals(address, found, hosts.read_until, desk.at if desk else hosts.now)


def _refused(desk: Desk, case: CaseRow) -> Refused | None:
    """Return what logs told of a case, None if they told of no refusal that names its list."""
    sightings = reads.sightings(desk.tx, case.id)
    told = [each for each in sightings if each.seen is Seen.LISTED and each.source is SightingSource.LOG]
    if not told:
        return None
    first = min((each.moment for each in told), key=lambda moment: moment.order)
    last = max((each.until for each in told), key=lambda moment: moment.order)
    clears = [each.until for each in sightings if each.seen is Seen.CLEAR and each.code is None]
    since = scans.receivers_of(desk.tx, case.id)
    receivers = tuple(sorted(since, key=lambda name: (since[name], name)))
    return Refused(case.list, first, last, receivers, any(clear.order > last.order for clear in clears))


class _Hosts:
    """The hosts from which an address sends, as far as that is known, and what was counted in their logs."""

    def __init__(self, desk: Desk | None, tools: Tools, address: str) -> None:
        self._tools, self._address = tools, address
        self.now = desk.at if desk else tools.now()
        self._instances = scans.instances(desk.tx) if desk else {}
        self._stretches = kept_traffic.since(desk.tx, self.now - PERIOD) if desk else []
        # A log without deliveries is no other host's than those whose deliveries were counted.
        counted = sorted({each.host for each in self._stretches if each.attempts}) or (
            sorted({each.host for each in self._stretches})
        )
        names = self._names()
        same = {host for host in counted if host and any(is_same_host(host, name) for name in names)}
        self.hosts = hosts_of(same or names, counted)
        self._is_untold = bool(counted) and not self.hosts

    def _names(self) -> set[str]:
        """Return the names of the hosts from which the address sends, as logs and settings have it."""
        stated = {name.partition("/")[0] for name, to in self._tools.settings.instances.items() if to == self._address}
        return stated | {host for (host, _), to in self._instances.items() if to == self._address and host}

    def _of(self, host: str) -> list[Stretch]:
        return [each for each in self._stretches if each.host == host]

    @property
    def read_until(self) -> datetime | None:
        """Up to which UTC instant the log of such a host was read."""
        return max((each.last for host in self.hosts for each in self._of(host)), default=None)

    def traffic(self) -> Judged:
        """Judge the figures of the host whose log has most, if it is known which hosts these are."""
        if self._is_untold:
            return of_no_host()
        summed = [(found.deliveries, host, found) for host in self.hosts if (found := figures(self._of(host)))]
        _, host, found = max(summed, key=lambda each: each[:2], default=(0, "", None))
        whose = f"mail log of {host}" if host else "mail log of this host"
        return traffic(found, whose, self._is_shared(host), self._tools.zone)

    def _is_shared(self, host: str) -> bool:
        """Whether other addresses than this one may have sent what is in a host's log."""
        senders = {to for (name, _), to in self._instances.items() if not host or is_same_host(host, name)}
        own = self._tools.settings.own
        return senders != {self._address} and tuple(own) != (self._address,)
