"""No row takes longer than its text is long, and no reply longer than one of the limit."""

import pytest

from delist.rules.replies.rows import Row, compiled
from delist.rules.replies.tidy import LIMIT, tidied
from tests.rules.growth import MEGABYTE, PART, grows_with_the_text, repeated, seconds
from tests.rules.replies.reading import ROWS, named, read


def adversaries(row: Row) -> list[str]:
    """Texts that a pattern nearly fits, over and over: a word of it, the beginning of its sample, what it repeats."""
    clean = tidied(row.sample.lower())
    return [row.words.split()[0].lstrip("~"), f"{clean[: len(clean) // 2]} ", "a", "1. "]


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=named)
def test_no_pattern_takes_longer_than_its_text_is_long(row: Row) -> None:
    search = compiled(row.pattern).search
    assert [piece for piece in adversaries(row) if not grows_with_the_text(search, piece, PART, MEGABYTE)] == []


@pytest.mark.parametrize("piece", ["a", "1.", "550-", "a.", ":", "[", "192.0.2.", "blocked using ", "x@", "0:", "zen."])
def test_a_reply_of_a_megabyte_costs_no_more_than_one_of_the_limit(piece: str) -> None:
    assert any(
        seconds(read, repeated(piece, MEGABYTE)) <= max(seconds(read, repeated(piece, LIMIT)), 1e-4) * 4
        for _ in range(3)
    )
    assert grows_with_the_text(read, piece, LIMIT // 16, LIMIT)
