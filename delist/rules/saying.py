"""What may be said: of a fact in words whether it can stand in a text, in a form and in the head of a mail."""

import re

# A form takes far less; what is longer is a file that was meant for something else.
LONGEST = 10_000
_SEVERAL_LINES = frozenset({"purpose", "cause", "bounces", "error", "prevention", "whois", "shared", "postmaster"})
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
# As in DNS, with the underscore that some hosts have (RFC 1035, 2.3.1; RFC 8552); other letters as xn-- (RFC 5890).
_HOST = re.compile(
    r"(?=.{1,254}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}\.?"
)


def wrong(name: str, text: str) -> str | None:
    """Return what is wrong with the words for a fact or detail, None if they can be used."""
    if not text.strip():
        return "is empty"
    if len(text) > LONGEST:
        return f"has {len(text):,} characters: {LONGEST:,} are the most that make sense in a request"
    if name not in _SEVERAL_LINES and ("\n" in text or "\r" in text):
        return "must be one line"
    if any(not letter.isprintable() and letter not in "\n\r\t" for letter in text):
        return "holds characters that cannot be printed"
    if name == "email" and not (_MAIL.fullmatch(text) and _HOST.fullmatch(text.rpartition("@")[2])):
        return f"is no mail address: {text!r}"
    if name in ("domain", "helo", "ptr") and not _HOST.fullmatch(text):
        return f"is no host name: {text!r} (other letters than those of ASCII as xn--)"
    return None
