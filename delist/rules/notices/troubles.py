"""Streaks of failures: a trouble of the outside is told when it begins and when it ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from delist.rules.notices.values import Trouble


class Look(NamedTuple):
    """How a step ended once: its uid, when it began (UTC), and what it failed with, None if it did not."""

    uid: str
    at: datetime
    why: str | None


def streaks(step: str, looks: Iterable[Look]) -> Iterator[Trouble]:
    """Yield the streaks of failures of a step, from its looks in order; the last may still go on."""
    first: Look | None = None
    for look in looks:
        if look.why is not None:
            first = first or look
        elif first is not None:
            yield Trouble(step, first.uid, first.at, str(first.why), look.at)
            first = None
    if first is not None:
        yield Trouble(step, first.uid, first.at, str(first.why))


def began_key(trouble: Trouble) -> str:
    """Return under which key the begin of a streak is told."""
    return f"trouble/{trouble.step}/{trouble.uid}/began"


def ended_key(trouble: Trouble) -> str:
    """Return under which key its end is told: to those who were told of its begin."""
    return f"trouble/{trouble.step}/{trouble.uid}/ended"
