"""The parts of a mail, found by offsets: linear, bounded in depth and number, never refusing a broken message."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from delist.bounces.encodings import decoded, header_text, unwrap

_DEEPEST = 8
_MOST_PARTS = 200
_MOST_HEADERS = 1000
_LONGEST_HEAD = 256 * 1024
_LONGEST_LINE = 64 * 1024
# How often a boundary may turn up inside lines before a part is taken as it stands.
_MOST_STRAY = 10_000
TEXT_LIMIT = 256 * 1024
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*([^\r\n]*)")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9*._-]{1,40})\s*=\s*(?:"([^"]{0,500})"|([^\s;"]{1,500}))')
_FIRST_BOUNDARY = re.compile(rb"--([^\s]{4,70})[ \t]*\r?\n(?:[Cc]ontent-|\r?\n)")


@dataclass(frozen=True)
class Entity:
    """A message or a part of one: its headers, and where in `data` its body lies."""

    data: bytes = field(repr=False)
    start: int
    end: int
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        """Return the first header of that name (lower case), encoded words read, "" if there is none."""
        return header_text(self.headers.get(name, ""))

    @cached_property
    def kind(self) -> str:
        """The content type in lower case; text/plain where none is given or it is no type at all."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind if "/" in kind else "text/plain"

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of the content type and of the disposition."""
        text = f"{self.headers.get('content-type', '')};{self.headers.get('content-disposition', '')}"
        return {m[1].lower(): m[2] or m[3] or "" for m in _PARAMETER.finditer(text)}

    def content(self, limit: int = TEXT_LIMIT) -> bytes:
        """Return the first bytes of the body, its transfer encoding undone."""
        encoding = self.headers.get("content-transfer-encoding", "").strip().lower()
        raw = self.data[self.start : min(self.end, self.start + 2 * limit + 1024)]
        return unwrap(raw, encoding, limit)

    def text(self, limit: int = TEXT_LIMIT) -> str:
        """Return the first characters of the body, with line ends as LF."""
        text = decoded(self.content(limit), self.parameters.get("charset", "utf-8"))
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def leaves(self) -> Iterator["Entity"]:
        """Yield the parts that are no multiparts, in order; a message in a message is one part, not opened."""
        return islice(self._leaves(_DEEPEST), _MOST_PARTS)

    def _leaves(self, depth: int) -> Iterator["Entity"]:
        if not depth or not (self.kind.startswith("multipart/") or self._unlabelled()):
            yield self
            return
        found = False
        for part in self._parts():
            found = True
            yield from part._leaves(depth - 1)
        if not found:
            yield self

    def _parts(self) -> Iterator["Entity"]:
        boundary = self.parameters.get("boundary", "").rstrip().encode("latin-1", "replace") or self._guessed()
        begin = None
        for at, after, last in self._boundaries(b"--" + boundary) if boundary else ():
            if begin is not None:
                yield entity(self.data, begin, at)
            begin = None if last else after
            if last:
                return
        if begin is not None:
            yield entity(self.data, begin, self.end)

    def _unlabelled(self) -> bool:
        """Whether parts stand in a text: what wrote the message lost the header that says so."""
        boundary = self._guessed() if self.kind == "text/plain" and "content-type" not in self.headers else b""
        first = self.data.find(b"--" + boundary, self.start, self.end) if boundary else -1
        return first >= 0 and self.data.find(b"\n--" + boundary, first + 1, self.end) >= 0

    def _guessed(self) -> bytes:
        match = _FIRST_BOUNDARY.search(self.data, self.start, min(self.end, self.start + 4096))
        return match[1] if match else b""

    def _boundaries(self, line: bytes) -> Iterator[tuple[int, int, bool]]:
        """Yield where each boundary line begins and where the next part does, and whether it is the closing one."""
        at = self.start
        for _ in range(_MOST_STRAY):
            at = self.data.find(line, at, self.end)
            if at < 0:
                return
            after = at + len(line)
            last = self.data.startswith(b"--", after, self.end)
            line_end = self.data.find(b"\n", after, self.end)
            if line_end < 0:
                line_end = self.end
            rest = self.data[after : min(line_end, after + 80)].strip()
            if (at == self.start or self.data[at - 1 : at] == b"\n") and rest in (b"", b"--"):
                yield at, min(line_end + 1, self.end), last
            at = after


def message(data: bytes) -> Entity:
    """Return a whole mail as read from a file: a byte order mark, blank lines or an envelope line may come first."""
    head = data[:4096]
    if b"\n" not in head and b"\r" in head:
        data = data.replace(b"\r", b"\n")
    start = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[0-9]{1,12}[ \t]*\r?\n)?(?:>?From [^\n]*\n)?").match(data)
    return entity(data, start.end() if start else 0, len(data))


def inner(part: Entity) -> Entity:
    """Return the message that a message/rfc822 part (or an attached .eml) holds."""
    encoding = part.headers.get("content-transfer-encoding", "").strip().lower()
    if encoding in ("base64", "quoted-printable"):
        return message(part.content(16 * TEXT_LIMIT))
    start = re.compile(rb"\s*(?:>?From [^\n]*\n)?").match(part.data, part.start, part.end)
    return entity(part.data, start.end() if start else part.start, part.end)


def entity(data: bytes, start: int, end: int) -> Entity:
    """Return the message or part between two offsets; what is no header begins the body."""
    headers: dict[str, list[str]] = {}
    current: list[str] = []
    at = start
    while at < end and len(headers) < _MOST_HEADERS and at - start < _LONGEST_HEAD:
        newline = data.find(b"\n", at, end)
        after = end if newline < 0 else newline + 1
        line = data[at : min(after, at + _LONGEST_LINE)]
        if not line.strip():
            at = after
            break
        if line[:1] in b" \t" and headers:
            current.append(decoded(line, "utf-8").strip())
        elif match := _HEADER.match(line):
            # Of several of one name the first counts.
            current = [decoded(match[2], "utf-8").strip()]
            headers.setdefault(match[1].decode("ascii").lower(), current)
        else:
            break
        at = after
    return Entity(data, at, end, {name: " ".join(lines) for name, lines in headers.items()})
