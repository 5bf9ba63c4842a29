"""Has a template filled in by a process of its own, which has nothing of ours and whose means are limited."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from delist.errors import OutsideFailed
from delist.texts import filling
from delist.texts.filling import (
    PATIENCE,
    REASON,
    SECONDS,
    TEXT,
    TOO_LARGE,
    TOO_LONG,
    TOO_MUCH,
    Filled,
    Outcome,
    Source,
    Trouble,
)

# Bytes that are read at most: as JSON, a byte of text has up to six, and the names and a subject come along.
MOST = 6 * TEXT + 20_000
# Isolated, without site-packages (the folders of Jinja2 are named); it compiles nothing to disk and prints no warning.
OPTIONS = ("-I", "-S", "-B", "-X", "utf8", "-W", "ignore")


def fill(sources: Mapping[str, Source], name: str, facts: Mapping[str, Any]) -> Outcome:
    """Return what a template makes of the facts, or why it makes nothing; raises OutsideFailed (no process)."""
    given = {"name": name, "facts": facts, "sources": {each: asdict(source) for each, source in sources.items()}}
    said, code, late = run(filling.__file__, json.dumps(given).encode())
    if late:
        return Trouble(name, None, TOO_LONG.format(PATIENCE))
    if len(said) > MOST:
        return Trouble(name, None, TOO_MUCH)
    last = said.decode(errors="replace").rstrip().rpartition("\n")[2]
    try:
        kind, values = json.loads(last)
        return Filled(**values) if kind == Filled.__name__ else Trouble(**values)
    except (ValueError, TypeError):
        return Trouble(name, None, _end(code, last))


def run(program: str, given: bytes) -> tuple[bytes, int, bool]:
    """Run a Python program; return what it printed, cut off after MOST bytes, its exit code, and whether it was late.

    It has no descriptor of ours but its three streams, no environment, no terminal, and `/` as its directory. It is
    started by exec, so that a transaction of ours that is open meanwhile is nothing to it, and is gone on return.
    """
    late = threading.Event()
    words = [sys.executable, *OPTIONS, program, *_folders()]
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise OutsideFailed(f"a template of yours needs a process of its own, and none starts: {error}") from None
    with process:

        def end() -> None:
            late.set()
            process.kill()

        # A second later than the process itself, which knows the line.
        timer = threading.Timer(PATIENCE + 1, end)
        timer.start()
        try:
            said = _talk(process, given)
        finally:
            timer.cancel()
            process.kill()
    return said, process.returncode, late.is_set()


def _talk(process: "subprocess.Popen[bytes]", given: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    # It may end before it has read all.
    with suppress(OSError), process.stdin as pipe:
        pipe.write(given)
    return process.stdout.read(MOST + 1)


def _folders() -> list[str]:
    """Return where Jinja2 and what it needs were imported from."""
    return sorted({str(Path(str(each.__file__)).resolve().parent.parent) for each in (jinja2, markupsafe)})


def _environment() -> dict[str, str]:
    """Return nothing, but on Windows, where Python does not start without this."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _end(code: int, last: str) -> str:
    """Return why a process ended that had no time to say so."""
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return TOO_LONG.format(SECONDS)
    if last.startswith("MemoryError"):
        return TOO_LARGE
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with {code}: {last[-REASON:]}"
