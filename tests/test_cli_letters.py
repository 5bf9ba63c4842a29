"""Request texts for others than the list, for many addresses, and with what forms ask beside the claims."""

from dataclasses import replace
from pathlib import Path

import pytest

from delist import settings
from delist.settings import Measuring
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
    outcome = run("text", A, "-l", "sorbs", *CONTACT)
    assert outcome.code == 0
    assert "SORBS was closed on 2024-06-05" in outcome.out
    assert "not kept as a draft" in outcome.err
    assert run("show", A).code == 4


def test_a_receiver_whose_question_was_not_taken_is_told_so(run: Run) -> None:
    error = f"554 5.7.1 Client host [{A}] blocked using zen.spamhaus.org; Error: open resolver"
    outcome = run("text", A, "-l", "pbl", "--template", "receiver-note", "--error", error, *CONTACT)
    assert "It says that the query was not taken." in outcome.out
    assert error in outcome.out
    plain = run("text", A, "-l", "pbl", "--template", "receiver-note", *CONTACT)
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
    refused(run("text", A, "-l", "pbl", *FACTS, "--out", tmp_path / "file"), 6, "cannot write into")
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
    assert letter["fields"]["company"] == "Example KK"
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
