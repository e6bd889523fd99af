"""What commands that only read the database can use of a configuration that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from watcher.config import ConfigRefused, Settings, load_settings, usable_settings

GOOD = """
state_dir = ""
[database]
url = "sqlite:///real.db"
[polling]
tick = "2s"
[slack]
watch_webhook_url = "https://hooks.slack.com/services/T0/B0/secretsecretsecret"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("real.db", "watcher.db", "other.db"):
        (tmp_path / name).touch()
    return tmp_path


def salvage(text: str | bytes, env: Mapping[str, str] | None = None) -> Settings:
    """Return what can be used of a file that is refused. Raises ConfigRefused."""
    Path("config.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigRefused) as caught:
        load_settings(None, env or {})
    return usable_settings(None, env or {}, caught.value)


@pytest.mark.parametrize(
    "edit",
    [
        '[polling]\ntick = "2 fortnights"',
        "[polling]\nconcurrency = -5",
        "[polling]\nconcurency = 5",
        "[poling]\nconcurrency = 5",
        "polling = 7",
        '[ebay]\nmarketplace = "EBAY_MOON"',
        '[timeout]\nattempt = "5m"',
        '[slack.destinations]\nflips = "#channel"',
        '[http]\nhost = "127.0.0.1',  # a quote is missing
        "[http]\nport = 80 80",
        "[http\nport = 8080",
        "=",
        "[ebay]\nclient_id = 'a'\nclient_id = 'b'",
        "[http]\nport = 1\n[http]\nport = 2",
        "x" * 5000,
    ],
)
def test_a_wrong_edit_elsewhere_leaves_the_database_usable(place: Path, edit: str) -> None:
    text = GOOD.replace('[polling]\ntick = "2s"\n', "") if edit.startswith("[polling]") else GOOD
    settings = salvage(f"{text}{edit}\n")
    assert settings.database_name == str(place / "real.db")
    assert settings.problems
    assert "secretsecretsecret" not in repr(settings)


def test_a_file_that_is_not_utf8_leaves_the_database_usable(place: Path) -> None:
    assert salvage(GOOD.encode() + b"[ebay]\nclient_id = '\xff'\n").database_name == str(place / "real.db")


@pytest.mark.parametrize(
    "text",
    [
        '[database]\nurl = "sqlite:/real.db"',
        "[database]\nurl = 5",
        '[database]\nurl = "sqlite:///real.db',
        '[database]\nulr = "sqlite:///real.db"',
        '[databse]\nurl = "sqlite:///real.db"',
        '[db]\nurl = "postgresql://watcher@db/watcher"\n',
        'database = "sqlite:///real.db"',
        '[database]\nurl = "sqlite:///real.db"\n[database]\nurl = "sqlite:///other.db"',
        'state_dir = "/no/\x00where"\n[database]\nurl = "sqlite:///real.db"',
        'state_dir = "/srv/watcher\n[database]\nurl = "sqlite:///real.db"\n[ebay]\nx = 1',
        '[database]\nurl = "sqlite:///gone.db"\n[ebay]\nx = 1',
        '[dbase]\nurl = "watcher2.db"',
    ],
)
def test_a_configuration_that_leaves_the_database_in_doubt_is_refused(place: Path, text: str) -> None:
    del place
    with pytest.raises(ConfigRefused):
        salvage(text)


def test_the_environment_names_the_database_of_a_file_that_cannot_be_read(place: Path) -> None:
    env = {"WATCHER_DATABASE__URL": f"sqlite:///{place}/other.db", "WATCHER_STATE_DIR": str(place)}
    (place / "missing.toml").unlink(missing_ok=True)
    with pytest.raises(ConfigRefused) as caught:
        load_settings(place / "missing.toml", env)
    settings = usable_settings(place / "missing.toml", env, caught.value)
    assert settings.database_name == str(place / "other.db")


def test_without_any_key_of_the_database_the_default_is_used(place: Path) -> None:
    settings = salvage("# state_dir and [database] url are not set\n[polling]\ntick = 5\n")
    assert settings.database_name == str(place / "watcher.db")
