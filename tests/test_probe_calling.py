"""Calls to TCP port 25, in network namespaces: what a port does is told rightly, in time, and politely."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import pytest

from delist.errors import UsageError
from delist.machine import all_addresses, own_addresses
from delist.probe.calling import call
from delist.rules.evidence.receiving import port25
from delist.rules.evidence.values import Call, Outcome, Port
from tests.servers import namespaces
from tests.servers.namespaces import BEYOND, HERE, NOBODY, THERE, Neighbour, inside, neighbour, turning_away

both = pytest.mark.parametrize("version", [4, 6])
# Seconds: as long as a test waits for what does not come.
SHORT = 0.5


class Mailer:
    """A program that takes calls, says what it is told to say, and keeps what it hears until the caller is gone."""

    def __init__(self, listener: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        self.heard: list[bytes] = []
        self.ended: list[str] = []
        self._listener, self._talk = listener, talk
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        taken, _ = self._listener.accept()
        with taken:
            try:
                self._talk(taken)
                while piece := taken.recv(4096):
                    self.heard.append(piece)
            except OSError as error:
                self.ended.append(type(error).__name__)
            else:
                self.ended.append("closed")

    def waited_for(self) -> bytes:
        """Return what was heard, once the caller is gone."""
        self._thread.join(10)
        assert not self._thread.is_alive(), "the caller does not hang up"
        return b"".join(self.heard)


@contextmanager
def mailer(there: Neighbour, address: str, talk: Callable[[socket.socket], None]) -> Iterator[Mailer]:
    """Have the neighbour take one call at port 25 of its address."""
    with there.listens(address) as listener:
        yield Mailer(listener, talk)


def says(*pieces: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Return what speaks in these pieces."""

    def talk(taken: socket.socket) -> None:
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            taken.sendall(piece)
            sleep(pause)

    return talk


def hangs_up(taken: socket.socket) -> None:
    """End the call at once."""
    taken.shutdown(socket.SHUT_RDWR)


def resets(taken: socket.socket) -> None:
    """End the call with a reset."""
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    taken.close()


def drones_on(taken: socket.socket) -> None:
    """Never come to the end of a line."""
    while True:
        taken.sendall(b"blah " * 1000)


def timed(address: str, seconds: float = 5.0) -> tuple[Call, float]:
    """Call, and tell how long it took."""
    began = monotonic()
    return call(address, seconds), monotonic() - began


# --- closed, filtered, unreachable ----------------------------------------------------------------


@both
@inside
def test_a_call_that_is_reset_finds_the_port_closed(version: int) -> None:
    with neighbour():
        assert call(THERE[version]) == Call(Port.CLOSED, HERE[version], None, 5.0)


@both
@inside
def test_a_call_that_nobody_answers_finds_the_port_filtered_when_the_time_is_over(version: int) -> None:
    with neighbour():
        namespaces.swallows(NOBODY[version])
        found, took = timed(NOBODY[version], SHORT)
        assert found == Call(Port.FILTERED, HERE[version], None, SHORT)
        assert SHORT <= took < SHORT + 2


@both
@inside
def test_an_address_behind_a_router_that_swallows_calls_is_filtered(version: int) -> None:
    with neighbour():
        found, took = timed(BEYOND[version], SHORT)
        assert found == Call(Port.FILTERED, HERE[version], None, SHORT)
        assert took < SHORT + 2


@both
@inside
def test_an_address_on_the_wire_that_nobody_has_is_not_filtered_but_unreachable(version: int) -> None:
    with neighbour():
        # The system gives up asking whose it is after three seconds, and says so.
        found, took = timed(NOBODY[version], 10.0)
        assert found == Call(Port.UNREACHABLE, HERE[version], None, 10.0)
        assert took < 10


@both
@inside
def test_without_a_way_out_an_address_is_unreachable_from_nowhere(version: int) -> None:
    found, took = timed(BEYOND[version])
    assert found == Call(Port.UNREACHABLE, None, None, 5.0)
    assert took < 1


@both
@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
@inside
def test_an_address_to_which_the_own_system_allows_no_way_is_unreachable_from_nowhere(version: int, kind: str) -> None:
    with neighbour():
        namespaces.ip(f"-{version} route add {kind} {BEYOND[version]}")
        found, took = timed(BEYOND[version])
        assert found == Call(Port.UNREACHABLE, None, None, 5.0)
        assert took < 1


