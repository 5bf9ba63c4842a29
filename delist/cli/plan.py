"""`delist plan`: what to ask first."""

from typing import Annotated

import typer

from delist.actions.planning import plan as make
from delist.cli import words
from delist.show.planning import page as show

app = words.commands()


@app.command()
def plan(
    ctx: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS|NETWORK]", help="An address, or a network: what it holds.")
    ] = None,
    site: words.Site = None,
    on: words.For = None,
    each: Annotated[bool, typer.Option("--each", help="Each address by itself, also where many are alike.")] = False,
    as_json: words.AsJson = False,
) -> None:
    """Say what to ask first, for everything an address is on.

    Who may ask, what must come first, what to mend before, how long it takes, and what goes by itself. For a network
    or a site by numbers. Reads what is on record; asks nobody and measures nothing.
    """
    tools = words.tools_of(ctx)
    found = make(tools, address, site, each, tools.moment(on))
    if as_json:
        words.document(show.as_json(found))
    else:
        words.result(show.lines(found, tools.zone))
