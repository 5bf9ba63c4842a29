"""Judges what is claimed of an address from what is on record: whether it is static, and who refused it when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from delist.rules.evidence.traffic import in_utc
from delist.rules.evidence.values import Judged, Outcome
from delist.rules.moments import Moment

# So long a log that was read tells something of today.
FRESH = timedelta(days=7)
_NAMED = 3


def static(told: bool | None) -> Judged:
    """Judge whether an address is static: as somebody says, since no look-up tells it; never a measurement."""
    how = "as [[senders]] says"
    if told is None:
        return Judged("static", Outcome.UNKNOWN, "not told, and no look-up tells it: [[senders]] static", how)
    if told:
        return Judged("static", Outcome.HOLDS, "asserted: no look-up tells it", how)
    mend = "ask the provider for a static address, or send through a relay that has one"
    return Judged("static", Outcome.FAILS, "asserted not to be static: no look-up tells it", how, mend)


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusals of an address for one list, as logs told them: the first, the last, by whom (the first one first).

    `is_over` if the address was seen off the list since, by a look or by an accepted delivery.
    """

    list: str
    first: Moment
    last: Moment
    receivers: tuple[str, ...]
    is_over: bool


def refusals(address: str, found: Sequence[Refused], read_until: datetime | None, now: datetime) -> Judged:
    """Judge whether receivers refuse an address no longer: it holds if all refusals on record are over.

    Without any it holds if the log of the host that it sends from was read up to `read_until` (UTC), less than a week
    ago. The facts are the local days `first` and `last`, and `receivers`.
    """
    how = "what `delist scan --record` has kept of mail logs"
    if not found:
        if read_until is None or now - read_until > FRESH:
            value = "no mail log of the last week was read: `delist scan --record`"
            return Judged("refusals", Outcome.UNKNOWN, value, how)
        value = f"no refusal is on record, with the mail log read up to {in_utc(read_until)}"
        return Judged("refusals", Outcome.HOLDS, value, how)
    first = min((each.first for each in found), key=lambda moment: moment.order)
    last = max((each.last for each in found), key=lambda moment: moment.order)
    receivers = list(dict.fromkeys(name for each in found for name in each.receivers))
    lists, standing = [each.list for each in found], [each.list for each in found if not each.is_over]
    value = f"{_when(first)} to {_when(last)}{_by(receivers)}, for {', '.join(lists)}"
    facts = {"first": first.on.isoformat(), "last": last.on.isoformat(), "receivers": ", ".join(receivers)}
    if not standing:
        return Judged("refusals", Outcome.HOLDS, f"{value}; all over since", how, None, facts)
    still = f"; not over: {', '.join(standing)}" if len(standing) < len(lists) else ""
    mend = f"`delist plan {address}` says whom to ask"
    return Judged("refusals", Outcome.FAILS, f"{value}{still}", how, mend, facts)


def _when(moment: Moment) -> str:
    return in_utc(moment.at) if moment.at else moment.on.isoformat()


def _by(receivers: Sequence[str]) -> str:
    if not receivers:
        return ""
    more = len(receivers) - _NAMED
    names = ", ".join(receivers[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f" by {len(receivers)} {'receiver' if len(receivers) == 1 else 'receivers'}: {names}"
