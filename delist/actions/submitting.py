"""Records that a removal form was sent: with its text, what was wrong about the order, and what came at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from delist.actions.asking import check_scope, chosen_list, objections
from delist.actions.composing import NO_WISH, Letter, Wish, compose, draft_of, said
from delist.actions.desk import Desk, case_for, entry_of, keep, reading, see, settle, writing
from delist.actions.mailing.adopting import adopt
from delist.actions.moves import SHOWS, keep_urls, refuse_future
from delist.errors import NotAllowed, NotFound, SetupError, UsageError
from delist.rules import addresses as ip
from delist.rules import lifecycle
from delist.rules.asking import Addressee, addressee_of, as_asked_of
from delist.rules.claims import to_measure
from delist.rules.history import Event
from delist.rules.lifecycle import Request, State, attempts
from delist.rules.listings import SightingSource
from delist.rules.lists import ListEntry
from delist.rules.moments import Moment
from delist.rules.secrets import conceal
from delist.store import reads, writes
from delist.store.reads import CaseRow
from delist.store.where import Where
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person says was sent: when, with which text, and what is known beside it."""

    on: Moment | None = None
    list: str | None = None
    text: str | None = None
    reference: str | None = None
    wish: Wish = NO_WISH
    confirmed: Moment | None = None
    relisted: Moment | None = None
    # Relisted without a day: if that is on record already, its day stands.
    relisted_at_some_time: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded submission: whether it is new, where its text is from, and what looked wrong about it."""

    request: Request
    list: ListEntry
    attempt: int
    is_new: bool
    text_from: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a request was sent with."""

    text: str | None
    template: str | None
    name: str | None
    email: str | None
    trouble: str | None = None
    claims: tuple[Mapping[str, Any], ...] = ()


def submit(tools: Tools, addresses: Sequence[str], submission: Submission) -> list[Recorded]:
    """Record a submission for each address, all or none; several make a batch. Unknown addresses are added.

    A fact is never refused: what speaks against the request becomes a warning. The same submission with the
    same day is recorded once.
    """
    refuse_future(tools, submission.on, submission.confirmed, submission.relisted)
    wanted = list(dict.fromkeys(ip.canonical(address) for address in addresses))
    # An operator's own template may take seconds: nobody is kept from writing meanwhile.
    composed = _compose(tools, wanted, submission)
    with writing(tools) as desk:
        recorded = [_submit_one(desk, address, submission, composed) for address in wanted]
        new = [each.request.number for each in recorded if each.is_new]
        if len(new) < 2:
            return recorded
        writes.set_batch(desk.tx, new, new[0])
        return [
            replace(each, request=replace(each.request, batch=new[0])) if each.is_new else each for each in recorded
        ]


def _entry(tools: Tools, desk: Desk | None, address: str, submission: Submission) -> ListEntry:
    if submission.list is not None:
        return tools.catalogue.find(submission.list)
    return tools.catalogue.get(chosen_list(desk, address))


def _submit_one(desk: Desk, address: str, submission: Submission, composed: "_Composed") -> Recorded:
    entry = _entry(desk.tools, desk, address, submission)
    check_scope(entry, address)
    case = case_for(desk, address, entry.key)
    moment = submission.on or desk.now
    if known := _same(desk, case, submission.on):
        known = _completed(desk, case, known, submission)
        return Recorded(known, entry, _attempt(desk, case, known), False, "", ())
    if submission.relisted is not None:
        _relist(desk, case, submission.relisted, submission.relisted_at_some_time)
    sent, text_from = _text(desk, case, entry, submission, composed)
    whom = addressee_of(sent.template)
    warnings = objections(desk, entry, address, whom)
    if sent.trouble:
        warnings.append(sent.trouble)
    request = adopt(desk, case, _add(desk, case, sent, moment, submission.reference))
    if submission.confirmed is not None:
        request = _confirm(desk, case, request, submission.confirmed)
    settle(desk, case, request)
    asked = as_asked_of(entry, whom)
    return Recorded(request, asked, _attempt(desk, case, request), True, text_from, tuple(warnings))


def _same(desk: Desk, case: CaseRow, on: Moment | None) -> Request | None:
    """Return the request that this very submission has made already, told by its day or instant.

    One that ended by that day is another: who is relisted and asks again the same day has made two.
    """
    if on is None:
        return None
    for request in reads.requests(desk.tx, Where(case=case.id)):
        both = request.submitted.at and on.at
        same = request.submitted.at == on.at if both else request.submitted.on == on.on
        has_ended = request.closed is not None and request.closed.on <= on.on
        if same and not has_ended and request.state is not State.UNDONE:
            return request
    return None


def _completed(desk: Desk, case: CaseRow, known: Request, submission: Submission) -> Request:
    """Return a submission that is on record, with what is said beside it; raises NotAllowed where that differs."""
    masked = conceal(submission.reference, strict=True)[0] if submission.reference else None
    if masked and masked != known.reference:
        raise NotAllowed(
            f"request {known.number} is that submission, with reference {known.reference or 'none'}:"
            f" to correct it, `delist amend {known.number} --reference TEXT`"
        )
    if submission.text is not None and submission.text != reads.text_of(desk.tx, known.number):
        raise NotAllowed(f"request {known.number} is that submission, and was sent with another text")
    moment = submission.confirmed
    if moment is None or lifecycle.already_holds(known, Event.CONFIRMED, moment):
        return known
    after = _confirm(desk, case, known, moment)
    settle(desk, case, after)
    return after


