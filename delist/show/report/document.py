"""A report for scripts: the same content, nothing folded."""

from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.chapters import Chapter, Sent
from delist.actions.reporting import Report, Wish
from delist.rules.asking import Addressee
from delist.rules.lifecycle import attempts
from delist.rules.lists import ListEntry
from delist.rules.reminders import Reminder
from delist.rules.timeline import Step, told_to
from delist.show.evidence import measured_json
from delist.show.report.summary import sentences
from delist.show.words import day, instant, moment_fields


def as_json(report: Report, wish: Wish, zone: ZoneInfo) -> dict[str, Any]:
    """Return a report for scripts; `texts` are null unless wished for, `site` and `label` unless the notes are."""
    known = report.known
    return {
        "address": known.address,
        "site": known.site,
        "domain": known.domain,
        "label": known.label,
        "retired_on": day(known.retired_on),
        "at": instant(report.moment.at),
        "timezone": zone.key,
        "contact": {"name": report.name, "email": report.email},
        "summary": list(sentences(report, zone)),
        "lists": [_chapter(chapter, known.address, wish, zone) for chapter in report.chapters],
        "evidence": [{**measured_json(kept.measured), "since": instant(kept.since)} for kept in report.evidence],
    }


def _chapter(chapter: Chapter, address: str, wish: Wish, zone: ZoneInfo) -> dict[str, Any]:
    case, entry = chapter.case, chapter.case.list
    attempt = attempts(case.requests)
    whom = {request.number: told_to(request, entry) for request in case.requests}
    return {
        "list": entry.key,
        "name": entry.name,
        "kind": str(entry.kind),
        "closed": day(entry.closed),
        "network": chapter.network,
        "operator": entry.operator,
        "about": entry.about,
        "look_up": entry.page_for(address),
        "sources": [{"url": source.url, "checked": day(source.checked)} for source in entry.sources],
        "listed": True if case.episode else False if case.last_clear else None,
        **moment_fields("listed_since", case.episode.started if case.episode else None),
        **moment_fields("last_seen", case.episode.last if case.episode else None),
        **moment_fields("last_clear", case.last_clear),
        "timeline": [_step(step, attempt, whom) for step in chapter.steps],
        "expected": [_expected(each, zone) for each in chapter.expected],
        "samples": [
            {
                "text": sample.text,
                **moment_fields("first", sample.first),
                **moment_fields("last", sample.last),
                "lines": sample.lines,
            }
            for sample in chapter.samples
        ],
        "receivers": [
            {"receiver": each.name, "since": instant(each.since), "names_list": each.names_list}
            for each in chapter.receivers
        ],
        "texts": [_sent(each, entry) for each in chapter.texts] if wish.with_texts else None,
    }


def _sent(sent: Sent, entry: ListEntry) -> dict[str, Any]:
    """Return a text; it is null where it names other addresses on record."""
    return {"request": sent.request.number, "addressee": str(told_to(sent.request, entry)), "text": sent.text}


def _step(step: Step, attempt: dict[int, int], whom: dict[int, Addressee]) -> dict[str, Any]:
    return {
        "on": day(step.moment.on),
        "at": instant(step.moment.at),
        "event": str(step.event),
        "request": step.request,
        "addressee": str(whom[step.request]) if step.request in whom else None,
        "attempt": attempt.get(step.request) if step.request is not None else None,
        "seen": str(step.seen) if step.seen else None,
        **moment_fields("until", step.until),
        "source": str(step.source) if step.source else None,
        "codes": list(step.codes),
        "reason": step.reason,
        "answered": step.answered,
        "ptr_changed": step.ptr_changed,
        "note": step.note,
        "mail": step.mail,
        "said": step.said,
        "trust": step.trust,
    }


def _expected(reminder: Reminder, zone: ZoneInfo) -> dict[str, Any]:
    rule = reminder.window
    return {
        "kind": str(reminder.kind),
        "request": reminder.request.number if reminder.request else None,
        "on": day(reminder.window_on or reminder.due_at.astimezone(zone).date()),
        "provisional": reminder.provisional,
        "window": {"after": str(rule.after), "basis": str(rule.basis), "source": rule.source} if rule else None,
    }
