"""What an answer of a blocklist means: listed, clear, turned away or unknown, and whether its zone can be believed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_network

from delist.rules.lists import NO_LISTING, Who, Zone

TURNED_AWAY = "turned-away"
LARGEST_ASKED_WHOLE = 256
# Why a list is not asked about an address at all.
NO_IPV6, NO_NETWORKS = "lists no IPv6 addresses", "lists single addresses, no networks"

# What lists answer instead of a listing when they will not serve whoever asks. Spamhaus' codes, which others use
# too (docs.spamhaus.com, table of return codes, and the resource hub of 2024 and 2025; looked up 2026-11).
_REFUSALS: Mapping[str, str] = {
    "127.255.255.250": "the key is disabled",
    "127.255.255.251": "the key is rejected or in use elsewhere",
    "127.255.255.252": "the name of the zone is mistyped",
    "127.255.255.254": "asked through a public resolver, or from a host without attributable reverse DNS",
    "127.255.255.255": "too many queries, or outside the terms of use",
}


class Failure(StrEnum):
    """Why there is no answer."""

    TIMEOUT = "timeout"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    FORMERR = "FORMERR"
    NOTIMP = "NOTIMP"
    OTHER = "an unusual error code"
    MALFORMED = "an answer that is no DNS message"
    REFERRAL = "a referral instead of an answer"
    DANGLING = "an alias that leads nowhere"
    TRUNCATED = "truncated, and not answered over TCP"
    VOLUME = "as often as allowed today"
    UNUSABLE = "an answer without an address"
    UNREACHABLE = "no way to the name server"


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS said: addresses or texts in order (none: NXDOMAIN or no data), or a failure. `ttl` is in seconds."""

    codes: tuple[str, ...] = ()
    failure: Failure | None = None
    ttl: int = 0
    authoritative: bool = False


class Verdict(StrEnum):
    """What a list's answer means for an address."""

    LISTED = "listed"
    CLEAR = "clear"
    TURNED_AWAY = "turned-away"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one list: the codes that are its listings, why it is not known, who may ask for removal."""

    list: str
    verdict: Verdict
    codes: tuple[str, ...] = ()
    why: str | None = None
    who: Who | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a zone can be believed: `trouble` is empty if so; `silence_counts` if no answer means clear."""

    trouble: str = ""
    verdict: Verdict = Verdict.UNKNOWN
    silence_counts: bool = True
    # The trouble is of the way to the zone, not of the zone: another name server may tell better.
    of_the_way: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the test points answered rightly."""
        return not self.trouble


def lists_of(zone: Zone) -> tuple[str, ...]:
    """Return the lists that a zone answers for, each once; none if its codes are not known."""
    return tuple(dict.fromkeys(answer.means for answer in zone.answers.values() if answer.means not in NO_LISTING))


def points_of(zone: Zone, version: int) -> tuple[str | None, str | None]:
    """Return the address that a zone must list and the one that it must not (RFC 5782, section 5), for IPv4 or 6."""
    points = zone.points
    return (points.listed, points.clear) if version == 4 else (points.listed6, points.clear6)


def asked_for(address: str) -> tuple[tuple[str, ...], bool]:
    """Return the addresses to ask for, and whether they stand for the whole.

    An address is asked itself; a small network by each of its addresses; of a larger one only the first and the
    last, which is the whole only of an IPv6 /64 or smaller: lists hold nothing narrower there.
    """
    if "/" not in address:
        return (address,), True
    network = ip_network(address)
    if network.num_addresses <= LARGEST_ASKED_WHOLE:
        return tuple(map(str, network)), True
    return (str(network[0]), str(network[-1])), network.version == 6 and network.prefixlen >= 64


def is_refusal(zone: Zone, code: str) -> bool:
    """Whether a code says that we were turned away: 127.255.255.0/24, unless the zone's entry says otherwise."""
    if code in zone.answers:
        return zone.answers[code].means == TURNED_AWAY
    return code.startswith("127.255.255.")


def _refusal(code: str) -> str:
    return f"{code}: {_REFUSALS[code]}" if code in _REFUSALS else f"{code}: the list will not answer us"


def _is_inside(code: str) -> bool:
    return code.startswith("127.")


def health_of(zone: Zone, listed: Answer | None, clear: Answer | None, rewrites: bool = False) -> Health:
    """Return whether a zone can be believed after its test points were asked, None for a point that it has not.

    `rewrites` says that the resolver answers for names that cannot exist. Without a clear test point a listing
    counts and silence does not; without either, nothing is tested and both count.
    """
    asked = [answer for answer in (listed, clear) if answer is not None]
    for code in (code for answer in asked for code in answer.codes):
        if is_refusal(zone, code):
            return Health(_refusal(code), Verdict.TURNED_AWAY)
    if any(answer.failure is Failure.REFUSED for answer in asked):
        return Health("REFUSED", Verdict.TURNED_AWAY, of_the_way=True)
    if any(answer.failure for answer in asked):
        failure = next(answer.failure for answer in asked if answer.failure)
        return Health(f"unreachable: {failure}", of_the_way=True)
    if outside := [code for answer in asked for code in answer.codes if not _is_inside(code)]:
        is_ours = rewrites or (listed is not None and any(map(_is_inside, listed.codes)))
        what = "NXDOMAIN is rewritten by the resolver" if is_ours else "hijacked"
        return Health(f"{what}: {outside[0]} is no answer of a list", of_the_way=is_ours)
    if trouble := _trouble(listed, clear):
        return Health(trouble)
    return Health(silence_counts=(listed is None) == (clear is None))


