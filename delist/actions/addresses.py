"""The addresses one answers for: their site, domain, label and owner; retired ones; forgotten ones."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from delist.actions.desk import Desk, known_address, reading, refresh_address, writing
from delist.errors import NotFound, UsageError
from delist.rules import addresses as ip
from delist.rules.history import Event
from delist.rules.secrets import conceal
from delist.store import attention, reads, writes
from delist.store.reads import KnownAddress
from delist.tools import Tools

ABOUT = ("site", "domain", "label", "owner")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `forget` destroyed."""

    address: str
    requests: int
    entries: int


def add(tools: Tools, addresses: Iterable[str], about: Mapping[str, str]) -> list[KnownAddress]:
    """Record addresses, all or none; what is already known of them is completed or changed."""
    wanted = [ip.canonical(address) for address in addresses]
    with writing(tools) as desk:
        return [_describe(desk, known_address(desk, address), about) for address in wanted]


def change(tools: Tools, addresses: Iterable[str], about: Mapping[str, str]) -> list[KnownAddress]:
    """Change what is said about recorded addresses, all or none; an empty text takes it away."""
    if not about:
        raise UsageError("say what to set: --site, --domain, --label or --owner")
    with writing(tools) as desk:
        return [_describe(desk, recorded(desk, address), about) for address in addresses]


def recorded(desk: Desk, address: str) -> KnownAddress:
    """Return a recorded address; raises NotFound."""
    canonical = ip.canonical(address)
    known = reads.address(desk.tx, canonical)
    if known is None:
        raise NotFound(f"{canonical} is not recorded: `delist address list` shows what is")
    return known


def _describe(desk: Desk, known: KnownAddress, about: Mapping[str, str]) -> KnownAddress:
    concealed = {name: conceal(text.strip()) for name, text in about.items()}
    changes = {name: text or None for name, (text, _) in concealed.items()}
    changes = {name: text for name, text in changes.items() if getattr(known, name) != text}
    if not changes:
        return known
    detail = {name: {"from": getattr(known, name), "to": text} for name, text in changes.items()}
    for url in (url for _, urls in concealed.values() for url in urls):
        writes.add_secret(desk.tx, desk.uid(), known.id, None, url, desk.at)
    writes.change_address(desk.tx, known.id, **changes)
    writes.add_entry(desk.tx, desk.entry(Event.CHANGED, desk.now, detail), known.id)
    if "site" in changes:
        _refresh_sites(desk, known, changes["site"])
    return recorded(desk, known.address)


def _refresh_sites(desk: Desk, known: KnownAddress, site: str | None) -> None:
    """Own observations count by site: compute anew what shared one, and what shares one now."""
    refresh_address(desk, known.id)
    for case in reads.cases_of(desk.tx, known.id):
        for where in (known.site, site):
            attention.refresh_around(desk.tx, desk.basis, case.list, where, known.net)


def listed(tools: Tools, site: str | None = None) -> list[KnownAddress]:
    """Return the recorded addresses in numerical order, those of one site if it is named."""
    with reading(tools) as desk:
        return list(reads.addresses(desk.tx, site)) if desk else []


def retire(tools: Tools, addresses: Iterable[str]) -> list[KnownAddress]:
    """Say that addresses were given up, all or none: nothing is deleted, but nothing reminds of them any more."""
    with writing(tools) as desk:
        return [_retire(desk, recorded(desk, address)) for address in addresses]


def _retire(desk: Desk, known: KnownAddress) -> KnownAddress:
    if known.retired_on is None:
        writes.change_address(desk.tx, known.id, retired_on=desk.now.on)
        writes.add_entry(desk.tx, desk.entry(Event.RETIRED, desk.now), known.id)
        refresh_address(desk, known.id)
    return recorded(desk, known.address)


def forget(tools: Tools, address: str) -> Forgotten:
    """Destroy all records of an address for good, for privacy; a tombstone without its name stays.

    Copies made earlier (backups, exports) still hold it. Of an address that is not recorded nothing is known but
    looks that wait for a second one: they go without a trace.
    """
    with writing(tools) as desk:
        canonical = ip.canonical(address)
        if reads.address(desk.tx, canonical) is None and writes.drop_looks(desk.tx, canonical):
            return Forgotten(canonical, 0, 0)
        known = recorded(desk, address)
        cases = reads.cases_of(desk.tx, known.id)
        before = {case.list for case in cases}
        requests, entries = writes.forget(desk.tx, known, cases, desk.uid(), desk.at, desk.tools.by)
        for key in before:
            attention.refresh_around(desk.tx, desk.basis, key, known.site, known.net)
            attention.refresh_list(desk.tx, desk.basis, key)
        return Forgotten(known.address, requests, entries)


def take_in(tools: Tools, text: str) -> list[KnownAddress]:
    """Record the addresses of a CSV (address,site,domain,label,owner) or of plain lines, all or none.

    Raises UsageError that names each bad line.
    """
    rows = _rows(text)
    problems = []
    wanted: list[tuple[str, dict[str, str]]] = []
    for number, row in rows:
        try:
            wanted.append((ip.canonical(row.pop("address")), row))
        except UsageError as error:
            problems.append(f"line {number}: {error}")
    if problems:
        raise UsageError("nothing was recorded: " + "; ".join(problems))
    with writing(tools) as desk:
        return [_describe(desk, known_address(desk, address), row) for address, row in wanted]


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    lines = text.removeprefix("\ufeff").splitlines()
    first = next((line for line in lines if line.strip()), "")
    names = [name.strip().lower() for name in first.split(",")]
    if "address" not in names:
        return [(n, {"address": line.strip()}) for n, line in enumerate(lines, 1) if _is_plain(line)]
    if unknown := [name for name in names if name not in ("address", *ABOUT)]:
        raise UsageError(f"there is no column {unknown[0]!r}: address, {', '.join(ABOUT)}")
    reader = csv.reader(io.StringIO("\n".join(lines)), strict=True)
    try:
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)][1:]
    except csv.Error as error:
        raise UsageError(f"line {reader.line_num} is no CSV: {error}") from None
    return [(n, _row(names, row)) for n, row in found]


def _row(names: list[str], row: list[str]) -> dict[str, str]:
    cells = dict(zip(names, row, strict=False))
    address = cells.pop("address", "")
    return {"address": address.strip(), **{name: cell for name, cell in cells.items() if cell.strip()}}


def _is_plain(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
