"""Asks blocklists by DNS: many zones at once, through one name server or several; a bad network is an answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any

from delist.lookup import wire
from delist.lookup.engine import Engine
from delist.lookup.lanes import Lane, Pace, Server
from delist.lookup.nameservers import parse_nameserver, system_nameservers
from delist.rules.dnsbl import Answer

__all__ = ["PATIENCE", "Door", "Session", "parse_nameserver", "system_nameservers"]

# Seconds for which one question is asked again and again. A name server that takes three is still heard; four rounds
# of it, one after another, are what a run of one address can take.
PATIENCE = 3.3
_REMEMBERED = 4096


class Door:
    """One zone through one name server, for IPv4 or IPv6 addresses alike: where questions go in."""

    def __init__(self, server: Server, zone: str, pace: Pace) -> None:
        name = wire.labels(zone)
        self.zone = zone
        self.nameserver = server.name
        self.server = server
        self.addresses = Lane(server, name, wire.A, pace)
        self.texts = Lane(server, name, wire.TXT, pace)

    @property
    def asked(self) -> int:
        """How many questions went in, repeated ones too."""
        return self.addresses.asked + self.texts.asked


class Session:
    """Sockets to some name servers, for one run. Answers to equal questions are not kept: each is asked."""

    def __init__(self, nameservers: Sequence[tuple[str, int]], per_second: float | None = None) -> None:
        gap = 1 / per_second if per_second else 0.0
        self.servers = [Server(host, port, gap) for host, port in nameservers]
        self.doors: list[Door] = []
        # How many questions may go to the zones of a group, where there is a limit.
        self.left: Mapping[str, int] = {}
        self._paces: dict[str, Pace] = {}
        self._empty: dict[tuple[int, bytes, bytes], Answer] = {}

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for server in self.servers:
            server.close()

    def door(self, zone: str, server: int = 0, per_second: float | None = None, group: str = "") -> Door:
        """Return where to ask a zone through the name server of that place; raises ValueError for no domain name.

        `per_second` is the pace of the zone, or of all zones of a `group` together.
        """
        gap = 1 / per_second if per_second else 0.0
        pace = self._paces.setdefault(group or zone, Pace(gap, left=self.left.get(group)))
        found = Door(self.servers[server], zone, pace)
        self.doors.append(found)
        return found

    def permit(self, left: Mapping[str, int]) -> None:
        """Let so many questions go to the zones of these groups from now on, repeated ones too."""
        self.left = left
        for group, count in left.items():
            if group in self._paces:
                self._paces[group].left = max(count, 0)

    def ask(
        self, questions: Mapping[Lane, Iterable[tuple[Any, bytes]]], patience: float = PATIENCE
    ) -> Iterator[tuple[Lane, Any, Answer]]:
        """Yield (lane, tag, answer) for each tagged address, given as octets, in the order in which answers come.

        Every question gets exactly one answer, a failure at the latest after `patience` seconds since it was first
        sent; nothing is raised for what the network does. While this is iterated over, `lane.add` takes more.
        """
        for lane, wanted in questions.items():
            lane.begin(iter(wanted))
        return self._answers(questions, patience)

    def _answers(self, questions: Iterable[Lane], patience: float) -> Iterator[tuple[Lane, Any, Answer]]:
        with closing(Engine(tuple(questions), patience)) as engine:
            for replies in engine.run():
                for lane, tag, data, end in replies:
                    yield lane, tag, self._meaning(data, end) if isinstance(data, bytes) else Answer(failure=data)

    def _meaning(self, data: bytes, end: int) -> Answer:
        """Read a reply. Those without an answer are nearly all alike, and differ in what is left out here."""
        if data[6:8] != b"\0\0":
            return wire.parse(data, end)
        key = end, data[2:12], data[end:]
        found = self._empty.get(key)
        if found is None:
            if len(self._empty) > _REMEMBERED:
                self._empty.clear()
            found = self._empty[key] = wire.parse(data, end)
        return found
