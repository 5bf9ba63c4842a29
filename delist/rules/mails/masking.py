"""A mail as it may be kept: every link cut down to its host, and what looks like the key of one cut out."""

import re
from collections.abc import Iterable

from delist.rules.mails.shapes import host_of
from delist.rules.secrets import conceal

# What is kept of a text, in bytes: a person reads the mail itself.
TEXT_LIMIT = 65_536
_CUT = "\n[cut]"
# With a scheme, or without one where a path follows. No scheme is long: looked for without an end, one begins at each
# letter of a long word.
_LINK = re.compile(
    r"([a-z][a-z0-9+.-]{0,30}:[/\\]{2})[^\s<>\"']+|(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/[^\s<>\"']+",
    re.IGNORECASE,
)
# A long link that was broken over two lines leaves its end on a line of its own; so may a key stand that is to be
# typed into a form.
_KEY = re.compile(r"(?<![\w.:@-])[\w~=+/%-]{20,}(?![\w@])")
# Shorter pieces are such an end where they stand alone below a link, and a part of a key where one of the links has it.
_BELOW = re.compile(r"(https://[\w.:-]*/?\*\*\*)((?:[ \t]*\r?\n[>\t ]*[\w~=+/%&?#.-]{3,}(?=[ \t]*\r?(?:\n|\Z))){1,8})")
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}")
_PIECE = re.compile(r"[A-Za-z0-9_~-]{6,}")
# Whoever answers to such an address confirms as well.
_REPLY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{16,}(?=[\w.+=-]{0,64}@)")


def masked_text(text: str, links: Iterable[str] = ()) -> str:
    """Return a text of at most 64 KiB (UTF-8) with every link, and what may be a part of one, masked."""
    bare = text[: TEXT_LIMIT * 2]
    for link in sorted({each for each in links if len(each) > 8}, key=len, reverse=True):
        bare = bare.replace(link, _masked(link))
    bare = _BELOW.sub(_without_end, _LINK.sub(_of_link, bare))
    bare = _KEY.sub(_of_key, conceal(bare, strict=True)[0])
    bare = _without_pieces(_REPLY.sub(_of_key, bare), links)
    kept = bare.encode(errors="replace")
    if len(kept) <= TEXT_LIMIT and len(text) <= TEXT_LIMIT * 2:
        return kept.decode()
    return kept[: TEXT_LIMIT - len(_CUT)].decode(errors="ignore") + _CUT


def _without_end(found: re.Match[str]) -> str:
    """Return a link without its end, where that was broken over the lines below it."""
    kept = lines = found[2].splitlines(keepends=True)[1:]
    while kept and _is_end(kept[0].strip("> \t\r\n")):
        kept = kept[1:]
    if len(kept) == len(lines):
        return found.group()
    return "".join([found[1], "\n***", *(["\n"] if kept else []), *kept])


def _is_end(word: str) -> bool:
    return any(c.isdigit() or c in "=&%?/" for c in word) and not _ADDRESS.match(word)


def _without_pieces(text: str, links: Iterable[str]) -> str:
    """Return a text without words that are keys, or parts of keys, of its links."""
    keys = {piece for link in links for piece in _PIECE.findall(link) if _is_key(piece)}
    every = "\n".join(keys)
    return _PIECE.sub(lambda found: "***" if _is_key(found.group()) and found.group() in every else found.group(), text)


def _of_key(found: re.Match[str]) -> str:
    return "***" if _is_key(found.group()) else found.group()


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
