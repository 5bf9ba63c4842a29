"""Evaluates SPF for an address and a domain, as one who receives mail does (RFC 7208)."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic

from delist.probe.names import Names
from delist.probe.side import side_by_side
from delist.probe.terms import Malformed, Term, Terms, expand, parse
from delist.rules.evidence.values import Looked, Spf

# RFC 7208, 4.6.4: so many terms that need look-ups, so many look-ups that find nothing, so many hosts of an mx or ptr.
_MOST_TERMS, _MOST_VOIDS, _MOST_HOSTS = 10, 2, 10
_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE | re.ASCII)
_ANY_FOUR = "0.0.0.0"  # noqa: S104 - an address of the family to look for


def evaluate(names: Names, address: str, domain: str, helo: str | None, seconds: float) -> Spf:
    """Return what SPF says of mail from postmaster at the domain that comes from the address.

    `helo` stands for the macro %{h}; without it that is the domain. An evaluation that takes longer than so many
    seconds is a temperror.
    """
    domain = domain.lower().removesuffix(".")
    evaluation = _Evaluation(names, address, domain, helo or domain, seconds)
    try:
        result, why = evaluation.check(domain)
    except (_Permanent, Malformed) as error:
        result, why = "permerror", str(error)
    except _Temporary as error:
        result, why = "temperror", str(error)
    return Spf(result, evaluation.record, "" if result == "pass" else why)


class _Permanent(Exception):
    """The records cannot be evaluated, and why."""


class _Temporary(Exception):
    """A look-up failed, and why."""


class _Evaluation:
    """One evaluation: what it counts, and what it has looked up."""

    def __init__(self, names: Names, address: str, domain: str, helo: str, seconds: float) -> None:
        ip = ip_address(address)
        self._ip = ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
        self._names, self._seconds, self._until = names, seconds, monotonic() + seconds
        self._domain, self._helo = domain, helo
        self._terms = self._voids = 0
        self._looked: dict[tuple[str, str], Looked] = {}
        self._hosts: list[str] | None = None
        self.record: str | None = None

    def check(self, domain: str) -> tuple[str, str]:
        """Return the result for a domain, and why; raises _Permanent, Malformed or _Temporary."""
        text = self._published(domain)
        if text is None:
            return "none", f"{domain} has no SPF record"
        terms = parse(text)
        self._look_ahead(terms, domain)
        for term in terms.terms:
            if self._matches(term, domain):
                return term.result, f"{term.text} matches" + self._where(domain)
        if terms.redirect is None:
            return "neutral", "no term matches" + self._where(domain)
        self._count()
        return self._other(self._expand(terms.redirect, domain), "redirect=")

    def _where(self, domain: str) -> str:
        return "" if domain == self._domain else f" in the record of {domain}"

    def _other(self, domain: str, term: str) -> tuple[str, str]:
        result, why = self.check(domain)
        if result == "none":
            raise _Permanent(f"{term}{domain} leads to no SPF record")
        return result, why

    def _published(self, domain: str) -> str | None:
        if not _is_name(domain) or "." not in domain:
            return None
        found = [text for text in self._look("txt", domain).records if _VERSION.match(text)]
        if len(found) > 1:
            raise _Permanent(f"{domain} has {len(found)} SPF records, and may have one")
        if domain == self._domain and found:
            self.record = found[0]
        return found[0] if found else None

    # --- mechanisms -------------------------------------------------------------------------------

    def _matches(self, term: Term, domain: str) -> bool:
        if term.kind == "all":
            return True
        if term.network is not None:
            return self._ip in term.network
        self._count()
        target = self._expand(term.spec, domain) if term.spec else domain
        if term.kind == "include":
            return self._other(target, "include:")[0] == "pass"
        if term.kind == "exists":
            return bool(self._records("four", target))
        if term.kind == "ptr":
            return any(_is_within(host, target) for host in self._validated())
        hosts = [target] if term.kind == "a" else self._exchanges(target)
        return any(self._covers(term, self._records("addresses", host)) for host in hosts)

    def _count(self) -> None:
        self._terms += 1
        if self._terms > _MOST_TERMS:
            raise _Permanent(f"it takes more than {_MOST_TERMS} terms that need look-ups")

    def _covers(self, term: Term, addresses: Iterable[str]) -> bool:
        length = term.four if self._ip.version == 4 else term.six
        return any(self._ip in ip_network(f"{each}/{length}", strict=False) for each in addresses)

    def _exchanges(self, domain: str) -> tuple[str, ...]:
        hosts = self._records("mx", domain)
        if len(hosts) > _MOST_HOSTS:
            raise _Permanent(f"{domain} has {len(hosts)} MX records, of which an mx term takes {_MOST_HOSTS}")
        self._fetch(("addresses", host) for host in hosts)
        return hosts

    def _validated(self) -> list[str]:
        """Return the names of the address that lead back to it; one whose look-up fails is none (RFC 7208, 5.5)."""
        if self._hosts is None:
            hosts = self._if_told("ptr", str(self._ip))[:_MOST_HOSTS]
            self._fetch(("addresses", host) for host in hosts)
            own = str(self._ip)
            self._hosts = [host for host in hosts if own in self._if_told("addresses", host)]
        return self._hosts

    # --- macros -----------------------------------------------------------------------------------

    def _expand(self, spec: str, domain: str) -> str:
        return expand(spec, partial(self._value, domain))

    def _value(self, domain: str, letter: str) -> str:
        if letter == "p":
            return self._own_name(domain)
        is_four = self._ip.version == 4
        dotted = str(self._ip) if is_four else ".".join(self._ip.exploded.replace(":", ""))
        sender = f"postmaster@{self._domain}"
        values = {"s": sender, "l": "postmaster", "o": self._domain, "d": domain, "i": dotted, "h": self._helo}
        return values.get(letter) or ("in-addr" if is_four else "ip6")

    def _own_name(self, domain: str) -> str:
        hosts = self._validated()
        within = [host for host in hosts if _is_within(host, domain)]
        return next((host for host in hosts if host == domain.lower()), (within or hosts or ["unknown"])[0])

    # --- look-ups ---------------------------------------------------------------------------------

    def _records(self, kind: str, name: str) -> tuple[str, ...]:
        """Return what is found under a name, and count it if that is nothing; a name that cannot be has nothing."""
        if kind != "ptr" and not _is_name(name):
            return ()
        found = self._look(kind, name).records
        if not found:
            self._voids += 1
        if self._voids > _MOST_VOIDS:
            raise _Permanent(f"more than {_MOST_VOIDS} of its look-ups find nothing")
        return found

    def _if_told(self, kind: str, name: str) -> tuple[str, ...]:
        try:
            return self._records(kind, name)
        except _Temporary:
            if monotonic() >= self._until:
                raise
            return ()

    def _look(self, kind: str, name: str) -> Looked:
        found = self._looked.get((kind, name.lower())) or self._ask(kind, name)
        if found.failure and monotonic() >= self._until:
            raise _Temporary(f"it takes longer than {self._seconds:g} seconds")
        if found.failure:
            raise _Temporary(f"{name}: {found.failure}")
        return found

    def _ask(self, kind: str, name: str) -> Looked:
        names = self._names.within(self._until - monotonic())
        # A backslash that a macro brought is one, and quotes nothing.
        plain = name.replace("\\", "\\\\")
        if kind == "ptr":
            found = names.ptr(name)
        elif kind in ("four", "addresses"):
            found = names.addresses(plain, _ANY_FOUR if kind == "four" else str(self._ip))
        else:
            found = names.mx(plain) if kind == "mx" else names.txt(plain)
        self._looked[kind, name.lower()] = found
        return found

    def _look_ahead(self, terms: Terms, domain: str) -> None:
        """Have the first look-ups of all terms made side by side; what they tell is not judged before its turn."""
        kinds = {"include": "txt", "a": "addresses", "mx": "mx", "exists": "four"}
        wanted = [(kinds[term.kind], term.spec or "%{d}") for term in terms.terms if term.kind in kinds]
        plain = [(kind, spec) for kind, spec in wanted if "%{p" not in spec.lower()][:_MOST_TERMS]
        self._fetch((kind, self._expand(spec, domain)) for kind, spec in plain)

    def _fetch(self, wanted: Iterable[tuple[str, str]]) -> None:
        fresh = dict.fromkeys(each for each in wanted if each not in self._looked and _is_name(each[1]))
        jobs: list[Callable[[], Looked]] = [partial(self._ask, *each) for each in fresh]
        if len(jobs) > 1:
            side_by_side(jobs, max(0.0, self._until - monotonic()))


def _is_name(name: str) -> bool:
    return 0 < len(name) <= 253 and all(0 < len(label) <= 63 for label in name.split("."))


def _is_within(host: str, domain: str) -> bool:
    low = domain.lower()
    return host == low or host.endswith(f".{low}")
