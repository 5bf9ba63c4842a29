"""Reminders in the words of a calendar: what they are about, and what to do, whatever day it is read on."""

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from delist.rules.dates import How, Told, Words
from delist.rules.lifecycle import confirmation_of
from delist.rules.reminders import Kind, Reminder
from delist.rules.secrets import conceal
from delist.show.reminders import action_by_mail
from delist.show.words import many, one_line, span, when

_URI = re.compile(r"https?://[!#-;=?-_a-z~%]+", re.IGNORECASE)
_HEADS: Mapping[Kind, str] = {
    Kind.LISTED: "listed",
    Kind.CONFIRM: "confirm the request",
    Kind.ANSWER: "look for the answer",
    Kind.VERIFY: "see whether it is cleared",
    Kind.EXCLUSION_ENDS: "exclusion ends",
    Kind.EXPECTED_CLEAR: "should be gone by itself",
    Kind.KEEP_ALIVE: "to be kept alive",
    Kind.RELISTED: "listed again",
}


def name_of(site: str | None) -> str:
    """Return what a calendar is called."""
    return f"delist {_plain(site)}" if site else "delist"


def words_of(reminder: Reminder, zone: ZoneInfo) -> Words:
    """Return what a calendar says of a reminder; nothing in it depends on the day on which it is read."""
    case = reminder.case
    summary = f"{case.address} on {case.list.name}: {_HEADS[reminder.kind]}{_length(reminder)}"
    do = action_by_mail(reminder, zone)
    lines = [f"{do[:1].upper()}{do[1:]}.", *_window(reminder, zone), *_about(reminder)]
    category = _plain(case.site) if case.site else None
    return Words(one_line(summary), "\n".join(map(one_line, lines)), _page(case.list.removal.url), category)


def _page(url: str | None) -> str | None:
    """Return the address of a page if it is one: the operator's own catalogue may have any words there."""
    return url if url and _URI.fullmatch(url) else None


def _length(reminder: Reminder) -> str:
    """Return how long a window is and who says so: one list may have several, and calendars show titles only."""
    window = reminder.window
    told = [f"{span(window.after)}, {window.basis}"] if window else []
    told += ["not confirmed yet"] if reminder.provisional else []
    return f" ({', '.join(told)})" if told else ""


def _window(reminder: Reminder, zone: ZoneInfo) -> list[str]:
    window, request = reminder.window, reminder.request
    if window is None or request is None:
        return []
    start = confirmation_of(request, reminder.case.list.has_confirmation)
    since = f"the confirmation, {when(start, zone)}" if start else f"the submission, {when(request.asked, zone)}"
    unsure = "; not confirmed yet, so the day may change" if reminder.provisional else ""
    return [f"{span(window.after)} after {since} ({window.basis}: {window.source}){unsure}."]


def _about(reminder: Reminder) -> list[str]:
    case, request = reminder.case, reminder.request
    number = f"request {request.number}" if request else ""
    site = f"site {_plain(case.site)}" if case.site else ""
    told = ", ".join(filter(None, (number, site)))
    return [f"{told[:1].upper()}{told[1:]}."] if told else []


def _plain(text: str) -> str:
    return one_line(conceal(text)[0])


def summary(told: Sequence[Told]) -> str:
    """Return how much a calendar holds."""
    live = sum(each.ending is None for each in told)
    ended = [(how, sum(each.ending is not None and each.ending.how is how for each in told)) for how in How]
    return ", ".join([many(live, "date"), *(f"{count} {how}" for how, count in ended if count)])
