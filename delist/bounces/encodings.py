"""Bytes of a mail part to text: transfer encodings and character sets, whatever they claim to be."""

import binascii
import codecs
import re
from contextlib import suppress

# Decoders that do more than map bytes to characters; two of them take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
# Senders write ISO-2022-JP without saying so, and use its extensions when they say so.
_JAPANESE_SHIFTS = (b"\x1b$B", b"\x1b$@", b"\x1b(J")
_ASCII = frozenset({"us-ascii", "ascii", "utf-8"})
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]{0,1000})\?=")
_BETWEEN_WORDS = re.compile(r"\?=[ \t]{1,20}=\?")


def unwrap(raw: bytes, encoding: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a part's content; `raw` may be any size, only as much as needed is decoded."""
    if encoding == "base64":
        return _base64(raw[: limit * 3 // 2 + 1024])[:limit]
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw[: limit * 2])[:limit]
    return raw[:limit]


def _base64(raw: bytes) -> bytes:
    kept = re.sub(rb"[^A-Za-z0-9+/]+", b"", raw)
    whole = kept[: len(kept) // 4 * 4]
    rest = kept[len(whole) :]
    return binascii.a2b_base64(whole) + (binascii.a2b_base64(rest + b"=" * (4 - len(rest))) if len(rest) > 1 else b"")


def decoded(content: bytes, charset: str) -> str:
    """Return the text of some bytes; an unknown or wrong character set never fails."""
    if content.isascii() and b"\x1b" not in content and charset in _ASCII:
        return content.decode("ascii")
    if any(shift in content for shift in _JAPANESE_SHIFTS):
        return content.decode("iso2022_jp_ext", "replace")
    for name in (charset, "utf-8"):
        with suppress(ValueError, LookupError):
            if codecs.lookup(name).name.replace("_", "-") not in _NO_CHARSETS:
                return content.decode(name)
    return content.decode("cp1252", "replace")


def header_text(value: str) -> str:
    """Return a header's value with its encoded words (RFC 2047) read; broken ones stay as they are."""
    if "=?" not in value:
        return value
    return _ENCODED_WORD.sub(_word, _BETWEEN_WORDS.sub("?==?", value))


def _word(match: re.Match[str]) -> str:
    content = match[3].encode("ascii", "replace")
    plain = _base64(content) if match[2] in "Bb" else binascii.a2b_qp(content, header=True)
    return decoded(plain, match[1].partition("*")[0])
