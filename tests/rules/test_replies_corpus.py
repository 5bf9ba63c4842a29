"""Reading replies, over a corpus of our own: documented shapes of mail servers, lists and receivers, invented data.

tests/data/replies/*.tsv, one reply a line. `block` is 0 or 1; an empty field means none. `subtype` and `list` may hold
alternatives, a|b, of which the first is preferred. `address` of a block is the one refused; of any other reply it is
ours where the text holds it, which a reading may leave out, but it may name no other. LF and CR of a text are written
as their symbols, U+240A and U+240D. The note of a reply that is easily taken for what it is not begins with `trap`.
"""

import re
from collections import Counter
from contextlib import suppress
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest

from delist import catalogue
from delist.rules.replies.reader import Reader
from delist.rules.replies.values import NOBODY, UNKNOWN, Fault, Reading, Subtype

FOLDER = Path(__file__).parent.parent / "data" / "replies"
COLUMNS = "id text block subtype list address fault note"
HEADER = COLUMNS.split()
BREAKS = str.maketrans("␊␍", "\n\r")


class Sample(NamedTuple):
    """A reply and how it is to be read; the fields of the files, the numbers of lines left out."""

    id: str
    text: str
    block: str
    subtype: str
    list: str
    address: str
    fault: str
    note: str


def samples_of(file: Path) -> list[Sample]:
    header, *lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert header.split("\t") == HEADER, f"{file.name}: the header must be {COLUMNS}, between tabs"
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, 2):
        assert len(row) == len(HEADER), f"{file.name}:{number}: {len(row)} fields instead of {len(HEADER)}"
    return [Sample(*row) for row in rows]


SAMPLES = [sample for file in sorted(FOLDER.iterdir()) for sample in samples_of(file)]


@cache
def reader() -> Reader:
    return Reader(catalogue.load().names())


def read(sample: Sample) -> Reading:
    return reader().read(sample.text.translate(BREAKS))


def tells(value: str | None) -> str:
    return value or ""


def wanted(sample: Sample) -> list[str]:
    return [sample.block, sample.subtype, sample.list, sample.address, sample.fault]


def got(reading: Reading) -> list[str]:
    said = [reading.subtype, reading.list, reading.address, reading.fault]
    return [str(int(reading.block)), *map(tells, said)]


def agrees(sample: Sample, said: list[str]) -> bool:
    block, subtype, key, address, fault = said
    addresses = {sample.address} if sample.block == "1" else {sample.address, ""}
    return (
        (block, fault) == (sample.block, sample.fault)
        and subtype in sample.subtype.split("|")
        and key in sample.list.split("|")
        and address in addresses
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.id for sample in SAMPLES])
def test_a_reply_is_read_as_a_person_would(sample: Sample) -> None:
    said = got(read(sample))
    assert agrees(sample, said), f"{said} instead of {wanted(sample)}: {sample.text}"


def test_every_file_of_the_folder_holds_replies() -> None:
    assert [file.name for file in FOLDER.iterdir() if file.suffix != ".tsv" or not samples_of(file)] == []


def test_every_reply_has_a_text_and_a_name_of_its_own() -> None:
    assert [sample for sample in SAMPLES if not sample.id or not sample.text.strip()] == []
    assert [name for name, times in Counter(sample.id for sample in SAMPLES).items() if times > 1] == []
    assert [text for text, times in Counter(sample.text for sample in SAMPLES).items() if times > 1] == []


@cache
def known_keys() -> frozenset[str]:
    known = catalogue.load()
    return frozenset({*known.keys(), *known.reply_keys(), NOBODY, UNKNOWN})


def addresses_in(text: str) -> set[str]:
    found = set()
    plain = text.replace("IPv6:", "")
    for word in re.findall(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:]+", plain) + re.findall(r"\d+\.\d+\.\d+\.\d+", plain):
        with suppress(ValueError):
            found.add(str(ip_address(word)))
    return found


def flaw(sample: Sample) -> str | None:
    """Return what is wrong with an expectation, None where it can be held against a reading."""
    subtypes, keys = sample.subtype.split("|"), sample.list.split("|")
    checks = {
        "block must be 0 or 1": sample.block in ("0", "1"),
        "a block needs a subtype, a list and a fault, others have no subtype and no list": (
            bool(sample.subtype and sample.list and sample.fault)
            if sample.block == "1"
            else not sample.subtype and not sample.list
        ),
        "unknown subtype": set(subtypes) <= {"", *Subtype},
        "unknown list": set(keys) <= {"", *known_keys()},
        "unknown fault": sample.fault in ("", *Fault),
        "the text does not hold the address": not sample.address or sample.address in addresses_in(sample.text),
        "the address is not canonical": not sample.address or str(ip_address(sample.address)) == sample.address,
    }
    return next((what for what, holds in checks.items() if not holds), None)


def test_every_reply_has_an_expectation_that_makes_sense() -> None:
    assert {sample.id: what for sample in SAMPLES if (what := flaw(sample))} == {}


DOCUMENTATION = re.compile(r"(?:192\.0\.2|198\.51\.100|203\.0\.113|127\.\d+\.\d+)\.\d+")


def test_addresses_of_the_corpus_are_those_set_aside_for_documentation() -> None:
    found = {word for sample in SAMPLES for word in re.findall(r"(?<![\w.])\d+\.\d+\.\d+\.\d+(?![\w.])", sample.text)}
    versions = {"4.16.55.1"}  # a number that Yahoo's replies carry, no address
    assert [word for word in found - versions if not DOCUMENTATION.fullmatch(word)] == []


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    blocks = [sample for sample in SAMPLES if sample.block == "1"]
    assert len(SAMPLES) >= 750
    assert len(blocks) >= 470
    assert sum(sample.note.startswith("trap") for sample in SAMPLES) >= 185
    assert len({sample.list.split("|")[0] for sample in blocks}) >= 90
    assert {subtype for sample in blocks for subtype in sample.subtype.split("|")} == set(Subtype)
    assert {sample.fault for sample in SAMPLES} == {"", *Fault}
