"""`delist address`: the addresses you answer for."""

from typing import Annotated

import typer

from delist.actions import addresses as actions
from delist.cli import words
from delist.show import addresses as show_addresses
from delist.store.reads import KnownAddress

app = words.commands("address", "Keep the addresses you answer for.")

Addresses = Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Addresses, or - for standard input.")]
OfSite = Annotated[str | None, typer.Option(metavar="TEXT", help="Site: where addresses share their fate.")]
Domain = Annotated[str | None, typer.Option(metavar="TEXT", help="The domain it sends for.")]
Label = Annotated[str | None, typer.Option(metavar="TEXT", help="What you call it.")]
Owner = Annotated[str | None, typer.Option(metavar="TEXT", help="Who is to be told.")]


def _about(site: str | None, domain: str | None, label: str | None, owner: str | None) -> dict[str, str]:
    said = {"site": site, "domain": domain, "label": label, "owner": owner}
    return {name: text for name, text in said.items() if text is not None}


def _say(ctx: typer.Context, found: list[KnownAddress], as_json: bool) -> None:
    if as_json:
        words.document({"addresses": [show_addresses.address_json(known) for known in found]})
    else:
        words.record(ctx, show_addresses.addresses(found))


@app.command()
def add(
    ctx: typer.Context,
    addresses: Addresses,
    site: OfSite = None,
    domain: Domain = None,
    label: Label = None,
    owner: Owner = None,
    as_json: words.AsJson = False,
) -> None:
    """Record addresses; one that was retired is taken up again."""
    about = _about(site, domain, label, owner)
    _say(ctx, actions.add(words.tools_of(ctx), words.expanded(addresses), about), as_json)


@app.command(name="list")
def list_(ctx: typer.Context, site: words.Site = None, as_json: words.AsJson = False) -> None:
    """Print the recorded addresses in numerical order."""
    found = actions.listed(words.tools_of(ctx), site)
    if as_json:
        words.document({"addresses": [show_addresses.address_json(known) for known in found]})
    else:
        words.result(show_addresses.addresses(found))


@app.command(name="set")
def set_(
    ctx: typer.Context,
    addresses: Addresses,
    site: OfSite = None,
    domain: Domain = None,
    label: Label = None,
    owner: Owner = None,
    as_json: words.AsJson = False,
) -> None:
    """Change what is said about addresses; an empty text takes it away."""
    about = _about(site, domain, label, owner)
    _say(ctx, actions.change(words.tools_of(ctx), words.expanded(addresses), about), as_json)


@app.command(name="import")
def import_(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="CSV (address,site,domain,label,owner) or plain lines.")
    ],
    as_json: words.AsJson = False,
) -> None:
    """Record the addresses of a file, all or none."""
    found = actions.take_in(words.tools_of(ctx), words.file_text(file))
    if as_json:
        words.document({"addresses": [show_addresses.address_json(known) for known in found]})
    else:
        words.record(ctx, [f"{len(found)} addresses are on record"])


@app.command()
def retire(ctx: typer.Context, addresses: Addresses, as_json: words.AsJson = False) -> None:
    """Say that addresses were given up: their records stay, nothing reminds of them any more."""
    _say(ctx, actions.retire(words.tools_of(ctx), words.expanded(addresses)), as_json)


@app.command()
def forget(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    yes: words.Yes = False,
    as_json: words.AsJson = False,
) -> None:
    """Destroy all records of an address for good, for privacy. Backups and exports made earlier still hold it."""
    tools = words.tools_of(ctx)
    words.sure(1, f"address ({address}) whose records are destroyed for good", yes)
    gone = actions.forget(tools, address)
    if as_json:
        words.document({"address": gone.address, "requests": gone.requests, "entries": gone.entries})
    else:
        words.record(ctx, [show_addresses.forgotten(gone)])
    words.talk(ctx, "copies made earlier (backups, exports) still hold it")
