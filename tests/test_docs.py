"""What is written about the program is what the program does: generated files are current, every command has help."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from delist import catalogue
from delist.cli import COMMANDS, OTHER_TENSE
from tests import generate
from tests.conftest import Run


@pytest.mark.parametrize("path", sorted(generate.files()), ids=lambda path: path.name)
def test_a_generated_file_is_current(path: Path) -> None:
    """If this fails: python -m tests.generate."""
    assert path.read_text(encoding="utf-8") == generate.files()[path]


def test_every_command_has_help_of_its_own() -> None:
    for name, command in generate.commands():
        assert command.help, name
        for option, text in generate.options(command):
            assert text or option.isupper() or option.startswith("["), f"{name} {option}"


@pytest.mark.parametrize("name", [*COMMANDS, *OTHER_TENSE])
def test_help_is_printed_for_both_tenses(run: Run, name: str) -> None:
    found = run(name, "--help")
    assert found.code == 0
    assert found.out.startswith("Usage: delist ")


def test_every_command_stands_in_the_reference_and_the_man_page() -> None:
    reference = (generate.MANUAL / "reference.md").read_text()
    man = (generate.MANUAL / "delist.1").read_text()
    for name, _ in generate.commands():
        assert f"### delist {name}\n" in reference
        assert f".SS delist {name} " in man


def test_the_changelog_counts_the_lists_right() -> None:
    entries = catalogue.load().all()
    dead = sum(1 for entry in entries if entry.closed)
    changes = (generate.ROOT / "CHANGELOG.md").read_text()
    assert f"{len(entries) - dead} living and {dead} dead lists" in changes


@pytest.mark.parametrize(
    ("words", "expected"),
    [("delist con", "confirm"), ("delist address re", "retire"), ("delist due --wi", "--within")],
)
def test_the_shell_completes_commands_and_options(words: str, expected: str, home: Path) -> None:
    environment = {
        **os.environ,
        "_DELIST_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    found = subprocess.run(
        [sys.executable, "-m", "delist"], env=environment, capture_output=True, text=True, check=False
    )
    assert expected in found.stdout.split()


def test_the_list_of_commands_cuts_no_sentence_short(run: Run) -> None:
    assert "..." not in run("--help").out.partition("\nCommands:\n")[2]


def test_the_first_command_of_the_readme_writes_a_text(run: Run) -> None:
    readme = (generate.ROOT / "README.md").read_text()
    command = next(line for line in readme.splitlines() if ".venv/bin/delist text" in line)
    words = command.partition(".venv/bin/delist ")[2]
    found = run(*shlex.split(words))
    assert found.code == 0
    assert "203.0.113.7" in found.out
