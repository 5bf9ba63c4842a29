"""What is built carries all it needs: the wheel, the sdist, and the program run from another directory."""

import email
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from delist import __version__

ROOT = Path(__file__).parent.parent
DATA = f"delist-{__version__}.data/data/"
INFO = f"delist-{__version__}.dist-info/"
PACKAGES = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}

Program = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Built:
    """An sdist, the wheel built from nothing but it, and the wheel built from the checkout."""

    sdist: Path
    wheel: Path
    direct: Path


def build(source: Path, to: Path, *options: str) -> None:
    words = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", str(to), str(source)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What `python -m build` makes of this checkout."""
    both, alone = tmp_path_factory.mktemp("both"), tmp_path_factory.mktemp("alone")
    build(ROOT, both)
    build(ROOT, alone, "--wheel")
    [sdist] = both.glob("*.tar.gz")
    [wheel] = both.glob("*.whl")
    [direct] = alone.glob("*.whl")
    return Built(sdist, wheel, direct)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but what the wheel installs."""
    target = tmp_path_factory.mktemp("installed")
    words = ["-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile", "--target", str(target)]
    done = subprocess.run([sys.executable, *words, str(built.wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def program(installed: Path, home: Path, tmp_path: Path) -> Program:
    """Run the installed program from another directory: `program("due")`; the checkout is nowhere on its path.

    Without `site` no .pth file is read, which is how an editable install would bring the checkout back.
    """
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = os.pathsep.join([str(installed), *sorted(PACKAGES)])
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DELIST_HOME", "TZ")}

    def run(*words: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
        what = ["-c", code] if code else [str(installed / "bin" / "delist"), *words]
        return subprocess.run(
            [sys.executable, "-S", *what],
            cwd=elsewhere,
            env={**kept, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def files_of(folder: str) -> set[str]:
    """The files of a folder of the checkout, without what Python leaves there."""
    found = (file.relative_to(ROOT) for file in (ROOT / folder).rglob("*") if file.is_file())
    return {str(file) for file in found if "__pycache__" not in file.parts}


def test_the_wheel_holds_the_package_the_migrations_the_templates_and_no_more(built: Built) -> None:
    data = {f"delist/_data/{name}" for folder in ("migrations", "templates") for name in files_of(folder)}
    found = {name for name in names_in(built.wheel) if not name.startswith((DATA, INFO))}
    assert found == files_of("delist") | data
    assert len(data) > 5


def test_the_wheel_holds_what_was_written_byte_for_byte(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        for name in names_in(built.wheel):
            if not name.startswith((DATA, INFO)):
                assert archive.read(name) == (ROOT / name.removeprefix("delist/_data/")).read_bytes(), name


def test_no_package_hides_in_the_data(built: Built) -> None:
    """An __init__.py there would stand before the checkout in an editable install."""
    assert [name for name in names_in(built.wheel) if name.startswith("delist/_data/") and "__init__" in name] == []


def test_the_manual_the_completions_and_the_units_go_where_one_looks(built: Built) -> None:
    assert {name.removeprefix(DATA) for name in names_in(built.wheel) if name.startswith(DATA)} == {
        "share/man/man1/delist.1",
        "share/bash-completion/completions/delist",
        "share/zsh/site-functions/_delist",
        "share/fish/vendor_completions.d/delist.fish",
        *(f"share/delist/units/delist-check.{kind}" for kind in ("service", "timer", "cron")),
    }


def test_the_wheel_of_the_sdist_is_that_of_the_checkout(built: Built) -> None:
    """The sdist is enough to build again."""
    with zipfile.ZipFile(built.wheel) as ours, zipfile.ZipFile(built.direct) as theirs:
        assert set(ours.namelist()) == set(theirs.namelist())
        for name in ours.namelist():
            assert ours.read(name) == theirs.read(name), name


def test_the_sdist_keeps_the_layout_of_the_checkout(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        found = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    for folder in ("delist", "migrations", "templates", "tests"):
        assert files_of(folder) <= found, folder
    assert {"README.md", "LICENSE", "CHANGELOG.md", "alembic.ini", "pyproject.toml", ".ci/run"} <= found
    assert not [name for name in found if name.startswith(("delist/_data", ".venv", "dist/"))]


def test_the_wheel_says_what_it_is(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        about = email.message_from_bytes(archive.read(INFO + "METADATA"))
        scripts = archive.read(INFO + "entry_points.txt").decode()
    assert (about["Name"], about["Version"], about["License-Expression"]) == ("delist", __version__, "MIT")
    assert re.search(r"^delist = delist\.__main__:main$", scripts, re.MULTILINE)
    needed = {re.split(r"[^a-z0-9-]", line)[0] for line in about.get_all("Requires-Dist", []) if "extra ==" not in line}
    libraries = {
        "alembic",
        "dkimpy",
        "dnspython",
        "ifaddr",
        "jinja2",
        "markupsafe",
        "platformdirs",
        "python-dateutil",
        "rich",
        "sqlalchemy",
        "typer",
    }
    assert needed == {*libraries, "tzdata"}
    assert (ROOT / "README.md").read_text().strip() == str(about.get_payload()).strip()


def test_whoever_claims_to_be_typed_carries_the_marker(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        about = email.message_from_bytes(archive.read(INFO + "METADATA"))
    claims = "Typing :: Typed" in about.get_all("Classifier", [])
    assert claims == ("delist/py.typed" in names_in(built.wheel))


def test_the_installed_program_is_the_one_that_runs(program: Program, installed: Path) -> None:
    code = "import delist, sys; from delist.resources import folder as f; print(delist.__file__, *sys.path, sep='\\n')"
    done = program(code=code + "; print(f('migrations'), f('templates'), sep='\\n')")
    assert done.returncode == 0, done.stderr
    first, *path, migrations, templates = done.stdout.splitlines()
    assert first == str(installed / "delist" / "__init__.py")
    assert [migrations, templates] == [
        str(installed / "delist/_data/migrations"),
        str(installed / "delist/_data/templates"),
    ]
    assert str(ROOT) not in path


def test_the_installed_program_tells_its_version(program: Program) -> None:
    done = program("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"delist {__version__}\n", "")


def test_the_installed_program_fills_in_a_template_of_ones_own(program: Program, home: Path) -> None:
    """Which needs a process that finds its program and Jinja2 by itself."""
    own = home / "templates" / "spamhaus-pbl.en.txt.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{% import 'claims.en.j2' as say with context %}\nMine: {{ say.about() }}\n")
    done = program(
        "text", "203.0.113.7", "--no-measure", "--name", "A", "--email", "a@example.org", "--purpose", "mail"
    )
    assert (done.returncode, done.stdout) == (0, "Mine: 203.0.113.7\n"), done.stderr


def test_the_installed_program_writes_a_text_and_keeps_records(program: Program, home: Path) -> None:
    facts = ("--name", "A. Tester", "--email", "postmaster@example.org", "--purpose", "mail of example.org")
    text = program("text", "203.0.113.7", "--no-measure", *facts)
    assert text.returncode == 0, text.stderr
    assert "203.0.113.7" in text.stdout
    assert "mail of example.org" in text.stdout
    japanese = program("text", "203.0.113.7", "--no-measure", "--language", "ja", *facts)
    assert japanese.returncode == 0, japanese.stderr
    for words in (
        ("submit", "203.0.113.7", "--on", "2021-04-19"),
        ("confirm", "1", "--on", "2021-05-02"),
        ("lists", "spamhaus-pbl"),
        ("due", "--on", "2021-10-19"),
        ("db", "status"),
    ):
        done = program(*words)
        assert done.returncode == 0, (words, done.stderr)
        assert done.stdout, words
    assert (home / "delist.db").is_file()


def test_the_installed_program_says_what_is_wrong_in_one_sentence(program: Program) -> None:
    done = program("confirm", "7")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert done.stderr.startswith("delist: ")


@pytest.mark.parametrize("words", [("--version",), ("due",), ("lists", "spamhaus-pbl")])
def test_the_module_is_the_command_too(program: Program, words: tuple[str, ...]) -> None:
    module = f"import runpy, sys; sys.argv = ['delist', *{words!r}]; runpy.run_module('delist', run_name='__main__')"
    by_name, by_module = program(*words), program(code=module)
    assert (by_module.returncode, by_module.stdout) == (by_name.returncode, by_name.stdout)
    assert by_module.returncode == 0


def test_the_checkout_runs_without_being_installed(home: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sorted(PACKAGES))}
    words = [sys.executable, "-S", "-m", "delist"]
    for rest in (["--version"], ["submit", "203.0.113.7"], ["confirm", "1"]):
        done = subprocess.run([*words, *rest], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (home / "delist.db").is_file()


def test_the_sdist_and_the_checkout_name_one_version(built: Built) -> None:
    assert built.sdist.name == f"delist-{__version__}.tar.gz"
    assert built.wheel.name == built.direct.name == f"delist-{__version__}-py3-none-any.whl"
