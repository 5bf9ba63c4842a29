"""Request texts on the command line: what they state, what is left out, drafts, and templates of one's own."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from delist import tools as tools_module
from delist.tools import Tools
from tests.conftest import NOW, Run, fine, refused

A, B = "203.0.113.7", "203.0.113.8"
CONTACT = ("--name", "Hanako Example", "--email", "hanako@example.org")
FACTS = (*CONTACT, "--purpose", "order confirmations of a web shop")
PLAIN = "jippg"
CAUSE = ("--cause", "a script was closed")


def rebuilt() -> Tools:
    """Return tools that have read config.toml and lists.toml anew; the clock still stands."""
    return replace(tools_module.build(os.environ), now=lambda: NOW)


def drafts(run: Run, address: str = A) -> list[dict[str, Any]]:
    """Return the drafts of an address, none if it is not recorded."""
    outcome = run("show", address, "--json")
    return [] if outcome.code == 4 else fine(outcome)["drafts"]


def own_template(tools: Tools, name: str, text: str | bytes) -> Path:
    """Write a template into the user's folder."""
    folder = tools.places.templates
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# What a text is.


def test_a_text_is_printed_alone_and_all_talk_is_on_stderr(run: Run) -> None:
    outcome = run("text", A, *FACTS)
    assert outcome.code == 0
    assert A in outcome.out
    assert "order confirmations of a web shop" in outcome.out
    assert "hanako@example.org" in outcome.out
    assert "https://check.spamhaus.org/" not in outcome.out
    assert "https://check.spamhaus.org/" in outcome.err
    assert fine(run("text", A, *FACTS, "--json"))["text"] == outcome.out


def test_quiet_leaves_the_text_alone(run: Run) -> None:
    outcome = run("text", A, *FACTS, "--quiet")
    assert outcome.err == ""
    assert outcome.out == run("text", A, *FACTS).out


def test_the_json_of_a_text_is_as_the_contract_says(run: Run) -> None:
    found = fine(
        run("text", A, *FACTS, "--static", "--port25", "open", "--spf", "v=spf1 -all", "--omit", "spf", "--json")
    )
    assert list(found) == [
        *("address", "list", "template", "language", "subject", "text", "fields", "form_url", "claims"),
        *("addresses", "addressee", "labels", "limit", "mail", "then", "warnings", "file"),
    ]
    assert (found["address"], found["list"], found["language"]) == (A, "spamhaus-pbl", "en")
    assert (found["template"], found["subject"]) == ("spamhaus-pbl.en", None)
    assert found["form_url"] == "https://check.spamhaus.org/"
    assert found["fields"] == {"name": "Hanako Example", "email": "hanako@example.org", "reason": found["text"]}
    for claim in found["claims"]:
        assert list(claim) == ["claim", "stated", "basis", "detail", "measured_at", "how", "nameserver"]
        assert claim["measured_at"] is None
    assert {claim["claim"]: (claim["stated"], claim["basis"]) for claim in found["claims"]} == {
        "static": (True, "asserted"),
        "ptr": (False, "omitted"),
        "purpose": (True, "asserted"),
        "port25": (False, "omitted"),
        "spf": (False, "omitted"),
        "bounces": (False, "omitted"),
    }


CLAIMS = [
    ("static", ("--static",), "static"),
    ("ptr", ("--ptr", "mx.example.org"), "mx.example.org"),
    ("port25", ("--port25", "closed"), "25"),
    ("spf", ("--spf", "v=spf1 ip4:203.0.113.7 -all"), "v=spf1 ip4:203.0.113.7 -all"),
    ("bounces", ("--bounces", "read daily at mx2.example.org"), "read daily at mx2.example.org"),
]


@pytest.mark.parametrize(("claim", "words", "part"), CLAIMS)
def test_a_given_claim_is_stated(run: Run, claim: str, words: tuple[str, ...], part: str) -> None:
    outcome = run("text", A, *FACTS, *words)
    assert part in outcome.out
    assert f"left out: {claim} " not in outcome.err
    assert part not in run("text", A, *FACTS).out


@pytest.mark.parametrize(("claim", "words", "part"), CLAIMS)
def test_a_missing_claim_is_left_out_and_named_with_how_to_give_it(
    run: Run, claim: str, words: tuple[str, ...], part: str
) -> None:
    outcome = run("text", A, *FACTS)
    line = next(line for line in outcome.err.splitlines() if line.startswith(f"left out: {claim} "))
    assert f"--{claim}" in line
    assert f"[[senders]] {claim}" in line


