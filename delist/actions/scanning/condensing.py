"""Makes of what logs tell the little that counts in groups: this is done where a log is read, and sent from there."""

import re
from datetime import datetime
from sys import intern

from delist.actions.meanings import Meanings
from delist.actions.scanning.groups import Beginning, Key, Line, Where
from delist.actions.scanning.wish import Own, Wish
from delist.maillog.values import Event
from delist.rules.logs.masks import masked
from delist.rules.replies.values import UNKNOWN, Fault, Subtype

_INSIDE = re.compile(r"[\[(<](?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d")


class Condensing:
    """Makes the line of an event, None if it is not wanted. Events of one log, or of a piece of it, come in order.

    What is dated after `latest` (UTC) has not happened yet: a clock's or a year's mistake, it counts as undated.
    """

    def __init__(self, wish: Wish, own: Own, meanings: Meanings, latest: datetime) -> None:
        self._wish, self._own, self._meanings, self._latest = wish, own, meanings, latest
        # What was made once is given again: sent together, the same object is sent once.
        self._wheres: dict[Where, Where] = {}
        # With which line of the log each group was met last.
        self._met: dict[Key, tuple[Key, str, int]] = {}

    def __call__(self, event: Event) -> Line | None:
        """Return the line of an event."""
        if not self._is_wanted(event):
            return None
        where = event.host or self._wish.host or "", event.instance
        where = self._wheres.setdefault(where, where)
        read, address = event.reading, event.address
        # A reply that names an address of an inner network names another one than ours.
        is_ours = address is not None or not _INSIDE.search(event.reply)
        address = address or (self._own.of(*where) if is_ours else None)
        key = address, where if is_ours and not address else None, read.list or UNKNOWN, read.subtype or Subtype.OTHER
        receiver = intern(event.relay)
        if event.at is None or event.at > self._latest:
            return Line(key, where, None, 0, event.status, receiver, False, None)
        delivery = hash((key, event.queue_id, event.recipient))
        beginning, is_more = None, False
        if met := self._met.get(key):
            # Whether numbered or placed: equal is the same line.
            key, file, line = met
            is_more = line == event.line and file == event.file
        else:
            contacts = self._meanings.contacts(key[2]) if "@" in event.reply else ()
            beginning = Beginning(read.fault or Fault.SENDER, masked(event.reply, event.recipient, contacts))
        if not is_more:
            self._met[key] = key, event.file, event.line
        return Line(key, where, event.at.timestamp(), delivery, event.status, receiver, is_more, beginning)

    def _is_wanted(self, event: Event) -> bool:
        receiver = self._wish.receiver
        if not self._wish.is_of_host(event.host):
            return False
        return receiver is None or event.relay == receiver or event.relay.endswith(f".{receiver}")
