"""What a notice says of a change, a mail or a trouble: a line, and what to do beneath it."""

from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from delist.rules.history import Event, Trust
from delist.rules.listings import Seen
from delist.rules.lists import Said
from delist.rules.mails.values import Kind, Why
from delist.rules.moments import Moment
from delist.rules.notices.values import Change, Item, News, Trouble
from delist.rules.reminders import Reminder
from delist.rules.secrets import conceal
from delist.show import mailed, reminders
from delist.show.words import clock, one_line, when

# What others wrote is quoted so far.
_QUOTED = 120


class Entry(NamedTuple):
    """One thing that is told: a line, and lines beneath it."""

    head: str
    more: tuple[str, ...] = ()


def quoted(text: str) -> str:
    """Return words that came from outside, on one line, cut, with every link in them masked."""
    told = one_line(conceal(text, strict=True)[0])
    return told if len(told) <= _QUOTED else told[: _QUOTED - 1] + "…"


def subject_of(item: Item, moment: Moment, zone: ZoneInfo) -> str:
    """Return in a few words what one item tells."""
    what = item.what
    if isinstance(what, Reminder):
        return f"{what.case.address}: {_due(what, moment, zone)} ({what.case.list.key})"
    if isinstance(what, Change):
        return f"{what.place.address}: {_changed(what)} on {what.list}"
    if isinstance(what, News):
        return f"{_about(what)}: {_brought(what)}{_mark(what.trust)}"
    return f"{_STEPS[what.step]} {'works again' if what.ended else 'fails'}"


def _due(what: Reminder, moment: Moment, zone: ZoneInfo) -> str:
    """Return what is due; a mail that came comes first, since lists of mails show the begin of a subject only."""
    mail = reminders.mail_of(what, zone)
    if mail is None:
        return reminders.headline(what, moment, zone).partition(" (")[0]
    brought = "a link came by mail" if mail.said is None else f"a mail says {mailed.SAID[Said(mail.said)]}"
    return f"{brought}{_mark(mail.trust)}, {clock(mail.at, zone)}"


def _mark(trust: Trust) -> str:
    return ", UNVERIFIED" if trust is Trust.UNVERIFIED else ""


# --- changes -----------------------------------------------------------------------------------


def change(found: Change, zone: ZoneInfo) -> Entry:
    """Return what was found to have happened."""
    number = f" (request {found.number})" if found.number is not None else ""
    return Entry(f"{found.place.address}  {found.list}  {_changed(found)}, {when(found.moment, zone)}{number}")


def changes_alike(first: Change, last: Change, count: int) -> Entry:
    """Return what has happened to many addresses of one list and site alike."""
    site = f" of site {first.place.site}" if first.place.site else ""
    told = f"{count:,} addresses{site}  {first.list}  {_changed(first)}"
    return Entry(
        told, (f"from {first.place.address} to {last.place.address}; `delist status` shows what is listed now",)
    )


def alike(found: Change) -> tuple[object, ...]:
    """Return a key that is the same for changes that fold into one line."""
    return found.list, found.place.site, _changed(found)


def _changed(found: Change) -> str:
    if found.event is Event.RELISTED:
        return "listed again"
    if found.event is Event.CLEARED:
        return "cleared"
    return "seen listed" if found.seen is Seen.LISTED else "seen off the list"


# --- mails -------------------------------------------------------------------------------------

_WHY: Mapping[Why, str] = {
    Why.SIGNED: "signed by the list",
    Why.TRUSTED_HEADER: "verified by your own server",
    Why.NO_RESULT: "it has no signature",
    Why.KEY_UNREACHABLE: "the key of its signature could not be asked for",
    Why.PARTLY_SIGNED: "its signature leaves out a part of it",
    Why.NOT_WHOLE: "it was not read whole",
    Why.SIGNATURE_FAILED: "its signature is wrong",
    Why.FOREIGN_SENDER: "its sender is not the list's",
    Why.FOREIGN_LINK: "its link leads elsewhere",
    Why.MALFORMED: "its head is malformed",
    Why.FORWARDED: "it was forwarded",
}


def mail(news: News, zone: ZoneInfo, now: Moment) -> Entry:
    """Return what a mail brought, how far it is trusted, and what to do."""
    doubt = "" if news.trust is Trust.GENUINE else f", {str(news.trust).upper()}: {_WHY[news.why]}"
    number = f" (request {news.number})" if news.number is not None else ""
    head = f"{_about(news)}  {news.list or '-'}  {_brought(news)}, {clock(news.received, zone)}{number}{doubt}"
    said = f"from {quoted(news.sender)}: {quoted(news.subject)}"
    return Entry(head, (said, _to_do(news, zone, now)))


def mails_alike(first: News, count: int) -> Entry:
    """Return that many mails brought the same."""
    doubt = "" if first.trust is Trust.GENUINE else f", {str(first.trust).upper()}: {_WHY[first.why]}"
    return Entry(f"{_about(first)}  {first.list or '-'}  {count:,} times: {_brought(first)}{doubt}")


def same_mail(news: News) -> tuple[object, ...]:
    """Return a key that is the same for mails that fold into one line."""
    return news.place, news.list, news.number, news.kind, news.trust, news.why, news.said


def _about(news: News) -> str:
    return news.place.address if news.place else "no address on record"


def _brought(news: News) -> str:
    if news.trust is Trust.REJECTED:
        return "a mail that is not what it seems"
    if news.kind is Kind.LINK:
        return "a link has come by mail"
    if news.kind is Kind.DECISION:
        return f"a mail says {quoted(news.said).replace('-', ' ')}" if news.said else "a mail brings a decision"
    return "a mail to be read"


def _to_do(news: News, zone: ZoneInfo, now: Moment) -> str:
    ref = str(news.number) if news.number is not None else (news.place.address if news.place else None)
    if news.trust is Trust.REJECTED:
        return "open none of its links; it was matched to no request"
    if news.kind is Kind.LINK and ref is not None:
        return f"{_until(news, zone, now)}`delist link {ref}` shows it; then `delist confirm {ref}`"
    if news.kind is Kind.DECISION and ref is not None:
        return f"read it (`delist show {ref}`) and record what it says: it has changed nothing by itself"
    return f"read it: `delist show {ref}`" if ref is not None else "read it where it arrived"


def _until(news: News, zone: ZoneInfo, now: Moment) -> str:
    if news.expires is None:
        return ""
    is_over = news.expires <= now.latest(zone)
    return f"{'over since' if is_over else 'good until'} {clock(news.expires, zone)}; "


# --- troubles ----------------------------------------------------------------------------------

_STEPS: Mapping[str, str] = {
    "scan": "reading the mail log",
    "mail": "taking in mail",
    "check": "asking the lists",
    "notify": "sending notices",
}


def trouble(found: Trouble, zone: ZoneInfo) -> Entry:
    """Return that something fails, or works again, since when, and with which words it failed first."""
    step, why = _STEPS[found.step], quoted(found.why)
    if found.ended is None:
        return Entry(f"{step} fails since {clock(found.began, zone)}", (why,))
    return Entry(
        f"{step} works again since {clock(found.ended, zone)}",
        (f"it failed from {clock(found.began, zone)} on: {why}",),
    )
