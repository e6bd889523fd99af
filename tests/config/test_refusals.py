"""Wrong values and names are refused, each with a helpful message."""

from __future__ import annotations

import pytest

from tests.config.reading import HOOK, read, refused

INVALID_URLS = [
    "",
    "https://a b",
    "api.ebay.com",
    "ftp://x",
    "https://",
    "https:///x",
    "https://x:port",
    "https://x:0",
    "https://x:70000",
    "https://x?y=1",
    "https://x#y",
    "https://user@x",
    "http://[::1",
    "javascript:1",
]
UNSUPPORTED_DATABASES = [
    "",
    "watcher.db",
    "mysql://a/b",
    "sqlite://",
    "sqlite:///",
    "sqlite://w.db",
    "sqlite:///:memory:",
    "sqlite:///~/w.db",
    "sqlite:///w.db?mode=ro",
    "postgres://a/b",
    "postgresql:a",
    "postgresql://a b/c",
    "postgresql://a:x/b",
    "postgresql://a:0/b",
    "postgresql+asyncpg://a/b",
]


def test_all_problems_are_reported_at_once() -> None:
    problems = refused("[http]\nport = 0\n[log]\nlevel = 'loud'\ncolour = 1\n", {"WATCHER_FOO__BAR": "1"})
    assert problems == (
        'config.toml: [log] has no key "colour".',
        "environment: there is no key WATCHER_FOO__BAR.",
        "config.toml: [http] port must be a whole number from 1 to 65535, not 0.",
        'config.toml: [log] level must be "debug", "info", "warning" or "error", not "loud".',
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[polling]\nmin_intervall = '1m'",
            '[polling] has no key "min_intervall"; did you mean "min_interval"?',
        ),
        ("[poling]\ntick = '1s'", "there is no section [poling]; did you mean [polling]?"),
        ("[retry.ebey]\nmax_retries = 1", "there is no section [retry.ebey]; did you mean [retry.ebay]?"),
        ("[zzz]", "there is no section [zzz]."),
        ("stat_dir = ''", 'there is no key "stat_dir"; did you mean "state_dir"?'),
        ("port = 80", 'there is no key "port"; it belongs to [http] or [statsd].'),
        ("[http]\nwindow = '1m'", '[http] has no key "window"; it belongs to [alerts].'),
        ("[http]\nsource = 'x'", '[http] has no key "source".'),
        ("source = 'x'", 'there is no key "source".'),
        ("http = 8080", "[http] must be a section, not a value."),
        ("[[ebay]]", "[ebay] must be a section, not a value."),
        ("[cache]\nttl = '1d'", "[cache.ttl] must be a section, not a value."),
    ],
)
def test_unknown_name_is_refused_with_the_nearest_known_one(text: str, problem: str) -> None:
    assert refused(text) == (f"config.toml: {problem}",)


