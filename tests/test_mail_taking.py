"""Taking in mail with real parts: keys from a real name server, a real IMAP server; cut off, killed, side by side."""

import json
import multiprocessing
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from delist.actions.desk import reading
from delist.actions.mailing.run import Taking
from delist.actions.mailing.values import Taken
from delist.actions.steps import Step, last
from delist.settings import Dns, Inbox, Login
from delist.tools import Tools
from tests.conftest import NOW, Run, fine, refused
from tests.letters import SPAMHAUS, mail, pbl, signed
from tests.servers.dovecot import PASSWORD, USER, Dovecot, needs_dovecot
from tests.servers.nsd import Nsd, needs_nsd

A = "203.0.113.7"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A name server that has the key of Spamhaus."""
    with Nsd(tmp_path_factory.mktemp("keys"), {"spamhaus.org": SPAMHAUS.lines}) as server:
        yield f"{server.address[0]}:{server.address[1]}"


@pytest.fixture
def dovecot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    with Dovecot() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


def with_server(tools: Tools, server: Dovecot, move_to: str = "", password: str = PASSWORD) -> Tools:
    login = Login("127.0.0.1", server.tls_port, "tls", USER, password)
    return replace(tools, settings=replace(tools.settings, inbox=Inbox(login=login, move_to=move_to)))


def with_keys(tools: Tools, nameserver: str) -> Tools:
    return replace(tools, settings=replace(tools.settings, dns=Dns((nameserver,))))


def taken(run: Run, tools: Tools, *words: object) -> list[dict[str, object]]:
    found = run("mail", *words, "--json", with_tools=tools)
    assert found.code == 0, found.err
    return [json.loads(line) for line in found.out.splitlines()]


@pytest.fixture
def asked(run: Run) -> Run:
    assert run("submit", A, "--on", "2026-11-24T02:55Z").code == 0
    return run


@needs_nsd
def test_a_signature_is_verified_with_the_key_of_the_list(asked: Run, tools: Tools, keys: str, tmp_path: Path) -> None:
    whole = signed(pbl())
    for name, raw, trust, why in (
        ("genuine", whole, "genuine", "signed"),
        ("altered", signed(pbl()).replace(b"within the hour", b"within the year"), "rejected", "signature-failed"),
        ("resent", b"Received: from x by y\r\n" + signed(pbl()), "genuine", "signed"),
        ("part", signed(pbl(), length=True), "unverified", "not-whole"),
        ("attached", mail("Ann <ann@shop.example>", "Fwd: x", "see", attached=[signed(pbl())]), "genuine", "signed"),
    ):
        (tmp_path / name).write_bytes(raw)
        (found,) = taken(asked, with_keys(tools, keys), tmp_path / name)
        assert (found["trust"], found["why"]) == (trust, why), name
    assert fine(asked("link", 1, "--json"))["mails"][0]["trust"] == "genuine"


@needs_dovecot
def test_a_server_is_read_from_where_it_was_left_and_nothing_is_marked(
    asked: Run, tools: Tools, dovecot: Dovecot
) -> None:
    mailbox = with_server(tools, dovecot)
    dovecot.deliver(*(mail("Joe <joe@provider.example>", "lunch") for _ in range(30)), pbl(), at=NOW)
    before = dovecot.files()
    (found,) = taken(asked, mailbox)
    assert (found["request"], found["received_at"]) == (1, "2026-11-24T03:00:00Z")
    assert taken(asked, mailbox) == []
    assert set(dovecot.files()) == set(before)
    dovecot.deliver(pbl(), at=NOW)
    assert len(taken(asked, mailbox)) == 1
    dovecot.renumber()
    # All are read anew, and none is new.
    assert taken(asked, mailbox) == []
    assert len(fine(asked("show", 1, "--json"))["mails"]) == 2


@needs_dovecot
def test_what_is_stored_and_only_that_is_moved_away(asked: Run, tools: Tools, dovecot: Dovecot) -> None:
    dovecot.box("Lists")
    dovecot.deliver(mail("Joe <joe@provider.example>", "lunch"), pbl(), pbl("203.0.113.99"), at=NOW)
    mailbox = with_server(tools, dovecot, move_to="Lists")
    assert asked("mail", "--dry-run", with_tools=mailbox).code == 0
    assert len(dovecot.files()) == 3
    assert asked("mail", with_tools=mailbox).code == 0
    assert (len(dovecot.files()), len(dovecot.files("Lists"))) == (2, 1)


@needs_dovecot
def test_what_was_stored_and_not_moved_is_moved_the_next_time(
    asked: Run, tools: Tools, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.box("Lists")
    dovecot.deliver(pbl(), at=NOW)
    mailbox = with_server(tools, dovecot, move_to="Lists")
    found = Taking(mailbox).inbox()
    assert next(found).is_kept
    found.close()  # type: ignore[attr-defined]
    assert len(dovecot.files()) == 1
    assert taken(asked, mailbox) == []
    assert (len(dovecot.files()), len(dovecot.files("Lists"))) == (0, 1)


@needs_dovecot
def test_a_server_that_is_gone_or_refuses_is_one_sentence_without_the_password_and_noted(
    asked: Run, tools: Tools, dovecot: Dovecot
) -> None:
    wrong = asked("mail", with_tools=with_server(tools, dovecot, password="a-wrong-secret"))
    assert wrong.code == 6
    assert "a-wrong-secret" not in wrong.err
    dovecot.deliver(pbl(), at=NOW)
    dovecot.kill()
    refused(asked("mail", with_tools=with_server(tools, dovecot)), 6)
    dovecot.start()
    assert len(taken(asked, with_server(tools, dovecot))) == 1


def _last(tools: Tools) -> Step | None:
    with reading(tools) as desk:
        return last(desk.tx, "mail") if desk else None


def test_each_run_is_noted_with_what_it_came_to_and_what_it_failed_with(
    asked: Run, tools: Tools, tmp_path: Path
) -> None:
    box = _box(tmp_path, [pbl(), mail("Joe <joe@provider.example>", "lunch")])
    for words in (("mail", box, "--dry-run"), ("mail", "--pipe")):
        assert asked(*words, stdin="").code == 0
        assert _last(tools) is None
    assert asked("mail", box).code == 0
    step = _last(tools)
    assert step is not None
    assert (step.why, dict(step.counts)) == (None, {"seen": 1, "kept": 1, "unverified": 1})
    gone = replace(tools, settings=replace(tools.settings, inbox=Inbox(path=str(tmp_path / "none"))))
    refused(asked("mail", with_tools=gone), 4)
    step = _last(tools)
    assert step is not None
    assert "none" in str(step.why)


def _take(tools: Tools, box: Path) -> None:
    list(Taking(tools).path(box))


def _box(folder: Path, raws: list[bytes]) -> Path:
    box = folder / "Maildir"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    for number, raw in enumerate(raws):
        file = box / "new" / f"{number:03}.host"
        file.write_bytes(raw)
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    return box


def _whole(run: Run, wanted: int) -> None:
    """Nothing is lost, nothing doubled: each mail has one row, one entry, one link."""
    mails = fine(run("show", 1, "--json"))
    assert len(mails["mails"]) == wanted
    named = [each["detail"]["mail"] for each in mails["history"] if each["event"] == "mailed"]
    assert sorted(named) == sorted(each["uid"] for each in mails["mails"])
    assert len(fine(run("link", 1, "--json"))["links"]) == wanted


def test_side_by_side_each_mail_is_kept_once(asked: Run, tools: Tools, tmp_path: Path) -> None:
    box = _box(tmp_path, [pbl(link=f"https://check.spamhaus.org/?t={number}") for number in range(20)])
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_take, args=(tools, box)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    _whole(asked, 20)


def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(asked: Run, tools: Tools, tmp_path: Path) -> None:
    box = _box(tmp_path, [pbl(link=f"https://check.spamhaus.org/?t={number}") for number in range(40)])
    chance, context = random.Random(6), multiprocessing.get_context("fork")
    for _ in range(100):
        worker = context.Process(target=_take, args=(tools, box))
        worker.start()
        worker.join(chance.uniform(0.01, 0.15))
        worker.kill()
        worker.join()
    _take(tools, box)
    _whole(asked, 40)


def test_a_large_mail_is_taken_in(asked: Run, tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(pbl() + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 260_000)
    (found,) = taken(asked, tools, tmp_path / "large")
    assert (found["request"], found["kept"]) == (1, True)


def test_each_mail_is_stored_before_the_next_is_read(asked: Run, tools: Tools, tmp_path: Path) -> None:
    box = _box(tmp_path, [pbl(), pbl()])
    first: Taken = next(Taking(tools).path(box))
    assert first.is_kept
    assert len(fine(asked("show", 1, "--json"))["mails"]) == 1
