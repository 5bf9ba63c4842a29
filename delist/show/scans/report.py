"""What a scan found, for people: refusals by own address and by what stands behind them, with the way out."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from delist.actions.scanning.found import Found, Summary
from delist.actions.scanning.groups import Refusal
from delist.rules.replies.values import Fault
from delist.show.scans.ways import out
from delist.show.words import clock, many, one_line, table

_HEADER = ("REPLY", "GROUNDS", "FIRST", "LAST", "LINES", "DELIVERIES", "BOUNCED", "DEFERRED", "RECEIVERS")
_RECEIVERS = 3
_UNITS = ("kB", "MB", "GB", "TB")


def lines(summary: Summary, zone: ZoneInfo) -> Iterator[str]:
    """Yield the report: for each own address, and each list behind its refusals, the groups, samples, the way out."""
    for _, found in groupby(sorted(summary.groups, key=_order), key=_order):
        yield from _block(list(found), zone)
        yield ""
    yield sum_up(summary, zone)


def _order(found: Found) -> tuple[str, str, str]:
    # Those without an address come last, and others' behind them.
    group = found.group
    address = group.address or "~"
    return address if found.is_own else f"~{address}", found.cause or group.key, str(group.fault)


def _block(found: Sequence[Found], zone: ZoneInfo) -> Iterator[str]:
    first, behind = found[0].group, found[0].behind
    ways = len({each.group.key for each in found})
    several = f", told in {ways} ways" if ways > 1 else ""
    whose = " (the receiver's fault)" if first.fault is Fault.RECEIVER else ""
    other = "" if found[0].is_own else " (not among your own addresses)"
    yield f"{first.address or 'own address not named'}{other}: {behind.name}{several}{whose}"
    yield from (f"  {row}" for row in table(_HEADER, (_row(each, zone) for each in found)))
    yield from (f"  {each.group.key}: {one_line(each.group.sample)}" for each in found)
    yield f"  next: {out(behind, first.address, first.subtype, first.fault)}"


def _row(found: Found, zone: ZoneInfo) -> Sequence[object]:
    group = found.group
    seen = clock(group.first, zone), clock(group.last, zone)
    counts = group.lines, group.deliveries, group.bounced, group.deferred
    return group.key, group.subtype, *seen, *(f"{count:,}" for count in counts), _receivers(found)


def _receivers(found: Found) -> str:
    group = found.group
    ordered = sorted(group.receivers, key=lambda name: (-group.receivers[name], name))
    rest = len(ordered) - _RECEIVERS
    more = f" and {rest:,}{' or more' if group.more_receivers else ''} more" if rest > 0 else ""
    return ", ".join(ordered[:_RECEIVERS]) + more


def sum_up(summary: Summary, zone: ZoneInfo) -> str:
    """Return the line that sums a scan up: what was read, and how many refusals of our addresses it shows, of when."""
    tally, ours = summary.tally, [found.group for found in summary.groups if found.is_own]
    tried = sum(tally.attempts.values())
    read = f"{size(tally.size)} read, {many_of(tried, 'failed attempt')}"
    if not ours:
        return f"{read}: no refusal of your address is shown"
    span = f"{clock(min(each.first for each in ours), zone)} to {clock(max(each.last for each in ours), zone)}"
    refused = many_of(sum(each.lines for each in ours), "refusal")
    return f"{read}: {refused} of your address in {many(len(ours), 'group')}, {span}"


def many_of(count: int, unit: str) -> str:
    """Return a count with its unit, thousands apart."""
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def size(count: int) -> str:
    """Return a number of bytes as people say it, in powers of ten."""
    if count < 10_000:
        return many_of(count, "byte")
    # Rounded first: 999,600 bytes are 1 MB.
    rounded = float(f"{count:.3g}")
    exponent = min((len(str(int(rounded))) - 1) // 3, len(_UNITS))
    shown = rounded / 10 ** (3 * exponent)
    return f"{shown:,.0f} {_UNITS[exponent - 1]}" if shown >= 100 else f"{shown:.3g} {_UNITS[exponent - 1]}"


def event(found: Refusal, zone: ZoneInfo) -> str:
    """Return a line of the log that tells of a refusal, on a line."""
    at = clock(found.at, zone) if found.at else "time unknown"
    what = f"{found.address or '-'}  {found.key}  {found.subtype}  {found.status}"
    who = f"{found.receiver or '-'}  {found.queue_id}  {one_line(found.recipient)}"
    return f"{found.file}:{found.line}: {at}  {what}  {who}"
