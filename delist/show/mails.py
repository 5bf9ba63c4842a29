"""Mails of lists as lines and as JSON: what came, about what, how far it is trusted, and what to do."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.mailing.values import Taken
from delist.rules.history import Entry, Trust
from delist.rules.lists import Said
from delist.rules.mails.values import Kind, Why
from delist.show.mailed import SAID, UNVERIFIED, decision_action, open_it
from delist.show.words import clock, instant, one_line
from delist.store.mails import KeptLink, KeptMail

_WHYS: Mapping[Why, str] = {
    Why.SIGNED: "signed by {about}",
    Why.TRUSTED_HEADER: "your mail server found it signed by {about}",
    Why.NO_RESULT: "nothing shows who sent it",
    Why.KEY_UNREACHABLE: "the key of its signature could not be asked for",
    Why.PARTLY_SIGNED: "its signature leaves out what decides how it is read",
    Why.NOT_WHOLE: "its signature does not cover all of it",
    Why.SIGNATURE_FAILED: "the signature of {about} does not hold: it was altered, or somebody else wrote it",
    Why.FOREIGN_SENDER: "it looks like a mail of the list and comes from {about}",
    Why.FOREIGN_LINK: "it has a link that leads elsewhere, to {about}",
    Why.MALFORMED: "it is built so that programs read it in different ways ({about})",
    Why.FORWARDED: "a forward proves nothing: attach the original, or give it as a file",
}

NOTHING_NEW = "nothing new: each mail was taken in before, or is about nothing on record"


def trust(of: Trust, why: Why, about: str = "") -> str:
    """Return in words how far a mail is trusted, and why."""
    name = str(of) if of is Trust.GENUINE else str(of).upper()
    return f"{name}: {_WHYS[why].format(about=one_line(about) or 'another')}"


def taken_json(taken: Taken) -> str:
    """Return what became of a mail as a line of JSON."""
    decided, numbers = taken.decided, taken.decided.numbers
    return json.dumps(
        {
            "uid": taken.uid,
            "received_at": instant(taken.received_at),
            "from": taken.sender,
            "subject": taken.subject,
            "list": decided.list,
            "address": decided.address,
            "request": numbers[0] if len(numbers) == 1 else None,
            "requests": list(numbers),
            "between": list(decided.match.between),
            "kind": str(taken.reading.kind),
            "trust": str(taken.judgement.trust),
            "why": str(taken.judgement.why),
            "about": taken.judgement.about or None,
            "said": str(decided.said) if decided.said else None,
            "expires_at": instant(decided.expires_at),
            "kept": taken.is_kept,
            "new": taken.is_new,
        }
    )


def taken(each: Taken, now: datetime, zone: ZoneInfo) -> list[str]:
    """Return one or two lines about a mail that was taken in."""
    head = f"{clock(each.received_at, zone)}  {_whose(each)}: {_what(each)}"
    if not each.is_new:
        return [f"{head}; it was taken in before"]
    if not each.is_kept:
        return [f"{head}; not about anything on record: nothing was kept", *_unknown(each)]
    worth = trust(each.judgement.trust, each.judgement.why, each.judgement.about)
    return [f"{head}; {worth}", f"  {_to_do(each, now, zone)}"]


def _whose(each: Taken) -> str:
    decided = each.decided
    of = (
        decided.list or "/".join(entry.key for entry in each.reading.lists) or one_line(each.sender) or "unknown sender"
    )
    return f"{of}, {decided.address}" if decided.address else of


def _what(each: Taken) -> str:
    kind = each.reading.kind
    if each.judgement.trust is Trust.REJECTED:
        return f'a mail "{one_line(each.subject)}"'
    numbers = each.decided.numbers
    about = f" for request {', '.join(map(str, numbers))}" if numbers else ""
    if kind is Kind.LINK:
        return f"a link to be opened{about}"
    if each.decided.said:
        return f"a decision{about}: {SAID[each.decided.said]}"
    return f'a mail{about.replace(" for ", " about ")} "{one_line(each.subject)}"'


def _to_do(each: Taken, now: datetime, zone: ZoneInfo) -> str:
    decided, numbers = each.decided, each.decided.numbers
    if each.judgement.why is Why.FORWARDED:
        return "it counts for nothing: `delist mail FILE` with the mail itself, or attach it as it came"
    if each.judgement.trust is Trust.REJECTED:
        return "it was not counted as an answer, and no link of it was kept: do not open any"
    if decided.match.between:
        return _either(decided.match.between, each.reading.kind)
    if each.reading.kind is Kind.LINK:
        ref = numbers[0] if numbers else decided.address
        lists = each.reading.lists
        step = next((entry.removal.confirmation for entry in lists if entry.key in (decided.list, None)), "")
        trust = each.judgement.trust
        return open_it(ref, step, decided.expires_at, now, zone, trust) if ref is not None else "read it"
    if decided.said and len(numbers) == 1:
        return f"read it; {decision_action(decided.said, numbers[0])}"
    return "read it" if numbers else f"read it: it is about {decided.address}, and of no list that was asked about it"


def _either(numbers: Sequence[int], kind: Kind) -> str:
    open_it = f"`delist link {numbers[0]}` shows the link; open it, then confirm the one that its page names"
    which = " or ".join(map(str, numbers))
    return f"it does not say whether it is about request {which}: {open_it if kind is Kind.LINK else 'read it'}"


def _unknown(each: Taken) -> list[str]:
    if not each.decided.unknown or each.judgement.trust is Trust.REJECTED:
        return []
    address = each.decided.unknown[0]
    key = f" -l {each.decided.list}" if each.decided.list else ""
    return [f"  {address} is not on record: `delist submit {address}{key}`, and take it in again"]


def mail_json(mail: KeptMail, with_text: bool = False) -> dict[str, Any]:
    """Return a mail that is kept, for scripts; links are masked."""
    found: dict[str, Any] = {
        "uid": mail.uid,
        "received_at": instant(mail.received_at),
        "from": mail.sender,
        "subject": mail.subject,
        "list": mail.list,
        "address": mail.address,
        "request": mail.number,
        "kind": mail.kind,
        "trust": mail.trust,
        "why": mail.why,
        "said": mail.said,
        "expires_at": instant(mail.expires_at),
        "source": mail.source,
    }
    return {**found, "text": mail.text} if with_text else found


def section(kept: Sequence[KeptMail], zone: ZoneInfo) -> list[str]:
    """Return a line for each mail that is kept."""
    return [_line(each, zone) for each in kept]


def _line(mail: KeptMail, zone: ZoneInfo) -> str:
    said = f" ({SAID[Said(mail.said)]})" if mail.said else ""
    expires = f", until {clock(mail.expires_at, zone)}" if mail.expires_at else ""
    worth = mail.trust if mail.trust == Trust.GENUINE else mail.trust.upper()
    about = f"  {mail.list}" if mail.list else ""
    subject = one_line(mail.subject)
    return f'{clock(mail.received_at, zone)}{about}  {mail.kind}{said}{expires}, {worth} ({mail.why}): "{subject}"'


def mailed(entry: Entry, zone: ZoneInfo) -> str:
    """Return what an entry of the history says of a mail."""
    detail = entry.detail
    said = f", {SAID[Said(detail['said'])]}" if detail.get("said") else ""
    expires = detail.get("expires_at")
    until = f", until {clock(datetime.fromisoformat(expires), zone)}" if expires else ""
    worth = trust(Trust(detail["trust"]), Why(detail.get("why") or Why.NO_RESULT), detail.get("about") or "")
    return f'{detail["kind"]}{said}{until}, "{one_line(detail.get("subject") or "")}"; {worth}'


def link_talk(links: Iterable[KeptLink], zone: ZoneInfo) -> list[str]:
    """Return which mails links came with."""
    return [
        f'from the mail "{one_line(link.subject or "")}" of {clock(link.received_at, zone)}'
        for link in links
        if link.received_at
    ]


def link_warnings(links: Iterable[KeptLink], now: datetime, zone: ZoneInfo) -> list[str]:
    """Return what is to be known of links before they are opened."""
    found = []
    for link in links:
        if link.received_at and link.trust != Trust.GENUINE:
            found.append(f"{UNVERIFIED}: look where the link leads before you open it")
        if link.others:
            others = " or ".join(map(str, link.others))
            found.append(f"the mail does not say whether the link is that of this request or of {others}")
        if link.expires_at is not None and link.expires_at <= now:
            found.append(f"the link has ended at {clock(link.expires_at, zone)}: ask again if it does not work")
    return list(dict.fromkeys(found))


def links_json(number: int | None, links: Sequence[KeptLink], now: datetime) -> dict[str, Any]:
    """Return links for scripts, those of the newest mail first."""
    return {
        "number": number,
        "links": [link.url for link in links],
        "mails": [
            {
                "url": link.url,
                "received_at": instant(link.received_at),
                "expires_at": instant(link.expires_at),
                "expired": link.expires_at is not None and link.expires_at <= now,
                "trust": link.trust,
            }
            for link in links
            if link.received_at
        ],
    }
