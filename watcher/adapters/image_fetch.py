"""Fetch a picture from an address that a stranger wrote, and from nothing but a public web server."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from http import HTTPStatus

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from watcher.adapters.outbound.bulkhead import Bulkhead, BulkheadFull
from watcher.adapters.outbound.http import trusted_certificates
from watcher.adapters.outbound.refusals import is_redirect
from watcher.core.errors import InvalidInput, RequestRefused
from watcher.core.proxies import ProxyRule
from watcher.core.public_addresses import is_public_address
from watcher.core.times import Seconds

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
MAX_FETCHED_BYTES = 10_000_000
_MAX_REDIRECTS = 3
_MAX_URL = 2_048  # characters
_DEADLINE = Seconds(15.0)  # for all of it: names, redirects, body
_HTTPS_PORT = 443
_MAX_CONCURRENT, _MAX_WAITING = 8, 40  # fetches
_BUSY_RETRY = 15.0  # seconds
_PART_BYTES = 64 * 1024
_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "watcher"}
# A name ends in a label with a letter; 127.1, 0x7f.1 and 2130706433 are other spellings of addresses.
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?!0x)[a-z0-9-]*[a-z][a-z0-9-]*\.?")

_INSTEAD = "Send the picture itself."


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class ImageFetcher:
    """Fetches pictures over https from public addresses, each checked before it is connected to.

    A name is resolved once per request, and the connection goes to one of the addresses that were checked,
    so a name that changes its mind in between gains nothing. `resolve`, `is_public`, `ports` and `tls` are
    for tests. With a proxy nothing is fetched: the proxy would resolve the name, out of our sight.
    """

    def __init__(
        self,
        *,
        proxies: ProxyRule = ProxyRule(),
        deadline: Seconds = _DEADLINE,
        resolve: Resolve = resolve_name,
        is_public: Callable[[str], bool] = is_public_address,
        ports: Collection[int] = (_HTTPS_PORT,),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._proxies, self._deadline, self._ports = proxies, deadline, ports
        self._resolver = _CheckedResolver(resolve, is_public)
        self._is_public = is_public
        self._tls = tls
        self._places = Bulkhead(_MAX_CONCURRENT, _MAX_WAITING)

    async def fetch(self, url: str) -> bytes:
        """Return what is at an address, at most 10 MB.

        Raises InvalidInput with one sentence about what is wrong and what to do, and RequestRefused if too
        many fetches wait.
        """
        checked = self._check(url)
        try:
            async with asyncio.timeout(self._deadline):
                await self._places.enter()
                try:
                    return await self._follow(checked)
                finally:
                    self._places.leave()
        except BulkheadFull:
            raise RequestRefused(
                429,
                "Too many pictures are being fetched. Try again in a moment.",
                retryable=True,
                retry_after=_BUSY_RETRY,
            ) from None
        except TimeoutError:
            raise InvalidInput(
                f"The picture did not arrive within {self._deadline:g} seconds. Try again, or send the "
                "picture itself."
            ) from None

    async def _follow(self, url: URL) -> bytes:
        """Follow at most three redirects, each checked like the first address."""
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
            ssl=self._tls or trusted_certificates(),
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(),  # the deadline is above
        ) as session:
            # It would silently repeat a request whose connection broke.
            session._retry_connection = False  # noqa: SLF001 - no public switch; a test checks the effect
            for _ in range(_MAX_REDIRECTS + 1):
                answer = await self._get(session, url)
                if isinstance(answer, bytes):
                    return answer
                url = self._check(answer, url)
        raise InvalidInput(f"The address redirects more than {_MAX_REDIRECTS} times. {_INSTEAD}")

    async def _get(self, session: aiohttp.ClientSession, url: URL) -> bytes | str:
        """Return the body, or where a redirect leads."""
        try:
            async with session.get(url, allow_redirects=False) as response:
                if is_redirect(response.status):
                    return response.headers.get("Location", "")
                if response.status != HTTPStatus.OK:
                    raise InvalidInput(
                        f"There is no picture at the address: its host answers {response.status}. Check the "
                        "address, or send the picture itself."
                    )
                return await _read_body(response)
        except aiohttp.ClientConnectorCertificateError:
            raise InvalidInput(f"The certificate of the picture's host is not trusted. {_INSTEAD}") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise InvalidInput(
                "The picture's host cannot be reached or fails. Try again, or send the picture itself."
            ) from None

    def _check(self, text: str, base: URL | None = None) -> URL:
        """Return an address that may be requested. What is checked is what is requested: no second parser."""
        try:
            url = URL(text) if base is None else base.join(URL(text))
            host, port = url.raw_host or "", url.port
        except ValueError:
            host, port, url = "", None, URL()
        if not text or len(text) > _MAX_URL or not text.isprintable() or "\\" in text or not host:
            raise InvalidInput(
                "The picture's address is not valid. Write it as https://example.com/photo.jpg."
            )
        if url.scheme != "https":
            raise InvalidInput(f"Pictures are fetched from https addresses only. {_INSTEAD}")
        if url.raw_user is not None or url.raw_password is not None:
            raise InvalidInput("The picture's address contains a user or a password. Remove it.")
        if port not in self._ports:
            raise InvalidInput(f"The picture's address names a port; only 443 is allowed. {_INSTEAD}")
        if ":" in host or host.replace(".", "").isdecimal():
            self._resolver.check([host])
        elif not _NAME.fullmatch(host):
            raise InvalidInput("The picture's address has no valid host name. Check the address.")
        if self._proxies.proxy_for(url.scheme, host, port):
            raise InvalidInput(
                "This daemon reaches the internet through a proxy and fetches no pictures for that reason. "
                + _INSTEAD
            )
        return url.with_host(host.removesuffix(".")).with_fragment(None)


class _CheckedResolver(AbstractResolver):
    """Resolves a name to public addresses or not at all; aiohttp connects to what this returns."""

    def __init__(self, resolve: Resolve, is_public: Callable[[str], bool]) -> None:
        self._resolve, self._is_public = resolve, is_public

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - of the base class
    ) -> list[ResolveResult]:
        """Return every address of a host. Raises OSError, and InvalidInput if any of them is not public."""
        addresses = await self._resolve(host, port)
        if not addresses:
            raise OSError(f"{host} has no address")
        self.check(addresses)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in dict.fromkeys(addresses)
        ]

    def check(self, addresses: Sequence[str]) -> None:
        """Raise InvalidInput unless every address is public."""
        if not all(self._is_public(address) for address in addresses):
            raise InvalidInput(f"The picture's address leads into a private network. {_INSTEAD}")

    async def close(self) -> None:
        """Hold nothing."""


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    declared = response.content_length or 0
    parts, size = list[bytes](), 0
    if declared <= MAX_FETCHED_BYTES:
        async for part in response.content.iter_chunked(_PART_BYTES):
            size += len(part)
            if size > MAX_FETCHED_BYTES:
                break
            parts.append(part)
        else:
            return b"".join(parts)
    raise InvalidInput(f"The picture is larger than {MAX_FETCHED_BYTES // 1_000_000} MB. Send a smaller one.")
