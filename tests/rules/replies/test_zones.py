"""Which list a reply names, by zones with the words that mail servers put around them, and of several names which."""

import pytest

from delist.rules.replies.reader import Reader
from delist.rules.replies.values import UNKNOWN, Fault, Names, Subtype, Topic
from tests.builders import CATALOGUE
from tests.rules.replies.reading import read

AROUND = (
    "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using {zone}; {reason}",
    "550 5.7.1 Service unavailable; client [192.0.2.25] blocked using {zone}",
    "554 Service unavailable; [192.0.2.25] blocked using {zone}, reason: {reason}",
    "550-rejected because 192.0.2.25 is in a black list at {zone}\n550 {reason}",
    "550 5.7.1 <someone@example.org>... Rejected: 192.0.2.25 listed at {zone}",
    "550 5.7.1 Mail from 192.0.2.25 refused by blackhole site {zone}",
    "554 mail from 192.0.2.25 rejected, see {zone}",
)
PLAIN_ZONES = sorted(zone for zone in CATALOGUE.names().zones if "rhsbl" not in zone and "ignorant" not in zone)


@pytest.mark.parametrize("words", AROUND)
@pytest.mark.parametrize("zone", PLAIN_ZONES)
def test_a_zone_of_the_catalogue_is_named_whatever_server_says_it(zone: str, words: str) -> None:
    names = CATALOGUE.names()
    reading = read(words.format(zone=zone, reason="see the page"))
    assert (reading.block, reading.list) == (True, names.zones[zone])
    assert reading.address == "192.0.2.25"
    assert reading.fault is (Fault.RECEIVER if zone in names.dead else Fault.SENDER)


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("Listed by PBL, see https://check.spamhaus.org/query/ip/192.0.2.25", "spamhaus-pbl"),
        ("Listed by CSS, see https://check.spamhaus.org/query/ip/192.0.2.25", "spamhaus-css"),
        ("Listed by XBL, see https://check.spamhaus.org/query/ip/192.0.2.25", "spamhaus-xbl"),
        ("https://check.spamhaus.org/sbl/query/SBL000123", "spamhaus-sbl"),
        ("https://www.spamhaus.org/sbl/query/SBL000123", "spamhaus-sbl"),
        ("https://www.abuseat.org/lookup.cgi?ip=192.0.2.25", "spamhaus-xbl"),
        ("http://www.spamhaus.org/pbl/query/PBL000123", "spamhaus-pbl"),
        ("https://www.spamhaus.org/query/ip/192.0.2.25", "spamhaus-zen"),
        ("http://www.spamhaus.org/query/bl?ip=192.0.2.25", "spamhaus-zen"),
        ("", "spamhaus-zen"),
    ],
)
def test_the_reason_says_which_list_of_the_combined_zone_it_is(reason: str, key: str) -> None:
    reading = read(f"554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; {reason}")
    assert reading.list == key
    assert key == "spamhaus-zen" or "spamhaus-zen" in reading.also


@pytest.mark.parametrize(
    ("zone", "key", "subtype"),
    [
        ("dyna.spamrats.com", "spamrats", Subtype.DYNAMIC_POLICY),
        ("noptr.spamrats.com", "spamrats", Subtype.RDNS),
        ("spam.spamrats.com", "spamrats", Subtype.LISTED),
        ("dul.dnsbl.sorbs.net", "sorbs-dul", Subtype.DYNAMIC_POLICY),
        ("web.dnsbl.sorbs.net", "sorbs", Subtype.LISTED),
        ("new.dnsbl.sorbs.net", "sorbs", Subtype.LISTED),
        ("k3y.zen.dq.spamhaus.net", "spamhaus-zen", Subtype.LISTED),
        ("pbl.spamhaus.org", "spamhaus-pbl", Subtype.LISTED),
        ("sbl-xbl.spamhaus.org", "spamhaus-sbl-xbl", Subtype.LISTED),
        ("2.2.0.192.bl.spamcop.net", "spamcop", Subtype.LISTED),
        ("de.countries.nerd.dk", "countries-nerd-dk", Subtype.LISTED),
        ("rbl.schulte.example", "schulte", Subtype.LISTED),
        ("rbl.example.net", UNKNOWN, Subtype.LISTED),
        ("rbl.internal", UNKNOWN, Subtype.LISTED),
    ],
)
def test_a_zone_below_a_known_one_is_its_and_an_unknown_one_is_unknown(zone: str, key: str, subtype: Subtype) -> None:
    reading = read(f"550 5.7.1 Service unavailable; client [192.0.2.25] blocked using {zone}")
    assert (reading.list, reading.subtype) == (key, subtype)


def test_a_zone_of_ones_own_is_named_by_its_own_key() -> None:
    own = Reader(Names({"bl.example.net": "example", "old.example.net": "old"}, frozenset({"old.example.net"})))
    assert own.read("550 192.0.2.25 listed at bl.example.net").list == "example"
    dead = own.read("550 192.0.2.25 listed at old.example.net")
    assert (dead.list, dead.topic, dead.fault) == ("old", Topic.DEAD_LIST, Fault.RECEIVER)


@pytest.mark.parametrize(
    ("text", "key", "also"),
    [
        ("550 192.0.2.25 is on bl.spamcop.net and on zen.spamhaus.org", "spamcop", "spamhaus-zen"),
        ("550 192.0.2.25 is on zen.spamhaus.org and on bl.spamcop.net", "spamhaus-zen", "spamcop"),
        ("554 IB104 192.0.2.25 is on the Spamhaus SBL, says GoDaddy", "spamhaus-sbl", "godaddy"),
        ("553 5.7.1 [BL23] 192.0.2.25 is on Spamhaus XBL", "spamhaus-xbl", "yahoo"),
        ("550 zen.mimecast.org Listed by PBL, see https://check.spamhaus.org/", "spamhaus-pbl", "mimecast"),
    ],
)
def test_of_several_names_the_first_and_more_precise_counts_and_lists_before_receivers(
    text: str, key: str, also: str
) -> None:
    reading = read(text)
    assert reading.list == key
    assert also in reading.also
