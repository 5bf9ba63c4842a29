"""`delist plan` through its command line: one address, a network, a site by numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from delist import catalogue, settings
from delist.actions.desk import case_for, known_address, settle, writing
from delist.rules.evidence.values import Judged, Measured, Outcome
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.store import evidence, writes
from delist.store.evidence import Kept
from delist.tools import Tools
from tests.bench import planning
from tests.builders import moment
from tests.conftest import NOW, Run, fine, refused

A, B = "203.0.113.7", "203.0.113.8"
FIELDS = {
    *(
        "order",
        "list",
        "name",
        "codes",
        "who",
        "do",
        "addresses",
        "sending",
        "entries",
        "targets",
        "since_on",
        "since_at",
    ),
    *("after", "mend", "needs", "expires", "expires_on", "confirm_within", "effect_within", "answer_within"),
    *("request", "state", "url", "commands"),
}


def seen(tools: Tools, address: str, key: str, *codes: str, source: SightingSource = SightingSource.CHECK) -> None:
    """Record that an address was seen on a list today, with these codes."""
    with writing(tools) as desk:
        case = case_for(desk, address, key)
        for code in codes or (None,):
            sighting = Sighting(desk.uid(), Seen.LISTED, moment("2026-11-24 11:00"), source, code)
            writes.add_sighting(desk.tx, case.id, sighting)
        settle(desk, case)


def measured(tools: Tools, address: str, claim: str, at: Any = NOW) -> None:
    """Record that a claim was measured to fail."""
    with writing(tools) as desk:
        known = known_address(desk, address)
        judged = Judged(claim, Outcome.FAILS, "there is none", "DNS", f"set {claim} right")
        evidence.save(desk.tx, known.id, [Kept(Measured(judged, at, "127.0.0.1:53"), "", at)])


def said(tools: Tools, home: Path, text: str) -> Tools:
    """Return the tools with this in config.toml."""
    (home / "config.toml").write_text(text, encoding="utf-8")
    return replace(tools, settings=settings.read(home / "config.toml"))


def steps(run: Run, *words: str, with_tools: Tools | None = None) -> list[dict[str, Any]]:
    """Return the steps for scripts, each with every field."""
    found = fine(run("plan", *words, "--json", with_tools=with_tools))
    assert set(found) == {"address", "site", "network", "addresses", "steps", "evidence_at", "measured"}
    for place, step in enumerate(found["steps"], 1):
        assert set(step) == FIELDS
        assert step["order"] == place
    return list(found["steps"])


FOUR = f"""\
{A}: 4 steps, in the order in which to take them
before you write: nothing is measured yet, `delist evidence {A}` says what to mend
before you write: say who asks: name (--name or [contact] name), email (--email or [contact] email)

1. Spamhaus SBL (spamhaus-sbl): only your provider can ask: write to the provider
   listed since 2026-11-24 11:00 +09:00, code 127.0.0.2
   mend first: cause: find out what was sent or what runs there, end it, and be ready to say both (--cause or [[senders]] cause)
   do: `delist text {A} -l spamhaus-sbl` writes the letter, one for all: name step 2 in it too; when it is sent: `delist submit {A} -l spamhaus-sbl`
   know: Only the provider that holds the address can ask, by mail from the link on the record, and only once the problem is over.

2. UCEPROTECT Level 2 (uceprotect-2): only your provider can ask: write to the provider
   listed since 2026-11-24 11:00 +09:00, as 203.0.113.0/24
   do: in the letter of step 1; when it is sent: `delist submit 203.0.113.0/24 -l uceprotect-2`
   it goes by itself by 2026-12-01 if nothing new happens, 7 days after it was last seen there
   know: Do not pay: the provider has to clean its Level 1 neighbours; your own address may be spotless.

