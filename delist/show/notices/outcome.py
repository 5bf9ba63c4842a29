"""What `notify` came to, as lines and as JSON."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.notifying.run import Delivery, Told
from delist.rules.notices.values import Part
from delist.show.words import clock, day, instant, many

_UNITS = {Part.REMINDERS: "reminder", Part.CHANGES: "change", Part.MAILS: "mail", Part.TROUBLES: "trouble"}


def lines(told: Told) -> list[str]:
    """Return who was told, a line each."""
    return [f"told {_whom(each)}: {counted(each)}" for each in told.deliveries if str(each.outcome) == "sent"]


def counted(delivery: Delivery) -> str:
    """Return how much a message tells."""
    counts = [many(count, _UNITS[part]) for part in Part if (count := delivery.count(part))]
    again = f" ({delivery.repeats:,} perhaps told before)" if delivery.repeats else ""
    return (", ".join(counts) or "a test") + again


def _whom(delivery: Delivery) -> str:
    direct = delivery.channel in ("mail", delivery.digest.recipient)
    return delivery.digest.recipient if direct else f"{delivery.digest.recipient} through {delivery.channel}"


def warnings(told: Told, zone: ZoneInfo) -> Iterator[str]:
    """Yield what a person should know beside: what was cut short, what failed, a relay that is listed."""
    for notice in told.cut_off:
        begun = clock(notice.claimed_at, zone)
        yield f"the notice to {notice.recipient} of {begun} was cut short: what it told is told once more, marked so"
    if told.deliveries:
        for each in told.relay:
            yield f"the relay sends from {each.address}, which is listed on {each.list}: mail through it may not arrive"
    for delivery in told.failed:
        doubt = "could not tell" if str(delivery.outcome) == "failed" else "cannot say whether this reached"
        yield f"{doubt} {_whom(delivery)}: {delivery.why or 'no reason is known'}"


def rehearsal(told: Told) -> Iterator[str]:
    """Yield the messages that would be sent."""
    for number, each in enumerate(told.deliveries):
        if number:
            yield ""
        yield f"To: {_whom(each)}"
        yield f"Subject: {each.written.subject}"
        yield ""
        yield each.written.text.rstrip("\n")


def document(told: Told, *, with_text: bool) -> dict[str, Any]:
    """Return the JSON document of `notify`; the texts are those of `--dry-run`, else null."""
    return {
        "today": day(told.moment.on),
        "messages": [_message(each, with_text) for each in told.deliveries],
        "cut_off": [
            {"uid": each.uid, "recipient": each.recipient, "channel": each.channel, "at": instant(each.claimed_at)}
            for each in told.cut_off
        ],
        "relay_listed": [{"address": each.address, "list": each.list} for each in told.relay],
        "unreached": told.unreached,
    }


def _message(delivery: Delivery, with_text: bool) -> dict[str, Any]:
    return {
        "uid": delivery.uid,
        "recipient": delivery.digest.recipient,
        "channel": delivery.channel,
        "outcome": str(delivery.outcome) if delivery.outcome else None,
        "why": delivery.why,
        "subject": delivery.written.subject,
        **{str(part): delivery.count(part) for part in Part},
        "repeated": delivery.repeats,
        "text": delivery.written.text if with_text else None,
    }
