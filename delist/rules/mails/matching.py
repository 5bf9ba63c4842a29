"""Which request a mail is about: by list and address, by a reference, or because no other request waits."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from delist.rules import addresses as ip
from delist.rules.history import Trust
from delist.rules.lifecycle import Request, State, by_submission
from delist.rules.lists import ListEntry
from delist.rules.mails.reading import Reading
from delist.rules.mails.values import Judgement, Kind
from delist.rules.reminders import EARLIEST_MAIL

_ENDED = (State.CLEARED, State.REFUSED)


class Candidate(NamedTuple):
    """A request that a mail may be about, with its list."""

    request: Request
    list: ListEntry


class Match(NamedTuple):
    """The requests that a mail is about, mostly one; `between` are the numbers of those among which it leaves open."""

    requests: tuple[Request, ...] = ()
    between: tuple[int, ...] = ()


NO_MATCH = Match()


def match(
    reading: Reading, judgement: Judgement, received: datetime, found: Iterable[Candidate], zone: ZoneInfo
) -> Match:
    """Return the requests that a mail received at a UTC instant is about.

    What was rejected is about none. `found` may hold more than what fits, each once.
    """
    if judgement.trust is Trust.REJECTED:
        return NO_MATCH
    asked = [each for each in found if _was_asked(each.request, received, zone) and _may_be(each.request, reading.kind)]
    referred = [each for each in asked if refers(reading, each.request)]
    named = _named(reading, referred or asked)
    if reading.named.all and not named and not referred:
        return NO_MATCH
    if not named and not referred and not _says_enough(reading):
        return NO_MATCH
    return _one_each(named or referred or [each for each in asked if each.request.is_open], reading)


def _was_asked(request: Request, received: datetime, zone: ZoneInfo) -> bool:
    return received >= request.submitted.earliest(zone) - EARLIEST_MAIL


def _may_be(request: Request, kind: Kind) -> bool:
    return request.is_open or (kind is not Kind.LINK and request.state in _ENDED)


def _says_enough(reading: Reading) -> bool:
    """Whether a mail that names no address is of a request at all: lists of large operators write about much else."""
    return reading.is_from_list and (reading.has_shape or reading.kind is not Kind.OTHER)


def refers(reading: Reading, request: Request) -> bool:
    """Whether the subject of a mail holds a request's reference."""
    reference = (request.reference or "").lower().strip()
    return len(reference) >= 4 and (
        reference in reading.words or (" " in reference and reference in reading.text.partition("\n")[0].lower())
    )


def _named(reading: Reading, asked: Sequence[Candidate]) -> list[Candidate]:
    """Return those whose address the subject names, else those whose address the text names."""
    for addresses in (reading.named.subject, reading.named.text):
        if found := [each for each in asked if any(is_about(each, address) for address in addresses)]:
            return found
    return []


def is_about(candidate: Candidate, address: str) -> bool:
    """Whether an address (canonical) is the one of a request, as its list takes it: of some a network, or a /64."""
    scope = candidate.list.scope
    return ip.overlap(ip.covered_by(candidate.request.address, scope), ip.covered_by(address, scope))


def _one_each(found: Sequence[Candidate], reading: Reading) -> Match:
    """Return the request of each address, where there is one; a link can be that of one request only."""
    cases: dict[tuple[str, str], list[Request]] = {}
    for each in found:
        cases.setdefault((each.request.address, each.request.list), []).append(each.request)
    requests = [_of_case(each, reading.kind) for each in cases.values()]
    requests = [each for each in requests if each.is_open] or requests
    if reading.kind is Kind.LINK and len(requests) > 1:
        requests = [each for each in requests if each.state is State.SUBMITTED] or requests
    is_clear = len({each.list for each in requests}) == 1 and (len(requests) == 1 or _is_for_several(reading, requests))
    if not requests or is_clear:
        return Match(tuple(requests))
    return Match((), tuple(sorted(each.number for each in requests)))


def _of_case(requests: Sequence[Request], kind: Kind) -> Request:
    waiting = [each for each in requests if each.is_open]
    if kind is Kind.LINK:
        waiting = [each for each in waiting if each.state is State.SUBMITTED] or waiting
    return max(waiting or requests, key=by_submission)


def _is_for_several(reading: Reading, requests: Sequence[Request]) -> bool:
    """Whether a mail answers for several requests at once: it names the address of each, or the reference of all."""
    if reading.kind is Kind.LINK:
        return False
    return bool(reading.named.all) or all(refers(reading, each) for each in requests)
