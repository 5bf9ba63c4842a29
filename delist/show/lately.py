"""What was done lately, as lines and as JSON: when, how long ago, and what it came to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.lately import Lately
from delist.actions.steps import Step
from delist.rules.moments import Period
from delist.rules.secrets import conceal
from delist.show.words import clock, instant, many, one_line

_WIDTH = len("notify")


def lines(done: Lately, at: datetime, zone: ZoneInfo) -> list[str]:
    """Return a line for each step that was ever done or is configured; those that were never done in the last one."""
    told = [f"{kind:<{_WIDTH}}  {_step(done, step, at, zone)}" for kind, step in done.steps.items() if step]
    never = ", ".join(_never(done))
    unsure = [f"{many(done.unsure, 'notice')} may not have been sent"] if done.unsure else []
    return [*told, *([f"never   {never}"] if never else []), *unsure]


def _never(done: Lately) -> Iterator[str]:
    for kind, step in done.steps.items():
        if step is None and (kind in done.configured or done.newest):
            yield kind


def _step(done: Lately, step: Step, at: datetime, zone: ZoneInfo) -> str:
    return f"{age(at - step.started_at)} ago, {clock(step.started_at, zone)}: {_result(done, step, at)}"


def _result(done: Lately, step: Step, at: datetime) -> str:
    counts = ", ".join(f"{one_line(word)} {count:,}" for word, count in step.counts.items() if count)
    if step.why:
        return f"FAILED: {sentence(step.why)}" + (f" ({counts})" if counts else "")
    if step.ended_at is None:
        so_far = f", so far {counts}" if counts else ""
        return f"cut off{so_far}" if done.is_cut_off(step, at) else f"has not ended yet{so_far}"
    return counts or "nothing new"


def sentence(why: str) -> str:
    """Return what a step failed with, on one line and without links."""
    return one_line(conceal(why)[0])


def age(far: timedelta) -> str:
    """Return roughly how long something lasts: 20 min, 3 h, 4 days; nothing that is to come."""
    minutes = max(int(far.total_seconds()) // 60, 0)
    if minutes < 2 * 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 3 * 24 * 60 else many(minutes // (24 * 60), "day")


def as_json(done: Lately, at: datetime) -> dict[str, Any]:
    """Return the steps for scripts, by kind, null for one that was never done."""
    return {kind: _json(done, step, at) if step else None for kind, step in done.steps.items()}


def _json(done: Lately, step: Step, at: datetime) -> dict[str, Any]:
    seconds = max(int((at - step.started_at).total_seconds()), 0)
    return {
        "started_at": instant(step.started_at),
        "ended_at": instant(step.ended_at),
        "age": str(Period(days=seconds // 86400, seconds=seconds % 86400)),
        "cut_off": done.is_cut_off(step, at),
        "failed": sentence(step.why) if step.why else None,
        "counts": dict(step.counts),
    }
