"""What a reply means, for people in three lines, and for scripts."""

import json
from typing import Any

from delist.actions.explaining import Explained
from delist.show.scans.ways import fault, meaning, then
from delist.show.words import one_line


def lines(found: Explained) -> list[str]:
    """Return what a reply means, whose fault it is, and what to do next."""
    reading, behind = found.reading, found.behind
    return [
        f"means: {one_line(meaning(reading, behind))}",
        f"fault: {fault(reading)}",
        f"next:  {one_line(then(reading, behind))}",
    ]


def as_json(found: Explained) -> dict[str, Any]:
    """Return what a reply means, for scripts."""
    reading = found.reading
    return {
        "text": found.text,
        "block": reading.block,
        "subtype": str(reading.subtype) if reading.subtype else None,
        "list": reading.list,
        "request_at": found.request_at,
        "address": reading.address,
        "fault": str(reading.fault) if reading.fault else None,
        "next": one_line(then(reading, found.behind)),
        "topic": str(reading.topic),
    }


def as_line(found: Explained) -> str:
    """Return what a reply means as one JSON object on a line."""
    return json.dumps(as_json(found))
