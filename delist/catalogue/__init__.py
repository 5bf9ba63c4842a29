"""Reads the shipped lists and the operator's lists.toml into the catalogue's values."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from delist.catalogue import format as entries
from delist.catalogue import naming
from delist.catalogue import replies as reply_entries
from delist.catalogue import zones as zone_entries
from delist.errors import NotFound, SetupError
from delist.rules.lists import ListEntry, ReplyEntry, Who, Zone
from delist.rules.replies.values import Names

# The shipped files are one a list operator, and only those that hold a wanted key are parsed:
# the headers are enough to know the keys, and TOML is read in Python, a hundred times slower than JSON.
_HEADER = re.compile(rb"^\[(lists|replies)\.([a-z0-9-]+)\]", re.MULTILINE)
_KINDS = ("lists", "zones", "replies")

Tables = Mapping[str, Any]


class Catalogue:
    """The lists and zones one can look up by key, the operator's file merged over the shipped ones."""

    def __init__(self, shipped: Mapping[str, bytes], own: bytes = b"", own_name: str = "lists.toml") -> None:
        self._shipped = shipped
        self._own_name = own_name
        self._own_bytes = own
        headers = [(kind, key, name) for name, data in shipped.items() for kind, key in _keys_of(data)]
        self._file_of = {key: name for kind, key, name in headers if kind == "lists"}
        self._reply_file_of = {key: name for kind, key, name in headers if kind == "replies"}
        self._parsed: dict[str, Tables] = {}
        self._entries: dict[str, ListEntry] = {}

    @cached_property
    def digest(self) -> str:
        """What the catalogue says, in a few letters: it changes whenever any entry does."""
        total = hashlib.sha256()
        for name in sorted(self._shipped):
            total.update(self._shipped[name])
        total.update(self._own_bytes)
        return total.hexdigest()[:16]

    @cached_property
    def _own(self) -> Tables:
        if not self._own_bytes:
            return {}
        tables = _parse(self._own_bytes, self._own_name)
        problems = [*self._own_problems(tables)] or [*self._circles(tables)]
        if problems:
            raise SetupError(f"{self._own_name}: " + "; ".join(problems))
        return tables

    def _own_problems(self, tables: Tables) -> Iterator[str]:
        for name, group in tables.items():
            if name not in _KINDS:
                yield f"{name!r} is no table of the catalogue ({', '.join(_KINDS)})"
            elif not isinstance(group, dict):
                yield f"{name} must be a table"
            else:
                yield from self._problems_of(name, group, tables)

    def _problems_of(self, kind: str, group: Tables, own: Tables) -> Iterator[str]:
        for key, table in group.items():
            where = f'[zones."{key}"]' if kind == "zones" else f"[{kind}.{key}]"
            if not isinstance(table, dict):
                yield f"{where} must be a table (to switch it off: off = true)"
                continue
            if kind != "zones":
                where += self._meant(kind, key, table)
            yield from (f"{where} {problem}" for problem in self._wrong(kind, key, table, own))

    def _wrong(self, kind: str, key: str, table: Tables, own: Tables) -> Iterator[str]:
        whole = merged(self._shipped_table(kind, key), table)
        keys = {*self._file_of, *_dict(own.get("lists"))}
        if kind == "lists":
            return entries.list_problems(key, table, whole)
        if kind == "zones":
            return zone_entries.zone_problems(table, whole, keys, {*self._reply_file_of, *_dict(own.get("replies"))})
        return reply_entries.reply_problems(key, table, whole, keys)

    def _circles(self, own: Tables) -> Iterator[str]:
        """Yield each list of the operator's that waits for itself, by way of others or at once: nobody could ask it."""
        lists = _dict(own.get("lists"))
        told: set[str] = set()
        for key, table in lists.items():
            if "waits_for" not in table or key in told:
                continue
            if circle := self._way_back(key, key, lists, frozenset()):
                told.update(circle)
                yield f"[lists.{key}] waits for itself: {' waits for '.join((*circle, key))}"

    def _way_back(self, key: str, goal: str, own: Tables, seen: frozenset[str]) -> tuple[str, ...]:
        """Return the lists on the way from one to another that it waits for in the end, () if there is no way."""
        whole = merged(self._shipped_table("lists", key), own.get(key))
        for each in whole.get("waits_for", ()):
            if each == goal:
                return (key,)
            if each not in seen and (way := self._way_back(each, goal, own, seen | {key})):
                return (key, *way)
        return ()

    def _meant(self, kind: str, key: str, table: Tables) -> str:
        """Return what to say of a key that is unknown and holds too little for a new entry."""
        known = self._file_of if kind == "lists" else {**self._file_of, **self._reply_file_of}
        needed = {"name", "operator", "kind"} if kind == "lists" else {"name"}
        near = get_close_matches(key, known, 1) if key not in known and not needed <= set(table) else []
        return (
            f" is no {'list' if kind == 'lists' else 'reply'} of the catalogue (did you mean {near[0]}?):"
            if near
            else ""
        )

    def keys(self) -> list[str]:
        """Return every key that is not switched off, sorted."""
        own = _dict(self._own.get("lists"))
        off = {key for key, table in own.items() if table.get("off")}
        return sorted((set(self._file_of) | set(own)) - off)

    def get(self, key: str) -> ListEntry:
        """Return the entry of an exact key; a key that is no longer in the catalogue gives a bare entry."""
        if key not in self._entries:
            table = merged(self._shipped_table("lists", key), _dict(self._own.get("lists")).get(key))
            entry = entries.list_entry(key, table) if table else entries.unknown_entry(key)
            self._entries[key] = replace(entry, **self._dns_side(key))
        return self._entries[key]

    def _dns_side(self, key: str) -> dict[str, Any]:
        """Return what the zones say of a list. The shipped ones stand in its own file: no other need be read."""
        name = self._file_of.get(key)
        shipped, own = _dict(self._tables(name).get("zones")) if name else {}, _dict(self._own.get("zones"))
        zones = [merged(shipped.get(zone), own.get(zone)) for zone in {*shipped, *own}]
        living = [_dict(zone.get("answers")) for zone in zones if not zone.get("closed") and not zone.get("off")]
        answers = [(code, means) for zone in living for code, means in zone.items()]
        kept = [code for code, means in answers if means == {"list": key, "who": str(Who.PROVIDER)}]
        is_asked = any(means == key or (isinstance(means, dict) and means.get("list") == key) for _, means in answers)
        return {"in_dns": is_asked, "provider_codes": frozenset(kept)}

    def find(self, text: str) -> ListEntry:
        """Return the entry of a key or a unique tail of one (pbl); raises NotFound with the nearest keys."""
        keys, wanted = self.keys(), text.strip().lower()
        if wanted in keys:
            return self.get(wanted)
        tails = [key for key in keys if wanted and key.endswith(f"-{wanted}")]
        if len(tails) == 1:
            return self.get(tails[0])
        if wanted in self._file_of or wanted in _dict(self._own.get("lists")):
            raise NotFound(f"the list {wanted} is switched off in {self._own_name}")
        if (reply := self.reply(wanted)) is not None:
            place = " or ".join(reply.request_at)
            hint = f"the list to ask is {place}" if place else "nothing can be asked for it"
            raise NotFound(f"{wanted} is what replies name ({reply.name}), and no list: {hint}")
        near = tails or get_close_matches(wanted, keys, 3, 0.5) or _sharing(wanted, keys)
        hint = f"did you mean {' or '.join(near)}?" if near else "`delist lists` shows them all"
        raise NotFound(f"there is no list {text!r}: {hint}")

    @cached_property
    def link_hosts(self) -> frozenset[str]:
        """The hosts at which lists hand out tickets and links: of their forms and of their mails."""
        found: set[str] = set()
        for entry in self.all():
            host = urlsplit(entry.removal.url or "").hostname
            found.update(filter(None, (host, *entry.mail.link_hosts)))
        return frozenset(found)

    def all(self) -> list[ListEntry]:
        """Return every entry that is not switched off, by key."""
        return [self.get(key) for key in self.keys()]

    @cached_property
    def zones(self) -> Mapping[str, Zone]:
        """The DNS zones by name, dead ones too: a reply may still name them."""
        tables: dict[str, Any] = {}
        for name in self._shipped:
            tables.update(_dict(self._tables(name).get("zones")))
        for name, table in _dict(self._own.get("zones")).items():
            tables[name] = merged(tables.get(name), table)
        return {name: zone_entries.zone(name, table) for name, table in sorted(tables.items()) if not table.get("off")}

    def names(self) -> Names:
        """Return what replies may name: zones and the reply keys they stand for, dead ones too."""
        found: dict[str, naming.ZoneNames] = {}
        for data in self._shipped.values():
            found.update(naming.shipped_zones(data))
        for name, table in _dict(self._own.get("zones")).items():
            found.pop(name, None)
            if not table.get("off"):
                found[name] = naming.zone_names(merged(self._shipped_table("zones", name), table))
        keys = {name.lower(): zone.key for name, zone in found.items()}
        dead = frozenset(name.lower() for name, zone in found.items() if zone.dead)
        return Names({name: key for name, key in keys.items() if key}, dead)

    def reply(self, key: str) -> ReplyEntry | None:
        """Return what is known of a reply key: of the reply, else of the list of that key; None if nothing is."""
        own = _dict(_dict(self._own.get("replies")).get(key))
        of_list = self.get(key) if key in self.keys() else None
        if own.get("off"):
            return None
        table = merged(self._shipped_table("replies", key), own)
        if not table and of_list is None:
            return None
        return reply_entries.reply_entry(key, table, of_list)

    def reply_keys(self) -> list[str]:
        """Return every key that a table of replies has and that is not switched off, sorted."""
        own = _dict(self._own.get("replies"))
        return sorted({*self._reply_file_of, *own} - {key for key, table in own.items() if table.get("off")})

    def zones_of(self, key: str) -> list[Zone]:
        """Return the zones that answer for a list, the dead ones that belonged to it too."""
        return [
            zone
            for zone in self.zones.values()
            if zone.list_key == key or any(answer.means == key for answer in zone.answers.values())
        ]

    def _shipped_table(self, kind: str, key: str) -> Any:
        if kind == "zones":
            names: Iterable[str] = self._shipped
        else:
            of_key = (self._file_of if kind == "lists" else self._reply_file_of).get(key)
            names = [of_key] if of_key else []
        return next((table for name in names if (table := _dict(self._tables(name).get(kind)).get(key))), None)

    def _tables(self, name: str) -> Tables:
        if name not in self._parsed:
            self._parsed[name] = _parse(self._shipped[name], name)
        return self._parsed[name]


def load(own_file: Path | None = None) -> Catalogue:
    """Return the shipped catalogue with the operator's lists.toml over it; raises SetupError if it is unreadable."""
    folder = files("delist") / "lists"
    shipped = {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".toml")}
    if own_file is None or not own_file.exists():
        return Catalogue(shipped)
    try:
        return Catalogue(shipped, own_file.read_bytes(), str(own_file))
    except OSError as error:
        raise SetupError(f"cannot read {own_file}: {error.strerror}") from None


def merged(shipped: Any, own: Any) -> dict[str, Any]:
    """Return a table with another's keys laid over it, tables inside it likewise; lists are replaced whole."""
    base, over = _dict(shipped), _dict(own)
    both = {name: merged(base[name], over[name]) for name in over if isinstance(over[name], dict) and name in base}
    return {**base, **over, **both}


def _keys_of(data: bytes) -> list[tuple[str, str]]:
    return [(kind.decode(), key.decode()) for kind, key in _HEADER.findall(data)]


def _parse(data: bytes, name: str) -> Tables:
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SetupError(f"{name} is no valid TOML: {error}") from None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sharing(wanted: str, keys: list[str]) -> list[str]:
    return [key for key in keys if wanted and wanted in key][:3]
