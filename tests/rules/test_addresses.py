"""Addresses and networks: one spelling, what may be recorded, what a scope makes of them, how they sort."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delist.errors import UsageError
from delist.rules.addresses import canonical, contains, covered_by, is_network, neighbourhood, order, overlap

# Documentation space, as hosts and as networks of every length.
_V4 = st.integers(0, 255).map(lambda last: f"203.0.113.{last}")
_V6 = st.integers(0, 2**96 - 1).map(lambda rest: str(ipaddress.IPv6Address((0x20010DB8 << 96) + rest)))
HOSTS = _V4 | _V6


def _network(host: str, prefix: int) -> str:
    address = ipaddress.ip_address(host)
    shortest = 24 if address.version == 4 else 32
    length = shortest + prefix % (address.max_prefixlen - shortest + 1)
    return canonical(str(ipaddress.ip_network(f"{host}/{length}", strict=False)))


KNOWN = st.builds(_network, HOSTS, st.integers(0, 128))


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7\n", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("2001:DB8:0:0:0:0:0:25", "2001:db8::25"),
        ("[2001:db8::25]", "2001:db8::25"),
        ("2001:db8::25/128", "2001:db8::25"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:1::/48", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:cb00:7107", "203.0.113.7"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("3fff::25", "3fff::25"),
    ],
)
def test_an_address_has_one_spelling(text: str, spelling: str) -> None:
    assert canonical(text) == spelling


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mail.example.com", "not a host name"),
        ("localhost", "not a host name"),
        ("", "is no IP address"),
        ("203.0.113", "is no IP address"),
        ("203.0.113.256", "is no IP address"),
        ("203.0.113.007", "is no IP address"),
        ("203.0.113.7:25", "is no IP address"),
        ("3405803783", "is no IP address"),
        ("２０３.0.113.7", "is no IP address"),
        ("2001:db8:::25", "is no IP address"),
        ("203.0.113.0/33", "the prefix length is wrong"),
        ("203.0.113.0/", "the prefix length is wrong"),
        ("2001:db8::/129", "the prefix length is wrong"),
        ("203.0.113.7/24", "the network is 203.0.113.0/24"),
        ("2001:db8::25/64", "the network is 2001:db8::/64"),
        ("2001:db8::25%eth0", "zone id"),
    ],
)
def test_what_is_no_address_is_refused_and_told_why(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        canonical(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("127.0.0.2", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("::ffff:10.0.0.1", "private"),
        ("192.168.0.0/24", "private"),
        ("100.64.0.1", "private"),
        ("0.1.2.3", "unspecified"),
        ("192.0.0.1", "reserved"),
        ("198.18.0.1", "private"),
        ("64:ff9b:1::1", "reserved"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
    ],
)
def test_an_address_that_no_list_outside_can_hold_is_refused(text: str, kind: str) -> None:
    with pytest.raises(UsageError, match=f"is an? {kind} address"):
        canonical(text)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "10.0.0.0/7", "128.0.0.0/1", "fe00::/8"])
def test_a_network_is_refused_if_any_of_it_is_such_space(text: str) -> None:
    with pytest.raises(UsageError, match=r"no blocklist outside can list it"):
        canonical(text)


@pytest.mark.parametrize("text", ["192.0.2.1", "198.51.100.1", "203.0.113.255", "2001:db8:ffff::1", "203.0.113.0/28"])
def test_documentation_space_is_allowed(text: str) -> None:
    assert canonical(text) == text


@given(KNOWN)
def test_a_spelling_is_its_own_spelling(address: str) -> None:
    assert canonical(address) == address


@given(st.text(max_size=45) | st.from_regex(r"[0-9a-fA-F:./%\[\]]{0,45}", fullmatch=True))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    try:
        found = canonical(text)
    except UsageError:
        return
    assert canonical(found) == found


@pytest.mark.parametrize(("text", "wide"), [("203.0.113.7", False), ("203.0.113.0/24", True), ("2001:db8::/64", True)])
def test_a_network_names_more_than_one_address(text: str, wide: bool) -> None:
    assert is_network(text) is wide


@pytest.mark.parametrize(
    ("outer", "inner", "covers"),
    [
        ("203.0.113.0/24", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.0/24", False),
        ("203.0.113.0/28", "203.0.113.16", False),
        ("2001:db8::/64", "2001:db8::25", True),
        ("2001:db8::/64", "2001:db8:0:1::25", False),
        ("203.0.113.0/24", "2001:db8::25", False),
        ("2001:db8::/32", "203.0.113.7", False),
    ],
)
def test_a_network_covers_what_lies_in_it(outer: str, inner: str, covers: bool) -> None:
    assert contains(outer, inner) is covers


@given(KNOWN, KNOWN)
def test_covering_is_what_the_standard_library_says(outer: str, inner: str) -> None:
    one, other = ipaddress.ip_network(outer), ipaddress.ip_network(inner)
    assert contains(outer, inner) == (one.version == other.version and other.subnet_of(one))  # type: ignore[arg-type]


@given(KNOWN, KNOWN)
def test_overlapping_is_mutual(one: str, other: str) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, other) == ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def test_addresses_sort_numerically_and_a_network_before_what_it_holds() -> None:
    ordered = ["203.0.113.0/24", "203.0.113.0", "203.0.113.9", "203.0.113.10", "2001:db8::/64", "2001:db8::9"]
    assert sorted(sorted(ordered), key=order) == ordered


@given(KNOWN, KNOWN)
def test_two_addresses_have_the_same_place_only_if_they_are_one(one: str, other: str) -> None:
    assert (order(one) == order(other)) == (one == other)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.16/28", "203.0.113.0/24"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("198.51.100.0/23", "198.51.100.0/23"),
        ("2001:db8:1:2::25", "2001:db8:1::/48"),
        ("2001:db8:1::/64", "2001:db8:1::/48"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_neighbours_share_a_24_or_a_48(address: str, network: str) -> None:
    assert neighbourhood(address) == network


@pytest.mark.parametrize(
    ("address", "scope", "covered"),
    [
        ("2001:db8::25", "prefix", "2001:db8::/64"),
        ("2001:db8::/80", "prefix", "2001:db8::/64"),
        ("2001:db8::/64", "prefix", "2001:db8::/64"),
        ("2001:db8::/48", "prefix", "2001:db8::/48"),
        ("2001:db8::25", "address", "2001:db8::25"),
        ("203.0.113.7", "prefix", "203.0.113.7"),
        ("203.0.113.7", "network", "203.0.113.7"),
    ],
)
def test_a_list_of_prefixes_lists_the_64_of_an_ipv6_address(address: str, scope: str, covered: str) -> None:
    assert covered_by(address, scope) == covered
