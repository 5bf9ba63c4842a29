"""How fast mail logs are read: beside grep and pflogsumm, in one run, and how much memory all processes take."""

import argparse
import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench import biglog, common
from tests.bench.common import at_least, at_most, ratio

LINES = 7_000_000
GREP = "grep -cE 'status=(bounced|deferred)', LC_ALL=C"
FIND_ONE, FIND_TWO = "finding the candidate lines, one process", "finding the candidate lines, two processes"
READ_ONE, READ_TWO = "reading them, blocks and all, one process", "reading them, blocks and all, two processes"
COMMAND = "the whole delist scan"
PFLOGSUMM = "pflogsumm, on a slice"
_SLICE = 40 << 20
_SAMPLE_EVERY = 0.02


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin("reading a large Postfix log")
    with common.workplace(options.folder) as folder:
        log = options.log or folder / "mail.log"
        with common.announced(f"{log.name}: a log of {options.lines:,} lines"):
            planted = biglog.make(log, options.lines)
        print(
            f"{planted.size / 1e9:.2f} GB, {planted.lines:,} lines, {planted.shapes:,} shapes of replies; bounced or "
            f"deferred {_share(planted.bounced + planted.deferred, planted)}, "
            f"blocks {_share(sum(planted.blocks.values()), planted)}"
        )
        Measuring(folder, log, planted).run(options.rounds)


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 5)
    parser.add_argument("--lines", type=int, default=LINES, help="how many lines the log has")
    parser.add_argument("--log", type=Path, help="where the log is kept; one that is there already is read")
    return parser.parse_args()


def _share(count: int, planted: biglog.Planted) -> str:
    return f"{count:,} ({100 * count / planted.lines:.2f} %)"


