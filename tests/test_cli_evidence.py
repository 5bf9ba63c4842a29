"""`delist evidence` through its command line, against a real name server on loopback."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from delist import settings
from delist.actions.recorded import RECORDED
from delist.rules.evidence.values import MEASURED
from tests.conftest import Run, fine, refused
from tests.servers.faults import FaultServer, Silent
from tests.servers.nsd import Nsd, needs_nsd

A, OTHER, V6 = "203.0.113.7", "203.0.113.8", "2001:db8::7"
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
ZONES = {
    "example.org": f"""
@ MX 10 mail.example.net.
@ TXT "v=spf1 ip4:{A} ip6:{V6} -all"
mx A {A}
mx AAAA {V6}
s1._domainkey TXT "v=DKIM1; k=ed25519; p={KEY}"
_dmarc TXT "v=DMARC1; p=quarantine"
""",
    "example.net": "mail A 198.51.100.9\nmail AAAA 2001:db8:1::9\n@ MX 10 mail",
    "example.com": f"@ MX 10 mx\nmx A {A}",
    "113.0.203.in-addr.arpa": "7 PTR mx.example.org.",
    "8.b.d.0.1.0.0.2.ip6.arpa": "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR mx.example.org.",
}

pytestmark = needs_nsd


@pytest.fixture(scope="module")
def nsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nsd]:
    with Nsd(tmp_path_factory.mktemp("nsd"), ZONES) as server:
        yield server


# Nobody is called: the address belongs to no one here.
def asked(run: Run, nsd: Nsd, address: str, *words: str) -> dict[str, Any]:
    found = fine(run("evidence", address, "--omit", "port25", "--nameserver", nsd.nameserver, "--json", *words))
    return {each["claim"]: each for each in found["evidence"]}


@pytest.mark.parametrize("address", [A, V6])
def test_all_that_is_in_order_holds_with_its_value(run: Run, nsd: Nsd, home: Any, address: str) -> None:
    found = asked(run, nsd, address, "--domain", "example.org", "--helo", "mx.example.org")
    outcomes = {claim: each["outcome"] for claim, each in found.items()}
    assert outcomes == {
        "sbl": "unknown",
        "refusals": "unknown",
        "static": "unknown",
        "ptr": "holds",
        "ptr-name": "holds",
        "helo": "holds",
        "spf": "holds",
        "dkim": "unknown",
        "dmarc": "holds",
        "mx": "holds",
        "bounces": "holds",
        "traffic": "unknown",
    }
    assert "mx.example.org" in found["ptr"]["value"]
    assert f"it evaluates to pass for {address}" in found["spf"]["value"]
    assert "mail.example.net, which is not this address" in found["bounces"]["value"]
    assert {each["nameserver"] for claim, each in found.items() if claim not in RECORDED} == {nsd.nameserver}


def test_what_fails_is_told_with_what_to_mend_in_the_order_in_which_operators_look(run: Run, nsd: Nsd) -> None:
    words = ("--domain", "example.org", "--helo", "mx.example.org", "--omit", "port25", "--nameserver", nsd.nameserver)
    done = run("evidence", OTHER, *words)
    assert done.code == 0
    mended = done.out.partition("to mend, in this order:\n")[2].splitlines()
    assert [line.split()[1] for line in mended] == ["ptr:", "helo:", "spf:"]
    assert f"ip4:{OTHER}" in mended[2]


def test_the_document_has_what_scripts_rely_on(run: Run, nsd: Nsd) -> None:
    document = fine(run("evidence", A, "--domain", "example.org", *_quiet(nsd), "--json"))
    assert (document["address"], document["domain"]) == (A, "example.org")
    assert [each["claim"] for each in document["evidence"]] == [claim for claim in MEASURED if claim != "port25"]
    for each in document["evidence"]:
        assert {"claim", "outcome", "value", "how", "at"} <= set(each)
        assert each["at"] == "2026-11-24T03:00:00Z"
        assert (each["mend"] is not None) == (each["outcome"] == "fails")


def _quiet(nsd: Nsd) -> tuple[str, ...]:
    return ("--omit", "port25", "--nameserver", nsd.nameserver)


def test_keys_are_those_of_the_selectors_in_the_configuration(run: Run, nsd: Nsd, tools: Any, home: Any) -> None:
    (home / "config.toml").write_text(
        f'[[senders]]\naddress = "{A}"\ndomain = "example.org"\nselectors = ["s1", "s2"]\n', encoding="utf-8"
    )
    with_selectors = replace(tools, settings=settings.read(home / "config.toml"))
    document = fine(run("evidence", A, *_quiet(nsd), "--json", with_tools=with_selectors))
    [found] = [each for each in document["evidence"] if each["claim"] == "dkim"]
    assert (found["outcome"], found["value"]) == ("fails", "s2._domainkey.example.org: it has no TXT record")


@pytest.mark.parametrize(
    ("bounces", "value"),
    [
        ("bounces@example.net, read daily", "mail to example.net goes to mail.example.net, which is not this address"),
        ("postmaster@example.com", "mail to example.com goes to mx.example.com, at this very address"),
    ],
)
def test_bounces_go_where_the_mail_of_the_named_address_goes(run: Run, nsd: Nsd, bounces: str, value: str) -> None:
    found = asked(run, nsd, A, "--domain", "example.org", "--bounces", bounces)
    assert found["bounces"]["value"] == value


def test_another_spf_record_than_is_expected_fails(run: Run, nsd: Nsd) -> None:
    record = f"v=spf1 ip4:{A} ip6:{V6} -all"
    assert asked(run, nsd, A, "--domain", "example.org", "--spf", record)["spf"]["outcome"] == "holds"
    found = asked(run, nsd, A, "--domain", "example.org", "--spf", "v=spf1 mx -all")["spf"]
    assert (found["outcome"], found["value"]) == ("fails", f"example.org publishes '{record}', not 'v=spf1 mx -all'")


def test_what_is_omitted_is_not_measured(run: Run, nsd: Nsd) -> None:
    found = asked(run, nsd, A, "--omit", "spf", "--omit", "sbl")
    assert set(found) == {claim for claim in MEASURED if claim not in ("spf", "sbl", "port25")}


def test_nothing_is_asked_for_what_is_omitted(run: Run) -> None:
    left_out = [word for claim in MEASURED if claim != "dmarc" for word in ("--omit", claim)]
    with FaultServer({"": Silent()}) as server:
        fine(run("evidence", A, "--domain", "example.org", *left_out, "--nameserver", server.nameserver, "--json"))
    assert {(name, kind) for _, name, kind, _ in server.asked} == {("_dmarc.example.org", "TXT"), ("_dmarc.org", "TXT")}


def test_it_is_kept_for_an_address_on_record_and_said_where_it_is_not(run: Run, nsd: Nsd) -> None:
    words = ("evidence", A, "--domain", "example.org", *_quiet(nsd))
    assert f"not kept: {A} is not on record" in run(*words).err
    fine(run("address", "add", A))
    assert run(*words).err == ""
    exported = run("export").out
    history = next(json.loads(line)["history"] for line in exported.splitlines() if f'"{A}"' in line)
    kept = [each["detail"]["claim"] for each in history if each["event"] == "measured"]
    assert kept == ["ptr", "ptr-name", "spf", "dmarc", "mx", "bounces"]


def test_an_address_on_the_sbl_fails_first(run: Run, nsd: Nsd) -> None:
    fine(run("observe", A, "spamhaus-sbl", "listed"))
    assert asked(run, nsd, A)["sbl"]["outcome"] == "fails"
    fine(run("observe", A, "spamhaus-sbl", "clear", "--on", "2026-11-24"))
    assert asked(run, nsd, A)["sbl"]["outcome"] == "holds"


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("203.0.113.0/24",), 2, "is a network: name one address"),
        (("mx.example.org",), 2, "mx.example.org"),
        ((A, "--omit", "purpose"), 2, "there is no claim 'purpose' to omit"),
        ((A, "--nameserver", "nowhere.example"), 2, "is no name server"),
        ((A, "--bounces", "read every day"), 2, "--bounces wants the mail address that takes them"),
        ((A, "--spf", "set"), 2, "--spf wants the record that you expect"),
    ],
)
def test_what_cannot_be_measured_is_refused(run: Run, words: tuple[str, ...], code: int, part: str) -> None:
    refused(run("evidence", *words), code, part)


def test_with_a_silent_name_server_all_is_unknown_within_the_time_that_is_promised(run: Run) -> None:
    begun = time.monotonic()
    with FaultServer({"": Silent()}) as server:
        words = ("--domain", "example.org", "--helo", "mx.example.org", "--omit", "port25", "--json")
        document = fine(run("evidence", A, *words, "--nameserver", server.nameserver))
    assert {each["outcome"] for each in document["evidence"]} == {"unknown"}
    assert time.monotonic() - begun < 15
