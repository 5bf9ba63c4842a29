"""SPF is evaluated as RFC 7208 says, with look-ups at a real name server; no record and no network makes it raise."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.probe import terms
from delist.probe.names import Names
from delist.probe.spf import evaluate
from delist.rules.evidence.values import Spf
from tests.servers.faults import Behaviour, FaultServer, Query, Record, Reply, ServFails, Silent, Slow, Truncates, reply
from tests.servers.nsd import Nsd, needs_nsd

RESULTS = {"none", "neutral", "pass", "fail", "softfail", "permerror", "temperror"}
FOUR, SIX = "192.0.2.1", "2001:db8::1"
NIBBLES = ".".join("20010db8000000000000000000000001")
# The zones that the cases have in common. Nobody serves refused.test, nor the reverse zone of 198.51.100.0/24.
COMMON = {
    "hosts.example": """
mail A 192.0.2.20
mail AAAA 2001:db8::20
@ A 192.0.2.24
a24 A 192.0.2.24
liar A 192.0.2.99
good A 192.0.2.22
n11 A 192.0.2.23
both A 192.0.2.25
@ TXT "v=spf1 exists:%{p}.own.hosts.example -all"
both.hosts.example.own A 127.0.0.2
hosts.example.own A 127.0.0.2
""",
    "nothosts.example": """
mail A 192.0.2.26
a A 192.0.2.25
""",
    "2.0.192.in-addr.arpa": """
