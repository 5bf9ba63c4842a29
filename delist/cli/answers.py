"""The commands with which a person answers a reminder, or notes something."""

from dataclasses import replace
from typing import Annotated

import typer

from delist.actions import answers
from delist.actions.refs import select
from delist.cli import words
from delist.cli.together import SELECTION, Asked, together
from delist.errors import UsageError
from delist.rules.moments import parse_day
from delist.rules.reminders import Reminder
from delist.show import requests as show
from delist.tools import Tools

app = words.commands()

Kind = Annotated[str | None, typer.Option(metavar="KIND", help="The reminder of this kind.")]
OfWindow = Annotated[str | None, typer.Option("--window", metavar="DAY", help="The reminder of this window.")]


def _meant(
    ctx: typer.Context, asked: Asked, like: answers.Which, refusal: answers.Refusal
) -> tuple[answers.Which, ...]:
    selection = replace(asked.selection, words=words.expanded(asked.selection.words))
    found = answers.meant(words.tools_of(ctx), selection, like, refusal)
    if not found.is_explicit:
        words.sure(len(found.whiches), "reminder" if len(found.whiches) == 1 else "reminders", asked.yes)
    return found.whiches


def _like(key: str | None, kind: str | None, window: str | None) -> answers.Which:
    return answers.Which("", key, kind, parse_day(window) if window is not None else None)


def _told(reminder: Reminder, what: str) -> str:
    number = f" (request {reminder.request.number})" if reminder.request else ""
    window = f" of {reminder.window_on}" if reminder.window_on else ""
    return f"{what}: {reminder.kind}{window}, {reminder.case.address} on {reminder.case.list.key}{number}"


def _say(ctx: typer.Context, found: list[Reminder], what: str, as_json: bool) -> None:
    if as_json:
        words.document({"reminders": [{"id": r.id, "kind": str(r.kind), "address": r.case.address} for r in found]})
        return
    words.record(ctx, [_told(reminder, what) for reminder in found])


@app.command()
@together(asked=SELECTION)
def ack(
    ctx: typer.Context, asked: Asked, kind: Kind = None, window: OfWindow = None, as_json: words.AsJson = False
) -> None:
    """Acknowledge the most urgent reminder: it goes away."""
    like = _like(asked.selection.list, kind, window)
    whiches = _meant(ctx, asked, like, answers.can_be_acknowledged)
    _say(ctx, answers.acknowledge(words.tools_of(ctx), whiches), "acknowledged", as_json)


@app.command()
@together(asked=SELECTION)
def snooze(
    ctx: typer.Context,
    asked: Asked,
    until: Annotated[str, typer.Option("--until", metavar="DAY|Nd", help="Until that day, or for so many days.")],
    kind: Kind = None,
    window: OfWindow = None,
    as_json: words.AsJson = False,
) -> None:
    """Let the most urgent reminder sleep until a day."""
    tools = words.tools_of(ctx)
    day = answers.snoozed_until(until, tools.this_moment().on)
    whiches = _meant(ctx, asked, _like(asked.selection.list, kind, window), answers.can_be_snoozed)
    _say(ctx, answers.snooze(tools, whiches, day), f"snoozed until {day}", as_json)


@app.command()
@together(asked=SELECTION)
def note(
    ctx: typer.Context,
    asked: Asked,
    text: Annotated[str | None, typer.Option("--text", "-m", metavar="TEXT|-", help="What to note.")] = None,
    answered: Annotated[bool, typer.Option("--answered", help="The list has answered.")] = False,
    ptr_changed: Annotated[bool, typer.Option("--ptr-changed", help="The PTR of the address changed.")] = False,
    on: words.On = None,
    as_json: words.AsJson = False,
) -> None:
    """Note a text, an answer, or a changed PTR on a request.

    The text may also stand as the last word: delist note 7 "asked again by phone".
    """
    tools = words.tools_of(ctx)
    named = list(asked.selection.words)
    if text is None and not (answered or ptr_changed) and len(named) > 1 and not _is_ref(named[-1]):
        text = named.pop()
    if text == "-" and "-" in named:
        raise UsageError("standard input can name the requests or give the note, not both")
    found = select(tools, replace(asked.selection, words=words.expanded(named)), lambda request: True)
    if not found.is_explicit:
        words.sure(len(found.numbers), "request" if len(found.numbers) == 1 else "requests", asked.yes)
    said = answers.Note(words.stdin_text() if text == "-" else text, answered, ptr_changed, tools.moment(on))
    noted = answers.note(tools, found.numbers, said)
    _warn_of_ptr(tools, ptr_changed, {request.list for request in noted})
    if as_json:
        words.document({"requests": [show.moved_json(request, True) for request in noted]})
        return
    words.record(ctx, [f"noted on request {request.number}" for request in noted])


def _is_ref(word: str) -> bool:
    """Whether a word can name a request: `note 7 "called them"` gives the text as the last word."""
    if any(letter.isspace() for letter in word):
        return False
    return word == "-" or word[:1].isdigit() or (":" in word and "//" not in word)


def _warn_of_ptr(tools: Tools, ptr_changed: bool, keys: set[str]) -> None:
    if ptr_changed:
        indifferent = [key for key in sorted(keys) if "ptr" not in tools.catalogue.get(key).reopens]
        words.warn(f"a changed PTR re-opens nothing at {key}: it is only noted" for key in indifferent)
