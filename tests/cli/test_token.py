"""`watcher token`: create, list and revoke; a token is shown only once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from watcher.cli import run_cli


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(f'[database]\nurl = "{database_url}"\n')
    return str(path)


def run_token(config: str, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run_cli(["--config", config, "token", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_new_token_is_alone_on_stdout(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_token(config, capsys, "create", "--user", "ann", "--admin")
    assert code == 0
    assert out.startswith("watcher_")
    assert len(out.strip()) >= 51
    assert err == "That is token 1 of ann (admin). It is shown only now.\n"


@pytest.mark.parametrize("user", ["", "  "])
def test_a_token_of_an_empty_user_is_refused(
    config: str, capsys: pytest.CaptureFixture[str], user: str
) -> None:
    code, out, err = run_token(config, capsys, "create", "--user", user)
    assert (code, out) == (2, "")
    assert "--user is empty: name the user whose watches the token opens." in err
    assert "No tokens yet" in run_token(config, capsys, "list")[1]


def test_tokens_are_unique(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert len({run_token(config, capsys, "create")[1] for _ in range(3)}) == 3


def test_token_list_has_no_secrets(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No tokens yet" in run_token(config, capsys, "list")[1]
    made: dict[str, Any] = json.loads(run_token(config, capsys, "create", "--json")[1])
    secret = made.pop("token")
    assert made == {
        "id": 1,
        "user": "local",
        "admin": False,
        "createdAt": made["createdAt"],
        "revokedAt": None,
    }
    _, listed, _ = run_token(config, capsys, "list", "--json")
    assert json.loads(listed) == {"tokens": [made]}
    _, table, _ = run_token(config, capsys, "list")
    assert "local" in table
    assert secret not in listed + table


def test_token_is_revoked_once(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_token(config, capsys, "create")
    assert run_token(config, capsys, "revoke", "1") == (0, "Token 1 is revoked.\n", "")
    code, _, err = run_token(config, capsys, "revoke", "1")
    assert (code, err) == (
        1,
        "watcher: There is no valid token 1; `watcher token list` shows them.\n",
    )
    assert json.loads(run_token(config, capsys, "list", "--json")[1])["tokens"][0]["revokedAt"]
    run_token(config, capsys, "create")
    assert json.loads(run_token(config, capsys, "revoke", "2", "--json")[1]) == {"id": 2, "revoked": True}


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--user", "x" * 81),
        ("create", "--user", "a\nb"),
        ("create", "--user", "\u200b"),
        ("revoke",),
        ("revoke", "first"),
        ("revoke", "0"),
        ("revoke", "99999999999999999999"),
        ("remove", "1"),
    ],
)
def test_wrong_token_usage_is_refused_in_one_sentence(
    config: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = run_token(config, capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("watcher: ")
    assert err.count("\n") == 1


def test_tokens_are_listed_and_revoked_per_user(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    for user in ("ann", "bob", "ann", "ann"):
        run_token(config, capsys, "create", "--user", user)
    listed = json.loads(run_token(config, capsys, "list", "--user", "ann", "--json")[1])["tokens"]
    assert [t["id"] for t in listed] == [1, 3, 4]
    assert run_token(config, capsys, "list", "--user", "cy")[1] == "cy has no tokens.\n"
    foreign = run_token(config, capsys, "revoke", "2", "--user", "ann")
    assert foreign[0] == 1
    assert foreign[2].startswith("watcher: There is no valid token 2 of ann; ")
    assert run_token(config, capsys, "revoke", "1", "--user", "ann")[1] == "Token 1 is revoked.\n"
    assert run_token(config, capsys, "revoke", "--user", "ann")[1] == "2 tokens of ann are revoked: 3, 4.\n"
    assert run_token(config, capsys, "revoke", "--user", "ann")[0] == 1
    left = json.loads(run_token(config, capsys, "revoke", "--user", "bob", "--json")[1])
    assert left == {"user": "bob", "ids": [2], "revoked": True}