20 PTR Mail.Hosts.Example.
21 PTR liar.hosts.example.
22 PTR broken.refused.test.
22 PTR good.hosts.example.
24 PTR hosts.example.
24 PTR a24.hosts.example.
25 PTR a.nothosts.example.
25 PTR both.hosts.example.
26 PTR mail.nothosts.example.
"""
    + "\n".join(f"23 PTR n{number:02}.hosts.example." for number in range(12)),
    "8.b.d.0.1.0.0.2.ip6.arpa": f"{'.'.join('02' + '0' * 22)} PTR mail.hosts.example.",
}


class Case(NamedTuple):
    """A zone in which ZONE stands for its own name, and what SPF says of an address for that domain."""

    what: str
    zone: str
    result: str
    address: str = FOUR
    why: str = ""


def record(text: str, *more: str) -> str:
    """The lines of a zone whose domain has this record, in strings that are short enough."""
    pieces = re.findall("(?:ZONE|.){1,60}", f"v=spf1 {text}")
    return "\n".join(["@ TXT " + " ".join(f'"{piece}"' for piece in pieces), *more])


def listing(count: int, start: str = "a:h{}.ZONE") -> str:
    """So many terms, each of a host of its own."""
    return " ".join(start.format(number) for number in range(count))


def hosts(count: int, address: str = "192.0.2.200") -> list[str]:
    """The lines of so many hosts, none of which has the address of the cases."""
    return [f"h{number} A {address}" for number in range(count)]


INC = "inc TXT "
LONG = "a" * 50
TABLE = [
    # Which record counts (4.4, 4.5).
    Case("no TXT record", "www A 192.0.2.1", "none"),
    Case("other TXT records only", '@ TXT "v=spf10 +all"\n@ TXT "spf2.0/pra +all"\n@ TXT "hello"', "none"),
    Case("the version needs a space behind it", '@ TXT "v=spf1-all"', "none"),
    Case("the version stands first", '@ TXT " v=spf1 +all"', "none"),
    Case("a version alone", '@ TXT "v=spf1"', "neutral", why="no term matches"),
    Case("letters of the version", '@ TXT "V=SPF1 -ALL"', "fail"),
    Case("two records", '@ TXT "v=spf1 +all"\n@ TXT "v=spf1 -all"', "permerror", why="2 SPF records"),
    Case("others beside it", '@ TXT "v=spf1 -all"\n@ TXT "v=spf10"\n@ TXT "x"', "fail"),
    Case("strings are joined without a space", '@ TXT "v=spf1 ip4:192.0" ".2.1 -" "all"', "pass"),
    Case("spaces in a row, and at the end", record("  -ip4:198.51.100.1    +all  "), "pass"),
    Case(
        "an alias is followed", "@ MX 10 h\n" + record("include:al.ZONE", "al CNAME inc", f'{INC}"v=spf1 +all"'), "pass"
    ),
    Case("a record of 2,000 characters", '@ TXT "v=spf1 " ' + '"ip4:198.51.100.1 " ' * 120 + '"ip4:192.0.2.1"', "pass"),
    # Qualifiers and all.
    Case("no term matches", record("ip4:198.51.100.1"), "neutral", why="no term matches"),
    Case("plus", record("+all"), "pass"),
    Case("minus", record("-all"), "fail", why="-all matches"),
    Case("tilde", record("~all"), "softfail", why="~all matches"),
    Case("question mark", record("?all"), "neutral", why="?all matches"),
    Case("the first that matches counts", record("?all -all"), "neutral"),
    Case("all takes no domain", record("-all:example.org"), "permerror"),
    Case("all takes no length", record("all/8"), "permerror"),
    # Syntax is looked at first, all of it.
    Case("a word that is no term", record("+all foo"), "permerror", why="'foo' is no term of SPF"),
    Case("a term behind the one that matches", record("ip4:192.0.2.1 ip4:1.2.3"), "permerror", why="'ip4:1.2.3'"),
    Case("a comma", record("a, -all"), "permerror"),
    Case("a tab", '@ TXT "v=spf1 +all\\009"', "permerror"),
    Case("an umlaut", '@ TXT "v=spf1 +all \\195\\164"', "permerror"),
    Case("a byte that is no UTF-8", '@ TXT "v=spf1 +all x=\\228"', "permerror"),
    Case("two signs", record("--all"), "permerror"),
    Case("a sign alone", record("+all -"), "permerror"),
    Case("an include without a domain", record("include +all"), "permerror"),
    Case("an empty domain", record("include: +all"), "permerror"),
    Case("exists without a domain", record("exists +all"), "permerror"),
    Case("exists with a length", record("exists:ZONE/24 +all"), "permerror"),
    Case("a domain of one label", record("a:localhost +all"), "permerror", why="names no whole domain"),
    Case("a domain that ends in a number", record("a:192.0.2.1 +all"), "permerror"),
    Case("a domain with a final dot", record("a:h.ZONE.", "h A 192.0.2.1"), "pass"),
    Case("letters of a mechanism", record("-All:x +all"), "permerror"),
    Case("capitals", record("IP4:192.0.2.1 -ALL"), "pass"),
    # Modifiers (6).
    Case("a modifier that nobody knows", record("foo=bar -all"), "fail"),
    Case("one that comes again", record("foo=1 foo=2 +all"), "pass"),
    Case("one named like a mechanism", record("a=b -all"), "fail"),
    Case("one with letters for explanations", record("foo=%{c}%{r}%{t} +all"), "pass"),
    Case("one with a wrong macro", record("foo=%{x} +all"), "permerror"),
    Case("one with a lonely percent sign", record("foo=50% +all"), "permerror"),
    Case("one without a name", record("=x +all"), "permerror"),
    Case("the old default=", record("default=pass"), "neutral"),
    Case("an explanation is not asked for", record("-all exp=why.refused.test"), "fail"),
    Case("an explanation without a domain", record("+all exp="), "permerror"),
    Case("two explanations", record("+all exp=a.ZONE EXP=b.ZONE"), "permerror", why="exp= stands in it twice"),
    Case("a redirect", record("redirect=inc.ZONE", f'{INC}"v=spf1 ~all"'), "softfail", why="in the record of inc."),
    Case("a redirect in capitals", record("REDIRECT=inc.ZONE", f'{INC}"v=spf1 +all"'), "pass"),
    Case("a redirect is for what is left", record("redirect=inc.ZONE ip4:192.0.2.1", f'{INC}"v=spf1 -all"'), "pass"),
    Case("a redirect behind all", record("redirect=refused.test ?all"), "neutral"),
    Case("a redirect to no record", record("redirect=inc.ZONE"), "permerror", why="leads to no SPF record"),
    Case("a redirect to a failing name", record("redirect=refused.test"), "temperror", why="refused.test: REFUSED"),
    Case("two redirects", record("redirect=a.ZONE Redirect=b.ZONE +all"), "permerror"),
    Case("a redirect that leads back", record("redirect=ZONE"), "permerror", why="more than 10 terms"),
    Case(
        "a redirect asks for the other domain",
        record("redirect=inc.ZONE", f'{INC}"v=spf1 a -all"', "inc A 192.0.2.1"),
        "pass",
    ),
    Case("a redirect without a domain", record("redirect= +all"), "permerror"),
    # include (5.2).
    Case("an include that passes", record("~include:inc.ZONE -all", f'{INC}"v=spf1 +all"'), "softfail"),
    Case("one that fails", record("include:inc.ZONE ?all", f'{INC}"v=spf1 -all"'), "neutral", why="?all matches"),
    Case("one that softly fails", record("include:inc.ZONE -all", f'{INC}"v=spf1 ~all"'), "fail"),
    Case("one that is neutral", record("include:inc.ZONE -all", f'{INC}"v=spf1 ?all"'), "fail"),
    Case(
        "one without a record",
        record("include:inc.ZONE +all", 'inc TXT "x"'),
        "permerror",
        why="leads to no SPF record",
    ),
    Case("an include of no such name", record("include:nowhere.ZONE +all"), "permerror"),
    Case("one whose look-up fails", record("include:refused.test +all"), "temperror"),
    Case("one with a wrong record", record("include:inc.ZONE +all", f'{INC}"v=spf1 foo"'), "permerror", why="'foo'"),
    Case("one with two records", record("include:inc.ZONE", f'{INC}"v=spf1 -all"\n{INC}"v=spf1"'), "permerror"),
    Case("one that fails is not asked for", record("ip4:192.0.2.1 include:refused.test"), "pass"),
    Case("one that leads back", record("include:ZONE"), "permerror", why="more than 10 terms"),
    Case("one that leads back and is not reached", record("+all include:ZONE"), "pass"),
    Case("an empty label", record("include:a..ZONE +all"), "permerror"),
    Case(
        "redirect inside", record("include:inc.ZONE", f'{INC}"v=spf1 redirect=r.ZONE"', 'r TXT "v=spf1 +all"'), "pass"
    ),
    # a (5.3).
    Case("the domain's own address", record("a -all", "@ A 192.0.2.1"), "pass"),
    Case("one of several", record("a:h.ZONE -all", "h A 198.51.100.1", "h A 192.0.2.1"), "pass"),
    Case("another address", record("a -all", "@ A 192.0.2.2"), "fail"),
    Case("its network", record("a/24 -all", "@ A 192.0.2.200"), "pass"),
    Case("everything", record("a/0 -all", "@ A 198.51.100.1"), "pass"),
    Case("too long", record("a/33 -all"), "permerror", why="too large"),
    Case("a length with a zero before it", record("a/024 -all"), "permerror"),
    Case("the length for IPv6 is not for IPv4", record("a//64 -all", "@ A 192.0.2.2"), "fail"),
    Case("an AAAA record for IPv6", record("a -all", "@ AAAA 2001:db8::1"), "pass", SIX),
    Case("an A record is not for IPv6", record("a/0 -all", "@ A 192.0.2.1"), "fail", SIX),
    Case("both lengths", record("a:h.ZONE/8//64 -all", "h AAAA 2001:db8::ff"), "pass", SIX),
    Case("the length for IPv4 is not for IPv6", record("a/8 -all", "@ AAAA 2001:db8::2"), "fail", SIX),
    Case("too long for IPv6", record("a//129 -all"), "permerror"),
    Case("no such host", record("a:none.ZONE -all"), "fail"),
    Case("a host whose look-up fails", record("a:refused.test +all"), "temperror"),
    Case("a host with a slash in its name", record("a:a/b.ZONE -all", "a/b A 192.0.2.1"), "pass"),
    Case("a host by an alias", record("a:al.ZONE -all", "al CNAME h", "h A 192.0.2.1"), "pass"),
    # mx (5.4).
    Case("a mail host", record("mx -all", "@ MX 10 h", "h A 192.0.2.1"), "pass"),
    Case(
        "the second one", record("mx:m.ZONE -all", "m MX 10 h", "m MX 20 i", "h A 192.0.2.9", "i A 192.0.2.1"), "pass"
    ),
    Case("no MX record, though there is an address", record("mx -all", "@ A 192.0.2.1"), "fail"),
    Case("its mail host's network", record("mx/24//64 -all", "@ MX 10 h", "h A 192.0.2.77"), "pass"),
    Case("mail hosts of IPv6", record("mx//64 -all", "@ MX 10 h", "h AAAA 2001:db8::77"), "pass", SIX),
    Case("a null MX", record("mx -all", "@ MX 0 ."), "fail"),
    Case("ten of them", record("mx -all", *(f"@ MX {n} h{n}" for n in range(10)), *hosts(9), "h9 A 192.0.2.1"), "pass"),
    Case(
        "eleven mail hosts",
        record("mx +all", *(f"@ MX {n} h{n}" for n in range(11)), *hosts(11)),
        "permerror",
        why="11 MX",
    ),
    Case("a mail host whose look-up fails", record("mx +all", "@ MX 10 refused.test."), "temperror"),
    # ptr (5.5).
    Case("a name that leads back", record("ptr:hosts.example -all"), "pass", "192.0.2.20"),
    Case("the very domain", record("ptr:hosts.example -all"), "pass", "192.0.2.24"),
    Case("a name in IPv6", record("ptr:HOSTS.example -all"), "pass", "2001:db8::20"),
    Case("a name that does not lead back", record("ptr:hosts.example -all"), "fail", "192.0.2.21"),
    Case("a domain that only ends alike", record("ptr:hosts.example -all"), "fail", "192.0.2.26"),
    Case("a name of another domain", record("ptr -all"), "fail", "192.0.2.20"),
    Case("no name", record("ptr -all"), "fail", "192.0.2.1"),
    Case("no telling which name", record("ptr:hosts.example -all"), "fail", "198.51.100.1"),
    Case("one of the names fails", record("ptr:hosts.example -all"), "pass", "192.0.2.22"),
    Case("only ten names are looked at", record("ptr:hosts.example -all"), "permerror", "192.0.2.23", "find nothing"),
    Case("ptr with a length", record("ptr/24 -all"), "permerror"),
    # ip4 and ip6 (5.6).
    Case("an IPv4 address", record("ip4:192.0.2.1 -all"), "pass"),
    Case("an IPv4 network", record("ip4:192.0.2.99/24 -all"), "pass"),
    Case("the network beside it", record("ip4:192.0.3.0/24 -all"), "fail"),
    Case("all of IPv4", record("ip4:0.0.0.0/0 -all"), "pass"),
    Case("all of IPv4 is not IPv6", record("ip4:0.0.0.0/0 -all"), "fail", SIX),
    Case("three numbers", record("ip4:192.0.2 -all"), "permerror"),
    Case("a number with a zero before it", record("ip4:192.0.02.1 -all"), "permerror"),
    Case("an IPv4 length of 33", record("ip4:192.0.2.0/33 -all"), "permerror"),
    Case("an IPv4 network with the length of IPv6", record("ip4:192.0.2.0//24 -all"), "permerror"),
    Case("no address behind ip4", record("ip4 -all"), "permerror"),
    Case("an IPv6 address", record("ip6:2001:DB8:0:0::1 -all"), "pass", SIX),
    Case("an IPv6 network", record("ip6:2001:db8::/32 -all"), "pass", SIX),
    Case("an IPv6 network is not IPv4", record("ip6:::/0 -all"), "fail"),
    Case("a mapped address is IPv4", record("ip4:192.0.2.1 -ip6:::/0 ?all"), "pass", "::ffff:192.0.2.1"),
    Case("an IPv6 length of 129", record("ip6:2001:db8::/129 -all"), "permerror"),
    Case("IPv6 with an interface", record("ip6:fe80::1%eth0 -all"), "permerror"),
    Case("an IPv4 address as IPv6", record("ip6:192.0.2.1 -all"), "permerror"),
    # exists (5.7).
    Case("a name that is there", record("exists:h.ZONE -all", "h A 127.0.0.2"), "pass"),
    Case("a name that is not", record("exists:h.ZONE -all"), "fail"),
    Case("a name without an A record", record("exists:h.ZONE -all", "h AAAA 2001:db8::1"), "fail", SIX),
    Case("an A record is asked for with IPv6 too", record("exists:h.ZONE -all", "h A 127.0.0.2"), "pass", SIX),
    # Macros (7).
    Case("i", record("exists:%{i}.x.ZONE -all", "192.0.2.1.x A 127.0.0.2"), "pass"),
    Case(
        "i, the other way round, and v", record("exists:%{ir}.%{v}.ZONE -all", "1.2.0.192.in-addr A 127.0.0.2"), "pass"
    ),
    Case("i of IPv6", record("exists:%{i}.%{v}.ZONE -all", f"{NIBBLES}.ip6 A 127.0.0.2"), "pass", SIX),
    Case("i of IPv6 reversed", record("exists:%{ir}.x.ZONE -all", f"{NIBBLES[::-1]}.x A 127.0.0.2"), "pass", SIX),
    Case("the last two of i", record("exists:%{i2}.x.ZONE -all", "2.1.x A 127.0.0.2"), "pass"),
    Case("the first two of i", record("exists:%{i2r}.x.ZONE -all", "0.192.x A 127.0.0.2"), "pass"),
    Case("a capital R", record("exists:%{i2R}.x.ZONE -all", "0.192.x A 127.0.0.2"), "pass"),
    Case("more than there are", record("exists:%{i99999999999}.x.ZONE -all", "192.0.2.1.x A 127.0.0.2"), "pass"),
    Case("zero of them", record("exists:%{i0}.x.ZONE +all"), "permerror"),
    Case("l and o", record("exists:%{l}.%{o}.x.ZONE -all", "postmaster.ZONE.x A 127.0.0.2"), "pass"),
    Case("s", record("exists:%{s}.x.ZONE -all", "postmaster\\@ZONE.x A 127.0.0.2"), "pass"),
    Case("s at its delimiter", record("exists:%{s@}.x.ZONE +all"), "permerror"),
    Case("d", record("a:%{d} -all", "@ A 192.0.2.1"), "pass"),
    Case(
        "d of an include, o of the sender",
        record("include:inc.ZONE -all", f'{INC}"v=spf1 exists:%{{d}}.of.%{{o}}"', "inc.ZONE.of A 127.0.0.2"),
        "pass",
    ),
    Case("d1", record("exists:%{d1}.x.ZONE -all", "example.x A 127.0.0.2"), "pass"),
    Case("h", record("exists:%{h}.x.ZONE -all", "helo.example.x A 127.0.0.2"), "pass"),
    Case("a letter that is no delimiter", record("exists:%{lm}.x.ZONE +all"), "permerror"),
    Case("a letter behind the number", record("exists:%{d1x}.x.ZONE +all"), "permerror"),
    Case("a sign that is no delimiter", record("exists:%{d!}.x.ZONE +all"), "permerror"),
    Case("a number behind the r", record("exists:%{dr2}.x.ZONE +all"), "permerror"),
    Case(
        "split at hyphens, joined with dots",
        record("include:my-host.ZONE -all", 'my-host TXT "v=spf1 exists:%{d-}.x.ZONE"', "my.host.ZONE.x A 127.0.0.2"),
        "pass",
    ),
    Case(
        "the last part of the split",
        record("include:my-host.ZONE -all", 'my-host TXT "v=spf1 exists:%{d1-.}.x.ZONE"', "example.x A 127.0.0.2"),
        "pass",
    ),
    Case(
        "the address split at its dots, joined with dots",
        record("exists:%{ir-.}.x.ZONE -all", "1.2.0.192.x A 127.0.0.2"),
        "pass",
    ),
    Case("capitals are quoted for a URL", record("exists:%{S}.x.ZONE -all", "postmaster%40ZONE.x A 127.0.0.2"), "pass"),
    Case("percent signs, spaces", record("exists:%%%_%-.ZONE -all", "%\\032%20 A 127.0.0.2"), "pass"),
    Case("a percent sign too many", record("exists:%%%a.ZONE +all"), "permerror"),
    Case("a percent sign at the end", record("exists:a.ZONE% +all"), "permerror"),
    Case("a brace that stays open", record("exists:%{d.ZONE +all"), "permerror"),
    Case("an unknown letter", record("exists:%{x}.ZONE +all"), "permerror"),
    Case("a letter for explanations", record("exists:%{c}.ZONE +all"), "permerror"),
    Case("no letter", record("exists:%{}.ZONE +all"), "permerror"),
    Case(
        "too long a name loses labels on the left",
        record(f"exists:{'.'.join([LONG] * 6)}.%{{d}} -all", f"{'.'.join([LONG] * 4)} A 127.0.0.2"),
        "pass",
    ),
    Case("p", record("exists:%{p}.x.ZONE -all", "mail.hosts.example.x A 127.0.0.2"), "pass", "192.0.2.20"),
    Case("p without a name", record("exists:%{p}.x.ZONE -all", "unknown.x A 127.0.0.2"), "pass"),
    Case("p that cannot be told", record("exists:%{p}.x.ZONE -all", "unknown.x A 127.0.0.2"), "pass", "198.51.100.1"),
    Case("p that does not lead back", record("exists:%{p}.x.ZONE -all", "unknown.x A 127.0.0.2"), "pass", "192.0.2.21"),
    Case("p is a name in the domain, if there is one", record("redirect=hosts.example"), "pass", "192.0.2.25"),
    Case("p is the domain itself, if that is one", record("redirect=hosts.example"), "pass", "192.0.2.24"),
    Case("p is not asked for before its turn", record("+all exists:%{p}.ZONE exp=%{p}.ZONE"), "pass", "198.51.100.1"),
    Case("p without a name is counted at its turn", record("a:x.ZONE a:y.ZONE +all exists:%{p}.ZONE"), "pass"),
    Case("a backslash quotes nothing", record("exists:a\\\\.b.ZONE -all", "a\\092.b A 127.0.0.2"), "pass"),
    # Limits (4.6.4).
    Case("ten terms that need look-ups", record(f"{listing(10)} +all", *hosts(10)), "pass"),
    Case("eleven of them", record(f"{listing(11)} +all", *hosts(11)), "permerror", why="more than 10 terms"),
    Case("the eleventh is not reached", record(f"{listing(11)} +all", *hosts(9), "h9 A 192.0.2.1"), "pass"),
    Case(
        "terms without look-ups do not count",
        record(f"{listing(10)} {'ip4:198.51.100.1 ' * 20}+all", *hosts(10)),
        "pass",
    ),
    Case(
        "a redirect that is not followed does not count",
        record(f"redirect=x.ZONE {listing(10)}", *hosts(9), "h9 A 192.0.2.1"),
        "pass",
    ),
    Case("a redirect counts", record(f"{listing(10)} redirect=x.ZONE", *hosts(10), 'x TXT "v=spf1 +all"'), "permerror"),
    Case(
        "terms of an include count",
        record("include:inc.ZONE a:h9.ZONE +all", *hosts(10), f'{INC}"v=spf1 {listing(9)}"'),
        "permerror",
    ),
    Case("nine of an include", record("include:inc.ZONE +all", *hosts(9), f'{INC}"v=spf1 {listing(9)}"'), "pass"),
    Case("two that find nothing", record(f"{listing(2)} +all"), "pass"),
    Case("three that find nothing", record(f"{listing(3)} +all"), "permerror", why="find nothing"),
    Case(
        "a name without the type finds nothing",
        record(f"{listing(3)} +all", *(f"h{n} TXT x" for n in range(3))),
        "permerror",
    ),
    Case("exists finds nothing too", record(f"{listing(3, 'exists:h{}.ZONE')} +all"), "permerror"),
    Case("names that cannot be are not looked up", record("a:a..ZONE a:b..ZONE a:c..ZONE +all"), "pass"),
]


def zone_of(case: Case) -> str:
    """The name of the zone of a case."""
    return f"case{TABLE.index(case):03}.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nsd]:
    """A name server that has the zones of all cases."""
    zones = {zone_of(case): case.zone.replace("ZONE", zone_of(case)) for case in TABLE}
    with Nsd(tmp_path_factory.mktemp("spf"), COMMON | zones) as running:
        yield running


def ask(server: Nsd | FaultServer, domain: str, address: str = FOUR, seconds: float = 5) -> Spf:
    """What SPF says, through the server."""
    return evaluate(Names([server.address], 2), address, domain, "helo.example", seconds)


@needs_nsd
@pytest.mark.parametrize("case", TABLE, ids=[f"{number:03} {case.what}" for number, case in enumerate(TABLE)])
def test_spf_says(server: Nsd, case: Case) -> None:
    found = ask(server, zone_of(case), case.address)
    assert (found.result, case.why in found.why) == (case.result, True), found
    assert (found.why == "") == (found.result == "pass")


def test_every_case_has_a_title_of_its_own() -> None:
    assert len({case.what for case in TABLE}) == len(TABLE)


@needs_nsd
def test_the_record_is_told_as_it_is_published_whatever_comes_of_it(server: Nsd) -> None:
    by_what = {case.what: zone_of(case) for case in TABLE}
    told = {what: ask(server, domain).record for what, domain in by_what.items()}
    assert told["strings are joined without a space"] == "v=spf1 ip4:192.0.2.1 -all"
    assert told["letters of the version"] == "V=SPF1 -ALL"
    assert told["a word that is no term"] == "v=spf1 +all foo"
    assert told["one whose look-up fails"] == "v=spf1 include:refused.test +all"
    assert told["no TXT record"] is told["two records"] is told["other TXT records only"] is None
    # Not the record that a redirect or an include leads to.
    assert told["a redirect"] == f"v=spf1 redirect=inc.{by_what['a redirect']}"


@needs_nsd
def test_a_domain_is_one_however_it_is_written(server: Nsd) -> None:
    domain = zone_of(next(case for case in TABLE if case.what == "minus"))
    assert ask(server, domain.upper() + ".") == ask(server, domain) == Spf("fail", "v=spf1 -all", "-all matches")


@needs_nsd
@pytest.mark.parametrize("domain", ["localhost", "", ".", "a..example", "a" * 64 + ".example", "a." * 130 + "example"])
def test_what_is_no_domain_has_no_record(server: Nsd, domain: str) -> None:
    assert ask(server, domain).result == "none"


@needs_nsd
def test_the_name_of_another_alphabet_must_be_written_in_ascii(server: Nsd) -> None:
    found = ask(server, "b\u00fccher.example")
    assert (found.result, "xn--" in found.why) == ("temperror", True)


@needs_nsd
def test_without_a_helo_name_the_domain_stands_for_it(server: Nsd) -> None:
    domain = zone_of(next(case for case in TABLE if case.what == "h"))
    names = Names([server.address], 2)
    assert evaluate(names, FOUR, domain, "helo.example", 5).result == "pass"
    assert evaluate(names, FOUR, domain, None, 5).result == "fail"


# --- name servers that fail ------------------------------------------------------------------------


@dataclass(frozen=True)
class Publishes:
    """A zone that has these texts at its top, and at each other name the records of `below` that fit the question."""

    texts: tuple[bytes, ...]
    below: tuple[Record, ...] = ()

    def __call__(self, query: Query) -> list[Reply]:
        quoted = [" ".join(_quoted(text[at : at + 200]) for at in range(0, len(text) or 1, 200)) for text in self.texts]
        own = [Record("TXT", text) for text in quoted] if query.qtype == "TXT" and not query.name else []
        return [reply(query, answer=own or [each for each in self.below if query.name and each.kind == query.qtype])]


def _quoted(text: bytes) -> str:
    return '"' + "".join(f"\\{octet:03}" for octet in text) + '"'


@pytest.mark.parametrize(("behaviour", "why"), [(ServFails(), "SERVFAIL"), (Silent(), "no answer")])
def test_a_record_that_cannot_be_looked_up_is_a_temperror(behaviour: Behaviour, why: str) -> None:
    with FaultServer({"c.example": behaviour}) as server:
        found = evaluate(Names([server.address], 0.3), FOUR, "c.example", None, 5)
    assert (found.result, found.record, why in found.why) == ("temperror", None, True)


def test_a_long_record_comes_over_tcp() -> None:
    text = b"v=spf1 " + b"ip4:198.51.100.1 " * 3000 + b"ip4:192.0.2.1 -all"
    with FaultServer({"c.example": Truncates(Publishes((text,)))}) as server:
        found = ask(server, "c.example")
    assert (found.result, found.record) == ("pass", text.decode())


@pytest.mark.parametrize(
    "term", ["include:x.slow.example", "a:x.slow.example", "mx:x.slow.example", "exists:x.slow.example"]
)
def test_an_evaluation_ends_in_time_however_long_its_look_ups_take(term: str) -> None:
    zones: dict[str, Behaviour] = {"c.example": Publishes((f"v=spf1 {term} -all".encode(),)), "slow.example": Silent()}
    with FaultServer(zones) as server:
        begun = time.monotonic()
        found = evaluate(Names([server.address], 30), FOUR, "c.example", None, 0.5)
        took = time.monotonic() - begun
    assert (found.result, found.why) == ("temperror", "it takes longer than 0.5 seconds")
    assert 0.4 < took < 1.5


def test_a_ptr_term_that_takes_too_long_ends_in_time_too() -> None:
    zones: dict[str, Behaviour] = {"c.example": Publishes((b"v=spf1 ptr +all",)), "in-addr.arpa": Silent()}
    with FaultServer(zones) as server:
        late = evaluate(Names([server.address], 30), FOUR, "c.example", None, 0.5)
        told = evaluate(Names([server.address], 0.3), FOUR, "c.example", None, 5)
    assert (late.result, told.result) == ("temperror", "pass")


def test_the_terms_of_a_record_are_looked_up_side_by_side() -> None:
    terms = " ".join(f"a:h{number}.slow.example" for number in range(8))
    slow = Slow(Publishes((), (Record("A", "192.0.2.9"),)), 0.4)
    zones: dict[str, Behaviour] = {"c.example": Publishes((f"v=spf1 {terms} mx -all".encode(),)), "slow.example": slow}
    with FaultServer(zones) as server:
        begun = time.monotonic()
        found = evaluate(Names([server.address], 3), FOUR, "c.example", None, 5)
        took = time.monotonic() - begun
    assert found.result == "fail"
    assert 0.4 <= took < 1.6


@pytest.mark.parametrize(("term", "kind"), [("mx", "MX"), ("ptr", "PTR")])
def test_the_hosts_of_a_term_are_looked_up_side_by_side(term: str, kind: str) -> None:
    hosts = [Record(kind, f"{'5 ' if kind == 'MX' else ''}h{number}.slow.example.") for number in range(8)]
    slow = Slow(Publishes((), (Record("A", "192.0.2.9"),)), 0.4)
    zones: dict[str, Behaviour] = {
        "c.example": Publishes((f"v=spf1 {term}{':x.c.example' if term == 'mx' else ''} -all".encode(),), tuple(hosts)),
        "in-addr.arpa": Publishes((), tuple(hosts)),
        "slow.example": slow,
    }
    with FaultServer(zones) as server:
        begun = time.monotonic()
        found = evaluate(Names([server.address], 3), FOUR, "c.example", None, 5)
        took = time.monotonic() - begun
    assert found.result == "fail"
    assert 0.4 <= took < 1.6


# --- laws ------------------------------------------------------------------------------------------

DOMAINS = [
    "c.example",
    "x.c.example",
    "%{d}",
    "%{ir}.c.example",
    "%{p}",
    "%{S2r-}.c.example",
    "a..b.example",
    "%{h}",
    "%{",
    "",
]
WORDS = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "+", "-", "~", "?"]),
        st.sampled_from(["a", "mx", "ptr", "include", "exists", "redirect", "exp", "all", "ip4", "ip6", "A"]),
        st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from([":", "="]), st.sampled_from(DOMAINS))),
        st.sampled_from(["", "/24", "//64", "/0//0", "/99", "/"]),
    ),
    st.sampled_from(["ip4:192.0.2.1", "ip6:2001:db8::/32", "x=%{r}", "-all"]),
    st.text('aximp%{}:/=.-_49 \\"\t\x00', max_size=12),
)
RECORDS = st.one_of(
    st.lists(WORDS, max_size=6).map(lambda words: " ".join(["v=spf1", *words]).encode()),
    st.binary(max_size=40).map(lambda tail: b"v=spf1 " + tail),
    st.binary(max_size=20),
)
ANSWERS = st.sampled_from(
    ["A 192.0.2.1", "A 127.0.0.2", "AAAA 2001:db8::1", "MX 5 x.c.example.", "MX 0 .", "MX 7 \\\\.\\..c.example."]
)


def _record(text: str) -> Record:
    kind, _, data = text.partition(" ")
    return Record(kind, data)


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(RECORDS, min_size=1, max_size=2),
    below=st.lists(ANSWERS, max_size=12),
    address=st.sampled_from([FOUR, SIX]),
)
def test_no_record_makes_it_raise(wild: FaultServer, texts: list[bytes], below: list[str], address: str) -> None:
    wild.behaviours["c.example"] = Publishes(tuple(texts), tuple(map(_record, below)))
    found = ask(wild, "c.example", address)
    assert found.result in RESULTS
    assert (found.why == "") == (found.result == "pass")
    if found.record is None:
        assert found.result in ("none", "permerror", "temperror")


@pytest.fixture(scope="module")
def wild() -> Iterator[FaultServer]:
    """A server whose zones are set by the test, one of which is a reverse zone."""
    names = Publishes((), (Record("PTR", "x.c.example."), Record("PTR", "\\@.example.")))
    with FaultServer({"in-addr.arpa": names, "ip6.arpa": names}) as server:
        yield server


@given(tail=st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_record_is_read_word_by_word_or_is_malformed(tail: str) -> None:
    with suppress(terms.Malformed):
        read = terms.parse(f"v=spf1 {tail}")
        assert [term.text for term in read.terms if term.text not in tail.split(" ")] == []


@pytest.mark.parametrize("piece", ["a", "a.", "%%", "%{d}", "1-", "/24", "a/", "%{d", ":", ".", "0"])
@pytest.mark.parametrize("start", ["a:", "exists:", "exp=", "foo=", "ip6:", "ip4:", ""])
def test_a_long_record_takes_no_long_time(start: str, piece: str) -> None:
    begun = time.process_time()
    for end in ("", "!", ".example", "/33"):
        with suppress(terms.Malformed):
            terms.parse(f"v=spf1 {start}{piece * 20000}{end}")
    assert time.process_time() - begun < 2


def test_a_name_is_cut_on_the_left_until_it_can_be_asked_for() -> None:
    long = ".".join(["a" * 60] * 4)
    assert terms.expand(f"{long}.%{{d}}", lambda _: "b" * 50 + ".example") == f"{long[61:]}.{'b' * 50}.example"
    assert len(terms.expand("%{d}", lambda _: "a" * 254)) <= 253
