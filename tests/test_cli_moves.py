"""The moves of a request on the command line: what is recorded, repeated, refused, taken back and corrected."""

import json
from typing import Any

import pytest

from tests.conftest import Run, fine, refused

A, B, C = "203.0.113.7", "203.0.113.8", "198.51.100.9"
SENT, CONFIRMED, CLEARED, RELISTED = "2021-05-02", "2021-05-03", "2021-05-04", "2021-11-03"
# A list without a confirmation step.
PLAIN = "barracuda"


def shown(run: Run, number: int = 1) -> Any:
    """Return one record."""
    return fine(run("show", number, "--json"))


def state(run: Run, number: int = 1) -> str:
    """Return the state of a request."""
    return str(shown(run, number)["state"])


def states(run: Run) -> list[str]:
    """Return the states of all requests, in order of number."""
    return [each["state"] for each in fine(run("requests", "--json"))["requests"]]


def events(run: Run, number: int = 1) -> list[str]:
    """Return the events in the history of a request."""
    return [entry["event"] for entry in shown(run, number)["history"]]


def bring_to(run: Run, wanted: str, address: str = A, key: str = "spamhaus-pbl") -> None:
    """Record one request and bring it to a state."""
    ways = {
        "submitted": [],
        "confirmed": [("confirm", CONFIRMED)],
        "cleared": [("confirm", CONFIRMED), ("cleared", CLEARED)],
        "refused": [("refused", CONFIRMED)],
        "relisted": [("confirm", CONFIRMED), ("cleared", CLEARED), ("relisted", RELISTED)],
        "withdrawn": [("withdraw", CONFIRMED)],
    }
    fine(run("submit", address, "-l", key, "--on", SENT))
    for command, day in ways[wanted]:
        fine(run(command, address, "-l", key, "--on", day))


TABLE = {
    ("submitted", "confirm"): "confirmed",
    ("submitted", "refused"): "refused",
    ("submitted", "relisted"): "relisted",
    ("submitted", "withdraw"): "withdrawn",
    ("confirmed", "cleared"): "cleared",
    ("confirmed", "refused"): "refused",
    ("confirmed", "relisted"): "relisted",
    ("confirmed", "withdraw"): "withdrawn",
    ("cleared", "relisted"): "relisted",
    ("cleared", "withdraw"): "withdrawn",
    ("refused", "appeal"): "submitted",
    ("refused", "withdraw"): "withdrawn",
}
COMMANDS = ("confirm", "cleared", "refused", "relisted", "withdraw", "appeal")
# A fact that is on record already is repeated, not refused.
ON_RECORD = {
    ("confirmed", "confirm"),
    ("cleared", "confirm"),
    ("cleared", "cleared"),
    ("refused", "refused"),
    ("relisted", "confirm"),
    ("relisted", "cleared"),
    ("relisted", "relisted"),
    ("withdrawn", "withdraw"),
}
REFUSED = [
    (before, command)
    for before in ("submitted", "confirmed", "cleared", "refused", "relisted", "withdrawn")
    for command in COMMANDS
    if (before, command) not in TABLE and (before, command) not in ON_RECORD
]


@pytest.mark.parametrize(("before", "command"), TABLE)
def test_a_move_of_the_table_is_recorded(run: Run, before: str, command: str) -> None:
    bring_to(run, before)
    found = fine(run(command, 1, "--on", "2021-12-01", "--json"))
    after = TABLE[before, command]
    assert found == {"requests": [{"number": 1, "address": A, "list": "spamhaus-pbl", "state": after, "changed": True}]}
    assert state(run) == after


@pytest.mark.parametrize(("before", "command"), REFUSED)
def test_a_move_outside_the_table_is_refused_and_changes_nothing(run: Run, before: str, command: str) -> None:
    bring_to(run, before)
    history = events(run)
    refused(run(command, 1, "--on", "2021-12-01"), 5, "request 1", before)
    assert events(run) == history
    assert state(run) == before


@pytest.mark.parametrize(
    ("before", "parts"),
    [
        ("submitted", ["--confirmed-on"]),
        ("refused", ["appeal", "withdraw"]),
        ("withdrawn", ["submit"]),
    ],
)
def test_a_refusal_says_what_is_possible(run: Run, before: str, parts: list[str]) -> None:
    bring_to(run, before)
    refused(run("cleared", 1, "--on", "2021-12-01"), 5, *parts)


