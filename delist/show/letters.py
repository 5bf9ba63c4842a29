"""A request text, and the talk around it: what was left out, where it goes, what its form asks, what comes next."""

from typing import Any

from delist.actions.writing import Letter
from delist.rules.lists import Mode


def as_json(letter: Letter) -> dict[str, Any]:
    """Return a text for scripts."""
    return {
        "address": letter.address,
        "list": letter.list.key,
        "template": letter.template,
        "language": letter.language,
        "subject": letter.subject,
        "text": letter.text,
        "fields": letter.fields,
        "form_url": letter.list.removal.url,
        "claims": [
            {
                "claim": claim.name,
                "stated": claim.stated,
                "basis": str(claim.basis),
                "detail": claim.detail,
                "measured_at": None,
            }
            for claim in letter.claims
        ],
    }


def talk(letter: Letter) -> list[str]:
    """Return what stands on stderr beside the text."""
    removal = letter.list.removal
    lines = [f"warning: {objection}" for objection in letter.objections]
    lines += [f"left out: {claim.name} ({claim.detail})" for claim in letter.claims if not claim.stated]
    stated = [claim.name for claim in letter.claims if claim.stated]
    lines += [f"stated as you say, not measured: {', '.join(stated)}"] if stated else []
    place = letter.list.removal.goes_to
    if place:
        lines.append(f"{'send it to' if removal.mode is Mode.MAIL else 'form'}: {place}")
    lines += [f"subject: {letter.subject}"] if letter.subject and removal.mode is Mode.MAIL else []
    lines += _fields(letter)
    lines += [f"after that: {removal.confirmation}"] if removal.confirmation else []
    if letter.kept:
        lines.append(f"kept as the draft; when it is sent: delist submit {letter.address} -l {letter.list.key}")
    else:
        lines.append("for your own file: not kept as the draft, which stays in the list's language")
    return lines


def _fields(letter: Letter) -> list[str]:
    seen = f" (as seen {letter.list.removal.fields_seen})" if letter.list.removal.fields_seen else ""
    lines = [f"fields of the form{seen}:"] if letter.fields else []
    for name, value in letter.fields.items():
        shown = "the text above" if value == letter.text else value or "you know best"
        lines.append(f"  {name}: {shown}")
    return lines
