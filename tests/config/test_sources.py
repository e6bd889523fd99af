"""The file, the environment and systemd credentials: which is read, and which wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.reading import HOOK, read, refused
from watcher.config import ConfigRefused, Settings, load_settings, loading
from watcher.config.sources import MAX_FILE_BYTES
from watcher.core.categories import TTLS
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import HOUR, Seconds


def test_named_file_is_read(here: Path) -> None:
    named = here / "other.toml"
    named.write_text("[http]\nport = 1")
    read("[http]\nport = 2")
    settings = load_settings(named, {})
    assert (settings.http.port, settings.source) == (1, str(named))


def test_missing_named_file_is_refused(here: Path) -> None:
    read("")
    with pytest.raises(ConfigRefused, match=r"gone\.toml: the file does not exist\.\Z"):
        load_settings(here / "gone.toml", {})


def test_file_in_the_current_directory_is_the_default() -> None:
    assert read("[http]\nport = 2").source == "config.toml"


def test_system_file_is_read_if_there_is_no_local_one() -> None:
    loading.SYSTEM_FILE.parent.mkdir()
    loading.SYSTEM_FILE.write_text("[http]\nport = 3")
    settings = load_settings(None, {})
    assert (settings.http.port, settings.source) == (3, str(loading.SYSTEM_FILE))


def test_directory_instead_of_a_file_is_refused() -> None:
    Path("config.toml").mkdir()
    with pytest.raises(ConfigRefused, match=r"config\.toml: cannot be read: Is a directory\."):
        load_settings(None, {})


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_unreadable_file_is_refused() -> None:
    # Even root cannot read the first byte of this file.
    with pytest.raises(ConfigRefused, match=r"/proc/self/mem: cannot be read: Input/output error\."):
        load_settings(Path("/proc/self/mem"), {})


def test_file_that_is_not_text_is_refused_with_the_line() -> None:
    Path("config.toml").write_bytes(b"# fine\n# \xff\n")
    with pytest.raises(ConfigRefused, match=r"config\.toml: is not UTF-8 text \(line 2\)\."):
        load_settings(None, {})


def test_invalid_toml_is_refused_with_line_and_column() -> None:
    (message,) = refused("[http]\nport 8080")
    assert message.startswith("config.toml: is not valid TOML: Expected '='")
    assert message.endswith("(at line 2, column 6).")


@pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a = {'[' * 100_000}"])
def test_too_long_or_too_deep_toml_is_refused(text: str) -> None:
    assert refused(text)[0].startswith("config.toml: is not valid TOML: ")


def test_too_large_file_is_refused() -> None:
    assert refused("#" * (MAX_FILE_BYTES + 1)) == (
        "config.toml: is larger than 1 MiB, so it is not a configuration file.",
    )


def test_byte_order_mark_is_accepted() -> None:
    Path("config.toml").write_bytes(b"\xef\xbb\xbf[http]\nport = 1\n")
    assert load_settings(None, {}).http.port == 1


def test_environment_overrides_the_file() -> None:
    env = {
        "WATCHER_HTTP__PORT": "9",
        "WATCHER_EBAY__SOLD_COMPS": "true",
        "WATCHER_RETRY__EBAY__MAX_RETRIES": "0",
    }
    settings = read("[http]\nport = 2\nhost = '::1'\n[ebay]\nsold_comps = false", env)
    assert (settings.http.port, settings.http.host) == (9, "::1")
    assert settings.ebay.sold_comps is True
    assert settings.retry.ebay.policy == RetryPolicy(max_retries=0, initial=Seconds(2), maximum=Seconds(60))


def test_credential_overrides_file_and_environment(here: Path) -> None:
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


def test_user_chosen_names_of_all_sources_are_merged() -> None:
    env = {"WATCHER_SLACK__DESTINATIONS__B": HOOK, "WATCHER_CACHE__TTL__TRADING_CARDS": "1h"}
    settings = read(f"[slack.destinations]\na = '{HOOK}'\n[cache.ttl]\nshoe = '2h'\nSneakers = '3h'", env)
    assert set(settings.slack.destinations) == {"a", "b"}
    assert settings.cache.ttl == {**TTLS, "trading-cards": HOUR, "shoes": 2 * HOUR, "sneakers": 3 * HOUR}


def test_variable_of_a_top_level_key_has_one_underscore() -> None:
    assert load_settings(None, {"WATCHER_STATE_DIR": "/srv/w"}).state_path == Path("/srv/w")


def test_overridden_value_is_not_validated() -> None:
    assert read("[http]\nport = 70000", {"WATCHER_HTTP__PORT": "7"}).http.port == 7


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
def test_unknown_watcher_variable_is_refused(name: str, problem: str) -> None:
    (message,) = refused(env={name: "x"})
    assert message.startswith(f"environment: {problem.rstrip('.')}")


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
def test_variable_of_another_program_is_ignored(name: str, value: str) -> None:
    assert load_settings(None, {name: value}) == load_settings(None, {})


def test_wrong_variable_is_refused_by_its_name() -> None:
    (message,) = refused(env={"WATCHER_POLLING__TICK": "1"})
    assert message.startswith("environment: WATCHER_POLLING__TICK must be a duration above 0, like")
    assert message.endswith('not "1".')


def test_contradictory_keys_are_reported_with_the_source_of_one() -> None:
    (message,) = refused(env={"WATCHER_TIMEOUT__ATTEMPT": "40s"})
    assert message.startswith("environment: [timeout] attempt (40s) is longer than comps (30s)")


def test_only_the_given_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHER_HTTP__PORT", "1")
    monkeypatch.setenv("STATE_DIR", "/nowhere")
    assert load_settings(None, {}) == Settings(cwd=Path.cwd())


@pytest.fixture
def directory(here: Path) -> Path:
    directory = here / "credentials"
    directory.mkdir()
    return directory


def refused_credentials(directory: Path) -> tuple[str, ...]:
    return refused(env={"CREDENTIALS_DIRECTORY": str(directory)})


def test_credential_of_another_program_is_ignored(directory: Path) -> None:
    (directory / "tls.key").write_text("x")
    (directory / "folder").mkdir()
    load_settings(None, {"CREDENTIALS_DIRECTORY": str(directory)})


@pytest.mark.parametrize("name", ["ebay_client_secrt", "EBAY_CLIENT_SECRET", "ebay-client-secret"])
def test_misspelled_credential_is_refused(directory: Path, name: str) -> None:
    (directory / name).write_text("x")
    assert refused_credentials(directory) == (
        f"credential: there is no key {name}; did you mean ebay_client_secret?",
    )


def test_credential_that_is_not_text_is_refused(directory: Path) -> None:
    (directory / "ebay_client_secret").write_bytes(b"\xff\xfe")
    assert refused_credentials(directory) == ("credential: ebay_client_secret: is not UTF-8 text (line 1).",)


def test_credential_without_a_readable_file_is_refused(directory: Path) -> None:
    (directory / "ebay_client_secret").symlink_to(directory / "gone")
    (directory / "stripe_api_key").mkdir()
    assert refused_credentials(directory) == (
        "credential: ebay_client_secret is a link to a file that does not exist.",
        "credential: stripe_api_key: cannot be read: Is a directory.",
    )


def test_missing_credentials_directory_is_refused(directory: Path) -> None:
    (message,) = refused_credentials(directory / "gone")
    assert message.endswith("gone cannot be read: No such file or directory.")


def test_wrong_credential_is_refused_by_its_file_name(directory: Path) -> None:
    (directory / "slack_ops_webhook_url").write_text("not-a-url")
    assert refused_credentials(directory) == (
        "credential: slack_ops_webhook_url must be empty, or an address that begins with http:// or https://.",
    )