def test_a_list_without_a_confirmation_step_is_cleared_from_submitted(run: Run) -> None:
    fine(run("submit", A, "-l", PLAIN, "--on", "2021-05-02T10:00+09:00"))
    fine(run("cleared", 1, "--on", "2021-05-02T11:40+09:00"))
    record = shown(run)
    assert (record["state"], record["time_to_effect"]) == ("cleared", "PT1H40M")
    assert record["confirmed_on"] == record["submitted_on"] == SENT


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ("confirm", "confirmed", "submitted"),
        ("clear", "cleared", "confirmed"),
        ("refuse", "refused", "submitted"),
        ("relist", "relisted", "cleared"),
    ],
)
def test_both_tenses_record_the_same(run: Run, one: str, other: str, before: str) -> None:
    bring_to(run, before, A)
    bring_to(run, before, B)
    fine(run(one, 1, "--on", "2021-12-01"))
    fine(run(other, 2, "--on", "2021-12-01"))
    first, second = shown(run, 1), shown(run, 2)
    assert first["state"] == second["state"] != before
    assert [entry["event"] for entry in first["history"]] == [entry["event"] for entry in second["history"]]


@pytest.mark.parametrize("verb", ["submit", "submitted"])
def test_both_tenses_of_submit_record_a_request(run: Run, verb: str) -> None:
    assert fine(run(verb, A, "--on", SENT, "--json"))["requests"][0]["state"] == "submitted"


REPEATED = [
    (before, command, day)
    for before, command, day in (
        ("confirmed", "confirm", CONFIRMED),
        ("cleared", "cleared", CLEARED),
        ("refused", "refused", CONFIRMED),
        ("relisted", "relisted", RELISTED),
        ("withdrawn", "withdraw", CONFIRMED),
    )
]


@pytest.mark.parametrize(("before", "command", "day"), REPEATED)
@pytest.mark.parametrize("dated", [True, False])
def test_repeating_a_fact_changes_nothing(run: Run, before: str, command: str, day: str, dated: bool) -> None:
    bring_to(run, before)
    record = shown(run)
    found = fine(run(command, 1, *(["--on", day] if dated else []), "--json"))
    assert found["requests"][0]["changed"] is False
    assert shown(run) == record


@pytest.mark.parametrize(("before", "command", "day"), REPEATED)
def test_another_day_for_a_recorded_fact_names_amend(run: Run, before: str, command: str, day: str) -> None:
    bring_to(run, before)
    history = events(run)
    refused(run(command, 1, "--on", "2021-05-02"), 5, "delist amend 1", day)
    assert events(run) == history


def test_repeating_an_appeal_of_the_same_day_changes_nothing(run: Run) -> None:
    bring_to(run, "refused")
    fine(run("appeal", 1, "--on", "2021-05-05"))
    record = shown(run)
    assert fine(run("appeal", 1, "--on", "2021-05-05", "--json"))["requests"][0]["changed"] is False
    assert shown(run) == record


def test_repeating_a_submission_of_the_same_day_changes_nothing(run: Run) -> None:
    fine(run("submit", A, "--on", SENT))
    found = fine(run("submit", A, "--on", SENT, "--json"))["requests"]
    assert [(each["number"], each["new"]) for each in found] == [(1, False)]
    assert len(states(run)) == 1


def test_a_later_look_at_a_cleared_request_is_a_sighting_and_survives_the_window(run: Run) -> None:
    bring_to(run, "cleared")
    assert fine(run("cleared", 1, "--on", "2021-12-01", "--json"))["requests"][0]["changed"] is True
    record = shown(run)
    assert record["cleared_on"] == CLEARED
    assert [window["survived"] for window in record["windows"]] == [True, False]
    assert events(run)[-1] == "sighted"


def test_repeating_a_sighting_of_the_same_day_changes_nothing(run: Run) -> None:
    bring_to(run, "cleared")
    fine(run("cleared", 1, "--on", "2021-12-01"))
    record = shown(run)
    assert fine(run("cleared", 1, "--on", "2021-12-01", "--json"))["requests"][0]["changed"] is False
    assert shown(run) == record


@pytest.mark.parametrize("command", ["confirm", "refused", "relisted", "withdraw"])
def test_nothing_happens_before_the_submission(run: Run, command: str) -> None:
    fine(run("submit", A, "--on", SENT))
    refused(run(command, 1, "--on", "2021-05-01"), 5, "2021-05-01", SENT)
    assert states(run) == ["submitted"]


