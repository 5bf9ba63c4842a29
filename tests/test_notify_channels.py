"""A text goes by Apprise to a service on loopback; whatever the service does costs its time and nothing else."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from delist.errors import SetupError
from delist.notify import Outcome, Sent, channels
from tests.servers.webhook import Asked, Behaviour, Drips, Hangs, HangsUp, Replies, Says, Webhook

KEY = "s3cret-key"
# Seconds: plenty for what ends by itself, and as few as can be for what does not.
PLENTY, FEW = 30.0, 0.3


def told(webhook: Webhook, seconds: float = PLENTY, path: str = KEY, text: str = "Look from that day on.") -> Sent:
    """Send a text to the service."""
    return channels.sent("chat", webhook.url(path), "[delist] 2 reminders", text, seconds)


def test_a_text_arrives() -> None:
    with Webhook() as webhook:
        assert told(webhook) == Sent(Outcome.SENT)
    [asked] = webhook.asked
    assert asked.path == f"/{KEY}"
    assert (asked.value["title"], asked.value["message"]) == ("[delist] 2 reminders", "Look from that day on.")


@pytest.mark.parametrize("text", ["長い行、Grüße & <b>markup</b> \\n *stars*\n\n- a list", "a\x00b\x1b[31m\ud800c"])
def test_a_text_arrives_as_it_is_but_for_what_nobody_can_show(text: str) -> None:
    with Webhook() as webhook:
        assert told(webhook, text=text) == Sent(Outcome.SENT)
    assert webhook.asked[0].value["message"] == {"a\x00b\x1b[31m\ud800c": "ab[31m?c"}.get(text, text)


def test_a_long_text_is_one_message_that_was_cut() -> None:
    with Webhook() as webhook:
        assert told(webhook, text="word " * 100_000) == Sent(Outcome.SENT)
        assert told(webhook, text="word " * 10_000, path=f"{KEY}?overflow=split") == Sent(Outcome.SENT)
    first, *others = webhook.asked
    assert len(first.value["message"]) < 50_000
    assert len(others) > 1


@pytest.mark.parametrize("status", [201, 204])
def test_every_success_is_one(status: int) -> None:
    with Webhook(Replies(status, b"")) as webhook:
        assert told(webhook) == Sent(Outcome.SENT)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_a_refusal_is_a_failure(status: int) -> None:
    with Webhook(Replies(status, b'{"error": "no such hook"}')) as webhook:
        assert told(webhook) == Sent(Outcome.FAILED, "channel chat did not take it")
    assert len(webhook.asked) == 1


@pytest.mark.parametrize("behaviour", [Hangs(), Drips()])
def test_a_service_that_does_not_end_costs_its_time_and_leaves_it_unsure(behaviour: Behaviour) -> None:
    with Webhook(behaviour) as webhook:
        # The library loads on time of its own: however slow this host is, the service is asked.
        assert told(webhook, 2.0) == Sent(Outcome.UNSURE, "channel chat took longer than 2 seconds")
    assert len(webhook.asked) == 1


@pytest.mark.parametrize(
    "behaviour",
    [HangsUp(), Says(), Says(b"HTTP/1.1 2000 what\r\n"), Says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")],
)
def test_a_service_that_breaks_off_or_talks_nonsense_leaves_it_unsure(behaviour: Behaviour) -> None:
    with Webhook(behaviour) as webhook:
        sent = told(webhook)
    assert sent == Sent(Outcome.UNSURE, "channel chat was asked and gave no answer that can be read")
    assert len(webhook.asked) == 1


def test_a_service_that_is_not_there_cannot_have_taken_it() -> None:
    with Webhook() as webhook:
        pass
    assert told(webhook) == Sent(Outcome.FAILED, "channel chat did not take it")


def test_a_service_that_cannot_be_spoken_to_securely_cannot_have_taken_it() -> None:
    with Webhook() as webhook:
        sent = channels.sent("chat", webhook.url(KEY).replace("json://", "jsons://"), "title", "body", PLENTY)
    assert sent.outcome is Outcome.FAILED
    assert webhook.asked == []


@pytest.mark.parametrize("url", ["", "nonsense", f"foo://{KEY}", "https://", "discord://", f"slack://{KEY}", "json://"])
def test_what_apprise_does_not_know_is_told_without_it(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert channels.sent("chat", url, "title", "body", PLENTY) == Sent(
        Outcome.FAILED, "channel chat is no URL that Apprise knows"
    )
    assert not channels.is_known(url)
    assert capfd.readouterr() == ("", "")


def test_a_url_is_known_without_anybody_being_called() -> None:
    with Webhook() as webhook:
        assert channels.is_known(webhook.url(KEY))
        assert channels.is_known(f"discord://123456789/{KEY}")
    assert webhook.asked == []


def test_a_second_url_behind_a_comma_is_no_second_channel() -> None:
    with Webhook() as webhook, Webhook() as other:
        told(webhook, path=f"{KEY},{other.url()}")
    assert other.asked == []


def test_nothing_is_printed_of_a_channel_that_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with Webhook(Replies(500, KEY.encode())) as webhook:
        sent = told(webhook)
    assert KEY not in repr(sent)
    assert capfd.readouterr() == ("", "")


def test_the_url_stands_neither_in_words_nor_in_the_environment_of_a_process() -> None:
    """While the service hangs, what others can see of its process is looked at."""
    seen: list[bytes] = []

    class Looks(list[Asked]):
        def append(self, asked: Asked) -> None:
            seen.extend(file.read_bytes() for pid in children() for file in (pid / "cmdline", pid / "environ"))
            super().append(asked)

    with Webhook(asked=Looks()) as webhook:
        assert told(webhook) == Sent(Outcome.SENT)
    assert any(b"messenger" in each for each in seen)
    assert not any(KEY.encode() in each for each in seen)


def children() -> list[Path]:
    """Return the folders in /proc of this process's children."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [Path("/proc") / pid for file in found for pid in file.read_text().split()]


