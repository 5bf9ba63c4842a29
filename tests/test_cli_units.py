"""`delist units`: what it prints is what systemd, cron, logrotate and this program take, on this installation."""

import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from delist import migrate, settings
from delist.actions.running import installation as here
from delist.actions.running.installation import Installation
from delist.settings import Login, Settings
from delist.show.units import others, systemd
from delist.show.units.values import for_cron, for_systemd
from delist.tools import Tools
from tests import generate
from tests.conftest import NOW, Outcome, Run, refused
from tests.test_units import RANGES, analyze, check_words, commands_in

PROGRAM = str(Path(sys.executable).absolute().with_name("delist"))
SHARED = Installation(
    program=("/opt/delist/bin/delist",),
    config=Path("/etc/delist/config.toml"),
    database=Path("/var/lib/delist/delist.db"),
    home=None,
    is_shared=True,
    named_database=None,
    user="root",
    has_user=True,
    groups=("adm", "systemd-journal"),
    logs=("/var/log/mail.log", "/var/log/mail.log.1", "/var/log/mail.log.2.gz"),
    unreadable=(),
    named=(),
    mailto="hanako@example.jp",
    sends_by_program=False,
    environment={},
    minute=23,
    hour=3,
)


def values(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


# systemd.


@pytest.mark.parametrize("home_name", ["delist", "my 100% lists", 'a "quoted" $HOME'])
def test_systemd_takes_the_unit_and_the_timer_without_a_complaint(
    run: Run, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home_name: str
) -> None:
    monkeypatch.setenv("DELIST_HOME", str(tmp_path / home_name))
    folder = tmp_path / "system"
    folder.mkdir()
    written = run("units", "--systemd", "-o", folder)
    assert written.code == 0, written.err
    units = sorted(folder.iterdir())
    assert [unit.name for unit in units] == ["delist-run.service", "delist-run.timer"]
    assert [stat.S_IMODE(unit.stat().st_mode) & 0o644 for unit in units] == [0o644] * 2
    done = analyze("verify", "--man=no", *units)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    # What it complains about it only prints: this test must be able to see it.
    with units[0].open("a") as service:
        service.write("[Service]\nColour=blue\n")
    assert "Colour" in analyze("verify", "--man=no", *units).stderr


def test_the_service_is_exposed_to_little(tmp_path: Path) -> None:
    [service, _] = systemd.units(replace(SHARED, program=(PROGRAM,)))
    (tmp_path / service.name).write_text(service.text)
    done = analyze("security", "--offline=true", tmp_path / service.name)
    assert done.returncode == 0, done.stderr
    [level] = re.findall(r"exposure level for delist-run.service: ([\d.]+)", done.stdout)
    assert float(level) < 2


def test_the_timer_comes_every_night_and_not_on_the_hour() -> None:
    [_, timer] = systemd.units(SHARED)
    done = analyze("calendar", "--iterations=2", values(timer.text, "OnCalendar")[0])
    assert done.returncode == 0, done.stderr
    assert "*-*-* 03:20:00" in done.stdout
    assert values(timer.text, "Persistent") == ["yes"]
    assert values(timer.text, "RandomizedDelaySec") == ["1h"]


def test_the_service_runs_as_a_user_of_its_own_in_groups_that_read_the_log() -> None:
    [service, _] = systemd.units(SHARED)
    assert values(service.text, "ExecStart") == ["/opt/delist/bin/delist run"]
    check_words(["run"])
    assert values(service.text, "User") == ["delist"]
    assert values(service.text, "SupplementaryGroups") == ["adm systemd-journal"]
    assert values(service.text, "StateDirectory") == [settings.paths.SYSTEM_STATE.name]
    assert values(service.text, "StateDirectoryMode") == ["2770"]
    assert values(service.text, "ProtectSystem") == ["strict"]
    assert values(service.text, "ReadWritePaths") == values(service.text, "Environment") == []
    assert settings.paths.SYSTEM_CONFIG.parent == here.CONFIG
    assert here.STATE == settings.paths.SYSTEM_STATE


def test_another_database_is_named_and_may_be_written() -> None:
    [service, _] = systemd.units(replace(SHARED, named_database=Path("/srv/lists/a.db")))
    assert values(service.text, "ExecStart") == ["/opt/delist/bin/delist --database /srv/lists/a.db run"]
    assert values(service.text, "ReadWritePaths") == ["/srv/lists"]


def test_without_groups_none_is_named() -> None:
    [service, _] = systemd.units(replace(SHARED, groups=()))
    assert "SupplementaryGroups" not in service.text


def test_what_is_to_be_done_once_is_said_on_stderr_and_the_result_stands_alone(run: Run) -> None:
    found = run("units", "--systemd")
    assert found.out.startswith("# delist-run.service\n")
    assert "\n# delist-run.timer\n[Unit]\n" in found.out
    assert "systemctl" not in found.out
    assert "systemctl daemon-reload && systemctl enable --now delist-run.timer" in found.err
    assert run("units", "--systemd", "--quiet") == Outcome(0, found.out, "")


def test_a_shared_installation_gets_its_modes(run: Run) -> None:
    told = "\n".join(systemd.advice(replace(SHARED, has_user=False), None))
    assert "useradd --system" in told
    assert "chown root:delist /etc/delist/config.toml && chmod 0640 /etc/delist/config.toml" in told
    assert "install -d -o delist -g delist -m 2770 /var/lib/delist" in told
    assert "warning" not in told
    assert "useradd" not in "\n".join(systemd.advice(SHARED, None))


def test_a_persons_own_database_is_not_what_the_unit_uses_and_how_to_move_it_is_said(tmp_path: Path) -> None:
    config, database = tmp_path / "config.toml", tmp_path / "my delist.db"
    password, mails, elsewhere = tmp_path / "my password", tmp_path / "Maildir" / "x", tmp_path / "missing"
    for path in (config, database, password):
        path.touch()
    named = (password, mails, elsewhere)
    moved = replace(SHARED, is_shared=False, config=config, database=database, named=named)
    told = "\n".join(systemd.advice(moved, None))
    assert f"warning: {tmp_path} and {database} are one person's" in told
    assert f"install -m 0640 {shlex.quote(str(config))} /etc/delist/config.toml" in told
    assert told.count("cp -R") == 1
    assert f"cp -R {shlex.quote(str(password))} /etc/delist/ && chgrp -R delist '/etc/delist/my password' &&" in told
    assert f"--database {shlex.quote(str(database))} db backup /var/lib/delist/delist.db" in told


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"program": ("/home/hanako/bin/delist",)}, "/home/hanako/bin/delist"),
        ({"home": Path("/root", "delist")}, str(Path("/root", "delist"))),
        ({"named": (Path("/home/hanako/Maildir"),)}, "/home/hanako/Maildir"),
        ({"named_database": Path("/tmp/a.db")}, "/tmp/a.db"),
        ({"unreadable": ("/var/log/mail.log",)}, "no group reads /var/log/mail.log"),
        ({"sends_by_program": True}, 'set [smtp] host = "localhost"'),
    ],
)
def test_what_would_keep_the_unit_from_working_is_said(changes: dict[str, object], part: str) -> None:
    [told] = systemd.warnings(replace(SHARED, **changes))  # type: ignore[arg-type]
    assert part in told


