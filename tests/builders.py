"""Values with defaults, so that a test says only what matters to it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist import catalogue
from delist.rules.history import Entry, Event, Source
from delist.rules.lifecycle import Request, State
from delist.rules.lists import ListEntry, ListKind
from delist.rules.moments import Moment, moment_of
from delist.rules.reminders import Policy
from delist.rules.windows import Case

TOKYO = ZoneInfo("Asia/Tokyo")
POLICY = Policy(TOKYO)
CATALOGUE = catalogue.load()
PBL = CATALOGUE.get("spamhaus-pbl")


def moment(text: str, zone: ZoneInfo = TOKYO) -> Moment:
    """Return the moment of a day (2021-05-02) or of a local time (2021-05-02 10:00)."""
    if len(text) == len("2021-05-02"):
        return Moment(date.fromisoformat(text))
    return moment_of(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC), zone)


def a_list(key: str = "example", **changes: Any) -> ListEntry:
    """Return an entry of the catalogue without windows, confirmation or answer."""
    entry = ListEntry(key=key, name="Example", operator="Example", kind=ListKind.BLOCK)
    return replace(entry, **changes)


def a_request(**changes: Any) -> Request:
    """Return a submitted request to the PBL."""
    sent = changes.get("submitted", moment("2021-05-02 10:00"))
    request = Request(
        number=1,
        uid="00000000-0000-7000-8000-000000000001",
        address="203.0.113.7",
        list="spamhaus-pbl",
        state=State.SUBMITTED,
        submitted=sent,
        asked=changes.pop("asked", sent),
    )
    return replace(request, **changes)


def a_case(*requests: Request, **changes: Any) -> Case:
    """Return a case of these requests on the PBL."""
    address = requests[0].address if requests else "203.0.113.7"
    return replace(Case(address=address, list=PBL, requests=requests), **changes)


_entries = iter(range(1, 10**9))


def an_entry(event: Event, when: Moment | str = "2021-05-02 10:00", **detail: Any) -> Entry:
    """Return a history entry with a uid of its own."""
    at = when if isinstance(when, Moment) else moment(when)
    uid = f"00000000-0000-7000-9000-{next(_entries):012d}"
    return Entry(uid, event, at, at.at or datetime(2026, 11, 24, tzinfo=UTC), "tester", Source.HAND, detail)
