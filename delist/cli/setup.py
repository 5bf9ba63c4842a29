"""`delist init`: a config in five questions at most, or from options."""

import sys
from dataclasses import fields
from typing import Annotated

import typer

from delist.actions.setup import QUESTIONS, Answers, check, write_config
from delist.cli import words
from delist.errors import NotAllowed, UsageError

app = words.commands()


@app.command()
def init(
    ctx: typer.Context,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="As in Asia/Tokyo.")] = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Your name, as the forms ask it.")] = None,
    email: Annotated[str | None, typer.Option(metavar="TEXT", help="Your mail address.")] = None,
    address: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The address or network that sends.")] = None,
    domain: Annotated[str | None, typer.Option(metavar="TEXT", help="The domain it sends for.")] = None,
    as_json: words.AsJson = False,
) -> None:
    """Write a first config.toml, from options or five questions.

    An existing one stays as it is.
    """
    tools = words.tools_of(ctx)
    if tools.places.config.exists():
        raise NotAllowed(f"{tools.places.config} exists already: edit it")
    said = (timezone, name, email, address, domain)
    if any(text is not None and not text.strip() for text in said):
        raise UsageError("an answer is empty: leave its option out")
    answers = Answers(*(text and text.strip() for text in said))
    if answers == Answers():
        if not sys.stdin.isatty():
            raise UsageError("nobody can be asked here: give the answers as options (see `delist init --help`)")
        answers = _asked(tools.zone.key)
    check(answers)
    path = write_config(tools, answers)
    if as_json:
        words.document({"config": str(path)})
    else:
        words.record(ctx, [f"wrote {path}"])


def _asked(zone: str) -> Answers:
    """Ask one question a setting; an empty answer leaves it out."""
    said = {}
    for field in fields(Answers):
        default = zone if field.name == "timezone" else ""
        said[field.name] = typer.prompt(QUESTIONS[field.name], default=default).strip() or None
    if said["address"] is None:
        said["domain"] = None
    return Answers(**said)
