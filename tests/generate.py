"""Writes what is generated from the code: man page, completions, reference, and the outputs in README.md.

`python -m tests.generate` writes the files; `tests/test_docs.py` says when they are stale.
"""

import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer._completion_shared import get_completion_script
from typer.core import TyperGroup
from typer.testing import CliRunner

from delist import __version__, catalogue
from delist.cli import COMMANDS, OTHER_TENSE, app
from delist.rules.lists import WindowKind
from delist.settings import SETTINGS
from delist.show.words import span
from tests.servers.guard import nobody_is_called

ROOT = Path(__file__).parent.parent
MANUAL = ROOT / "delist" / "manual"
SHELLS = {"bash": "completions/delist.bash", "zsh": "completions/_delist", "fish": "completions/delist.fish"}

EXIT_CODES = (
    (0, "done"),
    (1, "a bug in delist"),
    (2, "wrong usage: a malformed address, day or option"),
    (3, "configuration or database"),
    (4, "not found: no such request, list or file"),
    (5, "not allowed now: a move outside the table, a text that must not be written"),
    (6, "the outside failed: disk, mail, DNS"),
    (10, "with --exit-code: something is due, or listed"),
    (11, "with --exit-code: a list was asked and could not tell"),
)
FILES = (
    ("~/.config/delist/config.toml", "the configuration"),
    ("~/.config/delist/lists.toml", "lists of your own, or changes to those that come along"),
    ("~/.config/delist/templates/", "texts of your own, as LIST.LANGUAGE.txt.j2"),
    ("~/.local/share/delist/delist.db", "the database; copies stand in backups/ beside it"),
    ("/etc/delist, /var/lib/delist", "instead of all these, if /etc/delist/config.toml exists"),
)
ENVIRONMENT = (
    ("DELIST_HOME", "one folder for everything"),
    ("DELIST_DATABASE_URL", "another database: a path, or sqlite:////path"),
    ("TZ", "the time zone, where the configuration names none"),
    ("NO_COLOR", "delist prints no colours in any case"),
)


def files() -> dict[Path, str]:
    """Return every generated file with its content."""
    found = {MANUAL / "delist.1": man_page(), MANUAL / "reference.md": reference()}
    for shell, name in SHELLS.items():
        script = get_completion_script(prog_name="delist", complete_var="_DELIST_COMPLETE", shell=shell)
        found[MANUAL / name] = script.strip() + "\n"
    readme = ROOT / "README.md"
    found[readme] = with_outputs(readme.read_text(encoding="utf-8"))
    return found


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name, those of groups too."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    for name in COMMANDS:
        command = root.get_command(typer.Context(root), name)
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {inner}", each) for inner, each in command.commands.items())
        else:
            yield name, command


def tense_of(name: str) -> str:
    """Return the other tense of a command, or nothing."""
    return next((other for other, known in OTHER_TENSE.items() if known == name), "")


def usage(name: str, command: Any) -> str:
    """Return a command's line of usage."""
    context = typer.Context(command, info_name=f"delist {name}")
    return " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "[OPTIONS]")


def options(command: Any) -> Iterator[tuple[str, str]]:
    """Yield each option and argument with its help."""
    context = typer.Context(command)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record:
            yield record[0], record[1]


def about(command: Any) -> list[str]:
    """Return the paragraphs of a command's help."""
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n") if part.strip()]


def reference() -> str:
    """Return the reference of commands, settings, exit codes and lists, as Markdown."""
    lines = ["# Reference", "", "Generated from the code by `python -m tests.generate`.", "", "## Commands", ""]
    for name, command in commands():
        other = tense_of(name)
        lines += [f"### delist {name}", "", f"    delist {name} {usage(name, command)}", ""]
        lines += [paragraph for part in about(command) for paragraph in (part, "")]
        lines += [f"Also: `delist {other}`.", ""] if other else []
        rows = [f"| `{_cell(option)}` | {_cell(text)} |" for option, text in options(command)]
        lines += ["| option | meaning |", "| --- | --- |", *rows, ""] if rows else []
    return "\n".join([*lines, *_settings(), *_exit_codes(), *_catalogue(), *_replies()])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _settings() -> list[str]:
    lines = ["## Settings", "", "| table | key | value | default | meaning |", "| --- | --- | --- | --- | --- |"]
    for setting in SETTINGS:
        table = f"[[{setting.table}]]" if setting.table == "senders" else f"[{setting.table}]" if setting.table else ""
        cells = (table, setting.name, setting.kind, setting.default, setting.about)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return [*lines, ""]


def _exit_codes() -> list[str]:
    rows = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES]
    return ["## Exit codes", "", "| code | meaning |", "| --- | --- |", *rows, ""]


