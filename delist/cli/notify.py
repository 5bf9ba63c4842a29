"""`delist notify`: tell people what is due and what has changed."""

from typing import Annotated

import typer

from delist.actions.notifying import run
from delist.actions.notifying.run import Told
from delist.actions.notifying.trying import tried
from delist.cli import words
from delist.errors import OutsideFailed, SetupError, UsageError
from delist.rules.notices.values import Digest, Written
from delist.show.notices import message, outcome
from delist.tools import Tools

app = words.commands()


@app.command()
def notify(
    ctx: typer.Context,
    recipient: Annotated[
        str | None, typer.Argument(metavar="[RECIPIENT]", help="With --test: a mail address or the name of a channel.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent; nothing is sent or kept.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test to each recipient and channel, or to the one that is named.")
    ] = False,
    on: words.AsOf = None,
    as_json: words.AsJson = False,
) -> None:
    """Tell people what is due or has changed, by mail or a channel.

    One message a person, each thing once a stage. Says nothing if there is nothing to tell. What was cut short is told
    once more, and marked so.
    """
    if recipient is not None and not test:
        raise UsageError("a recipient is named with --test only: who is told stands in [notify] of config.toml")
    if test and dry_run:
        raise UsageError("--test and --dry-run are two things to do: choose one")
    tools = words.as_of(ctx, on, only_asks=dry_run)
    told = _done(tools, test, dry_run, recipient)
    words.warn(outcome.warnings(told, tools.zone))
    if as_json:
        words.document(outcome.document(told, with_text=dry_run))
    elif dry_run:
        words.result(outcome.rehearsal(told))
    else:
        words.record(ctx, outcome.lines(told))
    if told.failed:
        raise typer.Exit(OutsideFailed.exit_code)
    if told.unreached:
        raise SetupError(told.unreached)


def _done(tools: Tools, test: bool, dry_run: bool, recipient: str | None) -> Told:
    def write(digest: Digest) -> Written:
        return message.written(digest, tools.zone)

    if test:
        return tried(tools, message.trial(), recipient)
    return run.rehearsed(tools, write) if dry_run else run.notify(tools, write)
