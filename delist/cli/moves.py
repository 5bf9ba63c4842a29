"""The commands for what happens to a request after its submission."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from delist.actions import moves
from delist.actions.refs import as_number, only, select
from delist.cli import words
from delist.cli.together import SELECTION, Asked, together
from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules.history import Event
from delist.rules.lifecycle import Request
from delist.rules.moments import Moment
from delist.show import requests as show

app = words.commands()


def _chosen(ctx: typer.Context, asked: Asked, fits: Callable[[Request], bool]) -> list[int]:
    selection = replace(asked.selection, words=words.expanded(asked.selection.words))
    found = select(words.tools_of(ctx), selection, fits)
    if not found.is_explicit:
        words.sure(len(found.numbers), "request" if len(found.numbers) == 1 else "requests", asked.yes)
    return list(found.numbers)


def _advance(
    ctx: typer.Context,
    event: Event,
    asked: Asked,
    on: str | None,
    as_json: bool,
    reference: str | None = None,
    confirmed_on: str | None = None,
) -> None:
    tools = words.tools_of(ctx)
    fits = _fits_with(moves.fits(tools, event), confirmed_on)
    numbers = _chosen(ctx, asked, fits)
    moment, confirmed = tools.moment(on), tools.moment(confirmed_on)
    moved = moves.advance(tools, numbers, event, moment, reference=reference, confirmed_on=confirmed)
    if as_json:
        words.document({"requests": [show.moved_json(each.request, each.changed) for each in moved]})
        return
    get = tools.catalogue.get
    words.record(ctx, [show.moved(m.request, m.changed, tools.zone, get(m.request.list)) for m in moved])


def _fits_with(fits: Callable[[Request], bool], confirmed_on: str | None) -> Callable[[Request], bool]:
    """A confirmation date given along makes an open request fit."""
    return fits if confirmed_on is None else lambda request: request.is_open or fits(request)


@app.command()
@together(asked=SELECTION)
def confirm(ctx: typer.Context, asked: Asked, on: words.On = None, as_json: words.AsJson = False) -> None:
    """Record the confirmation date, from which windows count.

    The mailed link was opened, or whatever the list's last step is.
    """
    _advance(ctx, Event.CONFIRMED, asked, on, as_json)


@app.command()
@together(asked=SELECTION)
def cleared(
    ctx: typer.Context,
    asked: Asked,
    on: words.On = None,
    confirmed_on: Annotated[
        str | None,
        typer.Option("--confirmed-on", metavar="DAY|INSTANT", help="Record the confirmation date too, first."),
    ] = None,
    as_json: words.AsJson = False,
) -> None:
    """Record that an address was seen off the list.

    On a cleared request a later day is a further sighting, and survives the windows up to it.
    """
    _advance(ctx, Event.CLEARED, asked, on, as_json, confirmed_on=confirmed_on)


@app.command()
@together(asked=SELECTION)
def relisted(ctx: typer.Context, asked: Asked, on: words.On = None, as_json: words.AsJson = False) -> None:
    """Record that an address is on the list again.

    That ends the request; the next attempt is a new one.
    """
    _advance(ctx, Event.RELISTED, asked, on, as_json)


@app.command()
@together(asked=SELECTION)
def refused(
    ctx: typer.Context,
    asked: Asked,
    on: words.On = None,
    reference: words.Reference = None,
    as_json: words.AsJson = False,
) -> None:
    """Record that the list refused a request."""
    _advance(ctx, Event.REFUSED, asked, on, as_json, reference)


@app.command()
@together(asked=SELECTION)
def appeal(
    ctx: typer.Context,
    asked: Asked,
    on: words.On = None,
    reference: words.Reference = None,
    as_json: words.AsJson = False,
) -> None:
    """Record an answer to a refusal, in the same ticket.

    The request is submitted again, with the same number.
    """
    _advance(ctx, Event.APPEALED, asked, on, as_json, reference)


@app.command()
@together(asked=SELECTION)
def withdraw(ctx: typer.Context, asked: Asked, on: words.On = None, as_json: words.AsJson = False) -> None:
    """Record that a request was given up.

    Nothing reminds of it any more.
    """
    _advance(ctx, Event.WITHDRAWN, asked, on, as_json)


@app.command()
def undo(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A request number, or an address.")],
    key: words.ListKey = None,
    as_json: words.AsJson = False,
) -> None:
    """Take back what was last recorded.

    Of a request, or of an address on a list. The history keeps both.
    """
    tools = words.tools_of(ctx)
    number = as_number(ref)
    if number is not None:
        entry, request = moves.undo(tools, number)
    else:
        entry, request = moves.undo_at(tools, ip.canonical(ref), key)
    if as_json:
        after = show.moved_json(request, True) if request else None
        words.document({"undone": show.entry_json(entry), "request": after})
        return
    words.record(ctx, [show.undone(entry, request, tools.zone)])


_Day = Annotated[str | None, typer.Option(metavar="DAY|INSTANT", help="The right moment.")]


@app.command()
def amend(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A request number, or an address with one request.")],
    submitted_on: _Day = None,
    confirmed_on: _Day = None,
    cleared_on: _Day = None,
    refused_on: _Day = None,
    relisted_on: _Day = None,
    withdrawn_on: _Day = None,
    reference: words.Reference = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="The contact's name.")] = None,
    email: Annotated[str | None, typer.Option(metavar="TEXT", help="The contact's mail address.")] = None,
    key: words.ListKey = None,
    as_json: words.AsJson = False,
) -> None:
    """Correct a recorded value; the history shows both."""
    tools = words.tools_of(ctx)
    days = {
        "submitted": submitted_on,
        "confirmed": confirmed_on,
        "cleared": cleared_on,
        "refused": refused_on,
        "relisted": relisted_on,
        "withdrawn": withdrawn_on,
    }
    moments: dict[str, Moment] = {n: m for n, text in days.items() if (m := tools.moment(text)) is not None}
    said = {"reference": reference, "name": name, "email": email}
    texts = {name: text for name, text in said.items() if text is not None}
    if not moments and not texts:
        raise UsageError("say what to amend: --confirmed-on DAY, --reference TEXT, ...")
    moved = moves.amend(tools, only(tools, ref, key), moments, texts)
    if as_json:
        words.document(show.moved_json(moved.request, moved.changed))
        return
    state = "amended" if moved.changed else "unchanged: that was on record already"
    words.record(ctx, [f"request {moved.request.number}: {state}"])
