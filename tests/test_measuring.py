"""What is kept of measurements: of each claim the latest, in the history what has changed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from delist.actions.desk import reading, writing
from delist.actions.measuring import keep
from delist.rules.evidence.values import Judged, Measured, Outcome, Subject
from delist.store import evidence, reads
from delist.store.evidence import Kept
from delist.tools import Tools
from tests.conftest import NOW, Run, at, fine

A = "203.0.113.7"
ABOUT = Subject(A, "example.org", "mail.example.org", ("s1",), "example.org")
# SPF is evaluated for the HELO name too.
SPF_OF = "example.org mail.example.org"
LATER = NOW + timedelta(days=3)


def spf(outcome: Outcome = Outcome.HOLDS, record: str = "v=spf1 -all", at: datetime = NOW) -> Measured:
    facts = {"record": record} if outcome is not Outcome.UNKNOWN else {}
    return Measured(Judged("spf", outcome, f"publishes {record}", "asked", None, facts), at, "127.0.0.1:53")


def kept(tools: Tools, found: Sequence[Measured], about: Subject = ABOUT) -> dict[str, Kept]:
    with writing(tools) as desk:
        keep(desk, about, found)
    with reading(tools) as open_desk:
        assert open_desk is not None
        known = reads.address(open_desk.tx, A)
        assert known is not None
        return evidence.of_address(open_desk.tx, known.id)


def history(run: Run) -> list[tuple[str, str]]:
    exported = run("export").out.splitlines()
    (line,) = [line for line in exported if '"type": "address"' in line or '"type":"address"' in line]
    entries = json.loads(line)["history"]
    return [(each["detail"]["claim"], each["detail"]["outcome"]) for each in entries if each["event"] == "measured"]


def test_the_latest_measurement_of_a_claim_is_kept_with_since_when_it_is_so(tools: Tools) -> None:
    assert kept(tools, [spf()])["spf"] == Kept(spf(), SPF_OF, NOW)
    again = spf(at=LATER)
    assert kept(at(tools, LATER), [again])["spf"] == Kept(again, SPF_OF, NOW)


def test_the_history_has_what_changed_and_nothing_twice(tools: Tools, run: Run) -> None:
    kept(tools, [spf()])
    kept(at(tools, LATER), [spf(at=LATER)])
    assert history(run) == [("spf", "holds")]
    kept(at(tools, LATER), [spf(Outcome.FAILS, "v=spf1 +all", LATER)])
    assert history(run) == [("spf", "holds"), ("spf", "fails")]


def test_another_record_is_a_change_though_both_hold(tools: Tools, run: Run) -> None:
    kept(tools, [spf()])
    found = kept(at(tools, LATER), [spf(record="v=spf1 mx -all", at=LATER)])
    assert found["spf"].since == LATER
    assert history(run) == [("spf", "holds"), ("spf", "holds")]


def test_what_could_not_be_told_takes_nobodys_place_and_is_no_change(tools: Tools, run: Run) -> None:
    unknown = spf(Outcome.UNKNOWN, at=LATER)
    assert kept(tools, [spf(Outcome.UNKNOWN)])["spf"].measured.outcome is Outcome.UNKNOWN
    assert history(run) == []
    kept(tools, [spf()])
    assert kept(at(tools, LATER), [unknown])["spf"] == Kept(spf(), SPF_OF, NOW)


def test_of_another_domain_it_is_another_measurement(tools: Tools) -> None:
    kept(tools, [spf()])
    other = replace(ABOUT, domain="example.net")
    found = kept(at(tools, LATER), [spf(Outcome.UNKNOWN, at=LATER)], other)
    assert (found["spf"].subject, found["spf"].measured.outcome) == ("example.net mail.example.org", Outcome.UNKNOWN)


def test_what_was_measured_is_exported_as_history_and_forgotten_with_its_address(tools: Tools, run: Run) -> None:
    kept(tools, [spf()])
    fine(run("address", "forget", A, "--yes"))
    with reading(tools) as desk:
        assert desk is not None
        assert reads.address(desk.tx, A) is None
        assert desk.tx.exec_driver_sql("SELECT count(*) FROM evidence").scalar() == 0
    assert "measured" not in run("export").out


def test_an_import_brings_what_was_measured_as_history(
    run: Run, tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept(tools, [spf()])
    other = tmp_path_factory.mktemp("other") / "other.db"
    exported = run("export").out
    fine(run("import", "-", "--database", other, stdin=exported))
    both = run("export", "--database", other).out.splitlines()[1:]
    assert both == exported.splitlines()[1:]
    assert '"measured"' in exported
