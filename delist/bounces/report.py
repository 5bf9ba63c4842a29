"""The machine-readable part of a bounce (RFC 3464), also where it is wrongly labelled, folded or incomplete."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from delist.bounces.encodings import header_text
from delist.bounces.speech import Speech, from_diagnostic
from delist.rules.logs.values import Status

_FIELD = re.compile(r"[ \t]{0,4}([A-Za-z][A-Za-z0-9-]{1,60})[ \t]{0,4}:(?!//)[ \t]*(.*)")
_KNOWN = frozenset(
    (
        *("reporting-mta", "dsn-gateway", "received-from-mta", "arrival-date", "original-envelope-id"),
        *("final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code"),
        *("last-attempt-date", "final-log-id", "will-retry-until"),
    )
)
# Where a report begins inside a text; the rest of the line is its first value.
_BEGINNING = re.compile(r"^[ \t]{0,4}(?:Reporting-MTA|Final-Recipient|Original-Recipient)[ \t]*:", re.I | re.M)
_TELLING = re.compile(r"^[ \t]{0,4}(?:Action|Status|Diagnostic-Code)[ \t]*:", re.I | re.M)
_TYPED = re.compile(r"\s*[A-Za-z][A-Za-z0-9.+-]{1,20}\s*;\s*")
_QUEUE = re.compile(r"x-[a-z0-9-]{0,40}queue-?id")
_SOURCE = re.compile(r"(?:x-[a-z0-9-]{0,40})?(?:source|sending|outbound|local)-ip(?:-?address)?")
# iPlanet's: our own address and port, then the remote ones.
_OWN_IN_REMOTE = re.compile(r"\(TCP\|([0-9A-Fa-f.:]{3,45})\|\d{1,5}\|")
_HOST = re.compile(r"\[?([A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,253}[A-Za-z0-9_])?)")
_ACTIONS = (
    ("fail", Status.BOUNCED),
    ("bounce", Status.BOUNCED),
    ("error", Status.BOUNCED),
    ("reject", Status.BOUNCED),
    ("delay", Status.DEFERRED),
    ("deliver", Status.SENT),
    ("relay", Status.SENT),
    ("expand", Status.SENT),
)
_CLASSES = {"5": Status.BOUNCED, "4": Status.DEFERRED, "2": Status.SENT}


class Fate(NamedTuple):
    """What a report says of one recipient, which is "" where it names none."""

    recipient: str
    action: Status
    said: Speech
    relay: str
    queue_id: str
    address: str
    last_attempt: str


class Report(NamedTuple):
    """A delivery report: its own fields (lower case), and one fate for each recipient, delivered ones too."""

    fields: Mapping[str, str]
    fates: tuple[Fate, ...]


def in_text(text: str) -> int | None:
    """Return where in a text a delivery report begins, None if there is none."""
    begin = _BEGINNING.search(text)
    return begin.start() if begin and _TELLING.search(text, begin.start()) else None


def parse(text: str) -> Report:
    """Return what a delivery report says; fields before the first recipient are the report's own."""
    own: dict[str, str] = {}
    groups: list[dict[str, str]] = []
    for block in re.split(r"\n[ \t]*\n", text):
        fields = _fields(block)
        for group in _by_recipient(fields):
            if _names_somebody(group) or (groups and not _names_somebody(groups[-1])):
                groups.append(group)
            elif groups:
                groups[-1].update({name: value for name, value in group.items() if name not in groups[-1]})
            else:
                own.update(group)
    if not groups and ("action" in own or "diagnostic-code" in own):
        # It says what happened, and not to whom.
        groups.append(own)
    return Report(own, tuple(fate for group in groups if (fate := _fate(group, own)) is not None))


def _names_somebody(group: Mapping[str, str]) -> bool:
    return "final-recipient" in group or "original-recipient" in group


def _by_recipient(fields: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Split a block in which the empty lines between recipients are missing."""
    groups: list[dict[str, str]] = [{}]
    for name, value in fields:
        new = name == "final-recipient" and (name in groups[-1] or "reporting-mta" in groups[-1])
        new = new or (name == "original-recipient" and (name in groups[-1] or "reporting-mta" in groups[-1]))
        if new:
            groups.append({})
        groups[-1].setdefault(name, value)
    return [group for group in groups if group]


def _fields(block: str) -> list[tuple[str, str]]:
    """Return the fields of a block; a diagnostic goes on over lines that are no field, indented or not."""
    fields: list[tuple[str, list[str]]] = []
    for line in block.split("\n"):
        match = _FIELD.match(line)
        if match and _begins_field(match[1].lower(), line[:1] in " \t", fields[-1][0] if fields else ""):
            fields.append((match[1].lower(), [match[2].strip()]))
        elif fields:
            fields[-1][1].append(line.strip())
    return [(name, header_text(" ".join(filter(None, lines)))) for name, lines in fields]


def _begins_field(name: str, indented: bool, current: str) -> bool:
    """Whether a line with a colon is a field, where it might be a diagnostic's next line."""
    if name in _KNOWN or not current:
        return True
    return not indented and (name.startswith("x-") or current != "diagnostic-code")


def _fate(group: Mapping[str, str], own: Mapping[str, str]) -> Fate | None:
    action = _action(group)
    if action is None:
        return None
    both = {**own, **group}
    said = from_diagnostic(group.get("diagnostic-code", ""))
    remote = group.get("remote-mta", "")
    address = next((value for name, value in both.items() if _SOURCE.fullmatch(name)), "")
    if named := _OWN_IN_REMOTE.search(remote):
        address = named[1]
    queue_id = next((value for name, value in both.items() if _QUEUE.fullmatch(name)), "")
    relay = host(remote) or said.relay
    return Fate(_recipient(group), action, said, relay, queue_id, address, group.get("last-attempt-date", ""))


def _action(group: Mapping[str, str]) -> Status | None:
    told = group.get("action", "").strip().lower()
    for beginning, status in _ACTIONS:
        if told.startswith(beginning):
            return status
    code = group.get("status", "").strip()[:1] or from_diagnostic(group.get("diagnostic-code", "")).text[:1]
    return _CLASSES.get(code)


def _recipient(group: Mapping[str, str]) -> str:
    names = [_bare(group.get(name, "")) for name in ("final-recipient", "original-recipient", "x-actual-recipient")]
    return next((name for name in names if "@" in name), next(filter(None, names), ""))


def _untyped(value: str) -> str:
    """Return a value without the type that it begins with: "rfc822;", "dns;"."""
    typed = _TYPED.match(value)
    return value[typed.end() :] if typed else value


def _bare(value: str) -> str:
    return _untyped(value).strip().strip("<>\"'").strip()


def host(value: str) -> str:
    """Return the host of a "dns; mx.example.org" field in lower case."""
    match = _HOST.match(_untyped(value).strip())
    return match[1].lower().rstrip(".") if match else ""
