"""Wordings as data: one expression a line, put together into one pattern."""

import re


def any_of(lines: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """Return a pattern for any of some expressions, one a line; case does not matter, ^ and $ are ends of lines."""
    expressions = "|".join(line for line in lines.strip("\n").split("\n") if line)
    return re.compile(f"{before}(?:{expressions}){after}", re.IGNORECASE | re.MULTILINE)
