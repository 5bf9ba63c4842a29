"""What a check found, as metrics for a textfile collector."""

from typing import Any

from delist.actions.checking.outcome import Part, Pause
from delist.actions.checking.run import Run
from delist.errors import OutsideFailed, SetupError
from delist.rules.dnsbl import Verdict


class Metrics:
    """Gathers gauges. A listing is a series of its own while it stands; clear findings are counted by list."""

    def __init__(self, run: Run) -> None:
        try:
            from prometheus_client import CollectorRegistry, Gauge
        except ImportError:
            raise SetupError("metrics need one more package: pip install 'delist[metrics]'") from None
        self._run = run
        self.registry = CollectorRegistry()

        def gauge(name: str, about: str, *labels: str) -> Any:
            return Gauge(f"delist_{name}", about, labels, registry=self.registry)

        self._listing = gauge("listing", "1 while an address is listed.", "address", "list", "site")
        self._address = gauge("address_listed", "On how many lists an address is.", "address", "site")
        self._untold = gauge("address_untold", "How many lists could not tell of an address.", "address", "site")
        self._findings = gauge("findings", "Findings of the last check.", "list", "verdict")
        self._zone = gauge("zone_trusted", "1 if a zone's test points answered rightly.", "zone")
        self._not_asked = gauge("not_asked", "About how many addresses a list was not asked.", "list", "why")
        self._time = gauge("check_timestamp_seconds", "When the last check began, in seconds since 1970 UTC.")

    def add(self, part: Part | Pause) -> None:
        """Take in what a part found."""
        if isinstance(part, Pause) or part.again:
            return
        for place, row in enumerate(part.looked.told):
            address = part.looked.addresses[place]
            site = self._run.about.sites.get(address, "")
            listed = told_of = untold = 0
            for told in row:
                finding = told.finding
                if told.asked:
                    self._findings.labels(finding.list, finding.verdict).inc()
                    says = finding.verdict in (Verdict.LISTED, Verdict.CLEAR)
                    told_of, untold = told_of + says, untold + (not says)
                if finding.verdict is Verdict.LISTED:
                    listed += 1
                    self._listing.labels(address, finding.list, site).set(1)
            if told_of:
                # Where no list could tell, there is no sample: nought would read as clear.
                self._address.labels(address, site).set(listed)
            self._untold.labels(address, site).set(untold)

    def finish(self) -> None:
        """Add what is known only at the end."""
        summary = self._run.summary
        for target in self._run.plan.targets:
            self._zone.labels(target.zone.name).set(0 if target.zone.name in summary.troubles else 1)
        for key, why in summary.left_out:
            self._not_asked.labels(key, why).set(summary.left_out[key, why])
        self._time.set(self._run.begun_at.timestamp())

    def text(self) -> str:
        """Return the metrics in the text exposition format."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry).decode()

    def write(self, path: str) -> None:
        """Write the metrics to a file in one step, so that a collector never reads half of them."""
        from prometheus_client import write_to_textfile

        try:
            write_to_textfile(path, self.registry)
        except OSError as error:
            raise OutsideFailed(f"cannot write {path}: {error.strerror}") from None
