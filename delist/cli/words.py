"""What the commands share: the words of the command line, where output goes, how errors read."""

import io
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from delist.errors import DelistError, NotFound, SetupError, UsageError
from delist.rules.secrets import conceal
from delist.show import words as show
from delist.tools import Tools

ListKey = Annotated[
    str | None, typer.Option("--list", "-l", metavar="LIST", help="The list: a key, or the unique tail of one (pbl).")
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="DAY|INSTANT", help="When it happened: 2021-05-02, or 2021-05-02T10:00+09:00."),
]
For = Annotated[str | None, typer.Option("--on", metavar="DAY|INSTANT", help="The moment to answer for.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DAY|INSTANT",
        help="As of an earlier moment: what is done counts as done then. A dry run may look ahead.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Refs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REF]...", help="Request numbers (7, 12-30), addresses, networks, or - for stdin."),
]
Site = Annotated[str | None, typer.Option("--site", metavar="SITE", help="Those of a site.")]
InState = Annotated[str | None, typer.Option("--state", metavar="STATE", help="Those in a state.")]
InBatch = Annotated[int | None, typer.Option("--batch", metavar="N", help="Those sent together.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before acting on a selection.")]
Reference = Annotated[
    str | None, typer.Option("--reference", metavar="TEXT", help="Ticket or confirmation number of the list.")
]
Nameservers = Annotated[
    list[str] | None,
    typer.Option("--nameserver", metavar="HOST[:PORT]", help="Ask this resolver, not the system's; repeatable."),
]

_ANYWHERE = ("--quiet", "-q", "--debug")
_OPTIONAL_DAY = ("--confirmed", "--relisted")
_DAY_LIKE = re.compile(r"\d{4}-\d")


def commands(name: str | None = None, about: str | None = None) -> typer.Typer:
    """Return a place for the commands of one module; with a name they are a group of that name."""
    return typer.Typer(name=name, help=about, add_completion=False, rich_markup_mode=None)


class Given:
    """What the top of the command line gave; the tools are built when a command first needs them."""

    def __init__(self, known: Any, database: str | None, quiet: bool) -> None:
        self._tools = known if isinstance(known, Tools) else None
        self._database = database
        self.quiet = quiet

    @property
    def zone(self) -> ZoneInfo | None:
        """The operator's time zone, if the configuration was read."""
        return self._tools.zone if self._tools else None

    @property
    def tools(self) -> Tools:
        """The tools of this command."""
        from delist import tools

        if self._tools is None:
            import os

            self._tools = tools.build(os.environ, self._database)
        elif self._database is not None:
            self._tools = replace(self._tools, database=tools.database_path(self._database))
            self._database = None
        return self._tools

    def tools_or_problems(self) -> tuple[Tools, list[DelistError]]:
        """The tools of this command; where these cannot be had, spare ones, and all reasons for that."""
        from delist import tools

        try:
            return self.tools, []
        except DelistError as error:
            import os

            found = tools.problems(os.environ, self._database)
            return tools.spare(os.environ, self._database), found or [error]


def tools_or_problems(ctx: typer.Context) -> tuple[Tools, list[DelistError]]:
    """Return the tools of a command's context; where these cannot be had, spare ones, and all reasons for that."""
    given: Given = ctx.obj
    return given.tools_or_problems()


def tools_of(ctx: typer.Context) -> Tools:
    """Return the tools of a command's context."""
    given: Given = ctx.obj
    return given.tools


def as_of(ctx: typer.Context, on: str | None, *, only_asks: bool = False) -> Tools:
    """Return the tools of a command as of a moment; raises UsageError for one in the future, unless it only asks."""
    from delist.actions.moves import refuse_future

    tools = tools_of(ctx)
    moment = tools.moment(on)
    if not only_asks:
        refuse_future(tools, moment)
    return tools.as_of(moment)


