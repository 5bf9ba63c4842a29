"""Which lists can be asked from here, as lines and as JSON."""

from typing import Any

from delist.actions.checking.probing import Probe
from delist.show.words import table


def lines(probe: Probe) -> list[str]:
    """Return a line for each list and zone: whether it can be believed when asked from here, and why not."""
    rows = [
        (each.entry.key, each.zone.name, f"IPv{each.version}", each.health.trouble or "right answers", each.nameserver)
        for each in probe.probed
    ]
    left = [(each.entry.key, "-", "-", f"not asked, {each.why}: {each.reason}", "-") for each in probe.not_asked]
    return table(("LIST", "ZONE", "FOR", "ANSWERS", "NAME SERVER"), [*rows, *left])


def document(probe: Probe) -> dict[str, Any]:
    """Return the same for scripts."""
    asked = [
        {
            "list": each.entry.key,
            "zone": each.zone.name,
            "version": each.version,
            "trusted": each.health.is_good,
            "verdict": None if each.health.is_good else str(each.health.verdict),
            "why": each.health.trouble or None,
            "asked": True,
            "nameserver": each.nameserver,
        }
        for each in probe.probed
    ]
    left = [
        {
            "list": each.entry.key,
            "zone": None,
            "version": None,
            "trusted": False,
            "verdict": "unknown",
            "why": each.why,
            "asked": False,
            "nameserver": None,
        }
        for each in probe.not_asked
    ]
    return {"probes": [*asked, *left]}
