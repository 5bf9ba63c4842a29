"""Writes request texts for a list from what is measured and said, and keeps each as the draft of its case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from delist.actions import background
from delist.actions.asking import addressee, check_scope, chosen_list, objections
from delist.actions.composing import Basis, Letter, Wish, compose, draft_of, said
from delist.actions.desk import Desk, case_for, known_address, reading, writing
from delist.actions.filing import check_free, put
from delist.actions.measuring import Taken, keep, keep_taken, take_all
from delist.errors import DelistError, NotAllowed, SetupError, UsageError
from delist.rules import addresses as ip
from delist.rules import asking
from delist.rules.asking import TEMPLATES, Addressee, as_asked_of
from delist.rules.claims import to_measure
from delist.rules.evidence.values import Outcome
from delist.rules.lists import ListEntry
from delist.rules.wording import check_omit
from delist.store import reads, writes
from delist.tools import Tools

# More of them are not named one by one in an error.
_NAMED = 3


def write(
    tools: Tools,
    addresses: Sequence[str],
    key: str | None,
    wish: Wish,
    out: Path | None = None,
) -> list[Letter]:
    """Write the text for addresses and keep it as the draft of each case; a translation is not kept.

    Several addresses get one text if the list's form takes many; else each gets its own, and needs a folder `out` to
    be written into. Raises NotAllowed where the order of asking speaks against it (unless `anyway`) and where something
    that was measured fails, UsageError for missing facts. What was measured is kept in any case.
    """
    check_omit(wish.omit)
    wanted = list(dict.fromkeys(ip.canonical(address) for address in addresses))
    with reading(tools) as desk:
        entry, whom, found = _admitted(tools, desk, wanted, key, wish)
        known = [said(tools, address, wish, background.of_case(desk, entry, address)) for address in wanted]
        found += [each for address in wanted if (each := background.seen_clear(desk, entry, address))]
        recorded = frozenset(address for address in wanted if desk and reads.address(desk.tx, address))
    if len(wanted) > 1 and out is None and not _takes_many(entry, whom):
        raise UsageError(f"{entry.name} takes one address a request: --out DIR writes a text for each")
    _check_note(whom, known)
    taken = _measured(tools, as_asked_of(entry, whom), known, wish)
    try:
        letters = _letters(tools, entry, whom, known, wish, taken)
        letters = [replace(each, warnings=(*found, *_doubts(each, taken))) for each in letters]
        letters = check_free(letters, out) if out is not None else letters
        with writing(tools) as open_desk:
            _look_again(open_desk, entry.key, wish, wanted, recorded)
            for letter in letters:
                _keep(open_desk, letter, taken)
    except DelistError:
        keep_taken(tools, taken.values())
        raise
    if out is not None:
        put(letters)
    return letters


def _admitted(
    tools: Tools, desk: Desk | None, addresses: Sequence[str], key: str | None, wish: Wish
) -> tuple[ListEntry, Addressee, list[str]]:
    """Return the list that is meant, to whom the text goes and what speaks against it; raises NotAllowed for that."""
    keys = {key} if key is not None else {chosen_list(desk, address) for address in addresses}
    if len(keys) > 1:
        raise UsageError(f"the addresses could be meant for {' or '.join(sorted(keys))}: name the list with -l")
    entry = tools.catalogue.find(keys.pop())
    for address in addresses:
        check_scope(entry, address)
    everyone = {_whom(tools, desk, entry, address, wish) for address in addresses}
    if len(everyone) > 1:
        raise UsageError(f"some of these only the provider can ask {entry.name} about: write for them apart")
    (whom,) = everyone
    found = list(dict.fromkeys(each for address in addresses for each in _against(tools, desk, entry, address, whom)))
    if found and not wish.anyway:
        raise NotAllowed("; ".join(found) + " (to write the text all the same: --anyway)")
    return entry, whom, found


def _whom(tools: Tools, desk: Desk | None, entry: ListEntry, address: str, wish: Wish) -> Addressee:
    if wish.template in TEMPLATES.values():
        return next(whom for whom, template in TEMPLATES.items() if template == wish.template)
    if wish.anyway or wish.template:
        return Addressee.LIST
    if desk is None:
        return asking.addressee(entry, address, tools.settings.role_of(address), [])
    return addressee(desk, entry, address)


def _against(tools: Tools, desk: Desk | None, entry: ListEntry, address: str, whom: Addressee) -> list[str]:
    role = tools.settings.role_of(address)
    found = objections(desk, entry, address, whom) if desk else asking.objections(entry, address, role, [], whom)
    if whom is Addressee.LIST and not entry.removal.wants_text and entry.can_be_asked:
        record = f"when that is done, `delist submit {address} -l {entry.key}`"
        found.append(f"{entry.name} wants no text: {asking.advice(entry, role)}; {record}")
    return found


def _check_note(whom: Addressee, known: Iterable[Basis]) -> None:
    """Raise UsageError if nothing shows that the receiver of a note has refused anything."""
    if whom is Addressee.RECEIVER and not any({"error", "recipient"} & each.details.keys() for each in known):
        raise UsageError(
            "a note to a receiver needs what its server said (--error), or who was to get the mail (--recipient)"
        )


def _takes_many(entry: ListEntry, whom: Addressee) -> bool:
    """Whether one text may be about many addresses: where the form takes them, and in a mail to somebody else."""
    return whom is not Addressee.LIST or bool(entry.removal.many)


def _measured(tools: Tools, entry: ListEntry, known: Iterable[Basis], wish: Wish) -> dict[str, Taken]:
    """Measure what the texts would state, unless that is not wanted; of a network nothing can be measured."""
    if not (wish.measure and tools.settings.evidence.measure):
        return {}
    wanted = {
        each.address: (each.facts, to_measure(entry, each.facts, wish.omit))
        for each in known
        if not ip.is_network(each.address)
    }
    try:
        return take_all(tools, wanted, wish.nameservers)
    except SetupError as error:
        raise SetupError(f"{error}; or state what you say: --no-measure") from None


def _letters(
    tools: Tools, entry: ListEntry, whom: Addressee, known: Sequence[Basis], wish: Wish, taken: Mapping[str, Taken]
) -> list[Letter]:
    based = [replace(each, measured=taken[each.address].measured) if each.address in taken else each for each in known]
    if _takes_many(entry, whom):
        return [compose(tools, entry, based, wish, whom)]
    return _each(tools, entry, whom, based, wish)


def _each(tools: Tools, entry: ListEntry, whom: Addressee, known: Sequence[Basis], wish: Wish) -> list[Letter]:
    """Return a text for each address; what keeps any of them from being written is told at once, with the addresses."""
    found: list[Letter] = []
    wrong: dict[str, list[str]] = {}
    error: NotAllowed | UsageError | None = None
    for each in known:
        try:
            found.append(compose(tools, entry, [each], wish, whom))
        except (NotAllowed, UsageError) as refusal:
            wrong.setdefault(str(refusal), []).append(each.address)
            error = refusal if error is None or isinstance(refusal, NotAllowed) else error
    if error is None:
        return found
    if len(known) == 1:
        raise error
    raise type(error)("; ".join(f"{_named(addresses)}: {why}" for why, addresses in wrong.items()))


def _named(addresses: Sequence[str]) -> str:
    more = f" and {len(addresses) - _NAMED:,} more" if len(addresses) > _NAMED else ""
    return ", ".join(addresses[:_NAMED]) + more


def _doubts(letter: Letter, taken: Mapping[str, Taken]) -> list[str]:
    """Return what a list may object to, though the text does not state it: a name that looks like a provider's."""
    if not any(claim.name == "ptr" and claim.stated for claim in letter.claims):
        return []
    seen = (taken[address].measured.get("ptr-name") for address in letter.addresses if address in taken)
    failed = [each.judged for each in seen if each is not None and each.outcome is Outcome.FAILS]
    return [f"{judged.value}: {judged.mend}" for judged in failed]


def _look_again(desk: Desk, key: str, wish: Wish, addresses: Sequence[str], recorded: frozenset[str]) -> None:
    """Raise NotAllowed if meanwhile something came to speak against the text, or an address was forgotten."""
    for address in recorded:
        if reads.address(desk.tx, address) is None:
            raise NotAllowed(f"{address} was forgotten while its text was written: nothing is kept")
    _admitted(desk.tools, desk, addresses, key, wish)


def _keep(desk: Desk, letter: Letter, taken: Mapping[str, Taken]) -> None:
    for address in letter.addresses:
        if letter.kept:
            case = case_for(desk, address, letter.list.key)
            writes.save_draft(desk.tx, case.id, draft_of(desk, letter))
        if address in taken and taken[address].new and (letter.kept or reads.address(desk.tx, address)):
            known_address(desk, address)
            keep(desk, taken[address].about, taken[address].new)
