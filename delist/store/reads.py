"""Reads for everything but what is due: addresses, requests, history, listings, drafts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from delist.rules import addresses as ip
from delist.rules.history import Entry
from delist.rules.lifecycle import Request, State, by_submission
from delist.rules.listings import Episode, Sighting
from delist.store import rows
from delist.store.engine import Tx, run_with
from delist.store.rows import Row
from delist.store.where import ALL, Where

_JOINED = "requests r JOIN cases c ON c.id = r.case_id JOIN addresses a ON a.id = c.address_id"


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """A recorded address with what was said about it."""

    id: int
    uid: str
    address: str
    site: str | None
    domain: str | None
    label: str | None
    owner: str | None
    added_at: datetime
    retired_on: date | None
    net: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case's place in the database."""

    id: int
    address_id: int
    address: str
    list: str
    marks: str | None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The text last written for a case and not yet sent. `claims` are those of the text, as `rules.claims.recorded`."""

    text: str
    template: str
    name: str | None
    email: str | None
    written_at: datetime
    claims: tuple[Mapping[str, Any], ...] = ()


_ADDRESS = "a.id, a.uid, a.address, a.site, a.domain, a.label, a.owner, a.added_at, a.retired_on, a.net"


def address(tx: Tx, canonical: str) -> KnownAddress | None:
    """Return a recorded address by its canonical spelling, None if it is not recorded."""
    found = run_with(tx)(f"SELECT {_ADDRESS} FROM addresses a WHERE a.address = :address", {"address": canonical})
    return next(map(_known, found), None)


def addresses(tx: Tx, site: str | None = None) -> Iterator[KnownAddress]:
    """Yield the recorded addresses in numerical order, those of one site if it is named."""
    where = "WHERE a.site = :site" if site is not None else ""
    yield from map(_known, run_with(tx)(f"SELECT {_ADDRESS} FROM addresses a {where} ORDER BY a.sort", {"site": site}))


def retired(tx: Tx, addresses: Sequence[str]) -> set[str]:
    """Return those of many canonical addresses that are recorded and were given up."""
    where = "a.retired_on IS NOT NULL AND a.address IN (SELECT value FROM json_each(:addresses))"
    found = run_with(tx)(f"SELECT a.address FROM addresses a WHERE {where}", {"addresses": json.dumps(list(addresses))})
    return {row[0] for row in found}


def _known(row: Row) -> KnownAddress:
    address_id, uid, address, site, domain, label, owner, added_at, retired_on, net = row
    retired = date.fromisoformat(retired_on) if retired_on else None
    added = datetime.fromisoformat(added_at)
    return KnownAddress(address_id, uid, address, site, domain, label, owner, added, retired, net)


def case(tx: Tx, address_id: int, list_key: str) -> CaseRow | None:
    """Return the case of an address on a list, None if there is none yet."""
    return next(_cases(tx, "c.address_id = :address AND c.list_key = :list", address=address_id, list=list_key), None)


def cases_of(tx: Tx, address_id: int) -> list[CaseRow]:
    """Return the cases of an address by list key."""
    return list(_cases(tx, "c.address_id = :address", address=address_id))


def case_of(tx: Tx, number: int) -> CaseRow | None:
    """Return the case of a request."""
    return next(_cases(tx, "c.id = (SELECT case_id FROM requests WHERE number = :number)", number=number), None)


def cases_at(tx: Tx, addresses: Sequence[str]) -> list[CaseRow]:
    """Return the cases of many addresses by their canonical spelling, retired ones too (see `retired`), in order."""
    wanted = json.dumps(list(addresses))
    return list(_cases(tx, "a.address IN (SELECT value FROM json_each(:addresses))", addresses=wanted))


def _cases(tx: Tx, where: str, **params: Any) -> Iterator[CaseRow]:
    sql = (
        "SELECT c.id, c.address_id, a.address, c.list_key, c.marks, a.retired_on IS NOT NULL FROM cases c"
        f" JOIN addresses a ON a.id = c.address_id WHERE {where} ORDER BY a.sort, +c.list_key"
    )
    for case_id, address_id, canonical, list_key, marks, retired in run_with(tx)(sql, params):
        yield CaseRow(case_id, address_id, canonical, list_key, marks, bool(retired))


def request(tx: Tx, number: int) -> Request | None:
    """Return a request by number."""
    return next(requests(tx, Where(number=number)), None)


def request_by_uid(tx: Tx, uid: str) -> Request | None:
    """Return a request by uid."""
    return next(_requests(tx, "r.uid = :uid", {"uid": uid}), None)


def last_number(tx: Tx) -> int:
    """Return the highest request number on record."""
    return next((row[0] or 0 for row in run_with(tx)("SELECT max(number) FROM requests", {})), 0)


def requests(tx: Tx, which: Where) -> Iterator[Request]:
    """Yield the requests that are asked for, in order of number."""
    return _requests(tx, *which.condition())


def _requests(tx: Tx, condition: str, params: Mapping[str, Any]) -> Iterator[Request]:
    # The plus: sorting the few that are found is cheaper than walking all in order of number to find them.
    order = "r.number" if condition == ALL else "+r.number"
    sql = f"SELECT {rows.REQUEST} FROM {_JOINED} WHERE {condition} ORDER BY {order}"
    return map(rows.request, run_with(tx)(sql, params))


def latest(tx: Tx, case_id: int) -> Request | None:
    """Return the last attempt of a case, None if there is none that was not taken back."""
    real = [each for each in requests(tx, Where(case=case_id)) if each.state is not State.UNDONE]
    return max(real, key=by_submission, default=None)


def text_of(tx: Tx, number: int) -> str | None:
    """Return the text a request was sent with, None if none was kept."""
    return next((row[0] for row in run_with(tx)("SELECT text FROM texts WHERE number = :n", {"n": number})), None)


def history(tx: Tx, number: int) -> list[Entry]:
    """Return the history of a request in the order in which it was recorded."""
    sql = f"SELECT {rows.ENTRY} FROM events e WHERE e.number = :number ORDER BY e.id"
    return list(map(rows.entry, run_with(tx)(sql, {"number": number})))


def case_history(tx: Tx, case_id: int) -> list[Entry]:
    """Return what was recorded about a case beside its requests."""
    sql = f"SELECT {rows.ENTRY} FROM events e WHERE e.case_id = :case AND e.number IS NULL ORDER BY e.id"
    return list(map(rows.entry, run_with(tx)(sql, {"case": case_id})))


def address_history(tx: Tx, address_id: int) -> list[Entry]:
    """Return what was recorded about an address itself."""
    sql = f"SELECT {rows.ENTRY} FROM events e WHERE e.address_id = :address AND e.case_id IS NULL ORDER BY e.id"
    return list(map(rows.entry, run_with(tx)(sql, {"address": address_id})))


def case_entries(tx: Tx, case_id: int) -> list[tuple[int | None, Entry]]:
    """Return all that was recorded about a case, with the request it belongs to, in order of recording."""
    sql = (
        f"SELECT e.id, e.number, {rows.ENTRY} FROM events e JOIN requests r ON r.number = e.number"
        f" WHERE r.case_id = :case UNION ALL SELECT e.id, e.number, {rows.ENTRY} FROM events e"
        " WHERE e.case_id = :case AND e.number IS NULL ORDER BY 1"
    )
    return [(row[1], rows.entry(row[2:])) for row in run_with(tx)(sql, {"case": case_id})]


def sightings(tx: Tx, case_id: int) -> list[Sighting]:
    """Return what was seen of a case and not taken back, in the order in which it was recorded."""
    sql = f"SELECT {rows.SIGHTING} FROM sightings s WHERE s.case_id = :case AND s.undone = 0 ORDER BY s.id"
    return list(map(rows.sighting, run_with(tx)(sql, {"case": case_id})))


def latest_sightings(tx: Tx, case_ids: Sequence[int]) -> dict[int, list[Sighting]]:
    """Return what was seen of many cases and not taken back, in the order of recording; of each case at least []."""
    sql = (
        f"SELECT s.case_id, {rows.SIGHTING} FROM sightings s"
        " WHERE s.case_id IN (SELECT value FROM json_each(:cases)) AND s.undone = 0 ORDER BY +s.id"
    )
    found: dict[int, list[Sighting]] = {case_id: [] for case_id in case_ids}
    for case_id, *row in run_with(tx)(sql, {"cases": json.dumps(list(case_ids))}):
        found[case_id].append(rows.sighting(row))
    return found


def listings(tx: Tx, case_id: int) -> list[Episode]:
    """Return the listing episodes of a case, oldest first."""
    sql = f"SELECT {rows.EPISODE} FROM listings l WHERE l.case_id = :case AND l.undone = 0 ORDER BY l.started_on, l.id"
    return list(map(rows.episode, run_with(tx)(sql, {"case": case_id})))


def listed_now(tx: Tx) -> Iterator[tuple[str, str, str | None, Episode]]:
    """Yield (address, list, site, episode) for every open listing episode, by address."""
    sql = (
        f"SELECT a.address, c.list_key, a.site, {rows.EPISODE} FROM listings l JOIN cases c ON c.id = l.case_id"
        " JOIN addresses a ON a.id = c.address_id"
        " WHERE l.ended_on IS NULL AND l.undone = 0 AND a.retired_on IS NULL ORDER BY a.sort, c.list_key, l.id"
    )
    for address_text, key, site, *rest in run_with(tx)(sql, {}):
        yield address_text, key, site, rows.episode(rest)


def listed_on(tx: Tx, address_id: int) -> list[str]:
    """Return the lists that an address is on now."""
    sql = (
        "SELECT DISTINCT c.list_key FROM listings l JOIN cases c ON c.id = l.case_id"
        " WHERE c.address_id = :address AND l.ended_on IS NULL AND l.undone = 0 ORDER BY 1"
    )
    return [row[0] for row in run_with(tx)(sql, {"address": address_id})]


_HELD = "(a.retired_on IS NULL OR a.address = :address)"


def listed_addresses(tx: Tx, list_key: str, address: str, wide: bool) -> list[str]:
    """Return the addresses listed now on a list: this one, and if entries can cover others (wide) all that may meet it.

    Others that were given up are left out.
    """
    sql = (
        "SELECT DISTINCT a.address FROM listings l JOIN cases c ON c.id = l.case_id"
        " JOIN addresses a ON a.id = c.address_id"
        f" WHERE +c.list_key = :list AND l.ended_on IS NULL AND l.undone = 0 AND {_HELD}"
    )
    return [row[0] for row in run_with(tx)(f"{sql} AND {_near(address, wide)}", _at(list_key, address))]


def open_requests(tx: Tx, list_key: str, address: str, wide: bool) -> list[Request]:
    """Return the open requests to a list: of this address, and if entries can cover others (wide) of all that meet it.

    Those for others that were given up are left out.
    """
    # The plus, here and above, keeps SQLite from starting at the list; of open ones there are few.
    where = f"+c.list_key = :list AND r.state IN ('submitted', 'confirmed') AND {_HELD} AND {_near(address, wide)}"
    return list(_requests(tx, where, _at(list_key, address)))


def _near(address: str, wide: bool) -> str:
    """Return which addresses may meet one on a list: of single ones itself, where networks are listed these too.

    Two IPv6 addresses meet in their /64; a network may hold any.
    """
    if not wide:
        return "a.address = :address"
    if ip.is_network(address):
        return "1"
    beside = " OR a.net = :net" if ":" in address else ""
    return f"(a.address = :address OR instr(a.address, '/'){beside})"


def _at(list_key: str, address: str) -> dict[str, str]:
    return {"list": list_key, "address": address, "net": ip.neighbourhood(address)}


def draft(tx: Tx, case_id: int) -> Draft | None:
    """Return the draft of a case, None if there is none."""
    sql = "SELECT text, template, contact_name, contact_email, written_at, claims FROM drafts WHERE case_id = :case"
    for body, template, name, email, written_at, claims in run_with(tx)(sql, {"case": case_id}):
        return Draft(body, template, name, email, datetime.fromisoformat(written_at), tuple(json.loads(claims or "[]")))
    return None


def drafted_lists(tx: Tx, address_id: int) -> list[str]:
    """Return the lists for which an address has a draft."""
    sql = "SELECT c.list_key FROM drafts d JOIN cases c ON c.id = d.case_id WHERE c.address_id = :address ORDER BY 1"
    return [row[0] for row in run_with(tx)(sql, {"address": address_id})]


def count(tx: Tx, table: str) -> int:
    """Return how many rows a table of ours has."""
    return next(int(row[0]) for row in run_with(tx)(f"SELECT count(*) FROM {table}", {}))


def numbers_with_urls(tx: Tx) -> set[int]:
    """Return the requests for which a link is kept."""
    return {row[0] for row in run_with(tx)("SELECT DISTINCT number FROM secrets WHERE number IS NOT NULL", {})}
