"""`init`: a first config.toml from a few answers; an existing one is never overwritten."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from delist.errors import NotAllowed, UsageError
from delist.rules.addresses import canonical
from delist.rules.saying import wrong
from delist.store.sqlite import make_folder
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration says; None is left for later."""

    timezone: str | None = None
    name: str | None = None
    email: str | None = None
    address: str | None = None
    domain: str | None = None


QUESTIONS: Mapping[str, str] = {
    "timezone": "Time zone of your days",
    "name": "Your name, as the forms ask it",
    "email": "Your mail address (best in the mail server's domain, not served by the listed host)",
    "address": "The address or network that sends",
    "domain": "The domain it sends for",
}


def write_config(tools: Tools, answers: Answers) -> Path:
    """Write config.toml; returns where. Raises NotAllowed if there is one, UsageError for a wrong answer."""
    path = tools.places.config
    if path.exists():
        raise NotAllowed(f"{path} exists already: edit it")
    check(answers)
    content = config_text(answers).encode()
    make_folder(path.parent)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644 if tools.places.shared else 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path


def check(answers: Answers) -> None:
    """Raise UsageError if an answer cannot be right."""
    if answers.timezone is not None:
        try:
            ZoneInfo(answers.timezone)
        except (ValueError, KeyError, OSError):
            raise UsageError(f"{answers.timezone!r} names no time zone: write it as Asia/Tokyo") from None
    for name in ("name", "email", "domain"):
        text = getattr(answers, name)
        if text and (found := wrong(name, text)):
            raise UsageError(f"--{name} {found}")
    if answers.address is not None:
        canonical(answers.address)
    if answers.domain is not None and answers.address is None:
        raise UsageError("a domain needs the address that sends for it: --address")


def config_text(answers: Answers) -> str:
    """Return the text of a config.toml with these answers, and where the rest would stand."""
    lines = ["# delist; every key is optional. The manual has them all: man delist", ""]
    lines += [f"timezone = {_quoted(answers.timezone)}", ""] if answers.timezone else []
    contact = [(name, getattr(answers, name)) for name in ("name", "email") if getattr(answers, name)]
    lines += ["[contact]", *(f"{name} = {_quoted(text)}" for name, text in contact), ""] if contact else []
    if answers.address:
        lines += ["[[senders]]", f"address = {_quoted(canonical(answers.address))}"]
        lines += [f"domain = {_quoted(answers.domain)}"] if answers.domain else []
        lines += [
            "# What a request text may state; only what is true:",
            '# purpose = "web shop: order confirmations to its customers"',
            "# static = true",
            '# port25 = "closed"',
            '# spf = "v=spf1 ip4:... -all"',
            '# bounces = "read daily at mx.example.com"',
            "",
        ]
    lines += [
        "# Some lists may be asked by DNS only if you say that nothing is sold with it:",
        "# [use]",
        "# commercial = false",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str | None) -> str:
    # A TOML basic string escapes as JSON does, but for DEL, which JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
