"""Reads an SPF record into its terms, and expands the macros of a domain (RFC 7208, 5 to 7 and 12)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple
from urllib.parse import quote

_EXPAND = r"%(?:[%_-]|\{[slodiphv](?:0*[1-9]\d*)?r?[-.+,/_=]*\})"
_LITERAL = r"[!-$&-~]"
# Lazy, since a length may follow it; which ends it may have is checked below.
_SPEC = rf"(?P<spec>(?:{_EXPAND}|{_LITERAL})+?)"
_FOUR, _SIX = r"(?:/(?P<four>0|[1-9]\d?))?", r"/(?P<six>0|[1-9]\d{0,2})"
_FLAGS = re.IGNORECASE | re.ASCII
_MECHANISMS = {
    kind: re.compile(rest, _FLAGS)
    for kind, rest in {
        "all": "",
        "include": f":{_SPEC}",
        "a": f"(?::{_SPEC})?{_FOUR}(?:/{_SIX})?",
        "mx": f"(?::{_SPEC})?{_FOUR}(?:/{_SIX})?",
        "ptr": f"(?::{_SPEC})?",
        "ip4": rf":(?P<network>[\d.]+){_FOUR}",
        "ip6": f":(?P<network>[0-9a-f:.]+)(?:{_SIX})?",
        "exists": f":{_SPEC}",
    }.items()
}
_DIRECTIVE = re.compile(r"(?P<sign>[-+?~]?)(?P<kind>[a-z]+[46]?)", _FLAGS)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", _FLAGS | re.DOTALL)
_DOMAIN = re.compile(_SPEC, _FLAGS)
# The letters c, r and t are for explanations; what stands in a modifier that nobody knows is never expanded.
_ANYTHING = re.compile(rf"(?:{_EXPAND.replace('hv]', 'hvcrt]')}|{_LITERAL})*", _FLAGS)
_ATOM = re.compile(rf"{_EXPAND}|{_LITERAL}", _FLAGS)
_MACRO = re.compile(r"%\{(?P<letter>.)0*(?P<digits>\d*)(?P<reverse>r?)(?P<delimiters>.*)\}", _FLAGS)
_TOP_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", _FLAGS)
_PLAIN = {"%%": "%", "%_": " ", "%-": "%20"}
_RESULTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_LONGEST_NAME = 253
_MOST_SHOWN = 100


class Malformed(ValueError):
    """What is wrong with a record, in words."""


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism and the result if it matches. `spec` is a domain with its macros, `four` and `six` are lengths."""

    text: str
    kind: str
    result: str
    spec: str | None = None
    four: int = 32
    six: int = 128
    network: IPv4Network | IPv6Network | None = None


class Terms(NamedTuple):
    """The mechanisms of a record, in order, and the domain that a `redirect` leads to, with its macros."""

    terms: tuple[Term, ...]
    redirect: str | None


def parse(record: str) -> Terms:
    """Return the terms of a record that begins with v=spf1; raises Malformed for the first that is wrong."""
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in filter(None, record.split(" ")[1:]):
        if modifier := _MODIFIER.fullmatch(word):
            _take(modifier["name"].lower(), modifier["value"], word, modifiers)
        else:
            terms.append(_term(word))
    return Terms(tuple(terms), modifiers.get("redirect"))


def _take(name: str, value: str, word: str, modifiers: dict[str, str]) -> None:
    if name not in ("redirect", "exp"):
        if not _ANYTHING.fullmatch(value):
            raise Malformed(f"{_shown(word)} has a wrong macro or character")
        return
    if name in modifiers:
        raise Malformed(f"{name}= stands in it twice")
    if not _DOMAIN.fullmatch(value):
        raise Malformed(f"{_shown(word)} names no domain")
    modifiers[name] = _checked(value, word)


def _term(word: str) -> Term:
    start = _DIRECTIVE.match(word)
    kind = start["kind"].lower() if start else ""
    if start is None or kind not in _MECHANISMS:
        raise Malformed(f"{_shown(word)} is no term of SPF")
    rest = _MECHANISMS[kind].fullmatch(word, start.end())
    if rest is None:
        raise Malformed(f"{_shown(word)} is no right {kind} term")
    found = rest.groupdict()
    spec = found.get("spec")
    four, six = (int(found.get(key) or most) for key, most in (("four", 32), ("six", 128)))
    if four > 32 or six > 128:
        raise Malformed(f"the length in {_shown(word)} is too large")
    network = _network(word, found["network"], four if kind == "ip4" else six) if "network" in found else None
    result = _RESULTS[start["sign"]]
    return Term(word, kind, result, None if spec is None else _checked(spec, word), four, six, network)


def _network(word: str, address: str, length: int) -> IPv4Network | IPv6Network:
    try:
        return ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        raise Malformed(f"{_shown(word)} has no right address") from None


def _shown(word: str) -> str:
    return repr(word if len(word) <= _MOST_SHOWN else f"{word[:_MOST_SHOWN]}...")


def _checked(spec: str, word: str) -> str:
    """Return a domain that ends as it must: with a macro, or with a dot and a top-level label that is no number."""
    if not _ATOM.findall(spec)[-1].startswith("%"):
        _, dot, last = spec.removesuffix(".").rpartition(".")
        if not dot or not _TOP_LABEL.fullmatch(last) or last.isdigit():
            raise Malformed(f"{_shown(word)} names no whole domain")
    return spec


def expand(spec: str, value: Callable[[str], str]) -> str:
    """Return a domain whose macros are expanded; `value` is asked for the value of a letter when it is needed.

    Labels on the left are left out until the name is short enough to be asked for (RFC 7208, 7.3).
    """
    name = "".join(_expanded(atom, value) for atom in _ATOM.findall(spec)).removesuffix(".")
    while len(name) > _LONGEST_NAME:
        name = name.partition(".")[2]
    return name


def _expanded(atom: str, value: Callable[[str], str]) -> str:
    macro = _MACRO.fullmatch(atom)
    if macro is None:
        return _PLAIN.get(atom, atom)
    text, digits = value(macro["letter"].lower()), macro["digits"]
    if digits or macro["reverse"] or macro["delimiters"]:
        parts = re.split(f"[{re.escape(macro['delimiters'] or '.')}]", text)
        if macro["reverse"]:
            parts.reverse()
        # No value has thousands of parts, and no more digits than these are read.
        text = ".".join(parts[-int(digits[:4]) :] if digits else parts)
    return quote(text, safe="") if macro["letter"].isupper() else text
