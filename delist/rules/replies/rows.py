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
    ("~refused") counts only in a reply that speaks of an address, a host or a client. Of the words in `near`, if there
    are any, one must be there too. `key` is the reply key that is named, "" where nobody is. `sample` is a reply of
    that kind, which the reader reads as this row says. `also` are further keys that it stands for.
    """

    words: str
    pattern: str
    sample: str
    key: str = ""
    subtype: Subtype | None = None
    topic: Topic = Topic.ADDRESS
    also: tuple[str, ...] = ()
    near: str = ""


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern ready to search. Words of ASCII end where another script begins, which has no spaces."""
    return re.compile(pattern, re.ASCII if pattern.isascii() else 0)


class Tables:
    """Tables of rows, each in the order in which they count; a row is tried only if its words are in the reply.

    Rows are numbered through all tables, and sets of them are integers, a bit for each: so the words of a reply are
    looked up once for all tables.
    """

    def __init__(self, **tables: Sequence[Row]) -> None:
        self.rows = tuple(row for table in tables.values() for row in table)
        self._of = {name: self._numbers(table) for name, table in tables.items()}
        self._by_word: dict[str, tuple[int, int]] = {}
        self._alone = 0
        for number, row in enumerate(self.rows):
            self._enter(row, 1 << number)
        self.words = frozenset(self._by_word)
        # Compiled when first tried: most patterns never are in one run.
        self._search: list[Search | None] = [None] * len(self.rows)

    def _numbers(self, table: Sequence[Row]) -> int:
        first = next((number for number, row in enumerate(self.rows) if table and row is table[0]), 0)
        return ((1 << len(table)) - 1) << first

    def _enter(self, row: Row, bit: int) -> None:
        for word in row.words.split():
            one, near = self._by_word.get(word.lstrip("~"), (0, 0))
            self._by_word[word.lstrip("~")] = (one | bit, near)
        for word in row.near.split():
            one, near = self._by_word.get(word, (0, 0))
            self._by_word[word] = (one, near | bit)
        if not row.near:
            self._alone |= bit

    def of(self, name: str) -> int:
        """Return the rows of a table."""
        return self._of[name]

    def telling(self, *names: str) -> frozenset[str]:
        """Return the words of tables that are a sign by themselves."""
        return frozenset(word for word in self._words(names) if word[0] != "~")

    def common(self, *names: str) -> frozenset[str]:
        """Return the words of tables that are a sign only where an address, a host or a client is spoken of."""
        return frozenset(word[1:] for word in self._words(names) if word[0] == "~")

    def _words(self, names: Iterable[str]) -> Iterator[str]:
        wanted = sum(map(self.of, names))
        for number, row in enumerate(self.rows):
            if wanted >> number & 1:
                yield from row.words.split()

    def of_words(self, words: Iterable[str]) -> int:
        """Return the rows to be tried, given the known words that a text holds."""
        rows, near, get = 0, self._alone, self._by_word.get
        for word in words:
            if found := get(word):
                rows |= found[0]
                near |= found[1]
        return rows & near

    def matches(self, rows: int, text: str) -> Iterator[tuple[Row, int]]:
        """Yield which of some rows a tidied text fits, in their order, and where."""
        while rows:
            lowest = rows & -rows
            rows ^= lowest
            number = lowest.bit_length() - 1
            search = self._search[number]
            if search is None:
                search = self._search[number] = compiled(self.rows[number].pattern).search
            if match := search(text):
                yield self.rows[number], match.start()

    def first(self, rows: int, text: str) -> Row | None:
        """Return the first of some rows that fits."""
        for row, _ in self.matches(rows, text):
            return row
        return None
