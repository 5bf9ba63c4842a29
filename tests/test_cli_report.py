"""`delist report` through its command line: what it tells, what it keeps to itself, how it looks on paper."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from delist import catalogue
from delist.actions import measuring
from delist.actions.desk import writing
from delist.rules.evidence.values import Judged, Measured, Outcome, Subject
from delist.rules.wording import Facts
from delist.settings import Settings
from delist.tools import Tools
from tests.conftest import Run, at, fine, refused
from tests.servers.chromium import Chromium, blank_edge, needs_chromium

A, OTHER = "203.0.113.57", "203.0.113.58"
V6 = "2001:db8:85a3:1234:5678:8a2e:370:7334"
PBL = "spamhaus-pbl"
STORY = Path(__file__).parent / "data" / "logs" / "story.log"
LOOKED = datetime(2021, 11, 2, 4, 30, tzinfo=UTC)

CONTACT = ("--name", "Hanako Sato", "--email", "postmaster@example.jp")
ASKED = (*CONTACT, "--purpose", "order mails", "--reference", "https://tickets.example/t/8Zk2mQ4rT7xW1pL9")

Teller = Callable[..., str]


def measured(tools: Tools, address: str, *found: Judged) -> None:
    """Keep what was measured of an address at LOOKED."""
    with writing(tools) as desk:
        measuring.keep(
            desk, Subject(address, "example.jp"), [Measured(each, LOOKED, "192.0.2.53:53") for each in found]
        )


SPF = Judged(
    "spf", Outcome.HOLDS, "example.jp publishes 'v=spf1 ip4:203.0.113.57 -all'", "evaluated as a receiver does"
)
PTR = Judged("ptr", Outcome.FAILS, "there is no PTR record", "PTR of 57.113.0.203.in-addr.arpa", "have one set")


@pytest.fixture
def then(tools: Tools) -> Tools:
    """The afternoon of the second removal, with a contact in the configuration."""
    told = replace(tools, settings=Settings(contact=Facts(name="Hanako Sato", email="postmaster@example.jp")))
    return at(told, datetime(2021, 11, 2, 7, 0, tzinfo=UTC))


@pytest.fixture
def story(run: Run, then: Tools) -> Teller:
    """The story up to the second removal; gives what `report` prints of it on that afternoon."""
    for words in (
        ("address", "add", A, "--site", "Zone 1", "--domain", "example.jp", "--label", "web1"),
        ("submit", A, *ASKED, "--on", "2021-05-02T10:00"),
        ("confirm", 1, "--on", "2021-05-02T12:05"),
        ("scan", STORY, "--log-ends", "2021-11-02", "--record"),
        ("note", 1, "slow to pay", "--on", "2021-05-03"),
        ("submit", A, "-l", "pbl", "--on", "2021-11-02T14:00"),
        ("confirm", 2, "--on", "2021-11-02T14:10"),
        ("cleared", 2, "--on", "2021-11-02T15:45"),
    ):
        assert run(*words, with_tools=then).code == 0, words

    def tell(*words: object) -> str:
        found = run("report", A, *words, with_tools=then)
        assert (found.code, found.err) == (0, ""), found.err
        return found.out

    return tell


# --- what it tells --------------------------------------------------------------------------------


def test_the_heading_says_of_what_as_of_when_and_by_whom(story: Teller) -> None:
    own = ["Site Zone 1", "Label web1"]
    for words, expected in (((), []), (("--with-notes",), own)):
        head = story("-l", "pbl", *words).partition("\nSummary")[0].splitlines()
        assert head[0] == f"Blocklist report for {A}"
        assert [" ".join(line.split()) for line in head[2:]] == [
            *expected[:1],
            "Domain example.jp",
            *expected[1:],
            "As of 2021-11-02 16:00 +09:00 (Asia/Tokyo)",
            "Prepared by Hanako Sato <postmaster@example.jp>",
        ]


def test_three_sentences_say_how_it_stands_what_was_asked_and_what_comes(story: Teller) -> None:
    assert json.loads(story("-l", "pbl", "--json"))["summary"] == [
        f"{A} is not on Spamhaus PBL, by the last look of 2021-11-02 15:45 +09:00.",
        "Removal from Spamhaus PBL was requested on 2021-11-02 14:00 +09:00 (attempt 2, confirmed"
        " 2021-11-02 14:10 +09:00, off the list 2021-11-02 15:45 +09:00, 1 h 35 min later).",
        "Next for Spamhaus PBL: the exclusion may end on 2022-05-02 (6 months after the confirmation; observed).",
    ]


def test_the_timeline_goes_from_the_first_refusal_to_the_second_removal(story: Teller) -> None:
    told = story("-l", "pbl").partition("  Timeline\n")[2].partition("\n\n")[0]
    assert told.splitlines() == [
        "    2020-04-09 17:20 +09:00  first seen on the list, in the mail log (last seen 2021-05-02 13:30 +09:00)",
        "    2021-05-02 10:00 +09:00  removal requested, attempt 1",
        "    2021-05-02 12:05 +09:00  request confirmed",
        "    2021-05-02 13:45 +09:00  off the list, 1 h 40 min after the confirmation, in the mail log",
        "                             accepted by gmail-smtp-in.l.google.com",
        "    2021-11-02 09:30 +09:00  on the list again, in the mail log (last seen 2021-11-02 10:45 +09:00)",
        "    2021-11-02 14:00 +09:00  removal requested, attempt 2",
        "    2021-11-02 14:10 +09:00  request confirmed",
        "    2021-11-02 15:45 +09:00  off the list, 1 h 35 min after the confirmation",
    ]


def test_the_log_is_quoted_with_receivers_and_times(story: Teller) -> None:
    [told] = json.loads(story("-l", "pbl", "--json"))["lists"]
    [sample] = told["samples"]
    assert "was rejected due to listing in Spamhaus PBL" in sample["text"]
    assert (sample["first_at"], sample["last_at"]) == ("2020-04-09T08:20:06Z", "2021-11-02T01:45:02Z")
    receivers = {each["receiver"]: each for each in told["receivers"]}
    assert receivers["mx02.mail.icloud.com"] == {
        "receiver": "mx02.mail.icloud.com",
        "since": "2020-04-09T08:20:06Z",
        "names_list": True,
    }
    assert receivers["gmail-smtp-in.l.google.com"]["names_list"] is False
    assert sample["text"] in story("-l", "pbl")


def test_several_lists_stand_in_a_table_first_those_that_list_it_now(run: Run, story: Teller, then: Tools) -> None:
    fine(run("observe", A, "spamhaus-css", "listed", "--on", "2021-11-01", with_tools=then))
    told = json.loads(story("--json"))
    assert [each["list"] for each in told["lists"]] == ["spamhaus-css", PBL, "proofpoint"]
    assert [each["listed"] for each in told["lists"]] == [True, False, False]
    assert told["summary"][0] == f"{A} is on Spamhaus CSS, since 2021-11-01."
    assert re.search(r"^  Spamhaus CSS +listed since 2021-11-01 +- +to be requested$", story(), re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "the last step of the request is still to be done"),
        (("confirm", 1, "--on", "2026-11-24T10:00"), "is expected to take effect by 2026-11-25 10:00 +09:00"),
        (("confirm", 1, "--on", "2026-11-20T12:00"), "by 2026-11-21 12:00 +09:00; that has not been seen yet"),
        (("refused", 1), "removal is to be requested"),
    ],
)
def test_what_is_waited_for_is_told(run: Run, words: tuple[object, ...], expected: str) -> None:
    fine(run("observe", A, PBL, "listed", "--on", "2026-11-19"))
    fine(run("submit", A, "-l", PBL, "--on", "2026-11-20T10:00"))
    if words:
        fine(run(*words))
    assert expected in fine(run("report", A, "--json"))["summary"][2]


def test_a_window_that_somebody_put_off_is_told_all_the_same(run: Run) -> None:
    fine(run("submit", A, "--confirmed", "2026-06-01", "--on", "2026-06-01"))
    fine(run("cleared", 1, "--on", "2026-06-02"))
    fine(run("ack", 1, "--kind", "exclusion-ends", "--window", "2026-12-01"))
    fine(run("snooze", 1, "--kind", "exclusion-ends", "--window", "2027-06-01", "--until", "2027-06-20"))
    [told] = fine(run("report", A, "--json"))["lists"]
    assert [each["on"] for each in told["expected"]] == ["2026-12-01", "2027-06-01"]


def test_corrections_count_and_what_was_taken_back_does_not(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-20"))
    fine(run("confirm", 1, "--on", "2026-11-21"))
    fine(run("amend", 1, "--confirmed-on", "2026-11-20"))
    fine(run("refused", 1, "--on", "2026-11-22"))
    fine(run("undo", 1))
    [told] = fine(run("report", A, "--json"))["lists"]
    assert [(each["event"], each["on"]) for each in told["timeline"]] == [
        ("submitted", "2026-11-20"),
        ("confirmed", "2026-11-20"),
    ]


def test_a_day_without_a_time_stands_where_it_was_recorded(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-05-02T10:00", "--confirmed", "2026-05-02T10:05"))
    fine(run("cleared", 1, "--on", "2026-05-03"))
    fine(run("relisted", 1, "--on", "2026-11-02"))
    fine(run("submit", A, "--on", "2026-11-02T09:00"))
    [told] = fine(run("report", A, "--json"))["lists"]
    assert [each["event"] for each in told["timeline"]][-2:] == ["relisted", "submitted"]


def test_a_list_seen_again_and_again_is_told_as_a_stretch(run: Run) -> None:
    for day in range(1, 21):
        fine(run("observe", A, "spamcop", "listed" if day % 2 else "clear", "--on", f"2026-11-{day:02}T10:00"))
    whole = fine(run("report", A, "--json"))["lists"][0]["timeline"]
    assert len(whole) == 20
    rows = run("report", A).out.partition("  Timeline\n")[2].partition("\n\n")[0].splitlines()
    assert [row.strip() for row in rows] == [
        "2026-11-01 10:00 +09:00  first seen on the list, on the list's page",
        "2026-11-02 10:00 +09:00  seen 18 times: 9 listed, 9 clear (until 2026-11-19 10:00 +09:00)",
        "2026-11-20 10:00 +09:00  seen off the list, on the list's page",
    ]


def test_of_many_attempts_the_first_and_the_last_are_told(run: Run) -> None:
    for number in range(1, 11):
        fine(run("submit", A, "--on", f"2026-{number:02}-01T10:00", "--confirmed", f"2026-{number:02}-01T10:10"))
        fine(run("cleared", number, "--on", f"2026-{number:02}-02"))
        fine(run("relisted", number, "--on", f"2026-{number:02}-25"))
    rows = run("report", A).out.partition("  Timeline\n")[2].partition("\n\n")[0].splitlines()
    assert len(rows) == 21
    assert rows[4].strip() == ("2026-02-01 10:00 +09:00  5 requests sent; 15 other events (until 2026-06-25)")
    assert rows[-1].endswith("on the list again")


def test_evidence_is_told_as_it_was_measured(run: Run, story: Teller, then: Tools) -> None:
    assert f"\n  Nothing has been measured of {A} yet.\n" in story()
    measured(then, A, SPF, PTR)
    told = json.loads(story("--json"))["evidence"]
    assert [(each["claim"], each["outcome"], each["at"]) for each in told] == [
        ("ptr", "fails", "2021-11-02T04:30:00Z"),
        ("spf", "holds", "2021-11-02T04:30:00Z"),
    ]
    part = story().partition("\nEvidence\n")[2]
    assert part.startswith(
        "  reverse DNS (PTR): not in order\n"
        "    seen      there is no PTR record\n"
        "    how       PTR of 57.113.0.203.in-addr.arpa\n"
        "    measured  2021-11-02 13:30 +09:00\n"
        "    to mend   have one set\n"
        "  SPF: in order\n"
    )


def test_that_nobody_has_looked_is_not_told_as_clear(run: Run) -> None:
    fine(run("submit", A, "-l", PBL, "--on", "2026-11-20"))
    assert f"Whether {A} is on Spamhaus PBL now is not on record." in run("report", A).out
    fine(run("observe", A, "spamcop", "clear", "--on", "2026-11-20"))
    told = run("report", A).out
    assert f"{A} is not known to be on a list now; for 1 of 2 no look is on record." in told


def test_a_network_is_told_of(run: Run) -> None:
    fine(run("observe", "198.51.100.0/24", "spamhaus-sbl", "listed"))
    told = run("report", "198.51.100.0/24").out
    assert "198.51.100.0/24 is on Spamhaus SBL, since 2026-11-24 12:00 +09:00." in told


def test_an_address_of_which_nothing_is_known_says_so(run: Run) -> None:
    fine(run("address", "add", A))
    assert f"Nothing is on record of {A} on any list: no look, and no request." in run("report", A).out


# --- what it keeps to itself ----------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--format", "html"), ("--json",)])
def test_nothing_secret_and_nothing_private_is_told(story: Teller, words: tuple[str, ...]) -> None:
    told = story(*words, "--with-texts")
    assert "pphosted.com" in told
    for secret in ("tickets.example", "8Zk2mQ4rT7xW1pL9", "slow to pay", "ipcheck.proofpoint.com/?"):
        assert secret not in told
    recipients = set(re.findall(r"to=<([a-z]+)@", STORY.read_text(encoding="utf-8")))
    assert len(recipients) > 5
    assert [each for each in recipients if f"{each}@" in told] == []


def test_notes_and_texts_are_told_if_wished_for(story: Teller) -> None:
    assert "Purpose: order mails" not in story()
    assert "\nTo Spamhaus PBL, 2021-05-02 10:00 +09:00\n" in story("--with-texts")
    assert "Purpose: order mails" in story("--with-texts")
    assert "slow to pay" in story("--with-notes")
    [told] = json.loads(story("-l", "pbl", "--json"))["lists"]
    assert told["texts"] is None
    [told] = json.loads(story("-l", "pbl", "--json", "--with-texts"))["lists"]
    assert [each["request"] for each in told["texts"]] == [1]


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ((OTHER,), 4, f"{OTHER} is not recorded"),
        ((A, "-l", "spamhaus-css"), 4, f"nothing is recorded for {A} on spamhaus-css"),
        ((A, "-l", "nowhere"), 4, "there is no list 'nowhere'"),
        (("mx.example.jp",), 2, "mx.example.jp"),
        ((A, "--json", "--format", "html"), 2, "choose one"),
        ((A, "-o", "/nonexistent/report.txt"), 6, "cannot write /nonexistent/report.txt"),
    ],
)
def test_what_cannot_be_told_is_refused(run: Run, words: tuple[str, ...], code: int, part: str) -> None:
    fine(run("submit", A, "--on", "2026-11-20"))
    refused(run("report", *words), code, part)


def test_without_a_database_there_is_nothing_to_report(run: Run, tools: Tools) -> None:
    refused(
        run("report", A, with_tools=replace(tools, database=tools.database.with_name("other.db"))), 4, "not recorded"
    )


def test_what_is_written_to_a_file_is_what_is_printed(run: Run, story: Teller, then: Tools, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = run("report", A, "--format", "html", "-o", file, with_tools=then)
    assert (done.code, done.out, done.err) == (0, "", f"the report is in {file}\n")
    assert file.read_text(encoding="utf-8") == story("--format", "html")


# --- the page -------------------------------------------------------------------------------------

ATTACK = "<script>alert(1)</script><img src=http://evil.example/x onerror=y>\"'&"


class Tags(HTMLParser):
    """The tags of a page, in order, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.found if name == tag)


