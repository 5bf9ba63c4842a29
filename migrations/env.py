"""How Alembic runs the revisions: on the program's own connection, or on a file named on its command line."""

import os
from pathlib import Path
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from delist.store import sqlite
from delist.store.engine import migrating_engine
from delist.store.tables import Day, Instant, metadata


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write the plain SQL type of our own column types, so that no revision imports today's code."""
    return "sa.Text()" if kind == "type" and isinstance(item, Instant | Day) else False


def migrate(connection: Connection) -> None:
    """Run the revisions on a connection; deleting through foreign keys must be impossible meanwhile."""
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise RuntimeError("foreign keys must be off while migrating: a rebuilt parent table would lose its children")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        transactional_ddl=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"rows point to nothing after the migration: {broken[:3]}")


def named_file() -> Path:
    """Return the database that a person named to Alembic."""
    named = context.get_x_argument(as_dictionary=True).get("database") or os.environ.get("DELIST_DATABASE_URL", "")
    path = named.removeprefix("sqlite:///")
    if not path:
        raise SystemExit("name the database: alembic -x database=FILE ..., or DELIST_DATABASE_URL")
    return Path(path)


def run() -> None:
    """Migrate on the connection that the program hands over, else on the named file."""
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    path = named_file()
    sqlite.create_file(path, shared=False)
    with migrating_engine(path).begin() as connection:
        migrate(connection)


run()
