"""`delist doctor`: on a healthy set-up everything is ok, and of each thing that is broken it says what to mend."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delist import machine
from delist.actions import steps
from delist.actions.doctoring import examining, files
from delist.actions.doctoring.values import What
from delist.actions.running import nightly
from delist.maillog import host, journal
from delist.show import doctor
from delist.store import locks
from delist.tools import Tools
from tests.conftest import NOW, Outcome, Run, at, fine
from tests.servers.dovecot import PASSWORD, USER, Dovecot, needs_dovecot
from tests.servers.faults import Empties, FaultServer, ListsTheWorld, Silent
from tests.servers.rbldnsd import Dataset, Rbldnsd, blocklist, needs_rbldnsd
from tests.servers.relay import Relay, write_authority
from tests.test_cli_check import ONE, TWO, Desk, declared, desk, server

__all__ = ["desk", "server"]

A = "203.0.113.7"
SECRET = "correct-horse-battery"


@pytest.fixture(autouse=True)
def this_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A host whose clock is kept right, with one mail log that everybody may read."""
    log = tmp_path / "var" / "mail.log"
    log.parent.mkdir()
    log.write_text("a line\n")
    monkeypatch.setattr(machine, "clock_is_set", lambda: True)
    monkeypatch.setattr(host, "PLACES", (str(log).lstrip("/") + "*",))
    return log


def findings(outcome: Outcome) -> list[dict[str, Any]]:
    found = json.loads(outcome.out)
    assert found["exit_code"] == outcome.code
    return list(found["findings"])


def codes(desk: Desk, *words: object, code: int | None = None) -> dict[str, str]:
    """What is not ok, by its code, with how bad it is."""
    outcome = desk("doctor", "--json", *words, "--nameserver", desk.nameserver)
    assert code in (None, outcome.code), outcome.out
    return {each["code"]: each["grade"] for each in findings(outcome) if each["grade"] != "ok"}


def backed_up(desk: Desk) -> None:
    """A database with a fresh copy."""
    fine(desk("address", "add", A))
    fine(desk("db", "backup", "--json"))
    for copy in (desk.home / "backups").iterdir():
        os.utime(copy, (NOW.timestamp(), NOW.timestamp()))


# Healthy.


@needs_rbldnsd
@needs_dovecot
def test_on_a_healthy_set_up_everything_is_ok(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    zones = {zone: [Dataset(blocklist({}, ipv6=True))] for zone in (ONE, TWO, "invalid")}
    with Rbldnsd(tmp_path, zones) as dns, Dovecot() as imap, Relay("starttls", ("delist", SECRET)) as smtp:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(imap.certificate.read_bytes() + write_authority(tmp_path).read_bytes())
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        imap.deliver(b"From: a@example.org\r\nSubject: one\r\n\r\ntext\r\n")
        (desk.home / "password").write_text(PASSWORD)
        (desk.home / "password").chmod(0o600)
        (desk.home / "config.toml").touch(0o600)
        desk = desk.configured(
            f'[contact]\nemail = "hanako@example.jp"\n[dns]\nnameservers = ["{dns.nameserver}"]\n'
            f'[inbox]\nhost = "127.0.0.1"\nport = {imap.tls_port}\nuser = "{USER}"\npassword_file = "password"\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {smtp.port}\nuser = "delist"\npassword = "{SECRET}"\n'
            '[notify.channels]\npager = "json://127.0.0.1:9/hook"\n[run]\ncheck = "none"\n'
        )
        backed_up(desk)
        fine(desk("scan", "--new", "--record"))
        desk.clock.later()
        found = desk("doctor")
        assert (found.code, found.err) == (0, ""), found.out
        lines = found.out.splitlines()
        assert {line.split()[0] for line in lines} == {"ok"}, found.out
        assert "ok    lists: 2 can be asked: one, two" in lines
        assert f"ok    inbox: INBOX of {USER} on 127.0.0.1 lets us in; 1 mails in it" in lines
        assert "ok    relay: 127.0.0.1 lets us in" in lines
        assert "ok    channels: pager is one that Apprise can use" in lines
        assert f"ok    resolver: {dns.nameserver} answers, in " in found.out
        told = found.out + desk("doctor", "--json").out
        assert not any(secret in told for secret in (SECRET, PASSWORD, "json://"))
        assert desk("doctor", "--quiet") == Outcome(0, "", "")


def test_on_a_new_machine_nothing_is_created_and_nothing_fails(desk: Desk) -> None:
    desk.tools.database.unlink()
    assert set(codes(desk, code=0).values()) <= {"warn"}
    assert not desk.tools.database.exists()
    limited = '[zones."two.example".terms]\nqueries_per_day = 1000\n'
    codes(desk.declaring(declared("two", more=limited)), code=0)
    assert not desk.tools.database.exists()


def test_every_finding_has_a_sentence() -> None:
    assert set(doctor._SENTENCES) == set(What)


# Configuration and database: exit code 3.


def process(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "delist", *words], capture_output=True, text=True, cwd=home)


