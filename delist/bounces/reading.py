"""Reads one mail: the report that it carries, or what its text tells, or the bounce that it forwards."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from delist.bounces import report
from delist.bounces.contents import Mail, sorted_out
from delist.bounces.mime import Entity, entity, inner, message
from delist.bounces.recipients import ADDRESS, account
from delist.bounces.returned import forwarded
from delist.bounces.signs import Signs, is_waiting, signs, tells_failure
from delist.bounces.speech import Speech, from_chunk, fullest, reporter
from delist.bounces.transcript import Heard
from delist.bounces.values import Bounce, Refusal
from delist.rules.logs.values import Status

# How many messages in messages are opened.
_DEEPEST = 5
_ADDRESS_HEADERS = ("to", "from", "delivered-to", "x-original-to", "envelope-to", "sender")


def read(data: bytes) -> Bounce | None:
    """Return what a bounce message says, None if the bytes are none. Anything may be given, nothing is raised."""
    return _read(message(data), _DEEPEST)


def _read(head: Entity, depth: int) -> Bounce | None:
    mail = sorted_out(head)
    seen = _signs(head)
    if mail.report and (mail.labelled or seen.may_bounce):
        told = report.parse(mail.report)
        if told.fates:
            return _from_report(mail, told)
    if mail.other:
        return None
    found = _from_texts(mail, seen) or (_forwarded(mail) if seen.forward else None)
    # A bounce that names nobody may be a note about the one that it holds.
    return found or (_inside(mail, depth - 1) if depth else None) or _from_texts(mail, seen, _addressed(mail))


def _inside(mail: Mail, depth: int) -> Bounce | None:
    return next(filter(None, (_read(inner(part), depth) for part in mail.inner)), None)


def _signs(head: Entity) -> Signs:
    return signs(
        sender=head.header("from"),
        return_path=head.header("return-path") if "return-path" in head.headers else None,
        subject=head.header("subject"),
        failed=head.header("x-failed-recipients"),
        auto=head.header("auto-submitted"),
    )


def _from_report(mail: Mail, told: report.Report) -> Bounce | None:
    """Return the bounce of a report, None if it tells of deliveries only."""
    failed = (fate for fate in reversed(told.fates) if fate.action is not Status.SENT)
    named = (fate if fate.recipient else fate._replace(recipient=_somebody(mail)) for fate in failed)
    fates = {fate.recipient.lower(): fate for fate in named}
    if not fates:
        return None
    ordered = tuple(reversed(fates.values()))
    spoken = _spoken(mail, tuple(fate.recipient for fate in ordered))
    refusals = tuple(_refusal(fate, spoken.get(fate.recipient.lower(), [])) for fate in ordered)
    at = max(filter(None, (_instant(fate.last_attempt) for fate in ordered)), default=None)
    at = at or _instant(mail.head.header("date")) or _instant(told.fields.get("arrival-date", ""))
    mta = report.host(told.fields.get("reporting-mta", ""))
    return Bounce(mail.head.header("message-id").strip(), at, mta, refusals)


def _somebody(mail: Mail) -> str:
    """Return the recipient of a report that names none, from the other parts; "" if they don't either."""
    senders = _senders(mail.head)
    told = (each.recipient for text in mail.texts for each in account(text, senders).told)
    return next(iter(_known(mail)), "") or next(told, "") or next(iter(_addressed(mail)), "")


def _refusal(fate: report.Fate, spoken: list[Speech]) -> Refusal:
    said = fullest(fate.said, *spoken)
    relay = fate.relay or _relay(said, spoken)
    return Refusal(fate.recipient, fate.action, said.text, relay, fate.queue_id, fate.address)


def _relay(said: Speech, others: list[Speech]) -> str:
    return next((speech.relay for speech in (said, *others) if speech.relay), "")


