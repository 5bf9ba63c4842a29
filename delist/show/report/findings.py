"""What was measured of an address, in words for others: without the commands and settings of the operator's tool."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from delist.rules.evidence.values import Measured, Outcome
from delist.rules.moments import moment_of
from delist.show.evidence import NAMES
from delist.show.report.rows import Stamp, stamp
from delist.show.words import in_zone, one_line

_OUTCOMES = {Outcome.HOLDS: "in order", Outcome.FAILS: "not in order"}
# What no look-up tells is the word of the operator.
_ASSERTED = {"static": {Outcome.HOLDS: "it is", Outcome.FAILS: "it is not"}}
_FOR_OPERATORS = (
    (re.compile(r"if DNS is right, correct what you say \([^)]*\); if you are, "), ""),
    (re.compile(r", or leave the claim out: --omit \w+"), ""),
    (re.compile(r"`delist plan [^`]*` says whom to ask"), "ask the lists, as told above"),
    (re.compile(r" \(`delist [^)]*\)"), ""),
    (re.compile(r"what `delist scan --record` has (?:kept of|counted in) mail logs"), "the mail logs on record"),
)
_COMMAND = re.compile(r"`delist |\[\[|(?<!\S)--[a-z]")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was measured, or is asserted, of one claim; `kind` is the code of its outcome."""

    claim: str
    kind: str
    outcome: str
    value: str
    how: str
    mend: str
    at: Stamp
    is_asserted: bool = False


def findings(found: Iterable[Measured], zone: ZoneInfo) -> tuple[Finding, ...]:
    """Return what could be told, in order; times in the zone."""
    return tuple(_finding(each, zone) for each in found if each.outcome is not Outcome.UNKNOWN)


def untold(found: Iterable[Measured]) -> str:
    """Return one sentence that names what could not be told; empty if all could."""
    names = [NAMES[each.judged.claim] for each in found if each.outcome is Outcome.UNKNOWN]
    return f"Could not be told: {', '.join(names)}." if names else ""


def _finding(measured: Measured, zone: ZoneInfo) -> Finding:
    judged, outcome = measured.judged, measured.outcome
    asserted = _ASSERTED.get(judged.claim)
    return Finding(
        claim=NAMES[judged.claim],
        kind=str(outcome),
        outcome="as the operator says" if asserted else _OUTCOMES[outcome],
        value=asserted[outcome] if asserted else one_line(in_zone(judged.value, zone)),
        how="" if asserted else _for_others(judged.how, zone),
        mend=_for_others(judged.mend or "", zone) if outcome is Outcome.FAILS else "",
        at=stamp(moment_of(measured.at, zone), zone),
        is_asserted=asserted is not None,
    )


def _for_others(text: str, zone: ZoneInfo) -> str:
    for pattern, instead in _FOR_OPERATORS:
        text = pattern.sub(instead, text)
    return "" if _COMMAND.search(text) else one_line(in_zone(text, zone))
