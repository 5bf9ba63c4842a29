"""Measures what is claimed of an address, all of it side by side, within a time that is known beforehand."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from threading import Lock

from delist.machine import all_addresses
from delist.probe.calling import call
from delist.probe.keys import look_up
from delist.probe.names import Names
from delist.probe.side import side_by_side
from delist.probe.spf import evaluate
from delist.rules.evidence import naming, receiving, sending
from delist.rules.evidence.values import Call, Judged, Key, Looked, Measured, Outcome, Port, Subject

# Seconds: for one look-up, for all that SPF needs, for the call and the one beside it, for everything.
LOOK_UP, SPF, CALL, CONTROL, ALL = 4.0, 12.0, 5.0, 3.0, 14.0
# A walk up the tree of DMARC asks at most so many names (RFC 9989).
_MOST_LEVELS = 8
_LATE = Looked(failure="not told in time")
# An address of either kind, to say which ones are looked for.
_KINDS = ("0.0.0.0", "::")  # noqa: S104


class Probe:
    """Measures one subject through some name servers; equal look-ups are made once."""

    def __init__(self, subject: Subject, names: Names) -> None:
        self._subject, self._names = subject, names
        self._once: dict[tuple[str, str], _Once] = {}
        self._lock = Lock()

    def measure(self, claims: Collection[str], now: Callable[[], datetime]) -> list[Measured]:
        """Return a measurement of each claim, in the order of claims; at the latest after ALL seconds."""
        known: Mapping[str, Callable[[], Judged]] = {
            "ptr": self._ptr,
            "ptr-name": self._ptr_name,
            "helo": self._helo,
            "spf": self._spf,
            "dkim": self._dkim,
            "dmarc": self._dmarc,
            "mx": self._mx,
            "bounces": self._bounces,
            "port25": self._port25,
        }
        wanted = [claim for claim in claims if claim in known]
        found = side_by_side([known[claim] for claim in wanted], ALL)
        return [self._measured(claim, each, now()) for claim, each in zip(wanted, found, strict=True)]

    def _measured(self, claim: str, judged: Judged | None, at: datetime) -> Measured:
        late = Judged(claim, Outcome.UNKNOWN, f"not told within {ALL:.0f} seconds", "given up")
        return Measured(judged or late, at, None if claim == "port25" else self._names.nameserver)

    # --- look-ups that several claims need --------------------------------------------------------

    def _looked(self, kind: str, name: str) -> Looked:
        with self._lock:
            once = self._once.setdefault((kind, name), _Once(partial(self._look, kind, name)))
        return once.value()

    def _look(self, kind: str, name: str) -> Looked:
        if kind == "ptr":
            return self._names.ptr(name)
        if kind == "mx":
            return self._names.mx(name)
        if kind == "host":
            return self._both(name)
        return self._names.addresses(name, self._subject.address)

    def _both(self, host: str) -> Looked:
        """Look up the addresses of a host of either kind: mail goes to it by both."""
        jobs: list[Callable[[], Looked]] = [partial(self._names.addresses, host, like) for like in _KINDS]
        four, six = (each or _LATE for each in side_by_side(jobs, ALL))
        records = (*four.records, *six.records)
        return Looked(records, None if records else four.failure or six.failure)

    def _ptr_names(self) -> Looked:
        return self._looked("ptr", self._subject.address)

    def _addresses(self, hosts: Iterable[str], kind: str = "address") -> dict[str, Looked]:
        named = list(dict.fromkeys(hosts))
        jobs: list[Callable[[], Looked]] = [partial(self._looked, kind, host) for host in named]
        return {host: looked or _LATE for host, looked in zip(named, side_by_side(jobs, ALL), strict=True)}

    def _mail_hosts(self, domain: str) -> tuple[Looked, dict[str, Looked]]:
        hosts = self._looked("mx", domain)
        named = hosts.records or (() if hosts.failure else (domain,))
        return hosts, self._addresses((host for host in named if host not in receiving.NO_HOST), "host")

    # --- the claims -------------------------------------------------------------------------------

    def _ptr(self) -> Judged:
        names = self._ptr_names()
        # Beyond as many as are judged, the one that is expected.
        tried = [*names.records[: naming.MOST_NAMES], *([self._subject.ptr] if self._subject.ptr else [])]
        return naming.ptr(self._subject.address, names, self._addresses(tried), self._subject.ptr)

    def _ptr_name(self) -> Judged:
        return naming.ptr_name(self._subject.address, self._ptr_names(), self._subject.domain)

    def _helo(self) -> Judged:
        name, address = self._subject.helo, self._subject.address
        if not name:
            return naming.helo(address, None, Looked(), Looked())
        jobs: list[Callable[[], Looked]] = [partial(self._looked, "address", name), self._ptr_names]
        forward, names = side_by_side(jobs, ALL)
        return naming.helo(address, name, forward or _LATE, names or _LATE)

    def _spf(self) -> Judged:
        address, domain = self._subject.address, self._subject.domain
        found = evaluate(self._names, address, domain, self._subject.helo, SPF) if domain else None
        return sending.spf(address, domain, found, self._subject.spf)

    def _dkim(self) -> Judged:
        domain = self._subject.domain
        selectors = self._subject.selectors
        jobs: list[Callable[[], Key]] = [partial(look_up, self._names, each, domain) for each in selectors]
        keys = zip(selectors, side_by_side(jobs, ALL), strict=True)
        return sending.dkim([key or Key(selector, failure="not told in time") for selector, key in keys])

    def _dmarc(self) -> Judged:
        domain = self._subject.domain
        names = [f"_dmarc.{each}" for each in _levels(domain)] if domain else []
        found = side_by_side([partial(self._names.txt, name) for name in names], ALL)
        tree = [(name, looked or _LATE) for name, looked in zip(names, found, strict=True)]
        return sending.dmarc(domain, tree)

    def _mx(self) -> Judged:
        domain = self._subject.domain
        return receiving.mx(domain, *(self._mail_hosts(domain) if domain else (Looked(), {})))

    def _bounces(self) -> Judged:
        domain = self._subject.bounce_domain
        return receiving.bounces(
            self._subject.address, domain, *(self._mail_hosts(domain) if domain else (Looked(), {}))
        )

    def _port25(self) -> Judged:
        address, local = self._subject.address, all_addresses()
        jobs: list[Callable[[], tuple[str, Call] | None]] = [
            lambda: ("", call(address, CALL)),
            lambda: self._control(local),
        ]
        # So much less than all, that what the first has found is not lost for want of the other.
        found, control = side_by_side(jobs, ALL - 0.5)
        seen = found[1] if found else Call(Port.UNREACHABLE)
        return receiving.port25(address, seen, control, local)

    def _control(self, local: Collection[str]) -> tuple[str, Call] | None:
        """Call the host that takes the subject's bounces: if it answers, calls to port 25 get out of here.

        Not if it is this host, or the subject: that would tell nothing of the way out.
        """
        address = self._subject.address
        domain = self._subject.bounce_domain or self._subject.domain
        _, hosts = self._mail_hosts(domain) if domain else (Looked(), {})
        for host, looked in hosts.items():
            for each in looked.records:
                if (":" in each) == (":" in address) and each not in (address, *local):
                    return host, call(each, CONTROL)
        return None


class _Once:
    """A look-up that is made by whoever asks first; the others wait for it."""

    def __init__(self, look: Callable[[], Looked]) -> None:
        self._look, self._lock = look, Lock()
        self._found: Looked | None = None

    def value(self) -> Looked:
        with self._lock:
            if self._found is None:
                self._found = self._look()
            return self._found


def _levels(domain: str) -> list[str]:
    """Return a domain and its parents, as the walk up the tree of DMARC asks them (RFC 9989)."""
    labels = domain.rstrip(".").split(".")
    if len(labels) > _MOST_LEVELS:
        return [domain.rstrip("."), *(".".join(labels[-count:]) for count in range(_MOST_LEVELS - 1, 0, -1))]
    return [".".join(labels[at:]) for at in range(len(labels))]
