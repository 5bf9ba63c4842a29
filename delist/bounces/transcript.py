"""Session transcripts in bounces (">>> RCPT TO", "<<< 550 ..."): which reply belongs to which recipient."""

import re
from typing import NamedTuple

from delist.bounces.speech import CODE, Speech, joined

_HEARD = re.compile(r"^[^<>\n]{0,40}(?:Received[ \t]*>>>|(?<!Sent )(?<!Sent\t)<<<|<--|<<-)[ \t]*(.*)$")
_SENT = re.compile(r"^[^<>\n]{0,40}(?:Sent[ \t]*<<<|>>>|-->|->>)[ \t]*(.*)$")
_TALKING = re.compile(r"while talking to \[?([A-Za-z0-9_][A-Za-z0-9_.:-]{0,253})", re.I)
_RECIPIENT = re.compile(r"RCPT TO:[ \t]*<?([^<>\s]{1,320})", re.I)
# What sendmail itself says of a recipient after a reply: "550 5.1.1 <user@example.org>... User unknown".
_OWN_LINE = re.compile(r"^[45]\d\d [^<\n]{0,12}<?([^<>\s]{1,320}@[^<>\s]{1,255}?)>?\.\.\.")
_REPEATED = re.compile(r"^(?:<[^>]{1,320}>\.\.\. Deferred|[45]\d\d )")
_NOTHING_SAID = "554 5.0.0 Service unavailable"
_CODE_LINE = re.compile(r"[\"']?([2-5]\d\d)([ -]|$)")
# Heard when there is nobody left to deliver to; why is told before.
_NOBODY_LEFT = re.compile(r"^(?:503|554 (?:5\.5\.1 )?(?:Error: )?no valid recipients)", re.I)


class Reply(NamedTuple):
    """One failing reply of a transcript: to whom it was about, "" if to everybody, and what was said."""

    recipient: str
    said: Speech


def without(text: str) -> str:
    """Return a text without its transcripts: what was sent and heard, and what the reporter repeats after a reply."""
    kept: list[str] = []
    heard = False
    for line in text.split("\n"):
        spoken = bool(_HEARD.match(line))
        if spoken or _SENT.match(line) or (heard and _REPEATED.match(line)) or line == _NOTHING_SAID:
            heard = heard or spoken
            continue
        heard = False
        kept.append(line)
    return "\n".join(kept)


def replies(text: str) -> tuple[Reply, ...]:
    """Return the failing replies in the transcripts of a text, in order."""
    told: list[Reply] = []
    relay = about = ""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        heard = _HEARD.match(line)
        if heard and not (lines and _ends(lines[-1]) and _CODE_LINE.match(heard[1])):
            lines.append(heard[1])
            continue
        if lines:
            told.extend(_reply(lines, about, relay))
            lines = [heard[1]] if heard else []
        if heard:
            continue
        relay, about = _now(line, relay, about, told)
    return tuple(told)


def _ends(line: str) -> bool:
    match = _CODE_LINE.match(line)
    return bool(match and match[2] != "-")


def _now(line: str, relay: str, about: str, told: list[Reply]) -> tuple[str, str]:
    """Return with whom the session is, and about whom, after a line that is no reply."""
    if talking := _TALKING.search(line):
        return talking[1].lower().rstrip(".:"), ""
    if sent := _SENT.match(line):
        recipient = _RECIPIENT.match(sent[1])
        return relay, recipient[1] if recipient else ""
    if (own := _OWN_LINE.match(line)) and told and not told[-1].recipient:
        told[-1] = told[-1]._replace(recipient=own[1])
    return relay, about


def _reply(lines: list[str], about: str, relay: str) -> list[Reply]:
    text = joined(" ".join(lines))
    return [Reply(about, Speech(text, relay))] if CODE.match(text.lstrip("\"'")) else []


class Heard:
    """The failing replies of a text's transcripts, by recipient. `rest` is the text without the transcripts."""

    def __init__(self, text: str) -> None:
        self._last: dict[str, Speech] = {}
        for reply in replies(text):
            name = reply.recipient.lower()
            if name not in self._last or not _NOBODY_LEFT.match(reply.said.text):
                self._last[name] = reply.said
        self.rest = without(text)

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses that replies were about, in order."""
        return tuple(name for name in self._last if "@" in name)

    def of(self, recipient: str) -> Speech | None:
        """Return what was heard about a recipient, else the last that was heard about everybody."""
        return self._last.get(recipient.lower()) or self._last.get("")
