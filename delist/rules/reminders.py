"""Windows, and what is due: one rule computes the reminders of a case and the moment it next wants attention."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from delist.rules.addresses import order
from delist.rules.asking import Addressee, addressee_of
from delist.rules.history import Mailed, Marks, Trust, told
from delist.rules.lifecycle import Request, State, confirmation_of
from delist.rules.listings import Episode
from delist.rules.lists import ListEntry, WindowKind, WindowRule
from delist.rules.moments import Moment, Period, end_of, start_of
from delist.rules.windows import Case, Window, lead_days, windows_of

# Goes into the fingerprint of the stored moments: raise it when the rules below answer differently.
RULES_VERSION = 4

DEFAULT_LEAD = Period(days=14)
# A list's mail can be quicker than the person who records what they have just sent.
EARLIEST_MAIL = timedelta(minutes=10)


class Kind(StrEnum):
    """What a reminder is about."""

    LISTED = "listed"
    CONFIRM = "confirm"
    ANSWER = "answer"
    VERIFY = "verify"
    EXCLUSION_ENDS = "exclusion-ends"
    EXPECTED_CLEAR = "expected-clear"
    KEEP_ALIVE = "keep-alive"
    RELISTED = "relisted"


# The others go away by what happens, not by being read.
ACKNOWLEDGEABLE = frozenset({Kind.LISTED, Kind.EXCLUSION_ENDS, Kind.KEEP_ALIVE, Kind.RELISTED})


class Status(StrEnum):
    """Whether a reminder is to be acted on. Only kinds with a window can be overdue."""

    OVERDUE = "overdue"
    DUE = "due"
    UPCOMING = "upcoming"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator set: the time zone of days, and the leads (default and per list)."""

    zone: ZoneInfo
    lead: Period = DEFAULT_LEAD
    leads: Mapping[str, Period] = field(default_factory=dict)

    def lead_of(self, entry: ListEntry) -> Period:
        """Return the lead for a list: the operator's for it, else the catalogue's, else the default."""
        return self.leads.get(entry.key) or entry.lead or self.lead


