"""Which requests a person means: numbers, ranges, addresses, networks, or a selection."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from delist.actions.desk import Desk, reading
from delist.errors import NotAllowed, NotFound, UsageError
from delist.rules import addresses as ip
from delist.rules.lifecycle import Request, State, by_submission
from delist.store import reads
from delist.store.where import Where
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
    def says_nothing(self) -> bool:
        """Whether nothing at all was named."""
        return not self.words and all(each is None for each in (self.list, self.site, self.state, self.batch))

    @property
    def is_narrowed(self) -> bool:
        """Whether a selector picks among what the words name."""
        return any(each is not None for each in (self.site, self.state, self.batch))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The requests that are meant; named one by one, all of them are meant or none."""

    numbers: tuple[int, ...]
    is_explicit: bool


def as_number(word: str) -> int | None:
    """Return the request number that a word is, None if it is none."""
    return int(word) if _NUMBER.fullmatch(word) else None


def select(tools: Tools, selection: Selection, fits: Fits) -> Chosen:
    """Return the requests that a selection means; raises NotFound, NotAllowed, UsageError."""
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"there are no requests yet in {tools.database}")
        return chosen(desk, selection, fits)


def only(tools: Tools, ref: str, key: str | None) -> int:
    """Return the one request that a word means; raises UsageError if it means several."""
    found = select(tools, Selection((ref,), key), lambda request: True).numbers
    if len(found) != 1:
        raise UsageError(f"{ref} means {len(found)} requests: name one")
    return found[0]


def chosen(desk: Desk, selection: Selection, fits: Fits) -> Chosen:
    """Return the requests that a selection means, each once, in the order named."""
    if selection.says_nothing:
        raise UsageError("say which request: a number, an address, or --site, -l, --state, --batch")
    narrowed = _narrowing(desk, selection)
    if not selection.words:
        return Chosen(tuple(_those_that_fit(desk, narrowed, fits)), False)
    found: dict[int, None] = {}
    is_explicit = not selection.is_narrowed
    for word in selection.words:
        network = unrecorded_network(desk, word)
        is_explicit = is_explicit and network is None
        of_word = _inside(desk, network, narrowed, fits) if network else _of_word(desk, word, narrowed, fits)
        found.update(dict.fromkeys(of_word))
    return Chosen(tuple(found), is_explicit)


def unrecorded_network(desk: Desk, word: str) -> str | None:
    """Return the network that a word means as a selector of the addresses inside, None if it is no such thing."""
    if "/" not in word:
        return None
    network = ip.canonical(word)
    return network if ip.is_network(network) and reads.address(desk.tx, network) is None else None


def _narrowing(desk: Desk, selection: Selection) -> Where:
    key = desk.tools.catalogue.find(selection.list).key if selection.list is not None else None
    if selection.state is not None and selection.state not in {str(state) for state in State}:
        raise UsageError(f"there is no state {selection.state!r}: {', '.join(State)}")
    if selection.batch is not None and as_number(str(selection.batch)) is None:
        raise NotFound(f"there is no batch {selection.batch}")
    return Where(list=key, site=selection.site, state=selection.state, batch=selection.batch)


def _those_that_fit(desk: Desk, narrowed: Where, fits: Fits) -> list[int]:
    found = [request.number for request in reads.requests(desk.tx, narrowed) if fits(request)]
    if not found:
        raise NotFound("no request fits that selection")
    return found


def _of_word(desk: Desk, word: str, narrowed: Where, fits: Fits) -> Iterable[int]:
    if (number := as_number(word)) is not None:
        return [_numbered(desk, number, narrowed)]
    if match := _RANGE.fullmatch(word):
        return _ranged(desk, int(match[1]), int(match[2]), narrowed)
    address = ip.canonical(word)
    known = reads.address(desk.tx, address)
    if known is None:
        raise NotFound(f"{address} is not recorded: `delist requests` shows what is")
    of_address = reads.requests(desk.tx, replace(narrowed, address_id=known.id))
    return [_only(address, list(of_address), fits)]


def _numbered(desk: Desk, number: int, narrowed: Where) -> int:
    if reads.request(desk.tx, number) is None:
        raise NotFound(f"there is no request {number}")
    if next(reads.requests(desk.tx, replace(narrowed, number=number)), None) is None:
        raise NotFound(f"request {number} does not fit that selection")
    return number


def _ranged(desk: Desk, first: int, last: int, narrowed: Where) -> list[int]:
    if first > last:
        raise UsageError(f"{first}-{last} is no range: write the lower number first")
    if last > (highest := reads.last_number(desk.tx)):
        raise NotFound(f"there is no request {last}: the last one is {highest}")
    found = [request.number for request in reads.requests(desk.tx, replace(narrowed, first=first, last=last))]
    if not found:
        raise NotFound(f"there is no request from {first} to {last}")
    return found


def _inside(desk: Desk, network: str, narrowed: Where, fits: Fits) -> list[int]:
    found = [
        request.number
        for request in reads.requests(desk.tx, narrowed)
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
