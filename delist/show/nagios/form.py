"""The form of a line for monitoring systems (Monitoring Plugins development guidelines, looked up 2026-11)."""

from delist.rules.secrets import conceal
from delist.show.words import one_line

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
_STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def line(service: str, state: int, text: str, data: str = "") -> str:
    """Return the line: the bar begins the performance data, and what was typed may be a link nobody else should see."""
    told = one_line(conceal(text)[0]).replace("|", "/")
    return f"{service} {_STATES[state]} - {told}" + (f" | {data}" if data else "")
