"""What the large mailbox providers answer: Google and Microsoft, with Yahoo and AOL."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype
from delist.rules.replies.yahoo import AOL, YAHOO

_LISTED, _REPUTATION, _RATELIMIT = Subtype.LISTED, Subtype.REPUTATION, Subtype.RATELIMIT
_DYNAMIC, _RDNS = Subtype.DYNAMIC_POLICY, Subtype.RDNS

GOOGLE = (
    Row(
        "notauthorizederror ~authorized",
        r"notauthorizederror|(?:ip|ip address) (?:you're|you are) using to send mail is not authori[sz]ed",
        "550-5.7.1 [192.0.2.25] The IP you're using to send mail is not authorized to 550-5.7.1 send email directly to "
        "our servers. Use the relay of your 550 5.7.1 provider. https://support.google.com/mail/?p=NotAuthorizedError",
        "google-notauthorized",
        _DYNAMIC,
    ),
    Row(
        "reputation",
        r"low reputation of the sending ip",
        "421-4.7.0 [192.0.2.25 1] This message is suspicious due to the very low reputation of the sending "
        "421-4.7.0 IP "
        "address. - gsmtp",
        "google-ip-reputation",
        _REPUTATION,
    ),
    Row(
        "~unsolicited unsolicitediperror",
        r"(?:rate|amount|volume) of (?:unsolicited )?(?:e?-?mail|messages) (?:that )?originat(?:ing"
        r"|es) from your ip.{0,200}rate[ -]limited",
        "421-4.7.28 [192.0.2.25 15] An unusual rate of unsolicited mail originating from your IP address was "
        "seen. Mail "
        "from it has been temporarily rate limited. - gsmtp",
        "google-unsolicited-ip",
        _RATELIMIT,
    ),
    Row(
        "~unsolicited unsolicitediperror",
        r"(?:rate|amount|volume) of (?:unsolicited )?(?:e?-?mail|messages) (?:that )?originat(?:ing"
        r"|es) from your ip|unsolicitediperror",
        "550-5.7.28 [192.0.2.25] An unusual rate of unsolicited mail originating from your IP address was seen; it is "
        "blocked. https://support.google.com/mail/?p=UnsolicitedIPError - gsmtp",
        "google-unsolicited-ip",
        _REPUTATION,
    ),
    Row(
        "ptr",
        r"sending ip (?:address )?(?:for this message )?(?:does not|doesn't) have a ptr"
        r"|does not have a ptr record setup|corresponding forward dns entry|gmail does not accept messages from ips"
        r"|ptr record's forward dns"
        r"|ipv6 sending guidelines regarding ptr"
        r"|ptr.{0,120}(?:gsmtp|support\.google)|p=ipv6autherror",
        "550-5.7.25 [192.0.2.25] The sending IP address for this message doesn't have a PTR record. - gsmtp",
        "google-ptr",
        _RDNS,
    ),
)

_BANNED = " ".join(["banned", *map(str, range(606, 650))])
MICROSOFT = (
    Row(
        _BANNED,
        r"banned sending ip|\b5\.7\.6[0-4]\d\b(?!.{0,300}(?:rbl|s31[45]0))",
        "550 5.7.606 Access denied, banned sending IP [192.0.2.25]. To be taken off, visit https://sender.office.com/",
        "microsoft-banned-ip",
        _LISTED,
    ),
    Row(
        "511 banned",
        r"\b5\.7\.511\b|access denied, banned sender(?! ip)",
        "550 5.7.511 Access denied, banned sender[192.0.2.25]. Forward this message to delist@microsoft.com",
        "microsoft-banned-sender",
        _LISTED,
    ),
    Row(
        "blocklist",
        r"blocked using (?:the )?block ?list 1\b",
        "550 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using Blocklist 1; forward this message to "
        "delist@messaging.microsoft.com",
        "microsoft-blocklist1",
        _LISTED,
    ),
    Row(
        "blocklist block",
        r"using customer block ?list",
        "550 5.7.1 Service unavailable, Client host [192.0.2.25] blocked using Customer Block list (AS16012606)",
        "microsoft-customer-blocklist",
        _LISTED,
    ),
    Row(
        "s3140",
        r"\bs3140\b",
        "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent: part of their network is on our block list "
        "(S3140).",
        "microsoft-s3140",
        _LISTED,
    ),
    Row(
        "s3150",
        r"\bs3150\b",
        "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent: part of their network is on our block list "
        "(S3150).",
        "microsoft-s3150",
        _LISTED,
    ),
    Row(
        "650 s775 s77714 s77719",
        r"\b4\.7\.6[5-9]\d\b|\bs775\b|rate[ -]limited due to (?:the )?ip reputation",
        "451 4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. (S775)",
        "microsoft-ip-reputation",
        _RATELIMIT,
    ),
    Row(
        "busy",
        r"server busy\. please try again later from \[|\b4\.7\.[56]\d\d\b.{0,80}(?:suspicious|\[\d)",
        "451 4.7.500 Server busy. Please try again later from [192.0.2.25]. (AS77712)",
        "microsoft",
        _RATELIMIT,
    ),
    Row(
        "sc",
        r"\bsc-001\b.{0,200}on our block ?list",
        "550 SC-001 (COL0) Messages from 192.0.2.25 weren't sent, since part of their network is on our block list.",
        "microsoft-sc001",
        _LISTED,
    ),
    Row(
        "ou",
        r"\bou-00[2-9]\b.{0,200}on our block ?list",
        "550 OU-002 (SNT0) Messages from 192.0.2.25 weren't sent, since part of their network is on our block list.",
        "microsoft-ou002",
        _LISTED,
    ),
    Row(
        "sc",
        r"\bsc-001\b",
        "550 SC-001 Mail rejected by Outlook.com for policy reasons, such as IP or domain reputation problems.",
        "microsoft-sc001",
        _REPUTATION,
    ),
    Row(
        "sc",
        r"\bsc-004\b",
        "550 SC-004 Mail rejected by Outlook.com for policy reasons: complaints about mail from your IP address.",
        "microsoft-sc004",
        _REPUTATION,
    ),
    Row(
        "sc",
        r"\bsc-00[235-9]\b",
        "550 SC-002 Mail rejected by Outlook.com: your server has tried to harvest names.",
        "microsoft",
        _REPUTATION,
    ),
    Row(
        "rp",
        r"\brp-001\b",
        "421 RP-001 The server IP connecting to Outlook.com has exceeded the rate limit allowed, by its reputation.",
        "microsoft-rp001",
        _RATELIMIT,
    ),
    Row(
        "rp",
        r"\brp-00[2-9]\b",
        "421 RP-003 The server IP has exceeded the connection limit allowed, by its reputation.",
        "microsoft",
        _RATELIMIT,
    ),
    Row(
        "dy",
        r"\bdy-001\b",
        "550 DY-001 Mail rejected by Outlook.com: we generally do not accept mail from dynamic IPs. Spamhaus "
        "keeps lists "
        "of them.",
        "spamhaus-pbl",
        _DYNAMIC,
        also=("microsoft",),
    ),
    Row(
        "dy",
        r"\bdy-00[2-9]\b",
        "550 DY-002 Mail rejected by Outlook.com: the host behind this address is likely infected.",
        "microsoft",
        _REPUTATION,
    ),
    Row(
        "ou",
        r"\bou-001\b",
        "550 OU-001 Mail rejected by Outlook.com for policy reasons. To ask for removal: http://www.spamhaus.org",
        "spamhaus",
        _LISTED,
        also=("microsoft",),
    ),
    Row(
        "ou",
        r"\bou-00[2-9]\b",
        "550 OU-002 Mail rejected by Outlook.com for policy reasons, such as the reputation of an IP or domain.",
        "microsoft-ou002",
        _REPUTATION,
    ),
    Row(
        "ipv6",
        r"ipv6 address \[?[0-9a-f:.]*\]? ?must have (?:a )?reverse|\bsending ipv6 address\b.{0,80}(?:reverse|ptr)",
        "450 4.7.25 Service unavailable, sending IPv6 address [2001:db8::25] must have reverse DNS record.",
        "microsoft-ipv6-ptr",
        _RDNS,
    ),
    Row(
        "708 traffic",
        r"\b5\.7\.708\b|traffic not accepted from this ip",
        "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. AS(7230)",
        "microsoft",
        _LISTED,
    ),
    Row(
        "delist fblw15",
        r"delist@(?:messaging\.)?microsoft\.com|\bfblw\d\d\b",
        "550 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using FBLW15; forward this to "
        "delist@messaging.microsoft.com",
        "microsoft",
        _LISTED,
    ),
    Row(
        "block",
        r"part of (?:their|your) network is on our block ?list",
        "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent, part of their network is on our block list.",
        "microsoft",
        _LISTED,
    ),
)

WEBMAIL = (*GOOGLE, *MICROSOFT, *YAHOO, *AOL)
