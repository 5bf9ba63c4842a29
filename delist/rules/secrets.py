"""Links and ticket addresses are bearer secrets: recognise them, and what stands in their place."""

import re
from urllib.parse import urlsplit

_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
# A path segment this long, without a dot, is a token rather than the name of a page.
_TOKEN = re.compile(r"[A-Za-z0-9_~=-]{16,}")


def conceal(text: str) -> tuple[str, list[str]]:
    """Return the text with each secret link cut down to its host, and the links that were cut out."""
    found: list[str] = []

    def mask(match: re.Match[str]) -> str:
        url = match.group().rstrip(".,;:!?)]}")
        if not is_secret(url):
            return match.group()
        found.append(url)
        return masked(url) + match.group()[len(url) :]

    return _URL.sub(mask, text), found


def is_secret(url: str) -> bool:
    """Whether whoever knows the link can act with it: it has a query, a fragment, a login or a token."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    if parts.query or parts.fragment or "@" in parts.netloc:
        return True
    return any(_TOKEN.fullmatch(segment) for segment in parts.path.split("/"))


def masked(url: str) -> str:
    """Return what is shown of a secret link."""
    try:
        host = urlsplit(url).hostname or "?"
    except ValueError:
        host = "?"
    return f"https://{host}/***"
