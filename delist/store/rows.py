"""Rows to values and back, for whoever reads: nothing here knows SQLAlchemy."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from delist.rules.history import NO_MARKS, Entry, Event, Mailed, Marks, Source, Trust, moment_from, moment_to
from delist.rules.lifecycle import Request, State
from delist.rules.listings import Episode, Look, Seen, Sighting, SightingSource
from delist.rules.moments import Moment

Row = Sequence[Any]
# How statements are run, by sqlite3 itself or through SQLAlchemy.
Rows = Callable[[str, Mapping[str, Any]], Iterable[Row]]

REQUEST = (
    "r.number, r.uid, a.address, c.list_key, r.state, r.submitted_on, r.submitted_at, r.asked_on, r.asked_at,"
    " r.confirmed_on, r.confirmed_at, r.cleared_on, r.cleared_at, r.refused_on, r.refused_at,"
    " r.relisted_on, r.relisted_at, r.withdrawn_on, r.withdrawn_at,"
    " r.reference, r.contact_name, r.contact_email, r.template, r.batch, r.marks"
)
ENTRY = "e.uid, e.event, e.happened_on, e.happened_at, e.recorded_at, e.by, e.source, e.detail"
SIGHTING = (
    "s.uid, s.verdict, s.seen_on, s.seen_at, s.source, s.code, s.reason, s.event_uid,"
    " s.last_on, s.last_at, s.answer, s.nameserver"
)
LOOK = "k.verdict, k.codes, k.answer, k.reason, k.looked_at, k.expires_at, k.nameserver"
EPISODE = "l.uid, l.code, l.source, l.started_on, l.started_at, l.last_on, l.last_at, l.ended_on, l.ended_at, l.reason"


def instant_text(at: datetime) -> str:
    """Return how an instant is kept; a naive one is a mistake of ours and raises ValueError."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at}")
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat()[:19] + "Z"


def moment(on: str | None, at: str | None) -> Moment | None:
    """Return the moment of two columns."""
    if on is None:
        return None
    return Moment(date.fromisoformat(on), datetime.fromisoformat(at) if at else None)


def _known(on: str, at: str | None) -> Moment:
    return Moment(date.fromisoformat(on), datetime.fromisoformat(at) if at else None)


def request(row: Row) -> Request:
    """Return the request of the columns REQUEST."""
    return Request(
        row[0],
        row[1],
        row[2],
        row[3],
        State(row[4]),
        _known(row[5], row[6]),
        _known(row[7], row[8]),
        moment(row[9], row[10]),
        moment(row[11], row[12]),
        moment(row[13], row[14]),
        moment(row[15], row[16]),
        moment(row[17], row[18]),
        row[19],
        row[20],
        row[21],
        row[22],
        row[23],
        marks(row[24]),
    )


def entry(row: Row) -> Entry:
    """Return the history entry of the columns ENTRY."""
    uid, event, on, at, recorded_at, by, source, detail = row
    return Entry(
        uid,
        Event(event),
        _known(on, at),
        datetime.fromisoformat(recorded_at),
        by,
        Source(source),
        json.loads(detail),
    )


def sighting(row: Row) -> Sighting:
    """Return the sighting of the columns SIGHTING."""
    uid, seen, on, at, source, code, reason, event_uid, last_on, last_at, answer, nameserver = row
    return Sighting(
        uid,
        Seen(seen),
        _known(on, at),
        SightingSource(source),
        code,
        reason,
        event_uid,
        moment(last_on, last_at),
        answer,
        nameserver,
    )


def look(row: Row) -> Look:
    """Return the waiting look of the columns LOOK."""
    verdict, codes, answer, reason, at, expires, nameserver = row
    at, expires = datetime.fromisoformat(at), datetime.fromisoformat(expires)
    return Look(Seen(verdict), tuple(codes.split()), answer, reason, at, expires, nameserver)


def episode(row: Row) -> Episode:
    """Return the listing episode of the columns EPISODE."""
    uid, code, source, started_on, started_at, last_on, last_at, ended_on, ended_at, reason = row
    started, last = _known(started_on, started_at), _known(last_on, last_at)
    return Episode(uid, code, SightingSource(source), started, last, moment(ended_on, ended_at), reason)


def marks(kept: str | None) -> Marks:
    """Return the marks that a column keeps."""
    if kept is None:
        return NO_MARKS
    data = json.loads(kept)
    return Marks(
        frozenset((kind, ref) for kind, ref in data["acknowledged"]),
        tuple((kind, ref, datetime.fromisoformat(until)) for kind, ref, until in data["snoozed"]),
        moment_from(data["answered"]),
        moment_from(data["ptr_changed"]),
        _mailed(data.get("link")),
        _mailed(data.get("decision")),
    )


def _mailed(kept: Sequence[str | None] | None) -> Mailed | None:
    if kept is None:
        return None
    at, trust, expires, said = kept
    return Mailed(
        datetime.fromisoformat(str(at)),
        Trust(str(trust)),
        datetime.fromisoformat(expires) if expires else None,
        said,
    )


def _mailed_text(mail: Mailed | None) -> list[str | None] | None:
    if mail is None:
        return None
    return [instant_text(mail.at), str(mail.trust), instant_text(mail.expires) if mail.expires else None, mail.said]


def marks_text(value: Marks) -> str | None:
    """Return how marks are kept, None where there are none."""
    if value == NO_MARKS:
        return None
    return json.dumps(
        {
            "acknowledged": sorted(value.acknowledged),
            "snoozed": [(kind, ref, instant_text(until)) for kind, ref, until in value.snoozed],
            "answered": moment_to(value.answered),
            "ptr_changed": moment_to(value.ptr_changed),
            "link": _mailed_text(value.link),
            "decision": _mailed_text(value.decision),
        },
        separators=(",", ":"),
    )


# One encoder for all: building it costs more than it takes to encode.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def json_text(value: Any) -> str:
    """Return how a value is kept as JSON."""
    return _encode(value)


def detail_text(detail: Mapping[str, Any]) -> str:
    """Return how an entry's detail is kept."""
    return _encode(detail) if detail else "{}"
