"""`notify`: claims what is to be told, sends it, and keeps what came of it; a crash between leaves it unsure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from delist.actions import steps
from delist.actions.desk import Desk, reading, snapshot, writing
from delist.actions.due import due
from delist.actions.notifying import gathering, lock, routes, sending
from delist.actions.notifying.sending import Parcel, Send
from delist.errors import DelistError, OutsideFailed, SetupError
from delist.notify.values import Outcome, Sent
from delist.rules.moments import Moment
from delist.rules.notices.grouping import Circle
from delist.rules.notices.values import Detour, Digest, Item, Listed, Part, Written, part_of
from delist.settings import Settings
from delist.store import notices
from delist.store.notices import Claim, Notice
from delist.store.version import Age, age_of
from delist.tools import Tools, new_uid

# How a digest is put into words: what people read stands elsewhere.
Write = Callable[[Digest], Written]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message: to whom, by which way, and what came of it; `outcome` is None if it was only written."""

    uid: str
    digest: Digest
    channel: str
    written: Written
    outcome: Outcome | None = None
    why: str | None = None

    def count(self, part: Part) -> int:
        """Return how many things of a kind it tells."""
        return sum(part_of(item) is part for item in self.digest.items)

    @property
    def repeats(self) -> int:
        """How many things it tells that were perhaps told before."""
        return sum(item.repeat is not None for item in self.digest.items)


@dataclass(frozen=True, slots=True)
class Told:
    """What a run came to: the messages in order of recipient, those before that were cut short, the listed relay, and
    the sentence for what concerns nobody, if something does.
    """

    moment: Moment
    deliveries: tuple[Delivery, ...] = ()
    cut_off: tuple[Notice, ...] = ()
    relay: tuple[Listed, ...] = ()
    unreached: str | None = None

    @property
    def failed(self) -> tuple[Delivery, ...]:
        """The messages that were not sent, or of which nobody knows."""
        return tuple(each for each in self.deliveries if each.outcome in (Outcome.FAILED, Outcome.UNSURE))


def notify(tools: Tools, write: Write, send: Send | None = None) -> Told:
    """Tell everybody what is due or has changed, each thing once; a second process waits for the first.

    Raises SetupError where nobody is named, or another process has been sending all along. What could not be sent, or
    concerns nobody, raises nothing: see `failure`. The step is kept either way.
    """
    began = tools.now()
    circle = routes.circle(tools.settings)
    if age_of(tools.database) in (Age.MISSING, Age.EMPTY):
        return Told(tools.this_moment())
    with lock.only_one(tools, tools.settings.notify.timeout):
        try:
            told = _Run(tools, write, send).done(circle)
        except DelistError as error:
            with suppress(DelistError):
                steps.note(tools, "notify", began, {}, error)
            raise
        steps.note(tools, "notify", began, counts(told), failure(told))
    return told


def failure(told: Told) -> DelistError | None:
    """Return the error of a run in which something could not be sent, or concerns nobody; None if all was told."""
    if not told.failed:
        return SetupError(told.unreached) if told.unreached else None
    first, recipients = told.failed[0], {each.digest.recipient for each in told.failed}
    reached = {each.digest.recipient for each in told.deliveries if each.outcome is Outcome.SENT}
    # One that failed by both ways is one.
    count, another_way = len(recipients), "; it was told another way" if recipients <= reached else ""
    what = "a notice" if count == 1 else f"{count} notices"
    doubt = "may not have been sent" if first.outcome is Outcome.UNSURE else "could not be sent"
    return OutsideFailed(f"{what} {doubt}: {first.why or 'no reason is known'}{another_way}")


def counts(told: Told) -> dict[str, int]:
    """Return what a run came to."""
    sent = [each for each in told.deliveries if each.outcome is Outcome.SENT]
    parts = {str(part): sum(each.count(part) for each in sent) for part in Part}
    relay = len(told.relay) if told.deliveries else 0
    return {"sent": len(sent), "failed": len(told.failed), **parts, "cut_off": len(told.cut_off), "relay_listed": relay}


def rehearsed(tools: Tools, write: Write) -> Told:
    """Return the messages that would be sent now; nothing is claimed, kept or sent."""
    circle = routes.circle(tools.settings)
    with _tidied(tools) as (tools, cut_off):
        return replace(_rehearsed(tools, write, circle), cut_off=cut_off)


@contextmanager
def _tidied(tools: Tools) -> Iterator[tuple[Tools, tuple[Notice, ...]]]:
    """Give tools whose database is as a run would find it, with what was cut off before counted as unsure; and that."""
    with reading(tools) as desk:
        is_left = desk is not None and bool(notices.under_way(desk.tx))
    if not is_left or lock.is_held(tools):
        yield tools, ()
        return
    with snapshot(tools) as copied:
        with writing(copied) as desk:
            cut_off = notices.cut_off(desk.tx, desk.at)
        yield copied, tuple(cut_off)


