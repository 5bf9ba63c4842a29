"""Request texts: finds the template of a list and language, the operator's own first, and fills it in.

Templates that come along are filled in here. As soon as one of the operator's has a part in a text, the text is written
by a process of its own, within limits (`apart`): a template may be wrong, but it may not take the program down.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delist.errors import NotFound, SetupError, UsageError
from delist.resources import folder
from delist.texts import sources
from delist.texts.filling import Outcome, Source, Trouble, fill, parsed
from delist.texts.sources import OwnTemplate, Shelf

GENERAL = "general"
SUFFIX = ".txt.j2"


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it was filled in, its subject if it is a mail, and the name of its template."""

    text: str
    subject: str | None
    template: str


def write(folders: Sequence[Path], names: Sequence[str], language: str, facts: Mapping[str, Any]) -> Written:
    """Return the text of the first template found, from facts that JSON can hold.

    A template gets only the facts that may be stated; naming another is an error, not an empty string. Raises NotFound,
    UsageError (a fact that is not known), SetupError (a broken template), OutsideFailed (no process for one's own).
    """
    shelf = Shelf.of(folders, folder("templates"))
    files = [f"{name}.{language}{SUFFIX}" for name in names]
    chosen = next((file for file in files if file in shelf), None)
    if chosen is None:
        raise NotFound(f"there is no template {' or '.join(files)}: write one into your templates folder")
    outcome = _filled(shelf, chosen, json.loads(json.dumps(facts, default=dict)))
    if isinstance(outcome, Trouble):
        raise _error(outcome)
    return Written(_tidy(outcome.text), outcome.subject, chosen.removesuffix(SUFFIX))


def flaws(own: Path) -> dict[str, str | None]:
    """Return for each template of an operator's folder why it cannot be used at all, None where nothing is seen.

    What it does with the facts shows only when it is filled in. Raises SetupError if the folder cannot be read.
    """
    shelf = Shelf.of([own], folder("templates"))
    return {name: _flaw(name, sources.read(path)) for name, path in shelf.own.items()}


def _flaw(name: str, source: Source) -> str | None:
    if source.flaw:
        return source.flaw + (f" (line {source.line})" if source.line else "")
    found = parsed(source.text, name)
    return None if found is None else found.reason + (f" (line {found.line})" if found.line else "")


def _filled(shelf: Shelf, chosen: str, facts: dict[str, Any]) -> Outcome:
    try:
        return fill(shelf.shipped_only, chosen, facts)
    except OwnTemplate:
        # Imported late: what starts processes takes long, and most texts need none.
        from delist.texts import apart

        return apart.fill(shelf.sources(), chosen, facts)


def _error(trouble: Trouble) -> UsageError | SetupError:
    where = trouble.template + (f", line {trouble.line}," if trouble.line else "")
    if trouble.unknown_fact:
        return UsageError(f"the template {where} wants a fact that is not known: {trouble.reason}")
    return SetupError(f"the template {where} cannot be used: {trouble.reason}")


def _tidy(text: str) -> str:
    """Return the text without blank lines at its ends or more than one in a row, which left-out claims leave behind."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"