# A provider that had promised two or three days was once heard from on the sixth (bunsho-de-kasegu.com, seen 2026-11).
PROVIDER_ANSWERS = Period(days=7)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something a person should do, from a UTC instant on. `ref` tells reminders of one kind apart.

    Of a listing, `after` are the lists that must be settled first, and `by_provider` is whether it is the provider of
    the address who reads this.
    """

    id: str
    kind: Kind
    case: Case
    request: Request | None
    due_at: datetime
    ref: str = ""
    window_on: date | None = None
    provisional: bool = False
    window: WindowRule | None = None
    after: tuple[str, ...] = ()
    by_provider: bool = False


def reminders_of(case: Case, policy: Policy) -> tuple[Reminder, ...]:
    """Return every reminder that the records of a case call for, past and future; none for a retired address."""
    if case.retired:
        return ()
    found = [reminder for request in case.requests for reminder in _of_request(request, case, policy)]
    found += _of_listing(case, policy)
    return tuple(_awake(reminder, case) for reminder in found if not _is_acknowledged(reminder, case))


def next_attention(case: Case, policy: Policy) -> datetime | None:
    """Return the UTC instant at which the first reminder of a case is due, None if there is none."""
    return min((reminder.due_at for reminder in reminders_of(case, policy)), default=None)


def status_of(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> Status:
    """Return whether a reminder is overdue, due or upcoming at a moment; a bare day counts to its end."""
    if reminder.due_at > moment.latest(zone):
        return Status.UPCOMING
    if reminder.window_on is not None and reminder.window_on <= moment.on:
        return Status.OVERDUE
    return Status.DUE


def _marks(reminder: Reminder, case: Case) -> Marks:
    return reminder.request.marks if reminder.request else case.marks


def _is_acknowledged(reminder: Reminder, case: Case) -> bool:
    return (str(reminder.kind), reminder.ref) in _marks(reminder, case).acknowledged


def _awake(reminder: Reminder, case: Case) -> Reminder:
    until = _marks(reminder, case).snoozed_until(reminder.kind, reminder.ref)
    if until is None or until <= reminder.due_at:
        return reminder
    return Reminder(
        reminder.id,
        reminder.kind,
        reminder.case,
        reminder.request,
        until,
        reminder.ref,
        reminder.window_on,
        reminder.provisional,
        reminder.window,
    )


def _of_request(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    rules = _BY_STATE.get(request.state, ())
    for rule in rules:
        yield from rule(request, case, policy)


def _at_once(kind: Kind, request: Request, case: Case, at: datetime, ref: str = "") -> Reminder:
    return Reminder(_id(request.uid, kind, ref), kind, case, request, at, ref)


def _id(uid: str, kind: Kind, ref: str = "") -> str:
    return f"{uid}/{kind}/{ref}" if ref else f"{uid}/{kind}"


def _confirm(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    if case.list.confirm_within is not None and not _is_through_provider(request):
        due = case.list.confirm_within.after(request.asked.latest(policy.zone))
        if link := link_of(request, policy.zone):
            due = min(due, link.at)
        yield _at_once(Kind.CONFIRM, request, case, due)


def link_of(request: Request, zone: ZoneInfo) -> Mailed | None:
    """Return the link that came by mail since a request was last asked, None if none did."""
    return _since_asked(request, request.marks.link, zone)


def decision_of(request: Request, zone: ZoneInfo) -> Mailed | None:
    """Return the decision that came by mail since a request was last asked and that nobody has answered for yet."""
    found = _since_asked(request, request.marks.decision, zone)
    answered = request.marks.answered
    return None if found is None or (answered and answered.latest(zone) >= found.at) else found


def _since_asked(request: Request, mail: Mailed | None, zone: ZoneInfo) -> Mailed | None:
    return mail if mail is not None and mail.at >= request.asked.earliest(zone) - EARLIEST_MAIL else None


def _decided(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    """What a list has decided by mail wants to be recorded by a person; what nobody can verify is only told of."""
    decision = decision_of(request, policy.zone)
    if decision is not None and decision.trust is Trust.GENUINE:
        yield _at_once(Kind.ANSWER, request, case, decision.at, instant_ref(decision.at))


def instant_ref(at: datetime) -> str:
    """Return how an instant (UTC) tells reminders of one kind apart."""
    return at.isoformat()[:19] + "Z"


def _answer(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    within = _answer_within(request, case)
    has_decision = any(_decided(request, case, policy))
    if within is not None and not _is_answered(request) and not has_decision:
        due = within.after(request.asked.latest(policy.zone))
        yield _at_once(Kind.ANSWER, request, case, due)


def _is_through_provider(request: Request) -> bool:
    """Whether the request was a letter to the provider: then no mail of the list comes, and the provider answers."""
    return addressee_of(request.template) is Addressee.PROVIDER


def _answer_within(request: Request, case: Case) -> Period | None:
    return PROVIDER_ANSWERS if _is_through_provider(request) else case.list.answer_within


def _is_answered(request: Request) -> bool:
    answered = request.marks.answered
    return answered is not None and not answered.is_before(request.asked)


def _verify(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    start = confirmation_of(request, case.list.has_confirmation)
    awaits_answer = _answer_within(request, case) is not None and not _is_answered(request)
    if start is None or (request.state is State.SUBMITTED and awaits_answer):
        return
    if request.state is State.SUBMITTED and request.marks.answered and _is_answered(request):
        start = request.marks.answered
    yield _at_once(Kind.VERIFY, request, case, case.list.look_after.after(start.latest(policy.zone)))


def _windows(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    if request is not case.latest:
        return
    for window in windows_of(request, case):
        if window.rule.kind is WindowKind.EXCLUSION_ENDS and not window.survived:
            yield _before(Kind.EXCLUSION_ENDS, window, request, case, policy)


def _keep_alive(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    if request is not case.latest:
        return
    changed = request.marks.ptr_changed
    if changed and "ptr" in case.list.reopens:
        yield _at_once(Kind.KEEP_ALIVE, request, case, changed.earliest(policy.zone), told(changed))
    if not any(rule.kind is WindowKind.KEEP_ALIVE for rule in case.list.windows):
        return
    for window in windows_of(request, case):
        if window.rule.kind is WindowKind.KEEP_ALIVE:
            yield _before(Kind.KEEP_ALIVE, _recurring(window, request), request, case, policy)


def _recurring(window: Window, request: Request) -> Window:
    """Return the first occurrence nobody has acknowledged, each counted from the first day."""
    done = request.marks.acknowledged
    count, on, previous = 1, window.on, window.origin
    while (str(Kind.KEEP_ALIVE), on.isoformat()) in done:
        count += 1
        previous, on = on, window.rule.after.times(count).after_day(window.origin)
    return Window(on, previous, window.rule, window.provisional, False)


def _before(kind: Kind, window: Window, request: Request, case: Case, policy: Policy) -> Reminder:
    due_on = window.on - timedelta(days=lead_days(window.origin, window.on, policy.lead_of(case.list)))
    ref = window.on.isoformat()
    due_at = start_of(due_on, policy.zone)
    rule, provisional = window.rule, window.provisional
    return Reminder(_id(request.uid, kind, ref), kind, case, request, due_at, ref, window.on, provisional, rule)


def _relisted(request: Request, case: Case, policy: Policy) -> Iterator[Reminder]:
    if request is case.latest and request.relisted is not None:
        yield _at_once(Kind.RELISTED, request, case, request.relisted.earliest(policy.zone))


_Rule = Callable[[Request, Case, Policy], Iterator[Reminder]]
_BY_STATE: Mapping[State, tuple[_Rule, ...]] = {
    State.SUBMITTED: (_confirm, _answer, _decided, _verify, _windows, _keep_alive),
    State.CONFIRMED: (_decided, _verify, _windows, _keep_alive),
    State.CLEARED: (_windows, _keep_alive),
    State.RELISTED: (_relisted,),
}


def _of_listing(case: Case, policy: Policy) -> Iterator[Reminder]:
    episode = case.episode
    if episode is None or episode.ended is not None:
        return
    for rule in case.list.windows_of(WindowKind.EXPECTED_CLEAR):
        due = rule.after.after(episode.last.latest(policy.zone))
        kind, ref = Kind.EXPECTED_CLEAR, episode.uid
        yield Reminder(_id(episode.uid, kind), kind, case, None, due, ref, None, False, rule)
    if case.list.can_be_asked and not _is_taken_care_of(case, episode):
        kind, at = Kind.LISTED, episode.started.earliest(policy.zone)
        yield Reminder(_id(episode.uid, kind), kind, case, None, at, episode.uid)


def _is_taken_care_of(case: Case, episode: Episode) -> bool:
    """Whether a request is open, a `relisted` reminder stands, or the episode is the relisting it was about."""
    if any(request.is_open for request in case.requests):
        return True
    latest = case.latest
    if latest is None or latest.relisted is None or latest.state is not State.RELISTED:
        return False
    stands = (str(Kind.RELISTED), "") not in latest.marks.acknowledged
    return stands or not latest.relisted.is_before(episode.started)


def most_urgent(reminders: Iterable[Reminder], moment: Moment, zone: ZoneInfo) -> list[Reminder]:
    """Return the reminders in the order in which a person should act on them at a moment."""
    return sorted(reminders, key=lambda reminder: urgency(reminder, moment, zone))


_RANK = {status: rank for rank, status in enumerate(Status)}


def urgency(reminder: Reminder, moment: Moment, zone: ZoneInfo) -> tuple[int, date, bytes, str, datetime, str]:
    """A key: overdue, due, upcoming; then the due day, the address as a number, the list, the instant."""
    due_on = reminder.due_at.astimezone(zone).date()
    rank, case = _RANK[status_of(reminder, moment, zone)], reminder.case
    return rank, due_on, order(case.address), case.list.key, reminder.due_at, reminder.id


def horizon(moment: Moment, days: int, zone: ZoneInfo) -> datetime:
    """Return the last UTC instant that a look at a moment, and so many days ahead, covers."""
    return end_of(moment.on + timedelta(days=days), zone) if days else moment.latest(zone)
