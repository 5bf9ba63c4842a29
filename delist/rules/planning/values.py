"""What a plan is made of: a listing with what is known of its address, and a step with all that a person must know."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from delist.rules.addresses import covered_by
from delist.rules.evidence.values import Judged
from delist.rules.lifecycle import Request
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment, Period
from delist.rules.reminders import Reminder
from delist.rules.windows import Case
from delist.rules.wording import NO_FACTS, Facts


class Asker(StrEnum):
    """Who may ask a list."""

    YOU = "you"
    PROVIDER = "provider"
    ANYONE = "anyone"
    NOBODY = "nobody"


class Do(StrEnum):
    """What to do about a list."""

    ASK = "ask"
    WAIT_FOR = "wait-for"
    ASKED = "asked"
    LETTER = "letter"
    WAIT = "wait"
    TELL_RECEIVER = "tell-receiver"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Known:
    """What matters of an address beside its cases: who answers for it, what is said of it, what was measured to fail.

    `sends` is whether there is a sign that it sends mail.
    """

    role: str = "owner"
    facts: Facts = NO_FACTS
    failed: tuple[Judged, ...] = ()
    sends: bool = False


NOT_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Listed:
    """A case that stands: listed, or asked and not cleared. `concerns` are the places of the addresses it bears on.

    `was_refused` is whether a mail log has a refusal that names the list.
    """

    case: Case
    known: Known = NOT_KNOWN
    was_refused: bool = False
    concerns: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Mend:
    """What to put right before asking, and for how many entries it is wrong; the sentence is that of the first."""

    claim: str
    mend: str
    entries: int = 1
    address: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One list, and what to do about it: for all of `entries`, the addresses and networks as they are recorded.

    `addresses` counts those that it bears on, a network by what is recorded of it. `after` are the lists that must come
    first, `needs` what the text cannot do without and nobody has said, `expires` when a listing goes by itself
    (`expires_on`: the last of them, a local day; `is_over`: that should be past), `request` the last one made,
    `refused` how many were refused, `by_provider` of them by the provider, `next` what is to be done about an open one.
    """

    list: ListEntry
    who: Asker
    do: Do
    entries: tuple[str, ...]
    addresses: int
    sending: int
    codes: tuple[str, ...]
    since: Moment | None
    after: tuple[str, ...] = ()
    mend: tuple[Mend, ...] = ()
    needs: tuple[str, ...] = ()
    expires: Period | None = None
    expires_on: date | None = None
    is_over: bool = False
    request: Request | None = None
    next: Reminder | None = None
    was_refused: bool = False
    is_due: bool = False
    refused: int = 0
    by_provider: int = 0

    @property
    def is_kept(self) -> bool:
        """Whether the list hears others too, but keeps this entry for the provider."""
        return self.who is Asker.PROVIDER and not self.list.is_for_providers

    @property
    def is_own(self) -> bool:
        """Whether we are the provider, and the list keeps this entry as ours."""
        return self.who is Asker.YOU and not self.list.provider_codes.isdisjoint(self.codes)

    @property
    def targets(self) -> tuple[str, ...]:
        """The entries to ask for: of those that a list takes for one (IPv6, of one /64) the first."""
        one_of = {covered_by(each, self.list.scope): each for each in reversed(self.entries)}
        return tuple(each for each in self.entries if one_of[covered_by(each, self.list.scope)] == each)
