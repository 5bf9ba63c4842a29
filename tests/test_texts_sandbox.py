"""Templates of the operator's own: what they cannot do, what is said of a broken one, and the process that fills it."""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from delist import texts
from delist.errors import DelistError, SetupError, UsageError
from delist.resources import folder
from delist.texts import apart, filling
from delist.texts.sources import MOST

NAME = "mine.en.txt.j2"
FACTS: dict[str, Any] = {
    "address": "203.0.113.7",
    "contact": {"name": "Hanako Example", "email": "hanako@example.org"},
    "domain": "example.org",
    "provider": False,
    "purpose": "order confirmations",
    "stated": {"static": True, "purpose": "order confirmations", "spf": "v=spf1 -all"},
}
# Some 10,000,000,000 rounds.
LOOP = "{% for a in range(99999) %}\n{% for b in range(99999) %}{% endfor %}{% endfor %}"
# Of computing, or by the clock where the machine has much to do.
TOO_LONG = "it took longer than "
DEEP = "it is nested too deeply, or includes or calls itself without end"

on_linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")


def write(own: Path, name: str = "mine", language: str = "en", **more: Any) -> texts.Written:
    """Fill in a template of a folder of one's own."""
    return texts.write([own], [name], language, {**FACTS, **more})


def put(own: Path, source: str | bytes, name: str = NAME) -> Path:
    """Write a template."""
    path = own / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return path


def said_of(own: Path, source: str | bytes, kind: type[DelistError] = SetupError) -> str:
    """Return what is said of a template that cannot be filled in."""
    put(own, source)
    with pytest.raises(kind) as caught:
        write(own)
    return str(caught.value)


# What a template cannot do.

BOUNDS: dict[str, tuple[str, int, str]] = {
    "loop": (f"a\n{LOOP}", 3, TOO_LONG),
    "doubling macro": (
        "{% macro m(n) %}{% if n %}\n{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}\n{{ m(99) }}",
        *(2, TOO_LONG),
    ),
    "endless filter": ("a\n{{ lipsum(n=10**9) }}", 2, TOO_LONG),
    "long range": ("{{ range(10**9) | list }}", 1, "Range too big"),
    "power": ("a\n\n{{ 9**(9**9) }}", 3, TOO_LONG),
    "squares": (
        "{% set ns = namespace(x=3) %}\n{% for i in range(99999) %}\n{% set ns.x = ns.x * ns.x %}{% endfor %}",
        *(3, TOO_LONG),
    ),
    "long string": ("a\n{{ 'x' * 10**10 }}", 2, filling.TOO_LARGE),
    "long list": ("a\n{{ [1] * 10**9 }}", 2, filling.TOO_LARGE),
    "old format": ("a\n{{ '%1000000000d' % 1 }}", 2, filling.TOO_LARGE),
    "new format": ("a\n{{ '{:1000000000d}'.format(1) }}", 2, filling.TOO_LARGE),
    "wide filter": ("a\n{{ 'a' | center(10**9) }}", 2, filling.TOO_LARGE),
    "many small things": (
        "{% set ns = namespace(x=[]) %}\n{% for i in range(99999) %}\n"
        "{% set ns.x = [ns.x, {'a': [{}, {}]}, '%100d' % i, '%900d' % i, '%9000d' % i] %}{% endfor %}",
        *(3, filling.TOO_LARGE),
    ),
    "long macro": (
        "{% macro m() %}\n{% for i in range(99999) %}{{ '%9000d' % i }}{% endfor %}{% endmacro %}\n{{ m() | length }}",
        *(2, filling.TOO_LARGE),
    ),
    "much text": ("a\n{% for i in range(99999) %}\n{{ i }}{% endfor %}", 3, filling.TOO_MUCH),
    "one long text": ("{{ 'x' * 100001 }}", 1, filling.TOO_MUCH),
    "includes itself": (f"a\n{{% include '{NAME}' %}}", 2, DEEP),
    "imports itself": (f"a\n{{% import '{NAME}' as t with context %}}", 2, DEEP),
    "extends itself": (f"{{% extends '{NAME}' %}}", 1, DEEP),
    "calls itself": ("{% macro m() %}\n{{ m() }}{% endmacro %}\n{{ m() }}", 2, DEEP),
    "brackets": (f"a\n{{{{ {'[' * 3000}1{']' * 3000} }}}}", 2, DEEP),
    "long sum": (f"a\n{{{{ {'+'.join(['provider'] * 3000)} }}}}", 2, DEEP),
    "class": ("a\n{{ 'a'.__class__.__mro__ }}", 2, "access to attribute '__class__' of 'str' object is unsafe"),
    "class by format": ("a\n{{ '{0.__class__}'.format(address) }}", 2, "'__class__'"),
    "class by filter": ("a\n{{ address | attr('__class__') }}", 2, "'__class__'"),
    "format by filter": ("a\n{{ ('{0.__class__}' | attr('format'))(address) }}", 2, "'__class__'"),
    "globals": ("a\n{{ lipsum.__globals__['os'] }}", 2, "'__globals__'"),
    "context": ("a\n{{ self._TemplateReference__context }}", 2, "is unsafe"),
    "change of a fact": ("a\n{{ stated.update({'spf': 'x'}) }}", 2, "is unsafe"),
    "file above": ("a\n{% include '../config.toml' %}", 2, "there is no template ../config.toml"),
    "file anywhere": ("a\n{% include '/etc/passwd' %}", 2, "there is no template /etc/passwd"),
    "file beside": ("a\n{% include 'secret.txt' %}", 2, "there is no template secret.txt"),
    "codec": ("a\n{{ address.encode('punycode') }}", 2, "it wants something that stands in a file, and may open none"),
}


