"""What a DNS look changes in the records of a case: nothing that one look alone says flips a state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from delist.rules.history import Event
from delist.rules.lifecycle import Request, State, confirmation_of
from delist.rules.listings import Look, Seen, Sighting, SightingSource, episodes, in_order
from delist.rules.moments import Moment, moment_of

# A cache counts down: the same answer, asked for again, runs out at the same instant. More apart, it is a new one.
_CLOCK_SLACK = timedelta(seconds=1)
# Two looks that far apart say nothing of the time between: the change is then the second one's.
_STILL_ONE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Known:
    """How a case stands on record: what was seen last, the codes it is listed with, where looks can be extended.

    `codes` holds None for a listing whose code is not known. `extendable` is the uid of the latest DNS look for
    each (verdict, code) that still holds.
    """

    seen: Seen | None
    codes: frozenset[str | None]
    extendable: Mapping[tuple[Seen, str | None], str]
    latest: Moment | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A case before a look: how it stands, its latest request, and the look that waits for a second one."""

    known: Known
    request: Request | None
    has_confirmation: bool
    first: Look | None


@dataclass(frozen=True, slots=True)
class Change:
    """What to record of a look.

    New sightings by code, at `at` (the first of two equal looks); sightings to extend to the look itself; the move
    of the request; a look to keep until a second one says the same; or a kept look to drop, since it was alone.
    """

    at: datetime
    sees: tuple[tuple[Seen, str | None], ...] = ()
    extends: tuple[str, ...] = ()
    event: Event | None = None
    waits: bool = False
    drops: bool = False
    flips: bool = False


def known_of(sightings: Iterable[Sighting]) -> Known:
    """Return how a case stands after what was seen of it."""
    found = list(sightings)
    if not found:
        return Known(None, frozenset(), {})
    running = frozenset(episode.code for episode in episodes(found) if episode.ended is None)
    seen = Seen.LISTED if running else Seen.CLEAR
    latest = max((each.until for each in found), key=lambda moment: moment.order)
    return Known(seen, running, _extendable(found), latest)


def _extendable(sightings: Iterable[Sighting]) -> dict[tuple[Seen, str | None], str]:
    """Return the DNS looks that nothing seen later has ended: extended over that, they would deny it."""
    standing: dict[tuple[Seen, str | None], str] = {}
    for each in in_order(sightings):
        ended = [key for key in standing if _ends(each, key)]
        for key in ended:
            del standing[key]
        is_whole = each.seen is Seen.LISTED or each.code is None
        if each.source is SightingSource.CHECK and is_whole:
            standing[each.seen, each.code] = each.uid
    return standing


def _ends(later: Sighting, key: tuple[Seen, str | None]) -> bool:
    seen, code = key
    if later.seen is Seen.LISTED:
        return seen is Seen.CLEAR and code in (None, later.code)
    return seen is Seen.LISTED and later.code in (None, code)


def move_for(request: Request | None, seen: Seen, moment: Moment, has_confirmation: bool) -> Event | None:
    """Return the move that such a look means for the latest request of a case, None if it means none.

    Clear makes an open request cleared once windows can count from it, listed makes a cleared one relisted; neither
    backwards in time.
    """
    if request is None:
        return None
    if seen is Seen.CLEAR:
        start = confirmation_of(request, has_confirmation)
        fits = request.is_open and start is not None and not moment.is_before(start)
        return Event.CLEARED if fits else None
    cleared = request.cleared
    fits = request.state is State.CLEARED and cleared is not None and not moment.is_before(cleared)
    return Event.RELISTED if fits else None


def is_second(standing: Standing, look: Look, is_fresh: bool, zone: ZoneInfo) -> bool:
    """Whether a look says the same as the one that waits, and is another answer rather than the first one, cached.

    `is_fresh` says that it came from the zone's own server, or after the first had run out. What was seen since by
    other means makes the first look void.
    """
    first, latest = standing.first, standing.known.latest
    if first is None or (first.verdict, set(first.codes)) != (look.verdict, set(look.codes)):
        return False
    if latest is not None and moment_of(first.at, zone).is_before(latest):
        return False
    return is_fresh or look.expires > first.expires + _CLOCK_SLACK


def change(standing: Standing, look: Look, zone: ZoneInfo, *, is_fresh: bool = False, once: bool = False) -> Change:
    """Return what a look changes; `once` trusts it alone, otherwise a state flips with the second equal one."""
    is_known_twice = is_second(standing, look, is_fresh, zone)
    known, drops = standing.known, standing.first is not None
    begun = standing.first.at if is_known_twice and standing.first else look.at
    if look.at - begun > _STILL_ONE:
        begun = look.at
    event = _move(standing, look.verdict, begun, zone)
    if event is None and begun != look.at:
        # The first look came before what the request now stands on: for its move the second one's moment counts.
        event = _move(standing, look.verdict, look.at, zone)
        begun = look.at if event else begun
    if not _differs(known, look, standing.request) and event is None:
        return Change(look.at, *(_seen_again(known, look) if known.seen else ((), ())), drops=drops)
    if not (is_known_twice or once):
        return Change(look.at, waits=True)
    sees, extends = _seen_again(known, look)
    return Change(begun, (*sees, *_gone(known, look)), extends, event, drops=drops, flips=True)


def _move(standing: Standing, seen: Seen, at: datetime, zone: ZoneInfo) -> Event | None:
    return move_for(standing.request, seen, moment_of(at, zone), standing.has_confirmation)


def _differs(known: Known, look: Look, request: Request | None) -> bool:
    if known.seen is None:
        # Nothing is on record: clear is no news, unless somebody waits for it.
        return look.verdict is Seen.LISTED or request is not None
    if look.verdict is not known.seen:
        return True
    return look.verdict is Seen.LISTED and set(look.codes) != known.codes - {None}


def _seen_again(known: Known, look: Look) -> tuple[tuple[tuple[Seen, str | None], ...], tuple[str, ...]]:
    """Return what of a look is new as a sighting, and which sightings it extends."""
    keys: list[tuple[Seen, str | None]] = [(look.verdict, code) for code in look.codes] or [(look.verdict, None)]
    return (
        tuple(key for key in keys if key not in known.extendable),
        tuple(known.extendable[key] for key in keys if key in known.extendable),
    )


def _gone(known: Known, look: Look) -> tuple[tuple[Seen, str | None], ...]:
    """Return clear sightings for codes that are no longer answered while others are."""
    if look.verdict is Seen.CLEAR:
        return ()
    return tuple((Seen.CLEAR, code) for code in sorted(filter(None, known.codes - set(look.codes))))