@inside
def test_a_host_without_ipv6_reaches_no_ipv6_address() -> None:
    with neighbour():
        namespaces.ip(f"addr del {HERE[6]}/64 dev near")
        namespaces.ip("-6 addr flush dev near")
        namespaces.ip("-6 route flush all")
        assert call(THERE[6]) == Call(Port.UNREACHABLE, None, None, 5.0)
        assert call(THERE[4]).port is Port.CLOSED


# --- ICMP: who refuses ----------------------------------------------------------------------------

# Of type 3 (IPv4) and type 1 (IPv6): those that firewalls send.
REFUSALS = [(4, 2), (4, 3), (4, 9), (4, 10), (4, 13), (6, 1), (6, 4), (6, 5), (6, 6)]
# Those of routers that know no way on, or no such host.
LOST = [(4, 3, 0), (4, 3, 1), (4, 3, 7), (4, 11, 0), (6, 1, 0), (6, 1, 3), (6, 3, 0)]
KINDS = {4: 3, 6: 1}


@pytest.mark.parametrize(("version", "code"), REFUSALS)
@inside
def test_a_firewall_on_the_way_that_says_so_makes_a_port_filtered_not_closed(version: int, code: int) -> None:
    with neighbour() as there, turning_away(there, KINDS[version], code, THERE[version]):
        found, took = timed(BEYOND[version])
        assert found == Call(Port.FILTERED, HERE[version], None, 0.0)
        assert took < 3


@pytest.mark.parametrize(("version", "code"), REFUSALS)
@inside
def test_an_address_whose_own_firewall_says_so_has_the_port_closed(version: int, code: int) -> None:
    with neighbour() as there, turning_away(there, KINDS[version], code, BEYOND[version]):
        assert call(BEYOND[version]) == Call(Port.CLOSED, HERE[version], None, 5.0)


@pytest.mark.parametrize("sender", [THERE, BEYOND])
@pytest.mark.parametrize(("version", "kind", "code"), LOST)
@inside
def test_a_router_that_finds_no_host_tells_nothing_of_its_port(
    version: int, kind: int, code: int, sender: dict[int, str]
) -> None:
    with neighbour() as there, turning_away(there, kind, code, sender[version]):
        # Linux goes on trying after some of these; then no answer is all that is known.
        found = call(BEYOND[version], SHORT)
        assert found == Call(Port.UNREACHABLE, HERE[version], None, SHORT)


# --- open -----------------------------------------------------------------------------------------


@both
@inside
def test_an_open_port_tells_its_greeting_and_is_left_politely(version: int) -> None:
    with neighbour() as there, mailer(there, THERE[version], says(b"220 mail.example.jp ESMTP\r\n")) as other:
        assert call(THERE[version]) == Call(Port.OPEN, HERE[version], "220 mail.example.jp ESMTP", 5.0)
        assert (other.waited_for(), other.ended) == (b"QUIT\r\n", ["closed"])


@inside
def test_the_answer_to_the_leave_is_waited_for_so_that_nobody_sees_a_reset() -> None:
    def talk(taken: socket.socket) -> None:
        taken.sendall(b"220 mail.example.jp\r\n")
        assert taken.recv(4096) == b"QUIT\r\n"
        for piece in (b"221 goodbye\r\n", b"221 really\r\n"):
            sleep(0.1)
            taken.sendall(piece)

    with neighbour() as there, mailer(there, THERE[4], talk) as other:
        assert call(THERE[4]).banner == "220 mail.example.jp"
        assert (other.waited_for(), other.ended) == (b"", ["closed"])


@both
@inside
def test_an_open_port_that_says_nothing_has_no_banner_and_is_told_nothing(version: int) -> None:
    with neighbour() as there, mailer(there, THERE[version], says()) as other:
        found, took = timed(THERE[version], SHORT)
        assert found == Call(Port.OPEN, HERE[version], None, SHORT)
        assert took < SHORT + 2
        assert (other.waited_for(), other.ended) == (b"", ["closed"])


