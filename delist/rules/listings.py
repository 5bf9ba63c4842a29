"""Listing episodes: when an address came on a list and went off it, as the fold of what was seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from delist.rules.moments import Moment


class Seen(StrEnum):
    """What a look at a list showed."""

    LISTED = "listed"
    CLEAR = "clear"


class SightingSource(StrEnum):
    """From what one knows: a DNS check, a mail log, a look by hand, somebody's word."""

    CHECK = "check"
    LOG = "log"
    HAND = "hand"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at one address on one list, with the answer code and reason if there were any."""

    uid: str
    seen: Seen
    moment: Moment
    source: SightingSource
    code: str | None = None
    reason: str | None = None
    event_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """A time on a list, from the first sighting to the first clear look after it (None: still on it)."""

    uid: str
    code: str | None
    source: SightingSource
    started: Moment
    last: Moment
    ended: Moment | None = None
    reason: str | None = None


def episodes(sightings: Iterable[Sighting]) -> tuple[Episode, ...]:
    """Return the listing episodes that the sightings of a case tell, oldest first, one at a time for each code.

    A clear look ends all that are open. An episode has the uid of the sighting that opened it.
    """
    done: list[Episode] = []
    running: dict[str | None, Episode] = {}
    for sighting in in_order(sightings):
        if sighting.seen is Seen.CLEAR:
            done += [replace(episode, ended=sighting.moment) for episode in running.values()]
            running = {}
        elif sighting.code in running:
            known = running[sighting.code]
            running[sighting.code] = replace(known, last=sighting.moment, reason=sighting.reason or known.reason)
        else:
            running[sighting.code] = Episode(
                sighting.uid,
                sighting.code,
                sighting.source,
                sighting.moment,
                sighting.moment,
                None,
                sighting.reason,
            )
    return tuple(sorted([*done, *running.values()], key=lambda episode: episode.started.order))


def in_order(sightings: Iterable[Sighting]) -> Iterator[Sighting]:
    """Yield sightings as they happened: by day, and within it by instant, or as recorded where one has only its day."""
    for _, found in groupby(sorted(sightings, key=lambda s: s.moment.on), key=lambda s: s.moment.on):
        of_day = list(found)
        has_instants = all(sighting.moment.at is not None for sighting in of_day)
        yield from sorted(of_day, key=lambda s: s.moment.order) if has_instants else of_day


def last_clear(sightings: Iterable[Sighting]) -> Moment | None:
    """Return the moment of the latest clear look."""
    clear = [sighting.moment for sighting in sightings if sighting.seen is Seen.CLEAR]
    return max(clear, key=lambda moment: moment.order, default=None)


def standing(found: Iterable[Episode]) -> Episode | None:
    """Return the open episodes of a case as one: the first start, the latest sighting; None if there are none."""
    running = sorted((episode for episode in found if episode.ended is None), key=lambda e: e.started.order)
    if not running:
        return None
    last = max((episode.last for episode in running), key=lambda moment: moment.order)
    return replace(running[0], last=last)
