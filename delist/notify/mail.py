"""Sends a mail by a relay or by the local sendmail, each within a time limit, and tells what is known of it."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from delist.notify import conversation
from delist.notify.composing import Unwritable, Written, written
from delist.notify.conversation import Gone
from delist.notify.deadline import Deadline
from delist.notify.reasons import clause
from delist.notify.values import Message, Outcome, Relay, Sent

# Octets of what a program complains that are looked at.
_COMPLAINT = 2000


def sent_by_relay(message: Message, relay: Relay) -> Sent:
    """Send a mail by SMTP within the relay's seconds; raises nothing for what a network or a server does.

    Failed: the relay cannot have taken it. Unsure: it had the whole message, and its answer did not come.
    The certificate must hold by the system's authorities, or those of SSL_CERT_FILE.
    """
    try:
        mail = written(message)
        with Deadline(relay.seconds) as deadline, conversation.connected(relay, deadline) as client:
            sent = conversation.deliver(client, mail, relay, deadline)
            conversation.take_leave(client, deadline)
            return sent
    except Gone as gone:
        return Sent(Outcome.FAILED, f"the relay {gone}")
    except Unwritable as error:
        return Sent(Outcome.FAILED, str(error))


def answers(relay: Relay) -> str | None:
    """Return what is wrong with a relay, as a clause; None if it lets us in. Nothing is sent by it."""
    try:
        with Deadline(relay.seconds) as deadline, conversation.connected(relay, deadline) as client:
            conversation.take_leave(client, deadline)
            return None
    except Gone as gone:
        return f"the relay {gone}"


def sent_by_program(message: Message, program: str | Path, seconds: float) -> Sent:
    """Give a mail to a program that takes sendmail's options; unsure if it was killed, by us after so many seconds."""
    try:
        mail = written(message)
    except Unwritable as error:
        return Sent(Outcome.FAILED, str(error))
    try:
        with TemporaryFile() as complaints:
            return _judged(_run(mail, program, seconds, complaints), program, complaints)
    except subprocess.TimeoutExpired:
        return Sent(Outcome.UNSURE, f"{program} took longer than {seconds:g} seconds and was ended")
    except OSError as error:
        return Sent(Outcome.FAILED, f"{program} cannot be run: {clause(error.strerror or str(error))}")


def _run(mail: Written, program: str | Path, seconds: float, complaints: IO[bytes]) -> int:
    """Return the exit code. Its complaints go to a file: whom it leaves behind may hold a pipe open for ever."""
    words = [str(program), "-i", "-f", mail.sender, "--", mail.to]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, start_new_session=True
    ) as running:
        try:
            # Programs of a host take its own line endings.
            running.communicate(mail.data.replace(b"\r\n", b"\n"), timeout=seconds)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            raise
        return running.returncode


def _judged(code: int, program: str | Path, complaints: IO[bytes]) -> Sent:
    if code == 0:
        return Sent(Outcome.SENT)
    if code < 0:
        # It may have queued the message before somebody ended it.
        return Sent(Outcome.UNSURE, f"{program} was ended by signal {-code}")
    complaints.seek(0)
    said = clause(complaints.read(_COMPLAINT))
    return Sent(Outcome.FAILED, f"{program} ended with {code}" + (f": {said}" if said else ""))
