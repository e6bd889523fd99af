"""The addresses under which browsers reach the daemon, and whose pages count as its own."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from watcher.core.tokens import is_loopback

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORTS = {"http": 80, "https": 443}
# A host and an optional port, and nothing else: no user, no path, no dot at the end.
_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?",
    re.IGNORECASE,
)


class Address(NamedTuple):
    """A host in lower case, an IPv6 address in brackets, and a port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Site:
    """Where the daemon is reached: `[http] public_url`, and whether it listens on the loopback alone."""

    public_url: str = ""
    is_local: bool = True

    @property
    def has_secure_cookie(self) -> bool:
        """Whether the session's cookie is sent over HTTPS only."""
        return urlsplit(self.public_url).scheme == "https" if self.public_url else not self.is_local

    @property
    def is_readable_by_others(self) -> bool:
        """Whether a public_url of plain HTTP sends sessions through a network."""
        parts = urlsplit(self.public_url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")

    @property
    def has_path(self) -> bool:
        """Whether a proxy serves the daemon below a path of its site."""
        return urlsplit(self.public_url).path not in ("", "/")

    def serves(self, scope: MutableMapping[str, Any]) -> bool:
        """Return whether a request names the daemon's address as its host, once.

        Without a public_url an address off the loopback may have any name.
        """
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1:
            return False
        if is_own_address(hosts[0], scope):
            return True
        public = _origin(self.public_url)
        if public is not None:
            return _address(hosts[0], _PORTS[public[0]]) == public[1]
        return not self.is_local and _address(hosts[0], _PORTS["http"]) is not None

    def is_own_origin(self, origin: str, scope: MutableMapping[str, Any]) -> bool:
        """Return whether `Origin` names the page that a request of this host may come from."""
        found, public = _origin(origin), _origin(self.public_url)
        hosts = Headers(scope=scope).getlist("host")
        if found is None or not _is_bare(origin) or len(hosts) != 1:
            return False
        if found == public:  # whatever host a proxy puts in place of it
            return True
        if _address(hosts[0], _PORTS[found[0]]) != found[1]:
            return False
        return is_own_origin(origin, scope) or (public is None and not self.is_local)


def own_port(scope: MutableMapping[str, Any]) -> int:
    """Return the port that a request was sent to."""
    return (scope.get("server") or ("", None))[1] or _PORTS["http"]


def is_own_origin(origin: str, scope: MutableMapping[str, Any]) -> bool:
    """Return whether an origin is exactly an address of this server on the loopback."""
    scheme, _, authority = origin.partition("://")
    return scheme.lower() == "http" and is_own_address(authority, scope)


def is_own_address(authority: str, scope: MutableMapping[str, Any]) -> bool:
    """Return whether `host` or `host:port` is exactly an address of this server on the loopback."""
    found = _address(authority, _PORTS["http"])
    return found is not None and found.port == own_port(scope) and found.host in _own_hosts(scope)


def _own_hosts(scope: MutableMapping[str, Any]) -> frozenset[str]:
    """Return the names of the loopback, and the address of it that the request was sent to."""
    host = str((scope.get("server") or ("", None))[0])
    return _LOOPBACK_NAMES | {f"[{host}]" if ":" in host else host} if is_loopback(host) else _LOOPBACK_NAMES


def _address(authority: str, default_port: int) -> Address | None:
    found = _AUTHORITY.fullmatch(authority)
    return None if found is None else Address(found["host"].lower(), int(found["port"] or default_port))


def _origin(url: str) -> tuple[str, Address] | None:
    """Return the scheme and address of a URL; None if it has none."""
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    address = _address(rest.partition("/")[0], _PORTS.get(scheme, 0))
    return None if address is None or scheme not in _PORTS else (scheme, address)


def _is_bare(origin: str) -> bool:
    return "/" not in origin.partition("://")[2]
