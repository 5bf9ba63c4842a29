"""Mail on IMAP servers: a real dovecot, and one that cuts, hangs and errs; nothing is marked, nothing is lost."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from delist.errors import OutsideFailed, SetupError
from delist.mail.imap import Access, moved, new_messages
from delist.mail.signatures import verified
from delist.mail.values import Arrived, Place
from delist.rules.mails.values import Letter
from tests.letters import m365, mail, outlook, pbl, signed
from tests.servers.dovecot import PASSWORD, USER, Dovecot, needs_dovecot
from tests.servers.imap import Faults, FaultyImap

AT = datetime(2021, 5, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def dovecot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    """A dovecot whose certificate is trusted, with an empty inbox."""
    with Dovecot() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


def access(server: Dovecot, security: str = "tls", password: str = PASSWORD) -> Access:
    return Access("127.0.0.1", USER, password, security, server.tls_port if security == "tls" else server.port)


def every(_: Letter) -> bool:
    return True


def read(
    who: Access, place: Place | None = None, wanted: Any = every, folder: str = "INBOX"
) -> tuple[list[Arrived], Place]:
    """Return what is new, and the last place."""
    found = list(new_messages(who, folder, place._asdict() if place else None, wanted))
    last = found[-1]
    assert isinstance(last, Place)
    return [each for each in found if isinstance(each, Arrived)], last


def failure(who: Access, **more: Any) -> str:
    """Return the sentence of a reading that must fail, which never has the password."""
    with pytest.raises(OutsideFailed) as caught:
        read(who, **more)
    told, error = str(caught.value), caught.value
    assert told.count("\n") == 0
    assert who.password not in told + repr(error) + repr(who) + repr(error.__cause__)
    assert error.__suppress_context__
    return told


@needs_dovecot
@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_new_mails_are_read_with_the_time_of_their_arrival_however_the_connection_is_secured(
    security: str, dovecot: Dovecot
) -> None:
    raw = signed(pbl())
    dovecot.deliver(raw, m365(), at=AT)
    found, place = read(access(dovecot, security))
    assert [each.received_at for each in found] == [AT, AT]
    assert [each.place for each in found] == [Place(place.uidvalidity, 1), Place(place.uidvalidity, 2)]
    assert found[0].raw == raw
    assert found[0].letter.subject == "Spamhaus removal verification for 203.0.113.7"
    assert [each.source for each in found] == ["INBOX 1", "INBOX 2"]
    assert [each.why for each in verified(found[0].raw, [], 1.0)] == ["key unreachable"]


@needs_dovecot
def test_reading_goes_on_behind_the_last_place_and_begins_anew_where_the_folder_was_renumbered(
    dovecot: Dovecot,
) -> None:
    dovecot.deliver(pbl(), m365())
    _, place = read(access(dovecot))
    assert read(access(dovecot), place) == ([], place)
    dovecot.deliver(outlook())
    found, later = read(access(dovecot), place)
    assert [each.letter.authors[0].name for each in found] == ["Outlook.com Support"]
    dovecot.renumber()
    found, anew = read(access(dovecot), later)
    assert anew.uidvalidity != later.uidvalidity
    assert len(found) == 3


@needs_dovecot
def test_nothing_is_marked_moved_or_deleted(dovecot: Dovecot) -> None:
    dovecot.deliver(pbl(), m365())
    dovecot.deliver(outlook(), flags="RS")
    before = dovecot.files()
    names = sorted(path.name for path in (dovecot.maildir / "new").iterdir())
    assert len(read(access(dovecot))[0]) == 3
    assert dovecot.files() == before
    assert sorted(path.name for path in (dovecot.maildir / "new").iterdir()) == names
    assert sorted(before.values()) == ["", "", "RS"]


@needs_dovecot
def test_only_what_is_wanted_by_its_headers_is_fetched_and_what_is_not_is_passed(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(subject="one"), pbl(), mail(subject="three", text="x" * 500_000))
    seen: list[tuple[str, tuple[str, ...]]] = []

    def wanted(letter: Letter) -> bool:
        seen.append((letter.subject, letter.texts))
        return "203.0.113.7" in letter.subject

    found, place = read(access(dovecot), wanted=wanted)
    assert [each.place for each in found] == [Place(place.uidvalidity, 2)]
    assert place.uid == 3
    assert [texts for _, texts in seen] == [(), (), ()]


@needs_dovecot
def test_who_stops_in_the_middle_goes_on_from_the_place_that_was_stored(dovecot: Dovecot) -> None:
    dovecot.deliver(*(mail(subject=f"mail {number}") for number in range(5)))
    reading = new_messages(access(dovecot), "INBOX", None, every)
    first, second = next(reading), next(reading)
    assert isinstance(first, Arrived)
    assert isinstance(second, Arrived)
    reading.close()  # type: ignore[attr-defined]
    found, _ = read(access(dovecot), second.place)
    assert [each.letter.subject for each in found] == ["mail 2", "mail 3", "mail 4"]


@needs_dovecot
def test_an_empty_folder_and_one_of_another_name_are_read(dovecot: Dovecot) -> None:
    assert read(access(dovecot))[0] == []
    dovecot.deliver(pbl(), folder="Lists")
    assert len(read(access(dovecot), folder="Lists")[0]) == 1
    assert "no folder Nowhere" in failure(access(dovecot), folder="Nowhere")


@needs_dovecot
def test_a_mail_of_twenty_megabytes_comes_over_whole(dovecot: Dovecot) -> None:
    raw = pbl(text=("x" * 75 + "\n") * 270_000)
    dovecot.deliver(raw, m365())
    found, _ = read(access(dovecot))
    assert len(found) == 2
    assert found[0].raw == raw
    assert found[0].letter.is_whole


@needs_dovecot
def test_of_a_mail_longer_than_the_limit_the_beginning_is_read(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delist.mail.imap.MOST", 3_000_000)
    dovecot.deliver(pbl(text=("x" * 75 + "\n") * 60_000))
    (found,), _ = read(access(dovecot))
    assert len(found.raw) == 3_000_000
    assert not found.letter.is_whole


@needs_dovecot
def test_one_mail_that_counts_is_found_among_ten_thousand(dovecot: Dovecot) -> None:
    others = [mail(subject="other", message_id="")] * 5000
    dovecot.deliver(*others, pbl(), *others)
    found, place = read(access(dovecot), wanted=lambda letter: letter.subject != "other")
    assert [each.place for each in found] == [Place(place.uidvalidity, 5001)]
    assert place.uid == 10_001


@needs_dovecot
def test_a_wrong_password_and_an_odd_one_are_told_in_one_sentence(dovecot: Dovecot) -> None:
    for password in ("wrong horse", "pässwörd", 'a" x\r\nX LOGOUT'):
        told = failure(access(dovecot, password=password))
        assert told == f"127.0.0.1 refuses the login of {USER}: is the password right?"


@needs_dovecot
def test_a_password_that_is_no_ascii_lets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with Dovecot(password="pässwörd 日本") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert read(access(server, password="pässwörd 日本"))[0] == []


@needs_dovecot
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused(
    security: str, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    told = failure(access(dovecot, security))
    assert told.startswith(f"the certificate of 127.0.0.1:{access(dovecot, security).port} is not trusted: ")


@needs_dovecot
def test_tls_where_none_is_spoken_is_one_sentence(dovecot: Dovecot) -> None:
    told = failure(Access("127.0.0.1", USER, PASSWORD, "tls", dovecot.port))
    assert (
        told == f"cannot read mail from 127.0.0.1:{dovecot.port}: it speaks no TLS there: are port and security right?"
    )


@needs_dovecot
def test_a_server_that_is_killed_in_mid_fetch_loses_nothing_and_doubles_nothing(dovecot: Dovecot) -> None:
    dovecot.deliver(*(mail(subject=f"mail {number}", text="x" * 200_000) for number in range(20)))
    reading = new_messages(access(dovecot), "INBOX", None, every)
    stored = [each for _, each in zip(range(7), reading, strict=False) if isinstance(each, Arrived)]
    dovecot.kill()
    with pytest.raises(OutsideFailed):
        next(reading)
    dovecot.start()
    later, _ = read(access(dovecot), stored[-1].place)
    assert [each.letter.subject for each in (*stored, *later)] == [f"mail {number}" for number in range(20)]


@needs_dovecot
@pytest.mark.parametrize("without", ["", " MOVE", " MOVE UIDPLUS"])
def test_stored_mails_are_moved_to_another_folder_and_no_others(without: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ["IMAP4rev1", "LITERAL+", "UIDPLUS", "MOVE"]
    setting = f"imap_capability = {' '.join(each for each in kept if each not in without.split())}\n"
    with Dovecot(settings=setting if without else "") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        server.box("Done ü".encode("utf-7").decode().replace("+", "&"))
        server.deliver(pbl(), m365(), outlook())
        server.deliver(mail(subject="deleted by another"), flags="T")
        found, place = read(access(server))
        (server.maildir / "subscriptions").touch()
        stored = [each.place for each in found[:2] if each.place]
        assert moved(access(server), "INBOX", [*stored, Place(place.uidvalidity + 1, 3)], "Done ü") == 2
        flags = sorted(server.files().values())
        assert flags == (["", "T"] if "UIDPLUS" not in without else ["", "T", "T", "T"])
        assert len(read(access(server), folder="Done ü")[0]) == 2


@needs_dovecot
def test_a_folder_to_move_to_that_is_not_there_moves_nothing(dovecot: Dovecot) -> None:
    dovecot.deliver(pbl())
    _, place = read(access(dovecot))
    before = dovecot.files()
    with pytest.raises(OutsideFailed, match="moves no mail to Nowhere"):
        moved(access(dovecot), "INBOX", [place], "Nowhere")
    assert list(dovecot.files().values()) == list(before.values())
    assert moved(access(dovecot), "INBOX", [], "Nowhere") == 0


MAILS = [mail(subject=f"mail {number}", text="x" * 2000) for number in range(1, 5)]


def faulty(server: FaultyImap, seconds: float = 5.0, password: str = "hunter2-secret") -> Access:
    return Access("127.0.0.1", "me", password, "none", server.port, seconds)


def test_a_server_that_dies_in_mid_fetch_leaves_what_was_read_before() -> None:
    with FaultyImap(MAILS, Faults(cut_at=3)) as server:
        reading = new_messages(faulty(server), "INBOX", None, every)
        before = [each for each in (next(reading), next(reading)) if isinstance(each, Arrived)]
        with pytest.raises(OutsideFailed, match="broke off"):
            next(reading)
        later, _ = read(faulty(server), before[-1].place)
    assert [each.place for each in before] == [Place(7, 1), Place(7, 2)]
    assert [each.raw for each in (*before, *later)] == MAILS


def test_a_server_that_hangs_is_left_after_the_time_limit() -> None:
    with FaultyImap(MAILS, Faults(hang_at=2)) as server:
        assert "did not answer within 0.3 seconds" in failure(faulty(server, seconds=0.3))


def test_a_server_that_repeats_the_password_is_not_repeated() -> None:
    with FaultyImap(MAILS, Faults(login=b"NO you sent %s")) as server:
        assert failure(faulty(server)) == "127.0.0.1 refuses the login of me: is the password right?"
    with FaultyImap(MAILS, Faults(login=b"BAD %s")) as server:
        failure(faulty(server))


@pytest.mark.parametrize("greeting", [b"220 mail.example ESMTP", b"\x00\xff", b"* BYE busy", b""])
def test_nonsense_instead_of_a_greeting_is_one_sentence(greeting: bytes) -> None:
    with FaultyImap(MAILS, Faults(greeting=greeting)) as server:
        failure(faulty(server, seconds=0.5))


def test_a_server_that_nobody_runs_is_one_sentence() -> None:
    with FaultyImap([]) as server:
        who = faulty(server)
    assert failure(who) == f"cannot read mail from 127.0.0.1:{who.port}: Connection refused"


@pytest.mark.parametrize("faults", [Faults(chatty=True), Faults(size=10), Faults(size=3_000_000), Faults(quoted=True)])
def test_a_chatty_server_and_one_that_errs_about_sizes_are_read(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delist.mail.imap._PIECE", 1500)
    mails = [*MAILS, mail(subject="last", text="x" * 4000 + '"\\')[:-2] + b"y"]
    with FaultyImap(mails, faults) as server:
        found, place = read(faulty(server))
    assert [each.raw for each in found] == mails
    assert {each.received_at for each in found} == {AT}
    assert place == Place(7, 5)
    assert not [each for each in server.commands if each.startswith((b"SELECT", b"UID STORE"))]


def test_without_the_extra_one_is_told_which_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imap_tools", None)
    with FaultyImap([]) as server, pytest.raises(SetupError, match=r"pip install 'delist\[mail\]'"):
        read(faulty(server))
