"""Texts that a regular expression nearly fits, over and over, made from its own parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _parser  # type: ignore[attr-defined]
from typing import Any, TypeAlias

from tests.rules.growth import repeated

Items: TypeAlias = list[tuple[Any, Any]]

# What a class of signs is tried with, and what ends each text: signs at one of which every class must stop.
_SIGNS = "a1 .-:@A_/<>[](){}\"'\\=,;\t\n\0"
_TAIL = "\0\n\"'<>()[]{}\\,;:@=|#\0"
_GENERAL = ("a", "1.", " ", "\n", "a@", "<\"'([{\\")
# What repeats less often costs no more than a few signs.
_OFTEN = 30
_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


@dataclass(frozen=True)
class Adversary:
    """A beginning, what is repeated after it, and an end that nothing fits."""

    head: str
    piece: str

    def of_size(self, size: int) -> str:
        return self.head + repeated(self.piece, max(size - len(self.head) - len(_TAIL), 1)) + _TAIL


def adversaries(pattern: re.Pattern[Any]) -> list[Adversary]:
    """Return texts for a pattern: what it repeats, alone, after what stands before it, and both over and over."""
    source = pattern.pattern
    items: Items = list(_parser.parse(source, pattern.flags))
    found = [Adversary("", piece) for piece in (*_GENERAL, _example(items)) if piece]
    for head, piece in _repeats(items, ""):
        found += [Adversary("", piece), Adversary(head, piece), Adversary("", head + piece)]
    return list(dict.fromkeys(found))


def _repeats(items: Items, before: str) -> Iterator[tuple[str, str]]:
    """Yield each part that may be repeated often, and what may stand before it."""
    for number, (code, told) in enumerate(items):
        head = before + _example(items[:number])
        if "REPEAT" in str(code) and told[1] >= _OFTEN:
            yield from ((head, piece) for piece in _pieces(list(told[2])) if piece)
        for inner in _inner(code, told):
            yield from _repeats(inner, head)


def _pieces(items: Items) -> Iterator[str]:
    """Yield a text that the items fit; where they are alternatives, one for each."""
    while len(items) == 1 and str(items[0][0]) == "SUBPATTERN":
        items = list(items[0][1][-1])
    if len(items) == 1 and str(items[0][0]) == "BRANCH":
        for alternative in items[0][1][1]:
            yield _example(list(alternative))
    else:
        yield _example(items)


def _inner(code: Any, told: Any) -> list[Items]:
    name = str(code)
    if "REPEAT" in name:
        return [list(told[2])]
    if name == "BRANCH":
        return [list(items) for items in told[1]]
    if name in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
        return [list(told[-1])]
    return [list(told)] if name == "ATOMIC_GROUP" else []


def _example(items: Items) -> str:
    """Return a text that the items fit, but for what they only look at."""
    return "".join(_sign(code, told) for code, told in items)


def _sign(code: Any, told: Any) -> str:
    name = str(code)
    if name == "LITERAL":
        return chr(told)
    if name in ("ANY", "NOT_LITERAL", "IN"):
        return next((sign for sign in _SIGNS if _fits(name, told, sign)), "") or _first(told)
    if name.startswith("ASSERT"):
        return ""
    inner = _inner(code, told)
    return _example(inner[0]) * (min(max(told[0], 1), 8) if "REPEAT" in name else 1) if inner else ""


def _first(told: Any) -> str:
    code, value = told[0]
    return chr(value[0] if str(code) == "RANGE" else value)


def _fits(name: str, told: Any, sign: str) -> bool:
    if name == "ANY":
        return sign != "\n"
    if name == "NOT_LITERAL":
        return bool(ord(sign) != told)
    negated = str(told[0][0]) == "NEGATE"
    return negated != any(_in(str(code), value, sign) for code, value in told)


def _in(name: str, value: Any, sign: str) -> bool:
    if name == "LITERAL":
        return bool(ord(sign) == value)
    if name == "RANGE":
        return bool(value[0] <= ord(sign) <= value[1])
    if name == "CATEGORY":
        category = str(value).removeprefix("CATEGORY_")
        fits = re.match(_CATEGORIES[category.removeprefix("NOT_")], sign) is not None
        return fits != category.startswith("NOT_")
    return False
