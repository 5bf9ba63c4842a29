"""What mail servers found of a mail (RFC 8601), whoever wrote it: which of them is believed is for the rules to say."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

from delist.errors import SetupError
from delist.rules.mails.values import Result

_LONGEST = 8192
_MOST = 50
# Where each method says for which domain its result stands, the first that is there.
_DOMAINS = {
    "dkim": (("header", "d"), ("header", "i")),
    "dmarc": (("header", "from"),),
    "spf": (("smtp", "mailfrom"),),
}


def must_be_readable() -> None:
    """Raise SetupError where the package that reads these headers is missing."""
    if not _is_readable():
        raise SetupError("what your servers found of a mail is read with a package more: pip install 'delist[mail]'")


def results(values: Iterable[str]) -> tuple[Result, ...]:
    """Return the results of Authentication-Results headers, the topmost first.

    None where a header is not as RFC 8601 has it (one without the server's name too), or where nothing reads them.
    """
    found = list(values)[:_MOST]
    return tuple(result for value in found for result in _of_one(value[:_LONGEST])) if found and _is_readable() else ()


@cache
def _is_readable() -> bool:
    return find_spec("authres") is not None


def _of_one(value: str) -> list[Result]:
    import authres  # type: ignore[import-untyped]

    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
    except Exception:
        # It raises its own errors for most of what is wrong, and whatever Python raises for the rest.
        return []
    return list(_results(header))


def _results(header: Any) -> Iterator[Result]:
    for each in header.results:
        method = str(each.method).lower()
        if method in _DOMAINS:
            yield Result(str(header.authserv_id).lower(), method, str(each.result).lower(), _domain(each, method))


def _domain(result: Any, method: str) -> str:
    said = {(str(each.type).lower(), str(each.name).lower()): str(each.value) for each in result.properties}
    value = next((said[place] for place in _DOMAINS[method] if place in said), "")
    return value.rpartition("@")[2].strip("<>").lower().rstrip(".")
