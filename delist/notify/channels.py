"""Sends a message by anything that Apprise speaks, in a process of its own that can be ended at any moment."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from delist.errors import SetupError
from delist.notify.reasons import writable
from delist.notify.values import Outcome, Sent

# A library of hundreds of services is on its way in for a second, on a busy host for many: nothing of the service's.
LOADING = 60.0
_MESSENGER = Path(__file__).with_name("messenger.py")
_UNKNOWN = Sent(Outcome.FAILED, "is no URL that Apprise knows")
_NOT_STARTED = Sent(Outcome.FAILED, "Apprise could not be started")


def sent(name: str, url: str, title: str, body: str, seconds: float) -> Sent:
    """Send a text by the channel of that URL; raises SetupError if Apprise is not installed.

    Its service has so many seconds; then it is unsure whether the text arrived. `why` names the channel, never its URL.
    """
    order: dict[str, str | float] = {"url": url, "title": writable(title), "body": writable(body), "seconds": seconds}
    found = _ordered(order, seconds)
    return found if found.why is None else Sent(found.outcome, f"channel {name} {found.why}")


def is_known(url: str) -> bool:
    """Tell whether Apprise can use a URL, without calling anybody; raises SetupError if it is not installed."""
    return _ordered({"url": url}, LOADING) != _UNKNOWN


def _ordered(order: dict[str, str | float], seconds: float) -> Sent:
    if find_spec("apprise") is None:
        raise SetupError("channels need one more package: pip install 'delist[notify]'")
    try:
        with _messenger() as running:
            return _conversation(running, order, seconds)
    except OSError:
        return _NOT_STARTED


def _conversation(running: subprocess.Popen[bytes], order: dict[str, str | float], seconds: float) -> Sent:
    """Hand the order over, wait for the word that sending begins, and then for the end."""
    assert running.stdin is not None
    with suppress(BrokenPipeError):
        running.stdin.write(json.dumps(order).encode("ascii"))
        running.stdin.close()
    begins = _first_word(running, LOADING)
    if begins is None:
        return Sent(Outcome.FAILED, "was not tried: Apprise did not load in time")
    try:
        code = running.wait(seconds)
    except subprocess.TimeoutExpired:
        return Sent(Outcome.UNSURE, f"took longer than {seconds:g} seconds")
    return _judged(code, has_begun=bool(begins))


def _first_word(running: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return what it says first, nothing if it ends without a word; None if neither came in time."""
    assert running.stdout is not None
    ready, _, _ = select.select([running.stdout], [], [], seconds)
    return os.read(running.stdout.fileno(), 1) if ready else None


def _judged(code: int, *, has_begun: bool) -> Sent:
    if code == 0:
        return Sent(Outcome.SENT)
    if code == 4:
        return _UNKNOWN
    if code == 3:
        return Sent(Outcome.FAILED, "did not take it")
    if code == 5:
        return Sent(Outcome.UNSURE, "was asked and gave no answer that can be read")
    return Sent(Outcome.UNSURE, f"broke off ({code})") if has_begun else _NOT_STARTED


@contextmanager
def _messenger() -> Iterator["subprocess.Popen[bytes]"]:
    """Give the running process; at the end nothing of it is left."""
    # -P: its folder must not stand in for other packages. What it is told goes by a pipe: others see words and
    # environment of a process. What it prints may be a URL.
    with subprocess.Popen(
        [sys.executable, "-P", str(_MESSENGER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(running.pid, signal.SIGKILL)
