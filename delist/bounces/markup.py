"""HTML to the text that people see, good enough for a bounce: linear on any input."""

import html
import re

# A tag's name ends in a blank, a slash or the tag's end: "<user@example.org>" is no tag.
_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9:]{0,30})(?=[\s/>])[^<>]*>")
_DECLARATION = re.compile(r"<[!?][^<>]*>")
_INLINE = frozenset(("a", "b", "big", "code", "em", "font", "i", "o:p", "small", "span", "strong", "tt", "u"))
_BLANKS = re.compile(r"[ \t\xa0]+")
_SEVERAL = re.compile(r"\n\s*\n\s*")


def plain(markup: str) -> str:
    """Return the text of an HTML part: blocks become lines, what is not shown is left out."""
    text = markup
    for opening, closing in (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"), ("<head", "</head>")):
        text = _without(text, opening, closing)
    lines = " ".join(text.split("\n")) if "<pre" not in text.lower() else text
    shown = html.unescape(_TAG.sub(_break, _DECLARATION.sub("", lines)))
    return _SEVERAL.sub("\n\n", "\n".join(_BLANKS.sub(" ", line).strip() for line in shown.split("\n"))).strip()


def _break(tag: re.Match[str]) -> str:
    return "" if tag[1].strip("/").lower() in _INLINE else "\n"


def _without(text: str, opening: str, closing: str) -> str:
    """Return a text without what stands between two marks; an opening mark that is never closed is left."""
    lower, kept, at = text.lower(), [], 0
    if len(lower) != len(text):
        return text
    while (begin := lower.find(opening, at)) >= 0 and (end := lower.find(closing, begin)) >= 0:
        kept.append(text[at:begin])
        at = end + len(closing)
    return "".join([*kept, text[at:]])
