"""The order of asking: what speaks against a request now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from delist.rules.addresses import covered_by, overlap
from delist.rules.history import told
from delist.rules.lifecycle import Request
from delist.rules.lists import ListEntry, Mode, Removal


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that stands between an address and a request: an open request, or a listing, on a list.

    Of a listing of the very case, `code` is its answer code if one is known.
    """

    address: str
    list: ListEntry
    request: Request | None = None
    code: str | None = None


class Addressee(StrEnum):
    """Who gets a request text: the list, the provider who alone may ask it, or the receiver who asks it wrongly."""

    LIST = "list"
    PROVIDER = "provider"
    RECEIVER = "receiver"


# Templates of what is not written to the list itself.
TEMPLATES = {Addressee.PROVIDER: "provider-letter", Addressee.RECEIVER: "receiver-note"}


def addressee_of(template: str | None) -> Addressee:
    """Return to whom a text goes that was written from this template, None if from none."""
    name = (template or "").partition(".")[0]
    return next((whom for whom, each in TEMPLATES.items() if each == name), Addressee.LIST)


def addressee(entry: ListEntry, address: str, role: str, standing: Iterable[Standing]) -> Addressee:
    """Return to whom a text goes: the provider where only the provider is heard, a receiver where a list is closed."""
    if entry.closed:
        return Addressee.RECEIVER
    is_kept = bool(_not_yours(entry, role) or _kept(entry, address, role, list(standing)))
    return Addressee.PROVIDER if is_kept else Addressee.LIST


def as_asked_of(entry: ListEntry, whom: Addressee) -> ListEntry:
    """Return an entry as it is where another than the list is written to: a mail, without the list's form.

    It requires but a contact, and no step of the list's follows; to a receiver nothing is claimed of the address.
    """
    if whom is Addressee.LIST:
        return entry
    wants = entry.wants if whom is Addressee.PROVIDER else ()
    removal = Removal(Mode.MAIL, wants_text=True)
    return replace(entry, requires=("contact",), wants=wants, removal=removal, confirm_within=None)


def objections(
    entry: ListEntry,
    address: str,
    role: str,
    standing: Iterable[Standing],
    through: Addressee = Addressee.LIST,
) -> list[str]:
    """Return what speaks against asking now, a sentence each: asked already, another list first, not yours to ask.

    Nothing of that holds `through` a receiver, who is only told; through the provider it is not yours to ask anyway.
    """
    found = list(standing)
    if through is Addressee.RECEIVER:
        return []
    not_yours = [*_not_yours(entry, role), *_kept(entry, address, role, found)]
    return [
        *_nobody(entry),
        *(not_yours if through is Addressee.LIST else ()),
        *(sentence for each in found if (sentence := _open(entry, address, each))),
        *_others_first(entry, address, found),
    ]


def _nobody(entry: ListEntry) -> list[str]:
    if entry.closed:
        return [f"{entry.name} was closed on {entry.closed}: who still refuses mail for it must stop asking it"]
    if not entry.can_be_asked:
        return [f"{entry.name} takes no requests: {advice(entry)}"]
    return []


def _not_yours(entry: ListEntry, role: str) -> list[str]:
    if entry.is_for_providers and role != "provider" and entry.can_be_asked:
        return [f"{entry.name} listens only to the provider of the address"]
    return []


def _kept(entry: ListEntry, address: str, role: str, found: list[Standing]) -> list[str]:
    """Return a sentence if the standing entry is the provider's: a code can say so where the list hears others too."""
    if role == "provider" or entry.is_for_providers or not entry.can_be_asked:
        return []
    kept = [each for each in found if (each.list.key, each.address) == (entry.key, address)]
    codes = ", ".join(sorted({each.code for each in kept if each.code in entry.provider_codes and each.code}))
    if not codes:
        return []
    return [f"{entry.name} keeps the entry of {address} for the provider ({codes}): ask the provider first"]


def _open(entry: ListEntry, address: str, each: Standing) -> str | None:
    if each.request is None or each.list.key != entry.key or not same_scope(entry, address, each.address):
        return None
    request = each.request
    return f"request {request.number} for {request.address} is still {request.state} (sent {told(request.asked)})"


def _others_first(entry: ListEntry, address: str, found: list[Standing]) -> list[str]:
    first = {
        each.list.key: each
        for each in found
        if each.list.key in entry.waits_for and same_scope(each.list, address, each.address)
    }
    return [f"{each.list.name} comes first: {each.address} is on it" for each in first.values()]


def same_scope(entry: ListEntry, one: str, other: str) -> bool:
    """Whether a list would list two addresses as one: its scope makes their entries meet."""
    return overlap(covered_by(one, entry.scope), covered_by(other, entry.scope))


def advice(entry: ListEntry, role: str = "owner") -> str:
    """Return in a few words what to do about a list that takes no text, as the owner of the address or its provider."""
    ways = {
        Mode.ACCOUNT: "log in there",
        Mode.SELF_REQUEST: "ask from the listed address itself",
        Mode.WAIT: "wait until the listing expires",
        Mode.PROVIDER: "ask your provider" if role != "provider" else f"settle it with {entry.operator}",
        Mode.NONE: "there is no way to ask",
    }
    way = ways.get(entry.removal.mode, "use its form")
    return f"{way}: {entry.removal.url}" if entry.removal.url else way
