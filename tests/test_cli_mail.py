"""`delist mail` and `delist link`, and all that shows what came by mail."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delist.settings import Inbox, Settings
from delist.tools import Tools
from tests.conftest import NOW, Outcome, Run, at, fine, refused
from tests.letters import M365_LINK, PBL_LINK, m365, mail, outlook, pbl

A, B = "203.0.113.7", "203.0.113.8"
MX = "mx.shop.example"
GENUINE = {
    domain: ("Authentication-Results", f"{MX}; dkim=pass header.d={domain}")
    for domain in ("spamhaus.org", "microsoft.com")
}
SECRETS = ("3f9c1c2a7be14d0f8a6b5c4d", "Q2hlY2sgdGhpcyBvdXQ")
Take = Callable[..., Outcome]


@pytest.fixture
def tools(tools: Tools) -> Tools:
    """Tools that trust the operator's own mail server."""
    return replace(tools, settings=replace(tools.settings, inbox=Inbox(authserv=(MX,))))


@pytest.fixture
def take(run: Run, tmp_path: Path) -> Take:
    """Take in a message from a file: `take(pbl(), "--json")`."""

    def invoke(raw: bytes, *words: object, **more: Any) -> Outcome:
        (tmp_path / "message.eml").write_bytes(raw)
        return run("mail", tmp_path / "message.eml", *words, **more)

    return invoke


@pytest.fixture
def asked(run: Run) -> Run:
    """A request to the PBL for A, sent five minutes ago."""
    assert run("submit", A, "--on", "2026-11-24T02:55Z").code == 0
    return run


def of(taken: Outcome) -> dict[str, Any]:
    assert taken.code == 0, taken.err
    (line,) = taken.out.splitlines()
    return dict(json.loads(line))


def first(run: Run) -> dict[str, Any]:
    return dict(fine(run("requests", "--json"))["requests"][0])


FIELDS = [
    *("uid", "received_at", "from", "subject", "list", "address", "request", "requests", "between", "kind", "trust"),
    *("why", "about", "said", "expires_at", "kept", "new"),
]


def test_a_link_that_came_is_matched_told_and_shown_only_by_link(asked: Run, take: Take) -> None:
    taken = of(take(pbl(), "--json"))
    assert list(taken) == FIELDS
    assert taken | {"uid": None} == {
        "uid": None,
        "received_at": "2026-11-24T03:00:00Z",
        "from": "Spamhaus <noreply@spamhaus.org>",
        "subject": f"Spamhaus removal verification for {A}",
        "list": "spamhaus-pbl",
        "address": A,
        "request": 1,
        "requests": [1],
        "between": [],
        "kind": "link",
        "trust": "unverified",
        "why": "no-result",
        "about": None,
        "said": None,
        "expires_at": None,
        "kept": True,
        "new": True,
    }
    request = first(asked)
    assert (request["state"], request["link_received_at"], request["link_expires_at"], request["link_trust"]) == (
        *("submitted", "2026-11-24T03:00:00Z", None, "unverified"),
    )
    shown = asked("link", 1)
    assert (shown.code, shown.out) == (0, f"{PBL_LINK}\n")
    assert "UNVERIFIED" in shown.err
    assert fine(asked("link", 1, "--json")) == {
        "number": 1,
        "links": [PBL_LINK],
        "mails": [
            {
                "url": PBL_LINK,
                "received_at": "2026-11-24T03:00:00Z",
                "expires_at": None,
                "expired": False,
                "trust": "unverified",
            }
        ],
    }


def test_for_people_it_says_what_came_and_what_to_do(asked: Run, take: Take) -> None:
    assert take(pbl()).out.splitlines() == [
        f"2026-11-24 12:00 +09:00  spamhaus-pbl, {A}: a link to be opened for request 1;"
        " UNVERIFIED: nothing shows who sent it",
        "  `delist link 1` shows the link; look where it leads, and if you asked for it open it;"
        " then `delist confirm 1`",
    ]


def test_the_same_mail_twice_changes_nothing(asked: Run, take: Take) -> None:
    raw = pbl()
    uid = of(take(raw, "--json"))["uid"]
    before = asked("export", "--with-secrets").out.splitlines()[1:]
    again = of(take(raw, "--json"))
    assert (again["uid"], again["new"], again["kept"], again["request"]) == (uid, False, True, 1)
    assert "it was taken in before" in take(raw).out
    assert asked("export", "--with-secrets").out.splitlines()[1:] == before


