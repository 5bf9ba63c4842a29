"""What a reply means, whose fault it is, and what to do next, in a sentence each."""

from delist.actions.meanings import Behind
from delist.rules.asking import advice
from delist.rules.lists import ListEntry
from delist.rules.replies.values import NOBODY, UNKNOWN, Fault, Reading, Subtype, Topic

_NO_BLOCK = {
    Topic.QUERY_ERROR: "the receiver's question to a blocklist was refused; this says nothing about your address",
    Topic.DOMAIN: "a domain or link is listed, not your address",
    Topic.HELO: "the name your server says in HELO is refused, not its address",
    Topic.SENDER: "the sender's mail address or domain is refused, not the server's address",
    Topic.RECIPIENT: "the recipient cannot be written to",
    Topic.AUTHENTICATION: "SPF, DKIM or DMARC failed for the sender's domain; the address is not on a list for it",
    Topic.MESSAGE: "the message was judged, not your address",
    Topic.GREYLISTING: "greylisting: the receiver wants to see the message a second time",
    Topic.LIMIT: "a limit of volume or connections was reached; the address is on no list for it",
    Topic.RELAYING: "the receiver does not take mail for this recipient from you",
    Topic.OTHER: "no refusal of your address",
}
_THEN = {
    Topic.QUERY_ERROR: "nothing is to be asked of a list: tell the recipient, by another way, that their server"
    " may not ask that list as it does",
    Topic.DOMAIN: "look the domains and links of the message up at that list; `delist` keeps requests for addresses",
    Topic.HELO: "let your server say its full host name, the one its PTR record gives",
    Topic.SENDER: "check the sender's address and its domain: it must exist and be able to receive mail",
    Topic.RECIPIENT: "check the recipient's address",
    Topic.AUTHENTICATION: "mend the SPF record, the DKIM signature or the DMARC alignment of the sender's domain",
    Topic.MESSAGE: "look at what the message says and links to, and at who wants it",
    Topic.GREYLISTING: "nothing: your server tries again by itself",
    Topic.LIMIT: "send more slowly; your server tries again by itself",
    Topic.RELAYING: "check the recipient's domain and its MX record, and whether you have to log in there",
    Topic.OTHER: "read the text; nothing is to be asked of a list",
}
_GROUNDS = {
    Subtype.LISTED: "is listed",
    Subtype.REPUTATION: "has a poor reputation",
    Subtype.DYNAMIC_POLICY: "is taken for one that should not send mail itself",
    Subtype.RDNS: "has no fitting PTR record",
    Subtype.RATELIMIT: "is slowed down for its reputation",
    Subtype.OTHER: "is refused",
}


def meaning(reading: Reading, behind: Behind | None) -> str:
    """Return what a reply means."""
    if reading.subtype is None or behind is None:
        return _NO_BLOCK[reading.topic]
    who = reading.address or "your address"
    grounds = _GROUNDS[reading.subtype]
    if behind.key == NOBODY:
        return f"{who} {grounds}; no list is named"
    if behind.key == UNKNOWN:
        return f"{who} {grounds}; the list is not named, or not known"
    return f"{who} {grounds}: {behind.name}"


def fault(reading: Reading) -> str:
    """Return whose fault it is."""
    if reading.fault is Fault.SENDER:
        return "yours to mend"
    if reading.fault is Fault.RECEIVER:
        return "the receiver's"
    return "nobody's, as far as the text tells"


def then(reading: Reading, behind: Behind | None) -> str:
    """Return what to do next about a reply."""
    if reading.subtype is None or behind is None:
        return _THEN[reading.topic]
    return out(behind, reading.address, reading.subtype, reading.fault)


def out(behind: Behind, address: str | None, subtype: Subtype, fault: Fault | None) -> str:
    """Return what to do next about refusals with one reply key."""
    who = address or "ADDRESS"
    if fault is Fault.RECEIVER:
        return _dead(behind)
    if subtype is Subtype.RDNS:
        return f"give {who} a PTR record whose name leads back to it, and let the server say that name in HELO"
    if subtype is Subtype.RATELIMIT:
        return f"send more slowly, and only what is wanted; {behind.about or 'nothing can be asked for this'}"
    if behind.entry is not None and behind.entry.closed is None:
        return _ask(behind.entry, who)
    if len(behind.points) == 1:
        return _look(behind.points[0], who, behind.inferred)
    if behind.points:
        lists = " ".join(f"-l {entry.key}" for entry in behind.points)
        return f"find out which list it is: `delist check {who} {lists}`, or {_page(behind.points[0], who)}"
    if behind.about:
        return behind.about
    return f"`delist check {who}` asks the lists; else only the recipient's postmaster can say which list it is"


def _dead(behind: Behind) -> str:
    closed = f" was closed on {behind.entry.closed}" if behind.entry and behind.entry.closed else " answers no more"
    return f"{behind.name}{closed}: tell the recipient, by another way, that their server still asks it"


def _ask(entry: ListEntry, who: str) -> str:
    if not entry.can_be_asked or not entry.removal.wants_text:
        return f"{advice(entry)}; then `delist submit {who} -l {entry.key}`" if entry.can_be_asked else advice(entry)
    return f"`delist text {who} -l {entry.key}`, then {entry.removal.goes_to}"


def _look(entry: ListEntry, who: str, inferred: bool) -> str:
    if not inferred:
        return _ask(entry, who)
    how = f"`delist check {who} -l {entry.key}`" if entry.in_dns else _page(entry, who)
    return f"most often {entry.name} stands behind it: {how}; if it is listed there, {_ask(entry, who)}"


def _page(entry: ListEntry, who: str) -> str:
    return f"look at {entry.page_for(who) or entry.name}"
