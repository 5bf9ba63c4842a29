"""The values of reading a reply: what the names in it stand for, and what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

# Names that a reply's list may have beside the keys of the catalogue: refused for its PTR record or as a dynamic
# address with nobody named; and a block that names no list that is known.
NOBODY = "none"
UNKNOWN = "unknown"


class Subtype(StrEnum):
    """On what grounds an address is refused."""

    LISTED = "listed"
    REPUTATION = "reputation"
    DYNAMIC_POLICY = "dynamic-policy"
    RDNS = "rdns"
    RATELIMIT = "ratelimit"
    OTHER = "other"


class Fault(StrEnum):
    """Who has to mend something: whoever sends, or the receiver, who asks a dead list or asks a list wrongly."""

    SENDER = "sender"
    RECEIVER = "receiver"


class Topic(StrEnum):
    """What a reply is about; only an ADDRESS is a block, and a DEAD_LIST one that nobody can be asked about."""

    ADDRESS = "address"
    DEAD_LIST = "dead-list"
    QUERY_ERROR = "query-error"
    DOMAIN = "domain"
    HELO = "helo"
    SENDER = "sender"
    RECIPIENT = "recipient"
    AUTHENTICATION = "authentication"
    MESSAGE = "message"
    GREYLISTING = "greylisting"
    LIMIT = "limit"
    RELAYING = "relaying"
    OTHER = "other"


class Reading(NamedTuple):
    """What one reply says. `list` is a reply key (NOBODY, UNKNOWN), None where it is no block of the address.

    `address` is the address that the reply names as the one refused, in canonical form. `also` are further keys it
    names, the less precise and the second ones.
    """

    block: bool
    topic: Topic
    subtype: Subtype | None = None
    list: str | None = None
    address: str | None = None
    fault: Fault | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """What a reply may name, from the catalogue: DNS zones and the reply keys they stand for, and which are dead.

    `zones` maps a zone (lower case) to its reply key; `dead` are the zones that no longer answer rightly.
    """

    zones: Mapping[str, str] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
