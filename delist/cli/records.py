"""The commands that show what is on record, and the catalogue."""

from typing import Annotated

import typer

from delist.actions import views
from delist.actions.refs import as_number
from delist.cli import words
from delist.errors import UsageError
from delist.show import addresses as show_addresses
from delist.show import lists as show_lists
from delist.show import requests as show
from delist.tools import Tools

app = words.commands()


@app.command()
def requests(
    ctx: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those still awaited.")] = False,
    key: words.ListKey = None,
    address: Annotated[str | None, typer.Option("--address", metavar="ADDRESS", help="Those of an address.")] = None,
    site: words.Site = None,
    as_json: words.AsJson = False,
) -> None:
    """Print the requests on record, ended ones too."""
    tools = words.tools_of(ctx)
    found = views.requests(tools, views.Narrow(open_only, key, address, site))
    if as_json:
        words.document({"requests": [show.as_json(view) for view in found]})
    else:
        words.result(show.listing(found, tools.zone))


@app.command(name="show")
def show_(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="ADDRESS|NUMBER", help="An address, or the number of a request.")],
    as_json: words.AsJson = False,
) -> None:
    """Show everything about an address, or one record."""
    tools = words.tools_of(ctx)
    number = as_number(what)
    if number is not None:
        record = views.whole_request(tools, number)
        if as_json:
            words.document(show.whole_json(record))
        else:
            words.result(show.whole(record, tools.zone))
        return
    view = views.address(tools, what)
    if as_json:
        words.document(show_addresses.view_json(view, tools.zone))
    else:
        words.result(show_addresses.address(view, tools.zone))


@app.command()
def lists(
    ctx: typer.Context,
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="A key, the tail of one, or a zone.")] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask the lists' test points: which can be asked from here at all?")
    ] = False,
    nameservers: words.Nameservers = None,
    as_json: words.AsJson = False,
) -> None:
    """Show the catalogue, or what to know before asking a list."""
    tools = words.tools_of(ctx)
    if probe:
        _probe(tools, key, nameservers or [], as_json)
        return
    if nameservers:
        raise UsageError("--nameserver is for --probe: nothing else here asks DNS")
    if key is None:
        entries = tools.catalogue.all()
        if as_json:
            words.document(show_lists.overview_json(entries))
        else:
            words.result(show_lists.overview(entries))
        return
    view = views.catalogue_entry(tools, key)
    if as_json:
        words.document(show_lists.view_json(view))
    else:
        words.result(show_lists.view(view))


def _probe(tools: Tools, key: str | None, nameservers: list[str], as_json: bool) -> None:
    from delist.actions.checking.probing import probe as ask
    from delist.show.checks import probes

    found = ask(tools, [key] if key else [], nameservers)
    if as_json:
        words.document(probes.document(found))
    else:
        words.result(probes.lines(found))