@pytest.mark.parametrize(("claim", "words", "part"), CLAIMS)
def test_an_omitted_claim_is_not_stated_and_named(run: Run, claim: str, words: tuple[str, ...], part: str) -> None:
    outcome = run("text", A, *FACTS, *words, "--omit", claim)
    assert part not in outcome.out
    assert f"left out: {claim} " in outcome.err


@pytest.mark.parametrize("words", [("--port25", "open"), ("--dynamic",)])
def test_what_speaks_against_a_removal_is_not_stated(run: Run, words: tuple[str, ...]) -> None:
    assert run("text", A, *FACTS, *words).out == run("text", A, *FACTS).out


def test_what_is_said_of_bounces_is_told_in_the_same_words(run: Run) -> None:
    outcome = run("text", A, *FACTS, "--port25", "closed", "--bounces", "at mx2.example.org")
    assert "Bounces: at mx2.example.org" in outcome.out.splitlines()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_text_has_no_holes_where_claims_are_left_out(run: Run, count: int) -> None:
    words = [word for _, given, _ in CLAIMS[:count] for word in given]
    text = run("text", A, *FACTS, *words).out
    assert "\n\n\n" not in text
    assert text == text.strip() + "\n"
    for left in ("{{", "{%", "None", "Undefined"):
        assert left not in text


# What a text needs.


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ((), ["name", "email", "purpose"]),
        (("--name", "N"), ["email", "purpose"]),
        (CONTACT, ["purpose"]),
        (("--purpose", "x"), ["name", "email"]),
    ],
)
def test_all_missing_required_facts_are_named_in_one_error(
    run: Run, words: tuple[str, ...], missing: list[str]
) -> None:
    outcome = run("text", A, *words)
    refused(outcome, 2, *(f"--{name}" for name in missing))
    for name in {"name", "email", "purpose"} - set(missing):
        assert f"--{name}" not in outcome.err
    assert drafts(run) == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--omit", "purpose"), "purpose"),
        (("--omit", "spfx"), "spfx"),
        (("--port25", "ajar"), "ajar"),
        (("--spf", ""), "empty"),
        (("--spf", "  "), "empty"),
    ],
)
def test_wrong_facts_are_wrong_usage(run: Run, words: tuple[str, ...], part: str) -> None:
    refused(run("text", A, *FACTS, *words), 2, part)
    assert drafts(run) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mx.example.org", *FACTS), 2),
        (("10.0.0.1", *FACTS), 2),
        (("203.0.113.0/24", *FACTS), 2),
        ((A, *FACTS, "-l", "nolist"), 4),
        ((A, *FACTS, "--language", "xx"), 4),
        ((A, *FACTS, "--template", "nosuch"), 4),
        ((A, *FACTS, "--template", "../../config"), 2),
        ((A, *FACTS, "--template", "spamhaus-pbl.en"), 2),
        ((A, *FACTS, "--template", ""), 2),
        ((A, *FACTS, "--language", "../en"), 2),
        ((A, *FACTS, "--out", ""), 2),
    ],
)
def test_a_text_that_cannot_be_written_leaves_no_draft(run: Run, words: tuple[str, ...], code: int) -> None:
    refused(run("text", *words), code)
    assert fine(run("address", "list", "--json")) == {"addresses": []}


CONFIG = """
[evidence]
measure = false

[contact]
name = "Hanako Example"
email = "hanako@example.org"

[[senders]]
address = "203.0.113.0/24"
purpose = "mail of the network"
spf = "v=spf1 ip4:203.0.113.0/24 -all"

[[senders]]
address = "203.0.113.7"
purpose = "mail of the shop"
"""


@pytest.mark.parametrize(
    ("address", "words", "parts", "absent"),
    [
        (A, (), ["mail of the shop"], ["mail of the network"]),
        (B, (), ["mail of the network", "ip4:203.0.113.0/24"], ["mail of the shop"]),
        (B, ("--purpose", "mail of today"), ["mail of today", "Hanako Example"], ["mail of the network"]),
        (B, ("--name", "Taro"), ["Taro", "hanako@example.org"], ["Hanako"]),
    ],
)
def test_facts_come_from_the_config_and_options_win(
    run: Run, tools: Tools, address: str, words: tuple[str, ...], parts: list[str], absent: list[str]
) -> None:
    tools.places.config.write_text(CONFIG, encoding="utf-8")
    text = run("text", address, *words, with_tools=rebuilt()).out
    for part in parts:
        assert part in text
    for part in absent:
        assert part not in text


