"""Sends messages, each to one person, side by side and within a limit of time; keeps nothing."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from delist.actions.notifying import routes
from delist.errors import DelistError
from delist.notify import channels, mail
from delist.notify.values import Message, Outcome, Relay, Sent
from delist.rules.notices.values import Digest, Item, Written
from delist.settings import Settings

# So many are sent at once: a relay counts the connections of one client.
_AT_ONCE = 8
# What has not begun after so many times the limit of one message is left to the next run.
_TURNS = 4
# A message about more cases than this belongs to no thread.
_THREADED = 20
# So many things may stop a run before it gives up keeping what has become of messages.
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message for a person, and to whom it goes: the person, or others in their stead. The instant is in UTC."""

    uid: str
    recipient: str
    names: tuple[str, ...]
    written: Written
    at: datetime
    items: tuple[Item, ...] = ()

    @property
    def channel(self) -> str:
        """By which way it goes, in a few words."""
        return routes.label(self.recipient, self.names)


Send = Callable[[Parcel, str], Sent]
Keep = Callable[[Parcel, Sent], None]


def outside(settings: Settings, names: Iterable[str]) -> Send:
    """Return what sends a message to one recipient; raises SetupError if the settings do not do for all of these."""
    relay: Relay | None = None
    sender = ""
    seconds = settings.notify.timeout
    if any(map(routes.is_mail, names)):
        sender = routes.sender(settings)
        login = settings.smtp
        if login.host:
            relay = Relay(login.host, login.port, login.security, login.user, login.secret(), seconds)

    def send(parcel: Parcel, name: str) -> Sent:
        if not routes.is_mail(name):
            url = settings.notify.channels[name]
            return channels.sent(name, url, parcel.written.subject, parcel.written.text, seconds)
        message = message_of(parcel, sender, name)
        if relay is not None:
            return mail.sent_by_relay(message, relay)
        return mail.sent_by_program(message, settings.sendmail or routes.SENDMAIL, seconds)

    return send


def message_of(parcel: Parcel, sender: str, to: str) -> Message:
    """Return a parcel as a mail; mails about one case belong to one thread."""
    domain = sender.rpartition("@")[2]
    threads = tuple(dict.fromkeys(_thread(item, domain) for item in parcel.items if item.place and item.list))
    return Message(
        uid=parcel.uid,
        sender=sender,
        to=to,
        subject=parcel.written.subject,
        text=parcel.written.text,
        at=parcel.at,
        list_id=f"notices.delist.{domain}",
        html=parcel.written.html,
        in_reply_to=threads if len(threads) == 1 else (),
        references=threads if len(threads) <= _THREADED else (),
    )


def _thread(item: Item, domain: str) -> str:
    named = f"{item.place.uid if item.place else ''}/{item.list}"
    return f"<case-{hashlib.sha256(named.encode()).hexdigest()[:32]}@{domain}>"


def carry(parcels: Sequence[Parcel], send: Send, seconds: float, keep: Keep) -> None:
    """Send each parcel and hand what came of it to `keep`, as they end; one that hangs keeps only itself waiting.

    Where a signal or `keep` itself stops this, what has not begun is not sent and has failed, and what has begun is
    awaited and kept before the error is raised. A mistake of ours in a parcel stops no other: of it nothing is kept.
    """
    until = monotonic() + seconds * _TURNS
    errors: list[BaseException] = []
    with ThreadPoolExecutor(_AT_ONCE, "delist-notify") as pool:
        left = {pool.submit(_to_all, parcel, send, until): parcel for parcel in parcels}
        for _ in range(_PATIENCE):
            try:
                errors += _kept(left, keep)
            except BaseException as error:
                errors.append(error)
                for each in left:
                    each.cancel()
    if errors:
        raise errors[0]


def _kept(left: dict["Future[Sent]", Parcel], keep: Keep) -> list[BaseException]:
    """Keep what came of each parcel that is left, and take it away; returns the mistakes of ours."""
    mistakes: list[BaseException] = []
    for done in as_completed(tuple(left)):
        if done.cancelled():
            keep(left[done], Sent(Outcome.FAILED, "it was stopped before this was sent"))
        elif (mistake := done.exception()) is not None:
            mistakes.append(mistake)
        else:
            keep(left[done], done.result())
        # Not earlier: a signal may strike while it is being kept.
        del left[done]
    return mistakes


def _to_all(parcel: Parcel, send: Send, until: float) -> Sent:
    """Return what came of a parcel that goes to several: it was sent if it reached one of them."""
    found: list[Sent] = []
    for name in parcel.names:
        if monotonic() > until:
            found.append(Sent(Outcome.FAILED, "no time was left for it"))
            continue
        try:
            found.append(send(parcel, name))
        except DelistError as error:
            found.append(Sent(Outcome.FAILED, str(error)))
    for outcome in (Outcome.SENT, Outcome.UNSURE):
        for each in found:
            if each.outcome is outcome:
                return each
    return found[0]


def recipients(digest: Digest, settings: Settings, is_round: bool) -> tuple[str, ...]:
    """Return to whom a digest goes: to the person, or where mail may not arrive to whom is named instead."""
    others = routes.way_round(settings, digest.recipient) if is_round and routes.is_mail(digest.recipient) else ()
    return others or (digest.recipient,)
