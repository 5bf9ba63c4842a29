"""How fast lists are asked, and how rightly: beside dnsperf, DNS libraries, and checkers while zones fail."""

import argparse
import json
import re
import shutil
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path
from statistics import median

from tests.bench import common
from tests.bench.common import at_least, at_most, child, ratio
from tests.bench.peers_dns import Judged, Listed, Told
from tests.servers.faults import Behaviour, FaultServer, Lists, Refuses, ServFails, Silent, Truncates, TurnsAway
from tests.servers.rbldnsd import Dataset, Rbldnsd

SESSION, CHECK, DNSPERF = "Session.ask", "the whole delist check", "dnsperf"
AIODNS, DNSPYTHON = "aiodns, 200 at once", "dnspython's resolver, one after another"
FEW = 256
GOOD_ZONES, LOSS, SEED = 24, 0.01, 1
# For documentation; what lies around it is not, and stands in questions to our own server only.
_NETWORK = IPv4Network("203.0.113.0/24")
_SCRIPT = Path(__file__).with_name("peers_dns.py")
_PEERS = ("dnspython", "aiodns", "pycares", "pydnsbl", "aiodnsbl")


def main() -> None:
    """Measure and print."""
    options = _options()
    wanted = options.only or list(_PARTS)
    common.begin(f"asking lists on loopback: {', '.join(wanted)}")
    with common.workplace(options.folder) as folder:
        peers = options.peers or (folder / "peers" if set(wanted) - {"bulk"} else None)
        if peers and not peers.exists():
            _make_peers(peers)
        for part in wanted:
            _PARTS[part](options, Place(folder, peers))


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 5)
    parser.add_argument("--only", action="append", choices=list(_PARTS), help="only this part; may be repeated")
    parser.add_argument("--addresses", type=int, default=65_536, help="addresses of the bulk part")
    parser.add_argument("--fault-rounds", type=int, default=3, help="how often each side runs in the part with faults")
    parser.add_argument("--peers", type=Path, help=f"a virtual environment with {', '.join(_PEERS)}; else one is made")
    return parser.parse_args()


def _make_peers(folder: Path) -> None:
    with common.announced(f"installing {', '.join(_PEERS)}"):
        venv.create(folder, with_pip=True)
        common.install(folder, *_PEERS)


@dataclass(frozen=True)
class Place:
    """Where the sides run: a home with lists of our own, and the interpreters."""

    folder: Path
    peers: Path | None

    def write_job(self, name: str, server: tuple[str, int], zones: Sequence[str], addresses: Sequence[str]) -> Path:
        """Write what is asked: for the sides as a job, for dnsperf as names, for delist as addresses and lists."""
        base = self.folder / name
        job = {"host": server[0], "port": server[1], "zones": zones, "addresses": addresses}
        base.with_suffix(".json").write_text(json.dumps(job))
        reverse = [".".join(reversed(address.split("."))) for address in addresses]
        base.with_suffix(".names").write_text("".join(f"{each}.{zone} A\n" for each in reverse for zone in zones))
        base.with_suffix(".addresses").write_text("".join(f"{address}\n" for address in addresses))
        lists = self.folder / "delist" / "lists.toml"
        lists.parent.mkdir(exist_ok=True)
        lists.write_text("".join(_ENTRY.format(key=_key(zone), zone=zone) for zone in zones))
        return base

    def watch(self, words: Sequence[str]) -> tuple["Cost", str]:
        """Run a command to its end; return what it cost, and what it printed."""
        out = self.folder / "out"
        cost = Cost(**json.loads(child([sys.executable, str(_SCRIPT), "watch", str(out), *words], self.folder)))
        return cost, out.read_text()

    def ask(self, side: str, job: Path) -> tuple["Cost", float, Told]:
        """Run a side in its environment; return what it cost, how long the asking took, and what it was told."""
        python = str(self.peers / "bin" / "python") if self.peers and side != "session" else sys.executable
        cost, printed = self.watch([python, str(_SCRIPT), side, str(job.with_suffix(".json"))])
        found = json.loads(printed)
        return cost, found["seconds"], Told(**found["told"])

    def check(self, job: Path, zones: Sequence[str], nameserver: str, *options: str) -> tuple["Cost", str]:
        """Run the whole command; return what it cost, and what it printed."""
        lists = [word for zone in zones for word in ("-l", _key(zone))]
        where = ["--nameserver", nameserver, "--dry-run", "--file", str(job.with_suffix(".addresses"))]
        return self.watch([common.console_script(), "check", *where, *lists, *options])


_ENTRY = """\
[lists.{key}]
name = "{key}"
operator = "Trial"
kind = "block"
[zones."{zone}".answers]
"127.0.0.2" = "{key}"
"""


