"""Of which lists a mail is, or says it is: by the domain that it comes from, the name it shows, its subject."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from delist.rules.lists import ListEntry
from delist.rules.mails.values import Author, Letter

_NOT_A_LETTER = re.compile(r"[\W_]+")
# Browsers take a backslash for a slash, drop tabs and line ends, and ask whoever stands behind the last @: whom such a
# link leads to depends on who reads it.
_TRICK = re.compile(r"[\\@\s\x00-\x20\x7f]|[^\x00-\x7f]|%")
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# They lead to no page.
_NO_PAGE = frozenset({"mailto", "tel", "cid", "sms"})
_HOST = re.compile(r"[a-z0-9.-]+", re.IGNORECASE)


def is_at(domain: str, allowed: Iterable[str]) -> bool:
    """Whether a domain is one of these or lies below one."""
    name = domain.lower().rstrip(".")
    return any(name == each or name.endswith(f".{each}") for each in allowed)


def senders_of(entries: Iterable[ListEntry]) -> frozenset[str]:
    """Return the domains from which mails of these lists come."""
    return frozenset(domain for entry in entries for domain in entry.mail.senders)


def link_hosts_of(entries: Iterable[ListEntry]) -> frozenset[str]:
    """Return the hosts to which links in mails of these lists lead."""
    return frozenset(host for entry in entries for host in entry.mail.link_hosts)


def of_sender(letter: Letter, entries: Iterable[ListEntry]) -> tuple[ListEntry, ...]:
    """Return the lists whose mails come from the domain of an author of this one."""
    domains = [author.domain for author in letter.authors if author.domain]
    return tuple(entry for entry in entries if any(is_at(domain, entry.mail.senders) for domain in domains))


def claimed(letter: Letter, entries: Iterable[ListEntry]) -> tuple[ListEntry, ...]:
    """Return the lists that a mail says it is of: by its subject, the name that it shows, or a domain in that name."""
    return tuple(entry for entry in entries if has_shape(letter, entry) or any(_poses(letter, entry)))


def has_shape(letter: Letter, entry: ListEntry) -> bool:
    """Whether a mail has the subject or the sender's name that mails of a list with a link are known by."""
    shape = entry.mail
    if shape.subject and _plain(shape.subject) in _plain(letter.subject):
        return True
    return bool(shape.name) and any(_plain(shape.name) in _plain(author.name) for author in letter.authors)


def _poses(letter: Letter, entry: ListEntry) -> Iterator[bool]:
    """Yield whether each author's name or domain is made to look like the list's own."""
    operator = _plain(entry.operator)
    for author in letter.authors:
        yield any(domain in author.name.lower() for domain in entry.mail.senders)
        if len(operator) >= 6:
            yield operator in _plain(author.name) and _looks_official(author, operator, entry)
            yield operator in _plain(author.domain).split() and not is_at(author.domain, entry.mail.senders)


def _looks_official(author: Author, operator: str, entry: ListEntry) -> bool:
    """Whether the name is that of the list rather than of a person who works for it or writes about it."""
    name = _plain(author.name)
    return name in (operator, _plain(entry.name)) or any(word in name for word in ("noreply", "removal", "support"))


def _plain(text: str) -> str:
    return _NOT_A_LETTER.sub(" ", text.casefold()).strip()


def host_of(link: str) -> str | None:
    """Return the host a link leads to in small letters, "" if that depends on who reads it, None if it leads nowhere.

    A link with a login, a backslash or letters beyond ASCII in its host is such a one.
    """
    scheme = _SCHEME.match(link)
    if scheme and scheme[1].lower() in _NO_PAGE:
        return None
    if scheme is None or scheme[1].lower() not in ("http", "https"):
        return ""
    bare = link.strip()
    place = bare.partition("://")[2]
    authority = re.split(r"[/?#]", place, maxsplit=1)[0]
    if not authority or _TRICK.search(authority) or "\\" in bare or any(c < " " for c in bare):
        return ""
    try:
        host = (urlsplit(bare).hostname or "").rstrip(".")
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""
