"""Conditions: which cases and requests are meant (c is cases, a addresses, r requests)."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

ALL = "1 = 1"
# As a set of its own, or SQLite walks all cases in order of id rather than the few by the index of next_at.
DUE = "c.id IN (SELECT id FROM cases WHERE next_at <= :until)"
ONE = "c.id = :case"
OF_ADDRESS = "c.address_id = :address"
# The plus keeps SQLite from starting at the list, which may have a million cases; a site or network has few.
OF_SITE = "+c.list_key = :list AND a.site = :site"
OF_NET = "+c.list_key = :list AND a.net = :net AND a.site IS NULL"
OF_LIST = "c.list_key = :list"
SLICE = "c.id > :after AND c.id <= :upto"
WAITING = "c.id IN (SELECT case_id FROM requests WHERE state IN ('submitted', 'confirmed'))"
# What may want something of somebody: on a list, asked and not cleared, or refused or listed again after a request.
STANDING = (
    "c.id IN (SELECT case_id FROM listings WHERE ended_on IS NULL AND undone = 0"
    " UNION SELECT case_id FROM requests WHERE state IN ('submitted', 'confirmed', 'refused', 'relisted'))"
)

_COLUMNS = {
    "number": "r.number = :number",
    "first": "r.number >= :first",
    "last": "r.number <= :last",
    "case": "c.id = :case",
    "address_id": "c.address_id = :address_id",
    "address": "a.address = :address",
    "list": "c.list_key = :list",
    "site": "a.site = :site",
    "state": "r.state = :state",
    "batch": "r.batch = :batch",
    "submitted_on": "r.submitted_on = :submitted_on",
}


@dataclass(frozen=True, slots=True)
class Where:
    """What is asked for; what is None does not matter."""

    number: int | None = None
    first: int | None = None
    last: int | None = None
    case: int | None = None
    address_id: int | None = None
    address: str | None = None
    list: str | None = None
    site: str | None = None
    state: str | None = None
    batch: int | None = None
    submitted_on: date | None = None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """Return the condition as SQL, and its parameters."""
        named = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}
        params = {name: value.isoformat() if isinstance(value, date) else value for name, value in named.items()}
        return " AND ".join(_COLUMNS[name] for name in named) or ALL, params
