"""Which requests a person means: numbers, ranges, addresses, networks, or a selection."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from delist.actions.desk import Desk, reading
from delist.errors import NotAllowed, NotFound, UsageError
from delist.rules import addresses as ip
from delist.rules.lifecycle import Request, State, by_submission
from delist.store import reads
from delist.tools import Tools

_NUMBER = re.compile(r"\d{1,12}", re.ASCII)
_RANGE = re.compile(r"(\d{1,12})-(\d{1,12})", re.ASCII)

Fits = Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """What was typed to name requests: words, and selectors that pick those that fit."""

    words: tuple[str, ...] = ()
    list: str | None = None
    site: str | None = None
    state: str | None = None
    batch: int | None = None

    @property
    def is_explicit(self) -> bool:
        """Whether requests are named one by one: then all of them are meant, or none."""
        return bool(self.words) and self.site is None and self.state is None and self.batch is None

    @property
    def says_nothing(self) -> bool:
        """Whether nothing at all was named."""
        return not self.words and not any((self.list, self.site, self.state, self.batch))


def select(tools: Tools, selection: Selection, fits: Fits) -> list[int]:
    """Return the numbers of the requests that a selection means; raises NotFound, NotAllowed, UsageError."""
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"there are no requests yet in {tools.database}")
        return numbers(desk, selection, fits)


def numbers(desk: Desk, selection: Selection, fits: Fits) -> list[int]:
    """Return the numbers of the requests that a selection means, each once, in the order named."""
    if selection.says_nothing:
        raise UsageError("say which request: a number, an address, or --site, -l, --state, --batch")
    narrowed = _narrowing(desk, selection)
    if not selection.words:
        return _those_that_fit(desk, narrowed, fits)
    found: dict[int, None] = {}
    for word in selection.words:
        found.update(dict.fromkeys(_of_word(desk, word, selection, narrowed, fits)))
    return list(found)


@dataclass(frozen=True, slots=True)
class _Narrowed:
    where: str
    params: dict[str, Any]


def _narrowing(desk: Desk, selection: Selection) -> _Narrowed:
    key = desk.tools.catalogue.find(selection.list).key if selection.list else None
    if selection.state and selection.state not in {str(state) for state in State}:
        raise UsageError(f"there is no state {selection.state!r}: {', '.join(State)}")
    parts = {"c.list_key": key, "a.site": selection.site, "r.state": selection.state, "r.batch": selection.batch}
    named = {column: value for column, value in parts.items() if value is not None}
    params = {column.replace(".", "_"): value for column, value in named.items()}
    where = " AND ".join(f"{column} = :{column.replace('.', '_')}" for column in named)
    return _Narrowed(where or "1 = 1", params)


def _those_that_fit(desk: Desk, narrowed: _Narrowed, fits: Fits) -> list[int]:
    found = [request.number for request in reads.requests(desk.tx, narrowed.where, narrowed.params) if fits(request)]
    if not found:
        raise NotFound("no request fits that selection")
    return found


def _of_word(desk: Desk, word: str, selection: Selection, narrowed: _Narrowed, fits: Fits) -> Iterable[int]:
    if _NUMBER.fullmatch(word):
        return [_numbered(desk, int(word), narrowed)]
    if match := _RANGE.fullmatch(word):
        return _ranged(desk, int(match[1]), int(match[2]), narrowed)
    address = ip.canonical(word)
    known = reads.address(desk.tx, address)
    if known is None and ip.is_network(address):
        return _inside(desk, address, narrowed, fits)
    if known is None:
        raise NotFound(f"{address} is not recorded: `delist requests` shows what is")
    narrow = _Narrowed(f"c.address_id = :address AND {narrowed.where}", {"address": known.id, **narrowed.params})
    return [_only(address, list(reads.requests(desk.tx, narrow.where, narrow.params)), fits)]


def _numbered(desk: Desk, number: int, narrowed: _Narrowed) -> int:
    if reads.request(desk.tx, number) is None:
        raise NotFound(f"there is no request {number}")
    where, params = f"r.number = :number AND {narrowed.where}", {"number": number, **narrowed.params}
    if next(reads.requests(desk.tx, where, params), None) is None:
        raise NotFound(f"request {number} does not fit that selection")
    return number


def _ranged(desk: Desk, first: int, last: int, narrowed: _Narrowed) -> list[int]:
    if first > last:
        raise UsageError(f"{first}-{last} is no range: write the lower number first")
    where = f"r.number >= :first AND r.number <= :last AND {narrowed.where}"
    params = {"first": first, "last": last, **narrowed.params}
    found = [request.number for request in reads.requests(desk.tx, where, params)]
    if not found:
        raise NotFound(f"there is no request from {first} to {last}")
    return found


def _inside(desk: Desk, network: str, narrowed: _Narrowed, fits: Fits) -> list[int]:
    found = [
        request.number
        for request in reads.requests(desk.tx, narrowed.where, narrowed.params)
        if ip.contains(network, request.address) and fits(request)
    ]
    if not found:
        raise NotFound(f"no recorded address in {network} has a request that fits")
    return found


def _only(address: str, found: list[Request], fits: Fits) -> int:
    real = [request for request in found if request.state is not State.UNDONE]
    if not real:
        raise NotFound(f"{address} has no request")
    fitting = [request for request in real if fits(request)]
    if len(fitting) == 1:
        return fitting[0].number
    if not fitting and len({request.list for request in real}) == 1:
        # The latest attempt says best why not, or that the fact is on record already.
        return max(real, key=by_submission).number
    candidates = ", ".join(f"{r.number} ({r.list}, {r.state})" for r in (fitting or real))
    kind = UsageError if fitting else NotAllowed
    raise kind(f"{address} has several requests: {candidates}; name one by its number, or its list with -l")
