"""Turns what others say into a clause that may be shown: one short line, no link, no secret."""

import re

# Characters: an answer may be pages long.
MOST = 120
_LINK = re.compile(r"\S*(?:://|\bwww\.)\S*")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def writable(text: str) -> str:
    """Return a text that every mail system and service takes: no control characters, no halves of characters."""
    return _CONTROLS.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def clause(text: str | bytes, *secrets: str) -> str:
    """Return what somebody said as one short line, without links and without these secrets."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    line = " ".join(_LINK.sub("[link]", writable(text)).split())
    return line if len(line) <= MOST else line[: MOST - 3] + "..."
