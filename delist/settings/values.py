"""What config.toml says, as values: who asks, for what use, about which addresses, through which name servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from delist.errors import SetupError
from delist.rules.addresses import contains, is_network
from delist.rules.moments import Period
from delist.rules.reminders import DEFAULT_LEAD
from delist.rules.wording import NO_FACTS, Facts


@dataclass(frozen=True, slots=True)
class Sender:
    """Facts about one address or network. `selectors` are those of the DKIM keys that sign its mail, `details` what is
    known of it beside the claims, by name."""

    address: str
    role: str
    facts: Facts
    selectors: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Use:
    """What the lists are looked up for, and what was agreed with them.

    `commercial` is None where nothing is said, `registered` and `queries_per_day` are by list key, `keys` by operator
    as list keys begin. Keys are secrets and stay out of what is printed of this value.
    """

    commercial: bool | None = None
    registered: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    queries_per_day: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dns:
    """The name servers to ask, as HOST:PORT or [IPv6]:PORT (none: the system's), and how fast each at most."""

    nameservers: tuple[str, ...] = ()
    queries_per_second: float | None = None


_A_WEEK = Period(days=7)


@dataclass(frozen=True, slots=True)
class Measuring:
    """Whether texts state what was measured, and for how long a measurement stands."""

    measure: bool = True
    fresh: Period = _A_WEEK


@dataclass(frozen=True, slots=True)
class Login:
    """How a server is reached, and as whom. The password stays out of what is printed of this value."""

    host: str = ""
    port: int | None = None
    security: str = "tls"
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""

    def secret(self) -> str:
        """Return the password, read from its file if there is one; raises SetupError."""
        if not self.password_file:
            return self.password
        try:
            return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "no UTF-8 text"
            raise SetupError(f"cannot read the password file {self.password_file}: {why}") from None


NO_LOGIN = Login()


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where mails of lists arrive: a Maildir or mbox (`path`), or a folder on a server.

    `authserv` are the names under which the operator's own servers write Authentication-Results; `move_to` is the
    folder on the server into which a mail is moved once it is stored.
    """

    path: str = ""
    login: Login = NO_LOGIN
    folder: str = "INBOX"
    authserv: tuple[str, ...] = ()
    move_to: str = ""

    @property
    def is_set(self) -> bool:
        """Whether the operator named one."""
        return bool(self.path or self.login.host)


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told, through what. A recipient is a mail address or the name of a channel; `owners` gives them by the
    owner of an address, `to` those of everybody else. `second` is used where mail may not arrive, `sends_from` are the
    addresses from which the relay sends. Channels are secrets and stay out of what is printed of this value.
    """

    to: tuple[str, ...] = ()
    sender: str = ""
    second: tuple[str, ...] = ()
    sends_from: tuple[str, ...] = ()
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0


NO_USE = Use()
NO_INBOX = Inbox()
NO_NOTIFY = Notify()
SYSTEM_DNS = Dns()
MEASURING = Measuring()


@dataclass(frozen=True, slots=True)
class Settings:
    """What config.toml says, or the defaults."""

    zone: ZoneInfo | None = None
    contact: Facts = NO_FACTS
    details: Mapping[str, str] = field(default_factory=dict)
    lead: Period = DEFAULT_LEAD
    leads: Mapping[str, Period] = field(default_factory=dict)
    senders: tuple[Sender, ...] = ()
    use: Use = NO_USE
    dns: Dns = SYSTEM_DNS
    evidence: Measuring = MEASURING
    own: tuple[str, ...] = ()
    instances: Mapping[str, str] = field(default_factory=dict)
    inbox: Inbox = NO_INBOX
    smtp: Login = NO_LOGIN
    sendmail: str = ""
    notify: Notify = NO_NOTIFY
    check: str = "due"
    logs: tuple[str, ...] = ()

    def sender_of(self, address: str) -> Sender | None:
        """Return the narrowest entry that covers an address."""
        covering = [sender for sender in self.senders if contains(sender.address, address)]
        return max(covering, key=_width, default=None)

    def role_of(self, address: str) -> str:
        """Return whether the operator answers for an address as its owner or as its provider."""
        sender = self.sender_of(address)
        return sender.role if sender else "owner"

    def facts_of(self, address: str) -> Facts:
        """Return what is known of an address, and the contact."""
        sender = self.sender_of(address)
        return sender.facts.over(self.contact) if sender else self.contact

    def details_of(self, address: str) -> dict[str, str]:
        """Return what is known of an address, and of the contact, beside the claims."""
        sender = self.sender_of(address)
        return {**self.details, **(sender.details if sender else {})}


def _width(sender: Sender) -> int:
    return int(sender.address.partition("/")[2] or 128) if is_network(sender.address) else 128
