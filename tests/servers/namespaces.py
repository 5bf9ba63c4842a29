"""Networks of a test's own: its body runs on a host that has one neighbour, and no way to anywhere else."""

import ast
import ctypes
import functools
import importlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from threading import Thread, get_native_id
from typing import ParamSpec, TypeVar

import pytest

ROOT = Path(__file__).parent.parent.parent
# This host, its neighbour, addresses on the same wire that nobody has, and addresses behind the neighbour.
HERE = {4: "203.0.113.1", 6: "2001:db8::1"}
THERE = {4: "203.0.113.2", 6: "2001:db8::2"}
NOBODY = {4: "203.0.113.99", 6: "2001:db8::99"}
BEYOND = {4: "198.51.100.7", 6: "2001:db8:1::7"}
# From linux/sched.h, linux/in.h and linux/in6.h.
_CLONE_NEWNET = 0x40000000
_IP_TRANSPARENT, _IPV6_TRANSPARENT = 19, 75
_ETH_P = {4: 0x0800, 6: 0x86DD}

P = ParamSpec("P")
T = TypeVar("T")


def inside(body: Callable[P, None]) -> Callable[P, None]:
    """Have a test run in a process and in a network namespace of its own; its parameters must be literals.

    Skipped where none can be made; with CI set it fails there, since a skipped test looks like a passed one.
    """

    @functools.wraps(body)
    def outside(*unnamed: P.args, **given: P.kwargs) -> None:
        what = [body.__module__, body.__qualname__, repr(given)]
        command = [*namespace_words(), sys.executable, "-W", "error", "-m", "tests.servers.namespaces", *what]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr

    return outside


@functools.cache
def _ways() -> tuple[str, ...]:
    """Return the words before a command that give it a network of its own, none where that is not allowed."""
    if shutil.which("unshare") and shutil.which("ip"):
        for words in (("unshare", "-rn"), ("unshare", "-n")):
            if subprocess.run([*words, "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0:
                return words
    return ()


def namespace_words() -> tuple[str, ...]:
    """Return the words before a command that give it a network of its own, on which is nobody; skips as `inside`."""
    words = _ways()
    if not words:
        # It brings a DNS library, for which the processes inside have no use.
        from tests.servers.rbldnsd import may_skip

        assert may_skip(None, os.environ), "no network namespace can be made here"
        pytest.skip("no network namespace can be made here: unshare -rn, from util-linux, and ip, from iproute2")
    return words


def ip(words: str) -> None:
    """Run ip(8) in the namespace of the thread that calls."""
    subprocess.run(["ip", *words.split()], check=True)


class Neighbour:
    """A host at the other end of a wire, with a network namespace of its own: what `does` runs there.

    Sockets belong to the namespace in which they were opened, whoever uses them.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        number = self.does(_leave)
        ip("link set lo up")
        ip(f"link add name near type veth peer name far netns {number}")
        _give("near", HERE.values())
        self.does(lambda: _give("far", THERE.values()))
        # It swallows what is not for itself; of IPv6 it would say that it knows no way.
        self.does(lambda: ip("-6 route add blackhole default"))

    def does(self, work: Callable[[], T]) -> T:
        """Return what work returns that is done on the neighbour."""
        return self._thread.submit(work).result()

    def listens(self, address: str, port: int = 25) -> socket.socket:
        """Return a socket that takes calls there."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return self.does(lambda: socket.create_server((address, port), family=family))

    def stops(self) -> None:
        """Let the namespace go."""
        self._thread.shutdown()


def _leave() -> int:
    """Give this thread a network of its own, and return the number of the thread."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    ip("link set lo up")
    return get_native_id()


def _give(device: str, addresses: Iterable[str]) -> None:
    ip(f"link set {device} up")
    for address in addresses:
        gives(device, address, 64 if ":" in address else 24)


def gives(device: str, address: str, length: int) -> None:
    """Give a device of this namespace an address; on return it is in use."""
    six = ":" in address
    ip(f"addr add {address}/{length} dev {device}" + (" nodad" if six else ""))
    until = time.monotonic() + 10
    # The system looks whether an IPv6 address is taken, and has it in use some time after it was told not to.
    while six and f"local {address} dev {device}" not in _local_routes():
        assert time.monotonic() < until, f"{address} does not come up"
        time.sleep(0.005)


def _local_routes() -> str:
    return subprocess.run(
        ["ip", "-6", "route", "show", "table", "local"], check=True, capture_output=True, text=True
    ).stdout


@contextmanager
def neighbour() -> Iterator[Neighbour]:
    """Give the host on which a test runs a neighbour, to which all that is not on the wire goes."""
    there = Neighbour()
    for address in THERE.values():
        ip(f"-{6 if ':' in address else 4} route add default via {address}")
    yield there
    there.stops()


def swallows(address: str) -> None:
    """Have what goes to an address of the wire arrive at a network card that nobody has: nothing answers."""
    ip(f"neigh add {address} lladdr 02:00:00:00:00:99 dev near nud permanent")


# --- a router that turns calls away ---------------------------------------------------------------


@contextmanager
def turning_away(there: Neighbour, kind: int, code: int, sender: str) -> Iterator[None]:
    """Have the neighbour answer TCP packets to others with an ICMP message of this type and code, sent by `sender`."""
    version = ip_address(sender).version
    wire, voice = there.does(lambda: (_hear(version), _speak(sender)))
    Thread(target=_turn_away, args=(wire, voice, version, kind, code), daemon=True).start()
    yield
    wire.close()
    voice.close()


def _hear(version: int) -> socket.socket:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P[version]))
    wire.bind(("far", _ETH_P[version]))
    return wire


def _speak(sender: str) -> socket.socket:
    if ":" in sender:
        voice = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        voice.setsockopt(socket.IPPROTO_IPV6, _IPV6_TRANSPARENT, 1)
    else:
        voice = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        voice.setsockopt(socket.IPPROTO_IP, _IP_TRANSPARENT, 1)
    voice.bind((sender, 0))
    return voice


def _turn_away(wire: socket.socket, voice: socket.socket, version: int, kind: int, code: int) -> None:
    while True:
        try:
            packet, (_, _, sort, *_) = wire.recvfrom(2048)
        except OSError:
            return
        protocol = packet[9] if version == 4 else packet[6]
        if sort == socket.PACKET_HOST and protocol == socket.IPPROTO_TCP:
            caller = packet[12:16] if version == 4 else packet[8:24]
            bare = struct.pack(">BBHI", kind, code, 0, 0) + packet[:64]
            # The system fills in the checksum of ICMPv6 only.
            message = bare if version == 6 else bare[:2] + struct.pack(">H", _checksum(bare)) + bare[4:]
            voice.sendto(message, (str(ip_address(caller)), 0))


def _checksum(data: bytes) -> int:
    total = sum(first << 8 | second for first, second in zip(data[::2], data[1::2], strict=True))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def main(module: str, name: str, given: str) -> None:
    """Run the body of a test here; what it stumbles over is told with its values."""
    body = getattr(importlib.import_module(module), name).__wrapped__
    try:
        body(**ast.literal_eval(given))
    except BaseException as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        sys.exit("".join(told.format()))


if __name__ == "__main__":
    main(*sys.argv[1:])
