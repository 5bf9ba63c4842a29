"""How often zones may still be asked on a day, and how often they were."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC

from delist.actions.checking.plan import Plan, Target
from delist.actions.desk import reading, writing
from delist.errors import OutsideFailed, SetupError
from delist.store import checks, writes
from delist.tools import Tools


def left_today(tools: Tools, what: Plan) -> dict[str, int]:
    """Return how many questions zones with a daily limit may still be asked on this UTC day."""
    with reading(tools) as desk:
        asked = {} if desk is None else checks.asked(desk.tx, tools.now().astimezone(UTC).date())
    return left_after(asked, what)


def left_after(asked: Mapping[str, int], what: Plan) -> dict[str, int]:
    """Return what is left of a day by group, after so many questions to its zones: the least that one allows."""
    left: dict[str, int] = {}
    for target in what.targets:
        if target.per_day is not None:
            zones = {other.zone.name for other in what.targets if other.group == target.group}
            rest = target.per_day - sum(asked.get(zone, 0) for zone in zones)
            left[target.group] = min(rest, left.get(target.group, rest))
    return left


def count_asked(tools: Tools, targets: Iterable[Target], counts: Mapping[str, int]) -> None:
    """Count questions to zones with a daily limit where nothing else is recorded, if that can be recorded at all."""
    limited = {target.zone.name for target in targets if target.per_day is not None}
    wanted = {zone: count for zone, count in counts.items() if zone in limited and count}
    if wanted:
        with suppress(OutsideFailed, SetupError), writing(tools) as desk:
            writes.add_asked(desk.tx, desk.at.astimezone(UTC).date(), wanted)