def _attempt(desk: Desk, case: CaseRow, request: Request) -> int:
    return attempts(reads.requests(desk.tx, Where(case=case.id)))[request.number]


def _relist(desk: Desk, case: CaseRow, moment: Moment, at_some_time: bool) -> None:
    latest = reads.latest(desk.tx, case.id)
    if latest is None:
        raise NotAllowed(f"{case.address} has no earlier request to {case.list} that could be relisted")
    if lifecycle.already_holds(latest, Event.RELISTED, None if at_some_time else moment):
        return
    entry = desk.entry(Event.RELISTED, moment)
    after = lifecycle.move(latest, entry, entry_of(desk, case).has_confirmation)
    keep(desk, case, after, entry)
    see(desk, case, SHOWS[Event.RELISTED], moment, SightingSource.TOLD, entry.uid)
    settle(desk, case, after)


# The texts for addresses without a draft, by address and list: a letter, or what is wrong with the template.
_Composed = Mapping[tuple[str, str], Letter | str]


def _compose(tools: Tools, addresses: Sequence[str], submission: Submission) -> _Composed:
    """Compose what the known facts give for each address that has no draft; nothing is looked up."""
    if submission.text is not None:
        return {}
    with reading(tools) as desk:
        wanted = [(each, entry) for each in addresses if (entry := _lacking(tools, desk, each, submission))]
    found: dict[tuple[str, str], Letter | str] = {}
    broken: dict[str, str] = {}
    for address, entry in wanted:
        try:
            found[address, entry.key] = broken.get(entry.key) or _letter(tools, address, entry, submission)
        except (UsageError, NotFound, NotAllowed):
            continue
        except SetupError as error:
            found[address, entry.key] = broken[entry.key] = str(error)
    return found


def _lacking(tools: Tools, desk: Desk | None, address: str, submission: Submission) -> ListEntry | None:
    """Return the list of a submission if it wants a text and has no draft; what is wrong is told later."""
    try:
        entry = _entry(tools, desk, address, submission)
    except (UsageError, NotFound):
        return None
    known = reads.address(desk.tx, address) if desk else None
    case = reads.case(desk.tx, known.id, entry.key) if desk and known else None
    has_draft = desk is not None and case is not None and reads.draft(desk.tx, case.id) is not None
    return entry if entry.removal.wants_text and not has_draft else None


def _letter(tools: Tools, address: str, entry: ListEntry, submission: Submission) -> Letter:
    """Compose a text from what is said; a claim that failed when it was last measured stops it."""
    # Imported late: what measures takes as long to import as all that a submission with a draft needs.
    from delist.actions.measuring import failed

    basis = said(tools, address, submission.wish)
    wanted = to_measure(entry, basis.facts, submission.wish.omit)
    return compose(
        tools, entry, [replace(basis, measured=failed(tools, address, basis.facts, wanted))], submission.wish
    )


def _text(
    desk: Desk, case: CaseRow, entry: ListEntry, submission: Submission, composed: _Composed
) -> tuple[_Sent, str]:
    """Return what the request was sent with, and where its text is from: given, the draft, the facts, or nowhere."""
    facts = submission.wish.facts.over(desk.tools.settings.facts_of(case.address))
    contact = _Sent(None, None, facts.name, facts.email)
    draft = reads.draft(desk.tx, case.id)
    if submission.text is not None:
        # Letters are edited: one that was written to the provider still went there.
        to_provider = draft is not None and addressee_of(draft.template) is Addressee.PROVIDER
        template = draft.template if draft is not None and to_provider else None
        return replace(contact, text=submission.text, template=template), "given"
    if draft is not None:
        return _Sent(draft.text, draft.template or None, draft.name, draft.email, claims=draft.claims), "draft"
    if not entry.removal.wants_text:
        return contact, "none wanted"
    letter = composed.get((case.address, entry.key))
    if not isinstance(letter, Letter):
        return replace(contact, trouble=letter), "no facts"
    made = draft_of(desk, letter)
    return replace(contact, text=made.text, template=made.template, claims=made.claims), "facts"


def _add(desk: Desk, case: CaseRow, sent: _Sent, moment: Moment, reference: str | None) -> Request:
    masked, urls = conceal(reference, strict=True) if reference else (None, [])
    contact = {"name": sent.name, "email": sent.email} if sent.name or sent.email else None
    claims = list(sent.claims) or None
    detail = {"reference": masked, "contact": contact, "template": sent.template, "claims": claims}
    entry = desk.entry(Event.SUBMITTED, moment, detail)
    blank = Request(0, desk.uid(), case.address, case.list, State.SUBMITTED, moment, moment)
    request = lifecycle.replay(blank, [entry])
    number = writes.add_request(desk.tx, case.id, request)
    writes.add_entry(desk.tx, entry, case.address_id, case.id, number)
    if sent.text is not None:
        writes.add_text(desk.tx, number, sent.text)
        writes.drop_draft(desk.tx, case.id)
    keep_urls(desk, case, number, urls)
    return replace(request, number=number)


def _confirm(desk: Desk, case: CaseRow, request: Request, moment: Moment) -> Request:
    entry = desk.entry(Event.CONFIRMED, moment)
    after = lifecycle.move(request, entry, entry_of(desk, case).has_confirmation)
    keep(desk, case, after, entry)
    return after
