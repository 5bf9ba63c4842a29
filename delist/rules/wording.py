"""Which claims a request text may state, what a form cannot do without, and what goes into its fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from delist.errors import UsageError
from delist.rules.lists import ListEntry

# In the order in which operators look at them.
CLAIMS = ("static", "ptr", "helo", "spf", "dkim", "dmarc", "port25", "bounces", "purpose", "cause")

# What forms ask for; a form's own label for it may differ.
FIELDS = (
    "name",
    "email",
    "phone",
    "company",
    "ip",
    "domain",
    "hostname",
    "reason",
    "recipient",
    "error",
    "country",
    "title",
    "sender-domain",
    "prefix",
    "rdns",
    "use-case",
)


class ClaimBasis(StrEnum):
    """Why a claim is stated, or that it is not."""

    MEASURED = "measured"
    ASSERTED = "asserted"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a sending address and of the person who asks; None is not known."""

    name: str | None = None
    email: str | None = None
    domain: str | None = None
    static: bool | None = None
    ptr: str | None = None
    helo: str | None = None
    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    port25: str | None = None
    bounces: str | None = None
    purpose: str | None = None
    cause: str | None = None

    def over(self, base: "Facts") -> "Facts":
        """Return these facts, completed from others."""
        missing = {field.name: getattr(base, field.name) for field in fields(self) if getattr(self, field.name) is None}
        return replace(self, **missing)


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim that a list wants: stated and on what basis, or left out and why."""

    name: str
    stated: bool
    basis: ClaimBasis
    detail: str


# How each missing fact is given: option, and place in config.toml.
GIVEN_BY = {
    "name": ("--name", "[contact] name"),
    "email": ("--email", "[contact] email"),
    **{claim: (f"--{claim}", f"[[senders]] {claim}") for claim in CLAIMS},
}
_NO_ARGUMENT = (("port25", "open"), ("static", False))


def claims_of(entry: ListEntry, facts: Facts, omit: Iterable[str] = (), given: Facts = NO_FACTS) -> tuple[Claim, ...]:
    """Return the claims this list wants, in its order; what is unknown, unfit or to be omitted is not stated.

    Neither is what was `given` for this text but is no claim that this list wants.
    """
    left_out = set(omit)
    unwanted = [name for name in CLAIMS if getattr(given, name) is not None and name not in entry.wants]
    return (
        *(_claim(name, facts, name in left_out) for name in entry.wants),
        *(Claim(name, False, ClaimBasis.OMITTED, f"{entry.key} does not ask for it") for name in unwanted),
    )


def _claim(name: str, facts: Facts, omit: bool) -> Claim:
    value = getattr(facts, name)
    if omit:
        return Claim(name, False, ClaimBasis.OMITTED, "omitted as asked")
    if value is None:
        option, key = GIVEN_BY[name]
        return Claim(name, False, ClaimBasis.OMITTED, f"not known: {option} or {key}")
    if (name, value) in _NO_ARGUMENT:
        told = "not static" if value is False else value
        return Claim(name, False, ClaimBasis.OMITTED, f"{told}: that is no argument for a removal")
    return Claim(name, True, ClaimBasis.ASSERTED, "yes" if value is True else str(value))


def require(entry: ListEntry, facts: Facts, omit: Iterable[str] = ()) -> None:
    """Raise UsageError that names all that the list's form cannot do without and is missing, and how to give it."""
    needed = [name for need in entry.requires for name in (("name", "email") if need == "contact" else (need,))]
    left_out = set(omit)
    if wrong := [name for name in needed if name in left_out]:
        raise UsageError(f"{entry.key} requires {' and '.join(wrong)}: it cannot be omitted")
    missing = [name for name in needed if not getattr(facts, name)]
    if missing:
        ways = ", ".join(f"{name} ({GIVEN_BY[name][0]} or {GIVEN_BY[name][1]})" for name in missing)
        raise UsageError(f"the request to {entry.key} needs {ways}")


def check_omit(names: Iterable[str], claims: Sequence[str] = CLAIMS) -> None:
    """Raise UsageError if a name is none of some claims."""
    for name in names:
        if name not in claims:
            raise UsageError(f"there is no claim {name!r} to omit: claims are {', '.join(claims)}")


def form_fields(entry: ListEntry, facts: Facts, address: str, text: str) -> dict[str, str | None]:
    """Return what goes into each field of the list's form; None where only a person knows."""
    known: Mapping[str, str | None] = {
        "name": facts.name,
        "email": facts.email,
        "ip": address,
        "prefix": address,
        "domain": facts.domain,
        "sender-domain": facts.domain,
        "hostname": facts.helo or facts.ptr,
        "rdns": facts.ptr,
        "reason": text,
        "use-case": text,
    }
    return {name: known.get(name) for name in entry.removal.fields}
