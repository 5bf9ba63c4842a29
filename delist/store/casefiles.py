"""Reads cases whole, as the rule that computes reminders wants them, one after another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from delist.rules.lifecycle import Request
from delist.rules.listings import Episode, standing
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment, parse_period
from delist.rules.windows import ENOUGH_FOR_THE_LIST, Case, Observation
from delist.store import rows
from delist.store.rows import Row, Rows

_FROM_CASES = "FROM cases c JOIN addresses a ON a.id = c.address_id"

EntryOf = Callable[[str], ListEntry]


def cases(run: Rows, entry_of: EntryOf, condition: str, params: Mapping[str, Any]) -> Iterator[tuple[int, Case]]:
    """Yield (id, case) for each case that meets a condition, in order of id; one at a time in memory."""
    requests = Following(run(_REQUESTS.format(where=condition), params))
    open_listings = Following(run(_LISTINGS.format(where=condition), params))
    clear_looks = Following(run(_CLEAR.format(where=condition), params))
    own = Observations(run)
    for row in run(_CASES.format(where=condition), params):
        case_id, list_key, marks, address, site, owner, retired_on, net = row
        found = tuple(map(_episode, open_listings.of(case_id)))
        yield (
            case_id,
            Case(
                address=address,
                list=entry_of(list_key),
                requests=tuple(map(_request, requests.of(case_id))),
                site=site,
                owner=owner,
                retired=retired_on is not None,
                marks=rows.marks(marks),
                episode=standing(found),
                last_clear=_latest(clear_looks.of(case_id)),
                own=own.counting_for(list_key, site, net),
                codes=tuple(episode.code for episode in found if episode.code),
            ),
        )


_CASES = (
    f"SELECT c.id, c.list_key, c.marks, a.address, a.site, a.owner, a.retired_on, a.net {_FROM_CASES}"
    " WHERE {where} ORDER BY c.id"
)
_REQUESTS = (
    f"SELECT c.id, {rows.REQUEST} {_FROM_CASES} JOIN requests r ON r.case_id = c.id"
    " WHERE {where} ORDER BY c.id, r.number"
)
_LISTINGS = (
    f"SELECT c.id, {rows.EPISODE} {_FROM_CASES} JOIN listings l ON l.case_id = c.id"
    " WHERE l.ended_on IS NULL AND l.undone = 0 AND {where} ORDER BY c.id, l.id"
)
_CLEAR = (
    f"SELECT c.id, s.seen_on, s.seen_at, s.last_on, s.last_at {_FROM_CASES} JOIN sightings s ON s.case_id = c.id"
    " WHERE s.verdict = 'clear' AND s.code IS NULL AND s.undone = 0 AND {where} ORDER BY c.id, s.id"
)


class Following:
    """Rows in order of their first column, taken group by group while the groups go by."""

    def __init__(self, found: Iterable[Row]) -> None:
        self._groups = groupby(found, key=lambda row: row[0])
        self._next = next(self._groups, None)

    def of(self, case_id: int) -> Iterable[Row]:
        """Return the rows of a group, which must be asked for in order."""
        if self._next is None or self._next[0] != case_id:
            return ()
        group = list(self._next[1])
        self._next = next(self._groups, None)
        return group


def _request(row: Row) -> Request:
    return rows.request(row[1:])


def _episode(row: Row) -> Episode:
    return rows.episode(row[1:])


def _latest(found: Iterable[Row]) -> Moment | None:
    looks = ((on, at) for _, *first, last_on, last_at in found for on, at in (first, (last_on, last_at)))
    moments = [seen for on, at in looks if (seen := rows.moment(on, at))]
    return max(moments, key=lambda seen: seen.order, default=None)


_OBSERVED = (
    "SELECT o.number, a.address, o.list_key, o.after, o.days FROM observations o"
    " JOIN addresses a ON a.id = o.address_id WHERE o.list_key = :list {where} ORDER BY o.days, o.number"
)


class Observations:
    """Own intervals that count for an address: of its site or neighbourhood, or of the whole list."""

    def __init__(self, run: Rows) -> None:
        self._run = run
        self._shown: dict[str, bool] = {}
        self._known: dict[tuple[str, str | None, str | None], Observation | None] = {}

    def counting_for(self, list_key: str, site: str | None, net: str) -> Observation | None:
        """Return the shortest interval that counts for an address of that site (without one: network)."""
        if not self._any(list_key):
            return None
        found = [self._shortest(list_key, site, None if site else net), self.of_list(list_key)]
        return min((each for each in found if each), key=lambda each: (each.days, each.number), default=None)

    def _any(self, list_key: str) -> bool:
        """Whether a list has shown an interval at all: most have not, and then no address need be looked at."""
        if list_key not in self._shown:
            found = self._run(_OBSERVED.format(where="") + " LIMIT 1", {"list": list_key})
            self._shown[list_key] = next(iter(found), None) is not None
        return self._shown[list_key]

    def _shortest(self, list_key: str, site: str | None, net: str | None) -> Observation | None:
        key = (list_key, site, net)
        if key not in self._known:
            where = "AND a.site = :site" if site else "AND a.net = :net AND a.site IS NULL"
            params = {"list": list_key, "site": site, "net": net}
            found = self._run(_OBSERVED.format(where=where) + " LIMIT 1", params)
            self._known[key] = next(map(observation, found), None)
        return self._known[key]

    def of_list(self, list_key: str) -> Observation | None:
        """Return the shortest interval on a list once enough requests have shown one."""
        key = (list_key, None, None)
        if key not in self._known:
            limit = f" LIMIT {ENOUGH_FOR_THE_LIST}"
            found = list(map(observation, self._run(_OBSERVED.format(where="") + limit, {"list": list_key})))
            self._known[key] = found[0] if len(found) == ENOUGH_FOR_THE_LIST else None
        return self._known[key]


def observation(row: Row) -> Observation:
    """Return the observation of a row."""
    number, address, list_key, after, days = row
    return Observation(number, address, list_key, parse_period(after), days)


def observations(run: Rows, list_key: str) -> list[Observation]:
    """Return every own interval on a list, the shortest first."""
    return list(map(observation, run(_OBSERVED.format(where=""), {"list": list_key})))


def observation_by(run: Rows, number: int) -> Observation | None:
    """Return the interval that a request has shown, None if it has not."""
    sql = (
        "SELECT o.number, a.address, o.list_key, o.after, o.days FROM observations o"
        " JOIN addresses a ON a.id = o.address_id WHERE o.number = :number"
    )
    return next(map(observation, run(sql, {"number": number})), None)
