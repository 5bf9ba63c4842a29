"""Judges the names of a sending address: its reverse DNS, whose name that is, and what it greets with."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from delist.rules.evidence.values import Judged, Looked, Outcome

_PTR_HOW = "PTR look-up, then the addresses of each name"
# More names than these are confirmed by nobody who receives mail (RFC 7208, 4.6.4, for the same question).
MOST_NAMES = 10
# Words of providers' pools: a name that has one of these, with numbers before it or in it, is nobody's own.
_POOL = re.compile(
    r"(?:^|[.-])(?:dyn|dynamic|dynip|dip|dhcp|pools?|ppp|pppoe|dial|dialup|dialin|x?dsl|[av]dsl|ftth|fttx|cable|custs?"
    r"|customers?|broadband|res|residential|unassigned|rev|reverse|ec2|in-addr)\d*(?=[.-]|$)"
)
# Words that people give their own hosts too: they count only at the head, with numbers behind them.
_PLACE = re.compile(r"^(?:static|hosts?|ip|ipv4|ipv6|clients?|compute|vps|vm|cloud|ptr)(?=[\d-]|$)")


def ptr(address: str, names: Looked, forwards: Mapping[str, Looked], expected: str | None = None) -> Judged:
    """Judge the reverse DNS of an address: it holds if one of its names has the address among its own (FCrDNS).

    If a name is `expected`, it must be that one. The facts are `name`, the first name that is confirmed.
    """
    if names.failure:
        return _ptr(Outcome.UNKNOWN, f"the PTR look-up failed: {names.failure}")
    if not names.records:
        return _ptr(Outcome.FAILS, "there is no PTR record", "have the provider set a PTR record: your host's name")
    wanted = expected.lower().rstrip(".") if expected else None
    if wanted and wanted not in [name.lower().rstrip(".") for name in names.records]:
        mend = (
            "if DNS is right, correct what you say (--ptr, [[senders]] ptr);"
            f" if you are, have the PTR record name {expected}"
        )
        return _ptr(Outcome.FAILS, f"{', '.join(names.records[:3])}, not {expected}", mend)
    tried = [name for name in names.records if not wanted or name.lower().rstrip(".") == wanted][:MOST_NAMES]
    own = [name for name in tried if name in forwards and _has(forwards[name], address)]
    if own:
        return _ptr(Outcome.HOLDS, f"{own[0]}, whose addresses include {address}", facts={"name": own[0]})
    failed = [name for name in tried if name not in forwards or forwards[name].failure]
    if failed:
        return _ptr(Outcome.UNKNOWN, f"the addresses of {failed[0]} could not be looked up")
    kind = "AAAA" if ":" in address else "A"
    return _ptr(
        Outcome.FAILS,
        f"{', '.join(tried[:3])}, which does not lead back to {address}",
        f"give {tried[0]} an {kind} record of {address}, or have the PTR record name a host that has one",
    )


def _ptr(outcome: Outcome, value: str, mend: str | None = None, facts: Mapping[str, str] | None = None) -> Judged:
    return Judged("ptr", outcome, value, _PTR_HOW, mend, facts or {})


def ptr_name(address: str, names: Looked, domain: str | None) -> Judged:
    """Judge whose name the reverse DNS gives: it holds if none of its names looks made from the address.

    One in the sender's own `domain` that looks so is unknown: whose it is can be seen, and some look no further than at
    the pattern. Of several any may be the one that a receiver takes. The facts are `name`, the first, one in the domain
    rather than another.
    """
    how = "the name of the PTR record, compared with the address"
    if names.failure or not names.records:
        return Judged("ptr-name", Outcome.UNKNOWN, "there is no name to look at", how)
    own = [name for name in names.records if domain and is_within(name, domain)]
    if made := [name for name in names.records if name not in own and is_generic(name, address)]:
        mend = "have the PTR record name a host in your own domain: some lists take such a name for a customer's line"
        return Judged("ptr-name", Outcome.FAILS, f"{made[0]} looks made from the address", how, mend)
    name = (own or names.records)[0]
    if made := [name for name in own if is_generic(name, address)]:
        value = f"{made[0]} is in {domain}, and looks made from the address: some lists judge by that alone"
        return Judged("ptr-name", Outcome.UNKNOWN, value, how)
    return Judged("ptr-name", Outcome.HOLDS, name, how, facts={"name": name})


def is_generic(name: str, address: str) -> bool:
    """Whether a host name looks like those that providers make for all addresses of a pool."""
    low = name.lower().rstrip(".")
    return _holds_address(low, address) or _is_of_a_pool(low)


def _is_of_a_pool(name: str) -> bool:
    labels = name.split(".")
    first = labels[0]
    if _PLACE.search(first) and _has_numbers(first):
        return True
    # The last label is no place for a pool, nor the domain a place for numbers, unless the pool is the domain.
    pools = [at for at, label in enumerate(labels[:-1]) if _POOL.search(label)]
    return bool(pools) and any(_has_numbers(label) for label in labels[: max(pools[-1] + 1, len(labels) - 2)])


def _has_numbers(label: str) -> bool:
    return len(re.findall(r"\d", label)) >= 2


def _holds_address(name: str, address: str) -> bool:
    parsed = ip_address(address)
    return _holds_ipv4(name, parsed) if isinstance(parsed, IPv4Address) else _holds_ipv6(name, parsed)


def _holds_ipv4(name: str, address: IPv4Address) -> bool:
    packed = address.packed
    written = (packed.hex(), packed[::-1].hex(), str(int(address)), "".join(f"{octet:03}" for octet in packed))
    if any(each in name.replace("-", "") for each in written):
        return True
    plain = [str(int(number)) for number in re.findall(r"[0-9]+", name)]
    runs = [plain[at : at + 3] for at in range(len(plain) - 2)]
    numbers = [str(octet) for octet in packed]
    # Three of the four numbers in a row, either way round.
    return any(part in runs for part in (numbers[:3], numbers[1:], numbers[::-1][:3], numbers[::-1][1:]))


def _holds_ipv6(name: str, address: IPv6Address) -> bool:
    digits = address.packed.hex()
    # All of it, or the half that is the host's, either way round, with anything between the digits or nothing.
    if any(each in re.sub(r"[.-]", "", name) for each in (digits[16:], digits[::-1][:16])):
        return True
    groups = [f"{int(group, 16):x}" for group in address.exploded.split(":")]
    forms = (":".join(groups), ":".join(groups[4:]), str(address))
    spelled = re.sub(r"[.-]", ":", name)
    return any(re.search(rf"(?<![0-9a-f]){re.escape(form)}(?![0-9a-f])", spelled) for form in forms)


def helo(address: str, name: str | None, forward: Looked, names: Looked) -> Judged:
    """Judge the name that a host greets with: it holds if it leads to the address and is the name of its PTR record.

    RFC 5321, 4.1.1.1 wants a name that can be resolved; that both names are one is what receivers look for. The facts
    are `name`.
    """
    how = "the addresses of the HELO name, compared with the PTR record; what the host really says was not heard"
    if not name:
        return Judged("helo", Outcome.UNKNOWN, "not told: --helo or [[senders]] helo", how)
    low = name.lower().rstrip(".")
    if "." not in low or low.startswith("["):
        mend = "greet with the full name of the host, as its PTR record says"
        return Judged("helo", Outcome.FAILS, f"greets as {low}, which is no full name of a host", how, mend)
    if forward.failure:
        return Judged("helo", Outcome.UNKNOWN, f"the addresses of {low} could not be looked up: {forward.failure}", how)
    if not _has(forward, address):
        seen = ", ".join(forward.records[:3]) or "no address"
        mend = f"give {low} an address record of {address}, or greet with a name that has one"
        return Judged("helo", Outcome.FAILS, f"{low} leads to {seen}, not to {address}", how, mend)
    if names.failure:
        return Judged("helo", Outcome.UNKNOWN, f"{low} leads to {address}, but the PTR look-up failed", how)
    if low not in [each.lower().rstrip(".") for each in names.records]:
        other = names.records[0] if names.records else "missing"
        mend = f"make the PTR record {low}, or greet as the PTR record says"
        return Judged("helo", Outcome.FAILS, f"greets as {low}, but the PTR record is {other}", how, mend)
    return Judged(
        "helo", Outcome.HOLDS, f"{low}, which leads to {address} and is its PTR name", how, None, {"name": low}
    )


def is_within(name: str, domain: str) -> bool:
    """Whether a host name is a domain's, or the domain itself."""
    low, zone = name.lower().rstrip("."), domain.lower().rstrip(".")
    return low == zone or low.endswith(f".{zone}")


def _has(looked: Looked, address: str) -> bool:
    wanted = ip_address(address)
    return any(ip_address(each) == wanted for each in looked.records)
