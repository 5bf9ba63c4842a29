"""The shipped lists are complete and consistent, and the operator's lists.toml is merged over them or refused whole."""

import os
import re
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from delist import catalogue
from delist import tools as tools_module
from delist.catalogue import Catalogue, naming
from delist.catalogue import format as entries
from delist.catalogue import replies as reply_entries
from delist.catalogue import zones as zone_entries
from delist.errors import NotFound, SetupError
from delist.rules.lists import (
    ANY_USE,
    NO_LISTING,
    NO_TEST,
    Basis,
    Confidence,
    ListEntry,
    ListKind,
    Mode,
    Origin,
    Points,
    Removal,
    Terms,
    WindowKind,
    Zone,
)
from delist.rules.moments import Period
from tests.builders import CATALOGUE, PBL, a_list
from tests.conftest import Run, fine

SHIPPED = {
    item.name: item.read_bytes() for item in (files("delist") / "lists").iterdir() if item.name.endswith(".toml")
}
TABLES = {name: tomllib.loads(data.decode()) for name, data in SHIPPED.items()}
LISTS = [(key, table) for tables in TABLES.values() for key, table in tables.get("lists", {}).items()]
ZONES = [(name, table) for tables in TABLES.values() for name, table in tables.get("zones", {}).items()]
REPLIES = [(key, table) for tables in TABLES.values() for key, table in tables.get("replies", {}).items()]
LIVING = [entry for entry in CATALOGUE.all() if entry.closed is None]

MINE = """
[lists.example-one]
name = "Example one"
operator = "Example"
kind = "block"
"""


def with_own(text: str) -> Catalogue:
    return Catalogue(SHIPPED, text.encode())


def refusal(text: str) -> str:
    """The one sentence with which the operator's file is refused, by all that a command may ask for first."""
    said = []
    for ask in (Catalogue.keys, Catalogue.all, lambda c: c.find("spamhaus-pbl"), lambda c: c.zones):
        with pytest.raises(SetupError) as error:
            ask(with_own(text))
        said.append(str(error.value))
    assert len(set(said)) == 1
    assert "\n" not in said[0]
    return said[0]


# What is shipped.


def test_every_file_holds_only_lists_zones_and_replies_and_no_key_twice() -> None:
    assert {name for tables in TABLES.values() for name in tables} == {"lists", "zones", "replies"}
    assert len({key for key, _ in REPLIES}) == len(REPLIES)
    assert len({key for key, _ in LISTS}) == len(LISTS)
    assert len({name for name, _ in ZONES}) == len(ZONES)
    assert CATALOGUE.keys() == sorted(key for key, _ in LISTS)
    assert set(CATALOGUE.zones) == {name for name, _ in ZONES}


@pytest.mark.parametrize(("key", "table"), LISTS, ids=[key for key, _ in LISTS])
def test_each_shipped_list_is_in_the_format(key: str, table: dict[str, Any]) -> None:
    assert list(entries.list_problems(key, table, table)) == []


@pytest.mark.parametrize(("name", "table"), ZONES, ids=[name for name, _ in ZONES])
def test_each_shipped_zone_is_in_the_format(name: str, table: dict[str, Any]) -> None:
    assert list(zone_entries.zone_problems(table, table, CATALOGUE.keys())) == []


def test_at_least_forty_living_lists_are_shipped() -> None:
    assert len(LIVING) >= 40
    assert {ListKind.BLOCK, ListKind.RECEIVER, ListKind.PROVIDER} <= {entry.kind for entry in LIVING}


def test_some_fifteen_lists_matter_enough_to_be_asked_when_nothing_is_named() -> None:
    default = [entry for entry in CATALOGUE.all() if entry.default]
    assert 12 <= len(default) <= 20
    assert all(entry.closed is None for entry in default)
    assert PBL in default


@pytest.mark.parametrize(
    "key",
    [
        *("spamhaus-pbl", "spamhaus-css", "spamhaus-xbl", "spamhaus-sbl", "barracuda", "spamcop", "uceprotect-1"),
        *("uceprotect-2", "uceprotect-3", "microsoft-365", "microsoft-consumer", "proofpoint", "cloudmark"),
        *("trendmicro", "t-online", "abusix", "psbl", "spamrats", "mailspike", "spfbl", "s5h"),
    ],
)
def test_the_lists_that_the_contract_names_are_shipped_under_those_keys(key: str) -> None:
    assert CATALOGUE.find(key).key == key
    assert CATALOGUE.get(key).closed is None


@pytest.mark.parametrize("entry", CATALOGUE.all(), ids=lambda entry: entry.key)
def test_each_entry_says_what_it_is_and_from_where_that_is_known(entry: ListEntry) -> None:
    assert entry.about.endswith(".")
    assert entry.sources
    assert all(date(2021, 1, 1) <= source.checked <= date(2026, 11, 24) for source in entry.sources)
    assert all(window.source for window in entry.windows)


