"""Reads a spreadsheet's CSV of past requests: ip, list, submitted, confirmed, cleared, relisted, note."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from delist.actions.asking import check_scope
from delist.actions.incoming import Incoming, Item, Look, Problem, folded
from delist.actions.moves import SHOWS
from delist.errors import DelistError, UsageError
from delist.rules import addresses as ip
from delist.rules import lifecycle
from delist.rules.history import Entry, Event, Source
from delist.rules.lifecycle import Request, State
from delist.rules.listings import Sighting, SightingSource
from delist.rules.lists import DEFAULT_LIST, ListEntry
from delist.rules.moments import Moment, moment_of, parse_moment
from delist.rules.secrets import conceal
from delist.tools import Tools, new_uid

COLUMNS = ("ip", "list", "submitted", "confirmed", "cleared", "relisted", "note")
_MOVES = (Event.CONFIRMED, Event.CLEARED, Event.RELISTED)


def is_spreadsheet(first_line: str) -> bool:
    """Whether a file is a CSV of requests: its first line names the columns."""
    names = _names(first_line)
    return "ip" in names and "submitted" in names


def items(tools: Tools, lines: Iterable[str]) -> Iterator[Item]:
    """Yield one request a row, or what is wrong with the row; raises UsageError for a wrong header."""
    reader = csv.reader(lines, strict=True)
    names: list[str] = []
    for line, row in _rows(reader):
        if isinstance(row, Problem):
            yield row
        elif not any(cell.strip() for cell in row):
            continue
        elif not names:
            names = _header(row)
        else:
            yield _item(tools, line, names, row)


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | Problem]]:
    """Yield each row with the line it ends on; a row that is no CSV does not keep the next from being read."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, Problem(reader.line_num, f"no CSV: {error}")
        else:
            yield reader.line_num, row


def _header(row: list[str]) -> list[str]:
    names = _names(",".join(row))
    if wrong := [name for name in names if name not in COLUMNS]:
        raise UsageError(f"there is no column {wrong[0]!r}: {', '.join(COLUMNS)}")
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"the column {twice[0]!r} stands twice in the first line")
    if missing := [name for name in ("ip", "submitted") if name not in names]:
        raise UsageError(f"the column {missing[0]!r} is missing from the first line")
    return names


def _names(line: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in line.removeprefix("\ufeff").split(",")]


def _item(tools: Tools, line: int, names: list[str], row: list[str]) -> Item:
    if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
        return Problem(line, f"it has {len(row)} cells, the first line names {len(names)}")
    cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
    try:
        return _incoming(tools, line, cells)
    except DelistError as error:
        return Problem(line, str(error).replace("request 0 ", "the request "))


def _incoming(tools: Tools, line: int, cells: Mapping[str, str]) -> Incoming:
    address = ip.canonical(cells.get("ip", ""))
    entry = tools.catalogue.find(cells.get("list") or DEFAULT_LIST)
    check_scope(entry, address)
    moments = {event: _moment(tools, cells.get(event.value, "")) for event in (Event.SUBMITTED, *_MOVES)}
    submitted = moments[Event.SUBMITTED]
    if submitted is None:
        raise UsageError("the day of submission is missing")
    if entry.has_confirmation and moments[Event.CLEARED] and not moments[Event.CONFIRMED]:
        raise UsageError("it is cleared but not confirmed: give the confirmation date, or leave cleared out")
    note, urls = conceal(cells.get("note", ""))
    history = [_entry(tools, Event.SUBMITTED, submitted)]
    history += [_entry(tools, event, moment) for event in _MOVES if (moment := moments[event]) is not None]
    if note:
        history.append(_entry(tools, Event.NOTED, moment_of(tools.now(), tools.zone), {"text": note}))
    blank = Request(0, new_uid(tools.now()), address, entry.key, State.SUBMITTED, submitted, submitted)
    request = _moved(blank, history, entry)
    secrets = tuple((new_uid(tools.now()), url, tools.now(), None) for url in urls)
    recorded = tuple((entry, None) for entry in history)
    return Incoming(line, request, recorded, None, secrets, tuple(_looks(tools, history)))


def _moved(blank: Request, history: list[Entry], entry: ListEntry) -> Request:
    """Return the request after its history, each move checked against the table as if it were recorded now."""
    request = folded(blank, tuple(history[:1]))
    for each in history[1:]:
        if each.event in _MOVES:
            request = lifecycle.move(request, each, entry.has_confirmation)
    return folded(blank, tuple(history))


def _moment(tools: Tools, text: str) -> Moment | None:
    if not text:
        return None
    moment = parse_moment(text, tools.zone)
    if moment_of(tools.now(), tools.zone).is_before(moment):
        raise UsageError(f"{text} is in the future")
    return moment


def _entry(tools: Tools, event: Event, moment: Moment, detail: Mapping[str, str] | None = None) -> Entry:
    return Entry(new_uid(tools.now()), event, moment, tools.now(), tools.by, Source.IMPORT, detail or {})


def _looks(tools: Tools, history: list[Entry]) -> Iterator[Look]:
    for each in history:
        if each.event in SHOWS:
            seen = SHOWS[each.event]
            yield Sighting(new_uid(tools.now()), seen, each.moment, SightingSource.TOLD, event_uid=each.uid), False
