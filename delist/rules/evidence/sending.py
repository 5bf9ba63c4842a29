"""Judges what a domain publishes about its mail: SPF, DKIM keys, DMARC."""

import re
from collections.abc import Sequence

from delist.rules.evidence.values import Judged, Key, Looked, Outcome, Spf

# Shorter keys are not taken by large receivers, and verifiers may refuse them (RFC 8301, 3.2).
SHORTEST_RSA = 1024
_SPF_MEND = {
    "none": "publish an SPF record for {domain} that covers {address}: v=spf1 {kind}:{address} -all",
    "permerror": "mend the SPF record of {domain}: {why}",
}
_TAG = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9_]*)\s*=\s*([^;]*?)\s*")


def spf(address: str, domain: str | None, found: Spf | None, expected: str | None = None) -> Judged:
    """Judge what SPF says of an address for a domain (RFC 7208): only `pass` holds, and only of the record that is
    `expected`, if one is.

    The facts are `domain`, `record` and `result`.
    """
    how = "SPF evaluated as a receiver does, for the address and postmaster at the domain"
    if not domain or found is None:
        return Judged("spf", Outcome.UNKNOWN, "not told for which domain: --domain or [[senders]] domain", how)
    facts = {"domain": domain, "record": found.record or "", "result": found.result}
    why = f" ({found.why})" if found.why else ""
    # Several records are none that could be shown.
    seen = f"{domain} publishes {found.record!r}; it" if found.record else f"SPF of {domain}"
    if expected and found.record and expected.lower().split() != found.record.lower().split():
        mend = (
            "if DNS is right, correct what you say (--spf, [[senders]] spf);"
            f" if you are, publish {expected!r} for {domain}"
        )
        value = f"{domain} publishes {found.record!r}, not {expected!r}"
        return Judged("spf", Outcome.FAILS, value, how, mend, facts)
    if found.result == "pass":
        return Judged("spf", Outcome.HOLDS, f"{seen} evaluates to pass for {address}", how, None, facts)
    if found.result == "temperror":
        return Judged("spf", Outcome.UNKNOWN, f"a look-up for {domain} failed{why}", how)
    kind = "ip6" if ":" in address else "ip4"
    mend = _SPF_MEND.get(found.result, "add {kind}:{address} to the SPF record of {domain}")
    mended = mend.format(domain=domain, address=address, kind=kind, why=found.why or "it cannot be evaluated")
    told = f"{seen} evaluates to {found.result} for {address}{why}"
    value = f"{domain} publishes no SPF record" if found.result == "none" else told
    return Judged("spf", Outcome.FAILS, value, how, mended, facts)


def dkim(keys: Sequence[Key]) -> Judged:
    """Judge the DKIM keys of configured selectors: it holds if each is there and can be used (RFC 6376, RFC 8301).

    The facts are `names`, those of the keys, and `keys`, how long each is.
    """
    how = "the TXT record of each configured selector; whether mail is signed was not looked at"
    if not keys:
        return Judged("dkim", Outcome.UNKNOWN, "no selector is known: [[senders]] selectors", how)
    wrong = [key for key in keys if key.problem or (key.kind == "rsa" and 0 < key.bits < SHORTEST_RSA)]
    if wrong:
        key = wrong[0]
        problem = key.problem or f"its RSA key has {key.bits} bits, fewer than {SHORTEST_RSA}"
        mend = f"publish the public key of the selector as a TXT record of {key.name}"
        return Judged("dkim", Outcome.FAILS, f"{key.name}: {problem}", how, mend)
    if failed := [key for key in keys if key.failure]:
        return Judged("dkim", Outcome.UNKNOWN, f"{failed[0].name} could not be looked up: {failed[0].failure}", how)
    names, told = ", ".join(key.name for key in keys), ", ".join(f"{key.kind} {key.bits}" for key in keys)
    return Judged("dkim", Outcome.HOLDS, f"{names} ({told} bits)", how, None, {"names": names, "keys": told})


def dmarc(domain: str | None, tree: Sequence[tuple[str, Looked]]) -> Judged:
    """Judge the DMARC policy of a domain: `tree` is what was found at it and at its parents, from the domain up.

    The first level that has a record counts, as a walk up the tree finds it (RFC 9989, and RFC 7489 before). The
    facts are `name`, where it stands, `record` and `policy`.
    """
    how = "the TXT records of _dmarc at the domain and its parents"
    if not domain:
        return Judged("dmarc", Outcome.UNKNOWN, "not told for which domain: --domain or [[senders]] domain", how)
    for name, looked in tree:
        if looked.failure:
            return Judged("dmarc", Outcome.UNKNOWN, f"{name} could not be looked up: {looked.failure}", how)
        records = [each for each in looked.records if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", each)]
        if not records:
            continue
        return _policy(name, records, how)
    mend = f"publish a TXT record of _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:..."
    return Judged("dmarc", Outcome.FAILS, f"{domain} publishes no DMARC record", how, mend)


def _policy(name: str, records: Sequence[str], how: str) -> Judged:
    if len(records) > 1:
        mend = f"leave one DMARC record at {name}: several count as none"
        return Judged("dmarc", Outcome.FAILS, f"{name} has {len(records)} DMARC records", how, mend)
    policy = tags(records[0]).get("p", "")
    if policy.lower() not in ("none", "quarantine", "reject"):
        mend = f"give the record of {name} a policy: p=none, p=quarantine or p=reject"
        return Judged("dmarc", Outcome.FAILS, f"{name} publishes {records[0]!r}, without a policy", how, mend)
    facts = {"name": name, "record": records[0], "policy": policy.lower()}
    return Judged("dmarc", Outcome.HOLDS, f"{name} publishes {records[0]!r}", how, None, facts)


def tags(record: str) -> dict[str, str]:
    """Return the tags of a record in the tag=value form of DKIM and DMARC; a tag that comes again is left out."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        if (tag := _TAG.fullmatch(part)) and tag[1] not in found:
            found[tag[1]] = tag[2]
    return found
