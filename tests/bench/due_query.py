"""How the query behind `delist due`, and its memory, grow from a small database to a large one with as much due."""

import argparse
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from delist.actions.due import due
from delist.tools import Tools
from tests.bench import common
from tests.bench.common import at_most, ratio, timed

# A child's peak counts from before its exec, when it still is its parent: a bare interpreter is a small one.
_PEAK = """\
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin(f"the query behind `delist due`: {options.size:,} requests against {options.small:,}")
    place: AbstractContextManager[Path] = (
        nullcontext(options.keep) if options.keep else common.workplace(options.folder)
    )
    with place as folder:
        tools = {f"{size:,} requests": common.kept(folder, size, options.due) for size in (options.small, options.size)}
        small, large = tools
        sides = {name: partial(_query, each, options.due) for name, each in tools.items()}
        found = common.interleaved(sides, options.rounds)
        peaks = {name: [_peak(each) for _ in range(5)] for name, each in tools.items()}
    common.show_times(found)
    print()
    for name, peak in peaks.items():
        print(f"{f'peak memory of `delist due`, {name}':<58}{sorted(peak)[2] / 1024:>9.1f} MiB")
    print()
    target = at_most(2.0)
    common.show_ratio(f"time: {large} / {small}", ratio(found, large, small), target)
    common.show_ratio(f"memory: {large} / {small}", sorted(peaks[large])[2] / sorted(peaks[small])[2], at_most(1.1))


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 31)
    parser.add_argument("--size", type=int, default=1_000_000, help="requests in the large database")
    parser.add_argument("--small", type=int, default=1_000, help="requests in the small database")
    parser.add_argument("--due", type=int, default=100, help="how many are due in each")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the databases there, and use those that are there"
    )
    return parser.parse_args()


def _query(tools: Tools, count: int) -> float:
    taken = timed(lambda: due(tools))
    if (found := len(due(tools).reminders)) != count:
        sys.exit(f"{found} of {count} reminders are due")
    return taken


def _peak(tools: Tools) -> int:
    """Return the peak memory of a process that prints what is due, in KiB."""
    words = [common.console_script(), "due", "--on", f"{tools.now():%Y-%m-%dT%H:%M:%SZ}"]
    home = tools.places.database.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *words], env=common.environment(home), capture_output=True, text=True, check=True
    )
    return int(done.stdout)


if __name__ == "__main__":
    main()
