"""The request texts: every template, from the fewest facts, from all as asserted, and from all as measured.

The texts in tests/data/texts were read by a person against the rules below; nobody whose language it is has read
those in German and Japanese. `python -m tests.test_templates` writes them anew: read what git then shows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist import texts
from delist.catalogue import format as entries
from delist.resources import folder
from delist.rules.lists import ListEntry, Mode
from delist.rules.wording import CLAIMS, FIELDS, Facts, missing
from delist.texts import Written
from tests.builders import CATALOGUE, a_list

GOLDEN = Path(__file__).parent / "data" / "texts"
TEMPLATES = {path.name.removesuffix(texts.SUFFIX) for path in folder("templates").glob(f"*{texts.SUFFIX}")}
ADDRESS = "203.0.113.7"
CONTACT = {"name": "Hanako Example", "email": "hanako@example.org"}
# Templates that belong to no list, with the lists that they serve.
SHARED = {
    "general": ("jippg",),
    "provider-letter": (
        *("spamhaus-sbl", "spamhaus-drop", "spamhaus-bcl", "spamhaus-pbl", "trendmicro-dul", "uceprotect-2"),
    ),
    "receiver-note": ("sorbs", "spamcop"),
}
# Lists that hear only the provider, which is who writes their texts.
BY_PROVIDERS = ("spamhaus-sbl", "trendmicro-dul")
LETTERS = {*SHARED, *BY_PROVIDERS, "microsoft-365"}
# Facts of a case that are no claims, and which of them a text states.
CONTACT_DETAILS = ("company", "phone")
DETAILS = {
    "apple": ("since", "prevention", "error"),
    "aws-port25": (),
    "barracuda": ("prevention",),
    "general": ("prevention",),
    "gmx": ("prevention", "recipient", "since", "error"),
    "invaluement": ("whois", "prevention"),
    "microsoft-365": ("prevention", "recipient", "since", "error"),
    "microsoft-consumer": ("shared", "prevention", "recipient", "since", "error"),
    "nordspam": ("prevention",),
    "proofpoint": ("prevention", "recipient", "since", "error"),
    "provider-letter": ("record", "since", "error", "prevention"),
    "receiver-note": ("recipient", "since", "error"),
    "securence": ("prevention", "lookup", "error"),
    "spamhaus-css": ("prevention", "prefix"),
    "spamhaus-pbl": (),
    "spamhaus-sbl": ("record", "prevention"),
    "spamhaus-xbl": ("prevention",),
    "spamrats": ("prevention",),
    "spfbl": ("postmaster", "prevention"),
    "t-online": ("imprint", "since", "error"),
    "trendmicro": ("prevention", "policy"),
    "trendmicro-dul": ("asn", "policy"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A template, the list it is filled in for, and its language."""

    template: str
    language: str
    entry: ListEntry

    def __str__(self) -> str:
        own = self.template == self.entry.key
        return f"{self.template}.{self.language}" if own else f"{self.template}.{self.entry.key}.{self.language}"

    @property
    def provider(self) -> bool:
        """Whether it is the provider who writes."""
        return self.template in BY_PROVIDERS

    @property
    def details(self) -> tuple[str, ...]:
        """The facts of a case that it states."""
        return (*DETAILS[self.template], *(CONTACT_DETAILS if self.language != "ja" else ()))


# A list that wants all there is.
FULL = [Case("general", language, a_list(name="Example List", wants=CLAIMS)) for language in ("en", "de")]


def _cases() -> list[Case]:
    found = []
    for name in sorted(TEMPLATES):
        template, language = name.rsplit(".", 1)
        found += [Case(template, language, CATALOGUE.get(key)) for key in SHARED.get(template, (template,))]
    return [*found, *FULL]


CASES = _cases()
BY_NAME = {str(case): case for case in CASES}
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)


def fill(
    case: Case,
    stated: Mapping[str, Any],
    measured: Mapping[str, Mapping[str, str]] | None = None,
    details: Mapping[str, str] | None = None,
    **changes: Any,
) -> Written:
    """Return the text of a case; a claim that its list does not want is not stated, as in `delist text`."""
    entry = case.entry
    wanted = {name: value for name, value in stated.items() if name in entry.wants}
    facts = {
        "address": ADDRESS,
        "list": {"key": entry.key, "name": entry.name, "operator": entry.operator},
        "contact": CONTACT,
        "domain": "",
        "provider": case.provider,
        "stated": wanted,
    }
    optional = {"measured": measured, "details": details}
    given = {name: value for name, value in optional.items() if value is not None}
    return texts.write([], [case.template], case.language, {**wanted, **facts, **given, **changes})


