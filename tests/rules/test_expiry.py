"""What goes by itself: when, and whether it is better left alone until then."""

from datetime import UTC, date, datetime

import pytest

from delist.rules.expiry import gone_by, is_left_alone
from delist.rules.listings import Episode, SightingSource
from delist.rules.lists import Basis as Stated
from delist.rules.lists import ListEntry, Mode, Removal, Who, WindowKind, WindowRule
from delist.rules.moments import Period
from tests.builders import CATALOGUE, TOKYO, a_list, moment

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAY = (WindowRule(Period(days=1), WindowKind.EXPECTED_CLEAR, Stated.STATED, "test"),)
SEEN = Episode("uid", None, SightingSource.CHECK, moment("2026-11-24 11:00"), moment("2026-11-24 11:00"))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (CATALOGUE.get("spamcop"), True),
        (CATALOGUE.get("uceprotect-1"), True),
        (CATALOGUE.get("tor"), True),
        # Six days are long where asking takes a quarter of an hour.
        (CATALOGUE.get("abusix"), False),
        # Its quick part alone goes in half a day, and no answer says which part it is.
        (CATALOGUE.get("trendmicro"), False),
        (CATALOGUE.get("uceprotect-2"), False),
        (CATALOGUE.get("uceprotect-3"), False),
        (CATALOGUE.get("sorbs"), False),
        (a_list(windows=DAY, removal=Removal(Mode.FORM)), True),
        (a_list(windows=DAY, removal=Removal(Mode.FORM), off=True), False),
        (a_list(windows=DAY, who=Who.PROVIDER), False),
        (a_list(), False),
    ],
    ids=lambda value: value.key if isinstance(value, ListEntry) else str(value),
)
def test_what_is_left_alone(entry: ListEntry, expected: bool) -> None:
    assert is_left_alone(entry, SEEN, NOW, TOKYO) is expected


def test_what_no_look_has_shown_is_left_alone_only_where_nobody_can_be_asked() -> None:
    assert is_left_alone(CATALOGUE.get("tor"), None, NOW, TOKYO)
    assert not is_left_alone(CATALOGUE.get("spamcop"), None, NOW, TOKYO)


def test_it_is_gone_so_long_after_it_was_last_seen() -> None:
    assert gone_by(a_list(windows=DAY), moment("2026-11-24 12:00"), TOKYO) == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    bare = gone_by(a_list(windows=DAY), moment("2026-11-24"), TOKYO)
    assert bare is not None
    assert bare.astimezone(TOKYO).date() == date(2026, 11, 25)
    assert gone_by(a_list(), moment("2026-11-24"), TOKYO) is None
