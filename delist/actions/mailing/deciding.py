"""Decides about one mail: gathers the requests that it may be about, and says what is to be kept of it."""

from datetime import datetime

from delist.actions.desk import Desk
from delist.actions.mailing.values import Book, Decided, Post
from delist.rules.history import Trust
from delist.rules.lifecycle import Request
from delist.rules.mails.matching import NO_MATCH, Candidate, Match, match
from delist.rules.mails.reading import Reading
from delist.rules.mails.values import Judgement, Kind
from delist.store import mails, reads
from delist.tools import Tools

# A mail that names more addresses than this is a report, not an answer.
_NAMED = 64
NOTHING = Decided(NO_MATCH, None, None, None, None, None, is_kept=False)


def book_of(tools: Tools, desk: Desk | None) -> Book:
    """Return what mails are compared with."""
    entries = tuple(entry for entry in tools.catalogue.all() if entry.mail.is_known)
    return Book(entries, mails.references(desk.tx) if desk else {})


def may_be_about(desk: Desk | None, book: Book, reading: Reading, post: Post) -> bool:
    """Whether a mail can be about anything on record, before it is asked whether it is genuine."""
    if desk is None or mails.is_own_notice(desk.tx, post.letter.key):
        return False
    if _referred(book, reading):
        return True
    named = reading.named.subject if post.is_sifted and not reading.lists else reading.named.all
    if reading.lists and not named:
        return any(mails.open_on(desk.tx, entry.key) for entry in reading.lists)
    return bool(_recorded(desk, named)) or bool(candidates(desk, book, reading))


def _recorded(desk: Desk, addresses: tuple[str, ...]) -> list[str]:
    return mails.recorded(desk.tx, addresses[:_NAMED])


def _referred(book: Book, reading: Reading) -> list[int]:
    """Return the numbers of the requests whose reference stands in the subject."""
    subject = reading.text.partition("\n")[0].lower()
    found = [book.references[word] for word in reading.words if word in book.references]
    found += [numbers for text, numbers in book.references.items() if " " in text and text in subject]
    return [number for numbers in found for number in numbers]


def candidates(desk: Desk, book: Book, reading: Reading) -> list[Candidate]:
    """Return the requests that a mail may be about, each once."""
    found: dict[int, Request] = {}

    def add(requests: list[Request]) -> None:
        found.update({each.number: each for each in requests})

    add(mails.numbered(desk.tx, _referred(book, reading)))
    for entry in reading.lists:
        for address in reading.named.all[:_NAMED]:
            add(mails.may_be_meant(desk.tx, entry.key, address, entry.takes_networks))
        if not reading.named.all:
            add(mails.open_on(desk.tx, entry.key))
    return [Candidate(each, desk.tools.catalogue.get(each.list)) for each in found.values()]


def decide(desk: Desk, book: Book, post: Post, reading: Reading, judgement: Judgement, received: datetime) -> Decided:
    """Return what a mail is about, and whether it is to be kept."""
    found = match(reading, judgement, received, candidates(desk, book, reading), desk.tools.zone)
    named = reading.named.subject if post.is_sifted and not reading.lists else reading.named.all
    recorded = _recorded(desk, named)
    address = found.requests[0].address if found.requests else next(iter(recorded), None)
    known = reads.address(desk.tx, address) if address else None
    return Decided(
        match=found,
        address=address,
        address_id=known.id if known else None,
        list=_list(found, reading),
        expires_at=_expires(reading, received) if judgement.trust is not Trust.REJECTED else None,
        said=reading.said_of(address),
        is_kept=bool(found.requests or found.between or recorded) or _is_awaited(desk, reading, judgement),
        unknown=tuple(each for each in named if each not in recorded) if reading.lists and not recorded else (),
    )


def _is_awaited(desk: Desk, reading: Reading, judgement: Judgement) -> bool:
    """Whether a mail that names no address poses as one of a list from which one is awaited: a person should know."""
    if judgement.trust is not Trust.REJECTED or reading.named.all:
        return False
    return any(mails.open_on(desk.tx, entry.key) for entry in reading.lists)


def _list(found: Match, reading: Reading) -> str | None:
    keys = {each.list for each in found.requests} or {entry.key for entry in reading.lists}
    return next(iter(keys)) if len(keys) == 1 else None


def _expires(reading: Reading, received: datetime) -> datetime | None:
    if reading.kind is not Kind.LINK:
        return None
    return min((entry.mail.valid.after(received) for entry in reading.lists if entry.mail.valid), default=None)
