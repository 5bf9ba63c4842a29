"""A notice as a message: its subject, plain text and HTML."""

from zoneinfo import ZoneInfo

from delist import pages
from delist.rules.notices.values import Digest, Item, Part, Written, part_of
from delist.rules.secrets import conceal
from delist.show.notices.page import Page, page
from delist.show.notices.sentences import subject_of
from delist.show.words import many, one_line

_MARK = "[delist]"
_LONGEST_SUBJECT = 150


def written(digest: Digest, zone: ZoneInfo) -> Written:
    """Return a digest as a message; its times are those of the zone, and no link in it can be acted with."""
    whole = page(digest, zone)
    subject = f"{_MARK} {_subject(digest, zone)}"
    return _filled(one_line(conceal(subject)[0])[:_LONGEST_SUBJECT], whole)


def trial() -> Written:
    """Return a message that tells nothing."""
    told = "This is a test of delist: notices reach you this way. Nothing is to be done."
    return _filled(f"{_MARK} test: notices reach you this way", Page((), (), told))


def _filled(subject: str, whole: Page) -> Written:
    values = {"page": whole, "subject": subject, "heading": subject.removeprefix(f"{_MARK} ")}
    text, html = (pages.fill(f"notices/notice.en.{kind}.j2", values) for kind in ("txt", "html"))
    return Written(subject, text.strip() + "\n", html)


def _subject(digest: Digest, zone: ZoneInfo) -> str:
    fresh = [item for item in digest.items if item.repeat is None]
    again = [item for item in digest.items if item.repeat is not None]
    if not fresh:
        return f"perhaps told before: {_few_words(again, digest, zone)}"
    told = _few_words(fresh, digest, zone)
    return f"{told}; perhaps told before: {len(again):,}" if again else told


def _few_words(items: list[Item], digest: Digest, zone: ZoneInfo) -> str:
    if len(items) == 1:
        return subject_of(items[0], digest.moment, zone)
    parts = [part_of(item) for item in items]
    counts = {part: parts.count(part) for part in Part if part in parts}
    return ", ".join(_COUNTED[part](count) for part, count in counts.items())


_COUNTED = {
    Part.REMINDERS: lambda count: many(count, "thing to do", "things to do"),
    Part.CHANGES: lambda count: f"{count:,} changed",
    Part.MAILS: lambda count: many(count, "mail"),
    Part.TROUBLES: lambda count: f"{count:,} about delist itself",
}
