"""Where a bounce ends and the message that it returns begins."""

import re

from delist.bounces.phrases import any_of

# Lines that say so. "Original message details" of Microsoft 365 are part of the report.
_MARKS = any_of(
    r"""
below this line is (?:a copy|the original)
below is a copy of the
this is a copy of (?:the|your) (?:message|header)
(?:the )?(?:body|headers?|text|start) of (?:the )?(?:your )?(?:original|bounced|returned|undelivered) (?:message|mail)
original message(?: (?:follows|headers?|header follows|text|below))?[ \t:.-]*(?:\||$)
unsent message (?:follows|below)
message (?:header|text|headers|body|contents?|source) follows?
message headers?:[ \t]*$
returned (?:message|mail)(?: follows| text| headers?)?[ \t:.-]*$
undelivered message[ \t:.-]*$
original headers?(?: follow)?
copy of (?:the |your )?(?:original )?message
start of original
begin(?:ning)? of (?:original|returned)
included is (?:a copy|the)
your (?:original )?message (?:follows|is (?:below|attached))
(?:the )?original message (?:is|was) (?:included|attached|below)
here is (?:a copy|your)
header of (?:the )?original
urspr.{1,3}ngliche nachricht
nachrichtentext
die originalnachricht
message d'origine
mensaje original
texto del mensaje
元のメッセージ
オリジナルメッセージ
原邮件[:：]?[ \t]*$
original mail[ \t:.-]*$
return(?:ed)? message (?:begins|text)
the (?:message )?header (?:and top \d+ lines )?of the (?:original )?message
the message (?:header|text|content) (?:is|was|follows)
header of bounced
""",
    before=r"^[-=_*|#>\t ]{0,90}",
)
# The head of a message stands there without a word.
_HEAD = re.compile(
    r"^>? ?(?:Received:[ \t]{0,4}(?:from|by|\(|\n)|Return-Path:[ \t]{0,4}<?|DKIM-Signature:|X-Received:|ARC-Seal:"
    r"|Delivered-To:[ \t]|MIME-Version:[ \t]{0,4}1|X-Mailer:"
    r"|Content-Type:[ \t]{0,4}(?:message/rfc822|text/rfc822-headers))",
    re.M,
)
_FORWARDED = any_of(
    r"""
-{2,}[ \t]{0,4}forwarded message[^\n]{0,60}
-{2,}[ \t]{0,4}original message[^\n]{0,60}
-{2,}[ \t]{0,4}(?:weitergeleitete|urspr.{1,3}ngliche) nachricht[^\n]{0,60}
-{2,}[ \t]{0,4}message (?:transf.r.|d'origine)[^\n]{0,60}
-{2,}[ \t]{0,4}mensaje (?:reenviado|original)[^\n]{0,60}
-{2,}[ \t]{0,4}messaggio inoltrato[^\n]{0,60}
-{2,}[ \t]{0,4}転送メッセージ[^\n]{0,60}
begin forwarded message:
anfang der weitergeleiteten nachricht:
d.but du message r.exp.di. ?:
""",
    before=r"^[ \t>]{0,4}",
    after=r"[ \t]*$",
)
_QUOTED = re.compile(r"^(?:> ?)+", re.M)
_SENDER = re.compile(r"^[ \t]*\*?(?:From|Von|De|Da|差出人)[ \t]?:\*?[ \t]*(.*)$", re.I)
_SUBJECT = re.compile(r"^[ \t]*\*?(?:Subject|Betreff|Objet|Asunto|件名)[ \t]?:\*?[ \t]*(.*)$", re.I)


def before_returned(text: str) -> str:
    """Return the part of a text before the returned message begins."""
    ends = (match.start() for pattern in (_MARKS, _HEAD) if (match := pattern.search(text)))
    return text[: min((end for end in ends if text[:end].strip()), default=None)]


def forwarded(text: str) -> tuple[str, str, str] | None:
    """Return sender, subject and text of a message that a person forwarded inside the text, without quote marks."""
    mark = _FORWARDED.search(text)
    if mark is None:
        return None
    lines = _QUOTED.sub("", text[mark.end() :].lstrip("\n")).lstrip("\n").split("\n")
    sender = subject = ""
    for number, line in enumerate(lines[:30]):
        if header := _SENDER.match(line):
            sender = header[1]
        elif header := _SUBJECT.match(line):
            subject = header[1]
        elif not line.strip() and (sender or subject):
            return sender, subject, "\n".join(lines[number + 1 :])
    return sender, subject, "\n".join(lines)
