"""`delist text`: write the request text for a list and keep it as the case's draft."""

from typing import Annotated

import typer

from delist.actions.writing import Wish, write
from delist.cli import words
from delist.cli.together import FACTS, Omit, together
from delist.rules.wording import Facts
from delist.show import letters

app = words.commands()


@app.command()
@together(facts=FACTS)
def text(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The listed address.")],
    facts: Facts,
    key: words.ListKey = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|ja|...", help="A translation, for your own file.")
    ] = None,
    template: Annotated[str | None, typer.Option(metavar="NAME", help="Another template, by name.")] = None,
    omit: Omit = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Write it though it should not be sent yet.")] = False,
    as_json: words.AsJson = False,
) -> None:
    """Write the request text for a list, and keep it as draft.

    Without -l: the list of the one draft, else the one the address is known to be on, else spamhaus-pbl.
    States only what the configuration or the options say; what is left out is named on stderr.
    """
    wish = Wish(facts, tuple(omit or ()), language, template, anyway)
    letter = write(words.tools_of(ctx), address, key, wish)
    words.talk(ctx, letters.talk(letter))
    if as_json:
        words.document(letters.as_json(letter))
    else:
        words.result(letter.text)
