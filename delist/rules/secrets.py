"""Links and ticket addresses are bearer secrets: recognise them, and what stands in their place."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

# Printable ASCII only: in a Japanese sentence nothing parts a link from the words after it. Mail programs and people
# leave the scheme out; then a host needs a path with a query to be taken for a link.
_URL = re.compile(
    r"https?://[!#-;=?-~]+|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[!#-;=@-~]*\?[!#-;=?-~]+", re.IGNORECASE
)
# Where every link is a secret, one without a scheme is so too by its path alone.
_BARE = re.compile(
    r"https?://[!#-;=?-~]+|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d{1,5})?/[!#-;=?-~]+", re.IGNORECASE
)
# A piece of a path this long is a token rather than the name of a page, unless it is words joined by hyphens.
_TOKEN = re.compile(r"[A-Za-z0-9_~=+-]{16,}")
_WORDS = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z]+)*|[a-z]+(?:[-_][a-z0-9]+)*")


def conceal(text: str, *, strict: bool = False, hosts: Iterable[str] | None = None) -> tuple[str, list[str]]:
    """Return the text with each secret link cut down to its host, and the links that were cut out.

    `strict` takes every link with a path for a secret (a ticket's reference); `hosts` looks only at links there.
    """
    found: list[str] = []

    def mask(match: re.Match[str]) -> str:
        url = match.group().rstrip(".,;:!?)]}")
        if not (is_secret(url) or (strict and has_path(url))) or not _is_at(url, hosts):
            return match.group()
        found.append(url)
        return masked(url) + match.group()[len(url) :]

    return (_BARE if strict else _URL).sub(mask, text), found


def has_path(url: str) -> bool:
    """Whether a link leads to more than a host's first page."""
    try:
        return urlsplit(url if "://" in url else f"https://{url}").path.strip("/") != ""
    except ValueError:
        return True


def _is_at(url: str, hosts: Iterable[str] | None) -> bool:
    if hosts is None:
        return True
    host = (_host(url) or "").lower()
    return any(host == known or host.endswith(f".{known}") for known in hosts)


def is_secret(url: str) -> bool:
    """Whether whoever knows the link can act with it: it has a query, a fragment, a login or a token."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
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
    host = _host(url)
    return f"https://{host}/***" if host else "https://***"


def _host(url: str) -> str | None:
    try:
        return urlsplit(url if "://" in url else f"https://{url}").hostname
    except ValueError:
        return None
