"""What a check found, for scripts: one object a line for each address and list."""

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.checking.outcome import Part
from delist.actions.checking.recording import Changed
from delist.actions.checking.run import Run
from delist.actions.checking.telling import Told
from delist.rules.lifecycle import time_to_effect
from delist.show.words import instant, moment_fields


def lines(part: Part) -> Iterator[str]:
    """Yield the findings of a part, an object a line, in the order of addresses and of lists."""
    at = instant(part.at)
    known: dict[int, list[tuple[str, str, str]]] = {}
    for place, (address, row) in enumerate(zip(part.looked.addresses, part.looked.told, strict=True)):
        # Most rows are one and the same: they are written once, and differ in the address alone.
        if id(row) not in known:
            known[id(row)] = [(told.finding.list, *_halves(told, at)) for told in row]
        for key, before, after in known[id(row)]:
            reason = part.looked.reasons.get((place, key)) if part.looked.reasons else None
            yield f'{{"address": "{address}", {before}{json.dumps(reason)}{after}'


def _halves(told: Told, at: str | None) -> tuple[str, str]:
    finding = told.finding
    before = {"list": finding.list, "verdict": str(finding.verdict), "codes": list(finding.codes)}
    after = {
        "asked": told.asked,
        "nameserver": told.nameserver,
        "at": at,
        "why": finding.why,
        "who": str(finding.who) if finding.who else None,
    }
    return f'{json.dumps(before)[1:-1]}, "reason": ', f", {json.dumps(after)[1:]}"


def change(changed: Changed, run: Run, zone: ZoneInfo) -> str:
    """Return a change of the records, an object on a line."""
    request = changed.request
    entry = run.plan.entries[changed.list]
    effect = time_to_effect(request, entry.has_confirmation) if request else None
    found: dict[str, Any] = {
        "address": changed.address,
        "list": changed.list,
        "zone": None,
        "change": str(request.state) if request else str(changed.seen),
        "codes": list(changed.codes),
        "reason": changed.reason,
        **moment_fields("since", changed.moment),
        "request": request.number if request else None,
        "time_to_effect": str(effect) if effect and request and request.cleared == changed.moment else None,
    }
    return json.dumps(found)


def troubles(run: Run) -> Iterator[str]:
    """Yield the zones that cannot be believed any more, or can again, in objects like those of changes."""
    for zone, why in run.changed_troubles():
        found: dict[str, Any] = {
            "address": None,
            "list": None,
            "zone": zone,
            "change": "cannot-tell" if why else "can-tell",
            "codes": [],
            "reason": why or None,
            **moment_fields("since", None),
            "request": None,
            "time_to_effect": None,
        }
        yield json.dumps(found)