def _catalogue() -> list[str]:
    header = ("key", "name", "kind", "who may ask", "how", "windows", "support")
    lines = ["## Lists", "", "| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for entry in catalogue.load().all():
        how = f"closed {entry.closed}" if entry.closed else str(entry.removal.mode)
        windows = "; ".join(f"{_WINDOWS[w.kind]} {span(w.after)} ({w.basis})" for w in entry.windows)
        cells = (f"`{entry.key}`", entry.name, entry.kind, entry.who, how, windows, entry.confidence)
        lines.append("| " + " | ".join(_cell(str(cell)) for cell in cells) + " |")
    return [*lines, ""]


def _replies() -> list[str]:
    known = catalogue.load()
    lists = frozenset(known.keys())
    header = ("key", "what it is", "where to ask", "what to know")
    lines = ["## What replies name", ""]
    lines += ["Beside the lists above, `delist scan` and `delist explain` name these:", ""]
    lines += ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for key in known.reply_keys():
        reply = known.reply(key)
        if reply is not None and key not in lists:
            where = ", ".join(f"`{each}`" for each in reply.request_at) + (", most often" if reply.inferred else "")
            cells = (f"`{key}`", reply.name, where or "-", reply.about)
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return [*lines, ""]


_WINDOWS = {
    WindowKind.EXCLUSION_ENDS: "exclusion ends after",
    WindowKind.EXPECTED_CLEAR: "expires",
    WindowKind.KEEP_ALIVE: "renew every",
}


def man_page() -> str:
    """Return the man page."""
    root = typer.main.get_command(app)
    intro, *more = about(root)
    lines = [f'.TH DELIST 1 "" "delist {__version__}" "User Commands"', ".SH NAME"]
    lines += [r"delist \- keep the case file of blocklist removal requests", ".SH SYNOPSIS"]
    lines += [r".B delist", r"[\fIOPTIONS\fR] [\fICOMMAND\fR [\fIARGS\fR]...]", ".SH DESCRIPTION", _roff(intro)]
    lines += [line for part in more for line in (".PP", _roff(part))]
    lines += [".SH OPTIONS", *_man_options(root), ".SH COMMANDS"]
    for name, command in commands():
        lines += [f".SS delist {name} {_roff(usage(name, command))}", *_man_about(command), *_man_options(command)]
    lines += [".SH EXIT STATUS", *_man_terms((str(code), meaning) for code, meaning in EXIT_CODES)]
    lines += [".SH CONFIGURATION", *_man_terms((_setting_name(s), s.about) for s in SETTINGS)]
    lines += [".SH ENVIRONMENT", *_man_terms(ENVIRONMENT), ".SH FILES", *_man_terms(FILES)]
    return "\n".join(lines) + "\n"


def _setting_name(setting: Any) -> str:
    return ".".join(filter(None, (setting.table, setting.name)))


def _man_about(command: Any) -> list[str]:
    first, *more = about(command)
    return [_roff(first), *(line for part in more for line in (".PP", _roff(part)))]


def _man_options(command: Any) -> list[str]:
    return _man_terms(options(command))


def _man_terms(terms: Any) -> list[str]:
    return [line for term, text in terms for line in (".TP", rf"\fB{_roff(term)}\fR", _roff(text))]


def _roff(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


# The configuration that a document shows is the one its commands run with.
_CONFIG = re.compile(r"```toml\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def with_outputs(text: str) -> str:
    """Return a document with the output of each command in its console blocks made anew, in a home of its own."""
    config = _CONFIG.search(text)
    with tempfile.TemporaryDirectory() as home:
        if config:
            Path(home, "delist").mkdir()
            Path(home, "delist", "config.toml").write_text(config[1], encoding="utf-8")
        kept = {name: os.environ.get(name) for name in ("DELIST_HOME", "TZ", "SUDO_USER")}
        os.environ.update(DELIST_HOME=f"{home}/delist", TZ="Asia/Tokyo", SUDO_USER="hanako")
        try:
            return _BLOCK.sub(lambda block: f"```console\n{_ran(block[1], home)}```", text)
        finally:
            for name, value in kept.items():
                os.environ.pop(name, None)
                os.environ.update({name: value} if value is not None else {})


def _ran(block: str, home: str) -> str:
    lines = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines += [line, *_output(line.removeprefix("$ delist "), home)]
    return "\n".join(lines) + "\n"


# When something was recorded is never the same twice.
_RECORDED = re.compile(r"\(recorded \d{4}-\d\d-\d\d \d\d:\d\d \+09:00 by")


def _output(command: str, home: str) -> list[str]:
    found = CliRunner().invoke(app, shlex.split(command))
    whole = (found.stdout + found.stderr).replace(home, "~/home")
    return _RECORDED.sub("(recorded 2021-11-02 09:12 +09:00 by", whole).splitlines()


if __name__ == "__main__":
    # What the README shows must need nobody, here as on a reader's machine.
    with nobody_is_called() as strayed:
        found = files()
    if strayed:
        raise SystemExit(f"the README's commands call others: {strayed}")
    for path, content in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
