"""What a mail says: of which lists it is, about which addresses, which link is the one to open, what was decided."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules.lists import ListEntry, Said
from delist.rules.mails import shapes
from delist.rules.mails.values import Kind, Letter
from delist.rules.secrets import has_path, is_secret

# So much of a text is looked through: an attachment that was taken for text may have millions of lines.
_SCANNED = 262_144
_TOKEN = re.compile(r"(?<![\w.:])[0-9A-Fa-f]*[.:][0-9A-Fa-f:.]*[0-9A-Fa-f:](?:/[0-9]{1,3})?(?![\w:])", re.ASCII)
_DOT = re.compile(r"\[\.\]|\(\.\)|\[dot\]|\(dot\)", re.IGNORECASE)
_COLON = re.compile(r"\[:\]|\(:\)")
_WORD = re.compile(r"[\w#./-]*\w", re.ASCII)
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|転送)\s*[::]", re.IGNORECASE)
_FORWARDED = re.compile(
    r"^[>\s]*(?:-+ ?(?:original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht"
    r"|元のメッセージ|転送メッセージ)|begin forwarded message)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """The addresses (canonical) that a mail names: in its subject, and in its text; each in order, each once."""

    subject: tuple[str, ...] = ()
    text: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Those of the subject first."""
        return tuple(dict.fromkeys((*self.subject, *self.text)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says. `lists` are those that it is of (or says it is of), the ones it names by themselves if it does.

    `links` are those to open, `foreign` those that lead elsewhere; `is_from_list` is whether its author's domain is
    one of theirs, `has_shape` whether a mail with a link looks so; `decisions` are (place in the text, what is said).
    """

    lists: tuple[ListEntry, ...]
    kind: Kind
    named: Named
    words: frozenset[str]
    is_from_list: bool = False
    has_shape: bool = False
    is_forward: bool = False
    links: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    decisions: tuple[tuple[int, Said], ...] = ()
    text: str = ""

    def said_of(self, address: str | None) -> Said | None:
        """Return what was decided about an address; None where the mail says several things and not which of whom."""
        said = {each for _, each in self.decisions}
        if len(said) <= 1:
            return next(iter(said), None)
        places = [at for at, found in addresses_at(self.text) if address and ip.overlap(found, address)]
        before = [each for at, each in self.decisions if places and at < places[-1]]
        return before[-1] if before else None


def read(letter: Letter, entries: Iterable[ListEntry]) -> Reading:
    """Return what a mail says, by what the catalogue knows of the mails of lists."""
    known = [entry for entry in entries if entry.mail.is_known]
    own = shapes.of_sender(letter, known)
    text = "\n".join(letter.texts)[:_SCANNED]
    mine = own or shapes.claimed(letter, known)
    is_forward = not own and _is_forward(letter, text, known)
    mine = _narrowed(mine or (_forwarded_from(text, known) if is_forward else ()), letter, text)
    shaped = any(shapes.has_shape(letter, entry) for entry in mine)
    links, foreign = _links(letter, mine, shaped or _has_no_shape(mine))
    # What a markup shows need not name the address that its link is for.
    named = Named(addresses_in(letter.subject), addresses_in(text) or addresses_in("\n".join(links)))
    decisions = tuple(_decisions(f"{letter.subject}\n{text}", mine))
    is_link = bool(links or foreign) and (shaped or (bool(links) and (bool(named.all) or _has_no_shape(mine))))
    return Reading(
        lists=mine,
        kind=_kind(is_link, {said for _, said in decisions}),
        named=named,
        words=frozenset(_words(letter.subject)),
        is_from_list=bool(own),
        has_shape=shaped,
        is_forward=is_forward,
        links=links if is_link else (),
        foreign=foreign,
        decisions=decisions,
        text=f"{letter.subject}\n{text}",
    )


def _words(subject: str) -> Iterator[str]:
    """Yield the words of a subject in small letters, a ticket's number (#12) with its sign and without."""
    for word in _WORD.findall(subject.lower()):
        yield from (word, word.lstrip("#./-"))


def _kind(is_link: bool, said: set[Said]) -> Kind:
    if is_link:
        return Kind.LINK
    if said - {Said.RECEIVED}:
        return Kind.DECISION
    return Kind.RECEIPT if said else Kind.OTHER


def _has_no_shape(entries: Sequence[ListEntry]) -> bool:
    """Whether nothing is known of subject and name of these lists' mails, though they do send a link."""
    return any(entry.has_confirmation and not entry.mail.subject and not entry.mail.name for entry in entries)


def _narrowed(entries: Sequence[ListEntry], letter: Letter, text: str) -> tuple[ListEntry, ...]:
    """Return those lists that a mail names among several of one operator, or whose shape it has; else all."""
    if len(entries) < 2:
        return tuple(entries)
    shaped = [entry for entry in entries if shapes.has_shape(letter, entry)]
    deciding = [entry for entry in entries if any(_decisions(f"{letter.subject}\n{text}", [entry]))]
    some = shaped or deciding or list(entries)
    named = [entry for entry in some if _names(entry, f"{letter.subject}\n{text}")]
    return tuple(named or some)


def _names(entry: ListEntry, text: str) -> bool:
    tail = entry.key.rpartition("-")[2].upper()
    return entry.name in text or (len(tail) >= 3 and re.search(rf"\b{re.escape(tail)}\b", text) is not None)


def _links(letter: Letter, entries: Sequence[ListEntry], is_shaped: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the links that lead to the hosts of these lists and to more than a page for all, and the foreign ones."""
    hosts = shapes.link_hosts_of(entries)
    places = [(link, shapes.host_of(link)) for link in letter.links]
    foreign = tuple(link for link, host in places if host is not None and not shapes.is_at(host, hosts))
    own = [link for link, host in places if host and shapes.is_at(host, hosts)]
    secret = [link for link in own if is_secret(link)]
    # A short token looks like the name of a page.
    return tuple(dict.fromkeys(secret or ([link for link in own if has_path(link)] if is_shaped else []))), foreign


def _decisions(text: str, entries: Sequence[ListEntry]) -> Iterator[tuple[int, Said]]:
    """Yield where phrases of a decision stand and what they mean; of two that overlap the longer one counts."""
    phrases = {phrase: said for entry in entries for phrase, said in entry.mail.says.items()}
    if not phrases:
        return
    for found in _pattern(tuple(sorted(phrases, key=len, reverse=True))).finditer(text):
        yield found.start(), phrases[" ".join(found.group().lower().split())]


@lru_cache(maxsize=32)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    spaced = (r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", re.IGNORECASE)


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the public addresses and networks that a text names in whatever spelling, each once, in order."""
    return tuple(dict.fromkeys(found for _, found in addresses_at(text)))


def addresses_at(text: str) -> Iterator[tuple[int, str]]:
    """Yield (place, address) for each that a text names; places are those of the text with its dots put back."""
    whole = _COLON.sub(":", _DOT.sub(".", text))
    for token in _TOKEN.finditer(whole):
        for spelled in (token.group(), token.group().rstrip(":"), token.group().partition("/")[0]):
            try:
                yield token.start(), ip.canonical(spelled)
            except UsageError:
                continue
            break


def _is_forward(letter: Letter, text: str, known: Sequence[ListEntry]) -> bool:
    """Whether a person sends on what a list wrote to them, in the text of a mail of their own."""
    if _FORWARDED.search(text) is None and _FORWARD.match(letter.subject) is None:
        return False
    return bool(_forwarded_from(text, known)) or bool(shapes.claimed(letter, known))


def _forwarded_from(text: str, known: Sequence[ListEntry]) -> tuple[ListEntry, ...]:
    domains = {domain.lower() for domain in re.findall(r"@([\w.-]+\w)", text)}
    return tuple(entry for entry in known if any(shapes.is_at(domain, entry.mail.senders) for domain in domains))
