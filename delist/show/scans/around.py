"""What is said around a scan: what is read, what was left out, what it changed in the records."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from delist.actions.scanning.found import Changed, Summary
from delist.actions.scanning.run import Scan
from delist.rules.listings import Seen
from delist.rules.replies.values import Fault
from delist.show.scans.report import many_of
from delist.show.words import when


def before(scan: Scan) -> Iterator[str]:
    """Yield what is read where nobody named it, and what was left out."""
    yield from scan.logs.told
    same: dict[str, list[str]] = {}
    for each in scan.logs.left_out:
        same.setdefault(each.why, []).append(each.file)
    for why, files in same.items():
        more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
        yield f"{files[0]}{more}: {why}"


def after(scan: Scan, zone: ZoneInfo) -> Iterator[str]:
    """Yield what was recorded, own addresses that no record knows, and lines that could not be read."""
    summary = scan.summary
    would = "would record: " if scan.wish.dry_run else "recorded: "
    for changed in summary.changed:
        yield would + change(changed, scan, zone)
    if scan.wish.record and not summary.changed:
        yield "nothing new to record"
    for found in summary.undecided if scan.wish.record else ():
        address, key = found.group.address, found.group.key
        yield f"not recorded: {address} on {key}, since which of its lists is meant is not known; see `next`"
    if scan.wish.host and summary.tally.blocks and not summary.groups:
        yield f"none of {many_of(summary.tally.blocks, 'refusal')} was logged by a host {scan.wish.host}"
    if summary.unrecorded:
        yield f"not recorded yet: `delist address add {' '.join(summary.unrecorded)}`"
    if summary.foreign:
        yield f"named in replies, and not among your own addresses: {', '.join(summary.foreign)}"
    yield from _unread(summary)


def change(changed: Changed, scan: Scan, zone: ZoneInfo) -> str:
    """Return what a log changed in the records, on a line."""
    if changed.request is not None:
        # Imported late: it brings SQLAlchemy, without which logs are read.
        from delist.show.requests import moved

        return moved(changed.request, True, zone, scan.tools.catalogue.get(changed.list))
    where = f"{changed.address} on {changed.list}"
    if changed.seen is Seen.CLEAR:
        return f"{where}: off the list since {when(changed.moment, zone)}, as a receiver that refused it accepts again"
    until = f" to {when(changed.until, zone)}" if changed.until and changed.until != changed.moment else ""
    return f"{where}: refused {when(changed.moment, zone)}{until}" + ("" if changed.is_new else " (more of the same)")


def _unread(summary: Summary) -> Iterable[str]:
    tally = summary.tally
    told = (
        (tally.unparsed, "{} looked like a failed attempt and told of none"),
        (tally.cut, "{} longer than a log's are: only the beginning was read"),
        (tally.undecodable, "{} not in UTF-8"),
        (summary.undated, "{} without a time, or with one in the future: counted in no group"),
    )
    return [text.format(many_of(count, "line")) for count, text in told if count]


def troubles(summary: Summary) -> str:
    """Return what could not be read, in a sentence."""
    first = summary.troubles[0]
    more = f" (and {len(summary.troubles) - 1} more)" if len(summary.troubles) > 1 else ""
    return f"{first.file}: {first.why}; what could be read counts{more}"


def is_refused(summary: Summary) -> bool:
    """Whether an address of ours is refused for something that is ours to mend."""
    return any(found.is_own and found.group.fault is Fault.SENDER for found in summary.groups)
