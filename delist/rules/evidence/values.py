"""The values of measuring: what was looked at, what came of it, what it means for a claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

# In the order in which operators look at them. Those of a request text have the same names there.
MEASURED = (
    *("sbl", "refusals", "static", "ptr", "ptr-name", "helo", "spf", "dkim", "dmarc"),
    *("mx", "bounces", "traffic", "port25"),
)


class Outcome(StrEnum):
    """Whether what is claimed is so; a look that came to nothing is unknown, never a failure of the claim."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


class Looked(NamedTuple):
    """What DNS has under a name: records in order (none: there is no such name, or none of the type), or why not."""

    records: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: an address, and what it is said to send as. `selectors` are those of its DKIM keys,
    `spf` is the record that is expected, `ptr` the name that its reverse DNS is said to give."""

    address: str
    domain: str | None = None
    helo: str | None = None
    selectors: tuple[str, ...] = ()
    bounce_domain: str | None = None
    spf: str | None = None
    ptr: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a measurement means. `value` says what was seen, `how` by which look, `mend` what to do if it fails.

    `facts` are the parts of it that a text may state, each documented by the rule that makes them.
    """

    claim: str
    outcome: Outcome
    value: str
    how: str
    mend: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement as it was made: at which UTC instant, and through which name server, None if none was asked."""

    judged: Judged
    at: datetime
    nameserver: str | None = None

    @property
    def claim(self) -> str:
        """What was measured."""
        return self.judged.claim

    @property
    def outcome(self) -> Outcome:
        """Whether it holds."""
        return self.judged.outcome


class Port(StrEnum):
    """What a TCP port did when somebody called: took the call, refused it, did not answer, or could not be reached."""

    OPEN = "open"
    CLOSED = "closed"
    FILTERED = "filtered"
    UNREACHABLE = "unreachable"


class Call(NamedTuple):
    """A call to TCP port 25 of an address. `source` is the address it went out from, None if it did not go out.

    `banner` is the first line that an open port said, None if it said nothing in time; `seconds` is how long it was
    waited, 0 where a firewall on the way refused.
    """

    port: Port
    source: str | None = None
    banner: str | None = None
    seconds: float = 0.0


class Key(NamedTuple):
    """A DKIM key as it was found under a name: its type and length in bits, or why it is none."""

    name: str
    kind: str | None = None
    bits: int = 0
    problem: str | None = None
    failure: str | None = None


class Spf(NamedTuple):
    """An evaluation of SPF (RFC 7208): the result in its words, the record of the domain, why in words."""

    result: str
    record: str | None = None
    why: str = ""