def _key(zone: str) -> str:
    return zone.partition(".")[0]


@dataclass(frozen=True)
class Cost:
    """What a process took from its start to its end: seconds, seconds of CPU, and its peak in MB."""

    seconds: float
    cpu: float
    peak: float


@dataclass
class Side:
    """One that is measured: it returns the seconds that count, and keeps what it cost each time."""

    run: Callable[[], tuple[float, Cost]]
    costs: list[Cost] = field(default_factory=list)

    def __call__(self) -> float:
        """Run once."""
        seconds, cost = self.run()
        self.costs.append(cost)
        return seconds


def _zones(count: int) -> list[str]:
    return [f"trial-{number}.example" for number in range(1, count + 1)]


def _listed(zones: Sequence[str], addresses: Sequence[str], every: int) -> Listed:
    """Return which addresses each zone lists: one of so many, elsewhere in each."""
    return {zone: addresses[number % every :: every] for number, zone in enumerate(zones)}


def _rbldnsd(folder: Path, listed: Listed) -> Rbldnsd:
    text = ":127.0.0.2:Listed, see https://lookup.example/?ip=$\n127.0.0.2\n"
    data = {zone: [Dataset(text + "\n".join(found) + "\n", "ip4set")] for zone, found in listed.items()}
    return Rbldnsd(folder, data)


def _insist(name: str, told: Told, listed: Listed, questions: int) -> None:
    """Stop everything if a side was not told exactly what the zones say."""
    if difference := told.difference(listed, questions):
        sys.exit(f"{name}: {difference}")


# --- bulk ------------------------------------------------------------------------------------


def _bulk(options: argparse.Namespace, place: Place) -> None:
    """Ask three zones about tens of thousands of addresses, beside dnsperf."""
    wider = _NETWORK.supernet(new_prefix=16)
    addresses, zones = [str(address) for address in wider][: options.addresses], _zones(3)
    listed, questions = _listed(zones, addresses, 109), len(addresses) * len(zones)
    with _rbldnsd(place.folder, listed) as server:
        job = place.write_job("bulk", server.address, zones, addresses)
        _insist("delist check", _read(place.check(job, zones, server.nameserver, "--json")[1]), listed, questions)
        sides = {
            DNSPERF: Side(partial(_run_dnsperf, place, job, server.address, listed, questions)),
            SESSION: Side(partial(_run_side, place, "session", job, listed, questions)),
            CHECK: Side(partial(_run_check, place, job, server.nameserver, listed, questions)),
        }
        found = common.interleaved(sides, options.rounds)
    print(f"\n{len(addresses):,} addresses x {len(zones)} zones on rbldnsd")
    common.show_times(found, questions)
    print()
    common.show_ratio(f"rate: {SESSION} / {DNSPERF}", ratio(found, DNSPERF, SESSION), at_least(0.8))
    common.show_ratio(f"rate: {CHECK} / {DNSPERF}", ratio(found, DNSPERF, CHECK))
    for name, limits in ((SESSION, (at_most(12), at_most(80))), (CHECK, (None, None)), (DNSPERF, (None, None))):
        costs = sides[name].costs[-options.rounds :]
        cpu = median(cost.cpu for cost in costs) * 1e6 / questions
        common.show_ratio(f"ms of CPU for 1,000 queries, whole process: {name}", cpu, limits[0])
        common.show_ratio(f"peak in MB: {name}", max(cost.peak for cost in costs), limits[1])


def _run_side(place: Place, side: str, job: Path, listed: Listed, questions: int) -> tuple[float, Cost]:
    cost, seconds, told = place.ask(side, job)
    _insist(side, told, listed, questions)
    return seconds, cost


def _run_dnsperf(
    place: Place, job: Path, server: tuple[str, int], listed: Listed, questions: int
) -> tuple[float, Cost]:
    program = shutil.which("dnsperf") or sys.exit("dnsperf is not installed: apt-get install dnsperf")
    where = ["-s", server[0], "-p", str(server[1]), "-d", str(job.with_suffix(".names")), "-n", "1"]
    cost, printed = place.watch([program, *where])
    codes = {code: int(count) for code, count in re.findall(r"(NOERROR|NXDOMAIN) (\d+)", printed)}
    count = sum(map(len, listed.values()))
    rate = re.search(r"Queries per second:\s+([\d.]+)", printed)
    if rate is None or codes != {"NOERROR": count, "NXDOMAIN": questions - count}:
        sys.exit(f"dnsperf should find {count} listed among {questions}:\n{printed}")
    return questions / float(rate[1]), cost


