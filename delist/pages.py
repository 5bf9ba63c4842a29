"""Pages of HTML: fills the templates that come with the program, everything escaped; and the same as plain text."""

import re
from collections.abc import Mapping
from typing import Any

import jinja2
from markupsafe import Markup, escape

from delist.resources import folder


def fill(name: str, values: Mapping[str, Any]) -> str:
    """Return a page of a template that comes with the program; raises SetupError if the installation lacks them.

    Operators' own folders are not looked at: what hands values to HTML must escape them. Plain text (.txt.j2) is not
    escaped.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(folder("templates"))),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(("html.j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["timed"] = timed
    environment.filters["told"] = told
    return environment.get_template(name).render(values)


_COMMAND = re.compile(r"`([^`]+)`")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d) ([+-]\d\d:\d\d))?", re.ASCII)


def timed(text: str) -> Markup:
    """Return a sentence, escaped, with its days and times marked: machines read them, and no line end parts them."""
    return Markup(_TIME.sub(_marked, str(escape(text))))  # noqa: S704 - escaped; what is added are digits


def told(text: str) -> Markup:
    """Return a sentence as `timed` does, with the commands in it marked, which stand between backticks."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(timed(text))))  # noqa: S704 - escaped; what is added are tags


def _marked(found: re.Match[str]) -> str:
    day, clock, offset = found.groups()
    machine = f"{day}T{clock}{offset}" if clock else day
    return f'<time datetime="{machine}">{found.group()}</time>'
