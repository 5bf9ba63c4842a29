"""A mail as it may be kept: every link cut down to its host, and what looks like the key of one cut out."""

import re
from collections.abc import Iterable

from delist.rules.mails.shapes import host_of
from delist.rules.secrets import conceal

# What is kept of a text, in bytes: a person reads the mail itself.
TEXT_LIMIT = 65_536
_CUT = "\n[cut]"
# With a scheme, or without one where a path follows.
_LINK = re.compile(
    r"([a-z][a-z0-9+.-]*:[/\\]{2})[^\s<>\"']+|(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/[^\s<>\"']+",
    re.IGNORECASE,
)
# A long link that was broken over two lines leaves its end on a line of its own; so may a key stand that is to be
# typed into a form.
_KEY = re.compile(r"(?<![\w.:@-])[\w~=+/%-]{20,}(?![\w@])")


def masked_text(text: str, links: Iterable[str] = ()) -> str:
    """Return a text of at most 64 KiB (UTF-8) with every link, and what may be a part of one, masked."""
    bare = text[: TEXT_LIMIT * 2]
    for link in sorted({each for each in links if len(each) > 8}, key=len, reverse=True):
        bare = bare.replace(link, _masked(link))
    bare = _LINK.sub(_of_link, bare)
    bare = _KEY.sub(lambda found: "***" if _is_key(found.group()) else found.group(), conceal(bare, strict=True)[0])
    kept = bare.encode(errors="replace")
    if len(kept) <= TEXT_LIMIT and len(text) <= TEXT_LIMIT * 2:
        return kept.decode()
    return kept[: TEXT_LIMIT - len(_CUT)].decode(errors="ignore") + _CUT


def _of_link(found: re.Match[str]) -> str:
    return _masked(found.group() if found[1] else f"https://{found.group()}")


def _masked(link: str) -> str:
    host = host_of(link)
    return f"https://{host}/***" if host else "https://***"


def _is_key(word: str) -> bool:
    """Whether a long word is a key rather than words: it has figures, or letters in a disorder of cases."""
    pieces = [piece for piece in re.split(r"[\W_]+", word) if piece]
    return any(c.isdigit() for c in word) or not all(
        piece.islower() or piece.isupper() or piece.istitle() for piece in pieces
    )
