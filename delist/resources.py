"""Where the migrations and templates are: inside the installed package, or beside it in a checkout."""

from importlib.resources import files
from pathlib import Path

from delist.errors import SetupError


def folder(name: str) -> Path:
    """Return a folder that comes with the program; the installed one first, so that no stray folder is picked up."""
    package = Path(str(files("delist")))
    for candidate in (package / "_data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise SetupError(f"this installation lacks its {name}: install delist again")