def test_a_bare_day_is_neither_before_nor_after_an_instant_of_that_day(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02T10:00+09:00"))
    fine(run("confirm", 1, "--on", "2021-05-02"))
    fine(run("cleared", 1, "--on", "2021-05-02T10:01+09:00"))
    fine(run("relisted", 1, "--on", "2021-05-02"))
    assert state(run) == "relisted"


def test_an_instant_before_the_submission_is_refused_whatever_stands_between(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02T10:00+09:00", "--confirmed", "2021-05-02"))
    refused(run("cleared", 1, "--on", "2021-05-02T09:00+09:00"), 5, "request 1")
    assert states(run) == ["confirmed"]


@pytest.mark.parametrize(
    "words",
    [
        ("submit", B, "--on", "2026-11-25"),
        ("submit", B, "--confirmed", "2026-11-25"),
        ("submit", A, "--relisted", "2026-11-25"),
        ("confirm", 1, "--on", "2026-11-25"),
        ("confirm", 1, "--on", "2026-11-24T12:01+09:00"),
        ("cleared", 1, "--confirmed-on", "2026-11-25"),
        ("refused", 1, "--on", "2026-11-25"),
        ("relisted", 1, "--on", "2026-11-25"),
        ("withdraw", 1, "--on", "2026-11-25"),
        ("amend", 1, "--submitted-on", "2026-11-25"),
        ("observe", A, "pbl", "clear", "--on", "2026-11-25"),
        ("note", 1, "--answered", "--on", "2026-11-25"),
    ],
)
def test_the_future_is_refused(run: Run, words: tuple[object, ...]) -> None:
    bring_to(run, "submitted")
    history = events(run)
    refused(run(*words), 2, "future")
    assert events(run) == history
    assert len(states(run)) == 1


def test_a_whole_day_that_is_today_is_not_the_future(run: Run) -> None:
    fine(run("submit", A, "--on", "2026-11-24"))
    assert shown(run)["submitted_at"] is None


@pytest.mark.parametrize(
    ("given", "day", "instant"),
    [
        ("2021-05-02", "2021-05-02", None),
        ("2021-05-02T10:00+09:00", "2021-05-02", "2021-05-02T01:00:00Z"),
        ("2021-05-02T10:00", "2021-05-02", "2021-05-02T01:00:00Z"),
        ("2021-05-02 10:00:30", "2021-05-02", "2021-05-02T01:00:30Z"),
        ("2021-05-02T20:00Z", "2021-05-03", "2021-05-02T20:00:00Z"),
        ("2021-05-02T20:00-0500", "2021-05-03", "2021-05-03T01:00:00Z"),
    ],
)
def test_a_fact_has_its_day_and_its_instant(run: Run, given: str, day: str, instant: str | None) -> None:
    fine(run("submit", A, "--on", given))
    record = shown(run)
    assert (record["submitted_on"], record["submitted_at"]) == (day, instant)


def test_without_on_the_fact_happened_now(run: Run) -> None:
    fine(run("submit", A))
    record = shown(run)
    assert (record["submitted_on"], record["submitted_at"]) == ("2026-11-24", "2026-11-24T03:00:00Z")


# Two facts in one line.


@pytest.mark.parametrize(
    ("words", "day"),
    [
        (("--confirmed", "2021-05-03"), "2021-05-03"),
        (("--confirmed=2021-05-03",), "2021-05-03"),
        (("--confirmed",), "2021-05-02"),
    ],
)
def test_submit_may_confirm_at_once(run: Run, words: tuple[str, ...], day: str) -> None:
    fine(run("submit", A, "--on", SENT, *words))
    record = shown(run)
    assert (record["state"], record["confirmed_on"]) == ("confirmed", day)
    assert events(run) == ["submitted", "confirmed"]


def test_a_bare_confirmed_does_not_swallow_the_address(run: Run) -> None:
    fine(run("submit", "--confirmed", A))
    assert states(run) == ["confirmed"]


def test_cleared_may_bring_the_confirmation_date(run: Run) -> None:
    bring_to(run, "submitted")
    fine(run("cleared", 1, "--confirmed-on", CONFIRMED, "--on", CLEARED))
    record = shown(run)
    assert (record["state"], record["confirmed_on"], record["cleared_on"]) == ("cleared", CONFIRMED, CLEARED)
    fine(run("cleared", 1, "--confirmed-on", CONFIRMED, "--on", CLEARED))
    assert shown(run) == record


def test_cleared_with_a_contradicting_confirmation_date_keeps_nothing(run: Run) -> None:
    bring_to(run, "confirmed")
    refused(run("cleared", 1, "--confirmed-on", "2021-05-04", "--on", "2021-05-05"), 5, "amend")
    assert states(run) == ["confirmed"]


@pytest.mark.parametrize("words", [("--relisted", RELISTED), ("--relisted",)])
def test_submit_relisted_records_the_old_relisting_first(run: Run, words: tuple[str, ...]) -> None:
    bring_to(run, "cleared")
    fine(run("submit", A, "--on", RELISTED, *words))
    old, new = shown(run, 1), shown(run, 2)
    assert (old["state"], old["relisted_on"]) == ("relisted", RELISTED)
    assert (new["state"], new["attempt"]) == ("submitted", 2)


def test_submit_relisted_accepts_a_relisting_that_is_on_record(run: Run) -> None:
    bring_to(run, "relisted")
    fine(run("submit", A, "--on", "2021-11-05", "--relisted"))
    assert shown(run, 1)["relisted_on"] == RELISTED
    assert states(run) == ["relisted", "submitted"]


def test_submit_relisted_without_an_earlier_request_keeps_nothing(run: Run) -> None:
    refused(run("submit", A, "--relisted"), 5, A)
    assert fine(run("requests", "--json")) == {"requests": []}
    assert fine(run("address", "list", "--json")) == {"addresses": []}


# Facts are never refused, only warned about.


def test_a_submission_while_one_is_open_is_recorded_with_a_warning(run: Run) -> None:
    bring_to(run, "confirmed")
    outcome = run("submit", A, "--on", "2021-05-20")
    assert outcome.code == 0
    assert "warning: " in outcome.err
    assert "request 1" in outcome.err
    assert states(run) == ["confirmed", "submitted"]


def test_a_submission_after_clearing_is_no_reason_for_a_warning(run: Run) -> None:
    bring_to(run, "cleared")
    outcome = run("submit", A, "--on", RELISTED)
    assert outcome.code == 0
    assert "warning" not in outcome.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("-l", "spamhaus-sbl"), "provider"),
        (("-l", "uceprotect-1"), "takes no requests"),
    ],
)
def test_a_submission_that_nobody_should_send_is_recorded_with_a_warning(
    run: Run, words: tuple[str, ...], part: str
) -> None:
    outcome = run("submit", A, *words)
    assert outcome.code == 0
    assert part in outcome.err
    assert states(run) == ["submitted"]


