"""The names of a sending address: confirmed or not, one's own or a provider's, the name it greets with."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from delist.rules.evidence.naming import MOST_NAMES, helo, is_generic, is_within, ptr, ptr_name
from delist.rules.evidence.values import Looked, Outcome

A, SIX = "203.0.113.7", "2001:db8:12:34:a8bb:ccff:fedd:7"
HOLDS, FAILS, UNKNOWN = Outcome.HOLDS, Outcome.FAILS, Outcome.UNKNOWN
LOST = Looked(failure="timeout")
NONE = Looked()
octets = st.integers(0, 255)
ipv4 = st.builds(lambda last: str(IPv4Address("203.0.113.0") + last), octets)
ipv6 = st.builds(lambda rest: str(IPv6Address(int(IPv6Address("2001:db8::")) + rest)), st.integers(0, (1 << 96) - 1))
addresses = ipv4 | ipv6
LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
hosts = st.builds(".".join, st.lists(LABEL, min_size=3, max_size=4))


def found(*records: str) -> Looked:
    """What a look-up finds."""
    return Looked(records)


# --- reverse DNS that leads back ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "names", "forwards", "outcome", "name"),
    [
        (A, found("mail.example.jp"), {"mail.example.jp": found(A)}, HOLDS, "mail.example.jp"),
        (A, found("mail.example.jp"), {"mail.example.jp": found("203.0.113.6", A)}, HOLDS, "mail.example.jp"),
        (A, found("mail.example.jp"), {"mail.example.jp": found("203.0.113.77")}, FAILS, None),
        (A, found("mail.example.jp"), {"mail.example.jp": NONE}, FAILS, None),
        (A, found("mail.example.jp"), {"mail.example.jp": LOST}, UNKNOWN, None),
        (A, found("mail.example.jp"), {}, UNKNOWN, None),
        (A, NONE, {}, FAILS, None),
        (A, LOST, {}, UNKNOWN, None),
        # Several names: one that leads back is enough, whatever the others do.
        (A, found("a.example", "b.example"), {"a.example": NONE, "b.example": found(A)}, HOLDS, "b.example"),
        (A, found("a.example", "b.example"), {"a.example": LOST, "b.example": found(A)}, HOLDS, "b.example"),
        (A, found("a.example", "b.example"), {"a.example": found(A), "b.example": found(A)}, HOLDS, "a.example"),
        (A, found("a.example", "b.example"), {"a.example": NONE, "b.example": LOST}, UNKNOWN, None),
        (A, found("a.example", "b.example"), {"a.example": NONE, "b.example": NONE}, FAILS, None),
        # IPv6 is compared by value, and an IPv4-mapped address is no address of an IPv4 host.
        (SIX, found("a.example"), {"a.example": found("2001:0DB8:12:34:A8BB:CCFF:FEDD:0007")}, HOLDS, "a.example"),
        (SIX, found("a.example"), {"a.example": found("2001:db8:12:34::7")}, FAILS, None),
        (A, found("a.example"), {"a.example": found(f"::ffff:{A}")}, FAILS, None),
    ],
)
def test_reverse_dns_holds_if_a_name_leads_back(
    address: str, names: Looked, forwards: dict[str, Looked], outcome: Outcome, name: str | None
) -> None:
    judged = ptr(address, names, forwards)
    assert (judged.claim, judged.outcome, judged.facts.get("name")) == ("ptr", outcome, name)
    assert bool(judged.mend) is (outcome is FAILS)


def test_of_very_many_names_only_those_that_receivers_try_count() -> None:
    names = [f"n{number:02}.example" for number in range(MOST_NAMES + 1)]
    assert ptr(A, Looked(tuple(names)), {names[-1]: found(A), **dict.fromkeys(names[:-1], NONE)}).outcome is FAILS
    assert ptr(A, Looked(tuple(names)), {names[-2]: found(A), **dict.fromkeys(names[:-2], NONE)}).outcome is HOLDS


@pytest.mark.parametrize(("address", "kind"), [(A, "an A record"), (SIX, "an AAAA record")])
def test_what_to_mend_names_the_kind_of_record(address: str, kind: str) -> None:
    mend = ptr(address, found("mail.example.jp"), {"mail.example.jp": NONE}).mend
    assert mend is not None
    assert f"mail.example.jp {kind} of {address}" in mend


looks = st.one_of(st.just(LOST), st.lists(addresses, max_size=3, unique=True).map(lambda each: Looked(tuple(each))))


@given(addresses, st.dictionaries(hosts, looks, max_size=5), st.booleans())
def test_reverse_dns_never_holds_without_an_address_that_was_seen(
    address: str, forwards: dict[str, Looked], is_there: bool
) -> None:
    if is_there and forwards:
        first = next(iter(forwards))
        forwards[first] = Looked((*forwards[first].records, address))
    judged = ptr(address, Looked(tuple(forwards)), forwards)
    leads_back = [name for name, looked in forwards.items() if address in looked.records]
    assert (judged.outcome is HOLDS) is bool(leads_back)
    assert judged.facts.get("name") == (leads_back[0] if leads_back else None)
    if judged.outcome is FAILS:
        assert not any(looked.failure for looked in forwards.values())


# --- whose name -----------------------------------------------------------------------------------

OF_PROVIDERS = [
    (A, "ec2-203-0-113-7.compute.example"),
    (A, "ec2-203-0-113-7.ap-northeast-1.compute.example.com"),
    (A, "7.113.0.203.dyn.example.net"),
    (A, "static-203-0-113-7.example"),
    (A, "static.7.113.0.203.clients.example.net"),
    (A, "host7.113.0.203.example.net"),
    (A, "203-0-113-7.example.net"),
    (A, "203.0.113.7.example.net"),
    (A, "7-113-0-203.example.net"),
    (A, "p203000113007.example.net"),
    (A, "ip-203-000-113-007.example.net"),
    (A, "x7.y113.z0.example.net"),
    (A, "customer-113-7.pool-203-0.example.net"),
    (A, "cb007107.example.net"),
    (A, "pcb007107.dip0.t.example.net"),
    (A, "CB007107.EXAMPLE.NET."),
    (A, "cb-00-71-07.example.net"),
    (A, "077100cb.example.net"),
    (A, "n3405803783.example.net"),
    # Made from another address, or from a number.
    (A, "p5DD4C1A2.dip0.t.example.net"),
    (A, "p5DD4C1A2.dip0.example"),
    (A, "vps-1a2b.example"),
    (A, "vps-1a2b3c4d.vps.example.net"),
    (A, "host-198-51-100-9.example.net"),
    (A, "ip-10-1-2-3.example.internal.example"),
    (A, "dhcp12.example.net"),
    (A, "cust-1234.dsl.example.net"),
    (A, "a12.res.example.net"),
    (A, "23.ftth.example.net"),
    (SIX, "2001-db8-12-34-a8bb-ccff-fedd-7.example.net"),
    (SIX, "2001-0db8-0012-0034-a8bb-ccff-fedd-0007.example.net"),
    (SIX, "20010db800120034a8bbccfffedd0007.example.net"),
    (SIX, "a8bbccfffedd0007.v6.example.net"),
    (SIX, "h-a8bb-ccff-fedd-7.v6.example.net"),
    (SIX, "7.0.0.0.d.d.e.f.f.f.c.c.b.b.8.a.4.3.0.0.2.1.0.0.8.b.d.0.1.0.0.2.example.net"),
    (SIX, "7.0.0.0.d.d.e.f.f.f.c.c.b.b.8.a.v6.example.net"),
    (SIX, "7000ddefffccbb8a.v6.example.net"),
    ("2001:db8::25", "2001-db8--25.example.net"),
    ("2001:db8::25", "2001-db8-0-0-0-0-0-25.example.net"),
    (SIX, "dynamic-2001-db8-12-34.example.net"),
]


@pytest.mark.parametrize(("address", "name"), OF_PROVIDERS)
def test_a_name_that_providers_make_is_generic(address: str, name: str) -> None:
    assert is_generic(name, address)
    assert ptr_name(address, found(name), None).outcome is FAILS
    assert ptr_name(address, found(name), "shop.example.org").outcome is FAILS


OWN_NAMES = [
    "mail.example.org",
    "mx1.example.jp",
    "mx10.example.jp",
    "smtp-out-12.example.com",
    "mta203.example.org",
    "mta203-113.example.org",
    "a1-23.smtp-out.example.com",
    "mail-12.cloud.example.com",
    "mx20261124.example.org",
    "o1.email.example.com",
    "mail.static.example.com",
    "vps.example.org",
    "cloud.example.org",
    "host.example.org",
    "rev.example.org",
    "smtp1.pool2.example.com",
    "mail.dyn.163.example",
    "mx12.163.example",
    "dynamics365.example.org",
    "mail.hosting12.example.com",
    "clientele12.example.com",
    "ipswich01.example.com",
    "xn--r8jz45g.example.jp",
    "dead.beef.example.com",
    "2001.example.com",
    "7.example.com",
    "113-7.example.com",
]


@pytest.mark.parametrize("name", OWN_NAMES)
@pytest.mark.parametrize("address", [A, SIX, "2001:db8::7"])
def test_a_name_that_people_give_is_not_generic(address: str, name: str) -> None:
    assert not is_generic(name, address)
    judged = ptr_name(address, found(name), None)
    assert (judged.outcome, judged.facts, judged.mend) == (HOLDS, {"name": name}, None)


@given(ipv4, st.sampled_from(".-"), st.booleans(), st.booleans(), hosts)
def test_every_ipv4_address_written_into_a_name_is_seen(
    address: str, separator: str, backwards: bool, padded: bool, host: str
) -> None:
    numbers = address.split(".")[:: -1 if backwards else 1]
    written = separator.join(number.zfill(3) if padded else number for number in numbers)
    assert is_generic(f"{written}.{host}", address)
    assert is_generic(f"x{written}.{host}".upper() + ".", address)
    assert is_generic(f"{ip_address(address).packed.hex()}.{host}", address)


@given(ipv6, hosts)
def test_every_ipv6_address_written_into_a_name_is_seen(address: str, host: str) -> None:
    parsed = IPv6Address(address)
    nibbles = parsed.reverse_pointer.removesuffix(".ip6.arpa")
    assert is_generic(f"{parsed.exploded.replace(':', '-')}.{host}", address)
    # What ends in two colons ends in a number where it is written into a name.
    if not address.endswith("::"):
        assert is_generic(f"{address.replace(':', '-')}.{host}", address)
    assert is_generic(f"{nibbles}.{host}", address)
    assert is_generic(f"{parsed.packed.hex()}.{host}", address)


@given(addresses, st.from_regex(r"(mail|mx|smtp|mta|out|relay)[0-9]{0,2}", fullmatch=True), addresses)
def test_a_mail_hosts_name_is_generic_for_no_address(address: str, label: str, other: str) -> None:
    assert not is_generic(f"{label}.example.org", address)
    assert is_generic(f"{label}.example.org", address) is is_generic(f"{label}.example.org.".upper(), other)


@given(hosts, addresses)
def test_letters_alone_are_never_generic(host: str, address: str) -> None:
    assume(not any(letter.isdigit() for letter in host))
    assume(":" not in address)
    # Eight letters from a to f may be an address.
    assume(ip_address(address).packed.hex() not in host.replace("-", ""))
    assert not is_generic(host, address)


def test_a_name_in_the_senders_own_domain_that_looks_generic_is_left_to_the_list() -> None:
    name = "203-0-113-7.dyn.example.org"
    assert ptr_name(A, found(name), "Example.ORG.").outcome is UNKNOWN
    assert ptr_name(A, found(name), "ample.org").outcome is FAILS
    assert ptr_name(A, found(name), "mail.example.org").outcome is FAILS


@pytest.mark.parametrize(
    ("names", "outcome", "name"),
    [
        (("mail.example.jp", "7.113.0.203.dyn.example.net"), FAILS, None),
        (("7.113.0.203.dyn.example.net", "mail.example.jp"), FAILS, None),
        (("a.example.net", "mail.example.jp"), HOLDS, "mail.example.jp"),
        (("a.example.net", "b.example.net"), HOLDS, "a.example.net"),
        (("203-0-113-7.example.jp", "a.example.net"), UNKNOWN, None),
    ],
)
def test_of_several_names_none_may_be_generic(names: tuple[str, ...], outcome: Outcome, name: str | None) -> None:
    judged = ptr_name(A, Looked(names), "example.jp")
    assert (judged.claim, judged.outcome, judged.facts.get("name")) == ("ptr-name", outcome, name)


@pytest.mark.parametrize("names", [NONE, LOST])
def test_without_a_name_nothing_is_said_of_it(names: Looked) -> None:
    assert ptr_name(A, names, "example.jp").outcome is UNKNOWN


@pytest.mark.parametrize(
    ("name", "domain", "is_so"),
    [
        ("mail.example.jp", "example.jp", True),
        ("MAIL.Example.JP.", "example.jp", True),
        ("mail.example.jp", "EXAMPLE.JP.", True),
        ("example.jp", "example.jp", True),
        ("mail.notexample.jp", "example.jp", False),
        ("example.jp", "mail.example.jp", False),
        ("mail.example.jp", "jp.example", False),
    ],
)
def test_a_name_is_within_a_domain_by_whole_labels(name: str, domain: str, is_so: bool) -> None:
    assert is_within(name, domain) is is_so


# --- the greeting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "forward", "names", "outcome"),
    [
        ("mail.example.jp", found(A), found("mail.example.jp"), HOLDS),
        ("MAIL.example.JP.", found(A), found("mail.example.jp"), HOLDS),
        ("mail.example.jp", found(A), found("Mail.Example.jp."), HOLDS),
        ("mail.example.jp", found("203.0.113.8", A), found("a.example.jp", "mail.example.jp"), HOLDS),
        ("mail.example.jp", found("203.0.113.8"), found("mail.example.jp"), FAILS),
        ("mail.example.jp", NONE, found("mail.example.jp"), FAILS),
        ("mail.example.jp", found(f"::ffff:{A}"), found("mail.example.jp"), FAILS),
        ("mail.example.jp", found(A), found("other.example.jp"), FAILS),
        ("mail.example.jp", found(A), found("xmail.example.jp"), FAILS),
        ("mail.example.jp", found(A), NONE, FAILS),
        ("mail.example.jp", found(A), LOST, UNKNOWN),
        ("mail.example.jp", LOST, found("mail.example.jp"), UNKNOWN),
        # That it does not lead to the address is known without the PTR record.
        ("mail.example.jp", found("203.0.113.8"), LOST, FAILS),
        ("localhost", NONE, found("mail.example.jp"), FAILS),
        ("localhost", found(A), found("localhost"), FAILS),
        ("mail.", found(A), found("mail"), FAILS),
        (f"[{A}]", LOST, found("mail.example.jp"), FAILS),
        (None, NONE, NONE, UNKNOWN),
        ("", NONE, NONE, UNKNOWN),
    ],
)
def test_the_greeting_holds_if_it_leads_to_the_address_and_is_its_ptr_name(
    name: str | None, forward: Looked, names: Looked, outcome: Outcome
) -> None:
    judged = helo(A, name, forward, names)
    assert (judged.claim, judged.outcome) == ("helo", outcome)
    assert judged.facts == ({"name": "mail.example.jp"} if outcome is HOLDS else {})
    assert bool(judged.mend) is (outcome is FAILS)


def test_an_ipv6_greeting_is_compared_by_value() -> None:
    assert helo(SIX, "mail.example.jp", found(SIX.upper()), found("mail.example.jp")).outcome is HOLDS


@given(addresses, hosts, looks, st.lists(hosts, max_size=3))
def test_the_greeting_never_holds_unless_both_were_seen(
    address: str, name: str, forward: Looked, names: list[str]
) -> None:
    judged = helo(address, name, forward, Looked(tuple(names)))
    assert (judged.outcome is HOLDS) is (address in forward.records and name in names)
