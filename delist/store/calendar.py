"""Reads and writes of what the calendar has told, so that what is gone can be cancelled rather than left out."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from delist.rules.dates import Date, Ending, How, Part, Told, Words
from delist.rules.reminders import Kind
from delist.store import rows
from delist.store.engine import Tx, driver, run_with

_READ = "SELECT uid, sequence, component, changed_at FROM calendar"
# What is told of an address that is forgotten goes with it.
_SAVE = (
    "INSERT INTO calendar (uid, address_id, sequence, digest, is_cancelled, component, changed_at)"
    " VALUES (?, (SELECT id FROM addresses WHERE address = ?), ?, ?, ?, ?, ?)"
    " ON CONFLICT (uid) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest,"
    " is_cancelled = excluded.is_cancelled, component = excluded.component, changed_at = excluded.changed_at"
)


def told(tx: Tx) -> dict[str, Told]:
    """Return by uid everything that was ever told, as it was told last."""
    found = run_with(tx)(_READ, {})
    return {uid: _told(uid, sequence, component, changed) for uid, sequence, component, changed in found}


def _told(uid: str, sequence: int, component: str, changed_at: str) -> Told:
    kept = json.loads(component)
    how, at = kept["ending"]
    ending = Ending(How(how), _instant(at)) if how else None
    return Told(_date(uid, kept), sequence, datetime.fromisoformat(changed_at), ending)


def _date(uid: str, kept: dict[str, Any]) -> Date:
    begins = kept["begins"]
    return Date(
        uid=uid,
        part=Part(kept["part"]),
        kind=Kind(kept["kind"]),
        subject=kept["subject"],
        address=kept["address"],
        list=kept["list"],
        site=kept["site"],
        day=date.fromisoformat(kept["day"]),
        due_at=_instant(kept["due_at"]),
        begins=date.fromisoformat(begins) if begins else None,
        alarm=timedelta(seconds=kept["alarm"]),
        provisional=kept["provisional"],
        words=Words(*kept["words"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def save(tx: Tx, changed: Iterable[Told]) -> None:
    """Keep what is told anew."""
    driver(tx).executemany(_SAVE, _rows(changed))


def _rows(changed: Iterable[Told]) -> Iterator[tuple[str | int, ...]]:
    for each in changed:
        component = _component(each)
        digest = hashlib.sha256(component.encode()).hexdigest()
        ended, at = int(each.ending is not None), rows.instant_text(each.changed_at)
        yield (each.date.uid, each.date.address, each.sequence, digest, ended, component, at)


def _component(each: Told) -> str:
    kept = asdict(each.date)
    del kept["uid"]
    kept["day"], kept["begins"] = each.date.day.isoformat(), each.date.begins and each.date.begins.isoformat()
    kept["due_at"] = each.date.due_at and rows.instant_text(each.date.due_at)
    kept["alarm"], kept["words"] = int(each.date.alarm.total_seconds()), list(each.date.words)
    how, at = each.ending or (None, None)
    return rows.json_text({**kept, "ending": [how, at and rows.instant_text(at)]})
