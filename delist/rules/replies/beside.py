"""Replies that quote a list or an address and yet do not refuse the address: they come before anything else."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Topic

# A list, or a reverse name, is at stake all the same.
_OTHERWISE = (
    r"\A(?!.*(?:\bptr\b|reverse[ -]?dns|rdns|dynamic|residential|relay|black ?list|block ?list|\brbl\b|dnsbl\b"
    r"|blocked using|ip reput))"
)

QUERY_ERRORS = (
    Row(
        "returnc",
        r"/returnc/",
        "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; "
        "https://www.spamhaus.org/returnc/pub/198.51.100.53/",
        topic=Topic.QUERY_ERROR,
    ),
    Row(
        "resolver resolvers dns",
        r"(?:open|public|anonymous|shared)(?:[ /]+(?:or )?open)? (?:dns )?(?:resolver|dns\b)|your resolver"
        r"|resolvers? (?:ip )?"
        r"(?:is|are|was) (?:not|blocked|over)|your dns ip",
        "550 5.7.1 Client host [192.0.2.25] refused by zen.spamhaus.org (Error: open resolver)",
        topic=Topic.QUERY_ERROR,
    ),
    Row(
        "queries query querying lookups",
        r"no ip queries|(?:number|amount|rate|volume) of (?:dns )?(?:queries|lookups)"
        r"|too many (?:dns )?(?:queries|lookups)"
        r"|quer(?:y|ies) (?:was |were |is |are |has been |have been )?(?:refused|blocked|denied|rejected"
        r"|disallowed|throttled)"
        r"|query (?:limit|rate|volume|quota)|queries (?:from|via|through|over) (?:your|this|public|the free)"
        r"|(?:refus|block|reject)(?:ed|ing) (?:your |all )?(?:dns )?quer(?:y|ies)|not (?:allowed|authori[sz]ed"
        r"|permitted) to query"
        r"|free (?:query|usage) (?:limit|quota)",
        "554 5.7.1 Helo command [mail.example.com] blocked using dbl.spamhaus.org; Error: no IP queries!",
        topic=Topic.QUERY_ERROR,
    ),
    Row(
        "255",
        r"127\.255\.255\.25[0-9]",
        "550 mail from 192.0.2.25 refused: zen.spamhaus.org says 127.255.255.254",
        topic=Topic.QUERY_ERROR,
    ),
    Row(
        "dnsbl dnsbls rbl rbls blacklist blocklist",
        r"(?:dnsbls?|rbls?|black ?list|block ?list) (?:server |service |dns )?(?:look-?up|query|check|server)s? "
        r"(?:has |have )?(?:fail|error|time[d ]*out|tempor|could not|problem|defer)|(?:unable|failed|failure"
        r"|could not) "
        r"(?:to )?(?:query|look ?up|reach|contact|check) (?:the |any |our )?(?:dnsbl|rbl)",
        "451 4.7.1 temporary failure: RBL lookup failed, try again later",
        topic=Topic.QUERY_ERROR,
    ),
)

DOMAINS = (
    Row(
        "dbl surbl uribl rhsbl rhsbls uribls surbls urlbl ivmuri semrhs urired dbl1 sbrsbl zrd hbl",
        r"(?<![\w/])(?:dbl|surbl|uribl|rhsbl|urlbl|ivmuri|urired|zrd|hbl)s?(?![\w=])|/dbl\b"
        r"|query/d?bl\?d|dbl\?domain",
        "550 5.7.1 Message refused: a link in it, example.com, is on the Spamhaus DBL",
        topic=Topic.DOMAIN,
    ),
    Row(
        "s8001 s8002",
        r"\bs800[12]\b",
        "550 5.7.1 Messages from example.com were not delivered. Contact your provider. (S8002)",
        topic=Topic.DOMAIN,
    ),
    Row(
        "ignorant clueless",
        r"\b(?:dsn|abuse|postmaster|whois|bogusmx|elitist|fulldom)\.rfc-(?:ignorant|clueless)\.",
        "550 5.7.1 example.com is listed at postmaster.rfc-ignorant.org",
        topic=Topic.DOMAIN,
    ),
    Row(
        "domain domains subdomain domainname",
        r"(?<!ip/)(?<!ip or )(?<!ip and )\b(?:sub)?domains? (?:name )?(?:\[?<?[\w.-]{3,80}\.[a-z-]{2,}>?\]? "
        r")?(?:in your (?:message|mail) )?"
        r"(?:is |are |was |were |has been |have been |found |appears? |being "
        r"|has (?:an? )?)(?:\w{1,30} ){0,3}(?:(?:in|on|at|by|of) (?:\w{1,30} ){0,4})?"
        r"(?:black|block ?list|blocked|listed|rbl|spam|banned|bad)",
        "554 5.7.1 Refused: your sending domain example.com has been blacklisted here",
        topic=Topic.DOMAIN,
    ),
    Row(
        "domain domains",
        r"(?:black ?list|block ?list|banned|blocked|blacklisted|listed|bad|spam(?:ming|my)?"
        r"|malicious) (?:sender |sending |from |e-?mail |url )?"
        r"domains?(?! name system)\b(?!/ip| or ip| and ip)|domain (?:black|block) ?list|domain based|by domain",
        "550 5.7.1 Rejected: blacklisted sender domain",
        topic=Topic.DOMAIN,
    ),
    Row(
        "domain domains",
        r"reputation (?:of|for) (?:the |your |this |an? |any )?(?:sending |sender(?:'s)? |from |mail |email "
        r"|envelope |header |url )?domain"
        r"|(?<!ip/)(?<!ip or )(?<!ip and )(?<!address or )\bdomains?(?:'s)?(?: (?!ip\b|ips\b|host|server"
        r"|client)\S{1,80}){0,8}? reputation"
        r"(?! of (?:the |your )?(?:sending )?ip)",
        "550 5.7.1 Refused: very low reputation of the sending domain",
        topic=Topic.DOMAIN,
    ),
    Row(
        "domain domains",
        r"(?:unusual|high|suspicious|excessive) (?:rate|amount|volume|number) of .{0,60}(?:(?:spf|dkim|url|from"
        r"|sending) )domains?\b",
        "421 4.7.28 An unusual rate of mail that carries your DKIM domain example.com was seen; it is blocked",
        topic=Topic.DOMAIN,
    ),
    Row(
        "url urls uri uris link links website hyperlink phone",
        r"phone number.{0,40}(?:list|filter|block)|\b(?:url|uri|link|website|hyperlink)s?\b(?: \S{1,80})? (?:(?:is"
        r"|are|was|were|has|have|been|being|on|in|at|found|appears?|the|our|a|known|that"
        r"|which) ){1,7}(?:\w{1,30} )?(?:listed|black|block|banned|malicious|spam|phish)"
        r"|(?<!the )(?:spam(?:my|vertised)?|black ?listed|blocked|banned|malicious|bad|suspicious"
        r"|phishing) (?:\w{1,30} )?(?:url|uri|link|website)s?\b"
        r"|contain(?:s|ed|ing) (?:an? |the )?(?:\w{1,30} ){0,3}(?:url|uri)s?\b|\b(?:url|uri|link)s? in (?:this|the"
        r"|your) (?:e?-?mail|message)|url/phone|(?:url|uri) (?:filter|reputation|block)",
        "554 5.7.1 Your message holds a URL that is blacklisted",
        topic=Topic.DOMAIN,
    ),
)

PARTIES = (
    Row(
        "helo ehlo",
        r"\b(?:helo|ehlo)(?: command| name| host| string| domain| argument)?(?: \S{1,80})? (?:is |was "
        r"|has been )?(?:blocked using|blacklisted|black ?list|listed|in a black)"
        r"|helo command rejected",
        "554 5.7.1 Service unavailable; Helo command [mail.example.com] blocked using list.example.net",
        topic=Topic.HELO,
    ),
    Row(
        "helo ehlo",
        r"\A(?!.*(?:reverse|\bptr\b|rdns)).*?(?:(?:bad|invalid|forged|fake|malformed|wrong|unacceptable|illegal"
        r"|improper|incorrect|"
        r"suspicious|mismatched|rejected|refused|require[sd]?|missing|no) (?:\w{1,30} )?(?:helo|ehlo)\b(?!\))"
        r"|\b(?:helo|ehlo)\b(?!\))(?:/\w{1,30})?\S{0,80}(?: \S{1,80}){0,6}? "
        r"(?:(?:is |was )?(?:invalid|reject\w{0,30}|refused|malformed|forged|unresolvable|incorrect|not accepted"
        r"|unacceptable|denied)|"
        r"does(?: not|n't)|must|should|cannot|can't|not (?:a |an )?(?:fqdn|fully|found|valid|resolv\w{1,30}"
        r"|exist\w{0,30})"
        r"|unknown|mismatch))",
        "550 5.7.1 Access denied: HELO localhost.example does not resolve",
        topic=Topic.HELO,
    ),
    Row(
        "recipient",
        r"recipient (?:address |domain )?\[[^\]]{1,200}\] blocked using",
        "554 5.7.1 Service unavailable; Recipient address [someone@example.org] blocked using rhs.example.net",
        topic=Topic.RECIPIENT,
    ),
    Row(
        "sender from reverse",
        r"(?:sender|from|return|reverse)[ -]?(?:address|path|domain) \[[^\]]{1,200}\] blocked using"
        r"|blocked using .{1,80}; sender address",
        "554 5.7.1 Service unavailable; Sender address [news@example.com] blocked using senders.example.net",
        topic=Topic.DOMAIN,
    ),
    Row(
        "sender envelope badmailfrom email address mailfrom addresses mail account",
        r"(?:envelope sender|badmailfrom|(?:sender(?:'s)?|from|mail from:?|e-?mail|return"
        r"|your e-?mail) address(?: <?\S{1,100}@\S{1,100})?"
        r"|(?:sender|mail from:?|from) <?\S{1,100}@[^\s>]{1,100}>?|<?\S{1,100}@[^\s>]{1,100}>?:? (?:sender"
        r"|from) address)"
        r"(?: (?:is|was|has|been|are|in|on|my|our|the|a|found|listed|local|locally|globally|currently"
        r"|permanently|rejected:?|denied:?)){0,7} "
        r"(?:black|block|badmailfrom|banned|spam(?:mer)?)",
        "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)",
        topic=Topic.SENDER,
    ),
    Row(
        "blacklisted blocked blocklisted denylisted banned",
        r"\S@[\w.-]{1,200}>?:? (?:(?:is|was|has|been|currently) ){1,3}(?:black ?list|block ?list|ban|deny ?list)",
        "550 5.7.1 <news@example.com> is blacklisted here",
        topic=Topic.SENDER,
    ),
    Row(
        "sender senders from",
        r"(?:black ?listed|blocked|banned|bad) (?:senders?|from) (?:e-?mail )?address"
        r"|sender (?:e-?mail )?(?:black|block) ?list",
        "550 5.7.1 blocked sender address, see the policy",
        topic=Topic.SENDER,
    ),
)

AUTHENTICATION = (
    Row(
        "spf dkim dmarc arc domainkeys unauthenticated authenticate",
        _OTHERWISE + r".*?(?:\b(?:spf|dkim|dmarc|arc|domainkeys)\b|unauthenticated|authenticat)",
        "550 5.7.1 Message from 192.0.2.25 fails SPF for example.com",
        topic=Topic.AUTHENTICATION,
    ),
    Row(
        "policy domain designate permitted authorized unauthorized",
        r"sender policy framework|does not designate|for sending mail of (?:the )?domain"
        r"|fail\w{0,30} (?:the )?sender policy|(?:not |un)(?:allowed|authori[sz]ed"
        r"|permitted) (?:to send|for sending|sender|by the domain)\b.{0,40}\bdomain",
        "550 5.7.23 Refused because of a Sender Policy Framework violation",
        topic=Topic.AUTHENTICATION,
    ),
    Row(
        "spf dkim dmarc",
        r"(?:spf|dkim|dmarc)(?: \S{1,80}){0,4} (?:fail|policy|softfail|hardfail|unaligned|alignment|violat)"
        r"|(?:fail\w{0,30}|pass\w{0,30}|violat\w{0,30}|per|by|unaligned|does not have) "
        r"(?:\S{1,80} ){0,3}(?:spf|dkim|dmarc)\b",
        "550 5.7.1 192.0.2.25 is not allowed to send for example.com: SPF check failed; if blacklisted, ask your host",
        topic=Topic.AUTHENTICATION,
    ),
)

BESIDE = (*QUERY_ERRORS, *DOMAINS, *PARTIES, *AUTHENTICATION)
