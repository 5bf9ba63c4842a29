"""`delist db`: status, backup, restore, upgrade."""

from pathlib import Path
from typing import Annotated

import typer

from delist.actions import databases
from delist.cli import words
from delist.show import database as show

app = words.commands("db", "Look after the database.")


@app.command()
def status(ctx: typer.Context, as_json: words.AsJson = False) -> None:
    """Show where the database is, its schema, whether it is whole, and the newest copy."""
    found = databases.status(words.tools_of(ctx))
    if as_json:
        words.document(show.as_json(found))
    else:
        words.result(show.lines(found))


@app.command()
def backup(
    ctx: typer.Context,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Copy to this file.")] = None,
    as_json: words.AsJson = False,
) -> None:
    """Copy the database whole and checked, while others may use it; prints the copy's name."""
    tools = words.tools_of(ctx)
    copy = databases.backup(tools, Path(output) if output else None)
    if as_json:
        words.document({"backup": str(copy)})
    else:
        words.result([str(copy)])


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A copy made by delist.")],
    yes: words.Yes = False,
    as_json: words.AsJson = False,
) -> None:
    """Put a copy in the place of the database; the replaced file is kept, and its name printed."""
    tools = words.tools_of(ctx)
    databases.check_backup(Path(file))
    if tools.database.exists():
        words.sure(1, f"database to replace ({tools.database})", yes)
    kept = databases.restore(tools, Path(file))
    if as_json:
        words.document({"database": str(tools.database), "restored": file, "replaced": str(kept) if kept else None})
        return
    replaced = f"; the replaced one is kept as {kept}" if kept else ""
    words.record(ctx, [f"{tools.database} is now {file}{replaced}"])


@app.command()
def upgrade(ctx: typer.Context, as_json: words.AsJson = False) -> None:
    """Create the database, or bring it to the newest schema.

    After a checked copy. Every command does so by itself.
    """
    tools = words.tools_of(ctx)
    age, copy = databases.upgrade(tools)
    if as_json:
        words.document({"database": str(tools.database), "was": age.value, "backup": str(copy) if copy else None})
    else:
        words.record(ctx, [show.upgraded(tools.database, age, copy)])
