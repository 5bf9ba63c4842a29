"""Which claims a request text states, and on what basis; and what stops it from being written at all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from delist.rules.evidence.values import MEASURED, Measured, Outcome
from delist.rules.lists import ListEntry
from delist.rules.moments import FIRST_YEAR, LAST_YEAR
from delist.rules.wording import CLAIMS, GIVEN_BY, NO_FACTS, Facts

# Which fact of a measurement is the value of its claim.
_VALUES = {
    "ptr": "name",
    "helo": "name",
    "spf": "record",
    "dkim": "names",
    "dmarc": "record",
    "bounces": "host",
}
# A static address and a closed port are told in the words of the template alone.
WORDLESS = ("static", "port25")
NO_PLACE = "the template has no place for it"
_NO_ARGUMENT = (("port25", "open"), ("static", False))
# What is kept of each claim; the fields of the second line came later.
_NEEDED = frozenset(("claim", "stated", "basis", "detail", "measured_at"))
_BESIDE = frozenset(("how", "nameserver"))
# As long as a whole text may be: what was cleaned up may be told in a file.
_LONGEST_DETAIL, _LONGEST_BESIDE = 100_000, 1000
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
NOTHING_MEASURED: Mapping[str, Measured] = {}


class ClaimBasis(StrEnum):
    """Why a claim is stated, or that it is not."""

    MEASURED = "measured"
    ASSERTED = "asserted"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim that a list wants: stated and on what basis, or left out and why.

    `measured` is the measurement on which it stands, None if it stands on none.
    """

    name: str
    stated: bool
    basis: ClaimBasis
    detail: str
    measured: Measured | None = None


