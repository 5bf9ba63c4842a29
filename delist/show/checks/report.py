"""What a check found, for people: what is not clear, with its reason and the way out, and one line to sum it up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.checking.looking import Told
from delist.actions.checking.plan import Plan
from delist.actions.checking.recording import Changed
from delist.actions.checking.run import Part, Pause, Run, Summary
from delist.rules.asking import advice
from delist.rules.dnsbl import Finding, Verdict
from delist.rules.listings import Seen
from delist.rules.lists import ListEntry, Who
from delist.rules.terms import TERMS
from delist.show.requests import form_place, moved
from delist.show.words import many, table, when

# More equal findings than these are told as one, unless each is asked for: listings; what could not be told.
SHOWN_ALONE, UNTOLD_ALONE = 5, 1
_HEADER = ("ADDRESS", "LIST", "VERDICT", "CODE", "REASON")


@dataclass(slots=True)
class _Fold:
    """Equal findings of one site: the first addresses with their reasons, and how many there are."""

    told: Told
    first: list[tuple[str, str | None]] = field(default_factory=list)
    count: int = 0
    last: str = ""


class Report:
    """Gathers what a run finds, folding equal findings as they come, so that a large run needs little memory."""

    def __init__(self, run: Run, each: bool) -> None:
        self._run = run
        self._each = each
        self._folds: dict[str, dict[tuple[object, ...], _Fold]] = {}
        self.is_told = False

    def add(self, part: Part | Pause) -> None:
        """Take in what a part found; second looks are told as changes, not here."""
        if isinstance(part, Pause) or part.again:
            return
        wanted: dict[int, tuple[Told, ...]] = {}
        for place, row in enumerate(part.looked.told):
            if id(row) not in wanted:
                wanted[id(row)] = tuple(told for told in row if self._is_shown(told))
            for told in wanted[id(row)]:
                address = part.looked.addresses[place]
                self._add(told, address, part.looked.reasons.get((place, told.finding.list)))

    def _is_shown(self, told: Told) -> bool:
        if told.finding.why == TERMS:
            return False
        return self._each or (told.asked and told.finding.verdict is not Verdict.CLEAR)

    def _add(self, told: Told, address: str, reason: str | None) -> None:
        finding = told.finding
        site = self._run.about.sites.get(address, "")
        key = finding.list, finding.verdict, finding.codes, finding.why, told.asked
        fold = self._folds.setdefault(site, {}).setdefault(key, _Fold(told))
        fold.count += 1
        fold.last = address
        alone = SHOWN_ALONE if finding.verdict is Verdict.LISTED else UNTOLD_ALONE
        if self._each or fold.count <= alone:
            fold.first.append((address, reason))

    def lines(self) -> Iterator[str]:
        """Yield the report: findings by site, the ways out of listings, and the line that sums up."""
        self.is_told = True
        for site, folds in sorted(self._folds.items()):
            if site or len(self._folds) > 1:
                yield f"site {site}" if site else "without a site"
            yield from table(_HEADER, (row for fold in folds.values() for row in self._rows(fold)))
            yield ""
        yield from self._ways_out()
        yield sum_up(self._run)

    def _rows(self, fold: _Fold) -> Iterable[Sequence[object]]:
        finding = fold.told.finding
        same = finding.list, finding.verdict, " ".join(finding.codes)
        if fold.count > len(fold.first):
            what = f"{fold.count:,} addresses, {fold.first[0][0]} to {fold.last}"
            return [(what, *same, finding.why or "--verbose shows each")]
        return [(address, *same, finding.why or reason or "") for address, reason in fold.first]

    def _ways_out(self) -> Iterator[str]:
        listed: dict[str, tuple[Finding, str]] = {}
        for folds in self._folds.values():
            for fold in folds.values():
                if fold.told.finding.verdict is Verdict.LISTED:
                    listed.setdefault(fold.told.finding.list, (fold.told.finding, fold.first[0][0]))
        if listed:
            for key, (finding, address) in sorted(listed.items()):
                yield way_out(self._run.plan.entries[key], finding, address)
            yield ""


def way_out(entry: ListEntry, finding: Finding, address: str) -> str:
    """Return what one can do about a listing, in a line."""
    if finding.who is Who.PROVIDER:
        return f"{entry.key}: the entry is the provider's ({' '.join(finding.codes)}): ask the provider first"
    if not entry.can_be_asked or not entry.removal.wants_text:
        return f"{entry.key}: {advice(entry)}"
    return f"{entry.key}: delist text {address} -l {entry.key}, then {form_place(entry)}"


def sum_up(run: Run) -> str:
    """Return the line that sums a run up."""
    summary = run.summary
    lists = len({key for target in run.plan.targets for key in target.lists})
    counts = [f"{summary.verdicts[verdict]:,} {verdict}" for verdict in Verdict if summary.verdicts[verdict]]
    barred = [f"{many(len(each), 'list')} not asked because of their terms"] if (each := _barred(run.plan)) else []
    told = "; ".join([", ".join(counts) or "nothing was asked", *barred])
    addresses = f"{summary.addresses:,} {'address' if summary.addresses == 1 else 'addresses'}"
    return f"{addresses}, {many(lists, 'list')}: {told}"


def _barred(plan: Plan) -> list[str]:
    return [each.entry.key for each in plan.not_asked if each.why == TERMS]


def not_asked(run: Run) -> list[str]:
    """Return which lists were not asked because of their terms, in one line, with where to look by hand."""
    barred = [each for each in run.plan.not_asked if each.why == TERMS]
    if not barred or not run.about.addresses:
        return []
    reasons: dict[str, list[str]] = {}
    for each in barred:
        reasons.setdefault(each.reason, []).append(each.entry.key)
    told = "; ".join(f"{', '.join(keys)} ({reason})" for reason, keys in reasons.items())
    return [f"not asked, by their terms: {told}: look by hand, delist check --by-hand {run.about.addresses[0]}"]


def changes(run: Run, zone: ZoneInfo) -> list[str]:
    """Return what a run changed in the records, a line each; many equal listings in one."""
    alike: dict[tuple[object, ...], list[Changed]] = {}
    for changed in run.summary.changed:
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


def by_hand(entries: Iterable[ListEntry], address: str) -> list[str]:
    """Return the pages at which a person looks an address up, and how to record what they saw."""
    rows = [(entry.key, page) for entry in entries if (page := entry.page_for(address))]
    return [*table(("LIST", "LOOK UP AT"), rows), "", f"then: delist observe {address} LIST listed|clear"]


def before(run: Run) -> list[str]:
    """Return what to know before a run begins: whose addresses these are, and whether an earlier one was stopped."""
    told = [run.about.told] if run.about.told else []
    if run.stopped is not None:
        done = f"{run.stopped.position:,} of {run.stopped.total:,} addresses"
        went_on = f"going on after {done}" if run.wish.resume else f"an earlier run stopped after {done} (--resume)"
        told.append(went_on)
    elif run.wish.resume:
        told.append("no stopped run asked the same in the last day: beginning anew")
    for target in run.plan.targets:
        minutes = len(run.about.addresses) / target.per_second / 60 if target.per_second else 0
        if minutes > 1:
            lists = ", ".join(target.lists)
            told.append(f"{lists} may be asked {target.per_second:g} times a second: about {minutes:.0f} min")
    return told


def why_nothing(run: Run) -> str:
    """Return the commonest reasons for which nothing could be told."""
    reasons = dict.fromkeys(run.summary.troubles.values()) or {"no answer": None}
    shown = list(reasons)[:3]
    return "; ".join(shown) + (f" and {len(reasons) - 3} more reasons" if len(reasons) > 3 else "")


def changed_troubles(run: Run) -> list[str]:
    """Return which zones cannot be believed since the last run, or can again."""
    return [
        f"{zone} cannot tell any more: {why}" if why else f"{zone} can be asked again"
        for zone, why in run.changed_troubles()
    ]


def why_not_asked(run: Run) -> str:
    """Return why no list was asked, empty if that was for their terms alone, or there was nothing to ask about."""
    reasons = sorted(reason for reason in run.summary.left_out if not reason.endswith(f" {TERMS}"))
    hint = " (--expand asks about each address of a network)" if any("networks" in reason for reason in reasons) else ""
    return ", ".join(reasons[:3]) + (f" and {len(reasons) - 3} more" if len(reasons) > 3 else "") + hint


def by_hand_json(entries: Iterable[ListEntry], address: str) -> dict[str, Any]:
    """Return the same pages for scripts; null where no page is known."""
    return {"address": address, "pages": [{"list": entry.key, "url": entry.page_for(address)} for entry in entries]}
