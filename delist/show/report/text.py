"""A report as lines."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from delist.actions.reporting import Report
from delist.show.report.findings import Finding
from delist.show.report.page import Fact, Section, page
from delist.show.report.rows import Row
from delist.show.words import table


def lines(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Yield a report for people; nothing is wrapped or cut."""
    whole = page(report, zone)
    yield whole.title
    yield ""
    yield from _facts(whole.facts)
    yield from ("", "Summary", *(f"  {sentence}" for sentence in whole.summary))
    if whole.overview:
        yield ""
        yield from (f"  {line}" for line in table(("LIST", "NOW", "REQUESTED", "NEXT"), whole.overview))
    for section in whole.sections:
        yield from ("", *_section(section))
    yield from ("", "Evidence")
    if not whole.findings and not whole.untold:
        yield f"  Nothing has been measured of {whole.address} yet."
    for finding in whole.findings:
        yield from _finding(finding)
    if whole.untold:
        yield f"  {whole.untold}"
    for letter in whole.letters:
        yield from ("", letter.title, *(f"  {line}".rstrip() for line in letter.text.splitlines()))
    yield from ("", whole.closing)


def _facts(facts: tuple[Fact, ...]) -> Iterator[str]:
    width = max(len(fact.name) for fact in facts)
    yield from (f"  {fact.name:<{width}}  {fact.value}{fact.remark}" for fact in facts)


def _section(section: Section) -> Iterator[str]:
    yield section.title
    if section.about:
        yield f"  {section.about}"
    yield from _facts(section.facts)
    yield from ("", "  Timeline", *(f"    {line}" for row in section.rows for line in _row(row)))
    if section.expected:
        yield from ("", "  Next", *(f"    {line}" for line in section.expected))
    if section.quotes:
        yield from ("", "  From the mail log")
        for quote in section.quotes:
            yield from (
                f"    {line}" for line in (f"{quote.about}:" if quote.text else quote.about, quote.text) if line
            )
    if section.refusers:
        cells = ((each.name, each.since.text, each.remark or " ") for each in section.refusers)
        yield from ("", *(f"    {line}" for line in table(("REFUSED BY", "SINCE", ""), cells)))
    if section.more_refusers:
        yield f"    {section.more_refusers}"


def _row(row: Row) -> Iterator[str]:
    until = f" ({row.until_word} {row.until.text})" if row.until else ""
    yield f"{row.at.text:<23}  {row.what}{until}"
    if row.remark:
        yield f"{'':<23}  {row.remark}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {finding.claim}: {finding.outcome}"
    yield f"    seen      {finding.value}"
    if finding.how:
        yield f"    how       {finding.how}"
    yield f"    {'recorded' if finding.is_asserted else 'measured'}  {finding.at.text}"
    if finding.mend:
        yield f"    to mend   {finding.mend}"
