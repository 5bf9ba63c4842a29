"""The steps of the nightly run: what each of them does, and when there is nothing for it to do."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from delist.actions.checking.outcome import Summary
from delist.actions.checking.outcome import Wish as Ask
from delist.actions.checking.run import begin
from delist.actions.checking.whom import whom
from delist.actions.desk import reading
from delist.actions.mailing.run import Taking
from delist.actions.notifying import routes
from delist.actions.notifying import run as sender
from delist.actions.notifying.run import Write
from delist.actions.running.logs import gone, logs_read
from delist.actions.running.values import Came, Part
from delist.actions.scanning.run import Scan
from delist.actions.scanning.wish import Wish
from delist.errors import DelistError, NotFound, OutsideFailed, SetupError, UsageError
from delist.rules.addresses import order
from delist.rules.moments import Moment
from delist.rules.replies.values import Fault
from delist.rules.terms import TERMS
from delist.store import reads
from delist.tools import Tools


def parts(tools: Tools, on: Moment | None, write: Write) -> tuple[Part, ...]:
    """Return the steps of a run in their order; with a moment, logs are read as if they ended then.

    `write` puts notices into words.
    """
    log_ends = tools.as_of(on).now() if on else None
    refused: set[str] = set()
    return (
        Part("scan", partial(scan, refused, log_ends=log_ends)),
        Part("mail", mail),
        Part("check", partial(check, refused)),
        Part("notify", partial(notify, write)),
    )


def scan(refused: set[str], tools: Tools, log_ends: datetime | None = None) -> Came | None:
    """Read what came into this host's mail logs, and record it; None where there is none and never was one.

    Own addresses that were refused, by whatever list, join `refused`.
    """
    before = logs_read(tools)
    try:
        found = Scan(tools, Wish(tools.settings.logs, new=True, record=True, log_ends=log_ends))
    except NotFound:
        if tools.settings.logs:
            raise
        if error := _missing(before):
            raise error from None
        return None
    found.gather()
    summary = found.summary
    ours = [each.group for each in summary.groups if each.is_own and each.group.fault is Fault.SENDER]
    refused.update(group.address for group in ours if group.address)
    if not before and not summary.tally.size and not summary.troubles:
        return None
    counts = {"lines": summary.tally.lines, "refusals": summary.tally.blocks, "changed": len(summary.changed)}
    return Came(counts, bool(summary.groups or summary.changed), _unread(found, before))


def _unread(found: Scan, before: Mapping[str, Any]) -> DelistError | None:
    if found.summary.troubles:
        first = found.summary.troubles[0]
        more = f" (and {len(found.summary.troubles) - 1} more)" if len(found.summary.troubles) > 1 else ""
        return OutsideFailed(f"{first.file}: {first.why}; what could be read counts{more}")
    return _missing(before)


def _missing(before: Mapping[str, Any]) -> DelistError | None:
    """Return the error of logs that were read before and are gone, None if none is."""
    if missing := gone(before):
        which = ", ".join(missing)
        return OutsideFailed(f"{which} was read before and is gone: if that is right, leave an empty file in its place")
    return None


def mail(tools: Tools) -> Came | None:
    """Take in what is new in the mailbox; None if none is configured."""
    if not tools.settings.inbox.is_set:
        return None
    taking, error = Taking(tools), None
    try:
        for _ in taking.noted(taking.inbox()):
            pass
    except DelistError as failed:
        error = failed
    return Came(dict(taking.counts), bool(taking.counts["kept"]), error)


def check(refused: Collection[str], tools: Tools) -> Came | None:
    """Ask the lists as [run] check says, also about addresses that were refused, and look again at what would change
    a record; None if there is nothing to ask, or nobody may be asked.
    """
    addresses = _to_ask(tools, refused)
    if not addresses:
        return None
    run = begin(tools, Ask(addresses, changes=True))
    for _ in run.parts():
        pass
    summary = run.summary
    if not summary.verdicts and all(why == TERMS for _, why in summary.left_out):
        return None
    counts = {
        "addresses": summary.addresses,
        "lists": len(summary.lists),
        **{str(verdict): count for verdict, count in sorted(summary.verdicts.items())},
        "changed": len(summary.changed),
        "waiting": max(summary.waiting, 0),
    }
    is_news = bool(summary.changed or run.changed_troubles())
    return Came(counts, is_news, run.failure or _untold(summary))


def _to_ask(tools: Tools, refused: Collection[str]) -> tuple[str, ...]:
    """Return the addresses to ask about: a refusal that names no list, or several, is told by asking them."""
    if tools.settings.check == "none":
        return ()
    with reading(tools) as desk:
        due = tools.settings.check == "due"
        if desk is None and due and not refused:
            return ()
        given_up = reads.retired(desk.tx, list(refused)) if desk else set()
    try:
        found = whom(tools, (), None, due).addresses
    except UsageError:
        # None is recorded, and this host has none of its own that could be listed.
        found = ()
    return tuple(sorted({*found, *refused} - given_up, key=order))


def _untold(summary: Summary) -> DelistError | None:
    if not summary.verdicts:
        reasons = sorted({f"{key} {why}" for key, why in summary.left_out if why != TERMS})
        return UsageError(f"nobody was asked: {', '.join(reasons[:3])}")
    return OutsideFailed(f"no list could tell anything: {summary.why_nothing}") if summary.nothing_told else None


def notify(write: Write, tools: Tools) -> Came | None:
    """Tell what is due or has changed; None if nobody is named who could be told."""
    try:
        routes.circle(tools.settings)
    except SetupError:
        return None
    told = sender.notify(tools, write)
    return Came(sender.counts(told), bool(told.deliveries or told.cut_off), sender.failure(told))
