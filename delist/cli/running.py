"""`delist run`: everything that is done by itself, once."""

import signal
import sys
import traceback
from functools import partial
from types import FrameType

import typer

from delist.actions.running import nightly
from delist.actions.running.parts import parts
from delist.actions.running.values import Busy, Outcome, worst
from delist.cli import words
from delist.show import running as show
from delist.show.notices import message

app = words.commands()

# 128 and the number of the signal, as shells have it.
_ENDED = 128 + signal.SIGTERM


@app.command()
def run(ctx: typer.Context, on: words.AsOf = None, as_json: words.AsJson = False) -> None:
    """Do what is to be done every night: logs, mail, lists, notices.

    Reads new log lines, takes in mail, asks the lists about what is due, and sends notices. What is not configured is
    left out, and what fails stops nothing else. Prints nothing if nothing happened. While another run goes on, a
    second one does nothing.
    """
    words.as_of(ctx, on)
    tools = words.tools_of(ctx)
    moment, began = tools.moment(on), tools.now()
    signal.signal(signal.SIGTERM, _stop)
    outcomes: list[Outcome] = []
    other: Busy | None = None
    for each in nightly.run(tools, moment, parts(tools, moment, partial(message.written, zone=tools.zone))):
        if isinstance(each, Busy):
            other = each
            continue
        outcomes.append(each)
        if not as_json:
            _tell(ctx, each)
        _trace(ctx, each)
    if other is not None and other.is_long:
        words.warn([show.busy(other, tools.zone)])
    code = worst(each.exit_code for each in outcomes)
    if as_json:
        words.document(show.document(began, tools.now(), outcomes, other, code))
    if code:
        raise typer.Exit(code)


def _tell(ctx: typer.Context, outcome: Outcome) -> None:
    line = show.line(outcome, words.tools_of(ctx).zone)
    if line and (outcome.error or not ctx.obj.quiet):
        words.result([line])
        # Whoever watches a long run, or stops it, has what is done.
        sys.stdout.flush()


def _trace(ctx: typer.Context, outcome: Outcome) -> None:
    if outcome.error is not None and ctx.find_root().params.get("debug"):
        traceback.print_exception(outcome.error)


def _stop(number: int, frame: FrameType | None) -> None:
    # Raised, so that locks, sockets and other processes are let go; the run stays on record as cut off.
    raise SystemExit(_ENDED)
