"""Looks at what is outside: name servers, lists, the inbox, the relay, channels; and when they were last used."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from delist.actions import steps
from delist.actions.checking.plan import everything
from delist.actions.checking.probing import probe
from delist.actions.desk import Desk, reading, snapshot
from delist.actions.doctoring.values import Finding, Grade, Subject, What
from delist.actions.lately import Lately, lately
from delist.actions.notifying import routes
from delist.errors import SetupError
from delist.lookup import Session, parse_nameserver, system_nameservers, wire
from delist.mail import imap
from delist.mail.imap import Access
from delist.notify import channels as services
from delist.notify import mail
from delist.notify.values import Relay
from delist.probe.side import side_by_side
from delist.rules.dnsbl import Failure, Health
from delist.rules.terms import TERMS
from delist.settings import Inbox
from delist.store.version import Age, age_of
from delist.tools import Tools

# A nightly run that is older than this did not happen last night.
_A_NIGHT = timedelta(hours=26)


def resolver(tools: Tools, nameservers: Sequence[str]) -> Iterator[Finding]:
    """Yield which name servers answer, and in how many milliseconds."""
    for server in _servers(tools, nameservers):
        yield _asked(server)


def _servers(tools: Tools, nameservers: Sequence[str]) -> list[tuple[str, int]]:
    named = [parse_nameserver(text) for text in nameservers or tools.settings.dns.nameservers]
    return named or system_nameservers()


def _asked(server: tuple[str, int]) -> Finding:
    """Ask for a name that cannot exist (RFC 6761, section 6.4): an address for it is the resolver's invention."""
    with Session([server]) as session:
        begun = monotonic()
        lane = session.door("invalid").addresses
        answers = [answer for _, _, answer in session.ask({lane: [(0, wire.labels(secrets.token_hex(8)))]})]
        about = {"nameserver": session.servers[0].name, "ms": round((monotonic() - begun) * 1000)}
    answer = answers[0]
    if answer.failure:
        # A server of some zones alone refuses all other names; whether it does for the lists, their own looks say.
        grade = Grade.WARN if answer.failure is Failure.REFUSED else Grade.FAIL
        return Finding(Subject.RESOLVER, grade, What.RESOLVER_SILENT, {**about, "why": answer.failure})
    if answer.codes:
        return Finding(Subject.RESOLVER, Grade.FAIL, What.RESOLVER_INVENTS, about)
    return Finding(Subject.RESOLVER, Grade.OK, What.RESOLVER_ANSWERS, about)


def lists(tools: Tools, nameservers: Sequence[str]) -> Iterator[Finding]:
    """Yield which of the lists that are asked by default can be asked from here, by their test points."""
    keys = [entry.key for entry in tools.catalogue.all() if entry.default and entry.closed is None]
    if not keys or not (targets := everything(tools, keys)).targets:
        yield Finding(Subject.LISTS, Grade.WARN, What.LISTS_NONE, {"count": len(keys)})
        return
    # Where limited questions are counted, a database would be made for that, or upgraded.
    with nullcontext(tools) if age_of(tools.database) is Age.CURRENT else snapshot(tools) as asking:
        found = probe(asking, keys, nameservers)
    health: dict[str, list[tuple[int, Health]]] = {}
    for each in found.probed:
        health.setdefault(each.entry.key, []).append((each.version, each.health))
    well = sorted(key for key, of in health.items() if all(one.is_good for _, one in of))
    yield from _troubled({key: of for key, of in sorted(health.items()) if key not in well})
    if well:
        yield Finding(Subject.LISTS, Grade.OK, What.LISTS_ASKED, {"lists": ", ".join(well), "count": len(well)})
    barred = sorted({each.entry.key for each in (*targets.not_asked, *found.not_asked) if each.why == TERMS})
    if barred:
        yield Finding(Subject.LISTS, Grade.OK, What.LISTS_BARRED, {"lists": ", ".join(barred), "count": len(barred)})


def _troubled(health: Mapping[str, Sequence[tuple[int, Health]]]) -> Iterator[Finding]:
    """Yield what is wrong with lists, those with the same trouble together."""
    alike: dict[tuple[str, int, Grade], list[str]] = {}
    for key, found in health.items():
        version, first = min(((version, one) for version, one in found if not one.is_good), key=lambda each: each[0])
        # A list that answers for IPv4 and not for IPv6 is of use.
        is_of_use = any(one.is_good for _, one in found) and version == 6
        alike.setdefault((first.trouble, version, Grade.WARN if is_of_use else Grade.FAIL), []).append(key)
    for (why, version, grade), keys in alike.items():
        about = {"lists": ", ".join(keys), "why": why, "version": version}
        yield Finding(Subject.LISTS, grade, What.LIST_TROUBLED, about)