@pytest.mark.parametrize(
    ("section", "line", "problem"),
    [
        ("http", "port = '80'", 'port must be a whole number from 1 to 65535, not "80".'),
        ("http", "port = 65536", "port must be a whole number from 1 to 65535, not 65536."),
        ("http", "port = true", "port must be a whole number from 1 to 65535, not true."),
        ("http", "port = 80.0", "port must be a whole number from 1 to 65535, not 80.0."),
        (
            "http",
            "host = 'http://x'",
            'host must be a host name or an IP address, not "http://x".',
        ),
        ("http", "host = ''", 'host must be a host name or an IP address, not "".'),
        ("http", "host = '1.2.3'", 'host must be a host name or an IP address, not "1.2.3".'),
        ("ebay", "sold_comps = 'yes'", 'sold_comps must be true or false, not "yes".'),
        ("ebay", "sold_comps = 1", "sold_comps must be true or false, not 1."),
        ("ebay", "daily_quota = -1", "daily_quota must be a whole number, 0 or more, not -1."),
        ("ebay", "client_id = 7", "client_id must be one word of ASCII characters, not 7."),
        ("ebay", "client_id = ['x']", "client_id must be one word of ASCII characters, not a list."),
        (
            "ebay",
            "marketplace = 'EBAY_UK'",
            'marketplace: "EBAY_UK" is not an eBay marketplace; did you mean "EBAY_GB"?',
        ),
        (
            "ebay",
            "deliver_to = 'Norris'",
            'deliver_to must be empty, or a country and a postal code, like "US 19406", not "Norris".',
        ),
        (
            "ebay",
            "deliver_to = 'US,zip=1'",
            'deliver_to must be empty, or a country and a postal code, like "US 19406", not "US,zip=1".',
        ),
        (
            "polling",
            "detail_share = 0.51",
            "detail_share must be a number from 0 to 0.5, like 0.05, not 0.51.",
        ),
        ("polling", "detail_share = -1", "detail_share must be a number from 0 to 0.5, like 0.05, not -1."),
        (
            "polling",
            "detail_share = 'all'",
            'detail_share must be a number from 0 to 0.5, like 0.05, not "all".',
        ),
        ("polling", "objective = 'most'", 'objective must be "alive" or "delay", not "most".'),
        ("polling", "concurrency = 1001", "concurrency must be a whole number from 1 to 1000, not 1001."),
        (
            "alerts",
            "failure_rate = 0",
            "failure_rate must be a number between 0 and 1, like 0.10, not 0.",
        ),
        (
            "alerts",
            "failure_rate = 1.0",
            "failure_rate must be a number between 0 and 1, like 0.10, not 1.0.",
        ),
        ("alerts", "certainty = nan", "certainty must be a number from 0 to below 1, not nan."),
        ("alerts", "min_calls = 0", "min_calls must be a whole number, 1 or more, not 0."),
        (
            "statsd",
            "prefix = 'a:b'",
            'prefix must be letters, digits, - and _, in parts joined by single dots, not "a:b".',
        ),
        ("log", "format = 'xml'", 'format must be "console" or "json", not "xml".'),
        ("retry.ebay", "initial_delay = '2m'", "initial_delay (2m) is longer than max_delay (1m)."),
        (
            "timeout",
            "attempt = '31s'",
            "attempt (31s) is longer than comps (30s), so no attempt could finish.",
        ),
    ],
)
def test_wrong_value_is_refused_with_its_requirement(section: str, line: str, problem: str) -> None:
    (message,) = refused(f"[{section}]\n{line}")
    assert message == f"config.toml: [{section}] {problem}"


@pytest.mark.parametrize(
    ("ways", "wrong"), [("['ebay', 'foto']", '"foto"'), ("['ebay', []]", "a list"), ("[7]", "7")]
)
def test_a_wrong_entry_of_a_list_is_refused_by_itself(ways: str, wrong: str) -> None:
    known = 'a list of some of barcode, library, ebay, openai, like ["barcode", "ebay"]'
    assert refused(f"[scan]\nways = {ways}") == (f"config.toml: [scan] ways must be {known}, not {wrong}.",)


@pytest.mark.parametrize("value", ["30", "'30'", "'0s'", "'1.5h'", "'-1m'", "''", "1.5", "true", "07:32:00"])
def test_duration_needs_a_unit(value: str) -> None:
    (message,) = refused(f"[polling]\nmin_interval = {value}")
    needs = 'a duration above 0, like "90s", "15m", "24h" or "7d"'
    assert message.startswith(f"config.toml: [polling] min_interval must be {needs}, not ")


