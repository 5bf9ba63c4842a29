"""`delist report`: one page about an address, for a customer or a provider."""

from enum import StrEnum
from typing import Annotated

import typer

from delist.actions.reporting import Report, Wish
from delist.actions.reporting import report as gather
from delist.cli import words
from delist.cli.files import BY_UMASK, write_out, write_whole
from delist.errors import UsageError
from delist.show.report import text
from delist.show.report.document import as_json as document_of
from delist.show.words import document
from delist.tools import Tools

app = words.commands()


class Format(StrEnum):
    """What a report is written as."""

    TEXT = "text"
    HTML = "html"


@app.command()
def report(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="A recorded address.")],
    lists: Annotated[
        list[str] | None, typer.Option("--list", "-l", metavar="LIST", help="Only this list; may be repeated.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="As lines, or as a page that prints well.")] = Format.TEXT,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write there, as your umask has it; a file of that name is replaced."
        ),
    ] = None,
    with_notes: Annotated[
        bool, typer.Option("--with-notes", help="Also your own words: the site, the label, notes on requests.")
    ] = False,
    with_texts: Annotated[
        bool,
        typer.Option("--with-texts", help="Also the texts of requests, but those that name other addresses."),
    ] = False,
    as_json: words.AsJson = False,
) -> None:
    """Write one page about an address for a customer or a provider.

    How it stands, the timeline list by list, what was measured, what the mail log says. Asks nobody; links and
    references are left out.
    """
    if as_json and format_ is Format.HTML:
        raise UsageError("--json and --format html are two ways to write it: choose one")
    tools = words.tools_of(ctx)
    wish = Wish(tuple(lists or ()), with_notes, with_texts)
    told = _written(tools, gather(tools, address, wish), wish, format_, as_json)
    if output is None or output == "-":
        if format_ is Format.HTML:
            # A page says that it is UTF-8, whatever the terminal is.
            write_out(told + "\n")
        else:
            typer.echo(told)
        return
    written = write_whole(output, [told], BY_UMASK)
    words.talk(ctx, f"the report is in {output}{written.remark}")


def _written(tools: Tools, found: Report, wish: Wish, format_: Format, as_json: bool) -> str:
    if as_json:
        return document(document_of(found, wish, tools.zone))
    if format_ is Format.HTML:
        from delist.show.report.html import html

        return html(found, tools.zone).rstrip("\n")
    return "\n".join(text.lines(found, tools.zone))
