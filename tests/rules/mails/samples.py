"""Letters with defaults, so that a test says only what matters to it."""

from dataclasses import replace
from typing import Any

from delist.rules.mails.reading import Reading, read
from delist.rules.mails.values import Author, Letter, Outcome, Signature
from tests.builders import CATALOGUE

ENTRIES = [entry for entry in CATALOGUE.all() if entry.mail.is_known]
LINK = "https://check.spamhaus.org/removal/confirm?token=3f9c1c2a7be14d0f8a6b5c4d"
SIGNED = frozenset({"from", "to", "subject", "date", "content-type"})


def a_letter(**changes: Any) -> Letter:
    """Return the mail by which Spamhaus has a removal from the PBL confirmed."""
    letter = Letter(
        key="1@spamhaus.org",
        authors=(Author("Spamhaus", "noreply@spamhaus.org"),),
        subject="Spamhaus removal verification for 203.0.113.7",
        texts=(f"Open {LINK} to have 203.0.113.7 removed from the PBL.",),
        links=(LINK,),
    )
    return replace(letter, **changes)


def a_decision(text: str, subject: str = "Re: SRX1510000000ID", **changes: Any) -> Letter:
    """Return an answer of the support of Outlook.com."""
    author = Author("Outlook.com Support", "support@css.one.microsoft.com")
    return a_letter(authors=(author,), subject=subject, texts=(text,), links=(), **changes)


def of(letter: Letter) -> Reading:
    """Return what a letter says by the shipped catalogue."""
    return read(letter, ENTRIES)


def a_signature(outcome: Outcome = Outcome.PASS, domain: str = "spamhaus.org", **changes: Any) -> Signature:
    """Return a signature that covers what it should."""
    return Signature(domain, outcome, **{"headers": SIGNED, **changes})
