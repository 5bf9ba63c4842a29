"""The human part of a bounce: which recipients it names, and what it tells of each."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from delist.bounces.phrases import any_of
from delist.bounces.speech import CODE

_ADDRESS = r"[^\s<>()\[\]\"',;:@=]{1,64}@[A-Za-z0-9_\[](?:[A-Za-z0-9._\-\]]{0,253}[A-Za-z0-9\]])?"
ADDRESS = re.compile(r"(?<![^\s<>()\[\]\"',;:=])" + _ADDRESS)
# A line that begins with an address, and goes on as lines do that begin what is told of it.
_LABEL = (
    r"(?:(?:failed |final |original )?recipient(?: address)?|addressed to|failed address|e-?mail address|收件人|宛先)"
    r"[ \t]{0,3}[:：][ \t]{0,20}"
)
_NAME = r"(?:\"[^\"\n]{1,80}\"|(?-i:[A-Z][a-z'-]{1,30}(?: [A-Z][A-Za-z'-]{0,30}){0,2}))[ \t]{1,4}(?=<)"
_HEAD = re.compile(
    rf"^(?P<indent>[ \t]*)(?:(?:[*\u2022-]|\d{{1,4}}[.)])[ \t]{{1,4}}|{_NAME}|{_LABEL})?(?P<quote>[\"'<(]?)"
    rf"(?:mailto:|rfc822;[ \t]{{0,3}}|smtp:)?(?P<address>{_ADDRESS})[>\"')]{{0,2}}(?P<after>.*)$",
    re.I,
)
_GOES_ON = any_of(
    r"""
$
[:;(#\t]
[,.]$
\.\.\.
<mailto:
<[^<>\s]{1,320}>
on \w
-\s
-+>
""",
    before=r"[ \t]{0,40}",
)
# Text that names the one who was not reached, where no line begins with an address.
_LABELLED = any_of(
    r"""
recipient(?: address)?
rcpt to
deliver(?:ed|y|able)?(?: (?:it|mail|message|your message))? to
message to
undeliverable to
user unknown
unknown user
address(?:es)?
sent to
failed to
e-?mail to
mail to
(?:nachricht|mail) an
empf.{1,3}nger
destinataire
destinatario
to
""",
    after=rf"\s{{0,3}}:?\s{{0,3}}[<\"'(]{{0,2}}(?:mailto:)?({_ADDRESS})",
)


class Told(NamedTuple):
    """A recipient, and the part of the text that tells of it; `own` if that part is about it alone."""

    recipient: str
    chunk: str
    own: bool


class Account(NamedTuple):
    """What the human part says: the words before the first recipient, and what it tells of each."""

    opening: str
    told: tuple[Told, ...]


def account(text: str, senders: Collection[str], known: tuple[str, ...] = (), heard: tuple[str, ...] = ()) -> Account:
    """Return the recipients that a text tells of.

    `senders` are never recipients, `known` are all that there are, `heard` those of a transcript, in case no others
    are named.
    """
    heads = list(_heads(text, senders, {name.lower() for name in known}))
    if heads:
        opening = text[: heads[0][0]]
        return Account(opening, _told(text, heads, opening))
    names = known or heard or _labelled(text, senders)
    return Account(text, tuple(Told(name, text, len(names) == 1) for name in names))


def _heads(text: str, senders: Collection[str], known: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Yield begin, end and address of each line that begins what is told of a recipient; all are equally indented."""
    at, indent, free = 0, None, True
    for line in text.split("\n"):
        head = _HEAD.match(line)
        if head and free and _begins(head, senders, known) and indent in (None, head["indent"]):
            indent = head["indent"]
            yield at, at + head.end("address"), head["address"]
        elif indent is not None:
            # A line of the same paragraph that begins with an address goes on with the reply.
            free = not line.strip() or bool(known) or len(line) - len(line.lstrip()) > len(indent)
        at += len(line) + 1


def _begins(head: re.Match[str], senders: Collection[str], known: Collection[str]) -> bool:
    address = head["address"].lower()
    if address in senders and address not in known:
        return False
    if known:
        return address in known and bool(_GOES_ON.match(head["after"]) or head["quote"])
    return bool(_GOES_ON.match(head["after"])) and head["quote"] != "("


def _told(text: str, heads: list[tuple[int, int, str]], opening: str) -> tuple[Told, ...]:
    """Return what is told of each: what follows its address, what follows the next one's, what came before all."""
    ends = [begin for begin, _, _ in heads[1:]] + [len(text)]
    chunks = [text[after:end] for (_, after, _), end in zip(heads, ends, strict=True)]
    shared = ""
    parts: dict[str, list[str]] = {}
    for (_, _, address), chunk in zip(reversed(heads), reversed(chunks), strict=True):
        shared = chunk if _speaks(chunk) or not shared else shared
        parts.setdefault(address.lower(), []).append(_words(chunk, shared, opening))
    names: dict[str, str] = {}
    for _, _, address in reversed(heads):
        # The first of equal ones says where it stands and how it is spelled.
        names.pop(address.lower(), None)
        names[address.lower()] = address
    return tuple(Told(name, _joined(parts[lower]), True) for lower, name in reversed(names.items()))


def _joined(parts: list[str]) -> str:
    """Return what is told of one recipient in several places, in order."""
    return parts[0] if len(parts) == 1 else "\n".join(reversed(list(dict.fromkeys(parts))))


def _words(chunk: str, following: str, opening: str) -> str:
    if CODE.search(chunk):
        return chunk
    if not _speaks(chunk) and CODE.search(following):
        return following
    if CODE.search(opening):
        return opening
    return chunk if _speaks(chunk) else following if _speaks(following) else opening


def _speaks(chunk: str) -> bool:
    return len(chunk.strip(" \t\n<>:;,.\"')")) > 3


def _labelled(text: str, senders: Collection[str]) -> tuple[str, ...]:
    found = [match[1] for match in _LABELLED.finditer(text)] or ADDRESS.findall(text)
    names = {name.lower(): name for name in reversed(found) if name.lower() not in senders}
    first = next(reversed(names.values()), "")
    return (first,) if first else ()
