"""A code of the standing listing decides whom to ask: an entry that the provider keeps stops a text and warns."""

from dataclasses import replace
from pathlib import Path

import pytest

from delist import settings
from delist.actions.desk import case_for, settle, writing
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.store import writes
from delist.tools import Tools
from tests.builders import moment
from tests.conftest import Run, fine

A, B = "203.0.113.7", "203.0.113.8"
FACTS = ("--name", "Hanako Example", "--email", "hanako@example.org", "--purpose", "order confirmations of a shop")
SAYS = f"Spamhaus PBL keeps the entry of {A} for the provider (127.0.0.10): ask the provider first"


def seen(tools: Tools, *codes: str | None, key: str = "spamhaus-pbl", on: str = "2026-11-20") -> None:
    """Record that A was seen on a list with these codes, or off it (None)."""
    with writing(tools) as desk:
        case = case_for(desk, A, key)
        for code in codes:
            what = Seen.LISTED if code else Seen.CLEAR
            writes.add_sighting(desk.tx, case.id, Sighting(desk.uid(), what, moment(on), SightingSource.CHECK, code))
        settle(desk, case)


@pytest.mark.parametrize("codes", [("127.0.0.10",), ("127.0.0.10", "127.0.0.11"), ("127.0.0.11", "127.0.0.10")])
def test_an_entry_of_the_provider_makes_a_letter_to_the_provider_unless_a_text_is_wanted_anyway(
    run: Run, tools: Tools, codes: tuple[str, ...]
) -> None:
    seen(tools, *codes)
    letter = fine(run("text", A, "-l", "pbl", *FACTS, "--json"))
    assert (letter["addressee"], letter["template"], letter["fields"]) == ("provider", "provider-letter.en", {})
    outcome = run("text", A, "-l", "pbl", *FACTS, "--anyway")
    assert outcome.code == 0
    assert SAYS in outcome.err


def test_a_submission_about_such_an_entry_is_recorded_with_a_warning(run: Run, tools: Tools) -> None:
    seen(tools, "127.0.0.10")
    outcome = run("submit", A, "-l", "pbl", *FACTS)
    assert outcome.code == 0
    assert SAYS in outcome.err
    assert len(fine(run("requests", "--json"))["requests"]) == 1


def test_who_answers_for_the_network_is_not_sent_to_the_provider(run: Run, tools: Tools, home: Path) -> None:
    sender = '[[senders]]\naddress = "203.0.113.0/24"\nrole = "provider"\n'
    (home / "config.toml").write_text(f"{sender}[evidence]\nmeasure = false\n")
    seen(tools, "127.0.0.10")
    ours = replace(tools, settings=settings.read(home / "config.toml"))
    assert run("text", A, "-l", "pbl", *FACTS, with_tools=ours).code == 0


@pytest.mark.parametrize("codes", [(), ("127.0.0.11",), ("127.0.0.10", None), ("127.0.0.10", None, "127.0.0.11")])
def test_an_entry_that_is_ours_or_is_over_stops_nothing(run: Run, tools: Tools, codes: tuple[str | None, ...]) -> None:
    for day, code in enumerate(codes, 10):
        seen(tools, code, on=f"2026-11-{day}")
    outcome = run("text", A, "-l", "pbl", *FACTS)
    assert outcome.code == 0, outcome.err


def test_the_entry_of_one_list_or_address_says_nothing_of_another(run: Run, tools: Tools) -> None:
    seen(tools, "127.0.0.10")
    assert run("text", B, "-l", "pbl", *FACTS).code == 0
    assert run("text", A, "-l", "xbl", *FACTS, "--cause", "a bot, removed").code == 0
