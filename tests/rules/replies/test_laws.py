"""What holds for the reading of any text."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from delist.rules.replies.tidy import LIMIT
from delist.rules.replies.values import NOBODY, Subtype, Topic
from tests.rules.replies.reading import ROWS, read

WORDS = sorted({word.lstrip("~") for _, row in ROWS for word in row.words.split()})
FRAGMENTS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(
        ["550", "550-5.7.1", "4.7.0", "192.0.2.25", "[2001:db8::1]", "zen.spamhaus.org", "<a@example.org>"]
    ),
    st.text(max_size=12),
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=25).map(" ".join))
SAMPLES = st.sampled_from([row.sample for _, row in ROWS])


@given(TEXTS)
@settings(max_examples=200)
def test_any_text_has_a_reading_and_a_block_has_a_list_and_grounds(text: str) -> None:
    reading = read(text)
    assert reading.block == (reading.list is not None) == (reading.subtype is not None)
    assert reading.block == (reading.topic in (Topic.ADDRESS, Topic.DEAD_LIST))
    assert reading.list not in reading.also
    assert reading.list != NOBODY or reading.subtype in (Subtype.RDNS, Subtype.DYNAMIC_POLICY)


@given(st.one_of(SAMPLES, st.lists(FRAGMENTS, max_size=12).map(" ".join)))
@settings(max_examples=200)
def test_upper_and_lower_case_do_not_matter(text: str) -> None:
    plain = "".join(letter for letter in text if letter.isascii())
    assert read(plain.upper()) == read(plain.lower())


@given(
    SAMPLES.filter(str.isascii),
    st.data(),
    st.sampled_from(["\n550-5.7.1 ", "\r\n550 5.7.1 ", " 550-5.7.1 ", "\\n550-"]),
)
@settings(max_examples=200)
def test_how_a_reply_is_wrapped_does_not_matter(text: str, data: st.DataObject, joint: str) -> None:
    plain = re.sub(r"[\"']?\b[245]\d\d[- ](?:[245]\.\d+\.\d+ )?", "", text).split()
    at = data.draw(st.sets(st.integers(1, max(1, len(plain) - 1)), max_size=4))
    wrapped = "550-5.7.1 " + "".join((joint if n in at else " ") * (n > 0) + word for n, word in enumerate(plain))
    assert read(wrapped) == read("550 5.7.1 " + " ".join(plain))


@given(st.text(min_size=1), st.integers(1, 3))
@settings(max_examples=50)
def test_what_stands_beyond_the_limit_is_not_read(tail: str, times: int) -> None:
    text = "550 5.1.1 User unknown " + "x " * LIMIT
    assert read(text + tail * times) == read(text)
