"""Pictures of listings, from eBay's picture host or the origin of a market on this machine."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from watcher.adapters.outbound.bulkhead import Bulkhead, BulkheadFull
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.outbound.refusals import describe_status
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.pictures import MAX_PICTURE_BYTES, Picture, PictureOrigins, no_picture, picture_of
from watcher.core.proxies import ProxyRule
from watcher.core.times import Seconds

# The type is judged by content; a compressed answer would only be a way to hide its size.
_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity"}
_TEMPORARY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_MAX_CONCURRENT, _MAX_WAITING = 8, 500  # fetches


class PictureHost:
    """Fetches pictures from `origins` and from nowhere else; no redirect is followed.

    The list of origins is the protection: an address of eBay's answers is text that a stranger may have
    written. For eBay's host, the certificate proves that the name was resolved to eBay's machines.
    `timeout`: seconds for one fetch, and for the wait for a place. `max_bytes`: of a picture. Call `aclose`.
    """

    def __init__(
        self,
        *,
        origins: PictureOrigins,
        proxies: ProxyRule = ProxyRule(),
        timeout: Seconds = Seconds(10.0),
        max_bytes: int = MAX_PICTURE_BYTES,
    ) -> None:
        self._origins, self._timeout = origins, timeout
        self._bulkhead = Bulkhead(_MAX_CONCURRENT, _MAX_WAITING)
        self._http = HttpClient(
            concurrency=_MAX_CONCURRENT, proxies=proxies, total_timeout=timeout, max_body=max_bytes
        )

    async def fetch(self, url: str) -> Picture:
        """Return the picture at an address.

        Raises NotFound if there is none that can be shown, CallFailed if the host fails, and NotSent if too
        many fetches wait.
        """
        if not self._origins.allows(url):
            raise no_picture()
        await self._enter()
        try:
            response = await self._http.fetch(Api.EBAY, url, _HEADERS)
        except CallFailed as failure:
            if failure.kind is Kind.MALFORMED:  # too large, or not what HTTP allows
                raise no_picture() from None
            raise
        finally:
            self._bulkhead.leave()
        status = response.status
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TEMPORARY:
            raise CallFailed(Api.EBAY, Kind.UNAVAILABLE, f"a picture: {describe_status(status)}")
        picture = picture_of(response.body) if status == HTTPStatus.OK else None
        if picture is None:
            raise no_picture()
        return picture

    async def _enter(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._bulkhead.enter()
        except BulkheadFull:
            raise NotSent(Api.EBAY, Kind.UNAVAILABLE, "a picture: too many fetches wait") from None
        except TimeoutError:
            raise NotSent(Api.EBAY, Kind.TIMEOUT, "a picture: no place was free in time") from None

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()