def test_the_general_text_serves_a_list_without_a_template_of_its_own(run: Run) -> None:
    found = fine(run("text", A, *CONTACT, "-l", PLAIN, "--cause", "a script was closed", "--json"))
    assert found["template"] == "general.en"
    assert A in found["subject"]


# Drafts.


def test_submit_keeps_exactly_the_draft(run: Run) -> None:
    text = run("text", A, *FACTS, "--static").out
    assert [draft["text"] for draft in drafts(run)] == [text]
    outcome = run("submit", A)
    assert "draft" in outcome.out
    record = fine(run("show", 1, "--json"))
    assert record["text"] == text
    assert record["template"] == "spamhaus-pbl.en"
    assert record["contact"] == {"name": "Hanako Example", "email": "hanako@example.org"}
    assert drafts(run) == []


def test_the_draft_is_the_text_last_written(run: Run) -> None:
    run("text", A, *FACTS)
    last = run("text", A, *FACTS, "--static").out
    assert [draft["text"] for draft in drafts(run)] == [last]


def test_the_draft_is_kept_as_it_was_whatever_the_template_says_later(run: Run, tools: Tools) -> None:
    text = run("text", A, *FACTS).out
    own_template(tools, "spamhaus-pbl.en.txt.j2", "something else {{ address }}\n")
    fine(run("submit", A, "--purpose", "not this one"))
    assert fine(run("show", 1, "--json"))["text"] == text


@pytest.mark.parametrize("how", ["file", "-"])
@pytest.mark.parametrize("text", ["as sent\n", "no newline at the end", "", "  zwei  Zeilen\n\n\nmit Löchern\t\n"])
def test_submit_keeps_exactly_the_text_given(run: Run, tmp_path: Path, how: str, text: str) -> None:
    run("text", A, *FACTS)
    file = tmp_path / "sent.txt"
    file.write_bytes(text.encode())
    fine(run("submit", A, "--text", file if how == "file" else how, stdin=text))
    assert fine(run("show", 1, "--json"))["text"] == text


def test_submit_with_a_text_needs_no_facts(run: Run) -> None:
    outcome = run("submit", A, "--text", "-", stdin="as sent")
    assert outcome.code == 0
    assert fine(run("show", 1, "--json"))["contact"] == {"name": None, "email": None}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("missing.txt", None, 4), ("latin1.txt", b"Gr\xfc\xdfe", 2)],
)
def test_an_unreadable_text_records_nothing(
    run: Run, tmp_path: Path, name: str, content: bytes | None, code: int
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    refused(run("submit", A, "--text", file), code, name)
    assert fine(run("requests", "--json")) == {"requests": []}


def test_standard_input_cannot_give_both_addresses_and_text(run: Run) -> None:
    refused(run("submit", "-", "--text", "-", stdin=A), 2, "standard input")


def test_submit_without_a_draft_takes_what_the_known_facts_give(run: Run) -> None:
    fine(run("submit", A, *FACTS))
    record = fine(run("show", 1, "--json"))
    assert record["text"] == run("text", B, *FACTS).out.replace(B, A)


def test_submit_without_facts_keeps_no_text_and_says_so(run: Run) -> None:
    outcome = run("submit", A)
    assert outcome.code == 0
    assert "without a text" in outcome.out
    assert fine(run("show", 1, "--json"))["text"] is None


def test_a_draft_belongs_to_its_case(run: Run) -> None:
    pbl = run("text", A, *FACTS).out
    plain = run("text", A, *CONTACT, "-l", PLAIN).out
    assert {draft["list"]: draft["text"] for draft in drafts(run)} == {"spamhaus-pbl": pbl, PLAIN: plain}
    fine(run("submit", A, "-l", PLAIN))
    assert [draft["list"] for draft in drafts(run)] == ["spamhaus-pbl"]


def test_the_japanese_translation_is_not_kept_as_the_draft(run: Run) -> None:
    english = run("text", A, *FACTS).out
    outcome = run("text", A, *FACTS, "--language", "ja")
    assert outcome.code == 0
    assert "用途" in outcome.out
    assert "not kept" in outcome.err
    assert [draft["text"] for draft in drafts(run)] == [english]


def test_the_japanese_translation_alone_leaves_no_draft(run: Run) -> None:
    assert fine(run("text", A, *FACTS, "--language", "ja", "--json"))["template"] == "spamhaus-pbl.ja"
    assert drafts(run) == []


# The order of asking.


def open_request(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))


