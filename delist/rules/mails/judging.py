"""How far a mail is trusted: by its signatures, by what the operator's own servers say of it, by where it leads."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from delist.rules.history import Trust
from delist.rules.mails import shapes
from delist.rules.mails.reading import Reading
from delist.rules.mails.values import Judgement, Kind, Letter, Outcome, Result, Signature, Why
from delist.rules.secrets import is_secret

_SIGNED = frozenset({"from", "subject"})


class Checks(NamedTuple):
    """What was found out about a mail: its signatures as verified here, and the names of the servers that are trusted.

    No server is trusted about a mail that came attached to another: whoever attached it wrote its headers.
    """

    signatures: Sequence[Signature] = ()
    trusted: Collection[str] = ()


def judge(letter: Letter, reading: Reading, checks: Checks) -> Judgement:
    """Return how far a mail is trusted to be of the lists that it says it is of, and why.

    A mail that nothing connects with a list is not verified: there is nobody to verify it against.
    """
    if not reading.lists:
        return Judgement(Trust.UNVERIFIED, Why.NO_RESULT)
    if reading.is_forward:
        return _rejected(Why.FORWARDED, _from(letter))
    if len(letter.authors) != 1 or letter.twice:
        return _rejected(Why.MALFORMED, ", ".join(letter.twice) or "from")
    if not reading.is_from_list:
        return _rejected(Why.FOREIGN_SENDER, _from(letter))
    found = _origin(letter, reading, checks)
    if found.trust is not Trust.REJECTED and (foreign := _leads_astray(reading, found.trust)) is not None:
        return _rejected(Why.FOREIGN_LINK, shapes.host_of(foreign) or "")
    return found


def _rejected(why: Why, about: str) -> Judgement:
    return Judgement(Trust.REJECTED, why, about)


def _unverified(why: Why, about: str = "") -> Judgement:
    return Judgement(Trust.UNVERIFIED, why, about)


def _from(letter: Letter) -> str:
    return letter.authors[0].domain if letter.authors else ""


def _leads_astray(reading: Reading, trust: Trust) -> str | None:
    """Return the link of a mail with a link that leads to others than the list.

    What a list has signed may show a page of somebody else at its foot, as long as that is a page for all.
    """
    if reading.kind is not Kind.LINK:
        return None
    for link in reading.foreign:
        is_page = bool(shapes.host_of(link)) and not is_secret(link)
        if trust is not Trust.GENUINE or not reading.links or not is_page:
            return link
    return None


def _origin(letter: Letter, reading: Reading, checks: Checks) -> Judgement:
    """Judge by signatures and by the headers of trusted servers whether a mail is of whom it names as its author."""
    allowed = shapes.senders_of(reading.lists)
    # One of no domain stands for headers that can be read in several ways.
    own = [each for each in checks.signatures if not each.domain or shapes.is_at(each.domain, allowed)]
    passed = [each for each in own if each.outcome is Outcome.PASS]
    if whole := next((each for each in passed if _covers(each, letter)), None):
        return Judgement(Trust.GENUINE, Why.SIGNED, whole.domain)
    told = _told(letter.results, checks.trusted, allowed)
    if told is not None:
        return told
    if passed:
        return _unverified(_why_not(passed, letter), passed[0].domain)
    if any(each.outcome is Outcome.FAIL for each in own):
        return _rejected(Why.SIGNATURE_FAILED, own[0].domain or _from(letter))
    if own:
        return _unverified(Why.KEY_UNREACHABLE, own[0].domain)
    return _unverified(Why.NO_RESULT)


def _covers(signature: Signature, letter: Letter) -> bool:
    # A Content-Type that is not signed can be changed so that another part of the same body is shown.
    needed = _SIGNED | ({"content-type"} if letter.has_type else set())
    return needed <= signature.headers and signature.is_whole and letter.is_whole


def _why_not(passed: Sequence[Signature], letter: Letter) -> Why:
    is_whole = letter.is_whole and any(each.is_whole for each in passed)
    return Why.PARTLY_SIGNED if is_whole else Why.NOT_WHOLE


def _told(results: Sequence[Result], trusted: Collection[str], allowed: Collection[str]) -> Judgement | None:
    """Judge by what trusted servers wrote, None if they say nothing; that two of them contradict, or one itself, fails.

    A server takes away what others wrote in its name; where two remain that do not agree, it does not.
    """
    names = {name.lower() for name in trusted}
    said = [each for each in results if each.authserv.lower() in names and each.method in ("dkim", "dmarc")]
    own = [each for each in said if shapes.is_at(each.domain, allowed)]
    passed = [each for each in own if each.outcome == "pass"]
    failed = [each for each in own if each.outcome in ("fail", "permerror", "policy")]
    none = [each for each in said if each.method == "dkim" and each.outcome == "none"]
    if failed or (passed and any(each.method == "dkim" for each in passed) and none):
        return _rejected(Why.SIGNATURE_FAILED, (failed or passed)[0].domain)
    return Judgement(Trust.GENUINE, Why.TRUSTED_HEADER, passed[0].domain) if passed else None
