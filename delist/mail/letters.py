"""Bytes to letters: who wrote a mail, what it says, where it leads, what is attached; never an error."""

import hashlib
import re
from collections.abc import Iterator

from delist.bounces.markup import plain

# The reader of bounces takes mails apart whatever they claim to be, and is bounded on any input; a second one would
# read some mail in another way.
from delist.bounces.mime import TEXT_LIMIT, Entity
from delist.mail import links, results
from delist.mail.authors import authors
from delist.mail.heads import Head, head, unfolded
from delist.rules.mails.values import Letter

# As much of one mail as is read, in octets.
MOST = 64 * 1024 * 1024
_DEEPEST = 5
_MOST_INNER = 20
_MOST_LINKS = 1000
# The reader of parts stops there.
_MOST_PARTS = 200
_LONGEST_KEY = 998
_ONCE = ("from", "subject", "content-type", "content-transfer-encoding", "message-id", "date")
_TRACE = ("received", "delivered-to", "return-path", "envelope-to", "status", "lines", "content-length")
_TRACES = ("x-", "authentication-results", "received-", "arc-")
_IDENTITY = re.compile(r"<([^<>\s]+)>")
_MESSAGES = ("message/rfc822", "message/global")
# A text, and whether it is a markup.
_Shown = tuple[bool, str]


def letter(raw: bytes, is_whole: bool = True) -> Letter:
    """Return a mail taken apart, with the mails attached to it, five deep; `is_whole` says that `raw` is all of it."""
    return _letter(raw[:MOST], is_whole and len(raw) <= MOST, _DEEPEST)


def enclosed(raw: bytes) -> tuple[bytes, ...]:
    """Return the mails attached to one, as they were, in the order of `Letter.inner`: their signatures still hold."""
    data = _readable(raw[:MOST])
    return _enclosed(tuple(_entity(data, head(data)).leaves()))


def _letter(raw: bytes, is_whole: bool, depth: int) -> Letter:
    data = _readable(raw)
    top = head(data)
    leaves = tuple(_entity(data, top).leaves())
    shown = tuple(_shown(leaves))
    found = list(dict.fromkeys(_links(shown)))
    is_whole = is_whole and len(found) <= _MOST_LINKS and len(leaves) < _MOST_PARTS
    return Letter(
        key=_key(data, top),
        authors=tuple(author for value in top.values("from") for author in authors(value)),
        subject=top.text("subject"),
        texts=_texts(shown),
        links=tuple(found[:_MOST_LINKS]),
        twice=tuple(name for name in _ONCE if top.count(name) > 1),
        results=results.results(top.values("authentication-results")),
        inner=tuple(_letter(each, is_whole, depth - 1) for each in _enclosed(leaves)) if depth else (),
        is_whole=is_whole,
        has_type=top.count("content-type") > 0,
    )


def _readable(raw: bytes) -> bytes:
    """Return a mail with line ends that are looked for; only where there are none at all may others be meant."""
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def _entity(data: bytes, top: Head) -> Entity:
    """Return the whole mail as the reader of parts takes it, with the headers as they were told apart here."""
    names = dict.fromkeys(name for name, _ in top.fields if name.startswith("content-"))
    return Entity(data, top.body, len(data), {name: unfolded(top.raw(name)[0]) for name in names})


def _key(data: bytes, top: Head) -> str:
    identity = next(iter(top.values("message-id")), "")
    match = _IDENTITY.search(identity)
    key = match[1] if match else "".join(identity.split())
    return key if 0 < len(key) <= _LONGEST_KEY and key.isprintable() else _digest(data, top)


def _digest(data: bytes, top: Head) -> str:
    """Return what stays the same when a mail without an identity is delivered once more."""
    digest = hashlib.sha256()
    for name, value in top.fields:
        if name not in _TRACE and not name.startswith(_TRACES):
            digest.update(f"{name}:{unfolded(value)}\n".encode("utf-8", "replace"))
    digest.update(b"\n" + data[top.body :].replace(b"\r\n", b"\n").rstrip(b"\n"))
    return f"sha256:{digest.hexdigest()}"


def _is_message(leaf: Entity) -> bool:
    name = leaf.parameters.get("filename", leaf.parameters.get("name", ""))
    return leaf.kind in _MESSAGES or name.lower().endswith(".eml")


def _enclosed(leaves: tuple[Entity, ...]) -> tuple[bytes, ...]:
    # A mail that stands there as it is, is not decoded: it is as long as it is.
    return tuple(leaf.content(MOST) for leaf in leaves if _is_message(leaf))[:_MOST_INNER]


def _shown(leaves: tuple[Entity, ...]) -> Iterator[_Shown]:
    """Yield the texts that a mail program shows, and whether each is a markup."""
    for leaf in leaves:
        if _is_message(leaf) or not leaf.kind.startswith(("text/", "multipart/")):
            continue
        if not leaf.headers.get("content-disposition", "").strip().lower().startswith("attachment"):
            text = leaf.text(MOST)
            yield leaf.kind == "text/html" or text.lstrip()[:5].lower() in ("<html", "<!doc"), text


def _links(shown: tuple[_Shown, ...]) -> Iterator[str]:
    for is_markup, text in shown:
        yield from links.of_markup(text) if is_markup else links.of_text(text)


def _texts(shown: tuple[_Shown, ...]) -> tuple[str, ...]:
    """Return the beginnings of the texts, plain ones first."""
    texts = [text for is_markup, text in shown if not is_markup]
    texts += [plain(text[: 4 * TEXT_LIMIT]) for is_markup, text in shown if is_markup]
    return tuple(text[:TEXT_LIMIT] for text in texts if text.strip())