@pytest.mark.parametrize(
    ("pieces", "banner", "leave"),
    [
        ((b"22", b"0 mail.exam", b"ple.jp\r", b"\n"), "220 mail.example.jp", b"QUIT\r\n"),
        ((b"220-mail.example.jp\r\n", b"220-wait\r\n", b"220 ready\r\n"), "220-mail.example.jp", b"QUIT\r\n"),
        ((b"220-mail.example.jp\r\n220 ready\r\n",), "220-mail.example.jp", b"QUIT\r\n"),
        ((b"220\r\n",), "220", b"QUIT\r\n"),
        ((b"220 bare line feed\n",), "220 bare line feed", b"QUIT\r\n"),
        ((b"554 5.7.1 no service for you\r\n",), "554 5.7.1 no service for you", b"QUIT\r\n"),
        ((b"\r\n\r\n220 late\r\n",), "220 late", b"QUIT\r\n"),
        ((b"220-teaser\r\n",), "220-teaser", b""),
        ((b"220 no end of line",), "220 no end of line", b""),
        ((b"SSH-2.0-example\r\n",), "SSH-2.0-example", b""),
        ((b"\r\n",), None, b""),
        ((b"   \r\n",), None, b""),
        ((b"220 \x1b[31mred\x07\x00\x9b end\r\n",), r"220 \x1b[31mred\x07\x00\x9b end", b"QUIT\r\n"),
        ((b"220 caf\xe9 \xff\r\n",), r"220 caf\xe9 \xff", b"QUIT\r\n"),
        (("220 \u65e5\u672c mail\r\n".encode(),), "220 \u65e5\u672c mail", b"QUIT\r\n"),
        (("220 abc\u202edef\u2028\r\n".encode(),), r"220 abc\u202edef\u2028", b"QUIT\r\n"),
        ((b"220 one\rtwo\r\n",), r"220 one\rtwo", b"QUIT\r\n"),
        ((b"220 " + b"x" * 600 + b"\r\n",), "220 " + "x" * 508, b"QUIT\r\n"),
        ((("220 " + "\u65e5" * 300 + "\r\n").encode(),), "220 " + "\u65e5" * 169 + r"\xe6", b"QUIT\r\n"),
        ((b"\x00" * 400,), (r"\x00" * 400)[:512], b""),
    ],
)
@inside
def test_the_banner_is_the_first_line_fit_to_print_and_who_has_not_ended_is_not_interrupted(
    pieces: tuple[bytes, ...], banner: str | None, leave: bytes
) -> None:
    with neighbour() as there, mailer(there, THERE[4], says(*pieces, pause=0.05)) as other:
        assert call(THERE[4]) == Call(Port.OPEN, HERE[4], banner, 5.0)
        assert other.waited_for() == leave


@inside
def test_a_greeting_that_comes_slowly_is_waited_for() -> None:
    pieces = [bytes([octet]) for octet in b"220 slow\r\n"]
    with neighbour() as there, mailer(there, THERE[4], says(*pieces, pause=0.1)) as other:
        assert call(THERE[4]).banner == "220 slow"
        assert other.waited_for() == b"QUIT\r\n"


@inside
def test_a_greeting_that_never_ends_is_cut_and_does_not_hold_the_caller() -> None:
    with neighbour() as there, mailer(there, THERE[4], drones_on) as other:
        found, took = timed(THERE[4], SHORT)
        assert found == Call(Port.OPEN, HERE[4], ("blah " * 200)[:512].strip(), SHORT)
        assert took < SHORT + 2
        assert (other.waited_for(), len(other.ended)) == (b"", 1)


@inside
def test_a_greeting_that_drips_without_an_end_is_broken_off_in_time() -> None:
    with neighbour() as there, mailer(there, THERE[4], says(*[b"2"] * 100, pause=0.1)):
        found, took = timed(THERE[4], SHORT)
        assert found.port is Port.OPEN
        assert found.banner is not None
        assert set(found.banner) == {"2"}
        assert took < SHORT + 2


@inside
def test_a_server_that_talks_on_after_the_leave_does_not_hold_the_caller() -> None:
    def talk(taken: socket.socket) -> None:
        taken.sendall(b"220 talkative\r\n")
        drones_on(taken)

    with neighbour() as there, mailer(there, THERE[4], talk):
        found, took = timed(THERE[4], SHORT)
        assert (found.port, found.banner) == (Port.OPEN, "220 talkative")
        assert took < SHORT + 2