3. Spamhaus PBL (spamhaus-pbl): not yet: first Spamhaus SBL (step 1) must be gone, then ask
   listed since 2026-11-24 11:00 +09:00, code 127.0.0.11
   the text needs: purpose (--purpose or [[senders]] purpose)
   then: `delist text {A} -l spamhaus-pbl`, send it (https://check.spamhaus.org/), then `delist submit {A} -l spamhaus-pbl`
   know: Ask only for a static address with reverse DNS of your own and a reason to deliver directly.

4. SpamCop Blocking List (spamcop): leave it alone, it goes by itself
   listed since 2026-11-24 11:00 +09:00
   it goes by itself by 2026-11-25 if nothing new happens, 24 h after it was last seen there; if it stays longer, ask
   look: `delist check {A} -l spamcop`
   know: Waiting is often enough: the entry expires 24 hours after the last report.
"""  # noqa: E501


def test_an_address_on_four_lists_at_once(run: Run, tools: Tools) -> None:
    seen(tools, A, "spamcop")
    seen(tools, A, "spamhaus-pbl", "127.0.0.11")
    seen(tools, "203.0.113.0/24", "uceprotect-2")
    seen(tools, A, "spamhaus-sbl", "127.0.0.2")
    assert run("plan", A).out == FOUR
    first = steps(run, A)[0]
    assert first["commands"] == [f"delist text {A} -l spamhaus-sbl", f"delist submit {A} -l spamhaus-sbl"]
    later = run("plan", A, "--on", "2026-12-08").out
    assert "it should be gone since 2026-11-25: look first, `delist check 203.0.113.7 -l spamcop`" in later
    assert "it should be gone since 2026-12-01, 7 days after it was last seen there" in later


def test_the_provider_asks_for_itself(run: Run, tools: Tools, home: Path) -> None:
    seen(tools, A, "spamhaus-pbl", "127.0.0.10")
    seen(tools, A, "spamhaus-sbl")
    ours = said(tools, home, '[[senders]]\naddress = "203.0.113.0/24"\nrole = "provider"\n')
    assert [(step["list"], step["who"], step["do"]) for step in steps(run, A, with_tools=ours)] == [
        ("spamhaus-sbl", "you", "ask"),
        ("spamhaus-pbl", "you", "wait-for"),
    ]
    told = run("plan", A, with_tools=ours).out
    assert f"`delist text {A} -l spamhaus-sbl`, send it as the record there says, https://check.spamhaus.org/" in told
    assert "then change your own entry (127.0.0.10)\n" in told
    assert f"then: change it where you keep it with Spamhaus, as its provider; then `delist submit {A} -l" in told
    assert "the text needs: purpose" not in told


def test_a_provider_has_nothing_to_file_about_its_neighbours_but_something_to_end(
    run: Run, tools: Tools, home: Path
) -> None:
    seen(tools, A, "uceprotect-2")
    ours = said(tools, home, '[[senders]]\naddress = "203.0.113.0/24"\nrole = "provider"\n')
    told = run("plan", A, with_tools=ours).out
    assert "nothing can be filed: end what is listed in it, then it goes by itself" in told
    assert "leave it alone" not in told


def test_an_entry_that_the_provider_keeps(run: Run, tools: Tools) -> None:
    seen(tools, A, "spamhaus-pbl", "127.0.0.10", "127.0.0.11")
    [step] = steps(run, A)
    assert (step["who"], step["do"], step["codes"]) == ("provider", "letter", ["127.0.0.10", "127.0.0.11"])
    assert "your provider keeps this entry (127.0.0.10, 127.0.0.11): write to the provider" in run("plan", A).out


def test_an_open_request_is_told_with_what_comes_next(run: Run, tools: Tools) -> None:
    seen(tools, A, "spamhaus-pbl", "127.0.0.11")
    fine(run("submit", A, "-l", "pbl", "--on", "2026-11-24T10:00"))
    [step] = steps(run, A)
    assert (step["do"], step["request"], step["state"], step["commands"]) == (
        "asked",
        1,
        "submitted",
        ["delist confirm 1"],
    )
    told = run("plan", A).out
    assert "asked already, request 1, sent 2026-11-24 10:00 +09:00, submitted" in told
    assert "next, now: Open the link in the mail that arrives at once, then `delist confirm 1`" in told
    assert "before you write" not in told


def test_a_refused_request_can_be_answered(run: Run, tools: Tools) -> None:
    seen(tools, A, "barracuda")
    fine(run("submit", A, "-l", "barracuda", "--on", "2026-11-21"))
    fine(run("refused", A, "--on", "2026-11-22"))
    [step] = steps(run, A)
    assert (step["do"], step["state"], step["commands"][0]) == ("ask", "refused", "delist appeal 1")


def test_what_was_refused_is_asked_again_though_no_look_has_found_it(run: Run) -> None:
    fine(run("submit", A, "-l", "barracuda", "--on", "2026-11-21"))
    fine(run("refused", A, "--on", "2026-11-22"))
    [step] = steps(run, A)
    assert (step["do"], step["state"], step["since_on"]) == ("ask", "refused", None)
    fine(run("observe", A, "barracuda", "clear", "--on", "2026-11-23"))
    assert steps(run, A) == []
    assert "A is on no list".replace("A", A) in run("plan", A).out
    assert "the last time 2026-11-23; to look anew" in run("plan", A).out


def test_what_was_given_up_holds_nothing_up_in_plan_and_in_text(run: Run, tools: Tools) -> None:
    seen(tools, A, "spamhaus-pbl", "127.0.0.11")
    seen(tools, "203.0.113.0/24", "spamhaus-sbl")
    words = ("text", A, "-l", "pbl", "--no-measure", "--name", "H", "--email", "h@example.org", "--purpose", "mail")
    assert [step["do"] for step in steps(run, A)] == ["letter", "wait-for"]
    refused(run(*words), 5, "Spamhaus SBL comes first: 203.0.113.0/24 is on it")
    fine(run("address", "retire", "203.0.113.0/24"))
    assert [step["do"] for step in steps(run, A)] == ["ask"]
    assert run(*words).code == 0


def test_a_sibling_that_was_given_up_keeps_nobody_from_asking(run: Run, tools: Tools) -> None:
    for address in ("2001:db8::5", "2001:db8::7"):
        seen(tools, address, "spamhaus-css")
    fine(run("submit", "2001:db8::5", "-l", "css"))
    words = (
        "text",
        "2001:db8::7",
        "-l",
        "css",
        "--no-measure",
        "--name",
        "H",
        "--email",
        "h@example.org",
        "--cause",
        "x",
    )
    refused(run(*words), 5, "request 1 for 2001:db8::5 is still submitted")
    fine(run("address", "retire", "2001:db8::5"))
    assert [step["do"] for step in steps(run, "2001:db8::7")] == ["ask"]
    assert run(*words).code == 0


def test_a_list_that_is_switched_off_gets_no_command(run: Run, tools: Tools, home: Path) -> None:
    seen(tools, A, "barracuda")
    seen(tools, A, "sorbs")
    tools.places.lists.write_text("[lists.barracuda]\noff = true\n[lists.sorbs]\noff = true\n", encoding="utf-8")
    off = replace(tools, catalogue=catalogue.load(tools.places.lists))
    assert [(step["do"], step["commands"]) for step in steps(run, A, with_tools=off)] == [("nothing", [])] * 2
    told = run("plan", A, with_tools=off).out
    assert "barracuda): you have switched it off in lists.toml" in told
    assert "delist text" not in told


def test_few_addresses_are_named_in_commands_that_work(run: Run, tools: Tools, tmp_path: Path) -> None:
    for address in (A, B):
        seen(tools, address, "barracuda")
        seen(tools, address, "spamhaus-pbl", "127.0.0.10")
    facts = ("--no-measure", "--name", "H", "--email", "h@example.org", "--cause", "x")
    ask, letter = steps(run, "203.0.113.0/24")
    assert ask["commands"] == [f"delist text {A} {B} -l barracuda --out texts", f"delist submit {A} {B} -l barracuda"]
    assert letter["commands"] == [f"delist text {A} {B} -l spamhaus-pbl", f"delist submit {A} {B} -l spamhaus-pbl"]
    for command in (*ask["commands"], *letter["commands"]):
        words = [str(tmp_path) if word == "texts" else word for word in command.split()[1:]]
        done = run(*words, *(facts if words[0] == "text" else ()))
        assert done.code == 0, done.err


def test_many_addresses_come_from_a_file_that_the_plan_makes(run: Run, tools: Tools) -> None:
    several = [f"203.0.113.{n}" for n in range(1, 6)]
    for address in several:
        seen(tools, address, "barracuda")
    told = run("plan", "203.0.113.0/24").out
    assert (
        "the 5 addresses, one a line: `delist plan 203.0.113.0/24 --json | jq -r '.steps[0].targets[]' > FILE`" in told
    )
    [step] = steps(run, "203.0.113.0/24")
    assert step["targets"] == several
    assert step["commands"][1] == "delist submit - -l barracuda < FILE"
    assert len(fine(run("submit", "-", "-l", "barracuda", "--json", stdin="\n".join(several)))["requests"]) == 5


def test_the_provider_who_refused_is_no_sign_of_sending(run: Run, tools: Tools) -> None:
    several = [f"203.0.113.{n}" for n in range(1, 6)]
    for address in several:
        seen(tools, address, "spamhaus-pbl", "127.0.0.10")
    done = run("text", *several, "-l", "pbl", "--no-measure", "--name", "H", "--email", "h@example.org")
    assert done.code == 0
    fine(run("submit", *several, "-l", "pbl"))
    for number in range(1, 6):
        fine(run("refused", number))
    [step] = steps(run, "203.0.113.0/24")
    assert (step["do"], step["sending"]) == ("letter", 0)
    told = run("plan", "203.0.113.0/24").out
    assert "requests were refused for 5 of them, by the provider: `delist requests -l spamhaus-pbl`" in told
    assert "none that is known" in told


def test_what_was_taken_back_is_no_sign_of_sending(run: Run, tools: Tools) -> None:
    seen(tools, A, "barracuda")
    fine(run("submit", A, "-l", "barracuda"))
    fine(run("withdraw", 1))
    assert steps(run, A)[0]["sending"] == 1
    fine(run("submit", B, "-l", "barracuda"))
    fine(run("undo", 2))
    seen(tools, B, "barracuda")
    with writing(tools) as desk:
        case = case_for(desk, B, "proofpoint")
        told = Sighting(desk.uid(), Seen.LISTED, moment("2026-11-24 11:00"), SightingSource.LOG)
        writes.add_sighting(desk.tx, case.id, replace(told, event_uid="e"))
        writes.undo_sightings(desk.tx, "e")
        settle(desk, case)
    [step] = steps(run, B)
    assert step["sending"] == 0


def test_a_sender_is_a_sign_only_where_it_names_the_address(run: Run, tools: Tools, home: Path) -> None:
    seen(tools, A, "barracuda")
    for told, expected in ((A, 1), ("203.0.113.0/24", 0)):
        ours = said(tools, home, f'[[senders]]\naddress = "{told}"\n')
        assert steps(run, A, with_tools=ours)[0]["sending"] == expected


def test_what_covers_an_address_is_judged_by_what_is_known_of_it(run: Run, tools: Tools, home: Path) -> None:
    seen(tools, "203.0.113.0/24", "spamhaus-sbl")
    ours = said(tools, home, f'[[senders]]\naddress = "{A}"\nrole = "provider"\n')
    assert steps(run, A, with_tools=ours)[0]["who"] == "you"
    assert steps(run, "203.0.113.0/24", with_tools=ours)[0]["who"] == "provider"


def test_networks_are_no_addresses(run: Run, tools: Tools) -> None:
    seen(tools, A, "barracuda")
    seen(tools, "203.0.113.0/24", "spamhaus-sbl")
    fine(run("address", "set", A, "--site", "example"))
    fine(run("address", "set", "203.0.113.0/24", "--site", "example"))
    fine(run("address", "add", B, "--site", "example"))
    measured(tools, A, "ptr")
    fine(run("address", "retire", B))
    for words in (("--site", "example"), ("203.0.113.0/24",)):
        told = fine(run("plan", *words, "--json"))
        assert (told["addresses"], told["measured"]) == (1, 1)
        assert [step["addresses"] for step in told["steps"]] == [1, 1]
    fine(run("address", "retire", A))
    assert "203.0.113.0/24 on Spamhaus SBL" in run("plan", "--site", "example").out
    assert fine(run("plan", "--site", "example", "--json"))["measured"] == 0


def test_addresses_of_others_in_a_network_of_a_site_are_theirs(run: Run, tools: Tools) -> None:
    for net, one in (("203.0.113.0/24", A), ("2001:db8::/48", "2001:db8::7")):
        fine(run("address", "add", net, "--site", "example"))
        seen(tools, one, "barracuda")
        fine(run("address", "set", one, "--site", "other"))
    assert steps(run, "--site", "example") == []
    assert len(steps(run, "--site", "other")) == 1


def test_what_the_provider_can_ask_only_later_is_named_in_its_letter(run: Run, tools: Tools) -> None:
    for key in ("spamhaus-sbl", "spamhaus-drop"):
        seen(tools, "203.0.113.0/24", key)
    seen(tools, A, "spamhaus-pbl", "127.0.0.10")
    told = run("plan", A).out
    assert "one for all: name steps 2, 3 in it too" in told
    assert "then your provider can ask, which keeps this entry (127.0.0.10)" in told
    assert "know: Code 127.0.0.10 is an entry kept by the provider" in told
    kept = next(step for step in steps(run, A) if step["list"] == "spamhaus-pbl")
    assert (kept["url"], kept["confirm_within"], kept["answer_within"]) == (None, None, "P7D")


def test_a_listing_of_the_same_64_is_a_listing_of_the_address(run: Run, tools: Tools) -> None:
    seen(tools, "2001:db8::5", "spamhaus-css")
    [step] = steps(run, "2001:db8::7")
    assert (step["list"], step["entries"]) == ("spamhaus-css", ["2001:db8::5"])
    assert "as 2001:db8::5" in run("plan", "2001:db8::7").out
    refused(run("plan", "2001:db8:0:1::7"), 4, "nothing is known of 2001:db8:0:1::7")


def test_what_was_measured_says_what_to_mend_and_how_old_it_is(run: Run, tools: Tools) -> None:
    seen(tools, A, "spamhaus-pbl", "127.0.0.11")
    measured(tools, A, "ptr")
    told = run("plan", A).out
    assert "evidence: measured 2026-11-24 12:00 +09:00\n" in told
    assert "mend first: ptr: set ptr right" in told
    assert fine(run("plan", A, "--json"))["evidence_at"] == "2026-11-24T03:00:00Z"
    stale = run("plan", A, "--on", "2026-12-08").out
    assert f"measured 2026-11-24 12:00 +09:00, 14 days ago; measure again, `delist evidence {A}`" in stale


def test_refused_mail_comes_before_what_only_a_look_has_found(run: Run, tools: Tools) -> None:
    seen(tools, A, "barracuda")
    seen(tools, A, "proofpoint", source=SightingSource.LOG)
    assert [step["list"] for step in steps(run, A)] == ["proofpoint", "barracuda"]
    assert "mail was refused for it" in run("plan", A).out


def test_what_is_known_but_on_nothing_has_nothing_to_ask(run: Run) -> None:
    fine(run("address", "add", A, "--site", "example"))
    for words in ((A,), ("--site", "example"), ("203.0.113.0/24",)):
        done = run("plan", *words)
        assert done.code == 0
        assert done.out.startswith("nothing to ask: ")
        assert "delist check " in done.out
        assert steps(run, *words) == []


def test_what_was_given_up_is_left_out(run: Run, tools: Tools) -> None:
    seen(tools, A, "barracuda")
    seen(tools, B, "barracuda")
    fine(run("address", "retire", A))
    assert run("plan", A).out == f"nothing to ask: {A} was given up on 2026-11-24\n"
    assert [step["entries"] for step in steps(run, "203.0.113.0/24")] == [[B]]


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ((), 2, "name an address, a network, or a site"),
        ((A, "--site", "example"), 2, "name an address, a network, or a site"),
        (("mx.example.org",), 2, "no IP address"),
        ((A,), 4, f"nothing is known of {A}: `delist check {A}`"),
        (("198.51.100.0/24",), 4, "nothing is known of 198.51.100.0/24"),
        (("--site", "nowhere"), 4, "no address of site nowhere"),
    ],
)
def test_what_cannot_be_planned_is_refused(run: Run, words: tuple[str, ...], code: int, part: str) -> None:
    refused(run("plan", *words), code, part)


def test_a_site_is_told_by_numbers(run: Run, tools: Tools, home: Path) -> None:
    planning.fill(tools, [planning.address(position) for position in range(3_000)])
    ours = said(tools, home, f'[[senders]]\naddress = "{planning.address(5)}"\n')
    fine(run("submit", planning.address(7), "-l", "pbl", "--on", "2026-11-23"))
    fine(run("refused", planning.address(7), "--on", "2026-11-24"))
    kept, again = steps(run, "--site", planning.SITE, with_tools=ours)
    assert (kept["addresses"], kept["who"], kept["do"], kept["sending"]) == (2987, "provider", "letter", 1)
    assert (again["entries"], again["state"]) == ([planning.address(7)], "refused")
    told = run("plan", "--site", planning.SITE, with_tools=ours).out
    assert told.startswith("site example, 3,000 recorded addresses: 2 steps, in the order in which to take them\n")
    assert "1. 2,987 of 3,000 on Spamhaus PBL (spamhaus-pbl): your provider keeps this entry (127.0.0.10)" in told
    assert "request 1 was refused: `delist appeal 1` once you have answered them" in told
    assert "one letter for all; file single requests only for those that send, 1 of them" in told
    assert len(told.splitlines()) < 25
    assert len(steps(run, "--site", planning.SITE, "--each")) == 2988
    assert [step["addresses"] for step in steps(run, "45.0.0.0/29", with_tools=ours)] == [7, 1]


def test_a_range_that_holds_up_a_part_of_a_site(run: Run, tools: Tools) -> None:
    planning.fill(tools, [planning.address(position) for position in range(520)], "127.0.0.11", 600)
    seen(tools, "45.0.1.0/24", "spamhaus-sbl")
    found = steps(run, "--site", planning.SITE)
    assert [(step["list"], step["addresses"], step["do"]) for step in found] == [
        ("spamhaus-sbl", 256, "letter"),
        ("spamhaus-pbl", 264, "ask"),
        ("spamhaus-pbl", 256, "wait-for"),
    ]
