"""What is said around a check: what to know before, what changed, what waits, what was not asked, and why."""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.checking.outcome import Pause, Summary
from delist.actions.checking.recording import Changed
from delist.actions.checking.run import Run
from delist.rules.dnsbl import NO_NETWORKS
from delist.rules.listings import Seen
from delist.rules.lists import ListEntry
from delist.rules.terms import TERMS
from delist.show.checks.report import SHOWN_ALONE
from delist.show.requests import moved
from delist.show.words import many, table, when


def changes(found: Iterable[Changed], run: Run, zone: ZoneInfo) -> list[str]:
    """Return what a run changed in the records, a line each; many equal listings in one."""
    alike: dict[tuple[object, ...], list[Changed]] = {}
    for changed in found:
        number = changed.request.number if changed.request else None
        alike.setdefault((changed.list, changed.seen, changed.codes, number), []).append(changed)
    return [line for group in alike.values() for line in _changes(group, run, zone)]


def _changes(alike: Sequence[Changed], run: Run, zone: ZoneInfo) -> list[str]:
    if len(alike) <= SHOWN_ALONE:
        return [_change(changed, run, zone) for changed in alike]
    first, last = alike[0], alike[-1]
    codes = f" ({' '.join(first.codes)})" if first.codes else ""
    what = f"listed{codes}" if first.seen is Seen.LISTED else "off the list"
    return [f"{len(alike):,} addresses, {first.address} to {last.address}, on {first.list}: {what}"]


def _change(changed: Changed, run: Run, zone: ZoneInfo) -> str:
    entry = run.plan.entries[changed.list]
    codes = f" ({' '.join(changed.codes)})" if changed.codes else ""
    if changed.request is not None:
        return moved(changed.request, True, zone, entry) + codes
    what = f"listed{codes}" if changed.seen is Seen.LISTED else "off the list"
    reason = f": {changed.reason}" if changed.reason else ""
    return f"{changed.address} on {changed.list}: {what} since {when(changed.moment, zone)}{reason}"


def pausing(pause: Pause) -> str:
    """Return why a run waits."""
    return (
        f"{many(pause.findings, 'finding')} would change the records: asking again in {pause.seconds:.0f} s"
        " (--no-wait leaves it to the next run)"
    )


def left_waiting(summary: Summary) -> list[str]:
    """Return that findings wait for a second look."""
    if summary.waiting <= 0:
        return []
    what = many(summary.waiting, "finding")
    return [f"{what} not recorded yet: the next run has to find the same (--once trusts one look)"]


def before(run: Run) -> list[str]:
    """Return what to know before a run begins: whose addresses these are, and whether an earlier one was stopped."""
    told = [run.about.told] if run.about.told else []
    if run.stopped is not None:
        done = f"{run.stopped.position:,} of {run.stopped.total:,} addresses"
        went_on = f"going on after {done}; of these only what is not settled is asked and told again"
        told.append(went_on if run.wish.resume else f"an earlier run stopped after {done}: --resume goes on")
    elif run.wish.resume:
        told.append("no stopped run asked the same in the last day: beginning anew")
    return told + _slow(run)


def _slow(run: Run) -> list[str]:
    """Return which paces make a run long."""
    count, all_ = len(run.about.addresses), run.tools.settings.dns.queries_per_second
    paces = [(", ".join(target.lists), target.per_second, count) for target in run.plan.targets if target.per_second]
    if all_:
        paces.append(("the name server", all_, count * len(run.plan.targets)))
    return [
        f"{who} may be asked {pace:g} times a second: about {questions / pace / 60:.0f} min"
        for who, pace, questions in paces
        if pace and questions / pace > 60
    ]


def stopped(run: Run) -> str:
    """Return what is left of a run that a person stops."""
    if run.wish.dry_run:
        return "stopped: nothing was recorded"
    return "stopped: what is told above is recorded as far as it counts; the same command with --resume goes on"


def changed_troubles(run: Run) -> list[str]:
    """Return which zones cannot be believed and were not told as such yet, or can be believed again."""
    return [
        f"{zone} cannot tell: {why}" if why else f"{zone} can be asked again" for zone, why in run.changed_troubles()
    ]


def why_not_asked(run: Run) -> str:
    """Return why no list was asked, empty if that was for their terms alone, or there was nothing to ask about."""
    reasons = sorted(f"{key} {why}" for key, why in run.summary.left_out if why != TERMS)
    is_network = any(why == NO_NETWORKS for _, why in run.summary.left_out)
    hint = " (--expand asks about each address of a network)" if is_network else ""
    return ", ".join(reasons[:3]) + (f" and {len(reasons) - 3} more" if len(reasons) > 3 else "") + hint


def not_asked(run: Run) -> list[str]:
    """Return which lists were not asked because of their terms, in one line, with where to look by hand."""
    barred = {each.entry.key: each.reason for each in run.plan.not_asked if each.why == TERMS}
    spent = {
        key: f"as often as allowed today, {count:,} left out"
        for (key, why), count in run.summary.left_out.items()
        if why == TERMS and key not in barred
    }
    reasons: dict[str, list[str]] = {}
    for key, reason in {**barred, **spent}.items():
        reasons.setdefault(reason, []).append(key)
    if not reasons or not run.about.addresses:
        return []
    told = "; ".join(f"{', '.join(keys)} ({reason})" for reason, keys in reasons.items())
    return [f"not asked, by their terms: {told}: look by hand, delist check --by-hand {run.about.addresses[0]}"]


def by_hand(entries: Iterable[ListEntry], address: str) -> list[str]:
    """Return the pages at which a person looks an address up, and how to record what they saw."""
    rows = [(entry.key, _page(entry, address)) for entry in entries]
    return [*table(("LIST", "LOOK UP AT"), rows), "", f"then: delist observe {address} LIST listed|clear"]


def _page(entry: ListEntry, address: str) -> str:
    if entry.closed:
        return f"closed on {entry.closed}: there is nothing to look up"
    return entry.page_for(address) or f"no page is known: search for {entry.name}"


def by_hand_json(entries: Iterable[ListEntry], address: str) -> dict[str, Any]:
    """Return the same pages for scripts; null where no page is known."""
    return {"address": address, "pages": [{"list": entry.key, "url": entry.page_for(address)} for entry in entries]}
