"""Wordings by which bounces are known, in the languages that reporting servers speak."""

import re

from delist.bounces.phrases import any_of

DAEMONS = any_of(r"""
mailer[-_ .]?daemon
postmaster
mdaemon
double-?bounce
mail[-_ ]?deliver
delivery[-_ ]?(?:sub)?(?:system|status|service|agent)
mail ?system
microsoftexchange[0-9a-f]{8}
mail administrat
system administrat
mail[-_]?router
mailrouter
mail[-_]?server
smtp ?server
e-?mail ?gateway
mmdf
internet mail
postm
exchange server
arcor
non-?deliver
mailadmin
""")
DAEMON_PATH = any_of(r"""
mailer-daemon
postmaster@
double-bounce
""")
SUBJECTS = any_of(r"""
undeliver
deliver.{0,60}(?:fail|problem|report|notif|status|delay|error|impossible|suspend|unsuccess|not)
fail(?:ure|ed)?.{0,40}(?:notice|deliver|mail|message)
mail.{0,40}(?:fail|return|bounc|error|not deliver|problem)
return(?:ed|ing)?.{0,20}(?:sender|mail|message)
non[- ]?deliver
not.{0,20}deliver
could ?n.?t.{0,40}(?:send|deliver)
could not (?:send|be sent|deliver)
message.{0,20}(?:block|reject|bounc|status)
reject
bounce
user unknown
unknown user
dsn
unzustell
nicht.{0,20}(?:zustell|zugestell|ausgeliefert)
zustell.{0,40}(?:fehl|nicht|verz)
fehler
r.{1,3}ckl.{1,3}ufer
non (?:remis|distribu|d.{1,3}livr)
.chec
avis de non
retourn
no se (?:ha )?(?:pudo|podido|puede)
no entregad
devuelt
devolvid
n.o (?:foi )?(?:entreg|p.de)
mancata consegna
non recapit
onbestel
niet.{0,20}(?:bezorg|afgelever)
kunde inte
misslyck
配信
配送
送信
不達
返送
エラー
届
退信
退回
投递
недостав
не ?доставл
nedoru
niedostarcz
zwrot
nie dostarcz
""")
ANSWERS = re.compile(r"\s*(?:re|aw|antw|sv|ref|odp)\s*(?:\[\d+\]\s*)?[:：]", re.I)
FORWARDS = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|転送)\s*[:：]", re.I)
ABSENT = any_of(r"""
out of (?:the )?office
auto(?:matic|matische|mated)?[- ]?(?:reply|response|antwort|responder)
vacation
abwesen
on holiday
away from
absence
r.ponse automatique
respuesta autom
fuera de
read(?: receipt)?:
gelesen:
lu\s?:
not read:
displayed
""")
# How reporting servers open.
OPENINGS = any_of(r"""
this is the (?:mail system|qmail|mail delivery|postfix|james|mailer-daemon|mail server)
this is the .{1,60} program at
message that you (?:have )?sent (?:could not|has not|was)
wasn't able to deliver
(?:were|was|are|is|am) unable to deliver
following addresses had
addresses? (?:had|have) (?:permanent|transient|fatal|delivery)
delivery to the following
could ?n(?:ot|'t) be delivered
(?:was|were|has) not (?:been )?delivered
delivery (?:has )?failed
did not reach
created automatically by (?:the )?mail
unable to deliver
not be delivered to
following address(?:\(es\))?(?:es)? failed
was undeliverable
is undeliverable
undeliverable (?:mail|message|to)
undelivered mail
delivery status notification
could not deliver
failed to deliver
has been (?:blocked|rejected)
message blocked
transcript of session
wasn't delivered
having trouble delivering
had trouble delivering
delivery failure
trouble delivering
permanent error
cannot be delivered
can't be delivered
an error occurred while (?:trying to )?deliver
error occurred in sending
konnte nicht (?:zugestellt|zugestellt|ausgeliefert|.bermittelt)
nicht zugestellt werden
n'a pas pu .tre
n'ont pas pu
no se (?:ha )?(?:pudo|podido) entregar
n.o p.de ser entregue
non . stat[oa] (?:recapitat|consegnat)
niet worden (?:bezorgd|afgeleverd)
配信できません
配送できません
送信できません
お届けできません
届けることができません
届きません
無法
无法
não foi
не может быть доставлено
""")
# Words of a failure where no reply code stands.
FAILURES = any_of(r"""
unknown
not (?:found|known|exist|listed|accept)
no such
does ?n.t exist
does not
invalid
reject
refus
denied
blocked
full
quota
disabled
suspend
fail
could ?n.t
could not
unable
cannot
timed? ?out
expired
too (?:large|big|many)
loop
error
undeliver
unbekannt
nicht
inconnu
impossible
desconocid
no existe
不明
見つかり
存在
いっぱい
超過
拒否
できません
エラー
不存在
拒绝
""")
WAITING = any_of(r"""
(?:will|shall) (?:continue|keep|be retried|retry|try again|be attempted)
still trying
not yet been delivered
has not yet
delayed
delivery delay
temporary fail\w* .{0,60}retr
could not send message for past
still undelivered
need not resend
do not need to re-?send
not need to resend
warning message only
noch nicht zugestellt
verz.{1,3}ger
weiter versucht
sera r.essay
retard
se reintentar
retrasad
遅延
再送
再試行
delivery (?:temporarily )?suspended
(?:incomplete|gave up) temporarily
""")
GIVEN_UP = any_of(r"""
permanent
giv(?:en|ing) up
given it up
final
fatal
has failed
no longer
endg.ltig
d.finitiv
undeliver
""")
# sendmail's line of a warning, at the end of its transcript.
WARNED = re.compile(r"^(?:Warning: message still undelivered|Will keep trying until message is)", re.M)
# Reports of deliveries that went well.
SUCCESSES = any_of(r"""
success
(?:was|were|has been|have been) delivered
(?:was|were|been) relayed
wurde zugestellt
erfolgreich
correctement remis
""")
