"""How days, instants, periods and tables are written."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist.rules.moments import Moment, Period


def instant(at: datetime | None) -> str | None:
    """Return an instant for scripts: RFC 3339, UTC, with Z."""
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def day(on: date | None) -> str | None:
    """Return a day for scripts."""
    return None if on is None else on.isoformat()


def moment_fields(name: str, moment: Moment | None) -> dict[str, str | None]:
    """Return the two JSON fields of a fact: its day, and its instant if it is known."""
    return {f"{name}_on": day(moment.on) if moment else None, f"{name}_at": instant(moment.at) if moment else None}


def when(moment: Moment | None, zone: ZoneInfo) -> str:
    """Return a fact's time for people: its day, and the time in their zone, with the offset."""
    if moment is None:
        return "-"
    return clock(moment.at, zone) if moment.at else moment.on.isoformat()


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant for people, in their zone, with the offset."""
    local = at.astimezone(zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def in_zone(sentence: str, zone: ZoneInfo) -> str:
    """Return a sentence of the rules, which know no zone and write instants in UTC, with them as people read them."""
    return _INSTANT.sub(lambda found: clock(datetime.fromisoformat(found.group()), zone), sentence)


def span(period: Period | None) -> str:
    """Return a period for people: 1 h 40 min, 6 months."""
    if period is None:
        return "-"
    years, months = divmod(period.months, 12)
    hours, rest = divmod(period.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [many(n, unit) for n, unit in ((years, "year"), (months, "month"), (period.days, "day")) if n]
    parts += [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if n]
    return " ".join(parts) or "0 days"


def many(count: int, unit: str, plural: str = "") -> str:
    """Return a count with its unit, in the plural where it is one."""
    return f"{count} {unit if count == 1 else plural or unit + 's'}"


def days_left(days: int) -> str:
    """Return how far a day is, for people."""
    if days == 0:
        return "today"
    far = many(abs(days), "day")
    return f"in {far}" if days > 0 else f"{far} ago"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a plain table: nothing wrapped, nothing cut, two spaces between columns."""
    cells = [[str("-" if cell is None or cell == "" else cell) for cell in row] for row in rows]
    if not cells:
        return []
    whole = [list(header), *cells]
    widths = [max(len(row[column]) for row in whole) for column in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in whole]


def document(value: Mapping[str, Any]) -> str:
    """Return a JSON document, ASCII only, so that it survives every terminal and mail."""
    return json.dumps(value, indent=2)


def width(text: str) -> int:
    """Return how many columns a text takes where each letter has one, and one of China, Japan or Korea two."""
    return sum(2 if unicodedata.east_asian_width(c) in "FW" else 1 for c in text if not unicodedata.combining(c))


def one_line(text: str) -> str:
    """Return a text on one line, without characters that could steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
