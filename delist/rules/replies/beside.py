"""Replies that quote a list or an address and yet do not refuse the address: they come before anything else."""

from delist.rules.replies.languages import FOREIGN_PARTIES
from delist.rules.replies.rows import Row
from delist.rules.replies.values import Topic

# A list, or a reverse name, is at stake all the same.
OTHERWISE = (
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
        near="open public anonymous shared your resolver resolvers",
    ),
    # Begins with letters, since "/query/" stands in most links to Spamhaus.
    Row(
        "query",
        r"query(?: (?:was |is |has been )?(?:refused|blocked|denied|rejected|disallowed|throttled)"
        r"| (?:limit|rate|volume|quota)|(?<=blocked query)|(?<=blocked your query)|(?<=blocked dns query))",
        "554 5.7.1 Client host [mail.example.com] blocked using multi.uribl.example; 127.0.0.1 -> Query Refused",
        topic=Topic.QUERY_ERROR,
    ),
    Row(
        "query usage",
        r"not (?:allowed|authori[sz]ed|permitted) to query|free (?:query|usage) (?:limit|quota)"
        r"|(?:refus|block|reject)(?:ed|ing) (?:your |all )?(?:dns )?query",
        "550 5.7.1 192.0.2.25: this resolver is not permitted to query zen.spamhaus.org",
        topic=Topic.QUERY_ERROR,
        near="allowed authorized authorised permitted free refused refusing blocking rejected rejecting",
    ),
    Row(
        "queries lookups",
        r"no ip queries|(?:number|amount|rate|volume) of (?:dns )?(?:queries|lookups)"
        r"|too many (?:dns )?(?:queries|lookups)"
        r"|queries (?:was |were |is |are |has been |have been )?(?:refused|blocked|denied|rejected"
        r"|disallowed|throttled)"
        r"|queries (?:from|via|through|over) (?:your|this|public|the free)"
        r"|(?:refus|block|reject)(?:ed|ing) (?:your |all )?(?:dns )?queries",
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
        near="fail failed fails failing failure failures error errors time timed timeout temporary temporarily could "
        "problem problems defer deferred unable",
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
        "url urls uri uris link links website websites sites hyperlink phone",
        r"phone number.{0,40}(?:list|filter|block)|\b(?:url|uri|link|website|hyperlink)s?\b(?: \S{1,80})? (?:(?:is"
        r"|are|was|were|has|have|been|being|on|in|at|found|appears?|the|our|a|known|that"
        r"|which) ){1,7}(?:\w{1,30} )?(?:listed|black|block|banned|malicious|spam|phish)"
        r"|(?<!the )(?:spam(?:my|vertised)?|black ?listed|blocked|banned|malicious|bad|suspicious"
        r"|phishing) (?:\w{1,30} )?(?:(?:url|uri|link|website)s?|sites)\b"
        r"|contain(?:s|ed|ing) (?:an? |the )?(?:\w{1,30} ){0,3}(?:url|uri)s?\b|\b(?:url|uri|link)s? in (?:this|the"
        r"|your) (?:e?-?mail|message)|url/phone|(?:url|uri) (?:filter|reputation|block)",
        "554 5.7.1 Your message holds a URL that is blacklisted",
        topic=Topic.DOMAIN,
    ),
)

