"""`delist mail`: take in the mails of lists; `delist link`: show the link that one brought."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from delist.actions import views
from delist.actions.mailing.run import Taking
from delist.actions.mailing.values import Taken
from delist.cli import words
from delist.errors import UsageError
from delist.show import mails as show

app = words.commands()


@app.command()
def mail(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Messages, mboxes, Maildirs, folders of messages, or - for stdin."),
    ] = None,
    pipe: Annotated[
        bool, typer.Option("--pipe", help="For a mail server: stdin, no output, exit with 0 or 75 only.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be kept.")] = False,
    as_json: words.AsJson = False,
    on: words.AsOf = None,
) -> None:
    """Take in mails of lists: links to open, decisions, answers.

    Without FILE: what is new in the mailbox of the configuration, or a message on stdin. Says which request each is
    about and whether it is genuine; keeps it without its links; opens no link, and moves no request.
    """
    if pipe and (files or dry_run or as_json):
        raise UsageError("--pipe takes one message from standard input and prints nothing")
    tools = words.as_of(ctx, on, only_asks=dry_run)
    taking = Taking(tools, dry_run=dry_run)
    found = taking.noted(_found(taking, files or [], pipe), only_if_kept=pipe)
    is_silent = True
    for each in found:
        if pipe or not _is_told(each, taking):
            continue
        is_silent = False
        if as_json:
            typer.echo(show.taken_json(each))
        else:
            words.result(show.taken(each, tools.now(), tools.zone))
    if files and is_silent:
        # Whoever names a file waits for an answer; who has a mailbox read by itself, for none.
        words.talk(ctx, show.NOTHING_NEW)


def _found(taking: Taking, files: list[str], pipe: bool) -> Iterator[Taken]:
    if pipe or "-" in files[:1] or not (files or taking.tools.settings.inbox.is_set):
        if not pipe and not files and sys.stdin.isatty():
            raise UsageError("name a FILE, or set [inbox] in config.toml")
        yield from taking.stdin(sys.stdin.buffer.read())
        files = files[1:]
    elif not files:
        yield from taking.inbox()
    for name in files:
        if name == "-":
            raise UsageError("standard input can be read once: name it first")
        yield from taking.path(Path(name))


def _is_told(each: Taken, taking: Taking) -> bool:
    """Whether to speak of a mail: of those in a mailbox only of what is new, and of what came just now in vain."""
    if not each.post.is_sifted or (each.is_new and each.is_kept):
        return True
    return each.is_new and bool(each.decided.unknown) and taking.is_fresh(each)


@app.command()
def link(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A request number, or an address with one request.")],
    key: words.ListKey = None,
    as_json: words.AsJson = False,
) -> None:
    """Print the links kept for a request, masked elsewhere."""
    tools = words.tools_of(ctx)
    number, links = views.links(tools, ref, key)
    if as_json:
        words.document(show.links_json(number, links, tools.now()))
        return
    words.warn(show.link_warnings(links, tools.now(), tools.zone))
    words.talk(ctx, show.link_talk(links, tools.zone))
    words.result([link.url for link in links])
