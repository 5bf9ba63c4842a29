"""The names and values in a log line's JSON, in their order, also where the line is torn."""

import re
from collections.abc import Iterator

_PAIR = re.compile(
    r'"((?:[^"\\]|\\.){1,64}+)"[ \t]{0,8}:[ \t]{0,8}'
    r'(?:"((?:[^"\\]|\\.)*+)"|\[([\d,\s]*+)\]|(-?[\w.+-]{1,40}))',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_NULL = frozenset(("null",))


def read(line: str) -> Iterator[tuple[str, str]]:
    """Give each name with its text, number or word (null is ""), those of inner objects in their place too.

    An array of numbers is taken for bytes, as the journal writes a text that is no UTF-8.
    """
    for found in _PAIR.finditer(line):
        name, text, numbers, word = found.groups()
        if text is not None:
            yield _unescaped(name), _unescaped(text)
        elif numbers is not None:
            yield _unescaped(name), _bytes(numbers)
        else:
            yield _unescaped(name), "" if word in _NULL else word


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN.get(found[2], found[2]), text)
    # Signs beyond the basic plane come as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _bytes(numbers: str) -> str:
    values = (int(number) for number in re.findall(r"\d{1,3}", numbers))
    return bytes(value for value in values if value < 256).decode("utf-8", "replace")
