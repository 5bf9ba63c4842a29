"""`delist text`: write the request text for a list and keep it as the case's draft."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from delist.actions.composing import Wish
from delist.actions.moves import refuse_future
from delist.actions.writing import write
from delist.cli import words
from delist.cli.together import DETAILS_OF_CASE, FACTS, Omit, together
from delist.errors import UsageError
from delist.rules.wording import Facts
from delist.show import letters
from delist.show.words import in_zone

app = words.commands()


@app.command()
@together(facts=FACTS, details=DETAILS_OF_CASE)
def text(
    ctx: typer.Context,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="The listed addresses, or - for stdin.")],
    facts: Facts,
    details: Mapping[str, str],
    key: words.ListKey = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|ja|...", help="A translation, for your own file.")
    ] = None,
    template: Annotated[str | None, typer.Option(metavar="NAME", help="Another template, by name.")] = None,
    omit: Omit = None,
    no_measure: Annotated[
        bool, typer.Option("--no-measure", help="Look nothing up: all is stated as you say, not measured.")
    ] = False,
    nameservers: words.Nameservers = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Write it though it should not be sent yet.")] = False,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write each text into a file there, not to stdout.")
    ] = None,
    as_json: words.AsJson = False,
) -> None:
    """Write the request text for a list, and keep it as draft.

    Without -l: the list of the one draft, else the one the address is known to be on, else spamhaus-pbl. Measures
    what it states, as `delist evidence` does; what is left out, or stated as you say, is named on stderr. A list
    that hears only the provider gets a letter to the provider; of a closed one its users are told.
    """
    _check(language, template, out)
    tools = words.tools_of(ctx)
    if "since" in details:
        refuse_future(tools, tools.moment(details["since"]))
    measures = not no_measure
    chosen = tuple(omit or ()), language, template, anyway, measures, tuple(nameservers or ())
    wish, folder = Wish(facts, details, *chosen), None if out is None else Path(out)
    found = write(tools, words.expanded(addresses), key, wish, folder)
    words.talk(ctx, (in_zone(line, tools.zone) for line in letters.talk(found)))
    if as_json:
        words.document(letters.as_json(found[0]) if folder is None else letters.all_as_json(found))
    elif folder is not None:
        words.result(str(letter.file) for letter in found)
    else:
        words.result(found[0].text)


def _check(language: str | None, template: str | None, out: str | None) -> None:
    if language is not None and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        raise UsageError(f"--language wants a language as en, de or ja, not {language!r}")
    if template is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", template):
        raise UsageError(f"--template wants a name without language and ending, as spamhaus-pbl, not {template!r}")
    if out is not None and not out.strip():
        raise UsageError("--out wants a folder")
