"""Asks a name server with one library in a process of its own: `SIDE JOB`, or `watch OUT WORD...` for any command.

A job is a JSON file: the server's host and port, zones, IPv4 addresses. What is printed is JSON too: `watch` tells
what a process cost from its start to its end, a side what it was told and how many seconds the asking alone took.
It runs in the environment of the library that it asks with, and imports nothing else.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

CONCURRENCY = 200
PATIENCE = 3.0
Listed = Mapping[str, Sequence[str]]
# What the two checkers give their resolver unless they are told otherwise: seconds, and how often.
_CHECKERS = {"timeout": 5, "tries": 2}


@dataclass(frozen=True)
class Job:
    """What to ask, and whom."""

    host: str
    port: int
    zones: Sequence[str]
    addresses: Sequence[str]


@dataclass
class Told:
    """By zone, the addresses that are listed and those of which nothing is known; how many answers there were."""

    listed: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    answers: int = 0

    def add(self, zone: str, address: str, *, is_listed: bool, has_failed: bool) -> None:
        """Note one answer."""
        self.answers += 1
        if is_listed or has_failed:
            (self.unknown if has_failed else self.listed).setdefault(zone, []).append(address)

    def difference(self, truth: Listed, questions: int) -> str:
        """Return in what this differs from the truth, in a sentence; nothing if each question was answered rightly."""
        found, wanted = _pairs(self.listed), _pairs(truth)
        if self.answers == questions and not self.unknown and found == wanted:
            return ""
        counts = f"{self.answers} answers to {questions} questions, {len(_pairs(self.unknown))} of them unknown"
        return f"{counts}, {len(found)} listed ({len(found & wanted)} of these rightly) where {len(wanted)} are"


def _pairs(by_zone: Listed) -> set[tuple[str, str]]:
    return {(zone, address) for zone, addresses in by_zone.items() for address in addresses}


@dataclass
class Judged:
    """What a side said, summed over its runs: listed or clear where that is wrong, nothing where the zone told."""

    falsely_listed: int = 0
    falsely_clear: int = 0
    untold: int = 0

    def add(self, told: Told, truth: Listed, zones: Iterable[str], addresses: Sequence[str]) -> None:
        """Judge one run; a zone without a truth cannot be told about."""
        for zone in zones:
            said, unknown = set(told.listed.get(zone, ())), set(told.unknown.get(zone, ()))
            right = set(truth.get(zone, ()))
            self.falsely_listed += len(said - right)
            self.falsely_clear += len((right if zone in truth else set(addresses)) - said - unknown)
            self.untold += len(unknown) if zone in truth else 0


def _name(address: str, zone: str) -> str:
    return f"{'.'.join(reversed(address.split('.')))}.{zone}"


def _ask_session(job: Job, told: Told) -> None:
    lookup = import_module("delist.lookup")
    wire = lookup.wire
    questions = [(address, wire.name_of(wire.packed(address))) for address in job.addresses]
    with lookup.Session([(job.host, job.port)]) as session:
        zones = {session.door(zone).addresses: zone for zone in job.zones}
        for lane, address, answer in session.ask(dict.fromkeys(zones, questions)):
            told.add(zones[lane], address, is_listed=bool(answer.codes), has_failed=answer.failure is not None)


def _ask_dnspython(job: Job, told: Told) -> None:
    dns = import_module("dns.resolver")
    resolver = dns.Resolver(configure=False)
    resolver.nameservers, resolver.port = [job.host], job.port
    resolver.timeout = resolver.lifetime = PATIENCE
    for zone in job.zones:
        for address in job.addresses:
            is_listed = has_failed = False
            try:
                is_listed = bool(resolver.resolve(_name(address, zone), "A"))
            except (dns.NXDOMAIN, dns.NoAnswer):
                pass
            except import_module("dns.exception").DNSException:
                has_failed = True
            told.add(zone, address, is_listed=is_listed, has_failed=has_failed)


def _resolver(job: Job, **options: Any) -> Any:
    where = {"nameservers": [job.host], "udp_port": job.port, "tcp_port": job.port}
    return import_module("aiodns").DNSResolver(**where, **options)


def _ask_aiodns(job: Job, told: Told) -> None:
    import_module("asyncio").run(_gather_aiodns(job, told))


async def _gather_aiodns(job: Job, told: Told) -> None:
    import asyncio

    error, codes = import_module("aiodns").error, import_module("pycares.errno")
    resolver, gate = _resolver(job), asyncio.Semaphore(CONCURRENCY)

    async def ask(zone: str, address: str) -> None:
        is_listed = has_failed = False
        try:
            async with gate:
                is_listed = bool(await resolver.query(_name(address, zone), "A"))
        except error.DNSError as failure:
            has_failed = failure.args[0] not in (codes.ARES_ENOTFOUND, codes.ARES_ENODATA)
        told.add(zone, address, is_listed=is_listed, has_failed=has_failed)

    await asyncio.gather(*(ask(zone, address) for address in job.addresses for zone in job.zones))


def _ask_pydnsbl(job: Job, told: Told) -> None:
    asyncio, pydnsbl = import_module("asyncio"), import_module("pydnsbl")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    providers = [import_module("pydnsbl.providers").Provider(zone) for zone in job.zones]
    checker = pydnsbl.DNSBLIpChecker(providers=providers, loop=loop)
    checker._resolver = _resolver(job, loop=loop, **_CHECKERS)
    _note(told, checker.bulk_check(job.addresses))


def _ask_aiodnsbl(job: Job, told: Told) -> None:
    import_module("asyncio").run(_bulk_aiodnsbl(job, told))


async def _bulk_aiodnsbl(job: Job, told: Told) -> None:
    providers = [import_module("aiodnsbl.providers").Provider(host=zone) for zone in job.zones]
    checker = import_module("aiodnsbl").DNSBLChecker(providers=providers)
    checker._resolver = _resolver(job, **_CHECKERS)
    _note(told, await checker.bulk_check(job.addresses))


def _note(told: Told, results: Sequence[Any]) -> None:
    """Take over what a checker says; what it calls failed it does not claim to know."""
    for result in results:
        address = result.addr if hasattr(result, "addr") else result.address
        detected = {getattr(provider, "host", provider) for provider in result.detected_by}
        failed = {provider.host for provider in result.failed_providers}
        for provider in result.providers:
            is_listed, has_failed = provider.host in detected, provider.host in failed
            told.add(provider.host, address, is_listed=is_listed, has_failed=has_failed)


# By side: what is imported before the time begins, and what asks.
SIDES: Mapping[str, tuple[Sequence[str], Callable[[Job, Told], None]]] = {
    "session": (["delist.lookup"], _ask_session),
    "dnspython": (["dns.resolver", "dns.exception"], _ask_dnspython),
    "aiodns": (["asyncio", "aiodns", "pycares.errno"], _ask_aiodns),
    "pydnsbl": (["asyncio", "aiodns", "pydnsbl"], _ask_pydnsbl),
    "aiodnsbl": (["asyncio", "aiodns", "aiodnsbl"], _ask_aiodnsbl),
}


def _asked(side: str, job: Job) -> Mapping[str, Any]:
    modules, ask = SIDES[side]
    for module in modules:
        import_module(module)
    told = Told()
    begun = time.perf_counter()
    ask(job, told)
    return {"seconds": time.perf_counter() - begun, "told": asdict(told)}


def _watched(out: str, words: Sequence[str]) -> tuple[Mapping[str, float], int]:
    """Run a command with its output in a file; return its seconds, CPU seconds and peak in MB, and its exit code."""
    # A child's peak counts from before its exec, when it still is its parent: this process is a small one.
    into = (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    begun = time.perf_counter()
    child = os.posix_spawn(words[0], list(words), os.environ, file_actions=[into])
    _, status, usage = os.wait4(child, 0)
    seconds, cpu = time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
    cost = {"seconds": seconds, "cpu": cpu, "peak": usage.ru_maxrss * 1024 / 1e6}
    return cost, os.waitstatus_to_exitcode(status)


def main(side: str, *words: str) -> None:
    """Print what came of a side and its job, or what a watched command cost; then end with its exit code."""
    if side == "watch":
        cost, code = _watched(words[0], words[1:])
        print(json.dumps(cost))
        sys.exit(code)
    print(json.dumps(_asked(side, Job(**json.loads(Path(words[0]).read_text())))))


if __name__ == "__main__":
    main(*sys.argv[1:])
