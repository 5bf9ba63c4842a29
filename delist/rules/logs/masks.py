"""Recipients are nobody's business but the operator's: their local parts are cut from what is kept."""

import re
from collections.abc import Collection

CUT = "..."
_KEPT = "\ufffe"

# "?" and "&" may stand in a local part, but what has them is a URL.
_LOCAL = r"\w.!#$%'*+\-=^`{|}~"
# Each starts where a run of such signs starts, so that a long run is read once.
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.){1,100}"(?=@)')
_BRACKETED = re.compile(r"<(?:[^<>@\s:]{1,400}:)?[^<>@\s]{1,400}(?=@[^<>\s@]{1,255}>)")
_BARE = re.compile(rf"(?<![{_LOCAL}])([{_LOCAL}]+?)(@|%40)(?=[\w\[])")
_FIELD = re.compile(r"(\w{1,40})=", re.ASCII)
_FIELDS = frozenset(
    ("to", "from", "rcpt", "recipient", "orig_to", "ctladdr", "email", "mail", "addr", "address", "for", "sender")
)
# Names of offices tell of nobody, and are words that the texts of replies need.
_OFFICES = frozenset(
    {"abuse", "admin", "blocked", "client", "contact", "host", "info", "listed", "mail", "mailer-daemon", "news"}
    | {"noc", "office", "postmaster", "reputation", "root", "sales", "security", "service", "spam", "support", "user"}
)


def masked(text: str, recipient: str = "", kept: Collection[str] = ()) -> str:
    """Return the text with the local part of every address replaced by "...", domains kept.

    Where the recipient is known, its local part is also cut where it stands alone ("no such user: maria"). Addresses
    that are `kept` stay whole: those to which one writes for removal.
    """
    text = _QUOTED.sub(CUT, text.replace(_KEPT, " "))
    # A sign that no text of a log holds stands for the @ of what is kept.
    for address in kept:
        text = re.sub(re.escape(address), address.replace("@", _KEPT), text, flags=re.IGNORECASE)
    text = _BRACKETED.sub("<" + CUT, text)
    text = _BARE.sub(_cut, text).replace(_KEPT, "@")
    local = recipient.rpartition("@")[0].strip('"<>')
    if len(local) >= 3 and local.lower() not in _OFFICES and local in text:
        text = re.sub(rf"(?<![{_LOCAL}/@]){re.escape(local)}(?![{_LOCAL}/@])", CUT, text)
    return text


def _cut(found: re.Match[str]) -> str:
    field = _FIELD.match(found[1])
    in_url = found.string[max(found.start() - 1, 0)] in "?&"
    kept = field[0] if field and (in_url or field[1].lower() in _FIELDS) else ""
    return kept + CUT + found[2]