@both
@pytest.mark.parametrize("end", ["hangs_up", "resets"])
@inside
def test_a_port_that_ends_the_call_at_once_is_open_and_says_nothing(version: int, end: str) -> None:
    with neighbour() as there, mailer(there, THERE[version], {"hangs_up": hangs_up, "resets": resets}[end]):
        found, took = timed(THERE[version])
        assert found == Call(Port.OPEN, HERE[version], None, 5.0)
        assert took < 1


@inside
def test_only_the_port_that_is_meant_is_called() -> None:
    with neighbour() as there, there.listens(THERE[4], 587):
        assert call(THERE[4], port=587).port is Port.OPEN
        assert call(THERE[4]).port is Port.CLOSED


# --- the host itself ------------------------------------------------------------------------------


@both
@inside
def test_a_call_to_the_host_itself_comes_from_the_host_itself(version: int) -> None:
    with neighbour():
        assert call(HERE[version]).source == HERE[version]
        assert call("127.0.0.1").source == "127.0.0.1"


@both
@inside
def test_a_second_address_of_the_host_is_told_from_one_outside(version: int) -> None:
    with neighbour():
        namespaces.gives("lo", BEYOND[version], 128 if version == 6 else 32)
        seen = port25(BEYOND[version], call(BEYOND[version]), None, all_addresses())
        assert (seen.outcome, "seen from the host itself" in seen.value) == (Outcome.UNKNOWN, True)
        seen = port25(THERE[version], call(THERE[version]), None, all_addresses())
        assert (seen.outcome, seen.facts["source"]) == (Outcome.HOLDS, HERE[version])


@both
@inside
def test_silence_is_told_from_calls_that_do_not_get_out_by_another_call_that_does(version: int) -> None:
    with neighbour() as there, mailer(there, THERE[version], says(b"220 mx.example.net\r\n")):
        silent, taken = call(BEYOND[version], SHORT), call(THERE[version])
        found = [
            port25(BEYOND[version], silent, other, all_addresses()).outcome
            for other in (None, ("mx.example.net", taken), ("mx.example.net", call(BEYOND[version], SHORT)))
        ]
        assert found == [Outcome.UNKNOWN, Outcome.HOLDS, Outcome.UNKNOWN]


@inside
def test_every_address_of_the_host_is_known_as_its_own() -> None:
    with neighbour():
        namespaces.ip("addr add 10.1.2.3/32 dev lo")
        every = all_addresses()
        assert {*HERE.values(), "10.1.2.3", "127.0.0.1", "::1"} <= set(every)
        assert THERE[4] not in every
        assert not [address for address in every if "%" in address]
        assert own_addresses() == list(HERE.values())
        assert len([address for address in every if address.startswith("fe80:")]) >= 1


# --- whatever happens -----------------------------------------------------------------------------


@inside
def test_no_call_leaves_anything_open() -> None:
    with neighbour() as there, mailer(there, THERE[4], says(b"220 mail.example.jp\r\n")) as other:
        call(THERE[6])
        before = sorted(os.listdir("/proc/self/fd"))
        for address in (THERE[4], THERE[6], HERE[4], "192.0.2.1"):
            call(address, 0.2)
        other.waited_for()
        assert len(os.listdir("/proc/self/fd")) <= len(before)


@inside
def test_an_ipv4_mapped_address_is_called_as_the_ipv4_address_that_it_is() -> None:
    with neighbour():
        assert call(f"::ffff:{THERE[4]}") == Call(Port.CLOSED, HERE[4], None, 5.0)


@pytest.mark.parametrize("address", ["", "mail.example.jp", "203.0.113.0/24", "203.0.113.999", "[2001:db8::1]"])
def test_what_is_no_address_is_not_called(address: str) -> None:
    with pytest.raises(UsageError, match="is no IP address"):
        call(address)


def test_a_body_that_fails_inside_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="fails = 'told with its values'"):
        inside(_fails)()


def _fails() -> None:
    fails = "told with its values"
    assert not fails


_fails.__wrapped__ = _fails  # type: ignore[attr-defined]
