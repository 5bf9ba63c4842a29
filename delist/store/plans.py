"""Reads what a plan is made of, for one address, a network or a site at once: no query for each address."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delist.rules import addresses as ip
from delist.rules.asking import Addressee, addressee_of
from delist.rules.evidence.values import Judged, Outcome
from delist.rules.moments import Moment
from delist.rules.windows import Case
from delist.store import casefiles, rows, where
from delist.store.casefiles import EntryOf
from delist.store.rows import Rows

_NETWORK = "instr(a.address, '/') > 0"
_IPV6 = "instr(a.address, ':') > 0"
_OF_CASES = "FROM cases c JOIN addresses a ON a.id = c.address_id"
_IN_LOG = "s.source = 'log' AND s.verdict = 'listed' AND s.undone = 0"


@dataclass(frozen=True, slots=True)
class Around:
    """Conditions on addresses (a): which ones are meant, and which may lie on a list for them too."""

    meant: str
    near: str
    params: Mapping[str, Any]


def around(address: str) -> Around:
    """Return the conditions for a canonical address or network: what it holds, what may hold it."""
    wide = ip.covered_by(address, "prefix")
    first, last = _ends(address)
    params = {"first": first, "last": last, "low": _ends(wide)[0], "high": _ends(wide)[1]}
    return Around("a.sort BETWEEN :first AND :last", f"(a.sort BETWEEN :low AND :high OR {_NETWORK})", params)


def _ends(address: str) -> tuple[bytes, bytes]:
    network = ip.network_of(address)
    return ip.order(address), ip.order(str(network.broadcast_address))


def of_site(site: str) -> Around:
    """Return the conditions for the addresses of a site."""
    return Around("a.site = :site", f"(a.site = :site OR {_NETWORK} OR {_IPV6})", {"site": site})


def meant(run: Rows, which: Around) -> list[tuple[str, bool]]:
    """Return (address, whether it was given up) for the recorded addresses that are meant, in numerical order."""
    sql = f"SELECT a.address, a.retired_on IS NOT NULL FROM addresses a WHERE {which.meant} ORDER BY a.sort"
    return [(address, bool(retired)) for address, retired in run(sql, which.params)]


def standing(run: Rows, entry_of: EntryOf, which: Around) -> Iterator[tuple[int, Case]]:
    """Yield (id, case) for what may stand of these addresses or near them, in order of id."""
    return casefiles.cases(run, entry_of, f"{where.STANDING} AND {which.near}", which.params)


def refused(run: Rows, which: Around) -> set[int]:
    """Return the cases of which a mail log has a refusal that names the list."""
    sql = f"SELECT DISTINCT s.case_id {_OF_CASES} JOIN sightings s ON s.case_id = c.id WHERE {_IN_LOG} AND {which.near}"
    return {row[0] for row in run(sql, which.params)}


def sending(run: Rows, which: Around) -> set[str]:
    """Return the addresses that show a sign of sending: the list itself was asked for them, or a log has a refusal.

    A letter to the provider is no sign: it names all there are.
    """
    asked = f"SELECT a.address, r.template {_OF_CASES} JOIN requests r ON r.case_id = c.id WHERE r.state <> 'undone'"
    told = f"SELECT a.address, NULL {_OF_CASES} JOIN sightings s ON s.case_id = c.id WHERE {_IN_LOG}"
    found = run(f"{asked} AND {which.near} UNION {told} AND {which.near}", which.params)
    return {address for address, template in found if addressee_of(template) is Addressee.LIST}


def failing(run: Rows, which: Around) -> dict[str, list[Judged]]:
    """Return by address what was measured to fail."""
    sql = (
        "SELECT a.address, e.claim, e.value, e.how, e.mend, e.facts FROM evidence e"
        f" JOIN addresses a ON a.id = e.address_id WHERE e.outcome = 'fails' AND {which.near} ORDER BY a.sort, e.claim"
    )
    found: dict[str, list[Judged]] = {}
    for address, claim, value, how, mend, facts in run(sql, which.params):
        judged = Judged(claim, Outcome.FAILS, value, how, mend, json.loads(facts))
        found.setdefault(address, []).append(judged)
    return found


def measured(run: Rows, which: Around) -> tuple[int, datetime | None]:
    """Return how many of the addresses that are meant were measured, and the UTC instant of the oldest measurement.

    Those that were given up do not count.
    """
    sql = (
        "SELECT count(DISTINCT e.address_id), min(e.measured_at) FROM evidence e"
        f" JOIN addresses a ON a.id = e.address_id WHERE a.retired_on IS NULL AND {which.meant}"
    )
    [(count, oldest)] = run(sql, which.params)
    return count, datetime.fromisoformat(oldest) if oldest else None


def last_look(run: Rows, which: Around) -> Moment | None:
    """Return when anything was last seen, on a list or off one, of the addresses that are meant; None if never."""
    sql = (
        "SELECT coalesce(s.last_on, s.seen_on), CASE WHEN s.last_on IS NULL THEN s.seen_at ELSE s.last_at END"
        f" {_OF_CASES} JOIN sightings s ON s.case_id = c.id WHERE s.undone = 0 AND {which.meant}"
        " ORDER BY 1 DESC, 2 DESC LIMIT 1"
    )
    return next((rows.moment(on, at) for on, at in run(sql, which.params)), None)