@pytest.mark.parametrize("entry", CATALOGUE.all(), ids=lambda entry: entry.key)
def test_each_entry_waits_only_for_lists_that_exist_and_not_for_itself(entry: ListEntry) -> None:
    assert set(entry.waits_for) <= set(CATALOGUE.keys()) - {entry.key}
    assert all(not CATALOGUE.get(first).waits_for for first in entry.waits_for)


@pytest.mark.parametrize("entry", LIVING, ids=lambda entry: entry.key)
def test_whoever_can_be_asked_says_where(entry: ListEntry) -> None:
    if entry.can_be_asked and entry.removal.mode is not Mode.PROVIDER:
        assert entry.removal.url or entry.removal.mail or entry.advice


@pytest.mark.parametrize("zone", CATALOGUE.zones.values(), ids=lambda zone: zone.name)
def test_each_answer_of_a_zone_means_a_list_that_exists(zone: Zone) -> None:
    known = set(CATALOGUE.keys())
    assert {answer.means for answer in zone.answers.values()} <= known | set(NO_LISTING)
    assert zone.list_key is None or zone.list_key in known
    assert all(code.startswith("127.") for code in zone.answers)


@pytest.mark.parametrize("zone", CATALOGUE.zones.values(), ids=lambda zone: zone.name)
def test_a_zone_without_answers_belongs_to_a_list_or_is_dead_and_a_dead_one_has_the_date(zone: Zone) -> None:
    assert zone.answers or zone.list_key or zone.closed
    assert zone.closed is None or date(1990, 1, 1) <= zone.closed <= date(2026, 11, 24)
    assert zone.closed is not None or not zone.died


@pytest.mark.parametrize(
    "entry", [entry for entry in CATALOGUE.all() if entry.closed is not None], ids=lambda entry: entry.key
)
def test_a_dead_list_cannot_be_asked_and_its_zones_are_dead(entry: ListEntry) -> None:
    assert not entry.can_be_asked
    assert entry.closed is not None
    assert entry.closed <= date(2026, 11, 24)
    assert all(zone.closed is not None for zone in CATALOGUE.zones_of(entry.key))


@pytest.mark.parametrize(
    ("name", "closed"),
    [("dnsbl.sorbs.net", date(2024, 6, 5)), ("ix.dnsbl.manitu.net", date(2025, 1, 16)), ("db.wpbl.info", None)],
)
def test_the_dead_zones_that_replies_still_name_are_known(name: str, closed: date | None) -> None:
    zone = CATALOGUE.zones[name]
    assert zone.closed is not None
    assert closed in (None, zone.closed)


def test_the_pbl_ships_with_two_windows_one_seen_and_one_stated() -> None:
    observed, stated = PBL.windows
    assert (observed.after, observed.basis, observed.seen) == (Period(months=6), Basis.OBSERVED, date(2021, 11, 2))
    assert (stated.after, stated.basis) == (Period(months=12), Basis.STATED)
    assert {w.kind for w in PBL.windows} == {WindowKind.EXCLUSION_ENDS}
    assert {w.origin for w in PBL.windows} == {Origin.CONFIRMED}


def test_the_pbl_knows_its_waiting_times_its_form_and_what_comes_first() -> None:
    assert (PBL.confirm_within, PBL.effect_within) == (Period(seconds=3600), Period(seconds=86400))
    assert PBL.removal.mode is Mode.FORM_MAIL
    assert PBL.removal.fields == ("name", "email", "reason")
    assert PBL.requires == ("contact", "purpose")
    assert PBL.waits_for == ("spamhaus-sbl",)


def test_each_code_of_the_combined_zone_is_a_list_of_its_own() -> None:
    answers = CATALOGUE.zones["zen.spamhaus.org"].answers
    meanings = {code: answers[f"127.0.0.{code}"].means for code in (2, 3, 4, 9, 10, 11, 30)}
    names = {2: "sbl", 3: "css", 4: "xbl", 9: "drop", 10: "pbl", 11: "pbl", 30: "bcl"}
    assert meanings == {code: f"spamhaus-{name}" for code, name in names.items()}
    assert (answers["127.0.0.10"].who, answers["127.0.0.11"].who) == ("provider", None)
    assert answers["127.255.255.254"].means == "turned-away"


@pytest.mark.parametrize(
    ("key", "in_dns", "codes"),
    [
        ("spamhaus-pbl", True, {"127.0.0.10"}),
        ("spamhaus-sbl", True, set()),
        ("spamcop", True, set()),
        ("microsoft-365", False, set()),
        ("sorbs", False, set()),
        ("no-longer-there", False, set()),
    ],
)
def test_a_list_knows_whether_dns_answers_for_it_and_which_codes_are_the_providers(
    key: str, in_dns: bool, codes: set[str]
) -> None:
    entry = CATALOGUE.get(key)
    assert entry.in_dns is in_dns
    assert set(entry.provider_codes) == codes


def test_a_zone_of_ones_own_adds_to_what_a_list_knows_of_its_answers() -> None:
    own = b'[zones."bl.example"]\nanswers = { "127.0.0.9" = { list = "spamcop", who = "provider" } }\n'
    assert Catalogue(SHIPPED, own).get("spamcop").provider_codes == {"127.0.0.9"}


