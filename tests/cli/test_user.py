"""`watcher user`: people with their links and rights, their sessions, and their removal."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.cli.conftest import Run
from watcher.accounts.sign_in import sign_in
from watcher.cli import run_cli
from watcher.config import load_settings
from watcher.db.schema import sign_in_links
from watcher.runtime import App

ADDRESS = "http://localhost:8080/sign-in/"
SHOWN_ONCE = "That is the sign-in link of collector. It works once, within an hour, and is shown only now.\n"


@pytest.fixture
def user(run: Run, database: Path) -> Run:
    """Return a function that runs `watcher user`."""
    del database
    return lambda *words: run("user", *words)


def with_app(work: Callable[[App], Coroutine[Any, Any, Any]]) -> Any:
    async def opened() -> Any:
        async with App.opened(load_settings(None, {})) as app:
            return await work(app)

    return asyncio.run(opened())


def open_link(link: str, agent: str = "Firefox/1 Linux") -> bool:
    """Sign a browser in with a link; return whether the link was valid."""

    async def enter(app: App) -> bool:
        code = link.strip().rpartition("/")[2]
        return await sign_in(app.stores, code, agent, "", app.clock.now()) is not None

    return bool(with_app(enter))


def execute(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as opened, opened:
        for statement in statements:
            opened.execute(statement)


# add and link


def test_a_new_person_gets_a_link_that_is_alone_on_stdout(user: Run) -> None:
    done = user("add", "collector")
    assert done.code == 0
    assert done.out.startswith(ADDRESS)
    assert done.out.count("\n") == 1
    assert done.err.startswith(SHOWN_ONCE)
    assert "requires a sign-in or a token, on this machine too" in done.err
    assert open_link(done.out)
    assert not open_link(done.out)


def test_a_link_replaces_an_earlier_one_that_was_not_used(user: Run) -> None:
    first, second = user("add", "collector").out, user("link", "collector")
    assert second.err == SHOWN_ONCE
    assert not open_link(first)
    assert open_link(second.out)


def test_a_link_in_json_carries_the_person_and_its_end(user: Run) -> None:
    made = user("add", "collector", "--admin", "--json").json
    assert (made["user"], made["person"], made["admin"]) == ("collector", True, True)
    assert made["link"].startswith(ADDRESS)
    again = user("link", "collector", "--json").json
    assert again.keys() == made.keys()
    assert again["link"] != made["link"]
    assert again["expiresAt"] > again["personSince"]


@pytest.mark.parametrize(
    ("http", "start", "caution"),
    [
        ('public_url = "https://watcher.example/"', "https://watcher.example/sign-in/", ""),
        ('host = "::1"\nport = 81', "http://[::1]:81/sign-in/", ""),
        ('host = "0.0.0.0"', "http://localhost:8080/sign-in/", "set [http] public_url"),
        ('host = "192.0.2.7"', "http://192.0.2.7:8080/sign-in/", "set [http] public_url"),
        (
            'host = "0.0.0.0"\npublic_url = "https://watcher.example"',
            "https://watcher.example/sign-in/",
            "",
        ),
    ],
)
def test_a_link_has_the_address_that_browsers_use(
    user: Run, home: Path, http: str, start: str, caution: str
) -> None:
    (home / "config.toml").write_text(f"[http]\n{http}\n")
    done = user("add", "collector")
    assert done.out.startswith(start)
    assert caution in done.err
    assert caution or "public_url" not in done.err


def test_a_link_that_cannot_be_shown_is_withdrawn(
    user: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user("add", "collector")

    class Full(io.StringIO):
        def write(self, _: str) -> NoReturn:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Full())
        assert run_cli(["user", "link", "collector"]) == 1
    assert "The sign-in link could not be shown, so it is withdrawn: No space" in capsys.readouterr().err

    async def links(app: App) -> int:
        return len(app.stores.database.rows(sign_in_links.select()))

    assert with_app(links) == 0


def test_a_code_is_in_no_message_and_not_in_the_database(user: Run, database: Path) -> None:
    done = user("add", "collector")
    code = done.out.strip().rpartition("/")[2]
    assert len(code) == 43
    assert code not in done.err
    for file in database.parent.glob("watcher.db*"):
        assert code.encode() not in file.read_bytes()


def test_an_owner_of_watches_becomes_a_person_who_sees_them(user: Run, run: Run) -> None:
    run("token", "create", "--user", "collector", "--admin")
    assert user("link", "collector").err == (
        'watcher: "collector" cannot sign in yet; `watcher user add` makes it a person.\n'
    )
    done = user("add", "collector")
    assert "collector is not an admin, so token 1 of collector has only the rights of a user" in done.err
    refused = run("token", "create", "--user", "collector", "--admin")
    assert (refused.code, refused.out) == (1, "")
    assert "watcher user add collector --admin" in refused.err
    user("add", "collector", "--admin")
    assert run("token", "list", "--json").json["tokens"][0]["admin"]


def test_rights_of_a_person_are_given_and_taken_without_a_link(user: Run) -> None:
    user("add", "collector")
    again = user("add", "collector")
    assert (again.code, again.out) == (1, "")
    assert "`watcher user link collector` prints a sign-in link" in again.err
    for _ in range(2):
        assert user("add", "collector", "--admin")[:2] == (0, "collector is an admin from now on.\n")
    taken = user("add", "collector", "--no-admin")
    assert taken.out == "collector is not an admin from now on.\n"
    assert "No person is an admin any more" in taken.err
    assert user("add", "collector", "--no-admin", "--json").json["link"] is None


def test_a_name_that_looks_like_another_is_refused(user: Run) -> None:
    user("add", "admin")
    done = user("add", "\uff41dmin")
    assert (done.code, done.out) == (1, "")
    assert 'looks like the user "admin"' in done.err
    assert len(user("list", "--json").json["users"]) == 1


@pytest.mark.parametrize("name", ["", "ad\u200bmin", "\u202enimda", "a\x1b[2Jb", "x" * 81], ids=ascii)
def test_a_name_with_characters_that_are_not_seen_is_refused(user: Run, name: str) -> None:
    done = user("add", "--", name)
    assert (done.code, done.out) == (2, "")
    assert user("list", "--json").json == {"users": []}


def test_spaces_and_composition_of_a_name_do_not_matter(user: Run) -> None:
    assert user("add", " jose\u0301   a ").code == 0
    assert user("list", "--json").json["users"][0]["user"] == "jos\u00e9 a"
    assert user("link", "jose\u0301 a").code == 0


def test_markup_in_a_name_is_only_text(user: Run) -> None:
    name = "<b>*_`x`_*</b>'; DROP TABLE users; --"
    assert user("add", name).code == 0
    assert user("list", "--json").json["users"][0]["user"] == name


# sessions


def test_sessions_are_listed_and_ended(user: Run) -> None:
    assert user("sessions").out == "No browser is signed in.\n"
    for name in ("collector", "operator"):
        link = user("add", name).out
        assert open_link(link)
    assert open_link(user("link", "collector").out, "curl/8")
    assert user("sessions", "operator", "--json").json["sessions"][0]["browser"] == "Firefox on Linux"
    assert [s["id"] for s in user("sessions", "--json").json["sessions"]] == [3, 1, 2]
    assert user("sign-out", "collector", "--session", "2").err == (
        "watcher: collector has no session 2; `watcher user sessions collector` shows them.\n"
    )
    assert user("sign-out", "collector", "--session", "3").out == "Session 3 of collector has ended.\n"
    pending = user("link", "collector").out
    assert user("sign-out", "collector").out == (
        "1 session of collector has ended. The unused sign-in link is withdrawn.\n"
    )
    assert not open_link(pending)
    assert user("sign-out", "collector", "--json").json == {"user": "collector", "sessions": 0}
    assert user("sessions", "collector").out == "collector is not signed in anywhere.\n"
    assert "operator" in user("sessions").out


# remove


@pytest.fixture
def collector(user: Run, database: Path) -> Run:
    """Add a person with a watch, a token and a session; return `user`."""
    assert open_link(user("add", "collector").out)
    execute(
        database,
        "INSERT INTO searches (id, key, query, condition, category, marketplace, due_at) "
        "VALUES (1, 'k', 'q', 'any', '', 'EBAY_US', 0)",
        "INSERT INTO watches SELECT 1, 1, 'collector', 'new', '[]', 'any', NULL, '', 'assume', NULL, '', '', "
        "'slack', 0, 0, NULL, 1, 1, '[]', '[]', 'likely', 'normal', '[]', '', 0",
        "INSERT INTO tokens VALUES (1, 'd', 'collector', 0, 0, NULL)",
    )
    return user


def test_a_person_with_watches_is_removed_only_with_a_decision(collector: Run) -> None:
    done = collector("remove", "collector")
    assert done.code == 2
    assert "collector has 1 watch and 0 alerts" in done.err
    assert "--to USER" in done.err
    assert "--delete" in done.err
    for wrong in (("--to", "stranger"), ("--to", "collector"), ("--to", "local", "--delete")):
        assert collector("remove", "collector", *wrong).code in (1, 2)
    assert collector("list", "--json").json["users"][0]["watches"] == 1


def test_a_person_is_removed_and_the_watches_are_moved(collector: Run) -> None:
    collector("add", "operator")
    done = collector("remove", "collector", "--to", "operator")
    assert (done.code, done.err) == (0, "")
    assert done.out == "collector is removed: 1 session and 1 token ended; 1 watch moved to operator.\n"
    assert [(u["user"], u["watches"]) for u in collector("list", "--json").json["users"]] == [
        ("local", 0),
        ("operator", 1),
    ]


def test_removing_the_last_person_says_what_is_open_now(collector: Run, run: Run) -> None:
    done = collector("remove", "collector", "--delete")
    assert done.out == "collector is removed: 1 session and 1 token ended; 1 watch deleted.\n"
    assert done.err == (
        "No person is left. The API still requires a token; `watcher token create` makes one.\n"
    )
    (token,) = run("token", "list", "--json").json["tokens"]
    assert (token["user"], token["revokedAt"] is None) == ("local", False)


@pytest.mark.parametrize(
    ("http", "said"),
    [
        ("", "the API is open to this machine"),
        ('public_url = "https://watcher.example"', "does not start again"),
    ],
)
def test_removing_the_last_person_without_a_token_says_so(
    user: Run, home: Path, http: str, said: str
) -> None:
    (home / "config.toml").write_text(f"[http]\n{http}\n")
    user("add", "collector")
    done = user("remove", "collector", "--json")
    assert said in done.err
    assert done.json == {
        "user": "collector",
        "removed": True,
        "to": None,
        "watches": 0,
        "alerts": 0,
        "messages": 0,
        "tokens": 0,
        "sessions": 0,
        "paused": 0,
    }


def test_local_gives_its_watches_away_and_stays(user: Run, database: Path, collector: Run) -> None:
    execute(
        database, "INSERT INTO users VALUES ('local', 0, NULL, 0)", "UPDATE watches SET user_id = 'local'"
    )
    hint = user("add", "operator").err
    assert "local has 1 watch that people do not see; `watcher user remove local --to operator` moves" in hint
    done = user("remove", "local", "--to", "operator")
    assert done.out == "local stays as the user of the command line: 1 watch moved to operator.\n"
    again = collector("remove", "local")
    assert again.err == "watcher: local is the user of the command line, so it stays; it owns nothing.\n"


def test_users_are_listed_with_their_roles_and_counts(collector: Run) -> None:
    assert collector("list").out.splitlines()[0].split() == [
        *("user", "role", "watches", "alerts", "tokens", "sessions", "person", "since")
    ]
    collector("add", "operator", "--admin")
    person, admin = collector("list").out.splitlines()[1:]
    assert person.split()[:6] == ["collector", "person", "1", "0", "1", "1"]
    assert admin.split()[:6] == ["operator", "admin", "0", "0", "0", "0"]
