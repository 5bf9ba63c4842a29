"""`delist text` from measured facts: against a real name server, and in a network of the test's own for port 25."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from typer.testing import CliRunner

from delist import lookup
from delist.settings import Dns, Measuring
from delist.tools import Tools
from tests.conftest import NOW, Run, at, fine, refused
from tests.servers.namespaces import BEYOND, HERE, THERE, gives, inside, neighbour
from tests.servers.nsd import Nsd, needs_nsd

A, B = "203.0.113.7", "203.0.113.8"
SPF = f"v=spf1 ip4:{A} ip4:{B} -all"
ZONES = {
    "example.org": f"""
@ MX 10 mail.example.net.
@ TXT "{SPF}"
mx A {A}
mx2 A {B}
generic-203-0-113-9.dsl A 203.0.113.9
""",
    "example.net": "mail A 198.51.100.9",
    "example.com": f'@ MX 10 mx\nmx A {A}\n@ TXT "v=spf1 -all"',
    "113.0.203.in-addr.arpa": """
7 PTR mx.example.org.
8 PTR mx2.example.org.
9 PTR generic-203-0-113-9.dsl.example.org.
""",
}
CONTACT = ("--name", "Hanako Example", "--email", "hanako@example.org")
FACTS = (*CONTACT, "--purpose", "order mails of a shop")
OF = ("--domain", "example.org")
# Nobody is called: these addresses belong to no one here.
QUIET = ("--omit", "port25")

pytestmark = needs_nsd


@pytest.fixture(scope="module")
def nsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nsd]:
    with Nsd(tmp_path_factory.mktemp("nsd"), ZONES) as server:
        yield server


Write = Callable[..., Any]


@pytest.fixture
def measuring(tools: Tools, nsd: Nsd) -> Tools:
    dns = replace(tools.settings.dns, nameservers=(nsd.nameserver,))
    return replace(tools, settings=replace(tools.settings, dns=dns, evidence=Measuring()))


@pytest.fixture
def write(run: Run, measuring: Tools) -> Write:
    """Run `delist text` as it is without a setting that keeps it from measuring."""

    def invoke(*words: str, with_tools: Tools | None = None) -> Any:
        return run("text", *words, with_tools=with_tools or measuring)

    return invoke


def claims(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["claim"]: each for each in found["claims"]}


def test_a_text_states_what_was_measured_with_its_value(write: Write) -> None:
    outcome = write(A, *FACTS, *OF, *QUIET)
    for line in (
        "The PTR record of the address is mx.example.org, and that name leads back to it.",
        f'SPF: example.org publishes "{SPF}", which evaluates to pass for {A}.',
        "Mail to example.org goes to mail.example.net, the mail host of example.org, not to this address.",
        "The DNS records were looked up on 2026-11-24.",
    ):
        assert line in outcome.out.splitlines()
    assert "measured: ptr, spf, bounces" in outcome.err.splitlines()
    assert "stated as you say, not measured: purpose" in outcome.err.splitlines()


def test_each_claim_says_on_what_it_stands(write: Write, nsd: Nsd) -> None:
    found = claims(fine(write(A, *FACTS, *OF, *QUIET, "--static", "--json")))
    assert {name: (each["stated"], each["basis"]) for name, each in found.items()} == {
        "static": (True, "asserted"),
        "ptr": (True, "measured"),
        "purpose": (True, "asserted"),
        "port25": (False, "omitted"),
        "spf": (True, "measured"),
        "bounces": (True, "measured"),
    }
    assert found["spf"]["measured_at"] == "2026-11-24T03:00:00Z"
    assert found["spf"]["nameserver"] == nsd.nameserver
    assert f"evaluates to pass for {A}" in found["spf"]["detail"]
    assert found["static"]["measured_at"] is None


def test_what_fails_stops_the_text_and_all_of_it_is_told_at_once_with_what_is_missing(write: Write, run: Run) -> None:
    outcome = write("203.0.113.10", *CONTACT, *OF, *QUIET)
    refused(outcome, 5, "ptr fails: there is no PTR record", "spf fails", "it also needs purpose (--purpose or ")
    assert "--omit ptr" in outcome.err
    assert run("show", "203.0.113.10").code == 4


def test_what_is_omitted_is_neither_measured_nor_stated(write: Write) -> None:
    outcome = write("203.0.113.10", *FACTS, *OF, *QUIET, "--omit", "ptr", "--omit", "spf")
    assert outcome.code == 0
    assert "left out: ptr (omitted as asked)" in outcome.err
    assert "SPF" not in outcome.out


def test_a_name_that_differs_from_what_you_say_stops_the_text(write: Write) -> None:
    refused(write(A, *FACTS, *OF, *QUIET, "--ptr", "other.example.org"), 5, "mx.example.org, not other.example.org")
    assert write(A, *FACTS, *OF, *QUIET, "--ptr", "MX.example.org.").code == 0


def test_what_cannot_be_told_is_stated_as_you_say_or_left_out(write: Write) -> None:
    outcome = write(A, *FACTS, *QUIET, "--spf", "it covers the address")
    assert "SPF is published: it covers the address" in outcome.out
    assert "stated as you say, not measured: purpose, spf" in outcome.err
    outcome = write(A, *FACTS, *QUIET)
    assert "left out: spf (could not be told: not told for which domain: --domain or " in outcome.err


def test_where_a_list_wants_nothing_that_can_be_measured_no_name_server_is_needed(
    write: Write, measuring: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise AssertionError("a name server is looked for")

    monkeypatch.setattr(lookup, "system_nameservers", none)
    bare = replace(measuring, settings=replace(measuring.settings, dns=Dns()))
    assert write(A, "-l", "0spam", "--cause", "a script was closed", with_tools=bare).code == 0


def test_without_measuring_nothing_is_asked_and_all_is_marked_as_said(write: Write) -> None:
    outcome = write(B, *FACTS, "--no-measure", "--ptr", "no.example.org", "--spf", "v=spf1 -all")
    assert outcome.code == 0
    assert "stated as you say, not measured: ptr, purpose, spf" in outcome.err
    assert "measured:" not in outcome.err.splitlines()


def test_a_port_that_is_said_to_be_closed_where_the_bounces_come_in_is_refused(write: Write, measuring: Tools) -> None:
    # The port itself is not looked at: that much is on record.
    said = ("--domain", "example.com", "--port25", "closed")
    held(measuring, "port25", "example.com")
    outcome = write(A, *FACTS, *said, "--omit", "spf", "--omit", "ptr")
    refused(outcome, 5, "port25 and bounces contradict each other", "example.com", "--omit one of them")


def held(tools: Tools, claim: str, domain: str) -> None:
    """Keep a measurement of port 25 that holds."""
    from delist.actions.desk import writing
    from delist.actions.measuring import keep
    from delist.rules.evidence.values import Judged, Measured, Outcome, Subject

    facts = {"state": "closed", "source": "198.51.100.20"}
    judged = Judged(claim, Outcome.HOLDS, "closed: the call was refused", "TCP connect", None, facts)
    with writing(tools) as desk:
        keep(desk, Subject(A, domain), [Measured(judged, tools.now())])


def through(tools: Tools, nameserver: str) -> Tools:
    dns = replace(tools.settings.dns, nameservers=(nameserver,))
    return replace(tools, settings=replace(tools.settings, dns=dns))


NO_PTR = (*FACTS, *OF, *QUIET, "--omit", "ptr")


def test_a_fresh_measurement_is_not_made_again_and_a_stale_one_is(
    write: Write, measuring: Tools, tmp_path: Path
) -> None:
    with Nsd(tmp_path, ZONES) as server:
        there = through(measuring, server.nameserver)
        assert write(A, *NO_PTR, with_tools=there).code == 0
    # From now on nobody answers there.
    soon = write(A, *NO_PTR, with_tools=at(there, NOW + timedelta(days=6)))
    assert "The DNS records were looked up on 2026-11-24." in soon.out
    assert "measured: spf, bounces" in soon.err
    late = write(A, *NO_PTR, with_tools=at(there, NOW + timedelta(days=8)))
    assert "SPF" not in late.out
    assert "left out: spf (could not be told" in late.err


def test_a_measurement_from_a_clock_that_was_ahead_does_not_stand(write: Write, measuring: Tools) -> None:
    assert write(A, *NO_PTR, with_tools=at(measuring, NOW + timedelta(days=900))).code == 0
    assert "The DNS records were looked up on 2026-11-24." in write(A, *NO_PTR).out


@pytest.mark.parametrize("is_named", [True, False])
def test_what_another_name_server_said_is_asked_again(
    write: Write, measuring: Tools, tmp_path: Path, is_named: bool
) -> None:
    assert write(A, *NO_PTR).code == 0
    with Nsd(tmp_path, {**ZONES, "example.org": "@ MX 10 mail.example.net."}) as other:
        words = ("--nameserver", other.nameserver) if is_named else ()
        elsewhere = measuring if is_named else through(measuring, other.nameserver)
        refused(write(A, *NO_PTR, *words, with_tools=elsewhere), 5, "spf fails")
        # What failed is looked at again, and stands where nobody answers.
    refused(write(A, *NO_PTR, with_tools=through(measuring, other.nameserver)), 5, "spf fails", "when last seen")
    assert write(A, *NO_PTR).code == 0


def test_submit_states_nothing_that_is_known_to_fail(write: Write, run: Run, measuring: Tools) -> None:
    refused(write(A, *NO_PTR, "--spf", "v=spf1 -all"), 5, "spf fails")
    fine(run("address", "add", A))
    refused(write(A, *NO_PTR, "--spf", "v=spf1 -all"), 5, "spf fails")
    fine(run("submit", A, *FACTS, *OF, "--spf", "v=spf1 -all", "--on", "2026-11-24", with_tools=measuring))
    record = fine(run("show", 1, "--json"))
    assert (record["text"], record["claims"]) == (None, [])


SUBJECTS = [
    (("--helo", "good.example.org"), ("--helo", "bad.example.org"), "spf"),
    (("--domain", "example.org"), ("--domain", "example.com"), "spf"),
    (("--ptr", "mx.example.org"), ("--ptr", "other.example.org"), "ptr"),
    (("--bounces", "b@example.net"), ("--bounces", "b@nothing.example.org"), "bounces"),
]


@pytest.mark.parametrize(("first", "then", "claim"), SUBJECTS)
def test_a_measurement_of_another_name_is_not_taken_for_this_one(
    run: Run, tools: Tools, tmp_path: Path, first: tuple[str, str], then: tuple[str, str], claim: str
) -> None:
    zones = {
        **ZONES,
        "example.org": ZONES["example.org"].replace(f'"{SPF}"', '"v=spf1 exists:%{h}.ok.example.org -all"')
        + "good.example.org.ok A 127.0.0.2\n",
        "example.net": "@ MX 10 mail\nmail A 198.51.100.9",
    }
    with Nsd(tmp_path, zones) as server:
        there = through(replace(tools, settings=replace(tools.settings, evidence=Measuring())), server.nameserver)
        rest = [name for name in ("ptr", "spf", "bounces") if name != claim]
        words = (*QUIET, *(word for name in rest for word in ("--omit", name)))
        base = (
            *FACTS,
            *(OF if first[0] != "--domain" else ()),
            *(("--helo", "good.example.org") if first[0] == "--domain" else ()),
        )
        done = run("text", A, *base, *words, *first, with_tools=there)
        assert done.code == 0, done.err
        refused(run("text", A, *base, *words, *then, with_tools=there), 5, f"{claim} fails")


def test_of_another_domain_nothing_is_taken_from_the_record(write: Write) -> None:
    assert write(A, *FACTS, *OF, *QUIET).code == 0
    refused(write(A, *FACTS, "--domain", "example.com", *QUIET), 5, "spf fails", "example.com")


def test_a_name_that_looks_made_from_the_address_is_warned_of(write: Write) -> None:
    outcome = write("203.0.113.9", *FACTS, *QUIET, "--omit", "spf", "--omit", "bounces")
    assert outcome.code == 0
    assert "warning: generic-203-0-113-9.dsl.example.org looks made from the address: " in outcome.err


def test_the_draft_and_the_request_keep_what_was_measured(write: Write, run: Run) -> None:
    found = fine(write(A, *FACTS, *OF, *QUIET, "--json"))
    [draft] = fine(run("show", A, "--json"))["drafts"]
    assert draft["claims"] == found["claims"]
    fine(run("submit", A, "--on", "2026-11-24"))
    record = fine(run("show", 1, "--json"))
    assert record["claims"] == found["claims"]
    told = run("show", 1).out
    assert "  ptr      measured 2026-11-24 12:00 +09:00: mx.example.org, whose addresses include 203.0.113.7" in told
    fine(run("undo", 1))
    [again] = fine(run("show", A, "--json"))["drafts"]
    assert again["claims"] == found["claims"]


def test_claims_survive_export_and_import(write: Write, run: Run, tmp_path: Path) -> None:
    fine(write(A, *FACTS, *OF, *QUIET))
    fine(run("submit", A, "--on", "2026-11-24"))
    fine(write(B, *FACTS, *OF, *QUIET, "--ptr", "mx2.example.org"))
    exported = run("export").out
    other = ("--database", tmp_path / "other.db")
    fine(run("import", "-", *other, stdin=exported))
    assert run("export", *other).out.splitlines()[1:] == exported.splitlines()[1:]
    for words in (("show", 1, "--json"), ("show", B, "--json")):
        assert run(*words, *other).out == run(*words).out


def test_submit_looks_nothing_up(run: Run, measuring: Tools, nsd: Nsd) -> None:
    fine(run("submit", A, *FACTS, *OF, "--on", "2026-11-24", with_tools=measuring))
    assert {each["basis"] for each in fine(run("show", 1, "--json"))["claims"]} <= {"asserted", "omitted"}


def test_one_text_for_many_addresses_states_only_what_is_so_of_all(write: Write) -> None:
    found = fine(write(A, B, "-l", "apple", *FACTS, *OF, "--static", "--omit", "dmarc", "--json"))
    assert found["addresses"] == [A, B]
    assert found["fields"]["ip"] == f"{A}, {B}"
    told = claims(found)
    assert (told["ptr"]["stated"], told["ptr"]["detail"]) == (False, "not the same for all the addresses")
    assert told["spf"]["basis"] == "measured"
    assert f"evaluates to pass for {A}, {B}" in found["text"]
    assert "The addresses are static." in found["text"]


def test_of_many_addresses_each_that_fails_is_named(write: Write) -> None:
    outcome = write(A, "203.0.113.10", "-l", "apple", *FACTS, *OF, "--omit", "dmarc")
    refused(outcome, 5, "203.0.113.10: ptr fails", "203.0.113.10: spf fails")
    assert f"{A}: " not in outcome.err


@inside
def test_the_request_of_the_article_from_what_was_measured() -> None:
    zones = {
        "example.jp": f'@ MX 10 mx\nmx A {BEYOND[4]}\nweb A {THERE[4]}\n@ TXT "v=spf1 ip4:203.0.113.0/28 -all"',
        "113.0.203.in-addr.arpa": "2 PTR web.example.jp.",
    }
    with neighbour() as there, TemporaryDirectory() as home, Nsd(Path(home), zones) as nsd:
        # The host that takes the bounces: that it answers shows that calls get out of here.
        there.does(lambda: gives("far", BEYOND[4], 32))
        mail = there.listens(BEYOND[4])
        config = CONFIG.format(nameserver=nsd.nameserver)
        (Path(home) / "config.toml").write_text(config)
        os.environ |= {"DELIST_HOME": home, "TZ": "Asia/Tokyo"}

        def run(*words: str) -> Any:
            from delist.cli import app

            return CliRunner().invoke(app, list(words))

        done = run("text", THERE[4], "--json")
        assert done.exit_code == 0, done.stderr
        found = json.loads(done.stdout)
        day = claims(found)["port25"]["measured_at"]
        assert found["text"].splitlines()[:5] == [
            f"Please exclude {THERE[4]} from the PBL.",
            "",
            "Purpose: order mails of a web shop, sent by its web application only",
            "The address is static.",
            "The PTR record of the address is web.example.jp, and that name leads back to it.",
        ]
        assert f"Inbound TCP port 25 was closed to a call from {HERE[4]} on " in found["text"]
        assert (
            'SPF: example.jp publishes "v=spf1 ip4:203.0.113.0/28 -all", which evaluates to pass for'
            f" {THERE[4]}.\nMail to example.jp goes to mx.example.jp, the mail host of example.jp, not to this address:"
            " read daily by the postmaster"
        ) in found["text"]
        # Somebody opens the port: what stands is taken from the record, and looked at again when it is old.
        door = there.listens(THERE[4])
        assert json.loads(run("text", THERE[4], "--json").stdout)["text"] == found["text"]
        assert claims(json.loads(run("text", THERE[4], "--json").stdout))["port25"]["measured_at"] == day
        (Path(home) / "config.toml").write_text(config + '\n[evidence]\nfresh = "PT0S"\n')
        late = run("text", THERE[4])
        assert late.exit_code == 5
        assert "port25 fails: open" in late.stderr
        door.close()
        mail.close()
        # Nothing that was measured is in the way of a text that says what somebody says.
        assert "It only sends" in run("text", THERE[4], "--no-measure").stdout


CONFIG = """
[dns]
nameservers = ["{nameserver}"]

[contact]
name = "Hanako Sato"
email = "postmaster@example.jp"

[[senders]]
address = "203.0.113.0/28"
domain = "example.jp"
purpose = "order mails of a web shop, sent by its web application only"
static = true
port25 = "closed"
bounces = "read daily by the postmaster"
"""
