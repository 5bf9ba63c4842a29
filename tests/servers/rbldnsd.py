"""Debian's rbldnsd on loopback, serving zone files that a test writes and rewrites."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import pytest
from dns.rdtypes.ANY.SOA import SOA

PROGRAM = shutil.which("rbldnsd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


def may_skip(program: str | None, environment: Mapping[str, str]) -> bool:
    """Tell whether tests may be skipped: the server is missing, and nobody promised that it is there."""
    # A skipped test looks like a passed one.
    return program is None and not (environment.get("CI") or environment.get("DELIST_CI_REQUIRES_SERVERS"))


needs_rbldnsd = pytest.mark.skipif(
    may_skip(PROGRAM, os.environ), reason="rbldnsd is not installed: apt-get install rbldnsd"
)

REASON = "Listed, see https://lookup.example/?ip=$"
PATIENCE = 10.0
_COMPLAINT = re.compile(r"^rbldnsd: file .*\(\d+\): .*$", re.MULTILINE)

Codes = str | Sequence[str] | None


@dataclass(frozen=True)
class Dataset:
    """The text of one data file, and the type of dataset that rbldnsd shall read it as."""

    text: str
    kind: str = "combined"


def blocklist(
    listed: Mapping[str, Codes], *, reason: str = REASON, test_points: bool = True, ipv6: bool = False
) -> str:
    """Return the text of a `combined` dataset that lists addresses, networks (CIDR) and IPv4 ranges (`A-B`).

    One code or several for each, None for an exclusion; `$` in the reason becomes the address. With test points, the
    ones of RFC 5782 are there, for IPv6 too if `ipv6`. Beware: rbldnsd looks IPv4-mapped names up in IPv4 data, so a
    list without IPv6 passes the test points of IPv6 as well.
    """
    points: dict[str, Codes] = {"127.0.0.2": "127.0.0.2", "127.0.0.1": None} if test_points else {}
    if test_points and ipv6:
        points |= {"::ffff:7f00:2": "127.0.0.2", "::ffff:7f00:1": None}
    entries = [(what, _as_codes(codes)) for what, codes in {**points, **listed}.items()]
    # Of two equal entries ip6trie drops the second: each further code takes a dataset of its own. ip4set keeps all.
    six = [(what, codes) for what, codes in entries if ":" in what]
    layers = [_layer(six, number) for number in range(max((len(codes) for _, codes in six), default=0))]
    four = [line for what, codes in entries if ":" not in what for line in _lines(what, codes)]
    parts = [("ip4set", four), *(("ip6trie", layer) for layer in layers)]
    return "".join(f"$DATASET {kind} @\n:127.0.0.2:{reason}\n" + "".join(lines) for kind, lines in parts)


def _as_codes(codes: Codes) -> Sequence[str]:
    if codes is None:
        return ()
    return (codes,) if isinstance(codes, str) else codes


def _layer(entries: Iterable[tuple[str, Sequence[str]]], number: int) -> list[str]:
    return [
        line
        for what, codes in entries
        if not codes or len(codes) > number
        for line in _lines(what, codes[number : number + 1])
    ]


def _lines(what: str, codes: Sequence[str]) -> list[str]:
    # ip4set calls 0.0.0.0/0 an invalid address.
    halves = ("0.0.0.0/1", "128.0.0.0/1") if what == "0.0.0.0/0" else (what,)
    return [line for half in halves for line in ([f"{half} :{code}\n" for code in codes] or [f"!{half}\n"])]


class Rbldnsd:
    """A running rbldnsd, answering over UDP (it has no TCP); a context manager, or `stop()` it.

    The files are in a folder of their own inside `folder`. Negative answers carry a SOA, TTL and minimum both `ttl`
    seconds, like that of the positive ones. With `ipv6` it listens on ::1, otherwise on 127.0.0.1.
    """

    def __init__(
        self, folder: Path, zones: Mapping[str, Sequence[Dataset]], *, ttl: int = 60, ipv6: bool = False
    ) -> None:
        self._zones = {zone: list(datasets) for zone, datasets in zones.items()}
        self._ttl = ttl
        self._ipv6 = ipv6
        self._generation = 0
        self._read = 0
        self._folder = Path(tempfile.mkdtemp(prefix="rbldnsd-", dir=folder))
        # Read by another user. The folders above may stay closed: it starts inside and uses relative names.
        self._folder.chmod(0o755)
        for zone, datasets in self._zones.items():
            for number, dataset in enumerate(datasets):
                self._write(f"{zone}.{number}", dataset.text)
        self._mark()
        self._start()

    @property
    def address(self) -> tuple[str, int]:
        """Return where it listens: host and port."""
        return self._host, self._port

    @property
    def nameserver(self) -> str:
        """Return where it listens as one writes it on a command line: 127.0.0.1:PORT or [::1]:PORT."""
        return f"[{self._host}]:{self._port}" if self._ipv6 else f"{self._host}:{self._port}"

    def rewrite(self, zone: str, text: str, *, dataset: int = 0) -> None:
        """Replace the text of one dataset of a zone; on return the server answers from it."""
        if dataset not in range(len(self._zones[zone])):
            raise IndexError(f"zone {zone} has no dataset {dataset}")
        self._write(f"{zone}.{dataset}", text)
        self._mark()
        self._process.send_signal(signal.SIGHUP)
        self._await()

    def stop(self) -> None:
        """End the server; once it is ended, do nothing."""
        self._process.terminate()
        self._process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _mark(self) -> None:
        """Write the next generation into the serial of every zone, so that one can ask which data is served."""
        self._generation += 1
        for zone in self._zones:
            times = f"1h 10m 1d {self._ttl}"
            soa = f"$SOA {self._ttl} ns.{zone} hostmaster.{zone} {self._generation} {times}\n"
            self._write(f"{zone}.soa", soa)

    def _write(self, name: str, text: str) -> None:
        fresh = self._folder / "fresh"
        fresh.write_text(text)
        fresh.chmod(0o644)
        # It compares whole seconds and sizes: of two rewrites within a second the later would be overlooked.
        stamp = 1_000_000_000 + self._generation
        os.utime(fresh, (stamp, stamp))
        fresh.replace(self._folder / name)

    def _start(self) -> None:
        assert PROGRAM, "rbldnsd is not installed: apt-get install rbldnsd"
        self._host = "::1" if self._ipv6 else "127.0.0.1"
        for _ in range(3):
            self._port = _free_port(self._host)
            with (self._folder / "log").open("w") as log:
                self._process = subprocess.Popen(self._command(PROGRAM), cwd=self._folder, stdout=log, stderr=log)
            try:
                return self._await()
            except ConnectionError:
                continue  # Another program took the port between our look and its start.
            except BaseException:
                self.stop()
                raise
        raise ConnectionError(self._log())

    def _command(self, program: str) -> list[str]:
        # It refuses to run as root.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        options = ["-n", "-c", "0", "-t", str(self._ttl), "-b", f"{self._host}/{self._port}"]
        return [program, *user, *options, *(spec for zone in self._zones for spec in self._specs(zone))]

    def _specs(self, zone: str) -> list[str]:
        kinds = [dataset.kind for dataset in self._zones[zone]]
        first = [f"{zone}:{kinds[0]}:{zone}.soa,{zone}.0"]
        return first + [f"{zone}:{kind}:{zone}.{number}" for number, kind in enumerate(kinds[1:], 1)]

    def _await(self) -> None:
        """Ask until the newest generation is served; complain about lines that it did not understand."""
        deadline = time.monotonic() + PATIENCE
        while self._served() != self._generation:
            if self._process.poll() is not None:
                log = self._log()
                raise (ConnectionError if "unable to bind" in log else RuntimeError)(log)
            if time.monotonic() > deadline:
                raise TimeoutError(f"rbldnsd does not serve generation {self._generation}: {self._log()}")
        fresh = self._log()[self._read :]
        self._read += len(fresh)
        if complaints := _COMPLAINT.findall(fresh):
            raise ValueError("; ".join(complaints))

    def _served(self) -> int:
        """Return the generation that is served, 0 if there is no answer; a reload takes all zones at once."""
        query = dns.message.make_query(next(iter(self._zones)), "SOA")
        try:
            answer = dns.query.udp(query, self._host, port=self._port, timeout=0.05)
        except (dns.exception.DNSException, OSError):
            return 0
        # Another program's server on our port would know nothing of the zone.
        found = [rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.SOA]
        return cast(SOA, found[0][0]).serial if found else 0

    def _log(self) -> str:
        return (self._folder / "log").read_text()


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
