"""`import`: takes in what a file brings, in one transaction and in batches."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from delist.actions import jsonlines
from delist.actions.desk import snapshot, writing
from delist.actions.incoming import (
    Item,
    Outcome,
    Problem,
)
from delist.actions.intake import Intake
from delist.actions.preparing import Preparer, Ready, prepared
from delist.errors import UsageError
from delist.tools import Tools


def take_in_export(tools: Tools, lines: Iterable[str], *, dry_run: bool = False, skip_bad: bool = False) -> Outcome:
    """Record what an export of delist holds; as `take_in`."""
    with prepared(_preparer(tools), partial(jsonlines.items, hosts=tools.catalogue.link_hosts), lines) as items:
        return _record(tools, items, dry_run, skip_bad)


def take_in(tools: Tools, items: Iterable[Item], *, dry_run: bool = False, skip_bad: bool = False) -> Outcome:
    """Record what a file holds: all or none, or with `skip_bad` all but the bad lines. A known uid is skipped.

    A taken number is replaced by a new one; the outcome tells which. Raises UsageError that names the bad lines.
    """
    return _record(tools, _preparer(tools).items(items), dry_run, skip_bad)


def _preparer(tools: Tools) -> Preparer:
    return Preparer(tools.catalogue.get, tools.policy)


def _record(tools: Tools, items: Iterable[Ready | Item], dry_run: bool, skip_bad: bool) -> Outcome:
    if dry_run:
        with snapshot(tools) as copied:
            return _written(copied, items, skip_bad=True)
    return _written(tools, items, skip_bad)


def _written(tools: Tools, items: Iterable[Ready | Item], skip_bad: bool) -> Outcome:
    outcome = Outcome()
    with _no_collection(), writing(tools) as desk:
        Intake(desk, outcome).run(items)
        if outcome.problems and not skip_bad:
            raise UsageError(_named(outcome.problems))
    return outcome


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let the collector of cycles rest: there are values by the million and no cycle among them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _named(problems: list[Problem]) -> str:
    told = "; ".join(f"line {problem.line}: {problem.why}" for problem in problems[:10])
    more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
    return f"nothing was imported: {told}{more} (--skip-bad takes in the others)"
