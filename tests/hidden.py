"""The secrets that tests use, and the look for them in everything that the suite makes the program print or write."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# Part of every link, password and channel that tests of mails and notices give the program.
SECRETS = ("Wispelwey", "3f9c1c2a7be14d0f8a6b5c4d", "Q2hlY2sgdGhpcyBvdXQ", 'correct "horse')
# These are for secrets: a person asked for them.
_MAY_TELL = ("link", "--with-secrets")
_WHOLE_EXPORT = re.compile(rb'\{"type":"delist"[^\n]*"with_secrets":true')
# What the program writes for people and other programs. Mails, configurations and databases have secrets in them.
_WRITTEN = frozenset({".ics", ".jsonl", ".json", ".html", ".txt", ".log", ".prom", ".csv", ".out", ".err", ".service"})


class Watch:
    """Keeps what told a secret: the words of the command, or the file."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def look(self, words: Sequence[object], *outputs: object) -> None:
        """Look for secrets in what a command printed."""
        if not any(str(word) in _MAY_TELL for word in words) and any(map(has_secret, outputs)):
            self.told.append(f"printed by {' '.join(map(str, words))}")

    def look_at_files(self, folder: Path) -> None:
        """Look for secrets in what was written below a folder."""
        for path in folder.rglob("*"):
            if path.suffix in _WRITTEN and path.is_file() and not path.is_symlink():
                written = path.read_bytes()
                if has_secret(written) and not _WHOLE_EXPORT.match(written):
                    self.told.append(f"written to {path}")


def has_secret(output: object) -> bool:
    """Tell whether a secret stands in a text, or in bytes."""
    text = output.decode("latin-1") if isinstance(output, bytes) else str(output or "")
    return any(secret in text for secret in SECRETS)


@contextmanager
def nothing_is_told(basetemp: Path) -> Iterator[Watch]:
    """Watch what every program started here prints, and at the end what was written below a folder."""
    watch, really = Watch(), subprocess.run

    def run(command: Any, *rest: Any, **named: Any) -> Any:
        done = really(command, *rest, **named)
        words = [command] if isinstance(command, str | bytes) else list(command)
        if any("delist" in str(word) for word in words):
            watch.look(words, done.stdout, done.stderr)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", run)
        yield watch
    watch.look_at_files(basetemp)
