"""Reminders as lines and as JSON: what is due, how far its day is, and what to do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from delist.rules.expiry import gone_by, is_left_alone
from delist.rules.history import Mailed
from delist.rules.lifecycle import Request
from delist.rules.lists import Said
from delist.rules.moments import Moment
from delist.rules.reminders import ACKNOWLEDGEABLE, Kind, Reminder, decision_of, link_of, status_of
from delist.rules.windows import Case
from delist.show import mailed
from delist.show.words import clock, day, days_left, instant, span, when

# More equal reminders than this are told as one.
FOLD_OVER = 5


def days_to_window(reminder: Reminder, moment: Moment) -> int | None:
    """Return how many calendar days are left to the window's day; negative when past, None without a window."""
    return None if reminder.window_on is None else (reminder.window_on - moment.on).days


def as_json(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> dict[str, Any]:
    """Return a reminder for scripts."""
    window = reminder.window
    return {
        "id": reminder.id,
        "kind": str(reminder.kind),
        "status": str(status_of(reminder, moment, zone)),
        "request": reminder.request.number if reminder.request else None,
        "address": reminder.case.address,
        "list": reminder.case.list.key,
        "site": reminder.case.site,
        "owner": reminder.case.owner,
        "due_on": day(reminder.due_at.astimezone(zone).date()),
        "due_at": instant(reminder.due_at),
        "window_on": day(reminder.window_on),
        "days_left": days_to_window(reminder, moment),
        "provisional": reminder.provisional,
        "window": {"after": str(window.after), "basis": str(window.basis), "source": window.source} if window else None,
        "action": action_at(reminder, moment, zone),
        "mail": mailed.mailed_json(mail_of(reminder, zone)),
    }


def document(reminders: Iterable[Reminder], moment: Moment, zone: ZoneInfo) -> dict[str, Any]:
    """Return the JSON document of `due`."""
    return {"today": day(moment.on), "reminders": [as_json(reminder, moment, zone) for reminder in reminders]}


def lines(reminders: Sequence[Reminder], moment: Moment, zone: ZoneInfo, each: bool = False) -> list[str]:
    """Return two lines a reminder, in the order given; more than five equal ones fold into one."""
    told: list[str] = []
    for _, group in groupby(reminders, key=lambda reminder: _sameness(reminder, moment, zone)):
        alike = list(group)
        if len(alike) > FOLD_OVER and not each:
            told += _folded(alike, moment, zone)
        else:
            told += [line for reminder in alike for line in _told(reminder, moment, zone)]
    return told


def folding_order(reminders: Iterable[Reminder], moment: Moment, zone: ZoneInfo) -> list[Reminder]:
    """Return the reminders with equal ones side by side, in the order of the first of them."""
    groups: dict[tuple[object, ...], list[Reminder]] = {}
    for reminder in reminders:
        groups.setdefault(_sameness(reminder, moment, zone), []).append(reminder)
    return [reminder for group in groups.values() for reminder in group]


def _sameness(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> tuple[object, ...]:
    due_on = reminder.due_at.astimezone(zone).date()
    day_of = reminder.window_on or due_on
    return status_of(reminder, moment, zone), reminder.kind, reminder.case.list.key, reminder.case.site, day_of


def _folded(alike: Sequence[Reminder], moment: Moment, zone: ZoneInfo) -> list[str]:
    first = alike[0]
    site = f" of site {first.case.site}" if first.case.site else ""
    where = f"{len(alike)} addresses{site}"
    return [
        f"{_status(first, moment, zone)}  {where}  {first.case.list.key}  {headline(first, moment, zone)}",
        f"          from {alike[0].case.address} to {alike[-1].case.address}; each of them: `delist due --each`",
    ]


def _told(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> list[str]:
    number = f" (request {reminder.request.number})" if reminder.request else ""
    what = headline(reminder, moment, zone)
    return [
        f"{_status(reminder, moment, zone)}  {reminder.case.address}  {reminder.case.list.key}  {what}{number}",
        f"          {action_at(reminder, moment, zone)}",
    ]


def _status(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    return f"{status_of(reminder, moment, zone):<8}"


def headline(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    """Return in a few words what is due."""
    return _HEADLINES[reminder.kind](reminder, moment, zone)


def _window_headline(reminder: Reminder, moment: Moment, words: str) -> str:
    left = days_to_window(reminder, moment)
    basis = f"{span(reminder.window.after)}, {reminder.window.basis}" if reminder.window else ""
    unsure = ", not confirmed yet" if reminder.provisional else ""
    return f"{words} {reminder.window_on}, {days_left(left or 0)} ({basis}{unsure})"


def _since(reminder: Reminder, zone: ZoneInfo) -> str:
    return when(reminder.request.asked, zone) if reminder.request else "?"


def _keep_alive(reminder: Reminder, moment: Moment, _zone: ZoneInfo) -> str:
    if reminder.window_on is None:
        return "the PTR has changed, which re-opens such cases"
    return _window_headline(reminder, moment, "to be kept alive by")


def _confirmed(reminder: Reminder, zone: ZoneInfo) -> str:
    request = reminder.request
    if request is None:
        return "?"
    return f"confirmed {when(request.confirmed, zone)}" if request.confirmed else f"sent {when(request.asked, zone)}"


def mail_of(reminder: Reminder, zone: ZoneInfo) -> Mailed | None:
    """Return what came by mail and changes what is to be done: the link that is awaited, or a decision."""
    if reminder.request is None:
        return None
    if reminder.kind is Kind.CONFIRM:
        return link_of(reminder.request, zone)
    return decision_of(reminder.request, zone) if reminder.kind is Kind.ANSWER else None


def _not_confirmed(reminder: Reminder, _moment: Moment, zone: ZoneInfo) -> str:
    link = mail_of(reminder, zone)
    came = f"; its link came {clock(link.at, zone)}{mailed.unsure(link)}" if link else ""
    return f"sent {_since(reminder, zone)} and not confirmed{came}"


def _not_answered(reminder: Reminder, _moment: Moment, zone: ZoneInfo) -> str:
    decision = mail_of(reminder, zone)
    if decision is None:
        return f"sent {_since(reminder, zone)} and not answered"
    return f"sent {_since(reminder, zone)} and {mailed.decided(decision, zone)}"


_Headline = Callable[[Reminder, Moment, ZoneInfo], str]
_HEADLINES: Mapping[Kind, _Headline] = {
    Kind.LISTED: lambda r, m, z: f"listed since {when(r.case.episode.started if r.case.episode else None, z)}",
    Kind.CONFIRM: _not_confirmed,
    Kind.ANSWER: _not_answered,
    Kind.VERIFY: lambda r, m, z: f"{_confirmed(r, z)}, not seen cleared",
    Kind.EXCLUSION_ENDS: lambda r, m, z: _window_headline(r, m, "exclusion ends"),
    Kind.EXPECTED_CLEAR: lambda r, m, z: f"should be gone {span(r.window.after if r.window else None)} after last seen",
    Kind.KEEP_ALIVE: _keep_alive,
    Kind.RELISTED: lambda r, m, z: f"listed again, seen {when(r.request.relisted if r.request else None, z)}",
}


def action(reminder: Reminder) -> str:
    """Return what to do now, with the command that does it."""
    if reminder.case.list.off and reminder.kind in _BY_LIST:
        ack = f": `delist ack {_number(reminder)}`" if reminder.kind in ACKNOWLEDGEABLE else ""
        return f"nothing: you have switched the list off in lists.toml{ack}"
    return _ACTIONS[reminder.kind](reminder)


def action_by_mail(reminder: Reminder, zone: ZoneInfo) -> str:
    """Return what to do whatever the day is; what has come by mail comes first."""
    mail = None if reminder.case.list.off else mail_of(reminder, zone)
    if reminder.request is None or mail is None:
        return action(reminder)
    return _mail_action(reminder.request, reminder.case, mail, mail.at, zone)


def action_at(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    """Return what to do at a moment: a listing may be better left to go by itself."""
    case = reminder.case
    is_alone = is_left_alone(case.list, case.episode, moment.latest(zone), zone)
    end = gone_by(case.list, case.episode.last, zone) if case.episode else None
    if case.list.off:
        return action(reminder)
    if reminder.kind is Kind.EXCLUSION_ENDS and reminder.window_on and reminder.window_on <= moment.on:
        return f"{_look(reminder)} now and record it: {_seen(reminder)}{_text_is_there(reminder)}"
    if reminder.request and (mail := mail_of(reminder, zone)):
        return _mail_action(reminder.request, reminder.case, mail, moment.latest(zone), zone)
    if reminder.kind is not Kind.LISTED or not is_alone or end is None:
        return action(reminder)
    return f"leave it alone, it goes by itself by {clock(end, zone)} if nothing new happens; then {_look(reminder)}"


def _mail_action(request: Request, case: Case, mail: Mailed, now: datetime, zone: ZoneInfo) -> str:
    if mail.said is None:
        return mailed.open_it(request.number, case.list.removal.confirmation, mail.expires, now, zone, mail.trust)
    return f"read it; {mailed.decision_action(Said(mail.said), request.number)}"


def _number(reminder: Reminder) -> str:
    return str(reminder.request.number) if reminder.request else reminder.case.address


def _ask(reminder: Reminder) -> str:
    case = reminder.case
    entry, which = case.list, f"{case.address} -l {case.list.key}"
    if reminder.after:
        return f"not yet: first {' and '.join(reminder.after)} must be gone; `delist plan {case.address}` has the order"
    write = f": `delist text {which}`" if entry.removal.wants_text else ""
    if reminder.by_provider:
        if entry.is_for_providers and not entry.removal.wants_text:
            return f"nothing can be filed: end what is listed, or settle it with {entry.operator}"
        return f"ask{_where(reminder)}{write}, then `delist submit {which}`"
    if kept := [code for code in case.codes if code in entry.provider_codes]:
        codes = ", ".join(kept)
        return f"the entry is the provider's ({codes}): ask the provider first{write}; then `delist submit {which}`"
    if entry.is_for_providers and entry.can_be_asked:
        letter = f"`delist text {which}` writes the letter"
        return f"only the provider of the address can ask: {letter}; then `delist submit {which}`"
    return f"ask{_where(reminder)}{write}, then `delist submit {which}`"


def _where(reminder: Reminder) -> str:
    place = reminder.case.list.removal.goes_to
    return f" at {place}" if place else ""


def _look(reminder: Reminder) -> str:
    case = reminder.case
    is_asked = case.list.in_dns and not case.list.off
    check = f"`delist check {case.address} -l {case.list.key}`" if is_asked else None
    places = ", or ".join(filter(None, (case.list.removal.url or case.list.page_for(case.address), check)))
    return f"look ({places})" if places else "look"


def _confirm(reminder: Reminder) -> str:
    step = reminder.case.list.removal.confirmation or "do the last step of the procedure."
    return f"{step.rstrip('.')}, then `delist confirm {_number(reminder)}`"


def _verify(reminder: Reminder) -> str:
    number = _number(reminder)
    return f"{_look(reminder)} and record it: `delist cleared {number}`, or `delist relisted {number}`"


def _seen(reminder: Reminder) -> str:
    case = reminder.case
    return f"`delist observe {case.address} {case.list.key} clear`, or `delist relisted {_number(reminder)}`"


def _exclusion(reminder: Reminder) -> str:
    told = (
        f"from that day on {_look(reminder)} and record it: {_seen(reminder)}; nothing can be filed while the exclusion"
        " holds"
    )
    return f"{told}{_text_is_there(reminder)}"


def _text_is_there(reminder: Reminder) -> str:
    if reminder.request is None or reminder.request.is_open:
        # No text is written while an answer is awaited.
        return ""
    return f"; `delist text {reminder.case.address} -l {reminder.case.list.key}` writes the text"


def _expected(reminder: Reminder) -> str:
    case = reminder.case
    return f"{_look(reminder)} and record it: `delist observe {case.address} {case.list.key} clear` (or listed)"


# What is done about these names the list, which no command takes once it is switched off.
_BY_LIST = frozenset({Kind.LISTED, Kind.RELISTED, Kind.EXCLUSION_ENDS, Kind.EXPECTED_CLEAR})
_ACTIONS: Mapping[Kind, Callable[[Reminder], str]] = {
    Kind.LISTED: _ask,
    Kind.CONFIRM: _confirm,
    Kind.ANSWER: lambda r: f"read your mail, ask again, or record it: `delist note {_number(r)} --answered`, `refused`",
    Kind.VERIFY: _verify,
    Kind.EXCLUSION_ENDS: _exclusion,
    Kind.EXPECTED_CLEAR: _expected,
    Kind.KEEP_ALIVE: lambda r: (
        f"renew it at {r.case.list.removal.goes_to or r.case.list.name}, then `delist ack {_number(r)}`"
    ),
    Kind.RELISTED: _ask,
}