def test_nothing_is_left_of_a_messenger_that_was_cut_short() -> None:
    with Webhook(Hangs()) as webhook:
        told(webhook, FEW)
    assert not any(b"messenger" in (pid / "cmdline").read_bytes() for pid in children())


def test_a_messenger_whose_starter_was_killed_ends_by_itself() -> None:
    with Webhook(Drips()) as webhook:
        order = {"url": webhook.url(KEY), "title": "title", "body": "body", "seconds": FEW}
        done = subprocess.run(
            [sys.executable, "-P", str(channels._MESSENGER)], input=json.dumps(order).encode(), capture_output=True
        )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGALRM, b"+", b"")


def test_without_apprise_the_command_that_brings_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match=r"^channels need one more package: pip install 'delist\[notify\]'$"):
        channels.sent("chat", "json://localhost", "title", "body", PLENTY)
    with pytest.raises(SetupError, match="pip install"):
        channels.is_known("json://localhost")


@pytest.mark.parametrize(
    ("program", "sent"),
    [
        ("raise SystemExit(7)", Sent(Outcome.FAILED, "channel chat was not tried: Apprise could not be started")),
        ("raise SystemExit(0)", Sent(Outcome.FAILED, "channel chat was not tried: Apprise could not be started")),
        (
            "import time; time.sleep(100)",
            Sent(Outcome.FAILED, "channel chat was not tried: Apprise did not load in time"),
        ),
        ("print('+', flush=True); raise SystemExit(7)", Sent(Outcome.UNSURE, "channel chat broke off (7)")),
        ("import os; print('+', flush=True); os.abort()", Sent(Outcome.UNSURE, "channel chat broke off (-6)")),
    ],
)
def test_a_messenger_that_dies_is_judged_by_whether_it_had_begun(
    program: str, sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger = tmp_path / "messenger.py"
    messenger.write_text(program)
    monkeypatch.setattr(channels, "_MESSENGER", messenger)
    if "sleep" in program:
        monkeypatch.setattr(channels, "LOADING", FEW)
    assert channels.sent("chat", "json://localhost", "title", "x" * 1_000_000, PLENTY) == sent


def test_a_url_is_not_called_known_if_apprise_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "_MESSENGER", tmp_path / "missing.py")
    with pytest.raises(SetupError, match=r"^Apprise cannot be started"):
        channels.is_known("json://localhost")


def test_the_messenger_starts_without_anything_of_ours() -> None:
    """It stands in a folder whose modules have common names, and must take none of them for another package."""
    done = subprocess.run(
        [sys.executable, "-P", str(channels._MESSENGER)], input=b'{"url": "json://localhost"}', capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
