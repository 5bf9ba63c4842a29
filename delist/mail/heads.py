"""The headers of a mail, all of each name, told apart exactly as the verifier of signatures tells them apart."""

import re
from dataclasses import dataclass, field

from delist.bounces.encodings import decoded, header_text

# What a mail server or a pipe may put before a mail: a byte order mark, blank lines, an envelope line.
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:>?From [^\n]*\n)?")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_LONGEST = 1024 * 1024
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of a mail: names in small letters with their raw values, in order, and where they lie in the mail.

    They end before `end`, the body begins at `body`. `is_whole` is whether a blank line ended them, or the mail.
    """

    fields: tuple[tuple[str, bytes], ...] = field(repr=False)
    start: int
    end: int
    body: int
    is_whole: bool

    def raw(self, name: str) -> tuple[bytes, ...]:
        """Return the raw values of every header of that name, the topmost first."""
        return tuple(value for each, value in self.fields if each == name)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of every header of that name on one line each; encoded words are not read."""
        return tuple(unfolded(value) for value in self.raw(name))

    def text(self, name: str) -> str:
        """Return the first header of that name as people read it, "" if there is none."""
        return readable(next(iter(self.values(name)), ""))

    def count(self, name: str) -> int:
        """Return how many headers have that name."""
        return sum(each == name for each, _ in self.fields)


def unfolded(value: bytes) -> str:
    """Return a raw value on one line; bytes that are no ASCII are read as what they most likely are."""
    return " ".join(decoded(line, "utf-8").strip() for line in value.split(b"\n")).strip()


def readable(value: str) -> str:
    """Return a value with its encoded words read, on one line and without characters that steer a terminal."""
    return " ".join(_CONTROLS.sub(" ", header_text(value)).split())


def head(data: bytes) -> Head:
    """Return the headers of a mail.

    A line of blanks alone continues a header, and only an empty one ends them: read otherwise, a line that nobody
    signed could begin a body that its signature does not cover. What is no header begins the body.
    """
    before = _BEFORE.match(data)
    start = at = before.end() if before else 0
    found: list[tuple[str, int, int]] = []
    is_whole = False
    while at < len(data) and at - start < _LONGEST:
        newline = data.find(b"\n", at)
        after = len(data) if newline < 0 else newline + 1
        if data[at:after] in (b"\n", b"\r\n"):
            return _head(data, found, (start, at, after), is_whole=True)
        if data[at : at + 1] in (b" ", b"\t") and found:
            found[-1] = (*found[-1][:2], after)
        elif match := _FIELD.match(data, at, after):
            found.append((match[1].decode("ascii").lower(), match.end(), after))
        else:
            break
        at = after
    else:
        is_whole = at >= len(data)
    return _head(data, found, (start, at, at), is_whole=is_whole)


def _head(data: bytes, found: list[tuple[str, int, int]], lies: tuple[int, int, int], is_whole: bool) -> Head:
    return Head(tuple((name, data[begin:end]) for name, begin, end in found), *lies, is_whole)
