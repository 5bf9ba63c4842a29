"""The table of settings: what may stand in config.toml, what it must be, what it is for; loader, checks and manual."""

# A row of the table is easier to read and to compare as one line.
# ruff: noqa: E501

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: where it stands, what it must be, what it is without, and what it is for.

    A name in capitals stands for keys that the operator chooses: all of them are of that kind.
    """

    table: str
    name: str
    kind: str
    default: str
    about: str


SETTINGS = (
    Setting("", "timezone", "zone", "the system's", "The time zone of days, as in `Asia/Tokyo`."),
    Setting("contact", "name", "line", "", "Your name, as the removal forms ask it."),
    Setting("contact", "email", "mail address", "", "Your address; one in the mail server's domain that the listed host does not serve."),
    Setting("contact", "company", "line", "", "Your company, for forms and mails that ask it."),
    Setting("contact", "phone", "line", "", "Your telephone number, for forms and mails that ask it."),
    Setting("reminders", "lead", "period", "P14D", "How long before a window's day to remind; at most a quarter of the window."),
    Setting("reminders.leads", "LIST", "period", "the catalogue's", "The lead for one list, by its key."),
    Setting("use", "commercial", "flag", "true", "Whether you look lists up for something that is sold: hosting, consulting, a product. Unset counts as true."),
    Setting("use", "registered", "list keys", "", "Lists at which this resolver is registered, or with which you have an agreement."),
    Setting("use.keys", "NAME", "key", "", "Your key for an operator's lists, as in `spamhaus = \"...\"`; it is never shown."),
    Setting("use.queries_per_day", "LIST", "count", "the list's terms", "The daily volume that you agreed with a list, larger or smaller than its terms."),
    Setting("dns", "nameservers", "nameservers", "the system's", "The name servers to ask, as `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`."),
    Setting("dns", "queries_per_second", "number", "", "At most so many queries a second to each name server."),
    Setting("evidence", "measure", "flag", "true", "Whether `delist text` measures what it states; `--no-measure` for one text."),
    Setting("evidence", "fresh", "period", "P7D", "How long a measurement stands in texts before it is made again; one that failed is always made again."),
    Setting("own", "addresses", "addresses", "", "Your own addresses and networks."),
    Setting("own.instances", "NAME", "address", "as replies name it", "From which address an instance of the mail system sends, by the name that it logs with: `server1-2 = \"203.0.113.26\"`."),
    Setting("inbox", "path", "path", "", "A Maildir or mbox in which mails of lists arrive, instead of a server; paths count from the folder of this file."),
    Setting("inbox", "host", "host", "", "The IMAP server, `imap.example.org`. Its certificate must hold by the system's authorities, or those of the file that SSL_CERT_FILE names in the environment."),
    Setting("inbox", "port", "port", "993, or 143", "Its port."),
    Setting("inbox", "security", "tls | starttls | none", "tls", "How the connection is secured; `none` sends the password in the clear."),
    Setting("inbox", "user", "line", "", "Whom to log in as."),
    Setting("inbox", "password", "secret", "", "The password; it is never shown."),
    Setting("inbox", "password_file", "path", "", "A file that holds the password and nothing else, instead; paths count from the folder of this file. Only who runs delist should be able to read it."),
    Setting("inbox", "folder", "line", "INBOX", "The folder that is read."),
    Setting("inbox", "move_to", "line", "", "A folder into which a mail is moved once it is stored. Without it nothing is marked, moved or deleted."),
    Setting("inbox", "authserv", "names", "", "The names under which your own servers write Authentication-Results, and which they remove from mail that comes in with them."),
    Setting("smtp", "host", "host", "", "The relay that sends notices, with a certificate as for `[inbox]`; without one, `sendmail`."),
    Setting("smtp", "port", "port", "587, 465 for tls, 25 for none", "Its port."),
    Setting("smtp", "security", "tls | starttls | none", "starttls", "How the connection is secured."),
    Setting("smtp", "user", "line", "", "Whom to log in as; without a name there is no login."),
    Setting("smtp", "password", "secret", "", "The password; it is never shown."),
    Setting("smtp", "password_file", "path", "", "A file that holds the password and nothing else, instead; paths count from the folder of this file. Only who runs delist should be able to read it."),
    Setting("smtp", "sendmail", "path", "/usr/sbin/sendmail", "The local program that takes mail, where no host is named."),
    Setting("notify", "to", "recipients", "[contact] email", "Who is told: mail addresses, and names of `[notify.channels]`."),
    Setting("notify", "from", "mail address", "[contact] email", "The sender of notices."),
    Setting("notify", "second", "recipients", "", "Whom to tell instead where mail may not arrive: names of channels, or addresses behind another server."),
    Setting("notify", "sends_from", "addresses", "this host's", "The addresses from which the relay sends: if one is listed, notices say so and go to `second`."),
    Setting("notify", "timeout", "number", "30", "How many seconds a relay or a channel may take."),
    Setting("notify.owners", "OWNER", "recipients", "`to`", "Who is told of the addresses of an owner, as `delist address set --owner` names it."),
    Setting("notify.channels", "NAME", "secret", "", "A service that Apprise speaks to, by its URL; it is never shown."),
    Setting("run", "logs", "paths", "where mail systems put them", "The mail logs that `delist run` reads: files, folders, patterns."),
    Setting("run", "check", "due | all | none", "due", "Of which addresses `delist run` asks the lists: those with an open case or a window near, all, or none."),
    Setting("senders", "address", "network", "", "The address or network that these facts are about; the narrowest entry wins."),
    Setting("senders", "role", "owner | provider", "owner", "`provider` if you answer for the network: then you are the one to ask."),
    Setting("senders", "domain", "host name", "", "The domain that the address sends for."),
    Setting("senders", "static", "flag", "", "Whether the address is fixed."),
    Setting("senders", "ptr", "host name", "", "The name that its reverse DNS gives."),
    Setting("senders", "helo", "host name", "", "The name it says in HELO."),
    Setting("senders", "spf", "line", "", "The SPF record that covers it."),
    Setting("senders", "dkim", "line", "", "Who signs its mail: domain and selector."),
    Setting("senders", "selectors", "selectors", "", "The selectors of its DKIM keys, for `delist evidence`: `[\"s2026\"]`, or whole names, `[\"s1._domainkey.example.org\"]`."),
    Setting("senders", "dmarc", "line", "", "The DMARC policy of the domain."),
    Setting("senders", "port25", "closed | open", "", "Whether it takes mail from outside on TCP port 25."),
    Setting("senders", "bounces", "words", "", "Where bounces go and who reads them."),
    Setting("senders", "purpose", "words", "", "What it sends, to whom, and why it must send directly."),
    Setting("senders", "cause", "words", "", "What went wrong and what was mended; for lists of abuse."),
    Setting("senders", "company", "line", "", "The company that sends from it, where it is not the contact's: a customer's."),
    Setting("senders", "phone", "line", "", "Its telephone number."),
    Setting("senders", "shared", "words", "", "Who else sends from it: `dedicated`, or shared by whom."),
    Setting("senders", "imprint", "line", "", "The page with the imprint of the mail host (T-Online)."),
    Setting("senders", "postmaster", "words", "", "Who reads postmaster@ of the mail host (SPFBL)."),
    Setting("senders", "whois", "words", "", "What whois says of the range (Invaluement)."),
    Setting("senders", "asn", "line", "", "The AS number of the network (Trend Micro, for providers)."),
    Setting("senders", "policy", "line", "", "The page with your acceptable use policy (Trend Micro)."),
    Setting("senders", "prefix", "line", "", "The prefix that is allocated to you (Spamhaus CSS, IPv6)."),
)  # fmt: skip

TABLES = frozenset(setting.table for setting in SETTINGS if setting.table)


def settings_of(table: str) -> dict[str, Setting]:
    """Return the settings of a table by name; the operator's choice of keys stands under a name in capitals."""
    return {setting.name: setting for setting in SETTINGS if setting.table == table}
