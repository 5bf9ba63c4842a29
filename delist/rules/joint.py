"""What one text can say of several addresses: what is the same of each, and how many are named."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules.claims import Claim, ClaimBasis
from delist.rules.wording import Facts

# So many addresses stand in a sentence; so many, one a line, in a letter.
_IN_A_SENTENCE = 5
_IN_A_LETTER = 2_000
_DIFFERS = "not the same for all the addresses"


def named(addresses: Sequence[str]) -> str:
    """Return addresses as a sentence has them: of many the first, the others stand below the text."""
    if len(addresses) <= _IN_A_SENTENCE:
        return ", ".join(addresses)
    return f"{addresses[0]} (+{len(addresses) - 1:,})"


def lines(addresses: Sequence[str]) -> list[str]:
    """Return addresses, of many the networks that they make up; raises UsageError for more than a letter can hold."""
    if len(addresses) <= _IN_A_SENTENCE:
        return list(addresses)
    found = ip.collapsed(addresses)
    if len(found) > _IN_A_LETTER:
        raise UsageError(f"{len(found):,} addresses are more than a letter can hold: {_IN_A_LETTER:,} at a time")
    return found


def together(claims: Sequence[Sequence[Claim]]) -> tuple[Claim, ...]:
    """Return the claims of a text about several addresses: those that are the same of each."""
    if len(claims) == 1:
        return tuple(claims[0])
    return tuple(_same(its) for its in zip(*claims, strict=True))


def _same(claims: Sequence[Claim]) -> Claim:
    first = claims[0]
    if any(claim.stated is not first.stated or _core(claim) != _core(first) for claim in claims):
        return Claim(first.name, False, ClaimBasis.OMITTED, _DIFFERS)
    oldest = min(claims, key=lambda claim: claim.measured.at.timestamp() if claim.measured else 0.0)
    return replace(oldest, detail="; ".join(dict.fromkeys(claim.detail for claim in claims)))


def _core(claim: Claim) -> object:
    """Return what a claim comes to, whichever address it is of."""
    measured = claim.measured if claim.basis is ClaimBasis.MEASURED else None
    return claim.basis, dict(measured.judged.facts) if measured else claim.detail


def common(facts: Sequence[Facts]) -> Facts:
    """Return the facts that are the same of all."""
    kept = {field.name: getattr(facts[0], field.name) for field in fields(Facts)}
    return Facts(**{name: value for name, value in kept.items() if all(getattr(f, name) == value for f in facts)})


def shared(details: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the details that are the same of all."""
    return {name: value for name, value in details[0].items() if all(each.get(name) == value for each in details)}
