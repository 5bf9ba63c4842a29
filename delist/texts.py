"""Request texts: finds the template of a list and language, the operator's own first, and fills it in a sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from delist.errors import NotFound, SetupError, UsageError
from delist.resources import folder

GENERAL = "general"
SUFFIX = ".txt.j2"


# What a template can raise while it is read or filled in: it is the operator's own code, in a sandbox.
_BROKEN = (
    *(jinja2.TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError),
    *(OSError, RuntimeError, MemoryError),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it was filled in, its subject if it is a mail, and the name of its template."""

    text: str
    subject: str | None
    template: str


def write(folders: Sequence[Path], names: Sequence[str], language: str, facts: Mapping[str, Any]) -> Written:
    """Return the text of the first template found; raises NotFound, SetupError (a broken template), UsageError.

    A template gets only the facts that may be stated; naming another is an error, not an empty string.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([str(path) for path in (*folders, folder("templates"))]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    files = [f"{name}.{language}{SUFFIX}" for name in names]
    try:
        template = environment.select_template(files)
        module = template.make_module(dict(facts))
        subject = getattr(module, "subject", None)
        text = _tidy(str(module))
    except jinja2.TemplatesNotFound:
        raise NotFound(f"there is no template {' or '.join(files)}: write one into your templates folder") from None
    except jinja2.UndefinedError as error:
        raise UsageError(
            f"the template {_name(files, error)} wants a fact that is not known: {error.message}"
        ) from None
    except _BROKEN as error:
        raise SetupError(f"the template {_name(files, error)} cannot be used: {error}") from None
    return Written(text, None if subject is None else str(subject), str(template.name).removesuffix(SUFFIX))


def _name(files: Sequence[str], error: BaseException) -> str:
    named = getattr(error, "name", None)
    line = getattr(error, "lineno", None)
    return f"{named or files[0]}" + (f", line {line}," if line else "")


def _tidy(text: str) -> str:
    """Return the text without blank lines at its ends or more than one in a row, which left-out claims leave behind."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"
