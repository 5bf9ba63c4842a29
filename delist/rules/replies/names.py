"""Lists and makers of filters, as replies call them in words."""

import re

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype

_LISTED, _REPUTATION, _RDNS = Subtype.LISTED, Subtype.REPUTATION, Subtype.RDNS
# What makes the name of a filter's maker the name of a list.
_LIST = r"(?:ip|reputation|rbl|dnsbl|black ?list\w{0,30}|block ?list\w{0,30}|blocked using|listed)"


def _name(pattern: str) -> str:
    """Return the pattern of a name that stands by itself, and is no part of a host name or a mail address."""
    if pattern.isalnum():
        # A search is fast that begins with letters.
        return rf"{pattern}(?<![\w.@-]{pattern})(?![\w@]|\.\w)"
    return rf"(?<![\w.@-])(?:{pattern})(?![\w@]|\.\w)"


def _short(pattern: str) -> str:
    """Return the pattern of an abbreviation: as `_name`, and no label of a zone, which whoever owns it chose."""
    if pattern.isalnum():
        return rf"{pattern}(?<![\w.@+-]{pattern})(?![\w@+-]|\.\w)"
    return rf"(?<![\w.@+-])(?:{pattern})(?![\w@+-]|\.\w)"


SPAMHAUS = (
    Row(
        "spl sbl",
        _short(r"s[bp]l[-/+]xbl"),
        "550 5.7.1 192.0.2.25 found in SBL-XBL listing",
        "spamhaus-sbl-xbl",
        _LISTED,
    ),
    Row(
        "pbl block blocklist",
        _short("pbl") + "|policy block ?list",
        "553 your IP is in the PBL",
        "spamhaus-pbl",
        _LISTED,
    ),
    Row(
        "xbl shxbl block blocklist",
        _short("(?:sh)?xbl") + "|exploits? block ?list",
        "554 Denied [SHXBL] 192.0.2.25",
        "spamhaus-xbl",
        _LISTED,
    ),
    Row(
        "css",
        r"\b(?:listed (?:by|in|on) (?:the )?css|spamhaus css|css (?:list|component))(?![\w@-]|\.\w)",
        "550 192.0.2.25 listed by CSS",
        "spamhaus-css",
        _LISTED,
    ),
    Row("sbl", _short("sbl"), "554 192.0.2.25 is in the SBL", "spamhaus-sbl", _LISTED),
    Row(
        "zen",
        r"spamhaus[ -]?(?:'s )?zen\b|spamhaus\.org/zen|\bzen (?:rbl|dnsbl|block ?list|black ?list|list)\b"
        r"|(?:listed|blocked|using|by) (?:\w{1,30} )?zen\b(?!\.)",
        "550 Your address is listed by Spamhaus ZEN",
        "spamhaus-zen",
        _LISTED,
    ),
    Row("spamhaus", _name(r"spamhaus"), "554 192.0.2.25 was refused, being listed by Spamhaus", "spamhaus", _LISTED),
)

