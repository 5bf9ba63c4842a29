"""The facts that a request text may state, what a form cannot do without, and what goes into its fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from delist.errors import UsageError
from delist.rules.lists import ListEntry

# In the order in which operators look at them.
CLAIMS = ("static", "ptr", "helo", "spf", "dkim", "dmarc", "port25", "bounces", "purpose", "cause")

# Facts of the sender or of the case that are no claims, and what each of them is.
DETAILS = {
    "company": "Your company, for the form.",
    "phone": "Your telephone number, for the form.",
    "recipient": "A recipient whose mail was refused.",
    "error": "The refusal, word for word.",
    "since": "Since when mail is refused, as 2026-11-20.",
    "shared": "Who else sends from the address: dedicated, or shared by whom.",
    "prevention": "What keeps it from happening again.",
    "imprint": "The page with the imprint of the mail host.",
    "postmaster": "Who reads postmaster@ of the mail host.",
    "whois": "What whois says of the range.",
    "lookup": "A page that shows where the address is listed.",
    "record": "The list's number for the entry, as SBL123456.",
    "asn": "The AS number of the network.",
    "policy": "The page with your acceptable use policy.",
    "prefix": "The prefix that is allocated to you (IPv6).",
}

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
    "kind",
)


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


# How each missing fact is given: option, and place in config.toml.
GIVEN_BY = {
    "name": ("--name", "[contact] name"),
    "email": ("--email", "[contact] email"),
    **{claim: (f"--{claim}", f"[[senders]] {claim}") for claim in CLAIMS},
}

# Where the name of a fact does not say enough.
_WAYS = {"cause": "what was found and what was done about it: --cause, --because FILE or [[senders]] cause"}


def required(needs: Iterable[str]) -> tuple[str, ...]:
    """Return the facts that the needs of a form stand for, by name."""
    return tuple(name for need in needs for name in (("name", "email") if need == "contact" else (need,)))


def missing(entry: ListEntry, facts: Facts) -> list[str]:
    """Return what the list's form cannot do without and nobody said, each with how to give it."""
    lacking = [name for name in required(entry.requires) if not getattr(facts, name)]
    return [f"{name} ({_WAYS.get(name) or ' or '.join(GIVEN_BY[name])})" for name in lacking]


def check_required(entry: ListEntry, omit: Iterable[str]) -> None:
    """Raise UsageError if something is to be omitted that the list's form cannot do without."""
    left_out = set(omit)
    if wrong := [name for name in entry.requires if name in left_out]:
        raise UsageError(f"{entry.key} requires {' and '.join(wrong)}: it cannot be omitted")


def check_omit(names: Iterable[str], claims: Sequence[str] = CLAIMS) -> None:
    """Raise UsageError if a name is none of some claims."""
    for name in names:
        if name not in claims:
            raise UsageError(f"there is no claim {name!r} to omit: claims are {', '.join(claims)}")


def form_fields(
    entry: ListEntry, facts: Facts, addresses: Sequence[str], text: str, details: Mapping[str, str]
) -> dict[str, str | None]:
    """Return what goes into each field of the list's form; None where only a person knows."""
    named = ", ".join(addresses)
    known: Mapping[str, str | None] = {
        **{name: details[name] for name in FIELDS if name in details},
        "name": facts.name,
        "email": facts.email,
        "ip": named,
        "prefix": details.get("prefix") or (None if "ip" in entry.removal.fields else named),
        "domain": facts.domain,
        "sender-domain": facts.domain,
        "hostname": facts.helo or facts.ptr,
        "rdns": facts.ptr,
        "reason": text,
        "use-case": facts.purpose if "reason" in entry.removal.fields else text,
    }
    return {name: known.get(name) for name in entry.removal.fields}
