"""How it stands with each list: at length for its chapter, in short for the table of all."""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from delist.actions.chapters import Chapter
from delist.actions.reporting import Report
from delist.rules.asking import Addressee
from delist.rules.lifecycle import attempts
from delist.rules.lists import ListKind
from delist.rules.moments import Moment
from delist.rules.timeline import told_to
from delist.rules.windows import Case
from delist.show.report.expecting import short
from delist.show.report.summary import name, since_when, window_passed
from delist.show.words import when


class Line(NamedTuple):
    """How it stands with one list, in short."""

    name: str
    now: str
    asked: str
    awaited: str


def standing(chapter: Chapter, moment: Moment, zone: ZoneInfo) -> str:
    """Return whether the address is on a list now, as far as anybody looked."""
    case = chapter.case
    if case.list.closed:
        return f"closed on {case.list.closed}: who still refuses mail for it must stop asking it"
    if case.episode:
        return f"{'on it' if case.list.kind is ListKind.ALLOW else 'listed'} {since_when(case.episode, zone)}"
    if case.last_clear is None:
        return "no look on record"
    passed = window_passed(chapter, moment, zone)
    since = f"; the exclusion may have ended on {passed}, no look since then is on record" if passed else ""
    clear = "not on it" if case.list.kind is ListKind.ALLOW else "clear"
    return f"{clear}, last seen so {when(case.last_clear, zone)}{since}"


def overview(report: Report, zone: ZoneInfo) -> Iterator[Line]:
    """Yield a line for each list, where there are several: days only."""
    if len(report.chapters) > 1:
        for chapter in report.chapters:
            upcoming = short(chapter.expected[0], report.moment, zone) if chapter.expected else "-"
            yield Line(name(chapter), _now(chapter.case), _requested(chapter.case), upcoming)


def _now(case: Case) -> str:
    if case.list.closed:
        return f"closed {case.list.closed}"
    is_wanted = case.list.kind is ListKind.ALLOW
    if case.episode:
        return f"{'on it' if is_wanted else 'listed'} since {case.episode.started.on}"
    return (
        f"{'not on it' if is_wanted else 'clear'} on {case.last_clear.on}" if case.last_clear else "no look on record"
    )


def _requested(case: Case) -> str:
    request = case.latest
    if request is None:
        return "-"
    attempt = attempts(case.requests)[request.number]
    whom = told_to(request, case.list)
    through = "" if whom is Addressee.LIST else f"{whom}, "
    return f"{request.submitted.on}, {through}" + (f"attempt {attempt}, " if attempt > 1 else "") + str(request.state)