def test_all_that_is_wrong_with_the_configuration_is_told_and_the_rest_is_looked_at(home: Path, run: Run) -> None:
    (home / "config.toml").write_text(
        'timezon = "Asia/Tokyo"\n[smtp]\npassword = 5\n[inbox]\nhost = "imap.example.org"\n'
    )
    (home / "lists.toml").write_text("[lists.one]\nname = 5\n")
    found = process(home, "doctor")
    assert (found.returncode, found.stderr) == (3, "")
    wrong = [line for line in found.stdout.splitlines() if line.startswith("FAIL  configuration: ")]
    assert len(wrong) == 2
    assert all(part in wrong[0] for part in ("timezone", "[smtp] password", "[inbox] user is missing"))
    assert "lists.toml" in wrong[1]
    assert "database: " in found.stdout
    assert "resolver: " not in found.stdout


@pytest.mark.parametrize("text", ["[[[", "[dns]\nnameservers = 5\n", "\x00"])
def test_a_configuration_that_cannot_be_read_is_no_crash(home: Path, run: Run, text: str) -> None:
    (home / "config.toml").write_text(text)
    found = process(home, "doctor", "--json")
    assert (found.returncode, found.stderr) == (3, "")
    assert {each["code"] for each in json.loads(found.stdout)["findings"]} >= {"config-wrong", "database-well"}


def test_a_database_url_that_is_none_is_told(home: Path, run: Run) -> None:
    found = process(home, "--database", "postgresql://localhost/x", "doctor")
    assert found.returncode == 3
    assert "FAIL  configuration: postgresql:" in found.stdout


def test_a_password_that_everybody_may_read_is_a_warning(desk: Desk) -> None:
    config = desk.home / "config.toml"
    desk = desk.configured('[notify.channels]\npager = "json://127.0.0.1:9/hook"\n')
    config.chmod(0o644)
    assert codes(desk)["config-open"] == "warn"
    config.chmod(0o640)
    assert "config-open" not in codes(desk)


def test_a_broken_template_of_ones_own_is_named_with_its_line(desk: Desk) -> None:
    folder = desk.tools.places.templates
    folder.mkdir()
    (folder / "general.en.txt.j2").write_text("fine {{ name }}\n{% if %}\n")
    outcome = desk("doctor", "--nameserver", desk.nameserver)
    assert outcome.code == 3
    assert f"FAIL  templates: {folder / 'general.en.txt.j2'}: " in outcome.out
    assert "(line 2)" in outcome.out
    (folder / "general.en.txt.j2").write_text("fine {{ name }}\n")
    assert "template-wrong" not in codes(desk)


def test_a_damaged_database_is_told(desk: Desk) -> None:
    path = desk.tools.database
    fine(desk("address", "add", A))
    content = bytearray(path.read_bytes())
    content[8192:] = b"\x55" * (len(content) - 8192)
    path.write_bytes(content)
    found = codes(desk, code=3)
    assert {"database-damaged", "database-wrong"} & set(found)
    path.write_text("no database at all, but a text that is long enough to be taken for one " * 20)
    assert codes(desk, code=3)["database-wrong"] == "fail"
    assert desk("doctor", "--nameserver", desk.nameserver).out.count("is no database") == 1


