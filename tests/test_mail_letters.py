"""Letters out of bytes: what a mail says, in whatever charset, encoding and nesting, and never an error."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.errors import SetupError
from delist.mail import results
from delist.mail.authors import authors
from delist.mail.letters import MOST, enclosed, letter
from delist.mail.links import of_markup, of_text
from delist.rules.mails.values import Author, Result
from tests.letters import M365_LINK, PBL_LINK, m365, mail, outlook, pbl, signed

FORWARD: dict[str, Any] = {
    "sender": "A Person <person@shop.example>",
    "subject": "Fwd: verification",
    "text": "See below.",
}


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_a_verification_mail_is_read_whatever_its_encoding(encoding: str) -> None:
    found = letter(pbl("2001:db8::25", encoding=encoding, message_id="<one@spamhaus.org>"))
    assert found.key == "one@spamhaus.org"
    assert found.authors == (Author("Spamhaus", "noreply@spamhaus.org"),)
    assert found.subject == "Spamhaus removal verification for 2001:db8::25"
    assert found.links == (PBL_LINK,)
    assert "2001:db8::25" in found.texts[0]
    assert found.is_whole
    assert (found.twice, found.results, found.inner) == ((), (), ())


def test_a_markup_alone_with_lines_over_998_octets_gives_its_text_and_its_link() -> None:
    raw = m365()
    assert max(map(len, raw.split(b"\r\n"))) > 998
    found = letter(raw)
    assert found.links == (M365_LINK,)
    assert "203.0.113.7" in found.texts[0]
    assert found.authors[0].name == "Microsoft Office 365 Delisting Service"


def test_plain_texts_come_before_markup_and_links_keep_their_order() -> None:
    markup = '<p>Go <a href="https://c.example/3">https://b.example/2</a></p>'
    found = letter(mail(text="First https://a.example/1 then https://b.example/2.", html=markup))
    assert found.texts[0].startswith("First")
    assert found.texts[1].startswith("Go")
    assert found.links == ("https://a.example/1", "https://b.example/2", "https://c.example/3")


JAPANESE = "ブロックリストの解除を確認してください: 203.0.113.7"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-2022-jp", "7bit"),
        ("iso-2022-jp", "base64"),
        ("shift_jis", "quoted-printable"),
        ("euc-jp", "8bit"),
        ("utf-8", "base64"),
    ],
)
def test_japanese_is_read_in_its_charsets(charset: str, encoding: str) -> None:
    found = letter(
        mail(
            "解除窓口 <desk@lists.example.jp>".encode().decode(), JAPANESE, JAPANESE, charset=charset, encoding=encoding
        )
    )
    assert found.subject == JAPANESE
    assert [text.rstrip("\n") for text in found.texts] == [JAPANESE]


def test_japanese_is_read_where_no_charset_is_declared_in_the_text_and_in_raw_headers() -> None:
    raw = (
        b"From: desk@lists.example.jp\nSubject: "
        + JAPANESE.encode("iso-2022-jp")
        + b"\n\n"
        + JAPANESE.encode("iso-2022-jp")
    )
    assert letter(raw).subject == JAPANESE
    assert letter(raw).texts == (JAPANESE,)


def test_eight_bit_headers_and_folded_encoded_words_are_read() -> None:
    subject = "=?utf-8?Q?Removal_=28IP?=\n =?utf-8?Q?_203=2E0=2E113=2E7=29?="
    raw = f"From: Überwachung <a@example.org>\nSubject: {subject}\n\n".encode()
    assert letter(raw).subject == "Removal (IP 203.0.113.7)"
    assert letter(raw).authors == (Author("Überwachung", "a@example.org"),)
    assert letter(raw.decode().encode("latin-1")).authors[0].name == "Überwachung"


def test_what_steers_a_terminal_is_not_in_a_subject_or_a_name() -> None:
    found = letter(b"From: \x1b[2J\x9b1m Name <a@example.org>\nSubject: =?utf-8?Q?a=1B=0D=0A=07b?=\n\n")
    assert found.subject == "a b"
    assert found.authors[0].name.isprintable()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Spamhaus <noreply@Spamhaus.ORG>", [("Spamhaus", "noreply@spamhaus.org")]),
        ("noreply@spamhaus.org", [("", "noreply@spamhaus.org")]),
        ("noreply@spamhaus.org <x@evil.example>", [("noreply@spamhaus.org", "x@evil.example")]),
        ('"noreply@spamhaus.org, desk" <x@evil.example>', [("noreply@spamhaus.org, desk", "x@evil.example")]),
        ("x@evil.example (noreply@spamhaus.org)", [("", "x@evil.example")]),
        ("a@example.org, b@example.net", [("", "a@example.org"), ("", "b@example.net")]),
        ("<a@example.org> <b@example.net>", [("", "a@example.org"), ("", "b@example.net")]),
        ("=?utf-8?Q?a=40spamhaus=2Eorg=3E?= <x@evil.example>", [("a@spamhaus.org>", "x@evil.example")]),
        ("desk@ѕpamhaus.org", [("", "desk@xn--pamhaus-iog.org")]),
        ("desk@ｓpamhaus.org", [("", "desk@xn--pamhaus-4993b.org")]),
        ("No address", [("No address", "")]),
        ("", []),
    ],
)
def test_an_author_is_who_the_mail_comes_from_and_not_who_its_name_says(
    value: str, expected: list[tuple[str, str]]
) -> None:
    assert [tuple(author) for author in authors(value)] == expected


def test_headers_that_may_stand_once_are_told_when_they_stand_twice() -> None:
    raw = b"From: a@evil.example\nSubject: other\nMessage-ID: <x@evil.example>\n" + pbl()
    found = letter(raw)
    assert found.twice == ("from", "subject", "message-id")
    assert [author.address for author in found.authors] == ["a@evil.example", "noreply@spamhaus.org"]


def test_a_line_of_blanks_does_not_end_the_headers() -> None:
    """A verifier takes it for the end of a folded header: what stands there is signed by nobody."""
    found = letter(b"X-Junk: a\r\n \r\n open https://evil.example/x\r\n" + pbl())
    assert found.links == (PBL_LINK,)
    assert found.subject.startswith("Spamhaus removal")


def test_a_mail_without_an_identity_has_the_same_key_however_it_is_delivered() -> None:
    raw = pbl(message_id="")
    again = b"Return-Path: <b@spamhaus.org>\nDelivered-To: me\nX-Spam: no\nReceived: by mx\n id 1\n" + raw.replace(
        b"\r\n", b"\n"
    )
    assert letter(raw).key == letter(again + b"\n").key
    assert letter(raw).key.startswith("sha256:")
    assert letter(raw).key != letter(raw.replace(b"within", b"after")).key
    assert letter(pbl(message_id="<\x1b[2J>")).key.startswith("sha256:")


def test_forwarded_originals_are_letters_of_their_own_five_deep_and_keep_their_bytes() -> None:
    original = signed(pbl())
    wrapped = original
    for _ in range(6):
        wrapped = mail(**FORWARD, attached=[wrapped, m365()])
    found, depth = letter(wrapped), 0
    raws = enclosed(wrapped)
    assert raws[1].startswith(b"From: Microsoft")
    while found.inner:
        assert [inner.subject for inner in found.inner][1:] == ["Confirm your request to delist an IP address"]
        found, depth = found.inner[0], depth + 1
    assert depth == 5
    assert enclosed(mail(**FORWARD, attached=[original])) == (original + b"\r\n",)
    assert PBL_LINK not in letter(mail(**FORWARD, attached=[original])).links


@pytest.mark.parametrize(
    "kind",
    ["message/rfc822", "message/global", 'application/octet-stream; name="original.eml"', "text/plain; name=a.EML"],
)
def test_an_attached_original_is_a_letter_whatever_its_type_and_encoding(kind: str) -> None:
    original = signed(pbl())
    part = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(original)
    raw = mail(**FORWARD, attached=[b""]).replace(b"Content-Type: message/rfc822\r\n\r\n", part)
    assert [inner.links for inner in letter(raw).inner] == [(PBL_LINK,)]
    assert enclosed(raw) == (original,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(https://a.example/b).", ["https://a.example/b"]),
        ("<https://a.example/b_>", ["https://a.example/b_"]),
        ("確認はhttps://a.example/b?c=dをクリック", ["https://a.example/b?c=d"]),
        ("https://a.exampleをご覧、https://b.example/x", ["https://a.example", "https://b.example/x"]),
        (
            "https://check.spamhaus.org@evil.example/x https:\\\\check.spamhaus.org\\@evil.example/x",
            ["https://check.spamhaus.org@evil.example/x", "https:\\\\check.spamhaus.org\\@evil.example/x"],
        ),
        ("https://check.spamhaus.org:https:x@evil.example/", ["https://check.spamhaus.org:https:x@evil.example/"]),
        (
            "HTTPS://ѕpamhaus.org/x https://xn--pamhaus-iog.org:8443/x",
            ["HTTPS://ѕpamhaus.org/x", "https://xn--pamhaus-iog.org:8443/x"],
        ),
        ("https://" + "a" * 400 + "@evil.example/", ["https://" + "a" * 400 + "@evil.example/"]),
    ],
)
def test_links_of_a_text_are_found_whole_and_tricks_are_left_in_them(text: str, expected: list[str]) -> None:
    assert list(of_text(text)) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<a title=">" href="https://a.example/?a=1&amp;b=2">go</a>', ["https://a.example/?a=1&b=2"]),
        ("<A HREF = ' ht\ntps://a.example/x'>go</A>", ["https://a.example/x"]),
        (
            '<a href="https://a.example/1">https://a.example</a><a href="#">Go</a>',
            ["https://a.example/1", "https://a.example"],
        ),
        ("<a href=&#104;ttps://a.example/>go</a>", ["https://a.example/"]),
        (
            '<a href="https://evil.example/">https://check.spamhaus.org/x</a>',
            ["https://evil.example/", "https://check.spamhaus.org/x"],
        ),
        ('<a href="//a.example/x">go</a><a href="\\\\b.example">go</a>', ["//a.example/x", "\\\\b.example"]),
        (
            '<form action="https://a.example/f"><button formaction="https://b.example/">',
            ["https://a.example/f", "https://b.example/"],
        ),
        ('<base href="https://a.example/"><a href="javascript:go()">go</a>', ["https://a.example/", "javascript:go()"]),
        (
            '<link rel=x href="https://fonts.example/"><a href="#top"><a href="mailto:a@b"><img src="https://i.example/">',
            [],
        ),
    ],
)
def test_links_of_a_markup_are_where_they_lead_and_what_they_show(markup: str, expected: list[str]) -> None:
    assert list(dict.fromkeys(of_markup(markup))) == expected


def test_a_text_that_is_attached_is_not_what_the_mail_says() -> None:
    raw = mail(text="x").replace(b"Content-Type: text", b"Content-Disposition: attachment\r\nContent-Type: text")
    assert letter(raw).texts == ()


SERVERS = (
    "mx.shop.example; dkim=pass (2048-bit key) header.d=Spamhaus.org header.b=abc;"
    " spf=pass smtp.mailfrom=bounce@spamhaus.org; dmarc=fail (p=reject) header.from=spamhaus.org",
    "MX2.shop.example 1; none",
    "spf=pass (sender IP is 203.0.113.9) smtp.mailfrom=spamhaus.org; dkim=pass header.d=spamhaus.org",
    "mx3.shop.example; dkim=pass header.i=@spamhaus.org; arc=pass",
    "mx4.shop.example; dkim=pass (((((",
)


def test_the_results_of_servers_are_read_topmost_first_and_one_without_a_name_is_none() -> None:
    raw = pbl(headers=[("Authentication-Results", value) for value in SERVERS])
    assert letter(raw).results[:4] == (
        Result("mx.shop.example", "dkim", "pass", "spamhaus.org"),
        Result("mx.shop.example", "spf", "pass", "spamhaus.org"),
        Result("mx.shop.example", "dmarc", "fail", "spamhaus.org"),
        Result("mx3.shop.example", "dkim", "pass", "spamhaus.org"),
    )


def test_results_are_none_without_the_package_that_reads_them_and_one_can_ask_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results.must_be_readable()
    monkeypatch.setattr(results, "_is_readable", lambda: False)
    assert letter(pbl(headers=[("Authentication-Results", SERVERS[0])])).results == ()
    with pytest.raises(SetupError, match=r"pip install 'delist\[mail\]'"):
        results.must_be_readable()


def test_a_mail_of_twenty_megabytes_is_read_to_its_end() -> None:
    found = letter(pbl(text="x" * 75 + ("\n" + "x" * 75) * 270_000 + f"\n{PBL_LINK}\n"))
    assert found.links == (PBL_LINK,)
    assert found.is_whole
    assert len(found.texts[0]) < 300_000


def test_what_is_cut_or_cannot_be_looked_at_to_its_end_is_not_whole() -> None:
    assert not letter(pbl(), is_whole=False).is_whole
    assert not letter(pbl() + b"x" * MOST).is_whole
    assert not letter(pbl(text="".join(f"https://a.example/{number}\n" for number in range(1001)))).is_whole
    assert letter(outlook()).is_whole


PIECES = st.sampled_from(
    [
        b"From: a@b\n", b"From: ", b'"', b"<", b"\r\n", b"\n", b"\n\n", b" \n", b"=?utf-8?B?", b"?=", b"\x1b$B",
        b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n", b"--b--", b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n", b"Authentication-Results: mx; dkim=pass (", b"header.d=", b"https://",
        b'<a href="', b"Content-Type: text/html; charset=punycode\n", b"Message-ID: <\x00>\n", b"\xff",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join))
def test_any_bytes_are_a_letter(raw: bytes) -> None:
    found = letter(raw)
    assert found.key
    assert len(enclosed(raw)) == len(found.inner)