def listed_on_sbl(run: Run) -> None:
    fine(run("observe", A, "spamhaus-sbl", "listed"))


def network_on_sbl(run: Run) -> None:
    fine(run("observe", "203.0.113.0/24", "spamhaus-sbl", "listed"))


def asked_sbl(run: Run) -> None:
    fine(run("submit", A, "-l", "spamhaus-sbl", "--on", "2021-05-02"))


def neighbour_asked(run: Run) -> None:
    fine(run("submit", "2001:db8::26", "-l", "css", "--on", "2021-05-02"))


def nothing(run: Run) -> None:
    pass


STOPPED = [
    (open_request, (A, *FACTS), "request 1"),
    (listed_on_sbl, (A, "-l", "pbl", *FACTS), "SBL"),
    (network_on_sbl, (A, *FACTS), "203.0.113.0/24"),
    (asked_sbl, (A, "-l", "pbl", *FACTS), "SBL"),
    (listed_on_sbl, (A, "-l", "css", *CONTACT, *CAUSE), "SBL"),
    (listed_on_sbl, (A, "-l", "xbl", *CONTACT, *CAUSE), "SBL"),
    (neighbour_asked, ("2001:db8::25", "-l", "css", *CONTACT, *CAUSE), "2001:db8::26"),
    (nothing, (A, "-l", "uceprotect-1", *CONTACT), "UCEPROTECT"),
]


@pytest.mark.parametrize(("before", "words", "part"), STOPPED)
def test_a_text_that_should_not_be_sent_yet_is_not_written(
    run: Run, before: Any, words: tuple[str, ...], part: str
) -> None:
    before(run)
    refused(run("text", *words), 5, part, "--anyway")
    assert drafts(run, words[0]) == []


@pytest.mark.parametrize(("before", "words", "part"), STOPPED)
def test_anyway_writes_it_all_the_same_with_a_warning(run: Run, before: Any, words: tuple[str, ...], part: str) -> None:
    before(run)
    outcome = run("text", *words, "--anyway")
    assert outcome.code == 0
    assert "warning: " in outcome.err
    assert part in outcome.err
    assert words[0] in outcome.out


@pytest.mark.parametrize("key", ["pbl", "css", "xbl"])
def test_a_settled_sbl_entry_stops_nothing(run: Run, key: str) -> None:
    fine(run("observe", A, "spamhaus-sbl", "listed", "--on", "2021-05-01"))
    fine(run("observe", A, "spamhaus-sbl", "clear", "--on", "2021-05-02"))
    assert run("text", A, "-l", key, *FACTS, *CAUSE).code == 0


def test_an_sbl_entry_elsewhere_stops_nothing(run: Run) -> None:
    fine(run("observe", "198.51.100.0/24", "spamhaus-sbl", "listed"))
    assert run("text", A, *FACTS).code == 0


def test_a_provider_may_ask_where_only_providers_may(run: Run, tools: Tools) -> None:
    tools.places.config.write_text('[[senders]]\naddress = "203.0.113.0/24"\nrole = "provider"\n', encoding="utf-8")
    owner = run("submit", "198.51.100.0/24", "-l", "spamhaus-sbl", with_tools=rebuilt())
    provider = run("submit", "203.0.113.0/24", "-l", "spamhaus-sbl", with_tools=rebuilt())
    assert (owner.code, provider.code) == (0, 0)
    assert "provider" in owner.err
    assert "warning" not in provider.err


# Templates of one's own.


def test_a_template_of_the_user_overrides_the_shipped_one_by_name(run: Run, tools: Tools) -> None:
    own_template(tools, "spamhaus-pbl.en.txt.j2", "Mine: {{ address }}, {{ list.name }}, {{ stated.purpose }}\n")
    assert run("text", A, *FACTS).out == f"Mine: {A}, Spamhaus PBL, order confirmations of a web shop\n"


