"""A plan as lines and as JSON."""

import shlex
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.planning import Plan
from delist.rules.asking import Addressee, as_asked_of
from delist.rules.planning.values import Asker, Do, Step
from delist.rules.reminders import PROVIDER_ANSWERS
from delist.rules.wording import GIVEN_BY
from delist.show.planning.commands import commands
from delist.show.planning.sentences import Telling
from delist.show.words import clock, day, days_left, instant, many, moment_fields, when

_ASKS = (Do.ASK, Do.LETTER, Do.WAIT_FOR)
_CONTACT = ("name", "email")


def lines(plan: Plan, zone: ZoneInfo) -> Iterator[str]:
    """Yield what is to be done about an address, a network or a site, a few lines a step."""
    if not plan.steps:
        yield _nothing(plan, zone)
        return
    yield _title(plan)
    yield from _evidence(plan, zone)
    yield from _contact(plan)
    telling = Telling(plan, zone)
    for place, step in enumerate(plan.steps, 1):
        yield ""
        yield f"{place}. {telling.headline(step)}"
        yield from (f"   {line}" for line in telling.details(step))


def _subject(plan: Plan) -> str:
    return plan.address or plan.network or f"site {plan.site}"


def _nothing(plan: Plan, zone: ZoneInfo) -> str:
    who = _subject(plan)
    if plan.retired_on:
        return f"nothing to ask: {who} was given up on {plan.retired_on}"
    if plan.is_given_up:
        return f"nothing to ask: every address of {who} was given up"
    how = f"`delist check {'--site ' + shlex.quote(plan.site) if plan.site else who}`, `delist scan --record`"
    if plan.looked is None:
        return f"nothing to ask: no look at {who} is on record; to look: {how}"
    on = f"{who} is on no list" if plan.address else f"none of {_count(plan.addresses)} of {who} is on a list"
    last = f"as far as is recorded, the last time {when(plan.looked, zone)}"
    return f"nothing to ask: {on}, {last}; to look anew: {how}"


def _count(count: int) -> str:
    return f"{count:,} recorded {'address' if count == 1 else 'addresses'}"


def _title(plan: Plan) -> str:
    order = ", in the order in which to take them" if len(plan.steps) > 1 else ""
    steps = f"{many(len(plan.steps), 'step')}{order}"
    return f"{_subject(plan)}: {steps}" if plan.address else f"{_subject(plan)}, {_count(plan.addresses)}: {steps}"


def _contact(plan: Plan) -> Iterator[str]:
    """Yield who asks, if nobody has said: once, since every text needs it."""
    lacking = [name for name in _CONTACT if any(name in step.needs for step in plan.steps)]
    if lacking:
        ways = ", ".join(f"{name} ({' or '.join(GIVEN_BY[name])})" for name in lacking)
        yield f"before you write: say who asks: {ways}"


def _evidence(plan: Plan, zone: ZoneInfo) -> Iterator[str]:
    """Yield how good the knowledge is of what can be claimed, where something is to be claimed."""
    if not any(step.do in _ASKS for step in plan.steps):
        return
    some = plan.address or next((one for step in plan.steps for one in step.entries if "/" not in one), None)
    if some is None:
        return
    how, each = f"`delist evidence {some}`", "" if plan.address else ", and so for each"
    if plan.evidence_at is None:
        yield f"before you write: nothing is measured yet, {how} says what to mend{each}"
        return
    ago = days_left(-(plan.moment.on - plan.evidence_at.astimezone(zone).date()).days)
    at = f"measured {clock(plan.evidence_at, zone)}" + (f", {ago}" if plan.is_stale else "")
    if plan.address is None:
        at = f"{plan.measured:,} of {plan.addresses:,} measured, the oldest {clock(plan.evidence_at, zone)}"
    yield f"before you write: {at}; measure again, {how}{each}" if plan.is_stale else f"evidence: {at}"


def as_json(plan: Plan) -> dict[str, Any]:
    """Return the plan for scripts."""
    return {
        "address": plan.address,
        "site": plan.site,
        "network": plan.network,
        "addresses": plan.addresses,
        "steps": [_step_json(place, step) for place, step in enumerate(plan.steps, 1)],
        "evidence_at": instant(plan.evidence_at),
        "measured": plan.measured,
    }


def _step_json(place: int, step: Step) -> dict[str, Any]:
    is_letter = step.who is Asker.PROVIDER
    entry = as_asked_of(step.list, Addressee.PROVIDER) if is_letter else step.list
    request = step.request
    who = step.entries[0] if len(step.entries) == 1 else None
    answer = PROVIDER_ANSWERS if is_letter else entry.answer_within
    page = entry.page_for(who) if who and not is_letter else None
    return {
        "order": place,
        "list": entry.key,
        "name": entry.name,
        "codes": list(step.codes),
        "who": str(step.who),
        "do": str(step.do),
        "addresses": step.addresses,
        "sending": step.sending,
        "entries": list(step.entries),
        "targets": list(step.targets),
        **moment_fields("since", step.since),
        "after": list(step.after),
        "mend": [{"claim": each.claim, "mend": each.mend, "entries": each.entries} for each in step.mend],
        "needs": list(step.needs),
        "expires": str(step.expires) if step.expires else None,
        "expires_on": day(step.expires_on),
        "confirm_within": str(entry.confirm_within) if entry.confirm_within else None,
        "effect_within": str(entry.effect_within) if entry.effect_within else None,
        "answer_within": str(answer) if answer else None,
        "request": request.number if request else None,
        "state": str(request.state) if request else None,
        "url": entry.removal.goes_to or page,
        "commands": commands(step),
    }