def _rehearsed(tools: Tools, write: Write, circle: Circle) -> Told:
    agenda = due(tools)
    with reading(tools) as desk:
        found = gathering.gathered(desk, agenda, circle) if desk else gathering.NOTHING
        relay = routes.listed_relay(desk) if desk else ()
    pairs = [(digest, sending.recipients(digest, tools.settings, bool(relay))) for digest in found.digests]
    # What would keep the real one from sending is told here too.
    sending.outside(tools.settings, _all_names(pairs, tools.settings))
    deliveries = []
    for digest, names in pairs:
        told = _round(digest, names, None)
        channel = routes.label(digest.recipient, names)
        deliveries.append(Delivery(new_uid(tools.now()), told, channel, write(told)))
    return Told(agenda.moment, tuple(deliveries), (), relay, found.unreached)


def _all_names(pairs: Iterable[tuple[Digest, tuple[str, ...]]], settings: Settings) -> list[str]:
    """Return to whom all digests go, and may go where that fails."""
    found = [name for _, names in pairs for name in names]
    return [*found, *settings.notify.second] if found else []


def _round(digest: Digest, names: Sequence[str], why: str | None) -> Digest:
    """Return a digest that says so if it goes to somebody else, and only then."""
    return replace(digest, detour=None if digest.recipient in names else Detour(why))


class _Run:
    """One run: `send` is None for the real world outside."""

    def __init__(self, tools: Tools, write: Write, send: Send | None) -> None:
        self._tools, self._write, self._given = tools, write, send
        self._deliveries: dict[str, Delivery] = {}

    def done(self, circle: Circle) -> Told:
        """Tell what there is to tell."""
        tools = self._tools
        agenda = due(tools)
        with writing(tools) as desk:
            cut_off = notices.cut_off(desk.tx, desk.at)
            found = gathering.gathered(desk, agenda, circle)
            relay = routes.listed_relay(desk)
            pairs = [(each, sending.recipients(each, tools.settings, bool(relay))) for each in found.digests]
            send = self._send_to(pairs)
            parcels = [self._claimed(desk, _round(each, names, None), names) for each, names in pairs]
        self._carry(parcels, send)
        self._go_round(parcels, send)
        ordered = tuple(self._deliveries[each] for each in self._deliveries)
        return Told(agenda.moment, ordered, tuple(cut_off), relay, found.unreached)

    def _send_to(self, pairs: Iterable[tuple[Digest, tuple[str, ...]]]) -> Send:
        # Before anything is claimed: a setting that is missing must not look like a message that failed.
        settings = self._tools.settings
        return self._given or sending.outside(settings, _all_names(pairs, settings))

    def _claimed(self, desk: Desk, digest: Digest, names: tuple[str, ...]) -> Parcel:
        """Claim what a message tells, so that nobody is told twice, and return the message."""
        written = self._write(digest)
        parcel = Parcel(desk.uid(), digest.recipient, names, written, desk.at, digest.items)
        notice = Notice(parcel.uid, parcel.recipient, parcel.channel, "sending", desk.at, None)
        notices.claim(desk.tx, notice, list(_claims(digest.items)))
        self._deliveries[parcel.uid] = Delivery(parcel.uid, digest, parcel.channel, written)
        return parcel

    def _carry(self, parcels: Sequence[Parcel], send: Send) -> None:
        """Send messages and keep what came of each as soon as it is known."""
        sending.carry(parcels, send, self._tools.settings.notify.timeout, self._keep)

    def _keep(self, parcel: Parcel, sent: Sent) -> None:
        with writing(self._tools) as desk:
            notices.end(desk.tx, parcel.uid, str(sent.outcome), desk.at, sent.why)
        self._ended(parcel, sent)

    def _ended(self, parcel: Parcel, sent: Sent) -> None:
        known = self._deliveries[parcel.uid]
        self._deliveries[parcel.uid] = replace(known, outcome=sent.outcome, why=sent.why)

    def _go_round(self, parcels: Sequence[Parcel], send: Send) -> None:
        """Send what one way has failed to carry by the other; the second way says why."""
        failed = [(parcel, others) for parcel in parcels if (others := self._other_way(parcel))]
        if not failed:
            return
        with writing(self._tools) as desk:
            again = []
            for parcel, others in failed:
                known = self._deliveries[parcel.uid]
                again.append(self._claimed(desk, _round(known.digest, others, known.why), others))
        self._carry(again, send)

    def _other_way(self, parcel: Parcel) -> tuple[str, ...]:
        """Return whom to tell of what failed: for mail the second way, for that the mail that might not arrive."""
        if self._deliveries[parcel.uid].outcome is not Outcome.FAILED or not routes.is_mail(parcel.recipient):
            return ()
        if parcel.names == (parcel.recipient,):
            return routes.way_round(self._tools.settings, parcel.recipient)
        return (parcel.recipient,)


def _claims(items: Iterable[Item]) -> Iterator[Claim]:
    keys = {key: item.place.id if item.place else None for item in items for key in item.keys}
    return (Claim(key, address_id) for key, address_id in keys.items())
