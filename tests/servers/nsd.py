"""NLnet Labs' nsd on loopback, over UDP and TCP, authoritative for the zones that a test writes."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.query
import pytest
from dns.rcode import Rcode

from tests.servers.rbldnsd import may_skip

PROGRAM = shutil.which("nsd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
needs_nsd = pytest.mark.skipif(may_skip(PROGRAM, os.environ), reason="nsd is not installed: apt-get install nsd")

PATIENCE = 20.0
_HEAD = """$ORIGIN {zone}.
$TTL 60
@ SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 60
@ NS ns.example.net.
"""
# It limits how often a client is answered alike, forks servers, and drops its rights unless told otherwise.
_CONFIG = """server:
  ip-address: {host}@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "."
  zonelistfile: "zone.list"
  xfrdfile: "xfrd.state"
  xfrdir: "."
  pidfile: "nsd.pid"
  database: ""
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
"""
_ZONE = """zone:
  name: "{zone}"
  zonefile: "{zone}.zone"
"""


class Nsd:
    """A running nsd; a context manager, or `stop()` it.

    `zones` are the names of zones, and the lines of each in the form of zone files, relative to it; SOA and NS are
    put before them. Other names are refused. With `ipv6` it listens on ::1, otherwise on 127.0.0.1.
    """

    def __init__(self, folder: Path, zones: Mapping[str, str], *, ipv6: bool = False) -> None:
        self._zones = list(zones)
        self._host, self._family = ("::1", socket.AF_INET6) if ipv6 else ("127.0.0.1", socket.AF_INET)
        self._folder = Path(tempfile.mkdtemp(prefix="nsd-", dir=folder))
        for zone, text in zones.items():
            (self._folder / f"{zone}.zone").write_text(_HEAD.format(zone=zone) + text + "\n")
        self._start()

    @property
    def address(self) -> tuple[str, int]:
        """Return where it listens: host and port."""
        return self._host, self._port

    @property
    def nameserver(self) -> str:
        """Return where it listens as one writes it on a command line: 127.0.0.1:PORT or [::1]:PORT."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

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

    def _start(self) -> None:
        assert PROGRAM, "nsd is not installed: apt-get install nsd"
        for _ in range(3):
            self._port = self._free_port()
            head = _CONFIG.format(host=self._host, port=self._port)
            (self._folder / "nsd.conf").write_text(head + "".join(_ZONE.format(zone=zone) for zone in self._zones))
            with (self._folder / "log").open("w") as log:
                command = [PROGRAM, "-d", "-c", str(self._folder / "nsd.conf")]
                self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
            try:
                return self._await()
            except ConnectionError:
                continue  # Another program took the port between our look and its start.
            except BaseException:
                self.stop()
                raise
        raise ConnectionError(self._log())

    def _free_port(self) -> int:
        with socket.socket(self._family, socket.SOCK_STREAM) as probe:
            probe.bind((self._host, 0))
            return int(probe.getsockname()[1])

    def _await(self) -> None:
        """Ask until every zone is served; complain about one that it could not read."""
        deadline = time.monotonic() + PATIENCE
        for zone in self._zones:
            while (code := self._code(zone)) is None:
                if self._process.poll() is not None:
                    log = self._log()
                    raise (ConnectionError if "in use" in log else RuntimeError)(log)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nsd does not answer: {self._log()}")
            if code != Rcode.NOERROR:
                raise ValueError(f"nsd does not serve {zone}: {self._log()}")

    def _code(self, zone: str) -> int | None:
        try:
            return dns.query.udp(dns.message.make_query(zone, "SOA"), self._host, port=self._port, timeout=0.05).rcode()
        except (dns.exception.DNSException, OSError):
            return None

    def _log(self) -> str:
        return (self._folder / "log").read_text()
