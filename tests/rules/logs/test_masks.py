"""What is kept of a line: the local parts of addresses are cut."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.logs.masks import masked


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 <ann.lee@example.org>: rejected", "550 <...@example.org>: rejected"),
        ("550 ann+tag@example.org unknown", "550 ...@example.org unknown"),
        (
            "to=<ann@example.org>, orig_to=<root@example.com>, relay=mx",
            "to=<...@example.org>, orig_to=<...@example.com>, relay=mx",
        ),
        ("to=ann@example.org src=203.0.113.9", "to=...@example.org src=203.0.113.9"),
        ('<"ann lee"@example.org> no', "<...@example.org> no"),
        ('"ann@home"@example.org no', "...@example.org no"),
        ("<SRS0=ab1=cd=example.net=ann@fwd.example> x", "<...@fwd.example> x"),
        ("SRS0=ab1=cd=example.net=ann@fwd.example x", "...@fwd.example x"),
        ("<bounce-1-ann=example.org@lists.example>", "<...@lists.example>"),
        (
            "see https://x.test/why?ip=203.0.113.9&email=ann%40example.org&x=1",
            "see https://x.test/why?ip=203.0.113.9&email=...%40example.org&x=1",
        ),
        ("see https://x.test/why?r=ann@example.org", "see https://x.test/why?r=...@example.org"),
        ("<mailto:ann@example.org>", "<...@example.org>"),
        ("RCPT TO:<ann@example.org>: 550", "RCPT TO:<...@example.org>: 550"),
        ("用户@例え.example no", "...@例え.example no"),
        ("ann@[192.0.2.1]", "...@[192.0.2.1]"),
        (
            "550 5.7.1 [203.0.113.9] see https://x.test/q/203.0.113.9 - gsmtp",
            "550 5.7.1 [203.0.113.9] see https://x.test/q/203.0.113.9 - gsmtp",
        ),
        ("a@b.example;c@d.example,e@f.example", "...@b.example;...@d.example,...@f.example"),
    ],
)
def test_local_parts_are_cut_and_domains_are_kept(text: str, kept: str) -> None:
    assert masked(text) == kept
    assert masked(kept) == kept


def test_a_known_recipients_name_is_cut_where_it_stands_alone_too() -> None:
    assert (
        masked("550 no such user: ann.lee (ann.leeward)", "ann.lee@example.org")
        == "550 no such user: ... (ann.leeward)"
    )
    assert masked("550 spam blocked by mail host", "mail@example.org") == "550 spam blocked by mail host"


@given(
    st.text(string.ascii_letters + string.digits + "._+-=", min_size=1, max_size=30).filter(
        lambda text: text.strip(".")
    ),
    st.sampled_from(
        ["<{}@example.org>", "to=<{}@example.org>", "for {}@example.org;", "x={}%40example.org", '"{}"@example.org']
    ),
)
@settings(max_examples=200)
def test_no_local_part_is_ever_kept(local: str, shape: str) -> None:
    assert f"{local}@example.org" not in masked(shape.format(local)).replace("...", "\0") or local == "..."
    assert "@example.org" in masked(shape.format(local)) or "%40example.org" in masked(shape.format(local))
