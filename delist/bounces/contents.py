"""Sorts the parts of a mail: its texts, its delivery report, the messages in it; what is returned is no text of it."""

from collections.abc import Iterator
from typing import NamedTuple

from delist.bounces import report
from delist.bounces.markup import plain
from delist.bounces.mime import TEXT_LIMIT, Entity
from delist.bounces.returned import before_returned

_MOST_INNER = 20
_REPORT_LIMIT = 8 * TEXT_LIMIT
_MESSAGES = ("message/rfc822", "message/global")
_HEADERS_ONLY = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
# Reports of other things: that a mail was read, that somebody complained of it.
_OTHER_REPORTS = ("disposition-notification", "feedback-report")
_OTHER_PARTS = ("message/disposition-notification", "message/feedback-report")


class Mail(NamedTuple):
    """A mail taken apart.

    `texts` end where the returned message begins, plain ones first; `whole` are the plain ones to their ends. `report`
    is the delivery report, "" if there is none, `labelled` whether its part says what it is. `inner` are the messages
    in it, `headers` the headers of one. `other` tells of a report that is no delivery report.
    """

    head: Entity
    texts: tuple[str, ...]
    whole: tuple[str, ...]
    report: str
    labelled: bool
    inner: tuple[Entity, ...]
    headers: tuple[Entity, ...]
    other: bool


def sorted_out(head: Entity) -> Mail:
    """Take a mail apart; parts after a returned message are not looked at, but for a report."""
    pieces: dict[str, list[str]] = {"plain": [], "markup": [], "report": [], "whole": []}
    inside: list[Entity] = []
    headers: list[Entity] = []
    other = any(word in head.headers.get("content-type", "").lower() for word in _OTHER_REPORTS)
    labelled = False
    for leaf in head.leaves():
        other = other or leaf.kind in _OTHER_PARTS
        labelled = labelled or leaf.kind in _REPORTS
        if _is_message(leaf):
            inside.append(leaf)
        elif leaf.kind in _HEADERS_ONLY:
            headers.append(leaf)
        else:
            for kind, text in _pieces(leaf, returned=bool(inside or headers)):
                pieces[kind].append(text)
    texts = ("\n\n".join(pieces[kind])[:TEXT_LIMIT] for kind in ("plain", "markup"))
    return Mail(
        head=head,
        texts=tuple(text for text in texts if text.strip()),
        whole=tuple(pieces["whole"]),
        report="\n\n".join(pieces["report"])[:_REPORT_LIMIT],
        labelled=labelled or "delivery-status" in head.headers.get("content-type", "").lower(),
        inner=tuple(inside[:_MOST_INNER]),
        headers=tuple(headers[:_MOST_INNER]),
        other=other,
    )


def _is_message(leaf: Entity) -> bool:
    name = leaf.parameters.get("filename", leaf.parameters.get("name", ""))
    return leaf.kind in _MESSAGES or name.lower().endswith(".eml")


def _pieces(leaf: Entity, returned: bool) -> Iterator[tuple[str, str]]:
    """Yield what a part is, and its text; a delivery report may stand inside a text."""
    if leaf.kind in _REPORTS:
        yield "report", leaf.text(_REPORT_LIMIT)
    elif returned or not (leaf.kind.startswith("text/") or b"-recipient:" in leaf.content(4096).lower()):
        return
    else:
        yield from _text_pieces(leaf)


def _text_pieces(leaf: Entity) -> Iterator[tuple[str, str]]:
    written = leaf.text()
    if leaf.kind == "text/html" or written.lstrip()[:5].lower() in ("<html", "<!doc"):
        yield "markup", before_returned(plain(written))
        return
    text = before_returned(written)
    begin = report.in_text(text)
    yield "whole", written
    yield "plain", text[:begin]
    if begin is not None:
        yield "report", text[begin:]