LISTS = (
    Row("spamcop", _name(r"spamcop"), "550 5.7.1 Rejected: IP in SpamCop blacklist", "spamcop", _LISTED),
    Row("sorbs", r"\bsorbs[ -]du(?:h)?l\b", "554 192.0.2.25 is on SORBS-DUL", "sorbs-dul", Subtype.DYNAMIC_POLICY),
    Row("sorbs", _name(r"sorbs"), "554 192.0.2.25 is listed in SORBS", "sorbs", _LISTED),
    Row(
        "uceprotect uceprotectl2",
        r"uceprotect(?:\W?\w{1,30})?[ -]{0,2}(?:l|level) ?-?2\b|uceprotectl2\b|uceprotect-2\b",
        "550 192.0.2.25 is UCEPROTECT-Level 2 listed",
        "uceprotect-2",
        _LISTED,
    ),
    Row(
        "uceprotect uceprotectl3",
        r"uceprotect(?:\W?\w{1,30})?[ -]{0,2}(?:l|level) ?-?3\b|uceprotectl3\b|uceprotect-3\b",
        "550 192.0.2.25 is UCEPROTECT-Level 3 listed",
        "uceprotect-3",
        _LISTED,
    ),
    Row("uceprotect protect", r"uce-?protect", "550 192.0.2.25 is UCEPROTECT listed", "uceprotect-1", _LISTED),
    Row(
        "backscatterer",
        _name(r"backscatterer"),
        "550 192.0.2.25 is in the Backscatterer list",
        "backscatterer",
        _LISTED,
    ),
    Row("psbl", _name(r"psbl"), "550 192.0.2.25 listed in PSBL", "psbl", _LISTED),
    Row("cbl", _short("cbl") + "|composite block", "554 192.0.2.25 is in the CBL", "cbl", _LISTED),
    Row("wpbl", _name(r"wpbl"), "554 192.0.2.25 in WPBL", "wpbl", _LISTED),
    Row("nixspam manitu", r"\bnixspam\b|nix spam|\bmanitu\b", "550 192.0.2.25 on the NiXSpam list", "manitu", _LISTED),
    Row("njabl", _name(r"njabl"), "550 192.0.2.25 listed by NJABL", "njabl", _LISTED),
    Row("dsbl", _name(r"dsbl"), "550 192.0.2.25 listed by DSBL", "dsbl", _LISTED),
    Row("ordb", _name(r"ordb"), "550 192.0.2.25 listed by ORDB", "ordb", _LISTED),
    Row("ahbl", _name(r"ahbl"), "550 192.0.2.25 listed by AHBL", "ahbl", _LISTED),
    Row("virbl", _name(r"virbl"), "550 192.0.2.25 listed by VirBL", "virbl", _LISTED),
    Row("hostkarma junkemailfilter", r"hostkarma|junk ?email ?filter", "550 Listed by HOSTKARMA", "hostkarma", _LISTED),
    Row(
        "spamrats rats",
        r"spam ?rats|\brats-(?:dyna|noptr|spam)",
        "550 192.0.2.25 listed by SpamRATS",
        "spamrats",
        _LISTED,
    ),
    Row("abusix abusixip", _name(r"abusix(?:ip)?"), "550 192.0.2.25 listed by Abusix", "abusix", _LISTED),
    Row("mailspike", _name(r"mailspike"), "550 192.0.2.25 listed by Mailspike", "mailspike", _LISTED),
    Row("dronebl", _name(r"dronebl"), "550 192.0.2.25 in DroneBL", "dronebl", _LISTED),
    Row("nordspam", _name(r"nordspam"), "550 192.0.2.25 in NordSpam", "nordspam", _LISTED),
    Row("gbudb truncate", _name(r"gbudb"), "550 192.0.2.25 in GBUdb", "gbudb", _LISTED),
    Row("spfbl", _name(r"spfbl"), "550 192.0.2.25 in SPFBL", "spfbl", _LISTED),
    Row("0spam", _name(r"0spam"), "550 192.0.2.25 in 0spam", "0spam", _LISTED),
    Row(
        "eatingmonkey spameatingmonkey eating",
        r"spam ?eating ?monkey|\bsem-?black\b",
        "550 192.0.2.25 in Spam Eating Monkey",
        "spameatingmonkey",
        _LISTED,
    ),
    Row("lashback", _name(r"lashback"), "550 192.0.2.25 in LashBack", "lashback", _LISTED),
    Row("invaluement ivmsip", r"\binvaluement\b|\bivmsip\b", "550 192.0.2.25 in ivmSIP", "invaluement", _LISTED),
    Row("blocklist", r"\bblocklist\.de\b", "550 192.0.2.25 in blocklist.de", "blocklist-de", _LISTED),
    Row("kisa kisarbl", _name(r"kisa(?: rbl)?|rbl kisa|kisarbl"), "550 192.0.2.25 in the KISA RBL", "kisa", _LISTED),
    Row("interserver", _name(r"interserver"), "550 192.0.2.25 blocked by InterServer", "interserver", _LISTED),
    Row("suomispam", _name(r"suomispam"), "550 192.0.2.25 in Suomispam", "suomispam", _LISTED),
    Row("zapbl", _name(r"zapbl"), "550 192.0.2.25 in ZapBL", "zapbl", _LISTED),
    Row("swinog", _name(r"swinog"), "550 192.0.2.25 in SWINOG's list", "swinog", _LISTED),
    Row("justspam", _name(r"justspam"), "550 192.0.2.25 in JustSpam", "justspam", _LISTED),
    Row("leadmon", _name(r"leadmon"), "550 192.0.2.25 in the list of Leadmon", "leadmon", _LISTED),
    Row("cobion", _name(r"cobion"), "550 192.0.2.25 in Cobion", "cobion", _LISTED),
    Row("postini", _name(r"postini"), "550 192.0.2.25 blocked by Postini", "postini", _LISTED),
    Row("spamrl", _name(r"spamrl"), "550 192.0.2.25 is in SpamRL", "spamrl", _LISTED),
    Row("cleanmail", _name(r"cleanmail"), "554 192.0.2.25 is refused by the Cleanmail RBL", "cleanmail", _LISTED),
    Row("drmx", _name(r"drmx"), "550 192.0.2.25 in DrMX", "drmx", _LISTED),
    Row("hostedemail", _name(r"hostedemail"), "550 192.0.2.25 is refused by hostedemail", "hostedemail", _LISTED),
)

