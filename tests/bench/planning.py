"""How long `delist plan --site` takes for a site of so many listed addresses, as a process of its own."""

import argparse
import subprocess
from collections.abc import Sequence
from datetime import timedelta

from delist.actions.desk import writing
from delist.rules import addresses as ip
from delist.rules.listings import Episode, Seen, Sighting, SightingSource
from delist.rules.moments import moment_of
from delist.store import attention, bulk
from delist.store.rows import instant_text
from delist.tools import Tools, new_uid
from tests.bench import common
from tests.bench.common import PBL, at_most, timed

SITE = "example"


def fill(tools: Tools, addresses: Sequence[str], code: str = "127.0.0.10", off_every: int = 231) -> None:
    """Fill an empty database with addresses of one site, on the PBL by that code but for one in `off_every`."""
    seen = moment_of(tools.now() - timedelta(days=3), tools.zone)
    with writing(tools) as desk:
        batch = bulk.Batch(desk.tx)
        for number, address in enumerate(addresses, 1):
            place = (address, ip.order(address), ip.neighbourhood(address), SITE)
            batch.addresses.append((number, new_uid(desk.at), *place, None, None, None, instant_text(desk.at), None))
            if number % off_every == 0:
                continue
            batch.cases.append((number, number, PBL, None))
            uid, source = new_uid(desk.at), SightingSource.CHECK
            batch.sightings.append(bulk.sighting_values(Sighting(uid, Seen.LISTED, seen, source, code), False, number))
            batch.listings.append(bulk.episode_values(Episode(uid, code, source, seen, seen), number))
        batch.flush()
        attention.refresh_all(desk.tx, desk.basis)


def address(position: int) -> str:
    """Return one of many IPv4 addresses in a row."""
    return f"45.{position >> 16 & 255}.{position >> 8 & 255}.{position & 255}"


def main() -> None:
    """Measure and print."""
    options = _options()
    common.begin(f"`delist plan --site` for {options.size:,} addresses")
    with common.workplace(options.folder) as folder:
        tools = common.ready(folder)
        fill(tools, [address(position) for position in range(options.size)])
        words = [common.console_script(), "plan", "--site", SITE]
        whole = {
            name: lambda more=more: timed(lambda: _run([*words, *more], folder))
            for name, more in {"for people": (), "--json": ("--json",), "--each": ("--each",)}.items()
        }
        found = common.interleaved(whole, options.rounds)
    common.show_times(found)
    for name, times in found.items():
        common.show_ratio(f"seconds, {name}", sorted(times)[len(times) // 2], at_most(2.0))


def _run(words: Sequence[str], folder: object) -> None:
    subprocess.run(words, env=common.environment(folder), check=True, stdout=subprocess.DEVNULL)  # type: ignore[arg-type]


def _options() -> argparse.Namespace:
    parser = common.parser(__doc__ or "", 5)
    parser.add_argument("--size", type=int, default=3_000, help="addresses of the site")
    return parser.parse_args()


if __name__ == "__main__":
    main()