def test_words_are_spelled_as_systemd_and_cron_read_them() -> None:
    assert for_systemd(["/a b/c", "50%", "$HOME", 'x"y']) == '"/a b/c" 50%% $$HOME "x\\"y"'
    assert for_cron(["/a b/c", "50%"]) == r"'/a b/c' 50\%"


# Where things are.


def test_the_program_and_its_folders_are_those_of_this_installation(tools: Tools, home: Path) -> None:
    found = here.installation(tools, {"DELIST_HOME": str(home)}, logs=())
    assert found.program == (PROGRAM,)
    assert (found.home, found.is_own, found.named_database) == (home, False, None)
    other = here.installation(replace(tools, database=Path("other.db")), {}, logs=())
    assert (other.named_database, other.is_own) == (Path("other.db").absolute(), True)


def test_logs_tell_which_group_reads_them(tools: Tools, tmp_path: Path) -> None:
    log, private = tmp_path / "mail.log", tmp_path / "private.log"
    log.touch(0o644)
    private.touch(0o600)
    private.chmod(0o600)
    log.chmod(0o644)
    found = here.installation(tools, {}, logs=(str(log), str(private), str(tmp_path / "gone")))
    assert found.unreadable == (str(private),)
    if os.geteuid() == 0:
        private.chmod(0o640)
        os.chown(private, 0, 4)
        found = here.installation(tools, {}, logs=(str(private),))
        assert (found.unreadable, "adm" in found.groups) == ((), True)


