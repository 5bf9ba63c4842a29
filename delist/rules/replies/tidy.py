"""A reply as one line: without the codes that every further line of it begins with."""

import re

# What a reply says stands at its beginning; the rest of an endless one is not read.
LIMIT = 8192
# A code that begins a line of a reply. Joined texts keep it in the middle of sentences: "the sending 550-5.7.1 domain".
# What must not stand before it is asked last, since the search goes from digit to digit then.
_CODE = re.compile(r"[245]\d\d[- ](?<![^\s\"'][245]\d\d[- ]) ?(?:#?[245]\.\d{1,3}\.\d{1,3}(?:\s|$))?")
_ENHANCED = re.compile(r"(?<!\S)[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_CODE_ALONE = 5


def tidied(low: str) -> str:
    """Return a reply, given in lower case, in one line with single spaces and at most one code of each kind."""
    if "\\" in low:
        low = low.replace("\\r", " ").replace("\\n", " ")
    first = _CODE.search(low)
    if first:
        end = first.end()
        head, rest = low[:end], low[end:]
        if _CODE.search(rest):
            rest = _CODE.sub(" ", rest)
        if end > _CODE_ALONE and (enhanced := _ENHANCED.search(head.rstrip())) and enhanced[0] in rest:
            rest = rest.replace(f"{enhanced[0]} ", " ")
        low = f"{head} {rest}"
    return " ".join(low.split())
