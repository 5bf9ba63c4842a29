"""How long it takes to find the one mail that counts in a full mailbox: through dovecot, from a Maildir, in a file."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

from delist.mail import boxes, imap
from delist.mail.letters import letter
from delist.mail.signatures import verified
from delist.mail.values import Arrived, Place
from delist.rules.mails.values import Letter
from tests.bench import common
from tests.letters import SPAMHAUS, mail, pbl, signed
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.nsd import Nsd

MAILS = 10_000


def main() -> None:
    """Measure and print."""
    parser = common.parser(__doc__ or "", 3)
    parser.add_argument("--mails", type=int, default=MAILS, help="how many mails lie in the box")
    options = parser.parse_args()
    common.begin("reading mail")
    with Dovecot() as server:
        os.environ["SSL_CERT_FILE"] = str(server.certificate)
        others = [mail(subject=f"Order {number}", text="Thank you.\n" * 40) for number in range(options.mails)]
        server.deliver(*others[: options.mails // 2], pbl(), *others[options.mails // 2 :])
        access = imap.Access("127.0.0.1", USER, PASSWORD, "tls", server.tls_port)
        _, last = _through(access, None)
        _told(f"{options.mails:,} mails through IMAP", options.rounds, lambda: _through(access, None)[0])
        _told("the same, nothing new since", options.rounds, lambda: _through(access, last)[0])
        _told(f"{options.mails:,} mails of a Maildir", options.rounds, lambda: _in_files(server.maildir))
        _told("the same, every one read whole", options.rounds, lambda: len(list(boxes.messages(server.maildir))))
    _large(options.rounds)


def _large(rounds: int) -> None:
    raw = signed(pbl(text=("x" * 75 + "\n") * 270_000))
    folder = Path(mkdtemp())
    try:
        with Nsd(folder, {SPAMHAUS.domain: SPAMHAUS.lines}) as keys, Dovecot() as server:
            os.environ["SSL_CERT_FILE"] = str(server.certificate)
            server.deliver(raw)
            access = imap.Access("127.0.0.1", USER, PASSWORD, "tls", server.tls_port)
            _told(f"a mail of {len(raw) / 1e6:.0f} MB through IMAP", rounds, lambda: _through(access, None, _every)[0])
            _told("taken apart", rounds, lambda: len(letter(raw).texts))
            _told("its signature", rounds, lambda: len(verified(raw, [keys.address], 60.0)))
    finally:
        shutil.rmtree(folder)


def _every(_: Letter) -> bool:
    return True


def _counts(found: Letter) -> bool:
    return "203.0.113.7" in found.subject


def _through(
    access: imap.Access, place: Place | None, wanted: Callable[[Letter], bool] = _counts
) -> tuple[int, Place | None]:
    found = list(imap.new_messages(access, "INBOX", place._asdict() if place else None, wanted))
    places = [each for each in found if isinstance(each, Place)]
    return sum(isinstance(each, Arrived) for each in found), places[-1]


def _in_files(path: Path) -> int:
    found: Iterator[Arrived] = boxes.messages(path, wanted=_counts)
    return len(list(found))


def _told(what: str, rounds: int, run: Callable[[], int]) -> None:
    took: list[float] = []
    count = 0
    for _ in range(rounds):
        begin = time.perf_counter()
        count = run()
        took.append(time.perf_counter() - begin)
    print(f"{what}: {min(took):.2f} to {max(took):.2f} s, found {count}")


if __name__ == "__main__":
    main()