def test_the_terms_of_the_zones_are_known_as_far_as_they_are_stated() -> None:
    zones = CATALOGUE.zones
    zen, monkey = zones["zen.spamhaus.org"].terms, zones["bl.spameatingmonkey.net"].terms
    assert (zen.commercial, zen.queries_per_day, zen.queries_per_second, zen.register) == (False, 300000, None, False)
    assert (monkey.commercial, monkey.queries_per_day) == (True, 100000)
    assert monkey.queries_per_second is not None
    assert monkey.queries_per_second < 5
    assert zones["b.barracudacentral.org"].terms.register
    assert zones["psbl.surriel.com"].terms == ANY_USE == Terms()
    assert all(zone.terms.source for zone in zones.values() if zone.terms != ANY_USE)


def test_the_test_points_are_those_of_the_rfc_where_an_entry_says_nothing() -> None:
    points = CATALOGUE.zones["zen.spamhaus.org"].points
    assert points == Points("127.0.0.2", "127.0.0.1", "::ffff:7f00:2", "::ffff:7f00:1")
    assert CATALOGUE.zones["rep.mailspike.net"].points == NO_TEST == Points(None, None, None, None)


def test_sums_that_hold_a_known_bit_are_listings_and_the_others_stay_unknown() -> None:
    answers = CATALOGUE.zones["bl.score.senderscore.com"].answers
    assert {answers[f"127.0.0.{code}"].means for code in (1, 3, 5, 17, 31)} == {"senderscore"}
    assert not {"127.0.0.2", "127.0.0.4", "127.0.0.32"} & set(answers)
    assert answers["127.255.255.255"].means == "turned-away"


@pytest.mark.parametrize("entry", CATALOGUE.all(), ids=lambda entry: entry.key)
def test_the_page_for_an_address_has_no_place_left_to_fill_in(entry: ListEntry) -> None:
    for address in ("203.0.113.7", "2001:db8::25"):
        page = entry.page_for(address)
        assert page is None or page.startswith("https://")
        assert "{" not in (page or "")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("203.0.113.7", "https://www.example.org/203.0.113.7?a=1"),
        ("2001:db8::25", "https://www.example.org/2001%3Adb8%3A%3A25?a=1"),
        ("203.0.113.0/24", "https://www.example.org/203.0.113.0%2F24?a=1"),
    ],
)
def test_an_address_is_put_into_the_page_where_the_page_takes_it(address: str, page: str) -> None:
    assert a_list(look_up="https://www.example.org/{address}?a=1").page_for(address) == page


def test_a_page_that_takes_no_address_is_given_as_it_is_else_the_form_else_none() -> None:
    form = Removal(url="https://example.org/form#{x}")
    assert a_list(look_up="https://example.org/", removal=form).page_for("203.0.113.7") == "https://example.org/"
    assert a_list(removal=form).page_for("203.0.113.7") == form.url
    assert a_list().page_for("203.0.113.7") is None


@pytest.mark.parametrize(
    ("key", "page"),
    [
        ("spamhaus-pbl", "https://www.spamhaus.org/query/ip/203.0.113.7"),
        ("abusix", "https://lookup.abusix.com/"),
        ("dronebl", "https://dronebl.org/lookup?ip=203.0.113.7"),
        ("psbl", "https://psbl.org/"),
        ("mailspike", None),
    ],
)
def test_where_to_look_by_hand_is_known_for_the_lists_that_say_so(key: str, page: str | None) -> None:
    assert CATALOGUE.get(key).page_for("203.0.113.7") == page


@pytest.mark.parametrize(
    ("key", "after"), [("spamcop", Period(seconds=86400)), ("uceprotect-1", Period(days=7)), ("abusix", Period(days=6))]
)
def test_listings_that_expire_by_themselves_say_when(key: str, after: Period) -> None:
    (window,) = CATALOGUE.get(key).windows_of(WindowKind.EXPECTED_CLEAR)
    assert (window.after, window.origin) == (after, Origin.LISTED)


@pytest.mark.parametrize("key", ["abusix-policy", "t-online"])
def test_what_would_open_a_case_again_after_a_year_is_known(key: str) -> None:
    (window,) = CATALOGUE.get(key).windows_of(WindowKind.KEEP_ALIVE)
    assert window.after == Period(months=12)


def test_the_weakest_source_is_how_well_an_entry_is_supported() -> None:
    table = dict(LISTS)["spamhaus-css"]
    source = {"url": "a page", "checked": date(2026, 11, 24)}
    for confidence in ("medium", "low"):
        table = {**table, "sources": [*table["sources"], {**source, "confidence": confidence}]}
        assert entries.list_entry("spamhaus-css", table).confidence == confidence
    assert any(entry.confidence in (Confidence.LOW, Confidence.BACKGROUND) for entry in LIVING)


