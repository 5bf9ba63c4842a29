"""`delist status`, and `delist` alone: one screen; or one line for a monitoring system."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from delist.actions import views
from delist.cli import words
from delist.errors import UsageError
from delist.show import status as screen

app = words.commands()

_WARNING, _CRITICAL = "26h", "50h"
_SPAN = re.compile(r"(\d{1,5})(m|h|d)", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Format(StrEnum):
    """As what the status is told."""

    TEXT = "text"
    NAGIOS = "nagios"


@app.command()
def status(
    ctx: typer.Context,
    on: words.For = None,
    as_json: words.AsJson = False,
    format_: Annotated[Format, typer.Option("--format", help="One line for a monitoring plugin.")] = Format.TEXT,
    warning: Annotated[
        str | None, typer.Option(metavar="Nh", help=f"Warn if the nightly run is older; {_WARNING} if not given.")
    ] = None,
    critical: Annotated[
        str | None, typer.Option(metavar="Nh", help=f"Critical if it is older; {_CRITICAL} if not given.")
    ] = None,
) -> None:
    """Show one screen: what is listed, waits, is due, ran lately.

    For a monitoring plugin: whether the nightly run runs (0 OK, 1 warning, 2 critical, 3 unknown); it warns too if a
    step of it failed or something is overdue.
    """
    is_plugin = format_ is Format.NAGIOS
    if not is_plugin and (warning or critical):
        raise UsageError("--warning and --critical are for --format nagios")
    if is_plugin and as_json:
        raise UsageError("--format nagios and --json do not go together: it is a form of its own")
    # Before the records are read: what is wrong with an option is said whatever they hold.
    limits = _span(warning or _WARNING), _span(critical or _CRITICAL)
    tools = words.tools_of(ctx)
    found = views.status(tools, tools.moment(on))
    if is_plugin:
        raise typer.Exit(_plugin(found, limits, tools.zone))
    if as_json:
        words.document(screen.as_json(found, tools.zone))
    else:
        words.result(screen.lines(found, tools.zone))


def _plugin(found: views.Status, limits: tuple[timedelta, timedelta], zone: ZoneInfo) -> int:
    from delist.show.nagios.standing import Limits, told

    if limits[0] > limits[1]:
        raise UsageError("--warning is more than --critical: nothing would ever be only a warning")
    state, line = told(found, Limits(*limits), zone)
    typer.echo(line)
    return state


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is no length of time: write it as 26h, 90m or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
