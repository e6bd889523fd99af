"""Secrets never appear in text, and are listed for redaction."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.reading import HOOK, outcome, read, refused
from watcher.config import Settings, load_settings

SECRETS = {
    ("ebay", "client_secret"): "canary-1",
    ("serpapi", "api_key"): "canary-2",
    ("openai", "api_key"): "canary-3",
    ("stripe", "api_key"): "canary-4",
    ("stripe", "webhook_secret"): "canary-5",
    ("slack", "watch_webhook_url"): "https://hooks.slack.com/services/canary-6",
    ("slack", "ops_webhook_url"): "https://hooks.slack.com/services/canary-7",
    ("slack", "bot_token"): "canary-8",
    ("slack", "destinations", "team"): "https://hooks.slack.com/services/canary-9",
    ("heartbeat", "url"): "https://hc-ping.com/canary-10",
    ("database", "url"): "postgresql://ann:canary%2D11@db:5433/watcher?sslmode=require",
}


def settings_with_secrets() -> Settings:
    return load_settings(None, {"WATCHER_" + "__".join(key).upper(): value for key, value in SECRETS.items()})


def test_secrets_are_in_no_text_of_the_settings() -> None:
    settings = settings_with_secrets()
    assert (
        "canary"
        not in f"{settings!r} {settings} {settings.slack!r} {settings.database_name} {settings.source}"
    )


def test_every_secret_is_listed_for_redaction() -> None:
    listed = settings_with_secrets().secrets()
    assert {f"canary-{n}" for n in range(1, 12)} <= {c for s in listed for c in re.findall(r"canary-\d+", s)}
    assert "services/canary-6" in listed
    assert {"canary%2D11", "canary-11"} <= set(listed)
    assert not any("sslmode" in s for s in listed)


def test_passwords_in_database_options_are_secrets() -> None:
    settings = read("[database]\nurl = 'postgresql://db/w?user=ann&password=canary%2D1&sslpassword=canary-2'")
    assert set(settings.secrets()) == {"canary-1", "canary-2"}
    assert settings.database_name == "postgresql://db/w"


def test_defaults_contain_no_secrets() -> None:
    assert Settings().secrets() == ()


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("wrong", ["canary\n12", "cañary 12"])
def test_refused_secret_is_not_repeated(key: tuple[str, ...], wrong: str) -> None:
    (message,) = refused(env={"WATCHER_" + "__".join(key).upper(): wrong})
    assert "12" not in message


@pytest.mark.parametrize("key", SECRETS)
def test_secret_of_a_wrong_type_is_not_repeated(key: tuple[str, ...]) -> None:
    (message,) = refused(f"[{'.'.join(key[:-1])}]\n{key[-1]} = 123456")
    assert "123456" not in message


@pytest.mark.parametrize(
    "text",
    [
        f"[slack]\n'{HOOK}' = ''",
        f"[slack.destinations]\n'{HOOK}' = '{HOOK}'",
        f"[slack]\nbase_url = '{HOOK}?x'",
        f"[ebay]\nmarketplace = '{HOOK}'",
        f"['{HOOK}']",
    ],
)
def test_misplaced_webhook_is_not_repeated(text: str) -> None:
    assert "Secret" not in "".join(refused(text))


@given(st.text(min_size=1).filter(lambda s: s.strip()))
def test_any_client_secret_is_kept_or_refused_without_repeating_it(secret: str) -> None:
    settings, problems = outcome(Path("none.toml"), {"WATCHER_EBAY__CLIENT_SECRET": secret})
    if settings:
        assert settings.ebay.client_secret.get_secret_value() == secret.strip()
    else:
        needs = "text in quotes, without spaces inside"
        assert problems == (f"environment: WATCHER_EBAY__CLIENT_SECRET must be {needs}.",)


def test_whitespace_around_a_secret_is_removed() -> None:
    settings = load_settings(None, {"WATCHER_STRIPE__API_KEY": " sk_test \n"})
    assert settings.stripe.api_key.get_secret_value() == "sk_test"


MISPLACED = [
    "xoxb-1234567890-abcdefghijkl",
    "xoxe.xoxp-1-Mi0yLTEyMzQ1Njc4OTA",
    "xapp-1-A0123456789-abcdef0123456789",
    "PRD-9a8b7c6d5e4f-1a2b-3c4d-5e6f-7a8b",
    "SBX-0123456789ab-cdef-0123",
    "watcher_Zk3vQ9xYb2LmN7pRt5sWu8aCd1eFg4hJ6kMnPqRsTuV",
    "sk_live_0123456789abcdef",
    "whsec_0123456789abcdef",
    "postgres://ann:hunter2hunter2@db.example/w",
    "https://ann:hunter2hunter2@api.example.com",
    "https://hooks.slack.com/services/T000/B000/hunter2hunter2",
    "https://hooks.example/?token=hunter2hunter2",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "v^1.1#i^1#r^0#I^3#f^0#p^1#t^H4sIAAAAAAAAAOVXa2wUVRTu",
    "6b4c7e1a-02d3-4f5e-8a9b-0c1d2e3f4a5b",
]
PLACES = [
    "[slack]\nbase_url = '{}?'",
    "[ebay]\nmarketplace = '{}'",
    "[ebay]\ndaily_quota = '{}'",
    "[http]\nhost = '{}/'",
    "[log]\nlevel = '{}'",
    "[timeout]\ncomps = '{}'",
    "[cache.ttl]\n'{}' = 'x'",
    "['{}']\nx = 1",
    "'{}' = 1",
    "[ebay]\n'{}' = ''",
    "[slack.destinations]\n'{}!' = 'https://hooks.slack.com/services/x'",
    "[proxy]\nurl = 'socks5://{}'",
    "x = '{}",
    "['{0}']\n['{0}']",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", MISPLACED)
def test_misplaced_secret_of_any_shape_is_not_repeated(place: str, secret: str) -> None:
    said = "".join(refused(place.format(secret)))
    assert said
    private = "hunter2hunter2" if "hunter2" in secret else secret[8:20]
    assert private not in said


@pytest.mark.parametrize("name", ["WATCHER_EBAY__CLIENT_SECRT", "WATCHER_RETRY__SERPAPI__INITIAL_DELAI"])
def test_name_of_a_wrong_variable_is_shown(name: str) -> None:
    assert name in "".join(refused("", {name: "1"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("[ebay]\nmarketplace", "EBAY_USA"),
        ("[ebay]\nbase_url", "https//api.sandbox.ebay.com"),
        ("[timeout]\ncomps", "30 seconds"),
        ("[log]\nlevel", "everything"),
    ],
)
def test_ordinary_wrong_value_is_shown(key: str, value: str) -> None:
    assert value in "".join(refused(f"{key} = '{value}'"))


def test_addresses_that_receive_a_secret_unencrypted_are_named() -> None:
    settings = read(
        "[ebay]\nbase_url = 'http://ebay.example'\nclient_id = 'x'\nclient_secret = 'y'\n"
        "[serpapi]\nbase_url = 'http://serpapi.example'\n"
        "[openai]\nbase_url = 'http://openai.example/v1'\napi_key = 'canary-1'\n"
        "[slack]\nwatch_webhook_url = 'http://127.0.0.1:1/x'\nops_webhook_url = 'http://slack.example/canary'\n"
        "base_url = 'https://slack.example'\nbot_token = 'xoxb-1'\n"
        "[slack.destinations]\nteam = 'http://team.example/canary'\n[heartbeat]\nurl = 'http://beat.example/canary'"
    )
    found = dict(settings.unencrypted())
    assert set(found) == {
        "[ebay] base_url",
        "[openai] base_url",
        "[slack] ops_webhook_url",
        "[slack.destinations] team",
        "[heartbeat] url",
    }
    assert "canary" not in str(found)
    assert found["[ebay] base_url"].startswith("its secret goes to ebay.example unencrypted")


@pytest.mark.parametrize(
    ("http", "key"),
    [
        ("", None),
        ("host = '::1'", None),
        ("public_url = 'https://watcher.example'", None),
        ("public_url = 'http://localhost:8080'", None),
        ("host = '0.0.0.0'\npublic_url = 'https://watcher.example'", None),
        ("public_url = 'http://watcher.example'", "[http] public_url"),
        ("host = '0.0.0.0'", "[http] host"),
    ],
)
def test_sign_ins_over_plain_http_are_named(http: str, key: str | None) -> None:
    found = dict(read(f"[http]\n{http}\n").unencrypted())
    assert list(found) == ([key] if key else [])
    assert all("set [http] public_url to its https://" in sentence for sentence in found.values())
