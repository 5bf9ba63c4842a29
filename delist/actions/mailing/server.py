"""Takes in what is new in a folder on a server; how far it was read is kept together with each mail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from delist.actions.desk import Desk, reading, writing
from delist.actions.mailing.sources import of_arrived
from delist.actions.mailing.taking import Also
from delist.actions.mailing.values import Post, Taken
from delist.mail import imap
from delist.mail.imap import Access
from delist.mail.values import Arrived, Place, Wanted
from delist.settings import Inbox
from delist.store import mails, scans
from delist.tools import Tools

# Takes in a message, doing something in the transaction of its last part.
Take = Callable[[Post, Also | None], Iterator[Taken]]


@dataclass(slots=True)
class Server:
    """One visit to the configured server. `waiting` are the mails that are stored and not moved away yet."""

    tools: Tools
    wanted: Wanted
    dry_run: bool
    waiting: list[Place] = field(default_factory=list)

    @property
    def _inbox(self) -> Inbox:
        return self.tools.settings.inbox

    @property
    def _log(self) -> str:
        login = self._inbox.login
        return f"imap://{login.user}@{login.host}/{self._inbox.folder}"

    def take(self, take: Take) -> Iterator[Taken]:
        """Yield what became of each mail that is new; raises SetupError, OutsideFailed."""
        with reading(self.tools) as desk:
            kept = mails.place(desk.tx, self._log) if desk else None
        self.waiting += [Place(*each) for each in (kept or {}).get("waiting", ())]
        login = self._inbox.login
        access = Access(login.host, login.user, login.secret(), login.security, login.port)
        for found in imap.new_messages(access, self._inbox.folder, kept, self.wanted):
            if isinstance(found, Place):
                self._save(found, kept)
            else:
                yield from self._arrived(found, take)
        self._move(access)

    def _arrived(self, arrived: Arrived, take: Take) -> Iterator[Taken]:
        place = arrived.place
        if place is None:
            raise RuntimeError("a mail of a server without its place there")
        before = list(self.waiting)

        def also(desk: Desk, is_kept: bool) -> None:
            self.waiting = [*before, place] if is_kept and self._inbox.move_to else before
            self._write(desk, place)

        yield from take(of_arrived(arrived), also)

    def _save(self, place: Place, kept: dict[str, object] | None) -> None:
        is_known = kept and (kept.get("uidvalidity"), kept.get("uid")) == tuple(place)
        if not self.dry_run and not is_known:
            with writing(self.tools) as desk:
                self._write(desk, place)

    def _write(self, desk: Desk, place: Place) -> None:
        at = {"uidvalidity": place.uidvalidity, "uid": place.uid, "waiting": [list(each) for each in self.waiting]}
        scans.save_cursors(desk.tx, "", mails.PURPOSE, {self._log: at}, desk.at)

    def _move(self, access: Access) -> None:
        """Move what is stored out of the way; what was not moved when this was cut off is moved the next time."""
        if self.dry_run or not self.waiting:
            return
        imap.moved(access, self._inbox.folder, self.waiting, self._inbox.move_to)
        self.waiting = []
        with writing(self.tools) as desk:
            place = mails.place(desk.tx, self._log)
            if place:
                self._write(desk, Place(place["uidvalidity"], place["uid"]))
