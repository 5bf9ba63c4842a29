"""What a scan comes to: groups with what explains them, and what came of it in the records."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from delist.actions.meanings import Behind, Meanings
from delist.actions.scanning.groups import Group
from delist.maillog.values import Tally, Trouble
from delist.rules.lifecycle import Request
from delist.rules.listings import Seen
from delist.rules.moments import Moment
from delist.rules.replies.values import Fault, Subtype


@dataclass(frozen=True, slots=True)
class Changed:
    """What a log changed in the records of a case: a listing that began, or one that ended, and the request it moved.

    `until` is the latest refusal of a listing.
    """

    address: str
    list: str
    seen: Seen
    moment: Moment
    until: Moment | None
    request: Request | None
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A group of refusals, the list that explains it, if one does, and what is known of that list or of the reply.

    `is_own` is whether the address is ours, or nobody said which ones are.
    """

    group: Group
    cause: str | None
    behind: Behind
    is_own: bool = True


def is_undecided(found: Found, meanings: Meanings) -> bool:
    """Whether refusals mean a listing, but of several lists nobody knows which: it cannot be recorded."""
    group, meaning = found.group, meanings.of(found.group.key)
    is_listing = group.subtype is Subtype.LISTED and group.fault is Fault.SENDER and found.is_own
    return is_listing and found.cause is None and group.address is not None and len(meaning.points) > 1


@dataclass(slots=True)
class Summary:
    """What a scan came to. `unrecorded` are own addresses that were seen and that no record knows, `foreign` those
    that replies name though they are not among the declared own ones; `undated` are refusals without a time, or with
    one in the future; `undecided` groups name several lists, of which nobody knows the one that is meant.
    """

    groups: Sequence[Found] = ()
    tally: Tally = field(default_factory=Tally)
    troubles: list[Trouble] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    unrecorded: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    undated: int = 0
    undecided: tuple[Found, ...] = ()
