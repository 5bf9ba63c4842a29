"""What there is to tell each person now: read from the records, without what was told before."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from delist.actions import steps
from delist.actions.desk import Desk
from delist.actions.due import Agenda
from delist.actions.notifying.routes import listed_relay, unreached
from delist.rules.notices import grouping
from delist.rules.notices.grouping import Circle
from delist.rules.notices.stages import key_of, stage_of
from delist.rules.notices.troubles import streaks
from delist.rules.notices.values import Digest, Item, Place, base_of
from delist.rules.reminders import Reminder
from delist.store import notices

# A change is told however late, but what was recorded long before anybody asked for notices is no news.
_BEFORE_THE_FIRST = timedelta(days=1)
_LONGEST_BACK = timedelta(days=30)


class Gathered(NamedTuple):
    """What each person is yet to be told, one digest each; and the sentence for what concerns nobody, None if nothing
    does: it keeps nobody from being told of theirs.
    """

    digests: tuple[Digest, ...] = ()
    unreached: str | None = None


NOTHING = Gathered()


def gathered(desk: Desk, agenda: Agenda, circle: Circle) -> Gathered:
    """Return what there is to tell whom."""
    items = list(_items(desk, agenda))
    relay = listed_relay(desk)
    found = []
    for recipient, mine in grouping.by_person(items, circle).items():
        if left := _left(desk, recipient, mine):
            found.append(Digest(recipient, tuple(left), agenda.moment, _names(desk, left), relay))
    return Gathered(tuple(found), unreached(filter(grouping.is_owed, items), circle))


def _left(desk: Desk, recipient: str, items: list[Item]) -> list[Item]:
    held = notices.held(desk.tx, recipient, grouping.keys_to_know(items))
    again = notices.cut_short(desk.tx, recipient)
    return grouping.told_together(grouping.unsaid(items, held, again))


def _names(desk: Desk, items: Iterable[Item]) -> Mapping[str, str]:
    return {item.list: desk.tools.catalogue.get(item.list).name for item in items if item.list}


def _items(desk: Desk, agenda: Agenda) -> Iterator[Item]:
    yield from _reminders(desk, agenda)
    since, untold = _since(desk), notices.untold_keys(desk.tx)
    changes = notices.changes(desk.tx, since, _uids(untold, _CHANGE))
    for change, earlier in grouping.newest(changes):
        also = tuple(_CHANGE + uid for uid in earlier)
        yield Item(_CHANGE + change.uid, change, change.place, change.list, also)
    for mail in notices.mails(desk.tx, since, _uids(untold, _MAIL)):
        if grouping.is_news(mail):
            yield Item(_MAIL + mail.uid, mail, mail.place, mail.list)
    for step in steps.STEPS:
        for trouble in streaks(step, notices.ended_runs(desk.tx, step)):
            yield grouping.ended(trouble) if trouble.ended else grouping.began(trouble)


def _since(desk: Desk) -> datetime:
    """Return from when on changes and mails may not have been told."""
    first, last = notices.first_notice(desk.tx) or desk.at, notices.last_look(desk.tx) or desk.at
    # Both may lie in a time to come, which was rehearsed.
    return max(min(first, desk.at) - _BEFORE_THE_FIRST, min(last, desk.at - _LONGEST_BACK))


_CHANGE, _MAIL = "change/", "mail/"


def _uids(keys: Iterable[str], prefix: str) -> list[str]:
    return [base_of(key).removeprefix(prefix) for key in keys if key.startswith(prefix)]


def _reminders(desk: Desk, agenda: Agenda) -> Iterator[Item]:
    zone = desk.tools.zone
    places = notices.places(desk.tx, (each.case.address for each in agenda.reminders))
    for reminder in agenda.reminders:
        stage, place = stage_of(reminder, agenda.moment, zone), places.get(reminder.case.address)
        # Forgotten since the reminders were read: nobody is told of it.
        if stage is not None and place is not None:
            yield _item(reminder, key_of(reminder, stage, zone), place)


def _item(reminder: Reminder, key: str, place: Place) -> Item:
    return Item(key, reminder, place, reminder.case.list.key)