def test_a_submission_against_the_order_is_recorded_with_a_warning(run: Run) -> None:
    fine(run("observe", A, "spamhaus-sbl", "listed"))
    outcome = run("submit", A, "-l", "pbl")
    assert outcome.code == 0
    assert "comes first" in outcome.err
    assert states(run) == ["submitted"]


# Which list is meant without -l.


def test_submit_means_the_pbl_and_says_so_in_its_first_line(run: Run) -> None:
    outcome = run("submit", A)
    assert "spamhaus-pbl" in outcome.out.splitlines()[0]
    assert "delist sent nothing" in outcome.out
    assert "https://check.spamhaus.org/" in outcome.out


def test_submit_means_the_one_list_the_address_is_known_to_be_on(run: Run) -> None:
    fine(run("observe", A, PLAIN, "listed"))
    outcome = run("submit", A)
    assert PLAIN in outcome.out.splitlines()[0]


def test_submit_prefers_the_one_draft_to_the_listing(run: Run) -> None:
    fine(run("observe", A, "spamhaus-pbl", "listed"))
    assert run("text", A, "-l", PLAIN, "--name", "N", "--email", "n@example.org", "--cause", "x").code == 0
    assert fine(run("submit", A, "--json"))["requests"][0]["list"] == PLAIN


def test_submit_asks_for_the_list_where_two_could_be_meant(run: Run) -> None:
    fine(run("observe", A, PLAIN, "listed"))
    fine(run("observe", A, "spamcop", "listed"))
    refused(run("submit", A), 2, PLAIN, "spamcop", "-l")
    assert states(run) == []


@pytest.mark.parametrize("given", ["spamhaus-pbl", "pbl", "PBL", " pbl "])
def test_a_list_is_named_by_its_key_or_a_unique_tail(run: Run, given: str) -> None:
    assert fine(run("submit", A, "-l", given, "--json"))["requests"][0]["list"] == "spamhaus-pbl"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("2001:DB8:0:0::0025", "2001:db8::25"),
        ("[2001:db8::25]", "2001:db8::25"),
        (" 203.0.113.7 ", "203.0.113.7"),
    ],
)
def test_an_address_has_one_spelling(run: Run, given: str, kept: str) -> None:
    assert fine(run("submit", given, "--json"))["requests"][0]["address"] == kept
    assert fine(run("confirm", given, "--json"))["requests"][0]["address"] == kept


def test_an_address_is_never_widened_to_what_its_list_makes_of_it(run: Run) -> None:
    fine(run("submit", "2001:db8::25", "-l", "css"))
    assert shown(run)["address"] == "2001:db8::25"
    outcome = run("submit", "2001:db8::26", "-l", "css")
    assert "request 1" in outcome.err


# Batches.