def _trouble(listed: Answer | None, clear: Answer | None) -> str:
    if clear is not None and clear.codes:
        return f"lists-the-world: the test address that is never listed has {', '.join(clear.codes)}"
    if listed is not None and not listed.codes:
        return "dead-empty: the test address that is always listed is not"
    return ""


def decode(answer: Answer, zone: Zone, health: Health) -> tuple[Finding, ...]:
    """Return a finding for each list of the zone.

    Listed only for a code that is a listing of that list; clear only for no answer, or a known code of something
    else, from a zone that can be believed; turned away or unknown for everything else, with the reason.
    """
    if not health.is_good:
        return _all(zone, health.verdict, health.trouble)
    if answer.failure is Failure.REFUSED:
        return _all(zone, Verdict.TURNED_AWAY, "REFUSED")
    if answer.failure:
        return _all(zone, Verdict.UNKNOWN, str(answer.failure))
    if not answer.codes:
        if health.silence_counts:
            return _all(zone, Verdict.CLEAR)
        return _all(zone, Verdict.UNKNOWN, "no answer, from a zone that cannot be tested")
    return _by_codes(answer.codes, zone)


def _by_codes(codes: tuple[str, ...], zone: Zone) -> tuple[Finding, ...]:
    refusals = [code for code in codes if is_refusal(zone, code)]
    if refusals and len(refusals) == len(codes):
        return _all(zone, Verdict.TURNED_AWAY, _refusal(refusals[0]))
    if refusals:
        return _all(zone, Verdict.UNKNOWN, f"a refusal beside other answers: {', '.join(codes)}")
    if outside := [code for code in codes if not _is_inside(code)]:
        return _all(zone, Verdict.UNKNOWN, f"hijacked: {outside[0]} is no answer of a list")
    strange = [code for code in codes if code not in zone.answers]
    rest, why = (Verdict.UNKNOWN, f"{strange[0]} is no known code") if strange else (Verdict.CLEAR, None)
    return tuple(
        _listing(key, found, zone) if (found := _codes_of(key, codes, zone)) else Finding(key, rest, (), why)
        for key in lists_of(zone)
    )


def _codes_of(key: str, codes: tuple[str, ...], zone: Zone) -> tuple[str, ...]:
    return tuple(code for code in codes if code in zone.answers and zone.answers[code].means == key)


def _listing(key: str, codes: tuple[str, ...], zone: Zone) -> Finding:
    owners = [who for code in codes if (who := zone.answers[code].who)]
    # Where one entry of two is the provider's, the provider has to be asked.
    who = Who.PROVIDER if Who.PROVIDER in owners else next(iter(owners), None)
    return Finding(key, Verdict.LISTED, codes, None, who)


def _all(zone: Zone, verdict: Verdict, why: str | None = None) -> tuple[Finding, ...]:
    return tuple(Finding(key, verdict, (), why) for key in lists_of(zone))


# A listing counts whatever the other zones of the list say; clear only if all of them say so.
_WEIGHT = {Verdict.LISTED: 0, Verdict.UNKNOWN: 1, Verdict.TURNED_AWAY: 2, Verdict.CLEAR: 3}


def together(findings: Iterable[Finding]) -> Finding:
    """Return what several zones of one list say of an address: listed if one does, clear if all do."""
    found = sorted(findings, key=lambda finding: _WEIGHT[finding.verdict])
    first = found[0]
    if first.verdict is not Verdict.LISTED:
        return first
    listings = [finding for finding in found if finding.verdict is Verdict.LISTED]
    codes = tuple(dict.fromkeys(code for finding in listings for code in finding.codes))
    owners = [finding.who for finding in listings if finding.who]
    return replace(first, codes=codes, who=Who.PROVIDER if Who.PROVIDER in owners else next(iter(owners), None))


def of_network(findings: Sequence[Finding], is_whole: bool) -> Finding:
    """Return what a list says of a network of which these addresses were asked.

    Listed only if all are, by a code that all have; clear only if all are and `is_whole` says that these are enough.
    """
    first = findings[0]
    for finding in findings:
        if finding.verdict in (Verdict.UNKNOWN, Verdict.TURNED_AWAY):
            return finding
    listed = [finding for finding in findings if finding.verdict is Verdict.LISTED]
    if not listed:
        why = None if is_whole else "its first and last address are clear, those between were not asked"
        return replace(first, verdict=Verdict.CLEAR if is_whole else Verdict.UNKNOWN, why=why)
    common = tuple(code for code in first.codes if all(code in finding.codes for finding in findings))
    if len(listed) == len(findings) and common:
        return replace(min(findings, key=lambda finding: len(finding.codes)), codes=common)
    part = f"{len(listed)} of {len(findings)} addresses" if is_whole else "one end"
    return Finding(first.list, Verdict.UNKNOWN, (), f"only a part of the network is listed: {part}")
