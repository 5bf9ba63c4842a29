"""Composes a request text from what is known: which claims it states, its form's fields, and what forbids it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from delist.actions.desk import Desk
from delist.errors import NotAllowed, SetupError, UsageError
from delist.rules import joint
from delist.rules.asking import TEMPLATES, Addressee, as_asked_of
from delist.rules.claims import (
    NO_PLACE,
    NOTHING_MEASURED,
    WORDLESS,
    Claim,
    ClaimBasis,
    as_written,
    claims_of,
    completed,
    failures,
    recorded,
)
from delist.rules.evidence.values import Measured, Outcome
from delist.rules.lists import ListEntry
from delist.rules.replies.values import Fault
from delist.rules.secrets import conceal
from delist.rules.wording import NO_FACTS, Facts, check_required, form_fields, missing, required
from delist.store.reads import Draft
from delist.tools import Tools

if TYPE_CHECKING:
    from delist.texts import Written


@dataclass(frozen=True, slots=True)
class Letter:
    """A request text with everything a person needs to send it: `list` as it is asked by `whom` the text is for.

    It is about all its `addresses`. `warnings` are what a reader of it may object to, `file` is where it was put,
    `unused` are details that were given for this text and have no place in it.
    """

    addresses: tuple[str, ...]
    list: ListEntry
    whom: Addressee
    template: str
    language: str
    subject: str | None
    text: str
    fields: dict[str, str | None]
    claims: tuple[Claim, ...]
    facts: Facts
    kept: bool
    unused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a text: facts given as options, claims to omit, language, template, whether to measure
    and through which name servers (none: those of the settings)."""

    facts: Facts = NO_FACTS
    details: Mapping[str, str] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    language: str | None = None
    template: str | None = None
    anyway: bool = False
    measure: bool = True
    nameservers: tuple[str, ...] = ()


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of one address: what somebody says, what was measured, and facts of the case that are no claims."""

    address: str
    facts: Facts
    measured: Mapping[str, Measured] = field(default_factory=lambda: NOTHING_MEASURED)
    details: Mapping[str, str] = field(default_factory=dict)


def said(tools: Tools, address: str, wish: Wish, of_case: Mapping[str, str] | None = None) -> Basis:
    """Return what options and settings say of an address; what records say `of_case` stands below both."""
    facts = wish.facts.over(tools.settings.facts_of(address))
    details = {**(of_case or {}), **tools.settings.details_of(address), **wish.details}
    return Basis(address, facts, details=details)


def compose(
    tools: Tools, entry: ListEntry, known: Sequence[Basis], wish: Wish, whom: Addressee = Addressee.LIST
) -> Letter:
    """Return one text about one or more addresses.

    Raises NotAllowed with all that fails and all that is missing, UsageError if it is only missing.
    """
    asked = as_asked_of(entry, whom)
    check_required(asked, wish.omit)
    claims = [claims_of(asked, each.facts, wish.omit, wish.facts, each.measured) for each in known]
    whole = [completed(each.facts, _measured(its)) for each, its in zip(known, claims, strict=True)]
    _check(asked, known, claims, whole)
    together, facts = joint.together(claims), joint.common(whole)
    _check_common(asked, facts)
    details = _details(tools, entry, whom, [each.details for each in known])
    named = wish.template or TEMPLATES.get(whom)
    language = wish.language or asked.removal.language
    # Imported late: most commands that record something write no text, and Jinja2 is slow to import.
    from delist import texts

    addresses = tuple(each.address for each in known)
    given = {
        **_stated(together, facts, tools.zone),
        "address": joint.named(addresses),
        "addresses": joint.lines(addresses),
        "list": {"key": entry.key, "name": entry.name, "operator": entry.operator},
        "contact": {"name": facts.name or "", "email": facts.email or ""},
        "domain": facts.domain or "",
        "provider": all(tools.settings.role_of(address) == "provider" for address in addresses),
        "details": details,
    }
    names = [named] if named else [entry.key, texts.GENERAL]

    def fill(facts: Mapping[str, Any]) -> "Written":
        return texts.write([tools.places.templates], names, language, facts)

    written = fill(given)
    if not written.text.strip():
        raise SetupError(f"the template {written.template} makes an empty text")
    _check_length(asked, written.text)
    together = tuple(as_written(claim, getattr(facts, claim.name), written.text) for claim in together)
    if wish.template or tools.places.templates.is_dir():
        # Of another template than the list's own nobody knows what it says of claims that have no words.
        together = tuple(_if_told(claim, given, written, fill) for claim in together)
    fields = form_fields(asked, _shown(facts, together), addresses, written.text, details)
    places = (written.subject, written.text, *fields.values())
    unused = [name for name, value in wish.details.items() if not any(value in (place or "") for place in places)]
    return Letter(
        addresses=addresses,
        list=asked,
        whom=whom,
        template=written.template,
        language=language,
        subject=written.subject,
        text=written.text,
        fields=fields,
        claims=together,
        facts=facts,
        unused=tuple(unused),
        kept=language == asked.removal.language and whom is not Addressee.RECEIVER,
    )


def _if_told(
    claim: Claim, given: Mapping[str, Any], written: "Written", fill: Callable[[Mapping[str, Any]], "Written"]
) -> Claim:
    """Return a claim without words of its own as it stands in a text: not, if the text is the same without it."""
    if not claim.stated or claim.name not in WORDLESS:
        return claim
    without = {name: value for name, value in given.items() if name != claim.name}
    without["stated"] = {name: value for name, value in given["stated"].items() if name != claim.name}
    try:
        is_told = fill(without) != written
    except UsageError:
        # It names the claim itself.
        is_told = True
    return claim if is_told else replace(claim, stated=False, basis=ClaimBasis.OMITTED, detail=NO_PLACE)


def _shown(facts: Facts, claims: Sequence[Claim]) -> Facts:
    """Return the facts for a form's fields: without those that the text was not to state."""
    return replace(facts, **{claim.name: None for claim in claims if not claim.stated})


