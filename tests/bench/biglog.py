"""Writes a large Postfix log, and knows what it has planted in it."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TextIO

# Of all lines so many tell of a bounced or deferred delivery, and so many are blocks: a sent message takes seven
# lines, one that is not sent eight.
REFUSED, BLOCKED = 0.03, 0.003
OURS = ("203.0.113.25", "203.0.113.26", "198.51.100.7")
BEGIN = datetime(2026, 11, 17, 0, 0, 1)
_PIECE = 4000

# What names a list: the words, and what a reading of them must be.
_ZONES = {
    "zen.spamhaus.org": "spamhaus-zen",
    "pbl.spamhaus.org": "spamhaus-pbl",
    "b.barracudacentral.org": "barracuda",
    "bl.spamcop.net": "spamcop",
    "dnsbl-1.uceprotect.net": "uceprotect-1",
    "psbl.surriel.com": "psbl",
}
_SAY = (
    "Service unavailable; Client host [{ip}] blocked using {zone}",
    "Client host [{ip}] blocked using {zone}",
    "Service unavailable; Unverified Client host [{ip}] blocked using {zone}",
    "<{recipient}>: Recipient address rejected: Client host [{ip}] blocked using {zone}",
    "{ip} is listed at {zone}",
    "rejected because {ip} is in a black list at {zone}",
    "Your address {ip} was rejected because it is listed in {zone}",
)
_WHY = ("", "; ticket {id}", "; see https://www.example.org/why?ip={ip}&id={id}", " ({id})", "; contact postmaster")
_CODES = ("554 5.7.1 ", "550 5.7.1 ", "550 ", "554 ")
_OTHER = (
    "<{recipient}>: Recipient address rejected: User unknown in virtual mailbox table",
    "<{recipient}>: user unknown",
    "No such user here",
    "Requested action not taken: mailbox unavailable",
    "The email account that you tried to reach does not exist. Please try double-checking the address",
    "Mailbox full",
    "<{recipient}>: Recipient address rejected: Mailbox quota exceeded",
    "Message size exceeds fixed limit",
    "<{recipient}>: Relay access denied",
    "Access denied, the mailbox of {recipient} is disabled",
    "Recipient not found, no mailbox by that name is currently available",
    "This account has been suspended",
)
_OTHER_WHY = (
    "",
    " {id}",
    " [{id}]",
    "; transaction {id}",
    " - {id} - example",
    ". For more information go to https://www.example.net/mail/{id}",
    " ({id}.example.net)",
)
_OTHER_CODES = (
    *("550 5.1.1 ", "550 5.1.0 ", "550 5.2.1 ", "550 ", "551 5.7.1 ", "552 5.2.2 ", "553 5.1.2 ", "450 4.1.1 "),
    *("451 4.3.0 ", "450 4.2.1 ", "452 4.2.2 ", "421 4.3.2 ", "550-5.1.1 ", "554 5.5.0 ", "554 5.1.1 ", "550 5.4.1 "),
    *("451 ", "450 ", "452 ", "554 "),
)
_COMMANDS = ("RCPT TO command", "MAIL FROM command", "end of DATA command")


@dataclass
class Planted:
    """What stands in a log: its size in bytes, its lines, and how many deliveries ended how."""

    size: int = 0
    lines: int = 0
    sent: int = 0
    bounced: int = 0
    deferred: int = 0
    shapes: int = 0
    # "address list status" of each block.
    blocks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """The words of a reply with places for what differs each time, and the list it names ("" if it is no block)."""

    words: str
    names: str


def shapes() -> tuple[list[Shape], list[Shape]]:
    """Return the shapes of replies: blocks, and all others."""
    blocks = [
        Shape(code + say.replace("{zone}", zone) + why, key)
        for code, say, why, (zone, key) in product(_CODES, _SAY, _WHY, _ZONES.items())
    ]
    return blocks, [Shape("".join(parts), "") for parts in product(_OTHER_CODES, _OTHER, _OTHER_WHY)]


def make(path: Path, lines: int, seed: int = 1) -> Planted:
    """Write a log of about so many lines, and what it has beside it; return that. One that is there is kept."""
    told = path.with_suffix(".json")
    if told.exists() and path.exists():
        return Planted(**json.loads(told.read_text()))
    with path.open("w", encoding="ascii") as file:
        planted = _write(file, lines, random.Random(seed))
    planted.size = path.stat().st_size
    told.write_text(json.dumps(asdict(planted)))
    return planted


def _write(file: TextIO, lines: int, chance: random.Random) -> Planted:
    blocks, others = shapes()
    planted, counted = Planted(shapes=len(blocks) + len(others)), Counter[str]()
    messages = _Messages(chance, lines)
    # Of all messages so many are not sent, since each takes more lines than one.
    refused, blocked = REFUSED * 7.03, BLOCKED * 7.03
    while planted.lines < lines:
        piece: list[str] = []
        for _ in range(_PIECE):
            draw = chance.random()
            if draw >= refused:
                piece += messages.sent()
                planted.sent += 1
                continue
            shape = chance.choice(blocks if draw < blocked else others)
            status = "deferred" if shape.words[0] == "4" or chance.random() < 0.2 else "bounced"
            added, address = messages.refused(shape, status)
            piece += added
            if shape.names:
                counted[f"{address} {shape.names} {status}"] += 1
            if status == "bounced":
                planted.bounced += 1
            else:
                planted.deferred += 1
        file.write("".join(piece))
        planted.lines += len(piece)
    planted.blocks = dict(counted)
    return planted


class _Messages:
    """The lines of one message after another, over a week, with random ids."""

    def __init__(self, chance: random.Random, lines: int) -> None:
        self._chance, self._tick = chance, 7 * 86400 * 7 / lines
        self._seconds, self._shown, self._text = 0.0, -1, ""

    def sent(self) -> Iterator[str]:
        """Return the lines of a message that was delivered."""
        at, queue_id, bits = self._begin()
        host = bits % 400
        said = f"250 2.0.0 Ok: queued as {bits & 0xFFFFFFFFFF:010X}"
        tried = (
            f"{at} postfix/smtp[{20000 + bits % 9000}]: {queue_id}: to=<user{bits % 99991}@n{host}.example>, "
            f"relay=mx{host}.example.com[192.0.2.{host % 250 + 1}]:25, delay=1.{bits % 97}, "
            f"delays=0.06/0.01/0.5/0.{bits % 89}, dsn=2.0.0, status=sent ({said})\n"
        )
        return iter((*self._before(at, queue_id, bits), tried, f"{at} postfix/qmgr[1212]: {queue_id}: removed\n"))

    def refused(self, shape: Shape, status: str) -> tuple[tuple[str, ...], str]:
        """Return the lines of a message that was not, and the address of ours that was used."""
        at, queue_id, bits = self._begin()
        host, ours = bits % 400, OURS[bits % len(OURS)]
        recipient = f"user{bits % 99991}@n{host}.example"
        reply = shape.words.format(ip=ours, recipient=recipient, id=f"{bits & 0xFFFFFFFFFFFF:012x}")
        relay = f"mx{host}.example.com[192.0.2.{host % 250 + 1}]"
        tried = (
            f"{at} postfix/smtp[{20000 + bits % 9000}]: {queue_id}: to=<{recipient}>, relay={relay}:25, "
            f"delay=0.{bits % 97}, delays=0.06/0.01/0.3/0.{bits % 89}, dsn={'4' if status == 'deferred' else '5'}.7.1, "
            f"status={status} (host {relay} said: {reply} (in reply to {_COMMANDS[bits % 3]}))\n"
        )
        notice = f"{at} postfix/bounce[{20000 + bits % 9000}]: {queue_id}: sender non-delivery notification: {bits:X}\n"
        return (
            *self._before(at, queue_id, bits),
            tried,
            notice,
            f"{at} postfix/qmgr[1212]: {queue_id}: removed\n",
        ), ours

    def _begin(self) -> tuple[str, str, int]:
        self._seconds += self._tick
        if int(self._seconds) != self._shown:
            self._shown = int(self._seconds)
            moment = BEGIN + timedelta(seconds=self._shown)
            self._text = f"{moment:%b} {moment.day:>2} {moment:%H:%M:%S} mx1.example.org"
        bits = self._chance.getrandbits(60)
        return self._text, f"{bits >> 16:011X}"[:11], bits

    def _before(self, at: str, queue_id: str, bits: int) -> tuple[str, ...]:
        client = f"app{bits % 7}.example.org[10.0.{bits % 13}.{bits % 250}]"
        process = 30000 + bits % 999
        return (
            f"{at} postfix/smtpd[{process}]: connect from {client}\n",
            f"{at} postfix/smtpd[{process}]: {queue_id}: client={client}, sasl_method=PLAIN, "
            f"sasl_username=news{bits % 31}@example.org\n",
            f"{at} postfix/cleanup[{process}]: {queue_id}: message-id=<{bits:x}.{queue_id}@mail.example.org>\n",
            f"{at} postfix/qmgr[1212]: {queue_id}: from=<bounces+{bits % 99991}@example.org>, size={bits % 99991}, "
            f"nrcpt=1 (queue active)\n",
            f"{at} postfix/smtpd[{process}]: disconnect from {client} ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 "
            f"quit=1 commands=8\n",
        )
