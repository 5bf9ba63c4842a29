"""What a reply says: each row of the tables by its sample, laws for any text, traps, and no pattern that runs away."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.errors import UsageError
from delist.rules.addresses import canonical
from delist.rules.replies.reader import TABLES, WHO, Reader
from delist.rules.replies.rows import Row, compiled
from delist.rules.replies.tidy import LIMIT, tidied
from delist.rules.replies.values import NOBODY, UNKNOWN, Fault, Names, Reading, Subtype, Topic
from tests.builders import CATALOGUE

READER = Reader(CATALOGUE.names())
NAMES_OF_TABLES = ("beside", "codes", "ordinary", "worded", "receivers", "grounds")
ROWS = [
    (name, row) for name in NAMES_OF_TABLES for number, row in enumerate(TABLES.rows) if TABLES.of(name) >> number & 1
]
BLOCKS = [row for name, row in ROWS if name in ("codes", "worded")]
OTHERS = [row for name, row in ROWS if name in ("beside", "ordinary")]
GROUNDS = [row for name, row in ROWS if name in ("receivers", "grounds")]


def read(text: str) -> Reading:
    return READER.read(text)


def named(row: Row) -> str:
    return f"{row.key or row.subtype or row.topic}-{row.words.split()[0]}"


# Each row by its sample.


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=named)
def test_the_sample_of_a_row_holds_a_word_of_it_and_what_is_looked_for(row: Row) -> None:
    assert compiled(row.pattern).search(tidied(row.sample.lower()))
    words = READER._words_of(row.sample)
    assert {word.lstrip("~") for word in row.words.split()} & words
    assert not row.near or set(row.near.split()) & words


@pytest.mark.parametrize("row", BLOCKS, ids=named)
def test_the_sample_of_a_row_that_names_is_read_as_the_row_says(row: Row) -> None:
    reading = read(row.sample)
    assert reading.block
    assert reading.list == row.key
    assert row.subtype in (None, reading.subtype)
    assert set(row.also) <= set(reading.also)
    assert (reading.fault is Fault.RECEIVER) == (reading.topic is Topic.DEAD_LIST)


@pytest.mark.parametrize("row", OTHERS, ids=named)
def test_the_sample_of_a_row_that_is_no_block_is_read_as_the_row_says(row: Row) -> None:
    reading = read(row.sample)
    assert not reading.block
    assert reading.topic is row.topic


@pytest.mark.parametrize("row", GROUNDS, ids=named)
def test_the_sample_of_a_row_of_grounds_is_refused_on_them(row: Row) -> None:
    reading = read(row.sample)
    assert reading.list not in (None, NOBODY)
    assert reading.subtype is row.subtype


def test_each_row_stands_in_one_table_in_order() -> None:
    assert [row for _, row in ROWS] == list(TABLES.rows)


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=named)
def test_samples_and_words_are_written_so_that_they_can_be_found(row: Row) -> None:
    assert row.words
    assert row.words == row.words.lower()
    # The texts that patterns meet are in lower case.
    assert not re.search(r"[A-Z]", re.sub(r"\\[A-Z]", "", row.pattern))
    assert all(word.lstrip("~").isalnum() or word == "@" for word in row.words.split())
    assert all(word.isalnum() for word in row.near.split())


def test_every_key_that_a_row_names_has_an_entry_of_a_list_or_a_reply() -> None:
    keys = {key for _, row in ROWS for key in (row.key, *row.also) if key}
    assert [key for key in sorted(keys) if CATALOGUE.reply(key) is None] == []


# Zones, with the words that mail servers put around them.

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


# What looks like a block and is none, and the other way round.


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("554 5.7.1 Helo command [mail.example.com] blocked using dbl.spamhaus.org; see the page", Topic.DOMAIN),
        ("554 5.7.1 Sender address [a@example.com] blocked using multi.surbl.org", Topic.DOMAIN),
        ("554 5.7.1 Client host [mail.example.com] blocked using dbl.nordspam.com", Topic.DOMAIN),
        ("550 5.7.1 <a@example.com>: Sender address rejected: blacklisted", Topic.SENDER),
        ("421 4.7.0 [192.0.2.25 15] very low reputation of the sending 421-4.7.0 domain. blocked", Topic.DOMAIN),
        ("421 4.7.28 [192.0.2.25] unusual rate of mail from your SPF domain example.com; blocked", Topic.DOMAIN),
        ("550-5.7.1 [192.0.2.25 12] This message is likely unsolicited mail. It has been blocked.", Topic.MESSAGE),
        ("554 5.7.1 This mail from IP 192.0.2.25 was detected as spam and blocked", Topic.MESSAGE),
        ("550 Blocked: SPF says 192.0.2.25 may not send for example.com", Topic.AUTHENTICATION),
        ("450 4.2.0 Greylisted: your IP 192.0.2.25 is blocked for 300 seconds", Topic.GREYLISTING),
        ("554 Client host [192.0.2.25] blocked using zen.spamhaus.org; Error: open resolver", Topic.QUERY_ERROR),
        ("554 Client host [192.0.2.25] blocked using multi.uribl.com; 127.0.0.1 -> Query Refused", Topic.QUERY_ERROR),
        ("550 zen.spamhaus.org https://check.spamhaus.org/returnc/vol/198.51.100.53/", Topic.QUERY_ERROR),
        ("550 Relaying denied. IP name lookup failed [192.0.2.25]", Topic.RELAYING),
        ("421 Too many concurrent connections from your IP address", Topic.LIMIT),
        ("550 5.1.1 <spamhaus@example.org>: Recipient address rejected: User unknown", Topic.RECIPIENT),
        ("550 You have been blocked by the recipient", Topic.RECIPIENT),
        ("550 mailbox unavailable, see https://postmaster.gmx.net/en/case?c=r1601&i=ip&v=192.0.2.25", Topic.RECIPIENT),
        ("550 kim@example.org is not listed in our directory", Topic.RECIPIENT),
        ("550 5.1.1 <zen.spamhaus.org@example.org>: Recipient address rejected: User unknown", Topic.RECIPIENT),
        ("550 5.1.1 <kim@bl.spamcop.net>: Recipient address rejected: User unknown", Topic.RECIPIENT),
    ],
)
def test_what_quotes_a_list_or_our_address_is_not_yet_a_block(text: str, topic: Topic) -> None:
    reading = read(text)
    assert (reading.block, reading.topic) == (False, topic)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("554 Client host [192.0.2.25] blocked using bl.spamcop.net", Fault.SENDER),
        ("554 Client host [192.0.2.25] blocked using dnsbl.sorbs.net", Fault.RECEIVER),
        ("554 Client host [192.0.2.25] blocked using zen.spamhaus.org; Error: open resolver", Fault.RECEIVER),
        ("554 Sender address [a@example.com] blocked using dbl.spamhaus.org", Fault.SENDER),
        ("550 Helo command rejected: blacklisted", Fault.SENDER),
        ("550 5.7.1 SPF fail, blocked", Fault.SENDER),
        ("550 5.1.1 User unknown", None),
        ("450 Greylisted", None),
    ],
)
def test_whose_fault_it_is(text: str, fault: Fault | None) -> None:
    assert read(text).fault is fault


# Refusals as mail servers word them, by what they name.

WORDED: dict[tuple[str, str], tuple[str, ...]] = {
    ("0spam", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.0spam.org; see https://0spam.org/",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using 0spam.fusionzero.com; "
        "http://0spam.fusionzero.com/",
    ),
    ("abuse-ch", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using combined.abuse.ch; spam bot",
    ),
    ("abuse-ro", "listed"): (
        "550-rejected because 203.0.113.9 is in a black list at rbl.abuse.ro 550 Listed for sending spam, "
        "see http://abuse.ro/rbl/203.0.113.9",
    ),
    ("aol", "listed"): ("550 mx.aol.com (RTR:BB) http://postmaster.info.aol.com/errors/554rtrbb.html",),
    ("aol", "ratelimit"): ("521 5.2.1 : (CON:B1) https://postmaster.aol.com/error-codes",),
    ("aol", "rdns"): (
        "421 mtain-dk01.r1000.mx.aol.com Service unavailable - try again later (DNS:NR) "
        "http://postmaster.info.aol.com/errors/421dnsnr.html",
    ),
    ("att", "listed"): (
        "550 5.7.1 203.0.113.9 Blocked for abuse. See http://att.net/blocks",
        "550 Error. Blocked for abuse. 203.0.113.9 See http://att.net/blocks",
        "521 < 203.0.113.9 >_is_blocked.For assistance forward this error to abuse_rbl@abuse-att.net",
    ),
    ("backscatterer", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using ips.backscatterer.org; Sorry "
        "203.0.113.9 is blacklisted at http://www.backscatterer.org/?ip=203.0.113.9",
    ),
    ("barracuda", "listed"): (
        "550 5.7.1 Blocked by Barracuda RBL",
        "554 5.7.1 Blocked by BRBL http://www.barracudacentral.org/",
        "550 JunkMail rejected - mail.example.com [203.0.113.9]:4711 is in an RBL, see "
        "http://www.barracudanetworks.com/reputation/?pr=1&ip=203.0.113.9",
        '554 Message from (203.0.113.9) rejected, listed by "b.barracudacentral.org"',
        "550 5.7.1 Sender IP is blocked by Barracuda Central",
    ),
    ("cbl", "listed"): (
        "554 5.7.1 Rejected. IP 203.0.113.9 is on CBL, see http://cbl.abuseat.org/lookup.cgi?ip=203.0.113.9",
        "554 5.7.1 Client host 203.0.113.9 blocked using cbl.abuseat.org; Blocked - see "
        "http://cbl.abuseat.org/lookup.cgi?ip=203.0.113.9",
    ),
    ("cleanmail", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using rbl.cleanmail.ch",
        "554 mailfilter.example.com Cleanmail RBL: 203.0.113.9 listed",
    ),
    ("cloud86", "listed"): ("554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using rbl.cloud86.nl",),
    ("cloudmark", "listed"): (
        "554 cmsmtp 203.0.113.9 IP blacklisted by Cloudmark. For remediation please use "
        "http://csi.cloudmark.com/reset-request/ [102]",
        "550 5.2.0 mwinf5c08 ME Adresse IP source bloquee pour incident de spam. Client host blocked for "
        "spamming issues. OFR006_102 Ref http://csi.cloudmark.com [102]",
        "550 smtp-18.iol.local smtp-18.iol.local IP blacklisted by CSI. For remediation please use "
        "http://csi.cloudmark.com/reset-request/?ip=203.0.113.9 [smtp-18.iol.local; LIB_102]",
    ),
    ("countries-nerd-dk", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using cn.countries.nerd.dk; China",
    ),
    ("drbl", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using vote.drbl.gremlin.ru",
    ),
    ("drmx", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.drmx.org; http://drmx.org/lookup",
    ),
    ("dronebl", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.dronebl.org; IRC spam "
        "drone (litmus/sdbot/fyle)",
    ),
    ("dsbl", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using list.dsbl.org; "
        "http://dsbl.org/listing?203.0.113.9",
    ),
    ("dtnx", "listed"): ("550 5.7.1 Service unavailable; client [203.0.113.9] blocked using rbl.dtnx.net",),
    ("emailfiltering", "listed"): (
        "550 5.7.1 Service unavailable; client [203.0.113.9] blocked using dnsbl.emailfiltering.example",
    ),
    ("gbudb", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using truncate.gbudb.net; "
        "http://www.gbudb.com/truncate/ [203.0.113.9]",
        "550 Rule imposed as 203.0.113.9 is blacklisted on truncate.gbudb.net. To report this as an error, "
        "visit https://example.com",
    ),
    ("gmx", "listed"): (
        "554-gmx.net (mxgmx007) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is "
        "black listed. 554 For explanation visit https://postmaster.gmx.net/en/case?c=bl&i=ip&v=203.0.113.9",
    ),
    ("google-ip-reputation", "reputation"): (
        "550-5.7.1 [203.0.113.9] Our system has detected that this message is 550-5.7.1 likely suspicious "
        "due to the very low reputation of the sending IP address",
    ),
    ("google-ptr", "rdns"): (
        "550-5.7.25 [203.0.113.9] The IP address sending this message does not have a PTR record setup",
    ),
    ("hostedemail", "listed"): (
        "550 5.7.1 Service unavailable; client [203.0.113.9] blocked using urbl.hostedemail.com",
    ),
    ("hostkarma", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using "
        "hostkarma.junkemailfilter.com; Black listed at hostkarma "
        "http://ipadmin.junkemailfilter.com/remove.php?ip=203.0.113.9",
    ),
    ("imp-ch", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using spamrbl.imp.ch; spam source",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using wormrbl.imp.ch",
    ),
    ("inps", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.inps.de; see "
        "http://dnsbl.inps.de/query.cgi?ip=203.0.113.9",
    ),
    ("invaluement", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using sip.invaluement.com; see "
        "http://dnsbl.invaluement.com/lookup/?item=203.0.113.9",
    ),
    ("ionos", "listed"): (
        "554-perfora.net (mxus002) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is "
        "black listed. 554 For explanation visit "
        "http://postmaster.1and1.com/en/error-messages?ip=203.0.113.9&c=bl",
    ),
    ("ionos", "rdns"): (
        "554-kundenserver.de (mxeue011) Nemesis ESMTP Service not available 554-No SMTP service 554 invalid "
        "DNS PTR resource record, IP=203.0.113.9",
    ),
    ("justspam", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.justspam.org; IP "
        "203.0.113.9 is listed at JustSpam.org - please see "
        "http://www.justspam.org/check-an-ip?ip=203.0.113.9 for more information.",
    ),
    ("kempt", "listed"): ("554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.kempt.net",),
    ("kpn", "listed"): (
        "554 5.7.1 203.0.113.9 has been blocked for spam (ACL). kpn.nl",
        "554 5.7.1 ERROR: your IP 203.0.113.9 is blocked by KPN, see https://www.kpn.com/abuse",
    ),
    ("leadmon", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using spamguard.leadmon.net",
    ),
    ("mailru", "listed"): (
        "550 5.7.1 Access from ip address 203.0.113.9 blocked. Visit "
        "http://win.mail.ru/cgi-bin/support_bl?ip=203.0.113.9",
    ),
    ("mailspike", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.mailspike.net; LISTED "
        "(H5) :: http://mailspike.org/anubis/lookup.html",
        "550 MAIL REJECTED - IP 203.0.113.9 IS LISTED IN MAILSPIKE",
    ),
    ("microsoft", "listed"): (
        "550 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using FBLW15; To request removal "
        "from this list please forward this message to delist@messaging.microsoft.com",
        "550 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using Blocklist, mail from IP "
        "banned; To request removal from this list, please forward this message to "
        "delist@messaging.microsoft.com",
    ),
    ("microsoft", "ratelimit"): (
        "421 RP-002 (BAY0-MC3-F9) The mail server IP connecting to Outlook.com server has exceeded the rate "
        "limit on this connection. Reason for rate limitation is related to IP/domain reputation.",
        "550 5.4.300 Message expired -> 451 4.7.500 Server busy. Please try again later from [203.0.113.9]. (S77719)",
    ),
    ("microsoft", "reputation"): (
        "550 SC-003 (SNT0-MC3-F19) Unfortunately, messages from 203.0.113.9 weren't sent. Mail rejected by "
        "Outlook.com for policy reasons. The mail server IP connecting to Outlook.com server has exhibited "
        "open proxy",
    ),
    ("microsoft-banned-ip", "listed"): ("smtp;550 5.7.606 Access denied, banned sending IP [203.0.113.9]",),
    ("microsoft-ip-reputation", "ratelimit"): (
        "421 4.7.66 TLS? no: 421 4.7.650 The mail server [203.0.113.9] has been temporarily rate limited due "
        "to IP reputation",
    ),
    ("microsoft-ipv6-ptr", "rdns"): (
        "550 5.7.1 Service unavailable, sending IPv6 address [2001:db8::1] must have reverse DNS record (PTR)",
    ),
    ("microsoft-s3140", "listed"): (
        "550 5.7.1 Unfortunately, messages from [203.0.113.9] weren't sent. Please contact your Internet "
        "service provider since part of their network is on our block list (S3140).",
    ),
    ("none", "dynamic-policy"): (
        "554 Dynamic/zombied/spam IPs blocked. Write abuse@example.com",
        "550 550 Dynamic/zombied/spam IPs blocked. Write blockedbyisp@abuse.example.net",
        "554 5.7.1 <mail.example.com[203.0.113.9]>: Client host rejected: use your ISP's mail relay",
        "550 5.7.1 203.0.113.9 - Client host rejected: dynamic IP detected by hostname",
        "550 5.7.1 Mail from residential/dial-up hosts not accepted",
        "554 Access denied - Direct connections from dynamic addresses are refused, use smarthost of your ISP",
        "550 5.2.1 Mail from 203.0.113.9 refused; end-user machines must use their provider's SMTP server",
        "550 5.7.1 [203.0.113.9] Mail rejected. Dynamic/residential IP address space.",
        "550 5.7.1 Rejected, your IP is listed as dialup",
        "550 Sender has a dynamic IP address",
        "550 sent directly from an ADSL line",
        "550 Direct-to-MX from dial-up not accepted",
        "550 5.7.1 cable/dsl user, relay through your ISP",
        "554 Mail from this dynamic range must go through your provider's relay",
        "550 Mails von Einwahl-IPs werden abgelehnt",
        "550 Indirizzo IP dinamico non accettato",
        "554 5.7.1 Keine Annahme von Einwahlverbindungen / no mail from dialup",
    ),
    ("none", "rdns"): (
        "571 Message Refused: IP address 203.0.113.9 has no reverse dns",
        "550 5.7.1 Your host has no valid rDNS record. Mail server without PTR not accepted",
        "554 mx01.example.net Your IP [203.0.113.9] has no Reverse-DNS",
        "550 Cannot find PTR-record for 203.0.113.9",
        "554 5.7.1 Generic rDNS rejected: ip-203-0-113-9.example.net",
        "550 We do not accept mail from hosts with dynamic IP or generic PTR records",
        "554 5.7.1 The server sending your mail [203.0.113.9] does not have a reverse DNS entry. Connection Rejected",
        "554 Reverse DNS failure: please contact your ISP",
        "550 Failed to resolve your IP address to hostname",
        "450 4.7.1 <unknown[203.0.113.9]>: Client host rejected: cannot find your reverse hostname",
        "550 5.7.1 Access denied: reverse DNS lookup failed for 203.0.113.9",
        "421 No hostname found for IP address 203.0.113.9",
        "550 We do not accept mail from IP addresses without a hostname: 203.0.113.9",
        "550 IP 203.0.113.9 is not resolvable",
        "553 DNS and rDNS of your mail server do not match",
        "554 Ihr Server hat keinen gueltigen Reverse-DNS-Eintrag",
        "554 5.7.1 Your email was rejected because the sending mail server at 203.0.113.9 does not identify "
        "itself in DNS correctly",
        "550 Please get a custom reverse DNS name from your ISP for your host 203.0.113.9",
        "550 Mail servers must have a PTR record with a valid reverse DNS entry",
        "550 ipv6 address 2001:db8::25 has no rDNS",
        "550 5.7.1 Sorry, we require a valid PTR for IPv6",
        "550 HELO/rDNS/IP mismatch: your host has no valid reverse",
        "554 rejected - no rDNS - contact your admin",
        "550 No valid reverse lookup",
        "550 hostname of 203.0.113.9 doesn't resolve back",
        "550 5.7.1 Hostname does not match IP 203.0.113.9 (forward/reverse DNS mismatch)",
        "554 Your IP has a generic hostname; please set a proper one",
        "554 5.7.1 Twoj serwer nie posiada poprawnego rekordu PTR (revDNS)",
        "550 5.7.1 送信元ホストの逆引きができません",
        "550 IP地址没有PTR记录",
        "550 5.7.1 El DNS inverso de su IP no es valido",
        "554 5.7.1 Rejected, mail from hosts without PTR (203.0.113.9) is not accepted",
        "550 no PTR",
        "550 Rejected: No reverse DNS record. 203.0.113.9",
        "550 5.7.1 Unable to verify reverse name for 203.0.113.9",
        "450 4.7.1 Name lookup for your IP failed",
        "501 5.5.4 Your host must have a valid DNS (PTR) entry",
        "550 Access from host without hostname denied",
    ),
    ("nordspam", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.nordspam.com; listed in "
        "NordSpam, see https://www.nordspam.com/delist/",
    ),
    ("nszones", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.nszones.com; see "
        "http://www.nszones.com/ip.php?203.0.113.9",
    ),
    ("orange", "listed"): (
        "421 mwinf5c25 ME Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_999 [999]",
    ),
    ("ordb", "listed"): (
        "553 Blocked by ORDB - see http://www.ordb.org/lookup/?host=203.0.113.9",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using relays.ordb.org; ordb.org "
        "was shut down on December 18, 2006. Please remove from your mailserver.",
    ),
    ("pedantic", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using spam.pedantic.org",
    ),
    ("proofpoint", "listed"): (
        "421 4.7.1 Rejected due to IP reputation (Proofpoint Dynamic Reputation)",
        "554 5.7.1 Blocked - see https://ipcheck.proofpoint.com/?ip=203.0.113.9",
    ),
    ("psbl", "listed"): ("550-5.7.1 203.0.113.9 has been rejected by the DNSBL psbl.surriel.com",),
    ("qq", "reputation"): (
        "550 Ip frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725",
        "550 Suspected spam ip [a1 IP: 203.0.113.9]",
    ),
    ("rbl-jp", "listed"): ("554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using short.rbl.jp",),
    ("returnpath", "listed"): (
        "554 5.7.1 Blocked by ReturnPath Reputation Network Blacklist; see http://www.returnpath.net/",
    ),
    ("rota", "listed"): ("554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using mail.rota.lv",),
    ("s5h", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using all.s5h.net; 203.0.113.9 "
        "listed at http://s5h.net/",
    ),
    ("schulte", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using rbl.schulte.org; Blocked by "
        "rbl.schulte.org",
    ),
    ("senderbase", "reputation"): (
        "550 High volume of unknown users, your ip is blocked - SBRS -3.2",
        "550 5.7.1 Message rejected due to senderbase reputation",
        "554-esa1.example.net 554 Your access to this mail system has been rejected due to the sending MTA's "
        "poor reputation. If you believe that this failure is in error",
        "550 5.7.1 203.0.113.9: Rejected for bad reputation (Talos)",
        "554 5.7.1 Rejected due to bad WBRS/SBRS score",
    ),
    ("senderscore", "reputation"): (
        "554 5.7.1 Your message was rejected because your IP (203.0.113.9) has a low SenderScore reputation, "
        "see https://www.senderscore.org",
    ),
    ("sorbs", "dynamic-policy"): ("550 Dynamic IP Addresses See: http://www.sorbs.net/lookup.shtml?203.0.113.9",),
    ("sorbs", "listed"): (
        "554 5.7.0 Your server IP address is in the SORBS DNSBL database, bye",
        "550 Your message was blocked by dnsbl.sorbs.net",
    ),
    ("spamcop", "listed"): (
        "554 5.7.1 Email rejected because 203.0.113.9 is listed by bl.spamcop.net",
        "550 203.0.113.9 listed by SpamCop",
        "554 Mail from 203.0.113.9 not accepted, SPAMCOP",
        "553 Blocked by Spamcop.net",
        "550 5.7.0 [203.0.113.9] found on RBL: bl.spamcop.net",
        "550 5.7.350 Remote server returned message detected as spam -> 550 5.7.1 Service unavailable; "
        "client host [203.0.113.9] blocked using bl.spamcop.net",
    ),
    ("spameatingmonkey", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.spameatingmonkey.net; "
        "203.0.113.9 is listed, see https://spameatingmonkey.com/lookup/203.0.113.9",
    ),
    ("spamhaus", "listed"): (
        "451 http://www.spamhaus.org/query/bl?ip=203.0.113.9",
        "554 5.7.1 [203.0.113.9] Connections will not be accepted from 203.0.113.9, because the ip is in "
        "Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html",
        "550 Spamhaus-blocked: 203.0.113.9",
        "554 Mail was blocked by the Spamhaus.org RBL",
        "550 5.7.1 Service unavailable, Client host [203.0.113.9] blocked using Spamhaus. AS(1450)",
        "554 5.7.1 Votre IP est blacklistee par Spamhaus",
        "550 Blocked - See: https://www.spamhaus.org/query/ip/2001:db8::25",
    ),
    ("spamhaus-pbl", "listed"): (
        "550-The host 203.0.113.9 is listed in the DNSBL zen.spamhaus.org 550 (Listed by PBL)",
        "550 5.7.1 IP 203.0.113.9 is in the PBL of Spamhaus. Please use your provider's mail server",
        "550-Your server is listed at http://www.spamhaus.org/pbl/query/PBL123456",
        "554 Sorry, your IP is in the Spamhaus PBL (TN0000)",
    ),
    ("spamhaus-sbl", "listed"): (
        "550-Blocked: IP 203.0.113.9 found in Spamhaus SBL/CSS",
        "553 mail rejected because your IP is in the SBL. See http://www.spamhaus.org/sbl",
        "554 No mail accepted from 203.0.113.9, found in (dnsbl) sbl.spamhaus.org",
    ),
    ("spamhaus-sbl-xbl", "listed"): (
        "550-5.7.1 Email rejected because 203.0.113.9 is listed by sbl-xbl.spamhaus.org.",
    ),
    ("spamhaus-xbl", "listed"): (
        "550-rejected because 203.0.113.9 is in a black list at zen.spamhaus.org 550 "
        "https://www.abuseat.org/lookup.cgi?ip=203.0.113.9",
        "550 Sorry, we do not accept mail from 203.0.113.9, it is listed in the Exploits Block List",
        "553-mail rejected because your IP is in the XBL. See http://www.spamhaus.org/xbl",
    ),
    ("spamhaus-zen", "listed"): (
        "554 5.7.1 Your message to <kim@example.net> was blocked: sending host is listed on zen",
        "550 Ваш IP находится в спам-листе zen.spamhaus.org",
        "554 5.7.1 Refused. The IP of your server is listed by the following blacklists: zen.spamhaus.org",
        "550 [SPAMHAUS ZEN] 203.0.113.9 rejected",
        "550 mail server 203.0.113.9 blacklisted at zen.spamhaus.org -> 127.0.0.11",
        "550 Blocked using Zen (127.0.0.4)",
        "550 RBL zen.spamhaus.org=127.0.0.10 for 203.0.113.9",
    ),
    ("spamrats", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using all.spamrats.com; SPAMRATS "
        "IP Addresses See: http://www.spamrats.com/bl?203.0.113.9",
    ),
    ("spamrl", "listed"): (
        "550 203.0.113.9 is listed in spamrl.com, see https://spamrl.com/?ip=203.0.113.9",
        "550 Your IP 203.0.113.9 was found in a blacklist of SpamRL",
    ),
    ("spfbl", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.spfbl.net; "
        "https://matrix.spfbl.net/203.0.113.9",
    ),
    ("suomispam", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.suomispam.net; see "
        "http://suomispam.net/",
    ),
    ("swinog", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsrbl.swinog.ch; Spam "
        "source, see http://antispam.imp.ch/spamikaze/remove.php?ip=203.0.113.9",
    ),
    ("symantec", "listed"): (
        "553-Message filtered. Refer to the Troubleshooting page: your IP was blocked, www.symanteccloud.com",
    ),
    ("symantec", "other"): (
        "501 Connection rejected by policy [7.7] 38409 , please visit www.messagelabs.com/support for more "
        "details about this error message",
    ),
    ("trendmicro", "listed"): (
        "550 5.7.1 Mail from 203.0.113.9 refused, see http://www.mail-abuse.org/dul/",
        "550 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using Trend Micro Email Reputation "
        "Service. Please see http://www.mail-abuse.com/cgi-bin/lookup?ip_address=203.0.113.9;",
        "450 4.7.1 Service temporarily unavailable; Client host [203.0.113.9] blocked using ERS-QIL",
        "550 Service unavailable; Client host [203.0.113.9] blocked using Trend Micro RBL+; Mail from "
        "203.0.113.9 deferred",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using rbl-plus.mail-abuse.org",
    ),
    ("uceprotect-1", "listed"): (
        "550 The server's IP is on the UCE-Protect level 1 blacklist",
        "550 5.7.1 UCEPROTECT: 203.0.113.9",
    ),
    ("uceprotect-2", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl-2.uceprotect.net; Net "
        "203.0.113.0/24 is UCEPROTECT-Level 2 listed because of 5 abusers. See: "
        "http://www.uceprotect.net/rblcheck.php?ipr=203.0.113.9",
    ),
    ("uceprotect-3", "listed"): (
        "550-rejected because 203.0.113.9 is in a black list at dnsbl-3.uceprotect.net 550 Your ISP "
        "EXAMPLE/AS64500 is UCEPROTECT-Level3 listed for hosting a total of 50 abusers. See: "
        "http://www.uceprotect.net/rblcheck.php?ipr=203.0.113.9",
    ),
    ("unknown", "listed"): (
        "554 5.7.1 Mail from 203.0.113.9 rejected; IP on internal blacklist",
        "550 5.7.1 DNSBL:xxx.example",
        "554 Rejected, dnsbl",
        "550 5.7.1 Your IP address is on our RBL",
        "550 5.7.1 Connection refused - Your ip is listed as a spam source",
        "554 IP address 203.0.113.9 is blocked due to spam reports",
        "550 Denied by policy: ip in blocklist",
        "521 Your server is blocked due to sending too much spam",
        "554 5.7.1 [C12] RBL Restriction: See http://help.example.com/rbl",
        "550 [RBL] blocked 203.0.113.9",
        "554 Blacklisted (203.0.113.9)",
        "554 The sending host 203.0.113.9 has been banned",
        "550 5.0.1 ETP201 Your IP 203.0.113.9 is listed in RBL",
        "550-Your IP address is listed in our internal RBL 550 contact postmaster",
        "554 Denied [CS] [6f0b0c5b.0.123.00-2280.456.p01c12m034.mxlogic.net] (Mode: normal) ip 203.0.113.9 "
        "is blacklisted",
        "550 5.7.1 Refused by local DNSRBL: 203.0.113.9",
        "550 Host 203.0.113.9 is listed on our dns blacklist",
        "550 ERROR: the IP-address of your mailserver is blacklisted",
        "550 5.7.1 connection not accepted from blacklisted host",
        "451 You are on our blacklist. Please contact postmaster",
        "550 5.7.1 Rejected by RBL: http://rbl.interia.pl/203.0.113.9",
        "554 5.7.1 Verbindung abgelehnt. Ihre IP 203.0.113.9 ist in der RBL",
        "550 Mail refuse: votre serveur 203.0.113.9 est dans une liste noire",
        "550 Su servidor 203.0.113.9 esta bloqueado por envio de spam",
        "550 Вы в черном списке",
        "550 spam. Twoj adres IP znajduje sie na liscie RBL",
        "554 Transaction failed: your host is blocked, for spam from 203.0.113.9",
        "550-5.1.8 Sender's host 203.0.113.9 blacklisted",
        "550 Administrative prohibition: your IP 203.0.113.9 is listed at dnsbl.example.org",
        "550 5.7.1 Your message could not be delivered, since the sending IP has been banned",
        "553 sorry, your IP [203.0.113.9] is blocked (#5.7.1)",
        "550 203.0.113.9 is in deny list!",
        "550 IP 203.0.113.9 is locally blacklisted.",
        "553 5.7.1 Your network is temporary blacklisted",
        "550 5.5.0 Message refuse. Adresse IP bloquee LPN105_4xx",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.example.com; 127.0.0.2",
        "554 <mail.example.com[203.0.113.9]>: Client host rejected: Blocked for spamming",
        "550 Rejected by firewall; 203.0.113.9 blacklisted",
        "550 Mail from your IP range has been blocked",
        "550 5.7.1 IP range 203.0.113.0/24 blocked",
        "554 Your network is blocked here. Contact noc@example.com",
        "550 Spamming not allowed: 203.0.113.9 blocked",
        "550 host 203.0.113.9 is blocked for sending spam to spamtraps",
        "554 This host is in our local blacklist",
        "550 You are listed on an RBL, see http://multirbl.valli.org/lookup/203.0.113.9.html",
        "554 You are blocked because of an open relay at 203.0.113.9",
        "550 Open relay: 203.0.113.9 is listed at relays.example.org",
        "550 failed RBL check for 203.0.113.9",
        "554 Your ISP's mail server is listed in a DNS blacklist",
        "550 5.7.1 Session encountered errors: IP is blacklisted",
        "550 5.7.1 Connection from IP 203.0.113.9 has been blocked - see https://example.net/rbl?203.0.113.9",
        "550 IP 203.0.113.9 temporarily blacklisted by CSI (suspect)",
        "554 mx Connection refused. Your IP address 203.0.113.9 is on Shaw's RBL",
        "554 5.7.1 Rejeitado: IP 203.0.113.9 bloqueado",
        "550 5.7.1 El servidor de correo 203.0.113.9 se encuentra en lista negra",
        "554 5.7.1 Zablokowany adres IP 203.0.113.9",
        "554 IP被列入黑名單",
        "550 5.7.1 發信IP 203.0.113.9 被拒絕,列於RBL",
        "550 L'IP 203.0.113.9 e' bloccato per spam",
        "554 Die IP 203.0.113.9 ist auf einer Blacklist",
        "554 Der sendende Server ist auf einer RBL gelistet",
        "421 4.7.1 Client host rejected: Too many mails (blacklisted)",
        "554 5.7.1 <203.0.113.9>: Client address is listed in spamtrap database",
        "550 Your address 203.0.113.9 is temporarily blocked due to spam sent to our traps",
    ),
    ("unknown", "other"): (
        "550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.",
        "550 5.7.0 Access from your IP denied",
        "554 SMTP access from 203.0.113.9 refused",
        "554 You are not allowed to send mail to this server from 203.0.113.9",
        "550 bad sender IP address",
        "554 5.7.1 Client host rejected: may not be mail exchanger",
        "450 4.7.1 Client host rejected: Abus detected GU_EIB_02",
        "550 Extreme Bad IP Profile",
        "550 Host network not allowed",
        "550 No access from mail server 203.0.113.9",
        "554 Not currently accepting mail from your ip: see postmaster",
        "550 Rejecting open proxy 203.0.113.9",
        "554 Server access forbidden by your IP 203.0.113.9",
        "550 sorry, your remotehost looks suspiciously like spammer",
        "550 Too many unwanted messages have been sent from the following IP address above",
        "554 5.7.1 <mail.example.com[203.0.113.9]>: Client host rejected: You are not welcome here",
        "554 5.7.1 <unknown[203.0.113.9]>: Unverified Client host rejected: Access denied",
        "550 We only accept mail from whitelisted IP addresses",
        "554 5.7.1 Mail from your IP is not accepted (203.0.113.9)",
        "554 5.7.1 送信元IPアドレス203.0.113.9は拒否されました",
    ),
    ("unknown", "ratelimit"): (
        "421 Service Unavailable. 203.0.113.9 is rate limited due to poor reputation",
        "451 4.7.1 IP reputation too low, throttled",
        "421 4.7.0 Rate limited due to IP reputation of 203.0.113.9",
        "451 4.7.1 Your server has been throttled for its bad reputation",
    ),
    ("unknown", "reputation"): (
        "421 4.7.0 Your IP has been temporarily banned due to abuse",
        "550 Client IP 203.0.113.9 is blacklisted by our reputation filters",
        "452 Too many spam messages from your IP, try again later",
        "554 5.7.1 Message blocked due to the reputation of the server",
        "550 Blocked by IP reputation rbl.websitewelcome.com",
        "554 5.7.1 Ihr Mailserver wurde wegen schlechter Reputation abgelehnt",
        "550 5.7.1 Policy: poor sender reputation",
        "550 203.0.113.9 is currently sending spam see: http://example.net/",
        "554 mx.example.com cmsmtp 203.0.113.9 bad reputation",
        "554 5.7.1 Spam source blocked, see http://example.com/?ip=203.0.113.9",
        "550 This IP has sent too much spam",
        "421 4.3.2 too many bad recipients, your server reputation is low",
        "550 5.7.1 Message rejected due to low IP reputation score",
        "550 blocked due to negative reputation",
        "550 server reputation is bad",
        "550 Message refused; IP 203.0.113.9 has no reputation yet",
        "554 5.7.1 rejected by PDR: 203.0.113.9 has low reputation",
        "554 5.3.0 Rejected for excessive spam complaints against 203.0.113.9",
        "421 4.7.0 Due to complaints your IP is deferred",
        "550 SMTP connection from known spammer 203.0.113.9 refused",
        "550 Known spam source 203.0.113.9",
        "554 You are a spammer (203.0.113.9). Go away.",
    ),
    ("verizon", "listed"): (
        "571 Email from 203.0.113.9 is currently blocked by Verizon Online's anti-spam system. The email "
        "sender or Email Service Provider may visit http://www.verizon.net/whitelist and request removal of "
        "the block. 160220",
    ),
    ("virbl", "listed"): (
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using virbl.dnsbl.bit.nl; Virus "
        "sender, see http://virbl.bit.nl/",
    ),
    ("webde", "rdns"): (
        "554-web.de (mxweb005) Nemesis ESMTP Service not available 554-No SMTP service 554-Bad DNS PTR "
        "resource record. 554 For explanation visit "
        "https://postmaster.web.de/en/case?c=rdns&i=ip&v=203.0.113.9",
    ),
    ("yahoo", "reputation"): (
        "421 4.7.1 [TS01] Messages from 203.0.113.9 temporarily deferred due to user complaints - 4.16.55.1; "
        "see http://postmaster.yahoo.com/421-ts01.html",
        "421 4.7.1 [TS03] All messages from 203.0.113.9 will be permanently deferred; Retrying will NOT "
        "succeed. See http://postmaster.yahoo.com/421-ts03.html",
        "421 4.7.0 [TS02] Messages from 203.0.113.9 temporarily deferred - 4.16.56.1; see "
        "http://postmaster.yahoo.com/421-ts02.html",
        "553 Mail from 203.0.113.9 not allowed - VS1-IP Excessive unknown recipients - possible Open Relay",
    ),
}


@pytest.mark.parametrize(
    ("text", "key", "subtype"), [(text, *named) for named, texts in WORDED.items() for text in texts]
)
def test_a_refusal_of_the_address_is_read_however_it_is_worded(text: str, key: str, subtype: str) -> None:
    reading = read(text)
    assert (reading.block, reading.list, reading.subtype) == (True, key, subtype)


NO_BLOCK = (
    "550 5.7.1 The message you sent was blocked by our spam filter",
    "554 5.7.1 Message rejected due to content restrictions",
    "550 5.7.1 Message rejected by policy",
    "550 5.7.1 Access denied",
    "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
    "550 5.7.1 Sender ID (PRA) Not Permitted",
    "550 Blocked by Barracuda spam firewall: message content",
    "550 permanent failure for one or more recipients (kim@example.net:blocked)",
    "554 Service unavailable; Sender address rejected",
    "550 5.7.1 <kim@example.net>: Recipient address rejected: User unknown; blocked",
    "550 Mailbox kim@example.net has been blocked by its provider",
    "554 Message blocked: attachment name blacklisted",
    "550 5.7.1 File extension .exe is blacklisted",
    "550 SpamAssassin threshold reached (RCVD_IN_SBL, RCVD_IN_XBL): message rejected",
    "550 5.7.1 Message rejected as spam by Content Filtering.",
    "550 Sender blacklisted",
    "550 5.1.1 The recipient is not listed in our directory",
    "550 kim@example.net not listed in Domino Directory",
    "550 Your domain example.com is listed in a black list",
    "421 4.7.0 Too many connections from 203.0.113.9",
    "452 4.5.3 Too many recipients",
    "421 Connection limit reached for 203.0.113.9",
    "550 5.7.1 DMARC: 203.0.113.9 not permitted",
    "550 5.7.1 Blocked: SPF fail for 203.0.113.9, see http://www.openspf.org/why.html?ip=203.0.113.9",
    "550 5.7.26 This mail has been blocked because the sender is unauthenticated.",
    "554 5.7.1 You have been blocked by the recipient",
    "550 #5.1.0 Address rejected. Blocked",
    "451 4.7.1 Please try again later, greylisted: your IP 203.0.113.9 is not known",
    "550 URL blacklisted: http://example.com listed by Spamhaus DBL",
    "554 5.7.1 Service unavailable; Client host [mail.example.com] blocked using rhsbl.sorbs.net",
    "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org; Error: open resolver",
    "450 4.7.1 DNSBL query timed out; try later",
    "550 5.7.1 We do not relay for your IP 203.0.113.9",
    "550 5.7.0 Authentication required for 203.0.113.9",
    "553 5.1.8 Domain of sender address does not resolve",
    "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    "554 5.7.1 Message scored 12 points; rejected. Listed in URIBL_BLACK",
    "550 5.7.1 Your message was rejected because it contains a blacklisted URL",
    "550 From address blacklisted",
    "550 5.7.1 Your e-mail address is on our blacklist",
    "550 Message contains a phone number in our blacklist",
    "550 5.7.1 The domain of the sender has a bad reputation",
    "554 5.7.1 spam message rejected, reputation of links is bad",
    "553 5.7.1 relaying to foreign hosts is prohibited by this host",
    "550 Mail rejected by recipient's blacklist: news@example.com",
    "554 5.7.1 Delivery not authorized, message refused",
    "451 4.3.5 Server configuration error; client checks unavailable",
    "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
    "550 5.1.8 Access denied, bad outbound sender",
    "550 5.7.501 Access denied, spam abuse detected",
    "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains",
    "554 5.2.0 STOREDRV.Deliver.Exception:AccountDisabledException",
    "550 5.7.520 Access denied, Your organization does not allow external forwarding",
    "421 4.4.2 Connection dropped due to SocketError",
    "550 5.2.0 Content rejected (F-Secure): reputation of attachment",
    "421 4.3.2 System not accepting network messages",
    "451 4.7.0 Temporary server error. Please try again later. PRX2",
    "550 5.6.0 CAT.InvalidContent.Exception",
    "501 5.1.7 Bad sender address syntax",
    "554 5.7.1 [P4] Message blocked due to spam content in the message.",
    "550 Unroutable address; host lookup did not complete: DNS server failure",
    "550 relay not permitted, client host not in list",
    "554 5.7.1 <kim@example.net>: Relay access denied; client 203.0.113.9",
    "550 5.7.1 Your message contains words on our blacklist",
    "550 5.1.1 kim blocked@example.net: user unknown",
    "550 The mailbox is blocked",
    "550 account blocked due to spam",
    "550 This account has been temporarily blocked",
    "454 4.7.1 Relay access denied",
    "550 5.7.1 Sender domain blocked",
    "550 5.4.4 Invalid domain: DNS lookup failed",
    "553 5.4.3 Unable to look up host: DNS server failure",
    "550 5.1.2 Host unknown: name server: host not found",
    "554 Message refused: blacklisted attachment type",
    "550 Sorry, too many SMTP AUTH failures",
    "550 Please turn on SMTP Authentication in your mail client, or login to the IMAP/POP3 server before "
    "sending your message. mail.example.com [203.0.113.9]:4711 is not permitted to relay through this "
    "server without authentication.",
    "421 Server busy, too many connections from your host",
    "550 5.7.1 Content rejected. See blocklist policy",
    "554 5.7.1 Message cannot be accepted, virus found",
    "550 Message looks like spam. Your IP 203.0.113.9 was logged",
    "550 Your message was identified as SPAM (score 12.1) from 203.0.113.9",
    "571 Message refused. Spam content from 203.0.113.9",
    "554 The message was rejected because it contains prohibited virus or spam content",
    "552 5.7.0 Our system detected an illegal attachment on your message",
    "550 5.7.1 Our system has detected that this message is not RFC 5322 compliant",
    "421 4.7.0 Try again later, closing connection",
    "451 4.2.1 Mailbox temporarily disabled: mail from 203.0.113.9 deferred",
    "550 Recipient has blocked your address news@example.com",
    "550 user has moved; new address is not listed",
    "550 list posting denied; you are not subscribed to the list",
    "550 5.7.1 You are not allowed to post to this mailing list; list is closed",
    "550 5.1.1 Unlisted recipient",
    "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to the recipient "
    "because the sender isn't on the recipient's allowed senders list",
    "550 Your message wasn't delivered because the recipient's email provider rejected it.",
    "550 5.7.133 sender not authenticated for group",
    "530 5.7.57 Client not authenticated to send mail [AM0PR00.eurprd00.prod.outlook.com]",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    "451 4.4.0 DNS query failed",
    "450 4.1.2 <kim@example.net>: Recipient address rejected: Domain not found",
    "550 MX points to blacklisted host for sender domain example.com",
    "550 5.7.27 Sender address has null MX",
    "554 5.7.1 spam found, listed by CLOUDMARK Authority",
    "550 5.7.1 Message blocked by Cloudmark content engine",
    "554 5.6.0 Message contains invalid header; see barracuda",
    "550 rejected by proofpoint: message flagged as phish",
    "550 Symantec Mail Security: virus detected",
    "550 5.7.1 message detected as spam by Sophos",
    "552 spam score exceeded threshold",
    "554 5.7.1 Message rejected: DKIM failed for a domain on the list",
    "550 5.7.1 Blocked by policy",
    "552-5.7.0 This message was blocked because its content presents a potential 552-5.7.0 security "
    "issue. Please visit 552 5.7.0 https://support.google.com/mail/?p=BlockedMessage to review our "
    "message content",
    "554 Message rejected on 2026/11/24 GMT. See http://www.example.net/blocked",
    "550 Your message was blocked due to a rule of the recipient",
    "550 5.7.1 <news@example.com>: Sender address rejected: blocked",
    "550 5.2.1 user blocked",
    "553 This user is blocked",
    "552 Attachment blocked",
    "550 No thank you rejected: Account Unavailable: Possible Forgery",
    "550 cuda_nsu kim@example.net",
    "550 (kim@example.net): blocked",
    "550 #5.7.1 SPF unauthorized mail is prohibited.",
    "550 Header From blocked",
    "554 5.7.1 The file attachment is on the block list",
    "550 5.1.1 Mailbox not listed",
    "550 5.7.1 mail from news@example.com blocked by user",
    "550 Sorry, this list does not accept mail from non-members",
    "550 The host example.org is not in our list of accepted domains",
    "550 5.7.1 Requested action not taken: message refused, domain not in the whitelist",
    "451 4.7.1 <kim@example.net>: Recipient address rejected: Policy Rejection- Please try later.",
    "450 4.7.1 Error: too much mail from 203.0.113.9",
    "554 5.7.1 Service unavailable; message blocked by SpamAssassin",
    "554 Rejected for policy reasons: dangerous content, virus signature listed",
    "550 Message size is too large; the server blocks attachments",
    "554 no valid recipients, bye. Host 203.0.113.9 logged",
    "550 5.1.0 Address rejected kim@example.net; client host mail.example.com",
    "421 Unexpected failure, please try later. Host mx.example.net",
    "550 unknown user; your host name was logged",
    "451 Could not complete sender verify callout for <news@example.com>",
    "550 sender verify fail for <news@example.com>: The mail server could not deliver mail; host lookup failed",
    "450 4.1.8 <news@example.com>: Sender address rejected: Domain not found; cannot resolve",
    "550 5.7.1 Command rejected; AUTH required from this host",
    "535 5.7.8 Username and Password not accepted",
    "421 Timeout waiting for data from client",
    "221 host closing connection",
    "451 4.4.1 [internal] Connection refused: host mx2.example.net",
    "554 5.7.1 Mail from news@example.com denied: address is listed as spam sender",
    "550 5.7.1 Your message was judged to be spam by our reputation engine for content",
    "550 5.7.1 This message does not comply with required standards.",
    "553 5.7.1 [BLOCKED] subject contains forbidden words",
    "550 5.7.1 Rejected: URL reputation",
    "550 Unable to add kim@example.net because host 0.0.0.0 not listening",
    "550 invalid DNS MX or A/AAAA resource record",
    "550 5.7.1 Domain of sender has no valid MX or A record, DNS problem",
    "553 5.1.8 Sender domain does not have valid DNS entry",
    "450 Requested mail action not taken: mailbox unavailable, sender's DNS is broken",
    "554-No SMTP service 554 invalid HELO/EHLO argument",
    "554 gmx.net Nemesis ESMTP Service not available; Requested action aborted: local error in processing",
    "421 gmx.net (mxgmx007) Nemesis ESMTP Service not available",
    "554 5.7.5 Permanent Error Evaluating DMARC policy",
    "550 5.0.350 Remote server returned an error -> 550 5.1.1 unknown",
    "550 5.0.1 Recipient rejected",
    "552 5.2.2 This message is larger than the current system limit or the recipient's mailbox is full",
    "421 4.7.0 unexpected DATA, too many errors",
    "550 5.7.1 Spam detected by content filter (Cloudmark)",
    "550 5.7.1 Message rejected because of a virus on the list",
    "550 5.7.0 Message blocked, it is listed as bulk mail",
    "554 5.7.1 Message content is listed in the pattern database",
    "550 Blocked by user filter",
    "550 5.7.1 Recipient kim@example.net has been listed for removal",
    "550 Message blocked by rule 12 of the host",
    "550 5.1.3 Bad destination mailbox address: host mx.example.net",
    "550 5.4.0 host example.net refused to talk to me",
    "451 4.4.4 DNS error: temporary lookup failure on server",
    "550 sender denied: address not listed in LDAP",
    "553 5.3.0 <kim@example.net>... No such host listed",
    "550 5.7.1 mail refused: your message contains a blocked file",
    "450 4.7.1 you are not on the allowlist yet, please retry later (greylisting)",
    "550 Relay denied. Your IP is not on the list of allowed relays",
    "550 5.7.1 Your IP 203.0.113.9 is not authorized to relay",
    "550 5.7.1 You are not authorized to send on behalf of example.com",
)


@pytest.mark.parametrize("text", NO_BLOCK)
def test_what_is_about_anything_but_the_address_is_no_block(text: str) -> None:
    reading = read(text)
    assert not reading.block
    assert reading.topic not in (Topic.ADDRESS, Topic.DEAD_LIST)


# The address that is refused.


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


# Laws.

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


# No pattern may take longer than its text is long.

MEGABYTE, PART = 2**20, 2**16


def repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def seconds(search: Callable[[str], object], text: str) -> float:
    # Of this process alone: others use the machine too.
    start = time.process_time()
    search(text)
    return time.process_time() - start


def grows_with_the_text(search: Callable[[str], object], piece: str, small: int, large: int) -> bool:
    """Whether a longer text takes no more than its share, with some room."""
    part, whole = repeated(piece, small), repeated(piece, large)
    return any(seconds(search, whole) <= max(seconds(search, part), 1e-4) * (large // small) * 8 for _ in range(4))


def adversaries(row: Row) -> list[str]:
    """Texts that a pattern nearly fits, over and over: a word of it, the beginning of its sample, what it repeats."""
    clean = tidied(row.sample.lower())
    return [row.words.split()[0].lstrip("~"), f"{clean[: len(clean) // 2]} ", "a", "1. "]


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=named)
def test_no_pattern_takes_longer_than_its_text_is_long(row: Row) -> None:
    search = compiled(row.pattern).search
    assert [piece for piece in adversaries(row) if not grows_with_the_text(search, piece, PART, MEGABYTE)] == []


@pytest.mark.parametrize("piece", ["a", "1.", "550-", "a.", ":", "[", "192.0.2.", "blocked using ", "x@", "0:", "zen."])
def test_a_reply_of_a_megabyte_costs_no_more_than_one_of_the_limit(piece: str) -> None:
    assert any(
        seconds(read, repeated(piece, MEGABYTE)) <= max(seconds(read, repeated(piece, LIMIT)), 1e-4) * 4
        for _ in range(3)
    )
    assert grows_with_the_text(read, piece, LIMIT // 16, LIMIT)