def test_several_addresses_at_once_make_a_batch(run: Run) -> None:
    found = fine(run("submit", A, B, C, "--reference", "T-1", "--json"))["requests"]
    assert [(each["number"], each["batch"]) for each in found] == [(1, 1), (2, 1), (3, 1)]
    assert [each["reference"] for each in fine(run("requests", "--json"))["requests"]] == ["T-1"] * 3


def test_one_address_makes_no_batch_and_one_named_twice_is_sent_once(run: Run) -> None:
    found = fine(run("submit", A, "203.0.113.7", "--json"))["requests"]
    assert [(each["number"], each["batch"]) for each in found] == [(1, None)]


def test_one_bad_address_keeps_the_whole_batch_out(run: Run) -> None:
    refused(run("submit", A, B, "mx.example.org"), 2, "mx.example.org")
    assert fine(run("address", "list", "--json")) == {"addresses": []}


def test_addresses_come_from_standard_input(run: Run) -> None:
    found = fine(run("submit", "-", "--json", stdin=f"{A}\n  {B}\n\n"))["requests"]
    assert [each["address"] for each in found] == [A, B]


@pytest.mark.parametrize("words", [("submit", "-"), ("confirm", "-"), ("ack", "-")])
def test_nothing_on_standard_input_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    bring_to(run, "submitted", C)
    refused(run(*words, stdin="\n"), 2, "standard input")


# REF.


@pytest.fixture
def five(run: Run) -> Run:
    """Five submitted requests: three addresses of site osaka on the PBL, two lists of a fourth address."""
    for address in ("203.0.113.1", "203.0.113.2", "203.0.113.3"):
        fine(run("submit", address, "--on", SENT))
    fine(run("address", "set", "203.0.113.1", "203.0.113.2", "203.0.113.3", "--site", "osaka"))
    fine(run("submit", C, "-l", "pbl", "--on", SENT))
    fine(run("submit", C, "-l", PLAIN, "--on", SENT))
    return run


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("1",), [1]),
        (("2", "1"), [2, 1]),
        (("1", "1"), [1]),
        (("1-3",), [1, 2, 3]),
        (("3-5",), [3, 4, 5]),
        (("1-2", "2-3"), [1, 2, 3]),
        (("203.0.113.2",), [2]),
        (("203.0.113.2", "4"), [2, 4]),
        ((C, "-l", "pbl"), [4]),
        ((C, "-l", PLAIN), [5]),
        (("203.0.113.0/24", "--yes"), [1, 2, 3]),
        (("203.0.113.0/31", "--yes"), [1]),
        (("198.51.100.0/24", "-l", "pbl", "--yes"), [4]),
        (("--site", "osaka", "--yes"), [1, 2, 3]),
        (("-l", "pbl", "--yes"), [1, 2, 3, 4]),
        (("--state", "submitted", "--yes"), [1, 2, 3, 4, 5]),
        (("--state", "submitted", "--site", "osaka", "-y"), [1, 2, 3]),
    ],
)
def test_refs_name_requests(five: Run, words: tuple[str, ...], numbers: list[int]) -> None:
    found = fine(five("confirm", *words, "--on", CONFIRMED, "--json"))["requests"]
    assert [each["number"] for each in found] == numbers
    assert [number for number in range(1, 6) if state(five, number) == "confirmed"] == sorted(numbers)


def test_refs_come_from_standard_input(five: Run) -> None:
    found = fine(five("confirm", "-", "--json", stdin="1 203.0.113.2\n3-4\n"))["requests"]
    assert [each["number"] for each in found] == [1, 2, 3, 4]


def test_a_batch_is_a_selector(run: Run) -> None:
    fine(run("submit", A, B, "--on", SENT))
    fine(run("submit", C, "--on", SENT))
    found = fine(run("confirm", "--batch", 1, "--yes", "--json"))["requests"]
    assert [each["number"] for each in found] == [1, 2]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("1", "9"), 4),
        (("7-9",), 4),
        (("1", "7-9"), 4),
        (("1", "203.0.113.9"), 4),
        (("1", "192.0.2.0/24", "--yes"), 4),
        (("1", "mx.example.org"), 2),
        (("1", "3-2"), 2),
        (("1", "--site", "nowhere", "--yes"), 4),
        (("--site", "nowhere", "--yes"), 4),
        (("--batch", "77", "--yes"), 4),
        (("--state", "asleep", "--yes"), 2),
        (("--batch", "x", "--yes"), 2),
        (("1", "-l", "nolist"), 4),
        ((), 2),
    ],
)
def test_a_wrong_ref_is_refused_and_nothing_is_recorded(five: Run, words: tuple[str, ...], code: int) -> None:
    refused(five("confirm", *words), code)
    assert states(five) == ["submitted"] * 5


