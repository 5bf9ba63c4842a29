"""All that is measured goes side by side, within a time that is known; calls go out in a network of the test's own."""

import subprocess
import sys
from datetime import UTC, datetime
from threading import Event
from time import monotonic

import pytest

from delist.probe.names import Names
from delist.probe.run import ALL, Probe
from delist.probe.side import side_by_side
from delist.rules.evidence.values import Measured, Outcome, Subject
from tests.servers.namespaces import HERE, NOBODY, THERE, inside, neighbour, swallows

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def port25(address: str) -> Measured:
    # Nobody listens there: each look-up fails at once.
    names = Names([("127.0.0.1", 9)], 0.5)
    subject = Subject(address, domain="example.org")
    [found] = Probe(subject, names).measure(["port25"], lambda: NOW)
    return found


@pytest.mark.parametrize("version", [4, 6])
@inside
def test_a_call_to_port_25_is_judged_by_what_it_can_tell(version: int) -> None:
    with neighbour() as there:
        assert port25(THERE[version]).outcome is Outcome.HOLDS
        with there.listens(THERE[version]):
            assert port25(THERE[version]).outcome is Outcome.FAILS
        own = port25(HERE[version])
        assert (own.outcome, own.nameserver) == (Outcome.UNKNOWN, None)
        assert "no look from outside" in own.judged.value
        swallows(NOBODY[version])
        begun = monotonic()
        assert port25(NOBODY[version]).outcome is Outcome.UNKNOWN
        assert monotonic() - begun < ALL + 1


def test_what_is_late_is_none_and_the_others_stand() -> None:
    forever = Event()
    assert side_by_side([lambda: 1, lambda: forever.wait(60), lambda: 3], 0.3) == [1, None, 3]
    forever.set()


def test_what_a_job_raises_is_raised() -> None:
    def fails() -> int:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        side_by_side([lambda: 1, fails], 5)


def test_jobs_go_at_the_same_time() -> None:
    one, other = Event(), Event()

    def first() -> bool:
        one.set()
        return other.wait(5)

    def second() -> bool:
        other.set()
        return one.wait(5)

    assert side_by_side([first, second], 5) == [True, True]


def test_what_is_late_does_not_keep_the_program_from_ending() -> None:
    words = "from delist.probe.side import side_by_side; from time import sleep; side_by_side([lambda: sleep(60)], 0.1)"
    assert subprocess.run([sys.executable, "-c", words], timeout=30, check=False).returncode == 0
