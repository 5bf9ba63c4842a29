"""One run of `mail`: takes in what it is given or what the mailbox has, and keeps how far it has come."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from delist.actions import steps
from delist.actions.desk import reading
from delist.actions.mailing.deciding import book_of
from delist.actions.mailing.taking import Also, is_wanted, take
from delist.actions.mailing.values import Post, Taken
from delist.errors import DelistError, SetupError
from delist.mail.results import must_be_readable
from delist.rules.mails.values import Letter
from delist.tools import Tools

KIND = "mail"


class Taking:
    """Takes in mails one by one, each in a transaction of its own; what it came to stands in `counts`.

    Making one raises SetupError where the word of the operator's servers is to count and nothing here can read it: a
    mail that is taken in without it stays unverified for good.
    """

    def __init__(self, tools: Tools, *, dry_run: bool = False) -> None:
        if tools.settings.inbox.authserv:
            must_be_readable()
        self.tools = tools
        self.counts: Counter[str] = Counter(seen=0, kept=0)
        self._dry_run = dry_run
        self._began = tools.now()
        with reading(tools) as desk:
            self._book = book_of(tools, desk)

    def posts(self, found: Iterable[Post]) -> Iterator[Taken]:
        """Yield what became of each message, or of the originals attached to it, passing over what is not wanted."""
        for post in found:
            if post.is_sifted and not self.is_wanted(post.letter):
                continue
            yield from self._parts(post, None)

    def _parts(self, post: Post, also: Also | None) -> Iterator[Taken]:
        from delist.actions.mailing.sources import parts

        self.counts["seen"] += 1
        *before, last = parts(self._book, post)
        for part in before:
            yield self._take(part)
        yield self._take(last, also)

    def path(self, path: Path) -> Iterator[Taken]:
        """Yield what became of the messages of a file, an mbox, a Maildir or a folder; raises NotFound."""
        from delist.actions.mailing.sources import of_path

        return self.posts(of_path(path, self.tools.zone, self.is_wanted))

    def stdin(self, raw: bytes) -> Iterator[Taken]:
        """Yield what became of a message that was handed over whole."""
        from delist.actions.mailing.sources import of_bytes

        return self.posts([of_bytes(raw, "pipe")] if raw.strip() else [])

    def inbox(self) -> Iterator[Taken]:
        """Yield what became of what is new in the configured mailbox; raises SetupError, NotFound, OutsideFailed."""
        inbox = self.tools.settings.inbox
        if not inbox.is_set:
            raise SetupError("no mailbox is configured: name a FILE, or set [inbox] host or path in config.toml")
        return self.path(Path(inbox.path).expanduser()) if inbox.path else self._server()

    def _server(self) -> Iterator[Taken]:
        from delist.actions.mailing.server import Server

        return Server(self.tools, self.is_wanted, self._dry_run).take(self._parts)

    def is_wanted(self, letter: Letter) -> bool:
        """Whether a mail that lies among others may be one of a list, by its headers."""
        return is_wanted(self.tools, self._book, letter)

    def is_fresh(self, taken: Taken) -> bool:
        """Whether a mail came within a day: of what lies in a mailbox for longer, was spoken before."""
        return taken.received_at > self._began - timedelta(days=1)

    def noted(self, found: Iterator[Taken], *, only_if_kept: bool = False) -> Iterator[Taken]:
        """Yield them, and keep at the end that mail was taken in, and what it failed with."""
        try:
            yield from found
        except DelistError as error:
            self._note(error)
            raise
        except GeneratorExit:
            # Whoever reads has seen enough; what was taken in stands.
            self._note()
            raise
        if self.counts["kept"] or not only_if_kept:
            self._note()

    def _note(self, failed: DelistError | None = None) -> None:
        if not self._dry_run:
            steps.note(self.tools, KIND, self._began, self.counts, failed)

    def _take(self, post: Post, also: Also | None = None) -> Taken:
        taken = take(self.tools, self._book, post, dry_run=self._dry_run, also=also)
        if taken.is_new and taken.is_kept:
            self.counts["kept"] += 1
            self.counts[str(taken.judgement.trust)] += 1
        return taken
