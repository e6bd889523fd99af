"""Other machines can connect only if a person or a valid token exists."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes import NOON
from watcher.config.settings import HttpSettings
from watcher.db.migrate import downgrade_schema
from watcher.db.stores import Stores
from watcher.runtime.access import can_enter_at, why_closed

EXPOSED = HttpSettings(host="0.0.0.0")


@pytest.mark.parametrize("http", [EXPOSED, HttpSettings(public_url="https://watcher.example")])
def test_an_exposed_address_names_both_ways_in(http: HttpSettings) -> None:
    refusal = why_closed(http, lambda: False)
    assert "`watcher user add NAME`" in refusal
    assert "`watcher token create`" in refusal
    assert why_closed(http, lambda: True) == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_the_loopback_needs_neither(host: str) -> None:
    assert why_closed(HttpSettings(host=host), lambda: False) == ""


async def test_a_person_or_a_valid_token_suffices(stores: Stores) -> None:
    url = stores.database.engine.url.render_as_string(hide_password=False)
    assert not can_enter_at(url)
    await stores.tokens.add("digest", "owner", NOON, admin=False)
    assert can_enter_at(url)
    await stores.tokens.revoke(1, NOON)
    assert not can_enter_at(url)
    await stores.people.add("owner", NOON)
    assert can_enter_at(url)


def test_a_database_that_knows_no_people_yet_is_asked_for_tokens(tmp_path: Path, sqlite_url: str) -> None:
    assert not can_enter_at(f"sqlite:///{tmp_path}/missing.db")
    downgrade_schema(sqlite_url, "0010")
    assert not can_enter_at(sqlite_url)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as opened, opened:
        opened.execute("INSERT INTO users VALUES ('local', 0)")
        opened.execute("INSERT INTO tokens VALUES (1, 'digest', 'local', 0, 0, NULL)")
    assert can_enter_at(sqlite_url)
