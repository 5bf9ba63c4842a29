"""Whether eight processes that record submissions at once lose nothing, and how fast they are beside one."""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from queue import Queue
from threading import Barrier
from typing import Any

from delist.actions.submitting import Submission, submit
from delist.store.sqlite import connect
from tests.bench import common
from tests.bench.common import PBL, at_least

# What one process did: when it began and ended, the numbers it was given, and what was refused.
Done = tuple[float, float, list[int], list[str]]


def main() -> None:
    """Measure and print."""
    options = _options()
    many, total = options.writers, options.submissions
    common.begin(f"{total} submissions by {many} processes at once, beside {total} by one; each in a transaction")
    with common.workplace(options.folder) as folder:
        homes = (folder / str(number) for number in count())
        one, several = "one process", f"{many} processes"
        sides: dict[str, Callable[[], float]] = {
            name: partial(_round, homes, writers, total) for name, writers in ((one, 1), (several, many))
        }
        found = common.interleaved(sides, options.rounds, warm=False)
    common.show_times(found, total)
    print(f"\nnone of {options.rounds * 2 * total} submissions was refused or lost")
    common.show_ratio(f"rate: {several} / {one}", common.ratio(found, one, several), at_least(0.5))


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 5)
    parser.add_argument("--writers", type=int, default=8, help="processes at once")
    parser.add_argument("--submissions", type=int, default=400, help="submissions in a run, of all processes together")
    return parser.parse_args()


def _round(homes: Any, writers: int, total: int) -> float:
    """Return how long all took together; stops everything if one was refused or is not on record."""
    home = next(homes)
    database = common.ready(home).database
    done = _all_at_once(home, writers, total)
    numbers = sorted(number for _, _, given, _ in done for number in given)
    if refused := [why for *_, whys in done for why in whys]:
        sys.exit(f"{len(refused)} submissions were refused, the first with: {refused[0]}")
    with closing(connect(database)) as connection:
        kept = [row[0] for row in connection.execute("SELECT number FROM texts ORDER BY number")]
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if kept != numbers or len(kept) != total // writers * writers or whole != "ok":
        sys.exit(f"{len(numbers)} submissions were acknowledged and {len(kept)} are on record; integrity: {whole}")
    return max(end for _, end, _, _ in done) - min(start for start, _, _, _ in done)


def _all_at_once(home: Path, writers: int, total: int) -> list[Done]:
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(writers), spawn.Queue()
    each = total // writers
    processes = [
        spawn.Process(target=_write, args=(home, number * each, each, barrier, results)) for number in range(writers)
    ]
    for process in processes:
        process.start()
    done = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return done


def _write(home: Path, first: int, each: int, barrier: Barrier, results: "Queue[Done]") -> None:
    tools = common.tools_in(home)
    numbers: list[int] = []
    refused: list[str] = []
    barrier.wait()
    start = time.monotonic()
    for position in range(first, first + each):
        address = common.address(position)
        try:
            recorded = submit(tools, [address], Submission(list=PBL, text=common.letter(address)))
            numbers.append(recorded[0].request.number)
        except Exception as error:
            refused.append(f"{type(error).__name__}: {error}")
    results.put((start, time.monotonic(), numbers, refused))


if __name__ == "__main__":
    main()
