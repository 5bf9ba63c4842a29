"""Writes: an address, a case, a request with its history, what was seen, a draft. None of them commits."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Insert, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from delist.rules import addresses as ip
from delist.rules.history import Entry
from delist.rules.lifecycle import Request
from delist.rules.listings import Episode, Look, Sighting
from delist.rules.moments import Moment
from delist.rules.windows import Observation
from delist.store import bulk, mails, rows, tables
from delist.store.engine import Tx, driver, run_with
from delist.store.reads import CaseRow, Draft, KnownAddress


def add_address(tx: Tx, uid: str, address: str, at: datetime, **about: str | None) -> int:
    """Record a canonical address; returns its id."""
    row = {"uid": uid, "address": address, "sort": ip.order(address), "net": ip.neighbourhood(address), "added_at": at}
    return _inserted(tx, insert(tables.addresses).values(**row, **about))


def change_address(tx: Tx, address_id: int, **about: str | date | None) -> None:
    """Change what is said about an address."""
    tx.execute(update(tables.addresses).where(tables.addresses.c.id == address_id).values(**about))


def add_case(tx: Tx, address_id: int, list_key: str) -> int:
    """Open a case; returns its id."""
    return _inserted(tx, insert(tables.cases).values(address_id=address_id, list_key=list_key))


def _inserted(tx: Tx, statement: Insert) -> int:
    key = tx.execute(statement).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave the new row no key")
    return int(key[0])


def add_request(tx: Tx, case_id: int, request: Request) -> int:
    """Record a new request; returns the number it was given."""
    _, *rest = bulk.request_values(request, case_id)
    return _run(tx, bulk.REQUESTS, (None, *rest))


def save_request(tx: Tx, request: Request) -> None:
    """Keep what a request has become."""
    row = dict(zip(bulk.REQUEST_COLUMNS, bulk.request_values(request, 0), strict=True))
    kept = {name: value for name, value in row.items() if name not in ("number", "uid", "case_id")}
    names = ", ".join(f"{name} = ?" for name in kept)
    _run(tx, f"UPDATE requests SET {names} WHERE number = ?", (*kept.values(), request.number))


def _run(tx: Tx, statement: str, values: bulk.Values) -> int:
    """Run a statement of `bulk` on the driver, which costs a tenth of a compiled one; returns the new row's id."""
    return driver(tx).execute(statement, values).lastrowid or 0


def set_batch(tx: Tx, numbers: Iterable[int], batch: int) -> None:
    """Say that requests were sent together."""
    tx.execute(update(tables.requests).where(tables.requests.c.number.in_(list(numbers))).values(batch=batch))


def add_text(tx: Tx, number: int, text: str) -> None:
    """Keep the text a request was sent with."""
    _run(tx, bulk.TEXTS, (number, text))


def add_entry(tx: Tx, entry: Entry, address_id: int, case_id: int | None = None, number: int | None = None) -> None:
    """Append to the history of an address, of a case, or of a request."""
    _run(tx, bulk.EVENTS, bulk.event_values(entry, None, address_id, case_id, number))


def add_sighting(tx: Tx, case_id: int, sighting: Sighting) -> None:
    """Keep what was seen."""
    _run(tx, bulk.SIGHTINGS, bulk.sighting_values(sighting, False, case_id))


def extend_sighting(
    tx: Tx, uid: str, moment: Moment, answer: str | None, nameserver: str | None, reason: str | None = None
) -> bool:
    """Keep that a later look found the same, with its answer, nameserver and reason if given.

    Returns whether it was later than what is known of the sighting; else nothing changes.
    """
    found = driver(tx).execute(bulk.SEEN_AGAIN, bulk.again_values(uid, moment, answer, nameserver, reason))
    return found.rowcount > 0


def undo_sightings(tx: Tx, event_uid: str) -> None:
    """Take back what was seen with an entry that was taken back; the rows stay."""
    tx.execute(update(tables.sightings).where(tables.sightings.c.event_uid == event_uid).values(undone=1))


def save_episodes(tx: Tx, case_id: int, episodes: Iterable[Episode]) -> None:
    """Keep the listing episodes of a case; one that no longer holds stays as undone."""
    run = run_with(tx)
    known = {row[0] for row in run("SELECT uid FROM listings WHERE case_id = :case", {"case": case_id})}
    for episode in episodes:
        values = bulk.episode_values(episode, case_id)
        if episode.uid in known:
            _run(tx, bulk.EPISODE_AGAIN, (*values[2:], episode.uid))
        else:
            _run(tx, bulk.LISTINGS, values)
        known.discard(episode.uid)
    for uid in known:
        run("UPDATE listings SET undone = 1 WHERE uid = :uid", {"uid": uid})


def save_observation(tx: Tx, number: int, address_id: int, found: Observation | None) -> bool:
    """Keep the interval that a request has shown, or none; returns whether that changed anything."""
    table = tables.observations
    known = tx.execute(select(table.c.after, table.c.days).where(table.c.number == number)).first()
    wanted = (str(found.after), found.days) if found else None
    if wanted == (tuple(known) if known else None):
        return False
    tx.execute(delete(table).where(table.c.number == number))
    if found:
        row = {"number": number, "address_id": address_id, "list_key": found.list}
        tx.execute(insert(table).values(**row, after=str(found.after), days=found.days))
    return True