# What follows the name of a sender that is on somebody's list.
_IS_LISTED = (
    r"(?: (?:is|was|has|been|are|in|on|my|our|the|a|found|listed|local|locally|globally|currently|permanently"
    r"|rejected:?"
    r"|denied:?)){0,7} (?:black|block|badmailfrom|banned|spam(?:mer)?)"
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
    # The reverse name stands beside it, but the name given as HELO is at fault.
    Row(
        "helo ehlo",
        r"(?<![\w/])(?:helo|ehlo)(?:/(?:helo|ehlo))?(?: (?:command|name|host ?name|host|string|domain|argument|greeting"
        r"|parameter|identity))?(?: [(\[<\"']?[\w.-]{1,80}[)\]>\"',]{0,2})? (?:does(?: not|n't)|do not|must|should"
        r"|ha[ds] (?:no|not)\b|is (?:not|no)\b|isn't|cannot|can't|could(?: not|n't)|did(?: not|n't))(?! have a ptr)",
        "550 5.7.1 HELO name does not match reverse DNS",
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
        "sender from reverse return",
        r"(?:sender|from|return|reverse)[ -]?(?:address|path|domain) \[[^\]]{1,200}\] blocked using"
        r"|blocked using .{1,80}; sender address",
        "554 5.7.1 Service unavailable; Sender address [news@example.com] blocked using senders.example.net",
        topic=Topic.DOMAIN,
        near="address path domain",
    ),
    Row(
        "envelope badmailfrom",
        r"(?:envelope sender|badmailfrom)" + _IS_LISTED,
        "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)",
        topic=Topic.SENDER,
    ),
    Row(
        "address addresses",
        r"(?:sender(?:'s)?|from|mail from:?|e-?mail|return|your e-?mail) address(?: <?[^\s@]{1,100}@\S{1,100})?"
        + _IS_LISTED,
        "550 5.7.1 Sender address news@example.com is on our local blacklist",
        topic=Topic.SENDER,
        near="sender from mail email mailfrom return",
    ),
    Row(
        "@",
        r"(?:(?:sender|mail from:?|from) <?[^\s@]{1,100}@[^\s>]{1,100}>?|@[^\s>@]{1,100}>?:? (?:sender|from) address)"
        + _IS_LISTED,
        "550 5.7.1 Mail from <news@example.com> is permanently banned",
        topic=Topic.SENDER,
        near="sender from",
    ),
    Row(
        "blacklisted blocked blocklisted denylisted banned",
        r"@[\w.-]{1,200}>?:? (?:(?:is|was|has|been|currently) ){1,3}(?:black ?list|block ?list|ban|deny ?list)",
        "550 5.7.1 <news@example.com> is blacklisted here",
        topic=Topic.SENDER,
    ),
    Row(
        "account domain",
        r"\b(?:account|domain)s?(?: (?:or|and) (?:account|domain)s?)? (?:may|might|could) (?:not exist"
        r"|be (?:black|block"
        r"|ban))",
        "550 No mail goes to news@example.com: the account or domain may not exist, or may be blacklisted",
        topic=Topic.SENDER,
    ),
    Row(
        "domain",
        r"\b(?:sender(?:'s)?|sending|from|envelope) domain (?:could not|couldn't|cannot|can't) be (?:verified|resolved"
        r"|found|validated)",
        "553 5.1.8 Sender domain could not be verified in DNS (no PTR, MX or A)",
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
        OTHERWISE + r".*?(?:\b(?:spf|dkim|dmarc|arc|domainkeys)\b|unauthenticated|authenticat)",
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

SCORES = (
    Row(
        "scored score weight hits",
        r"\b(?:message|e-?mail|mail|content)\b(?: \w{1,30}){0,3} scored\b|\bhits? (?:\w{1,30} ){0,3}(?:in|into"
        r"|towards?|to)"
        r" (?:the |its |a )?(?:\w{1,30} )?score\b|reputation weight\b|\b(?:total|overall|final) (?:spam )?score\b",
        "554 5.7.1 Blocked: spam (source 192.0.2.25, dnsbl hits counted in score 9.8)",
        topic=Topic.MESSAGE,
    ),
    Row(
        "excessive many",
        r"\A(?!.*(?:reputation|vs\d{1,2}-ip)).*?(?:excessive|too many) (?:unknown recipients|recipients unknown"
        r"|(?:invalid|bad|unknown|nonexistent) recipients)",
        "421 4.7.0 [TSS05] Too many recipients unknown, messages deferred",
        topic=Topic.LIMIT,
    ),
)

BESIDE = (*QUERY_ERRORS, *DOMAINS, *PARTIES, *FOREIGN_PARTIES, *SCORES, *AUTHENTICATION)
