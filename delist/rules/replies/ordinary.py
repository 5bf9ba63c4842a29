"""Everyday refusals that are about the recipient, the message or the connection, not about the address."""

from delist.rules.replies.beside import OTHERWISE
from delist.rules.replies.rows import Row
from delist.rules.replies.values import Topic

# The topic of a reply that holds no word of a block, by single words; the first of them that is there counts.
WORDS: dict[Topic, str] = {
    Topic.GREYLISTING: "greylisted greylisting greylist graylisted graylisting graylist postgrey",
    Topic.AUTHENTICATION: "dmarc dkim spf unauthenticated framework",
    Topic.RELAYING: "relay relaying relayed rcpthosts",
    Topic.RECIPIENT: "mailbox user recipient quota overquota account inbox addressee nosuchuser",
    Topic.LIMIT: "many limit throttled concurrent rate",
    Topic.MESSAGE: "spam virus content message attachment size large headers header malware phishing unsolicited",
    Topic.HELO: "helo",
    Topic.SENDER: "sender",
}

ROWS = (
    Row(
        "greylisted greylisting greylist graylisted graylist graylisting postgrey gl01 grey",
        r"gr[ae]y-?list|\bpostgrey|\[gl01\]",
        "450 4.2.0 Recipient address rejected: Greylisted, your IP address is new here",
        topic=Topic.GREYLISTING,
    ),
    Row(
        "score points spam junk bulk virus phishing malware unsolicited uce scored suspicious infected phish ube",
        r"\bspam score\b|\bscored \d|\d (?:spam )?points\b|(?:detected|identified|classified"
        r"|classification|flagged|considered|recogni[sz]ed|marked|tagged"
        r"|categori[sz]ed|scored|rated|treated|"
        r"regarded|judged|reported|matched|determined to be) (?:\S{1,80} ){0,4}?(?:spam|junk|bulk|virus|phish|malware"
        r"|unsolicited|uce|infected)",
        "554 5.7.1 Mail from 192.0.2.25 was detected as spam",
        topic=Topic.MESSAGE,
    ),
    Row(
        "spam junk unsolicited suspicious malware phishing virus phish",
        r"(?:looks?|appears?|seems?|likely|similar|suspected|probabl[ey]|possibl[ey]|contain(?:s|ed|ing)|is|was"
        r"|because of|as|consider|believe\w{0,30}|resembl\w{1,30}) "
        r"(?:to be |like |to |an? |be |this |it |some )*(?:spam(?!haus|ming|mer| source| host)|junk|unsolicited"
        r"|suspicious|malware|phish|virus)(?! ip)(?!.{0,300}(?:your|the sending|this) ip)",
        "550 5.7.1 [192.0.2.25] This mail is likely unsolicited and was not accepted",
        topic=Topic.MESSAGE,
    ),
    Row(
        "spam antispam",
        r"(?<!from )(?:anti-?spam|spam) (?:found|content|score|points?|pattern|filter|engine|message|rule|check"
        r"|signature|detect\w{0,30}|profile\w{0,30}|assassin|like|threshold|level|polic\w{1,30}|firewall|protection)"
        r"(?!.{0,300}(?:ip address|your ip|this ip|sending ip|ip-address|black ip|penalty))",
        "554 5.7.1 refused by our spam filter",
        topic=Topic.MESSAGE,
    ),
    Row(
        "virus viruses words word phrase phrases extension file content body subject attachment header headers "
        "malware rfc multiple",
        r"(?:content|body|subject|attachment|headers?)\b(?: \S{1,80}){0,4} (?:listed|reject\w{0,30}|block\w{0,30}"
        r"|denied|refused"
        r"|violat\w{0,30}|not allowed|prohibited|banned|illegal|forbidden|unacceptable)"
        r"|(?:reject\w{0,30}|block\w{0,30}|denied|refused|due to|because of|for) (?:\S{1,80} ){0,3}(?:content"
        r"|attachment|header"
        r"|body|subject)\b|nature of the content|\b(?:virus|malware)[- ]infected|\bvirus(?:es)? (?:was "
        r"|were )?(?:found|detected|in)\b|(?:black"
        r"|block) ?listed (?:attachment|word|file|extension|content|phrase|subject|keyword)|(?:words?|phrases?"
        r"|content) (?:\w{1,30} )?(?:on|in) (?:our|the|a|your) (?:\w{1,30} )?(?:black|block)|(?:body|content) contains"
        r"|rfc 5322|rfc 2822|multiple (?:addresses|subject)",
        "550 5.7.0 Message blocked because its content is not allowed here",
        topic=Topic.MESSAGE,
    ),
    Row(
        "relay relaying relayed rcpthosts gateway",
        r"relay(?:ing|ed)? (?:access |is |was |not |mail |has been |to \S{1,80} )*(?:denied|permitted|prohibited"
        r"|allowed|disallowed|rejected|quota|forbidden)"
        r"|(?:unable|cannot|can't|not (?:allowed|permitted|authori[sz]ed|configured)|we do not|won't"
        r"|refuse) (?:to )?relay|open relay rejected|relaying (?:is )?(?:denied|disallowed)"
        r"|as a relay\b|allowed rcpthosts|mail relay denied|relay quota|(?:does not|doesn't|no"
        r"|not) (?:allow )?relay(?:ing)?\b(?! host)",
        "550 5.7.1 Relaying denied. IP name lookup failed [192.0.2.25]",
        topic=Topic.RELAYING,
    ),
    Row(
        "listed directory user mailbox recipient account address inbox unknown inactive alias addressee",
        r"(?:user|recipient|mailbox|address|account)(?: address rejected:)?(?: \S{1,80})? (?:is |was |does |has been "
        r"|address rejected: )?(?:unknown|not found|not exist|doesn't exist|no longer|inactive|"
        r"disabled|suspended|unavailable|invalid|full|over ?quota|not listed|not local|unrout\w{1,30}|undeliverable"
        r"|over its|exceed\w{0,30}|frozen|expired|deactivated|locked|on hold|unallocated)"
        r"|(?:unknown|no such|invalid|nonexistent|non-existent|bad|inactive|disabled) (?:\w{1,30} )?(?:user|recipient"
        r"|mailbox|address|account|addressee|alias)|mailbox unavailable|user unknown"
        r"|not listed in (?:\w{1,30} ){0,4}directory|recipient'?s (?:\w{1,30} )?(?:black|block|deny) ?list",
        "550 5.1.1 No such user here; blocked for 192.0.2.25",
        topic=Topic.RECIPIENT,
    ),
    Row(
        "quota full storage overquota mailbox disk",
        r"over ?quota|quota exceeded|mailbox (?:is )?full|disk (?:quota|space|full)|out of storage"
        r"|exceed\w{0,30} (?:\w{1,30} ){0,3}quota|insufficient (?:system |disk )?(?:storage|space)",
        "552 5.2.2 Over quota; mail from your IP is held back",
        topic=Topic.RECIPIENT,
    ),
    Row(
        "many connections sessions concurrent messages recipients limit frequency number simultaneous hops",
        r"(?:too many|number of|maximum|excessive|concurrent|simultaneous|limit of|exceed\w{0,30}) (?:(?!spam"
        r"|unwanted)\S{1,80} ){0,3}(?:connections?|sessions?|recipients|messages|e?mails|hops|errors|commands|threads"
        r"|bad commands)\b"
        r"(?!.{0,300}(?:reputation|complaint|spam|\bblack ?list))|connection (?:rate |frequency )?limit(?:ed)?\b",
        "421 4.7.0 Too many concurrent connections from your IP address",
        topic=Topic.LIMIT,
    ),
    Row(
        "size large big",
        r"(?:message|mail|attachment) (?:\w{1,30} ){0,3}(?:too (?:large|big)|size)|size (?:limit|exceed)",
        "552 5.3.4 Message too large; blocked",
        topic=Topic.MESSAGE,
    ),
    Row(
        "starttls tls ssl encryption certificate",
        r"\b(?:starttls|tls|ssl\w{0,30})\b(?: \S{1,80}){0,4} (?:required|needed|first|must)|must issue (?:a )?starttls"
        r"|requires? (?:\w{1,30} )?(?:tls|encryption)",
        "530 5.7.0 Access denied: your IP must issue STARTTLS first",
        topic=Topic.OTHER,
    ),
    Row(
        "connect connection timed timeout network reset lookup nameserver responded mx",
        r"connect(?:ion)? to \S{1,80}(?: \S{1,80})?: (?:connection|no route|network|operation)|connection (?:timed out"
        r"|reset|refused by|dropped)|network (?:is )?unreachable|name service error"
        r"|no route to host|host or domain name not found|lookup of \S{1,80} (?:responded|had)|lost connection",
        "connect to mx.example.org[198.51.100.25]:25: Connection timed out",
        topic=Topic.OTHER,
    ),
    Row(
        "sender domain",
        r"\A(?!.*(?:\bptr\b|reverse ?dns|rdns)).*?(?:domain of sender|sender domain|sender address rejected"
        r"|sender verif|(?:sending|from|sender) domain (?:must|does|not)|callout|envelope sender|sender blocked)",
        "450 4.1.8 Sender address rejected: Domain not found; dns of example.com has no host name",
        topic=Topic.SENDER,
    ),
    Row(
        "authentication auth",
        OTHERWISE + r".*?(?:(?:without|requires?|needs?|use|proper) (?:smtp )?auth(?:entication)?\b"
        r"|auth(?:entication)? (?:is )?(?:required|needed|failed))",
        "550 5.7.1 Client does not have permission to submit to this server without authentication",
        topic=Topic.OTHER,
    ),
    # The host that mail goes to, by its name; what is said of ours, of an address or of a reverse name is left alone.
    Row(
        "hostname host lookup domain named",
        r"\A(?!.*(?:\byour\b|\bclient|\bsend(?:ing|er)|\bremote\b|connecting|\bptr\b|reverse|rdns))"
        r".*?(?:(?:couldn't|could not|cannot|can't|unable to|failed to) (?:find|resolve|look ?up|locate) (?:any "
        r"|the |a )?"
        r"(?:host ?name|host|domain(?: name)?)(?: named| name)?(?: of the| of| for)? (?:recipient|destination"
        r"|<?(?!\d{1,3}\.\d{1,3}\.)[\w-]{1,63}\.[\w-])|(?:host ?name|host|dns|domain|name) (?:name )?(?:lookup"
        r"|resolution) (?:failed"
        r"|failure|error|did not succeed)(?: for| of|:) <?(?!\d{1,3}\.\d{1,3}\.)[\w-]{1,63}\.[\w-])",
        "Sorry, I couldn't find any host named nowhere.example. (#5.1.2)",
        topic=Topic.RECIPIENT,
    ),
    Row(
        "recipient envelope organization you your",
        r"you (?:have been|are|were) blocked by (?:the |this )?(?:recipient|user|addressee)|envelope blocked"
        r"|(?:recipient|user|addressee) has (?:blocked|rejected|black ?listed) you",
        "550 5.7.1 You have been blocked by the recipient",
        topic=Topic.RECIPIENT,
    ),
)