@pytest.mark.parametrize("attack", BOUNDS)
def test_a_template_stays_within_its_bounds_and_its_line_is_named(tmp_path: Path, attack: str) -> None:
    source, line, reason = BOUNDS[attack]
    put(tmp_path, "the secret", "secret.txt")
    begun = time.monotonic()
    said = said_of(tmp_path, source)
    assert said.startswith(f"the template {NAME}, line {line}, cannot be used: ")
    assert reason in said
    assert time.monotonic() - begun < filling.PATIENCE + 2


def test_a_single_step_that_does_not_end_is_ended_too(tmp_path: Path) -> None:
    """No line is known then: the interpreter was in the middle of it."""
    source = "{{ (['a' * 50000000, 'a' * 50000000] * 50000) | sort(case_sensitive=true) | length }}"
    assert said_of(tmp_path, source).startswith(f"the template {NAME} cannot be used: {TOO_LONG}")


def test_as_much_text_as_is_allowed_is_written(tmp_path: Path) -> None:
    """Nothing of the way back is too narrow for it, whatever the characters."""
    for each in ("x", "é", "点", "\U0001f4ee", "\x01"):
        put(tmp_path, "{{ domain * n }}")
        most = filling.TEXT // len(each.encode())
        assert write(tmp_path, domain=each, n=most).text == each * most + "\n"
        with pytest.raises(SetupError, match="wrote more than 100 kB of text"):
            write(tmp_path, domain=each, n=most + 1)


def test_a_subject_is_no_way_around(tmp_path: Path) -> None:
    assert "its subject is longer than 998 characters" in said_of(tmp_path, "{% set subject = 'x' * 999 %}")


@pytest.mark.parametrize("end", ["\\nBcc: x@y", "\\rBcc: x@y", "\\x0b", "\\x1b[31m", "\\x85", "\\u2028", "\\ud800"])
def test_a_subject_is_one_line_that_a_file_can_hold(tmp_path: Path, end: str) -> None:
    said = said_of(tmp_path, f'{{% set subject = "a{end}b" %}}text')
    assert said.endswith("its subject holds a line end, another control character, or half a character")


def test_a_subject_may_stand_on_lines_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, "{% set subject %}\n{{ address }}\u3000の解除\n{% endset %}text")
    assert write(tmp_path).subject == "203.0.113.7\u3000の解除"


