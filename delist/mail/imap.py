"""Mail on an IMAP server: what is new in a folder, read without a mark; moved away only when that is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delist.mail.letters import MOST, letter
from delist.mail.session import Session
from delist.mail.values import Arrived, Place, Wanted

PORTS = {"tls": 993, "starttls": 143, "none": 143}
_BATCH = 200
# Larger mails are asked for in pieces of this size, so that none of them takes longer than the server may be silent.
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Access:
    """How a server is reached: `security` is tls, starttls or none; no answer for so many `seconds` is a failure."""

    host: str
    user: str
    password: str = field(repr=False)
    security: str = "tls"
    port: int | None = None
    seconds: float = 30.0


def new_messages(
    access: Access, folder: str, place: Mapping[str, Any] | None, wanted: Wanted
) -> Iterator[Arrived | Place]:
    """Yield the mails of a folder behind a place, in the order of the server, and places up to which nothing is left.

    Those that are not `wanted` by their headers are not fetched. Who stores what is yielded, and its place with it,
    may stop anywhere and go on from there; a folder that was numbered anew is read from its beginning. Nothing is
    marked. Raises SetupError without the extra, OutsideFailed where the server cannot be reached, refuses, or dies.
    """
    with _session(access) as session:
        uidvalidity = session.open(folder, readonly=True)
        last = int(place["uid"]) if place and place.get("uidvalidity") == uidvalidity else 0
        uids = session.uids(f"UID {last + 1}:*", above=last)
        for begin in range(0, len(uids), _BATCH):
            batch = uids[begin : begin + _BATCH]
            for uid, fetched in sorted(session.heads(batch).items()):
                if wanted(letter(fetched.content)) and (raw := _whole(session, uid, fetched.size)) is not None:
                    is_whole = len(raw) <= MOST
                    found = letter(raw[:MOST], is_whole)
                    where = f"{folder} {uid}"
                    yield Arrived(found, raw[:MOST], fetched.received_at, where, Place(uidvalidity, uid))
            yield Place(uidvalidity, batch[-1])
        if not uids:
            yield Place(uidvalidity, last)


def count(access: Access, folder: str) -> int:
    """Return how many mails are in a folder; raises as `new_messages` does. Nothing is read of them."""
    with _session(access) as session:
        session.open(folder, readonly=True)
        return len(session.uids("ALL", above=0))


def moved(access: Access, folder: str, places: Sequence[Place], to: str) -> int:
    """Move mails that were stored to another folder, and return how many were asked to be.

    Places of another numbering of the folder are left alone. A server that can neither move nor remove single mails
    keeps them, marked as deleted. Raises as `new_messages` does, and OutsideFailed where there is no such folder.
    """
    if not places:
        return 0
    with _session(access) as session:
        uidvalidity = session.open(folder, readonly=False)
        uids = sorted({place.uid for place in places if place.uidvalidity == uidvalidity})
        for begin in range(0, len(uids), _BATCH):
            session.move(uids[begin : begin + _BATCH], to)
    return len(uids)


def _session(access: Access) -> Session:
    port = access.port or PORTS[access.security]
    return Session(access.host, port, access.security, access.user, access.password, access.seconds)


def _whole(session: Session, uid: int, size: int) -> bytes | None:
    """Return a mail, at most one octet more than is read; None if it is gone. Servers err about sizes."""
    if size < _PIECE:
        return session.body(uid)
    pieces = bytearray()
    while len(pieces) <= MOST:
        piece = session.body(uid, len(pieces), min(_PIECE, MOST + 1 - len(pieces)))
        if piece is None:
            return None
        pieces += piece
        if not piece or (len(piece) < _PIECE and len(pieces) >= size):
            break
    return bytes(pieces)
