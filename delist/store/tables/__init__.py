"""The tables, as the migrations build them."""

from delist.store.tables.casefile import (
    addresses,
    cases,
    drafts,
    events,
    forgetting,
    listings,
    looks,
    meta,
    observations,
    requests,
    secrets,
    sightings,
    texts,
    tombstones,
)
from delist.store.tables.looking import asked, cursors, evidence, instances, refused_once, runs, traffic
from delist.store.tables.loop import calendar, mails, notices, told
from delist.store.tables.types import Day, Instant, metadata

__all__ = [
    "Day",
    "Instant",
    "addresses",
    "asked",
    "calendar",
    "cases",
    "cursors",
    "drafts",
    "events",
    "evidence",
    "forgetting",
    "instances",
    "listings",
    "looks",
    "mails",
    "meta",
    "metadata",
    "notices",
    "observations",
    "refused_once",
    "requests",
    "runs",
    "secrets",
    "sightings",
    "texts",
    "told",
    "tombstones",
    "traffic",
]