def _run_check(place: Place, job: Path, nameserver: str, listed: Listed, questions: int) -> tuple[float, Cost]:
    cost, printed = place.check(job, list(listed), nameserver)
    count = sum(map(len, listed.values()))
    if f": {count:,} listed, {questions - count:,} clear\n" not in printed:
        sys.exit(f"delist check should find {count:,} listed, and the others clear:\n{printed}")
    return cost.seconds, cost


def _read(lines: str) -> Told:
    """Return what `delist check --json` tells."""
    told = Told()
    for found in map(json.loads, lines.splitlines()):
        is_listed, has_failed = found["verdict"] == "listed", found["verdict"] not in ("listed", "clear")
        told.add(f"{found['list']}.example", found["address"], is_listed=is_listed, has_failed=has_failed)
    return told


# --- zones -----------------------------------------------------------------------------------


def _many_zones(options: argparse.Namespace, place: Place) -> None:
    """Ask thirty zones about some addresses, beside the libraries that people take for it."""
    addresses, zones = [str(address) for address in _NETWORK], _zones(30)
    listed, questions = _listed(zones, addresses, 16), FEW * len(zones)
    with _rbldnsd(place.folder, listed) as server:
        job = place.write_job("zones", server.address, zones, addresses)
        names = {SESSION: "session", AIODNS: "aiodns", DNSPYTHON: "dnspython"}
        sides = {name: Side(partial(_run_side, place, key, job, listed, questions)) for name, key in names.items()}
        found = common.interleaved(sides, options.rounds)
    print(f"\n{FEW} addresses x {len(zones)} zones on rbldnsd")
    common.show_times(found, questions)
    print()
    common.show_ratio(f"rate: {SESSION} / {AIODNS}", ratio(found, AIODNS, SESSION), at_least(8))
    common.show_ratio(f"rate: {SESSION} / {DNSPYTHON}", ratio(found, DNSPYTHON, SESSION), at_least(25))


# --- faults ----------------------------------------------------------------------------------


def _faults(options: argparse.Namespace, place: Place) -> None:
    """Check addresses as people do, some zones being bad and some packets lost, beside other checkers."""
    addresses = [str(address) for address in _NETWORK]
    good = [f"good-{number}.example" for number in range(1, GOOD_ZONES + 1)]
    truth = _listed([*good, "truncating.example"], addresses, 16)
    judged = {name: Judged() for name in ("delist check", "pydnsbl", "aiodnsbl")}
    sides = {name: partial(_run_faulty, place, name, truth, addresses, each) for name, each in judged.items()}
    found = common.interleaved(sides, options.fault_rounds, warm=False)
    zones = len(_behaviours(truth))
    print(f"\n{FEW} addresses x {zones} zones, five of them bad, {LOSS:.0%} of packets lost; whole processes")
    common.show_times(found)
    print(f"\n{'verdicts, all runs':<58}{'wrongly listed':>16}{'wrongly clear':>16}{'not told':>16}")
    for name, each in judged.items():
        print(f"{name:<58}{each.falsely_listed:>16,}{each.falsely_clear:>16,}{each.untold:>16,}")
    print()
    fastest = min(("pydnsbl", "aiodnsbl"), key=lambda name: median(found[name]))
    common.show_ratio(f"delist check / {fastest}", ratio(found, "delist check", fastest), at_most(0.75))
    if judged["delist check"] != Judged():
        sys.exit("delist check was wrong, or did not tell what the zones told")


def _behaviours(truth: Listed) -> dict[str, Behaviour]:
    found: dict[str, Behaviour] = {zone: Lists(dict.fromkeys(listed, "127.0.0.2")) for zone, listed in truth.items()}
    found["truncating.example"] = Truncates(found["truncating.example"])
    found |= {"dead.example": Silent(), "servfail.example": ServFails()}
    return found | {"refused.example": Refuses(), "away.example": TurnsAway()}


def _run_faulty(place: Place, name: str, truth: Listed, addresses: Sequence[str], judged: Judged) -> float:
    """Run a side against a server of its own: what is lost depends on the seed, and on what was asked before."""
    behaviours = _behaviours(truth)
    with FaultServer(behaviours, seed=SEED, loss=LOSS) as server:
        zones = list(behaviours)
        job = place.write_job("faults", server.address, zones, addresses)
        if name == "delist check":
            cost, printed = place.check(job, zones, server.nameserver, "--json")
            told = _read(printed)
        else:
            cost, _, told = place.ask(name, job)
    if told.answers != len(zones) * len(addresses):
        sys.exit(f"{name}: {told.answers} answers to {len(zones) * len(addresses)} questions")
    judged.add(told, truth, zones, addresses)
    return cost.seconds


_PARTS: Mapping[str, Callable[[argparse.Namespace, Place], None]] = {
    "bulk": _bulk,
    "zones": _many_zones,
    "faults": _faults,
}

if __name__ == "__main__":
    main()
