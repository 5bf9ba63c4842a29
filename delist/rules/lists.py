"""The catalogue's values: a list, whom it listens to, how one gets off it, and when one is on it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from urllib.parse import quote

from delist.rules.moments import Period

DEFAULT_LIST = "spamhaus-pbl"
# Without a default, a request to a list that says nothing would stay pending for ever, unnoticed.
DEFAULT_EFFECT = Period(days=2)
# What an answer of a zone may mean where it is no listing.
NO_LISTING = ("turned-away", "allow", "ignore")


class ListKind(StrEnum):
    """What an entry is."""

    BLOCK = "block"
    ALLOW = "allow"
    SCORE = "score"
    RECEIVER = "receiver"
    PROVIDER = "provider"
    INFO = "info"


class Scope(StrEnum):
    """What a list lists: one address, a prefix (IPv6: the /64), a range, a whole network, a mail tenant."""

    ADDRESS = "address"
    PREFIX = "prefix"
    RANGE = "range"
    NETWORK = "network"
    TENANT = "tenant"


class Who(StrEnum):
    """Who may ask for removal."""

    OWNER = "owner"
    PROVIDER = "provider"
    ANYONE = "anyone"
    NOBODY = "nobody"


class Mode(StrEnum):
    """How one asks."""

    FORM = "form"
    FORM_MAIL = "form-mail"
    FORM_MAIL_BUTTON = "form-mail-button"
    MAIL = "mail"
    ACCOUNT = "account"
    SELF_REQUEST = "self-request"
    WAIT = "wait"
    PROVIDER = "provider"
    NONE = "none"


class Confidence(StrEnum):
    """How well a fact is supported."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    BACKGROUND = "background"


class WindowKind(StrEnum):
    """What happens at the end of a window."""

    EXCLUSION_ENDS = "exclusion-ends"
    EXPECTED_CLEAR = "expected-clear"
    KEEP_ALIVE = "keep-alive"


class Origin(StrEnum):
    """From what a window counts."""

    CONFIRMED = "confirmed"
    SUBMITTED = "submitted"
    LISTED = "listed"


class Basis(StrEnum):
    """Whether an operator says so, or somebody saw it."""

    STATED = "stated"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class WindowRule:
    """After how long relisting, expiry or dormancy is stated or was observed."""

    after: Period
    kind: WindowKind
    basis: Basis
    source: str
    origin: Origin = Origin.CONFIRMED
    seen: date | None = None
    confidence: Confidence = Confidence.HIGH


@dataclass(frozen=True, slots=True)
class FactSource:
    """Where a fact comes from, when it was read there, and how far to trust it."""

    url: str
    checked: date
    confidence: Confidence
    says: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """The procedure: where to go, what the form asks, what the last step is.

    `labels` say what a form asks in a field, where the field's own name does not tell it. `limit` is the longest text
    it takes, in characters, None if none is known; `many` is whether one request may name many addresses, None if that
    is not known.
    """

    mode: Mode = Mode.FORM
    url: str | None = None
    mail: str | None = None
    fields: tuple[str, ...] = ()
    fields_seen: date | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    limit: int | None = None
    many: bool | None = None
    wants_text: bool = False
    language: str = "en"
    confirmation: str = ""

    @property
    def goes_to(self) -> str | None:
        """Where a request goes: the page, or the mail address where it is a mail; None if neither is known."""
        return self.mail if self.mode is Mode.MAIL and self.mail else self.url or self.mail


@dataclass(frozen=True, slots=True)
class MailShape:
    """What the mails of a list look like.

    `senders` are the domains that they come from and that sign them, `name` is whom they say they are from, `subject`
    what the subject of the one with a link holds, `link_hosts` the hosts (and their subdomains) that links lead to,
    `valid` how long a link can be used. `says` gives what phrases of a decision mean, by the phrase in small letters.
    """

    senders: tuple[str, ...] = ()
    name: str = ""
    subject: str = ""
    link_hosts: tuple[str, ...] = ()
    valid: Period | None = None
    says: Mapping[str, "Said"] = field(default_factory=dict, hash=False)

    @property
    def is_known(self) -> bool:
        """Whether anything is known of them."""
        return bool(self.senders)


