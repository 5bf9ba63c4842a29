"""Reads the DKIM key that a selector publishes: its type, its length, and whether anybody can use it."""

import binascii
import re
from base64 import b64decode

from dkim.crypto import UnparsableKeyError, parse_public_key  # type: ignore[import-untyped]

from delist.probe.names import Names
from delist.rules.evidence.values import Key

_BETWEEN = "._domainkey."
_ED25519_OCTETS = 32
_TAG = re.compile(r"\s*([a-z][a-z0-9_]*)\s*=\s*(.*?)\s*", re.IGNORECASE | re.ASCII | re.DOTALL)


class _Wrong(ValueError):
    """What is wrong with a key record, in words."""


def look_up(names: Names, selector: str, domain: str | None) -> Key:
    """Return the key of a selector of the domain, or of a whole name like s1._domainkey.example.org.

    `bits` is the length of the modulus of an RSA key, 256 for Ed25519. A `problem` is one of the record (RFC 6376,
    3.6.1, RFC 8463, RFC 8301); a `failure` is one of the look-up, and tells nothing of the record.
    """
    selector = selector.lower().removesuffix(".")
    if _BETWEEN not in selector and not domain:
        return Key(selector, failure="it is not told of which domain the selector is")
    name = selector if _BETWEEN in selector else f"{selector}{_BETWEEN}{str(domain).lower().removesuffix('.')}"
    found = names.txt(name)
    if found.failure:
        return Key(name, failure=found.failure)
    if len(found.records) != 1:
        problem = (
            f"it has {len(found.records)} TXT records, and may have one" if found.records else "it has no TXT record"
        )
        return Key(name, problem=problem)
    return read(name, found.records[0])


def read(name: str, record: str) -> Key:
    """Return the key in a record that was found under the name."""
    try:
        tags = _tags(record)
        kind = tags.get("k", "rsa")
        _check(kind, tags)
    except _Wrong as wrong:
        return Key(name, problem=str(wrong))
    try:
        octets = _octets(tags["p"])
        return Key(name, kind, _bits(kind, octets))
    except _Wrong as wrong:
        return Key(name, kind, problem=str(wrong))


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a record; raises _Wrong if it is no list of tags (RFC 6376, 3.2)."""
    found: dict[str, str] = {}
    # Many a record ends with a semicolon and a space, and verifiers take it.
    for part in record.strip().removesuffix(";").split(";"):
        tag = _TAG.fullmatch(part)
        if tag is None:
            raise _Wrong("its TXT record is no list of tags like k=rsa; p=...")
        if tag[1] in found:
            raise _Wrong(f"its tag {tag[1]}= is there twice")
        found[tag[1]] = tag[2]
    return found


def _check(kind: str, tags: dict[str, str]) -> None:
    if "v" in tags and (next(iter(tags)) != "v" or tags["v"] != "DKIM1"):
        raise _Wrong("its version is not v=DKIM1 as the first tag")
    if kind not in ("rsa", "ed25519"):
        raise _Wrong(f"its key type k={kind[:20]} is neither rsa nor ed25519")
    if "h" in tags and "sha256" not in _listed(tags["h"]):
        raise _Wrong(f"it does not allow SHA-256: h={tags['h'][:40]}")
    if "s" in tags and not {"*", "email"} & set(_listed(tags["s"])):
        raise _Wrong(f"it is not for mail: s={tags['s'][:40]}")
    if "p" not in tags:
        raise _Wrong("its TXT record has no key: there is no tag p=")


def _listed(value: str) -> list[str]:
    return [each.strip() for each in value.split(":")]


def _octets(value: str) -> bytes:
    text = re.sub(r"\s", "", value)
    if not text:
        raise _Wrong("it is revoked: its p= is empty")
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _Wrong("its p= is no base64") from None


def _bits(kind: str, octets: bytes) -> int:
    if kind == "ed25519":
        if len(octets) != _ED25519_OCTETS:
            raise _Wrong(f"its Ed25519 key has {len(octets)} octets, and must have {_ED25519_OCTETS}")
        return _ED25519_OCTETS * 8
    try:
        key = parse_public_key(octets)
    except (UnparsableKeyError, AssertionError):
        # It asserts that what must be empty is.
        raise _Wrong("its p= is no RSA key") from None
    modulus, exponent = int(key["modulus"]), int(key["publicExponent"])
    if modulus < 2 or exponent < 2:
        raise _Wrong("its p= is no RSA key")
    return modulus.bit_length()
