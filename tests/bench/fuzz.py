"""Coverage-guided fuzzing of what reads other people's text: replies, lines of mail logs, whole bounce messages.

    python -m tests.bench.fuzz replies --minutes 20

It needs Google's atheris, which is not among the project's dependencies: `pip install atheris` into an environment of
its own that also has delist, and run it with that environment's Python. Seeds come from tests/data. Each kind of
finding is told once, with the input that shows it kept in a file; `--again FILE` runs such a file again, without
atheris. Exit code 1 if something was found.
"""

import argparse
import importlib
import importlib.util
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[bytes], None]

DATA = Path(__file__).parent.parent / "data"
FINDINGS = Path(tempfile.gettempdir(), "delist-fuzz-findings")
LONGEST = 1 << 16
# CPU time that a text may take, in seconds: instrumented code is some ten times slower than in use.
FLOOR, FOR_EACH_BYTE = 0.3, 10e-6
# Mutations stay short for hours, and what takes too long is what repeats: every so many inputs, one is drawn out.
STRETCHED = 40
NO_ATHERIS = """\
fuzz: atheris is not installed here. It is no dependency of the project; with an environment of its own:
    python -m venv FOLDER && FOLDER/bin/pip install -e . atheris
    FOLDER/bin/python -m tests.bench.fuzz {target}"""


class Breach(Exception):
    """What was returned cannot be right."""


def expect(holds: object, what: str) -> None:
    """Raise Breach if something does not hold."""
    if not holds:
        raise Breach(what)


def replies() -> Check:
    """Return a check of Reader.read: whatever the text, a reading that does not contradict itself."""
    catalogue = importlib.import_module("delist.catalogue")
    reading = importlib.import_module("delist.rules.replies.reader")
    reader = reading.Reader(catalogue.load().names())

    def check(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        found = reader.read(text)
        if found.block:
            expect(found.subtype and found.list and found.fault, f"a block without its grounds: {found}")
        else:
            expect(found.subtype is None and found.list is None, f"no block, yet grounds: {found}")
        if found.address:
            expect(str(ip_address(found.address)) == found.address, f"not a canonical address: {found}")
        expect(found == reader.read(text), f"read twice, two readings: {found}")

    return check


def lines() -> Check:
    """Return a check of every dialect of mail logs over a buffer of lines."""
    dialects = importlib.import_module("delist.rules.logs.dialects")
    stamps = importlib.import_module("delist.rules.logs.stamps")

    def check(data: bytes) -> None:
        spoken = dialects.sniff(data)
        for start, stop in dialects.candidates(data, len(data), spoken or dialects.DIALECTS):
            expect(0 <= start <= stop <= len(data), f"bounds outside the buffer: {start}, {stop}")
            expect(b"\n" not in data[start:stop], f"bounds of more than a line: {start}, {stop}")
        text = [line.decode("utf-8", "replace") for line in data.split(b"\n")]
        for dialect in dialects.DIALECTS:
            read = dialect.reader()
            for attempt in (attempt for line in text for attempt in read(line)):
                stamps.parse(attempt.stamp)
                expect(attempt.relay == attempt.relay.lower(), f"a relay in upper case: {attempt}")

    return check


def bounces() -> Check:
    """Return a check of reading a whole message."""
    values = importlib.import_module("delist.rules.logs.values")
    reading = importlib.import_module("delist.bounces.reading")

    def check(data: bytes) -> None:
        found = reading.read(data)
        if found is None:
            return
        expect(found.recipients, f"a bounce without a recipient: {found}")
        expect(found.at is None or found.at.utcoffset() is not None, f"a time without its zone: {found}")
        for refusal in found.recipients:
            expect(refusal.action is not values.Status.SENT, f"a delivery that is no refusal: {refusal}")
            expect("\n" not in refusal.reply, f"a reply of several lines: {refusal}")

    return check


TARGETS: dict[str, Callable[[], Check]] = {"replies": replies, "lines": lines, "bounces": bounces}


def seeds_of(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with, from tests/data; the texts of the replies serve for every target."""
    texts = [
        row.split("\t")[1].translate(str.maketrans("␊␍", "\n\r")).encode()
        for file in sorted((DATA / "replies").glob("*.tsv"))
        for row in file.read_text(encoding="utf-8").splitlines()[1:]
    ]
    if target == "replies":
        yield from texts
        return
    for file in sorted((DATA / {"lines": "logs"}.get(target, target)).rglob("*")):
        if file.is_file() and file.suffix not in (".json", ".gz", ".bz2", ".xz", ".zst"):
            data = file.read_bytes()
            yield from [data[:LONGEST], *(data.splitlines() if target == "lines" else ())]


def words() -> list[bytes]:
    """Return what mutations are put together from: the words of the replies in tests/data, zones among them."""
    common: dict[bytes, int] = {}
    for text in seeds_of("replies"):
        for word in set(text.split()):
            common[word] = common.get(word, 0) + 1
    return [word for word, times in common.items() if (times >= 3 or b"." in word) and len(word) < 40]


class Watch:
    """Runs the check on each input, and keeps each kind of finding once."""

    def __init__(self, check: Check, findings: Path) -> None:
        self._check = check
        self._findings = findings
        self._known: set[str] = set()
        self._count = 0

    def __call__(self, data: bytes) -> None:
        """Check one input; nothing is raised but what stops the process."""
        self._count += 1
        self._try(data)
        if data and self._count % STRETCHED == 0:
            self._try(data * (LONGEST // len(data)))

    def _try(self, data: bytes) -> None:
        allowed = FLOOR + len(data) * FOR_EACH_BYTE
        try:
            taken = self._time(data)
            if taken > allowed:  # the machine may have been busy with other things
                taken = min(taken, self._time(data))
            expect(taken <= allowed, f"{taken:.1f} s for {len(data)} bytes")
        except Exception as error:
            self._keep(data, error)

    def _time(self, data: bytes) -> float:
        begun = time.process_time()
        self._check(data)
        return time.process_time() - begun

    def _keep(self, data: bytes, error: Exception) -> None:
        at = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} {Path(at.filename).name}:{at.lineno} {str(error)[:24]}"
        if kind in self._known:
            return
        self._known.add(kind)
        self._findings.mkdir(parents=True, exist_ok=True)
        file = self._findings / f"finding-{sha256(kind.encode()).hexdigest()[:12]}"
        file.write_bytes(data)
        print(f"finding: {type(error).__name__}: {str(error)[:400]}\n  {at.filename}:{at.lineno}\n  input: {file}")
        print(f"  {data[:300]!r}", flush=True)


def fuzz(target: str, corpus: Path, findings: Path, minutes: float) -> None:
    """Fuzz in this process, which ends with it: that is how atheris works."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["delist"]):
        watch = Watch(TARGETS[target](), findings)
    dictionary = corpus.parent / "words"
    quoted = ("".join(f"\\x{byte:02x}" for byte in word) for word in words())
    dictionary.write_text("".join(f'"{word}"\n' for word in quoted))
    flags = {
        "max_total_time": int(minutes * 60),
        "max_len": LONGEST,
        "dict": dictionary,
        "timeout": 30,  # a hang, at which the process ends
        "artifact_prefix": f"{findings}/",
        "print_final_stats": 1,
    }
    atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in flags.items()), str(corpus)], watch)
    atheris.Fuzz()