def _instant(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value[:200])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _spoken(mail: Mail, names: tuple[str, ...]) -> dict[str, list[Speech]]:
    """Return what the human parts tell of each of some recipients, by lower-case name."""
    spoken: dict[str, list[Speech]] = {}
    for text in mail.texts:
        for name, speeches in _of_text(Heard(text), names, _senders(mail.head)).items():
            spoken.setdefault(name, []).extend(speeches)
    return spoken


def _of_text(heard: Heard, names: tuple[str, ...], senders: frozenset[str]) -> dict[str, list[Speech]]:
    """Return what a text tells of each of some recipients: the part about it, then what a transcript has."""
    read_already: dict[str, Speech] = {}
    spoken: dict[str, list[Speech]] = {}
    for told in account(heard.rest, senders, names).told:
        if told.own or len(names) == 1:
            if told.chunk not in read_already:
                read_already[told.chunk] = from_chunk(told.chunk)
            spoken[told.recipient.lower()] = [read_already[told.chunk]]
    for name in names:
        if said := heard.of(name):
            spoken.setdefault(name.lower(), []).append(said)
    return spoken


def _senders(head: Entity) -> frozenset[str]:
    """Return the addresses that a bounce goes to and comes from."""
    names = " ".join(head.header(name)[:2000] for name in _ADDRESS_HEADERS)
    return frozenset(name.lower() for name in ADDRESS.findall(names))


def _known(mail: Mail) -> tuple[str, ...]:
    """Return the recipients that Exim and Google name in a header."""
    named: dict[str, str] = {}
    for name in ADDRESS.findall(mail.head.header("x-failed-recipients")):
        named.setdefault(name.lower(), name)
    return tuple(named.values())


def _from_texts(mail: Mail, seen: Signs, addressed: tuple[str, ...] = ()) -> Bounce | None:
    """Return the bounce that the texts tell of; `addressed` are the recipients in case they name nobody."""
    for text in mail.texts:
        if seen.believes(text) and (refusals := _refusals(mail, text, seen, addressed)):
            at = _instant(mail.head.header("date"))
            return Bounce(mail.head.header("message-id").strip(), at, reporter(text), refusals)
    return None


def _refusals(mail: Mail, text: str, seen: Signs, addressed: tuple[str, ...]) -> tuple[Refusal, ...]:
    """Return the refusals that a text tells of, none if it tells of no failure."""
    known = _known(mail)
    senders = _senders(mail.head)
    heard = Heard(text)
    told = account(heard.rest, senders, known, heard.recipients)
    names = known or tuple(each.recipient for each in told.told) or addressed
    spoken = _of_text(heard, names, senders)
    waiting = is_waiting(mail.head.header("subject"), told.opening, text)
    action = Status.DEFERRED if waiting else Status.BOUNCED
    failed = tells_failure(seen, mail.head.header("subject"), text)
    everybody = from_chunk(heard.rest)
    refusals = []
    for name in names:
        speeches = spoken.get(name.lower(), [everybody])
        said = fullest(*speeches)
        if said.remote or failed:
            refusals.append(Refusal(name, action, said.text, _relay(said, speeches)))
    return tuple(refusals)


def _addressed(mail: Mail) -> tuple[str, ...]:
    """Return to whom the returned message went, where the report names nobody."""
    for part in (*mail.inner, *mail.headers):
        original = inner(part) if part in mail.inner else entity(part.data, part.start, part.end)
        if names := ADDRESS.findall(original.header("to")[:4000]):
            return (names[0],)
    # What a person sent to itself.
    told = (account(Heard(text).rest, ()).told for text in mail.texts)
    return tuple(each.recipient for each in next(filter(None, told), ()))


def _forwarded(mail: Mail) -> Bounce | None:
    """Return the bounce that a person forwarded as text."""
    for text in mail.whole:
        if inside := forwarded(text):
            sender, subject, words = inside
            date = mail.head.headers.get("date", "")
            again = f"From: {sender}\nSubject: {subject}\nDate: {date}\n\n{words}"
            return _read(message(again.encode("utf-8", "replace")), 0)
    return None
