"""Lines of logs as tests write them, and what a fresh reader tells of them."""

from collections.abc import Sequence

from delist.rules.logs.dialects import Dialect, candidates
from delist.rules.logs.values import Attempt

LISTED = "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org"
POSTFIX_BODY = (
    "4F2A1C0D9E: to=<ann@example.org>, relay=mx.example.org[192.0.2.25]:25, delay=1.2, delays=0.1/0.01/0.5/0.6, "
    f"dsn=5.7.1, status=bounced (host mx.example.org[192.0.2.25] said: {LISTED} (in reply to RCPT TO command))"
)
EXIM_FACTS = (
    "R=dnslookup T=remote_smtp H=MX.example.org [192.0.2.25] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes: "
    "SMTP error from remote mail server after pipelined RCPT TO:<ann@example.org>:"
)
SENDMAIL_FACTS = (
    "to=<ann@example.org>, ctladdr=<news@example.com> (1/1), delay=00:00:02, xdelay=00:00:02, mailer=esmtp, "
    "pri=120310, relay=MX.example.org. [192.0.2.25], "
)
LISTING = """\
-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
4F2A1C0D9E*    1234 Thu Nov 20 10:00:02  news@example.com
                                         now@example.org

3xKqLm0VzFz1Rt     99 Sat Feb  9 10:00:02  MAILER-DAEMON
(host mx.example.org[192.0.2.25] said: 450 4.7.1 [203.0.113.9] listed (in reply to RCPT TO command))
                                         ann@example.org
                                         bob@example.org
      (connect to mx.example.net[192.0.2.26]:25: Connection timed out)
                                         cat@example.net

-- 3 Kbytes in 2 Requests.
"""


def attempts(dialect: Dialect, lines: str | Sequence[str]) -> list[Attempt]:
    """What a fresh reader tells of the candidates among the lines, as a reader of files asks it."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    buffer = bytearray(text.encode())
    read = dialect.reader()
    return [
        told for start, stop in candidates(buffer, len(buffer), [dialect]) for told in read(buffer[start:stop].decode())
    ]


def attempt(dialect: Dialect, lines: str | Sequence[str]) -> Attempt:
    (told,) = attempts(dialect, lines)
    return told


def postfix(facts: str, agent: str = "smtp", queue_id: str = "4F2A1C0D9E") -> str:
    return f"Feb 29 00:14:50 mx1 postfix/{agent}[1370]: {queue_id}: {facts}"


def exim(text: str) -> str:
    return f"2025-11-20 10:00:02 1vrkvf-PIPuBH-AX {text}"


def sendmail(facts: str, tag: str = "sm-mta[123]") -> str:
    return f"Nov 20 10:00:02 mx1 {tag}: 5AK102abc012345: {facts}"


def journal_line(identifier: str, message: str, **more: str) -> str:
    fields = {"__REALTIME_TIMESTAMP": "1763600402123456", "_HOSTNAME": "mx1", "SYSLOG_PID": "7", **more}
    pairs = ", ".join(f'"{name}" : "{value}"' for name, value in fields.items())
    return f'{{ {pairs}, "SYSLOG_IDENTIFIER" : "{identifier}", "MESSAGE" : {message} }}'


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
