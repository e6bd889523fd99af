"""The defaults, and the shipped config.toml that repeats and explains them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from watcher.config import Settings, load_settings
from watcher.config.settings import PollingSettings
from watcher.config.sources import CONFIG_KEYS, FREE_SECTIONS
from watcher.core.categories import TTLS
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, HOUR, Seconds, parse_duration

SHIPPED = Path(__file__).resolve().parents[2] / "config.toml"


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


def retry_policy(max_retries: int, initial: float, maximum: float) -> RetryPolicy:
    return RetryPolicy(max_retries=max_retries, initial=Seconds(initial), maximum=Seconds(maximum))


def test_all_defaults_apply_without_a_file() -> None:
    settings = load_settings(None, {})
    assert settings == Settings(cwd=Path.cwd())
    assert settings.source == "the defaults"


def test_defaults_match_the_contract() -> None:
    s = Settings()
    assert (s.http.host, s.http.port) == ("127.0.0.1", 8080)
    assert (s.ebay.base_url, s.ebay.marketplace, s.ebay.daily_quota) == (
        "https://api.ebay.com",
        "EBAY_US",
        5000,
    )
    assert (s.serpapi.base_url, s.serpapi.monthly_quota) == ("https://serpapi.com", 250)
    assert (s.openai.base_url, s.openai.daily_calls, s.openai.user_daily_calls) == (
        "https://api.openai.com/v1",
        500,
        100,
    )
    assert (s.openai.price_in, s.openai.price_out, s.openai.reader) == (0, 0, "off")
    assert (s.cache.max_stale, s.cache.negative_ttl) == (30 * DAY, 600)
    assert s.cache.ttl == TTLS
    assert s.retry.ebay.policy == retry_policy(5, 2, 60)
    assert s.retry.openai.policy == retry_policy(3, 1, 30)
    assert s.retry.serpapi.policy == retry_policy(4, 3, 60)
    assert s.retry.stripe.policy == retry_policy(3, 1, 10)
    assert (s.timeout.comps, s.timeout.vision, s.timeout.attempt) == (30, 90, 10)
    assert (s.polling.min_interval, s.polling.tick, s.polling.concurrency) == (60, 1, 20)
    assert (s.polling.detail_share, s.polling.objective, s.polling.floor) == (0.05, "alive", 24 * HOUR)
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


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().http.port = 1  # type: ignore[misc]


def test_durations_accept_seconds_from_code() -> None:
    assert Settings(polling=PollingSettings(tick=Seconds(0.05))).polling.tick == 0.05


def test_shipped_file_has_exactly_the_known_keys() -> None:
    leaves = flat(tomllib.loads(SHIPPED.read_text("utf-8")))
    known = set(CONFIG_KEYS) - FREE_SECTIONS | {("cache", "ttl", name) for name in TTLS}
    assert set(leaves) == known


def test_shipped_file_has_exactly_the_defaults() -> None:
    defaults = Settings()
    for key, written in flat(tomllib.loads(SHIPPED.read_text("utf-8"))).items():
        value = value_of(defaults, key)
        value = [*value] if isinstance(value, tuple) else value
        assert (
            parse_duration(written) if isinstance(value, float) and isinstance(written, str) else written
        ) == value
    settings = load_settings(SHIPPED, {})
    assert settings.model_copy(update={"in_file": {}}) == Settings(source=str(SHIPPED), cwd=Path.cwd())


def test_shipped_file_explains_every_key() -> None:
    """Every key, or the first of several keys that share an explanation, follows a comment."""
    lines = SHIPPED.read_text("utf-8").splitlines()
    for above, line in pairwise(lines):
        if re.match(r"\w[\w-]* = ", line):
            assert above.startswith("#") or re.match(r"\w[\w-]* = |\[retry\.", above), line
        assert len(line) <= 110


def test_shipped_file_has_exactly_the_known_sections() -> None:
    sections = re.findall(r"^\[([\w.]+)\]$", SHIPPED.read_text("utf-8"), re.MULTILINE)
    known = {".".join(key if key in FREE_SECTIONS else key[:-1]) for key in CONFIG_KEYS} - {""}
    assert sorted(sections) == sorted(known)


def test_core_does_not_import_pydantic() -> None:
    """`watcher --help` must stay fast, so pydantic is imported only to load the configuration."""
    code = (
        "import sys, watcher.core.categories, watcher.core.marketplaces; assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SHIPPED.parent)