def test_a_link_that_ends_says_until_when_and_that_it_has_ended(run: Run, take: Take, tools: Tools) -> None:
    assert run("submit", A, "-l", "microsoft-365").code == 0
    raw = m365(A, headers=[GENUINE["microsoft.com"]])
    lines = take(raw).out.splitlines()
    assert lines[0].endswith("genuine: your mail server found it signed by microsoft.com")
    assert lines[1] == (
        "  `delist link 1` shows the link; open it before 2026-11-24 12:10 +09:00, then press the button Delist IP on"
        " the page; then `delist confirm 1`"
    )
    assert first(run)["link_expires_at"] == "2026-11-24T03:10:00Z"
    assert run("link", 1).err.splitlines() == [
        'from the mail "Confirm your request to delist an IP address" of 2026-11-24 12:00 +09:00'
    ]
    later = at(tools, NOW + timedelta(minutes=11))
    ended = run("link", 1, with_tools=later)
    assert ended.out == f"{M365_LINK}\n"
    assert "the link has ended at 2026-11-24 12:10 +09:00" in ended.err
    assert fine(run("link", 1, "--json", with_tools=later))["mails"][0]["expired"] is True
    assert "the link ended 2026-11-24 12:10 +09:00: ask again" in run("due", with_tools=later).out


def test_a_link_that_waits_is_due_at_once_and_says_what_it_is_worth(asked: Run, take: Take) -> None:
    assert asked("due").out == ""
    take(pbl())
    (reminder,) = fine(asked("due", "--json"))["reminders"]
    assert (reminder["kind"], reminder["due_at"]) == ("confirm", "2026-11-24T03:00:00Z")
    assert reminder["mail"] == {
        "received_at": "2026-11-24T03:00:00Z",
        "trust": "unverified",
        "expires_at": None,
        "said": None,
    }
    for words in (("due",), ("status",), ("show", 1), ("show", A)):
        assert "UNVERIFIED" in asked(*words).out, words
    take(pbl(headers=[GENUINE["spamhaus.org"]]))
    assert "UNVERIFIED" not in asked("due").out
    # A later one that nobody can verify does not take its place.
    take(pbl())
    assert first(asked)["link_trust"] == "genuine"
    assert fine(asked("confirm", 1)) is None
    assert asked("due").out == ""


def test_a_link_of_one_of_several_requests_is_kept_with_each(run: Run, take: Take) -> None:
    for key in ("pbl", "css"):
        assert run("submit", A, "-l", key, "--on", "2026-11-24T02:55Z").code == 0
    told = take(pbl(A, text=f"Open {PBL_LINK}", headers=[GENUINE["spamhaus.org"]])).out
    assert "whether it is about request 1 or 2: `delist link 1` shows the link" in told
    for number, other in ((1, 2), (2, 1)):
        shown = run("link", number)
        assert (shown.code, shown.out) == (0, f"{PBL_LINK}\n")
        assert f"of this request or of {other}" in shown.err
    assert {each["link_received_at"] for each in fine(run("requests", "--json"))["requests"]} == {None}
    # It is of one that was sent before; whatever is sent next had no mail yet.
    assert run("submit", A, "-l", "xbl").code == 0
    refused(run("link", 3), 4)
    assert fine(run("show", 3, "--json"))["link_received_at"] is None


def test_a_link_that_names_no_address_is_kept_with_each_request_that_it_may_be_about(
    run: Run, take: Take, tools: Tools, tmp_path: Path
) -> None:
    for address in (A, B):
        assert run("submit", address, "-l", "microsoft-365", "--on", "2026-11-24T02:55Z").code == 0
    take(m365("your server", link="https://sender.office.com/Delist?token=Q2hlY2sgdGhpcyBvdXQ"))
    for number, address in ((1, A), (2, B)):
        assert "Q2hlY2sgdGhpcyBvdXQ" in run("link", number).out
        assert "Mails:" in run("show", address).out
    (tmp_path / "all.jsonl").write_text(run("export", "--with-secrets").out)
    assert run("import", tmp_path / "all.jsonl", "--database", tmp_path / "other.db").code == 0
    assert "Q2hlY2sgdGhpcyBvdXQ" in run("link", 2, "--database", tmp_path / "other.db").out
    assert run("address", "forget", A, "--yes").code == 0
    assert run("address", "forget", B, "--yes").code == 0
    assert b"Q2hlY2sgdGhpcyBvdXQ" not in tools.database.read_bytes()
    assert not [line for line in run("export").out.splitlines() if '"type":"mail"' in line]


