"""The timeline of a case, as it is told to others: what happened, without what was taken back or put off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from delist.rules.asking import Addressee, addressee_of
from delist.rules.history import Entry, Event, Trust, moment_from
from delist.rules.lifecycle import AMENDABLE, MOVES, Request
from delist.rules.listings import Seen, Sighting, SightingSource, in_order
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment
from delist.rules.secrets import conceal


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case: a move of a request, an answer, a note, or a look at the list.

    Of a look `seen` says what it showed and `until` when a look last showed the same; a move has it too where it was
    recorded from a look. Of a mail `mail` is its kind, `said` what it decided, `trust` how far it is trusted.
    """

    moment: Moment
    event: Event
    request: int | None = None
    seen: Seen | None = None
    until: Moment | None = None
    source: SightingSource | None = None
    codes: tuple[str, ...] = ()
    reason: str | None = None
    answered: bool = False
    ptr_changed: bool = False
    note: str | None = None
    mail: str | None = None
    said: str | None = None
    trust: str | None = None


def told_to(request: Request, entry: ListEntry) -> Addressee:
    """Return who was written to: the provider by a letter to it; of a list that was closed by then, a receiver."""
    whom = addressee_of(request.template)
    is_dead = entry.closed is not None and entry.closed <= request.submitted.on
    return Addressee.RECEIVER if whom is Addressee.LIST and is_dead else whom


def steps_of(
    entries: Iterable[tuple[int | None, Entry]], sightings: Iterable[Sighting], *, with_notes: bool = False
) -> tuple[Step, ...]:
    """Return what happened, in order, each thing at the moment to which it was last corrected.

    `entries` are those of a case in order of recording, with the number of the request they belong to, without what
    was taken back.
    """
    looks: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        looks.setdefault(sighting.event_uid or sighting.uid, []).append(sighting)
    steps: list[Step] = []
    told: set[str] = set()
    for number, entry in entries:
        if entry.event is Event.AMENDED:
            steps = [_amended(step, number, entry) for step in steps]
            continue
        seen = looks.pop(entry.uid, [])
        if entry.event in _MOVES:
            steps.append(_seen(Step(entry.moment, entry.event, number), seen))
        elif entry.event is Event.NOTED:
            steps += _noted(number, entry, with_notes)
        elif entry.event is Event.MAILED:
            # One that came before its request stands in the history of the case too.
            steps += _mailed(number, entry) if entry.detail["mail"] not in told else ()
            told.add(entry.detail["mail"])
        elif seen:
            steps.append(_seen(Step(seen[0].moment, Event.SIGHTED, number), seen))
    # A look that changed nothing has no line of history.
    steps += [_seen(Step(seen[0].moment, Event.SIGHTED), seen) for seen in looks.values()]
    return tuple(in_order(steps))


_MOVES = frozenset({Event.SUBMITTED, *(event for _, event in MOVES)})


def _amended(step: Step, number: int | None, entry: Entry) -> Step:
    change = entry.detail.get(str(step.event)) if step.request == number and step.event in AMENDABLE else None
    moment = moment_from(change["to"]) if change else None
    return replace(step, moment=moment) if moment else step


def _seen(step: Step, looks: list[Sighting]) -> Step:
    """Return a step with what looks showed, one for each code."""
    if not looks:
        return step
    last = max((look.until for look in looks), key=lambda moment: moment.order)
    reason = next((look.reason for look in looks if look.reason), None)
    return replace(
        step,
        seen=looks[0].seen,
        until=last if step.moment.is_before(last) else None,
        source=looks[0].source,
        codes=tuple(look.code for look in looks if look.code),
        reason=conceal(reason)[0] if reason else None,
    )


def _mailed(number: int | None, entry: Entry) -> Iterator[Step]:
    """Yield a mail of the list that brought a link or an answer; one that was found to be another's is none of it."""
    kind, trust = entry.detail["kind"], Trust(entry.detail["trust"])
    if kind in ("link", "decision", "receipt") and trust is not Trust.REJECTED:
        said = entry.detail.get("said")
        yield Step(entry.moment, Event.MAILED, number, mail=kind, said=said, trust=str(trust))


def _noted(number: int | None, entry: Entry, with_notes: bool) -> Iterator[Step]:
    text, answered = entry.detail.get("text"), bool(entry.detail.get("answered"))
    ptr_changed, note = bool(entry.detail.get("ptr_changed")), text if with_notes else None
    if answered or ptr_changed or note:
        yield Step(entry.moment, Event.NOTED, number, answered=answered, ptr_changed=ptr_changed, note=note)
