"""What is to be done about one list: who may ask, whether it is better left alone, what must be right before."""

from collections.abc import Iterator, Sequence

from delist.rules.lists import ListEntry, ListKind, Mode, Who
from delist.rules.planning.values import Asker, Do, Listed, Mend
from delist.rules.wording import required

# What else is measured where a list wants to know the first.
_BESIDE = {"ptr": ("ptr-name",), "bounces": ("mx",)}
_CAUSE = "find out what was sent or what runs there, end it, and be ready to say both"


def who(one: Listed) -> Asker:
    """Return who may ask: a code can say that an entry is the provider's where the list hears others too."""
    entry = one.case.list
    if not entry.can_be_asked or entry.kind in (ListKind.ALLOW, ListKind.INFO):
        return Asker.NOBODY
    if one.known.role == "provider":
        return Asker.YOU
    if entry.is_for_providers or any(code in entry.provider_codes for code in one.case.codes):
        return Asker.PROVIDER
    return Asker.ANYONE if entry.who is Who.ANYONE else Asker.YOU


def do(entry: ListEntry, who: Asker, after: tuple[str, ...]) -> Do:
    """Return what to do about a list that nobody has asked yet, where so many others must come first."""
    if entry.closed:
        return Do.TELL_RECEIVER
    if entry.kind in (ListKind.ALLOW, ListKind.INFO):
        return Do.NOTHING
    if _goes_by_itself(entry, who):
        return Do.WAIT
    if who is Asker.NOBODY:
        return Do.NOTHING
    if after:
        return Do.WAIT_FOR
    return Do.LETTER if who is Asker.PROVIDER else Do.ASK


def _goes_by_itself(entry: ListEntry, who: Asker) -> bool:
    """Whether a listing is better left alone: nothing else is possible, or asking would not be quicker."""
    if entry.removal.mode is Mode.WAIT:
        return True
    if entry.expires is None or who is Asker.PROVIDER:
        return False
    is_no_slower = entry.expires.length <= entry.look_after.length
    return who is Asker.NOBODY or is_no_slower or entry.removal.goes_to is None


def mends(entry: ListEntry, members: Sequence[Listed]) -> Iterator[Mend]:
    """Yield what was measured to fail of what the list wants to know, and the cause where it asks for that."""
    wanted = dict.fromkeys((*entry.requires, *entry.wants))
    if "cause" in wanted and (open_ := sum(one.known.facts.cause is None for one in members)):
        yield Mend("cause", _CAUSE, open_)
    claims = frozenset(claim for name in wanted for claim in (name, *_BESIDE.get(name, ())))
    found: dict[str, list[str]] = {}
    for one in members:
        for judged in one.known.failed:
            if judged.claim in claims:
                found.setdefault(judged.claim, []).append(judged.mend or judged.value)
    yield from (Mend(claim, sentences[0], len(sentences)) for claim, sentences in found.items())


def needs(entry: ListEntry, who: Asker, members: Sequence[Listed]) -> tuple[str, ...]:
    """Return what the form cannot do without and nobody has said; a letter to the provider wants but a contact."""
    requires = ("contact",) if who is Asker.PROVIDER else entry.requires
    facts = {id(one.known.facts): one.known.facts for one in members}.values()
    return tuple(name for name in required(requires) if any(getattr(each, name) in (None, "") for each in facts))
