"""Who is told what: persons by the owner of an address, and things that tell the same told once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from delist.rules.history import Event, Trust
from delist.rules.listings import Seen
from delist.rules.mails.values import Kind as MailKind
from delist.rules.notices.troubles import began_key, ended_key
from delist.rules.notices.values import Change, Item, News, Repeat, Trouble, repeated_key
from delist.rules.reminders import Kind, Reminder
from delist.rules.saying import wrong


@dataclass(frozen=True, slots=True)
class Circle:
    """Who is told: `to` everybody's, `owners` by the owner of an address."""

    to: tuple[str, ...]
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, owner: str | None) -> tuple[str, ...]:
        """Return who is told of the addresses of an owner; an owner that is a mail address stands for itself."""
        if owner is None:
            return self.to
        if owner in self.owners:
            return self.owners[owner]
        return (owner,) if "@" in owner and not wrong("email", owner) else self.to


def by_person(items: Iterable[Item], circle: Circle) -> dict[str, list[Item]]:
    """Return by recipient what concerns them, in the order given; what belongs to no address concerns `to`."""
    found: dict[str, list[Item]] = {}
    for item in items:
        for recipient in circle.of(item.place.owner if item.place else None):
            found.setdefault(recipient, []).append(item)
    return found


def ended(trouble: Trouble) -> Item:
    """Return that a streak of failures is over."""
    return Item(ended_key(trouble), trouble)


def began(trouble: Trouble) -> Item:
    """Return that a streak of failures goes on."""
    return Item(began_key(trouble), trouble._replace(ended=None))


def is_news(mail: News) -> bool:
    """Whether a mail is worth telling: not a mere receipt, nor a forged one that is about nobody on record."""
    if mail.trust is Trust.REJECTED:
        return mail.place is not None
    return mail.kind is not MailKind.RECEIPT


def newest(changes: Iterable[Change]) -> Iterator[tuple[Change, tuple[str, ...]]]:
    """Yield the last of the changes that say the same of a case, and the uids of those before it.

    A relisting and what was seen at it say the same; so do a clearing and its sight.
    """
    alike: dict[tuple[str, str, bool], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.place.address, change.list, _is_bad(change)), []).append(change)
    for *earlier, last in alike.values():
        yield last, tuple(each.uid for each in earlier)


def _is_bad(change: Change) -> bool:
    return change.event is Event.RELISTED or change.seen is Seen.LISTED


def unsaid(items: Sequence[Item], held: frozenset[str], cut_short: Mapping[str, Repeat]) -> list[Item]:
    """Return what one person is yet to be told: what was not told, and what perhaps was, once more and marked so.

    `held` are the keys that were told, or may have been; `cut_short` those of unsure notices, whose repetition is due.
    """
    found = []
    for item in items:
        if isinstance(item.what, Trouble) and item.what.ended and began_key(item.what) not in held:
            # Whoever did not hear of a trouble need not hear that it is over.
            continue
        if item.key not in held:
            found.append(replace(item, also=tuple(key for key in item.also if key not in held)))
        elif item.key in cut_short:
            repeat = cut_short[item.key]
            found.append(replace(item, key=repeated_key(item.key, repeat.uid), also=(), repeat=repeat))
    return found


def is_owed(item: Item) -> bool:
    """Whether somebody must be named who is told of it. Not of a trouble that is over, nor of one with notices: that
    nobody could be told of something is such a trouble itself, and would never end.
    """
    return not isinstance(item.what, Trouble) or (item.what.ended is None and item.what.step != _TELLING)


_TELLING = "notify"


def keys_to_know(items: Iterable[Item]) -> list[str]:
    """Return the keys of which must be known whether they were told, before it can be said what is yet to be told."""
    begins = [began_key(item.what) for item in items if isinstance(item.what, Trouble)]
    return [*begins, *(key for item in items for key in item.keys)]


def told_together(items: Sequence[Item]) -> list[Item]:
    """Return the items without those that a reminder among them tells anyway; their keys are claimed with its own."""
    alone: list[Item] = []
    reminders: dict[tuple[object, ...], int] = {}
    for item in items:
        if isinstance(item.what, Reminder):
            reminders.setdefault(_sameness(item.what), len(alone))
            alone.append(item)
        elif (place := reminders.get(_tells(item.what), -1)) >= 0 and alone[place].repeat == item.repeat:
            alone[place] = replace(alone[place], also=(*alone[place].also, *item.keys))
        else:
            alone.append(item)
    return alone


_LISTED = frozenset({Kind.LISTED, Kind.RELISTED})


def _sameness(reminder: Reminder) -> tuple[object, ...]:
    if reminder.kind in _LISTED:
        return "listed", reminder.case.address, reminder.case.list.key
    number = reminder.request.number if reminder.request else None
    # An answer with a reference is a decision that came by mail, not one that is waited for.
    kind = "decision" if reminder.kind is Kind.ANSWER and reminder.ref else str(reminder.kind)
    return kind, number


def _tells(what: Change | News | Trouble) -> tuple[object, ...]:
    """Return which reminder tells the same."""
    if isinstance(what, Change) and _is_bad(what):
        return "listed", what.place.address, what.list
    if isinstance(what, News) and what.number is not None and what.trust is not Trust.REJECTED:
        if what.kind is MailKind.LINK:
            return str(Kind.CONFIRM), what.number
        if what.kind is MailKind.DECISION and what.trust is Trust.GENUINE:
            return "decision", what.number
    return ()
