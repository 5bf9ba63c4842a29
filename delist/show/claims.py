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
    kept = sent.detail.get("claims") if sent else None
    return [each for each in kept if isinstance(each, dict)] if isinstance(kept, list) else []


def lines(record: WholeRequest, zone: ZoneInfo) -> list[str]:
    """Return the claims of a request's text for people, under their title; nothing if none were kept."""
    found = as_json(record)
    return ["", "Claims of the text:", *(_line(each, zone) for each in found)] if found else []


def _line(claim: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Return one claim; what was taken in before claims were looked at may lack anything."""
    basis = "as was said" if claim.get("stated") else "left out"
    if claim.get("measured_at"):
        basis = f"measured {_when(str(claim['measured_at']), zone)}"
    name, detail = (one_line(str(claim.get(key) or "")) for key in ("claim", "detail"))
    return f"  {name:<8} {basis}: {detail}"


def _when(written: str, zone: ZoneInfo) -> str:
    try:
        return clock(datetime.fromisoformat(written), zone)
    except (ValueError, OverflowError):
        return one_line(written)