def test_an_address_with_several_fitting_requests_lists_the_candidates(five: Run) -> None:
    refused(five("confirm", C), 2, "4", "5", "spamhaus-pbl", PLAIN)
    assert states(five) == ["submitted"] * 5


def test_an_address_means_the_one_request_in_a_fitting_state(run: Run) -> None:
    bring_to(run, "relisted")
    fine(run("submit", A, "--on", RELISTED))
    assert fine(run("confirm", A, "--json"))["requests"][0]["number"] == 2


@pytest.mark.parametrize("words", [("1", "2"), ("1-2",), (A, B)])
def test_explicit_refs_are_all_or_none(run: Run, words: tuple[str, ...]) -> None:
    bring_to(run, "submitted", A)
    bring_to(run, "withdrawn", B)
    refused(run("confirm", *words, "--on", CONFIRMED), 5, "request 2")
    assert states(run) == ["submitted", "withdrawn"]


def test_selectors_take_those_that_fit(run: Run) -> None:
    bring_to(run, "submitted", A)
    bring_to(run, "withdrawn", B)
    found = fine(run("confirm", "-l", "pbl", "--yes", "--json"))["requests"]
    assert [each["number"] for each in found] == [1]
    assert states(run) == ["confirmed", "withdrawn"]


@pytest.mark.parametrize(
    ("words", "count"),
    [(("-l", "pbl"), "4"), (("--site", "osaka"), "3"), (("--state", "submitted"), "5"), (("203.0.113.0/24",), "3")],
)
def test_a_selection_is_counted_and_needs_yes_where_nobody_can_be_asked(
    five: Run, words: tuple[str, ...], count: str
) -> None:
    refused(five("confirm", *words), 2, f" {count} ", "--yes")
    assert states(five) == ["submitted"] * 5


def test_a_recorded_network_is_named_like_an_address(run: Run) -> None:
    fine(run("submit", "203.0.113.0/24", "-l", "spamhaus-sbl", "--on", SENT))
    assert fine(run("withdraw", "203.0.113.0/24", "--json"))["requests"][0]["number"] == 1


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        ("refused", ("appeal", "1-2")),
        ("refused", ("appeal", "--batch", "1", "--yes")),
        ("refused", ("appeal", "--site", "osaka", "--yes")),
        ("relisted", ("ack", "1-2")),
        ("relisted", ("ack", "1", "2")),
        ("relisted", ("ack", "--batch", "1", "--yes")),
        ("relisted", ("ack", "--site", "osaka", "--yes")),
        ("relisted", ("ack", "203.0.113.0/24", "--yes")),
        ("relisted", ("snooze", "1-2", "--until", "30d")),
        ("relisted", ("snooze", "--batch", "1", "--until", "30d", "--yes")),
        ("refused", ("note", "1-2", "--answered")),
        ("refused", ("note", "--batch", "1", "--answered", "--yes")),
    ],
)
def test_every_command_that_takes_refs_takes_ranges_and_selectors(
    run: Run, prepare: str, words: tuple[str, ...]
) -> None:
    fine(run("submit", A, B, "--on", SENT))
    fine(run("address", "set", A, B, "--site", "osaka"))
    fine(run(prepare, "1-2", "--on", CONFIRMED))
    before = [len(events(run, number)) for number in (1, 2)]
    fine(run(*words))
    assert [len(events(run, number)) for number in (1, 2)] == [count + 1 for count in before]


# Appeal.


def test_an_appeal_keeps_the_number_and_the_reference(run: Run) -> None:
    fine(run("submit", A, "-l", "microsoft-consumer", "--on", SENT, "--reference", "SR1"))
    fine(run("refused", 1, "--on", CONFIRMED))
    fine(run("appeal", 1, "--on", CLEARED))
    record = shown(run)
    assert (record["number"], record["reference"], record["state"]) == (1, "SR1", "submitted")
    assert (record["submitted_on"], record["attempt"], record["closed_on"]) == (SENT, 1, None)
    fine(run("refused", 1, "--on", "2021-05-06"))
    assert events(run) == ["submitted", "refused", "appealed", "refused"]


def test_an_appeal_may_bring_a_new_reference(run: Run) -> None:
    bring_to(run, "refused")
    fine(run("appeal", 1, "--reference", "SR2"))
    assert shown(run)["reference"] == "SR2"


def test_an_appeal_before_the_refusal_is_refused(run: Run) -> None:
    bring_to(run, "refused")
    refused(run("appeal", 1, "--on", "2021-05-02"), 5, "2021-05-02")


# Undo.