@pytest.fixture
def attacked(run: Run, tools: Tools, tmp_path: Path) -> str:
    """A page about an address of which every word that others choose is markup."""
    log = tmp_path / "mail.log"
    host = "mx.<b>.example[192.0.2.9]"
    log.write_text(
        f"2026-11-20T09:00:00+09:00 mx1 postfix/smtp[9]: AB12: to=<taro@example.org>, relay={host}:25, status=bounced"
        f" (host {host} said: 554 Client host [{A}] blocked using bl.spamcop.net {ATTACK})\n",
        encoding="utf-8",
    )
    fine(run("address", "add", A, "--site", ATTACK, "--label", f"{ATTACK}\x1b[31m\u202e"))
    fine(run("address", "set", A, "--domain", ATTACK))
    fine(run("observe", A, PBL, "listed", "--reason", ATTACK, "--on", "2026-11-19"))
    fine(run("submit", A, "-l", PBL, "--text", "-", "--on", "2026-11-20", stdin=ATTACK))
    fine(run("note", 1, ATTACK))
    assert run("scan", log, "--record").code == 0
    measured(tools, A, replace(PTR, value=ATTACK, how=ATTACK, mend=ATTACK))
    hostile = replace(tools, settings=Settings(contact=Facts(name=ATTACK, email=ATTACK)))
    done = run("report", A, "--format", "html", "--with-notes", "--with-texts", with_tools=hostile)
    assert done.code == 0, done.err
    return done.out


