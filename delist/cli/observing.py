"""`delist observe`: what you saw by hand."""

from typing import Annotated

import typer

from delist.actions.observing import observe as record_look
from delist.cli import words
from delist.rules.listings import Seen
from delist.show.requests import moved
from delist.show.words import when

app = words.commands()


@app.command()
def observe(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    key: Annotated[str, typer.Argument(metavar="LIST")],
    verdict: Annotated[Seen, typer.Argument(metavar="listed|clear")],
    on: words.On = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="What the page said.")] = None,
    as_json: words.AsJson = False,
) -> None:
    """Record what you saw on a list's look-up page.

    Clear survives windows, and clears a confirmed request; listed makes a cleared request relisted.
    """
    tools = words.tools_of(ctx)
    found = record_look(tools, address, key, verdict, tools.moment(on), reason)
    if as_json:
        number = found.moved.number if found.moved else None
        words.document(
            {
                "address": found.address,
                "list": found.list.key,
                "verdict": str(found.seen),
                "new": found.is_new,
                "request": number,
                "state": str(found.moved.state) if found.moved else None,
            }
        )
        return
    known = "" if found.is_new else "; that was on record already"
    lines = [f"{found.address} on {found.list.key}: {found.seen} {when(found.moment, tools.zone)}{known}"]
    lines += [moved(found.moved, True, tools.zone, found.list)] if found.moved else []
    words.record(ctx, lines)
