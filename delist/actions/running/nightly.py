"""The nightly run: one step after the other, each by itself, never two runs at once."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delist.actions import steps
from delist.actions.running.values import Busy, Came, Ended, Outcome, Part
from delist.errors import DelistError, OutsideFailed
from delist.rules.moments import Moment
from delist.store import locks
from delist.tools import Tools

LONG = timedelta(hours=6)


def lock_of(database: Path) -> Path:
    """Return the file that a run locks."""
    return database.with_name(database.name + ".run")


def run(tools: Tools, on: Moment | None, parts: Sequence[Part]) -> Iterator[Outcome | Busy]:
    """Do the steps, and yield how each has ended, as of a moment if one is given; only `Busy` if another run goes on.

    Raises SetupError or OutsideFailed where not even that a run has begun can be recorded.
    """
    now = tools.now()
    with locks.held(lock_of(tools.database), f"{os.getpid()} {now.isoformat()}\n", tools.places.shared) as other:
        if other is not None:
            yield _busy(other, now)
            return
        yield from _steps(tools.as_of(on), parts)


def _busy(words: str, now: datetime) -> Busy:
    pid, _, text = words.partition(" ")
    try:
        since = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        # It has only just begun, and not yet said so.
        return Busy(None, None, False)
    return Busy(int(pid) if pid.isdecimal() else None, since, now - since > LONG)


def _steps(tools: Tools, parts: Sequence[Part]) -> Iterator[Outcome]:
    # What is cut off leaves this without an end.
    begun = steps.begin(tools, steps.RUN, tools.now())
    outcomes = []
    for part in parts:
        outcomes.append(_noted(tools, part))
        yield outcomes[-1]
    counts = {ended.value: sum(each.ended is ended for each in outcomes) for ended in Ended}
    failed = [f"{each.kind}: {each.error}" for each in outcomes if each.error]
    steps.end(tools, begun, counts, "; ".join(failed) or None)


def _noted(tools: Tools, part: Part) -> Outcome:
    """Do a step; one that failed before it could keep so itself is kept as failed."""
    began = tools.now()
    try:
        before = steps.newest(tools, part.kind)
        outcome = _outcome(tools, part)
        if outcome.error and steps.newest(tools, part.kind) == before:
            steps.note(tools, part.kind, began, outcome.counts, _sentence(outcome.error))
    except DelistError as error:
        return Outcome(part.kind, Ended.FAILED, error=error)
    return outcome


def _outcome(tools: Tools, part: Part) -> Outcome:
    try:
        came = part.does(tools)
    except DelistError as error:
        return Outcome(part.kind, Ended.FAILED, error=error)
    except OSError as error:
        return Outcome(part.kind, Ended.FAILED, error=_of_system(error))
    except Exception as error:
        return Outcome(part.kind, Ended.BUG, error=error)
    return Outcome(part.kind, Ended.SKIPPED) if came is None else _of(part.kind, came)


def _of(kind: str, came: Came) -> Outcome:
    return Outcome(kind, Ended.FAILED if came.error else Ended.DONE, came.counts, came.is_news, came.error)


def _of_system(error: OSError) -> OutsideFailed:
    where = f"{error.filename}: " if error.filename else ""
    return OutsideFailed(f"{where}{error.strerror or error}")


def _sentence(error: Exception) -> DelistError:
    return error if isinstance(error, DelistError) else DelistError(f"a bug: {type(error).__name__}: {error}")