def test_a_form_with_a_mail_has_a_confirmation_step_even_if_the_entry_gives_no_time() -> None:
    table = {"name": "A", "operator": "A", "kind": "block", "removal": {"mode": "form-mail"}}
    assert entries.list_entry("a", table).has_confirmation
    assert not entries.list_entry("a", {**table, "removal": {"mode": "form"}}).has_confirmation


# Finding.


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("spamhaus-pbl", "spamhaus-pbl"),
        ("pbl", "spamhaus-pbl"),
        (" PBL ", "spamhaus-pbl"),
        ("consumer", "microsoft-consumer"),
        ("abusix", "abusix"),
        ("online", "t-online"),
        ("1", "uceprotect-1"),
    ],
)
def test_a_key_or_a_unique_tail_of_one_finds_its_list(text: str, key: str) -> None:
    assert CATALOGUE.find(text).key == key


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("google-notauthorized", "the list to ask is spamhaus-pbl"),
        ("spamhaus-zen", "the list to ask is spamhaus-pbl or "),
        ("google-ptr", "nothing can be asked for it"),
        ("microsoft", "the list to ask is microsoft-consumer or microsoft-365"),
    ],
)
def test_what_only_replies_name_is_no_list_and_says_where_to_ask(key: str, place: str) -> None:
    with pytest.raises(NotFound, match=f"{key} is what replies name .*{place}"):
        CATALOGUE.find(key)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("spamhaus-plb", "spamhaus-pbl"),
        ("spamcpo", "spamcop"),
        ("baracuda", "barracuda"),
    ],
)
def test_an_unknown_list_is_refused_with_the_nearest_keys(text: str, near: str) -> None:
    with pytest.raises(NotFound, match=f"there is no list '{text}': did you mean .*{near}"):
        CATALOGUE.find(text)


@pytest.mark.parametrize("text", ["", "  ", "-", "zzzzzzzz", "-pbl-"])
def test_what_is_near_nothing_is_refused_with_where_to_look(text: str) -> None:
    with pytest.raises(NotFound, match=r"did you mean|`delist lists` shows them all"):
        CATALOGUE.find(text)


def test_a_tail_that_fits_several_lists_names_them() -> None:
    own = with_own(MINE + MINE.replace("example-one", "other-one"))
    with pytest.raises(NotFound, match="did you mean example-one or other-one"):
        own.find("one")


def test_a_key_that_only_old_records_name_still_has_an_entry() -> None:
    gone = CATALOGUE.get("no-longer-there")
    assert (gone.key, gone.kind, gone.windows) == ("no-longer-there", ListKind.INFO, ())
    with pytest.raises(NotFound):
        CATALOGUE.find("no-longer-there")


# The operator's own file.


def test_without_a_file_of_ones_own_the_catalogue_is_the_shipped_one(tmp_path: Path) -> None:
    assert catalogue.load(tmp_path / "lists.toml").keys() == catalogue.load().keys() == CATALOGUE.keys()


def test_an_own_file_adds_a_list(tmp_path: Path) -> None:
    own = tmp_path / "lists.toml"
    own.write_text(MINE)
    found = catalogue.load(own)
    assert found.find("one").name == "Example one"
    assert len(found.keys()) == len(CATALOGUE.keys()) + 1


def test_an_own_entry_overrides_what_it_names_and_keeps_the_rest() -> None:
    entry = with_own('[lists.spamhaus-pbl]\nlead = "P30D"\nwho = "provider"\n').find("pbl")
    assert (entry.lead, entry.who) == (Period(days=30), "provider")
    assert (entry.name, entry.windows, entry.removal) == (PBL.name, PBL.windows, PBL.removal)


def test_an_own_table_inside_an_entry_is_merged_too() -> None:
    entry = with_own('[lists.spamhaus-pbl.removal]\nurl = "https://example.org/form"\n').find("pbl")
    assert entry.removal.url == "https://example.org/form"
    assert (entry.removal.mode, entry.removal.fields) == (PBL.removal.mode, PBL.removal.fields)
    assert entry.removal.wants_text


def test_an_own_answer_of_a_zone_is_merged_over_the_shipped_ones() -> None:
    zone = with_own('[zones."zen.spamhaus.org".answers]\n"127.0.0.5" = "spamhaus-xbl"\n').zones["zen.spamhaus.org"]
    assert zone.answers["127.0.0.5"].means == "spamhaus-xbl"
    assert zone.answers["127.0.0.11"].means == "spamhaus-pbl"


def test_own_windows_replace_the_shipped_ones() -> None:
    window = 'after = "P3M"\nkind = "exclusion-ends"\nbasis = "observed"\nsource = "ours"\n'
    entry = with_own(f"[[lists.spamhaus-pbl.windows]]\n{window}").find("pbl")
    assert [each.after for each in entry.windows] == [Period(months=3)]


def test_an_entry_that_is_off_is_gone_but_what_was_recorded_keeps_its_name() -> None:
    own = with_own("[lists.spamhaus-pbl]\noff = true\n")
    assert "spamhaus-pbl" not in own.keys()  # noqa: SIM118
    assert "spamhaus-pbl" not in [entry.key for entry in own.all()]
    with pytest.raises(NotFound):
        own.find("spamhaus-pbl")
    assert own.get("spamhaus-pbl").name == "Spamhaus PBL"


