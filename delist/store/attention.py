"""Keeps each case's moment of next attention equal to what the rule says, and what it was computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from delist.rules.history import NO_MARKS, marked, still_valid
from delist.rules.lifecycle import State
from delist.rules.listings import episodes
from delist.rules.reminders import Policy, next_attention
from delist.rules.windows import observation_of
from delist.store import casefiles, reads, tables, where, writes
from delist.store.casefiles import EntryOf
from delist.store.engine import Tx, run_with
from delist.store.rows import instant_text, marks_text
from delist.store.where import Where

# So many cases are computed before their moments are written: changing a table under a running SELECT is undefined.
_SLICE = 2000
_SET = "UPDATE cases SET next_at = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Basis:
    """What reminders depend on beside the records: the catalogue, the operator's policy, and their fingerprint."""

    entry_of: EntryOf
    policy: Policy
    fingerprint: str


def refresh(tx: Tx, basis: Basis, condition: str, params: Mapping[str, Any]) -> None:
    """Compute and keep the next attention of the cases that meet a condition."""
    changed = [
        (instant_text(at) if (at := next_attention(case, basis.policy)) else None, case_id)
        for case_id, case in casefiles.cases(run_with(tx), basis.entry_of, condition, params)
    ]
    if changed:
        tx.exec_driver_sql(_SET, changed)


def refresh_all(tx: Tx, basis: Basis) -> None:
    """Compute every own observation and every case anew, and note from what."""
    for request in list(reads.requests(tx, Where(state=State.RELISTED.value))):
        case = reads.case_of(tx, request.number)
        found = observation_of(request, basis.entry_of(request.list).has_confirmation)
        if case is not None:
            writes.save_observation(tx, request.number, case.address_id, found)
    refresh_after(tx, basis, 0)
    note_fingerprint(tx, basis.fingerprint)


def refresh_after(tx: Tx, basis: Basis, first: int) -> None:
    """Compute every case with a higher id anew, slice by slice."""
    last = tx.execute(select(tables.cases.c.id).order_by(tables.cases.c.id.desc()).limit(1)).scalar() or 0
    for after in range(first, last, _SLICE):
        refresh(tx, basis, where.SLICE, {"after": after, "upto": after + _SLICE})


def fingerprint(tx: Tx) -> str | None:
    """Return from what the stored moments were computed."""
    kept = tx.execute(select(tables.meta.c.value).where(tables.meta.c.key == "fingerprint")).scalar()
    return None if kept is None else str(kept)


def note_fingerprint(tx: Tx, value: str) -> None:
    """Keep from what the stored moments were computed."""
    tx.execute(delete(tables.meta).where(tables.meta.c.key == "fingerprint"))
    tx.execute(insert(tables.meta).values(key="fingerprint", value=value))


def claim(tx: Tx, basis: Basis) -> None:
    """Before single cases are computed: if the others were computed from something else, have all done anew later."""
    known = fingerprint(tx)
    if known == basis.fingerprint:
        return
    is_new = tx.execute(select(tables.cases.c.id).limit(1)).first() is None
    note_fingerprint(tx, basis.fingerprint if is_new else "")


def refresh_around(tx: Tx, basis: Basis, list_key: str, site: str | None, net: str) -> None:
    """Compute anew the cases of a list that share an own observation: of the site, or of the network."""
    if site:
        refresh(tx, basis, where.OF_SITE, {"list": list_key, "site": site})
    else:
        refresh(tx, basis, where.OF_NET, {"list": list_key, "net": net})


def refresh_case(tx: Tx, basis: Basis, case_id: int) -> None:
    """Compute one case anew."""
    refresh(tx, basis, where.ONE, {"case": case_id})


def refold_marks(tx: Tx, case_id: int) -> None:
    """Compute anew what a person said about the reminders of a case that belong to no request."""
    marks = NO_MARKS
    for entry in still_valid(reads.case_history(tx, case_id)):
        marks = marked(marks, entry)
    tx.execute(update(tables.cases).where(tables.cases.c.id == case_id).values(marks=marks_text(marks)))


def refresh_list(tx: Tx, basis: Basis, list_key: str) -> None:
    """Compute all cases of a list anew."""
    refresh(tx, basis, where.OF_LIST, {"list": list_key})


def revisit(tx: Tx, basis: Basis, case_ids: Sequence[int], *, marks: bool = True) -> None:
    """Bring the listing episodes, answers (unless no `marks`) and next attention of some cases up to date."""
    for start in range(0, len(case_ids), _SLICE):
        ids = ", ".join(map(str, case_ids[start : start + _SLICE]))
        for (case_id,) in list(run_with(tx)(f"SELECT DISTINCT case_id FROM sightings WHERE case_id IN ({ids})", {})):
            writes.save_episodes(tx, case_id, episodes(reads.sightings(tx, case_id)))
        beside = f"SELECT DISTINCT case_id FROM events WHERE number IS NULL AND case_id IN ({ids})"
        for (case_id,) in list(run_with(tx)(beside, {})) if marks else ():
            refold_marks(tx, case_id)
        refresh(tx, basis, f"c.id IN ({ids})", {})
