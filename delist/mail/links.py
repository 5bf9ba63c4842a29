"""Every link of a text or a markup, raw, as a mail program would open it: what is a trick is for the rules to say."""

import html
import re
from collections.abc import Iterator

from delist.bounces.markup import plain

# The host may be written in any letters, tricks with backslashes and logins stay in; behind it only ASCII belongs to
# the link, since in a Japanese sentence nothing parts it from the words after.
_URL = re.compile(r"https?:[/\\]{1,4}((?:(?!(?<=[^\x00-\x7f])https?:)[^\s<>\"/\\?#])+)((?:[/\\?#][!#-;=?-~]*)?)", re.I)
_ASCII_HOST = re.compile(r"[!-~]+?\.[a-z]{2,24}(?=[^\x00-\x7f])", re.I)
_AFTER = ".,;:!?)]}'*|"
_TARGET = re.compile(r"""\b(?:href|action|formaction)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
# Style sheets are not opened by anybody who clicks.
_LINK_TAG = re.compile(r"<link(?=[\s/])[^<>]*>", re.I)
_ANCHOR = re.compile(r"</?a(?=[\s/>])", re.I)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)
_NO_LINKS = frozenset(("mailto", "tel", "sms", "cid", "mid", "xmpp", "about"))
# What browsers strip from an address before they open it.
_STRIPPED = "".join(map(chr, range(0x21)))
_DROPPED = re.compile(r"[\t\r\n]")


def of_text(text: str) -> Iterator[str]:
    """Yield the links of a text in order."""
    for match in _URL.finditer(text):
        if not match[2] and (cut := _ASCII_HOST.match(match[1])):
            # "https://example.orgをご覧ください": the host ends where the sentence goes on.
            yield match.group()[: match.start(1) - match.start()] + cut.group()
        else:
            yield match.group().rstrip(_AFTER)


def of_markup(markup: str) -> Iterator[str]:
    """Yield where a markup's links and forms lead, in order, then the links that one reads in it."""
    for match in _TARGET.finditer(_LINK_TAG.sub("", markup)):
        target = html.unescape(match[1] or match[2] or match[3] or "")
        if _leads_away(target := _DROPPED.sub("", target.strip(_STRIPPED))):
            yield target
    # What two links show may stand without a blank between them.
    yield from of_text(plain(_ANCHOR.sub(r" \g<0>", markup)))


def _leads_away(target: str) -> bool:
    scheme = _SCHEME.match(target)
    if scheme:
        return scheme[1].lower() not in _NO_LINKS
    return target[:1] in ("/", "\\") and target[1:2] in ("/", "\\")