def to_measure(entry: ListEntry, facts: Facts, omit: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what is to be measured for a text to a list: the claims that it wants and that nobody left out.

    Whose name the reverse DNS gives comes with it. A port that is said to be open is no claim of the text.
    """
    left_out = set(omit)
    wanted = {name for name in entry.wants if name not in left_out and (name, getattr(facts, name)) not in _NO_ARGUMENT}
    beside = {"ptr-name"} if "ptr" in wanted else set()
    return tuple(name for name in MEASURED if name in wanted | beside and name != "static")


def claims_of(
    entry: ListEntry,
    facts: Facts,
    omit: Iterable[str] = (),
    given: Facts = NO_FACTS,
    measured: Mapping[str, Measured] = NOTHING_MEASURED,
) -> tuple[Claim, ...]:
    """Return the claims this list wants, in its order; what is unknown, unfit or to be omitted is not stated.

    Neither is what was `given` for this text but is no claim that this list wants. What was measured and holds is
    stated as measured; what could not be told is stated as somebody says, or not at all.
    """
    left_out = set(omit)
    unwanted = [name for name in CLAIMS if getattr(given, name) is not None and name not in entry.wants]
    return (
        *(_claim(name, getattr(facts, name), name in left_out, measured.get(name)) for name in entry.wants),
        *(Claim(name, False, ClaimBasis.OMITTED, f"{entry.key} does not ask for it") for name in unwanted),
    )


def _claim(name: str, value: str | bool | None, omit: bool, measured: Measured | None) -> Claim:
    if omit:
        return Claim(name, False, ClaimBasis.OMITTED, "omitted as asked")
    if (name, value) in _NO_ARGUMENT:
        told = "not static" if value is False else value
        return Claim(name, False, ClaimBasis.OMITTED, f"{told}: that is no argument for a removal")
    if measured is not None and measured.outcome is Outcome.HOLDS:
        # Where bounces go can be measured; what becomes of them there only somebody can say.
        beside = f"; as you say: {value}" if name == "bounces" and value else ""
        return Claim(name, True, ClaimBasis.MEASURED, f"{measured.judged.value}{beside}", measured)
    if measured is not None and measured.outcome is Outcome.FAILS:
        return Claim(name, False, ClaimBasis.OMITTED, f"it fails: {measured.judged.value}", measured)
    if value is None:
        return Claim(name, False, ClaimBasis.OMITTED, _unknown(name, measured), measured)
    return Claim(name, True, ClaimBasis.ASSERTED, "yes" if value is True else str(value), measured)


def _unknown(name: str, measured: Measured | None) -> str:
    option, key = GIVEN_BY[name]
    if measured is None:
        return f"not known: {option} or {key}"
    value = measured.judged.value
    return f"could not be told: {value}" if "--" in value else f"could not be told ({value}): {option} or {key}"


def as_written(claim: Claim, value: str | bool | None, text: str) -> Claim:
    """Return a claim as it stands in a text: a template, another list's or one's own, may have no place for its value.

    Of those that have no words of their own the text tells nothing.
    """
    if not claim.stated or claim.name in WORDLESS or " ".join(str(value).split()) in " ".join(text.split()):
        return claim
    return replace(claim, stated=False, basis=ClaimBasis.OMITTED, detail=NO_PLACE)


def recorded(claim: Claim) -> dict[str, Any]:
    """Return a claim as it is kept with a text, and told to scripts; `measured_at` is a UTC instant."""
    measured = claim.measured if claim.basis is ClaimBasis.MEASURED else None
    return {
        "claim": claim.name,
        "stated": claim.stated,
        "basis": claim.basis.value,
        "detail": claim.detail,
        "measured_at": f"{measured.at:%Y-%m-%dT%H:%M:%SZ}" if measured else None,
        "how": measured.judged.how if measured else None,
        "nameserver": measured.nameserver if measured else None,
    }


def check_recorded(value: Any) -> None:
    """Raise ValueError or TypeError unless a value is what a text keeps of its claims: each as `recorded`, once."""
    if not isinstance(value, list):
        raise TypeError("claims must be a list")
    for claim in value[: len(CLAIMS) + 1]:
        _check_claim(claim)
    if len({claim["claim"] for claim in value[: len(CLAIMS) + 1]}) < len(value):
        raise ValueError("a claim stands twice in a text")


def _check_claim(claim: Any) -> None:
    if not isinstance(claim, dict) or not _NEEDED <= claim.keys() <= _NEEDED | _BESIDE:
        raise TypeError("a claim has not the fields of one")
    name, basis, at = claim["claim"], claim["basis"], claim["measured_at"]
    if name not in CLAIMS:
        raise ValueError("there is no such claim")
    if not isinstance(claim["stated"], bool) or claim["stated"] is (ClaimBasis(basis) is ClaimBasis.OMITTED):
        raise ValueError(f"whether {name} is stated must go with its basis")
    if not isinstance(claim["detail"], str) or len(claim["detail"]) > _LONGEST_DETAIL:
        raise ValueError(f"what {name} says must be a text of {_LONGEST_DETAIL} characters at most")
    beside = [claim.get(key) for key in ("how", "nameserver")]
    if not all(each is None or (isinstance(each, str) and len(each) <= _LONGEST_BESIDE) for each in beside):
        raise ValueError(f"how {name} was measured must be a text of {_LONGEST_BESIDE} characters at most")
    if basis == ClaimBasis.MEASURED:
        _check_instant(name, at)
    elif [at, *beside] != [None, None, None]:
        raise ValueError(f"{name} was not measured, but has a measurement")


def _check_instant(name: str, at: Any) -> None:
    if not isinstance(at, str) or not _INSTANT.fullmatch(at):
        raise ValueError(f"{name} has no instant at which it was measured")
    if not FIRST_YEAR <= datetime.fromisoformat(at).year <= LAST_YEAR:
        raise ValueError(f"{name} was measured in no likely year")


def completed(facts: Facts, measured: Mapping[str, Measured]) -> Facts:
    """Return facts with what was measured and holds, whatever was said; of bounces, what is said of them stands."""
    known: dict[str, Any] = {
        name: measured[name].judged.facts[fact]
        for name, fact in _VALUES.items()
        if name in measured and measured[name].outcome is Outcome.HOLDS
    }
    if "port25" in measured and measured["port25"].outcome is Outcome.HOLDS:
        known["port25"] = "closed"
    if facts.bounces:
        known["bounces"] = facts.bounces
    return replace(NO_FACTS, **known).over(facts)


def failures(claims: Sequence[Claim], requires: Iterable[str] = ()) -> list[str]:
    """Return what forbids to write a text with these claims, a phrase each: what fails, and what contradicts itself."""
    needed = set(requires)
    return [*(_failure(claim, claim.name in needed) for claim in claims if _fails(claim)), *_contradictions(claims)]


def _fails(claim: Claim) -> bool:
    return claim.measured is not None and claim.measured.outcome is Outcome.FAILS


def _failure(claim: Claim, is_needed: bool) -> str:
    judged = claim.measured.judged if claim.measured else None
    if judged is None:
        raise ValueError(f"{claim.name} was not measured")
    way = f"; {judged.mend}" if judged.mend else ""
    # What the measurement itself says of leaving out is enough.
    leave = "" if is_needed or "--omit" in way else f", or --omit {claim.name}"
    return f"{claim.name} fails: {judged.value}{way}{leave}"


def _contradictions(claims: Sequence[Claim]) -> list[str]:
    """Return a phrase if bounces go to the very address whose port 25 is said to be closed."""
    stated = {claim.name: claim for claim in claims if claim.stated}
    bounces = stated["bounces"].measured if "bounces" in stated else None
    here = bounces is not None and bounces.judged.facts.get("here") == "yes"
    if "port25" not in stated or bounces is None or not here:
        return []
    domain = bounces.judged.facts["domain"]
    how = "was found" if stated["port25"].basis is ClaimBasis.MEASURED else "is said to be"
    return [
        f"port25 and bounces contradict each other: mail to {domain} goes to this very address, whose port 25"
        f" {how} closed; let another host take the bounces, or --omit one of them"
    ]