def test_of_several_mails_the_newest_link_comes_first(asked: Run, take: Take, tools: Tools) -> None:
    take(pbl())
    newer = PBL_LINK.replace("3f9c", "0000")
    take(pbl(link=newer), with_tools=at(tools, NOW + timedelta(minutes=1)))
    assert asked("link", 1).out.splitlines() == [newer, PBL_LINK]


def test_a_decision_is_noted_and_reminds_and_moves_nothing(run: Run, take: Take) -> None:
    assert run("submit", A, "-l", "microsoft-consumer").code == 0
    taken = of(take(outlook(A, headers=[GENUINE["microsoft.com"]]), "--json"))
    assert (taken["kind"], taken["said"], taken["request"]) == ("decision", "not-qualified", 1)
    (reminder,) = fine(run("due", "--json"))["reminders"]
    assert (reminder["kind"], reminder["mail"]["said"]) == ("answer", "not-qualified")
    assert "`delist note 1 --answered`" in reminder["action"]
    assert "it does not qualify for mitigation" in run("due").out
    assert first(run)["state"] == "submitted"
    assert run("note", 1, "--answered").code == 0
    assert run("due").out == ""


def test_a_decision_that_nobody_can_verify_is_told_and_does_not_remind(run: Run, take: Take) -> None:
    assert run("submit", A, "-l", "microsoft-consumer").code == 0
    take(outlook(A))
    assert run("due").out == ""
    assert "UNVERIFIED" in run("show", 1).out
    late = run("due", "--on", "2026-11-27").out
    assert "UNVERIFIED" in late
    assert "not qualify" in late


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (pbl(sender="Spamhaus <noreply@spamhaus-removal.example>"), "foreign-sender"),
        (pbl(link="https://check.spamhaus.org.evil.example/?token=3f9c1c2a7be1"), "foreign-link"),
        (pbl(headers=[("Authentication-Results", f"{MX}; dkim=fail header.d=spamhaus.org")]), "signature-failed"),
        (pbl(headers=[("Subject", "another")]), "malformed"),
        (pbl(sender="Ann <ann@shop.example>", subject=f"Fwd: Spamhaus removal verification for {A}"), "forwarded"),
    ],
)
def test_what_is_not_the_lists_is_shown_as_such_and_matches_nothing(
    raw: bytes, why: str, asked: Run, take: Take
) -> None:
    taken = of(take(raw, "--json"))
    assert (taken["trust"], taken["why"], taken["request"], taken["kept"]) == ("rejected", why, None, True)
    refused(asked("link", 1), 4)
    assert first(asked)["link_received_at"] is None
    assert asked("due").out == ""
    assert f"REJECTED ({why})" in asked("show", A).out


def test_a_rejected_mail_takes_nothing_from_the_genuine_one_of_the_same_message_id(asked: Run, take: Take) -> None:
    altered = pbl(message_id="<1@spamhaus.org>", headers=[("Authentication-Results", f"{MX}; dkim=fail")])
    forged = pbl(message_id="<1@spamhaus.org>", sender="Spamhaus <noreply@spamhaus-removal.example>")
    genuine = pbl(message_id="<1@spamhaus.org>", headers=[GENUINE["spamhaus.org"]])
    assert of(take(forged, "--json"))["trust"] == "rejected"
    again = of(take(forged, "--json"))
    assert (again["new"], again["trust"]) == (False, "rejected")
    assert of(take(genuine, "--dry-run", "--json"))["request"] == 1
    taken = of(take(genuine, "--json"))
    assert (taken["new"], taken["trust"], taken["request"]) == (True, "genuine", 1)
    assert fine(asked("link", 1, "--json"))["links"] == [PBL_LINK]
    for each in (forged, altered, genuine):
        assert of(take(each, "--json"))["new"] is False
    assert asked("show", A).out.count("REJECTED (") == 1


