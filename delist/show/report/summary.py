"""How matters stand, in a few factual sentences: which lists since when, what was asked, what is awaited."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from delist.actions.chapters import Chapter
from delist.actions.reporting import Report
from delist.rules.asking import Addressee
from delist.rules.lifecycle import Request, State, attempts, time_to_effect
from delist.rules.listings import Episode
from delist.rules.lists import ListKind
from delist.rules.moments import Moment
from delist.rules.reminders import Kind
from delist.rules.timeline import told_to
from delist.rules.windows import Case
from delist.show.report.expecting import expectation, is_past, short
from delist.show.words import many, span, when

_NAMED = 4


def sentences(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Yield the sentences that sum a report up: of what stands in the way of mail, then of the rest apart."""
    if not report.chapters:
        yield f"Nothing is on record of {report.known.address} on any list: no look, and no request."
        return
    counting = [chapter for chapter in report.chapters if chapter.counts]
    if counting:
        yield _listed(report, counting, zone)
        yield from _asked(counting, zone)
        yield from _awaited(report, counting, zone)
    else:
        yield f"No look at a blocklist in use is on record of {report.known.address}."
    if beside := [_beside(chapter) for chapter in report.chapters if not chapter.counts]:
        yield f"Beside blocklists in use: {_joined(beside)}."


def name(chapter: Chapter) -> str:
    """Return the name of a list, with the network where the entry is one that holds the address."""
    return chapter.case.list.name + (f" ({chapter.network})" if chapter.network else "")


def _listed(report: Report, chapters: Sequence[Chapter], zone: ZoneInfo) -> str:
    address = report.known.address
    listed = [(name(chapter), chapter.case.episode) for chapter in chapters if chapter.case.episode]
    if len(listed) == 1:
        only, episode = listed[0]
        return f"{address} is on {only}, {since_when(episode, zone)}."
    if listed:
        told = [f"{each} since {episode.started.on}" for each, episode in listed]
        lists = {chapter.case.list.key for chapter in chapters if chapter.case.episode}
        return f"{address} is on {many(len(lists), 'list')}: {_joined(told)}."
    if len(chapters) == 1:
        return _one_clear(report, chapters[0], zone)
    # That nobody has looked is no good news.
    total, unseen = len(chapters), sum(chapter.case.last_clear is None for chapter in chapters)
    stale = sum(window_passed(chapter, report.moment, zone) is not None for chapter in chapters)
    if unseen or stale:
        parts = [f"for {unseen} of {total} no look is on record"] if unseen else []
        parts += [f"for {stale} of {total} an exclusion may have ended since the last look"] if stale else []
        return f"{address} is not known to be on a list now; {'; '.join(parts)}."
    oldest = min(chapter.case.last_clear.on for chapter in chapters if chapter.case.last_clear)
    return f"{address} is on none of these {total} lists, by the last look at each, the oldest of {oldest}."


def _one_clear(report: Report, chapter: Chapter, zone: ZoneInfo) -> str:
    address, clear = report.known.address, chapter.case.last_clear
    if clear is None:
        return f"Whether {address} is on {name(chapter)} now is not on record."
    if passed := window_passed(chapter, report.moment, zone):
        return (
            f"{address} was not on {name(chapter)} at the last look, of {when(clear, zone)}; the exclusion may have"
            f" ended on {passed}, and no look since then is on record."
        )
    return f"{address} is not on {name(chapter)}, by the last look of {when(clear, zone)}."


def window_passed(chapter: Chapter, moment: Moment, zone: ZoneInfo) -> date | None:
    """Return the day on which an exclusion may have ended since the last look, None if none has."""
    if chapter.case.episode or chapter.case.last_clear is None:
        return None
    passed = (
        each.window_on for each in chapter.expected if each.kind is Kind.EXCLUSION_ENDS and is_past(each, moment, zone)
    )
    return next(passed, None)


def since_when(episode: Episode, zone: ZoneInfo) -> str:
    """Return since when an address is on a list, and when it was last seen there."""
    last = f", last seen {when(episode.last, zone)}" if episode.last != episode.started else ""
    return f"since {when(episode.started, zone)}{last}"


def _joined(parts: Sequence[str]) -> str:
    """Return what is told of lists in a row: of the first few, and how many more there are."""
    rest = len(parts) - _NAMED
    return "; ".join(parts[:_NAMED]) + (f"; and {many(rest, 'other list')}" if rest > 0 else "")