class Said(StrEnum):
    """What a mail of a list says of a request."""

    NOT_QUALIFIED = "not-qualified"
    DENIED = "denied"
    MITIGATED = "mitigated"
    REMOVED = "removed"
    RECEIVED = "received"
    NEEDS_MORE = "needs-more"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of the catalogue: what one can be on, and what one can do about it."""

    key: str
    name: str
    operator: str
    kind: ListKind
    scope: Scope = Scope.ADDRESS
    who: Who = Who.OWNER
    default: bool = False
    about: str = ""
    advice: tuple[str, ...] = ()
    removal: Removal = Removal()
    look_up: str | None = None
    waits_for: tuple[str, ...] = ()
    confirm_within: Period | None = None
    effect_within: Period | None = None
    answer_within: Period | None = None
    lead: Period | None = None
    wants: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    reopens: tuple[str, ...] = ()
    mail: MailShape = MailShape()
    windows: tuple[WindowRule, ...] = ()
    sources: tuple[FactSource, ...] = ()
    closed: date | None = None
    # The operator wants nothing to do with it: no command takes it, and what is on record of it calls for nothing.
    off: bool = False
    # From its zones: whether DNS answers for it, and which codes say that the entry is the provider's.
    in_dns: bool = False
    provider_codes: frozenset[str] = frozenset()

    @property
    def has_confirmation(self) -> bool:
        """Whether a step follows the form; without one, the submission is the confirmation date."""
        return self.confirm_within is not None

    @property
    def look_after(self) -> Period:
        """How long after the confirmation to look whether it took: what the list says, or two days."""
        return self.effect_within or DEFAULT_EFFECT

    @property
    def can_be_asked(self) -> bool:
        """Whether anybody at all can ask for removal."""
        silent = self.removal.mode in (Mode.NONE, Mode.WAIT)
        return self.who is not Who.NOBODY and not silent and self.closed is None and not self.off

    @property
    def is_for_providers(self) -> bool:
        """Whether only the provider of an address is heard."""
        return self.who is Who.PROVIDER or self.removal.mode is Mode.PROVIDER

    @property
    def is_about_abuse(self) -> bool:
        """Whether it lists for what was sent or runs there, and not by policy: it wants to know the cause."""
        return "cause" in self.wants or "cause" in self.requires

    @property
    def expires(self) -> Period | None:
        """How long after it was last seen a listing goes by itself, None if it does not or nobody says so."""
        return next((window.after for window in self.windows_of(WindowKind.EXPECTED_CLEAR)), None)

    @property
    def takes_networks(self) -> bool:
        """Whether an entry of this list can be a network."""
        return self.scope in (Scope.PREFIX, Scope.RANGE, Scope.NETWORK)

    @property
    def confidence(self) -> Confidence:
        """The weakest support among its sources."""
        ranks = list(Confidence)
        return max((source.confidence for source in self.sources), key=ranks.index, default=Confidence.HIGH)

    def page_for(self, address: str) -> str | None:
        """Return the page at which a person looks an address or network up by hand, None if no page is known."""
        if self.look_up is None:
            return self.removal.url
        return self.look_up.replace("{address}", quote(address, safe=""))

    def windows_of(self, kind: WindowKind) -> tuple[WindowRule, ...]:
        """Return the windows of one kind, in the catalogue's order."""
        return tuple(window for window in self.windows if window.kind is kind)


@dataclass(frozen=True, slots=True)
class ReplyEntry:
    """What a reply names: its name for people, where one asks for removal, and which listings may be the cause of it.

    `request_at` are list keys, none where nothing can be asked. `inferred` says that the reply does not name them.
    `behind` are keys, or operators for all their lists, whose listing may stand behind a refusal that names another.
    """

    key: str
    name: str
    request_at: tuple[str, ...] = ()
    inferred: bool = False
    behind: tuple[str, ...] = ()
    about: str = ""
    sources: tuple[FactSource, ...] = ()

    def may_come_from(self, key: str) -> bool:
        """Whether a listing that a reply names by this key may be the cause of this one."""
        return any(key == name or key.startswith(f"{name}-") for name in self.behind)


@dataclass(frozen=True, slots=True)
class ZoneAnswer:
    """What one answer code of a zone means: a listing of a list, or turned-away, allow, ignore."""

    means: str
    who: Who | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a zone may be asked: for something sold or not, how often, after registering or not."""

    commercial: bool = True
    queries_per_day: int | None = None
    queries_per_second: float | None = None
    register: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """The addresses that a zone always lists and never lists (RFC 5782, section 5); None: it has no such point."""

    listed: str | None = "127.0.0.2"
    clear: str | None = "127.0.0.1"
    listed6: str | None = "::ffff:7f00:2"
    clear6: str | None = "::ffff:7f00:1"


ANY_USE = Terms()
POINTS = Points()
NO_TEST = Points(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Zone:
    """The DNS side: the codes a zone answers with, its test points and terms, or when it died and how."""

    name: str
    answers: Mapping[str, ZoneAnswer] = field(default_factory=dict)
    ipv6: bool = False
    points: Points = POINTS
    keyed: str | None = None
    terms: Terms = ANY_USE
    closed: date | None = None
    died: str = ""
    list_key: str | None = None
    # What a reply that names the zone is known by, where its codes stand for several lists.
    reply_key: str | None = None