def test_an_attached_original_is_judged_by_itself_but_not_by_headers_that_anybody_could_write(
    asked: Run, take: Take
) -> None:
    original = pbl(headers=[GENUINE["spamhaus.org"]])
    taken = of(take(mail("Ann <ann@shop.example>", "Fwd: this came", "see below", attached=[original]), "--json"))
    assert (taken["request"], taken["trust"], taken["why"]) == (1, "unverified", "no-result")
    assert of(take(original, "--json"))["new"] is False


def test_a_mail_of_nobody_known_about_a_recorded_address_is_to_be_read(asked: Run, take: Take) -> None:
    taken = of(take(mail("Joe <joe@provider.example>", "your ticket", f"we have looked at {A}"), "--json"))
    assert (taken["kind"], taken["list"], taken["request"], taken["kept"]) == ("other", None, None, True)
    assert "read it" in take(mail("Joe <joe@provider.example>", "your ticket", f"more about {A}")).out


def test_a_mail_about_nothing_on_record_is_not_kept(asked: Run, take: Take) -> None:
    before = asked("export").out.splitlines()[1:]
    told = take(mail("Joe <joe@provider.example>", "lunch", "at one?")).out
    assert "not about anything on record: nothing was kept" in told
    assert of(take(pbl("203.0.113.99"), "--json"))["kept"] is False
    assert "203.0.113.99 is not on record: `delist submit 203.0.113.99" in take(pbl("203.0.113.99")).out
    assert asked("export").out.splitlines()[1:] == before


def test_a_dry_run_tells_the_same_and_keeps_nothing(asked: Run, take: Take) -> None:
    before = asked("export").out.splitlines()[1:]
    would, raw = pbl(), pbl()
    assert of(take(would, "--dry-run", "--json"))["request"] == 1
    assert asked("export").out.splitlines()[1:] == before
    assert of(take(raw, "--json"))["new"] is True


def test_without_any_record_nothing_is_kept_and_no_error(run: Run, take: Take) -> None:
    assert of(take(pbl(), "--json"))["kept"] is False


def test_the_date_header_decides_nothing(asked: Run, take: Take) -> None:
    assert of(take(pbl(date="Fri, 01 Jan 2010 00:00:00 +0000"), "--json"))["request"] == 1


def test_a_mail_from_before_the_request_is_not_about_it(run: Run, take: Take) -> None:
    assert run("submit", A).code == 0
    taken = of(take(pbl(), "--json", "--on", "2026-11-24T02:45Z"))
    assert (taken["request"], taken["address"], taken["kept"]) == (None, A, True)


def test_a_mail_that_was_quicker_than_whoever_records_the_request_becomes_the_requests(
    run: Run, take: Take, tools: Tools
) -> None:
    assert run("text", A, "--name", "Ann", "--email", "ann@shop.example", "--purpose", "mail of a shop").code == 0
    assert of(take(pbl(), "--json"))["request"] is None
    assert of(take(pbl(sender="Spamhaus <noreply@spamhaus-removal.example>"), "--json"))["trust"] == "rejected"
    assert run("link", A).out == f"{PBL_LINK}\n"
    assert run("submit", A, with_tools=at(tools, NOW + timedelta(minutes=3))).code == 0
    assert first(run)["link_received_at"] == "2026-11-24T03:00:00Z"
    assert run("link", 1).out == f"{PBL_LINK}\n"
    assert len(fine(run("show", 1, "--json"))["mails"]) == 1
    assert run("report", A).out.count("a mail with the link to confirm came") == 1
    # One that came long before is of something else.
    assert run("address", "add", B).code == 0
    take(pbl(B))
    assert run("submit", B, with_tools=at(tools, NOW + timedelta(minutes=11))).code == 0
    assert fine(run("show", 2, "--json"))["link_received_at"] is None


def test_a_mail_is_no_doing_of_the_operator_so_undo_takes_back_what_was_recorded_by_hand(
    asked: Run, take: Take
) -> None:
    assert asked("confirm", 1).code == 0
    take(pbl())
    assert "taken back: confirmed" in asked("undo", 1).out
    assert "never sent" in asked("undo", 1).out
    assert first(asked)["state"] == "undone"


