"""A notice as sections: what to do and what has changed, site by site, troubles, and what was perhaps told before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from delist.rules.notices.values import Change, Digest, Item, News, Repeat, Trouble
from delist.rules.reminders import Reminder
from delist.rules.secrets import conceal
from delist.show import reminders
from delist.show.notices import sentences
from delist.show.notices.sentences import Entry
from delist.show.words import clock, width

# Bytes of a page, as they are counted below: what is more is counted and left out.
_BUDGET = 88_000
_MARKUP = 150
_LONGEST_LINE = 900


class Group(NamedTuple):
    """Entries of one kind."""

    title: str
    entries: tuple[Entry, ...]


class Section(NamedTuple):
    """What concerns one site, or something else of its own; `about` says more of it."""

    title: str | None
    groups: tuple[Group, ...]
    about: str | None = None

    @property
    def rule(self) -> str:
        """A line as long as the title is wide."""
        return "-" * width(self.title or "")


class Page(NamedTuple):
    """A whole notice."""

    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def page(digest: Digest, zone: ZoneInfo) -> Page:
    """Return a digest as it is read; what would make it longer than a mail should be is counted, not told."""
    fresh = [item for item in digest.items if item.repeat is None]
    sections = [*_by_site(fresh, digest, zone), *_troubles(fresh, zone), *_repeats(digest, zone)]
    return Page(warnings(digest), tuple(_cut(sections)), _CLOSING)


_CLOSING = "Each thing is told once at each stage; `delist due` shows all that is due. Nobody reads answers to this."


_ITSELF, _BY_ITSELF = "Delist itself", "What it does by itself"


def warnings(digest: Digest) -> tuple[str, ...]:
    """Return what must be read first: that mail may not arrive, and why this came another way."""
    told = [
        f"WARNING: the relay of these notices sends from {each.address}, which is listed on {each.list}:"
        " mail through it may not arrive."
        for each in digest.relay
    ]
    if digest.detour is not None:
        failed = f": mail to them failed, {digest.detour.why}" if digest.detour.why else ""
        told.append(f"This is for {digest.recipient} and came this way instead{failed}.")
    return tuple(told)


def _by_site(items: Sequence[Item], digest: Digest, zone: ZoneInfo) -> Iterator[Section]:
    placed = [item for item in items if not isinstance(item.what, Trouble)]
    sites = dict.fromkeys(item.place.site if item.place else None for item in placed)
    for site in sites:
        mine = [item for item in placed if (item.place.site if item.place else None) == site]
        title = f"Site {site}" if site else ("Other addresses" if len(sites) > 1 else None)
        yield Section(title, tuple(_groups(mine, digest, zone)))


def _groups(items: Sequence[Item], digest: Digest, zone: ZoneInfo) -> Iterator[Group]:
    for title, entries in (
        ("To do", _reminders(items, digest, zone)),
        ("Changed", _changes(items, zone)),
        ("Mails", _mails(items, digest, zone)),
    ):
        if entries:
            yield Group(title, tuple(entries))


_T = TypeVar("_T", Reminder, Change, News, Trouble)


def _of(items: Iterable[Item], kind: type[_T]) -> list[_T]:
    return [item.what for item in items if isinstance(item.what, kind)]


def _reminders(items: Sequence[Item], digest: Digest, zone: ZoneInfo) -> list[Entry]:
    ordered = reminders.folding_order(_of(items, Reminder), digest.moment, zone)
    entries: list[Entry] = []
    for line in reminders.lines(ordered, digest.moment, zone):
        if line.startswith(" ") and entries:
            entries[-1] = Entry(entries[-1].head, (*entries[-1].more, line.strip()))
        else:
            entries.append(Entry(line))
    return entries


def _changes(items: Sequence[Item], zone: ZoneInfo) -> list[Entry]:
    def told(alike: Sequence[Change]) -> Entry:
        return sentences.changes_alike(alike[0], alike[-1], len(alike))

    return _folded(_of(items, Change), sentences.alike, lambda each: sentences.change(each, zone), told)


def _mails(items: Sequence[Item], digest: Digest, zone: ZoneInfo) -> list[Entry]:
    def told(alike: Sequence[News]) -> Entry:
        return sentences.mails_alike(alike[0], len(alike))

    def one(each: News) -> Entry:
        return sentences.mail(each, zone, digest.moment)

    return _folded(_of(items, News), sentences.same_mail, one, told)


def _folded(
    found: Sequence[_T],
    key: Callable[[_T], tuple[object, ...]],
    one: Callable[[_T], Entry],
    all_of: Callable[[Sequence[_T]], Entry],
) -> list[Entry]:
    groups: dict[tuple[object, ...], list[_T]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    entries: list[Entry] = []
    for alike in groups.values():
        entries += [all_of(alike)] if len(alike) > reminders.FOLD_OVER else map(one, alike)
    return entries


def _troubles(items: Sequence[Item], zone: ZoneInfo) -> Iterator[Section]:
    entries = [sentences.trouble(each, zone) for each in _of(items, Trouble)]
    if entries:
        yield Section(_ITSELF, (Group(_BY_ITSELF, tuple(entries)),))


def _repeats(digest: Digest, zone: ZoneInfo) -> Iterator[Section]:
    def which(item: Item) -> Repeat:
        if item.repeat is None:
            raise ValueError(f"{item.key} is no repetition")
        return item.repeat

    again = sorted((item for item in digest.items if item.repeat), key=lambda item: which(item).uid)
    for repeat, items in groupby(again, key=which):
        about: str | None = f"The sending of {clock(repeat.at, zone)} was cut short: nobody knows whether this arrived."
        alike = list(items)
        for section in (*_by_site(alike, digest, zone), *_troubles(alike, zone)):
            named = f": {section.title[:1].lower()}{section.title[1:]}" if section.title else ""
            yield Section(f"Perhaps told before{named}", section.groups, about)
            about = None


# --- length ------------------------------------------------------------------------------------


def _cut(sections: Iterable[Section]) -> Iterator[Section]:
    """Yield the sections with as many entries as a mail should have; what is left out is counted at the end."""
    room = _Room()
    for section in sections:
        groups = tuple(Group(each.title, kept) for each in section.groups if (kept := room.fitting(each.entries)))
        if groups:
            yield section._replace(groups=groups)
    if room.left:
        what = "entry" if room.left == 1 else "entries"
        yield Section(None, (), f"... and {room.left:,} {what} more: `delist due` and `delist status` show them.")


class _Room:
    """How much more a page may hold, and how many entries were left out."""

    def __init__(self) -> None:
        self._bytes, self.left = _BUDGET, 0

    def fitting(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Return the entries for which there is room, in order, nothing in them that others could act with."""
        kept: list[Entry] = []
        self._bytes -= _MARKUP
        for entry in map(_safe, entries):
            self._bytes -= sum(2 * len(line.encode()) + _MARKUP for line in (entry.head, *entry.more))
            if self._bytes < 0:
                break
            kept.append(entry)
        self.left += len(entries) - len(kept)
        return tuple(kept)


def _safe(entry: Entry) -> Entry:
    head, *more = (conceal(line)[0][:_LONGEST_LINE] for line in (entry.head, *entry.more))
    return Entry(head, tuple(more))
