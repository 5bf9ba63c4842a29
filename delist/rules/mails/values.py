"""A mail as the rules see it: who wrote it, what it says, where its links lead, what its signatures are worth."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from delist.rules.history import Trust


class Outcome(StrEnum):
    """What a check of a signature came to; `unknown` where the key could not be asked for, or nothing was signed."""

    PASS = "pass"  # noqa: S105 - what a check came to
    FAIL = "fail"
    UNKNOWN = "unknown"


class Signature(NamedTuple):
    """A DKIM signature (RFC 6376) as it was verified here.

    `headers` are the signed ones in small letters; `is_whole` is whether it covers the body to its end (no `l=`).
    """

    domain: str
    outcome: Outcome
    headers: frozenset[str] = frozenset()
    is_whole: bool = True
    why: str = ""


class Result(NamedTuple):
    """One result of an Authentication-Results header (RFC 8601): by which server, of which method, for which domain."""

    authserv: str
    method: str
    outcome: str
    domain: str


class Author(NamedTuple):
    """One author of a From header: the name that is shown, and the address; both may be empty."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The domain of the address, in small letters and as it goes over the wire (xn--)."""
        return self.address.rpartition("@")[2].lower().rstrip(".")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, taken apart. `key` is its Message-ID without brackets, or `sha256:` and a digest where it has none.

    `twice` are headers that may stand once and stand more often; `texts` the texts, plain ones first; `links` every
    link of the texts and the markup in order; `results` the Authentication-Results, the topmost header first;
    `inner` the mails attached to it. `is_whole` is whether all of it was read, `has_type` whether it has a
    Content-Type.
    """

    key: str
    authors: tuple[Author, ...]
    subject: str
    # Whoever has a link can act with it: neither is printed with this value.
    texts: tuple[str, ...] = field(repr=False)
    links: tuple[str, ...] = field(default=(), repr=False)
    twice: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    inner: tuple["Letter", ...] = ()
    is_whole: bool = True
    has_type: bool = True


class Kind(StrEnum):
    """What a mail of a list is: a link to be opened, a decision, a receipt, or something to be read."""

    LINK = "link"
    DECISION = "decision"
    RECEIPT = "receipt"
    OTHER = "other"


class Why(StrEnum):
    """Why a mail is trusted as far as it is."""

    SIGNED = "signed"
    TRUSTED_HEADER = "trusted-header"
    NO_RESULT = "no-result"
    KEY_UNREACHABLE = "key-unreachable"
    PARTLY_SIGNED = "partly-signed"
    NOT_WHOLE = "not-whole"
    SIGNATURE_FAILED = "signature-failed"
    FOREIGN_SENDER = "foreign-sender"
    FOREIGN_LINK = "foreign-link"
    MALFORMED = "malformed"
    FORWARDED = "forwarded"


class Judgement(NamedTuple):
    """How far a mail is trusted, why, and of what: the signing domain, or the foreign one."""

    trust: Trust
    why: Why
    about: str = ""
