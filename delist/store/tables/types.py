"""The small types that keep days, instants and enums as text, and how a table is declared."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, MetaData, Table, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem

from delist.store.rows import instant_text

# SQLite can alter only constraints that have a name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A UTC instant, kept as RFC 3339 text so that it sorts and reads; refuses naive ones."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text that is kept."""
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the instant, aware."""
        return None if value is None else datetime.fromisoformat(value)


class Day(TypeDecorator[date]):
    """A local day, kept as YYYY-MM-DD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Return the text that is kept."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """Return the day."""
        return None if value is None else date.fromisoformat(value)


def moment(name: str, required: bool = False) -> list[Column[Any]]:
    """Return the columns of a moment: its day, and its instant if that is known."""
    return [Column(f"{name}_on", Day, nullable=not required), Column(f"{name}_at", Instant)]


def table(name: str, *rest: SchemaItem, **options: Any) -> Table:
    """Return a table of ours: all are STRICT."""
    return Table(name, metadata, *rest, sqlite_strict=True, **options)