def test_a_zone_that_is_off_is_gone() -> None:
    assert "zen.spamhaus.org" not in with_own('[zones."zen.spamhaus.org"]\noff = true\n').zones


def test_an_own_zone_is_added_and_answers_for_its_list() -> None:
    zone = '[zones."bl.example.org"]\nanswers = { "127.0.0.2" = "example-one" }\n'
    assert [found.name for found in with_own(MINE + zone).zones_of("example-one")] == ["bl.example.org"]


def test_the_digest_changes_with_the_own_file() -> None:
    digests = {with_own(text).digest for text in ("", MINE, MINE.replace("one", "two"))}
    assert len(digests) == 3
    assert with_own(MINE).digest == with_own(MINE).digest


def test_all_that_is_wrong_with_an_own_file_is_said_at_once() -> None:
    said = refusal(
        """
        [lists.spamhaus-pbl]
        confirm_wihtin = "PT1H"
        effect_within = "soon"
        [lists.Bad_key]
        name = "A"
        operator = "A"
        kind = "blok"
        [lists.example-two]
        name = "Two"
        [zones."bl.example.org"]
        ipv6 = 1
        [list.example-three]
        """
    )
    for problem in (
        "'confirm_wihtin' is no key here (did you mean 'confirm_within'?)",
        "effect_within must be an ISO 8601 duration",
        "[lists.Bad_key] kind must be one of block, allow",
        "[lists.Bad_key] the key must be lower-case",
        "[lists.example-two] 'operator' is missing",
        "[lists.example-two] 'kind' is missing",
        '[zones."bl.example.org"] ipv6 must be true or false',
        "[zones.\"bl.example.org\"] 'answers' is missing",
        "'list' is no table of the catalogue",
    ):
        assert problem in said
    assert said.startswith("lists.toml: ")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("name = 3", "name must be a text"),
        ('name = ""', "name must be a text"),
        ('default = "yes"', "default must be true or false"),
        ("closed = 'soon'", "closed must be a date"),
        ("closed = 2024-06-05T10:00:00Z", "closed must be a date"),
        ('lead = "14 days"', "lead must be an ISO 8601 duration"),
        ("lead = 14", "lead must be an ISO 8601 duration"),
        ('lead = "P9999Y"', "lead must be an ISO 8601 duration"),
        ('waits_for = "spamhaus-sbl"', "waits_for must be a list of texts"),
        ('wants = ["charm"]', "wants must be a list of some of static"),
        ("removal = 3", "removal must be a table"),
        ('removal = { mode = "fax" }', "mode must be one of form"),
        ('removal = { modus = "form" }', "did you mean 'mode'?"),
        ("look_up = 3", "look_up must be the address of a page"),
        ('look_up = "example.org"', "look_up must be the address of a page"),
        ('look_up = "https://example.org/{ip}"', "look_up may hold {address} and no other placeholder: '{ip}'"),
        ('look_up = "https://example.org/{address}/{"', "look_up may hold {address} and no other placeholder: '{'"),
        ("windows = 3", "windows must be a list of tables"),
        ('windows = [{ after = "P6M" }]', "'kind' is missing"),
        ('windows = [{ after = "P0D", kind = "exclusion-ends", basis = "stated", source = "x" }]', "a day or longer"),
        ('windows = [{ after = "PT9H", kind = "keep-alive", basis = "stated", source = "x" }]', "a day or longer"),
        (
            'windows = [{ after = "P6M", kind = "exclusion-ends", basis = "stated", source = "x", from = "listed" }]',
            "only expected-clear counts from listed",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(line: str, says: str) -> None:
    assert says in refusal(f"[lists.spamhaus-pbl]\n{line}\n")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("terms = 3", "terms must be a table"),
        ("terms = { comercial = true }", "did you mean 'commercial'?"),
        ("terms = { queries_per_day = -1 }", "queries_per_day must be a whole number"),
        ("terms = { queries_per_second = 0 }", "queries_per_second must be a number above zero"),
        ("terms = { queries_per_second = nan }", "queries_per_second must be a number above zero"),
        ("terms = { queries_per_second = inf }", "queries_per_second must be a number above zero"),
        ("terms = { queries_per_second = true }", "queries_per_second must be a number above zero"),
        ('terms = { queries_per_second = "5" }', "queries_per_second must be a number above zero"),
        ("test = true", "test must be false or a table"),
        ("test = { lsited = false }", "did you mean 'listed'?"),
        ('test = { listed = "::ffff:7f00:2" }', "listed must be an IPv4 address, or false"),
        ('test = { clear6 = "127.0.0.1" }', "clear6 must be an IPv6 address, or false"),
        ('test = { clear = "localhost" }', "clear must be an IPv4 address, or false"),
        ("test = { clear = true }", "clear must be an IPv4 address, or false"),
        ("test = { listed = 2130706434 }", "listed must be an IPv4 address, or false"),
        ("keyed = 3", "keyed must be a text"),
        ('keyed = "dq.example.org"', "keyed must hold {key}"),
        ('keyed = "{key}.{zone}.example.org"', "keyed may hold {key} and no other placeholder: '{zone}'"),
        ('keyed = "{key}.{}.example.org"', "keyed may hold {key} and no other placeholder: '{}'"),
        ('keyed = "{key}}.example.org"', "keyed may hold {key} and no other placeholder: '}'"),
        ('answers = { "127.0.0" = "psbl" }', "only codes in 127.0.0.0/8, such as 127.0.0.2: '127.0.0'"),
        ('answers = { "127.0.0.02" = "psbl" }', "only codes in 127.0.0.0/8"),
        ('answers = { "::1" = "psbl" }', "only codes in 127.0.0.0/8"),
        ('answers = { "192.0.2.1" = "psbl" }', "only codes in 127.0.0.0/8"),
        ('answers = { "127.0.0.2" = "spamcpo" }', "'spamcpo' is no list of the catalogue (did you mean 'spamcop'?)"),
        ('answers = { "127.0.0.2" = { list = "spamcpo" } }', "(did you mean 'spamcop'?)"),
        ('answers = { "127.0.0.2" = "turned-awai" }', "(did you mean 'turned-away'?)"),
        ('answers = { "127.0.0.2" = "zzzzzzzz" }', "'zzzzzzzz' is no list of the catalogue"),
        ('list = "spamcpo"', "'spamcpo' is no list of the catalogue (did you mean 'spamcop'?)"),
    ],
)
def test_a_wrong_value_of_a_zone_is_named_with_what_it_must_be(line: str, says: str) -> None:
    said = refusal(f'[zones."psbl.surriel.com"]\n{line}\n')
    assert says in said
    assert '[zones."psbl.surriel.com"]' in said


