"""What is to be done about one list: who may ask, whether it is better left alone, what must be right before."""

from collections.abc import Iterator, Sequence

from delist.rules.lists import ListEntry, ListKind, Who
from delist.rules.planning.values import Asker, Do, Listed, Mend
from delist.rules.wording import required

# What else is measured where a list wants to know the first.
_BESIDE = {"ptr": ("ptr-name",), "bounces": ("mx",)}
_CAUSE = "find out what was sent or what runs there, end it, and be ready to say both"


def who(entry: ListEntry, role: str, is_providers: bool) -> Asker:
    """Return who may ask a list for an address of ours or, as its provider, of others; `is_providers` as in `Held`."""
    if not entry.can_be_asked or entry.kind in (ListKind.ALLOW, ListKind.INFO):
        return Asker.NOBODY
    if is_providers:
        return Asker.PROVIDER
    return Asker.ANYONE if entry.who is Who.ANYONE and role != "provider" else Asker.YOU


def do(entry: ListEntry, who: Asker, after: tuple[str, ...], is_left_alone: bool) -> Do:
    """Return what to do about a list that nobody has asked yet, where so many others must come first."""
    if entry.closed and not entry.off:
        return Do.TELL_RECEIVER
    if entry.off or entry.kind in (ListKind.ALLOW, ListKind.INFO):
        return Do.NOTHING
    # What only the provider can end, and is itself asked nowhere, goes by itself once it is ended.
    has_no_form = who is Asker.YOU and entry.is_for_providers and entry.removal.goes_to is None
    if is_left_alone or (has_no_form and entry.expires is not None):
        return Do.WAIT
    if who is Asker.NOBODY:
        return Do.NOTHING
    if after:
        return Do.WAIT_FOR
    return Do.LETTER if who is Asker.PROVIDER else Do.ASK


def mends(entry: ListEntry, members: Sequence[Listed]) -> Iterator[Mend]:
    """Yield what was measured to fail of what the list wants to know, and the cause where it asks for that."""
    wanted = dict.fromkeys((*entry.requires, *entry.wants))
    if "cause" in wanted and (open_ := sum(one.known.facts.cause is None for one in members)):
        yield Mend("cause", _CAUSE, open_)
    claims = frozenset(claim for name in wanted for claim in (name, *_BESIDE.get(name, ())))
    found: dict[str, list[tuple[str, str]]] = {}
    for one in members:
        for judged in one.known.failed:
            if judged.claim in claims:
                found.setdefault(judged.claim, []).append((judged.mend or judged.value, one.case.address))
    for claim, each in found.items():
        sentence, address = each[0]
        yield Mend(claim, sentence, len(each), address)


def needs(entry: ListEntry, who: Asker, members: Sequence[Listed]) -> tuple[str, ...]:
    """Return what the form cannot do without and nobody has said; a letter to the provider wants but a contact."""
    requires = ("contact",) if who is Asker.PROVIDER else entry.requires
    facts = {id(one.known.facts): one.known.facts for one in members}.values()
    return tuple(name for name in required(requires) if any(getattr(each, name) in (None, "") for each in facts))