def test_the_logs_that_the_configuration_names_are_those_of_the_units(tools: Tools, tmp_path: Path) -> None:
    log = tmp_path / "my mail.log"
    log.touch(0o600)
    log.chmod(0o600)
    words = (str(tmp_path / "*.log"), str(tmp_path / "gone"))
    settings = replace(Settings(), logs=words[:1])
    found = here.installation(replace(tools, settings=settings), {})
    assert (found.logs, found.unreadable, found.named_logs) == ((str(log),), (str(log),), words[:1])
    assert f"scan --new --record {shlex.quote(words[0])} || true" in others.logrotate(found).text
    missing = here.installation(replace(tools, settings=replace(settings, logs=words)), {})
    assert missing.logs == words


def test_that_notices_need_a_relay_is_known_from_the_configuration(tools: Tools) -> None:
    mail = replace(tools, settings=replace(Settings(), notify=replace(Settings().notify, to=("a@example.org",))))
    assert here.installation(mail, {}, logs=()).sends_by_program
    relay = replace(mail, settings=replace(mail.settings, smtp=Login(host="localhost")))
    assert not here.installation(relay, {}, logs=()).sends_by_program


# cron.


@pytest.mark.parametrize("changes", [{}, {"is_shared": False, "user": "hanako"}, {"program": ("/o p/50%/delist",)}])
def test_the_cron_line_is_one_of_a_system_crontab(changes: dict[str, object]) -> None:
    text = others.cron(replace(SHARED, **changes)).text  # type: ignore[arg-type]
    assert text.endswith("\n")
    lines = [line for line in text.splitlines() if line[0] != "#" and not re.match(r"\w+=", line)]
    [[*times, user, command]] = [line.split(maxsplit=6) for line in lines]
    for field, (least, most) in zip(times, RANGES, strict=True):
        assert field == "*" or least <= int(field) <= most
    assert times[0] not in ("*", "0")
    assert user == ("hanako" if changes.get("user") else "delist")
    # cron turns \% into %, and hands the rest to a shell.
    assert not re.search(r"(?<!\\)%", command)
    assert shlex.split(command.replace(r"\%", "%"))[-1] == "run"
    assert values(text, "MAILTO") == ["hanako@example.jp"]


def test_cron_gets_the_home_that_is_set(run: Run, home: Path) -> None:
    found = run("units", "--cron")
    assert f'DELIST_HOME="{home}"\n' in found.out
    assert f" delist {PROGRAM} run\n" in found.out
    assert "usermod" in found.err or "useradd" in found.err


def test_cron_too_needs_a_user_that_reads_the_logs_and_a_folder_that_it_may_write_to() -> None:
    told = list(others.cron_advice(replace(SHARED, has_user=False, unreadable=("/var/log/x",)), None))
    service = list(systemd.advice(replace(SHARED, has_user=False), None))
    # But for what systemd does by itself, and for what is systemd's.
    assert set(service) - set(told) == {line for line in service if "--systemd" in line or "systemctl" in line} | {
        "  install -d -m 0755 /etc/delist"
    }
    assert "  usermod -aG adm,systemd-journal delist" in told
    assert told[-1].startswith("warning: no group reads /var/log/x")
    home = "\n".join(others.cron_advice(replace(SHARED, home=Path("/srv/my lists")), None))
    assert "chgrp -R delist '/srv/my lists'" in home
    assert "/etc/delist" not in home


@pytest.mark.parametrize("changes", [{}, {"is_shared": False}])
def test_what_is_written_already_is_not_to_be_written(changes: dict[str, bool]) -> None:
    here = replace(SHARED, **changes)  # type: ignore[arg-type]
    assert "-o /etc/cron.d" in "\n".join(others.cron_advice(here, None))
    assert "-o /etc/cron.d" not in "\n".join(others.cron_advice(here, "/etc/cron.d"))


# Containers and logrotate.


def test_the_container_file_keeps_its_data_outside_and_runs_as_nobody_special(run: Run) -> None:
    text = run("units", "--container").out
    lines = [line for line in text.replace("\\\n", "").splitlines() if not line.startswith("#")]
    assert [line.split()[0] for line in lines] == ["FROM", "COPY", "RUN", "VOLUME", "USER", "ENTRYPOINT", "CMD"]
    assert lines[0] == "FROM python:3.13-slim"
    assert 'VOLUME ["/etc/delist", "/var/lib/delist"]' in lines
    assert lines[-3:] == ["USER delist", 'ENTRYPOINT ["delist"]', 'CMD ["run"]']


