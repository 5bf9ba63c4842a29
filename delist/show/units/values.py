"""A file that starts the program by itself, and words in the spelling of whoever reads it."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A file: its name, and what stands in it."""

    name: str
    text: str


def printed(units: Sequence[Unit]) -> str:
    """Return the files one after another, each under its name where there are several."""
    if len(units) == 1:
        return units[0].text
    return "\n".join(f"# {unit.name}\n{unit.text}" for unit in units)


def for_systemd(words: Iterable[str]) -> str:
    """Return words of a command as systemd reads them: % and $ begin something there (systemd.service(5))."""
    return " ".join(_quoted(word.replace("%", "%%").replace("$", "$$")) for word in words)


def path_for_systemd(path: object) -> str:
    """Return a path of a setting other than a command, where $ means itself."""
    return _quoted(str(path).replace("%", "%%"))


def for_cron(words: Iterable[str]) -> str:
    """Return words of a command as cron hands them to its shell: % would end the command (crontab(5))."""
    return shlex.join(words).replace("%", r"\%")


def _quoted(word: str) -> str:
    if word and not set(word) & set(" \t\"'\\;"):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
