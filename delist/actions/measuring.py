"""Measures what may be claimed of an address, and keeps it: the latest of each claim, and what has changed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from delist.actions.desk import Desk, known_address, reading, writing
from delist.actions.recorded import RECORDED, judge
from delist.errors import UsageError
from delist.rules import addresses as ip
from delist.rules.evidence.values import MEASURED, Measured, Outcome, Subject
from delist.rules.history import Event
from delist.rules.wording import NO_FACTS, Facts, check_omit
from delist.store import evidence, reads, writes
from delist.store.evidence import Kept
from delist.tools import Tools

if TYPE_CHECKING:
    from delist.probe.names import Names

# So many addresses are measured at a time.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured: facts given as options, claims left out, name servers (none: those of the settings)."""

    facts: Facts = NO_FACTS
    omit: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of an address. `is_kept` is whether the address is on record, so that it was kept."""

    address: str
    domain: str | None
    measured: tuple[Measured, ...]
    is_kept: bool


def measure(tools: Tools, address: str, wish: Wish = NO_WISH) -> Evidence:
    """Measure every claim about an address that is not omitted, side by side; keep it if the address is on record.

    Takes some seconds at most. Raises UsageError for what is no single address, and for unknown claims.
    """
    check_omit(wish.omit, MEASURED)
    canonical = _single(address)
    facts = wish.facts.over(tools.settings.facts_of(canonical))
    about = _subject(tools, canonical, facts)
    wanted = [claim for claim in MEASURED if claim not in wish.omit]
    # Nothing of the database is held open while the network is waited for.
    found = _look(tools, about, wanted, wish.nameservers)
    with reading(tools) as desk:
        is_known = desk is not None and reads.address(desk.tx, canonical) is not None
        found += [Measured(each, tools.now()) for each in judge(desk, tools, canonical, facts, wanted)]
    found.sort(key=lambda each: MEASURED.index(each.claim))
    if is_known:
        with writing(tools) as open_desk:
            keep(open_desk, about, found)
    return Evidence(canonical, facts.domain, tuple(found), is_known)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a text may be written from: a measurement of each claim, and which of them are new and not kept yet."""

    about: Subject
    measured: Mapping[str, Measured]
    new: tuple[Measured, ...] = ()


def take_all(
    tools: Tools, wanted: Mapping[str, tuple[Facts, Sequence[str]]], nameservers: Sequence[str] = ()
) -> dict[str, Taken]:
    """Return what is known now of the wanted claims about each address; some addresses at a time, the others wait.

    A claim that holds by a measurement on record is not measured again while that is fresh. Keeps nothing.
    """
    found: dict[str, Taken] = {}
    rest = [(address, what) for address, what in wanted.items() if what[1]]
    if not rest:
        return found
    # Imported late: the libraries that ask DNS take longer to import than all else.
    from delist.probe.run import ALL
    from delist.probe.side import side_by_side

    while rest:
        some, rest = rest[:_AT_ONCE], rest[_AT_ONCE:]
        jobs = [partial(_take, tools, address, *what, nameservers) for address, what in some]
        # Each ends within ALL seconds by itself; the rest is for reading the records.
        for (address, _), taken in zip(some, side_by_side(jobs, 2 * ALL), strict=True):
            if taken is not None:
                found[address] = taken
    return found


def _take(tools: Tools, address: str, facts: Facts, claims: Sequence[str], nameservers: Sequence[str]) -> Taken:
    about = _subject(tools, address, facts)
    kept = _kept_of(tools, about)
    asked = None if nameservers else _asked(tools)
    known = {claim: kept[claim].measured for claim in claims if claim in kept}
    fresh = {claim: measured for claim, measured in known.items() if _is_good(tools, measured, asked)}
    new = _look(tools, about, [claim for claim in claims if claim not in fresh], nameservers)
    measured = {**fresh, **{each.claim: _or_failed(each, kept.get(each.claim)) for each in new}}
    return Taken(about, measured, tuple(new))


def failed(tools: Tools, address: str, facts: Facts, claims: Iterable[str]) -> dict[str, Measured]:
    """Return those of some claims that failed when they were last measured, as they stand on record."""
    kept = _kept_of(tools, _subject(tools, address, facts))
    found = {claim: kept[claim].measured for claim in claims if claim in kept}
    return {claim: measured for claim, measured in found.items() if measured.outcome is Outcome.FAILS}


def _kept_of(tools: Tools, about: Subject) -> dict[str, Kept]:
    """Return the measurements on record that were made of this very subject."""
    with reading(tools) as desk:
        known = reads.address(desk.tx, about.address) if desk else None
        kept = evidence.of_address(desk.tx, known.id) if desk and known else {}
    return {claim: each for claim, each in kept.items() if each.subject == _of(about, claim)}


def _is_good(tools: Tools, measured: Measured, asked: str | None) -> bool:
    """Whether a measurement stands for one of today: it holds, is fresh, and was made through the name server `asked`.

    None stands for name servers that somebody names: what they say is asked of them.
    """
    if measured.outcome is not Outcome.HOLDS or (measured.nameserver and measured.nameserver != asked):
        return False
    now = tools.now()
    return measured.at <= now < tools.settings.evidence.fresh.after(measured.at)


