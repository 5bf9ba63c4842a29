"""`delist due`: print due reminders. Kept apart and light: it runs every morning, and in every prompt."""

from typing import Annotated

import typer

from delist.actions.due import due as find_due
from delist.cli import words
from delist.errors import UsageError
from delist.rules.reminders import Status, status_of
from delist.show import reminders

app = words.commands()

DUE_EXIT = 10


@app.command()
def due(
    ctx: typer.Context,
    on: words.For = None,
    within: Annotated[
        str | None, typer.Option("--within", metavar="Nd", help="Also those that become due in so many days.")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="One by one, also where many are equal.")] = False,
    as_json: words.AsJson = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 if something is due.")] = False,
) -> None:
    """Print due reminders, the most urgent first.

    Prints nothing, not even a blank line, if nothing is due.
    """
    tools = words.tools_of(ctx)
    found = find_due(tools, tools.moment(on), _days(within))
    if found.is_new:
        words.talk(ctx, f"nothing is recorded yet in {tools.database}")
    if as_json:
        words.document(reminders.document(found.reminders, found.moment, tools.zone))
    else:
        ordered = reminders.folding_order(found.reminders, found.moment, tools.zone)
        words.result(reminders.lines(ordered, found.moment, tools.zone, each))
    is_due = any(status_of(r, found.moment, tools.zone) is not Status.UPCOMING for r in found.reminders)
    if exit_code and is_due:
        raise typer.Exit(DUE_EXIT)


def _days(text: str | None) -> int:
    if text is None:
        return 0
    number = text.strip().lower().removesuffix("d")
    if not (number.isascii() and number.isdigit()) or len(number) > 4 or int(number) > 3660:
        raise UsageError(f"{text!r} is no number of days: write it as 30d")
    return int(number)