def own_zone(text: str) -> Zone:
    """The zone of an own file, of a list of one's own."""
    return with_own(f'{MINE}\n[zones."bl.example.org"]\nanswers = {{ "127.0.0.2" = "example-one" }}\n{text}').zones[
        "bl.example.org"
    ]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("", Points()),
        ("test = {}", Points()),
        ("test = false", NO_TEST),
        ("test = { clear = false }", Points(clear=None)),
        ('test = { listed = "127.0.0.9", listed6 = false }', Points(listed="127.0.0.9", listed6=None)),
        ('test = { clear6 = "2001:db8::1" }', Points(clear6="2001:db8::1")),
    ],
)
def test_test_points_that_are_not_named_keep_their_default_and_false_means_none(text: str, points: Points) -> None:
    assert own_zone(text).points == points


def test_terms_that_are_not_named_allow_any_use() -> None:
    assert own_zone("").terms == Terms()
    assert own_zone("terms = { queries_per_second = 2.5 }").terms == Terms(queries_per_second=2.5)
    assert own_zone("terms = { register = true, queries_per_second = 2 }").terms == Terms(True, None, 2.0, True)


def test_own_terms_of_a_shipped_zone_are_merged_over_its_own() -> None:
    terms = with_own('[zones."zen.spamhaus.org".terms]\nqueries_per_day = 5\n').zones["zen.spamhaus.org"].terms
    assert (terms.commercial, terms.queries_per_day) == (False, 5)


def test_a_zone_may_name_a_list_that_is_switched_off() -> None:
    own = with_own('[lists.psbl]\noff = true\n[zones."bl.example.org"]\nanswers = { "127.0.0.2" = "psbl" }\n')
    assert own.zones["bl.example.org"].answers["127.0.0.2"].means == "psbl"


@pytest.mark.parametrize(
    "text",
    [
        "lists = 3",
        "zones = 3",
        "lists.spamhaus-pbl = false",
        "lists.example-one = 3",
        '[zones]\n"zen.spamhaus.org" = false',
        '[zones]\n"bl.example.org" = 3',
        '[zones."bl.example.org".answers]\n"127.0.0.2" = 3',
        '[zones."bl.example.org".answers]\n"127.0.0.2" = { who = "provider" }',
        '[zones."bl.example.org".answers]\n"127.0.0.2" = { list = "psbl", who = "somebody" }',
    ],
)
def test_a_value_where_a_table_must_be_is_a_problem_of_the_file_and_no_crash(text: str) -> None:
    assert "lists.toml" in refusal(text)


@pytest.mark.parametrize("data", [b"[lists", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_what_is_no_toml_is_refused_with_the_name_of_the_file(data: bytes) -> None:
    with pytest.raises(SetupError, match=r"lists\.toml is no valid TOML"):
        Catalogue(SHIPPED, data).keys()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lists.toml").mkdir()
    with pytest.raises(SetupError, match="cannot read"):
        catalogue.load(tmp_path / "lists.toml")


# What a person and a script see of it.


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("pbl", ["look up: https://www.spamhaus.org/query/ip/{address}"]),
        ("pbl", ["terms: no commercial use; at most 300,000 queries a day (https://www.spamhaus.org/organization/"]),
        ("barracuda", ["terms: register first (third-party guides"]),
        ("spameatingmonkey", ["terms: at most 100,000 queries a day; at most 4 queries a second (https://spameat"]),
        ("senderscore", ["terms: at most 333 queries a day; register first (account needed"]),
    ],
)
def test_where_to_look_and_on_which_terms_is_told_in_words(run: Run, key: str, lines: list[str]) -> None:
    shown = run("lists", key).out.splitlines()
    assert all(any(line.startswith(each) for line in shown) for each in lines)