def test_the_mails_of_a_request_are_shown_with_their_text_only_in_its_own_document(asked: Run, take: Take) -> None:
    take(pbl())
    (kept,) = fine(asked("show", 1, "--json"))["mails"]
    assert "Policy Block List" in kept["text"]
    (kept,) = fine(asked("show", A, "--json"))["mails"]
    assert "text" not in kept
    assert "Mails:" in asked("show", 1).out
    assert "Mails:" in asked("show", A).out


def test_no_link_is_anywhere_but_in_link(asked: Run, take: Take) -> None:
    outputs = [take(pbl()), take(pbl(), "--json"), take(m365(A))]
    for words in (
        *(("show", 1), ("show", 1, "--json"), ("show", A), ("show", A, "--json"), ("due",), ("due", "--json")),
        *(("status",), ("status", "--json"), ("requests",), ("requests", "--json"), ("export",), ("report", A)),
    ):
        outputs.append(asked(*words))
    assert not [secret for each in outputs for secret in SECRETS if secret in each.out + each.err]


def test_the_report_tells_what_came_and_not_what_was_rejected(asked: Run, take: Take) -> None:
    take(pbl(headers=[GENUINE["spamhaus.org"]]))
    take(pbl(sender="Spamhaus <noreply@spamhaus-removal.example>"))
    told = asked("report", A).out
    assert told.count("a mail with the link to confirm came") == 1
    steps = fine(asked("report", A, "--json"))["lists"][0]["timeline"]
    assert [(step["mail"], step["trust"]) for step in steps if step["event"] == "mailed"] == [("link", "genuine")]


@pytest.mark.parametrize("with_secrets", [True, False])
def test_mails_go_into_an_export_and_come_back_once(with_secrets: bool, asked: Run, take: Take, tmp_path: Path) -> None:
    take(pbl())
    take(pbl(sender="Spamhaus <noreply@spamhaus-removal.example>"))
    options = ["--with-secrets"] if with_secrets else []
    (tmp_path / "all.jsonl").write_text(asked("export", *options).out)
    other = tmp_path / "other.db"
    for _ in range(2):
        assert asked("import", tmp_path / "all.jsonl", "--database", other).code == 0
    assert (
        asked("export", *options, "--database", other).out.splitlines()[1:]
        == ((tmp_path / "all.jsonl").read_text().splitlines()[1:])
    )
    assert fine(asked("requests", "--json", "--database", other))["requests"][0]["link_trust"] == "unverified"
    found = asked("link", 1, "--json", "--database", other)
    if with_secrets:
        assert fine(found)["mails"][0]["trust"] == "unverified"
    else:
        assert found.code == 4


def test_forgetting_an_address_leaves_nothing_of_its_mails(asked: Run, take: Take, tools: Tools) -> None:
    take(pbl())
    take(mail("Joe <joe@provider.example>", f"about {A}", "ticket"))
    assert asked("address", "forget", A, "--yes").code == 0
    assert A.encode() not in tools.database.read_bytes()
    assert not [line for line in asked("export").out.splitlines() if '"type":"mail"' in line]


# --- where mails come from -----------------------------------------------------------------------


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """An empty Maildir."""
    path = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    return path


def put(box: Path, *raws: bytes, at: datetime = NOW) -> None:
    import os

    for number, raw in enumerate(raws, len(list((box / "new").iterdir()))):
        file = box / "new" / f"{number}.host"
        file.write_bytes(raw)
        os.utime(file, (at.timestamp(), at.timestamp()))


def with_inbox(tools: Tools, path: Path) -> Tools:
    return replace(tools, settings=replace(tools.settings, inbox=Inbox(path=str(path), authserv=(MX,))))


def test_a_mailbox_is_taken_in_at_the_time_of_receipt_and_is_quiet_when_nothing_is_new(
    asked: Run, box: Path, tools: Tools
) -> None:
    received = datetime(2026, 11, 24, 2, 56, tzinfo=UTC)
    noise = [mail("Joe <joe@provider.example>", "lunch", f"not about {A}") for _ in range(5)]
    put(box, *noise, pbl(), mail("Spamhaus <news@spamhaus.org>", "News", "Read it"), at=received)
    mailbox = with_inbox(tools, box)
    (taken,) = [json.loads(line) for line in asked("mail", "--json", with_tools=mailbox).out.splitlines()]
    assert (taken["request"], taken["received_at"]) == (1, "2026-11-24T02:56:00Z")
    assert asked("mail", with_tools=mailbox) == Outcome(0, "", "")
    assert asked("mail", box, "--quiet", with_tools=tools) == Outcome(0, "", "")
    assert len(list((box / "new").iterdir())) == 7


