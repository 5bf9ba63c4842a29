"""A request text, and the talk around it: what was left out, where it goes, what its form asks, what comes next."""

from collections.abc import Iterable, Iterator
from typing import Any

from delist.actions.composing import Letter
from delist.rules.asking import Addressee
from delist.rules.claims import ClaimBasis, recorded
from delist.rules.lists import Mode
from delist.rules.wording import DETAILS

# More files than these are counted, not told of one by one.
_EACH = 5
_GOES_TO = {
    Addressee.PROVIDER: "send it to: your provider, whom {name} listens to (a text to the list itself: --anyway)",
    Addressee.RECEIVER: "send it to: the receiver, by another way than the mail that is refused; not kept as a draft",
}


def as_json(letter: Letter) -> dict[str, Any]:
    """Return a text for scripts."""
    return {
        "address": letter.addresses[0],
        "list": letter.list.key,
        "template": letter.template,
        "language": letter.language,
        "subject": letter.subject,
        "text": letter.text,
        "fields": letter.fields,
        "form_url": letter.list.removal.url,
        "claims": [recorded(claim) for claim in letter.claims],
        "addresses": list(letter.addresses),
        "addressee": letter.whom.value,
        "labels": {name: letter.list.removal.labels.get(name, name) for name in letter.fields},
        "limit": letter.list.removal.limit,
        "mail": letter.list.removal.mail,
        "then": letter.list.removal.confirmation or None,
        "warnings": list(letter.warnings),
        "file": str(letter.file) if letter.file else None,
    }


def all_as_json(letters: Iterable[Letter]) -> dict[str, Any]:
    """Return texts that were put into files for scripts."""
    return {"texts": list(map(as_json, letters))}


def talk(letters: list[Letter]) -> Iterator[str]:
    """Yield what stands on stderr beside the texts; of many, what is the same of all once."""
    told = [list(_talk(letter)) for letter in letters]
    if len(letters) == 1:
        yield from told[0]
        return
    first, *rest = told
    common = [line for line in first if all(line in other for other in rest)]
    for letter, lines in list(zip(letters, told, strict=True))[:_EACH]:
        yield from (f"{letter.addresses[0]}: {line}" for line in lines if line not in common)
    if len(letters) > _EACH:
        yield f"and {len(letters) - _EACH:,} more, each with its own (`--json` has them)"
    yield from common


def _talk(letter: Letter) -> Iterator[str]:
    yield from (f"warning: {warning}" for warning in letter.warnings)
    yield from (f"left out: {claim.name} ({claim.detail})" for claim in letter.claims if not claim.stated)
    yield from (f"left out: {name} (this text and form have no place for it)" for name in letter.unused)
    for basis, words in ((ClaimBasis.MEASURED, "measured"), (ClaimBasis.ASSERTED, "stated as you say, not measured")):
        if names := [claim.name for claim in letter.claims if claim.stated and claim.basis is basis]:
            yield f"{words}: {', '.join(names)}"
    yield from _goes_to(letter)
    if letter.language != "en" and any(claim.basis is ClaimBasis.ASSERTED for claim in letter.claims):
        yield f"the text is in {letter.language}; what you say stands in it in your own words"
    if letter.kept:
        key, is_few = letter.list.key, len(letter.addresses) <= _EACH
        sent = f"{' '.join(letter.addresses)} -l {key}" if is_few else f"- -l {key} < FILE (these addresses)"
        yield f"kept as the draft; when it is sent: delist submit {sent}"
    elif letter.whom is not Addressee.RECEIVER:
        yield "for your own file: not kept as the draft, which stays in the list's language"


def _goes_to(letter: Letter) -> Iterator[str]:
    removal = letter.list.removal
    if letter.whom is not Addressee.LIST:
        yield _GOES_TO[letter.whom].format(name=letter.list.name)
    elif place := removal.goes_to:
        is_mail = removal.mode is Mode.MAIL
        yield f"{'form' if not is_mail else 'send it to' if removal.mail else 'how to send it'}: {place}"
    if removal.mail and removal.mode is not Mode.MAIL:
        yield f"mail, where the form is not enough: {removal.mail}"
    if letter.subject and removal.mode is Mode.MAIL:
        yield f"subject: {letter.subject}"
    yield from _fields(letter)
    if removal.confirmation:
        yield f"after that: {removal.confirmation}"


def _fields(letter: Letter) -> Iterator[str]:
    removal = letter.list.removal
    seen = f" (as seen {removal.fields_seen})" if removal.fields_seen else ""
    if letter.fields:
        yield f"fields of the form{seen}:"
    for name, value in letter.fields.items():
        label = f" ({removal.labels[name]})" if name in removal.labels else ""
        best = f"you know best (--{name})" if name in DETAILS else "you know best"
        shown = "the text above" if value == letter.text else value or best
        most = f", {len(letter.text):,} of at most {removal.limit:,} characters" if _is_limited(letter, value) else ""
        yield f"  {name}{label}: {shown}{most}"


def _is_limited(letter: Letter, value: str | None) -> bool:
    return letter.list.removal.limit is not None and value == letter.text
