"""Links are bearer secrets: which ones, what stands in their place, and that nothing of them stays in a text."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from delist.rules.secrets import conceal, is_secret, masked

TICKET = "https://check.example.org/ticketing/?a=ST123&b=0f9e8d7c"
TOKEN = "https://check.example.org/verify/0123456789abcdef0123"


@pytest.mark.parametrize(
    "url",
    [
        TICKET,
        TOKEN,
        "https://example.org/?x",
        "https://example.org/done#0123",
        "https://jo:secret@example.org/",
        "https://example.org/verify/c2VjcmV0LXRva2Vu_-~=/now",
        "https://example.org/verify/c2VjcmV0LXRva2VuLTE%3D",
        "https://example.org/verify/c2VjcmV0LXRv+2VuLTEyMw",
        "https://example.org/verify/eyJhbGciOiJIUzI1NiJ9.eyJpcCI6IjIwMyJ9.c2lnbmF0dXJl",
        "http://example.org:8080/v?k=1",
        "https://[2001:db8::1/broken",
    ],
)
def test_a_link_with_which_somebody_can_act_is_secret(url: str) -> None:
    assert is_secret(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org/",
        "https://example.org/removal/",
        "https://example.org/faq/removal-policy.html",
        "https://example.org/query/ip/203.0.113.7",
        "https://[2001:db8::1]/help",
    ],
)
def test_the_address_of_a_page_is_no_secret(url: str) -> None:
    assert not is_secret(url)
    assert conceal(f"see {url} for more") == (f"see {url} for more", [])


@pytest.mark.parametrize(
    ("text", "shown", "cut"),
    [
        (f"Open {TICKET} now", "Open https://check.example.org/*** now", [TICKET]),
        (f"Open {TICKET}.", "Open https://check.example.org/***.", [TICKET]),
        (f"({TICKET})", "(https://check.example.org/***)", [TICKET]),
        (f"<{TICKET}>", "<https://check.example.org/***>", [TICKET]),
        (f'"{TICKET}"', '"https://check.example.org/***"', [TICKET]),
        (f"{TOKEN}\n{TICKET}\n", "https://check.example.org/***\nhttps://check.example.org/***\n", [TOKEN, TICKET]),
        (TICKET.replace("https", "HTTPS"), "https://check.example.org/***", [TICKET.replace("https", "HTTPS")]),
        ("https://jo:secret@example.org/x", "https://example.org/***", ["https://jo:secret@example.org/x"]),
        ("no link here, not even www.example.org", "no link here, not even www.example.org", []),
        ("", "", []),
    ],
)
def test_a_secret_link_is_cut_down_to_its_host_and_kept_apart(text: str, shown: str, cut: list[str]) -> None:
    assert conceal(text) == (shown, cut)


@pytest.mark.parametrize("after", ["を開いてください", "。次に", "」と", "（期限あり）"])
def test_a_link_ends_where_a_japanese_sentence_goes_on(after: str) -> None:
    assert conceal(f"確認は{TICKET}{after}") == (f"確認はhttps://check.example.org/***{after}", [TICKET])


def test_the_mask_shows_the_host_and_nothing_else() -> None:
    assert masked(TICKET) == "https://check.example.org/***"
    assert masked("https://jo:secret@Example.ORG:8443/a?b#c") == "https://example.org/***"
    assert masked("https://[2001:db8::1/broken?token") == "https://***"


SECRETS = st.text(alphabet="abcdef0123456789", min_size=20, max_size=30)
AROUND = st.text(alphabet=st.characters(codec="ascii", exclude_characters="\x00"), max_size=20)


@given(
    AROUND,
    SECRETS,
    AROUND,
    st.sampled_from(["https://example.org/?k=", "https://example.org/v/", "http://example.org/v#"]),
)
def test_nothing_of_a_secret_stays_in_the_text(before: str, secret: str, after: str, link: str) -> None:
    assume(secret not in before + after)
    shown, cut = conceal(f"{before} {link}{secret} {after}")
    assert secret not in shown
    assert f"{link}{secret}" in cut


@example(f"https://[ {TICKET}")
@given(st.text(max_size=60) | AROUND.map(lambda text: f"https://{text} {TICKET}"))
def test_what_was_concealed_once_holds_no_more_secrets(text: str) -> None:
    shown, _ = conceal(text)
    assert conceal(shown) == (shown, [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see www.example.org/TOKEN now", "see https://www.example.org/*** now"),
        ("check.example.org:8443/a-b/c", "https://check.example.org/***"),
        ("example.org/ alone", "example.org/ alone"),
        ("case ST123/45 and 203.0.113.7/32, v1.2.3/x", "case ST123/45 and 203.0.113.7/32, v1.2.3/x"),
        ("postmaster@example.org/x", "postmaster@example.org/x"),
    ],
)
def test_where_every_link_is_a_secret_one_without_a_scheme_is_so_too(text: str, shown: str) -> None:
    assert conceal(text, strict=True)[0] == shown
    assert conceal(text)[0] == text
