"""A report as a page of its own: HTML that reads on a phone and prints on paper, and that asks nobody for anything."""

from zoneinfo import ZoneInfo

from delist import pages
from delist.actions.reporting import Report
from delist.show.report.page import page


def html(report: Report, zone: ZoneInfo) -> str:
    """Return a report as one self-contained page in UTF-8."""
    return pages.fill("report.en.html.j2", {"page": page(report, zone)})
