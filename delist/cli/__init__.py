"""The command line: parse, call one action, show. Each command's module is imported only when it is used."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer._completion_classes import completion_init
from typer.core import TyperGroup

from delist import __version__
from delist.cli import words
from delist.errors import DelistError, OutsideFailed
from delist.rules.secrets import conceal
from delist.show.words import in_zone, one_line

# Typer carries its own Click and does not name these two.
_UsageTrouble: type[Exception] = typer.BadParameter.__mro__[2]

# Command -> module. Reading them all would take longer than most commands take.
COMMANDS: Mapping[str, str] = {
    "status": "status",
    "init": "setup",
    "text": "texts",
    "submit": "submitting",
    "confirm": "moves",
    "due": "due",
    "requests": "records",
    "show": "records",
    "cleared": "moves",
    "relisted": "moves",
    "refused": "moves",
    "appeal": "moves",
    "withdraw": "moves",
    "undo": "moves",
    "amend": "moves",
    "ack": "answers",
    "snooze": "answers",
    "note": "answers",
    "check": "checking",
    "observe": "observing",
    "scan": "scanning",
    "evidence": "evidence",
    "plan": "plan",
    "report": "report",
    "explain": "explaining",
    "lists": "records",
    "mail": "mails",
    "link": "mails",
    "notify": "notify",
    "calendar": "calendar",
    "run": "running",
    "units": "units",
    "doctor": "doctor",
    "address": "addresses",
    "export": "transfer",
    "import": "transfer",
    "db": "database",
}
# The other tense of the five moves.
OTHER_TENSE: Mapping[str, str] = {
    "submitted": "submit",
    "confirmed": "confirm",
    "clear": "cleared",
    "refuse": "refused",
    "relist": "relisted",
}


_INTERRUPTED = 130
# EX_TEMPFAIL of sysexits.h: mail servers keep the mail and try again.
_TRY_AGAIN = 75


class OneMessage(TyperGroup):
    """Finds commands late, and turns every error into one sentence and its exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands in the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, importing its module."""
        name = OTHER_TENSE.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"delist.cli.{COMMANDS[name]}").app)
        if isinstance(command, TyperGroup) and command.name != name:
            return command.commands[name]
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run a command; what its rules refuse is told in the operator's time zone."""
        try:
            return super().invoke(ctx)
        except DelistError as error:
            zone = ctx.obj.zone if isinstance(ctx.obj, words.Given) else None
            raise type(error)(in_zone(str(error), zone) if zone else str(error)) from error
        except BrokenPipeError:
            # Before the parser beneath takes it for a failure.
            raise typer.Exit(_hung_up()) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line; the exit codes are those of the manual."""
        given = list(sys.argv[1:] if args is None else args)
        if "_DELIST_COMPLETE" in os.environ:
            completion_init()
        try:
            code = super().main(words.arranged(given), prog_name or "delist", complete_var, False, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            code = _hung_up()
        except Exception as error:
            code = _tell_plugin(error, given) if _is_plugin(given) else _tell(error, given)
        if code and _is_pipe(given):
            # A mail server would send the mail back to the list for any other code.
            code = _TRY_AGAIN
        if code == _INTERRUPTED:
            _say("stopped by Control-C", code)
        sys.exit(code if isinstance(code, int) else 0)


def _is_plugin(given: Sequence[str]) -> bool:
    """Whether a monitoring system reads this: it wants one line, and a state of its own for what failed."""
    named = "--format=nagios" in given or ("--format", "nagios") in pairwise(given)
    return named and not {"check", "status"}.isdisjoint(given) and "--debug" not in given


def _is_pipe(given: Sequence[str]) -> bool:
    """Whether a mail server hands over a mail."""
    return "mail" in given and "--pipe" in given


def _tell_plugin(error: Exception, given: Sequence[str]) -> int:
    from delist.show.nagios.form import UNKNOWN, line

    sentence = words.usage_sentence(error) if isinstance(error, _UsageTrouble) else str(error)
    typer.echo(line("DNSBL" if "check" in given else "DELIST", UNKNOWN, sentence))
    return UNKNOWN


def _tell(error: Exception, given: Sequence[str]) -> int:
    if "--debug" in given:
        if not _is_pipe(given):
            raise error
        traceback.print_exception(error)
        return _TRY_AGAIN
    if isinstance(error, DelistError):
        return _say(str(error), error.exit_code)
    if isinstance(error, typer.Abort):
        return _say("stopped", 2)
    if isinstance(error, _UsageTrouble):
        return _say(words.usage_sentence(error), 2)
    if isinstance(error, OSError):
        if error.filename is None:
            return _say(f"printing failed ({error.strerror}); what was recorded stands", OutsideFailed.exit_code)
        return _say(f"{error.filename}: {error.strerror}", OutsideFailed.exit_code)
    what = f"{type(error).__name__}: {error}"
    return _say(f"this is a bug in delist ({what}): please report it with what `--debug` prints", 1)


def _say(sentence: str, code: int) -> int:
    # What was pasted by mistake may be a link that nobody else should see.
    typer.echo(f"delist: {one_line(conceal(sentence)[0])}", err=True)
    return code


def _hung_up() -> int:
    """Whoever read our output has seen enough: that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


app = typer.Typer(
    cls=OneMessage,
    name="delist",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"delist {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def delist(
    ctx: typer.Context,
    database: Annotated[str | None, typer.Option(metavar="FILE", help="Use this database.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing beside the result.")] = False,
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Keep the case file of blocklist removal requests, and be reminded in time.

    Records what was asked of which list, when and with which text; reminds before an exclusion lapses. It never
    sends a form and never opens a link. Without a command: delist status.
    """
    ctx.obj = words.Given(ctx.obj, database, quiet)
    if ctx.invoked_subcommand is None:
        ctx.invoke(import_module("delist.cli.status").status, ctx)


def main() -> None:
    """Run the command line of this process."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed by whoever started us: there is nobody to tell, but things can be recorded all the same.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for as long as we run
    app()
