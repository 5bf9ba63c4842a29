"""What is on record, gathered for people and scripts: requests, one address, what stands where, the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path

from delist.actions.addresses import recorded
from delist.actions.desk import Desk, reading
from delist.actions.due import due
from delist.actions.lately import NOTHING, Lately, lately
from delist.actions.moves import found
from delist.actions.refs import as_number, only
from delist.errors import NotFound
from delist.rules import addresses as ip
from delist.rules.history import Entry, Mailed
from delist.rules.lifecycle import Request, attempts
from delist.rules.listings import Episode, standing
from delist.rules.lists import ListEntry, Zone
from delist.rules.moments import Moment
from delist.rules.reminders import Reminder, link_of, most_urgent, reminders_of
from delist.rules.secrets import conceal
from delist.rules.windows import Case, Observation, Window, windows_of
from delist.store import casefiles, checks, mails, reads, where
from delist.store.checks import Run
from delist.store.engine import run_with
from delist.store.mails import KeptLink, KeptMail
from delist.store.reads import Draft, KnownAddress
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with all that follows from it."""

    request: Request
    case: Case
    attempt: int | None
    windows: tuple[Window, ...]
    next_due: date | None
    has_link: bool
    link: Mailed | None = None


@dataclass(frozen=True, slots=True)
class WholeRequest:
    """One record, whole."""

    view: RequestView
    text: str | None
    history: tuple[Entry, ...]
    mails: tuple[KeptMail, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressView:
    """Everything about an address."""

    known: KnownAddress
    requests: tuple[RequestView, ...]
    drafts: tuple[tuple[str, Draft], ...]
    listings: tuple[tuple[str, Episode], ...]
    reminders: tuple[Reminder, ...]
    history: tuple[Entry, ...]
    moment: Moment
    mails: tuple[KeptMail, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrow:
    """What `requests` is narrowed to."""

    open_only: bool = False
    list: str | None = None
    address: str | None = None
    site: str | None = None


def requests(tools: Tools, narrow: Narrow) -> list[RequestView]:
    """Return the requests on record, ended ones too, in order of number."""
    key = tools.catalogue.find(narrow.list).key if narrow.list is not None else None
    address = ip.canonical(narrow.address) if narrow.address is not None else None
    with reading(tools) as desk:
        if desk is None:
            return []
        found = _views(desk, *where.Where(list=key, address=address, site=narrow.site).condition())
        views = [view for view in found if view.request.is_open or not narrow.open_only]
    return sorted(views, key=lambda view: view.request.number)


def _views(desk: Desk, condition: str, params: Mapping[str, str | int]) -> Iterator[RequestView]:
    linked = reads.numbers_with_urls(desk.tx)
    for _, case in casefiles.cases(run_with(desk.tx), desk.tools.catalogue.get, condition, params):
        yield from _of_case(desk, case, linked)


def _of_case(desk: Desk, case: Case, linked: set[int]) -> Iterator[RequestView]:
    order = attempts(case.requests)
    reminders = reminders_of(case, desk.tools.policy)
    for request in case.requests:
        due = [r.due_at for r in reminders if r.request is not None and r.request.number == request.number]
        first = min(due).astimezone(desk.tools.zone).date() if due else None
        attempt = order.get(request.number)
        windows = windows_of(request, case) if attempt else ()
        link = link_of(request, desk.tools.zone)
        yield RequestView(request, case, attempt, windows, first, request.number in linked, link)


def whole_request(tools: Tools, number: int) -> WholeRequest:
    """Return one record with its text and history; raises NotFound."""
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"there is no request {number}: nothing is recorded yet in {tools.database}")
        _, case = found(desk, number)
        views = _views(desk, where.ONE, {"case": case.id})
        view = next(view for view in views if view.request.number == number)
        text = reads.text_of(desk.tx, number)
        shown = None if text is None else conceal(text, hosts=tools.catalogue.link_hosts)[0]
        came = tuple(mails.of_request(desk.tx, number))
        return WholeRequest(view, shown, tuple(reads.history(desk.tx, number)), came)


def address(tools: Tools, text: str) -> AddressView:
    """Return everything about a recorded address; raises NotFound."""
    canonical = ip.canonical(text)
    with reading(tools) as desk:
        if desk is None:
            raise NotFound(f"{canonical} is not recorded: nothing is recorded yet in {tools.database}")
        known = recorded(desk, canonical)
        return _address_view(desk, known)


def _address_view(desk: Desk, known: KnownAddress) -> AddressView:
    params = {"address": known.id}
    run = run_with(desk.tx)
    whole = [case for _, case in casefiles.cases(run, desk.tools.catalogue.get, where.OF_ADDRESS, params)]
    reminders = [reminder for case in whole for reminder in reminders_of(case, desk.tools.policy)]
    cases = reads.cases_of(desk.tx, known.id)
    hosts = desk.tools.catalogue.link_hosts
    found = [(case.list, draft) for case in cases if (draft := reads.draft(desk.tx, case.id))]
    drafts = [(key, replace(draft, text=conceal(draft.text, hosts=hosts)[0])) for key, draft in found]
    views = sorted(_views(desk, where.OF_ADDRESS, params), key=lambda view: view.request.number)
    history = [entry for case in cases for entry in reads.case_history(desk.tx, case.id)]
    return AddressView(
        known=known,
        requests=tuple(views),
        drafts=tuple(drafts),
        listings=tuple((case.list, episode) for case in cases for episode in reads.listings(desk.tx, case.id)),
        reminders=tuple(most_urgent(reminders, desk.now, desk.tools.zone)),
        history=(*reads.address_history(desk.tx, known.id), *history),
        moment=desk.now,
        mails=tuple(mails.of_address(desk.tx, known.id)),
    )


@dataclass(frozen=True, slots=True)
class ListedNow:
    """An address that is on a list now, as far as anybody looked."""

    address: str
    list: str
    site: str | None
    since: Moment


@dataclass(frozen=True, slots=True)
class Status:
    """One screen: what is listed, what waits, what comes, what was done lately, and the last check (a finished one,
    or one that stopped)."""

    moment: Moment
    database: Path
    is_new: bool
    listed: tuple[ListedNow, ...]
    waiting: tuple[RequestView, ...]
    reminders: tuple[Reminder, ...]
    counts: dict[str, int]
    last_check: Run | None = None
    lately: Lately = NOTHING


STATUS_DAYS = 30


def status(tools: Tools, on: Moment | None = None) -> Status:
    """Return what is listed now, which requests wait, and the reminders due or coming in the next 30 days."""
    agenda = due(tools, on, STATUS_DAYS)
    with reading(tools) as desk:
        if desk is None:
            return Status(agenda.moment, tools.database, True, (), (), (), {"addresses": 0, "requests": 0})
        listed = list(_listed(desk))
        waiting = [view for view in _views(desk, where.WAITING, {}) if view.request.is_open and not view.case.retired]
        counts = {table: reads.count(desk.tx, table) for table in ("addresses", "requests")}
        last, done = checks.last_run(desk.tx, "check"), lately(desk)
    waiting.sort(key=lambda view: view.request.number)
    empty = not any(counts.values()) and done.newest is None
    told = tuple(listed), tuple(waiting), agenda.reminders
    return Status(agenda.moment, tools.database, empty, *told, counts, last, done)


def _listed(desk: Desk) -> Iterator[ListedNow]:
    """Yield what is listed now, the codes of one list told as one, from the first of them on."""
    for (at, key, site), looks in groupby(reads.listed_now(desk.tx), key=lambda row: row[:3]):
        episode = standing(row[3] for row in looks)
        if episode is not None:
            yield ListedNow(at, key, site, episode.started)


@dataclass(frozen=True, slots=True)
class ListView:
    """One entry of the catalogue, its zones, and what one's own requests have shown."""

    entry: ListEntry
    zones: tuple[Zone, ...]
    own: tuple[Observation, ...]


def catalogue_entry(tools: Tools, key: str) -> ListView:
    """Return what there is to know about a list; a zone's name does too. Raises NotFound."""
    zone = tools.catalogue.zones.get(key.strip().lower().rstrip(".")) if "." in key else None
    named = zone.list_key if zone else None
    if zone and named is None:
        known = set(tools.catalogue.keys())
        named = next((answer.means for answer in zone.answers.values() if answer.means in known), None)
    if zone and named is None:
        raise NotFound(f"{zone.name} is a dead zone" + (f" since {zone.closed}" if zone.closed else ""))
    entry = tools.catalogue.find(named or key)
    with reading(tools) as desk:
        own = casefiles.observations(run_with(desk.tx), entry.key) if desk else []
    return ListView(entry, tuple(tools.catalogue.zones_of(entry.key)), tuple(own))


def links(tools: Tools, ref: str, key: str | None) -> tuple[int | None, list[KeptLink]]:
    """Return the request that a word means and the links kept for it, with those of an address itself;
    those of the newest mail first.

    Raises NotFound if there are none.
    """
    number: int | None
    address_id: int | None = None
    if as_number(ref) is not None:
        number = only(tools, ref, key)
    else:
        view = address(tools, ref)
        number = only(tools, ref, key) if view.requests else None
        address_id = view.known.id
    with reading(tools) as desk:
        found = mails.links(desk.tx, number, address_id) if desk else []
    if not found:
        raise NotFound(f"no link is kept for {ref}")
    return number, found
