"""`delist export` and `delist import`."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, TextIO

import typer

from delist.actions import exporting, spreadsheet
from delist.actions.importing import take_in, take_in_export
from delist.actions.incoming import Outcome
from delist.cli import words
from delist.cli.files import write_whole
from delist.errors import NotFound, SetupError, UsageError
from delist.show.words import many
from delist.tools import Tools

app = words.commands()


@app.command()
def export(
    ctx: typer.Context,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write there, readable for you only; a file of that name is replaced.",
        ),
    ] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also links and ticket addresses: whoever has them can act.")
    ] = False,
) -> None:
    """Print everything on record as JSON Lines."""
    lines = exporting.export(words.tools_of(ctx), with_secrets)
    if output is None or output == "-":
        for line in lines:
            typer.echo(line)
        return
    written = write_whole(output, lines)
    words.talk(ctx, f"{many(written.lines, 'line')} written to {output}{written.remark}")


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An export of delist, or a CSV of past requests.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Take in the good lines, name the bad ones.")] = False,
    as_json: words.AsJson = False,
) -> None:
    """Take in an export, or a CSV of past requests.

    The CSV's first line names its columns: ip, list, submitted, confirmed, cleared, relisted, note.
    All lines or none, unless --skip-bad. What is on record already is passed over.
    """
    tools = words.tools_of(ctx)
    with _opened(file) as lines:
        outcome = _taken_in(tools, lines, dry_run, skip_bad)
    bad = [f"line {problem.line}: {problem.why}" for problem in outcome.problems]
    words.warn([*bad, *outcome.warnings])
    if as_json:
        words.document(_document(outcome, dry_run))
        return
    words.record(ctx, _told(outcome, dry_run))


def _document(outcome: Outcome, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "requests": outcome.requests,
        "addresses": outcome.addresses,
        "known": outcome.known,
        "entries": outcome.entries,
        "mails": outcome.mails,
        "renumbered": [{"from": old, "to": new} for old, new in outcome.renumbered.items()],
        "bad": [{"line": problem.line, "why": problem.why} for problem in outcome.problems],
    }


def _told(outcome: Outcome, dry_run: bool) -> list[str]:
    would = "would import" if dry_run else "imported"
    lines = outcome.preview if dry_run else []
    known = f", {outcome.known} known already" if outcome.known else ""
    known += f" with {many(outcome.entries, 'further entry', 'further entries')}" if outcome.entries else ""
    bad = f", {many(len(outcome.problems), 'bad line')}" if outcome.problems else ""
    addresses = many(outcome.addresses, "new address", "new addresses")
    known += f", {many(outcome.mails, 'mail')}" if outcome.mails else ""
    lines = [*lines, f"{would} {many(outcome.requests, 'request')} and {addresses}{known}{bad}"]
    return lines + [f"number {old} was taken: it is {new} here" for old, new in outcome.renumbered.items()]


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    try:
        if name == "-":
            yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
            return
        with Path(name).open(encoding="utf-8-sig") as file:
            yield file
    except FileNotFoundError:
        raise NotFound(f"there is no file {name}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is no UTF-8 text: nothing was imported") from None
    except OSError as error:
        raise SetupError(f"cannot read {name}: {error.strerror}") from None


def _taken_in(tools: Tools, lines: TextIO, dry_run: bool, skip_bad: bool) -> Outcome:
    head: list[str] = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    first, whole = "".join(head[-1:]), chain(head, lines)
    if spreadsheet.is_spreadsheet(first):
        return take_in(tools, spreadsheet.items(tools, whole), dry_run=dry_run, skip_bad=skip_bad)
    if any(mark in first for mark in (";", "\t")) and "," not in first:
        raise UsageError("the columns of a spreadsheet must be separated by commas: save it as CSV, UTF-8")
    if not first.lstrip().startswith("{"):
        raise UsageError("that is neither an export of delist nor a CSV whose first line names ip and submitted")
    return take_in_export(tools, whole, dry_run=dry_run, skip_bad=skip_bad)
