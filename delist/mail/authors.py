"""The authors of a From header, read so that nobody hides behind its syntax: what is odd shows as several authors."""

import re
from collections.abc import Iterator

from delist.mail.heads import readable
from delist.rules.mails.values import Author

_LONGEST = 2048
# The standard library's reader differs from one Python to the next in what it makes of `a@example.org <b@example.net>`.
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|\((?:[^()\\]|\\.)*\)|<([^<>]*)>|([,;])|([^",;(<]+)|(.)', re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)


def authors(value: str) -> tuple[Author, ...]:
    """Return the authors of a From header's value (on one line, encoded words not read), in order."""
    found: list[Author] = []
    words: list[str] = []
    addresses: list[str] = []
    for quoted, angle, comma, plain in _pieces(value[:_LONGEST]):
        if comma:
            found += _author(words, addresses)
            words, addresses = [], []
        elif angle is not None:
            addresses.append(angle)
        else:
            words.append(quoted if quoted is not None else plain)
    return (*found, *_author(words, addresses))


def _pieces(value: str) -> Iterator[tuple[str | None, str | None, str, str]]:
    for match in _PIECE.finditer(value):
        quoted = None if match[1] is None else _ESCAPED.sub(r"\1", match[1])
        yield quoted, match[2], match[3] or "", match[4] or match[5] or ""


def _author(words: list[str], addresses: list[str]) -> list[Author]:
    name = readable(" ".join("".join(words).split()))
    if not addresses:
        return [Author("", _on_the_wire(name))] if "@" in name else [Author(name, "")] if name else []
    return [Author(name, _on_the_wire("".join(address.split()))) for address in addresses]


def _on_the_wire(address: str) -> str:
    """Return an address with its domain in small letters and as xn-- where it is no ASCII.

    Letters that merely look alike, such as full-width ones, stay apart: nothing is normalised.
    """
    local, at, domain = readable(address).rpartition("@")
    labels = [label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in _labels(domain)]
    return f"{local}{at}{'.'.join(labels)}"


def _labels(domain: str) -> list[str]:
    return domain.lower().encode("utf-8", "replace").decode().split(".")
