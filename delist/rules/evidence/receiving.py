"""Judges what an address and its domain do with mail that comes in: MX, bounces, TCP port 25, the SBL."""

from collections.abc import Collection, Mapping, Sequence
from ipaddress import ip_address

from delist.rules.evidence.values import Call, Judged, Looked, Outcome, Port

# What stands for a host in a null MX record (RFC 7505).
NO_HOST = (".", "")


def mx(domain: str | None, hosts: Looked, addresses: Mapping[str, Looked]) -> Judged:
    """Judge whether a domain takes mail: it has an MX record, or an address, that leads somewhere (RFC 5321, 5.1).

    `hosts` are names, the most preferred first. The facts are `domain` and `host`, the first that has an address.
    """
    how = "MX look-up, then the addresses of each host"
    if not domain:
        return Judged("mx", Outcome.UNKNOWN, "not told for which domain: --domain or [[senders]] domain", how)
    return _takes_mail("mx", domain, hosts, addresses, how)


def _takes_mail(claim: str, domain: str, hosts: Looked, addresses: Mapping[str, Looked], how: str) -> Judged:
    if hosts.failure:
        return Judged(claim, Outcome.UNKNOWN, f"the MX look-up of {domain} failed: {hosts.failure}", how)
    if [each for each in hosts.records if each in NO_HOST]:
        mend = f"give {domain} an MX record: its null MX (RFC 7505) says that it takes no mail"
        return Judged(claim, Outcome.FAILS, f"{domain} says that it takes no mail", how, mend)
    named = list(hosts.records) or [domain]
    for host in named:
        if host in addresses and addresses[host].records:
            return Judged(claim, Outcome.HOLDS, f"{domain}: {host}", how, None, {"domain": domain, "host": host})
    if failed := _not_told(named, addresses):
        return Judged(claim, Outcome.UNKNOWN, f"the addresses of {failed[0]} could not be looked up", how)
    mend = f"give {domain} an MX record that names a host with an address"
    seen = f"{domain} has no MX record and no address" if not hosts.records else f"{named[0]} has no address"
    return Judged(claim, Outcome.FAILS, seen, how, mend)


def _not_told(hosts: Sequence[str], addresses: Mapping[str, Looked]) -> list[str]:
    return [host for host in hosts if host not in addresses or addresses[host].failure]


def bounces(address: str, domain: str | None, hosts: Looked, addresses: Mapping[str, Looked]) -> Judged:
    """Judge where bounces go: the domain of the envelope sender takes mail, at this address or elsewhere.

    The facts are `domain`, `host`, and `here`: "yes" if a host that takes them is the address itself, a second choice
    too, else "no"; `host` is that one, or the first that has an address. While the address of one of the hosts is not
    known, it may be this one, and nothing holds.
    """
    how = "MX look-up of the envelope sender's domain, then the addresses of each host"
    if not domain:
        return Judged(
            "bounces", Outcome.UNKNOWN, "not told for which domain: --bounces with a mail address, or --domain", how
        )
    found = _takes_mail("bounces", domain, hosts, addresses, how)
    if found.outcome is not Outcome.HOLDS:
        return found
    named = hosts.records or (domain,)
    if here := [host for host in named if host in addresses and _is_among(address, addresses[host].records)]:
        return _goes(domain, here[0], "yes", how)
    if failed := _not_told(named, addresses):
        return Judged("bounces", Outcome.UNKNOWN, f"the addresses of {failed[0]} could not be looked up", how)
    return _goes(domain, found.facts["host"], "no", how)


def _goes(domain: str, host: str, here: str, how: str) -> Judged:
    where = "at this very address" if here == "yes" else "which is not this address"
    facts = {"domain": domain, "host": host, "here": here}
    return Judged("bounces", Outcome.HOLDS, f"mail to {domain} goes to {host}, {where}", how, None, facts)


def _is_among(address: str, others: Collection[str]) -> bool:
    return ip_address(address) in {ip_address(each) for each in others}


