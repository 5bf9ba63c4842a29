"""What was measured of an address, for people and for scripts."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.measuring import Evidence
from delist.rules.evidence.values import Measured, Outcome
from delist.show.words import in_zone, instant, one_line, table

_HEADER = ("CLAIM", "OUTCOME", "VALUE")
NAMES = {
    "sbl": "not on the SBL",
    "refusals": "refused no longer",
    "static": "static address",
    "ptr": "reverse DNS (PTR)",
    "ptr-name": "a name of its own",
    "helo": "HELO name",
    "spf": "SPF",
    "dkim": "DKIM key",
    "dmarc": "DMARC",
    "mx": "the domain takes mail",
    "bounces": "bounces arrive",
    "traffic": "few bounces",
    "port25": "inbound port 25 closed",
}


def as_json(found: Evidence) -> dict[str, Any]:
    """Return what was measured for scripts."""
    return {
        "address": found.address,
        "domain": found.domain,
        "evidence": [measured_json(each) for each in found.measured],
    }


def measured_json(measured: Measured) -> dict[str, Any]:
    """Return one measurement for scripts."""
    judged = measured.judged
    return {
        "claim": judged.claim,
        "outcome": str(judged.outcome),
        "value": judged.value,
        "how": judged.how,
        "at": instant(measured.at),
        "nameserver": measured.nameserver,
        "mend": judged.mend,
    }


def lines(found: Evidence, zone: ZoneInfo) -> Iterator[str]:
    """Yield a table of all claims, and what to mend of those that fail, in the order in which operators look.

    Times are in the zone.
    """
    yield from table(_HEADER, (_row(each, zone) for each in found.measured))
    failed = [each for each in found.measured if each.outcome is Outcome.FAILS]
    if failed:
        yield ""
        yield "to mend, in this order:"
        yield from (f"  {place}. {each.claim}: {each.judged.mend}" for place, each in enumerate(failed, 1))


def _row(measured: Measured, zone: ZoneInfo) -> tuple[str, str, str]:
    name = NAMES[measured.claim]
    return f"{measured.claim}: {name}", str(measured.outcome), one_line(in_zone(measured.judged.value, zone))


def talk(found: Evidence) -> list[str]:
    """Return what stands on stderr beside the table."""
    if found.is_kept:
        return []
    return [f"not kept: {found.address} is not on record (`delist address add {found.address}`)"]