def _or_failed(measured: Measured, kept: Kept | None) -> Measured:
    """Return a measurement; where it came to nothing, the one before if that failed: it is not known to be mended."""
    if measured.outcome is not Outcome.UNKNOWN or kept is None or kept.measured.outcome is not Outcome.FAILS:
        return measured
    before = kept.measured.judged
    why = f"{before.value} (when last seen; now {measured.judged.value})"
    return replace(kept.measured, judged=replace(before, value=why))


def keep_taken(tools: Tools, taken: Iterable[Taken]) -> None:
    """Keep what was measured of addresses that are on record."""
    new = [each for each in taken if each.new]
    if not new:
        return
    with reading(tools) as desk:
        known = [each for each in new if desk and reads.address(desk.tx, each.about.address)]
    if known:
        with writing(tools) as open_desk:
            for each in known:
                keep(open_desk, each.about, each.new)


def _single(address: str) -> str:
    canonical = ip.canonical(address)
    if ip.is_network(canonical):
        raise UsageError(f"{canonical} is a network: name one address, of which something can be measured")
    return canonical


def _subject(tools: Tools, address: str, facts: Facts) -> Subject:
    sender = tools.settings.sender_of(address)
    bounces = _domain_in(facts.bounces) or facts.domain
    # What is said of SPF may be a record, or words about it.
    expected = facts.spf if facts.spf and facts.spf.lower().startswith("v=spf1") else None
    selectors = sender.selectors if sender else ()
    return Subject(address, facts.domain, facts.helo, selectors, bounces, expected, facts.ptr)


def _domain_in(text: str | None) -> str | None:
    """Return the domain of the mail address in a text about bounces, None if it names none."""
    found = re.search(r"[^\s@<>(),;:]@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9]))", text or "")
    return found[1].lower() if found else None


def _asked(tools: Tools) -> str:
    return _names(tools, ()).nameserver


def _look(tools: Tools, about: Subject, wanted: Sequence[str], nameservers: Sequence[str]) -> list[Measured]:
    if not wanted:
        return []
    from delist.probe.run import Probe

    return Probe(about, _names(tools, nameservers)).measure(wanted, tools.now)


def _names(tools: Tools, nameservers: Sequence[str]) -> "Names":
    # Imported late: the libraries that ask DNS take longer to import than all else.
    from delist.lookup import parse_nameserver, system_nameservers
    from delist.probe.names import Names
    from delist.probe.run import LOOK_UP

    named = [parse_nameserver(text) for text in nameservers or tools.settings.dns.nameservers]
    return Names(named or system_nameservers(), LOOK_UP)


def keep(desk: Desk, about: Subject, found: Iterable[Measured]) -> None:
    """Keep measurements, and in the history what has changed; what could not be told takes nobody's place."""
    known = known_address(desk, about.address)
    before = evidence.of_address(desk.tx, known.id)
    kept = [_kept(each, _of(about, each.claim), before.get(each.claim)) for each in found]
    changed = [each for each in kept if each is not None]
    evidence.save(desk.tx, known.id, changed)
    for each in changed:
        if each.since == each.measured.at and each.measured.outcome is not Outcome.UNKNOWN:
            writes.add_entry(desk.tx, desk.entry(Event.MEASURED, desk.now, _detail(each)), known.id)


def _kept(measured: Measured, subject: str, before: Kept | None) -> Kept | None:
    """Return what is to be kept of a measurement, None if what was known of the same subject stands."""
    if before is None or before.subject != subject:
        return Kept(measured, subject, measured.at)
    if measured.outcome is Outcome.UNKNOWN:
        return Kept(measured, subject, before.since) if before.measured.outcome is Outcome.UNKNOWN else None
    was = before.measured
    # Figures of logs are others every day, and what they come to is no change.
    is_like = measured.claim in RECORDED or was.judged.facts == measured.judged.facts
    is_same = was.outcome is measured.outcome and is_like
    return Kept(measured, subject, before.since if is_same else measured.at)


def _of(about: Subject, claim: str) -> str:
    """Return of what a claim was measured beside the address, as a text to compare."""
    domain = about.domain or ""
    of: Mapping[str, str] = {
        "helo": about.helo or "",
        "spf": " ".join(filter(None, (domain, about.helo, about.spf))),
        "dkim": ", ".join((*about.selectors, domain)),
        "bounces": about.bounce_domain or "",
        "ptr": about.ptr or "",
        "port25": "",
        **dict.fromkeys(RECORDED, ""),
    }
    return of.get(claim, domain)


def _detail(kept: Kept) -> dict[str, str | None]:
    judged = kept.measured.judged
    return {
        "claim": judged.claim,
        "outcome": judged.outcome.value,
        "value": judged.value,
        "how": judged.how,
        "nameserver": kept.measured.nameserver,
    }
