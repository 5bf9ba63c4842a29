"""Transactions: `reading()` sees one state, `writing()` keeps all of its block or none."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import NullPool

from delist.store import sqlite
from delist.store.rows import Rows

Tx = Connection


@lru_cache(maxsize=8)
def engine_for(path: Path) -> Engine:
    """Return an engine on a database file, whose transactions begin as we say; kept, with what it has compiled."""
    return _engine(lambda: sqlite.connect(path))


def migrating_engine(path: Path) -> Engine:
    """Return an engine for migrations: foreign keys off, or rebuilding a parent table deletes its children."""

    def connect() -> sqlite3.Connection:
        connection = sqlite.connect(path)
        connection.execute("PRAGMA foreign_keys=OFF")
        return connection

    return _engine(connect)


def _engine(connect: Callable[[], sqlite3.Connection]) -> Engine:
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    # A plain BEGIN that reads first and writes then fails at once with "database is locked", whatever the timeout.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        words = "BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE"
        connection.exec_driver_sql(words)

    return engine


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Tx]:
    """Open a transaction that writes: all of the block is kept, or none; other writers wait their turn."""
    with _told(path), engine.begin() as tx:
        yield tx


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Tx]:
    """Open a transaction that reads one state of the database."""
    with _told(path), engine.connect().execution_options(reading=True) as tx, tx.begin():
        yield tx


def driver(tx: Tx) -> sqlite3.Connection:
    """Return the connection under a transaction, for statements written as text."""
    raw = tx.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("statements written as text are SQLite's")
    return raw


def run_with(tx: Tx) -> Rows:
    """Return how statements written as text run in a transaction: by the driver, which costs a tenth."""
    return driver(tx).execute


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except exc.DBAPIError as error:
        raise sqlite.meaning(error.orig or error, path) from error
    except sqlite3.Error as error:
        raise sqlite.meaning(error, path) from error
