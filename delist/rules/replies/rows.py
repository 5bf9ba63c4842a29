"""Rows of the tables that replies are read with, found by the words that a reply holds."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from delist.rules.replies.values import Subtype, Topic

Search = Callable[[str], re.Match[str] | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that replies say: words of which one must be there, what is then looked for, and what it means.

    `words` are whole words (letters and digits, lower case), or parts of words where they are not ASCII; a common one
    ("~refused") counts only in a reply that speaks of an address, a host or a client. `key` is the
    reply key that is named, "" where nobody is. `sample` is a reply of that kind, which the reader reads as this row
    says. `also` are further keys that it stands for.
    """

    words: str
    pattern: str
    sample: str
    key: str = ""
    subtype: Subtype | None = None
    topic: Topic = Topic.ADDRESS
    also: tuple[str, ...] = ()


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern ready to search. Words of ASCII end where another script begins, which has no spaces."""
    return re.compile(pattern, re.ASCII if pattern.isascii() else 0)


class Table:
    """Rows in the order in which they count; a row is tried only if a word of it is in the reply."""

    def __init__(self, *parts: Sequence[Row]) -> None:
        self.rows = tuple(row for part in parts for row in part)
        listed = [(word, number) for number, row in enumerate(self.rows) for word in row.words.split()]
        self.common = frozenset(word[1:] for word, _ in listed if word[0] == "~")
        self.telling = frozenset(word for word, _ in listed if word[0] != "~")
        self._by_word: dict[str, list[int]] = {}
        for word, number in listed:
            self._by_word.setdefault(word.lstrip("~"), []).append(number)
        self.words = frozenset(self._by_word)
        # Compiled when first tried: most patterns never are in one run.
        self._search: dict[int, Search] = {}

    def matches(self, words: Iterable[str], text: str) -> Iterator[tuple[Row, int]]:
        """Yield the rows that a tidied text fits, and where, given the known words it holds."""
        found = self._by_word
        numbers = {number for word in words if word in found for number in found[word]}
        for number in sorted(numbers):
            search = self._search.get(number)
            if search is None:
                search = self._search[number] = compiled(self.rows[number].pattern).search
            if match := search(text):
                yield self.rows[number], match.start()

    def first(self, words: Iterable[str], text: str) -> Row | None:
        """Return the first row that fits."""
        return next((row for row, _ in self.matches(words, text)), None)
