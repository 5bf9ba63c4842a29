"""The order of asking: what speaks against a request now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from delist.rules.addresses import covered_by, overlap
from delist.rules.history import told
from delist.rules.lifecycle import Request, State
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


@dataclass(frozen=True, slots=True)
class Held:
    """What holds a request up: open requests that stand for it, a listing of each list that comes first.

    `is_providers` is whether only the provider of the address can ask, for `codes` if it is they that say so.
    """

    asked: tuple[Request, ...] = ()
    first: tuple[Standing, ...] = ()
    is_providers: bool = False
    codes: tuple[str, ...] = ()


def held(entry: ListEntry, address: str, role: str, standing: Iterable[Standing]) -> Held:
    """Return what holds up asking a list for an address, as its owner or provider, of all that stands near it."""
    asked: list[Request] = []
    first: dict[str, Standing] = {}
    codes: set[str] = set()
    for each in standing:
        if (
            each.list.key in entry.waits_for
            and each.list.key not in first
            and same_scope(each.list, address, each.address)
        ):
            first[each.list.key] = each
        elif each.list.key == entry.key and each.request is not None and same_scope(entry, address, each.address):
            asked.append(each.request)
        elif (each.list.key, each.address) == (entry.key, address) and each.code in entry.provider_codes:
            codes.add(each.code or "")
    if role == "provider" or not entry.can_be_asked:
        return Held(tuple(asked), tuple(first.values()))
    if entry.is_for_providers:
        codes = set()
    return Held(tuple(asked), tuple(first.values()), entry.is_for_providers or bool(codes), tuple(sorted(codes)))


def addressee(entry: ListEntry, address: str, role: str, standing: Iterable[Standing]) -> Addressee:
    """Return to whom a text goes: the provider where only the provider is heard, a receiver where a list is closed."""
    if entry.closed:
        return Addressee.RECEIVER
    return Addressee.PROVIDER if held(entry, address, role, standing).is_providers else Addressee.LIST


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
    if through is Addressee.RECEIVER:
        return []
    found = held(entry, address, role, standing)
    return [
        *_nobody(entry),
        *(_not_yours(entry, address, found) if through is Addressee.LIST else ()),
        *(_open(entry, request) for request in found.asked),
        *(f"{each.list.name} comes first: {each.address} is on it" for each in found.first),
    ]


def _nobody(entry: ListEntry) -> list[str]:
    if entry.closed:
        return [f"{entry.name} was closed on {entry.closed}: who still refuses mail for it must stop asking it"]
    if not entry.can_be_asked:
        return [f"{entry.name} takes no requests: {advice(entry)}"]
    return []


def _not_yours(entry: ListEntry, address: str, found: Held) -> list[str]:
    if found.codes:
        codes = ", ".join(found.codes)
        return [f"{entry.name} keeps the entry of {address} for the provider ({codes}): ask the provider first"]
    return [f"{entry.name} listens only to the provider of the address"] if found.is_providers else []


def _open(entry: ListEntry, request: Request) -> str:
    """Return the sentence about an open request, and how to say what became of it: then another can be made."""
    number = request.number
    is_sent = entry.has_confirmation and request.state is State.SUBMITTED and request.confirmed is None
    worked = (
        f"if it was confirmed, `delist confirm {number}`" if is_sent else f"if it worked, `delist cleared {number}`"
    )
    what = f"request {number} for {request.address} is still {request.state} (sent {told(request.asked)})"
    return f"{what}: {worked}; if it is listed again, `delist relisted {number}`"


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