def test_an_inbox_that_cannot_be_read_comes_with_what_to_mend(desk: Desk) -> None:
    inbox = '[inbox]\nhost = "127.0.0.1"\nport = 9\nuser = "u"\npassword_file = "missing"\n'
    found = findings(desk.configured(inbox)("doctor", "--json", "--nameserver", desk.nameserver))
    assert [each["mend"] for each in found if each["subject"] == "inbox"] == [
        "mend [inbox]; then: delist mail --dry-run"
    ]


def test_an_older_database_is_not_upgraded_by_looking(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.tools.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006_before'")
        connection.commit()
    assert codes(desk)["database-older"] == "warn"
    with closing(sqlite3.connect(desk.tools.database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0006_before",)


def test_a_database_that_this_user_may_not_write_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere.
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
    assert codes(desk, code=3)["database-read-only"] == "fail"


def test_copies_grow_old(desk: Desk) -> None:
    fine(desk("address", "add", A))
    assert codes(desk)["copy-none"] == "warn"
    backed_up(desk)
    assert {"copy-none", "copy-old"} & set(codes(desk)) == set()
    desk.clock.at += timedelta(days=31)
    assert codes(desk)["copy-old"] == "warn"


def test_a_disk_that_is_nearly_full_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LEAST_SPACE", 10**18)
    assert codes(desk, code=6)["space-short"] == "fail"


# Clock and logs.


@pytest.mark.parametrize(("is_set", "code"), [(False, "clock-free"), (None, "clock-unknown")])
def test_a_clock_that_nobody_sets_is_a_warning(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, is_set: bool | None, code: str
) -> None:
    monkeypatch.setattr(machine, "clock_is_set", lambda: is_set)
    assert codes(desk, code=0)[code] == "warn"


def test_the_kernel_says_whether_the_clock_is_set() -> None:
    done = subprocess.run([sys.executable, "-c", "from delist.machine import clock_is_set as c; print(c())"],
                          capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() in ("True", "False", "None")
    assert done.stderr == ""


def test_entries_of_the_future_are_told(desk: Desk, run: Run, tools: Tools) -> None:
    fine(run("address", "add", A, with_tools=at(tools, NOW + timedelta(days=400))))
    outcome = desk("doctor", "--nameserver", desk.nameserver)
    assert (
        "warn  clock: 1 history entries were recorded in the future, the latest at 2027-12-29 12:00 +09:00"
        in outcome.out
    )


def test_a_log_that_this_user_may_not_read_is_told(
    desk: Desk, this_host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(this_host) and allowed(path, mode))
    found = desk("doctor", "--nameserver", desk.nameserver)
    assert found.code == 6
    assert f"FAIL  mail log: tester may not read {this_host}; usermod -aG adm tester" in found.out


def test_a_log_that_is_gone_is_told(desk: Desk, this_host: Path) -> None:
    fine(desk("scan", "--new", "--record"))
    this_host.unlink()
    assert codes(desk, code=6)["log-gone"] == "fail"


def test_the_logs_that_the_configuration_names_are_those_that_are_looked_at(desk: Desk, this_host: Path) -> None:
    this_host.unlink()
    other = desk.home / "other.log"
    other.touch()
    named = desk.configured(f'[run]\nlogs = ["{other}"]\n')
    found = named("doctor", "--nameserver", desk.nameserver)
    assert f"ok    mail log: {other} can be read" in found.out
    other.unlink()
    found = named("doctor", "--nameserver", desk.nameserver)
    assert found.code == 6
    assert f"FAIL  mail log: there is no file {other}" in found.out


@pytest.mark.parametrize(
    ("readable", "grades"), [(True, {}), (False, {"journal-closed": "fail"}), (None, {"log-none": "warn"})]
)
def test_without_a_log_the_journal_is_looked_at(
    desk: Desk, this_host: Path, monkeypatch: pytest.MonkeyPatch, readable: bool | None, grades: dict[str, str]
) -> None:
    this_host.unlink()
    monkeypatch.setattr(files, "JOURNALCTL", sys.executable)
    monkeypatch.setattr(journal, "is_readable", lambda: readable)
    found = codes(desk)
    assert {code: grade for code, grade in found.items() if code.startswith(("log", "journal"))} == grades


def test_the_journal_is_readable_if_the_systems_is(tmp_path: Path) -> None:
    assert journal.is_readable(str(tmp_path)) is None
    folder = tmp_path / "var/log/journal/0123"
    folder.mkdir(parents=True)
    (folder / "system.journal").touch()
    assert journal.is_readable(str(tmp_path)) is True


# What is outside: exit code 6.


def test_a_name_server_that_is_silent_is_told(desk: Desk, server: FaultServer) -> None:
    server.behaviours = {"": Silent()}
    found = codes(desk, code=6)
    assert (found["resolver-silent"], found["list-troubled"]) == ("fail", "fail")


def test_a_list_that_cannot_be_asked_is_told_and_the_other_is_ok(desk: Desk, server: FaultServer) -> None:
    server.behaviours[ONE] = Empties()
    found = desk("doctor", "--nameserver", desk.nameserver)
    assert found.code == 6
    assert "FAIL  lists: cannot be asked over this resolver about IPv4 addresses (dead-empty" in found.out
    assert ": one; use a resolver of your own" in found.out
    assert "ok    lists: 1 can be asked: two" in found.out


def test_a_resolver_that_invents_answers_is_told(desk: Desk, server: FaultServer) -> None:
    server.behaviours["invalid"] = ListsTheWorld()
    assert codes(desk, code=6)["resolver-invents"] == "fail"


def test_lists_that_may_not_be_asked_are_no_failure(desk: Desk, server: FaultServer) -> None:
    desk = desk.declaring(declared("one", "two", more='[zones."two.example".terms]\nregister = true\n'))
    outcome = desk("doctor", "--nameserver", desk.nameserver)
    assert outcome.code == 0
    assert "ok    lists: 1 are not asked, by their terms: two" in outcome.out
    none = desk.declaring(declared("two", more='[zones."two.example".terms]\nregister = true\n'))
    assert codes(none, code=0)["lists-none"] == "warn"


@pytest.fixture
def closed() -> Iterator[Relay]:
    with Relay("none") as relay:
        yield relay


def mailing(desk: Desk, more: str) -> Desk:
    return desk.configured(f'[contact]\nemail = "hanako@example.jp"\n{more}')


def test_a_relay_that_refuses_is_told_without_the_password(desk: Desk, closed: Relay) -> None:
    wrong = f'[smtp]\nhost = "127.0.0.1"\nport = {closed.port}\nuser = "x"\npassword = "{SECRET}"\n'
    outcome = mailing(desk, wrong)("doctor", "--nameserver", desk.nameserver)
    assert outcome.code == 6
    assert "FAIL  relay: 127.0.0.1: the relay " in outcome.out
    assert SECRET not in outcome.out


def test_a_missing_sendmail_is_told(desk: Desk, tmp_path: Path) -> None:
    assert codes(mailing(desk, f'[smtp]\nsendmail = "{tmp_path}/none"\n'), code=6)["program-missing"] == "fail"
    assert "program-missing" not in codes(mailing(desk, f'[smtp]\nsendmail = "{sys.executable}"\n'))


def test_a_relay_is_of_no_use_without_a_sender(desk: Desk) -> None:
    nobody = desk.configured(f'[smtp]\nsendmail = "{sys.executable}"\n[notify]\nto = ["hanako@example.jp"]\n')
    found = nobody("doctor", "--nameserver", desk.nameserver)
    assert found.code == 6
    assert "FAIL  relay: notices by mail need a sender: set [notify] from, or [contact] email, in config" in found.out


def test_a_relay_that_sends_from_a_listed_address_is_told(desk: Desk) -> None:
    fine(desk("observe", A, "one", "listed"))
    base = f'[smtp]\nsendmail = "{sys.executable}"\n[notify]\nsends_from = ["{A}"]\n'
    assert codes(mailing(desk, base), code=6)["relay-listed"] == "fail"
    assert codes(mailing(desk, f'{base}second = ["other@example.net"]\n'), code=0)["relay-listed"] == "warn"


def test_a_channel_that_apprise_does_not_know_is_told_without_its_url(desk: Desk) -> None:
    desk = desk.configured(f'[notify.channels]\npager = "nonsense://{SECRET}"\n')
    outcome = desk("doctor", "--nameserver", desk.nameserver)
    assert outcome.code == 6
    assert "FAIL  channels: pager has no URL that Apprise knows" in outcome.out
    assert SECRET not in outcome.out


@needs_dovecot
def test_an_inbox_that_refuses_the_login_is_told_without_the_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Dovecot() as imap:
        monkeypatch.setenv("SSL_CERT_FILE", str(imap.certificate))
        login = f'[inbox]\nhost = "127.0.0.1"\nport = {imap.tls_port}\nuser = "{USER}"\npassword = "{SECRET}"\n'
        outcome = desk.configured(login)("doctor", "--nameserver", desk.nameserver)
        assert outcome.code == 6
        assert f"FAIL  inbox: 127.0.0.1 refuses the login of {USER}" in outcome.out
        assert SECRET not in outcome.out
        missing = login.replace(SECRET, PASSWORD.replace("\\", "\\\\").replace('"', '\\"')) + 'folder = "None"\n'
        assert (
            "FAIL  inbox: 127.0.0.1 has no folder None"
            in desk.configured(missing)("doctor", "--nameserver", desk.nameserver).out
        )


def test_an_inbox_on_this_host_must_be_readable(desk: Desk, tmp_path: Path) -> None:
    desk = desk.configured(f'[inbox]\npath = "{tmp_path}/Maildir"\n')
    assert codes(desk, code=6)["inbox-closed"] == "fail"
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    assert codes(desk, code=0).keys() & {"inbox-closed"} == set()


def test_a_look_that_hangs_delays_only_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    held = threading.Event()
    monkeypatch.setattr(examining, "_PATIENCE", 0.1)
    quick = replace(desk.tools.settings.notify, timeout=1.0)
    desk = replace(desk, tools=replace(desk.tools, settings=replace(desk.tools.settings, notify=quick)))
    monkeypatch.setattr(machine, "clock_is_set", held.wait)
    assert codes(desk)["too-slow"] == "fail"
    held.set()


def test_a_bug_in_one_look_stops_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def surprise() -> bool:
        raise ValueError("surprise")

    monkeypatch.setattr(machine, "clock_is_set", surprise)
    outcome = desk("doctor", "--nameserver", desk.nameserver)
    assert outcome.code == 1
    assert "FAIL  clock: this is a bug in delist (ValueError: surprise); please report it" in outcome.out
    assert "ok    disk" in outcome.out


# The runs before.


def test_runs_that_failed_were_cut_off_or_are_old_are_told(desk: Desk) -> None:
    desk = desk.configured('[run]\ncheck = "none"\n')
    assert "nothing is done by itself yet" in desk("doctor", "--nameserver", desk.nameserver).out
    desk("run")
    assert "run-old" not in codes(desk)
    desk.clock.at += timedelta(hours=30)
    assert codes(desk, code=0)["run-old"] == "warn"
    with closing(sqlite3.connect(desk.tools.database)) as connection:
        connection.execute("UPDATE runs SET finished_at = NULL WHERE kind = 'run'")
        connection.commit()
    assert codes(desk, code=0)["run-cut-off"] == "warn"
    with locks.held(nightly.lock_of(desk.tools.database), "1 x"):
        # It hangs.
        assert codes(desk, code=0)["run-cut-off"] == "warn"
        desk.clock.at -= timedelta(hours=29)
        assert "run-cut-off" not in codes(desk)


def test_a_check_that_goes_on_by_itself_is_not_called_cut_off(desk: Desk) -> None:
    desk = desk.configured('[run]\ncheck = "none"\n')
    begun = desk.clock.at
    steps.begin(at(desk.tools, begun), "check", begun)
    assert "run-cut-off" not in codes(desk)
    desk.clock.at += timedelta(hours=7)
    assert codes(desk)["run-cut-off"] == "warn"


def test_a_failed_step_is_told_with_its_reason(desk: Desk, this_host: Path) -> None:
    desk = desk.configured('[run]\ncheck = "none"\n')
    desk("run")
    this_host.unlink()
    assert desk("run").code == 6
    assert codes(desk)["run-failed"] == "warn"
