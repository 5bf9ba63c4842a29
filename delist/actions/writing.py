"""Writes the request text for a list from the known facts, and keeps it as the case's draft."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from delist.actions.desk import Desk, case_for, writing
from delist.errors import NotAllowed, UsageError
from delist.rules import addresses as ip
from delist.rules import asking
from delist.rules.asking import Standing
from delist.rules.lists import DEFAULT_LIST, ListEntry, Scope
from delist.rules.wording import NO_FACTS, Claim, Facts, check_omit, claims_of, form_fields, require
from delist.store import reads, writes
from delist.store.reads import Draft
from delist.tools import Tools


@dataclass(frozen=True, slots=True)
class Letter:
    """A request text with everything a person needs to send it."""

    address: str
    list: ListEntry
    template: str
    language: str
    subject: str | None
    text: str
    fields: dict[str, str | None]
    claims: tuple[Claim, ...]
    facts: Facts
    kept: bool
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a text: facts given as options, claims to omit, language, template."""

    facts: Facts = NO_FACTS
    omit: tuple[str, ...] = ()
    language: str | None = None
    template: str | None = None
    anyway: bool = False


NO_WISH = Wish()


def write(tools: Tools, address: str, key: str | None, wish: Wish) -> Letter:
    """Write the text for an address and keep it as the draft of the case; a translation is not kept.

    Raises NotAllowed where the order of asking speaks against it (unless `anyway`), UsageError for missing facts.
    """
    check_omit(wish.omit)
    canonical = ip.canonical(address)
    with writing(tools) as desk:
        entry = tools.catalogue.find(key) if key is not None else tools.catalogue.get(chosen_list(desk, canonical))
        check_scope(entry, canonical)
        found = objections(desk, entry, canonical)
        if not entry.removal.wants_text and entry.can_be_asked:
            found.append(f"{entry.name} wants no text: {asking.advice(entry)}")
        if found and not wish.anyway:
            raise NotAllowed("; ".join(found) + " (to write the text all the same: --anyway)")
        letter = compose(tools, canonical, entry, wish, found)
        if letter.kept:
            case = case_for(desk, canonical, entry.key)
            facts = letter.facts
            draft = Draft(letter.text, letter.template, facts.name, facts.email, desk.at)
            writes.save_draft(desk.tx, case.id, draft)
        return letter


def compose(tools: Tools, address: str, entry: ListEntry, wish: Wish, found: Iterable[str] = ()) -> Letter:
    """Return the text for an address from the facts that are known; raises UsageError with all that are missing."""
    facts = wish.facts.over(tools.settings.facts_of(address))
    require(entry, facts, wish.omit)
    role = tools.settings.role_of(address)
    claims = claims_of(entry, facts, wish.omit, wish.facts)
    # Imported late: most commands that record something write no text, and Jinja2 is slow to import.
    from delist import texts

    language = wish.language or entry.removal.language
    names = [wish.template] if wish.template else [entry.key, texts.GENERAL]
    written = texts.write([tools.places.templates], names, language, _given(address, entry, facts, claims, role))
    return Letter(
        address=address,
        list=entry,
        template=written.template,
        language=language,
        subject=written.subject,
        text=written.text,
        fields=form_fields(entry, facts, address, written.text),
        claims=claims,
        facts=facts,
        kept=language == entry.removal.language,
        objections=tuple(found),
    )


def _given(address: str, entry: ListEntry, facts: Facts, claims: Sequence[Claim], role: str) -> dict[str, object]:
    stated = {claim.name: getattr(facts, claim.name) for claim in claims if claim.stated}
    given: dict[str, object] = {
        "address": address,
        "list": {"key": entry.key, "name": entry.name, "operator": entry.operator},
        "contact": {"name": facts.name or "", "email": facts.email or ""},
        "domain": facts.domain or "",
        "provider": role == "provider",
        "stated": stated,
    }
    # A template may name a claim directly; one that may not be stated is then an error, not an empty string.
    return stated | given


def chosen_list(desk: Desk, address: str) -> str:
    """Return the list meant without -l: the one draft's, else the one the address is known to be on, else the PBL."""
    known = reads.address(desk.tx, address)
    if known is None:
        return DEFAULT_LIST
    for keys in (reads.drafted_lists(desk.tx, known.id), reads.listed_on(desk.tx, known.id)):
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise UsageError(f"{address} could be meant for {' or '.join(keys)}: name the list with -l")
    return DEFAULT_LIST


def check_scope(entry: ListEntry, address: str) -> None:
    """Raise UsageError if a network is given to a list of single addresses."""
    is_prefix = entry.scope is Scope.PREFIX and "." in address
    if ip.is_network(address) and (is_prefix or not entry.takes_networks):
        raise UsageError(f"{entry.name} lists single addresses and {address} is a network: name the address")


def objections(desk: Desk, entry: ListEntry, address: str) -> list[str]:
    """Return what speaks against asking this list for this address now."""
    role = desk.tools.settings.role_of(address)
    return asking.objections(entry, address, role, _standing(desk, entry, address))


def _standing(desk: Desk, entry: ListEntry, address: str) -> list[Standing]:
    keys = (entry.key, *entry.waits_for)
    get = desk.tools.catalogue.get
    found: list[Standing] = []
    for key in keys:
        found += [
            Standing(at, get(key)) for at in reads.listed_addresses(desk.tx, key, address, get(key).takes_networks)
        ]
        found += [
            Standing(request.address, get(key), request)
            for request in reads.open_requests(desk.tx, key, address, get(key).takes_networks)
        ]
    return [*found, *_codes(desk, entry, address)] if any(each.list.key == entry.key for each in found) else found


def _codes(desk: Desk, entry: ListEntry, address: str) -> list[Standing]:
    """Return the codes of the standing listing of the very case."""
    known = reads.address(desk.tx, address)
    case = reads.case(desk.tx, known.id, entry.key) if known else None
    standing = [each for each in reads.listings(desk.tx, case.id) if each.ended is None] if case else []
    return [Standing(address, entry, None, each.code) for each in standing if each.code]
