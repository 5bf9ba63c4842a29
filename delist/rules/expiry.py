"""Listings that go by themselves: when, and whether one is better left alone until then."""

from datetime import datetime
from zoneinfo import ZoneInfo

from delist.rules.listings import Episode
from delist.rules.lists import ListEntry, Mode
from delist.rules.moments import Moment


def gone_by(entry: ListEntry, last: Moment, zone: ZoneInfo) -> datetime | None:
    """Return the UTC instant by which a listing last seen then has gone by itself, None if nobody says that it goes."""
    return entry.expires.after(last.latest(zone)) if entry.expires else None


def is_left_alone(entry: ListEntry, listing: Episode | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a listing is better left to go by itself, at a UTC instant; None: it is told, but no look showed it.

    It is where nobody can be asked and it goes. Where one can ask, it is while asking would take no less time (or where
    to ask is not known), unless it should have gone: its time since it was last seen has run out, or it has stood for
    longer than that, so that something keeps it up.
    """
    if entry.closed or entry.off or entry.is_for_providers:
        return False
    if not entry.can_be_asked:
        return entry.expires is not None or entry.removal.mode is Mode.WAIT
    if entry.expires is None or listing is None:
        return False
    is_quicker = entry.expires.length > entry.look_after.length and entry.removal.goes_to is not None
    stood = listing.last.earliest(zone) - listing.started.latest(zone)
    return not is_quicker and now <= entry.expires.after(listing.last.latest(zone)) and stood <= entry.expires.length
