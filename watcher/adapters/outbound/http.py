"""HTTP out: one bounded request and answer over httpx, and every failure told for what it is.

The transport is called without httpx's client above it: that adds redirects, cookies and credentials
from the environment, none of which we want, and doubles the CPU of a call.
"""

from __future__ import annotations

import asyncio
import contextlib
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import DAY, Instant, Seconds
from watcher.db.compression import Unreadable, gunzip

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Mapping

MAX_BODY = 8 * 1024 * 1024
_LONGEST_WAIT = float(DAY)
_url = lru_cache(maxsize=2048)(httpx.URL)  # parsing one costs more than all the rest of a request

# The transport calls almost everything a ConnectTimeout; the cause still knows. The first that fits.
_TRUTH: tuple[tuple[type[BaseException], Kind, str], ...] = (
    (TimeoutError, Kind.TIMEOUT, "no connection in time"),
    (aiohttp.ServerDisconnectedError, Kind.UNAVAILABLE, "it hung up without an answer"),
    (aiohttp.ClientConnectorDNSError, Kind.UNAVAILABLE, "its name is not found"),
    (UnicodeError, Kind.UNAVAILABLE, "its name cannot be one"),
    (aiohttp.ClientConnectorCertificateError, Kind.UNAVAILABLE, "its certificate is not trusted"),
    (aiohttp.ClientSSLError, Kind.UNAVAILABLE, "TLS failed"),
    (aiohttp.ClientConnectorError, Kind.UNAVAILABLE, "no connection"),
    (aiohttp.ClientOSError, Kind.UNAVAILABLE, "the connection was lost"),
    (aiohttp.ClientPayloadError, Kind.UNAVAILABLE, "the body broke off"),
    (aiohttp.ClientConnectionError, Kind.UNAVAILABLE, "the connection was lost"),
    (OSError, Kind.UNAVAILABLE, "the connection was lost"),
    (aiohttp.ClientError, Kind.MALFORMED, "what it sent is not HTTP"),
)


class Response(NamedTuple):
    """An answer of any status, its body whole and unpacked. Header names match in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def trusted() -> ssl.SSLContext:
    """Whom we trust: read once in a process, because the bundle of certificates takes 25 ms to load."""
    return httpx.create_ssl_context()


class HttpClient:
    """The connections to the outside.

    `concurrency` bounds how many are open at once; `connect_timeout` and `total_timeout` are seconds for
    a connection (waiting for a free one included) and for all of a call; `max_body` is bytes, unpacked.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        connect_timeout: Seconds = Seconds(5.0),
        total_timeout: Seconds = Seconds(90.0),
        max_body: int = MAX_BODY,
        user_agent: str = "watcher",
    ) -> None:
        self._concurrency, self._max_body = concurrency, max_body
        self._total_timeout = total_timeout
        self._extensions = {"timeout": {"pool": connect_timeout}}
        self._defaults = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}
        self._tls = trusted()
        self._transport = AiohttpTransport(verify=self._tls, client=self._session)

    def _session(self) -> aiohttp.ClientSession:
        """Made at the first call, because it wants the running loop."""
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency, ssl=self._tls, keepalive_timeout=75),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._defaults,
        )
        # It would send a GET a second time by itself where the connection broke: a call nobody counted.
        session._retry_connection = False  # noqa: SLF001 - there is no public switch; a test watches it
        return session

    async def fetch(
        self,
        api: Api,
        url: str,
        headers: Mapping[str, str],
        *,
        method: str = "GET",
        content: bytes | None = None,
    ) -> Response:
        """Send one request, follow no redirect, and read all of the answer.

        Raises CallFailed: TIMEOUT, UNAVAILABLE (no connection, or one that broke) or MALFORMED (not
        HTTP, too large, or not the encoding it says). Every status is an answer, not a failure.
        """
        try:
            where = _url(url)
        except httpx.InvalidURL as error:
            raise CallFailed(api, Kind.MALFORMED, "the URL it gave is none") from error
        request = httpx.Request(method, where, headers=headers, content=content, extensions=self._extensions)
        limit = asyncio.timeout(self._total_timeout)
        try:
            async with limit:
                return await self._exchange(api, request)
        except (httpx.HTTPError, aiohttp.ClientError, OSError, UnicodeError) as error:
            if limit.expired():
                detail = f"{where.host}: no whole answer within {self._total_timeout:g} s"
                raise CallFailed(api, Kind.TIMEOUT, detail) from None
            # Not "from error": its text may hold the URL, and a URL may hold a key.
            raise _failure(api, where.host, error) from None

    async def _exchange(self, api: Api, request: httpx.Request) -> Response:
        answer = await self._transport.handle_async_request(request)
        stream = cast("httpx.AsyncByteStream", answer.stream)
        try:
            raw = await self._read(api, stream)
        finally:
            await stream.aclose()
        headers = answer.headers
        encoding = headers.get("content-encoding", "identity").lower()
        if encoding == "identity" or not raw:
            return Response(answer.status_code, headers, raw)
        if encoding not in ("gzip", "x-gzip"):
            raise CallFailed(api, Kind.MALFORMED, f"nobody asked for the encoding {encoding[:20]!r}")
        return Response(answer.status_code, headers, self._unpack(api, raw))

    async def _read(self, api: Api, stream: httpx.AsyncByteStream) -> bytes:
        parts: list[bytes] = []
        size = 0
        async with contextlib.aclosing(cast("AsyncGenerator[bytes]", aiter(stream))) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._max_body:
                    parts.clear()  # the failure is kept while a retry is waited for, and its frames with it
                    raise self._too_large(api)
                parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _unpack(self, api: Api, raw: bytes) -> bytes:
        """Never more than one byte beyond the limit is unpacked, whatever was packed."""
        try:
            body, whole = gunzip(raw, self._max_body + 1)
        except Unreadable as error:
            raise CallFailed(api, Kind.MALFORMED, "the body says gzip and is not") from error
        if len(body) > self._max_body:
            del body  # as above
            raise self._too_large(api)
        if not whole:
            raise CallFailed(api, Kind.UNAVAILABLE, "the packed body broke off")
        return body

    def _too_large(self, api: Api) -> CallFailed:
        return CallFailed(api, Kind.MALFORMED, f"the body is larger than {self._max_body} bytes")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


def _failure(api: Api, host: str, error: BaseException) -> CallFailed:
    """Say what really happened. Neither the URL nor a library's text is told: either may hold a secret."""
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
    kind, words = next(
        ((kind, words) for of, kind, words in _TRUTH if isinstance(cause, of)),
        (Kind.MALFORMED, "what it sent is not HTTP"),
    )
    deeper = getattr(cause, "os_error", None) or cause
    return CallFailed(api, kind, f"{host}: {words} ({type(deeper).__name__})")


def kind_of(status: int) -> Kind:
    """What a status that is no answer says went wrong, for any API; a redirect is never followed."""
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT):
        return Kind.TIMEOUT
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Kind.CREDENTIALS
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Kind.RATE_LIMIT
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE
    return Kind.REFUSED if status >= HTTPStatus.BAD_REQUEST else Kind.MALFORMED


def retry_after(headers: Mapping[str, str], now: Instant) -> float | None:
    """Seconds that a server asks us to wait (`Retry-After`: seconds or a date), at most a day; else None."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and text.isascii():
        return min(float(text[:9]), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, wait), _LONGEST_WAIT)
