"""What is on record, shown and answered: requests, addresses, lists, reminders, looks by hand, and masked secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, fine, refused

A, B, C = "203.0.113.7", "203.0.113.8", "198.51.100.9"
PLAIN = "barracuda"
TOKEN = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
LINK = f"https://www.spamhaus.org/pbl/removal/verify/?token={TOKEN}"


def shown(run: Run, what: object = 1) -> Any:
    """Return one record, or everything about an address."""
    return fine(run("show", what, "--json"))


def requests(run: Run, *words: object) -> list[Any]:
    """Return the requests on record."""
    found = fine(run("requests", *words, "--json"))["requests"]
    assert isinstance(found, list)
    return found


def due(run: Run, on: str) -> list[tuple[str, str | None]]:
    """Return kind and window of the reminders due at a moment."""
    return [(r["kind"], r["window_on"]) for r in fine(run("due", "--on", on, "--json"))["reminders"]]


def cleared(run: Run, address: str = A, day: str = "2021-05-02", key: str = "pbl") -> None:
    """Record a request that was submitted, confirmed and cleared on one day."""
    fine(run("submit", address, "-l", key, "--on", day, "--confirmed", day))
    fine(run("cleared", address, "-l", key, "--on", day))


# requests.


REQUEST_KEYS = [
    *("number", "uid", "batch", "address", "list", "attempt", "state", "submitted_on", "submitted_at"),
    *("confirmed_on", "confirmed_at", "cleared_on", "cleared_at", "relisted_on", "relisted_at", "closed_on"),
    *("time_to_effect", "link_received_at", "link_expires_at", "reference", "site", "owner", "contact", "template"),
    *("windows", "next_due"),
]


def test_a_request_is_printed_as_the_contract_says(run: Run) -> None:
    fine(run("address", "add", A, "--site", "osaka", "--owner", "noc@example.org"))
    text = ("--name", "Hanako", "--email", "h@example.org", "--purpose", "x")
    fine(run("submit", A, "--on", "2021-05-02T10:00+09:00", "--reference", "T-1", *text))
    fine(run("confirm", 1, "--on", "2021-05-02T10:05+09:00"))
    fine(run("cleared", 1, "--on", "2021-05-02T11:45+09:00"))
    record = requests(run)[0]
    assert set(REQUEST_KEYS) <= set(record)
    for window in record["windows"]:
        assert {"on", "after", "basis", "provisional", "survived"} <= set(window)
    uid = record["uid"]
    assert {key: record[key] for key in REQUEST_KEYS if key != "windows"} == {
        "number": 1,
        "uid": uid,
        "batch": None,
        "address": A,
        "list": "spamhaus-pbl",
        "attempt": 1,
        "state": "cleared",
        "submitted_on": "2021-05-02",
        "submitted_at": "2021-05-02T01:00:00Z",
        "confirmed_on": "2021-05-02",
        "confirmed_at": "2021-05-02T01:05:00Z",
        "cleared_on": "2021-05-02",
        "cleared_at": "2021-05-02T02:45:00Z",
        "relisted_on": None,
        "relisted_at": None,
        "closed_on": None,
        "time_to_effect": "PT1H40M",
        "link_received_at": None,
        "link_expires_at": None,
        "reference": "T-1",
        "site": "osaka",
        "owner": "noc@example.org",
        "contact": {"name": "Hanako", "email": "h@example.org"},
        "template": "spamhaus-pbl.en",
        "next_due": "2021-10-19",
    }
    assert [(w["on"], w["after"], w["basis"], w["provisional"], w["survived"]) for w in record["windows"]] == [
        ("2021-11-02", "P6M", "observed", False, False),
        ("2022-05-02", "P1Y", "stated", False, False),
    ]


def test_a_bare_request_has_every_field_too(run: Run) -> None:
    fine(run("submit", A, "-l", PLAIN))
    assert set(REQUEST_KEYS) <= set(requests(run)[0])


@pytest.mark.parametrize(
    ("moves", "closed_on"),
    [
        ([], None),
        ([("refused", "2021-05-03")], "2021-05-03"),
        ([("refused", "2021-05-03"), ("appeal", "2021-05-04")], None),
        ([("relisted", "2021-05-05")], "2021-05-05"),
        ([("withdraw", "2021-05-06")], "2021-05-06"),
        ([("refused", "2021-05-03"), ("withdraw", "2021-05-06")], "2021-05-06"),
    ],
)
def test_a_request_is_closed_on_the_day_of_its_end(
    run: Run, moves: list[tuple[str, str]], closed_on: str | None
) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    for command, day in moves:
        fine(run(command, 1, "--on", day))
    assert requests(run)[0]["closed_on"] == closed_on


def five(run: Run) -> None:
    fine(run("submit", B, "--on", "2021-05-02"))
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run("submit", C, "-l", PLAIN, "--on", "2021-05-02"))
    fine(run("withdraw", 2, "--on", "2021-05-03"))
    fine(run("submit", A, "--on", "2021-05-04"))
    fine(run("address", "set", A, "--site", "osaka"))


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ((), [1, 2, 3, 4]),
        (("--open",), [1, 3, 4]),
        (("-l", "pbl"), [1, 2, 4]),
        (("--address", A), [2, 4]),
        (("--address", "::ffff:203.0.113.7"), [2, 4]),
        (("--site", "osaka"), [2, 4]),
        (("--site", "osaka", "--open"), [4]),
        (("--site", "nowhere"), []),
        (("--address", "192.0.2.1"), []),
    ],
)
def test_requests_are_in_order_of_number_and_may_be_narrowed(
    run: Run, words: tuple[str, ...], numbers: list[int]
) -> None:
    five(run)
    assert [record["number"] for record in requests(run, *words)] == numbers
    assert len(run("requests", *words).out.splitlines()) == (len(numbers) + 1 if numbers else 0)


def test_attempts_are_counted_in_order_of_submission(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-11-02"))
    fine(run("submit", A, "--on", "2021-05-02"))
    assert [(r["number"], r["attempt"]) for r in requests(run)] == [(1, 2), (2, 1)]


@pytest.mark.parametrize(("words", "code"), [(("--address", "mx.example.org"), 2), (("-l", "nolist"), 4)])
def test_requests_of_nothing_known_are_refused(run: Run, words: tuple[str, ...], code: int) -> None:
    refused(run("requests", *words), code)


# show.


def test_one_record_is_shown_with_text_and_history(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--text", "-", stdin="as sent\n"))
    fine(run("confirm", 1, "--on", "2021-05-02T10:00+09:00"))
    record = shown(run)
    assert set(requests(run)[0]) < set(record)
    assert record["text"] == "as sent\n"
    for entry in record["history"]:
        assert {"at", "recorded_at", "by", "source", "event", "detail"} <= set(entry)
    assert [(e["event"], e["at"]) for e in record["history"]] == [
        ("submitted", "2021-05-02"),
        ("confirmed", "2021-05-02T01:00:00Z"),
    ]
    text = run("show", 1).out
    for part in (A, "Spamhaus PBL", "as sent", "confirmed", "2021-11-02", "tester"):
        assert part in text
    assert "2021-05-02 10:00 +09:00" in text


def test_an_address_is_shown_with_all_there_is(run: Run) -> None:
    fine(run("address", "add", A, "--site", "osaka", "--domain", "example.org", "--label", "web", "--owner", "noc"))
    cleared(run)
    assert run("text", A, "-l", PLAIN, "--name", "N", "--email", "n@example.org", "--cause", "x").code == 0
    fine(run("observe", A, "spamrats", "listed", "--on", "2021-05-05", "--reason", "no PTR"))
    view = shown(run, A)
    assert {"address", "site", "requests", "drafts", "listings", "reminders"} <= set(view)
    assert (view["address"], view["site"], view["domain"], view["label"]) == (A, "osaka", "example.org", "web")
    assert view["requests"] == requests(run)
    assert [draft["list"] for draft in view["drafts"]] == [PLAIN]
    assert [(x["list"], x["started_on"], x["ended_on"], x["reason"]) for x in view["listings"]] == [
        ("spamrats", "2021-05-05", None, "no PTR")
    ]
    assert {r["kind"] for r in view["reminders"]} == {"listed", "exclusion-ends"}
    text = run("show", A).out
    for part in (A, "osaka", "spamrats", "no PTR", PLAIN):
        assert part in text


@pytest.mark.parametrize(("what", "code"), [(9, 4), ("192.0.2.1", 4), ("mx.example.org", 2), ("0", 4), ("1-2", 2)])
def test_what_is_not_recorded_cannot_be_shown(run: Run, what: object, code: int) -> None:
    fine(run("submit", A))
    refused(run("show", what), code)


@pytest.mark.parametrize("what", [1, A])
def test_nothing_can_be_shown_of_a_missing_database(run: Run, tools: Any, what: object) -> None:
    tools.database.unlink()
    refused(run("show", what), 4)
    assert fine(run("requests", "--json")) == {"requests": []}
    assert run("requests").out == ""
    assert not tools.database.exists()


# What was typed cannot steer a terminal or break a table.


@pytest.mark.parametrize("nasty", ["\x1b[31mred", "two\nlines", "tab\there", "\u202egnirts", "bell\x07"])
def test_what_was_typed_is_shown_on_one_line_without_control_characters(run: Run, nasty: str) -> None:
    fine(run("submit", A, "--reference", nasty, "--text", "-", stdin="x"))
    fine(run("address", "set", A, "--site", nasty, "--label", nasty))
    fine(run("note", 1, "-m", nasty))
    for words in (("requests",), ("show", 1), ("show", A), ("address", "list"), ("due", "--on", "2027-01-01")):
        out = run(*words).out
        assert all(c.isprintable() for line in out.split("\n") for c in line), words
    assert shown(run)["reference"] == nasty


# lists.


def test_the_catalogue_has_a_line_for_each_list(run: Run) -> None:
    found = fine(run("lists", "--json"))["lists"]
    assert len(found) >= 40
    assert [entry["key"] for entry in found] == sorted(entry["key"] for entry in found)
    assert len(run("lists").out.splitlines()) == len(found) + 1


@pytest.mark.parametrize("word", ["spamhaus-pbl", "pbl", "PBL"])
def test_one_list_is_told_in_about_ten_lines(run: Run, word: str) -> None:
    text = run("lists", word).out
    assert len(text.splitlines()) <= 12
    for part in ("Spamhaus PBL", "https://check.spamhaus.org/", "6 months", "observed", "1 year", "spamhaus-sbl"):
        assert part in text
    found = fine(run("lists", word, "--json"))
    assert (found["key"], found["waits_for"], found["confirm_within"]) == ("spamhaus-pbl", ["spamhaus-sbl"], "PT1H")
    assert [(w["after"], w["basis"]) for w in found["windows"]] == [("P6M", "observed"), ("P1Y", "stated")]


@pytest.mark.parametrize(
    ("word", "near"), [("spamhaus-pbk", "spamhaus-pbl"), ("baracuda", "barracuda"), ("nothing.example.org", "")]
)
def test_an_unknown_list_is_not_found_and_the_nearest_key_is_named(run: Run, word: str, near: str) -> None:
    refused(run("lists", word), 4, word, near)


def test_a_list_names_the_requests_that_showed_an_own_interval(run: Run) -> None:
    cleared(run, A, "2020-05-02")
    assert fine(run("lists", "pbl", "--json"))["own"] == []
    fine(run("relisted", 1, "--on", "2020-08-02"))
    found = fine(run("lists", "pbl", "--json"))["own"]
    assert [(own["request"], own["after"]) for own in found] == [(1, "P3M")]
    assert "request 1" in run("lists", "pbl").out
    fine(run("undo", 1))
    assert fine(run("lists", "pbl", "--json"))["own"] == []


# status.


@pytest.mark.parametrize("words", [("status",), ()])
def test_status_is_one_screen(run: Run, tools: Any, words: tuple[str, ...]) -> None:
    fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-02"))
    fine(run("submit", B, "--on", "2021-05-02"))
    outcome = run(*words)
    assert outcome.code == 0
    for part in (A, PLAIN, B, "submitted", str(tools.database)):
        assert part in outcome.out


def test_status_tells_scripts_the_same(run: Run, tools: Any) -> None:
    fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-02"))
    cleared(run, B)
    fine(run("submit", C, "--on", "2021-05-02"))
    found = fine(run("status", "--on", "2021-10-01", "--json"))
    assert (found["today"], found["database"]) == ("2021-10-01", str(tools.database))
    assert [(x["address"], x["list"], x["since_on"]) for x in found["listed"]] == [(A, PLAIN, "2021-05-02")]
    assert [x["number"] for x in found["waiting"]] == [2]
    kinds = [(r["kind"], r["status"]) for r in found["reminders"]]
    assert kinds == [
        *[("listed", "due"), ("confirm", "due"), ("exclusion-ends", "upcoming"), ("exclusion-ends", "upcoming")]
    ]
    assert (found["requests"], found["addresses"]) == (2, 3)


def test_status_without_records_says_how_to_begin(run: Run, tools: Any) -> None:
    outcome = run("status")
    assert outcome.code == 0
    assert str(tools.database) in outcome.out
    assert "delist submit" in outcome.out


# address.


def about(run: Run) -> dict[str, tuple[Any, ...]]:
    """Return what is said about each recorded address."""
    found = fine(run("address", "list", "--json"))["addresses"]
    return {x["address"]: (x["site"], x["domain"], x["label"], x["owner"]) for x in found}


def test_addresses_are_listed_in_numerical_order(run: Run) -> None:
    given = ["2001:db8::2", "203.0.113.100", "203.0.113.9", "198.51.100.0/24", "2001:db8::1", "198.51.100.7"]
    fine(run("address", "add", *given))
    assert list(about(run)) == [
        *("198.51.100.0/24", "198.51.100.7", "203.0.113.9", "203.0.113.100", "2001:db8::1", "2001:db8::2")
    ]


def test_what_is_said_about_an_address_is_added_changed_and_taken_away(run: Run) -> None:
    fine(run("address", "add", A, "--site", "osaka", "--owner", "noc"))
    assert about(run) == {A: ("osaka", None, None, "noc")}
    fine(run("address", "add", A, "--domain", "example.org"))
    assert about(run) == {A: ("osaka", "example.org", None, "noc")}
    fine(run("address", "set", A, "--site", "tokyo", "--owner", ""))
    assert about(run) == {A: ("tokyo", "example.org", None, None)}
    assert len(shown(run, A)["history"]) == 4


def test_addresses_of_a_site(run: Run) -> None:
    fine(run("address", "add", A, B, "--site", "osaka"))
    fine(run("address", "add", C))
    found = fine(run("address", "list", "--site", "osaka", "--json"))["addresses"]
    assert [x["address"] for x in found] == [A, B]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", A, "mx.example.org"), 2),
        (("add", A, "192.168.1.1"), 2),
        (("add",), 2),
        (("set", B, "192.0.2.1", "--site", "x"), 4),
        (("set", B), 2),
        (("retire", B, "192.0.2.1"), 4),
        (("forget", "192.0.2.1", "--yes"), 4),
        (("forget", B), 2),
        (("forget", "mx.example.org", "--yes"), 2),
        (("nonsense",), 2),
        ((), 2),
    ],
)
def test_wrong_words_about_addresses_change_nothing(run: Run, words: tuple[str, ...], code: int) -> None:
    fine(run("address", "add", B))
    refused(run("address", *words), code)
    assert about(run) == {B: (None, None, None, None)}
    assert fine(run("address", "list", "--json"))["addresses"][0]["retired_on"] is None


CSV_OF_ADDRESSES = (
    '\ufeffaddress,site,Domain,label,owner\r\n203.0.113.7,osaka,example.org,"web, old",noc\r\n\r\n2001:DB8::1,,,,\r\n'
)


@pytest.mark.parametrize("how", ["file", "-"])
def test_addresses_are_imported_from_a_csv(run: Run, tmp_path: Path, how: str) -> None:
    file = tmp_path / "addresses.csv"
    file.write_bytes(CSV_OF_ADDRESSES.encode())
    found = fine(run("address", "import", file if how == "file" else how, "--json", stdin=CSV_OF_ADDRESSES))
    assert len(found["addresses"]) == 2
    assert about(run) == {A: ("osaka", "example.org", "web, old", "noc"), "2001:db8::1": (None, None, None, None)}
    fine(run("address", "import", "-", stdin=CSV_OF_ADDRESSES))
    assert len(shown(run, A)["history"]) == 2


def test_addresses_are_imported_from_plain_lines(run: Run) -> None:
    fine(run("address", "import", "-", stdin=f"# ours\n{A}\n\n  {B}  \n"))
    assert list(about(run)) == [A, B]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"{A}\nmx.example.org\n{B}\n10.0.0.1\n", ["line 2", "line 4"]),
        (f"address,site\n{A},x\nhost,y\n", ["line 3"]),
        (f"address,phone\n{A},1\n", ["phone"]),
        ('address,site\n203.0.113.7,"x"y\n', ["line 2"]),
    ],
)
def test_bad_lines_of_addresses_are_named_and_none_is_recorded(run: Run, text: str, parts: list[str]) -> None:
    refused(run("address", "import", "-", stdin=text), 2, *parts)
    assert about(run) == {}


def test_a_retired_address_stays_on_record_and_is_taken_up_by_a_submission(run: Run) -> None:
    cleared(run)
    fine(run("address", "retire", A))
    assert shown(run, A)["retired_on"] == "2026-11-24"
    assert len(requests(run)) == 1
    fine(run("address", "retire", A))
    assert [entry["event"] for entry in shown(run, A)["history"]] == ["added", "retired"]
    fine(run("submit", A))
    assert shown(run, A)["retired_on"] is None


def test_forget_destroys_all_records_of_an_address_and_of_no_other(run: Run, tools: Any) -> None:
    cleared(run, A, "2020-05-02")
    fine(run("relisted", 1, "--on", "2020-08-02"))
    fine(run("note", 1, "-m", f"zanzibar {LINK}"))
    cleared(run, B)
    fine(run("observe", A, PLAIN, "listed", "--reason", "zanzibar"))
    assert run("text", A, "-l", "css", "--name", "zanzibar", "--email", "n@example.org", "--cause", "x").code == 0
    found = fine(run("address", "forget", A, "--yes", "--json"))
    assert (found["address"], found["requests"]) == (A, 1)
    refused(run("show", A), 4)
    refused(run("show", 1), 4)
    assert [record["number"] for record in requests(run)] == [2]
    assert len(shown(run, 2)["windows"]) == 2
    assert fine(run("lists", "pbl", "--json"))["own"] == []
    data = tools.database.read_bytes()
    for gone in (A.encode(), b"zanzibar", TOKEN.encode()):
        assert gone not in data
    assert "tombstone" in run("export", "--with-secrets").out


def test_a_forgotten_number_is_never_used_again(run: Run) -> None:
    fine(run("submit", A))
    fine(run("address", "forget", A, "--yes"))
    assert fine(run("submit", A, "--json"))["requests"][0]["number"] == 2


# note, ack, snooze.


def test_a_note_is_kept_in_the_history(run: Run) -> None:
    fine(run("submit", A, B, "--on", "2021-05-02"))
    fine(run("note", 1, "2", "called them, they look at it", "--on", "2021-05-03"))
    fine(run("note", A, "-m", "-", stdin="from\nstandard input"))
    history = shown(run)["history"]
    assert [(e["event"], e["at"]) for e in history][1] == ("noted", "2021-05-03")
    assert history[1]["detail"] == {"text": "called them, they look at it"}
    assert history[2]["detail"] == {"text": "from\nstandard input"}
    assert len(shown(run, 2)["history"]) == 2
    assert shown(run)["state"] == "submitted"


@pytest.mark.parametrize(
    ("words", "code"), [((1,), 2), ((9, "-m", "x"), 4), ((1, 9, "-m", "x"), 4), ((1, "-m", ""), 2)]
)
def test_a_wrong_note_is_refused(run: Run, words: tuple[object, ...], code: int) -> None:
    fine(run("submit", A))
    refused(run("note", *words), code)
    assert len(shown(run)["history"]) == 1


def test_ack_takes_the_most_urgent_reminder(run: Run) -> None:
    cleared(run)
    fine(run("ack", 1))
    assert due(run, "2022-05-02") == [("exclusion-ends", "2022-05-02")]
    fine(run("ack", A))
    assert due(run, "2022-05-02") == []
    refused(run("ack", 1), 5)
    assert [e["event"] for e in shown(run)["history"]][-2:] == ["acknowledged", "acknowledged"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("--window", "2022-05-02"), ["2021-11-02"]),
        (("--window", "2021-11-02"), ["2022-05-02"]),
        (("--kind", "exclusion-ends"), ["2022-05-02"]),
        (("-l", "pbl"), ["2022-05-02"]),
    ],
)
def test_ack_picks_by_kind_and_window(run: Run, words: tuple[str, ...], left: list[str]) -> None:
    cleared(run)
    fine(run("ack", A, *words))
    assert [window for _, window in due(run, "2022-05-02")] == left


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((1, "--kind", "relisted"), 5),
        ((1, "--window", "2021-11-03"), 5),
        ((1, "--kind", "nonsense"), 2),
        ((1, "--window", "soon"), 2),
        ((9,), 4),
        ((1, 9), 4),
        (("192.0.2.1",), 4),
        (("mx.example.org",), 2),
        ((2,), 5),
        ((), 2),
    ],
)
@pytest.mark.parametrize("command", [("ack",), ("snooze", "--until", "30d")])
def test_a_reminder_that_is_not_there_cannot_be_answered(
    run: Run, command: tuple[str, ...], words: tuple[object, ...], code: int
) -> None:
    cleared(run)
    fine(run("submit", B, "-l", "microsoft-consumer"))
    refused(run(*command, *words), code)
    assert len(shown(run)["history"]) == 3


@pytest.mark.parametrize("kind", ["confirm", "verify", "answer"])
def test_what_goes_away_by_what_happens_cannot_be_acknowledged_but_snoozed(run: Run, kind: str) -> None:
    fine(run("submit", A, "-l", "microsoft-consumer" if kind == "answer" else "pbl", "--on", "2026-11-01"))
    if kind == "verify":
        fine(run("confirm", 1, "--on", "2026-11-01"))
    assert [found for found, _ in due(run, "2026-11-24")] == [kind]
    refused(run("ack", 1), 5)
    fine(run("snooze", 1, "--until", "2026-11-26"))
    assert due(run, "2026-11-25") == []
    assert [found for found, _ in due(run, "2026-11-26")] == [kind]


@pytest.mark.parametrize(("until", "wake"), [("30d", "2026-12-24"), ("1d", "2026-11-25"), ("2026-12-01", "2026-12-01")])
def test_a_snoozed_reminder_sleeps_until_its_day(run: Run, until: str, wake: str) -> None:
    cleared(run, A, "2026-05-02")
    fine(run("snooze", 1, "--until", until))
    found = fine(run("due", "--on", wake, "--json"))["reminders"]
    assert [(r["due_on"], r["window_on"]) for r in found] == [(wake, "2026-11-02")]
    fine(run("undo", 1))
    assert due(run, "2026-11-24") == [("exclusion-ends", "2026-11-02")]


@pytest.mark.parametrize("until", ["2026-11-24", "2020-01-01", "0d", "-1d", "soon", "30", "99999d", ""])
def test_snoozing_until_no_later_day_is_wrong_usage(run: Run, until: str) -> None:
    cleared(run, A, "2026-05-02")
    refused(run("snooze", 1, "--until", until), 2)
    assert len(shown(run)["history"]) == 3


def test_ack_of_an_address_answers_a_listing_without_a_request(run: Run) -> None:
    fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-02"))
    found = fine(run("ack", A, "--json"))["reminders"]
    assert [r["kind"] for r in found] == ["listed"]
    assert due(run, "2026-11-24") == []
    fine(run("undo", A))
    assert due(run, "2026-11-24") == [("listed", None)]


def test_several_acknowledgements_are_all_or_none(run: Run) -> None:
    cleared(run, A)
    fine(run("submit", B, "-l", "microsoft-consumer"))
    refused(run("ack", "1", "2"), 5)
    assert len(shown(run)["history"]) == 3


# observe.


@pytest.mark.parametrize(
    ("before", "verdict", "after"),
    [
        ([], "clear", "submitted"),
        ([("confirm", "2021-05-03")], "clear", "cleared"),
        ([("confirm", "2021-05-03")], "listed", "confirmed"),
        ([("confirm", "2021-05-03"), ("cleared", "2021-05-04")], "listed", "relisted"),
        ([("confirm", "2021-05-03"), ("cleared", "2021-05-04")], "clear", "cleared"),
        ([("refused", "2021-05-03")], "clear", "refused"),
        ([("withdraw", "2021-05-03")], "listed", "withdrawn"),
    ],
)
def test_a_look_by_hand_moves_a_request_where_the_table_allows(
    run: Run, before: list[tuple[str, str]], verdict: str, after: str
) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    for command, day in before:
        fine(run(command, 1, "--on", day))
    fine(run("observe", A, "pbl", verdict, "--on", "2021-11-03"))
    assert shown(run)["state"] == after


def test_a_look_before_the_confirmation_moves_nothing(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed", "2021-05-04"))
    fine(run("observe", A, "pbl", "clear", "--on", "2021-05-03"))
    assert shown(run)["state"] == "confirmed"


def test_the_same_look_is_recorded_once(run: Run) -> None:
    first = fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-02", "--json"))
    again = fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-02", "--json"))
    assert first == {"address": A, "list": PLAIN, "verdict": "listed", "new": True, "request": None, "state": None}
    assert again == {**first, "new": False}
    assert len(shown(run, A)["history"]) == 2


def test_a_clear_look_ends_the_listing(run: Run) -> None:
    fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-02"))
    fine(run("observe", A, PLAIN, "listed", "--on", "2021-05-04"))
    fine(run("observe", A, PLAIN, "clear", "--on", "2021-05-06"))
    found = shown(run, A)["listings"]
    assert [(x["started_on"], x["last_seen_on"], x["ended_on"]) for x in found] == [
        ("2021-05-02", "2021-05-04", "2021-05-06")
    ]
    fine(run("undo", A))
    assert shown(run, A)["listings"][0]["ended_on"] is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((A, PLAIN, "perhaps"), 2),
        ((A, "nolist", "listed"), 4),
        (("mx.example.org", PLAIN, "listed"), 2),
        (("203.0.113.0/24", "pbl", "listed"), 2),
        ((A, PLAIN), 2),
        ((A, PLAIN, "listed", "--on", "soon"), 2),
    ],
)
def test_a_wrong_look_is_refused_and_adds_nothing(run: Run, words: tuple[str, ...], code: int) -> None:
    refused(run("observe", *words), code)
    assert about(run) == {}


# Secrets.


SECRET_WAYS: dict[str, list[tuple[object, ...]]] = {
    "reference of a submission": [("submit", A, "--reference", LINK)],
    "reference of a refusal": [("submit", A), ("refused", 1, "--reference", LINK)],
    "reference of an appeal": [("submit", A), ("refused", 1), ("appeal", 1, "--reference", LINK)],
    "amended reference": [("submit", A), ("amend", 1, "--reference", LINK)],
    "note": [("submit", A), ("note", 1, "-m", f"they wrote: {LINK}.")],
    "note as a word": [("submit", A), ("note", 1, f"see {LINK}")],
}


@pytest.mark.parametrize("way", SECRET_WAYS)
def test_a_link_is_shown_by_link_alone(run: Run, way: str) -> None:
    said = ""
    for words in SECRET_WAYS[way]:
        outcome = run(*words)
        assert outcome.code == 0, outcome.err
        said += outcome.out + outcome.err
    for words in (
        *(
            ("requests",),
            ("requests", "--json"),
            ("show", 1),
            ("show", 1, "--json"),
            ("show", A),
            ("show", A, "--json"),
        ),
        *(("status",), ("status", "--json"), ("due", "--on", "2030-01-01"), ("due", "--on", "2030-01-01", "--json")),
        *(("export",), ("lists", "pbl"), ("address", "list")),
    ):
        outcome = run(*words)
        said += outcome.out + outcome.err
    assert TOKEN not in said
    assert "www.spamhaus.org/***" in run("show", 1).out
    assert run("link", 1).out == f"{LINK}\n"
    assert fine(run("link", A, "--json")) == {"number": 1, "links": [LINK], "mails": []}
    assert TOKEN in run("export", "--with-secrets").out


def test_a_link_in_the_reason_of_a_look_is_masked(run: Run) -> None:
    said = run("observe", A, PLAIN, "listed", "--reason", f"see {LINK}")
    assert said.code == 0
    for words in (("show", A), ("show", A, "--json"), ("status",), ("export",)):
        assert TOKEN not in run(*words).out, words


@pytest.mark.parametrize(
    "words",
    [
        ("confirm", LINK),
        ("show", LINK),
        ("link", LINK),
        ("note", 1, LINK),
        ("submit", LINK),
        ("confirm", 1, "--on", LINK),
        ("undo", 1, LINK),
    ],
)
def test_an_error_does_not_repeat_a_link_that_was_pasted(run: Run, words: tuple[object, ...]) -> None:
    fine(run("submit", A))
    outcome = run(*words)
    assert TOKEN not in outcome.err
    assert TOKEN not in outcome.out


def test_the_address_of_a_public_page_is_no_secret_but_a_ticket_in_a_reference_always_is(run: Run) -> None:
    fine(run("submit", A))
    fine(run("note", 1, "--text", "see https://www.example.org/pbl/removal/"))
    assert "https://www.example.org/pbl/removal/" in run("show", 1).out
    refused(run("link", 1), 4)
    fine(run("amend", 1, "--reference", "https://tickets.example.org/t/8F3K2L9Q"))
    assert shown(run)["reference"] == "https://tickets.example.org/***"
    assert run("link", 1).out == "https://tickets.example.org/t/8F3K2L9Q\n"


@pytest.mark.parametrize(
    "link", ["https://check.spamhaus.org/ticketing/?a=ST1&b=x9", "www.spamhaus.org/pbl/confirm?id=x9"]
)
def test_a_link_of_a_list_in_a_text_is_masked_wherever_the_text_is_shown(run: Run, tmp_path: Path, link: str) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text(f"As I wrote in {link} please.\n")
    fine(run("submit", A, "--text", letter))
    for words in (("show", 1), ("show", 1, "--json"), ("export",)):
        assert "x9" not in run(*words).out
    assert link in json.loads(run("export", "--with-secrets").out.splitlines()[2])["text"]


def test_a_link_in_a_label_is_masked(run: Run) -> None:
    fine(run("address", "add", A, "--label", LINK))
    assert TOKEN not in run("show", A).out + run("address", "list").out + run("export").out
    assert run("link", A).out == f"{LINK}\n"


@pytest.mark.parametrize(
    ("words", "code"), [((1,), 4), ((9,), 4), ((A,), 4), (("192.0.2.1",), 4), (("x",), 2), ((), 2)]
)
def test_a_link_that_is_not_kept_is_not_found(run: Run, words: tuple[object, ...], code: int) -> None:
    fine(run("submit", A))
    refused(run("link", *words), code)
