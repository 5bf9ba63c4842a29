"""Mail in files and folders: every message once, with its time, whatever a mail reader does meanwhile."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from delist.errors import NotFound
from delist.mail.boxes import messages
from delist.mail.letters import MOST
from delist.mail.values import Arrived
from delist.rules.mails.values import Letter
from tests.builders import TOKYO
from tests.letters import m365, mail, outlook, pbl, signed

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def maildir(path: Path, **named: bytes) -> Path:
    """Return a Maildir with mails in new, each with AT as its time."""
    for folder in ("new", "cur", "tmp"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    for name, raw in named.items():
        (path / "new" / name).write_bytes(raw)
        os.utime(path / "new" / name, (AT.timestamp(), AT.timestamp()))
    return path


def subjects(path: Path) -> list[str]:
    return [each.letter.subject for each in messages(path)]


def test_a_file_is_one_message_whose_time_is_untold(tmp_path: Path) -> None:
    raw = signed(pbl())
    (tmp_path / "one.eml").write_bytes(raw)
    (found,) = messages(tmp_path / "one.eml")
    assert found.raw == raw
    assert (found.received_at, found.place, found.source) == (None, None, str(tmp_path / "one.eml"))
    assert found.letter.is_whole
    assert "raw=" not in repr(found)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Sun May  2 10:30:00 2021", datetime(2021, 5, 2, 1, 30, tzinfo=UTC)),
        ("Sun May  2 10:30:00 2021 +0200", datetime(2021, 5, 2, 8, 30, tzinfo=UTC)),
        ("Sun May  2 10:30:00 +0000 2021", datetime(2021, 5, 2, 10, 30, tzinfo=UTC)),
        ("Sun Xyz 99 99:99:99 2021", None),
    ],
)
def test_an_mbox_tells_when_each_message_arrived(written: str, at: datetime | None, tmp_path: Path) -> None:
    head = f"From bounce@spamhaus.org  {written}\n".encode()
    (tmp_path / "mbox").write_bytes(head + pbl() + b"\n" + head + m365() + b"\r\n" + head + outlook())
    found = list(messages(tmp_path / "mbox", TOKYO))
    assert [each.received_at for each in found] == [at] * 3
    assert [each.letter.authors[0].address.partition("@")[2] for each in found] == [
        "spamhaus.org",
        "messaging.microsoft.com",
        "microsoft.com",
    ]


def test_lines_that_look_like_envelopes_stay_in_their_message_as_they_were_signed(tmp_path: Path) -> None:
    raw = signed(mail(text="From here on\n\nFrom now on it is 10:00, she said on Sunday\n\n>From there\nend"))
    kept = raw.replace(b"\r\n", b"\n")
    quoted = b"\n".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in kept.split(b"\n"))
    (tmp_path / "mbox").write_bytes(b"From a@b Sun May  2 10:30:00 2021\n" + quoted + b"\n")
    (found,) = messages(tmp_path / "mbox")
    assert found.raw.rstrip() == kept.rstrip()


def test_a_maildir_gives_new_mails_and_others_with_the_time_of_their_files(tmp_path: Path) -> None:
    box = maildir(tmp_path / "Maildir", a=pbl(), b=m365())
    (box / "new" / "b").rename(box / "cur" / "b:2,S")
    (box / "tmp" / "c").write_bytes(outlook())
    (box / ".Sent" / "cur").mkdir(parents=True)
    (box / "dovecot-uidlist").write_text("3 V1 N1\n")
    found = list(messages(box))
    assert [each.source for each in found] == [str(box / "new" / "a"), str(box / "cur" / "b:2,S")]
    assert [each.received_at for each in found] == [AT, AT]
    assert sorted(path.name for path in box.rglob("*") if path.is_file()) == ["a", "b:2,S", "c", "dovecot-uidlist"]


def moved_to_cur(box: Path, name: str) -> None:
    (box / "new" / name).rename(box / "cur" / f"{name}:2,S")


def deleted(box: Path, name: str) -> None:
    (box / "new" / name).unlink()


@pytest.mark.parametrize(
    ("meanwhile", "expected"), [(moved_to_cur, ["one", "two", "three"]), (deleted, ["one", "three"])]
)
def test_a_mail_reader_that_moves_messages_meanwhile_does_no_harm(
    meanwhile: Callable[[Path, str], None], expected: list[str], tmp_path: Path
) -> None:
    box = maildir(tmp_path, a=mail(subject="one"), b=mail(subject="two"), c=mail(subject="three"))
    reading = messages(box)
    first = next(reading)
    meanwhile(box, "b")
    moved_to_cur(box, "a")
    assert [each.letter.subject for each in (first, *reading)] == expected


def test_a_folder_gives_its_files_and_folders_in_order_of_name(tmp_path: Path) -> None:
    maildir(tmp_path / "b", x=mail(subject="three"))
    (tmp_path / "a.eml").write_bytes(mail(subject="one"))
    (tmp_path / "aa").write_bytes(b"From a@b Sun May  2 10:30:00 2021\n" + mail(subject="two"))
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / ".hidden").write_bytes(pbl())
    assert subjects(tmp_path) == ["one", "two", "three"]


def test_what_is_not_wanted_by_its_headers_is_left_out(tmp_path: Path) -> None:
    box = maildir(tmp_path, a=pbl(), b=mail(subject="other"))
    seen: list[tuple[str, ...]] = []

    def wanted(letter: Letter) -> bool:
        seen.append(letter.texts)
        return letter.subject == "other"

    found = list(messages(box, wanted=wanted))
    assert [each.letter.subject for each in found] == ["other"]
    assert seen == [(), ()]


def test_a_message_longer_than_the_limit_is_cut_and_says_so(tmp_path: Path) -> None:
    with (tmp_path / "long.eml").open("wb") as file:
        file.write(pbl())
        file.truncate(MOST + 100)
    (found,) = messages(tmp_path / "long.eml")
    assert len(found.raw) == MOST
    assert not found.letter.is_whole


def test_a_path_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no .*nowhere$"):
        next(messages(tmp_path / "nowhere"))


def test_many_messages_in_a_maildir_are_all_seen(tmp_path: Path) -> None:
    raw = mail(subject="other").replace(b"Message-ID", b"X-Was")
    box = maildir(tmp_path, **{f"m{number:04}": raw for number in range(2000)}, needle=pbl())
    found: list[Arrived] = list(messages(box, wanted=lambda letter: "203.0.113.7" in letter.subject))
    assert [Path(each.source).name for each in found] == ["needle"]