def port25(address: str, call: Call, control: tuple[str, Call] | None, local: Collection[str]) -> Judged:
    """Judge whether an address takes no mail from outside: its TCP port 25 was called.

    It holds if the call was refused, or if it was not answered while `control`, the mail host of a name that was
    called in the same way, took one: without that it may be the network here that lets no such call out. A refusal
    may come from the network here too, so it tells nothing where the control did not get through. A control that went
    out from another address than the call is none: another way led there. A call that comes from one of the `local`
    addresses of the host itself is no look from outside, and tells nothing. The facts are `state`, `source` (the
    address that called) and, if there is one, `control` (the name).
    """
    facts = {"state": str(call.port), "source": call.source or ""}
    if call.port is Port.UNREACHABLE or call.source is None:
        value = f"there is no way to {address} from here"
        return Judged("port25", Outcome.UNKNOWN, value, "TCP connect to port 25", None, facts)
    how = f"TCP connect to port 25 from {call.source}"
    if _is_among(address, (*local, call.source)):
        value = f"{call.port}, but seen from the host itself, which is no look from outside"
        return Judged("port25", Outcome.UNKNOWN, value, how, None, facts)
    if call.port is Port.OPEN:
        said = f"; it says {call.banner!r}" if call.banner else "; it says nothing"
        mend = "close port 25 to the outside if the host only sends, or leave the claim out: --omit port25"
        return Judged("port25", Outcome.FAILS, f"open{said}", how, mend, facts)
    name, got_out = _got_out(call, control)
    facts = {**facts, "control": name} if got_out is Outcome.HOLDS else facts
    if call.port is Port.CLOSED:
        return _refused(name if got_out is Outcome.FAILS else None, how, facts)
    return _silent(call, how, facts)


def _got_out(call: Call, control: tuple[str, Call] | None) -> tuple[str, Outcome]:
    """Tell whom a call was made to for comparison, and whether it shows that such calls get out the same way."""
    if control is None or control[1].source != call.source or control[1].port is Port.UNREACHABLE:
        return "", Outcome.UNKNOWN
    return control[0], Outcome.HOLDS if control[1].port is Port.OPEN else Outcome.FAILS


def _refused(held_back: str | None, how: str, facts: Mapping[str, str]) -> Judged:
    if held_back:
        value = f"the call was refused, there or on the way out of here: {held_back} took no call either"
        return Judged("port25", Outcome.UNKNOWN, value, how, None, facts)
    return Judged("port25", Outcome.HOLDS, "closed: the call was refused", how, None, facts)


def _silent(call: Call, how: str, facts: Mapping[str, str]) -> Judged:
    # A call that a firewall on the way refused was not waited for.
    seen = f"no answer within {call.seconds:.0f} seconds" if call.seconds else "a firewall on the way refused the call"
    if "control" in facts:
        value = f"filtered: {seen}, while {facts['control']} took a call from here"
        return Judged("port25", Outcome.HOLDS, value, how, None, facts)
    value = f"{seen}: filtered there, or calls to port 25 do not get out of here"
    return Judged("port25", Outcome.UNKNOWN, value, how, None, facts)


def sbl(address: str, listed: bool | None, how: str) -> Judged:
    """Judge whether an address is not on the SBL: while it is, no other Spamhaus list can be asked for it.

    `listed` is None where that is not known.
    """
    if listed is None:
        return Judged(
            "sbl",
            Outcome.UNKNOWN,
            f"not known: `delist check {address} -l spamhaus-sbl`, or `delist observe {address} spamhaus-sbl clear`",
            how,
        )
    if listed:
        mend = "have the provider ask for the SBL record first: nothing else can be asked at Spamhaus until it is gone"
        return Judged("sbl", Outcome.FAILS, "the address is on the SBL", how, mend)
    return Judged("sbl", Outcome.HOLDS, "the address is not on the SBL", how)
