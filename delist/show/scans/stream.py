"""What a scan found, for scripts: one JSON object a line, each group or each line of the log that counts."""

import json
from typing import Any

from delist.actions.scanning.found import Found
from delist.actions.scanning.groups import Refusal
from delist.show.words import instant


def group(found: Found) -> str:
    """Return a group of refusals."""
    each = found.group
    return _line(
        {
            "address": each.address,
            "list": each.key,
            "subtype": str(each.subtype),
            "first_seen": instant(each.first),
            "last_seen": instant(each.last),
            "lines": each.lines,
            "deliveries": each.deliveries,
            "bounced": each.bounced,
            "deferred": each.deferred,
            "receivers": sorted(each.receivers),
            "sample": each.sample,
            "cause": found.cause,
            "fault": str(each.fault),
            "own": found.is_own,
        }
    )


def event(found: Refusal) -> str:
    """Return a line of the log that tells of a refusal."""
    return _line(
        {
            "file": found.file,
            "line": found.line,
            "queue_id": found.queue_id,
            "recipient": found.recipient,
            "address": found.address,
            "list": found.key,
            "subtype": str(found.subtype),
            "status": str(found.status),
            "at": instant(found.at),
            "receiver": found.receiver or None,
        }
    )


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value)