ASSERTED: dict[str, Any] = {
    "static": True,
    "ptr": "mail.example.org",
    "helo": "mail.example.org",
    "spf": "v=spf1 ip4:203.0.113.0/28 -all",
    "dkim": "selector s1, all mail",
    "dmarc": "p=quarantine",
    "port25": "closed",
    "bounces": "read daily at mx.example.net",
    "purpose": "order confirmations of a web shop, some 200 a day",
    "cause": "a stolen password was used on 20 November; it was changed and the session ended",
}
DAY = {"on": "2026-11-24"}
MEASURED: dict[str, dict[str, str]] = {
    "ptr": {"name": "mail.example.org", **DAY},
    "helo": {"name": "mail.example.org", **DAY},
    "spf": {"domain": "example.org", "record": "v=spf1 ip4:203.0.113.0/28 -all", "result": "pass", **DAY},
    "dkim": {"names": "s1._domainkey.example.org", "keys": "rsa 2048", **DAY},
    "dmarc": {"name": "_dmarc.example.org", "record": "v=DMARC1; p=quarantine", "policy": "quarantine", **DAY},
    "bounces": {"domain": "example.org", "host": "mx.example.net", "here": "no", **DAY},
    "port25": {"state": "closed", "source": "198.51.100.20", **DAY},
}
TOLD = {
    "company": "Example Ltd.",
    "phone": "+1 555 0100",
    "recipient": "taro@example.com",
    "error": f"550 5.7.1 {ADDRESS} is refused",
    "since": "2026-11-20",
    "shared": "dedicated",
    "prevention": "logins need a second factor",
    "imprint": "https://mail.example.org/",
    "record": "SBL000000",
    "lookup": "https://example.com/lookup",
    "policy": "https://example.org/aup",
    "postmaster": "postmaster@mail.example.org is read daily",
    "whois": "the range is registered to Example Ltd.",
    "prefix": "2001:db8::/56",
    "asn": "AS64496",
}


def fewest(entry: ListEntry) -> dict[str, Any]:
    """Return the claims without which a list takes no text."""
    return {name: ASSERTED[name] for name in entry.requires if name != "contact"}


def from_fewest(case: Case) -> Written:
    needs_contact = "contact" in case.entry.requires
    return fill(case, fewest(case.entry), contact=CONTACT if needs_contact else {"name": "", "email": ""})


def told(case: Case) -> dict[str, str]:
    """Return the facts of a case; a note to a receiver says in addition what is wrong with its look-up."""
    if case.template != "receiver-note":
        return TOLD
    closed = case.entry.closed
    return TOLD | ({"closed": closed.isoformat()} if closed else {"turned-away": "yes"})


def from_asserted(case: Case) -> Written:
    return fill(case, ASSERTED, details=told(case), domain="example.org")


def from_measured(case: Case) -> Written:
    return fill(case, ASSERTED, MEASURED, told(case), domain="example.org")


FILLED = {"fewest": from_fewest, "asserted": from_asserted, "measured": from_measured}
EVERY_TEXT = pytest.mark.parametrize("how", FILLED)


@cache
def filled(name: str, how: str) -> Written:
    """Return the text of a case, by its name, filled in once for all tests."""
    return FILLED[how](BY_NAME[name])


def golden() -> dict[Path, str]:
    """Return the content of every golden file: the subject if there is one, and the text."""
    found = {}
    for case in CASES:
        for how in FILLED:
            written = filled(str(case), how)
            head = f"Subject: {written.subject}\n\n" if written.subject else ""
            found[GOLDEN / f"{case}.{how}.txt"] = head + written.text
    return found


@EVERY_TEXT
@EVERY_CASE
def test_each_text_is_as_it_was_read(case: Case, how: str) -> None:
    written = filled(str(case), how)
    head = f"Subject: {written.subject}\n\n" if written.subject else ""
    assert head + written.text == (GOLDEN / f"{case}.{how}.txt").read_text(encoding="utf-8")


def test_no_text_is_kept_that_nothing_writes() -> None:
    assert set(GOLDEN.iterdir()) == set(golden())


# What every text keeps to.


