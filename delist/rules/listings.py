"""Listing episodes: when an address came on a list and went off it, as the fold of what was seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Protocol, TypeVar

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
    """What was seen of one address on one list, with the answer code and reason if there were any.

    Looks that find the same again extend it: `last` is the latest of them (None: seen once). A clear sighting with a
    code says that this code went while others may stand; one without a code says that the address is off the list.
    """

    uid: str
    seen: Seen
    moment: Moment
    source: SightingSource
    code: str | None = None
    reason: str | None = None
    event_uid: str | None = None
    last: Moment | None = None
    answer: str | None = None
    nameserver: str | None = None

    @property
    def until(self) -> Moment:
        """The moment of the latest look that found this."""
        return max(self.moment, self.last or self.moment, key=lambda moment: moment.order)


@dataclass(frozen=True, slots=True)
class Look:
    """A look that differs from what is on record and waits for a second one; `expires`: its answer's TTL runs out."""

    verdict: Seen
    codes: tuple[str, ...]
    answer: str | None
    reason: str | None
    at: datetime
    expires: datetime
    nameserver: str | None


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

    A clear look ends all that are open, one with a code only that code's. An episode has the uid of the sighting that
    opened it.
    """
    done: list[Episode] = []
    running: dict[str | None, Episode] = {}
    for sighting in in_order(_each_end(sightings)):
        if sighting.seen is Seen.CLEAR:
            ended = list(running) if sighting.code is None else [sighting.code]
            done += [replace(running.pop(code), ended=sighting.moment) for code in ended if code in running]
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


def _each_end(sightings: Iterable[Sighting]) -> Iterator[Sighting]:
    """Yield the first and the latest look of each sighting: what was recorded of the time between counts too."""
    for sighting in sightings:
        yield sighting
        if sighting.until != sighting.moment:
            # It opens an episode of its own only where another look says that the first one had ended.
            yield replace(sighting, uid=_again(sighting.uid), moment=sighting.until)


def _again(uid: str) -> str:
    """Return the uid for a second episode that one sighting opens: the same but for the version, which is ours (8)."""
    return f"{uid[:14]}8{uid[15:]}"


class Timed(Protocol):
    """What has a moment."""

    @property
    def moment(self) -> Moment: ...


Each = TypeVar("Each", bound=Timed)


def in_order(recorded: Iterable[Each]) -> Iterator[Each]:
    """Yield things as they happened: by day, and within it by instant, or as recorded where one has only its day."""
    for _, found in groupby(sorted(recorded, key=lambda s: s.moment.on), key=lambda s: s.moment.on):
        of_day = list(found)
        has_instants = all(each.moment.at is not None for each in of_day)
        yield from sorted(of_day, key=lambda s: s.moment.order) if has_instants else of_day


def last_clear(sightings: Iterable[Sighting]) -> Moment | None:
    """Return the moment of the latest look that found the address off the list, not only without one of its codes."""
    clear = [sighting.until for sighting in sightings if sighting.seen is Seen.CLEAR and sighting.code is None]
    return max(clear, key=lambda moment: moment.order, default=None)


def standing(found: Iterable[Episode]) -> Episode | None:
    """Return the open episodes of a case as one: the first start, the latest sighting; None if there are none."""
    running = sorted((episode for episode in found if episode.ended is None), key=lambda e: e.started.order)
    if not running:
        return None
    last = max((episode.last for episode in running), key=lambda moment: moment.order)
    return replace(running[0], last=last)
