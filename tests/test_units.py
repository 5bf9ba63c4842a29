"""The files that let `delist check` run by itself, and the page about them, are what systemd, cron and delist take."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from delist import settings
from tests import generate
from tests.conftest import Run
from tests.test_cli_check import ONE, InNamespace, in_namespace

__all__ = ["in_namespace"]

UNITS = generate.MANUAL / "units"
PAGE = (generate.MANUAL / "checking.md").read_text(encoding="utf-8")
EXECUTED = "ExecStart=/usr/local/bin/delist "
# crontab(5): minute, hour, day of month, month, day of week.
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze; it is there where tests must not be skipped."""
    if shutil.which("systemd-analyze") is None:
        # A skipped test looks like a passed one.
        assert not os.environ.get("CI"), "systemd-analyze is missing"
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True)


def test_systemd_takes_the_units_without_a_complaint(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "delist"
    for unit in UNITS.glob("delist-check.*[!n]"):
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(text.replace(EXECUTED, f"ExecStart={program} "))
    units = sorted(path for path in tmp_path.iterdir() if path.suffix in (".service", ".timer"))
    assert [path.suffix for path in units] == [".service", ".timer"]
    done = analyze("verify", "--man=no", *units)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    # What it complains about it only prints: this test must be able to see it.
    with units[1].open("a") as timer:
        timer.write("Colour=blue\n")
    assert "Colour" in analyze("verify", "--man=no", *units).stderr


def setting(unit: str, name: str) -> str:
    found = re.findall(rf"^{name}=(.*)$", (UNITS / f"delist-check.{unit}").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) == 1, name
    return str(found[0])


def test_the_timer_comes_twice_a_day_and_not_on_the_hour() -> None:
    done = analyze("calendar", "--iterations=3", setting("timer", "OnCalendar"))
    assert done.returncode == 0, done.stderr
    times = re.findall(r"(\d\d):(\d\d):00 UTC", done.stdout)
    assert len(set(times)) == 2
    assert all(minute != "00" for _, minute in times)


def test_the_service_runs_a_command_of_ours_quietly_and_as_nobody_special(run: Run) -> None:
    words = setting("service", "ExecStart").removeprefix("/usr/local/bin/delist ").split()
    check_words(words)
    assert words == ["check", "--changes"]
    assert setting("service", "User") == "delist"
    # /etc/delist is read, /var/lib/delist is where the shared database lies: nothing else may be written.
    assert setting("service", "StateDirectory") == settings.paths.SYSTEM_STATE.name
    assert settings.paths.SYSTEM_STATE.parent == Path("/var/lib")
    assert setting("service", "ProtectSystem") == "strict"
    # Answers come over UDP and TCP; the addresses of interfaces are asked for over netlink.
    assert {"AF_INET", "AF_INET6", "AF_NETLINK"} <= set(setting("service", "RestrictAddressFamilies").split())


def cron_line() -> list[str]:
    lines = (UNITS / "delist-check.cron").read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line and line[0] != "#" and not re.match(r"\w+=", line)]
    assert len(found) == 1
    return found[0].split()


def test_the_cron_line_is_one_of_a_system_crontab() -> None:
    fields = cron_line()
    for field, (least, most) in zip(fields[:5], RANGES, strict=True):
        for part in field.split(","):
            found = re.fullmatch(r"(\*|\d+(?:-\d+)?)(?:/\d+)?", part)
            assert found, field
            assert all(least <= int(number) <= most for number in re.findall(r"\d+", found[1]))
    assert fields[0] not in ("*", "0")
    assert fields[5:7] == ["delist", "delist"]
    check_words(fields[7:])
    # In a crontab, % ends the command.
    assert not any("%" in word for word in fields)
    text = (UNITS / "delist-check.cron").read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert "/usr/local/bin" in re.findall(r"^PATH=(.*)$", text, re.MULTILINE)[0].split(":")


def test_the_cron_line_in_an_empty_home_says_what_is_missing(in_namespace: InNamespace, home: Path) -> None:
    found = in_namespace([], ONE, *cron_line()[7:])
    assert (found["code"], found["out"], found["asked"]) == (2, "", [])
    assert found["err"] == (
        "delist: there is nothing to ask about: no address is recorded, and this host has no public one\n"
    )
    assert not home.exists()


# The page.


def check_words(words: list[str]) -> None:
    """Check that words are a command of ours, and that each option among them is one of it."""
    known = dict(generate.commands())
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    assert name in known, words
    named = [word for word in words if word.startswith("-") and word != "-"]
    has = {option for parameter in known[name].params for option in [*parameter.opts, *parameter.secondary_opts]}
    assert set(named) <= has, words


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield the command lines of ours in a text: in backquotes, or on indented lines."""
    spans = re.findall(r"`([^`]+)`", text)
    blocks = [line.partition(" #")[0].strip() for line in text.splitlines() if line.startswith("    ")]
    for code in (*spans, *blocks):
        found = re.fullmatch(r"(?:sudo -u delist )?delist ((?!\w+ /)[a-z].*)", " ".join(code.split()))
        if found:
            yield found[1].split()


def test_the_commands_that_the_page_names_are_commands_of_ours() -> None:
    found = list(commands_in(PAGE))
    assert ["check", "--format", "nagios"] in found
    assert ["lists", "--probe"] in found
    assert len(found) >= 8
    for words in found:
        check_words(words)


def test_options_that_stand_alone_on_the_page_are_of_check() -> None:
    found = re.findall(r"`(--[a-z-]+)(?: [A-Z]+)?`", PAGE)
    assert "--changes" in found
    for option in found:
        check_words(["check", option])


def test_the_configuration_on_the_page_is_read(tmp_path: Path) -> None:
    code = [line[7:] for line in PAGE.splitlines() if line.startswith("       ")]
    start = code.index("[use]")
    toml = "\n".join(code[start:]).partition("\npipx")[0]
    toml = "\n".join(line for line in toml.splitlines() if re.match(r"\[|\w+ = ", line))
    inline = re.findall(r"\[dns\] (nameservers = \S+)", PAGE)
    assert len(inline) == 1
    (tmp_path / "config.toml").write_text(f"{toml}\n[dns]\n{inline[0]}\n")
    assert set(tomllib.loads((tmp_path / "config.toml").read_text())) == {"use", "dns"}
    found = settings.read(tmp_path / "config.toml")
    assert found.use.commercial is False
    assert found.use.registered == {"barracuda"}
    assert found.use.keys == {"spamhaus": "yourkey"}
    assert found.dns.nameservers == ("127.0.0.1:53",)


def test_the_files_that_the_page_names_are_there() -> None:
    named = set(re.findall(r"delist-check\.[a-z]+", PAGE))
    assert named == {path.name for path in UNITS.iterdir()}
    assert "share/delist/units" in PAGE
    project = tomllib.loads((generate.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    data = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert data["delist/manual/units"] == "share/delist/units"
