"""The timeline of a case as rows: what happened when, long stretches told as one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from delist.actions.chapters import Chapter
from delist.rules.asking import Addressee
from delist.rules.history import Event, Trust
from delist.rules.lifecycle import attempts, time_to_effect
from delist.rules.listings import Seen, SightingSource
from delist.rules.lists import Said
from delist.rules.moments import Moment
from delist.rules.timeline import Step, told_to
from delist.rules.windows import Case
from delist.show.mailed import SAID
from delist.show.words import many, one_line, span, when

# More looks than these are told as one; more rows than these lose their middle.
_LOOKS = 12
_ROWS = 24
_HEAD, _TAIL = 4, 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as people read it, and as machines do: a day, or a local time with its offset (RFC 3339)."""

    text: str
    machine: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a timeline. `until` is its end, if it has one; `remark` is what a list or a person said."""

    at: Stamp
    what: str
    until: Stamp | None = None
    until_word: str = "last seen"
    remark: str = ""


def stamp(moment: Moment, zone: ZoneInfo) -> Stamp:
    """Return a moment for people and for machines."""
    machine = moment.at.astimezone(zone).isoformat(timespec="seconds") if moment.at else moment.on.isoformat()
    return Stamp(when(moment, zone), machine)


def rows(chapter: Chapter, zone: ZoneInfo) -> list[Row]:
    """Return the timeline of a case: all of it, or, where it is long, its first and last rows and what lies between."""
    folded = _folded(chapter.steps)
    first = next((step for step in chapter.steps if step.seen is Seen.LISTED), None)
    told = [_stretch(each, zone) if len(each) > 1 else _row(each[0], first, chapter.case, zone) for each in folded]
    if len(told) <= _ROWS:
        return told
    between = [step for each in folded[_HEAD:-_TAIL] for step in each]
    return [*told[:_HEAD], _stretch(between, zone), *told[-_TAIL:]]


def _folded(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in groups: each alone, but looks that follow one another together where there are many.

    The first and the last step stay alone, since they say since when, and how it stands.
    """
    is_long = sum(step.event is Event.SIGHTED for step in steps) > _LOOKS
    groups: list[list[Step]] = []
    for place, step in enumerate(steps):
        is_inner = is_long and step.event is Event.SIGHTED and 0 < place < len(steps) - 1
        if is_inner and place > 1 and steps[place - 1].event is Event.SIGHTED:
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _stretch(steps: Sequence[Step], zone: ZoneInfo) -> Row:
    """Return one row for several steps: how often which was seen, how many requests were sent."""
    looks = [step for step in steps if step.event is Event.SIGHTED]
    listed = sum(step.seen is Seen.LISTED for step in looks)
    sent = sum(step.event is Event.SUBMITTED for step in steps)
    parts = [f"seen {many(len(looks), 'time')}: {listed} listed, {len(looks) - listed} clear"] if looks else []
    parts += [f"{many(sent, 'request')} sent"] if sent else []
    others = len(steps) - len(looks) - sent
    parts += [many(others, "other event")] if others else []
    last = max((step.until or step.moment for step in steps), key=lambda moment: moment.order)
    return Row(stamp(steps[0].moment, zone), "; ".join(parts), stamp(last, zone), "until")


def _row(step: Step, first: Step | None, case: Case, zone: ZoneInfo) -> Row:
    row = Row(stamp(step.moment, zone), _what(step, first, case))
    if step.until is not None:
        row = replace(row, until=stamp(step.until, zone))
    return replace(row, remark=_remark(step))


def _what(step: Step, first: Step | None, case: Case) -> str:
    if step.event is Event.NOTED:
        return "; ".join(_noted(step))
    if step.event is Event.MAILED:
        return _mailed(step)
    if step.event is not Event.SIGHTED:
        return ", ".join(filter(None, (_move(step, case), _of(step, case), _source(step))))
    if step.seen is Seen.CLEAR:
        words = "seen off the list"
    else:
        words = "first seen on the list" if step is first else "seen on the list"
    return ", ".join(filter(None, (words, _source(step))))


_MOVES: Mapping[Event, str] = {
    Event.SUBMITTED: "removal requested",
    Event.CONFIRMED: "request confirmed",
    Event.CLEARED: "off the list",
    Event.REFUSED: "request refused",
    Event.RELISTED: "on the list again",
    Event.WITHDRAWN: "request withdrawn",
    Event.APPEALED: "asked again after the refusal",
}
_SOURCES = {
    SightingSource.CHECK: "by a DNS look-up",
    SightingSource.LOG: "in the mail log",
    SightingSource.HAND: "on the list's page",
    SightingSource.TOLD: "",
}


_SENT = {Addressee.PROVIDER: "the provider asked about it", Addressee.RECEIVER: "a receiver told about it"}


def _move(step: Step, case: Case) -> str:
    request = next((each for each in case.requests if each.number == step.request), None)
    if step.event is Event.SUBMITTED and request is not None:
        return _SENT.get(told_to(request, case.list), _MOVES[step.event])
    return _MOVES[step.event]


def _of(step: Step, case: Case) -> str:
    """Return what is to be added to a move: which attempt it was, how long it took."""
    request = next((each for each in case.requests if each.number == step.request), None)
    if request is None:
        return ""
    if step.event is Event.SUBMITTED:
        attempt = attempts(case.requests).get(request.number, 1)
        return f"attempt {attempt}" if len(case.requests) > 1 else ""
    effect = time_to_effect(request, case.list.has_confirmation) if step.event is Event.CLEARED else None
    since = "confirmation" if case.list.has_confirmation else "request"
    return f"{span(effect)} after the {since}" if effect else ""


def _source(step: Step) -> str:
    codes = f" ({', '.join(step.codes)})" if step.codes else ""
    return f"{_SOURCES[step.source]}{codes}" if step.source else ""


def _mailed(step: Step) -> str:
    """Return what a mail brought; a customer is told too where nobody knows whether the list sent it."""
    unsure = "" if step.trust == Trust.GENUINE else " (not verified)"
    if step.mail == "link":
        return f"a mail with the link to confirm came{unsure}"
    return f"a mail answered: {SAID[Said(step.said)]}{unsure}" if step.said else f"a mail answered{unsure}"


def _noted(step: Step) -> Iterator[str]:
    if step.answered:
        yield "an answer came"
    if step.ptr_changed:
        yield "the PTR record was changed"
    if step.note and not (step.answered or step.ptr_changed):
        yield "note"


def _remark(step: Step) -> str:
    if step.note:
        return one_line(step.note)
    if step.reason is None or (step.source is SightingSource.LOG and step.seen is Seen.LISTED):
        return ""  # what a log says of refusals stands with its samples
    return ("" if step.seen is Seen.CLEAR else "reason given: ") + one_line(step.reason)
