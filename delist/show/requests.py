"""Requests and addresses as lines and as JSON."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.submitting import Recorded
from delist.actions.views import RequestView, WholeRequest
from delist.rules.history import Entry, Event, told
from delist.rules.lifecycle import Request, State, confirmation_of, time_to_effect
from delist.rules.lists import ListEntry, Mode
from delist.rules.moments import Moment
from delist.show import claims, mailed, mails
from delist.show.words import clock, day, instant, moment_fields, one_line, span, table, when


def as_json(view: RequestView) -> dict[str, Any]:
    """Return a request for scripts."""
    request, case = view.request, view.case
    has_step = case.list.has_confirmation
    effect = time_to_effect(request, has_step)
    return {
        "number": request.number,
        "uid": request.uid,
        "batch": request.batch,
        "address": request.address,
        "list": request.list,
        "attempt": view.attempt,
        "state": str(request.state),
        **moment_fields("submitted", request.submitted),
        **moment_fields("confirmed", confirmation_of(request, has_step)),
        **moment_fields("cleared", request.cleared),
        **moment_fields("relisted", request.relisted),
        "closed_on": day(request.closed.on) if request.closed else None,
        "time_to_effect": str(effect) if effect else None,
        "link_received_at": instant(view.link.at) if view.link else None,
        "link_expires_at": instant(view.link.expires) if view.link else None,
        "link_trust": str(view.link.trust) if view.link else None,
        "reference": request.reference,
        "site": case.site,
        "owner": case.owner,
        "contact": {"name": request.name, "email": request.email},
        "template": request.template,
        "windows": [
            {
                "on": day(window.on),
                "after": str(window.rule.after),
                "basis": str(window.rule.basis),
                "provisional": window.provisional,
                "survived": window.survived,
                "kind": str(window.rule.kind),
            }
            for window in view.windows
        ],
        "next_due": day(view.next_due),
        "has_link": view.has_link,
    }


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return a line of history for scripts; `at` is the day where only that is known."""
    return {
        "at": told(entry.moment),
        "recorded_at": instant(entry.recorded_at),
        "by": entry.by,
        "source": str(entry.source),
        "event": str(entry.event),
        "detail": dict(entry.detail) or None,
        "uid": entry.uid,
    }


def whole_json(whole: WholeRequest) -> dict[str, Any]:
    """Return one record for scripts, with its text and history."""
    entries = [entry_json(entry) for entry in whole.history]
    return {
        **as_json(whole.view),
        "text": whole.text,
        "history": entries,
        "claims": claims.as_json(whole),
        "mails": [mails.mail_json(each, with_text=True) for each in whole.mails],
    }


def listing(views: Sequence[RequestView], zone: ZoneInfo) -> list[str]:
    """Return the table of requests."""
    header = ("No", "ADDRESS", "LIST", "TRY", "STATE", "SENT", "CONFIRMED", "CLEARED", "NEXT DUE", "REFERENCE")
    return table(
        header,
        (
            (
                view.request.number,
                view.request.address,
                view.request.list,
                view.attempt,
                view.request.state,
                view.request.submitted.on,
                _day(confirmation_of(view.request, view.case.list.has_confirmation)),
                view.request.cleared.on if view.request.cleared else None,
                view.next_due,
                one_line(view.request.reference or ""),
            )
            for view in views
        ),
    )


def _day(moment: Moment | None) -> date | None:
    return moment.on if moment else None


def whole(record: WholeRequest, zone: ZoneInfo) -> list[str]:
    """Return one record for people: facts, windows, history, text."""
    view = record.view
    request, case = view.request, view.case
    facts = [
        ("state", str(request.state)),
        ("submitted", when(request.submitted, zone)),
        ("confirmed", when(confirmation_of(request, case.list.has_confirmation), zone)),
        ("cleared", _cleared(request, case.list, zone)),
        ("ended", when(request.closed, zone) if request.closed else "-"),
        ("reference", one_line(request.reference or "-")),
        ("contact", one_line(" ".join(filter(None, (request.name, request.email))) or "-")),
    ]
    attempt = f", attempt {view.attempt}" if view.attempt else ""
    title = f"Request {request.number}: {request.address} on {case.list.name}{attempt}"
    link = [f"a link is kept{_mailed(view, zone)}: delist link {request.number}"] if view.has_link else []
    return [
        title,
        *(f"  {name:<10} {value}" for name, value in facts),
        *(f"  {line}" for line in link),
        *_windows(view),
        *_mails(record, zone),
        *history(record.history, zone),
        *claims.lines(record, zone),
        *_text(record.text),
    ]


def _mailed(view: RequestView, zone: ZoneInfo) -> str:
    """Return what is to be known of the link that came by mail."""
    if view.link is None:
        return ""
    until = f", to be used until {clock(view.link.expires, zone)}" if view.link.expires else ""
    return f", which came {clock(view.link.at, zone)}{until}{mailed.unsure(view.link)}"


def _mails(record: WholeRequest, zone: ZoneInfo) -> list[str]:
    lines = mails.section(record.mails, zone)
    return ["", "Mails:", *(f"  {line}" for line in lines)] if lines else []


def _text(text: str | None) -> list[str]:
    return ["", "No text is kept."] if text is None else ["", "Text:", "", *text.rstrip("\n").splitlines()]


