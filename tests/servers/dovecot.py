"""A real dovecot on loopback: IMAP in the clear, with STARTTLS and with TLS, over a Maildir that a test fills."""

import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
import trustme

from tests.servers.rbldnsd import may_skip

PROGRAM = shutil.which("dovecot", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
needs_dovecot = pytest.mark.skipif(
    may_skip(PROGRAM, os.environ), reason="dovecot is not installed: apt-get install dovecot-imapd"
)

USER = "removals@shop.example"
PASSWORD = 'correct "horse\\ battery'
PATIENCE = 20.0
# What is read with its own rights, if the tests run as root: dovecot hands no mail out to root.
_READER = "nobody"
_CONFIG = """base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{folder}/Maildir
mail_max_userip_connections = 100
{users}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Whoever errs about a password is made to wait for seconds otherwise.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
_NO_ROOT = """default_internal_user = {name}
default_login_user = {name}
default_internal_group = {group}
"""


class Dovecot:
    """A running dovecot with one user; a context manager, or `stop()` it.

    `certificate` is that of the authority which vouches for it, as 127.0.0.1 and localhost: point SSL_CERT_FILE there.
    The Maildir lies outside of pytest's folders, which are closed to everybody but the one who runs the tests.
    """

    def __init__(self, *, password: str = PASSWORD, settings: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.folder.chmod(0o755)
        self.maildir = self.folder / "Maildir"
        self._owner = pwd.getpwnam(_READER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._numbers = itertools.count(1)
        self._settings = settings
        try:
            self._prepare(password)
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def certificate(self) -> Path:
        """The file with the certificate of the authority."""
        return self.folder / "authority.pem"

    def start(self) -> None:
        """Start the server, on the ports that it had if it ran before."""
        assert PROGRAM, "dovecot is not installed: apt-get install dovecot-imapd"
        for _ in range(3):
            self._configure()
            with (self.folder / "out").open("w") as out:
                command = [PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")]
                self._process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
            try:
                return self._await()
            except ConnectionError:
                del self.port  # Another program took the port between our look and its start.
        raise ConnectionError(self.log())

    def deliver(self, *mails: bytes, folder: str = "", at: datetime | None = None, flags: str | None = None) -> None:
        """Put mails into the Maildir as an LDA does, arrived at that moment; with flags ("S") they were seen before."""
        box = self.box(folder)
        for raw in mails:
            name = f"{1_700_000_000 + next(self._numbers)}.M{os.getpid()}.host"
            (box / "tmp" / name).write_bytes(raw)
            if at:
                os.utime(box / "tmp" / name, (at.timestamp(), at.timestamp()))
            (box / "tmp" / name).chmod(0o644)
            self._give(box / "tmp" / name)
            (box / "tmp" / name).rename(
                box / ("new" if flags is None else "cur") / (name + f":2,{flags}" * bool(flags))
            )

    def box(self, folder: str = "") -> Path:
        """Return the Maildir of a folder, made if there is none; "" is the inbox."""
        path = self.maildir / f".{folder}" if folder else self.maildir
        for each in (path, *(path / part for part in ("new", "cur", "tmp"))):
            if not each.is_dir():
                each.mkdir(parents=True)
                self._give(each)
        return path

    def files(self, folder: str = "") -> dict[str, str]:
        """Return the mails of a folder: by what does not change of their names, their flags. New mails have none."""
        found = [each.name.partition(":2,") for part in ("new", "cur") for each in (self.box(folder) / part).iterdir()]
        return {name: flags for name, _, flags in found}

    def renumber(self, folder: str = "") -> None:
        """Give the mails of a folder another UIDVALIDITY, and themselves new numbers."""
        box = self.box(folder)
        listed = box / "dovecot-uidlist"
        match = re.match(r"3 V(\d+)", listed.read_text())
        assert match
        for index in (*box.glob("dovecot.index*"), self.maildir / "dovecot-uidvalidity"):
            index.unlink(missing_ok=True)
        listed.write_text(f"3 V{int(match[1]) + 1} N1\n")
        self._give(listed)

    def kill(self) -> None:
        """End the server and its sessions in the middle of whatever they do."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)

    def stop(self) -> None:
        """End the server and remove its files; once it is ended, do nothing."""
        # Asked to end, it takes a second; nobody needs what it would still write.
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """Return what the server wrote."""
        written = [self.folder / name for name in ("out", "log")]
        return "".join(each.read_text(errors="replace") for each in written if each.exists())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self, password: str) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.certificate))
        issued = authority.issue_cert("localhost", "127.0.0.1")
        (self.folder / "cert.pem").write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(self.folder / "key.pem"))
        escaped = password.replace(":", "\\:")
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{escaped}\n")
        self._give(self.folder)
        self.box()

    def _configure(self) -> None:
        if not hasattr(self, "port"):
            self.port, self.tls_port = _free_ports(2)
        name = self._owner.pw_name
        users = "" if os.geteuid() == 0 else _NO_ROOT.format(name=name, group=_group(self._owner.pw_gid))
        values: Mapping[str, object] = {
            "folder": self.folder,
            "users": users + self._settings,
            "uid": self._owner.pw_uid,
            "gid": self._owner.pw_gid,
            "port": self.port,
            "tls_port": self.tls_port,
        }
        (self.folder / "dovecot.conf").write_text(_CONFIG.format(**values))

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _await(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not _greets(self.port):
            if self._process.poll() is not None:
                log = self.log()
                raise (ConnectionError if "in use" in log else RuntimeError)(log)
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"dovecot does not answer: {self.log()}")
            time.sleep(0.02)


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        return client.recv(100).startswith(b"* OK")
    return False


def _free_ports(count: int) -> Sequence[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