@pytest.mark.parametrize("before", ["confirmed", "cleared", "refused", "relisted", "withdrawn"])
def test_undo_brings_back_the_request_as_it_was(run: Run, before: str) -> None:
    bring_to(run, before)
    record = shown(run)
    command = {"confirmed": "cleared", "cleared": "relisted"}.get(before)
    if command is None:
        fine(run("note", 1, "-m", "a note"))
    else:
        fine(run(command, 1, "--on", "2021-12-01"))
    fine(run("undo", 1))
    after = shown(run)
    assert [entry["event"] for entry in after["history"]][-1] == "undone"
    assert len(after["history"]) == len(record["history"]) + 2
    assert {**after, "history": None} == {**record, "history": None}


def test_undo_takes_back_one_event_after_the_other_until_nothing_is_left(run: Run) -> None:
    bring_to(run, "relisted")
    found = []
    for _ in range(4):
        fine(run("undo", 1))
        found.append(state(run))
    assert found == ["cleared", "confirmed", "submitted", "undone"]
    refused(run("undo", 1), 5, "request 1")
    assert len(events(run)) == 8


def test_undo_says_what_it_took_back(run: Run) -> None:
    bring_to(run, "confirmed")
    found = fine(run("undo", 1, "--json"))
    assert found["undone"]["event"] == "confirmed"
    assert found["request"]["state"] == "submitted"


def test_a_submission_that_was_taken_back_never_happened(run: Run) -> None:
    bring_to(run, "submitted")
    fine(run("undo", 1))
    assert fine(run("due", "--on", "2030-01-01", "--json"))["reminders"] == []
    outcome = run("submit", A, "--on", SENT)
    assert "warning" not in outcome.err
    assert shown(run, 2)["attempt"] == 1
    assert shown(run, 1)["attempt"] is None


def test_undo_of_a_submission_makes_its_text_the_draft_again(run: Run) -> None:
    fine(run("submit", A, "--text", "-", stdin="as sent\n"))
    fine(run("undo", 1))
    fine(run("submit", A))
    assert shown(run, 2)["text"] == "as sent\n"


def test_an_undone_relisting_is_no_observation(run: Run) -> None:
    bring_to(run, "relisted", A)
    bring_to(run, "submitted", B)
    fine(run("amend", 1, "--relisted-on", "2021-08-03"))
    assert len(shown(run, 2)["windows"]) == 3
    fine(run("undo", 1))
    fine(run("undo", 1))
    assert len(shown(run, 2)["windows"]) == 2


def test_undo_of_an_address_takes_back_what_came_last(run: Run) -> None:
    bring_to(run, "submitted")
    fine(run("observe", A, "pbl", "listed"))
    found = fine(run("undo", A, "--json"))
    assert found["undone"]["event"] == "sighted"
    assert fine(run("undo", A, "--json"))["request"]["state"] == "undone"


@pytest.mark.parametrize(
    ("words", "code"),
    [((9,), 4), (("203.0.113.99",), 4), (("mx.example.org",), 2), ((A, "-l", "nolist"), 4)],
)
def test_undo_of_nothing_is_refused(run: Run, words: tuple[object, ...], code: int) -> None:
    bring_to(run, "submitted")
    refused(run("undo", *words), code)
    assert events(run) == ["submitted"]


def test_undo_of_an_address_on_two_lists_asks_which(run: Run) -> None:
    bring_to(run, "submitted", A)
    bring_to(run, "submitted", A, PLAIN)
    refused(run("undo", A), 2, PLAIN, "spamhaus-pbl")
    assert fine(run("undo", A, "-l", PLAIN, "--json"))["request"]["number"] == 2


# Amend.


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("--submitted-on", "submitted_on", "2021-05-01"),
        ("--confirmed-on", "confirmed_on", "2021-05-02"),
        ("--cleared-on", "cleared_on", "2021-05-05"),
        ("--relisted-on", "relisted_on", "2021-10-01"),
        ("--reference", "reference", "T-9"),
    ],
)
def test_amend_corrects_a_value_and_the_history_shows_both(run: Run, option: str, field: str, value: str) -> None:
    bring_to(run, "relisted")
    before = shown(run)
    assert fine(run("amend", 1, option, value, "--json"))["changed"] is True
    after = shown(run)
    assert after[field] == value
    assert after["state"] == "relisted"
    detail = json.dumps(after["history"][-1]["detail"])
    assert value in detail
    assert json.dumps(before[field]).strip('"') in detail
    assert after["history"][:-1] == before["history"]


@pytest.mark.parametrize(("option", "value"), [("--name", "Hanako"), ("--email", "h@example.org")])
def test_amend_corrects_the_contact(run: Run, option: str, value: str) -> None:
    bring_to(run, "submitted")
    fine(run("amend", 1, option, value))
    assert shown(run)["contact"][option.removeprefix("--")] == value