def arranged(args: list[str]) -> list[str]:
    """Return the words of a command line with the general options in front, and a day for each bare --confirmed."""
    if any("\ud800" <= letter <= "\udfff" for word in args for letter in word):
        raise UsageError("a word of the command line is no UTF-8 text")
    front: list[str] = []
    rest: list[str] = []
    position = 0
    while position < len(args):
        word = args[position]
        if word == "--":
            return [*front, *rest, *args[position:]]
        if word in _ANYWHERE:
            front.append(word)
        elif word == "--database" and position + 1 < len(args):
            front += args[position : position + 2]
            position += 1
        elif word.startswith("--database="):
            front.append(word)
        else:
            rest += _with_day(args, position)
        position += 1
    return [*front, *rest]


def _with_day(args: list[str], position: int) -> list[str]:
    word = args[position]
    following = args[position + 1] if position + 1 < len(args) else ""
    if word in _OPTIONAL_DAY and not _DAY_LIKE.match(following):
        return [f"{word}="]
    return [word]


def usage_sentence(error: Exception) -> str:
    """Return what was wrong with the words of a command line, on one line, and where to read more."""
    context = getattr(error, "ctx", None)
    message = show.one_line(getattr(error, "format_message", lambda: str(error))()).rstrip(".")
    path = getattr(context, "command_path", None) or "delist"
    if type(error).__name__ == "NoArgsIsHelpError":
        message = "say what to do"
    message = message[:1].lower() + message[1:]
    return f"{message} (see `{path} --help`)"


def result(lines: Iterable[str] | str) -> None:
    """Print the result of a command; nothing at all, not even a blank line, if there is none."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    if text:
        typer.echo(text, nl=not text.endswith("\n"))


def document(value: Mapping[str, Any]) -> None:
    """Print a JSON document."""
    typer.echo(show.document(value))


def record(ctx: typer.Context, lines: Iterable[str]) -> None:
    """Print what was recorded, unless told to be quiet."""
    if not ctx.obj.quiet:
        result(lines)


def talk(ctx: typer.Context, lines: Iterable[str] | str) -> None:
    """Say something beside the result, on stderr, unless told to be quiet."""
    if ctx.obj.quiet:
        return
    for line in [lines] if isinstance(lines, str) else lines:
        typer.echo(line, err=True)


def warn(lines: Iterable[str], zone: ZoneInfo | None = None) -> None:
    """Say what looks wrong, on stderr, quiet or not; instants in the operator's zone."""
    for line in lines:
        told = conceal(line)[0]
        typer.echo(f"warning: {show.in_zone(told, zone) if zone else told}", err=True)


def stdin_words() -> list[str]:
    """Return the words on standard input; raises UsageError if there are none."""
    words = stdin_text().split()
    if not words:
        raise UsageError("nothing was named on standard input")
    return words


def stdin_text() -> str:
    """Return standard input as text; raises UsageError if it is no UTF-8, or was read already."""
    if sys.stdin.closed or sys.stdin.buffer.closed:
        raise UsageError("standard input can be read once: give one of the two in another way")
    try:
        # Decoded here: Python's own standard input lets bytes that are no UTF-8 through.
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8").read()
    except UnicodeDecodeError:
        raise UsageError("standard input is no UTF-8 text") from None


def expanded(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a command with - replaced by what standard input names."""
    found: list[str] = []
    for word in words:
        found += stdin_words() if word == "-" else [word]
    return tuple(found)


def file_text(name: str) -> str:
    """Return the text of a file, or of standard input for -; raises NotFound, UsageError."""
    if name == "-":
        return stdin_text()
    if not name.strip():
        raise UsageError("name a file to read, or - for standard input")
    try:
        return Path(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no file {name}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is no UTF-8 text") from None
    except OSError as error:
        raise SetupError(f"cannot read {name}: {error.strerror}") from None


def sure(count: int, what: str, yes: bool) -> None:
    """Ask before acting on a selection; raises UsageError where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"that means {count} {what}: add --yes to act on them")
    if not typer.confirm(f"That means {count} {what}. Go on?"):
        raise typer.Abort