def save_draft(tx: Tx, case_id: int, draft: Draft) -> None:
    """Keep the text last written for a case."""
    row = {
        "text": draft.text,
        "template": draft.template,
        "contact_name": draft.name,
        "contact_email": draft.email,
        "written_at": draft.written_at,
        "claims": rows.json_text(draft.claims) if draft.claims else None,
    }
    statement = upsert(tables.drafts).values(case_id=case_id, **row)
    tx.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=row))


def drop_draft(tx: Tx, case_id: int) -> None:
    """Forget a draft that has become the text of a request."""
    tx.execute(delete(tables.drafts).where(tables.drafts.c.case_id == case_id))


def save_look(tx: Tx, address: str, key: str, look: Look) -> None:
    """Keep the look of a canonical address on a list that waits for a second one, in the place of another."""
    said = (str(look.verdict), " ".join(look.codes), look.answer, look.reason)
    times = (rows.instant_text(look.at), rows.instant_text(look.expires))
    _run(tx, bulk.LOOKS, (address, key, *said, *times, look.nameserver))


def drop_look(tx: Tx, address: str, key: str) -> None:
    """Forget the look that waited: a second one has come."""
    _run(tx, "DELETE FROM looks WHERE address = ? AND list_key = ?", (address, key))


def drop_looks(tx: Tx, address: str) -> int:
    """Forget all looks of an address that waited, recorded or not; returns how many."""
    return tx.execute(delete(tables.looks).where(tables.looks.c.address == address)).rowcount


def add_run(
    tx: Tx, uid: str, kind: str, digest: str, at: datetime, total: int, detail: Mapping[str, Any] | None = None
) -> int:
    """Record that a run has begun, over so many things; returns its id. The detail must name no address."""
    row = {"uid": uid, "kind": kind, "digest": digest, "started_at": at, "position": 0, "total": total}
    return _inserted(tx, insert(tables.runs).values(**row, detail=rows.detail_text(detail or {})))


def save_run(
    tx: Tx, run_id: int, position: int, detail: Mapping[str, Any], finished_at: datetime | None = None
) -> None:
    """Keep how far a run has come, and, once it is over, when it ended. The detail must name no address."""
    row = {"position": position, "detail": rows.detail_text(detail), "finished_at": finished_at}
    tx.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(**row))


def add_asked(tx: Tx, day: date, queries: Mapping[str, int]) -> None:
    """Count queries to zones on a UTC day, beside those that were counted before."""
    counted = [(zone, day.isoformat(), count) for zone, count in queries.items() if count]
    driver(tx).executemany(
        "INSERT INTO asked (zone, on_day, queries) VALUES (?, ?, ?)"
        " ON CONFLICT (zone, on_day) DO UPDATE SET queries = queries + excluded.queries",
        counted,
    )


def add_secret(
    tx: Tx, uid: str, address_id: int, number: int | None, url: str, at: datetime, mail_uid: str | None = None
) -> None:
    """Keep a link or ticket address where only `link` shows it; and the mail that brought it, if one did."""
    row = {"uid": uid, "address_id": address_id, "number": number, "url": url, "kept_at": at, "mail_uid": mail_uid}
    tx.execute(insert(tables.secrets).values(**row))


def forget(tx: Tx, known: KnownAddress, cases: Iterable[CaseRow], uid: str, at: datetime, by: str) -> tuple[int, int]:
    """Destroy an address with all its records and leave a tombstone; returns how many requests and entries went."""
    ids = [case.id for case in cases]
    number_in = select(tables.requests.c.number).where(tables.requests.c.case_id.in_(ids))
    tx.execute(insert(tables.forgetting).values(address_id=known.id))
    tx.execute(delete(tables.texts).where(tables.texts.c.number.in_(number_in)))
    tx.execute(delete(tables.observations).where(tables.observations.c.address_id == known.id))
    tx.execute(delete(tables.secrets).where(tables.secrets.c.address_id == known.id))
    tx.execute(delete(tables.mails).where(tables.mails.c.number.in_(number_in)))
    # What was about several addresses names this one too.
    tx.execute(delete(tables.mails).where(tables.mails.c.uid.in_(mails.of_history(tx, known.id))))
    for table in (tables.mails, tables.told, tables.calendar):
        tx.execute(delete(table).where(table.c.address_id == known.id))
    events = tx.execute(delete(tables.events).where(tables.events.c.address_id == known.id)).rowcount
    drop_looks(tx, known.address)
    tx.execute(delete(tables.evidence).where(tables.evidence.c.address_id == known.id))
    for table in (tables.instances, tables.refused_once):
        tx.execute(delete(table).where(table.c.address == known.address))
    for table in (tables.sightings, tables.listings, tables.drafts):
        tx.execute(delete(table).where(table.c.case_id.in_(ids)))
    requests = tx.execute(delete(tables.requests).where(tables.requests.c.case_id.in_(ids))).rowcount
    tx.execute(delete(tables.cases).where(tables.cases.c.id.in_(ids)))
    tx.execute(delete(tables.addresses).where(tables.addresses.c.id == known.id))
    tx.execute(delete(tables.forgetting))
    row = {"uid": uid, "forgotten_at": at, "by": by, "requests": requests, "events": events}
    tx.execute(insert(tables.tombstones).values(**row))
    return requests, events


def add_tombstone(tx: Tx, values: Mapping[str, Any]) -> None:
    """Keep what was forgotten elsewhere."""
    tx.execute(insert(tables.tombstones).values(**values))
