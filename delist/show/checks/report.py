"""What a check found, for people: what is not clear, with its reason and the way out, and one line to sum it up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from delist.actions.checking.outcome import Part, Pause
from delist.actions.checking.run import Run
from delist.actions.checking.telling import Told
from delist.rules.asking import advice
from delist.rules.dnsbl import Finding, Verdict
from delist.rules.lists import ListEntry, Who
from delist.rules.terms import TERMS
from delist.show.words import many, table

# More equal findings than these are told as one, unless each is asked for: listings; what could not be told.
SHOWN_ALONE, UNTOLD_ALONE = 5, 2
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
                wanted[id(row)] = tuple(told for told in row if self._is_shown(told, part.retold))
            for told in wanted[id(row)]:
                address = part.looked.addresses[place]
                self._add(told, address, part.looked.reasons.get((place, told.finding.list)))

    def _is_shown(self, told: Told, retold: bool) -> bool:
        if told.finding.why == TERMS:
            return False
        if retold:
            return told.finding.verdict is Verdict.LISTED
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
                number = self._run.about.open_requests.get((address, key))
                yield way_out(self._run.plan.entries[key], finding, address, number)
            yield ""


def way_out(entry: ListEntry, finding: Finding, address: str, open_request: int | None = None) -> str:
    """Return what one can do about a listing, in a line."""
    if open_request is not None:
        return f"{entry.key}: request {open_request} for {address} is open"
    if finding.who is Who.PROVIDER:
        return f"{entry.key}: the entry is the provider's ({' '.join(finding.codes)}): ask the provider first"
    if not entry.can_be_asked or not entry.removal.wants_text:
        return f"{entry.key}: {advice(entry)}"
    return f"{entry.key}: delist text {address} -l {entry.key}, then {entry.removal.goes_to}"


def sum_up(run: Run) -> str:
    """Return the line that sums a run up: what was told, and what was left out."""
    summary = run.summary
    counts = [f"{summary.verdicts[verdict]:,} {verdict}" for verdict in Verdict if summary.verdicts[verdict]]
    barred = {key for key, why in summary.left_out if why == TERMS}
    told = [
        ", ".join(counts) or "nothing was asked",
        *([f"{many(len(barred), 'list')} not asked, or not about all, for the terms of use"] if barred else []),
        *([f"{_addresses(summary.unasked)} not asked about at all"] if summary.unasked and counts else []),
    ]
    return f"{_addresses(summary.addresses)}, {many(len(summary.lists), 'list')}: {'; '.join(told)}"


def _addresses(count: int) -> str:
    return f"{count:,} {'address' if count == 1 else 'addresses'}"
