"""What a person says about reminders and requests: acknowledged, snoozed, noted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from delist.actions.desk import Desk, keep, reading, settle, writing
from delist.actions.moves import found, keep_urls, refuse_future
from delist.actions.refs import Selection, as_number, chosen, unrecorded_network
from delist.errors import NotAllowed, NotFound, UsageError
from delist.rules import addresses as ip
from delist.rules import lifecycle
from delist.rules.history import Event
from delist.rules.lifecycle import Request
from delist.rules.moments import Moment, parse_day, start_of
from delist.rules.reminders import ACKNOWLEDGEABLE, Kind, Reminder, Status, most_urgent, reminders_of, status_of
from delist.rules.secrets import conceal
from delist.rules.windows import Case
from delist.store import attention, casefiles, reads, where, writes
from delist.store.engine import run_with
from delist.store.reads import CaseRow
from delist.store.rows import instant_text
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Which:
    """Which reminder of a request or address is meant; the most urgent one if nothing more is said."""

    word: str
    list: str | None = None
    kind: str | None = None
    window: date | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """The reminders that are meant; those that a selector picked are meant as far as they are due."""

    whiches: tuple[Which, ...]
    is_explicit: bool


Refusal = Callable[[Reminder], str | None]


def meant(tools: Tools, selection: Selection, like: Which, refusal: Refusal) -> Meant:
    """Return which reminders a selection means; `like` gives list, kind and window. Raises NotFound, UsageError."""
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"there are no requests yet in {tools.database}")
        words, is_explicit = _words(desk, selection)
        whiches = [replace(like, word=word) for word in words]
        if not is_explicit:
            whiches = [which for which in whiches if _has_one(desk, which, refusal)]
            if not whiches:
                raise NotFound("no reminder is due for that selection")
        return Meant(tuple(whiches), is_explicit)


def _words(desk: Desk, selection: Selection) -> tuple[list[str], bool]:
    """Return the numbers and addresses that a selection means, and whether they were named one by one."""
    words: list[str] = []
    is_explicit = not selection.is_narrowed
    for word in selection.words:
        if (network := unrecorded_network(desk, word)) is not None:
            is_explicit = False
            words += [known.address for known in reads.addresses(desk.tx) if ip.contains(network, known.address)]
        elif ":" in word or "." in word or "/" in word:
            words.append(ip.canonical(word))
        else:
            words += map(str, chosen(desk, Selection((word,)), lambda request: True).numbers)
    if selection.site is not None and not selection.words:
        words += [known.address for known in reads.addresses(desk.tx, selection.site)]
    elif selection.is_narrowed or not selection.words:
        words = list(map(str, chosen(desk, selection, lambda request: True).numbers))
        is_explicit = False
    return words, is_explicit


def _has_one(desk: Desk, which: Which, refusal: Refusal) -> bool:
    try:
        _meant(desk, which, refusal)
    except NotAllowed:
        return False
    return True


def acknowledge(tools: Tools, whiches: Iterable[Which]) -> list[Reminder]:
    """Record that reminders were seen, all or none, so that they go away; raises NotAllowed if none is due."""
    with writing(tools) as desk:
        return [_answer(desk, which, Event.ACKNOWLEDGED, {}, can_be_acknowledged) for which in whiches]


def snooze(tools: Tools, whiches: Iterable[Which], until: date) -> list[Reminder]:
    """Let reminders sleep until the start of a day, all or none; returns them. Raises NotAllowed if none is due."""
    if until <= tools.this_moment().on:
        raise UsageError(f"{until} has come already: snooze until a later day")
    detail = {"until": instant_text(start_of(until, tools.zone))}
    with writing(tools) as desk:
        return [_answer(desk, which, Event.SNOOZED, detail, can_be_snoozed) for which in whiches]


def can_be_snoozed(_reminder: Reminder) -> str | None:
    """Return why a reminder cannot be snoozed: all can."""
    return None


def can_be_acknowledged(reminder: Reminder) -> str | None:
    """Return why a reminder cannot be acknowledged, None if it can."""
    if reminder.kind in ACKNOWLEDGEABLE:
        return None
    return f"a {reminder.kind} reminder goes away by what happens, not by being acknowledged: snooze it instead"


def _answer(desk: Desk, which: Which, event: Event, detail: dict[str, Any], refusal: Refusal) -> Reminder:
    case, reminder = _meant(desk, which, refusal)
    detail = {"kind": str(reminder.kind), "ref": reminder.ref, **detail}
    entry = desk.entry(event, desk.now, detail)
    if reminder.request is None:
        writes.add_entry(desk.tx, entry, case.address_id, case.id)
        attention.refold_marks(desk.tx, case.id)
    else:
        keep(desk, case, lifecycle.applied(reminder.request, entry), entry)
    settle(desk, case)
    return reminder


def _meant(desk: Desk, which: Which, refusal: Refusal) -> tuple[CaseRow, Reminder]:
    """Return the most urgent reminder that is meant and may be answered, with its case."""
    kind = _kind(which.kind)
    rows = _cases(desk, which)
    number = as_number(which.word)
    choice = [
        (row, reminder)
        for row in rows
        for reminder in reminders_of(_whole(desk, row), desk.tools.policy)
        if (number is None or (reminder.request is not None and reminder.request.number == number))
        and kind in (None, reminder.kind)
        and which.window in (None, reminder.window_on)
        and _is_meant(desk, reminder, which)
    ]
    allowed = [(row, reminder) for row, reminder in choice if refusal(reminder) is None]
    if not allowed:
        why = next((refusal(reminder) for _, reminder in choice), None)
        raise NotAllowed(why or f"no such reminder is due for {which.word}: `delist due` shows what is")
    best = most_urgent((reminder for _, reminder in allowed), desk.now, desk.tools.zone)[0]
    return next((row, reminder) for row, reminder in allowed if reminder is best)


def _is_meant(desk: Desk, reminder: Reminder, which: Which) -> bool:
    """A reminder must be due, unless its kind or window is named."""
    is_due = status_of(reminder, desk.now, desk.tools.zone) is not Status.UPCOMING
    return is_due or which.kind is not None or which.window is not None


def _kind(text: str | None) -> Kind | None:
    if text is None:
        return None
    try:
        return Kind(text)
    except ValueError:
        raise UsageError(f"there is no kind of reminder {text!r}: {', '.join(Kind)}") from None


def _cases(desk: Desk, which: Which) -> list[CaseRow]:
    if (number := as_number(which.word)) is not None:
        return [found(desk, number)[1]]
    address = ip.canonical(which.word)
    known = reads.address(desk.tx, address)
    if known is None:
        raise NotFound(f"{address} is not recorded")
    key = desk.tools.catalogue.find(which.list).key if which.list is not None else None
    return [case for case in reads.cases_of(desk.tx, known.id) if key in (None, case.list)]


def _whole(desk: Desk, row: CaseRow) -> Case:
    run = run_with(desk.tx)
    return next(case for _, case in casefiles.cases(run, desk.tools.catalogue.get, where.ONE, {"case": row.id}))


@dataclass(frozen=True, slots=True)
class Note:
    """A note on a request: a text, that an answer came, that the PTR of the address changed."""

    text: str | None = None
    answered: bool = False
    ptr_changed: bool = False
    on: Moment | None = None


def note(tools: Tools, numbers: Iterable[int], said: Note) -> list[Request]:
    """Keep a note on requests, all or none; returns them. Secret links in it are kept apart."""
    if not (said.text or said.answered or said.ptr_changed):
        raise UsageError("say what to note: a text, --answered, or --ptr-changed")
    refuse_future(tools, said.on)
    text, urls = conceal(said.text) if said.text else (None, [])
    detail = {"text": text, "answered": said.answered or None, "ptr_changed": said.ptr_changed or None}
    with writing(tools) as desk:
        return [_note_one(desk, number, said.on or desk.now, detail, urls) for number in numbers]


def _note_one(desk: Desk, number: int, moment: Moment, detail: dict[str, Any], urls: list[str]) -> Request:
    request, case = found(desk, number)
    entry = desk.entry(Event.NOTED, moment, detail)
    after = lifecycle.applied(request, entry)
    keep(desk, case, after, entry)
    keep_urls(desk, case, number, urls)
    settle(desk, case)
    return after


def snoozed_until(text: str, today: date) -> date:
    """Return the day that `--until` names: a day, or so many days from today (30d)."""
    days = text.strip().lower().removesuffix("d")
    if days != text.strip().lower() and len(days) < 5 and days.isascii() and days.isdigit() and 0 < int(days) <= 3660:
        return date.fromordinal(today.toordinal() + int(days))
    return parse_day(text)
