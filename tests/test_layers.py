"""Who may import what: rules decide, adapters touch the world, surfaces talk to people."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import Run

ROOT = Path(__file__).parent.parent
# Values in, values out: nothing here reads a file, a clock, a socket or chance.
PURE = "bisect collections dataclasses datetime enum functools ipaddress itertools re typing urllib.parse zoneinfo"


@dataclass(frozen=True)
class May:
    """What a part of the program may import: parts of ours, only classes of others, packages of others.

    `late` ones only inside a function: they cost more than most commands take.
    """

    ours: frozenset[str] = frozenset()
    classes_of: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    stdlib: frozenset[str] = frozenset(sys.stdlib_module_names)


def _may(ours: str = "", classes_of: str = "", outside: str = "", late: str = "", stdlib: str | None = None) -> May:
    may = May(*(frozenset(words.split()) for words in (ours, classes_of, outside, late)))
    return may if stdlib is None else replace(may, stdlib=frozenset(stdlib.split()))


TABLE = {
    "errors": _may(stdlib=""),
    "rules": _may("errors rules", outside="dateutil", stdlib=PURE),
    "resources": _may("errors"),
    "settings": _may("errors rules settings", late="platformdirs"),
    "catalogue": _may("errors rules catalogue"),
    "store": _may("errors rules store", outside="sqlalchemy"),
    "migrate": _may("errors resources store", late="alembic"),
    "texts": _may("errors resources texts", outside="jinja2 markupsafe"),
    "pages": _may("resources", outside="jinja2 markupsafe"),
    "lookup": _may("errors rules lookup"),
    "maillog": _may("errors rules maillog", late="backports compression"),
    "bounces": _may("rules bounces"),
    # It takes mails apart with the reader of bounces: two readers would read some mail in two ways.
    "mail": _may("errors rules bounces mail", late="authres dkim dns imap_tools"),
    "probe": _may("errors machine rules probe", outside="dkim dns"),
    "machine": _may("errors rules", late="ifaddr"),
    "notify": _may("errors notify", late="apprise requests"),
    "calendar": _may("errors rules", late="icalendar"),
    "tools": _may("errors rules settings catalogue"),
    "actions": _may(
        "__version__ errors rules store migrate texts lookup maillog bounces machine probe mail notify calendar"
        " tools actions",
        classes_of="settings catalogue",
    ),
    "show": _may(
        "errors rules pages show", classes_of="actions store.mails store.reads store.version", late="prometheus_client"
    ),
    "cli": _may(
        "__version__ errors rules tools actions show cli", classes_of="store.reads", outside="typer", late="rich"
    ),
    "__main__": _may("cli"),
    "__init__": _may(),
    "migrations": _may("store", outside="alembic sqlalchemy"),
}


@dataclass(frozen=True)
class Import:
    """One imported name: from where, by whom, and whether only inside a function."""

    file: Path
    line: int
    module: str
    name: str
    late: bool

    def __str__(self) -> str:
        what = f"{self.module}.{self.name}" if self.name else self.module
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {what}"


def sources() -> list[Path]:
    """Every source file that is shipped."""
    return sorted(file for folder in ("delist", "migrations") for file in (ROOT / folder).rglob("*.py"))


def part_of(file: Path) -> str:
    """The line of the table that a file belongs to."""
    first, *rest = file.relative_to(ROOT).with_suffix("").parts
    return rest[0] if first == "delist" else first


def imports_of(file: Path) -> Iterator[Import]:
    """Every import of a file, wherever it stands."""
    tree = ast.parse(file.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name, "", id(node) in inside)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by a relative name"
            for alias in node.names:
                yield Import(file, node.lineno, str(node.module), alias.name, id(node) in inside)


def is_within(module: str, allowed: frozenset[str]) -> bool:
    """Whether a module is one of these, or below one of them."""
    return any(module == each or module.startswith(f"{each}.") for each in allowed)


def is_allowed(found: Import, may: May) -> bool:
    """Whether a part that may import so much may import this."""
    top = found.module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return is_within(found.module, may.stdlib)
    if top != "delist":
        return top in may.outside or (found.late and top in may.late)
    ours = f"{found.module}.{found.name}".removeprefix("delist.")
    return is_within(ours, may.ours) or (is_within(ours, may.classes_of) and found.name[:1].isupper())


@pytest.mark.parametrize("part", sorted(TABLE))
def test_a_part_imports_only_what_the_table_allows(part: str) -> None:
    found = [each for file in sources() if part_of(file) == part for each in imports_of(file)]
    assert [str(each) for each in found if not is_allowed(each, TABLE[part])] == []


def test_every_module_stands_in_the_table_and_every_line_has_a_module() -> None:
    assert {part_of(file) for file in sources()} == set(TABLE)


def test_the_table_is_no_wider_than_the_code() -> None:
    """A permission that nobody uses is a door left open."""
    unused = []
    for part, may in TABLE.items():
        found = [each for file in sources() if part_of(file) == part for each in imports_of(file)]
        ours = [f"{each.module}.{each.name}".removeprefix("delist.") for each in found if "delist" in each.module]
        tops = {each.module.partition(".")[0] for each in found}
        unused += [f"{part}: {each}" for each in (may.outside | may.late) - tops]
        unused += [
            f"{part}: {each}"
            for each in may.ours | may.classes_of
            if not any(is_within(name, frozenset({each})) for name in ours)
        ]
    assert unused == []


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("rules", "import os"),
        ("rules", "from urllib import request"),
        ("rules", "from delist.store import reads"),
        ("rules", "import sqlalchemy"),
        ("errors", "import os"),
        ("store", "from delist import tools"),
        ("store", "import alembic"),
        ("texts", "from delist.store import sqlite"),
        ("catalogue", "from delist import settings"),
        ("migrate", "import alembic"),
        ("actions", "import sqlalchemy"),
        ("actions", "import typer"),
        ("actions", "from delist.show import words"),
        ("actions", "from delist.cli import words"),
        ("show", "from delist.store.reads import requests"),
        ("show", "from delist.actions.due import due"),
        ("show", "from delist.store import writes"),
        ("cli", "import click"),
        ("cli", "from delist.store import engine"),
        ("cli", "from delist.store.reads import address"),
        ("cli", "from delist import migrate"),
        ("cli", "import sqlalchemy"),
    ],
)
def test_the_table_forbids(part: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(line)
    [found] = imports_of(file)
    assert not is_allowed(found, TABLE[part])


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_nobody_imports_click_and_nobody_calls_create_all(file: Path) -> None:
    assert not any(each.module.partition(".")[0] == "click" for each in imports_of(file))
    assert "create_all" not in file.read_text()


@pytest.mark.parametrize("file", sorted((ROOT / "delist" / "rules").glob("*.py")), ids=lambda file: str(file.name))
def test_rules_read_and_write_nothing(file: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    names = {function.id for function in calls if isinstance(function, ast.Name)}
    methods = {function.attr for function in calls if isinstance(function, ast.Attribute)}
    assert not names & {"open", "print", "input", "exec", "eval", "__import__"}
    assert not methods & {"now", "utcnow", "today"}


def test_revisions_import_nothing_of_ours() -> None:
    found = [each for file in (ROOT / "migrations" / "versions").glob("*.py") for each in imports_of(file)]
    assert [str(each) for each in found if each.module.partition(".")[0] == "delist"] == []


# --- what a command loads ----------------------------------------------------------------------

_LOADED = """
import json, sys
from delist.cli import main
sys.argv = ["delist", *sys.argv[1:]]
try:
    main()
