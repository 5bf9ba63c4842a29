"""`delist scan`: what mail logs say."""

import os
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from delist.actions.scanning.run import Scan
from delist.actions.scanning.wish import AHEAD, Wish
from delist.cli import words
from delist.errors import NotFound, OutsideFailed, UsageError
from delist.rules.addresses import canonical
from delist.show.scans import around, report, stream

app = words.commands()

REFUSED_EXIT = 10


@app.command()
def scan(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Logs, folders, patterns, bounce messages, or - for stdin."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only what came since the last time.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Keep listings and clearings in the case file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what --record would keep.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY|INSTANT", help="Only what was logged from then on.")
    ] = None,
    receiver: Annotated[
        str | None, typer.Option("--receiver", metavar="HOST", help="Only refusals by this server or domain.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="NAME", help="Whose logs these are; of several, only that host's.")
    ] = None,
    own: Annotated[
        list[str] | None, typer.Option("--own", metavar="ADDRESS|NETWORK", help="One of your addresses; repeatable.")
    ] = None,
    log_ends: Annotated[
        str | None,
        typer.Option("--log-ends", metavar="DAY|INSTANT", help="When the log ends, where its stamps have no year."),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on reading, and tell each refusal as it comes.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Each line that counts, one by one.")] = False,
    as_json: words.AsJson = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 if one of yours is refused.")] = False,
) -> None:
    """Read mail logs: who refuses which of your addresses, and why.

    Without FILE: this host's mail logs, or its journal. Asks nobody: it can be used where the lists' terms do not
    allow to ask them.
    """
    options = {
        "--new": new,
        "--record": record,
        "--dry-run": dry_run,
        "--follow": follow,
        "--events": events,
        "--since": since is not None,
        "--own": bool(own),
        "--log-ends": log_ends is not None,
        "--receiver": receiver is not None,
        "--exit-code": exit_code,
    }
    _refuse_contradictions(options)
    for option, value in (("--host", host), ("--receiver", receiver)):
        if value is not None and not value.strip():
            raise UsageError(f"{option} names nothing")
    tools = words.tools_of(ctx)
    start, end = tools.moment(since), tools.moment(log_ends)
    if end is not None and end.earliest(tools.zone) > tools.now() + AHEAD:
        raise UsageError(f"--log-ends {log_ends} is in the future: a log ends at the latest now")
    wish = Wish(
        files=tuple(files or ()),
        new=new,
        record=record,
        dry_run=dry_run,
        since=start.earliest(tools.zone) if start else None,
        log_ends=end.latest(tools.zone) if end else None,
        receiver=receiver.lower().strip(".") if receiver else None,
        host=host,
        own=tuple(map(canonical, own or ())),
        follow=follow,
    )
    _run(ctx, Scan(tools, wish), as_json, events or follow, exit_code)


# Options that say nothing, or opposite things, when given together.
_CONTRADICTIONS = (
    ("--follow", "--new", "it reads what comes from now on"),
    ("--follow", "--record", "it only tells; a timer with `scan --new --record` keeps what came"),
    ("--follow", "--since", "it reads what comes from now on"),
    ("--follow", "--log-ends", "what comes is of now"),
    ("--follow", "--exit-code", "it does not end by itself"),
    ("--new", "--receiver", "what is left out would never be new again"),
    ("--new", "--since", "what is left out would never be new again"),
)


def _refuse_contradictions(options: Mapping[str, bool]) -> None:
    for one, other, why in _CONTRADICTIONS:
        if options[one] and options[other]:
            raise UsageError(f"{one} and {other} do not go together: {why}")
    if options["--new"] and options["--record"] and options["--own"]:
        raise UsageError("--new --record needs the same own addresses every time: write them to [own] addresses")
    if options["--dry-run"] and not options["--record"]:
        raise UsageError("--dry-run is for --record: without it nothing is kept anyway")


def _run(ctx: typer.Context, scan_: Scan, as_json: bool, each: bool, exit_code: bool) -> None:
    zone, summary = scan_.tools.zone, scan_.summary
    words.talk(ctx, around.before(scan_))
    if each:
        _tell_each(scan_, as_json)
    else:
        scan_.gather()
    is_quiet = scan_.wish.new and not summary.groups
    if not each and not is_quiet:
        words.result(map(stream.group, summary.groups) if as_json else report.lines(summary, zone))
    words.talk(ctx, () if is_quiet and not summary.changed else around.after(scan_, zone))
    _refuse_nothing(scan_)
    if summary.troubles:
        raise OutsideFailed(around.troubles(summary))
    if exit_code and around.is_refused(summary):
        raise typer.Exit(REFUSED_EXIT)


def _refuse_nothing(scan_: Scan) -> None:
    """Nothing at all to read is no good news: a command before us has failed, or there is no log here."""
    files, read = scan_.wish.files, scan_.summary.tally.size
    if read or scan_.wish.follow or scan_.summary.troubles:
        return
    if files == ("-",):
        raise OutsideFailed("nothing came on standard input: no log was read")
    if not files and not scan_.wish.new:
        raise NotFound("no mail log stands where mail systems put it, and no journal holds a line of one: name a FILE")


def _tell_each(scan_: Scan, as_json: bool) -> None:
    for line in scan_:
        try:
            typer.echo(stream.event(line) if as_json else report.event(line, scan_.tools.zone))
        except BrokenPipeError:
            if not (scan_.wish.record or scan_.wish.new):
                raise
            # Whoever read has seen enough; what is recorded must be whole all the same.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