def test_a_template_of_the_user_serves_a_list_that_has_none(run: Run, tools: Tools) -> None:
    own_template(tools, f"{PLAIN}.en.txt.j2", "Mine: {{ address }}\n")
    assert run("text", A, "-l", PLAIN, *CONTACT).out == f"Mine: {A}\n"


def test_another_template_is_taken_by_name(run: Run, tools: Tools) -> None:
    own_template(tools, "short.en.txt.j2", "{% set subject = 'S' %}Short: {{ address }}\n")
    found = fine(run("text", A, *FACTS, "--template", "short", "--json"))
    assert (found["text"], found["template"], found["subject"]) == (f"Short: {A}\n", "short.en", "S")


def test_what_a_template_prints_is_not_read_as_a_template_again(run: Run) -> None:
    text = run("text", A, *CONTACT, "--purpose", "{{ 7 * 7 }} & <b>").out
    assert "{{ 7 * 7 }} & <b>" in text


@pytest.mark.parametrize("template", ["{{ nosuch }}", "{{ spf }}", "{{ stated.spf }}", "{{ contact.phone }}"])
def test_a_template_that_wants_an_unknown_fact_is_refused(run: Run, tools: Tools, template: str) -> None:
    own_template(tools, "spamhaus-pbl.en.txt.j2", template)
    refused(run("text", A, *FACTS), 2, "spamhaus-pbl.en.txt.j2")
    assert drafts(run) == []


def test_a_template_cannot_state_an_omitted_claim(run: Run, tools: Tools) -> None:
    own_template(tools, "spamhaus-pbl.en.txt.j2", "{{ spf }}")
    assert run("text", A, *FACTS, "--spf", "v=spf1 -all").out == "v=spf1 -all\n"
    refused(run("text", A, *FACTS, "--spf", "v=spf1 -all", "--omit", "spf"), 2, "spf")


BROKEN: dict[str, str | bytes] = {
    "syntax": "{% if %}",
    "unclosed": "{{ address",
    "class": "{{ ''.__class__.__mro__ }}",
    "subclasses": "{{ ().__class__.__base__.__subclasses__() }}",
    "globals": "{{ self.__init__.__globals__ }}",
    "format": "{{ '{0.__class__}'.format(address) }}",
    "attr filter": "{{ address|attr('__class__') }}",
    "mutation": "{{ stated.update({'spf': 'v=spf1'}) }}",
    "range": "{{ range(10 ** 9) | list }}",
    "memory": "{{ 'x' * 10 ** 18 }}",
    "overflow": "{{ 'x' * 10 ** 30 }}",
    "division": "{{ 1 / 0 }}",
    "types": "{{ 1 + 'a' }}",
    "recursion": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "includes itself": "{% include 'spamhaus-pbl.en.txt.j2' %}",
    "includes nothing": "{% include 'nosuch.txt' %}",
    "includes outside": "{% include '../config.toml' %}",
    "not UTF-8": b"Gr\xfc\xdfe {{ address }}",
    "not a call": "{{ address() }}",
    "no such filter": "{{ address | nosuch }}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_or_hostile_template_is_one_error_and_leaves_no_draft(run: Run, tools: Tools, name: str) -> None:
    own_template(tools, "spamhaus-pbl.en.txt.j2", BROKEN[name])
    outcome = run("text", A, *FACTS)
    refused(outcome, 3, "template")
    assert drafts(run) == []


@pytest.mark.parametrize("name", ["syntax", "class", "division"])
def test_a_broken_template_does_not_keep_a_submission_from_being_recorded(run: Run, tools: Tools, name: str) -> None:
    own_template(tools, "spamhaus-pbl.en.txt.j2", BROKEN[name])
    outcome = run("submit", A, *FACTS)
    assert outcome.code == 0, outcome.err
    assert fine(run("show", 1, "--json"))["text"] is None


def test_a_folder_in_the_place_of_a_template_is_one_error(run: Run, tools: Tools) -> None:
    (tools.places.templates / "spamhaus-pbl.en.txt.j2").mkdir(parents=True)
    outcome = run("text", A, *FACTS)
    assert outcome.code in (0, 3)
    assert "bug" not in outcome.err
