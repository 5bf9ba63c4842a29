"""Notices: the claims that are written before anything is sent, and what there is to tell."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from delist.rules.history import Event, Trust
from delist.rules.listings import Seen
from delist.rules.mails.values import Kind, Why
from delist.rules.notices.troubles import Look
from delist.rules.notices.values import Change, News, Place, Repeat, base_of, repeated_key
from delist.store import checks, rows
from delist.store.engine import Tx, driver, run_with
from delist.store.rows import Row, instant_text


class Notice(NamedTuple):
    """A message to one person: `state` is sending, sent, failed or unsure; the instant is in UTC."""

    uid: str
    recipient: str
    channel: str
    state: str
    claimed_at: datetime
    why: str | None


class Claim(NamedTuple):
    """One thing that a message tells, and the address it is about, by id."""

    key: str
    address_id: int | None


def under_way(tx: Tx) -> list[Notice]:
    """Return what stands as being sent; where nobody is sending, it was cut off."""
    sql = "SELECT uid, recipient, channel, state, claimed_at, why FROM notices WHERE state = 'sending' ORDER BY id"
    return [
        Notice(uid, recipient, channel, state, datetime.fromisoformat(claimed_at), why)
        for uid, recipient, channel, state, claimed_at, why in run_with(tx)(sql, {})
    ]


def cut_off(tx: Tx, at: datetime) -> list[Notice]:
    """Turn what stands as being sent into unsure, and return it: for whoever knows that nobody is sending."""
    found = under_way(tx)
    for notice in found:
        end(tx, notice.uid, "unsure", at, "its sending was cut short")
    return [notice._replace(state="unsure") for notice in found]


# What hangs for longer will hardly end, and what was unsure for longer is no news.
_LONGEST, _STALE = timedelta(hours=6), timedelta(days=7)


def count_unsure(tx: Tx, at: datetime) -> int:
    """Return of how many messages of the last week nobody knows whether they were sent: those that say so and were not
    repeated since, and those that have been under way for hours at an instant (UTC).
    """
    sql = (
        "SELECT count(*) FROM notices n WHERE n.claimed_at > :week AND (n.state = 'unsure' AND NOT EXISTS"
        " (SELECT 1 FROM told t WHERE t.held = 1 AND substr(t.key, -length(n.uid)) = n.uid)"
        " OR n.state = 'sending' AND n.claimed_at < :hours)"
    )
    params = {"week": instant_text(at - _STALE), "hours": instant_text(at - _LONGEST)}
    return next(int(row[0]) for row in run_with(tx)(sql, params))


def claim(tx: Tx, notice: Notice, claims: Sequence[Claim]) -> None:
    """Keep that a message is about to be sent, and what it tells.

    Raises IntegrityError, and nothing is kept, if somebody was told of one of these things already.
    """
    sql = (
        "INSERT INTO notices (uid, recipient, channel, state, claimed_at)"
        " VALUES (:uid, :recipient, :channel, :state, :at)"
    )
    values = {**notice._asdict(), "at": instant_text(notice.claimed_at)}
    cursor = driver(tx).execute(sql, values)
    told = "INSERT INTO told (notice_id, key, recipient, address_id, held) VALUES (?, ?, ?, ?, 1)"
    notice_id = cursor.lastrowid
    driver(tx).executemany(told, [(notice_id, each.key, notice.recipient, each.address_id) for each in claims])


def end(tx: Tx, uid: str, state: str, at: datetime, why: str | None) -> None:
    """Keep what came of a message; one that certainly was not sent lets go of what it was to tell."""
    run = run_with(tx)
    values = {"uid": uid, "state": state, "at": instant_text(at), "why": why}
    run("UPDATE notices SET state = :state, ended_at = :at, why = :why WHERE uid = :uid", values)
    if state == "failed":
        of_notice = "notice_id = (SELECT id FROM notices WHERE uid = :uid)"
        run(f"UPDATE told SET held = 0 WHERE {of_notice}", {"uid": uid})


def held(tx: Tx, recipient: str, keys: Iterable[str]) -> frozenset[str]:
    """Return those of some keys of which a person was told, or may have been."""
    sql = (
        "SELECT key FROM told WHERE recipient = :recipient AND held = 1 AND key IN (SELECT value FROM json_each(:keys))"
    )
    found = run_with(tx)(sql, {"recipient": recipient, "keys": json.dumps(list(keys))})
    return frozenset(row[0] for row in found)


def cut_short(tx: Tx, recipient: str) -> dict[str, Repeat]:
    """Return by key what a person may not have been told, as far as it was not told once more since."""
    sql = (
        "SELECT t.key, n.uid, n.claimed_at FROM notices n JOIN told t ON t.notice_id = n.id"
        " WHERE n.state = 'unsure' AND n.recipient = :recipient AND t.held = 1 ORDER BY n.id"
    )
    found = {
        repeated_key(key, uid): (base_of(key), Repeat(uid, datetime.fromisoformat(at)))
        for key, uid, at in run_with(tx)(sql, {"recipient": recipient})
    }
    again = held(tx, recipient, found)
    return dict(pair for key, pair in found.items() if key not in again)


def untold_keys(tx: Tx) -> list[str]:
    """Return the keys, without what marks a repetition, of what somebody was perhaps, or certainly, not told: what
    stands in notices that are unsure, and in those that failed if that person was not told since.
    """
    sql = (
        "SELECT t.key FROM notices n JOIN told t ON t.notice_id = n.id WHERE n.state = 'unsure'"
        " UNION SELECT f.key FROM told f WHERE f.held = 0 AND NOT EXISTS"
        " (SELECT 1 FROM told t WHERE t.recipient = f.recipient AND t.key = f.key AND t.held = 1)"
    )
    return sorted({base_of(row[0]) for row in run_with(tx)(sql, {})})


# --- what there is to tell ---------------------------------------------------------------------

_PLACE = "a.id, a.uid, a.address, a.site, a.owner"
_MAILS = "m.uid, m.kind, m.trust, m.why, m.said, m.received_at, m.expires_at, m.subject, m.sender, m.list_key, m.number"


def places(tx: Tx, addresses: Iterable[str]) -> dict[str, Place]:
    """Return by address those of some addresses that are recorded."""
    sql = f"SELECT {_PLACE} FROM addresses a WHERE a.address IN (SELECT value FROM json_each(:addresses))"
    return {row[2]: Place(*row) for row in run_with(tx)(sql, {"addresses": json.dumps(sorted(set(addresses)))})}


# A sighting begins something: a refusal more, or a receiver more, is no news. What was taken back is none either.
_IS_CHANGE = (
    "e.source IN ('check', 'log', 'mail') AND a.retired_on IS NULL"
    " AND (e.event IN ('cleared', 'relisted') OR (e.event = 'sighted' AND EXISTS"
    " (SELECT 1 FROM sightings s WHERE s.event_uid = e.uid AND s.undone = 0)))"
    " AND NOT EXISTS (SELECT 1 FROM events u WHERE u.event = 'undone' AND u.number = e.number"
    " AND json_extract(u.detail, '$.of') = e.uid)"
)


def changes(tx: Tx, since: datetime, uids: Iterable[str]) -> Iterator[Change]:
    """Yield what was found to have happened since an instant, and by these uids whenever, in order of recording."""
    sql = (
        f"SELECT {_PLACE}, e.uid, e.event, e.happened_on, e.happened_at, c.list_key, e.number,"
        " json_extract(e.detail, '$.verdict') FROM events e JOIN addresses a ON a.id = e.address_id"
        " LEFT JOIN requests r ON r.number = e.number JOIN cases c ON c.id = coalesce(e.case_id, r.case_id)"
        f" WHERE (e.recorded_at >= :since OR e.uid IN (SELECT value FROM json_each(:uids))) AND {_IS_CHANGE}"
        " ORDER BY e.id"
    )
    for row in run_with(tx)(sql, {"since": instant_text(since), "uids": json.dumps(list(uids))}):
        yield _change(row)


def _change(row: Row) -> Change:
    uid, event, on, at, key, number, verdict = row[5:]
    moment = rows.moment(on, at)
    if moment is None:
        raise ValueError(f"history entry {uid} has no day")
    seen = Seen(verdict) if verdict else None
    return Change(uid, Event(event), moment, Place(*row[:5]), key, number, seen)


def mails(tx: Tx, since: datetime, uids: Iterable[str]) -> Iterator[News]:
    """Yield the mails that were taken in since an instant, and these by uid whenever, in the order of taking in."""
    sql = (
        f"SELECT {_PLACE}, {_MAILS} FROM mails m LEFT JOIN addresses a ON a.id = m.address_id"
        " WHERE (m.kept_at >= :since OR m.uid IN (SELECT value FROM json_each(:uids)))"
        " AND a.retired_on IS NULL ORDER BY m.id"
    )
    for row in run_with(tx)(sql, {"since": instant_text(since), "uids": json.dumps(list(uids))}):
        yield _news(row)


def _news(row: Row) -> News:
    place = Place(*row[:5]) if row[0] is not None else None
    uid, kind, trust, why, said, received, expires, subject, sender, key, number = row[5:]
    at, ends = datetime.fromisoformat(received), datetime.fromisoformat(expires) if expires else None
    return News(uid, Kind(kind), Trust(trust), Why(why), said, at, ends, subject, sender, place, key, number)


def first_notice(tx: Tx) -> datetime | None:
    """Return when notices were first sent, or about to be (UTC), None if they never were."""
    sql = (
        "SELECT min(began) FROM (SELECT min(started_at) AS began FROM runs WHERE kind = 'notify'"
        " UNION ALL SELECT min(claimed_at) FROM notices)"
    )
    return next((datetime.fromisoformat(row[0]) for row in run_with(tx)(sql, {}) if row[0]), None)


def last_look(tx: Tx) -> datetime | None:
    """Return when was last looked what there is to tell (UTC), None if never."""
    found = checks.last_run(tx, "notify")
    return found.started_at if found else None


def ended_runs(tx: Tx, kind: str) -> Iterator[Look]:
    """Yield how each run of a kind ended, in order."""
    sql = (
        "SELECT uid, started_at, json_extract(detail, '$.why') FROM runs"
        " WHERE kind = :kind AND finished_at IS NOT NULL ORDER BY id"
    )
    for uid, started_at, why in run_with(tx)(sql, {"kind": kind}):
        yield Look(uid, datetime.fromisoformat(started_at), why)