@pytest.mark.parametrize("half", ["\\ud800", "\\udfff", "\\ud83d' ~ '\\ude00"])
def test_half_a_character_is_refused_in_its_line(tmp_path: Path, half: str) -> None:
    said = said_of(tmp_path, f"{{{{ address }}}}\n{{{{ address ~ '{half}' }}}}")
    assert said == f"the template {NAME}, line 2, cannot be used: {filling.HALF}"


def test_filters_that_load_something_late_can_be_used(tmp_path: Path) -> None:
    put(tmp_path, "{{ '<b>a</b> &amp; c' | striptags }}")
    assert write(tmp_path).text == "a & c\n"


# What is said of a broken one.

BROKEN: dict[str, tuple[str | bytes, str]] = {
    "syntax": ("a\nb\n{% if %}", "line 3, cannot be used: Expected an expression, got 'end of statement block'"),
    "unknown filter": ("a\n{{ address | nosuch }}", "line 2, cannot be used: No filter named 'nosuch'."),
    "unknown filter on the way": (
        "a\n{% if address %}\n{{ address | nosuch }}{% endif %}",
        "line 3, cannot be used: No filter named 'nosuch' found.",
    ),
    "division": ("a\n\n{{ 1 / 0 }}", "line 3, cannot be used: division by zero"),
    "filter": ("a\n{{ 1 | join(3) }}", "line 2, cannot be used: 'int' object is not iterable"),
    "sum": ("a\n{{ 1 + 'a' }}", "line 2, cannot be used: unsupported operand type(s) for +: 'int' and 'str'"),
    "not UTF-8": (b"a\nGr\xfc\xdfe", "line 2, cannot be used: it is not UTF-8"),
    "nothing of a list": ("a\n{% include ['x', 'y'] %}", "line 2, cannot be used: there is no template x or y"),
    "large": ("x" * (MOST + 1), "cannot be used: it is larger than 100 kB"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_template_is_named_with_its_line_and_the_reason(tmp_path: Path, name: str) -> None:
    source, expected = BROKEN[name]
    said = said_of(tmp_path, source)
    assert said == f"the template {NAME}{', ' if expected.startswith('line') else ' '}{expected}"


def test_what_a_template_raises_is_one_short_line(tmp_path: Path) -> None:
    said = said_of(tmp_path, "{% include 'a\\n\\x1b[31m' ~ 'x' * 99999 %}")
    assert "there is no template a ?[31mxxx" in said
    assert len(said) < 400
    assert said.isprintable()


def test_a_fact_that_is_not_known_is_named_with_the_file_and_line_that_want_it(tmp_path: Path) -> None:
    said = said_of(tmp_path, "a\n{{ nosuch }}", UsageError)
    assert said == f"the template {NAME}, line 2, wants a fact that is not known: 'nosuch' is undefined"
    put(tmp_path, "{% macro greet() %}\n\n{{ stated.dkim }}{% endmacro %}", "parts/words.j2")
    said = said_of(tmp_path, "{% import 'parts/words.j2' as words with context %}\n{{ words.greet() }}", UsageError)
    assert said.startswith("the template parts/words.j2, line 3, wants a fact that is not known: ")


def test_of_a_template_that_includes_a_broken_one_the_broken_one_is_named(tmp_path: Path) -> None:
    put(tmp_path, b"a\n\xff", "words.j2")
    assert "template words.j2, line 2, cannot be used: it is not" in said_of(tmp_path, "\n\n{% include 'words.j2' %}")
    put(tmp_path, "a\nb\n{{ 1 / 0 }}", "words.j2")
    assert "template words.j2, line 3, cannot be used: division" in said_of(tmp_path, "\n{% include 'words.j2' %}")
    put(tmp_path, "a\nb\n\n{% if", "words.j2")
    assert "template words.j2, line 4, cannot be used: " in said_of(tmp_path, "\n{% include 'words.j2' %}")


# Which files are templates.


def test_files_in_folders_below_and_links_to_templates_are_used(tmp_path: Path) -> None:
    own = tmp_path / "own"
    put(tmp_path, "linked {{ address }}", "elsewhere/words.j2")
    put(own, "{% include 'parts/a.j2' %}, {% include 'b.j2' %}")
    put(own, "below", "parts/a.j2")
    (own / "b.j2").symlink_to(tmp_path / "elsewhere" / "words.j2")
    assert write(own).text == "below, linked 203.0.113.7\n"


@pytest.mark.parametrize("kind", ["secret", "dangling", "circle", "pipe", "device"])
def test_what_is_no_template_file_is_refused_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    own = tmp_path / "own"
    words = own / "words.j2"
    put(own, "{% include 'words.j2' %}")
    if kind == "secret":
        words.symlink_to(put(tmp_path, "the key", "secret.toml"))
    elif kind == "dangling":
        words.symlink_to(tmp_path / "nosuch.j2")
    elif kind == "circle":
        words.symlink_to(words)
    elif kind == "device":
        words.symlink_to("/dev/zero")
    else:
        os.mkfifo(words)
    with pytest.raises(SetupError, match=r"^the template words\.j2 cannot be used: it (is|cannot)"):
        write(own)


def test_a_file_that_has_no_part_in_the_text_disturbs_nobody(tmp_path: Path) -> None:
    put(tmp_path, b"\xff\xfe", "broken.j2")
    put(tmp_path, "{% if", "wrong.en.txt.j2")
    (tmp_path / ".#mine.en.txt.j2").symlink_to("somebody@example.org:1")
    put(tmp_path, "Mine: {{ address }}")
    assert write(tmp_path).text == "Mine: 203.0.113.7\n"


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"the templates in .*templates cannot be read: Not a directory"):
        write(put(tmp_path, "", "templates"), "spamhaus-pbl")


# When there is a process, and what it has.


def work_of_children() -> tuple[float, int]:
    """What all processes that this one started and waited for have done so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_minflt


def test_a_text_of_shipped_templates_needs_no_process_and_one_with_a_part_of_ones_own_does(tmp_path: Path) -> None:
    put(tmp_path, "not used")
    before = work_of_children()
    shipped = write(tmp_path, "spamhaus-pbl").text
    assert work_of_children() == before
    claims = (folder("templates") / "claims.en.j2").read_text()
    own = claims.replace(" static.\n", " never another one.\n")
    assert own != claims
    put(tmp_path, own, "claims.en.j2")
    text = write(tmp_path, "spamhaus-pbl").text
    assert "The address is static." in shipped
    assert text == shipped.replace("The address is static.", "The address is never another one.")
    assert work_of_children() > before
    # And one's own is what it is now, whatever was compiled before.
    put(tmp_path, claims.replace(" static.\n", " yet another one.\n"), "claims.en.j2")
    assert "The address is yet another one." in write(tmp_path, "spamhaus-pbl").text
    (tmp_path / "claims.en.j2").unlink()
    assert write(tmp_path, "spamhaus-pbl").text == shipped


@pytest.mark.parametrize(
    ("name", "language"),
    [("spamhaus-pbl", "en"), ("spamhaus-pbl", "ja"), ("general", "de"), ("general", "en"), ("t-online", "de")],
)
def test_a_process_of_its_own_writes_the_same_text(tmp_path: Path, name: str, language: str) -> None:
    facts = {
        "list": {"key": "x", "name": "点 Ü \U0001f4ee", "operator": "O"},
        "details": {"since": None, "all": [1, "a"]},
    }
    here = texts.write([], [name], language, FACTS | facts)
    shutil.copytree(folder("templates"), tmp_path / "own")
    before = work_of_children()
    assert write(tmp_path / "own", name, language, **facts) == here
    assert work_of_children() > before


def children_of(parent: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def until(ask: Callable[[], int], seconds: float = 10) -> int:
    """Return the first answer that counts; fails if there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return answer


def confined(parent: int) -> int:
    """Return the process that fills in a template, once its limits are set."""

    def find() -> int:
        for child in children_of(parent):
            with suppress(OSError):
                if "Max open files            0" in Path(f"/proc/{child}/limits").read_text():
                    return child
        return 0

    return until(find)


class Filling(threading.Thread):
    """Fills in a template that does not end, in another thread, and keeps what was said of it."""

    said = ""

    def __init__(self, own: Path) -> None:
        super().__init__()
        put(own, LOOP)
        self.own = own

    def run(self) -> None:
        """Fill it in."""
        try:
            write(self.own)
        except SetupError as error:
            self.said = str(error)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Filling, int]]:
    """A process in the middle of a template, beside an open file that any child would be given."""
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        thread = Filling(tmp_path)
        thread.start()
        yield thread, confined(os.getpid())
        thread.join()


