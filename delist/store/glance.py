"""The short way to what a scan has to know before it reads, without SQLAlchemy, which weighs more than the reading."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from delist.store import agenda


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A time of an address on a list, by local days; `last` is None while it goes on."""

    address: str
    list: str
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Glance:
    """The recorded addresses, their times on lists, how far logs were read, by log, and from which address each
    instance sends, by host and name (None: from several).
    """

    addresses: frozenset[str] = frozenset()
    listings: tuple[OnRecord, ...] = ()
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    instances: Mapping[tuple[str, str], str | None] = field(default_factory=dict)


_ADDRESSES = "SELECT address FROM addresses"
_LISTINGS = (
    "SELECT a.address, c.list_key, l.started_on, l.ended_on FROM listings l JOIN cases c ON c.id = l.case_id"
    " JOIN addresses a ON a.id = c.address_id WHERE l.undone = 0"
)
_INSTANCES = "SELECT host, instance, address FROM instances"
_PLACES = "SELECT log, place FROM cursors WHERE host = ? AND purpose = ?"


def glance(path: Path, host: str, purpose: str) -> Glance:
    """Return what a database of the current schema knows; how far a host's logs were read for a purpose."""
    with agenda.opened(path) as connection:
        addresses = frozenset(row[0] for row in connection.execute(_ADDRESSES))
        listings = tuple(_on_record(*row) for row in connection.execute(_LISTINGS))
        places = {log: json.loads(place) for log, place in connection.execute(_PLACES, (host, purpose))}
        instances = {(host, name): address for host, name, address in connection.execute(_INSTANCES)}
    return Glance(addresses, listings, places, instances)


def _on_record(address: str, key: str, first: str, last: str | None) -> OnRecord:
    return OnRecord(address, key, date.fromisoformat(first), date.fromisoformat(last) if last else None)
