"""Refusals of an address as mail servers word them, by the list or receiver that they name."""

import pytest

from tests.rules.replies.reading import read

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
