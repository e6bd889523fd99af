"""Which proxy an outgoing call takes: one rule for every call to another machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from watcher.core.tokens import is_loopback

DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, repr=False)
class ProxyRule:
    """The proxy of calls to `http` and to `https` addresses, empty for none, and the hosts `except_for`.

    An exception is a host name with everything below it or an address, each perhaps with a port, a network,
    or `*` for every host. Loopback is always one. The URLs may contain a password, so no repr shows them.
    """

    http: str = ""
    https: str = ""
    except_for: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ProxyRule({self.describe()})"

    @property
    def is_set(self) -> bool:
        """Whether any call takes a proxy."""
        return bool(self.http or self.https)

    def describe(self) -> str:
        """Return the proxies without users and passwords; empty if there are none."""
        if self.http == self.https:
            return proxy_name(self.https)
        names = (("http", self.http), ("https", self.https))
        return ", ".join(f"{scheme} through {proxy_name(url)}" for scheme, url in names if url)

    def proxy_for(self, scheme: str, host: str, port: int | None = None) -> str:
        """Return the URL of the proxy for an address; empty if it is called directly."""
        proxy = self.https if scheme == "https" else self.http
        if not proxy:
            return ""
        name = host.strip("[]").rstrip(".").lower()
        if is_loopback(name) or name.endswith(".localhost"):
            return ""
        port = port or DEFAULT_PORTS[scheme]
        return "" if any(_matches(one, name, port) for one in self.except_for) else proxy

    def secrets(self) -> Iterator[str]:
        """Yield the parts of the proxies' URLs that must never be shown."""
        for url in {self.http, self.https}:
            if password := urlsplit(url).password:
                yield from (url, password, unquote(password))


class ProxyVariables(NamedTuple):
    """The rule of the environment, and the variables whose value is not an HTTP proxy."""

    rule: ProxyRule
    wrong: tuple[str, ...]


def read_proxy_variables(env: Mapping[str, str]) -> ProxyVariables:
    """Return the rule that HTTP_PROXY, HTTPS_PROXY and NO_PROXY make; in lower case they have precedence."""
    urls, wrong = dict[str, str](), list[str]()
    for scheme in ("http", "https"):
        name, value = _variable(env, f"{scheme}_proxy")
        url = value if "://" in value or not value else f"http://{value}"
        if is_proxy_url(url):
            urls[scheme] = url
        elif url:
            wrong.append(name)
    _, exceptions = _variable(env, "no_proxy")
    return ProxyVariables(
        ProxyRule(**urls, except_for=tuple(exceptions.replace(",", " ").split())), tuple(wrong)
    )


def is_proxy_url(url: str) -> bool:
    """Return whether a URL is that of an HTTP proxy: a host, perhaps with user, password and port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    rest = parts.path.strip("/") or parts.query or parts.fragment
    return plain and parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and port != 0 and not rest


def proxy_name(url: str) -> str:
    """Return the host and the port of a proxy, without its user and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _variable(env: Mapping[str, str], name: str) -> tuple[str, str]:
    """Return the name and the value of a variable; in lower case it has precedence, even if it is empty."""
    found = name if name in env else name.upper()
    return found, env.get(found, "").strip()


def _matches(exception: str, host: str, port: int) -> bool:
    """Return whether an entry of NO_PROXY covers a host."""
    entry = exception.lower()
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass  # one of them is a name, or the entry has a port
    name, colon, number = entry.rpartition(":")
    if colon and number.isdecimal():
        if int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]").lstrip("*").strip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))
