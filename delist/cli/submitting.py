"""`delist submit`: record that a removal form was sent."""

from typing import Annotated

import typer

from delist.actions.composing import Wish
from delist.actions.submitting import Recorded, Submission
from delist.actions.submitting import submit as record_submission
from delist.cli import words
from delist.cli.together import FACTS, Omit, together
from delist.errors import UsageError
from delist.rules.moments import Moment
from delist.rules.wording import Facts
from delist.show import requests as show
from delist.tools import Tools

app = words.commands()


@app.command()
@together(facts=FACTS)
def submit(
    ctx: typer.Context,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="The addresses, or - for stdin.")],
    facts: Facts,
    key: words.ListKey = None,
    on: words.On = None,
    text: Annotated[str | None, typer.Option(metavar="FILE|-", help="The text it was sent with.")] = None,
    reference: words.Reference = None,
    confirmed: Annotated[
        str | None, typer.Option(metavar="[DAY]", help="Confirmed at once, or on that day (lists without a mail).")
    ] = None,
    relisted: Annotated[
        str | None, typer.Option(metavar="[DAY]", help="First record that the last request was relisted.")
    ] = None,
    omit: Omit = None,
    as_json: words.AsJson = False,
) -> None:
    """Record that a removal form was sent.

    Keeps exactly the draft, or --text; else what the known facts give, or nothing. delist itself sends nothing.
    Several addresses make a batch; an unknown address is added.
    """
    tools = words.tools_of(ctx)
    named = words.expanded(addresses)
    if text == "-" and "-" in addresses:
        raise UsageError("standard input can give the addresses or the text, not both")
    moment = tools.moment(on)
    submission = Submission(
        on=moment,
        list=key,
        text=None if text is None else words.file_text(text),
        reference=reference,
        wish=Wish(facts, omit=tuple(omit or ())),
        confirmed=_day(tools, confirmed, moment),
        relisted=_day(tools, relisted, moment),
        relisted_at_some_time=relisted == "",
    )
    _say(ctx, record_submission(tools, named, submission), as_json)


def _say(ctx: typer.Context, recorded: list[Recorded], as_json: bool) -> None:
    zone = words.tools_of(ctx).zone
    for each in recorded:
        words.warn((f"{each.request.address}: {warning}" for warning in each.warnings), zone)
    if as_json:
        words.document({"requests": [show.recorded_json(each) for each in recorded]})
        return
    words.record(ctx, [line for each in recorded for line in show.submitted(each, zone)])
    words.talk(ctx, [step for each in recorded if (step := show.next_step(each))])


def _day(tools: Tools, text: str | None, otherwise: Moment | None) -> Moment | None:
    """Return the day given with the option; without one, the day of the submission."""
    if text is None:
        return None
    return tools.moment(text) if text else otherwise or tools.this_moment()
