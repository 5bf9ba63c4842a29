"""Links and ticket addresses are bearer secrets: recognise them, and what stands in their place."""

import re
from urllib.parse import unquote, urlsplit

# Printable ASCII only: in a Japanese sentence nothing parts a link from the words after it.
_URL = re.compile(r"https?://[!#-;=?-~]+", re.IGNORECASE)
# A piece of a path this long is a token rather than the name of a page, unless it is words joined by hyphens.
_TOKEN = re.compile(r"[A-Za-z0-9_~=+-]{16,}")
_WORDS = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z]+)*|[a-z]+(?:[-_][a-z0-9]+)*")


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
    pieces = (piece for segment in unquote(parts.path).split("/") for piece in segment.split("."))
    return any(_TOKEN.fullmatch(piece) and not _is_words(piece) for piece in pieces)


def _is_words(piece: str) -> bool:
    return "-" in piece and _WORDS.fullmatch(piece) is not None and max(map(len, piece.split("-"))) < 16


def masked(url: str) -> str:
    """Return what is shown of a secret link."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return f"https://{host}/***" if host else "https://***"
