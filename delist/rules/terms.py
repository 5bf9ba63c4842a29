"""Terms of use: whether a zone may be asked by somebody who uses it so, and how often."""

from dataclasses import dataclass

from delist.rules.lists import Zone

# The `why` of what was not asked because of them; scripts rely on it.
TERMS = "terms"


@dataclass(frozen=True, slots=True)
class Declared:
    """What an operator has declared of their use of a zone: for something sold, registered there, with a key."""

    commercial: bool = True
    registered: bool = False
    has_key: bool = False
    per_day: int | None = None


def barred(zone: Zone, declared: Declared) -> str:
    """Return why a zone's terms keep from asking it, empty if they do not. A key is an agreement of its own."""
    if declared.has_key:
        return ""
    if zone.terms.register and not declared.registered:
        return "with a key: [use.keys]" if zone.keyed else "after registering the resolver: [use] registered"
    if not zone.terms.commercial and declared.commercial and not declared.registered:
        return "not for what is sold: [use] commercial"
    return ""


def daily_limit(zone: Zone, declared: Declared) -> int | None:
    """Return how many questions a day the zone may be asked, as agreed or as its terms say; None for no limit."""
    return declared.per_day if declared.per_day is not None else zone.terms.queries_per_day
