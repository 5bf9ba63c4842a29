"""What a check is asked for, what it yields on the way, and what it came to."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from delist.actions.checking.looking import Looked
from delist.actions.checking.recording import Changed, Recorded
from delist.rules.dnsbl import Verdict

# If so many zones are found empty, it is the resolver that is.
_ENOUGH_ZONES = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a check; `limit` asks about each address of networks, up to so many."""

    addresses: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    site: str | None = None
    due: bool = False
    limit: int | None = None
    once: bool = False
    wait: bool = True
    dry_run: bool = False
    changes: bool = False
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some addresses of a run: what was found, when (UTC), what that changed.

    `again` if it is a second look; `retold` if a stopped run has told it before, and counted it.
    """

    looked: Looked
    at: datetime
    recorded: Recorded
    again: bool = False
    retold: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait for a second look at so many findings, in seconds; a run that is left meanwhile has lost nothing."""

    seconds: float
    findings: int


@dataclass(slots=True)
class Summary:
    """What a run came to: counts of findings by verdict, what was not asked by (list, why), what zones were in
    trouble, what changed. `unasked` are addresses about which no list was asked, `whys` why lists could not tell.
    """

    addresses: int = 0
    unasked: int = 0
    whys: dict[str, None] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    verdicts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    troubles: dict[str, str] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)
    waiting: int = 0

    @property
    def is_listed(self) -> bool:
        """Whether a listing was found."""
        return self.verdicts[Verdict.LISTED] > 0

    @property
    def could_not_tell(self) -> int:
        """How many findings were asked for and say nothing."""
        return self.verdicts[Verdict.UNKNOWN] + self.verdicts[Verdict.TURNED_AWAY]

    @property
    def nothing_told(self) -> bool:
        """Whether lists were asked, and none of them told anything."""
        return bool(self.could_not_tell) and not self.is_listed and not self.verdicts[Verdict.CLEAR]

    @property
    def why_nothing(self) -> str:
        """The commonest reasons for which nothing could be told, as a clause."""
        reasons = list(self.whys)
        if len(self.troubles) >= _ENOUGH_ZONES and all(reason.startswith("dead-empty") for reason in reasons):
            return "this resolver answers nothing from any list"
        more = f" and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
        return "; ".join(reasons[:3]) + more
