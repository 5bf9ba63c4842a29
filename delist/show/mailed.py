"""What a mail brought a request, in words: a link to open, a decision; how far it is trusted, and what to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist.rules.history import Mailed, Trust
from delist.rules.lists import Said
from delist.show.words import clock, instant

SAID: Mapping[Said, str] = {
    Said.NOT_QUALIFIED: "it does not qualify for mitigation",
    Said.DENIED: "the request is denied",
    Said.MITIGATED: "it is mitigated, on conditions",
    Said.REMOVED: "it is removed",
    Said.RECEIVED: "the request was received",
    Said.NEEDS_MORE: "more is wanted to know",
}
UNVERIFIED = "UNVERIFIED, anybody can have sent it"


def unsure(mail: Mailed) -> str:
    """Return a remark on a mail that nobody could verify, "" for a genuine one."""
    return "" if mail.trust is Trust.GENUINE else f" ({UNVERIFIED})"


def decided(mail: Mailed, zone: ZoneInfo) -> str:
    """Return what a decision says, and when it came."""
    said = SAID[Said(mail.said)] if mail.said else "read it"
    return f"answered by mail {clock(mail.at, zone)}: {said}{unsure(mail)}"


def open_it(
    ref: int | str, step: str, expires: datetime | None, now: datetime, zone: ZoneInfo, trust: Trust = Trust.GENUINE
) -> str:
    """Return what to do with a link that came by mail for a request (or an address without one), and until when."""
    if expires is not None and expires <= now:
        return f"the link ended {clock(expires, zone)}: ask again, unless `delist link {ref}` still leads there"
    until = f" before {clock(expires, zone)}" if expires else ""
    then = f"delist confirm {ref}" if isinstance(ref, int) else f"delist submit {ref}"
    first = "open it" if trust is Trust.GENUINE else "look where it leads, and if you asked for it open it"
    return f"`delist link {ref}` shows the link; {first}{until}{_rest(step)}; then `{then}`"


def _rest(step: str) -> str:
    """Return what is to be done after a link was opened: of some lists a button is to be pressed on the page."""
    _, comma, rest = step.rstrip(".").partition(", then ")
    return f", then {rest}" if comma else ""


def decision_action(said: Said, number: int) -> str:
    """Return what to do after a decision that came by mail."""
    if said in (Said.NOT_QUALIFIED, Said.DENIED):
        return (
            f"answer in the same ticket and `delist note {number} --answered`, or record it: `delist refused {number}`"
        )
    if said in (Said.MITIGATED, Said.REMOVED):
        return f"see whether it took, then `delist cleared {number}`"
    if said is Said.NEEDS_MORE:
        return f"answer it, then `delist note {number} --answered`"
    return f"nothing to do but wait for request {number}"


def mailed_json(mail: Mailed | None) -> dict[str, Any] | None:
    """Return what a mail brought a request, for scripts; None if none did."""
    if mail is None:
        return None
    return {
        "received_at": instant(mail.at),
        "trust": str(mail.trust),
        "expires_at": instant(mail.expires),
        "said": mail.said,
    }
