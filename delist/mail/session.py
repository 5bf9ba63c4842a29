"""One session with an IMAP server: what is asked, and one sentence for whatever goes wrong, without the password."""

import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from delist.errors import DelistError, OutsideFailed, SetupError

_UID = re.compile(rb"\bUID (\d{1,10})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,15})")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_BEGINS = re.compile(rb"\d+ \(")
# A server may send what is short in quotes.
_QUOTED = re.compile(rb'BODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"')

_NO_TLS = "it speaks no TLS there: are port and security right?"


class Fetched(NamedTuple):
    """What a server sent of one mail: the part that was asked for, and of the whole one its size and its arrival."""

    content: bytes
    size: int
    received_at: datetime | None


class Session:
    """A session, logged in as soon as it is entered; a context manager."""

    def __init__(self, host: str, port: int, security: str, user: str, password: str, seconds: float) -> None:
        self._host, self._port, self._security = host, port, security
        self._user, self._password, self._seconds = user, password, seconds
        self._box: Any = None

    def __enter__(self) -> Self:
        with self._told():
            self._box = self._connected()
        try:
            self._log_in()
        except BaseException:
            self._hang_up()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OutsideFailed):
            # The server that has just failed is not waited for once more.
            with suppress(Exception):
                self._box.logout()
        self._hang_up()

    def open(self, folder: str, *, readonly: bool) -> int:
        """Open a folder, and return the number of its numbering (UIDVALIDITY)."""
        from imap_tools.errors import MailboxFolderSelectError

        with self._told():
            try:
                self._box.folder.set(folder, readonly=readonly)
            except MailboxFolderSelectError:
                raise OutsideFailed(f"{self._host} has no folder {folder} that {self._user} may read") from None
            found = self._box.client.response("UIDVALIDITY")[1][0]
            return int(found) if found else 0

    def uids(self, criteria: str, above: int) -> list[int]:
        """Return the numbers of the mails that fit, above a number, in order."""
        with self._told():
            # "7:*" is never empty: it names the last mail, whatever its number.
            return sorted(uid for uid in map(int, self._box.uids(criteria, None)) if uid > above)

    def heads(self, uids: Sequence[int]) -> dict[int, Fetched]:
        """Return the headers of mails, by number; those that are gone are not in it."""
        found = self._fetch(_set(uids), "(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])")
        return {uid: fetched for uid, fetched in found if uid in uids}

    def body(self, uid: int, start: int = 0, octets: int | None = None) -> bytes | None:
        """Return a mail, or so many octets of it from an offset; None if it is gone."""
        part = "" if octets is None else f"<{start}.{octets}>"
        found = self._fetch(str(uid), f"(UID BODY.PEEK[]{part})")
        return next((fetched.content for each, fetched in found if each == uid), None)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder (RFC 6851), or copy and remove them where the server knows no better."""
        from imap_tools.utils import encode_folder

        with self._told():
            client, target = self._box.client, encode_folder(folder)
            # What imaplib keeps is what the server said before the login, and that is less.
            able = b" ".join(client.capability()[1]).upper().split()
            if b"MOVE" in able:
                self._moves("MOVE", _set(uids), target, folder)
                return
            self._moves("COPY", _set(uids), target, folder)
            client.uid("STORE", _set(uids), "+FLAGS.SILENT", r"(\Deleted)")
            if b"UIDPLUS" in able:
                # A plain EXPUNGE would remove what others marked as well.
                client.uid("EXPUNGE", _set(uids))

    def _moves(self, command: str, uids: str, target: Any, folder: str) -> None:
        if self._box.client.uid(command, uids, target)[0] != "OK":
            raise OutsideFailed(f"{self._host} moves no mail to {folder}: is there such a folder?")

    def _connected(self) -> Any:
        import imap_tools

        if self._security == "none":
            return imap_tools.MailBoxUnencrypted(self._host, self._port, self._seconds)
        kind = imap_tools.MailBox if self._security == "tls" else imap_tools.MailBoxStartTls
        return kind(self._host, self._port, timeout=self._seconds, ssl_context=ssl.create_default_context())

    def _log_in(self) -> None:
        from imap_tools.errors import MailboxLoginError

        plain = all(map(_is_plain, (self._user, self._password)))
        log_in: Callable[..., object] = self._box.login if plain else self._box.login_utf8
        with self._told():
            try:
                log_in(self._user, self._password, initial_folder=None)
            except (MailboxLoginError, self._box.client.error) as error:
                if isinstance(error, self._box.client.abort):
                    raise
                # What the server says may repeat what it was sent.
                raise OutsideFailed(f"{self._host} refuses the login of {self._user}: is the password right?") from None

    def _fetch(self, uids: str, what: str) -> list[tuple[int, Fetched]]:
        with self._told():
            status, answers = self._box.client.uid("FETCH", uids, what)
            if status != "OK":
                raise OutsideFailed(f"{self._host} does not give a mail out")
            return list(_read(answers))

    def _hang_up(self) -> None:
        with suppress(Exception):
            self._box.client.shutdown()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn whatever a server and its library make of trouble into one sentence."""
        try:
            yield
        except DelistError:
            raise
        except ImportError:
            raise SetupError("mail from a server needs more than is installed: pip install 'delist[mail]'") from None
        except ssl.SSLCertVerificationError as error:
            said = error.verify_message.rstrip(".")
            raise OutsideFailed(f"the certificate of {self._host}:{self._port} is not trusted: {said}") from None
        except TimeoutError:
            raise OutsideFailed(f"{self._host}:{self._port} did not answer within {self._seconds:g} seconds") from None
        except OSError as error:
            why = _NO_TLS if _is_no_tls(error) else error.strerror or "the connection broke off"
            raise OutsideFailed(f"cannot read mail from {self._host}:{self._port}: {why}") from None
        except Exception as error:
            raise OutsideFailed(
                f"{self._host}:{self._port} broke off or answered nonsense ({type(error).__name__})"
            ) from None


def _is_no_tls(error: OSError) -> bool:
    """Whether what answered is no TLS: mostly a port or a kind of security that is not the server's."""
    return isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _read(answers: Sequence[Any]) -> Iterator[tuple[int, Fetched]]:
    """Yield what was sent of each mail, by number; what the server told unasked has no number or no part, and is none.

    imaplib gives a part with what stands before it as a pair, and what stands behind it as the next item.
    """
    told: list[tuple[bytes, bytes | None]] = []
    for item in answers:
        if isinstance(item, tuple):
            told.append((item[0], item[1]))
        elif isinstance(item, bytes) and (_BEGINS.match(item) or not told):
            told.append((item, None))
        elif isinstance(item, bytes):
            told[-1] = (told[-1][0] + b" " + item, told[-1][1])
    for text, content in told:
        uid, part = _UID.search(text), _part(text, content)
        if uid and part is not None:
            size, date = _SIZE.search(text), _DATE.search(text)
            yield int(uid[1]), Fetched(part, int(size[1]) if size else 0, _instant(date[1]) if date else None)


def _part(text: bytes, content: bytes | None) -> bytes | None:
    if content is not None:
        return content
    quoted = _QUOTED.search(text)
    return re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else None


def _instant(date: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(date.decode("ascii")).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