@EVERY_TEXT
@EVERY_CASE
def test_a_text_is_clean(case: Case, how: str) -> None:
    text = filled(str(case), how).text
    assert text == text.strip() + "\n"
    for wrong in ("\n\n\n", "  ", " \n", "()", "（）", " .", " ,", "..", ",,", "{", "}", "None", "Undefined", "True"):
        assert wrong not in text, wrong
    assert not re.search(r"[:,]\n(?!\n)", text), "a line ends where something should follow"


POLITE = {"en": r"\b[Pp]lease\b", "de": r"\b[Bb]itte\b", "ja": "お願い"}


@EVERY_TEXT
@EVERY_CASE
def test_a_text_asks_politely_and_names_the_address(case: Case, how: str) -> None:
    written = filled(str(case), how)
    first = "\n\n".join(written.text.split("\n\n")[:2])
    assert ADDRESS in first
    assert re.search(POLITE[case.language], written.text)
    assert "!" not in written.text


BOASTING = (
    r"(?i)\b(excellent|best|leading|trusted|trustworthy|reputable|legitimate|legit|serious|professional|perfect\w*"
    r"|guarantee\w*|100 ?%|never|always|only legitimate|world|renowned|high.quality|fully|strictly|absolutely"
    r"|seriös\w*|führend\w*|beste[nrs]?|hervorragend\w*|garantier\w*|niemals|immer|absolut|vollständig)\b"
    r"|最高|一流|優良|絶対|万全|必ず"
)
PRESSING = r"(?i)\b(immediately|urgent\w*|at once|asap|demand|insist|lawyer|sofort|dringend|umgehend)\b|至急|大至急"
SORRY = r"(?i)\b(sorry|apolog\w+|regret\w*|our fault|entschuldig\w*|leider|bedauer\w*)\b|申し訳|お詫び|遺憾"
CONFESSION = r"(?i)\b(spam|spammed|abuse|abused|infected|compromised|hacked|Missbrauch)\b|迷惑メール|不正"


@EVERY_TEXT
@EVERY_CASE
def test_a_text_neither_boasts_nor_presses_nor_apologises(case: Case, how: str) -> None:
    written = filled(str(case), how)
    told = f"{written.subject} {written.text}".replace(case.entry.name, "")
    for words in (BOASTING, PRESSING, SORRY):
        assert not re.search(words, told)


@EVERY_CASE
def test_where_no_cause_is_stated_nothing_is_confessed(case: Case) -> None:
    stated = {name: value for name, value in ASSERTED.items() if name != "cause"}
    written = fill(case, stated, MEASURED, TOLD, domain="example.org")
    assert not re.search(CONFESSION, f"{written.subject} {written.text}".replace(case.entry.name, ""))


@EVERY_TEXT
@EVERY_CASE
def test_a_text_is_short(case: Case, how: str) -> None:
    text = filled(str(case), how).text
    assert len(text) <= {"fewest": 600, "asserted": 1200, "measured": 1400}[how]
    assert len(text) <= (case.entry.removal.limit or len(text))


@EVERY_TEXT
@EVERY_CASE
def test_a_text_has_a_subject_only_where_it_is_a_mail(case: Case, how: str) -> None:
    written = filled(str(case), how)
    is_mail = case.entry.removal.mode is Mode.MAIL or case.template in LETTERS
    assert (written.subject is not None) == is_mail
    if written.subject is not None:
        assert ADDRESS in written.subject
        assert written.subject == " ".join(written.subject.split())
        assert len(written.subject) <= 100


@EVERY_CASE
def test_the_contact_stands_in_each_text_where_one_is_known(case: Case) -> None:
    for text in (
        filled(str(case), "asserted").text,
        filled(str(case), "measured").text,
        fill(case, fewest(case.entry)).text,
    ):
        assert CONTACT["name"] in text
        assert CONTACT["email"] in text


@EVERY_CASE
def test_a_provider_says_so_and_nobody_else_does(case: Case) -> None:
    said = {True: "as its provider", False: "als Provider"}[case.language != "de"]
    stated = fewest(case.entry)
    assert said not in fill(case, stated, provider=False).text
    if case.template not in ("provider-letter", "receiver-note", *FOR_OWNERS):
        assert said in fill(case, stated, provider=True).text


# Their forms are for the one who uses the address.
FOR_OWNERS = ("spamhaus-pbl", "spamhaus-css", "spamhaus-xbl", "aws-port25")


