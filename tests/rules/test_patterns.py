"""No regular expression of what reads logs, replies and bounces takes longer than its text is long."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

import pytest

from delist.rules.logs import prefix
from delist.rules.logs.dialects import DIALECTS
from delist.rules.replies.tidy import LIMIT
from tests.rules.adversaries import Adversary, adversaries
from tests.rules.growth import is_linear

PACKAGES = ("delist.rules.logs", "delist.rules.replies", "delist.bounces", "delist.maillog")
# Matched at one place of a text and never searched for, which would take long; and how far they look, where the code
# says so.
AT_ONE_PLACE: dict[str, int | None] = {
    "bounces.files._ENVELOPE": None,
    "bounces.files._HEADER": None,
    "bounces.files._SEPARATOR": None,
    "bounces.mime._HEADER": None,
    "bounces.recipients._GOES_ON": None,
    "bounces.recipients._HEAD": None,
    "bounces.report._FIELD": None,
    "bounces.report._TYPED": None,
    "bounces.wordings.ANSWERS": None,
    "bounces.wordings.FORWARDS": None,
    "maillog.rotation._ROTATED": None,
    "rules.logs.exchange._ADDRESS": None,
    "rules.logs.exchange._BETWEEN_SIGNS": None,
    "rules.logs.exchange._HOST": None,
    "rules.logs.exim._HEAD": None,
    "rules.logs.prefix._HEAD": prefix.LONGEST,
    "rules.logs.qmail._SERVER": None,
    "rules.logs.qmail._STAMPED": None,
    "rules.logs.queue._MESSAGE": None,
    "rules.logs.sendmail._OWN": None,
    "rules.logs.zonemta._BEGINNING": None,
    "rules.replies.whom._QUERY_NAME": LIMIT,
}
# Asked of one line: in other texts the end that is looked for would be missing.
LINES = frozenset(
    ("bounces.transcript._HEARD", "bounces.transcript._SENT", "bounces.returned._SENDER", "bounces.returned._SUBJECT")
)
# Asked of texts in which no blank follows another.
JOINED = frozenset(("bounces.speech._TYPE",))


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            yield importlib.import_module(module.name)


MODULES = tuple(modules())
TREES = {module.__name__: ast.parse(inspect.getsource(module)) for module in MODULES}


def assigned(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What a module has of its own, and not from another."""
    for node in TREES[module.__name__].body:
        for target in node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]:
            for name in ast.walk(target) if target else ():
                if isinstance(name, ast.Name):
                    yield f"{module.__name__.removeprefix('delist.')}.{name.id}", getattr(module, name.id)


def patterns_in(name: str, value: object) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns of a value, in tuples, mappings and dataclasses too, each with a name."""
    parts: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict):
        parts = iter(value.items())
    elif isinstance(value, (tuple, list)):
        parts = iter(enumerate(value))
    elif is_dataclass(value) and not isinstance(value, type):
        parts = ((field.name, getattr(value, field.name)) for field in fields(value))
    for key, part in parts:
        yield from patterns_in(f"{name}.{key}", part)


def written_in_place(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns that stand in functions: re.search("...", text)."""
    functions = [node for node in ast.walk(TREES[module.__name__]) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and ast.unparse(node.func) != "re.escape":
                    name = f"{module.__name__.removeprefix('delist.')}.{function.name}"
                    yield f"{name}:{node.lineno - function.lineno}", re.compile(first.value)


def patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    for module in MODULES:
        for name, value in assigned(module):
            found.update((key, one) for key, one in patterns_in(name, value) if one not in found.values())
        found.update(written_in_place(module))
    for dialect in DIALECTS:
        if dialect.accepted is not None:
            found[f"rules.logs.dialects.{dialect.name} accepted"] = dialect.accepted(["mx.example.org"])
    return found


PATTERNS = patterns()


def asked() -> dict[str, frozenset[str]]:
    """With which of their methods the code asks patterns, those left out that it asks by another name."""
    found: dict[str, set[str]] = {name: set() for name in PATTERNS}
    for module in MODULES:
        for node in ast.walk(TREES[module.__name__]):
            if isinstance(node, ast.Attribute):
                of = node.value.value if isinstance(node.value, ast.Subscript) else node.value
                value = getattr(module, of.id, None) if isinstance(of, ast.Name) else None
                for _, pattern in patterns_in("", value):
                    found[NAMES[pattern]].add(node.attr)
    return {name: frozenset(methods) for name, methods in found.items()}


NAMES = {pattern: name for name, pattern in PATTERNS.items()}
ASKED = asked()


def ways(name: str, pattern: re.Pattern[Any]) -> list[Callable[[Any], object]]:
    """How a pattern is asked: at one place, or wherever it may be in a text, as by search and by sub."""
    bound = AT_ONE_PLACE.get(name) or sys.maxsize
    found: list[Callable[[Any], object]] = []
    if name not in AT_ONE_PLACE:
        found.append(lambda text: deque(pattern.finditer(text), 0))
    elif "match" in ASKED[name]:
        found.append(lambda text: pattern.match(text, 0, bound))
    if "fullmatch" in ASKED[name] or not ASKED[name]:
        found.append(lambda text: pattern.fullmatch(text, 0, bound))
    return found


def slow(name: str, pattern: re.Pattern[Any]) -> Iterator[Adversary]:
    for adversary in adversaries(pattern):
        text = texts(name, pattern, adversary)
        if not all(is_linear(way, text) for way in ways(name, pattern)):
            yield adversary


def texts(name: str, pattern: re.Pattern[Any], adversary: Adversary) -> Callable[[int], Any]:
    if isinstance(pattern.pattern, bytes):
        return lambda size: adversary.of_size(size).encode("utf-8", "replace")
    if name in LINES:
        return lambda size: adversary.of_size(size).replace("\n", "")
    return (lambda size: " ".join(adversary.of_size(size).split())) if name in JOINED else adversary.of_size


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_longer_than_its_text_is_long(name: str) -> None:
    # The first is enough: each takes long.
    assert next(slow(name, PATTERNS[name]), None) is None


@pytest.mark.parametrize("name", AT_ONE_PLACE)
def test_what_is_matched_at_one_place_is_never_searched_for(name: str) -> None:
    assert ASKED[name]
    assert ASKED[name] <= {"match", "fullmatch"}


@pytest.mark.parametrize("pattern", [r"\s+\d", r"<.*>", r"(?:a|ab|b)*c", r'"(?:[^"]|"")*",'])
def test_what_takes_longer_is_found(pattern: str) -> None:
    everywhere = re.compile(pattern)
    assert any(
        not is_linear(lambda text: deque(everywhere.finditer(text), 0), each.of_size)
        for each in adversaries(everywhere)
    )
