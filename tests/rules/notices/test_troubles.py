"""A streak of failures is one trouble, from its first failing run to the first that works."""

from datetime import UTC, datetime, timedelta

import pytest

from delist.rules.notices.troubles import Look, began_key, ended_key, streaks

START = datetime(2026, 11, 1, 3, tzinfo=UTC)


def looks(marks: str) -> list[Look]:
    """One look a day: . is one that worked, x one that failed."""
    return [
        Look(f"run-{number}", START + timedelta(days=number), "timed out" if mark == "x" else None)
        for number, mark in enumerate(marks)
    ]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("", []),
        ("...", []),
        ("x", [(0, None)]),
        (".xxx", [(1, None)]),
        (".xxx.", [(1, 4)]),
        ("x.xx..x", [(0, 1), (2, 4), (6, None)]),
    ],
)
def test_streaks_begin_with_a_failure_and_end_with_what_works(
    marks: str, expected: list[tuple[int, int | None]]
) -> None:
    found = [
        ((each.began - START).days, (each.ended - START).days if each.ended else None)
        for each in streaks("scan", looks(marks))
    ]
    assert found == expected


def test_a_streak_keeps_its_keys_while_it_grows_and_when_it_ends() -> None:
    [short], [long], [over] = (list(streaks("mail", looks(marks))) for marks in (".x", ".xxx", ".xxx."))
    assert began_key(short) == began_key(long) == began_key(over)
    assert ended_key(over) != began_key(over)