@pytest.mark.parametrize("url", INVALID_URLS)
def test_invalid_url_is_refused(url: str) -> None:
    (message,) = refused(f"[ebay]\nbase_url = '{url}'")
    assert message.startswith(
        "config.toml: [ebay] base_url must be an address that begins with http:// or https://"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/", "https://api.ebay.com", "http://[::1]:80"])
def test_trailing_slash_of_a_url_is_removed(url: str) -> None:
    assert read(f"[ebay]\nbase_url = '{url}'").ebay.base_url == url.rstrip("/")


@pytest.mark.parametrize("url", UNSUPPORTED_DATABASES)
def test_unsupported_database_url_is_refused(url: str) -> None:
    (message,) = refused(f"[database]\nurl = '{url}'")
    needs = '"sqlite:///FILE" (not in memory, no options) or "postgresql://USER@HOST/NAME"'
    assert message == f"config.toml: [database] url must be {needs}."


@pytest.mark.parametrize("password", ["12/canary", "12#canary", "12?canary", "12@canary", "pa/canary"])
def test_ambiguous_password_is_refused_with_advice_on_escaping(password: str) -> None:
    (message,) = refused(f"[database]\nurl = 'postgresql://ann:{password}@db/watcher'")
    assert message == (
        "config.toml: [database] url: write "
        '"/", "?", "#" and "@" in a user, a password or an option as %2F, %3F, %23 and %40.'
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("slack", '"slack" always means [slack] watch_webhook_url; choose another name.'),
        ("ops", '"ops" always means [slack] ops_webhook_url; choose another name.'),
        ("#deals", '"#deals" is not a destination name; use letters, digits, "-" and "_".'),
        ("U012AB3CD", '"U012AB3CD" is not a destination name; use letters, digits, "-" and "_".'),
    ],
)
def test_reserved_destination_name_is_refused(name: str, why: str) -> None:
    message = refused(f"[slack.destinations]\n'{name}' = '{HOOK}'")
    assert message == (f"config.toml: [slack.destinations] {why}",)


def test_destination_must_not_be_empty() -> None:
    assert "is empty" in refused("[slack.destinations]\nteam = ''")[0]
    assert "must be an address" in refused("[slack.destinations]\nteam = 5")[0]


def test_channels_need_a_bot_and_ops_must_be_a_channel() -> None:
    places = "[slack.destinations]\nops = '#incidents'\nteam = 'C012AB3CD'"
    settings = read(f"[slack]\nbot_token = 'xoxb-canary'\n{places}")
    assert settings.slack.destinations["ops"].get_secret_value() == "#incidents"
    assert settings.secrets() == ("xoxb-canary",), "the name of a channel is not secret"
    assert refused(places) == (
        'config.toml: [slack] The destination "ops" is not a webhook, so it needs bot_token.',
    )


def test_category_can_be_configured_only_once() -> None:
    message = refused("[cache.ttl]\ncards = '1d'\nCard = '2d'")
    assert message == ('config.toml: [cache.ttl] "cards" and "Card" are the same category.',)


def test_path_with_a_tilde_is_refused() -> None:
    assert refused("state_dir = '~/watcher'") == (
        'config.toml: state_dir must be empty, or the path of a directory, without ~, not "~/watcher".',
    )


def test_category_without_a_name_is_refused() -> None:
    assert refused("[cache.ttl]\n' - ' = '1d'") == ('config.toml: [cache.ttl] " - " is not a category name.',)


def test_long_value_is_shortened_in_the_message() -> None:
    assert len(refused(f"[log]\nlevel = '{'x' * 5000}'")[0]) < 200


def test_control_characters_in_a_name_are_escaped() -> None:
    assert refused('"a\\nb\\u001b" = 1') == ('config.toml: there is no key "a\\nb\\x1b".',)


def test_the_reader_needs_a_key_and_a_model() -> None:
    for words, missing in (("", "an api_key"), ("api_key = 'k'\nmodel = ''\n", "a model")):
        assert refused(f"[openai]\n{words}reader = 'both'") == (
            f'config.toml: [openai] reader = "both" needs {missing}. Set one, or reader = "off".',
        )
        assert read(f"[openai]\n{words}reader = 'OFF'").openai.reader == "off"
    assert read("[openai]\napi_key = 'k'\nreader = 'alerts'").openai.reader == "alerts"
    assert refused("[openai]\nreader = 'all'")[0].startswith(
        "config.toml: [openai] reader must be one of off, doubtful, alerts, both"
    )
