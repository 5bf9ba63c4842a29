"""What is to come of a case, in words: what is awaited by when, and what should have come by now."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from delist.rules.asking import Addressee
from delist.rules.lists import Origin, Who
from delist.rules.moments import Moment, moment_of
from delist.rules.reminders import Kind, Reminder
from delist.rules.timeline import told_to
from delist.show.words import span, when


def short(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    """Return what is to come in a few words, days only."""
    present, past = _SHORT[reminder.kind]
    day = reminder.window_on or reminder.due_at.astimezone(zone).date()
    return (past if is_past(reminder, moment, zone) else present).format(day=day)


def is_past(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> bool:
    """Whether what is to come should have come before a moment."""
    return reminder.window_on < moment.on if reminder.window_on else reminder.due_at < moment.latest(zone)


def expectation(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    """Return what is to come, and by when; what should have come by now is told as such."""
    present, past = _EXPECTATIONS[reminder.kind]
    return (past if is_past(reminder, moment, zone) else present).format(
        by=reminder.window_on or when(moment_of(reminder.due_at, zone), zone),
        answerer=_answerer(reminder),
        window=_window(reminder),
        who=_who(reminder),
    )


# What is said of each kind while its time has not come, and after that.
_SHORT: Mapping[Kind, tuple[str, str]] = {
    Kind.LISTED: ("to be requested", "to be requested"),
    Kind.RELISTED: ("to be requested", "to be requested"),
    Kind.CONFIRM: ("to be confirmed", "to be confirmed"),
    Kind.ANSWER: ("answer by {day}", "no answer by {day}"),
    Kind.VERIFY: ("effect by {day}", "no effect seen by {day}"),
    Kind.EXCLUSION_ENDS: ("exclusion may end {day}", "exclusion may have ended {day}"),
    Kind.EXPECTED_CLEAR: ("expiry by {day}", "expiry was expected by {day}"),
    Kind.KEEP_ALIVE: ("to be renewed by {day}", "to be renewed since {day}"),
}
_ASK = "removal is to be requested{who}"
_CONFIRM = "the last step of the request is still to be done"
_EXPECTATIONS: Mapping[Kind, tuple[str, str]] = {
    Kind.LISTED: (_ASK, _ASK),
    Kind.RELISTED: (_ASK, _ASK),
    Kind.CONFIRM: (_CONFIRM, _CONFIRM),
    Kind.ANSWER: (
        "an answer of {answerer} is expected by {by}",
        "an answer of {answerer} was expected by {by}; none is on record",
    ),
    Kind.VERIFY: (
        "removal is expected to take effect by {by}",
        "removal was expected to take effect by {by}; that has not been seen yet",
    ),
    Kind.EXCLUSION_ENDS: (
        "the exclusion may end on {by}{window}",
        "the exclusion may have ended on {by}{window}; no look since then is on record",
    ),
    Kind.EXPECTED_CLEAR: (
        "the listing is expected to expire by itself by {by}{window}",
        "the listing was expected to expire by itself by {by}{window}; no look since then is on record",
    ),
    Kind.KEEP_ALIVE: (
        "to be renewed by {by}{window}",
        "to be renewed since {by}{window}",
    ),
}


def _answerer(reminder: Reminder) -> str:
    whom = told_to(reminder.request, reminder.case.list) if reminder.request else Addressee.LIST
    return reminder.case.list.operator if whom is Addressee.LIST else f"the {whom}"


def _who(reminder: Reminder) -> str:
    """Return who may ask: a code can say that the entry is the provider's where the list hears others too."""
    case = reminder.case
    if case.list.is_for_providers or any(code in case.list.provider_codes for code in case.codes):
        return " by the provider of the address"
    return "; anybody may do so" if case.list.who is Who.ANYONE else ""


def _window(reminder: Reminder) -> str:
    rule = reminder.window
    if rule is None:
        return ""
    if reminder.kind is Kind.EXPECTED_CLEAR:
        return f" ({span(rule.after)} after it was last seen)"
    has_step = reminder.case.list.has_confirmation and rule.origin is not Origin.SUBMITTED
    after = "confirmation" if has_step else "request"
    unsure = ", which is not confirmed yet" if reminder.provisional else ""
    return f" ({span(rule.after)} after the {'request' if unsure else after}{unsure}; {rule.basis})"