def test_markup_stays_text_wherever_it_comes_from(attacked: str) -> None:
    tags = Tags(attacked)
    assert not {"script", "img", "b", "iframe", "link", "object"} & {tag for tag, _ in tags.found}
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
    assert attacked.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 9
    assert "\x1b" not in attacked
    assert "\u202e" not in attacked


def test_a_page_asks_for_nothing_from_anywhere(attacked: str) -> None:
    tags = Tags(attacked)
    assert not [
        attributes for _, attributes in tags.found if attributes.keys() & {"src", "srcset", "action", "background"}
    ]
    assert all(str(each["href"]).startswith("https://") for each in tags.of("a"))
    assert {tag for tag, attributes in tags.found if "href" in attributes} == {"a"}
    assert "url(" not in attacked
    assert "@import" not in attacked
    policy = next(each for each in tags.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_link_of_a_list_of_ones_own_is_a_link_only_to_a_page(run: Run, tools: Tools, home: Path) -> None:
    entry = '[lists.own]\nname = "Own"\noperator = "Own"\nkind = "block"\n'
    entry += 'sources = [{ url = "javascript:alert(1)", checked = 2026-11-24, confidence = "low" }]\n'
    (home / "lists.toml").write_text(entry, encoding="utf-8")
    own = replace(tools, catalogue=catalogue.load(home / "lists.toml"))
    fine(run("observe", A, "own", "listed", with_tools=own))
    page = run("report", A, "--format", "html", with_tools=own).out
    assert "<dd>javascript:alert(1) (read <time" in page
    assert list(Tags(page).of("a")) == []


def test_a_page_is_marked_up_for_readers_of_all_kinds(story: Teller) -> None:
    page = story("--format", "html")
    tags = Tags(page)
    assert next(tags.of("html")) == {"lang": "en"}
    assert {"charset": "utf-8"} in list(tags.of("meta"))
    assert f"<title>Blocklist report for {A}</title>" in page
    assert len(list(tags.of("h1"))) == 1
    assert all(each.get("scope") in ("col", "row") for each in tags.of("th"))
    assert {"datetime": "2020-04-09T17:20:06+09:00"} in list(tags.of("time"))
    assert {"datetime": "2022-05-02"} in list(tags.of("time"))


def test_a_table_that_is_laid_out_as_blocks_stays_a_table(run: Run, story: Teller, then: Tools) -> None:
    # Where CSS shows cells as blocks, browsers no longer tell that they are cells.
    measured(then, A, SPF, PTR)
    tags = Tags(story("--format", "html"))
    roles = {"table": {"table"}, "thead": {"rowgroup"}, "tbody": {"rowgroup"}, "tr": {"row"}, "td": {"cell"}}
    for tag, expected in roles.items():
        assert {each.get("role") for each in tags.of(tag)} == expected
    assert {(each.get("scope"), each.get("role")) for each in tags.of("th")} == {
        ("col", "columnheader"),
        ("row", "rowheader"),
    }


@pytest.mark.parametrize("words", [(), ("--with-texts", "--with-notes")])
def test_text_and_page_say_the_same(run: Run, story: Teller, then: Tools, words: tuple[str, ...]) -> None:
    measured(then, A, SPF, PTR)
    shown = re.sub(r"<[^>]+>", "", story("--format", "html", *words).partition("<body>")[2])
    for line in story(*words).splitlines()[1:]:
        for part in re.split(r"  +|[()]", line):
            known = part.strip().rstrip(":").replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;")
            if known and not known.isupper() and not known.startswith(("seen", "how", "measured", "to mend")):
                assert known in shown or known.rpartition(": ")[2] in shown, part


# --- on paper and on a phone ----------------------------------------------------------------------


@pytest.fixture
def chromium(tmp_path: Path) -> Chromium:
    return Chromium(tmp_path)


@needs_chromium
def test_the_story_prints_on_two_sheets_with_all_that_matters(
    story: Teller, then: Tools, chromium: Chromium, tmp_path: Path
) -> None:
    measured(then, A, SPF, PTR)
    page = tmp_path / "report.html"
    page.write_text(story("-l", "pbl", "--format", "html"), encoding="utf-8")
    sheets = chromium.printed(page)
    assert len(sheets) == 2
    text = " ".join(" ".join(sheets).split())
    for fact in (
        "203.0.113.57",
        "Hanako Sato <postmaster@example.jp>",
        "2020-04-09 17:20 +09:00 first seen on the list",
        "off the list, 1 h 40 min after the confirmation",
        "the exclusion may end on 2022-05-02",
        "https://www.spamhaus.org/query/ip/203.0.113.57",
        "mx02.mail.icloud.com",
        "not in order",
        "1/2",
    ):
        assert fact in text


@needs_chromium
def test_a_hard_page_runs_over_no_edge(run: Run, tools: Tools, chromium: Chromium, tmp_path: Path) -> None:
    long = "W" * 120
    fine(
        run(
            "address", "add", V6, "--site", "東京第二データセンター" * 9, "--label", long, "--domain", f"{long}.example"
        )
    )
    for key in (PBL, "spamhaus-css", "spamcop", "uceprotect-2", "abusix"):
        fine(run("observe", V6, key, "listed", "--on", "2026-11-01", "--reason", f"{long} 您的地址被列入黑名单" * 3))
    for number in (1, 2, 3):
        fine(
            run("submit", V6, "-l", PBL, "--on", f"2026-11-0{number + 1}", "--text", "-", stdin=f"{long} お願い\n" * 5)
        )
        fine(run("relisted", number, "--on", f"2026-11-0{number + 1}"))
    measured(tools, V6, replace(SPF, value=f"v=spf1 {long}", how=long), replace(PTR, value=long * 4, mend=long))
    page = tmp_path / "report.html"
    done = run("report", V6, "--format", "html", "--with-texts", "-o", page)
    assert done.code == 0, done.err
    assert len(chromium.printed(page)) > 2
    # The margin of a sheet is 17 mm, at 25 points to the inch; of the window 16 points, at half the size.
    assert all(blank_edge(sheet, 15) for sheet in chromium.sheets())
    assert blank_edge(chromium.window(page, 400, 3600), 6)


@needs_chromium
def test_a_browser_sees_no_script_in_a_hostile_page(attacked: str, chromium: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(attacked, encoding="utf-8")
    understood: Any = Tags(chromium.understood(page))
    assert not list(understood.of("script"))
    assert not list(understood.of("img"))
    assert next(understood.of("html")) == {"lang": "en"}
