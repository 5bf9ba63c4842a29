"""Asks name servers over UDP, few questions or millions, each at the pace that it can keep (RFC 1035, RFC 5452)."""

import select
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from time import monotonic
from typing import Any

from delist.lookup import tcp, wire
from delist.lookup.lanes import SHORTEST_WAIT, Flight, Lane, Server
from delist.rules.dnsbl import Failure

# On their way to one server at once, whatever the windows of its zones: what a small receive buffer holds (128 KiB,
# 157 datagrams on Linux). With more, bursts were lost, and each loss costs a wait.
LARGEST_TOTAL = 128
# Each wait for one question is so much longer than the one before.
BACK_OFF = 1.4
# After so many questions in a row that were given up, a zone counts as silent for the rest of a run.
ENOUGH_SILENCE = 3
_ONE_QUESTION = b"\0\1"

Reply = tuple[Lane, Any, bytes | Failure, int]


class Engine:
    """Runs questions through lanes until each is answered or given up."""

    def __init__(self, lanes: Sequence[Lane], patience: float) -> None:
        self._lanes = list(lanes)
        self._patience = patience
        self._servers = list({id(lane.server): lane.server for lane in lanes}.values())
        self._poll = select.poll()
        self._by_fd = {server.socket.fileno(): server for server in self._servers}
        for fd in self._by_fd:
            self._poll.register(fd, select.POLLIN)
        # As long as a zone has not answered, it gets no more than its share: silent ones must leave room for others.
        self._share = max(2, LARGEST_TOTAL // max(1, len(self._lanes)))
        self._calls: tcp.Calls[Flight] = tcp.Calls(self._poll)
        self._out: list[Reply] = []

    def run(self) -> Iterator[list[Reply]]:
        """Yield replies in the order in which they come, some at a time."""
        heard = monotonic()
        while True:
            now = monotonic()
            if now - heard > SHORTEST_WAIT:
                # The caller took its time: what came meanwhile is no loss.
                self._receive(self._poll.poll(0))
            self._expire(now)
            for lane in self._lanes:
                if lane.feed is not None:
                    self._send(lane, now)
            if self._out:
                yield self._taken()
            # What was answered may have led to more questions.
            if not any(lane.feed is not None or lane.flying for lane in self._lanes):
                return
            self._receive(self._poll.poll(self._pause() * 1000))
            heard = monotonic()
            if self._out:
                yield self._taken()

    def close(self) -> None:
        """Forget what is still on its way, so that the next run begins with nothing."""
        self._calls.close()
        for server in self._servers:
            server.flights.clear()
            server.again.clear()
        for lane in self._lanes:
            lane.sent.clear()
            lane.flying, lane.feed = 0, None

    def _taken(self) -> list[Reply]:
        out, self._out = self._out, []
        return out

    def _pause(self) -> float:
        """Return for how many seconds nothing has to be done unless something arrives."""
        now = monotonic()
        until = now + 1.0
        for lane in self._lanes:
            if lane.sent:
                until = min(until, lane.sent[0][1].sent + lane.wait)
            if lane.feed is not None and self._room(lane) > 0:
                until = min(until, max(lane.ready_at(), now + 0.0005))
        for server in self._servers:
            if server.again:
                until = min(until, server.again[0][0])
        if (deadline := self._calls.next_deadline()) is not None:
            until = min(until, deadline)
        return max(until - now, 0.0)

    def _send(self, lane: Lane, now: float) -> None:
        server = lane.server
        if lane.silence >= ENOUGH_SILENCE or server.trouble:
            self._give_up(lane)
            return
        if lane.pace.is_spent:
            self._out += [(lane, tag, Failure.VOLUME, 0) for tag, _ in lane.feed or ()]
            lane.feed = None
            return
        room = self._room(lane)
        if lane.pace.gap or server.pace.gap:
            room = min(room, 1) if now >= lane.ready_at() else 0
        if room > 0:
            self._burst(lane, server, room, now)

    def _room(self, lane: Lane) -> int:
        window = int(lane.window) if lane.smooth else min(int(lane.window), self._share)
        # What was sent once without an answer has left the server's buffer: it waits there, or is lost.
        buffered = len(lane.server.flights) - len(lane.server.again)
        room = min(window - lane.flying, LARGEST_TOTAL - buffered)
        return room if lane.pace.left is None else min(room, lane.pace.left)

    def _burst(self, lane: Lane, server: Server, room: int, now: float) -> None:
        feed, ending, flights, sent, send = lane.feed, lane.ending, server.flights, lane.sent, server.socket.send
        new_id, header = server.new_id, wire.HEADER
        if feed is None:
            return
        count = 0
        for tag, prefix in feed:
            question = prefix + ending
            key = new_id()
            flight = Flight(lane, tag, question, now, now)
            flights[key] = flight
            sent.append((key, flight))
            count += 1
            try:
                send(key + header + question)
            except OSError as error:
                # Not sent is as good as lost: it is sent again when its time comes.
                if isinstance(error, BlockingIOError):
                    break
                self._send_failed(server, error)
            if count >= room:
                break
        else:
            lane.feed = None
        lane.flying += count
        if count:
            lane.goes_out(now, count)

    def _send_failed(self, server: Server, error: OSError) -> None:
        """The port is closed, says the other side, or the way is: believed if it says so again, and nothing else."""
        server.refusals += 1
        if server.refusals >= ENOUGH_SILENCE and not server.has_answered:
            server.trouble = error.strerror or str(error)

    def _give_up(self, lane: Lane) -> None:
        """End what a lane has on its way and before it: its zone or its server is silent."""
        failure = Failure.UNREACHABLE if lane.server.trouble else lane.last_failure
        for key, flight in lane.sent:
            if lane.server.flights.get(key) is flight:
                del lane.server.flights[key]
                self._done(flight, failure, 0)
        lane.sent.clear()
        for _, key, flight in lane.server.again:
            if flight.lane is lane and lane.server.flights.get(key) is flight:
                del lane.server.flights[key]
                self._done(flight, failure, 0)
        self._out += [(lane, tag, failure, 0) for tag, _ in lane.feed or ()]
        lane.feed = None

    def _expire(self, now: float) -> None:
        for lane in self._lanes:
            sent, wait, flights = lane.sent, lane.wait, lane.server.flights
            while sent:
                key, flight = sent[0]
                if flights.get(key) is not flight:
                    sent.popleft()
                elif flight.sent + wait <= now:
                    sent.popleft()
                    lane.lost(now)
                    self._again(key, flight, now)
                else:
                    break
        for server in self._servers:
            while server.again and server.again[0][0] <= now:
                _, key, flight = heappop(server.again)
                if server.flights.get(key) is flight:
                    self._again(key, flight, now)
        for flight, result, end in self._calls.ended(now):
            self._done(flight, result, end)

    def _again(self, key: bytes, flight: Flight, now: float) -> None:
        """Send a question once more under its id, so that a late answer to the first counts; or give it up."""
        server, lane = flight.lane.server, flight.lane
        if now - flight.first >= self._patience or server.trouble:
            del server.flights[key]
            lane.silence += 1
            lane.last_failure = Failure.TIMEOUT
            self._done(flight, Failure.UNREACHABLE if server.trouble else Failure.TIMEOUT, 0)
            return
        if lane.pace.is_spent:
            # It may not be asked again: only a late answer helps.
            heappush(server.again, (flight.first + self._patience, key, flight))
            return
        if (ready_at := lane.ready_at()) > now:
            heappush(server.again, (min(ready_at, flight.first + self._patience), key, flight))
            return
        lane.goes_out(now)
        flight.sent = now
        flight.tries += 1
        wait = lane.wait * BACK_OFF ** (flight.tries - 1)
        heappush(server.again, (min(now + wait, flight.first + self._patience), key, flight))
        try:
            server.socket.send(key + wire.HEADER + flight.question)
        except BlockingIOError:
            pass
        except OSError as error:
            self._send_failed(server, error)

    def _receive(self, ready: list[tuple[int, int]]) -> None:
        now = monotonic()
        for fd, _ in ready:
            server = self._by_fd.get(fd)
            if server is not None:
                self._drain(server, now)
            else:
                self._calls.ready(fd)

    def _drain(self, server: Server, now: float) -> None:
        receive, flights, out = server.socket.recv, server.flights, self._out
        for _ in range(2 * LARGEST_TOTAL):
            try:
                data = receive(4096)
            except BlockingIOError:
                return
            except OSError as error:
                self._send_failed(server, error)
                continue
            key = data[:2]
            flight = flights.get(key)
            if flight is None:
                continue
            # A response (QR, standard query) that is not truncated, to exactly the question that has this id.
            if (
                data.startswith(flight.question, 12)
                and data[2] & 0xFA == 0x80
                and data[3] & 15 != wire.SERVFAIL
                and data[4:6] == _ONE_QUESTION
            ):
                del flights[key]
                lane = flight.lane
                lane.flying -= 1
                lane.answered(flight, now)
                out.append((lane, flight.tag, data, 12 + len(flight.question)))
                server.has_answered = True
            else:
                self._unusual(server, key, flight, data, now)

    def _unusual(self, server: Server, key: bytes, flight: Flight, data: bytes, now: float) -> None:
        """A reply with the id of a question, but truncated, failed, in other letters, or to another question."""
        if not wire.is_reply(data):
            return
        if not data.startswith(flight.question, 12):
            if data[4:12] == bytes(8) and wire.failure_of(data) is not None:
                # Some servers send nothing but the header with an error.
                self._failed(server, key, flight, data, now)
            elif server.keeps_case and data[12 : 12 + len(flight.question)].lower() == flight.question.lower():
                server.other_letters += 1
                if server.other_letters > 1:
                    # Twice is no guess of somebody who forges answers.
                    self._without_case(server)
            return
        if wire.is_truncated(data):
            del server.flights[key]
            flight.lane.answered(flight, now)
            if flight.lane.pace.is_spent:
                self._done(flight, Failure.VOLUME, 0)
                return
            flight.lane.goes_out(now)
            self._calls.call(flight, server.family, server.address, flight.first + self._patience)
        else:
            self._failed(server, key, flight, data, now)

    def _failed(self, server: Server, key: bytes, flight: Flight, data: bytes, now: float) -> None:
        """SERVFAIL may pass: what fails is asked again in its time, twice; other errors are answers."""
        server.has_answered = True
        lane = flight.lane
        del server.flights[key]
        if wire.failure_of(data) is not Failure.SERVFAIL:
            lane.silence = 0
        elif flight.tries < ENOUGH_SILENCE:
            # Under a new id, for it is no loss: the lane need not slow down.
            fresh = server.new_id()
            server.flights[fresh] = flight
            heappush(server.again, (now + lane.wait, fresh, flight))
            return
        else:
            lane.silence += 1
            lane.last_failure = Failure.SERVFAIL
        self._done(flight, wire.failure_of(data) or Failure.MALFORMED, 0)

    def _without_case(self, server: Server) -> None:
        """The server writes names its own way: ask it again in plain letters, under new ids."""
        server.keeps_case = False
        for lane in self._lanes:
            if lane.server is server:
                lane.respell()
        for key, flight in list(server.flights.items()):
            del server.flights[key]
            prefix = flight.question[: len(flight.question) - len(flight.lane.ending)]
            flight.question = prefix + flight.lane.ending
            fresh = server.new_id()
            server.flights[fresh] = flight
            heappush(server.again, (flight.sent, fresh, flight))

    def _done(self, flight: Flight, result: bytes | Failure, end: int) -> None:
        flight.lane.flying -= 1
        self._out.append((flight.lane, flight.tag, result, end))
