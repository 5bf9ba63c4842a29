"""What is taken in, by what it is judged, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from delist.rules.history import Trust
from delist.rules.lists import ListEntry, Said
from delist.rules.mails.matching import Match
from delist.rules.mails.reading import Reading
from delist.rules.mails.values import Judgement, Letter


@dataclass(frozen=True, slots=True)
class Post:
    """A mail to be taken in, as it came. `received_at` is the mailbox's word, UTC, None if it comes now.

    `is_sifted` says that it lies among others: then its sender, subject or reference must speak for it. Whoever
    attached a mail to another (`is_attached`) could write any header of it.
    """

    letter: Letter
    raw: bytes
    received_at: datetime | None = None
    source: str = "file"
    is_sifted: bool = False
    is_attached: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """What mails are compared with: the lists whose mails are known, and references with their requests' numbers."""

    entries: tuple[ListEntry, ...]
    references: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a mail turned out to be about. `address` is one on record, `unknown` are those it names that are not.

    `address_id` is None where it names none on record. `is_kept` says that it is about anything on record, `number` is
    the request of one that was taken in before.
    """

    match: Match
    address: str | None
    address_id: int | None
    list: str | None
    expires_at: datetime | None
    said: Said | None
    is_kept: bool
    unknown: tuple[str, ...] = ()
    number: int | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The requests that it is about, by number."""
        known = (self.number,) if self.number is not None else ()
        return tuple(each.number for each in self.match.requests) or known


def key_of(letter: Letter, trust: Trust) -> str:
    """Return the key of a mail: a rejected one has one of its own, since anybody may write the Message-ID of another.

    So a mail that was altered on its way, or forged, takes nothing from the genuine one that comes later.
    """
    return f"{trust}:{letter.key}" if trust is Trust.REJECTED else letter.key


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail. `uid` is None where it was not kept; `is_new` is False for one that was taken in before.

    `sender` and `subject` hold no link; instants are UTC.
    """

    post: Post
    reading: Reading
    judgement: Judgement
    decided: Decided
    received_at: datetime
    sender: str
    subject: str
    uid: str | None = None
    is_new: bool = True

    @property
    def key(self) -> str:
        """Under which key it is kept."""
        return key_of(self.post.letter, self.judgement.trust)

    @property
    def is_kept(self) -> bool:
        """Whether it stands in the records, or, in a dry run, would."""
        return self.decided.is_kept