def test_a_list_without_terms_or_look_up_has_no_such_line(run: Run) -> None:
    shown = run("lists", "psbl").out.splitlines()
    assert [line for line in shown if line.startswith(("terms", "look up"))] == []


def test_terms_that_differ_between_the_zones_of_a_list_name_their_zones(run: Run, home: Path) -> None:
    (home / "lists.toml").write_text(
        MINE
        + """
[zones."a.example.org"]
answers = { "127.0.0.2" = "example-one" }
terms = { queries_per_second = 0.5 }
[zones."b.example.org"]
answers = { "127.0.0.2" = "example-one" }
"""
    )
    outcome = run("lists", "example-one", with_tools=tools_module.build(os.environ))
    assert "terms of a.example.org: at most 0.5 queries a second" in outcome.out.splitlines()


def test_scripts_find_the_terms_of_each_zone_with_all_fields(run: Run) -> None:
    found = fine(run("lists", "pbl", "--json"))
    assert found["look_up"] == "https://www.spamhaus.org/query/ip/{address}"
    (zone,) = found["zones"]
    assert zone["terms"].pop("source").startswith("https://")
    assert zone["terms"] == {
        "commercial": False,
        "queries_per_day": 300000,
        "queries_per_second": None,
        "register": False,
    }
    (free,) = fine(run("lists", "psbl", "--json"))["zones"]
    assert free["terms"] == {
        "commercial": True,
        "queries_per_day": None,
        "queries_per_second": None,
        "register": False,
        "source": None,
    }
    assert {entry["look_up"] for entry in fine(run("lists", "--json"))["lists"]} >= {None, "https://lookup.abusix.com/"}


# What replies name.


@pytest.mark.parametrize(("key", "table"), REPLIES, ids=[key for key, _ in REPLIES])
def test_each_shipped_reply_is_in_the_format_and_says_what_it_means(key: str, table: dict[str, Any]) -> None:
    assert list(reply_entries.reply_problems(key, table, table, CATALOGUE.keys())) == []
    entry = CATALOGUE.reply(key)
    assert entry is not None
    assert entry.about.endswith(".")
    assert entry.sources
    assert set(entry.request_at) <= set(CATALOGUE.keys())
    assert all(CATALOGUE.get(where).can_be_asked or len(entry.request_at) > 1 for where in entry.request_at)


def test_the_names_without_reading_the_toml_are_those_of_the_whole_reading() -> None:
    names = CATALOGUE.names()
    whole = {name: naming.zone_names(table) for name, table in ZONES}
    assert names.zones == {name: zone.key for name, zone in whole.items() if zone.key}
    assert names.dead == {name for name, zone in CATALOGUE.zones.items() if zone.closed}
    assert {name: zone.reply_key for name, zone in CATALOGUE.zones.items()} == {n: z.reply for n, z in whole.items()}


def test_each_zone_is_known_by_a_key_that_has_an_entry() -> None:
    names = CATALOGUE.names()
    assert set(names.zones) == set(CATALOGUE.zones)
    assert [key for key in set(names.zones.values()) if CATALOGUE.reply(key) is None] == []


@pytest.mark.parametrize(
    ("zone", "key"),
    [
        ("zen.spamhaus.org", "spamhaus-zen"),
        ("combined.mail.abusix.zone", "abusix"),
        ("all.spamrats.com", "spamrats"),
        ("b.barracudacentral.org", "barracuda"),
        ("dul.dnsbl.sorbs.net", "sorbs-dul"),
        ("dnsbl-2.uceprotect.net", "uceprotect-2"),
    ],
)
def test_a_zone_whose_codes_name_several_lists_is_known_by_the_key_of_all_of_them(zone: str, key: str) -> None:
    assert CATALOGUE.names().zones[zone] == key


def test_a_reply_says_where_to_ask_and_whether_that_is_inferred() -> None:
    google, s3140 = CATALOGUE.reply("google-notauthorized"), CATALOGUE.reply("microsoft-s3140")
    assert google is not None
    assert s3140 is not None
    assert (google.request_at, google.inferred) == (("spamhaus-pbl",), True)
    assert (s3140.request_at, s3140.inferred) == (("microsoft-consumer",), False)


