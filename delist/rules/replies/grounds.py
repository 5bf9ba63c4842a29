"""On what grounds a list or a receiver that is named refuses the address, where the reply says more than its name."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype

_REPUTATION, _RDNS = Subtype.REPUTATION, Subtype.RDNS
_POOR = r"(?:poor|bad|low|negative|lowest|insufficient)"
# Whole words of sentences: no labels of hosts, no parts of links.
_SAID, _ENDS = r"(?<![\w./=@-])", r"(?![\w./=@-]*[\w/=@-])"

GROUNDS = (
    Row(
        "dynamic dynamically residential dialup dial dul duhl",
        rf"{_SAID}(?:dynamic(?:ally)?|residential|dial-?up)(?!(?:ly)? (?:\w{{1,30}} ){{0,2}}(?:reputation"
        rf"|(?:block|black) ?list|listed))(?:[ /-](?:\(?residential\)?|dynamic|generic|dial-?up|assigned|allocated|or"
        rf"|and|looking|zombied|spam|consumer)){{0,4}}"
        rf"[ /-](?:ip\b|ips\b|ip's|address|range|pool|hosts?\b|net|space|client|network|user)"
        rf"|\b(?:ip|address|addresses|host|range|block|netblock) (?:\S{{3,45}} )?(?:is |are |was |in |on |looks |like "
        rf"|appears |to be |a |an |the |as |listed ){{1,5}}(?:dynamic|residential|dial-?up){_ENDS}"
        rf"|{_SAID}(?:dul|duhl){_ENDS}",
        "550-rejected because 192.0.2.25 is in a black list at bl.spamcop.net 550 Dynamic IP Addresses",
        subtype=Subtype.DYNAMIC_POLICY,
    ),
    Row(
        "reputation score",
        rf"\b{_POOR} (?:\w{{1,30}} ){{0,2}}(?:reputation|score)\b|\b(?:reputation|score) (?:score |value )?"
        rf"(?:is |was )?(?:too )?{_POOR}\b",
        "550 5.7.1 IP 192.0.2.25 rejected, sender score too low. See https://www.senderscore.org/",
        subtype=_REPUTATION,
    ),
    Row(
        "spam spamming abuse complaints",
        r"\b(?:for|because of|due to) (?:\w{1,30} ){0,2}(?:spam behaviou?r|unsolicited|spamming activit|complaints)",
        "550 The sender IP address has been blocked because of spam behaviour [IP: 192.0.2.25]. "
        "https://service.mail.qq.com/detail/122/63",
        subtype=_REPUTATION,
    ),
)
# What only a receiver's own refusal can mean: a list is asked about an address, whatever its name in DNS.
RECEIVERS = (
    Row(
        "ptr rdns reverse",
        r"\b(?:no|missing|invalid|bad|without|lacks?|lacking|broken) (?:\w{1,30} ){0,2}(?:ptr\b|rdns|reverse)",
        "421 4.7.0 [TS02] Messages from 192.0.2.25 temporarily deferred due to missing reverse DNS",
        subtype=_RDNS,
    ),
)
