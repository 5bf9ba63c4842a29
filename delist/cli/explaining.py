"""`delist explain`: what a reply, or a bounce message, means."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from delist.actions.explaining import explain as explained_replies
from delist.actions.explaining import replies_in, reply_of
from delist.cli import words
from delist.errors import NotFound, SetupError, UsageError
from delist.show.scans import explained

app = words.commands()


@app.command()
def explain(
    ctx: typer.Context,
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]", help="A reply, a bounce message's file, or - for stdin."),
    ] = None,
    each_line: Annotated[bool, typer.Option("--lines", help="Take each line of standard input as one reply.")] = False,
    as_json: words.AsJson = False,
) -> None:
    """Say what a reply means, whose fault it is, and what to do next.

    TEXT is the reply itself, the line of a log that holds it, or a bounce message (a file, or standard input).
    """
    if each_line and text not in (None, [], ["-"]):
        raise UsageError("--lines reads standard input: give no TEXT")
    tools = words.tools_of(ctx)
    texts: Iterable[str] = _lines_of_stdin() if each_line else _replies(text or ["-"])
    for number, found in enumerate(explained_replies(tools, texts)):
        if as_json:
            typer.echo(explained.as_line(found))
            continue
        if number:
            typer.echo()
        words.result(explained.lines(found))


def _lines_of_stdin() -> Iterator[str]:
    """Yield the lines of standard input; one ends at LF only, since replies in logs may hold other line ends."""
    for line in sys.stdin.buffer:
        yield line.removesuffix(b"\n").decode(errors="replace")


def _replies(given: list[str]) -> list[str]:
    if given == ["-"]:
        data = sys.stdin.buffer.read()
        if not data.strip():
            raise UsageError("standard input is empty: give it a reply or a bounce message")
        return replies_in(data)
    whole = " ".join(given)
    if all(os.path.isfile(each) for each in given):
        return [reply for each in given for reply in replies_in(_bytes_of(Path(each)))]
    if len(given) == 1 and os.path.isdir(whole):
        raise UsageError(f"{whole} is a folder: name the message in it, or scan it with `delist scan`")
    if any(_is_path(each) for each in given):
        raise NotFound(f"there is no file {next(each for each in given if _is_path(each))}")
    if not whole.strip():
        raise UsageError("the reply is empty")
    return reply_of(whole)


def _is_path(text: str) -> bool:
    """Whether a word can only be a file that is not there."""
    is_word = not any(letter.isspace() for letter in text) and "://" not in text and not os.path.exists(text)
    return is_word and (text.startswith(("/", "./", "../", "~")) or text.endswith(_MAIL_FILES))


_MAIL_FILES = (".eml", ".mbox", ".msg", ".txt", ".log")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}") from None