@on_linux
def test_the_process_has_three_pipes_no_environment_no_terminal_and_its_limits(process: tuple[Filling, int]) -> None:
    _, child = process
    where = Path(f"/proc/{child}")
    streams = {int(each.name): os.readlink(each) for each in (where / "fd").iterdir()}
    assert sorted(streams) == [0, 1, 2]
    assert all(each.startswith("pipe:") for each in streams.values())
    assert (where / "environ").read_bytes() == b""
    assert os.readlink(where / "cwd") == "/"
    assert os.getsid(child) == child
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (where / "limits").read_text().splitlines()}
    assert limits["Max cpu time"] == ["3", "4"]
    assert limits["Max address space"] == [str(filling.MEMORY)] * 2
    for name in ("Max file size", "Max core file size", "Max open files", "Max processes"):
        assert limits[name] == ["0", "0"]


@on_linux
def test_a_process_that_is_killed_or_stands_still_is_told_of(process: tuple[Filling, int], tmp_path: Path) -> None:
    thread, child = process
    os.kill(child, signal.SIGKILL)
    thread.join()
    assert thread.said == f"the template {NAME} cannot be used: its process was ended by SIGKILL"
    again = Filling(tmp_path)
    again.start()
    os.kill(confined(os.getpid()), signal.SIGSTOP)
    again.join()
    assert again.said == f"the template {NAME} cannot be used: it took longer than 5 seconds"
    assert children_of(os.getpid()) == []