def test_an_amended_confirmation_moves_the_windows(run: Run) -> None:
    bring_to(run, "confirmed")
    fine(run("amend", 1, "--confirmed-on", "2021-08-31"))
    assert [window["on"] for window in shown(run)["windows"]] == ["2022-02-28", "2022-08-31"]


def test_amending_to_what_is_recorded_changes_nothing(run: Run) -> None:
    bring_to(run, "confirmed")
    record = shown(run)
    assert fine(run("amend", 1, "--confirmed-on", CONFIRMED, "--json"))["changed"] is False
    assert shown(run) == record


def test_undo_takes_an_amendment_back(run: Run) -> None:
    bring_to(run, "confirmed")
    fine(run("amend", 1, "--confirmed-on", "2021-05-10"))
    fine(run("undo", 1))
    assert shown(run)["confirmed_on"] == CONFIRMED


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((1, "--cleared-on", CLEARED), 5),
        ((1, "--confirmed-on", "2021-05-01"), 5),
        ((1, "--submitted-on", "2021-05-09"), 5),
        ((1, "--confirmed-on", "yesterday"), 2),
        ((1,), 2),
        ((9, "--reference", "x"), 4),
        (("192.0.2.1", "--reference", "x"), 4),
        (("1-2", "--reference", "x"), 2),
    ],
)
def test_a_wrong_amendment_is_refused_and_changes_nothing(run: Run, words: tuple[object, ...], code: int) -> None:
    bring_to(run, "confirmed", A)
    bring_to(run, "confirmed", B)
    before = shown(run, 1), shown(run, 2)
    refused(run("amend", *words), code)
    assert (shown(run, 1), shown(run, 2)) == before


# What is printed.


@pytest.mark.parametrize(
    "words",
    [
        ("submit", B),
        ("confirm", 1),
        ("withdraw", 1),
        ("undo", 1),
        ("amend", 1, "--reference", "x"),
        ("note", 1, "-m", "x"),
    ],
)
def test_quiet_commands_record_and_say_nothing(run: Run, words: tuple[object, ...]) -> None:
    bring_to(run, "submitted")
    before = shown(run), states(run)
    outcome = run(*words, "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert (shown(run), states(run)) != before


def test_every_history_entry_says_who_recorded_what_when_and_from_what(run: Run) -> None:
    bring_to(run, "cleared")
    for entry in shown(run)["history"]:
        assert entry["by"] == "tester"
        assert entry["source"] == "hand"
        assert entry["recorded_at"] == "2026-11-24T03:00:00Z"
    assert [entry["at"] for entry in shown(run)["history"]] == [SENT, CONFIRMED, CLEARED]


def test_the_same_submission_said_again_takes_in_what_is_said_beside_it(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02"))
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed", "2021-05-03"))
    [request] = json.loads(run("requests", "--json").out)["requests"]
    assert (request["state"], request["confirmed_on"]) == ("confirmed", "2021-05-03")


@pytest.mark.parametrize("words", [("--reference", "T1"), ("--text", "-")])
def test_the_same_submission_with_another_reference_or_text_is_refused(run: Run, words: tuple[str, ...]) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--text", "-", stdin="one\n"))
    assert run("submit", A, "--on", "2021-05-02", *words, stdin="two\n").code == 5


def test_a_new_attempt_on_the_day_of_the_relisting_is_a_request_of_its_own(run: Run) -> None:
    fine(run("submit", A, "--on", "2021-05-02", "--confirmed", "2021-05-02"))
    fine(run("relisted", 1, "--on", "2021-05-02"))
    fine(run("submit", A, "--on", "2021-05-02"))
    assert [each["number"] for each in json.loads(run("requests", "--json").out)["requests"]] == [1, 2]


def test_a_range_that_goes_beyond_the_last_request_is_refused_whole(run: Run) -> None:
    fine(run("submit", "203.0.113.1", "203.0.113.2"))
    assert run("confirm", "1-9").code == 4
    assert {each["state"] for each in json.loads(run("requests", "--json").out)["requests"]} == {"submitted"}


def test_a_refusal_and_a_warning_tell_instants_in_the_zone_of_the_operator(run: Run) -> None:
    fine(run("submit", "203.0.113.1", "--on", "2021-05-02T10:00"))
    refused = run("confirm", 1, "--on", "2021-05-02T09:00")
    assert refused.code == 5
    assert "2021-05-02 09:00 +09:00 before it was submitted on 2021-05-02 10:00 +09:00" in refused.err
    assert "(sent 2021-05-02 10:00 +09:00)" in run("submit", "203.0.113.1").err
