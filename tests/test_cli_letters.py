"""Request texts for others than the list, for many addresses, and with what forms ask beside the claims."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from delist import settings
from delist.actions import composing
from delist.actions import writing as writing_texts
from delist.actions.desk import case_for, settle, writing
from delist.rules.listings import Seen, Sighting, SightingSource
from delist.rules.moments import Moment
from delist.settings import Measuring
from delist.store import writes
from delist.tools import Tools
from tests.builders import CATALOGUE
from tests.conftest import Run, fine, refused

A, B, C = "203.0.113.7", "203.0.113.8", "2001:db8::25"
CONTACT = ("--name", "Hanako Example", "--email", "hanako@example.org")
FACTS = (*CONTACT, "--purpose", "order mails of a shop")
CAUSE = ("--cause", "a stolen password was used; it was changed")


# To the provider.


@pytest.mark.parametrize("key", ["spamhaus-sbl", "uceprotect-2", "trendmicro-dul", "spamhaus-drop"])
def test_where_only_the_provider_is_heard_the_owner_gets_a_letter_to_the_provider(run: Run, key: str) -> None:
    outcome = run("text", A, "-l", key, *CONTACT)
    assert outcome.code == 0, outcome.err
    assert "As the provider, you are the one to settle that" in outcome.out
    assert "send it to: your provider" in outcome.err
    assert f"subject: {A} is listed: {CATALOGUE.get(key).name}" in outcome.err
    assert "form" not in outcome.err.replace("performed", "")


def test_the_letter_to_the_provider_wants_a_contact_and_no_more(run: Run) -> None:
    refused(run("text", A, "-l", "spamhaus-sbl"), 2, "needs name (", "email (")


def test_the_provider_writes_to_the_list_itself(run: Run, tools: Tools, home: Path) -> None:
    (home / "config.toml").write_text('[[senders]]\naddress = "203.0.113.0/24"\nrole = "provider"\n')
    found = settings.read(home / "config.toml")
    ours = replace(tools, settings=replace(found, evidence=Measuring(measure=False)))
    letter = fine(run("text", A, "-l", "spamhaus-sbl", *CONTACT, *CAUSE, "--json", with_tools=ours))
    assert (letter["addressee"], letter["template"]) == ("list", "spamhaus-sbl.en")


def test_one_letter_to_the_provider_is_about_many_addresses(run: Run) -> None:
    letter = fine(run("text", A, B, "-l", "spamhaus-sbl", *CONTACT, "--json"))
    assert letter["addresses"] == [A, B]
    assert f"{A}, {B}" in letter["text"]
    assert [len(fine(run("show", address, "--json"))["drafts"]) for address in (A, B)] == [1, 1]


def test_who_asked_the_provider_is_reminded_of_the_answer_and_not_of_a_mailed_link(run: Run) -> None:
    fine(run("text", A, "-l", "pbl", "--template", "provider-letter", *CONTACT))
    done = run("submit", A, "-l", "pbl", "--on", "2026-11-02T10:00")
    assert done.code == 0
    assert "warning" not in done.err
    assert "form:" not in done.out
    assert "confirm" not in done.err
    assert kinds(run, "2026-11-08") == ["exclusion-ends"] * 0
    assert kinds(run, "2026-11-10") == ["answer"]
    fine(run("note", 1, "--answered", "--on", "2026-11-10"))
    assert "answer" not in kinds(run, "2026-11-11")


def kinds(run: Run, on: str) -> list[str]:
    return [each["kind"] for each in fine(run("due", "--json", "--on", on))["reminders"]]


# To a receiver.


def test_of_a_closed_list_the_receiver_is_told_and_nothing_is_kept(run: Run) -> None:
    refused(run("text", A, "-l", "sorbs", *CONTACT), 2, "what its server said (--error)", "--recipient")
    outcome = run("text", A, "-l", "sorbs", *CONTACT, "--recipient", "taro@example.com")
    assert outcome.code == 0
    assert "SORBS was closed on 2024-06-05" in outcome.out
    assert "not kept as a draft" in outcome.err
    assert run("show", A).code == 4


def test_a_receiver_whose_question_was_not_taken_is_told_so(run: Run) -> None:
    error = f"554 5.7.1 Client host [{A}] blocked using zen.spamhaus.org; Error: open resolver"
    outcome = run("text", A, "-l", "pbl", "--template", "receiver-note", "--error", error, *CONTACT)
    assert "It says that the query was not taken." in outcome.out
    assert error in outcome.out
    plain = run("text", A, "-l", "pbl", "--template", "receiver-note", *CONTACT, "--recipient", "taro@example.com")
    assert "Please check how the server asks it" in plain.out


# Many addresses.


def test_a_form_that_takes_one_address_gets_a_text_for_each_in_a_folder(run: Run, tmp_path: Path) -> None:
    words = ("text", A, B, "-l", "pbl", *FACTS)
    refused(run(*words), 2, "one address a request", "--out DIR")
    out = tmp_path / "letters"
    outcome = run(*words, "--out", out)
    assert outcome.out.splitlines() == [str(out / f"{each}.spamhaus-pbl.txt") for each in (A, B)]
    for address in (A, B):
        [draft] = fine(run("show", address, "--json"))["drafts"]
        assert (out / f"{address}.spamhaus-pbl.txt").read_text() == draft["text"]
        assert f"exclude {address} from" in draft["text"]
    assert outcome.err.count("form: https://check.spamhaus.org/") == 1
    assert f"{A}:   reason" not in outcome.err


def test_an_ipv6_address_makes_a_name_for_a_file(run: Run, tmp_path: Path) -> None:
    assert run("text", C, "-l", "pbl", *FACTS, "--out", tmp_path).out.strip().endswith("/2001-db8--25.spamhaus-pbl.txt")


def test_a_mail_stands_in_its_file_below_its_subject(run: Run, tmp_path: Path) -> None:
    found = fine(run("text", A, B, "-l", "apple", *CONTACT, "--out", tmp_path, "--json"))
    [letter] = found["texts"]
    file = Path(letter["file"])
    assert file.name == f"{A}-and-1-more.apple.txt"
    assert file.read_text() == f"Subject: {letter['subject']}\n\n{letter['text']}"


def test_a_file_with_another_text_is_left_alone_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / f"{B}.spamhaus-pbl.txt").write_text("mine\n")
    refused(run("text", A, B, "-l", "pbl", *FACTS, "--out", tmp_path), 5, f"{B}.spamhaus-pbl.txt is there already")
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".txt"] == [f"{B}.spamhaus-pbl.txt"]
    assert run("show", A).code == 4


def test_the_same_text_again_is_no_trouble(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert run("text", A, B, "-l", "pbl", *FACTS, "--out", tmp_path).code == 0


def test_a_folder_that_cannot_be_made_is_the_worlds_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(run("text", A, "-l", "pbl", *FACTS, "--out", tmp_path / "file"), 5, "is a file: --out wants a folder")
    refused(run("text", A, "-l", "pbl", *FACTS, "--out", tmp_path / "file" / "more"), 6, "cannot write into")
    assert run("show", A).code == 4


def test_addresses_come_from_standard_input_too(run: Run, tmp_path: Path) -> None:
    assert len(run("text", "-", "-l", "pbl", *FACTS, "--out", tmp_path, stdin=f"{A}\n{B}\n").out.splitlines()) == 2


def test_addresses_on_several_lists_want_the_list_named(run: Run, tmp_path: Path) -> None:
    fine(run("observe", A, "barracuda", "listed"))
    fine(run("observe", B, "spamcop", "listed"))
    refused(run("text", A, B, *FACTS, *CAUSE, "--out", tmp_path), 2, "barracuda or spamcop", "-l")


# What forms ask beside the claims.


def test_details_come_from_options_and_settings_into_text_and_form(run: Run, tools: Tools, home: Path) -> None:
    (home / "config.toml").write_text(
        '[contact]\ncompany = "Example KK"\n[[senders]]\naddress = "203.0.113.0/24"\nshared = "dedicated"\n'
    )
    found = settings.read(home / "config.toml")
    ours = replace(tools, settings=replace(found, evidence=Measuring(measure=False)))
    words = ("--error", "550 5.7.1 refused", "--recipient", "example.com", "--since", "2026-11-20")
    letter = fine(run("text", A, "-l", "microsoft-consumer", *CONTACT, *words, "--json", with_tools=ours))
    assert letter["fields"]["kind"] is None
    assert "Example KK" in letter["text"]
    assert letter["fields"]["error"] == "550 5.7.1 refused"
    assert letter["fields"]["recipient"] == "example.com"
    for part in ("dedicated", "550 5.7.1 refused", "example.com", "2026-11-20"):
        assert part in letter["text"]
    assert letter["labels"]["error"] == "the whole text of the refusals"


def test_what_a_log_has_told_of_the_case_stands_in_the_text(run: Run, tmp_path: Path) -> None:
    line = (
        "Nov 20 10:00:00 mx postfix/smtp[9]: 0A1B2C3D4E: to=<a@icloud.com>, relay=mx.example.org[192.0.2.9]:25,"
        f" dsn=5.7.1, status=bounced (host mx.example.org[192.0.2.9] said: 554 Client host [{A}] blocked using"
        " bl.spamcop.net)"
    )
    (tmp_path / "log").write_text(line + "\n")
    fine(run("scan", tmp_path / "log", "--record"))
    [group] = fine(run("show", A, "--json"))["listings"]
    letter = fine(run("text", A, "-l", group["list"], "--anyway", *CONTACT, *CAUSE, "--json"))
    assert group["reason"]
    assert letter["template"] == "general.en"
    told = fine(run("text", A, "-l", group["list"], "--template", "receiver-note", *CONTACT, "--json"))["text"]
    assert f"The refusal: {group['reason']}" in told
    assert "Since: 2026-11-20" in told
    assert (
        "my own words"
        in run("text", A, "-l", group["list"], "--template", "receiver-note", *CONTACT, "--error", "my own words").out
    )


def test_the_cause_may_stand_in_a_file(run: Run, tmp_path: Path) -> None:
    refused(run("text", A, "-l", "xbl", *CONTACT), 2, "cause (what was found and what was done", "--because FILE")
    (tmp_path / "cause").write_text("a bot was found and removed\n")
    for words, stdin in (((tmp_path / "cause",), None), (("-",), "a bot was found and removed")):
        outcome = run("text", A, "-l", "xbl", *CONTACT, "--because", *words, stdin=stdin)
        assert "What was found and how it was cleaned: a bot was found and removed\n" in outcome.out
    refused(run("text", A, "-l", "xbl", *CONTACT, *CAUSE, "--because", tmp_path / "cause"), 2, "give one of them")
    refused(run("text", A, "-l", "xbl", *CONTACT, "--because", tmp_path / "no"), 4, "there is no file")


@pytest.mark.parametrize("words", [("--company", " "), ("--since", ""), ("--because", "EMPTY")])
def test_an_empty_detail_is_refused(run: Run, tmp_path: Path, words: tuple[str, str]) -> None:
    (tmp_path / "empty").write_text("\n")
    given = [str(tmp_path / "empty") if word == "EMPTY" else word for word in words]
    refused(run("text", A, "-l", "xbl", *CONTACT, *given), 2, "is empty")


def limited(tools: Tools, home: Path, limit: int) -> Tools:
    from delist import catalogue

    (home / "lists.toml").write_text(f"[lists.spamhaus-pbl.removal]\nlimit = {limit}\n")
    return replace(tools, catalogue=catalogue.load(home / "lists.toml"))


def test_a_text_that_is_longer_than_its_form_takes_is_not_written(run: Run, tools: Tools, home: Path) -> None:
    size = len(run("text", A, *FACTS).out)
    short = limited(tools, home, size - 1)
    refused(run("text", A, *FACTS, with_tools=short), 5, f"has {size} characters", f"takes {size - 1}")
    fits = run("text", A, *FACTS, with_tools=limited(tools, home, size))
    assert f"  reason: the text above, {size} of at most {size} characters" in fits.err.splitlines()


def test_a_list_that_wants_no_text_says_what_to_do_instead(run: Run) -> None:
    for key, part in (("spamcop", "use its form: https://"), ("psbl", "https://"), ("uceprotect-1", "wait")):
        refused(run("text", A, "-l", key, *CONTACT), 5, part)


# Letters about many, and what happens meanwhile.


EVERY_SECOND = [f"203.0.113.{number}" for number in range(0, 256, 2)]
SPARSE = [f"2001:db8::{number:x}:1" for number in range(1, 1500)]


@pytest.mark.parametrize(
    ("addresses", "lines"),
    [
        ([f"203.0.113.{number}" for number in range(256)], ["203.0.113.0/24"]),
        (EVERY_SECOND, EVERY_SECOND),
        (SPARSE, SPARSE),
    ],
    ids=["a network", "every second one", "IPv6"],
)
def test_a_letter_about_many_names_the_first_and_has_all_below(
    run: Run, addresses: list[str], lines: list[str]
) -> None:
    outcome = run("text", "-", "-l", "spamhaus-sbl", *CONTACT, "--json", stdin="\n".join(addresses))
    letter = fine(outcome)
    assert letter["subject"] == f"{addresses[0]} (+{len(addresses) - 1:,}) are listed: Spamhaus SBL"
    assert letter["text"].split("All addresses:\n")[1].splitlines() == lines
    assert letter["text"].count(addresses[1]) <= 1 + len([line for line in lines if line.startswith(addresses[1])])


def test_more_addresses_than_a_letter_holds_are_refused(run: Run) -> None:
    addresses = "\n".join(f"2001:db8:{number:x}::1" for number in range(2001))
    refused(run("text", "-", "-l", "spamhaus-sbl", *CONTACT, stdin=addresses), 2, "2,001 addresses are more than")


def test_what_one_address_lacks_is_not_said_of_all(run: Run, tools: Tools, home: Path) -> None:
    (home / "config.toml").write_text(
        '[[senders]]\naddress = "203.0.113.7"\nrole = "provider"\npurpose = "one"\nstatic = true\n'
        '[[senders]]\naddress = "203.0.113.8"\npurpose = "two"\nstatic = false\n'
    )
    found = settings.read(home / "config.toml")
    ours = replace(tools, settings=replace(found, evidence=Measuring(measure=False)))
    letter = run("text", A, B, "-l", "apple", *CONTACT, with_tools=ours)
    assert "as its provider" not in letter.out
    assert "left out: purpose (not the same for all the addresses)" in letter.err
    assert "left out: static (not the same for all the addresses)" in letter.err
    refused(
        run("text", A, B, "-l", "aws-port25", *CONTACT, with_tools=ours), 2, "one purpose for all of them (--purpose)"
    )


def test_of_texts_for_each_all_that_lack_something_are_named_at_once(run: Run, tools: Tools, home: Path) -> None:
    (home / "config.toml").write_text('[[senders]]\naddress = "203.0.113.7"\npurpose = "one"\n')
    found = settings.read(home / "config.toml")
    ours = replace(tools, settings=replace(found, evidence=Measuring(measure=False)))
    words = ("text", A, B, "203.0.113.9", "-l", "pbl", *CONTACT, "--out", home / "out")
    refused(run(*words, with_tools=ours), 2, "203.0.113.8, 203.0.113.9: the request to spamhaus-pbl needs purpose")


def test_an_edited_letter_to_the_provider_still_went_to_the_provider(run: Run, tmp_path: Path) -> None:
    fine(run("text", A, "-l", "spamhaus-sbl", *CONTACT))
    (tmp_path / "mine.txt").write_text("Dear provider\n")
    done = run("submit", A, "-l", "spamhaus-sbl", "--text", tmp_path / "mine.txt", "--on", "2026-11-02")
    assert "warning" not in done.err
    record = fine(run("show", 1, "--json"))
    assert (record["text"], record["template"], record["claims"]) == ("Dear provider\n", "provider-letter.en", [])


def test_a_refusal_of_a_listing_that_is_over_is_not_told_of_the_present_one(run: Run, tools: Tools) -> None:
    with writing(tools) as desk:
        case = case_for(desk, A, "gmx")
        for seen, day, source, reason in (
            (Seen.LISTED, "2025-10-01", SightingSource.LOG, "554 the old words"),
            (Seen.CLEAR, "2025-12-01", SightingSource.HAND, None),
            (Seen.LISTED, "2026-11-20", SightingSource.HAND, None),
        ):
            sighting = Sighting(desk.uid(), seen, Moment(date.fromisoformat(day)), source, reason=reason)
            writes.add_sighting(desk.tx, case.id, sighting)
        settle(desk, case)
    text = run("text", A, "-l", "gmx", *CONTACT).out
    assert "the old words" not in text
    assert "2026-11-20" in text


def test_a_list_that_was_seen_clear_is_warned_of(run: Run) -> None:
    fine(run("observe", A, "gmx", "listed", "--on", "2026-11-01"))
    fine(run("observe", A, "gmx", "clear", "--on", "2026-11-10"))
    assert f"warning: {A} was last seen off GMX" in run("text", A, "-l", "gmx", *CONTACT).err


def test_what_another_process_records_meanwhile_stops_the_draft(
    run: Run, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = composing.compose

    def meanwhile(*args: Any) -> Any:
        fine(run("submit", A, "-l", "pbl", "--on", "2026-11-20"))
        return real(*args)

    monkeypatch.setattr(writing_texts, "compose", meanwhile)
    refused(run("text", A, "-l", "pbl", *FACTS), 5, "request 1", "still submitted")
    assert fine(run("show", A, "--json"))["drafts"] == []


def test_an_address_that_is_forgotten_meanwhile_is_not_brought_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fine(run("address", "add", A))
    real = composing.compose

    def meanwhile(*args: Any) -> Any:
        fine(run("address", "forget", A, "--yes"))
        return real(*args)

    monkeypatch.setattr(writing_texts, "compose", meanwhile)
    refused(run("text", A, "-l", "pbl", *FACTS), 5, "was forgotten while its text was written")
    assert run("show", A).code == 4


def test_a_text_written_from_the_template_of_another_list_claims_only_what_stands_in_it(run: Run) -> None:
    words = (*FACTS, "--spf", "v=spf1 -all", "--bounces", "read daily")
    found = fine(run("text", A, "-l", "pbl", "--template", "spamhaus-css", *words, "--json"))
    assert [each["claim"] for each in found["claims"] if each["stated"]] == []
    assert "the template has no place for it" in run("text", A, "-l", "pbl", "--template", "spamhaus-css", *words).err


def test_details_without_a_place_are_named(run: Run) -> None:
    outcome = run("text", A, "-l", "pbl", *FACTS, "--record", "SBL1", "--phone", "+1 555 0100")
    assert "left out: record (this text and form have no place for it)" in outcome.err
    assert "left out: phone" not in outcome.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--email", "not a mail"), "--email is no mail address"),
        (("--domain", "exa mple"), "--domain is no host name"),
        (("--domain", "x.jp\nBcc: y@example.org"), "--domain must be one line"),
        (("--helo", "-x..y"), "--helo is no host name"),
        (("--name", "Two\nLines"), "--name must be one line"),
        (("--purpose", "a\x1b[31m"), "--purpose holds characters that cannot be printed"),
        (("--error", "x" * 10_001), "--error has 10,001 characters"),
        (("--since", "2199-01-01"), "is in the future"),
        (("--since", "tomorrow"), "is no moment"),
    ],
)
def test_what_can_stand_in_no_text_is_refused(run: Run, words: tuple[str, str], part: str) -> None:
    refused(run("text", A, "-l", "gmx", *CONTACT, *words), 2, part)


def test_standard_input_is_read_once(run: Run) -> None:
    refused(run("text", "-", "-l", "xbl", *CONTACT, "--because", "-", stdin=f"{A}\n"), 2, "can be read once")


@pytest.mark.parametrize(
    ("template", "stated"),
    [
        ("I use only {{ address }}.", []),
        ("I use only {{ address }}, a static one.", []),
        ('{% if "static" in stated %}Fixed: {{ address }}.{% endif %}', ["static"]),
        ("{{ address }}, port 25: {{ port25 }}", ["port25"]),
    ],
)
def test_what_a_template_of_ones_own_does_not_say_is_not_kept_as_said(
    run: Run, tools: Tools, template: str, stated: list[str]
) -> None:
    tools.places.templates.mkdir(parents=True)
    (tools.places.templates / "spamhaus-pbl.en.txt.j2").write_text(template)
    found = fine(run("text", A, "-l", "pbl", *FACTS, "--static", "--port25", "closed", "--json"))
    assert [each["claim"] for each in found["claims"] if each["stated"]] == stated


@pytest.mark.parametrize("mail", ["a@b", "a@-c.jp", "a@203.0.113.7", "@example.org", "a b@example.org"])
def test_what_is_no_mail_address_is_refused(run: Run, mail: str) -> None:
    refused(run("text", A, "-l", "gmx", "--name", "A", "--email", mail), 2, "--email is no mail address")


def test_an_address_is_no_domain(run: Run) -> None:
    refused(run("text", A, "-l", "gmx", *CONTACT, "--domain", A), 2, "--domain is no host name")


def test_a_file_without_a_name_is_none(run: Run) -> None:
    refused(run("text", A, "-l", "xbl", *CONTACT, "--because", ""), 2, "name a file to read")


def test_requests_of_a_network_and_of_neighbours_in_its_64_still_meet(run: Run) -> None:
    fine(run("submit", "2001:db8:0:1::7", "-l", "css", *CONTACT, "--on", "2026-11-20"))
    for address, code in (("2001:db8:0:1::8", 5), ("2001:db8:0:2::8", 0)):
        assert run("text", address, "-l", "css", *CONTACT, *CAUSE).code == code
    fine(run("submit", "198.51.100.0/24", "-l", "uceprotect-2", "--on", "2026-11-20"))
    refused(run("text", "198.51.100.9", "-l", "uceprotect-2", *CONTACT), 5, "request 2 for 198.51.100.0/24")
    assert run("text", "192.0.2.9", "-l", "uceprotect-2", *CONTACT).code == 0
