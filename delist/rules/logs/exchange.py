"""Refusals that Microsoft Exchange tells of: its non-delivery texts, and its message tracking logs."""

import re

from delist.rules.logs import prefix
from delist.rules.logs.values import Attempt, Status

_RETURNED = re.compile(r"(?i:remote server|server at (\S{1,255})(?: \(([^)\s]{1,60})\))?) returned ['‘\"]")
# Exchange 2003 to 2010: `HOST #<HOST #5.7.1 smtp;554 ...> #SMTP#`, `HOST #554 ... ##`.
_BETWEEN_SIGNS = re.compile(
    r"(?:(\S{1,255}) )?#(?:<(?:\S{1,255} )?#[245]\.\d{1,3}\.\d{1,3} smtp; ?)?([245]\d\d[ -].{1,4000})"
)
_SIGNS = re.compile(r">?(?: #SMTP#| ?##)$")
_DATED = re.compile(r"(\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d(?: [AP]M)?) - ")
_ADDRESS = re.compile(r"([^\s@<>]{1,64}@[\w.-]{1,255})(?: ?\([^()]{1,320}\))?")
_TAG = re.compile(r"</?[A-Za-z][^<>@]{0,100}>")
_RECEIVING = re.compile(r"(?i:receiving server): ?(\S{1,255})")
_HOST = re.compile(r"(?=.{4,255}$)[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_CODE = re.compile(r"(?<![\w.])[245]\d\d[ -]")
_LAST_ERROR = re.compile(r"\{LED=([^}]{0,4000})\}")
_SERVER = re.compile(r"\{FQDN=([^}]{0,255})\}")
_EVENTS = {"FAIL": Status.BOUNCED, "DEFER": Status.DEFERRED}
_CELL = re.compile(r'(?:^|,)(?:"((?:[^"]|"")*+)"|([^,]*+))')


class Notice:
    """Reads the lines of a non-delivery text in turn: who was refused, by whom, and with which words."""

    def __init__(self) -> None:
        self._host = self._recipient = self._relay = ""

    def __call__(self, line: str) -> tuple[Attempt, ...]:
        """Return the refusal that the line quotes, if any: without a queue id, and mostly without a time."""
        text = _TAG.sub("", line).strip("> \t\r")
        if text[:18].lower() == "generating server:":
            self._host, self._recipient, self._relay = text[18:].strip(), "", ""
        elif found := _ADDRESS.fullmatch(text):
            self._recipient = found[1]
        elif found := _RECEIVING.match(text) or _HOST.fullmatch(text):
            self._relay = found[found.lastindex or 0].lower()
        elif (found := _RETURNED.search(text)) and not _is_logged(text):
            return (self._attempt(text, found),)
        elif (found := _BETWEEN_SIGNS.match(text)) and (end := _SIGNS.search(text)) and self._recipient:
            return (self._refusal(found[2][: end.start() - found.start(2)], found[1] or self._relay),)
        return ()

    def _refusal(self, reply: str, relay: str) -> Attempt:
        status = Status.DEFERRED if reply.startswith("4") else Status.BOUNCED
        return Attempt(status, "", self._host, "", "", self._recipient, relay.lower(), reply)

    def _attempt(self, text: str, found: re.Match[str]) -> Attempt:
        reply = text[found.end() :].rstrip("'’\"")
        dated = _DATED.match(text)
        status = Status.DEFERRED if reply.startswith("4") else Status.BOUNCED
        relay = (found[1] or self._relay).lower()
        return Attempt(status, dated[1] if dated else "", self._host, "", "", self._recipient, relay, reply)


def _is_logged(text: str) -> bool:
    """Whether the words stand in a line of a log: of a mail that passed through, not of one of ours."""
    head = prefix.read(text)
    return head is not None and head.stamp != ""


def parse(line: str) -> tuple[Attempt, ...]:
    """Return the attempts in a line of a message tracking log, one for each recipient."""
    cells = [quoted.replace('""', '"') if quoted else plain for quoted, plain in _CELL.findall(line)]
    status = _EVENTS.get(cells[8]) if len(cells) > 13 else None
    if status is None:
        return ()
    # Before Exchange 2013 there was no network-message-id.
    at = 11 if "@" in cells[11] else 12
    recipients = [name for name in cells[at].split(";") if name]
    told = _LAST_ERROR.findall(cells[at + 1]) or [cells[at + 1].strip("'") or cells[5]]
    relay = _SERVER.search(cells[at + 1])
    host = cells[2] or cells[4]
    return tuple(
        Attempt(status, cells[0], host, "", cells[9], recipient, relay[1].lower() if relay else "", _said(reply))
        for recipient, reply in zip(recipients, told + told[-1:] * len(recipients), strict=False)
    )


def _said(text: str) -> str:
    """The other side's words, without those that Exchange puts before them."""
    found = _CODE.search(text)
    return text[found.start() :].strip() if found else ""