def begin(options: argparse.Namespace) -> int:
    """Lay out the seeds, fuzz in a process of its own, tell what was found; return the exit code."""
    place: AbstractContextManager[str] = (
        nullcontext(str(options.keep)) if options.keep else tempfile.TemporaryDirectory(prefix="delist-fuzz-")
    )
    with place as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir(parents=True, exist_ok=True)
        options.findings.mkdir(parents=True, exist_ok=True)
        before = set(options.findings.iterdir())
        for seed in seeds_of(options.target):
            (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
        print(f"{options.target}: {len(list(corpus.iterdir()))} inputs to begin with, {options.minutes:g} minutes")
        words_of_child = [
            "--child",
            str(corpus),
            "--minutes",
            str(options.minutes),
            "--findings",
            str(options.findings),
        ]
        done = subprocess.run([sys.executable, "-m", "tests.bench.fuzz", options.target, *words_of_child])
        found = set(options.findings.iterdir()) - before
    print(f"{options.target}: {len(found)} findings{f' in {options.findings}' if found else ''}")
    return 1 if found or done.returncode else 0


def again(options: argparse.Namespace) -> int:
    """Run the check on one file as it is, so that what it raises is seen."""
    begun = time.process_time()
    TARGETS[options.target]()(options.again.read_bytes())
    print(f"nothing found, {time.process_time() - begun:.2f} s with the start")
    return 0


def main() -> int:
    """Read the options, fuzz, and return the exit code."""
    options = _options()
    if options.again:
        return again(options)
    if importlib.util.find_spec("atheris") is None:
        print(NO_ATHERIS.format(target=options.target), file=sys.stderr)
        return 2
    if options.child:
        fuzz(options.target, options.child, options.findings, options.minutes)
    return begin(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=20, help="how long, 20 by default")
    parser.add_argument("--findings", type=Path, default=FINDINGS, help="a folder for what is found")
    parser.add_argument("--keep", type=Path, help="a folder for the grown corpus, to go on with it another time")
    parser.add_argument("--again", type=Path, metavar="FILE", help="check one file, without atheris")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