class Measuring:
    """One log, the commands that read it, and what each must find."""

    def __init__(self, folder: Path, log: Path, planted: biglog.Planted) -> None:
        self._folder, self._log, self._planted = folder, log, planted
        self._refused = planted.bounced + planted.deferred
        self._used: dict[str, list[float]] = {}

    def run(self, rounds: int) -> None:
        """Run all sides in turn, and print times, ratios and memory."""
        sides = {
            GREP: self._grep,
            FIND_ONE: lambda: self._finding("find-one"),
            FIND_TWO: lambda: self._finding("find-two"),
            READ_ONE: lambda: self._reading("read-one"),
            READ_TWO: lambda: self._reading("read-two"),
        }
        targets = {FIND_ONE: at_most(1.3), FIND_TWO: at_most(0.8), READ_ONE: None, READ_TWO: at_most(4.0)}
        if _has_scan():
            sides[COMMAND] = self._command
            targets[COMMAND] = at_most(4.0)
        if shutil.which("pflogsumm"):
            sides[PFLOGSUMM] = self._pflogsumm
        found = common.interleaved({name: partial(self._counted, name, side) for name, side in sides.items()}, rounds)
        common.show_times(found)
        print("\nOn a busy machine the seconds of all processes together tell more:")
        for name, seconds in self._used.items():
            print(f"{name:<82}{median(seconds):>10.2f} s")
        for side, target in targets.items():
            common.show_ratio(f"{side} / grep", ratio(found, side, GREP), target)
        last = COMMAND if _has_scan() else READ_TWO
        if PFLOGSUMM in found:
            faster = ratio(found, PFLOGSUMM, last) * self._planted.size / self._slice().stat().st_size
            common.show_ratio(f"pflogsumm / {last}, for each byte", faster, at_least(40))
        else:
            print("pflogsumm is not installed here: it was not measured")
        self._show_memory()

    def _counted(self, name: str, side: Callable[[], float]) -> float:
        before = _used()
        seconds = side()
        self._used.setdefault(name, []).append(_used() - before)
        return seconds

    def _show_memory(self) -> None:
        packed = self._folder / "mail.log.1.gz"
        with self._log.open("rb") as log, gzip.open(packed, "wb", 1) as file:
            file.write(log.read(_SLICE * 4))
        runs = {"reading, plain": self._words("read-two"), "reading, compressed": _side("read-two", packed)}
        if _has_scan():
            runs[COMMAND] = [common.console_script(), "scan", "--json", str(self._log)]
        for name, words in runs.items():
            pss, rss = _peak(words, self._folder)
            # What is shared counts for each of them: the stricter of the two figures.
            common.show_ratio(f"memory of all processes, MB: {name} (PSS {pss / 1e6:.0f})", rss / 1e6, at_most(64))

    def _words(self, side: str) -> list[str]:
        return _side(side, self._log)

    def _grep(self) -> float:
        # It would stop at the first line if its output went to the null device.
        words = ["grep", "-cE", "status=(bounced|deferred)", str(self._log)]
        start = time.perf_counter()
        done = subprocess.run(words, env={**os.environ, "LC_ALL": "C"}, stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - start
        _expect("grep", int(done.stdout), self._refused)
        return seconds

    def _finding(self, side: str) -> float:
        found = json.loads(common.child(self._words(side), self._folder))
        _expect(side, found["candidates"], self._refused)
        # Python's start is no part of the search; it is one of the whole scan.
        return float(found["seconds"])

    def _reading(self, side: str) -> float:
        start = time.perf_counter()
        found = json.loads(common.child(self._words(side), self._folder))
        seconds = time.perf_counter() - start
        _expect(side, found["attempts"], {"bounced": self._planted.bounced, "deferred": self._planted.deferred})
        _expect(side, found["lines"], self._planted.lines)
        _expect(side, found["blocks"], self._planted.blocks)
        return seconds

    def _command(self) -> float:
        words = [common.console_script(), "scan", "--json", str(self._log)]
        start = time.perf_counter()
        printed = common.child(words, self._folder)
        seconds = time.perf_counter() - start
        counted: Counter[str] = Counter()
        for line in printed.splitlines():
            group = json.loads(line)
            for status in ("bounced", "deferred"):
                counted[f"{group['address']} {group['list']} {status}"] += group[status]
        _expect(COMMAND, {key: count for key, count in counted.items() if count}, self._planted.blocks)
        return seconds

    def _slice(self) -> Path:
        path = self._folder / "slice.log"
        if not path.exists():
            with self._log.open("rb") as log:
                path.write_bytes(log.read(_SLICE).rpartition(b"\n")[0] + b"\n")
        return path

    def _pflogsumm(self) -> float:
        words = ["pflogsumm", str(self._slice())]
        return common.timed(lambda: subprocess.run(words, check=True, capture_output=True))


def _used() -> float:
    """Return the processor's seconds that ended children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _expect(who: str, found: object, planted: object) -> None:
    if found != planted:
        sys.exit(f"{who} found {found}, planted were {planted}")


def _has_scan() -> bool:
    return subprocess.run([common.console_script(), "scan", "--help"], capture_output=True, check=False).returncode == 0


def _side(side: str, log: Path) -> list[str]:
    return [sys.executable, "-m", "tests.bench.readers", side, str(log)]


# --- memory -------------------------------------------------------------------------------------


def _peak(words: list[str], home: Path) -> tuple[int, int]:
    """Run a command; return the most bytes of memory that it and its children took together: by share, and resident."""
    with subprocess.Popen(words, env=common.environment(home), stdout=subprocess.DEVNULL) as process:
        most = [(0, 0)]
        watcher = threading.Thread(target=_watch, args=(process, most))
        watcher.start()
        process.wait()
        watcher.join()
    return max(pss for pss, _ in most), max(rss for _, rss in most)


def _watch(process: "subprocess.Popen[bytes]", most: list[tuple[int, int]]) -> None:
    while process.poll() is None:
        taken = [_memory(pid) for pid in _family(process.pid)]
        most.append((sum(pss for pss, _ in taken), sum(rss for _, rss in taken)))
        time.sleep(_SAMPLE_EVERY)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _memory(pid: int) -> tuple[int, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0, 0
    sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return sizes.get("Pss", 0), sizes.get("Rss", 0)


if __name__ == "__main__":
    main()
