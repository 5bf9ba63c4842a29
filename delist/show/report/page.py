"""What a report says, part by part, in words and for people: lines and page show the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from delist.actions.chapters import Chapter
from delist.actions.reporting import Report
from delist.rules.asking import Addressee
from delist.rules.moments import Moment, moment_of
from delist.rules.timeline import told_to
from delist.show.report.expecting import expectation
from delist.show.report.findings import Finding, findings, untold
from delist.show.report.rows import Row, Stamp, rows, stamp
from delist.show.report.standing import Line, overview, standing
from delist.show.report.summary import name, sentences
from delist.show.words import many, one_line, when

_SAMPLES = 6
_RECEIVERS = 12


class Fact(NamedTuple):
    """A line of a heading: what, its value, where the value leads if it is the address of a page, a remark."""

    name: str
    value: str
    url: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A reply as the log has it, and when it came."""

    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Refuser:
    """A receiver that refused, since when, and what is to be said of its replies."""

    name: str
    since: Stamp
    remark: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is told of one list."""

    title: str
    about: str
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]
    expected: tuple[str, ...]
    quotes: tuple[Quote, ...]
    refusers: tuple[Refuser, ...]
    more_refusers: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A request text as it was sent."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report; `untold` says what could not be told by measuring."""

    title: str
    address: str
    facts: tuple[Fact, ...]
    summary: tuple[str, ...]
    overview: tuple[Line, ...]
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    untold: str
    letters: tuple[Letter, ...]
    closing: str


def page(report: Report, zone: ZoneInfo) -> Page:
    """Return what a report says, times in the operator's zone."""
    known, measured = report.known, [kept.measured for kept in report.evidence]
    return Page(
        title=f"Blocklist report for {known.address}",
        address=known.address,
        facts=tuple(_heading(report, zone)),
        summary=tuple(sentences(report, zone)),
        overview=tuple(overview(report, zone)),
        sections=tuple(_section(chapter, report, zone) for chapter in report.chapters),
        findings=findings(measured, zone),
        untold=untold(measured),
        letters=tuple(letter for chapter in report.chapters for letter in _letters(chapter, zone)),
        closing="From the records kept of this address; for this report nobody was asked and nothing was measured.",
    )


def _heading(report: Report, zone: ZoneInfo) -> Iterator[Fact]:
    known = report.known
    named = (("Site", known.site), ("Domain", known.domain), ("Label", known.label))
    yield from (Fact(name, one_line(value)) for name, value in named if value)
    if known.retired_on:
        yield Fact("Given up", known.retired_on.isoformat())
    yield Fact("As of", f"{when(report.moment, zone)} ({_zone_name(zone)})")
    if by := " ".join(filter(None, (report.name, f"<{report.email}>" if report.email else None))):
        yield Fact("Prepared by", one_line(by))


def _zone_name(zone: ZoneInfo) -> str:
    # A zone read from a file of the system may have no name, only a digest of it.
    return zone.key if "/" in zone.key or zone.key == "UTC" else "local time"


def _section(chapter: Chapter, report: Report, zone: ZoneInfo) -> Section:
    entry = chapter.case.list
    shown = chapter.receivers[:_RECEIVERS]
    rest = len(chapter.receivers) - len(shown)
    return Section(
        title=name(chapter),
        about=entry.about,
        facts=tuple(_facts(chapter, report, zone)),
        rows=tuple(rows(chapter, zone)),
        expected=tuple(expectation(each, report.moment, zone) for each in chapter.expected),
        quotes=tuple(_quotes(chapter, zone)),
        refusers=tuple(
            Refuser(
                one_line(each.name),
                stamp(moment_of(each.since, zone), zone),
                "" if each.names_list else "without naming the list",
            )
            for each in shown
        ),
        more_refusers=f"and {many(rest, 'other receiver')}" if rest else "",
    )


def _facts(chapter: Chapter, report: Report, zone: ZoneInfo) -> Iterator[Fact]:
    entry, address = chapter.case.list, report.known.address
    if chapter.network:
        yield Fact("Entry", chapter.network, remark=f", which holds {address}")
    yield Fact("Now", standing(chapter, report.moment, zone))
    yield Fact("Operator", entry.operator)
    if not entry.closed and (url := entry.page_for(address)):
        # Of an IPv6 address people do not want to read %3A.
        yield Fact("Look-up page", url.replace(quote(address, safe=""), address), _linked(url))
    for source in entry.sources[:1]:
        yield Fact("Source", source.url, _linked(source.url), f" (read {source.checked})")


def _linked(url: str) -> str | None:
    # Lists of the operator's own may name anything.
    return url if url.startswith(("https://", "http://")) else None


def _quotes(chapter: Chapter, zone: ZoneInfo) -> Iterator[Quote]:
    for sample in chapter.samples[:_SAMPLES]:
        came = _span(sample.first, sample.last, zone)
        lines = "1 line" if sample.lines == 1 else f"at least {sample.lines:,} lines"
        yield Quote(one_line(sample.text), f"{came}, {lines} of the log")
    if (rest := len(chapter.samples) - _SAMPLES) > 0:
        yield Quote("", f"and {many(rest, 'other wording')}")


def _span(first: Moment, last: Moment, zone: ZoneInfo) -> str:
    return when(first, zone) if first == last else f"{when(first, zone)} to {when(last, zone)}"


_TO = {Addressee.LIST: "To {list}", Addressee.PROVIDER: "To the provider, about {list}"}
_TO[Addressee.RECEIVER] = "To a receiver, about {list}"
_LEFT_OUT = "(This text names other addresses on record too, and is left out.)"


def _letters(chapter: Chapter, zone: ZoneInfo) -> Iterator[Letter]:
    for sent in chapter.texts:
        lines = (one_line(line) if line.strip() else "" for line in (sent.text or _LEFT_OUT).rstrip("\n").splitlines())
        to = _TO[told_to(sent.request, chapter.case.list)].format(list=chapter.case.list.name)
        yield Letter(f"{to}, {when(sent.request.submitted, zone)}", "\n".join(lines))
