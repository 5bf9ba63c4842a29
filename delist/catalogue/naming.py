"""Which names replies may hold: the zones of the catalogue, without reading all of its TOML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from delist.rules.lists import NO_LISTING

# Reading TOML costs seventy milliseconds, and these lines are all that names take. That a shipped file never writes
# them otherwise is held by a test, which compares with what the whole reading gives.
_LINES = re.compile(
    rb"^\[(?P<table>[^\[\]\n]+)\]|^(?P<word>closed|list|reply|answers)[ ]*=[ ]*(?P<value>[^\n]*)"
    rb"|^\"127[\d.]+\"[ ]*=[ ]*(?P<means>[^\n]*)",
    re.MULTILINE,
)
_ZONE = re.compile(r'zones\."([^"]+)"(\.answers)?$')
_MEANS = re.compile(r'(?:^|list = |"127[\d.]+" = )"([^"]+)"')


@dataclass
class ZoneNames:
    """What a zone's table says of its name: the keys of its lists, in order, its own key if it gives one."""

    lists: list[str] = field(default_factory=list)
    owner: str | None = None
    reply: str | None = None
    dead: bool = False

    @property
    def key(self) -> str | None:
        """The key that a reply naming the zone is known by, None if it names nobody."""
        return self.reply or self.owner or next((key for key in self.lists if key not in NO_LISTING), None)


def shipped_zones(data: bytes) -> dict[str, ZoneNames]:
    """Return the zones of a shipped file by name."""
    zones: dict[str, ZoneNames] = {}
    zone, in_answers = None, False
    for found in _LINES.finditer(data):
        if found["table"] is not None:
            header = _ZONE.match(found["table"].decode())
            # A zone may have no table of its own but that of its answers.
            zone = zones.setdefault(header[1], ZoneNames()) if header else None
            in_answers = bool(header and header[2])
        elif zone is not None:
            _note(zone, found, in_answers)
    return zones


def _note(zone: ZoneNames, found: re.Match[bytes], in_answers: bool) -> None:
    word, value = found["word"], (found["value"] or found["means"] or b"").decode()
    if word is None or word == b"answers":
        if in_answers or word:
            zone.lists.extend(_MEANS.findall(value))
    elif word == b"closed":
        zone.dead = True
    elif word == b"reply":
        zone.reply = value.strip('" ')
    else:
        zone.owner = value.strip('" ')


def zone_names(table: Mapping[str, Any]) -> ZoneNames:
    """Return the same of a table that was read."""
    answers = table.get("answers", {}).values()
    means = [answer["list"] if isinstance(answer, dict) else answer for answer in answers]
    return ZoneNames(means, table.get("list"), table.get("reply"), "closed" in table)
