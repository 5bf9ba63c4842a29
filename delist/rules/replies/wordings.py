"""How a refusal of the address is worded in English, where no list is named."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype

_LISTED, _REPUTATION = Subtype.LISTED, Subtype.REPUTATION
_DYNAMIC, _RDNS, _OTHER = Subtype.DYNAMIC_POLICY, Subtype.RDNS, Subtype.OTHER

REVERSE = (
    Row("ptr ptrs", r"\bptrs?\b", "554 This server wants a PTR of unauthenticated clients", "none", _RDNS),
    Row("rdns fcrdns ~r", r"\b(?:fc)?r-?dns\b", "550 No RDNS entry for 192.0.2.25", "none", _RDNS),
    Row(
        "reverse revers reversed reverselookup reversedns",
        r"\brevers(?:e|ed)?[- ]?(?:/forward |and forward |ip |client )?(?:dns|look-?ups?|host ?names?|names?"
        r"|mapp\w{1,30}|address\w{0,30}|records?|resol\w{1,30}|"
        r"entry|entries|pointer|zone|domain|delegation|lookup|path dns|host)\b|\breverse (?:and|or|/) ?forward\b"
        r"|\bno reverse\b",
        "451 Bad reverse DNS for your host",
        "none",
        _RDNS,
    ),
    Row(
        "hostname ~host ~name ~address resolve ~ip resolves ~dns resolvable",
        r"(?:cannot|can't|can not|could not|couldn't|unable to|failed to|did not|fail) (?:find|resolve|verify"
        r"|determine|look ?up|get|identify) (?:your |the |a |any |valid |client |sender |sending )*"
        r"(?:host ?name(?!d)|name (?:of|for) (?:your|the|client)|host for|dns name)|client host rejected: (?:cannot"
        r"|no|unknown|bad|invalid|unable|generic)|(?:cannot|can't|could not|unable to) resolve (?:your "
        r"|the )?(?:ip )?address|sender's ip must resolve|(?:ip|address|host) (?:\S{3,45} )?(?:is |are )?(?:not"
        r"|un)[ -]?resolvable|without (?:a |any )?(?:valid )?host ?name|identif\w{1,30} itself in dns"
        r"|resolve (?:your |the )?(?:ip )?(?:address )?(?:to|into) (?:a |any )?(?:valid )?host ?name"
        r"|\bip\b(?: address)? must (?:be |have )?(?:a )?(?:resolv|reverse|ptr|valid host ?name)",
        "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]",
        "none",
        _RDNS,
    ),
    Row(
        "~lookup ~name ~host mismatch nxdomain forged resolve resolves resolved unresolvable hostname resolvable",
        r"ip name lookup failed|name lookup (?:for|of) (?:your |the )?ip|does not match (?:the |its )?(?:forward"
        r"|reverse)|ip name possibly forged|possibly forged (?:host|ip)"
        r"|client ip address .{0,60}does not resolve|(?:your|client|sending|remote) (?:ip|ip address|address"
        r"|host) "
        r"(?:\[?[\d.:a-f]{3,45}\]? )?(?:does not|doesn't|must|should|cannot be|could not be|is not"
        r"|isn't) (?:have a |be )?(?:resolv\w{1,30}|valid host ?name)"
        r"|(?:no|invalid|missing|bad|unknown|generic|missing or invalid) (?:\w{1,30} )?host ?name (?:for|of|found"
        r"|associated)|unresolvable (?:ip|client|host)|unresolvable relay host|host ?name (?:lookup|resolution"
        r"|mismatch)|ip/host(?:name)? mismatch|host ?name (?:of \S{1,80} )?does(?: not|n't) (?:match|resolve|exist)"
        r"|forward/reverse|host ?name (?:could not be|not) (?:verified|resolved|found for)",
        "550 5.7.1 Access denied: IP name lookup failed [192.0.2.25]",
        "none",
        _RDNS,
    ),
    Row(
        "generic",
        r"\bgeneric (?:\w{1,30} ){0,2}(?:host ?name|rdns|ptr|reverse|name\b|dns)",
        "554 Your IP has a generic hostname, 192-0-2-25.example.net",
        "none",
        _RDNS,
    ),
    Row(
        "arpa",
        r"in-addr\.arpa.{0,60}(?:not|no|fail|missing|unknown|nxdomain)|(?:no|missing"
        r"|fail\w{0,30}) .{0,60}in-addr\.arpa",
        "550 no name found for 25.2.0.192.in-addr.arpa",
        "none",
        _RDNS,
    ),
    Row(
        "~dns",
        r"\bno (?:valid )?dns (?:entry|record|name|host)\w{0,30} (?:for|of|found for) (?:your|the|this|ip|\[?\d)"
        r"|(?:ip|address|host|[\da-f]\]?) (?:has|have|having|with) no (?:valid |proper )?(?:dns|host ?name"
        r"|name in)|\bno (?:dns|host ?) ?name\b"
        r"|fix your dns|your (?:ip(?: address)?|server|host) (?:has|lacks|is missing) (?:a |no )?(?:proper "
        r"|valid |correct )?dns",
        "554 no DNS name for your IP 192.0.2.25 was found",
        "none",
        _RDNS,
    ),
)

DYNAMIC = (
    Row(
        "dynamic dynamically dyn dynip dsl adsl dialup dial dhcp residential broadband dul cable dialin enduser",
        r"\bdynamic(?:ally)?(?:[- ]?(?:assigned|allocated|looking))? ?(?:/\w{1,30} ?){0,3}(?:ip|ips|ip's"
        r"|address\w{0,30}|range"
        r"|pool|host|client|name|residential|space|network|reverse|hostname|rdns|block|or|and)\b|\bdial-?(?:up"
        r"|in)\b|\b(?:dynip|dhcp|a?dsl|dul|enduser)\b"
        r"|\bresidential\b|\bbroadband\b|cable ?modem|dynamic dns name",
        "550 5.7.1 Mail from dynamic IP addresses is not taken here [192.0.2.25]",
        "none",
        _DYNAMIC,
    ),
    Row(
        "isp isps provider providers smarthost ~relay smart",
        r"\b(?:use|using|via|through)\b (?:\S{1,80} ){0,5}(?:smtp|mail|e-?mail|relay|smart\S{0,80}|server|gateway"
        r"|outgoing)\S{0,80} (?:\S{1,80} ){0,4}(?:isp|provider)\b"
        r"|\b(?:use|using|via|through|by)\b (?:\S{1,80} ){0,3}(?:isp|provider)\S{0,80} (?:\S{1,80} ){0,2}(?:smtp"
        r"|mail|e-?mail"
        r"|relay|smart|server|outgoing|gateway|mta)|\brelay (?:\S{1,80} )?(?:via|through) (?:\S{1,80} )?(?:isp"
        r"|provider)",
        "550 5.7.0 Please use the mail server of your ISP",
        "none",
        _DYNAMIC,
    ),
    Row(
        "~direct ~directly",
        r"(?:send|sent|sending|deliver\w{0,30}|accept\w{0,30}"
        r"|connect\w{0,30}) (?:\w{1,30} ){0,4}direct(?:ly)?(?: (?:from"
        r"|to)\b)? ?(?:\w{1,30} ){0,3}(?:mx|our|this|these|dynamic|end|home|from|server)|direct[- ]to[- ]mx"
        r"|direct (?:connections?|delivery|mail|smtp)\b.{0,60}(?:not|refused|denied|blocked|disallowed)",
        "550 Your host may not send mail directly to our servers",
        "none",
        _DYNAMIC,
    ),
)

_WHO = (
    r"(?:\byour (?:\w{1,30} ){0,2}(?:ip|server|host|address|network|mta|relay|connection|isp|system)\b|\b(?:this|the"
    r"|client|sending|sender|source|remote|connecting|originating|sender's|sender's) (?:\w{1,30} ){0,2}"
    r"(?:ip|ips|host|server|mta|network|client|address)\b|\bclient (?:host|address)?\b|\bip[- ]?(?:address\w{0,30}"
    r"|s)?\b|\bhost\b|(?<![\w.@-])\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\]?)"
)
LISTED = (
    Row(
        "reputation",
        r"(?:poor|low|bad|negative|no|insufficient|suspicious|unknown|questionable) (?:\w{1,30} ){0,3}reputation"
        r"|reputation (?:\w{1,30} ){0,3}(?:is |was |too )?(?:poor|low|bad|negative|insufficient)|reputation (?:score"
        r"|of|filter|block|based|check|service|problem|issue|threshold)"
        r"|(?:ip|sender|server|host|mta|client|address|network|connection)(?:'s|'s| based)? reputation"
        r"|due to (?:\w{1,30} )?reputation|(?:not|n't) (?:have|has) (?:enough|sufficient|any"
        r"|a good) (?:\w{1,30} )?reputation|\bips?\b.{0,80}\breputation\b|\breputation\b.{0,80}\bips?\b",
        "550 Connections from 192.0.2.25 are rejected due to a poor reputation score",
        "unknown",
        _REPUTATION,
    ),
    Row(
        "complaints abuse abusive",
        r"complaints? (?:\w{1,30} ){0,3}(?:against|about|from) \[?\d|(?:complaints?|abuse"
        r"|abusive)\b(?!@).{0,60}(?:from|about|your|this) (?:\w{1,30} ){0,3}ip\b"
        r"|\bip\b.{0,80}(?:complaints|(?<!/)\babuse\b(?!@)|abusive)",
        "421 We got too many complaints about mail from your IP 192.0.2.25",
        "unknown",
        _REPUTATION,
    ),
    Row(
        "rbl rbls dnsbl dnsbls dnsrbl rblsmtpd",
        r"\b(?:rbls?|dnsr?bls?)\b",
        "554 rbl deny",
        "unknown",
        _LISTED,
    ),
    Row(
        "blocked",
        r"(?<!content )(?<!address )\bblocked using \S",
        "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using list.example.net",
        "unknown",
        _LISTED,
    ),
    Row(
        "blacklist blacklisted blacklists blacklisting blacklistis blocklist blocklisted blocklists blocklisting "
        "black block listed listing list denylist denylisted blackholed blackhole blackholes",
        r"\A(?!.*(?:recipient|user|mailbox|content|attachment|subject|header|extension|country"
        r"|sender(?!(?:'s)? (?:ip|mta|server|host))|url|charset|language|tld)(?:'?s)? (?:\S{1,80} ){0,3}(?:is |are "
        r"|was |has been |in |on |a |the |our |my )*(?:black|block|deny) ?-?list)"
        r".*?(?:\b(?:black|block|deny)[- ]?list|\bblackholed?\b|\blocally listed\b|\blisted locally\b"
        r"|\bblack ip\b|\bis on our deny list|"
        + _WHO
        + r".{0,40}\b(?:is|are|was|has been|been|found|currently|being) (?:\w{1,30} ){0,3}listed\b|\blisted (?:in|at"
        r"|on|by) )",
        "553 Sorry, your IP address has been blacklisted",
        "unknown",
        _LISTED,
    ),
    Row(
        "blocked banned ~denied ~refused ~rejected ~forbidden barred ~prohibited block ban blocking ~disallowed",
        _WHO + r"(?:s? (?:\S{3,45} )?blocked\b(?! using)|.{0,60}\b(?:is|are|was|were|has|have|been|being|temporarily"
        r"|permanently|currently|locally|address) (?:\w{1,30} ){0,3}(?:blocked|banned|barred|blackholed|forbidden"
        r"|prohibited|disallowed)\b)"
        r"|\byou (?:are|have been|were) (?:\w{1,30} )?(?:blocked|banned|barred)\b|\d:? blocked$|(?:blocked|banned"
        r"|barred|block|ban|blocking) (?:by |the |your |this |from |of |for |on |a |all |mail |sender |client "
        r"|sending |connections? |server )*(?:ip\b|host\b|(?:ip )?address \[?\d|\[?\d{1,3}\.\d{1,3}\.)",
        "554 5.7.1 Your IP address 192.0.2.25 has been blocked",
        "unknown",
        _LISTED,
    ),
    Row(
        "penalty history",
        r"penalty ?box|bad (?:sending )?history|history of (?:spam|abuse)",
        "554 Your IP address 192.0.2.25 is in our penalty box",
        "unknown",
        _REPUTATION,
    ),
    Row(
        "~spam spammer spamming spammers",
        r"(?:\bip\b|host|server) (?:\S{1,80} )?(?:has |have )?sent (?:\w{1,30} ){0,2}spam|(?:too much|too many|lots of"
        r"|excessive|received|sent|sending) (?:\w{1,30} )?spams? (?:\w{1,30} ){0,3}(?:from|by) (?:your|this"
        r"|the) (?:\w{1,30} )?(?:ip|host|server|address|network)|spams? (?:seen |received |sent "
        r"|coming )?from this address|you are (?:a |an )?(?:known )?spam|(?:currently|been) sending spam\b"
        r"|\bip\b.{0,40}(?:known )?spam(?:mer|ming"
        r"|source| source)|known spam(?:mer| source)|spam source",
        "550 too much spam from your IP 192.0.2.25",
        "unknown",
        _REPUTATION,
    ),
    Row(
        "connect ~network ~bad remotehost ~accepting proxy forbidden whitelisted unwanted submit abuse blocked "
        "permission permissions ~mail ~message ~messages ~connection ~connections ~submit ~deliver "
        "~access ~client ~ip deny ~filter ~access ~accept ~denied ~refused ~rejected "
        "~accepted ~allowed whitelist whitelisted allowlist",
        r"(?<!account )blocked for (?:abuse|spam)|\bconnection (?:was )?(?:rejected|refused|blocked"
        r"|denied) (?:by|due to|for) (?:our |the |local |a )?policy|\bbad (?:sender )?ip\b|(?:host|client"
        r"|your) network (?:is )?not allowed|(?:not|no longer) (?:currently )?accept\w{0,30} (?:any )?(?:mail|e-?mail"
        r"|connections?|messages) from (?:your|this)|no access from (?:mail )?server|open proxy"
        r"|forbidden by your ip|suspiciously like (?:a )?spam|unwanted messages have been sent from"
        r"|only accept \w{1,30} from (?:white ?listed|known|trusted|allowed) (?:ips?|hosts?|servers?)|(?:not (?:allowed"
        r"|permitted|authori[sz]ed)|(?:not|n't|no) (?:have )?(?:the )?permissions?) to (?:connect|(?:send|submit"
        r"|deliver) "
        r"(?:\w{1,30} )?(?:to (?:this|our|the) (?:e?-?mail ?)?(?:server|host|system)"
        r"|.{0,30}from (?:your |this )?(?:ip|host|address|\[?\d)))|(?:mail|connections?|messages?|e-?mail) (?:is |was "
        r"|has been )?(?:refused|rejected|denied|not accepted|declined)(?: from|:| -)* (?:ip |address "
        r"|ip address |host |client "
        r"|server )*[<(\[]?(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[0-9a-f]{1,4}:[0-9a-f:]{4,40})"
        r"|access to (?:submit messages to )?this (?:e-?)?mail system has been rejected|(?:connections?|mail"
        r"|access|e-?mail|messages) from (?:your |this |the )?(?:ip |host |server |ip address "
        r"|address )?\[?(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[0-9a-f:]{6,45})\]? (?:\w{1,30} ){0,3}(?:denied|refused"
        r"|rejected|not (?:accepted|allowed|permitted|welcome))"
        r"|(?:connections?|mail|access|e-?mail|messages) from (?:your|this) (?:ip|host|server|ip address|address"
        r"|network)\b (?:\w{1,30} ){0,3}(?:denied|refused|rejected|not (?:accepted|allowed|permitted|welcome))"
        r"|\bip (?:\S{1,80} )?(?:is )?not in (?:the |our )?(?:white|allow)-?list|access denied\.? (?:for )?(?:your ip"
        r"|ip address)|client host rejected: (?:access denied|rejected|refused)|\bdeny list|(?:your |this "
        r"|sender |client )(?:ip|host|server|ip address) (?:is )?(?:address )?(?:not allowed|rejected|refused"
        r"|denied|not permitted|not welcome)|refused by ip filter",
        "554 5.7.1 You are not allowed to connect",
        "unknown",
        _OTHER,
    ),
    Row(
        "intrusion",
        r"intrusion prevention active",
        "421 4.7.1 Intrusion prevention active for [192.0.2.25][D]",
        "unknown",
        _LISTED,
    ),
)

WORDINGS = (*REVERSE, *DYNAMIC, *LISTED)
