"""Keeps what a scan found: clearings and listings, from which addresses instances send, how far logs were read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from delist.actions.desk import Desk, reading, writing
from delist.actions.meanings import Meanings
from delist.actions.scanning.accepting import Accepted, Awaited, awaited, awaited_anew, clear, first_of, instants_of
from delist.actions.scanning.found import Changed, Found, Summary
from delist.actions.scanning.groups import Groups
from delist.actions.scanning.logs import Logs
from delist.actions.scanning.recording import Refusals, record, refusals
from delist.actions.scanning.wish import AHEAD, Own, Wish
from delist.rules.history import Source
from delist.store import scans, traffic, writes
from delist.tools import Tools

KIND = "scan"


class Keeping:
    """Brings one scan into the case file, in one transaction, after reading for accepted deliveries outside of it."""

    def __init__(self, tools: Tools, wish: Wish, logs: Logs, groups: Groups, own: Own, meanings: Meanings) -> None:
        self._tools, self._wish, self._logs = tools, wish, logs
        self._groups, self._own, self._meanings = groups, own, meanings

    def keep(self, summary: Summary) -> None:
        """Keep what was found, and how far the logs were read; what changed is told in the summary."""
        found = self._refusals(summary.groups) if self._wish.record else []
        wanted = self._awaited(found)
        heard = self._heard(wanted)
        with writing(self._tools) as plain:
            desk = replace(plain, source=Source.LOG)
            if self._wish.record:
                summary.changed += _record(desk, found, wanted, heard)
                scans.save_instances(desk.tx, self._learned(desk))
                traffic.save(desk.tx, self._logs.stretches(desk.uid(), desk.at))
            if self._wish.new:
                scans.save_cursors(desk.tx, self._wish.host or "", self._wish.purpose, self._logs.places(), desk.at)
            self._add_run(desk, summary)

    def _refusals(self, found: Iterable[Found]) -> list[Refusals]:
        groups = (each.group for each in found)
        return refusals((each for each in groups if each.address and self._own.covers(each.address)), self._meanings)

    def _awaited(self, found: Sequence[Refusals]) -> list[Awaited]:
        if not self._wish.record:
            return []
        with reading(self._tools) as desk:
            return awaited(desk, found) if desk else awaited_anew(found)

    def _heard(self, wanted: Sequence[Awaited]) -> list[Accepted]:
        """Read the logs for the first deliveries that the awaited receivers accepted, and tell from which address."""
        if not wanted:
            return []
        known, now = self._instances(), self._tools.now()
        return [
            Accepted(each.relay, each.at, address)
            for each in self._logs.accepted(instants_of(wanted))
            if self._wish.is_of_host(each.host) and each.at <= now + AHEAD
            if (address := each.address or self._address_of(each.host, each.instance, known)) is not None
            # A dual-stack host may have sent it from an address of the other kind, which nobody had refused.
            if not each.peer or (":" in each.peer) == (":" in address)
        ]

    def _instances(self) -> dict[tuple[str, str], str | None]:
        with reading(self._tools) as desk:
            return scans.instances(desk.tx) if desk else {}

    def _address_of(self, host: str, instance: str, known: dict[tuple[str, str], str | None]) -> str | None:
        """Return from which address an instance sends: as the settings say, as replies named it, else our only one."""
        where = host or self._wish.host or "", instance
        if (stated := self._own.stated(*where)) is not None:
            return stated
        learned = self._groups.named(where) | ({known[where]} if known.get(where) else set())
        return next(iter(learned)) if len(learned) == 1 else None if learned else self._own.only

    def _learned(self, desk: Desk) -> dict[tuple[str, str], str | None]:
        before = scans.instances(desk.tx)
        learned: dict[tuple[str, str], str | None] = {}
        for where, named in self._groups.instances():
            both = {*named, *filter(None, [before.get(where)])}
            is_one = len(both) == 1 and before.get(where, "") is not None
            learned[where] = next(iter(both)) if is_one else None
        return learned

    def _add_run(self, desk: Desk, summary: Summary) -> None:
        lines = sum(found.group.lines for found in summary.groups)
        tally = summary.tally
        detail = {
            "lines": tally.lines,
            "refusals": lines,
            "groups": len(summary.groups),
            "new": self._wish.new,
            "counts": {"refusals": lines, "changed": len(summary.changed)},
            "why": _unread(summary),
        }
        run = writes.add_run(desk.tx, desk.uid(), KIND, self._wish.purpose, desk.at, tally.lines)
        writes.save_run(desk.tx, run, tally.lines, detail, desk.at)


def _unread(summary: Summary) -> str | None:
    """Return what could not be read, without names of files; None if all could."""
    troubles = summary.troubles
    return f"{len(troubles)} of the logs could not be read: {troubles[0].why}" if troubles else None


def _record(
    desk: Desk, found: Iterable[Refusals], wanted: Iterable[Awaited], heard: Sequence[Accepted]
) -> list[Changed]:
    """Keep clearings of requests first: what was refused before and after them are two times on the list."""
    firsts = [(each, first) for each in wanted if (first := first_of(each, heard)) is not None]
    changed = [clear(desk, each, first) for each, first in firsts if each.by_request]
    for each in found:
        changed += record(desk, each)
    changed += [clear(desk, each, first) for each, first in firsts if not each.by_request]
    return [each for each in changed if each is not None]
