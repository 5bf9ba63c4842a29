"""Each row of the tables that replies are read with: by its sample, its words and its key."""

import re

import pytest

from delist.rules.replies.reader import TABLES
from delist.rules.replies.rows import Row, compiled
from delist.rules.replies.tidy import tidied
from delist.rules.replies.values import NOBODY, Fault, Topic
from tests.builders import CATALOGUE
from tests.rules.replies.reading import READER, ROWS, named, read

BLOCKS = [row for name, row in ROWS if name in ("codes", "worded")]
OTHERS = [row for name, row in ROWS if name in ("beside", "ordinary")]
GROUNDS = [row for name, row in ROWS if name in ("receivers", "grounds")]


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=named)
def test_the_sample_of_a_row_holds_a_word_of_it_and_what_is_looked_for(row: Row) -> None:
    assert compiled(row.pattern).search(tidied(row.sample.lower()))
    words = READER._words_of(row.sample)
    assert {word.lstrip("~") for word in row.words.split()} & words
    assert not row.near or set(row.near.split()) & words


@pytest.mark.parametrize("row", BLOCKS, ids=named)
def test_the_sample_of_a_row_that_names_is_read_as_the_row_says(row: Row) -> None:
    reading = read(row.sample)
    assert reading.block
    assert reading.list == row.key
    assert row.subtype in (None, reading.subtype)
    assert set(row.also) <= set(reading.also)
    assert (reading.fault is Fault.RECEIVER) == (reading.topic is Topic.DEAD_LIST)


@pytest.mark.parametrize("row", OTHERS, ids=named)
def test_the_sample_of_a_row_that_is_no_block_is_read_as_the_row_says(row: Row) -> None:
    reading = read(row.sample)
    assert not reading.block
    assert reading.topic is row.topic


@pytest.mark.parametrize("row", GROUNDS, ids=named)
def test_the_sample_of_a_row_of_grounds_is_refused_on_them(row: Row) -> None:
    reading = read(row.sample)
    assert reading.list not in (None, NOBODY)
    assert reading.subtype is row.subtype


def test_each_row_stands_in_one_table_in_order() -> None:
    assert [row for _, row in ROWS] == list(TABLES.rows)


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=named)
def test_samples_and_words_are_written_so_that_they_can_be_found(row: Row) -> None:
    assert row.words
    assert row.words == row.words.lower()
    # The texts that patterns meet are in lower case.
    assert not re.search(r"[A-Z]", re.sub(r"\\[A-Z]", "", row.pattern))
    assert all(word.lstrip("~").isalnum() or word == "@" for word in row.words.split())
    assert all(word.isalnum() for word in row.near.split())


def test_every_key_that_a_row_names_has_an_entry_of_a_list_or_a_reply() -> None:
    keys = {key for _, row in ROWS for key in (row.key, *row.also) if key}
    assert [key for key in sorted(keys) if CATALOGUE.reply(key) is None] == []
