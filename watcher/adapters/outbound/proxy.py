"""The proxy of outgoing calls, for every session of aiohttp, and how its failures are named."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import aiohttp
from yarl import URL

from watcher.adapters.outbound.refusals import describe_status
from watcher.core.proxies import DEFAULT_PORTS, ProxyRule

_LONGEST_REPLY = 64 * 1024  # bytes of a proxy's reply to CONNECT
_CACHED_HOSTS = 1024


class ProxyRefused(OSError):
    """The proxy did not open a tunnel; `strerror` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.strerror = reason


def proxy_middlewares(rule: ProxyRule) -> Sequence[aiohttp.ClientMiddlewareType]:
    """Return the middleware that sends requests through the proxies of `rule`; none without a proxy."""
    if not rule.is_set:
        return ()

    @lru_cache(maxsize=_CACHED_HOSTS)
    def proxy_for(scheme: str, host: str, port: int | None) -> URL | None:
        proxy = rule.proxy_for(scheme, host, port)
        return URL(proxy) if proxy else None

    async def choose_proxy(
        request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        url = request.url
        if proxy := proxy_for(url.scheme, url.host or "", url.port):
            request.update_proxy(proxy, None, None)
        return await send(request)

    return (choose_proxy,)


def describe_proxy_failure(error: BaseException) -> str:
    """Return what failed at the proxy; empty if the failure is not the proxy's. Never a URL."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refuses: {describe_status(error.status)}"
    return "no connection to the proxy" if isinstance(error, aiohttp.ClientProxyConnectionError) else ""


async def reach_through_proxy(proxy: str, scheme: str, host: str, port: int) -> None:
    """Connect to a proxy and, for https, through it to a host. Raises OSError, ProxyRefused among them.

    A plain http address is requested from the proxy in one piece, so whether the host answers is not known.
    """
    parts = urlsplit(proxy)
    tls = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme], ssl=tls, limit=_LONGEST_REPLY
    )
    try:
        if scheme == "https":
            writer.write(_connect_request(proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"))
            status = (await reader.readline()).split()[1:2]
            code = int(status[0]) if status and status[0].isdigit() else 0
            if code != HTTPStatus.OK:
                raise ProxyRefused(describe_status(code) if code else "its reply is not HTTP")
    except ValueError as error:  # a line that does not end
        raise ProxyRefused("its reply is not HTTP") from error
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _connect_request(proxy: str, target: str) -> bytes:
    parts = urlsplit(proxy)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()