def started(own: Path) -> "subprocess.Popen[str]":
    """A program that fills in a template without end."""
    put(own, LOOP)
    code = "import json, pathlib, sys; from delist import texts\n"
    code += "texts.write([pathlib.Path(sys.argv[1])], ['mine'], 'en', json.loads(sys.argv[2]))"
    words = [sys.executable, "-c", code, str(own), json.dumps(FACTS)]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)


def has_ended(process: int) -> bool:
    """Whether a process is gone, or dead and only not yet waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@on_linux
def test_the_process_ends_within_its_limits_if_whoever_started_it_is_killed(tmp_path: Path) -> None:
    with started(tmp_path) as parent:
        child = confined(parent.pid)
        parent.kill()
        parent.wait()
        assert not has_ended(child)
        until(lambda: has_ended(child), filling.PATIENCE + 1)


@on_linux
def test_the_process_ends_at_once_when_the_program_is_interrupted(tmp_path: Path) -> None:
    with started(tmp_path) as parent:
        child = confined(parent.pid)
        begun = time.monotonic()
        parent.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in parent.communicate()[1]
        assert has_ended(child)
        assert time.monotonic() - begun < filling.SECONDS


def test_no_more_is_read_than_a_text_may_have(tmp_path: Path) -> None:
    """Whatever the process comes to do, should a template ever get out of its sandbox."""
    endless = put(tmp_path, "while True: print('x' * 10000)", "endless.py")
    said, code, late = apart.run(str(endless), b"")
    assert (len(said), code, late) == (apart.MOST + 1, -signal.SIGKILL, False)


def test_a_process_that_never_reads_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PATIENCE", 1)
    deaf = put(tmp_path, "import time; time.sleep(60)", "deaf.py")
    assert apart.run(str(deaf), b"x" * 1_000_000) == (b"", -signal.SIGKILL, True)


def test_a_transaction_that_is_open_meanwhile_stays_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    with closing(sqlite3.connect(file)) as ours, closing(sqlite3.connect(file, timeout=0)) as other:
        ours.execute("CREATE TABLE t (a)")
        ours.execute("BEGIN IMMEDIATE")
        ours.execute("INSERT INTO t VALUES (1)")
        put(tmp_path, "{{ address }}")
        assert write(tmp_path).text == "203.0.113.7\n"
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        ours.commit()
        assert other.execute("SELECT * FROM t").fetchall() == [(1,)]