MAKERS = (
    Row(
        "barracuda brbl",
        r"barracuda ?(?:central|networks?|'s)? ?(?:ip |sender )?(?:reputation|rbl|brbl|black|block|list)"
        r"|\bbrbl\b|listed (?:by|in|on|at) (?:the )?barracuda"
        r"|blocked (?:using|by) (?:the )?barracuda(?! spam)",
        "554 Client host [192.0.2.25] blocked using Barracuda Reputation",
        "barracuda",
        _LISTED,
    ),
    Row(
        "cloudmark csi",
        r"poor reputation .{0,40}(?:cloudmark|\bcsi\b)|csi\.cloudmark\.com.{0,80}poor reputation"
        r"|cloudmark.{0,60}poor reputation",
        "554 192.0.2.25 has a poor reputation on Cloudmark Sender Intelligence (CSI)",
        "cloudmark",
        _REPUTATION,
    ),
    Row(
        "cloudmark",
        rf"cloudmark (?:sender intel\w{{1,30}}|csi)|\bcloudmark\b(?! (?:authority|gateway|content"
        rf"|engine)).{{0,80}}\b{_LIST}\b|\b{_LIST}\b.{{0,80}}\bcloudmark\b(?! (?:authority|gateway|content"
        rf"|engine))",
        "550 5.7.1 client [192.0.2.25] blocked using Cloudmark Sender Intelligence",
        "cloudmark",
        _LISTED,
    ),
    Row(
        "trend micro ers dul qil",
        r"trend ?micro e-?mail reputation (?:database|service)|deferred using trend",
        "450 Mail from 192.0.2.25 deferred using Trend Micro Email Reputation database",
        "trendmicro",
        _REPUTATION,
    ),
    Row(
        "rbl",
        r"rbl\+",
        "550 5.7.1 Mail from 192.0.2.25 blocked using Trend Micro RBL+",
        "trendmicro",
        _LISTED,
    ),
    Row(
        "ers trend trendmicro maps",
        rf"\bers-(?:qil|dul|rbl)|trend ?micro\b.{{0,60}}\b{_LIST}\b|\b{_LIST}\b.{{0,60}}\btrend ?micro\b"
        rf"|\bmaps[ -](?:rbl|dul|rss|ops)",
        "550 5.7.1 Mail from 192.0.2.25 is blocked, listed by Trend Micro",
        "trendmicro",
        _LISTED,
    ),
    Row(
        "sbrs senderbase ironport talos reputation originating",
        r"\bsbrs\b|senderbase|spam or virus content originating from your|sending mta(?:'s|s"
        r"|'s)? poor reputation|\b(?:ironport|talos)\b.{0,80}(?:reputation|block|\bip\b)"
        r"|reputation.{0,80}\b(?:ironport|talos)\b",
        "554 Your access has been rejected due to the sending MTA's poor reputation",
        "senderbase",
        _REPUTATION,
    ),
    Row(
        "senderscore score",
        r"\bsender ?score\b(?! over)",
        "554 5.7.1 Client host [192.0.2.25] is on the Senderscore list",
        "senderscore",
        _LISTED,
    ),
    Row(
        "returnpath path",
        rf"\breturn ?path\b(?:'s)? {_LIST}|{_LIST} (?:\w{{1,30}} ){{0,2}}return ?path\b",
        "554 192.0.2.25 is on the ReturnPath reputation list",
        "returnpath",
        _LISTED,
    ),
    Row(
        "proofpoint pdr",
        r"proofpoint\.com/dnsbl|proofpoint (?:dynamic )?(?:reputation|block ?list)|\bip\b.{0,80}proofpoint"
        r"|\bpdr\b.{0,40}\bip\b",
        "550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.25",
        "proofpoint",
        _LISTED,
    ),
    Row(
        "mimecast ct",
        r"local ct ip reputation|mimecast\b.{0,60}(?:\bip\b|reputation|\brbl)",
        "550 local CT IP reputation - (reject) - https://community.mimecast.com/docs/DOC-1369#550",
        "mimecast",
        _REPUTATION,
    ),
    Row(
        "symantec brightmail sms",
        r"symantec.{0,60}(?:reputation|bad sender|\bip\b)|(?:reputation|\bip\b).{0,60}symantec(?!cloud)"
        r"|brightmail.{0,40}reputation",
        "554 5.7.1 192.0.2.25 refused: Symantec Global bad reputation",
        "symantec",
    ),
    Row(
        "sophos",
        r"sophos\b.{0,80}(?:\bip\b|reputation|block ?list|ip-lookup|\brbl)|(?:\bip\b|reputation|\brbl).{0,60}\bsophos",
        "550 5.7.1 192.0.2.25 refused, see https://www.sophos.com/threat-center/ip-lookup?ip=192.0.2.25",
        "sophos",
    ),
    Row(
        "fasthosts",
        r"\bfasthosts\b.{0,80}(?:\bip\b|block|black|reputation)|(?:\bip\b|block|black).{0,80}\bfasthosts\b",
        "554 192.0.2.25 is blocked by Fasthosts",
        "fasthosts",
    ),
)

NAMES = (*SPAMHAUS, *LISTS, *MAKERS)

# Which of its lists a reply means that names the combined zone or a page of Spamhaus.
_SPAMHAUS_RECORD = re.compile(r"\bsbl\d{3,}")


def spamhaus_record(text: str) -> bool:
    """Whether a text gives the number of an SBL record."""
    return _SPAMHAUS_RECORD.search(text) is not None
