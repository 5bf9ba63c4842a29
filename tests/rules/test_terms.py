"""Terms of use: which zones may be asked by whom, and how often a day."""

import pytest

from delist.rules.lists import Terms, Zone
from delist.rules.terms import Declared, barred, daily_limit


def a_zone(
    keyed: str | None = None, *, commercial: bool = True, register: bool = False, queries_per_day: int | None = None
) -> Zone:
    return Zone("bl.example", keyed=keyed, terms=Terms(commercial, queries_per_day, register=register))


FREE = a_zone()
NOT_FOR_TRADE = a_zone(commercial=False)
REGISTER = a_zone(register=True)
KEYED = a_zone("{key}.bl.example", register=True)
STRICT = a_zone(commercial=False, register=True)

NOTHING = Declared()
PRIVATE = Declared(commercial=False)
REGISTERED = Declared(registered=True)
KEY = Declared(has_key=True)
TRADE, A_KEY = "not for what is sold: [use] commercial", "with a key: [use.keys]"
FIRST = "after registering the resolver: [use] registered"


@pytest.mark.parametrize(
    ("zone", "declared", "why"),
    [
        (FREE, NOTHING, ""),
        (FREE, PRIVATE, ""),
        (NOT_FOR_TRADE, NOTHING, TRADE),
        (NOT_FOR_TRADE, PRIVATE, ""),
        (NOT_FOR_TRADE, REGISTERED, ""),
        (NOT_FOR_TRADE, KEY, ""),
        (REGISTER, NOTHING, FIRST),
        (REGISTER, PRIVATE, FIRST),
        (REGISTER, REGISTERED, ""),
        (REGISTER, KEY, ""),
        (KEYED, NOTHING, A_KEY),
        (KEYED, PRIVATE, A_KEY),
        (KEYED, REGISTERED, ""),
        (KEYED, KEY, ""),
        (STRICT, NOTHING, FIRST),
        (STRICT, PRIVATE, FIRST),
        (STRICT, REGISTERED, ""),
        (STRICT, KEY, ""),
    ],
)
def test_a_zone_is_asked_only_where_its_terms_and_the_declared_use_allow_it(
    zone: Zone, declared: Declared, why: str
) -> None:
    assert barred(zone, declared) == why


def test_who_has_declared_nothing_counts_as_commercial() -> None:
    assert barred(NOT_FOR_TRADE, Declared()) == barred(NOT_FOR_TRADE, Declared(commercial=True)) != ""


@pytest.mark.parametrize(
    ("says", "agreed", "limit"),
    [(None, None, None), (300_000, None, 300_000), (None, 5, 5), (300_000, 5, 5), (5, 300_000, 300_000)],
)
def test_what_was_agreed_counts_before_what_the_terms_say(
    says: int | None, agreed: int | None, limit: int | None
) -> None:
    zone = a_zone(queries_per_day=says)
    assert daily_limit(zone, Declared(per_day=agreed)) == limit
