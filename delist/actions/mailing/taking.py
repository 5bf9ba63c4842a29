"""Takes in one mail: reads it, has its signatures verified while no transaction is open, decides, and keeps it once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from delist.actions.desk import Desk, reading, writing
from delist.actions.mailing.deciding import NOTHING, decide, may_be_about
from delist.actions.mailing.keeping import keep_mail
from delist.actions.mailing.values import Book, Decided, Post, Taken, key_of
from delist.rules.history import Trust
from delist.rules.lists import Said
from delist.rules.mails import shapes
from delist.rules.mails.judging import Checks, judge
from delist.rules.mails.masking import masked_text
from delist.rules.mails.matching import NO_MATCH
from delist.rules.mails.reading import Reading, addresses_in, read
from delist.rules.mails.values import Judgement, Kind, Letter, Signature, Why
from delist.store import mails
from delist.store.mails import KeptMail
from delist.tools import Tools

# So long verifying the signatures of one mail may take, in seconds.
_PATIENCE = 10.0
_SHOWN = 300
_UNASKED = Judgement(Trust.UNVERIFIED, Why.NO_RESULT)
# Done in the transaction in which a mail is kept, and told whether it is kept: how far a mailbox was read.
Also = Callable[[Desk, bool], None]


def is_wanted(tools: Tools, book: Book, letter: Letter) -> bool:
    """Whether a mail that lies among others may be one of a list, by its sender, its subject or a reference in it."""
    if shapes.of_sender(letter, book.entries) or shapes.claimed(letter, book.entries):
        return True
    subject = letter.subject.lower()
    if any(reference in subject for reference in book.references):
        return True
    named = addresses_in(letter.subject)
    if not named:
        return False
    with reading(tools) as desk:
        return desk is not None and bool(mails.recorded(desk.tx, named))


def take(tools: Tools, book: Book, post: Post, *, dry_run: bool = False, also: Also | None = None) -> Taken:
    """Take in one mail; one that was taken in before changes nothing. `also` is done in the same transaction."""
    received = min(post.received_at or tools.now(), tools.now())
    found = read(post.letter, book.entries)
    with reading(tools) as desk:
        known = mails.by_key(desk.tx, post.letter.key) if desk else None
        is_rejected = desk is not None and mails.by_key(desk.tx, key_of(post.letter, Trust.REJECTED)) is not None
        # One that was rejected is judged again: only its Message-ID is known, which anybody can have written.
        is_meant = known is not None or is_rejected or may_be_about(desk, book, found, post)
    if known or not is_meant:
        taken = _known(post, found, known) if known else _nothing(post, found, received)
        if also and not dry_run:
            with writing(tools) as desk:
                also(desk, known is not None)
        return taken
    judgement = judge(post.letter, found, Checks(_signatures(tools, post, found), _trusted(tools, post)))
    taken = _taken(post, found, judgement, received)
    return _would_be(tools, book, taken) if dry_run else _kept(tools, book, taken, also)


def _nothing(post: Post, found: Reading, received: datetime) -> Taken:
    """Return a mail that is about nothing on record, with the addresses that it names."""
    unknown = found.named.all if found.is_from_list else ()
    return replace(_taken(post, found, _UNASKED, received), decided=replace(NOTHING, unknown=unknown))


def _trusted(tools: Tools, post: Post) -> tuple[str, ...]:
    return () if post.is_attached else tools.settings.inbox.authserv


def _signatures(tools: Tools, post: Post, found: Reading) -> tuple[Signature, ...]:
    """Return what the signatures of a mail that says it is of a list are worth; nobody is asked about another."""
    if not found.is_from_list:
        return ()
    # Imported late: they bring cryptography, which takes longer to import than all else.
    from delist.lookup import parse_nameserver, system_nameservers
    from delist.mail.signatures import verified

    named = [parse_nameserver(text) for text in tools.settings.dns.nameservers]
    return verified(post.raw, named or system_nameservers(), _PATIENCE)


def _taken(post: Post, found: Reading, judgement: Judgement, received: datetime) -> Taken:
    author = next(iter(post.letter.authors), None)
    sender = f"{author.name} <{author.address}>" if author and author.name else author.address if author else ""
    links = post.letter.links
    shown = masked_text(sender[:_SHOWN], links), masked_text(post.letter.subject[:_SHOWN], links)
    return Taken(post, found, judgement, NOTHING, received, *shown)


def _known(post: Post, found: Reading, known: KeptMail) -> Taken:
    """Return a mail that was taken in before as it was judged then."""
    judgement = Judgement(Trust(known.trust), Why(known.why))
    reread = replace(found, kind=Kind(known.kind))
    said = Said(known.said) if known.said else None
    about = Decided(NO_MATCH, known.address, None, known.list, known.expires_at, said, True, number=known.number)
    sender, subject = known.sender, known.subject
    return Taken(post, reread, judgement, about, known.received_at, sender, subject, known.uid, is_new=False)


def _would_be(tools: Tools, book: Book, taken: Taken) -> Taken:
    with reading(tools) as desk:
        if desk is None:
            return taken
        known = _known_before(desk, taken)
        return _known(taken.post, taken.reading, known) if known else _decided(desk, book, taken)


def _known_before(desk: Desk, taken: Taken) -> KeptMail | None:
    return mails.by_key(desk.tx, taken.post.letter.key) or mails.by_key(desk.tx, taken.key)


def _decided(desk: Desk, book: Book, taken: Taken) -> Taken:
    about = decide(desk, book, taken.post, taken.reading, taken.judgement, taken.received_at)
    return replace(taken, decided=about)


def _kept(tools: Tools, book: Book, taken: Taken, also: Also | None) -> Taken:
    """Decide on the records as they stand now, and keep the mail: another process may have taken it in meanwhile."""
    with writing(tools) as desk:
        known = _known_before(desk, taken)
        decided = _decided(desk, book, taken)
        if known is None and decided.is_kept:
            decided = replace(decided, uid=keep_mail(desk, decided))
        if also:
            also(desk, decided.is_kept)
    return decided if known is None else _known(taken.post, taken.reading, known)
