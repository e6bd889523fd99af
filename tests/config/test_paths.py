"""Where the database and the state are, and how values are normalised."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.config.reading import read
from watcher.config import ConfigRefused, load_settings


def test_database_and_state_are_in_the_current_directory(here: Path) -> None:
    settings = load_settings(None, {})
    assert settings.database_url == f"sqlite:///{here}/watcher.db"
    assert settings.database_name == f"{here}/watcher.db"
    assert settings.state_path == here


def test_systemds_state_directory_has_the_database_and_the_state() -> None:
    settings = load_settings(None, {"STATE_DIRECTORY": "/var/lib/watcher:/var/lib/other"})
    assert settings.database_url == "sqlite:////var/lib/watcher/watcher.db"
    assert settings.state_path == Path("/var/lib/watcher")


def test_state_dir_overrides_the_state_directory(here: Path) -> None:
    settings = read("state_dir = 'state'", {"STATE_DIRECTORY": "/var/lib/watcher"})
    assert settings.database_url == f"sqlite:///{here}/state/watcher.db"
    assert settings.state_path == here / "state"


def test_state_is_beside_an_absolute_database() -> None:
    settings = read("[database]\nurl = 'sqlite:////srv/my data/w.db'")
    assert settings.database_url == "sqlite:////srv/my data/w.db"
    assert settings.state_path == Path("/srv/my data")


def test_state_directory_wins_over_an_absolute_database() -> None:
    settings = read("[database]\nurl = 'sqlite:////srv/w.db'", {"STATE_DIRECTORY": "/var/lib/watcher"})
    assert settings.state_path == Path("/var/lib/watcher")


def test_relative_database_may_be_in_a_subdirectory(here: Path) -> None:
    settings = read("[database]\nurl = 'sqlite:///db/w.db'")
    assert settings.state_path == here / "db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_postgres_url_has_a_driver_and_its_name_has_no_password(scheme: str, here: Path) -> None:
    settings = read(f"[database]\nurl = '{scheme}://ann:pw%40@db:5433/watcher?sslmode=require'")
    assert settings.database_url == "postgresql+psycopg://ann:pw%40@db:5433/watcher?sslmode=require"
    assert settings.database_name == "postgresql://ann@db:5433/watcher"
    assert settings.state_path == here


def test_postgres_may_use_a_socket() -> None:
    settings = read("[database]\nurl = 'postgresql:///watcher?host=/run/postgresql'")
    assert settings.database_url == "postgresql+psycopg:///watcher?host=/run/postgresql"
    assert settings.database_name == "postgresql:///watcher"


def test_paths_do_not_change_with_the_current_directory(here: Path) -> None:
    settings = load_settings(None, {})
    os.chdir("/")
    assert settings.database_name == f"{here}/watcher.db"


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::", "graphite.internal-1.example.com"])
def test_host_is_a_name_or_an_address(host: str) -> None:
    settings = read(f"[http]\nhost = '{host}'\n[statsd]\nhost = '{host}'")
    assert settings.http.host == settings.statsd.host == host


@pytest.mark.parametrize(("written", "read_as"), [("UK SW1A 1AA", "GB SW1A 1AA"), ("us 19406", "US 19406")])
def test_country_of_the_delivery_address_is_of_iso_3166(written: str, read_as: str) -> None:
    assert read(f"[ebay]\ndeliver_to = '{written}'").ebay.deliver_to == read_as


@pytest.mark.parametrize("written", ["XX 123", "EU 10115", "GB"])
def test_delivery_address_without_a_country_or_a_postal_code_is_refused(written: str) -> None:
    with pytest.raises(ConfigRefused, match="deliver_to"):
        read(f"[ebay]\ndeliver_to = '{written}'")


def test_values_are_normalised() -> None:
    settings = read(
        "[ebay]\nmarketplace = 'ebay_gb'\ndeliver_to = 'gb  sw1a 1aa'\n"
        "[log]\nlevel = 'INFO'\n[http]\nhost = '[::1]'\npublic_url = 'https://w.example/'"
    )
    assert (settings.ebay.marketplace, settings.ebay.deliver_to) == ("EBAY_GB", "GB SW1A 1AA")
    assert (settings.log.level, settings.http.host) == ("info", "::1")
    assert settings.http.public_url == "https://w.example"
