from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

from watcher.config import ConfigRefused, Settings, load_settings, loading
from watcher.config.settings import PollingSettings
from watcher.config.sources import CONFIG_KEYS, FREE_SECTIONS, MAX_FILE_BYTES
from watcher.core.categories import TTLS
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, HOUR, Seconds, parse_duration

SHIPPED = Path(__file__).resolve().parents[2] / "config.toml"
HOOK = "https://hooks.slack.com/services/T000/B000/Secret"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to start in, on a machine where nothing is installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "SYSTEM_FILE", tmp_path / "etc" / "config.toml")
    return tmp_path


def read(text: str, env: dict[str, str] | None = None) -> Settings:
    Path("config.toml").write_text(text, encoding="utf-8")
    return load_settings(None, env or {})


def refused(text: str = "", env: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigRefused) as caught:
        read(text, env)
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert caught.value.__cause__ is None
    return caught.value.problems


def _policy(max_retries: int, initial: float, maximum: float) -> RetryPolicy:
    return RetryPolicy(max_retries=max_retries, initial=Seconds(initial), maximum=Seconds(maximum))


def flat(tree: dict[str, Any], at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    leaves: dict[tuple[str, ...], Any] = {}
    for name, value in tree.items():
        key = (*at, name)
        leaves |= flat(value, key) if isinstance(value, dict) else {key: value}
    return leaves


def value_of(settings: BaseModel, key: tuple[str, ...]) -> Any:
    value: Any = settings
    for part in key:
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


class TestDefaults:
    def test_without_any_file_every_default_holds(self) -> None:
        settings = load_settings(None, {})
        assert settings == Settings(cwd=Path.cwd())
        assert settings.source == "the defaults"

    def test_they_are_those_of_the_contract(self) -> None:
        s = Settings()
        assert (s.http.host, s.http.port) == ("127.0.0.1", 8080)
        assert (s.ebay.base_url, s.ebay.marketplace, s.ebay.daily_quota) == (
            "https://api.ebay.com",
            "EBAY_US",
            5000,
        )
        assert (s.serpapi.base_url, s.serpapi.monthly_quota) == ("https://serpapi.com", 250)
        assert (s.cache.max_stale, s.cache.negative_ttl) == (30 * DAY, 600)
        assert s.cache.ttl == TTLS
        assert s.retry.ebay.policy == _policy(5, 2, 60)
        assert s.retry.openai.policy == _policy(3, 1, 30)
        assert s.retry.serpapi.policy == _policy(4, 3, 60)
        assert s.retry.stripe.policy == _policy(3, 1, 10)
        assert (s.timeout.comps, s.timeout.vision, s.timeout.attempt) == (30, 90, 10)
        assert (s.polling.min_interval, s.polling.tick, s.polling.concurrency) == (60, 1, 20)
        assert (s.alerts.failure_rate, s.alerts.outage, s.alerts.latency, s.alerts.window) == (
            0.10,
            300,
            5,
            300,
        )
        assert (s.alerts.min_calls, s.alerts.certainty, s.alerts.background) == (20, 1e-7, 0.05)
        assert s.alerts.repeat == 4 * HOUR
        assert (s.retention.listing_text, s.retention.history) == (30 * DAY, 365 * DAY)
        assert (s.statsd.host, s.statsd.port, s.statsd.prefix) == ("", 8125, "watcher")
        assert (s.heartbeat.every, s.log.level, s.log.format) == (60, "info", "console")

    def test_settings_do_not_change(self) -> None:
        with pytest.raises(ValidationError):
            Settings().http.port = 1  # type: ignore[misc]

    def test_our_own_code_may_give_seconds(self) -> None:
        assert Settings(polling=PollingSettings(tick=Seconds(0.05))).polling.tick == 0.05


class TestTheShippedFile:
    def test_it_has_every_key_and_no_other(self) -> None:
        leaves = flat(tomllib.loads(SHIPPED.read_text("utf-8")))
        known = set(CONFIG_KEYS) - FREE_SECTIONS | {("cache", "ttl", name) for name in TTLS}
        assert set(leaves) == known

    def test_it_has_exactly_the_defaults(self) -> None:
        defaults = Settings()
        for key, written in flat(tomllib.loads(SHIPPED.read_text("utf-8"))).items():
            value = value_of(defaults, key)
            assert (
                parse_duration(written) if isinstance(value, float) and isinstance(written, str) else written
            ) == value
        settings = load_settings(SHIPPED, {})
        assert settings == Settings(source=str(SHIPPED), cwd=Path.cwd())

    def test_it_explains_every_key(self) -> None:
        """Each key, or the first of a run of keys that share an explanation, follows a comment."""
        lines = SHIPPED.read_text("utf-8").splitlines()
        for above, line in pairwise(lines):
            if re.match(r"\w[\w-]* = ", line):
                assert above.startswith("#") or re.match(r"\w[\w-]* = |\[retry\.", above), line
            assert len(line) <= 110

    def test_it_has_no_section_without_a_key_and_none_is_missing(self) -> None:
        sections = re.findall(r"^\[([\w.]+)\]$", SHIPPED.read_text("utf-8"), re.MULTILINE)
        known = {".".join(key if key in FREE_SECTIONS else key[:-1]) for key in CONFIG_KEYS} - {""}
        assert sorted(sections) == sorted(known)


class TestWhichFile:
    def test_the_one_that_is_named(self, here: Path) -> None:
        named = here / "other.toml"
        named.write_text("[http]\nport = 1")
        read("[http]\nport = 2")
        settings = load_settings(named, {})
        assert (settings.http.port, settings.source) == (1, str(named))

    def test_a_named_one_that_is_missing_is_refused(self, here: Path) -> None:
        read("")
        with pytest.raises(ConfigRefused, match=r"gone\.toml: the file does not exist\.\Z"):
            load_settings(here / "gone.toml", {})

    def test_else_the_one_where_we_are(self) -> None:
        assert read("[http]\nport = 2").source == "config.toml"

    def test_else_the_one_of_the_system(self) -> None:
        loading.SYSTEM_FILE.parent.mkdir()
        loading.SYSTEM_FILE.write_text("[http]\nport = 3")
        settings = load_settings(None, {})
        assert (settings.http.port, settings.source) == (3, str(loading.SYSTEM_FILE))

    def test_a_directory_in_its_place_is_refused(self) -> None:
        Path("config.toml").mkdir()
        with pytest.raises(ConfigRefused, match=r"config\.toml: cannot be read: Is a directory\."):
            load_settings(None, {})

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
    def test_an_unreadable_one_is_refused(self) -> None:
        # Even root cannot read the first byte of this file.
        with pytest.raises(ConfigRefused, match=r"/proc/self/mem: cannot be read: Input/output error\."):
            load_settings(Path("/proc/self/mem"), {})

    def test_one_that_is_no_text_is_refused_with_its_line(self) -> None:
        Path("config.toml").write_bytes(b"# fine\n# \xff\n")
        with pytest.raises(ConfigRefused, match=r"config\.toml: is not UTF-8 text \(line 2\)\."):
            load_settings(None, {})

    def test_one_that_is_no_toml_is_refused_with_line_and_column(self) -> None:
        (said,) = refused("[http]\nport 8080")
        assert said.startswith("config.toml: is not valid TOML: Expected '='")
        assert said.endswith("(at line 2, column 6).")

    @pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a = {'[' * 100_000}"])
    def test_endless_toml_is_refused(self, text: str) -> None:
        assert refused(text)[0].startswith("config.toml: is not valid TOML: ")

    def test_an_endless_file_is_refused(self) -> None:
        assert refused("#" * (MAX_FILE_BYTES + 1)) == (
            "config.toml: is larger than 1 MiB, so it is not a configuration file.",
        )

    def test_a_byte_order_mark_is_no_mistake(self) -> None:
        Path("config.toml").write_bytes(b"\xef\xbb\xbf[http]\nport = 1\n")
        assert load_settings(None, {}).http.port == 1


class TestPrecedence:
    def test_the_environment_beats_the_file(self) -> None:
        env = {
            "WATCHER_HTTP__PORT": "9",
            "WATCHER_EBAY__SOLD_COMPS": "true",
            "WATCHER_RETRY__EBAY__MAX_RETRIES": "0",
        }
        settings = read("[http]\nport = 2\nhost = '::1'\n[ebay]\nsold_comps = false", env)
        assert (settings.http.port, settings.http.host) == (9, "::1")
        assert settings.ebay.sold_comps is True
        assert settings.retry.ebay.policy == _policy(0, 2, 60)

    def test_a_credential_beats_both(self, here: Path) -> None:
        credentials = here / "credentials"
        credentials.mkdir()
        (credentials / "ebay_client_secret").write_text("from-credential\n")
        (credentials / "slack_destinations_team").write_text(f"{HOOK}\n")
        (credentials / "retry_ebay_max_retries").write_text("1")
        env = {"WATCHER_EBAY__CLIENT_SECRET": "from-environment", "CREDENTIALS_DIRECTORY": str(credentials)}
        settings = read("[ebay]\nclient_secret = 'from-file'", env)
        assert settings.ebay.client_secret.get_secret_value() == "from-credential"
        assert settings.slack.destinations["team"].get_secret_value() == HOOK
        assert settings.retry.ebay.max_retries == 1

    def test_keys_of_all_places_come_together(self) -> None:
        env = {"WATCHER_SLACK__DESTINATIONS__B": HOOK, "WATCHER_CACHE__TTL__TRADING_CARDS": "1h"}
        settings = read(f"[slack.destinations]\na = '{HOOK}'\n[cache.ttl]\nshoe = '2h'\nSneakers = '3h'", env)
        assert set(settings.slack.destinations) == {"a", "b"}
        assert settings.cache.ttl == {**TTLS, "trading-cards": HOUR, "shoes": 2 * HOUR, "sneakers": 3 * HOUR}

    def test_a_key_without_a_section_has_one_underscore(self) -> None:
        assert load_settings(None, {"WATCHER_STATE_DIR": "/srv/w"}).state_path == Path("/srv/w")

    def test_an_overridden_value_is_not_judged(self) -> None:
        assert read("[http]\nport = 70000", {"WATCHER_HTTP__PORT": "7"}).http.port == 7


NO_ADDRESSES = [
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
NO_DATABASES = [
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


class TestRefusals:
    def test_all_that_is_wrong_is_said_at_once(self) -> None:
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
    def test_an_unknown_name_is_refused_with_the_nearest_known_one(self, text: str, problem: str) -> None:
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
                'marketplace: "EBAY_UK" is no eBay marketplace; did you mean "EBAY_GB"?',
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
    def test_a_wrong_value_is_refused_with_what_it_must_be(
        self, section: str, line: str, problem: str
    ) -> None:
        (said,) = refused(f"[{section}]\n{line}")
        assert said == f"config.toml: [{section}] {problem}"

    @pytest.mark.parametrize(
        "value", ["30", "'30'", "'0s'", "'1.5h'", "'-1m'", "''", "1.5", "true", "07:32:00"]
    )
    def test_a_duration_needs_a_unit(self, value: str) -> None:
        (said,) = refused(f"[polling]\nmin_interval = {value}")
        needs = 'a duration above 0, like "90s", "15m", "24h" or "7d"'
        assert said.startswith(f"config.toml: [polling] min_interval must be {needs}, not ")

    @pytest.mark.parametrize("url", NO_ADDRESSES)
    def test_an_address_that_is_none_is_refused(self, url: str) -> None:
        (said,) = refused(f"[ebay]\nbase_url = '{url}'")
        assert said.startswith(
            "config.toml: [ebay] base_url must be an address that begins with http:// or https://"
        )

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/", "https://api.ebay.com", "http://[::1]:80"])
    def test_an_address_is_kept_without_its_last_slash(self, url: str) -> None:
        assert read(f"[ebay]\nbase_url = '{url}'").ebay.base_url == url.rstrip("/")

    @pytest.mark.parametrize("url", NO_DATABASES)
    def test_a_database_of_another_kind_is_refused(self, url: str) -> None:
        (said,) = refused(f"[database]\nurl = '{url}'")
        needs = '"sqlite:///FILE" (not in memory, no options) or "postgresql://USER@HOST/NAME"'
        assert said == f"config.toml: [database] url must be {needs}."

    @pytest.mark.parametrize("password", ["12/canary", "12#canary", "12?canary", "12@canary", "pa/canary"])
    def test_a_password_that_would_be_read_as_something_else_is_refused_with_how_it_is_written(
        self, password: str
    ) -> None:
        (said,) = refused(f"[database]\nurl = 'postgresql://ann:{password}@db/watcher'")
        assert said == (
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
    def test_a_destination_cannot_have_a_name_that_means_something_else(self, name: str, why: str) -> None:
        said = refused(f"[slack.destinations]\n'{name}' = '{HOOK}'")
        assert said == (f"config.toml: [slack.destinations] {why}",)

    def test_a_destination_leads_somewhere(self) -> None:
        assert "is empty" in refused("[slack.destinations]\nteam = ''")[0]
        assert "must be an address" in refused("[slack.destinations]\nteam = 5")[0]

    def test_a_destination_may_be_a_channel_of_the_bot_and_ops_are_one_only(self) -> None:
        places = "[slack.destinations]\nops = '#incidents'\nteam = 'C012AB3CD'"
        settings = read(f"[slack]\nbot_token = 'xoxb-canary'\n{places}")
        assert settings.slack.destinations["ops"].get_secret_value() == "#incidents"
        assert settings.secrets() == ("xoxb-canary",), "a channel is no secret, and its name may be logged"
        assert refused(places) == (
            'config.toml: [slack] The destination "ops" is not a webhook, so it needs bot_token.',
        )

    def test_a_category_is_named_once(self) -> None:
        said = refused("[cache.ttl]\ncards = '1d'\nCard = '2d'")
        assert said == ('config.toml: [cache.ttl] "cards" and "Card" are the same category.',)

    def test_a_path_with_a_tilde_is_refused(self) -> None:
        assert refused("state_dir = '~/watcher'") == (
            'config.toml: state_dir must be empty, or the path of a directory, without ~, not "~/watcher".',
        )

    def test_a_category_has_a_name(self) -> None:
        assert refused("[cache.ttl]\n' - ' = '1d'") == (
            'config.toml: [cache.ttl] " - " is not a category name.',
        )

    def test_a_long_value_is_cut(self) -> None:
        assert len(refused(f"[log]\nlevel = '{'x' * 5000}'")[0]) < 200


class TestTheEnvironment:
    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("WATCHER_FOO__BAR", "there is no key WATCHER_FOO__BAR."),
            (
                "WATCHER_EBAY__CLIENT_SECRT",
                "there is no key WATCHER_EBAY__CLIENT_SECRT; did you mean WATCHER_EBAY__CLIENT_SECRET?",
            ),
            (
                "WATCHER_EBAY_CLIENT_SECRET",
                "there is no key WATCHER_EBAY_CLIENT_SECRET; did you mean WATCHER_EBAY__CLIENT_SECRET?",
            ),
            ("WATCHER_STATE_DIRR", "there is no key WATCHER_STATE_DIRR; did you mean WATCHER_STATE_DIR?"),
            (
                "WATCHER_SLACK__DESTINATIONS",
                "WATCHER_SLACK__DESTINATIONS is a section, not a key; write WATCHER_SLACK__DEST",
            ),
            ("WATCHER_HTTP", "WATCHER_HTTP is a section, not a key; write WATCHER_HTTP__NAME."),
            ("WATCHER___PORT", "there is no key WATCHER___PORT."),
        ],
    )
    def test_an_unknown_name_of_ours_is_refused(self, name: str, problem: str) -> None:
        (said,) = refused(env={name: "x"})
        assert said.startswith(f"environment: {problem.rstrip('.')}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("WATCHER_SERVICE_HOST", "10.0.0.1"),
            ("WATCHER_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("WATCHER_HTTP_PORT", "tcp://10.0.0.1:8080"),
            ("WATCHER_VERSION", "1"),
            ("WATCHER_", "1"),
            ("OTHER__THING", "1"),
            ("watcher_http__port", "1"),
        ],
    )
    def test_somebody_elses_variable_is_left_alone(self, name: str, value: str) -> None:
        assert load_settings(None, {name: value}) == load_settings(None, {})

    def test_a_wrong_value_is_refused_by_the_variables_name(self) -> None:
        (said,) = refused(env={"WATCHER_POLLING__TICK": "1"})
        assert said.startswith("environment: WATCHER_POLLING__TICK must be a duration above 0, like")
        assert said.endswith('not "1".')

    def test_what_several_keys_get_wrong_is_told_of_the_place_that_set_one(self) -> None:
        (said,) = refused(env={"WATCHER_TIMEOUT__ATTEMPT": "40s"})
        assert said.startswith("environment: [timeout] attempt (40s) is longer than comps (30s)")

    def test_the_process_environment_is_not_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATCHER_HTTP__PORT", "1")
        monkeypatch.setenv("STATE_DIR", "/nowhere")
        assert load_settings(None, {}) == Settings(cwd=Path.cwd())


class TestCredentials:
    @pytest.fixture
    def directory(self, here: Path) -> Path:
        directory = here / "credentials"
        directory.mkdir()
        return directory

    def refused(self, directory: Path) -> tuple[str, ...]:
        return refused(env={"CREDENTIALS_DIRECTORY": str(directory)})

    def test_somebody_elses_file_is_left_alone(self, directory: Path) -> None:
        (directory / "tls.key").write_text("x")
        (directory / "folder").mkdir()
        load_settings(None, {"CREDENTIALS_DIRECTORY": str(directory)})

    @pytest.mark.parametrize("name", ["ebay_client_secrt", "EBAY_CLIENT_SECRET", "ebay-client-secret"])
    def test_a_slip_in_a_name_is_refused(self, directory: Path, name: str) -> None:
        (directory / name).write_text("x")
        assert self.refused(directory) == (
            f"credential: there is no key {name}; did you mean ebay_client_secret?",
        )

    def test_a_file_that_is_no_text_is_refused(self, directory: Path) -> None:
        (directory / "ebay_client_secret").write_bytes(b"\xff\xfe")
        assert self.refused(directory) == ("credential: ebay_client_secret: is not UTF-8 text (line 1).",)

    def test_a_name_that_leads_nowhere_is_refused(self, directory: Path) -> None:
        (directory / "ebay_client_secret").symlink_to(directory / "gone")
        (directory / "stripe_api_key").mkdir()
        assert self.refused(directory) == (
            "credential: ebay_client_secret is a link to a file that does not exist.",
            "credential: stripe_api_key: cannot be read: Is a directory.",
        )

    def test_a_missing_directory_is_refused(self, directory: Path) -> None:
        (said,) = self.refused(directory / "gone")
        assert said.endswith("gone cannot be read: No such file or directory.")

    def test_a_wrong_value_is_refused_by_the_files_name(self, directory: Path) -> None:
        (directory / "slack_ops_webhook_url").write_text("not-a-url")
        assert self.refused(directory) == (
            "credential: slack_ops_webhook_url must be empty, or an address that begins with http:// or https://.",
        )


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


class TestSecrets:
    def with_secrets(self) -> Settings:
        return load_settings(
            None, {"WATCHER_" + "__".join(key).upper(): value for key, value in SECRETS.items()}
        )

    def test_they_are_in_no_text_of_the_settings(self) -> None:
        settings = self.with_secrets()
        assert (
            "canary"
            not in f"{settings!r} {settings} {settings.slack!r} {settings.database_name} {settings.source}"
        )

    def test_every_secret_is_told_to_the_log(self) -> None:
        told = self.with_secrets().secrets()
        assert {f"canary-{n}" for n in range(1, 12)} <= {
            c for s in told for c in re.findall(r"canary-\d+", s)
        }
        assert "services/canary-6" in told
        assert {"canary%2D11", "canary-11"} <= set(told)
        assert not any("sslmode" in s for s in told)

    def test_a_password_among_the_options_of_the_database_is_a_secret_too(self) -> None:
        settings = read(
            "[database]\nurl = 'postgresql://db/w?user=ann&password=canary%2D1&sslpassword=canary-2'"
        )
        assert set(settings.secrets()) == {"canary-1", "canary-2"}
        assert settings.database_name == "postgresql://db/w"

    def test_without_secrets_there_is_nothing_to_tell(self) -> None:
        assert Settings().secrets() == ()

    @pytest.mark.parametrize("key", SECRETS)
    @pytest.mark.parametrize("wrong", ["canary\n12", "cañary 12"])
    def test_a_refusal_never_repeats_one(self, key: tuple[str, ...], wrong: str) -> None:
        (said,) = refused(env={"WATCHER_" + "__".join(key).upper(): wrong})
        assert "12" not in said

    @pytest.mark.parametrize("key", SECRETS)
    def test_a_refusal_of_its_type_never_repeats_one(self, key: tuple[str, ...]) -> None:
        (said,) = refused(f"[{'.'.join(key[:-1])}]\n{key[-1]} = 123456")
        assert "123456" not in said

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
    def test_a_webhook_in_the_wrong_place_is_not_repeated(self, text: str) -> None:
        assert "Secret" not in "".join(refused(text))

    @given(st.text(min_size=1).filter(lambda s: s.strip()))
    def test_a_client_secret_is_kept_or_refused_without_being_repeated(self, secret: str) -> None:
        settings, problems = outcome(Path("none.toml"), {"WATCHER_EBAY__CLIENT_SECRET": secret})
        if settings:
            assert settings.ebay.client_secret.get_secret_value() == secret.strip()
        else:
            needs = "text in quotes, without spaces inside"
            assert problems == (f"environment: WATCHER_EBAY__CLIENT_SECRET must be {needs}.",)

    def test_a_trailing_newline_belongs_to_no_secret(self) -> None:
        settings = load_settings(None, {"WATCHER_STRIPE__API_KEY": " sk_test \n"})
        assert settings.stripe.api_key.get_secret_value() == "sk_test"


class TestPlaces:
    def test_the_database_and_the_state_are_where_we_were_started(self, here: Path) -> None:
        settings = load_settings(None, {})
        assert settings.database_url == f"sqlite:///{here}/watcher.db"
        assert settings.database_name == f"{here}/watcher.db"
        assert settings.state_path == here

    def test_systemds_state_directory_holds_both(self) -> None:
        settings = load_settings(None, {"STATE_DIRECTORY": "/var/lib/watcher:/var/lib/other"})
        assert settings.database_url == "sqlite:////var/lib/watcher/watcher.db"
        assert settings.state_path == Path("/var/lib/watcher")

    def test_a_state_dir_of_ones_own_holds_both(self, here: Path) -> None:
        settings = read("state_dir = 'state'", {"STATE_DIRECTORY": "/var/lib/watcher"})
        assert settings.database_url == f"sqlite:///{here}/state/watcher.db"
        assert settings.state_path == here / "state"

    def test_the_state_is_next_to_a_database_elsewhere(self) -> None:
        settings = read("[database]\nurl = 'sqlite:////srv/my data/w.db'")
        assert settings.database_url == "sqlite:////srv/my data/w.db"
        assert settings.state_path == Path("/srv/my data")

    def test_the_state_is_in_systemds_directory_though_the_database_is_elsewhere(self) -> None:
        settings = read("[database]\nurl = 'sqlite:////srv/w.db'", {"STATE_DIRECTORY": "/var/lib/watcher"})
        assert settings.state_path == Path("/var/lib/watcher")

    def test_a_relative_database_may_be_in_a_folder(self, here: Path) -> None:
        settings = read("[database]\nurl = 'sqlite:///db/w.db'")
        assert settings.state_path == here / "db"

    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
    def test_postgres_gets_its_driver_and_loses_its_password_for_people(
        self, scheme: str, here: Path
    ) -> None:
        settings = read(f"[database]\nurl = '{scheme}://ann:pw%40@db:5433/watcher?sslmode=require'")
        assert settings.database_url == "postgresql+psycopg://ann:pw%40@db:5433/watcher?sslmode=require"
        assert settings.database_name == "postgresql://ann@db:5433/watcher"
        assert settings.state_path == here

    def test_postgres_may_be_reached_over_a_socket(self) -> None:
        settings = read("[database]\nurl = 'postgresql:///watcher?host=/run/postgresql'")
        assert settings.database_url == "postgresql+psycopg:///watcher?host=/run/postgresql"
        assert settings.database_name == "postgresql:///watcher"

    def test_they_stay_where_they_were_when_the_directory_changes(self, here: Path) -> None:
        settings = load_settings(None, {})
        os.chdir("/")
        assert settings.database_name == f"{here}/watcher.db"


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::", "graphite.internal-1.example.com"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    settings = read(f"[http]\nhost = '{host}'\n[statsd]\nhost = '{host}'")
    assert settings.http.host == settings.statsd.host == host


def test_values_are_kept_in_one_spelling() -> None:
    settings = read(
        "[ebay]\nmarketplace = 'ebay_gb'\ndeliver_to = 'gb  sw1a 1aa'\n"
        "[log]\nlevel = 'INFO'\n[http]\nhost = '[::1]'\npublic_url = 'https://w.example/'"
    )
    assert (settings.ebay.marketplace, settings.ebay.deliver_to) == ("EBAY_GB", "GB SW1A 1AA")
    assert (settings.log.level, settings.http.host) == ("info", "::1")
    assert settings.http.public_url == "https://w.example"


def outcome(path: Path, env: dict[str, str]) -> tuple[Settings | None, tuple[str, ...]]:
    path.touch()
    try:
        return load_settings(path, env), ()
    except ConfigRefused as refusal:
        return None, refusal.problems


TEXTS = ["", "x", "1m", "0s", "http://x", "EBAY_US", "sqlite:///x", '"']
NUMBERS = ["0", "1", "-1", "9" * 20, "1.5", "nan", "-inf", "true", "1979-05-27", "07:32:00"]
NESTS = ["[]", "[1]", "{}", "{a=1}", "{a='1m'}", "{''='x'}", "{a={b=1}}"]
ANY_VALUE = st.sampled_from([*(f"'{t}'" for t in TEXTS), '"a\\n\\u001b"', *NUMBERS, *NESTS])


@given(
    st.text()
    | st.tuples(st.sampled_from(sorted(CONFIG_KEYS)), ANY_VALUE).map(
        lambda kv: f"{'.'.join(kv[0])} = {kv[1]}"
    )
)
def test_no_text_in_the_file_does_more_than_be_refused(text: str) -> None:
    path = Path("any.toml")
    path.write_text(text, encoding="utf-8", errors="replace")
    settings, problems = outcome(path, {})
    assert bool(settings) is not bool(problems)
    assert all(p.isprintable() for p in problems)


@given(st.sampled_from(sorted(CONFIG_KEYS)), st.text() | ANY_VALUE)
def test_no_variable_does_more_than_be_refused(key: tuple[str, ...], value: str) -> None:
    settings, problems = outcome(Path("none.toml"), {"WATCHER_" + "__".join(key).upper(): value})
    assert bool(settings) is not bool(problems)
    assert all(p.isprintable() for p in problems)


def test_a_name_with_control_characters_is_still_one_line() -> None:
    assert refused('"a\\nb\\u001b" = 1') == ('config.toml: there is no key "a\\nb\\x1b".',)


def test_neither_the_core_nor_the_log_loads_what_they_do_not_use() -> None:
    """`watcher --help` must stay quick, so only whoever loads the configuration pays for its library."""
    code = (
        "import sys, watcher.core.categories, watcher.core.marketplaces; assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SHIPPED.parent)
