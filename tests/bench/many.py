"""How long texts for many addresses, and recording that they were sent, take as there are twice as many."""

import argparse
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.bench import common
from tests.bench.common import at_most, timed

TEXTS, SENT, TWICE = "delist text --out", "delist submit", "twice as many"
FACTS = ("--no-measure", "--name", "A. Tester", "--email", "a@example.org", "--purpose", "mail of a shop")


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin(f"texts for {options.texts:,} addresses, {options.sent:,} requests to a list of ranges")
    found: common.Times = {}
    with common.workplace(options.folder) as folder:
        for place in range(options.rounds):
            for name, count in ((TEXTS, options.texts), (f"{TEXTS}, {TWICE}", 2 * options.texts)):
                home = folder / f"{place}-{count}-texts"
                words = ("text", "-", "-l", "pbl", *FACTS, "--out", str(home / "out"))
                found.setdefault(name, []).append(timed(partial(_run, home, words, count)))
            for name, count in ((SENT, options.sent), (f"{SENT}, {TWICE}", 2 * options.sent)):
                home = folder / f"{place}-{count}-sent"
                sent = ("submit", "-", "-l", "uceprotect-2")
                found.setdefault(name, []).append(timed(partial(_run, home, sent, count)))
    common.show_times(found)
    print()
    for name in (TEXTS, SENT):
        common.show_ratio(f"{name}: {TWICE}", common.ratio(found, f"{name}, {TWICE}", name), at_most(3))


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 3)
    parser.add_argument("--texts", type=int, default=250, help="addresses that get a text each")
    parser.add_argument("--sent", type=int, default=1500, help="addresses for which a request is recorded")
    return parser.parse_args()


def _run(home: Path, words: tuple[str, ...], count: int) -> None:
    home.mkdir(exist_ok=True)
    addresses = "\n".join(common.address(place) for place in range(count))
    command = [sys.executable, "-m", "delist", "--quiet", *words]
    done = subprocess.run(
        command, input=addresses, env=common.environment(home), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{words[0]}: exit code {done.returncode}\n{done.stderr[-500:]}")


if __name__ == "__main__":
    main()
