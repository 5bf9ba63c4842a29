"""Judges how many deliveries of a host bounced: which counted stretches of its log are summed, and what that means."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from delist.rules.evidence.values import Judged, Outcome

# Percent. Amazon SES wants its senders below 5 % and may stop one above 10 % (its notice to a sender under review, as
# published in January 2020 at blog.lalatendu.info); it counts bounces for good only, as is done here.
REVIEWED, STOPPED = 5.0, 10.0
# Of fewer deliveries a rate tells little: ours, one bounce is a percent.
FEWEST = 100
PERIOD = timedelta(days=30)
# Lines of a log are out of order by seconds; more than a gap of a day is told.
_OUT_OF_ORDER = timedelta(minutes=1)
_GAP = timedelta(days=1)
_HOW = "what `delist scan --record` has counted in mail logs"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one scan counted in a log from its first to its last line (UTC); a `host` of "" is this one.

    One line is a delivery of one message to one recipient which a server on another host answered: `sent`, it took it;
    `bounced`, it refused it for good; `deferred`, it is tried again, so that one delivery may be many of them. `scan`
    is the uid of the scan, made at the UTC instant `scanned`; `is_new` if it read only what came since the last one.
    """

    host: str
    log: str
    first: datetime
    last: datetime
    sent: int
    deferred: int
    bounced: int
    scan: str
    scanned: datetime
    is_new: bool = False

    @property
    def deliveries(self) -> int:
        """How many deliveries ended, well or not."""
        return self.sent + self.bounced

    @property
    def attempts(self) -> int:
        """How many lines were counted, 0 of a log that was read and tells of no delivery."""
        return self.deliveries + self.deferred


@dataclass(frozen=True, slots=True)
class Figures:
    """The sum of stretches: of the log from `first` to `last` (UTC), perhaps with days in between that nobody read."""

    sent: int
    deferred: int
    bounced: int
    first: datetime
    last: datetime
    has_gaps: bool

    @property
    def deliveries(self) -> int:
        """How many deliveries ended, well or not."""
        return self.sent + self.bounced

    @property
    def rate(self) -> float:
        """How many percent of the deliveries that ended have bounced; deferred attempts count apart."""
        return 100 * self.bounced / self.deliveries if self.deliveries else 0.0


def counted(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return the stretches of one host that may be summed, in order of time: no delivery is in two of them.

    Where two overlap, as they do when a log is scanned twice, the one with more deliveries counts: it covers the
    other, or at least loses less. Two logs of one host at the same time may be copies, so only one of them counts.
    """
    chosen: list[Stretch] = []
    for each in sorted(stretches, key=lambda each: (each.deliveries, each.scanned), reverse=True):
        if not any(_may_share(each, other) for other in chosen):
            chosen.append(each)
    return tuple(sorted(chosen, key=lambda each: (each.first, each.last)))


def _may_share(one: Stretch, other: Stretch) -> bool:
    """Whether a delivery may be in both: not in two files that one scan read, nor in what two scans found new."""
    overlap = min(one.last, other.last) - max(one.first, other.first)
    if overlap < timedelta(0):
        return False
    are_parts = one.log == other.log and (one.scan == other.scan or (one.is_new and other.is_new))
    return not are_parts or overlap > _OUT_OF_ORDER


def figures(stretches: Iterable[Stretch]) -> Figures | None:
    """Return the sum of the stretches of one host, each delivery once; None if none has any."""
    chosen = counted(stretches)
    if not any(each.attempts for each in chosen):
        return None
    pairs = pairwise(chosen)
    return Figures(
        sum(each.sent for each in chosen),
        sum(each.deferred for each in chosen),
        sum(each.bounced for each in chosen),
        chosen[0].first,
        max(each.last for each in chosen),
        any(later.first - before.last > _GAP for before, later in pairs),
    )


def traffic(found: Figures | None, whose: str, is_shared: bool, zone: ZoneInfo) -> Judged:
    """Judge how many deliveries bounced: it holds below the rate from which a large sender reviews its customers.

    `whose` log it is, in words; `is_shared` if other addresses may have sent what is in it. The facts are `deliveries`,
    `bounced`, `rate` in percent, the local days `from` and `to`, and `whose`.
    """
    if found is None:
        value = f"no figures of the last {PERIOD.days} days: `delist scan --record` counts deliveries"
        return Judged("traffic", Outcome.UNKNOWN, value, _HOW)
    value = _value(found, whose, is_shared)
    if found.deliveries < FEWEST:
        return Judged("traffic", Outcome.UNKNOWN, f"{value}; too few to tell", _HOW)
    days = (each.astimezone(zone).date().isoformat() for each in (found.first, found.last))
    facts = {
        "deliveries": str(found.deliveries),
        "bounced": str(found.bounced),
        "rate": _percent(found.rate),
        **dict(zip(("from", "to"), days, strict=True)),
        "whose": whose,
    }
    if found.rate < REVIEWED:
        return Judged("traffic", Outcome.HOLDS, value, _HOW, None, facts)
    limit = STOPPED if found.rate >= STOPPED else REVIEWED
    mend = (
        f"take out of the recipient lists what bounces (`delist scan --events` shows refusals of the address): "
        f"Amazon SES {'stops' if limit == STOPPED else 'reviews'} a sender from {limit:.0f} % on"
    )
    return Judged("traffic", Outcome.FAILS, value, _HOW, mend, facts)


def _value(found: Figures, whose: str, is_shared: bool) -> str:
    of = ", whichever of its addresses they went out from" if is_shared else ""
    gaps = ", with days that were not read" if found.has_gaps else ""
    return (
        f"{found.deliveries} deliveries to other servers in the {whose}{of}: {found.bounced} bounced "
        f"({_percent(found.rate)} %), {found.deferred} deferred attempts, from {in_utc(found.first)} "
        f"to {in_utc(found.last)}{gaps}"
    )


def _percent(rate: float) -> str:
    return f"{rate:.1f}"


def in_utc(at: datetime) -> str:
    """Return an instant as sentences of the rules have it: who prints them writes it in the user's zone."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def of_no_host() -> Judged:
    """Return what is said of figures where nobody knows from which of several hosts an address sends."""
    value = "figures of several hosts are on record, and not from which of them it sends: [own.instances]"
    return Judged("traffic", Outcome.UNKNOWN, value, _HOW)


def hosts_of(names: Collection[str], counted_for: Sequence[str]) -> tuple[str, ...]:
    """Return of the hosts whose logs were counted those from which an address sends, () if that cannot be told.

    `names` are those of `counted_for` from which it is known to send, and perhaps others that were not counted. Nobody
    names a host that is alone; the only one without a name is this host.
    """
    if named := tuple(host for host in counted_for if host in names):
        return named
    if not names:
        return tuple(counted_for) if len(counted_for) == 1 else ()
    return ("",) if "" in counted_for else ()
