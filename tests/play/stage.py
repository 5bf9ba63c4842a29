"""The stage: a home with a configuration, the servers around it, and a program that runs as of a moment of the play."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from tests import letters
from tests.letters import Signer
from tests.servers import relay as relays
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.rbldnsd import Dataset, Rbldnsd, blocklist
from tests.servers.relay import Relay
from tests.servers.webhook import Webhook

ADDRESS = "203.0.113.7"
ZONE, PBL_CODE = "zen.spamhaus.org", "127.0.0.11"
TOKYO = ZoneInfo("Asia/Tokyo")
RELAY_LOGIN = ("delist", "relay's own Wispelwey")
# Of 1024 bits: rbldnsd publishes texts of one string only, of 255 octets at most.
SPAMHAUS = Signer(bits=1024)

_CONFIG = """
timezone = "Asia/Tokyo"

[contact]
name = "Hanako Sato"
email = "hanako@example.jp"

[[senders]]
address = "{address}"
purpose = "order mails of a web shop, sent by its web application only"
static = true
port25 = "closed"
bounces = "read daily at mx.example.jp"

[own]
addresses = ["{address}"]

[use]
commercial = false

[dns]
nameservers = ["{nameserver}"]

[evidence]
measure = false

[inbox]
host = "localhost"
port = {imap_port}
security = "tls"
user = "{user}"
password_file = "inbox.secret"

[smtp]
host = "localhost"
port = {relay_port}
security = "starttls"
user = "{relay_user}"
password_file = "relay.secret"

[notify]
to = ["hanako@example.jp"]
from = "delist@watch.example.net"
sends_from = ["{address}"]
second = ["pager"]

[notify.channels]
pager = "{pager}"

[run]
logs = ["../maillog"]
"""


def clock(words: str) -> datetime:
    """Return the instant of a local time of the play, "2021-05-02 10:00"."""
    return datetime.fromisoformat(words).replace(tzinfo=TOKYO)


@dataclass(frozen=True)
class Done:
    """What a command of the play left."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)


@dataclass
class Stage:
    """The servers and the home of the play, in a folder; a context manager."""

    folder: Path
    done: list[Done] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._servers = ExitStack()
        with ExitStack() as opening:
            record = Dataset(f"s1._domainkey TXT {SPAMHAUS.record}\n", "generic")
            zones = {ZONE: [Dataset(blocklist({}))], "spamhaus.org": [record]}
            self.lists = opening.enter_context(Rbldnsd(self.folder, zones, ttl=1))
            self.mailbox = opening.enter_context(Dovecot())
            self.relay = opening.enter_context(Relay("starttls", RELAY_LOGIN))
            self.pager = opening.enter_context(Webhook())
            self._servers = opening.pop_all()
        self.log = self.folder / "maillog"
        self.log.touch()
        self._write_home()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._servers.close()

    def _write_home(self) -> None:
        self.home = self.folder / "home"
        self.home.mkdir()
        (self.home / "inbox.secret").write_text(PASSWORD)
        (self.home / "relay.secret").write_text(RELAY_LOGIN[1])
        config = _CONFIG.format(
            address=ADDRESS,
            nameserver=self.lists.nameserver,
            imap_port=self.mailbox.tls_port,
            user=USER,
            relay_port=self.relay.port,
            relay_user=RELAY_LOGIN[0],
            pager=self.pager.url("Wispelwey-pager"),
        )
        (self.home / "config.toml").write_text(config)
        (self.home / "config.toml").chmod(0o600)
        # One file for both: each server has an authority of its own.
        both = self.mailbox.certificate.read_bytes() + relays.write_authority(self.folder).read_bytes()
        (self.folder / "authorities.pem").write_bytes(both)

    def __call__(self, *words: object, at: str | None = None, stdin: str = "", code: int = 0) -> Done:
        """Run a command of the program, as of a local time of the play; fails where it ends with another code."""
        told = tuple(map(str, words)) + (("--on", clock(at).isoformat()) if at else ())
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DELIST_")},
            "DELIST_HOME": str(self.home),
            "SSL_CERT_FILE": str(self.folder / "authorities.pem"),
        }
        command = [sys.executable, "-m", "delist", *told]
        ran = subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=120)
        done = Done(told, ran.returncode, ran.stdout, ran.stderr)
        self.done.append(done)
        assert ran.returncode == code, done
        return done

    # --- what happens outside ---------------------------------------------------------------------

    def list_address(self, *, listed: bool) -> None:
        """Let the address be in the zone of the lists, or not."""
        self.lists.rewrite(ZONE, blocklist({ADDRESS: PBL_CODE} if listed else {}))

    def refuse(self, at: str, *, names_the_list: bool) -> None:
        """Let a receiver refuse a mail from the address, naming the list, or only the zone of several."""
        by_zone = f"554 5.7.1 Service unavailable; Client host [{ADDRESS}] blocked using {ZONE}"
        by_list = f"550 5.7.1 Mail from IP {ADDRESS} was rejected due to listing in Spamhaus PBL"
        reply = f"host mx.receiver.example[192.0.2.25] said: {by_list if names_the_list else by_zone}"
        self._log(at, f"status=bounced ({reply} (in reply to RCPT TO command))")

    def accept(self, at: str) -> None:
        """Let the same receiver take a mail."""
        self._log(at, "status=sent (250 2.0.0 Ok: queued as 4F2C1)")

    def _log(self, at: str, status: str) -> None:
        moment = clock(at)
        stamp = f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}"
        with self.log.open("a") as log:
            to = "to=<info@receiver.example>, relay=mx.receiver.example[192.0.2.25]:25"
            log.write(f"{stamp} mx postfix/smtp[812]: 3C0DE{len(self.done):05d}: {to}, delay=1, dsn=5.7.1, {status}\n")

    def post_verification(self, at: str, link: str) -> None:
        """Let the operator of the list answer the form: a signed mail with a link."""
        raw = letters.signed(letters.pbl(ADDRESS, link), SPAMHAUS)
        self.mailbox.deliver(raw, at=clock(at))
