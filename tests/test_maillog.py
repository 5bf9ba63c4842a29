"""Mail logs as they lie on disks: sources and their order, packing, broken bytes, years, processes, cursors."""

import bz2
import csv
import gzip
import json
import lzma
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delist.errors import NotFound, OutsideFailed, SetupError
from delist.maillog import chunks as cutting
from delist.maillog.chunks import Chunk, chunks
from delist.maillog.cursors import Cursor, plan, read_so_far
from delist.maillog.finding import Finder
from delist.maillog.following import From, follow, follow_journal
from delist.maillog.glancing import Glance
from delist.maillog.host import find_here
from delist.maillog.journal import reading_journal
from delist.maillog.opening import Stretch
from delist.maillog.rotation import in_order, is_named_as_mail_log, place
from delist.maillog.scanning import Scan
from delist.maillog.sources import close, find
from delist.maillog.spooling import spooled
from delist.maillog.values import Accepted, Event, Kind, Tally, Trouble, Wanted
from delist.maillog.workers import in_order as run_in_order
from delist.rules.logs.dialects import POSTFIX
from delist.rules.replies.reader import Reader
from delist.rules.replies.values import Names
from tests.bench import biglog
from tests.builders import TOKYO

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NAMES = Names({"zen.spamhaus.org": "spamhaus-zen"})
WANTED = Wanted(NAMES, TOKYO)
HOST = "mx1"
DATA = Path(__file__).parent / "data"
_LONG = 10_000_000


def stamped(at: datetime) -> str:
    """The time as traditional syslog writes it."""
    return f"{at:%b} {at.day:>2} {at:%H:%M:%S}"


def refusal(number: int, at: str = "Nov 20 10:00:00", status: str = "bounced", said: str = "") -> str:
    """A line of Postfix that tells of a block; its queue id has the number."""
    said = said or "554 5.7.1 Service unavailable; Client host [203.0.113.25] blocked using zen.spamhaus.org"
    return (
        f"{at} {HOST} postfix/smtp[123]: {number:010X}: to=<a{number}@example.org>, "
        f"relay=mx.example.org[192.0.2.90]:25, delay=1, delays=0/0/1/0, dsn=5.7.1, status={status} "
        f"(host mx.example.org[192.0.2.90] said: {said} (in reply to RCPT TO command))\n"
    )


def delivery(number: int, at: str = "Nov 20 10:00:00", relay: str = "mx.example.org") -> str:
    """A line of Postfix that tells of a delivery."""
    return (
        f"{at} {HOST} postfix/smtp[123]: {number:010X}: to=<a{number}@example.org>, relay={relay}[192.0.2.90]:25, "
        f"delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
    )


def noise(number: int, at: str = "Nov 20 10:00:00") -> str:
    """A line of Postfix that tells of nothing."""
    return f"{at} {HOST} postfix/qmgr[1]: {number:010X}: from=<news@example.com>, size={number}, nrcpt=1\n"


def mixed(count: int, begin: datetime = datetime(2026, 11, 20, 10)) -> str:
    """A log in which each fifth line is a block, a minute a line."""
    times = [stamped(begin + timedelta(minutes=number)) for number in range(count)]
    return "".join(refusal(n, at) if n % 5 == 0 else noise(n, at) for n, at in enumerate(times))


def write(path: Path, text: str | bytes, at: datetime = NOW) -> Path:
    """Write a file that was last written at a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


@dataclass
class Read:
    """What a scan gave."""

    events: list[Event] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the refusals that were found."""
        return [int(event.queue_id, 16) for event in self.events]


def read(*paths: object, wanted: Wanted = WANTED, **options: Any) -> Read:
    """Scan what the words stand for."""
    found = find([str(path) for path in paths])
    try:
        return gather(Scan(found.sources, wanted, NOW, **options))
    finally:
        close(found.sources)


def gather(scan: Scan) -> Read:
    """Run a scan to its end."""
    result = Read(tally=scan.tally)
    for each in scan:
        if isinstance(each, Event):
            result.events.append(each)
        elif isinstance(each, Accepted):
            result.accepted.append(each)
        else:
            result.troubles.append(each)
    return result


def in_pieces(piece: int = 1000, processes: int = 2) -> dict[str, Any]:
    """The options that divide even small files among processes."""
    return {"piece": piece, "processes": processes, "enough": 0}


# --- which files, in which order ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ("mail.log mail.log.1 mail.log.2.gz mail.log.10.gz", "mail.log.10.gz mail.log.2.gz mail.log.1 mail.log"),
        ("maillog maillog-20211102 maillog-20211026.gz", "maillog-20211026.gz maillog-20211102 maillog"),
        ("mail.log-20211102.gz mail.log-20211103 mail.log", "mail.log-20211102.gz mail.log-20211103 mail.log"),
        ("mail-20211102.log mail.log mail-20211026.log.xz", "mail-20211026.log.xz mail-20211102.log mail.log"),
        ("mail.1.log mail.log mail.2.log.bz2", "mail.2.log.bz2 mail.1.log mail.log"),
        ("mainlog mainlog.01 mainlog.02.gz mainlog.12.gz", "mainlog.12.gz mainlog.02.gz mainlog.01 mainlog"),
        ("mail.log-20211102-1635811201 mail.log-20211102-1635814801 mail.log", None),
        ("mail.log.2021-11-02 mail.log.2021-11-03.zst mail.log", None),
        ("maillog-1635811201 maillog-1635814801 maillog", None),
        ("mail.log-2021110208 mail.log-2021110209 mail.log", None),
    ],
)
def test_a_rotated_log_is_read_from_its_oldest_file_on(names: str, order: str | None) -> None:
    assert in_order(names.split()) == [(order or names).split()]
    assert in_order(reversed(names.split())) == [(order or names).split()]


def test_different_logs_are_read_one_after_another() -> None:
    assert in_order(["b/mail.log", "a/mail.log", "b/mail.log.1", "b/other"]) == [
        ["b/mail.log.1", "b/mail.log"],
        ["a/mail.log"],
        ["b/other"],
    ]


@pytest.mark.parametrize("name", ["mx1.example.org", "postfix-2", "report.2024x", "v1.2.3", "20211102", "mail.log.old"])
def test_other_names_are_logs_of_their_own(name: str) -> None:
    assert place(name).log == name or place(name).log + name.removeprefix(place(name).log) == name


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        *((name, True) for name in ("mail.log", "maillog", "mail.log.3.gz", "mainlog", "exim_mainlog-20211102")),
        *((name, False) for name in ("syslog", "mail.info", "mail.warn.1", "rejectlog", "paniclog", "auth.log")),
    ],
)
def test_names_of_mail_logs_are_known(name: str, claim: bool) -> None:
    assert is_named_as_mail_log(f"/var/log/{name}") is claim


