"""`delist text`: write the request text for a list and keep it as the case's draft."""

from typing import Annotated

import typer

from delist.actions.writing import Wish, write
from delist.cli import words
from delist.errors import UsageError
from delist.rules.wording import Facts
from delist.show import letters

app = words.commands()

Text = Annotated[str | None, typer.Option(metavar="TEXT")]
Name = Annotated[str | None, typer.Option(metavar="TEXT", help="Your name, for the form.")]
Email = Annotated[str | None, typer.Option(metavar="TEXT", help="Your mail address, for the form.")]
Domain = Annotated[str | None, typer.Option(metavar="TEXT", help="The domain the address sends for.")]
Helo = Annotated[str | None, typer.Option(metavar="TEXT", help="The name it says in HELO.")]
Ptr = Annotated[str | None, typer.Option(metavar="TEXT", help="The name its reverse DNS gives.")]
Static = Annotated[bool | None, typer.Option("--static/--dynamic", help="Whether the address is fixed.")]
Purpose = Annotated[str | None, typer.Option(metavar="TEXT", help="What it sends, and why directly.")]
Spf = Annotated[str | None, typer.Option(metavar="TEXT", help="The SPF record that covers it.")]
Dkim = Annotated[str | None, typer.Option(metavar="TEXT", help="Who signs its mail: domain and selector.")]
Dmarc = Annotated[str | None, typer.Option(metavar="TEXT", help="The DMARC policy of the domain.")]
Port25 = Annotated[str | None, typer.Option(metavar="closed|open", help="Whether it takes mail from outside.")]
Bounces = Annotated[str | None, typer.Option(metavar="TEXT", help="Where bounces go and who reads them.")]
Cause = Annotated[str | None, typer.Option(metavar="TEXT", help="What went wrong and what was mended.")]
Omit = Annotated[list[str] | None, typer.Option(metavar="CLAIM", help="Leave a claim out (repeatable).")]


def facts(
    name: str | None,
    email: str | None,
    domain: str | None,
    static: bool | None,
    ptr: str | None,
    helo: str | None,
    spf: str | None,
    dkim: str | None,
    dmarc: str | None,
    port25: str | None,
    bounces: str | None,
    purpose: str | None,
    cause: str | None,
) -> Facts:
    """Return the facts given as options; raises UsageError."""
    if port25 not in (None, "closed", "open"):
        raise UsageError(f"--port25 is closed or open, not {port25!r}")
    said = (name, email, domain, ptr, helo, spf, dkim, dmarc, bounces, purpose, cause)
    if any(text is not None and not text.strip() for text in said):
        raise UsageError("an option for the text is empty: leave it out, or --omit the claim")
    return Facts(name, email, domain, static, ptr, helo, spf, dkim, dmarc, port25, bounces, purpose, cause)


@app.command()
def text(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The listed address.")],
    key: words.ListKey = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|ja|...", help="A translation, for your own file.")
    ] = None,
    template: Annotated[str | None, typer.Option(metavar="NAME", help="Another template, by name.")] = None,
    omit: Omit = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Write it though it should not be sent yet.")] = False,
    name: Name = None,
    email: Email = None,
    domain: Domain = None,
    static: Static = None,
    ptr: Ptr = None,
    helo: Helo = None,
    spf: Spf = None,
    dkim: Dkim = None,
    dmarc: Dmarc = None,
    port25: Port25 = None,
    bounces: Bounces = None,
    purpose: Purpose = None,
    cause: Cause = None,
    as_json: words.AsJson = False,
) -> None:
    """Write the request text for a list, and keep it as draft.

    Without -l: the list of the one draft, else the one the address is known to be on, else spamhaus-pbl.
    States only what the configuration or the options say; what is left out is named on stderr.
    """
    known = facts(name, email, domain, static, ptr, helo, spf, dkim, dmarc, port25, bounces, purpose, cause)
    wish = Wish(known, tuple(omit or ()), language, template, anyway)
    letter = write(words.tools_of(ctx), address, key, wish)
    words.talk(ctx, letters.talk(letter))
    if as_json:
        words.document(letters.as_json(letter))
    else:
        words.result(letter.text)
