"""`delist evidence` of what `delist scan --record` has kept: figures, refusals; nothing on a network is asked."""

import gzip
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delist import settings
from delist.actions.recorded import RECORDED
from delist.rules.evidence.values import MEASURED
from delist.settings import Settings
from delist.tools import Tools
from tests.conftest import NOW, Run, at, fine

A, OTHER = "203.0.113.7", "203.0.113.8"
OFFLINE = [word for claim in MEASURED if claim not in RECORDED for word in ("--omit", claim)]
SENT, BOUNCED, DEFERRED, REFUSED = (
    "sent (250 2.0.0 Ok)",
    "bounced (host mx.example.org[192.0.2.90] said: 550 5.1.1 no such user (in reply to RCPT TO command))",
    "deferred (host mx.example.org[192.0.2.90] said: 451 4.3.0 later (in reply to DATA command))",
    f"bounced (host mx.example.org[192.0.2.90] said: 550 5.7.1 [{A}] blocked, see zen.spamhaus.org, PBL: "
    f"https://www.spamhaus.org/query/ip/{A} (in reply to RCPT TO command))",
)


def line(when: datetime, ended: str = SENT, relay: str = "mx.example.org[192.0.2.90]:25", host: str = "mx1") -> str:
    """A line of Postfix."""
    return (
        f"{when:%Y-%m-%dT%H:%M:%S}+00:00 {host} postfix/smtp[12]: {int(when.timestamp()):X}: to=<a@example.org>, "
        f"relay={relay}, delay=1, delays=0/0/1/0, dsn=2.0.0, status={ended}\n"
    )


