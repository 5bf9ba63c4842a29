"""An IMAP server with faults: on loopback it cuts, hangs, errs about sizes and talks nonsense as a test tells it."""

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_COMMAND = re.compile(rb"(\S+) (UID \S+|\S+) ?(.*?)\r\n", re.S)
_PART = re.compile(rb"BODY\.PEEK\[(HEADER)?\](?:<(\d+)\.(\d+)>)?")


@dataclass(frozen=True)
class Faults:
    """What goes wrong. `cut_at` is the whole mail in whose middle the connection ends (from 1 on), `hang_at` the one
    after which nothing is said any more; `size` is what the server says of every mail's size; `login` is its answer to
    a login, with %s for what it was sent; `greeting` its first line; with `chatty` it tells what nobody asked; with
    `quoted` it sends what has no line end in quotes.
    """

    cut_at: int = 0
    hang_at: int = 0
    size: int | None = None
    login: bytes = b"OK in"
    greeting: bytes = b"* OK ready"
    chatty: bool = False
    quoted: bool = False


def _named(part: re.Match[bytes]) -> bytes:
    """Return how an answer names a part: of a piece it says where it begins."""
    return b"BODY[%s]%s" % (part[1] or b"", b"<%s>" % part[2] if part[2] else b"")


class FaultyImap:
    """A server with these mails in every folder; a context manager. `commands` are what was asked."""

    def __init__(self, mails: Sequence[bytes], faults: Faults | None = None) -> None:
        self._mails = list(mails)
        self._faults = faults or Faults()
        self._bodies = 0
        self.commands: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="faulty imap", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._over.is_set():
                connection, _ = self._socket.accept()
                with connection, suppress(OSError):
                    connection.sendall(self._faults.greeting + b"\r\n")
                    with connection.makefile("rb") as lines:
                        while (line := lines.readline()) and self._answered(connection, line):
                            pass

    def _answered(self, connection: socket.socket, line: bytes) -> bool:
        """Answer a command; False ends the connection."""
        match = _COMMAND.fullmatch(line)
        assert match, line
        tag, command, rest = match[1], match[2].upper(), match[3]
        self.commands.append(line.partition(b" ")[2].strip())
        if command == b"UID FETCH":
            return self._fetched(connection, tag, rest)
        said = {
            b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
            b"EXAMINE": b"* 9 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n",
            b"UID SEARCH": b"* SEARCH " + b" ".join(b"%d" % (at + 1) for at in range(len(self._mails))) + b"\r\n",
        }.get(command, b"")
        done = self._faults.login.replace(b"%s", rest) if command == b"LOGIN" else b"OK done"
        connection.sendall(said + tag + b" " + done + b"\r\n")
        return command != b"LOGOUT"

    def _fetched(self, connection: socket.socket, tag: bytes, rest: bytes) -> bool:
        wanted, part = rest.partition(b" ")[0].split(b","), _PART.search(rest)
        assert part
        for uid in map(int, wanted):
            raw = self._mails[uid - 1]
            content = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if part[1] else raw
            if part[2]:
                content = content[int(part[2]) :][: int(part[3])]
            if not part[1] and int(part[2] or 0) == 0:
                self._bodies += 1
            answer = self._answer(uid, len(raw), _named(part), content)
            if not part[1] and self._bodies == self._faults.cut_at:
                connection.sendall(answer[: len(answer) // 2])
                return False
            connection.sendall(answer)
            if not part[1] and self._bodies == self._faults.hang_at:
                self._over.wait(30)
                return False
        connection.sendall(tag + b" OK done\r\n")
        return True

    def _answer(self, uid: int, octets: int, part: bytes, content: bytes) -> bytes:
        size = octets if self._faults.size is None else self._faults.size
        literal = b"{%d}\r\n%s" % (len(content), content)
        if self._faults.quoted and b"\n" not in content:
            literal = b'"' + content.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        # The date stands behind the part, the number before it: both are allowed anywhere.
        date = b'INTERNALDATE " 2-May-2021 10:30:00 +0900"'
        told = b"* %d FETCH (UID %d RFC822.SIZE %d %s %s %s)\r\n" % (uid, uid, size, part, literal, date)
        return (
            b"* 1 FETCH (FLAGS (\\Seen))\r\n* 9 EXISTS\r\n%s* 2 FETCH (FLAGS ())\r\n" % told
            if self._faults.chatty
            else told
        )
