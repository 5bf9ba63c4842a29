"""Sends a message by anything that Apprise speaks, in a process of its own that can be ended at any moment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from select import select
from threading import Thread
from typing import Any, NamedTuple

from delist.errors import SetupError
from delist.notify.reasons import writable
from delist.notify.values import Outcome, Sent

# A library of hundreds of services is on its way in for a second, on a busy host for many: nothing of the service's.
LOADING = 60.0
_MESSENGER = Path(__file__).with_name("messenger.py")
# Exit codes of the messenger.
_SENT, _UNKNOWN = 0, 4


class _End(NamedTuple):
    """How a messenger ended: whether it began to send, and its exit code, None if it was ended for lack of time."""

    has_begun: bool
    code: int | None


def sent(name: str, url: str, title: str, body: str, seconds: float) -> Sent:
    """Send a text by the channel of that URL; raises SetupError if Apprise is not installed.

    Its service has so many seconds; then it is unsure whether the text arrived. `why` names the channel, never its URL.
    """
    order = {"url": url, "title": writable(title), "body": writable(body), "seconds": seconds}
    outcome, why = _judged(_ordered(order, seconds), seconds)
    return Sent(outcome, why and f"channel {name} {why}")


def is_known(url: str) -> bool:
    """Tell whether Apprise can use a URL, without calling anybody; raises SetupError if Apprise does not work."""
    code = _ordered({"url": url}, LOADING).code
    if code not in (_SENT, _UNKNOWN):
        raise SetupError("Apprise cannot be started: install it anew with pip install 'delist[notify]'")
    return code == _SENT


def _judged(end: _End, seconds: float) -> tuple[Outcome, str | None]:
    match end:
        case _End(_, 4):
            return Outcome.FAILED, "is no URL that Apprise knows"
        case _End(False, None):
            return Outcome.FAILED, "was not tried: Apprise did not load in time"
        case _End(False, _):
            return Outcome.FAILED, "was not tried: Apprise could not be started"
        case _End(True, 0):
            return Outcome.SENT, None
        case _End(True, 3):
            return Outcome.FAILED, "did not take it"
        case _End(True, 5):
            return Outcome.UNSURE, "was asked and gave no answer that can be read"
        case _End(True, None):
            return Outcome.UNSURE, f"took longer than {seconds:g} seconds"
    return Outcome.UNSURE, f"broke off ({end.code})"


def _ordered(order: dict[str, Any], seconds: float) -> _End:
    if find_spec("apprise") is None:
        raise SetupError("channels need one more package: pip install 'delist[notify]'")
    try:
        with _messenger(json.dumps(order).encode("ascii")) as running:
            return _awaited(running, seconds)
    except OSError:
        return _End(False, -1)


def _hand_over(running: "subprocess.Popen[bytes]", order: bytes) -> None:
    assert running.stdin is not None
    with suppress(OSError, ValueError):
        running.stdin.write(order)
        running.stdin.close()


def _awaited(running: "subprocess.Popen[bytes]", seconds: float) -> _End:
    """Wait for the word that sending begins, and then for the end."""
    assert running.stdout is not None
    ready, _, _ = select([running.stdout], [], [], LOADING)
    if not ready:
        return _End(False, None)
    has_begun = os.read(running.stdout.fileno(), 1) == b"+"
    try:
        return _End(has_begun, running.wait(seconds))
    except subprocess.TimeoutExpired:
        return _End(has_begun, None)


@contextmanager
def _messenger(order: bytes) -> Iterator["subprocess.Popen[bytes]"]:
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
        # In a thread: who does not read would hold us here, however short our time is.
        telling = Thread(target=_hand_over, args=(running, order), daemon=True)
        telling.start()
        try:
            yield running
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(running.pid, signal.SIGKILL)
            # The pipe must not be closed under it: the next file may get its number.
            telling.join()
