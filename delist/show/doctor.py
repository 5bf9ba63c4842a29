"""What `doctor` found, in sentences: what works, what does not, and what to do about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.doctoring.values import Finding, Grade, Subject, What
from delist.rules.secrets import conceal
from delist.show.words import clock, in_zone, instant, one_line

# What is told of each, and what to do about it, if there is something to do.
_SENTENCES: Mapping[What, tuple[str, str]] = {
    What.CONFIG_READ: ("{path} is read", ""),
    What.CONFIG_NONE: ("there is no {path}: everything is as by default", ""),
    What.CONFIG_WRONG: ("{why}", "mend what is named; the manual has every key: man delist"),
    What.CONFIG_OPEN: ("{path} has secrets in it, and everybody here may read it", "chmod o-rwx {path}"),
    What.LISTS_OWN: ("{path} is read: {count} lists in all", ""),
    What.TEMPLATES_NONE: ("those that come along; none of your own in {path}", ""),
    What.TEMPLATES_READ: ("{count} of your own in {path} can be read", ""),
    What.TEMPLATE_WRONG: ("{path}: {why}", "mend it, or take it away: then the one that comes along is used"),
    What.DATABASE_WELL: ("{path} is whole, and of the newest schema", ""),
    What.DATABASE_NONE: ("{path}: nothing is recorded yet", ""),
    What.DATABASE_OLDER: (
        "{path} is of an older delist",
        "delist db upgrade (the next command that writes does it too)",
    ),
    What.DATABASE_DAMAGED: ("{path} is damaged: {why}", "delist db restore FILE, with the newest copy that is whole"),
    What.DATABASE_WRONG: ("{why}", ""),
    What.DATABASE_READ_ONLY: (
        "{user} may not write to {path}, or beside it",
        "have whoever runs delist here let the group write: chmod g+w; usermod -aG delist {user}",
    ),
    What.COPY_NONE: ("no copy of it is in {path}", "delist db backup, every week or so, and keep copies elsewhere too"),
    What.COPY_OLD: ("the newest copy in {path} is of {at}", "delist db backup"),
    What.COPY_NEW: ("the newest copy in {path} is of {at}", ""),
    What.SPACE: ("{free} MB are free in {path}", ""),
    What.SPACE_SHORT: (
        "only {free} MB are free in {path}",
        "make room: {needed} MB are needed for a copy before changes",
    ),
    What.CLOCK_SET: ("is kept right", ""),
    What.CLOCK_FREE: (
        "nothing keeps it right (NTP): windows and links would be dated wrongly",
        "systemctl enable --now systemd-timesyncd, or chrony; in a container it is the host's",
    ),
    What.CLOCK_UNKNOWN: ("whether something keeps it right cannot be told here", ""),
    What.FUTURE: (
        "{count} history entries were recorded in the future, the latest at {at}",
        "set the clock; if it was wrong then, look at what was recorded: delist requests",
    ),
    What.RESOLVER_ANSWERS: ("{nameserver} answers, in {ms} ms", ""),
    What.RESOLVER_SILENT: ("{nameserver}: {why}", "name one that answers: [dns] nameservers"),
    What.RESOLVER_INVENTS: (
        "{nameserver} has an address for a name that there is not",
        "ask a resolver that does not rewrite answers: [dns] nameservers",
    ),
    What.LISTS_ASKED: ("{count} can be asked: {lists}", ""),
    What.LIST_TROUBLED: (
        "cannot be asked over this resolver about IPv{version} addresses ({why}): {lists}",
        "use a resolver of your own (not a public one), or look by hand: delist check --by-hand ADDRESS",
    ),
    What.LISTS_BARRED: ("{count} are not asked, by their terms: {lists} ([use] in config.toml)", ""),
    What.LISTS_NONE: (
        "none of {count} default lists may be asked, by their terms",
        "declare your use: [use] in config.toml",
    ),
    What.LOG_READ: ("{paths} can be read", ""),
    What.LOG_CLOSED: ("{user} may not read {path}", "usermod -aG adm {user}, or whatever group ls -l {path} shows"),
    What.LOG_GONE: (
        "{path} was read before and is gone",
        "if nothing logs there any more, put an empty file in its place: then nobody waits for it",
    ),
    What.LOG_NONE: ("there is none where mail systems put it, and no journal: nothing is scanned here", ""),
    What.JOURNAL_READ: ("there is none in a file; the journal can be read", ""),
    What.JOURNAL_CLOSED: (
        "there is none in a file, and {user} may not read all of the journal",
        "usermod -aG systemd-journal {user}",
    ),
    What.NOT_CONFIGURED: ("not in use ({setting} names none)", ""),
    What.INBOX_READ: ("{where} can be read", ""),
    What.INBOX_COUNTED: ("{where} lets us in; {count} mails in it", ""),
    What.INBOX_CLOSED: ("{user} cannot read {path}", "let that user read it, or name another path in [inbox]"),
    What.PROGRAM_THERE: ("mail goes through {path}", ""),
    What.PROGRAM_MISSING: ("there is no program {path}", "name a relay: [smtp] host"),
    What.RELAY_ANSWERS: ("{host} lets us in", ""),
    What.RELAY_FAILS: ("{host}: {why}", "mend [smtp], then: delist notify --test"),
    What.RELAY_LISTED: (
        "it sends from {address}, which is on {list}: notices by mail may not arrive",
        "name another way round: [notify] second",
    ),
    What.CHANNEL_KNOWN: ("{name} is one that Apprise can use", ""),
    What.CHANNEL_UNKNOWN: ("{name} has no URL that Apprise knows", "mend it in [notify.channels]"),
    What.RUN_NEVER: ("nothing is done by itself yet: delist units --systemd, or --cron", ""),
    What.RUN_DONE: ("{kind} at {at}", ""),
    What.RUN_OLD: ("{kind} at {at}, and not since", "systemctl status delist-run.timer, or look at the cron log"),
    What.RUN_FAILED: ("{kind} at {at} failed: {why}", "delist run tells whether it still does"),
    What.RUN_CUT_OFF: (
        "{kind} at {at} was cut off before its end, or hangs",
        "journalctl -u delist-run; delist run does it again",
    ),
    What.NOTICES_UNSURE: ("{count} notices may not have been sent", "delist notify tells once more what was in them"),
    What.ERROR: ("{why}", "{mend}"),
    What.BUG: ("this is a bug in delist ({why})", "please report it"),
    What.TOO_SLOW: (
        "no answer within {seconds} seconds",
        "whatever it is that hangs, it keeps the nightly run waiting too",
    ),
}

# What to do about an error, by what was looked at; the others name it themselves.
_MEND: Mapping[Subject, str] = {
    Subject.INBOX: "mend [inbox]; then: delist mail --dry-run",
    Subject.RELAY: "mend [smtp]; then: delist notify --test",
    Subject.CHANNELS: "mend [notify.channels]; then: delist notify --test",
    Subject.RESOLVER: "name one that answers: [dns] nameservers",
}


def lines(findings: Sequence[Finding], zone: ZoneInfo) -> list[str]:
    """Return a line for each finding."""
    width = max((len(grade) for grade in Grade), default=0)
    return [_line(each, zone, width) for each in findings]


def _line(finding: Finding, zone: ZoneInfo, width: int) -> str:
    what, mend = sentences(finding, zone)
    return f"{finding.grade:<{width}}  {finding.subject}: {what}" + (f"; {mend}" if mend else "")


def sentences(finding: Finding, zone: ZoneInfo) -> tuple[str, str]:
    """Return what was found, and what to do about it ("" if nothing is to be done); without any secret."""
    about = {
        name: clock(value, zone) if isinstance(value, datetime) else value for name, value in finding.about.items()
    }
    about.setdefault("mend", _MEND.get(finding.subject, ""))
    what, mend = (_plain(text.format_map(about), zone) for text in _SENTENCES[finding.what])
    return what, "" if finding.grade is Grade.OK else mend


def _plain(text: str, zone: ZoneInfo) -> str:
    return one_line(conceal(in_zone(text, zone))[0])


def document(findings: Sequence[Finding], zone: ZoneInfo, code: int) -> dict[str, Any]:
    """Return the findings for scripts."""
    return {"findings": [_as_json(each, zone) for each in findings], "exit_code": code}


def _as_json(finding: Finding, zone: ZoneInfo) -> dict[str, Any]:
    what, mend = sentences(finding, zone)
    at = finding.about.get("at")
    return {
        "subject": finding.subject.value,
        "grade": finding.grade.value.lower(),
        "code": finding.what.value,
        "what": what,
        "mend": mend or None,
        "at": instant(at) if isinstance(at, datetime) else None,
    }
