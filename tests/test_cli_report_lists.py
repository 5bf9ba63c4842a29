"""`delist report`, list by list: what counts as a listing, who was asked, what covers the address, what comes next."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from delist.actions.desk import case_for, settle, writing
from delist.rules.evidence.recorded import Refused, refusals, static
from delist.rules.evidence.values import Judged, Outcome
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.rules.wording import Facts
from delist.store import writes
from delist.tools import Tools
from tests.builders import moment
from tests.conftest import Run, at, fine
from tests.test_cli_report import PTR, SPF, measured

A, OTHER = "203.0.113.57", "203.0.113.58"
NETWORK = "203.0.113.0/24"
V6, SIBLING = "2001:db8::26", "2001:db8::25"
PBL, SBL, CSS = "spamhaus-pbl", "spamhaus-sbl", "spamhaus-css"


@pytest.fixture
def known(tools: Tools) -> Tools:
    """Tools with a contact in the configuration."""
    facts = Facts(name="Hanako Sato", email="postmaster@example.jp", cause="a stolen password, changed since")
    return replace(tools, settings=replace(tools.settings, contact=facts))


def told(run: Run, *words: object, with_tools: Tools | None = None) -> Any:
    return fine(run("report", *words, "--json", with_tools=with_tools))


def later(tools: Tools, day: str) -> Tools:
    return at(tools, datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC))


# --- who was asked --------------------------------------------------------------------------------


def test_a_letter_to_the_provider_is_no_request_to_the_list(run: Run, known: Tools) -> None:
    fine(run("observe", A, SBL, "listed", "--on", "2026-11-20"))
    for words in (("text", A, "-l", SBL), ("submit", A, "-l", SBL, "--on", "2026-11-21T10:00")):
        assert run(*words, with_tools=known).code == 0, words
    page = run("report", A, "--with-texts", with_tools=known).out
    assert "The provider was asked about Spamhaus SBL on 2026-11-21 10:00 +09:00 (no outcome yet)." in page
    assert "the provider asked about it" in page
    assert "an answer of the provider is expected by 2026-11-28" in page
    assert "\nTo the provider, about Spamhaus SBL, 2026-11-21 10:00 +09:00\n" in page
    assert "requested" not in page.partition("Request texts")[0].replace("REQUESTED", "").partition("To the prov")[0]
    [chapter] = told(run, A, "--with-texts", with_tools=known)["lists"]
    assert chapter["texts"][0]["addressee"] == "provider"
    assert [step["addressee"] for step in chapter["timeline"]] == [None, "provider"]
    fine(run("observe", A, "spamcop", "listed", "--on", "2026-11-20"))
    assert re.search(r"Spamhaus SBL .* 2026-11-21, provider, submitted ", run("report", A, with_tools=known).out)


def test_two_who_were_asked_are_told_apart(run: Run, known: Tools) -> None:
    for key in (SBL, "barracuda"):
        fine(run("observe", A, key, "listed", "--on", "2026-11-20"))
        assert run("text", A, "-l", key, "--omit", "ptr", "--purpose", "mail", with_tools=known).code == 0, key
        assert run("submit", A, "-l", key, "--on", "2026-11-21", with_tools=known).code == 0, key
    summary = told(run, A, with_tools=known)["summary"]
    assert "Removal from Barracuda Reputation Block List was requested on 2026-11-21 (no outcome yet)." in summary
    assert "The provider was asked about Spamhaus SBL on 2026-11-21 (no outcome yet)." in summary


@pytest.mark.parametrize(("code", "end"), [("127.0.0.10", " by the provider of the address."), ("127.0.0.11", ".")])
def test_an_entry_that_its_code_gives_to_the_provider_is_for_the_provider_to_ask(
    run: Run, tools: Tools, code: str, end: str
) -> None:
    with writing(tools) as desk:
        case = case_for(desk, A, PBL)
        look = Sighting(desk.uid(), Seen.LISTED, moment("2026-11-20"), SightingSource.CHECK, code)
        writes.add_sighting(desk.tx, case.id, look)
        settle(desk, case)
    assert told(run, A)["summary"][-1] == f"Next for Spamhaus PBL: removal is to be requested{end}"


# --- what covers the address ----------------------------------------------------------------------


def test_a_network_that_holds_the_address_is_told_without_its_reasons(run: Run) -> None:
    fine(run("address", "add", A))
    fine(run("observe", NETWORK, SBL, "listed", "--on", "2026-11-20", "--reason", f"SBL1, spam from {OTHER}"))
    fine(run("observe", "203.0.112.0/24", SBL, "listed", "--on", "2026-11-20"))
    found = told(run, A, "--with-notes", "--with-texts")
    assert found["summary"][0] == f"{A} is on Spamhaus SBL ({NETWORK}), since 2026-11-20."
    [chapter] = found["lists"]
    assert (chapter["network"], chapter["listed"], chapter["timeline"][0]["reason"]) == (NETWORK, True, None)
    page = run("report", A, "--with-notes", "--with-texts").out
    assert f"Entry         {NETWORK}, which holds {A}" in page
    assert f"https://check.spamhaus.org/results/?query={A}" in page or A in page.partition("Look-up page")[2]
    assert OTHER not in page
    assert told(run, A, "-l", SBL)["lists"] == [chapter | {"texts": None}]


def test_a_neighbour_for_whom_the_whole_prefix_is_listed_is_not_named(run: Run) -> None:
    fine(run("address", "add", V6))
    fine(run("observe", SIBLING, CSS, "listed", "--on", "2026-11-20"))
    fine(run("observe", SIBLING, "barracuda", "listed", "--on", "2026-11-20"))
    found = told(run, V6)
    assert [(each["list"], each["network"]) for each in found["lists"]] == [(CSS, "2001:db8::/64")]
    assert SIBLING not in json.dumps(found)
    fine(run("observe", V6, CSS, "listed", "--on", "2026-11-21"))
    assert [each["network"] for each in told(run, V6)["lists"]] == [None]
    assert [each["network"] for each in told(run, SIBLING)["lists"] if each["list"] == CSS] == [None]


def test_a_neighbour_that_is_off_the_list_or_given_up_covers_nothing(run: Run) -> None:
    fine(run("address", "add", V6))
    fine(run("observe", SIBLING, CSS, "listed", "--on", "2026-11-20"))
    fine(run("observe", SIBLING, CSS, "clear", "--on", "2026-11-21"))
    fine(run("observe", "2001:db8::/32", SBL, "listed", "--on", "2026-11-20"))
    fine(run("address", "retire", "2001:db8::/32"))
    assert told(run, V6)["lists"] == []


# --- what counts ----------------------------------------------------------------------------------


def test_what_does_not_stand_in_the_way_of_mail_is_no_listing(run: Run) -> None:
    for key in ("dnswl", "sorbs", "aws-port25"):
        fine(run("observe", A, key, "listed", "--on", "2026-11-20"))
    summary = told(run, A)["summary"]
    assert summary[0] == f"No look at a blocklist in use is on record of {A}."
    [beside] = summary[1:]
    assert beside.startswith("Beside blocklists in use: ")
    for part in ("an allow list; on it since 2026-11-20", "closed on 2024-06-05", "a rule of the provider"):
        assert part in beside
    fine(run("observe", A, PBL, "listed", "--on", "2026-11-20"))
    summary = told(run, A)["summary"]
    assert summary[0] == f"{A} is on Spamhaus PBL, since 2026-11-20."
    assert "Next for Spamhaus PBL: removal is to be requested." in summary
    assert re.search(r"^  SORBS.* closed 2024-06-05 +- +-$", run("report", A).out, re.MULTILINE)


def test_of_a_closed_list_nothing_is_expected(run: Run, known: Tools) -> None:
    fine(run("observe", A, "sorbs", "listed", "--on", "2026-11-20"))
    assert run("text", A, "-l", "sorbs", "--recipient", "x@example.org", "--error", "550", with_tools=known).code == 0
    assert run("submit", A, "-l", "sorbs", "--on", "2026-11-21", with_tools=known).code == 0
    [chapter] = told(run, A, with_tools=known)["lists"]
    assert chapter["expected"] == []
    assert "a receiver was told on 2026-11-21" in told(run, A, with_tools=known)["summary"][-1]


# --- what comes next ------------------------------------------------------------------------------


def test_what_may_still_expire_by_itself_is_not_to_be_requested(run: Run, tools: Tools) -> None:
    fine(run("observe", A, "spamcop", "listed", "--on", "2026-11-24T10:00"))
    [chapter] = told(run, A)["lists"]
    assert [each["kind"] for each in chapter["expected"]] == ["expected-clear"]
    told_next = told(run, A)["summary"][-1]
    assert "the listing is expected to expire by itself by 2026-11-25 10:00 +09:00" in told_next
    afterwards = told(run, A, with_tools=later(tools, "2026-11-26"))
    assert [each["kind"] for each in afterwards["lists"][0]["expected"]] == ["listed", "expected-clear"]
    assert "was expected to expire by itself by" in run("report", A, with_tools=later(tools, "2026-11-26")).out


@pytest.mark.parametrize(
    ("day", "expiry", "effect"),
    [
        ("2026-11-21", "expiry by 2026-11-27", "effect by 2026-11-21"),
        ("2027-04-01", "expiry was expected by 2026-11-27", "no effect seen by 2026-11-21"),
    ],
)
def test_a_day_that_is_over_is_not_told_as_to_come(run: Run, tools: Tools, day: str, expiry: str, effect: str) -> None:
    fine(run("observe", A, "uceprotect-1", "listed", "--on", "2026-11-20"))
    fine(run("submit", A, "-l", PBL, "--on", "2026-11-20", "--confirmed", "2026-11-20"))
    found = told(run, A, with_tools=later(tools, day))["summary"][-1]
    assert found == f"Next: Spamhaus PBL: {effect}; UCEPROTECT Level 1: {expiry}."
    table = run("report", A, with_tools=later(tools, day)).out.partition("\n\n  LIST ")[2].partition("\n\n")[0]
    assert [line.rpartition("  ")[2] for line in table.splitlines()[1:]] == [effect, expiry]


def test_a_look_before_the_window_says_nothing_of_today(run: Run, tools: Tools) -> None:
    fine(run("submit", A, "-l", PBL, "--on", "2026-05-02", "--confirmed", "2026-05-02"))
    fine(run("cleared", 1, "--on", "2026-05-02"))
    assert f"{A} was not on Spamhaus PBL at the last look, of 2026-05-02;" in told(run, A)["summary"][0]
    assert "may have ended on 2026-11-02" in told(run, A)["summary"][0]
    before = told(run, A, with_tools=later(tools, "2026-10-01"))["summary"][0]
    assert before == f"{A} is not on Spamhaus PBL, by the last look of 2026-05-02."
    fine(run("observe", A, "spamcop", "clear", "--on", "2026-11-20"))
    expected = f"{A} is not known to be on a list now; for 1 of 2 an exclusion may have ended since the last look."
    assert told(run, A)["summary"][0] == expected
    fine(run("observe", A, PBL, "clear", "--on", "2026-11-23"))
    assert told(run, A)["summary"][0].endswith("by the last look at each, the oldest of 2026-11-20.")


def test_lists_stand_in_the_order_of_the_plan_and_dead_ones_last(run: Run) -> None:
    for key in ("sorbs", "dnswl", "abusix", PBL, SBL):
        fine(run("observe", A, key, "listed", "--on", "2026-11-20"))
    for key in ("barracuda", "spamhaus-xbl", "0spam"):
        fine(run("observe", A, key, "clear", "--on", "2026-11-20"))
    plan = [step["list"] for step in fine(run("plan", A, "--json"))["steps"]]
    found = [each["list"] for each in told(run, A)["lists"]]
    standing = [key for key in plan if key not in ("sorbs", "dnswl")]
    assert found[:3] == standing
    assert found[:1] == [SBL]
    assert found[-2:] == ["dnswl", "sorbs"]
    assert found[3:6] == ["barracuda", "spamhaus-xbl", "0spam"]


# --- what is for the operator alone ---------------------------------------------------------------


def test_a_page_for_others_has_neither_commands_nor_settings(run: Run, tools: Tools) -> None:
    fine(run("address", "add", A))
    since = Refused("spamhaus-pbl", moment("2026-11-20"), moment("2026-11-21"), ("mx.example.org",), False)
    found = (
        refusals(A, [since], None, datetime(2026, 11, 24, tzinfo=UTC)),
        static(True),
        replace(
            PTR,
            value="x.example, not y.example",
            mend="if DNS is right, correct what you say (--ptr, [[senders]] ptr);"
            " if you are, have the PTR record name y.example",
        ),
        Judged("helo", Outcome.UNKNOWN, "not told: --helo or [[senders]] helo", "the addresses of the HELO name"),
        SPF,
        Judged("dmarc", Outcome.UNKNOWN, "not told for which domain: --domain or [[senders]] domain", "TXT"),
        Judged(
            "traffic",
            Outcome.FAILS,
            "4 of 100",
            "what `delist scan --record` has counted in mail logs",
            "take out what bounces (`delist scan --events` shows refusals of the address): so it is",
        ),
        Judged(
            "port25",
            Outcome.FAILS,
            "open",
            "TCP",
            "close port 25 to the outside if the host only sends, or leave the claim out: --omit port25",
        ),
        Judged("mx", Outcome.FAILS, "none", "MX", "an order of a day to come: `delist other`"),
    )
    measured(tools, A, *found)
    for words in ((), ("--format", "html")):
        page = run("report", A, *words).out.partition("<body>" if words else "")[2] if words else run("report", A).out
        assert not re.search(r"`|delist |\[\[|--[a-z]", page)
    page = run("report", A).out.partition("\nEvidence\n")[2]
    assert "static address: as the operator says\n    seen      it is\n    recorded  2021-11-02 13:30 +09:00\n" in page
    assert "  Could not be told: HELO name, DMARC.\n" in page
    assert "to mend   have the PTR record name y.example\n" in page
    assert "to mend   close port 25 to the outside if the host only sends\n" in page
    assert "how       the mail logs on record\n" in page


def test_site_and_label_are_the_operators_own_words(run: Run) -> None:
    fine(run("address", "add", A, "--site", "Zone 1", "--label", "slow payer"))
    for words in ((), ("--format", "html"), ("--json",)):
        page = run("report", A, *words).out
        assert "slow payer" not in page
        assert "Zone 1" not in page
        page = run("report", A, "--with-notes", *words).out
        assert "slow payer" in page
        assert "Zone 1" in page


def test_a_text_that_names_others_is_left_out(run: Run) -> None:
    fine(run("address", "add", OTHER))
    fine(run("submit", A, "-l", PBL, "--on", "2026-11-20", "--text", "-", stdin=f"Please remove {A} and {OTHER}.\n"))
    fine(
        run(
            "submit",
            A,
            "-l",
            "barracuda",
            "--on",
            "2026-11-20",
            "--text",
            "-",
            stdin=f"Remove {A}; 192.0.2.1 wrote v=spf1 ip4:{OTHER}.\n",
        )
    )
    page = run("report", A, "--with-texts").out
    assert "Please remove" not in page
    assert "(This text names other addresses on record too, and is left out.)" in page
    assert f"Remove {A}; 192.0.2.1 wrote" in page
    texts = {each["list"]: each["texts"] for each in told(run, A, "--with-texts")["lists"]}
    assert texts[PBL] == [{"request": 1, "addressee": "list", "text": None}]