def test_a_folder_stands_for_its_mail_logs_and_tells_what_it_left_out(tmp_path: Path) -> None:
    for number, name in enumerate(("mail.log.1", "mail.log", "syslog", "mail.info", "exim4/mainlog", ".hidden")):
        write(tmp_path / name, refusal(number))
    found = find([str(tmp_path)])
    assert [Path(source.path).name for source in found.sources] == ["mail.log.1", "mail.log", "mainlog"]
    assert sorted(Path(trouble.file).name for trouble in found.left_out) == ["mail.info", "syslog"]
    assert read(tmp_path).numbers == [0, 1, 4]


def test_a_folder_without_such_names_stands_for_what_reads_like_a_mail_log(tmp_path: Path) -> None:
    write(tmp_path / "server1.log", refusal(1))
    write(tmp_path / "packed", gzip.compress(refusal(2).encode()))
    write(tmp_path / "notes.txt", "nothing\n")
    write(tmp_path / "picture", b"\x89PNG\0\0\1\0\2\0\3" * 100)
    found = find([str(tmp_path)])
    assert sorted(Path(source.path).name for source in found.sources) == ["packed", "server1.log"]
    assert {Path(trouble.file).name: trouble.why for trouble in found.left_out} == {
        "notes.txt": "it was left out: it does not read like a mail log",
        "picture": "it was left out: it is no text",
    }


def test_an_empty_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no mail log in"):
        find([str(tmp_path)])


def test_patterns_that_no_shell_has_expanded_work_and_must_fit_something(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / f"mail.log.{number}", refusal(number))
    assert read(tmp_path / "mail.log*").numbers == [2, 1]
    with pytest.raises(NotFound, match=r"there is no file .*other\*"):
        find([str(tmp_path / "other*")])


@pytest.mark.parametrize("name", ["mail.log", "mail.log/below"])
def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    if "/" in name:
        write(tmp_path / "mail.log", "")
    with pytest.raises(NotFound, match="there is no file"):
        find([str(tmp_path / name)])


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", refusal(1)).chmod(0)
    me = os.geteuid()
    # Root may read everything.
    os.seteuid(me or 65534)
    try:
        with pytest.raises(OutsideFailed, match="may not be read: mail logs are often for the group adm"):
            find([str(tmp_path / "mail.log")])
    finally:
        os.seteuid(me)


def test_a_file_of_a_folder_that_may_not_be_read_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", refusal(1))
    (tmp_path / "mail.log.1").symlink_to(tmp_path / "mail.log.1.gz")
    write(tmp_path / "mail.log.2", refusal(2))
    (tmp_path / "mail.log.3").symlink_to("/proc/self/mem")
    found = find([str(tmp_path)])
    assert [Path(source.path).name for source in found.sources] == ["mail.log.2", "mail.log"]
    [trouble] = found.left_out
    assert trouble.why.startswith(f"it was left out: {trouble.file} cannot be read: ")


def test_a_file_is_read_once_however_it_is_named(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", refusal(1))
    (tmp_path / "link.log").symlink_to(log)
    found = find([str(log), str(tmp_path / "link.log"), str(log)])
    assert [source.path for source in found.sources] == [str(log)]
    assert [trouble.why for trouble in found.left_out] == ["it was left out: it is the same file as another"]


def test_a_file_that_is_just_being_compressed_is_read_once(tmp_path: Path) -> None:
    plain = write(tmp_path / "mail.log.1", mixed(100))
    write(tmp_path / "mail.log.1.gz", gzip.compress(plain.read_bytes())[:-500])
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [str(plain)]
    assert [trouble.why for trouble in found.left_out] == [f"it was left out: it is a copy of {plain}"]


def test_files_beyond_those_that_are_held_open_are_read_too(tmp_path: Path) -> None:
    for number in range(250):
        write(tmp_path / f"mail.log.{number}", refusal(number))
    found = find([str(tmp_path)])
    assert sum(source.fd >= 0 for source in found.sources) == 200
    close(found.sources)
    assert read(tmp_path).numbers == list(reversed(range(250)))


def test_what_was_found_stays_itself_when_it_is_rotated_before_it_is_read(tmp_path: Path) -> None:
    write(tmp_path / "mail.log.1", refusal(1))
    write(tmp_path / "mail.log", refusal(2))
    found = find([str(tmp_path)])
    (tmp_path / "mail.log.1").rename(tmp_path / "mail.log.2")
    (tmp_path / "mail.log").rename(tmp_path / "mail.log.1")
    write(tmp_path / "mail.log", refusal(3))
    assert gather(Scan(found.sources, WANTED, NOW)).numbers == [1, 2]
    close(found.sources)


def test_named_pipes_are_read_as_they_come(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    data = gzip.compress(mixed(10).encode())
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(data))
    writer.start()
    assert read(tmp_path / "pipe").numbers == [0, 5]
    writer.join()


# --- packing ------------------------------------------------------------------------------------


def zstandard(data: bytes) -> bytes:
    """Compress by the program, since what Python has for it is optional."""
    if shutil.which("zstd") is None:
        pytest.skip("there is no program zstd to make such a file")
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard,
}


def has_zstd() -> bool:
    """Whether this Python unpacks zstd."""
    code = "try:\n import compression.zstd\nexcept ImportError:\n import backports.zstd"
    try:
        exec(code)
    except ImportError:
        return False
    return True


