"""`delist status`, and `delist` alone: one screen."""

import typer

from delist.actions import views
from delist.cli import words
from delist.show import status as screen

app = words.commands()


@app.command()
def status(ctx: typer.Context, on: words.For = None, as_json: words.AsJson = False) -> None:
    """Show one screen: listed, waiting, due, coming; the database."""
    tools = words.tools_of(ctx)
    found = views.status(tools, tools.moment(on))
    if as_json:
        words.document(screen.as_json(found, tools.zone))
    else:
        words.result(screen.lines(found, tools.zone))
