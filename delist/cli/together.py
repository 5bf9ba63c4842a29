"""Options that belong together: several commands take them, and get them as one value."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from delist.actions.refs import Selection
from delist.cli import words
from delist.errors import UsageError
from delist.rules.saying import wrong
from delist.rules.wording import DETAILS, Facts


@dataclass(frozen=True, slots=True)
class Group:
    """Options by name, with what Typer needs to know of each, and the value they make."""

    options: Mapping[str, Any]
    build: Callable[..., Any]


Command = TypeVar("Command", bound=Callable[..., None])


def together(**groups: Group) -> Callable[[Command], Command]:
    """Let a command take the options of a group in place of the parameter of that name."""

    def decorate(command: Command) -> Command:
        def call(**given: Any) -> None:
            for name, group in groups.items():
                given[name] = group.build(**{option: given.pop(option) for option in group.options})
            command(**given)

        shown = inspect.signature(command, eval_str=True)
        parameters = [each for known in shown.parameters.values() for each in _spread(known, groups)]
        call.__name__, call.__doc__ = command.__name__, command.__doc__
        call.__signature__ = shown.replace(parameters=parameters)  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return decorate


def _spread(parameter: inspect.Parameter, groups: Mapping[str, Group]) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    if parameter.name not in groups:
        return [parameter.replace(kind=keyword)]
    options = groups[parameter.name].options.items()
    return [
        inspect.Parameter(name, keyword, default=False if kind is words.Yes else None, annotation=kind)
        for name, kind in options
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests a command is about, and whether it may act on a selection without asking."""

    selection: Selection
    yes: bool


def _asked(
    refs: list[str] | None, key: str | None, site: str | None, state: str | None, batch: int | None, yes: bool
) -> Asked:
    return Asked(Selection(tuple(refs or ()), key, site, state, batch), yes)


SELECTION = Group(
    {
        "refs": words.Refs,
        "key": words.ListKey,
        "site": words.Site,
        "state": words.InState,
        "batch": words.InBatch,
        "yes": words.Yes,
    },
    _asked,
)


def _text(help_: str) -> Any:
    return Annotated[str | None, typer.Option(metavar="TEXT", help=help_)]


def _facts(**said: Any) -> Facts:
    if said["port25"] not in (None, "closed", "open"):
        raise UsageError(f"--port25 is closed or open, not {said['port25']!r}")
    because = said.pop("because")
    if because is not None and said["cause"] is not None:
        raise UsageError("--cause and --because say the same: give one of them")
    if because is not None:
        said["cause"] = words.file_text(because).removeprefix("\ufeff").strip()
        if found := wrong("cause", said["cause"]):
            raise UsageError(f"--because {because} {found}")
    _check_said(said)
    return Facts(**said)


def _check_said(said: Mapping[str, Any]) -> None:
    for name, text in said.items():
        if isinstance(text, str) and (found := wrong(name, text)):
            raise UsageError(f"--{name} {found}")


def _details(**said: str | None) -> dict[str, str]:
    _check_said(said)
    return {name: text for name, text in said.items() if text is not None}


DETAILS_OF_CASE = Group({name: _text(help_) for name, help_ in DETAILS.items()}, _details)
FACTS = Group(
    {
        "name": _text("Your name, for the form."),
        "email": _text("Your mail address, for the form."),
        "domain": _text("The domain the address sends for."),
        "static": Annotated[bool | None, typer.Option("--static/--dynamic", help="Whether the address is fixed.")],
        "ptr": _text("The name its reverse DNS gives."),
        "helo": _text("The name it says in HELO."),
        "spf": _text("The SPF record that covers it."),
        "dkim": _text("Who signs its mail: domain and selector."),
        "dmarc": _text("The DMARC policy of the domain."),
        "port25": Annotated[
            str | None, typer.Option(metavar="closed|open", help="Whether it takes mail from outside.")
        ],
        "bounces": _text("Where bounces go and who reads them."),
        "purpose": _text("What it sends, and why directly."),
        "cause": _text("What went wrong and what was mended."),
        "because": Annotated[
            str | None, typer.Option(metavar="FILE|-", help="The same, from a file or standard input.")
        ],
    },
    _facts,
)
Omit = Annotated[list[str] | None, typer.Option(metavar="CLAIM", help="Leave a claim out (repeatable).")]