@pytest.fixture(params=list(PACKERS))
def packer(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    """Each way to compress that this Python can undo."""
    if request.param == "zst" and not has_zstd():
        pytest.skip("this Python does not unpack zstd: install delist[logs]")
    return PACKERS[request.param]


def test_compressed_logs_are_told_by_their_content(tmp_path: Path, packer: Callable[[bytes], bytes]) -> None:
    text = mixed(20_000)
    found = read(write(tmp_path / "named.wrongly.txt", packer(text.encode())))
    assert found.numbers == list(range(0, 20_000, 5))
    assert (found.tally.lines, found.tally.size) == (20_000, len(text))
    assert found.events[-1].line == 19_996


def test_a_plain_file_that_is_named_as_a_compressed_one_is_read(tmp_path: Path) -> None:
    assert read(write(tmp_path / "mail.log.2.gz", refusal(7))).numbers == [7]


def test_members_that_follow_one_another_are_one_log(tmp_path: Path, packer: Callable[[bytes], bytes]) -> None:
    data = b"".join(packer(mixed(3000)[begin : begin + 100_000].encode()) for begin in range(0, 3000 * 130, 100_000))
    assert read(write(tmp_path / "mail.log.gz", data)).numbers[:5] == [0, 5, 10, 15, 20]


def test_what_can_be_read_of_a_truncated_file_counts_and_the_trouble_is_told(
    tmp_path: Path, packer: Callable[[bytes], bytes]
) -> None:
    text = "".join(
        refusal(number, said=f"550 {number * 7919:x} blocked using zen.spamhaus.org") for number in range(9000)
    )
    whole = packer(text.encode())
    found = read(write(tmp_path / "mail.log.1.gz", whole[: len(whole) * 2 // 3]))
    assert found.numbers[:100] == list(range(100))
    assert len(found.numbers) < 9000
    [trouble] = found.troubles
    assert trouble.why == "it ends in the middle of its compressed data"


def test_damaged_data_is_told(tmp_path: Path, packer: Callable[[bytes], bytes]) -> None:
    whole = bytearray(packer(mixed(20_000).encode()))
    whole[len(whole) // 2 : len(whole) // 2 + 64] = bytes(64)
    [trouble] = read(write(tmp_path / "mail.log.1.gz", bytes(whole))).troubles
    assert "compressed data" in trouble.why


@given(kind=st.sampled_from(["gz", "bz2", "xz"]), data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_stops_a_scan(kind: str, data: st.DataObject) -> None:
    packed = bytearray(PACKERS[kind](mixed(200).encode()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(packed) - 1))
        packed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=8))
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        file.write(packed)
        file.flush()
        found = read(file.name)
    assert found.numbers == list(range(0, 5 * len(found.numbers), 5)) or found.troubles


def test_zeros_behind_compressed_data_are_passed_over_and_other_bytes_are_told(tmp_path: Path) -> None:
    packed = gzip.compress(refusal(1).encode())
    assert read(write(tmp_path / "zeros.gz", packed + bytes(300_000))).troubles == []
    found = read(write(tmp_path / "more.gz", packed + b"more of something"))
    assert found.numbers == [1]
    assert [trouble.why for trouble in found.troubles] == ["something follows its compressed data, which was not read"]


@pytest.mark.parametrize("prefix", ["", "postfix-1  | "])
def test_a_small_log_that_is_read_once_has_the_years_of_its_lines(tmp_path: Path, prefix: str) -> None:
    times = [datetime(2023, 1, 15, 12) + timedelta(days=150 * number) for number in range(10)]
    text = "".join(prefix + refusal(number, stamped(at)) for number, at in enumerate(times))
    for log in (write(tmp_path / "mail.log.gz", gzip.compress(text.encode())), write(tmp_path / "mail.log", text)):
        assert [event.local for event in read(log).events] == times


def test_an_empty_compressed_log_is_empty(tmp_path: Path, packer: Callable[[bytes], bytes]) -> None:
    assert read(write(tmp_path / "mail.log.1.gz", packer(b""))) == Read()


def test_zstd_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # This is how Python says that a module is not there.
    for name in ("compression", "compression.zstd", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SetupError, match=r"pip install 'delist\[logs\]'"):
        find([str(write(tmp_path / "mail.log.1.zst", bytes.fromhex("28b52ffd04000100000a")))])


# --- lines --------------------------------------------------------------------------------------


@dataclass
class Dripping:
    """Bytes that come in portions of given sizes, in turn."""

    data: bytes
    sizes: Sequence[int]
    trouble: str = ""
    turn: int = 0

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of a buffer."""
        got = min(len(view), len(self.data), self.sizes[self.turn % len(self.sizes)])
        self.turn += 1
        view[:got], self.data = self.data[:got], self.data[got:]
        return got


@given(
    lines=st.lists(st.integers(0, 50), max_size=30),
    is_torn=st.booleans(),
    keeps_torn=st.booleans(),
    size=st.integers(8, 40),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=5),
)
@settings(max_examples=200)
def test_stretches_are_whole_lines_and_together_the_log(
    lines: list[int], is_torn: bool, keeps_torn: bool, size: int, sizes: list[int]
) -> None:
    text = b"".join(bytes([97 + n % 26]) * length + b"\n" for n, length in enumerate(lines))
    text = text[:-1] if is_torn else text
    expected = text.split(b"\n")
    torn = expected.pop()
    if torn and not keeps_torn:
        expected.append(torn)
    found, counted, reached, cuts = b"", 0, 0, 0
    for chunk in chunks(Dripping(text, sizes), size, keeps_torn):
        found += bytes(chunk.buffer[: chunk.end])
        counted, reached, cuts = counted + chunk.lines, chunk.size, cuts + chunk.is_cut
        assert chunk.is_cut or chunk.size == len(text) or found.endswith(b"\n")
    got = found.split(b"\n")
    last = got.pop()
    got += [last] if last else []
    is_last_cut = bool(last) and len(last) > size
    assert counted == len(got) - is_last_cut
    assert len(got) == len(expected) + (is_last_cut and keeps_torn)
    for one, other in zip(got, expected, strict=False):
        assert one == other or (len(other) > size and other.startswith(one) and len(one) > size)
    if keeps_torn and max(map(len, (*expected, torn)), default=0) <= size:
        assert reached == len(text) - len(torn)


@pytest.mark.parametrize("place_of_long", [0, 1, 2])
def test_a_line_of_ten_megabytes_is_cut_and_counted_and_the_others_are_read(tmp_path: Path, place_of_long: int) -> None:
    lines = [refusal(1), refusal(2)]
    lines.insert(place_of_long, noise(3).rstrip() + "x" * _LONG + "\n")
    found = read(write(tmp_path / "mail.log", "".join(lines)))
    assert found.numbers == [1, 2]
    assert [event.line for event in found.events] == [n for n in (1, 2, 3) if n != place_of_long + 1]
    assert (found.tally.lines, found.tally.cut, found.tally.size > _LONG) == (3, 1, False)


def test_behind_a_line_that_is_too_long_everything_was_reached(tmp_path: Path) -> None:
    lines = [refusal(1), "x" * 3_000_000 + "\n", refusal(2), "y" * 2_000_000 + "\n"]
    log = write(tmp_path / "mail.log", "".join(lines))
    for options in ({}, in_pieces(100)):
        found = find([str(log)])
        scan = Scan(found.sources, WANTED, NOW, **options)
        assert gather(scan).numbers == [1, 2]
        assert scan.reached[0][:2] == (log.stat().st_size, 4)
        close(found.sources)


def test_of_a_refusal_that_is_too_long_the_beginning_is_read(tmp_path: Path) -> None:
    long = refusal(1, said="550 blocked using zen.spamhaus.org " + "x" * 100_000)
    found = read(write(tmp_path / "mail.log", long + refusal(2)))
    assert found.numbers == [1, 2]
    assert (found.tally.cut, len(found.events[0].reply) < 66_000) == (1, True)


def test_line_ends_of_windows_and_a_last_line_without_one(tmp_path: Path) -> None:
    text = (refusal(1) + refusal(2)).replace("\n", "\r\n").rstrip()
    found = read(write(tmp_path / "mail.log", text))
    assert (found.numbers, found.tally.lines) == ([1, 2], 2)
    assert found.events[0].reply == found.events[1].reply


def test_zeros_of_a_crash_do_not_hide_the_line_behind_them(tmp_path: Path) -> None:
    found = read(write(tmp_path / "mail.log", refusal(1).encode() + bytes(5000) + refusal(2).encode()))
    assert found.numbers == [1, 2]
    assert found.events[1].at == found.events[0].at


def test_bytes_that_are_no_utf8_are_letters_and_counted(tmp_path: Path) -> None:
    said = "550 bloqu\u00e9 : blocked using zen.spamhaus.org"
    text = refusal(1, said=said).encode() + refusal(2, said=said).encode("latin-1")
    found = read(write(tmp_path / "mail.log", text))
    assert [event.reply for event in found.events] == [said, said]
    assert found.tally.undecodable == 1


@given(data=st.binary(max_size=600), place_of=st.integers(0, 2))
@settings(max_examples=100)
def test_whatever_stands_in_a_log_the_lines_around_it_are_found(data: bytes, place_of: int) -> None:
    lines = [refusal(number).encode() for number in range(4)]
    lines.insert(place_of + 1, data.replace(b"\n", b" ") + b"\n")
    read_from, write_to = os.pipe()
    os.write(write_to, b"".join(lines))
    os.close(write_to)
    with os.fdopen(read_from) as pipe:
        found = find([f"/dev/fd/{pipe.fileno()}"])
        result = gather(Scan(found.sources, WANTED, NOW))
        close(found.sources)
    assert [number for number in result.numbers if number < 4] == [0, 1, 2, 3]


def test_a_binary_file_is_left_out_and_told(tmp_path: Path) -> None:
    found = find([str(write(tmp_path / "mail.log", bytes(range(256)) * 4 + b"\0a\0b" * 500))])
    assert (found.sources, [trouble.why for trouble in found.left_out]) == ((), ["it was left out: it is no text"])


# --- what is found ------------------------------------------------------------------------------


def test_an_event_tells_all_that_the_line_says(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", noise(1) + refusal(0xABC, "Nov 20 10:00:01"))
    [event] = read(log).events
    assert (event.file, event.line, event.queue_id, event.recipient) == (str(log), 2, "0000000ABC", "a2748@example.org")
    assert (event.relay, event.status, event.host, event.instance) == ("mx.example.org", "bounced", "mx1", "postfix")
    assert event.at == datetime(2026, 11, 20, 1, 0, 1, tzinfo=UTC)
    assert event.local == datetime(2026, 11, 20, 10, 0, 1)
    assert (event.address, event.reading.list) == ("203.0.113.25", "spamhaus-zen")


def test_stamps_with_an_offset_have_the_instant_and_the_clock_of_the_log(tmp_path: Path) -> None:
    [event] = read(write(tmp_path / "mail.log", refusal(1, "2026-11-20T10:00:01.5+01:00"))).events
    assert event.at == datetime(2026, 11, 20, 9, 0, 1, 500_000, tzinfo=UTC)
    assert event.local == datetime(2026, 11, 20, 10, 0, 1, 500_000)


def test_other_refusals_are_counted_and_given_only_if_everything_is_wanted(tmp_path: Path) -> None:
    unknown = "550 5.1.1 User unknown"
    text = refusal(1) + refusal(2, said=unknown) + refusal(3, said=unknown, status="deferred") + delivery(4)
    log = write(tmp_path / "mail.log", text)
    found = read(log)
    assert (found.numbers, found.tally.blocks) == ([1], 1)
    assert dict(found.tally.attempts) == {"bounced": 2, "deferred": 1}
    everything = read(log, wanted=replace(WANTED, everything=True))
    assert [(event.reading.block, event.status.value) for event in everything.events] == [
        (True, "bounced"),
        (False, "bounced"),
        (False, "deferred"),
    ]


def test_what_is_older_than_wanted_is_counted_and_not_given(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", refusal(1, "Nov 20 09:59:59") + refusal(2, "Nov 20 10:00:00"))
    found = read(log, wanted=replace(WANTED, since=datetime(2026, 11, 20, 1, tzinfo=UTC)))
    assert (found.numbers, found.tally.blocks) == ([2], 2)
    assert (found.tally.first, found.tally.last) == (datetime(2026, 11, 20, 1, tzinfo=UTC),) * 2


def test_the_first_deliveries_that_a_relay_accepted_since_instants_are_told_once(tmp_path: Path) -> None:
    lines = [
        delivery(1, "Nov 20 09:00:00"),
        delivery(2, "Nov 20 10:00:00", "MX.example.org"),
        delivery(3, "Nov 20 11:00:00"),
        delivery(4, "Nov 20 11:00:00", "mx2.example.org"),
        delivery(5, "Nov 20 12:00:00").replace("postfix/", "postfix-out/"),
        refusal(6, "Nov 20 12:30:00"),
        delivery(7, "Nov 20 13:00:00"),
    ]
    log = write(tmp_path / "mail.log", "".join(lines))
    instants = (datetime(2026, 11, 20, 0, 30, tzinfo=UTC), datetime(2026, 11, 20, 1, 0, 1, tzinfo=UTC))
    wanted = replace(WANTED, relays={"mx.example.org": instants, "mx9.example.org": instants})
    told = [(2, "postfix", 1), (3, "postfix", 2), (5, "postfix-out", 3)]
    for options in ({}, in_pieces(150)):
        found = read(log, wanted=wanted, **options)
        # Each piece tells its own first ones, since pieces may be out of order.
        accepted = [(each.line, each.instance, each.at.hour) for each in found.accepted]
        assert set(accepted) >= set(told) if options else accepted == told
        assert found.numbers == [6]
        only = read(log, wanted=replace(wanted, refusals=False), **options)
        assert [(each.line, each.instance, each.at.hour) for each in only.accepted] == accepted
        assert (only.numbers, dict(only.tally.attempts)) == ([], {})


READER = Reader(NAMES)
_REPLIES = [
    row["text"]
    for path in sorted(DATA.glob("replies/*.tsv"))
    for row in csv.DictReader(path.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
]
_TELLING = (
    "203.0.113.25 2001:db8::25 [203.0.113.25] 550 5.7.1 your ip address host client blocked listed rejected because "
    "reputation poor spam policy rbl dnsbl blacklist unknown user mailbox zen.spamhaus.org using bloqu\u00e9 by is in a"
)


# What was once passed over: behind a command that is none, behind a zero, at the end of what is read.
_BLOCK = "554 5.7.1 Client host [203.0.113.25] blocked using zen.spamhaus.org"
_ZERO = "450 as (in reply to x) blocked using zen.spamhaus.org (in re\0ply to RCPT TO command)"
_TWICE = "450 as (in reply to x) blocked using zen.spamhaus.org (in reply to RCPT TO command)"
_V6 = "550 mail from 2001:db8::25 refused"
_CUT_AMID = "x " * 4092 + " nixspamzzz"


def test_a_glance_passes_over_no_reply_that_is_a_block() -> None:
    glance = Glance(READER)
    blocks = [text for text in _REPLIES if READER.read(text).block]
    assert len(blocks) > 100
    assert [text for text in blocks if not glance.may_be_block(text.encode())] == []
    assert not all(glance.may_be_block(text.encode()) for text in _REPLIES)


@given(
    words=st.lists(st.sampled_from(_TELLING.split()) | st.text(max_size=8), max_size=12),
    between=st.sampled_from([" ", ", ", "-", "; see ", "\\t"]),
    around=st.sampled_from(["", " (in reply to RCPT TO command))", ")"]),
)
@settings(max_examples=200)
def test_a_glance_at_more_than_the_reply_passes_over_no_block(words: list[str], between: str, around: str) -> None:
    text = between.join(words)
    assert not READER.read(text).block or Glance(READER).may_be_block(f"{text}{around}".encode())


_SAID = st.lists(
    st.sampled_from(
        (
            *_TELLING.split(),
            *(" (in reply to RCPT TO command))", " (in reply to ", "\0", "\u00e9", ", status=bounced (", ")", "said: "),
            *("::", "blackli\0sted", "x" * 4000, "nixspamzzz", "refused to talk to me: "),
        )
    ),
    max_size=9,
).map(" ".join)
_WHOM = (
    "<ann@example.org>",
    '<"a, status=deferred (host x[1] said: b (in reply to "@example.org>',
    '<ann@example.org>, orig_to=<"a, status=bounced (host x[1] said: b"@example.org>',
    '<ann@example.org">',
    '<"a>, relay=x, status=deferred (host x[1] said: b (in reply to "@example.org>',
)
_ENDED = (
    "bounced (host mx.example.org[192.0.2.9] said: ",
    "deferred (host mx.example.org[192.0.2.9]:25 said: ",
    "deferred (host mx.example.org[192.0.2.9] refused to talk to me: ",
    "deferred (delivery temporarily suspended: host mx.example.org[192.0.2.9] said: ",
    *("SOFTBOUNCE (host mx.example.org[192.0.2.9] said: ", "bounced (", "sent (250 "),
)
_RELAYS = (", relay=mx.example.org[192.0.2.9]:25", "")


@given(
    lines=st.lists(
        st.tuples(st.sampled_from(_WHOM), st.sampled_from(_RELAYS), st.sampled_from(_ENDED), _SAID), max_size=4
    ),
    end=st.sampled_from(("\n", "\r\n", "")),
)
@example(lines=[(_WHOM[1], _RELAYS[0], _ENDED[2], _BLOCK)], end="\n")
@example(lines=[(_WHOM[0], _RELAYS[0], _ENDED[0], _ZERO)], end="\n")
@example(lines=[(_WHOM[0], _RELAYS[0], _ENDED[0], _CUT_AMID)], end="\n")
@example(lines=[(_WHOM[0], _RELAYS[0], _ENDED[0], _TWICE), (_WHOM[0], _RELAYS[0], _ENDED[0], _V6)], end="\n")
@example(lines=[(_WHOM[4], _RELAYS[0], _ENDED[2], _BLOCK)], end="\n")
@settings(max_examples=200)
def test_glances_find_in_any_line_what_reading_all_of_it_does(lines: list[tuple[str, str, str, str]], end: str) -> None:
    text = "\n".join(
        f"Nov 20 10:00:00 mx1 postfix/smtp[12]: ABCDEF12: to={whom}{relay}, delay=1, dsn=4.0.0, status={ended}{said})"
        for whom, relay, ended, said in lines
    )
    data = bytearray((text + end).encode())
    if not data:
        return
    found = []
    for everything in (False, True):
        finder = Finder(replace(WANTED, everything=everything), READER)
        hits = finder.hits(Chunk(data, len(data), len(data), False), 0, (POSTFIX,))
        blocks = [hit for hit in hits if hit.reading is not None and hit.reading.block]
        found.append((blocks, +finder.tally.attempts, finder.tally.candidates, finder.tally.unparsed))
    assert found[0] == found[1]


def test_a_scan_by_glances_finds_and_counts_what_reading_everything_does(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    planted = biglog.make(log, 60_000, seed=7)
    with log.open("a") as file:
        file.write(refusal(1, said="421 wait; as our admin said: never") + refusal(2, status="SOFTBOUNCE"))
        file.write(refusal(3).replace(" said: ", " refused to talk to me: "))
        file.write(refusal(4, said="550 bloqu\u00e9 par zen.spamhaus.org, he refused to talk to me: said: no"))
        file.write(noise(5).rstrip() + " status=bounced (said: nothing)\n")
    quick, full = read(log), read(log, wanted=replace(WANTED, everything=True))
    assert quick.events == [event for event in full.events if event.reading.block]
    assert (quick.tally.attempts, quick.tally.blocks) == (full.tally.attempts, full.tally.blocks)
    assert (quick.tally.candidates, quick.tally.unparsed) == (full.tally.candidates, full.tally.unparsed)
    assert quick.tally.blocks == sum(planted.blocks.values()) + 3
    assert quick.tally.attempts == {"bounced": planted.bounced + 3, "deferred": planted.deferred + 1}


def test_deliveries_are_counted_piece_by_piece_and_of_one_host_as_in_the_whole_log(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    planted = biglog.make(log, 20_000, seed=7)
    sent = log.read_text().count(", status=sent (")
    failed = {"bounced": planted.bounced, "deferred": planted.deferred}
    wanted = replace(WANTED, deliveries=True)
    whole, pieces = read(log, wanted=wanted), read(log, wanted=wanted, **in_pieces(100_000))
    ours = {("mx1.example.org", ended): count for ended, count in {"sent": sent, **failed}.items()}
    assert whole.tally.deliveries == pieces.tally.deliveries == ours
    with log.open("a") as file:
        file.write(delivery(1).replace(HOST, "mx9.example.org") + refusal(2).replace(HOST, "mx9.example.org"))
    others = {("mx9.example.org", "sent"): 1, ("mx9.example.org", "bounced"): 1}
    assert read(log, wanted=wanted).tally.deliveries == {**ours, **others}
    for host, counted in (("mx9", others), ("mx1", ours)):
        of_host = partial(str.__contains__, f"{host}.example.org")
        assert read(log, wanted=replace(wanted, of_host=of_host)).tally.deliveries == counted
    assert read(log).tally.deliveries == {}


# --- years --------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("days", [3, 800])
def test_years_are_told_by_the_order_of_lines_and_the_time_of_the_file(tmp_path: Path, packed: bool, days: int) -> None:
    end = datetime(2026, 1, 5, 12)
    moments = [end - timedelta(days=days) * (2000 - n) / 2000 for n in range(2001)]
    text = "".join(refusal(n, stamped(moment)) + noise(n, stamped(moment)) for n, moment in enumerate(moments))
    data = gzip.compress(text.encode()) if packed else text.encode()
    log = write(tmp_path / "mail.log", data, end.replace(tzinfo=TOKYO))
    for options in ({}, in_pieces(20_000)):
        assert [event.local for event in read(log, **options).events] == [
            each.replace(microsecond=0) for each in moments
        ]


def test_the_end_that_is_named_counts_more_than_the_time_of_the_files(tmp_path: Path) -> None:
    write(tmp_path / "mail.log.2.gz", gzip.compress(refusal(1, "Dec 30 10:00:00").encode()))
    write(tmp_path / "mail.log.1", refusal(2, "Dec 31 10:00:00") + refusal(3, "Jan  1 10:00:00"))
    write(tmp_path / "mail.log", refusal(4, "Jan  2 10:00:00"))
    found = read(tmp_path, log_ends=datetime(2022, 1, 3, tzinfo=UTC))
    assert [event.local.year for event in found.events if event.local] == [2021, 2021, 2022, 2022]


def test_a_rotated_file_ends_before_the_next_begins_whatever_its_time(tmp_path: Path) -> None:
    """Files that were copied all have the time of the copy."""
    write(tmp_path / "mail.log.1", refusal(1, "Nov 20 10:00:00"))
    write(tmp_path / "mail.log", refusal(2, "Nov 10 10:00:00") + refusal(3, "Nov 23 10:00:00"))
    assert [event.local.year for event in read(tmp_path).events if event.local] == [2025, 2026, 2026]


def test_lines_of_a_leap_day_move_a_log_to_a_leap_year(tmp_path: Path) -> None:
    text = refusal(1, "Feb 28 23:50:00") + refusal(2, "Feb 29 00:10:00") + refusal(3, "Mar  1 00:10:00")
    for data in (text.encode(), gzip.compress(text.encode())):
        log = write(tmp_path / "mail.log", data)
        assert [event.local.year for event in read(log).events if event.local] == [2024, 2024, 2024]


def test_what_waits_for_its_year_waits_in_a_file_when_it_is_much(tmp_path: Path) -> None:
    count = 7000
    data = "".join(refusal(n) for n in range(count)).encode()
    found = read(write(tmp_path / "mail.log.gz", gzip.compress(data)))
    assert found.numbers == list(range(count))
    assert {event.local.year for event in found.events if event.local} == {2026}


# --- processes ----------------------------------------------------------------------------------


@given(
    lines=st.lists(st.sampled_from(["refusal", "noise", "long", "blank", "bytes"]), max_size=40),
    piece=st.integers(1, 3000),
    processes=st.integers(2, 4),
)
@settings(max_examples=30, deadline=None)
def test_several_processes_find_the_same_as_one(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], piece: int, processes: int
) -> None:
    kinds = {"long": noise(1).strip() + "x" * 3000 + "\n", "blank": "\n", "bytes": "\udcff\n"}
    made = [refusal(n) if kind == "refusal" else kinds.get(kind, noise(n)) for n, kind in enumerate(lines)]
    folder = tmp_path_factory.mktemp("log")
    log = write(folder / "mail.log", "".join(made).encode(errors="surrogateescape"))
    write(folder / "mail.log.1", gzip.compress(mixed(30).encode()))
    one, several = read(folder), read(folder, **in_pieces(piece, processes))
    assert one == several
    assert [event.line for event in one.events if event.file == str(log)] == [
        n for n, kind in enumerate(lines, 1) if kind == "refusal"
    ]


def test_results_come_in_the_order_of_the_tasks_and_are_taken_before_more_are_made(tmp_path: Path) -> None:
    """A process whose results nobody takes stops when its pipe is full."""
    made = tmp_path / "made"

    def run(task: int) -> Iterator[tuple[int, int, bytes]]:
        for number in range(2000):
            with made.open("a") as file:
                file.write(f"{task}\n")
            yield task, number, b"x" * 10_000

    results = run_in_order(run, 3, 2)
    assert next(results)[:2] == (0, 0)
    time.sleep(1)
    running = made.stat().st_size
    time.sleep(0.5)
    assert made.stat().st_size == running < 2 * 600
    assert [result[:2] for result in results] == [(t, n) for t in range(3) for n in range(2000)][1:]


def test_processes_end_when_nobody_wants_their_results_any_more() -> None:
    def run(task: int) -> Iterator[int]:
        yield os.getpid()
        while task:
            yield task

    results = run_in_order(run, 4, 2)
    assert next(results) == os.getpid()
    child = next(results)
    results.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_process_that_is_killed_is_no_end_of_the_log() -> None:
    def run(task: int) -> Iterator[int]:
        yield task
        if task == 1:
            os.kill(os.getpid(), 9)

    with pytest.raises(OutsideFailed, match="was ended from outside"):
        list(run_in_order(run, 3, 2))


def test_a_bug_in_a_process_is_a_bug_here(capsys: pytest.CaptureFixture[str]) -> None:
    def run(task: int) -> Iterator[int]:
        yield 1 // (1 - task)

    with pytest.raises(RuntimeError, match="has failed"):
        list(run_in_order(run, 3, 2))
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("options", [{}, in_pieces()])
def test_a_file_that_is_made_shorter_while_it_is_read_is_told(tmp_path: Path, options: dict[str, int]) -> None:
    log = write(tmp_path / "mail.log", mixed(20))
    with log.open("rb") as file:
        stretch = Stretch(file.fileno(), 0, log.stat().st_size)
        os.truncate(log, 500)
        assert sum(chunk.end for chunk in chunks(stretch)) == 500
    assert stretch.trouble == "it was made shorter while it was read"


def test_a_file_that_goes_away_before_its_turn_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    for number in range(202):
        write(tmp_path / f"mail.log.{number}", refusal(number))
    found = find([str(tmp_path)])
    (tmp_path / "mail.log.0").unlink()
    result = gather(Scan(found.sources, WANTED, NOW))
    close(found.sources)
    assert result.numbers == list(range(201, 0, -1))
    assert [trouble.why for trouble in result.troubles] == [f"there is no file {tmp_path / 'mail.log.0'}"]


def test_a_buffer_is_all_that_is_held_of_a_log(tmp_path: Path) -> None:
    """What is allocated does not grow with the log."""
    import tracemalloc

    peaks = []
    for count in (20_000, 100_000):
        log = write(tmp_path / "mail.log", noise(1) * count)
        tracemalloc.start()
        read(log)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000
    assert peaks[1] < 8 * cutting.SIZE


# --- this host ----------------------------------------------------------------------------------


def test_this_hosts_logs_are_where_mail_systems_put_them(tmp_path: Path) -> None:
    for number, name in enumerate(
        ("mail.log.1", "mail.log", "mail.info", "syslog", "exim4/mainlog", "exim4/rejectlog")
    ):
        write(tmp_path / "var/log" / name, refusal(number))
    names = [source.path.removeprefix(f"{tmp_path}/var/log/") for source in find_here(str(tmp_path)).sources]
    assert names == ["mail.log.1", "mail.log", "exim4/mainlog"]


def test_a_host_without_logs_and_without_journal_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no mail log where mail systems put it, and no journal: name a FILE"):
        find_here(str(tmp_path), str(tmp_path / "journalctl"))


def test_a_host_whose_logs_are_empty_has_its_journal(tmp_path: Path) -> None:
    write(tmp_path / "var/log/mail.log", "")
    assert [source.kind for source in find_here(str(tmp_path), "sh").sources] == [Kind.JOURNAL]


_FOLDERS = ("/usr/lib/systemd", "/lib/systemd")
_REMOTE = shutil.which("systemd-journal-remote", path=os.pathsep.join(_FOLDERS))


@pytest.fixture
def journal(tmp_path: Path) -> Callable[[Iterable[str]], Path]:
    """Make or lengthen a journal's file from messages of postfix/smtp; give the file."""
    if shutil.which("journalctl") is None or _REMOTE is None:
        assert not os.environ.get("CI"), "there is no journalctl, or no systemd-journal-remote to make a journal with"
        pytest.skip("there is no journalctl, or no systemd-journal-remote to make a journal with")
    file, count = tmp_path / "system.journal", 0

    def add(lines: Iterable[str]) -> Path:
        nonlocal count
        entries = []
        for line in lines:
            count += 1
            program, _, message = line.partition(f" {HOST} ")[2].rstrip("\n").partition(": ")
            micros = int((NOW + timedelta(seconds=count)).timestamp() * 1_000_000)
            entries.append(
                f"__REALTIME_TIMESTAMP={micros}\n__MONOTONIC_TIMESTAMP={count}\n_BOOT_ID={1:032x}\nMESSAGE={message}\n"
                f"SYSLOG_IDENTIFIER={program.partition('[')[0]}\nSYSLOG_FACILITY=2\n_PID=123\n_HOSTNAME={HOST}\n\n"
            )
        subprocess.run(
            [str(_REMOTE), "-o", str(file), "-"], input="".join(entries).encode(), check=True, capture_output=True
        )
        return file

    return add


def test_a_journal_is_read_and_gone_on_with(journal: Callable[[Iterable[str]], Path]) -> None:
    file = journal([noise(1), refusal(2), delivery(3), refusal(4)])
    source = reading_journal(options=[f"--file={file}"])
    first, known = read_new([source], ())
    assert (first.numbers, first.troubles) == ([2, 4], [])
    assert first.events[0].at == NOW + timedelta(seconds=2)
    assert first.events[0].host == HOST
    again, known = read_new([source], known)
    assert (again.numbers, again.troubles) == ([], [])
    journal([refusal(5), refusal(6)])
    more, known = read_new([source], known)
    assert (more.numbers, more.troubles) == ([5, 6], [])
    assert [cursor.path for cursor in known] == ["journal"]


def test_a_file_of_a_journal_that_is_named_is_read_as_such(journal: Callable[[Iterable[str]], Path]) -> None:
    assert read(journal([refusal(7)])).numbers == [7]


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    if shutil.which("journalctl") is None:
        assert not os.environ.get("CI"), "there is no journalctl"
        pytest.skip("there is no journalctl")
    source = reading_journal(options=[f"--file={tmp_path / 'none.journal'}"])
    [trouble] = gather(Scan([source], WANTED, NOW)).troubles
    assert trouble.file == "journal"
    assert trouble.why


def test_a_program_that_is_not_there_is_told() -> None:
    [trouble] = gather(Scan([reading_journal("/there/is/no/journalctl")], WANTED, NOW)).troubles
    assert trouble.why == "/there/is/no/journalctl cannot be started: No such file or directory"


def test_a_journal_is_followed_until_somebody_stops_it(journal: Callable[[Iterable[str]], Path]) -> None:
    source = reading_journal(options=[f"--file={journal([refusal(1)])}"])

    def happen() -> None:
        time.sleep(0.7)
        journal([noise(2), refusal(3)])
        time.sleep(1.5)
        os.kill(os.getpid(), signal.SIGINT)

    # Who runs the tests in the background of a script has them ignore Control-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=happen)
    thread.start()
    try:
        found = [each for each in follow_journal(source, WANTED, NOW) if isinstance(each, Event)]
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    assert [int(event.queue_id, 16) for event in found] == [3]


# --- going on where the last reading stopped ----------------------------------------------------


def read_new(sources: Sequence[object], known: Iterable[Cursor]) -> tuple[Read, tuple[Cursor, ...]]:
    """Read what is new in logs (paths or sources), given the cursors of the last time; give the next cursors too."""
    named = find([str(path) for path in sources]).sources if isinstance(sources[0], Path) else sources
    planned = plan(named, known, NOW.timestamp())  # type: ignore[arg-type]
    scan = Scan(planned.sources, WANTED, NOW)
    result = gather(scan)
    cursors = read_so_far(planned, scan.reached)
    close(planned.sources)
    return result, cursors


class Rotated:
    """A log that is written to and rotated as logrotate does it, with lines that are numbered."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.live, self.written = folder, folder / "mail.log", 0
        self.known: tuple[Cursor, ...] = ()
        self.found: list[int] = []
        self._torn = ""
        folder.mkdir(exist_ok=True)
        self.live.touch()

    def append(self, count: int = 1) -> None:
        """Write lines."""
        with self.live.open("a") as file:
            file.write(self._torn + "".join(refusal(self.written + n) for n in range(bool(self._torn), count)))
        self._torn = ""
        self.written += count

    def tear(self) -> None:
        """Write the beginning of a line; the next lines to be written begin with its end."""
        if not self._torn:
            line = refusal(self.written)
            with self.live.open("a") as file:
                file.write(line[:60])
            self._torn = line[60:]

    def rename(self) -> None:
        """Rotate by renaming; a new file is begun."""
        self._settle()
        self._make_room()
        self.live.rename(self.folder / "mail.log.1")
        self.live.touch()

    def copy_and_truncate(self) -> None:
        """Rotate by copying; the file is emptied."""
        self._settle()
        self._make_room()
        shutil.copy2(self.live, self.folder / "mail.log.1")
        os.truncate(self.live, 0)

    def compress(self) -> None:
        """Compress what was rotated last time and before, and leave the newest, or all."""
        for path in list(self.folder.glob("mail.log.*[0-9]")):
            packed = path.with_name(path.name + ".gz")
            packed.write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()

    def leave_a_copy(self) -> None:
        """Compress the newest rotated file without removing it, as an interrupted rotation does."""
        newest = self.folder / "mail.log.1"
        if newest.exists():
            (self.folder / "mail.log.1.gz").write_bytes(gzip.compress(newest.read_bytes()))

    def scan(self) -> None:
        """Read what is new."""
        result, self.known = read_new([self.live], self.known)
        assert result.troubles == []
        self.found += result.numbers

    def _settle(self) -> None:
        if self._torn:
            self.append()

    def _make_room(self) -> None:
        for number in range(len(list(self.folder.iterdir())), 0, -1):
            for suffix in ("", ".gz"):
                old = self.folder / f"mail.log.{number}{suffix}"
                if old.exists():
                    old.rename(self.folder / f"mail.log.{number + 1}{suffix}")


MOVES = ("append", "append_much", "tear", "rename", "copy_and_truncate", "compress", "leave_a_copy", "scan")


@given(moves=st.lists(st.sampled_from(MOVES), max_size=25))
@settings(max_examples=150, deadline=None)
def test_every_line_is_read_once_however_the_log_is_rotated(
    tmp_path_factory: pytest.TempPathFactory, moves: list[str]
) -> None:
    log = Rotated(tmp_path_factory.mktemp("rotated"))
    log.scan()
    for move in moves:
        if move == "append_much":
            log.append(40)
        else:
            getattr(log, move)()
    log.append()
    log.scan()
    assert log.found == list(range(log.written))
    log.scan()
    assert log.found == list(range(log.written))


def test_the_first_reading_takes_what_was_named_and_the_next_what_was_rotated_since(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(3)
    log.rename()
    log.append(2)
    log.scan()
    assert log.found == [3, 4]
    for _ in range(2):
        log.append(2)
        log.rename()
    log.compress()
    log.scan()
    assert log.found == [3, 4, 5, 6, 7, 8]
    # What was passed over is read when somebody asks for it by its name.
    result, log.known = read_new([log.folder / "mail.log.3.gz"], log.known)
    assert result.numbers == [0, 1, 2]
    assert read_new([log.folder / "mail.log.3.gz"], log.known)[0].numbers == []


def test_lines_keep_their_numbers_when_reading_goes_on(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(3)
    log.scan()
    log.append(2)
    result, log.known = read_new([log.live], log.known)
    assert [event.line for event in result.events] == [4, 5]


def test_a_rotation_between_looking_and_reading_loses_nothing(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(2)
    log.scan()
    log.append(2)
    planned = plan(find([str(log.live)]).sources, log.known, NOW.timestamp())
    log.rename()
    log.append(1)
    scan = Scan(planned.sources, WANTED, NOW)
    log.found += gather(scan).numbers
    log.known = read_so_far(planned, scan.reached)
    close(planned.sources)
    log.scan()
    assert log.found == [0, 1, 2, 3, 4]


def test_a_truncation_between_reading_and_remembering_loses_nothing(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(30)
    planned = plan(find([str(log.live)]).sources, log.known, NOW.timestamp())
    scan = Scan(planned.sources, WANTED, NOW)
    log.found += gather(scan).numbers
    log.copy_and_truncate()
    log.append(1)
    log.known = read_so_far(planned, scan.reached)
    close(planned.sources)
    log.append(1)
    log.scan()
    assert log.found == list(range(32))


def test_a_truncation_while_it_is_read_loses_nothing(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(60)
    planned = plan(find([str(log.live)]).sources, log.known, NOW.timestamp())
    scan = Scan(planned.sources, WANTED, NOW, piece=2000)
    for each in scan:
        if isinstance(each, Trouble):
            assert each.why == "it was made shorter while it was read"
            continue
        assert isinstance(each, Event)
        log.found.append(int(each.queue_id, 16))
        if len(log.found) == 20:
            log.copy_and_truncate()
            log.append(1)
    assert len(log.found) < 40
    log.known = read_so_far(planned, scan.reached)
    close(planned.sources)
    log.scan()
    assert log.found == list(range(61))


def test_a_copy_that_was_not_truncated_yet_is_no_second_log(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(30)
    log.scan()
    shutil.copy2(log.live, log.folder / "mail.log.1")
    log.append(1)
    log.scan()
    os.truncate(log.live, 0)
    log.append(1)
    log.scan()
    assert log.found == list(range(32))


def test_a_torn_line_of_a_file_at_rest_is_read_in_the_end(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(1)
    log.scan()
    log.rename()
    rotated = log.folder / "mail.log.1"
    with rotated.open("a") as file:
        file.write(refusal(1).rstrip())
    os.utime(rotated, (NOW.timestamp() - 60,) * 2)
    log.scan()
    assert log.found == [0]
    os.utime(rotated, (NOW.timestamp() - 3600,) * 2)
    log.scan()
    log.scan()
    assert log.found == [0, 1]


def test_cursors_of_other_logs_stay_and_go_through_json(tmp_path: Path) -> None:
    from dataclasses import asdict

    one, other = Rotated(tmp_path / "one"), Rotated(tmp_path / "other")
    one.append(2)
    other.append(3)
    known: tuple[Cursor, ...] = ()
    for log in (one, other, one, other):
        result, known = read_new([log.live], known)
        log.found += result.numbers
        known = tuple(Cursor(**each) for each in json.loads(json.dumps([asdict(cursor) for cursor in known])))
    assert (one.found, other.found) == ([0, 1], [0, 1, 2])


def test_what_comes_through_a_pipe_has_no_cursor(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text(refusal(1)))
    writer.start()
    result, known = read_new([tmp_path / "pipe"], ())
    writer.join()
    assert (result.numbers, known) == ([1], ())


def test_what_came_through_a_pipe_and_was_kept_can_be_read_twice_to_its_last_line(tmp_path: Path) -> None:
    for data in (refusal(1).rstrip().encode(), gzip.compress(refusal(1).encode())):
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
        writer.start()
        read_from = spooled(find([str(tmp_path / "pipe")]).sources[0])
        writer.join()
        for _ in range(2):
            planned = plan([read_from], (), NOW.timestamp())
            scan = Scan(planned.sources, WANTED, NOW)
            assert gather(scan).numbers == [1]
            assert read_so_far(planned, scan.reached) == ()
        close([read_from])
        (tmp_path / "pipe").unlink()


# --- following ----------------------------------------------------------------------------------


def followed(log: Rotated, steps: Sequence[Callable[[], object]], start: From | None = None) -> list[int | str]:
    """Follow a log while it goes through steps, one at each look; give the numbers and troubles in their order."""
    left = list(steps)

    def wait(_: float) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    found: list[int | str] = []
    for each in follow([start or From(str(log.live))], WANTED, lambda: NOW, wait):
        if isinstance(each, Event):
            found.append(int(each.queue_id, 16))
        elif isinstance(each, Trouble):
            found.append(each.why)
    return found


def test_lines_are_given_as_they_are_written_from_the_end_on(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(3)
    assert followed(log, [log.append, lambda: log.append(2), log.tear, log.append, log.append]) == [3, 4, 5, 6, 7]


def test_following_begins_where_reading_has_stopped(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(3)
    assert followed(log, [log.append], From(str(log.live), len(refusal(0)), 1)) == [1, 2, 3]


def test_a_renamed_log_is_read_to_its_end_before_the_new_one(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    log.append(1)

    def write_to_the_old_one() -> None:
        log.rename()
        with (log.folder / "mail.log.1").open("a") as file:
            file.write(refusal(log.written))
        log.written += 1

    assert followed(log, [log.append, write_to_the_old_one, lambda: None, log.append, log.append]) == [1, 2, 3, 4]


def test_a_log_that_is_away_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    log = Rotated(tmp_path / "log")
    assert followed(log, [log.append, lambda: log.live.rename(log.folder / "x"), lambda: None, log.append]) == [0, 1]


@pytest.mark.parametrize("count", [1, 30])
def test_a_truncated_log_is_begun_again(tmp_path: Path, count: int) -> None:
    log = Rotated(tmp_path / "log")
    log.append(3)

    def truncate_and_append() -> None:
        log.copy_and_truncate()
        log.append(count)

    told = "it was truncated: it is read again from its beginning"
    assert followed(log, [log.append, truncate_and_append]) == [3, told, *range(4, 4 + count)]


def test_following_a_log_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        next(follow([From(str(tmp_path / "mail.log"))], WANTED, lambda: NOW, lambda _: None))
