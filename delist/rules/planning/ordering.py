"""The order in which steps are taken."""

from collections.abc import Iterable, Mapping
from typing import Any

from delist.rules.addresses import order
from delist.rules.planning.values import Do, Step


def in_order(found: Iterable[Step]) -> list[Step]:
    """Return steps in the order in which to take them."""
    whole = list(found)
    blockers = {key for step in whole for key in step.after}
    letter_first = any(step.do is Do.LETTER and step.list.key in blockers for step in whole)
    after: dict[str, set[str]] = {}
    for step in whole:
        after.setdefault(step.list.key, set()).update(step.after)
    depths: dict[str, int] = {}
    for key in after:
        _depth(key, after, depths)
    keys = [_urgency(step, blockers, depths, letter_first) for step in whole]
    late = _by_operator(zip(whole, keys, strict=True))

    def place(each: tuple[Step, tuple[Any, ...]]) -> tuple[object, ...]:
        step, key = each
        if step.do not in _ASKS or step.list.key in blockers or step.list.is_about_abuse:
            return key, False, key
        behind = late.get((step.list.operator, step.do is Do.WAIT_FOR), key)
        return max(key, behind), behind > key, key

    return [step for step, _ in sorted(zip(whole, keys, strict=True), key=place)]


_ASKS = (Do.ASK, Do.LETTER, Do.WAIT_FOR)


def _by_operator(found: Iterable[tuple[Step, tuple[Any, ...]]]) -> dict[tuple[str, bool], tuple[Any, ...]]:
    """Return the last key of the abuse lists of each operator, those of now apart from those that wait for others.

    Nobody takes an address off a policy list of theirs while their other lists say that it does harm.
    """
    late: dict[tuple[str, bool], tuple[Any, ...]] = {}
    for step, key in found:
        if step.do in _ASKS and step.list.is_about_abuse:
            waits = (True,) if step.do is Do.WAIT_FOR else (False, True)
            for place in ((step.list.operator, each) for each in waits):
                late[place] = max(late.get(place, key), key)
    return late


def _depth(key: str, after: Mapping[str, set[str]], depths: dict[str, int]) -> int:
    """Return how many lists stand one before the other before this one."""
    if key not in depths:
        depths[key] = max((_depth(each, after, depths) + 1 for each in after.get(key, ())), default=0)
    return depths[key]


_RANKS = {Do.ASK: 2, Do.LETTER: 3, Do.WAIT_FOR: 5, Do.WAIT: 6, Do.TELL_RECEIVER: 7, Do.NOTHING: 8}


def _urgency(step: Step, blockers: set[str], depths: Mapping[str, int], letter_first: bool) -> tuple[Any, ...]:
    """A key: what others wait for; what is begun and due; what can be asked now; the provider's; the rest.

    One letter goes to the provider: if it is needed first, all that belongs into it comes with it. Of what can be
    asked, first come the lists for which mail was refused, as logs show, then those that most receivers ask (the
    catalogue's defaults); of these the ones with nothing to mend, policy lists among them, then the quicker ones.
    """
    entry = step.list
    if entry.key in blockers or (letter_first and step.do is Do.LETTER):
        rank = 0
    elif step.do is Do.ASKED:
        rank = 1 if step.is_due else 4
    else:
        rank = _RANKS[step.do]
    stake = (not step.was_refused, not entry.default, bool(step.mend), entry.look_after.length)
    depth = depths[entry.key] if rank in (0, _RANKS[Do.WAIT_FOR]) else 0
    return rank, depth, entry.key not in blockers, *stake, entry.key, order(step.entries[0]), step.do