def inbox(tools: Tools) -> Iterator[Finding]:
    """Yield whether the mails of lists can be read."""
    found = tools.settings.inbox
    if not found.is_set:
        yield Finding(Subject.INBOX, Grade.OK, What.NOT_CONFIGURED, {"setting": "[inbox]"})
    elif found.path:
        yield _folder(found, tools.by)
    else:
        login = found.login
        access = Access(login.host, login.user, login.secret(), login.security, login.port)
        about = {"where": f"{found.folder} of {login.user} on {login.host}", "count": imap.count(access, found.folder)}
        yield Finding(Subject.INBOX, Grade.OK, What.INBOX_COUNTED, about)


def _folder(found: Inbox, user: str) -> Finding:
    path = Path(found.path)
    parts = (path / "new", path / "cur") if path.is_dir() else (path,)
    if not all(os.access(part, os.R_OK) for part in parts):
        return Finding(Subject.INBOX, Grade.FAIL, What.INBOX_CLOSED, {"path": str(path), "user": user})
    return Finding(Subject.INBOX, Grade.OK, What.INBOX_READ, {"where": str(path)})


def relay(tools: Tools) -> Iterator[Finding]:
    """Yield whether notices by mail find a way out, and whether that way is a listed one."""
    found = tools.settings
    if not any(map(routes.is_mail, _recipients(tools))):
        yield Finding(Subject.RELAY, Grade.OK, What.NOT_CONFIGURED, {"setting": "[notify] to"})
        return
    if found.smtp.host:
        login = found.smtp
        seconds = found.notify.timeout
        why = mail.answers(Relay(login.host, login.port, login.security, login.user, login.secret(), seconds))
        what = What.RELAY_FAILS if why else What.RELAY_ANSWERS
        about = {"host": found.smtp.host, "why": why}
        yield Finding(Subject.RELAY, Grade.FAIL if why else Grade.OK, what, about)
    else:
        program = found.sendmail or routes.SENDMAIL
        is_there = os.access(program, os.X_OK)
        what = What.PROGRAM_THERE if is_there else What.PROGRAM_MISSING
        yield Finding(Subject.RELAY, Grade.OK if is_there else Grade.FAIL, what, {"path": program})
    yield from _listed(tools)
    # Without a sender nothing is sent, however well the relay is; what is raised is the finding.
    routes.sender(found)


def _recipients(tools: Tools) -> tuple[str, ...]:
    try:
        return routes.everybody(tools.settings, None)
    except SetupError:
        # Nobody is named.
        return ()


def _listed(tools: Tools) -> Iterator[Finding]:
    if age_of(tools.database) is not Age.CURRENT:
        return
    with reading(tools) as desk:
        found = routes.listed_relay(desk) if desk else ()
    grade = Grade.WARN if tools.settings.notify.second else Grade.FAIL
    for each in found:
        yield Finding(Subject.RELAY, grade, What.RELAY_LISTED, {"address": each.address, "list": each.list})


def channels(tools: Tools) -> Iterator[Finding]:
    """Yield whether Apprise knows each channel's service; nobody is called."""
    named = tools.settings.notify.channels
    if not named:
        yield Finding(Subject.CHANNELS, Grade.OK, What.NOT_CONFIGURED, {"setting": "[notify.channels]"})
        return
    known = side_by_side([partial(services.is_known, url) for url in named.values()], services.LOADING)
    for name, is_known in zip(named, known, strict=True):
        what = What.CHANNEL_KNOWN if is_known else What.CHANNEL_UNKNOWN
        yield Finding(Subject.CHANNELS, Grade.OK if is_known else Grade.FAIL, what, {"name": name})


def runs(tools: Tools) -> Iterator[Finding]:
    """Yield when each step was last done, and what of it failed or was cut off."""
    if age_of(tools.database) is not Age.CURRENT:
        yield Finding(Subject.RUNS, Grade.OK, What.RUN_NEVER)
        return
    with reading(tools) as desk:
        found = list(_runs(desk)) if desk else []
    yield from found or [Finding(Subject.RUNS, Grade.OK, What.RUN_NEVER)]


def _runs(desk: Desk) -> Iterator[Finding]:
    done = lately(desk)
    for step in filter(None, done.steps.values()):
        yield _run(done, step, desk.at)
    if done.unsure:
        yield Finding(Subject.RUNS, Grade.WARN, What.NOTICES_UNSURE, {"count": done.unsure})


def _run(done: Lately, step: steps.Step, at: datetime) -> Finding:
    about = {"kind": step.kind, "at": step.started_at, "why": step.why}
    if done.is_cut_off(step, at):
        return Finding(Subject.RUNS, Grade.WARN, What.RUN_CUT_OFF, about)
    if step.why:
        return Finding(Subject.RUNS, Grade.WARN, What.RUN_FAILED, about)
    if step.kind == steps.RUN and at - step.started_at > _A_NIGHT:
        return Finding(Subject.RUNS, Grade.WARN, What.RUN_OLD, about)
    return Finding(Subject.RUNS, Grade.OK, What.RUN_DONE, about)
