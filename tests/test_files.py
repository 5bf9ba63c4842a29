"""Files that commands write with -o: whole or not at all, over a file but never over what is none."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from delist.cli.files import BY_UMASK, write_whole
from delist.errors import OutsideFailed, UsageError
from delist.tools import Tools
from tests.conftest import Run, fine, refused

A = "203.0.113.57"
LINES = ["one", "zwei ü"]
WHOLE = "one\nzwei ü\n"


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_file_is_of_its_owner_or_as_the_umask_has_it(tmp_path: Path) -> None:
    for mode, expected in ((0o600, 0o600), (BY_UMASK, 0o640)):
        written = write_whole(str(tmp_path / "a"), LINES, mode)
        assert (tmp_path / "a").read_text(encoding="utf-8") == WHOLE
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected
    assert (written.lines, written.remark) == (2, ", replaced")
    assert write_whole(str(tmp_path / "b"), []).remark == ""


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", encoding="utf-8")

    def broken() -> Iterator[str]:
        yield "one"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutsideFailed, match=r"cannot write .*/a: No space left"):
        write_whole(str(tmp_path / "a"), broken())
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("a", "old")]


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name in ("new", "old"):
        (tmp_path / name).symlink_to(tmp_path / "there" / name)
    (tmp_path / "there" / "old").write_text("old", encoding="utf-8")
    for name in ("new", "old"):
        write_whole(str(tmp_path / name), LINES)
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "there" / name).read_text(encoding="utf-8") == WHOLE
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OutsideFailed, match="loop"):
        write_whole(str(tmp_path / "loop"), LINES)


def test_what_was_laid_out_beside_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious", encoding="utf-8")
    (tmp_path / "r.html.part").symlink_to(tmp_path / "victim")
    write_whole(str(tmp_path / "r.html"), LINES)
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "precious"
    assert (tmp_path / "r.html.part").is_symlink()
    assert not (tmp_path / "r.html").is_symlink()


def test_many_may_write_one_file_at_once(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: write_whole(str(tmp_path / "c"), lines), range(64)))
    assert {each.lines for each in done} == {200}
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert (tmp_path / "c").read_text(encoding="utf-8").splitlines() == lines


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, told = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: told.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    written = write_whole(str(pipe), LINES)
    reader.join(10)
    assert (told, written.remark, stat.S_ISFIFO(pipe.stat().st_mode)) == ([WHOLE], "", True)


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    # The numbers of the null device of Linux, in a folder of the test's own.
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        device.write_text("", encoding="utf-8")
    except OSError as error:
        pytest.skip(f"devices cannot be made or opened here: {error.strerror}")
    before = device.stat()
    assert write_whole(str(device), LINES).lines == 2
    after = device.stat()
    assert (after.st_ino, after.st_rdev, after.st_mode) == (before.st_ino, before.st_rdev, before.st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["null"]


def test_the_open_output_is_added_to_whatever_it_is(tmp_path: Path) -> None:
    program = "from delist.cli.files import write_whole; write_whole('/dev/stdout', ['one', 'zwei ü'])"
    (tmp_path / "all").write_text("before\n", encoding="utf-8")
    with (tmp_path / "all").open("a", encoding="utf-8") as file:
        subprocess.run([sys.executable, "-c", program], stdout=file, check=True)
    assert (tmp_path / "all").read_text(encoding="utf-8") == f"before\n{WHOLE}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode() == WHOLE


def test_neither_a_folder_nor_nothing_is_written_to(tmp_path: Path) -> None:
    with pytest.raises(OutsideFailed, match="Is a directory"):
        write_whole(str(tmp_path), LINES)
    with pytest.raises(UsageError, match="name a file"):
        write_whole("", LINES)


@pytest.mark.parametrize("words", [("report", A), ("export",)])
def test_an_empty_name_is_a_wrong_word(run: Run, words: tuple[str, ...]) -> None:
    fine(run("address", "add", A))
    refused(run(*words, "-o", ""), 2, "name a file")


@pytest.mark.parametrize(("words", "mode"), [(("report", A), 0o640), (("export",), 0o600)])
def test_that_a_file_was_replaced_is_said(run: Run, tmp_path: Path, words: tuple[str, ...], mode: int) -> None:
    fine(run("address", "add", A))
    file = tmp_path / "out"
    for end in (f"{file}\n", f"{file}, replaced\n"):
        done = run(*words, "-o", file)
        assert (done.code, done.out) == (0, "")
        assert done.err.endswith(end)
        assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_page_that_does_not_fit_is_no_success(run: Run, tools: Tools, tmp_path: Path, unbuffered: str) -> None:
    for key in ("pbl", "spamcop", "css", "sbl"):
        fine(run("observe", A, key, "listed"))
    limited = f"ulimit -f 8; exec {sys.executable} -m delist report {A} --format html > {tmp_path / 'page'}"
    # A limit of the size of files says what a full disk says, without one: first a part, then an error.
    given = {**os.environ, "DELIST_HOME": str(tools.database.parent), "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(["bash", "-c", f"trap '' XFSZ; {limited}"], env=given, capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (6, 1), done.stderr
    assert (tmp_path / "page").stat().st_size == 8192
