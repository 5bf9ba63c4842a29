"""What is done by itself, and when each was last done: reading logs, taking in mail, asking lists, sending notices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from delist.actions.desk import reading, writing
from delist.errors import DelistError
from delist.store import checks, writes
from delist.store.engine import Tx
from delist.tools import Tools

STEPS = ("scan", "mail", "check", "notify")
# The whole nightly run, from its begin on: one that was cut off has no end.
RUN = "run"
_GOES_ON = ("zones", "told")
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w:])", re.I)


@dataclass(frozen=True, slots=True)
class Step:
    """When something was last done, and how it ended; `ended_at` is None if it was cut off, or still goes on.

    `why` is the sentence that it failed with, None if it did not; `counts` what it came to, by words of its own.
    """

    kind: str
    started_at: datetime
    ended_at: datetime | None
    why: str | None
    counts: Mapping[str, int]


def note(tools: Tools, kind: str, began: datetime, counts: Mapping[str, int], error: DelistError | None = None) -> None:
    """Keep that a step was done, and what it failed with, if it did; its sentence is kept without addresses."""
    with writing(tools) as desk:
        before = checks.last_run(desk.tx, kind, finished=True)
        # What the next check goes on from stands in the newest row.
        kept = {name: before.detail[name] for name in _GOES_ON if before and name in before.detail}
        detail = {**kept, "counts": dict(counts), "why": without_addresses(str(error)) if error else None}
        run_id = writes.add_run(desk.tx, desk.uid(), kind, "", began, 0, detail)
        writes.save_run(desk.tx, run_id, 0, detail, desk.at)


def begin(tools: Tools, kind: str, began: datetime) -> int:
    """Keep that something has begun, so that it shows if it is cut off; returns what `end` wants to know."""
    with writing(tools) as desk:
        return writes.add_run(desk.tx, desk.uid(), kind, "", began, 0)


def end(tools: Tools, run_id: int, counts: Mapping[str, int], why: str | None) -> None:
    """Keep that it has ended, and why it failed, if it did."""
    detail = {"counts": dict(counts), "why": without_addresses(why) if why else None}
    with writing(tools) as desk:
        writes.save_run(desk.tx, run_id, 0, detail, desk.at)


def newest(tools: Tools, kind: str) -> str | None:
    """Return which step of a kind is the newest (its uid), None if there was none."""
    with reading(tools) as desk:
        run = checks.last_run(desk.tx, kind) if desk else None
    return run.uid if run else None


def without_addresses(sentence: str) -> str:
    """Return a sentence in which nobody finds an address that was forgotten since."""
    return _ADDRESS.sub("...", sentence)


def last(tx: Tx, kind: str) -> Step | None:
    """Return the newest step of a kind, None if there was none."""
    run = checks.last_run(tx, kind)
    if run is None:
        return None
    counts = run.detail.get("counts") or run.detail.get("verdicts") or {}
    return Step(kind, run.started_at, run.finished_at, run.detail.get("why"), counts)
