"""Who is told what: by owner, without what another item tells, and marked where it was perhaps told before."""

from datetime import UTC, datetime

import pytest

from delist.rules.history import Event, Trust
from delist.rules.listings import Seen
from delist.rules.mails.values import Kind as MailKind
from delist.rules.mails.values import Why
from delist.rules.notices.grouping import Circle, began, by_person, ended, is_news, newest, told_together, unsaid
from delist.rules.notices.troubles import began_key
from delist.rules.notices.values import Change, Item, News, Place, Repeat, Trouble, base_of, repeated_key
from delist.rules.reminders import Kind, Reminder
from tests.builders import a_case, a_request, moment

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
CUT = Repeat("cut", NOW)


def a_place(address: str = "203.0.113.7", owner: str | None = None) -> Place:
    return Place(1, "uid", address, None, owner)


def an_item(key: str = "key", kind: Kind = Kind.RELISTED, **rest: object) -> Item:
    request = a_request()
    ref = str(rest.pop("ref", ""))
    place = rest.pop("place", a_place())
    assert isinstance(place, Place)
    return Item(key, Reminder(key, kind, a_case(request), request, NOW, ref), place, "spamhaus-pbl")


def a_change(uid: str = "c", event: Event = Event.RELISTED, seen: Seen | None = None) -> Change:
    return Change(uid, event, moment("2026-11-24"), a_place(), "spamhaus-pbl", 1, seen)


def told(change: Change, **rest: Repeat) -> Item:
    return Item(f"change/{change.uid}", change, change.place, change.list, repeat=rest.get("repeat"))


def a_mail(kind: MailKind = MailKind.LINK, trust: Trust = Trust.GENUINE, place: Place | None = None) -> News:
    return News("m", kind, trust, Why.SIGNED, None, NOW, None, "s", "f", place, "spamhaus-pbl", 1)


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        (None, ("to@example.jp",)),
        ("Hanako", ("hanako@example.jp", "pager")),
        ("jiro@example.jp", ("jiro@example.jp",)),
        ("Somebody else", ("to@example.jp",)),
        ("not @ mail", ("to@example.jp",)),
    ],
)
def test_an_owner_is_told_by_the_table_or_by_being_a_mail_address(owner: str | None, expected: tuple[str, ...]) -> None:
    circle = Circle(("to@example.jp",), {"Hanako": ("hanako@example.jp", "pager")})
    assert circle.of(owner) == expected
    assert list(by_person([an_item(place=a_place(owner=owner))], circle)) == list(expected)


def test_troubles_concern_everybodys_recipients() -> None:
    trouble = Trouble("scan", "run", NOW, "the disk is full")
    assert list(by_person([began(trouble)], Circle(("to@example.jp",), {"Hanako": ("h@example.jp",)}))) == [
        "to@example.jp"
    ]


def test_a_relisting_that_a_reminder_tells_is_claimed_with_it() -> None:
    [only] = told_together([an_item(), told(a_change())])
    assert only.keys == ("key", "change/c")


def test_a_clearing_is_told_beside_a_reminder_of_the_same_case() -> None:
    assert len(told_together([an_item(), told(a_change(event=Event.CLEARED))])) == 2


def test_what_is_told_again_is_not_hidden_in_what_is_told_for_the_first_time() -> None:
    assert len(told_together([an_item(), told(a_change(), repeat=CUT)])) == 2


@pytest.mark.parametrize(
    ("kind", "trust", "reminder", "count"),
    [
        (MailKind.LINK, Trust.GENUINE, an_item(kind=Kind.CONFIRM), 1),
        (MailKind.LINK, Trust.UNVERIFIED, an_item(kind=Kind.CONFIRM), 1),
        (MailKind.LINK, Trust.GENUINE, an_item(kind=Kind.VERIFY), 2),
        (MailKind.DECISION, Trust.GENUINE, an_item(kind=Kind.ANSWER, ref="2026-11-24T03:00:00Z"), 1),
        (MailKind.DECISION, Trust.UNVERIFIED, an_item(kind=Kind.ANSWER, ref="2026-11-24T03:00:00Z"), 2),
        (MailKind.DECISION, Trust.GENUINE, an_item(kind=Kind.ANSWER), 2),
        (MailKind.OTHER, Trust.GENUINE, an_item(kind=Kind.CONFIRM), 2),
    ],
)
def test_a_mail_that_a_reminder_tells_is_claimed_with_it(
    kind: MailKind, trust: Trust, reminder: Item, count: int
) -> None:
    mail = a_mail(kind, trust, a_place())
    assert len(told_together([reminder, Item("mail/m", mail, mail.place, mail.list)])) == count


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (a_mail(), True),
        (a_mail(MailKind.RECEIPT), False),
        (a_mail(MailKind.OTHER, Trust.UNVERIFIED), True),
        (a_mail(trust=Trust.REJECTED), False),
        (a_mail(MailKind.RECEIPT, Trust.REJECTED, a_place()), True),
    ],
)
def test_receipts_and_forged_mails_about_nobody_are_no_news(mail: News, expected: bool) -> None:
    assert is_news(mail) is expected


def test_what_was_seen_again_and_again_is_told_once_and_the_rest_claimed() -> None:
    seen = [a_change(f"s{number}", Event.SIGHTED, Seen.LISTED) for number in range(3)]
    cleared = a_change("c", Event.CLEARED)
    assert list(newest([*seen, cleared])) == [(seen[2], ("s0", "s1")), (cleared, ())]


def test_what_was_told_is_told_no_more() -> None:
    assert unsaid([an_item()], frozenset({"key"}), {}) == []


def test_what_was_perhaps_told_is_told_once_more_and_marked() -> None:
    [again] = unsaid([an_item()], frozenset({"key"}), {"key": CUT})
    assert (again.key, again.repeat) == ("key~cut", CUT)


def test_a_repetition_that_was_cut_short_is_repeated_under_the_same_base() -> None:
    assert repeated_key(repeated_key("key", "one"), "two") == "key~two"
    assert base_of("key~two") == "key"


def test_the_end_of_a_trouble_is_told_to_those_who_heard_of_its_begin() -> None:
    trouble = Trouble("scan", "run", NOW, "the disk is full", NOW)
    assert unsaid([ended(trouble)], frozenset(), {}) == []
    assert len(unsaid([ended(trouble)], frozenset({began_key(trouble)}), {})) == 1
