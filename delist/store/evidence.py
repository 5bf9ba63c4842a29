"""Reads and writes of what was measured: of each claim of an address the latest."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from delist.rules.evidence.values import Judged, Measured, Outcome
from delist.store import rows
from delist.store.engine import Tx, driver, run_with

_COLUMNS = ("claim", "outcome", "value", "how", "mend", "facts", "subject", "nameserver", "since", "measured_at")


@dataclass(frozen=True, slots=True)
class Kept:
    """A measurement on record: of which subject beside the address, and since when (UTC) it has been so."""

    measured: Measured
    subject: str
    since: datetime


def of_address(tx: Tx, address_id: int) -> dict[str, Kept]:
    """Return the latest measurement of each claim of an address."""
    sql = f"SELECT {', '.join(_COLUMNS)} FROM evidence WHERE address_id = :address"
    found = {}
    for claim, outcome, value, how, mend, facts, subject, nameserver, since, at in run_with(tx)(
        sql, {"address": address_id}
    ):
        judged = Judged(claim, Outcome(outcome), value, how, mend, json.loads(facts))
        measured = Measured(judged, datetime.fromisoformat(at), nameserver)
        found[claim] = Kept(measured, subject, datetime.fromisoformat(since))
    return found


def save(tx: Tx, address_id: int, kept: Iterable[Kept]) -> None:
    """Keep measurements of an address, each in the place of the one before of its claim."""
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    driver(tx).executemany(
        f"INSERT OR REPLACE INTO evidence (address_id, {', '.join(_COLUMNS)}) VALUES ({marks})",
        [(address_id, *_row(each)) for each in kept],
    )


def _row(kept: Kept) -> tuple[str | None, ...]:
    judged = kept.measured.judged
    return (
        judged.claim,
        judged.outcome.value,
        judged.value,
        judged.how,
        judged.mend,
        rows.detail_text(judged.facts),
        kept.subject,
        kept.measured.nameserver,
        rows.instant_text(kept.since),
        rows.instant_text(kept.measured.at),
    )
