"""Which address a reply refuses, and what else is told of whom it speaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.errors import UsageError
from delist.rules.addresses import canonical
from delist.rules.replies.reader import WHO
from tests.rules.replies.reading import READER, read


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("550 Client host [192.0.2.25] blocked using bl.spamcop.net", "192.0.2.25"),
        ("550 Client host [2001:DB8::25] blocked using bl.spamcop.net", "2001:db8::25"),
        ("550 Client host [IPv6:2001:db8:0:0::25] blocked using bl.spamcop.net", "2001:db8::25"),
        ("550 Client host [::ffff:192.0.2.25] blocked using bl.spamcop.net", "192.0.2.25"),
        ("550-5.7.1 [192.0.2.25 1] blocked", "192.0.2.25"),
        ("554 IP=192.0.2.25 - blocked (NOWL)", "192.0.2.25"),
        ("553 DNSBL:ATTRBL 521< 192.0.2.25 >_is_blocked.", "192.0.2.25"),
        ("553 192.0.2.25_is_blocked", "192.0.2.25"),
        ("550 <192.0.2.25> is blacklisted", "192.0.2.25"),
        ("550 (192.0.2.25) is blacklisted.", "192.0.2.25"),
        ("550 listed: http://www.spamhaus.org/query/bl?ip=192.0.2.25", "192.0.2.25"),
        ("550 blocked, see https://example.net/case?c=bip&v=192.0.2.25&r=1", "192.0.2.25"),
        ("550 blocked, see https://lookup.abusix.com/search?q=192.0.2.25", "192.0.2.25"),
        ("550 blocked, see http://www.robtex.com/ip/192.0.2.25.html#blacklists", "192.0.2.25"),
        ("550 blocked: 25.2.0.192.zen.spamhaus.org", "192.0.2.25"),
        ("550 blocked, no name for 25.2.0.192.in-addr.arpa", "192.0.2.25"),
        (f"550 blocked, no PTR of {'5.2.' + '0.' * 22 + '8.b.d.0.1.0.0.2.'}ip6.arpa", "2001:db8::25"),
        ("550 Client host [210.xxx.xxx.xxx] blocked using bl.spamcop.net", None),
        ("550 Client host [mail.example.com] blocked using bl.spamcop.net", None),
        ("550 zen.spamhaus.org 127.0.0.4: Client host 192.0.2.25 blocked", "192.0.2.25"),
        ("550 blocked, our private 10.0.0.5 says", None),
        ("421 [TSS04] Messages temporarily deferred - 4.16.55.1", None),
        ("550 blocked host-192.0.2.25.dyn.example.net (dynamic)", None),
        ("host mx.example.org[198.51.100.1] said: 550 192.0.2.25 is blacklisted", "192.0.2.25"),
        ("198.51.100.1 does not like recipient. Remote host said: 550 192.0.2.25 is blacklisted", "192.0.2.25"),
        ("550 zen.spamhaus.org; Error: open resolver; https://x/returnc/pub/198.51.100.53/ [192.0.2.25]", "192.0.2.25"),
        ("connect to mx.example.org[198.51.100.1]:25: Connection timed out", None),
    ],
)
def test_the_address_that_is_refused_is_told_in_its_one_spelling(text: str, address: str | None) -> None:
    assert read(text).address == address


@given(st.lists(st.integers(0, 260), min_size=4, max_size=4), st.sampled_from(["10", "172", "192", "198", "100", ""]))
@settings(max_examples=200)
def test_the_address_is_the_one_that_the_rules_for_addresses_make_of_it(numbers: list[int], first: str) -> None:
    text = ".".join([first or str(numbers[0]), *map(str, numbers[1:])])
    try:
        address = canonical(text)
    except UsageError:
        address = None
    assert read(f"554 Client host [{text}] blocked using bl.spamcop.net").address == address


def test_what_a_glance_needs_is_public() -> None:
    assert "spamhaus" in READER.telling
    assert "refused" in READER.common
    assert not READER.telling & READER.common
    assert "host" in WHO


def test_the_receivers_name_tells_brands_of_one_platform_apart() -> None:
    text = "554 IP address is block listed"
    assert READER.read(text).list == "gmx"
    assert READER.read(text, "mx-ha03.web.de").list == "webde"
    assert READER.read(text, "mx00.ionos.de").list == "ionos"
    assert READER.read("554 blocked using bl.spamcop.net", "mx-ha03.web.de").list == "spamcop"
