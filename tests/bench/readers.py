"""The sides of the comparison that read a log by parts of delist, each in a process of its own that loads no more."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from delist import catalogue
from delist.maillog.chunks import chunks
from delist.maillog.opening import opened
from delist.maillog.scanning import PIECE, Scan
from delist.maillog.sources import find
from delist.maillog.survey import survey
from delist.maillog.values import Event, Wanted
from delist.maillog.workers import in_order
from delist.rules.logs.dialects import candidates

_NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def main() -> None:
    """Be the side that is named, on a log; print what was found."""
    _, side, log = sys.argv
    print(json.dumps(_SIDES[side](log)))


def _find(path: str, processes: int) -> dict[str, object]:
    start = time.perf_counter()
    [source] = find([path]).sources
    seen = survey(source.fd, 0, source.size, PIECE)

    def count(task: int) -> Iterator[int]:
        with opened(source, *seen.pieces[task]) as readable:
            for chunk in chunks(readable):
                yield sum(1 for _ in candidates(chunk.buffer, chunk.end, seen.dialects))

    found = sum(in_order(count, len(seen.pieces), processes))
    return {"candidates": found, "seconds": time.perf_counter() - start}


def _read(path: str, processes: int) -> dict[str, object]:
    scan = Scan(find([path]).sources, Wanted(catalogue.load().names(), ZoneInfo("UTC")), _NOW, processes=processes)
    blocks: Counter[str] = Counter()
    for each in scan:
        if isinstance(each, Event):
            blocks[f"{each.address} {each.reading.list} {each.status.value}"] += 1
    return {"attempts": scan.tally.attempts, "lines": scan.tally.lines, "blocks": blocks}


_SIDES: dict[str, Callable[[str], dict[str, object]]] = {
    "find-one": lambda path: _find(path, 1),
    "find-two": lambda path: _find(path, 2),
    "read-one": lambda path: _read(path, 1),
    "read-two": lambda path: _read(path, 2),
}


if __name__ == "__main__":
    main()