# Who was asked decides how it is told: a letter to the provider is no request to the list.
_ASKED = {
    Addressee.LIST: ("Removal from {lists} was requested on {when}.", "Removal was requested from {lists}: {told}."),
    Addressee.PROVIDER: (
        "The provider was asked about {lists} on {when}.",
        "The provider was asked about {lists}: {told}.",
    ),
    Addressee.RECEIVER: (
        "A receiver was told about {lists} on {when}.",
        "Receivers were told about {lists}: {told}.",
    ),
}


def _asked(chapters: Sequence[Chapter], zone: ZoneInfo) -> Iterator[str]:
    found = [(chapter, chapter.case.latest) for chapter in chapters if chapter.case.latest]
    if not found:
        yield "No removal has been requested yet."
    for whom, (one, several) in _ASKED.items():
        told = [(chapter, request) for chapter, request in found if told_to(request, chapter.case.list) is whom]
        if len(told) == 1:
            chapter, request = told[0]
            tell: _Tell = (lambda at: when(at, zone)) if len(found) == 1 else (lambda at: str(at.on))
            yield one.format(lists=name(chapter), when=_request(request, chapter.case, tell))
        elif told:
            days = [
                f"{name(chapter)} on {_request(request, chapter.case, lambda at: str(at.on))}"
                for chapter, request in told
            ]
            yield several.format(lists=many(len(days), "list"), told=_joined(days))


# How exactly a time is told: where there are several lists, the day is enough.
_Tell = Callable[[Moment], str]


def _request(request: Request, case: Case, tell: _Tell) -> str:
    """Return when removal was last requested, which attempt it was, and what came of it."""
    attempt = attempts(case.requests)[request.number]
    told = ", ".join(filter(None, (f"attempt {attempt}" if attempt > 1 else "", *_outcome(request, case, tell))))
    return f"{tell(request.submitted)} ({told})"


def _outcome(request: Request, case: Case, tell: _Tell) -> Iterator[str]:
    state = request.state
    has_step = case.list.has_confirmation and told_to(request, case.list) is Addressee.LIST
    if request.asked != request.submitted:
        yield f"asked again {tell(request.asked)} after a refusal"
    if state is State.SUBMITTED:
        yield "not confirmed yet" if has_step else "no outcome yet"
    if request.confirmed and state in (State.CONFIRMED, State.CLEARED):
        yield f"confirmed {tell(request.confirmed)}"
    if state is State.CLEARED and request.cleared:
        effect = time_to_effect(request, has_step)
        yield f"off the list {tell(request.cleared)}" + (f", {span(effect)} later" if effect else "")
    if state in _ENDS and request.closed:
        yield f"{_ENDS[state]} {tell(request.closed)}"


_ENDS = {State.REFUSED: "refused", State.RELISTED: "listed again", State.WITHDRAWN: "withdrawn"}


def _awaited(report: Report, chapters: Sequence[Chapter], zone: ZoneInfo) -> Iterator[str]:
    found = [(name(chapter), chapter.expected[0]) for chapter in chapters if chapter.expected]
    if len(found) == 1:
        only, reminder = found[0]
        yield f"Next for {only}: {expectation(reminder, report.moment, zone)}."
    elif found:
        yield f"Next: {_joined([f'{each}: {short(reminder, report.moment, zone)}' for each, reminder in found])}."


_KINDS = {
    ListKind.ALLOW: "an allow list",
    ListKind.PROVIDER: "a rule of the provider",
    ListKind.SCORE: "a score",
    ListKind.INFO: "for information",
}
_WHOM = {
    Addressee.LIST: "asked",
    Addressee.PROVIDER: "the provider was asked",
    Addressee.RECEIVER: "a receiver was told",
}


def _beside(chapter: Chapter) -> str:
    """Return in a few words what is told of a list that does not stand in the way of mail."""
    case = chapter.case
    kind, closed = _KINDS.get(case.list.kind), case.list.closed
    parts = [*filter(None, (kind, f"closed on {closed}" if closed else None))]
    if case.episode and not closed:
        parts.append(f"on it since {case.episode.started.on}")
    if request := case.latest:
        whom = told_to(request, case.list)
        state = "" if whom is Addressee.RECEIVER else f", {request.state}"
        parts.append(f"{_WHOM[whom]} on {request.submitted.on}{state}")
    return f"{name(chapter)} ({'; '.join(parts)})"
