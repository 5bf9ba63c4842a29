"""The play is played, and nothing that it leaves behind tells a secret."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hidden import has_secret
from tests.play import acts
from tests.play.stage import Stage
from tests.servers.dovecot import needs_dovecot
from tests.servers.rbldnsd import needs_rbldnsd

pytestmark = [needs_rbldnsd, needs_dovecot]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, list[str]]]:
    with Stage(tmp_path_factory.mktemp("play")) as stage:
        yield stage, list(acts.play(stage))


def test_the_article_is_played_from_the_first_bounce_to_the_second_removal(played: tuple[Stage, list[str]]) -> None:
    stage, lines = played
    assert len(lines) == 9
    by_hand = [
        done.words[0] for done in stage.done if done.words[0] not in ("run", "due", "show", "calendar", "status")
    ]
    assert by_hand == ["text", "submit", "link", "confirm", "submit", "link", "confirm"]


def test_only_link_has_told_the_links_and_nothing_the_passwords(played: tuple[Stage, list[str]]) -> None:
    stage, _ = played
    export = stage("export").out
    assert "203.0.113.7" in export
    told = [done for done in stage.done if has_secret(done.out) or has_secret(done.err)]
    assert {done.words[0] for done in told} == {"link"}
    assert acts.FIRST_LINK in stage("export", "--with-secrets").out


def test_no_notice_has_told_a_link(played: tuple[Stage, list[str]]) -> None:
    stage, _ = played
    assert len(stage.relay.mails) >= 5
    assert len(stage.pager.asked) >= 4
    assert not any(has_secret(kept.raw) or has_secret(kept.mail) for kept in stage.relay.mails)
    assert not any(has_secret(asked.body) for asked in stage.pager.asked)


def test_links_stand_in_one_table_and_passwords_in_none(played: tuple[Stage, list[str]]) -> None:
    stage, _ = played
    with closing(sqlite3.connect(stage.home / "delist.db")) as connection:
        rows = [line for line in connection.iterdump() if has_secret(line)]
    assert len(rows) == 2
    assert all(row.startswith('INSERT INTO "secrets"') for row in rows)


def test_the_mailbox_is_as_it_was(played: tuple[Stage, list[str]]) -> None:
    stage, _ = played
    assert len(stage.mailbox.files()) == 2
    assert not any(name.partition(":2,")[2] for name in stage.mailbox.files())
