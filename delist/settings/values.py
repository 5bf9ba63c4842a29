"""What config.toml says, as values: who asks, for what use, about which addresses, through which name servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

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


NO_USE = Use()
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