def _cleared(request: Request, entry: ListEntry, zone: ZoneInfo) -> str:
    effect = time_to_effect(request, entry.has_confirmation)
    return when(request.cleared, zone) + (f" ({span(effect)} after the confirmation)" if effect else "")


def _windows(view: RequestView) -> list[str]:
    if not view.windows:
        return []
    lines = ["", "Windows:"]
    for window in view.windows:
        state = "survived" if window.survived else "provisional" if window.provisional else ""
        told_state = f", {state}" if state else ""
        lines.append(
            f"  {window.on}  {window.rule.kind} after {span(window.rule.after)} ({window.rule.basis}{told_state})"
        )
    return lines


def history(entries: Iterable[Entry], zone: ZoneInfo) -> list[str]:
    """Return a history for people, under its title; nothing if there is none."""
    lines = [
        f"  {when(entry.moment, zone)}  {entry.event}{_detail(entry, zone)}{_recorded(entry, zone)}"
        for entry in entries
    ]
    return ["", "History:", *lines] if lines else []


def _recorded(entry: Entry, zone: ZoneInfo) -> str:
    return f"  (recorded {clock(entry.recorded_at, zone)} by {one_line(entry.by)}, {entry.source})"


def _detail(entry: Entry, zone: ZoneInfo) -> str:
    if entry.event is Event.MAILED:
        return f": {mails.mailed(entry, zone)}"
    parts = []
    for name, value in entry.detail.items():
        if name in ("of", "contact", "template", "claims"):
            continue
        if name == "event":
            parts.append(str(value))
        elif isinstance(value, dict) and "to" in value:
            parts.append(f"{name} {_plain(value.get('from'))} -> {_plain(value['to'])}")
        else:
            parts.append(name.replace("_", " ") if value is True else one_line(f"{name}: {_plain(value)}"))
    return f": {', '.join(parts)}" if parts else ""


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("at") or value.get("on"))
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "-" if value is None else one_line(str(value))


def moved(request: Request, changed: bool, zone: ZoneInfo, entry: ListEntry) -> str:
    """Return the line that says what a request has become."""
    head = f"request {request.number}: {request.address} on {request.list} is {request.state}"
    if not changed:
        return f"{head}; that was on record already"
    effect = time_to_effect(request, entry.has_confirmation)
    if request.state is State.CLEARED and effect:
        return f"{head} since {when(request.cleared, zone)}, {span(effect)} after the confirmation"
    since = {
        State.CONFIRMED: request.confirmed,
        State.CLEARED: request.cleared,
        State.REFUSED: request.refused,
        State.RELISTED: request.relisted,
        State.WITHDRAWN: request.withdrawn,
        State.SUBMITTED: request.asked,
    }.get(request.state)
    return f"{head} since {when(since, zone)}" if since else head


_TEXT_FROM = {
    "draft": "with the text of the draft",
    "given": "with the text given",
    "facts": "with a text from the known facts",
    "none wanted": "without a text, the list wants none",
    "no facts": "without a text: no draft, and not enough facts to write one",
}


def submitted(each: Recorded, zone: ZoneInfo) -> list[str]:
    """Return what `submit` says: which list, what was kept, where the form is, what happens next."""
    request, entry = each.request, each.list
    if not each.is_new:
        sent = when(request.submitted, zone)
        return [f"request {request.number}: {request.address} on {entry.key}, sent {sent}, was recorded already"]
    attempt = f", attempt {each.attempt}" if each.attempt > 1 else ""
    first = (
        f"request {request.number}: {request.address} on {entry.key}{attempt}, sent {when(request.submitted, zone)},"
        f" recorded {_TEXT_FROM[each.text_from]}; delist sent nothing"
    )
    place, is_mail = entry.removal.goes_to, entry.removal.mode is Mode.MAIL
    return [first + (f"; {'to' if is_mail else 'form'}: {place}" if place else "")]


def next_step(each: Recorded) -> str | None:
    """Return what to do after a submission, for the talk on stderr."""
    if each.is_new and each.list.has_confirmation and each.request.confirmed is None:
        step = each.list.removal.confirmation or "Do the last step of the procedure."
        return f"{step} Then: delist confirm {each.request.number}"
    return None


def recorded_json(each: Recorded) -> dict[str, Any]:
    """Return a submission for scripts."""
    return {
        "number": each.request.number,
        "uid": each.request.uid,
        "batch": each.request.batch,
        "address": each.request.address,
        "list": each.list.key,
        "attempt": each.attempt,
        "state": str(each.request.state),
        "new": each.is_new,
        "text": each.text_from or None,
        "form_url": each.list.removal.url,
        "warnings": list(each.warnings),
    }


def moved_json(request: Request, changed: bool) -> dict[str, Any]:
    """Return what a request has become, for scripts."""
    return {
        "number": request.number,
        "address": request.address,
        "list": request.list,
        "state": str(request.state),
        "changed": changed,
    }


def undone(entry: Entry, request: Request | None, zone: ZoneInfo) -> str:
    """Return the line that says what was taken back."""
    told_entry = f"{entry.event} of {when(entry.moment, zone)}"
    if request is None:
        return f"taken back: {told_entry}"
    after = "never sent" if request.state is State.UNDONE else str(request.state)
    return f"request {request.number}: taken back: {told_entry}; {request.address} on {request.list} is now {after}"
