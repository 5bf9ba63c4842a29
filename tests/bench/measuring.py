"""How long all of `delist evidence` takes, beside its slowest claim alone, through a name server that is slow."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from dns.rcode import Rcode

from delist.probe.names import Names
from delist.probe.run import LOOK_UP, Probe
from delist.rules.evidence.values import MEASURED, Outcome, Subject
from tests.bench import common
from tests.bench.common import at_most, timed
from tests.servers.faults import FaultServer, Query, Record, Reply, Silent, Slow, reply

# No packet goes anywhere but to loopback: so does the call to port 25 of this address.
ADDRESS = "127.0.0.2"
WHOLE = "all claims"
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
RECORDS: Mapping[tuple[str, str], str] = {
    ("2.0.0.127.in-addr.arpa", "PTR"): "mail.example.org.",
    ("mail.example.org", "A"): ADDRESS,
    ("example.org", "MX"): "10 mx.example.net.",
    ("mx.example.net", "A"): "127.0.0.9",
    ("example.org", "TXT"): '"v=spf1 include:a.example.net include:b.example.net mx -all"',
    ("a.example.net", "TXT"): '"v=spf1 include:c.example.net ?all"',
    ("b.example.net", "TXT"): f'"v=spf1 a:mail.example.org ip4:{ADDRESS} -all"',
    ("c.example.net", "TXT"): '"v=spf1 ip4:192.0.2.0/24 ?all"',
    ("s1._domainkey.example.org", "TXT"): f'"v=DKIM1; k=ed25519; p={KEY}"',
    ("_dmarc.example.org", "TXT"): '"v=DMARC1; p=reject"',
}


@dataclass(frozen=True)
class Zone:
    """Answers what the table of records has, and that there is nothing of the rest."""

    def __call__(self, query: Query) -> Sequence[Reply]:
        name = ".".join(filter(None, (query.name, query.zone)))
        text = RECORDS.get((name, query.qtype))
        if text is not None:
            return [reply(query, Rcode.NOERROR, [Record(query.qtype, text)])]
        known = any(name == known for known, _ in RECORDS)
        return [reply(query, Rcode.NOERROR if known else Rcode.NXDOMAIN)]


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin(f"evidence through a name server that takes {options.delay} s for each answer")
    zones = dict.fromkeys(("example.org", "example.net", "127.in-addr.arpa", "org", "net"), Slow(Zone(), options.delay))
    with FaultServer(zones) as server:
        claims = [claim for claim in MEASURED if claim not in ("sbl", "refusals", "static", "traffic")]
        sides: dict[str, Callable[[], float]] = {
            claim: partial(timed, partial(_measure, server.address, [claim])) for claim in claims
        }
        sides[WHOLE] = partial(timed, partial(_measure, server.address, claims))
        found = common.interleaved(sides, options.rounds)
    common.show_times(found)
    slowest = max(claims, key=lambda claim: common.ratio(found, claim, WHOLE))
    print()
    common.show_ratio(f"{WHOLE}, beside {slowest} alone", common.ratio(found, WHOLE, slowest), at_most(1.25))
    with FaultServer({"": Silent()}) as server, common.workplace(options.folder) as folder:
        _silent(server.nameserver, folder)


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 5)
    parser.add_argument("--delay", type=float, default=0.2, help="seconds that the name server takes for an answer")
    return parser.parse_args()


def _measure(server: tuple[str, int], claims: Sequence[str]) -> None:
    about = Subject(ADDRESS, "example.org", "mail.example.org", ("s1",), "example.org")
    found = Probe(about, Names([server], LOOK_UP)).measure(claims, lambda: datetime.now(UTC))
    wrong = [each.judged for each in found if each.claim != "port25" and each.outcome is not Outcome.HOLDS]
    if wrong:
        raise RuntimeError(f"the records are not as this measures them: {wrong}")


def _silent(nameserver: str, home: Path) -> None:
    words = ["--domain", "example.org", "--helo", "mail.example.org", "--omit", "port25", "--nameserver", nameserver]
    command = [sys.executable, "-m", "delist", "evidence", "203.0.113.7", *words]
    seconds = timed(partial(common.child, command, home))
    common.show_ratio("delist evidence, of a name server that says nothing: seconds", seconds, at_most(15))


if __name__ == "__main__":
    main()