@pytest.mark.parametrize(
    ("key", "cause", "may"),
    [
        ("google-notauthorized", "spamhaus-pbl", True),
        ("google-notauthorized", "spamhaus-zen", True),
        ("google-notauthorized", "spamcop", False),
        ("proofpoint", "spamhaus-pbl", True),
        ("proofpoint", "barracuda", False),
        ("unknown", "spamhaus-css", True),
        ("unknown", "google-ptr", False),
        ("google-ptr", "spamhaus-pbl", False),
    ],
)
def test_an_operator_behind_a_reply_means_all_its_lists(key: str, cause: str, may: bool) -> None:
    entry = CATALOGUE.reply(key)
    assert entry is not None
    assert entry.may_come_from(cause) is may


def test_a_list_is_a_reply_key_of_its_own_and_a_table_adds_to_it() -> None:
    spamcop, proofpoint = CATALOGUE.reply("spamcop"), CATALOGUE.reply("proofpoint")
    assert spamcop is not None
    assert proofpoint is not None
    assert (spamcop.name, spamcop.request_at) == (CATALOGUE.get("spamcop").name, ("spamcop",))
    assert (proofpoint.name, proofpoint.request_at) == (CATALOGUE.get("proofpoint").name, ("proofpoint",))
    assert proofpoint.behind == ("spamhaus",)


def test_a_dead_list_leaves_nothing_to_ask() -> None:
    sorbs = CATALOGUE.reply("sorbs")
    assert sorbs is not None
    assert sorbs.request_at == ()


def test_an_unknown_reply_key_has_no_entry() -> None:
    assert CATALOGUE.reply("nobody-at-all") is None


def test_own_replies_and_zones_are_laid_over_the_shipped_ones() -> None:
    mine = with_own(
        MINE
        + """
        [replies.google-ptr]
        about = "Set the PTR record in our panel."
        [replies.example-code]
        name = "Example's code"
        request_at = ["example-one", "spamcop"]
        behind = ["spamhaus"]
        [replies.aol]
        off = true
        [zones."bl.example.org"]
        answers = { "127.0.0.2" = "example-one" }
        [zones."zen.spamhaus.org"]
        reply = "spamhaus"
        [zones."bl.spamcop.net"]
        off = true
        """
    )
    ptr, code, names = mine.reply("google-ptr"), mine.reply("example-code"), mine.names()
    assert ptr is not None
    assert code is not None
    assert (ptr.name, ptr.about) == ("Google, PTR record", "Set the PTR record in our panel.")
    assert code.request_at == ("example-one", "spamcop")
    assert mine.reply("aol") is None
    assert "aol" not in mine.reply_keys()
    assert (names.zones["bl.example.org"], names.zones["zen.spamhaus.org"]) == ("example-one", "spamhaus")
    assert "bl.spamcop.net" not in names.zones


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[replies.google-ptr]\nabuot = 'x'", "[replies.google-ptr] 'abuot' is no key here (did you mean 'about'?)"),
        ("[replies.google-ptr]\ninferred = 1", "[replies.google-ptr] inferred must be true or false"),
        ("[replies.google-ptr]\nrequest_at = 1", "request_at must be a list key or a list of them"),
        (
            "[replies.google-ptr]\nrequest_at = 'spamhaus-pbI'",
            "'spamhaus-pbI' is no list of the catalogue (did you mean",
        ),
        (
            "[replies.google-ptr]\nbehind = ['spamhuas']",
            "'spamhuas' is no list of the catalogue (did you mean 'spamhaus",
        ),
        ("[replies.google-ptr]\nbehind = 'spamhaus'", "behind must be a list of texts"),
        (
            "[replies.gogle-ptr]\nabout = 'x'",
            "is no reply of the catalogue (did you mean google-ptr?): 'name' is missing",
        ),
        ("[replies.Bad_key]\nname = 'x'", "[replies.Bad_key] the key must be lower-case"),
        ("[replies]\na = 1", "[replies.a] must be a table"),
        ("replies = 1", "replies must be a table"),
        (
            "[zones.'zen.spamhaus.org']\nreply = 'spamhaus-zenn'",
            "which is no key of a list or reply (did you mean 'spamhaus-zen'?)",
        ),
        ("[zones.'zen.spamhaus.org']\nreply = 1", "reply must be a text"),
    ],
)
def test_a_wrong_value_of_a_reply_is_named_with_what_it_must_be(text: str, says: str) -> None:
    assert says in refusal(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[lists.barracuda]\nwaits_for = ["barracuda"]\n', "waits for itself: barracuda waits for barracuda"),
        (
            '[lists.spamhaus-sbl]\nwaits_for = ["spamhaus-pbl"]\n',
            "[lists.spamhaus-sbl] waits for itself: spamhaus-sbl waits for spamhaus-pbl waits for spamhaus-sbl",
        ),
    ],
)
def test_lists_that_would_wait_for_each_other_for_ever_are_refused(text: str, part: str) -> None:
    with pytest.raises(SetupError, match=re.escape(part)):
        with_own(text).keys()


def test_lists_may_wait_for_each_other_in_a_row() -> None:
    assert with_own('[lists.barracuda]\nwaits_for = ["spamhaus-pbl"]\n').get("barracuda").waits_for == ("spamhaus-pbl",)
