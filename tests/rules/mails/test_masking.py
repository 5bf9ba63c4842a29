"""No link, and nothing that may be a part of one, is kept with the text of a mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.rules.mails.masking import TEXT_LIMIT, masked_text
from tests.rules.mails.samples import LINK

TOKEN = "3f9c1c2a7be14d0f8a6b5c4d"


@pytest.mark.parametrize(
    "text",
    [
        f"open {LINK} now",
        f"<{LINK}>",
        f"check.spamhaus.org/removal/{TOKEN}",
        f"https://check.spamhaus.org/a\n{TOKEN}",
        f"your code is {TOKEN}.",
        f"https://user:{TOKEN}@check.spamhaus.org/",
        f"https://check.spamhaus.org\\{TOKEN}",
        f"ftp://check.spamhaus.org/{TOKEN}",
    ],
)
def test_every_link_and_key_is_cut_out(text: str) -> None:
    assert TOKEN not in masked_text(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            f"https://check.spamhaus.org/?t={TOKEN[:9]}\n{TOKEN[9:]}\nthen wait",
            "https://check.spamhaus.org/***\n***\nthen wait",
        ),
        (f"> https://check.spamhaus.org/?t=\n> {TOKEN[:9]}=\n> {TOKEN[9:]}", "> https://check.spamhaus.org/***\n***"),
        ("https://check.spamhaus.org/c\n203.0.113.7\nnow", "https://check.spamhaus.org/***\n203.0.113.7\nnow"),
        ("https://check.spamhaus.org/c\nRegards\n", "https://check.spamhaus.org/***\nRegards\n"),
        ("https://check.spamhaus.org/c\n\n48213377\n", "https://check.spamhaus.org/***\n\n48213377\n"),
    ],
)
def test_the_end_of_a_link_that_was_broken_over_lines_is_cut_out_and_what_follows_is_not(text: str, kept: str) -> None:
    assert masked_text(text) == kept


@pytest.mark.parametrize("text", ["or type abc12345", "abc12345\nxyz"])
def test_parts_of_the_key_of_a_link_are_cut_out_wherever_they_stand(text: str) -> None:
    assert "abc12345" not in masked_text(text, ["https://check.spamhaus.org/confirm?t=abc12345xyz"])


def test_the_key_in_an_address_to_answer_to_is_cut_out() -> None:
    assert masked_text(f"answer to confirm+{TOKEN}@spamhaus.org") == "answer to confirm+***@spamhaus.org"
    assert masked_text("ask removals-administrators@spamhaus.org") == "ask removals-administrators@spamhaus.org"


@pytest.mark.parametrize("piece", ["x", "a.", "a-", "x\n", "a/", "Kk1@", "https://", "https://a\nb1"])
def test_a_text_without_any_pause_is_masked_at_once(piece: str) -> None:
    # A pattern that begins anew at each letter takes minutes here.
    assert len(masked_text(piece * (2 * TEXT_LIMIT // len(piece))).encode()) <= TEXT_LIMIT


def test_the_host_stays_and_the_words_around_it_too() -> None:
    assert masked_text(f"open {LINK} for 203.0.113.7") == "open https://check.spamhaus.org/*** for 203.0.113.7"


@pytest.mark.parametrize(
    "text", ["203.0.113.7 and 2001:db8:1111:2222:3333:4444:5555:6666", "Deliverability-Support", "internationalization"]
)
def test_addresses_and_long_words_stay(text: str) -> None:
    assert masked_text(text) == text


def test_a_long_text_is_cut_and_says_so() -> None:
    kept = masked_text("日本 " * 100_000)
    assert len(kept.encode()) <= TEXT_LIMIT
    assert kept.endswith("[cut]")


@given(st.text(), st.text())
def test_a_link_is_cut_out_whatever_stands_around_it(before: str, after: str) -> None:
    assert TOKEN not in masked_text(f"{before} {LINK} {after}", [LINK])
