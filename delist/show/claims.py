"""What the text of a request stated, as it was that day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.views import WholeRequest
from delist.rules.history import Event
from delist.show.words import clock, one_line


def as_json(record: WholeRequest) -> list[dict[str, Any]]:
    """Return the claims of a request's text for scripts, none where they were not kept."""
    sent = next((entry for entry in record.history if entry.event is Event.SUBMITTED), None)
    return list(sent.detail.get("claims") or ()) if sent else []


def lines(record: WholeRequest, zone: ZoneInfo) -> list[str]:
    """Return the claims of a request's text for people, under their title; nothing if none were kept."""
    found = as_json(record)
    return ["", "Claims of the text:", *(_line(each, zone) for each in found)] if found else []


def _line(claim: Mapping[str, Any], zone: ZoneInfo) -> str:
    basis = "as was said" if claim["stated"] else "left out"
    if claim["measured_at"]:
        basis = f"measured {clock(datetime.fromisoformat(claim['measured_at']), zone)}"
    return f"  {claim['claim']:<8} {basis}: {one_line(claim['detail'] or '')}"
