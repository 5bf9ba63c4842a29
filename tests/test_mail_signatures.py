"""Signatures of mails, verified with the keys that real name servers give: genuine, altered, forged, unreachable."""

import base64
from collections.abc import Iterator, Sequence

import pytest
from dns.rcode import Rcode
from hypothesis import given
from hypothesis import strategies as st

from delist.mail.letters import enclosed, letter
from delist.mail.signatures import UNREACHABLE, verified
from delist.rules.mails.values import Outcome, Signature
from tests.letters import MICROSOFT, SIGNED, SPAMHAUS, Signer, m365, mail, pbl, publish, signed
from tests.servers.faults import Fails, FaultServer, ServFails, Silent, TruncatesAndNoTcp
from tests.servers.nsd import Nsd, needs_nsd

pytestmark = needs_nsd
LONG = Signer(selector="long", bits=4096)
WEAK = Signer(selector="weak", bits=768)
OTHER = Signer(selector="other")
SHA1 = Signer(selector="sha1")
ALIASED = Signer(selector="alias")
BESIDE = Signer(selector="beside")
EVIL = Signer("spamhaus.example")
NOBODY = ("127.0.0.1", 9)
REVOKED = "v=DKIM1; k=rsa; p="


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A name server with the keys of everybody who signs here."""
    spamhaus = [
        *(signer.lines for signer in (SPAMHAUS, LONG, WEAK)),
        publish("sha1", SHA1.record.replace("k=rsa", "h=sha1; k=rsa")),
        publish("revoked", REVOKED),
        publish("broken", "v=DKIM1; p=AAAA"),
        publish("twice", SPAMHAUS.record),
        publish("twice", OTHER.record),
        "alias._domainkey CNAME there._domainkey",
        publish("there", ALIASED.record),
        # Beside a key, a name may have texts that are none.
        BESIDE.lines,
        'beside._domainkey TXT "v=spf1 -all"',
    ]
    zones = {"spamhaus.org": "\n".join(spamhaus), "messaging.microsoft.com": MICROSOFT.lines, EVIL.domain: EVIL.lines}
    with Nsd(tmp_path_factory.mktemp("keys"), zones) as server:
        yield server.address


def only(raw: bytes, *nameservers: tuple[str, int], seconds: float = 5.0) -> Signature:
    (found,) = verified(raw, nameservers, seconds)
    return found


def test_a_genuine_mail_passes_and_says_what_is_signed(keys: tuple[str, int]) -> None:
    assert only(signed(pbl()), keys) == Signature("spamhaus.org", Outcome.PASS, frozenset(SIGNED))
    assert only(signed(m365(), MICROSOFT), keys).outcome is Outcome.PASS


@pytest.mark.parametrize("canonical", [(b"simple", b"simple"), (b"relaxed", b"simple"), (b"simple", b"relaxed")])
def test_every_way_to_canonicalise_passes_with_any_line_ends(
    canonical: tuple[bytes, bytes], keys: tuple[str, int]
) -> None:
    raw = signed(pbl(), canonical=canonical)
    assert only(raw, keys).outcome is Outcome.PASS
    assert only(raw.replace(b"\r\n", b"\n"), keys).outcome is Outcome.PASS
    assert only(b"From spamhaus Sun May  2 01:00:00 2021\n" + raw, keys).outcome is Outcome.PASS


@pytest.mark.parametrize("signer", [LONG, ALIASED, BESIDE])
def test_keys_too_long_for_a_packet_behind_an_alias_or_beside_other_texts_are_found(
    signer: Signer, keys: tuple[str, int]
) -> None:
    assert only(signed(pbl(), signer), keys).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (b"open this page", b"open that page", "the body was altered"),
        (b"3f9c1c2a", b"4f9c1c2a", "the body was altered"),
        (b"verification for", b"Verification for", "no key, or the headers were altered"),
        (b"noreply@", b"no-reply@", "no key, or the headers were altered"),
        (b"d=spamhaus.org", b"d=spamhaus.example", "malformed signature"),
        (b"s=s1", b"s=there", "no key, or the headers were altered"),
        (b"s=s1", b"s=none", "no key, or the headers were altered"),
        (b"s=s1", b"s=revoked", None),
        (b"s=s1", b"s=broken", None),
        (b"s=s1", b"s=twice", None),
        (b"v=1", b"v=2", "malformed signature"),
        (b"a=rsa-sha256", b"a=rsa-sha1", "rsa-sha1"),
        (b"s=s1", b"s=..", "malformed signature"),
        (b"s=s1", b"s=\xff", "malformed signature"),
        (b"bh=", b"bh", "malformed signature"),
        (b"d=spamhaus.org;", b"", "malformed signature"),
    ],
)
def test_what_was_altered_or_has_no_key_fails(
    before: bytes, after: bytes, why: str | None, keys: tuple[str, int]
) -> None:
    raw = signed(pbl())
    assert before in raw
    found = only(raw.replace(before, after), keys)
    assert found.outcome is Outcome.FAIL
    assert why is None or found.why == why


def test_a_second_from_header_fails_and_so_does_one_hidden_in_a_header_of_blanks(keys: tuple[str, int]) -> None:
    raw = signed(pbl())
    assert only(b"From: x@evil.example\r\n" + raw, keys).outcome is Outcome.FAIL
    # What dkimpy alone would skip: a line that is no header.
    assert only(raw.replace(b"\nFrom: ", b"\nFrom nobody\r\nFrom: "), keys).why == "malformed headers"
    assert verified(b"Subject: other\r\nFrom nobody\r\n" + raw, [keys], 1.0) == ()
    assert only(b"X-Junk: a\r\n \r\n text\r\n" + raw, keys).outcome is Outcome.PASS
    assert letter(b"X-Junk: a\r\n \r\n text\r\n" + raw).texts == letter(raw).texts


def test_weak_keys_and_sha1_fail(keys: tuple[str, int]) -> None:
    assert only(signed(pbl(), WEAK), keys).why == "the key is too weak"
    assert only(signed(pbl(), algorithm=b"rsa-sha1"), keys).why == "rsa-sha1"
    assert only(signed(pbl(), SHA1), keys).outcome is Outcome.FAIL


def test_a_signature_that_leaves_from_out_fails(keys: tuple[str, int]) -> None:
    raw = signed(pbl())
    assert only(raw.replace(b"h=from :", b"h="), keys).why == "From is not signed"


def test_a_signature_of_a_part_of_the_body_says_so(keys: tuple[str, int]) -> None:
    raw = signed(pbl(), length=True)
    assert only(raw, keys).is_whole is False
    longer = only(raw + b"\r\nhttps://evil.example/x\r\n", keys)
    assert (longer.outcome, longer.is_whole) == (Outcome.PASS, False)
    assert only(signed(pbl()) + b"\r\nhttps://evil.example/x\r\n", keys).outcome is Outcome.FAIL


def test_headers_that_are_not_signed_are_not_among_the_signed(keys: tuple[str, int]) -> None:
    found = only(signed(pbl(), headers=["from", "date"]), keys)
    assert (found.outcome, found.headers) == (Outcome.PASS, frozenset({"from", "date"}))


def test_an_expired_signature_is_unknown(keys: tuple[str, int]) -> None:
    found = only(signed(pbl(), expires=1_700_000_000), keys)
    assert (found.outcome, found.why) == (Outcome.UNKNOWN, "expired")


def test_a_forger_passes_only_for_a_domain_of_their_own(keys: tuple[str, int]) -> None:
    assert only(signed(pbl(), EVIL), keys) == Signature("spamhaus.example", Outcome.PASS, frozenset(SIGNED))
    forged = signed(pbl(), Signer("spamhaus.org", bits=1024, selector="forged")).replace(b"s=forged", b"s=s1")
    assert only(forged, keys).outcome is Outcome.FAIL


def test_without_a_signature_there_is_none(keys: tuple[str, int]) -> None:
    assert verified(pbl(), [keys], 1.0) == ()
    assert verified(b"", [keys], 1.0) == ()


def test_every_signature_is_told_topmost_first_and_at_most_eight(keys: tuple[str, int]) -> None:
    raw = signed(signed(pbl(), EVIL))
    assert [each.domain for each in verified(raw, [keys], 5.0)] == ["spamhaus.org", "spamhaus.example"]
    assert all(each.outcome is Outcome.PASS for each in verified(raw, [keys], 5.0))
    for _ in range(9):
        raw = signed(raw, EVIL)
    assert len(verified(raw, [keys], 5.0)) == 8


def test_the_domain_is_told_in_small_letters(keys: tuple[str, int]) -> None:
    found = only(signed(pbl(), Signer("SPAMHAUS.ORG", key="s1.spamhaus.org")), keys)
    assert (found.domain, found.outcome) == ("spamhaus.org", Outcome.PASS)


@pytest.mark.parametrize("behaviour", [Silent(), ServFails(), Fails(Rcode.REFUSED), TruncatesAndNoTcp(Silent())])
def test_a_key_that_cannot_be_asked_for_is_unknown(behaviour: Silent | Fails | TruncatesAndNoTcp) -> None:
    with FaultServer({"spamhaus.org": behaviour}) as server:
        found = only(signed(pbl()), server.address, seconds=0.5)
    assert (found.domain, found.outcome, found.why) == ("spamhaus.org", Outcome.UNKNOWN, UNREACHABLE)
    assert "from" in found.headers


@pytest.mark.parametrize("nameservers", [[], [NOBODY]])
def test_nobody_to_ask_is_unknown(nameservers: Sequence[tuple[str, int]]) -> None:
    assert only(signed(pbl()), *nameservers, seconds=0.2).why == UNREACHABLE


def test_the_next_name_server_is_asked_where_one_is_silent_or_fails(keys: tuple[str, int]) -> None:
    with FaultServer({"spamhaus.org": Silent()}) as silent, FaultServer({"spamhaus.org": ServFails()}) as failing:
        assert only(signed(pbl()), silent.address, failing.address, keys, seconds=3.0).outcome is Outcome.PASS


def test_many_signatures_of_silent_domains_share_one_limit_of_time() -> None:
    raw = pbl()
    for number in range(8):
        raw = signed(raw, Signer(selector=f"s{number}"))
    with FaultServer({"spamhaus.org": Silent()}) as server:
        found = verified(raw, [server.address], 0.4)
        asked = {name for _, name, _, _ in server.asked}
    assert [each.why for each in found] == [UNREACHABLE] * 8
    assert asked == {"s7._domainkey.spamhaus.org"}


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_attached_original_still_passes(encoding: str, keys: tuple[str, int]) -> None:
    original = signed(pbl(encoding=encoding), canonical=(b"simple", b"simple"))
    outer = mail("A Person <person@shop.example>", "Fwd", "See below.", attached=[original])
    assert only(enclosed(outer)[0], keys).outcome is Outcome.PASS
    twice = mail("A Person <person@shop.example>", "Fwd", "See below.", attached=[outer])
    assert only(enclosed(enclosed(twice)[0])[0], keys).outcome is Outcome.PASS


def test_a_mail_of_twenty_megabytes_passes(keys: tuple[str, int]) -> None:
    raw = signed(pbl(text=("x" * 75 + "\n") * 270_000))
    assert only(raw, keys, seconds=60.0).outcome is Outcome.PASS
    assert only(raw[:-4], keys, seconds=60.0).outcome is Outcome.FAIL


PIECES = st.sampled_from(
    [
        b"DKIM-Signature: ", b"v=1;", b" a=rsa-sha256;", b"d=spamhaus.org;", b"s=s1;", b"h=from:to;", b"bh=AAAA;",
        b"l=9", b"b=AAAA", b"=", b";", b"\n", b"\r\n", b" ", b"\t", b"From: a@b\n", b"From x\n", b"\xff", b"\x00",
        b":", b"i=@a;", b"x=1;", b"t=1;", b"c=relaxed;", b"q=dns/txt;", base64.b64encode(b"x" * 128),
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=4), max_size=30).map(b"".join))
def test_any_bytes_have_signatures_or_none(raw: bytes) -> None:
    for found in (*verified(raw, [], 1.0), *verified(b"DKIM-Signature:" + raw, [], 1.0)):
        assert found.outcome is not Outcome.PASS