# What is stated is what was measured or asserted, all of it, and nothing else.

MARKS = {
    "en": {
        "static": r"\bstatic\b",
        "ptr": r"reverse DNS|\bPTR\b",
        "helo": r"\bgreets\b|\bHELO\b",
        "spf": r"\bSPF\b",
        "dkim": r"\bDKIM\b",
        "dmarc": r"\bDMARC\b",
        "port25": r"[Ii]nbound TCP port 25",
        "bounces": r"\bBounces\b|Mail (to|an) .* (goes|geht)",
        "purpose": r"What it sends|Purpose:|Use case:|Kind of mail:",
        "cause": r"What happened|What was found|Why it was listed|What the abuse was|Cause, and",
    },
    "de": {
        "static": r"Adresse ist fest",
        "ptr": r"Reverse-DNS|\bPTR\b",
        "helo": r"\bHELO\b",
        "spf": r"\bSPF\b",
        "dkim": r"\bDKIM\b",
        "dmarc": r"\bDMARC\b",
        "port25": r"TCP-Port 25",
        "bounces": r"\bBounces\b|Mail (to|an) .* (goes|geht)",
        "purpose": r"Zweck:",
        "cause": r"Was geschehen ist",
    },
    "ja": {
        "static": r"固定 IP",
        "ptr": r"逆引き|PTR",
        "helo": r"HELO",
        "spf": r"SPF",
        "dkim": r"DKIM",
        "dmarc": r"DMARC",
        "port25": r"25 番ポート",
        "bounces": r"バウンス|宛のメール",
        "purpose": r"用途",
        "cause": r"原因",
    },
}
WORDS = {name: f"said-{name}-z" for name in CLAIMS if name not in ("static", "port25")}
DETAIL_WORDS = {name: f"told-{name}-z" for name in TOLD}
# What decides about the wording without being said, and what another fact says too.
UNSAID = {("bounces", "here"), ("bounces", "named"), ("port25", "state"), ("dmarc", "policy")}


def token(claim: str, name: str) -> str:
    """Return a value that no other fact has."""
    return f"2026-01-{CLAIMS.index(claim) + 10}" if name == "on" else f"seen-{claim}-{name}-z"


@st.composite
def looks(draw: st.DrawFn) -> dict[str, dict[str, str]]:
    """Draw measurements of some claims, also of such that are not stated."""
    found: dict[str, dict[str, str]] = {}
    for claim in draw(st.just(set(MEASURED)) | st.sets(st.sampled_from(sorted(MEASURED)))):
        found[claim] = {name: token(claim, name) for name in MEASURED[claim]}
    if "port25" in found:
        found["port25"]["state"] = draw(st.sampled_from(["closed", "filtered"]))
        if found["port25"]["state"] == "filtered" and draw(st.booleans()):
            found["port25"]["control"] = token("port25", "control")
    if "bounces" in found:
        found["bounces"]["here"] = draw(st.sampled_from(["yes", "no"]))
        found["bounces"]["named"] = draw(st.sampled_from(["yes", "no"]))
    return found


