"""The one screen of `delist status`, as lines and as JSON."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.views import STATUS_DAYS, RequestView, Status
from delist.rules.history import Trust
from delist.rules.lifecycle import State
from delist.rules.moments import Moment
from delist.rules.reminders import Reminder, link_of, status_of
from delist.rules.reminders import Status as Due
from delist.show import lately, reminders, requests
from delist.show.words import clock, day, instant, many, moment_fields, when

_ROWS = 12


def lines(status: Status, zone: ZoneInfo) -> list[str]:
    """Return the screen: listed now, waiting, what is due or comes, what was done lately, which database."""
    if status.is_new:
        begin = "Begin with: delist text ADDRESS, or delist submit ADDRESS"
        return [f"Nothing is recorded yet in {status.database}.", begin]
    listed = [f"{each.address}  {each.list}  since {when(each.since, zone)}" for each in status.listed]
    now = [r for r in status.reminders if status_of(r, status.moment, zone) is not Due.UPCOMING]
    coming = [r for r in status.reminders if status_of(r, status.moment, zone) is Due.UPCOMING]
    ordered = reminders.folding_order(now, status.moment, zone)
    return [
        *_section(f"Listed now ({len(listed)})", listed),
        *_section(f"Waiting ({len(status.waiting)})", [_waiting(view, status.moment, zone) for view in status.waiting]),
        *_section(f"Due ({len(now)})", reminders.lines(ordered, status.moment, zone)),
        *_section(f"Next {STATUS_DAYS} days ({len(coming)})", _coming(coming, status, zone)),
        *_lately(status, zone),
        *_last_check(status, zone),
        f"{_counts(status)} in {status.database}",
    ]


def _lately(status: Status, zone: ZoneInfo) -> list[str]:
    rows = lately.lines(status.lately, status.moment.latest(zone), zone)
    return _section("Last runs", rows) if rows else []


def _last_check(status: Status, zone: ZoneInfo) -> list[str]:
    run = status.last_check
    if run is None:
        return []
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(run.detail.get("verdicts", {}).items()))
    far = "" if run.finished_at else f", stopped after {run.position:,} of them"
    about = f"{run.total:,} {'address' if run.total == 1 else 'addresses'}"
    return [f"Last check {clock(run.started_at, zone)}, {about}{far}: {counts or 'nothing was asked'}"]


def _counts(status: Status) -> str:
    addresses = many(status.counts["addresses"], "address", "addresses")
    return f"{many(status.counts['requests'], 'request')} for {addresses}"


def _section(title: str, rows: Sequence[str]) -> list[str]:
    if not rows:
        return [f"{title}", ""]
    more = [f"  and {len(rows) - _ROWS} lines more"] if len(rows) > _ROWS else []
    return [title, *(f"  {row}" for row in rows[:_ROWS]), *more, ""]


def _waiting(view: RequestView, moment: Moment, zone: ZoneInfo) -> str:
    request = view.request
    since = when(request.confirmed or request.asked, zone)
    return f"{request.number}  {request.address}  {request.list}  {request.state} {since}{_link(view, moment, zone)}"


def _link(view: RequestView, moment: Moment, zone: ZoneInfo) -> str:
    """Say that a link came by mail and waits to be opened; whether it still can be, and that nobody vouches for it."""
    request = view.request
    link = link_of(request, zone) if request.state is State.SUBMITTED else None
    if link is None:
        return ""
    is_over = link.expires is not None and link.expires <= moment.latest(zone)
    until = f", {'expired' if is_over else 'to be used by'} {clock(link.expires, zone)}" if link.expires else ""
    unsure = ", unverified" if link.trust is Trust.UNVERIFIED else ""
    return f"; a link came {clock(link.at, zone)}{until}{unsure}: `delist link {request.number}`"


def _coming(coming: Sequence[Reminder], status: Status, zone: ZoneInfo) -> list[str]:
    return [
        f"{reminder.due_at.astimezone(zone).date()}  {reminder.case.address}  {reminder.case.list.key}"
        f"  {reminders.headline(reminder, status.moment, zone)}"
        for reminder in coming
    ]


def as_json(status: Status, zone: ZoneInfo) -> dict[str, Any]:
    """Return the screen for scripts."""
    return {
        "today": day(status.moment.on),
        "database": str(status.database),
        "listed": [
            {"address": each.address, "list": each.list, "site": each.site, **moment_fields("since", each.since)}
            for each in status.listed
        ],
        "waiting": [requests.as_json(view) for view in status.waiting],
        "reminders": [reminders.as_json(reminder, status.moment, zone) for reminder in status.reminders],
        "last_check": _last_check_json(status),
        "runs": lately.as_json(status.lately, status.moment.latest(zone)),
        "unsure_notices": status.lately.unsure,
        "requests": status.counts["requests"],
        "addresses": status.counts["addresses"],
    }


def _last_check_json(status: Status) -> dict[str, Any] | None:
    run = status.last_check
    if run is None:
        return None
    return {
        "started_at": instant(run.started_at),
        "finished_at": instant(run.finished_at),
        "addresses": run.total,
        "done": run.position,
        "verdicts": dict(run.detail.get("verdicts", {})),
    }
