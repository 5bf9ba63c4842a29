"""The reader with the catalogue's names, and the rows of its tables, as tests of replies use them."""

from delist.rules.replies.reader import TABLES, Reader
from delist.rules.replies.rows import Row
from delist.rules.replies.values import Reading
from tests.builders import CATALOGUE

READER = Reader(CATALOGUE.names())
NAMES_OF_TABLES = ("beside", "codes", "ordinary", "worded", "receivers", "grounds")
ROWS = [
    (name, row) for name in NAMES_OF_TABLES for number, row in enumerate(TABLES.rows) if TABLES.of(name) >> number & 1
]


def read(text: str) -> Reading:
    return READER.read(text)


def named(row: Row) -> str:
    return f"{row.key or row.subtype or row.topic}-{row.words.split()[0]}"
