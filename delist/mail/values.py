"""What arrives: a mail with its bytes, when it arrived, and where it lies."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from delist.rules.mails.values import Letter

Wanted = Callable[[Letter], bool]


class Place(NamedTuple):
    """How far a folder on a server was read: the number of its numbering, and the last mail's number in that."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that was read. `raw` is the mail itself, for its signatures; at most 64 MiB of it.

    `received_at` (UTC) is when it came into its box, None if that is untold; `source` names the file, or the folder and
    number on a server; `place` is how far a folder on a server is read once this one is stored.
    """

    letter: Letter
    raw: bytes = field(repr=False)
    received_at: datetime | None = None
    source: str = ""
    place: Place | None = None
