from __future__ import annotations

import pytest

from watcher.core.proxies import ProxyRule, is_proxy_url, read_proxy_variables

PROXY = "http://proxy.example:3128"


def taken(rule: ProxyRule, host: str, scheme: str = "https", port: int | None = None) -> bool:
    return bool(rule.proxy_for(scheme, host, port))


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "watcher.localhost", "localhost."],
)
def test_loopback_is_never_called_through_a_proxy(host: str) -> None:
    assert not taken(ProxyRule(PROXY, PROXY), host)
    assert not taken(ProxyRule(PROXY, PROXY), host, "http")


def test_each_scheme_has_its_own_proxy() -> None:
    rule = ProxyRule(http="http://a:1", https="http://b:2")
    assert rule.proxy_for("http", "api.ebay.com") == "http://a:1"
    assert rule.proxy_for("https", "api.ebay.com") == "http://b:2"
    assert not taken(ProxyRule(https=PROXY), "api.ebay.com", "http")


@pytest.mark.parametrize(
    ("exception", "direct", "proxied"),
    [
        ("ebay.com", ["ebay.com", "api.ebay.com", "API.EBAY.COM"], ["notebay.com", "ebay.com.evil"]),
        (".ebay.com", ["ebay.com", "api.ebay.com"], ["slack.com"]),
        ("*.ebay.com", ["api.ebay.com"], ["slack.com"]),
        ("ebay.com:443", ["api.ebay.com"], []),
        ("ebay.com:8443", [], ["api.ebay.com"]),
        ("*", ["anything.example"], []),
        ("10.0.0.0/8", ["10.2.3.4"], ["11.0.0.1", "10.example"]),
        ("10.1.2.3", ["10.1.2.3"], ["10.1.2.4"]),
        ("10.1.2.3:443", ["10.1.2.3"], []),
        ("fd00::/8", ["fd00::5", "[fd00::5]"], ["fe00::5"]),
        (".", [], ["api.ebay.com"]),
    ],
)  # fmt: skip
def test_exceptions_cover_names_addresses_and_networks(
    exception: str, direct: list[str], proxied: list[str]
) -> None:
    rule = ProxyRule(PROXY, PROXY, (exception,))
    assert not any(taken(rule, host) for host in direct)
    assert all(taken(rule, host) for host in proxied)


def test_variables_are_read_and_lower_case_has_precedence() -> None:
    env = {
        "HTTPS_PROXY": "http://upper:1",
        "https_proxy": "lower:2",
        "HTTP_PROXY": PROXY,
        "NO_PROXY": "a, b c",
    }
    assert read_proxy_variables(env).rule == ProxyRule(PROXY, "http://lower:2", ("a", "b", "c"))
    assert read_proxy_variables({**env, "https_proxy": ""}).rule.https == ""
    assert read_proxy_variables({}).rule == ProxyRule()


@pytest.mark.parametrize(
    "value", ["socks5://proxy:1080", "http://", "http://proxy:port", "a b", "http://p/path"]
)
def test_variables_that_name_no_http_proxy_are_reported(value: str) -> None:
    assert read_proxy_variables({"HTTPS_PROXY": value}) == (ProxyRule(), ("HTTPS_PROXY",))


def test_proxy_urls_are_recognised() -> None:
    assert is_proxy_url("http://user:p%40ss@proxy:3128/")
    assert is_proxy_url("https://[fd00::1]:3128")
    assert not is_proxy_url("http://proxy:0")


def test_no_text_of_a_rule_shows_a_password() -> None:
    rule = ProxyRule("http://ann:s3cret@a:1", "http://ann:s3cr%65t2@b:2")
    assert repr(rule) == "ProxyRule(http through a:1, https through b:2)"
    assert {"s3cret", "s3cr%65t2", "s3cret2"} <= set(rule.secrets())
    assert list(ProxyRule(PROXY, PROXY).secrets()) == []
