"""Reads and writes of how deliveries ended: stretches of hosts' logs, as scans have counted them."""

from collections.abc import Iterable
from datetime import datetime

from delist.rules.evidence.traffic import Stretch
from delist.store import rows
from delist.store.engine import Tx, driver, run_with

_COLUMNS = "host, log, first_at, last_at, sent, deferred, bounced, scan, scanned_at, is_new"


def save(tx: Tx, found: Iterable[Stretch]) -> None:
    """Keep stretches; one that was kept before, of the same log from the same line to the same, is replaced."""
    driver(tx).executemany(
        f"INSERT OR REPLACE INTO traffic ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_row, found)
    )


def _row(each: Stretch) -> tuple[str | int, ...]:
    span = rows.instant_text(each.first), rows.instant_text(each.last)
    figures = each.sent, each.deferred, each.bounced
    return (each.host, each.log, *span, *figures, each.scan, rows.instant_text(each.scanned), int(each.is_new))


def since(tx: Tx, at: datetime) -> list[Stretch]:
    """Return the stretches of all hosts that end at a UTC instant or after it."""
    sql = f"SELECT {_COLUMNS} FROM traffic WHERE last_at >= :at ORDER BY host, first_at, last_at"
    instant = datetime.fromisoformat
    return [
        Stretch(host, log, instant(first), instant(last), sent, deferred, bounced, scan, instant(scanned), bool(is_new))
        for host, log, first, last, sent, deferred, bounced, scan, scanned, is_new in run_with(tx)(
            sql, {"at": rows.instant_text(at)}
        )
    ]
