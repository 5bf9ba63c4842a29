"""How well the rules read labelled replies of mail servers, and how long reading one takes.

The labelled replies are kept beside the checkout (../shared/data) and are no part of it; without them only the speed is
measured. `--verbose` tells each row that was read otherwise than its label says.
"""

import argparse
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from delist import catalogue
from delist.rules.replies.reader import Reader
from delist.rules.replies.values import Reading

HERE = Path(__file__).parent.parent.parent
DATA = HERE.parent / "shared" / "data"
# The least that is good enough, and the most microseconds that a reply may take.
F1, EXACT, HARD = 0.97, 0.95, 2
PLAIN_US, BLOCK_US = 5.0, 30.0
_ALSO_RIGHT = re.compile(r"alt=([\w|-]+)")

# Shapes of ordinary replies, with a place for what differs.
PLAIN = (
    "550 5.1.1 <name{n}@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
    "450 4.2.0 <name{n}@example.org>: Recipient address rejected: Greylisted, see http://grey.example.net/{n}.html",
    "552 5.2.2 <name{n}@example.org>: Recipient address rejected: Quota exceeded (mailbox for user is full)",
    "550-5.1.1 The account {n} that you tried to reach does not exist. Please try 550-5.1.1 double-checking the "
    "address for typos or 550 5.1.1 unnecessary spaces. a{n}si2 - gsmtp",
    "451 4.7.1 Greylisting in action, please come back in 00:04:{n}",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient name{n}@example.org not found by SMTP address lookup",
    "452 4.2.2 The mailbox of name{n} is over quota, please try again later",
    "554 5.2.1 The mailbox of name{n}@example.org is disabled and takes no messages",
    "421 4.3.2 Service not available, try again later ({n})",
    "552 5.3.4 Message size {n} exceeds fixed limit",
)
BLOCKS = (
    "554 5.7.1 Service unavailable; Client host [192.0.2.{n}] blocked using zen.spamhaus.org; "
    "https://www.spamhaus.org/query/ip/192.0.2.{n}",
    "550-rejected because 192.0.2.{n} is in a black list at bl.spamcop.net 550 Blocked - see "
    "https://www.spamcop.net/bl.shtml?192.0.2.{n}",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.{n}]. To be removed, visit https://sender.office.com/",
    "421 4.7.0 [TSS04] Messages from 192.0.2.{n} temporarily deferred due to user complaints",
    "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.{n}]",
    "554 5.7.1 Your IP address 192.0.2.{n} has been blacklisted here",
)


@dataclass(frozen=True)
class Label:
    """A reply and what a person says of it: the names that are right, none where it is no block."""

    name: str
    text: str
    block: bool
    subtype: str
    right: frozenset[str]
    note: str


@dataclass
class Score:
    """How many replies were read rightly."""

    blocks: int = 0
    found: int = 0
    wrongly: int = 0
    hard: int = 0
    named: int = 0
    family: int = 0
    subtype: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall of blocks."""
        return 2 * self.found / (2 * self.found + self.wrongly + self.blocks - self.found)


def main() -> int:
    """Evaluate, measure and print; exits with 1 where it is not good enough."""
    options = _options()
    reader = Reader(catalogue.load().names())
    enough = True
    labels = list(_labels(options.data / "replies-dev.tsv"))
    if labels:
        enough = _evaluate(reader, labels, options.verbose)
    else:
        print(f"no labelled replies in {options.data}: only the speed is measured")
    articles = options.data / "article-replies.txt"
    if articles.exists():
        _tell_articles(reader, articles)
    return 0 if _measure(reader) and enough else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="where the labelled replies are (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="tell each row that was read otherwise")
    return parser.parse_args()


def _labels(file: Path) -> Iterator[Label]:
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").split("\n")[1:]:
        if line:
            name, _, _, _, text, block, subtype, key, note = (line.split("\t") + [""] * 9)[:9]
            more = _ALSO_RIGHT.search(note)
            right = frozenset([*key.split("|"), *(more[1].split("|") if more else ())])
            yield Label(name, text, block == "1", subtype, right, note)


def _evaluate(reader: Reader, labels: Sequence[Label], verbose: bool) -> bool:
    score = Score()
    for label in labels:
        reading = reader.read(label.text)
        _count(score, label, reading)
        if verbose and (wrong := _otherwise(label, reading)):
            print(f"{label.name}: {wrong}: {label.text[:160]}")
    exact = score.named / max(1, score.blocks)
    print(f"replies          {len(labels)}, of them blocks {score.blocks}")
    print(f"found            {score.found}, missed {score.blocks - score.found}, wrongly called {score.wrongly}")
    print(f"F1               {score.f1:.4f} (at least {F1})")
    print(f"list named       {score.named} = {exact:.4f} (at least {EXACT}), of its family {score.family}")
    print(f"subtype          {score.subtype} = {score.subtype / max(1, score.blocks):.4f}")
    print(f"hard ones called {score.hard} (at most {HARD})")
    return score.f1 >= F1 and exact >= EXACT and score.hard <= HARD


def _count(score: Score, label: Label, reading: Reading) -> None:
    score.blocks += label.block
    score.wrongly += reading.block and not label.block
    score.hard += reading.block and not label.block and "hard" in label.note
    if reading.block and label.block:
        score.found += 1
        score.named += reading.list in label.right
        score.family += _family(reading.list) in map(_family, label.right)
        score.subtype += reading.subtype == label.subtype


def _family(key: str | None) -> str:
    return (key or "").partition("-")[0]


def _otherwise(label: Label, reading: Reading) -> str:
    if reading.block != label.block:
        return f"wrongly called {reading.list}" if reading.block else f"missed, read as {reading.topic}"
    if label.block and reading.list not in label.right:
        return f"{' or '.join(sorted(label.right))} read as {reading.list}"
    return f"{label.subtype} read as {reading.subtype}" if label.block and reading.subtype != label.subtype else ""


def _tell_articles(reader: Reader, file: Path) -> None:
    print("the article's replies:")
    for line in file.read_text(encoding="utf-8").splitlines():
        if "\t" in line:
            text = line.partition("\t")[2]
            reading = reader.read(text)
            print(f"  {reading.list or 'no block':21}{reading.subtype or '':16}{text[:70]}")


def _measure(reader: Reader) -> bool:
    enough = True
    for what, shapes, most in (("ordinary replies", PLAIN, PLAIN_US), ("blocks", BLOCKS, BLOCK_US)):
        texts = [shape.format(n=number) for number in range(1, 201) for shape in shapes]
        took = min(_seconds(reader, texts) for _ in range(5)) / len(texts) * 1e6
        print(
            f"{what:17}{took:.1f} microseconds each, of {sum(map(len, texts)) // len(texts)} letters (at most {most})"
        )
        enough = enough and took <= most
    return enough


def _seconds(reader: Reader, texts: Iterable[str]) -> float:
    # Of this process alone: others use the machine too.
    start = time.process_time()
    for text in texts:
        reader.read(text)
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