def day(before: int, sent: int = 60, bounced: int = 1, **of: str) -> str:
    """A day's lines: deliveries a minute apart, from so many days before now on."""
    begin = NOW - timedelta(days=before)
    ends = [SENT] * sent + [BOUNCED] * bounced + [DEFERRED]
    return "".join(line(begin + timedelta(minutes=number), ended, **of) for number, ended in enumerate(ends))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of two days, the second of them yesterday."""
    return write(tmp_path / "mail.log", day(2) + day(1))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return path


def told(run: Run, address: str = A, **of: Any) -> dict[str, dict[str, Any]]:
    """What evidence says of each claim that comes from records."""
    document = fine(run("evidence", address, *OFFLINE, "--json", **of))
    return {each["claim"]: each for each in document["evidence"]}


def traffic(run: Run, address: str = A, **of: Any) -> str:
    value: str = told(run, address, **of)["traffic"]["value"]
    return value


def scan(run: Run, *words: object, **of: Any) -> None:
    assert run("scan", *words, **of).code == 0


def test_before_anything_is_recorded_nothing_is_known(run: Run) -> None:
    found = told(run)
    assert list(found) == ["sbl", "refusals", "static", "traffic"]
    assert {each["outcome"] for each in found.values()} == {"unknown"}
    assert "`delist scan --record`" in found["traffic"]["value"]


def test_a_recorded_scan_tells_how_many_deliveries_bounced(run: Run, log: Path) -> None:
    scan(run, log, "--record")
    assert told(run)["traffic"]["outcome"] == "holds"
    assert traffic(run) == (
        "122 deliveries to other servers in the mail log of this host, whichever of its addresses they went out from: "
        "2 bounced (1.6 %), 2 deferred attempts, from 2026-11-22T03:00:00Z to 2026-11-23T04:01:00Z"
    )


def test_people_read_times_of_their_zone(run: Run, log: Path) -> None:
    scan(run, log, "--record")
    assert "from 2026-11-22 12:00 +09:00 to 2026-11-23 13:01 +09:00" in run("evidence", A, *OFFLINE).out


def test_too_many_bounces_are_to_be_mended(run: Run, tmp_path: Path) -> None:
    scan(run, write(tmp_path / "mail.log", day(1, 95, 5)), "--record")
    found = told(run)["traffic"]
    assert (found["outcome"], "5 bounced (5.0 %)" in found["value"]) == ("fails", True)
    assert "recipient lists" in found["mend"]


def test_a_log_that_is_scanned_again_counts_once_and_whole(run: Run, log: Path) -> None:
    scan(run, log, "--record")
    scan(run, log, "--record")
    assert traffic(run).startswith("122 deliveries")
    write(log, log.read_text() + line(NOW))
    scan(run, log, "--record")
    assert traffic(run).startswith("123 deliveries")
    scan(run, write(log.with_name("copy.txt"), log.read_text()), "--record")
    assert traffic(run).startswith("123 deliveries")


def test_what_is_new_each_night_is_added_also_across_rotation(run: Run, log: Path) -> None:
    write(log, day(2))
    scan(run, log, "--new", "--record")
    assert traffic(run).startswith("61 deliveries")
    # The last second of what was read goes on.
    write(log, log.read_text() + log.read_text().splitlines(keepends=True)[-1].replace(DEFERRED, SENT) + day(1))
    scan(run, log, "--new", "--record")
    scan(run, log, "--new", "--record")
    assert traffic(run).startswith("123 deliveries")
    packed = log.with_name("mail.log.1.gz")
    packed.write_bytes(gzip.compress((log.read_text() + line(NOW - timedelta(hours=3))).encode()))
    write(log, line(NOW - timedelta(hours=2)) + line(NOW - timedelta(hours=1)))
    scan(run, log, "--new", "--record")
    assert traffic(run).startswith("126 deliveries")
    scan(run, log, packed, "--record")
    assert traffic(run).startswith("126 deliveries")


@pytest.mark.parametrize("words", [(), ("--record", "--dry-run"), ("--new",)])
def test_nothing_is_kept_unless_it_is_recorded(run: Run, log: Path, words: tuple[str, ...]) -> None:
    scan(run, log, *words)
    assert "no figures" in traffic(run)


def test_what_is_left_out_of_a_scan_is_counted_all_the_same(run: Run, log: Path) -> None:
    scan(run, log, "--record", "--since", "2026-11-23", "--receiver", "example.net")
    assert traffic(run).startswith("122 deliveries")


def test_what_stays_on_this_host_is_no_delivery(run: Run, tmp_path: Path) -> None:
    here = "".join(
        line(NOW, SENT, relay)
        for relay in ("127.0.0.1[127.0.0.1]:10024", "localhost[::1]:10025", "mx1[private/dovecot-lmtp]", "none")
    )
    here += line(NOW).replace("/smtp[", "/lmtp[") + line(NOW).replace("/smtp[", "/local[")
    scan(run, write(tmp_path / "mail.log", day(1) + here), "--record")
    assert traffic(run).startswith("61 deliveries")


def test_figures_of_a_month_ago_are_none_of_today(run: Run, tools: Tools, log: Path) -> None:
    scan(run, log, "--record")
    assert "no figures" in traffic(run, with_tools=at(tools, NOW + timedelta(days=31)))


def test_of_several_hosts_the_one_is_taken_that_the_address_sends_from(run: Run, tools: Tools, log: Path) -> None:
    of_two = write(log, day(1, 110, host="mx1.example.jp") + day(1, 120, host="mx2.example.jp"))
    for host in ("mx1", "mx2"):
        scan(run, of_two, "--record", "--host", host)
    assert "figures of several hosts are on record" in traffic(run)
    stated = replace(tools, settings=Settings(instances={"mx1.example.jp": OTHER, "mx2.example.jp/postfix": A}))
    assert traffic(run, with_tools=stated).startswith("121 deliveries to other servers in the mail log of mx2")
    assert traffic(run, OTHER, with_tools=stated).startswith("111 deliveries to other servers in the mail log of mx1")


def test_a_central_log_of_several_hosts_is_no_log_of_this_host(run: Run, tools: Tools, log: Path) -> None:
    central = day(2, 150, 0, host="alpha") + day(1, 75, 75, host="beta.example.jp") + day(1, 5, 0, host="beta")
    scan(run, write(log, central), "--record")
    assert "figures of several hosts are on record" in traffic(run)
    stated = replace(tools, settings=Settings(instances={"alpha": A, "beta.example.jp": OTHER}))
    assert traffic(run, with_tools=stated).startswith("150 deliveries to other servers in the mail log of alpha")
    beta = traffic(run, OTHER, with_tools=stated)
    assert beta.startswith("155 deliveries to other servers in the mail log of beta.example.jp")
    assert "75 bounced" in beta


FORGED = "/smtp[1]: AAAAAA: to=<x@y>, relay=a[1.2.3.4]:25, delay=1, status=bounced"


@pytest.mark.parametrize(
    "said",
    [
        line(NOW, f"sent (250 ok {FORGED})", "none"),
        line(NOW, f"sent (250 ok {FORGED})", "127.0.0.1[127.0.0.1]:10024"),
        f"2026-11-24T03:00:00+00:00 mx1 postfix/smtp[12]: ABCDEF: host a[192.0.2.9] said: 450 mx1 postfix{FORGED}\n",
        f"2026-11-24T03:00:00+00:00 mx1 postfix/cleanup[12]: ABCDEF: warning: header Subject: mx1 postfix{FORGED}\n",
        f"2026-11-24T03:00:00+00:00 mx1 postfix/smtpd[12]: NOQUEUE: reject: from=<{FORGED}>\n",
        f"<22>1 2026-11-24T03:00:00+00:00 mx1 postfix/smtpd 12 - - ABCDEF: 2026-11-24T03:00:00+00:00 mx1 p{FORGED}\n",
        f"{'x' * 600} {NOW:%Y-%m-%dT%H:%M:%S}+00:00 mx1 postfix{FORGED}\n",
        f"postfix{FORGED} (x) postfix{FORGED}\n".replace("bounced", "deferred", 1),
    ],
)
def test_nobody_on_the_other_side_adds_a_delivery(run: Run, tmp_path: Path, said: str) -> None:
    scan(run, write(tmp_path / "mail.log", day(1) + said), "--record")
    assert ": 1 bounced" in traffic(run)


def test_what_a_server_replies_to_a_delivery_is_no_second_one(run: Run, tmp_path: Path) -> None:
    scan(run, write(tmp_path / "mail.log", line(NOW, f"sent (250 ok {FORGED})") * 120), "--record")
    assert traffic(run).startswith("120 deliveries to other servers")
    assert ": 0 bounced" in traffic(run)


@pytest.mark.parametrize(
    "head",
    [
        "<22>1 2026-11-23T10:00:00.000000+00:00 mx1 postfix/smtp 12 - - ",
        "Nov 23 10:00:00 mx1 postfix/smtp[12]: ",
        "Nov 23 10:00:00 mx1 mail.info postfix/smtp[12]: ",
        "mail-1  | 2026-11-23T10:00:00+00:00 mx1 postfix-out/smtp[12]: ",
        "\x1b[32mmail-1  |\x1b[0m Nov 23 10:00:00 mx1 postfix/smtp[12]: ",
        "/var/log/mail.log:Nov 23 10:00:00 mx1 postfix/smtp[12]: ",
    ],
)
def test_deliveries_count_whatever_stands_before_the_program(run: Run, tools: Tools, tmp_path: Path, head: str) -> None:
    log = "".join(head.replace("mx1", f"mx{number}") + line(NOW).partition("]: ")[2] for number in (1, 1, 2))
    scan(run, write(tmp_path / "mail.log", log), "--record")
    with closing(sqlite3.connect(tools.database)) as connection:
        found = connection.execute("SELECT host, sent FROM traffic ORDER BY host").fetchall()
    assert found == [("mx1", 2), ("mx2", 1)]


@pytest.mark.parametrize(
    ("relay", "counts"),
    [
        ("amavis[172.17.0.3]:10024", False),
        ("filter[10.1.2.3]:10025", False),
        ("filter[192.168.0.9]:2525", False),
        ("filter[fd00::3]:10024", False),
        ("filter[FD00::3]:10024", False),
        ("smarthost[10.1.2.3]:25", True),
        ("smarthost[172.31.0.3]:587", True),
        ("smarthost[fd00::3]:465", True),
        ("smarthost[10.1.2.3]", True),
        ("mx.example.org[172.15.0.3]:10024", True),
        ("mx.example.org[192.0.2.9]:2525", True),
    ],
)
def test_a_filter_in_a_network_of_this_host_is_no_other_server(
    run: Run, tools: Tools, tmp_path: Path, relay: str, counts: bool
) -> None:
    scan(run, write(tmp_path / "mail.log", line(NOW, relay=relay)), "--record")
    with closing(sqlite3.connect(tools.database)) as connection:
        assert connection.execute("SELECT sent FROM traffic").fetchall() == [(int(counts),)]


def test_a_log_without_deliveries_was_read_all_the_same(run: Run, tmp_path: Path) -> None:
    quiet = "".join(
        f"{NOW - timedelta(days=before):%Y-%m-%dT%H:%M:%S}+00:00 mx1 postfix/anvil[1]: statistics: max connection\n"
        for before in (3, 2, 0)
    )
    scan(run, write(tmp_path / "mail.log", quiet), "--record")
    found = told(run)
    assert (found["refusals"]["outcome"], found["traffic"]["outcome"]) == ("holds", "unknown")
    assert "read up to 2026-11-24T03:00:00Z" in found["refusals"]["value"]
    assert "no figures" in found["traffic"]["value"]
    scan(run, write(tmp_path / "other.log", day(1)), "--record", "--host", "mx1")
    assert traffic(run).startswith("61 deliveries")


@pytest.mark.parametrize(("ahead", "is_kept"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
def test_a_log_of_the_future_tells_nothing(
    run: Run, tools: Tools, tmp_path: Path, ahead: timedelta, is_kept: bool
) -> None:
    scan(run, write(tmp_path / "mail.log", line(NOW) + line(NOW + ahead)), "--record")
    with closing(sqlite3.connect(tools.database)) as connection:
        assert len(connection.execute("SELECT sent FROM traffic").fetchall()) == is_kept


def test_nobody_who_got_mail_is_kept(run: Run, tools: Tools, log: Path) -> None:
    scan(run, log, "--record")
    with closing(sqlite3.connect(tools.database)) as connection:
        (row,) = connection.execute("SELECT * FROM traffic").fetchall()
    *figures, _, scanned = row
    assert figures == ["", str(log), "2026-11-22T03:00:00Z", "2026-11-23T04:01:00Z", 0, 120, 2, 2]
    assert scanned == "2026-11-24T03:00:00Z"


def test_the_figures_are_those_of_the_host_and_neither_exported_nor_forgotten(run: Run, log: Path) -> None:
    scan(run, log, "--record")
    fine(run("address", "add", A))
    assert str(log) not in run("export").out
    fine(run("address", "forget", A, "--yes"))
    assert traffic(run).startswith("122 deliveries")


# --- other dialects -------------------------------------------------------------------------------

_STAMP = "2026-11-23 10:00:0"
_EXIM = "1vNabc-000000001-0abc"
DIALECTS = {
    "exim": [
        f'{_STAMP}1 {_EXIM} => a@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.9] C="250 OK"',
        f'{_STAMP}2 {_EXIM} -> b@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.9] C="250 OK"',
        f"{_STAMP}3 {_EXIM} ** c@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.9]: SMTP error from "
        "remote mail server after RCPT TO:<c@example.org>: 550 5.1.1 no such user",
        f"{_STAMP}4 {_EXIM} == d@example.org R=dnslookup T=remote_smtp defer (-44) H=mx.example.org [192.0.2.9]: SMTP "
        "error from remote mail server after RCPT TO:<d@example.org>: 451 later",
        f"{_STAMP}5 {_EXIM} => ann <ann@example.jp> R=local_user T=local_delivery",
        f"{_STAMP}6 {_EXIM} => x@example.jp R=scan T=amavis H=127.0.0.1 [127.0.0.1]",
        f"{_STAMP}7 {_EXIM} Completed",
    ],
    "sendmail": [
        f"Nov 23 10:00:0{second} mx1 sendmail[9]: 4ANA{second}0123456: to=<a@example.org>{more}, delay=00:00:01, "
        f"xdelay=00:00:01, mailer={mailer}, pri=30000, relay={relay}, dsn={stat}"
        for second, more, mailer, relay, stat in (
            (1, ",<b@example.org>", "esmtp", "mx.example.org. [192.0.2.9]", "2.0.0, stat=Sent (OK)"),
            (2, "", "esmtp", "mx.example.org. [192.0.2.9]", "5.1.1, reply=550 5.1.1 no, stat=User unknown"),
            (3, "", "esmtp", "mx.example.org. [192.0.2.9]", "4.0.0, stat=Deferred: 451 later"),
            (4, "", "relay", "[127.0.0.1] [127.0.0.1]", "2.0.0, stat=Sent (OK)"),
            (5, "", "relay", "localhost [127.0.0.1]", "2.0.0, stat=Sent (OK)"),
        )
    ],
    "qmail": [
        f"Nov 23 10:00:01 mx1 qmail: 17.{number} {text}"
        for number, text in enumerate(
            (
                "starting delivery 1: msg 7 to remote a@example.org",
                "delivery 1: success: 192.0.2.9_accepted_message./Remote_host_said:_250_ok/",
                "starting delivery 2: msg 7 to remote b@example.org",
                "delivery 2: success: 192.0.2.9_accepted_message./Remote_host_said:_250_ok/",
                "starting delivery 3: msg 7 to remote c@example.org",
                "delivery 3: failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/",
                "starting delivery 4: msg 7 to remote d@example.org",
                "delivery 4: deferral: 192.0.2.9_does_not_like_recipient./Remote_host_said:_451_later/",
                "starting delivery 5: msg 7 to local ann@example.jp",
                "delivery 5: success: did_1+0+0/",
            )
        )
    ],
    "opensmtpd": [
        f"Nov 23 10:00:0{second} mx1 smtpd[9]: 0123456789abcdef mta delivery evpid=0123456789abcde{second} from=<n@a> "
        f'to=<a@example.org> rcpt=<-> source="203.0.113.7" relay="{relay}" delay=1s result="{result}" stat="250 x"'
        for second, relay, result in (
            (1, "192.0.2.9 (mx.example.org)", "Ok"),
            (2, "192.0.2.9 (mx.example.org)", "Ok"),
            (3, "192.0.2.9 (mx.example.org)", "PermFail"),
            (4, "192.0.2.9 (mx.example.org)", "TempFail"),
            (5, "127.0.0.1 (localhost)", "Ok"),
        )
    ],
    "zonemta": [
        f"{_STAMP}{second} mx1 zone-mta[9]: 18f3a5d2c70003b1c{second}.001 {ended}[x] from=n@a.jp to=a@example.org "
        f"src=203.0.113.7 mx=mx.example.org[192.0.2.9] id=<x@a.jp> (250 x)"
        for second, ended in enumerate(("ACCEPTED", "ACCEPTED", "REJECTED", "DEFERRED"))
    ],
    "journal": [
        json.dumps(
            {
                "__CURSOR": f"s=1;i={number}",
                "__REALTIME_TIMESTAMP": f"{int(NOW.timestamp()) + number}000000",
                "_HOSTNAME": "mx1",
                "SYSLOG_IDENTIFIER": f"postfix/{agent}",
                "SYSLOG_PID": "12",
                "MESSAGE": line(NOW, ended).rstrip().partition("]: ")[2],
            }
        )
        for number, (agent, ended) in enumerate(
            (("smtp", SENT), ("smtp", SENT), ("smtp", BOUNCED), ("smtp", DEFERRED), ("lmtp", SENT))
        )
    ],
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_deliveries_of_every_dialect_are_counted_that_tells_of_them(
    run: Run, tools: Tools, tmp_path: Path, dialect: str
) -> None:
    scan(run, write(tmp_path / f"{dialect}.log", "\n".join(DIALECTS[dialect]) + "\n"), "--record")
    with closing(sqlite3.connect(tools.database)) as connection:
        found = connection.execute("SELECT sent, bounced, deferred FROM traffic").fetchall()
    assert found == [(2, 1, 1)]


def test_what_waits_in_a_queue_is_no_traffic(run: Run, tmp_path: Path) -> None:
    listing = (
        "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n"
        "ABCDEF0123*     100 Mon Nov 23 10:00:00  news@example.jp\n"
        "     (host mx.example.org[192.0.2.9] said: 451 later)\n                 a@example.org\n"
    )
    scan(run, write(tmp_path / "queue.txt", listing), "--record")
    assert "no figures" in traffic(run)


# --- refusals and static ----------------------------------------------------------------------------


def test_a_refusal_fails_until_a_delivery_is_accepted(run: Run, tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", line(NOW - timedelta(days=2), REFUSED) + line(NOW - timedelta(days=1), REFUSED))
    scan(run, log, "--record")
    found = told(run)["refusals"]
    assert found["outcome"] == "fails"
    assert found["value"] == (
        "2026-11-22T03:00:00Z to 2026-11-23T03:00:00Z by 1 receiver: mx.example.org, for spamhaus-pbl"
    )
    assert found["mend"] == f"`delist plan {A}` says whom to ask"
    write(log, log.read_text() + line(NOW - timedelta(hours=1)))
    scan(run, log, "--record")
    assert told(run)["refusals"]["outcome"] == "holds"


def test_no_refusal_holds_only_while_the_log_is_read(run: Run, tools: Tools, log: Path) -> None:
    scan(run, log, "--record")
    found = told(run)["refusals"]
    assert (found["outcome"], "read up to 2026-11-23T04:01:00Z" in found["value"]) == ("holds", True)
    assert told(run, with_tools=at(tools, NOW + timedelta(days=8)))["refusals"]["outcome"] == "unknown"


def test_static_is_what_the_settings_say(run: Run, tools: Tools, home: Path) -> None:
    for said, outcome in (("true", "holds"), ("false", "fails")):
        (home / "config.toml").write_text(f'[[senders]]\naddress = "{A}"\nstatic = {said}\n')
        stated = replace(tools, settings=settings.read(home / "config.toml"))
        found = told(run, with_tools=stated)["static"]
        assert (found["outcome"], found["how"]) == (outcome, "as [[senders]] says")
        assert found["value"].startswith("asserted")


def test_what_records_say_is_kept_with_what_was_measured(run: Run, log: Path) -> None:
    scan(run, log, "--record")
    fine(run("address", "add", A))
    told(run)
    exported = [json.loads(each) for each in run("export").out.splitlines()]
    (history,) = [each["history"] for each in exported if each.get("address") == A]
    kept = {each["detail"]["claim"] for each in history if each["event"] == "measured"}
    assert kept == {"refusals", "traffic"}