def expected(case: Case, stated: Mapping[str, Any], measured: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Return the values that a text must hold."""
    found: set[str] = set()
    for claim in set(stated) & set(case.entry.wants):
        if claim in measured:
            said = {name: value for name, value in measured[claim].items() if (claim, name) not in UNSAID}
            found |= set(said.values())
            # Where they go is measured, what becomes of them is said.
            found |= {WORDS[claim]} if claim == "bounces" else set()
        elif claim in WORDS:
            found.add(WORDS[claim])
    return found


@EVERY_CASE
@settings(max_examples=25, deadline=None)
@given(
    stated=st.just(set(CLAIMS)) | st.sets(st.sampled_from(CLAIMS)),
    measured=st.none() | looks(),
    given_details=st.none() | st.sets(st.sampled_from(sorted(TOLD))),
    provider=st.booleans(),
    domain=st.sampled_from(["", "domain-z.example"]),
)
def test_a_text_states_all_that_was_measured_or_asserted_and_nothing_else(
    case: Case,
    stated: set[str],
    measured: dict[str, dict[str, str]] | None,
    given_details: set[str] | None,
    provider: bool,
    domain: str,
) -> None:
    says = {name: WORDS.get(name, True) for name in sorted(stated | set(fewest(case.entry)) & set(case.entry.wants))}
    says = {name: "closed" if name == "port25" else value for name, value in says.items() if name in case.entry.wants}
    details = None if given_details is None else {name: DETAIL_WORDS[name] for name in given_details}
    is_provider = provider or case.provider
    written = fill(case, says, measured, details, provider=is_provider, domain=domain)
    whole = f"{written.subject}\n{written.text}"
    every = {*WORDS.values(), *DETAIL_WORDS.values()}
    every |= {token(claim, name) for claim, seen in MEASURED.items() for name in (*seen, "control")}
    told_of = set(details or ()) & set(case.details) - (set() if "cause" in says else {"prevention"})
    right = expected(case, says, measured or {}) | {DETAIL_WORDS[name] for name in told_of}
    assert {each for each in every if each in whole} == right
    for claim, mark in MARKS[case.language].items():
        assert bool(re.search(mark, whole)) == (claim in says), claim


def test_what_was_measured_is_told_as_it_was_seen() -> None:
    text = fill(FULL[0], ASSERTED, MEASURED).text
    for line in (
        "- The PTR record of the address is mail.example.org, and that name leads back to it.",
        f'- SPF: example.org publishes "v=spf1 ip4:203.0.113.0/28 -all", which evaluates to pass for {ADDRESS}.',
        "- The HELO name, mail.example.org, leads to the address.",
        "- DKIM: keys are published at s1._domainkey.example.org (rsa 2048 bits).",
        '- DMARC: _dmarc.example.org publishes "v=DMARC1; p=quarantine".',
        "- Inbound TCP port 25 was closed to a call from 198.51.100.20 on 2026-11-24.",
        "- Mail to example.org goes to mx.example.net, the mail host of example.org, not to this address:"
        " read daily at mx.example.net",
        "- The DNS records were looked up on 2026-11-24.",
    ):
        assert line in text.splitlines()


def test_keys_that_are_published_are_not_told_as_mail_that_is_signed() -> None:
    assert "signed" in fill(FULL[0], ASSERTED).text
    assert "signed" not in fill(FULL[0], ASSERTED, MEASURED).text


@pytest.mark.parametrize("case", FULL, ids=str)
def test_silence_is_not_told_as_a_closed_port(case: Case) -> None:
    silent = {"state": "filtered", "source": "198.51.100.20", "control": "mx.example.com", **DAY}
    text = fill(case, {"port25": "closed"}, {"port25": silent}).text
    assert "mx.example.com" in text
    assert not re.search("closed|geschlossen", text)


@pytest.mark.parametrize("case", FULL, ids=str)
def test_looks_of_several_days_are_told_with_each_day(case: Case) -> None:
    measured = {**MEASURED, "spf": {**MEASURED["spf"], "on": "2026-11-20"}}
    assert re.search("2026-11-20 (and|und) 2026-11-24", fill(case, ASSERTED, measured).text)


@pytest.mark.parametrize("key", BY_PROVIDERS)
def test_only_the_provider_writes_to_such_a_list_itself_and_others_get_the_letter_to_it(key: str) -> None:
    entry = CATALOGUE.get(key)
    to_list, to_provider = Case(key, "en", entry), Case("provider-letter", "en", entry)
    other = fill(to_list, ASSERTED, MEASURED, TOLD, provider=False)
    letter = fill(to_provider, ASSERTED, MEASURED, TOLD)
    assert (other.text, other.subject) == (letter.text, letter.subject)
    assert fill(to_list, ASSERTED, MEASURED, TOLD).text != letter.text


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"closed": "2024-06-05"}, "was closed on 2024-06-05"),
        ({"turned-away": "yes"}, "the query was not taken. Please"),
        ({}, "tells nothing about the address"),
    ],
)
def test_a_note_to_a_receiver_says_what_is_wrong_with_its_look_up(details: dict[str, str], says: str) -> None:
    assert says in fill(Case("receiver-note", "en", CATALOGUE.get("sorbs")), {}, details=details).text


# Which lists have which.

# Of what their operators want nothing is known that the general text does not say.
GENERAL_SERVES = ("jippg", "0spam")


def test_every_template_is_a_lists_own_or_one_that_serves_several() -> None:
    named = {name.rsplit(".", 1)[0] for name in TEMPLATES}
    assert named - set(CATALOGUE.keys()) == set(SHARED)
    assert named == set(DETAILS)


@pytest.mark.parametrize(
    "entry", [entry for entry in CATALOGUE.all() if entry.removal.wants_text], ids=lambda entry: entry.key
)
def test_each_list_that_wants_a_text_has_one_in_its_language(entry: ListEntry) -> None:
    own = f"{entry.key}.{entry.removal.language}"
    assert own in TEMPLATES or (entry.key in GENERAL_SERVES and f"general.{entry.removal.language}" in TEMPLATES)


@pytest.mark.parametrize(
    "key",
    [
        *("spamhaus-css", "spamhaus-xbl", "spamhaus-sbl", "barracuda", "nordspam", "trendmicro", "0spam"),
        *("spamhaus-drop", "spamhaus-bcl"),
    ],
)
def test_lists_of_what_was_abused_take_no_text_without_the_cause(key: str) -> None:
    entry = CATALOGUE.get(key)
    known = Facts(name="Jo", email="jo@example.org", purpose="mail")
    [told] = missing(entry, known)
    assert told.startswith("cause (what was found and what was done about it: --cause, --because FILE")
    assert not missing(entry, replace(known, cause="a script was closed"))


@pytest.mark.parametrize("key", ["spamhaus-pbl", "t-online", "aws-port25", "trendmicro-dul", "uceprotect-2"])
def test_lists_of_a_policy_are_told_no_cause(key: str) -> None:
    entry = CATALOGUE.get(key)
    assert "cause" not in entry.wants
    assert "cause" not in entry.requires


@EVERY_CASE
def test_the_fewest_facts_are_enough_and_one_less_is_not(case: Case) -> None:
    entry = case.entry
    contact: dict[str, Any] = dict(CONTACT) if "contact" in entry.requires else {}
    facts = Facts(**fewest(entry), **contact)
    assert not missing(entry, facts)
    for name in (*contact, *fewest(entry)):
        assert [each.split()[0] for each in missing(entry, replace(facts, **{name: None}))] == [name]


@pytest.mark.parametrize("entry", CATALOGUE.all(), ids=lambda entry: entry.key)
def test_what_is_required_is_wanted_and_labels_are_of_fields_that_the_form_has(entry: ListEntry) -> None:
    assert set(entry.requires) - {"contact"} <= set(entry.wants)
    assert set(entry.removal.labels) <= set(entry.removal.fields) <= set(FIELDS)


@pytest.mark.parametrize(
    ("removal", "right"),
    [
        ({"labels": {"ip": "addresses"}, "limit": 500, "many": True}, True),
        ({"labels": {"nosuch": "x"}}, False),
        ({"labels": {"ip": ""}}, False),
        ({"limit": -1}, False),
        ({"limit": "500"}, False),
        ({"many": "yes"}, False),
    ],
)
def test_labels_limit_and_number_of_addresses_of_a_form_are_checked(removal: dict[str, Any], right: bool) -> None:
    table = {"name": "A", "operator": "A", "kind": "block", "removal": removal}
    assert (list(entries.list_problems("a", table, table)) == []) == right
    if right:
        read = entries.list_entry("a", table).removal
        assert (read.labels, read.limit, read.many) == ({"ip": "addresses"}, 500, True)


# The sentences stand once, and for everybody.


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_no_template_words_a_claim_for_itself(name: str) -> None:
    source = (folder("templates") / f"{name}{texts.SUFFIX}").read_text(encoding="utf-8")
    own = set(re.findall(r"stated\.(\w+)|seen\.(\w+)", source))
    assert own <= ({("ptr", "")} if name == "aws-port25.en" else set())


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_a_template_of_ones_own_may_use_the_shared_sentences(tmp_path: Path, language: str) -> None:
    source = '{% import "claims.' + language + '.j2" as say with context %}\n{{ say.lines(["ptr", "spf"]) }}'
    (tmp_path / f"mine.{language}{texts.SUFFIX}").write_text(source, encoding="utf-8")
    facts = {"address": ADDRESS, "domain": "", "provider": False, "contact": CONTACT, "stated": ASSERTED}
    asserted = texts.write([tmp_path], ["mine"], language, facts).text
    measured = texts.write([tmp_path], ["mine"], language, {**facts, "measured": MEASURED}).text
    assert len(asserted.splitlines()) == 2
    assert len(measured.splitlines()) == 3
    assert "v=spf1 ip4:203.0.113.0/28 -all" in asserted


def main() -> None:
    """Write every golden file, and remove those that nothing writes."""
    wanted = golden()
    for path in set(GOLDEN.iterdir()) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
