"""What many refusals come to: which listing stands behind them, and what they tell of the times on a list."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

# Replies of that many days around a named listing are told as one with it: receivers keep what lists say for a while.
_SAME_DAYS = timedelta(days=3)
# Named twice within a month, the address was on the list in between: not everybody is written to every day.
STILL_LISTED = timedelta(days=31)
# After a clearing, what receivers still have in their caches is no relisting (design, verdicts: 24 hours, twice).
SETTLING = timedelta(hours=24)
ENOUGH = 2
STILL_ONE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply key says of the lists of the catalogue.

    `names` is the list that such a reply names, `points` those at which it may be mended (the named one among them),
    `behind` those whose listing may stand behind it; `anything` that any may. `shared` says
    that everybody can refuse by the list it names: what stands behind other replies is such a list.
    """

    names: str | None = None
    points: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()
    anything: bool = False
    shared: bool = False

    def may_come_from(self, key: str) -> bool:
        """Whether a listing on that list can be what such a reply is about."""
        return self.anything or key in self.points or key in self.behind


class Refused(NamedTuple):
    """Refusals of one address with one reply key: on which local days, in order."""

    address: str | None
    key: str
    days: Sequence[date]


def causes(
    groups: Sequence[Refused], meanings: Mapping[str, Meaning], listed: Iterable[Refused] = ()
) -> list[str | None]:
    """Return for each group the list that explains it: the one that another reply names for the same address in the
    same days, if just one does; else the one it names itself; None if neither.

    `listed` are listings on record, each by its list key and the days on which it was seen.
    """
    named = [(group, meaning.names) for group in groups if (meaning := meanings[group.key]).shared and meaning.names]
    named += [(each, each.key) for each in listed]
    return [_cause(group, meanings[group.key], named) for group in groups]


def _cause(group: Refused, meaning: Meaning, named: Sequence[tuple[Refused, str]]) -> str | None:
    others = {
        key
        for other, key in named
        if key != meaning.names and other.address == group.address
        if meaning.may_come_from(key) and _in_the_same_days(group.days, other.days)
    }
    return others.pop() if len(others) == 1 else meaning.names


def _in_the_same_days(one: Sequence[date], named: Sequence[date]) -> bool:
    """Whether one of the days lies near a day on which the list was named, or between two such days of a month."""
    return any(_is_near(day, named) for day in one)


def _is_near(day: date, named: Sequence[date]) -> bool:
    place = bisect_left(named, day)
    before, after = named[max(place - 1, 0)], named[min(place, len(named) - 1)]
    is_between = before <= day <= after and after - before <= STILL_LISTED
    return is_between or min(abs(day - before), abs(day - after)) <= _SAME_DAYS


class Burst(NamedTuple):
    """Refusals close to one another: the first, the latest (UTC), and how many."""

    first: datetime
    last: datetime
    lines: int


class Spell(NamedTuple):
    """A time on a list as refusals tell it: the first and the latest (UTC), how many lines there were.

    `after` is the clear look that it follows, None for the first time on the list; `second` is the next known instant
    after the first one, None if there is none.
    """

    first: datetime
    last: datetime
    lines: int
    after: datetime | None
    second: datetime | None = None


def spells(bursts: Iterable[Burst], clears: Sequence[datetime]) -> tuple[Spell, ...]:
    """Return the times on a list that refusals tell, in order, apart where a clear look (UTC, in order) is known.

    Refusals within 24 hours after a clear look are none: they are what receivers still have in their caches.
    """
    found: dict[datetime | None, list[Burst]] = {}
    for burst in bursts:
        for part in _apart(burst, clears):
            after = _before(clears, part.first)
            settled = part if after is None else _from(part, after + SETTLING)
            if settled is not None:
                found.setdefault(after, []).append(settled)
    return tuple(sorted((_spell(parts, after) for after, parts in found.items()), key=lambda spell: spell.first))


def relisted(once: datetime | None, spell: Spell) -> datetime | None:
    """Return since when refusals after a clear look mean that the address is listed again, None if they do not yet.

    Two are needed, at different instants; `once` is one that an earlier reading of the log has left waiting. More than
    a week apart, they say nothing of the time between: then it is the second one.
    """
    instants = sorted({spell.first, *filter(None, (once, spell.second, spell.last))})
    if len(instants) < ENOUGH:
        return None
    first, second = instants[:ENOUGH]
    return first if second - first <= STILL_ONE else second


def _spell(parts: Sequence[Burst], after: datetime | None) -> Spell:
    instants = sorted({instant for part in parts for instant in (part.first, part.last)})
    second = instants[1] if len(instants) > 1 else None
    return Spell(instants[0], instants[-1], sum(part.lines for part in parts), after, second)


def _apart(burst: Burst, clears: Sequence[datetime]) -> tuple[Burst, ...]:
    """Return a burst, in two where a clear look lies between the first and the latest of it."""
    if _before(clears, burst.first) == _before(clears, burst.last):
        return (burst,)
    # How many came before it is not known; at least one did on either side.
    return Burst(burst.first, burst.first, 1), Burst(burst.last, burst.last, max(burst.lines - 1, 1))


def _before(clears: Sequence[datetime], at: datetime) -> datetime | None:
    """Return the latest clear look before a refusal, None if there was none."""
    place = bisect_left(clears, at)
    return clears[place - 1] if place else None


def _from(burst: Burst, start: datetime) -> Burst | None:
    """Return what of a burst is certain to lie behind an instant."""
    if burst.first >= start:
        return burst
    return Burst(burst.last, burst.last, 1) if burst.last >= start else None
