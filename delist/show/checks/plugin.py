"""What a check found, as a monitoring plugin says it: one line, performance data behind a bar, and a state."""

from delist.actions.checking.outcome import Part, Pause
from delist.actions.checking.run import Run
from delist.rules.dnsbl import Verdict
from delist.rules.lists import ListKind
from delist.show.nagios.form import CRITICAL, OK, UNKNOWN, WARNING, line

SERVICE = "DNSBL"
# Lists that only inform: being on one refuses no mail by itself.
_MILD = (ListKind.ALLOW, ListKind.SCORE, ListKind.INFO)
_NAMED = 5


class Plugin:
    """Gathers what a monitoring plugin has to say of a check."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._grave: list[str] = []
        self._mild: list[str] = []

    def add(self, part: Part | Pause) -> None:
        """Take in what a part found."""
        if isinstance(part, Pause) or part.again:
            return
        for place, row in enumerate(part.looked.told):
            for told in row:
                if told.finding.verdict is Verdict.LISTED:
                    kind = self._run.plan.entries[told.finding.list].kind
                    codes = " ".join(told.finding.codes)
                    what = f"{part.looked.addresses[place]} on {told.finding.list} ({codes})"
                    (self._mild if kind in _MILD else self._grave).append(what)

    @property
    def state(self) -> int:
        """CRITICAL for a listing, UNKNOWN where some list could not tell, WARNING for lists that only inform."""
        if self._grave:
            return CRITICAL
        if self._run.summary.could_not_tell or self._run.summary.unasked:
            return UNKNOWN
        return WARNING if self._mild else OK

    def line(self, seconds: float) -> str:
        """Return the line: the state, what is wrong, performance data."""
        summary = self._run.summary
        told = (self._listings(), self._troubles(), self._unasked(), str(self._run.failure or ""))
        text = "; ".join(filter(None, told)) or f"{summary.verdicts['clear']} clear"
        clear, not_asked = summary.verdicts[Verdict.CLEAR], len({key for key, _ in summary.left_out})
        data = (
            f"listed={len(self._grave)};;0;0 mild={len(self._mild)};0;;0 clear={clear};;;0"
            f" unknown={summary.could_not_tell};;;0 not_asked={not_asked};;;0 time={seconds:.2f}s;;;0"
        )
        return line(SERVICE, self.state, text, data)

    def _listings(self) -> str:
        found = [*self._grave, *self._mild]
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        return f"listed: {', '.join(found[:_NAMED])}{more}" if found else ""

    def _unasked(self) -> str:
        """Say why no list was asked about some addresses."""
        summary = self._run.summary
        if not summary.unasked:
            return ""
        whys = sorted({why for _, why in summary.left_out})
        return f"no list was asked about {summary.unasked} ({', '.join(whys[:_NAMED])})"

    def _troubles(self) -> str:
        summary = self._run.summary
        if not self._run.about.addresses:
            return "no address has an open case or a window near"
        if not summary.could_not_tell:
            return ""
        told = [f"{zone}: {why}" for zone, why in sorted(summary.troubles.items())]
        return f"{summary.could_not_tell} could not be told" + (f" ({'; '.join(told[:_NAMED])})" if told else "")
