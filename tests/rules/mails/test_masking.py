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