except SystemExit as done:
    code = done.code
packages = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps([code, packages]), file=sys.stderr)
"""
HEAVY = {"alembic", "dkim", "dns", "ifaddr", "jinja2", "prometheus_client", "pydantic", "rich", "sqlalchemy", "asyncio"}


def loaded_by(*words: str) -> tuple[int, set[str], str]:
    """The exit code of a command in a process of its own, the packages it has loaded, and what it printed."""
    done = subprocess.run([sys.executable, "-c", _LOADED, *words], capture_output=True, text=True)
    code, packages = json.loads(done.stderr.splitlines()[-1])
    return code, set(packages), done.stdout


@pytest.mark.parametrize("words", [("due",), ("due", "--json"), ("due", "--within", "400d", "--each")])
def test_due_reads_due_reminders_without_any_heavy_library(run: Run, words: tuple[str, ...]) -> None:
    for number in range(1, 8):
        day = f"2026-0{number}-01"
        assert run("submit", f"203.0.113.{number}", "--on", day, "--confirmed", day).code == 0
    code, packages, printed = loaded_by(*words, "--on", "2026-11-24")
    assert code == 0
    assert "203.0.113.1" in printed
    assert packages & HEAVY == set()


def test_asking_for_the_version_loads_no_heavy_library() -> None:
    code, packages, printed = loaded_by("--version")
    assert (code, bool(printed)) == (0, True)
    assert packages & HEAVY == set()


def test_a_command_that_writes_is_seen_to_load_what_it_needs(run: Run) -> None:
    """The measure itself works: recording loads SQLAlchemy, but Alembic only for a database that needs it."""
    assert run("submit", "203.0.113.1").code == 0
    code, packages, _ = loaded_by("confirm", "1")
    assert code == 0
    assert "sqlalchemy" in packages
    assert "alembic" not in packages