def test_the_logrotate_entry_reads_the_log_before_it_is_rotated(tmp_path: Path) -> None:
    text = others.logrotate(SHARED).text
    [head] = re.findall(r"^(\S.*) \{$", text, re.MULTILINE)
    assert head.split() == ["/var/log/mail.log"]
    [block] = re.findall(r"^    prerotate\n(.*?)^    endscript", text, re.DOTALL | re.MULTILINE)
    [command] = [line.strip() for line in block.splitlines() if "#" not in line]
    assert command.endswith(" || true")
    words = shlex.split(command.removesuffix(" || true"))
    assert words[:5] == ["runuser", "-u", "delist", "--", "/opt/delist/bin/delist"]
    check_words(words[5:])
    assert text.count("{") == text.count("}") == 1
    if shutil.which("logrotate"):
        (tmp_path / "delist").write_text(text)
        done = subprocess.run(["logrotate", "-d", str(tmp_path / "delist")], capture_output=True, text=True)
        assert (done.returncode, "error" in done.stderr) == (0, False), done.stderr


# The command.


def test_one_kind_is_named(run: Run) -> None:
    refused(run("units"), 2, "--systemd, --cron, --container, --logrotate")
    refused(run("units", "--systemd", "--cron"), 2, "once")


def test_the_folder_must_be_there_and_a_file_is_replaced(run: Run, tmp_path: Path) -> None:
    refused(run("units", "--cron", "-o", tmp_path / "no"), 4, "no folder")
    assert run("units", "--cron", "-o", tmp_path).out == f"wrote {tmp_path}/delist-run\n"
    assert run("units", "--cron", "-o", tmp_path, "--quiet").out == ""
    assert run("units", "--cron", "-o", tmp_path).out == f"wrote {tmp_path}/delist-run, replaced\n"


# One database for root's shell and the unit.


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, and setpriv")
def test_what_root_records_in_a_shared_place_the_services_user_reads_and_writes() -> None:
    # Of the folders that pytest gives, nobody else may pass the upper ones.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        _shared_by_root_and_nobody(Path(folder) / "state")


def _shared_by_root_and_nobody(state: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    state.mkdir()
    os.chown(state, nobody.pw_uid, nobody.pw_gid)
    state.chmod(0o2770)
    database = state / "delist.db"
    before = os.umask(0o022)
    try:
        migrate.make_ready(database, NOW, shared=True)
        migrate.backup(database, NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(database.stat().st_mode) == 0o660
    assert stat.S_IMODE((state / "backups").stat().st_mode) == 0o2770
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE t (a)'); c.commit();"
        " open(sys.argv[2] + '/backups/more', 'w'); print('written')"
    )
    who = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    python = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
    done = subprocess.run([*who, python, "-c", script, str(database), str(state)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("written\n", "")


# The page about it.

PAGE = (generate.MANUAL / "running.md").read_text(encoding="utf-8")


def test_the_commands_that_the_page_names_are_commands_of_ours() -> None:
    found = list(commands_in(PAGE))
    for words in (["mail", "--pipe"], ["doctor"], ["notify", "--test"], ["status", "--format", "nagios"], ["run"]):
        assert words in found
    for words in [*found, *(line.split() for line in re.findall(r"/usr/local/bin/delist (.+)", PAGE))]:
        check_words(words)


def test_the_configuration_on_the_page_is_read(tmp_path: Path) -> None:
    lines = [line[4:] for line in PAGE.splitlines() if re.match(r"    (\[|\w+ = )", line)]
    (tmp_path / "config.toml").write_text("\n".join(lines) + '\n[run]\ncheck = "all"\n')
    found = settings.read(tmp_path / "config.toml")
    assert (found.smtp.host, found.smtp.security) == ("localhost", "none")
    assert found.inbox.authserv == ("mx.example.org",)
    assert found.notify.second == ("pager",)
    assert '`check = "all"` in `[run]`' in PAGE
    assert found.check == "all"


def test_the_page_names_what_the_service_uses() -> None:
    assert f"`{settings.paths.SYSTEM_CONFIG}` and `{settings.paths.SYSTEM_STATE}/delist.db`" in PAGE