def _measured(claims: Iterable[Claim]) -> dict[str, Measured]:
    """Return the measurements on which claims stand."""
    return {each.name: each.measured for each in claims if each.measured and each.basis is ClaimBasis.MEASURED}


def _check(entry: ListEntry, known: Sequence[Basis], claims: Sequence[Sequence[Claim]], whole: Sequence[Facts]) -> None:
    """Raise NotAllowed or UsageError, in one sentence, with all that keeps the text from being written."""
    wrong: list[str] = []
    lacking: dict[str, None] = {}
    for each, its, facts in zip(known, claims, whole, strict=True):
        whose = f"{each.address}: " if len(known) > 1 else ""
        wrong += [f"{whose}{failure}" for failure in failures(its, entry.requires)]
        lacking |= dict.fromkeys(missing(entry, facts))
    # What was measured and fails is no missing fact.
    every = [claim for its in claims for claim in its]
    failed = {claim.name for claim in every if claim.measured and claim.measured.outcome is Outcome.FAILS}
    needs = ", ".join(each for each in lacking if each.split()[0] not in failed)
    if wrong:
        more = f"; it also needs {needs}" if needs else ""
        raise NotAllowed(f"the text for {entry.key} would say what is not so: {'; '.join(wrong)}{more}")
    if needs:
        raise UsageError(f"the request to {entry.key} needs {needs}")


def _check_common(entry: ListEntry, facts: Facts) -> None:
    """Raise UsageError if what the form cannot do without is known of each address, and not the same."""
    if differ := [name for name in required(entry.requires) if not getattr(facts, name)]:
        ways = " and ".join(f"one {name} for all of them (--{name})" for name in differ)
        raise UsageError(f"the request to {entry.key} needs {ways}, or a text for each")


def _check_length(entry: ListEntry, text: str) -> None:
    limit = entry.removal.limit
    if limit is not None and len(text) > limit:
        raise NotAllowed(
            f"the text has {len(text):,} characters and the form of {entry.name} takes {limit:,}: say it shorter"
        )


def _details(tools: Tools, entry: ListEntry, whom: Addressee, known: Sequence[Mapping[str, str]]) -> dict[str, str]:
    found = joint.shared(known)
    if whom is not Addressee.RECEIVER:
        return found
    if entry.closed:
        return {**found, "closed": entry.closed.isoformat()}
    return {**found, "turned-away": "yes"} if _is_turned_away(tools, found.get("error", "")) else found


def _is_turned_away(tools: Tools, error: str) -> bool:
    """Whether a refusal says that the receiver's own question to a list was not taken."""
    from delist.rules.replies.reader import Reader

    return bool(error) and Reader(tools.catalogue.names()).read(error).fault is Fault.RECEIVER


def _stated(claims: Iterable[Claim], facts: Facts, zone: ZoneInfo) -> dict[str, Any]:
    """Return what a template is given of the claims: the values of those that are stated, and what was measured."""
    stated = {claim.name: getattr(facts, claim.name) for claim in claims if claim.stated}
    measured = {
        claim.name: {**claim.measured.judged.facts, "on": f"{claim.measured.at.astimezone(zone):%Y-%m-%d}"}
        for claim in claims
        if claim.measured is not None and claim.basis is ClaimBasis.MEASURED
    }
    if "bounces" in measured:
        # Only what somebody names as the address for bounces is known to get them; of the rest where mail goes.
        is_named = f"@{measured['bounces']['domain']}" in (facts.bounces or "").lower()
        measured["bounces"]["named"] = "yes" if is_named else "no"
    # A template may name a claim directly; one that may not be stated is then an error, not an empty string.
    return {**stated, "stated": stated, "measured": measured}


def draft_of(desk: Desk, letter: Letter) -> Draft:
    """Return a text as it is kept; what its claims say holds no link that whoever knows it could act with."""
    hosts = desk.tools.catalogue.link_hosts
    claims = [recorded(claim) for claim in letter.claims]
    told = tuple({**each, "detail": conceal(each["detail"], hosts=hosts)[0]} for each in claims)
    facts = letter.facts
    return Draft(letter.text, letter.template, facts.name, facts.email, desk.at, told)
