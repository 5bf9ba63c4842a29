"""What Apple, hosting and access providers answer, by their codes."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype

_LISTED, _REPUTATION, _RATELIMIT = Subtype.LISTED, Subtype.REPUTATION, Subtype.RATELIMIT
_DYNAMIC, _RDNS = Subtype.DYNAMIC_POLICY, Subtype.RDNS

APPLE = (
    Row(
        " ".join(f"hcm{number}" for number in range(10)),
        r"\[hcm\d\]",
        "550 5.7.1 [HCM2] Mail from 192.0.2.25 was rejected. See support.apple.com",
        "apple",
        _REPUTATION,
    ),
    Row(
        "apple icloud",
        r"\A(?!.*(?:\[cs\d|\[hm|local policy)).*?mail from (?:ip )?\[?[\d.:a-f]{5,45}\]? (?:was "
        r"|has been )?rejected.{0,200}\b(?:apple|icloud)\b",
        "550 5.7.1 Your mail from 192.0.2.25 has been rejected, see https://support.apple.com/",
        "apple",
        _REPUTATION,
    ),
)

AMERICA = (
    Row(
        "ib103 ib104 ib105 ib106 ib107",
        r"\bib10[3-7]\b",
        "554 Connection refused. 192.0.2.25 is blocked here. IB105",
        "godaddy",
    ),
    Row(
        "ib108 ib109",
        r"\bib10[89]\b",
        "554 Connection refused. 192.0.2.25 has sent too much. IB109",
        "godaddy",
    ),
    Row(
        "ib110 ib111 ib112 ib113 ib212",
        r"\bib1(?:10|11|12|13)\b.{0,60}|(?:this|your) ip (?:address )?has been blocked.{0,160}\bib\d{3}\b",
        "554 This IP has been blocked for the day, for mail that was judged to be spam. IB110",
        "godaddy",
        _REPUTATION,
    ),
    Row(
        "comcast",
        r"#(?:\d{3}/)?(?:pt|dn)\d{6}|comcast requires .{0,80}(?:ptr|reverse)|comcast\b.{0,80}\b(?:no ptr|reverse dns)",
        "421 Comcast requires that mail servers have a PTR record, see "
        "http://postmaster.comcast.net/smtp-error-codes.php#PT000001",
        "comcast",
        _RDNS,
    ),
    Row(
        "comcast",
        r"#rl\d{6}",
        "421 192.0.2.25 is throttled by Comcast, see http://postmaster.comcast.net/smtp-error-codes.php#RL000001",
        "comcast",
        _RATELIMIT,
    ),
    Row(
        "comcast",
        r"#es0000(?:1\d|01)\b",
        "554 192.0.2.25 is dynamic for Comcast, see http://postmaster.comcast.net/smtp-error-codes.php#ES000010",
        "comcast",
        _DYNAMIC,
    ),
    Row(
        "comcast",
        r"#bl00001\d|\bcomcast\b.{0,120}dnsbls?\b",
        "554 comcast 192.0.2.25 found on one or more DNSBLs, see "
        "http://postmaster.comcast.net/smtp-error-codes.php#BL000010",
        "comcast",
        _LISTED,
    ),
    Row(
        "comcast",
        r"#bl\d{6}|comcast block for spam|\bcomcast\b.{0,60}\b(?:blocked|blacklisted)\b",
        "554 192.0.2.25 Comcast block for spam. See http://postmaster.comcast.net/smtp-error-codes.php#BL000000",
        "comcast",
        _REPUTATION,
    ),
    Row("aup", r"aup#cx(?:dns|rdns)", "554 192.0.2.25 refused. AUP#CXDNS", "cox", _RDNS),
    Row("aup", r"aup#ipbl0001", "554 cox refuses 192.0.2.25. AUP#IPBL0001", "cox", _LISTED, also=("spamhaus-zen",)),
    Row("aup", r"aup#ipbl0010", "554 cox refuses 192.0.2.25. AUP#IPBL0010", "cox", _LISTED, also=("returnpath",)),
    Row("aup", r"aup#ipbl0100", "554 cox refuses 192.0.2.25. AUP#IPBL0100", "cox", _LISTED, also=("invaluement",)),
    Row("aup", r"aup#ipbl1000", "554 cox refuses 192.0.2.25. AUP#IPBL1000", "cox", _LISTED, also=("cloudmark",)),
    Row("aup", r"aup#(?:cxbl|rbl|rpbl|ipbl|blk|bl)", "554 cox refuses 192.0.2.25. AUP#CXBL", "cox", _LISTED),
    Row("aup", r"aup#cdrbl", "554 cox refuses 192.0.2.25. AUP#CDRBL", "cox", _REPUTATION),
    Row(
        "aup",
        r"aup#(?:in?|o)?-?12[01]0\b",
        "554 ESMTP server not available AUP#I-1210",
        "spectrum",
        _LISTED,
        also=("cloudmark",),
    ),
    Row(
        "aup",
        r"aup#(?:in?|o)?-?12[2-5]0\b",
        "554 ESMTP server not available AUP#I-1230",
        "spectrum",
        _LISTED,
        also=("spamhaus",),
    ),
    Row("aup", r"aup#(?:in?|o)?-?1(?:0[012]|20)\d\b", "554 ESMTP server not available AUP#I-1000", "spectrum", _LISTED),
    Row(
        "attrbl 521 att",
        r"\battrbl\b|dnsbl:\w{0,30}rbl 521|521 ?<.{1,60}> ?_?is_blocked|\batt\.net/block",
        "553 5.3.0 mx.example.com DNSBL:ATTRBL 521< 192.0.2.25 >_is_blocked.",
        "att",
        _LISTED,
    ),
    Row(
        "verizon",
        r"blocked by verizon|verizon\b.{0,80}(?:\bip\b|block)|verizon\.net/whitelist",
        "571 Mail from 192.0.2.25 is currently blocked by Verizon Online's anti-spam system.",
        "verizon",
        _LISTED,
    ),
    Row(
        "g1f g1c g1a g1b g1d g1e",
        r"\(g1f\)",
        "450 4.7.1 Client host 192.0.2.25 has no PTR record (G1F)",
        "rackspace",
        _RDNS,
    ),
    Row(
        "blocked",
        r"sender's mail server is blocked",
        "554 5.7.1 <mail.example.com[192.0.2.25]>: Client host rejected: The sender's mail server is blocked",
        "rackspace",
        Subtype.OTHER,
        near="sender",
    ),
)

# Hosts of one platform, and nothing that only begins or ends as they do.
_GMX = r"(?<![\w-])(?:gmx(?:\.(?:net|com|de|at|ch))?|web\.de|mail\.com|ionos\.\w{2,4}|1and1\.\w{2,4})(?![\w-]|\.\w)"
_OFR = " ".join(["ofr", "lpnaaa", "lpn", *(f"{who}{number:03}" for who in ("ofr", "lpn") for number in range(1, 20))])
EUROPE = (
    Row(
        _OFR,
        r"\b(?:ofr|lpn)\w{0,30}_114\b",
        "550 5.5.0 Service refuse, no reverse name. OFR006_114 [114]",
        "orange",
        _RDNS,
    ),
    Row(
        _OFR,
        r"\b(?:ofr|lpn)\w{0,30}_101\b",
        "550 5.5.0 Service refused. OFR_101 [101]",
        "orange",
        _LISTED,
        also=("spamhaus",),
    ),
    Row(
        _OFR,
        r"\b(?:ofr|lpn)\w{0,30}_(?:10[23]|109|115|12\d|21\d|999)\b",
        "550 mwinf1 ME Service refuse. Service refused, please try later. LPN007_103 192.0.2.25 [103]",
        "orange",
        _LISTED,
    ),
    Row(
        "dial toda",
        r"\btoda@rx\.t-online\.de|\(dial\)",
        "554 IP=192.0.2.25 - Dialup/transparent proxy not allowed. Contact toda@rx.t-online.de. (DIAL)",
        "t-online",
        _DYNAMIC,
    ),
    Row(
        "tosa",
        r"\btosa@rx\.t-online\.de|t-online\.de.{0,80}\(bl\)",
        "554 IP=192.0.2.25 - A problem occurred. Contact tosa@rx.t-online.de. (BL)",
        "t-online",
        _LISTED,
    ),
    Row(
        "tobr nowl fpts",
        r"\b(?:tobr|fpts)@rx\.t-online\.de|\(nowl\)|none/bad reputation",
        "554 IP=192.0.2.25 - None/bad reputation. Contact tobr@rx.t-online.de for reset. (NOWL)",
        "t-online",
        _REPUTATION,
    ),
    Row(
        "rdns ptr reverse",
        rf"(?:nemesis|{_GMX}).{{0,300}}(?:\bptr\b|rdns|reverse)|(?:\bptr\b|rdns|reverse).{{0,300}}{_GMX}",
        "554-gmx.net Nemesis ESMTP Service not available 554-Bad DNS PTR resource record. "
        "http://postmaster.gmx.net/en/case?c=rdns&i=ip&v=192.0.2.25",
        "gmx",
        _RDNS,
        near="nemesis gmx web mail ionos 1and1",
    ),
    Row(
        "r0201 bip dip nemesis",
        r"c=(?:r0201|bip|bl|dip)\b|nemesis .{0,120}(?:black|block|reputation|no smtp service)",
        "554 For an explanation visit https://postmaster.gmx.net/en/case?c=bip&i=ip&v=192.0.2.25",
        "gmx",
        _LISTED,
    ),
    Row(
        "block black",
        r"\A.{0,120}?\bip address is (?:block|black) ?listed\b",
        "550 <someone@example.org>: IP address is block listed",
        "gmx",
        _LISTED,
        near="ip",
    ),
    Row(
        "spams",
        r"too many spams? from your ip|postmaster\.free\.fr.{0,80}(?:\bip\b|spam)",
        "550 5.7.1 too many spams from your IP (192.0.2.25), please visit http://postmaster.free.fr/",
        "free-fr",
        _REPUTATION,
    ),
    Row(
        "bl ~access",
        r"mail\.ru/cgi-bin/support_bl|access from ip address \S{1,60} blocked",
        "550 Access from IP address 192.0.2.25 blocked. See https://mail.ru/cgi-bin/support_bl?ip=192.0.2.25",
        "mailru",
        _LISTED,
    ),
    Row(
        "kpn kpnmail kpnxchange",
        r"\bkpn(?:mail|xchange)?\b.{0,120}(?:\bip\b|block|black|reputation)|(?:\bip\b|block|black"
        r"|reputation).{0,120}\bkpn(?:mail|xchange)?\b",
        "554 5.7.1 IP 192.0.2.25 is refused by KPN",
        "kpn",
    ),
)

ASIA = (
    Row(
        "dt",
        r"\bdt:spm\b.{0,160}/feedback/",
        "550 5.7.0 DT:SPM .See https://fb.qiye.163.example/static/feedback/#/bounce/abc",
        "netease",
        Subtype.OTHER,
    ),
    Row(
        "hl rp",
        r"\bhl:(?:rep|ipb|ihu)\b|\brp:(?:trc|cel)\b.{0,80}\bip\b",
        "421 HL:REP 163 smtp1, see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.25",
        "netease",
        _REPUTATION,
    ),
    Row(
        "suspected frequency",
        r"suspected spam ip|\bip frequency (?:is )?limited",
        "550 Suspected spam ip http://service.mail.qq.com/cgi-bin/help?id=1",
        "qq",
        _REPUTATION,
    ),
    Row(
        "qq",
        r"(?:connection denied|\bip\b.{0,40}(?:den|block|reject|black|limit)).{0,120}mail\.qq\.com",
        "550 Connection denied http://service.mail.qq.com/cgi-bin/help?id=2",
        "qq",
        Subtype.OTHER,
    ),
)

PROVIDERS = (*APPLE, *AMERICA, *EUROPE, *ASIA)
