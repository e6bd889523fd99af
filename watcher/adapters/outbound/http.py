"""HTTP client: one bounded request and response, and every failure classified.

The transport is called without httpx's client above it. The client would add redirects, cookies and
credentials from the environment, none of which we want, and doubles the CPU time of a call.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple, cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from isal import isal_zlib

from watcher.adapters.outbound.fair_timeout import FairTimeout
from watcher.adapters.outbound.proxy import describe_proxy_failure, proxy_middlewares
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.proxies import ProxyRule
from watcher.core.times import Seconds

MAX_BODY_BYTES = 8 * 1024 * 1024
_KEEP_ALIVE_SECONDS = 75
_GZIP_FORMAT = 16 + isal_zlib.MAX_WBITS
_GZIP_ERROR = cast("type[Exception]", isal_zlib.error)  # its type stub declares an instance
_parse_url = lru_cache(maxsize=512)(httpx.URL)  # parsing costs more than the rest of a request
_KEPT_REQUESTS = 256  # without a body, about 4 kB each; polls send the same ones again and again

# The transport reports almost everything as a ConnectTimeout; only the cause is precise. First match wins.
_CAUSES: tuple[tuple[type[BaseException], Kind, str], ...] = (
    (TimeoutError, Kind.TIMEOUT, "no connection in time"),
    (aiohttp.ServerDisconnectedError, Kind.UNAVAILABLE, "it closed the connection without an answer"),
    (aiohttp.ClientConnectorDNSError, Kind.UNAVAILABLE, "its host name was not found"),
    (UnicodeError, Kind.UNAVAILABLE, "its host name is not valid"),
    (aiohttp.ClientConnectorCertificateError, Kind.UNAVAILABLE, "its certificate is not trusted"),
    (aiohttp.ClientSSLError, Kind.UNAVAILABLE, "TLS failed"),
    (aiohttp.ClientHttpProxyError, Kind.UNAVAILABLE, "the proxy refuses"),
    (aiohttp.ClientConnectorError, Kind.UNAVAILABLE, "no connection"),
    (aiohttp.ClientOSError, Kind.UNAVAILABLE, "the connection was lost"),
    (aiohttp.ClientPayloadError, Kind.UNAVAILABLE, "the body was cut short"),
    (aiohttp.ClientConnectionError, Kind.UNAVAILABLE, "the connection was lost"),
    (OSError, Kind.UNAVAILABLE, "the connection was lost"),
    (aiohttp.ClientError, Kind.MALFORMED, "the response is not HTTP"),
)


@lru_cache(maxsize=_KEPT_REQUESTS)
def _build_request(
    method: str,
    url: str,
    headers: tuple[tuple[str, str], ...],
    connect_timeout: Seconds,
    content: bytes | None = None,
) -> httpx.Request:
    """Return a request, which nothing changes when it is sent. Raises httpx.InvalidURL."""
    extensions = {"timeout": {"pool": connect_timeout}}
    return httpx.Request(method, _parse_url(url), headers=headers, content=content, extensions=extensions)


class HttpResponse(NamedTuple):
    """A response of any status with its whole, decompressed body. Header names match in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the TLS context of every connection, loaded once: loading the certificates takes 25 ms."""
    return httpx.create_ssl_context()


class HttpClient:
    """A pool of connections.

    `concurrency` is the maximum number of open connections, `proxies` the rule for proxies.
    `connect_timeout` is seconds for getting a connection, including the wait for a free one;
    `total_timeout` is seconds for a whole request. `max_body` is in decompressed bytes. Call `aclose`.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        proxies: ProxyRule = ProxyRule(),
        connect_timeout: Seconds = Seconds(5.0),
        total_timeout: Seconds = Seconds(90.0),
        max_body: int = MAX_BODY_BYTES,
        user_agent: str = "watcher",
    ) -> None:
        self._concurrency, self._max_body = concurrency, max_body
        self._total_timeout = total_timeout
        self._connect_timeout = connect_timeout
        self._default_headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}
        self._middlewares = proxy_middlewares(proxies)
        self._tls = trusted_certificates()
        self._transport = AiohttpTransport(verify=self._tls, client=self._open_session)

    def _open_session(self) -> aiohttp.ClientSession:
        """Open the session, at the first request because it needs the running loop."""
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._concurrency, ssl=self._tls, keepalive_timeout=_KEEP_ALIVE_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._default_headers,
            middlewares=self._middlewares,
        )
        # It would silently repeat a GET whose connection broke: a call that is not counted.
        session._retry_connection = False  # noqa: SLF001 - no public switch; a test checks the effect
        return session

    async def fetch(
        self,
        api: Api,
        url: str,
        headers: Mapping[str, str],
        *,
        method: str = "GET",
        content: bytes | None = None,
    ) -> HttpResponse:
        """Send one request, follow no redirect, and read the whole response.

        Every status is a response, not a failure. Raises CallFailed: TIMEOUT, UNAVAILABLE (no connection,
        or a broken one) or MALFORMED (not HTTP, too large, or not in the encoding it declares).
        """
        try:
            build = _build_request if content is None else _build_request.__wrapped__
            request = build(method, url, tuple(headers.items()), self._connect_timeout, content)
        except httpx.InvalidURL as error:
            raise CallFailed(api, Kind.MALFORMED, "the URL it returned is not valid") from error
        host, timeout = request.url.host, FairTimeout(self._total_timeout)
        try:
            async with timeout:
                return await self._exchange(api, request)
        except (httpx.HTTPError, aiohttp.ClientError, OSError, UnicodeError) as error:
            if timeout.expired():
                detail = f"{host}: no complete response within {self._total_timeout:g} s"
                raise CallFailed(api, Kind.TIMEOUT, detail) from None
            # Not `raise … from error`: its text may contain the URL, and the URL may contain a key.
            raise _failure_of(api, host, error) from None

    async def _exchange(self, api: Api, request: httpx.Request) -> HttpResponse:
        response = await self._transport.handle_async_request(request)
        stream = cast("httpx.AsyncByteStream", response.stream)
        try:
            raw = await self._read_body(api, stream)
        finally:
            await stream.aclose()
        headers = response.headers
        encoding = headers.get("content-encoding", "identity").lower()
        if encoding == "identity" or not raw:
            return HttpResponse(response.status_code, headers, raw)
        if encoding not in ("gzip", "x-gzip"):
            raise CallFailed(api, Kind.MALFORMED, f"the encoding {encoding[:20]!r} was not requested")
        return HttpResponse(response.status_code, headers, self._gunzip(api, raw))

    async def _read_body(self, api: Api, stream: httpx.AsyncByteStream) -> bytes:
        parts: list[bytes] = []
        size = 0
        async with contextlib.aclosing(cast("AsyncGenerator[bytes]", aiter(stream))) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._max_body:
                    parts.clear()  # a retry may wait with this failure, and its frames keep the body
                    raise self._too_large(api)
                parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _gunzip(self, api: Api, packed: bytes) -> bytes:
        """Return the decompressed body. At most one byte beyond the limit is ever decompressed."""
        decompressor = isal_zlib.decompressobj(_GZIP_FORMAT)
        try:
            body: bytes = decompressor.decompress(packed, self._max_body + 1)
        except _GZIP_ERROR as error:
            raise CallFailed(api, Kind.MALFORMED, "the body is declared as gzip but is not") from error
        if len(body) > self._max_body:
            del body  # see _read_body
            raise self._too_large(api)
        if not decompressor.eof:
            raise CallFailed(api, Kind.UNAVAILABLE, "the compressed body was cut short")
        return body

    def _too_large(self, api: Api) -> CallFailed:
        return CallFailed(api, Kind.MALFORMED, f"the body is larger than {self._max_body} bytes")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


def _failure_of(api: Api, host: str, error: BaseException) -> CallFailed:
    """Return what really happened, without the URL or a library's text: either may contain a secret."""
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
    kind, words = next(
        ((kind, words) for error_type, kind, words in _CAUSES if isinstance(cause, error_type)),
        (Kind.MALFORMED, "the response is not HTTP"),
    )
    os_error = getattr(cause, "os_error", None) or cause
    words = describe_proxy_failure(cause) or words
    return CallFailed(api, kind, f"{host}: {words} ({type(os_error).__name__})")
