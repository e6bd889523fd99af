"""Which proxy the configuration and the environment name."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config import ConfigRefused, Settings, load_settings
from watcher.core.proxies import ProxyRule

PROXY = "http://proxy.example:3128"


def rule(tmp_path: Path, url: str | None, env: dict[str, str]) -> ProxyRule:
    path = tmp_path / "config.toml"
    path.write_text("" if url is None else f'[proxy]\nurl = "{url}"\n')
    return load_settings(path, env).proxies


@pytest.mark.parametrize("url", [None, "", "  "])
def test_environment_is_obeyed_without_a_configured_proxy(tmp_path: Path, url: str | None) -> None:
    env = {"HTTPS_PROXY": PROXY, "NO_PROXY": "ebay.com"}
    assert rule(tmp_path, url, env) == ProxyRule("", PROXY, ("ebay.com",))
    assert rule(tmp_path, url, {}) == ProxyRule()


def test_configured_proxy_replaces_that_of_the_environment(tmp_path: Path) -> None:
    env = {"HTTPS_PROXY": "http://other:1", "NO_PROXY": "ebay.com"}
    assert rule(tmp_path, PROXY, env) == ProxyRule(PROXY, PROXY, ("ebay.com",))


@pytest.mark.parametrize("off", ["off", "OFF", " off "])
def test_no_proxy_is_used_if_it_is_off(tmp_path: Path, off: str) -> None:
    assert rule(tmp_path, off, {"HTTPS_PROXY": PROXY}) == ProxyRule()


@pytest.mark.parametrize(
    "url",
    ["socks5://proxy:1080", "proxy:3128", "http://", "http://ann:secret5@:80", "ftp://ann:secret5@proxy"],
)
def test_wrong_proxy_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        rule(tmp_path, url, {})
    (problem,) = refused.value.problems
    assert problem.endswith(
        '[proxy] url must be empty, "off", or the address of an HTTP proxy, like "http://proxy.example.com:3128".'
    )


def test_wrong_variable_is_refused_only_if_it_counts(tmp_path: Path) -> None:
    env = {"https_proxy": "socks5://ann:secret5@proxy:1080"}
    with pytest.raises(ConfigRefused) as refused:
        rule(tmp_path, "", env)
    assert refused.value.problems == (
        "environment: https_proxy is not the address of an HTTP proxy; correct it, or set [proxy] url.",
    )
    assert rule(tmp_path, "off", env) == ProxyRule()
    assert rule(tmp_path, PROXY, env).https == PROXY


def test_passwords_of_proxies_are_secrets() -> None:
    env = {"WATCHER_PROXY__URL": "http://ann:canary%2D1@proxy:1", "HTTP_PROXY": "http://bob:canary-2@proxy:1"}
    settings = load_settings(None, env)
    assert {"canary%2D1", "canary-1", "canary-2"} <= set(settings.secrets())
    assert "canary" not in f"{settings!r} {settings} {settings.proxies!r}"
    assert Settings().proxies == ProxyRule()
    assert load_settings(None, {"HTTP_PROXY": PROXY}).secrets() == ()
