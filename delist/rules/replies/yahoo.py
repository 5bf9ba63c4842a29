"""What Yahoo and AOL answer, which share a platform."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype

_LISTED, _REPUTATION, _RATELIMIT = Subtype.LISTED, Subtype.REPUTATION, Subtype.RATELIMIT
_RDNS = Subtype.RDNS

_TSS = " ".join(f"{code}{number:02}" for code in ("tss", "ipts", "ts", "tsb") for number in range(1, 20))
YAHOO = (
    Row(
        "bl21 bl22 bl23 bl24",
        r"\[bl2\d\]|\b550-bl2\d\.html",
        "553 5.7.1 [BL21] Connections not accepted from 192.0.2.25, because the ip is in Spamhaus's list",
        "spamhaus",
        _LISTED,
        also=("yahoo",),
    ),
    Row(
        "spamhaus",
        r"spamhaus's list",
        "553 5.7.1 Connections not accepted from 192.0.2.25, because the ip is in Spamhaus's list",
        "spamhaus",
        _LISTED,
        also=("yahoo",),
        near="list",
    ),
    Row(
        _TSS,
        r"\[(?:ipts|tss|tsb|ts)\d\d\]",
        "421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to user complaints - 4.16.55.1",
        "yahoo",
        _REPUTATION,
    ),
    Row(
        "vs1 vs2 vs3 vs96 vs97 vs98 vs99 ip0",
        r"\bvs\d{1,2}-(?:ip|mf)\d?\b(?!.{0,20}unknown recipients)|\bvs\d{1,2}-ip",
        "553 Mail from 192.0.2.25 not allowed - VS98-IP0 deferred - see the help pages",
        "yahoo",
        _REPUTATION,
    ),
    Row(
        "~deferred complaints",
        r"\A(?!.*\[gl\d\d\]).*?messages? from \(?\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\]?\)? (?:is |are "
        r"|was )?temporarily "
        r"deferred|(?:temporarily|permanently) deferred(?: due to (?:unexpected volume|user complaints|excessive)"
        r"|; retrying will not)|due to (?:unexpected volume or )?user complaints",
        "421 4.7.0 Messages from 192.0.2.25 temporarily deferred due to user complaints",
        "yahoo",
        _REPUTATION,
    ),
)

AOL = (
    Row(
        "rtr rly nr nw",
        r"\((?:rtr|rly) ?: ?(?:rd|ptr)\)|\(dns ?: ?n[rw]\)",
        "421 4.7.1 : (DNS:NR) 192.0.2.25 has no reverse name; aol.com",
        "aol",
        _RDNS,
    ),
    Row(
        "dyn",
        r"\(?\bdyn ?: ?[a-z]{1,2}\d?\b",
        "421 4.7.1 : (DYN:T1) see the postmaster pages of AOL",
        "aol",
        _REPUTATION,
    ),
    Row(
        "rtr rly",
        r"\(?\b(?:rtr|rly) ?: ?[a-z]{1,2}\d?\b",
        "554 5.7.1 : (RTR:BL) see the postmaster pages of AOL",
        "aol",
        _LISTED,
    ),
    Row(
        "con",
        r"\(con ?: ?b\d\)",
        "421 4.7.1 : (CON:B1) aol.com takes no more mail from this address",
        "aol",
        _RATELIMIT,
    ),
)
