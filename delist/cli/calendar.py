"""`delist calendar`: windows and tasks for a calendar program."""

from typing import Annotated

import typer

from delist.actions.calendar import Only, Wish
from delist.actions.calendar import calendar as gather
from delist.cli import words
from delist.cli.files import write_out, write_whole
from delist.show import calendar as show

app = words.commands()


@app.command()
def calendar(
    ctx: typer.Context,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write there, for you alone; a file of that name is replaced."
        ),
    ] = None,
    on: words.For = None,
    site: words.Site = None,
    only: Annotated[Only | None, typer.Option("--only", help="Leave out the tasks, or the events.")] = None,
) -> None:
    """Print windows and tasks as a calendar (iCalendar, RFC 5545).

    The day of each window as an event, what is to be done as tasks, with alarms. A calendar program that reads it
    again changes what has changed; what was renewed is cancelled, and told so for a year.
    """
    tools = words.tools_of(ctx)
    wish = Wish(tools.moment(on), site, only)
    found = gather(tools, wish, lambda reminder: show.words_of(reminder, tools.zone), show.name_of(site))
    if found.is_new:
        words.talk(ctx, f"nothing is to be told yet from {tools.database}")
    if output is None or output == "-":
        # A calendar is UTF-8 and its lines end with CR LF, whatever the terminal is.
        write_out(found.text)
        return
    written = write_whole(output, (f"{line}\r" for line in found.text.split("\r\n")[:-1]))
    words.talk(ctx, f"the calendar is in {output}{written.remark}: {show.summary(found.told)}")