def test_who_names_a_file_hears_that_nothing_in_it_is_new(asked: Run, box: Path, tools: Tools) -> None:
    put(box, pbl(), at=datetime(2026, 11, 24, 2, 56, tzinfo=UTC))
    assert asked("mail", box).err == ""
    told = "nothing new: each mail was taken in before, or is about nothing on record\n"
    assert asked("mail", box) == Outcome(0, "", told)


def test_an_mbox_is_taken_in_at_its_envelope_times(asked: Run, tmp_path: Path) -> None:
    lines = b"".join(b"From x Tue Nov 24 11:56:00 2026\n" + raw + b"\n" for raw in (mail(), pbl()))
    (tmp_path / "mbox").write_bytes(lines.replace(b"\r\n", b"\n"))
    taken = [json.loads(line) for line in asked("mail", tmp_path / "mbox", "--json").out.splitlines()]
    assert {each["received_at"] for each in taken} == {"2026-11-24T02:56:00Z"}
    assert taken[-1]["request"] == 1


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    refused(run("mail", tmp_path / "none"), 4, "none")


def test_stdin_is_read_where_no_mailbox_is_configured(asked: Run) -> None:
    raw = pbl().decode()
    for words in ((), ("-",)):
        assert asked("mail", "--json", *words, stdin=raw).out.count('"request": 1') == 1


def test_a_pipe_says_nothing_and_keeps_the_mail(asked: Run, take: Take) -> None:
    raw = pbl().decode()
    assert asked("mail", "--pipe", stdin=raw) == Outcome(0, "", "")
    assert asked("mail", "--pipe", stdin=raw) == Outcome(0, "", "")
    assert asked("mail", "--pipe", stdin="garbage\0") == Outcome(0, "", "")
    assert asked("mail", "--pipe", stdin="") == Outcome(0, "", "")
    assert first(asked)["link_trust"] == "unverified"


@pytest.mark.parametrize("words", [("--no-such-option",), ("file",), ("--on", "nonsense"), ("--json",)])
def test_a_pipe_fails_with_75_and_one_line_whatever_is_wrong(run: Run, words: tuple[str, ...]) -> None:
    found = run("mail", "--pipe", *words, stdin=pbl().decode())
    assert (found.code, found.out, found.err.count("\n")) == (75, "", 1)


def test_a_pipe_without_a_usable_database_fails_with_75(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("no database")
    found = run("mail", "--pipe", "--database", tmp_path / "other.db", stdin=pbl().decode())
    assert (found.code, found.out, found.err.count("\n")) == (75, "", 1)


def test_a_pipe_fails_with_75_where_a_traceback_is_asked_for_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("no database")
    found = run("mail", "--pipe", "--debug", "--database", tmp_path / "other.db", stdin=pbl().decode())
    assert (found.code, found.out) == (75, "")
    assert "Traceback" in found.err


@pytest.mark.parametrize("words", [(), ("--pipe",)])
def test_without_what_reads_the_word_of_ones_own_servers_nothing_is_taken_in_unverified(
    words: tuple[str, ...], asked: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = pbl(headers=[GENUINE["spamhaus.org"]]).decode()
    with monkeypatch.context() as patch:
        patch.setattr("delist.mail.results._is_readable", lambda: False)
        found = asked("mail", *words, stdin=raw)
        assert (found.code, found.out) == (75 if words else 3, "")
        assert "delist[mail]" in found.err
    assert asked("mail", *words, stdin=raw).code == 0
    assert first(asked)["link_trust"] == "genuine"


def test_settings_are_kept_apart_from_what_is_taken_in(run: Run, tools: Tools) -> None:
    nowhere = replace(tools, settings=Settings())
    assert run("mail", stdin="", with_tools=nowhere).code == 0
